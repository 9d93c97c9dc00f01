/* BIOM 1.0 and 2.1, and QIIME 2 artifacts: whole ones, and the ways in which they can be wrong. */
#include "support/witness.h"

#include <stdlib.h>

#include <vagus/feature_table.h>
#include <vagus/tree.h>

#include "base/file.h"
#include "support/biom_file.h"
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
    return folder ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    vg_arena_destroy(arena);
    return 0;
}

static const char *write_bytes(const char *name, char *bytes, size_t size)
{
    const char *path = vg_path_join(arena, folder, name);
    assert_non_null(bytes);
    WITNESS_OK(vg_file_write(path, bytes, size, &error), &error);
    free(bytes);
    return path;
}

static void refuse_path(const char *path, const VgFeatureOptions *options, const char *what)
{
    error = (VgError){0};
    assert_int_equal(vg_feature_table_read(arena, path, options, &table, &error), VG_INVALID_INPUT);
    if (!strstr(error.message, what))
        fail_msg("'%s' does not say '%s'", error.message, what);
    assert_true(*error.hint && *error.file);
}

static void is_the_table(void)
{
    assert_int_equal(table->n_samples, 2);
    assert_int_equal(table->n_features, 3);
    assert_string_equal(table->sample_id[1], "B");
    assert_string_equal(table->feature_id[2], "z");
    assert_int_equal(table->kind, VG_FEATURES_COUNTS);
    const size_t start[] = {0, 2, 3};
    const uint32_t feature[] = {0, 2, 1};
    const double value[] = {3, 1, 2};
    assert_memory_equal(table->amount.start, start, sizeof start);
    assert_memory_equal(table->amount.feature, feature, sizeof feature);
    assert_memory_equal(table->amount.value, value, sizeof value);
    assert_null(table->feature_line);
    assert_string_equal(table->lineage[0], "k__B; p__F");
    assert_string_equal(table->lineage[1], "k__B; p__G");
}

/* ---- BIOM 1.0 ---- */

#define ROWS                                                                                       \
    "\"rows\":[{\"id\":\"x\",\"metadata\":{\"taxonomy\":[\"k__B\",\"p__F\",\"\"]}},"               \
    "{\"id\":\"y\",\"metadata\":{\"taxonomy\":\"k__B;p__G\"}},{\"id\":\"z\",\"metadata\":null}],"
#define COLUMNS "\"columns\":[{\"id\":\"A\"},{\"id\":\"B\",\"metadata\":null}],"

static const char *json(const char *type, const char *shape, const char *data)
{
    return folder_write(arena, folder, "t.biom",
                        vg_arena_printf(arena, "{\"id\":null,%s%s%s\"shape\":%s,\"data\":%s}", ROWS,
                                        COLUMNS, type, shape, data));
}

static void json_is_read_sparse_and_dense(void **state)
{
    (void)state;
    const char *path = json("\"matrix_type\":\"sparse\",", "[3,2]", "[[2,0,1],[1,1,2.0],[0,0,3]]");
    WITNESS_OK(vg_feature_table_read(arena, path, NULL, &table, &error), &error);
    assert_int_equal(table->format, VG_FORMAT_BIOM_JSON);
    is_the_table();
    path = json("\"matrix_type\":\"dense\",", "[3,2]", "[[3,0],[0,2],[1,0]]");
    WITNESS_OK(vg_feature_table_read(arena, path, NULL, &table, &error), &error);
    is_the_table();
}

