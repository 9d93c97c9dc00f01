/* Forests: the best cut against brute force, draws, pruning, invariances, refusals. Against grf: tests/reference/test_forest.c. */
#include "support/witness.h"

#include <math.h>
#include <stdlib.h>

#include "model/forest_begin.h"

/* Made rows: column 0 continuous, 1 rounded, 2 of three values, 3 continuous with missing values, the rest noise. */
typedef struct Rows {
    VgForestData data;
    VgForestTreatment treatment;
    double *outcome, *weight;
    uint32_t *arm, *cluster;
} Rows;

static Rows make_rows(VgArena *arena, size_t n, size_t p, size_t arms, uint32_t set)
{
    Rows r = {.outcome = VG_NEW(arena, double, n),
              .weight = VG_NEW(arena, double, n),
              .arm = VG_NEW(arena, uint32_t, n),
              .cluster = VG_NEW(arena, uint32_t, n)};
    VgMatrix x = {VG_NEW(arena, double, n *p), n, p, n};
    double *e = VG_NEW(arena, double, arms);
    for (size_t k = 0; k < arms; k++)
        e[k] = 1.0 / (double)arms;
    for (size_t i = 0; i < n; i++) {
        VgRandom random = vg_random_start(11, VG_STREAM_TEST, set, (uint32_t)i);
        for (size_t j = 0; j < p; j++)
            VG_AT(x, i, j) = vg_random_normal(&random);
        if (p > 1)
            VG_AT(x, i, 1) = round(2 * VG_AT(x, i, 1)) / 2;
        if (p > 2)
            VG_AT(x, i, 2) = (double)vg_random_below(&random, 3);
        bool missing = p > 3 && vg_random_uniform(&random) < 0.2;
        r.arm[i] = (uint32_t)vg_random_below(&random, arms);
        r.cluster[i] = (uint32_t)(i / 4);
        r.weight[i] = 0.5 + vg_random_uniform(&random);
        r.outcome[i] = VG_AT(x, i, 0) + (missing ? 2.0 : 0.0) +
                       r.arm[i] * (VG_AT(x, i, 0) > 0 ? 2.0 : 0.0) + vg_random_normal(&random);
        if (missing)
            VG_AT(x, i, 3) = NAN;
    }
    r.data = (VgForestData){.x = x, .outcome = r.outcome};
    r.treatment = (VgForestTreatment){.arm = r.arm, .n_arms = arms, .propensity = {e, 1, arms, 1}};
    return r;
}

static VgRandomForest *causal(VgArena *arena, const Rows *r, const VgForestOptions *options)
{
    VgError error = {0};
    VgRandomForest *forest;
    WITNESS_OK(vg_forest_causal(arena, &r->data, &r->treatment, options, &forest, &error), &error);
    return forest;
}

/* A plan as the entry points make it, ready to label and split; causal with propensities of 1/arms and outcomes as they are. */
static ForestPlan plan_of(VgArena *arena, VgForestKind kind, const Rows *r,
                          const VgForestOptions *options)
{
    VgError error = {0};
    VgRandomForest *forest;
    ForestPlan plan;
    size_t n = r->data.x.rows, contrasts = r->treatment.n_arms - 1;
    WITNESS_OK(vg_forest_begin(arena, kind, &r->data, options, NULL, &plan, &forest, &error),
               &error);
    uint32_t *class_of = VG_NEW(arena, uint32_t, n);
    double *t = VG_NEW(arena, double, n *contrasts);
    static const double thirds[] = {1.0 / 3, 2.0 / 3};
    for (size_t i = 0; i < n; i++) {
        class_of[i] = r->arm[i];
        for (size_t k = 0; k < contrasts; k++)
            t[i * contrasts + k] = (r->arm[i] == k + 1) - 1.0 / (double)r->treatment.n_arms;
    }
    plan.class_of = class_of;
    plan.treatment = t;
    plan.quantile = thirds;
    plan.n_treatments = kind == VG_FOREST_CAUSAL ? contrasts : 0;
    plan.n_constraints = plan.options.unstabilised ? 0 : plan.n_treatments;
    plan.n_labels = kind == VG_FOREST_REGRESSION ? 1 : kind == VG_FOREST_CAUSAL ? contrasts : 3;
    plan.max_grow_rows = n;
    return plan;
}

