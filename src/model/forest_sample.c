/* Which rows a tree sees. A group of trees draws half of the units (rows, or whole clusters); each tree a part of that half; a part of
 * these chooses the splits, the rest fills the leaves. Draws are without replacement and kept in ascending order, so that a
 * node's rows lie in the order of memory. Sources: Athey, Tibshirani & Wager 2019, section 4.1; Sexton & Laake 2009. */
#include "model/forest_internal.h"

#include <string.h>

enum { LEFT_OUT = 0, TO_FILL = 1, TO_GROW = 2 };

/* Keeps k of the n units in `from`, ascending, into `kept`; `chosen` marks them by unit and is cleared again. Draws whichever of the
 * two sides is smaller. */
static void choose(VgRandom *random, const uint32_t *from, size_t n, size_t k, uint32_t *work,
                   uint8_t *chosen, uint32_t *kept)
{
    bool invert = k > n - k;
    size_t draws = invert ? n - k : k;
    memcpy(work, from, n * sizeof *work);
    for (size_t i = 0; i < draws; i++) {
        size_t at = i + (size_t)vg_random_below(random, n - i);
        uint32_t unit = work[at];
        work[at] = work[i];
        work[i] = unit;
        chosen[unit] = 1;
    }
    size_t found = 0;
    for (size_t i = 0; i < n; i++)
        if ((chosen[from[i]] != 0) != invert)
            kept[found++] = from[i];
    for (size_t i = 0; i < draws; i++)
        chosen[work[i]] = 0;
}

VgStatus vg_forest_units(VgArena *arena, const VgForestData *data, ForestPlan *plan, VgError *error)
{
    size_t n = plan->rows;
    plan->n_units = n;
    plan->rows_per_unit = 1;
    if (!data->cluster)
        return VG_OK;
    size_t units = data->n_clusters, largest = 0, smallest = n;
    uint32_t *start = VG_NEW(arena, uint32_t, units + 1), *row = VG_NEW(arena, uint32_t, n);
    uint32_t *filled = VG_NEW(arena, uint32_t, units);
    if (!start || !row || !filled)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        start[data->cluster[i] + 1]++;
    for (size_t u = 0; u < units; u++) {
        size_t size = start[u + 1];
        if (size == 0)
            return vg_fail(error, VG_INVALID_INPUT, "cluster %zu has no rows",
                           "number the clusters that occur, without gaps", u + 1);
        largest = size > largest ? size : largest;
        smallest = size < smallest ? size : smallest;
        start[u + 1] += start[u];
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t u = data->cluster[i];
        row[start[u] + filled[u]++] = (uint32_t)i;
    }
    plan->n_units = units;
    plan->unit_start = start;
    plan->unit_row = row;
    plan->rows_per_unit = plan->options.equal_clusters ? smallest : largest;
    return VG_OK;
}

bool vg_forest_sample_new(VgArena *arena, const ForestPlan *plan, ForestSample *sample)
{
    size_t n = plan->rows, units = plan->n_units;
    sample->role = VG_NEW(arena, uint8_t, n);
    sample->half = vg_arena_alloc_raw(arena, units, sizeof(uint32_t));
    sample->tree_unit = vg_arena_alloc_raw(arena, units, sizeof(uint32_t));
    sample->work = vg_arena_alloc_raw(arena, n, sizeof(uint32_t));
    sample->grow = vg_arena_alloc_raw(arena, plan->max_grow_rows, sizeof(uint32_t));
    sample->fill = vg_arena_alloc_raw(arena, plan->max_fill_rows, sizeof(uint32_t));
    return sample->role && sample->half && sample->tree_unit && sample->work && sample->grow &&
           sample->fill;
}

void vg_forest_draw_half(const ForestPlan *plan, VgRandom *random, ForestSample *sample)
{
    for (size_t u = 0; u < plan->n_units; u++)
        sample->tree_unit[u] = (uint32_t)u;
    choose(random, sample->tree_unit, plan->n_units, plan->half_units, sample->work, sample->role,
           sample->half);
}

/* Gives a role to the rows of a unit; all of them count as drawn. */
static void take_unit(const ForestPlan *plan, VgRandom *random, uint32_t unit, uint8_t role,
                      ForestSample *sample, uint64_t *drawn)
{
    if (!plan->unit_row) {
        sample->role[unit] = role;
        drawn[unit / 64] |= (uint64_t)1 << (unit % 64);
        return;
    }
    const uint32_t *row = plan->unit_row + plan->unit_start[unit];
    size_t size = plan->unit_start[unit + 1] - plan->unit_start[unit];
    for (size_t i = 0; i < size; i++)
        drawn[row[i] / 64] |= (uint64_t)1 << (row[i] % 64);
    size_t taken = size < plan->rows_per_unit ? size : plan->rows_per_unit;
    memcpy(sample->work, row, size * sizeof *row);
    for (size_t i = 0; i < taken; i++) {
        size_t at = taken == size ? i : i + (size_t)vg_random_below(random, size - i);
        uint32_t held = sample->work[at];
        sample->work[at] = sample->work[i];
        sample->work[i] = held;
        sample->role[held] = role;
    }
}

void vg_forest_draw_tree(const ForestPlan *plan, VgRandom *random, ForestSample *sample,
                         uint64_t *drawn)
{
    size_t units = plan->tree_units, growing = plan->grow_units;
    uint32_t *unit = sample->tree_unit, *grow = sample->grow;
    /* `grow` is long enough for units: each has at least a row */
    choose(random, sample->half, plan->half_units, units, sample->work, sample->role, unit);
    choose(random, unit, units, growing, sample->work, sample->role, grow);
    size_t next = 0;
    uint8_t rest = plan->options.dishonest ? TO_GROW : TO_FILL;
    for (size_t i = 0; i < units; i++) {
        bool grows = next < growing && grow[next] == unit[i];
        next += grows;
        take_unit(plan, random, unit[i], grows ? TO_GROW : rest, sample, drawn);
    }
    sample->n_grow = sample->n_fill = 0;
    for (size_t i = 0; i < plan->rows; i++) {
        uint8_t role = sample->role[i];
        if (role == LEFT_OUT)
            continue;
        if (role == TO_GROW)
            sample->grow[sample->n_grow++] = (uint32_t)i;
        else
            sample->fill[sample->n_fill++] = (uint32_t)i;
        sample->role[i] = LEFT_OUT;
    }
}
