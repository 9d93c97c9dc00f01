/* The section `moderators`: names of what was known before randomisation. */
#include "study/axis.h"

#include <stdint.h>
#include <string.h>

#include <vagus/moderator.h>
#include <vagus/panel_layer.h>

static const char SUFFIX[] = "_baseline";

/* NAME of NAME_baseline; NULL when it has no such end. */
static const char *before_suffix(VgStudyReader *reader, const char *name)
{
    size_t length = strlen(name), tail = sizeof SUFFIX - 1;
    if (length <= tail || strcmp(name + length - tail, SUFFIX) != 0)
        return NULL;
    return vg_study_printf(reader, "%.*s", (int)(length - tail), name);
}

void vg_study_read_moderators(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    size_t n, line = vg_yaml_key_line(reader->root, "moderators");
    const char **name = vg_study_texts(reader, reader->root, "moderators", &n);
    study->moderator = name ? VG_STUDY_NEW(reader, VgModerator, n + 1) : NULL;
    study->moderators_line = line;
    for (size_t i = 0; study->moderator && i < n; i++) {
        bool twice = false;
        for (size_t k = 0; k < study->n_moderators; k++)
            twice = twice || strcmp(study->moderator[k].name, name[i]) == 0;
        if (twice)
            vg_study_problem(reader, VG_INVALID_INPUT, line, "the moderator `%s` is listed twice",
                             "list it once", name[i]);
        else
            study->moderator[study->n_moderators++].name = name[i];
    }
}

/* What randomisation made, or came after it. */
static bool known_afterwards(const VgStudy *study, const char *name)
{
    const VgColumn *column = vg_table_column(study->participants, name);
    if (study->withdrawal_reason_column && strcmp(name, study->withdrawal_reason_column) == 0)
        return true;
    if (study->arm_column && strcmp(name, study->arm_column) == 0)
        return true;
    return column && column->number && column->number == study->exposure_days;
}

static bool at_baseline(const VgStudy *study, const VgAxisPlace *place)
{
    if (place->source == VG_AXIS_BY_OUTCOME)
        return study->outcome[place->outcome].baseline != NULL;
    for (size_t v = 0; v < study->n_visits; v++)
        if (study->visit[v].day <= 0 && place->at[v])
            return true;
    return false;
}

static void place(VgStudyReader *reader, VgModerator *moderator)
{
    const VgStudy *study = reader->study;
    const char *name = moderator->name, *bare = before_suffix(reader, name);
    size_t line = study->moderators_line, errors = reader->problems->n_errors;
    moderator->place =
        (VgAxisPlace){.outcome = VG_AXIS_NONE, .layer = VG_AXIS_NONE, .feature = VG_AXIS_NONE};
    VgAxisPlace now = moderator->place;
    if (vg_table_column(study->participants, name)) {
        moderator->place.source = VG_AXIS_BY_COLUMN;
        moderator->place.column = vg_table_column(study->participants, name)->name;
        if (known_afterwards(study, name))
            vg_study_problem(reader, VG_INVALID_INPUT, line,
                             "the moderator `%s` is not known before randomisation",
                             "name what was: age, severity, a value at baseline", name);
    } else if (bare && vg_study_place_measured(reader, bare, line, &moderator->place)) {
        moderator->place.baseline_only = true;
        if (reader->problems->n_errors == errors && !at_baseline(study, &moderator->place))
            vg_study_problem(reader, VG_INVALID_INPUT, line,
                             "the moderator `%s`: %s is not measured before randomisation",
                             "name something that is", name, bare);
    } else if (vg_study_place_measured(reader, name, line, &now)) {
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "the moderator `%s` changes over visits: it must be known at baseline",
                         vg_study_printf(reader, "write %s%s for its value then", name, SUFFIX),
                         name);
    } else {
        vg_study_problem(reader, VG_INVALID_INPUT, line,
                         "the moderator `%s` is no column of the participants and nothing that is "
                         "measured",
                         vg_study_nearest_measured(reader, name,
                                                   "name a column, or NAME_baseline of what is "
                                                   "measured"),
                         name);
    }
}

void vg_study_place_moderators(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    for (size_t k = 0; k < study->n_moderators && reader->failed == VG_OK; k++)
        place(reader, &study->moderator[k]);
}
