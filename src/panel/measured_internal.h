/* What the files behind vagus/measured.h share: one analyte on its way from bounds to contrasts. */
#ifndef VG_PANEL_MEASURED_INTERNAL_H
#define VG_PANEL_MEASURED_INTERNAL_H

#include <vagus/measured.h>
#include <vagus/rubin.h>

typedef struct VgMeasuredCase {
    const VgMeasuredData *data;
    const VgMeasuredOptions *options; /* defaults filled in */
    size_t analyte, places;
    const double *lower, *upper; /* n × places */
    bool *on_mean_scale;         /* places: analysed on the scale of means */
    bool any;                    /* some visit is */
    size_t n_filled;             /* completed data sets; 1 when nothing had to be drawn */
    double *y;                   /* n × places × n_filled; NaN = missing */
    size_t imputed;              /* values drawn or substituted */
} VgMeasuredCase;

/* Where the answers of an analyte go. */
typedef struct VgMeasuredSink {
    VgMeasuredAnswer *contrast; /* visits × (arms − 1) */
    VgInference *mean;          /* visits × arms */
    VgCovariance *covariance;
} VgMeasuredSink;

/* Counts cells (places × arms), decides the scale of each place (measured_fill.c). */
void vg_measured_judge(VgMeasuredCase *one, VgCensoredCell *cell);
/* Completed data sets of the places on the mean scale; other places stay missing. */
VgStatus vg_measured_fill(VgArena *arena, VgMeasuredCase *one, VgError *error);
/* Of the columns of x, those that are no combinations of columns before them; *n of them. */
VgStatus vg_measured_independent(VgArena *arena, VgMatrix x, size_t *column, size_t *n,
                                 VgError *error);
/* Pools answers of the completed data sets. */
VgStatus vg_measured_pool(VgArena *arena, const VgInference *answer, size_t m, double level,
                          VgInference *pooled, double *share, VgError *error);

/* Contrasts on the mean scale of one analyte (measured_mmrm.c). */
VgStatus vg_measured_mmrm(VgArena *arena, const VgMeasuredCase *one, VgMeasuredSink *sink,
                          VgError *error);
/* … of all analytes with one factorisation (measured_shared.c). */
VgStatus vg_measured_shared(VgArena *arena, const VgMeasuredCase *all, VgMeasuredSink *sink,
                            const char **failed, VgError *error);
/* Detected or not at the visits that are off the mean scale (measured_detect.c). */
VgStatus vg_measured_detect(VgArena *arena, const VgMeasuredCase *one, const VgCensoredCell *cell,
                            VgMeasuredSink *sink, VgError *error);

#endif
