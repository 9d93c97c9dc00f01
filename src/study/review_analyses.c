/* `analyses:` of a review: pairwise or network, each with what to look into. */
#include "study/review.h"

#include <math.h>
#include <string.h>

#include <vagus/formula.h>

#include "model/expression.h"

static const char *const PAIRWISE_KEYS[] = {"method",
                                            "test",
                                            "prediction_df",
                                            "filter",
                                            "subgroup",
                                            "common_tau2",
                                            "moderators",
                                            "permutations",
                                            "influence",
                                            "cumulative",
                                            "small_study",
                                            "trimfill",
                                            "steps",
                                            "study_level",
                                            "effect_level",
                                            "sampling_correlation",
                                            "exclude_high_risk",
                                            "pre_post_correlation",
                                            NULL};
static const char *const NETWORK_KEYS[] = {"method",
                                           "test",
                                           "prediction_df",
                                           "filter",
                                           "exclude_high_risk",
                                           "pre_post_correlation",
                                           "reference",
                                           "separator",
                                           "inactive",
                                           "interactions",
                                           "components",
                                           NULL};

/* ---- parts that both kinds have ---- */

/* A column of the review's table, or NULL (told). */
static const char *column_name(VgStudyReader *reader, const VgYaml *map, const char *key,
                               const VgReview *review)
{
    const char *name = vg_study_text(reader, map, key);
    if (name && review->table &&
        !vg_study_column(reader, review->table, name, vg_yaml_key_line(map, key)))
        return NULL;
    return name;
}

/* filter: {COLUMN: LEVEL} */
static void read_filter(VgStudyReader *reader, const VgYaml *map, const VgReview *review,
                        VgEvidenceAnalysis *analysis)
{
    const VgYaml *filter = vg_yaml_get(map, "filter");
    if (!filter)
        return;
    if (filter->kind != VG_YAML_MAP || filter->n != 1 || filter->item[0]->kind != VG_YAML_SCALAR) {
        vg_study_problem(reader, VG_INVALID_INPUT, filter->line,
                         "`filter` is not one column with one level",
                         "write filter: {COLUMN: LEVEL}");
        return;
    }
    analysis->subset_column = filter->key[0];
    analysis->subset_level = filter->item[0]->text;
    const VgColumn *column =
        review->table ? vg_study_column(reader, review->table, filter->key[0], filter->line) : NULL;
    if (!column)
        return;
    for (size_t row = 0; row < review->table->n_rows; row++)
        if (vg_study_is_code(column, row, analysis->subset_level))
            return;
    vg_study_problem(reader, VG_INVALID_INPUT, filter->line, "no row of %s has %s = %s",
                     "write a level as it stands in the table", review->table->path, filter->key[0],
                     analysis->subset_level);
}

static double share(VgStudyReader *reader, const VgYaml *map, const char *key, double low)
{
    double value = vg_study_number(reader, map, key);
    if (isnan(value))
        return 0;
    if (value >= low && value < 1)
        return value;
    vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, key), "`%s: %g`",
                     vg_study_printf(reader, "write a number from %g to less than 1", low), key,
                     value);
    return 0;
}

static void read_shared(VgStudyReader *reader, const VgYaml *map, const VgReview *review,
                        VgEvidenceAnalysis *analysis)
{
    analysis->tau2 =
        (VgTau2Method)vg_study_choice(reader, map, "method", vg_tau2_method_names, analysis->tau2);
    analysis->test =
        (VgMetaTest)vg_study_choice(reader, map, "test", vg_meta_test_names, analysis->test);
    analysis->prediction_df = (VgPredictionDf)vg_study_choice(
        reader, map, "prediction_df", vg_prediction_df_names, analysis->prediction_df);
    analysis->exclude_high_risk =
        vg_study_bool(reader, map, "exclude_high_risk", analysis->exclude_high_risk);
    if (vg_yaml_get(map, "pre_post_correlation"))
        analysis->pre_post_correlation = vg_study_correlation(reader, map);
    read_filter(reader, map, review, analysis);
}

/* ---- pairwise ---- */

