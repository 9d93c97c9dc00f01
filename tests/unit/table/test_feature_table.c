/* Feature tables as text: plain, HUMAnN, MetaPhlAn, Kraken, Bracken; their refusals; tables joined and turned. */
#include "support/witness.h"

#include <stdio.h>

#include <vagus/feature_table.h>

#include "support/folder.h"

static VgArena *arena;
static char *folder;
static VgError error;
static VgFeatureTable *table;

static int set_up(void **state)
{
    (void)state;
    arena = vg_arena_create();
    folder = arena ? folder_new(arena) : NULL;
    error = (VgError){0};
    table = NULL;
    return folder ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    vg_arena_destroy(arena);
    return 0;
}

static void read_as(const char *name, const char *text, const VgFeatureOptions *options)
{
    const char *path = folder_write(arena, folder, name, text);
    WITNESS_OK(vg_feature_table_read(arena, path, options, &table, &error), &error);
}

/* The text is refused; the message holds `what`, at `line` (0: none), and says what to do. */
static void refused(const char *text, const VgFeatureOptions *options, const char *what,
                    size_t line)
{
    const char *path = folder_write(arena, folder, "bad.tsv", text);
    error = (VgError){0};
    VgStatus status = vg_feature_table_read(arena, path, options, &table, &error);
    assert_int_equal(status, VG_INVALID_INPUT);
    if (!strstr(error.message, what))
        fail_msg("'%s' does not say '%s'", error.message, what);
    assert_int_equal(error.line, line);
    assert_true(*error.hint && strstr(error.file, "bad.tsv"));
}

static double at(size_t i, size_t j)
{
    for (size_t k = table->amount.start[i]; k < table->amount.start[i + 1]; k++)
        if (table->amount.feature[k] == j)
            return table->amount.value[k];
    return 0;
}

static void plain_counts_are_sparse_by_sample(void **state)
{
    (void)state;
    read_as("t.tsv",
            "# made by hand\n#OTU ID\tA\tB\ttaxonomy\nx\t3\t0\tk__B;p__F\n\ny\t0\t2\t\n"
            "z z\t1\t4\tk__B; p__G; \n",
            NULL);
    assert_int_equal(table->format, VG_FORMAT_PLAIN);
    assert_int_equal(table->kind, VG_FEATURES_COUNTS);
    assert_int_equal(table->n_samples, 2);
    assert_int_equal(table->n_features, 3);
    assert_int_equal(table->amount.start[2], 4);
    assert_true(at(0, 0) == 3 && at(0, 2) == 1 && at(1, 1) == 2 && at(1, 2) == 4);
    assert_string_equal(table->feature_id[2], "z z");
    assert_string_equal(table->lineage[0], "k__B; p__F");
    assert_null(table->lineage[1]);
    assert_string_equal(table->lineage[2], "k__B; p__G");
    assert_int_equal(table->feature_line[1], 5);
    assert_null(table->strata);
    assert_int_equal(strlen(table->sha256), 64);
}

static void features_in_columns_give_the_same_table(void **state)
{
    (void)state;
    read_as("t.csv", "id,note,\"x, 1\",y\nA,healthy,3,0\nB,\"ill, \"\"so\"\"\",0,2\n",
            &(VgFeatureOptions){
                .features_in_columns = true, .skip = (const char *const[]){"note"}, .n_skip = 1});
    assert_string_equal(table->feature_id[0], "x, 1");
    assert_string_equal(table->sample_id[1], "B");
    assert_true(at(0, 0) == 3 && at(1, 1) == 2);
    read_as("u.csv", "id,note,x,y\nA,healthy,3,0\nB,7,0,2\n",
            &(VgFeatureOptions){.features_in_columns = true, .numbers_only = true});
    assert_int_equal(table->n_features, 2);
}

