/* The answer of a network in words, by rule. The adjunct sentences of its interactions stand before these. */
#include <math.h>
#include <stdint.h>

#include "evidence/review/network_review.h"

static void say(VgNetworkRun *w, const char *text)
{
    vg_review_sentence(w->run, w->id, text);
}

/* How many treatments differ from the reference, and the one with the largest difference in the good direction. */
static void say_contrasts(VgNetworkRun *w)
{
    VgReviewRun *run = w->run;
    const VgNetwork *network = w->network;
    const char *reference = network->node[w->reference].name;
    size_t better = 0, worse = 0, unclear = 0, best = SIZE_MAX;
    double best_value = 0;
    bool high = vg_review_high_is_better(run->plan), known = run->plan->direction_known;
    for (size_t i = 0; i < network->n_treatments; i++) {
        if (i == w->reference)
            continue;
        VgInference c = vg_network_contrast(w->answer, i, w->reference);
        if (isnan(c.estimate))
            continue;
        bool clear = c.lower > 0 || c.upper<0, up = c.estimate> 0;
        unclear += !clear;
        better += clear && up == high;
        worse += clear && up != high;
        double value = high ? c.estimate : -c.estimate;
        if (known && (best == SIZE_MAX || value > best_value)) {
            best = i;
            best_value = value;
        }
    }
    if (!known) {
        say(w, vg_review_text(run,
                              "Of the treatments compared with %s, %zu differ from it beyond "
                              "chance and %zu do not.",
                              reference, better + worse, unclear));
        return;
    }
    say(w, vg_review_text(run,
                          "Compared with %s, %zu %s better, %zu worse, and of %zu the interval "
                          "holds no difference.",
                          reference, better, better == 1 ? "treatment was" : "treatments were",
                          worse, unclear));
    if (best == SIZE_MAX || best_value <= 0)
        return;
    VgInference c = vg_network_contrast(w->answer, best, w->reference);
    say(w, vg_review_text(run,
                          "The largest estimate is that of %s: %s %s, from %zu %s with that "
                          "treatment. Ranks are uncertain; the "
                          "intervals say how much.",
                          network->node[best].name, vg_measure_label(run->plan->measure),
                          vg_review_interval(run, c.estimate, c.lower, c.upper),
                          network->node[best].studies,
                          network->node[best].studies == 1 ? "study" : "studies"));
}

static void say_components(VgNetworkRun *w)
{
    const VgComponentFit *fit = w->components;
    if (!fit)
        return;
    VgReviewRun *run = w->run;
    if (fit->q_difference.df > 0)
        say(w, fit->q_difference.p < 0.05
                   ? vg_review_text(run,
                                    "That the effects of components add up as modelled does not "
                                    "fit the network (%s): read the component "
                                    "effects with reserve.",
                                    vg_review_p(run, fit->q_difference.p))
                   : vg_review_text(run,
                                    "The network does not contradict that the effects of "
                                    "components add up as modelled (%s); it may "
                                    "not be able to.",
                                    vg_review_p(run, fit->q_difference.p)));
    if (!w->fit)
        say(w, vg_review_text(run,
                              "The network is in %zu parts. Comparisons across them rest on the "
                              "assumption that a component does the "
                              "same in every treatment that holds it; no trial tests that.",
                              w->network->n_parts));
}

static void say_consistency(VgNetworkRun *w)
{
    VgReviewRun *run = w->run;
    if (!w->fit)
        return;
    if (!(w->between.df > 0)) {
        say(w, "No loop of independent studies checks direct against indirect evidence: "
               "consistency is assumed, not shown.");
        return;
    }
    say(w, vg_review_text(run, "%s (%s).",
                          w->between.p < 0.05
                              ? "Direct and indirect evidence disagree somewhere in the network"
                              : "Disagreement of direct and indirect evidence is not shown, which "
                                "does not exclude it",
                          vg_review_p(run, w->between.p)));
    if (w->n_checked)
        say(w, vg_review_text(
                   run,
                   "Of %zu comparisons that have both kinds of evidence, %zu differ%s at p < 0.05.",
                   w->n_checked, w->n_differ, w->n_differ == 1 ? "s" : ""));
}

void vg_network_sentences(VgNetworkRun *w)
{
    VgReviewRun *run = w->run;
    if (w->analysis->sensitivity) { /* what it changes comes first */
        say_components(w);
        say_contrasts(w);
        say_consistency(w);
        return;
    }
    bool asked = w->analysis->n_interactions > 0; /* then its answer stands first */
    if (asked)
        say_components(w);
    say(w, vg_review_text(run, "%zu studies compare %zu treatments in %zu different pairs.",
                          w->network->n_trials, w->network->n_treatments, w->network->n_edges));
    say_contrasts(w);
    if (!asked)
        say_components(w);
    say_consistency(w);
}
