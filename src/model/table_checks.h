/* What every model on a table refuses before it is fitted, in the words of the file. */
#ifndef VG_MODEL_TABLE_CHECKS_H
#define VG_MODEL_TABLE_CHECKS_H

#include <vagus/design.h>

/* VG_INVALID_INPUT when the outcome is the same in all rows used. */
VG_MUST_CHECK VgStatus vg_check_outcome_varies(const VgTable *table, const VgDesign *design,
                                               VgError *error);

/* VG_INVALID_INPUT when the file has one arm only: told before the design is built, which would only speak of
 * a factor with one level. What vg_table_require returns; scratch is given back. */
VG_MUST_CHECK VgStatus vg_check_two_arms(VgArena *arena, const VgTable *table, const char *arm,
                                         VgError *error);

#endif
