/* Tables with one column per sample (or, on demand, per feature): plain text, HUMAnN, MetaPhlAn. They differ in where the
 * header stands, which columns are samples, and what an identifier means. */
#include "table/features/readers.h"

#include <string.h>

#include "base/memory.h"

typedef enum ColumnRole { IDENTIFIER, VALUES, LINEAGE, IGNORED } ColumnRole;

typedef struct Layout {
    char delimiter;
    bool quotes;
    size_t n;
    ColumnRole *role; /* malloc'ed, n */
    size_t *sample;   /* malloc'ed, n: index of the sample (or, transposed, unused) */
    VgPlace *place;   /* malloc'ed, n: transposed, the feature of a column */
    size_t identifier;
    size_t header_line;
    bool no_header; /* MetaPhlAn 2's profile of one sample */
} Layout;

static void layout_free(Layout *layout)
{
    vg_free(layout->role);
    vg_free(layout->sample);
    vg_free(layout->place);
}

/* Identifiers that are lineages, "d__…;p__…", are features with that lineage. */
static VgStatus describe_itself(VgFeatureBuilder *b, const VgField *id, const VgPlace *place,
                                VgError *error)
{
    const char *lineage;
    if (place->target != VG_TO_FEATURE || !vg_rank_of(id->text, id->length) ||
        !memchr(id->text, ';', id->length))
        return VG_OK;
    VG_TRY(vg_lineage_of(b->arena, id->text, id->length, &lineage, error));
    return vg_builder_describe(b, place->index, lineage, 0, error);
}

/* ---- the header ---- */

static size_t count(const char *p, const char *end, char c)
{
    size_t n = 0;
    for (; p < end; p++)
        n += *p == c;
    return n;
}

static bool is_skipped(const VgFeatureOptions *options, const VgField *name)
{
    for (size_t i = 0; i < options->n_skip; i++)
        if (vg_field_is(name, options->skip[i]))
            return true;
    return false;
}

/* The header: the last '#' line before the data that is split into as many fields as the data; else the first line
 * that is no comment. On return `lines` stands at the header. */
static VgStatus find_header(VgFeatureBuilder *b, VgLines *lines, Layout *layout, VgError *error)
{
    VgLines header = {0}, look = *lines;
    bool hash = false, any = false;
    while ((any = vg_lines_next(&look)) && *look.begin == '#') {
        hash = true;
        header = look;
    }
    if (!any && !hash)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "is empty",
                          "a table has a header line and one line per row");
    VgLines data = any ? look : header;
    layout->delimiter =
        b->options->delimiter ? b->options->delimiter : vg_delimiter_of(data.begin, data.end);
    layout->quotes = b->format == VG_FORMAT_PLAIN;
    size_t width = count(data.begin, data.end, layout->delimiter);
    size_t titles = hash ? count(header.begin, header.end, layout->delimiter) : 0;
    bool is_header = hash && titles > 0 && (titles == width || !any);
    if (hash && any && !is_header && titles > 0 && titles + 1 == width)
        is_header = b->format == VG_FORMAT_METAPHLAN; /* an empty last field */
    *lines = is_header ? header : data;
    /* "#SampleID\tMetaphlan_Analysis" or nothing at all, then "k__Bacteria\t100.0" */
    layout->no_header =
        b->format == VG_FORMAT_METAPHLAN && any && vg_is_clade(data.begin, data.end) &&
        (!is_header ||
         (header.end - header.begin >= 9 && memcmp(header.begin, "#SampleID", 9) == 0));
    layout->header_line = lines->line;
    return VG_OK;
}

static VgStatus no_such_column(const VgFeatureBuilder *b, size_t line, const char *name,
                               VgError *error)
{
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, line, "no column '%.80s'",
                      "correct the name: upper and lower case count", name);
}

static VgStatus allocate_layout(Layout *layout, size_t n, VgError *error)
{
    layout->n = n;
    layout->role = vg_malloc(n * sizeof *layout->role);
    layout->sample = vg_malloc(n * sizeof *layout->sample);
    layout->place = vg_malloc(n * sizeof *layout->place);
    if (!layout->role || !layout->sample || !layout->place)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        layout->role[i] = VALUES;
        layout->place[i] = (VgPlace){VG_TO_NOTHING, 0};
    }
    return VG_OK;
}

