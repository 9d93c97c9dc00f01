/* From rows to cross-products per missingness pattern, in coordinates in which X is orthonormal.
 * Method: docs/methods/mmrm.md, "Sufficient statistics". One pass over the rows, O(N (p + M²/m)). */
#include "model/mmrm_internal.h"

#include <math.h>
#include <string.h>

#include <cblas.h>

/* The columns of X at one visit that are not zero there nor a multiple of an earlier one. */
typedef struct VisitColumns {
    size_t n;
    double **column; /* n: gathered values */
    double *map;     /* p × p at most: [u + j p] factor of column u in X's column j */
} VisitColumns;

/* v == c u in every row, to the bit: then the column carries nothing new. */
static bool is_multiple(const double *v, const double *u, size_t n, double *factor)
{
    size_t i = 0;
    while (i < n && u[i] == 0.0) {
        if (v[i] != 0.0)
            return false;
        i++;
    }
    double c = v[i] / u[i];
    if (c == 0.0)
        return false;
    for (; i < n; i++)
        if (v[i] != c * u[i])
            return false;
    *factor = c;
    return true;
}

static VgStatus gather_columns(VgArena *arena, const VgMmrmData *data, const size_t *row, size_t n,
                               VisitColumns *visit, VgError *error)
{
    size_t p = data->x.cols;
    double *buffer = NULL;
    memset(visit->map, 0, p * p * sizeof *visit->map);
    visit->n = 0;
    for (size_t j = 0; j < p; j++) {
        if (!buffer && !(buffer = vg_arena_alloc_raw(arena, n, sizeof *buffer)))
            return vg_fail_memory(error);
        const double *column = data->x.data + j * data->x.stride;
        double sum = 0.0;
        for (size_t i = 0; i < n; i++) {
            buffer[i] = column[row[i]];
            sum += fabs(buffer[i]);
        }
        if (!isfinite(sum))
            return vg_fail(error, VG_INVALID_INPUT, "column %zu (%s) of the design is not finite",
                           "leave out rows with missing covariates", j + 1,
                           data->coefficient_label ? data->coefficient_label[j] : "unnamed");
        if (sum == 0.0)
            continue;
        size_t u = 0;
        double factor = 1.0;
        while (u < visit->n && !is_multiple(buffer, visit->column[u], n, &factor))
            u++;
        if (u == visit->n) {
            visit->column[visit->n++] = buffer;
            buffer = NULL;
            factor = 1.0;
        }
        visit->map[u + j * p] = factor;
    }
    return VG_OK;
}

/* Orthonormalises n columns of length rows in place by Gram–Schmidt, each twice; columns that lie in
 * the span of earlier ones are dropped. r (rank × n, leading dimension ld) keeps the coefficients. */
static size_t orthonormalise(double **column, size_t n, size_t rows, double *r, size_t ld)
{
    size_t rank = 0;
    int length = vg_as_int(rows);
    memset(r, 0, ld * n * sizeof *r);
    for (size_t j = 0; j < n; j++) {
        double *v = column[j];
        double norm = cblas_dnrm2(length, v, 1);
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < rank; i++) {
                double dot = cblas_ddot(length, column[i], 1, v, 1);
                cblas_daxpy(length, -dot, column[i], 1, v, 1);
                r[i + j * ld] += dot;
            }
        double left = cblas_dnrm2(length, v, 1);
        if (!(left > 1e-13 * norm))
            continue;
        r[rank + j * ld] = left;
        cblas_dscal(length, 1.0 / left, v, 1);
        double *kept = column[rank];
        column[rank] = v;
        column[j] = kept;
        rank++;
    }
    return rank;
}

