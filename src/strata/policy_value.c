/* Rewards of arms, and what a rule is worth to people it was not made from.
 * Sources: Athey & Wager 2021; Chernozhukov, Demirer, Duflo & Fernández-Val 2018 (medians over deals); METHODS 5.2. */
#include <math.h>
#include <stdlib.h>

#include <vagus/policy.h>

#include "base/compare.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"
#include "numeric/quantile.h"
#include "numeric/random.h"
#include "numeric/replicate.h"
#include "strata/policy_response.h"
#include "strata/strata.h"

enum { FOLDS = 5, DEALS = 20 };

VgStatus vg_policy_rewards(VgArena *arena, VgMatrix scores, bool lower_is_better,
                           const VgPolicyPrice *price, VgMatrix *rewards, VgError *error)
{
    *rewards = vg_matrix_new(arena, scores.rows, scores.cols);
    if (!rewards->data)
        return vg_fail_memory(error);
    for (size_t a = 0; a < scores.cols; a++) {
        double taken = 0;
        if (price) {
            const VgPolicyPrice *p = &price[a];
            if (!(p->cost >= 0 && p->harm >= 0 && p->burden >= 0) ||
                !isfinite(p->cost + p->harm + p->burden))
                return vg_fail(
                    error, VG_INVALID_INPUT,
                    "cost, harm or burden of arm %zu is below nought or missing",
                    "say how much of the outcome people would give up for it, 0 for nothing",
                    a + 1);
            taken = p->cost + p->harm + p->burden;
        }
        for (size_t i = 0; i < scores.rows; i++)
            VG_AT(*rewards, i, a) =
                (lower_is_better ? -VG_AT(scores, i, a) : VG_AT(scores, i, a)) - taken;
    }
    return VG_OK;
}

/* ---- one deal of folds ---- */

typedef struct Problem {
    const VgPolicyData *data;
    const VgPolicyValueOptions *options;
    const size_t *chosen, *leaf; /* n: what the tree of everybody gives, and where in it */
    size_t n, arms, folds, nodes;
    double level;
} Problem;

/* A record: the rule's value and its SE; gain and SE for each arm; shares given; agreement with the tree of everybody,
 * then people of each of its nodes who agree; response. */
static size_t record_width(const Problem *p)
{
    return 2 + 3 * p->arms + 1 + p->nodes + vg_policy_response_width(p->data);
}

/* Rows of `data` that are (or are not) in fold f; `row` says which. */
static VgStatus part_of(const Problem *p, const int32_t *fold, int32_t f, bool in, VgArena *scratch,
                        VgPolicyData *part, size_t **row, VgError *error)
{
    const VgPolicyData *data = p->data;
    size_t held = 0;
    *row = VG_NEW(scratch, size_t, p->n);
    if (!*row)
        return vg_fail_memory(error);
    for (size_t i = 0; i < p->n; i++)
        if ((fold[i] == f) == in)
            (*row)[held++] = i;
    *part = *data;
    part->features = vg_matrix_new(scratch, held, data->features.cols);
    part->rewards = vg_matrix_new(scratch, held, p->arms);
    bool *safe = data->safe ? VG_NEW(scratch, bool, held * p->arms) : NULL;
    if (!part->features.data || !part->rewards.data || (data->safe && !safe))
        return vg_fail_memory(error);
    for (size_t k = 0; k < held; k++) {
        for (size_t j = 0; j < data->features.cols; j++)
            VG_AT(part->features, k, j) = VG_AT(data->features, (*row)[k], j);
        for (size_t a = 0; a < p->arms; a++) {
            VG_AT(part->rewards, k, a) = VG_AT(data->rewards, (*row)[k], a);
            if (safe)
                safe[k + a * held] = data->safe[(*row)[k] + a * p->n];
        }
    }
    part->safe = safe;
    return VG_OK;
}

