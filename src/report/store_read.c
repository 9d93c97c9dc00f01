/* results.sqlite back into a result, equal to the one that was written. The file may come from
 * anywhere, so everything read is checked against the layout. */
#include "report/store.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "base/buffer.h"
#include "report/store_layout.h"

typedef struct Reader {
    sqlite3 *db;
    const char *path;
    VgResult *result;
    VgError *error;
} Reader;

static VgStatus not_ours(Reader *r)
{
    if (sqlite3_errcode(r->db) == SQLITE_NOMEM)
        return vg_fail_memory(r->error);
    return vg_fail_at(r->error, VG_INVALID_INPUT, r->path, 0,
                      "is not a results store of this version of vagus (%s)",
                      "make the results again with 'vagus run'", sqlite3_errmsg(r->db));
}

static const char *text_at(sqlite3_stmt *s, int at)
{
    return (const char *)sqlite3_column_text(s, at);
}

static double number_at(sqlite3_stmt *s, int at)
{
    return sqlite3_column_type(s, at) == SQLITE_NULL ? NAN : sqlite3_column_double(s, at);
}

typedef VgStatus (*RowReader)(Reader *r, sqlite3_stmt *s, void *context);

static VgStatus each_row(Reader *r, const char *sql, RowReader row, void *context)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(r->db, sql, -1, &s, NULL) != SQLITE_OK)
        return not_ours(r);
    VgStatus status = VG_OK;
    int stepped = SQLITE_DONE;
    while (status == VG_OK && (stepped = sqlite3_step(s)) == SQLITE_ROW)
        status = row(r, s, context);
    if (status == VG_OK && stepped != SQLITE_DONE)
        status = not_ours(r);
    sqlite3_finalize(s);
    return status;
}

static VgStatus version_row(Reader *r, sqlite3_stmt *s, void *context)
{
    *(int *)context = sqlite3_column_int(s, 0);
    (void)r;
    return VG_OK;
}

static VgStatus run_row(Reader *r, sqlite3_stmt *s, void *context)
{
    *(int *)context += 1;
    const char *command = text_at(s, 0), *seed = text_at(s, 1);
    r->result->command = command ? vg_arena_strdup(r->result->arena, command) : NULL;
    r->result->seed = seed ? strtoull(seed, NULL, 10) : 1;
    r->result->level = sqlite3_column_double(s, 2);
    if (!command)
        return not_ours(r);
    return r->result->command ? VG_OK : vg_fail_memory(r->error);
}

static VgStatus count_row(Reader *r, sqlite3_stmt *s, void *context)
{
    (void)r;
    *(sqlite3_int64 *)context = sqlite3_column_int64(s, 0);
    return VG_OK;
}

static VgStatus argument_row(Reader *r, sqlite3_stmt *s, void *context)
{
    (void)context;
    const char *text = text_at(s, 0);
    const char *copy = text ? vg_arena_strdup(r->result->arena, text) : NULL;
    if (!copy)
        return vg_fail_memory(r->error);
    r->result->call[r->result->n_call++] = copy;
    return VG_OK;
}

static VgStatus read_call(Reader *r)
{
    sqlite3_int64 n = 0;
    VG_TRY(each_row(r, "SELECT count(*) FROM argument", count_row, &n));
    r->result->call = VG_NEW(r->result->arena, const char *, (size_t)n);
    if (!r->result->call)
        return vg_fail_memory(r->error);
    return each_row(r, "SELECT text FROM argument ORDER BY position", argument_row, NULL);
}

static VgStatus warning_row(Reader *r, sqlite3_stmt *s, void *context)
{
    (void)context;
    const char *text = text_at(s, 0);
    vg_result_warn(r->result, "%s", text ? text : "");
    return VG_OK;
}

static VgStatus input_row(Reader *r, sqlite3_stmt *s, void *context)
{
    (void)context;
    vg_result_input(r->result, text_at(s, 0), text_at(s, 1), (size_t)sqlite3_column_int64(s, 2));
    return VG_OK;
}

