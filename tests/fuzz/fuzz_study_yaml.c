/* libFuzzer target: any bytes as study.yaml beside four small tables. Reading must end with a
 * status and problems that name it, never crash, leak or hang. Corpus:
 * tests/fuzz/corpus/study_yaml. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <vagus/study.h>

static char folder[64];

static void write_file(const char *name, const void *bytes, size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file)
        abort();
    if (fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        abort();
}

static void remove_folder(void)
{
    static const char *const NAME[] = {"study.yaml", "people.csv", "scores.csv", "ae.csv",
                                       "costs.csv"};
    for (size_t i = 0; i < sizeof NAME / sizeof *NAME; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, NAME[i]);
        unlink(path);
    }
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    static const char PEOPLE[] = "id,arm,site,randomised,started,days,i1,i2\n"
                                 "a1,control,n,2026-01-01,2026-01-01,56,1,2\n"
                                 "a2,active,n,2026-01-02,2026-01-03,56,2,1\n"
                                 "a3,control,s,2026-01-03,2026-01-03,56,0,0\n"
                                 "a4,active,s,2026-01-04,2026-01-05,56,3,\n";
    static const char SCORES[] =
        "id,visit,date,phq\na1,baseline,2026-01-01,15\na1,w8,2026-02-26,9\n"
        "a2,baseline,2026-01-02,16\na2,w8,2026-02-27,4\n"
        "a3,baseline,2026-01-03,20\na3,w8,2026-02-28,17\n"
        "a4,baseline,2026-01-04,13\na4,w8,,6\n";
    static const char COSTS[] = "arm,cost,harm,burden\ncontrol,0,0,0\nactive,0.5,x,-1\n";
    static const char EVENTS[] = "id,term,serious,day\na2,nausea,0,3\n";
    snprintf(folder, sizeof folder, "/tmp/vagus-fuzz-XXXXXX");
    if (!mkdtemp(folder))
        abort();
    atexit(remove_folder);
    write_file("people.csv", PEOPLE, sizeof PEOPLE - 1);
    write_file("scores.csv", SCORES, sizeof SCORES - 1);
    write_file("ae.csv", EVENTS, sizeof EVENTS - 1);
    write_file("costs.csv", COSTS, sizeof COSTS - 1);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    write_file("study.yaml", bytes, size);
    VgArena *arena = vg_arena_create();
    if (!arena)
        return 0;
    VgStudy *study;
    VgProblems problems;
    VgError error = {0};
    VgStatus status = vg_study_read(arena, folder, &study, &problems, &error);
    assert((status == VG_OK) == (study != NULL));
    assert((status == VG_OK) == (problems.n_errors == 0));
    if (status == VG_OK && !study->review)
        status = vg_study_place_axis(arena, study, &problems, &error);
    assert((status == VG_OK) == (problems.n_errors == 0));
    for (size_t i = 0; i < problems.n; i++)
        assert(problems.item[i].error.message[0] != '\0');
    vg_arena_destroy(arena);
    return 0;
}
