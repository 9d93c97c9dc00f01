/* Every allocation of a network analysis fails in turn, from rows of contrasts to the adjunct answer in words: each time
 * the answer is VG_NO_MEMORY, never a crash or half an answer. Linked with -Wl,--wrap (tests/CMakeLists.txt). */
#include "support/witness.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include <vagus/network.h>

void *__real_vg_arena_alloc(VgArena *arena, size_t count, size_t size);
void *__wrap_vg_arena_alloc(VgArena *arena, size_t count, size_t size);
char *__real_vg_arena_strdup(VgArena *arena, const char *text);
char *__wrap_vg_arena_strdup(VgArena *arena, const char *text);
char *__wrap_vg_arena_printf(VgArena *arena, const char *format, ...);

static long left = -1; /* allocations until one fails; negative: none fails */

/* As a real failure: the arena remembers it. */
static bool fails(VgArena *arena)
{
    if (left < 0 || left-- != 0)
        return false;
    assert_null(__real_vg_arena_alloc(arena, (size_t)-1, 2));
    return true;
}

void *__wrap_vg_arena_alloc(VgArena *arena, size_t count, size_t size)
{
    return fails(arena) ? NULL : __real_vg_arena_alloc(arena, count, size);
}

char *__wrap_vg_arena_strdup(VgArena *arena, const char *text)
{
    return fails(arena) ? NULL : __real_vg_arena_strdup(arena, text);
}

char *__wrap_vg_arena_printf(VgArena *arena, const char *format, ...)
{
    char text[1024];
    if (fails(arena))
        return NULL;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return __real_vg_arena_strdup(arena, text);
}

#define ROW(study, a, b, effect, se)                                                               \
    {                                                                                              \
        study, {a, b}, effect, se, {NAN, NAN}, 0                                                   \
    }

static const VgNetworkRow ROWS[] = {
    ROW("1", "CBT", "placebo", 0.40, 0.10),     ROW("2", "PST", "placebo", 0.20, 0.12),
    ROW("3", "SSRI", "placebo", 0.5001, 0.08),  ROW("3", "TCA", "placebo", 0.45, 0.09),
    ROW("3", "SSRI", "TCA", 0.05, 0.09),        ROW("4", "CBT + SSRI", "SSRI", 0.25, 0.15),
    ROW("5", "PST + TCA", "TCA", 0.90, 0.14),   ROW("6", "CBT + SSRI", "placebo", 0.80, 0.16),
    ROW("7", "exercise", "placebo", 0.15, 0.2), ROW("8", "exercise", "SSRI", -0.15, 0.2)};
static const VgComponentType TYPE[] = {{"CBT", "talking_therapy", NULL},
                                       {"PST", "talking_therapy", NULL},
                                       {"exercise", "talking_therapy", NULL},
                                       {"SSRI", "drug", NULL},
                                       {"TCA", "drug", "a tricyclic"}};

static VgStatus everything(VgArena *arena, size_t *n_sentences, VgError *error)
{
    VgNetworkStudy *study;
    VgNetworkRepair *repair;
    size_t n_studies, n_repairs, n_splits, n_points;
    VgNetwork *network;
    VgNetworkFit *fit;
    VgNetworkSplit *split;
    VgNetworkDecomposition *parts;
    VgNetworkHeat *heat;
    VgNetworkFunnelPoint *point;
    VgMatrix contribution;
    VgComponentFit *components;
    VgAdjunct answer;
    VG_TRY(vg_network_studies_from_rows(arena, ROWS, sizeof ROWS / sizeof ROWS[0], NULL, &study,
                                        &n_studies, &repair, &n_repairs, error));
    VG_TRY(vg_network_build(arena, study, n_studies, NULL, &network, error));
    VG_TRY(vg_network_fit(arena, network, NULL, &fit, error));
    VG_TRY(vg_network_split(arena, fit, true, &split, &n_splits, error));
    VG_TRY(vg_network_decompose(arena, fit, &parts, error));
    VG_TRY(vg_network_heat(arena, fit, true, &heat, error));
    VG_TRY(vg_network_funnel(arena, fit, true, NULL, &point, &n_points, error));
    VG_TRY(vg_network_contribution(arena, fit, true, &contribution, error));
    const VgNamedInteraction interaction[] = {{"talking_therapy", "drug"}, {"PST", "TCA"}};
    const VgComponentOptions options = {.inactive = "placebo",
                                        .interaction = interaction,
                                        .n_interactions = 2,
                                        .type = TYPE,
                                        .n_types = sizeof TYPE / sizeof TYPE[0]};
    VG_TRY(vg_component_fit(arena, network, &options, &components, error));
    *n_sentences = 0;
    for (size_t i = 0; i < 2; i++)
        for (int direction = 0; direction < 2; direction++) {
            const VgAdjunctWords words = {.type = TYPE,
                                          .n_types = sizeof TYPE / sizeof TYPE[0],
                                          .unit = "Hedges' g",
                                          .direction_known = direction == 1,
                                          .important_difference = 0.3};
            VG_TRY(vg_component_adjunct(arena, components, i, NULL, &words, &answer, error));
            *n_sentences += answer.n_sentences;
        }
    return VG_OK;
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    size_t whole, got;
    VgError error = {0};
    VgArena *first = vg_arena_create();
    WITNESS_OK(everything(first, &whole, &error), &error);
    vg_arena_destroy(first);
    long failed = 0;
    for (bool fired = true; fired; failed++) {
        VgArena *arena = vg_arena_create();
        left = failed;
        VgStatus status = everything(arena, &got, &error);
        fired = left < 0;
        left = -1;
        vg_arena_destroy(arena);
        if (status != (fired ? VG_NO_MEMORY : VG_OK))
            fail_msg("allocation %ld: status %d", failed, (int)status);
    }
    assert_int_equal(got, whole);
    assert_true(failed > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_failed_allocation_is_reported)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
