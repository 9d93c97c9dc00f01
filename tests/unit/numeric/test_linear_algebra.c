/* numeric/linear_algebra.c: factors rebuild their matrices, rank is R's, sums lose nothing. */
#include "support/witness.h"

#include <math.h>

#include "numeric/linear_algebra.h"

/* Entries without pattern, the same on every machine. */
static VgMatrix make(VgArena *arena, size_t rows, size_t cols)
{
    VgMatrix a = vg_matrix_new(arena, rows, cols);
    unsigned state = 12345;
    for (size_t j = 0; j < cols; j++)
        for (size_t i = 0; i < rows; i++) {
            state = state * 1103515245u + 12345u;
            VG_AT(a, i, j) = (double)(state >> 8) / 8388608.0 - 1.0;
        }
    return a;
}

static void qr_rebuilds_the_matrix(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgMatrix a = make(arena, 9, 5), copy = vg_matrix_new(arena, 9, 5);
    vg_matrix_copy(a, copy);
    VgQr qr;
    WITNESS_OK(vg_qr_factor(arena, copy, VG_RANK_TOLERANCE, &qr, &error), &error);
    assert_int_equal(qr.rank, 5);
    for (size_t j = 0; j < 5; j++) {
        double column[9] = {0};
        for (size_t i = 0; i <= j; i++)
            column[i] = VG_AT(qr.qr, i, j);
        vg_qr_multiply(&qr, column);
        for (size_t i = 0; i < 9; i++)
            assert_true(fabs(column[i] - VG_AT(a, i, qr.pivot[j])) < 1e-14);
        vg_qr_transposed_multiply(&qr, column);
        for (size_t i = 0; i < 9; i++)
            assert_true(fabs(column[i] - (i <= j ? VG_AT(qr.qr, i, j) : 0)) < 1e-14);
    }
    vg_arena_destroy(arena);
}

static void dependent_and_empty_columns_move_to_the_end_in_order(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgMatrix a = make(arena, 8, 6);
    for (size_t i = 0; i < 8; i++) {
        VG_AT(a, i, 1) = 0.0;
        VG_AT(a, i, 3) = 2.0 * VG_AT(a, i, 0) - VG_AT(a, i, 2);
    }
    VgQr qr;
    WITNESS_OK(vg_qr_factor(arena, a, VG_RANK_TOLERANCE, &qr, &error), &error);
    const size_t expected[] = {0, 2, 4, 5, 1, 3};
    assert_int_equal(qr.rank, 4);
    for (size_t j = 0; j < 6; j++)
        assert_int_equal(qr.pivot[j], expected[j]);
    vg_arena_destroy(arena);
}

static void cholesky_solves_inverts_and_gives_the_determinant(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgMatrix a = make(arena, 7, 4), gram = vg_matrix_new(arena, 4, 4);
    VgMatrix factor = vg_matrix_new(arena, 4, 4);
    vg_cross_product(a, gram);
    vg_matrix_copy(gram, factor);
    assert_true(vg_cholesky(factor));
    double b[] = {1, -2, 3, 0.5}, x[4];
    memcpy(x, b, sizeof x);
    vg_cholesky_solve(factor, x);
    for (size_t i = 0; i < 4; i++) {
        double sum = 0;
        for (size_t j = 0; j < 4; j++)
            sum += VG_AT(gram, i, j) * x[j];
        assert_true(fabs(sum - b[i]) < 1e-13);
    }
    VgMatrix copy = vg_matrix_new(arena, 4, 4);
    double values[4], log_determinant = 0;
    VgError error = {0};
    vg_matrix_copy(gram, copy);
    WITNESS_OK(vg_symmetric_eigen(arena, copy, values, &error), &error);
    for (size_t i = 0; i < 4; i++)
        log_determinant += log(values[i]);
    assert_true(fabs(vg_cholesky_log_determinant(factor) - log_determinant) < 1e-12);
    vg_cholesky_invert(factor);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++) {
            double sum = 0;
            for (size_t k = 0; k < 4; k++)
                sum += VG_AT(gram, i, k) * VG_AT(factor, k, j);
            assert_true(fabs(sum - (i == j)) < 1e-12);
        }
    VG_AT(gram, 3, 3) = -1;
    assert_false(vg_cholesky(gram));
    vg_arena_destroy(arena);
}

static void accurate_sums_survive_cancellation(void **state)
{
    (void)state;
    const double values[] = {1e16, 1.0, -1e16, 1e-3}, ones[] = {1, 1, 1, 1};
    assert_true(vg_sum_accurate(values, 4) == 1.001);
    assert_true(vg_dot_accurate(values, ones, 4, 0.0) == 1.001);
    const double a[] = {1.0 + 0x1p-30, -1.0}, b[] = {1.0 - 0x1p-30, 1.0};
    assert_true(vg_dot_accurate(a, b, 2, 0.0) == -0x1p-60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(qr_rebuilds_the_matrix),
        cmocka_unit_test(dependent_and_empty_columns_move_to_the_end_in_order),
        cmocka_unit_test(cholesky_solves_inverts_and_gives_the_determinant),
        cmocka_unit_test(accurate_sums_survive_cancellation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
