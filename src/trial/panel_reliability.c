/* How far repeats agree: replicates of the laboratory, and visits before treatment. Shrout & Fleiss 1979; METHODS 1.4. */
#include <math.h>
#include <string.h>

#include <vagus/reliability.h>

#include "trial/panel.h"

enum { BOOTSTRAP = 999, LEAST_SUBJECTS = 5 };

/* Repeats of one feature: subjects are samples (replicates) or participants (baseline). */
typedef struct Repeats {
    size_t n, n_subjects;
    size_t *subject;
    double *value, *log; /* as measured, on the scale of analysis */
    size_t censored;
    double
        analysed; /* measurements behind a value as it is analysed: harmonic mean over all samples */
} Repeats;

static VgStatus new_repeats(VgTrial *trial, size_t n, Repeats *r, VgError *error)
{
    *r = (Repeats){.subject = VG_NEW(trial->scratch, size_t, n),
                   .value = VG_NEW(trial->scratch, double, n),
                   .log = VG_NEW(trial->scratch, double, n)};
    return r->subject && r->value && r->log ? VG_OK : vg_fail_memory(error);
}

static void add(Repeats *r, const VgLayer *layer, size_t feature, size_t subject, double value)
{
    bool logs = vg_layer_is_log(layer, feature);
    if (isnan(value) || (logs && !(value > 0))) {
        r->censored++;
        return;
    }
    r->subject[r->n] = subject;
    r->value[r->n] = value;
    r->log[r->n++] = logs ? log(value) : value;
}

/* Only subjects with two values or more tell of agreement; the others are left out, and numbers begin at 0 again. */
static VgStatus keep_repeated(VgTrial *trial, Repeats *r, size_t n_subjects, size_t *least,
                              size_t *most, VgError *error)
{
    size_t *count = VG_NEW(trial->scratch, size_t, n_subjects),
           *number = VG_NEW(trial->scratch, size_t, n_subjects), m = 0;
    double seen = 0, inverse = 0;
    if (!count || !number)
        return vg_fail_memory(error);
    for (size_t i = 0; i < r->n; i++)
        count[r->subject[i]]++;
    for (size_t s = 0; s < n_subjects; s++)
        if (count[s]) {
            seen++;
            inverse += 1 / (double)count[s];
        }
    r->analysed = seen / inverse;
    *least = SIZE_MAX;
    *most = 0;
    r->n_subjects = 0;
    for (size_t s = 0; s < n_subjects; s++) {
        if (count[s] < 2)
            continue;
        number[s] = r->n_subjects++;
        *least = count[s] < *least ? count[s] : *least;
        *most = count[s] > *most ? count[s] : *most;
    }
    for (size_t i = 0; i < r->n; i++) {
        size_t s = r->subject[i];
        if (count[s] < 2)
            continue;
        r->subject[m] = number[s];
        r->value[m] = r->value[i];
        r->log[m++] = r->log[i];
    }
    r->n = m;
    return VG_OK;
}

typedef struct Answer {
    VgIcc icc;
    double sem, k; /* k: mean repeats of those that have any */
    const char *kind;
} Answer;

/* Every subject has k repeats: mean squares. Else variance components by REML. */
static VgStatus estimate(VgTrial *trial, const Repeats *r, size_t least, size_t most,
                         Answer *answer, VgError *error)
{
    double level = trial->result->level;
    if (least == most) {
        VgMatrix x = {VG_NEW(trial->scratch, double, r->n), r->n_subjects, most, r->n_subjects};
        size_t *at = VG_NEW(trial->scratch, size_t, r->n_subjects);
        VgReliability fit;
        if (!x.data || !at)
            return vg_fail_memory(error);
        for (size_t i = 0; i < r->n; i++)
            VG_AT(x, r->subject[i], at[r->subject[i]]++) = r->log[i];
        VG_TRY(vg_reliability(x, level, &fit, error));
        *answer = (Answer){fit.one_way, sqrt(fit.ms_within), (double)most, "ICC(1,1)"};
        return VG_OK;
    }
    VgReliabilityReml fit;
    VG_TRY(vg_reliability_reml(trial->scratch, r->subject, r->log, r->n, r->n_subjects, level,
                               BOOTSTRAP, 1, &fit, error));
    *answer = (Answer){fit.icc, fit.sem, (double)r->n / (double)r->n_subjects, "ICC by REML"};
    return VG_OK;
}

