/* Whether the average effect here is that of the trial's analysis of the same outcome, visit and arms: who benefits is not asked of people who
 * on average say something else. */
#include "strata/study_run.h"

#include <math.h>

#include "base/compare.h"

static bool compares_the_same(const VgEstimate *row, const VgEstimate *ours)
{
    return vg_same_text(row->quantity, "contrast") && vg_same_text(row->outcome, ours->outcome) &&
           vg_same_text(row->arm, ours->arm) && vg_same_text(row->reference, ours->reference);
}

/* The first analysis of the plan that has it: the primary before secondary ones. */
static const VgEstimate *theirs(const VgStrataStudy *s, const VgEstimate *ours)
{
    for (size_t k = 0; k < s->result->n_estimates; k++) {
        const VgEstimate *row = &s->result->estimate[k];
        if (compares_the_same(row, ours) && vg_same_text(row->visit, s->baseline.outcome_at) &&
            row->se > 0)
            return row;
    }
    return NULL;
}

static void compare(const VgStrataStudy *s, const VgEstimate *ours)
{
    const VgEstimate *other = theirs(s, ours);
    const char *unit = s->trial.unit ? s->trial.unit : "units";
    if (!other || !(fabs(other->estimate - ours->estimate) > fmax(other->se, ours->se)))
        return;
    const char *text = vg_arena_printf(
        s->arena,
        "The average effect of %s against %s is %.3g %s among the people asked here and %.3g in "
        "the analysis %s, further apart than either's standard error. Here people without an "
        "outcome are left out: look at who they are before asking who benefits.",
        ours->arm, ours->reference, ours->estimate, unit, other->estimate, other->analysis);
    vg_strata_say(s->result, s->plan->id, vg_arena_printf(s->arena, "agreement: %s", ours->arm),
                  text);
    vg_result_warn(s->result, "%s: %s", s->plan->label, text ? text : "");
}

VgStatus vg_strata_study_agreement(VgStrataStudy *s, VgError *error)
{
    for (size_t k = 0; k < s->result->n_estimates; k++) {
        const VgEstimate *row = &s->result->estimate[k];
        if (vg_same_text(row->analysis, s->plan->id) && vg_same_text(row->quantity, "ate"))
            compare(s, row);
    }
    return vg_arena_failed(s->arena) ? vg_fail_memory(error) : VG_OK;
}
