/* Many outcomes on one design: outcomes with the same missing rows share rotation, QR and grid of factors. */
#include "model/lmm_many.h"

#include <math.h>
#include <string.h>

#include <cblas.h>

#include "base/map.h"
#include "model/lmm_internal.h"
#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"

enum {
    CHUNK = 128
}; /* outcomes of a unit of work: fixed, so that the bits do not depend on threads */

/* Outcomes with the same rows observed, at most CHUNK of them. */
typedef struct Unit {
    size_t *outcome;
    size_t n;
} Unit;

typedef struct Work {
    const VgLmmManyData *data;
    const VgLmmManyOptions *options;
    const double *contrast;
    size_t n_contrasts, n_units;
    double level;
    bool fast;
    Unit *unit;
    VgLmmMany *many;
} Work;

/* ---- rows of a pattern ---- */

/* Rows where the outcome is observed; groups sorted by size, rows within groups in the data's order. */
static VgStatus list_rows(VgArena *arena, const Work *work, size_t outcome, VgLmmShared *s,
                          VgError *error)
{
    const VgLmmManyData *data = work->data;
    size_t rows = data->x.rows, groups = data->n_terms ? data->term[0].n_groups : 1, largest = 1;
    const double *y = &VG_AT(data->y, 0, outcome);
    size_t *count = VG_NEW(arena, size_t, groups), *place = VG_NEW(arena, size_t, groups);
    s->row = VG_NEW(arena, size_t, rows);
    s->group = VG_NEW(arena, size_t, rows);
    if (!count || !place || !s->row || !s->group)
        return vg_fail_memory(error);
    s->n = 0;
    for (size_t i = 0; i < rows; i++) {
        size_t g = data->n_terms ? (size_t)data->term[0].group[i] : 0;
        if (!isnan(y[i])) {
            count[g]++;
            s->n++;
            largest = count[g] > largest ? count[g] : largest;
        }
    }
    size_t at = 0, *by_size = VG_NEW(arena, size_t, largest + 2);
    if (!by_size)
        return vg_fail_memory(error);
    for (size_t g = 0; g < groups; g++)
        by_size[count[g] + 1] += count[g];
    for (size_t m = 1; m <= largest + 1; m++)
        by_size[m] += by_size[m - 1];
    for (size_t g = 0; g < groups; g++) {
        place[g] = by_size[count[g]];
        by_size[count[g]] += count[g];
    }
    for (size_t i = 0; i < rows; i++) {
        size_t g = data->n_terms ? (size_t)data->term[0].group[i] : 0;
        if (isnan(y[i]))
            continue;
        at = place[g]++;
        s->row[at] = i;
        s->group[at] = g;
    }
    return VG_OK;
}

static size_t end_of_group(const VgLmmShared *s, size_t start)
{
    size_t end = start + 1;
    while (end < s->n && s->group[end] == s->group[start])
        end++;
    return end;
}

/* Classes: rows within groups, then means of groups by size. */
static VgStatus list_classes(VgArena *arena, VgLmmShared *s, VgError *error)
{
    size_t most = 2, last = 0;
    for (size_t i = 0, end; s->search && i < s->n; i = end) {
        end = end_of_group(s, i);
        most += end - i != last;
        last = end - i;
    }
    s->first = VG_NEW(arena, size_t, most + 1);
    s->size = VG_NEW(arena, double, most);
    if (!s->first || !s->size)
        return vg_fail_memory(error);
    if (!s->search) {
        s->n_classes = 1;
        s->first[1] = s->n;
        return VG_OK;
    }
    size_t n_groups = 0, within;
    for (size_t i = 0; i < s->n; i = end_of_group(s, i))
        n_groups++;
    within = s->n - n_groups;
    s->n_classes = 1;
    s->first[1] = within;
    for (size_t i = 0, end; i < s->n; i = end) {
        end = end_of_group(s, i);
        double size = (double)(end - i);
        if (s->n_classes == 1 || s->size[s->n_classes - 1] != size) {
            s->first[s->n_classes + 1] = s->first[s->n_classes];
            s->size[s->n_classes++] = size;
        }
        s->first[s->n_classes]++;
    }
    return VG_OK;
}

/* A column of the data onto the pattern's rows, rotated within groups by Helmert's contrasts: variances are then
 * 1 within, 1 + size γ for √size × mean. */