static void the_wrong_way_round_is_refused(void **state)
{
    (void)state;
    VgFeatureOptions columns = {.features_in_columns = true};
    refused("SampleID\tx\ty\nA\t1\t2\n", NULL, "says that samples stand in rows", 1);
    refused("id\tk__B;g__x\tk__B;g__y\tn\nA\t1\t2\t3\n", NULL, "samples stand in rows", 1);
    refused("\tK00001\tK00002\nA\t1\t2\n", NULL, "samples stand in rows", 1);
    refused("#OTU ID\tA\tB\nx\t1\t2\n", &columns, "says that features stand in rows", 1);
    read_as("t.tsv", "Sample\tK1\tK1|t\tUNMAPPED\nA\t3\t2\t9\n", &columns);
    assert_true(table->n_features == 1 && table->strata->n == 1 && table->unassigned[0] == 9);
}

static void headers_of_r_are_one_field_short(void **state)
{
    (void)state;
    read_as("t.csv", "\"A\",\"B\"\n\"x\",3,0\n\"y\",0,2\n", NULL);
    assert_int_equal(table->n_samples, 2);
    assert_string_equal(table->sample_id[0], "A");
    assert_string_equal(table->feature_id[1], "y");
    assert_true(at(1, 1) == 2);
}

static void whole_shares_are_told_from_parts(void **state)
{
    (void)state;
    VgFeatureOptions relative = {.kind = VG_FEATURES_RELATIVE};
    read_as("t.tsv", "id\tA\tB\nx\t0.25\t0.5\ny\t0.75\t0.2\n", &relative);
    assert_true(table->whole == 1);
    witness_close("least sum", table->least_sum, 0.7, 1e-15, 0);
    read_as("t.tsv", "id\tA\nx\t25\ny\t75.0001\n", &relative);
    assert_true(table->whole == 100);
    refused("id\tA\nx\t60\ny\t75\n", &relative, "sum to 135", 0);
    read_as("t.tsv", "id\tA\nx\t0.25\ny\t0\n", NULL);
    assert_int_equal(table->kind, VG_FEATURES_UNKNOWN);
}

static void bad_plain_tables_are_refused(void **state)
{
    (void)state;
    VgFeatureOptions counts = {.kind = VG_FEATURES_COUNTS};
    refused("", NULL, "is empty", 0);
    refused("id\tA\tA\nx\t1\t2\n", NULL, "sample 'A' occurs twice", 1);
    refused("id\tA\tB\nx\t1\t2\nx\t1\t2\n", NULL, "feature 'x' occurs twice, first in line 2", 3);
    refused("id\tA\tB\nx\t1\t-2\n", NULL, "-2 in sample 'B'", 2);
    refused("id\tA\tB\nx\t1\t2\ny\t1.5\t0\n", &counts, "1.5 among values", 3);
    refused("id\tA\tB\nx\t1\n", NULL, "2 fields, but the header (line 1) has 3", 2);
    refused("id\tA\tB\nx\t1\t\n", NULL, "column 3 holds no value", 2);
    refused("id\tA\tB\nx\t1\tNA\n", NULL, "column 3 holds no value", 2);
    refused("id\tA\tB\nx\t1\tten\n", NULL, "'ten' in column 3 is no number", 2);
    refused("id\tA\tB\n\t1\t2\n", NULL, "feature without a name", 2);
    refused("id\tA\t\nx\t1\t2\n", NULL, "sample without a name", 1);
    refused("id\tA\n", NULL, "has a header but no rows", 1);
    refused("id\nx\n", NULL, "no column of values", 1);
    refused("id\tA\nx\xff\t1\n", NULL, "not valid UTF-8", 2);
    refused("id\tA\nx\t1\n", &(VgFeatureOptions){.id_column = "ID"}, "no column 'ID'", 1);
    refused("id\tA\nx\t1\n", &(VgFeatureOptions){.rank = 'q'}, "no rank 'q'", 0);
    refused("id\tA\nx\t1\n", &(VgFeatureOptions){.format = VG_FORMAT_BIOM_HDF5},
            "is declared biom_hdf5, but looks like plain", 0);
    refused("id,A\n\"x,1\n", NULL, "never closed", 2);
    refused("id\tA\nx\t1e999\n", NULL, "no number", 2);
}