static void bad_json_is_refused(void **state)
{
    (void)state;
    const char *sparse = "\"matrix_type\":\"sparse\",", *dense = "\"matrix_type\":\"dense\",";
    refuse_path(json(sparse, "[3,2]", "[[0,0,3],[0,0,3]]"), NULL,
                "two values for sample 'A' and feature 'x'");
    refuse_path(json(sparse, "[3,2]", "[[0,0,3],[3,0,3]]"), NULL, "entry 2 of \"data\" lies");
    refuse_path(json(sparse, "[3,2]", "[[0,-1,3]]"), NULL, "outside the table's shape");
    refuse_path(json(sparse, "[3,2]", "[[0,0]]"), NULL, "is no [row, column, value]");
    refuse_path(json(sparse, "[3,2]", "[[0,0,\"3\"]]"), NULL, "is no [row, column, value]");
    refuse_path(json(sparse, "[3,2]", "[[0,0,-3]]"), NULL, "cannot be negative");
    refuse_path(json(sparse, "[2,2]", "[]"), NULL, "\"shape\" does not agree");
    refuse_path(json(sparse, "3", "[]"), NULL, "\"shape\" does not agree");
    refuse_path(json("\"matrix_type\":\"other\",", "[3,2]", "[]"), NULL, "neither");
    refuse_path(json(dense, "[3,2]", "[[0,1]]"), NULL, "not as many rows");
    refuse_path(json(dense, "[3,2]", "[[0,1],[1],[2,2]]"), NULL, "not as many values");
    refuse_path(json(dense, "[3,2]", "[[0,1],[1,null],[2,2]]"), NULL, "is no number");
    refuse_path(json(sparse, "[3,2]", "[[0,0,0.5]]"),
                &(VgFeatureOptions){.kind = VG_FEATURES_COUNTS}, "0.5 among values");
    refuse_path(folder_write(arena, folder, "t.biom", "{\"rows\":[\n"), NULL, "no valid JSON");
    assert_int_equal(error.line, 2);
    refuse_path(folder_write(arena, folder, "t.biom", "{}"), NULL, "is missing");
    refuse_path(folder_write(arena, folder, "t.biom",
                             "{\"rows\":[{\"id\":\"x\"},{\"id\":\"x\"}],\"columns\":[],"
                             "\"shape\":[2,0],\"data\":[]}"),
                NULL, "feature 'x' occurs twice, first in record 1");
    refuse_path(folder_write(arena, folder, "t.biom",
                             "{\"rows\":[{}],\"columns\":[],\"shape\":[1,0],\"data\":[]}"),
                NULL, "row 1 has no id");
    refuse_path(folder_write(arena, folder, "t.biom", "{\"rows\":[\"\xff\"]}"), NULL, "JSON");
}

/* ---- BIOM 2.1 ---- */

static const char *const FEATURE[] = {"x", "y", "z"}, *const SAMPLE[] = {"A", "B"};
static const char *const LEVEL[] = {"k__B", "p__F", "k__B", "p__G", "", ""};
static const int32_t START[] = {0, 2, 3}, INDEX[] = {2, 0, 1};
static const double VALUE[] = {1, 3, 2};
static const BiomFile GOOD = {FEATURE, SAMPLE, 3,      2,     START, INDEX, VALUE, 3,
                              3,       3,      {3, 2}, LEVEL, 2,     0,     false, 0};

static const char *hdf5(const BiomFile *file)
{
    size_t size = 0;
    char *bytes = biom_file(file, &size);
    return write_bytes("t.biom", bytes, size);
}

static void hdf5_is_read_by_sample(void **state)
{
    (void)state;
    BiomFile file = GOOD;
    WITNESS_OK(vg_feature_table_read(arena, hdf5(&file), NULL, &table, &error), &error);
    assert_int_equal(table->format, VG_FORMAT_BIOM_HDF5);
    is_the_table();
    file.fixed_width = 4;
    WITNESS_OK(vg_feature_table_read(arena, hdf5(&file), NULL, &table, &error), &error);
    is_the_table();
}

static void hdf5_of_humann_is_stratified(void **state)
{
    (void)state;
    static const char *const rows[] = {"UNMAPPED", "K1", "K1|t"};
    BiomFile file = GOOD;
    file.feature = rows;
    file.level = NULL;
    WITNESS_OK(vg_feature_table_read(arena, hdf5(&file), NULL, &table, &error), &error);
    assert_int_equal(table->n_features, 1);
    assert_int_equal(table->strata->n, 1);
    assert_true(table->unassigned[0] == 3 && table->strata->amount.value[0] == 1);
}

