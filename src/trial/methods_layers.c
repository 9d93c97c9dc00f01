/* How layers came to be: what was computed from which, how their quality was judged, whom participants were compared with. Each
 * sentence is of something that was done: that the result holds. */
#include "trial/methods.h"

#include <stdio.h>
#include <string.h>

#include <vagus/biomarker.h>
#include <vagus/modules.h>
#include <vagus/norms.h>

#include "base/compare.h"
#include "trial/panel.h"

static const VgDataset *dataset(const VgMethods *methods, const char *layer, const char *name)
{
    const VgDataset *d = vg_result_find_dataset(methods->trial->result, layer, name);
    return d && d->n_rows ? d : NULL;
}

static bool holds(const VgDataset *d, const char *column, const char *text)
{
    const VgDatasetColumn *c = d ? vg_dataset_column(d, column) : NULL;
    for (size_t r = 0; c && c->text && r < d->n_rows; r++)
        if (vg_same_text(c->text[r], text))
            return true;
    return false;
}

/* ---- computed layers ---- */

static void cite_source(VgMethods *methods, const char *source)
{
    static const struct {
        const char *word;
        VgCitation work;
    } WORKS[] = {
        {"Cummings 1987", VG_CITE_CUMMINGS_1987},     {"Matthews 1985", VG_CITE_MATTHEWS_1985},
        {"Pruessner 2003", VG_CITE_PRUESSNER_2003},   {"Stalder 2016", VG_CITE_STALDER_2016},
        {"Task Force 1996", VG_CITE_TASK_FORCE_1996}, {"Widner 1997", VG_CITE_WIDNER_1997}};
    for (size_t k = 0; k < sizeof WORKS / sizeof *WORKS; k++)
        if (strstr(source, WORKS[k].word))
            vg_methods_cite(methods, WORKS[k].work);
}

static const VgLayer *parent_of(const VgStudy *study, const VgLayer *layer)
{
    for (size_t k = 0; layer->parent && k < study->n_layers; k++)
        if (strcmp(study->layer[k].name, layer->parent) == 0)
            return &study->layer[k];
    for (size_t k = 0; layer->parent && k < study->n_raw_layers; k++)
        if (strcmp(study->raw_layer[k].name, layer->parent) == 0)
            return &study->raw_layer[k];
    return NULL;
}

static void modules_sentence(VgMethods *methods, const VgLayer *layer, const VgLayer *parent)
{
    const VgModulesKey *key = parent->modules;
    const VgModuleScores *scores = &layer->function->scores;
    const char *file = key->path ? strrchr(key->path, '/') : NULL;
    vg_buffer_printf(
        &methods->text,
        "%s were turned into %zu functions (modules of genes%s%s): a function counts as "
        "present where at least %.3g %% of its steps are, and its amount is the %s of its steps' "
        "amounts. ",
        parent->label, layer->n_features, key->path ? ", " : " built into vagus",
        file        ? file + 1
        : key->path ? key->path
                    : "",
        100 * scores->cutoff, key->statistic ? key->statistic : "median");
    vg_methods_cite(methods, VG_CITE_DARZI_2016);
    if (!layer->function->redundancy)
        return;
    vg_buffer_text(&methods->text, "Who carries a function, and how far it would outlast the loss "
                                   "of a taxon (functional redundancy), "
                                   "come from the genes of each taxon. ");
    vg_methods_cite(methods, VG_CITE_TIAN_2020);
}

static void biomarkers_sentence(VgMethods *methods, const VgLayer *layer, const VgLayer *parent)
{
    VgBuffer *text = &methods->text;
    vg_buffer_printf(text, "From %s were computed: ", parent ? parent->label : layer->parent);
    for (size_t j = 0; j < layer->n_features; j++) {
        const VgBiomarker *known = vg_biomarker_find(layer->feature[j]);
        const char *source = known ? known->source : "";
        vg_buffer_printf(text, "%s%s (%s)", j ? "; " : "", layer->feature_label[j],
                         layer->feature_formula[j] ? layer->feature_formula[j] : "as measured");
        cite_source(methods, source);
    }
    vg_buffer_text(text, ". ");
}

static void computed_paragraph(VgMethods *methods)
{
    const VgStudy *study = methods->trial->study;
    bool bounds = false;
    for (size_t k = 0; k < study->n_layers; k++) {
        const VgLayer *layer = &study->layer[k], *parent = parent_of(study, layer);
        if (!layer->parent)
            continue;
        if (layer->function && parent)
            modules_sentence(methods, layer, parent);
        else if (vg_layer_is_abundance(layer->kind)) {
            vg_buffer_printf(&methods->text,
                             "Amounts of %s are shares times the cells per gram of their sample. ",
                             parent ? parent->label : layer->parent);
            vg_methods_cite(methods, VG_CITE_VANDEPUTTE_2017);
        } else {
            biomarkers_sentence(methods, layer, parent);
            bounds |= layer->n_below || layer->n_above;
        }
    }
    if (bounds)
        vg_buffer_text(&methods->text,
                       "What is computed from a value beyond a limit is known between "
                       "bounds and was taken as such. ");
    vg_methods_paragraph(methods, "Computed measures");
}

/* ---- quality ---- */

