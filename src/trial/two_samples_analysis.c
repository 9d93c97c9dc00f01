/* Two arms at one visit without a model: Welch's t test of the difference in means, or the rank-sum test with the shift
 * of Hodges and Lehmann. Every arm is compared with the reference by itself. */
#include <vagus/two_samples.h>

#include "model/estimate.h"
#include "trial/answers.h"

#include <math.h>

typedef struct Comparison {
    VgTrial *trial;
    const VgAnalysis *analysis;
    VgTrialRun *run;
    VgTrialData data;
    double **value; /* per arm of the data */
    size_t *n;
} Comparison;

static VgEstimate blank(const Comparison *self, const char *quantity, size_t arm)
{
    const VgOutcome *outcome = &self->trial->study->outcome[self->analysis->outcome];
    VgEstimate row = vg_estimate_blank();
    row.analysis = self->analysis->id;
    row.quantity = quantity;
    row.outcome = outcome->name;
    row.visit = self->data.visit_name[0];
    row.arm = self->data.arm_name[arm];
    row.unit = outcome->scale->unit;
    return row;
}

/* ---- who is compared ---- */

static size_t place_of_arm(const Comparison *self, size_t participant)
{
    size_t arm = (size_t)self->trial->study->arm_of[participant], a = 0;
    while (a < self->data.n_arms && self->data.arm[a] != arm)
        a++;
    return a;
}

/* Values or changes by arm; those without a baseline have no change and are left out. */
static VgStatus sort_by_arm(Comparison *self, VgError *error)
{
    const VgStudy *study = self->trial->study;
    const VgOutcome *outcome = &study->outcome[self->analysis->outcome];
    VgTrialRun *run = self->run;
    size_t n_arms = self->data.n_arms, n_rows = self->data.table.n_rows;
    run->analysed = VG_NEW(self->trial->scratch, bool, study->n_participants);
    self->value = VG_NEW(self->trial->scratch, double *, n_arms);
    self->n = VG_NEW(self->trial->scratch, size_t, n_arms);
    if (!run->analysed || !self->value || !self->n)
        return vg_fail_memory(error);
    for (size_t a = 0; a < n_arms; a++) {
        self->value[a] = VG_NEW(self->trial->scratch, double, n_rows);
        if (!self->value[a])
            return vg_fail_memory(error);
    }
    run->n_analysed = run->n_dropped = 0;
    for (size_t r = 0; r < n_rows; r++) {
        size_t i = self->data.participant[r], a = place_of_arm(self, i);
        double value = vg_trial_value(study, outcome, i, self->analysis->visit);
        if (self->analysis->change)
            value -= vg_trial_baseline(outcome, i);
        if (a == n_arms)
            continue;
        run->analysed[i] = !isnan(value);
        if (run->analysed[i])
            self->value[a][self->n[a]++] = value;
        else
            run->n_dropped++;
    }
    for (size_t a = 0; a < n_arms; a++)
        run->n_analysed += self->n[a];
    run->n_observations = run->n_analysed;
    run->n_without = self->data.n_without;
    run->formula = self->analysis->change ? "change ~ arm" : "value ~ arm";
    if (run->n_dropped)
        vg_result_warn(self->trial->result, "%s: %zu participant%s left out for want of a baseline",
                       self->analysis->label, run->n_dropped,
                       run->n_dropped == 1 ? " was" : "s were");
    return VG_OK;
}

/* ---- rows ---- */

static VgStatus describe_arms(const Comparison *self, VgError *error)
{
    VgResult *result = self->trial->result;
    bool by_ranks = self->analysis->kind == VG_ANALYSIS_RANK_SUM;
    for (size_t a = 0; a < self->data.n_arms; a++) {
        VgSummary summary;
        VG_TRY(vg_trial_summary(self->trial->scratch, self->value[a], self->n[a], &summary, error));
        VgEstimate row = blank(self, by_ranks ? "arm_median" : "arm_mean", a);
        row.n = (double)summary.n;
        row.estimate = by_ranks ? summary.median : summary.mean;
        if (by_ranks)
            row.note =
                vg_trial_text(self->trial, "quartiles %.6g and %.6g", summary.q1, summary.q3);
        vg_result_estimate(result, &row);
        if (by_ranks)
            continue;
        row.quantity = "arm_sd";
        row.estimate = summary.sd;
        vg_result_estimate(result, &row);
    }
    return VG_OK;
}

static VgStatus compare_means(const Comparison *self, const VgTwoSamples *samples, VgEstimate *row,
                              VgError *error)
{
    VgInference answer;
    VG_TRY(vg_welch(samples, self->trial->result->level, &answer, error));
    vg_estimate_fill(row, &answer);
    row->note = "difference in means, Welch's t";
    return VG_OK;
}

static VgStatus compare_ranks(const Comparison *self, const VgTwoSamples *samples, VgEstimate *row,
                              VgError *error)
{
    VgRankSum answer;
    double level = self->trial->result->level;
    VG_TRY(vg_rank_sum(self->trial->scratch, samples, self->analysis->approximate, level, &answer,
                       error));
    row->estimate = answer.estimate;
    row->lower = answer.lower;
    row->upper = answer.upper;
    row->statistic = answer.statistic;
    row->p = answer.p;
    const char *how = answer.exact ? "exact"
                                   : "normal approximation with correction for ties and "
                                     "continuity";
    row->note =
        answer.level < level
            ? vg_trial_text(self->trial,
                            "median difference (Hodges–Lehmann), rank sum, %s; so few "
                            "values give an interval of %.3g %% at most",
                            how, 100 * answer.level)
            : vg_trial_text(self->trial, "median difference (Hodges–Lehmann), rank sum, %s", how);
    return VG_OK;
}

static VgStatus compare(const Comparison *self, size_t arm, VgError *error)
{
    VgTwoSamples samples = {self->value[arm], self->n[arm], self->value[0], self->n[0]};
    VgEstimate row = blank(self, "contrast", arm);
    row.reference = self->data.arm_name[0];
    row.n = (double)(samples.n_1 + samples.n_0);
    VgError why = {0};
    VgStatus status = self->analysis->kind == VG_ANALYSIS_WELCH
                          ? compare_means(self, &samples, &row, &why)
                          : compare_ranks(self, &samples, &row, &why);
    if (status == VG_NO_MEMORY)
        return vg_fail_memory(error);
    if (status != VG_OK) /* what the numbers lack, said of the arms they come from */
        return vg_fail_at(error, VG_NOT_ESTIMABLE, self->trial->study->file, self->analysis->line,
                          "analysis %s: %s against %s: %s", why.hint, self->analysis->id, row.arm,
                          row.reference, why.message);
    vg_result_estimate(self->trial->result, &row);
    if (self->data.arm[arm] == self->analysis->arm)
        self->run->answer = self->trial->result->n_estimates - 1;
    return VG_OK;
}

VgStatus vg_trial_two_samples(VgTrial *trial, size_t index, VgError *error)
{
    const VgAnalysis *analysis = &trial->study->analysis[index];
    Comparison self = {.trial = trial, .analysis = analysis, .run = &trial->run[index]};
    VG_TRY(vg_trial_data(trial, analysis, analysis->visit, NULL, &self.data, error));
    VG_TRY(sort_by_arm(&self, error));
    vg_trial_counts(trial, analysis, self.run);
    VG_TRY(describe_arms(&self, error));
    for (size_t a = 1; a < self.data.n_arms; a++)
        VG_TRY(compare(&self, a, error));
    return VG_OK;
}