/* Gain of a cut from its definition, −∞ where a constraint forbids it. */
static double naive_gain(const ForestPlan *plan, const uint32_t *rows, size_t n, VgMatrix x,
                         size_t column, double cut, bool missing_left, const double *item)
{
    size_t length = vg_forest_item_length(plan), labels = plan->n_labels;
    size_t arms = plan->n_constraints;
    double size[2] = {0}, weight[2] = {0}, sum[2][64] = {{0}}, mean[16] = {0}, total = 0;
    double w1[2][16] = {{0}}, w2[2][16] = {{0}}, small[2][16] = {{0}}, large[2][16] = {{0}};
    for (size_t i = 0; i < n; i++) {
        double g = plan->weight ? plan->weight[rows[i]] : 1.0;
        total += g;
        for (size_t k = 0; k < arms; k++)
            mean[k] += g * plan->treatment[rows[i] * arms + k];
    }
    for (size_t i = 0; i < n; i++) {
        double value = VG_AT(x, rows[i], column), g = plan->weight ? plan->weight[rows[i]] : 1.0;
        int side = isnan(value) ? !missing_left : !(value <= cut);
        size[side]++;
        weight[side] += g;
        for (size_t k = 0; k < labels; k++)
            sum[side][k] += item[i * length + k];
        for (size_t k = 0; k < arms; k++) {
            double t = plan->treatment[rows[i] * arms + k];
            w1[side][k] += g * t;
            w2[side][k] += g * t * t;
            (t < mean[k] / total ? small : large)[side][k]++;
        }
    }
    double least = fmax(1, ceil((double)n * plan->options.alpha));
    double gain = 0, penalty = 1 / size[0] + 1 / size[1];
    for (int side = 0; side < 2; side++) {
        if (size[side] < (arms ? 1 : least))
            return -INFINITY;
        for (size_t k = 0; k < labels; k++)
            gain += sum[side][k] * sum[side][k] / weight[side];
        for (size_t k = 0; k < arms; k++) {
            double parent =
                w2[0][k] + w2[1][k] - (w1[0][k] + w1[1][k]) * (w1[0][k] + w1[1][k]) / total;
            double spread = w2[side][k] - w1[side][k] * w1[side][k] / weight[side];
            double floor_size = (double)plan->options.min_node_size;
            if (small[side][k] < floor_size || large[side][k] < floor_size ||
                spread < plan->options.alpha * parent)
                return -INFINITY;
            if (arms == 1 && side == 0)
                penalty = 0;
            if (arms == 1)
                penalty += 1 / spread;
        }
    }
    return gain - plan->options.imbalance_penalty * penalty;
}

static double naive_best(const ForestPlan *plan, const uint32_t *rows, size_t n, VgMatrix x,
                         const double *item)
{
    double best = 0;
    for (size_t j = 0; j < x.cols; j++)
        for (size_t i = 0; i < n; i++)
            for (int left = 0; left < 2; left++) {
                double cut = VG_AT(x, rows[i], j);
                cut = isnan(cut) ? -INFINITY : cut; /* missing alone */
                double gain = naive_gain(plan, rows, n, x, j, cut, left, item);
                best = gain > best ? gain : best;
            }
    return best;
}

static void best_cut_is_that_of_brute_force(void **state)
{
    (void)state;
    static const VgForestKind kinds[] = {VG_FOREST_REGRESSION, VG_FOREST_PROBABILITY,
                                         VG_FOREST_QUANTILE, VG_FOREST_CAUSAL, VG_FOREST_CAUSAL};
    size_t found = 0;
    for (uint32_t round = 0; round < 40; round++) {
        VgArena *arena = vg_arena_create();
        VgForestKind kind = kinds[round % 5];
        size_t arms = round % 5 == 3 ? 2 : 3, n = 20 + 9 * round;
        Rows r = make_rows(arena, n, 5, arms, round);
        if (round % 3 == 0 && kind != VG_FOREST_QUANTILE)
            r.data.weight = r.weight;
        VgForestOptions options = {.alpha = round % 4 == 0 ? 0.15 : 0,
                                   .imbalance_penalty = round % 4 == 1 ? 0.3 : 0,
                                   .min_node_size = 3,
                                   .unstabilised = round % 7 == 0};
        ForestPlan plan = plan_of(arena, kind, &r, &options);
        ForestSearch search;
        ForestLabels labels = {.n_items = vg_forest_item_length(&plan)};
        uint32_t *rows = VG_NEW(arena, uint32_t, n);
        size_t used = 0;
        for (size_t i = 0; i < n; i += 1 + i % 2)
            rows[used++] = (uint32_t)i;
        labels.item = VG_NEW(arena, double, n *labels.n_items);
        labels.outcome = VG_NEW(arena, double, n);
        assert_true(vg_forest_search_new(arena, &plan, &search));
        assert_true(vg_forest_label(&plan, rows, used, &labels));
        ForestSplit best = {0};
        for (uint32_t j = 0; j < 5; j++)
            vg_forest_split(&plan, rows, used, j, &labels, &search, &best);
        double expected = naive_best(&plan, rows, used, r.data.x, labels.item);
        witness_close("gain", best.gain, expected, 1e-10, 1e-10);
        found += expected > 0;
        vg_arena_destroy(arena);
    }
    assert_true(found > 30);
}