/* arm[i] of everybody in fold f, by the tree of the others. */
static VgStatus apply_to_fold(const Problem *p, const int32_t *fold, int32_t f, VgArena *scratch,
                              size_t *arm, VgError *error)
{
    VgPolicyData train, test;
    size_t *row;
    VgPolicyTree *tree;
    VgPolicyOptions options = p->options->tree;
    options.threads = 1; /* deals are side by side already */
    VG_TRY(part_of(p, fold, f, false, scratch, &train, &row, error));
    VG_TRY(vg_policy_tree_fit(scratch, &train, &options, &tree, error));
    VG_TRY(part_of(p, fold, f, true, scratch, &test, &row, error));
    size_t *given = VG_NEW(scratch, size_t, test.features.rows);
    if (!given)
        return vg_fail_memory(error);
    VG_TRY(vg_policy_assign(tree, test.features, test.safe, given, NULL, error));
    for (size_t k = 0; k < test.features.rows; k++)
        arm[row[k]] = given[k];
    return VG_OK;
}

/* Mean of x and its standard error with variances within folds: Σ over clusters (or people) of squared sums of what differs from
 * the fold's mean, by units/(units − 1). */
static VgStatus mean_within_folds(const Problem *p, const int32_t *fold, const double *x,
                                  VgArena *scratch, double *mean, double *se, VgError *error)
{
    VgClusters clusters = p->options->clusters;
    size_t units = clusters.of ? clusters.count : p->n;
    double variance = 0, total = 0;
    double *sum = VG_NEW(scratch, double, units);
    bool *seen = VG_NEW(scratch, bool, units);
    if (!sum || !seen)
        return vg_fail_memory(error);
    for (size_t f = 0; f < p->folds; f++) {
        double fold_sum = 0, count = 0, held = 0, squares = 0;
        for (size_t i = 0; i < p->n; i++)
            if ((size_t)fold[i] == f) {
                fold_sum += x[i];
                count++;
            }
        for (size_t i = 0; i < p->n; i++) {
            if ((size_t)fold[i] != f)
                continue;
            size_t u = clusters.of ? (size_t)clusters.of[i] : i;
            sum[u] += x[i] - fold_sum / count;
            held += !seen[u];
            seen[u] = true;
        }
        if (held < 2)
            return vg_fail(error, VG_NOT_ESTIMABLE, "fold %zu has fewer than two %s",
                           "use fewer folds", f + 1, clusters.of ? "clusters" : "people");
        for (size_t u = 0; u < units; u++) {
            squares += sum[u] * sum[u];
            sum[u] = 0; /* clusters are whole in folds: nobody else adds to it */
        }
        variance += squares * held / (held - 1);
        total += fold_sum;
    }
    *mean = total / (double)p->n;
    *se = sqrt(variance) / (double)p->n;
    return VG_OK;
}

static VgStatus one_deal(size_t i, VgRandom random, VgArena *scratch, const void *context,
                         void *record_, VgError *error)
{
    (void)random;
    const Problem *p = context;
    double *record = record_;
    int32_t *fold = VG_NEW(scratch, int32_t, p->n);
    size_t *arm = VG_NEW(scratch, size_t, p->n);
    double *x = VG_NEW(scratch, double, p->n);
    if (!fold || !arm || !x)
        return vg_fail_memory(error);
    /* not by treatment, which is not known here: x is nought throughout */
    VG_TRY(vg_strata_deal_folds(scratch, p->n, x, p->options->clusters, p->folds,
                                p->options->seed + i, fold, error));
    for (size_t f = 0; f < p->folds; f++) {
        VgArenaMark mark = vg_arena_mark(scratch);
        VG_TRY(apply_to_fold(p, fold, (int32_t)f, scratch, arm, error));
        vg_arena_rewind(scratch, mark);
    }
    double *share = record + 2 + 2 * p->arms;
    for (size_t r = 0; r < p->n; r++) {
        x[r] = VG_AT(p->data->rewards, r, arm[r]);
        share[arm[r]] += 1 / (double)p->n;
        share[p->arms] += (arm[r] == p->chosen[r]) / (double)p->n;
        share[p->arms + 1 + p->leaf[r]] += arm[r] == p->chosen[r];
    }
    vg_policy_response_count(p->data, arm, share + p->arms + 1 + p->nodes);
    VG_TRY(mean_within_folds(p, fold, x, scratch, &record[0], &record[1], error));
    for (size_t a = 0; a < p->arms; a++) {
        for (size_t r = 0; r < p->n; r++)
            x[r] = VG_AT(p->data->rewards, r, arm[r]) - VG_AT(p->data->rewards, r, a);
        VG_TRY(
            mean_within_folds(p, fold, x, scratch, &record[2 + 2 * a], &record[3 + 2 * a], error));
    }
    return VG_OK;
}

