/* Reading laboratory exports: by content, long or wide; the columns are found by what instruments call them. */
#include <vagus/lab_table.h>

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "table/lab/records.h"

const char *vg_lab_format_name(VgLabFormat format)
{
    static const char *const name[] = {NULL, "long", "wide", "olink", "mwtab"};
    return (size_t)format < 5 ? name[format] : NULL;
}

const char *vg_censor_name(VgCensor censor)
{
    static const char *const name[] = {"observed", "below", "above", "within", "missing"};
    return (size_t)censor < 5 ? name[censor] : NULL;
}

/* ---- columns ---- */

enum { SAMPLE, ANALYTE, VALUE, UNIT, LOD, LLOQ, ULOQ, PLATE, REMARK, NAME, N_ROLES };

/* In order of preference; a final '*' stands for any further text ("lloq_ng_ml"). */
static const char *const KNOWN[N_ROLES][16] = {
    [SAMPLE] = {"SampleID", "sample", "sample name", "id", "specimen", "specimen id", "tube id"},
    [ANALYTE] = {"OlinkID", "analyte", "metabolite", "assay", "target", "compound", "biomarker",
                 "marker", "parameter", "protein"},
    [VALUE] = {"NPX", "value", "result", "concentration", "calculated concentration", "conc",
               "result*", "concentration*", "intensity"},
    [UNIT] = {"unit", "units"},
    [LOD] = {"LOD", "LOD*"},
    [LLOQ] = {"LLOQ", "LOQ", "LLOQ*"},
    [ULOQ] = {"ULOQ", "ULOQ*"},
    [PLATE] = {"PlateID", "plate", "plate name"},
    [REMARK] = {"QC_Warning", "remark", "remarks", "comment", "comments", "flag", "QC", "note",
                "notes", "Assay_Warning"},
    [NAME] = {"Assay"}};

typedef struct Layout {
    char delimiter;
    size_t n, line;
    int role[N_ROLES];   /* column; −1 none */
    int sample_second;   /* "A+B" */
    VgField unit_suffix; /* of the value's column name: "result_ng_ml" */
    size_t *analyte;     /* wide: malloc'ed, per column */
    size_t *sample;      /* wide, analytes in rows */
    bool *skip;
} Layout;

static bool is_known(const VgField *name, const char *known, VgField *suffix)
{
    size_t n = strlen(known);
    *suffix = (VgField){"", 0};
    if (known[n - 1] != '*')
        return vg_field_is_like(name, known);
    char stem[32];
    memcpy(stem, known, n - 1);
    stem[n - 1] = '\0';
    VgField begin = {name->text, n - 1};
    if (name->length <= n || !vg_field_is_like(&begin, stem) || name->text[n - 1] != '_')
        return false;
    *suffix = (VgField){name->text + n, name->length - n};
    return true;
}

static int find_known(const VgFields *header, int role, VgField *suffix)
{
    for (size_t k = 0; k < 16 && KNOWN[role][k]; k++)
        for (size_t i = 0; i < header->n; i++)
            if (is_known(&header->field[i], KNOWN[role][k], suffix))
                return (int)i;
    return -1;
}

static int find_exact(const VgFields *header, const char *name, size_t length)
{
    for (size_t i = 0; i < header->n; i++)
        if (header->field[i].length == length && memcmp(header->field[i].text, name, length) == 0)
            return (int)i;
    return -1;
}

static VgStatus no_column(const VgLabBuilder *b, const Layout *layout, const char *what,
                          const char *name, VgError *error)
{
    if (name)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, layout->line, "no column '%.80s'",
                          "correct the name: upper and lower case count", name);
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, layout->line,
                      "which column holds the %s is not clear from the header", "name the column",
                      what);
}

