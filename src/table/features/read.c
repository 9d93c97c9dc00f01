/* Reading a feature table by extension and content; joining tables of several files. */
#include <vagus/feature_table.h>

#include <string.h>

#include "base/digest.h"
#include "base/memory.h"
#include "table/features/archive.h"
#include "table/features/readers.h"

static const char *const FORMAT_NAME[] = {NULL,        "plain",  "biom_json", "biom_hdf5", "qiime2",
                                          "metaphlan", "humann", "kreport",   "bracken"};

const char *vg_feature_format_name(VgFeatureFormat format)
{
    return (size_t)format < sizeof FORMAT_NAME / sizeof *FORMAT_NAME ? FORMAT_NAME[format] : NULL;
}

const char *vg_feature_kind_name(VgFeatureKind kind)
{
    static const char *const name[] = {"unknown", "counts", "relative"};
    return (size_t)kind < 3 ? name[kind] : NULL;
}

static VgStatus check_options(const char *path, const VgFeatureOptions *options, VgError *error)
{
    if (options->rank && !strchr("dkpcofgst*", options->rank))
        return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "no rank '%c'",
                          "ranks are d k p c o f g s t, and * for all", options->rank);
    return VG_OK;
}

static VgStatus wrong_format(const char *path, VgFeatureFormat wanted, VgFeatureFormat found,
                             VgError *error)
{
    return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "is declared %s, but looks like %s",
                      "correct the declared format, or leave it out",
                      vg_feature_format_name(wanted), vg_feature_format_name(found));
}

static bool is_json(const VgSource *source)
{
    const char *p = source->bytes, *end = p + source->size;
    if (source->size >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    while (p < end && strchr(" \t\r\n", *p) && *p)
        p++;
    return p < end && *p == '{';
}

static VgStatus read_text(VgFeatureBuilder *b, VgSource *source, VgError *error)
{
    VgLines lines;
    VgFeatureFormat found, wanted = b->options->format;
    VG_TRY(vg_lines_open(&lines, b->path, source, error));
    VG_TRY(vg_text_format(&lines, b->options, &found, error));
    /* what text is can be declared against its looks; what is no text cannot */
    if (wanted == VG_FORMAT_BIOM_JSON || wanted == VG_FORMAT_BIOM_HDF5 ||
        wanted == VG_FORMAT_QIIME2)
        return wrong_format(b->path, wanted, found, error);
    b->format = wanted ? wanted : found;
    b->record = "line";
    b->separator = b->options->strata_separator;
    b->humann = b->format == VG_FORMAT_HUMANN && !b->separator;
    if (b->humann)
        b->separator = '|';
    if (b->format == VG_FORMAT_KREPORT)
        return vg_read_kreport(b, &lines, error);
    if (b->format == VG_FORMAT_BRACKEN)
        return vg_read_bracken(b, &lines, error);
    return vg_read_matrix_text(b, &lines, error);
}

static VgStatus read_biom(VgFeatureBuilder *b, const VgSource *source, VgError *error)
{
    b->separator = b->options->strata_separator;
    bool hdf5 = vg_is_hdf5(source->bytes, source->size);
    VgFeatureFormat found = hdf5 ? VG_FORMAT_BIOM_HDF5 : VG_FORMAT_BIOM_JSON;
    if (b->format != VG_FORMAT_QIIME2) {
        if (b->options->format && b->options->format != found)
            return wrong_format(b->path, b->options->format, found, error);
        b->format = found;
    }
    return hdf5 ? vg_read_biom_hdf5(b, source->bytes, source->size, error)
                : vg_read_biom_json(b, source->bytes, source->size, error);
}

static VgStatus artifact_kind(VgFeatureBuilder *b, const VgArtifact *artifact,
                              VgFeatureOptions *options, VgError *error)
{
    static const char *const hint = "give the artifact of a feature table; trees, taxonomy and "
                                    "distances have their own readers";
    if (strncmp(artifact->type, "FeatureTable[", 13) != 0)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "holds %.100s, not a feature table",
                          hint, artifact->type);
    VgFeatureKind kind = VG_FEATURES_UNKNOWN;
    if (strcmp(artifact->type, "FeatureTable[Frequency]") == 0)
        kind = VG_FEATURES_COUNTS;
    if (strcmp(artifact->type, "FeatureTable[RelativeFrequency]") == 0)
        kind = VG_FEATURES_RELATIVE;
    if (kind && options->kind && kind != options->kind)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0,
                          "is declared %s, but the artifact is %.100s",
                          "correct the declared kind, or leave it out",
                          vg_feature_kind_name(options->kind), artifact->type);
    options->kind = kind ? kind : options->kind;
    return VG_OK;
}

