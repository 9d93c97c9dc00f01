/* Where values of a layer are missing or beyond limits: by arm and visit, and by batch; depth by arm. METHODS 1.1, 1.3. */
#include <math.h>
#include <string.h>

#include <vagus/false_discovery.h>
#include <vagus/panel_clean.h>

#include "numeric/random.h"
#include "trial/panel.h"

enum { PERMUTATIONS = 999 };

/* ---- arm × visit ---- */

static void cell_row(VgTrial *trial, const VgLayer *layer, size_t feature, size_t arm, size_t visit,
                     const VgLayerCell *cell)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(
        result, NULL, "panel_cells",
        VG_COLUMNS("layer", "feature", "label", "arm", "visit", "#n", "#missing", "#censored"));
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "layer", layer->name);
    vg_dataset_set_text(result, data, "feature", layer->feature[feature]);
    vg_dataset_set_text(result, data, "label", layer->feature_label[feature]);
    vg_dataset_set_text(result, data, "arm", study->arm[arm].name);
    vg_dataset_set_text(result, data, "visit", study->visit[visit].name);
    vg_dataset_set_number(result, data, "n", (double)cell->n);
    vg_dataset_set_number(result, data, "missing", cell->missing_share);
    vg_dataset_set_number(result, data, "censored", cell->censored_share);
}

static void judge_cells(VgTrial *trial, const VgLayer *layer, const VgLayerCell *cell,
                        size_t n_cells)
{
    const VgStudy *study = trial->study;
    size_t many = 0, too_many = 0, worst = 0;
    double most = 0;
    for (size_t j = 0; j < layer->n_features; j++) {
        double highest = 0;
        for (size_t a = 0; a < study->n_arms; a++)
            for (size_t v = 0; v < study->n_visits; v++) {
                const VgLayerCell *here = &cell[j * n_cells + a * study->n_visits + v];
                if (!here->n)
                    continue;
                cell_row(trial, layer, j, a, v, here);
                highest = fmax(highest, isnan(here->censored_share) ? 0 : here->censored_share);
            }
        too_many += highest > 0.7;
        many += highest > 0.3 && highest <= 0.7;
        if (highest > most) {
            most = highest;
            worst = j;
        }
    }
    if (too_many)
        vg_trial_panel_finding(trial, layer, "limits", "serious",
                               "In %zu of %zu analytes an arm and visit has more than 70 %% of its "
                               "values beyond a limit (most: %s, %.0f %%): no mean is given there.",
                               too_many, layer->n_features, layer->feature_label[worst],
                               100 * most);
    if (many)
        vg_trial_panel_finding(trial, layer, "limits", "look",
                               "In %zu of %zu analytes an arm and visit has more than 30 %% of its "
                               "values beyond a limit%s%s%s: means lean on the shape that is "
                               "assumed; whether a value was detected is safer.",
                               many, layer->n_features, too_many ? "" : " (most: ",
                               too_many ? "" : layer->feature_label[worst], too_many ? "" : ")");
    if (!many && !too_many && most > 0)
        vg_trial_panel_finding(trial, layer, "limits", "fine",
                               "At most %.0f %% of an analyte's values are beyond a limit in any "
                               "arm and visit.",
                               100 * most);
    else if (!many && !too_many)
        vg_trial_panel_finding(trial, layer, "limits", "fine", "No value is beyond a limit.");
}

/* ---- batches ---- */

/* Pearson's statistic of censored or not by batch. */
static double chi_square(const bool *censored, const size_t *batch, size_t n, size_t n_batches,
                         double *count)
{
    double all = 0, sum = 0;
    memset(count, 0, 2 * n_batches * sizeof *count);
    for (size_t i = 0; i < n; i++) {
        count[batch[i]]++;
        count[n_batches + batch[i]] += censored[i];
        all += censored[i];
    }
    double share = all / (double)n;
    for (size_t b = 0; b < n_batches; b++)
        if (count[b] > 0) {
            double off = count[n_batches + b] - share * count[b];
            sum += off * off / (count[b] * share * (1 - share));
        }
    return sum;
}