/* The visit's orthonormal basis and its rows of B (rank × p, into `b`). */
static VgStatus visit_basis(VgArena *arena, const VgMmrmData *data, const size_t *row, size_t n,
                            VisitColumns *visit, double *r, double **basis, double *b, size_t *rank,
                            VgError *error)
{
    size_t p = data->x.cols;
    VG_TRY(gather_columns(arena, data, row, n, visit, error));
    if (data->weights)
        for (size_t u = 0; u < visit->n; u++)
            for (size_t i = 0; i < n; i++)
                visit->column[u][i] *= sqrt(data->weights[row[i]]);
    *rank = orthonormalise(visit->column, visit->n, n, r, p);
    *basis = vg_arena_alloc_raw(arena, *rank * n + 1, sizeof **basis);
    if (!*basis)
        return vg_fail_memory(error);
    for (size_t i = 0; i < *rank; i++)
        memcpy(*basis + i * n, visit->column[i], n * sizeof **basis);
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < *rank; i++) {
            double sum = 0.0;
            for (size_t u = 0; u < visit->n; u++)
                sum += r[i + u * p] * visit->map[u + j * p];
            b[i + j * p] = sum;
        }
    return VG_OK;
}

static VgStatus all_bases(VgArena *arena, const VgMmrmData *data, const VgPatterns *patterns,
                          VgStatistics *stats, double **stacked, VgError *error)
{
    size_t p = stats->p, m = stats->m;
    VisitColumns visit = {.column = VG_NEW(arena, double *, p), .map = VG_NEW(arena, double, p *p)};
    double *r = VG_NEW(arena, double, p *p);
    double *b = VG_NEW(arena, double, p *p *m);
    if (!visit.column || !visit.map || !r || !b)
        return vg_fail_memory(error);
    for (size_t a = 0; a < m; a++) {
        size_t rank;
        VG_TRY(visit_basis(arena, data, patterns->row[a], patterns->n_row[a], &visit, r,
                           &stats->basis[a], b + a * p * p, &rank, error));
        stats->offset[a + 1] = stats->offset[a] + rank;
    }
    stats->width = stats->offset[m];
    double *out = VG_NEW(arena, double, stats->width *p + 1);
    if (!out)
        return vg_fail_memory(error);
    for (size_t a = 0; a < m; a++)
        for (size_t j = 0; j < p; j++)
            for (size_t i = 0; i < stats->offset[a + 1] - stats->offset[a]; i++)
                out[stats->offset[a] + i + j * stats->width] = b[a * p * p + i + j * p];
    *stacked = out;
    return VG_OK;
}

/* B = Q R by Gram–Schmidt, twice; refuses a column that depends on those before it (R's tolerance 1e-7). */
static VgStatus factor_design(const VgMmrmData *data, VgStatistics *stats, double *b,
                              VgError *error)
{
    size_t p = stats->p;
    int length = vg_as_int(stats->width);
    for (size_t j = 0; j < p; j++) {
        double *v = b + j * stats->width;
        double norm = cblas_dnrm2(length, v, 1);
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < j; i++) {
                double dot = cblas_ddot(length, b + i * stats->width, 1, v, 1);
                cblas_daxpy(length, -dot, b + i * stats->width, 1, v, 1);
                stats->r[i + j * p] += dot;
            }
        double left = cblas_dnrm2(length, v, 1);
        if (!(left > 1e-7 * norm) || norm == 0.0)
            return vg_fail(
                error, VG_NOT_ESTIMABLE,
                "column %zu (%s) of the design is a combination of the columns before it",
                "leave out the covariate, or give the model only independent columns", j + 1,
                data->coefficient_label ? data->coefficient_label[j] : "unnamed");
        stats->r[j + j * p] = left;
        cblas_dscal(length, 1.0 / left, v, 1);
    }
    stats->q = b;
    return VG_OK;
}