/* 900 rows go through buckets, 3,000 through the byte-wise sort, a column of three values and all of 70,000 rows (whose codes some values
 * share) through sums: one answer. */
static void ways_of_sorting_agree(void **state)
{
    (void)state;
    static const size_t sizes[] = {900, 3000, 70000};
    for (size_t s = 0; s < 3; s++) {
        size_t n = sizes[s];
        VgArena *arena = vg_arena_create();
        Rows r = make_rows(arena, n, 4, 2, 77);
        ForestPlan plan = plan_of(arena, VG_FOREST_CAUSAL, &r, NULL);
        ForestSearch search;
        ForestLabels labels = {.n_items = vg_forest_item_length(&plan)};
        uint32_t *rows = VG_NEW(arena, uint32_t, n);
        for (size_t i = 0; i < n; i++)
            rows[i] = (uint32_t)i;
        labels.item = VG_NEW(arena, double, n *labels.n_items);
        assert_true(vg_forest_search_new(arena, &plan, &search));
        assert_true(vg_forest_label(&plan, rows, n, &labels));
        for (uint32_t j = 0; j < 4; j++) {
            ForestSplit best = {0};
            vg_forest_split(&plan, rows, n, j, &labels, &search, &best);
            double cut = best.cut ? plan.codes->value[j][best.cut - 1] : -INFINITY;
            double gain = naive_gain(&plan, rows, n, r.data.x, j, cut, best.stays == FOREST_MISSING,
                                     labels.item);
            witness_close("gain of the cut", gain, best.gain, 1e-10, 1e-10);
            size_t step = 1 + plan.codes->levels[j] / 120;
            for (size_t c = 1; c < plan.codes->levels[j]; c += step) /* no cut is better */
                for (int left = 0; left < 2; left++)
                    assert_true(naive_gain(&plan, rows, n, r.data.x, j, plan.codes->value[j][c - 1],
                                           left, labels.item) <= best.gain * (1 + 1e-10));
        }
        vg_arena_destroy(arena);
    }
}

static size_t count_drawn(const ForestTree *tree, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += vg_forest_drawn(tree->drawn, i);
    return count;
}

static void trees_draw_as_declared(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    size_t n = 203;
    Rows r = make_rows(arena, n, 4, 2, 5);
    VgForestOptions options = {
        .trees = 40, .sample_fraction = 0.3, .honesty_fraction = 0.6, .keep_members = true};
    VgRandomForest *forest = causal(arena, &r, &options);
    assert_int_equal(forest->n_trees, 40);
    size_t both = 0;
    for (size_t t = 0; t < 40; t += 2) {
        const ForestTree *a = forest->tree + t, *b = a + 1;
        /* ⌈0.6 · ⌊203/2⌋⌉ = 61, of which ⌈0.6 · 61⌉ = 37 choose splits and 24 fill leaves */
        assert_int_equal(count_drawn(a, n), 61);
        assert_int_equal(count_drawn(b, n), 61);
        assert_int_equal(a->member_start[a->n_leaves], 24);
        size_t either = 0;
        for (size_t i = 0; i < n; i++) {
            bool in_a = vg_forest_drawn(a->drawn, i), in_b = vg_forest_drawn(b->drawn, i);
            either += in_a || in_b;
            both += in_a && in_b;
        }
        assert_true(either <= 101); /* one half-sample */
        for (size_t m = 0; m < 24; m++)
            assert_true(vg_forest_drawn(a->drawn, a->member[m]));
    }
    /* 61 · 61/101 on average; unrelated trees would share 61 · 61/203 */
    assert_in_range(both, 20 * 34, 20 * 40);
    vg_arena_destroy(arena);
}

