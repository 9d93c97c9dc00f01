/* Forests against grf, exactly: its own trees predicted from, and its own draws grown from (forest.R, forest_survival.R). */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include "model/forest_begin.h"

static double *numbers(VgArena *arena, const json_t *list)
{
    size_t n = json_array_size(list);
    double *value = VG_NEW(arena, double, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(list, i);
        value[i] = json_is_number(item) ? json_number_value(item) : NAN;
    }
    return value;
}

static VgMatrix matrix(VgArena *arena, const json_t *columns)
{
    size_t p = json_array_size(columns), n = json_array_size(json_array_get(columns, 0));
    VgMatrix m = {VG_NEW(arena, double, n *p), n, p, n};
    for (size_t j = 0; j < p; j++)
        memcpy(m.data + j * n, numbers(arena, json_array_get(columns, j)), n * sizeof(double));
    return m;
}

static uint32_t *whole(VgArena *arena, const json_t *list)
{
    size_t n = json_array_size(list);
    uint32_t *value = VG_NEW(arena, uint32_t, n);
    for (size_t i = 0; i < n; i++)
        value[i] = (uint32_t)json_integer_value(json_array_get(list, i));
    return value;
}

/* A forest of one case with its plan, trees grown by us (and thrown away). */
typedef struct Case {
    VgRandomForest *forest;
    ForestPlan plan;
    const char *name;
} Case;

/* Of fixed nuisances: y is the centred pseudo-outcome. */
static VgStatus grow_survival_effect(VgArena *arena, const json_t *c, const VgForestData *data,
                                     const VgForestOptions *options, VgRandomForest **forest,
                                     VgError *error)
{
    size_t n = data->x.rows;
    VgMatrix e = matrix(arena, json_object_get(c, "propensity"));
    const uint32_t *arm = whole(arena, json_object_get(c, "arm"));
    const uint32_t *event = whole(arena, json_object_get(c, "event"));
    double *treatment = VG_NEW(arena, double, n);
    uint8_t *known = VG_NEW(arena, uint8_t, n);
    for (size_t i = 0; i < n; i++) {
        treatment[i] = arm[i] - VG_AT(e, i, 1);
        known[i] = (uint8_t)event[i];
    }
    return vg_forest_survival_gradients(arena, data, treatment, known, options, NULL, forest,
                                        error);
}

