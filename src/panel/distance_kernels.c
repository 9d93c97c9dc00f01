/* The inner loops of distances: tiles of 32 × 32 samples, in them blocks of 4 × 2 pairs whose sums stay in
 * registers. The loops are compiled twice, for AVX2 and for any processor; both do the same operations in the
 * same order. */
#include "panel/distance_kernels.h"

#include <math.h>
#include <stdbool.h>

enum { TILE = 32, CHUNK = 1024, TALL = 4, WIDE = 2 };

typedef double Lanes __attribute__((vector_size(32), may_alias));
typedef long long Bits __attribute__((vector_size(32)));

#define INLINE static inline __attribute__((always_inline))

INLINE double lane_sum(const Lanes *x)
{
    return ((*x)[0] + (*x)[1]) + ((*x)[2] + (*x)[3]);
}

/* Adds one step of four features of one pair. */
INLINE void step(VgPairSum sum, const Lanes *a, const Lanes *b, Lanes *first, Lanes *second)
{
    const Bits no_sign = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
    const Lanes one = {1, 1, 1, 1}, zero = {0, 0, 0, 0};
    if (sum == VG_SUM_PRODUCT) {
        *first += *a * *b;
        return;
    }
    Lanes difference = *a - *b;
    if (sum == VG_SUM_SQUARED) {
        *first += difference * difference;
        return;
    }
    Lanes size = (Lanes)((Bits)difference & no_sign);
    if (sum == VG_SUM_ABSOLUTE) {
        *first += size;
        return;
    }
    Lanes both = *a + *b;
    Lanes absent = (Lanes)((Bits)one & (Bits)(both == zero));
    *first += size / (both + absent);
    *second += one - absent;
}

/* TALL × WIDE pairs over `length` features; rows are `width` apart. */
INLINE void block(VgPairSum sum, const double *a, const double *b, size_t width, size_t length,
                  double *first, double *second)
{
    Lanes s[TALL][WIDE], t[TALL][WIDE];
    for (size_t r = 0; r < TALL; r++)
        for (size_t c = 0; c < WIDE; c++)
            s[r][c] = t[r][c] = (Lanes){0, 0, 0, 0};
    for (size_t k = 0; k < length; k += 4)
        for (size_t c = 0; c < WIDE; c++) {
            const Lanes *y = (const Lanes *)(b + c * width + k);
            for (size_t r = 0; r < TALL; r++)
                step(sum, (const Lanes *)(a + r * width + k), y, &s[r][c], &t[r][c]);
        }
    for (size_t r = 0; r < TALL; r++)
        for (size_t c = 0; c < WIDE; c++) {
            first[r * TILE + c] += lane_sum(&s[r][c]);
            if (sum == VG_SUM_CANBERRA)
                second[r * TILE + c] += lane_sum(&t[r][c]);
        }
}

/* One pair, for the rims of a tile: the same operations as in a block. */
INLINE void single(VgPairSum sum, const double *a, const double *b, size_t length, double *first,
                   double *second)
{
    Lanes s = {0, 0, 0, 0}, t = {0, 0, 0, 0};
    for (size_t k = 0; k < length; k += 4)
        step(sum, (const Lanes *)(a + k), (const Lanes *)(b + k), &s, &t);
    *first += lane_sum(&s);
    *second += lane_sum(&t);
}

typedef struct Tile {
    const VgSampleRows *rows;
    size_t i0, i1, j0, j1;
    double first[TILE * TILE], second[TILE * TILE];
} Tile;

