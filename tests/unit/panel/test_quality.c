/* panel/: quality of a layer. Counts, aliased batches, an exchange that was made, refusals. */
#include "support/witness.h"

#include <math.h>

#include <vagus/quality.h>

#include "numeric/random.h"

static VgArena *arena;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

static void cells_are_counted(void **state)
{
    (void)state;
    double lower[] = {1, -INFINITY, 2, NAN, 1, 3}, upper[] = {1, 1, INFINITY, NAN, 2, 3};
    const size_t cell_of[] = {0, 0, 0, 1, 1, 1};
    VgLayerCell cell[2];
    vg_layer_cells((VgMatrix){lower, 6, 1, 6}, (VgMatrix){upper, 6, 1, 6}, cell_of, 2, cell);
    assert_true(cell[0].n == 3 && cell[0].below == 1 && cell[0].above == 1 && !cell[0].missing);
    assert_true(cell[1].n == 3 && cell[1].missing == 1 && cell[1].within == 1);
    assert_true(fabs(cell[0].censored_share - 2.0 / 3) < 1e-15);
    assert_true(fabs(cell[1].censored_share - 0.5) < 1e-15);
}

static void batches_that_are_arms_are_refused(void **state)
{
    (void)state;
    double y[8], x[16];
    size_t batch[8];
    for (size_t i = 0; i < 8; i++) {
        y[i] = (double)(i * i % 5);
        x[i] = 1;
        x[8 + i] = (double)(i % 2);
        batch[i] = i % 2;
    }
    VgBatchEffect effect;
    VgMatrix corrected;
    VgError error = {0};
    VgMatrix values = {y, 8, 1, 8}, design = {x, 8, 2, 8};
    assert_int_equal(vg_batch_effect(arena, values, design, batch, 2, &effect, &error),
                     VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "aliased"));
    assert_int_equal(vg_batch_correct(arena, values, design, batch, 2, &corrected, &error),
                     VG_NOT_ESTIMABLE);
    for (size_t i = 0; i < 8; i++)
        batch[i] = i / 4;
    WITNESS_OK(vg_batch_effect(arena, values, design, batch, 2, &effect, &error), &error);
    assert_true(fabs(effect.gvif - 1) < 1e-12); /* balanced */
    assert_int_equal(vg_batch_effect(arena, values, design, batch, 3, &effect, &error),
                     VG_INVALID_INPUT);
    y[2] = NAN;
    assert_int_equal(vg_batch_effect(arena, values, design, batch, 2, &effect, &error),
                     VG_INVALID_INPUT);
}

enum { PEOPLE = 12, VISITS = 3, N = PEOPLE * VISITS };

/* Euclidean distances of profiles of 20 features; between people SD `between`, within 0.5. */
static void profiles(double between, double *distance, size_t *participant)
{
    static double x[N][20];
    VgRandom random = vg_random_start(6, VG_STREAM_TEST, 0, 0);
    for (size_t q = 0; q < PEOPLE; q++)
        for (size_t f = 0; f < 20; f++) {
            double own = between * vg_random_normal(&random);
            for (size_t v = 0; v < VISITS; v++) {
                x[q * VISITS + v][f] = own + 0.5 * vg_random_normal(&random);
                participant[q * VISITS + v] = q;
            }
        }
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            double sum = 0;
            for (size_t f = 0; f < 20; f++)
                sum += (x[i][f] - x[j][f]) * (x[i][f] - x[j][f]);
            distance[i + j * N] = sqrt(sum);
        }
}

static void exchanged_samples_are_found(void **state)
{
    (void)state;
    static double distance[N * N];
    size_t participant[N];
    VgIdentity sample[N];
    VgIdentityTest test;
    VgError error = {0};
    VgMatrix d = {distance, N, N, N};
    profiles(1, distance, participant);
    WITNESS_OK(vg_identity(arena, d, participant, PEOPLE, 199, 1, sample, &test, &error), &error);
    assert_true(test.matched == 1 && test.n_doubtful == 0 && test.p == 1.0 / 200);
    participant[4] = 7; /* 4 is person 1's, 21 person 7's: exchanged */
    participant[21] = 1;
    WITNESS_OK(vg_identity(arena, d, participant, PEOPLE, 199, 1, sample, &test, &error), &error);
    assert_int_equal(test.n_doubtful, 2);
    assert_true(sample[4].doubtful && sample[4].best_participant == 1);
    assert_true(sample[21].doubtful && sample[21].best_participant == 7);
    assert_true(sample[4].p <= 3.0 / (N + 1));
    /* people who cannot be told apart: nobody is accused */
    profiles(0, distance, participant);
    WITNESS_OK(vg_identity(arena, d, participant, PEOPLE, 199, 1, sample, &test, &error), &error);
    assert_true(test.p > 0.05 && test.n_doubtful == 0);
    for (size_t i = 0; i < N; i++)
        participant[i] = i;
    assert_int_equal(vg_identity(arena, d, participant, N, 9, 1, sample, &test, &error),
                     VG_NOT_ESTIMABLE);
}

static void contaminants_and_depth_refuse_what_says_nothing(void **state)
{
    (void)state;
    double x[] = {1, 2, 3, -1}, dna[] = {1, 0};
    const bool none[] = {false, false};
    VgContaminant c[2];
    VgError error = {0};
    VgMatrix table = {x, 2, 2, 2};
    assert_int_equal(vg_contaminants(arena, table, NULL, NULL, c, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_contaminants(arena, table, NULL, none, c, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_contaminants(arena, table, dna, NULL, c, &error), VG_INVALID_INPUT);
    dna[1] = 2;
    assert_int_equal(vg_contaminants(arena, table, dna, NULL, c, &error), VG_INVALID_INPUT);
    VgDepthRatio ratio;
    const int arm[] = {0, 0, 1, 1};
    const double depth[] = {100, 200, 0, 400}, same[] = {100, 100, 100, 100};
    assert_int_equal(vg_depth_by_arm(depth, arm, 4, 0.95, &ratio, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_depth_by_arm(same, arm, 4, 0.95, &ratio, &error), VG_NOT_ESTIMABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_counted),
        cmocka_unit_test(batches_that_are_arms_are_refused),
        cmocka_unit_test(exchanged_samples_are_found),
        cmocka_unit_test(contaminants_and_depth_refuse_what_says_nothing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
