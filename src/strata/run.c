/* The whole question on one trial: predictions, then arm by arm the tests and what describes, then the rule. */
#include "strata/run.h"

#include <math.h>

#include "numeric/linear_algebra.h"

/* The panel is complete, and says the same as what was measured. */
static VgStatus check_panel(const VgStrataTrial *t, VgError *error)
{
    bool raw = t->panel_raw.data != NULL;
    if (t->panel.rows != t->n ||
        (raw && (t->panel_raw.rows != t->n || t->panel_raw.cols != t->panel.cols)))
        return vg_fail(error, VG_INVALID_INPUT, "the panel has %zu rows for %zu people",
                       "one row a person; panel_raw has the shape of panel", t->panel.rows, t->n);
    for (size_t j = 0; j < t->panel.cols; j++)
        for (size_t i = 0; i < t->n; i++) {
            double x = VG_AT(t->panel, i, j), measured = raw ? VG_AT(t->panel_raw, i, j) : x;
            if (!isfinite(x))
                return vg_fail(error, VG_INVALID_INPUT, "%s is missing in row %zu",
                               "fill in what was not measured at baseline without looking at arms "
                               "or outcomes, and give the gaps as panel_raw",
                               t->panel_name[j], i + 1);
            if (measured != x && !isnan(measured))
                return vg_fail(error, VG_INVALID_INPUT,
                               "%s in row %zu is %g in the panel but was measured as %g",
                               "fill in gaps only", t->panel_name[j], i + 1, x, measured);
        }
    return VG_OK;
}

static VgStatus prepare(VgStrataRun *run, VgError *error)
{
    const VgStrataTrial *t = run->trial;
    const VgStrataPlan *plan = run->plan;
    VG_TRY(check_panel(t, error));
    run->n_moderators = plan->moderator ? plan->n_moderators : t->panel.cols;
    size_t *all = VG_NEW(run->arena, size_t, run->n_moderators);
    run->moderator_name = VG_NEW(run->arena, const char *, run->n_moderators);
    run->n_contrasts = t->arms - 1;
    run->contrast = VG_NEW(run->arena, VgStrataContrast, run->n_contrasts);
    run->effect_hat = vg_matrix_new(run->arena, t->n, run->n_contrasts);
    if (!all || !run->moderator_name || !run->contrast || !run->effect_hat.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < run->n_moderators; j++) {
        all[j] = plan->moderator ? plan->moderator[j] : j;
        if (all[j] >= t->panel.cols)
            return vg_fail(error, VG_INVALID_INPUT, "moderator %zu is column %zu of a panel of %zu",
                           "columns count from 0", j + 1, all[j], t->panel.cols);
        run->moderator_name[j] = t->panel_name[all[j]];
    }
    run->moderator = all;
    if (run->n_moderators == 0 || t->arms < 2)
        return vg_fail(error, VG_INVALID_INPUT, "%zu arms and %zu moderators",
                       "two arms and one moderator at least", t->arms, run->n_moderators);
    return VG_OK;
}

VgStatus vg_strata_run(VgArena *arena, const VgStrataTrial *trial, const VgStrataPlan *plan,
                       VgResult *result, VgError *error)
{
    VgStrataRun run = {.arena = arena,
                       .trial = trial,
                       .plan = plan,
                       .result = result,
                       .learner = plan->learner ? plan->learner : vg_linear_effects,
                       .level = plan->level > 0 ? plan->level : 0.95,
                       .power = plan->power > 0 ? plan->power : 0.8};
    VG_TRY(prepare(&run, error));
    VG_TRY(vg_strata_predict_outcome(&run, error));
    for (size_t k = 0; k < run.n_contrasts; k++) {
        VgStrataContrast *c = &run.contrast[k];
        VG_TRY(vg_strata_contrast(&run, k + 1, c, error));
        VG_TRY(vg_strata_predict_effects(&run, c, error));
        VG_TRY(vg_strata_score_contrast(&run, c, error));
        VG_TRY(vg_strata_test_interactions(&run, c, error));
        VG_TRY(vg_strata_test_omnibus(&run, c, error));
        VG_TRY(vg_strata_describe(&run, c, error));
        if (!plan->no_forest)
            VG_TRY(vg_strata_forest(&run, c, error));
    }
    VG_TRY(vg_strata_adjust_verdicts(&run, error));
    if (plan->policy)
        VG_TRY(vg_strata_search_rule(&run, error));
    vg_strata_words(&run);
    if (vg_arena_failed(arena)) /* of a text */
        return vg_fail_memory(error);
    return vg_result_status(result, error);
}
