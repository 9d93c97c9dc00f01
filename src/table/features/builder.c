/* Builds a feature table from samples, identifiers and values, whatever the file's format. */
#include "table/features/cells.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

static const char *const NAMELESS = "give every sample and every feature a name";

/* Room for element `index` of an array that grows; new elements are zero. */
static bool reach(void *array, size_t *capacity, size_t index, size_t size)
{
    void *grown;
    memcpy(&grown, array, sizeof grown);
    size_t before = *capacity;
    if (index < before)
        return true;
    if (!vg_grow(&grown, capacity, index + 1, size))
        return false;
    memset((char *)grown + before * size, 0, (*capacity - before) * size);
    memcpy(array, &grown, sizeof grown);
    return true;
}

static VgStatus add_once(VgFeatureBuilder *b, VgNames *names, const char *what, const char *text,
                         size_t length, size_t line, size_t *index, VgError *error)
{
    bool is_new;
    if (length == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, line, "a %s without a name", NAMELESS,
                          what);
    VG_TRY(vg_names_add(names, b->arena, text, length, line, index, &is_new, error));
    if (is_new)
        return VG_OK;
    if (names->line[*index] && names->line[*index] != line)
        return vg_fail_at(
            error, VG_INVALID_INPUT, b->path, line, "%s '%.*s' occurs twice, first in %s %u",
            "rename one of them, or remove the copy", what, (int)(length > 120 ? 120 : length),
            text, b->record, (unsigned)names->line[*index]);
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, line, "%s '%.*s' occurs twice",
                      "rename one of them, or remove the copy", what,
                      (int)(length > 120 ? 120 : length), text);
}

VgStatus vg_builder_sample(VgFeatureBuilder *b, const char *text, size_t length, size_t line,
                           size_t *index, VgError *error)
{
    return add_once(b, &b->sample, "sample", text, length, line, index, error);
}

static VgStatus mark_row(VgFeatureBuilder *b, size_t feature, VgError *error)
{
    if (!reach(&b->has_row, &b->has_row_capacity, feature, sizeof *b->has_row))
        return vg_fail_memory(error);
    b->has_row[feature] = true;
    return VG_OK;
}

VgStatus vg_builder_feature(VgFeatureBuilder *b, const char *text, size_t length, size_t line,
                            VgPlace *place, VgError *error)
{
    place->target = VG_TO_FEATURE;
    VG_TRY(add_once(b, &b->feature, "feature", text, length, line, &place->index, error));
    return mark_row(b, place->index, error);
}

static bool is_text(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(text, word, length) == 0;
}

static bool is_one_of(const char *text, size_t length, const char *const *word, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_text(text, length, word[i]))
            return true;
    return false;
}

/* HUMAnN's names for what belongs to no feature. */
static VgTarget without_feature(const char *text, size_t length)
{
    static const char *const unassigned[] = {"UNMAPPED", "READS_UNMAPPED"};
    static const char *const unintegrated[] = {"UNINTEGRATED", "UNGROUPED"};
    if (is_one_of(text, length, unassigned, 2))
        return VG_TO_UNASSIGNED;
    return is_one_of(text, length, unintegrated, 2) ? VG_TO_UNINTEGRATED : VG_TO_FEATURE;
}

void vg_builder_look(VgFeatureBuilder *b, const char *text, size_t length)
{
    if (b->options->strata_separator)
        return;
    bool clade = length > 3 && text[1] == '_' && text[2] == '_';
    if (memchr(text, '|', length) && !clade)
        b->separator = '|';
    b->humann = b->humann || b->separator || without_feature(text, length) != VG_TO_FEATURE;
}

/* "PWY-1: name" and its strata "PWY-1|taxon": HUMAnN joins names to community rows only in some versions. */
static size_t identifier_length(const char *text, size_t length)
{
    for (size_t i = 0; i + 1 < length; i++)
        if (text[i] == ':' && text[i + 1] == ' ')
            return i;
    return length;
}

static VgStatus find_base(VgFeatureBuilder *b, const char *text, size_t length, size_t line,
                          size_t *index, VgError *error)
{
    /* strata follow their community row: it is the feature added last, or one of the same text */
    if (b->feature.dictionary.n) {
        const VgDictionaryEntry *last = &b->feature.dictionary.entry[b->feature.dictionary.n - 1];
        if (identifier_length(last->text, last->length) == length && last->length > length &&
            memcmp(last->text, text, length) == 0) {
            *index = b->feature.dictionary.n - 1;
            return VG_OK;
        }
    }
    return vg_names_add(&b->feature, b->arena, text, length, line, index, NULL, error);
}

