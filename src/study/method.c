/* How an analysis is done: the options of each method. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <vagus/formula.h>

#include "study/plan.h"

static const char *const KINDS[] = {
    [VG_ANALYSIS_MMRM] = "mmrm",         [VG_ANALYSIS_ANCOVA] = "ancova",
    [VG_ANALYSIS_RESPONSE] = "response", [VG_ANALYSIS_REMISSION] = "remission",
    [VG_ANALYSIS_WELCH] = "welch",       [VG_ANALYSIS_RANK_SUM] = "rank_sum",
};
enum { N_KINDS = sizeof KINDS / sizeof *KINDS };

const char *vg_study_kind_name(VgAnalysisKind kind)
{
    return KINDS[kind];
}

bool vg_study_kind_from_name(const char *name, VgAnalysisKind *kind)
{
    for (size_t i = 0; i < N_KINDS; i++) {
        if (strcmp(name, KINDS[i]) == 0) {
            *kind = (VgAnalysisKind)i;
            return true;
        }
    }
    return false;
}

bool vg_study_kind_is_binary(VgAnalysisKind kind)
{
    return kind == VG_ANALYSIS_RESPONSE || kind == VG_ANALYSIS_REMISSION;
}

bool vg_study_kind_is_two_samples(VgAnalysisKind kind)
{
    return kind == VG_ANALYSIS_WELCH || kind == VG_ANALYSIS_RANK_SUM;
}

static const char *const MMRM_KEYS[] = {
    "covariance",        "df",     "likelihood", "covariates", "covariates_by_visit",
    "fallback",          "robust", "margins",    "at_mean",    "standardiser",
    "covariance_by_arm", "model",  "measure",    "at",         "population",
    "treatment",         "label",  NULL};
static const char *const ANCOVA_KEYS[] = {"covariates",   "robust",    "margins", "at_mean",
                                          "standardiser", "model",     "measure", "at",
                                          "population",   "treatment", "label",   NULL};
static const char *const BINARY_KEYS[] = {"covariates", "missing",   "firth", "model", "at",
                                          "population", "treatment", "label", NULL};
static const char *const WELCH_KEYS[] = {"measure", "at", "population", "treatment", "label", NULL};
static const char *const RANK_SUM_KEYS[] = {"measure",   "exact", "at", "population",
                                            "treatment", "label", NULL};

static const char *const *own_keys(VgAnalysisKind kind)
{
    return kind == VG_ANALYSIS_MMRM       ? MMRM_KEYS
           : kind == VG_ANALYSIS_ANCOVA   ? ANCOVA_KEYS
           : kind == VG_ANALYSIS_WELCH    ? WELCH_KEYS
           : kind == VG_ANALYSIS_RANK_SUM ? RANK_SUM_KEYS
                                          : BINARY_KEYS;
}

static void read_covariance(VgStudyReader *reader, const char *text, size_t line,
                            VgCovariance *covariance)
{
    if (text && !vg_covariance_from_name(text, covariance))
        vg_study_problem(reader, VG_INVALID_INPUT, line, "the covariance `%s` is not known",
                         "one of: us, cs, csh, ar1, ar1h, toep, toeph, ad, adh", text);
}

static void read_fallback(VgStudyReader *reader, const VgYaml *map, VgAnalysis *analysis)
{
    size_t n, line = vg_yaml_key_line(map, "fallback");
    const char **names = vg_study_texts(reader, map, "fallback", &n);
    if (!names)
        return;
    analysis->n_fallback = 0;
    analysis->fallback = VG_STUDY_NEW(reader, VgCovariance, n);
    for (size_t i = 0; analysis->fallback && i < n; i++) {
        if (strcmp(names[i], "none") == 0 && n == 1)
            return;
        read_covariance(reader, names[i], line, &analysis->fallback[analysis->n_fallback++]);
    }
}

static void read_mmrm(VgStudyReader *reader, const VgYaml *map, VgAnalysis *analysis)
{
    static const char *const LIKELIHOODS[] = {"reml", "ml", NULL};
    read_covariance(reader, vg_study_text(reader, map, "covariance"),
                    vg_yaml_key_line(map, "covariance"), &analysis->covariance);
    const char *df = vg_study_text(reader, map, "df");
    if (df && !vg_df_method_from_name(df, &analysis->df))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "df"),
                         "the df method `%s` is not known",
                         "one of: satterthwaite, kenward-roger, kenward-roger-linear, residual, "
                         "between-within",
                         df);
    analysis->likelihood =
        (VgLikelihood)vg_study_choice(reader, map, "likelihood", LIKELIHOODS, analysis->likelihood);
    analysis->covariance_by_arm =
        vg_study_bool(reader, map, "covariance_by_arm", analysis->covariance_by_arm);
    read_fallback(reader, map, analysis);
}

/* mmrm and ancova */
static void read_means(VgStudyReader *reader, const VgYaml *map, VgAnalysis *analysis)
{
    static const char *const ROBUST[] = {"none", "cr0", "cr2", "cr3", NULL};
    static const char *const MARGINS[] = {"equal", "observed", NULL};
    static const char *const AT_MEAN[] = {"row", "subject", NULL};
    static const char *const STANDARDISERS[] = {"baseline sd", "model sd", NULL};
    analysis->sandwich =
        (VgSandwich)vg_study_choice(reader, map, "robust", ROBUST, analysis->sandwich);
    analysis->margins =
        (VgMargins)vg_study_choice(reader, map, "margins", MARGINS, analysis->margins);
    analysis->at_mean =
        (VgAtMean)vg_study_choice(reader, map, "at_mean", AT_MEAN, analysis->at_mean);
    analysis->standardiser = (VgStandardiser)vg_study_choice(reader, map, "standardiser",
                                                             STANDARDISERS, analysis->standardiser);
}