static void rotate(const VgLmmShared *s, const double *from, double *to)
{
    if (!s->search) {
        for (size_t i = 0; i < s->n; i++)
            to[i] = from[s->row[i]];
        return;
    }
    size_t within = 0, mean = s->first[1];
    for (size_t i = 0, end; i < s->n; i = end) {
        end = end_of_group(s, i);
        double sum = from[s->row[i]];
        for (size_t k = 1; i + k < end; k++) {
            double next = from[s->row[i + k]], m = (double)k;
            to[within++] = (sum - m * next) / sqrt(m * (m + 1.0));
            sum += next;
        }
        to[mean++] = sum / sqrt((double)(end - i));
    }
}

/* Q and R of the rotated X, columns in order, dependent ones left out. */
static VgStatus factor_design(VgArena *arena, const VgLmmManyData *data, VgLmmShared *s,
                              VgError *error)
{
    size_t n = s->n, p = data->x.cols;
    VgMatrix x = vg_matrix_new(arena, n, p), copy = vg_matrix_new(arena, n, p);
    s->column = VG_NEW(arena, size_t, p);
    s->r = VG_NEW(arena, double, p *p);
    if (!x.data || !copy.data || !s->column || !s->r)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++)
        rotate(s, &VG_AT(data->x, 0, j), x.data + j * n);
    vg_matrix_copy(x, copy);
    VgQr qr;
    VG_TRY(vg_qr_factor(arena, copy, VG_RANK_TOLERANCE, &qr, error));
    size_t rank = s->rank = qr.rank;
    s->p = p;
    s->q = VG_NEW(arena, double, n *rank + 1);
    if (!s->q)
        return vg_fail_memory(error);
    for (size_t k = 0; k < rank; k++) {
        s->column[k] = qr.pivot[k];
        memcpy(s->q + k * n, x.data + qr.pivot[k] * n, n * sizeof *s->q);
        for (size_t i = 0; i <= k; i++)
            s->r[i + k * rank] = VG_AT(qr.qr, i, k);
    }
    if (rank)
        cblas_dtrsm(CblasColMajor, CblasRight, CblasUpper, CblasNoTrans, CblasNonUnit, (int)n,
                    (int)rank, 1.0, s->r, (int)rank, s->q, (int)n);
    return VG_OK;
}

static VgStatus share(VgArena *arena, VgLmmShared *s, VgError *error)
{
    size_t rank = s->rank, square = rank * rank;
    s->s = VG_NEW(arena, double, square * s->n_classes + 1);
    s->factor = VG_NEW(arena, double, square *VG_LMM_GRID + 1);
    if (!s->s || !s->factor)
        return vg_fail_memory(error);
    for (size_t c = 0; rank && c < s->n_classes; c++) {
        const double *q = s->q + s->first[c];
        int n = (int)(s->first[c + 1] - s->first[c]);
        if (n)
            cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, (int)rank, (int)rank, n, 1.0, q,
                        (int)s->n, q, (int)s->n, 0.0, s->s + c * square, (int)rank);
    }
    return VG_OK;
}

/* ---- the fast unit ---- */

static VgLmmRecord *record_of(const Work *work, char *record, size_t k, VgInference **answer)
{
    size_t stride = sizeof(VgLmmRecord) + work->n_contrasts * sizeof(VgInference);
    *answer = (VgInference *)(void *)(record + k * stride + sizeof(VgLmmRecord));
    return (VgLmmRecord *)(void *)(record + k * stride);
}