static void clusters_are_drawn_whole_and_equally_if_asked(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    size_t n = 402; /* 100 clusters of 4, one of 2 */
    Rows r = make_rows(arena, n, 4, 2, 6);
    r.data.cluster = r.cluster;
    r.data.n_clusters = 101;
    for (int equal = 0; equal < 2; equal++) {
        VgForestOptions options = {.trees = 20, .equal_clusters = equal, .keep_members = true};
        VgRandomForest *forest = causal(arena, &r, &options);
        for (size_t t = 0; t < 20; t++) {
            const ForestTree *tree = forest->tree + t;
            for (size_t i = 0; i < n; i++)
                assert_int_equal(vg_forest_drawn(tree->drawn, i),
                                 vg_forest_drawn(tree->drawn, i / 4 * 4));
            size_t filled = tree->member_start[tree->n_leaves], of_cluster[101] = {0};
            for (size_t m = 0; m < filled; m++)
                of_cluster[r.cluster[tree->member[m]]]++;
            size_t clusters = 0;
            for (size_t c = 0; c < 101; c++) {
                clusters += of_cluster[c] > 0;
                assert_true(of_cluster[c] <= (equal ? 2 : 4));
                assert_true(of_cluster[c] == 0 || of_cluster[c] == (equal || c == 100 ? 2 : 4));
            }
            assert_int_equal(clusters, 25); /* ⌊101/2⌋ less ⌈50/2⌉ */
        }
    }
    vg_arena_destroy(arena);
}

static void pruned_trees_have_no_empty_leaf(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    Rows r = make_rows(arena, 150, 4, 2, 8);
    for (int keep = 0; keep < 2; keep++) {
        VgForestOptions options = {.trees = 60,
                                   .min_node_size = 1,
                                   .honesty_fraction = 0.8,
                                   .keep_empty_leaves = keep,
                                   .keep_members = true};
        VgError error = {0};
        VgRandomForest *forest;
        WITNESS_OK(vg_forest_regression(arena, &r.data, &options, &forest, &error), &error);
        size_t empty = 0;
        for (size_t t = 0; t < 60; t++) {
            const ForestTree *tree = forest->tree + t;
            size_t leaves = 0;
            for (size_t i = 0; i < tree->n_nodes; i++) {
                leaves += !tree->node[i].left;
                empty += !tree->node[i].left && tree->node[i].place == FOREST_EMPTY;
            }
            assert_int_equal(2 * leaves - 1, tree->n_nodes);
            /* every filling row falls into the leaf that lists it */
            for (uint32_t leaf = 0; leaf < tree->n_leaves; leaf++) {
                assert_true(tree->member_start[leaf] < tree->member_start[leaf + 1]);
                for (uint32_t m = tree->member_start[leaf]; m < tree->member_start[leaf + 1]; m++)
                    assert_int_equal(
                        vg_forest_leaf(tree->node, forest->codes.by_row + tree->member[m] * 4),
                        leaf);
            }
        }
        assert_true(keep ? empty > 0 : empty == 0);
    }
    vg_arena_destroy(arena);
}

static void same_bits_on_any_threads(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    Rows r = make_rows(arena, 300, 5, 3, 9);
    VgForestPrediction p[3];
    for (int k = 0; k < 3; k++) {
        VgError error = {0};
        VgForestOptions options = {.trees = 100, .threads = 1 + 2 * k, .seed = 4};
        VgRandomForest *forest = causal(arena, &r, &options);
        WITNESS_OK(vg_forest_predict_oob(arena, forest, true, p + k, &error), &error);
        assert_memory_equal(p[k].estimate.data, p[0].estimate.data, 600 * sizeof(double));
        assert_memory_equal(p[k].variance.data, p[0].variance.data, 600 * sizeof(double));
    }
    vg_arena_destroy(arena);
}

static void predictions(VgArena *arena, const VgRandomForest *forest, const VgMatrix *x,
                        VgForestPrediction *p)
{
    VgError error = {0};
    bool variance = !vg_forest_by_weights(forest->kind) && forest->options.group_size > 1;
    if (x)
        WITNESS_OK(vg_forest_predict(arena, forest, *x, variance, p, &error), &error);
    else
        WITNESS_OK(vg_forest_predict_oob(arena, forest, variance, p, &error), &error);
}

/* Only the order of a covariate matters, and the outcome's scale and shift pass through. */
static void units_do_not_matter(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    size_t n = 240;
    Rows r = make_rows(arena, n, 4, 2, 10), s = make_rows(arena, n, 4, 2, 10);
    VgForestOptions options = {.trees = 60};
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < 4; j++)
            VG_AT(s.data.x, i, j) = exp(3 * VG_AT(s.data.x, i, j)) - 7;
        s.outcome[i] = 1000 * s.outcome[i] + 5;
        r.weight[i] = s.weight[i] = 7.0;
    }
    VgForestPrediction a, b, c;
    predictions(arena, causal(arena, &r, &options), NULL, &a);
    predictions(arena, causal(arena, &s, &options), NULL, &b);
    s.data.weight = s.weight;
    predictions(arena, causal(arena, &s, &options), NULL, &c);
    for (size_t i = 0; i < n; i++) {
        /* other roundings in the splits' sums; the cuts are the same */
        witness_close("estimate", b.estimate.data[i], 1000 * a.estimate.data[i], 1e-9, 1);
        witness_close("variance", b.variance.data[i], 1e6 * a.variance.data[i], 1e-8, 1);
        witness_close("equal weights", c.estimate.data[i], b.estimate.data[i], 1e-9, 1);
    }
    vg_arena_destroy(arena);
}

