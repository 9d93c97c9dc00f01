/* Whether each sample looks like its participant. METHODS 1.4: told, never mended. */
#include <math.h>

#include <vagus/panel_clean.h>
#include <vagus/quality.h>

#include "numeric/linear_algebra.h"
#include "trial/panel.h"

enum { PERMUTATIONS = 199, LEAST_FEATURES = 3, LISTED = 5 };

/* What arm × visit and batch have in common is no mark of a person: each column less its mean by cell, and by batch after
 * that, in units of its spread. NaN stays. */
static VgStatus personal(VgTrial *trial, const VgLayer *layer, VgMatrix y, VgError *error)
{
    size_t n_cells, n = y.rows;
    size_t *cell = vg_layer_cells_of(trial->scratch, trial->study, layer, &n_cells);
    size_t groups = n_cells > layer->n_batches + 1 ? n_cells : layer->n_batches + 1;
    double *sum = VG_NEW(trial->scratch, double, groups),
           *count = VG_NEW(trial->scratch, double, groups);
    if (!cell || !sum || !count)
        return vg_fail_memory(error);
    for (size_t j = 0; j < y.cols; j++) {
        for (int by = 0; by < (layer->batch ? 2 : 1); by++) {
            for (size_t g = 0; g < groups; g++)
                sum[g] = count[g] = 0;
            for (size_t i = 0; i < n; i++) {
                size_t g = by ? (size_t)(layer->batch[i] + 1) : cell[i];
                if (isnan(VG_AT(y, i, j)))
                    continue;
                sum[g] += VG_AT(y, i, j);
                count[g]++;
            }
            for (size_t i = 0; i < n; i++) {
                size_t g = by ? (size_t)(layer->batch[i] + 1) : cell[i];
                if (count[g] > 1)
                    VG_AT(y, i, j) -= sum[g] / count[g];
            }
        }
        double square = 0, seen = 0;
        for (size_t i = 0; i < n; i++)
            if (!isnan(VG_AT(y, i, j))) {
                square += VG_AT(y, i, j) * VG_AT(y, i, j);
                seen++;
            }
        bool counts = vg_layer_is_abundance(layer->kind); /* log-ratios have one unit already */
        for (size_t i = 0; square > 0 && !counts && i < n; i++)
            VG_AT(y, i, j) /= sqrt(square / seen);
    }
    return VG_OK;
}

/* Root mean square over the columns that both have; NaN without any. */
static VgStatus distances(VgTrial *trial, VgMatrix y, VgMatrix *distance, bool *complete,
                          VgError *error)
{
    size_t n = y.rows;
    *distance = vg_matrix_new(trial->scratch, n, n);
    VgMatrix across = vg_matrix_new(trial->scratch, y.cols, n);
    if (!distance->data || !across.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < y.cols; j++)
        for (size_t i = 0; i < n; i++)
            VG_AT(across, j, i) = VG_AT(y, i, j);
    *complete = true;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < a; b++) {
            double sum = 0, count = 0;
            for (size_t j = 0; j < y.cols; j++) {
                double off = VG_AT(across, j, a) - VG_AT(across, j, b);
                if (isnan(off))
                    continue;
                sum += off * off;
                count++;
            }
            *complete = *complete && count > 0;
            VG_AT(*distance, a, b) = VG_AT(*distance, b, a) = sqrt(sum / count);
        }
    return VG_OK;
}

/* The doubtful sample that looks like `who` while its own participant is the one that `of` looks like. */
static size_t partner(const VgLayer *layer, const VgIdentity *sample, size_t of)
{
    for (size_t i = 0; i < layer->n_samples; i++)
        if (i != of && sample[i].own > sample[i].other &&
            layer->participant[i] == sample[of].other_participant &&
            sample[i].other_participant == layer->participant[of])
            return i;
    return SIZE_MAX;
}

static void write_samples(VgTrial *trial, const VgLayer *layer, const VgIdentity *sample)
{
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, NULL, "panel_identity",
                          VG_COLUMNS("layer", "sample", "participant", "arm", "visit", "looks_like",
                                     "exchange_with", "#own", "#other", "#z", "#p", "#doubtful"));
    for (size_t i = 0; i < layer->n_samples; i++) {
        const VgIdentity *s = &sample[i];
        if (isnan(s->own))
            continue;
        size_t with = s->doubtful ? partner(layer, sample, i) : SIZE_MAX;
        vg_dataset_row(result, data);
        vg_trial_panel_sample(trial, data, layer, i);
        if (s->own > s->other)
            vg_dataset_set_text(result, data, "looks_like",
                                vg_trial_text(trial, "%zu", s->other_participant + 1));
        if (with != SIZE_MAX)
            vg_dataset_set_text(result, data, "exchange_with", layer->sample[with]);
        vg_dataset_set_number(result, data, "own", s->own);
        vg_dataset_set_number(result, data, "other", s->other);
        vg_dataset_set_number(result, data, "z", s->z);
        vg_dataset_set_number(result, data, "p", s->p);
        vg_dataset_set_number(result, data, "doubtful", s->doubtful);
    }
}

