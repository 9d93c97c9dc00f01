/* The values of an outcome as a participants × visits matrix, with every odd value named by its
 * line. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "study/outcome.h"

/* What is counted while reading, so that a kind of problem is listed a few times and then summed
 * up. */
typedef struct Counts {
    size_t outside, unknown, twice, undeclared, without_id;
} Counts;

typedef struct Filling {
    VgStudyReader *reader;
    size_t index;
    VgOutcome *outcome;
    const VgOutcomeCells *cells;
    uint32_t *line; /* participants × visits */
    double *items;  /* scratch: n_items */
    Counts count;
} Filling;

/* A column of numbers, labelled or not; otherwise the first text in it is named. */
static bool holds_numbers(VgStudyReader *reader, const VgTable *table, const VgColumn *column)
{
    if (column->type == VG_COLUMN_NUMBER || column->behind || column->n_missing == table->n_rows)
        return true;
    for (size_t row = 0; row < table->n_rows; row++) {
        double number;
        const char *text = vg_study_value(reader, column, row);
        if (!text || vg_study_to_number(text, &number))
            continue;
        vg_study_problem_in(reader, table->path, table->line[row],
                            "`%s` in column %s is not a number",
                            "correct it, or declare it under missing:", text, column->name);
        return false;
    }
    vg_study_problem_in(reader, table->path, 0, "column %s does not hold numbers",
                        "name a column of numbers", column->name);
    return false;
}

static void outside(Filling *filling, size_t row, const VgColumn *column, double value, double low,
                    double high)
{
    const VgTable *table = filling->cells->table;
    if (!vg_study_listed(&filling->count.outside))
        return;
    if (isfinite(value))
        vg_study_problem_in(filling->reader, table->path, table->line[row],
                            "%s = %g lies outside %s (%g to %g)",
                            "correct it, or declare its code under missing:", column->name, value,
                            filling->outcome->scale->name, low, high);
    else
        vg_study_problem_in(filling->reader, table->path, table->line[row],
                            "%s is not a finite number", "correct it, or leave it empty",
                            column->name);
}

static double number_of(const VgColumn *column, size_t row)
{
    if (column->behind) /* SPSS and Stata label the answers of an item: 0 "not at all", … */
        return column->behind[row];
    return column->number ? column->number[row] : NAN; /* no numbers: all values are missing */
}

/* The total from the item columns; items outside their range are named. */
static double score(Filling *filling, const VgCellColumns *columns, size_t row)
{
    const VgScale *scale = filling->outcome->scale;
    for (size_t i = 0; i < columns->n; i++) {
        double low = scale->item_range ? scale->item_range[i][0] : scale->item_minimum;
        double high = scale->item_range ? scale->item_range[i][1] : scale->item_maximum;
        double value = number_of(columns->column[i], row);
        if (value < low || value > high) {
            outside(filling, row, columns->column[i], value, low, high);
            value = NAN;
        }
        filling->items[i] = value;
    }
    return vg_scale_total(scale, filling->items);
}

static double cell_value(Filling *filling, const VgCellColumns *columns, size_t row)
{
    if (filling->cells->items)
        return score(filling, columns, row);
    const VgScale *scale = filling->outcome->scale;
    double value = number_of(columns->column[0], row);
    if (value < scale->minimum || value > scale->maximum || isinf(value))
        outside(filling, row, columns->column[0], value, scale->minimum, scale->maximum);
    return value;
}

/* The visit of a row; SIZE_MAX when it is left out or wrong. */
static size_t visit_of(Filling *filling, size_t row)
{
    const VgStudy *study = filling->reader->study;
    const VgOutcomeCells *cells = filling->cells;
    size_t visit = vg_study_visit_of_row(study, cells->visit, row);
    if (visit != SIZE_MAX)
        return visit;
    for (size_t i = 0; i < cells->n_ignored; i++)
        if (vg_study_is_code(cells->visit, row, cells->ignored[i]))
            return SIZE_MAX;
    if (!vg_study_listed(&filling->count.undeclared))
        return SIZE_MAX;
    const char *text = vg_study_value(filling->reader, cells->visit, row);
    const char **codes = VG_STUDY_NEW(filling->reader, const char *, study->n_visits);
    for (size_t v = 0; codes && v < study->n_visits; v++)
        codes[v] = study->visit[v].code[0];
    const char *hint = "declare it under visits:, or leave it out with ignore_visits:";
    if (codes && text)
        hint = vg_study_did_you_mean(filling->reader, text, codes, study->n_visits, hint);
    vg_study_problem_in(filling->reader, cells->table->path, cells->table->line[row],
                        "the visit `%s` (column %s) is not declared", hint, text ? text : "",
                        cells->visit->name);
    return SIZE_MAX;
}

