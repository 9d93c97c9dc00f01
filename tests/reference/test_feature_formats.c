/* Every file of the format collection is read as other programs read it, or refused for a reason that is said. Sums and
 * counts beside the files: R 4.2.2 (read.delim, read.csv, jsonlite) and h5dump 1.10.8; the artifacts'
 * as QIIME 2's "Moving Pictures" tutorial gives them (34 samples, 770 features, frequency 153,884). */
#include "support/witness.h"

#include <math.h>

#include <vagus/distance_matrix.h>
#include <vagus/feature_table.h>
#include <vagus/lab_table.h>
#include <vagus/tree.h>

static VgArena *arena;
static VgError error;

static VgFeatureTable *read_as(const char *name, const VgFeatureOptions *options)
{
    VgFeatureTable *table = NULL;
    const char *path = witness_data(arena, name);
    WITNESS_OK(vg_feature_table_read(arena, path, options, &table, &error), &error);
    return table;
}

static double total(const VgAbundances *amount, size_t begin, size_t end)
{
    double sum = 0;
    for (size_t k = amount->start[begin]; k < amount->start[end]; k++)
        sum += amount->value[k];
    return sum;
}

typedef struct Expected {
    const char *name;
    VgFeatureFormat format;
    size_t n_samples, n_features, n_values;
    double sum;
} Expected;

static void every_table_is_read(void **state)
{
    (void)state;
    static const Expected expected[] = {
        {"formats/biom/1000x100x0.010_bench_hdf5.biom.gz", VG_FORMAT_BIOM_HDF5, 100, 1000, 1000,
         1000},
        {"formats/biom/100x100x0.010_bench_hdf5.biom.gz", VG_FORMAT_BIOM_HDF5, 100, 100, 100, 100},
        {"formats/biom/100x100x0.010_bench.biom.gz", VG_FORMAT_BIOM_JSON, 100, 100, 100, 100},
        {"formats/biom/Aggregated_humanization2.biom", VG_FORMAT_BIOM_JSON, 27, 151, 1534, 485932},
        {"formats/biom/bad_table.txt", VG_FORMAT_PLAIN, 1, 1, 1, 10},
        {"formats/biom/complete.biom", VG_FORMAT_BIOM_HDF5, 2, 6, 12, 920},
        {"formats/biom/simple.biom", VG_FORMAT_BIOM_HDF5, 2, 6, 12, 920},
        {"formats/biom/empty.biom", VG_FORMAT_BIOM_HDF5, 0, 0, 0, 0},
        {"formats/biom/json_obs_collapsed.biom", VG_FORMAT_BIOM_JSON, 6, 4, 14, 27},
        {"formats/biom/json_sample_collapsed.biom", VG_FORMAT_BIOM_JSON, 2, 5, 8, 27},
        {"formats/biom/min_sparse_otu_table.biom", VG_FORMAT_BIOM_JSON, 6, 5, 15, 27},
        {"formats/biom/min_sparse_otu_table_hdf5.biom", VG_FORMAT_BIOM_HDF5, 6, 5, 15, 27},
        {"formats/biom/rich_sparse_otu_table.biom", VG_FORMAT_BIOM_JSON, 6, 5, 15, 27},
        {"formats/biom/rich_sparse_otu_table_hdf5.biom", VG_FORMAT_BIOM_HDF5, 6, 5, 15, 27},
        {"formats/biom/rich_sparse_otu_table_hdf5_group_metadata.biom", VG_FORMAT_BIOM_HDF5, 6, 5,
         15, 27},
        {"formats/biom/test.json.gz", VG_FORMAT_BIOM_JSON, 6, 5, 15, 27},
        {"formats/qza/table.qza", VG_FORMAT_QIIME2, 34, 770, 2325, 153884},
        {"formats/humann/regroup_table-builtin_input.txt", VG_FORMAT_HUMANN, 2, 2, 4, 80},
        {"formats/humann/regroup_table-builtin_uniref50_ko_output.txt", VG_FORMAT_HUMANN, 2, 1, 2,
         80},
        {"formats/humann/renorm_table-input.txt", VG_FORMAT_HUMANN, 2, 2, 4, 40},
        {"formats/humann/renorm_table-cpm_output.txt", VG_FORMAT_HUMANN, 2, 2, 4, 2e6},
        {"formats/humann/renorm_table-relab_output.txt", VG_FORMAT_HUMANN, 2, 2, 4, 2},
        {"formats/humann/demo_pathabundance_with_names.tsv", VG_FORMAT_HUMANN, 1, 0, 0, 0},
        {"formats/humann/gene_families.tsv", VG_FORMAT_HUMANN, 1, 6, 6, 1e6},
        {"formats/humann/mia_humann_output.tsv", VG_FORMAT_HUMANN, 3, 3, 9, 848},
        {"fmt_autism_q2fmt/feature-table.biom", VG_FORMAT_BIOM_HDF5, 27, 680, 3973, 822504},
        {"fiber_fermented_2021/asv_counts.tsv", VG_FORMAT_PLAIN, 311, 2204, 37549, 4838880}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const Expected *e = &expected[i];
        const VgFeatureTable *t = read_as(e->name, NULL);
        assert_int_equal(t->format, e->format);
        assert_int_equal(t->n_samples, e->n_samples);
        assert_int_equal(t->n_features, e->n_features);
        assert_int_equal(t->amount.start[t->n_samples], e->n_values);
        witness_close(e->name, total(&t->amount, 0, t->n_samples), e->sum, 1e-12, 0);
    }
    /* h5dump prints six digits */
    const VgFeatureTable *t = read_as("formats/biom/edgecase_issue_952.biom", NULL);
    witness_close("edge case", total(&t->amount, 0, t->n_samples), 441025.151391, 1e-6, 0);
}