static void write(VgTrial *trial, const VgLayer *layer, size_t feature, const char *source,
                  const Repeats *r, const Answer *a, const VgWithinCv *cv)
{
    VgResult *result = trial->result;
    bool logs = vg_layer_is_log(layer, feature), averaged = strcmp(source, "replicates") == 0;
    VgDataset *data = vg_result_dataset(
        result, NULL, "panel_reliability",
        VG_COLUMNS("layer", "feature", "label", "unit", "source", "kind", "scale", "#n", "#k",
                   "#k_analysed", "#icc", "#lower", "#upper", "#icc_analysed", "#cv", "#cv_lower",
                   "#cv_upper", "#sem", "#mdc", "#mdc_ratio", "#beyond_limits"));
    double icc = a->icc.estimate, k = averaged ? r->analysed : 1, mdc = 1.96 * sqrt(2) * a->sem;
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "layer", layer->name);
    vg_dataset_set_text(result, data, "feature", layer->feature[feature]);
    vg_dataset_set_text(result, data, "label", layer->feature_label[feature]);
    vg_dataset_set_text(result, data, "unit", vg_trial_feature_unit(layer, feature));
    vg_dataset_set_text(result, data, "source", source);
    vg_dataset_set_text(result, data, "kind", a->kind);
    vg_dataset_set_text(result, data, "scale", logs ? "natural logarithm" : "as measured");
    vg_dataset_set_number(result, data, "n", (double)r->n_subjects);
    vg_dataset_set_number(result, data, "k", a->k);
    vg_dataset_set_number(result, data, "k_analysed", k);
    vg_dataset_set_number(result, data, "icc", icc);
    vg_dataset_set_number(result, data, "lower", a->icc.lower);
    vg_dataset_set_number(result, data, "upper", a->icc.upper);
    /* Spearman & Brown: what is analysed is the mean of the replicates, where there are several */
    vg_dataset_set_number(result, data, "icc_analysed",
                          icc > 0 ? k * icc / (1 + (k - 1) * icc) : icc);
    if (cv) {
        vg_dataset_set_number(result, data, "cv", cv->cv);
        vg_dataset_set_number(result, data, "cv_lower", cv->lower);
        vg_dataset_set_number(result, data, "cv_upper", cv->upper);
    }
    vg_dataset_set_number(result, data, "sem", a->sem);
    vg_dataset_set_number(result, data, "mdc", mdc);
    if (logs)
        vg_dataset_set_number(result, data, "mdc_ratio", exp(mdc));
    vg_dataset_set_number(result, data, "beyond_limits", (double)r->censored);
}

/* The first two values of each subject, for the eye. */
static void write_pairs(VgTrial *trial, const VgLayer *layer, size_t feature, const char *source,
                        const Repeats *r, double *first)
{
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(
        result, NULL, "panel_replicates",
        VG_COLUMNS("layer", "feature", "label", "unit", "source", "#first", "#second"));
    for (size_t s = 0; s < r->n_subjects; s++)
        first[s] = NAN;
    for (size_t i = 0; i < r->n; i++) {
        double *one = &first[r->subject[i]];
        if (isinf(*one))
            continue;
        if (isnan(*one)) {
            *one = r->value[i];
            continue;
        }
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "layer", layer->name);
        vg_dataset_set_text(result, data, "feature", layer->feature[feature]);
        vg_dataset_set_text(result, data, "label", layer->feature_label[feature]);
        vg_dataset_set_text(result, data, "unit", vg_trial_feature_unit(layer, feature));
        vg_dataset_set_text(result, data, "source", source);
        vg_dataset_set_number(result, data, "first", *one);
        vg_dataset_set_number(result, data, "second", r->value[i]);
        *one = INFINITY;
    }
}

