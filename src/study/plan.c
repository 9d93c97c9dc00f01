/* The plan: primary with its estimand, secondary, sensitivity, multiplicity. */
#include "study/plan.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/map.h"

typedef struct PlanReader {
    VgStudyReader *reader;
    VgMap *ids;
    bool primary_fails; /* what a sensitivity analysis inherits from it is not told again */
} PlanReader;

/* The wanted id, or with _2, _3, … when it is taken. */
static const char *enter_id(VgStudyReader *reader, VgMap *ids, const char *wanted)
{
    const char *id = wanted;
    for (size_t i = 2; vg_map_find(ids, id, strlen(id)) >= 0; i++)
        id = vg_study_printf(reader, "%s_%zu", wanted, i);
    if (vg_map_add(ids, id, strlen(id)) < 0)
        vg_study_no_memory(reader);
    return id;
}

static const char *unique_id(PlanReader *plan, const char *wanted)
{
    return enter_id(plan->reader, plan->ids, wanted);
}

const char *vg_study_choose_id(VgStudyReader *reader, VgMap *ids, const VgYaml *node,
                               const char *wanted)
{
    const char *id = vg_study_text(reader, node, "id");
    if (id && !vg_study_good_name(id))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "id"),
                         "the id `%s` holds blanks or signs", "use letters, digits, _ - .", id);
    else if (id && vg_map_find(ids, id, strlen(id)) >= 0)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "id"),
                         "the id `%s` is taken", "give every analysis its own", id);
    return enter_id(reader, ids, id ? id : wanted);
}

static const char *outcome_label(const VgStudyReader *reader, const VgAnalysis *analysis)
{
    return analysis->outcome == SIZE_MAX ? "?" : reader->study->outcome[analysis->outcome].label;
}

static const char *visit_label(const VgStudyReader *reader, const VgAnalysis *analysis)
{
    return analysis->visit == SIZE_MAX ? "?" : reader->study->visit[analysis->visit].label;
}

/* For a label. */
static const char *kind_title(VgAnalysisKind kind)
{
    switch (kind) {
    case VG_ANALYSIS_MMRM:
        return "MMRM";
    case VG_ANALYSIS_ANCOVA:
        return "ANCOVA";
    case VG_ANALYSIS_WELCH:
        return "Welch's t test";
    case VG_ANALYSIS_RANK_SUM:
        return "rank-sum test";
    default:
        return vg_study_kind_name(kind);
    }
}

static const char *default_label(VgStudyReader *reader, const VgAnalysis *analysis)
{
    const char *what = analysis->kind == VG_ANALYSIS_RESPONSE    ? "Response in "
                       : analysis->kind == VG_ANALYSIS_REMISSION ? "Remission in "
                       : analysis->change                        ? "Change in "
                                                                 : "";
    const char *how = vg_study_kind_is_two_samples(analysis->kind)
                          ? vg_study_printf(reader, ", %s", kind_title(analysis->kind))
                          : "";
    const char *set = analysis->set == VG_SET_COMPLETERS ? ", completers" : "";
    return vg_study_printf(reader, "%s%s at %s%s%s", what, outcome_label(reader, analysis),
                           visit_label(reader, analysis), how, set);
}

/* Takes the method; what the primary adjusts for is not taken over by one without a model. */
static bool take_method(const char *name, VgAnalysis *analysis)
{
    if (!vg_study_kind_from_name(name, &analysis->kind))
        return false;
    if (vg_study_kind_is_two_samples(analysis->kind)) {
        analysis->covariate = analysis->covariate_by_visit = NULL;
        analysis->n_covariates = analysis->n_covariates_by_visit = 0;
        analysis->model = NULL;
    }
    return true;
}

/* The first key of a mapping that names a method; SIZE_MAX when none does. */
static size_t method_key(const VgYaml *map, VgAnalysis *analysis)
{
    for (size_t i = 0; i < map->n; i++)
        if (take_method(map->key[i], analysis))
            return i;
    return SIZE_MAX;
}

/* ---- primary ---- */

