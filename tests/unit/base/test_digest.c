/* The digest is the standard's, in pieces as at once. */
#include "support/witness.h"

#include "base/digest.h"

static void pieces_give_the_digest_of_the_whole(void **state)
{
    (void)state;
    unsigned char bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 167 + i / 7);
    for (size_t step = 1; step <= 200; step += 13) {
        char whole[65], pieces[65];
        vg_sha256(bytes, sizeof bytes, whole);
        VgDigest digest;
        vg_digest_begin(&digest);
        for (size_t at = 0; at < sizeof bytes; at += step)
            vg_digest_add(&digest, bytes + at, sizeof bytes - at < step ? sizeof bytes - at : step);
        vg_digest_end(&digest, pieces);
        assert_string_equal(pieces, whole);
    }
}

/* FIPS 180-2, appendix B.1 and B.2 */
static void the_standards_examples_hold(void **state)
{
    (void)state;
    char hex[65];
    vg_sha256("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    vg_sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_give_the_digest_of_the_whole),
        cmocka_unit_test(the_standards_examples_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
