/* Exact policy trees: the search, the tree made of what it found, and who gets what under it.
 *
 * A tree of depth d is a cut and a tree of depth d − 1 on each side. Depth 2: for a first feature f, people cross its cuts one level
 * after the other; for every second feature g partial sums (partial_sums.h) tell the best cut among those who have crossed. Once
 * upwards for the left side, once downwards for the right. Depth 3 does that for both sides of each first cut. */
#include <vagus/policy.h>

#include <math.h>
#include <stdio.h>

#include "numeric/replicate.h"
#include "strata/partial_sums.h"
#include "strata/policy_sample.h"

/* Trees whose sums differ by less, relative to Σ largest |gain|, are equally good: the rest is rounding. */
static const double TIE = 1e-11;

/* The first cut of the best tree of some depth; value −infinity when no cut is allowed. */
typedef struct Cut {
    double value;
    uint32_t feature, level;
} Cut;

typedef struct Search {
    const VgPolicySample *sample;
    size_t depth, min_leaf;
    double floor; /* only what is better counts */
    double tie;
} Search;

static size_t best_arm(const VgPolicySample *s, double tie, double *value)
{
    size_t best = 0;
    *value = 0;
    for (size_t a = 1; a < s->arms; a++) {
        double sum = 0;
        for (size_t i = 0; i < s->n; i++)
            sum += s->gain[i * s->arms + a];
        if (sum > *value + tie) {
            *value = sum;
            best = a;
        }
    }
    return best;
}

/* ---- depth 1 ---- */

static bool cut_allowed(const Search *search, size_t left, size_t n)
{
    return left >= search->min_leaf && n - left >= search->min_leaf;
}

static double larger_sum(const double *sum, const double *rest, size_t arms)
{
    double left = sum[0], right = rest[0] - sum[0];
    for (size_t a = 1; a < arms; a++) {
        left = sum[a] > left ? sum[a] : left;
        right = rest[a] - sum[a] > right ? rest[a] - sum[a] : right;
    }
    return left + right;
}

static VgStatus one_cut(const Search *search, size_t f, VgArena *scratch, Cut *best, VgError *error)
{
    const VgPolicySample *s = search->sample;
    double *sum = VG_NEW(scratch, double, 2 * s->arms);
    if (!sum)
        return vg_fail_memory(error);
    double *total = sum + s->arms;
    for (size_t i = 0; i < s->n; i++)
        for (size_t a = 0; a < s->arms; a++)
            total[a] += s->gain[i * s->arms + a];
    const uint32_t *order = s->order + f * s->n, *level = s->level + f * s->n;
    for (size_t k = 0; k + 1 < s->n; k++) {
        for (size_t a = 0; a < s->arms; a++)
            sum[a] += s->gain[order[k] * s->arms + a];
        if (level[order[k]] == level[order[k + 1]] || !cut_allowed(search, k + 1, s->n))
            continue;
        double value = larger_sum(sum, total, s->arms);
        if (value > best->value + search->tie)
            *best = (Cut){value, (uint32_t)f, level[order[k]]};
    }
    return VG_OK;
}

/* ---- depth 2 ---- */

/* value[l] := the best value of depth 1 among those at levels <= l of f (upwards) or > l, its only cut being in g, where that
 * is better than what stands there. */
static void cross(const Search *search, size_t f, size_t g, bool upwards, VgPartialSums *sums,
                  double *value)
{
    const VgPolicySample *s = search->sample;
    const uint32_t *order = s->order + f * s->n, *level = s->level + f * s->n;
    vg_partial_sums_clear(sums, s->n_levels[g]);
    for (size_t crossed = 0; crossed < s->n;) {
        size_t from = crossed, last = s->n - 1;
        uint32_t at = level[order[upwards ? from : last - from]];
        while (crossed < s->n && level[order[upwards ? crossed : last - crossed]] == at)
            crossed++;
        vg_partial_sums_add(sums, order + (upwards ? from : s->n - crossed), crossed - from,
                            s->level + g * s->n, s->gain);
        if (crossed == s->n)
            return;
        uint32_t cut = upwards ? at : at - 1;
        double best = vg_partial_sums_best(sums, search->min_leaf);
        if (best > value[cut])
            value[cut] = best;
    }
}

