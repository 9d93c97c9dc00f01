/* strata/run.c: a trial with a moderator and its twin without; what is said, what is warned of, what is refused. */
#include "support/witness.h"

#include <math.h>

#include <vagus/effect_forest.h>
#include <vagus/strata.h>

#include "numeric/random.h"

enum { N = 360, P = 4, ARMS = 3 };

typedef struct Case {
    double x[N * P], y[N], e[N * ARMS];
    int32_t arm[N], stratum[N];
    VgStrataTrial trial;
} Case;

static const char *const PANEL[P] = {"crp", "butyrate", "sex", "age"};
static const char *const ARM[ARMS] = {"placebo", "probiotic", "fmt"};

/* A symptom score: probiotic lowers it by 1 + slope · crp, FMT by 1. Two strata of unequal allocation. */
static void make(Case *c, double slope, uint32_t which)
{
    VgRandom random = vg_random_start(41, VG_STREAM_TEST, which, 0);
    for (size_t i = 0; i < N * P; i++)
        c->x[i] = vg_random_normal(&random);
    for (size_t i = 0; i < N; i++) {
        static const int32_t DEAL[2][6] = {{0, 1, 2, 0, 1, 2}, {0, 1, 2, 0, 1, 0}};
        c->stratum[i] = (int32_t)(i / 6 % 2);
        c->arm[i] = DEAL[c->stratum[i]][i % 6];
        c->x[2 * N + i] = c->x[2 * N + i] > 0;
        for (size_t a = 0; a < ARMS; a++) {
            double share = 0;
            for (size_t k = 0; k < 6; k++)
                share += DEAL[c->stratum[i]][k] == (int32_t)a;
            c->e[a * N + i] = share / 6;
        }
        double effect = c->arm[i] == 1 ? -1 - slope * c->x[i] : c->arm[i] == 2 ? -1 : 0;
        c->y[i] = 20 + c->x[3 * N + i] + effect + vg_random_normal(&random);
    }
    c->trial = (VgStrataTrial){.n = N,
                               .arms = ARMS,
                               .outcome = c->y,
                               .arm = c->arm,
                               .propensity = {c->e, N, ARMS, N},
                               .panel = {c->x, N, P, N},
                               .panel_name = PANEL,
                               .arm_name = ARM,
                               .outcome_name = "hamd",
                               .unit = "points",
                               .lower_is_better = true,
                               .stratum = c->stratum,
                               .n_strata = 2};
}

static VgResult *run(VgArena *arena, const Case *c, VgStrataPlan plan)
{
    VgError error = {0};
    VgResult *result = vg_result_create(arena, "test");
    plan.permutations = 100;
    plan.deals = 3;
    plan.tree.max_cuts = 20;
    plan.analysis = "strata";
    WITNESS_OK(vg_strata_run(arena, &c->trial, &plan, result, &error), &error);
    return result;
}

static const VgEstimate *find(const VgResult *result, const char *quantity, const char *arm,
                              const char *term)
{
    for (size_t k = 0; k < result->n_estimates; k++) {
        const VgEstimate *row = &result->estimate[k];
        if (strcmp(row->quantity, quantity) == 0 &&
            (!arm || (row->arm && strcmp(row->arm, arm) == 0)) &&
            (!term || (row->term && strcmp(row->term, term) == 0)))
            return row;
    }
    fail_msg("no row %s %s %s", quantity, arm ? arm : "", term ? term : "");
    return NULL;
}

static const char *fact(const VgResult *result, const char *key)
{
    const VgFact *found = vg_result_find_fact(result, VG_FACTS_FIT, "strata", key);
    assert_non_null(found);
    return found->text;
}

