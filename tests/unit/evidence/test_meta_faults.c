/* Every allocation of pairwise meta-analysis fails in turn: each time the answer is VG_NO_MEMORY, never a crash or a
 * number. Linked with -Wl,--wrap (tests/CMakeLists.txt). */
#include <vagus/meta.h>

#include "support/witness.h"

void *__real_vg_arena_alloc(VgArena *arena, size_t count, size_t size);
void *__wrap_vg_arena_alloc(VgArena *arena, size_t count, size_t size);

static long left = -1; /* allocations until one fails; negative: none fails */

void *__wrap_vg_arena_alloc(VgArena *arena, size_t count, size_t size)
{
    if (left >= 0 && left-- == 0) /* as a real failure: the arena remembers it */
        return __real_vg_arena_alloc(arena, (size_t)-1, 2);
    return __real_vg_arena_alloc(arena, count, size);
}

enum { K = 7 };
static const double Y[K] = {-0.889, -1.585, -1.348, -1.441, -0.218, 0.012, -0.469};
static const double V[K] = {0.326, 0.194, 0.415, 0.020, 0.051, 0.004, 0.056};
static const double N[K] = {262, 609, 451, 26465, 5069, 2545, 3000};
static const char *const STUDY[K] = {"a", "b", "c", "d", "e", "f", "g"};
static const int32_t GROUP[K] = {0, 1, 0, 1, 0, 1, 0};
static const size_t ROW[K] = {0, 1, 2, 3, 4, 5, 6};
static const char CSV[] = "x,g\n44,a\n55,b\n42,a\n52,c\n13,b\n44,a\n19,c\n";

static VgStatus everything(VgArena *arena, const VgTable *table, const VgEffects *effects,
                           const VgEffects *shared, VgError *error)
{
    VgMetaRegression *regression;
    VgMetaFit *fit, *blocks;
    VgMetaInfluence *influence;
    VgMetaPool *pool;
    VgMetaSubgroups *groups;
    VgMetaPermutation *permutation;
    const VgMetaPermutationOptions b = {.permutations = 20, .threads = 1};
    VG_TRY(vg_meta_regression(arena, effects, ROW, table, "x + g", NULL, &regression, error));
    VG_TRY(vg_meta_influence(arena, regression->fit, &influence, error));
    VG_TRY(vg_meta_permute(arena, regression->fit, &b, &permutation, error));
    VG_TRY(vg_meta_fit(arena, effects, NULL, NULL, &fit, error));
    VG_TRY(vg_meta_permute(arena, fit, &b, &permutation, error));
    VG_TRY(vg_meta_cumulative(arena, fit, NULL, &pool, error));
    VG_TRY(vg_meta_subgroups(arena, effects, GROUP, 2, NULL, true, &groups, error));
    VG_TRY(vg_meta_fit(arena, shared, NULL, NULL, &blocks, error));
    return vg_meta_leave_one_out(arena, blocks, &pool, error);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    double covariance[K * K] = {0};
    for (size_t i = 0; i < K; i++)
        covariance[i + i * K] = V[i];
    covariance[1] = covariance[K] = 0.05;
    const VgEffects effects = {.k = K, .y = Y, .v = V, .n = N, .study = STUDY};
    VgEffects shared = effects;
    shared.covariance = covariance;
    VgArena *table_arena = vg_arena_create();
    VgTable *table;
    VgError trouble;
    WITNESS_OK(
        vg_table_read_csv_bytes(table_arena, "t", CSV, sizeof CSV - 1, NULL, &table, &trouble),
        &trouble);
    long failed = 0, survived = 0;
    for (bool fired = true; fired; failed++) {
        VgArena *arena = vg_arena_create();
        VgError error = {0};
        left = failed;
        VgStatus status = everything(arena, table, &effects, &shared, &error);
        fired = left < 0;
        left = -1;
        vg_arena_destroy(arena);
        survived += fired && status == VG_OK;
        if (status != VG_OK && status != VG_NO_MEMORY)
            fail_msg("allocation %ld: %s", failed, error.message);
        if (!fired)
            assert_int_equal(status, VG_OK);
    }
    vg_arena_destroy(table_arena);
    assert_true(failed > 100);
    assert_true(survived <=
                2); /* both of the design's quick look at its rank, which has a slower way out */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_failed_allocation_is_reported)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