static VgStatus two_cuts(const Search *search, size_t f, VgArena *scratch, Cut *best,
                         VgError *error)
{
    const VgPolicySample *s = search->sample;
    size_t cuts = s->n_levels[f] - 1, most_levels = 1;
    double *left = vg_arena_alloc_raw(scratch, 2 * cuts, sizeof *left);
    for (size_t g = 0; g < s->p; g++)
        most_levels = s->n_levels[g] > most_levels ? s->n_levels[g] : most_levels;
    VgPartialSums sums;
    VG_TRY(vg_partial_sums_new(scratch, most_levels, s->arms, &sums, error));
    if (!left)
        return vg_fail_memory(error);
    double *right = left + cuts;
    for (size_t l = 0; l < 2 * cuts; l++)
        left[l] = -INFINITY;
    for (size_t g = 0; g < s->p; g++) {
        cross(search, f, g, true, &sums, left);
        cross(search, f, g, false, &sums, right);
    }
    const uint32_t *order = s->order + f * s->n, *level = s->level + f * s->n;
    for (size_t k = 0; k + 1 < s->n; k++) {
        uint32_t l = level[order[k]];
        if (l == level[order[k + 1]] || !cut_allowed(search, k + 1, s->n))
            continue;
        if (left[l] + right[l] > best->value + search->tie)
            *best = (Cut){left[l] + right[l], (uint32_t)f, l};
    }
    return VG_OK;
}

/* ---- any depth ---- */

static VgStatus best_cut(const Search *search, VgArena *scratch, Cut *best, VgError *error);

static VgStatus value_of_side(const Search *search, uint32_t f, uint32_t cut, bool left,
                              VgArena *scratch, double *value, VgError *error)
{
    VgPolicySample side;
    VG_TRY(vg_policy_sample_side(scratch, search->sample, f, cut, left, &side, error));
    Search inner = *search;
    inner.sample = &side;
    inner.depth--;
    best_arm(&side, search->tie, &inner.floor);
    Cut cut_of_side;
    VG_TRY(best_cut(&inner, scratch, &cut_of_side, error));
    *value = cut_of_side.value > inner.floor ? cut_of_side.value : inner.floor;
    return VG_OK;
}

/* How much the value of a first cut can rise from one level to the next: a person who changes sides brings at most the
 * best arm's gain there and takes at least the worst arm's from here. */
static double *rise_by_level(const VgPolicySample *s, size_t f, VgArena *scratch)
{
    double *rise = VG_NEW(scratch, double, s->n_levels[f]);
    for (size_t i = 0; rise && i < s->n; i++) {
        const double *gain = s->gain + i * s->arms;
        double least = 0, most = 0;
        for (size_t a = 1; a < s->arms; a++) {
            least = gain[a] < least ? gain[a] : least;
            most = gain[a] > most ? gain[a] : most;
        }
        rise[s->level[f * s->n + i]] += most - least;
    }
    return rise;
}

/* A limit on leaves can make a side better by taking a person away, so that no level is jumped under one. */
static VgStatus many_cuts(const Search *search, size_t f, VgArena *scratch, Cut *best,
                          VgError *error)
{
    const VgPolicySample *s = search->sample;
    double *rise = rise_by_level(s, f, scratch);
    if (!rise)
        return vg_fail_memory(error);
    double bound = INFINITY; /* no cut at this level is worth more */
    for (uint32_t l = 0; l + 1 < s->n_levels[f]; l++) {
        bound += rise[l];
        if (!cut_allowed(search, vg_policy_sample_left(s, f, l), s->n) ||
            (search->min_leaf <= 1 && bound <= best->value + search->tie))
            continue;
        VgArenaMark mark = vg_arena_mark(scratch);
        double left, right;
        VG_TRY(value_of_side(search, (uint32_t)f, l, true, scratch, &left, error));
        VG_TRY(value_of_side(search, (uint32_t)f, l, false, scratch, &right, error));
        vg_arena_rewind(scratch, mark);
        bound = left + right;
        if (bound > best->value + search->tie)
            *best = (Cut){bound, (uint32_t)f, l};
    }
    return VG_OK;
}

