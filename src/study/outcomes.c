/* Outcomes: scale, table, columns (long, wide or items), baseline. */
#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study/outcome.h"

static const char *const KEYS[] = {"table",
                                   "id",
                                   "scale",
                                   "unit",
                                   "direction",
                                   "range",
                                   "label",
                                   "visit",
                                   "column",
                                   "columns",
                                   "items",
                                   "baseline",
                                   "important_difference",
                                   "date",
                                   "ignore_visits",
                                   "response",
                                   "remission",
                                   "missing_items",
                                   NULL};

/* A measure that is no scale: unit, direction and perhaps a range. */
static VgScale *plain_measure(VgStudyReader *reader, const char *name, const VgYaml *node)
{
    static const char *const DIRECTIONS[] = {"lower is better", "higher is better", NULL};
    VgScale *scale = VG_STUDY_NEW(reader, VgScale, 1);
    if (!scale)
        return NULL;
    *scale = (VgScale){.name = name,
                       .title = name,
                       .minimum = -INFINITY,
                       .maximum = INFINITY,
                       .item_minimum = NAN,
                       .item_maximum = NAN,
                       .multiplier = 1,
                       .response_fraction = NAN,
                       .remission_cutoff = NAN};
    scale->unit =
        vg_study_need_text(reader, node, "unit", vg_study_printf(reader, "outcome %s", name),
                           "name its scale:, or give unit: and direction:");
    if (!vg_yaml_get(node, "direction"))
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "outcome %s has no `direction`",
                         "add direction: lower is better (or higher is better)", name);
    scale->lower_is_better = vg_study_choice(reader, node, "direction", DIRECTIONS, 0) == 0;
    double range[2];
    if (vg_study_pair(reader, node, "range", range)) {
        scale->minimum = range[0];
        scale->maximum = range[1];
    }
    return scale;
}

/* response: {fraction: 0.5, source: …}, remission: {cutoff: 7, source: …} instead of the scale's
 * own */
static const char *own_definition(VgStudyReader *reader, const VgYaml *node, const char *key,
                                  const char *field, double *value)
{
    const char *const keys[] = {field, "source", NULL};
    const VgYaml *own = vg_yaml_get(node, key);
    if (!own || !vg_study_is_map(reader, own, key))
        return NULL;
    vg_study_keys(reader, own, key, keys, NULL);
    *value = vg_study_number(reader, own, field);
    if (isnan(*value))
        vg_study_problem(reader, VG_INVALID_INPUT, own->line, "`%s` has no `%s`",
                         "write {value, source: citation}", key, field);
    return vg_study_need_text(reader, own, "source", key, "say who defined it so");
}

/* missing_items: {prorate: 7, source: …} instead of the scale's own rule */
static void own_missing_rule(VgStudyReader *reader, const VgYaml *node, VgScale *own)
{
    double least = NAN;
    const char *source = own_definition(reader, node, "missing_items", "prorate", &least);
    if (!source || isnan(least))
        return;
    if (!(least >= 1 && least <= (double)own->n_items && least == floor(least))) {
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "missing_items"),
                         "%s has %zu items: at least %g answered is not possible",
                         "write {prorate: LEAST NUMBER ANSWERED, source: citation}", own->name,
                         own->n_items, least);
        return;
    }
    own->missing_items = VG_ITEMS_PRORATE;
    own->items_required = (size_t)least;
    own->missing_citation = source;
}

static const VgScale *with_own_definitions(VgStudyReader *reader, const VgYaml *node,
                                           const VgScale *scale)
{
    if (!vg_yaml_get(node, "response") && !vg_yaml_get(node, "remission") &&
        !vg_yaml_get(node, "missing_items"))
        return scale;
    VgScale *own = VG_STUDY_NEW(reader, VgScale, 1);
    if (!own)
        return scale;
    *own = *scale;
    own_missing_rule(reader, node, own);
    const char *response =
        own_definition(reader, node, "response", "fraction", &own->response_fraction);
    const char *remission =
        own_definition(reader, node, "remission", "cutoff", &own->remission_cutoff);
    if (response && (own->response_fraction <= 0 || own->response_fraction > 1))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "response"),
                         "a response fraction of %g", "write a share of the baseline, such as 0.5",
                         own->response_fraction);
    if (remission && (own->remission_cutoff < own->minimum || own->remission_cutoff > own->maximum))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "remission"),
                         "the remission cutoff %g lies outside the scale (%g to %g)",
                         "write a total of the scale", own->remission_cutoff, own->minimum,
                         own->maximum);
    if (response || remission)
        own->remission_citation = vg_study_printf(
            reader, "%s%s%s", response ? response : "",
            response && remission && strcmp(response, remission) != 0 ? "; " : "",
            remission && !(response && strcmp(response, remission) == 0) ? remission : "");
    return own;
}

