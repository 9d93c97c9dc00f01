/* SHA-256 of what goes in, whole or piece by piece. From Nettle: libsodium's, without the processor's SHA
 * instructions, takes longer than reading the table does. */
#ifndef VG_BASE_DIGEST_H
#define VG_BASE_DIGEST_H

#include <stddef.h>

#include <nettle/sha2.h>

typedef struct VgDigest {
    struct sha256_ctx context;
} VgDigest;

void vg_digest_begin(VgDigest *digest);
void vg_digest_add(VgDigest *digest, const void *bytes, size_t size);
/* Lower-case hex. */
void vg_digest_end(VgDigest *digest, char hex[65]);

/* All at once. */
void vg_sha256(const void *bytes, size_t size, char hex[65]);

#endif
