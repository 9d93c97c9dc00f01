/* Contaminants told and removed, batches corrected for, as the study file asks. METHODS 1.4; Davis 2018. */
#include <vagus/panel_clean.h>

#include <math.h>
#include <string.h>

#include <vagus/censored.h>

#include "numeric/linear_algebra.h"
#include "panel/convert.h"
#include "study/reader.h"

/* ---- contaminants ---- */

static bool called(const VgContaminant *score, VgContaminantMethod method, double threshold,
                   double *p)
{
    double f = score->frequency, q = score->prevalence;
    *p = NAN;
    switch (method) {
    case VG_CONTAMINANTS_FREQUENCY:
        *p = f;
        break;
    case VG_CONTAMINANTS_PREVALENCE:
        *p = q;
        break;
    case VG_CONTAMINANTS_MINIMUM:
        *p = isnan(f) || isnan(q) ? NAN : fmin(f, q);
        break;
    case VG_CONTAMINANTS_EITHER:
        return f < threshold || q < threshold;
    case VG_CONTAMINANTS_BOTH:
        return f < threshold && q < threshold;
    default:
        *p = score->combined;
    }
    return *p < threshold;
}

static VgStatus choose_method(const VgLayer *layer, VgContaminantMethod *method, VgError *error)
{
    bool controls = layer->n_negative > 0, dna = layer->dna != NULL;
    *method = layer->contaminant_method;
    if (!controls && !dna)
        return vg_fail(error, VG_INVALID_INPUT,
                       "the layer %s has neither negative controls nor concentrations of DNA",
                       "name them: contaminants: {negative: [BLANK1], dna: COLUMN}", layer->name);
    if (*method == VG_CONTAMINANTS_AUTO)
        *method = controls && dna ? VG_CONTAMINANTS_COMBINED
                  : controls      ? VG_CONTAMINANTS_PREVALENCE
                                  : VG_CONTAMINANTS_FREQUENCY;
    if ((*method != VG_CONTAMINANTS_FREQUENCY && !controls) ||
        (*method != VG_CONTAMINANTS_PREVALENCE && !dna))
        return vg_fail(error, VG_INVALID_INPUT, "%s of the layer %s needs %s",
                       "name them, or choose another method", vg_contaminant_method_name(*method),
                       layer->name, controls ? "concentrations of DNA" : "negative controls");
    return VG_OK;
}

/* Samples first, then controls. */
static VgStatus both_tables(VgArena *arena, const VgLayer *layer, VgMatrix *all, double **dna,
                            bool **negative, VgError *error)
{
    size_t n = layer->n_samples, m = layer->n_negative, p = layer->n_features;
    *all = vg_matrix_new(arena, n + m, p);
    *negative = VG_NEW(arena, bool, n + m);
    *dna = VG_NEW(arena, double, n + m);
    if (!all->data || !*negative || !*dna)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++) {
        for (size_t i = 0; i < n; i++)
            VG_AT(*all, i, j) = VG_AT(layer->value, i, j);
        for (size_t i = 0; i < m; i++)
            VG_AT(*all, n + i, j) = VG_AT(layer->negative, i, j);
    }
    for (size_t i = 0; i < n + m; i++) {
        (*negative)[i] = i >= n;
        (*dna)[i] = i < n && layer->dna ? layer->dna[i] : NAN;
    }
    return VG_OK;
}

static VgStatus new_contaminants(VgArena *arena, const VgLayer *layer, VgLayerContaminants *c,
                                 VgError *error)
{
    size_t p = layer->n_features;
    c->n = p;
    c->feature = layer->feature;
    c->label = layer->feature_label;
    c->score = VG_NEW(arena, VgContaminant, p);
    c->p = VG_NEW(arena, double, p);
    c->contaminant = VG_NEW(arena, bool, p);
    c->in_samples = VG_NEW(arena, double, p);
    c->in_controls = VG_NEW(arena, double, p);
    c->share = VG_NEW(arena, double, p);
    return c->score && c->p && c->contaminant && c->in_samples && c->in_controls && c->share
               ? VG_OK
               : vg_fail_memory(error);
}