static VgStatus set_stratum(VgFeatureBuilder *b, size_t stratum, size_t feature, size_t taxon,
                            VgError *error)
{
    if (!reach(&b->stratum_feature, &b->strata_capacity, stratum, sizeof(uint32_t)) ||
        !reach(&b->stratum_taxon, &b->strata_capacity_taxon, stratum, sizeof(uint32_t)))
        return vg_fail_memory(error);
    b->stratum_feature[stratum] = (uint32_t)feature;
    b->stratum_taxon[stratum] = (uint32_t)taxon;
    return VG_OK;
}

static VgStatus add_stratum(VgFeatureBuilder *b, const char *text, size_t length, size_t split,
                            size_t line, VgPlace *place, VgError *error)
{
    const char *taxon = text + split + 1;
    size_t taxon_length = length - split - 1;
    if (split == 0 || taxon_length == 0)
        return vg_fail_at(
            error, VG_INVALID_INPUT, b->path, line, "'%.*s' has no %s beside its '%c'", NAMELESS,
            (int)(length > 120 ? 120 : length), text, split ? "taxon" : "feature", b->separator);
    if (b->separator == '|' && memchr(taxon, '|', taxon_length))
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, line,
                          "'%.*s' has three levels, not feature|taxon",
                          "this joins genes into pathways; read the table of pathways (or of "
                          "gene families) as HUMAnN writes it",
                          (int)(length > 120 ? 120 : length), text);
    if (b->humann && without_feature(text, split) != VG_TO_FEATURE) {
        place->target = VG_TO_NOTHING; /* its community row holds the same reads */
        return VG_OK;
    }
    size_t feature, index;
    VG_TRY(add_once(b, &b->stratum, "row", text, length, line, &place->index, error));
    VG_TRY(find_base(b, text, split, line, &feature, error));
    VG_TRY(vg_names_add(&b->taxon, b->arena, taxon, taxon_length, line, &index, NULL, error));
    place->target = VG_TO_STRATUM;
    return set_stratum(b, place->index, feature, index, error);
}

VgStatus vg_builder_join_feature(VgFeatureBuilder *b, const char *id, size_t *index, VgError *error)
{
    VG_TRY(vg_names_add(&b->feature, b->arena, id, strlen(id), 0, index, NULL, error));
    return mark_row(b, *index, error);
}

VgStatus vg_builder_join_stratum(VgFeatureBuilder *b, const char *id, const char *feature,
                                 const char *taxon, VgPlace *place, VgError *error)
{
    size_t base, index;
    VG_TRY(vg_names_add(&b->stratum, b->arena, id, strlen(id), 0, &place->index, NULL, error));
    VG_TRY(vg_names_add(&b->feature, b->arena, feature, strlen(feature), 0, &base, NULL, error));
    VG_TRY(vg_names_add(&b->taxon, b->arena, taxon, strlen(taxon), 0, &index, NULL, error));
    place->target = VG_TO_STRATUM;
    return set_stratum(b, place->index, base, index, error);
}

VgStatus vg_builder_identify(VgFeatureBuilder *b, const char *text, size_t length, size_t line,
                             VgPlace *place, VgError *error)
{
    /* names of genes hold commas and the like, names of taxa do not */
    const char *split = !b->separator         ? NULL
                        : b->separator == '|' ? memchr(text, '|', length)
                                              : memrchr(text, b->separator, length);
    if (split)
        return add_stratum(b, text, length, (size_t)(split - text), line, place, error);
    place->target = b->humann ? without_feature(text, length) : VG_TO_FEATURE;
    place->index = 0;
    if (place->target != VG_TO_FEATURE)
        return VG_OK;
    if (b->separator && length) { /* its strata may have come first */
        int32_t n = (int32_t)b->feature.dictionary.n;
        VG_TRY(vg_names_add(&b->feature, b->arena, text, length, line, &place->index, NULL, error));
        if ((int32_t)place->index < n &&
            !(place->index < b->has_row_capacity && b->has_row[place->index]))
            return mark_row(b, place->index, error);
        if ((int32_t)place->index == n)
            return mark_row(b, place->index, error);
    }
    return vg_builder_feature(b, text, length, line, place, error);
}

VgStatus vg_builder_describe(VgFeatureBuilder *b, size_t feature, const char *lineage, char rank,
                             VgError *error)
{
    if (lineage) {
        if (!reach(&b->lineage, &b->lineage_capacity, feature, sizeof *b->lineage))
            return vg_fail_memory(error);
        b->lineage[feature] = lineage;
    }
    if (rank) {
        if (!reach(&b->rank, &b->rank_capacity, feature, 1))
            return vg_fail_memory(error);
        b->rank[feature] = rank;
    }
    return VG_OK;
}

static VgStatus add_to(double **array, size_t *capacity, size_t sample, double value,
                       VgError *error)
{
    if (!reach(array, capacity, sample, sizeof **array))
        return vg_fail_memory(error);
    (*array)[sample] += value;
    return VG_OK;
}

