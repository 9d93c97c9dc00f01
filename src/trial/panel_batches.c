/* What batches explain beside arm × visit, and whether they can be told from arms and visits. METHODS 1.4. */
#include <math.h>

#include <vagus/censored.h>
#include <vagus/false_discovery.h>
#include <vagus/panel_clean.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "trial/panel.h"

enum { PERMUTATIONS = 199 };

/* Samples with a batch; batches are those seen. */
typedef struct Rows {
    size_t n, *row;
    size_t *cell, n_cells;
    size_t *batch, n_batches; /* by sample of the layer */
} Rows;

static VgStatus rows_of(VgTrial *trial, const VgLayer *layer, Rows *rows, VgError *error)
{
    *rows = (Rows){.row = VG_NEW(trial->scratch, size_t, layer->n_samples),
                   .batch = VG_NEW(trial->scratch, size_t, layer->n_samples)};
    size_t *number = VG_NEW(trial->scratch, size_t, layer->n_batches);
    rows->cell = vg_layer_cells_of(trial->scratch, trial->study, layer, &rows->n_cells);
    if (!rows->row || !rows->batch || !number || !rows->cell)
        return vg_fail_memory(error);
    for (size_t i = 0; i < layer->n_samples; i++) {
        if (layer->batch[i] < 0)
            continue;
        size_t *at = &number[layer->batch[i]];
        if (!*at)
            *at = ++rows->n_batches;
        rows->batch[i] = *at - 1;
        rows->row[rows->n++] = i;
    }
    return VG_OK;
}

/* ---- can they be told apart? ---- */

static bool parted(VgTrial *trial, const VgLayer *layer, const Rows *rows, int by)
{
    const VgStudy *study = trial->study;
    size_t *group = VG_NEW(trial->scratch, size_t, rows->n),
           *batch = VG_NEW(trial->scratch, size_t, rows->n);
    if (!group || !batch)
        return false; /* the next allocation tells */
    for (size_t k = 0; k < rows->n; k++) {
        size_t i = rows->row[k];
        group[k] = by == 0   ? (size_t)(vg_trial_sample_arm(study, layer, i) + 1)
                   : by == 1 ? layer->visit[i]
                             : rows->cell[i];
        batch[k] = rows->batch[i];
    }
    size_t groups = by == 0 ? study->n_arms + 1 : by == 1 ? study->n_visits : rows->n_cells;
    return vg_batch_parts(trial->scratch, group, groups, batch, rows->n_batches, rows->n) > 1;
}

static const char *judge_design(VgTrial *trial, const VgLayer *layer, const Rows *rows)
{
    static const char *const WORDS[] = {"arm", "visit", "arm × visit"};
    for (int by = 0; by < 3; by++) {
        if (!parted(trial, layer, rows, by))
            continue;
        vg_trial_panel_finding(
            trial, layer, "batch", "serious",
            by == 1 ? "Batch and %s are aliased: some visits share no batch with others, so that "
                      "change over time and change of batch are one. Differences between arms "
                      "hold only where each batch holds every arm."
                    : "Batch and %s are aliased: nothing can tell a difference between arms from "
                      "one between batches.",
            WORDS[by]);
        vg_result_warn(trial->result,
                       "%s: %s is aliased with batch: no analysis can tell them apart",
                       layer->label, WORDS[by]);
        return WORDS[by];
    }
    return NULL;
}

/* ---- what they explain ---- */

typedef struct Share {
    size_t feature; /* SIZE_MAX = the layer */
    double share, adjusted, lower, upper, expected, p, q, n;
    const char *how;
} Share;