static size_t participant_of(Filling *filling, size_t row)
{
    VgStudyReader *reader = filling->reader;
    const VgTable *table = filling->cells->table;
    const char *text;
    size_t participant = vg_study_participant_of(reader, filling->cells->id, row, &text);
    if (!text) {
        /* the participants' own table has told of these */
        if (strcmp(table->path, reader->participants_path) != 0 &&
            vg_study_listed(&filling->count.without_id))
            vg_study_problem_in(reader, table->path, table->line[row],
                                "the identifier (column %s) is missing",
                                "give every row its participant", filling->cells->id->name);
    } else if (participant == SIZE_MAX && vg_study_listed(&filling->count.unknown)) {
        vg_study_problem_in(reader, table->path, table->line[row], "participant %s is not in %s",
                            "add the participant there, or remove the row", text,
                            reader->participants_path);
    }
    return participant;
}

/* Takes a row for (participant, visit); a second one is a problem. */
static bool claim(Filling *filling, size_t participant, size_t visit, size_t row)
{
    const VgStudy *study = filling->reader->study;
    const VgTable *table = filling->cells->table;
    uint32_t *line = &filling->line[participant + study->n_participants * visit];
    if (*line == 0) {
        *line = table->line[row];
        return true;
    }
    if (vg_study_listed(&filling->count.twice))
        vg_study_problem_in(filling->reader, table->path, table->line[row],
                            "participant %s has visit %s again (first on line %u)",
                            "keep one row for each participant and visit",
                            study->participant[participant], study->visit[visit].name,
                            (unsigned)*line);
    return false;
}

static void fill_long(Filling *filling)
{
    const VgStudy *study = filling->reader->study;
    for (size_t row = 0; row < filling->cells->table->n_rows; row++) {
        size_t participant = participant_of(filling, row);
        size_t visit = visit_of(filling, row);
        if (participant != SIZE_MAX && visit != SIZE_MAX && claim(filling, participant, visit, row))
            filling->outcome->value[participant + study->n_participants * visit] =
                cell_value(filling, &filling->cells->columns[0], row);
    }
}

static void fill_wide(Filling *filling)
{
    const VgStudy *study = filling->reader->study;
    for (size_t row = 0; row < filling->cells->table->n_rows; row++) {
        size_t participant = participant_of(filling, row);
        if (participant == SIZE_MAX)
            continue;
        bool first = true;
        for (size_t visit = 0; first && visit < study->n_visits; visit++) {
            if (filling->cells->columns[visit].n == 0)
                continue;
            first = claim(filling, participant, visit, row);
            if (first)
                filling->outcome->value[participant + study->n_participants * visit] =
                    cell_value(filling, &filling->cells->columns[visit], row);
        }
    }
}

static void sum_up(Filling *filling)
{
    VgStudyReader *reader = filling->reader;
    const char *path = filling->cells->table->path;
    vg_study_and_more(reader, filling->count.outside, path, false, "values outside the scale");
    vg_study_and_more(reader, filling->count.unknown, path, false, "rows of unknown participants");
    vg_study_and_more(reader, filling->count.twice, path, false, "repeated visits");
    vg_study_and_more(reader, filling->count.undeclared, path, false, "rows of undeclared visits");
    vg_study_and_more(reader, filling->count.without_id, path, false, "rows without identifier");
}

/* Participants of whom the table has no row: rightly so when they left at once, so a warning. */
static void warn_absent(Filling *filling)
{
    VgStudyReader *reader = filling->reader;
    const VgStudy *study = reader->study;
    size_t absent = 0;
    const char *names = "";
    for (size_t i = 0; i < study->n_participants; i++) {
        bool seen = false;
        for (size_t v = 0; v < study->n_visits; v++)
            seen = seen || filling->line[i + study->n_participants * v];
        if (!seen && ++absent <= VG_STUDY_LISTED)
            names = vg_study_printf(reader, "%s%s%s", names, absent > 1 ? ", " : "",
                                    study->participant[i]);
    }
    if (absent)
        vg_study_warn_in(reader, filling->cells->table->path, 0,
                         "%zu participant(s) of %s have no row here: %s%s",
                         "right when they have no measurement at all", absent,
                         reader->participants_path, names, absent > VG_STUDY_LISTED ? ", …" : "");
}