/* The estimand's summary is a difference in means or in risks. */
static void not_by_ranks(VgStudyReader *reader, const VgAnalysis *analysis, size_t line)
{
    if (analysis->kind == VG_ANALYSIS_RANK_SUM)
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "rank_sum as the primary method, which estimates no difference in means",
                         "use mmrm, ancova or welch, and list {rank_sum: OUTCOME, at: VISIT} under "
                         "secondary:");
}

/* method: {mmrm: {…}} or method: mmrm */
static const VgYaml *primary_method(VgStudyReader *reader, const VgYaml *node, VgAnalysis *analysis)
{
    static const char *const KNOWN[] = {"mmrm",     "ancova",    "welch", "rank_sum",
                                        "response", "remission", NULL};
    if (node->kind == VG_YAML_SCALAR && take_method(node->text, analysis)) {
        not_by_ranks(reader, analysis, node->line);
        return NULL;
    }
    if (!vg_study_is_map(reader, node, "method"))
        return NULL;
    vg_study_keys(reader, node, "method", KNOWN, (const char *const[]){"reference_based", NULL});
    size_t i = method_key(node, analysis);
    not_by_ranks(reader, analysis, node->line);
    if (i == SIZE_MAX || node->n != 1) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "`method` does not name one method",
                         "write method: {mmrm: {covariance: us, df: kenward-roger-linear}}");
        return NULL;
    }
    if (vg_yaml_is_null(node->item[i]) || !vg_study_is_map(reader, node->item[i], node->key[i]))
        return NULL;
    return node->item[i];
}

static void not_in_primary(VgStudyReader *reader, const VgYaml *options)
{
    static const char *const FIXED[] = {"at", "population", "treatment", "measure"};
    for (size_t i = 0; i < sizeof FIXED / sizeof *FIXED; i++)
        if (vg_yaml_get(options, FIXED[i]))
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(options, FIXED[i]),
                             "`%s` in the primary method", "the estimand says it", FIXED[i]);
}

static void read_primary(PlanReader *plan, const VgYaml *node, VgAnalysis *analysis)
{
    static const char *const KEYS[] = {"estimand", "method", "label", NULL};
    VgStudyReader *reader = plan->reader;
    *analysis = (VgAnalysis){.role = VG_ROLE_PRIMARY,
                             .outcome = SIZE_MAX,
                             .visit = SIZE_MAX,
                             .arm = SIZE_MAX,
                             .reference = SIZE_MAX,
                             .line = node->line};
    analysis->id = unique_id(plan, "primary");
    if (!vg_study_is_map(reader, node, "primary"))
        return;
    vg_study_keys(reader, node, "primary", KEYS, NULL);
    const VgYaml *method = vg_yaml_get(node, "method"), *options = NULL;
    if (method)
        options = primary_method(reader, method, analysis);
    else
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "the primary analysis has no `method`",
                         "write method: {mmrm: {covariance: us, df: kenward-roger-linear}}");
    /* what missing means decides which strategies can be honoured: read it first */
    const VgYaml *missing = options ? vg_yaml_get(options, "missing") : NULL;
    if (missing && missing->kind == VG_YAML_SCALAR && strcmp(missing->text, "observed") == 0)
        analysis->binary_missing = VG_BINARY_MISSING_OBSERVED;
    const VgYaml *estimand = vg_yaml_get(node, "estimand");
    if (estimand)
        vg_study_read_estimand(reader, estimand, analysis);
    else
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "the primary analysis has no `estimand`",
                         "declare population, treatment, variable, intercurrent and summary");
    if (options) {
        not_in_primary(reader, options);
        vg_study_read_options(reader, options, NULL, analysis);
    }
    const char *label = vg_study_text(reader, node, "label");
    if (label)
        analysis->label = label;
    if (!analysis->label)
        analysis->label = default_label(reader, analysis);
    size_t before = reader->problems->n_errors;
    vg_study_check_analysis(reader, analysis);
    plan->primary_fails = reader->problems->n_errors > before;
}

/* ---- secondary ---- */

