#include "table/xlsx_book.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/memory.h"
#include "base/nearest.h"

enum { MOST_SHEETS = 10000, MOST_STYLES = 1000000 };

/* ---- relations and the list of sheets ---- */

typedef struct Relation {
    const char *id, *type, *target;
} Relation;

typedef struct Sheet {
    const char *name, *id;
} Sheet;

typedef struct Listing {
    VgArena *arena;
    VgXlsxVisitor *visitor;
    VgError *error;
    Relation *relation;
    size_t n_relations, relation_capacity;
    Sheet *sheet;
    size_t n_sheets, sheet_capacity;
    bool from_1904;
} Listing;

static const char *keep(Listing *listing, const char *text)
{
    const char *copy = vg_arena_strdup(listing->arena, text ? text : "");
    if (!copy)
        vg_xlsx_stop(listing->visitor, vg_fail_memory(listing->error));
    return copy;
}

static void on_relation(void *context, const char *name, const char **attributes)
{
    Listing *listing = context;
    void *grown = listing->relation;
    if (strcmp(name, "Relationship") != 0 || listing->n_relations >= MOST_SHEETS)
        return;
    if (!vg_grow(&grown, &listing->relation_capacity, listing->n_relations + 1, sizeof(Relation))) {
        vg_xlsx_stop(listing->visitor, vg_fail_memory(listing->error));
        return;
    }
    listing->relation = grown;
    listing->relation[listing->n_relations++] =
        (Relation){keep(listing, vg_xlsx_attribute(attributes, "Id")),
                   keep(listing, vg_xlsx_attribute(attributes, "Type")),
                   keep(listing, vg_xlsx_attribute(attributes, "Target"))};
}

static void on_workbook(void *context, const char *name, const char **attributes)
{
    Listing *listing = context;
    if (strcmp(name, "workbookPr") == 0) {
        const char *value = vg_xlsx_attribute(attributes, "date1904");
        listing->from_1904 = value && (strcmp(value, "1") == 0 || strcmp(value, "true") == 0);
    }
    void *grown = listing->sheet;
    if (strcmp(name, "sheet") != 0 || listing->n_sheets >= MOST_SHEETS)
        return;
    if (!vg_grow(&grown, &listing->sheet_capacity, listing->n_sheets + 1, sizeof(Sheet))) {
        vg_xlsx_stop(listing->visitor, vg_fail_memory(listing->error));
        return;
    }
    listing->sheet = grown;
    listing->sheet[listing->n_sheets++] =
        (Sheet){keep(listing, vg_xlsx_attribute(attributes, "name")),
                keep(listing, vg_xlsx_attribute(attributes, "id"))};
}

static bool has_type(const Relation *relation, const char *type)
{
    const char *slash = strrchr(relation->type, '/');
    return slash && strcmp(slash + 1, type) == 0;
}

/* The part a relation of the workbook points to, or NULL. Targets are relative to xl/ or begin with '/'. */
static const char *part_of(const Listing *listing, const char *id, const char *type)
{
    for (size_t i = 0; i < listing->n_relations; i++) {
        const Relation *relation = &listing->relation[i];
        if (id ? strcmp(relation->id, id) != 0 || !has_type(relation, type)
               : !has_type(relation, type))
            continue;
        if (*relation->target == '/')
            return relation->target + 1;
        return vg_arena_printf(listing->arena, "xl/%s", relation->target);
    }
    return NULL;
}

static VgStatus no_sheet(const Listing *listing, const VgXlsxArchive *archive, const char *wanted,
                         VgError *error)
{
    if (!wanted || listing->n_sheets == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, archive->path, 0, "the workbook has no sheet",
                          "save the workbook again, or export the sheet as CSV UTF-8");
    const char **name = VG_NEW(listing->arena, const char *, listing->n_sheets);
    if (!name)
        return vg_fail_memory(error);
    for (size_t i = 0; i < listing->n_sheets; i++)
        name[i] = listing->sheet[i].name;
    const char *near = vg_nearest(wanted, name, listing->n_sheets);
    return vg_fail_at(error, VG_INVALID_INPUT, archive->path, 0, "no sheet '%.80s'; %s '%.80s'",
                      "name one of the workbook's sheets", wanted,
                      near ? "the nearest name is" : "the first is", near ? near : name[0]);
}