/* ---- medians over deals ---- */

typedef struct Deals {
    size_t width, count;
    double *record; /* a deal after the other */
} Deals;

static VgStatus keep(size_t i, const void *record, void *total, VgError *error)
{
    (void)i;
    (void)error;
    Deals *deals = total;
    const double *from = record;
    for (size_t k = 0; k < deals->width; k++)
        deals->record[deals->count * deals->width + k] = from[k];
    deals->count++;
    return VG_OK;
}

/* Medians of estimate, SE and both limits; p is twice the median of the two-sided ones, at most 1. */
static VgInference median_of(const Deals *deals, size_t at, double level, double *sorted)
{
    double quantile = vg_normal_quantile(0.5 + level / 2), part[5];
    for (int k = 0; k < 5; k++) {
        for (size_t d = 0; d < deals->count; d++) {
            double estimate = deals->record[d * deals->width + at];
            double se = deals->record[d * deals->width + at + 1];
            double z = se > 0 ? estimate / se : 0; /* the rule is that arm for everybody */
            const double value[5] = {estimate, se, estimate - quantile * se,
                                     estimate + quantile * se, vg_normal_two_sided(z)};
            sorted[d] = value[k];
        }
        qsort(sorted, deals->count, sizeof *sorted, vg_compare_numbers);
        part[k] = vg_sorted_quantile(sorted, deals->count, 0.5);
    }
    double p = deals->count > 1 ? fmin(1, 2 * part[4]) : part[4];
    return (VgInference){.estimate = part[0],
                         .se = part[1],
                         .df = INFINITY,
                         .statistic = part[1] > 0 ? part[0] / part[1] : 0,
                         .p = p,
                         .lower = part[2],
                         .upper = part[3]};
}

static double mean_of(const Deals *deals, size_t at)
{
    double sum = 0;
    for (size_t d = 0; d < deals->count; d++)
        sum += deals->record[d * deals->width + at] / (double)deals->count;
    return sum;
}

/* Whether in one deal the rule beats every single arm. */
static bool beats_all(const Problem *p, const double *record)
{
    double quantile = vg_normal_quantile(0.5 + p->level / 2);
    for (size_t a = 0; a < p->arms; a++)
        if (!(record[2 + 2 * a] - quantile * record[3 + 2 * a] > 0))
            return false;
    return true;
}

static void judge(const Problem *p, const Deals *deals, VgPolicyValue *value)
{
    double held = 0;
    value->verdict = VG_POLICY_RECOMMENDED;
    for (size_t a = 0; a < p->arms; a++)
        if (!(value->gain[a].lower > 0))
            value->verdict = VG_POLICY_TREAT_ALL_ALIKE;
    for (size_t d = 0; d < deals->count; d++)
        held += beats_all(p, deals->record + d * deals->width);
    value->share_of_deals = held / (double)deals->count;
    double power = p->options->power > 0 ? p->options->power : 0.8;
    const VgInference *gain = &value->gain[value->best_single];
    double wanted = p->options->worthwhile > 0 ? p->options->worthwhile : gain->estimate;
    double needed =
        (vg_normal_quantile(0.5 + p->level / 2) + vg_normal_quantile(power)) * gain->se / wanted;
    value->people_needed =
        wanted > 0 && gain->se > 0 ? ceil((double)p->n * needed * needed) : (double)NAN;
}

static VgStatus single_arms(VgArena *arena, const Problem *p, VgPolicyValue *value, VgError *error)
{
    for (size_t a = 0; a < p->arms; a++) {
        VG_TRY(vg_average_effect(arena, p->n, &VG_AT(p->data->rewards, 0, a), p->options->clusters,
                                 p->level, &value->single[a], error));
        if (value->single[a].estimate > value->single[value->best_single].estimate)
            value->best_single = a;
    }
    return VG_OK;
}

