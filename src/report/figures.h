/* Each figure of the report from the view of a study. NULL when the result holds nothing for it (or
 * memory is short, which the arena's next allocation tells). */
#ifndef VG_REPORT_FIGURES_H
#define VG_REPORT_FIGURES_H

#include "report/plot/plot.h"
#include "report/view.h"

VgPlot *vg_figure_trajectory(const VgView *view, const VgViewAnalysis *analysis);
VgPlot *vg_figure_individuals(const VgView *view, const char *outcome);
VgPlot *vg_figure_forest(const VgView *view);
VgPlot *vg_figure_rates(const VgView *view);
VgPlot *vg_figure_retention(const VgView *view, const char *outcome);
VgPlot *vg_figure_patterns(const VgView *view, const char *outcome);
VgPlot *vg_figure_residuals(const VgView *view, const VgViewAnalysis *analysis);
VgPlot *vg_figure_covariance(const VgView *view, const VgViewAnalysis *analysis);

/* The CONSORT flow: boxes and arrows, SVG only. False when there are no counts. */
bool vg_figure_consort(VgBuffer *out, const VgView *view);

/* Decimals that show two digits of an error of this size (0 and more); 2 for what is no number. */
int vg_decimals(double se);
/* People of 100, halves rounded up: "13". Few of many are never told as none: "fewer than 1", nor nearly all
 * as all: "more than 99"; else `about` stands before the number. */
const char *vg_of_hundred(const VgView *view, double people, double all, const char *about);
/* A phrase in the arena. */
const char *vg_interval_text(const VgView *view, const VgEstimate *row, double factor,
                             int decimals);

#endif