/* Dates ascend with the visits and lie in the declared windows. */
static void check_dates(Filling *filling)
{
    VgStudyReader *reader = filling->reader;
    const VgStudy *study = reader->study;
    const VgTable *table = filling->cells->table;
    double *day = vg_study_dates(reader, table, filling->cells->date);
    double *at = VG_STUDY_NEW(reader, double, study->n_participants * study->n_visits);
    if (!day || !at)
        return;
    for (size_t i = 0; i < study->n_participants * study->n_visits; i++)
        at[i] = NAN;
    for (size_t row = 0; row < table->n_rows; row++) {
        const char *text;
        size_t p = vg_study_participant_of(reader, filling->cells->id, row, &text);
        for (size_t v = 0; p != SIZE_MAX && v < study->n_visits; v++)
            if (filling->line[p + study->n_participants * v] == table->line[row])
                at[p + study->n_participants * v] = day[row];
    }
    size_t backwards = 0, off = 0;
    for (size_t p = 0; p < study->n_participants; p++) {
        double before = -INFINITY;
        size_t before_visit = 0;
        for (size_t v = 0; v < study->n_visits; v++) {
            size_t cell = p + study->n_participants * v;
            if (isnan(at[cell]))
                continue;
            if (at[cell] <= before && vg_study_listed(&backwards))
                vg_study_problem_in(reader, table->path, filling->line[cell],
                                    "participant %s has visit %s not after visit %s",
                                    "correct the date or the visit", study->participant[p],
                                    study->visit[v].name, study->visit[before_visit].name);
            before = at[cell];
            before_visit = v;
            double since = reader->randomised_day ? at[cell] - reader->randomised_day[p] : NAN;
            if ((since < study->visit[v].window[0] || since > study->visit[v].window[1]) &&
                vg_study_listed(&off))
                vg_study_warn_in(reader, table->path, filling->line[cell],
                                 "participant %s has visit %s on day %g, outside its window",
                                 "it is analysed as that visit all the same", study->participant[p],
                                 study->visit[v].name, since);
        }
    }
    vg_study_and_more(reader, backwards, table->path, false, "visits out of order");
    vg_study_and_more(reader, off, table->path, true, "visits outside their window");
}

static void note_measured(const VgStudy *study, const VgOutcome *outcome, bool *measured)
{
    for (size_t v = 0; v < study->n_visits; v++)
        for (size_t p = 0; p < study->n_participants && !measured[v]; p++)
            measured[v] = !isnan(outcome->value[p + study->n_participants * v]);
}

void vg_study_read_cells(VgStudyReader *reader, size_t index, const VgOutcomeCells *cells)
{
    VgStudy *study = reader->study;
    VgOutcome *outcome = &study->outcome[index];
    VgOutcomeSource *source = &reader->outcome_source[index];
    size_t n_columns = cells->visit ? 1 : study->n_visits;
    for (size_t i = 0; i < n_columns; i++)
        for (size_t k = 0; k < cells->columns[i].n; k++)
            if (!holds_numbers(reader, cells->table, cells->columns[i].column[k]))
                return;
    size_t size = study->n_participants * study->n_visits; /* both bounded by rows read */
    Filling filling = {.reader = reader, .index = index, .outcome = outcome, .cells = cells};
    outcome->value = VG_STUDY_NEW(reader, double, size);
    filling.line = VG_STUDY_NEW(reader, uint32_t, size);
    filling.items = VG_STUDY_NEW(reader, double, outcome->scale->n_items);
    source->measured = VG_STUDY_NEW(reader, bool, study->n_visits);
    if (!outcome->value || !filling.line || !filling.items || !source->measured)
        return;
    source->line = filling.line;
    for (size_t i = 0; i < size; i++)
        outcome->value[i] = NAN;
    if (cells->visit)
        fill_long(&filling);
    else
        fill_wide(&filling);
    sum_up(&filling);
    warn_absent(&filling);
    if (cells->date)
        check_dates(&filling);
    note_measured(study, outcome, source->measured);
    source->usable = true;
}

/* ---- baseline ---- */

