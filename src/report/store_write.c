/* A result into results.sqlite: catalogue tables (store_layout.h) and one real table per dataset
 * name. Everything goes in one transaction with prepared statements. Journal and sync are off: the
 * file is new and lies in a folder that is synced as a whole before it gets its name
 * (results_folder.c). */
#include "report/store.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "base/buffer.h"
#include "report/store_layout.h"

typedef struct Writer {
    sqlite3 *db;
    const char *path;
    const VgResult *result;
    VgArena *arena;
    VgError *error;
} Writer;

static VgStatus database_failed(Writer *w)
{
    if (sqlite3_errcode(w->db) == SQLITE_NOMEM)
        return vg_fail_memory(w->error);
    return vg_fail_at(w->error, VG_IO, w->path, 0, "the results store cannot be written: %s",
                      "check free space and permissions; nothing was changed",
                      sqlite3_errmsg(w->db));
}

static VgStatus execute(Writer *w, const char *sql)
{
    return sqlite3_exec(w->db, sql, NULL, NULL, NULL) == SQLITE_OK ? VG_OK : database_failed(w);
}

static VgStatus prepare(Writer *w, const char *sql, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v2(w->db, sql, -1, statement, NULL) == SQLITE_OK ? VG_OK
                                                                            : database_failed(w);
}

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    if (text)
        sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
    else
        sqlite3_bind_null(s, at);
}

static void bind_number(sqlite3_stmt *s, int at, double value)
{
    if (isnan(value))
        sqlite3_bind_null(s, at);
    else
        sqlite3_bind_double(s, at, value);
}

static VgStatus step(Writer *w, sqlite3_stmt *s)
{
    if (sqlite3_step(s) != SQLITE_DONE)
        return database_failed(w);
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
    return VG_OK;
}

static VgStatus write_run(Writer *w)
{
    const VgResult *r = w->result;
    sqlite3_stmt *s;
    VG_TRY(prepare(w, "INSERT INTO run VALUES(?, ?, ?, ?)", &s));
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, r->seed);
    bind_text(s, 1, VAGUS_VERSION);
    bind_text(s, 2, r->command ? r->command : "");
    bind_text(s, 3, seed);
    bind_number(s, 4, r->level);
    VgStatus status = step(w, s);
    sqlite3_finalize(s);
    return status;
}

static VgStatus write_strings(Writer *w, const char *sql, const char **text, size_t n)
{
    sqlite3_stmt *s;
    VG_TRY(prepare(w, sql, &s));
    VgStatus status = VG_OK;
    for (size_t i = 0; i < n && status == VG_OK; i++) {
        sqlite3_bind_int64(s, 1, (sqlite3_int64)i + 1);
        bind_text(s, 2, text[i] ? text[i] : "");
        status = step(w, s);
    }
    sqlite3_finalize(s);
    return status;
}

static VgStatus write_inputs(Writer *w)
{
    sqlite3_stmt *s;
    VG_TRY(prepare(w, "INSERT INTO input VALUES(?, ?, ?, ?)", &s));
    VgStatus status = VG_OK;
    for (size_t i = 0; i < w->result->n_inputs && status == VG_OK; i++) {
        const VgInput *input = &w->result->input[i];
        sqlite3_bind_int64(s, 1, (sqlite3_int64)i + 1);
        bind_text(s, 2, input->path);
        bind_text(s, 3, input->sha256);
        sqlite3_bind_int64(s, 4, (sqlite3_int64)input->rows);
        status = step(w, s);
    }
    sqlite3_finalize(s);
    return status;
}

static VgStatus write_estimate(Writer *w, sqlite3_stmt *s, const VgEstimate *e, size_t i)
{
    const char *texts[] = {e->analysis,  e->quantity, e->term,    e->outcome, e->visit, e->arm,
                           e->reference, e->stratum,  e->channel, e->feature, e->unit,  e->note};
    const double numbers[] = {e->estimate, e->se,    e->df, e->statistic, e->p,
                              e->lower,    e->upper, e->n,  e->q};
    int at = 1;
    sqlite3_bind_int64(s, at++, (sqlite3_int64)i + 1);
    for (size_t j = 0; j < sizeof texts / sizeof *texts; j++)
        bind_text(s, at++, texts[j]);
    for (size_t j = 0; j < sizeof numbers / sizeof *numbers; j++)
        bind_number(s, at++, numbers[j]);
    return step(w, s);
}

