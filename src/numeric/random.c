/* Philox 4×32-10 sequences. Sources: Salmon, Moraes, Dror & Shaw 2011; Lemire 2019 (bounded
 * integers). */
#include "numeric/random.h"

#include <string.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <Random123/philox.h>
#pragma GCC diagnostic pop

#include "numeric/distributions.h"

static const uint32_t SIDE_STREAM = 0x80000000u;

void vg_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
    philox4x32_ctr_t c = {{counter[0], counter[1], counter[2], counter[3]}};
    philox4x32_key_t k = {{key[0], key[1]}};
    philox4x32_ctr_t r = philox4x32(c, k);
    memcpy(out, r.v, sizeof r.v);
}

VgRandom vg_random_start(uint64_t seed, uint32_t stream, uint32_t replicate, uint32_t unit)
{
    return (VgRandom){
        .key = {(uint32_t)seed, stream},
        .counter = {replicate, unit, 0, (uint32_t)(seed >> 32)},
    };
}

VgRandom vg_random_unit(const VgRandom *random, uint32_t unit)
{
    VgRandom other = *random;
    other.counter[1] = unit;
    other.place = 0;
    return other;
}

uint64_t vg_random_bits(VgRandom *random)
{
    if (random->place % 2 == 0) {
        random->counter[2] = (uint32_t)(random->place / 2);
        vg_philox(random->counter, random->key, random->block);
    }
    const uint32_t *word = random->block + (random->place % 2 ? 2 : 0);
    random->place++;
    return ((uint64_t)word[0] << 32) | word[1];
}

double vg_random_uniform(VgRandom *random)
{
    return ((double)(vg_random_bits(random) >> 11) + 0.5) * 0x1p-53;
}

double vg_random_normal(VgRandom *random)
{
    return vg_normal_quantile(vg_random_uniform(random));
}

/* 64 × 64 → 128 bits. */
static uint64_t multiply_high(uint64_t a, uint64_t b, uint64_t *low)
{
    uint64_t a_low = (uint32_t)a, a_high = a >> 32, b_low = (uint32_t)b, b_high = b >> 32;
    uint64_t bottom = a_low * b_low, middle = a_high * b_low + (bottom >> 32);
    uint64_t other = a_low * b_high + (uint32_t)middle;
    *low = a * b;
    return a_high * b_high + (middle >> 32) + (other >> 32);
}

/* The attempt-th replacement of the variate at the last place: its own stream half, numbered by
 * place. */
static uint64_t side_bits(const VgRandom *random, uint32_t attempt)
{
    uint32_t key[2] = {random->key[0], random->key[1] | SIDE_STREAM}, out[4];
    uint32_t counter[4] = {random->counter[0], random->counter[1], (uint32_t)(random->place - 1),
                           random->counter[3] + attempt};
    vg_philox(counter, key, out);
    return ((uint64_t)out[0] << 32) | out[1];
}

uint64_t vg_random_below(VgRandom *random, uint64_t bound)
{
    uint64_t low, high = multiply_high(vg_random_bits(random), bound, &low);
    if (low >= bound)
        return high;
    uint64_t threshold = (0 - bound) % bound; /* 2⁶⁴ mod bound */
    for (uint32_t attempt = 1; low < threshold; attempt++)
        high = multiply_high(side_bits(random, attempt), bound, &low);
    return high;
}

void vg_random_shuffle(VgRandom *random, size_t *items, size_t n)
{
    for (size_t i = n; i-- > 1;) {
        size_t k = (size_t)vg_random_below(random, i + 1), kept = items[i];
        items[i] = items[k];
        items[k] = kept;
    }
}
