/* Net heat: which design's direct evidence drives, and disagrees with, which other.
 *
 * Rows and columns are the designs' contrasts (a design of k arms has k − 1, against the network's reference where it
 * has it, else its first arm). Contribution: |hat matrix| from design contrasts to network estimates. Change of Q: row r's
 * part of Q between designs after detaching the column's design, minus its part before. A negative change means that the
 * disagreement seen in r came from the column. Source: Krahn, Binder & König 2013; netmeta's netheat. */
#include "evidence/network/network_internal.h"

#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"

typedef struct Rows {
    size_t n;
    size_t *design;         /* of each row */
    size_t *first, *second; /* effect first − second */
    size_t *start;          /* n_designs + 1 */
} Rows;

/* Moves the base of each design's contrasts to the reference, where the design has it. */
static VgStatus rebase(VgArena *arena, VgNetwork *by_design, size_t reference, VgError *error)
{
    VgNetworkTrial *trial = VG_NEW(arena, VgNetworkTrial, by_design->n_trials);
    if (!trial)
        return vg_fail_memory(error);
    for (size_t d = 0; d < by_design->n_trials; d++) {
        const VgNetworkTrial *from = &by_design->trial[d];
        size_t k = from->n_arms, r = k - 1, base = 0;
        size_t *order = VG_NEW(arena, size_t, k), *arm = VG_NEW(arena, size_t, k);
        double *effect = VG_NEW(arena, double, r), *covariance = VG_NEW(arena, double, r *r);
        if (!order || !arm || !effect || !covariance)
            return vg_fail_memory(error);
        for (size_t a = 0; a < k; a++)
            base = from->arm[a] == reference ? a : base;
        order[0] = base;
        for (size_t a = 0, at = 1; a < k; a++)
            if (a != base)
                order[at++] = a;
        for (size_t a = 0; a < k; a++)
            arm[a] = from->arm[order[a]];
        for (size_t i = 0; i < r; i++) {
            effect[i] = vg_trial_effect(from, order[i + 1], base);
            for (size_t j = 0; j < r; j++)
                covariance[i + j * r] = 0.5 * (vg_trial_variance(from, order[i + 1], base) +
                                               vg_trial_variance(from, order[j + 1], base) -
                                               vg_trial_variance(from, order[i + 1], order[j + 1]));
        }
        trial[d] = *from;
        trial[d].arm = arm;
        trial[d].effect = effect;
        trial[d].covariance = covariance;
    }
    by_design->trial = trial;
    return VG_OK;
}

/* Two-arm designs first, as their comparison, then the designs of several arms. */
static VgStatus list_rows(VgArena *arena, const VgNetwork *by_design, Rows *rows, VgError *error)
{
    size_t n = by_design->n_contrasts;
    rows->design = VG_NEW(arena, size_t, n);
    rows->first = VG_NEW(arena, size_t, n);
    rows->second = VG_NEW(arena, size_t, n);
    rows->start = VG_NEW(arena, size_t, by_design->n_trials);
    if (!rows->design || !rows->first || !rows->second || !rows->start)
        return vg_fail_memory(error);
    rows->n = 0;
    for (int several = 0; several < 2; several++)
        for (size_t d = 0; d < by_design->n_trials; d++) {
            const VgNetworkTrial *trial = &by_design->trial[d];
            if ((trial->n_arms > 2) != several)
                continue;
            rows->start[d] = rows->n;
            for (size_t a = 1; a < trial->n_arms; a++, rows->n++) {
                rows->design[rows->n] = d;
                rows->first[rows->n] = trial->arm[a];
                rows->second[rows->n] = trial->arm[0];
            }
        }
    return VG_OK;
}

/* residual_r (V⁻¹ residual)_r of every row: its part of Q; rows of the detached design have no residual. */
static VgStatus parts_of_q(VgArena *arena, const VgNetwork *by_design, const Rows *rows,
                           const double *theta, size_t detached, double *part, VgError *error)
{
    for (size_t d = 0; d < by_design->n_trials; d++) {
        const VgNetworkTrial *trial = &by_design->trial[d];
        size_t r = trial->n_arms - 1;
        VgArenaMark mark = vg_arena_mark(arena);
        VgMatrix factor = vg_matrix_new(arena, r, r);
        double *residual = VG_NEW(arena, double, r), *solved = VG_NEW(arena, double, r);
        if (!factor.data || !residual || !solved)
            return vg_fail_memory(error);
        for (size_t i = 0; i < r; i++)
            solved[i] = residual[i] =
                d == detached ? 0.0
                              : trial->effect[i] - theta[trial->arm[i + 1]] + theta[trial->arm[0]];
        memcpy(factor.data, trial->covariance, r * r * sizeof(double));
        if (!vg_cholesky(factor))
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "the pooled covariance of design %s is not positive definite",
                           "check its standard errors", trial->study);
        vg_cholesky_solve(factor, solved);
        for (size_t i = 0; i < r; i++)
            part[rows->start[d] + i] = residual[i] * solved[i];
        vg_arena_rewind(arena, mark);
    }
    return VG_OK;
}