static VgStatus write_estimates(Writer *w)
{
    sqlite3_stmt *s;
    VG_TRY(
        prepare(w, "INSERT INTO estimate VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", &s));
    VgStatus status = VG_OK;
    for (size_t i = 0; i < w->result->n_estimates && status == VG_OK; i++)
        status = write_estimate(w, s, &w->result->estimate[i], i);
    sqlite3_finalize(s);
    return status;
}

static VgStatus write_facts(Writer *w)
{
    static const char *const sections[] = {"fit", "diagnostics", "study"};
    static const char *const kinds[] = {"number", "text", "bool"};
    sqlite3_stmt *s;
    VG_TRY(prepare(w, "INSERT INTO fact VALUES(?, ?, ?, ?, ?, ?, ?)", &s));
    VgStatus status = VG_OK;
    for (size_t i = 0; i < w->result->n_facts && status == VG_OK; i++) {
        const VgFact *fact = &w->result->fact[i];
        sqlite3_bind_int64(s, 1, (sqlite3_int64)i + 1);
        bind_text(s, 2, sections[fact->section]);
        bind_text(s, 3, fact->analysis);
        bind_text(s, 4, fact->key);
        bind_text(s, 5, kinds[fact->kind]);
        bind_number(s, 6, fact->kind == VG_FACT_TEXT ? NAN : fact->number);
        bind_text(s, 7, fact->text);
        status = step(w, s);
    }
    sqlite3_finalize(s);
    return status;
}

/* A name in SQL's double quotes. */
static void quoted(VgBuffer *out, const char *name)
{
    vg_buffer_text(out, "\"");
    for (; *name; name++)
        vg_buffer_text(out, *name == '"' ? "\"\"" : (char[]){*name, '\0'});
    vg_buffer_text(out, "\"");
}

/* The table a dataset's rows go to: its own name, unless the catalogue has that name. */
static const char *table_name(Writer *w, const char *name)
{
    static const char *const taken[] = {"run",  "argument", "input",   "estimate",
                                        "fact", "warning",  "dataset", "dataset_column"};
    bool ours = sqlite3_strnicmp(name, "sqlite_", 7) == 0;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        ours = ours || sqlite3_stricmp(name, taken[i]) == 0;
    return ours ? vg_arena_printf(w->arena, "data_%s", name) : name;
}

/* The column a dataset's column goes to; "dataset_id" and "row_number" are ours. */
static const char *column_name(Writer *w, const char *name)
{
    bool ours =
        sqlite3_stricmp(name, "dataset_id") == 0 || sqlite3_stricmp(name, "row_number") == 0;
    return ours ? vg_arena_printf(w->arena, "data_%s", name) : name;
}

static bool named_before(const VgResult *r, size_t i, const char *column)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(r->dataset[k].name, r->dataset[i].name) == 0 &&
            (!column || vg_dataset_column(&r->dataset[k], column)))
            return true;
    return false;
}

/* One table for all datasets of the name of dataset i, with the columns that any of them has. */
static VgStatus create_table(Writer *w, size_t i)
{
    const VgResult *r = w->result;
    const char *table = table_name(w, r->dataset[i].name);
    if (!table)
        return vg_fail_memory(w->error);
    VgBuffer sql = {0};
    vg_buffer_text(&sql, "CREATE TABLE ");
    quoted(&sql, table);
    vg_buffer_text(&sql,
                   "(dataset_id INTEGER NOT NULL REFERENCES dataset(id), row_number INTEGER NOT "
                   "NULL");
    for (size_t k = i; k < r->n_datasets; k++) {
        const VgDataset *d = &r->dataset[k];
        if (strcmp(d->name, r->dataset[i].name) != 0)
            continue;
        for (size_t j = 0; j < d->n_columns; j++) {
            const char *column = column_name(w, d->column[j].name);
            if (!column || named_before(r, k, d->column[j].name))
                continue;
            vg_buffer_text(&sql, ", ");
            quoted(&sql, column);
            vg_buffer_text(&sql, d->column[j].number ? " REAL" : " TEXT");
        }
    }
    vg_buffer_text(&sql, ", PRIMARY KEY(dataset_id, row_number))");
    VgStatus status = vg_buffer_status(&sql, w->error);
    if (status == VG_OK)
        status = execute(w, sql.text);
    vg_buffer_free(&sql);
    return status;
}