static VgStatus find_sheet(const Listing *listing, const VgXlsxArchive *archive, const char *wanted,
                           VgXlsxBook *book, VgError *error)
{
    for (size_t i = 0; i < listing->n_sheets && !book->sheet; i++)
        if (!wanted || strcmp(listing->sheet[i].name, wanted) == 0)
            book->sheet = part_of(listing, listing->sheet[i].id, "worksheet");
    return book->sheet ? VG_OK : no_sheet(listing, archive, wanted, error);
}

/* ---- shared strings ---- */

typedef struct Strings {
    VgXlsxVisitor *visitor;
    VgError *error;
    VgTextPool pool;
    VgBuffer text;
    const char **string;
    size_t n, capacity;
    bool inside, phonetic;
} Strings;

static void start_string(void *context, const char *name, const char **attributes)
{
    (void)attributes;
    Strings *strings = context;
    if (strcmp(name, "si") == 0)
        strings->text.length = 0;
    strings->inside = strings->inside || strcmp(name, "t") == 0;
    strings->phonetic = strings->phonetic || strcmp(name, "rPh") == 0;
}

static void string_text(void *context, const char *text, size_t length)
{
    Strings *strings = context;
    if (strings->inside && !strings->phonetic)
        vg_buffer_append(&strings->text, text, length);
}

static void end_string(void *context, const char *name)
{
    Strings *strings = context;
    if (strcmp(name, "t") == 0)
        strings->inside = false;
    if (strcmp(name, "rPh") == 0)
        strings->phonetic = false;
    if (strcmp(name, "si") != 0)
        return;
    void *grown = strings->string;
    const char *copy =
        strings->text.failed
            ? NULL
            : vg_text_pool_add(&strings->pool, strings->text.length ? strings->text.text : "",
                               strings->text.length);
    if (!copy || !vg_grow(&grown, &strings->capacity, strings->n + 1, sizeof *strings->string)) {
        vg_xlsx_stop(strings->visitor, vg_fail_memory(strings->error));
        return;
    }
    strings->string = grown;
    strings->string[strings->n++] = copy;
}

static VgStatus read_strings(const VgXlsxArchive *archive, const char *part, VgXlsxBook *book,
                             VgError *error)
{
    VgXlsxVisitor visitor = {.start = start_string, .end = end_string, .text = string_text};
    Strings strings = {.visitor = &visitor, .error = error, .pool = {.arena = book->arena}};
    visitor.context = &strings;
    VgStatus status = vg_xlsx_visit(archive, part, &visitor, NULL, error);
    if (status == VG_OK) {
        book->string = VG_NEW(book->arena, const char *, strings.n);
        book->n_strings = strings.n;
        if (!book->string)
            status = vg_fail_memory(error);
        else if (strings.n)
            memcpy(book->string, strings.string, strings.n * sizeof *strings.string);
    }
    vg_free(strings.string);
    vg_buffer_free(&strings.text);
    return status;
}

/* ---- styles ---- */

/* Whether a number format shows a date (a time of day alone is none). */
static bool is_date_format(const char *code)
{
    bool year_or_day = false, month = false, clock = false;
    for (const char *p = code; *p && *p != ';'; p++) {
        if (*p == '"') {
            p = strchr(p + 1, '"');
        } else if (*p == '[') { /* colour, locale, or elapsed time such as [h] */
            clock = clock || strchr("hHmMsS", p[1] ? p[1] : ' ');
            p = strchr(p, ']');
        } else if (*p == '\\' || *p == '_' || *p == '*') {
            p = p[1] ? p + 1 : NULL;
        } else if (strncasecmp(p, "general", 7) == 0) {
            return false;
        } else {
            year_or_day = year_or_day || strchr("yYdD", *p);
            month = month || *p == 'm' || *p == 'M';
            clock = clock || strchr("hHsS", *p);
        }
        if (!p)
            break;
    }
    return year_or_day || (month && !clock);
}