static void a_moderator_is_found_and_said(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    make(&c, 1.2, 1);
    VgResult *r = run(arena, &c, (VgStrataPlan){.policy = true, .tree = {.depth = 1}});
    assert_non_null(strstr(fact(r, "verdict: probiotic"), "differs between people"));
    assert_non_null(strstr(fact(r, "verdict: probiotic"), "most clearly with crp"));
    assert_non_null(strstr(fact(r, "verdict: fmt"), "do not show"));
    const VgEstimate *crp = find(r, "interaction", "probiotic", "crp");
    witness_close("slope", crp->estimate, -1.2, 0.25, 0); /* SE 0.13 */
    assert_true(crp->q < 0.001 && crp->q >= crp->p);
    assert_true(find(r, "interaction", "fmt", "crp")->q > 0.05);
    assert_true(find(r, "omnibus_heterogeneity", "probiotic", NULL)->q == 2.0 / 101); /* Holm */
    assert_true(find(r, "autoc", "probiotic", NULL)->estimate > 0.3);
    assert_true(find(r, "group_difference", "probiotic", NULL)->estimate < -0.5); /* fewer points */
    assert_true(find(r, "sequential_validation", "probiotic", NULL)->p < 0.01);
    const VgEstimate *subgroup = find(r, "subgroup_difference", "probiotic", NULL);
    assert_non_null(strstr(subgroup->term, "crp > ")); /* those who benefit more: fewer points */
    assert_true(subgroup->upper < 0 && subgroup->lower < subgroup->estimate);
    witness_close("average", find(r, "ate", "fmt", NULL)->estimate, -1, 0.4, 0);
    const VgFact *recommended =
        vg_result_find_fact(r, VG_FACTS_FIT, "strata", "policy_recommended");
    assert_true(recommended->number == 1);
    const VgDataset *tree = vg_result_find_dataset(r, "strata", "policy_tree");
    assert_string_equal(vg_dataset_column(tree, "feature")->text[0], "crp");
    assert_non_null(strstr(fact(r, "rule"), "beats giving everybody"));
    const VgDataset *curve = vg_result_find_dataset(r, "strata", "effect_curve");
    const VgDatasetColumn *name = vg_dataset_column(curve, "moderator");
    for (size_t k = 0; k < curve->n_rows; k++)
        assert_string_not_equal(name->text[k], "sex"); /* two values: no curve */
    vg_arena_destroy(arena);
}

static void its_twin_without_cannot_tell(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    make(&c, 0, 2);
    VgResult *r = run(arena, &c, (VgStrataPlan){.policy = true, .worthwhile = 1});
    assert_non_null(strstr(fact(r, "verdict: probiotic"), "not proof that it is the same"));
    assert_non_null(strstr(fact(r, "verdict: probiotic"), "would have been found with 80 % power"));
    assert_non_null(strstr(fact(r, "rule"), "No rule beats treating all alike"));
    assert_non_null(strstr(fact(r, "exploratory"), "fewer than 400"));
    assert_int_equal(vg_result_find_fact(r, VG_FACTS_FIT, "strata", "policy_recommended")->number,
                     0);
    vg_arena_destroy(arena);
}

static void declared_moderators_only(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    const size_t declared[] = {3, 1};
    make(&c, 1.2, 1);
    VgResult *r = run(arena, &c, (VgStrataPlan){.moderator = declared, .n_moderators = 2});
    size_t interactions = 0;
    for (size_t k = 0; k < r->n_estimates; k++)
        interactions += strcmp(r->estimate[k].quantity, "interaction") == 0;
    assert_int_equal(interactions, 4);
    find(r, "interaction", "fmt", "age");
    assert_null(vg_result_find_fact(r, VG_FACTS_FIT, "strata", "rule"));
    VgError error = {0};
    const size_t outside[] = {4};
    VgStrataPlan wrong = {.moderator = outside, .n_moderators = 1};
    assert_int_equal(vg_strata_run(arena, &c.trial, &wrong, r, &error), VG_INVALID_INPUT);
    c.trial.stratum = NULL; /* chances differ, and nobody says by what */
    assert_int_equal(vg_strata_run(arena, &c.trial, &(VgStrataPlan){0}, r, &error),
                     VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

/* Sites with both treatments: people are dealt again within them, resampled by site. */
static void sites_may_hold_all_arms(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    static int32_t site[N];
    make(&c, 1.2, 1);
    for (size_t i = 0; i < N; i++)
        site[i] = (int32_t)(i / 6 % 2 * 15 + i / 12 % 15); /* sites lie within the strata */
    c.trial.clusters = (VgClusters){site, 30};
    c.trial.stratum = NULL;
    VgResult *r = run(arena, &c, (VgStrataPlan){0});
    assert_true(find(r, "omnibus_heterogeneity", "probiotic", NULL)->q == 2.0 / 101);
    assert_true(find(r, "ate", "probiotic", NULL)->df == 29);
    vg_arena_destroy(arena);
}

/* A forest finds what the linear learner does, arm by arm, each with rows of its own. */
static void a_forest_may_learn(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    make(&c, 1.2, 1);
    VgForestLearner forest = {.options = {.trees = 100, .threads = 1}};
    VgStrataPlan plan = {.learner = vg_forest_learner, .context = &forest};
    VgResult *r = run(arena, &c, plan);
    assert_true(find(r, "autoc", "probiotic", NULL)->estimate > 0.3);
    assert_true(find(r, "calibration", "probiotic", "differential")->p < 0.01);
    forest.x = c.trial.panel; /* of all arms, where a contrast has two */
    VgError error = {0};
    assert_int_equal(vg_strata_run(arena, &c.trial, &plan, r, &error), VG_INVALID_INPUT);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moderator_is_found_and_said),
        cmocka_unit_test(its_twin_without_cannot_tell),
        cmocka_unit_test(declared_moderators_only),
        cmocka_unit_test(sites_may_hold_all_arms),
        cmocka_unit_test(a_forest_may_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