static void write_share(VgTrial *trial, const VgLayer *layer, const Share *s, double gvif,
                        size_t n_batches, const char *aliased)
{
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, NULL, "panel_batches",
                          VG_COLUMNS("layer", "feature", "label", "aliased", "how", "#batches",
                                     "#gvif", "#n", "#share", "#explained", "#lower", "#upper",
                                     "#expected", "#p", "#q", "#corrected"));
    bool whole = s->feature == SIZE_MAX;
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "layer", layer->name);
    vg_dataset_set_text(result, data, "feature", whole ? NULL : layer->feature[s->feature]);
    vg_dataset_set_text(result, data, "label",
                        whole ? layer->label : layer->feature_label[s->feature]);
    vg_dataset_set_text(result, data, "aliased", aliased);
    vg_dataset_set_text(result, data, "how", s->how);
    vg_dataset_set_number(result, data, "batches", (double)n_batches);
    vg_dataset_set_number(result, data, "gvif", whole ? gvif : NAN);
    vg_dataset_set_number(result, data, "n", s->n);
    vg_dataset_set_number(result, data, "share", s->share);
    vg_dataset_set_number(result, data, "explained", s->adjusted);
    vg_dataset_set_number(result, data, "lower", s->lower);
    vg_dataset_set_number(result, data, "upper", s->upper);
    vg_dataset_set_number(result, data, "expected", s->expected);
    vg_dataset_set_number(result, data, "p", s->p);
    vg_dataset_set_number(result, data, "q", s->q);
    vg_dataset_set_number(result, data, "corrected", layer->corrected);
}

/* Columns `first` … of y at these rows, their batches renumbered among those left. False: too few. */
static VgStatus share_of(VgTrial *trial, const VgLayer *layer, const Rows *rows, VgMatrix y,
                         const size_t *row, size_t n, double scale_each, Share *s, double *gvif,
                         VgError *error)
{
    VgArena *scratch = trial->scratch;
    VgMatrix x = vg_matrix_new(scratch, n, y.cols), design;
    size_t *batch = VG_NEW(scratch, size_t, n), *who = VG_NEW(scratch, size_t, n),
           *number = VG_NEW(scratch, size_t, rows->n_batches), b = 0;
    if (!x.data || !batch || !who || !number)
        return vg_fail_memory(error);
    VG_TRY(vg_trial_panel_design(trial, rows->cell, rows->n_cells, row, n, &design, error));
    for (size_t k = 0; k < n; k++) {
        size_t i = row[k], *at = &number[rows->batch[i]];
        if (!*at)
            *at = ++b;
        batch[k] = *at - 1;
        who[k] = layer->participant[i];
        for (size_t j = 0; j < y.cols; j++)
            VG_AT(x, k, j) = VG_AT(y, i, j);
    }
    for (size_t j = 0; scale_each > 0 && j < x.cols;
         j++) { /* analytes of several units weigh alike */
        double mean = 0, square = 0;
        for (size_t k = 0; k < n; k++)
            mean += VG_AT(x, k, j) / (double)n;
        for (size_t k = 0; k < n; k++)
            square += (VG_AT(x, k, j) - mean) * (VG_AT(x, k, j) - mean) / (double)n;
        for (size_t k = 0; square > 0 && k < n; k++)
            VG_AT(x, k, j) = (VG_AT(x, k, j) - mean) / sqrt(square);
    }
    VgBatchShare share;
    VgBatchEffect effect;
    VG_TRY(vg_batch_effect(scratch, x, design, batch, b, &effect, error));
    VG_TRY(vg_batch_share(scratch, x, design, batch, b, who, trial->study->n_participants,
                          trial->result->level, PERMUTATIONS, 1, &share, error));
    *s = (Share){.feature = SIZE_MAX,
                 .share = share.share,
                 .adjusted = share.adjusted,
                 .lower = share.lower,
                 .upper = share.upper,
                 .expected = share.expected,
                 .p = share.p,
                 .q = NAN,
                 .n = (double)n,
                 .how = share.whole_participants ? "permutation of participants' batches"
                                                 : "permutation of samples' batches"};
    if (gvif)
        *gvif = effect.gvif;
    return VG_OK;
}