/* Takes the least squares fit off y; δ of that fit is added to `delta`. */
static void remove_ols(const VgPatterns *patterns, VgStatistics *stats, double *delta,
                       double *score, double *gamma)
{
    size_t p = stats->p;
    int width = vg_as_int(stats->width);
    for (size_t a = 0; a < stats->m; a++)
        cblas_dgemv(CblasColMajor, CblasTrans, vg_as_int(patterns->n_row[a]),
                    vg_as_int(stats->offset[a + 1] - stats->offset[a]), 1.0, stats->basis[a],
                    vg_as_int(patterns->n_row[a]), stats->y[a], 1, 0.0, score + stats->offset[a],
                    1);
    cblas_dgemv(CblasColMajor, CblasTrans, width, vg_as_int(p), 1.0, stats->q, width, score, 1, 0.0,
                gamma, 1);
    for (size_t j = 0; j < p; j++)
        delta[j] += gamma[j];
    cblas_dgemv(CblasColMajor, CblasNoTrans, width, vg_as_int(p), 1.0, stats->q, width, gamma, 1,
                0.0, score, 1);
    for (size_t a = 0; a < stats->m; a++)
        cblas_dgemv(CblasColMajor, CblasNoTrans, vg_as_int(patterns->n_row[a]),
                    vg_as_int(stats->offset[a + 1] - stats->offset[a]), -1.0, stats->basis[a],
                    vg_as_int(patterns->n_row[a]), score + stats->offset[a], 1, 1.0, stats->y[a],
                    1);
}

static double sum_of_squares(const VgPatterns *patterns, const VgStatistics *stats)
{
    double sum = 0.0;
    for (size_t a = 0; a < stats->m; a++) {
        double norm = cblas_dnrm2(vg_as_int(patterns->n_row[a]), stats->y[a], 1);
        sum += norm * norm;
    }
    return sum;
}

static VgStatus scale_outcome(VgArena *arena, const VgMmrmData *data, const VgPatterns *patterns,
                              VgStatistics *stats, VgError *error)
{
    size_t p = stats->p, longest = stats->width > p ? stats->width : p;
    double *score = VG_NEW(arena, double, longest);
    double *gamma = VG_NEW(arena, double, longest);
    stats->beta_ols = VG_NEW(arena, double, p);
    if (!score || !gamma || !stats->beta_ols)
        return vg_fail_memory(error);
    for (size_t a = 0; a < stats->m; a++) {
        stats->y[a] = vg_arena_alloc_raw(arena, patterns->n_row[a], sizeof(double));
        if (!stats->y[a])
            return vg_fail_memory(error);
        for (size_t i = 0; i < patterns->n_row[a]; i++) {
            size_t row = patterns->row[a][i];
            double y = data->y[row] - (data->offset ? data->offset[row] : 0.0);
            double weight = data->weights ? data->weights[row] : 1.0;
            stats->y[a][i] = y * sqrt(weight);
            if (data->weights)
                stats->log_weights += log(weight);
        }
    }
    double before = sum_of_squares(patterns, stats);
    for (int pass = 0; pass < 3; pass++)
        remove_ols(patterns, stats, stats->beta_ols, score, gamma);
    double after = sum_of_squares(patterns, stats);
    if (!(after > 1e-28 * before) || data->n_rows <= p)
        return vg_fail(
            error, VG_NOT_ESTIMABLE,
            "the model explains the outcome exactly: %zu rows, %zu coefficients, nothing left",
            "use fewer covariates, or check that the outcome is not computed from them",
            data->n_rows, p);
    stats->scale = sqrt(after / (double)(data->n_rows - p));
    for (size_t a = 0; a < stats->m; a++)
        cblas_dscal(vg_as_int(patterns->n_row[a]), 1.0 / stats->scale, stats->y[a], 1);
    cblas_dtrsv(CblasColMajor, CblasUpper, CblasNoTrans, CblasNonUnit, vg_as_int(p), stats->r,
                vg_as_int(p), stats->beta_ols, 1);
    return VG_OK;
}