#define FAMILIES                                                                                   \
    "# Gene Family\tA_Abundance-RPKs\tB\nUNMAPPED\t100\t20\nK1: enzyme\t7\t1\n"                    \
    "K1|g__Bac.s__x\t5\t0\nK1|unclassified\t2\t1\nK2\t0\t4\nK3|g__Bac.s__x\t1\t2\n"                \
    "K3|g__Y\t3\t0\nUNGROUPED\t9\t8\nUNGROUPED|g__Y\t9\t8\n"

static void strata_stand_apart_from_the_community(void **state)
{
    (void)state;
    read_as("t_genefamilies.tsv", FAMILIES, NULL);
    assert_int_equal(table->format, VG_FORMAT_HUMANN);
    assert_int_equal(table->kind, VG_FEATURES_UNKNOWN);
    assert_int_equal(table->n_features, 3);
    assert_true(table->unassigned[0] == 100 && table->unassigned[1] == 20);
    assert_true(table->unintegrated[0] == 9 && table->unintegrated[1] == 8);
    const VgStrata *strata = table->strata;
    assert_int_equal(strata->n, 4);
    assert_int_equal(strata->n_taxa, 3);
    assert_int_equal(strata->feature[0], 0); /* K1 belongs to "K1: enzyme" */
    assert_int_equal(strata->feature[3], 2);
    assert_string_equal(strata->taxon_id[strata->taxon[1]], "unclassified");
    assert_int_equal(strata->taxon[2], strata->taxon[0]);
    assert_int_equal(strata->line[0], 4);
    /* K3 has no row of its own: the sum of its strata */
    assert_int_equal(table->n_summed, 1);
    assert_true(at(0, 2) == 4 && at(1, 2) == 2 && at(0, 0) == 7);
    assert_true(strata->amount.value[0] == 5 && strata->amount.start[2] == 6);
    refused("# Pathway\tA\nP\t1\nP|a|b\t1\n", NULL, "three levels", 3);
    refused("# Pathway\tA\nP\t1\nP|\t1\n", NULL, "no taxon beside", 3);
    refused("# Pathway\tA\nP\t1\nP|t\t1\nP|t\t1\n", NULL, "row 'P|t' occurs twice", 4);
}

static void any_separator_may_split_strata(void **state)
{
    (void)state;
    read_as("t.tsv", "signature\tA\ng,Bac\t0.5\ng,Cop\t0.25\n",
            &(VgFeatureOptions){.strata_separator = ','});
    assert_int_equal(table->n_features, 1);
    assert_true(at(0, 0) == 0.75);
    assert_int_equal(table->strata->n, 2);
}

#define PROFILE                                                                                    \
    "#mpa_vJan21\n#cmd\n#SampleID\tMetaphlan_Analysis\n"                                           \
    "#clade_name\tNCBI_tax_id\trelative_abundance\tadditional_species\nUNCLASSIFIED\t-1\t20.0\t\n" \
    "k__Bacteria\t2\t80.0\t\nk__Bacteria|p__F\t2|1\t80.0\t\n"                                      \
    "k__Bacteria|p__F|s__a\t2|1|3\t50.0\tk__Bacteria|p__F|s__c\n"                                  \
    "k__Bacteria|p__F|s__b\t2|1|4\t30.0\t\n"

