/* Each allocation of a reading fails in turn (the linker wraps malloc): the answer is always "no memory". */
#include "support/witness.h"

#include <stdlib.h>
#include <sys/mman.h>

#include <vagus/distance_matrix.h>
#include <vagus/feature_table.h>
#include <vagus/lab_table.h>
#include <vagus/tree.h>

#include "base/file.h"
#include "support/biom_file.h"
#include "support/folder.h"

/* shared with the processes that readers start: their allocations count too */
static struct {
    long count, failing;
} * shared;

void *__real_malloc(size_t size);
void *__real_realloc(void *pointer, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *pointer, size_t size);

void *__wrap_malloc(size_t size)
{
    return shared && ++shared->count == shared->failing ? NULL : __real_malloc(size);
}

void *__wrap_realloc(void *pointer, size_t size)
{
    return shared && ++shared->count == shared->failing ? NULL : __real_realloc(pointer, size);
}

typedef VgStatus Reader(VgArena *arena, const char *const *path, VgError *error);

static void fail_each(Reader *reader, const char *const *path)
{
    for (long n = 1;; n++) {
        VgArena *arena = vg_arena_create();
        VgError error = {0};
        shared->count = 0;
        shared->failing = n;
        VgStatus status = reader(arena, path, &error);
        long made = shared->count;
        shared->failing = 0;
        vg_arena_destroy(arena);
        assert_int_equal(status, made < n ? VG_OK : VG_NO_MEMORY);
        if (made < n) {
            assert_true(n > 2);
            return;
        }
    }
}

static VgStatus read_features(VgArena *arena, const char *const *path, VgError *error)
{
    VgFeatureTable *table;
    VgAbundanceColumns columns;
    double *dense;
    size_t n = 0;
    while (path[n])
        n++;
    VG_TRY(vg_feature_tables_read(arena, path, n, NULL, &table, error));
    VG_TRY(vg_abundances_dense(arena, &table->amount, table->n_samples, table->n_features, &dense,
                               error));
    return vg_abundances_by_feature(arena, &table->amount, table->n_samples, table->n_features,
                                    &columns, error);
}

static VgStatus read_tree(VgArena *arena, const char *const *path, VgError *error)
{
    VgTree *tree, *sheared;
    uint32_t *node;
    const bool keep[] = {true, true, false};
    VG_TRY(vg_tree_read(arena, path[0], &tree, error));
    VG_TRY(vg_tree_match(arena, tree, (const char *const[]){"a"}, 1, &node, error));
    return vg_tree_shear(arena, tree, keep, &sheared, error);
}

static VgStatus read_lab(VgArena *arena, const char *const *path, VgError *error)
{
    VgLabTable *table;
    return vg_lab_table_read(arena, path[0], NULL, &table, error);
}

static VgStatus read_distances(VgArena *arena, const char *const *path, VgError *error)
{
    VgDistanceMatrix *matrix;
    return vg_distance_matrix_read(arena, path[0], &matrix, error);
}

static VgStatus read_taxonomy(VgArena *arena, const char *const *path, VgError *error)
{
    VgTaxonomy *taxonomy;
    VgFeatureTable *table;
    VG_TRY(vg_taxonomy_read(arena, path[0], &taxonomy, error));
    VG_TRY(vg_feature_table_read(arena, path[1], NULL, &table, error));
    return vg_feature_table_set_taxonomy(arena, table, taxonomy, NULL, error);
}

static VgArena *texts;
static char *folder;

static const char *write(const char *name, const char *text)
{
    return folder_write(texts, folder, name, text);
}

static void tables(void **state)
{
    (void)state;
    fail_each(read_features,
              (const char *const[]){write("a.csv", "id,S,\"T, \"\"x\"\"\"\nx,1,0\ny,2,3\n"), NULL});
    const char *humann = write("h.tsv", "# Pathway\tA\nUNMAPPED\t1\nP\t3\nP|t\t2\nQ|u\t1\n");
    fail_each(read_features, (const char *const[]){humann, NULL});
    fail_each(read_features,
              (const char *const[]){humann, write("h2.tsv", "# Pathway\tB\nP\t3\nP|t\t3\n"), NULL});
    fail_each(read_features,
              (const char *const[]){write("m.txt", "#mpa_v\nclade_name\tA\nk__B\t100\n"
                                                   "k__B|s__x\t100\n"),
                                    NULL});
    fail_each(read_features, (const char *const[]){write("k.txt", "1\t1\t1\tU\t0\tunclassified\n"
                                                                  "99\t9\t9\tS\t1\t  x\n"),
                                                   NULL});
}

