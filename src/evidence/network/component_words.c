/* The adjunct answer in words, by rule: first the answer, then its parts, its limits and its power, each a short
 * sentence. What an interval does not exclude is said to be unknown; "better" and "worse" stand only where the
 * direction is declared. */
#include "evidence/network/component_internal.h"

#include <math.h>
#include <string.h>

#include "evidence/network/network_internal.h"

/* More than are ever said of one interaction. */
enum { MOST_SENTENCES = 16, MOST_NAMES = 6 };

typedef struct Speech {
    VgArena *arena;
    const VgComponentFit *fit;
    const VgAdjunctWords *words;
    VgAdjunct *answer;
    size_t column;
    const VgInteractionSide *added_side, *base_side;
    const char *added, *base; /* for people */
    const char *average;      /* "" or "on average, " */
} Speech;

/* A short memory shows in vg_arena_failed, which the end looks at. */
static void say(Speech *s, const char *text)
{
    if (text && s->answer->n_sentences < MOST_SENTENCES)
        s->answer->sentence[s->answer->n_sentences++] = text;
}

static const char *label(Speech *s, const VgInteractionSide *side)
{
    const VgAdjunctWords *words = s->words;
    for (size_t i = 0; !side->is_type && i < words->n_types; i++)
        if (words->type[i].label && strcmp(words->type[i].component, side->name) == 0)
            return words->type[i].label;
    char *text = vg_arena_strdup(s->arena, side->name);
    for (char *c = side->is_type ? text : NULL; c && *c; c++)
        if (*c == '_')
            *c = ' ';
    return text ? text : "";
}

static const char *number(Speech *s, double x)
{
    double shown = s->words->back_transform ? exp(x) : x, size = fabs(shown);
    const char *minus = shown < 0.0 && size >= 0.005 ? "−" : "";
    const char *text = vg_arena_printf(s->arena,
                                       size >= 99.95   ? "%s%.0f"
                                       : size >= 9.995 ? "%s%.1f"
                                                       : "%s%.2f",
                                       minus, size);
    return text ? text : "";
}

static const char *with_interval(Speech *s, const VgInference *x)
{
    if (isnan(x->estimate))
        return "not determined by these trials";
    const char *text = vg_arena_printf(s->arena, "%s [%s, %s]", number(s, x->estimate),
                                       number(s, x->lower), number(s, x->upper));
    return text ? text : "";
}

static bool excludes_nought(const VgInference *x)
{
    return x->lower > 0.0 || x->upper < 0.0;
}

static bool is_better(const Speech *s, double x)
{
    return s->words->small_is_good ? x < 0.0 : x > 0.0;
}

/* ---- the answer ---- */

static void say_answer(Speech *s)
{
    const VgInference *x = &s->answer->interaction;
    double important = s->answer->power.important;
    if (!excludes_nought(x)) {
        say(s, vg_arena_printf(s->arena,
                               "These trials cannot tell whether %s does more on top of %s than "
                               "alone, less, or the same.",
                               s->added, s->base));
        if (!isnan(important) && x->lower > -important && x->upper < important)
            say(s, "An interaction as large as the difference declared important does not fit "
                   "them.");
        return;
    }
    say(s, s->words->direction_known
               ? vg_arena_printf(s->arena, "In these trials %s%s does %s on top of %s than alone.",
                                 s->average, s->added,
                                 is_better(s, x->estimate) ? "better" : "worse", s->base)
               : vg_arena_printf(
                     s->arena, "In these trials %sthe effect of %s on top of %s is %s than alone.",
                     s->average, s->added, s->base, x->estimate > 0.0 ? "higher" : "lower"));
    if (s->answer->studies == 1)
        say(s, "This rests on one trial.");
    /* winner's curse: below what is seen with 80 % power, what passes the test is the large half */
    if (fabs(x->estimate) < s->answer->power.smallest_80)
        say(s, "It is only just beyond chance: its size is likely overstated.");
}

/* ---- its parts ---- */

static const char *trials(size_t n)
{
    return n == 1 ? "trial" : "trials";
}