static bool is_lineage_name(const VgField *name)
{
    static const char *const known[] = {"taxonomy", "Consensus Lineage", "ConsensusLineage",
                                        "lineage", "OTU Metadata"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (vg_field_is_like(name, known[i]))
            return true;
    return false;
}

static bool is_any(const VgField *name, const char *const *word, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (vg_field_is_like(name, word[i]))
            return true;
    return false;
}

static bool is_ko(const VgField *name)
{
    size_t digits = 0;
    while (digits + 1 < name->length && name->text[digits + 1] >= '0' &&
           name->text[digits + 1] <= '9')
        digits++;
    return name->length == 6 && name->text[0] == 'K' && digits == 5;
}

/* A table read the wrong way round gives numbers too, all of them wrong: what the header says of itself is compared
 * with how it is to be read. */
static VgStatus check_orientation(const VgFeatureBuilder *b, const VgFields *header, size_t line,
                                  VgError *error)
{
    static const char *const sample[] = {"Sample", "SampleID", "Sample name", "Samples"};
    static const char *const feature[] = {"OTU ID", "OTU",     "Feature ID", "ASV",
                                          "KO",     "taxon",   "feature",    "Gene Family",
                                          "genus",  "species", "Pathway"};
    const VgField *first = &header->field[0];
    size_t clades = 0;
    for (size_t i = 1; i < header->n; i++)
        clades +=
            vg_rank_of(header->field[i].text, header->field[i].length) || is_ko(&header->field[i]);
    bool in_columns = is_any(first, sample, 4) || 2 * clades > header->n - 1;
    bool in_rows = is_any(first, feature, sizeof feature / sizeof *feature);
    if (b->options->features_in_columns ? !in_rows || in_columns : !in_columns || in_rows)
        return VG_OK;
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, line,
                      "the header ('%.*s', …) says that %s stand in rows",
                      b->options->features_in_columns
                          ? "leave out \"features in columns\", or rename the first column"
                          : "declare \"features in columns\", or rename the first column",
                      vg_field_shown(first), first->text, in_columns ? "samples" : "features");
}

static VgStatus plain_roles(VgFeatureBuilder *b, const VgFields *header, Layout *layout,
                            VgError *error)
{
    const VgFeatureOptions *options = b->options;
    if (!options->id_column)
        VG_TRY(check_orientation(b, header, layout->header_line, error));
    for (size_t i = 1; i < header->n && options->features_in_columns; i++)
        vg_builder_look(b, header->field[i].text, header->field[i].length);
    if (options->id_column) {
        size_t i = 0;
        while (i < header->n && !vg_field_is(&header->field[i], options->id_column))
            i++;
        if (i == header->n)
            return no_such_column(b, layout->header_line, options->id_column, error);
        layout->identifier = i;
    }
    for (size_t s = 0; s < options->n_skip; s++) {
        size_t i = 0;
        while (i < header->n && !vg_field_is(&header->field[i], options->skip[s]))
            i++;
        if (i == header->n)
            return no_such_column(b, layout->header_line, options->skip[s], error);
    }
    layout->role[layout->identifier] = IDENTIFIER;
    for (size_t i = 0; i < layout->n; i++) {
        if (i == layout->identifier)
            continue;
        if (is_skipped(options, &header->field[i]))
            layout->role[i] = IGNORED;
        else if (!options->features_in_columns && b->format == VG_FORMAT_PLAIN &&
                 is_lineage_name(&header->field[i]))
            layout->role[i] = LINEAGE;
    }
    return VG_OK;
}

/* Columns that hold anything but numbers are no values: one pass over all rows. */
static VgStatus keep_numbers(const VgLines *lines, Layout *layout, VgFields *fields, VgError *error)
{
    VgLines look = *lines;
    while (vg_lines_next(&look)) {
        if (*look.begin == '#')
            continue;
        VG_TRY(
            vg_fields_split(fields, &look, look.begin, layout->delimiter, layout->quotes, error));
        for (size_t i = 0; i < layout->n && i < fields->n; i++) {
            double value;
            if (layout->role[i] == VALUES && !vg_field_number(&fields->field[i], &value))
                layout->role[i] = IGNORED;
        }
    }
    return VG_OK;
}

