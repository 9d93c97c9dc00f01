/* events: adherence: the share of a component's dose, or of an arm's treatment, that each participant took. */
#include "study/reader.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/nearest.h"

typedef struct AdherenceColumns {
    const VgTable *table;
    const VgColumn *id, *component, *arm, *visit, *date, *taken;
    double *day; /* of dates: since 1970; of numbers: since randomisation */
    bool dates;
    size_t unknown_person, unknown_component, unknown_visit, not_given, no_share, twice;
} AdherenceColumns;

/* ---- columns ---- */

/* The column that the key names; without the key, the first usual name that the table has. */
static const VgColumn *find_column(VgStudyReader *reader, const VgTable *table, const VgYaml *node,
                                   const char *key, const char *const *usual)
{
    const char *name = node->kind == VG_YAML_MAP ? vg_study_text(reader, node, key) : NULL;
    if (name)
        return vg_study_column(reader, table, name, vg_yaml_key_line(node, key));
    for (size_t k = 0; usual[k]; k++)
        if (vg_table_column(table, usual[k]))
            return vg_table_column(table, usual[k]);
    return NULL;
}

static bool find_columns(VgStudyReader *reader, const VgYaml *node, const char *id,
                         AdherenceColumns *c)
{
    static const char *const COMPONENT[] = {"component", NULL}, *const ARM[] = {"arm", NULL};
    static const char *const VISIT[] = {"visit", NULL}, *const DATE[] = {"date", "day", NULL};
    static const char *const TAKEN[] = {"taken", "share_taken", "share", NULL};
    size_t errors = reader->problems->n_errors;
    c->id = vg_study_column(reader, c->table, id, node->line);
    c->component = find_column(reader, c->table, node, "component", COMPONENT);
    c->arm = c->component ? NULL : find_column(reader, c->table, node, "arm", ARM);
    c->visit = find_column(reader, c->table, node, "visit", VISIT);
    c->date = c->visit ? NULL : find_column(reader, c->table, node, "date", DATE);
    c->taken = find_column(reader, c->table, node, "taken", TAKEN);
    if (reader->problems->n_errors > errors)
        return false;
    if (!c->taken || (!c->visit && !c->date) || (!c->component && !c->arm))
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "the table of adherence has no column of %s",
                         "name it: {table: …, component: …, visit: …, taken: …}",
                         !c->taken               ? "the share taken"
                         : !c->visit && !c->date ? "visits or dates"
                                                 : "components or arms");
    else if (c->taken->type != VG_COLUMN_NUMBER)
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "the column %s of adherence does not hold numbers",
                         "name a column of shares between 0 and 1", c->taken->name);
    return reader->problems->n_errors == errors;
}

static bool find_days(VgStudyReader *reader, const VgYaml *node, AdherenceColumns *c)
{
    if (!c->date)
        return true;
    c->dates = c->date->type != VG_COLUMN_NUMBER;
    c->day = c->dates ? vg_study_dates(reader, c->table, c->date) : c->date->number;
    if (c->day && c->dates && !reader->randomised_day) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "adherence holds dates, but the date of randomisation is not declared",
                         "add randomisation: {date: COLUMN}");
        return false;
    }
    return c->day != NULL;
}

/* ---- rows ---- */

static size_t component_of(VgStudyReader *reader, AdherenceColumns *c, size_t row, size_t person)
{
    const VgStudy *study = reader->study;
    const VgColumn *column = c->component ? c->component : c->arm;
    const char *name = vg_study_value(reader, column, row);
    size_t found = SIZE_MAX;
    for (size_t k = 0; name && c->component && k < study->n_components; k++)
        if (strcmp(study->component[k].name, name) == 0)
            found = k;
    for (size_t a = 0; !c->component && a < study->n_arms; a++)
        if (vg_study_is_code(column, row, study->arm[a].code))
            found = a;
    if (found == SIZE_MAX && vg_study_listed(&c->unknown_component))
        vg_study_problem_in(reader, c->table->path, c->table->line[row], "`%s` is no %s",
                            c->component ? "declare it under components:"
                                         : "declare it under arms:",
                            name ? name : "(missing)", c->component ? "component" : "arm");
    if (found == SIZE_MAX)
        return SIZE_MAX;
    bool given = c->component ? study->arm_of[person] >= 0 &&
                                    vg_study_arm_has(study, (size_t)study->arm_of[person], found)
                              : study->arm_of[person] == (int32_t)found;
    if (given)
        return c->component ? found : study->n_components;
    if (vg_study_listed(&c->not_given))
        vg_study_problem_in(reader, c->table->path, c->table->line[row],
                            c->component ? "the arm of %s has no %s"
                                         : "%s was not randomised to %s",
                            "correct the row, or the arm", study->participant[person], name);
    return SIZE_MAX;
}