static void quality_paragraph(VgMethods *methods)
{
    VgBuffer *text = &methods->text;
    if (dataset(methods, NULL, "panel_batches")) {
        vg_buffer_text(text,
                       "What batches explain beside arm and visit was estimated by least squares "
                       "over all features, with a jackknife over participants. ");
        for (size_t k = 0; k < methods->trial->study->n_layers; k++)
            if (methods->trial->study->layer[k].corrected &&
                !methods->trial->study->layer[k].parent)
                vg_buffer_printf(text,
                                 "%s were corrected for batches, as declared; standard errors do "
                                 "not allow for that estimate. ",
                                 methods->trial->study->layer[k].label);
    }
    if (dataset(methods, NULL, "panel_identity"))
        vg_buffer_text(text, "Samples whose closest participant is not their own were looked for; "
                             "none was changed. ");
    if (dataset(methods, NULL, "panel_contaminants")) {
        vg_buffer_text(text, "Contaminants were scored as decontam does. ");
        vg_methods_cite(methods, VG_CITE_DAVIS_2018);
    }
    if (dataset(methods, NULL, "panel_reliability")) {
        vg_buffer_text(text,
                       "How far repeats agree is told by the intraclass correlation ICC(1,1), "
                       "the standard error of measurement and the least change beyond it. ");
        vg_methods_cite(methods, VG_CITE_SHROUT_FLEISS_1979);
    }
    if (dataset(methods, NULL, "panel_outliers"))
        vg_buffer_text(text, "Values beyond 3.5 robust standard deviations of their arm and visit "
                             "are listed; none was dropped. ");
    vg_methods_paragraph(methods, "Quality of the panel");
}

/* ---- norms ---- */

static void given_sentence(VgMethods *methods, const VgNormsPlan *plan)
{
    VgBuffer *text = &methods->text;
    if (plan->n_covariates)
        vg_buffer_printf(text, ", given %s",
                         vg_trial_list(methods->trial, plan->covariate, plan->n_covariates));
    if (plan->smooth)
        vg_buffer_printf(text, " (with a curve in %s)", plan->smooth);
    vg_buffer_text(text, ". ");
}

static void centiles_sentences(VgMethods *methods, const VgNormsPlan *plan, bool normal,
                               bool quantile)
{
    VgBuffer *text = &methods->text;
    vg_buffer_text(text, "Measurements of participants were placed among reference people");
    given_sentence(methods, plan);
    if (normal) {
        vg_buffer_text(text,
                       "Centiles are those of a Box–Cox normal distribution whose median and "
                       "spread depend on the covariates; curves are penalised B-splines, their "
                       "penalties chosen by local maximum likelihood. Norms were checked on people "
                       "they had not seen (ten-fold cross-validation). Intervals of a centile are "
                       "those of the reference set alone. ");
        vg_methods_cite(methods, VG_CITE_COLE_GREEN_1992);
        vg_methods_cite(methods, VG_CITE_EILERS_MARX_1996);
        vg_methods_cite(methods, VG_CITE_RIGBY_2014);
        vg_methods_cite(methods, VG_CITE_ROYSTON_WRIGHT_2000);
    }
    if (quantile) {
        vg_buffer_printf(
            text,
            "%s by quantile regression, with intervals from %zu "
            "resamples of the reference people (seed %llu). ",
            normal ? "Where the reference has values beyond limits, and for scores and indices, "
                     "centiles are"
                   : "Centiles are",
            plan->resamples, (unsigned long long)plan->seed);
        vg_methods_cite(methods, VG_CITE_KOENKER_BASSETT_1978);
    }
}

static void distance_sentence(VgMethods *methods, const VgNormsPlan *plan)
{
    vg_buffer_printf(
        &methods->text,
        "How unusual a community or its functions are is the mean Aitchison distance to the "
        "30 nearest comparable reference people (the square root of their number where that is "
        "more), as a conformal p value: the "
        "share of comparable people at least as far from their own nearest; its interval is from "
        "%zu resamples (seed %llu). ",
        plan->resamples, (unsigned long long)plan->seed);
    vg_methods_cite(methods, VG_CITE_VOVK_2005);
    vg_methods_cite(methods, VG_CITE_AITCHISON_1986);
}

static void norms_paragraph(VgMethods *methods)
{
    const VgStudy *study = methods->trial->study;
    const VgNormsPlan *plan = study->norms_plan;
    bool normal = false, quantile = false, distance = false, change = false;
    for (size_t k = 0; plan && k < plan->n_layers; k++) {
        const char *name = study->layer[plan->layer[k]].name;
        const VgDataset *models = dataset(methods, name, "norm_models");
        normal |= holds(models, "method", "Box–Cox normal (BCCG)");
        quantile |= holds(models, "method", "quantile regression");
        distance |= dataset(methods, name, "norm_neighbours") != NULL;
        change |= dataset(methods, name, "norm_changes") != NULL;
    }
    if (normal || quantile)
        centiles_sentences(methods, plan, normal, quantile);
    if (distance)
        distance_sentence(methods, plan);
    if (change)
        vg_buffer_text(&methods->text,
                       "A participant's change is told over its measurement error (reliable "
                       "change). ");
    if (plan && !(normal || quantile || distance))
        vg_buffer_printf(
            &methods->text,
            "Norms were planned; no reference had %d people or more, and none was made. ",
            VG_NORM_LEAST);
    vg_methods_paragraph(methods, "Participants among comparable people");
}

void vg_methods_layers(VgMethods *methods)
{
    if (!methods->trial->study->n_layers)
        return;
    computed_paragraph(methods);
    quality_paragraph(methods);
    norms_paragraph(methods);
}
