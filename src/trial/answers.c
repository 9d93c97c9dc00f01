/* Rows that every linear model of the plan answers with, whether MMRM or ANCOVA.
 * Contrast = arm − reference, always; who benefits follows from the scale's direction.
 * Standardised effects: effect_size.h. */
#include "trial/answers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/effect_size.h>

#include "model/estimate.h"
#include "numeric/distributions.h"

typedef struct Answers {
    VgTrial *trial;
    const VgAnalysis *analysis;
    const VgTrialData *data;
    const VgDesign *design;
    const VgFittedModel *model;
    const VgStandardDeviation *standard;
    VgTrialRun *run;
    double *asked;    /* n_coefficients of the model: a contrast as it wants it */
    size_t *observed; /* n_arms × n_visits, row-major */
} Answers;

/* L on all columns of the design → L as the model wants it: some know all columns, some only the
 * independent ones. An estimable L needs no more: the aliased coefficients are zero in the solution
 * that was fitted. */
static void in_the_models_columns(const Answers *answers, const double *contrast, double *asked)
{
    const VgDesign *design = answers->design;
    bool all = answers->model->n_coefficients == design->p;
    for (size_t j = 0; j < answers->model->n_coefficients; j++)
        asked[j] = contrast[all ? j : design->independent[j]];
}

static VgStatus ask(const Answers *answers, const double *contrast, VgInference *out,
                    VgError *error)
{
    const VgDesign *design = answers->design;
    if (!vg_design_estimable(design, contrast))
        return vg_fail_at(error, VG_NOT_ESTIMABLE, answers->trial->study->file,
                          answers->analysis->line,
                          "analysis %s: a mean or contrast of the plan is not estimable",
                          "a covariate may be tied to the arms or the visits: leave it out",
                          answers->analysis->id);
    in_the_models_columns(answers, contrast, answers->asked);
    return answers->model->contrast(answers->model->fit, answers->asked,
                                    answers->trial->result->level, out, error);
}

static VgEstimate blank(const Answers *answers, const char *quantity)
{
    VgEstimate row = vg_estimate_blank();
    row.analysis = answers->analysis->id;
    row.quantity = quantity;
    row.outcome = answers->trial->study->outcome[answers->analysis->outcome].name;
    return row;
}

/* ---- coefficients and joint tests ---- */

static VgStatus coefficients(const Answers *answers, VgError *error)
{
    const VgDesign *design = answers->design;
    double *unit = VG_NEW(answers->trial->scratch, double, design->p);
    if (!unit)
        return vg_fail_memory(error);
    for (size_t j = 0; j < design->rank; j++) {
        VgInference answer;
        unit[design->independent[j]] = 1;
        in_the_models_columns(answers, unit, answers->asked);
        unit[design->independent[j]] = 0;
        VG_TRY(answers->model->contrast(answers->model->fit, answers->asked,
                                        answers->trial->result->level, &answer, error));
        VgEstimate row = blank(answers, "coefficient");
        row.term = design->name[design->independent[j]];
        vg_estimate_fill(&row, &answer);
        vg_result_estimate(answers->trial->result, &row);
    }
    return VG_OK;
}

