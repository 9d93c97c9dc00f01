/* The section `moderators`: names of what was known before randomisation. */
#include "study/axis.h"

#include <stdint.h>
#include <string.h>

#include <vagus/moderator.h>
#include <vagus/panel_layer.h>

#include "study/known_before.h"

static const char SUFFIX[] = "_baseline";

/* NAME of NAME_baseline; NULL when it has no such end. */
static const char *before_suffix(VgStudyReader *reader, const char *name)
{
    size_t length = strlen(name), tail = sizeof SUFFIX - 1;
    if (length <= tail || strcmp(name + length - tail, SUFFIX) != 0)
        return NULL;
    return vg_study_printf(reader, "%.*s", (int)(length - tail), name);
}

/* A name, or {name: …, label: …, unit: …}. */
static VgModerator read_one(VgStudyReader *reader, const VgYaml *item)
{
    static const char *const KEYS[] = {"name", "label", "unit", NULL};
    if (item->kind != VG_YAML_MAP)
        return (VgModerator){.name = vg_study_scalar(reader, item, "moderators")};
    vg_study_keys(reader, item, "a moderator", KEYS, NULL);
    return (VgModerator){.name = vg_study_need_text(reader, item, "name", "a moderator",
                                                    "name a column, or NAME_baseline of what is "
                                                    "measured"),
                         .label = vg_study_text(reader, item, "label"),
                         .unit = vg_study_text(reader, item, "unit")};
}

void vg_study_read_moderators(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    const VgYaml *list = vg_yaml_get(reader->root, "moderators");
    size_t n = !list ? 0 : list->kind == VG_YAML_LIST ? list->n : 1;
    if (list && list->kind == VG_YAML_MAP) {
        vg_study_problem(reader, VG_INVALID_INPUT, list->line, "`moderators` is not a list",
                         "write [one, two, …]");
        return;
    }
    study->moderator = n ? VG_STUDY_NEW(reader, VgModerator, n) : NULL;
    study->moderators_line = vg_yaml_key_line(reader->root, "moderators");
    for (size_t i = 0; study->moderator && i < n; i++) {
        const VgYaml *item = list->kind == VG_YAML_LIST ? list->item[i] : list;
        VgModerator one = read_one(reader, item);
        bool twice = false;
        for (size_t k = 0; one.name && k < study->n_moderators; k++)
            twice = twice || strcmp(study->moderator[k].name, one.name) == 0;
        if (twice)
            vg_study_problem(reader, VG_INVALID_INPUT, item->line,
                             "the moderator `%s` is listed twice", "list it once", one.name);
        else if (one.name)
            study->moderator[study->n_moderators++] = one;
    }
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

/* NAME_VISIT or "NAME at VISIT" of what is measured: refused, with the reason. False when it is none. */
static bool names_a_visit(VgStudyReader *reader, const char *name, size_t line)
{
    static const char *const JOIN[] = {"_", " at "};
    const VgStudy *study = reader->study;
    size_t length = strlen(name);
    for (size_t v = 0; v < study->n_visits; v++)
        for (size_t k = 0; k < sizeof JOIN / sizeof *JOIN; k++) {
            const char *tail = vg_study_printf(reader, "%s%s", JOIN[k], study->visit[v].name);
            size_t end = strlen(tail);
            VgAxisPlace then = {
                .outcome = VG_AXIS_NONE, .layer = VG_AXIS_NONE, .feature = VG_AXIS_NONE};
            if (!end || length <= end || strcmp(name + length - end, tail) != 0)
                continue;
            const char *bare = vg_study_printf(reader, "%.*s", (int)(length - end), name);
            if (!vg_study_place_measured(reader, bare, line, &then))
                continue;
            vg_study_problem(reader, VG_INVALID_INPUT, line,
                             study->visit[v].day > 0
                                 ? "the moderator `%s` is measured after randomisation, at %s"
                                 : "the moderator `%s` names the visit %s",
                             vg_study_printf(reader, "write %s%s", bare, SUFFIX), name,
                             study->visit[v].name);
            return true;
        }
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
        const char *why = vg_study_known_afterwards(reader->arena, study, name);
        if (why)
            vg_study_problem(reader, VG_INVALID_INPUT, line,
                             "the moderator `%s` is not known before randomisation: it %s",
                             "name what was: age, severity, a value at baseline", name, why);
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
    } else if (!names_a_visit(reader, name, line)) {
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