typedef struct FormulaColumns {
    VgStudyReader *reader;
    const VgReview *review;
    size_t line;
} FormulaColumns;

static VgStatus need_column(void *context, const VgExpression *name)
{
    const FormulaColumns *columns = context;
    (void)vg_study_column(columns->reader, columns->review->table, name->name, columns->line);
    return VG_OK;
}

/* The right side of a formula whose variables are columns of the table. */
static void read_moderators(VgStudyReader *reader, const VgYaml *map, const VgReview *review,
                            VgEvidenceAnalysis *analysis)
{
    const char *text = vg_study_text(reader, map, "moderators");
    if (!text)
        return;
    text += strspn(text, " ~");
    size_t line = vg_yaml_key_line(map, "moderators");
    VgFormula *formula;
    VgError error = {0};
    VgStatus status =
        vg_formula_parse(reader->arena, vg_study_printf(reader, "~ %s", text), &formula, &error);
    if (status == VG_NO_MEMORY)
        vg_study_no_memory(reader);
    else if (status != VG_OK)
        vg_study_problem(reader, VG_INVALID_INPUT, line, "`moderators: %s`: %s",
                         vg_study_printf(reader, "%s", error.hint), text, error.message);
    if (status != VG_OK)
        return;
    analysis->moderators = text;
    FormulaColumns columns = {reader, review, line};
    for (size_t i = 0; review->table && i < formula->n_variables; i++) {
        const VgVariable *variable = &formula->variable[i];
        if (variable->column)
            (void)vg_study_column(reader, review->table, variable->column, line);
        else if (variable->expression)
            (void)vg_expression_columns(variable->expression, need_column, &columns);
    }
}

static void read_small_study(VgStudyReader *reader, const VgYaml *map, VgEvidenceAnalysis *analysis)
{
    size_t n, line = vg_yaml_key_line(map, "small_study"), known = 0;
    while (vg_small_study_names[known])
        known++;
    const char **name = vg_study_texts(reader, map, "small_study", &n);
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < known && strcmp(vg_small_study_names[k], name[i]) != 0)
            k++;
        if (k < known)
            analysis->small_study |= 1u << k;
        else
            vg_study_problem(reader, VG_INVALID_INPUT, line, "`small_study: %s` is not known",
                             vg_study_did_you_mean(reader, name[i], vg_small_study_names, known,
                                                   "one or more of: egger, egger-lm, begg, "
                                                   "trimfill, pet-peese, step, three-parameter"),
                             name[i]);
    }
}

/* One-sided p values between 0 and 1, ascending. */
static void read_steps(VgStudyReader *reader, const VgYaml *map, VgEvidenceAnalysis *analysis)
{
    size_t n;
    const char **text = vg_study_texts(reader, map, "steps", &n);
    double *step = text ? VG_STUDY_NEW(reader, double, n) : NULL;
    bool good = step != NULL;
    for (size_t i = 0; good && i < n; i++)
        good =
            vg_study_to_number(text[i], &step[i]) && step[i] > (i ? step[i - 1] : 0) && step[i] < 1;
    if (good) {
        analysis->step = step;
        analysis->n_steps = n;
    } else if (text) {
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "steps"),
                         "`steps` are not ascending p values", "write steps: [0.025, 0.5]");
    }
}

static void read_levels(VgStudyReader *reader, const VgYaml *map, const VgReview *review,
                        VgEvidenceAnalysis *analysis)
{
    analysis->study_level = column_name(reader, map, "study_level", review);
    analysis->effect_level = column_name(reader, map, "effect_level", review);
    analysis->sampling_correlation = share(reader, map, "sampling_correlation", 0);
    static const char *const NEED[] = {"effect_level", "sampling_correlation"};
    for (size_t i = 0; i < 2; i++)
        if (vg_yaml_get(map, NEED[i]) && !vg_yaml_get(map, "study_level"))
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, NEED[i]),
                             "`%s` without `study_level`",
                             "name the column of the studies: study_level: study", NEED[i]);
}

