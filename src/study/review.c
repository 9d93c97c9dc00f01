/* The section `evidence:`: a review's table, how to read an effect from it, who judged what. */
#include "study/review.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const char *const KEYS[] = {"question",
                                   "table",
                                   "measure",
                                   "columns",
                                   "outcome",
                                   "unit",
                                   "direction",
                                   "benefit_is_positive",
                                   "treatment",
                                   "control",
                                   "smd_variance",
                                   "approximate_j",
                                   "zero_cells",
                                   "zero_add",
                                   "keep_double_zero",
                                   "pre_post_correlation",
                                   "correlation_sensitivity",
                                   "intracluster_correlation",
                                   "crossover_correlation",
                                   "convert_events",
                                   "events_are",
                                   "shared_control",
                                   "important_difference",
                                   "control_event_rate",
                                   "certainty",
                                   "grade",
                                   "sources",
                                   "analyses",
                                   NULL};

/* Sections of a trial, which a review has not. */
static const char *const TRIAL_SECTIONS[] = {
    "flow",          "baseline_table", "participants", "visits", "arms", "components",
    "randomisation", "scales",         "outcomes",     "events", "plan", NULL};

static void refuse_trial_sections(VgStudyReader *reader)
{
    for (size_t i = 0; TRIAL_SECTIONS[i]; i++) {
        size_t line = vg_yaml_key_line(reader->root, TRIAL_SECTIONS[i]);
        if (line)
            vg_study_problem(reader, VG_NOT_BUILT, line,
                             "`%s` beside `evidence`: a trial and a review in one study file are "
                             "not available in this version",
                             "keep the review in a study folder of its own", TRIAL_SECTIONS[i]);
    }
}

/* ---- columns: {role: COLUMN, role: [TREATMENT, CONTROL]} ---- */

static void read_column(VgStudyReader *reader, const VgYaml *map, size_t i, VgReview *review)
{
    const VgColumnRole *role = vg_column_role_find(map->key[i]);
    if (!role)
        return; /* told by vg_study_keys */
    size_t n;
    const char **name = vg_study_texts(reader, map, map->key[i], &n);
    if (!name || n == 0)
        return;
    if (n > 2 || (n == 2 && !role->pair)) {
        vg_study_problem(reader, VG_INVALID_INPUT, map->key_line[i],
                         "`%s` takes %s, not %zu columns",
                         "write [treatment's, control's] for what each group has, else one name",
                         map->key[i], role->pair ? "one or two" : "one", n);
        return;
    }
    for (size_t arm = 0; arm < n; arm++) {
        (void)vg_column_role_set(&review->columns, role, arm, name[arm]);
        if (review->table)
            (void)vg_study_column(reader, review->table, name[arm], map->key_line[i]);
    }
}

static void read_columns(VgStudyReader *reader, const VgYaml *map, VgReview *review)
{
    if (!vg_study_is_map(reader, map, "columns"))
        return;
    size_t n;
    const char **names = vg_column_role_names(reader->arena, &n);
    const char **known = VG_STUDY_NEW(reader, const char *, n + 1);
    if (!names || !known) {
        vg_study_no_memory(reader);
        return;
    }
    memcpy(known, names, n * sizeof *names);
    vg_study_keys(reader, map, "columns", known, NULL);
    for (size_t i = 0; i < map->n; i++)
        read_column(reader, map, i, review);
}

/* ---- how to read an effect ---- */

/* A number within bounds that are excluded; `otherwise` when absent or wrong. */
static double number_between(VgStudyReader *reader, const VgYaml *map, const char *key, double low,
                             double high, double otherwise)
{
    double value = vg_study_number(reader, map, key);
    if (isnan(value))
        return otherwise;
    if (value > low && value < high)
        return value;
    vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, key), "`%s: %g`",
                     vg_study_printf(reader, "write a number between %g and %g", low, high), key,
                     value);
    return otherwise;
}

double vg_study_correlation(VgStudyReader *reader, const VgYaml *map)
{
    static const char *const KEY = "pre_post_correlation";
    double value = number_between(reader, map, KEY, -1, 1, NAN);
    if (value == 0) /* the plan's sign for "none" */
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, KEY),
                         "`pre_post_correlation: 0`",
                         "that is to assume that the same people before and after have nothing to "
                         "do with each other: leave it out, or try 0.3 to 0.7");
    return value;
}

