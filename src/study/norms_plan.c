/* plan: norms: where each participant stands among comparable people. */
#include "study/plan.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <vagus/panel_layer.h>

static const char NO_REFERENCE[] = "declare reference: {table: …, people: …} of the layer";

/* SIZE_MAX and told when there is no such layer with a reference. */
static size_t find_layer(VgStudyReader *reader, const char *name, size_t line)
{
    const VgStudy *study = reader->study;
    const char **known = VG_STUDY_NEW(reader, const char *, study->n_layers + 1);
    if (!known)
        return SIZE_MAX;
    for (size_t k = 0; k < study->n_layers; k++) {
        const VgLayer *layer = &study->layer[k];
        known[k] = layer->name;
        if (strcmp(known[k], name) != 0)
            continue;
        if (layer->reference)
            return k;
        vg_study_problem(reader, VG_INVALID_INPUT, line, "the layer `%s` has no reference",
                         layer->parent
                             ? "its parent needs one from which it can be computed in the same way"
                             : NO_REFERENCE,
                         name);
        return SIZE_MAX;
    }
    vg_study_problem(reader, VG_INVALID_INPUT, line, "there is no layer `%s`",
                     vg_study_did_you_mean(reader, name, known, study->n_layers,
                                           "declare it under panel:, or what it is computed from"),
                     name);
    return SIZE_MAX;
}

static bool is_declared(const VgStudy *study, const char *name)
{
    for (size_t k = 0; k < study->n_layers; k++)
        if (strcmp(study->layer[k].name, name) == 0)
            return true;
    return false;
}

/* Whether the name is to be looked for once layers are computed. */
static bool is_pending(const VgStudy *study, const char *name)
{
    return !is_declared(study, name) && vg_study_may_be_derived(study, name);
}

static bool is_planned(const VgNormsPlan *plan, size_t k)
{
    for (size_t j = 0; j < plan->n_layers; j++)
        if (plan->layer[j] == k)
            return true;
    return false;
}

static void add_layer(VgStudyReader *reader, VgNormsPlan *plan, const char *name)
{
    size_t k = find_layer(reader, name, plan->layers_line);
    if (k != SIZE_MAX && is_planned(plan, k))
        vg_study_problem(reader, VG_INVALID_INPUT, plan->layers_line,
                         "the layer `%s` stands there twice", "name it once", name);
    else if (k != SIZE_MAX)
        plan->layer[plan->n_layers++] = k;
}

static void read_layers(VgStudyReader *reader, const VgYaml *node, VgNormsPlan *plan)
{
    const VgStudy *study = reader->study;
    size_t n;
    const char **name = vg_study_texts(reader, node, "layers", &n);
    plan->layers_line = vg_yaml_key_line(node, "layers");
    plan->layer = VG_STUDY_NEW(reader, size_t, study->n_layers + n + 1);
    plan->pending = VG_STUDY_NEW(reader, const char *, n + 1);
    plan->all_layers = !name;
    if (!plan->layer || !plan->pending)
        return;
    if (!name)
        for (size_t k = 0; k < study->n_layers; k++)
            if (study->layer[k].reference)
                plan->layer[plan->n_layers++] = k;
    for (size_t i = 0; name && i < n; i++)
        if (is_pending(study, name[i]))
            plan->pending[plan->n_pending++] = name[i];
        else
            add_layer(reader, plan, name[i]);
    if (!name && !plan->n_layers)
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "no layer has a reference",
                         "declare reference: {table: …, people: …} of a layer");
}

/* taxa, function: layers of abundances that the plan holds. */
static size_t find_side(VgStudyReader *reader, const VgNormsPlan *plan, const char *key,
                        const char *name, size_t line)
{
    size_t k = find_layer(reader, name, line);
    if (k == SIZE_MAX)
        return k;
    bool planned = is_planned(plan, k);
    if (!planned || !vg_layer_is_abundance(reader->study->layer[k].kind))
        vg_study_problem(
            reader, VG_INVALID_INPUT, line,
            planned ? "`%s: %s` is no layer of abundances" : "`%s: %s` is not among `layers`",
            "name a layer of the norms that holds counts, shares or amounts", key, name);
    return k;
}