static void json_and_hdf5_of_one_table_agree(void **state)
{
    (void)state;
    const VgFeatureTable *a = read_as("formats/biom/rich_sparse_otu_table.biom", NULL),
                         *b = read_as("formats/biom/rich_sparse_otu_table_hdf5.biom", NULL);
    assert_memory_equal(a->amount.start, b->amount.start, 7 * sizeof(size_t));
    assert_memory_equal(a->amount.feature, b->amount.feature, 15 * sizeof(uint32_t));
    assert_memory_equal(a->amount.value, b->amount.value, 15 * sizeof(double));
    for (size_t j = 0; j < 5; j++) {
        assert_string_equal(a->feature_id[j], b->feature_id[j]);
        assert_string_equal(a->lineage[j], b->lineage[j]);
    }
    const VgFeatureTable *h = read_as("formats/biom/Aggregated_humanization2.biom", NULL);
    assert_string_equal(h->sample_id[0], "A110");
    assert_int_equal(h->amount.start[1], 68);
    witness_close("first sample", total(&h->amount, 0, 1), 37394, 0, 0);
}

static void samples_in_rows_are_read_when_told(void **state)
{
    (void)state;
    const VgFeatureOptions columns = {.features_in_columns = true};
    const VgFeatureTable *t = read_as("he_infants_mfgm_2019/genera.counts.tsv", &columns);
    assert_true(t->n_samples == 277 && t->n_features == 295 && t->kind == VG_FEATURES_COUNTS);
    assert_int_equal(t->amount.start[277], 5998);
    witness_close("he_infants", total(&t->amount, 0, 277), 2862942, 0, 0);
    assert_int_equal(strncmp(t->lineage[0], "d__Bacteria; p__Actinobacteriota; c__", 37), 0);
    t = read_as("hmp2_maaslin2/HMP2_taxonomy.tsv", &columns);
    assert_int_equal(t->amount.start[t->n_samples], 64100);
    witness_close("hmp2", total(&t->amount, 0, t->n_samples), 1472.5393684, 1e-12, 0);
}