static VgStatus find_sample(const VgLabBuilder *b, const VgFields *header, Layout *layout,
                            VgError *error)
{
    const char *name = b->options->sample_column;
    layout->sample_second = -1;
    if (!name)
        return VG_OK;
    layout->role[SAMPLE] = find_exact(header, name, strlen(name));
    const char *plus = strchr(name, '+');
    if (layout->role[SAMPLE] < 0 && plus) {
        layout->role[SAMPLE] = find_exact(header, name, (size_t)(plus - name));
        layout->sample_second = find_exact(header, plus + 1, strlen(plus + 1));
        if (layout->sample_second < 0)
            layout->role[SAMPLE] = -1;
    }
    return layout->role[SAMPLE] >= 0 ? VG_OK : no_column(b, layout, "samples", name, error);
}

static VgStatus find_roles(const VgLabBuilder *b, const VgFields *header, Layout *layout,
                           VgError *error)
{
    const VgLabOptions *o = b->options;
    const char *named[N_ROLES] = {
        NULL,           o->analyte_column, o->value_column, o->unit_column,   o->lod_column,
        o->lloq_column, o->uloq_column,    o->plate_column, o->remark_column, NULL};
    for (int role = 0; role < N_ROLES; role++) {
        VgField suffix = {"", 0};
        layout->role[role] = named[role] ? find_exact(header, named[role], strlen(named[role]))
                                         : find_known(header, role, &suffix);
        if (named[role] && layout->role[role] < 0)
            return no_column(b, layout, "", named[role], error);
        if (role == VALUE)
            layout->unit_suffix = suffix;
    }
    return find_sample(b, header, layout, error);
}

static void layout_free(Layout *layout)
{
    vg_free(layout->analyte);
    vg_free(layout->sample);
    vg_free(layout->skip);
}

static const VgField *field_of(const VgFields *row, int column)
{
    return column < 0 ? NULL : &row->field[column];
}

static VgStatus add_sample(VgLabBuilder *b, const Layout *layout, const VgFields *row, size_t line,
                           size_t *sample, bool *is_new, VgError *error)
{
    const VgField *first = &row->field[layout->role[SAMPLE]];
    const VgField *second = field_of(row, layout->sample_second);
    if (first->length == 0 || (second && second->length == 0))
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, line, "a row without a sample",
                          "name the sample, or remove the row");
    if (!second)
        return vg_names_add(&b->sample, b->arena, first->text, first->length, line, sample, is_new,
                            error);
    char id[512];
    if (first->length + second->length + 2 > sizeof id)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, line,
                          "a sample with a name of %zu bytes", "shorten it",
                          first->length + second->length);
    memcpy(id, first->text, first->length);
    id[first->length] = '_';
    memcpy(id + first->length + 1, second->text, second->length);
    return vg_names_add(&b->sample, b->arena, id, first->length + 1 + second->length, line, sample,
                        is_new, error);
}

static VgStatus check_width(const VgLabBuilder *b, const Layout *layout, const VgFields *row,
                            size_t line, VgError *error)
{
    if (row->n == layout->n)
        return VG_OK;
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, line,
                      "%zu fields, but the header (line %zu) has %zu",
                      "the line was cut, or a text holds the delimiter without quotes", row->n,
                      layout->line, layout->n);
}

/* ---- long ---- */

static VgStatus limit_of(const VgLabBuilder *b, const VgFields *row, int column, size_t line,
                         double *limit, VgError *error)
{
    const VgField *field = field_of(row, column);
    *limit = NAN;
    if (!field || vg_field_number(field, limit))
        return VG_OK;
    double value;
    *limit = NAN;
    if (vg_entry_classify(field, b->options, &value) == VG_ENTRY_MISSING)
        return VG_OK;
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, line, "'%.*s' is no limit",
                      "limits (LOD, LLOQ, ULOQ) are numbers or empty", vg_field_shown(field),
                      field->text);
}

/* "ng_ml" → "ng/ml": column names cannot hold a slash in many programs. */
static VgField unit_of_suffix(char *text, size_t size, const VgField *suffix)
{
    if (suffix->length == 0 || suffix->length >= size)
        return (VgField){"", 0};
    for (size_t i = 0; i < suffix->length; i++)
        text[i] = suffix->text[i] == '_' ? '/' : suffix->text[i];
    return (VgField){text, suffix->length};
}

