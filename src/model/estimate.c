#include "model/estimate.h"

#include <math.h>

static double finite_or_nan(double value)
{
    return isfinite(value) ? value : (double)NAN;
}

void vg_estimate_fill(VgEstimate *row, const VgInference *answer)
{
    row->estimate = answer->estimate;
    row->se = finite_or_nan(answer->se);
    row->df = finite_or_nan(answer->df);
    row->statistic = answer->statistic;
    row->p = answer->p;
    row->lower = answer->lower;
    row->upper = finite_or_nan(answer->upper);
}
