/* Batches beside a design: what they explain, and their removal that leaves the design alone. METHODS 1.4. */
#include <vagus/quality.h>

#include <math.h>
#include <string.h>

#include <cblas.h>

#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/random.h"

/* Columns whose squared length falls below this share once those before them are taken out hang on them. */
static const double DEPENDENT = 1e-10;

/* QR of [design, batches]: the batches' columns come last (centred indicators of all but the first). */
typedef struct Joint {
    size_t n, p, df;
    VgQr design, joint;
    VgMatrix indicator; /* n × df, centred */
} Joint;

static VgStatus check(VgMatrix y, VgMatrix design, const size_t *batch, size_t n_batches,
                      size_t *count, VgError *error)
{
    if (n_batches < 2)
        return vg_fail(error, VG_INVALID_INPUT, "%zu batch", "one batch has nothing to explain",
                       n_batches);
    for (size_t i = 0; i < y.rows; i++)
        count[batch[i]]++;
    for (size_t b = 0; b < n_batches; b++)
        if (!count[b])
            return vg_fail(error, VG_INVALID_INPUT, "batch %zu has no sample", "leave it out",
                           b + 1);
    for (size_t j = 0; j < y.cols; j++)
        for (size_t i = 0; i < y.rows; i++)
            if (!isfinite(VG_AT(y, i, j)))
                return vg_fail(error, VG_INVALID_INPUT, "feature %zu of sample %zu is missing",
                               "leave out or impute what is missing first", j + 1, i + 1);
    if (design.rows != y.rows || y.rows <= design.cols + n_batches - 1)
        return vg_fail(
            error, VG_NOT_ESTIMABLE, "%zu samples for a design of %zu columns and %zu batches",
            "more samples are needed to tell batches from arms", y.rows, design.cols, n_batches);
    return VG_OK;
}

static VgStatus factor(VgArena *arena, VgMatrix y, VgMatrix design, const size_t *batch,
                       size_t n_batches, Joint *joint, VgError *error)
{
    size_t n = y.rows, p = design.cols, df = n_batches - 1;
    *joint = (Joint){.n = n, .p = p, .df = df, .indicator = vg_matrix_new(arena, n, df)};
    size_t *count = VG_NEW(arena, size_t, n_batches);
    VgMatrix alone = vg_matrix_new(arena, n, p), both = vg_matrix_new(arena, n, p + df);
    if (!count || !alone.data || !both.data || !joint->indicator.data)
        return vg_fail_memory(error);
    VG_TRY(check(y, design, batch, n_batches, count, error));
    for (size_t i = 0; i < n; i++)
        for (size_t b = 0; b < df; b++)
            VG_AT(joint->indicator, i, b) = (batch[i] == b + 1) - (double)count[b + 1] / (double)n;
    vg_matrix_copy(design, alone);
    vg_matrix_copy(design, (VgMatrix){both.data, n, p, both.stride});
    vg_matrix_copy(joint->indicator, (VgMatrix){&VG_AT(both, 0, p), n, df, both.stride});
    VG_TRY(vg_qr_factor(arena, alone, VG_RANK_TOLERANCE, &joint->design, error));
    if (joint->design.rank < p)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "column %zu of the design is a combination of others", "leave it out",
                       joint->design.pivot[p - 1] + 1);
    VG_TRY(vg_qr_factor(arena, both, VG_RANK_TOLERANCE, &joint->joint, error));
    if (joint->joint.rank < p + df)
        return vg_fail(
            error, VG_NOT_ESTIMABLE,
            "arm or visit is aliased with batch: no analysis can tell them apart",
            "samples of every arm and visit must be spread over the batches; report this "
            "as a limit of the data");
    return VG_OK;
}

