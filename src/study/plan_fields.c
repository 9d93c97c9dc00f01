#include "study/plan_fields.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <vagus/panel_layer.h>

#include "study/axis.h"

/* ---- outcome at VISIT ---- */

VgOutcomeAt vg_study_outcome_at(VgStudyReader *reader, const VgYaml *node, const char *what)
{
    static const char AT[] = " at ", HINT[] = "write outcome: hamd17 at w8, or, of a layer of the "
                                              "panel, outcome: LAYER FEATURE at w8";
    VgOutcomeAt outcome = {.visit = SIZE_MAX, .line = vg_yaml_key_line(node, "outcome")};
    const char *text = vg_study_need_text(reader, node, "outcome", what, HINT);
    const char *at = NULL;
    for (const char *next = text ? strstr(text, AT) : NULL; next; next = strstr(next + 1, AT))
        at = next;
    if (text && (!at || at == text || !at[sizeof AT - 1]))
        vg_study_problem(reader, VG_INVALID_INPUT, outcome.line,
                         "`outcome: %s` does not say at which visit", HINT, text);
    else if (text) {
        outcome.name = vg_study_printf(reader, "%.*s", (int)(at - text), text);
        outcome.visit = vg_study_need_visit(reader, at + sizeof AT - 1, outcome.line);
    }
    return outcome;
}

bool vg_study_place_outcome(VgStudyReader *reader, const VgOutcomeAt *at, VgAxisPlace *place)
{
    const VgStudy *study = reader->study;
    const char *name = at->name, *blank = strchr(name, ' ');
    size_t errors = reader->problems->n_errors;
    bool found = vg_study_place_measured(reader, name, at->line, place);
    if (!found && blank)
        found = vg_study_place_measured(reader,
                                        vg_study_printf(reader, "%.*s:%s", (int)(blank - name),
                                                        name, blank + strspn(blank, " ")),
                                        at->line, place);
    if (!found)
        vg_study_problem(
            reader, VG_INVALID_INPUT, at->line,
            "the outcome `%s` is no outcome of the study and nothing that the panel "
            "measures",
            vg_study_nearest_measured(reader, name, "name an outcome, or LAYER FEATURE"), name);
    if (!found || reader->problems->n_errors > errors)
        return false;
    if (place->at && place->at[at->visit])
        return true;
    vg_study_problem(reader, VG_INVALID_INPUT, at->line, "%s is not measured at %s",
                     "name a visit at which it is", name, study->visit[at->visit].name);
    return false;
}

/* ---- whole numbers ---- */

double vg_study_whole(VgStudyReader *reader, const VgYaml *node, const char *key, double least,
                      double most, double otherwise)
{
    double number = vg_study_number(reader, node, key);
    if (isnan(number))
        return otherwise;
    if (number >= least && number <= most && floor(number) == number)
        return number;
    vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, key),
                     "`%s: %g` is not a whole number from %g to %g", "correct it", key, number,
                     least, most);
    return otherwise;
}

/* ---- layers ---- */

VgLayerList vg_study_layer_list(VgStudyReader *reader, const VgYaml *node, const char *key,
                                bool all)
{
    VgLayerList list = {.all = all, .line = vg_yaml_key_line(node, key)};
    if (!vg_yaml_get(node, key))
        return list;
    list.name = vg_study_texts(reader, node, key, &list.n);
    list.all = list.n == 1 && strcmp(list.name[0], "all") == 0;
    if (list.all || (list.n == 1 && strcmp(list.name[0], "none") == 0))
        list.n = 0;
    return list;
}

static bool has_baseline(const VgStudy *study, const VgLayer *layer)
{
    for (size_t s = 0; s < layer->n_samples; s++)
        if (study->visit[layer->visit[s]].day <= 0)
            return true;
    return false;
}

static void unknown_layer(VgStudyReader *reader, const VgLayerList *list, const char *name)
{
    const VgStudy *study = reader->study;
    const char **known = VG_STUDY_NEW(reader, const char *, study->n_layers + 1);
    for (size_t k = 0; known && k < study->n_layers; k++)
        known[k] = study->layer[k].name;
    vg_study_problem(
        reader, VG_INVALID_INPUT, list->line, "there is no layer `%s`",
        vg_study_did_you_mean(reader, name, known, study->n_layers, "declare it under panel:"),
        name);
}

size_t *vg_study_place_layers(VgStudyReader *reader, const VgLayerList *list, size_t *n)
{
    const VgStudy *study = reader->study;
    size_t *layer = VG_STUDY_NEW(reader, size_t, study->n_layers + 1);
    bool *taken = VG_STUDY_NEW(reader, bool, study->n_layers + 1);
    *n = 0;
    for (size_t k = 0; layer && list->all && k < study->n_layers; k++)
        if (has_baseline(study, &study->layer[k]))
            layer[(*n)++] = k;
    for (size_t i = 0; layer && taken && i < list->n; i++) {
        size_t k = 0;
        while (k < study->n_layers && strcmp(study->layer[k].name, list->name[i]) != 0)
            k++;
        if (k == study->n_layers) {
            unknown_layer(reader, list, list->name[i]);
        } else if (taken[k]) {
            vg_study_problem(reader, VG_INVALID_INPUT, list->line,
                             "the layer `%s` stands there twice", "name it once", list->name[i]);
        } else if (!has_baseline(study, &study->layer[k])) {
            vg_study_problem(reader, VG_INVALID_INPUT, list->line,
                             "the layer `%s` has no sample at baseline",
                             "name layers that were measured before treatment", list->name[i]);
        } else {
            taken[k] = true;
            layer[(*n)++] = k;
        }
    }
    return layer;
}