VgStatus vg_layer_contaminants(VgArena *arena, const VgLayer *layer,
                               VgLayerContaminants *contaminants, VgError *error)
{
    VgLayerContaminants *c = contaminants;
    *c = (VgLayerContaminants){0};
    VG_TRY(choose_method(layer, &c->method, error));
    VG_TRY(new_contaminants(arena, layer, c, error));
    VgMatrix all;
    double *dna;
    bool *negative;
    VG_TRY(both_tables(arena, layer, &all, &dna, &negative, error));
    VG_TRY(vg_contaminants(arena, all, layer->dna ? dna : NULL, layer->n_negative ? negative : NULL,
                           c->score, error));
    size_t n = layer->n_samples;
    double *total = VG_NEW(arena, double, n);
    if (!total)
        return vg_fail_memory(error);
    for (size_t j = 0; j < c->n; j++)
        for (size_t i = 0; i < n; i++)
            total[i] += VG_AT(all, i, j);
    for (size_t j = 0; j < c->n; j++) {
        for (size_t i = 0; i < all.rows; i++) {
            bool here = VG_AT(all, i, j) > 0;
            *(i < n ? &c->in_samples[j] : &c->in_controls[j]) += here;
            if (i < n && total[i] > 0)
                c->share[j] += VG_AT(all, i, j) / total[i] / (double)n;
        }
        c->in_samples[j] /= (double)n;
        c->in_controls[j] = layer->n_negative ? c->in_controls[j] / (double)layer->n_negative : NAN;
        c->contaminant[j] = called(&c->score[j], c->method, layer->contaminant_threshold, &c->p[j]);
        c->n_contaminants += c->contaminant[j];
    }
    return VG_OK;
}

/* What was done stands in the label, and so on every figure and table of the layer. */
static VgStatus stamp(VgArena *arena, VgLayer *layer, const char *words, VgError *error)
{
    layer->label = vg_arena_printf(arena, "%s, %s", layer->label, words);
    return layer->label ? VG_OK : vg_fail_memory(error);
}

/* New columns: the layer's matrices may be shared with the result of the reader. */
static VgStatus take_out(VgArena *arena, VgLayer *layer, const VgLayerContaminants *c,
                         VgError *error)
{
    size_t n = layer->n_samples, m = layer->n_negative, p = c->n - c->n_contaminants, k = 0;
    VgMatrix value = vg_matrix_new(arena, n, p), negative = vg_matrix_new(arena, m, p);
    const char **feature = VG_NEW(arena, const char *, p), **label = VG_NEW(arena, const char *, p);
    layer->removed = VG_NEW(arena, const char *, c->n_contaminants);
    if (!value.data || (m && !negative.data) || !feature || !label || !layer->removed)
        return vg_fail_memory(error);
    for (size_t j = 0; j < c->n; j++) {
        if (c->contaminant[j]) {
            layer->removed[layer->n_removed++] = layer->feature[j];
            continue;
        }
        for (size_t i = 0; i < n; i++)
            VG_AT(value, i, k) = VG_AT(layer->value, i, j);
        for (size_t i = 0; i < m; i++)
            VG_AT(negative, i, k) = VG_AT(layer->negative, i, j);
        feature[k] = layer->feature[j];
        label[k++] = layer->feature_label[j];
    }
    layer->value = value;
    if (m)
        layer->negative = negative;
    layer->feature = feature;
    layer->feature_label = label;
    layer->n_features = p;
    return VG_OK;
}

