/* Lineages by feature: QIIME 2 taxonomy, or a table with a column of lineages or one column per rank. */
#include <vagus/feature_table.h>

#include <math.h>
#include <string.h>

#include "base/digest.h"
#include "base/map.h"
#include "table/features/archive.h"
#include "table/features/readers.h"

enum { N_RANKS = 8 };
static const char *const RANK_NAME[N_RANKS] = {"Kingdom", "Phylum", "Class",   "Order",
                                               "Family",  "Genus",  "Species", "Strain"};
static const char RANK_LETTER[] = "kpcofgst";

typedef struct Columns {
    size_t n;
    int id, lineage, confidence;
    int rank[N_RANKS]; /* −1: none */
} Columns;

static bool is_any(const VgField *field, const char *const *word, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (vg_field_is_like(field, word[i]))
            return true;
    return false;
}

static VgStatus find_columns(const char *path, size_t line, const VgFields *header,
                             Columns *columns, VgError *error)
{
    static const char *const lineage[] = {"taxon", "taxonomy", "lineage", "ConsensusLineage"};
    *columns = (Columns){.n = header->n, .id = 0, .lineage = -1, .confidence = -1};
    size_t n_ranks = 0;
    for (size_t r = 0; r < N_RANKS; r++)
        columns->rank[r] = -1;
    for (size_t i = 1; i < header->n; i++) {
        const VgField *name = &header->field[i];
        if (columns->lineage < 0 && is_any(name, lineage, 4))
            columns->lineage = (int)i;
        if (vg_field_is_like(name, "confidence"))
            columns->confidence = (int)i;
        for (size_t r = 0; r < N_RANKS; r++)
            if (vg_field_is_like(name, RANK_NAME[r]) ||
                (r == 0 && vg_field_is_like(name, "Domain"))) {
                columns->rank[r] = (int)i;
                n_ranks++;
            }
    }
    if (columns->lineage >= 0 || n_ranks >= 2)
        return VG_OK;
    return vg_fail_at(error, VG_INVALID_INPUT, path, line, "no column of lineages",
                      "name it Taxon, taxonomy or lineage, or give one column per rank: Kingdom, "
                      "Phylum, … Species");
}

static bool is_unknown(const VgField *field)
{
    return field->length == 0 || vg_field_is(field, "NA") || vg_field_is(field, "Unassigned");
}

/* One column per rank; levels without their prefix get it. */
static VgStatus join_ranks(VgArena *arena, const Columns *columns, const VgFields *row,
                           const char **lineage, VgError *error)
{
    VgField level[N_RANKS];
    size_t n = 0;
    bool known = false;
    for (size_t r = 0; r < N_RANKS; r++) {
        if (columns->rank[r] < 0)
            continue;
        VgField field = row->field[columns->rank[r]];
        bool unknown = is_unknown(&field), prefixed = vg_rank_of(field.text, field.length) != '\0';
        known = known || !unknown;
        if (!prefixed) {
            char *text = vg_arena_printf(arena, "%c__%.*s", RANK_LETTER[r],
                                         unknown ? 0 : (int)field.length, field.text);
            if (!text)
                return vg_fail_memory(error);
            field = (VgField){text, strlen(text)};
        }
        level[n++] = field;
    }
    *lineage = NULL;
    return known ? vg_lineage_join(arena, level, n, lineage, error) : VG_OK;
}

static VgStatus add_row(VgArena *arena, VgTaxonomy *t, const Columns *columns, const VgFields *row,
                        VgMap *map, size_t line, VgError *error)
{
    const VgField *id = &row->field[columns->id];
    if (row->n != columns->n)
        return vg_fail_at(error, VG_INVALID_INPUT, t->path, line,
                          "%zu fields, but the header has %zu", "the line was cut", row->n,
                          columns->n);
    if (id->length == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, t->path, line, "a feature without a name",
                          "name it, or remove the line");
    int64_t index = vg_map_add(map, id->text, id->length);
    if (index < 0)
        return vg_fail_memory(error);
    if ((size_t)index < t->n)
        return vg_fail_at(error, VG_INVALID_INPUT, t->path, line, "feature '%.*s' occurs twice",
                          "remove one of the lines", vg_field_shown(id), id->text);
    t->feature_id[t->n] = vg_map_key(map, (size_t)index);
    t->confidence[t->n] = NAN;
    double value;
    if (columns->confidence >= 0 && vg_field_number(&row->field[columns->confidence], &value))
        t->confidence[t->n] = value;
    const char **lineage = &t->lineage[t->n++];
    if (columns->lineage < 0)
        return join_ranks(arena, columns, row, lineage, error);
    const VgField *field = &row->field[columns->lineage];
    if (is_unknown(field))
        return VG_OK;
    return vg_lineage_of(arena, field->text, field->length, lineage, error);
}