static void read_measure(VgStudyReader *reader, const VgYaml *map, VgAnalysis *analysis)
{
    static const char *const MEASURES[] = {"value", "change", NULL};
    analysis->change =
        vg_study_choice(reader, map, "measure", MEASURES, analysis->change ? 1 : 0) == 1;
}

/* "baseline", or "NAME_baseline" of the analysis's own outcome unless a column is called so. */
static const char *own_baseline(VgStudyReader *reader, const VgAnalysis *analysis, const char *name)
{
    if (strcmp(name, "baseline") == 0)
        return "baseline";
    if (analysis->outcome == SIZE_MAX || !reader->participants_ok ||
        vg_table_column(reader->study->participants, name))
        return NULL;
    const char *own = reader->study->outcome[analysis->outcome].name;
    size_t length = strlen(own);
    return strncmp(name, own, length) == 0 && strcmp(name + length, "_baseline") == 0 ? "baseline"
                                                                                      : NULL;
}

static const char **read_covariates(VgStudyReader *reader, const VgYaml *map, const char *key,
                                    const VgAnalysis *analysis, size_t *n)
{
    size_t line = vg_yaml_key_line(map, key), kept = 0;
    const char **names = vg_study_texts(reader, map, key, n);
    if (!names)
        return NULL;
    for (size_t i = 0; i < *n; i++) {
        const char *baseline = own_baseline(reader, analysis, names[i]);
        const char *name = baseline ? baseline : names[i];
        bool twice = false;
        for (size_t k = 0; k < kept; k++)
            twice = twice || strcmp(names[k], name) == 0;
        if (twice)
            vg_study_problem(reader, VG_INVALID_INPUT, line, "the covariate `%s` is listed twice",
                             "list it once", name);
        else if (baseline || vg_study_participant_column(reader, name, line) ||
                 !reader->participants_ok)
            names[kept++] = name;
    }
    *n = kept;
    return names;
}

static bool has_covariate(const VgAnalysis *analysis, const char *name)
{
    for (size_t i = 0; i < analysis->n_covariates; i++)
        if (strcmp(analysis->covariate[i], name) == 0)
            return true;
    return false;
}

/* Those by visit are covariates too. */
static void join_covariates(VgStudyReader *reader, VgAnalysis *analysis)
{
    size_t n = analysis->n_covariates + analysis->n_covariates_by_visit;
    const char **all = VG_STUDY_NEW(reader, const char *, n);
    if (!all)
        return;
    for (size_t i = 0; i < analysis->n_covariates; i++)
        all[i] = analysis->covariate[i];
    analysis->covariate = all;
    for (size_t i = 0; i < analysis->n_covariates_by_visit; i++)
        if (!has_covariate(analysis, analysis->covariate_by_visit[i]))
            all[analysis->n_covariates++] = analysis->covariate_by_visit[i];
}

static bool known_variable(const VgStudyReader *reader, const char *name)
{
    static const char *const OWN[] = {"arm", "visit", "baseline"};
    for (size_t i = 0; i < 3; i++)
        if (strcmp(name, OWN[i]) == 0)
            return true;
    return !reader->participants_ok || vg_table_column(reader->study->participants, name);
}

