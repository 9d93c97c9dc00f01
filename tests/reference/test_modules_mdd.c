/* Who carries functions in real metagenomes of people with and without depression (genes by genus and by species), against R
 * (modules_mdd.R): coverage, community and taxa, effective contributors, redundancy. */
#include "support/panel_witness.h"

#include <math.h>

#include <vagus/modules.h>

#include "numeric/linear_algebra.h"

static VgArena *arena;
static json_t *root;

static void compare(const char *part, const VgModuleSet *set, const char *what, VgMatrix value)
{
    size_t n;
    const double *sample = witness_array(arena, root, "sample", &n);
    for (size_t m = 0; m < set->n_modules; m++)
        for (size_t i = 0; i < n; i++) {
            char path[120];
            snprintf(path, sizeof path, "%s/%s/%s", part, set->module[m].id, what);
            const json_t *expected = json_array_get(witness_at(root, path), i);
            double x = VG_AT(value, (size_t)sample[i], m);
            if (json_is_null(expected)) /* one carrier: no diversity to share */
                assert_true(isnan(x));
            else /* R printed 15 digits */
                witness_close(path, x, json_number_value(expected), 1e-12, 0.01);
        }
}

static void agrees(const char *part, const char *file)
{
    static const char *const skip[] = {"Samples", "Median HC", "Median PwD", "Wilcoxon", "FDR"};
    const char *text = json_string_value(witness_at(root, "modules"));
    VgFeatureOptions how = {.strata_separator = ',', .skip = skip, .n_skip = 5};
    VgModuleOptions options = {0};
    VgFeatureTable *table;
    VgModuleSet *set;
    VgModuleScores scores;
    VgModuleTaxa taxa;
    VgError error = {0};
    WITNESS_OK(vg_feature_table_read(arena, witness_data(arena, file), &how, &table, &error),
               &error);
    WITNESS_OK(vg_modules_parse(arena, "m", text, strlen(text), &set, &error), &error);
    WITNESS_OK(vg_modules_score(arena, set, table, &options, &scores, &error), &error);
    WITNESS_OK(vg_modules_by_taxon(arena, set, table, &options, &scores, &taxa, &error), &error);
    assert_int_equal(table->n_samples, 74);
    VgRedundancy *all = VG_NEW(arena, VgRedundancy, table->n_samples * set->n_modules);
    VgMatrix normalised = vg_matrix_new(arena, table->n_samples, set->n_modules);
    assert_true(all && normalised.data);
    WITNESS_OK(vg_modules_redundancy(arena, set, table, all, &error), &error);
    for (size_t k = 0; k < table->n_samples * set->n_modules; k++)
        normalised.data[k] = all[k].normalised;
    compare(part, set, "coverage", scores.coverage);
    compare(part, set, "community", scores.abundance);
    compare(part, set, "taxa", taxa.sum);
    compare(part, set, "contributors", taxa.effective);
    compare(part, set, "redundancy", normalised);
}

static void by_genus(void **state)
{
    (void)state;
    agrees("genus", "mdd_metagenome_signatures/gene_by_genus.tsv");
}

static void by_species(void **state)
{
    (void)state;
    agrees("species", "mdd_metagenome_signatures/gene_by_species.tsv");
}

int main(void)
{
    arena = vg_arena_create();
    root = witness_json(witness_source(arena, "tests/reference/modules_mdd.json"));
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_genus), cmocka_unit_test(by_species)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(root);
    vg_arena_destroy(arena);
    return failed;
}