/* A forest is a weighting of the training rows: its weights give its predictions back. */
static void weights_give_the_predictions(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    size_t n = 180;
    Rows r = make_rows(arena, n, 5, 2, 12);
    r.data.weight = r.weight;
    VgForestOptions options = {.trees = 50, .keep_members = true};
    VgRandomForest *mean, *effect = causal(arena, &r, &options);
    WITNESS_OK(vg_forest_regression(arena, &r.data, &options, &mean, &error), &error);
    VgForestPrediction of_mean, of_effect;
    predictions(arena, mean, NULL, &of_mean);
    predictions(arena, effect, &r.data.x, &of_effect);
    double *weight = VG_NEW(arena, double, n), x[5];
    for (size_t i = 0; i < n; i += 17) {
        for (size_t j = 0; j < 5; j++)
            x[j] = VG_AT(r.data.x, i, j);
        double sum = 0, y = 0, t = 0, yt = 0, tt = 0, g = 0;
        WITNESS_OK(vg_forest_weights(arena, mean, x, i, weight, &error), &error);
        for (size_t k = 0; k < n; k++) {
            sum += weight[k];
            y += weight[k] * r.outcome[k];
        }
        witness_close("sum of weights", sum, 1, 1e-12, 1);
        witness_close("mean", y, of_mean.estimate.data[i], 1e-10, 0.1);
        WITNESS_OK(vg_forest_weights(arena, effect, x, SIZE_MAX, weight, &error), &error);
        y = 0;
        for (size_t k = 0; k < n; k++) {
            double w = weight[k], treated = r.arm[k] - 0.5, outcome = effect->outcome[k];
            g += w;
            y += w * outcome;
            t += w * treated;
            yt += w * outcome * treated;
            tt += w * treated * treated;
        }
        witness_close("effect", (yt * g - y * t) / (tt * g - t * t), of_effect.estimate.data[i],
                      1e-9, 0.1);
    }
    vg_arena_destroy(arena);
}

static void effects_of_centred_values_are_those_of_arms(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    size_t n = 200;
    Rows r = make_rows(arena, n, 4, 3, 21);
    double *hat = VG_NEW(arena, double, n), *left = VG_NEW(arena, double, n);
    VgMatrix treated = {VG_NEW(arena, double, 2 * n), n, 2, n};
    for (size_t i = 0; i < n; i++) {
        hat[i] = VG_AT(r.data.x, i, 0);
        left[i] = r.outcome[i] - hat[i];
        for (size_t k = 0; k < 2; k++)
            VG_AT(treated, i, k) = (r.arm[i] == k + 1) - 1.0 / 3;
    }
    r.treatment.outcome_hat = hat;
    VgForestOptions options = {.trees = 30};
    VgForestPrediction a, b;
    predictions(arena, causal(arena, &r, &options), NULL, &a);
    r.data.outcome = left;
    VgRandomForest *forest;
    WITNESS_OK(vg_forest_effects(arena, &r.data, treated, &options, &forest, &error), &error);
    predictions(arena, forest, NULL, &b);
    assert_memory_equal(a.estimate.data, b.estimate.data, 2 * n * sizeof(double));
    vg_arena_destroy(arena);
}

static void missingness_itself_can_split(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    size_t n = 400;
    Rows r = make_rows(arena, n, 4, 2, 13); /* rows that miss column 3 have 2 more */
    VgForestOptions options = {.trees = 200};
    VgRandomForest *forest;
    WITNESS_OK(vg_forest_regression(arena, &r.data, &options, &forest, &error), &error);
    double point[] = {0, 0, 0, 0, 1, 1, 0, NAN};
    VgMatrix x = {point, 2, 4, 2};
    VgForestPrediction p;
    predictions(arena, forest, &x, &p);
    assert_true(p.estimate.data[1] - p.estimate.data[0] > 1.0);
    vg_arena_destroy(arena);
}