/* An explicit model: the right-hand side in arm, visit, baseline and participants' columns. */
static void read_model(VgStudyReader *reader, const VgYaml *map, VgAnalysis *analysis)
{
    const char *text = vg_study_text(reader, map, "model");
    size_t line = vg_yaml_key_line(map, "model");
    if (!text)
        return;
    VgFormula *formula = NULL;
    VgError error = {0};
    const char *source = strchr(text, '~') ? text : vg_study_printf(reader, "~ %s", text);
    if (vg_formula_parse(reader->arena, source, &formula, &error) != VG_OK) {
        if (error.code == VG_NO_MEMORY)
            vg_study_problem_from(reader, &error);
        else
            vg_study_problem(reader, VG_INVALID_INPUT, line, "model: %s", error.hint,
                             error.message);
        return;
    }
    if (formula->response || formula->n_bars) {
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "the model has a left-hand side or random effects",
                         "write the right-hand side only: the variable says what is modelled");
        return;
    }
    bool arm = false;
    for (size_t i = 0; i < formula->n_variables; i++) {
        const char *column = formula->variable[i].column;
        arm = arm || (column && strcmp(column, "arm") == 0);
        if (column && !known_variable(reader, column))
            vg_study_problem(reader, VG_INVALID_INPUT, line,
                             "the model has an unknown variable `%s`",
                             "use arm, visit, baseline and columns of the participants", column);
    }
    if (!arm)
        vg_study_problem(reader, VG_INVALID_INPUT, line, "the model does not contain arm",
                         "write for example model: arm * visit + baseline");
    analysis->model = source;
    analysis->n_covariates = analysis->n_covariates_by_visit = 0;
}

static void read_binary(VgStudyReader *reader, const VgYaml *map, VgAnalysis *analysis)
{
    static const char *const MISSING[] = {"nonresponse", "observed", NULL};
    analysis->binary_missing =
        (VgBinaryMissing)vg_study_choice(reader, map, "missing", MISSING, analysis->binary_missing);
    analysis->firth = vg_study_bool(reader, map, "firth", analysis->firth);
}

static void read_common(VgStudyReader *reader, const VgYaml *map, VgAnalysis *analysis)
{
    const char *label = vg_study_text(reader, map, "label");
    if (label)
        analysis->label = label;
    const char *treatment = vg_study_text(reader, map, "treatment");
    if (treatment)
        vg_study_parse_treatment(reader, treatment, vg_yaml_key_line(map, "treatment"), analysis);
    const char *population = vg_study_text(reader, map, "population");
    if (population)
        vg_study_parse_population(reader, population, vg_yaml_key_line(map, "population"),
                                  analysis);
    const char *at = vg_study_text(reader, map, "at");
    if (at)
        analysis->visit = vg_study_need_visit(reader, at, vg_yaml_key_line(map, "at"));
}

void vg_study_read_options(VgStudyReader *reader, const VgYaml *map, const char *const *more_keys,
                           VgAnalysis *analysis)
{
    static const char *const UNBUILT[] = {"impute",  "reference_based", "delta",
                                          "weights", "random",          NULL};
    const char *const *own = own_keys(analysis->kind);
    const char *known[32];
    size_t n = 0;
    for (size_t i = 0; own[i]; i++)
        known[n++] = own[i];
    for (size_t i = 0; more_keys && more_keys[i]; i++)
        known[n++] = more_keys[i];
    known[n] = NULL;
    vg_study_keys(reader, map, vg_study_kind_name(analysis->kind), known, UNBUILT);
    read_common(reader, map, analysis);
    if (vg_study_kind_is_binary(analysis->kind))
        read_binary(reader, map, analysis);
    else
        read_measure(reader, map, analysis);
    if (analysis->kind == VG_ANALYSIS_RANK_SUM)
        analysis->approximate = !vg_study_bool(reader, map, "exact", !analysis->approximate);
    if (vg_study_kind_is_two_samples(analysis->kind))
        return;
    if (analysis->kind == VG_ANALYSIS_MMRM)
        read_mmrm(reader, map, analysis);
    if (!vg_study_kind_is_binary(analysis->kind))
        read_means(reader, map, analysis);
    size_t count;
    const char **covariates = read_covariates(reader, map, "covariates", analysis, &count);
    if (covariates) {
        analysis->covariate = covariates;
        analysis->n_covariates = count;
        analysis->covariate_by_visit = NULL;
        analysis->n_covariates_by_visit = 0;
        analysis->model = NULL;
    }
    if (analysis->kind == VG_ANALYSIS_MMRM) {
        covariates = read_covariates(reader, map, "covariates_by_visit", analysis, &count);
        if (covariates) {
            analysis->covariate_by_visit = covariates;
            analysis->n_covariates_by_visit = count;
        }
    }
    join_covariates(reader, analysis);
    if (vg_yaml_get(map, "model") &&
        (vg_yaml_get(map, "covariates") || vg_yaml_get(map, "covariates_by_visit")))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "model"),
                         "both `model` and `covariates`", "keep one of the two");
    read_model(reader, map, analysis);
}