/* The best first cut in one feature, if it is worth more than search->floor. */
static VgStatus best_cut_in(const Search *search, size_t f, VgArena *scratch, Cut *best,
                            VgError *error)
{
    *best = (Cut){.value = search->floor};
    if (search->sample->n_levels[f] < 2)
        return VG_OK;
    if (search->depth == 1)
        return one_cut(search, f, scratch, best, error);
    if (search->depth == 2)
        return two_cuts(search, f, scratch, best, error);
    return many_cuts(search, f, scratch, best, error);
}

static void keep_better(const Search *search, const Cut *found, Cut *best)
{
    if (found->value > best->value + search->tie)
        *best = *found;
}

static VgStatus best_cut(const Search *search, VgArena *scratch, Cut *best, VgError *error)
{
    *best = (Cut){.value = search->floor};
    for (size_t f = 0; f < search->sample->p; f++) {
        VgArenaMark mark = vg_arena_mark(scratch);
        Cut found;
        VG_TRY(best_cut_in(search, f, scratch, &found, error));
        vg_arena_rewind(scratch, mark);
        keep_better(search, &found, best);
    }
    return VG_OK;
}

/* ---- the features side by side ---- */

static VgStatus one_feature(size_t f, VgRandom random, VgArena *scratch, const void *search,
                            void *record, VgError *error)
{
    (void)random;
    return best_cut_in(search, f, scratch, record, error);
}

typedef struct Best {
    const Search *search;
    Cut *cut;
} Best;

static VgStatus merge_feature(size_t f, const void *record, void *total, VgError *error)
{
    (void)f;
    (void)error;
    const Best *best = total;
    keep_better(best->search, record, best->cut);
    return VG_OK;
}

static VgStatus best_cut_parallel(const Search *search, int threads, Cut *cut, VgError *error)
{
    *cut = (Cut){.value = search->floor};
    Best best = {search, cut};
    const VgReplicate plan = {.count = search->sample->p,
                              .record_size = sizeof(Cut),
                              .body = one_feature,
                              .merge = merge_feature,
                              .context = search,
                              .total = &best,
                              .threads = threads};
    return vg_replicate(&plan, error);
}

/* ---- the tree ---- */

typedef struct Pending {
    VgPolicySample sample;
    size_t node, depth;
} Pending;

typedef struct Build {
    VgArena *arena, *scratch;
    size_t min_leaf;
    int threads;
    double tie;
    VgPolicyTree *tree;
    Pending *pending; /* nodes whose people are known, level by level */
    size_t n_pending, capacity;
} Build;

static void push(Build *build, const VgPolicySample *sample, size_t depth, size_t *node)
{
    *node = build->tree->n_nodes++;
    build->pending[build->n_pending++] = (Pending){*sample, *node, depth};
}

/* The cut of the shallowest tree that is as good as any of at most this depth. `depth` becomes that tree's; 0 = a leaf. */
static VgStatus choose(Build *build, const VgPolicySample *sample, size_t *depth, size_t *arm,
                       Cut *cut, VgError *error)
{
    Search search = {.sample = sample, .min_leaf = build->min_leaf, .tie = build->tie};
    *cut = (Cut){0};
    *arm = best_arm(sample, build->tie, &search.floor);
    size_t shallowest = 0;
    for (search.depth = 1; search.depth <= *depth; search.depth++) {
        Cut found;
        VG_TRY(best_cut_parallel(&search, build->threads, &found, error));
        if (found.value > search.floor) {
            *cut = found;
            shallowest = search.depth;
            search.floor = found.value;
        }
    }
    *depth = shallowest;
    return VG_OK;
}

static VgStatus settle(Build *build, const Pending *at, VgError *error)
{
    VgPolicyNode *node = &build->tree->node[at->node];
    const VgPolicySample *s = &at->sample;
    size_t depth = at->depth;
    Cut cut;
    VG_TRY(choose(build, s, &depth, &node->arm, &cut, error));
    node->n = s->n;
    node->leaf = depth == 0;
    if (node->leaf)
        return VG_OK;
    node->arm = 0;
    node->feature = cut.feature;
    node->cut = s->upper[cut.feature * s->n + cut.level];
    VgPolicySample side;
    VG_TRY(vg_policy_sample_side(build->scratch, s, cut.feature, cut.level, true, &side, error));
    push(build, &side, depth - 1, &node->left);
    VG_TRY(vg_policy_sample_side(build->scratch, s, cut.feature, cut.level, false, &side, error));
    push(build, &side, depth - 1, &node->right);
    return VG_OK;
}