static void new_rows_between_values_go_right(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    double value[] = {3, 1, 2, NAN, 2}, fresh[] = {0.5, 1, 1.5, 3, 9, NAN};
    VgMatrix x = {value, 5, 1, 5}, y = {fresh, 6, 1, 6};
    ForestCodes codes;
    uint16_t code[6];
    WITNESS_OK(vg_forest_codes(arena, x, &codes, &error), &error);
    const uint16_t expected[] = {3, 1, 2, FOREST_MISSING, 2},
                   of_fresh[] = {1, 1, 2, 3, 4, FOREST_MISSING};
    assert_memory_equal(codes.by_row, expected, sizeof expected);
    vg_forest_code_rows(&codes, y, 0, 6, code);
    assert_memory_equal(code, of_fresh, sizeof of_fresh);
    vg_arena_destroy(arena);
}

static void importance_finds_the_modifier(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    Rows r = make_rows(arena, 600, 6, 2, 14);
    VgForestOptions options = {.trees = 200};
    VgRandomForest *forest = causal(arena, &r, &options);
    double importance[6], sum = 0;
    vg_forest_importance(forest, 0, 0, importance);
    for (size_t j = 0; j < 6; j++) {
        sum += importance[j];
        assert_true(j == 0 || importance[j] < importance[0] / 2);
    }
    assert_true(sum <= 1 + 1e-12 && sum > 0.9);
    VgForestFacts facts = vg_forest_facts(forest);
    assert_true(facts.mean_leaves > 4 && facts.mean_depth > 1 && facts.unsplit == 0);
    assert_int_equal(facts.mtry, 6);
    vg_arena_destroy(arena);
}

static void quantiles_and_shares_are_near_the_truth(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    size_t n = 2000;
    Rows r = make_rows(arena, n, 3, 2, 15);
    for (size_t i = 0; i < n; i++) { /* N(0, 1) left of 0, N(0, 4) right of it */
        VgRandom random = vg_random_start(3, VG_STREAM_TEST, 1, (uint32_t)i);
        r.outcome[i] = vg_random_normal(&random) * (VG_AT(r.data.x, i, 0) > 0 ? 2 : 1);
    }
    VgForestOptions options = {.trees = 200};
    double q[] = {0.1, 0.5, 0.9}, mean[2][3] = {{0}}, count[2] = {0};
    double point[] = {-1, 1, 0, 0, 1, 1};
    VgMatrix x = {point, 2, 3, 2};
    VgRandomForest *forest;
    VgForestPrediction p;
    WITNESS_OK(vg_forest_quantile(arena, &r.data, q, 3, &options, &forest, &error), &error);
    predictions(arena, forest, NULL, &p);
    for (size_t i = 0; i < n; i++) {
        int right = VG_AT(r.data.x, i, 0) > 0;
        count[right] += fabs(VG_AT(r.data.x, i, 0)) > 0.3; /* away from the step */
        for (size_t k = 0; k < 3 && fabs(VG_AT(r.data.x, i, 0)) > 0.3; k++)
            mean[right][k] += VG_AT(p.estimate, i, k);
    }
    for (size_t k = 0; k < 3; k++) /* some 750 rows a side; their local quantiles average out */
        for (int right = 0; right < 2; right++)
            assert_true(fabs(mean[right][k] / count[right] -
                             (right ? 2 : 1) * 1.2816 * ((double)k - 1)) < 0.15 * (1 + right));
    for (size_t i = 0; i < n; i++)
        r.outcome[i] = VG_AT(r.data.x, i, 0) > 0;
    WITNESS_OK(vg_forest_probability(arena, &r.data, 2, &options, &forest, &error), &error);
    predictions(arena, forest, &x, &p);
    for (size_t i = 0; i < 2; i++)
        witness_close("shares sum to 1", VG_AT(p.estimate, i, 0) + VG_AT(p.estimate, i, 1), 1,
                      1e-12, 1);
    assert_true(VG_AT(p.estimate, 0, 0) > 0.95 && VG_AT(p.estimate, 1, 1) > 0.95);
    vg_arena_destroy(arena);
}

/* Two steps in one of ten columns: larger leaves and all columns in each node do better than what is given. */
static VgForestFacts grown(VgArena *arena, VgForestKind kind, const VgForestData *data,
                           const VgForestOptions *options)
{
    VgRandomForest *forest;
    VgError error = {0};
    VgStatus status = kind == VG_FOREST_PROBABILITY
                          ? vg_forest_probability(arena, data, 2, options, &forest, &error)
                          : vg_forest_regression(arena, data, options, &forest, &error);
    WITNESS_OK(status, &error);
    return vg_forest_facts(forest);
}

/* Where all growing rows are alike the filling rows need not be: with honesty such nodes are halved, whichever class it is; without,
 * there is nothing to gain. */