static bool is_builtin_date(long id)
{
    return (id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || id == 36 ||
           (id >= 50 && id <= 54) || id == 57 || id == 58;
}

typedef struct Styles {
    VgXlsxVisitor *visitor;
    VgError *error;
    long *custom; /* ids of formats that are dates */
    size_t n_custom, custom_capacity;
    bool *is_date;
    size_t n, capacity;
    bool in_cell_formats;
} Styles;

static bool is_date_id(const Styles *styles, long id)
{
    for (size_t i = 0; i < styles->n_custom; i++)
        if (labs(styles->custom[i]) == id)
            return styles->custom[i] > 0;
    return is_builtin_date(id);
}

static void start_style(void *context, const char *name, const char **attributes)
{
    Styles *styles = context;
    const char *id = vg_xlsx_attribute(attributes, "numFmtId");
    long number = id ? strtol(id, NULL, 10) : 0;
    bool ok = true;
    if (strcmp(name, "cellXfs") == 0) {
        styles->in_cell_formats = true;
    } else if (strcmp(name, "numFmt") == 0 && number > 0) {
        const char *code = vg_xlsx_attribute(attributes, "formatCode");
        void *grown = styles->custom;
        ok = styles->n_custom < MOST_SHEETS &&
             vg_grow(&grown, &styles->custom_capacity, styles->n_custom + 1, sizeof(long));
        if (ok) {
            styles->custom = grown;
            styles->custom[styles->n_custom++] = code && is_date_format(code) ? number : -number;
        }
    } else if (strcmp(name, "xf") == 0 && styles->in_cell_formats) {
        void *grown = styles->is_date;
        ok = styles->n < MOST_STYLES &&
             vg_grow(&grown, &styles->capacity, styles->n + 1, sizeof(bool));
        if (ok) {
            styles->is_date = grown;
            styles->is_date[styles->n++] = is_date_id(styles, number);
        }
    }
    if (!ok)
        vg_xlsx_stop(styles->visitor, vg_fail_memory(styles->error));
}

static void end_style(void *context, const char *name)
{
    if (strcmp(name, "cellXfs") == 0)
        ((Styles *)context)->in_cell_formats = false;
}

static VgStatus read_styles(const VgXlsxArchive *archive, const char *part, VgXlsxBook *book,
                            VgError *error)
{
    VgXlsxVisitor visitor = {.start = start_style, .end = end_style};
    Styles styles = {.visitor = &visitor, .error = error};
    visitor.context = &styles;
    VgStatus status = vg_xlsx_visit(archive, part, &visitor, NULL, error);
    if (status == VG_OK) {
        book->is_date = VG_NEW(book->arena, bool, styles.n);
        book->n_styles = styles.n;
        if (!book->is_date)
            status = vg_fail_memory(error);
        else if (styles.n)
            memcpy(book->is_date, styles.is_date, styles.n * sizeof *styles.is_date);
    }
    vg_free(styles.custom);
    vg_free(styles.is_date);
    return status;
}

/* ---- dates ---- */

/* Excel's calendar of 1900 has a 29th of February that never was (serial 60), kept for Lotus 1-2-3. */
bool vg_xlsx_days(double serial, bool from_1904, double *days)
{
    if (!(serial >= 0 && serial < 2958466)) /* 9999-12-31 */
        return false;
    if (from_1904)
        *days = serial - 24107;
    else if (serial >= 61)
        *days = serial - 25569;
    else if (serial < 60)
        *days = serial - 25568;
    return from_1904 || serial >= 61 || serial < 60;
}

static VgStatus read_listing(const VgXlsxArchive *archive, Listing *listing, VgError *error)
{
    VgXlsxVisitor visitor = {.start = on_relation, .context = listing};
    listing->visitor = &visitor;
    VG_TRY(vg_xlsx_visit(archive, "xl/_rels/workbook.xml.rels", &visitor, NULL, error));
    visitor.start = on_workbook;
    return vg_xlsx_visit(archive, "xl/workbook.xml", &visitor, NULL, error);
}

VgStatus vg_xlsx_book(VgArena *arena, const VgXlsxArchive *archive, const char *sheet,
                      VgXlsxBook *book, VgError *error)
{
    *book = (VgXlsxBook){.arena = arena};
    Listing listing = {.arena = arena, .error = error};
    VgStatus status = read_listing(archive, &listing, error);
    if (status == VG_OK)
        status = find_sheet(&listing, archive, sheet, book, error);
    book->from_1904 = listing.from_1904;
    const char *strings = part_of(&listing, NULL, "sharedStrings");
    const char *styles = part_of(&listing, NULL, "styles");
    if (status == VG_OK && strings)
        status = read_strings(archive, strings, book, error);
    if (status == VG_OK && styles)
        status = read_styles(archive, styles, book, error);
    vg_free(listing.relation);
    vg_free(listing.sheet);
    return status;
}