const VgScale *vg_study_outcome_scale(VgStudyReader *reader, const char *name, const VgYaml *node)
{
    const char *scale_name = vg_study_text(reader, node, "scale");
    if (!vg_yaml_get(node, "scale")) {
        const VgScale *scale = plain_measure(reader, name, node);
        return scale ? with_own_definitions(reader, node, scale) : NULL;
    }
    static const char *const OTHERS[] = {"unit", "direction", "range"};
    for (size_t i = 0; i < 3; i++)
        if (vg_yaml_get(node, OTHERS[i]))
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, OTHERS[i]),
                             "`%s` of outcome %s is fixed by its scale",
                             "remove it, or declare a scale of your own under scales:", OTHERS[i],
                             name);
    const VgScale *scale =
        scale_name ? vg_study_find_scale(reader, scale_name, vg_yaml_key_line(node, "scale"))
                   : NULL;
    return scale ? with_own_definitions(reader, node, scale) : NULL;
}

void vg_study_important_difference(VgStudyReader *reader, const VgYaml *node, VgOutcome *outcome)
{
    static const char *const FIELDS[] = {"value", "source", NULL};
    outcome->important_difference = NAN;
    const VgYaml *own = vg_yaml_get(node, "important_difference");
    if (!own || !vg_study_is_map(reader, own, "important_difference"))
        return;
    vg_study_keys(reader, own, "important_difference", FIELDS, NULL);
    outcome->important_difference = vg_study_number(reader, own, "value");
    outcome->important_difference_source =
        vg_study_need_text(reader, own, "source", "important_difference",
                           "published values differ twofold: cite yours");
    if (!(outcome->important_difference > 0)) {
        vg_study_problem(reader, VG_INVALID_INPUT, own->line,
                         "`important_difference` has no positive `value`",
                         "write {value: 3, source: citation}");
        outcome->important_difference = NAN;
    }
}

/* "hamd_01..hamd_17": the text before the digits must agree; zeros in front are kept. */
static bool expand_range(VgStudyReader *reader, const char *text, const char *dots,
                         const char ***names, size_t *n)
{
    const char *last = dots + 2;
    size_t first_length = (size_t)(dots - text), last_length = strlen(last);
    size_t stem = first_length, last_stem = last_length;
    while (stem && isdigit((unsigned char)text[stem - 1]))
        stem--;
    while (last_stem && isdigit((unsigned char)last[last_stem - 1]))
        last_stem--;
    if (stem != last_stem || memcmp(text, last, stem) != 0 || stem == first_length ||
        last_stem == last_length || first_length - stem > 6 || last_length - stem > 6)
        return false;
    long from = strtol(text + stem, NULL, 10), to = strtol(last + stem, NULL, 10);
    if (to < from || to - from > 999)
        return false;
    *n = (size_t)(to - from) + 1;
    *names = VG_STUDY_NEW(reader, const char *, *n);
    for (long k = from; *names && k <= to; k++)
        (*names)[k - from] =
            vg_study_printf(reader, "%.*s%0*ld", (int)stem, text, (int)(first_length - stem), k);
    return *names != NULL;
}

