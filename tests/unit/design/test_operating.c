/* Operating characteristics: the same bits on any number of threads, truth of arms and of components, intervals that hold it where
 * the model's assumptions do, and what is refused. Seeds are fixed. */
#include "support/folder.h"
#include "support/witness.h"

#include <math.h>
#include <string.h>

#include <vagus/operating.h>

/* Two channels of two markers, a factorial of pill and diet; nobody takes less than the dose and nothing is moderated. */
static const char DESIGN[] =
    "vagus: 1\ntitle: Small\nparticipants: {n: 160}\nsites: {n: 2, sd: 0.2}\n"
    "visits: [{name: baseline, day: 0}, {name: w4, day: 28}, {name: w8, day: 56}]\n"
    "arms: {control: [usual], food: [usual, diet], active: [usual, pill], both: [usual, diet, "
    "pill]}\n"
    "components: {usual: {type: usual_care}, diet: {type: diet}, pill: {type: psychobiotic}}\n"
    "outcomes: {mood: {unit: points, direction: lower is better, mean: 20, sd: 5, stable: 0.4, "
    "reliability: 0.9}}\n"
    "dropout: {rate: 0.05}\n"
    "panel: {blood: {kind: score, matrix: plasma}}\n"
    "axis:\n  channels: {immune: {markers: [il6, tnf], correlation: 0.3}, vagal: {markers: "
    "[rmssd, hf], correlation: 0.4}}\n"
    "  markers:\n"
    "    il6: {layer: blood, mean: 0, sd: 1, reliability: 0.7}\n"
    "    tnf: {layer: blood, mean: 0, sd: 1, reliability: 0.7}\n"
    "    rmssd: {layer: blood, mean: 0, sd: 1, reliability: 0.8}\n"
    "    hf: {layer: blood, mean: 0, sd: 1, reliability: 0.8}\n"
    "  arrows:\n"
    "    - {arrow: pill -> immune, effect: -0.5, unit: sd}\n"
    "    - {arrow: diet -> immune, effect: -0.2, unit: sd}\n"
    "    - {arrow: pill -> vagal, effect: 0.4, unit: sd}\n"
    "    - {arrow: immune -> mood, effect: 0.25, unit: sd, lag: 1}\n"
    "    - {arrow: vagal -> mood, effect: -0.2, unit: sd, lag: 1}\n"
    "    - {arrow: pill -> mood, effect: -0.1, unit: sd}\n"
    "plan:\n  primary:\n"
    "    estimand: {population: randomised participants, treatment: active against control,\n"
    "               variable: mood at w8, intercurrent: none, summary: difference in means}\n"
    "    method: {mmrm: {covariance: us, covariates: [baseline, site]}}\n";

static VgArena *arena;
static VgError error;

static VgDesignFile *design_of(const char *text)
{
    VgDesignFile *design = NULL;
    VgProblems problems = {0};
    char *folder = folder_new(arena);
    folder_write(arena, folder, "design.yaml", text);
    VgStatus status = vg_design_file_read(arena, folder, &design, &problems, &error);
    folder_remove(folder);
    if (status != VG_OK)
        fail_msg("%s", problems.n ? problems.item[0].error.message : error.message);
    return design;
}

static VgOperating run(const VgDesignFile *design, VgOperatingOptions options)
{
    VgOperating out;
    WITNESS_OK(vg_operating_characteristics(arena, design, &options, &out, &error), &error);
    return out;
}

static const VgOperatingRow *find(const VgOperating *o, VgOperatingEffect effect, size_t channel,
                                  bool corrected)
{
    for (size_t k = 0; k < o->n_rows; k++)
        if (o->row[k].effect == effect && o->row[k].channel == channel &&
            o->row[k].corrected == corrected && isnan(o->row[k].reliability))
            return &o->row[k];
    fail_msg("no such row");
    return NULL;
}

static void threads_do_not_touch_a_bit(void **state)
{
    (void)state;
    static const double LAMBDA[] = {0.5};
    const VgDesignFile *design = design_of(DESIGN);
    VgOperatingOptions options = {.replicates = 150,
                                  .seed = 3,
                                  .threads = 1,
                                  .population = 2000,
                                  .reliability = LAMBDA,
                                  .n_reliabilities = 1};
    VgOperating one = run(design, options);
    options.threads = 2;
    VgOperating two = run(design, options);
    assert_int_equal(one.n_rows, 1 + 4 * 5);
    for (size_t k = 0; k < one.n_rows; k++) {
        const VgOperatingRow *a = &one.row[k], *b = &two.row[k];
        assert_memory_equal(&a->truth, &b->truth, sizeof a->truth);
        assert_memory_equal(&a->bias, &b->bias, sizeof a->bias);
        assert_memory_equal(&a->sd, &b->sd, sizeof a->sd);
        assert_memory_equal(&a->coverage, &b->coverage, sizeof a->coverage);
        assert_memory_equal(&a->reject, &b->reject, sizeof a->reject);
        assert_int_equal(a->trials, b->trials);
    }
}

