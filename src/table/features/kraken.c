/* Reports of Kraken (percent, reads of the clade, reads of the taxon, rank, taxid, indented name; eight columns with
 * minimisers) and tables of Bracken. Source of the formats: manuals of Kraken 2 and Bracken. */
#include "table/features/readers.h"

#include <ctype.h>
#include <string.h>

enum { DEEPEST = 64 };

static const char *sample_name(VgFeatureBuilder *b)
{
    return b->options->sample ? b->options->sample : vg_sample_of_path(b->arena, b->path);
}

static VgStatus only_sample(VgFeatureBuilder *b, size_t *sample, VgError *error)
{
    const char *name = sample_name(b);
    if (!name)
        return vg_fail_memory(error);
    return vg_builder_sample(b, name, strlen(name), 0, sample, error);
}

/* Names are not unique across the tree of life ("Bacillus" is an insect too): a second one takes its taxid along. */
static VgStatus add_taxon(VgFeatureBuilder *b, const VgField *name, const VgField *taxid,
                          size_t line, VgPlace *place, VgError *error)
{
    bool is_new;
    place->target = VG_TO_FEATURE;
    if (name->length == 0)
        return vg_builder_feature(b, name->text, 0, line, place, error);
    VG_TRY(vg_names_add(&b->feature, b->arena, name->text, name->length, line, &place->index,
                        &is_new, error));
    if (is_new)
        return VG_OK;
    const char *longer = vg_arena_printf(b->arena, "%.*s (taxid %.*s)", (int)name->length,
                                         name->text, (int)taxid->length, taxid->text);
    if (!longer)
        return vg_fail_memory(error);
    return vg_builder_feature(b, longer, strlen(longer), line, place, error);
}

typedef struct Report {
    size_t sample;
    VgField level[DEEPEST]; /* names above the current taxon, by depth of indentation */
    char rank[DEEPEST];
    double total, kept, unclassified;
} Report;

/* "d__Bacteria; p__…": levels of one of the main ranks. */
static VgStatus lineage_of(VgFeatureBuilder *b, const Report *report, size_t depth,
                           const char **lineage, VgError *error)
{
    VgField level[DEEPEST];
    size_t n = 0;
    for (size_t i = 0; i <= depth; i++) {
        if (!report->rank[i] || !strchr("dkpcofgs", report->rank[i]))
            continue;
        char *text = vg_arena_printf(b->arena, "%c__%.*s", report->rank[i],
                                     (int)report->level[i].length, report->level[i].text);
        if (!text)
            return vg_fail_memory(error);
        level[n++] = (VgField){text, strlen(text)};
    }
    return vg_lineage_join(b->arena, level, n, lineage, error);
}

static VgStatus report_row(VgFeatureBuilder *b, const VgLines *lines, const VgFields *fields,
                           Report *report, VgError *error)
{
    size_t n = fields->n;
    double clade, taxon;
    if ((n != 6 && n != 8) || !vg_field_number(&fields->field[1], &clade) ||
        !vg_field_number(&fields->field[2], &taxon))
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, lines->line,
                          "no line of a Kraken report: 6 (or 8) columns split by tabs, reads in "
                          "the second and third",
                          "make the report with kraken2 --report");
    VgField name = fields->field[n - 1], rank = fields->field[n - 3];
    size_t indent = 0;
    while (indent < name.length && name.text[indent] == ' ')
        indent++;
    name = (VgField){name.text + indent, name.length - indent};
    size_t depth = indent / 2;
    if (depth >= DEEPEST)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, lines->line, "a taxon %zu levels deep",
                          "make the report with kraken2 --report", depth);
    char letter = rank.length == 1 ? (char)tolower((unsigned char)rank.text[0]) : '\0';
    report->level[depth] = name;
    report->rank[depth] = letter;
    if (letter == 'u') {
        report->unclassified += clade;
        return VG_OK;
    }
    if (depth == 0)
        report->total += clade;
    char wanted = b->options->rank ? b->options->rank : 's';
    if (wanted != '*' && letter != wanted)
        return VG_OK;
    VgPlace place;
    VG_TRY(add_taxon(b, &name, &fields->field[n - 2], lines->line, &place, error));
    const char *lineage;
    VG_TRY(lineage_of(b, report, depth, &lineage, error));
    VG_TRY(vg_builder_describe(b, place.index, lineage, letter, error));
    report->kept += clade;
    return vg_builder_put(b, report->sample, place, clade, lines->line, error);
}

