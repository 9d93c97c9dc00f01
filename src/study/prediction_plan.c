/* plan: prediction: an outcome, its events, layers, models. Read with the plan; what it names of the panel is looked for once layers
 * are complete (vg_study_resolve_prediction). */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <vagus/panel_layer.h>
#include <vagus/prediction_plan.h>

#include "study/axis.h"
#include "study/plan_fields.h"

enum { FOLDS = 10, LEAST_FOLDS = 3, MOST_FOLDS = 50, MOST_REPEATS = 1000 };
static const double THRESHOLD[2] = {0.1, 0.6}, LEVEL = 0.95;

/* A list of two words, each at most once; `first` gets the place of the first named. False without the key. */
static bool read_words(VgStudyReader *reader, const VgYaml *node, const char *key,
                       const char *const word[2], bool named[2], size_t *first)
{
    size_t n;
    const char **text = vg_study_texts(reader, node, key, &n);
    *first = SIZE_MAX;
    for (size_t k = 0; text && k < n; k++) {
        size_t w = strcmp(text[k], word[0]) == 0 ? 0 : strcmp(text[k], word[1]) == 0 ? 1 : 2;
        if (w == 2)
            vg_study_problem(
                reader, VG_INVALID_INPUT, vg_yaml_key_line(node, key), "`%s: %s` is not known",
                vg_study_did_you_mean(
                    reader, text[k], word, 2,
                    vg_study_printf(reader, "write %s, %s or both in a list", word[0], word[1])),
                key, text[k]);
        else if (named[w])
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, key),
                             "`%s` names %s twice", "name it once", key, word[w]);
        else
            named[w] = true;
        if (*first == SIZE_MAX && w < 2)
            *first = w;
    }
    return text != NULL;
}

static void read_events(VgStudyReader *reader, const VgYaml *node, VgDeclaredPrediction *plan)
{
    static const char *const EVENT[] = {"response", "remission"};
    bool named[2] = {false, false};
    size_t first;
    plan->events_line =
        vg_yaml_get(node, "events") ? vg_yaml_key_line(node, "events") : plan->outcome_line;
    read_words(reader, node, "events", EVENT, named, &first);
    plan->response = named[0];
    plan->remission = named[1];
}

static void read_models(VgStudyReader *reader, const VgYaml *node, VgDeclaredPrediction *plan)
{
    static const char *const MODEL[] = {"elastic_net", "forest"};
    bool named[2] = {false, false};
    size_t first;
    bool given = read_words(reader, node, "models", MODEL, named, &first);
    plan->elastic_net = named[0] || !given;
    plan->forest = named[1] || !given;
    plan->forest_first = first == 1;
}

static void read_thresholds(VgStudyReader *reader, const VgYaml *node, VgDeclaredPrediction *plan)
{
    double *t = plan->threshold;
    if (!vg_study_pair(reader, node, "thresholds", t)) {
        memcpy(t, THRESHOLD, sizeof THRESHOLD);
        return;
    }
    if (t[0] > 0 && t[0] < t[1] && t[1] < 1)
        return;
    vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "thresholds"),
                     "`thresholds: [%g, %g]` are not two probabilities between 0 and 1",
                     "write thresholds: [0.1, 0.6]: from which probability on one would act", t[0],
                     t[1]);
}

static void read_options(VgStudyReader *reader, const VgYaml *node, VgDeclaredPrediction *plan)
{
    VgLayerList layers = vg_study_layer_list(reader, node, "layers", true);
    plan->all_layers = layers.all;
    plan->layer_name = layers.name;
    plan->n_layer_names = layers.n;
    plan->layers_line = layers.line;
    read_models(reader, node, plan);
    plan->folds = (size_t)vg_study_whole(reader, node, "folds", LEAST_FOLDS, MOST_FOLDS, FOLDS);
    plan->repeats = (size_t)vg_study_whole(reader, node, "repeats", 1, MOST_REPEATS, FOLDS);
    read_thresholds(reader, node, plan);
    plan->level = vg_study_number(reader, node, "level");
    if (isnan(plan->level))
        plan->level = LEVEL;
    else if (!(plan->level > 0 && plan->level < 1))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "level"),
                         "`level: %g` is not between 0 and 1",
                         "write 0.9: nine of ten people's outcomes lie in their intervals",
                         plan->level);
    plan->seed = (uint64_t)vg_study_whole(reader, node, "seed", 1, 1e9, 1);
}