static VgStatus read_artifact(VgFeatureBuilder *b, const VgSource *source, VgError *error)
{
    VgFeatureOptions options = *b->options;
    VgArtifact artifact;
    VgSource table = {0};
    if (options.format && options.format != VG_FORMAT_QIIME2)
        return wrong_format(b->path, options.format, VG_FORMAT_QIIME2, error);
    VG_TRY(vg_artifact_open(&artifact, b->path, source, options.most_bytes, error));
    VgStatus status = artifact_kind(b, &artifact, &options, error);
    if (status == VG_OK)
        status = vg_artifact_read(&artifact, source, "feature-table.biom", &table, error);
    vg_artifact_close(&artifact);
    VG_TRY(status);
    b->format = VG_FORMAT_QIIME2;
    *b->kind = options.kind;
    status = read_biom(b, &table, error);
    vg_source_close(&table);
    return status;
}

static VgStatus read_source(VgFeatureBuilder *b, VgSource *source, VgError *error)
{
    if (source->size == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, b->path, 0, "is empty",
                          "check that the download or the export was complete");
    if (vg_is_zip(source->bytes, source->size))
        return read_artifact(b, source, error);
    if (vg_is_hdf5(source->bytes, source->size) || is_json(source))
        return read_biom(b, source, error);
    return read_text(b, source, error);
}

VgStatus vg_feature_table_read_source(VgArena *arena, const char *path, VgSource *source,
                                      const VgFeatureOptions *options, VgFeatureTable **table,
                                      VgError *error)
{
    static const VgFeatureOptions defaults = {0};
    VgFeatureOptions own = options ? *options : defaults;
    VgFeatureBuilder builder = {
        .arena = arena, .path = path, .options = &own, .kind = &own.kind, .record = "record"};
    VG_TRY(check_options(path, &own, error));
    VgStatus status = read_source(&builder, source, error);
    if (status == VG_OK)
        status = vg_builder_finish(&builder, table, error);
    vg_builder_free(&builder);
    VG_TRY(status);
    if (!source->digested)
        vg_sha256(source->bytes, source->size, source->sha256);
    memcpy((*table)->sha256, source->sha256, sizeof source->sha256);
    return VG_OK;
}

VgStatus vg_feature_table_read(VgArena *arena, const char *path, const VgFeatureOptions *options,
                               VgFeatureTable **table, VgError *error)
{
    VgSource source;
    VG_TRY(vg_source_open(path, &source, error));
    VgStatus status = vg_feature_table_read_source(arena, path, &source, options, table, error);
    vg_source_close(&source);
    return status;
}

/* ---- several files ---- */

static VgStatus join_features(VgFeatureBuilder *b, const VgFeatureTable *table, VgPlace *place,
                              VgError *error)
{
    for (size_t j = 0; j < table->n_features; j++) {
        const char *id = table->feature_id[j], *lineage = NULL;
        place[j].target = VG_TO_FEATURE;
        VG_TRY(vg_builder_join_feature(b, id, &place[j].index, error));
        if (table->lineage && table->lineage[j]) {
            lineage = vg_arena_strdup(b->arena, table->lineage[j]);
            if (!lineage)
                return vg_fail_memory(error);
        }
        VG_TRY(vg_builder_describe(b, place[j].index, lineage, table->rank ? table->rank[j] : '\0',
                                   error));
    }
    return VG_OK;
}

static VgStatus join_strata(VgFeatureBuilder *b, VgArena *scratch, const VgFeatureTable *table,
                            VgPlace *place, VgError *error)
{
    const VgStrata *strata = table->strata;
    for (size_t s = 0; s < strata->n; s++) {
        char *id = vg_arena_printf(scratch, "%s%c%s", table->feature_id[strata->feature[s]],
                                   b->separator, strata->taxon_id[strata->taxon[s]]);
        if (!id)
            return vg_fail_memory(error);
        VG_TRY(vg_builder_join_stratum(b, id, table->feature_id[strata->feature[s]],
                                       strata->taxon_id[strata->taxon[s]], &place[s], error));
    }
    return VG_OK;
}

