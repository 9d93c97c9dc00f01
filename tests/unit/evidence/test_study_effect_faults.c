/* Every allocation of reading an extraction table and making its effects fails in turn: each time the answer is
 * VG_NO_MEMORY, never a crash or a number. Linked with -Wl,--wrap (tests/CMakeLists.txt). */
#include "support/witness.h"

#include <stdio.h>

#include <vagus/study_effect.h>

void *__real_vg_arena_alloc(VgArena *arena, size_t count, size_t size);
void *__wrap_vg_arena_alloc(VgArena *arena, size_t count, size_t size);
void *__real_vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size);
void *__wrap_vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size);
char *__real_vg_arena_strdup(VgArena *arena, const char *text);
char *__wrap_vg_arena_strdup(VgArena *arena, const char *text);
char *__real_vg_arena_printf(VgArena *arena, const char *format, ...);
char *__wrap_vg_arena_printf(VgArena *arena, const char *format, ...);

static long left = -1; /* allocations until one fails; negative: none fails */
static bool failed;

static bool fails(void)
{
    failed = failed || left == 0;
    return left >= 0 && left-- == 0;
}

void *__wrap_vg_arena_alloc(VgArena *arena, size_t count, size_t size)
{
    return fails() ? NULL : __real_vg_arena_alloc(arena, count, size);
}

void *__wrap_vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size)
{
    return fails() ? NULL : __real_vg_arena_alloc_raw(arena, count, size);
}

char *__wrap_vg_arena_strdup(VgArena *arena, const char *text)
{
    return fails() ? NULL : __real_vg_arena_strdup(arena, text);
}

char *__wrap_vg_arena_printf(VgArena *arena, const char *format, ...)
{
    char text[1000];
    va_list arguments;
    if (fails())
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return __real_vg_arena_strdup(arena, text);
}

typedef struct Case {
    VgMeasure measure;
    VgEvidenceKind kind;
    VgSharedControl shared;
    const char *csv;
} Case;

static const Case CASE[] = {
    {VG_MEASURE_SMD, VG_EVIDENCE_PAIRWISE, VG_SHARED_CONTROL_MODEL,
     "study,treat1,treat2,n1,m1,sd1,n2,m2,sd2,rob,direction,line_group\n"
     "A,b,a,22,12,5,20,10,4,low,lower,q\nA,c,a,25,15,4.5,20,10,4,H,lower,q\n"
     "B,d,a,12,3,0.2,14,9,0.2,?,lower,r\n"},
    {VG_MEASURE_SMD, VG_EVIDENCE_NETWORK, VG_SHARED_CONTROL_REFUSE,
     "study,treat1,treat2,n1,m1,sd1,n2,m2,sd2\nA,b,a,22,12,5,20,10,4\nA,c,a,25,15,4.5,20,10,4\n"
     "B,d,a,12,3,0.2,14,9,0.2\n"},
    {VG_MEASURE_OR, VG_EVIDENCE_PAIRWISE, VG_SHARED_CONTROL_REFUSE,
     "author,year,e1,n1,e2,n2\nA,1999,1,20,3,20\nA,2000,1,20,0,20\nB,1990,0,10,0,10\n"},
    {VG_MEASURE_OR, VG_EVIDENCE_NETWORK, VG_SHARED_CONTROL_REFUSE,
     "study,treatment,events,n\nA,x,3,12\nA,y,4,12\nA,z,0,12\nB,x,3,12\nB,y,4,12\n"},
    {VG_MEASURE_GENERIC, VG_EVIDENCE_NETWORK, VG_SHARED_CONTROL_REFUSE,
     "study,treat1,treat2,TE,seTE\nA,x,y,1,1\nA,y,z,1,1\nA,x,z,2,1\n"},
    /* refused: problems need memory too */
    {VG_MEASURE_SMD, VG_EVIDENCE_PAIRWISE, VG_SHARED_CONTROL_REFUSE,
     "study,n1,m1,sd1,n2,m2,sd2\nA,22,12,-5,20,10,4\nA,1,15,4.5,20,10,4\n"},
};

static VgStatus everything(VgArena *arena, const Case *one, const VgTable *table)
{
    VgEvidencePlan plan = {.measure = one->measure, .shared_control = one->shared};
    VgExtraction *extraction;
    VgStudyEffects *effects;
    VgNetworkContrasts *contrasts;
    VgProblems problems = {0};
    VgError error = {0};
    VG_TRY(
        vg_extraction_read(arena, table, &plan, one->kind, NULL, &extraction, &problems, &error));
    if (one->kind == VG_EVIDENCE_NETWORK)
        return vg_network_effects(arena, extraction, &plan, &contrasts, &error);
    return vg_study_effects(arena, extraction, &plan, &effects, &error);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASE / sizeof *CASE; i++) {
        VgArena *kept = vg_arena_create();
        VgTable *table;
        VgError error = {0};
        WITNESS_OK(vg_table_read_csv_bytes(kept, "t.csv", CASE[i].csv, strlen(CASE[i].csv), NULL,
                                           &table, &error),
                   &error);
        size_t faults = 0;
        for (failed = true; failed; faults++) {
            VgArena *arena = vg_arena_create();
            failed = false;
            left = (long)faults;
            VgStatus status = everything(arena, &CASE[i], table);
            left = -1;
            if (failed && status != VG_NO_MEMORY)
                fail_msg("case %zu, allocation %zu: status %d", i, faults, (int)status);
            vg_arena_destroy(arena);
        }
        assert_true(faults > 20);
        vg_arena_destroy(kept);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_failed_allocation_is_reported)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
