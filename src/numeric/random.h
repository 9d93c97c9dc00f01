/* Counter-based random numbers: Philox 4×32-10 (Salmon 2011, through Random123).
 *
 * A stream is (seed, stream id); within it every replicate and every unit (participant) has numbers
 * of its own, so that they do not depend on threads, on order, or on how many draws another one
 * took. Key = (low half of the seed, stream id), counter = (replicate, unit, block, high half of
 * the seed). Every variate uses one place in its sequence: a 53-bit uniform (integer + ½)·2⁻⁵³, a
 * normal by inversion of one uniform, a bounded integer by multiplication. METHODS 0. */
#ifndef VG_NUMERIC_RANDOM_H
#define VG_NUMERIC_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Stream ids: one per purpose, never reused. Below 2³¹: the upper half serves rejected draws. */
typedef enum VgStream {
    VG_STREAM_BOOTSTRAP = 1,
    VG_STREAM_PERMUTATION = 2,
    VG_STREAM_SIMULATION = 3,
    VG_STREAM_IMPUTATION = 4,
    VG_STREAM_RANDOMISATION = 5,
    VG_STREAM_FOREST = 6,
    VG_STREAM_MEDIATOR_FOLDS = 7,
    VG_STREAM_PREDICTION = 12,
    VG_STREAM_TEST = 1000
} VgStream;

/* A place in one sequence. Plain value: copy it to branch. */
typedef struct VgRandom {
    uint32_t key[2];
    uint32_t counter[4];
    uint64_t place;    /* variates drawn so far */
    uint32_t block[4]; /* two variates' bits, of places 2k and 2k + 1 */
} VgRandom;

/* The Philox 4×32-10 bijection itself (for the known answers). */
void vg_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* The start of the sequence of one unit in one replicate. */
VgRandom vg_random_start(uint64_t seed, uint32_t stream, uint32_t replicate, uint32_t unit);

/* The start of another unit's sequence in the same replicate. */
VgRandom vg_random_unit(const VgRandom *random, uint32_t unit);

uint64_t vg_random_bits(VgRandom *random);  /* 64 bits */
double vg_random_uniform(VgRandom *random); /* in (0, 1), never 0 or 1 */
double vg_random_normal(VgRandom *random);  /* standard normal */

/* 0 … bound − 1, every value exactly as likely; bound > 0. A draw that must be rejected
 * (probability below bound·2⁻⁶⁴) is replaced from a side sequence of its own, so the place moves by
 * one whatever happens. Lemire 2019. */
uint64_t vg_random_below(VgRandom *random, uint64_t bound);

/* Fisher–Yates; takes n − 1 places. */
void vg_random_shuffle(VgRandom *random, size_t *items, size_t n);

#endif