static VgStatus write_catalogue(Writer *w, size_t i)
{
    const VgDataset *d = &w->result->dataset[i];
    sqlite3_stmt *s;
    VG_TRY(prepare(w, "INSERT INTO dataset VALUES(?, ?, ?, ?, ?)", &s));
    sqlite3_bind_int64(s, 1, (sqlite3_int64)i + 1);
    bind_text(s, 2, d->name);
    bind_text(s, 3, d->analysis);
    bind_text(s, 4, table_name(w, d->name));
    sqlite3_bind_int64(s, 5, (sqlite3_int64)d->n_rows);
    VgStatus status = step(w, s);
    sqlite3_finalize(s);
    VG_TRY(status);
    VG_TRY(prepare(w, "INSERT INTO dataset_column VALUES(?, ?, ?, ?, ?)", &s));
    for (size_t j = 0; j < d->n_columns && status == VG_OK; j++) {
        sqlite3_bind_int64(s, 1, (sqlite3_int64)i + 1);
        sqlite3_bind_int64(s, 2, (sqlite3_int64)j + 1);
        bind_text(s, 3, d->column[j].name);
        bind_text(s, 4, column_name(w, d->column[j].name));
        bind_text(s, 5, d->column[j].number ? "number" : "text");
        status = step(w, s);
    }
    sqlite3_finalize(s);
    return status;
}

static VgStatus insert_rows(Writer *w, size_t i, sqlite3_stmt *s)
{
    const VgDataset *d = &w->result->dataset[i];
    for (size_t k = 0; k < d->n_rows; k++) {
        sqlite3_bind_int64(s, 1, (sqlite3_int64)i + 1);
        sqlite3_bind_int64(s, 2, (sqlite3_int64)k + 1);
        for (size_t j = 0; j < d->n_columns; j++) {
            if (d->column[j].number)
                bind_number(s, (int)j + 3, d->column[j].number[k]);
            else
                bind_text(s, (int)j + 3, d->column[j].text[k]);
        }
        VG_TRY(step(w, s));
    }
    return VG_OK;
}

static VgStatus write_rows(Writer *w, size_t i)
{
    const VgDataset *d = &w->result->dataset[i];
    const char *table = table_name(w, d->name);
    VgBuffer sql = {0};
    vg_buffer_text(&sql, "INSERT INTO ");
    quoted(&sql, table ? table : "");
    vg_buffer_text(&sql, "(dataset_id, row_number");
    for (size_t j = 0; j < d->n_columns; j++) {
        const char *column = column_name(w, d->column[j].name);
        vg_buffer_text(&sql, ", ");
        quoted(&sql, column ? column : "");
    }
    vg_buffer_text(&sql, ") VALUES(?, ?");
    for (size_t j = 0; j < d->n_columns; j++)
        vg_buffer_text(&sql, ", ?");
    vg_buffer_text(&sql, ")");
    sqlite3_stmt *s = NULL;
    VgStatus status = vg_buffer_status(&sql, w->error);
    if (status == VG_OK)
        status = prepare(w, sql.text, &s);
    if (status == VG_OK)
        status = insert_rows(w, i, s);
    sqlite3_finalize(s);
    vg_buffer_free(&sql);
    return status;
}

static VgStatus write_datasets(Writer *w)
{
    for (size_t i = 0; i < w->result->n_datasets; i++) {
        if (!named_before(w->result, i, NULL))
            VG_TRY(create_table(w, i));
        VG_TRY(write_catalogue(w, i));
        VG_TRY(write_rows(w, i));
    }
    return VG_OK;
}

static VgStatus write_all(Writer *w)
{
    VG_TRY(execute(
        w, "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON; BEGIN"));
    VG_TRY(execute(w, VG_STORE_SCHEMA));
    char version[48];
    snprintf(version, sizeof version, "PRAGMA user_version=%d", VG_STORE_LAYOUT);
    VG_TRY(execute(w, version));
    VG_TRY(write_run(w));
    VG_TRY(
        write_strings(w, "INSERT INTO argument VALUES(?, ?)", w->result->call, w->result->n_call));
    VG_TRY(write_strings(w, "INSERT INTO warning VALUES(?, ?)", w->result->warning,
                         w->result->n_warnings));
    VG_TRY(write_inputs(w));
    VG_TRY(write_estimates(w));
    VG_TRY(write_facts(w));
    VG_TRY(write_datasets(w));
    return execute(w, "COMMIT");
}

VgStatus vg_store_write(const VgResult *result, const char *path, VgError *error)
{
    Writer w = {.path = path, .result = result, .error = error, .arena = vg_arena_create()};
    if (!w.arena)
        return vg_fail_memory(error);
    VgStatus status;
    if (sqlite3_open_v2(path, &w.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) == SQLITE_OK)
        status = write_all(&w);
    else
        status = w.db ? database_failed(&w) : vg_fail_memory(error);
    if (sqlite3_close(w.db) != SQLITE_OK && status == VG_OK)
        status = database_failed(&w);
    vg_arena_destroy(w.arena);
    return status;
}
