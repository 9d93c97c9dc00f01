#include "mechanism/mediation_words.h"

#include <math.h>

#include "mechanism/words.h"

static const double MANY_MISSING = 0.2, LITTLE_OVERLAP = 0.5, MUCH_OUTSIDE = 0.1;

/* ---- assumptions ---- */

static void assumptions(const VgMediationTable *table, const VgMediation *fit, VgResult *result)
{
    VgArena *arena = result->arena;
    const char *m = table->data.mediator_name, *y = table->data.outcome_name;
    vg_mechanism_assume(
        result, NULL, "T to M", "design",
        "no common cause: holds if the treatment was randomised (within the covariates)");
    vg_mechanism_assume(
        result, NULL, "T to Y", "design",
        "no common cause: holds if the treatment was randomised (within the covariates)");
    vg_mechanism_assume(
        result, NULL, "M to Y", "assumed",
        vg_arena_printf(arena,
                        "no unmeasured common cause of %s and %s: randomisation does not give "
                        "it; the sensitivity analysis says how strong one would have to be",
                        m, y));
    vg_mechanism_assume(
        result, NULL, "no tangled cause", "assumed",
        vg_arena_printf(arena,
                        "no cause of %s and %s that the treatment itself changes, another "
                        "channel for one",
                        m, y));
    vg_mechanism_assume(result, NULL, "M before Y",
                        table->concurrent ? "overridden"
                        : table->timed    ? "checked"
                                          : "assumed",
                        table->concurrent
                            ? "the mediator was perhaps not measured before the outcome: the "
                              "arrow may run the other way"
                        : table->timed ? "the mediator's visit is before the outcome's"
                                       : "the table does not say when each was measured");
    vg_mechanism_assume(
        result, NULL, "models", "assumed",
        "form of both models, and complete rows that stand for all (missing at random given the "
        "covariates)");
    vg_mechanism_assume(result, NULL, "M without error", "assumed",
                        "a noisy marker hides part of its channel in the direct effect");
    vg_mechanism_assume(
        result, NULL, "overlap", "checked",
        vg_arena_printf(arena,
                        "%.0f %% of the mediator's fitted distributions is common to both arms; "
                        "%.0f %% of the rows lie outside the other arm's range",
                        100 * fit->check.overlap, 100 * fit->check.outside_range));
}

/* ---- warnings ---- */

static void warn(const VgMediationTable *table, const VgMediation *fit, VgResult *result)
{
    double rows = (double)table->n_rows;
    size_t dropped = table->n_rows - table->data.n;
    if (dropped)
        vg_result_warn(result,
                       "%zu of %zu rows are incomplete and left out (mediator missing in %zu, "
                       "outcome in %zu, a covariate alone in %zu): the answer is of complete rows",
                       dropped, table->n_rows, table->n_missing_mediator, table->n_missing_outcome,
                       table->n_missing_covariate);
    if ((double)table->n_missing_mediator >= MANY_MISSING * rows)
        vg_result_warn(result,
                       "the mediator is missing in %.0f %% of the rows: complete rows can mislead "
                       "here; impute it jointly with the outcome and compare",
                       100 * (double)table->n_missing_mediator / rows);
    if (table->left_out)
        vg_result_warn(result, "covariates that depend on others are left out: %s",
                       table->left_out);
    if (fit->check.overlap < LITTLE_OVERLAP || fit->check.outside_range > MUCH_OUTSIDE)
        vg_result_warn(result,
                       "the arms share little of the mediator's range (%.0f %% in common, %.0f %% "
                       "of rows outside the other arm's range): direct and indirect effects lean "
                       "on the model where there are no data",
                       100 * fit->check.overlap, 100 * fit->check.outside_range);
    if (table->concurrent)
        vg_result_warn(result, "concurrent: the mediator was perhaps not measured before the "
                               "outcome; every row says so");
    if (fit->failed)
        vg_result_warn(result, "%zu of %zu draws could not be fitted and are left out", fit->failed,
                       fit->draws);
}

/* ---- sentences ---- */

/* The interval holds none of the total effect, and all of it (or more). */
static bool cannot_tell(const VgMediationEstimate *indirect, const VgMediationEstimate *total)
{
    return indirect->lower <= 0 && indirect->upper >= 0 && indirect->lower <= total->estimate &&
           indirect->upper >= total->estimate;
}

static void answer(const VgMediationTable *table, const VgMediation *fit, VgResult *result)
{
    VgArena *arena = result->arena;
    const VgMediationEstimate *total = &fit->effect[VG_EFFECT_TOTAL];
    const VgMediationEstimate *indirect = &fit->effect[VG_EFFECT_INDIRECT_AVERAGE];
    const VgMediationEstimate *share = &fit->effect[VG_EFFECT_PROPORTION_AVERAGE];
    const char *first = vg_arena_printf(
        arena,
        "%s against %s changes %s by %.4g (%.0f %% interval %.4g to %.4g); %.4g (%.4g to %.4g) of "
        "it goes through %s, if the assumptions hold.",
        table->treated, table->control, table->data.outcome_name, total->estimate,
        100 * result->level, total->lower, total->upper, indirect->estimate, indirect->lower,
        indirect->upper, table->data.mediator_name);
    const char *second =
        share->shown
            ? vg_arena_printf(arena, " That is %.0f %% (%.0f to %.0f %%) of the total.",
                              100 * share->estimate, 100 * share->lower, 100 * share->upper)
        : cannot_tell(indirect, total)
            ? " The interval holds none of the total effect and all of it: these data cannot tell."
        : total->lower <= 0 && total->upper >= 0
            ? " The total effect is too uncertain for a proportion."
            : " Indirect and total effect run in opposite directions: no proportion.";
    vg_mechanism_say(result, NULL, "answer",
                     vg_arena_printf(arena, "%s%s", first ? first : "", second ? second : ""));
}

static void break_point(const VgMediationTable *table, const VgMediation *fit, VgResult *result)
{
    const VgMediationSensitivity *s = &fit->sensitivity;
    const char *m = table->data.mediator_name, *y = table->data.outcome_name;
    VgArena *arena = result->arena;
    if (s->has_rho)
        vg_mechanism_say(
            result, NULL, "break-point (correlation)",
            vg_arena_printf(
                arena,
                "an unmeasured cause of both that makes the errors of %s and %s correlate at %.2f "
                "would leave nothing of the indirect effect; it would have to explain %.1f %% of "
                "the variance that is left in each (less in one, more in the other: the product "
                "counts).",
                m, y, s->rho_at_zero[2], 100 * fabs(s->rho_at_zero[2])));
    if (s->e_value_limit[2] <= 1)
        vg_mechanism_say(
            result, NULL, "break-point (E-value)",
            "the interval of the indirect effect holds nought already: no confounding is needed.");
    else
        vg_mechanism_say(
            result, NULL, "break-point (E-value)",
            vg_arena_printf(
                arena,
                "an unmeasured cause tied to both %s and %s by a risk ratio of %.2f each, beyond "
                "the covariates, could explain the indirect effect away; one of %.2f could move "
                "its interval to nought.",
                m, y, s->e_value[2], s->e_value_limit[2]));
}

void vg_mediation_words(const VgMediationTable *table, const VgMediation *fit, VgResult *result)
{
    answer(table, fit, result);
    break_point(table, fit, result);
    assumptions(table, fit, result);
    warn(table, fit, result);
}