static void bad_hdf5_is_refused(void **state)
{
    (void)state;
    BiomFile file = GOOD;
    file.feature = NULL;
    refuse_path(hdf5(&file), NULL, "observation/ids is missing");
    file = GOOD;
    file.value = NULL;
    refuse_path(hdf5(&file), NULL, "sample/matrix/data is missing");
    file = GOOD;
    file.n_start = 2;
    refuse_path(hdf5(&file), NULL, "indptr has another length");
    file = GOOD;
    file.n_value = 2;
    refuse_path(hdf5(&file), NULL, "data has another length");
    file = GOOD;
    file.start = (const int32_t[]){0, 4, 3};
    refuse_path(hdf5(&file), NULL, "does not ascend");
    file.start = (const int32_t[]){0, 2, 2};
    refuse_path(hdf5(&file), NULL, "does not cover");
    file = GOOD;
    file.index = (const int32_t[]){2, 0, 3};
    refuse_path(hdf5(&file), NULL, "points outside");
    file.index = (const int32_t[]){0, 0, 1};
    refuse_path(hdf5(&file), NULL, "two values for sample 'A' and feature 'x'");
    file = GOOD;
    file.shape[0] = 4;
    refuse_path(hdf5(&file), NULL, "shape does not agree");
    file = GOOD;
    file.integer_ids = true;
    refuse_path(hdf5(&file), NULL, "observation/ids holds no texts");
    file = GOOD;
    file.sample = (const char *const[]){"A", "A"};
    refuse_path(hdf5(&file), NULL, "sample 'A' occurs twice");
    file.sample = (const char *const[]){"A", "\xff"};
    refuse_path(hdf5(&file), NULL, "sample/ids: text 2 is not valid UTF-8");
    file = GOOD;
    file.value = (const double[]){1, -3, 2};
    refuse_path(hdf5(&file), NULL, "-3 in sample 'A'");
    file.value = (const double[]){1, 0.0 / 0.0, 2};
    refuse_path(hdf5(&file), NULL, "missing or infinite");
    file = GOOD;
    file.empty_claim = (uint64_t)1 << 30;
    refuse_path(hdf5(&file), NULL, "claims far more than it stores");
    file.empty_claim = (uint64_t)1 << 60;
    refuse_path(hdf5(&file), NULL, "claims more elements");
}

static void cut_hdf5_is_refused(void **state)
{
    (void)state;
    size_t size = 0;
    for (int percent = 5; percent < 100; percent += 5) {
        char *bytes = biom_file(&GOOD, &size);
        const char *path = write_bytes("t.biom", bytes, size * (size_t)percent / 100);
        error = (VgError){0};
        assert_int_equal(vg_feature_table_read(arena, path, NULL, &table, &error),
                         VG_INVALID_INPUT);
    }
}

static void changed_bytes_are_read_or_refused(void **state)
{
    (void)state;
    size_t size = 0;
    uint32_t random = 1; /* 80 files of 1 to 8 changed bytes; some of them crash HDF5 1.10.8 */
    for (int file = 0; file < 80; file++) {
        char *bytes = biom_file(&GOOD, &size);
        for (int k = 0; k <= file % 8; k++) {
            random = random * 1664525u + 1013904223u;
            size_t place = (random >> 8) % size;
            random = random * 1664525u + 1013904223u;
            bytes[place] = (char)(random >> 24);
        }
        const char *path = write_bytes("t.biom", bytes, size);
        error = (VgError){0};
        VgStatus status = vg_feature_table_read(arena, path, NULL, &table, &error);
        assert_true(status == VG_OK || (status == VG_INVALID_INPUT && *error.hint));
    }
}

/* ---- QIIME 2 ---- */

#define ID "0d3d2c5a-1b2c-4d5e-8f90-123456789abc"

static const char *artifact(const char *type, const char *name, const char *bytes, size_t size)
{
    char *yaml = vg_arena_printf(arena, "uuid: " ID "\ntype: %s\nformat: x\n", type);
    char *full = vg_arena_printf(arena, ID "/data/%s", name);
    ZipPart part[] = {{ID "/metadata.yaml", yaml, strlen(yaml)}, {full, bytes, size}};
    char *zip = zip_file_of(part, 2, &size);
    return write_bytes("t.qza", zip, size);
}

static void artifacts_hold_tables_trees_and_taxonomy(void **state)
{
    (void)state;
    size_t size = 0;
    char *bytes = biom_file(&GOOD, &size);
    const char *path = artifact("FeatureTable[Frequency]", "feature-table.biom", bytes, size);
    WITNESS_OK(vg_feature_table_read(arena, path, NULL, &table, &error), &error);
    is_the_table();
    assert_int_equal(table->format, VG_FORMAT_QIIME2);
    refuse_path(path, &(VgFeatureOptions){.kind = VG_FEATURES_RELATIVE}, "is declared relative");
    path = artifact("FeatureTable[RelativeFrequency]", "feature-table.biom", bytes, size);
    refuse_path(path, NULL, "sum to 4, more than 1");
    free(bytes);
    VgTree *tree;
    path = artifact("Phylogeny[Rooted]", "tree.nwk", "(a:1,b:2);", 10);
    WITNESS_OK(vg_tree_read(arena, path, &tree, &error), &error);
    assert_int_equal(tree->n_tips, 2);
    refuse_path(path, NULL, "holds Phylogeny[Rooted], not a feature table");
    VgTaxonomy *taxonomy;
    const char *text = "Feature ID\tTaxon\tConfidence\nx\tk__B\t1\n";
    path = artifact("FeatureData[Taxonomy]", "taxonomy.tsv", text, strlen(text));
    WITNESS_OK(vg_taxonomy_read(arena, path, &taxonomy, &error), &error);
    assert_int_equal(taxonomy->n, 1);
    assert_int_equal(vg_tree_read(arena, path, &tree, &error), VG_INVALID_INPUT);
}

