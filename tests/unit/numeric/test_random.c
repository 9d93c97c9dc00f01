/* random: the known answers of Philox, uniforms inside (0, 1), one place per variate, unbiased
 * integers. */
#include "support/witness.h"

#include <math.h>

#include "numeric/distributions.h"
#include "numeric/random.h"
#include "numeric/random_rows.h"

/* Random123's kat_vectors: philox4x32 10. */
static void philox_gives_its_known_answers(void **state)
{
    (void)state;
    uint32_t out[4], ones[4] = {~0u, ~0u, ~0u, ~0u}, zeros[4] = {0};
    const uint32_t of_zeros[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    const uint32_t of_ones[4] = {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
    const uint32_t pi_counter[4] = {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344};
    const uint32_t pi_key[2] = {0xa4093822, 0x299f31d0};
    const uint32_t of_pi[4] = {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
    vg_philox(zeros, zeros, out);
    assert_memory_equal(out, of_zeros, sizeof out);
    vg_philox(ones, ones, out);
    assert_memory_equal(out, of_ones, sizeof out);
    vg_philox(pi_counter, pi_key, out);
    assert_memory_equal(out, of_pi, sizeof out);
}

/* METHODS 0: key (seed, stream), counter (replicate, unit, block, 0). */
static void key_and_counter_are_laid_out_as_documented(void **state)
{
    (void)state;
    VgRandom random = vg_random_start(0, 0, 0, 0);
    assert_int_equal(vg_random_bits(&random), 0x6627e8d5e169c58d);
    assert_int_equal(vg_random_bits(&random), 0xbc57ac4c9b00dbd8);
    uint32_t out[4];
    random = vg_random_start(0x500000007, 3, 11, 13);
    vg_random_bits(&random);
    vg_random_bits(&random);
    vg_philox((uint32_t[]){11, 13, 1, 5}, (uint32_t[]){7, 3}, out);
    assert_int_equal(vg_random_bits(&random), ((uint64_t)out[0] << 32) | out[1]);
    VgRandom unit = vg_random_unit(&random, 14), same = vg_random_start(0x500000007, 3, 11, 14);
    assert_int_equal(vg_random_bits(&unit), vg_random_bits(&same));
}

static void uniforms_are_the_53_bit_midpoints(void **state)
{
    (void)state;
    VgRandom random = vg_random_start(0, 0, 0, 0);
    double expected = ((double)(0x6627e8d5e169c58d >> 11) + .5) * 0x1p-53;
    assert_true(vg_random_uniform(&random) == expected);
    random = vg_random_start(0, 0, 0, 0);
    assert_true(vg_random_normal(&random) == vg_normal_quantile(expected));
}

/* 200,000 draws: mean, variance, and a chi-square over 64 cells, each with a p-value that only a
 * wrong generator makes small (the seed is fixed: this never fails by chance). */
static void uniforms_and_normals_have_their_distribution(void **state)
{
    (void)state;
    enum { N = 200000, CELLS = 64 };
    double sum = 0, squares = 0, chi = 0;
    size_t cell[CELLS] = {0};
    VgRandom random = vg_random_start(1, VG_STREAM_TEST, 0, 0);
    for (int i = 0; i < N; i++) {
        double z = vg_random_normal(&random);
        sum += z;
        squares += z * z;
        cell[(size_t)(vg_random_uniform(&random) * CELLS)]++;
    }
    for (int k = 0; k < CELLS; k++)
        chi += pow((double)cell[k] - (double)N / CELLS, 2) / ((double)N / CELLS);
    assert_true(fabs(sum / sqrt(N)) < 3.5);
    assert_true(fabs((squares - N) / sqrt(2.0 * N)) < 3.5);
    assert_true(vg_chi_square_upper(chi, CELLS - 1) > 1e-3);
}

/* A bound of 3·2⁶² rejects a quarter of the draws; modulo or plain multiplication would be off by a
 * third. */
static void bounded_integers_are_unbiased_and_take_one_place(void **state)
{
    (void)state;
    enum { N = 60000 };
    const uint64_t bound = (uint64_t)3 << 62;
    size_t third[3] = {0};
    VgRandom random = vg_random_start(5, VG_STREAM_TEST, 1, 0);
    for (int i = 0; i < N; i++) {
        uint64_t value = vg_random_below(&random, bound);
        assert_true(value < bound);
        third[value >> 62]++;
    }
    assert_int_equal(random.place, N);
    double chi = 0;
    for (int k = 0; k < 3; k++)
        chi += pow((double)third[k] - N / 3.0, 2) / (N / 3.0);
    assert_true(vg_chi_square_upper(chi, 2) > 1e-3);
    for (int i = 0; i < 100; i++)
        assert_int_equal(vg_random_below(&random, 1), 0);
}

/* METHODS 9.1: all orders of a block equally likely. */
static void shuffles_of_four_are_uniform(void **state)
{
    (void)state;
    enum { N = 48000 };
    size_t seen[256] = {0};
    for (uint32_t i = 0; i < N; i++) {
        size_t items[4] = {0, 1, 2, 3};
        VgRandom random = vg_random_start(9, VG_STREAM_TEST, i, 0);
        vg_random_shuffle(&random, items, 4);
        assert_int_equal(random.place, 3);
        seen[items[0] * 64 + items[1] * 16 + items[2] * 4 + items[3]]++;
    }
    double chi = 0;
    int orders = 0;
    for (int k = 0; k < 256; k++)
        if (seen[k]) {
            orders++;
            chi += pow((double)seen[k] - N / 24.0, 2) / (N / 24.0);
        }
    assert_int_equal(orders, 24);
    assert_true(vg_chi_square_upper(chi, 23) > 1e-3);
}

/* A row is what its units would have drawn one by one, to the bit: odd numbers of rows and units, tails too. */
static void rows_are_the_units_own_numbers(void **state)
{
    (void)state;
    enum { UNITS = 1237, ROWS = 5, FIRST = 6 };
    static double uniform[ROWS * UNITS], normal[ROWS * UNITS];
    VgRandom random = vg_random_start(0x700000001, VG_STREAM_TEST, 3, 0);
    vg_random_uniform_rows(&random, 10, UNITS, FIRST, ROWS, uniform);
    vg_random_normal_rows(&random, 10, UNITS, FIRST, ROWS, normal);
    for (uint32_t i = 0; i < UNITS; i++) {
        VgRandom u = vg_random_unit(&random, 10 + i), z = u;
        for (size_t r = 0; r < FIRST + ROWS; r++) {
            double one = vg_random_uniform(&u), two = vg_random_normal(&z);
            if (r < FIRST)
                continue;
            assert_true(uniform[(r - FIRST) * UNITS + i] == one);
            assert_true(normal[(r - FIRST) * UNITS + i] == two);
        }
    }
    static double later[3 * UNITS]; /* rows that begin at an odd place */
    vg_random_normal_rows(&random, 10, UNITS, FIRST + 1, 3, later);
    assert_memory_equal(later, normal + UNITS, sizeof later);
    vg_random_normal_rows(&random, 10, UNITS, FIRST + 3, 1, later);
    assert_memory_equal(later, normal + 3 * UNITS, UNITS * sizeof *later);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_its_known_answers),
        cmocka_unit_test(key_and_counter_are_laid_out_as_documented),
        cmocka_unit_test(uniforms_are_the_53_bit_midpoints),
        cmocka_unit_test(uniforms_and_normals_have_their_distribution),
        cmocka_unit_test(bounded_integers_are_unbiased_and_take_one_place),
        cmocka_unit_test(shuffles_of_four_are_uniform),
        cmocka_unit_test(rows_are_the_units_own_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