/* Row r of the hat matrix: from all design contrasts to the network estimate of row r's comparison. */
static VgStatus hat(VgArena *arena, const VgNetwork *by_design, const Rows *rows, const VgGls *gls,
                    VgMatrix out, VgError *error)
{
    size_t n = by_design->n_treatments, p = gls->basis.cols;
    VgMatrix full = vg_matrix_new(arena, n, n), half = vg_matrix_new(arena, n, p);
    if (!full.data || !half.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < p; j++)
        for (size_t k = 0; k < p; k++)
            for (size_t i = 0; i < n; i++)
                VG_AT(half, i, j) += VG_AT(gls->basis, i, k) * VG_AT(gls->covariance, k, j);
    for (size_t k = 0; k < p; k++)
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < n; i++)
                VG_AT(full, i, j) += VG_AT(half, i, k) * VG_AT(gls->basis, j, k);
    for (size_t d = 0; d < by_design->n_trials; d++) {
        const VgNetworkTrial *trial = &by_design->trial[d];
        size_t r = trial->n_arms - 1;
        VgMatrix factor = vg_matrix_new(arena, r, r);
        double *x = VG_NEW(arena, double, r);
        if (!factor.data || !x)
            return vg_fail_memory(error);
        memcpy(factor.data, trial->covariance, r * r * sizeof(double));
        if (!vg_cholesky(factor))
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "the pooled covariance of design %s is not positive definite",
                           "check its standard errors", trial->study);
        for (size_t row = 0; row < rows->n; row++) {
            size_t a = rows->first[row], b = rows->second[row];
            for (size_t i = 0; i < r; i++)
                x[i] = VG_AT(full, a, trial->arm[i + 1]) - VG_AT(full, b, trial->arm[i + 1]) -
                       VG_AT(full, a, trial->arm[0]) + VG_AT(full, b, trial->arm[0]);
            vg_cholesky_solve(factor, x);
            for (size_t i = 0; i < r; i++)
                VG_AT(out, row, rows->start[d] + i) = fabs(x[i]);
        }
    }
    return VG_OK;
}

/* Complete linkage on the Manhattan distances of rows plus those of columns; merged clusters stand side by side. */
static VgStatus cluster(VgArena *arena, VgMatrix a, const size_t **out, VgError *error)
{
    size_t n = a.rows;
    VgMatrix distance = vg_matrix_new(arena, n, n);
    size_t *order = VG_NEW(arena, size_t, n), *size = VG_NEW(arena, size_t, n);
    size_t *next = VG_NEW(arena, size_t, n), *last = VG_NEW(arena, size_t, n);
    if (!distance.data || !order || !size || !next || !last)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        size[i] = 1;
        next[i] = n;
        last[i] = i;
        for (size_t j = 0; j < n; j++)
            for (size_t k = 0; k < n; k++)
                VG_AT(distance, i, j) +=
                    fabs(VG_AT(a, i, k) - VG_AT(a, j, k)) + fabs(VG_AT(a, k, i) - VG_AT(a, k, j));
    }
    for (size_t merge = 1; merge < n; merge++) {
        size_t left = n, right = n;
        for (size_t i = 0; i < n; i++)
            for (size_t j = i + 1; j < n && size[i]; j++)
                if (size[j] &&
                    (left == n || VG_AT(distance, i, j) < VG_AT(distance, left, right))) {
                    left = i;
                    right = j;
                }
        next[last[left]] = right;
        last[left] = last[right];
        size[left] += size[right];
        size[right] = 0;
        for (size_t k = 0; k < n; k++)
            VG_AT(distance, left, k) = VG_AT(distance, k, left) =
                fmax(VG_AT(distance, left, k), VG_AT(distance, right, k));
    }
    for (size_t at = 0, i = 0; i < n && at < n; i = next[i])
        order[at++] = i;
    *out = order;
    return VG_OK;
}

