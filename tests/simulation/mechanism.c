/* plan: mechanism from a study folder to its verdicts, on virtual trials whose effects are known.
 *
 * pill against placebo, 1 : 1. Immune (three markers): pill shifts it by −0.5 SD, mood follows it a visit later by 2 points: indirect −1.
 * Stress (two markers): mood follows it, pill does not touch it. Vagal tone (one marker): pill shifts it, mood does not follow. Direct −0.5.
 * Markers log-normal with error of the stated reliability, which the study declares. */
#include <vagus/arena.h>
#include <vagus/mechanism.h>
#include <vagus/panel_clean.h>
#include <vagus/panel_derive.h>
#include <vagus/simulate.h>

#include <unistd.h>

#include "base/file.h"
#include "simulation.h"

static const char DESIGN[] =
    "vagus: 1\n"
    "title: A virtual trial\n"
    "data: simulated\n"
    "participants: {n: %zu}\n"
    "visits: [{name: baseline, day: 0}, {name: w4, day: 28}, {name: w8, day: 56}]\n"
    "arms: {placebo: [usual], active: [usual, pill]}\n"
    "components: {usual: {type: usual_care}, pill: {type: psychobiotic}}\n"
    "outcomes: {mood: {unit: points, direction: lower is better, mean: 20, sd: 5, stable: 0.4, "
    "important_difference: {value: 3, source: assumed}}}\n"
    "panel:\n"
    "  blood: {kind: concentration, matrix: plasma, unit: pg/mL}\n"
    "axis:\n"
    "  channels: {immune: {markers: [il6, tnf, -il10], correlation: 0.3}, stress: {markers: [acth, "
    "cortisol], correlation: 0.3}, vagal: {markers: [rmssd]}}\n"
    "  markers:\n"
    "    il6: {layer: blood, shape: lognormal, mean: 2, sd: 0.7, stable: 0.5, reliability: %g}\n"
    "    tnf: {layer: blood, shape: lognormal, mean: 5, sd: 0.5, stable: 0.5, reliability: %g}\n"
    "    il10: {layer: blood, shape: lognormal, mean: 1, sd: 0.6, stable: 0.5, reliability: %g}\n"
    "    acth: {layer: blood, shape: lognormal, mean: 30, sd: 0.5, stable: 0.4, reliability: %g}\n"
    "    cortisol: {layer: blood, shape: lognormal, mean: 12, sd: 0.5, stable: 0.4, reliability: "
    "%g}\n"
    "    rmssd: {layer: blood, shape: lognormal, mean: 35, sd: 0.4, stable: 0.6, reliability: %g}\n"
    "  arrows:\n"
    "    - {arrow: pill -> immune, effect: -0.5, unit: sd}\n"
    "    - {arrow: pill -> vagal, effect: 0.5, unit: sd}\n"
    "    - {arrow: immune -> mood, effect: 2, unit: points per sd, lag: 1}\n"
    "    - {arrow: stress -> mood, effect: 1.5, unit: points per sd, lag: 1}\n"
    "    - {arrow: pill -> mood, effect: -0.5, unit: points}\n"
    "plan:\n"
    "  primary:\n"
    "    estimand: {population: randomised participants, treatment: active against placebo, "
    "variable: mood at w8, intercurrent: none, summary: difference in means}\n"
    "    method: {ancova: {covariates: [baseline]}}\n"
    "  mechanism: {treatment: pill, outcome: mood at w8, mediators_at: w4, draws: 300, "
    "sensitivity: none}\n";

enum { EFFECTS = 5, VERDICTS = 4 };
static const char *const NAME[EFFECTS] = {"total", "direct", "immune", "stress", "vagal"};
static const double TRUTH[EFFECTS] = {-1.5, -0.5, -1, 0, 0};
static const char *const VERDICT[VERDICTS] = {"carries", "opposes", "little", "cannot tell"};

typedef struct Tally {
    size_t trials, uncorrected, covered[2][EFFECTS], told[2][EFFECTS], verdict[EFFECTS][VERDICTS];
    double sum[2][EFFECTS], square[2][EFFECTS];
} Tally;

static void write_folder(VgArena *arena, const VgStudyFiles *files, const char *folder)
{
    VgError error = {0};
    for (size_t k = 0; k < files->n; k++)
        simulation_check(vg_file_write(vg_path_join(arena, folder, files->file[k].name),
                                       files->file[k].text, files->file[k].length, &error),
                         &error);
}

static size_t which(const VgEstimate *row)
{
    for (size_t k = 0; k < EFFECTS; k++)
        if (k < 2 ? strcmp(row->quantity, NAME[k]) == 0
                  : strcmp(row->quantity, "indirect") == 0 && row->channel &&
                        strcmp(row->channel, NAME[k]) == 0)
            return k;
    return EFFECTS;
}

