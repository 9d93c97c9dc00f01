/* panel/: known values, refusals, and what may not matter: threads, order of samples and features, units. */
#include "support/witness.h"

#include <math.h>

#include <vagus/distance.h>
#include <vagus/diversity.h>

static VgArena *arena;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

/* Counts of no particular meaning, a third of them zero. */
static VgMatrix table_of(size_t samples, size_t features)
{
    VgMatrix x = {VG_NEW(arena, double, samples *features), samples, features, samples};
    assert_non_null(x.data);
    uint32_t bits = 12345;
    for (size_t k = 0; k < samples * features; k++) {
        bits = bits * 1664525u + 1013904223u;
        uint32_t draw = bits >> 16;
        x.data[k] = draw % 3 == 0 ? 0 : (double)(draw % 97);
    }
    return x;
}

/* A caterpillar: tip f hangs on inner node f, which hangs on inner node f + 1. */
static VgBranches caterpillar(size_t tips)
{
    size_t nodes = 2 * tips;
    size_t *parent = VG_NEW(arena, size_t, nodes), *tip = VG_NEW(arena, size_t, tips);
    double *length = VG_NEW(arena, double, nodes);
    assert_true(parent && tip && length);
    for (size_t f = 0; f < tips; f++) {
        parent[f] = tips + f;
        parent[tips + f] = f + 1 < tips ? tips + f + 1 : SIZE_MAX;
        length[f] = 1 + (double)(f % 5) / 4;
        length[tips + f] = 0.5 + (double)(f % 3);
        tip[f] = f;
    }
    return (VgBranches){
        .n_nodes = nodes, .parent = parent, .length = length, .n_features = tips, .tip = tip};
}

static VgDistances *distances(VgMatrix x, VgDistanceOptions options)
{
    VgDistances *d = NULL;
    VgError error = {0};
    WITNESS_OK(vg_distances(arena, x, &options, &d, &error), &error);
    return d;
}

static void near(double value, double expected, double most)
{
    if (!(fabs(value - expected) <= most))
        fail_msg("%.17g is not %.17g", value, expected);
}

/* Samples that share three of five species: two small samples by hand. */
static void small_samples_have_their_known_distances(void **state)
{
    (void)state;
    static const double one[] = {1, 0, 0, 7, 0, 4, 0, 2}, two[] = {3, 2, 0, 5, 0, 4, 0, 0};
    double data[16];
    for (size_t j = 0; j < 8; j++) {
        data[2 * j] = one[j];
        data[2 * j + 1] = two[j];
    }
    VgMatrix x = {data, 2, 8, 2};
    near(distances(x, (VgDistanceOptions){0})->value[0], 8.0 / 28, 1e-15);
    near(distances(x, (VgDistanceOptions){.metric = VG_METRIC_JACCARD})->value[0], 1 - 3.0 / 5,
         1e-15);
    near(distances(x, (VgDistanceOptions){.metric = VG_METRIC_MANHATTAN})->value[0], 8, 1e-15);
    near(distances(x, (VgDistanceOptions){.metric = VG_METRIC_CANBERRA})->value[0],
         (0.5 + 1 + 2.0 / 12 + 0 + 1) / 5, 1e-15);
}

static void bits_do_not_depend_on_threads(void **state)
{
    (void)state;
    VgMatrix x = table_of(77, 150);
    VgBranches tree = caterpillar(150);
    for (VgMetric m = 0; vg_metric_name(m); m++) {
        VgDistances *one =
            distances(x, (VgDistanceOptions){.metric = m, .branches = &tree, .threads = 1});
        VgDistances *many =
            distances(x, (VgDistanceOptions){.metric = m, .branches = &tree, .threads = 5});
        assert_memory_equal(one->value, many->value, 77 * 38 * sizeof(double));
    }
}

/* Samples in reverse give the same bits, features in reverse the same numbers. */
static void order_does_not_matter(void **state)
{
    (void)state;
    size_t n = 41, f = 53;
    VgMatrix x = table_of(n, f), samples = table_of(n, f), features = table_of(n, f);
    VgBranches tree = caterpillar(f), turned = caterpillar(f);
    size_t *tip = VG_NEW(arena, size_t, f);
    assert_non_null(tip);
    for (size_t j = 0; j < f; j++) {
        tip[j] = f - 1 - j;
        for (size_t i = 0; i < n; i++) {
            VG_AT(samples, n - 1 - i, j) = VG_AT(x, i, j);
            VG_AT(features, i, f - 1 - j) = VG_AT(x, i, j);
        }
    }
    turned.tip = tip;
    for (VgMetric m = 0; vg_metric_name(m); m++) {
        VgDistances *d = distances(x, (VgDistanceOptions){.metric = m, .branches = &tree});
        VgDistances *s = distances(samples, (VgDistanceOptions){.metric = m, .branches = &tree});
        VgDistances *r = distances(features, (VgDistanceOptions){.metric = m, .branches = &turned});
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < i; j++) {
                double here = vg_distance_at(d, i, j);
                near(here, vg_distance_at(s, n - 1 - i, n - 1 - j), 1e-12 * here);
                near(here, vg_distance_at(r, i, j), 1e-12 * here);
            }
    }
}

