/* panel/ on real data: diversity and UniFrac of a diet trial's 16S table with its tree, against vegan 2.6-4 and GUniFrac
 * 1.7 (fiber_fermented_2021/reference.json). Written with 15 digits: 1e-9. */
#include "support/panel_witness.h"

#include <math.h>

#include <vagus/distance.h>
#include <vagus/diversity.h>
#include <vagus/feature_table.h>

static VgArena *arena;
static json_t *reference;
static VgFeatureTable *table;
static VgMatrix counts;
static VgBranches branches;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    reference = witness_json(witness_data(arena, "fiber_fermented_2021/reference.json"));
    VgError error = {0};
    VgFeatureOptions options = {.kind = VG_FEATURES_COUNTS};
    WITNESS_OK(vg_feature_table_read(arena,
                                     witness_data(arena, "fiber_fermented_2021/asv_counts.tsv"),
                                     &options, &table, &error),
               &error);
    double *dense;
    WITNESS_OK(vg_abundances_dense(arena, &table->amount, table->n_samples, table->n_features,
                                   &dense, &error),
               &error);
    counts = (VgMatrix){dense, table->n_samples, table->n_features, table->n_samples};
    VgTree *tree;
    WITNESS_OK(vg_tree_read(arena, witness_data(arena, "fiber_fermented_2021/tree_rooted.nwk"),
                            &tree, &error),
               &error);
    WITNESS_OK(vg_branches_of(arena, tree, table->feature_id, table->n_features, &branches, &error),
               &error);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(reference);
    vg_arena_destroy(arena);
    return 0;
}

static size_t sample_named(const char *name)
{
    for (size_t i = 0; i < table->n_samples; i++)
        if (strcmp(table->sample_id[i], name) == 0)
            return i;
    fail_msg("no sample %s", name);
    return 0;
}

static void diversity_agrees(void **state)
{
    (void)state;
    VgDiversity *d = VG_NEW(arena, VgDiversity, table->n_samples);
    VgError error = {0};
    WITNESS_OK(vg_diversity(arena, counts, &branches, d, &error), &error);
    size_t i;
    const json_t *row;
    json_array_foreach(witness_at(reference, "alpha"), i, row)
    {
        const VgDiversity *own =
            &d[sample_named(json_string_value(json_object_get(row, "sample")))];
        const struct {
            const char *name;
            double value;
        } all[] = {{"depth", own->depth},
                   {"observed", own->richness},
                   {"shannon", own->shannon},
                   {"simpson", own->simpson},
                   {"invsimpson", own->inverse_simpson},
                   {"pielou", own->pielou},
                   {"chao1", own->chao1},
                   {"ace", own->ace}};
        for (size_t k = 0; k < 8; k++)
            witness_close(all[k].name, all[k].value,
                          json_number_value(json_object_get(row, all[k].name)), 1e-9, 0);
        assert_true(own->faith_pd > 0);
    }
}

static void unifrac_agrees(void **state)
{
    (void)state;
    static const struct {
        VgMetric metric;
        const char *path;
    } cases[] = {{VG_METRIC_UNIFRAC, "unifrac_first12/unweighted"},
                 {VG_METRIC_NORMALISED_UNIFRAC, "unifrac_first12/weighted"},
                 {VG_METRIC_GENERALISED_UNIFRAC, "unifrac_first12/generalized_0.5"}};
    const json_t *samples = witness_at(reference, "unifrac_first12/samples");
    size_t at[12];
    for (size_t k = 0; k < 12; k++)
        at[k] = sample_named(json_string_value(json_array_get(samples, k)));
    for (size_t c = 0; c < 3; c++) {
        VgDistances *d;
        VgError error = {0};
        WITNESS_OK(
            vg_distances(arena, counts,
                         &(VgDistanceOptions){.metric = cases[c].metric, .branches = &branches}, &d,
                         &error),
            &error);
        for (size_t i = 0; i < 12; i++)
            for (size_t j = 0; j < 12; j++)
                witness_close(cases[c].path, vg_distance_at(d, at[i], at[j]),
                              json_number_value(json_array_get(
                                  json_array_get(witness_at(reference, cases[c].path), i), j)),
                              1e-9, 0.01);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(diversity_agrees),
        cmocka_unit_test(unifrac_agrees),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
