/* What a trial could have seen. */
#include <vagus/moderators.h>

#include <math.h>

#include "numeric/distributions.h"
#include "numeric/root.h"

typedef struct Test {
    double critical, df, power;
} Test;

/* Probability that |T| exceeds the critical value, less the power asked for. */
static double power_left(double noncentrality, const void *context)
{
    const Test *t = context;
    double upper = isfinite(t->df) ? vg_noncentral_t_upper(t->critical, t->df, noncentrality)
                                   : vg_normal_upper(t->critical - noncentrality);
    double lower = isfinite(t->df) ? vg_noncentral_t_cdf(-t->critical, t->df, noncentrality)
                                   : vg_normal_upper(t->critical + noncentrality);
    return upper + lower - t->power;
}

double vg_detectable_beyond(double se, double df, double critical, double power)
{
    if (!(se > 0 && isfinite(se) && df > 0 && critical > 0 && isfinite(critical) && power > 0 &&
          power < 1))
        return NAN;
    Test test = {critical, df, power};
    double high = 1, noncentrality;
    if (power_left(0, &test) >= 0)
        return NAN;
    while (power_left(high, &test) < 0)
        high *= 2;
    return vg_root(power_left, &test, 0, high, &noncentrality) ? se * noncentrality : (double)NAN;
}

double vg_detectable(double se, double df, double alpha, double power)
{
    if (!(df > 0 && alpha > 0 && alpha < 1 && power > alpha))
        return NAN;
    return vg_detectable_beyond(se, df, vg_t_quantile(1 - alpha / 2, df), power);
}

double vg_interaction_se(double n, double sigma, double treated_share)
{
    return sigma / sqrt(n * treated_share * (1 - treated_share));
}

double vg_people_to_detect(double n, double se, double value, double alpha, double power)
{
    double detectable = vg_detectable(se, INFINITY, alpha, power);
    if (!(n > 0) || !isfinite(value) || value == 0)
        return NAN;
    double ratio = detectable / value;
    return ceil(n * ratio * ratio);
}
