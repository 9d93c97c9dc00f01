/* Visits to rows. Times are the numbers of the visit column, or places in the order that was given. */
#include "mechanism/visits.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

static const size_t NONE = SIZE_MAX;

/* One row of the table that has a participant and a visit. */
typedef struct Visit {
    int32_t id;
    double time;
    size_t row;
} Visit;

typedef struct Visits {
    const VgTable *table;
    const VgMediationColumns *columns;
    const VgColumn *visit_column;
    Visit *visit;            /* sorted by participant, then time */
    size_t n, n_ids, *first; /* first: n_ids + 1 places in `visit` */
    const char **id_level;
    double *time; /* distinct times, ascending */
    size_t n_times;
} Visits;

/* A row to be made: which row of the table gives what. */
typedef struct Pick {
    size_t id, outcome, mediator, baseline;
} Pick;

/* ---- times ---- */

static VgStatus time_of(VgArena *arena, const Visits *v, const char *name, size_t line,
                        double *time, VgError *error)
{
    const VgMediationColumns *c = v->columns;
    if (c->visit_order) {
        for (size_t k = 0; k < c->n_visit_order; k++)
            if (strcmp(c->visit_order[k], name) == 0) {
                *time = (double)k;
                return VG_OK;
            }
        const char *near = vg_nearest(name, c->visit_order, c->n_visit_order);
        const char *hint = near ? vg_arena_printf(arena, "did you mean %s?", near)
                                : "name every visit of the column in its order";
        return vg_fail_at(error, VG_INVALID_INPUT, v->table->path, line,
                          "visit '%s' is not in the order of visits",
                          hint ? hint : "name every visit", name);
    }
    char *end = NULL;
    *time = strtod(name, &end);
    if (end == name || *end || !isfinite(*time))
        return vg_fail_at(error, VG_INVALID_INPUT, v->table->path, line,
                          "visit '%s' is not a number, so which comes first is not known",
                          "give the order of visits (--visits a,b,c)", name);
    return VG_OK;
}

