/* strata/policy_tree.c: against going through all trees on small data, ties, limits, safety, threads, refusals. */
#include "support/witness.h"

#include <math.h>

#include <vagus/policy.h>

#include "numeric/random.h"

enum { PEOPLE = 14, FEATURES = 3, MOST_ARMS = 4 };

typedef struct Small {
    double x[PEOPLE * FEATURES], r[PEOPLE * MOST_ARMS];
    VgPolicyData data;
} Small;

/* Few values, so that cuts tie within a feature and rewards tie between trees. */
static void make(Small *small, uint32_t which, size_t arms)
{
    VgRandom random = vg_random_start(7, VG_STREAM_TEST, which, 0);
    for (size_t i = 0; i < PEOPLE * FEATURES; i++)
        small->x[i] = (double)vg_random_below(&random, which % 2 ? 4 : 100);
    for (size_t i = 0; i < PEOPLE * arms; i++)
        small->r[i] =
            which % 3 ? vg_random_normal(&random) : (double)vg_random_below(&random, 5) - 2;
    small->data = (VgPolicyData){.features = {small->x, PEOPLE, FEATURES, PEOPLE},
                                 .rewards = {small->r, PEOPLE, arms, PEOPLE}};
}

/* The best sum for the people in `in`, every tree gone through. */
static double best_of_all(const VgPolicyData *data, unsigned in, size_t depth, size_t min_leaf)
{
    double best = -INFINITY;
    for (size_t a = 0; a < data->rewards.cols; a++) {
        double sum = 0;
        for (size_t i = 0; i < PEOPLE; i++)
            sum += in >> i & 1 ? VG_AT(data->rewards, i, a) : 0;
        best = fmax(best, sum);
    }
    for (size_t f = 0; depth > 0 && f < FEATURES; f++)
        for (size_t k = 0; k < PEOPLE; k++) {
            unsigned left = 0;
            for (size_t i = 0; i < PEOPLE; i++)
                left |= (unsigned)(VG_AT(data->features, i, f) <= VG_AT(data->features, k, f)) << i;
            unsigned right = in & ~left;
            left &= in;
            if (!left || !right || (size_t)__builtin_popcount(left) < min_leaf ||
                (size_t)__builtin_popcount(right) < min_leaf)
                continue;
            best = fmax(best, best_of_all(data, left, depth - 1, min_leaf) +
                                  best_of_all(data, right, depth - 1, min_leaf));
        }
    return best;
}

static VgPolicyTree *fit(VgArena *arena, const VgPolicyData *data, VgPolicyOptions options)
{
    VgError error = {0};
    VgPolicyTree *tree;
    WITNESS_OK(vg_policy_tree_fit(arena, data, &options, &tree, &error), &error);
    return tree;
}

static void no_tree_is_better(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    for (uint32_t which = 0; which < 60; which++) {
        Small small;
        make(&small, which, 2 + which % 3);
        for (size_t depth = 1; depth <= (which < 12 ? 3 : 2); depth++) {
            size_t min_leaf = 1 + which % 4;
            VgPolicyTree *tree =
                fit(arena, &small.data, (VgPolicyOptions){.depth = depth, .min_leaf = min_leaf});
            double best = best_of_all(&small.data, (1u << PEOPLE) - 1, depth, min_leaf);
            witness_close("reward", tree->reward, best / PEOPLE, 1e-12, 1);
            assert_true(tree->depth <= depth);
            for (size_t k = 0; k < tree->n_nodes; k++)
                assert_true(tree->node[k].n >= min_leaf);
        }
    }
    vg_arena_destroy(arena);
}

/* Two features that say the same, cuts that do the same, arms that are worth the same. */
static void ties_go_to_what_comes_first(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    double x[8] = {1, 2, 3, 4, 1, 2, 3, 4}, r[12] = {0, 0, 0, 0, -1, 0, 0, 1, -1, 0, 0, 1};
    VgPolicyData data = {.features = {x, 4, 2, 4}, .rewards = {r, 4, 3, 4}};
    VgPolicyTree *tree = fit(arena, &data, (VgPolicyOptions){.depth = 3});
    assert_int_equal(tree->n_nodes, 3);
    assert_int_equal(tree->node[0].feature, 0);
    assert_true(tree->node[0].cut == 1);
    assert_int_equal(tree->node[1].arm, 0);
    assert_int_equal(tree->node[2].arm, 1);
    for (size_t i = 4; i < 12; i++)
        r[i] = 0;
    tree = fit(arena, &data, (VgPolicyOptions){.depth = 2});
    assert_true(tree->n_nodes == 1 && tree->node[0].leaf && tree->node[0].arm == 0);
    vg_arena_destroy(arena);
}

static void nobody_gets_an_arm_whose_safety_is_not_known(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    enum { N = 8 };
    double x[N], r[2 * N];
    bool safe[2 * N] = {false};
    const bool needs[2] = {false, true};
    for (size_t i = 0; i < N; i++) {
        x[i] = (double)i;
        r[i] = 0;
        r[N + i] = i < 6 ? 1 : -3; /* the arm helps the first six */
        safe[N + i] = i != 2;      /* of whom one has no safety data */
    }
    VgPolicyData data = {
        .features = {x, N, 1, N}, .rewards = {r, N, 2, N}, .needs_safety = needs, .safe = safe};
    VgPolicyTree *tree = fit(arena, &data, (VgPolicyOptions){.depth = 1});
    VgError error = {0};
    size_t arm[N];
    witness_close("reward", tree->reward, 5.0 / N, 1e-15, 0);
    WITNESS_OK(vg_policy_assign(tree, data.features, safe, arm, NULL, &error), &error);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(arm[i], i < 6 && i != 2);
    WITNESS_OK(vg_policy_assign(tree, data.features, NULL, arm, NULL, &error), &error);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(arm[i], 0);
    data.safe = NULL;
    tree = fit(arena, &data, (VgPolicyOptions){.depth = 1});
    assert_true(tree->n_nodes == 1 && tree->node[0].arm == 0);
    vg_arena_destroy(arena);
}