static void read_prediction(VgStudyReader *reader, VgMap *ids, const VgYaml *node)
{
    static const char *const KEYS[] = {"outcome", "events",  "layers",     "models",
                                       "folds",   "repeats", "thresholds", "level",
                                       "seed",    "id",      "label",      NULL};
    VgDeclaredPrediction *plan = &reader->study->prediction_plan[reader->study->n_prediction_plans];
    if (!vg_study_is_map(reader, node, "prediction"))
        return;
    vg_study_keys(reader, node, "prediction", KEYS, NULL);
    VgOutcomeAt at = vg_study_outcome_at(reader, node, "prediction");
    plan->outcome = at.name;
    plan->outcome_visit = at.visit;
    plan->outcome_line = at.line;
    plan->line = node->line;
    if (at.visit != SIZE_MAX && reader->study->visit[at.visit].day <= 0)
        vg_study_problem(reader, VG_INVALID_INPUT, at.line,
                         "the outcome at %s: it is known, not predicted",
                         "name a visit after baseline", reader->study->visit[at.visit].name);
    plan->id = vg_study_choose_id(reader, ids, node, "prediction");
    plan->label = vg_study_text(reader, node, "label");
    read_events(reader, node, plan);
    read_options(reader, node, plan);
    if (!plan->label)
        plan->label =
            vg_study_printf(reader, "Prediction: %s", plan->outcome ? plan->outcome : "?");
    reader->study->n_prediction_plans++;
}

void vg_study_read_prediction(VgStudyReader *reader, VgMap *ids, const VgYaml *node)
{
    size_t n = node->kind == VG_YAML_LIST ? node->n : 1;
    reader->study->prediction_plan = VG_STUDY_NEW(reader, VgDeclaredPrediction, n + 1);
    for (size_t i = 0; reader->study->prediction_plan && i < n; i++)
        read_prediction(reader, ids, node->kind == VG_YAML_LIST ? node->item[i] : node);
}

/* ---- once the layers are complete ---- */

/* Without `events`: those that the scale defines. */
static void resolve_events(VgStudyReader *reader, VgDeclaredPrediction *plan)
{
    const VgOutcome *outcome = &reader->study->outcome[plan->place.outcome];
    bool response = !isnan(outcome->scale->response_fraction) && outcome->baseline;
    bool remission = !isnan(outcome->scale->remission_cutoff),
         any = plan->response || plan->remission;
    if (plan->response && !response)
        vg_study_problem(
            reader, VG_INVALID_INPUT, plan->events_line,
            outcome->baseline ? "%s has no definition of response"
                              : "response of %s is a change from baseline, and it has none",
            outcome->baseline ? "give the outcome response: {fraction: 0.5, source: citation}"
                              : "declare the outcome's baseline, or predict remission",
            outcome->name);
    if (plan->remission && !remission)
        vg_study_problem(
            reader, VG_INVALID_INPUT, plan->events_line, "%s has no definition of remission",
            "give the outcome remission: {cutoff: 7, source: citation}", outcome->name);
    if (!any && !response && !remission)
        vg_study_problem(reader, VG_INVALID_INPUT, plan->outcome_line,
                         "%s has no definition of response or remission",
                         "give the outcome response: {fraction: 0.5, source: citation}",
                         outcome->name);
    plan->response = any ? plan->response : response;
    plan->remission = any ? plan->remission : remission;
}

static void resolve(VgStudyReader *reader, VgDeclaredPrediction *plan)
{
    const VgOutcomeAt at = {plan->outcome, plan->outcome_visit, plan->outcome_line};
    const VgLayerList layers = {plan->all_layers, plan->layer_name, plan->n_layer_names,
                                plan->layers_line};
    plan->layer = vg_study_place_layers(reader, &layers, &plan->n_layers);
    if (!vg_study_place_outcome(reader, &at, &plan->place))
        return;
    if (plan->place.source == VG_AXIS_BY_OUTCOME)
        resolve_events(reader, plan);
    else
        vg_study_problem(reader, VG_INVALID_INPUT, plan->outcome_line,
                         "%s is of the panel: response and remission are of outcomes",
                         "name an outcome of the study", plan->outcome);
}

void vg_study_resolve_prediction(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    for (size_t k = 0; k < study->n_prediction_plans && reader->failed == VG_OK; k++)
        resolve(reader, &study->prediction_plan[k]);
}
