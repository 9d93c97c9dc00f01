/* Participants: identifiers and the columns that are constant within participant.
 *
 * The table has one row a participant, or is the long table of an outcome or of the panel's samples (then it is
 * named there again), from which the columns that do not change within participant are taken. */
#include "study/reader.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static bool names_table(const VgYaml *node, const char *table)
{
    const VgYaml *named = vg_yaml_get(node, "table");
    return named && named->kind == VG_YAML_SCALAR && strcmp(named->text, table) == 0;
}

/* Whether an outcome reads the same table by visit, or the panel its samples. */
static bool is_long(const VgStudyReader *reader, const char *table)
{
    const VgYaml *outcomes = vg_yaml_get(reader->root, "outcomes"),
                 *panel = vg_yaml_get(reader->root, "panel");
    for (size_t i = 0; outcomes && outcomes->kind == VG_YAML_MAP && i < outcomes->n; i++)
        if (names_table(outcomes->item[i], table) && vg_yaml_get(outcomes->item[i], "visit"))
            return true;
    for (size_t i = 0; panel && panel->kind == VG_YAML_MAP && i < panel->n; i++)
        if (names_table(vg_yaml_get(panel->item[i], "samples"), table) ||
            (strcmp(panel->key[i], "samples") == 0 && names_table(panel->item[i], table)))
            return true;
    return false;
}

/* Fills participant, first_row and, per row, of which participant it is. */
static bool index_rows(VgStudyReader *reader, const VgTable *table, const VgColumn *id,
                       bool repeated, size_t *owner)
{
    VgStudy *study = reader->study;
    reader->participant_map = vg_map_create(reader->arena);
    study->participant = VG_STUDY_NEW(reader, const char *, table->n_rows);
    reader->first_row = VG_STUDY_NEW(reader, size_t, table->n_rows);
    if (!study->participant || !reader->first_row)
        return false;
    if (!reader->participant_map) {
        vg_study_no_memory(reader);
        return false;
    }
    size_t without = 0, twice = 0;
    for (size_t row = 0; row < table->n_rows; row++) {
        owner[row] = SIZE_MAX;
        const char *name = vg_study_value(reader, id, row);
        if (!name) {
            if (vg_study_listed(&without))
                vg_study_problem_in(reader, table->path, table->line[row],
                                    "the identifier (column %s) is missing",
                                    "give every row its participant", id->name);
            continue;
        }
        int64_t index = vg_map_add(reader->participant_map, name, strlen(name));
        if (index < 0) {
            vg_study_no_memory(reader);
            return false;
        }
        owner[row] = (size_t)index;
        if ((size_t)index == study->n_participants) {
            study->participant[study->n_participants] = name;
            reader->first_row[study->n_participants++] = row;
            continue;
        }
        if (repeated)
            continue;
        owner[row] =
            SIZE_MAX; /* the second row is out, so that its values give no further problem */
        if (vg_study_listed(&twice))
            vg_study_problem_in(reader, table->path, table->line[row],
                                "participant %s stands here again (first on line %u)",
                                "keep one row a participant", name,
                                (unsigned)table->line[reader->first_row[index]]);
    }
    vg_study_and_more(reader, without, table->path, false, "rows without identifier");
    vg_study_and_more(reader, twice, table->path, false, "repeated participants");
    return true;
}

static bool same_value(const VgColumn *column, size_t a, size_t b)
{
    if (column->type == VG_COLUMN_FACTOR)
        return column->code[a] == column->code[b];
    if (column->type == VG_COLUMN_TEXT)
        return strcmp(column->text[a], column->text[b]) == 0;
    return column->number[a] == column->number[b];
}

/* First row with a value for each participant (SIZE_MAX = none); false when a value changes. */
static bool constant_rows(const VgColumn *column, const VgTable *table, const size_t *owner,
                          size_t n_participants, size_t *from)
{
    for (size_t i = 0; i < n_participants; i++)
        from[i] = SIZE_MAX;
    for (size_t row = 0; row < table->n_rows; row++) {
        if (owner[row] == SIZE_MAX || vg_column_is_missing(column, row))
            continue;
        size_t *first = &from[owner[row]];
        if (*first == SIZE_MAX)
            *first = row;
        else if (!same_value(column, *first, row))
            return false;
    }
    return true;
}

/* The rows `from` (SIZE_MAX = missing) of a column. */
static bool take_rows(VgStudyReader *reader, const VgColumn *column, const size_t *from, size_t n,
                      VgColumn *taken)
{
    *taken = *column;
    taken->number = NULL;
    taken->code = NULL;
    taken->text = NULL;
    taken->missing_tag = NULL;
    taken->n_missing = 0;
    if (column->type == VG_COLUMN_FACTOR)
        taken->code = VG_STUDY_NEW(reader, int32_t, n);
    else if (column->type == VG_COLUMN_TEXT)
        taken->text = VG_STUDY_NEW(reader, const char *, n);
    else
        taken->number = VG_STUDY_NEW(reader, double, n);
    if (reader->failed != VG_OK)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool missing = from[i] == SIZE_MAX;
        taken->n_missing += missing;
        if (taken->code)
            taken->code[i] = missing ? -1 : column->code[from[i]];
        else if (taken->text)
            taken->text[i] = missing ? NULL : column->text[from[i]];
        else
            taken->number[i] = missing ? NAN : column->number[from[i]];
    }
    return true;
}

