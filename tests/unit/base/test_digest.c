/* The digest in pieces is libsodium's digest of the whole, whatever the lengths. */
#include "support/witness.h"

#include "base/digest.h"
#include "base/file.h"

static void pieces_give_the_digest_of_the_whole(void **state)
{
    (void)state;
    unsigned char bytes[1000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 167 + i / 7);
    for (size_t size = 0; size <= 300; size++) {
        char whole[65], pieces[65];
        vg_sha256(bytes, size, whole);
        for (size_t step = 1; step <= 200; step += 13) {
            VgDigest digest;
            vg_digest_begin(&digest);
            for (size_t at = 0; at < size; at += step)
                vg_digest_add(&digest, bytes + at, size - at < step ? size - at : step);
            vg_digest_end(&digest, pieces);
            assert_string_equal(pieces, whole);
        }
    }
}

/* FIPS 180-4 example: "abc" */
static void the_standards_example_holds(void **state)
{
    (void)state;
    for (int software = 0; software < 2; software++) {
        char hex[65];
        VgDigest digest;
        vg_digest_begin(&digest);
        if (software)
            digest.in_hardware = 0;
        vg_digest_add(&digest, "abc", 3);
        vg_digest_end(&digest, hex);
        assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_give_the_digest_of_the_whole),
        cmocka_unit_test(the_standards_example_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
