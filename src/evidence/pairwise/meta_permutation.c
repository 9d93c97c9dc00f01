/* Permutation test of a meta-regression: rows of X change places among the effects, tau² is estimated anew, and the
 * statistic (not the coefficient) is compared. Without moderators the signs of the effects are flipped. Because only
 * rows move, the basis of X moves with them and its triangle stays: no factorisation is repeated.
 * Sources: Higgins & Thompson 2004; Follmann & Proschan 1999; METHODS 0 for p. */
#include <math.h>
#include <string.h>

#include "evidence/pairwise/meta_internal.h"
#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"
#include "numeric/small_symmetric.h"

typedef struct Plan {
    const VgMetaFit *fit;
    bool exact, signs;
    uint64_t arrangements;           /* exact */
    size_t n_classes;                /* of equal rows of X */
    size_t *class_count, *class_row; /* k each: members, and one row of the class */
    double omnibus;                  /* the observed statistics with their tolerance taken off */
    double *least;
} Plan;

typedef struct Tally {
    size_t p, fitted, failed, omnibus, *coefficient;
} Tally;

/* Records: [0] fitted, [1] omnibus as large, [2 + j] coefficient j as large. */
enum { FITTED, OMNIBUS, FIRST };

static bool same_row(VgMatrix x, size_t a, size_t b)
{
    for (size_t j = 0; j < x.cols; j++)
        if (VG_AT(x, a, j) != VG_AT(x, b, j))
            return false;
    return true;
}

static void find_classes(Plan *plan)
{
    VgMatrix x = plan->fit->x;
    for (size_t i = 0; i < x.rows; i++) {
        size_t c = 0;
        while (c < plan->n_classes && !same_row(x, i, plan->class_row[c]))
            c++;
        if (c == plan->n_classes)
            plan->class_row[plan->n_classes++] = i;
        plan->class_count[c]++;
    }
}

/* Distinct arrangements when there are at most `most` of them, else most + 1. */
static uint64_t count_arrangements(const Plan *plan, uint64_t most)
{
    double count = 1, placed = 0;
    if (plan->signs)
        count = pow(2, (double)plan->fit->k);
    else
        for (size_t c = 0; c < plan->n_classes; c++)
            for (size_t i = 1; i <= plan->class_count[c]; i++) {
                count =
                    count * ++placed / (double)i; /* a product of binomials: each prefix whole */
                if (count > 1e15)
                    return most + 1;
            }
    return count > (double)most ? most + 1 : (uint64_t)(count + 0.5);
}

/* The arrangement of rank `index` in lexicographic order. */
static void unrank(const Plan *plan, uint64_t index, size_t *left, size_t *row)
{
    const size_t k = plan->fit->k;
    uint64_t total = plan->arrangements;
    memcpy(left, plan->class_count, plan->n_classes * sizeof *left);
    for (size_t i = 0; i < k; i++) {
        size_t c = 0;
        uint64_t with = 0;
        for (;; c++) {
            with = total * left[c] / (k - i);
            if (index < with)
                break;
            index -= with;
        }
        row[i] = plan->class_row[c];
        left[c]--;
        total = with;
    }
}

static bool omnibus_of(const VgMetaFit *fit, const VgMetaEstimate *estimate, double *matrix,
                       double *value, double *statistic)
{
    const size_t p = fit->p, skip = fit->intercept && p > 1 ? fit->intercept_column : p;
    const size_t m = p - (skip < p ? 1 : 0);
    double log_determinant;
    for (size_t i = 0, a = 0; i < p; i++) {
        if (i == skip)
            continue;
        value[a] = estimate->beta[i];
        for (size_t j = 0, b = 0; j < p; j++)
            if (j != skip)
                matrix[a + m * b++] = VG_AT(estimate->covariance, i, j);
        a++;
    }
    if (!vg_small_cholesky(m, matrix, &log_determinant))
        return false;
    vg_small_forward_solve(m, matrix, value);
    *statistic = 0;
    for (size_t i = 0; i < m; i++)
        *statistic += value[i] * value[i] / (double)m;
    return true;
}

