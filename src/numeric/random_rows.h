/* Many units at once: one place of the sequences of consecutive units, as a row. The same numbers, to the bit, as
 * drawing them one by one (vg_random_uniform, vg_random_normal). */
#ifndef VG_NUMERIC_RANDOM_ROWS_H
#define VG_NUMERIC_RANDOM_ROWS_H

#include "numeric/random.h"

/* Rows of places first … first + n_rows − 1 of units unit … unit + n − 1 of `random`'s replicate, into `out` (n_rows × n,
 * a row after the other). Two places share a block, so that rows that begin at an even place cost least. O(n_rows · n). */
void vg_random_uniform_rows(const VgRandom *random, uint32_t unit, size_t n, uint64_t first,
                            size_t n_rows, double *out);
void vg_random_normal_rows(const VgRandom *random, uint32_t unit, size_t n, uint64_t first,
                           size_t n_rows, double *out);

#endif
