/* The answer of a pairwise analysis in words, by rule: what was pooled, what a next trial may find, whether groups differ,
 * and what the data cannot tell. */
#include <math.h>
#include <string.h>

#include "evidence/review/review.h"

static const char *level_text(const VgPairwise *p)
{
    return vg_review_text(p->run, "%g%%", 100 * p->run->result->level);
}

static const char *label(const char *given, const char *otherwise)
{
    return given ? given : otherwise;
}

/* "better with X" for an effect on that side of nought; NULL when the direction is not known. */
static const char *side(const VgPairwise *p, double effect)
{
    const VgEvidencePlan *plan = p->run->plan;
    if (!plan->direction_known || effect == 0)
        return NULL;
    bool treatment = (effect > 0) == vg_review_high_is_better(plan);
    return treatment ? label(plan->treatment_label, "the treatment")
                     : label(plan->control_label, "the control");
}

static void say(VgPairwise *p, const char *text)
{
    vg_review_sentence(p->run, p->id, text);
}

/* ---- the pooled effect ---- */

static void say_pooled(VgPairwise *p)
{
    VgReviewRun *run = p->run;
    const VgInference *pooled = &p->pooled;
    const char *what = vg_measure_label(run->plan->measure);
    const char *people = "";
    double n = vg_pairwise_people(p);
    if (isfinite(n) && n > 0)
        people = vg_review_text(run, " with %.0f people", n);
    const char *effects =
        p->multilevel && p->n_studies != p->k
            ? vg_review_text(run, "%zu effects of %zu studies", p->k, p->n_studies)
            : vg_review_text(run, "%zu %s", p->k, p->k == 1 ? "study" : "studies");
    say(p, vg_review_text(run, "%s%s%s: %s %s (%s interval).",
                          run->plan->outcome ? vg_review_text(run, "%s, ", run->plan->outcome) : "",
                          effects, people, what,
                          vg_review_interval(run, pooled->estimate, pooled->lower, pooled->upper),
                          level_text(p)));
    const char *favoured = side(p, pooled->estimate);
    bool holds_null = pooled->lower <= 0 && pooled->upper >= 0;
    if (holds_null)
        say(p, favoured
                   ? vg_review_text(
                         run,
                         "The estimate favours %s, but the interval also holds no difference and "
                         "differences in the other direction.",
                         favoured)
                   : "The interval holds no difference: the studies together do not tell in which "
                     "direction the "
                     "effect lies.");
    else if (favoured)
        say(p, vg_review_text(run, "On average over the studies the outcome was better with %s.",
                              favoured));
}

static void say_important(VgPairwise *p)
{
    VgReviewRun *run = p->run;
    const VgEvidencePlan *plan = run->plan;
    double important = plan->important_difference;
    if (!(important > 0))
        return;
    double low = fmin(fabs(p->pooled.lower), fabs(p->pooled.upper));
    double high = fmax(fabs(p->pooled.lower), fabs(p->pooled.upper));
    bool crosses = p->pooled.lower <= 0 && p->pooled.upper >= 0;
    const char *shown = vg_review_effect(run, important);
    if (!crosses && low >= important)
        say(p, vg_review_text(
                   run, "The whole interval lies beyond the smallest difference that matters (%s).",
                   shown));
    else if (high < important)
        say(p, vg_review_text(
                   run, "The whole interval lies within the smallest difference that matters (%s).",
                   shown));
    else
        say(p, vg_review_text(run,
                              "The interval holds differences that matter and differences that do "
                              "not (smallest that "
                              "matters: %s).",
                              shown));
}

/* ---- how studies differ, and the next one ---- */

static void say_prediction(VgPairwise *p)
{
    VgReviewRun *run = p->run;
    if (p->analysis->tau2 == VG_TAU2_COMMON) {
        say(p, "A common effect was assumed: that every study estimates one and the same effect. "
               "Nothing is said about how "
               "studies differ.");
        return;
    }
    double low = p->prediction.prediction_lower, high = p->prediction.prediction_upper;
    if (!isfinite(low) || !isfinite(high)) {
        say(p, "With fewer than three studies it cannot be said where the effect of a next one "
               "would lie.");
        return;
    }
    const char *range =
        vg_review_text(run, "%s and %s", vg_review_effect(run, low), vg_review_effect(run, high));
    if (low <= 0 && high >= 0)
        say(p, vg_review_text(run,
                              "The true effect in a next, similar study is expected between %s (%s "
                              "prediction interval): "
                              "it may lie on either side of no difference.",
                              range, level_text(p)));
    else
        say(p, vg_review_text(run,
                              "The true effect in a next, similar study is expected between %s (%s "
                              "prediction interval).",
                              range, level_text(p)));
    double i2 = p->multilevel ? p->multilevel->study.i2 + p->multilevel->effect.i2 : p->fit->i2;
    say(p,
        vg_review_text(
            run,
            "About %.0f%% of the variation between estimates is more than chance would make (I²).",
            i2));
}

