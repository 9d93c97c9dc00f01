/* Causal forests: outcome and treatments are centred by what x predicts of them, then a forest of effects is grown (the R-learner's
 * idea: Nie & Wager 2021). In a randomised trial the propensities are the design's; else, and for the outcome, they come out of bag from
 * forests of their own. */
#include <math.h>
#include <string.h>

#include "model/forest_begin.h"
#include "numeric/linear_algebra.h"

VgForestOptions vg_forest_nuisance_options(const VgForestOptions *options, uint32_t purpose)
{
    VgForestOptions o = *options;
    o.trees = options->trees / 4 > 50 ? options->trees / 4 : 50;
    o.group_size = 1;
    o.min_node_size = 5;
    o.honesty_fraction = 0.5;
    o.dishonest = false;
    o.unstabilised = o.keep_members = false;
    o.purpose = options->purpose + purpose;
    return o;
}

VgStatus vg_forest_no_trees(size_t row, size_t trees, VgError *error)
{
    return vg_fail(error, VG_NOT_ESTIMABLE, "no tree of %zu leaves out row %zu",
                   "grow more trees, or draw a smaller part of the rows", trees, row + 1);
}

static VgStatus predict_outcome(VgArena *arena, const VgForestData *data,
                                const VgForestOptions *options, const ForestCodes *codes,
                                double *outcome_hat, VgError *error)
{
    VgForestOptions o = vg_forest_nuisance_options(options, FOREST_OF_OUTCOME);
    VgRandomForest *forest;
    VgForestPrediction prediction;
    VG_TRY(vg_forest_means(arena, data, &o, codes, &forest, error));
    VG_TRY(vg_forest_predict_oob(arena, forest, false, &prediction, error));
    for (size_t i = 0; i < data->x.rows; i++) {
        outcome_hat[i] = VG_AT(prediction.estimate, i, 0);
        if (isnan(outcome_hat[i]))
            return vg_forest_no_trees(i, o.trees, error);
    }
    return VG_OK;
}

static VgStatus predict_treatment(VgArena *arena, const VgForestData *data,
                                  const VgForestTreatment *treatment,
                                  const VgForestOptions *options, const ForestCodes *codes,
                                  VgMatrix propensity, VgError *error)
{
    VgForestOptions o = vg_forest_nuisance_options(options, FOREST_OF_TREATMENT);
    VgForestData of_arm = *data;
    VgRandomForest *forest;
    VgForestPrediction prediction;
    double *arm = vg_arena_alloc_raw(arena, data->x.rows, sizeof *arm);
    if (!arm)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->x.rows; i++)
        arm[i] = treatment->arm[i];
    of_arm.outcome = arm;
    VG_TRY(vg_forest_shares(arena, &of_arm, treatment->n_arms, &o, codes, &forest, error));
    VG_TRY(vg_forest_predict_oob(arena, forest, false, &prediction, error));
    for (size_t i = 0; i < data->x.rows; i++)
        for (size_t k = 0; k < treatment->n_arms; k++) {
            VG_AT(propensity, i, k) = VG_AT(prediction.estimate, i, k);
            if (isnan(VG_AT(propensity, i, k)))
                return vg_forest_no_trees(i, o.trees, error);
        }
    return VG_OK;
}