static VgStatus joint_test(const Answers *answers, size_t term, VgError *error)
{
    const VgDesign *design = answers->design;
    VgTrial *trial = answers->trial;
    double *hypothesis = NULL;
    size_t rows = 0;
    VgError why = {0};
    VgStatus status = vg_term_hypothesis(trial->scratch, design, term, 3, &hypothesis, &rows, &why);
    if (status == VG_NOT_ESTIMABLE ||
        status == VG_INVALID_INPUT) { /* the contrasts stand without it */
        vg_result_warn(trial->result, "%s: no type III test of %s: %s", answers->analysis->label,
                       design->formula->term[term].name, why.message);
        return VG_OK;
    }
    if (status != VG_OK)
        return vg_fail_memory(error);
    if (rows == 0)
        return VG_OK; /* nothing of this term is estimable */
    size_t width = answers->model->n_coefficients;
    double *asked = vg_arena_alloc(trial->scratch, rows, width * sizeof *asked);
    if (!asked)
        return vg_fail_memory(error);
    for (size_t k = 0; k < rows; k++)
        in_the_models_columns(answers, hypothesis + k * design->p, asked + k * width);
    VgJointTest answer;
    VG_TRY(answers->model->joint(answers->model->fit, asked, rows, &answer, error));
    VgEstimate row = blank(answers, "joint_test");
    row.term = design->formula->term[term].name;
    row.statistic = answer.statistic;
    row.df = answer.df_numerator;
    row.p = answer.p;
    row.note = isfinite(answer.df_denominator)
                   ? vg_trial_text(trial, "type III; denominator df %.10g", answer.df_denominator)
                   : "type III; denominator df infinite";
    vg_result_estimate(trial->result, &row);
    return VG_OK;
}

/* ---- LS means and contrasts ---- */

static const VgDesignVariable *factor_of(const VgDesign *design, const char *column)
{
    for (size_t v = 0; v < design->formula->n_variables; v++) {
        const char *own = design->formula->variable[v].column;
        if (own && strcmp(own, column) == 0 && design->variable[v].is_factor)
            return &design->variable[v];
    }
    return NULL;
}

static size_t level_of(const VgDesignVariable *factor, const char *name)
{
    for (size_t l = 0; l < factor->n_levels; l++)
        if (strcmp(factor->level[l], name) == 0)
            return l;
    return SIZE_MAX;
}

/* The row of `means` for an arm and (unless by_visit is false) a visit. */
static const double *mean_of(const Answers *answers, const VgLsMeans *means, bool by_visit,
                             size_t arm, size_t visit)
{
    const VgDesignVariable *arms = factor_of(answers->design, "arm");
    const VgDesignVariable *visits = factor_of(answers->design, "visit");
    size_t arm_level = level_of(arms, answers->data->arm_name[arm]);
    size_t visit_level = by_visit ? level_of(visits, answers->data->visit_name[visit]) : 0;
    for (size_t k = 0; k < means->n; k++) {
        const int32_t *code = means->code + k * means->n_by;
        if ((size_t)code[0] == arm_level && (!by_visit || (size_t)code[1] == visit_level))
            return means->contrast + k * answers->design->p;
    }
    return NULL;
}

static VgStatus missing_mean(const Answers *answers, size_t arm, size_t visit, VgError *error)
{
    return vg_fail_at(error, VG_NOT_ESTIMABLE, answers->trial->study->file, answers->analysis->line,
                      "analysis %s: nobody in arm %s is left at visit %s",
                      "look at the missing covariates", answers->analysis->id,
                      answers->data->arm_name[arm], answers->data->visit_name[visit]);
}

static const char *margins_note(const Answers *answers, bool by_visit)
{
    const char *cells = answers->analysis->margins == VG_MARGINS_EQUAL ? "equal" : "observed";
    const char *mean = !by_visit                                      ? "participants"
                       : answers->analysis->at_mean == VG_AT_MEAN_ROW ? "rows"
                                                                      : "participants";
    return vg_trial_text(answers->trial,
                         "%s margins over factors; numeric covariates at their mean over %s", cells,
                         mean);
}

/* `offset` is that of an explicit model, which L beta does not hold. */
static VgStatus mean_row(const Answers *answers, const double *contrast, double offset, size_t arm,
                         size_t visit, const char *note, VgError *error)
{
    VgInference answer;
    VG_TRY(ask(answers, contrast, &answer, error));
    VgEstimate row = blank(answers, "lsmean");
    row.visit = answers->data->visit_name[visit];
    row.arm = answers->data->arm_name[arm];
    row.unit = answers->trial->study->outcome[answers->analysis->outcome].scale->unit;
    row.note = note;
    row.estimate = answer.estimate + offset;
    row.se = answer.se;
    row.df = isfinite(answer.df) ? answer.df : (double)NAN;
    row.lower = answer.lower + offset;
    row.upper = answer.upper + offset;
    row.n = (double)answers->observed[arm * answers->data->n_visits + visit];
    vg_result_estimate(answers->trial->result, &row);
    return VG_OK;
}

