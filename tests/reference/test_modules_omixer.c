/* Modules against omixer-rpm 1.1 (tests/reference/modules_omixer.R): coverage, every statistic with and without
 * normalisation by length, the cut-off, taxa; on random modules and on our own. */
#include "support/panel_witness.h"

#include <math.h>

#include <vagus/modules.h>

static VgArena *arena;
static json_t *root;

static const char **texts(const char *path, size_t *n)
{
    const json_t *list = witness_at(root, path);
    *n = json_array_size(list);
    const char **text = VG_NEW(arena, const char *, *n);
    assert_non_null(text);
    for (size_t i = 0; i < *n; i++)
        text[i] = json_string_value(json_array_get(list, i));
    return text;
}

static VgModuleSet *modules_of(const char *path)
{
    const char *text = json_string_value(witness_at(root, path));
    VgModuleSet *set = NULL;
    VgError error = {0};
    WITNESS_OK(vg_modules_parse(arena, path, text, strlen(text), &set, &error), &error);
    return set;
}

/* Rows × samples, column-major, as sparse rows of samples. */
static VgAbundances sparse(const double *x, size_t rows, size_t samples, bool by_row)
{
    VgAbundances out = {.start = VG_NEW(arena, size_t, samples + 1),
                        .feature = VG_NEW(arena, uint32_t, rows * samples),
                        .value = VG_NEW(arena, double, rows *samples)};
    assert_true(out.start && out.feature && out.value);
    size_t k = 0;
    for (size_t i = 0; i < samples; i++) {
        for (size_t r = 0; r < rows; r++) {
            double v = x[by_row ? r * samples + i : i + samples * r];
            if (v > 0) {
                out.feature[k] = (uint32_t)r;
                out.value[k++] = v;
            }
        }
        out.start[i + 1] = k;
    }
    return out;
}

static void compare(const char *path, VgMatrix value, VgMatrix coverage)
{
    const json_t *list = witness_at(root, path);
    assert_int_equal(json_array_size(list), value.rows * value.cols);
    for (size_t k = 0; k < value.rows * value.cols; k++) {
        const json_t *expected = json_array_get(list, k);
        if (json_is_null(expected)) { /* the tool prints NaN for the median of no step */
            assert_true(value.data[k] == 0 && coverage.data[k] == 0);
            continue;
        }
        char what[120];
        snprintf(what, sizeof what, "%s[%zu]", path, k);
        witness_close(what, value.data[k], json_number_value(expected), 1e-12, 1e-3);
    }
}

static void agrees(const char *part)
{
    static const char *const names[] = {"median", "average", "sum", "min"};
    char path[100];
    size_t n;
    snprintf(path, sizeof path, "%s/modules", part);
    VgModuleSet *set = modules_of(path);
    VgFeatureTable table = {.path = part};
    snprintf(path, sizeof path, "%s/gene", part);
    table.feature_id = texts(path, &table.n_features);
    snprintf(path, sizeof path, "%s/amount", part);
    const double *x = witness_array(arena, root, path, &n);
    table.n_samples = n / table.n_features;
    table.amount = sparse(x, table.n_features, table.n_samples, false);
    for (int k = 0; k < 8; k++) {
        VgModuleOptions options = {.statistic = (VgModuleStatistic)(k / 2),
                                   .length_normalised = k % 2 == 1,
                                   .no_cutoff = true};
        VgModuleScores scores;
        VgError error = {0};
        WITNESS_OK(vg_modules_score(arena, set, &table, &options, &scores, &error), &error);
        snprintf(path, sizeof path, "%s/coverage", part);
        compare(path, scores.coverage, scores.coverage);
        snprintf(path, sizeof path, "%s/abundance/%s%s", part, names[k / 2],
                 k % 2 ? "_normalised" : "");
        compare(path, scores.abundance, scores.coverage);
    }
    VgModuleScores scores;
    VgError error = {0};
    WITNESS_OK(vg_modules_score(arena, set, &table, &(VgModuleOptions){0}, &scores, &error),
               &error);
    snprintf(path, sizeof path, "%s/cut_at_066", part);
    compare(path, scores.abundance, scores.coverage);
}