static VgStatus metaphlan_roles(VgFeatureBuilder *b, const VgFields *header, Layout *layout,
                                bool *single, VgError *error)
{
    bool want_reads = b->options->kind == VG_FEATURES_COUNTS;
    size_t value = layout->n;
    *single = layout->no_header;
    for (size_t i = 1; i < layout->n; i++) {
        const VgField *name = &header->field[i];
        bool share = vg_field_is(name, "relative_abundance");
        bool reads = vg_field_is(name, "estimated_number_of_reads_from_the_clade");
        *single = *single || share;
        if (want_reads ? reads : share)
            value = i;
        if (vg_field_is(name, "NCBI_tax_id") || vg_field_is(name, "clade_taxid"))
            layout->role[i] = IGNORED;
    }
    layout->role[0] = IDENTIFIER;
    if (!*single)
        return VG_OK;
    if (layout->no_header)
        value = layout->n > 2 ? 2 : 1; /* "clade, taxid, share, …" or "clade, share" */
    if (value >= layout->n)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, layout->header_line,
                          want_reads ? "no column of estimated reads" : "no column of shares",
                          want_reads ? "run MetaPhlAn with -t rel_ab_w_read_stats, or declare "
                                       "relative abundances"
                                     : "a profile has clade names and relative abundances");
    for (size_t i = 1; i < layout->n; i++)
        layout->role[i] = i == value ? VALUES : IGNORED;
    return VG_OK;
}

static VgStatus name_columns(VgFeatureBuilder *b, const VgFields *header, Layout *layout,
                             bool single, VgError *error)
{
    size_t n_values = 0;
    for (size_t i = 0; i < layout->n; i++) {
        if (layout->role[i] != VALUES)
            continue;
        n_values++;
        VgField name = header->field[i];
        if (single || layout->no_header) {
            const char *sample =
                b->options->sample ? b->options->sample : vg_sample_of_path(b->arena, b->path);
            if (!sample)
                return vg_fail_memory(error);
            name = (VgField){sample, strlen(sample)};
        }
        if (b->options->features_in_columns) {
            VG_TRY(vg_builder_identify(b, name.text, name.length, layout->header_line,
                                       &layout->place[i], error));
            VG_TRY(describe_itself(b, &name, &layout->place[i], error));
        } else
            VG_TRY(vg_builder_sample(b, name.text, name.length, layout->header_line,
                                     &layout->sample[i], error));
    }
    if (n_values == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, layout->header_line,
                          "no column of values among %zu",
                          "the first column names the features, each further column is a sample "
                          "(features in columns: say so)",
                          layout->n);
    return VG_OK;
}

/* A header one field short, as R's write.table leaves it: the column of ids has no name. */
static VgStatus name_rows(const VgLines *lines, const Layout *layout, VgFields *header,
                          VgError *error)
{
    VgLines look = *lines;
    VgFields row = {.arena = header->arena};
    VgStatus status = VG_OK;
    if (vg_lines_next(&look))
        status = vg_fields_split(&row, &look, look.begin, layout->delimiter, layout->quotes, error);
    if (status == VG_OK && row.n == header->n + 1)
        status = vg_fields_prepend(header, error);
    vg_fields_free(&row);
    return status;
}

static VgStatus lay_out(VgFeatureBuilder *b, VgLines *lines, Layout *layout, VgFields *fields,
                        VgError *error)
{
    VG_TRY(find_header(b, lines, layout, error));
    const char *begin = lines->begin;
    while (!layout->no_header && begin < lines->end && (*begin == '#' || *begin == ' '))
        begin++;
    VG_TRY(vg_fields_split(fields, lines, begin, layout->delimiter, layout->quotes, error));
    if (b->format == VG_FORMAT_PLAIN)
        VG_TRY(name_rows(lines, layout, fields, error));
    VG_TRY(allocate_layout(layout, fields->n, error));
    bool single = false;
    if (b->format == VG_FORMAT_METAPHLAN)
        VG_TRY(metaphlan_roles(b, fields, layout, &single, error));
    else
        VG_TRY(plain_roles(b, fields, layout, error));
    if (b->options->numbers_only) {
        VgFields scratch = {.arena = b->arena};
        VgStatus status = keep_numbers(lines, layout, &scratch, error);
        vg_fields_free(&scratch);
        VG_TRY(status);
    }
    return name_columns(b, fields, layout, single, error);
}

/* ---- the rows ---- */