/* Of an analyte with values beyond limits: residual variances of the censored normal model with and without batch. */
static VgStatus censored_share(VgTrial *trial, const VgLayer *layer, const Rows *rows,
                               size_t feature, Share *s, VgError *error)
{
    VgArena *scratch = trial->scratch;
    size_t n = 0, *row = VG_NEW(scratch, size_t, rows->n), df = rows->n_batches - 1;
    double *lower = VG_NEW(scratch, double, rows->n), *upper = VG_NEW(scratch, double, rows->n);
    if (!row || !lower || !upper)
        return vg_fail_memory(error);
    for (size_t k = 0; k < rows->n; k++) {
        double l = VG_AT(layer->lower, rows->row[k], feature),
               u = VG_AT(layer->upper, rows->row[k], feature);
        if (isnan(l) || (isinf(l) && isinf(u)))
            continue;
        lower[n] = l;
        upper[n] = u;
        row[n++] = rows->row[k];
    }
    if (vg_layer_is_log(layer, feature))
        VG_TRY(vg_censored_log(lower, upper, n, error));
    VgMatrix design;
    VG_TRY(vg_trial_panel_design(trial, rows->cell, rows->n_cells, row, n, &design, error));
    VgMatrix both = vg_matrix_new(scratch, n, design.cols + df);
    if (!both.data)
        return vg_fail_memory(error);
    vg_matrix_copy(design, (VgMatrix){both.data, n, design.cols, both.stride});
    for (size_t k = 0; k < n; k++)
        if (rows->batch[row[k]])
            VG_AT(both, k, design.cols + rows->batch[row[k]] - 1) = 1;
    VgCensoredFit without, with;
    VG_TRY(vg_censored_fit(scratch, design, lower, upper, &without, error));
    VG_TRY(vg_censored_fit(scratch, both, lower, upper, &with, error));
    double rest = (double)(n - both.cols), before = (double)(n - design.cols);
    double left = with.sigma * with.sigma / (without.sigma * without.sigma);
    *s = (Share){.feature = feature,
                 .share = 1 - left,
                 .adjusted = 1 - left * before / rest,
                 .lower = NAN,
                 .upper = NAN,
                 .expected = (double)df / before,
                 .p = vg_chi_square_upper(
                     fmax(0, 2 * (with.log_likelihood - without.log_likelihood)), (double)df),
                 .q = NAN,
                 .n = (double)n,
                 .how = "censored normal model, likelihood ratio"};
    return VG_OK;
}

static bool any_censored(const VgLayer *layer, const Rows *rows, size_t feature)
{
    for (size_t k = 0; layer->lower.data && k < rows->n; k++)
        if (VG_AT(layer->lower, rows->row[k], feature) < VG_AT(layer->upper, rows->row[k], feature))
            return true;
    return false;
}

static VgStatus one_feature(VgTrial *trial, const VgLayer *layer, const Rows *rows,
                            const VgPanelScale *scale, size_t column, Share *s, VgError *error)
{
    size_t feature = scale->column[column], n = 0;
    if (any_censored(layer, rows, feature))
        return censored_share(trial, layer, rows, feature, s, error);
    size_t *row = VG_NEW(trial->scratch, size_t, rows->n);
    if (!row)
        return vg_fail_memory(error);
    for (size_t k = 0; k < rows->n; k++)
        if (!isnan(VG_AT(scale->y, rows->row[k], column)))
            row[n++] = rows->row[k];
    VgMatrix one = {&VG_AT(scale->y, 0, column), scale->y.rows, 1, scale->y.stride};
    VG_TRY(share_of(trial, layer, rows, one, row, n, 0, s, NULL, error));
    s->feature = feature;
    return VG_OK;
}