static VgStatus say_who(Speech *s, VgError *error)
{
    const VgAdjunct *answer = s->answer;
    const VgNetwork *network = s->fit->network;
    if (!answer->of_types) {
        say(s, vg_arena_printf(s->arena, "%zu %s gave %s and %s together.", answer->studies,
                               trials(answer->studies), s->added, s->base));
        return VG_OK;
    }
    const char **name = VG_NEW(s->arena, const char *, answer->treatments);
    if (!name)
        return vg_fail_memory(error);
    size_t n = 0;
    for (size_t t = 0; t < network->n_treatments; t++)
        if (VG_AT(s->fit->design, t, s->column) != 0.0)
            name[n++] = network->node[t].name;
    const char *list = vg_network_join(s->arena, name, n, MOST_NAMES);
    if (!list)
        return vg_fail_memory(error);
    say(s, vg_arena_printf(s->arena, "%zu %s of %zu %s joined the two: %s.", n,
                           n == 1 ? "treatment" : "treatments", answer->studies,
                           trials(answer->studies), list));
    return VG_OK;
}

static void say_effects(Speech *s)
{
    const VgAdjunct *answer = s->answer;
    const char *unit = s->words->unit ? vg_arena_printf(s->arena, " (%s)", s->words->unit) : "";
    const char *mean = answer->n_averaged > 1
                           ? vg_arena_printf(s->arena,
                                             "Mean effect of the %zu kinds of %s that were "
                                             "combined",
                                             answer->n_averaged, s->added)
                           : vg_arena_printf(s->arena, "Effect of %s", s->added);
    say(s, vg_arena_printf(s->arena, "%s%s: alone %s, on top of %s %s.", mean ? mean : "",
                           unit ? unit : "", with_interval(s, &answer->alone), s->base,
                           with_interval(s, &answer->on_top)));
    const char *favours = "";
    if (s->words->direction_known && s->words->back_transform)
        favours = s->words->small_is_good ? ", less than 1 is better" : ", more than 1 is better";
    else if (s->words->direction_known)
        favours = s->words->small_is_good ? ", less than 0 is better" : ", more than 0 is better";
    const char *number_of = with_interval(s, &answer->interaction);
    say(s, s->words->back_transform
               ? vg_arena_printf(s->arena,
                                 "The interaction, a ratio of ratios, is %s: on top of %s the "
                                 "effect is that many times the effect alone; 1 is no change%s.",
                                 number_of, s->base, favours)
               : vg_arena_printf(s->arena,
                                 "The interaction is %s: on top of %s the effect changes by that; "
                                 "0 is no change%s.",
                                 number_of, s->base, favours));
    s->answer->brief = vg_arena_printf(
        s->arena, "Interaction of %s and %s: %s%s.", s->added, s->base, number_of,
        s->words->back_transform ? ", a ratio of ratios (1 is no change)" : " (0 is no change)");
}

static void say_on_top(Speech *s)
{
    const VgInference *x = &s->answer->on_top;
    if (isnan(x->estimate))
        return;
    if (!excludes_nought(x))
        say(s, vg_arena_printf(s->arena, "Whether %s adds anything to %s they cannot tell%s.",
                               s->added, s->base, s->average[0] ? " either" : ""));
    else if (!s->words->direction_known)
        say(s, vg_arena_printf(s->arena, "Yet %s%s with %s differs from %s without it.", s->average,
                               s->base, s->added, s->base));
    else
        say(s, vg_arena_printf(s->arena, "%s with %s did %s than %s without it%s.", s->base,
                               s->added, is_better(s, x->estimate) ? "better" : "worse", s->base,
                               s->average[0] ? ", on average" : ""));
}

/* ---- its limits ---- */

/* Of which components of a type nothing is known. */
static VgStatus say_untested(Speech *s, const VgInteractionSide *side, const char *type,
                             VgError *error)
{
    size_t *combined = VG_NEW(s->arena, size_t, side->n);
    const char **name = VG_NEW(s->arena, const char *, side->n);
    if (!combined || !name)
        return vg_fail_memory(error);
    size_t n = vg_component_combined(s->fit, s->column, side, combined);
    if (!side->is_type || n == side->n)
        return VG_OK;
    for (size_t i = 0; i < n; i++)
        name[i] = s->fit->component[combined[i]].name;
    const char *list = vg_network_join(s->arena, name, n, MOST_NAMES);
    if (!list)
        return vg_fail_memory(error);
    say(s, vg_arena_printf(s->arena,
                           "Of %zu kinds of %s in the network %zu %s combined (%s); of the others "
                           "it says nothing.",
                           side->n, type, n, n == 1 ? "was" : "were", list));
    return VG_OK;
}

