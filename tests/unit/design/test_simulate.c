/* The texts of a virtual study against the declared design: share below the limit, replicates as far apart as the
 * reliability says, whole points within the scale, rows that end where people leave. Seeds are fixed. */
#include "support/folder.h"
#include "support/witness.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/simulate.h>

#include "numeric/distributions.h"

static const char DESIGN[] =
    "vagus: 1\ntitle: Small\nparticipants: {n: 8000}\n"
    "visits: [{name: baseline, day: 0}, {name: w4, day: 28}, {name: w8, day: 56}]\n"
    "arms: {control: [usual], active: [usual, pill]}\n"
    "components: {usual: {type: usual_care}, pill: {type: psychobiotic}}\n"
    "outcomes: {mood: {scale: HAM-D17, mean: 8, sd: 5, reliability: 0.9}}\n"
    "dropout: {rate: 0.1}\n"
    "panel: {immune: {kind: concentration, matrix: plasma, unit: pg/mL, replicates: 2, at: "
    "[baseline, w4]}}\n"
    "axis:\n  channels: {immune_channel: [il6]}\n"
    "  markers: {il6: {layer: immune, shape: lognormal, mean: 2, sd: 0.7, reliability: 0.6, lloq: "
    "1}}\n"
    "  arrows:\n    - {arrow: pill -> il6, effect: -0.3, unit: sd}\n"
    "    - {arrow: il6 -> mood, effect: 0.2, unit: sd, lag: 1}\n"
    "plan: {}\n";

enum { N = 8000 };

static VgStudyFiles simulate(VgArena *arena, uint64_t seed)
{
    VgDesignFile *design;
    VgProblems problems;
    VgError error;
    VgStudyFiles files;
    char *folder = folder_new(arena);
    folder_write(arena, folder, "design.yaml", DESIGN);
    VgStatus status = vg_design_file_read(arena, folder, &design, &problems, &error);
    folder_remove(folder);
    if (status != VG_OK)
        fail_msg("%zu: %s", error.line, error.message);
    const VgSimulateOptions options = {.seed = seed, .population = 1000};
    assert_int_equal(vg_simulate_study(arena, design, &options, &files, &error), VG_OK);
    return files;
}

static const char *text_of(const VgStudyFiles *files, const char *name)
{
    for (size_t k = 0; k < files->n; k++)
        if (strcmp(files->file[k].name, name) == 0) {
            assert_int_equal(strlen(files->file[k].text), files->file[k].length);
            return files->file[k].text;
        }
    fail_msg("no file %s", name);
    return "";
}

/* The last field but one of a line of immune.csv: "P001_baseline_plasma,il6,1.2,1". */
static bool value_of(const char *line, double *value)
{
    const char *comma = strchr(strchr(line, ',') + 1, ',') + 1;
    if (*comma == '<')
        return false;
    *value = strtod(comma, NULL);
    return true;
}

/* Of pairs of replicates at baseline. */
static void limits_and_replicates_are_as_declared(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudyFiles files = simulate(arena, 3);
    double n = 0, below = 0, pairs = 0, sum[2] = {0}, square[2] = {0}, cross = 0, logs[2] = {0};
    bool known[2] = {false, false};
    size_t place = 0;
    for (const char *line = strchr(text_of(&files, "immune.csv"), '\n') + 1; *line;
         line = strchr(line, '\n') + 1) {
        double value = NAN;
        known[place % 2] = value_of(line, &value);
        logs[place % 2] = log(value);
        const char *found = strstr(line, "_baseline_");
        bool baseline = found && found < strchr(line, ',');
        n += baseline;
        below += baseline && !known[place % 2];
        if (baseline && place % 2 && known[0] && known[1]) {
            pairs++;
            for (int k = 0; k < 2; k++) {
                sum[k] += logs[k];
                square[k] += logs[k] * logs[k];
            }
            cross += logs[0] * logs[1];
        }
        place++;
    }
    assert_true(n == 2 * N);
    /* log 1 lies log 2 below the mean; the SD of one measurement is 0.7/√0.6 */
    double z = -log(2) / (0.7 / sqrt(0.6)), share = 1 - vg_normal_upper(z);
    assert_true(fabs(below / n - share) <
                4 * sqrt(share * (1 - share) / N)); /* pairs go together */
    /* replicates above the limit: the correlation of a normal pair of correlation 0.6, both cut at z = −0.767, is 0.4493
     * (numerical integration in R over a grid of 1,601 × 1,601) */
    double m0 = sum[0] / pairs, m1 = sum[1] / pairs;
    double r = (cross / pairs - m0 * m1) /
               sqrt((square[0] / pairs - m0 * m0) * (square[1] / pairs - m1 * m1));
    if (fabs(r - 0.4493) > 0.03)
        fail_msg("replicates correlate %.4f", r);
    vg_arena_destroy(arena);
}

static void scores_are_whole_points_and_rows_end(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudyFiles files = simulate(arena, 4);
    double rows[3] = {0}, floors = 0;
    for (const char *line = strchr(text_of(&files, "scores.csv"), '\n') + 1; *line;
         line = strchr(line, '\n') + 1) {
        const char *visit = strchr(line, ',') + 1;
        double value = strtod(strchr(visit, ',') + 1, NULL);
        assert_true(value == floor(value) && value >= 0 && value <= 52);
        floors += value == 0;
        rows[*visit == 'b' ? 0 : visit[1] == '4' ? 1 : 2]++;
    }
    assert_true(rows[0] == N);
    assert_true(fabs(rows[1] / N - 0.9) < 4 * sqrt(0.09 / N));
    assert_true(fabs(rows[2] / N - 0.81) < 4 * sqrt(0.81 * 0.19 / N));
    assert_true(floors > 200); /* mean 8, SD 5: the scale ends */
    vg_arena_destroy(arena);
}

static void the_same_seed_gives_the_same_texts(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudyFiles a = simulate(arena, 5), b = simulate(arena, 5), c = simulate(arena, 6);
    assert_int_equal(a.n, b.n);
    for (size_t k = 0; k < a.n; k++) {
        assert_int_equal(a.file[k].length, b.file[k].length);
        assert_memory_equal(a.file[k].text, b.file[k].text, a.file[k].length);
    }
    assert_string_not_equal(text_of(&a, "scores.csv"), text_of(&c, "scores.csv"));
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_and_replicates_are_as_declared),
        cmocka_unit_test(scores_are_whole_points_and_rows_end),
        cmocka_unit_test(the_same_seed_gives_the_same_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