/* |B'B centred| / |B'B after the design| to the power 1/df: Fox & Monette 1992, with the constant in the design. */
static VgStatus inflation(VgArena *arena, const Joint *joint, double *gvif, VgError *error)
{
    VgMatrix raw = vg_matrix_new(arena, joint->df, joint->df),
             copy = vg_matrix_new(arena, joint->n, joint->df),
             rest = vg_matrix_new(arena, joint->df, joint->df);
    if (!raw.data || !copy.data || !rest.data)
        return vg_fail_memory(error);
    vg_cross_product(joint->indicator, raw);
    vg_matrix_copy(joint->indicator, copy);
    for (size_t b = 0; b < joint->df; b++)
        vg_qr_transposed_multiply(&joint->design, &VG_AT(copy, 0, b));
    vg_cross_product((VgMatrix){copy.data + joint->p, joint->n - joint->p, joint->df, copy.stride},
                     rest);
    *gvif = vg_cholesky(raw) && vg_cholesky(rest)
                ? exp((vg_cholesky_log_determinant(raw) - vg_cholesky_log_determinant(rest)) /
                      (double)joint->df)
                : INFINITY;
    return VG_OK;
}

VgStatus vg_batch_effect(VgArena *arena, VgMatrix y, VgMatrix design, const size_t *batch,
                         size_t n_batches, VgBatchEffect *effect, VgError *error)
{
    Joint joint;
    VG_TRY(factor(arena, y, design, batch, n_batches, &joint, error));
    size_t n = joint.n, last = joint.p + joint.df;
    *effect = (VgBatchEffect){.n_batches = n_batches,
                              .feature_r2 = VG_NEW(arena, double, y.cols),
                              .f = VG_NEW(arena, double, y.cols),
                              .p = VG_NEW(arena, double, y.cols),
                              .df = (double)joint.df,
                              .df_residual = (double)(n - last)};
    double *z = VG_NEW(arena, double, n), explained = 0, total = 0;
    if (!effect->feature_r2 || !effect->f || !effect->p || !z)
        return vg_fail_memory(error);
    VG_TRY(inflation(arena, &joint, &effect->gvif, error));
    for (size_t j = 0; j < y.cols; j++) {
        double of_batch = 0, rest = 0, mean = 0, around = 0;
        memcpy(z, &VG_AT(y, 0, j), n * sizeof *z);
        for (size_t i = 0; i < n; i++)
            mean += z[i] / (double)n;
        for (size_t i = 0; i < n; i++)
            around += (z[i] - mean) * (z[i] - mean);
        vg_qr_transposed_multiply(&joint.joint, z);
        for (size_t i = joint.p; i < last; i++)
            of_batch += z[i] * z[i];
        for (size_t i = last; i < n; i++)
            rest += z[i] * z[i];
        effect->feature_r2[j] = of_batch + rest > 0 ? of_batch / (of_batch + rest) : NAN;
        effect->f[j] = (of_batch / effect->df) / (rest / effect->df_residual);
        effect->p[j] = rest > 0 ? vg_f_upper(effect->f[j], effect->df, effect->df_residual) : NAN;
        explained += of_batch;
        total += around;
    }
    effect->r2 = total > 0 ? explained / total : NAN;
    return VG_OK;
}

VgStatus vg_batch_correct(VgArena *arena, VgMatrix y, VgMatrix design, const size_t *batch,
                          size_t n_batches, VgMatrix *corrected, VgError *error)
{
    Joint joint;
    VG_TRY(factor(arena, y, design, batch, n_batches, &joint, error));
    size_t n = joint.n;
    *corrected = vg_matrix_new(arena, n, y.cols);
    double *z = VG_NEW(arena, double, n);
    if (!corrected->data || !z)
        return vg_fail_memory(error);
    for (size_t j = 0; j < y.cols; j++) {
        memcpy(z, &VG_AT(y, 0, j), n * sizeof *z);
        vg_qr_transposed_multiply(&joint.joint, z);
        vg_qr_solve(&joint.joint, z);
        for (size_t i = 0; i < n; i++) {
            double part = 0; /* of the batch; centred indicators leave the mean */
            for (size_t b = 0; b < joint.df; b++)
                part += z[joint.p + b] * VG_AT(joint.indicator, i, b);
            VG_AT(*corrected, i, j) = VG_AT(y, i, j) - part;
        }
    }
    return VG_OK;
}

/* --- whether batch and group can be told apart ------------------------------------------------- */

static size_t root_of(size_t *parent, size_t k)
{
    while (parent[k] != k)
        k = parent[k] = parent[parent[k]];
    return k;
}

