/* What stands before the data: byte order mark, "sep=" line, comments, header; and the delimiter. */
#include "table/csv.h"

#include <stdio.h>
#include <strings.h>

#include "base/map.h"
#include "table/number.h"

enum { SAMPLE_RECORDS = 100, MOST_COLUMNS = 1000000 };
static const size_t SAMPLE_BYTES = (size_t)1 << 20;
static const char CANDIDATE[] = {',', ';', '\t'};

/* Fields of the record at *p; *p then stands at its end. 0: the quoting is broken. */
static size_t count_fields(const char **p, const char *limit, char delimiter)
{
    size_t n = 0;
    VgCsvField field;
    do {
        if (vg_csv_field(n ? *p + 1 : *p, limit, delimiter, &field) != VG_CSV_FINE)
            return 0;
        *p = field.end;
        n++;
    } while (**p == delimiter);
    return n;
}

/* The next record that is not blank, or the end. */
static const char *skip_blank(const char *p, char delimiter, size_t *line)
{
    const char *end;
    while (*p && (end = vg_csv_blank_line(p, delimiter)) != NULL) {
        *line += *end != '\0';
        p = vg_csv_next_line(end);
    }
    return p;
}

typedef struct Fit {
    size_t header;   /* fields in the header */
    double agreeing; /* share of sampled records with as many fields, or one more in all */
} Fit;

static Fit try_delimiter(const char *header, const char *limit, char delimiter)
{
    const char *p = header;
    Fit fit = {count_fields(&p, limit, delimiter), 0};
    size_t records = 0, same = 0, one_more = 0, ignored = 0;
    while (fit.header && records < SAMPLE_RECORDS && (size_t)(p - header) < SAMPLE_BYTES) {
        p = skip_blank(vg_csv_next_line(p), delimiter, &ignored);
        if (!*p)
            break;
        size_t n = count_fields(&p, limit, delimiter);
        if (n == 0)
            break;
        records++;
        same += n == fit.header;
        one_more += n == fit.header + 1;
    }
    if (fit.header == 1 && one_more == 0)
        return fit; /* one column fits every delimiter */
    if (records == 0)
        fit.agreeing = fit.header > 1 ? 0.5 : 0;
    else
        fit.agreeing = (double)(same > one_more ? same : one_more) / (double)records;
    return fit;
}

static bool ends_with(const char *text, const char *tail)
{
    size_t n = strlen(text), m = strlen(tail);
    return n >= m && memcmp(text + n - m, tail, m) == 0;
}

/* The delimiter whose field counts agree best; then the one with more fields; then by the extension. */
static char detect(const char *path, const char *header, const char *limit)
{
    bool tabs = ends_with(path, ".tsv") || ends_with(path, ".tsv.gz");
    char best = tabs ? '\t' : ',';
    Fit best_fit = try_delimiter(header, limit, best);
    for (size_t i = 0; i < sizeof CANDIDATE; i++) {
        Fit fit = try_delimiter(header, limit, CANDIDATE[i]);
        if (fit.agreeing > best_fit.agreeing ||
            (fit.agreeing == best_fit.agreeing && fit.header > best_fit.header)) {
            best = CANDIDATE[i];
            best_fit = fit;
        }
    }
    return best;
}

static bool is_known_hash_name(const char *comment)
{
    static const char *const known[] = {"#SampleID", "#Sample ID", "#OTU ID", "#OTUID"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncasecmp(comment, known[i], strlen(known[i])) == 0)
            return true;
    return false;
}

static bool holds_number(const char *record, size_t n, const char *limit, char delimiter)
{
    VgCsvField field = {.end = record};
    for (size_t i = 0; i < n; i++) {
        double value;
        if (vg_csv_field(i ? field.end + 1 : record, limit, delimiter, &field) != VG_CSV_FINE)
            return false;
        if (vg_text_classify(field.text, field.length, &value) == VG_TEXT_NUMBER)
            return true;
    }
    return false;
}

/* "#OTU ID<tab>S1<tab>S2": microbiome programs begin their header with '#'. The last comment before the data is
 * such a header when it has as many fields as the next record and either is split by tabs, or
 * bears one of the known names, or has no blank after the '#' and the next record holds a number. */
static bool is_hash_header(const char *comment, const char *next, const char *limit, char delimiter)
{
    const char *p = comment, *q = next;
    if (!*next)
        return false;
    size_t n = count_fields(&p, limit, delimiter);
    if (n < 2 || n != count_fields(&q, limit, delimiter))
        return false;
    if (delimiter == '\t' || is_known_hash_name(comment))
        return true;
    return comment[1] != ' ' && comment[1] != '#' && holds_number(next, n, limit, delimiter);
}

/* QIIME 2 says in a line "#q2:types" under the header what its columns are; we see that for ourselves. */
static const char *skip_directives(const char *p, char delimiter, size_t *line)
{
    while (strncmp(p, "#q2:", 4) == 0) {
        while (!vg_csv_is_line_end(*p))
            p++;
        *line += *p != '\0';
        p = skip_blank(vg_csv_next_line(p), delimiter, line);
    }
    return p;
}

typedef struct Preamble {
    const char *header;
    size_t header_line;
    char delimiter; /* from a "sep=" line, or 0 */
} Preamble;