static VgStatus effect_size_row(const Answers *answers, const VgEstimate *contrast,
                                const VgInference *difference, size_t visit, VgError *error)
{
    const VgStandardDeviation *standard = answers->standard;
    if (!standard || !(standard->sd[visit] > 0))
        return VG_OK;
    VgInference d;
    VG_TRY(vg_standardised_difference(difference, standard->sd[visit], standard->df, false,
                                      answers->trial->result->level, &d, error));
    VgEstimate row = *contrast;
    row.quantity = "effect_size";
    row.unit = "SD";
    row.note = vg_trial_text(answers->trial, "%s (%.4g)", standard->note, standard->sd[visit]);
    row.estimate = d.estimate;
    row.se = d.se;
    row.df = row.statistic = row.p = NAN;
    row.lower = d.lower;
    row.upper = d.upper;
    vg_result_estimate(answers->trial->result, &row);
    answers->run->has_effect_size = true;
    return VG_OK;
}

/* Who the plan's own contrast favours, by the direction of the scale. */
static void note_answer(const Answers *answers, const VgEstimate *row)
{
    const VgStudy *study = answers->trial->study;
    const VgAnalysis *analysis = answers->analysis;
    bool lower = study->outcome[analysis->outcome].scale->lower_is_better;
    answers->run->answer = answers->trial->result->n_estimates - 1;
    if (row->df < 5) /* false for NaN, which is the normal distribution */
        vg_result_warn(answers->trial->result,
                       "%s: only %.1f degrees of freedom: the interval leans on few people",
                       analysis->label, row->df);
    if (row->estimate != 0)
        vg_result_text(answers->trial->result, VG_FACTS_FIT, analysis->id, "favours",
                       (row->estimate < 0) == lower ? study->arm[analysis->arm].name
                                                    : study->arm[analysis->reference].name);
}

static VgStatus contrast_row(const Answers *answers, const double *arm_mean,
                             const double *reference_mean, size_t arm, size_t visit,
                             double *difference, VgError *error)
{
    const VgTrialData *data = answers->data;
    for (size_t j = 0; j < answers->design->p; j++)
        difference[j] = arm_mean[j] - reference_mean[j];
    VgInference answer;
    VG_TRY(ask(answers, difference, &answer, error));
    VgEstimate row = blank(answers, "contrast");
    row.visit = data->visit_name[visit];
    row.arm = data->arm_name[arm];
    row.reference = data->arm_name[0];
    row.unit = answers->trial->study->outcome[answers->analysis->outcome].scale->unit;
    vg_estimate_fill(&row, &answer);
    row.n = (double)(answers->observed[arm * data->n_visits + visit] + answers->observed[visit]);
    vg_result_estimate(answers->trial->result, &row);
    if (data->arm[arm] == answers->analysis->arm && data->visit[visit] == answers->analysis->visit)
        note_answer(answers, &row);
    return effect_size_row(answers, &row, &answer, visit, error);
}