static void refuse_zip(const ZipPart *part, size_t n, const char *what)
{
    size_t size = 0;
    char *zip = zip_file_of(part, n, &size);
    refuse_path(write_bytes("t.qza", zip, size), NULL, what);
}

static void dangerous_archives_are_refused(void **state)
{
    (void)state;
    const char *yaml = "type: FeatureTable[Frequency]\n";
    ZipPart part[3] = {{ID "/metadata.yaml", yaml, strlen(yaml)},
                       {ID "/data/feature-table.biom", "x", 1},
                       {ID "/../../etc/passwd", "x", 1}};
    refuse_zip(part, 3, "leads out of the archive");
    part[2].name = "/etc/passwd";
    refuse_zip(part, 3, "leads out of the archive");
    part[2].name = ID "/data\\..\\x";
    refuse_zip(part, 3, "leads out of the archive");
    part[2].name = "other/x";
    refuse_zip(part, 3, "outside the folder named by a UUID");
    part[2].name = "1" ID "/x";
    refuse_zip(part, 3, "outside the folder named by a UUID");
    part[2].name = "1d3d2c5a-1b2c-4d5e-8f90-123456789abc/x";
    refuse_zip(part, 3, "a second artifact");
    refuse_zip(part, 1, "holds no data/feature-table.biom");
    refuse_zip(part + 1, 1, "holds no metadata.yaml");
    part[0].bytes = "no: type\n";
    part[0].size = strlen(part[0].bytes);
    refuse_zip(part, 2, "names no type");
    /* 100 MB of zeros in some 100 kB: more than the limit that the user set */
    size_t zeros = (size_t)100 << 20, size = 0;
    char *bomb = calloc(zeros, 1);
    assert_non_null(bomb);
    part[0] = (ZipPart){ID "/metadata.yaml", yaml, strlen(yaml)};
    part[1] = (ZipPart){ID "/data/feature-table.biom", bomb, zeros};
    char *zip = zip_file_of(part, 2, &size);
    free(bomb);
    const char *path = write_bytes("t.qza", zip, size);
    refuse_path(path, &(VgFeatureOptions){.most_bytes = (size_t)64 << 20}, "looks like a bomb");
}

static void cut_archives_are_refused(void **state)
{
    (void)state;
    size_t size = 0, packed = 0;
    char *bytes = biom_file(&GOOD, &size);
    const char *yaml = "type: FeatureTable[Frequency]\n";
    ZipPart part[2] = {{ID "/metadata.yaml", yaml, strlen(yaml)},
                       {ID "/data/feature-table.biom", bytes, size}};
    for (int percent = 5; percent < 100; percent += 5) {
        char *zip = zip_file_of(part, 2, &packed);
        const char *path = write_bytes("t.qza", zip, packed * (size_t)percent / 100);
        error = (VgError){0};
        assert_int_equal(vg_feature_table_read(arena, path, NULL, &table, &error),
                         VG_INVALID_INPUT);
    }
    /* a byte changed in the packed table: the checksum tells */
    char *zip = zip_file_of(part, 2, &packed);
    zip[packed / 3] ^= 0x55;
    refuse_path(write_bytes("t.qza", zip, packed), NULL, "is damaged");
    free(bytes);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {TEST(json_is_read_sparse_and_dense),
                                       TEST(bad_json_is_refused),
                                       TEST(hdf5_is_read_by_sample),
                                       TEST(hdf5_of_humann_is_stratified),
                                       TEST(bad_hdf5_is_refused),
                                       TEST(cut_hdf5_is_refused),
                                       TEST(changed_bytes_are_read_or_refused),
                                       TEST(artifacts_hold_tables_trees_and_taxonomy),
                                       TEST(dangerous_archives_are_refused),
                                       TEST(cut_archives_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
