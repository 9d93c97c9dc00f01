/* The estimand in the words of ICH E9(R1): population, treatment, variable, intercurrent events,
 * summary. */
#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "study/plan.h"

static const char *const STRATEGIES[] = {"treatment policy", "hypothetical", "composite",
                                         "while on treatment", "principal stratum"};
enum { N_STRATEGIES = 5 };

static const char *trim(VgStudyReader *reader, const char *text, size_t length)
{
    while (length && isspace((unsigned char)*text)) {
        text++;
        length--;
    }
    while (length && isspace((unsigned char)text[length - 1]))
        length--;
    const char *copy = vg_arena_strndup(reader->arena, text, length);
    if (!copy)
        vg_study_no_memory(reader);
    return copy ? copy : "";
}

void vg_study_parse_treatment(VgStudyReader *reader, const char *text, size_t line,
                              VgAnalysis *analysis)
{
    static const char *const WORDS[] = {" against ", " versus ", " vs "};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        const char *word = strstr(text, WORDS[i]);
        if (!word)
            continue;
        const char *rest = word + strlen(WORDS[i]);
        const char *arm = trim(reader, text, (size_t)(word - text));
        const char *reference = trim(reader, rest, strlen(rest));
        analysis->arm = vg_study_need_arm(reader, arm, line);
        analysis->reference = vg_study_need_arm(reader, reference, line);
        if (analysis->arm != SIZE_MAX && analysis->arm == analysis->reference)
            vg_study_problem(reader, VG_INVALID_INPUT, line, "`%s` compares an arm with itself",
                             "write treatment: ARM against REFERENCE", text);
        return;
    }
    vg_study_problem(reader, VG_INVALID_INPUT, line, "`%s` does not say which arms are compared",
                     "write treatment: ARM against REFERENCE", text);
}

/* A participants' column of 1 and 0: whether `name` has the value. Its name says so: "dropout = 0".
 */
static const char *membership(VgStudyReader *reader, const char *name, const char *value,
                              size_t line)
{
    VgStudy *study = reader->study;
    const char *own = vg_study_printf(reader, "%s = %s", name, value);
    const VgColumn *column = vg_study_participant_column(reader, name, line);
    if (!column || vg_table_column(study->participants, own))
        return own;
    VgTable *table = study->participants;
    VgColumn *columns = VG_STUDY_NEW(reader, VgColumn, table->n_columns + 1);
    double *is_member = VG_STUDY_NEW(reader, double, table->n_rows);
    if (!columns || !is_member)
        return own;
    size_t n = 0;
    for (size_t i = 0; i < table->n_rows; i++) {
        is_member[i] = vg_study_is_code(column, i, value) ? 1 : 0;
        n += is_member[i] > 0;
    }
    if (n == 0)
        vg_study_problem(reader, VG_INVALID_INPUT, line, "nobody has %s in column %s",
                         "write column NAME = VALUE with a value that occurs", value, name);
    memcpy(columns, table->column, table->n_columns * sizeof *columns);
    columns[table->n_columns++] =
        (VgColumn){.name = own, .type = VG_COLUMN_NUMBER, .number = is_member};
    table->column = columns;
    return own;
}

void vg_study_parse_population(VgStudyReader *reader, const char *text, size_t line,
                               VgAnalysis *analysis)
{
    if (strcmp(text, "randomised participants") == 0 ||
        strcmp(text, "all randomised participants") == 0) {
        analysis->set = VG_SET_RANDOMISED;
    } else if (strcmp(text, "completers") == 0) {
        analysis->set = VG_SET_COMPLETERS;
    } else if (strncmp(text, "column ", 7) == 0) {
        analysis->set = VG_SET_COLUMN;
        const char *equals = strchr(text, '=');
        size_t length = equals ? (size_t)(equals - text) - 7 : strlen(text + 7);
        analysis->set_column = trim(reader, text + 7, length);
        if (equals)
            analysis->set_column = membership(reader, analysis->set_column,
                                              trim(reader, equals + 1, strlen(equals + 1)), line);
        else
            (void)vg_study_participant_column(reader, analysis->set_column, line);
    } else {
        vg_study_problem(
            reader, VG_INVALID_INPUT, line, "the population `%s` is not known",
            "one of: randomised participants, completers, column NAME, column NAME = VALUE", text);
    }
}