static VgStatus by_batch(VgTrial *trial, const VgLayer *layer, size_t feature, double *p,
                         VgError *error)
{
    size_t n = 0, n_batches = layer->n_batches, below = 0, as_large = 0;
    bool *censored = VG_NEW(trial->scratch, bool, layer->n_samples);
    size_t *batch = VG_NEW(trial->scratch, size_t, layer->n_samples);
    double *count = VG_NEW(trial->scratch, double, 2 * n_batches);
    if (!censored || !batch || !count)
        return vg_fail_memory(error);
    for (size_t i = 0; i < layer->n_samples; i++) {
        double l = VG_AT(layer->lower, i, feature), u = VG_AT(layer->upper, i, feature);
        if (isnan(l) || layer->batch[i] < 0)
            continue;
        censored[n] = l < u;
        below += l < u;
        batch[n++] = (size_t)layer->batch[i];
    }
    *p = NAN;
    if (!below || below == n)
        return VG_OK;
    double statistic = chi_square(censored, batch, n, n_batches, count);
    for (size_t b = 0; b < PERMUTATIONS; b++) {
        VgRandom random = vg_random_start(1, VG_STREAM_PERMUTATION, (uint32_t)b, 2);
        vg_random_shuffle(&random, batch, n);
        as_large += chi_square(censored, batch, n, n_batches, count) >= statistic - 1e-8;
    }
    *p = (double)(1 + as_large) / (1 + PERMUTATIONS);
    VgEstimate row = {.quantity = "censored_by_batch",
                      .analysis = layer->name,
                      .feature = layer->feature[feature],
                      .estimate = NAN,
                      .se = NAN,
                      .lower = NAN,
                      .upper = NAN,
                      .q = NAN,
                      .statistic = statistic,
                      .df = (double)(n_batches - 1),
                      .p = *p,
                      .n = (double)n,
                      .note = "chi-square, p by permutation"};
    vg_result_estimate(trial->result, &row);
    return VG_OK;
}

static VgStatus censored_by_batch(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    size_t p = layer->n_features, first = trial->result->n_estimates, differ = 0, least = 0;
    double *value = VG_NEW(trial->scratch, double, p);
    if (!value)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++) {
        VgArenaMark mark = vg_arena_mark(trial->scratch);
        VG_TRY(by_batch(trial, layer, j, &value[j], error));
        vg_arena_rewind(trial->scratch, mark);
    }
    VG_TRY(vg_false_discovery(trial->scratch, VG_FDR_BH, p, value, value, NULL, error));
    for (size_t j = 0, k = first; j < p; j++)
        if (!isnan(value[j])) {
            trial->result->estimate[k++].q = value[j];
            differ += value[j] <= 0.05;
            least = value[j] <= value[least] || isnan(value[least]) ? j : least;
        }
    if (differ) {
        vg_trial_panel_finding(trial, layer, "limits", "serious",
                               "Values beyond limits are unevenly spread over batches for %zu "
                               "analyte%s (%s): the assay's limit, or its level, moved.",
                               differ, differ == 1 ? "" : "s", layer->feature_label[least]);
        vg_result_warn(trial->result,
                       "%s: the share of values beyond limits differs between batches (%zu of %zu "
                       "analytes)",
                       layer->label, differ, p);
    }
    return VG_OK;
}

