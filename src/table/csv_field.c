/* One field by RFC 4180, with two licences: blanks around an unquoted field are trimmed, and a quote inside
 * an unquoted field is a plain character. */
#include "table/csv.h"

static bool is_blank(char c, char delimiter)
{
    return c == ' ' || (c == '\t' && delimiter != '\t');
}

static VgCsvFault quoted_field(const char *p, const char *limit, char delimiter, VgCsvField *field)
{
    field->quoted = true;
    field->text = ++p;
    for (;;) {
        p = p < limit ? memchr(p, '"', (size_t)(limit - p)) : NULL;
        if (!p)
            return VG_CSV_UNCLOSED;
        if (p[1] != '"')
            break;
        field->doubled = true;
        p += 2;
    }
    field->length = (size_t)(p - field->text);
    p++;
    while (is_blank(*p, delimiter))
        p++;
    field->end = p;
    return *p == delimiter || vg_csv_is_line_end(*p) ? VG_CSV_FINE : VG_CSV_AFTER_QUOTE;
}

VgCsvFault vg_csv_field(const char *p, const char *limit, char delimiter, VgCsvField *field)
{
    *field = (VgCsvField){0};
    while (is_blank(*p, delimiter))
        p++;
    if (*p == '"')
        return quoted_field(p, limit, delimiter, field);
    field->text = p;
    while (*p != delimiter && !vg_csv_is_line_end(*p))
        p++;
    field->end = p;
    while (p > field->text && is_blank(p[-1], delimiter))
        p--;
    field->length = (size_t)(p - field->text);
    return VG_CSV_FINE;
}

size_t vg_csv_count_lines(const char *from, const char *to)
{
    size_t n = 0;
    for (const char *p = from; p < to; p++)
        n += *p == '\n' || (*p == '\r' && p[1] != '\n');
    return n;
}

const char *vg_csv_text(VgArena *arena, const VgCsvField *field, size_t *length)
{
    char *text = vg_arena_strndup(arena, field->text, field->length);
    if (!text)
        return NULL;
    *length = field->length;
    if (field->doubled) {
        size_t kept = 0;
        for (size_t i = 0; i < field->length; i++) {
            text[kept++] = text[i];
            i += text[i] == '"';
        }
        text[kept] = '\0';
        *length = kept;
    }
    return text;
}

VgStatus vg_csv_fault(const char *path, size_t line, VgCsvFault fault, VgError *error)
{
    if (fault == VG_CSV_UNCLOSED)
        return vg_fail_at(error, VG_INVALID_INPUT, path, line,
                          "a quote opens here that is never closed",
                          "close it, or double it where a quote is meant");
    return vg_fail_at(error, VG_INVALID_INPUT, path, line,
                      "text follows a closing quote in the same field",
                      "double the quotes that are part of the text");
}