static void read_pairwise(VgStudyReader *reader, const VgYaml *map, const VgReview *review,
                          VgEvidenceAnalysis *analysis)
{
    vg_study_keys(reader, map, "a pairwise analysis", PAIRWISE_KEYS, NULL);
    read_shared(reader, map, review, analysis);
    analysis->subgroup = column_name(reader, map, "subgroup", review);
    analysis->subgroup_common_tau2 = vg_study_bool(reader, map, "common_tau2", false);
    if (analysis->subgroup_common_tau2 && !vg_yaml_get(map, "subgroup"))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "common_tau2"),
                         "`common_tau2` without `subgroup`", "name the column: subgroup: COLUMN");
    read_moderators(reader, map, review, analysis);
    double permutations = vg_study_number(reader, map, "permutations");
    if (isfinite(permutations)) {
        if (permutations < 0 || permutations > 1e7 || permutations != floor(permutations))
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "permutations"),
                             "`permutations: %g`", "write a whole number up to 10000000",
                             permutations);
        else
            analysis->permutations = (size_t)permutations;
    }
    if (vg_yaml_get(map, "permutations") && !vg_yaml_get(map, "moderators"))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "permutations"),
                         "`permutations` without `moderators`",
                         "they test a meta-regression: moderators: COLUMN");
    analysis->influence = vg_study_bool(reader, map, "influence", false);
    analysis->cumulative = column_name(reader, map, "cumulative", review);
    read_small_study(reader, map, analysis);
    analysis->trimfill =
        (VgTrimFillEstimator)vg_study_choice(reader, map, "trimfill", vg_trimfill_names, 0);
    read_steps(reader, map, analysis);
    read_levels(reader, map, review, analysis);
}

/* ---- network ---- */

static void read_component_types(VgStudyReader *reader, const VgYaml *map,
                                 VgEvidenceAnalysis *analysis)
{
    static const char *const KEYS[] = {"type", "label", NULL};
    const VgYaml *components = vg_yaml_get(map, "components");
    if (!components || !vg_study_is_map(reader, components, "components"))
        return;
    VgComponentType *type = VG_STUDY_NEW(reader, VgComponentType, components->n);
    for (size_t i = 0; type && i < components->n; i++) {
        const VgYaml *item = components->item[i];
        type[i].component = components->key[i];
        if (item->kind == VG_YAML_SCALAR) {
            type[i].type = item->text;
        } else if (vg_study_is_map(reader, item, "a component")) {
            vg_study_keys(reader, item, "a component", KEYS, NULL);
            type[i].type = vg_study_need_text(
                reader, item, "type", "a component",
                "say what it is: antidepressant, psychobiotic, diet, psychotherapy, …");
            type[i].label = vg_study_text(reader, item, "label");
        }
    }
    analysis->component_type = type;
    analysis->n_component_types = type ? components->n : 0;
}

static void read_interactions(VgStudyReader *reader, const VgYaml *map,
                              VgEvidenceAnalysis *analysis)
{
    size_t n;
    const char **text = vg_study_texts(reader, map, "interactions", &n);
    VgNamedInteraction *interaction = text ? VG_STUDY_NEW(reader, VgNamedInteraction, n) : NULL;
    if (!interaction)
        return;
    for (size_t i = 0; i < n; i++)
        if (!vg_interaction_parse(reader->arena, text[i], &interaction[i])) {
            if (vg_arena_failed(reader->arena))
                vg_study_no_memory(reader);
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "interactions"),
                             "`%s` is no interaction of two components",
                             "write interactions: [probiotic*ssri]", text[i]);
            return;
        }
    analysis->interaction = interaction;
    analysis->n_interactions = n;
}