INLINE void tile_chunk(VgPairSum sum, Tile *tile, size_t from, size_t length)
{
    size_t width = tile->rows->width, height = tile->i1 - tile->i0, breadth = tile->j1 - tile->j0;
    const double *a = tile->rows->data + tile->i0 * width + from;
    const double *b = tile->rows->data + tile->j0 * width + from;
    size_t c = 0;
    for (; c + WIDE <= breadth; c += WIDE) {
        size_t r = 0;
        for (; r + TALL <= height; r += TALL)
            block(sum, a + r * width, b + c * width, width, length, tile->first + r * TILE + c,
                  tile->second + r * TILE + c);
        for (; r < height; r++)
            for (size_t d = c; d < c + WIDE; d++)
                single(sum, a + r * width, b + d * width, length, tile->first + r * TILE + d,
                       tile->second + r * TILE + d);
    }
    for (; c < breadth; c++)
        for (size_t r = 0; r < height; r++)
            single(sum, a + r * width, b + c * width, length, tile->first + r * TILE + c,
                   tile->second + r * TILE + c);
}

INLINE void tile_all(VgPairSum sum, Tile *tile)
{
    for (size_t from = 0; from < tile->rows->width; from += CHUNK) {
        size_t left = tile->rows->width - from, length = left < CHUNK ? left : CHUNK;
        /* a constant in each case, so that `step` comes down to its few operations */
        switch (sum) {
        case VG_SUM_ABSOLUTE:
            tile_chunk(VG_SUM_ABSOLUTE, tile, from, length);
            break;
        case VG_SUM_SQUARED:
            tile_chunk(VG_SUM_SQUARED, tile, from, length);
            break;
        case VG_SUM_PRODUCT:
            tile_chunk(VG_SUM_PRODUCT, tile, from, length);
            break;
        default:
            tile_chunk(VG_SUM_CANBERRA, tile, from, length);
        }
    }
}

/* --- sums with a function in them ------------------------------------------------------------- */

/* a ln(2a/(a + b)) + b ln(2b/(a + b)) through the relative difference: no cancellation where a is near b. */
static double jensen_term(double a, double b)
{
    if (a == b)
        return 0;
    if (a == 0 || b == 0)
        return (a + b) * 0.69314718055994530942;
    double relative = (a - b) / (a + b);
    return a * log1p(relative) + b * log1p(-relative);
}

static double jensen(const double *a, const double *b, size_t width)
{
    double sum = 0;
    for (size_t k = 0; k < width; k++)
        sum += jensen_term(a[k], b[k]);
    return sum;
}

INLINE void generalised_half(const VgSampleRows *rows, const double *a, const double *b,
                             double *first, double *second)
{
    const Bits no_sign = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
    const Lanes one = {1, 1, 1, 1}, zero = {0, 0, 0, 0};
    Lanes s = zero, t = zero;
    for (size_t k = 0; k < rows->width; k += 4) {
        Lanes p = *(const Lanes *)(a + k), q = *(const Lanes *)(b + k), both = p + q;
        Lanes weight = *(const Lanes *)(rows->weight + k), size = (Lanes)((Bits)(p - q) & no_sign);
        Lanes root = {sqrt(both[0]), sqrt(both[1]), sqrt(both[2]), sqrt(both[3])};
        Lanes absent = (Lanes)((Bits)one & (Bits)(both == zero));
        s += weight * (size / (root + absent));
        t += weight * root;
    }
    *first = lane_sum(&s);
    *second = lane_sum(&t);
}

static void generalised(const VgSampleRows *rows, const double *a, const double *b, double *first,
                        double *second)
{
    double s = 0, t = 0;
    for (size_t k = 0; k < rows->width; k++) {
        double both = a[k] + b[k];
        if (both > 0) {
            double weight = rows->weight[k] * pow(both, rows->alpha);
            s += weight * fabs(a[k] - b[k]) / both;
            t += weight;
        }
    }
    *first = s;
    *second = t;
}