/* study->participants: one row a participant, the columns that are constant. */
static bool make_table(VgStudyReader *reader, const VgTable *source, const size_t *owner)
{
    VgStudy *study = reader->study;
    size_t n = study->n_participants;
    VgTable *table = VG_STUDY_NEW(reader, VgTable, 1);
    VgColumn *column = VG_STUDY_NEW(reader, VgColumn, source->n_columns);
    bool *varies = VG_STUDY_NEW(reader, bool, source->n_columns);
    size_t *from = VG_STUDY_NEW(reader, size_t, n);
    uint32_t *line = VG_STUDY_NEW(reader, uint32_t, n);
    if (!table || !column || !varies || !from || !line)
        return false;
    *table = *source;
    table->n_rows = n;
    table->n_columns = 0;
    table->column = column;
    table->line = line;
    for (size_t i = 0; i < n; i++)
        line[i] = source->line[reader->first_row[i]];
    for (size_t c = 0; c < source->n_columns; c++) {
        varies[c] = !constant_rows(&source->column[c], source, owner, n, from);
        if (!varies[c] &&
            !take_rows(reader, &source->column[c], from, n, &column[table->n_columns++]))
            return false;
    }
    study->participants = table;
    reader->varies = varies;
    return true;
}

static void read_baseline_table(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    size_t n;
    const char **names = vg_study_texts(reader, reader->root, "baseline_table", &n);
    if (!names)
        return;
    study->baseline_table = names;
    for (size_t i = 0; i < n; i++)
        if (vg_study_participant_column(reader, names[i],
                                        vg_yaml_key_line(reader->root, "baseline_table")))
            names[study->n_baseline_table++] = names[i];
}

const char **vg_study_covariates(VgStudyReader *reader, const VgYaml *plan,
                                 const char *const *in_the_model, size_t *n)
{
    size_t listed, line = vg_yaml_key_line(plan, "covariates");
    const char **name = vg_study_texts(reader, plan, "covariates", &listed);
    *n = 0;
    for (size_t i = 0; name && i < listed; i++) {
        bool twice = false, taken = false;
        for (size_t k = 0; k < *n; k++)
            twice = twice || strcmp(name[k], name[i]) == 0;
        for (size_t k = 0; in_the_model && in_the_model[k]; k++)
            taken = taken || strcmp(in_the_model[k], name[i]) == 0;
        if (twice)
            vg_study_problem(reader, VG_INVALID_INPUT, line, "the covariate `%s` is listed twice",
                             "list it once", name[i]);
        else if (taken)
            vg_study_problem(reader, VG_INVALID_INPUT, line, "`%s` cannot be a covariate",
                             "it is in the model already; name other columns of the participants",
                             name[i]);
        else if (vg_study_participant_column(reader, name[i], line))
            name[(*n)++] = name[i];
    }
    return name;
}

static void read_withdrawn(VgStudyReader *reader, const VgYaml *section)
{
    const char *column = vg_study_text(reader, section, "withdrawn");
    size_t line = vg_yaml_key_line(section, "withdrawn");
    if (column && vg_yaml_get(section, "withdrawal_reason"))
        vg_study_problem(reader, VG_INVALID_INPUT, line, "both `withdrawn` and `withdrawal_reason`",
                         "keep one: those with a reason left");
    else if (column && vg_study_participant_column(reader, column, line))
        reader->study->withdrawn_column = column;
}

void vg_study_read_participants(VgStudyReader *reader)
{
    static const char *const KEYS[] = {"table", "id", "withdrawal_reason", "withdrawn", NULL};
    const VgYaml *section = vg_yaml_get(reader->root, "participants");
    if (!section) {
        vg_study_problem(reader, VG_INVALID_INPUT, reader->root->line,
                         "the study file has no `participants`",
                         "add participants: {table: participants.csv, id: id}");
        return;
    }
    if (!vg_study_is_map(reader, section, "participants"))
        return;
    vg_study_keys(reader, section, "participants", KEYS, NULL);
    const VgYaml *path = vg_yaml_get(section, "table");
    reader->id =
        vg_study_need_text(reader, section, "id", "participants", "name the column of identifiers");
    if (!path)
        vg_study_problem(reader, VG_INVALID_INPUT, section->line, "participants has no `table`",
                         "name the table of participants");
    const VgTable *table = path && reader->id ? vg_study_table(reader, path, reader->id) : NULL;
    const VgColumn *id =
        table ? vg_study_column(reader, table, reader->id, vg_yaml_key_line(section, "id")) : NULL;
    if (!id)
        return;
    reader->participants_source = table;
    reader->participants_path = table->path;
    size_t *owner = VG_STUDY_NEW(reader, size_t, table->n_rows);
    if (!owner || !index_rows(reader, table, id, is_long(reader, path->text), owner) ||
        !make_table(reader, table, owner))
        return;
    reader->participants_ok = true;
    const char *reason = vg_study_text(reader, section, "withdrawal_reason");
    if (reason &&
        vg_study_participant_column(reader, reason, vg_yaml_key_line(section, "withdrawal_reason")))
        reader->study->withdrawal_reason_column = reason;
    read_withdrawn(reader, section);
    read_baseline_table(reader);
}