/* ---- subgroups ---- */

static void say_subgroups(VgPairwise *p)
{
    VgReviewRun *run = p->run;
    const VgMetaSubgroups *groups = p->subgroups;
    if (!groups || groups->n_groups < 2)
        return;
    const char *list = "";
    for (size_t g = 0; g < groups->n_groups; g++) {
        const VgMetaPool *pool = &groups->group[g];
        list = vg_review_text(run, "%s%s%s %s", list, g ? "; " : "", p->level[g],
                              vg_review_interval(run, pool->estimate, pool->lower, pool->upper));
    }
    double p_value = groups->between.p;
    const char *verdict = p_value < 0.05 ? "The groups differ more than chance would make"
                                         : "A difference between the groups is not shown, which "
                                           "does not mean that there is none";
    say(p, vg_review_text(run, "By %s: %s. %s (%s).", p->analysis->subgroup, list, verdict,
                          vg_review_p(run, p_value)));
    say(p, "Groups of studies are not randomised: what else differs between them may explain a "
           "difference, or hide one.");
}

/* ---- moderators ---- */

static void say_moderators(VgPairwise *p)
{
    VgReviewRun *run = p->run;
    if (!p->regression)
        return;
    double p_value = p->multilevel ? p->multilevel->moderators.p : p->regression->fit->moderators.p;
    say(p, vg_review_text(run,
                          "Meta-regression on %s: %s (%s). It compares trials, not people: what "
                          "else differs between the "
                          "trials may explain a slope, and it need not hold within any of them.",
                          p->analysis->moderators,
                          p_value < 0.05 ? "the effect varies with it more than chance would make"
                                         : "no association with the effect is shown",
                          vg_review_p(run, p_value)));
}

/* ---- out of 100 people ---- */

static void say_absolute(VgPairwise *p)
{
    VgReviewRun *run = p->run;
    const VgEvidencePlan *plan = run->plan;
    if (isnan(p->share.estimate))
        return;
    bool counts = vg_review_counts_events(plan->measure);
    const char *event = !counts         ? "respond"
                        : plan->outcome ? vg_review_text(run, "have the event (%s)", plan->outcome)
                                        : "have the event";
    say(p, vg_review_text(
               run, "If %.0f of 100 people %s with %s, %.0f [%.0f, %.0f] of 100 would with %s.",
               100 * plan->control_event_rate, event, label(plan->control_label, "the control"),
               100 * p->share.estimate, 100 * p->share.lower, 100 * p->share.upper,
               label(plan->treatment_label, "the treatment")));
}

/* ---- small studies ---- */

static void say_small_studies(VgPairwise *p)
{
    VgReviewRun *run = p->run;
    if (p->analysis->small_study == 0)
        return;
    if (p->k < 10) {
        say(p, vg_review_text(run,
                              "Whether small studies show larger effects, or results were left "
                              "unpublished, cannot be told "
                              "from %zu effects.",
                              p->k));
        return;
    }
    if (isfinite(p->egger_p) && p->egger_p >= 0.1)
        say(p, vg_review_text(run,
                              "Egger's test does not show that small studies differ (%s); it often "
                              "misses it.",
                              vg_review_p(run, p->egger_p)));
    else if (isfinite(p->egger_p)) {
        bool further = (p->egger_slope > 0) == (p->pooled.estimate > 0); /* from no effect */
        say(p,
            vg_review_text(run,
                           "Small studies show %s effects than large ones (Egger's test, %s). "
                           "%s",
                           further ? "larger" : "smaller or opposite", vg_review_p(run, p->egger_p),
                           further ? "Unpublished studies are one reason among several; the "
                                     "pooled effect may be too large."
                                   : "Unpublished studies seldom explain that; other "
                                     "differences between small and large studies may."));
    }
    if (p->trimfill_filled && isfinite(p->trimfill_estimate))
        say(p, vg_review_text(run,
                              "If the funnel were symmetric, %zu %s would be missing and the "
                              "pooled effect would be %s: a "
                              "sensitivity analysis, not an estimate of the truth.",
                              p->trimfill_filled, p->trimfill_filled == 1 ? "study" : "studies",
                              vg_review_effect(run, p->trimfill_estimate)));
}

void vg_pairwise_sentences(VgPairwise *p)
{
    if (p->regression && p->analysis != p->run->plan->analysis) {
        say_moderators(p); /* what was pooled is said by the analysis before it */
        return;
    }
    say_pooled(p);
    if (p->k == 1) {
        say(p, "One study was found: nothing was pooled.");
        return;
    }
    say_important(p);
    say_absolute(p);
    say_prediction(p);
    say_subgroups(p);
    say_moderators(p);
    say_small_studies(p);
    if (p->certainty)
        say(p, vg_review_text(p->run, "Certainty of the evidence (GRADE): %s.", p->certainty));
}