static int by_id_and_time(const void *a, const void *b)
{
    const Visit *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static size_t line_of(const VgTable *table, size_t row)
{
    return table->line ? table->line[row] : 0;
}

static VgStatus check_once(VgArena *arena, const Visits *v, VgError *error)
{
    for (size_t k = 1; k < v->n; k++)
        if (v->visit[k].id == v->visit[k - 1].id && v->visit[k].time == v->visit[k - 1].time) {
            const char *name = vg_column_value_text(arena, v->visit_column, v->visit[k].row);
            return vg_fail_at(error, VG_INVALID_INPUT, v->table->path,
                              line_of(v->table, v->visit[k].row), "'%s' has visit '%s' twice",
                              "keep one row per participant and visit", v->id_level[v->visit[k].id],
                              name ? name : "?");
        }
    return VG_OK;
}

static VgStatus read_visits(VgArena *arena, Visits *v, VgError *error)
{
    const VgColumn *id;
    int32_t *code;
    VG_TRY(vg_table_require(v->table, v->columns->id, &id, error));
    VG_TRY(vg_table_require(v->table, v->columns->visit, &v->visit_column, error));
    VG_TRY(vg_column_as_factor(arena, v->table, id, NULL, 0, NULL, &code, &v->id_level, &v->n_ids,
                               error));
    v->visit = VG_NEW(arena, Visit, v->table->n_rows);
    v->time = VG_NEW(arena, double, v->table->n_rows);
    v->first = VG_NEW(arena, size_t, v->n_ids + 2);
    if (!v->visit || !v->time || !v->first)
        return vg_fail_memory(error);
    for (size_t i = 0; i < v->table->n_rows; i++) {
        const char *name = vg_column_value_text(arena, v->visit_column, i);
        if (code[i] < 0 || !name)
            continue; /* no participant or no visit: told as missing by nobody's row */
        double time;
        VG_TRY(time_of(arena, v, name, line_of(v->table, i), &time, error));
        v->time[v->n] = time;
        v->visit[v->n++] = (Visit){code[i], time, i};
    }
    if (vg_arena_failed(arena))
        return vg_fail_memory(error);
    qsort(v->visit, v->n, sizeof *v->visit, by_id_and_time);
    qsort(v->time, v->n, sizeof *v->time, by_value);
    for (size_t k = 0; k < v->n; k++)
        if (k == 0 || v->time[k] != v->time[v->n_times - 1])
            v->time[v->n_times++] = v->time[k];
    for (size_t k = 0; k < v->n; k++)
        v->first[v->visit[k].id + 1] = k + 1;
    for (size_t i = 1; i <= v->n_ids; i++)
        if (v->first[i] == 0)
            v->first[i] = v->first[i - 1];
    return check_once(arena, v, error);
}

static size_t row_at(const Visits *v, size_t id, double time)
{
    for (size_t k = v->first[id]; k < v->first[id + 1]; k++)
        if (v->visit[k].time == time)
            return v->visit[k].row;
    return NONE;
}

/* The time of a visit that an option names; it must occur. */
static VgStatus named_time(VgArena *arena, const Visits *v, const char *what, const char *name,
                           double *time, VgError *error)
{
    VG_TRY(time_of(arena, v, name, 0, time, error));
    for (size_t k = 0; k < v->n_times; k++)
        if (v->time[k] == *time)
            return VG_OK;
    return vg_fail_at(error, VG_INVALID_INPUT, v->table->path, 0,
                      "no row has the visit '%s' of the %s", "check the names of the visits", name,
                      what);
}

/* ---- rows ---- */

/* The table has an earlier visit: without its values what differed before treatment would count as effect. */
static VgStatus fail_baseline(VgArena *arena, const Visits *v, VgError *error)
{
    size_t k = 0;
    while (v->visit[k].time != v->time[0])
        k++;
    const char *name = vg_column_value_text(arena, v->visit_column, v->visit[k].row);
    const char *hint = name ? vg_arena_printf(arena,
                                              "adjust for it with --baseline-at %s, or say "
                                              "--no-baseline",
                                              name)
                            : NULL;
    if (!hint)
        return vg_fail_memory(error);
    return vg_fail_at(error, VG_INVALID_INPUT, v->table->path, 0,
                      "visit '%s' is before the mediator, and %s and %s there are not adjusted for",
                      hint, name, v->columns->mediator, v->columns->outcome);
}

static VgStatus pick_single(VgArena *arena, const Visits *v, Pick *pick, size_t *n, VgError *error)
{
    const VgMediationColumns *c = v->columns;
    double mediator, outcome, baseline = -INFINITY;
    VG_TRY(named_time(arena, v, "mediator", c->mediator_at, &mediator, error));
    VG_TRY(named_time(arena, v, "outcome", c->outcome_at, &outcome, error));
    if (c->baseline_at)
        VG_TRY(named_time(arena, v, "baseline", c->baseline_at, &baseline, error));
    if (mediator >= outcome && !c->concurrent)
        return vg_fail_at(
            error, VG_INVALID_INPUT, v->table->path, 0,
            "mediator %s is measured at %s, not before outcome %s at %s",
            "what comes later cannot explain what was before: choose an earlier visit, "
            "or --concurrent to go on with every row so marked",
            c->mediator, c->mediator_at, c->outcome, c->outcome_at);
    if (!c->baseline_at && !c->no_baseline && v->time[0] < fmin(mediator, outcome))
        return fail_baseline(arena, v, error);
    if (baseline >= fmin(mediator, outcome))
        return vg_fail_at(error, VG_INVALID_INPUT, v->table->path, 0,
                          "baseline %s is not before mediator and outcome",
                          "name the visit before treatment as baseline", c->baseline_at);
    for (size_t id = 0; id < v->n_ids; id++)
        if (v->first[id + 1] > v->first[id])
            pick[(*n)++] = (Pick){id, row_at(v, id, outcome), row_at(v, id, mediator),
                                  c->baseline_at ? row_at(v, id, baseline) : NONE};
    return VG_OK;
}

/* A row per participant and visit that has one before it among all visits of the table. */
static VgStatus pick_lagged(VgArena *arena, const Visits *v, Pick *pick, size_t *n, VgError *error)
{
    const VgMediationColumns *c = v->columns;
    double baseline = -INFINITY;
    if (c->baseline_at)
        VG_TRY(named_time(arena, v, "baseline", c->baseline_at, &baseline, error));
    for (size_t id = 0; id < v->n_ids; id++)
        for (size_t k = v->first[id]; k < v->first[id + 1]; k++) {
            size_t t = 0;
            while (v->time[t] != v->visit[k].time)
                t++;
            if (t == 0 || v->time[t - 1] <= baseline)
                continue;
            pick[(*n)++] = (Pick){id, v->visit[k].row, row_at(v, id, v->time[t - 1]),
                                  c->baseline_at ? row_at(v, id, baseline) : NONE};
        }
    if (*n == 0)
        return vg_fail_at(error, VG_NOT_ESTIMABLE, v->table->path, 0,
                          "no visit has an earlier one for the mediator%s",
                          "lagged needs at least two visits after the baseline",
                          c->baseline_at ? " after the baseline" : "");
    return VG_OK;
}

/* ---- columns ---- */

static bool missing(const VgColumn *column, size_t row)
{
    return row == NONE || vg_column_is_missing(column, row);
}

/* The first row of the participant where the column has a value: baseline first, then by time. */
static size_t first_value(const Visits *v, const VgColumn *column, const Pick *pick)
{
    if (!missing(column, pick->baseline))
        return pick->baseline;
    for (size_t k = v->first[pick->id]; k < v->first[pick->id + 1]; k++)
        if (!missing(column, v->visit[k].row))
            return v->visit[k].row;
    return NONE;
}

static VgStatus copy_column(VgArena *arena, const VgColumn *from, const char *name,
                            const size_t *row, size_t n, VgColumn *to, VgError *error)
{
    *to = (VgColumn){.name = name,
                     .label = from->label,
                     .type = from->type,
                     .level = from->level,
                     .n_levels = from->n_levels};
    if (from->number)
        to->number = VG_NEW(arena, double, n);
    if (from->code)
        to->code = VG_NEW(arena, int32_t, n);
    if (from->text)
        to->text = VG_NEW(arena, const char *, n);
    if ((from->number && !to->number) || (from->code && !to->code) || (from->text && !to->text))
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        bool none = missing(from, row[i]);
        to->n_missing += none;
        if (from->number)
            to->number[i] = none ? NAN : from->number[row[i]];
        if (from->code)
            to->code[i] = none ? -1 : from->code[row[i]];
        if (from->text)
            to->text[i] = none ? NULL : from->text[row[i]];
    }
    return VG_OK;
}

