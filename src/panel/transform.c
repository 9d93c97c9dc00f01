/* Transforms of abundance tables: log-ratios (Aitchison 1986), robust CLR (Martino 2019, as vegan's
 * decostand), ILR in the Helmert basis (Egozcue 2003), balances of a tree (Silverman 2017), Blom's normal
 * scores. */
#include <vagus/transform.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "panel/abundance.h"

static const char *const transform_names[] = {
    "clr",       "rclr",     "alr",       "ilr",   "philr",   "log", "inverse-normal",
    "total-sum", "absolute", "hellinger", "chord", "presence"};

const char *vg_transform_name(VgTransform transform)
{
    size_t n = sizeof transform_names / sizeof *transform_names;
    return (size_t)transform < n ? transform_names[transform] : NULL;
}

/* --- zeros ------------------------------------------------------------------------------------ */

static VgStatus replace_multiplicatively(VgMatrix x, const double *total, double delta,
                                         VgError *error)
{
    for (size_t i = 0; i < x.rows; i++) {
        double each = delta > 0 ? delta : 0.65 / total[i];
        size_t zeros = 0;
        for (size_t j = 0; j < x.cols; j++)
            zeros += VG_AT(x, i, j) == 0.0;
        double left = 1 - each * (double)zeros;
        if (!(left > 0))
            return vg_fail(error, VG_INVALID_INPUT,
                           "the %zu zeros of sample %zu, each replaced by %g, would fill it",
                           "give counts (the replacement is 0.65 / depth) or a smaller --delta",
                           zeros, i + 1, each);
        for (size_t j = 0; j < x.cols; j++)
            VG_AT(x, i, j) = VG_AT(x, i, j) == 0.0 ? each : VG_AT(x, i, j) / total[i] * left;
    }
    return VG_OK;
}

static VgStatus refuse_zeros(VgMatrix x, VgError *error)
{
    for (size_t j = 0; j < x.cols; j++)
        for (size_t i = 0; i < x.rows; i++)
            if (VG_AT(x, i, j) == 0.0)
                return vg_fail(error, VG_INVALID_INPUT, "a zero in sample %zu, feature %zu",
                               "a logarithm needs a rule for zeros: a pseudocount or replacement",
                               i + 1, j + 1);
    return VG_OK;
}

/* x becomes its logarithms after the rule for zeros. */
static VgStatus take_logs(VgMatrix x, const double *total, const VgTransformOptions *options,
                          VgError *error)
{
    double add = 0;
    if (options->zeros == VG_ZEROS_MULTIPLICATIVE)
        VG_TRY(replace_multiplicatively(x, total, options->delta, error));
    else if (options->zeros == VG_ZEROS_NONE)
        VG_TRY(refuse_zeros(x, error));
    else
        add = options->pseudocount > 0 ? options->pseudocount : 0.5;
    for (size_t j = 0; j < x.cols; j++)
        for (size_t i = 0; i < x.rows; i++)
            VG_AT(x, i, j) = log(VG_AT(x, i, j) + add);
    return VG_OK;
}

/* --- log-ratios ------------------------------------------------------------------------------- */

static void subtract_row_means(VgMatrix x, double *mean)
{
    for (size_t j = 0; j < x.cols; j++)
        for (size_t i = 0; i < x.rows; i++)
            mean[i] += VG_AT(x, i, j);
    for (size_t j = 0; j < x.cols; j++)
        for (size_t i = 0; i < x.rows; i++)
            VG_AT(x, i, j) -= mean[i] / (double)x.cols;
}

static void robust_clr(VgMatrix x)
{
    for (size_t i = 0; i < x.rows; i++) {
        double sum = 0;
        size_t n = 0;
        for (size_t j = 0; j < x.cols; j++)
            if (VG_AT(x, i, j) > 0) {
                sum += log(VG_AT(x, i, j));
                n++;
            }
        for (size_t j = 0; j < x.cols; j++)
            if (VG_AT(x, i, j) > 0)
                VG_AT(x, i, j) = log(VG_AT(x, i, j)) - sum / (double)n;
    }
}

static void helmert_ilr(VgMatrix logs, VgMatrix out)
{
    for (size_t i = 0; i < logs.rows; i++) {
        double sum = VG_AT(logs, i, 0);
        for (size_t k = 1; k < logs.cols; k++) {
            double n = (double)k;
            VG_AT(out, i, k - 1) = sqrt(n / (n + 1)) * (VG_AT(logs, i, k) - sum / n);
            sum += VG_AT(logs, i, k);
        }
    }
}

typedef struct Balances {
    VgMatrix sum; /* samples × nodes: sums of logs over a node's tips so far */
    size_t *tips; /* nodes: tips behind those sums */
} Balances;