static void read_direction(VgStudyReader *reader, const VgYaml *node, VgEvidencePlan *plan)
{
    static const char *const DIRECTION[] = {"lower is better", "higher is better", NULL};
    plan->direction_known = vg_yaml_get(node, "direction") != NULL;
    plan->lower_is_better = vg_study_choice(reader, node, "direction", DIRECTION, 1) == 0;
    plan->benefit_is_positive = vg_study_bool(reader, node, "benefit_is_positive", false);
    if (plan->benefit_is_positive && !plan->direction_known)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "benefit_is_positive"),
                         "`benefit_is_positive` without `direction`",
                         "say `direction: lower is better` or `direction: higher is better`");
}

static void read_sensitivity(VgStudyReader *reader, const VgYaml *node, VgEvidencePlan *plan)
{
    static const char KEY[] = "correlation_sensitivity";
    size_t n, line = vg_yaml_key_line(node, KEY);
    const char **text = vg_study_texts(reader, node, KEY, &n);
    double *r = text ? VG_STUDY_NEW(reader, double, n) : NULL;
    if (!r)
        return;
    bool good = true;
    for (size_t i = 0; i < n; i++)
        good = vg_study_to_number(text[i], &r[i]) && fabs(r[i]) < 1 && r[i] != 0 && good;
    if (!good)
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "`correlation_sensitivity` takes correlations between -1 and 1, not 0",
                         "write correlation_sensitivity: [0.3, 0.5, 0.7]");
    else if (isnan(plan->pre_post_correlation))
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "`correlation_sensitivity` without `pre_post_correlation`",
                         "say which correlation the answer assumes");
    plan->correlation_sensitivity = r;
    plan->n_correlation_sensitivity = n;
}

static void read_effect(VgStudyReader *reader, const VgYaml *node, VgEvidencePlan *plan)
{
    if (!vg_yaml_get(node, "measure"))
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "`evidence` has no `measure`",
                         "say what is pooled: smd, md, or, rr, rd, generic, …");
    plan->measure = (VgMeasure)vg_study_choice(reader, node, "measure", vg_measure_names, 0);
    plan->smd_variance =
        (VgSmdVariance)vg_study_choice(reader, node, "smd_variance", vg_smd_variance_names, 0);
    plan->approximate_j = vg_study_bool(reader, node, "approximate_j", false);
    plan->zero_cells =
        (VgZeroCells)vg_study_choice(reader, node, "zero_cells", vg_zero_cells_names, 0);
    plan->zero_add = number_between(reader, node, "zero_add", 0, 10, 0);
    plan->keep_double_zero = vg_study_bool(reader, node, "keep_double_zero", false);
    plan->pre_post_correlation = vg_study_correlation(reader, node);
    read_sensitivity(reader, node, plan);
    plan->intracluster_correlation =
        number_between(reader, node, "intracluster_correlation", 0, 1, NAN);
    plan->crossover_correlation = number_between(reader, node, "crossover_correlation", -1, 1, NAN);
    plan->convert_events = (VgConvertEvents)vg_study_choice(reader, node, "convert_events",
                                                            vg_convert_events_names, 0);
    plan->events_are =
        (VgEventsAre)vg_study_choice(reader, node, "events_are", vg_events_are_names, 0);
    if (plan->convert_events != VG_CONVERT_NONE && plan->events_are == VG_EVENTS_NOT_SAID)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "convert_events"),
                         "`convert_events` without `events_are`",
                         "say whether events are better (response, remission) or worse (relapse)");
    plan->shared_control = (VgSharedControl)vg_study_choice(reader, node, "shared_control",
                                                            vg_shared_control_names, 0);
    read_direction(reader, node, plan);
}