/* By hand: −0.5 · 0.25 · 5 through the immune channel, 0.4 · −0.2 · 5 through the vagal one, −0.1 · 5 directly. */
static void truth_is_the_products_of_the_paths(void **state)
{
    (void)state;
    const VgDesignFile *design = design_of(DESIGN);
    VgOperating arms = run(design, (VgOperatingOptions){.replicates = 2, .population = 1000}),
                pill = run(
                    design,
                    (VgOperatingOptions){.replicates = 2, .population = 1000, .treatment = "pill"}),
                diet = run(design, (VgOperatingOptions){
                                       .replicates = 2, .population = 1000, .treatment = "diet"});
    for (int k = 0; k < 2; k++) {
        const VgOperating *o = k ? &pill : &arms;
        witness_close("immune", find(o, VG_OPERATING_CHANNEL, 0, false)->truth.value, -0.625, 1e-12,
                      0);
        witness_close("vagal", find(o, VG_OPERATING_CHANNEL, 1, true)->truth.value, -0.4, 1e-12, 0);
        witness_close("direct", find(o, VG_OPERATING_DIRECT, VG_AXIS_NONE, false)->truth.value,
                      -0.5, 1e-12, 0);
        witness_close("indirect", find(o, VG_OPERATING_INDIRECT, VG_AXIS_NONE, false)->truth.value,
                      -1.025, 1e-12, 0);
        witness_close("total", find(o, VG_OPERATING_TOTAL, VG_AXIS_NONE, false)->truth.value,
                      -1.525, 1e-12, 0);
        assert_true(find(o, VG_OPERATING_TOTAL, VG_AXIS_NONE, false)->truth.se == 0);
    }
    witness_close("diet", find(&diet, VG_OPERATING_TOTAL, VG_AXIS_NONE, false)->truth.value,
                  -0.2 * 0.25 * 5, 1e-12, 0);
    witness_close("diet, vagal", find(&diet, VG_OPERATING_CHANNEL, 1, false)->truth.value, 0, 0,
                  1e-12);
}

/* All assumptions hold: the corrected effects are within 4 Monte Carlo errors of the truth, their intervals cover; as measured, the
 * immune channel loses what its reliability says. */
static void effects_are_recovered_where_the_assumptions_hold(void **state)
{
    (void)state;
    VgOperating o =
        run(design_of(DESIGN),
            (VgOperatingOptions){
                .replicates = 400, .seed = 11, .population = 1000, .n = 400, .treatment = "pill"});
    for (size_t k = 0; k < o.n_rows; k++) {
        const VgOperatingRow *row = &o.row[k];
        bool touched = !row->corrected && row->effect > VG_OPERATING_TOTAL;
        assert_int_equal(row->trials + row->failed, 400);
        assert_true(row->failed == 0);
        if (touched)
            continue;
        assert_true(fabs(row->bias.value) < 4 * row->bias.se);
        assert_true(fabs(row->coverage.value - 0.95) < 4 * sqrt(0.95 * 0.05 / 400));
        assert_true(fabs(row->mean_se.value / row->sd.value - 1) < 0.12);
    }
    assert_true(find(&o, VG_OPERATING_CHANNEL, 0, false)->bias.value > 0.1);
    assert_true(find(&o, VG_OPERATING_PRIMARY, VG_AXIS_NONE, false)->reject.value > 0.5);
}

static void refused(const VgDesignFile *design, VgOperatingOptions options, const char *words)
{
    VgOperating out;
    error = (VgError){0};
    options.replicates = 2;
    assert_int_not_equal(vg_operating_characteristics(arena, design, &options, &out, &error),
                         VG_OK);
    if (!strstr(error.message, words))
        fail_msg("'%s' lacks '%s'", error.message, words);
    assert_true(error.hint[0] != 0);
}

static void what_the_design_does_not_have_is_refused(void **state)
{
    (void)state;
    static const double LAMBDA[] = {1.5};
    const VgDesignFile *design = design_of(DESIGN);
    refused(design, (VgOperatingOptions){.treatment = "usual"},
            "all of the arms have usual: it has no comparison");
    refused(design, (VgOperatingOptions){.treatment = "pil"}, "is not of this design");
    refused(design, (VgOperatingOptions){.treatment = "both against both"},
            "is not of this design");
    refused(design, (VgOperatingOptions){.mediators_at = "w9"}, "there is no visit w9");
    refused(design, (VgOperatingOptions){.mediators_at = "w8"},
            "mediators at w8 are not between baseline and the outcome");
    refused(design, (VgOperatingOptions){.reliability = LAMBDA, .n_reliabilities = 1},
            "reliability 1.5 is not in (0, 1]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_touch_a_bit),
        cmocka_unit_test(truth_is_the_products_of_the_paths),
        cmocka_unit_test(effects_are_recovered_where_the_assumptions_hold),
        cmocka_unit_test(what_the_design_does_not_have_is_refused),
    };
    arena = vg_arena_create();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    vg_arena_destroy(arena);
    return failed;
}