static void give_up(const Work *work, char *record, size_t k, VgLmmStatus status, size_t n)
{
    VgInference *answer;
    VgLmmRecord *out = record_of(work, record, k, &answer);
    *out = (VgLmmRecord){.status = status, .n = n, .sigma = NAN, .variance = NAN};
    for (size_t c = 0; c < work->n_contrasts; c++)
        answer[c] = (VgInference){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
}

/* Residuals of least squares of the unit's outcomes, in place of y, and their Q'y. */
static VgStatus residuals_of(VgArena *arena, const Work *work, const Unit *unit,
                             const VgLmmShared *s, double **e, double **effect, double *size,
                             VgError *error)
{
    size_t n = s->n, rank = s->rank;
    int in = (int)n, ir = (int)rank, many = (int)unit->n;
    *e = VG_NEW(arena, double, n * unit->n);
    *effect = VG_NEW(arena, double, rank * unit->n);
    double *more = VG_NEW(arena, double, rank * unit->n);
    if (!*e || !*effect || !more)
        return vg_fail_memory(error);
    for (size_t k = 0; k < unit->n; k++) {
        rotate(s, &VG_AT(work->data->y, 0, unit->outcome[k]), *e + k * n);
        size[k] = cblas_dnrm2(in, *e + k * n, 1);
    }
    for (int pass = 0; pass < 2; pass++) { /* twice: Q is orthonormal to rounding only */
        cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, ir, many, in, 1.0, s->q, in, *e, in,
                    0.0, more, ir);
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, in, many, ir, -1.0, s->q, in, more,
                    ir, 1.0, *e, in);
        cblas_daxpy(ir * many, 1.0, more, 1, *effect, 1);
    }
    return VG_OK;
}

static VgStatus fit_unit_fast(VgArena *arena, const Work *work, const Unit *unit, char *record,
                              VgError *error)
{
    VgLmmShared s = {.ml = work->options->lmm.likelihood == VG_ML,
                     .search = work->data->n_terms > 0};
    VG_TRY(list_rows(arena, work, unit->outcome[0], &s, error));
    VG_TRY(list_classes(arena, &s, error));
    if (s.n > 0)
        VG_TRY(factor_design(arena, work->data, &s, error));
    bool enough =
        s.n > s.rank && s.rank > 0 && (!s.search || (s.first[1] > 0 && s.n - s.first[1] > 1));
    for (size_t k = 0; !enough && k < unit->n; k++)
        give_up(work, record, k, VG_LMM_TOO_FEW_ROWS, s.n);
    if (!enough)
        return VG_OK;
    VG_TRY(share(arena, &s, error));
    s.nu = (double)s.n - (s.ml ? 0.0 : (double)s.rank);
    bool grid = vg_lmm_grid(&s);
    VgLmmScratch scratch;
    VG_TRY(vg_lmm_scratch(arena, s.rank, &scratch, error));
    double *e, *effect, *size = VG_NEW(arena, double, unit->n);
    VgLmmOutcome outcome = {.t = VG_NEW(arena, double, s.rank *s.n_classes),
                            .ee = VG_NEW(arena, double, s.n_classes)};
    if (!size || !outcome.t || !outcome.ee)
        return vg_fail_memory(error);
    VG_TRY(residuals_of(arena, work, unit, &s, &e, &effect, size, error));
    for (size_t k = 0; k < unit->n; k++) {
        double *mine = e + k * s.n, norm = cblas_dnrm2((int)s.n, mine, 1);
        if (!(norm > 1e-13 * size[k]) || !grid) {
            give_up(work, record, k, grid ? VG_LMM_CONSTANT : VG_LMM_NO_CONVERGENCE, s.n);
            continue;
        }
        outcome.scale = norm / sqrt((double)(s.n - s.rank));
        outcome.effect = effect + k * s.rank;
        cblas_dscal((int)s.n, 1.0 / outcome.scale, mine, 1);
        for (size_t c = 0; c < s.n_classes; c++) {
            int n = (int)(s.first[c + 1] - s.first[c]);
            const double *part = mine + s.first[c];
            memset(outcome.t + c * s.rank, 0, s.rank * sizeof *outcome.t);
            cblas_dgemv(CblasColMajor, CblasTrans, n, (int)s.rank, 1.0, s.q + s.first[c], (int)s.n,
                        part, 1, 0.0, outcome.t + c * s.rank, 1);
            outcome.ee[c] = cblas_ddot(n, part, 1, part, 1);
        }
        VgInference *answer;
        VgLmmRecord *out = record_of(work, record, k, &answer);
        vg_lmm_one(&s, &outcome, work->contrast, work->n_contrasts, work->options->lmm.df,
                   work->level, &scratch, out, answer);
    }
    return VG_OK;
}

/* ---- any other model: vg_lmm_fit on the rows observed ---- */