VgStatus vg_trial_panel_cells(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    const VgStudy *study = trial->study;
    if (vg_layer_is_abundance(layer->kind) || !layer->lower.data)
        return VG_OK;
    size_t n_cells = (study->n_arms + 1) * study->n_visits;
    size_t *cell_of = VG_NEW(trial->scratch, size_t, layer->n_samples);
    VgLayerCell *cell = VG_NEW(trial->scratch, VgLayerCell, n_cells * layer->n_features);
    if (!cell_of || !cell)
        return vg_fail_memory(error);
    for (size_t i = 0; i < layer->n_samples; i++) {
        int32_t arm = vg_trial_sample_arm(study, layer, i);
        cell_of[i] = (arm < 0 ? study->n_arms : (size_t)arm) * study->n_visits + layer->visit[i];
    }
    vg_layer_cells(layer->lower, layer->upper, cell_of, n_cells, cell);
    judge_cells(trial, layer, cell, n_cells);
    return layer->batch && layer->n_batches > 1 ? censored_by_batch(trial, layer, error) : VG_OK;
}

/* ---- depth ---- */

/* Geometric mean depth of each participant, so that nobody counts twice. */
static VgStatus compare_depth(VgTrial *trial, const VgLayer *layer, const double *depth,
                              const double *count, size_t arm, size_t reference, double *worst,
                              double *p, VgError *error)
{
    const VgStudy *study = trial->study;
    size_t n = 0;
    double *mean = VG_NEW(trial->scratch, double, study->n_participants);
    int *group = VG_NEW(trial->scratch, int, study->n_participants);
    if (!mean || !group)
        return vg_fail_memory(error);
    for (size_t i = 0; i < study->n_participants; i++) {
        int32_t of = study->arm_of[i];
        if (!(count[i] > 0) || of < 0 || ((size_t)of != arm && (size_t)of != reference))
            continue;
        mean[n] = exp2(depth[i] / count[i]);
        group[n++] = (size_t)of == arm;
    }
    VgDepthRatio ratio;
    VG_TRY(vg_depth_by_arm(mean, group, n, trial->result->level, &ratio, error));
    VgEstimate row = {.quantity = "depth_ratio",
                      .analysis = layer->name,
                      .arm = study->arm[arm].name,
                      .reference = study->arm[reference].name,
                      .estimate = exp2(ratio.log2_ratio),
                      .se = NAN,
                      .df = ratio.df,
                      .statistic = ratio.log2_ratio / ratio.se,
                      .p = ratio.p,
                      .lower = exp2(ratio.lower),
                      .upper = exp2(ratio.upper),
                      .q = NAN,
                      .n = (double)n,
                      .note = "ratio of geometric means over participants, Welch"};
    vg_result_estimate(trial->result, &row);
    if (ratio.p < *p) {
        *p = ratio.p;
        *worst = row.estimate;
    }
    return VG_OK;
}

VgStatus vg_trial_panel_depth(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    const VgStudy *study = trial->study;
    size_t reference = vg_study_reference_arm(study), compared = 0;
    if (layer->kind != VG_LAYER_COUNTS || study->n_arms < 2)
        return VG_OK;
    double *depth = VG_NEW(trial->scratch, double, study->n_participants),
           *count = VG_NEW(trial->scratch, double, study->n_participants), worst = 1, p = 1;
    if (!depth || !count)
        return vg_fail_memory(error);
    for (size_t i = 0; i < layer->n_samples; i++) {
        double sum = 0;
        for (size_t j = 0; j < layer->n_features; j++)
            sum += VG_AT(layer->value, i, j);
        depth[layer->participant[i]] += log2(sum);
        count[layer->participant[i]]++;
    }
    for (size_t a = 0; a < study->n_arms; a++)
        if (a != reference) {
            VG_TRY(compare_depth(trial, layer, depth, count, a, reference, &worst, &p, error));
            compared++;
        }
    if (p * (double)compared < 0.05) {
        vg_trial_panel_finding(trial, layer, "depth", "serious",
                               "Reads differ between arms (ratio %.2f, p = %.2g): rare features "
                               "can seem to differ for that reason alone.",
                               worst, p);
        vg_result_warn(trial->result, "%s: depth differs between arms (ratio %.3g)", layer->label,
                       worst);
    } else
        vg_trial_panel_finding(trial, layer, "depth", "fine",
                               "Reads are alike in the arms (most unlike: ratio %.2f).", worst);
    return VG_OK;
}