static VgStatus estimate_row(Reader *r, sqlite3_stmt *s, void *context)
{
    (void)context;
    VgEstimate e = {.analysis = text_at(s, 0),
                    .quantity = text_at(s, 1),
                    .term = text_at(s, 2),
                    .outcome = text_at(s, 3),
                    .visit = text_at(s, 4),
                    .arm = text_at(s, 5),
                    .reference = text_at(s, 6),
                    .stratum = text_at(s, 7),
                    .channel = text_at(s, 8),
                    .feature = text_at(s, 9),
                    .unit = text_at(s, 10),
                    .note = text_at(s, 11),
                    .estimate = number_at(s, 12),
                    .se = number_at(s, 13),
                    .df = number_at(s, 14),
                    .statistic = number_at(s, 15),
                    .p = number_at(s, 16),
                    .lower = number_at(s, 17),
                    .upper = number_at(s, 18),
                    .n = number_at(s, 19),
                    .q = number_at(s, 20)};
    vg_result_estimate(r->result, &e);
    return VG_OK;
}

static VgStatus fact_row(Reader *r, sqlite3_stmt *s, void *context)
{
    (void)context;
    const char *section = text_at(s, 0), *analysis = text_at(s, 1), *key = text_at(s, 2),
               *kind = text_at(s, 3);
    if (!section || !key || !kind)
        return not_ours(r);
    VgFactSection in = strcmp(section, "fit") == 0           ? VG_FACTS_FIT
                       : strcmp(section, "diagnostics") == 0 ? VG_FACTS_DIAGNOSTICS
                                                             : VG_FACTS_STUDY;
    if (strcmp(kind, "number") == 0)
        vg_result_number(r->result, in, analysis, key, number_at(s, 4));
    else if (strcmp(kind, "bool") == 0)
        vg_result_bool(r->result, in, analysis, key, sqlite3_column_int(s, 4) != 0);
    else
        vg_result_text(r->result, in, analysis, key, text_at(s, 5));
    return VG_OK;
}

/* What the catalogue says of one dataset while its columns are gathered. */
typedef struct Catalogued {
    sqlite3_int64 id;
    char *name, *analysis, *table;
    const char **columns; /* with '#' before a number's name */
    size_t n_columns, capacity;
    VgBuffer select;
} Catalogued;

static VgStatus column_row(Reader *r, sqlite3_stmt *s, void *context)
{
    Catalogued *c = context;
    const char *name = text_at(s, 0), *in = text_at(s, 1), *kind = text_at(s, 2);
    if (!name || !in || !kind || c->n_columns == c->capacity)
        return not_ours(r);
    bool number = strcmp(kind, "number") == 0;
    const char *copy = vg_arena_printf(r->result->arena, "%s%s", number ? "#" : "", name);
    if (!copy)
        return vg_fail_memory(r->error);
    c->columns[c->n_columns++] = copy;
    vg_buffer_text(&c->select, c->n_columns > 1 ? ", \"" : "\"");
    for (; *in; in++)
        vg_buffer_text(&c->select, *in == '"' ? "\"\"" : (char[]){*in, '\0'});
    vg_buffer_text(&c->select, "\"");
    return VG_OK;
}

static VgStatus data_row(Reader *r, sqlite3_stmt *s, void *context)
{
    VgDataset *d = context;
    size_t row = vg_dataset_row(r->result, d);
    VG_TRY(vg_result_status(r->result, r->error));
    for (size_t j = 0; j < d->n_columns; j++) {
        if (d->column[j].number) {
            d->column[j].number[row] = number_at(s, (int)j);
        } else {
            const char *text = text_at(s, (int)j);
            d->column[j].text[row] = text ? vg_arena_strdup(r->result->arena, text) : NULL;
            if (text && !d->column[j].text[row])
                return vg_fail_memory(r->error);
        }
    }
    return VG_OK;
}

