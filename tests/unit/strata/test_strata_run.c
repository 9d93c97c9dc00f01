/* strata/run.c: a trial with a moderator and its twin without; what is said, what is warned of, what is refused. */
#include "support/witness.h"

#include <math.h>
#include <stdlib.h>

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
    plan.no_forest = plan.forest.trees == 0; /* asked for where it is looked at */
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
    c.trial.clusters = (VgClusters){.of = site, .count = 30};
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
    vg_arena_destroy(arena);
}

static double cell(const VgDataset *d, const char *column, size_t row)
{
    return vg_dataset_column(d, column)->number[row];
}

static const char *text(const VgDataset *d, const char *column, size_t row)
{
    return vg_dataset_column(d, column)->text[row];
}

static const VgDataset *data(const VgResult *r, const char *name)
{
    const VgDataset *d = vg_result_find_dataset(r, "strata", name);
    assert_non_null(d);
    return d;
}

/* The columns' shares sum to 1 for each arm; what moderates stands first, again and again. */
static void importance_is_told_with_its_range(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    make(&c, 1.2, 1);
    VgResult *r = run(arena, &c, (VgStrataPlan){.forest = {.trees = 500}, .threads = 1});
    assert_string_equal(fact(r, "strata_forest"), "grown");
    const VgDataset *d = data(r, "importance");
    assert_int_equal(d->n_rows, 2 * P);
    assert_string_equal(text(d, "variable", 0), "crp");
    assert_true(cell(d, "rank", 0) == 1 && cell(d, "among_first", 0) == 1);
    assert_true(cell(d, "lower", 0) > cell(d, "importance", 1)); /* crp is far ahead */
    for (size_t arm = 0; arm < 2; arm++) {
        double sum = 0, among = 0;
        for (size_t j = arm * P; j < (arm + 1) * P; j++) {
            sum += cell(d, "importance", j);
            among += cell(d, "among_first", j);
            assert_true(cell(d, "lower", j) <= cell(d, "upper", j) && cell(d, "lower", j) >= 0);
            assert_true(j % P == 0 || cell(d, "importance", j) <= cell(d, "importance", j - 1));
        }
        witness_close("shares", sum, 1, 1e-12, 1);
        witness_close("three of four", among, 3, 1e-12, 1);
    }
    const VgEstimate *row = find(r, "importance", "probiotic", "crp");
    assert_true(row->estimate == cell(d, "importance", 0) && row->upper == cell(d, "upper", 0));
    assert_non_null(strstr(row->note, "2.5 and 97.5 % over 40 forests of half"));
    VgResult *again = run(arena, &c, (VgStrataPlan){.forest = {.trees = 500}, .threads = 3});
    const VgDataset *e = data(again, "importance"), *people = data(again, "person_effects");
    for (size_t j = 0; j < d->n_rows; j++)
        assert_true(cell(e, "importance", j) == cell(d, "importance", j) &&
                    cell(e, "lower", j) == cell(d, "lower", j));
    for (size_t i = 0; i < people->n_rows; i++)
        assert_true(cell(people, "se", i) == cell(data(r, "person_effects"), "se", i));
    vg_arena_destroy(arena);
}

/* The same as a forest asked for by hand, and not far from the truth. */
static void effects_of_people_are_the_forest_s(void **state)
{
    (void)state;
    enum { BOTH = 270 };
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    static Case c;
    static double x[BOTH * P], y[BOTH], e[2 * BOTH];
    static uint32_t arm[BOTH];
    make(&c, 1.2, 1);
    for (size_t i = 0; i < N; i += 5) /* what is filled in is not what the forest sees */
        c.x[i] = 0;
    static double raw[N * P];
    memcpy(raw, c.x, sizeof raw);
    for (size_t i = 0; i < N; i += 5)
        raw[i] = NAN;
    c.trial.panel_raw = (VgMatrix){raw, N, P, N};
    VgResult *r = run(arena, &c, (VgStrataPlan){.forest = {.trees = 400}, .seed = 3});
    const VgDataset *d = data(r, "person_effects");
    size_t n = 0;
    for (size_t i = 0; i < N; i++) {
        if (c.arm[i] == 2)
            continue;
        assert_true(n < BOTH);
        for (size_t j = 0; j < P; j++)
            x[n + j * BOTH] = raw[i + j * N];
        y[n] = c.y[i];
        arm[n] = (uint32_t)c.arm[i];
        e[n] = c.e[i] / (c.e[i] + c.e[N + i]);
        e[BOTH + n] = 1 - e[n];
        assert_int_equal(atoi(text(d, "participant", n)), i + 1);
        n++;
    }
    VgForestData forest_data = {.x = {x, n, P, BOTH}, .outcome = y};
    VgForestTreatment treatment = {.arm = arm, .n_arms = 2, .propensity = {e, n, 2, BOTH}};
    VgForestOptions options = {.trees = 400, .seed = 3};
    VgRandomForest *forest;
    VgForestPrediction oob;
    WITNESS_OK(vg_forest_causal(arena, &forest_data, &treatment, &options, &forest, &error),
               &error);
    WITNESS_OK(vg_forest_predict_oob(arena, forest, true, &oob, &error), &error);
    for (size_t i = 0; i < n; i++) {
        assert_string_equal(text(d, "arm", i), "probiotic");
        witness_close("effect", cell(d, "effect", i), oob.estimate.data[i], 1e-9, 1);
        witness_close("se", cell(d, "se", i), sqrt(oob.variance.data[i]), 1e-7, 1);
        witness_close("lower", cell(d, "lower", i),
                      cell(d, "effect", i) - 1.959963984540054 * cell(d, "se", i), 1e-12, 1);
    }
    raw[1] = 77; /* measured, but the panel says otherwise */
    VgStrataPlan plan = {0};
    assert_int_equal(vg_strata_run(arena, &c.trial, &plan, r, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "crp in row 2"));
    c.trial.panel_raw = (VgMatrix){0};
    c.x[2 * N + 6] = NAN;
    assert_int_equal(vg_strata_run(arena, &c.trial, &plan, r, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "sex is missing in row 7"));
    vg_arena_destroy(arena);
}