static VgStatus means_and_contrasts(const Answers *answers, VgError *error)
{
    VgTrial *trial = answers->trial;
    const VgTrialData *data = answers->data;
    bool by_visit = factor_of(answers->design, "visit") != NULL;
    const char *const by[] = {"arm", "visit"};
    int32_t *subject = VG_NEW(trial->scratch, int32_t, answers->design->n_rows);
    double *difference = VG_NEW(trial->scratch, double, answers->design->p);
    if (!subject || !difference)
        return vg_fail_memory(error);
    size_t n_subjects = 0, previous = SIZE_MAX; /* rows of a participant stand together */
    for (size_t r = 0; r < answers->design->n_rows; r++) {
        size_t participant = data->participant[answers->design->row[r]];
        n_subjects += participant != previous;
        previous = participant;
        subject[r] = (int32_t)(n_subjects - 1);
    }
    const VgLsMeansOptions options = {.by = by,
                                      .n_by = by_visit ? 2 : 1,
                                      .margins = answers->analysis->margins,
                                      .at_mean = answers->analysis->at_mean,
                                      .subject = subject,
                                      .n_subjects = n_subjects};
    VgLsMeans *means = NULL;
    VG_TRY(vg_lsmeans(trial->scratch, answers->design, &options, &means, error));
    const char *note = margins_note(answers, by_visit);
    for (size_t a = 0; a < data->n_arms; a++)
        for (size_t t = 0; t < data->n_visits; t++) {
            const double *mean = mean_of(answers, means, by_visit, a, t);
            if (!mean)
                return missing_mean(answers, a, t, error);
            VG_TRY(mean_row(answers, mean, means->offset, a, t, note, error));
        }
    for (size_t a = 1; a < data->n_arms; a++)
        for (size_t t = 0; t < data->n_visits; t++)
            VG_TRY(contrast_row(answers, mean_of(answers, means, by_visit, a, t),
                                mean_of(answers, means, by_visit, 0, t), a, t, difference, error));
    return VG_OK;
}

static void count_observed(const Answers *answers)
{
    const VgTrialData *data = answers->data;
    for (size_t r = 0; r < answers->design->n_rows; r++) {
        size_t row = answers->design->row[r];
        size_t arm = (size_t)answers->trial->study->arm_of[data->participant[row]];
        for (size_t a = 0; a < data->n_arms; a++)
            answers->observed[a * data->n_visits + data->row_visit[row]] += data->arm[a] == arm;
    }
}

VgStatus vg_trial_answers(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                          const VgDesign *design, const VgFittedModel *model,
                          const VgStandardDeviation *standard, VgTrialRun *run, VgError *error)
{
    Answers answers = {trial, analysis, data, design, model, standard, run, NULL, NULL};
    answers.asked = VG_NEW(trial->scratch, double, model->n_coefficients);
    answers.observed = VG_NEW(trial->scratch, size_t, data->n_arms * data->n_visits);
    if (!answers.asked || !answers.observed)
        return vg_fail_memory(error);
    count_observed(&answers);
    const char **label = VG_NEW(trial->scratch, const char *, data->n_visits);
    if (!label)
        return vg_fail_memory(error);
    for (size_t t = 0; t < data->n_visits; t++)
        label[t] = vg_trial_visit_label(trial->study, data->visit[t]);
    run->visits = vg_trial_list(trial, label, data->n_visits);
    VG_TRY(means_and_contrasts(&answers, error));
    if (run->answer == VG_NO_ROW)
        return vg_fail_at(error, VG_NOT_ESTIMABLE, trial->study->file, analysis->line,
                          "analysis %s: %s has no values at visit %s",
                          "ask for a visit at which the outcome was measured", analysis->id,
                          trial->study->outcome[analysis->outcome].name,
                          trial->study->visit[analysis->visit].name);
    VG_TRY(coefficients(&answers, error));
    for (size_t term = 0; term < design->formula->n_terms; term++)
        VG_TRY(joint_test(&answers, term, error));
    return VG_OK;
}

