/* Rows of random numbers, as vectors: Philox on several units at once (Salmon 2011; the known answers hold it to
 * Random123), and the inverse normal of Wichura 1988 (AS 241) in libRmath's order of operations, so that every bit is that of
 * the numbers drawn one by one. Beyond p of 1e-11 it is left to libRmath. */
#include "numeric/random_rows.h"

#include <math.h>

#include "numeric/distributions.h"
#include "numeric/wide.h"

enum { LANES = 16 };

/* The 53 high bits as a whole number, from halves that vectors can convert, plus ½, times 2⁻⁵³. Exact up to the ½, so the
 * same as from 64 bits at once. */
static inline double uniform_of(uint32_t high, uint32_t low)
{
    double upper = (double)(int32_t)(high ^ 0x80000000u) + 0x1p31;
    return (upper * 0x1p21 + (double)(int32_t)(low >> 11) + 0.5) * 0x1p-53;
}

typedef struct Lanes {
    uint32_t word[4][LANES];
} Lanes;

/* Ten rounds of Philox 4×32 on LANES counters with one key. */
static inline void philox_lanes(Lanes *c, const uint32_t key[2])
{
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
#pragma omp simd
        for (int l = 0; l < LANES; l++) {
            uint64_t a = (uint64_t)0xD2511F53u * c->word[0][l],
                     b = (uint64_t)0xCD9E8D57u * c->word[2][l];
            c->word[0][l] = (uint32_t)(b >> 32) ^ c->word[1][l] ^ k0;
            c->word[1][l] = (uint32_t)b;
            c->word[2][l] = (uint32_t)(a >> 32) ^ c->word[3][l] ^ k1;
            c->word[3][l] = (uint32_t)a;
        }
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

VG_WIDE static void uniform_pair(const VgRandom *random, uint32_t unit, size_t n, uint64_t pair,
                                 double *even, double *odd)
{
    for (size_t i = 0; i < n; i += LANES) {
        Lanes c;
        for (uint32_t l = 0; l < LANES; l++) {
            c.word[0][l] = random->counter[0];
            c.word[1][l] = unit + (uint32_t)i + l;
            c.word[2][l] = (uint32_t)pair;
            c.word[3][l] = random->counter[3];
        }
        philox_lanes(&c, random->key);
        size_t m = n - i < LANES ? n - i : LANES;
        for (size_t l = 0; even && l < m; l++)
            even[i + l] = uniform_of(c.word[0][l], c.word[1][l]);
        for (size_t l = 0; odd && l < m; l++)
            odd[i + l] = uniform_of(c.word[2][l], c.word[3][l]);
    }
}

void vg_random_uniform_rows(const VgRandom *random, uint32_t unit, size_t n, uint64_t first,
                            size_t n_rows, double *out)
{
    size_t r = 0;
    if (n_rows && first % 2 == 1)
        uniform_pair(random, unit, n, first / 2, NULL, out + n * r++);
    for (; r < n_rows; r += 2)
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

/* r = √(−log of the smaller tail), at most 5. */
static inline double tail_quantile(double r)
{
    r += -1.6;
    double above = r * 7.7454501427834140764e-4 + .0227238449892691845833;
    above = above * r + .24178072517745061177;
    above = above * r + 1.27045825245236838258;
    above = above * r + 3.64784832476320460504;
    above = above * r + 5.7694972214606914055;
    above = above * r + 4.6303378461565452959;
    above = above * r + 1.42343711074968357734;
    double below = r * 1.05075007164441684324e-9 + 5.475938084995344946e-4;
    below = below * r + .0151986665636164571966;
    below = below * r + .14810397642748007459;
    below = below * r + .68976733498510000455;
    below = below * r + 1.6763848301838038494;
    below = below * r + 2.05319162663775882187;
    below = below * r + 1.0;
    return above / below;
}

enum { CHUNK = 256 }; /* of a row: what is in the tails is gathered and computed together */

/* Turns m uniforms into normals. */
VG_WIDE static void normal_chunk(double *chunk, size_t m)
{
    double p[CHUNK], r[CHUNK];
    uint16_t at[CHUNK];
    size_t n_tails = 0;
    for (size_t i = 0; i < m; i++)
        p[i] = chunk[i];
    for (size_t i = 0; i < m; i++)
        chunk[i] = middle_quantile(p[i] - 0.5);
    for (size_t i = 0; i < m; i++) {
        at[n_tails] = (uint16_t)i;
        n_tails += fabs(p[i] - 0.5) > 0.425;
    }
    for (size_t k = 0; k < n_tails; k++) {
        double tail = p[at[k]];
        r[k] = tail < 0.5 ? tail : 0.5 - tail + 0.5;
    }
    for (size_t k = 0; k < n_tails; k++)
        r[k] = sqrt(-log(r[k]));
    double value[CHUNK];
    for (size_t k = 0; k < n_tails; k++)
        value[k] = tail_quantile(r[k]);
    for (size_t k = 0; k < n_tails; k++) {
        double q = r[k] > 5 ? fabs(vg_normal_quantile(p[at[k]])) : value[k];
        chunk[at[k]] = p[at[k]] < 0.5 ? -q : q;
    }
}

void vg_random_normal_rows(const VgRandom *random, uint32_t unit, size_t n, uint64_t first,
                           size_t n_rows, double *out)
{
    vg_random_uniform_rows(random, unit, n, first, n_rows, out);
    for (size_t start = 0; start < n_rows * n; start += CHUNK)
        normal_chunk(out + start, n_rows * n - start < CHUNK ? n_rows * n - start : CHUNK);
}