size_t vg_batch_parts(VgArena *arena, const size_t *group, size_t n_groups, const size_t *batch,
                      size_t n_batches, size_t n)
{
    size_t nodes = n_groups + n_batches, parts = 0;
    size_t *parent = VG_NEW(arena, size_t, nodes);
    bool *used = VG_NEW(arena, bool, nodes);
    if (!parent || !used)
        return SIZE_MAX;
    for (size_t k = 0; k < nodes; k++)
        parent[k] = k;
    for (size_t i = 0; i < n; i++) {
        size_t b = n_groups + batch[i];
        used[group[i]] = used[b] = true;
        parent[root_of(parent, group[i])] = root_of(parent, b);
    }
    for (size_t k = 0; k < nodes; k++)
        parts += used[k] && parent[k] == k;
    return parts;
}

/* --- the share of a layer ---------------------------------------------------------------------- */

/* Samples as their cross-products, beside columns: those of the design, then every batch but the first. */
typedef struct Gram {
    VgMatrix products; /* n × n */
    VgMatrix column;   /* X: n × m */
    VgMatrix applied;  /* products · X: n × m */
    VgMatrix basis;    /* scratch, m × m: orthonormal combinations of columns */
    double *scratch;   /* m */
    size_t n, p, n_batches;
} Gram;

/* All that a share needs of some rows: so that rows are gone through once, and not in every replicate. */
typedef struct Sums {
    VgMatrix together; /* X'X: m × m */
    VgMatrix with;     /* X' products X: m × m */
    double total;      /* of the products' diagonal */
    size_t n;
} Sums;

/* Columns k … of the sums, from all rows. */
static void add_up(const Gram *g, size_t first, Sums *sums)
{
    size_t m = g->column.cols;
    int n = (int)g->n, new = (int)(m - first);
    if (new > 0)
        cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, n, new, n, 1, g->products.data,
                    (int)g->products.stride, &VG_AT(g->column, 0, first), (int)g->column.stride, 0,
                    &VG_AT(g->applied, 0, first), (int)g->applied.stride);
    for (size_t k = first; k < m; k++)
        for (size_t l = 0; l <= k; l++) {
            double together = 0, with = 0;
            for (size_t i = 0; i < g->n; i++) {
                together += VG_AT(g->column, i, k) * VG_AT(g->column, i, l);
                with += VG_AT(g->column, i, l) * VG_AT(g->applied, i, k);
            }
            VG_AT(sums->together, k, l) = VG_AT(sums->together, l, k) = together;
            VG_AT(sums->with, k, l) = VG_AT(sums->with, l, k) = with;
        }
}

static void deal(const Gram *g, const size_t *batch, Sums *sums)
{
    for (size_t b = 0; b + 1 < g->n_batches; b++)
        for (size_t i = 0; i < g->n; i++)
            VG_AT(g->column, i, g->p + b) = batch[i] == b + 1;
    add_up(g, g->p, sums);
}

static double inner(const double *x, const double *y, size_t m)
{
    double sum = 0;
    for (size_t k = 0; k < m; k++)
        sum += x[k] * y[k];
    return sum;
}

/* x' A x, and A x. */
static double form(VgMatrix a, const double *x, double *ax)
{
    for (size_t k = 0; k < a.cols; k++)
        ax[k] = inner(&VG_AT(a, 0, k), x, a.rows); /* symmetric */
    return inner(x, ax, a.rows);
}

/* share, and adjusted for the df it took. Columns are made orthonormal one after the other; those that hang on the ones before
 * them, or that the rows in use leave empty, are left out. O(m³). */
