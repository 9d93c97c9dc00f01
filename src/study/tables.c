/* The tables a study names: paths, columns, codes, dates. */
#include "study/reader.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

/* Replaces ${NAME} by the environment variable of that name; any other $ stands for itself. */
static const char *expand(VgStudyReader *reader, const char *path, size_t line)
{
    const char *result = "";
    while (*path) {
        const char *start = strstr(path, "${");
        const char *end = start ? strchr(start, '}') : NULL;
        if (!end)
            return vg_study_printf(reader, "%s%s", result, path);
        const char *name = vg_study_printf(reader, "%.*s", (int)(end - start - 2), start + 2);
        const char *value = getenv(name);
        if (!value) {
            const char *hint = vg_study_printf(reader, "set it: export %s=…", name);
            vg_study_problem(reader, VG_INVALID_INPUT, line,
                             "the environment variable %s is not set", hint, name);
            return NULL;
        }
        result = vg_study_printf(reader, "%s%.*s%s", result, (int)(start - path), path, value);
        path = end + 1;
    }
    return result;
}

void vg_study_input(VgStudyReader *reader, const char *path, const char *sha256, size_t rows)
{
    VgStudy *study = reader->study;
    for (size_t i = 0; i < study->n_inputs; i++)
        if (strcmp(study->input[i].path, path) == 0)
            return;
    VgInput *input = VG_STUDY_NEW(reader, VgInput, study->n_inputs + 1);
    if (!input)
        return;
    if (study->n_inputs)
        memcpy(input, study->input, study->n_inputs * sizeof *input);
    input[study->n_inputs++] = (VgInput){path, sha256, rows};
    study->input = input;
}

static VgStudyTable *find_or_add(VgStudyReader *reader, const char *path, const char *id,
                                 bool *is_new)
{
    *is_new = false;
    for (size_t i = 0; i < reader->n_tables; i++)
        if (strcmp(reader->table[i].path, path) == 0 && strcmp(reader->table[i].id, id) == 0)
            return &reader->table[i];
    VgStudyTable *table = VG_STUDY_NEW(reader, VgStudyTable, reader->n_tables + 1);
    if (!table)
        return NULL;
    if (reader->n_tables)
        memcpy(table, reader->table, reader->n_tables * sizeof *table);
    reader->table = table;
    *is_new = true;
    table[reader->n_tables] = (VgStudyTable){path, id, NULL};
    return &table[reader->n_tables++];
}

const char *vg_study_path(VgStudyReader *reader, const VgYaml *node)
{
    const char *written = vg_study_scalar(reader, node, "table");
    const char *expanded = written ? expand(reader, written, node->line) : NULL;
    if (!expanded)
        return NULL;
    if (strcmp(expanded, "-") == 0) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "a table on standard input",
                         "name a file beside study.yaml");
        return NULL;
    }
    /* a variable holds a path as the user's shell sees it, not as the study's folder does */
    const char *path = strncmp(written, "${", 2) == 0
                           ? expanded
                           : vg_path_join(reader->arena, reader->study->directory, expanded);
    if (!path) {
        vg_study_no_memory(reader);
        return NULL;
    }
    if (access(path, F_OK) != 0) { /* told here, where the line that names it is known */
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "%s cannot be opened: %s",
                         "check the name and the folder", path, strerror(errno));
        return NULL;
    }
    return path;
}

const VgTable *vg_study_table(VgStudyReader *reader, const VgYaml *node, const char *id)
{
    const char *path = vg_study_path(reader, node);
    bool is_new = false;
    VgStudyTable *entry = path ? find_or_add(reader, path, id, &is_new) : NULL;
    if (!entry || !is_new)
        return entry ? entry->table : NULL;
    const char **as_text = VG_STUDY_NEW(reader, const char *, reader->n_text + 1);
    if (!as_text)
        return NULL;
    as_text[0] = id;
    for (size_t i = 0; i < reader->n_text; i++)
        as_text[i + 1] = reader->text[i];
    VgTableOptions options = {.missing = reader->missing,
                              .n_missing = reader->n_missing,
                              .as_text = as_text,
                              .n_as_text = reader->n_text + 1};
    VgError error = {0};
    if (vg_table_read(reader->arena, path, &options, &entry->table, &error) != VG_OK) {
        entry->table = NULL;
        vg_study_problem_from(reader, &error);
        return NULL;
    }
    vg_study_input(reader, entry->table->path, entry->table->sha256, entry->table->n_rows);
    return entry->table;
}