static VgStatus take_term(VgArena *arena, const VgLmmTerm *term, const VgLmmShared *s,
                          VgLmmTerm *out, VgError *error)
{
    int32_t *fresh = VG_NEW(arena, int32_t, term->n_groups),
            *group = VG_NEW(arena, int32_t, s->n + 1);
    *out = *term;
    out->z = vg_matrix_new(arena, s->n, term->z.cols);
    if (!fresh || !group || !out->z.data)
        return vg_fail_memory(error);
    out->n_groups = 0;
    for (size_t i = 0; i < s->n; i++) {
        int32_t *mine = &fresh[term->group[s->row[i]]];
        if (*mine == 0)
            *mine = (int32_t)++out->n_groups;
        group[i] = *mine - 1;
        for (size_t c = 0; c < term->z.cols; c++)
            VG_AT(out->z, i, c) = VG_AT(term->z, s->row[i], c);
    }
    out->group = group;
    return VG_OK;
}

static VgStatus fit_one_slowly(VgArena *arena, const Work *work, size_t outcome, char *record,
                               VgError *error)
{
    const VgLmmManyData *data = work->data;
    VgLmmShared s = {.search = false};
    VG_TRY(list_rows(arena, work, outcome, &s, error));
    if (s.n > 0)
        VG_TRY(factor_design(arena, data, &s, error));
    double *y = VG_NEW(arena, double, s.n + 1), *l = VG_NEW(arena, double, s.rank + 1);
    VgLmmTerm *term = VG_NEW(arena, VgLmmTerm, data->n_terms);
    VgMatrix x = vg_matrix_new(arena, s.n, s.rank);
    if (!y || !l || !term || !x.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < s.n; i++) {
        y[i] = VG_AT(data->y, s.row[i], outcome);
        for (size_t k = 0; k < s.rank; k++)
            VG_AT(x, i, k) = VG_AT(data->x, s.row[i], s.column[k]);
    }
    for (size_t t = 0; t < data->n_terms; t++)
        VG_TRY(take_term(arena, &data->term[t], &s, &term[t], error));
    VgLmmData one = {.n_rows = s.n, .x = x, .y = y, .term = term, .n_terms = data->n_terms};
    VgLmmFit fit;
    VgError why = {0};
    VgStatus status = s.n > s.rank && s.rank
                          ? vg_lmm_fit_held(arena, &one, &work->options->lmm, &fit, &why)
                          : VG_NOT_ESTIMABLE;
    if (status == VG_NO_MEMORY)
        return vg_fail_memory(error);
    if (status != VG_OK) {
        bool varies = false;
        for (size_t i = 1; i < s.n; i++)
            varies = varies || y[i] != y[0];
        give_up(work, record, 0,
                status == VG_NO_CONVERGENCE ? VG_LMM_NO_CONVERGENCE
                : varies                    ? VG_LMM_TOO_FEW_ROWS
                                            : VG_LMM_CONSTANT,
                s.n);
        return VG_OK;
    }
    give_up(work, record, 0, fit.singular ? VG_LMM_SINGULAR : VG_LMM_FITTED, s.n);
    VgInference *answer;
    VgLmmRecord *out = record_of(work, record, 0, &answer);
    out->sigma = fit.sigma;
    out->variance = fit.random[0].covariance.data[0];
    for (size_t c = 0; c < work->n_contrasts; c++) {
        const double *contrast = work->contrast + c * data->x.cols;
        size_t touched = 0, kept = 0;
        for (size_t j = 0; j < data->x.cols; j++)
            touched += contrast[j] != 0.0;
        for (size_t k = 0; k < s.rank; k++) {
            l[k] = contrast[s.column[k]];
            kept += l[k] != 0.0;
        }
        if (kept == touched && touched)
            VG_TRY(vg_lmm_contrast(&fit, l, work->level, &answer[c], error));
    }
    return VG_OK;
}

/* ---- units ---- */

static VgStatus fit_unit(size_t i, VgRandom random, VgArena *scratch, const void *context,
                         void *record, VgError *error)
{
    (void)random;
    const Work *work = context;
    const Unit *unit = &work->unit[i];
    if (work->fast)
        return fit_unit_fast(scratch, work, unit, record, error);
    return fit_one_slowly(scratch, work, unit->outcome[0], record, error);
}