/* The columns of items: a range or a list, as many as the scale has. */
static bool item_columns(VgStudyReader *reader, const VgTable *table, const VgYaml *map,
                         const char *key, const VgScale *scale, VgCellColumns *columns)
{
    size_t n, line = vg_yaml_key_line(map, key);
    const char **names = vg_study_texts(reader, map, key, &n);
    if (!names)
        return false;
    const char *dots = n == 1 ? strstr(names[0], "..") : NULL;
    if (dots && !expand_range(reader, names[0], dots, &names, &n)) {
        vg_study_problem(reader, VG_INVALID_INPUT, line, "`%s` is not a range of columns",
                         "write first..last with one stem and numbers, such as hamd_01..hamd_17",
                         names ? names[0] : "?");
        return false;
    }
    if (n != scale->n_items) {
        vg_study_problem(reader, VG_INVALID_INPUT, line, "%zu item columns, but %s has %zu items",
                         "list every item of the scale in its order", n, scale->name,
                         scale->n_items);
        return false;
    }
    columns->column = VG_STUDY_NEW(reader, const VgColumn *, n);
    bool all = columns->column != NULL;
    for (size_t i = 0; all && i < n; i++) {
        columns->column[columns->n] = vg_study_column(reader, table, names[i], line);
        if (columns->column[columns->n])
            columns->n++;
    }
    return all && columns->n == n;
}

static bool one_column(VgStudyReader *reader, const VgTable *table, const VgYaml *map,
                       const char *key, VgCellColumns *columns)
{
    const char *name = vg_study_text(reader, map, key);
    columns->column = VG_STUDY_NEW(reader, const VgColumn *, 1);
    if (!name || !columns->column)
        return false;
    columns->column[0] = vg_study_column(reader, table, name, vg_yaml_key_line(map, key));
    columns->n = columns->column[0] ? 1 : 0;
    return columns->n == 1;
}

static bool can_have_items(VgStudyReader *reader, const VgYaml *node, const VgScale *scale)
{
    if (!scale)
        return false; /* told where the scale was looked for */
    if (scale->n_items)
        return true;
    vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "items"), "%s has no items",
                     "give the total with column:", scale->name);
    return false;
}

static bool long_columns(VgStudyReader *reader, const VgYaml *node, const VgScale *scale,
                         VgOutcomeCells *cells)
{
    const char *visit = vg_study_text(reader, node, "visit");
    cells->visit =
        visit ? vg_study_column(reader, cells->table, visit, vg_yaml_key_line(node, "visit"))
              : NULL;
    cells->ignored = vg_study_texts(reader, node, "ignore_visits", &cells->n_ignored);
    const char *date = vg_study_text(reader, node, "date");
    if (date)
        cells->date = vg_study_column(reader, cells->table, date, vg_yaml_key_line(node, "date"));
    cells->columns = VG_STUDY_NEW(reader, VgCellColumns, 1);
    if (!cells->columns || !cells->visit)
        return false;
    if (!cells->items)
        return one_column(reader, cells->table, node, "column", cells->columns);
    return can_have_items(reader, node, scale) &&
           item_columns(reader, cells->table, node, "items", scale, cells->columns);
}

static bool wide_columns(VgStudyReader *reader, const VgYaml *node, const VgScale *scale,
                         VgOutcomeCells *cells)
{
    const VgYaml *map = vg_yaml_get(node, cells->items ? "items" : "columns");
    cells->columns = VG_STUDY_NEW(reader, VgCellColumns, reader->study->n_visits);
    if (!cells->columns || (cells->items && !can_have_items(reader, node, scale)))
        return false;
    bool all = true;
    for (size_t i = 0; i < map->n; i++) {
        size_t visit = vg_study_need_visit(reader, map->key[i], map->key_line[i]);
        if (visit == SIZE_MAX)
            all = false;
        else if (cells->items)
            all = item_columns(reader, cells->table, map, map->key[i], scale,
                               &cells->columns[visit]) &&
                  all;
        else
            all = one_column(reader, cells->table, map, map->key[i], &cells->columns[visit]) && all;
    }
    return all;
}