static VgStatus remove_contaminants(VgArena *arena, VgStudyReader *reader, VgLayer *layer,
                                    VgError *error)
{
    VgLayerContaminants *c = VG_NEW(arena, VgLayerContaminants, 1);
    VgError own = {0};
    if (!c)
        return vg_fail_memory(error);
    VgStatus status = vg_layer_contaminants(arena, layer, c, &own);
    if (status == VG_NO_MEMORY)
        return vg_fail_memory(error);
    if (status != VG_OK) {
        vg_study_problem(reader, status, layer->line, "%s", own.hint, own.message);
        return VG_OK;
    }
    layer->contaminants = c;
    if (!layer->remove_contaminants || !c->n_contaminants)
        return VG_OK;
    if (layer->modules) {
        vg_study_problem(reader, VG_NOT_BUILT, layer->line,
                         "contaminants of the layer %s cannot be removed before its modules are "
                         "computed",
                         "remove them from the table, or leave `modules` or `remove` out",
                         layer->name);
        return VG_OK;
    }
    if (c->n_contaminants == c->n) {
        vg_study_problem(reader, VG_INVALID_INPUT, layer->line,
                         "every feature of the layer %s is called a contaminant",
                         "look at the controls, or do not remove", layer->name);
        return VG_OK;
    }
    VG_TRY(take_out(arena, layer, c, error));
    VG_TRY(stamp(arena, layer,
                 vg_study_printf(reader, "%zu contaminant%s taken out", c->n_contaminants,
                                 c->n_contaminants == 1 ? "" : "s"),
                 error));
    for (size_t i = 0; i < layer->n_samples; i++) {
        double sum = 0;
        for (size_t j = 0; j < layer->n_features; j++)
            sum += VG_AT(layer->value, i, j);
        if (!(sum > 0))
            vg_study_problem(reader, VG_INVALID_INPUT, layer->line,
                             "sample %s of the layer %s holds nothing but contaminants",
                             "name it under leave_out:", layer->sample[i], layer->name);
    }
    return VG_OK;
}

/* ---- batches ---- */

size_t *vg_layer_cells_of(VgArena *arena, const VgStudy *study, const VgLayer *layer,
                          size_t *n_cells)
{
    size_t all = (study->n_arms + 1) * study->n_visits;
    size_t *cell = VG_NEW(arena, size_t, layer->n_samples), *number = VG_NEW(arena, size_t, all);
    *n_cells = 0;
    if (!cell || !number)
        return NULL;
    for (size_t i = 0; i < layer->n_samples; i++) {
        size_t arm = (size_t)(study->arm_of[layer->participant[i]] + 1);
        size_t *at = &number[arm * study->n_visits + layer->visit[i]];
        if (!*at)
            *at = ++*n_cells;
        cell[i] = *at - 1;
    }
    return cell;
}

typedef struct Correction {
    VgArena *arena;
    VgStudyReader *reader;
    VgLayer *layer;
    size_t *cell, *batch, n_cells;
    double *lower, *upper; /* of the rows in use, on the scale of analysis */
    size_t *row, n;
} Correction;

/* Cells, then centred indicators of all batches but the first among the rows in use; columns that are empty are told
 * by the fit, which then refuses. */
static VgMatrix joint_design(const Correction *c)
{
    size_t p = c->n_cells, df = c->layer->n_batches - 1;
    VgMatrix x = vg_matrix_new(c->arena, c->n, p + df);
    for (size_t i = 0; x.data && i < c->n; i++) {
        VG_AT(x, i, c->cell[c->row[i]]) = 1;
        if (c->batch[c->row[i]])
            VG_AT(x, i, p + c->batch[c->row[i]] - 1) = 1;
    }
    return x;
}

/* Coefficients of the batches (the first is 0): least squares, or the censored model where values are beyond limits. */
static VgStatus estimate(const Correction *c, bool censored, double *coefficient, VgError *error)
{
    size_t p = c->n_cells, df = c->layer->n_batches - 1;
    VgMatrix x = joint_design(c);
    if (!x.data)
        return vg_fail_memory(error);
    if (censored) {
        VgCensoredFit fit;
        VG_TRY(vg_censored_fit(c->arena, x, c->lower, c->upper, &fit, error));
        memcpy(coefficient, fit.beta + p, df * sizeof *coefficient);
        return VG_OK;
    }
    VgQr qr;
    double *y = VG_NEW(c->arena, double, c->n);
    if (!y)
        return vg_fail_memory(error);
    memcpy(y, c->lower, c->n * sizeof *y);
    VG_TRY(vg_qr_factor(c->arena, x, VG_RANK_TOLERANCE, &qr, error));
    if (qr.rank < p + df)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "an arm at a visit, or a batch, has no value that tells them apart",
                       "leave `correct` out");
    vg_qr_transposed_multiply(&qr, y);
    vg_qr_solve(&qr, y);
    memcpy(coefficient, y + p, df * sizeof *coefficient);
    return VG_OK;
}

