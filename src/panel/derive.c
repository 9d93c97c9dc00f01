/* What is computed from the layers of a study: which biomarkers each asks for, and the plan's names of what comes out. */
#include <vagus/panel_derive.h>

#include <string.h>

#include "base/nearest.h"
#include "panel/derive.h"
#include "study/plan.h"

/* ---- names ---- */

static const char ABSOLUTE[] = "absolute";

static bool suits(const VgLayer *layer, const VgBiomarker *biomarker)
{
    bool intervals = layer->kind == VG_LAYER_RR_INTERVALS;
    return !vg_layer_is_abundance(layer->kind) &&
           intervals == (biomarker->from == VG_FROM_INTERVALS);
}

/* "one of: …": what may be derived from such a layer. */
static const char *names_for(VgStudyReader *reader, const VgLayer *layer)
{
    size_t n;
    const VgBiomarker *all = vg_biomarkers(&n);
    const char *list = "", *group = "";
    for (size_t k = 0; k < n; k++) {
        if (!suits(layer, &all[k]))
            continue;
        if (all[k].group && strcmp(all[k].group, group) != 0) {
            group = all[k].group;
            list = vg_study_printf(reader, "%s%s%s", list, *list ? ", " : "one of: ", group);
        }
        list = vg_study_printf(reader, "%s%s%s", list, *list ? ", " : "one of: ", all[k].key);
    }
    return *list ? list : "one of: absolute (with load:)";
}

static void tell_unknown(VgStudyReader *reader, const VgLayer *layer, const VgDerivation *asked)
{
    size_t n, m = 0;
    const VgBiomarker *all = vg_biomarkers(&n);
    const char **name = VG_STUDY_NEW(reader, const char *, 2 * n + 1);
    for (size_t k = 0; name && k < n; k++) {
        name[m++] = all[k].key;
        if (all[k].group)
            name[m++] = all[k].group;
    }
    if (name)
        name[m++] = ABSOLUTE;
    const char *nearest = name ? vg_nearest(asked->name, name, m) : NULL;
    vg_study_problem(reader, VG_INVALID_INPUT, asked->line,
                     "`derive: %s` of the layer %s is not known%s%s%s", names_for(reader, layer),
                     asked->name, layer->name, nearest ? "; did you mean `" : "",
                     nearest ? nearest : "", nearest ? "`?" : "");
}

/* The biomarkers that a layer asks for, each once. NULL when there are none or memory is short. */
static VgDeriveAsk *asks_of(VgStudyReader *reader, const VgLayer *layer, size_t *n_asks)
{
    size_t n;
    const VgBiomarker *all = vg_biomarkers(&n);
    VgDeriveAsk *ask = VG_STUDY_NEW(reader, VgDeriveAsk, n);
    *n_asks = 0;
    for (size_t d = 0; ask && d < layer->n_derivations; d++) {
        const VgDerivation *asked = &layer->derivation[d];
        bool known = strcmp(asked->name, ABSOLUTE) == 0; /* no biomarker: a layer of its own */
        if (known)
            vg_derive_absolute(reader, layer, asked);
        for (size_t k = 0; k < n; k++) {
            if (strcmp(all[k].key, asked->name) != 0 &&
                (!all[k].group || strcmp(all[k].group, asked->name) != 0))
                continue;
            known = true;
            bool twice = false;
            for (size_t a = 0; a < *n_asks; a++)
                twice |= ask[a].biomarker == &all[k];
            if (!twice)
                ask[(*n_asks)++] = (VgDeriveAsk){&all[k], asked};
        }
        if (!known)
            tell_unknown(reader, layer, asked);
    }
    return *n_asks ? ask : NULL;
}

/* ---- one layer ---- */

VgLayer *vg_derive_begin_biomarkers(VgStudyReader *reader, const VgLayer *parent,
                                    const VgDeriveAsk *ask, size_t n_asks)
{
    VgLayer *to = vg_derive_begin(reader, parent, "derived", VG_LAYER_DERIVED, n_asks,
                                  ask[0].derivation->line);
    for (size_t k = 0; to && k < n_asks; k++) {
        const VgBiomarker *biomarker = ask[k].biomarker;
        to->feature[k] = biomarker->key;
        to->feature_label[k] = biomarker->name;
        to->feature_unit[k] = biomarker->unit;
        to->feature_formula[k] = biomarker->formula;
        to->feature_log[k] = strcmp(biomarker->scale, "ln") == 0;
    }
    return to;
}

static void tell_unsuited(VgStudyReader *reader, const VgLayer *layer, const VgDeriveAsk *ask)
{
    vg_study_problem(reader, VG_INVALID_INPUT, ask->derivation->line,
                     "%s is computed from %s, which the layer %s does not hold",
                     names_for(reader, layer), ask->biomarker->key, ask->biomarker->needs,
                     layer->name);
}