static void random_modules_agree_with_omixer(void **state)
{
    (void)state;
    agrees("random");
}

static void our_modules_agree_with_omixer(void **state)
{
    (void)state;
    agrees("ours");
}

static size_t place(const char *const *list, size_t n, const char *text)
{
    for (size_t k = 0; k < n; k++)
        if (strcmp(list[k], text) == 0)
            return k;
    fail_msg("%s is not listed", text);
    return 0;
}

/* The table of strata: community rows are the sums. */
static VgFeatureTable *strata_table(const VgModuleSet *set)
{
    static VgFeatureTable table;
    static VgStrata strata;
    size_t n, m, n_taxa;
    const char **taxa = texts("strata/taxa", &n_taxa), **taxon = texts("strata/taxon", &n),
               **gene = texts("strata/gene", &m);
    const double *x = witness_array(arena, root, "strata/amount", &m);
    size_t samples = m / n;
    double *sum = VG_NEW(arena, double, set->n_genes *samples);
    strata = (VgStrata){.n = n,
                        .feature = VG_NEW(arena, uint32_t, n),
                        .taxon = VG_NEW(arena, uint32_t, n),
                        .n_taxa = n_taxa,
                        .taxon_id = taxa,
                        .amount = sparse(x, n, samples, true)};
    for (size_t r = 0; r < n; r++) {
        strata.taxon[r] = (uint32_t)place(taxa, n_taxa, taxon[r]);
        strata.feature[r] = (uint32_t)place(set->gene, set->n_genes, gene[r]);
        for (size_t i = 0; i < samples; i++)
            sum[i + samples * strata.feature[r]] += x[r * samples + i];
    }
    table = (VgFeatureTable){.path = "strata",
                             .n_samples = samples,
                             .n_features = set->n_genes,
                             .feature_id = set->gene,
                             .amount = sparse(sum, set->n_genes, samples, false),
                             .strata = &strata};
    return &table;
}

static void taxa_agree_with_omixer(void **state)
{
    (void)state;
    VgModuleSet *set = modules_of("strata/modules");
    VgFeatureTable *table = strata_table(set);
    VgModuleScores scores;
    VgModuleTaxa taxa;
    VgError error = {0};
    VgModuleOptions options = {0};
    WITNESS_OK(vg_modules_score(arena, set, table, &options, &scores, &error), &error);
    WITNESS_OK(vg_modules_by_taxon(arena, set, table, &options, &scores, &taxa, &error), &error);
    size_t rows, n_taxa, samples = table->n_samples, found = 0;
    const char **taxon = texts("strata/part/taxon", &rows),
               **module = texts("strata/part/module", &rows),
               **name = texts("strata/taxa", &n_taxa);
    const double *expected = witness_array(arena, root, "strata/part/abundance", NULL);
    double total = 0, ours = 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < samples; i++) {
            double value = 0, want = expected[r * samples + i];
            for (size_t k = 0; k < taxa.n_parts; k++)
                if (taxa.part[k].sample == i &&
                    taxa.part[k].taxon == place(name, n_taxa, taxon[r]) &&
                    strcmp(set->module[taxa.part[k].module].id, module[r]) == 0)
                    value = taxa.part[k].abundance;
            witness_close(module[r], value, want, 1e-12, 1e-3);
            found += want > 0;
            total += want;
        }
    for (size_t k = 0; k < taxa.n_parts; k++)
        ours += taxa.part[k].abundance;
    assert_int_equal(found, taxa.n_parts); /* nothing that the tool does not have */
    witness_close("sum over taxa", ours, total, 1e-12, 0);
}

int main(void)
{
    arena = vg_arena_create();
    root = witness_json(witness_source(arena, "tests/reference/modules_omixer.json"));
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_modules_agree_with_omixer),
                                       cmocka_unit_test(our_modules_agree_with_omixer),
                                       cmocka_unit_test(taxa_agree_with_omixer)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(root);
    vg_arena_destroy(arena);
    return failed;
}
