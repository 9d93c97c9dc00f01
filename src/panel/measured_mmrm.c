/* Contrasts of one analyte by the mixed model for repeated measures: cells arm × visit, own baseline by visit, covariates. */
#include "panel/measured_internal.h"

#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"

/* Tried in this order until one has a certified optimum for every completed data set. */
static const VgCovariance STRUCTURES[] = {
    VG_COVARIANCE_UNSTRUCTURED, VG_COVARIANCE_TOEPLITZ_HETEROGENEOUS,
    VG_COVARIANCE_COMPOUND_SYMMETRY_HETEROGENEOUS, VG_COVARIANCE_COMPOUND_SYMMETRY};
enum { N_STRUCTURES = sizeof STRUCTURES / sizeof *STRUCTURES, NO_COLUMN = -1 };

typedef struct Model {
    const VgMeasuredCase *one;
    size_t first; /* place of the first visit */
    size_t n, n_subjects, n_visits;
    size_t *who;              /* n: participants of the rows */
    int32_t *subject, *visit; /* n */
    size_t *place;            /* n_visits: places of the visits in the model */
    int *cell;                /* n_visits × arms: columns, NO_COLUMN = nobody there */
    size_t n_cells, p;        /* columns before and after dependent ones are left out */
    size_t *column;           /* p: of all columns */
    size_t width;             /* all columns */
} Model;

static double value(const VgMeasuredCase *one, size_t filled, size_t place, size_t i)
{
    return one->y[i + one->data->n * (place + one->places * filled)];
}

/* Rows: participants with a baseline (where there is one) and a value at a visit. */
static VgStatus rows_of(VgArena *arena, const VgMeasuredCase *one, Model *model, VgError *error)
{
    const VgMeasuredData *data = one->data;
    size_t most = data->n * data->n_visits;
    *model = (Model){.one = one,
                     .first = data->baseline ? 1 : 0,
                     .who = VG_NEW(arena, size_t, most),
                     .subject = VG_NEW(arena, int32_t, most),
                     .visit = VG_NEW(arena, int32_t, most),
                     .place = VG_NEW(arena, size_t, data->n_visits),
                     .cell = VG_NEW(arena, int, data->n_visits * data->n_arms)};
    size_t *code = VG_NEW(arena, size_t, one->places), *seen = VG_NEW(arena, size_t, one->places);
    if (!model->who || !model->subject || !model->visit || !model->place || !model->cell || !code ||
        !seen)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n; i++)
        for (size_t t = model->first; t < one->places; t++)
            seen[t] +=
                !isnan(value(one, 0, t, i)) && !(data->baseline && isnan(value(one, 0, 0, i)));
    for (size_t t = model->first; t < one->places; t++)
        if (seen[t]) {
            code[t] = model->n_visits;
            model->place[model->n_visits++] = t;
        }
    for (size_t i = 0; i < data->n; i++) {
        size_t before = model->n;
        for (size_t t = model->first; t < one->places; t++) {
            if (isnan(value(one, 0, t, i)) || (data->baseline && isnan(value(one, 0, 0, i))))
                continue;
            model->who[model->n] = i;
            model->subject[model->n] = (int32_t)model->n_subjects;
            model->visit[model->n++] = (int32_t)code[t];
        }
        model->n_subjects += model->n > before;
    }
    if (!model->n)
        return vg_fail(error, VG_NOT_ESTIMABLE, "nobody has a baseline and a value after it",
                       "look at the samples by visit");
    for (size_t k = 0; k < model->n_visits * data->n_arms; k++)
        model->cell[k] = NO_COLUMN;
    for (size_t v = 0; v < model->n_visits; v++)
        for (size_t a = 0; a < data->n_arms; a++)
            for (size_t r = 0; r < model->n; r++)
                if ((size_t)model->visit[r] == v && data->arm[model->who[r]] == a) {
                    model->cell[v * data->n_arms + a] = (int)model->n_cells++;
                    break;
                }
    model->width = model->n_cells + (data->baseline ? model->n_visits : 0) + data->covariate.cols;
    model->column = VG_NEW(arena, size_t, model->width);
    return model->column ? VG_OK : vg_fail_memory(error);
}