static void a_limit_on_cuts_keeps_people_balanced(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    enum { N = 1000 };
    double *x = VG_NEW(arena, double, N), *r = VG_NEW(arena, double, 2 * N);
    for (size_t i = 0; i < N; i++) {
        x[i] = (double)i;
        r[N + i] = i < 437 ? -1 : 1;
    }
    VgPolicyData data = {.features = {x, N, 1, N}, .rewards = {r, N, 2, N}};
    VgPolicyTree *all = fit(arena, &data, (VgPolicyOptions){.depth = 1});
    VgPolicyTree *few = fit(arena, &data, (VgPolicyOptions){.depth = 1, .max_cuts = 9});
    assert_true(all->node[0].cut == 436); /* the last who is better off without */
    assert_true(few->node[0].cut == 399); /* the nearest tenth */
    vg_arena_destroy(arena);
}

static void threads_and_order_of_rows_do_not_matter(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    enum { N = 200, P = 6 };
    VgRandom random = vg_random_start(3, VG_STREAM_TEST, 1, 0);
    double *x = VG_NEW(arena, double, N *P), *r = VG_NEW(arena, double, 3 * N);
    double *x2 = VG_NEW(arena, double, N *P), *r2 = VG_NEW(arena, double, 3 * N);
    for (size_t i = 0; i < N * P; i++)
        x2[i / N * N + (N - 1 - i % N)] = x[i] = vg_random_normal(&random);
    for (size_t i = 0; i < 3 * N; i++)
        r2[i / N * N + (N - 1 - i % N)] = r[i] = vg_random_normal(&random);
    VgPolicyData data = {.features = {x, N, P, N}, .rewards = {r, N, 3, N}};
    VgPolicyData turned = {.features = {x2, N, P, N}, .rewards = {r2, N, 3, N}};
    VgPolicyTree *one = fit(arena, &data, (VgPolicyOptions){.depth = 2, .threads = 1});
    VgPolicyTree *four = fit(arena, &data, (VgPolicyOptions){.depth = 2, .threads = 4});
    VgPolicyTree *back = fit(arena, &turned, (VgPolicyOptions){.depth = 2});
    assert_int_equal(one->n_nodes, four->n_nodes);
    assert_memory_equal(&one->reward, &four->reward, sizeof one->reward);
    for (size_t k = 0; k < one->n_nodes; k++) {
        assert_true(one->node[k].cut == four->node[k].cut && one->node[k].cut == back->node[k].cut);
        assert_int_equal(one->node[k].feature, back->node[k].feature);
        assert_int_equal(one->node[k].arm, back->node[k].arm);
    }
    vg_arena_destroy(arena);
}

static void wrong_input_is_named(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgPolicyTree *tree;
    double x[4] = {1, 2, NAN, 4}, r[8] = {0};
    const char *name[] = {"crp"};
    VgPolicyData data = {.features = {x, 4, 1, 4}, .rewards = {r, 4, 2, 4}, .feature_name = name};
    VgPolicyOptions options = {0};
    assert_int_equal(vg_policy_tree_fit(arena, &data, &options, &tree, &error), VG_INVALID_INPUT);
    assert_string_equal(error.message, "feature crp of row 3 is missing");
    x[2] = 3;
    r[5] = INFINITY;
    assert_int_equal(vg_policy_tree_fit(arena, &data, &options, &tree, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "arm 2 is missing in row 2"));
    r[5] = 0;
    options.depth = 4;
    assert_int_equal(vg_policy_tree_fit(arena, &data, &options, &tree, &error), VG_INVALID_INPUT);
    options.depth = 0;
    data.rewards.cols = 1;
    assert_int_equal(vg_policy_tree_fit(arena, &data, &options, &tree, &error), VG_INVALID_INPUT);
    data.rewards.cols = 2;
    const bool needs[2] = {true, false};
    data.needs_safety = needs;
    assert_int_equal(vg_policy_tree_fit(arena, &data, &options, &tree, &error), VG_INVALID_INPUT);
    data.needs_safety = NULL;
    r[6] = -1;
    r[7] = 1;
    WITNESS_OK(vg_policy_tree_fit(arena, &data, &options, &tree, &error), &error);
    assert_int_equal(tree->depth, 1);
    size_t arm[4];
    x[0] = NAN;
    assert_int_equal(vg_policy_assign(tree, data.features, NULL, arm, NULL, &error),
                     VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_tree_is_better),
        cmocka_unit_test(ties_go_to_what_comes_first),
        cmocka_unit_test(nobody_gets_an_arm_whose_safety_is_not_known),
        cmocka_unit_test(a_limit_on_cuts_keeps_people_balanced),
        cmocka_unit_test(threads_and_order_of_rows_do_not_matter),
        cmocka_unit_test(wrong_input_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