static VgStatus read_rows(VgArena *arena, VgTaxonomy *t, VgLines *lines, VgFields *fields,
                          VgError *error)
{
    bool header = vg_lines_next(lines);
    if (!header)
        return vg_fail_at(error, VG_INVALID_INPUT, t->path, 0, "is empty",
                          "a taxonomy has a header and one line per feature");
    char delimiter = vg_delimiter_of(lines->begin, lines->end);
    Columns columns;
    VG_TRY(vg_fields_split(fields, lines, lines->begin, delimiter, true, error));
    VG_TRY(find_columns(t->path, lines->line, fields, &columns, error));
    size_t capacity = 0;
    for (VgLines count = *lines; vg_lines_next(&count);)
        capacity++;
    t->feature_id = VG_NEW(arena, const char *, capacity);
    t->lineage = VG_NEW(arena, const char *, capacity);
    t->confidence = VG_NEW(arena, double, capacity);
    VgMap *map = vg_map_create(arena);
    if (!t->feature_id || !t->lineage || !t->confidence || !map)
        return vg_fail_memory(error);
    while (vg_lines_next(lines)) {
        if (lines->end - lines->begin >= 4 && memcmp(lines->begin, "#q2:", 4) == 0)
            continue;
        VG_TRY(vg_fields_split(fields, lines, lines->begin, delimiter, true, error));
        VG_TRY(add_row(arena, t, &columns, fields, map, lines->line, error));
    }
    if (columns.confidence < 0)
        t->confidence = NULL;
    return VG_OK;
}

static VgStatus read_text(VgArena *arena, VgTaxonomy *t, VgSource *source, VgError *error)
{
    VgLines lines;
    VgFields fields = {.arena = arena};
    VG_TRY(vg_lines_open(&lines, t->path, source, error));
    VgStatus status = read_rows(arena, t, &lines, &fields, error);
    vg_fields_free(&fields);
    memcpy(t->sha256, source->sha256, sizeof t->sha256);
    return status;
}

VgStatus vg_taxonomy_read(VgArena *arena, const char *path, VgTaxonomy **taxonomy, VgError *error)
{
    VgTaxonomy *t = VG_NEW(arena, VgTaxonomy, 1);
    if (!t)
        return vg_fail_memory(error);
    t->path = vg_arena_strdup(arena, path);
    VgSource source;
    VG_TRY(vg_source_open(path, &source, error));
    VgStatus status = t->path ? VG_OK : vg_fail_memory(error);
    if (status == VG_OK && vg_is_zip(source.bytes, source.size)) {
        VgSource text;
        status =
            vg_artifact_part(path, &source, "FeatureData[Taxonomy]", "taxonomy.tsv", &text, error);
        if (status == VG_OK) {
            status = read_text(arena, t, &text, error);
            vg_source_close(&text);
        }
    } else if (status == VG_OK) {
        status = read_text(arena, t, &source, error);
    }
    vg_source_close(&source);
    *taxonomy = t;
    return status;
}

VgStatus vg_feature_table_set_taxonomy(VgArena *arena, VgFeatureTable *table,
                                       const VgTaxonomy *taxonomy, size_t *n_without,
                                       VgError *error)
{
    const char **lineage = VG_NEW(arena, const char *, table->n_features);
    VgMap *map = vg_map_create(arena);
    if (!lineage || !map)
        return vg_fail_memory(error);
    for (size_t i = 0; i < taxonomy->n; i++)
        if (vg_map_add(map, taxonomy->feature_id[i], strlen(taxonomy->feature_id[i])) < 0)
            return vg_fail_memory(error);
    size_t without = 0;
    for (size_t j = 0; j < table->n_features; j++) {
        int64_t at = vg_map_find(map, table->feature_id[j], strlen(table->feature_id[j]));
        without += at < 0;
        lineage[j] = at < 0 ? NULL : taxonomy->lineage[at];
    }
    if (n_without)
        *n_without = without;
    if (table->n_features && without == table->n_features)
        return vg_fail_at(error, VG_INVALID_INPUT, taxonomy->path, 0,
                          "none of the %zu features of %.100s has a lineage; the first is '%.80s', "
                          "here it is '%.80s'",
                          "give the taxonomy of this table", table->n_features, table->path,
                          table->feature_id[0], taxonomy->n ? taxonomy->feature_id[0] : "");
    table->lineage = lineage;
    return VG_OK;
}
