/* Laboratory records while they are read. */
#ifndef VG_TABLE_LAB_RECORDS_H
#define VG_TABLE_LAB_RECORDS_H

#include "base/map.h"
#include "table/features/cells.h"
#include "table/lab/entry.h"

typedef struct VgLabBuilder {
    VgArena *arena;
    const char *path;
    const VgLabOptions *options;
    VgLabFormat format;
    VgNames sample, analyte, plate, remark;
    VgMap *limits;
    int64_t last_limits;
    VgLabLimits last;
    VgLabLimits *analyte_limits; /* malloc'ed, per analyte, from rows called LLOQ, … */
    size_t analyte_limits_room;
    const char **name, **unit; /* malloc'ed, per analyte */
    size_t name_room, unit_room;
    bool any_name, any_unit;
    VgLabRecord *record; /* in the arena, `capacity` records */
    size_t n, capacity;
} VgLabBuilder;

VG_MUST_CHECK VgStatus vg_lab_begin(VgLabBuilder *builder, size_t most_records, VgError *error);

/* Name and unit of an analyte; another unit than before is an error. Fields of no length tell nothing. */
VG_MUST_CHECK VgStatus vg_lab_describe(VgLabBuilder *builder, size_t analyte, const VgField *name,
                                       const VgField *unit, size_t line, VgError *error);

/* A limit of an analyte for records that state none themselves. */
VG_MUST_CHECK VgStatus vg_lab_limit(VgLabBuilder *builder, size_t analyte, VgEntryClass which,
                                    double value, VgError *error);

/* A record: its entry, and what stands beside it. */
VG_MUST_CHECK VgStatus vg_lab_put(VgLabBuilder *builder, size_t sample, size_t analyte,
                                  const VgField *entry, const VgField *remark, const VgField *plate,
                                  const VgLabLimits *stated, size_t line, VgError *error);

VG_MUST_CHECK VgStatus vg_lab_finish(VgLabBuilder *builder, VgLabTable **table, VgError *error);
void vg_lab_free(VgLabBuilder *builder);

/* vg_lab_table_read on bytes; `path` stands in messages. */
VG_MUST_CHECK VgStatus vg_lab_table_read_source(VgArena *arena, const char *path, VgSource *source,
                                                const VgLabOptions *options, VgLabTable **table,
                                                VgError *error);

/* The readers. `lines` stands before the first line. */
VG_MUST_CHECK VgStatus vg_lab_read_table(VgLabBuilder *builder, VgLines *lines, VgError *error);
VG_MUST_CHECK VgStatus vg_lab_read_mwtab(VgLabBuilder *builder, VgLines *lines, VgError *error);

#endif
