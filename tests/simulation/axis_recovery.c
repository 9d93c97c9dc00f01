/* Recovery of the demo graph's indirect effects by channel: examples/axis-demo with all assumptions of the linear analysis made true,
 * with each of them broken again, and as it is. Run by axis_recovery.sh. */
#include <string.h>

#include <vagus/operating.h>

#include "simulation.h"

/* What can break the analysis. A scenario says which of these stay as the demo has them. */
enum {
    STRAIN = 1,     /* unmeasured common cause of the HPA axis and the symptom */
    FEEDBACK = 2,   /* earlier symptoms change the HPA axis */
    ADHERENCE = 4,  /* differs between people, who then differ in channels and in direct effect */
    MODERATION = 8, /* effects that depend on others */
    DROPOUT = 16,   /* depends on the symptom as seen last and as not seen */
    RECORDING = 32, /* whole points within the ends of the scale */
    VISITS = 64,    /* stool at w4 and w12 only: not at w8, when it acts on w12 */
    ALL = 127
};

static bool is_named(const VgAxis *axis, VgAxisEnd end, const char *name)
{
    return strcmp(vg_axis_end_name(axis, end), name) == 0;
}

static void take_out_arrows(VgAxis *axis, unsigned kept)
{
    for (size_t a = 0; a < axis->n_arrows; a++) {
        VgAxisArrow *arrow = &axis->arrow[a];
        bool strain = is_named(axis, arrow->from, "strain"),
             feedback = is_named(axis, arrow->from, "hamd17");
        if ((strain && !(kept & STRAIN)) || (feedback && !(kept & FEEDBACK)))
            arrow->effect = 0;
        if (!(kept & MODERATION))
            arrow->n_moderations = 0;
    }
}

static void mend_nodes(VgAxis *axis, unsigned kept)
{
    for (size_t k = 0; k < axis->n_nodes; k++) {
        VgAxisNode *node = &axis->node[k];
        if (!(kept & ADHERENCE)) {
            node->exposure.adherence_sd = 0;
            node->exposure.decline = 0;
        }
        if (!(kept & RECORDING) && node->kind == VG_AXIS_SYMPTOM) {
            node->measurement.step = 0;
            node->measurement.low = -INFINITY;
            node->measurement.high = INFINITY;
        }
        if (!(kept & VISITS) && node->kind == VG_AXIS_MARKER)
            node->place.at = NULL;
    }
}

static VgDesignFile *demo(VgArena *arena, const char *path, unsigned kept)
{
    VgDesignFile *design;
    VgProblems problems = {0};
    VgError error = {0};
    simulation_check(vg_design_file_read(arena, path, &design, &problems, &error), &error);
    take_out_arrows(design->axis, kept);
    mend_nodes(design->axis, kept);
    if (!(kept & DROPOUT))
        design->dropout_mar = design->dropout_mnar = 0;
    return design;
}

/* ---- tables ---- */

static const char *figure(char text[48], VgMonteCarlo value, int digits, bool sign)
{
    snprintf(text, 48, sign ? "%+.*f (%.*f)" : "%.*f (%.*f)", digits, value.value, digits,
             value.se);
    return text;
}

static const char *name_of(const VgDesignFile *design, const VgOperatingRow *row)
{
    if (row->effect == VG_OPERATING_PRIMARY)
        return "arms, MMRM";
    if (row->effect == VG_OPERATING_INDIRECT)
        return "indirect, all";
    return row->channel == VG_AXIS_NONE ? vg_operating_effect_name(row->effect)
                                        : design->axis->channel[row->channel].label;
}

/* The corrected row of the same effect, or NULL. */
static const VgOperatingRow *partner(const VgOperating *o, const VgOperatingRow *row)
{
    for (size_t k = 0; k < o->n_rows; k++) {
        const VgOperatingRow *other = &o->row[k];
        if (other->corrected && other->effect == row->effect && other->channel == row->channel &&
            (other->reliability == row->reliability ||
             (isnan(other->reliability) && isnan(row->reliability))))
            return other;
    }
    return NULL;
}

