/* replicate: the same bits on any number of threads, merging in order, errors with their replicate.
 */
#include "support/witness.h"

#include <math.h>
#include <stdbool.h>

#include <cblas.h>

#include "numeric/replicate.h"

typedef struct Total {
    double sum, product; /* rounding makes these depend on the order of merging */
    size_t next;
    bool in_order;
} Total;

static VgStatus body(size_t i, VgRandom random, VgArena *scratch, const void *context, void *record,
                     VgError *error)
{
    size_t fail_from = *(const size_t *)context;
    size_t n = 20 + i % 50;
    double *values = VG_NEW(scratch, double, n), *out = record;
    if (!values)
        return vg_fail_memory(error);
    assert_true(*out == 0);
    assert_int_equal(openblas_get_num_threads(), 1);
    if (i >= fail_from)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no estimate in %zu rows", "use more rows", n);
    for (size_t k = 0; k < n; k++)
        values[k] = vg_random_normal(&random);
    for (size_t k = 0; k < n; k++)
        *out += values[k] / (double)n;
    return VG_OK;
}

static VgStatus merge(size_t i, const void *record, void *total_, VgError *error)
{
    (void)error;
    Total *total = total_;
    double value = *(const double *)record;
    total->in_order = total->in_order && i == total->next;
    total->next++;
    total->sum += value;
    total->product = total->product * 0.999 + value * value;
    return VG_OK;
}

static VgStatus run(size_t first, size_t count, int threads, size_t fail_from, Total *total,
                    VgError *error)
{
    VgReplicate plan = {
        .first = first,
        .count = count,
        .seed = 42,
        .stream = VG_STREAM_TEST,
        .record_size = sizeof(double),
        .body = body,
        .merge = merge,
        .context = &fail_from,
        .total = total,
        .threads = threads,
    };
    return vg_replicate(&plan, error);
}

static void results_have_the_same_bits_on_any_number_of_threads(void **state)
{
    (void)state;
    VgError error;
    Total one = {.in_order = true};
    WITNESS_OK(run(0, 1000, 1, SIZE_MAX, &one, &error), &error);
    assert_true(one.in_order && one.next == 1000 && one.sum != 0);
    const int threads[] = {2, 3, 4, 16, 0};
    for (size_t k = 0; k < sizeof threads / sizeof *threads; k++) {
        Total other = {.in_order = true};
        WITNESS_OK(run(0, 1000, threads[k], SIZE_MAX, &other, &error), &error);
        assert_true(other.in_order);
        assert_memory_equal(&other.sum, &one.sum, sizeof one.sum);
        assert_memory_equal(&other.product, &one.product, sizeof one.product);
    }
}

/* What several processes would do: ranges computed apart, merged in order. */
static void ranges_merged_in_order_are_the_whole(void **state)
{
    (void)state;
    VgError error;
    Total whole = {.in_order = true}, parts = {.in_order = true};
    WITNESS_OK(run(0, 700, 2, SIZE_MAX, &whole, &error), &error);
    WITNESS_OK(run(0, 131, 4, SIZE_MAX, &parts, &error), &error);
    WITNESS_OK(run(131, 569, 2, SIZE_MAX, &parts, &error), &error);
    assert_memory_equal(&parts.sum, &whole.sum, sizeof whole.sum);
    assert_true(parts.in_order);
}

static void the_first_failure_is_reported_with_its_replicate(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        VgError error;
        Total total = {.in_order = true};
        assert_int_equal(run(0, 1000, threads, 417, &total, &error), VG_NOT_ESTIMABLE);
        assert_string_equal(error.message, "replicate 417: no estimate in 37 rows");
        assert_string_equal(error.hint, "use more rows");
        assert_int_equal(error.code, VG_NOT_ESTIMABLE);
        assert_int_equal(total.next, 417);
    }
}

static void blas_threads_are_put_back(void **state)
{
    (void)state;
    VgError error;
    Total total = {.in_order = true};
    int before = openblas_get_num_threads();
    WITNESS_OK(run(0, 10, 2, SIZE_MAX, &total, &error), &error);
    assert_int_equal(openblas_get_num_threads(), before);
    WITNESS_OK(run(0, 0, 2, SIZE_MAX, &total, &error), &error);
    assert_int_equal(total.next, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_have_the_same_bits_on_any_number_of_threads),
        cmocka_unit_test(ranges_merged_in_order_are_the_whole),
        cmocka_unit_test(the_first_failure_is_reported_with_its_replicate),
        cmocka_unit_test(blas_threads_are_put_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