/* {value: NUMBER, source: TEXT}: a number that decides how results are read needs a source. */
static double read_sourced(VgStudyReader *reader, const VgYaml *node, const char *key, double low,
                           double high, const char **source)
{
    static const char *const SOURCED[] = {"value", "source", NULL};
    const VgYaml *map = vg_yaml_get(node, key);
    if (!map || !vg_study_is_map(reader, map, key))
        return NAN;
    vg_study_keys(reader, map, key, SOURCED, NULL);
    *source = vg_study_need_text(reader, map, "source", key,
                                 "published values differ: name where yours is from");
    if (!vg_yaml_get(map, "value"))
        vg_study_problem(reader, VG_INVALID_INPUT, map->line, "`%s` has no `value`",
                         "write {value: NUMBER, source: …}", key);
    return number_between(reader, map, "value", low, high, NAN);
}

/* ---- judgements of reviewers ---- */

static void read_grade_entry(VgStudyReader *reader, const VgYaml *map, VgEvidencePlan *plan)
{
    static const char *const KEYS_OF_ENTRY[] = {"domain", "downgrade", "reason", NULL};
    static const char *const DOMAIN[] = {"risk_of_bias", "inconsistency",    "indirectness",
                                         "imprecision",  "publication_bias", NULL};
    if (!vg_study_is_map(reader, map, "a judgement of certainty"))
        return;
    vg_study_keys(reader, map, "a judgement of certainty", KEYS_OF_ENTRY, NULL);
    VgGradeEntry entry = {.line = map->line};
    size_t before = reader->problems->n_errors;
    (void)vg_study_need_text(reader, map, "domain", "a judgement of certainty",
                             "one of: risk_of_bias, inconsistency, indirectness, imprecision, "
                             "publication_bias");
    size_t domain = vg_study_choice(reader, map, "domain", DOMAIN, 0);
    entry.domain = DOMAIN[domain];
    entry.reason = vg_study_need_text(reader, map, "reason", "a judgement of certainty",
                                      "a judgement without a reason is refused");
    double levels = vg_study_number(reader, map, "downgrade");
    if (!vg_yaml_get(map, "downgrade") ||
        (isfinite(levels) && levels != 0 && levels != 1 && levels != 2))
        vg_study_problem(reader, VG_INVALID_INPUT, map->line,
                         "a judgement of certainty downgrades by 0, 1 or 2 levels",
                         "write downgrade: 0, 1 or 2");
    if (reader->problems->n_errors > before)
        return;
    for (size_t i = 0; i < plan->n_grade; i++)
        if (strcmp(plan->grade[i].domain, entry.domain) == 0) {
            vg_study_problem(reader, VG_INVALID_INPUT, map->line, "a second judgement of %s",
                             "keep one, with both reasons", entry.domain);
            return;
        }
    entry.downgrade = (int)levels;
    ((VgGradeEntry *)plan->grade)[plan->n_grade++] = entry;
}

static void read_grade(VgStudyReader *reader, const VgYaml *node, VgEvidencePlan *plan)
{
    plan->certainty = vg_study_bool(reader, node, "certainty", true);
    const VgYaml *list = vg_yaml_get(node, "grade");
    if (!list || vg_yaml_is_null(list))
        return;
    if (list->kind != VG_YAML_LIST) {
        vg_study_problem(reader, VG_INVALID_INPUT, list->line, "`grade` is not a list",
                         "write - {domain: …, downgrade: …, reason: …} lines below it");
        return;
    }
    plan->grade = VG_STUDY_NEW(reader, VgGradeEntry, list->n);
    for (size_t i = 0; plan->grade && i < list->n; i++)
        read_grade_entry(reader, list->item[i], plan);
}

/* ---- sources: where each study was read ---- */

