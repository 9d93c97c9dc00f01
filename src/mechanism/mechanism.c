/* Through which channels did it work? The course of `plan: mechanism`. */
#include <math.h>
#include <string.h>

#include <vagus/mechanism.h>

#include "mechanism/mechanism_internal.h"
#include "result/plan_rows.h"

static VgStatus set_options(VgMechanism *m, VgError *error)
{
    const VgMechanismPlan *plan = m->plan;
    VgChannelsOptions *o = &m->options;
    o->draws = plan->draws;
    o->seed = plan->seed;
    o->level = m->result->level;
    o->sensitivity = plan->sensitivity;
    o->missing = plan->impute ? VG_MISSING_IMPUTE : VG_MISSING_COMPLETE;
    o->small_sample = true;
    bool known = vg_channel_score_from_name(plan->score, &o->score) &&
                 vg_mediation_interval_from_name(plan->interval, &o->interval);
    o->curve = o->interval == VG_MEDIATION_PERCENTILE;
    return known
               ? VG_OK
               : vg_fail_at(error, VG_NOT_BUILT, m->study->file, plan->line,
                            "score %s with interval %s: not available in this version",
                            "write score: mean, interval: percentile", plan->score, plan->interval);
}

/* Effects as measured are there even where what is noisy cannot be corrected, which is then told. */
static VgStatus fit(VgMechanism *m, VgError *error)
{
    VgChannelsData *d = &m->table.data;
    VgError why = {0};
    bool noisy = d->marker_reliability || d->covariate_reliability;
    if (noisy && m->options.interval != VG_MEDIATION_MONTE_CARLO) {
        VgStatus status = vg_channels_fit(m->arena, d, &m->options, &m->fit, &why);
        if (status == VG_NO_MEMORY && error)
            *error = why;
        if (status == VG_OK || status == VG_NO_MEMORY)
            return status;
    }
    d->marker_reliability = d->covariate_reliability = NULL;
    VG_TRY(vg_channels_fit(m->arena, d, &m->options, &m->fit, error));
    if (noisy)
        vg_result_warn(m->result, "%s: not corrected for measurement error: %s", m->plan->label,
                       why.message[0] ? why.message
                                      : "interval: monte-carlo does not; percentile and delta do");
    return VG_OK;
}

/* ---- facts ---- */

static void add_facts(const VgMechanism *m)
{
    VgResult *r = m->result;
    const char *id = m->plan->id;
    vg_result_text(r, VG_FACTS_FIT, id, "treatment", m->plan->treatment);
    vg_result_text(r, VG_FACTS_FIT, id, "treated_label", m->treated_label);
    vg_result_text(r, VG_FACTS_FIT, id, "control_label", m->control_label);
    vg_result_text(r, VG_FACTS_FIT, id, "outcome", m->outcome);
    vg_result_text(r, VG_FACTS_FIT, id, "outcome_label", m->outcome_label);
    vg_result_text(r, VG_FACTS_FIT, id, "mediators_at", m->rows.mediator_at);
    vg_result_text(r, VG_FACTS_FIT, id, "unit", m->unit);
    if (m->benefit)
        vg_result_bool(r, VG_FACTS_FIT, id, "lower_is_better", m->benefit < 0);
    if (!isnan(m->important_difference))
        vg_result_number(r, VG_FACTS_FIT, id, "important_difference", m->important_difference);
    if (m->adjusted_for)
        vg_result_text(r, VG_FACTS_FIT, id, "adjusted_for", m->adjusted_for);
    vg_result_number(r, VG_FACTS_FIT, id, "n_censored", (double)m->n_censored);
}

static VgPlanQuestion question_of(const VgStudy *study, const VgMechanismPlan *plan)
{
    bool arms = plan->component == SIZE_MAX;
    return (VgPlanQuestion){.id = plan->id,
                            .kind = "mechanism",
                            .label = plan->label,
                            .outcome = plan->outcome,
                            .visit = study->visit[plan->outcome_visit].name,
                            .arm = arms ? study->arm[plan->arm].name : NULL,
                            .reference = arms ? study->arm[plan->reference].name : NULL};
}

/* ---- the course ---- */

static VgStatus analyse(VgMechanism *m, VgError *error)
{
    VG_TRY(set_options(m, error));
    VG_TRY(vg_mechanism_table(m, error));
    VG_TRY(fit(m, error));
    for (size_t j = 0; j < m->table.data.covariates.cols; j++)
        m->adjusted_for =
            vg_arena_printf(m->result->arena, "%s%s%s", m->adjusted_for ? m->adjusted_for : "",
                            m->adjusted_for ? ", " : "", m->table.data.covariate_name[j]);
    add_facts(m);
    VG_TRY(vg_channels_rows(&m->table, &m->options, &m->fit, m->result, error));
    VG_TRY(vg_mechanism_edges(m, error));
    vg_mechanism_words(m);
    vg_mechanism_methods(m);
    return vg_result_status(m->result, error);
}

static VgStatus run(const VgStudy *study, const VgMechanismPlan *plan, VgResult *result,
                    VgError *error)
{
    VgError why = {0};
    VgMechanism m = {.study = study, .plan = plan, .result = result, .arena = vg_arena_create()};
    const VgPlanQuestion question = question_of(study, plan);
    if (!m.arena)
        return vg_fail_memory(error);
    vg_plan_question(result, &question);
    VgPlanMark mark = vg_plan_mark(result);
    VgStatus status = analyse(&m, &why);
    vg_arena_destroy(m.arena);
    return vg_plan_settle(result, mark, &question, status, &why, error);
}

VgStatus vg_mechanism_run(const VgStudy *study, VgResult *result, VgError *error)
{
    for (size_t k = 0; k < study->n_mechanisms; k++)
        VG_TRY(run(study, &study->mechanism[k], result, error));
    return vg_result_status(result, error);
}