/* Several treatments share one number: whether they agree in it. */
static void say_agreement(Speech *s)
{
    const VgAdjunct *answer = s->answer;
    double p = answer->agreement.p;
    if (answer->treatments < 2)
        return;
    const char *is = p < 0.001 ? vg_arena_strdup(s->arena, "p < 0.001")
                               : vg_arena_printf(s->arena, p < 0.0995 ? "p = %.3f" : "p = %.2f", p);
    if (!(answer->agreement.df > 0.0))
        say(s, vg_arena_printf(s->arena,
                               "The %zu treatments share this one interaction: which of them does "
                               "more, or less, it does not say.",
                               answer->treatments));
    else if (p < 0.05)
        say(s, vg_arena_printf(s->arena,
                               "The %zu treatments share this one interaction but do not agree in "
                               "it (%s): it may hide what each of them does.",
                               answer->treatments, is ? is : ""));
    else
        say(s, vg_arena_printf(s->arena,
                               "The %zu treatments share this one interaction; that they differ in "
                               "it is not shown (%s), which does not say that they agree.",
                               answer->treatments, is ? is : ""));
}

static VgStatus say_limits(Speech *s, VgError *error)
{
    say_agreement(s);
    VG_TRY(say_untested(s, s->added_side, s->added, error));
    VG_TRY(say_untested(s, s->base_side, s->base, error));
    say(s, "It compares trials with one another, and holds if they are otherwise alike.");
    size_t looked_at = 0;
    for (size_t c = 0; c < s->fit->n_components; c++)
        looked_at += s->fit->component[c].interaction;
    if (looked_at > 1 && excludes_nought(&s->answer->interaction))
        say(s, vg_arena_printf(s->arena,
                               "It is one of %zu interactions that were looked at: the more, the "
                               "sooner chance alone makes one.",
                               looked_at));
    return VG_OK;
}

/* ---- its power ---- */

static void say_power(Speech *s)
{
    const VgInteractionPower *power = &s->answer->power;
    if (!isnan(power->power_important))
        say(s, vg_arena_printf(s->arena,
                               "An interaction as large as the difference declared important (%s) "
                               "would be seen with a chance of %.0f%%.",
                               number(s, power->important), 100.0 * power->power_important));
    if (!isnan(power->power_component))
        say(s, vg_arena_printf(s->arena,
                               "An interaction as large as the %seffect of %s itself (%s) would be "
                               "seen with a chance of %.0f%%.",
                               s->answer->n_averaged > 1 ? "mean " : "", s->added,
                               number(s, power->component), 100.0 * power->power_component));
    if (isnan(power->smallest_80))
        return;
    say(s, s->words->back_transform
               ? vg_arena_printf(s->arena,
                                 "The smallest interaction that would be seen four times in five "
                                 "is a ratio of %s (or %s).",
                                 number(s, power->smallest_80), number(s, -power->smallest_80))
               : vg_arena_printf(s->arena,
                                 "The smallest interaction that would be seen four times in five "
                                 "is %s in either direction.",
                                 number(s, power->smallest_80)));
}

VgStatus vg_component_words(VgArena *arena, const VgComponentFit *fit, size_t column,
                            const VgInteractionSide *const side[2], const VgAdjunctWords *words,
                            VgAdjunct *answer, VgError *error)
{
    Speech speech = {.arena = arena,
                     .fit = fit,
                     .words = words,
                     .answer = answer,
                     .column = column,
                     .added_side = side[0],
                     .base_side = side[1],
                     .average = answer->of_types ? "on average " : ""};
    Speech *s = &speech;
    answer->sentence = VG_NEW(arena, const char *, MOST_SENTENCES);
    if (!answer->sentence)
        return vg_fail_memory(error);
    s->added = label(s, side[0]);
    s->base = label(s, side[1]);
    if (isnan(answer->interaction.estimate)) {
        answer->brief = vg_arena_printf(arena,
                                        "These trials do not determine whether %s does more or "
                                        "less on top of %s than alone: the comparisons that would "
                                        "tell are missing.",
                                        s->added, s->base);
        say(s, answer->brief);
    } else {
        say_answer(s);
        VG_TRY(say_who(s, error));
        say_effects(s);
        say_on_top(s);
        VG_TRY(say_limits(s, error));
        say_power(s);
    }
    return vg_arena_failed(arena) ? vg_fail_memory(error) : VG_OK;
}