static void read_network(VgStudyReader *reader, const VgYaml *map, const VgReview *review,
                         VgEvidenceAnalysis *analysis)
{
    vg_study_keys(reader, map, "a network analysis", NETWORK_KEYS, NULL);
    read_shared(reader, map, review, analysis);
    VgTau2Method tau2 = analysis->tau2;
    if (tau2 != VG_TAU2_REML && tau2 != VG_TAU2_ML && tau2 != VG_TAU2_DL && tau2 != VG_TAU2_COMMON)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "method"),
                         "a network has no tau² by %s", "one of: reml, ml, dl, ee",
                         vg_tau2_method_names[tau2]);
    const char *reference = vg_study_text(reader, map, "reference");
    const char *separator = vg_study_text(reader, map, "separator");
    const char *inactive = vg_study_text(reader, map, "inactive");
    analysis->reference = reference ? reference : analysis->reference;
    analysis->component_separator = separator ? separator : analysis->component_separator;
    analysis->inactive = inactive ? inactive : analysis->inactive;
    static const char *const NEED[] = {"inactive", "interactions", "components"};
    for (size_t i = 0; i < 3; i++)
        if (vg_yaml_get(map, NEED[i]) && !analysis->component_separator)
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, NEED[i]),
                             "`%s` without `separator`",
                             "say what joins components in the names of treatments: separator: '+'",
                             NEED[i]);
    read_interactions(reader, map, analysis);
    read_component_types(reader, map, analysis);
}

/* ---- one item of the list ---- */

/* A sensitivity analysis begins with the model of the main analysis before it, not with what that
 * looked into. */
static VgEvidenceAnalysis inherit(const VgEvidenceAnalysis *main)
{
    VgEvidenceAnalysis own = {.kind = main->kind,
                              .subset_column = main->subset_column,
                              .subset_level = main->subset_level,
                              .tau2 = main->tau2,
                              .test = main->test,
                              .prediction_df = main->prediction_df,
                              .reference = main->reference,
                              .component_separator = main->component_separator,
                              .inactive = main->inactive,
                              .interaction = main->interaction,
                              .n_interactions = main->n_interactions,
                              .component_type = main->component_type,
                              .n_component_types = main->n_component_types};
    return own;
}

static bool taken(const VgEvidencePlan *plan, const char *id)
{
    for (size_t i = 0; i < plan->n_analyses; i++)
        if (strcmp(plan->analysis[i].id, id) == 0)
            return true;
    return false;
}

static const char *choose_id(VgStudyReader *reader, const VgYaml *map, const VgEvidencePlan *plan,
                             const VgEvidenceAnalysis *analysis)
{
    const char *id = vg_study_text(reader, map, "id");
    if (id && vg_study_good_name(id) && !taken(plan, id))
        return id;
    if (id)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "id"),
                         "the id `%s` is taken, or holds blanks or signs",
                         "give every analysis its own, in letters, digits, _ - .", id);
    const char *kind = analysis->sensitivity                   ? "sensitivity"
                       : analysis->kind == VG_EVIDENCE_NETWORK ? "network"
                                                               : "pairwise";
    const char *wanted = kind;
    for (size_t i = 2; taken(plan, wanted); i++)
        wanted = vg_study_printf(reader, "%s_%zu", kind, i);
    return wanted;
}

static const char *default_label(VgStudyReader *reader, const VgEvidenceAnalysis *analysis)
{
    const char *label = analysis->kind == VG_EVIDENCE_NETWORK ? "Network meta-analysis"
                        : analysis->study_level               ? "Three-level meta-analysis"
                                                              : "Random-effects meta-analysis";
    if (analysis->tau2 == VG_TAU2_COMMON)
        label = "Common-effect meta-analysis";
    if (analysis->subset_column)
        label = vg_study_printf(reader, "%s, %s = %s", label, analysis->subset_column,
                                analysis->subset_level);
    if (analysis->exclude_high_risk)
        label = vg_study_printf(reader, "%s, without studies at high risk of bias", label);
    if (analysis->pre_post_correlation != 0)
        label = vg_study_printf(reader, "%s, pre-post correlation %g", label,
                                analysis->pre_post_correlation);
    return label;
}

