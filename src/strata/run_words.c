/* The verdict in words, by rule: whether benefit differs first, then what it rests on, then the rule. */
#include "strata/run.h"

#include <math.h>

static void say(const VgStrataRun *run, const char *about, const char *text)
{
    vg_strata_say(run->result, run->plan->analysis, about, text);
}

static const char *p_text(const VgStrataRun *run, double p)
{
    return p < 0.001 ? "p < 0.001" : vg_arena_printf(run->arena, "p = %.3f", p);
}

static const char *unit_of(const VgStrataRun *run)
{
    return run->trial->unit ? run->trial->unit : "units";
}

/* Where no forest could be grown, and what may be asked instead. */
static void tell_forest(const VgStrataRun *run)
{
    size_t grown = 0;
    for (size_t k = 0; k < run->n_contrasts; k++)
        grown += run->contrast[k].forest;
    vg_result_text(run->result, VG_FACTS_FIT, run->plan->analysis, "strata_forest",
                   run->plan->no_forest        ? "not asked for"
                   : grown == run->n_contrasts ? "grown"
                   : grown > 0                 ? "grown for some arms"
                                               : "too few people");
    for (size_t k = 0; k < run->n_contrasts && !run->plan->no_forest; k++) {
        const VgStrataContrast *c = &run->contrast[k];
        if (c->forest)
            continue;
        const char *arm = vg_strata_arm_label(run->trial, c->arm),
                   *reference = vg_strata_arm_label(run->trial, 0);
        say(run, vg_arena_printf(run->arena, "forest: %s", run->trial->arm_name[c->arm]),
            vg_arena_printf(run->arena,
                            "No forest was grown for %s against %s: %zu people are too "
                            "few. What remains sensible: the average effect, interaction "
                            "tests of few moderators declared beforehand, and the curve "
                            "of the effect along one of them.",
                            arm, reference, c->n));
    }
}

/* The moderator with the smallest adjusted p of the permutation test. */
static size_t leading(const VgStrataContrast *c, size_t n)
{
    size_t best = 0;
    for (size_t j = 1; j < n; j++)
        if (!(c->omnibus.p_adjusted[j] >= c->omnibus.p_adjusted[best]))
            best = j;
    return best;
}

/* The largest and smallest difference per SD that would have been found. */
static const char *seen_text(const VgStrataRun *run, const VgStrataContrast *c)
{
    double least = INFINITY, most = 0;
    for (size_t j = 0; j < run->n_moderators; j++) {
        double seen = c->seen[j] * c->interactions.interaction[j].sd;
        least = fmin(least, seen);
        most = fmax(most, seen);
    }
    return run->n_moderators == 1 ? vg_contrast_number(run->arena, least)
                                  : vg_arena_printf(run->arena, "%.3g to %.3g", least, most);
}

/* What people call a moderator. */
static const char *label_of(const VgStrataRun *run, size_t moderator)
{
    const char *const *label = run->trial->panel_label;
    return label ? label[run->moderator[moderator]] : run->moderator_name[moderator];
}

static const char *tested(const VgStrataRun *run)
{
    return run->n_moderators == 1
               ? vg_arena_printf(run->arena, "the one declared moderator, %s", label_of(run, 0))
               : vg_arena_printf(run->arena, "%zu declared moderators", run->n_moderators);
}

static void tell_contrast(const VgStrataRun *run, const VgStrataContrast *c)
{
    const char *arm = vg_strata_arm_label(run->trial, c->arm),
               *reference = vg_strata_arm_label(run->trial, 0);
    const char *about = vg_arena_printf(run->arena, "verdict: %s", run->trial->arm_name[c->arm]);
    if (c->p_verdict > 1 - run->level) {
        say(run, about,
            vg_arena_printf(run->arena,
                            "These data do not show that the effect of %s against %s differs "
                            "between people (permutation %s over %s, n = %zu). That is not proof "
                            "that it is the same for all: differences of %s %s per standard "
                            "deviation of %s would have been found with %.0f %% power, smaller "
                            "ones more rarely.",
                            arm, reference, p_text(run, c->p_verdict), tested(run), c->n,
                            seen_text(run, c), unit_of(run),
                            run->n_moderators == 1 ? "it" : "a moderator", 100 * run->power));
        return;
    }
    size_t j = leading(c, run->n_moderators);
    const VgInteraction *one = &c->interactions.interaction[j];
    say(run, about,
        vg_arena_printf(run->arena,
                        "The effect of %s against %s differs between people (permutation %s over "
                        "%s, n = %zu), most clearly with "
                        "%s: %s %s at its lower quartile, %s at its upper (familywise %s). The "
                        "moderator was not randomised: it may stand for something else.",
                        arm, reference, p_text(run, c->p_verdict), tested(run), c->n,
                        label_of(run, j), vg_contrast_number(run->arena, one->effect[0].estimate),
                        unit_of(run), vg_contrast_number(run->arena, one->effect[1].estimate),
                        p_text(run, c->omnibus.p_adjusted[j])));
}

void vg_strata_words(const VgStrataRun *run)
{
    for (size_t k = 0; k < run->n_contrasts; k++)
        tell_contrast(run, &run->contrast[k]);
    tell_forest(run);
    if (run->plan->policy)
        say(run, "rule", run->rule);
    if (run->trial->n < 400)
        say(run, "exploratory",
            "With fewer than 400 people the declared interaction tests carry the answer; "
            "predictions, groups and ranks are exploratory.");
}