VgStatus vg_builder_put(VgFeatureBuilder *b, size_t sample, VgPlace place, double value,
                        size_t line, VgError *error)
{
    if (!(value >= 0 && value <= 1e300)) {
        const char *name = b->sample.dictionary.entry[sample].text;
        if (value < 0)
            return vg_fail_at(error, VG_INVALID_INPUT, b->path, line,
                              "%.17g in sample '%.80s': an amount cannot be negative",
                              "read the table before it was transformed or corrected for batches",
                              value, name);
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, line,
                          "sample '%.80s' holds a value that is missing or infinite",
                          "write 0 for what was not found, and leave out samples not measured",
                          name);
    }
    if (place.target == VG_TO_FEATURE || place.target == VG_TO_STRATUM) {
        if (!b->fraction_line && value != floor(value)) {
            b->fraction_line = line ? line : 1;
            b->fraction = value;
        }
        b->largest = value > b->largest ? value : b->largest;
    }
    switch (place.target) {
    case VG_TO_FEATURE:
        return vg_cells_put(&b->whole, sample, place.index, value, error);
    case VG_TO_STRATUM:
        return vg_cells_put(&b->strata, sample, place.index, value, error);
    case VG_TO_UNASSIGNED:
        return add_to(&b->unassigned, &b->unassigned_capacity, sample, value, error);
    case VG_TO_UNINTEGRATED:
        return add_to(&b->unintegrated, &b->unintegrated_capacity, sample, value, error);
    default:
        return VG_OK;
    }
}

/* Features that occur in strata only: their amount is the sum of the strata. */
static VgStatus sum_strata(VgFeatureBuilder *b, const VgFeatureTable *table, const VgStrata *strata,
                           VgError *error)
{
    double *sum = vg_arena_alloc(b->arena, table->n_features, sizeof *sum);
    if (!sum)
        return vg_fail_memory(error);
    for (size_t i = 0; i < table->n_samples; i++) {
        const VgAbundances *a = &strata->amount;
        for (size_t k = a->start[i]; k < a->start[i + 1]; k++) {
            size_t feature = strata->feature[a->feature[k]];
            if (!(feature < b->has_row_capacity && b->has_row[feature]))
                sum[feature] += a->value[k];
        }
        for (size_t k = a->start[i]; k < a->start[i + 1]; k++) {
            size_t feature = strata->feature[a->feature[k]];
            VG_TRY(vg_cells_put(&b->whole, i, feature, sum[feature], error));
            sum[feature] = 0;
        }
    }
    return VG_OK;
}

static VgStatus twice(const VgFeatureBuilder *b, const size_t at[2], const VgNames *names,
                      VgError *error)
{
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0,
                      "two values for sample '%.80s' and feature '%.120s'",
                      "the table was not written completely, or was joined with itself",
                      b->sample.dictionary.entry[at[0]].text, names->dictionary.entry[at[1]].text);
}

static VgStatus finish_strata(VgFeatureBuilder *b, VgFeatureTable *table, VgError *error)
{
    size_t n = b->stratum.dictionary.n, at[2];
    VgStrata *strata = VG_NEW(b->arena, VgStrata, 1);
    if (!strata)
        return vg_fail_memory(error);
    strata->n = n;
    strata->feature = VG_NEW(b->arena, uint32_t, n);
    strata->taxon = VG_NEW(b->arena, uint32_t, n);
    strata->line = VG_NEW(b->arena, uint32_t, n);
    strata->n_taxa = b->taxon.dictionary.n;
    if (!strata->feature || !strata->taxon || !strata->line)
        return vg_fail_memory(error);
    memcpy(strata->feature, b->stratum_feature, n * sizeof *strata->feature);
    memcpy(strata->taxon, b->stratum_taxon, n * sizeof *strata->taxon);
    memcpy(strata->line, b->stratum.line, n * sizeof *strata->line);
    VG_TRY(vg_names_take(&b->taxon, b->arena, &strata->taxon_id, NULL, error));
    VgStatus status =
        vg_cells_finish(&b->strata, b->arena, table->n_samples, &strata->amount, at, error);
    if (status == VG_INVALID_INPUT)
        return twice(b, at, &b->stratum, error);
    VG_TRY(status);
    for (size_t j = 0; j < table->n_features; j++)
        table->n_summed += !(j < b->has_row_capacity && b->has_row[j]);
    table->strata = strata;
    return table->n_summed ? sum_strata(b, table, strata, error) : VG_OK;
}

/* A copy of the first n elements; what was never set is zero. */
static void *taken(VgArena *arena, const void *array, size_t capacity, size_t n, size_t size)
{
    void *copy = vg_arena_alloc(arena, n, size);
    if (copy && array)
        memcpy(copy, array, (n < capacity ? n : capacity) * size);
    return copy;
}