static VgStatus long_row(VgLabBuilder *b, const Layout *layout, const VgFields *row, size_t line,
                         const VgField *unit, VgError *error)
{
    size_t sample, analyte;
    bool is_new;
    VG_TRY(check_width(b, layout, row, line, error));
    VG_TRY(add_sample(b, layout, row, line, &sample, NULL, error));
    const VgField *id = &row->field[layout->role[ANALYTE]];
    if (id->length == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, line, "a row without an analyte",
                          "name the analyte, or remove the row");
    VG_TRY(
        vg_names_add(&b->analyte, b->arena, id->text, id->length, line, &analyte, &is_new, error));
    const VgField *own = field_of(row, layout->role[UNIT]);
    if (is_new || own)
        VG_TRY(vg_lab_describe(b, analyte, is_new ? field_of(row, layout->role[NAME]) : NULL,
                               own && own->length ? own : unit, line, error));
    VgLabLimits limits;
    VG_TRY(limit_of(b, row, layout->role[LOD], line, &limits.lod, error));
    VG_TRY(limit_of(b, row, layout->role[LLOQ], line, &limits.lloq, error));
    VG_TRY(limit_of(b, row, layout->role[ULOQ], line, &limits.uloq, error));
    return vg_lab_put(b, sample, analyte, &row->field[layout->role[VALUE]],
                      field_of(row, layout->role[REMARK]), field_of(row, layout->role[PLATE]),
                      &limits, line, error);
}

static VgStatus read_long(VgLabBuilder *b, VgLines *lines, Layout *layout, VgFields *fields,
                          VgError *error)
{
    static const char *const what[] = {"samples", "analytes", "values"};
    for (int role = SAMPLE; role <= VALUE; role++)
        if (layout->role[role] < 0)
            return no_column(b, layout, what[role], NULL, error);
    char text[64];
    VgField unit = unit_of_suffix(text, sizeof text, &layout->unit_suffix);
    while (vg_lines_next(lines)) {
        VG_TRY(vg_fields_split(fields, lines, lines->begin, layout->delimiter, true, error));
        VG_TRY(long_row(b, layout, fields, lines->line, &unit, error));
    }
    return VG_OK;
}

/* ---- wide ---- */

static bool is_limit_row(const VgField *id, VgEntryClass *which)
{
    static const char *const name[] = {"LOD", "LLOQ", "ULOQ"};
    static const VgEntryClass meaning[] = {VG_ENTRY_BELOW_LOD, VG_ENTRY_BELOW_LLOQ,
                                           VG_ENTRY_ABOVE_ULOQ};
    for (int i = 0; i < 3; i++)
        if (vg_field_is_like(id, name[i])) {
            *which = meaning[i];
            return true;
        }
    return false;
}

static bool is_skipped(const VgLabOptions *options, const VgField *name)
{
    for (size_t i = 0; i < options->n_skip; i++)
        if (vg_field_is(name, options->skip[i]))
            return true;
    return false;
}

/* Skips columns that hold anything but entries of measurements. */
static VgStatus keep_entries(const VgLabBuilder *b, const VgLines *lines, Layout *layout,
                             VgFields *fields, VgError *error)
{
    VgLines look = *lines;
    while (vg_lines_next(&look)) {
        VG_TRY(vg_fields_split(fields, &look, look.begin, layout->delimiter, true, error));
        for (size_t i = 0; i < layout->n && i < fields->n; i++) {
            double value;
            layout->skip[i] = layout->skip[i] || vg_entry_classify(&fields->field[i], b->options,
                                                                   &value) >= VG_ENTRY_NOT_DETECTED;
        }
    }
    return VG_OK;
}