/* Joins child to what its parent holds already; a parent that holds nothing takes the child over. */
static void join(Balances *b, size_t parent, size_t child, VgMatrix out, size_t *column)
{
    double r = (double)b->tips[parent], s = (double)b->tips[child];
    if (!b->tips[child])
        return;
    for (size_t i = 0; i < out.rows; i++) {
        double first = VG_AT(b->sum, i, parent), other = VG_AT(b->sum, i, child);
        if (b->tips[parent])
            VG_AT(out, i, *column) = sqrt(r * s / (r + s)) * (first / r - other / s);
        VG_AT(b->sum, i, parent) = first + other;
    }
    *column += b->tips[parent] > 0;
    b->tips[parent] += b->tips[child];
}

static VgStatus tree_balances(VgArena *arena, VgMatrix logs, const VgBranches *tree, VgMatrix out,
                              VgError *error)
{
    if (!tree)
        return vg_fail(error, VG_INVALID_INPUT, "balances of a tree, but no tree", "give one");
    size_t *order = VG_NEW(arena, size_t, tree->n_nodes);
    Balances b = {vg_matrix_new(arena, logs.rows, tree->n_nodes),
                  VG_NEW(arena, size_t, tree->n_nodes)};
    if (!order || !b.sum.data || !b.tips)
        return vg_fail_memory(error);
    VG_TRY(vg_branches_order(arena, tree, logs.cols, order, error));
    for (size_t f = 0; f < logs.cols; f++) {
        memcpy(&VG_AT(b.sum, 0, tree->tip[f]), &VG_AT(logs, 0, f), logs.rows * sizeof(double));
        b.tips[tree->tip[f]] = 1;
    }
    size_t column = 0;
    for (size_t k = 0; k + 1 < tree->n_nodes; k++)
        join(&b, tree->parent[order[k]], order[k], out, &column);
    return VG_OK;
}

static VgStatus log_ratio(VgArena *arena, VgMatrix x, const VgTransformOptions *options,
                          VgMatrix *out, VgError *error)
{
    if (options->transform == VG_TRANSFORM_CLR) {
        double *mean = VG_NEW(arena, double, x.rows);
        if (!mean)
            return vg_fail_memory(error);
        subtract_row_means(x, mean);
        *out = x;
        return VG_OK;
    }
    if (x.cols < 2)
        return vg_fail(error, VG_INVALID_INPUT, "log-ratios of one feature", "give two or more");
    *out = vg_matrix_new(arena, x.rows, x.cols - 1);
    if (!out->data)
        return vg_fail_memory(error);
    if (options->transform == VG_TRANSFORM_ILR) {
        helmert_ilr(x, *out);
        return VG_OK;
    }
    if (options->transform == VG_TRANSFORM_PHILR)
        return tree_balances(arena, x, options->branches, *out, error);
    if (options->reference >= x.cols)
        return vg_fail(error, VG_INVALID_INPUT, "feature %zu as reference, but there are %zu",
                       "name a feature of the table", options->reference + 1, x.cols);
    for (size_t j = 0, to = 0; j < x.cols; j++)
        if (j != options->reference) {
            for (size_t i = 0; i < x.rows; i++)
                VG_AT(*out, i, to) = VG_AT(x, i, j) - VG_AT(x, i, options->reference);
            to++;
        }
    return VG_OK;
}

/* --- shares, loads, norms --------------------------------------------------------------------- */

static VgStatus absolute(VgMatrix x, const double *total, const double *load, VgError *error)
{
    if (!load)
        return vg_fail(error, VG_INVALID_INPUT, "absolute abundances, but no load",
                       "give the samples' microbial load (cells per gram)");
    for (size_t i = 0; i < x.rows; i++) {
        if (!(load[i] > 0) || isinf(load[i]))
            return vg_fail(error, VG_INVALID_INPUT, "a load of %g for sample %zu",
                           "loads are positive; leave out samples without one", load[i], i + 1);
        for (size_t j = 0; j < x.cols; j++)
            VG_AT(x, i, j) *= load[i] / total[i];
    }
    return VG_OK;
}

static void scale_rows(VgMatrix x, const double *total, VgTransform transform)
{
    for (size_t i = 0; i < x.rows; i++) {
        double by = total[i];
        if (transform == VG_TRANSFORM_CHORD) {
            by = 0;
            for (size_t j = 0; j < x.cols; j++)
                by += VG_AT(x, i, j) * VG_AT(x, i, j);
            by = sqrt(by);
        }
        for (size_t j = 0; j < x.cols; j++) {
            double share = VG_AT(x, i, j) / by;
            VG_AT(x, i, j) = transform == VG_TRANSFORM_HELLINGER ? sqrt(share) : share;
        }
    }
}

/* --- ranks ------------------------------------------------------------------------------------ */

typedef struct Ranked {
    double value;
    size_t at;
} Ranked;

static int by_value(const void *a, const void *b)
{
    double x = ((const Ranked *)a)->value, y = ((const Ranked *)b)->value;
    return (x > y) - (x < y);
}

