/* Quantiles of sorted numbers (Hyndman & Fan 1996, type 7). */
#include "numeric/quantile.h"

#include <math.h>

double vg_sorted_quantile(const double *sorted, size_t n, double p)
{
    double at = p * (double)(n - 1);
    size_t low = (size_t)floor(at);
    if (low + 1 >= n)
        return sorted[n - 1];
    double share = at - (double)low;
    return share == 0 ? sorted[low] : sorted[low] + share * (sorted[low + 1] - sorted[low]);
}