static void share_of(const Gram *g, const Sums *sums, double *share, double *adjusted)
{
    size_t m = g->column.cols, rank = 0, of_design = 0;
    double explained = 0, of_batch = 0;
    for (size_t k = 0; k < m; k++) {
        double *w = &VG_AT(g->basis, 0, rank), *v = g->scratch;
        memset(w, 0, m * sizeof *w);
        w[k] = 1;
        for (int twice = 0; twice < 2; twice++) {
            form(sums->together, w, v);
            for (size_t r = 0; r < rank; r++) {
                const double *before = &VG_AT(g->basis, 0, r);
                double along = inner(before, v, m);
                for (size_t l = 0; l < m; l++)
                    w[l] -= along * before[l];
            }
        }
        double left = form(sums->together, w, v);
        if (!(left > DEPENDENT * VG_AT(sums->together, k, k)))
            continue;
        for (size_t l = 0; l < m; l++)
            w[l] /= sqrt(left);
        *(k < g->p ? &explained : &of_batch) += form(sums->with, w, v);
        of_design += k < g->p;
        rank++;
    }
    double within = sums->total - explained;
    double before = (double)(sums->n - of_design), after = (double)(sums->n - rank);
    *share = within > 1e-12 * sums->total ? of_batch / within : NAN;
    *adjusted = sums->n > rank ? 1 - (1 - *share) * before / after : NAN;
}

/* Takes one participant's rows from the sums. */
static void leave_out(const Gram *g, const size_t *row, size_t n_rows, Sums *sums)
{
    size_t m = g->column.cols;
    for (size_t a = 0; a < n_rows; a++) {
        size_t i = row[a];
        sums->total -= VG_AT(g->products, i, i);
        for (size_t k = 0; k < m; k++)
            for (size_t l = 0; l < m; l++) {
                double x = VG_AT(g->column, i, k), y = VG_AT(g->column, i, l);
                double with = x * VG_AT(g->applied, i, l) + VG_AT(g->applied, i, k) * y;
                for (size_t b = 0; x != 0 && b < n_rows; b++) /* pairs of them, taken twice above */
                    with -= x * VG_AT(g->products, i, row[b]) * VG_AT(g->column, row[b], l);
                VG_AT(sums->together, k, l) -= x * y;
                VG_AT(sums->with, k, l) -= with;
            }
    }
    sums->n -= n_rows;
}

static VgStatus new_sums(VgArena *arena, const Gram *g, Sums *sums, VgError *error)
{
    size_t m = g->column.cols;
    *sums = (Sums){.together = vg_matrix_new(arena, m, m), .with = vg_matrix_new(arena, m, m)};
    return sums->together.data && sums->with.data ? VG_OK : vg_fail_memory(error);
}

static void copy_sums(const Gram *g, const Sums *from, Sums *to)
{
    size_t m = g->column.cols;
    memcpy(to->together.data, from->together.data, m * m * sizeof(double));
    memcpy(to->with.data, from->with.data, m * m * sizeof(double));
    to->total = from->total;
    to->n = from->n;
}

static VgStatus jackknife(VgArena *arena, const Gram *g, const Sums *all, const size_t *participant,
                          size_t n_participants, double level, VgBatchShare *out, VgError *error)
{
    double *value = VG_NEW(arena, double, n_participants), mean = 0, squares = 0, whole;
    size_t *row = VG_NEW(arena, size_t, g->n), m = 0;
    Sums rest;
    VG_TRY(new_sums(arena, g, &rest, error));
    if (!value || !row)
        return vg_fail_memory(error);
    for (size_t who = 0; who < n_participants; who++) {
        size_t n_rows = 0;
        for (size_t i = 0; i < g->n; i++)
            if (participant[i] == who)
                row[n_rows++] = i;
        if (n_rows == 0)
            continue;
        copy_sums(g, all, &rest);
        leave_out(g, row, n_rows, &rest);
        share_of(g, &rest, &whole, &value[m]);
        mean += value[m++];
    }
    out->lower = out->upper = NAN;
    if (m < 3)
        return VG_OK;
    mean /= (double)m;
    for (size_t k = 0; k < m; k++)
        squares += (value[k] - mean) * (value[k] - mean);
    double se = sqrt((double)(m - 1) / (double)m * squares),
           reach = vg_t_quantile(0.5 + level / 2, (double)(m - 1)) * se;
    out->lower = out->adjusted - reach;
    out->upper = out->adjusted + reach;
    return VG_OK;
}

