/* SHA-256 piece by piece, for files too large to hold. */
#ifndef VG_BASE_DIGEST_H
#define VG_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include <sodium.h>

typedef struct VgDigest {
    int in_hardware;
    uint32_t state[8];
    uint64_t size;
    unsigned char rest[64]; /* the block that is not full yet */
    size_t n_rest;
    crypto_hash_sha256_state software;
} VgDigest;

void vg_digest_begin(VgDigest *digest);
void vg_digest_add(VgDigest *digest, const void *bytes, size_t size);
/* Lower-case hex. */
void vg_digest_end(VgDigest *digest, char hex[65]);

#endif
