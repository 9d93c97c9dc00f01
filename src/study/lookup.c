/* Visits, arms and outcomes by name, with the nearest name for those who mistype. */
#include "study/reader.h"

#include <stdint.h>
#include <string.h>

#include <vagus/mechanism_plan.h>
#include <vagus/strata_plan.h>
#include <vagus/panel_layer.h>

size_t vg_study_find_visit(const VgStudy *study, const char *name)
{
    for (size_t i = 0; i < study->n_visits; i++)
        if (strcmp(study->visit[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

size_t vg_study_visit_of_row(const VgStudy *study, const VgColumn *column, size_t row)
{
    for (size_t v = 0; v < study->n_visits; v++)
        for (size_t k = 0; k < study->visit[v].n_codes; k++)
            if (vg_study_is_code(column, row, study->visit[v].code[k]))
                return v;
    return SIZE_MAX;
}

size_t vg_study_treatment_arm(const VgStudy *study)
{
    if (study->n_analyses)
        return study->analysis[0].arm;
    if (study->panel_plan)
        return study->panel_plan->arm;
    if (study->n_mechanisms)
        return study->mechanism[0].arm;
    return study->n_strata_plans ? study->strata_plan[0].arm : SIZE_MAX;
}

size_t vg_study_reference_arm(const VgStudy *study)
{
    if (study->n_analyses)
        return study->analysis[0].reference;
    if (study->panel_plan)
        return study->panel_plan->reference;
    if (study->n_mechanisms)
        return study->mechanism[0].reference;
    return study->n_strata_plans ? study->strata_plan[0].reference : SIZE_MAX;
}

static size_t find_arm(const VgStudy *study, const char *name)
{
    for (size_t i = 0; i < study->n_arms; i++)
        if (strcmp(study->arm[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

static size_t find_outcome(const VgStudy *study, const char *name)
{
    for (size_t i = 0; i < study->n_outcomes; i++)
        if (strcmp(study->outcome[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

static void unknown(VgStudyReader *reader, const char *what, const char *name, size_t line,
                    const char *const *names, size_t n)
{
    const char *hint = vg_study_did_you_mean(
        reader, name, names, n, vg_study_printf(reader, "declare it under %ss:", what));
    vg_study_problem(reader, VG_INVALID_INPUT, line, "there is no %s `%s`", hint, what, name);
}

size_t vg_study_need_visit(VgStudyReader *reader, const char *name, size_t line)
{
    const VgStudy *study = reader->study;
    size_t found = vg_study_find_visit(study, name);
    if (found != SIZE_MAX || !reader->visits_ok)
        return found;
    const char **names = VG_STUDY_NEW(reader, const char *, study->n_visits);
    for (size_t i = 0; names && i < study->n_visits; i++)
        names[i] = study->visit[i].name;
    if (names)
        unknown(reader, "visit", name, line, names, study->n_visits);
    return SIZE_MAX;
}

size_t vg_study_need_arm(VgStudyReader *reader, const char *name, size_t line)
{
    const VgStudy *study = reader->study;
    size_t found = find_arm(study, name);
    if (found != SIZE_MAX || !reader->arms_ok)
        return found;
    const char **names = VG_STUDY_NEW(reader, const char *, study->n_arms);
    for (size_t i = 0; names && i < study->n_arms; i++)
        names[i] = study->arm[i].name;
    if (names)
        unknown(reader, "arm", name, line, names, study->n_arms);
    return SIZE_MAX;
}

size_t vg_study_need_outcome(VgStudyReader *reader, const char *name, size_t line)
{
    const VgStudy *study = reader->study;
    size_t found = find_outcome(study, name);
    if (found != SIZE_MAX || !reader->outcomes_ok)
        return found;
    const char **names = VG_STUDY_NEW(reader, const char *, study->n_outcomes);
    for (size_t i = 0; names && i < study->n_outcomes; i++)
        names[i] = study->outcome[i].name;
    if (names)
        unknown(reader, "outcome", name, line, names, study->n_outcomes);
    return SIZE_MAX;
}

const VgColumn *vg_study_participant_column(VgStudyReader *reader, const char *name, size_t line)
{
    const VgTable *source = reader->participants_source;
    if (!source || !reader->participants_ok)
        return NULL;
    const VgColumn *column = vg_study_column(reader, source, name, line);
    if (!column)
        return NULL;
    if (reader->varies[column - source->column]) {
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "the column `%s` of %s has different values within a participant",
                         "use a column that is constant within each participant", name,
                         source->path);
        return NULL;
    }
    return vg_table_column(reader->study->participants, name);
}