static void nodes_of_one_class_are_halved_in_honest_trees(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    Rows r = make_rows(arena, 300, 5, 2, 23);
    double *few = VG_NEW(arena, double, 300), *many = VG_NEW(arena, double, 300);
    r.data.outcome = few;
    for (size_t i = 0; i < 300; i++) {
        few[i] = i % 100 == 7; /* three rows: most trees grow without any */
        many[i] = 1 - few[i];
    }
    VgForestOptions honest = {.trees = 60, .group_size = 1, .seed = 4}, not = honest;
    not .dishonest = true;
    not .sample_fraction = 0.25; /* as many rows choose splits */
    for (int weighted = 0; weighted < 2; weighted++) {
        r.data.weight = weighted ? r.weight : NULL;
        for (VgForestKind kind = VG_FOREST_REGRESSION; kind <= VG_FOREST_PROBABILITY; kind++) {
            VgForestFacts facts = grown(arena, kind, &r.data, &honest);
            VgForestData other = r.data;
            other.outcome = many;
            /* 75 growing rows in leaves of 3 to 5, halves of halves */
            assert_true(facts.unsplit == 0 && facts.mean_leaves > 15 && facts.mean_leaves < 26);
            assert_true(facts.mean_depth > 3.5 && facts.mean_depth < 6);
            assert_true(grown(arena, kind, &other, &honest).mean_leaves == facts.mean_leaves);
            assert_true(grown(arena, kind, &r.data, &not ).unsplit > 20);
        }
    }
    vg_arena_destroy(arena);
}

static void tuning_beats_bad_options_and_keeps_good_ones(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    size_t n = 300;
    Rows r = make_rows(arena, n, 10, 2, 31);
    VgForestOptions bad = {.mtry = 1, .sample_fraction = 0.2, .min_node_size = 20};
    VgForestSearch search = {.draws = 12, .trees = 50};
    VgForestTuned tuned, again;
    WITNESS_OK(vg_forest_tune(arena, &r.data, NULL, &bad, &search, &tuned, &error), &error);
    assert_true(tuned.better && tuned.error < tuned.default_error && tuned.tried == 12);
    assert_true(tuned.options.trees == 2000 && tuned.options.group_size == 2);
    WITNESS_OK(vg_forest_tune(arena, &r.data, NULL, &tuned.options, &search, &again, &error),
               &error);
    assert_true(again.better || again.options.mtry == tuned.options.mtry);
    VgMatrix treated = {VG_NEW(arena, double, n), n, 1, n};
    for (size_t i = 0; i < n; i++)
        treated.data[i] = r.arm[i] - 0.5;
    WITNESS_OK(vg_forest_tune(arena, &r.data, &treated, NULL, &search, &tuned, &error), &error);
    /* some draws cannot be grown from 300 rows */
    assert_true(tuned.tried >= 5 && tuned.default_error > 0);
    assert_true(tuned.better == (tuned.error < tuned.default_error));
    vg_arena_destroy(arena);
}