/* One row of all columns: its cell (NO_COLUMN = none), baseline at its visit, covariates. */
static void fill_row(const Model *model, int cell, size_t visit, double baseline,
                     const double *covariate, double *row)
{
    const VgMeasuredData *data = model->one->data;
    size_t at = model->n_cells;
    memset(row, 0, model->width * sizeof *row);
    if (cell != NO_COLUMN)
        row[cell] = 1;
    if (data->baseline) {
        row[at + visit] = baseline;
        at += model->n_visits;
    }
    for (size_t j = 0; j < data->covariate.cols; j++)
        row[at + j] = covariate[j];
}

static VgStatus design(VgArena *arena, Model *model, size_t filled, VgMatrix *x, double *y,
                       VgError *error)
{
    const VgMeasuredCase *one = model->one;
    const VgMeasuredData *data = one->data;
    VgMatrix all = vg_matrix_new(arena, model->n, model->width);
    double *row = VG_NEW(arena, double, model->width);
    double *covariate = VG_NEW(arena, double, data->covariate.cols + 1);
    if (!all.data || !row || !covariate)
        return vg_fail_memory(error);
    for (size_t r = 0; r < model->n; r++) {
        size_t i = model->who[r], v = (size_t)model->visit[r];
        for (size_t j = 0; j < data->covariate.cols; j++)
            covariate[j] = VG_AT(data->covariate, i, j);
        fill_row(model, model->cell[v * data->n_arms + data->arm[i]], v,
                 data->baseline ? value(one, filled, 0, i) : 0, covariate, row);
        for (size_t j = 0; j < model->width; j++)
            VG_AT(all, r, j) = row[j];
        y[r] = value(one, filled, model->place[v], i);
    }
    if (!model->p) /* which columns stay is decided on the first data set */
        VG_TRY(vg_measured_independent(arena, all, model->column, &model->p, error));
    *x = vg_matrix_new(arena, model->n, model->p);
    if (!x->data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < model->p; j++)
        memcpy(&VG_AT(*x, 0, j), &VG_AT(all, 0, model->column[j]), model->n * sizeof(double));
    return VG_OK;
}

/* Means over the participants in the model. */
static void centre(const Model *model, size_t filled, double *baseline, double *covariate)
{
    const VgMeasuredData *data = model->one->data;
    double n = (double)model->n_subjects;
    *baseline = 0;
    memset(covariate, 0, data->covariate.cols * sizeof *covariate);
    for (size_t r = 0; r < model->n; r++) {
        if (r && model->subject[r] == model->subject[r - 1])
            continue;
        if (data->baseline)
            *baseline += value(model->one, filled, 0, model->who[r]) / n;
        for (size_t j = 0; j < data->covariate.cols; j++)
            covariate[j] += VG_AT(data->covariate, model->who[r], j) / n;
    }
}

/* Answers of one completed data set: means visits × arms, then contrasts visits × (arms − 1). */
static VgStatus answers(VgArena *arena, const Model *model, size_t filled, const VgMmrmFit *fit,
                        VgInference *out, VgError *error)
{
    const VgMeasuredData *data = model->one->data;
    size_t arms = data->n_arms, at = 0;
    double *mean = VG_NEW(arena, double, arms * model->width), baseline;
    double *asked = VG_NEW(arena, double, model->p);
    double *covariate = VG_NEW(arena, double, data->covariate.cols + 1);
    if (!mean || !asked || !covariate)
        return vg_fail_memory(error);
    centre(model, filled, &baseline, covariate);
    for (int contrasts = 0; contrasts < 2; contrasts++)
        for (size_t v = 0; v < model->n_visits; v++) {
            const int *cell = model->cell + v * arms;
            for (size_t a = 0; a < arms; a++)
                fill_row(model, cell[a], v, baseline, covariate, mean + a * model->width);
            for (size_t a = (size_t)contrasts; a < arms; a++, at++) {
                if (cell[a] == NO_COLUMN || (contrasts && cell[0] == NO_COLUMN))
                    continue;
                for (size_t j = 0; j < model->p; j++)
                    asked[j] = mean[a * model->width + model->column[j]] -
                               (contrasts ? mean[model->column[j]] : 0);
                VG_TRY(vg_mmrm_contrast(fit, asked, model->one->options->level, &out[at], error));
            }
        }
    return VG_OK;
}