/* Of abundances all features at once say p; one by one only F tests, which cost little. */
static VgStatus abundance_features(VgTrial *trial, const Rows *rows, const VgPanelScale *scale,
                                   Share *s, VgError *error)
{
    VgArena *scratch = trial->scratch;
    VgMatrix design, y = vg_matrix_new(scratch, rows->n, scale->y.cols);
    size_t *batch = VG_NEW(scratch, size_t, rows->n);
    if (!y.data || !batch)
        return vg_fail_memory(error);
    VG_TRY(vg_trial_panel_design(trial, rows->cell, rows->n_cells, rows->row, rows->n, &design,
                                 error));
    for (size_t k = 0; k < rows->n; k++) {
        batch[k] = rows->batch[rows->row[k]];
        for (size_t j = 0; j < y.cols; j++)
            VG_AT(y, k, j) = VG_AT(scale->y, rows->row[k], j);
    }
    VgBatchEffect effect;
    VG_TRY(vg_batch_effect(scratch, y, design, batch, rows->n_batches, &effect, error));
    double before = effect.df + effect.df_residual;
    for (size_t j = 0; j < y.cols; j++)
        s[j] = (Share){.feature = scale->column[j],
                       .share = effect.feature_r2[j],
                       .adjusted = 1 - (1 - effect.feature_r2[j]) * before / effect.df_residual,
                       .lower = NAN,
                       .upper = NAN,
                       .expected = effect.df / before,
                       .p = effect.p[j],
                       .q = NAN,
                       .n = (double)rows->n,
                       .how = "F test"};
    return VG_OK;
}

static VgStatus features(VgTrial *trial, const VgLayer *layer, const Rows *rows,
                         const VgPanelScale *scale, Share *s, VgError *error)
{
    size_t p = scale->y.cols;
    if (vg_layer_is_abundance(layer->kind))
        return abundance_features(trial, rows, scale, s, error);
    for (size_t j = 0; j < p; j++) {
        VgError own = {0};
        VgArenaMark mark = vg_arena_mark(trial->scratch);
        VgStatus status = one_feature(trial, layer, rows, scale, j, &s[j], &own);
        vg_arena_rewind(trial->scratch, mark);
        if (status == VG_NO_MEMORY)
            return vg_fail_memory(error);
        if (status != VG_OK) {
            s[j] = (Share){scale->column[j], NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NULL};
            s[j].how = vg_trial_text(trial, "not judged: %s", own.message);
        }
    }
    return VG_OK;
}

/* Rows without a missing value in the columns that are nearly complete (at least four of five). */
static VgStatus layer_share(VgTrial *trial, const VgLayer *layer, const Rows *rows,
                            const VgPanelScale *scale, Share *s, double *gvif, VgError *error)
{
    size_t p = 0, n = 0;
    VgMatrix y = vg_matrix_new(trial->scratch, scale->y.rows, scale->y.cols);
    size_t *row = VG_NEW(trial->scratch, size_t, rows->n);
    if (!y.data || !row)
        return vg_fail_memory(error);
    for (size_t j = 0; j < scale->y.cols; j++) {
        size_t seen = 0;
        for (size_t k = 0; k < rows->n; k++)
            seen += isnan(VG_AT(scale->y, rows->row[k], j)) == 0;
        if (5 * seen < 4 * rows->n)
            continue;
        for (size_t i = 0; i < scale->y.rows; i++)
            VG_AT(y, i, p) = VG_AT(scale->y, i, j);
        p++;
    }
    if (!p)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no analyte is nearly complete",
                       "single analytes are judged all the same");
    y.cols = p;
    for (size_t k = 0; k < rows->n; k++) {
        bool whole = true;
        for (size_t j = 0; j < p && whole; j++)
            whole = !isnan(VG_AT(y, rows->row[k], j));
        if (whole)
            row[n++] = rows->row[k];
    }
    return share_of(trial, layer, rows, y, row, n, vg_layer_is_abundance(layer->kind) ? 0 : 1, s,
                    gvif, error);
}