/* Our own forest of the case, then the plan again from its parts. */
static Case make(VgArena *arena, const json_t *c)
{
    VgError error = {0};
    Case made = {.name = json_string_value(json_object_get(c, "name"))};
    const char *kind = json_string_value(json_object_get(c, "kind"));
    const json_t *weight = json_object_get(c, "weight"), *cluster = json_object_get(c, "cluster");
    VgForestData data = {.x = matrix(arena, json_object_get(c, "x")),
                         .outcome = numbers(arena, json_object_get(c, "y")),
                         .weight = weight ? numbers(arena, weight) : NULL,
                         .cluster = cluster ? whole(arena, cluster) : NULL,
                         .n_clusters = 20};
    VgForestOptions o = {.trees = json_array_size(json_object_get(c, "trees")),
                         .min_node_size = json_object_get(c, "estimate") ? 1 : 3,
                         .keep_members = true,
                         .threads = 1,
                         .dishonest = !json_object_get(c, "estimate"),
                         .unstabilised = json_is_true(json_object_get(c, "unstabilised")),
                         .alpha = json_number_value(json_object_get(c, "alpha")),
                         .imbalance_penalty = json_number_value(json_object_get(c, "penalty"))};
    if (strcmp(kind, "regression") == 0)
        WITNESS_OK(vg_forest_regression(arena, &data, &o, &made.forest, &error), &error);
    else if (strcmp(kind, "probability") == 0)
        WITNESS_OK(vg_forest_probability(arena, &data, 3, &o, &made.forest, &error), &error);
    else if (strcmp(kind, "quantile") == 0)
        WITNESS_OK(vg_forest_quantile(arena, &data, numbers(arena, json_object_get(c, "quantiles")),
                                      3, &o, &made.forest, &error),
                   &error);
    else if (strcmp(kind, "survival") == 0 || strcmp(kind, "hazard") == 0) {
        const uint32_t *seen = whole(arena, json_object_get(c, "event"));
        bool *event = VG_NEW(arena, bool, data.x.rows);
        for (size_t i = 0; i < data.x.rows; i++)
            event[i] = seen[i];
        WITNESS_OK(vg_forest_survival(
                       arena, &data, event, numbers(arena, json_object_get(c, "times")),
                       json_array_size(json_object_get(c, "times")), &o, &made.forest, &error),
                   &error);
        made.forest->by_hazard = strcmp(kind, "hazard") == 0;
    } else if (strcmp(kind, "survival effect") == 0) {
        WITNESS_OK(grow_survival_effect(arena, c, &data, &o, &made.forest, &error), &error);
    } else {
        VgMatrix e = matrix(arena, json_object_get(c, "propensity"));
        VgForestTreatment treatment = {.arm = whole(arena, json_object_get(c, "arm")),
                                       .n_arms = e.cols,
                                       .propensity = e,
                                       .outcome_hat = numbers(arena, json_object_get(c, "y_hat"))};
        WITNESS_OK(vg_forest_causal(arena, &data, &treatment, &o, &made.forest, &error), &error);
    }
    VgRandomForest *forest = made.forest;
    /* codes by column again, and the plan */
    ForestCodes *codes = VG_NEW(arena, ForestCodes, 1);
    WITNESS_OK(vg_forest_codes(arena, data.x, codes, &error), &error);
    WITNESS_OK(
        vg_forest_plan(arena, forest->kind, &data, &forest->options, codes, &made.plan, &error),
        &error);
    ForestPlan *plan = &made.plan;
    size_t n = forest->rows;
    if (forest->kind == VG_FOREST_CAUSAL || forest->kind == VG_FOREST_SURVIVAL_EFFECT) {
        plan->outcome = forest->outcome;
        plan->event = forest->event;
        plan->needs_events = forest->kind == VG_FOREST_SURVIVAL_EFFECT && !o.unstabilised;
        plan->treatment = forest->treatment;
        plan->n_treatments = plan->n_labels = forest->n_outputs;
        plan->n_constraints = o.unstabilised ? 0 : forest->n_outputs;
    } else if (forest->kind == VG_FOREST_PROBABILITY) {
        plan->class_of = whole(arena, json_object_get(c, "y"));
        plan->n_labels = 3;
    } else if (forest->kind == VG_FOREST_QUANTILE) {
        plan->quantile = forest->point;
        plan->n_labels = 4;
    }
    plan->n_moments = forest->n_moments;
    plan->max_grow_rows = plan->max_fill_rows = plan->max_leaves = n;
    plan->max_nodes = 2 * n;
    return made;
}

static uint16_t cut_of(const ForestCodes *codes, uint32_t column, const json_t *node)
{
    const json_t *cut = json_object_get(node, "cut");
    if (!json_is_number(cut))
        return FOREST_NOTHING;
    for (uint32_t c = 0; c < codes->levels[column]; c++)
        if (fabs(codes->value[column][c] - json_number_value(cut)) < 1e-12)
            return (uint16_t)(c + 1);
    fail_msg("no such value");
    return 0;
}

/* grf's tree in our shape. */
static ForestTree tree_of(VgArena *arena, const Case *c, const json_t *from)
{
    const json_t *nodes = json_object_get(from, "nodes"), *drawn = json_object_get(from, "drawn");
    size_t n = c->forest->rows, moments = c->forest->n_moments, n_nodes = json_array_size(nodes);
    ForestTree tree = {.node = VG_NEW(arena, ForestNode, 2 * n_nodes + 2),
                       .moments = VG_NEW(arena, double, n_nodes *moments),
                       .drawn = VG_NEW(arena, uint64_t, n / 64 + 1),
                       .member_start = VG_NEW(arena, uint32_t, n_nodes + 1),
                       .member = VG_NEW(arena, uint32_t, n)};
    for (size_t i = 0; i < json_array_size(drawn); i++) {
        size_t row = (size_t)json_integer_value(json_array_get(drawn, i));
        tree.drawn[row / 64] |= (uint64_t)1 << row % 64;
    }
    /* ours has the children of a node side by side: number them anew, breadth first */
    size_t *queue = VG_NEW(arena, size_t, n_nodes + 1), end = 1;
    for (size_t at = 0; at < end; at++) {
        const json_t *node = json_array_get(nodes, queue[at]);
        if (!json_is_true(json_object_get(node, "leaf"))) {
            uint32_t column = (uint32_t)json_integer_value(json_object_get(node, "column"));
            bool left = json_is_true(json_object_get(node, "missing_left"));
            uint16_t cut = cut_of(&c->forest->codes, column, node);
            tree.node[at] =
                (ForestNode){(uint32_t)end, column, cut,
                             left || cut == FOREST_NOTHING ? FOREST_MISSING : FOREST_NOTHING};
            queue[end++] = (size_t)json_integer_value(json_object_get(node, "left"));
            queue[end++] = (size_t)json_integer_value(json_object_get(node, "right"));
            continue;
        }
        const json_t *rows = json_object_get(node, "rows");
        size_t in_leaf = json_array_size(rows);
        tree.node[at].place = in_leaf ? tree.n_leaves : FOREST_EMPTY;
        if (!in_leaf)
            continue;
        double *sum = tree.moments + tree.n_leaves * moments;
        uint32_t start = tree.member_start[tree.n_leaves++];
        tree.member_start[tree.n_leaves] = start + (uint32_t)in_leaf;
        for (size_t i = 0; i < in_leaf; i++) {
            size_t row = (size_t)json_integer_value(json_array_get(rows, i));
            tree.member[start + i] = (uint32_t)row;
            vg_forest_add_moments(&c->plan, row, sum);
        }
        for (size_t j = 0; j < moments; j++)
            sum[j] /= (double)in_leaf;
    }
    tree.n_nodes = (uint32_t)end;
    return tree;
}

