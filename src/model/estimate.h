/* An inference as a row of the result. */
#ifndef VG_MODEL_ESTIMATE_H
#define VG_MODEL_ESTIMATE_H

#include <vagus/inference.h>
#include <vagus/result.h>

/* Sets estimate, se, df, statistic, p and limits. What is infinite (df of the normal distribution, the open end of
 * an interval) is NaN in a row. */
void vg_estimate_fill(VgEstimate *row, const VgInference *answer);

#endif