/* Baseline from a column: one value a participant, wherever it stands in the outcome's table. */
static void baseline_from_column(VgStudyReader *reader, size_t index, const VgColumn *column,
                                 const VgOutcomeCells *cells)
{
    const VgStudy *study = reader->study;
    VgOutcome *outcome = &reader->study->outcome[index];
    const VgTable *table = cells->table;
    if (!holds_numbers(reader, table, column))
        return;
    Filling filling = {.reader = reader, .outcome = outcome, .cells = cells};
    size_t changes = 0;
    for (size_t row = 0; row < table->n_rows; row++) {
        const char *text;
        size_t p = vg_study_participant_of(reader, cells->id, row, &text);
        double value = number_of(column, row);
        if (p == SIZE_MAX || isnan(value))
            continue;
        if (isnan(outcome->baseline[p])) {
            outcome->baseline[p] = value;
            if (value < outcome->scale->minimum || value > outcome->scale->maximum || isinf(value))
                outside(&filling, row, column, value, outcome->scale->minimum,
                        outcome->scale->maximum);
        } else if (outcome->baseline[p] != value && vg_study_listed(&changes)) {
            vg_study_problem_in(reader, table->path, table->line[row],
                                "the baseline of participant %s (column %s) changes to %g",
                                "a baseline has one value a participant", study->participant[p],
                                column->name, value);
        }
    }
    vg_study_and_more(reader, filling.count.outside, table->path, false,
                      "baselines outside the scale");
    vg_study_and_more(reader, changes, table->path, false, "changing baselines");
}

/* The column in the outcome's table, or else in that of the participants. */
static const VgColumn *baseline_column(VgStudyReader *reader, const char *name, size_t line,
                                       VgOutcomeCells *where)
{
    const VgTable *people = reader->participants_source;
    if (!vg_table_column(where->table, name) && vg_table_column(people, name)) {
        where->table = people;
        where->id = vg_table_column(people, reader->id);
    }
    return vg_study_column(reader, where->table, name, line);
}

static void warn_missing_baseline(VgStudyReader *reader, const VgOutcome *outcome, size_t line)
{
    size_t missing = 0;
    for (size_t p = 0; p < reader->study->n_participants; p++)
        missing += isnan(outcome->baseline[p]) ? 1 : 0;
    if (missing)
        vg_study_warn_in(reader, reader->file, line,
                         "%zu of %zu participants have no baseline of %s",
                         "analyses that adjust for it or model the change leave them out", missing,
                         reader->study->n_participants, outcome->name);
}

void vg_study_read_outcome_baseline(VgStudyReader *reader, size_t index, const VgYaml *node,
                                    const VgOutcomeCells *cells)
{
    static const char *const KEYS[] = {"column", NULL};
    VgStudy *study = reader->study;
    VgOutcome *outcome = &study->outcome[index];
    const VgYaml *declared = vg_yaml_get(node, "baseline");
    size_t visit = SIZE_MAX, line = declared ? vg_yaml_key_line(node, "baseline") : node->line;
    if (!outcome->value || !reader->outcome_source[index].measured)
        return;
    if (declared && declared->kind == VG_YAML_SCALAR) {
        visit = vg_study_need_visit(reader, declared->text, line);
        reader->outcome_source[index].baseline_failed = visit == SIZE_MAX;
        if (visit == SIZE_MAX)
            return;
    } else if (!declared) {
        visit = vg_study_find_visit(study, "baseline");
        if (visit == SIZE_MAX || !reader->outcome_source[index].measured[visit])
            return; /* an outcome without baseline */
    }
    double *baseline = VG_STUDY_NEW(reader, double, study->n_participants);
    if (!baseline)
        return;
    for (size_t p = 0; p < study->n_participants; p++)
        baseline[p] = visit == SIZE_MAX ? NAN : outcome->value[p + study->n_participants * visit];
    if (visit == SIZE_MAX) {
        reader->outcome_source[index].baseline_failed = true;
        if (!vg_study_is_map(reader, declared, "baseline"))
            return;
        vg_study_keys(reader, declared, "baseline", KEYS, NULL);
        const char *name = vg_study_need_text(reader, declared, "column", "baseline",
                                              "name a visit, or {column: COLUMN}");
        VgOutcomeCells where = *cells;
        const VgColumn *column =
            name ? baseline_column(reader, name, declared->line, &where) : NULL;
        if (!column)
            return;
        reader->outcome_source[index].baseline_failed = false;
        outcome->baseline = baseline;
        baseline_from_column(reader, index, column, &where);
    }
    outcome->baseline = baseline;
    outcome->baseline_visit = visit;
    warn_missing_baseline(reader, outcome, line);
}