/* Exponential times whose rate doubles where x0 > 0, a third censored: curves near the truth, monotone, and refusals. */
static void survival_curves_are_near_the_truth(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    size_t n = 1500;
    Rows r = make_rows(arena, n, 3, 2, 41);
    bool *event = VG_NEW(arena, bool, n);
    for (size_t i = 0; i < n; i++) {
        VgRandom random = vg_random_start(3, VG_STREAM_TEST, 9, (uint32_t)i);
        double rate = VG_AT(r.data.x, i, 0) > 0 ? 2 : 1;
        double time = -log(vg_random_uniform(&random)) / rate;
        double censored = -2 * log(vg_random_uniform(&random));
        event[i] = time <= censored;
        r.outcome[i] = fmin(time, censored);
    }
    VgForestOptions options = {.trees = 200};
    double times[] = {0, 0.25, 0.5, 1, 100}, mean[2][5] = {{0}}, count[2] = {0};
    VgRandomForest *forest;
    VgForestPrediction p;
    WITNESS_OK(vg_forest_survival(arena, &r.data, event, times, 5, &options, &forest, &error),
               &error);
    predictions(arena, forest, NULL, &p);
    for (size_t i = 0; i < n; i++) {
        int right = VG_AT(r.data.x, i, 0) > 0;
        if (fabs(VG_AT(r.data.x, i, 0)) < 0.3)
            continue;
        count[right]++;
        for (size_t k = 0; k < 5; k++) {
            mean[right][k] += VG_AT(p.estimate, i, k);
            assert_true(k == 0 || VG_AT(p.estimate, i, k) <= VG_AT(p.estimate, i, k - 1));
        }
        assert_true(VG_AT(p.estimate, i, 0) == 1);
    }
    for (int right = 0; right < 2; right++)
        for (size_t k = 1; k < 4; k++) /* some 570 rows a side, a third censored */
            assert_true(fabs(mean[right][k] / count[right] - exp(-times[k] * (1 + right))) < 0.06);
    memset(event, 0, n * sizeof *event);
    VgStatus status =
        vg_forest_survival(arena, &r.data, event, times, 5, &options, &forest, &error);
    assert_int_equal(status, VG_NOT_ESTIMABLE);
    event[0] = true;
    r.outcome[3] = -1;
    status = vg_forest_survival(arena, &r.data, event, times, 5, &options, &forest, &error);
    assert_int_equal(status, VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

static void refused(VgStatus status, VgStatus expected, const VgError *error, const char *word)
{
    assert_int_equal(status, expected);
    if (!strstr(error->message, word))
        fail_msg("\"%s\" lacks \"%s\"", error->message, word);
    assert_true(error->hint[0]);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgRandomForest *forest;
    VgError error = {0};
    VgForestOptions options = {.trees = 10};
    Rows r = make_rows(arena, 200, 3, 2, 16), small = make_rows(arena, 60, 3, 2, 16);
#define CAUSAL(rows)                                                                               \
    vg_forest_causal(arena, &(rows).data, &(rows).treatment, &options, &forest, &error)
    refused(CAUSAL(small), VG_NOT_ESTIMABLE, &error, "needs 40 in each arm");
    Rows none = make_rows(arena, 3, 3, 2, 16);
    refused(vg_forest_regression(arena, &none.data, &options, &forest, &error), VG_NOT_ESTIMABLE,
            &error, "too few for a forest");
    double bad[] = {0, 1};
    Rows outside = r;
    outside.treatment.propensity.data = bad;
    refused(CAUSAL(outside), VG_INVALID_INPUT, &error, "outside (0, 1)");
    double uneven[] = {0.5, 0.4};
    outside.treatment.propensity.data = uneven;
    refused(CAUSAL(outside), VG_INVALID_INPUT, &error, "sum to");
    Rows flat = make_rows(arena, 200, 2, 2, 16);
    for (size_t i = 0; i < 400; i++)
        flat.data.x.data[i] = 3;
    refused(CAUSAL(flat), VG_NOT_ESTIMABLE, &error, "constant");
    r.outcome[17] = NAN;
    refused(CAUSAL(r), VG_INVALID_INPUT, &error, "row 18");
    r.outcome[17] = 0;
    r.weight[3] = -1;
    r.data.weight = r.weight;
    refused(CAUSAL(r), VG_INVALID_INPUT, &error, "weight of row 4");
    r.data.weight = NULL;
    options.sample_fraction = 0.6;
    refused(CAUSAL(r), VG_INVALID_INPUT, &error, "sample fraction");
    options = (VgForestOptions){.trees = 10, .alpha = 0.3};
    refused(CAUSAL(r), VG_INVALID_INPUT, &error, "alpha");
    options = (VgForestOptions){.trees = 10, .group_size = 1};
    VgForestPrediction p;
    WITNESS_OK(CAUSAL(r), &error);
    refused(vg_forest_predict_oob(arena, forest, true, &p, &error), VG_INVALID_INPUT, &error,
            "no variance");
    VgMatrix narrow = {bad, 1, 2, 1};
    refused(vg_forest_predict(arena, forest, narrow, false, &p, &error), VG_INVALID_INPUT, &error,
            "2 columns");
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(best_cut_is_that_of_brute_force),
        cmocka_unit_test(ways_of_sorting_agree),
        cmocka_unit_test(trees_draw_as_declared),
        cmocka_unit_test(clusters_are_drawn_whole_and_equally_if_asked),
        cmocka_unit_test(pruned_trees_have_no_empty_leaf),
        cmocka_unit_test(same_bits_on_any_threads),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(weights_give_the_predictions),
        cmocka_unit_test(effects_of_centred_values_are_those_of_arms),
        cmocka_unit_test(missingness_itself_can_split),
        cmocka_unit_test(new_rows_between_values_go_right),
        cmocka_unit_test(importance_finds_the_modifier),
        cmocka_unit_test(quantiles_and_shares_are_near_the_truth),
        cmocka_unit_test(nodes_of_one_class_are_halved_in_honest_trees),
        cmocka_unit_test(tuning_beats_bad_options_and_keeps_good_ones),
        cmocka_unit_test(survival_curves_are_near_the_truth),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