static void a_profile_keeps_one_rank(void **state)
{
    (void)state;
    read_as("S1_profile.tsv", PROFILE, NULL);
    assert_int_equal(table->format, VG_FORMAT_METAPHLAN);
    assert_int_equal(table->n_features, 2);
    assert_true(table->whole == 100 && table->least_sum == 100 && !table->nested);
    assert_true(table->unassigned[0] == 20 && at(0, 1) == 30);
    assert_string_equal(table->sample_id[0], "S1");
    assert_string_equal(table->lineage[0], "k__Bacteria; p__F; s__a");
    assert_int_equal(table->rank[0], 's');
    read_as("S1_profile.tsv", PROFILE, &(VgFeatureOptions){.rank = 'p', .sample = "own"});
    assert_int_equal(table->n_features, 1);
    assert_string_equal(table->sample_id[0], "own");
    read_as("S1_profile.tsv", PROFILE, &(VgFeatureOptions){.rank = '*'});
    assert_true(table->nested && table->n_features == 4);
    refused(PROFILE, &(VgFeatureOptions){.rank = 'g'}, "no clade of rank 'g'", 0);
    refused(PROFILE, &(VgFeatureOptions){.kind = VG_FEATURES_COUNTS}, "no column of estimated", 4);
    /* MetaPhlAn 2: no header of its own; merged: one column per sample */
    read_as("v2.txt", "#SampleID\tMetaphlan2_Analysis\nk__B\t100\nk__B|s__a\t100\n", NULL);
    assert_string_equal(table->sample_id[0], "v2");
    read_as("m.txt", "ID\tA\tB\nk__B\t100\t100\nk__B|s__a\t60\t100\nk__B|s__b\t40\t0\n", NULL);
    assert_int_equal(table->n_samples, 2);
    assert_true(at(1, 0) == 100);
}

#define REPORT                                                                                     \
    " 10.00\t10\t10\tU\t0\tunclassified\n 90.00\t90\t5\tR\t1\troot\n"                              \
    " 85.00\t85\t1\tD\t2\t  Bacteria\n 50.00\t50\t10\tG\t3\t    Escherichia\n"                     \
    " 40.00\t40\t30\tS\t4\t      Escherichia coli\n 10.00\t10\t10\tS1\t5\t        E. coli K\n"     \
    " 34.00\t34\t34\tS\t6\t    Escherichia coli\n"

static void a_report_of_kraken_gives_species(void **state)
{
    (void)state;
    read_as("S1.kreport", REPORT, NULL);
    assert_int_equal(table->format, VG_FORMAT_KREPORT);
    assert_int_equal(table->kind, VG_FEATURES_COUNTS);
    assert_int_equal(table->n_features, 2);
    assert_string_equal(table->sample_id[0], "S1");
    assert_string_equal(table->feature_id[1], "Escherichia coli (taxid 6)");
    assert_string_equal(table->lineage[0], "d__Bacteria; g__Escherichia; s__Escherichia coli");
    assert_string_equal(table->lineage[1], "d__Bacteria; s__Escherichia coli");
    assert_true(at(0, 0) == 40 && at(0, 1) == 34);
    assert_true(table->unassigned[0] == 10 + 90 - 74); /* all reads are accounted for */
    refused(REPORT "broken\n", NULL, "no line of a Kraken report", 8);
}

static void tables_of_bracken_give_estimated_reads(void **state)
{
    (void)state;
    const char *head = "name\ttaxonomy_id\ttaxonomy_lvl\t";
    read_as("S1.bracken",
            vg_arena_printf(arena, "%s%s", head,
                            "kraken_assigned_reads\tadded_reads\tnew_est_reads\tfraction\n"
                            "E. coli\t562\tS\t10\t5\t15\t0.6\nB. x\t7\tS\t4\t6\t10\t0.4\n"),
            NULL);
    assert_true(at(0, 0) == 15 && at(0, 1) == 10);
    assert_string_equal(table->sample_id[0], "S1");
    read_as("all.tsv",
            vg_arena_printf(arena, "%s%s", head,
                            "A_num\tA_frac\tB_num\tB_frac\nE. coli\t562\tS\t3\t1.0\t0\t0\n"),
            NULL);
    assert_int_equal(table->n_samples, 2);
    assert_string_equal(table->sample_id[1], "B");
}

