/* Columns that occur twice. */
#include "table/csv.h"

#include <stdio.h>

#include "base/map.h"

static bool same_texts(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Levels are sorted: equal columns have equal codes. */
static bool same_levels(const VgColumn *a, const VgColumn *b)
{
    if (a->n_levels != b->n_levels)
        return false;
    for (size_t i = 0; i < a->n_levels; i++)
        if (strcmp(a->level[i], b->level[i]) != 0)
            return false;
    return true;
}

static bool is_copy(const VgColumn *a, const VgColumn *b, size_t n)
{
    if (a->type != b->type || a->n_missing != b->n_missing)
        return false;
    if (a->type == VG_COLUMN_FACTOR)
        return same_levels(a, b) && memcmp(a->code, b->code, n * sizeof *a->code) == 0;
    for (size_t i = 0; i < n; i++)
        if (a->type == VG_COLUMN_TEXT
                ? !same_texts(a->text[i], b->text[i])
                : !(a->number[i] == b->number[i] ||
                    (a->number[i] != a->number[i] && b->number[i] != b->number[i])))
            return false;
    return true;
}

typedef struct Found {
    char list[300]; /* as far as the message has room */
    size_t used, n;
} Found;

static void tell(Found *found, const char *name, size_t first, size_t second)
{
    found->n++;
    if (found->n <= 5 && found->used < sizeof found->list)
        found->used += (size_t)snprintf(found->list + found->used, sizeof found->list - found->used,
                                        "%s'%.40s' (columns %zu and %zu)", found->n > 1 ? ", " : "",
                                        name, first + 1, second + 1);
}

static VgStatus look(VgArena *scratch, const VgCsvLayout *layout, VgTable *table, Found *found,
                     VgError *error)
{
    VgMap *map = vg_map_create(scratch);
    size_t *first = VG_NEW(scratch, size_t, table->n_columns);
    if (!map || !first)
        return vg_fail_memory(error);
    size_t kept = 0;
    for (size_t i = 0; i < table->n_columns; i++) {
        const VgColumn *column = &table->column[i];
        size_t before = vg_map_size(map);
        int64_t index = vg_map_add(map, layout->name[i], strlen(layout->name[i]));
        if (index < 0)
            return vg_fail_memory(error);
        if ((size_t)index == before) {
            first[index] = i;
            table->column[kept++] = *column;
        } else if (!is_copy(&table->column[index], column, table->n_rows)) {
            tell(found, layout->name[i], first[index], i);
        }
    }
    table->n_columns = kept;
    return VG_OK;
}

VgStatus vg_csv_drop_copies(const VgCsvLayout *layout, VgTable *table, VgError *error)
{
    VgArena *scratch = vg_arena_create();
    if (!scratch)
        return vg_fail_memory(error);
    Found found = {0};
    VgStatus status = look(scratch, layout, table, &found, error);
    vg_arena_destroy(scratch);
    if (status != VG_OK || found.n == 0)
        return status;
    return vg_fail_at(error, VG_INVALID_INPUT, table->path, layout->header_line,
                      "%s twice, with different values: %s%s", "rename or remove one of them",
                      found.n > 1 ? "several columns occur" : "a column occurs", found.list,
                      found.n > 5 ? ", …" : "");
}
