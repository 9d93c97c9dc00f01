/* Whether measurements changed differently between the arms: the contrast arm × visit of every analyte of a layer
 * (vagus/measured.h), q over the layer, and how much was censored. */
#include "trial/panel_measured.h"

#include <math.h>
#include <string.h>

#include <vagus/false_discovery.h>

#include "numeric/linear_algebra.h"

/* Layers of more analytes share one factorisation of a simpler model. */
enum { MOST_MMRM = 50 };

/* The strata of the randomisation as columns; participants without one leave. `row` of participants, SIZE_MAX = out. */
static VgStatus strata(VgTrial *trial, VgTrialMeasured *m, size_t *row, VgError *error)
{
    const VgStudy *study = trial->study;
    size_t people = study->n_participants;
    bool *keep = VG_NEW(trial->scratch, bool, people);
    if (!keep)
        return vg_fail_memory(error);
    for (size_t i = 0; i < people; i++)
        keep[i] = row[i] != SIZE_MAX;
    const char *text = NULL;
    for (size_t s = 0; s < study->n_strata; s++)
        text = text ? vg_trial_text(trial, "%s + `%s`", text, study->stratum[s])
                    : vg_trial_text(trial, "~ `%s`", study->stratum[s]);
    if (!text)
        return VG_OK;
    VgFormula *formula;
    VgDesign *design;
    VgError own = {0};
    const VgDesignOptions options = {
        .as_factor = study->stratum, .n_as_factor = study->n_strata, .keep = keep};
    VgStatus status = vg_formula_parse(trial->scratch, text, &formula, &own);
    if (status == VG_OK)
        status =
            vg_design_build(trial->scratch, study->participants, formula, &options, &design, &own);
    if (status == VG_NO_MEMORY)
        return vg_fail_memory(error);
    if (status != VG_OK) {
        vg_result_warn(trial->result, "%s: not adjusted for the strata: %s", m->layer->label,
                       own.message);
        return VG_OK;
    }
    for (size_t i = 0; i < people; i++)
        row[i] = SIZE_MAX;
    for (size_t r = 0; r < design->n_rows; r++)
        row[design->row[r]] = r;
    m->data.covariate = vg_matrix_new(trial->scratch, design->n_rows, design->rank - 1);
    if (design->rank > 1 && !m->data.covariate.data)
        return vg_fail_memory(error);
    for (size_t j = 1; j < design->rank; j++)
        memcpy(&VG_AT(m->data.covariate, 0, j - 1), &VG_AT(design->x_full_rank, 0, j),
               design->n_rows * sizeof(double));
    m->adjusted_for = vg_trial_list(trial, study->stratum, study->n_strata);
    return VG_OK;
}

/* Who, which arms and which visits. */
static VgStatus codes(VgTrial *trial, VgTrialMeasured *m, size_t *row, size_t *place,
                      VgError *error)
{
    const VgStudy *study = trial->study;
    const VgLayer *layer = m->layer;
    size_t baseline = vg_trial_panel_baseline(study), n_places;
    bool *seen_arm = VG_NEW(trial->scratch, bool, study->n_arms);
    bool *seen_visit = VG_NEW(trial->scratch, bool, study->n_visits);
    size_t *arm_code = VG_NEW(trial->scratch, size_t, study->n_arms);
    m->arm = VG_NEW(trial->scratch, size_t, study->n_arms);
    m->place = VG_NEW(trial->scratch, size_t, study->n_visits + 1);
    if (!seen_arm || !seen_visit || !arm_code || !m->arm || !m->place)
        return vg_fail_memory(error);
    for (size_t i = 0; i < study->n_participants; i++)
        row[i] = SIZE_MAX;
    for (size_t i = 0; i < layer->n_samples; i++) {
        int32_t arm = vg_trial_sample_arm(study, layer, i);
        if (arm < 0 || (baseline != SIZE_MAX && layer->visit[i] < baseline) ||
            !vg_trial_compared_at(study, layer->visit[i]))
            continue;
        row[layer->participant[i]] = 0;
        seen_arm[arm] = seen_visit[layer->visit[i]] = true;
    }
    m->data.baseline = baseline != SIZE_MAX && seen_visit[baseline];
    size_t reference = vg_study_reference_arm(study);
    vg_trial_number_codes(seen_arm, study->n_arms, reference, arm_code, m->arm, &m->data.n_arms);
    vg_trial_number_codes(seen_visit, study->n_visits, baseline, place, m->place, &n_places);
    m->data.n_visits = n_places - (m->data.baseline ? 1 : 0);
    if (m->data.n_arms < 2 || !seen_arm[reference] || !m->data.n_visits)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "no samples after baseline of the reference and another arm",
                       "leave the layer out of response_of_panel");
    VG_TRY(strata(trial, m, row, error));
    m->data.n = 0;
    for (size_t i = 0; i < study->n_participants; i++)
        if (row[i] != SIZE_MAX)
            row[i] = m->data.n++;
    size_t *arm = VG_NEW(trial->scratch, size_t, m->data.n + 1);
    if (!arm)
        return vg_fail_memory(error);
    for (size_t i = 0; i < study->n_participants; i++)
        if (row[i] != SIZE_MAX)
            arm[row[i]] = arm_code[study->arm_of[i]];
    m->data.arm = arm;
    return VG_OK;
}