/* The words of a text, at most `limit`; 0 when there are more. */
static size_t split(VgStudyReader *reader, const char *text, const char **word, size_t limit)
{
    size_t n = 0;
    while (*text) {
        size_t blank = strspn(text, " \t\n");
        size_t length = strcspn(text + blank, " \t\n");
        if (length) {
            if (n == limit)
                return 0;
            word[n++] = trim(reader, text + blank, length);
        }
        text += blank + length;
    }
    return n;
}

static void wrong_variable(VgStudyReader *reader, const char *text, size_t line)
{
    vg_study_problem(reader, VG_INVALID_INPUT, line, "the variable `%s` cannot be read",
                     "write `OUTCOME at VISIT`, `change in OUTCOME from baseline to VISIT`, "
                     "`response in OUTCOME at VISIT` or `remission in OUTCOME at VISIT`",
                     text);
}

static bool is_baseline_word(const VgStudy *study, size_t outcome, const char *word)
{
    if (strcmp(word, "baseline") == 0)
        return true;
    size_t visit = outcome == SIZE_MAX ? SIZE_MAX : study->outcome[outcome].baseline_visit;
    return visit != SIZE_MAX && strcmp(study->visit[visit].name, word) == 0;
}

static void kind_must_be(VgStudyReader *reader, const VgAnalysis *analysis, bool binary,
                         VgAnalysisKind kind, const char *text, size_t line)
{
    if (vg_study_kind_is_binary(analysis->kind) != binary || (binary && analysis->kind != kind))
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "the variable `%s` does not fit the method %s",
                         "response and remission are analysed by the methods of these names, "
                         "values and changes by mmrm, ancova or welch",
                         text, vg_study_kind_name(analysis->kind));
}

static void parse_variable(VgStudyReader *reader, const char *text, size_t line,
                           VgAnalysis *analysis)
{
    const char *word[8];
    size_t n = split(reader, text, word, 8);
    const char *outcome = NULL, *visit = NULL, *from = NULL;
    bool binary = false;
    VgAnalysisKind kind = VG_ANALYSIS_MMRM;
    if (n == 3 && strcmp(word[1], "at") == 0) {
        outcome = word[0];
        visit = word[2];
    } else if (n == 7 && strcmp(word[0], "change") == 0 && strcmp(word[1], "in") == 0 &&
               strcmp(word[3], "from") == 0 && strcmp(word[5], "to") == 0) {
        outcome = word[2];
        from = word[4];
        visit = word[6];
        analysis->change = true;
    } else if (n == 5 && strcmp(word[1], "in") == 0 && strcmp(word[3], "at") == 0 &&
               (strcmp(word[0], "response") == 0 || strcmp(word[0], "remission") == 0)) {
        binary = true;
        kind = *word[0] == 'r' && word[0][2] == 's' ? VG_ANALYSIS_RESPONSE : VG_ANALYSIS_REMISSION;
        outcome = word[2];
        visit = word[4];
    } else {
        wrong_variable(reader, text, line);
        return;
    }
    kind_must_be(reader, analysis, binary, kind, text, line);
    analysis->outcome = vg_study_need_outcome(reader, outcome, line);
    analysis->visit = vg_study_need_visit(reader, visit, line);
    if (from && !is_baseline_word(reader->study, analysis->outcome, from))
        vg_study_problem(reader, VG_INVALID_INPUT, line, "a change from `%s`",
                         "changes are from the outcome's baseline: write `from baseline to VISIT`",
                         from);
}

static void read_intercurrent(VgStudyReader *reader, const VgYaml *node, VgEstimand *estimand)
{
    if (node->kind == VG_YAML_SCALAR && strcmp(node->text, "none") == 0)
        return; /* said outright: none is expected */
    if (node->kind != VG_YAML_MAP || node->n == 0) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "`intercurrent` names no event and strategy",
                         "write {stopped_treatment: treatment policy}, or none");
        return;
    }
    estimand->intercurrent = VG_STUDY_NEW(reader, VgIntercurrent, node->n);
    for (size_t i = 0; estimand->intercurrent && i < node->n; i++) {
        const char *strategy = vg_study_scalar(reader, node->item[i], node->key[i]);
        bool known = false;
        for (size_t k = 0; strategy && k < N_STRATEGIES; k++)
            known = known || strcmp(strategy, STRATEGIES[k]) == 0;
        if (known)
            estimand->intercurrent[estimand->n_intercurrent++] =
                (VgIntercurrent){node->key[i], strategy};
        else if (strategy)
            vg_study_problem(reader, VG_INVALID_INPUT, node->key_line[i],
                             "`%s` is no strategy for an intercurrent event",
                             vg_study_did_you_mean(reader, strategy, STRATEGIES, N_STRATEGIES,
                                                   "one of: treatment policy, hypothetical, "
                                                   "composite, while on treatment, principal "
                                                   "stratum"),
                             strategy);
    }
}

