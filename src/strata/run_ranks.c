/* What describes who benefits: calibration, sequential validation, ranks, groups, effect curves, a subgroup. */
#include "strata/run.h"

#include <math.h>

#include "strata/strata.h"

enum { RANK_FOLDS = 2, MOST_FOLDS = 5, FEWEST_FOLDS = 3, VALUES_OF_A_CURVE = 10 };

/* What cannot be had is told and left out; other failures stop the run. */
static VgStatus or_warn(const VgStrataRun *run, const VgStrataContrast *c, const char *what,
                        VgStatus status, VgError *error)
{
    if (status != VG_NOT_ESTIMABLE)
        return status;
    vg_result_warn(run->result, "%s of %s: %s", what, run->trial->arm_name[c->arm], error->message);
    *error = (VgError){0};
    return VG_OK;
}

static VgStatus calibrate(const VgStrataRun *run, const VgStrataContrast *c, VgError *error)
{
    VgCalibration calibration;
    VG_TRY(vg_calibration_test(run->arena, c->n, c->outcome_left, c->treatment_left, c->effect_hat,
                               VG_PREDICTION_CROSS_FITTED, c->clusters, run->level, &calibration,
                               error));
    VgContrastRows rows = vg_strata_rows_of(run, c);
    vg_contrast_calibration_rows(&rows, &calibration);
    return VG_OK;
}

/* In five folds, or as many fewer as leave the first one enough people for the learner. */
static VgStatus validate(const VgStrataRun *run, const VgStrataContrast *c, VgError *error)
{
    VgSequential s;
    VgStatus status = VG_NOT_ESTIMABLE;
    for (size_t folds = MOST_FOLDS; folds >= FEWEST_FOLDS && status == VG_NOT_ESTIMABLE; folds--) {
        *error = (VgError){0};
        status = vg_sequential_validation(run->arena, &c->sample, c->score, c->learner, c->context,
                                          folds, run->plan->seed, &s, error);
    }
    VG_TRY(status);
    VgInference row = {.estimate = NAN,
                       .se = NAN,
                       .df = INFINITY,
                       .statistic = s.statistic,
                       .p = s.p,
                       .lower = NAN,
                       .upper = NAN};
    vg_strata_row(run, c, "sequential_validation", NULL, &row, NAN, "p one-sided");
    return VG_OK;
}

/* Larger = sooner: where fewer points are better, those who lose most come first. */
static VgStatus rank(VgStrataRun *run, VgStrataContrast *c, VgError *error)
{
    const VgRankOptions options = {
        .seed = run->plan->seed, .threads = run->plan->threads, .level = run->level};
    VgPriority priority;
    VgRankEffects ranks;
    VgGroupEffects groups;
    VG_TRY(vg_strata_cross_fit(run, c, RANK_FOLDS, run->plan->seed, &priority, error));
    double *benefit = VG_NEW(run->arena, double, c->n), *value = VG_NEW(run->arena, double, c->n);
    if (!benefit || !value)
        return vg_fail_memory(error);
    double sign = run->trial->lower_is_better ? -1 : 1;
    for (size_t k = 0; k < c->n; k++) {
        benefit[k] = sign * c->score[k];
        value[k] = sign * priority.value[k];
    }
    priority.value = value;
    VG_TRY(vg_rank_effects(run->arena, c->n, benefit, &priority, c->clusters, &options, &ranks,
                           error));
    VG_TRY(vg_group_effects(run->arena, c->n, c->score, &priority, 0, c->clusters, run->level,
                            &groups, error));
    VgContrastRows rows = vg_strata_rows_of(run, c);
    vg_contrast_rank_rows(&rows, &ranks);
    vg_contrast_group_rows(&rows, &groups);
    return VG_OK;
}

static bool is_graded(const double *x, size_t n)
{
    double seen[VALUES_OF_A_CURVE];
    size_t held = 0;
    for (size_t i = 0; i < n && held < VALUES_OF_A_CURVE; i++) {
        size_t k = 0;
        while (k < held && seen[k] != x[i])
            k++;
        if (k == held)
            seen[held++] = x[i];
    }
    return held == VALUES_OF_A_CURVE;
}

static VgStatus draw_curve(const VgStrataRun *run, const VgStrataContrast *c, size_t j,
                           VgError *error)
{
    const VgCurveOptions options = {
        .seed = run->plan->seed, .threads = run->plan->threads, .level = run->level};
    VgEffectCurve curve;
    VG_TRY(vg_effect_curve(run->arena, c->n, c->score, &VG_AT(c->moderators, 0, j), c->clusters,
                           &options, &curve, error));
    vg_strata_curve_rows(run, c, run->moderator_name[j], &curve);
    return VG_OK;
}

/* Back from benefit to units of the outcome. */
static VgInference turned(VgInference e, double sign)
{
    if (sign > 0)
        return e;
    return (VgInference){.estimate = -e.estimate,
                         .se = e.se,
                         .df = e.df,
                         .statistic = -e.statistic,
                         .p = e.p,
                         .lower = -e.upper,
                         .upper = -e.lower};
}

/* Those who benefit more than the others. */
static VgStatus find_subgroup(const VgStrataRun *run, const VgStrataContrast *c, VgError *error)
{
    double sign = run->trial->lower_is_better ? -1 : 1;
    double *benefit = VG_NEW(run->arena, double, c->n);
    if (!benefit)
        return vg_fail_memory(error);
    for (size_t k = 0; k < c->n; k++)
        benefit[k] = sign * c->score[k];
    const VgSubgroupOptions options = {
        .seed = run->plan->seed, .threads = run->plan->threads, .level = run->level};
    VgSubgroup s;
    VG_TRY(vg_subgroup(run->arena, benefit, c->moderators, &options, &s, error));
    VgInference difference = turned(s.difference, sign);
    const char *name = vg_arena_printf(run->arena, "%s %s %.4g", run->moderator_name[s.feature],
                                       s.above ? ">" : "<=", s.cut);
    const char *note = vg_arena_printf(run->arena,
                                       "searched in one half, estimated in the other; chosen in "
                                       "%.0f %% of splits; in the half searched %.3g",
                                       100 * s.chosen, sign * s.difference_found);
    vg_strata_row(run, c, "subgroup_difference", name, &difference, NAN, note);
    return VG_OK;
}

VgStatus vg_strata_describe(VgStrataRun *run, VgStrataContrast *c, VgError *error)
{
    VG_TRY(or_warn(run, c, "calibration", calibrate(run, c, error), error));
    VG_TRY(or_warn(run, c, "sequential validation", validate(run, c, error), error));
    VG_TRY(or_warn(run, c, "ranks", rank(run, c, error), error));
    for (size_t j = 0; j < run->n_moderators; j++)
        if (is_graded(&VG_AT(c->moderators, 0, j), c->n))
            VG_TRY(or_warn(run, c, "effect curve", draw_curve(run, c, j, error), error));
    return or_warn(run, c, "subgroup", find_subgroup(run, c, error), error);
}
