/* Rows of random numbers. The inverse normal is Wichura's AS 241 (1988) as libRmath has it: its middle part, where 85 of
 * 100 numbers fall, is computed for a whole row at once; the tails are left to libRmath. */
#include "numeric/random_rows.h"

#include <math.h>

#include "numeric/distributions.h"

static inline double uniform_of(uint32_t high, uint32_t low)
{
    uint64_t bits = ((uint64_t)high << 32) | low;
    return ((double)(int64_t)(bits >> 11) + 0.5) * 0x1p-53;
}

static void uniform_pair(const VgRandom *random, uint32_t unit, size_t n, uint64_t pair,
                         double *even, double *odd)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t counter[4] = {random->counter[0], unit + (uint32_t)i, (uint32_t)pair,
                               random->counter[3]};
        uint32_t out[4];
        vg_philox(counter, random->key, out);
        even[i] = uniform_of(out[0], out[1]);
        if (odd)
            odd[i] = uniform_of(out[2], out[3]);
    }
}

void vg_random_uniform_rows(const VgRandom *random, uint32_t unit, size_t n, uint64_t first,
                            size_t n_rows, double *out)
{
    for (size_t r = 0; r < n_rows; r += 2)
        uniform_pair(random, unit, n, (first + r) / 2, out + r * n,
                     r + 1 < n_rows ? out + (r + 1) * n : NULL);
}

/* |q| ≤ 0.425 from the middle. In libRmath's order of operations, so that the bits are the same. */
static inline double middle_quantile(double q)
{
    double r = 0.180625 - q * q;
    double above = r * 2509.0809287301226727 + 33430.575583588128105;
    above = above * r + 67265.770927008700853;
    above = above * r + 45921.953931549871457;
    above = above * r + 13731.693765509461125;
    above = above * r + 1971.5909503065514427;
    above = above * r + 133.14166789178437745;
    above = above * r + 3.387132872796366608;
    double below = r * 5226.495278852854561 + 28729.085735721942674;
    below = below * r + 39307.89580009271061;
    below = below * r + 21213.794301586595867;
    below = below * r + 5394.1960214247511077;
    below = below * r + 687.1870074920579083;
    below = below * r + 42.313330701600911252;
    below = below * r + 1.0;
    return q * above / below;
}

enum { CHUNK = 64 }; /* of a row, so that the uniforms of the tails are still at hand */

void vg_random_normal_rows(const VgRandom *random, uint32_t unit, size_t n, uint64_t first,
                           size_t n_rows, double *out)
{
    vg_random_uniform_rows(random, unit, n, first, n_rows, out);
    for (size_t start = 0; start < n_rows * n; start += CHUNK) {
        size_t m = n_rows * n - start < CHUNK ? n_rows * n - start : CHUNK;
        double *chunk = out + start, p[CHUNK];
        for (size_t i = 0; i < m; i++) {
            p[i] = chunk[i];
            chunk[i] = middle_quantile(p[i] - 0.5);
        }
        for (size_t i = 0; i < m; i++)
            if (fabs(p[i] - 0.5) > 0.425)
                chunk[i] = vg_normal_quantile(p[i]);
    }
}