/* What a secondary or sensitivity analysis takes over from the primary. */
static VgAnalysis inherit(const VgAnalysis *primary, VgAnalysisRole role, size_t line)
{
    VgAnalysis analysis = *primary;
    analysis.id = analysis.label = NULL;
    analysis.role = role;
    analysis.has_estimand = false;
    analysis.estimand = (VgEstimand){0};
    analysis.line = line;
    return analysis;
}

static void read_secondary(PlanReader *plan, const VgYaml *node, const VgAnalysis *primary,
                           VgAnalysis *analysis)
{
    static const char *const UNBUILT[] = {"survival", "count", "ordinal", "mediation", NULL};
    VgStudyReader *reader = plan->reader;
    *analysis = inherit(primary, VG_ROLE_SECONDARY, node->line);
    analysis->id = unique_id(plan, "secondary");
    analysis->label = "?";
    analysis->outcome = SIZE_MAX;
    if (!vg_study_is_map(reader, node, "a secondary analysis"))
        return;
    size_t i = method_key(node, analysis);
    if (i == SIZE_MAX) {
        for (size_t k = 0; k < node->n; k++)
            for (size_t u = 0; UNBUILT[u]; u++)
                if (strcmp(node->key[k], UNBUILT[u]) == 0) {
                    vg_study_problem(reader, VG_NOT_BUILT, node->key_line[k],
                                     "%s: not available in this version", "remove it", UNBUILT[u]);
                    return;
                }
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "a secondary analysis without a method",
                         "write {response: OUTCOME, at: VISIT}, {mmrm: OUTCOME}, …");
        return;
    }
    const char *name = vg_study_scalar(reader, node->item[i], node->key[i]);
    if (!name)
        return;
    if (vg_study_kind_is_binary(analysis->kind) != vg_study_kind_is_binary(primary->kind))
        analysis->change = false; /* speaks of means only */
    analysis->outcome = vg_study_need_outcome(reader, name, node->key_line[i]);
    analysis->id = vg_study_choose_id(
        reader, plan->ids, node,
        vg_study_printf(reader, "%s_%s", vg_study_kind_name(analysis->kind), name));
    analysis->label = NULL;
    const char *const more[] = {vg_study_kind_name(analysis->kind), "id", NULL};
    vg_study_read_options(reader, node, more, analysis);
    if (!analysis->label)
        analysis->label = default_label(reader, analysis);
    vg_study_check_analysis(reader, analysis);
}

/* ---- sensitivity ---- */

/* One option of a sensitivity analysis in words. */
static const char *change(VgStudyReader *reader, const char *key, const VgYaml *item)
{
    VgCovariance covariance;
    if (item->kind == VG_YAML_SCALAR && strcmp(key, "covariance") == 0 &&
        vg_covariance_from_name(item->text, &covariance))
        return vg_covariance_title(covariance);
    VgDfMethod df;
    if (item->kind == VG_YAML_SCALAR && strcmp(key, "df") == 0 &&
        vg_df_method_from_name(item->text, &df))
        return vg_study_printf(reader, "%s degrees of freedom", vg_df_method_title(df));
    if (item->kind == VG_YAML_SCALAR && strcmp(key, "robust") == 0)
        return vg_study_printf(reader, "robust standard errors (%s)", item->text);
    const char *text = vg_study_printf(reader, "%s", key);
    if (item->kind == VG_YAML_SCALAR)
        text = vg_study_printf(reader, "%s %s", text, item->text);
    for (size_t k = 0; item->kind == VG_YAML_LIST && k < item->n; k++)
        if (item->item[k]->kind == VG_YAML_SCALAR)
            text = vg_study_printf(reader, "%s%s %s", text, k ? "," : "", item->item[k]->text);
    return text;
}

/* What was changed, in words, for a label: "MMRM, heterogeneous Toeplitz covariance" */
static const char *changes(VgStudyReader *reader, const VgAnalysis *analysis, const VgYaml *options)
{
    const char *text = kind_title(analysis->kind);
    for (size_t i = 0; options && options->kind == VG_YAML_MAP && i < options->n; i++)
        if (strcmp(options->key[i], "label") != 0)
            text = vg_study_printf(reader, "%s, %s", text,
                                   change(reader, options->key[i], options->item[i]));
    return text;
}