/* What the shares sum to. Printed shares are rounded: their sum may exceed the whole a little. */
static VgStatus find_whole(const VgFeatureBuilder *b, VgFeatureTable *table, VgError *error)
{
    double most = 0;
    size_t worst = 0;
    table->least_sum = table->n_samples ? INFINITY : 0;
    for (size_t i = 0; i < table->n_samples; i++) {
        double sum = table->unassigned ? table->unassigned[i] : 0;
        for (size_t k = table->amount.start[i]; k < table->amount.start[i + 1]; k++)
            sum += table->amount.value[k];
        worst = sum > most ? i : worst;
        most = sum > most ? sum : most;
        table->least_sum = sum < table->least_sum ? sum : table->least_sum;
    }
    const double slack = 1.001;
    bool percent =
        b->format == VG_FORMAT_METAPHLAN || (most > slack && b->format != VG_FORMAT_QIIME2);
    table->whole = percent ? 100 : 1;
    if (most <= table->whole * slack)
        return VG_OK;
    return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0,
                      "the shares of sample '%.80s' sum to %.6g, more than %g",
                      "these are no shares, or the same reads are counted at several ranks",
                      b->sample.dictionary.entry[worst].text, most, table->whole);
}

static VgStatus decide_kind(const VgFeatureBuilder *b, VgFeatureTable *table, VgError *error)
{
    table->kind = *b->kind;
    if (table->kind == VG_FEATURES_COUNTS && b->fraction_line) {
        bool has_line = strcmp(b->record, "line") == 0;
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, has_line ? b->fraction_line : 0,
                          "%.17g among values that are declared counts: counts are whole",
                          "declare another kind, or read the table before it was normalised",
                          b->fraction);
    }
    if (table->kind == VG_FEATURES_UNKNOWN && b->format == VG_FORMAT_METAPHLAN)
        table->kind = VG_FEATURES_RELATIVE;
    if (table->kind == VG_FEATURES_UNKNOWN && !b->humann && !b->fraction_line && b->largest > 1)
        table->kind = VG_FEATURES_COUNTS;
    if (table->kind == VG_FEATURES_RELATIVE && !table->nested)
        return find_whole(b, table, error);
    return VG_OK;
}

VgStatus vg_builder_finish(VgFeatureBuilder *b, VgFeatureTable **made, VgError *error)
{
    VgFeatureTable *table = VG_NEW(b->arena, VgFeatureTable, 1);
    if (!table)
        return vg_fail_memory(error);
    table->path = vg_arena_strdup(b->arena, b->path);
    table->format = b->format;
    table->n_samples = b->sample.dictionary.n;
    table->n_features = b->feature.dictionary.n;
    bool lines = strcmp(b->record, "line") == 0;
    VG_TRY(vg_names_take(&b->sample, b->arena, &table->sample_id, NULL, error));
    VG_TRY(vg_names_take(&b->feature, b->arena, &table->feature_id,
                         lines ? &table->feature_line : NULL, error));
    if (b->stratum.dictionary.n)
        VG_TRY(finish_strata(b, table, error));
    size_t at[2];
    VgStatus status =
        vg_cells_finish(&b->whole, b->arena, table->n_samples, &table->amount, at, error);
    if (status == VG_INVALID_INPUT)
        return twice(b, at, &b->feature, error);
    VG_TRY(status);
    if (b->lineage)
        table->lineage = taken(b->arena, b->lineage, b->lineage_capacity, table->n_features,
                               sizeof *table->lineage);
    if (b->rank)
        table->rank = taken(b->arena, b->rank, b->rank_capacity, table->n_features, 1);
    if (b->unassigned)
        table->unassigned = taken(b->arena, b->unassigned, b->unassigned_capacity, table->n_samples,
                                  sizeof(double));
    if (b->unintegrated)
        table->unintegrated = taken(b->arena, b->unintegrated, b->unintegrated_capacity,
                                    table->n_samples, sizeof(double));
    table->nested = b->rank && b->options->rank == '*';
    if (!table->path || (b->lineage && !table->lineage) || (b->rank && !table->rank) ||
        (b->unassigned && !table->unassigned) || (b->unintegrated && !table->unintegrated))
        return vg_fail_memory(error);
    VG_TRY(decide_kind(b, table, error));
    *made = table;
    return VG_OK;
}

void vg_builder_free(VgFeatureBuilder *b)
{
    vg_names_free(&b->sample);
    vg_names_free(&b->feature);
    vg_names_free(&b->taxon);
    vg_names_free(&b->stratum);
    vg_cells_free(&b->whole);
    vg_cells_free(&b->strata);
    vg_free(b->stratum_feature);
    vg_free(b->stratum_taxon);
    vg_free(b->has_row);
    vg_free(b->lineage);
    vg_free(b->rank);
    vg_free(b->unassigned);
    vg_free(b->unintegrated);
}