/* Where the weights of the outcomes up to ours sum to the quantile but for rounding, grf may read the next outcome. */
static bool at_a_step(VgArena *arena, const VgRandomForest *forest, const double *x, size_t row,
                      double ours, double quantile)
{
    VgError error = {0};
    double *weight = VG_NEW(arena, double, forest->rows), sum = 0.0;
    WITNESS_OK(vg_forest_weights(arena, forest, x, row, weight, &error), &error);
    for (size_t i = 0; i < forest->rows; i++)
        sum += forest->outcome[i] <= ours ? weight[i] : 0.0;
    return fabs(sum - quantile) < 1e-12;
}

static void same_errors(VgArena *arena, const json_t *c, const VgRandomForest *forest,
                        const char *name)
{
    if (!json_object_get(c, "debiased"))
        return;
    VgError error = {0};
    size_t n = forest->rows;
    double *debiased = VG_NEW(arena, double, n), *excess = VG_NEW(arena, double, n);
    const double *theirs = numbers(arena, json_object_get(c, "debiased"));
    const double *their_excess = numbers(arena, json_object_get(c, "excess"));
    WITNESS_OK(vg_forest_oob_error(arena, forest, debiased, excess, &error), &error);
    for (size_t i = 0; i < n; i++) {
        if (isnan(debiased[i])) /* fewer than six trees: grf goes on for means */
            continue;
        witness_close(name, debiased[i], theirs[i], 1e-9, 0.1);
        witness_close(name, excess[i], their_excess[i], 1e-9, 0.1);
    }
}

static void predict_as_grf(const char *file)
{
    VgArena *arena = vg_arena_create();
    json_t *root = witness_json(witness_source(arena, file));
    const json_t *cases = json_object_get(root, "predict");
    size_t at;
    json_t *c;
    json_array_foreach(cases, at, c)
    {
        VgError error = {0};
        Case made = make(arena, c);
        VgRandomForest *forest = made.forest;
        const json_t *trees = json_object_get(c, "trees");
        for (size_t t = 0; t < forest->n_trees; t++)
            forest->tree[t] = tree_of(arena, &made, json_array_get(trees, t));
        bool variance = json_object_get(c, "variance") != NULL;
        VgMatrix x = matrix(arena, json_object_get(c, "x"));
        VgForestPrediction p;
        WITNESS_OK(vg_forest_predict_oob(arena, forest, variance, &p, &error), &error);
        same_errors(arena, c, forest, made.name);
        for (int v = 0; v <= variance; v++) {
            VgMatrix theirs = matrix(arena, json_object_get(c, v ? "variance" : "estimate"));
            VgMatrix ours = v ? p.variance : p.estimate;
            assert_int_equal(theirs.rows, ours.rows);
            assert_int_equal(theirs.cols, ours.cols);
            for (size_t k = 0; k < ours.cols; k++)
                for (size_t i = 0; i < ours.rows; i++) {
                    double expected = VG_AT(theirs, i, k), value = VG_AT(ours, i, k);
                    if (isnan(expected) || (isnan(value) && !isfinite(expected))) {
                        assert_true(isnan(value));
                        continue;
                    }
                    if (forest->kind == VG_FOREST_QUANTILE && value < expected) {
                        double point[3] = {VG_AT(x, i, 0), VG_AT(x, i, 1), VG_AT(x, i, 2)};
                        assert_true(at_a_step(arena, forest, point, i, value, forest->point[k]));
                        continue;
                    }
                    char what[128];
                    snprintf(what, sizeof what, "%s, %s %zu, row %zu", made.name,
                             v ? "variance" : "estimate", k, i);
                    /* rounding alone; grf's variance has 1/sqrt(2 pi) to ten digits */
                    witness_close(what, value, expected, v ? 1e-9 : 1e-10, 0.1);
                }
        }
    }
    json_decref(root);
    vg_arena_destroy(arena);
}