static void normal_scores(double *column, Ranked *ranked, size_t rows)
{
    size_t n = 0;
    for (size_t i = 0; i < rows; i++)
        if (!isnan(column[i]))
            ranked[n++] = (Ranked){column[i], i};
    qsort(ranked, n, sizeof *ranked, by_value);
    for (size_t a = 0, b; a < n; a = b) {
        for (b = a + 1; b < n && ranked[b].value == ranked[a].value; b++)
            ;
        double rank = 0.5 * (double)(a + 1 + b); /* average of a + 1 … b */
        double score = vg_normal_quantile((rank - 0.375) / ((double)n + 0.25));
        for (size_t k = a; k < b; k++)
            column[ranked[k].at] = score;
    }
}

static VgStatus inverse_normal(VgArena *arena, VgMatrix x, VgError *error)
{
    Ranked *ranked = VG_NEW(arena, Ranked, x.rows);
    if (!ranked)
        return vg_fail_memory(error);
    for (size_t j = 0; j < x.cols; j++)
        normal_scores(&VG_AT(x, 0, j), ranked, x.rows);
    return VG_OK;
}

/* --- the entry -------------------------------------------------------------------------------- */

static VgStatus transform_checked(VgArena *arena, VgMatrix x, const double *total,
                                  const VgTransformOptions *options, VgMatrix *out, VgError *error)
{
    *out = x;
    switch (options->transform) {
    case VG_TRANSFORM_CLR:
    case VG_TRANSFORM_ALR:
    case VG_TRANSFORM_ILR:
    case VG_TRANSFORM_PHILR:
        VG_TRY(take_logs(x, total, options, error));
        return log_ratio(arena, x, options, out, error);
    case VG_TRANSFORM_LOG:
        VG_TRY(take_logs(x, total, options, error));
        if (options->log_base > 0)
            for (size_t j = 0; j < x.cols; j++)
                for (size_t i = 0; i < x.rows; i++)
                    VG_AT(x, i, j) /= log(options->log_base);
        return VG_OK;
    case VG_TRANSFORM_RCLR:
        robust_clr(x);
        return VG_OK;
    case VG_TRANSFORM_ABSOLUTE:
        return absolute(x, total, options->load, error);
    case VG_TRANSFORM_PRESENCE:
        for (size_t j = 0; j < x.cols; j++)
            for (size_t i = 0; i < x.rows; i++)
                VG_AT(x, i, j) = VG_AT(x, i, j) > 0;
        return VG_OK;
    default:
        scale_rows(x, total, options->transform);
        return VG_OK;
    }
}

VgStatus vg_transform(VgArena *arena, VgMatrix table, const VgTransformOptions *options,
                      VgMatrix *out, VgError *error)
{
    VgMatrix x = vg_matrix_new(arena, table.rows, table.cols);
    double *total = VG_NEW(arena, double, table.rows);
    if (!x.data || !total)
        return vg_fail_memory(error);
    vg_matrix_copy(table, x);
    *out = x;
    if (options->transform == VG_TRANSFORM_INVERSE_NORMAL)
        return inverse_normal(arena, x, error);
    VG_TRY(vg_abundance_check(table, total, error));
    if (options->transform != VG_TRANSFORM_LOG && options->transform != VG_TRANSFORM_PRESENCE)
        VG_TRY(vg_abundance_no_empty(total, table.rows, "shares or log-ratios", error));
    return transform_checked(arena, x, total, options, out, error);
}

VgStatus vg_prevalence_filter(VgMatrix table, double prevalence, double total, bool *keep,
                              size_t *n_kept, VgError *error)
{
    VG_TRY(vg_abundance_check(table, NULL, error));
    *n_kept = 0;
    /* the share is compared in whole samples, so that 10% of 20 is 2 whatever 0.1 is in binary */
    double least = ceil(prevalence * (double)table.rows - 1e-9);
    for (size_t j = 0; j < table.cols; j++) {
        double sum = 0;
        size_t present = 0;
        for (size_t i = 0; i < table.rows; i++) {
            sum += VG_AT(table, i, j);
            present += VG_AT(table, i, j) > 0;
        }
        keep[j] = present > 0 && (double)present >= least && sum >= total;
        *n_kept += keep[j];
    }
    if (!*n_kept)
        return vg_fail(error, VG_INVALID_INPUT, "no feature occurs in %g%% of the samples",
                       "ask for a lower prevalence", 100 * prevalence);
    return VG_OK;
}

void vg_feature_set_hash(const char *const *feature, size_t n_features, char hex[65])
{
    VgDigest digest;
    vg_digest_begin(&digest);
    for (size_t j = 0; j < n_features; j++)
        vg_digest_add(&digest, feature[j], strlen(feature[j]) + 1);
    vg_digest_end(&digest, hex);
}

double vg_depth_imbalance(VgMatrix table, const int *group)
{
    double sum[2] = {0, 0}, n[2] = {0, 0};
    for (size_t i = 0; i < table.rows; i++) {
        if (group[i] != 0 && group[i] != 1)
            continue;
        double depth = 0;
        for (size_t j = 0; j < table.cols; j++)
            depth += VG_AT(table, i, j);
        sum[group[i]] += log2(depth);
        n[group[i]] += 1;
    }
    return n[0] > 0 && n[1] > 0 ? sum[1] / n[1] - sum[0] / n[0] : NAN;
}
