#include "model/denominator_df.h"

#include <math.h>
#include <stdbool.h>

static const double EQUAL = 1.4901161193847656e-08; /* √ε, as mmrm and lmerTest */

double vg_pool_df(const double *df, size_t n)
{
    bool equal = true;
    double sum = 0.0, e = 0.0;
    for (size_t i = 0; i < n; i++) {
        equal = equal && (i == 0 || fabs(df[i] - df[i - 1]) < EQUAL);
        sum += df[i];
    }
    if (equal)
        return sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        if (df[i] <= 2.0)
            return 2.0;
        e += isinf(df[i]) ? 1.0 : df[i] / (df[i] - 2.0);
    }
    return 2.0 * e / (e - (double)n);
}

/* Kenward & Roger 1997, section 3; one row: ν = 2/a, λ = 1. */
double vg_kenward_roger_moments(double a1, double a2, size_t rank, double *lambda)
{
    double c = (double)rank;
    double b_value = (a1 + 6.0 * a2) / (2.0 * c);
    double g = ((c + 1.0) * a1 - (c + 4.0) * a2) / ((c + 2.0) * a2);
    double denominator = 3.0 * c + 2.0 * (1.0 - g);
    double c1 = g / denominator, c2 = (c - g) / denominator, c3 = (c + 2.0 - g) / denominator;
    double e_star = 1.0 / (1.0 - a2 / c);
    double v_star = 2.0 / c * (1.0 + c1 * b_value) / (1.0 - c2 * b_value) / (1.0 - c2 * b_value) /
                    (1.0 - c3 * b_value);
    double rho = v_star / (2.0 * e_star * e_star);
    double df = 4.0 + (c + 2.0) / (c * rho - 1.0);
    *lambda = df / (e_star * (df - 2.0));
    return df;
}