INLINE void tile_functions(VgPairSum sum, Tile *tile)
{
    const VgSampleRows *rows = tile->rows;
    for (size_t i = tile->i0; i < tile->i1; i++)
        for (size_t j = tile->j0 > i ? tile->j0 : i + 1; j < tile->j1; j++) {
            const double *a = rows->data + i * rows->width, *b = rows->data + j * rows->width;
            size_t at = (i - tile->i0) * TILE + j - tile->j0;
            if (sum == VG_SUM_JENSEN)
                tile->first[at] = jensen(a, b, rows->width);
            else if (rows->alpha == 0.5)
                generalised_half(rows, a, b, &tile->first[at], &tile->second[at]);
            else
                generalised(rows, a, b, &tile->first[at], &tile->second[at]);
        }
}

INLINE void tile_sums(VgPairSum sum, Tile *tile)
{
    if (sum == VG_SUM_JENSEN || sum == VG_SUM_GENERALISED)
        tile_functions(sum, tile);
    else
        tile_all(sum, tile);
}

/* --- the two builds and the choice between them ------------------------------------------------ */

static void tile_plain(VgPairSum sum, Tile *tile)
{
    tile_sums(sum, tile);
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void tile_avx2(VgPairSum sum, Tile *tile)
{
    tile_sums(sum, tile);
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2");
}
#else
#define tile_avx2 tile_plain
static bool has_avx2(void)
{
    return false;
}
#endif

static void finish_tile(const Tile *tile, const VgPairFinish *finish)
{
    size_t n = tile->rows->n;
    for (size_t i = tile->i0; i < tile->i1; i++)
        for (size_t j = tile->j0 > i ? tile->j0 : i + 1; j < tile->j1; j++) {
            size_t at = (i - tile->i0) * TILE + j - tile->j0;
            finish->finish(finish->context, i, j, tile->first[at], tile->second[at],
                           vg_pair_index(n, i, j));
        }
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

void vg_pair_sums(const VgSampleRows *rows, VgPairSum sum, const VgPairFinish *finish, int threads)
{
    size_t tiles = (rows->n + TILE - 1) / TILE;
    bool avx2 = has_avx2();
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t t = 0; t < tiles * tiles; t++) {
        size_t i = t / tiles, j = t % tiles;
        if (j < i)
            continue;
        Tile tile = {.rows = rows,
                     .i0 = i * TILE,
                     .i1 = least((i + 1) * TILE, rows->n),
                     .j0 = j * TILE,
                     .j1 = least((j + 1) * TILE, rows->n)};
        if (avx2)
            tile_avx2(sum, &tile);
        else
            tile_plain(sum, &tile);
        finish_tile(&tile, finish);
    }
}

/* --- presences as bits ------------------------------------------------------------------------- */

static double weigh(uint64_t differ, const double *table)
{
    double a = table[differ & 255] + table[256 + (differ >> 8 & 255)];
    double b = table[512 + (differ >> 16 & 255)] + table[768 + (differ >> 24 & 255)];
    double c = table[1024 + (differ >> 32 & 255)] + table[1280 + (differ >> 40 & 255)];
    double d = table[1536 + (differ >> 48 & 255)] + table[1792 + (differ >> 56)];
    return (a + b) + (c + d);
}

void vg_pair_bit_sums(const uint64_t *words, size_t n_words, size_t n, const double *table,
                      double *value, int threads)
{
    enum { SIDE = 64 };
    size_t tiles = (n + SIDE - 1) / SIDE;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (size_t t = 0; t < tiles * tiles; t++) {
        size_t i0 = t / tiles * SIDE, j0 = t % tiles * SIDE;
        if (j0 < i0)
            continue;
        size_t i1 = least(i0 + SIDE, n), j1 = least(j0 + SIDE, n);
        for (size_t w = 0; w < n_words; w++) {
            const uint64_t *word = words + w * n;
            const double *weight = table + w * 8 * 256;
            for (size_t i = i0; i < i1; i++)
                for (size_t j = j0 > i ? j0 : i + 1; j < j1; j++) {
                    uint64_t differ = word[i] ^ word[j];
                    if (differ)
                        value[vg_pair_index(n, i, j)] += weigh(differ, weight);
                }
        }
    }
}