static void grf_trees_give_grf_estimates_and_variances(void **state)
{
    (void)state;
    predict_as_grf("tests/reference/forest.json");
    predict_as_grf("tests/reference/forest_survival.json");
}

/* The gain of a cut of these rows, straight from its definition. */
static double gain_of(VgArena *arena, const ForestPlan *plan, const uint32_t *rows, size_t n,
                      ForestNode cut)
{
    size_t length = vg_forest_item_length(plan), k = plan->n_labels;
    ForestLabels labels = {.n_items = length,
                           .item = VG_NEW(arena, double, n *length),
                           .outcome = VG_NEW(arena, double, n)};
    assert_true(vg_forest_label(plan, rows, n, &labels));
    double sum[2][FOREST_MAX_LABELS] = {{0}}, weight[2] = {0}, gain = 0.0;
    for (size_t i = 0; i < n; i++) {
        uint16_t code = plan->codes->by_column[rows[i]];
        int right = code > cut.cut && code != cut.stays;
        weight[right] += plan->weight ? plan->weight[rows[i]] : 1.0;
        for (size_t j = 0; j < k; j++)
            sum[right][j] += labels.item[i * length + j];
    }
    for (int right = 0; right < 2; right++)
        for (size_t j = 0; j < k; j++)
            gain += sum[right][j] * sum[right][j] / weight[right];
    return gain;
}

typedef struct Compared {
    VgArena *arena;
    const Case *c;
    const ForestTree *ours, *theirs;
    size_t ties;
} Compared;

/* A node of one class alone, where no cut gains anything: grf cuts it at the first place that it tries, means only where they are not 0;
 * ours, if the tree is honest, in the middle of a column. */
static bool nothing_to_separate(const Compared *by, const uint32_t *rows, size_t n)
{
    size_t length = vg_forest_item_length(&by->c->plan);
    ForestLabels labels = {.n_items = length,
                           .item = VG_NEW(by->arena, double, n *length),
                           .outcome = VG_NEW(by->arena, double, n)};
    return !vg_forest_label(&by->c->plan, rows, n, &labels);
}

/* Same columns, cuts and sides from node a of ours and b of theirs on; where two cuts gain the same, the trees may part. */
static void same_below(Compared *by, uint32_t a, uint32_t b, const uint32_t *rows, size_t n)
{
    ForestNode x = by->ours->node[a], y = by->theirs->node[b];
    if (nothing_to_separate(by, rows, n))
        return;
    if ((x.left == 0) != (y.left == 0))
        fail_msg("%s: node %u is a %s, grf's node %u is not", by->c->name, a,
                 x.left ? "cut" : "leaf", b);
    if (x.left == 0)
        return;
    if (x.cut != y.cut || x.stays != y.stays) {
        double mine = gain_of(by->arena, &by->c->plan, rows, n, x);
        double other = gain_of(by->arena, &by->c->plan, rows, n, y);
        if (fabs(mine - other) > 1e-11 * mine)
            fail_msg("%s: node %u of %zu rows, cut at %u gains %.15g, grf's at %u %.15g",
                     by->c->name, a, n, x.cut, mine, y.cut, other);
        by->ties++;
        return;
    }
    uint32_t *side = VG_NEW(by->arena, uint32_t, n);
    size_t left = 0, right = n;
    for (size_t i = 0; i < n; i++) {
        uint16_t code = by->c->plan.codes->by_column[rows[i]];
        side[code > x.cut && code != x.stays ? --right : left++] = rows[i];
    }
    same_below(by, x.left, y.left, side, left);
    same_below(by, x.left + 1, y.left + 1, side + left, n - left);
}