static VgStatus permute(VgArena *arena, const Gram *g, const Sums *all, const size_t *batch,
                        const size_t *participant, size_t n_participants, size_t permutations,
                        uint64_t seed, VgBatchShare *out, VgError *error)
{
    size_t *of = VG_NEW(arena, size_t, n_participants), *unit = VG_NEW(arena, size_t, g->n),
           *dealt = VG_NEW(arena, size_t, g->n), *label = VG_NEW(arena, size_t, g->n),
           *row = VG_NEW(arena, size_t, g->n), units = 0;
    if (!of || !unit || !dealt || !label || !row)
        return vg_fail_memory(error);
    for (size_t q = 0; q < n_participants; q++)
        of[q] = SIZE_MAX;
    out->whole_participants = true;
    for (size_t i = 0; i < g->n; i++) {
        size_t *at = &of[participant[i]];
        out->whole_participants =
            out->whole_participants && (*at == SIZE_MAX || batch[*at] == batch[i]);
        if (*at == SIZE_MAX)
            *at = i;
    }
    for (size_t i = 0; i < g->n; i++) {
        bool first = !out->whole_participants || of[participant[i]] == i;
        if (first)
            label[units] = batch[i];
        unit[i] = first ? units++ : unit[of[participant[i]]];
    }
    Sums sums;
    VG_TRY(new_sums(arena, g, &sums, error));
    copy_sums(g, all, &sums);
    size_t as_large = 0, total = permutations ? permutations : 199;
    for (size_t b = 0; b < total; b++) {
        VgRandom random = vg_random_start(seed ? seed : 1, VG_STREAM_PERMUTATION, (uint32_t)b, 1);
        memcpy(dealt, label, units * sizeof *label);
        vg_random_shuffle(&random, dealt, units);
        for (size_t i = 0; i < g->n; i++)
            row[i] = dealt[unit[i]];
        double share, adjusted;
        deal(g, row, &sums);
        share_of(g, &sums, &share, &adjusted);
        out->expected += share / (double)total;
        as_large += share >= out->share - 1e-8;
    }
    out->p = (double)(1 + as_large) / (double)(1 + total);
    return VG_OK;
}

VgStatus vg_batch_share(VgArena *arena, VgMatrix y, VgMatrix design, const size_t *batch,
                        size_t n_batches, const size_t *participant, size_t n_participants,
                        double level, size_t permutations, uint64_t seed, VgBatchShare *share,
                        VgError *error)
{
    Joint joint;
    VG_TRY(factor(arena, y, design, batch, n_batches, &joint, error));
    size_t n = y.rows, p = design.cols, m = p + n_batches - 1;
    Gram g = {.products = vg_matrix_new(arena, n, n),
              .column = vg_matrix_new(arena, n, m),
              .applied = vg_matrix_new(arena, n, m),
              .basis = vg_matrix_new(arena, m, m),
              .scratch = VG_NEW(arena, double, m),
              .n = n,
              .p = p,
              .n_batches = n_batches};
    Sums sums;
    VG_TRY(new_sums(arena, &g, &sums, error));
    VgMatrix across = vg_matrix_new(arena, y.cols, n);
    if (!g.products.data || !g.column.data || !g.applied.data || !g.basis.data || !g.scratch ||
        !across.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < y.cols; j++) {
        double mean = 0; /* centred: the design holds a 1, and digits are kept */
        for (size_t i = 0; i < n; i++)
            mean += VG_AT(y, i, j) / (double)n;
        for (size_t i = 0; i < n; i++)
            VG_AT(across, j, i) = VG_AT(y, i, j) - mean;
    }
    vg_cross_product(across, g.products);
    for (size_t k = 0; k < p; k++)
        for (size_t i = 0; i < n; i++)
            VG_AT(g.column, i, k) = VG_AT(design, i, k);
    for (size_t i = 0; i < n; i++)
        sums.total += VG_AT(g.products, i, i);
    sums.n = n;
    add_up(&g, 0, &sums);
    deal(&g, batch, &sums);
    *share = (VgBatchShare){0};
    share_of(&g, &sums, &share->share, &share->adjusted);
    if (isnan(share->share))
        return vg_fail(error, VG_NOT_ESTIMABLE, "nothing varies within arms and visits",
                       "there is no share to explain");
    /* first: dealing batches anew changes the columns that it takes rows from */
    VG_TRY(jackknife(arena, &g, &sums, participant, n_participants, level, share, error));
    return permute(arena, &g, &sums, batch, participant, n_participants, permutations, seed, share,
                   error);
}
