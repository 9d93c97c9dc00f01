/* Alpha diversity by arm and visit: each measure is an outcome of the trial and goes through the same mixed model for
 * repeated measures as the others, adjusted for its baseline. */
#include "trial/panel.h"

#include <math.h>
#include <string.h>

#include <vagus/diversity.h>

#include "numeric/linear_algebra.h"

enum { MOST_MEASURES = 4 };

typedef struct Measure {
    const char *name, *title, *unit;
    double *value; /* per sample of the layer */
} Measure;

/* Richness expected in as many reads as the shallowest sample has. */
static VgStatus rarefied(VgTrial *trial, const VgLayer *layer, double depth, double *richness,
                         VgError *error)
{
    double *count = VG_NEW(trial->scratch, double, layer->n_features);
    if (!count)
        return vg_fail_memory(error);
    for (size_t i = 0; i < layer->n_samples; i++) {
        VgHillPoint point;
        for (size_t j = 0; j < layer->n_features; j++)
            count[j] = VG_AT(layer->value, i, j);
        VG_TRY(vg_hill_at_size(trial->scratch, count, layer->n_features, 0, depth, &point, error));
        richness[i] = point.hill;
    }
    return VG_OK;
}

static VgStatus measure(VgTrial *trial, const VgLayer *layer, Measure *out, size_t *n,
                        VgError *error)
{
    VgBranches branches;
    VG_TRY(vg_trial_branches(trial, layer, &branches, error));
    VgDiversity *d = VG_NEW(trial->scratch, VgDiversity, layer->n_samples);
    if (!d)
        return vg_fail_memory(error);
    VG_TRY(vg_diversity(trial->scratch, layer->value, layer->tree ? &branches : NULL, d, error));
    double least = INFINITY, most = 0;
    for (size_t k = 0; k < MOST_MEASURES; k++) {
        out[k].value = VG_NEW(trial->scratch, double, layer->n_samples);
        if (!out[k].value)
            return vg_fail_memory(error);
    }
    for (size_t i = 0; i < layer->n_samples; i++) {
        out[0].value[i] = d[i].shannon;
        out[1].value[i] = d[i].inverse_simpson;
        out[2].value[i] = d[i].richness;
        out[3].value[i] = d[i].faith_pd;
        least = fmin(least, d[i].depth);
        most = fmax(most, d[i].depth);
    }
    out[0].name = "shannon", out[0].title = "Shannon diversity", out[0].unit = "nats";
    out[1].name = "inverse_simpson", out[1].title = "Inverse Simpson diversity";
    out[1].unit = "effective features";
    out[2].name = "richness", out[2].title = "Richness", out[2].unit = "features";
    out[3].name = "faith_pd", out[3].title = "Faith's phylogenetic diversity";
    out[3].unit = "branch length";
    if (layer->kind == VG_LAYER_COUNTS) {
        VG_TRY(rarefied(trial, layer, least, out[2].value, error));
        out[2].title = vg_trial_text(trial, "Richness in %.0f reads", least);
        if (most > 10 * least)
            vg_result_warn(trial->result,
                           "%s: depths differ %.0f-fold, and richness is compared at the least of "
                           "them (%.0f reads); leave_out: samples that failed",
                           layer->label, most / least, least);
    }
    *n = layer->tree ? 4 : 3;
    return VG_OK;
}

/* Leaves out measures that do not differ between samples beyond rounding: nothing can be said of them. */
static size_t keep_varying(VgTrial *trial, const VgLayer *layer, Measure *of, size_t n)
{
    size_t kept = 0;
    for (size_t k = 0; k < n; k++) {
        double least = INFINITY, most = -INFINITY;
        for (size_t i = 0; i < layer->n_samples; i++) {
            least = fmin(least, of[k].value[i]);
            most = fmax(most, of[k].value[i]);
        }
        if (most - least > 1e-9 * fabs(most))
            of[kept++] = of[k];
        else
            vg_result_warn(trial->result, "%s, %s: the same in every sample (%.6g)", of[k].title,
                           layer->label, most);
    }
    return kept;
}

/* The layer's values of one measure as an outcome. */
static VgStatus make_outcome(VgTrial *trial, const VgLayer *layer, const Measure *of,
                             size_t baseline, VgOutcome *outcome, VgError *error)
{
    const VgStudy *study = trial->study;
    size_t people = study->n_participants;
    double *value = VG_NEW(trial->scratch, double, people * study->n_visits);
    double *before = VG_NEW(trial->scratch, double, people);
    VgScale *scale = VG_NEW(trial->scratch, VgScale, 1);
    if (!value || !before || !scale)
        return vg_fail_memory(error);
    for (size_t k = 0; k < people * study->n_visits; k++)
        value[k] = NAN;
    bool any = false;
    for (size_t i = 0; i < people; i++)
        before[i] = NAN;
    for (size_t i = 0; i < layer->n_samples; i++) {
        if (!vg_trial_compared_at(study, layer->visit[i]))
            continue;
        value[layer->participant[i] + people * layer->visit[i]] = of->value[i];
        if (layer->visit[i] == baseline) {
            before[layer->participant[i]] = of->value[i];
            any = true;
        }
    }
    *scale = (VgScale){.name = of->name,
                       .title = of->title,
                       .minimum = -INFINITY,
                       .maximum = INFINITY,
                       .multiplier = 1,
                       .response_fraction = NAN,
                       .remission_cutoff = NAN,
                       .unit = of->unit};
    *outcome = (VgOutcome){.name = vg_trial_text(trial, "%s.%s", layer->name, of->name),
                           .label = vg_trial_text(trial, "%s, %s", of->title, layer->label),
                           .scale = scale,
                           .value = value,
                           .baseline = any ? before : NULL,
                           .baseline_visit = baseline,
                           .important_difference = NAN};
    return VG_OK;
}

