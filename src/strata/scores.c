/* Doubly robust scores and their mean. Source: Robins, Rotnitzky & Zhao 1995; as grf's get_scores and average_treatment_effect. */
#include <math.h>
#include <string.h>

#include "model/wald.h"
#include "numeric/linear_algebra.h"
#include "strata/strata.h"

enum { FEWEST_PER_ARM = 8 };
static const double SUM_TOLERANCE = 1e-6;

static VgStatus check_shapes(const VgScoreData *data, VgError *error)
{
    if (data->arms < 2)
        return vg_fail(error, VG_INVALID_INPUT, "scores need two arms or more, not %zu",
                       "arm 0 is the reference", data->arms);
    if (data->propensity.rows != data->n || data->propensity.cols != data->arms)
        return vg_fail(error, VG_INVALID_INPUT, "propensities are %zu × %zu, not %zu × %zu",
                       "one row a person, one column an arm", data->propensity.rows,
                       data->propensity.cols, data->n, data->arms);
    if (data->effect_hat.rows != data->n || data->effect_hat.cols != data->arms - 1)
        return vg_fail(error, VG_INVALID_INPUT, "predicted effects are %zu × %zu, not %zu × %zu",
                       "one row a person, one column an arm but the reference",
                       data->effect_hat.rows, data->effect_hat.cols, data->n, data->arms - 1);
    return VG_OK;
}

static VgStatus check_source(VgPredictionSource source, VgError *error)
{
    if (source == VG_PREDICTION_IN_SAMPLE)
        return vg_fail(error, VG_INVALID_INPUT,
                       "predictions that have seen a person's outcome may not score the person",
                       "use out-of-bag or cross-fitted predictions");
    if (source <= VG_PREDICTION_UNKNOWN || source >= VG_PREDICTION_SOURCE_COUNT)
        return vg_fail(error, VG_INVALID_INPUT, "the source of the predictions is not said",
                       "say whether they are out of bag, cross-fitted, of other people");
    return VG_OK;
}

static VgStatus check_propensities(const VgScoreData *data, VgError *error)
{
    for (size_t i = 0; i < data->n; i++) {
        double sum = 0;
        for (size_t a = 0; a < data->arms; a++) {
            double e = VG_AT(data->propensity, i, a);
            if (!(e > 0 && e < 1))
                return vg_fail(error, VG_INVALID_INPUT,
                               "the propensity of arm %zu in row %zu is %g, outside 0 to 1",
                               "leave out people who could only get one arm", a + 1, i + 1, e);
            sum += e;
        }
        if (fabs(sum - 1) > SUM_TOLERANCE)
            return vg_fail(error, VG_INVALID_INPUT, "propensities of row %zu sum to %g, not 1",
                           "give the probability of every arm", i + 1, sum);
    }
    return VG_OK;
}

static VgStatus check_arms(const VgScoreData *data, VgArena *arena, VgError *error)
{
    size_t *count = VG_NEW(arena, size_t, data->arms);
    if (!count)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n; i++) {
        if (data->arm[i] < 0 || (size_t)data->arm[i] >= data->arms)
            return vg_fail(error, VG_INVALID_INPUT, "arm %d of row %zu is outside 0 to %zu",
                           "number arms from 0, the reference first", (int)data->arm[i], i + 1,
                           data->arms - 1);
        count[data->arm[i]]++;
    }
    for (size_t a = 0; a < data->arms; a++)
        if (count[a] < FEWEST_PER_ARM)
            return vg_fail(error, VG_NOT_ESTIMABLE, "arm %zu has %zu people, fewer than %d",
                           "put arms together or leave the arm out", a + 1, count[a],
                           FEWEST_PER_ARM);
    return VG_OK;
}

static VgStatus check(VgArena *arena, const VgScoreData *data, VgError *error)
{
    VG_TRY(check_shapes(data, error));
    VG_TRY(check_source(data->source, error));
    VG_TRY(vg_strata_check_numbers(data->n, data->outcome, "the outcome", error));
    VG_TRY(vg_strata_check_numbers(data->n, data->outcome_hat, "the predicted outcome", error));
    for (size_t k = 0; k < data->effect_hat.cols; k++)
        VG_TRY(vg_strata_check_numbers(data->n, &VG_AT(data->effect_hat, 0, k),
                                       "the predicted effect", error));
    VG_TRY(check_propensities(data, error));
    return check_arms(data, arena, error);
}

VgStatus vg_scores(VgArena *arena, const VgScoreData *data, VgScores *scores, VgError *error)
{
    VG_TRY(check(arena, data, error));
    scores->reward = vg_matrix_new(arena, data->n, data->arms);
    scores->contrast = vg_matrix_new(arena, data->n, data->arms - 1);
    if (!scores->reward.data || !scores->contrast.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n; i++) {
        double reference = data->outcome_hat[i];
        for (size_t a = 1; a < data->arms; a++)
            reference -= VG_AT(data->propensity, i, a) * VG_AT(data->effect_hat, i, a - 1);
        for (size_t a = 0; a < data->arms; a++) {
            double mean = reference + (a > 0 ? VG_AT(data->effect_hat, i, a - 1) : 0);
            double left = (size_t)data->arm[i] == a
                              ? (data->outcome[i] - mean) / VG_AT(data->propensity, i, a)
                              : 0;
            VG_AT(scores->reward, i, a) = mean + left;
            if (a > 0)
                VG_AT(scores->contrast, i, a - 1) = mean + left - VG_AT(scores->reward, i, 0);
        }
    }
    return VG_OK;
}

VgStatus vg_average_effect(VgArena *arena, size_t n, const double *score, VgClusters clusters,
                           double level, VgInference *effect, VgError *error)
{
    VG_TRY(vg_strata_check_numbers(n, score, "the score", error));
    VG_TRY(vg_strata_check_sampling(n, clusters, error));
    VgArenaMark mark = vg_arena_mark(arena);
    size_t units = clusters.of ? clusters.count : n, held = 0;
    double *sum = VG_NEW(arena, double, units);
    bool *seen = VG_NEW(arena, bool, units);
    if (!sum || !seen)
        return vg_fail_memory(error);
    double mean, all;
    VG_TRY(vg_strata_mean(arena, n, score, clusters, &mean, &all, error));
    for (size_t i = 0; i < n; i++) {
        size_t unit = clusters.of ? (size_t)clusters.of[i] : i;
        sum[unit] += vg_strata_weight(clusters, i) * (score[i] - mean);
        held += !seen[unit];
        seen[unit] = true;
    }
    if (held < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu clusters have scores, two are needed",
                       "without clusters people count one by one", held);
    double squares = 0;
    for (size_t u = 0; u < units; u++)
        squares += sum[u] * sum[u];
    vg_arena_rewind(arena, mark);
    double df = (double)held - 1, se = sqrt(squares * (double)held / df) / all;
    *effect = vg_wald(mean, se, df, level);
    return VG_OK;
}
