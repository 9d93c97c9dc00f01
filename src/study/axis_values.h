/* Values of the axis' nodes and channels for every participant of a study, on the scale on which they are analysed. */
#ifndef VG_STUDY_AXIS_VALUES_H
#define VG_STUDY_AXIS_VALUES_H

#include <vagus/axis.h>
#include <vagus/study.h>

/* "The baseline", in place of a visit: of an outcome its own, else the last visit of day 0 or before with values. */
#define VG_AT_BASELINE SIZE_MAX

/* One number a participant; NaN = missing. */
typedef struct VgAxisSeries {
    double *value;
    /* limits of what was censored (lower < upper, value NaN), on the same scale; elsewhere both are the value. NULL where
     * nothing can be censored */
    double *lower, *upper;
    bool logs;            /* values are natural logarithms */
    size_t n, n_censored; /* randomised participants with a value; with limits only */
} VgAxisSeries;

/* "ln pg/mL", "points", …; NULL when there is none. */
const char *vg_axis_place_unit(VgArena *arena, const VgStudy *study, const VgAxisPlace *place);
const char *vg_axis_place_label(const VgStudy *study, const VgAxisPlace *place);
/* The visit that stands for the baseline; SIZE_MAX when there is none (of outcomes: their baseline may be a column). */
size_t vg_axis_baseline_visit(const VgStudy *study, const VgAxisPlace *place);
/* Whether there is any value at the visit (VG_AT_BASELINE: at baseline). */
bool vg_axis_measured_at(const VgStudy *study, const VgAxisPlace *place, size_t visit);

/* Outcomes as they are; features of the panel as their layer has them analysed: concentrations as natural logarithms,
 * abundances as logarithms of shares (amounts, where the layer is absolute) with half of the least one seen for nought;
 * columns of numbers. What has none is all missing. O(samples). */
VG_MUST_CHECK VgStatus vg_axis_values(VgArena *arena, const VgStudy *study,
                                      const VgAxisPlace *place, size_t visit, VgAxisSeries *series,
                                      VgError *error);

/* Puts a number in place of what is only known to lie between limits: half the limit below a limit of quantification, the
 * middle of two limits, the limit above one. */
void vg_axis_fill_censored(VgAxisSeries *series, size_t n);

/* SD within arms of the randomised (`keep` NULL) or of those kept; NaN with fewer than one degree of freedom. */
double vg_axis_sd_within_arms(const VgStudy *study, const double *value, const bool *keep);

/* Of a channel: the mean of its signed markers, each over its SD within arms; of one marker that marker itself. Markers
 * without any value at that visit are not part of it; a participant lacks the score who lacks one of the others.
 * `marker` (channel->n) tells which are; NULL = do not tell. */
VG_MUST_CHECK VgStatus vg_axis_channel_score(VgArena *arena, const VgStudy *study, size_t channel,
                                             size_t visit, bool *marker, VgAxisSeries *series,
                                             VgError *error);

#endif