/* Neither more nor less diversity is the better outcome: no arm is favoured. */
static void drop_favours(VgResult *result, size_t from)
{
    size_t kept = from;
    for (size_t k = from; k < result->n_facts; k++)
        if (strcmp(result->fact[k].key, "favours") != 0)
            result->fact[kept++] = result->fact[k];
    result->n_facts = kept;
}

static VgStatus analyse_measures(VgTrial *trial, const VgLayer *layer, VgOutcome *outcome, size_t n,
                                 VgError *error)
{
    static const VgCovariance FALLBACK[] = {VG_COVARIANCE_TOEPLITZ_HETEROGENEOUS,
                                            VG_COVARIANCE_COMPOUND_SYMMETRY_HETEROGENEOUS,
                                            VG_COVARIANCE_COMPOUND_SYMMETRY};
    static const char *BASELINE[] = {"baseline"};
    VgStudy *shadow = VG_NEW(trial->scratch, VgStudy, 1);
    VgAnalysis *analysis = VG_NEW(trial->scratch, VgAnalysis, n);
    VgTrialRun *run = VG_NEW(trial->scratch, VgTrialRun, n);
    size_t *visit = VG_NEW(trial->scratch, size_t, trial->study->n_visits);
    if (!shadow || !analysis || !run || !visit)
        return vg_fail_memory(error);
    *shadow = *trial->study;
    shadow->outcome = outcome;
    shadow->n_outcomes = n;
    shadow->analysis = analysis;
    shadow->n_analyses = n;
    VgTrial own = {shadow, trial->result, trial->scratch, run, false};
    size_t n_facts = trial->result->n_facts;
    for (size_t k = 0; k < n; k++) {
        size_t visits = vg_trial_visits(shadow, &outcome[k], visit);
        if (!visits)
            return vg_fail_at(error, VG_NOT_ESTIMABLE, trial->study->file, layer->line,
                              "the layer %s has no samples after baseline",
                              "leave it out of response_of_panel", layer->name);
        analysis[k] = (VgAnalysis){.id = outcome[k].name,
                                   .label = outcome[k].label,
                                   .role = VG_ROLE_SECONDARY,
                                   .kind = visits > 1 ? VG_ANALYSIS_MMRM : VG_ANALYSIS_ANCOVA,
                                   .outcome = k,
                                   .visit = visit[visits - 1],
                                   .arm = vg_study_treatment_arm(trial->study),
                                   .reference = vg_study_reference_arm(trial->study),
                                   .covariance = VG_COVARIANCE_UNSTRUCTURED,
                                   .fallback = (VgCovariance *)(uintptr_t)FALLBACK,
                                   .n_fallback = 3,
                                   .df = VG_DF_SATTERTHWAITE,
                                   .standardiser = VG_STANDARDISER_MODEL_SD,
                                   .covariate = BASELINE,
                                   .n_covariates = outcome[k].baseline ? 1 : 0,
                                   .line = layer->line};
        VG_TRY(vg_trial_run_analysis(&own, k, error));
    }
    drop_favours(trial->result, n_facts);
    trial->short_of_memory |= own.short_of_memory;
    return VG_OK;
}

static void list_measures(VgTrial *trial, const VgLayer *layer, const VgOutcome *outcome, size_t n)
{
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, NULL, "panel_outcomes",
                          VG_COLUMNS("layer", "outcome", "label", "title", "unit", "#adjusted"));
    for (size_t k = 0; k < n; k++) {
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "layer", layer->name);
        vg_dataset_set_text(result, data, "outcome", outcome[k].name);
        vg_dataset_set_text(result, data, "label", outcome[k].label);
        vg_dataset_set_text(result, data, "title", outcome[k].scale->title);
        vg_dataset_set_text(result, data, "unit", outcome[k].scale->unit);
        vg_dataset_set_number(result, data, "adjusted", outcome[k].baseline != NULL);
    }
}

/* Of each sample, for those who want to see the points. */
static void sample_rows(VgTrial *trial, const VgLayer *layer, const Measure *of, size_t n)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(
        result, NULL, "panel_diversity",
        VG_COLUMNS("layer", "measure", "participant", "arm", "visit", "#day", "#value"));
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < layer->n_samples; i++) {
            int32_t arm = vg_trial_sample_arm(study, layer, i);
            if (arm < 0)
                continue;
            vg_dataset_row(result, data);
            vg_dataset_set_text(result, data, "layer", layer->name);
            vg_dataset_set_text(result, data, "measure", of[k].name);
            vg_dataset_set_text(result, data, "participant",
                                vg_trial_text(trial, "%zu", layer->participant[i] + 1));
            vg_dataset_set_text(result, data, "arm", study->arm[arm].name);
            vg_dataset_set_text(result, data, "visit", study->visit[layer->visit[i]].name);
            vg_dataset_set_number(result, data, "day", study->visit[layer->visit[i]].day);
            vg_dataset_set_number(result, data, "value", of[k].value[i]);
        }
}

VgStatus vg_trial_panel_diversity(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    Measure of[MOST_MEASURES] = {0};
    VgOutcome outcome[MOST_MEASURES];
    size_t n = 0, baseline = vg_trial_panel_baseline(trial->study);
    VG_TRY(measure(trial, layer, of, &n, error));
    n = keep_varying(trial, layer, of, n);
    for (size_t k = 0; k < n; k++)
        VG_TRY(make_outcome(trial, layer, &of[k], baseline, &outcome[k], error));
    list_measures(trial, layer, outcome, n);
    sample_rows(trial, layer, of, n);
    return analyse_measures(trial, layer, outcome, n, error);
}