static VgStatus find_tau2(const VgMetaFit *fit, const VgMetaProblem *problem, double *tau2)
{
    VgTau2Search search = {.tau2 = fit->options.tau2_given ? fit->options.tau2_value : 0};
    VgError ignored;
    if (!fit->options.tau2_given && fit->options.tau2 != VG_TAU2_COMMON)
        VG_TRY(vg_meta_tau2(problem, fit->options.tau2, &search, &ignored));
    *tau2 = search.tau2;
    return VG_OK;
}

static VgStatus refit_rows(const Plan *plan, const size_t *row, VgArena *scratch,
                           unsigned char *record, VgError *error)
{
    const VgMetaFit *fit = plan->fit;
    const size_t k = fit->k, p = fit->p;
    VgMetaProblem problem = fit->inner->problem;
    VgMatrix from = problem.basis;
    problem.basis = vg_matrix_new(scratch, k, p);
    double *work = VG_NEW(scratch, double, k *p + 3 * p * p + 4 * p);
    VgMetaEstimate estimate = {.covariance = vg_matrix_new(scratch, p, p)};
    if (!problem.basis.data || !work || !estimate.covariance.data)
        return vg_fail_memory(error);
    problem.z = work;
    problem.normal = work + k * p;
    problem.gram = problem.normal + p * p;
    double *matrix = problem.gram + p * p, *value = matrix + p * p;
    problem.gamma = value + p;
    problem.row = problem.gamma + p;
    estimate.beta = problem.row + p;
    for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < k; i++)
            VG_AT(problem.basis, i, j) = VG_AT(from, row[i], j);
    double tau2, omnibus;
    if (find_tau2(fit, &problem, &tau2) != VG_OK ||
        !vg_meta_estimate(&problem, fit->inner->r, tau2, fit->options.test, &estimate) ||
        !omnibus_of(fit, &estimate, matrix, value, &omnibus))
        return VG_OK;
    record[FITTED] = 1;
    record[OMNIBUS] = omnibus >= plan->omnibus;
    for (size_t j = 0; j < p; j++)
        record[FIRST + j] =
            fabs(estimate.beta[j]) / sqrt(VG_AT(estimate.covariance, j, j)) >= plan->least[j];
    return VG_OK;
}

static VgStatus refit_signs(const Plan *plan, size_t i, VgRandom random, VgArena *scratch,
                            unsigned char *record, VgError *error)
{
    const VgMetaFit *fit = plan->fit;
    double *y = VG_NEW(scratch, double, fit->k);
    if (!y)
        return vg_fail_memory(error);
    for (size_t s = 0; s < fit->k; s++) {
        bool flip = plan->exact ? (i >> s) & 1 : vg_random_below(&random, 2) == 1;
        y[s] = flip ? -fit->effects.y[s] : fit->effects.y[s];
    }
    const VgEffects effects = {.k = fit->k, .y = y, .v = fit->effects.v};
    VgMetaPool pool;
    VgError ignored;
    if (vg_meta_pool(&effects, &fit->options, &pool, &ignored) != VG_OK)
        return VG_OK;
    record[FITTED] = 1;
    record[FIRST] = fabs(pool.statistic) >= plan->least[0];
    record[OMNIBUS] = pool.statistic * pool.statistic >= plan->omnibus;
    return VG_OK;
}

static VgStatus body(size_t i, VgRandom random, VgArena *scratch, const void *context, void *record,
                     VgError *error)
{
    const Plan *plan = context;
    const size_t k = plan->fit->k;
    if (plan->signs)
        return refit_signs(plan, i, random, scratch, record, error);
    size_t *row = VG_NEW(scratch, size_t, k), *left = VG_NEW(scratch, size_t, k);
    if (!row || !left)
        return vg_fail_memory(error);
    if (plan->exact)
        unrank(plan, i, left, row);
    else {
        for (size_t j = 0; j < k; j++)
            row[j] = j;
        vg_random_shuffle(&random, row, k);
    }
    return refit_rows(plan, row, scratch, record, error);
}

