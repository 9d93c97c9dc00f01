/* CONSORT flow: declared counts before randomisation, derived counts after it.
 * Source: Schulz, Altman & Moher 2010. Counts that contradict each other are refused, never
 * patched. */
#include "trial/plan.h"

#include <math.h>
#include <string.h>

#include "base/map.h"

/* The declared total of a stage, or the sum of its reasons; false when nothing is declared. */
static bool declared(const VgStudy *study, const char *stage, size_t *total, size_t *reasons,
                     size_t *n_reasons)
{
    bool has_total = false;
    *total = *reasons = *n_reasons = 0;
    for (size_t k = 0; k < study->n_flow; k++) {
        const VgFlowCount *count = &study->flow[k];
        if (strcmp(count->stage, stage) != 0)
            continue;
        if (count->reason) {
            *reasons += count->n;
            ++*n_reasons;
        } else {
            *total = count->n;
            has_total = true;
        }
    }
    if (!has_total)
        *total = *reasons;
    return has_total || *n_reasons > 0;
}

static size_t n_in_arm(const VgStudy *study, size_t arm)
{
    size_t n = 0;
    for (size_t i = 0; i < study->n_participants; i++)
        n += study->arm_of[i] == (int32_t)arm;
    return n;
}

VgStatus vg_trial_flow_check(const VgStudy *study, VgError *error)
{
    size_t assessed, excluded, assessed_reasons, excluded_reasons, n_reasons, unused;
    bool has_assessed = declared(study, "assessed", &assessed, &assessed_reasons, &unused);
    bool has_excluded = declared(study, "excluded", &excluded, &excluded_reasons, &n_reasons);
    size_t randomised = vg_trial_n_randomised(study);
    if (n_reasons && excluded != excluded_reasons)
        return vg_fail_at(error, VG_INVALID_INPUT, study->file, 0,
                          "flow: %zu excluded, but the reasons add up to %zu",
                          "count each excluded person once, under the first reason", excluded,
                          excluded_reasons);
    if (has_assessed && assessed < randomised)
        return vg_fail_at(
            error, VG_INVALID_INPUT, study->file, 0, "flow: %zu assessed, but %zu randomised",
            "correct the flow counts or the participants table", assessed, randomised);
    if (has_assessed && has_excluded && assessed != excluded + randomised)
        return vg_fail_at(error, VG_INVALID_INPUT, study->file, 0,
                          "flow: %zu assessed are not %zu excluded and %zu randomised",
                          "correct the flow counts or the participants table", assessed, excluded,
                          randomised);
    return VG_OK;
}

/* ---- writing ---- */

static void count(VgTrial *trial, VgDataset *data, const char *stage, const char *arm,
                  const char *visit, const char *reason, size_t n)
{
    VgResult *result = trial->result;
    size_t row = vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "stage", stage);
    vg_dataset_set_text(result, data, "arm", arm);
    vg_dataset_set_text(result, data, "visit", visit);
    vg_dataset_set_text(result, data, "reason", reason);
    vg_dataset_set_number(result, data, "n", (double)n);
    vg_dataset_set_number(result, data, "order", (double)(row + 1));
}

static void before_randomisation(VgTrial *trial, VgDataset *data, const char *stage, size_t derived,
                                 bool has_derived)
{
    const VgStudy *study = trial->study;
    size_t total, reasons, n_reasons;
    bool has = declared(study, stage, &total, &reasons, &n_reasons);
    if (has)
        count(trial, data, stage, NULL, NULL, NULL, total);
    else if (has_derived)
        count(trial, data, stage, NULL, NULL, NULL, derived);
    for (size_t k = 0; k < study->n_flow; k++)
        if (study->flow[k].reason && strcmp(study->flow[k].stage, stage) == 0)
            count(trial, data, stage, NULL, NULL, study->flow[k].reason, study->flow[k].n);
}

/* Withdrawals of one arm by reason, the most frequent first. */
static void withdrawals(VgTrial *trial, VgDataset *data, size_t arm)
{
    const VgStudy *study = trial->study;
    const VgColumn *column = vg_table_column(study->participants, study->withdrawal_reason_column);
    VgMap *reasons = vg_map_create(trial->scratch);
    size_t *n = VG_NEW(trial->scratch, size_t, study->n_participants);
    if (!column || !reasons || !n) {
        trial->short_of_memory |= column != NULL;
        return;
    }
    size_t total = 0;
    for (size_t i = 0; i < study->n_participants; i++) {
        if (study->arm_of[i] != (int32_t)arm || vg_column_is_missing(column, i))
            continue;
        const char *reason = vg_column_value_text(trial->scratch, column, i);
        int64_t k = reason ? vg_map_add(reasons, reason, strlen(reason)) : -1;
        if (k < 0) {
            trial->short_of_memory = true;
            return;
        }
        n[k]++;
        total++;
    }
    count(trial, data, "withdrawn", study->arm[arm].name, NULL, NULL, total);
    for (size_t left = vg_map_size(reasons); left > 0; left--) {
        size_t best = SIZE_MAX;
        for (size_t k = 0; k < vg_map_size(reasons); k++)
            if (n[k] && (best == SIZE_MAX || n[k] > n[best] ||
                         (n[k] == n[best] &&
                          strcmp(vg_map_key(reasons, k), vg_map_key(reasons, best)) < 0)))
                best = k;
        count(trial, data, "withdrawn", study->arm[arm].name, NULL, vg_map_key(reasons, best),
              n[best]);
        n[best] = 0;
    }
}

