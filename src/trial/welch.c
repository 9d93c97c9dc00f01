/* Welch's t test: difference in means of two samples whose variances may differ.
 *   t = (m1 − m0) / √(s1²/n1 + s0²/n0), df = (v1 + v0)² / (v1²/(n1 − 1) + v0²/(n0 − 1)), v = s²/n
 * Source: Welch 1947; Satterthwaite 1946. METHODS 2.1. */
#include "trial/two_samples.h"

#include <float.h>
#include <math.h>

#include "numeric/distributions.h"

static VgStatus check_sample(const double *value, size_t n, size_t fewest, VgError *error)
{
    if (n < fewest)
        return vg_fail(error, VG_INVALID_INPUT, "a sample of %zu values",
                       fewest > 1 ? "a spread needs at least two values in each sample"
                                  : "each sample needs a value",
                       n);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(value[i]))
            return vg_fail(error, VG_INVALID_INPUT, "value %zu of a sample is not a finite number",
                           "leave missing values out first", i + 1);
    return VG_OK;
}

VgStatus vg_two_samples_check(const VgTwoSamples *samples, size_t fewest, double level,
                              VgError *error)
{
    if (!(level > 0 && level < 1))
        return vg_fail(error, VG_INVALID_INPUT, "confidence level %g is outside 0 to 1",
                       "use a level such as 0.95", level);
    VG_TRY(check_sample(samples->value_1, samples->n_1, fewest, error));
    return check_sample(samples->value_0, samples->n_0, fewest, error);
}

typedef struct Moments {
    double mean, variance_of_mean;
} Moments;

/* Two passes: the second moment about the mean. */
static Moments moments(const double *value, size_t n)
{
    double mean = 0, square = 0, rest = 0;
    for (size_t i = 0; i < n; i++)
        mean += value[i] / (double)n;
    for (size_t i = 0; i < n; i++) {
        square += (value[i] - mean) * (value[i] - mean);
        rest += value[i] - mean;
    }
    mean += rest / (double)n;
    square -= rest * rest / (double)n;
    return (Moments){mean, square / ((double)n - 1) / (double)n};
}

VgStatus vg_welch(const VgTwoSamples *samples, double level, VgInference *out, VgError *error)
{
    VG_TRY(vg_two_samples_check(samples, 2, level, error));
    Moments one = moments(samples->value_1, samples->n_1),
            zero = moments(samples->value_0, samples->n_0);
    double v_1 = one.variance_of_mean, v_0 = zero.variance_of_mean;
    double se = sqrt(v_1 + v_0);
    if (!(se > 10 * DBL_EPSILON * fmax(fabs(one.mean), fabs(zero.mean))))
        return vg_fail(error, VG_NOT_ESTIMABLE, "the values within each sample are all equal",
                       "a t test needs values that vary");
    out->estimate = one.mean - zero.mean;
    out->se = se;
    out->df = (v_1 + v_0) * (v_1 + v_0) /
              (v_1 * v_1 / ((double)samples->n_1 - 1) + v_0 * v_0 / ((double)samples->n_0 - 1));
    out->statistic = out->estimate / se;
    out->p = vg_t_two_sided(out->statistic, out->df);
    double half = -vg_t_quantile((1 - level) / 2, out->df) * se;
    out->lower = out->estimate - half;
    out->upper = out->estimate + half;
    return VG_OK;
}
