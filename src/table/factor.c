/* Values as text, and any column as a factor. */
#include <vagus/table.h>

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "table/date.h"
#include "table/number.h"

const char *vg_column_value_text(VgArena *arena, const VgColumn *column, size_t row)
{
    char text[64];
    if (vg_column_is_missing(column, row))
        return NULL;
    switch (column->type) {
    case VG_COLUMN_FACTOR:
        return column->level[column->code[row]];
    case VG_COLUMN_TEXT:
        return column->text[row];
    case VG_COLUMN_DATE:
        vg_date_format(column->number[row], text);
        break;
    default:
        vg_format_double(column->number[row], text);
    }
    return vg_arena_strdup(arena, text);
}

/* A distinct value, whatever the column's type. */
typedef struct Value {
    double number;
    const char *text; /* NULL for numbers and dates */
    size_t rank;      /* position in `first`, or n_first */
    size_t row;       /* a row that holds it */
    int32_t code;     /* its code among the levels returned */
} Value;

typedef struct Factoring {
    VgArena *arena;
    const VgTable *table;
    const VgColumn *column;
    const bool *keep;
    Value *value; /* distinct, sorted by value */
    size_t n;
} Factoring;

static int by_value(const void *a, const void *b)
{
    const Value *left = a, *right = b;
    if (left->text)
        return strcmp(left->text, right->text);
    return (left->number > right->number) - (left->number < right->number);
}

static int by_rank(const void *a, const void *b)
{
    const Value *const *left = a, *const *right = b;
    if ((*left)->rank != (*right)->rank)
        return (*left)->rank > (*right)->rank ? 1 : -1;
    return by_value(*left, *right);
}

static Value value_at(const VgColumn *column, size_t row)
{
    Value value = {.row = row};
    if (column->type == VG_COLUMN_FACTOR)
        value.text = column->level[column->code[row]];
    else if (column->type == VG_COLUMN_TEXT)
        value.text = column->text[row];
    else
        value.number = column->number[row] + 0.0; /* -0 and 0 are one level */
    return value;
}

static Value *find(const Factoring *factoring, const Value *wanted)
{
    return bsearch(wanted, factoring->value, factoring->n, sizeof *wanted, by_value);
}

/* The value that a name means in a column of this type; false when it can mean none. */
static bool named_value(const VgColumn *column, const char *name, Value *value)
{
    *value = (Value){0};
    if (column->type == VG_COLUMN_FACTOR || column->type == VG_COLUMN_TEXT) {
        value->text = name;
        return true;
    }
    VgTextClass class = vg_text_classify(name, strlen(name), &value->number);
    value->number += 0.0;
    return class == (column->type == VG_COLUMN_DATE ? VG_TEXT_DATE : VG_TEXT_NUMBER);
}

static bool occurs(const Factoring *factoring, Value *value)
{
    for (size_t row = 0; row < factoring->table->n_rows; row++) {
        if (vg_column_is_missing(factoring->column, row))
            continue;
        Value here = value_at(factoring->column, row);
        if (by_value(&here, value) == 0) {
            *value = here;
            return true;
        }
    }
    return false;
}

/* A factor's levels need no sorting of rows. */
static bool collect_levels(Factoring *factoring, size_t extra)
{
    const VgColumn *column = factoring->column;
    factoring->value = vg_malloc((column->n_levels + extra + 1) * sizeof *factoring->value);
    uint8_t *used = vg_malloc(column->n_levels + 1);
    bool ok = factoring->value && used;
    if (ok) {
        memset(used, 0, column->n_levels + 1);
        for (size_t row = 0; row < factoring->table->n_rows; row++)
            if (column->code[row] >= 0 && (!factoring->keep || factoring->keep[row]))
                used[column->code[row]] = 1;
        for (size_t k = 0; k < column->n_levels; k++)
            if (used[k])
                factoring->value[factoring->n++] = (Value){.text = column->level[k]};
    }
    vg_free(used);
    return ok;
}

static bool collect_rows(Factoring *factoring, size_t extra)
{
    size_t n = factoring->table->n_rows, room;
    if (!vg_size_product(n + extra + 1, sizeof *factoring->value, &room))
        return false;
    Value *value = factoring->value = vg_malloc(room);
    if (!value)
        return false;
    size_t found = 0;
    for (size_t row = 0; row < n; row++)
        if (!vg_column_is_missing(factoring->column, row) &&
            (!factoring->keep || factoring->keep[row]))
            value[found++] = value_at(factoring->column, row);
    qsort(value, found, sizeof *value, by_value);
    for (size_t i = 0; i < found; i++)
        if (factoring->n == 0 || by_value(&value[factoring->n - 1], &value[i]) != 0)
            value[factoring->n++] = value[i];
    return true;
}

