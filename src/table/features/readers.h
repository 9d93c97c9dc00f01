/* The readers behind vg_feature_table_read: each fills a builder from the bytes of a file. */
#ifndef VG_TABLE_FEATURES_READERS_H
#define VG_TABLE_FEATURES_READERS_H

#include "table/features/cells.h"
#include "table/features/text.h"

/* vg_feature_table_read on bytes; `path` stands in messages. */
VG_MUST_CHECK VgStatus vg_feature_table_read_source(VgArena *arena, const char *path,
                                                    VgSource *source,
                                                    const VgFeatureOptions *options,
                                                    VgFeatureTable **table, VgError *error);

/* What the text of a table is, by its first lines. */
VG_MUST_CHECK VgStatus vg_text_format(const VgLines *lines, const VgFeatureOptions *options,
                                      VgFeatureFormat *format, VgError *error);

/* Whether the line begins with a clade of MetaPhlAn. */
bool vg_is_clade(const char *begin, const char *end);

/* One line a feature (or a sample), one column a sample (or a feature): plain, HUMAnN, MetaPhlAn. */
VG_MUST_CHECK VgStatus vg_read_matrix_text(VgFeatureBuilder *builder, VgLines *lines,
                                           VgError *error);
/* Reports of Kraken, tables of Bracken. */
VG_MUST_CHECK VgStatus vg_read_kreport(VgFeatureBuilder *builder, VgLines *lines, VgError *error);
VG_MUST_CHECK VgStatus vg_read_bracken(VgFeatureBuilder *builder, VgLines *lines, VgError *error);

/* BIOM from memory. */
VG_MUST_CHECK VgStatus vg_read_biom_json(VgFeatureBuilder *builder, const char *bytes, size_t size,
                                         VgError *error);
VG_MUST_CHECK VgStatus vg_read_biom_hdf5(VgFeatureBuilder *builder, const char *bytes, size_t size,
                                         VgError *error);
/* From what the process that reads HDF5 sends (biom_message.c). */
VG_MUST_CHECK VgStatus vg_read_biom_message(VgFeatureBuilder *builder, const char *bytes,
                                            size_t size, VgError *error);
bool vg_is_hdf5(const char *bytes, size_t size);

/* The lineage of several ranks, "a; b; c", in the arena; empty ones left out at the end. */
VG_MUST_CHECK VgStatus vg_lineage_join(VgArena *arena, const VgField *level, size_t n,
                                       const char **lineage, VgError *error);
/* As above from one text that is split at '|' or ';'. */
VG_MUST_CHECK VgStatus vg_lineage_of(VgArena *arena, const char *text, size_t length,
                                     const char **lineage, VgError *error);
/* The letter of a level "s__…"; 0 for none. */
char vg_rank_of(const char *level, size_t length);

#endif
