/* The forest as a learner of effects; words and numbers of a table. The whole command: tests/cli/forest.sh. */
#include <vagus/effect_forest.h>

#include "support/witness.h"

#include <math.h>

#include "numeric/random.h"

enum { N = 400, P = 3 };

static double x[N * P], outcome[N], left[N], treated[N];
static int32_t site[N];

/* The effect is 2 where column 0 is positive, else 0. */
static VgEffectSample sample_of_steps(void)
{
    for (size_t i = 0; i < N; i++) {
        VgRandom random = vg_random_start(61, VG_STREAM_TEST, 0, (uint32_t)i);
        for (size_t j = 0; j < P; j++)
            x[i + j * N] = vg_random_normal(&random);
        treated[i] = vg_random_uniform(&random) < 0.5 ? -0.5 : 0.5;
        site[i] = (int32_t)(i / 4);
        outcome[i] = x[i + N] + (x[i] > 0 ? 2 * treated[i] : 0) + vg_random_normal(&random);
        left[i] = outcome[i] - x[i + N];
    }
    return (VgEffectSample){.x = {x, N, P, N}, .outcome_left = left, .treatment_left = treated};
}

static double separation(const double *effect)
{
    double sum[2] = {0}, count[2] = {0};
    for (size_t i = 0; i < N; i++) {
        sum[x[i] > 0] += effect[i];
        count[x[i] > 0]++;
    }
    return sum[1] / count[1] - sum[0] / count[0];
}

static void cross_fitted_forest_finds_the_step(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgEffectSample sample = sample_of_steps();
    VgPriority usual, own, clustered;
    WITNESS_OK(vg_cross_fit(arena, &sample, vg_forest_learner, NULL, 4, 3, &usual, &error), &error);
    assert_true(separation(usual.value) > 1.0);
    /* raw outcomes, centred within the training rows; missing values in what was measured */
    double *gaps = VG_NEW(arena, double, N *P);
    memcpy(gaps, x, sizeof x);
    for (size_t i = 0; i < N; i += 10)
        gaps[i] = NAN;
    VgForestLearner learner = {.outcome = outcome, .options = {.trees = 200}};
    sample.measured = (VgMatrix){gaps, N, P, N};
    WITNESS_OK(vg_cross_fit(arena, &sample, vg_forest_learner, &learner, 4, 3, &own, &error),
               &error);
    assert_true(separation(own.value) > 1.0);
    sample.clusters = (VgClusters){.of = site, .count = N / 4};
    WITNESS_OK(vg_cross_fit(arena, &sample, vg_forest_learner, NULL, 4, 3, &clustered, &error),
               &error);
    assert_true(separation(clustered.value) > 1.0);
    vg_arena_destroy(arena);
}

static VgTable *table_of(VgArena *arena, const char *text)
{
    VgError error = {0};
    VgTable *table;
    WITNESS_OK(vg_table_read_csv_bytes(arena, "made.csv", text, strlen(text), NULL, &table, &error),
               &error);
    return table;
}

static void words_become_columns_and_rows_are_counted(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgTable *table = table_of(arena, "arm,y,a,sex,diet,one,e,site\n"
                                     "drug,1,1,f,low,1,0.5,x\n"
                                     "drug,2,2,m,mid,1,0.5,x\n"
                                     "none,3,,f,high,1,0.5,y\n"
                                     "none,,4,m,low,1,0.5,y\n"
                                     "none,5,5,,mid,1,0.5,z\n"
                                     ",6,6,f,high,1,0.5,z\n"
                                     "drug,7,7,m,low,1,,z\n");
    static const char *const features[] = {"a", "sex", "diet", "one"};
    VgEffectForestColumns columns = {.treatment = "arm",
                                     .outcome = "y",
                                     .reference = "none",
                                     .cluster = "site",
                                     .propensity = "e",
                                     .feature = features,
                                     .n_features = 4};
    VgEffectForestTable *made;
    WITNESS_OK(vg_effect_forest_table(arena, table, &columns, &made, &error), &error);
    assert_int_equal(made->x.rows, 4);
    assert_int_equal(made->n_dropped, 3);
    assert_int_equal(made->without_outcome[0], 1);
    static const char *const names[] = {"a", "sex=m", "diet=high", "diet=low", "diet=mid"};
    assert_int_equal(made->x.cols, 5);
    for (size_t j = 0; j < 5; j++)
        assert_string_equal(made->feature_name[j], names[j]);
    assert_true(isnan(VG_AT(made->x, 2, 0)) && isnan(VG_AT(made->x, 3, 1)));
    assert_true(VG_AT(made->x, 1, 1) == 1 && VG_AT(made->x, 1, 4) == 1 &&
                VG_AT(made->x, 1, 2) == 0);
    assert_string_equal(made->constant[0], "one");
    assert_string_equal(made->arm_name[0], "none");
    assert_int_equal(made->arm[0], 1);
    assert_int_equal(made->n_clusters, 3);
    assert_true(VG_AT(made->propensity, 0, 1) == 0.5);
    columns.propensity = NULL;
    WITNESS_OK(vg_effect_forest_table(arena, table, &columns, &made, &error), &error);
    assert_int_equal(made->x.rows, 5);
    witness_close("share", VG_AT(made->propensity, 0, 1), 0.6, 1e-15, 1);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cross_fitted_forest_finds_the_step),
        cmocka_unit_test(words_become_columns_and_rows_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
