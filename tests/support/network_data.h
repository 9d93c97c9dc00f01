/* Networks for tests: contrast rows from JSON or from a CSV file. */
#ifndef VG_TESTS_NETWORK_DATA_H
#define VG_TESTS_NETWORK_DATA_H

#include "support/witness.h"

#include <vagus/network.h>

/* Contrast rows from an array of objects {study, treat1, treat2, TE, seTE}. */
VgNetworkRow *network_rows_json(VgArena *arena, const json_t *array, size_t *n);

/* Contrast rows of a CSV file, by the names of its columns. */
VgNetworkRow *network_rows_csv(VgArena *arena, const char *path, const char *study,
                               const char *treat1, const char *treat2, const char *effect,
                               const char *se, size_t *n);

/* Arms of a CSV file: mean differences (mean, sd, n) or, without sd, log odds ratios (events, n; ½ in all arms of a
 * study with a nought). */
VgNetworkStudy *network_arms_csv(VgArena *arena, const char *path, const char *study,
                                 const char *treatment, const char *value, const char *sd,
                                 const char *n_column, size_t *n);

/* Rows into a checked network; fails the test otherwise. */
VgNetwork *network_of_rows(VgArena *arena, const VgNetworkRow *row, size_t n);

#endif