static VgStatus keep_unit(size_t i, const void *record, void *total, VgError *error)
{
    (void)error;
    const Work *work = total;
    VgLmmMany *many = work->many;
    const Unit *unit = &work->unit[i];
    size_t stride = sizeof(VgLmmRecord) + work->n_contrasts * sizeof(VgInference);
    for (size_t k = 0; k < unit->n; k++) {
        size_t f = unit->outcome[k];
        VgLmmRecord one;
        memcpy(&one, (const char *)record + k * stride, sizeof one);
        memcpy(many->answer + f * work->n_contrasts, (const char *)record + k * stride + sizeof one,
               work->n_contrasts * sizeof(VgInference));
        many->status[f] = one.status;
        many->n[f] = one.n;
        many->sigma[f] = one.sigma;
        many->variance[f] = one.variance;
        many->n_singular += one.status == VG_LMM_SINGULAR;
        many->n_failed += one.status > VG_LMM_SINGULAR;
    }
    return VG_OK;
}

/* Outcomes by pattern of missing rows, in the order of their first; then in chunks. */
static VgStatus make_units(VgArena *arena, Work *work, VgError *error)
{
    const VgLmmManyData *data = work->data;
    size_t rows = data->y.rows, many = data->y.cols, bytes = rows / 8 + 1;
    size_t chunk = work->fast ? CHUNK : 1;
    unsigned char *mask = VG_NEW(arena, unsigned char, bytes);
    size_t *pattern = VG_NEW(arena, size_t, many), *start = VG_NEW(arena, size_t, many + 2);
    size_t *order = VG_NEW(arena, size_t, many);
    work->unit = VG_NEW(arena, Unit, many + 1);
    VgMap *map = vg_map_create(arena);
    if (!mask || !pattern || !start || !order || !work->unit || !map)
        return vg_fail_memory(error);
    size_t patterns = 0;
    for (size_t f = 0; f < many; f++) {
        memset(mask, 0, bytes);
        for (size_t i = 0; i < rows; i++)
            if (isnan(VG_AT(data->y, i, f)))
                mask[i / 8] |= (unsigned char)(1u << (i % 8));
        int64_t at = vg_map_add(map, (const char *)mask, bytes);
        if (at < 0)
            return vg_fail_memory(error);
        pattern[f] = (size_t)at;
        patterns = (size_t)at + 1 > patterns ? (size_t)at + 1 : patterns;
        start[pattern[f] + 1]++;
    }
    work->many->n_patterns = patterns;
    for (size_t q = 0; q < patterns; q++)
        start[q + 1] += start[q];
    for (size_t f = many; f-- > 0;)
        order[--start[pattern[f] + 1]] = f; /* start[q + 1] sinks to the start of q */
    for (size_t at = 0; at < many;) {
        size_t n = 1;
        while (n < chunk && at + n < many && pattern[order[at + n]] == pattern[order[at]])
            n++;
        work->unit[work->n_units++] = (Unit){order + at, n};
        at += n;
    }
    return VG_OK;
}

static VgStatus check(const VgLmmManyData *data, const VgLmmManyOptions *options, VgError *error)
{
    size_t rows = data->x.rows;
    if (rows == 0 || data->x.cols == 0 || data->y.rows != rows)
        return vg_fail(error, VG_INVALID_INPUT, "a design of %zu rows for outcomes of %zu rows",
                       "give one row of outcomes per row of the design", rows, data->y.rows);
    if (options->lmm.df == VG_DF_KENWARD_ROGER && options->lmm.likelihood == VG_ML)
        return vg_fail(error, VG_INVALID_INPUT, "Kenward-Roger needs REML",
                       "leave out ML, or use satterthwaite");
    if (options->lmm.df != VG_DF_KENWARD_ROGER && options->lmm.df != VG_DF_SATTERTHWAITE &&
        options->lmm.df != VG_DF_RESIDUAL)
        return vg_fail(error, VG_INVALID_INPUT, "no %s degrees of freedom for mixed models",
                       "use satterthwaite, kenward-roger or residual",
                       vg_df_method_name(options->lmm.df));
    for (size_t j = 0; j < data->x.cols; j++)
        for (size_t i = 0; i < rows; i++)
            if (!isfinite(VG_AT(data->x, i, j)))
                return vg_fail(error, VG_INVALID_INPUT, "the design has no value in row %zu",
                               "leave the row out", i + 1);
    for (size_t f = 0; f < data->y.cols; f++)
        for (size_t i = 0; i < rows; i++)
            if (isinf(VG_AT(data->y, i, f)))
                return vg_fail(error, VG_INVALID_INPUT, "outcome %zu is infinite in row %zu",
                               "mark it as missing", f + 1, i + 1);
    for (size_t t = 0; t < data->n_terms; t++)
        if (data->term[t].n_groups * data->term[t].z.cols >= rows)
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "%s has %zu random effects for %zu rows: they cannot be told from the "
                           "residual",
                           "leave the random effects out, or give more rows per group",
                           data->term[t].name ? data->term[t].name : "a random-effects term",
                           data->term[t].n_groups * data->term[t].z.cols, rows);
    for (size_t t = 0; t < data->n_terms; t++)
        for (size_t i = 0; i < rows; i++)
            if (data->term[t].z.rows != rows || data->term[t].group[i] < 0 ||
                (size_t)data->term[t].group[i] >= data->term[t].n_groups)
                return vg_fail(error, VG_INVALID_INPUT, "group %d in row %zu is out of range",
                               "number the groups from 0", (int)data->term[t].group[i], i + 1);
    return VG_OK;
}