static bool same(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* Rows of one study often repeat its source. */
static bool told(const VgReview *review, const VgReviewSource *source)
{
    for (size_t i = 0; i < review->n_sources; i++)
        if (same(review->source[i].study, source->study) &&
            same(review->source[i].citation, source->citation) &&
            same(review->source[i].certainty, source->certainty) &&
            same(review->source[i].note, source->note))
            return true;
    return false;
}

static void read_source_rows(VgStudyReader *reader, const VgTable *table,
                             const VgColumn *const column[4], VgReview *review)
{
    review->source = VG_STUDY_NEW(reader, VgReviewSource, table->n_rows);
    for (size_t row = 0; review->source && row < table->n_rows; row++) {
        const char *text[4] = {NULL};
        for (size_t k = 0; k < 4; k++)
            text[k] = column[k] ? vg_study_value(reader, column[k], row) : NULL;
        VgReviewSource source = {text[0], text[1], text[2], text[3]};
        if (!source.study)
            vg_study_problem_in(reader, table->path, table->line[row], "a source without a study",
                                "name the study whose source this is");
        else if (!told(review, &source))
            review->source[review->n_sources++] = source;
    }
}

/* sources: FILE, or {table: FILE, study: COLUMN, citation: COLUMN, certainty: COLUMN, note: COLUMN} */
static void read_sources(VgStudyReader *reader, const VgYaml *node, VgReview *review)
{
    static const char *const ROLE[] = {"study", "citation", "certainty", "note"};
    static const char *const KEYS_OF_SOURCES[] = {"table",     "study", "citation",
                                                  "certainty", "note",  NULL};
    const VgYaml *sources = vg_yaml_get(node, "sources"), *file = sources;
    if (!sources)
        return;
    const VgYaml *map = sources->kind == VG_YAML_MAP ? sources : NULL;
    if (map) {
        vg_study_keys(reader, map, "sources", KEYS_OF_SOURCES, NULL);
        file = vg_yaml_get(map, "table");
        if (!file)
            vg_study_problem(reader, VG_INVALID_INPUT, map->line, "`sources` has no `table`",
                             "write {table: FILE, citation: COLUMN, certainty: COLUMN}");
    }
    const char *study = map ? vg_study_text(reader, map, "study") : NULL;
    const VgTable *table = file ? vg_study_table(reader, file, study ? study : "study") : NULL;
    if (!table)
        return;
    const VgColumn *column[4] = {NULL};
    for (size_t k = 0; k < 4; k++) {
        const char *named = map ? vg_study_text(reader, map, ROLE[k]) : NULL;
        size_t line = named ? vg_yaml_key_line(map, ROLE[k]) : sources->line;
        if (named || k < 2)
            column[k] = vg_study_column(reader, table, named ? named : ROLE[k], line);
        else
            column[k] = vg_table_column(table, ROLE[k]);
    }
    if (column[0] && column[1])
        read_source_rows(reader, table, column, review);
}

/* ---- the whole ---- */

static void read_table(VgStudyReader *reader, const VgYaml *node, VgReview *review)
{
    const VgYaml *file = vg_yaml_get(node, "table"), *columns = vg_yaml_get(node, "columns");
    if (!file)
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "`evidence` has no `table`",
                         "name the extraction table: table: trials.csv");
    const VgYaml *study = columns ? vg_yaml_get(columns, "study") : NULL;
    bool named = study && study->kind == VG_YAML_SCALAR;
    if (file)
        review->table = vg_study_table(reader, file, named ? study->text : "study");
    if (columns)
        read_columns(reader, columns, review);
}

void vg_study_read_review(VgStudyReader *reader)
{
    const VgYaml *node = vg_yaml_get(reader->root, "evidence");
    refuse_trial_sections(reader);
    if (!vg_study_is_map(reader, node, "evidence"))
        return;
    vg_study_keys(reader, node, "evidence", KEYS, NULL);
    VgReview *review = VG_STUDY_NEW(reader, VgReview, 1);
    if (!review)
        return;
    VgEvidencePlan *plan = &review->plan;
    review->question = vg_study_text(reader, node, "question");
    size_t before = reader->problems->n_errors;
    read_table(reader, node, review);
    read_effect(reader, node, plan);
    bool readable = reader->problems->n_errors == before; /* else rows would be read amiss */
    plan->outcome = vg_study_text(reader, node, "outcome");
    plan->unit = vg_study_text(reader, node, "unit");
    plan->treatment_label = vg_study_text(reader, node, "treatment");
    plan->control_label = vg_study_text(reader, node, "control");
    plan->important_difference = read_sourced(reader, node, "important_difference", 0, 1e9,
                                              &plan->important_difference_source);
    plan->control_event_rate =
        read_sourced(reader, node, "control_event_rate", 0, 1, &plan->control_event_rate_source);
    read_grade(reader, node, plan);
    read_sources(reader, node, review);
    vg_study_read_review_analyses(reader, node, review);
    reader->study->review = review;
    if (readable && reader->failed == VG_OK)
        vg_study_read_extraction(reader, node, review);
}