/* Takes the batch's part from values, limits and replicates; the mean part stays. */
static void subtract(const Correction *c, size_t feature, const double *coefficient)
{
    VgLayer *layer = c->layer;
    double mean = 0;
    for (size_t i = 0; i < c->n; i++)
        mean += c->batch[c->row[i]] ? coefficient[c->batch[c->row[i]] - 1] / (double)c->n : 0;
    for (size_t i = 0; i < layer->n_samples; i++) {
        double part = (c->batch[i] ? coefficient[c->batch[i] - 1] : 0) - mean;
        double *cell[] = {&VG_AT(layer->value, i, feature), &VG_AT(layer->lower, i, feature),
                          &VG_AT(layer->upper, i, feature)};
        for (size_t k = 0; k < 3; k++)
            *cell[k] = vg_layer_is_log(layer, feature) ? *cell[k] * exp(-part) : *cell[k] - part;
    }
    for (size_t k = 0; k < layer->n_replicates; k++) {
        VgRepeat *repeat = &layer->replicate[k];
        if (repeat->feature != feature)
            continue;
        size_t b = c->batch[repeat->sample];
        double part = (b ? coefficient[b - 1] : 0) - mean;
        repeat->value =
            vg_layer_is_log(layer, feature) ? repeat->value * exp(-part) : repeat->value - part;
    }
}

static VgStatus correct_feature(Correction *c, size_t feature, double *coefficient, VgError *error)
{
    const VgLayer *layer = c->layer;
    bool censored = false;
    c->n = 0;
    for (size_t i = 0; i < layer->n_samples; i++) {
        double l = VG_AT(layer->lower, i, feature), u = VG_AT(layer->upper, i, feature);
        if (isnan(l) || isnan(u) || (l == -INFINITY && u == INFINITY))
            continue;
        c->lower[c->n] = l;
        c->upper[c->n] = u;
        c->row[c->n++] = i;
        censored = censored || l < u;
    }
    if (vg_layer_is_log(layer, feature))
        VG_TRY(vg_censored_log(c->lower, c->upper, c->n, error));
    VgArenaMark mark = vg_arena_mark(c->arena);
    VgStatus status = estimate(c, censored, coefficient, error);
    vg_arena_rewind(c->arena, mark);
    if (status == VG_OK)
        subtract(c, feature, coefficient);
    return status;
}

/* Whether the design lets batches be corrected for; what speaks against it is told. */
static bool may_correct(VgArena *arena, VgStudyReader *reader, const VgLayer *layer,
                        const Correction *c)
{
    for (size_t i = 0; i < layer->n_samples; i++)
        if (layer->batch[i] < 0) {
            vg_study_problem(
                reader, VG_INVALID_INPUT, layer->line,
                "sample %s of the layer %s has no batch, and it is to be corrected for",
                "name it in the sample sheet, or leave `correct` out", layer->sample[i],
                layer->name);
            return false;
        }
    if (layer->n_batches < 2) {
        vg_study_problem(reader, VG_INVALID_INPUT, layer->line,
                         "the layer %s is of one batch: there is nothing to correct for",
                         "leave `correct` out", layer->name);
        return false;
    }
    if (vg_batch_parts(arena, c->cell, c->n_cells, c->batch, layer->n_batches, layer->n_samples) !=
        1) {
        vg_study_problem(reader, VG_NOT_ESTIMABLE, layer->line,
                         "arm or visit is aliased with batch in the layer %s: nothing can tell "
                         "them apart",
                         "leave `correct` out and report it as a limit of the data", layer->name);
        return false;
    }
    return true;
}

