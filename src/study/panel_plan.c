/* plan: response_of_panel: which layers are compared between arms, and how. */
#include "study/plan.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <vagus/panel_layer.h>

static const char *const DISTANCES[] = {
    "bray",     "jaccard",  "aitchison", "robust-aitchison", "jensen-shannon", "unifrac",
    "wunifrac", "gunifrac", NULL};

const char *vg_panel_distance_name(VgPanelDistance distance)
{
    return (size_t)distance < sizeof DISTANCES / sizeof *DISTANCES ? DISTANCES[distance] : NULL;
}

static const char *const ORDINATIONS[] = {"pcoa", "nmds", "dbrda", NULL};

const char *vg_panel_ordination_name(VgPanelOrdination ordination)
{
    return (size_t)ordination < sizeof ORDINATIONS / sizeof *ORDINATIONS ? ORDINATIONS[ordination]
                                                                         : NULL;
}

static const char *const CENSORED[] = {"imputation", "half_lloq", "sqrt2_lloq", NULL};

static const char *const METHODS[] = {"median",   "linda", "maaslin3", "negative_binomial",
                                      "absolute", "none",  NULL};

const char *vg_panel_method_name(VgPanelMethod method)
{
    return (size_t)method < sizeof METHODS / sizeof *METHODS ? METHODS[method] : NULL;
}

const char *vg_censored_rule_name(VgCensoredRule rule)
{
    return (size_t)rule < sizeof CENSORED / sizeof *CENSORED ? CENSORED[rule] : NULL;
}

bool vg_study_may_be_derived(const VgStudy *study, const char *name)
{
    size_t n = study->n_layers + study->n_raw_layers;
    for (size_t k = 0; k < n; k++) {
        bool raw = k >= study->n_layers;
        const char *own = raw ? study->raw_layer[k - study->n_layers].name : study->layer[k].name;
        size_t length = strlen(own);
        if (strncmp(name, own, length) == 0 && (name[length] == '_' || (raw && !name[length])))
            return true;
    }
    return false;
}

static void read_layers(VgStudyReader *reader, const VgYaml *node, VgPanelPlan *plan)
{
    const VgStudy *study = reader->study;
    size_t n;
    const char **name = vg_study_texts(reader, node, "layers", &n);
    size_t line = name ? vg_yaml_key_line(node, "layers") : node->line;
    plan->layer = VG_STUDY_NEW(reader, size_t, study->n_layers + 1);
    const char **known = VG_STUDY_NEW(reader, const char *, study->n_layers + 1);
    if (!plan->layer || !known)
        return;
    for (size_t k = 0; k < study->n_layers; k++)
        known[k] = study->layer[k].name;
    plan->layers_line = line;
    plan->all_layers = !name || (n == 1 && strcmp(name[0], "all") == 0);
    plan->pending = VG_STUDY_NEW(reader, const char *, n);
    if (plan->all_layers)
        for (size_t k = 0; k < study->n_layers; k++)
            plan->layer[plan->n_layers++] = k;
    else
        for (size_t i = 0; i < n; i++) {
            size_t k = 0;
            while (k < study->n_layers && strcmp(known[k], name[i]) != 0)
                k++;
            bool twice = false;
            for (size_t j = 0; j < plan->n_layers; j++)
                twice |= plan->layer[j] == k;
            if (k == study->n_layers && vg_study_may_be_derived(study, name[i]))
                plan->pending[plan->n_pending++] = name[i];
            else if (k == study->n_layers)
                vg_study_problem(reader, VG_INVALID_INPUT, line, "there is no layer `%s`",
                                 vg_study_did_you_mean(reader, name[i], known, study->n_layers,
                                                       "declare it under panel:"),
                                 name[i]);
            else if (twice)
                vg_study_problem(reader, VG_INVALID_INPUT, line,
                                 "the layer `%s` stands there twice", "name it once", name[i]);
            else
                plan->layer[plan->n_layers++] = k;
        }
}

/* As declared: a tree that could not be read has its own problem. */
static bool some_layer_has_tree(const VgStudyReader *reader, const VgPanelPlan *plan)
{
    const VgYaml *section = vg_yaml_get(reader->root, "panel");
    for (size_t k = 0; k < plan->n_layers; k++)
        if (vg_yaml_get(vg_yaml_get(section, reader->study->layer[plan->layer[k]].name), "tree"))
            return true;
    return false;
}