static VgStatus read_report(VgFeatureBuilder *b, VgLines *lines, VgFields *fields, VgError *error)
{
    Report report = {0};
    VG_TRY(only_sample(b, &report.sample, error));
    while (vg_lines_next(lines)) {
        VG_TRY(vg_fields_split(fields, lines, lines->begin, '\t', false, error));
        VG_TRY(report_row(b, lines, fields, &report, error));
    }
    if (b->feature.dictionary.n == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "no taxon of rank '%c'",
                          "ask for a rank that the report holds (d k p c o f g s)",
                          b->options->rank ? b->options->rank : 's');
    double above =
        report.total > report.kept && b->options->rank != '*' ? report.total - report.kept : 0;
    return vg_builder_put(b, report.sample, (VgPlace){VG_TO_UNASSIGNED, 0},
                          report.unclassified + above, 0, error);
}

VgStatus vg_read_kreport(VgFeatureBuilder *b, VgLines *lines, VgError *error)
{
    VgFields fields = {.arena = b->arena};
    VgStatus status = read_report(b, lines, &fields, error);
    vg_fields_free(&fields);
    return status;
}

/* ---- Bracken ---- */

static bool ends(const VgField *field, const char *tail)
{
    size_t n = strlen(tail);
    return field->length > n && memcmp(field->text + field->length - n, tail, n) == 0;
}

static VgStatus read_table(VgFeatureBuilder *b, VgLines *lines, VgFields *fields, VgError *error)
{
    enum { NAME, TAXID, LEVEL };
    if (!vg_lines_next(lines))
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "is empty",
                          "a table of Bracken has a header and one line per taxon");
    VG_TRY(vg_fields_split(fields, lines, lines->begin, '\t', false, error));
    size_t n = fields->n, n_values = 0;
    size_t *sample = vg_arena_alloc(b->arena, n, sizeof *sample);
    bool *value = vg_arena_alloc(b->arena, n, sizeof *value);
    if (!sample || !value)
        return vg_fail_memory(error);
    for (size_t i = LEVEL + 1; i < n; i++) {
        VgField *name = &fields->field[i];
        bool one = vg_field_is(name, "new_est_reads"), many = ends(name, "_num");
        if (one)
            VG_TRY(only_sample(b, &sample[i], error));
        else if (many) /* combine_bracken_outputs: "sample_num", "sample_frac" */
            VG_TRY(
                vg_builder_sample(b, name->text, name->length - 4, lines->line, &sample[i], error));
        value[i] = one || many;
        n_values += value[i];
    }
    if (n_values == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, lines->line,
                          "no column new_est_reads (or …_num)", "give Bracken's own table");
    while (vg_lines_next(lines)) {
        VG_TRY(vg_fields_split(fields, lines, lines->begin, '\t', false, error));
        if (fields->n != n)
            return vg_fail_at(error, VG_INVALID_INPUT, b->path, lines->line,
                              "%zu fields, but the header has %zu", "the line was cut", fields->n,
                              n);
        VgPlace place;
        VG_TRY(
            add_taxon(b, &fields->field[NAME], &fields->field[TAXID], lines->line, &place, error));
        char rank = fields->field[LEVEL].length
                        ? (char)tolower((unsigned char)fields->field[LEVEL].text[0])
                        : '\0';
        VG_TRY(vg_builder_describe(b, place.index, NULL, rank, error));
        for (size_t i = 0; i < n; i++) {
            double reads;
            if (!value[i])
                continue;
            if (!vg_field_number(&fields->field[i], &reads))
                return vg_fail_at(error, VG_INVALID_INPUT, b->path, lines->line,
                                  "'%.*s' in column %zu is no number", "give Bracken's own table",
                                  vg_field_shown(&fields->field[i]), fields->field[i].text, i + 1);
            VG_TRY(vg_builder_put(b, sample[i], place, reads, lines->line, error));
        }
    }
    return VG_OK;
}

VgStatus vg_read_bracken(VgFeatureBuilder *b, VgLines *lines, VgError *error)
{
    VgFields fields = {.arena = b->arena};
    VgStatus status = read_table(b, lines, &fields, error);
    vg_fields_free(&fields);
    return status;
}
