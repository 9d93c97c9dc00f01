/* libFuzzer target: any bytes as the panel and plan of a study, and as its sample sheet, beside small tables of every kind (counts
 * with a load, genes with modules, replicates, curves in time, RR intervals, a reference). The bytes before the first line
 * "~" are YAML that follows a fixed head, those after it samples.csv. Reading, cleaning and deriving must end with a
 * status and problems that name it, never crash, leak or hang. Corpus: tests/fuzz/corpus/panel_study. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vagus/panel_clean.h>
#include <vagus/panel_derive.h>
#include <vagus/study.h>

static char folder[64];

static const char HEAD[] =
    "vagus: 1\ntitle: t\ndata: simulated\nsource: fuzz\nparticipants: {table: people.csv, id: id}\n"
    "visits:\n  - {name: baseline, day: 0}\n  - {name: w8, day: 56}\n"
    "arms:\n  a: {components: [p], label: A}\n  b: {components: [q], label: B}\n"
    "components:\n  p: {type: placebo}\n  q: {type: diet}\nrandomisation: {arm: arm}\n";

static const struct {
    const char *name, *text;
} TABLES[] = {
    {"people.csv",
     "id,arm,age,insulin,glucose\np1,a,30,5,5.1\np2,b,41,7,4.9\np3,a,25,,5\np4,b,60,9,5.5\n"},
    {"samples.csv", NULL},
    {"study.yaml", NULL},
    {"counts.tsv", "f\ts1\ts2\ts3\ts4\ts5\ts6\ts7\ts8\tblank\nx\t3\t0\t5\t1\t9\t2\t4\t7\t1\n"
                   "y\t10\t20\t0\t7\t1\t1\t30\t2\t0\nz\t0\t0\t1\t0\t2\t0\t0\t5\t0\n"},
    {"ko.tsv", "ko\ts1\ts2\ts3\ts4\nK01580\t4\t0\t3\t9\nK01580|t1\t4\t0\t1\t9\nK01580|"
               "t2\t0\t0\t2\t0\nK00001\t1\t2\t3\t4\n"},
    {"scfa.csv",
     "sample,acetate,butyrate,propionate\ns1,60,<1.5,9\ns5,58,1.6,8\ns2,40,12,3\ns3,71,15,20\n"
     "s4,NA,11,>90\n"},
    {"saliva.csv", "sample,cortisol\nc1,0.3\nc2,0.6\nc3,0.5\nc4,0.2\nc5,0.4\nc6,0.9\n"},
    {"rr.csv",
     "id,visit,rr_ms\np1,baseline,800\np1,baseline,820\np1,baseline,790\np1,baseline,2000\n"
     "p2,baseline,700\np2,baseline,701\n"},
    {"healthy.csv", "id,age\nh1,30\nh2,40\nh3,50\n"},
    {"healthy_scfa.csv", "sample,acetate,butyrate,propionate\nh1,50,10,9\nh2,48,9,8\nh3,40,12,3\n"},
    {"m.txt", "M1\tglutamate\nK01580\n///\n"},
    {"tree.nwk", "((x:1,y:2):1,z:3);\n"},
};

enum { N_TABLES = sizeof TABLES / sizeof *TABLES };

static void write_file(const char *name, const void *head, size_t head_size, const void *bytes,
                       size_t size)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file)
        abort();
    if (fwrite(head, 1, head_size, file) != head_size || fwrite(bytes, 1, size, file) != size ||
        fclose(file) != 0)
        abort();
}

static void remove_folder(void)
{
    for (size_t i = 0; i < N_TABLES; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", folder, TABLES[i].name);
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
    snprintf(folder, sizeof folder, "/tmp/vagus-fuzz-XXXXXX");
    if (!mkdtemp(folder))
        abort();
    atexit(remove_folder);
    for (size_t i = 0; i < N_TABLES; i++)
        if (TABLES[i].text)
            write_file(TABLES[i].name, "", 0, TABLES[i].text, strlen(TABLES[i].text));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const uint8_t *cut = memmem(bytes, size, "\n~\n", 3);
    size_t yaml = cut ? (size_t)(cut - bytes) + 1 : size;
    write_file("study.yaml", HEAD, sizeof HEAD - 1, bytes, yaml);
    write_file("samples.csv", "", 0, bytes + (cut ? yaml + 2 : size), cut ? size - yaml - 2 : 0);
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
        status = vg_panel_clean(arena, study, &problems, &error);
    if (status == VG_OK && !study->review)
        status = vg_panel_derive(arena, study, &problems, &error);
    assert(status == VG_OK || error.message[0] != '\0' || problems.n_errors > 0);
    for (size_t i = 0; i < problems.n; i++)
        assert(problems.item[i].error.message[0] != '\0');
    vg_arena_destroy(arena);
    return 0;
}