/* Kenward and Roger's adjustment is of the model-based covariance: it has no meaning for a robust
 * one. */
static void check_df(VgStudyReader *reader, const VgAnalysis *analysis)
{
    if (analysis->kind == VG_ANALYSIS_MMRM && analysis->sandwich != VG_SANDWICH_NONE &&
        (analysis->df == VG_DF_KENWARD_ROGER || analysis->df == VG_DF_KENWARD_ROGER_LINEAR))
        vg_study_problem(reader, VG_INVALID_INPUT, analysis->line,
                         "%s: robust standard errors with Kenward-Roger degrees of freedom",
                         "add df: satterthwaite (or between-within, residual)", analysis->id);
}

static void check_binary(VgStudyReader *reader, const VgAnalysis *analysis,
                         const VgOutcome *outcome)
{
    if (analysis->kind == VG_ANALYSIS_RESPONSE && isnan(outcome->scale->response_fraction))
        vg_study_problem(reader, VG_INVALID_INPUT, analysis->line,
                         "%s: %s has no definition of response",
                         "give the outcome response: {fraction: 0.5, source: citation}",
                         analysis->id, outcome->scale->name);
    if (analysis->kind == VG_ANALYSIS_REMISSION && isnan(outcome->scale->remission_cutoff))
        vg_study_problem(reader, VG_INVALID_INPUT, analysis->line,
                         "%s: %s has no definition of remission",
                         "give the outcome remission: {cutoff: 7, source: citation}", analysis->id,
                         outcome->scale->name);
}

/* At the visit of the answer each of the two arms has data; an mmrm also needs every visit of the
 * outcome. */
static void check_data(VgStudyReader *reader, const VgAnalysis *analysis)
{
    const VgStudy *study = reader->study;
    const VgOutcome *outcome = &study->outcome[analysis->outcome];
    if (!study->arm_of)
        return;
    for (size_t v = 0; v < study->n_visits; v++) {
        bool all_visits = analysis->kind == VG_ANALYSIS_MMRM;
        bool after = outcome->baseline_visit == SIZE_MAX || v > outcome->baseline_visit;
        if (v != analysis->visit &&
            !(all_visits && after && reader->outcome_source[analysis->outcome].measured[v]))
            continue;
        for (size_t a = 0; a < study->n_arms; a++) {
            size_t n = 0, size = 0;
            for (size_t p = 0; p < study->n_participants; p++) {
                size += study->arm_of[p] == (int32_t)a;
                n += study->arm_of[p] == (int32_t)a &&
                     !isnan(outcome->value[p + study->n_participants * v]);
            }
            if (n == 0 && size > 0) /* an arm without anybody has been told of */
                vg_study_problem(reader, VG_INVALID_INPUT, analysis->line,
                                 "%s: nobody in arm %s has %s at visit %s",
                                 "choose another visit, or correct the codes of arms and visits",
                                 analysis->id, study->arm[a].name, outcome->name,
                                 study->visit[v].name);
        }
    }
}

void vg_study_check_analysis(VgStudyReader *reader, const VgAnalysis *analysis)
{
    const VgStudy *study = reader->study;
    if (analysis->outcome == SIZE_MAX || !reader->outcome_source ||
        !reader->outcome_source[analysis->outcome].usable)
        return; /* told where the outcome was read */
    const VgOutcome *outcome = &study->outcome[analysis->outcome];
    check_binary(reader, analysis, outcome);
    check_df(reader, analysis);
    bool binary = vg_study_kind_is_binary(analysis->kind);
    bool needs = has_covariate(analysis, "baseline") || (!binary && analysis->change) ||
                 analysis->kind == VG_ANALYSIS_RESPONSE;
    if (needs && !outcome->baseline && !reader->outcome_source[analysis->outcome].baseline_failed)
        vg_study_problem(
            reader, VG_INVALID_INPUT, analysis->line, "%s: outcome %s has no baseline",
            "give the outcome baseline: VISIT or {column: COLUMN}; or list covariates: "
            "without it and model the value",
            analysis->id, outcome->name);
    if (analysis->visit == SIZE_MAX)
        return;
    if (outcome->baseline_visit != SIZE_MAX && analysis->visit <= outcome->baseline_visit)
        vg_study_problem(reader, VG_INVALID_INPUT, analysis->line,
                         "%s: visit %s is not after the baseline", "choose a later visit",
                         analysis->id, study->visit[analysis->visit].name);
    else
        check_data(reader, analysis);
}