static void read_distances(VgStudyReader *reader, const VgYaml *node, VgPanelPlan *plan)
{
    size_t n;
    const char **name = vg_study_texts(reader, node, "distances", &n);
    if (!name)
        return;
    size_t line = vg_yaml_key_line(node, "distances");
    plan->distance = VG_STUDY_NEW(reader, VgPanelDistance, n);
    for (size_t i = 0; plan->distance && i < n; i++) {
        size_t d = 0;
        while (DISTANCES[d] && strcmp(DISTANCES[d], name[i]) != 0)
            d++;
        if (!DISTANCES[d]) {
            vg_study_problem(reader, VG_INVALID_INPUT, line, "the distance `%s` is not known",
                             vg_study_did_you_mean(reader, name[i], DISTANCES, d,
                                                   "one of: bray, jaccard, aitchison, "
                                                   "robust-aitchison, jensen-shannon, unifrac, "
                                                   "wunifrac, gunifrac"),
                             name[i]);
            continue;
        }
        if (vg_panel_distance_of_tree((VgPanelDistance)d) && !some_layer_has_tree(reader, plan))
            vg_study_problem(reader, VG_INVALID_INPUT, line,
                             "%s needs a tree, and no layer of the plan has one",
                             "add tree: to a layer, or choose another distance", name[i]);
        plan->distance[plan->n_distances++] = (VgPanelDistance)d;
    }
}

static void read_ordinations(VgStudyReader *reader, const VgYaml *node, VgPanelPlan *plan)
{
    size_t n, line = vg_yaml_key_line(node, "ordination");
    const char **name = vg_study_texts(reader, node, "ordination", &n);
    plan->ordination = name ? VG_STUDY_NEW(reader, VgPanelOrdination, n) : NULL;
    for (size_t i = 0; plan->ordination && i < n; i++) {
        size_t o = 0;
        bool twice = false;
        while (ORDINATIONS[o] && strcmp(ORDINATIONS[o], name[i]) != 0)
            o++;
        for (size_t k = 0; k < plan->n_ordinations; k++)
            twice |= plan->ordination[k] == (VgPanelOrdination)o;
        if (!ORDINATIONS[o])
            vg_study_problem(
                reader, VG_INVALID_INPUT, line, "the ordination `%s` is not known",
                vg_study_did_you_mean(reader, name[i], ORDINATIONS, o, "one of: pcoa, nmds, dbrda"),
                name[i]);
        else if (twice)
            vg_study_problem(reader, VG_INVALID_INPUT, line, "the ordination `%s` is listed twice",
                             "list it once", name[i]);
        else
            plan->ordination[plan->n_ordinations++] = (VgPanelOrdination)o;
    }
}

/* A whole number of at least `least`; `otherwise` when absent or wrong. */
static uint64_t read_count(VgStudyReader *reader, const VgYaml *node, const char *key, double least,
                           uint64_t otherwise)
{
    double number = vg_study_number(reader, node, key);
    if (isnan(number))
        return otherwise;
    if (number >= least && number <= 1e9 && floor(number) == number)
        return (uint64_t)number;
    vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, key),
                     "`%s: %g` is not a whole number from %g to 1e9", "correct it", key, number,
                     least);
    return otherwise;
}

/* Which arms are compared: the primary analysis says so where there is one. */
static void read_treatment(VgStudyReader *reader, const VgYaml *node, VgPanelPlan *plan)
{
    const char *text = vg_study_text(reader, node, "treatment");
    VgAnalysis compared = {.arm = SIZE_MAX, .reference = SIZE_MAX};
    bool primary = vg_yaml_get(vg_yaml_get(reader->root, "plan"), "primary") != NULL;
    if (text && primary)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "treatment"),
                         "the primary analysis says which arms are compared",
                         "remove treatment: from response_of_panel");
    else if (text)
        vg_study_parse_treatment(reader, text, vg_yaml_key_line(node, "treatment"), &compared);
    else if (!primary)
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "a plan of the panel only does not say which arms are compared",
                         "add treatment: ARM against REFERENCE to response_of_panel");
    plan->arm = compared.arm;
    plan->reference = compared.reference;
}

