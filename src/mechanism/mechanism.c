/* Through which channels did it work? The course of `plan: mechanism`. */
#include <math.h>
#include <string.h>

#include <vagus/mechanism.h>

#include "mechanism/mechanism_internal.h"

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

static void add_analysis(const VgMechanism *m)
{
    static const char *const COLUMN[] = {"id",    "role", "kind",      "label",   "outcome",
                                         "visit", "arm",  "reference", "measure", "#order"};
    VgDataset *set = vg_result_dataset(m->result, NULL, "analyses", COLUMN, 10);
    size_t row = vg_dataset_row(m->result, set);
    bool arms = m->plan->component == SIZE_MAX;
    vg_dataset_set_text(m->result, set, "id", m->plan->id);
    vg_dataset_set_text(m->result, set, "role", "mechanism");
    vg_dataset_set_text(m->result, set, "kind", "mechanism");
    vg_dataset_set_text(m->result, set, "label", m->plan->label);
    vg_dataset_set_text(m->result, set, "outcome", m->plan->outcome);
    vg_dataset_set_text(m->result, set, "visit", m->study->visit[m->plan->outcome_visit].name);
    if (arms) {
        vg_dataset_set_text(m->result, set, "arm", m->study->arm[m->plan->arm].name);
        vg_dataset_set_text(m->result, set, "reference", m->study->arm[m->plan->reference].name);
    }
    vg_dataset_set_text(m->result, set, "measure", "value");
    vg_dataset_set_number(m->result, set, "order", (double)(row + 1));
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

/* An analysis that broke off leaves no half of its rows. */
static VgStatus run(const VgStudy *study, const VgMechanismPlan *plan, VgResult *result,
                    VgError *error)
{
    VgError why = {0};
    VgMechanism m = {.study = study, .plan = plan, .result = result, .arena = vg_arena_create()};
    if (!m.arena)
        return vg_fail_memory(error);
    add_analysis(&m);
    size_t n_estimates = result->n_estimates, n_facts = result->n_facts;
    size_t n_datasets = result->n_datasets;
    VgStatus status = analyse(&m, &why);
    vg_arena_destroy(m.arena);
    if (status == VG_NO_MEMORY || status == VG_IO) {
        if (error)
            *error = why;
        return status;
    }
    if (status == VG_OK)
        return VG_OK;
    result->n_estimates = n_estimates;
    result->n_facts = n_facts;
    result->n_datasets = n_datasets;
    vg_result_text(result, VG_FACTS_FIT, plan->id, "failed", why.message);
    if (why.hint[0])
        vg_result_warn(result, "%s could not be had: %s (%s)", plan->label, why.message, why.hint);
    else
        vg_result_warn(result, "%s could not be had: %s", plan->label, why.message);
    return VG_OK;
}

VgStatus vg_mechanism_run(const VgStudy *study, VgResult *result, VgError *error)
{
    for (size_t k = 0; k < study->n_mechanisms; k++)
        VG_TRY(run(study, &study->mechanism[k], result, error));
    return vg_result_status(result, error);
}