VgStatus vg_network_heat(VgArena *arena, const VgNetworkFit *fit, bool random, VgNetworkHeat **out,
                         VgError *error)
{
    const VgNetwork *network = fit->network;
    VgNetworkHeat *heat = VG_NEW(arena, VgNetworkHeat, 1);
    VgNetworkDecomposition *decomposition;
    VgNetwork *by_design;
    Rows rows;
    double ignored;
    if (!heat)
        return vg_fail_memory(error);
    *out = heat;
    VG_TRY(vg_network_decompose(arena, fit, &decomposition, error));
    if (network->n_designs < 3 || !(decomposition->between.df > 0.0))
        return VG_OK;
    double tau = random ? decomposition->tau_within : 0.0;
    VG_TRY(vg_network_by_design(arena, network, tau * tau, &by_design, &ignored, error));
    VG_TRY(rebase(arena, by_design, fit->reference, error));
    VG_TRY(list_rows(arena, by_design, &rows, error));
    VgGls gls = {.network = by_design};
    bool *skip = VG_NEW(arena, bool, network->n_designs);
    size_t *parts = VG_NEW(arena, size_t, network->n_treatments), n = 0;
    size_t *kept = VG_NEW(arena, size_t, rows.n);
    double *before = VG_NEW(arena, double, rows.n), *after = VG_NEW(arena, double, rows.n);
    VgMatrix change = vg_matrix_new(arena, rows.n, rows.n);
    VgMatrix contribution = vg_matrix_new(arena, rows.n, rows.n);
    if (!skip || !parts || !kept || !before || !after || !change.data || !contribution.data)
        return vg_fail_memory(error);
    VG_TRY(vg_network_basis(arena, by_design, fit->reference, &gls.basis, error));
    VG_TRY(vg_gls_start(arena, &gls, error));
    VG_TRY(vg_gls_fit(&gls, 0.0, false, error));
    VG_TRY(parts_of_q(arena, by_design, &rows, gls.theta, by_design->n_trials, before, error));
    VG_TRY(hat(arena, by_design, &rows, &gls, contribution, error));
    for (size_t d = 0; d < by_design->n_trials; d++) {
        skip[d] = true;
        if (vg_network_parts(by_design, skip, parts) == 1) {
            VgArenaMark mark = vg_arena_mark(arena);
            VgGls detached = {.network = by_design, .basis = gls.basis, .skip = skip};
            VG_TRY(vg_gls_start(arena, &detached, error));
            VG_TRY(vg_gls_fit(&detached, 0.0, false, error));
            VG_TRY(parts_of_q(arena, by_design, &rows, detached.theta, d, after, error));
            vg_arena_rewind(arena, mark);
            for (size_t i = 1; i < by_design->trial[d].n_arms; i++) {
                size_t column = rows.start[d] + i - 1;
                for (size_t row = 0; row < rows.n; row++)
                    VG_AT(change, row, column) = after[row] - before[row];
            }
        } else {
            before[rows.start[d]] =
                (double)NAN; /* marks the design as one that cannot be detached */
        }
        skip[d] = false;
    }
    for (size_t row = 0; row < rows.n; row++)
        if (!isnan(before[rows.start[rows.design[row]]]))
            kept[n++] = row;
    heat->n = n;
    heat->name = VG_NEW(arena, const char *, n);
    heat->q_change = vg_matrix_new(arena, n, n);
    heat->contribution = vg_matrix_new(arena, n, n);
    if (!heat->name || !heat->q_change.data || !heat->contribution.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        const VgNetworkTrial *trial = &by_design->trial[rows.design[kept[i]]];
        const char *first = network->node[rows.second[kept[i]]].name;
        const char *second = network->node[rows.first[kept[i]]].name;
        heat->name[i] = trial->n_arms > 2
                            ? vg_arena_printf(arena, "%s:%s_%s", first, second, trial->study)
                            : vg_arena_printf(arena, "%s:%s", first, second);
        if (!heat->name[i])
            return vg_fail_memory(error);
        for (size_t j = 0; j < n; j++) {
            VG_AT(heat->q_change, i, j) = VG_AT(change, kept[i], kept[j]);
            VG_AT(heat->contribution, i, j) = VG_AT(contribution, kept[i], kept[j]);
        }
    }
    return n ? cluster(arena, heat->q_change, &heat->order, error) : VG_OK;
}