/* Copies the pattern's rows of [c, y] side by side, one symmetric product, and splits it. */
static void cross_of_pattern(const VgPatterns *patterns, const VgStatistics *stats,
                             const VgPattern *pattern, VgCrossProducts *cross, double *z,
                             double *product)
{
    size_t n = pattern->n, columns = cross->columns, all = columns + pattern->m;
    for (size_t j = 0; j < pattern->m; j++) {
        size_t a = pattern->visit[j], rows = patterns->n_row[a];
        for (size_t c = cross->offset[j]; c < cross->offset[j + 1]; c++)
            memcpy(z + c * n,
                   stats->basis[a] + (c - cross->offset[j]) * rows + pattern->first_row[j],
                   n * sizeof *z);
        memcpy(z + (columns + j) * n, stats->y[a] + pattern->first_row[j], n * sizeof *z);
    }
    cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, vg_as_int(all), vg_as_int(n), 1.0, z,
                vg_as_int(n), 0.0, product, vg_as_int(all));
    for (size_t c = 0; c < columns; c++) {
        for (size_t r = c; r < columns; r++)
            cross->xx[r + c * columns] = cross->xx[c + r * columns] = product[r + c * all];
        for (size_t j = 0; j < pattern->m; j++)
            cross->xy[c + j * columns] = product[columns + j + c * all];
    }
    for (size_t j = 0; j < pattern->m; j++)
        for (size_t i = j; i < pattern->m; i++)
            cross->yy[i + j * pattern->m] = cross->yy[j + i * pattern->m] =
                product[columns + i + (columns + j) * all];
}

static VgStatus all_cross_products(VgArena *arena, const VgPatterns *patterns, VgStatistics *stats,
                                   VgError *error)
{
    size_t all = stats->width + stats->m, most = 0;
    for (size_t q = 0; q < patterns->n; q++)
        most = patterns->pattern[q].n > most ? patterns->pattern[q].n : most;
    double *z = vg_arena_alloc_raw(arena, most * all, sizeof *z);
    double *product = vg_arena_alloc_raw(arena, all * all, sizeof *product);
    stats->cross = VG_NEW(arena, VgCrossProducts, patterns->n);
    if (!z || !product || !stats->cross)
        return vg_fail_memory(error);
    for (size_t q = 0; q < patterns->n; q++) {
        const VgPattern *pattern = &patterns->pattern[q];
        VgCrossProducts *cross = &stats->cross[q];
        cross->offset = VG_NEW(arena, size_t, pattern->m + 1);
        cross->global = VG_NEW(arena, size_t, pattern->m);
        if (!cross->offset || !cross->global)
            return vg_fail_memory(error);
        for (size_t j = 0; j < pattern->m; j++) {
            size_t a = pattern->visit[j];
            cross->global[j] = stats->offset[a];
            cross->offset[j + 1] = cross->offset[j] + stats->offset[a + 1] - stats->offset[a];
        }
        cross->columns = cross->offset[pattern->m];
        cross->xx = vg_arena_alloc_raw(arena, cross->columns * cross->columns + 1, sizeof(double));
        cross->xy = vg_arena_alloc_raw(arena, cross->columns * pattern->m + 1, sizeof(double));
        cross->yy = vg_arena_alloc_raw(arena, pattern->m * pattern->m, sizeof(double));
        if (!cross->xx || !cross->xy || !cross->yy)
            return vg_fail_memory(error);
        cross_of_pattern(patterns, stats, pattern, cross, z, product);
    }
    return VG_OK;
}

VgStatus vg_mmrm_statistics(VgArena *arena, const VgMmrmData *data, const VgPatterns *patterns,
                            VgStatistics *stats, VgError *error)
{
    size_t p = data->x.cols, m = data->n_visits;
    *stats = (VgStatistics){.p = p, .m = m};
    stats->offset = VG_NEW(arena, size_t, m + 1);
    stats->basis = VG_NEW(arena, double *, m);
    stats->y = VG_NEW(arena, double *, m);
    stats->r = VG_NEW(arena, double, p *p);
    if (!stats->offset || !stats->basis || !stats->y || !stats->r)
        return vg_fail_memory(error);
    double *stacked = NULL;
    VG_TRY(all_bases(arena, data, patterns, stats, &stacked, error));
    VG_TRY(factor_design(data, stats, stacked, error));
    VG_TRY(scale_outcome(arena, data, patterns, stats, error));
    return all_cross_products(arena, patterns, stats, error);
}