/* Bounds of each analyte in participants × places, on the log scale where that is its scale. */
static VgStatus bounds(VgTrial *trial, VgTrialMeasured *m, const size_t *row, const size_t *place,
                       VgError *error)
{
    const VgLayer *layer = m->layer;
    size_t n = m->data.n, places = m->data.n_visits + (m->data.baseline ? 1 : 0),
           all = n * places * layer->n_features; /* about as many as the layer holds */
    double *lower = VG_NEW(trial->scratch, double, all),
           *upper = VG_NEW(trial->scratch, double, all);
    double *base = VG_NEW(trial->scratch, double, layer->n_features);
    m->told = VG_NEW(trial->scratch, const char *, layer->n_features);
    if (!lower || !upper || !m->told || !base)
        return vg_fail_memory(error);
    for (size_t k = 0; k < all; k++)
        lower[k] = upper[k] = NAN;
    for (size_t j = 0; j < layer->n_features; j++) {
        double *l = lower + j * n * places, *u = upper + j * n * places;
        for (size_t i = 0; i < layer->n_samples; i++) {
            size_t who = row[layer->participant[i]], t = place[layer->visit[i]];
            if (who == SIZE_MAX || t == SIZE_MAX)
                continue;
            l[who + n * t] = VG_AT(layer->lower, i, j);
            u[who + n * t] = VG_AT(layer->upper, i, j);
        }
        VgError own = {0};
        bool log = vg_layer_is_log(layer, j);
        base[j] = log ? exp(1) : layer->kind == VG_LAYER_NPX ? 2 : 0;
        if (!log || vg_censored_log(l, u, n * places, &own) == VG_OK)
            continue;
        m->told[j] = vg_trial_text(trial, "%s", own.message);
        for (size_t k = 0; k < n * places; k++)
            l[k] = u[k] = NAN;
    }
    m->data.lower = lower;
    m->data.upper = upper;
    m->data.n_analytes = layer->n_features;
    m->data.analyte = layer->feature;
    m->data.log_base = base;
    return VG_OK;
}

static VgStatus adjust(VgTrial *trial, VgTrialMeasured *m, VgError *error)
{
    const VgMeasuredResult *of = &m->of;
    size_t each = of->n_visits * (of->n_arms - 1), n = of->n_analytes * each;
    VgFalseDiscovery method = trial->study->panel_plan->adjust;
    m->q = VG_NEW(trial->scratch, double, n);
    m->q_comparison = VG_NEW(trial->scratch, double, n);
    double *p = VG_NEW(trial->scratch, double, of->n_analytes);
    if (!m->q || !m->q_comparison || !p)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++) {
        m->q[k] = of->contrast[k].inference.p;
        m->n_tests += isfinite(m->q[k]);
    }
    for (size_t k = 0; k < each; k++) {
        for (size_t j = 0; j < of->n_analytes; j++)
            p[j] = m->q[j * each + k];
        VG_TRY(vg_false_discovery(trial->scratch, method, of->n_analytes, p, p, NULL, error));
        for (size_t j = 0; j < of->n_analytes; j++)
            m->q_comparison[j * each + k] = p[j];
    }
    return vg_false_discovery(trial->scratch, method, n, m->q, m->q, NULL, error);
}

VgStatus vg_trial_panel_measured(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    const VgPanelPlan *plan = trial->study->panel_plan;
    VgTrialMeasured m = {.layer = layer};
    size_t *row = VG_NEW(trial->scratch, size_t, trial->study->n_participants);
    size_t *place = VG_NEW(trial->scratch, size_t, trial->study->n_visits);
    if (!row || !place)
        return vg_fail_memory(error);
    VG_TRY(codes(trial, &m, row, place, error));
    VG_TRY(bounds(trial, &m, row, place, error));
    m.options = (VgMeasuredOptions){.model = layer->n_features > MOST_MMRM ? VG_MEASURED_SHARED
                                                                           : VG_MEASURED_MMRM,
                                    .censored = plan->censored,
                                    .imputations = plan->imputations,
                                    .seed = plan->seed,
                                    .level = trial->result->level};
    VG_TRY(vg_measured_contrasts(trial->scratch, &m.data, &m.options, &m.of, error));
    VG_TRY(adjust(trial, &m, error));
    return vg_trial_measured_rows(trial, &m, error);
}