const VgColumn *vg_study_column(VgStudyReader *reader, const VgTable *table, const char *name,
                                size_t line)
{
    const VgColumn *column = vg_table_column(table, name);
    if (column)
        return column;
    const char **names = VG_STUDY_NEW(reader, const char *, table->n_columns);
    for (size_t i = 0; names && i < table->n_columns; i++)
        names[i] = table->column[i].name;
    const char *hint = names ? vg_study_did_you_mean(reader, name, names, table->n_columns,
                                                     "use a name from the table's first line")
                             : "";
    vg_study_problem(reader, VG_INVALID_INPUT, line, "%s has no column `%s`", hint, table->path,
                     name);
    return NULL;
}

bool vg_study_is_code(const VgColumn *column, size_t row, const char *code)
{
    if (vg_column_is_missing(column, row))
        return false;
    if (column->type == VG_COLUMN_FACTOR)
        return strcmp(column->level[column->code[row]], code) == 0;
    if (column->type == VG_COLUMN_TEXT)
        return strcmp(column->text[row], code) == 0;
    double number;
    return column->type == VG_COLUMN_NUMBER && vg_study_to_number(code, &number) &&
           column->number[row] == number;
}

const char *vg_study_value(VgStudyReader *reader, const VgColumn *column, size_t row)
{
    if (vg_column_is_missing(column, row))
        return NULL;
    const char *text = vg_column_value_text(reader->arena, column, row);
    if (!text)
        vg_study_no_memory(reader);
    return text;
}

/* Days since 1970-01-01 of YYYY-MM-DD; false when there is no such day. Algorithm: days of whole
 * 400-year cycles, years beginning in March (Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static bool day_of(const char *text, double *day)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    for (int i = 0; i < 10; i++)
        if ((i == 4 || i == 7) ? text[i] != '-' : !isdigit((unsigned char)text[i]))
            return false;
    if (text[10] != '\0' && text[10] != 'T' && text[10] != ' ')
        return false;
    int y = atoi(text), m = atoi(text + 5), d = atoi(text + 8);
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    if (m < 1 || m > 12 || d < 1 || d > DAYS[m - 1] + (m == 2 && leap))
        return false;
    int year = m <= 2 ? y - 1 : y;
    int era = (year >= 0 ? year : year - 399) / 400, of_era = year - era * 400;
    int of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int of_cycle = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    *day = (double)era * 146097 + of_cycle - 719468;
    return true;
}

double *vg_study_dates(VgStudyReader *reader, const VgTable *table, const VgColumn *column)
{
    double *day = VG_STUDY_NEW(reader, double, table->n_rows);
    if (!day)
        return NULL;
    size_t wrong = 0;
    for (size_t row = 0; row < table->n_rows; row++) {
        day[row] = NAN;
        if (vg_column_is_missing(column, row))
            continue;
        if (column->type == VG_COLUMN_DATE) {
            day[row] = column->number[row];
            continue;
        }
        const char *text = vg_study_value(reader, column, row);
        if (!text)
            return NULL;
        if (!day_of(text, &day[row]) && vg_study_listed(&wrong))
            vg_study_problem_in(reader, table->path, table->line[row],
                                "`%s` in column %s is not a possible date",
                                "write dates as YYYY-MM-DD", text, column->name);
    }
    vg_study_and_more(reader, wrong, table->path, false,
                      vg_study_printf(reader, "impossible dates in column %s", column->name));
    return day;
}

size_t vg_study_participant_of(VgStudyReader *reader, const VgColumn *id, size_t row,
                               const char **text)
{
    *text = vg_study_value(reader, id, row);
    if (!*text || !reader->participant_map)
        return SIZE_MAX;
    int64_t found = vg_map_find(reader->participant_map, *text, strlen(*text));
    return found < 0 ? SIZE_MAX : (size_t)found;
}