static void judge_shares(VgTrial *trial, const VgLayer *layer, const Share *whole, const Share *s,
                         size_t p, double gvif)
{
    size_t found = 0, most = 0;
    for (size_t j = 0; j < p; j++) {
        found += s[j].q <= 0.05;
        most = s[j].adjusted > s[most].adjusted || isnan(s[most].adjusted) ? j : most;
    }
    const char *stamp = layer->corrected ? " Values are corrected for batches; this is what they "
                                           "were before."
                                         : "";
    const char *shown = p ? layer->feature_label[s[most].feature] : "";
    if (isnan(whole->adjusted))
        vg_trial_panel_finding(trial, layer, "batch", found ? "look" : "fine",
                               "%zu of %zu single values differ between batches%s%s.%s", found, p,
                               found ? ", most " : "", found ? shown : "", stamp);
    else if (found)
        vg_trial_panel_finding(
            trial, layer, "batch",
            whole->adjusted > 0.1 || s[most].adjusted > 0.2 ? "serious" : "look",
            "Batches explain %.1f %% of the variation within arm and visit (chance alone: 0); %zu "
            "of %zu single values differ between batches (most: %s, %.0f %%).%s",
            100 * fmax(0, whole->adjusted), found, p, shown, 100 * s[most].adjusted, stamp);
    else
        vg_trial_panel_finding(trial, layer, "batch",
                               whole->p <= 0.05 && whole->adjusted > 0.02 ? "look" : "fine",
                               "Batches explain %.1f %% of the variation within arm and visit "
                               "(chance alone: 0; p = %.2g).%s",
                               100 * fmax(0, whole->adjusted), whole->p, stamp);
    if (gvif > 4) {
        vg_trial_panel_finding(trial, layer, "batch", "look",
                               "Arms and visits are unevenly spread over batches (generalised "
                               "variance inflation %.1f, above 4).",
                               gvif);
        vg_result_warn(trial->result,
                       "%s: arms and visits are unevenly spread over batches (GVIF %.3g)",
                       layer->label, gvif);
    }
}

/* Of values before they were corrected. */
static VgLayer as_measured(const VgLayer *layer)
{
    VgLayer before = *layer;
    if (layer->corrected) {
        before.value = layer->uncorrected;
        before.lower = layer->uncorrected_lower;
        before.upper = layer->uncorrected_upper;
    }
    return before;
}

VgStatus vg_trial_panel_batches(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    Rows rows;
    if (!layer->batch || layer->n_batches < 2 || layer->parent) /* a parent is judged itself */
        return VG_OK;
    VG_TRY(rows_of(trial, layer, &rows, error));
    if (rows.n_batches < 2)
        return VG_OK;
    const char *aliased = judge_design(trial, layer, &rows);
    VgPanelScale scale;
    VgLayer before = as_measured(layer);
    Share whole = {SIZE_MAX, NAN, NAN, NAN, NAN, NAN, NAN, NAN, (double)rows.n, NULL};
    if (aliased) {
        whole.how = "not judged: aliased";
        write_share(trial, layer, &whole, INFINITY, rows.n_batches, aliased);
        return VG_OK;
    }
    VG_TRY(vg_trial_panel_scale(trial, &before, &scale, error));
    size_t p = scale.y.cols;
    Share *s = VG_NEW(trial->scratch, Share, p);
    double *value = VG_NEW(trial->scratch, double, p), gvif = NAN;
    if (!s || !value)
        return vg_fail_memory(error);
    VgError own = {0};
    VgStatus status = layer_share(trial, &before, &rows, &scale, &whole, &gvif, &own);
    if (status == VG_NO_MEMORY)
        return vg_fail_memory(error);
    if (status != VG_OK)
        whole.how = vg_trial_text(trial, "not judged: %s", own.message);
    VG_TRY(features(trial, &before, &rows, &scale, s, error));
    for (size_t j = 0; j < p; j++)
        value[j] = s[j].p;
    VG_TRY(vg_false_discovery(trial->scratch, VG_FDR_BH, p, value, value, NULL, error));
    write_share(trial, layer, &whole, gvif, rows.n_batches, NULL);
    for (size_t j = 0; j < p; j++) {
        s[j].q = value[j];
        write_share(trial, layer, &s[j], NAN, rows.n_batches, NULL);
    }
    judge_shares(trial, layer, &whole, s, p, gvif);
    return VG_OK;
}
