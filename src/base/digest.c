#include "base/digest.h"

#include <stdint.h>
#include <stdio.h>

void vg_digest_begin(VgDigest *digest)
{
    sha256_init(&digest->context);
}

void vg_digest_add(VgDigest *digest, const void *bytes, size_t size)
{
    sha256_update(&digest->context, size, bytes);
}

void vg_digest_end(VgDigest *digest, char hex[65])
{
    uint8_t hash[SHA256_DIGEST_SIZE];
    sha256_digest(&digest->context, sizeof hash, hash);
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(hex + 2 * i, 3, "%02x", hash[i]);
}

void vg_sha256(const void *bytes, size_t size, char hex[65])
{
    VgDigest digest;
    vg_digest_begin(&digest);
    vg_digest_add(&digest, bytes, size);
    vg_digest_end(&digest, hex);
}