static VgStatus warn_of_inflation(const Correction *c, VgError *error)
{
    VgArenaMark mark = vg_arena_mark(c->arena);
    const VgLayer *layer = c->layer;
    size_t n = layer->n_samples;
    VgMatrix design = vg_matrix_new(c->arena, n, c->n_cells), any = vg_matrix_new(c->arena, n, 1);
    VgBatchEffect effect;
    if (!design.data || !any.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        VG_AT(design, i, c->cell[i]) = 1;
    VgError own = {0};
    VgStatus status =
        vg_batch_effect(c->arena, any, design, c->batch, layer->n_batches, &effect, &own);
    if (status == VG_OK && effect.gvif > 4)
        vg_study_warn_in(c->reader, c->reader->file, layer->line,
                         "arm and visit can hardly be told from batch in the layer %s "
                         "(generalised variance inflation %.3g)",
                         "corrected values lean on few samples: read them with and without",
                         layer->name, effect.gvif);
    vg_arena_rewind(c->arena, mark);
    return status == VG_NO_MEMORY ? vg_fail_memory(error) : VG_OK;
}

static VgStatus correct(VgArena *arena, VgStudyReader *reader, VgLayer *layer, VgError *error)
{
    size_t n = layer->n_samples, untouched = 0;
    Correction c = {.arena = arena,
                    .reader = reader,
                    .layer = layer,
                    .batch = VG_NEW(arena, size_t, n),
                    .lower = VG_NEW(arena, double, n),
                    .upper = VG_NEW(arena, double, n),
                    .row = VG_NEW(arena, size_t, n)};
    double *coefficient = VG_NEW(arena, double, layer->n_batches + 1);
    c.cell = vg_layer_cells_of(arena, reader->study, layer, &c.n_cells);
    layer->uncorrected = vg_matrix_new(arena, n, layer->n_features);
    layer->uncorrected_lower = vg_matrix_new(arena, n, layer->n_features);
    layer->uncorrected_upper = vg_matrix_new(arena, n, layer->n_features);
    if (!c.batch || !c.lower || !c.upper || !c.row || !c.cell || !coefficient ||
        !layer->uncorrected.data || !layer->uncorrected_lower.data ||
        !layer->uncorrected_upper.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        c.batch[i] = layer->batch[i] < 0 ? 0 : (size_t)layer->batch[i];
    if (!may_correct(arena, reader, layer, &c))
        return VG_OK;
    VG_TRY(warn_of_inflation(&c, error));
    vg_matrix_copy(layer->value, layer->uncorrected);
    vg_matrix_copy(layer->lower, layer->uncorrected_lower);
    vg_matrix_copy(layer->upper, layer->uncorrected_upper);
    for (size_t j = 0; j < layer->n_features; j++) {
        VgError own = {0};
        VgStatus status = correct_feature(&c, j, coefficient, &own);
        if (status == VG_NO_MEMORY)
            return vg_fail_memory(error);
        if (status != VG_OK && vg_study_listed(&untouched))
            vg_study_warn_in(reader, reader->file, layer->line,
                             "%s of the layer %s was not corrected for batches: %s",
                             "it stays as measured", layer->feature_label[j], layer->name,
                             own.message);
    }
    vg_study_and_more(reader, untouched, reader->file, true, "analytes that were not corrected");
    layer->corrected = true;
    return stamp(arena, layer, "corrected for batches", error);
}

VgStatus vg_panel_clean(VgArena *arena, VgStudy *study, VgProblems *problems, VgError *error)
{
    VgStudyReader reader = {
        .arena = arena, .file = study->file, .study = study, .problems = problems};
    vg_panel_convert(&reader);
    for (size_t k = 0; k < study->n_layers; k++) {
        VgLayer *layer = &study->layer[k];
        if (layer->cleaned)
            continue;
        layer->cleaned = true;
        if (vg_layer_is_abundance(layer->kind) &&
            (layer->n_negative || layer->dna || layer->remove_contaminants))
            VG_TRY(remove_contaminants(arena, &reader, layer, error));
        if (layer->correct_batch && layer->batch)
            VG_TRY(correct(arena, &reader, layer, error));
    }
    if (reader.failed != VG_OK) {
        if (error)
            *error = reader.failure;
        return reader.failed;
    }
    vg_study_sort_problems(&reader);
    return vg_study_first_problem(problems, error);
}