static VgStatus run_deals(VgArena *arena, const Problem *p, Deals *deals, VgError *error)
{
    size_t count = p->options->deals ? p->options->deals : DEALS;
    *deals = (Deals){.width = record_width(p)};
    deals->record = VG_NEW(arena, double, count * deals->width);
    if (!deals->record)
        return vg_fail_memory(error);
    const VgReplicate plan = {.count = count,
                              .seed = p->options->seed,
                              .stream = VG_STREAM_RANDOMISATION,
                              .record_size = deals->width * sizeof(double),
                              .body = one_deal,
                              .merge = keep,
                              .context = p,
                              .total = deals,
                              .threads = p->options->tree.threads};
    return vg_replicate(&plan, error);
}

/* What an arm is worth to people who may not get it: the reference arm, which they would get. */
static VgStatus carry_out(VgArena *arena, VgPolicyData *data, VgError *error)
{
    if (!data->needs_safety)
        return VG_OK;
    VgMatrix rewards = vg_matrix_new(arena, data->rewards.rows, data->rewards.cols);
    if (!rewards.data)
        return vg_fail_memory(error);
    for (size_t a = 0; a < rewards.cols; a++)
        for (size_t i = 0; i < rewards.rows; i++) {
            bool given = !data->needs_safety[a] || (data->safe && data->safe[i + a * rewards.rows]);
            VG_AT(rewards, i, a) = VG_AT(data->rewards, i, given ? a : 0);
        }
    data->rewards = rewards;
    return VG_OK;
}

VgStatus vg_policy_value(VgArena *arena, const VgPolicyData *given,
                         const VgPolicyValueOptions *options, VgPolicyValue *value, VgError *error)
{
    VgPolicyData carried = *given, *data = &carried;
    Problem p = {.data = data,
                 .options = options,
                 .n = data->features.rows,
                 .arms = data->rewards.cols,
                 .folds = options->folds ? options->folds : FOLDS,
                 .level = options->level > 0 ? options->level : 0.95};
    if (p.folds < 2 || p.folds > p.n)
        return vg_fail(error, VG_INVALID_INPUT, "%zu folds of %zu people", "five are usual",
                       p.folds, p.n);
    VG_TRY(vg_strata_check_clusters(p.n, options->clusters, error));
    *value = (VgPolicyValue){0};
    VG_TRY(vg_policy_tree_fit(arena, data, &options->tree, &value->tree, error));
    VG_TRY(carry_out(arena, data, error));
    size_t *chosen = VG_NEW(arena, size_t, p.n);
    size_t *leaf = VG_NEW(arena, size_t, p.n);
    p.nodes = value->tree->n_nodes;
    value->single = VG_NEW(arena, VgInference, 2 * p.arms);
    value->given = VG_NEW(arena, double, p.arms);
    value->leaf_stability = VG_NEW(arena, double, p.nodes);
    size_t deals_asked = options->deals ? options->deals : DEALS;
    double *sorted = VG_NEW(arena, double, deals_asked);
    if (!chosen || !leaf || !value->single || !value->given || !value->leaf_stability || !sorted)
        return vg_fail_memory(error);
    value->gain = value->single + p.arms;
    VG_TRY(vg_policy_assign(value->tree, data->features, data->safe, chosen, leaf, error));
    p.chosen = chosen;
    p.leaf = leaf;
    Deals deals;
    VG_TRY(run_deals(arena, &p, &deals, error));
    VG_TRY(single_arms(arena, &p, value, error));
    value->value = median_of(&deals, 0, p.level, sorted);
    for (size_t a = 0; a < p.arms; a++) {
        value->gain[a] = median_of(&deals, 2 + 2 * a, p.level, sorted);
        value->given[a] = mean_of(&deals, 2 + 2 * p.arms + a);
    }
    value->stability = mean_of(&deals, 2 + 3 * p.arms);
    for (size_t k = 0; k < p.nodes; k++) {
        const VgPolicyNode *node = &value->tree->node[k];
        value->leaf_stability[k] = node->leaf && node->n > 0
                                       ? mean_of(&deals, 3 + 3 * p.arms + k) / (double)node->n
                                       : (double)NAN;
    }
    size_t width = vg_policy_response_width(data), at = record_width(&p) - width;
    double *mean = VG_NEW(arena, double, width + 1);
    if (!mean)
        return vg_fail_memory(error);
    for (size_t k = 0; k < width; k++)
        mean[k] = mean_of(&deals, at + k);
    VG_TRY(vg_policy_response(arena, data, mean, p.level, &value->response, error));
    judge(&p, &deals, value);
    return VG_OK;
}