static void read_sensitivity_id(PlanReader *plan, const VgYaml *node, size_t number,
                                VgAnalysis *analysis)
{
    VgStudyReader *reader = plan->reader;
    const char *id = node->kind == VG_YAML_MAP ? vg_study_text(reader, node, "id") : NULL;
    if (id && (!vg_study_good_name(id) || vg_map_find(plan->ids, id, strlen(id)) >= 0)) {
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "id"),
                         "the id `%s` is taken, or holds blanks or signs",
                         "give every analysis its own, in letters, digits, _ - .", id);
        id = NULL;
    }
    analysis->id = unique_id(plan, id ? id : vg_study_printf(reader, "sensitivity_%zu", number));
}

static void read_sensitivity(PlanReader *plan, const VgYaml *node, size_t number,
                             const VgAnalysis *primary, VgAnalysis *analysis)
{
    static const char *const KEYS[] = {"mmrm",      "ancova",     "welch", "rank_sum", "response",
                                       "remission", "completers", "id",    "label",    NULL};
    static const char *const UNBUILT[] = {
        "reference_based", "tipping_point",   "imputation", "delta",
        "impute",          "pattern_mixture", NULL};
    VgStudyReader *reader = plan->reader;
    *analysis = inherit(primary, VG_ROLE_SENSITIVITY, node->line);
    read_sensitivity_id(plan, node, number, analysis);
    analysis->label = analysis->id;
    if (!vg_study_is_map(reader, node, "a sensitivity analysis"))
        return;
    vg_study_keys(reader, node, "a sensitivity analysis", KEYS, UNBUILT);
    for (size_t i = 0; UNBUILT[i]; i++)
        if (vg_yaml_get(node, UNBUILT[i]))
            return;
    size_t i = method_key(node, analysis);
    const VgYaml *options = i == SIZE_MAX || vg_yaml_is_null(node->item[i]) ? NULL : node->item[i];
    bool completers = vg_study_bool(reader, node, "completers", false);
    if (completers)
        analysis->set = VG_SET_COMPLETERS;
    if (i == SIZE_MAX && !completers) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "a sensitivity analysis that changes nothing",
                         "write {mmrm: {covariance: toeph}}, {ancova: {at: VISIT}} or "
                         "{completers: true}");
        return;
    }
    if (vg_study_kind_is_binary(analysis->kind) != vg_study_kind_is_binary(primary->kind))
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "%s is no sensitivity analysis of %s",
                         "list it under secondary:", vg_study_kind_name(analysis->kind),
                         vg_study_kind_name(primary->kind));
    analysis->label = NULL;
    if (options && vg_study_is_map(reader, options, node->key[i]))
        vg_study_read_options(reader, options, NULL, analysis);
    const char *label = vg_study_text(reader, node, "label");
    if (label)
        analysis->label = label;
    if (!analysis->label)
        analysis->label = vg_study_printf(reader, "%s%s", changes(reader, analysis, options),
                                          completers ? " (completers)" : "");
    if (!plan->primary_fails)
        vg_study_check_analysis(reader, analysis);
}

/* ---- the whole ---- */

static size_t list_length(VgStudyReader *reader, const VgYaml *plan, const char *key)
{
    const VgYaml *list = vg_yaml_get(plan, key);
    if (!list || vg_yaml_is_null(list))
        return 0;
    if (list->kind == VG_YAML_LIST)
        return list->n;
    vg_study_problem(reader, VG_INVALID_INPUT, list->line, "`%s` is not a list",
                     "write - {…} for each analysis", key);
    return 0;
}

/* Questions with a section and an id of their own. */
static const struct Question {
    const char *key;
    void (*read)(VgStudyReader *reader, VgMap *ids, const VgYaml *node);
} QUESTIONS[] = {{"mechanism", vg_study_read_mechanism},
                 {"strata", vg_study_read_strata},
                 {"prediction", vg_study_read_prediction}};

enum { N_QUESTIONS = sizeof QUESTIONS / sizeof *QUESTIONS };