static void genes_by_taxon_are_stratified(void **state)
{
    (void)state;
    static const char *const statistics[] = {"Samples", "Median HC", "Median PwD", "Wilcoxon",
                                             "FDR"};
    const VgFeatureOptions options = {.strata_separator = ',', .skip = statistics, .n_skip = 5};
    const VgFeatureTable *t = read_as("mdd_metagenome_signatures/gene_by_genus.tsv", &options);
    assert_int_equal(t->n_samples, 74);
    assert_int_equal(t->strata->n, 1110);
    assert_int_equal(t->n_summed, t->n_features);
    witness_close("genus, strata", total(&t->strata->amount, 0, 74), 1436.15842491205, 1e-12, 0);
    witness_close("genus, whole", total(&t->amount, 0, 74), 1436.15842491205, 1e-12, 0);
    t = read_as("mdd_metagenome_signatures/gene_by_species.tsv", &options);
    assert_int_equal(t->n_features, 87);
    witness_close("species", total(&t->strata->amount, 0, 74), 1290.50707677681, 1e-12, 0);
    size_t gene = 0;
    while (strcmp(t->feature_id[gene], "Glutamate_synthase_gltD") != 0)
        gene++;
    double *dense;
    WITNESS_OK(vg_abundances_dense(arena, &t->amount, 74, t->n_features, &dense, &error), &error);
    witness_close("gltD", dense[gene * 74 + 1], 0.856059285420719, 1e-12, 0);
}

static void humann_and_metaphlan_are_read(void **state)
{
    (void)state;
    const VgFeatureTable *t = read_as("formats/humann/demo_genefamilies.tsv", NULL);
    assert_int_equal(t->n_features, 1412);
    assert_int_equal(t->strata->n, 1513);
    assert_true(t->unassigned[0] == 100);
    witness_close("families", total(&t->amount, 0, 1), 2312.9266504679, 1e-12, 0);
    const VgFeatureTable *b = read_as("formats/humann/demo_genefamilies.biom", NULL);
    witness_close("families, BIOM",
                  b->unassigned[0] + total(&b->amount, 0, 1) + total(&b->strata->amount, 0, 1),
                  4725.852853, 1e-6, 0); /* six digits of h5dump */
    t = read_as("formats/humann/demo_pathabundance.tsv", NULL);
    witness_close("unintegrated", t->unintegrated[0], 778.4041770541, 1e-15, 0);
    const VgFeatureTable *m = read_as("formats/humann/multi_sample_genefamilies.tsv", NULL),
                         *n = read_as("formats/humann/multi_sample_genefamilies.biom", NULL);
    witness_close("families of two", total(&m->amount, 0, 2), total(&n->amount, 0, 2), 1e-10, 0);
    t = read_as("formats/metaphlan/mia_merged_abundance_table.txt", NULL);
    assert_true(t->n_samples == 6 && t->n_features == 16 && t->whole == 100);
    for (size_t i = 0; i < 6; i++)
        /* sixteen shares printed with five digits: 16 × 5e-6 of 100 */
        witness_close("species", total(&t->amount, i, i + 1), 100, 8e-7, 0);
    t = read_as("formats/humann/demo_metaphlan_bugs_list.tsv", NULL);
    assert_true(t->n_features == 4 && t->format == VG_FORMAT_METAPHLAN);
}

static void what_is_no_table_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *what;
        size_t line;
    } bad[] = {{"formats/biom/no-contents.biom", "is empty", 0},
               {"formats/biom/Aggregated_humanization2_samples.csv", "samples stand in rows", 1},
               {"formats/humann/merge_output.tsv", "three levels", 5},
               {"formats/qza/sample-metadata.tsv", "samples stand in rows", 1},
               {"formats/qza/taxonomy.qza", "holds FeatureData[Taxonomy]", 0},
               {"formats/qza/tree.qza", "holds Phylogeny[Rooted]", 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        VgFeatureTable *table;
        error = (VgError){0};
        assert_int_equal(
            vg_feature_table_read(arena, witness_data(arena, bad[i].name), NULL, &table, &error),
            VG_INVALID_INPUT);
        assert_non_null(strstr(error.message, bad[i].what));
        assert_int_equal(error.line, bad[i].line);
    }
}