static size_t depth_below(const VgPolicyTree *tree, size_t node)
{
    if (tree->node[node].leaf)
        return 0;
    size_t left = depth_below(tree, tree->node[node].left);
    size_t right = depth_below(tree, tree->node[node].right);
    return 1 + (left > right ? left : right);
}

/* Rewards of the nodes from the data, by sending everybody through. */
static void reward_nodes(VgPolicyTree *tree, const VgPolicyData *data)
{
    size_t n = data->features.rows;
    for (size_t i = 0; i < n; i++) {
        size_t path[VG_POLICY_DEEPEST + 1], steps = 0, at = 0;
        for (path[steps++] = 0; !tree->node[at].leaf; path[steps++] = at)
            at = VG_AT(data->features, i, tree->node[at].feature) <= tree->node[at].cut
                     ? tree->node[at].left
                     : tree->node[at].right;
        size_t arm = tree->node[at].arm;
        if (tree->needs_safety && tree->needs_safety[arm] &&
            !(data->safe && data->safe[i + arm * n]))
            arm = 0;
        for (size_t k = 0; k < steps; k++)
            tree->node[path[k]].reward += VG_AT(data->rewards, i, arm);
    }
    for (size_t k = 0; k < tree->n_nodes; k++)
        tree->node[k].reward /= (double)tree->node[k].n;
    tree->reward = tree->node[0].reward;
}

static VgStatus build_tree(Build *build, const VgPolicyData *data, const VgPolicySample *sample,
                           size_t depth, VgError *error)
{
    size_t root, most = ((size_t)2 << depth) - 1;
    VgPolicyTree *tree = build->tree;
    tree->node = VG_NEW(build->arena, VgPolicyNode, most);
    build->pending = VG_NEW(build->scratch, Pending, most);
    if (!tree->node || !build->pending)
        return vg_fail_memory(error);
    push(build, sample, depth, &root);
    for (size_t next = 0; next < build->n_pending; next++) {
        Pending at = build->pending[next];
        VG_TRY(settle(build, &at, error));
    }
    tree->depth = depth_below(tree, 0);
    reward_nodes(tree, data);
    return VG_OK;
}

/* ---- input ---- */

static const char *feature_name(const VgPolicyData *data, size_t f, char text[32])
{
    if (data->feature_name && data->feature_name[f])
        return data->feature_name[f];
    snprintf(text, 32, "%zu", f + 1);
    return text;
}

static VgStatus check(const VgPolicyData *data, const VgPolicyOptions *options, VgError *error)
{
    char text[32];
    size_t n = data->features.rows;
    if (n == 0 || n != data->rewards.rows || n > UINT32_MAX)
        return vg_fail(error, VG_INVALID_INPUT, "%zu rows of features but %zu of rewards",
                       "one row a person in both", n, data->rewards.rows);
    if (data->rewards.cols < 2)
        return vg_fail(error, VG_INVALID_INPUT,
                       "a rule needs two arms or more to choose from, not %zu",
                       "one column of rewards an arm, the reference arm first", data->rewards.cols);
    if (options->depth > VG_POLICY_DEEPEST)
        return vg_fail(error, VG_INVALID_INPUT, "policy trees go to depth %d, not %zu",
                       "deeper rules are not searched exactly, nor would people follow them",
                       VG_POLICY_DEEPEST, options->depth);
    for (size_t f = 0; f < data->features.cols; f++)
        for (size_t i = 0; i < n; i++)
            if (!isfinite(VG_AT(data->features, i, f)))
                return vg_fail(
                    error, VG_INVALID_INPUT, "feature %s of row %zu is missing",
                    "impute it, or leave the feature out: a rule cannot ask for what is not known",
                    feature_name(data, f, text), i + 1);
    for (size_t a = 0; a < data->rewards.cols; a++)
        for (size_t i = 0; i < n; i++)
            if (!isfinite(VG_AT(data->rewards, i, a)))
                return vg_fail(error, VG_INVALID_INPUT,
                               "the reward of arm %zu is missing in row %zu",
                               "leave the person out of all rows", a + 1, i + 1);
    if (data->needs_safety && data->needs_safety[0])
        return vg_fail(error, VG_INVALID_INPUT, "the reference arm needs safety data",
                       "arm 0 is what people get where nothing else may be given");
    return VG_OK;
}