static void files_join_by_names(void **state)
{
    (void)state;
    const char *path[2] = {
        folder_write(arena, folder, "a.tsv", "# Gene Family\tA\nK1\t3\nK1|t\t3\n"),
        folder_write(arena, folder, "b.tsv",
                     "# Gene Family\tB\nUNMAPPED\t9\n"
                     "K2\t2\nK2|t\t2\nK1\t1\nK1|u\t1\n")};
    WITNESS_OK(vg_feature_tables_read(arena, path, 2, NULL, &table, &error), &error);
    assert_int_equal(table->n_samples, 2);
    assert_int_equal(table->n_features, 2);
    assert_true(at(0, 0) == 3 && at(1, 0) == 1 && at(1, 1) == 2);
    assert_int_equal(table->strata->n, 3);
    assert_int_equal(table->strata->n_taxa, 2);
    assert_true(table->unassigned[0] == 0 && table->unassigned[1] == 9);
    path[1] = path[0];
    assert_int_equal(vg_feature_tables_read(arena, path, 2, NULL, &table, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "sample 'A' occurs twice"));
    path[1] = folder_write(arena, folder, "c.tsv", "id\tC\nK1\t3\n");
    assert_int_equal(vg_feature_tables_read(arena, path, 2, NULL, &table, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "is of format plain"));
}

static void other_shapes_hold_the_same_values(void **state)
{
    (void)state;
    read_as("t.tsv", "id\tA\tB\tC\nx\t3\t0\t1\ny\t0\t2\t0\nz\t0\t0\t5\n", NULL);
    double *dense;
    WITNESS_OK(vg_abundances_dense(arena, &table->amount, 3, 3, &dense, &error), &error);
    VgAbundanceColumns columns;
    WITNESS_OK(vg_abundances_by_feature(arena, &table->amount, 3, 3, &columns, &error), &error);
    assert_int_equal(columns.start[3], 4);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++)
            assert_true(dense[i + 3 * j] == at(i, j));
    for (size_t j = 0; j < 3; j++)
        for (size_t k = columns.start[j]; k < columns.start[j + 1]; k++)
            assert_true(columns.value[k] == at(columns.sample[k], j));
}

static void taxonomy_is_put_to_features(void **state)
{
    (void)state;
    VgTaxonomy *taxonomy;
    const char *path = folder_write(
        arena, folder, "tax.csv",
        "asv,Kingdom,Phylum,Genus\ny,Bacteria,Firmicutes,NA\nx,k__Archaea,,g__M\nw,NA,NA,NA\n");
    WITNESS_OK(vg_taxonomy_read(arena, path, &taxonomy, &error), &error);
    assert_string_equal(taxonomy->lineage[0], "k__Bacteria; p__Firmicutes; g__");
    assert_string_equal(taxonomy->lineage[1], "k__Archaea; p__; g__M");
    assert_null(taxonomy->lineage[2]);
    read_as("t.tsv", "id\tA\nx\t3\nq\t2\n", NULL);
    size_t without;
    WITNESS_OK(vg_feature_table_set_taxonomy(arena, table, taxonomy, &without, &error), &error);
    assert_int_equal(without, 1);
    assert_string_equal(table->lineage[0], "k__Archaea; p__; g__M");
    read_as("t.tsv", "id\tA\nq\t3\n", NULL);
    assert_int_equal(vg_feature_table_set_taxonomy(arena, table, taxonomy, NULL, &error),
                     VG_INVALID_INPUT);
    path = folder_write(arena, folder, "tax.tsv",
                        "Feature ID\tTaxon\tConfidence\n#q2:types\tcategorical\tnumeric\n"
                        "x\tk__B;p__F\t0.9\ny\tUnassigned\t0.5\n");
    WITNESS_OK(vg_taxonomy_read(arena, path, &taxonomy, &error), &error);
    assert_int_equal(taxonomy->n, 2);
    assert_string_equal(taxonomy->lineage[0], "k__B; p__F");
    assert_true(!taxonomy->lineage[1] && taxonomy->confidence[0] == 0.9);
    path = folder_write(arena, folder, "tax.tsv", "Feature ID\tTaxon\nx\tk__B\nx\tk__B\n");
    assert_int_equal(vg_taxonomy_read(arena, path, &taxonomy, &error), VG_INVALID_INPUT);
    path = folder_write(arena, folder, "tax.tsv", "a\tb\nx\tk__B\n");
    assert_int_equal(vg_taxonomy_read(arena, path, &taxonomy, &error), VG_INVALID_INPUT);
}

