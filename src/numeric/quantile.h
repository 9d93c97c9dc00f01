/* Quantiles of sorted numbers. */
#ifndef VG_NUMERIC_QUANTILE_H
#define VG_NUMERIC_QUANTILE_H

#include <stddef.h>

/* R's type 7: linear between order statistics at 1 + (n − 1)p. n > 0, ascending. */
double vg_sorted_quantile(const double *sorted, size_t n, double p);

#endif