static VgStatus read_rows(Reader *r, Catalogued *c)
{
    VgDataset *d = vg_result_dataset(r->result, c->analysis, c->name, c->columns, c->n_columns);
    if (!d)
        return vg_fail_memory(r->error);
    vg_buffer_text(&c->select, " FROM \"");
    for (const char *t = c->table; *t; t++)
        vg_buffer_text(&c->select, *t == '"' ? "\"\"" : (char[]){*t, '\0'});
    vg_buffer_printf(&c->select, "\" WHERE dataset_id = %lld ORDER BY row_number",
                     (long long)c->id);
    VG_TRY(vg_buffer_status(&c->select, r->error));
    return each_row(r, c->select.text, data_row, d);
}

static VgStatus dataset_row(Reader *r, sqlite3_stmt *s, void *context)
{
    (void)context;
    const char *name = text_at(s, 1), *analysis = text_at(s, 2), *table = text_at(s, 3);
    if (!name || !table)
        return not_ours(r);
    VgArena *arena = r->result->arena;
    Catalogued c = {.id = sqlite3_column_int64(s, 0),
                    .name = vg_arena_strdup(arena, name),
                    .analysis = analysis ? vg_arena_strdup(arena, analysis) : NULL,
                    .table = vg_arena_strdup(arena, table)};
    char sql[160];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM dataset_column WHERE dataset = %lld",
             (long long)c.id);
    sqlite3_int64 n = 0;
    VG_TRY(each_row(r, sql, count_row, &n));
    c.capacity = (size_t)n;
    c.columns = VG_NEW(arena, const char *, c.capacity);
    if (!c.columns || !c.name || !c.table || (analysis && !c.analysis))
        return vg_fail_memory(r->error);
    snprintf(
        sql, sizeof sql,
        "SELECT name, in_column, kind FROM dataset_column WHERE dataset = %lld ORDER BY position",
        (long long)c.id);
    vg_buffer_text(&c.select, "SELECT ");
    VgStatus status = each_row(r, sql, column_row, &c);
    if (status == VG_OK && c.n_columns > 0)
        status = read_rows(r, &c);
    vg_buffer_free(&c.select);
    return status;
}

static VgStatus read_all(Reader *r)
{
    int version = 0, runs = 0;
    VG_TRY(each_row(r, "PRAGMA user_version", version_row, &version));
    if (version != VG_STORE_LAYOUT)
        return vg_fail_at(r->error, VG_INVALID_INPUT, r->path, 0,
                          "holds results of layout %d; this program reads layout %d",
                          "make the results again with 'vagus run'", version, VG_STORE_LAYOUT);
    VG_TRY(each_row(r, "SELECT command, seed, level FROM run", run_row, &runs));
    if (runs != 1)
        return not_ours(r);
    VG_TRY(read_call(r));
    VG_TRY(each_row(r, "SELECT text FROM warning ORDER BY position", warning_row, NULL));
    VG_TRY(each_row(r, "SELECT path, sha256, rows FROM input ORDER BY position", input_row, NULL));
    VG_TRY(each_row(
        r,
        "SELECT analysis, quantity, term, outcome, visit, arm, reference, stratum, channel, "
        "feature, unit, note, estimate, se, df, statistic, p, lower, upper, n, q "
        "FROM estimate ORDER BY position",
        estimate_row, NULL));
    VG_TRY(each_row(r,
                    "SELECT section, analysis, key, kind, number, text FROM fact ORDER BY position",
                    fact_row, NULL));
    VG_TRY(each_row(r, "SELECT id, name, analysis, in_table FROM dataset ORDER BY id", dataset_row,
                    NULL));
    return vg_result_status(r->result, r->error);
}

VgStatus vg_store_read(VgArena *arena, const char *path, VgResult **result, VgError *error)
{
    Reader r = {.path = path, .error = error, .result = vg_result_create(arena, "")};
    if (!r.result)
        return vg_fail_memory(error);
    VgStatus status;
    if (sqlite3_open_v2(path, &r.db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK)
        status = read_all(&r);
    else
        status =
            r.db ? vg_fail_at(error, VG_INVALID_INPUT, path, 0, "cannot be opened: %s",
                              "name a results folder that 'vagus run' made", sqlite3_errmsg(r.db))
                 : vg_fail_memory(error);
    sqlite3_close(r.db);
    if (status == VG_OK)
        *result = r.result;
    return status;
}
