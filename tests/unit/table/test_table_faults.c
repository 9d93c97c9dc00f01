/* Each allocation of a reading fails in turn (the linker wraps malloc): the answer is always "no memory". */
#include "support/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <zlib.h>

#include <vagus/table.h>

static long count, failing;

void *__real_malloc(size_t size);
void *__real_realloc(void *pointer, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *pointer, size_t size);

void *__wrap_malloc(size_t size)
{
    return ++count == failing ? NULL : __real_malloc(size);
}

void *__wrap_realloc(void *pointer, size_t size)
{
    return ++count == failing ? NULL : __real_realloc(pointer, size);
}

static VgStatus use(VgArena *arena, const VgTable *table, VgError *error)
{
    const VgColumn *none;
    for (size_t i = 0; i < table->n_columns; i++) {
        int32_t *code;
        const char **level;
        size_t n;
        VG_TRY(vg_column_as_factor(arena, table, &table->column[i], NULL, 0, NULL, &code, &level,
                                   &n, error));
    }
    return vg_table_require(table, "absent", &none, error) == VG_NO_MEMORY ? VG_NO_MEMORY : VG_OK;
}

/* Returns how many allocations a reading makes. */
static long fail_each(const char *path)
{
    for (long n = 1;; n++) {
        VgArena *arena = vg_arena_create();
        VgTable *table = NULL;
        VgError error = {0};
        count = 0;
        failing = n;
        VgStatus status = vg_table_read(arena, path, NULL, &table, &error);
        if (status == VG_OK)
            status = use(arena, table, &error);
        long made = count;
        failing = 0;
        vg_arena_destroy(arena);
        assert_int_equal(status, made < n ? VG_OK : VG_NO_MEMORY);
        if (made < n)
            return n - 1;
    }
}

static void a_failed_allocation_is_told_and_nothing_else(void **state)
{
    (void)state;
    static const char text[] = "id,x,y,t,d\na,1,,\"q\"\"q\",2020-01-01\nb,n,3,,\n";
    char path[] = "/tmp/vagus_XXXXXX.csv.gz", plain[] = "/tmp/vagus_XXXXXX.csv";
    int packed = mkstemps(path, 7), other = mkstemps(plain, 4);
    assert_true(packed >= 0 && other >= 0);
    close(packed);
    gzFile file = gzopen(path, "wb");
    assert_int_equal(gzwrite(file, text, sizeof text - 1), (int)sizeof text - 1);
    gzclose(file);
    assert_int_equal(write(other, text, sizeof text - 1), (ssize_t)sizeof text - 1);
    close(other);
    assert_true(fail_each(plain) > 20);
    assert_true(fail_each(path) > 20);
    unlink(path);
    unlink(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_allocation_is_told_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