static void read_analysis(VgStudyReader *reader, const VgYaml *map, VgReview *review)
{
    static const char *const KEYS[] = {"pairwise", "network", "id", "label", "sensitivity", NULL};
    VgEvidencePlan *plan = &review->plan;
    if (!vg_study_is_map(reader, map, "an analysis"))
        return;
    vg_study_keys(reader, map, "an analysis", KEYS, NULL);
    const VgYaml *pairwise = vg_yaml_get(map, "pairwise"), *network = vg_yaml_get(map, "network");
    if (!pairwise == !network) {
        vg_study_problem(reader, VG_INVALID_INPUT, map->line,
                         "an analysis is either `pairwise` or `network`",
                         "write - pairwise: {method: reml} or - network: {reference: placebo}");
        return;
    }
    VgEvidenceKind kind = network ? VG_EVIDENCE_NETWORK : VG_EVIDENCE_PAIRWISE;
    if (plan->n_analyses == 0)
        review->kind = kind;
    else if (review->kind != kind)
        vg_study_problem(reader, VG_INVALID_INPUT, map->line,
                         "pairwise and network analyses in one review",
                         "they read the table's rows differently: make two study folders");
    VgEvidenceAnalysis analysis = {.kind = kind};
    bool sensitivity = vg_study_bool(reader, map, "sensitivity", false);
    const VgEvidenceAnalysis *main = NULL;
    for (size_t i = 0; i < plan->n_analyses; i++)
        if (!plan->analysis[i].sensitivity)
            main = &plan->analysis[i];
    if (sensitivity && main)
        analysis = inherit(main);
    else if (sensitivity)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "sensitivity"),
                         "the first analysis is a sensitivity analysis",
                         "list the analysis that it is to be held against before it");
    analysis.sensitivity = sensitivity;
    analysis.kind = kind;
    const VgYaml *options = network ? network : pairwise;
    if (!vg_yaml_is_null(options) &&
        vg_study_is_map(reader, options, network ? "network" : "pairwise"))
        (network ? read_network : read_pairwise)(reader, options, review, &analysis);
    analysis.id = choose_id(reader, map, plan, &analysis);
    analysis.label = vg_study_text(reader, map, "label");
    if (!analysis.label)
        analysis.label = default_label(reader, &analysis);
    plan->analysis[plan->n_analyses++] = analysis;
}

void vg_study_read_review_analyses(VgStudyReader *reader, const VgYaml *node, VgReview *review)
{
    const VgYaml *list = vg_yaml_get(node, "analyses");
    if (!list || list->kind != VG_YAML_LIST || list->n == 0) {
        vg_study_problem(reader, VG_INVALID_INPUT, list ? list->line : node->line,
                         "`evidence` has no list of `analyses`",
                         "write analyses: and below it - pairwise: {method: reml, test: adhoc}");
        return;
    }
    review->plan.analysis = VG_STUDY_NEW(reader, VgEvidenceAnalysis, list->n);
    for (size_t i = 0; review->plan.analysis && i < list->n; i++)
        read_analysis(reader, list->item[i], review);
}

/* `exclude_high_risk` needs the column of overall risk of bias. */
static void check_risk(VgStudyReader *reader, const VgYaml *list, const VgReview *review)
{
    for (size_t i = 0; i < list->n; i++) {
        const VgYaml *options = vg_yaml_get(list->item[i], "pairwise");
        if (!options)
            options = vg_yaml_get(list->item[i], "network");
        const VgYaml *asked = vg_yaml_get(options, "exclude_high_risk");
        bool wanted = asked && asked->kind == VG_YAML_SCALAR &&
                      (strcmp(asked->text, "true") == 0 || strcmp(asked->text, "yes") == 0);
        if (wanted && !review->extraction->has_overall)
            vg_study_problem(
                reader, VG_INVALID_INPUT, asked->line,
                "`exclude_high_risk`, but %s has no column of the overall risk of bias",
                "add a column `overall` with low, some concerns or high", review->table->path);
    }
}

void vg_study_read_extraction(VgStudyReader *reader, const VgYaml *node, VgReview *review)
{
    if (!review->table || review->plan.n_analyses == 0)
        return;
    VgError error = {0};
    VgStatus status =
        vg_extraction_read(reader->arena, review->table, &review->plan, review->kind,
                           &review->columns, &review->extraction, reader->problems, &error);
    if (status == VG_NO_MEMORY)
        vg_study_no_memory(reader);
    if (review->extraction)
        check_risk(reader, vg_yaml_get(node, "analyses"), review);
}