static void read_sides(VgStudyReader *reader, const VgYaml *node, VgNormsPlan *plan)
{
    const VgStudy *study = reader->study;
    plan->taxa_name = vg_study_text(reader, node, "taxa");
    plan->function_name = vg_study_text(reader, node, "function");
    plan->taxa_line = vg_yaml_key_line(node, "taxa");
    plan->function_line = vg_yaml_key_line(node, "function");
    plan->taxa = plan->function = SIZE_MAX;
    if (plan->taxa_name && !is_pending(study, plan->taxa_name))
        plan->taxa = find_side(reader, plan, "taxa", plan->taxa_name, plan->taxa_line);
    if (plan->function_name && !is_pending(study, plan->function_name))
        plan->function =
            find_side(reader, plan, "function", plan->function_name, plan->function_line);
    if (!vg_yaml_get(node, "taxa") != !vg_yaml_get(node, "function"))
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "norms name one of `taxa` and `function`",
                         "name both: they are told side by side, or neither");
}

static void need_covariate(VgStudyReader *reader, const VgTable *people, const char *name,
                           size_t line)
{
    if (people != reader->study->participants)
        vg_study_column(reader, people, name, line);
}

/* Covariates stand in the table of participants and in that of every reference. */
static void read_covariates(VgStudyReader *reader, const VgYaml *node, VgNormsPlan *plan)
{
    const VgStudy *study = reader->study;
    plan->covariate = vg_study_texts(reader, node, "covariates", &plan->n_covariates);
    size_t line = plan->covariates_line = vg_yaml_key_line(node, "covariates");
    for (size_t c = 0; c < plan->n_covariates; c++) {
        if (!vg_study_participant_column(reader, plan->covariate[c], line))
            continue;
        const VgTable *seen = NULL;
        for (size_t k = 0; k < plan->n_layers; k++) {
            const VgTable *people = study->layer[plan->layer[k]].reference->people;
            if (people && people != seen)
                need_covariate(reader, people, plan->covariate[c], line);
            seen = people;
        }
    }
    plan->smooth = vg_study_text(reader, node, "smooth");
    bool found = !plan->smooth;
    for (size_t c = 0; c < plan->n_covariates; c++)
        found |= plan->smooth && strcmp(plan->covariate[c], plan->smooth) == 0;
    if (!found)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "smooth"),
                         "`smooth: %s` is not among `covariates`", "name it there too",
                         plan->smooth);
}

static void read_window(VgStudyReader *reader, const VgYaml *node, VgNormsPlan *plan)
{
    const VgYaml *window = vg_yaml_get(node, "window");
    plan->window = VG_STUDY_NEW(reader, double, plan->n_covariates + 1);
    for (size_t c = 0; plan->window && c < plan->n_covariates; c++)
        plan->window[c] = NAN;
    if (!window || !plan->window || !vg_study_is_map(reader, window, "window"))
        return;
    for (size_t i = 0; i < window->n; i++) {
        size_t c = 0;
        while (c < plan->n_covariates && strcmp(plan->covariate[c], window->key[i]) != 0)
            c++;
        double width = vg_study_number(reader, window, window->key[i]);
        if (c == plan->n_covariates)
            vg_study_problem(reader, VG_INVALID_INPUT, window->key_line[i],
                             "the window names `%s`, which is no covariate of the norms",
                             vg_study_did_you_mean(reader, window->key[i], plan->covariate,
                                                   plan->n_covariates, "name it among covariates"),
                             window->key[i]);
        else if (width > 0)
            plan->window[c] = width;
        else if (!isnan(width))
            vg_study_problem(reader, VG_INVALID_INPUT, window->key_line[i],
                             "the window of `%s` is not above 0",
                             "write how far comparable people may be: {age: 10}", window->key[i]);
    }
}

