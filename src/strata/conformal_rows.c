/* Individual intervals as rows, datasets and sentences (docs/internals/result-shape.md, "Individual intervals"). */
#include <vagus/conformal.h>

#include <math.h>

#include "numeric/distributions.h"
#include "strata/contrast_rows.h"

typedef struct Run {
    VgArena *arena;
    const VgConformalTrial *trial;
    const VgConformalPlan *plan;
    VgResult *result;
    VgConformalOutcomes out;
    double level;
} Run;

static const char *number_text(VgArena *arena, double value)
{
    return vg_arena_printf(arena, "%.3g", value);
}

static const char *method_of(const Run *run)
{
    static const char *const LABEL[VG_CONFORMAL_METHOD_COUNT] = {"CV+", "split", "jackknife+"};
    return LABEL[run->plan->options.method];
}

static const char *unit_of(const Run *run)
{
    return run->plan->unit ? run->plan->unit : "units";
}

static const char *participant(const Run *run, size_t i)
{
    return run->plan->participant_name ? run->plan->participant_name[i]
                                       : vg_arena_printf(run->arena, "%zu", i + 1);
}

/* An end that no number bounds is absent. */
static void set_end(const Run *run, VgDataset *d, const char *column, double value)
{
    vg_dataset_set_number(run->result, d, column, isinf(value) ? NAN : value);
}

static void add_intervals(const Run *run)
{
    static const char *const COLUMN[] = {"participant", "arm",    "own_arm",  "#predicted",
                                         "#lower",      "#upper", "#observed"};
    const VgConformalPeople *p = &run->out.participants;
    VgDataset *d =
        vg_result_dataset(run->result, run->plan->analysis, "individual_interval", COLUMN, 7);
    for (size_t a = 0; a < run->trial->arms; a++)
        for (size_t i = 0; i < run->trial->n; i++) {
            bool own = (size_t)run->trial->arm[i] == a;
            vg_dataset_row(run->result, d);
            vg_dataset_set_text(run->result, d, "participant", participant(run, i));
            vg_dataset_set_text(run->result, d, "arm", run->trial->arm_name[a]);
            vg_dataset_set_text(run->result, d, "own_arm", own ? "yes" : "no");
            vg_dataset_set_number(run->result, d, "predicted", VG_AT(p->predicted, i, a));
            set_end(run, d, "lower", VG_AT(p->lower, i, a));
            set_end(run, d, "upper", VG_AT(p->upper, i, a));
            vg_dataset_set_number(run->result, d, "observed", own ? run->trial->outcome[i] : NAN);
        }
}

static void add_differences(const Run *run)
{
    static const char *const COLUMN[] = {"participant", "arm",    "reference", "#predicted",
                                         "#lower",      "#upper", "rests_on"};
    const VgConformalPeople *p = &run->out.participants;
    size_t n = run->trial->n;
    VgDataset *d =
        vg_result_dataset(run->result, run->plan->analysis, "individual_difference", COLUMN, 7);
    for (size_t a = 1; a < run->trial->arms; a++)
        for (size_t i = 0; i < n; i++) {
            bool observed = p->observed[i + (a - 1) * n];
            vg_dataset_row(run->result, d);
            vg_dataset_set_text(run->result, d, "participant", participant(run, i));
            vg_dataset_set_text(run->result, d, "arm", run->trial->arm_name[a]);
            vg_dataset_set_text(run->result, d, "reference", run->trial->arm_name[0]);
            vg_dataset_set_number(run->result, d, "predicted", VG_AT(p->difference, i, a - 1));
            set_end(run, d, "lower", VG_AT(p->difference_lower, i, a - 1));
            set_end(run, d, "upper", VG_AT(p->difference_upper, i, a - 1));
            vg_dataset_set_text(run->result, d, "rests_on",
                                observed ? "the outcome seen and one interval" : "two intervals");
        }
}

static VgEstimate blank(const Run *run, size_t a, const char *quantity, double n)
{
    VgEstimate row = vg_estimate_blank();
    row.analysis = run->plan->analysis;
    row.quantity = quantity;
    row.outcome = run->plan->outcome_name;
    row.arm = run->trial->arm_name[a];
    row.n = n;
    return row;
}

/* Clopper & Pearson 1934. */
static void exact_limits(VgEstimate *row, size_t hits, size_t n, double level)
{
    double x = (double)hits, of = (double)n, tail = (1 - level) / 2;
    row->estimate = x / of;
    row->lower = hits == 0 ? 0 : vg_beta_quantile(tail, x, of - x + 1);
    row->upper = hits == n ? 1 : vg_beta_quantile_upper(tail, x + 1, of - x);
}

static void add_rows(const Run *run, size_t a)
{
    const VgConformalArm *arm = &run->out.arm[a];
    VgEstimate width = blank(run, a, "conformal_width", (double)run->trial->n);
    width.estimate = isinf(arm->width) ? NAN : arm->width;
    width.unit = run->plan->unit;
    width.note = vg_arena_printf(run->arena,
                                 "median width of %.4g %% intervals (%s, %zu people calibrate)%s",
                                 100 * run->level, method_of(run), arm->n_with_outcome,
                                 arm->infinite ? "; some have no end" : "");
    vg_result_estimate(run->result, &width);
    VgEstimate coverage = blank(run, a, "conformal_coverage", (double)arm->n_with_outcome);
    exact_limits(&coverage, arm->covered, arm->n_with_outcome, run->level);
    coverage.note = vg_arena_printf(
        run->arena,
        "share inside intervals made without them; at least %.3g %% is proven, on average over "
        "people; limits as if people were judged independently",
        100 * arm->guarantee);
    vg_result_estimate(run->result, &coverage);
}