/* No random effects, or one random intercept whose df need no more than γ and sigma. */
static bool is_fast(const VgLmmManyData *data, const VgLmmManyOptions *options)
{
    if (data->n_terms == 0)
        return true;
    if (data->n_terms > 1 || data->term[0].z.cols != 1 || options->lmm.df == VG_DF_KENWARD_ROGER)
        return false;
    for (size_t i = 0; i < data->x.rows; i++)
        if (VG_AT(data->term[0].z, i, 0) != 1.0)
            return false;
    return true;
}

VgStatus vg_lmm_fit_many(VgArena *arena, const VgLmmManyData *data, const VgLmmManyOptions *options,
                         VgLmmMany *many, VgError *error)
{
    VG_TRY(check(data, options, error));
    size_t p = data->x.cols, outcomes = data->y.cols;
    Work work = {.data = data,
                 .options = options,
                 .contrast = data->contrast,
                 .n_contrasts = data->contrast ? data->n_contrasts : p,
                 .level = options->level > 0 ? options->level : 0.95,
                 .fast = is_fast(data, options),
                 .many = many};
    *many = (VgLmmMany){.n_outcomes = outcomes,
                        .n_contrasts = work.n_contrasts,
                        .answer = VG_NEW(arena, VgInference, outcomes * work.n_contrasts),
                        .status = VG_NEW(arena, VgLmmStatus, outcomes),
                        .n = VG_NEW(arena, size_t, outcomes),
                        .sigma = VG_NEW(arena, double, outcomes),
                        .variance = VG_NEW(arena, double, outcomes)};
    if (!many->answer || !many->status || !many->n || !many->sigma || !many->variance)
        return vg_fail_memory(error);
    if (!work.contrast) {
        double *unit = VG_NEW(arena, double, p *p);
        if (!unit)
            return vg_fail_memory(error);
        for (size_t j = 0; j < p; j++)
            unit[j * (p + 1)] = 1.0;
        work.contrast = unit;
    }
    VG_TRY(make_units(arena, &work, error));
    size_t chunk = work.fast ? CHUNK : 1;
    VgReplicate plan = {.count = work.n_units,
                        .stream = VG_STREAM_TEST,
                        .record_size =
                            chunk * (sizeof(VgLmmRecord) + work.n_contrasts * sizeof(VgInference)),
                        .body = fit_unit,
                        .merge = keep_unit,
                        .context = &work,
                        .total = &work,
                        .threads = options->threads};
    return vg_replicate(&plan, error);
}

const char *vg_lmm_status_name(VgLmmStatus status)
{
    static const char *const NAME[] = {[VG_LMM_FITTED] = "fitted",
                                       [VG_LMM_SINGULAR] = "singular",
                                       [VG_LMM_TOO_FEW_ROWS] = "too_few_rows",
                                       [VG_LMM_CONSTANT] = "constant",
                                       [VG_LMM_NO_CONVERGENCE] = "no_convergence",
                                       [VG_LMM_SEPARATED] = "separated"};
    return (size_t)status < sizeof NAME / sizeof *NAME ? NAME[status] : "unknown";
}