static VgStatus rank_first(Factoring *factoring, const char *const *first, size_t n_first,
                           VgError *error)
{
    for (size_t k = 0; k < factoring->n; k++)
        factoring->value[k].rank = n_first;
    size_t n_added = 0;
    for (size_t i = 0; i < n_first; i++) {
        Value wanted;
        bool possible = named_value(factoring->column, first[i], &wanted);
        Value *known = possible ? find(factoring, &wanted) : NULL;
        if (known && known->rank == n_first) {
            known->rank = i;
        } else if (known) {
            continue; /* named twice: the first place counts */
        } else if (possible && occurs(factoring, &wanted)) {
            wanted.rank = i;
            factoring->value[factoring->n + n_added++] = wanted;
        } else {
            return vg_fail_at(error, VG_INVALID_INPUT, factoring->table->path, 0,
                              "column '%.80s' has no value '%.80s'",
                              "name levels as they stand in the column", factoring->column->name,
                              first[i]);
        }
    }
    factoring->n += n_added;
    qsort(factoring->value, factoring->n, sizeof *factoring->value, by_value);
    size_t kept = 0; /* a level outside the kept rows may have been named twice */
    for (size_t i = 0; i < factoring->n; i++) {
        if (kept == 0 || by_value(&factoring->value[kept - 1], &factoring->value[i]) != 0)
            factoring->value[kept++] = factoring->value[i];
        else if (factoring->value[i].rank < factoring->value[kept - 1].rank)
            factoring->value[kept - 1].rank = factoring->value[i].rank;
    }
    factoring->n = kept;
    return VG_OK;
}

static VgStatus number_levels(Factoring *factoring, const char ***level, VgError *error)
{
    Value **order = vg_malloc((factoring->n + 1) * sizeof(Value *));
    const char **name = VG_NEW(factoring->arena, const char *, factoring->n);
    bool ok = order && name;
    if (ok) {
        for (size_t k = 0; k < factoring->n; k++)
            order[k] = &factoring->value[k];
        qsort(order, factoring->n, sizeof *order, by_rank);
    }
    for (size_t k = 0; ok && k < factoring->n; k++) {
        order[k]->code = (int32_t)k;
        name[k] = order[k]->text
                      ? order[k]->text
                      : vg_column_value_text(factoring->arena, factoring->column, order[k]->row);
        ok = name[k] != NULL;
    }
    vg_free(order);
    *level = name;
    return ok ? VG_OK : vg_fail_memory(error);
}

static VgStatus code_rows(const Factoring *factoring, int32_t **code, VgError *error)
{
    size_t n = factoring->table->n_rows;
    *code = vg_arena_alloc_raw(factoring->arena, n, sizeof **code);
    if (!*code)
        return vg_fail_memory(error);
    const Value *last = NULL; /* neighbouring rows often repeat */
    for (size_t row = 0; row < n; row++) {
        (*code)[row] = -1;
        if (vg_column_is_missing(factoring->column, row))
            continue;
        Value here = value_at(factoring->column, row);
        if (!last || by_value(last, &here) != 0)
            last = find(factoring, &here);
        if (last)
            (*code)[row] = last->code;
    }
    return VG_OK;
}

VgStatus vg_column_as_factor(VgArena *arena, const VgTable *table, const VgColumn *column,
                             const char *const *first, size_t n_first, const bool *keep,
                             int32_t **code, const char ***level, size_t *n_levels, VgError *error)
{
    Factoring factoring = {.arena = arena, .table = table, .column = column, .keep = keep};
    if (!first)
        n_first = 0;
    bool ok = column->type == VG_COLUMN_FACTOR ? collect_levels(&factoring, n_first)
                                               : collect_rows(&factoring, n_first);
    VgStatus status = ok ? rank_first(&factoring, first, n_first, error) : vg_fail_memory(error);
    if (status == VG_OK)
        status = number_levels(&factoring, level, error);
    if (status == VG_OK)
        status = code_rows(&factoring, code, error);
    *n_levels = factoring.n;
    vg_free(factoring.value);
    return status;
}
