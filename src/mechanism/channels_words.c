#include "mechanism/channels_words.h"

#include <math.h>

#include "mechanism/words.h"

static const double MANY_MISSING = 0.2;

static void assumptions(const VgChannelsTable *table, const VgChannels *fit, VgResult *result)
{
    const VgMediationTable *t = table->rows;
    const char *analysis = table->analysis;
    vg_mechanism_assume(
        result, analysis, "T to M, T to Y", "design",
        "no common cause: holds if the treatment was randomised (within the covariates)");
    vg_mechanism_assume(
        result, analysis, "M to Y", "assumed",
        "no unmeasured common cause of any mediator and the outcome: randomisation does not "
        "give it");
    vg_mechanism_assume(
        result, analysis, "between mediators", "assumed",
        "which mediator acts on which need not be known; effects are interventional and add "
        "up, they are no natural effects of one channel alone");
    vg_mechanism_assume(
        result, analysis, "M before Y",
        t->concurrent ? "overridden"
        : t->timed    ? "checked"
                      : "assumed",
        t->concurrent ? "the mediators were perhaps not measured before the outcome: arrows may "
                        "run the other way"
        : t->timed    ? "the mediators' visit is before the outcome's"
                      : "the table does not say when each was measured");
    vg_mechanism_assume(
        result, analysis, "models", "assumed",
        fit->imputations
            ? "linear models without interactions; what is missing is so at random given "
              "treatment, "
              "covariates, the other mediators and the outcome; mediators and outcome jointly "
              "normal given treatment and covariates"
            : "linear models without interactions, and complete rows that stand for all (missing "
              "at random given the covariates)");
    vg_mechanism_assume(
        result, analysis, "M without error", "assumed",
        fit->corrected
            ? "as measured: a noisy marker hides part of its channel in the direct effect; "
              "corrected: errors are independent of everything, of the size the reliabilities "
              "say in this trial's values"
            : "a noisy marker hides part of its channel in the direct effect and in others");
}

static void warn(const VgChannelsTable *table, const VgChannels *fit, VgResult *result)
{
    const VgMediationTable *t = table->rows;
    size_t dropped = t->n_rows - t->data.n;
    if (dropped && fit->imputations)
        vg_result_warn(result, "%zu of %zu %s lack a covariate and are left out", dropped,
                       t->n_rows, table->row_is ? table->row_is : "rows");
    else if (dropped)
        vg_result_warn(result,
                       "%zu of %zu %s are incomplete and left out (a mediator missing in %zu, "
                       "outcome in %zu, a covariate alone in %zu): the answer is of complete rows",
                       dropped, t->n_rows, table->row_is ? table->row_is : "rows",
                       t->n_missing_mediator, t->n_missing_outcome, t->n_missing_covariate);
    if (!fit->imputations && (double)t->n_missing_mediator >= MANY_MISSING * (double)t->n_rows)
        vg_result_warn(result,
                       "a mediator is missing in %.0f %% of the %s: complete rows can mislead "
                       "here; impute them jointly with the outcome and compare",
                       100 * (double)t->n_missing_mediator / (double)t->n_rows,
                       table->row_is ? table->row_is : "rows");
    if (t->left_out)
        vg_result_warn(result, "covariates that depend on others are left out: %s", t->left_out);
    if (t->concurrent)
        vg_result_warn(result, "concurrent: the mediators were perhaps not measured before the "
                               "outcome; every row says so");
    if (fit->failed)
        vg_result_warn(result, "%zu of %zu resamples could not be fitted and are left out",
                       fit->failed, fit->draws);
    if (fit->failed_corrected)
        vg_result_warn(result,
                       "in %zu of %zu resamples nothing was left of the markers once their error "
                       "was taken off: left out, so the corrected interval may be too short",
                       fit->failed_corrected, fit->draws);
}

/* The interval holds none of the total effect, and most of it (or more). */
static bool cannot_tell(const VgChannelsEstimate *indirect, const VgChannelsEstimate *total)
{
    double low = fmin(0.5 * total->estimate, 0), high = fmax(0.5 * total->estimate, 0);
    return indirect->lower <= 0 && indirect->upper >= 0 &&
           (total->estimate > 0 ? indirect->upper >= high : indirect->lower <= low);
}

static const char *name_of(const VgChannelsTable *table, const VgChannels *fit, bool by_marker,
                           size_t k)
{
    if (k >= fit->n_terms)
        return table->data.channel_name[k - fit->n_terms];
    return by_marker ? table->data.marker_name[k] : table->data.channel_name[k];
}

static void answers(const VgChannelsTable *table, const VgChannelsOptions *options,
                    const VgChannels *fit, const VgChannelsEstimate *effect, const char *suffix,
                    VgResult *result)
{
    VgArena *arena = result->arena;
    const char *analysis = table->analysis;
    const VgChannelsEstimate *total = &effect[VG_CHANNELS_TOTAL];
    const VgChannelsEstimate *all = &effect[VG_CHANNELS_INDIRECT];
    bool by_marker = !table->data.n_channels || options->score == VG_CHANNEL_MARKERS;
    vg_mechanism_say(
        result, analysis, vg_arena_printf(arena, "answer%s", suffix),
        vg_arena_printf(arena,
                        "%s against %s changes %s by %.4g (%.0f %% interval %.4g to %.4g); %.4g "
                        "(%.4g to %.4g) of it goes through these mediators, if the assumptions "
                        "hold.%s",
                        table->rows->treated, table->rows->control, table->data.outcome_name,
                        total->estimate, 100 * result->level, total->lower, total->upper,
                        all->estimate, all->lower, all->upper,
                        cannot_tell(all, total)
                            ? " The interval holds none and most of the total effect: these data "
                              "cannot tell."
                            : ""));
    for (size_t k = 0; k < fit->n_terms + fit->n_sums; k++) {
        const VgChannelsEstimate *e = &effect[VG_CHANNELS_FIRST + k];
        vg_mechanism_say(
            result, analysis,
            vg_arena_printf(arena, "%s%s", name_of(table, fit, by_marker, k), suffix),
            vg_arena_printf(arena, "%.4g (%.4g to %.4g)%s", e->estimate, e->lower, e->upper,
                            cannot_tell(e, total) ? ": none or most of the total effect, these "
                                                    "data cannot tell"
                                                  : ""));
    }
}

void vg_channels_words(const VgChannelsTable *table, const VgChannelsOptions *options,
                       const VgChannels *fit, VgResult *result)
{
    if (!table->analysis) /* a plan has verdicts instead */
        answers(table, options, fit, fit->effect, fit->corrected ? " (as measured)" : "", result);
    if (!table->analysis && fit->corrected)
        answers(table, options, fit, fit->corrected, " (corrected)", result);
    assumptions(table, fit, result);
    warn(table, fit, result);
}