static void equal_samples_have_distance_zero(void **state)
{
    (void)state;
    VgMatrix x = table_of(9, 30);
    for (size_t j = 0; j < 30; j++)
        VG_AT(x, 7, j) = VG_AT(x, 2, j);
    VgBranches tree = caterpillar(30);
    for (VgMetric m = 0; vg_metric_name(m); m++)
        assert_true(
            vg_distance_at(distances(x, (VgDistanceOptions){.metric = m, .branches = &tree}), 2,
                           7) == 0);
}

/* The straightforward sum over branches. */
static void unifrac_is_its_definition(void **state)
{
    (void)state;
    size_t n = 6, f = 300;
    VgMatrix x = table_of(n, f);
    VgBranches tree = caterpillar(f);
    VgDistances *u =
        distances(x, (VgDistanceOptions){.metric = VG_METRIC_UNIFRAC, .branches = &tree});
    VgDistances *w =
        distances(x, (VgDistanceOptions){.metric = VG_METRIC_WEIGHTED_UNIFRAC, .branches = &tree});
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            double total[2] = {0, 0}, below[2] = {0, 0}, apart = 0, either = 0, moved = 0;
            for (size_t k = 0; k < f; k++) {
                total[0] += VG_AT(x, i, k);
                total[1] += VG_AT(x, j, k);
            }
            for (size_t k = 0; k < f; k++) {
                double p[2] = {VG_AT(x, i, k) / total[0], VG_AT(x, j, k) / total[1]};
                below[0] += p[0];
                below[1] += p[1];
                moved += tree.length[k] * fabs(p[0] - p[1]);
                apart += tree.length[k] * ((p[0] > 0) != (p[1] > 0));
                either += tree.length[k] * (p[0] > 0 || p[1] > 0);
                if (k + 1 == f)
                    break;
                moved += tree.length[f + k] * fabs(below[0] - below[1]);
                apart += tree.length[f + k] * ((below[0] > 0) != (below[1] > 0));
                either += tree.length[f + k] * (below[0] > 0 || below[1] > 0);
            }
            near(vg_distance_at(u, i, j), apart / either, 1e-12);
            near(vg_distance_at(w, i, j), moved, 1e-12 * moved);
        }
}

static void refused(VgMatrix x, VgDistanceOptions options, const char *words)
{
    VgDistances *d = NULL;
    VgError error = {0};
    assert_int_equal(vg_distances(arena, x, &options, &d, &error), VG_INVALID_INPUT);
    if (!strstr(error.message, words))
        fail_msg("\"%s\" does not say \"%s\"", error.message, words);
}

static void bad_tables_and_trees_are_refused(void **state)
{
    (void)state;
    VgMatrix x = table_of(5, 6);
    VG_AT(x, 3, 2) = -1;
    refused(x, (VgDistanceOptions){0}, "-1 in sample 4, feature 3");
    VG_AT(x, 3, 2) = NAN;
    refused(x, (VgDistanceOptions){0}, "in sample 4, feature 3");
    x = table_of(5, 6);
    for (size_t j = 0; j < 6; j++)
        VG_AT(x, 1, j) = 0;
    assert_true(vg_distance_at(distances(x, (VgDistanceOptions){0}), 0, 1) == 1);
    refused(x, (VgDistanceOptions){.metric = VG_METRIC_AITCHISON}, "sample 2 holds zeros only");
    for (size_t j = 0; j < 6; j++)
        VG_AT(x, 4, j) = 0;
    refused(x, (VgDistanceOptions){0}, "samples 2 and 5 hold zeros only");
    x = table_of(5, 6);
    refused(x, (VgDistanceOptions){.metric = VG_METRIC_UNIFRAC}, "without a tree");
    VgBranches tree = caterpillar(5);
    refused(x, (VgDistanceOptions){.metric = VG_METRIC_UNIFRAC, .branches = &tree},
            "tips for 5 features");
    tree = caterpillar(6);
    ((double *)(uintptr_t)tree.length)[2] = -0.1;
    refused(x, (VgDistanceOptions){.metric = VG_METRIC_UNIFRAC, .branches = &tree},
            "a branch of length -0.1");
    tree = caterpillar(6);
    ((size_t *)(uintptr_t)tree.parent)[11] = 10;
    refused(x, (VgDistanceOptions){.metric = VG_METRIC_UNIFRAC, .branches = &tree},
            "without a root");
    tree = caterpillar(6);
    ((size_t *)(uintptr_t)tree.tip)[1] = 0;
    refused(x, (VgDistanceOptions){.metric = VG_METRIC_UNIFRAC, .branches = &tree},
            "features 1 and 2 are one tip");
    ((size_t *)(uintptr_t)tree.tip)[1] = 7;
    refused(x, (VgDistanceOptions){.metric = VG_METRIC_UNIFRAC, .branches = &tree},
            "feature 2 is no tip");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_samples_have_their_known_distances),
        cmocka_unit_test(bits_do_not_depend_on_threads),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(equal_samples_have_distance_zero),
        cmocka_unit_test(unifrac_is_its_definition),
        cmocka_unit_test(bad_tables_and_trees_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
