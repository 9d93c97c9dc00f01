#include "table/features/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "table/csv.h"
#include "table/number.h"

static const size_t RELEASE_STEP = (size_t)4 << 20;

VgStatus vg_lines_open(VgLines *lines, const char *path, VgSource *source, VgError *error)
{
    size_t n_lines;
    VG_TRY(vg_csv_check(path, source, &n_lines, error));
    if (n_lines > UINT32_MAX)
        return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "has more than 4 billion lines",
                          "split the file");
    *lines = (VgLines){.path = path, .source = source, .next = source->bytes, .next_line = 1};
    if (source->size >= 3 && memcmp(source->bytes, "\xEF\xBB\xBF", 3) == 0)
        lines->next += 3;
    return VG_OK;
}

bool vg_lines_next(VgLines *lines)
{
    const char *limit = lines->source->bytes + lines->source->size;
    while (lines->next < limit) {
        const char *begin = lines->next, *end = begin;
        while (!vg_csv_is_line_end(*end))
            end++;
        lines->begin = begin;
        lines->end = end;
        lines->line = lines->next_line++;
        lines->next = end < limit ? vg_csv_next_line(end) : limit;
        size_t offset = (size_t)(begin - lines->source->bytes);
        if (offset - lines->released > RELEASE_STEP) {
            vg_source_release(lines->source, lines->released, offset);
            lines->released = offset;
        }
        while (begin < end && (*begin == ' ' || *begin == '\t'))
            begin++;
        if (begin < end)
            return true;
    }
    return false;
}

static VgStatus add_field(VgFields *fields, const char *text, size_t length, VgError *error)
{
    void *grown = fields->field;
    if (!vg_grow(&grown, &fields->capacity, fields->n + 1, sizeof *fields->field))
        return vg_fail_memory(error);
    fields->field = grown;
    fields->field[fields->n++] = (VgField){text, length};
    return VG_OK;
}

static VgStatus split_quoted(VgFields *fields, const VgLines *lines, const char *p, char delimiter,
                             VgError *error)
{
    for (;; p++) {
        VgCsvField field;
        VgCsvFault fault = vg_csv_field(p, lines->end, delimiter, &field);
        if (fault != VG_CSV_FINE)
            return vg_csv_fault(lines->path, lines->line, fault, error);
        if (field.doubled) {
            field.text = vg_csv_text(fields->arena, &field, &field.length);
            if (!field.text)
                return vg_fail_memory(error);
        }
        VG_TRY(add_field(fields, field.text, field.length, error));
        p = field.end;
        if (p >= lines->end)
            return VG_OK;
    }
}

VgStatus vg_fields_split(VgFields *fields, const VgLines *lines, const char *p, char delimiter,
                         bool quotes, VgError *error)
{
    fields->n = 0;
    if (quotes)
        return split_quoted(fields, lines, p, delimiter, error);
    for (;;) {
        const char *end = memchr(p, delimiter, (size_t)(lines->end - p));
        VG_TRY(add_field(fields, p, (size_t)((end ? end : lines->end) - p), error));
        if (!end)
            return VG_OK;
        p = end + 1;
    }
}

VgStatus vg_fields_prepend(VgFields *fields, VgError *error)
{
    VG_TRY(add_field(fields, "", 0, error));
    memmove(fields->field + 1, fields->field, (fields->n - 1) * sizeof *fields->field);
    fields->field[0] = (VgField){"", 0};
    return VG_OK;
}

void vg_fields_free(VgFields *fields)
{
    vg_free(fields->field);
    fields->field = NULL;
    fields->n = fields->capacity = 0;
}

char vg_delimiter_of(const char *begin, const char *end)
{
    static const char candidate[] = {'\t', ',', ';'};
    size_t count[3] = {0};
    bool quoted = false;
    for (const char *p = begin; p < end; p++) {
        quoted = quoted != (*p == '"');
        for (size_t i = 0; i < 3; i++)
            count[i] += !quoted && *p == candidate[i];
    }
    if (count[0])
        return '\t'; /* names hold commas and semicolons, never tabs */
    return count[2] > count[1] ? ';' : ',';
}

bool vg_field_number(const VgField *field, double *value)
{
    /* the number ends inside the text: all texts are followed by a byte that is no part of one */
    const char *text = field->text, *end = text + field->length;
    while (text < end && *text == ' ')
        text++;
    while (end > text && end[-1] == ' ')
        end--;
    if (text == end)
        return false;
    const char *stop = vg_number_scan(text, value);
    if (stop == end)
        return true;
    bool integer;
    return vg_number_parse(text, (size_t)(end - text), value, &integer);
}

bool vg_field_is(const VgField *field, const char *word)
{
    return strlen(word) == field->length && memcmp(field->text, word, field->length) == 0;
}

static bool is_filler(char c)
{
    return c == ' ' || c == '_' || c == '-' || c == '.';
}

bool vg_field_is_like(const VgField *field, const char *word)
{
    const char *p = field->text, *end = p + field->length;
    for (;;) {
        while (p < end && is_filler(*p))
            p++;
        while (is_filler(*word))
            word++;
        if (p == end || !*word)
            return p == end && !*word;
        if (tolower((unsigned char)*p++) != tolower((unsigned char)*word++))
            return false;
    }
}

int vg_field_shown(const VgField *field)
{
    return field->length > 80 ? 80 : (int)field->length;
}

const char *vg_sample_of_path(VgArena *arena, const char *path)
{
    static const char *const ending[] = {".gz",           ".txt",           ".tsv",
                                         ".csv",          ".report",        ".kreport",
                                         ".kreport2",     ".bracken",       "_profile",
                                         ".profile",      ".metaphlan",     "_metaphlan_bugs_list",
                                         "_genefamilies", "_pathabundance", "_pathcoverage",
                                         ".kraken",       ".kraken2",       ".mpa"};
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strlen(name);
    for (bool shorter = true; shorter;) {
        shorter = false;
        for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
            size_t n = strlen(ending[i]);
            if (length > n && strncasecmp(name + length - n, ending[i], n) == 0) {
                length -= n;
                shorter = true;
            }
        }
    }
    return vg_arena_strndup(arena, name, length);
}