/* Long: visit + column or items; wide: columns by visit, or items by visit. */
static bool read_columns(VgStudyReader *reader, const char *name, const VgYaml *node,
                         const VgScale *scale, VgOutcomeCells *cells)
{
    const VgYaml *visit = vg_yaml_get(node, "visit"), *column = vg_yaml_get(node, "column");
    const VgYaml *columns = vg_yaml_get(node, "columns"), *items = vg_yaml_get(node, "items");
    bool wide_items = items && items->kind == VG_YAML_MAP;
    bool is_long = visit && !columns && !wide_items && (column != NULL) != (items != NULL);
    bool is_wide = !visit && !column && ((columns && columns->kind == VG_YAML_MAP) != wide_items) &&
                   !(columns && items);
    if (!is_long && !is_wide) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "where the values of outcome %s stand is not clear",
                         "long: visit: with column: or items:; wide: columns: {VISIT: COLUMN, …}",
                         name);
        return false;
    }
    cells->items = items != NULL;
    if (is_long)
        return long_columns(reader, node, scale, cells);
    for (size_t i = 0; i < 2; i++) {
        const char *key = i ? "date" : "ignore_visits";
        if (vg_yaml_get(node, key))
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, key),
                             "`%s` needs a table with one row a visit", "remove it", key);
    }
    return wide_columns(reader, node, scale, cells);
}

static void read_outcome(VgStudyReader *reader, size_t index, const char *name, const VgYaml *node)
{
    VgOutcome *outcome = &reader->study->outcome[index];
    *outcome = (VgOutcome){
        .name = name, .label = name, .baseline_visit = SIZE_MAX, .important_difference = NAN};
    VgOutcomeSource *source = &reader->outcome_source[index];
    if (!vg_study_is_map(reader, node, "an outcome"))
        return;
    vg_study_keys(reader, node, vg_study_printf(reader, "outcome %s", name), KEYS, NULL);
    const char *label = vg_study_text(reader, node, "label");
    outcome->scale = vg_study_outcome_scale(reader, name, node);
    if (label)
        outcome->label = label;
    else if (outcome->scale && outcome->scale->citation)
        outcome->label = outcome->scale->name;
    vg_study_important_difference(reader, node, outcome);
    const VgYaml *path = vg_yaml_get(node, "table");
    if (!path)
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "outcome %s has no `table`",
                         "name the table that holds it", name);
    const char *id = vg_study_text(reader, node, "id");
    if (!id)
        id = reader->id;
    VgOutcomeCells cells = {.table = path && id ? vg_study_table(reader, path, id) : NULL};
    if (!cells.table)
        return;
    source->node = node;
    source->table = cells.table->path;
    size_t id_line = vg_yaml_key_line(node, "id");
    if (id_line || reader->participants_ok) /* else told at participants: */
        cells.id = vg_study_column(reader, cells.table, id, id_line ? id_line : path->line);
    if (!read_columns(reader, name, node, outcome->scale, &cells) || !outcome->scale || !cells.id ||
        !reader->participants_ok || !reader->visits_ok)
        return;
    vg_study_read_cells(reader, index, &cells);
    vg_study_read_outcome_baseline(reader, index, node, &cells);
}

void vg_study_read_outcomes(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    const VgYaml *outcomes = vg_yaml_get(reader->root, "outcomes");
    const VgYaml *plan = vg_yaml_get(reader->root, "plan");
    bool of_panel = !vg_yaml_get(plan, "primary") &&
                    (vg_yaml_get(plan, "response_of_panel") || vg_yaml_get(plan, "mechanism"));
    if (!outcomes && of_panel) { /* what the panel shows is the whole question */
        reader->outcomes_ok = true;
        return;
    }
    if (!outcomes) {
        vg_study_problem(reader, VG_INVALID_INPUT, reader->root->line,
                         "the study file has no `outcomes`",
                         "add outcomes: {NAME: {table: …, scale: …, visit: …, column: …}}");
        return;
    }
    if (!vg_study_is_map(reader, outcomes, "outcomes"))
        return;
    study->outcome = VG_STUDY_NEW(reader, VgOutcome, outcomes->n);
    reader->outcome_source = VG_STUDY_NEW(reader, VgOutcomeSource, outcomes->n);
    if (!study->outcome || !reader->outcome_source)
        return;
    study->n_outcomes = outcomes->n;
    reader->outcomes_ok = true;
    for (size_t i = 0; i < outcomes->n; i++) {
        if (!vg_study_good_name(outcomes->key[i]))
            vg_study_problem(
                reader, VG_INVALID_INPUT, outcomes->key_line[i],
                "the outcome name `%s` holds blanks or signs",
                "use letters, digits, _ - . and put the words into label:", outcomes->key[i]);
        read_outcome(reader, i, outcomes->key[i], outcomes->item[i]);
    }
}