/* Those marked as having left, where nobody wrote down why. */
static void withdrawals_without_reason(VgTrial *trial, VgDataset *data, size_t arm)
{
    const VgStudy *study = trial->study;
    const VgColumn *column = vg_table_column(study->participants, study->withdrawn_column);
    size_t total = 0;
    for (size_t i = 0; column && i < study->n_participants; i++)
        total += study->arm_of[i] == (int32_t)arm && vg_column_is_yes(column, i);
    count(trial, data, "withdrawn", study->arm[arm].name, NULL, NULL, total);
}

static void observed(VgTrial *trial, VgDataset *data, size_t arm)
{
    const VgStudy *study = trial->study;
    const VgOutcome *outcome = &study->outcome[study->analysis[0].outcome];
    size_t *visit = VG_NEW(trial->scratch, size_t, study->n_visits);
    if (!visit) {
        trial->short_of_memory = true;
        return;
    }
    size_t n_visits = vg_trial_visits(study, outcome, visit);
    for (size_t t = 0; t < n_visits; t++) {
        size_t n = 0;
        for (size_t i = 0; i < study->n_participants; i++)
            n += study->arm_of[i] == (int32_t)arm &&
                 !isnan(vg_trial_value(study, outcome, i, visit[t]));
        count(trial, data, "observed", study->arm[arm].name, study->visit[visit[t]].name, NULL, n);
    }
}

static bool has_value_after_baseline(VgTrial *trial, const VgOutcome *outcome, size_t participant)
{
    const VgStudy *study = trial->study;
    size_t first = outcome->baseline_visit == SIZE_MAX ? 0 : outcome->baseline_visit + 1;
    for (size_t t = first; t < study->n_visits; t++)
        if (!isnan(vg_trial_value(study, outcome, participant, t)))
            return true;
    return false;
}

static void analysed(VgTrial *trial, VgDataset *data, size_t arm)
{
    const VgStudy *study = trial->study;
    const VgTrialRun *run = &trial->run[0];
    if (!run->done)
        return;
    const VgOutcome *outcome = &study->outcome[study->analysis[0].outcome];
    size_t n = 0, without = 0, other = 0;
    for (size_t i = 0; i < study->n_participants; i++) {
        if (study->arm_of[i] != (int32_t)arm)
            continue;
        if (run->analysed[i])
            n++;
        else if (!has_value_after_baseline(trial, outcome, i))
            without++;
        else
            other++;
    }
    const char *name = study->arm[arm].name;
    count(trial, data, "analysed", name, NULL, NULL, n);
    if (without)
        count(trial, data, "not_analysed", name, NULL, "no outcome after baseline", without);
    if (other)
        count(trial, data, "not_analysed", name, NULL,
              "not in the analysis set, at the visit, or without a covariate", other);
}

void vg_trial_flow(VgTrial *trial)
{
    const VgStudy *study = trial->study;
    static const char *const columns[] = {"stage", "arm", "visit", "reason", "#n", "#order"};
    VgDataset *data = vg_result_dataset(trial->result, NULL, "consort", columns, 6);
    size_t randomised = vg_trial_n_randomised(study);
    size_t total, reasons, n_reasons;
    bool has_assessed = declared(study, "assessed", &total, &reasons, &n_reasons);
    size_t assessed = total;
    bool has_excluded = declared(study, "excluded", &total, &reasons, &n_reasons);
    before_randomisation(trial, data, "assessed", total + randomised, has_excluded);
    before_randomisation(trial, data, "excluded", assessed - randomised, has_assessed);
    count(trial, data, "randomised", NULL, NULL, NULL, randomised);
    for (size_t a = 0; a < study->n_arms; a++)
        count(trial, data, "allocated", study->arm[a].name, NULL, NULL, n_in_arm(study, a));
    for (size_t a = 0; a < study->n_arms && study->withdrawal_reason_column; a++)
        withdrawals(trial, data, a);
    for (size_t a = 0; a < study->n_arms && study->withdrawn_column; a++)
        withdrawals_without_reason(trial, data, a);
    for (size_t a = 0; a < study->n_arms && study->n_analyses; a++)
        observed(trial, data, a);
    for (size_t a = 0; a < study->n_arms && study->n_analyses; a++)
        analysed(trial, data, a);
    if (randomised < study->n_participants)
        vg_result_warn(trial->result,
                       "%zu of %zu participants have no arm and are left out of every analysis",
                       study->n_participants - randomised, study->n_participants);
}