static VgStatus one_feature(VgTrial *trial, const VgLayer *layer, size_t feature,
                            const char *source, Repeats *r, size_t n_subjects, double *icc,
                            VgError *error)
{
    size_t least, most;
    Answer answer = {0};
    VgWithinCv cv;
    VG_TRY(keep_repeated(trial, r, n_subjects, &least, &most, error));
    if (r->n_subjects < LEAST_SUBJECTS)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "only %zu with two values within limits, of five needed",
                       "measure more samples twice", r->n_subjects);
    VG_TRY(estimate(trial, r, least, most, &answer, error));
    bool logs = vg_layer_is_log(layer, feature);
    if (logs)
        VG_TRY(vg_within_cv(trial->scratch, r->subject, r->value, r->n, r->n_subjects,
                            trial->result->level, &cv, error));
    double *first = VG_NEW(trial->scratch, double, r->n_subjects);
    if (!first)
        return vg_fail_memory(error);
    write(trial, layer, feature, source, r, &answer, logs ? &cv : NULL);
    write_pairs(trial, layer, feature, source, r, first);
    *icc = answer.icc.estimate;
    return VG_OK;
}

static void gather_replicates(const VgLayer *layer, size_t feature, Repeats *r)
{
    for (size_t k = 0; k < layer->n_replicates; k++)
        if (layer->replicate[k].feature == feature)
            add(r, layer, feature, layer->replicate[k].sample, layer->replicate[k].value);
}

/* Visits at day 0 or before: nobody is treated yet. */
static void gather_baseline(const VgStudy *study, const VgLayer *layer, size_t feature, Repeats *r)
{
    for (size_t i = 0; i < layer->n_samples; i++)
        if (study->visit[layer->visit[i]].day <= 0 && !isnan(VG_AT(layer->lower, i, feature)))
            add(r, layer, feature, layer->participant[i], VG_AT(layer->value, i, feature));
}

static VgStatus from_source(VgTrial *trial, const VgLayer *layer, bool replicates, VgError *error)
{
    const VgStudy *study = trial->study;
    size_t subjects = replicates ? layer->n_samples : study->n_participants, told = 0, poor = 0;
    double worst = INFINITY;
    const char *worst_label = "", *source = replicates ? "replicates" : "baseline";
    VgTrialNames without;
    vg_trial_names(&without);
    for (size_t j = 0; j < layer->n_features; j++) {
        VgArenaMark mark = vg_arena_mark(trial->scratch);
        Repeats r;
        VgError own = {0};
        double icc = NAN;
        VG_TRY(new_repeats(trial, replicates ? layer->n_replicates : layer->n_samples, &r, error));
        if (replicates)
            gather_replicates(layer, j, &r);
        else
            gather_baseline(study, layer, j, &r);
        VgStatus status = one_feature(trial, layer, j, source, &r, subjects, &icc, &own);
        vg_arena_rewind(trial->scratch, mark);
        if (status == VG_NO_MEMORY)
            return vg_fail_memory(error);
        if (status != VG_OK) {
            vg_trial_name(trial, &without, layer->feature_label[j], own.message);
            continue;
        }
        told++;
        poor += icc < 0.75;
        if (icc < worst) {
            worst = icc;
            worst_label = layer->feature_label[j];
        }
    }
    for (size_t k = 0; k < without.n; k++)
        vg_result_warn(trial->result, "no reliability of %s (%s, from %s): %s",
                       vg_trial_named(trial, &without, k), layer->label, source, without.why[k]);
    if (told)
        vg_trial_panel_finding(trial, layer, "reliability", poor ? "look" : "fine",
                               replicates ? "Replicates agree with an ICC of at least %.2f (least: "
                                            "%s); below 0.75 in %zu of %zu."
                                          : "Values before treatment agree with an ICC of at least "
                                            "%.2f (least: %s); below 0.75 in %zu of %zu.",
                               worst, worst_label, poor, told);
    return VG_OK;
}

VgStatus vg_trial_panel_reliability(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    const VgStudy *study = trial->study;
    size_t before = 0;
    if (vg_layer_is_abundance(layer->kind) || !layer->lower.data)
        return VG_OK;
    if (layer->n_replicates)
        VG_TRY(from_source(trial, layer, true, error));
    for (size_t v = 0; v < study->n_visits; v++)
        if (study->visit[v].day <= 0) {
            bool sampled = false;
            for (size_t i = 0; i < layer->n_samples && !sampled; i++)
                sampled = layer->visit[i] == v;
            before += sampled;
        }
    return before > 1 ? from_source(trial, layer, false, error) : VG_OK;
}