static void read_visits(VgStudyReader *reader, const VgYaml *node, VgNormsPlan *plan)
{
    const VgStudy *study = reader->study;
    size_t n;
    const char **name = vg_study_texts(reader, node, "at", &n);
    plan->at = VG_STUDY_NEW(reader, bool, study->n_visits + 1);
    for (size_t v = 0; plan->at && v < study->n_visits; v++)
        plan->at[v] = name == NULL;
    for (size_t i = 0; plan->at && name && i < n; i++) {
        size_t v = vg_study_need_visit(reader, name[i], vg_yaml_key_line(node, "at"));
        if (v != SIZE_MAX)
            plan->at[v] = true;
    }
}

static uint64_t read_count(VgStudyReader *reader, const VgYaml *node, const char *key, double least,
                           uint64_t otherwise)
{
    double number = vg_study_number(reader, node, key);
    if (isnan(number))
        return otherwise;
    if (number >= least && number <= 1e6 && floor(number) == number)
        return (uint64_t)number;
    vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, key),
                     "`%s: %g` is not a whole number from %g to 1e6", "correct it", key, number,
                     least);
    return otherwise;
}

void vg_study_read_norms_plan(VgStudyReader *reader, const VgYaml *node)
{
    static const char *const KEYS[] = {"layers", "covariates", "smooth", "window",
                                       "taxa",   "function",   "at",     "method",
                                       "seed",   "resamples",  NULL};
    static const char *const METHODS[] = {"bccg", "quantile", NULL};
    if (!vg_study_is_map(reader, node, "norms"))
        return;
    vg_study_keys(reader, node, "norms", KEYS, NULL);
    if (!vg_yaml_get(reader->root, "panel")) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "norms without a panel",
                         "declare panel:");
        return;
    }
    VgNormsPlan *plan = VG_STUDY_NEW(reader, VgNormsPlan, 1);
    if (!plan)
        return;
    plan->line = node->line;
    read_layers(reader, node, plan);
    read_sides(reader, node, plan);
    read_covariates(reader, node, plan);
    read_window(reader, node, plan);
    read_visits(reader, node, plan);
    plan->quantile = vg_study_choice(reader, node, "method", METHODS, 0) == 1;
    plan->resamples = (size_t)read_count(reader, node, "resamples", 20, 200);
    plan->seed = read_count(reader, node, "seed", 1, 1);
    reader->study->norms_plan = plan;
}

void vg_study_resolve_norms(VgStudyReader *reader, size_t declared)
{
    const VgStudy *study = reader->study;
    VgNormsPlan *plan = study->norms_plan;
    if (!plan)
        return;
    size_t before = plan->n_layers;
    size_t *layer = VG_STUDY_NEW(reader, size_t, before + plan->n_pending + study->n_layers);
    if (!layer)
        return;
    memcpy(layer, plan->layer, before * sizeof *layer);
    plan->layer = layer;
    for (size_t k = declared; plan->all_layers && k < study->n_layers; k++)
        if (study->layer[k].reference)
            plan->layer[plan->n_layers++] = k;
    for (size_t k = 0; k < plan->n_pending; k++)
        add_layer(reader, plan, plan->pending[k]);
    plan->n_pending = 0;
    if (plan->taxa_name && plan->taxa == SIZE_MAX)
        plan->taxa = find_side(reader, plan, "taxa", plan->taxa_name, plan->taxa_line);
    if (plan->function_name && plan->function == SIZE_MAX)
        plan->function =
            find_side(reader, plan, "function", plan->function_name, plan->function_line);
    for (size_t j = before; j < plan->n_layers; j++) /* a parent need not be planned */
        for (size_t c = 0; c < plan->n_covariates; c++)
            need_covariate(reader, study->layer[plan->layer[j]].reference->people,
                           plan->covariate[c], plan->covariates_line);
}
