/* Every request to an arena fails in turn: each entry point must say so and nothing else may happen. The test is
 * linked with --wrap for the two allocators (tests/CMakeLists.txt). */
#include "support/witness.h"

#include <vagus/certainty.h>
#include <vagus/meta_multilevel.h>
#include <vagus/small_study.h>

static size_t failing, requests; /* which request fails, counted from 1; 0 = none */

void *__real_vg_arena_alloc(VgArena *arena, size_t count, size_t size);
void *__real_vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size);
void *__wrap_vg_arena_alloc(VgArena *arena, size_t count, size_t size);
void *__wrap_vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size);

void *__wrap_vg_arena_alloc(VgArena *arena, size_t count, size_t size)
{
    return ++requests == failing ? NULL : __real_vg_arena_alloc(arena, count, size);
}

void *__wrap_vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size)
{
    return ++requests == failing ? NULL : __real_vg_arena_alloc_raw(arena, count, size);
}

enum { K = 14, STUDIES = 5 };
static const double EFFECT[K] = {.61, .48, .75, .12, .33, .52, .29,
                                 .88, .05, .41, .36, .70, .22, .15};
static const double VARIANCE[K] = {.06, .03,  .09, .01, .02, .05,  .015,
                                   .12, .012, .03, .04, .08, .025, .035};
static const size_t STUDY[K] = {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4};

static VgStatus egger(VgArena *arena, VgError *error)
{
    VgSmallStudyData data = {.y = EFFECT, .v = VARIANCE, .k = K};
    VgEgger out;
    return vg_egger(arena, &data, NULL, &out, error);
}

static VgStatus egger_clustered(VgArena *arena, VgError *error)
{
    VgSmallStudyData data = {.y = EFFECT, .v = VARIANCE, .k = K};
    VgEgger out;
    return vg_egger_clustered(arena, &data, STUDY, STUDIES, .5, NULL, &out, NULL, error);
}

static VgStatus begg(VgArena *arena, VgError *error)
{
    VgSmallStudyData data = {.y = EFFECT, .v = VARIANCE, .k = K};
    VgBegg out;
    return vg_begg(arena, &data, &out, error);
}

static VgStatus trim_and_fill(VgArena *arena, VgError *error)
{
    VgSmallStudyData data = {.y = EFFECT, .v = VARIANCE, .k = K};
    VgTrimFill out;
    return vg_trim_and_fill(arena, &data, NULL, &out, error);
}

static VgStatus pet_peese(VgArena *arena, VgError *error)
{
    VgSmallStudyData data = {.y = EFFECT, .v = VARIANCE, .k = K};
    VgPetPeese out;
    return vg_pet_peese(arena, &data, VG_EGGER_SE, 0, &out, error);
}

static VgStatus selection(VgArena *arena, VgError *error)
{
    VgSmallStudyData data = {.y = EFFECT, .v = VARIANCE, .k = K};
    VgSelection out;
    return vg_selection_model(arena, &data, NULL, &out, error);
}

static VgStatus multilevel(VgArena *arena, VgError *error)
{
    const double shared[4] = {.03, .01, .01, .04}, *blocks[STUDIES] = {[3] = shared};
    VgMultilevelData data = {
        .y = EFFECT, .v = VARIANCE, .study = STUDY, .n = K, .n_studies = STUDIES, .block = blocks};
    VgMultilevelFit fit;
    VgClusterRobust robust;
    VgMultilevelLeftOut out[STUDIES];
    VG_TRY(vg_multilevel_fit(arena, &data, NULL, &fit, error));
    VG_TRY(vg_multilevel_robust(arena, &data, &fit, VG_CLUSTER_CR2, &robust, error));
    return vg_multilevel_leave_one_out(arena, &data, NULL, out, error);
}

static void each_request_fails_in_turn(const char *name, VgStatus (*run)(VgArena *, VgError *))
{
    failing = requests = 0;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    WITNESS_OK(run(arena, &error), &error);
    vg_arena_destroy(arena);
    size_t all = requests;
    assert_true(all > 0);
    for (size_t k = 1; k <= all; k++) {
        failing = k;
        requests = 0;
        arena = vg_arena_create();
        VgStatus status = run(arena, &error);
        vg_arena_destroy(arena);
        if (status != VG_NO_MEMORY)
            fail_msg("%s: request %zu of %zu fails: status %s", name, k, all,
                     vg_status_name(status));
    }
    failing = 0;
}

static void a_failed_allocation_is_an_error_like_any_other(void **state)
{
    (void)state;
    each_request_fails_in_turn("egger", egger);
    each_request_fails_in_turn("clustered egger", egger_clustered);
    each_request_fails_in_turn("begg", begg);
    each_request_fails_in_turn("trim and fill", trim_and_fill);
    each_request_fails_in_turn("PET-PEESE", pet_peese);
    each_request_fails_in_turn("selection", selection);
    each_request_fails_in_turn("multilevel", multilevel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_allocation_is_an_error_like_any_other)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