static void features_of_one_genus_are_summed(void **state)
{
    (void)state;
    const char *path = folder_write(arena, folder, "tax.csv",
                                    "asv,Kingdom,Family,Genus,Species\n"
                                    "w,k__B,f__L,g__A,s__one\nx,k__B,f__L,g__A,s__\n"
                                    "y,k__B,f__L,,\nz,,,,\n");
    VgTaxonomy *taxonomy;
    WITNESS_OK(vg_taxonomy_read(arena, path, &taxonomy, &error), &error);
    read_as("t.tsv", "id\tA\tB\nw\t3\t0\nx\t2\t4\ny\t1\t0\nz\t0\t7\nq\t0\t2\n", NULL);
    VgFeatureTable *as_read = table;
    assert_int_equal(vg_feature_table_collapse(arena, as_read, 'g', &table, &error),
                     VG_INVALID_INPUT); /* no lineages */
    WITNESS_OK(vg_feature_table_set_taxonomy(arena, as_read, taxonomy, NULL, &error), &error);
    WITNESS_OK(vg_feature_table_collapse(arena, as_read, 'g', &table, &error), &error);
    assert_int_equal(table->n_features, 3);
    assert_string_equal(table->feature_id[0], "k__B; f__L; g__A");
    assert_string_equal(table->feature_id[1], "k__B; f__L");
    assert_string_equal(table->feature_id[2], "unassigned");
    assert_true(at(0, 0) == 5 && at(1, 0) == 4 && at(0, 1) == 1 && at(1, 2) == 9);
    assert_int_equal(table->amount.start[2], 4);
    WITNESS_OK(vg_feature_table_collapse(arena, as_read, 'd', &table, &error), &error);
    assert_int_equal(table->n_features, 2);
    assert_int_equal(vg_feature_table_collapse(arena, as_read, 'x', &table, &error),
                     VG_INVALID_INPUT);
}

static void lineages_are_told_in_words(void **state)
{
    (void)state;
    static const char *const pair[][2] = {
        {"k__B; p__F; g__Faecalibacterium; s__prausnitzii", "Faecalibacterium prausnitzii"},
        {"k__B; g__Dorea; s__Dorea_longicatena", "Dorea_longicatena"},
        {"k__B; f__Lachnospiraceae; g__; s__", "Lachnospiraceae (family)"},
        {"d__Bacteria", "Bacteria (kingdom)"},
        {"Bacteria; Firmicutes", "Firmicutes (phylum)"},
        {"k__; p__", "unassigned"},
        {"", "unassigned"}};
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++)
        assert_string_equal(vg_lineage_label(arena, pair[i][0]), pair[i][1]);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {TEST(plain_counts_are_sparse_by_sample),
                                       TEST(features_in_columns_give_the_same_table),
                                       TEST(the_wrong_way_round_is_refused),
                                       TEST(headers_of_r_are_one_field_short),
                                       TEST(whole_shares_are_told_from_parts),
                                       TEST(bad_plain_tables_are_refused),
                                       TEST(strata_stand_apart_from_the_community),
                                       TEST(any_separator_may_split_strata),
                                       TEST(a_profile_keeps_one_rank),
                                       TEST(a_report_of_kraken_gives_species),
                                       TEST(tables_of_bracken_give_estimated_reads),
                                       TEST(files_join_by_names),
                                       TEST(other_shapes_hold_the_same_values),
                                       TEST(taxonomy_is_put_to_features),
                                       TEST(features_of_one_genus_are_summed),
                                       TEST(lineages_are_told_in_words)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
