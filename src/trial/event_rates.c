/* Event rates with exact Poisson limits and the ratio of two by the conditional binomial.
 * Sources: Garwood 1936; Przyborowski & Wilenski 1940; METHODS 2.4. */
#include <vagus/proportions.h>

#include <math.h>

#include "numeric/distributions.h"

static VgStatus check_events(double events, double exposure, double level, VgError *error)
{
    if (!(level > 0 && level < 1))
        return vg_fail(error, VG_INVALID_INPUT, "confidence level %g is outside 0 to 1",
                       "use a level such as 0.95", level);
    if (!(exposure > 0) || !isfinite(exposure))
        return vg_fail(error, VG_INVALID_INPUT, "exposure is %g",
                       "exposure (person-time at risk) must be positive", exposure);
    if (!(events >= 0) || !isfinite(events) || events != floor(events))
        return vg_fail(error, VG_INVALID_INPUT, "%g events", "events are a whole number, 0 or more",
                       events);
    return VG_OK;
}

VgStatus vg_rate(double events, double exposure, double level, VgInference *out, VgError *error)
{
    VG_TRY(check_events(events, exposure, level, error));
    double tail = (1 - level) / 2;
    *out = (VgInference){
        .estimate = events / exposure,
        .se = sqrt(events) / exposure,
        .df = INFINITY,
        .statistic = NAN,
        .p = NAN,
        .lower = events > 0 ? vg_chi_square_quantile(tail, 2 * events) / (2 * exposure) : 0,
        .upper = vg_chi_square_quantile_upper(tail, 2 * events + 2) / (2 * exposure),
    };
    return VG_OK;
}

/* Largest k in [low, high] with a density of at most `limit`, on the rising side; −1 when there is
 * none. */
static double last_unlikely_rising(double low, double high, double n, double probability,
                                   double limit)
{
    if (vg_binomial_log_density(low, n, probability) > limit)
        return -1;
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        if (vg_binomial_log_density(middle, n, probability) <= limit)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* First k in [low, n] with a density of at most `limit`, on the falling side; n + 1 when there is
 * none. */
static double first_unlikely_falling(double low, double n, double probability, double limit)
{
    double high = n;
    if (vg_binomial_log_density(n, n, probability) > limit)
        return n + 1;
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        if (vg_binomial_log_density(middle, n, probability) <= limit)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* Two-sided exact p as R's binom.test: outcomes no more probable than x (relative tolerance 1e-7).
 */
static double binomial_two_sided(double x, double n, double probability)
{
    double limit = vg_binomial_log_density(x, n, probability) + log1p(1e-7);
    double mean = n * probability;
    if (x == mean)
        return 1;
    if (x < mean) {
        double first = first_unlikely_falling(fmin(n, ceil(mean)) - 1, n, probability, limit);
        double above = first > n ? 0 : vg_binomial_upper(first, n, probability);
        return fmin(1, vg_binomial_lower(x, n, probability) + above);
    }
    double last = last_unlikely_rising(0, floor(mean) + 1, n, probability, limit);
    double below = last < 0 ? 0 : vg_binomial_lower(last, n, probability);
    return fmin(1, vg_binomial_upper(x, n, probability) + below);
}

/* Ratio of the rates at which a share `share` of the events falls to arm 1. */
static double ratio_at_share(double share, double exposure_1, double exposure_0)
{
    return share / (1 - share) * (exposure_0 / exposure_1);
}

VgStatus vg_rate_ratio(double events_1, double exposure_1, double events_0, double exposure_0,
                       double level, VgInference *out, VgError *error)
{
    VG_TRY(check_events(events_1, exposure_1, level, error));
    VG_TRY(check_events(events_0, exposure_0, level, error));
    double events = events_1 + events_0;
    if (events == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no event in either arm: no rate ratio",
                       "report the two rates with their upper limits");
    VgInference share;
    VG_TRY(vg_proportion(events_1, events, level, VG_PROPORTION_CLOPPER_PEARSON, &share, error));
    *out = (VgInference){
        .estimate = events_0 > 0 ? (events_1 / exposure_1) / (events_0 / exposure_0) : INFINITY,
        .se = sqrt(1 / events_1 + 1 / events_0),
        .df = INFINITY,
        .statistic = NAN,
        .p = binomial_two_sided(events_1, events, exposure_1 / (exposure_1 + exposure_0)),
        .lower = ratio_at_share(share.lower, exposure_1, exposure_0),
        .upper = events_0 > 0 ? ratio_at_share(share.upper, exposure_1, exposure_0) : INFINITY,
    };
    return VG_OK;
}
