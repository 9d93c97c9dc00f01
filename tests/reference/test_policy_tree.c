/* strata/policy_tree.c against policytree 1.2.5: its own fixture (policy_tree_exact, from the data folder), and trees of
 * depth 1 to 3 of policy_tree.R, with ties and limits on leaves. Same value (sums of the same numbers in another order:
 * 1e-13), same root, same arm for everybody. */
#include "support/witness.h"

#include <vagus/policy.h>
#include <vagus/table.h>

/* Lehmer's generator, exact in doubles: as in policy_tree.R. */
static double uniform(double *seed)
{
    double product = *seed * 16807;
    *seed = product - 2147483647.0 * (double)(int64_t)(product / 2147483647.0);
    return *seed / 2147483647.0;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* R's median */
static double median_of(VgArena *arena, const double *x, size_t n)
{
    double *sorted = vg_arena_alloc(arena, n, sizeof *sorted);
    memcpy(sorted, x, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, by_size);
    return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

static VgPolicyData make_case(VgArena *arena, const json_t *k)
{
    size_t n = (size_t)witness_number(k, "n"), p = (size_t)witness_number(k, "p");
    size_t arms = (size_t)witness_number(k, "arms");
    double seed = witness_number(k, "seed"), levels = witness_number(k, "levels");
    double *x = VG_NEW(arena, double, n *p), *r = VG_NEW(arena, double, n *arms);
    for (size_t i = 0; i < n * p; i++) {
        x[i] = uniform(&seed);
        if (levels > 0)
            x[i] = (double)(int)(x[i] * levels);
    }
    for (size_t i = 0; i < n * arms; i++)
        r[i] = uniform(&seed) - 0.5;
    double middle = median_of(arena, x, n);
    for (size_t i = 0; i < n; i++)
        r[n + i] += x[i] > middle ? 0.2 : -0.2;
    return (VgPolicyData){.features = {x, n, p, n}, .rewards = {r, n, arms, n}};
}

static void trees_are_those_of_policytree(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    json_t *root = witness_json(witness_source(arena, "tests/reference/policy_tree.json"));
    size_t c;
    json_t *k;
    json_array_foreach(json_object_get(root, "cases"), c, k)
    {
        VgError error = {0};
        VgPolicyData data = make_case(arena, k);
        VgPolicyOptions options = {.depth = (size_t)witness_number(k, "depth"),
                                   .min_leaf = (size_t)witness_number(k, "min")};
        VgPolicyTree *tree;
        WITNESS_OK(vg_policy_tree_fit(arena, &data, &options, &tree, &error), &error);
        witness_close("value", tree->reward, witness_number(k, "value"), 1e-13, 0);
        double feature = witness_number(k, "root_feature");
        if (feature >= 0) { /* else the same rule in more questions than it takes */
            assert_int_equal(tree->node[0].feature, (size_t)feature);
            witness_close("cut", tree->node[0].cut, witness_number(k, "root_cut"), 1e-15, 0);
        }
        size_t n = data.features.rows, *arm = VG_NEW(arena, size_t, n);
        WITNESS_OK(vg_policy_assign(tree, data.features, NULL, arm, NULL, &error), &error);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(arm[i],
                             json_integer_value(json_array_get(json_object_get(k, "arm"), i)));
    }
    assert_int_equal(c, 7);
    json_decref(root);
    vg_arena_destroy(arena);
}

static VgMatrix read_numbers(VgArena *arena, const char *name)
{
    VgError error = {0};
    VgTable *table;
    WITNESS_OK(vg_table_read(arena, witness_data(arena, name), NULL, &table, &error), &error);
    VgMatrix m = {VG_NEW(arena, double, table->n_rows * table->n_columns), table->n_rows,
                  table->n_columns, table->n_rows};
    for (size_t j = 0; j < m.cols; j++)
        for (size_t i = 0; i < m.rows; i++)
            VG_AT(m, i, j) = table->column[j].number[i];
    return m;
}

static void policytree_s_own_fixture_has_its_tree(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgMatrix x = read_numbers(arena, "policy_tree_exact/data_clf_X.csv");
    VgMatrix y = read_numbers(arena, "policy_tree_exact/data_clf_Y.csv");
    VgMatrix expected = read_numbers(arena, "policy_tree_exact/data_clf_exact.csv");
    VgError error = {0};
    VgPolicyData data = {.features = x, .rewards = y};
    VgPolicyOptions options = {.depth = 2};
    VgPolicyTree *tree;
    WITNESS_OK(vg_policy_tree_fit(arena, &data, &options, &tree, &error), &error);
    size_t *arm = VG_NEW(arena, size_t, x.rows);
    WITNESS_OK(vg_policy_assign(tree, x, NULL, arm, NULL, &error), &error);
    double value = 0;
    for (size_t i = 0; i < x.rows; i++) {
        size_t action = (size_t)VG_AT(expected, i, 0) - 1;
        assert_int_equal(arm[i], action);
        value += VG_AT(y, i, action) / (double)x.rows;
    }
    witness_close("value", tree->reward, value, 1e-13, 0);
    /* data_clf_tree.txt: V6 at 0.597743, then V8 at 0.336106 and 0.65496, actions 3 1 2 3 */
    const VgPolicyNode *node = tree->node;
    assert_int_equal(tree->n_nodes, 7);
    witness_close("V6", node[0].cut, 0.597743, 1e-6, 0);
    witness_close("V8 left", node[1].cut, 0.336106, 1e-6, 0);
    witness_close("V8 right", node[2].cut, 0.65496, 1e-6, 0);
    assert_true(node[0].feature == 5 && node[1].feature == 7 && node[2].feature == 7);
    assert_true(node[3].arm == 2 && node[4].arm == 0 && node[5].arm == 1 && node[6].arm == 2);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_are_those_of_policytree),
        cmocka_unit_test(policytree_s_own_fixture_has_its_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
