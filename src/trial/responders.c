/* Response and remission at a visit: observed rates, and marginal risk difference, ratio, odds
 * ratio and number needed to treat by g-computation from a logistic model. Response counts from the
 * least total of the scale where that is not 0 (Leucht 2009): a fall from 40 to 30 on a scale from
 * 20 to 80 is half of what can be lost. */
#include "trial/answers.h"

#include <math.h>
#include <string.h>

#include <vagus/glm.h>
#include <vagus/proportions.h>

#include "model/estimate.h"

typedef struct Responders {
    VgTrial *trial;
    const VgAnalysis *analysis;
    const VgOutcome *outcome;
    VgTrialRun *run;
    VgTrialData data;
    VgDesign *design;
} Responders;

static bool is_response(const VgAnalysis *analysis)
{
    return analysis->kind == VG_ANALYSIS_RESPONSE;
}

/* ---- who reached it ---- */

static VgStatus check_definition(const Responders *self, VgError *error)
{
    const VgScale *scale = self->outcome->scale;
    bool response = is_response(self->analysis);
    if (isnan(response ? scale->response_fraction : scale->remission_cutoff))
        return vg_fail_at(error, VG_INVALID_INPUT, self->trial->study->file, self->analysis->line,
                          "analysis %s: the scale %s has no definition of %s",
                          "declare it with the scale, and give its source", self->analysis->id,
                          scale->name, response ? "response" : "remission");
    if (response && !self->outcome->baseline)
        return vg_fail_at(error, VG_INVALID_INPUT, self->trial->study->file, self->analysis->line,
                          "analysis %s: response is a change from baseline, and %s has no baseline",
                          "declare the outcome's baseline", self->analysis->id,
                          self->outcome->name);
    return VG_OK;
}

static double *who_reached_it(Responders *self)
{
    const VgStudy *study = self->trial->study;
    double *reached = VG_NEW(self->trial->scratch, double, study->n_participants);
    for (size_t i = 0; reached && i < study->n_participants; i++) {
        double value = vg_trial_value(study, self->outcome, i, self->analysis->visit);
        reached[i] = is_response(self->analysis)
                         ? vg_scale_response(self->outcome->scale,
                                             vg_trial_baseline(self->outcome, i), value)
                         : vg_scale_remission(self->outcome->scale, value);
    }
    return reached;
}

/* Composite strategy: without a value, not reached. Counted over those who will be analysed. */
static void count_missing_as_not_reached(Responders *self, double *reached, const bool *in_set)
{
    for (size_t i = 0; i < self->trial->study->n_participants; i++)
        if (isnan(reached[i])) {
            reached[i] = 0;
            self->run->n_counted_out += in_set[i];
        }
}

/* What a reader should know before believing the rates. */
static void warn_about_baseline(const Responders *self, const bool *in_set)
{
    const VgScale *scale = self->outcome->scale;
    size_t n = 0;
    for (size_t i = 0; i < self->trial->study->n_participants; i++) {
        double baseline = vg_trial_baseline(self->outcome, i);
        if (!in_set[i] || isnan(baseline))
            continue;
        n += is_response(self->analysis) ? !(baseline > vg_scale_least(scale))
                                         : vg_scale_remission(scale, baseline) == 1;
    }
    if (n && is_response(self->analysis))
        vg_result_warn(self->trial->result,
                       "%s: %zu participant%s began at the least possible total and cannot "
                       "respond; counted as no response",
                       self->analysis->label, n, n == 1 ? "" : "s");
    else if (n)
        vg_result_warn(self->trial->result,
                       "%s: %zu participant%s met the remission criterion at baseline "
                       "already",
                       self->analysis->label, n, n == 1 ? "" : "s");
}

/* ---- rows ---- */

static VgEstimate blank(const Responders *self, const char *quantity, size_t arm)
{
    VgEstimate row = vg_estimate_blank();
    row.analysis = self->analysis->id;
    row.quantity = quantity;
    row.outcome = self->outcome->name;
    row.visit = self->data.visit_name[0];
    row.arm = self->data.arm_name[arm];
    return row;
}

static void count_arm(const Responders *self, size_t arm, double *reached, double *n)
{
    *reached = *n = 0;
    for (size_t r = 0; r < self->data.table.n_rows; r++) {
        size_t i = self->data.participant[r];
        if ((size_t)self->trial->study->arm_of[i] != self->data.arm[arm])
            continue;
        *n += 1;
        *reached += self->data.binary[i];
    }
}

static double n_analysed(const Responders *self, size_t arm)
{
    double n = 0;
    for (size_t i = 0; i < self->trial->study->n_participants; i++)
        n += self->run->analysed[i] && (size_t)self->trial->study->arm_of[i] == self->data.arm[arm];
    return n;
}