typedef enum Source { FIRST, OUTCOME, MEDIATOR, BASELINE } Source;

static VgStatus add_column(VgArena *arena, const Visits *v, const VgColumn *from, const char *name,
                           Source source, const Pick *pick, size_t *row, VgTable *flat,
                           VgError *error)
{
    for (size_t i = 0; i < flat->n_rows; i++)
        row[i] = source == OUTCOME    ? pick[i].outcome
                 : source == MEDIATOR ? pick[i].mediator
                 : source == BASELINE ? pick[i].baseline
                                      : first_value(v, from, &pick[i]);
    return copy_column(arena, from, name, row, flat->n_rows, &flat->column[flat->n_columns++],
                       error);
}

static VgStatus add_columns(VgArena *arena, const Visits *v, const Pick *pick, VgTable *flat,
                            const char *baseline[2], VgError *error)
{
    const VgMediationColumns *c = v->columns;
    size_t *row = VG_NEW(arena, size_t, flat->n_rows + 1);
    if (!row)
        return vg_fail_memory(error);
    for (size_t j = 0; j < v->table->n_columns; j++) {
        const VgColumn *from = &v->table->column[j];
        Source source = strcmp(from->name, c->mediator) == 0  ? MEDIATOR
                        : strcmp(from->name, c->outcome) == 0 ? OUTCOME
                        : strcmp(from->name, c->visit) == 0   ? OUTCOME
                                                              : FIRST;
        VG_TRY(add_column(arena, v, from, from->name, source, pick, row, flat, error));
    }
    const char *const both[2] = {c->mediator, c->outcome};
    for (int k = 0; k < 2 && c->baseline_at; k++) {
        const VgColumn *from = vg_table_column(v->table, both[k]);
        baseline[k] = vg_arena_printf(arena, "%s at %s", both[k], c->baseline_at);
        if (!baseline[k])
            return vg_fail_memory(error);
        VG_TRY(add_column(arena, v, from, baseline[k], BASELINE, pick, row, flat, error));
    }
    return VG_OK;
}

VgStatus vg_visits_flatten(VgArena *arena, const VgTable *table, const VgMediationColumns *columns,
                           VgTable **flat, const char *baseline[2], VgError *error)
{
    Visits v = {.table = table, .columns = columns};
    VG_TRY(read_visits(arena, &v, error));
    Pick *pick = VG_NEW(arena, Pick, v.n + v.n_ids + 1);
    VgTable *made = VG_NEW(arena, VgTable, 1);
    if (!pick || !made)
        return vg_fail_memory(error);
    size_t n = 0;
    VG_TRY(columns->lagged ? pick_lagged(arena, &v, pick, &n, error)
                           : pick_single(arena, &v, pick, &n, error));
    *made = (VgTable){.path = table->path, .n_rows = n};
    memcpy(made->sha256, table->sha256, sizeof made->sha256);
    made->column = VG_NEW(arena, VgColumn, table->n_columns + 2);
    made->line = VG_NEW(arena, uint32_t, n + 1);
    if (!made->column || !made->line)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        size_t row = pick[i].outcome != NONE ? pick[i].outcome : v.visit[v.first[pick[i].id]].row;
        made->line[i] = table->line ? table->line[row] : 0;
    }
    VG_TRY(add_columns(arena, &v, pick, made, baseline, error));
    *flat = made;
    return VG_OK;
}
