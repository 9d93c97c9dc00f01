/* Response in the groups that a rule makes, under each arm, in people the rule was not made from: shares weighted by one
 * over the chance of the arm that each got (Horvitz & Thompson 1952, as a ratio: Hájek 1971). */
#include "strata/policy_response.h"

#include <math.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/wilson.h"

/* Of each group and arm: people, Σw, Σw², Σw · response. */
enum { PEOPLE, WEIGHT, SQUARE, RESPONDED, SUMS };

size_t vg_policy_response_width(const VgPolicyData *data)
{
    return data->outcome ? SUMS * data->rewards.cols * data->rewards.cols : 0;
}

void vg_policy_response_count(const VgPolicyData *data, const size_t *given, double *record)
{
    const VgPolicyOutcome *o = data->outcome;
    size_t arms = data->rewards.cols;
    for (size_t i = 0; o && i < data->rewards.rows; i++) {
        size_t got = (size_t)o->arm[i];
        double w = 1 / VG_AT(o->propensity, i, got);
        double *sum = record + SUMS * (given[i] * arms + got);
        if (isnan(o->responded[i]))
            continue;
        sum[PEOPLE]++;
        sum[WEIGHT] += w;
        sum[SQUARE] += w * w;
        sum[RESPONDED] += w * o->responded[i];
    }
}

VgStatus vg_policy_response(VgArena *arena, const VgPolicyData *data, const double *mean,
                            double level, VgPolicyResponse **response, VgError *error)
{
    size_t arms = data->rewards.cols;
    double z = vg_normal_quantile(0.5 + level / 2);
    *response = NULL;
    if (!data->outcome)
        return VG_OK;
    *response = VG_NEW(arena, VgPolicyResponse, arms * arms);
    if (!*response)
        return vg_fail_memory(error);
    for (size_t k = 0; k < arms * arms; k++) {
        const double *sum = mean + SUMS * k;
        VgPolicyResponse *r = &(*response)[k];
        *r = (VgPolicyResponse){.n = sum[PEOPLE], .share = NAN, .lower = NAN, .upper = NAN};
        if (!(sum[WEIGHT] > 0))
            continue;
        double n = sum[WEIGHT] * sum[WEIGHT] / sum[SQUARE];
        r->share = sum[RESPONDED] / sum[WEIGHT];
        vg_wilson_interval(r->share * n, n, z, &r->lower, &r->upper);
    }
    return VG_OK;
}
