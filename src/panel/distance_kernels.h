/* Sums over features for many pairs of samples at once. */
#ifndef VG_PANEL_DISTANCE_KERNELS_H
#define VG_PANEL_DISTANCE_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include <vagus/distance.h>

/* What is summed over features; a, b are the entries of two samples. */
typedef enum VgPairSum {
    VG_SUM_ABSOLUTE,    /* |a − b| */
    VG_SUM_SQUARED,     /* (a − b)² */
    VG_SUM_PRODUCT,     /* ab */
    VG_SUM_CANBERRA,    /* |a − b|/(a + b); second: features with a + b > 0 */
    VG_SUM_JENSEN,      /* a ln(2a/(a + b)) + b ln(2b/(a + b)) */
    VG_SUM_GENERALISED, /* weight (a + b)^alpha |a − b|/(a + b); second: weight (a + b)^alpha */
} VgPairSum;

/* Samples one after the other, each `width` doubles long: a multiple of 4, padded with zeros. */
typedef struct VgSampleRows {
    const double *data;
    size_t n, width;
    const double *weight; /* GENERALISED: width */
    double alpha;
} VgSampleRows;

/* Lets a tile of pairs enter the result; i < j. */
typedef struct VgPairFinish {
    void (*finish)(const void *context, size_t i, size_t j, double first, double second, size_t at);
    const void *context;
} VgPairFinish;

/* Calls `finish` once for every pair, on any thread. Each sum has four interleaved lanes and is taken in
 * the order of features: the same bits on any number of threads and with any vector unit. */
void vg_pair_sums(const VgSampleRows *rows, VgPairSum sum, const VgPairFinish *finish, int threads);

/* Σ of weights of differing bits: words[w · n + i] holds 64 presences of sample i; table[(w · 8 + byte) · 256 +
 * bits] is the summed weight of those bits. Adds to value[pair]. */
void vg_pair_bit_sums(const uint64_t *words, size_t n_words, size_t n, const double *table,
                      double *value, int threads);

/* Where the pair i < j stands in condensed storage. */
static inline size_t vg_pair_index(size_t n, size_t i, size_t j)
{
    return i * n - i * (i + 1) / 2 + j - i - 1;
}

#endif