void vg_derive_from(VgStudyReader *reader, const VgLayer *parent, const VgLayer *against)
{
    size_t n, before = reader->problems->n_errors;
    VgDeriveAsk *ask = asks_of(reader, parent, &n);
    VgLayer *to = ask ? vg_derive_begin_biomarkers(reader, parent, ask, n) : NULL;
    for (size_t k = 0; to && k < n; k++)
        if (ask[k].biomarker->from == VG_FROM_PARTS)
            vg_derive_parts(reader, parent, &ask[k], to, k);
        else if (ask[k].biomarker->from == VG_FROM_MEMBERS)
            vg_derive_index(reader, parent, against, &ask[k], to, k);
        else
            tell_unsuited(reader, parent, &ask[k]);
    if (to && reader->problems->n_errors == before)
        vg_derive_end(reader, to);
}

/* Curves and recordings. */
static void derive_from_raw(VgStudyReader *reader, const VgLayer *raw)
{
    size_t n, before = reader->problems->n_errors;
    bool intervals = raw->kind == VG_LAYER_RR_INTERVALS;
    VgBiomarkerFrom from = intervals ? VG_FROM_INTERVALS : VG_FROM_CURVE;
    VgDeriveAsk *ask = asks_of(reader, raw, &n);
    for (size_t k = 0; ask && k < n; k++)
        if (ask[k].biomarker->from != from)
            tell_unsuited(reader, raw, &ask[k]);
    if (!ask || reader->problems->n_errors > before)
        return;
    (intervals ? vg_derive_intervals : vg_derive_curves)(reader, raw, ask, n);
}

/* ---- the plan ---- */

static void resolve_pending(VgStudyReader *reader, VgPanelPlan *plan, const char *name)
{
    const VgStudy *study = reader->study;
    const char **known = VG_STUDY_NEW(reader, const char *, study->n_layers);
    if (!known)
        return;
    for (size_t k = 0; k < study->n_layers; k++) {
        known[k] = study->layer[k].name;
        if (strcmp(known[k], name) == 0) {
            plan->layer[plan->n_layers++] = k;
            return;
        }
    }
    vg_study_problem(reader, VG_INVALID_INPUT, plan->layers_line, "there is no layer `%s`",
                     vg_study_did_you_mean(reader, name, known, study->n_layers,
                                           "declare it under panel:, or what it is computed from"),
                     name);
}

/* Names of the plan that were not known before their layers were computed; "all" means these too. */
static void resolve_plan(VgStudyReader *reader, size_t declared)
{
    VgStudy *study = reader->study;
    VgPanelPlan *plan = study->panel_plan;
    if (!plan)
        return;
    size_t most = plan->n_layers + plan->n_pending + study->n_layers;
    size_t *layer = VG_STUDY_NEW(reader, size_t, most);
    if (!layer)
        return;
    if (plan->n_layers)
        memcpy(layer, plan->layer, plan->n_layers * sizeof *layer);
    plan->layer = layer;
    for (size_t k = declared; plan->all_layers && k < study->n_layers; k++)
        plan->layer[plan->n_layers++] = k;
    for (size_t k = 0; k < plan->n_pending; k++)
        resolve_pending(reader, plan, plan->pending[k]);
    plan->n_pending = 0;
}

VgStatus vg_panel_derive(VgArena *arena, VgStudy *study, VgProblems *problems, VgError *error)
{
    VgStudyReader reader = {
        .arena = arena, .file = study->file, .study = study, .problems = problems};
    size_t declared = study->n_layers, before = problems->n;
    for (size_t k = 0; k < declared && reader.failed == VG_OK; k++)
        vg_derive_from(&reader, &study->layer[k], &study->layer[k]);
    for (size_t k = 0; k < declared && reader.failed == VG_OK; k++)
        if (study->layer[k].modules && study->layer[k].table)
            vg_derive_modules(&reader, &study->layer[k]);
    for (size_t k = 0; k < study->n_raw_layers && reader.failed == VG_OK; k++)
        derive_from_raw(&reader, &study->raw_layer[k]);
    if (problems->n_errors == 0 && reader.failed == VG_OK)
        vg_derive_references(&reader, declared);
    if (problems->n_errors == 0 && reader.failed == VG_OK) {
        resolve_plan(&reader, declared);
        vg_study_resolve_norms(&reader, declared);
    }
    if (problems->n > before)
        vg_study_sort_problems(&reader);
    if (reader.failed != VG_OK) {
        if (error)
            *error = reader.failure;
        return reader.failed;
    }
    return vg_study_first_problem(problems, error);
}
