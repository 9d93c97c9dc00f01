/* Samples of one file meet the rows of another. */
#ifndef VG_CLI_JOIN_H
#define VG_CLI_JOIN_H

#include "cli/session.h"

typedef struct VgJoined {
    size_t *at; /* per row of the table: its sample */
    bool *keep; /* per row: has one */
} VgJoined;

/* Every sample needs exactly one row of the table; rows without a sample are left out and told.
 * @return VG_INVALID_INPUT naming the sample, with its line */
VG_MUST_CHECK VgStatus vg_cli_join(VgSession *session, VgResult *result, const char *const *sample,
                                   size_t n_samples, const char *samples_path, const VgTable *table,
                                   const char *id, VgJoined *joined, VgError *error);

#endif