VgStatus vg_trial_baseline_sd(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                              const VgTrialRun *run, VgStandardDeviation *standard, VgError *error)
{
    const VgStudy *study = trial->study;
    const VgOutcome *outcome = &study->outcome[analysis->outcome];
    double *chosen = VG_NEW(trial->scratch, double, study->n_participants);
    standard->sd = VG_NEW(trial->scratch, double, data->n_visits);
    if (!chosen || !standard->sd)
        return vg_fail_memory(error);
    double squares = 0, df = 0;
    for (size_t a = 0; a < data->n_arms; a++) {
        size_t n = 0;
        for (size_t i = 0; i < study->n_participants; i++)
            if (run->analysed[i] && (size_t)study->arm_of[i] == data->arm[a])
                chosen[n++] = vg_trial_baseline(outcome, i);
        VgSummary summary;
        VG_TRY(vg_trial_summary(trial->scratch, chosen, n, &summary, error));
        if (summary.n > 1) {
            squares += summary.sd * summary.sd * (double)(summary.n - 1);
            df += (double)(summary.n - 1);
        }
    }
    for (size_t t = 0; t < data->n_visits; t++)
        standard->sd[t] = df > 0 ? sqrt(squares / df) : (double)NAN;
    standard->df = df;
    standard->note = "baseline SD of those analysed, pooled within arms";
    return VG_OK;
}

/* ---- residuals ---- */

typedef struct Ranked {
    double value;
    size_t row;
} Ranked;

static int by_value(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Places as R's ppoints: (i − a) / (n + 1 − 2a), a = 3/8 up to ten values, else 1/2. */
static VgStatus normal_quantiles(VgArena *scratch, const double *value, size_t n, double *quantile,
                                 VgError *error)
{
    Ranked *ranked = VG_NEW(scratch, Ranked, n);
    if (!ranked)
        return vg_fail_memory(error);
    for (size_t r = 0; r < n; r++)
        ranked[r] = (Ranked){value[r], r};
    qsort(ranked, n, sizeof *ranked, by_value);
    double a = n <= 10 ? 3.0 / 8 : 0.5;
    for (size_t k = 0; k < n; k++)
        quantile[ranked[k].row] =
            vg_normal_quantile(((double)(k + 1) - a) / ((double)n + 1 - 2 * a));
    return VG_OK;
}

VgStatus vg_trial_residuals(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                            const VgDesign *design, const double *fitted, const double *response,
                            const double *normalised, VgError *error)
{
    static const char *const columns[] = {
        "participant", "arm", "visit", "#fitted", "#response", "#normalised", "#normal_quantile"};
    double *quantile = VG_NEW(trial->scratch, double, design->n_rows);
    if (!quantile)
        return vg_fail_memory(error);
    VG_TRY(normal_quantiles(trial->scratch, normalised, design->n_rows, quantile, error));
    VgResult *result = trial->result;
    VgDataset *rows = vg_result_dataset(result, analysis->id, "residuals", columns, 7);
    for (size_t r = 0; r < design->n_rows; r++) {
        size_t i = data->participant[design->row[r]];
        vg_dataset_row(result, rows);
        vg_dataset_set_text(result, rows, "participant", vg_trial_text(trial, "%zu", i + 1));
        vg_dataset_set_text(result, rows, "arm", trial->study->arm[trial->study->arm_of[i]].name);
        vg_dataset_set_text(result, rows, "visit",
                            data->visit_name[data->row_visit[design->row[r]]]);
        vg_dataset_set_number(result, rows, "fitted", fitted[r]);
        vg_dataset_set_number(result, rows, "response", response[r]);
        vg_dataset_set_number(result, rows, "normalised", normalised[r]);
        vg_dataset_set_number(result, rows, "normal_quantile", quantile[r]);
    }
    return VG_OK;
}

void vg_trial_counts(VgTrial *trial, const VgAnalysis *analysis, const VgTrialRun *run)
{
    VgResult *result = trial->result;
    vg_result_number(result, VG_FACTS_FIT, analysis->id, "n_subjects", (double)run->n_analysed);
    vg_result_number(result, VG_FACTS_FIT, analysis->id, "n_observations",
                     (double)run->n_observations);
    vg_result_number(result, VG_FACTS_FIT, analysis->id, "n_dropped", (double)run->n_dropped);
    vg_result_number(result, VG_FACTS_FIT, analysis->id, "n_without_outcome",
                     (double)run->n_without);
    vg_result_text(result, VG_FACTS_FIT, analysis->id, "formula", run->formula);
}
