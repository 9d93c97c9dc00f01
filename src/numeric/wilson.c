#include "numeric/wilson.h"

#include <math.h>

void vg_wilson_interval(double events, double n, double z, double *lower, double *upper)
{
    double p = events / n, z2 = z * z;
    double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = z / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    *lower = events == 0 ? 0 : fmax(0, centre - half);
    *upper = events == n ? 1 : fmin(1, centre + half);
}
