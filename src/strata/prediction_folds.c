/* Folds for people: clusters whole, each fold with its share of people with and without the event. Not with its share of each arm
 * with and without: the fold left out would then show the very association of arm and event that the others have, by chance too,
 * and a model that knows the arm would seem to predict where nothing does. */
#include <string.h>

#include "strata/prediction_internal.h"

/* A cluster, or a row of its own. */
typedef struct Unit {
    double rows, events; /* 0 rows: not among these */
} Unit;

static size_t unit_of(const VgPredictionData *data, size_t row)
{
    return data->clusters.of ? (size_t)data->clusters.of[row] : row;
}

static size_t most_units(const VgPredictionData *data)
{
    return data->clusters.of ? data->clusters.count : data->n;
}

static void fill_units(const VgPredictionData *data, const size_t *row, size_t n_rows, Unit *unit)
{
    for (size_t k = 0; k < n_rows; k++) {
        Unit *u = &unit[unit_of(data, row[k])];
        u->rows++;
        u->events += data->event[row[k]];
    }
}

VgStatus vg_prediction_units(VgArena *scratch, const VgPredictionData *data, double event,
                             size_t *units, VgError *error)
{
    VgArenaMark mark = vg_arena_mark(scratch);
    bool *seen = VG_NEW(scratch, bool, most_units(data));
    if (!seen)
        return vg_fail_memory(error);
    *units = 0;
    for (size_t i = 0; i < data->n; i++) {
        size_t u = unit_of(data, i);
        if (data->event[i] != event)
            continue;
        *units += !seen[u];
        seen[u] = true;
    }
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}

VgStatus vg_prediction_deal(VgArena *scratch, const VgPredictionData *data, const size_t *row,
                            size_t n_rows, size_t folds, VgRandom *random, int32_t *fold,
                            VgError *error)
{
    size_t most = most_units(data), next = 0, units = 0;
    VgArenaMark mark = vg_arena_mark(scratch);
    Unit *unit = VG_NEW(scratch, Unit, most);
    size_t *dealt = VG_NEW(scratch, size_t, most);
    int32_t *of = VG_NEW(scratch, int32_t, most);
    if (!unit || !dealt || !of)
        return vg_fail_memory(error);
    fill_units(data, row, n_rows, unit);
    for (int with = 0; with < 2; with++) {
        size_t n = 0;
        for (size_t u = 0; u < most; u++)
            if (unit[u].rows > 0 && (2 * unit[u].events >= unit[u].rows) == with)
                dealt[n++] = u;
        if (n > 1)
            vg_random_shuffle(random, dealt, n);
        for (size_t k = 0; k < n; k++)
            of[dealt[k]] = (int32_t)(next++ % folds);
        units += n;
    }
    if (units < folds)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu folds of %zu %s", "use fewer folds", folds,
                       units, data->clusters.of ? "clusters" : "people");
    for (size_t k = 0; k < n_rows; k++)
        fold[k] = of[unit_of(data, row[k])];
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}
