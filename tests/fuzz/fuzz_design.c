/* libFuzzer target: any bytes as design.yaml. Reading must end with a status and problems that name it, and a design that
 * is read must have a model and draw a trial; never crash, leak or hang. Corpus: tests/fuzz/corpus/design. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <vagus/design_file.h>
#include <vagus/simulate.h>

static char path[64];

static void remove_file(void)
{
    unlink(path);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    snprintf(path, sizeof path, "/tmp/vagus-fuzz-design-%ld", (long)getpid());
    atexit(remove_file);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
        abort();
    VgArena *arena = vg_arena_create();
    if (!arena)
        return 0;
    VgDesignFile *design;
    VgProblems problems;
    VgError error = {0};
    VgStatus status = vg_design_file_read(arena, path, &design, &problems, &error);
    assert((status == VG_OK) == (design != NULL));
    assert((status == VG_OK) == (problems.n_errors == 0));
    for (size_t i = 0; i < problems.n; i++)
        assert(problems.item[i].error.message[0] != '\0');
    if (status == VG_OK && design->n <= 200 && design->study->n_visits <= 20) {
        const VgSimulateOptions options = {.seed = 1, .population = 1000};
        VgStudyFiles files;
        status = vg_simulate_study(arena, design, &options, &files, &error);
        assert(status == VG_OK && files.n >= 6);
    }
    vg_arena_destroy(arena);
    return 0;
}