static void say(const Run *run, const char *text)
{
    vg_strata_tell(run->result, run->plan->analysis, "intervals", text);
}

/* Calibrating units from which an interval at `level` has an end. */
static size_t enough(double level)
{
    size_t n = 1;
    while (vg_conformal_rank(n, 1 - level) > n)
        n++;
    return n;
}

static void tell_arm(const Run *run, size_t a)
{
    const VgConformalArm *arm = &run->out.arm[a];
    const char *name = run->trial->arm_name[a];
    const char *units = run->trial->clusters.of ? "clusters" : "people";
    if (arm->infinite) {
        const char *text = vg_arena_printf(
            run->arena,
            "Too few people calibrate for an individual interval of the outcome under %s at "
            "%.4g %%: it has no end%s. It would take %zu %s or more who calibrate.",
            name, 100 * run->level,
            run->plan->options.range.bounded ? " short of the whole scale" : "", enough(run->level),
            units);
        say(run, text);
        vg_result_warn(run->result, "%s", text);
        return;
    }
    say(run, vg_arena_printf(
                 run->arena,
                 "Half of the individual intervals of the outcome under %s are %s %s wide or "
                 "wider. Of the %zu people of that arm with an outcome, %zu (%.0f %%) lie "
                 "in the interval that was made without them.",
                 name, number_text(run->arena, arm->width), unit_of(run), arm->n_with_outcome,
                 arm->covered, 100 * (double)arm->covered / (double)arm->n_with_outcome));
}

static void tell_guarantee(const Run *run)
{
    double least = 1;
    for (size_t a = 0; a < run->trial->arms; a++)
        least = fmin(least, run->out.arm[a].guarantee);
    const char *weighted = run->out.weighted && run->plan->options.method != VG_CONFORMAL_SPLIT
                               ? " Arms were not given with the same probability to all: scores "
                                 "are weighted for that, and the proof is then for split intervals "
                                 "and the jackknife+ only."
                               : "";
    const char *clusters = run->trial->clusters.of
                               ? " Whole clusters calibrate: what is proven is for a person of a "
                                 "cluster that is not in these data."
                               : "";
    say(run,
        vg_arena_printf(
            run->arena,
            "The intervals (conformal, %s) are made to hold the outcomes of %.4g %% of people like "
            "those of this trial; at least %.3g %% is proven, whatever the model. That is an "
            "average over people, not a promise for each.%s%s",
            method_of(run), 100 * run->level, 100 * least, weighted, clusters));
}

/* What two intervals of level 1 − α/2 cannot say of those who were given a third arm, or were not seen. */
static const char *without_end(const Run *run, size_t a)
{
    size_t n = run->trial->n, two = 0;
    for (size_t i = 0; i < n; i++)
        two += !run->out.participants.observed[i + (a - 1) * n];
    if (two == 0 || !(run->out.arm[0].difference_infinite || run->out.arm[a].difference_infinite))
        return "";
    return vg_arena_printf(run->arena,
                           " Of the %zu of whom neither outcome was seen, some have an interval "
                           "without an end%s: it would take %zu %s or more who calibrate in each "
                           "of the two arms.",
                           two, run->plan->options.range.bounded ? " short of the whole scale" : "",
                           enough((1 + run->level) / 2),
                           run->trial->clusters.of ? "clusters" : "people");
}

static void tell_difference(const Run *run, size_t a)
{
    const VgConformalPeople *p = &run->out.participants;
    size_t n = run->trial->n, hold = 0;
    for (size_t i = 0; i < n; i++)
        hold +=
            VG_AT(p->difference_lower, i, a - 1) <= 0 && VG_AT(p->difference_upper, i, a - 1) >= 0;
    say(run, vg_arena_printf(
                 run->arena,
                 "The interval of the difference between %s and %s holds 0 for %zu of %zu "
                 "participants. That is nearly always so, also where a treatment works: it shows "
                 "how much one person's outcome can vary. Nothing may be decided on it.%s",
                 run->trial->arm_name[a], run->trial->arm_name[0], hold, n, without_end(run, a)));
}

VgStatus vg_conformal_run(VgArena *arena, const VgConformalTrial *trial,
                          const VgConformalPlan *plan, VgResult *result, VgError *error)
{
    Run run = {.arena = arena,
               .trial = trial,
               .plan = plan,
               .result = result,
               .level = plan->options.level ? plan->options.level[0] : 0.95};
    VG_TRY(
        vg_conformal_trial(arena, trial, NULL, &plan->options, plan->outer_folds, &run.out, error));
    add_intervals(&run);
    add_differences(&run);
    for (size_t a = 0; a < trial->arms; a++) {
        add_rows(&run, a);
        tell_arm(&run, a);
    }
    tell_guarantee(&run);
    for (size_t a = 1; a < trial->arms; a++)
        tell_difference(&run, a);
    vg_result_text(result, VG_FACTS_FIT, plan->analysis, "intervals_method",
                   vg_conformal_method_name(plan->options.method));
    vg_result_number(result, VG_FACTS_FIT, plan->analysis, "intervals_level", run.level);
    return vg_arena_failed(arena) ? vg_fail_memory(error) : vg_result_status(result, error);
}