/* A clade of MetaPhlAn: kept when it is of the wanted rank. */
static VgStatus identify_clade(VgFeatureBuilder *b, const VgField *id, size_t line, VgPlace *place,
                               VgError *error)
{
    if (vg_field_is(id, "UNCLASSIFIED") || vg_field_is(id, "UNKNOWN")) {
        *place = (VgPlace){VG_TO_UNASSIGNED, 0};
        return VG_OK;
    }
    const char *level = id->text;
    for (const char *p = id->text; p < id->text + id->length; p++)
        if (*p == '|')
            level = p + 1;
    char rank = vg_rank_of(level, (size_t)(id->text + id->length - level));
    char wanted = b->options->rank ? b->options->rank : 's';
    place->target = VG_TO_NOTHING;
    if (wanted != '*' && rank != wanted && !(wanted == 'd' && rank == 'k') &&
        !(wanted == 'k' && rank == 'd'))
        return VG_OK;
    VG_TRY(vg_builder_feature(b, id->text, id->length, line, place, error));
    const char *lineage;
    VG_TRY(vg_lineage_of(b->arena, id->text, id->length, &lineage, error));
    return vg_builder_describe(b, place->index, lineage, rank, error);
}

static VgStatus bad_value(const VgFeatureBuilder *b, const VgLines *lines, const VgField *field,
                          size_t column, VgError *error)
{
    if (field->length == 0 || vg_field_is_like(field, "NA") || vg_field_is_like(field, "nan"))
        return vg_fail_at(
            error, VG_INVALID_INPUT, b->path, lines->line, "column %zu holds no value",
            "write 0 for what was not found, and leave out samples not measured", column + 1);
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, lines->line,
                      "'%.*s' in column %zu is no number",
                      "name columns that hold no values as columns to skip; features in columns "
                      "must be told",
                      vg_field_shown(field), field->text, column + 1);
}

static VgStatus read_row(VgFeatureBuilder *b, const VgLines *lines, const Layout *layout,
                         const VgFields *fields, VgError *error)
{
    if (fields->n != layout->n &&
        !(b->format == VG_FORMAT_METAPHLAN && fields->n > 1 && fields->n + 1 == layout->n))
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, lines->line,
                          "%zu fields, but the header (line %zu) has %zu",
                          "the line was cut, or holds a delimiter that is part of a name",
                          fields->n, layout->header_line, layout->n);
    const VgField *id = &fields->field[layout->identifier];
    VgPlace place = {VG_TO_NOTHING, 0};
    size_t sample = 0;
    if (b->options->features_in_columns)
        VG_TRY(vg_builder_sample(b, id->text, id->length, lines->line, &sample, error));
    else if (b->format == VG_FORMAT_METAPHLAN)
        VG_TRY(identify_clade(b, id, lines->line, &place, error));
    else
        VG_TRY(vg_builder_identify(b, id->text, id->length, lines->line, &place, error));
    VG_TRY(describe_itself(b, id, &place, error));
    for (size_t i = 0; i < fields->n; i++) {
        const VgField *field = &fields->field[i];
        if (layout->role[i] == LINEAGE && place.target == VG_TO_FEATURE && field->length) {
            const char *lineage;
            VG_TRY(vg_lineage_of(b->arena, field->text, field->length, &lineage, error));
            VG_TRY(vg_builder_describe(b, place.index, lineage, 0, error));
        }
        if (layout->role[i] != VALUES)
            continue;
        double value;
        if (!vg_field_number(field, &value))
            return bad_value(b, lines, field, i, error);
        VG_TRY(vg_builder_put(b, b->options->features_in_columns ? sample : layout->sample[i],
                              b->options->features_in_columns ? layout->place[i] : place, value,
                              lines->line, error));
    }
    return VG_OK;
}

static VgStatus read_all(VgFeatureBuilder *b, VgLines *lines, Layout *layout, VgFields *fields,
                         VgError *error)
{
    VG_TRY(lay_out(b, lines, layout, fields, error));
    bool at_row = layout->no_header;
    size_t rows = 0;
    while (at_row || vg_lines_next(lines)) {
        at_row = false;
        if (*lines->begin == '#')
            continue;
        VG_TRY(
            vg_fields_split(fields, lines, lines->begin, layout->delimiter, layout->quotes, error));
        VG_TRY(read_row(b, lines, layout, fields, error));
        rows++;
    }
    if (rows == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, layout->header_line,
                          "has a header but no rows",
                          "add the data, or check that the export was complete");
    if (b->format == VG_FORMAT_METAPHLAN && b->feature.dictionary.n == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "no clade of rank '%c'",
                          "ask for a rank that the profile holds (k p c o f g s t)",
                          b->options->rank ? b->options->rank : 's');
    return VG_OK;
}

VgStatus vg_read_matrix_text(VgFeatureBuilder *b, VgLines *lines, VgError *error)
{
    Layout layout = {0};
    VgFields fields = {.arena = b->arena};
    VgStatus status = read_all(b, lines, &layout, &fields, error);
    layout_free(&layout);
    vg_fields_free(&fields);
    return status;
}