/* The first 90 people: 60 in placebo and probiotic, 75 and 45 in placebo, FMT. */
static void too_few_people_for_a_forest(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    static Case c;
    make(&c, 1.2, 1);
    c.trial.n = 90;
    c.trial.panel.rows = c.trial.propensity.rows = 90;
    VgForestLearner forest = {.options = {.trees = 50, .threads = 1}};
    VgResult *r = run(
        arena, &c,
        (VgStrataPlan){.learner = vg_forest_learner, .context = &forest, .forest = forest.options});
    assert_string_equal(fact(r, "strata_forest"), "too few people");
    assert_non_null(strstr(fact(r, "forest: probiotic"), "interaction tests of few moderators"));
    assert_null(vg_result_find_dataset(r, "strata", "person_effects"));
    assert_null(vg_result_find_dataset(r, "strata", "importance"));
    bool told = false; /* that the linear learner took its place */
    for (size_t k = 0; k < r->n_warnings; k++)
        told = told || strstr(r->warning[k], "predicted by a linear model");
    assert_true(told);
    find(r, "autoc", "fmt", NULL);
    vg_arena_destroy(arena);
}

/* Benefit that varies as much as is said to be detectable, along one moderator, is found in four of five trials. */
static void detectable_sd_is_detected(void **state)
{
    (void)state;
    enum { TRIALS = 150, PEOPLE = 160, M = 3 };
    double found = 0, seen = 0, sum = 0;
    for (int round = 0; round < 2; round++)
        for (uint32_t k = 0; k < TRIALS; k++) {
            VgArena *arena = vg_arena_create();
            VgError error = {0};
            double *x = VG_NEW(arena, double, PEOPLE *M), *y = VG_NEW(arena, double, 2 * PEOPLE);
            double *w = y + PEOPLE;
            VgRandom random = vg_random_start(42, VG_STREAM_TEST, k, (uint32_t)round);
            for (size_t i = 0; i < PEOPLE * M; i++)
                x[i] = vg_random_normal(&random);
            for (size_t i = 0; i < PEOPLE; i++) {
                w[i] = i % 2 ? 0.5 : -0.5;
                y[i] = w[i] * (1 + seen * x[i]) + vg_random_normal(&random);
            }
            VgEffectSample sample = {
                .x = {x, PEOPLE, M, PEOPLE}, .outcome_left = y, .treatment_left = w};
            VgOmnibusOptions options = {.permutations = 199, .seed = k};
            VgOmnibus o;
            WITNESS_OK(vg_omnibus_test(arena, &sample, &options, &o, &error), &error);
            assert_true((o.p <= 0.05) == (o.statistic > o.critical));
            found += round * (o.p <= 0.05) / (double)TRIALS;
            sum += vg_detectable_beyond(o.se[0], PEOPLE - 4, o.critical, 0.8) / TRIALS;
            vg_arena_destroy(arena);
            if (round == 0 && k + 1 == TRIALS)
                seen = sum;
        }
    assert_true(seen > 0.4 && seen < 0.7); /* about 3.3 · 2/√160 */
    /* SE .033; the other two are found by chance too */
    witness_close("power", found, 0.8, 0.1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moderator_is_found_and_said),
        cmocka_unit_test(its_twin_without_cannot_tell),
        cmocka_unit_test(declared_moderators_only),
        cmocka_unit_test(sites_may_hold_all_arms),
        cmocka_unit_test(a_forest_may_learn),
        cmocka_unit_test(importance_is_told_with_its_range),
        cmocka_unit_test(effects_of_people_are_the_forest_s),
        cmocka_unit_test(too_few_people_for_a_forest),
        cmocka_unit_test(detectable_sd_is_detected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
