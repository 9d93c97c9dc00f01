/* The whole question on one trial: predictions, then arm by arm the tests and what describes, then the rule. */
#include "strata/run.h"

#include "numeric/linear_algebra.h"

static VgStatus prepare(VgStrataRun *run, VgError *error)
{
    const VgStrataTrial *t = run->trial;
    const VgStrataPlan *plan = run->plan;
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
    if (run->n_moderators == 0 || t->arms < 2 || t->panel.rows != t->n)
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
    }
    VG_TRY(vg_strata_adjust_verdicts(&run, error));
    if (plan->policy)
        VG_TRY(vg_strata_search_rule(&run, error));
    vg_strata_words(&run);
    if (vg_arena_failed(arena)) /* of a text */
        return vg_fail_memory(error);
    return vg_result_status(result, error);
}