static void bioms(void **state)
{
    (void)state;
    static const char *const id[] = {"x", "x|t"}, *const sample[] = {"A"},
                             *const level[] = {"k", "p", "k", "q"};
    const BiomFile file = {.feature = id,
                           .n_features = 2,
                           .sample = sample,
                           .n_samples = 1,
                           .start = (const int32_t[]){0, 2},
                           .index = (const int32_t[]){0, 1},
                           .value = (const double[]){5, 7},
                           .n_start = 2,
                           .n_index = 2,
                           .n_value = 2,
                           .shape = {2, 1},
                           .level = level,
                           .n_levels = 2};
    size_t size = 0, packed = 0;
    VgError error = {0};
    char *bytes = biom_file(&file, &size);
    const char *biom = vg_path_join(texts, folder, "t.biom"),
               *qza = vg_path_join(texts, folder, "t.qza");
    WITNESS_OK(vg_file_write(biom, bytes, size, &error), &error);
    ZipPart part[] = {
        {"0d3d2c5a-1b2c-4d5e-8f90-123456789abc/metadata.yaml", "type: FeatureTable[Frequency]\n",
         30},
        {"0d3d2c5a-1b2c-4d5e-8f90-123456789abc/data/feature-table.biom", bytes, size}};
    char *zip = zip_file_of(part, 2, &packed);
    WITNESS_OK(vg_file_write(qza, zip, packed, &error), &error);
    free(zip);
    free(bytes);
    fail_each(read_features, (const char *const[]){biom, NULL});
    fail_each(read_features, (const char *const[]){qza, NULL});
    fail_each(read_features,
              (const char *const[]){
                  write("j.biom", "{\"rows\":[{\"id\":\"x\",\"metadata\":{\"taxonomy\":"
                                  "[\"a\",\"b\"]}},{\"id\":7}],\"columns\":[{\"id\":\"A\"}],"
                                  "\"shape\":[2,1],\"data\":[[0,0,5]]}"),
                  NULL});
}

static void others(void **state)
{
    (void)state;
    fail_each(read_tree, (const char *const[]){write("t.nwk", "((a:1,'b''c':2)x:1,d);"), NULL});
    fail_each(read_distances,
              (const char *const[]){write("d.tsv", "\ta\tb\na\t0\t1\nb\t1\t0\n"), NULL});
    fail_each(read_taxonomy,
              (const char *const[]){write("x.csv", "asv,Kingdom,Phylum\nx,B,\"F\"\"q\"\n"),
                                    write("y.csv", "id,A\nx,1\n"), NULL});
    fail_each(read_lab,
              (const char *const[]){
                  write("l.csv", "SampleID,Assay,NPX,unit,LLOQ,PlateID,comment\na,x,<LLOQ,u,1,P,c\n"
                                 "b,y,3,u,2,P,\n"),
                  NULL});
    fail_each(read_lab, (const char *const[]){write("w.csv", "id,x\nLLOQ,2\na,<LLOQ\n"), NULL});
    fail_each(read_lab, (const char *const[]){
                            write("m.txt", "#METABOLOMICS WORKBENCH\nMS_METABOLITE_DATA:UNITS\tu\n"
                                           "MS_METABOLITE_DATA_START\nSamples\tA\nx\t1\n"
                                           "MS_METABOLITE_DATA_END\n"),
                            NULL});
}

int main(void)
{
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return 1;
    texts = vg_arena_create();
    folder = folder_new(texts);
    const struct CMUnitTest tests[] = {cmocka_unit_test(tables), cmocka_unit_test(bioms),
                                       cmocka_unit_test(others)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    folder_remove(folder);
    vg_arena_destroy(texts);
    return failed;
}