static VgStatus name_columns(VgLabBuilder *b, const VgFields *header, Layout *layout,
                             VgError *error)
{
    size_t n = 0;
    for (size_t i = 0; i < layout->n; i++) {
        const VgField *name = &header->field[i];
        bool is_new;
        VgNames *names = b->options->analytes_in_rows ? &b->sample : &b->analyte;
        if (layout->skip[i])
            continue;
        if (name->length == 0)
            return vg_fail_at(error, VG_INVALID_INPUT, b->path, layout->line,
                              "column %zu has no name", "name it, or remove it", i + 1);
        VG_TRY(vg_names_add(names, b->arena, name->text, name->length, layout->line,
                            &layout->analyte[i], &is_new, error));
        if (!is_new)
            return vg_fail_at(error, VG_INVALID_INPUT, b->path, layout->line,
                              "column '%.*s' occurs twice", "rename one of them",
                              vg_field_shown(name), name->text);
        n++;
    }
    if (n == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, layout->line,
                          "no column of measurements",
                          "the first column names the samples, each further column is an analyte");
    return VG_OK;
}

static VgStatus lay_out_wide(VgLabBuilder *b, const VgLines *lines, const VgFields *header,
                             Layout *layout, VgError *error)
{
    size_t n = layout->n;
    layout->analyte = vg_malloc(n * sizeof *layout->analyte);
    layout->skip = vg_malloc(n * sizeof *layout->skip);
    if (!layout->analyte || !layout->skip)
        return vg_fail_memory(error);
    if (layout->role[SAMPLE] < 0 || b->options->analytes_in_rows)
        layout->role[SAMPLE] = 0;
    for (size_t i = 0; i < n; i++)
        layout->skip[i] = (int)i == layout->role[SAMPLE] || (int)i == layout->sample_second ||
                          is_skipped(b->options, &header->field[i]);
    for (size_t s = 0; s < b->options->n_skip; s++)
        if (find_exact(header, b->options->skip[s], strlen(b->options->skip[s])) < 0)
            return no_column(b, layout, "", b->options->skip[s], error);
    if (b->options->numbers_only) {
        VgFields scratch = {.arena = b->arena};
        VgStatus status = keep_entries(b, lines, layout, &scratch, error);
        vg_fields_free(&scratch);
        VG_TRY(status);
    }
    return name_columns(b, header, layout, error);
}

static VgStatus wide_row(VgLabBuilder *b, const Layout *layout, const VgFields *row, size_t line,
                         VgError *error)
{
    bool rows = b->options->analytes_in_rows, is_new;
    size_t own;
    VgEntryClass which = VG_ENTRY_OTHER;
    const VgField *id = &row->field[layout->role[SAMPLE]];
    VG_TRY(check_width(b, layout, row, line, error));
    bool limits = !rows && is_limit_row(id, &which);
    if (!limits) {
        if (rows && id->length == 0)
            return vg_fail_at(error, VG_INVALID_INPUT, b->path, line, "a row without an analyte",
                              "name the analyte, or remove the row");
        if (rows)
            VG_TRY(vg_names_add(&b->analyte, b->arena, id->text, id->length, line, &own, &is_new,
                                error));
        else
            VG_TRY(add_sample(b, layout, row, line, &own, &is_new, error));
        if (!is_new)
            return vg_fail_at(error, VG_INVALID_INPUT, b->path, line, "'%.*s' occurs twice",
                              "tell the rows apart by a second column (name both, joined by +), or "
                              "give duplicates as a long table",
                              vg_field_shown(id), id->text);
    }
    for (size_t i = 0; i < layout->n; i++) {
        double value;
        const VgField *entry = &row->field[i];
        if (layout->skip[i])
            continue;
        if (limits) {
            if (vg_field_number(entry, &value))
                VG_TRY(vg_lab_limit(b, layout->analyte[i], which, value, error));
            continue;
        }
        VG_TRY(vg_lab_put(b, rows ? layout->analyte[i] : own, rows ? own : layout->analyte[i],
                          entry, NULL, NULL, NULL, line, error));
    }
    return VG_OK;
}

