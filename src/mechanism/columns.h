/* Columns of numbers and of participants' factors, gathered by name for the linear models of a mechanism. */
#ifndef VG_MECHANISM_COLUMNS_H
#define VG_MECHANISM_COLUMNS_H

#include <vagus/design.h>
#include <vagus/study.h>

#include "base/buffer.h"

/* A table with a row per participant, and the right-hand side of a model. */
typedef struct VgColumns {
    VgArena *arena;
    const VgStudy *study;
    VgTable table; /* n_participants rows */
    size_t capacity;
    VgBuffer terms; /* "`a` + `b`" */
} VgColumns;

VG_MUST_CHECK VgStatus vg_columns_begin(VgArena *arena, const VgStudy *study, VgColumns *columns,
                                        VgError *error);
void vg_columns_end(VgColumns *columns);
/* Adds numbers under a name, made unlike those that are there. The name it got; NULL when memory is short. */
const char *vg_columns_number(VgColumns *columns, const char *name, double *value);
/* The same, as a term of the model. */
const char *vg_columns_term(VgColumns *columns, const char *name, double *value);
/* A participants' column as a term, unless it is there already or has one value among those kept. */
VG_MUST_CHECK VgStatus vg_columns_participants(VgColumns *columns, const char *name,
                                               const bool *keep, VgError *error);
/* The design of `response` (NULL = none) on the terms: rows that are kept and lack nothing. Strata are factors. */
VG_MUST_CHECK VgStatus vg_columns_design(VgColumns *columns, const char *response,
                                         const char *const *required, size_t n_required,
                                         const bool *keep, VgDesign **design, VgError *error);
/* The name of a design's column without backquotes. NULL when memory is short. */
const char *vg_columns_bare(VgArena *arena, const char *name);
/* The design's column of that name, or SIZE_MAX. */
size_t vg_columns_find(const VgDesign *design, const char *name);

#endif
