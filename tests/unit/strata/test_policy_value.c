/* strata/policy_value.c: prices, held-out value, verdict, sample size, safety, threads. */
#include "support/witness.h"

#include <math.h>

#include <vagus/policy.h>

#include "numeric/random.h"

enum { N = 200, P = 3, ARMS = 3 };

/* Rewards are noise around: arm 0 nought, arm 1 gain · sign(x_1), arm 2 −1. */
typedef struct Case {
    double x[N * P], r[N * ARMS];
    VgPolicyData data;
} Case;

static void make(Case *c, double gain, double noise, uint32_t which)
{
    VgRandom random = vg_random_start(11, VG_STREAM_TEST, which, 0);
    for (size_t i = 0; i < N * P; i++)
        c->x[i] = vg_random_normal(&random);
    for (size_t i = 0; i < N; i++) {
        c->r[i] = noise * vg_random_normal(&random);
        c->r[N + i] = (c->x[i] > 0 ? gain : -gain) + noise * vg_random_normal(&random);
        c->r[2 * N + i] = -1 + noise * vg_random_normal(&random);
    }
    c->data = (VgPolicyData){.features = {c->x, N, P, N}, .rewards = {c->r, N, ARMS, N}};
}

static VgPolicyValue value_of(VgArena *arena, const VgPolicyData *data,
                              VgPolicyValueOptions options)
{
    VgError error = {0};
    VgPolicyValue value;
    WITNESS_OK(vg_policy_value(arena, data, &options, &value, &error), &error);
    return value;
}