static VgStatus observed_rates(const Responders *self, VgError *error)
{
    VgResult *result = self->trial->result;
    VgTwoByTwo table = {0};
    count_arm(self, 0, &table.events_0, &table.n_0);
    for (size_t a = 0; a < self->data.n_arms; a++) {
        VgInference answer;
        count_arm(self, a, &table.events_1, &table.n_1);
        VG_TRY(vg_proportion(table.events_1, table.n_1, result->level, VG_PROPORTION_WILSON,
                             &answer, error));
        VgEstimate row =
            blank(self, is_response(self->analysis) ? "response_rate" : "remission_rate", a);
        vg_estimate_fill(&row, &answer);
        row.n = table.n_1;
        row.note = "observed";
        vg_result_estimate(result, &row);
        if (a == 0)
            continue;
        VG_TRY(vg_risk_difference(&table, result->level, VG_RISK_DIFFERENCE_MIETTINEN_NURMINEN,
                                  &answer, error));
        row = blank(self, "risk_difference_unadjusted", a);
        row.reference = self->data.arm_name[0];
        vg_estimate_fill(&row, &answer);
        row.n = table.n_0 + table.n_1;
        row.note = "Miettinen–Nurminen, no covariates";
        vg_result_estimate(result, &row);
    }
    return VG_OK;
}

/* "benefit", or "benefit; from 3.4 through infinity to harm 10". A limit of exactly 0 is infinity
 * itself. */
static const char *nnt_words(VgTrial *trial, const VgNnt *nnt)
{
    const char *side = nnt->benefit ? "benefit" : "harm";
    if (!nnt->through_infinity)
        return side;
    if (isfinite(nnt->limit_benefit) && isfinite(nnt->limit_harm))
        return vg_trial_text(trial, "%s; from benefit %.3g through infinity to harm %.3g", side,
                             nnt->limit_benefit, nnt->limit_harm);
    return vg_trial_text(trial, "%s; from %s %.3g to infinity", side,
                         isfinite(nnt->limit_benefit) ? "benefit" : "harm",
                         isfinite(nnt->limit_benefit) ? nnt->limit_benefit : nnt->limit_harm);
}

static void nnt_row(const Responders *self, const VgEstimate *difference, const VgNnt *nnt)
{
    VgEstimate row = *difference;
    row.quantity = "nnt";
    row.se = row.df = row.statistic = row.p = row.lower = row.upper = NAN;
    row.estimate = difference->estimate == 0 ? (double)NAN : 1 / difference->estimate;
    if (!nnt->through_infinity) {
        row.lower = 1 / difference->upper;
        row.upper = 1 / difference->lower;
    }
    row.note = nnt_words(self->trial, nnt);
    vg_result_estimate(self->trial->result, &row);
}

static VgStatus contrast_rows(const Responders *self, const VgMarginal *marginal, size_t arm,
                              VgError *error)
{
    VgResult *result = self->trial->result;
    const VgMarginalContrast *contrast = &marginal->contrast[arm];
    VgEstimate row = blank(self, "risk_difference", arm);
    row.reference = self->data.arm_name[0];
    vg_estimate_fill(&row, &contrast->difference);
    row.note = "standardised (g-computation)";
    row.n = n_analysed(self, arm) + n_analysed(self, 0);
    vg_result_estimate(result, &row);
    if (self->data.arm[arm] == self->analysis->arm)
        self->run->answer = result->n_estimates - 1;
    VgNnt nnt;
    VG_TRY(vg_nnt(&contrast->difference, true, &nnt, error));
    nnt_row(self, &row, &nnt);
    row.quantity = "risk_ratio";
    row.note = "standardised (g-computation); se of the logarithm";
    vg_estimate_fill(&row, &contrast->ratio);
    vg_result_estimate(result, &row);
    row.quantity = "odds_ratio";
    row.note = "marginal (g-computation); se of the logarithm";
    vg_estimate_fill(&row, &contrast->odds_ratio);
    vg_result_estimate(result, &row);
    return VG_OK;
}

static VgStatus coefficient_rows(const Responders *self, const VgGlmFit *fit, VgError *error)
{
    double *unit = VG_NEW(self->trial->scratch, double, fit->p);
    if (!unit)
        return vg_fail_memory(error);
    for (size_t j = 0; j < fit->p; j++) {
        VgInference answer;
        memset(unit, 0, fit->p * sizeof *unit);
        unit[j] = 1;
        VG_TRY(vg_glm_contrast(fit, unit, self->trial->result->level, &answer, error));
        VgEstimate row = vg_estimate_blank();
        row.analysis = self->analysis->id;
        row.quantity = "coefficient";
        row.outcome = self->outcome->name;
        row.term = self->design->name[self->design->independent[j]];
        row.note = "log odds, conditional on the other terms";
        vg_estimate_fill(&row, &answer);
        vg_result_estimate(self->trial->result, &row);
    }
    return VG_OK;
}

/* ---- the model ---- */