static void count(const VgResult *result, Tally *tally)
{
    bool any_corrected = false;
    tally->trials++;
    for (size_t i = 0; i < result->n_estimates; i++) {
        const VgEstimate *row = &result->estimate[i];
        size_t k = which(row);
        if (k == EFFECTS || isnan(row->estimate))
            continue;
        int corrected = row->stratum && strcmp(row->stratum, "corrected") == 0;
        any_corrected = any_corrected || corrected;
        tally->told[corrected][k]++;
        tally->sum[corrected][k] += row->estimate;
        tally->square[corrected][k] += row->estimate * row->estimate;
        tally->covered[corrected][k] += row->lower <= TRUTH[k] && TRUTH[k] <= row->upper;
    }
    tally->uncorrected += !any_corrected;
    const VgDataset *set = vg_result_find_dataset(result, "mechanism", "channel_verdicts");
    for (size_t r = 0; set && r < set->n_rows; r++)
        for (size_t k = 2; k < EFFECTS; k++)
            for (size_t v = 0; v < VERDICTS; v++)
                tally->verdict[k][v] +=
                    strcmp(vg_dataset_column(set, "channel")->text[r], NAME[k]) == 0 &&
                    strcmp(vg_dataset_column(set, "verdict")->text[r], VERDICT[v]) == 0;
}

static void one_trial(const VgDesignFile *design, const char *folder, uint64_t seed, Tally *tally)
{
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    VgStudyFiles files = {0};
    VgStudy *study;
    VgProblems problems;
    VgSimulateOptions options = {.seed = seed, .population = 100};
    simulation_check(vg_simulate_study(arena, design, &options, &files, &error), &error);
    write_folder(arena, &files, folder);
    simulation_check(vg_study_read(arena, folder, &study, &problems, &error), &error);
    simulation_check(vg_panel_clean(arena, study, &problems, &error), &error);
    simulation_check(vg_panel_derive(arena, study, &problems, &error), &error);
    simulation_check(vg_study_place_axis(arena, study, &problems, &error), &error);
    VgResult *result = vg_result_create(arena, "run");
    result->level = 0.95;
    simulation_check(vg_mechanism_run(study, result, &error), &error);
    count(result, tally);
    vg_arena_destroy(arena);
}

static void report(size_t n, double reliability, const Tally *t)
{
    for (size_t k = 0; k < EFFECTS; k++) {
        printf("| %zu | %.1f | %s | %.1f ", n, reliability, NAME[k], TRUTH[k]);
        for (int corrected = 0; corrected < 2; corrected++) {
            double told = (double)t->told[corrected][k], mean = t->sum[corrected][k] / told;
            double sd = sqrt((t->square[corrected][k] - told * mean * mean) / (told - 1));
            char rate[32];
            if (!(told > 1)) {
                printf("| – | – ");
                continue;
            }
            printf("| %+.3f (%.3f) | %s ", mean - TRUTH[k], sd / sqrt(told),
                   simulation_rate(rate, t->covered[corrected][k], t->told[corrected][k]));
        }
        for (size_t v = 0; v < VERDICTS && k >= 2; v++)
            printf("| %.3f ", (double)t->verdict[k][v] / (double)t->trials);
        printf(k < 2 ? "| | | | | %zu |\n" : "| %zu |\n", t->uncorrected);
    }
}

int main(int argc, char **argv)
{
    static const struct {
        size_t n;
        double reliability;
    } SCENARIO[] = {{200, 1}, {200, 0.7}, {500, 0.7}};
    Simulation s = simulation_options(argc, argv, 500);
    char folder[] = "/tmp/vagus-simulation-XXXXXX", text[8192];
    if (!mkdtemp(folder))
        return 1;
    printf("%zu trials a row, 300 resamples each, seed %llu; Monte Carlo standard errors in "
           "brackets.\n\n"
           "| n | reliability | effect | truth | bias as measured | coverage of 95 %% | bias "
           "corrected | "
           "coverage of 95 %% | carries | opposes | little | cannot tell | not corrected |\n"
           "|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
           s.replicates, s.seed);
    for (size_t c = 0; c < sizeof SCENARIO / sizeof *SCENARIO; c++) {
        double r = SCENARIO[c].reliability;
        VgArena *arena = vg_arena_create();
        VgError error = {0};
        VgDesignFile *design;
        VgProblems problems;
        snprintf(text, sizeof text, DESIGN, SCENARIO[c].n, r, r, r, r, r, r);
        const char *path = vg_path_join(arena, folder, "design.yaml");
        simulation_check(vg_file_write(path, text, strlen(text), &error), &error);
        simulation_check(vg_design_file_read(arena, path, &design, &problems, &error), &error);
        Tally tally = {0};
        for (size_t i = 0; i < s.replicates; i++)
            one_trial(design, folder, s.seed + 1000 * c + i, &tally);
        report(SCENARIO[c].n, r, &tally);
        fflush(stdout);
        vg_arena_destroy(arena);
    }
    char remove_it[64];
    snprintf(remove_it, sizeof remove_it, "rm -r %s", folder);
    return system(remove_it) != 0;
}
