/* Adverse events, days of exposure; what was taken is read in adherence.c. */
#include "study/reader.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

typedef struct EventColumns {
    const VgTable *table;
    const VgColumn *id, *term, *serious, *start, *severity;
    /* days since 1970 where `start` holds dates; NULL where it holds day numbers */
    double *start_date;
} EventColumns;

/* 1/0, yes/no, true/false, Y/N; false when it is none of these. */
static bool truth_of(const char *text, bool *truth)
{
    static const char *const YES[] = {"1", "yes", "Yes", "YES", "true", "TRUE", "True", "Y", "y"};
    static const char *const NO[] = {"0", "no", "No", "NO", "false", "FALSE", "False", "N", "n"};
    for (size_t i = 0; i < sizeof YES / sizeof *YES; i++) {
        if (strcmp(text, YES[i]) == 0 || strcmp(text, NO[i]) == 0) {
            *truth = strcmp(text, YES[i]) == 0;
            return true;
        }
    }
    return false;
}

static double start_day(VgStudyReader *reader, const EventColumns *columns, size_t row, size_t p)
{
    if (!columns->start)
        return NAN;
    if (!columns->start_date)
        return columns->start->number[row];
    return reader->randomised_day ? columns->start_date[row] - reader->randomised_day[p] : NAN;
}

static void read_rows(VgStudyReader *reader, const EventColumns *columns)
{
    VgStudy *study = reader->study;
    const VgTable *table = columns->table;
    size_t unknown = 0, without_term = 0, unclear = 0;
    study->adverse_event = VG_STUDY_NEW(reader, VgAdverseEvent, table->n_rows);
    for (size_t row = 0; study->adverse_event && row < table->n_rows; row++) {
        const char *id;
        size_t p = vg_study_participant_of(reader, columns->id, row, &id);
        if (p == SIZE_MAX) {
            if (vg_study_listed(&unknown))
                vg_study_problem_in(reader, table->path, table->line[row],
                                    "participant %s is not in %s",
                                    "add the participant there, or remove the row",
                                    id ? id : "(missing)", reader->participants_path);
            continue;
        }
        VgAdverseEvent event = {.participant = p, .start_day = start_day(reader, columns, row, p)};
        event.term = vg_study_value(reader, columns->term, row);
        if (!event.term) {
            if (vg_study_listed(&without_term))
                vg_study_problem_in(reader, table->path, table->line[row],
                                    "an adverse event without term (column %s)", "name the event",
                                    columns->term->name);
            continue;
        }
        const char *serious =
            columns->serious ? vg_study_value(reader, columns->serious, row) : NULL;
        if (serious && !truth_of(serious, &event.serious) && vg_study_listed(&unclear))
            vg_study_problem_in(reader, table->path, table->line[row],
                                "`%s` in column %s is neither yes nor no", "write 1 or 0", serious,
                                columns->serious->name);
        if (columns->severity)
            event.severity = vg_study_value(reader, columns->severity, row);
        study->adverse_event[study->n_adverse_events++] = event;
    }
    vg_study_and_more(reader, unknown, table->path, false, "events of unknown participants");
    vg_study_and_more(reader, without_term, table->path, false, "events without term");
    vg_study_and_more(reader, unclear, table->path, false, "unclear values of serious");
}

static const VgColumn *optional_column(VgStudyReader *reader, const VgTable *table,
                                       const VgYaml *node, const char *key)
{
    const char *name = vg_study_text(reader, node, key);
    return name ? vg_study_column(reader, table, name, vg_yaml_key_line(node, key)) : NULL;
}

static void read_adverse(VgStudyReader *reader, const VgYaml *node)
{
    static const char *const KEYS[] = {"table", "id", "term", "serious", "start", "severity", NULL};
    if (!vg_study_is_map(reader, node, "adverse"))
        return;
    vg_study_keys(reader, node, "adverse", KEYS, NULL);
    const VgYaml *path = vg_yaml_get(node, "table");
    const char *term =
        vg_study_need_text(reader, node, "term", "adverse", "name the column of event terms");
    if (!path)
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "adverse has no `table`",
                         "name the table of adverse events");
    const char *id = vg_study_text(reader, node, "id");
    if (!id)
        id = reader->id;
    EventColumns columns = {.table = path && id ? vg_study_table(reader, path, id) : NULL};
    if (!columns.table || !reader->participants_ok)
        return;
    columns.id = vg_study_column(reader, columns.table, id, node->line);
    columns.term =
        term ? vg_study_column(reader, columns.table, term, vg_yaml_key_line(node, "term")) : NULL;
    columns.serious = optional_column(reader, columns.table, node, "serious");
    columns.start = optional_column(reader, columns.table, node, "start");
    columns.severity = optional_column(reader, columns.table, node, "severity");
    if (columns.start && columns.start->type != VG_COLUMN_NUMBER) {
        columns.start_date = vg_study_dates(reader, columns.table, columns.start);
        if (!columns.start_date)
            return;
        if (!reader->randomised_day)
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "start"),
                             "start holds dates, but the date of randomisation is not declared",
                             "add randomisation: {date: COLUMN}");
    }
    if (columns.id && columns.term) {
        read_rows(reader, &columns);
        reader->study->has_adverse_events = true;
    }
}

static void read_exposure(VgStudyReader *reader, const VgYaml *section)
{
    VgStudy *study = reader->study;
    const char *name = vg_study_text(reader, section, "exposure_days");
    const VgColumn *column =
        name ? vg_study_participant_column(reader, name, vg_yaml_key_line(section, "exposure_days"))
             : NULL;
    if (!column)
        return;
    const VgTable *table = study->participants;
    if (column->type != VG_COLUMN_NUMBER) {
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(section, "exposure_days"),
                         "the column %s does not hold numbers", "name a column of days", name);
        return;
    }
    size_t negative = 0;
    for (size_t p = 0; p < study->n_participants; p++)
        if (column->number[p] < 0 && vg_study_listed(&negative))
            vg_study_problem_in(reader, table->path, table->line[p],
                                "%g days of exposure of participant %s", "days are 0 or more",
                                column->number[p], study->participant[p]);
    vg_study_and_more(reader, negative, table->path, false, "negative exposures");
    study->exposure_days = column->number;
}

void vg_study_read_events(VgStudyReader *reader)
{
    static const char *const KEYS[] = {"adverse", "exposure_days", "adherence", NULL};
    static const char *const UNBUILT[] = {"concomitant", "intercurrent", NULL};
    const VgYaml *section = vg_yaml_get(reader->root, "events");
    if (!section || !vg_study_is_map(reader, section, "events"))
        return;
    vg_study_keys(reader, section, "events", KEYS, UNBUILT);
    const VgYaml *adverse = vg_yaml_get(section, "adverse");
    if (adverse)
        read_adverse(reader, adverse);
    const VgYaml *adherence = vg_yaml_get(section, "adherence");
    if (adherence)
        vg_study_read_adherence(reader, adherence);
    if (reader->participants_ok)
        read_exposure(reader, section);
}