static void prices_come_off_the_benefit(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    double score[4] = {10, 12, 7, 8};
    VgPolicyPrice price[2] = {{0, 0, 0}, {0.5, 1, 0.25}};
    VgMatrix rewards;
    WITNESS_OK(vg_policy_rewards(arena, (VgMatrix){score, 2, 2, 2}, true, price, &rewards, &error),
               &error);
    assert_true(rewards.data[0] == -10 && rewards.data[3] == -8 - 1.75);
    price[1].harm = -1;
    assert_int_equal(
        vg_policy_rewards(arena, (VgMatrix){score, 2, 2, 2}, true, price, &rewards, &error),
        VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

/* The people of all leaves are everybody: their shares put together are the share of all. */
static void the_leaves_agree_as_all_do(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    make(&c, 0.3, 1, 5);
    VgPolicyValue v =
        value_of(arena, &c.data, (VgPolicyValueOptions){.deals = 4, .tree = {.depth = 2}});
    double agree = 0, lowest = 1, highest = 0;
    for (size_t k = 0; k < v.tree->n_nodes; k++) {
        const VgPolicyNode *node = &v.tree->node[k];
        assert_int_equal(isnan(v.leaf_stability[k]), !node->leaf);
        if (!node->leaf)
            continue;
        assert_true(v.leaf_stability[k] >= 0 && v.leaf_stability[k] <= 1);
        agree += v.leaf_stability[k] * (double)node->n / N;
        lowest = fmin(lowest, v.leaf_stability[k]);
        highest = fmax(highest, v.leaf_stability[k]);
    }
    witness_close("agreement", agree, v.stability, 1e-12, 0);
    assert_true(lowest < highest);
    vg_arena_destroy(arena);
}

/* Without noise every tree gives arm 1 where x_1 is above nought, else arm 0, but for who stands next to it: then the shares
 * are those of people by that sign and what they got, counted here, weighted by one over its chance. */
static void response_is_counted_by_what_the_rule_gives(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    static double responded[N], chance[N * ARMS];
    static int32_t got[N];
    double people[4] = {0}, weight[4] = {0}, square[4] = {0}, yes[4] = {0};
    make(&c, 1, 1e-6, 1);
    for (size_t i = 0; i < N; i++) {
        if (fabs(c.x[i]) < 0.3) { /* nobody near the cut */
            c.x[i] = c.x[i] > 0 ? 0.3 : -0.3;
        }
        got[i] = (int32_t)(i % 2);
        responded[i] = i % 3 == 0;
        for (size_t a = 0; a < ARMS; a++)
            chance[a * N + i] = a == 2 ? 0 : (a == 0) == (i % 5 == 0) ? 0.7 : 0.3;
        size_t k = (c.x[i] > 0 ? 2u : 0u) + (size_t)got[i];
        double w = 1 / chance[(size_t)got[i] * N + i];
        responded[i] = i == 7 ? NAN : responded[i];
        if (isnan(responded[i]))
            continue;
        people[k]++;
        weight[k] += w;
        square[k] += w * w;
        yes[k] += w * responded[i];
    }
    const VgPolicyOutcome outcome = {responded, got, {chance, N, ARMS, N}};
    c.data.outcome = &outcome;
    VgPolicyValue v =
        value_of(arena, &c.data, (VgPolicyValueOptions){.deals = 3, .tree = {.depth = 1}});
    witness_close("everybody agrees", v.stability, 1, 1e-12, 0);
    for (size_t given = 0; given < 2; given++)
        for (size_t arm = 0; arm < 2; arm++) {
            const VgPolicyResponse *r = &v.response[given * ARMS + arm];
            size_t k = 2 * given + arm;
            double n = weight[k] * weight[k] / square[k], p = yes[k] / weight[k],
                   z = 1.959963984540054;
            double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n),
                   centre = (p + z * z / (2 * n)) / (1 + z * z / n);
            witness_close("people", r->n, people[k], 1e-9, 0);
            witness_close("share", r->share, p, 1e-12, 0);
            witness_close("lower", r->lower, centre - half, 1e-12, 0);
            witness_close("upper", r->upper, centre + half, 1e-12, 0);
        }
    assert_true(isnan(v.response[2 * ARMS].share) && v.response[2 * ARMS].n == 0);
    c.data.outcome = NULL;
    v = value_of(arena, &c.data, (VgPolicyValueOptions){.deals = 3, .tree = {.depth = 1}});
    assert_null(v.response);
    vg_arena_destroy(arena);
}

/* Hardly any noise: every fold finds the sign of x_1, up to who stands next to nought. */
static void a_rule_that_holds_is_recommended(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    make(&c, 1, 0.1, 1);
    VgPolicyValue v = value_of(arena, &c.data, (VgPolicyValueOptions){.tree.depth = 1});
    double gain = 0, square = 0;
    for (size_t i = 0; i < N; i++) {
        double over = c.x[i] > 0 ? c.r[N + i] - c.r[i] : 0;
        gain += over / N;
        square += over * over / N;
    }
    assert_int_equal(v.verdict, VG_POLICY_RECOMMENDED);
    witness_close("gain", v.gain[0].estimate, gain, 0.03, 0);
    witness_close("its SE", v.gain[0].se, sqrt((square - gain * gain) / N), 0.05,
                  0); /* 40/39 in folds */
    assert_true(v.share_of_deals == 1 && v.stability > 0.97 && v.given[2] == 0);
    assert_true(v.people_needed < N && v.tree->depth == 1);
    vg_arena_destroy(arena);
}

/* The tree's own reward is far above nought; held out, nothing is left, and nothing is recommended. */
static void noise_is_not_recommended(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    size_t recommended = 0;
    double own = 0, held_out = 0;
    for (uint32_t which = 0; which < 40; which++) {
        make(&c, 0, 1, 100 + which);
        c.data.rewards.cols = 2;
        VgPolicyValue v = value_of(arena, &c.data, (VgPolicyValueOptions){.deals = 5});
        recommended += v.verdict == VG_POLICY_RECOMMENDED;
        own += v.tree->reward / 40;
        held_out += v.value.estimate / 40;
        assert_true(v.value.estimate < v.tree->reward);
    }
    assert_true(own > 0.15 && fabs(held_out) < 0.04); /* SD of the mean of 40: about 0.012 */
    assert_true(recommended <= 2);
    vg_arena_destroy(arena);
}

static void one_arm_for_everybody_gains_nothing(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    make(&c, 0, 0, 1);
    VgPolicyValue v = value_of(arena, &c.data, (VgPolicyValueOptions){.deals = 3});
    assert_true(v.gain[0].estimate == 0 && v.gain[0].se == 0 && v.gain[0].p == 1);
    assert_int_equal(v.verdict, VG_POLICY_TREAT_ALL_ALIKE);
    assert_true(isnan(v.people_needed) && v.best_single == 0 && v.given[0] > 1 - 1e-12);
    vg_arena_destroy(arena);
}

static void people_needed_is_where_the_limit_would_clear_nought(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    make(&c, 0.4, 2, 3);
    VgPolicyValueOptions options = {.deals = 1, .worthwhile = 0.1};
    VgPolicyValue v = value_of(arena, &c.data, options);
    double z = 1.9599639845400545 + 0.8416212335729143;
    double se_then = v.gain[v.best_single].se * sqrt(N / v.people_needed);
    witness_close("worthwhile gain", z * se_then, 0.1, 1e-3, 0); /* people are whole */
    vg_arena_destroy(arena);
}

static void unsafe_arms_are_worth_the_reference_to_those_who_may_not(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    static bool safe[N * ARMS];
    const bool needs[ARMS] = {false, true, false};
    make(&c, 1, 0.1, 1);
    for (size_t i = 0; i < N; i++)
        safe[N + i] = i % 2;
    c.data.needs_safety = needs;
    c.data.safe = safe;
    VgPolicyValue v = value_of(arena, &c.data, (VgPolicyValueOptions){.tree.depth = 1});
    double all = 0;
    for (size_t i = 0; i < N; i++)
        all += c.r[(i % 2 ? N : 0) + i] / N;
    witness_close("arm 1 for whom it is safe", v.single[1].estimate, all, 1e-12, 1);
    assert_true(v.given[1] < 0.3 && v.verdict == VG_POLICY_RECOMMENDED);
    c.data.safe = NULL;
    v = value_of(arena, &c.data, (VgPolicyValueOptions){.tree.depth = 1});
    assert_true(v.given[1] == 0 && v.verdict == VG_POLICY_TREAT_ALL_ALIKE);
    vg_arena_destroy(arena);
}

static void threads_and_clusters(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    static Case c;
    static int32_t cluster[N];
    make(&c, 0.3, 1, 5);
    for (size_t i = 0; i < N; i++)
        cluster[i] = (int32_t)(i / 10);
    VgPolicyValueOptions options = {.deals = 6, .clusters = {cluster, N / 10}, .tree.threads = 1};
    VgPolicyValue one = value_of(arena, &c.data, options);
    options.tree.threads = 4;
    VgPolicyValue four = value_of(arena, &c.data, options);
    assert_memory_equal(&one.gain[0], &four.gain[0], sizeof(VgInference));
    options.clusters.count = 3;
    assert_int_equal(vg_policy_value(arena, &c.data, &options, &one, &error), VG_INVALID_INPUT);
    options.clusters = (VgClusters){0};
    options.folds = 1;
    assert_int_equal(vg_policy_value(arena, &c.data, &options, &one, &error), VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prices_come_off_the_benefit),
        cmocka_unit_test(the_leaves_agree_as_all_do),
        cmocka_unit_test(response_is_counted_by_what_the_rule_gives),
        cmocka_unit_test(a_rule_that_holds_is_recommended),
        cmocka_unit_test(noise_is_not_recommended),
        cmocka_unit_test(one_arm_for_everybody_gains_nothing),
        cmocka_unit_test(people_needed_is_where_the_limit_would_clear_nought),
        cmocka_unit_test(unsafe_arms_are_worth_the_reference_to_those_who_may_not),
        cmocka_unit_test(threads_and_clusters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