/* The design with everybody in each arm, in our order of arms: the reference first. */
static VgStatus designs_by_arm(const Responders *self, VgMatrix **by_arm, VgError *error)
{
    size_t variable, n_levels;
    VgMatrix *by_level = NULL;
    VG_TRY(vg_glm_arm_designs(self->trial->scratch, self->design, "arm", &by_level, &n_levels,
                              &variable, error));
    *by_arm = VG_NEW(self->trial->scratch, VgMatrix, self->data.n_arms);
    if (!*by_arm)
        return vg_fail_memory(error);
    for (size_t a = 0; a < self->data.n_arms; a++) {
        const VgDesignVariable *factor = &self->design->variable[variable];
        size_t level = 0;
        while (level < n_levels && strcmp(factor->level[level], self->data.arm_name[a]) != 0)
            level++;
        if (level == n_levels)
            return vg_fail_at(error, VG_NOT_ESTIMABLE, self->trial->study->file,
                              self->analysis->line, "analysis %s: nobody is left in arm %s",
                              "look at the missing covariates", self->analysis->id,
                              self->data.arm_name[a]);
        (*by_arm)[a] = by_level[level];
    }
    return VG_OK;
}

static VgStatus fit_logistic(const Responders *self, const VgGlmData *data, VgGlmFit *fit,
                             VgError *error)
{
    const VgGlmOptions options = {.family = VG_GLM_BINOMIAL, .firth = self->analysis->firth};
    VG_TRY(vg_glm_fit(self->trial->scratch, data, &options, fit, error));
    VgResult *result = self->trial->result;
    const char *id = self->analysis->id;
    vg_trial_counts(self->trial, self->analysis, self->run);
    vg_result_text(result, VG_FACTS_FIT, id, "likelihood", fit->firth ? "firth" : "ml");
    vg_result_number(result, VG_FACTS_FIT, id, "loglik", fit->loglik);
    vg_result_number(result, VG_FACTS_FIT, id, "minus2loglik", -2 * fit->loglik);
    vg_result_number(result, VG_FACTS_FIT, id, "aic", fit->aic);
    vg_result_number(result, VG_FACTS_FIT, id, "bic", fit->bic);
    vg_result_number(result, VG_FACTS_FIT, id, "iterations", fit->iterations);
    vg_result_bool(result, VG_FACTS_FIT, id, "converged", fit->converged);
    vg_result_number(result, VG_FACTS_FIT, id, "n_missing_as_nonresponse",
                     (double)self->run->n_counted_out);
    return VG_OK;
}

static VgStatus standardise(const Responders *self, const VgGlmData *data, const VgGlmFit *fit,
                            VgError *error)
{
    VgResult *result = self->trial->result;
    size_t n_arms = self->data.n_arms;
    VgMatrix *x = NULL;
    VG_TRY(designs_by_arm(self, &x, error));
    VgMarginal marginal;
    VG_TRY(vg_glm_marginal(self->trial->scratch, data, fit, x, n_arms, 0, result->level, &marginal,
                           error));
    for (size_t a = 0; a < n_arms; a++) {
        VgEstimate row =
            blank(self, is_response(self->analysis) ? "response_rate" : "remission_rate", a);
        vg_estimate_fill(&row, &marginal.mean[a]);
        row.n = (double)self->run->n_analysed;
        row.note = "standardised";
        vg_result_estimate(result, &row);
    }
    for (size_t a = 1; a < n_arms; a++)
        VG_TRY(contrast_rows(self, &marginal, a, error));
    return coefficient_rows(self, fit, error);
}

VgStatus vg_trial_responders(VgTrial *trial, size_t index, VgError *error)
{
    const VgStudy *study = trial->study;
    const VgAnalysis *analysis = &study->analysis[index];
    Responders self = {.trial = trial,
                       .analysis = analysis,
                       .outcome = &study->outcome[analysis->outcome],
                       .run = &trial->run[index]};
    VG_TRY(check_definition(&self, error));
    bool *in_set = VG_NEW(trial->scratch, bool, study->n_participants);
    double *reached = who_reached_it(&self);
    if (!in_set || !reached)
        return vg_fail_memory(error);
    VG_TRY(vg_trial_set(trial, analysis, in_set, error));
    warn_about_baseline(&self, in_set);
    if (analysis->binary_missing == VG_BINARY_MISSING_NONRESPONSE)
        count_missing_as_not_reached(&self, reached, in_set);
    self.run->firth = analysis->firth;
    self.run->from_minimum = is_response(analysis) && vg_scale_least(self.outcome->scale) != 0;
    VG_TRY(vg_trial_data(trial, analysis, analysis->visit, reached, &self.data, error));
    VG_TRY(observed_rates(&self, error));
    self.run->keep = trial->result->n_estimates; /* true whether or not a model can be had */
    VG_TRY(vg_trial_design(trial, analysis, &self.data, false, self.run, &self.design, error));
    const char **name = VG_NEW(trial->scratch, const char *, self.design->rank);
    if (!name)
        return vg_fail_memory(error);
    for (size_t j = 0; j < self.design->rank; j++)
        name[j] = self.design->name[self.design->independent[j]];
    const VgGlmData data = {.x = self.design->x_full_rank,
                            .y = self.design->y,
                            .offset = self.design->offset,
                            .coefficient_label = name};
    VgGlmFit fit;
    memset(&fit, 0, sizeof fit);
    VG_TRY(fit_logistic(&self, &data, &fit, error));
    return standardise(&self, &data, &fit, error);
}