/* Strategies that the method can honour; problems name the others. */
static void check_strategies(VgStudyReader *reader, const VgYaml *node, const VgAnalysis *analysis)
{
    const VgYaml *events = vg_yaml_get(node, "intercurrent");
    bool binary = vg_study_kind_is_binary(analysis->kind);
    for (size_t i = 0; i < analysis->estimand.n_intercurrent; i++) {
        const VgIntercurrent *event = &analysis->estimand.intercurrent[i];
        if (strcmp(event->strategy, "treatment policy") == 0 ||
            (binary && strcmp(event->strategy, "composite") == 0 &&
             analysis->binary_missing == VG_BINARY_MISSING_NONRESPONSE))
            continue;
        vg_study_problem(reader, VG_NOT_BUILT, vg_yaml_key_line(events, event->event),
                         "%s (for %s): not available in this version",
                         "treatment policy is; composite is for response and remission where "
                         "missing counts as nonresponse",
                         event->strategy, event->event);
    }
}

static void read_summary(VgStudyReader *reader, const char *text, size_t line,
                         const VgAnalysis *analysis)
{
    static const char *const BINARY[] = {"risk difference", "risk ratio", "odds ratio",
                                         "difference in proportions"};
    bool binary = vg_study_kind_is_binary(analysis->kind);
    bool fits = !binary && strcmp(text, "difference in means") == 0;
    for (size_t i = 0; binary && i < 4; i++)
        fits = fits || strcmp(text, BINARY[i]) == 0;
    if (!fits)
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "the summary `%s` does not fit the method %s",
                         binary ? "one of: risk difference, risk ratio, odds ratio"
                                : "write summary: difference in means",
                         text, vg_study_kind_name(analysis->kind));
}

void vg_study_read_estimand(VgStudyReader *reader, const VgYaml *node, VgAnalysis *analysis)
{
    static const char *const PARTS[] = {"population",   "treatment", "variable",
                                        "intercurrent", "summary",   NULL};
    static const char *const HINTS[] = {
        "whom: population: randomised participants", "which arms: treatment: ARM against REFERENCE",
        "what is measured when: variable: change in OUTCOME from baseline to VISIT",
        "what may come between: intercurrent: {stopped_treatment: treatment policy}",
        "how arms are compared: summary: difference in means"};
    if (!vg_study_is_map(reader, node, "estimand"))
        return;
    vg_study_keys(reader, node, "the estimand", PARTS, NULL);
    for (size_t i = 0; PARTS[i]; i++)
        if (!vg_yaml_get(node, PARTS[i]))
            vg_study_problem(reader, VG_INVALID_INPUT, node->line, "the estimand has no `%s`",
                             HINTS[i], PARTS[i]);
    VgEstimand *estimand = &analysis->estimand;
    analysis->has_estimand = true;
    estimand->population = vg_study_text(reader, node, "population");
    estimand->treatment = vg_study_text(reader, node, "treatment");
    estimand->variable = vg_study_text(reader, node, "variable");
    estimand->summary = vg_study_text(reader, node, "summary");
    if (estimand->population)
        vg_study_parse_population(reader, estimand->population,
                                  vg_yaml_key_line(node, "population"), analysis);
    if (estimand->treatment)
        vg_study_parse_treatment(reader, estimand->treatment, vg_yaml_key_line(node, "treatment"),
                                 analysis);
    if (estimand->variable)
        parse_variable(reader, estimand->variable, vg_yaml_key_line(node, "variable"), analysis);
    const VgYaml *intercurrent = vg_yaml_get(node, "intercurrent");
    if (intercurrent)
        read_intercurrent(reader, intercurrent, estimand);
    if (estimand->summary)
        read_summary(reader, estimand->summary, vg_yaml_key_line(node, "summary"), analysis);
    check_strategies(reader, node, analysis);
}
