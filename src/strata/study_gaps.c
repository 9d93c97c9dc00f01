/* Who has no outcome: arm by arm, whether one arm lost more than another, and what that may do to the answer. Strata of the randomisation in
 * which nobody can be compared. */
#include "strata/study_run.h"

#include <math.h>

#include "numeric/distributions.h"

static const double MUCH_MORE = 0.1; /* difference of shares that is told whatever its p */

static double share_missing(const VgStrataStudy *s, size_t arm)
{
    double n = (double)s->randomised[arm];
    return (n - (double)s->with_outcome[arm]) / n;
}

/* SD of the outcome within arms. */
static double outcome_sd(const VgStrataStudy *s)
{
    const VgBaseline *b = &s->baseline;
    double squares = 0, df = 0;
    for (size_t a = 0; a < b->n_arms; a++) {
        double mean = 0, n = (double)s->with_outcome[a];
        for (size_t r = 0; r < b->n; r++)
            if ((size_t)b->arm[r] == a && !isnan(b->outcome[r]))
                mean += b->outcome[r] / n;
        for (size_t r = 0; r < b->n; r++)
            if ((size_t)b->arm[r] == a && !isnan(b->outcome[r]))
                squares += (b->outcome[r] - mean) * (b->outcome[r] - mean);
        df += n > 1 ? n - 1 : 0;
    }
    return df > 0 ? sqrt(squares / df) : (double)NAN;
}

static void gap_rows(VgStrataStudy *s)
{
    static const char *const COLUMN[] = {"arm", "#randomised", "#with_outcome", "#share_missing"};
    VgDataset *d = vg_result_dataset(s->result, s->plan->id, "outcome_gaps", COLUMN, 4);
    for (size_t a = 0; a < s->baseline.n_arms; a++) {
        vg_dataset_row(s->result, d);
        vg_dataset_set_text(s->result, d, "arm", vg_strata_study_arm(s, a));
        vg_dataset_set_number(s->result, d, "randomised", (double)s->randomised[a]);
        vg_dataset_set_number(s->result, d, "with_outcome", (double)s->with_outcome[a]);
        vg_dataset_set_number(s->result, d, "share_missing", share_missing(s, a));
    }
}

/* One SD worse among those without an outcome moves a mean by their share of the arm times that SD. */
static const char *consequence(const VgStrataStudy *s, size_t arm)
{
    double gap = share_missing(s, arm) - share_missing(s, 0), sd = outcome_sd(s);
    const char *unit = s->baseline.outcome_unit ? s->baseline.outcome_unit : "units";
    if (!(sd > 0))
        return "";
    return vg_arena_printf(
        s->arena,
        " If those without an outcome did worse than people like them who have one by a standard "
        "deviation (%.3g %s), the effect of %s is %s by %.2g %s than is said here; and where more "
        "are missing among people of one kind, that kind seems to benefit %s than it does.",
        sd, unit, vg_strata_study_arm_label(s, arm), gap > 0 ? "worse" : "better", fabs(gap) * sd,
        unit, gap > 0 ? "more" : "less");
}

static void compare_gaps(VgStrataStudy *s, size_t arm)
{
    size_t lost[2] = {s->randomised[arm] - s->with_outcome[arm],
                      s->randomised[0] - s->with_outcome[0]};
    double p = vg_fisher_two_sided((double)lost[0], (double)s->randomised[arm], (double)lost[1],
                                   (double)s->randomised[0]);
    double gap = share_missing(s, arm) - share_missing(s, 0);
    if (!(p < 1 - s->result->level) && !(fabs(gap) >= MUCH_MORE))
        return;
    const char *name = vg_strata_study_arm_label(s, arm),
               *reference = vg_strata_study_arm_label(s, 0);
    const char *counts = vg_arena_printf(
        s->arena,
        "%zu of %zu people of %s and %zu of %zu of %s have no %s at %s (%.0f %% against %.0f %%; "
        "Fisher's exact p = %.2g). All that is said here rests on those who have one.",
        lost[0], s->randomised[arm], name, lost[1], s->randomised[0], reference,
        s->baseline.outcome_name, s->baseline.outcome_at, 100 * share_missing(s, arm),
        100 * share_missing(s, 0), p);
    const char *text = vg_arena_printf(s->arena, "%s%s", counts ? counts : "", consequence(s, arm));
    vg_strata_say(s->result, s->plan->id,
                  vg_arena_printf(s->arena, "missing: %s", vg_strata_study_arm(s, arm)), text);
    vg_result_warn(s->result, "%s: %s", s->plan->label, text ? text : "");
}

VgStatus vg_strata_study_gaps(VgStrataStudy *s, VgError *error)
{
    gap_rows(s);
    for (size_t a = 1; a < s->baseline.n_arms; a++)
        compare_gaps(s, a);
    return vg_arena_failed(s->arena) ? vg_fail_memory(error) : VG_OK;
}

VgStatus vg_strata_study_empty_strata(VgStrataStudy *s, VgError *error)
{
    const VgStrataTrial *t = &s->trial;
    if (!t->stratum)
        return VG_OK;
    size_t *n = VG_NEW(s->arena, size_t, t->n_strata * t->arms);
    if (!n)
        return vg_fail_memory(error);
    for (size_t i = 0; i < t->n; i++)
        n[(size_t)t->stratum[i] * t->arms + (size_t)t->arm[i]]++;
    for (size_t k = 0; k < t->n_strata; k++) {
        size_t people = 0;
        for (size_t a = 0; a < t->arms; a++)
            people += n[k * t->arms + a];
        for (size_t a = 0; a < t->arms; a++)
            if (n[k * t->arms + a] == 0) {
                vg_result_warn(s->result,
                               "%s: in the stratum `%s` nobody of %s has an outcome: its %zu "
                               "people say nothing of that arm against another",
                               s->plan->label, s->baseline.stratum_name[k], t->arm_name[a], people);
                break;
            }
    }
    return VG_OK;
}
