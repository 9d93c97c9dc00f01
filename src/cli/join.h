/* Samples of one file meet the rows of another. */
#ifndef VG_CLI_JOIN_H
#define VG_CLI_JOIN_H

#include "cli/session.h"

typedef struct VgJoined {
    size_t *at; /* per row of the table: its sample */
    bool *keep; /* per row: has one */
} VgJoined;

/* How messages call the two files. */
typedef struct VgJoinWords {
    const char *samples, *rows; /* rows NULL: those without a sample are not told of */
    const char *hint;           /* what to do about a sample without a row */
} VgJoinWords;

/* Reads the table of --data with --sheet and --missing and enters it among the inputs. `id` is the option that names
 * the column of samples; *column is that column, or the table's first. */
VG_MUST_CHECK VgStatus vg_cli_metadata(VgSession *session, VgResult *result, const char *id,
                                       VgTable **table, const char **column, VgError *error);

/* A table of numbers with a row a sample, its name in the first column. */
typedef struct VgSampleTable {
    VgTable *table;
    const char **sample, **name; /* of the rows; of the columns after the first */
    size_t n;                    /* columns after the first */
} VgSampleTable;

/* Reads the table that `option` names ("outcomes", "screen") with --missing and enters it among the inputs. */
VG_MUST_CHECK VgStatus vg_cli_sample_table(VgSession *session, VgResult *result, const char *option,
                                           VgSampleTable *out, VgError *error);

/* Every sample needs exactly one row of the table; rows without a sample are left out and told. `words` NULL: by
 * their paths.
 * @return VG_INVALID_INPUT naming the sample, with its line */
VG_MUST_CHECK VgStatus vg_cli_join(VgSession *session, VgResult *result, const char *const *sample,
                                   size_t n_samples, const char *samples_path, const VgTable *table,
                                   const char *id, const VgJoinWords *words, VgJoined *joined,
                                   VgError *error);

#endif