VgStatus vg_forest_propensity(VgArena *arena, const VgForestData *data,
                              const VgForestTreatment *treatment, const VgForestOptions *options,
                              const ForestCodes *codes, VgMatrix *propensity, VgError *error)
{
    size_t n = data->x.rows;
    VgMatrix given = treatment->propensity;
    *propensity = vg_matrix_new(arena, n, treatment->n_arms);
    if (!propensity->data)
        return vg_fail_memory(error);
    VgArenaMark mark = vg_arena_mark(arena);
    for (size_t k = 0; given.data && k < treatment->n_arms; k++)
        for (size_t i = 0; i < n; i++)
            VG_AT(*propensity, i, k) = VG_AT(given, given.rows == 1 ? 0 : i, k);
    if (!given.data)
        VG_TRY(predict_treatment(arena, data, treatment, options, codes, *propensity, error));
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

/* Nuisances as given or estimated, into the forest; estimates in scratch are given back. */
static VgStatus nuisances(VgArena *arena, const VgForestData *data,
                          const VgForestTreatment *treatment, const VgForestOptions *options,
                          VgRandomForest *forest, VgError *error)
{
    size_t n = data->x.rows;
    forest->outcome_hat = vg_arena_alloc_raw(arena, n, sizeof(double));
    if (!forest->outcome_hat)
        return vg_fail_memory(error);
    VgArenaMark mark = vg_arena_mark(arena);
    if (treatment->outcome_hat)
        memcpy(forest->outcome_hat, treatment->outcome_hat, n * sizeof(double));
    else
        VG_TRY(predict_outcome(arena, data, options, &forest->codes, forest->outcome_hat, error));
    vg_arena_rewind(arena, mark);
    return vg_forest_propensity(arena, data, treatment, options, &forest->codes,
                                &forest->propensity, error);
}

/* The trees, from a forest just begun and its centred outcome. */
static VgStatus grow_effects(VgArena *arena, ForestPlan *plan, VgMatrix treatment,
                             VgRandomForest *forest, VgError *error)
{
    size_t n = plan->rows, contrasts = treatment.cols;
    double *centred = vg_arena_alloc_raw(arena, n * contrasts, sizeof *centred);
    if (!centred)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < contrasts; k++)
            centred[i * contrasts + k] = VG_AT(treatment, i, k);
    plan->treatment = forest->treatment = centred;
    plan->n_labels = plan->n_treatments = contrasts;
    plan->n_constraints = plan->options.unstabilised ? 0 : contrasts;
    return vg_forest_complete(arena, plan, contrasts, forest, error);
}

VgStatus vg_forest_gradients(VgArena *arena, const VgForestData *data, VgMatrix treatment,
                             const VgForestOptions *options, const ForestCodes *codes,
                             VgRandomForest **forest, VgError *error)
{
    ForestPlan plan;
    size_t n = data->x.rows;
    if (treatment.rows != n || treatment.cols < 1 || treatment.cols >= FOREST_MAX_ARMS)
        return vg_fail(error, VG_INVALID_INPUT, "treatments are %zu × %zu for %zu rows",
                       "one row each, 1 to 15 contrasts", treatment.rows, treatment.cols, n);
    for (size_t k = 0; k < treatment.cols; k++)
        for (size_t i = 0; i < n; i++)
            if (!isfinite(VG_AT(treatment, i, k)))
                return vg_fail(error, VG_INVALID_INPUT,
                               "the treatment of row %zu is missing or infinite",
                               "leave such rows out", i + 1);
    VG_TRY(vg_forest_begin(arena, VG_FOREST_CAUSAL, data, options, codes, &plan, forest, error));
    double *outcome = vg_arena_alloc_raw(arena, n, sizeof *outcome);
    if (!outcome)
        return vg_fail_memory(error);
    memcpy(outcome, data->outcome, n * sizeof *outcome);
    plan.outcome = (*forest)->outcome = outcome;
    return grow_effects(arena, &plan, treatment, *forest, error);
}

VgStatus vg_forest_effects(VgArena *arena, const VgForestData *data, VgMatrix treatment,
                           const VgForestOptions *options, VgRandomForest **forest, VgError *error)
{
    return vg_forest_gradients(arena, data, treatment, options, NULL, forest, error);
}

VgStatus vg_forest_causal(VgArena *arena, const VgForestData *data,
                          const VgForestTreatment *treatment, const VgForestOptions *given,
                          VgRandomForest **forest, VgError *error)
{
    ForestPlan plan;
    VgForestOptions options;
    VG_TRY(vg_forest_check(data, error));
    VG_TRY(vg_forest_options(given, data->x.cols, &options, error));
    VG_TRY(vg_forest_check_treatment(data, treatment, &options, error));
    VG_TRY(vg_forest_begin(arena, VG_FOREST_CAUSAL, data, given, NULL, &plan, forest, error));
    VG_TRY(nuisances(arena, data, treatment, &options, *forest, error));
    size_t n = plan.rows, contrasts = treatment->n_arms - 1;
    double *outcome = vg_arena_alloc_raw(arena, n, sizeof *outcome);
    VgMatrix centred = vg_matrix_new(arena, n, contrasts);
    if (!outcome || !centred.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        outcome[i] = data->outcome[i] - (*forest)->outcome_hat[i];
        for (size_t k = 0; k < contrasts; k++)
            VG_AT(centred, i, k) =
                (treatment->arm[i] == k + 1) - VG_AT((*forest)->propensity, i, k + 1);
    }
    plan.outcome = (*forest)->outcome = outcome;
    return grow_effects(arena, &plan, centred, *forest, error);
}
