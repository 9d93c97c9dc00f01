/* What the figures of `plan: strata` share. */
#ifndef VG_REPORT_FIGURES_STRATA_H
#define VG_REPORT_FIGURES_STRATA_H

#include "report/figures.h"
#include "report/strata.h"

/* A plot named after its kind, analysis and arm (NULL: of all arms). */
VgPlot *vg_strata_plot(const VgView *view, const VgStrataView *strata, const VgStrataArm *arm,
                       const char *kind, const char *title, const char *description);
/* Rows from the top, labels at the left edge. */
void vg_strata_row_axis(VgPlot *plot, VgPlotPanel *panel, const char *heading,
                        const char *const *label, size_t n);
/* An estimate with its interval, both times `factor`, in row `y`; widens the range by them. */
void vg_strata_add_row(VgPlot *plot, VgPlotLayer *interval, VgPlotLayer *point,
                       const VgEstimate *row, double factor, double y, const char *told,
                       VgPlotRange *range);
/* A broken line at the average effect; `mark` is a rule. */
void vg_strata_average(const VgView *view, const VgStrataView *strata, const VgStrataArm *arm,
                       VgPlot *plot, VgPlotPanel *panel, VgMark mark);
/* Words under the axis on either side of nought, by which side is better. */
void vg_strata_sides(const VgStrataView *strata, VgPlotAxis *axis, const char *benefit_low,
                     const char *benefit_high, const char *harm_low, const char *harm_high);

#endif