/* The visit of the row; of a date the first visit on or after it: what was taken until then. */
static size_t visit_of(VgStudyReader *reader, AdherenceColumns *c, size_t row, size_t person)
{
    const VgStudy *study = reader->study;
    size_t visit = SIZE_MAX;
    if (c->visit) {
        visit = vg_study_visit_of_row(study, c->visit, row);
    } else if (!isnan(c->day[row])) {
        double day = c->day[row] - (c->dates ? reader->randomised_day[person] : 0);
        for (visit = 0; visit + 1 < study->n_visits && study->visit[visit].day < day; visit++)
            ;
    }
    if (visit == SIZE_MAX && vg_study_listed(&c->unknown_visit)) {
        const char *text = vg_study_value(reader, c->visit ? c->visit : c->date, row);
        vg_study_problem_in(reader, c->table->path, c->table->line[row], "`%s` is no visit",
                            "declare it under visits:", text ? text : "(missing)");
    }
    return visit;
}

static bool share_holds(VgStudyReader *reader, AdherenceColumns *c, size_t row, double share)
{
    if (share >= 0 && share <= 1)
        return true;
    if (!isnan(share) && vg_study_listed(&c->no_share))
        vg_study_problem_in(reader, c->table->path, c->table->line[row],
                            "%g is no share of a dose taken", "write 0.85 for 85 %%", share);
    return false;
}

static void read_rows(VgStudyReader *reader, AdherenceColumns *c)
{
    VgStudy *study = reader->study;
    size_t cells = study->n_participants * (study->n_components + 1) * study->n_visits;
    bool *seen = VG_STUDY_NEW(reader, bool, cells);
    study->adherence = VG_STUDY_NEW(reader, VgAdherence, c->table->n_rows + 1);
    for (size_t row = 0; seen && study->adherence && row < c->table->n_rows; row++) {
        const char *id;
        size_t person = vg_study_participant_of(reader, c->id, row, &id);
        if (person == SIZE_MAX) {
            if (vg_study_listed(&c->unknown_person))
                vg_study_problem_in(reader, c->table->path, c->table->line[row],
                                    "participant %s is not in %s",
                                    "add the participant there, or remove the row",
                                    id ? id : "(missing)", reader->participants_path);
            continue;
        }
        size_t component = component_of(reader, c, row, person);
        size_t visit = component == SIZE_MAX ? SIZE_MAX : visit_of(reader, c, row, person);
        if (visit == SIZE_MAX || !share_holds(reader, c, row, c->taken->number[row]))
            continue;
        size_t cell = (person * (study->n_components + 1) + component) * study->n_visits + visit;
        if (seen[cell] && c->visit && vg_study_listed(&c->twice))
            vg_study_problem_in(reader, c->table->path, c->table->line[row],
                                "%s has two shares of the same treatment at %s", "keep one",
                                study->participant[person], study->visit[visit].name);
        seen[cell] = true;
        study->adherence[study->n_adherence++] =
            (VgAdherence){person, component == study->n_components ? SIZE_MAX : component, visit,
                          c->taken->number[row]};
    }
}

void vg_study_read_adherence(VgStudyReader *reader, const VgYaml *node)
{
    static const char *const KEYS[] = {"table", "id",   "component", "arm",
                                       "visit", "date", "taken",     NULL};
    bool map = node->kind == VG_YAML_MAP;
    const VgYaml *path = map ? vg_yaml_get(node, "table") : node;
    const char *id = map ? vg_study_text(reader, node, "id") : NULL;
    if (map)
        vg_study_keys(reader, node, "adherence", KEYS, NULL);
    if (!path)
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "adherence has no `table`",
                         "name the table of what was taken");
    id = id ? id : reader->id;
    AdherenceColumns c = {.table = path && id ? vg_study_table(reader, path, id) : NULL};
    if (!c.table || !reader->participants_ok || !reader->visits_ok || !reader->arms_ok)
        return;
    if (!find_columns(reader, node, id, &c) || !find_days(reader, node, &c))
        return;
    read_rows(reader, &c);
    vg_study_and_more(reader, c.unknown_person, c.table->path, false,
                      "rows of unknown participants");
    vg_study_and_more(reader, c.unknown_component, c.table->path, false, "unknown treatments");
    vg_study_and_more(reader, c.not_given, c.table->path, false, "shares of what was not given");
    vg_study_and_more(reader, c.unknown_visit, c.table->path, false, "unknown visits");
    vg_study_and_more(reader, c.no_share, c.table->path, false, "values that are no shares");
    vg_study_and_more(reader, c.twice, c.table->path, false, "repeated shares");
}

/* ---- in sum ---- */

bool vg_study_adherence(VgArena *arena, const VgStudy *study, size_t component, size_t arm,
                        size_t visit, VgAdherenceSummary *summary)
{
    double *share = VG_NEW(arena, double, study->n_adherence + 1), sum = 0;
    size_t n = 0;
    for (size_t k = 0; share && k < study->n_adherence; k++) {
        const VgAdherence *row = &study->adherence[k];
        if (row->component == component && row->visit == visit &&
            (arm == SIZE_MAX || study->arm_of[row->participant] == (int32_t)arm))
            sum += share[n++] = row->taken;
    }
    if (!share || !n)
        return false;
    qsort(share, n, sizeof *share, vg_compare_numbers);
    size_t low = 0;
    while (low < n && share[low] < 0.8)
        low++;
    *summary = (VgAdherenceSummary){.n = n,
                                    .mean = sum / (double)n,
                                    .median = (share[(n - 1) / 2] + share[n / 2]) / 2,
                                    .least = share[0],
                                    .below = (double)low / (double)n};
    return true;
}