static void trees_and_taxonomy_fit_their_tables(void **state)
{
    (void)state;
    VgTree *tree;
    VgTaxonomy *taxonomy;
    uint32_t *node;
    VgFeatureTable *t = read_as("formats/qza/table.qza", NULL);
    WITNESS_OK(vg_tree_read(arena, witness_data(arena, "formats/qza/tree.qza"), &tree, &error),
               &error);
    WITNESS_OK(vg_tree_match(arena, tree, t->feature_id, t->n_features, &node, &error), &error);
    WITNESS_OK(vg_tree_require_lengths(tree, &error), &error);
    WITNESS_OK(
        vg_taxonomy_read(arena, witness_data(arena, "formats/qza/taxonomy.qza"), &taxonomy, &error),
        &error);
    size_t without;
    WITNESS_OK(vg_feature_table_set_taxonomy(arena, t, taxonomy, &without, &error), &error);
    assert_int_equal(without, 0);
    t = read_as("fiber_fermented_2021/asv_counts.tsv", NULL);
    WITNESS_OK(vg_tree_read(arena, witness_data(arena, "fiber_fermented_2021/tree_rooted.nwk"),
                            &tree, &error),
               &error);
    WITNESS_OK(vg_tree_match(arena, tree, t->feature_id, t->n_features, &node, &error), &error);
    WITNESS_OK(vg_taxonomy_read(arena, witness_data(arena, "fiber_fermented_2021/taxonomy.csv"),
                                &taxonomy, &error),
               &error);
    WITNESS_OK(vg_feature_table_set_taxonomy(arena, t, taxonomy, &without, &error), &error);
    assert_int_equal(without, 0);
    WITNESS_OK(
        vg_tree_read(arena, witness_data(arena, "fiber_fermented_2021/tree.nwk"), &tree, &error),
        &error);
    assert_int_equal(vg_tree_require_lengths(tree, &error), VG_INVALID_INPUT);
    VgDistanceMatrix *d;
    WITNESS_OK(
        vg_distance_matrix_read(
            arena, witness_data(arena, "fmt_autism_q2fmt/dist_matrix_donors.tsv"), &d, &error),
        &error);
    assert_true(d->n == 8 && d->value[0] == 0.48);
}

static void laboratory_exports_keep_their_limits(void **state)
{
    (void)state;
    VgLabTable *t;
    WITNESS_OK(vg_lab_table_read(arena, witness_data(arena, "sauerkraut_crossover/blood_scfa.csv"),
                                 NULL, &t, &error),
               &error);
    assert_true(t->n_records == 3880 && t->n_below == 7 && t->n_below_stated == 803);
    double sum = 0;
    for (size_t i = 0; i < t->n_records; i++)
        sum += t->record[i].censor == VG_OBSERVED ? t->record[i].value : 0;
    witness_close("blood SCFA", sum, 1952414.074, 1e-12, 0);
    WITNESS_OK(vg_lab_table_read(arena, witness_data(arena, "sauerkraut_crossover/stool_scfa.csv"),
                                 &(VgLabOptions){.censor_by_limits = true}, &t, &error),
               &error);
    assert_true(t->n_below == 11 && t->n_above == 13);
    assert_string_equal(t->unit[0], "µg/g");
    WITNESS_OK(vg_lab_table_read(arena,
                                 witness_data(arena, "fiber_fermented_2021/olink_cytokines.csv"),
                                 &(VgLabOptions){.sample_column = "Participant+Timepoint",
                                                 .skip = (const char *const[]){"Group"},
                                                 .n_skip = 1},
                                 &t, &error),
               &error);
    assert_true(t->n_samples == 173 && t->n_analytes == 67);
    WITNESS_OK(vg_lab_table_read(arena, witness_data(arena, "he_infants_mfgm_2019/mtb.tsv"), NULL,
                                 &t, &error),
               &error);
    assert_true(t->n_samples == 277 && t->n_analytes == 120);
}

int main(void)
{
    arena = vg_arena_create();
    witness_data(arena, "formats");
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_table_is_read),
                                       cmocka_unit_test(json_and_hdf5_of_one_table_agree),
                                       cmocka_unit_test(samples_in_rows_are_read_when_told),
                                       cmocka_unit_test(genes_by_taxon_are_stratified),
                                       cmocka_unit_test(humann_and_metaphlan_are_read),
                                       cmocka_unit_test(what_is_no_table_is_refused),
                                       cmocka_unit_test(trees_and_taxonomy_fit_their_tables),
                                       cmocka_unit_test(laboratory_exports_keep_their_limits)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    vg_arena_destroy(arena);
    return failed;
}