static VgStatus join_values(VgFeatureBuilder *b, const VgAbundances *amount, size_t i,
                            size_t sample, const VgPlace *place, VgError *error)
{
    for (size_t k = amount->start[i]; k < amount->start[i + 1]; k++)
        VG_TRY(vg_builder_put(b, sample, place[amount->feature[k]], amount->value[k], 0, error));
    return VG_OK;
}

static VgStatus join_table(VgFeatureBuilder *b, VgArena *scratch, const VgFeatureTable *table,
                           VgError *error)
{
    VgPlace *feature = VG_NEW(scratch, VgPlace, table->n_features), *stratum = NULL;
    if (!feature)
        return vg_fail_memory(error);
    VG_TRY(join_features(b, table, feature, error));
    if (table->strata) {
        stratum = VG_NEW(scratch, VgPlace, table->strata->n);
        if (!stratum)
            return vg_fail_memory(error);
        VG_TRY(join_strata(b, scratch, table, stratum, error));
    }
    for (size_t i = 0; i < table->n_samples; i++) {
        size_t sample;
        const char *id = table->sample_id[i];
        VG_TRY(vg_builder_sample(b, id, strlen(id), 0, &sample, error));
        VG_TRY(join_values(b, &table->amount, i, sample, feature, error));
        if (table->strata)
            VG_TRY(join_values(b, &table->strata->amount, i, sample, stratum, error));
        if (table->unassigned)
            VG_TRY(vg_builder_put(b, sample, (VgPlace){VG_TO_UNASSIGNED, 0}, table->unassigned[i],
                                  0, error));
        if (table->unintegrated)
            VG_TRY(vg_builder_put(b, sample, (VgPlace){VG_TO_UNINTEGRATED, 0},
                                  table->unintegrated[i], 0, error));
    }
    return VG_OK;
}

static VgStatus join_file(VgFeatureBuilder *b, VgArena *scratch, const char *path, VgDigest *digest,
                          VgError *error)
{
    VgFeatureTable *table = NULL;
    VG_TRY(vg_feature_table_read(scratch, path, b->options, &table, error));
    if (b->sample.dictionary.n && table->format != b->format)
        return vg_fail_at(error, VG_INVALID_INPUT, path, 0,
                          "is of format %s, the files before it are %s",
                          "join files of one format only", vg_feature_format_name(table->format),
                          vg_feature_format_name(b->format));
    b->format = table->format;
    b->humann =
        b->humann || table->strata || table->unintegrated || table->format == VG_FORMAT_HUMANN;
    b->path = path;
    vg_digest_add(digest, table->sha256, strlen(table->sha256));
    return join_table(b, scratch, table, error);
}

VgStatus vg_feature_tables_read(VgArena *arena, const char *const *path, size_t n,
                                const VgFeatureOptions *options, VgFeatureTable **table,
                                VgError *error)
{
    static const VgFeatureOptions defaults = {0};
    VgFeatureOptions own = options ? *options : defaults;
    if (n == 1)
        return vg_feature_table_read(arena, path[0], &own, table, error);
    if (n == 0)
        return vg_fail(error, VG_INVALID_INPUT, "no file to read", "name at least one file");
    if (own.sample)
        return vg_fail(error, VG_INVALID_INPUT, "one sample name for %zu files",
                       "leave it out: samples are named after their files", n);
    VgFeatureBuilder builder = {.arena = arena,
                                .path = path[0],
                                .options = &own,
                                .kind = &own.kind,
                                .record = "record",
                                .separator = own.strata_separator ? own.strata_separator : '|'};
    VgDigest digest;
    vg_digest_begin(&digest);
    VgStatus status = VG_OK;
    for (size_t k = 0; k < n && status == VG_OK; k++) {
        VgArena *scratch = vg_arena_create();
        status =
            scratch ? join_file(&builder, scratch, path[k], &digest, error) : vg_fail_memory(error);
        vg_arena_destroy(scratch);
    }
    builder.path = path[0];
    if (status == VG_OK)
        status = vg_builder_finish(&builder, table, error);
    vg_builder_free(&builder);
    if (status == VG_OK)
        vg_digest_end(&digest, (*table)->sha256);
    return status;
}