static void read_compared_visits(VgStudyReader *reader, const VgYaml *node, VgPanelPlan *plan)
{
    size_t n;
    const char **name = vg_study_texts(reader, node, "at", &n);
    bool *at = name ? VG_STUDY_NEW(reader, bool, reader->study->n_visits + 1) : NULL;
    for (size_t i = 0; at && i < n; i++) {
        size_t v = vg_study_need_visit(reader, name[i], vg_yaml_key_line(node, "at"));
        if (v != SIZE_MAX)
            at[v] = true;
    }
    plan->at = at;
}

/* A method that none of the layers can bear. */
static void check_method(VgStudyReader *reader, const VgYaml *node, const VgPanelPlan *plan)
{
    static const char *const NEEDS[] = {[VG_PANEL_LINDA] = "counts",
                                        [VG_PANEL_NEGATIVE_BINOMIAL] = "counts",
                                        [VG_PANEL_ABSOLUTE] = "amounts: kind: absolute, or load:"};
    bool counts = false, amounts = false;
    for (size_t k = 0; k < plan->n_layers; k++) {
        const VgLayer *layer = &reader->study->layer[plan->layer[k]];
        counts |= layer->kind == VG_LAYER_COUNTS;
        amounts |= layer->kind == VG_LAYER_ABSOLUTE || layer->load;
    }
    bool borne = plan->method == VG_PANEL_ABSOLUTE ? amounts : counts;
    if (plan->n_layers && (size_t)plan->method < sizeof NEEDS / sizeof *NEEDS &&
        NEEDS[plan->method] && !borne)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "method"),
                         "`method: %s` needs a layer with %s", "write method: median",
                         METHODS[plan->method], NEEDS[plan->method]);
}

void vg_study_read_panel_plan(VgStudyReader *reader, const VgYaml *node)
{
    static const char *const KEYS[] = {"layers",      "contrast",   "distances",  "permutations",
                                       "seed",        "fdr",        "adjust",     "censored",
                                       "imputations", "method",     "covariates", "treatment",
                                       "at",          "ordination", NULL};
    static const char *const ADJUST[] = {"bh", "by", "storey", NULL}; /* as VgFalseDiscovery */
    static const char *const CONTRASTS[] = {"arm × visit", "arm x visit", "arm * visit", NULL};
    VgStudy *study = reader->study;
    if (!vg_study_is_map(reader, node, "response_of_panel"))
        return;
    vg_study_keys(reader, node, "response_of_panel", KEYS, NULL);
    if (!vg_yaml_get(reader->root, "panel")) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "response_of_panel without a panel",
                         "declare panel:");
        return;
    }
    VgPanelPlan *plan = VG_STUDY_NEW(reader, VgPanelPlan, 1);
    if (!plan)
        return;
    plan->line = node->line;
    vg_study_choice(reader, node, "contrast", CONTRASTS, 0);
    read_treatment(reader, node, plan);
    read_compared_visits(reader, node, plan);
    read_layers(reader, node, plan);
    read_distances(reader, node, plan);
    read_ordinations(reader, node, plan);
    plan->permutations = (size_t)read_count(reader, node, "permutations", 19, 999);
    plan->seed = read_count(reader, node, "seed", 1, 1);
    double fdr = vg_study_number(reader, node, "fdr");
    plan->fdr = isnan(fdr) ? 0.1 : fdr;
    if (!(plan->fdr > 0 && plan->fdr < 1))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "fdr"),
                         "`fdr: %g` does not lie between 0 and 1", "write fdr: 0.1", plan->fdr);
    plan->adjust = (VgFalseDiscovery)vg_study_choice(reader, node, "adjust", ADJUST, VG_FDR_BH);
    plan->censored =
        (VgCensoredRule)vg_study_choice(reader, node, "censored", CENSORED, VG_CENSORED_IMPUTE);
    plan->imputations = (size_t)read_count(reader, node, "imputations", 20, 20);
    if (plan->imputations > 1000)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "imputations"),
                         "`imputations: %zu` are more than 1000", "20 to 100 are usual",
                         plan->imputations);
    plan->method = (VgPanelMethod)vg_study_choice(reader, node, "method", METHODS, VG_PANEL_MEDIAN);
    check_method(reader, node, plan);
    static const char *const IN_THE_MODEL[] = {"arm", "visit", "participant", NULL};
    plan->covariate = vg_study_covariates(reader, node, IN_THE_MODEL, &plan->n_covariates);
    study->panel_plan = plan;
}
