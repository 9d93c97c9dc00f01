/* panel/: transforms, diversity and distances against vegan 2.6-4 and GUniFrac 1.7 (panel_vegan.R). Both sides
 * are closed formulas: 1e-12 relative, floors where values pass through zero. */
#include "support/panel_witness.h"

#include <math.h>

#include <vagus/distance.h>
#include <vagus/diversity.h>

static json_t *reference;
static VgArena *arena;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    reference = witness_json(witness_source(arena, "tests/reference/panel_vegan.json"));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(reference);
    vg_arena_destroy(arena);
    return 0;
}

static void distances_agree_with_vegdist(void **state)
{
    (void)state;
    static const struct {
        VgMetric metric;
        double pseudocount;
        const char *path;
    } cases[] = {{VG_METRIC_BRAY_CURTIS, 0, "vegdist/bray"},
                 {VG_METRIC_JACCARD, 0, "vegdist/jaccard"},
                 {VG_METRIC_JACCARD_QUANTITATIVE, 0, "vegdist/jaccard_quantitative"},
                 {VG_METRIC_EUCLIDEAN, 0, "vegdist/euclidean"},
                 {VG_METRIC_MANHATTAN, 0, "vegdist/manhattan"},
                 {VG_METRIC_CANBERRA, 0, "vegdist/canberra"},
                 {VG_METRIC_HELLINGER, 0, "vegdist/hellinger"},
                 {VG_METRIC_CHORD, 0, "vegdist/chord"},
                 {VG_METRIC_AITCHISON, 1, "vegdist/aitchison_1"},
                 {VG_METRIC_AITCHISON, 0, "vegdist/aitchison_half"},
                 {VG_METRIC_ROBUST_AITCHISON, 0, "vegdist/robust"},
                 {VG_METRIC_JENSEN_SHANNON, 0, "vegdist/jensen_shannon"}};
    VgMatrix dune = witness_matrix(arena, reference, "dune", 20);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        VgDistanceOptions options = {.metric = cases[c].metric,
                                     .transform.pseudocount = cases[c].pseudocount};
        VgDistances *d = NULL;
        VgError error = {0};
        WITNESS_OK(vg_distances(arena, dune, &options, &d, &error), &error);
        witness_close_all(reference, cases[c].path, d->value, 190, 1e-12, 0.1);
    }
}

static void unifrac_agrees_with_gunifrac(void **state)
{
    (void)state;
    static const struct {
        VgMetric metric;
        double alpha;
        const char *path;
    } cases[] = {{VG_METRIC_UNIFRAC, 0, "unifrac/unweighted"},
                 {VG_METRIC_NORMALISED_UNIFRAC, 0, "unifrac/normalised"},
                 {VG_METRIC_GENERALISED_UNIFRAC, 1, "unifrac/normalised"},
                 {VG_METRIC_GENERALISED_UNIFRAC, 0, "unifrac/half"},
                 {VG_METRIC_GENERALISED_UNIFRAC, 0.3, "unifrac/third"},
                 {VG_METRIC_WEIGHTED_UNIFRAC, 0, "unifrac/weighted"}};
    VgMatrix counts = witness_matrix(arena, reference, "counts", 12);
    VgBranches tree = witness_branches(arena, reference);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        VgDistanceOptions options = {
            .metric = cases[c].metric, .alpha = cases[c].alpha, .branches = &tree};
        VgDistances *d = NULL;
        VgError error = {0};
        WITNESS_OK(vg_distances(arena, counts, &options, &d, &error), &error);
        witness_close_all(reference, cases[c].path, d->value, 66, 1e-12, 0.1);
    }
}

static void transforms_agree_with_decostand(void **state)
{
    (void)state;
    static const struct {
        VgTransform transform;
        const char *path;
    } cases[] = {{VG_TRANSFORM_CLR, "decostand/clr_1"},
                 {VG_TRANSFORM_RCLR, "decostand/rclr"},
                 {VG_TRANSFORM_TOTAL_SUM, "decostand/total"},
                 {VG_TRANSFORM_HELLINGER, "decostand/hellinger"},
                 {VG_TRANSFORM_CHORD, "decostand/normalize"}};
    VgMatrix dune = witness_matrix(arena, reference, "dune", 20);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        VgTransformOptions options = {.transform = cases[c].transform, .pseudocount = 1};
        VgMatrix out;
        VgError error = {0};
        WITNESS_OK(vg_transform(arena, dune, &options, &out, &error), &error);
        witness_close_all(reference, cases[c].path, out.data, 600, 1e-12, 0.1);
    }
}