static void judge(VgTrial *trial, const VgLayer *layer, const VgIdentity *sample,
                  const VgIdentityTest *test)
{
    double n = 0;
    for (size_t i = 0; i < layer->n_samples; i++)
        n += isnan(sample[i].own) ? 0 : 1;
    VgEstimate row = {.quantity = "identity",
                      .analysis = layer->name,
                      .estimate = test->matched,
                      .se = NAN,
                      .df = NAN,
                      .statistic = NAN,
                      .p = test->p,
                      .lower = NAN,
                      .upper = NAN,
                      .n = n,
                      .q = NAN,
                      .note = vg_trial_text(trial,
                                            "share of samples nearest to their own participant; "
                                            "%.4f by chance",
                                            test->expected)};
    vg_result_estimate(trial->result, &row);
    if (test->p > 0.05)
        vg_trial_panel_finding(trial, layer, "identity", "fine",
                               "People cannot be recognised by this layer (%.0f %% of samples are "
                               "nearest to their own person, %.0f %% by chance): exchanged samples "
                               "would not be seen.",
                               100 * test->matched, 100 * test->expected);
    else if (!test->n_doubtful)
        vg_trial_panel_finding(trial, layer, "identity", "fine",
                               "%.0f %% of samples are nearest to their own person (%.0f %% by "
                               "chance); none stands out as another's.",
                               100 * test->matched, 100 * test->expected);
    else {
        const char *name[LISTED] = {NULL};
        size_t listed = 0, exchanged = 0;
        for (size_t i = 0; i < layer->n_samples; i++) {
            if (!sample[i].doubtful)
                continue;
            exchanged += partner(layer, sample, i) != SIZE_MAX;
            if (listed < LISTED)
                name[listed++] = layer->sample[i];
        }
        const char *list = vg_trial_listed(trial, name, listed, test->n_doubtful);
        vg_trial_panel_finding(
            trial, layer, "identity", exchanged ? "serious" : "look",
            "%zu sample%s like another person's (%s). %s Nothing was changed.", test->n_doubtful,
            test->n_doubtful == 1 ? " looks" : "s look", list,
            exchanged ? "Some look like each other's person: look for exchanged tubes."
                      : "None has a counterpart: a poor sample or chance is as likely as a wrong "
                        "label.");
        vg_result_warn(
            trial->result, "%s: %zu sample%s like another participant's (%s); nothing was changed",
            layer->label, test->n_doubtful, test->n_doubtful == 1 ? " looks" : "s look", list);
    }
}

VgStatus vg_trial_panel_identity(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    VgPanelScale scale;
    if (layer->parent) /* computed from another layer: judged there */
        return VG_OK;
    VG_TRY(vg_trial_panel_scale(trial, layer, &scale, error));
    if (scale.y.cols < LEAST_FEATURES)
        return VG_OK;
    VG_TRY(personal(trial, layer, scale.y, error));
    VgMatrix distance;
    bool complete = false;
    VG_TRY(distances(trial, scale.y, &distance, &complete, error));
    VgIdentity *sample = VG_NEW(trial->scratch, VgIdentity, layer->n_samples);
    if (!sample)
        return vg_fail_memory(error);
    if (!complete)
        return vg_fail(error, VG_NOT_ESTIMABLE, "some samples have no value in common",
                       "identity needs values that most samples have");
    VgIdentityTest test;
    VgError own = {0};
    VgStatus status =
        vg_identity(trial->scratch, distance, layer->participant, trial->study->n_participants,
                    PERMUTATIONS, 1, sample, &test, &own);
    if (status == VG_NOT_ESTIMABLE) /* one sample each: there is nothing to compare */
        return VG_OK;
    if (status != VG_OK) {
        *error = own;
        return status;
    }
    write_samples(trial, layer, sample);
    judge(trial, layer, sample, &test);
    return VG_OK;
}