static void print_full(const VgDesignFile *design, const VgOperating *o)
{
    for (size_t k = 0; k < o->n_rows; k++) {
        const VgOperatingRow *row = &o->row[k], *other = partner(o, row);
        char truth[48], bias[48], cover[48], reject[48], bias2[48], cover2[48], reject2[48],
            lambda[16];
        if (row->corrected)
            continue;
        snprintf(lambda, sizeof lambda, isnan(row->reliability) ? "declared" : "%.1f",
                 row->reliability);
        printf("| %zu | %s | %s | %s | %s | %.3f | %s | %s |", o->n,
               row->effect == VG_OPERATING_PRIMARY ? "" : lambda, name_of(design, row),
               figure(truth, row->truth, 3, true), figure(bias, row->bias, 4, true), row->sd.value,
               figure(cover, row->coverage, 3, false), figure(reject, row->reject, 3, false));
        if (other)
            printf(" %s | %.3f | %s | %s |\n", figure(bias2, other->bias, 4, true), other->sd.value,
                   figure(cover2, other->coverage, 3, false),
                   figure(reject2, other->reject, 3, false));
        else
            printf(" | | | |\n");
    }
    fflush(stdout);
}

/* Bias of the corrected effects and coverage of their intervals. */
static void print_bias(const VgOperating *o, const char *what)
{
    printf("| %s |", what);
    for (size_t k = 1; k < o->n_rows; k++) {
        const VgOperatingRow *row = &o->row[k];
        char bias[48];
        if (row->corrected && isnan(row->reliability))
            printf(" %s %.2f |", figure(bias, row->bias, 3, true), row->coverage.value);
    }
    printf("\n");
    fflush(stdout);
}

static VgOperating run(VgArena *arena, const VgDesignFile *design, const Simulation *s,
                       size_t replicates, size_t n, const double *reliability,
                       size_t n_reliabilities)
{
    VgOperating o;
    VgError error = {0};
    const VgOperatingOptions options = {.replicates = replicates,
                                        .seed = s->seed,
                                        .threads = s->threads,
                                        .population = 100000,
                                        .n = n,
                                        .treatment = "multistrain",
                                        .outcome = "hamd17 at w12",
                                        .mediators_at = "w8",
                                        .reliability = reliability,
                                        .n_reliabilities = n_reliabilities};
    simulation_check(vg_operating_characteristics(arena, design, &options, &o, &error), &error);
    return o;
}

int main(int argc, char **argv)
{
    Simulation s = simulation_options(argc - 1, argv + 1, 2000);
    static const double LAMBDA[] = {1, 0.5};
    static const char *const FULL = "| n | reliability | effect | truth | bias as measured | SD | "
                                    "coverage | power or level | bias "
                                    "corrected | SD | coverage | power or level "
                                    "|\n|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";
    VgArena *arena = vg_arena_create();
    const VgDesignFile *held = demo(arena, argv[1], 0), *as_is = demo(arena, argv[1], ALL);
    printf("### All assumptions made true\n\n%s", FULL);
    static const size_t N[] = {200, 1000};
    for (size_t k = 0; k < 2; k++) {
        VgOperating o = run(arena, held, &s, s.replicates, N[k], LAMBDA, 2);
        print_full(held, &o);
    }
    printf("\n### One of them broken at a time\n\n| as in the demo |");
    VgOperating base = run(arena, held, &s, s.replicates / 4, 1000, NULL, 0);
    for (size_t k = 1; k < base.n_rows; k++)
        if (base.row[k].corrected)
            printf(" %s |", name_of(held, &base.row[k]));
    printf("\n|---|");
    for (size_t k = 1; k < base.n_rows; k++)
        if (base.row[k].corrected)
            printf("--:|");
    printf("\n");
    print_bias(&base, "none");
    static const struct {
        unsigned kept;
        const char *what;
    } BROKEN[] = {
        {STRAIN, "strain, not measured"},         {FEEDBACK, "symptoms change the HPA axis"},
        {ADHERENCE, "adherence differs"},         {MODERATION, "effects are moderated"},
        {DROPOUT, "dropout depends on symptoms"}, {RECORDING, "whole points, ends of the scale"},
        {VISITS, "metabolites at w4, not w8"},    {ALL, "all of these: the demo"}};
    for (size_t k = 0; k < sizeof BROKEN / sizeof *BROKEN; k++) {
        const VgDesignFile *design = demo(arena, argv[1], BROKEN[k].kept);
        VgOperating o = run(arena, design, &s, s.replicates / 4, 1000, NULL, 0);
        print_bias(&o, BROKEN[k].what);
    }
    printf("\n### The demo as it is\n\n%s", FULL);
    for (size_t k = 0; k < 2; k++) {
        VgOperating o = run(arena, as_is, &s, s.replicates, N[k], NULL, 0);
        print_full(as_is, &o);
    }
    vg_arena_destroy(arena);
    return 0;
}