static Preamble read_preamble(const char *path, const char *bytes, size_t size, char delimiter)
{
    const char *p = bytes, *limit = bytes + size, *comment = NULL;
    Preamble preamble = {.header_line = 1, .delimiter = delimiter};
    if (size >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    if (strncmp(p, "sep=", 4) == 0 && !vg_csv_is_line_end(p[4]) && vg_csv_is_line_end(p[5])) {
        preamble.delimiter = p[4];
        p = vg_csv_next_line(p + 5);
        preamble.header_line++;
    }
    for (;;) {
        p = skip_blank(p, 0, &preamble.header_line);
        if (*p != '#')
            break;
        comment = p;
        while (!vg_csv_is_line_end(*p))
            p++;
        preamble.header_line += *p != '\0';
        p = vg_csv_next_line(p);
    }
    preamble.header = p;
    if (comment) {
        char used = preamble.delimiter ? preamble.delimiter : detect(path, comment, limit);
        if (is_hash_header(comment, p, limit, used)) {
            preamble.header_line -= vg_csv_count_lines(comment, p);
            preamble.header = comment;
        }
    }
    return preamble;
}

static VgStatus read_names(VgArena *arena, const char *path, const char *limit, size_t line,
                           VgCsvLayout *layout, const char *header, size_t n_fields,
                           bool *all_numbers, VgError *error)
{
    VgCsvField field = {.end = header};
    *all_numbers = true;
    for (size_t i = 0; i < n_fields; i++) {
        VgCsvFault fault =
            vg_csv_field(i ? field.end + 1 : header, limit, layout->delimiter, &field);
        if (fault != VG_CSV_FINE)
            return vg_csv_fault(path, line, fault, error);
        while (field.length && (field.text[0] == ' ' || field.text[0] == '\t'))
            field.text++, field.length--;
        while (field.length &&
               (field.text[field.length - 1] == ' ' || field.text[field.length - 1] == '\t'))
            field.length--;
        size_t length;
        const char *name = vg_csv_text(arena, &field, &length);
        if (!name)
            return vg_fail_memory(error);
        double value;
        *all_numbers = *all_numbers && !field.quoted && length > 0 &&
                       vg_text_classify(name, length, &value) == VG_TEXT_NUMBER;
        if (length == 0 && layout->n == 0)
            name = "row";
        else if (length == 0)
            return vg_fail_at(error, VG_INVALID_INPUT, path, line, "column %zu of %zu has no name",
                              "name it in the header line, or remove the empty column", i + 1,
                              n_fields);
        layout->name[layout->n++] = name;
    }
    return VG_OK;
}

VgStatus vg_csv_layout(VgArena *arena, const char *path, const VgSource *source,
                       const VgTableOptions *options, VgCsvLayout *layout, VgError *error)
{
    *layout = (VgCsvLayout){0};
    const char *limit = source->bytes + source->size;
    Preamble preamble = read_preamble(path, source->bytes, source->size, options->delimiter);
    const char *header = preamble.header;
    size_t line = preamble.header_line;
    if (!*header)
        return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "is empty",
                          "a table has a header line and one line per row");
    layout->delimiter = preamble.delimiter ? preamble.delimiter : detect(path, header, limit);
    const char *p = header;
    size_t n_fields = count_fields(&p, limit, layout->delimiter);
    if (n_fields == 0) {
        VgCsvField field;
        VgCsvFault fault = vg_csv_field(header, limit, layout->delimiter, &field);
        while (fault == VG_CSV_FINE)
            fault = vg_csv_field(field.end + 1, limit, layout->delimiter, &field);
        return vg_csv_fault(path, line, fault, error);
    }
    if (n_fields > MOST_COLUMNS || (size_t)(p - header) > VG_CSV_LONGEST_RECORD)
        return vg_fail_at(error, VG_INVALID_INPUT, path, line,
                          "the header has %zu columns in %zu bytes",
                          "at most 1000000 columns in 32 MB: check that the file has line ends",
                          n_fields, (size_t)(p - header));
    layout->data_line = line + vg_csv_count_lines(header, p) + (*p != '\0');
    layout->data = skip_blank(vg_csv_next_line(p), layout->delimiter, &layout->data_line);
    layout->data = skip_directives(layout->data, layout->delimiter, &layout->data_line);
    if (!*layout->data)
        return vg_fail_at(error, VG_INVALID_INPUT, path, line, "has a header but no rows",
                          "add the data, or check that the export was complete");
    layout->name = VG_NEW(arena, const char *, n_fields + 1);
    if (!layout->name)
        return vg_fail_memory(error);
    const char *q = layout->data;
    size_t n_first = count_fields(&q, limit, layout->delimiter);
    if (n_first == n_fields + 1) {
        if (n_fields == 1 && layout->delimiter == ',' && vg_is_digit(*layout->data))
            return vg_fail_at(error, VG_INVALID_INPUT, path, layout->data_line,
                              "2 fields, header has 1",
                              "if the comma is a decimal mark, write a point; if the first field "
                              "is a row name, name it in the header");
        layout->name[layout->n++] = "row";
    }
    bool all_numbers;
    VG_TRY(read_names(arena, path, limit, line, layout, header, n_fields, &all_numbers, error));
    if (all_numbers)
        return vg_fail_at(error, VG_INVALID_INPUT, path, line,
                          "the first line holds only numbers, no column names",
                          "put a line with the names of the columns first (names that are "
                          "numbers must be quoted)");
    layout->header_line = line;
    return VG_OK;
}