/* Whether the plan asks something that needs no primary analysis. */
static bool stands_without_primary(const VgYaml *node)
{
    bool stands = vg_yaml_get(node, "response_of_panel") != NULL;
    for (size_t k = 0; k < N_QUESTIONS; k++)
        stands = stands || vg_yaml_get(node, QUESTIONS[k].key);
    return stands;
}

static void read_analyses(PlanReader *plan, const VgYaml *node)
{
    VgStudyReader *reader = plan->reader;
    VgStudy *study = reader->study;
    const VgYaml *primary = vg_yaml_get(node, "primary");
    bool without_primary = !primary && stands_without_primary(node);
    if (without_primary && !vg_yaml_get(node, "secondary") && !vg_yaml_get(node, "sensitivity"))
        return;
    size_t n_secondary = list_length(reader, node, "secondary");
    size_t n_sensitivity = list_length(reader, node, "sensitivity");
    study->analysis = VG_STUDY_NEW(reader, VgAnalysis, 1 + n_secondary + n_sensitivity);
    if (!study->analysis)
        return;
    if (!primary) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "the plan has no `primary` analysis",
                         "declare primary: {estimand: …, method: …}");
        primary = node;
        study->analysis[0] = (VgAnalysis){.id = unique_id(plan, "primary"),
                                          .outcome = SIZE_MAX,
                                          .visit = SIZE_MAX,
                                          .arm = SIZE_MAX,
                                          .reference = SIZE_MAX,
                                          .line = node->line};
    } else {
        read_primary(plan, primary, &study->analysis[0]);
    }
    study->n_analyses = 1;
    for (size_t i = 0; i < n_secondary; i++)
        read_secondary(plan, vg_yaml_get(node, "secondary")->item[i], &study->analysis[0],
                       &study->analysis[study->n_analyses++]);
    for (size_t i = 0; i < n_sensitivity; i++)
        read_sensitivity(plan, vg_yaml_get(node, "sensitivity")->item[i], i + 1,
                         &study->analysis[0], &study->analysis[study->n_analyses++]);
}

void vg_study_read_primary(VgStudyReader *reader, const VgYaml *node, VgAnalysis *analysis)
{
    PlanReader plan = {reader, vg_map_create(reader->arena), false};
    if (plan.ids)
        read_primary(&plan, node, analysis);
    else
        vg_study_no_memory(reader);
}

void vg_study_read_plan(VgStudyReader *reader)
{
    static const char *const KEYS[] = {
        "primary", "secondary", "sensitivity", "multiplicity", "response_of_panel",
        "norms",   "mechanism", "strata",      "prediction",   NULL};
    static const char *const UNBUILT[] = {"person", "safety", NULL};
    const VgYaml *node = vg_yaml_get(reader->root, "plan");
    if (!node) {
        vg_study_problem(reader, VG_INVALID_INPUT, reader->root->line,
                         "the study file has no `plan`",
                         "declare plan: {primary: {estimand: …, method: …}}");
        return;
    }
    if (!vg_study_is_map(reader, node, "plan"))
        return;
    vg_study_keys(reader, node, "the plan", KEYS, UNBUILT);
    PlanReader plan = {reader, vg_map_create(reader->arena), false};
    if (!plan.ids) {
        vg_study_no_memory(reader);
        return;
    }
    read_analyses(&plan, node);
    const VgYaml *multiplicity = vg_yaml_get(node, "multiplicity");
    if (multiplicity && reader->failed == VG_OK)
        vg_study_read_multiplicity(reader, multiplicity);
    const VgYaml *panel = vg_yaml_get(node, "response_of_panel");
    if (panel && reader->failed == VG_OK)
        vg_study_read_panel_plan(reader, panel);
    const VgYaml *norms = vg_yaml_get(node, "norms");
    if (norms && reader->failed == VG_OK)
        vg_study_read_norms_plan(reader, norms);
    for (size_t k = 0; k < N_QUESTIONS; k++) {
        const VgYaml *question = vg_yaml_get(node, QUESTIONS[k].key);
        if (question && reader->failed == VG_OK)
            QUESTIONS[k].read(reader, plan.ids, question);
    }
}