/* All completed data sets with one structure. */
static VgStatus fit_all(VgArena *arena, Model *model, VgCovariance covariance, VgInference *out,
                        size_t n_out, VgError *error)
{
    const VgMeasuredCase *one = model->one;
    double *y = VG_NEW(arena, double, model->n);
    if (!y)
        return vg_fail_memory(error);
    for (size_t d = 0; d < one->n_filled; d++) {
        VgMatrix x;
        VgMmrmFit fit;
        memset(&fit, 0, sizeof fit);
        VgArenaMark mark = vg_arena_mark(arena);
        VG_TRY(design(arena, model, d, &x, y, error));
        const VgMmrmData rows = {.n_rows = model->n,
                                 .x = x,
                                 .y = y,
                                 .subject = model->subject,
                                 .visit = model->visit,
                                 .n_subjects = model->n_subjects,
                                 .n_visits = model->n_visits,
                                 .n_groups = 1};
        VG_TRY(vg_mmrm_fit(arena, &rows, &(VgMmrmOptions){.covariance = covariance}, &fit, error));
        VG_TRY(answers(arena, model, d, &fit, out + d * n_out, error));
        vg_arena_rewind(arena, mark);
    }
    return VG_OK;
}

static size_t seen_at(const Model *model, size_t visit, size_t arm)
{
    size_t n = 0;
    for (size_t r = 0; r < model->n; r++)
        n += (size_t)model->visit[r] == visit && model->one->data->arm[model->who[r]] == arm;
    return n;
}

static VgStatus pool(VgArena *arena, const Model *model, const VgInference *of, size_t n_out,
                     VgMeasuredSink *sink, VgError *error)
{
    const VgMeasuredCase *one = model->one;
    size_t arms = one->data->n_arms, m = one->n_filled;
    VgInference *same = VG_NEW(arena, VgInference, m), pooled;
    if (!same)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n_out; k++) {
        bool contrast = k >= model->n_visits * arms;
        size_t within = contrast ? k - model->n_visits * arms : k;
        size_t width = contrast ? arms - 1 : arms, v = within / width, a = within % width;
        size_t visit = model->place[v] - model->first;
        double share;
        if (isnan(of[k].estimate))
            continue;
        for (size_t d = 0; d < m; d++)
            same[d] = of[d * n_out + k];
        VG_TRY(vg_measured_pool(arena, same, m, one->options->level, &pooled, &share, error));
        if (!contrast) {
            sink->mean[visit * arms + a] = pooled;
            continue;
        }
        sink->contrast[visit * (arms - 1) + a] =
            (VgMeasuredAnswer){.inference = pooled,
                               .imputed = share,
                               .n = seen_at(model, v, 0) + seen_at(model, v, a + 1)};
    }
    return VG_OK;
}

VgStatus vg_measured_mmrm(VgArena *arena, const VgMeasuredCase *one, VgMeasuredSink *sink,
                          VgError *error)
{
    Model model;
    VG_TRY(rows_of(arena, one, &model, error));
    size_t arms = one->data->n_arms, n_out = model.n_visits * (2 * arms - 1);
    VgInference *out = VG_NEW(arena, VgInference, n_out * one->n_filled);
    if (!out)
        return vg_fail_memory(error);
    VgStatus status = VG_OK;
    VgError first = {0};
    for (size_t s = 0; s < N_STRUCTURES; s++) {
        VgArenaMark mark = vg_arena_mark(arena);
        VgError own = {0};
        for (size_t k = 0; k < n_out * one->n_filled; k++)
            out[k].estimate = NAN;
        model.p = 0;
        status = fit_all(arena, &model, STRUCTURES[s], out, n_out, &own);
        if (s == 0)
            first = own;
        *sink->covariance = STRUCTURES[s];
        if (status == VG_OK || status == VG_NO_MEMORY)
            break;
        vg_arena_rewind(arena, mark);
    }
    if (status != VG_OK) { /* why the first structure failed says most */
        if (error)
            *error = first;
        return status == VG_NO_MEMORY ? vg_fail_memory(error) : status;
    }
    return pool(arena, &model, out, n_out, sink, error);
}