static VgStatus merge(size_t i, const void *record_, void *total, VgError *error)
{
    (void)i;
    (void)error;
    const unsigned char *record = record_;
    Tally *tally = total;
    if (!record[FITTED]) {
        tally->failed++;
        return VG_OK;
    }
    tally->fitted++;
    tally->omnibus += record[OMNIBUS];
    for (size_t j = 0; j < tally->p; j++)
        tally->coefficient[j] += record[FIRST + j];
    return VG_OK;
}

/* Ties from rounding are real: METHODS 0. */
static double with_tolerance(double statistic)
{
    return statistic - 1e-8 * fmax(1, statistic);
}

static void p_value(const VgMetaPermutation *out, size_t as_large, double *p, double *se)
{
    double n = (double)out->n, count = (double)as_large;
    *p = out->exact ? count / n : (1 + count) / (1 + n);
    *se = out->exact ? 0 : sqrt(*p * (1 - *p) / n);
}

VgStatus vg_meta_permute(VgArena *arena, const VgMetaFit *fit,
                         const VgMetaPermutationOptions *options, VgMetaPermutation **permutation,
                         VgError *error)
{
    const VgMetaPermutationOptions used = options ? *options : (VgMetaPermutationOptions){0};
    const size_t b = used.permutations ? used.permutations : 1000, p = fit->p, k = fit->k;
    if (fit->effects.covariance)
        return vg_fail(error, VG_NOT_BUILT, "effects that share an arm are not exchangeable",
                       "leave --permutations out, or split the shared arms");
    if (k < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "one study cannot be permuted", "add studies");
    Plan plan = {.fit = fit, .signs = fit->intercept_only};
    VgMetaPermutation *out = VG_NEW(arena, VgMetaPermutation, 1);
    Tally tally = {.p = p, .coefficient = VG_NEW(arena, size_t, p)};
    plan.class_count = VG_NEW(arena, size_t, k);
    plan.class_row = VG_NEW(arena, size_t, k);
    plan.least = VG_NEW(arena, double, p);
    double *of_p = VG_NEW(arena, double, 2 * p);
    if (!out || !tally.coefficient || !plan.class_count || !plan.class_row || !plan.least || !of_p)
        return vg_fail_memory(error);
    find_classes(&plan);
    uint64_t most = 10 * (uint64_t)b;
    plan.arrangements = count_arrangements(&plan, most);
    plan.exact = plan.arrangements <= most;
    plan.omnibus = with_tolerance(fit->moderators.statistic);
    for (size_t j = 0; j < p; j++)
        plan.least[j] = with_tolerance(fabs(fit->statistic[j]));
    VgReplicate run = {.count = plan.exact ? (size_t)plan.arrangements : b,
                       .seed = used.seed,
                       .stream = VG_STREAM_PERMUTATION,
                       .record_size = FIRST + p,
                       .body = body,
                       .merge = merge,
                       .context = &plan,
                       .total = &tally,
                       .threads = used.threads};
    VG_TRY(vg_replicate(&run, error));
    *out = (VgMetaPermutation){
        .n = tally.fitted, .failed = tally.failed, .exact = plan.exact, .p = of_p, .se = of_p + p};
    if (tally.fitted == 0)
        return vg_fail(error, VG_NO_CONVERGENCE, "no permutation could be fitted",
                       "look for effects or variances of absurd size");
    for (size_t j = 0; j < p; j++)
        p_value(out, tally.coefficient[j], out->p + j, out->se + j);
    p_value(out, tally.omnibus, &out->omnibus_p, &out->omnibus_se);
    *permutation = out;
    return VG_OK;
}