static void diversity_agrees_with_vegan(void **state)
{
    (void)state;
    VgMatrix dune = witness_matrix(arena, reference, "dune", 20);
    VgMatrix counts = witness_matrix(arena, reference, "counts", 12);
    VgMatrix rich = witness_matrix(arena, reference, "estimateR", 12);
    VgBranches tree = witness_branches(arena, reference);
    VgDiversity a[20], b[12];
    VgError error = {0};
    WITNESS_OK(vg_diversity(arena, dune, NULL, a, &error), &error);
    double shannon[20], simpson[20], inverse[20], coverage[12], faith[12];
    for (size_t i = 0; i < 20; i++) {
        shannon[i] = a[i].shannon;
        simpson[i] = a[i].simpson;
        inverse[i] = a[i].inverse_simpson;
    }
    witness_close_all(reference, "diversity/shannon", shannon, 20, 1e-12, 0);
    witness_close_all(reference, "diversity/simpson", simpson, 20, 1e-12, 0);
    witness_close_all(reference, "diversity/invsimpson", inverse, 20, 1e-12, 0);
    WITNESS_OK(vg_diversity(arena, counts, &tree, b, &error), &error);
    for (size_t i = 0; i < 12; i++) {
        witness_close("richness", b[i].richness, VG_AT(rich, i, 0), 1e-12, 0);
        witness_close("chao1", b[i].chao1, VG_AT(rich, i, 1), 1e-12, 0);
        witness_close("chao1 se", b[i].chao1_se, VG_AT(rich, i, 2), 1e-10, 0);
        witness_close("ace", b[i].ace, VG_AT(rich, i, 3), 1e-12, 0);
        coverage[i] = b[i].coverage;
        faith[i] = b[i].faith_pd;
    }
    witness_close_all(reference, "coverage", coverage, 12, 1e-12, 0);
    witness_close_all(reference, "faith", faith, 12, 1e-12, 0);
}

/* vegan's rarefy for q = 0; direct sums in R for the rest. Log-gammas in R's dhyper and lchoose cost some
 * digits: 1e-9. */
static void rarefaction_agrees_with_direct_sums(void **state)
{
    (void)state;
    static const double sizes[] = {20, 75, 150};
    VgMatrix counts = witness_matrix(arena, reference, "counts", 12);
    VgMatrix rarefy = witness_matrix(arena, reference, "rarefy", 12);
    VgMatrix hill1 = witness_matrix(arena, reference, "hill1", 12);
    VgMatrix coverage = witness_matrix(arena, reference, "coverage_rarefied", 12);
    double *zero = witness_array(arena, reference, "extrapolated_0", NULL);
    double *one = witness_array(arena, reference, "extrapolated_1", NULL);
    VgError error = {0};
    for (size_t i = 0; i < 12; i++) {
        double x[40], n = 0;
        VgHillPoint point;
        for (size_t j = 0; j < 40; j++)
            n += x[j] = VG_AT(counts, i, j);
        for (size_t s = 0; s < 3; s++) {
            WITNESS_OK(vg_hill_at_size(arena, x, 40, 0, sizes[s], &point, &error), &error);
            witness_close("q = 0", point.hill, VG_AT(rarefy, i, s), 1e-9, 0);
            witness_close("coverage", point.coverage, VG_AT(coverage, i, s), 1e-9, 0);
            WITNESS_OK(vg_hill_at_size(arena, x, 40, 1, sizes[s], &point, &error), &error);
            witness_close("q = 1", point.hill, VG_AT(hill1, i, s), 1e-9, 0);
        }
        double m = 1.5 * n - fmod(n, 2) / 2;
        WITNESS_OK(vg_hill_at_size(arena, x, 40, 0, m, &point, &error), &error);
        witness_close("extrapolated q = 0", point.hill, zero[i], 1e-9, 0);
        WITNESS_OK(vg_hill_at_size(arena, x, 40, 1, m, &point, &error), &error);
        witness_close("extrapolated q = 1", point.hill, one[i], 1e-8, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_agree_with_vegdist),
        cmocka_unit_test(unifrac_agrees_with_gunifrac),
        cmocka_unit_test(transforms_agree_with_decostand),
        cmocka_unit_test(diversity_agrees_with_vegan),
        cmocka_unit_test(rarefaction_agrees_with_direct_sums),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