static VgStatus read_wide(VgLabBuilder *b, VgLines *lines, Layout *layout, VgFields *fields,
                          VgError *error)
{
    VG_TRY(lay_out_wide(b, lines, fields, layout, error));
    while (vg_lines_next(lines)) {
        VG_TRY(vg_fields_split(fields, lines, lines->begin, layout->delimiter, true, error));
        VG_TRY(wide_row(b, layout, fields, lines->line, error));
    }
    return VG_OK;
}

/* ---- any table ---- */

static bool is_long(const VgLabBuilder *b, const Layout *layout)
{
    return layout->role[ANALYTE] >= 0 && layout->role[VALUE] >= 0 && !b->options->analytes_in_rows;
}

static VgStatus read_table(VgLabBuilder *b, VgLines *lines, Layout *layout, VgFields *fields,
                           VgError *error)
{
    if (!vg_lines_next(lines))
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "is empty",
                          "a table has a header line and one line per row");
    layout->delimiter =
        b->options->delimiter ? b->options->delimiter : vg_delimiter_of(lines->begin, lines->end);
    layout->line = lines->line;
    VG_TRY(vg_fields_split(fields, lines, lines->begin, layout->delimiter, true, error));
    layout->n = fields->n;
    VG_TRY(find_roles(b, fields, layout, error));
    size_t rows = 0, records;
    for (VgLines count = *lines; vg_lines_next(&count);)
        rows++;
    if (rows == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, layout->line,
                          "has a header but no rows",
                          "add the data, or check that the export was complete");
    b->format = b->options->format;
    if (b->format == VG_LAB_DETECT)
        b->format = !is_long(b, layout)                     ? VG_LAB_WIDE
                    : find_exact(fields, "OlinkID", 7) >= 0 ? VG_LAB_OLINK
                                                            : VG_LAB_LONG;
    bool wide = b->format == VG_LAB_WIDE;
    if (!vg_size_product(rows, wide ? layout->n : 1, &records))
        return vg_fail_memory(error);
    /* no record is shorter than two bytes: lines of too few fields are refused before room runs out */
    records = records < lines->source->size ? records : lines->source->size;
    VG_TRY(vg_lab_begin(b, records, error));
    return wide ? read_wide(b, lines, layout, fields, error)
                : read_long(b, lines, layout, fields, error);
}

VgStatus vg_lab_read_table(VgLabBuilder *b, VgLines *lines, VgError *error)
{
    Layout layout = {0};
    VgFields fields = {.arena = b->arena};
    VgStatus status = read_table(b, lines, &layout, &fields, error);
    layout_free(&layout);
    vg_fields_free(&fields);
    return status;
}

static bool is_mwtab(const VgLines *lines)
{
    VgLines look = *lines;
    return vg_lines_next(&look) && look.end - look.begin > 12 &&
           memcmp(look.begin, "#METABOLOMIC", 12) == 0;
}

VgStatus vg_lab_table_read_source(VgArena *arena, const char *path, VgSource *source,
                                  const VgLabOptions *options, VgLabTable **table, VgError *error)
{
    static const VgLabOptions defaults = {0};
    VgLabBuilder b = {.arena = arena, .path = path, .options = options ? options : &defaults};
    VgLines lines;
    VG_TRY(vg_lines_open(&lines, path, source, error));
    bool mwtab = b.options->format == VG_LAB_MWTAB || (!b.options->format && is_mwtab(&lines));
    VgStatus status =
        mwtab ? vg_lab_read_mwtab(&b, &lines, error) : vg_lab_read_table(&b, &lines, error);
    if (status == VG_OK)
        status = vg_lab_finish(&b, table, error);
    vg_lab_free(&b);
    if (status == VG_OK)
        memcpy((*table)->sha256, source->sha256, sizeof source->sha256);
    return status;
}

VgStatus vg_lab_table_read(VgArena *arena, const char *path, const VgLabOptions *options,
                           VgLabTable **table, VgError *error)
{
    VgSource source;
    VG_TRY(vg_source_open(path, &source, error));
    VgStatus status = vg_lab_table_read_source(arena, path, &source, options, table, error);
    vg_source_close(&source);
    return status;
}