static double sum_of_largest(const VgPolicySample *s)
{
    double sum = 0;
    for (size_t i = 0; i < s->n; i++) {
        double most = 0;
        for (size_t a = 1; a < s->arms; a++)
            most = fmax(most, fabs(s->gain[i * s->arms + a]));
        sum += most;
    }
    return sum;
}

VgStatus vg_policy_tree_fit(VgArena *arena, const VgPolicyData *data,
                            const VgPolicyOptions *options, VgPolicyTree **made, VgError *error)
{
    VG_TRY(check(data, options, error));
    VgPolicyTree *tree = VG_NEW(arena, VgPolicyTree, 1);
    if (!tree)
        return vg_fail_memory(error);
    *tree = (VgPolicyTree){.n_arms = data->rewards.cols, .n_features = data->features.cols};
    if (data->needs_safety) {
        bool *kept = VG_NEW(arena, bool, tree->n_arms);
        if (!kept)
            return vg_fail_memory(error);
        for (size_t a = 0; a < tree->n_arms; a++)
            kept[a] = data->needs_safety[a];
        tree->needs_safety = kept;
    }
    Build build = {.arena = arena,
                   .scratch = vg_arena_create(),
                   .min_leaf = options->min_leaf ? options->min_leaf : 1,
                   .threads = options->threads,
                   .tree = tree};
    VgPolicySample sample;
    VgStatus status = build.scratch ? vg_policy_sample_make(build.scratch, data, options->max_cuts,
                                                            &sample, error)
                                    : vg_fail_memory(error);
    if (status == VG_OK) {
        build.tie = TIE * sum_of_largest(&sample);
        status = build_tree(&build, data, &sample, options->depth ? options->depth : 2, error);
    }
    vg_arena_destroy(build.scratch);
    *made = tree;
    return status;
}

double vg_policy_tree_steps(size_t n, size_t p, size_t arms, const VgPolicyOptions *options)
{
    double pairs = (double)(arms * (arms - 1)) / 2, people = (double)n, features = (double)p;
    double cuts = options->max_cuts ? fmin((double)options->max_cuts, people) : people;
    size_t depth = options->depth ? options->depth : 2;
    double steps = features * people * (double)arms;
    if (depth >= 2)
        steps = 2 * features * features * people * pairs * ceil(log2(cuts + 1));
    return depth >= 3 ? steps * features * cuts : steps;
}

VgStatus vg_policy_assign(const VgPolicyTree *tree, VgMatrix features, const bool *safe,
                          size_t *arm, size_t *node, VgError *error)
{
    if (features.cols != tree->n_features)
        return vg_fail(error, VG_INVALID_INPUT, "the rule was made from %zu features, not %zu",
                       "give the same columns in the same order", tree->n_features, features.cols);
    for (size_t i = 0; i < features.rows; i++) {
        size_t at = 0;
        while (!tree->node[at].leaf) {
            double value = VG_AT(features, i, tree->node[at].feature);
            if (!isfinite(value))
                return vg_fail(error, VG_INVALID_INPUT,
                               "row %zu lacks feature %zu, which the rule asks for",
                               "a rule says nothing about a person it cannot place", i + 1,
                               tree->node[at].feature + 1);
            at = value <= tree->node[at].cut ? tree->node[at].left : tree->node[at].right;
        }
        size_t given = tree->node[at].arm;
        bool allowed = !tree->needs_safety || !tree->needs_safety[given] ||
                       (safe && safe[i + given * features.rows]);
        arm[i] = allowed ? given : 0;
        if (node)
            node[i] = at;
    }
    return VG_OK;
}