/* At least so many cuts are compared. */
static void grow_as_grf(const char *file, size_t fewest)
{
    VgArena *arena = vg_arena_create();
    json_t *root = witness_json(witness_source(arena, file));
    const json_t *cases = json_object_get(root, "grow");
    size_t at, cuts = 0, ties = 0;
    json_t *c;
    json_array_foreach(cases, at, c)
    {
        Case made = make(arena, c);
        const json_t *trees = json_object_get(c, "trees");
        for (size_t t = 0; t < json_array_size(trees); t++) {
            VgError error = {0};
            ForestTree theirs = tree_of(arena, &made, json_array_get(trees, t));
            size_t n = made.forest->rows;
            ForestSample sample = {.grow = VG_NEW(arena, uint32_t, n)};
            for (size_t i = 0; i < n; i++)
                if (vg_forest_drawn(theirs.drawn, i))
                    sample.grow[sample.n_grow++] = (uint32_t)i;
            ForestTree ours = {.node = VG_NEW(arena, ForestNode, 2 * n),
                               .moments = VG_NEW(arena, double, n *made.plan.n_moments)};
            VgRandom random = vg_random_start(1, VG_STREAM_TEST, 0, 0);
            WITNESS_OK(vg_forest_grow(&made.plan, arena, &random, &sample, &ours, &error), &error);
            sample.n_grow = 0; /* growing has moved them */
            for (size_t i = 0; i < n; i++)
                if (vg_forest_drawn(theirs.drawn, i))
                    sample.grow[sample.n_grow++] = (uint32_t)i;
            Compared by = {arena, &made, &ours, &theirs, 0};
            same_below(&by, 0, 0, sample.grow, sample.n_grow);
            ties += by.ties;
            cuts += theirs.n_nodes / 2;
        }
    }
    assert_true(cuts > fewest && ties * 20 < cuts);
    json_decref(root);
    vg_arena_destroy(arena);
}

static void the_rows_grf_drew_give_the_cuts_grf_made(void **state)
{
    (void)state;
    grow_as_grf("tests/reference/forest.json", 300);
    grow_as_grf("tests/reference/forest_survival.json", 100);
}

/* The labels of a survival node sum to observed − expected events (survival::survdiff of the lung data by sex). */
static void survival_labels_sum_to_the_log_rank_numerator(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    json_t *root = witness_json(witness_source(arena, "tests/reference/forest.json"));
    const json_t *lung = json_object_get(root, "logrank");
    VgError error = {0};
    size_t n = json_array_size(json_object_get(lung, "time"));
    double *group = numbers(arena, json_object_get(lung, "group")), sum = 0.0, all = 0.0;
    const uint32_t *seen = whole(arena, json_object_get(lung, "event"));
    bool *event = VG_NEW(arena, bool, n);
    for (size_t i = 0; i < n; i++)
        event[i] = seen[i];
    VgForestData data = {.x = {group, n, 1, n},
                         .outcome = numbers(arena, json_object_get(lung, "time"))};
    VgForestOptions options = {.trees = 1};
    double times[] = {100};
    VgRandomForest *forest;
    WITNESS_OK(vg_forest_survival(arena, &data, event, times, 1, &options, &forest, &error),
               &error);
    uint32_t *place = VG_NEW(arena, uint32_t, n), *rows = VG_NEW(arena, uint32_t, n);
    for (size_t i = 0; i < n; i++) {
        rows[i] = (uint32_t)i;
        for (size_t k = 0; k < n; k++)
            place[i] += data.outcome[k] < data.outcome[i]; /* ties share a place */
    }
    ForestPlan plan = {.kind = VG_FOREST_SURVIVAL,
                       .n_labels = 1,
                       .time_place = place,
                       .event = forest->event,
                       .rows = n};
    ForestLabels labels = {
        .n_items = 1, .item = VG_NEW(arena, double, n), .outcome = VG_NEW(arena, double, 2 * n)};
    assert_true(vg_forest_label(&plan, rows, n, &labels));
    for (size_t i = 0; i < n; i++) {
        sum += group[i] > 0 ? labels.item[i] : 0.0;
        all += labels.item[i];
    }
    witness_close("observed - expected", sum, witness_number(lung, "observed_less_expected"), 1e-10,
                  1);
    witness_close("both sides", all, 0, 1e-10, 1);
    json_decref(root);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grf_trees_give_grf_estimates_and_variances),
        cmocka_unit_test(survival_labels_sum_to_the_log_rank_numerator),
        cmocka_unit_test(the_rows_grf_drew_give_the_cuts_grf_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
