/* Every allocation of the panel's numbers fails in turn: each time the answer is VG_NO_MEMORY, never a crash or a number.
 * Linked with -Wl,--wrap (tests/CMakeLists.txt). */
#include "support/witness.h"

#include <math.h>

#include <vagus/biomarker.h>
#include <vagus/censored.h>
#include <vagus/modules.h>
#include <vagus/quality.h>
#include <vagus/reliability.h>

void *__real_vg_arena_alloc(VgArena *arena, size_t count, size_t size);
void *__wrap_vg_arena_alloc(VgArena *arena, size_t count, size_t size);
void *__real_vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size);
void *__wrap_vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size);
char *__real_vg_arena_strndup(VgArena *arena, const char *text, size_t length);
char *__wrap_vg_arena_strndup(VgArena *arena, const char *text, size_t length);

static long left = -1; /* allocations until one fails; negative: none fails */

static bool fails(void)
{
    return left >= 0 && left-- == 0;
}

void *__wrap_vg_arena_alloc(VgArena *arena, size_t count, size_t size)
{
    return fails() ? __real_vg_arena_alloc(arena, (size_t)-1, 2)
                   : __real_vg_arena_alloc(arena, count, size);
}

void *__wrap_vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size)
{
    return fails() ? __real_vg_arena_alloc_raw(arena, (size_t)-1, 2)
                   : __real_vg_arena_alloc_raw(arena, count, size);
}

char *__wrap_vg_arena_strndup(VgArena *arena, const char *text, size_t length)
{
    return fails() ? NULL : __real_vg_arena_strndup(arena, text, length);
}

enum { N = 24 };

static VgStatus modules(VgArena *arena, VgError *error)
{
    static const char text[] = "M1\tone\nA\tB\nC,D\n///\nM2\ttwo\nA\n///\n";
    static const char *gene[] = {"A", "C"}, *taxon[] = {"t"};
    static uint32_t feature[] = {0, 1}, of[] = {0, 0};
    static double value[] = {2, 3};
    static size_t start[] = {0, 2};
    static VgStrata strata = {.n = 2,
                              .feature = feature,
                              .taxon = of,
                              .n_taxa = 1,
                              .taxon_id = taxon,
                              .amount = {start, feature, value}};
    const VgFeatureTable table = {.path = "t",
                                  .n_samples = 1,
                                  .n_features = 2,
                                  .feature_id = gene,
                                  .amount = {start, feature, value},
                                  .strata = &strata};
    VgModuleOptions options = {0};
    VgModuleSet *set;
    VgModuleScores scores;
    VgModuleTaxa taxa;
    VgRedundancy redundancy[2];
    VG_TRY(vg_modules_parse(arena, "m", text, sizeof text - 1, &set, error));
    VG_TRY(vg_modules_score(arena, set, &table, &options, &scores, error));
    VG_TRY(vg_modules_by_taxon(arena, set, &table, &options, &scores, &taxa, error));
    return vg_modules_redundancy(arena, set, &table, redundancy, error);
}

static VgStatus numbers(VgArena *arena, VgError *error)
{
    double x[2 * N], y[2 * N], lower[2 * N], upper[2 * N], rr[400], distance[N * N];
    size_t group[N], subject[N];
    bool negative[N];
    for (size_t i = 0; i < N; i++) {
        x[i] = 1;
        x[N + i] = (double)(i % 2);
        group[i] = i / 12;
        subject[i] = i / 2;
        negative[i] = i < 6;
    }
    for (size_t i = 0; i < 2 * N; i++) {
        y[i] = sin((double)(i * i)) + 3;
        lower[i] = i % 5 ? y[i] : -INFINITY;
        upper[i] = y[i];
    }
    for (size_t i = 0; i < 400; i++)
        rr[i] = 900 + 30 * sin((double)i);
    for (size_t i = 0; i < N * N; i++)
        distance[i] = fabs(y[i / N] - y[i % N]);
    VgMatrix design = {x, N, 2, N}, values = {y, N, 2, N}, filled;
    VgCensoredCell cell[2];
    const VgCensoredImputeOptions few = {.imputations = 2, .burn_in = 2, .between = 1};
    VgReliabilityReml reml;
    VgWithinCv cv;
    VgHrv hrv;
    VgHrvOptions plain = {0};
    VgBatchEffect batch;
    VgIdentity identity[N];
    VgIdentityTest test;
    VgContaminant contaminant[2];
    VG_TRY(vg_censored_means(arena, lower, upper, N, group, 2, 0, cell, NULL, error));
    VG_TRY(vg_censored_impute(arena, design, (VgMatrix){lower, N, 2, N}, (VgMatrix){upper, N, 2, N},
                              &few, &filled, error));
    VG_TRY(vg_reliability_reml(arena, subject, y, N, N / 2, 0.95, 5, 1, &reml, error));
    VG_TRY(vg_within_cv(arena, subject, y, N, N / 2, 0.95, &cv, error));
    VG_TRY(vg_hrv(arena, rr, 400, &plain, &hrv, error));
    VG_TRY(vg_batch_effect(arena, values, design, group, 2, &batch, error));
    VG_TRY(vg_batch_correct(arena, values, design, group, 2, &filled, error));
    VG_TRY(vg_identity(arena, (VgMatrix){distance, N, N, N}, subject, N / 2, 5, 1, identity, &test,
                       error));
    return vg_contaminants(arena, values, NULL, negative, contaminant, error);
}

static void every_failure_is_told(VgStatus (*body)(VgArena *, VgError *))
{
    for (long k = 0;; k++) {
        VgArena *arena = vg_arena_create();
        VgError error = {0};
        left = k;
        VgStatus status = body(arena, &error);
        bool over = left >= 0;
        left = -1;
        vg_arena_destroy(arena);
        if (over) {
            WITNESS_OK(status, &error);
            assert_true(k > 5);
            return;
        }
        if (status != VG_NO_MEMORY)
            fail_msg("allocation %ld: %s", k, error.message);
    }
}

static void modules_tell_of_failed_allocations(void **state)
{
    (void)state;
    every_failure_is_told(modules);
}

static void numbers_tell_of_failed_allocations(void **state)
{
    (void)state;
    every_failure_is_told(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(modules_tell_of_failed_allocations),
                                       cmocka_unit_test(numbers_tell_of_failed_allocations)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
