/* "Does adding a to b do more or less than a alone?": the answer of a component model with the interaction a*b, in
 * numbers and in words, and whether the network could have seen it.
 *
 * alone = β_a, on top of b = β_a + β_ab, interaction = β_ab. Power of the two-sided test of β_ab = δ at level 1 − α:
 * Φ(|δ|/se − z) + Φ(−|δ|/se − z), se the interaction's at the fitted tau². The words follow from intervals by rule:
 * what an interval does not exclude is said to be unknown. Source: METHODS 8.4; Jackson & Turner 2017 (power). */
#include "evidence/component_internal.h"

#include <math.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/root.h"

typedef struct Test {
    double df, level, power;
} Test;

static double power_at(double noncentrality, const Test *test)
{
    double z = vg_t_quantile(0.5 + 0.5 * test->level, test->df), delta = fabs(noncentrality);
    if (isnan(delta))
        return (double)NAN;
    if (isfinite(test->df))
        return vg_noncentral_t_upper(z, test->df, delta) + vg_noncentral_t_cdf(-z, test->df, delta);
    /* one-sided tails: half of the two-sided one on the right side */
    double near = delta - z, far = delta + z;
    double upper =
        near > 0.0 ? 1.0 - 0.5 * vg_normal_two_sided(near) : 0.5 * vg_normal_two_sided(near);
    return upper + 0.5 * vg_normal_two_sided(far);
}

static double power_short(double noncentrality, const void *context)
{
    const Test *test = context;
    return power_at(noncentrality, test) - test->power;
}

static void find_power(const VgComponentFit *fit, const VgAdjunctWords *words, VgAdjunct *out)
{
    Test test = {fit->random.df, fit->random.level, 0.8};
    VgInteractionPower *power = &out->power;
    double times = (double)NAN, se = out->interaction.se;
    power->se = se;
    power->important =
        words->important_difference > 0.0 ? words->important_difference : (double)NAN;
    power->component = fabs(out->alone.estimate);
    power->power_important = power_at(power->important / se, &test);
    power->power_component = power_at(power->component / se, &test);
    if (!vg_root(power_short, &test, 0.0, 1e3, &times))
        times = (double)NAN;
    power->smallest_80 = times * se;
}

/* ---- words ---- */

static const char *label(const VgAdjunctWords *words, const char *component)
{
    for (size_t i = 0; i < words->n_types; i++)
        if (words->type[i].label && strcmp(words->type[i].component, component) == 0)
            return words->type[i].label;
    return component;
}

static char *number(VgArena *arena, const VgAdjunctWords *words, double x)
{
    return vg_arena_printf(arena, "%.2f", words->back_transform ? exp(x) : x);
}

static char *with_interval(VgArena *arena, const VgAdjunctWords *words, const VgInference *x)
{
    if (isnan(x->estimate))
        return vg_arena_strdup(arena, "not determined by these trials");
    char *estimate = number(arena, words, x->estimate), *lower = number(arena, words, x->lower);
    char *upper = number(arena, words, x->upper);
    return estimate && lower && upper
               ? vg_arena_printf(arena, "%s [%s, %s]", estimate, lower, upper)
               : NULL;
}

static bool excludes_nought(const VgInference *x)
{
    return x->lower > 0.0 || x->upper < 0.0;
}

static const char *interaction_words(VgArena *arena, const VgAdjunctWords *words,
                                     const VgAdjunct *answer, const char *added, const char *base)
{
    const VgInference *x = &answer->interaction;
    double important = answer->power.important;
    if (!excludes_nought(x)) {
        bool small = !isnan(important) && x->lower > -important && x->upper < important;
        return vg_arena_printf(arena,
                               "The network cannot tell whether %s does more on top of %s than "
                               "alone, less, or the same%s",
                               added, base,
                               small ? ", but a difference as large as the one declared important "
                                       "does not fit these trials"
                                     : "");
    }
    if (!words->direction_known)
        return vg_arena_printf(arena,
                               "In these trials the effect of %s on top of %s is %s than alone, if "
                               "the trials are otherwise alike",
                               added, base, x->estimate > 0.0 ? "higher" : "lower");
    bool more = words->small_is_good ? x->estimate < 0.0 : x->estimate > 0.0;
    return vg_arena_printf(arena,
                           "In these trials %s does %s on top of %s than alone, if the trials are "
                           "otherwise alike",
                           added, more ? "better" : "worse", base);
}

static const char *on_top_words(VgArena *arena, const VgAdjunctWords *words,
                                const VgAdjunct *answer, const char *added, const char *base)
{
    const VgInference *x = &answer->on_top;
    if (isnan(x->estimate))
        return "";
    if (!excludes_nought(x))
        return vg_arena_printf(arena, "; nor whether %s adds anything to %s", added, base);
    if (!words->direction_known)
        return vg_arena_printf(arena, "; %s with %s differs from %s without it", base, added, base);
    bool better = words->small_is_good ? x->estimate < 0.0 : x->estimate > 0.0;
    return vg_arena_printf(arena, "; %s with %s did %s than %s without it", base, added,
                           better ? "better" : "worse", base);
}

static const char *power_words(VgArena *arena, const VgAdjunctWords *words, const VgAdjunct *answer,
                               const char *added)
{
    const VgInteractionPower *power = &answer->power;
    char *smallest = number(arena, words, power->smallest_80), *important = NULL, *own = NULL;
    if (!smallest)
        return NULL;
    if (!isnan(power->power_component)) {
        own = vg_arena_printf(
            arena,
            " The chance of seeing an interaction as large as the effect of %s itself was %.0f %%;",
            added, 100.0 * power->power_component);
        if (!own)
            return NULL;
    }
    if (!isnan(power->power_important)) {
        important = vg_arena_printf(arena, " of one as large as the important difference %.0f %%;",
                                    100.0 * power->power_important);
        if (!important)
            return NULL;
    }
    return vg_arena_printf(
        arena, "%s%s the smallest that the network would see four times in five is %s%s",
        own ? own : "",
        important ? important
        : own     ? ""
                  : " As for its power,",
        smallest, words->back_transform ? " (as a ratio)" : "");
}

static VgStatus write_sentence(VgArena *arena, const VgAdjunctWords *words, VgAdjunct *answer,
                               VgError *error)
{
    const char *added = label(words, answer->added), *base = label(words, answer->base);
    if (isnan(answer->interaction.estimate)) {
        answer->sentence = vg_arena_printf(arena,
                                           "These trials do not determine whether adding %s to %s "
                                           "does more or less than %s alone: "
                                           "the comparisons that would tell are missing.",
                                           added, base, added);
        return answer->sentence ? VG_OK : vg_fail_memory(error);
    }
    char *alone = with_interval(arena, words, &answer->alone);
    char *on_top = with_interval(arena, words, &answer->on_top);
    char *difference = with_interval(arena, words, &answer->interaction);
    const char *verdict = interaction_words(arena, words, answer, added, base);
    const char *on_top_verdict = on_top_words(arena, words, answer, added, base);
    const char *power = power_words(arena, words, answer, added);
    if (!alone || !on_top || !difference || !verdict || !on_top_verdict || !power)
        return vg_fail_memory(error);
    /* "nor" needs a "cannot tell" before it */
    if (excludes_nought(&answer->interaction) && on_top_verdict[0] &&
        strncmp(on_top_verdict, "; nor", 5) == 0)
        on_top_verdict = vg_arena_printf(arena, "; whether %s adds anything to %s they cannot tell",
                                         added, base);
    if (!on_top_verdict)
        return vg_fail_memory(error);
    bool seen = excludes_nought(&answer->interaction);
    answer->sentence = vg_arena_printf(
        arena,
        "Adding %s to %s (%zu %s gave both): effect of %s alone %s%s%s%s, on top of %s %s; "
        "difference "
        "(interaction%s) %s. %s%s%s.%s.%s",
        added, base, answer->studies, answer->studies == 1 ? "trial" : "trials", added, alone,
        words->unit ? " (" : "", words->unit ? words->unit : "", words->unit ? ")" : "", base,
        on_top, words->back_transform ? ", a ratio of ratios" : "", difference, verdict,
        on_top_verdict, seen && answer->studies == 1 ? "; this rests on one trial" : "", power,
        seen && answer->power.power_component < 0.5
            ? " What is seen with so little power is likely overstated."
            : "");
    return answer->sentence ? VG_OK : vg_fail_memory(error);
}

/* What the data do not determine is NaN, no error. */
static VgStatus ask(const VgComponentFit *fit, const double *weight, VgInference *out,
                    VgError *error)
{
    VgError refusal = {0};
    VgStatus status = vg_component_contrast(fit, weight, true, out, &refusal);
    if (status == VG_NOT_ESTIMABLE)
        return VG_OK;
    if (status != VG_OK && error)
        *error = refusal;
    return status;
}

VgStatus vg_component_adjunct(VgArena *arena, const VgComponentFit *fit, size_t interaction,
                              const char *added, const VgAdjunctWords *words, VgAdjunct *out,
                              VgError *error)
{
    const VgComponentModel *model = fit->internal_;
    VgAdjunctWords none = {0};
    words = words ? words : &none;
    memset(out, 0, sizeof *out);
    if (interaction >= fit->n_components - model->n_single)
        return vg_fail(error, VG_INVALID_INPUT, "interaction %zu is asked for but %zu are declared",
                       "declare the interaction before asking for its answer", interaction + 1,
                       fit->n_components - model->n_single);
    size_t column = model->n_single + interaction;
    const VgComponentEffect *effect = &fit->component[column];
    size_t is_added = effect->first, is_base = effect->second;
    if (added && strcmp(added, fit->component[effect->second].name) == 0) {
        is_added = effect->second;
        is_base = effect->first;
    } else if (added && strcmp(added, fit->component[effect->first].name) != 0) {
        return vg_fail(error, VG_INVALID_INPUT, "\"%s\" is not in the interaction %s",
                       "name one of its two components", added, effect->name);
    }
    double *weight = VG_NEW(arena, double, fit->n_components);
    if (!weight)
        return vg_fail_memory(error);
    out->added = fit->component[is_added].name;
    out->base = fit->component[is_base].name;
    out->studies = effect->studies;
    weight[is_added] = 1.0;
    VG_TRY(ask(fit, weight, &out->alone, error));
    weight[column] = 1.0;
    VG_TRY(ask(fit, weight, &out->on_top, error));
    weight[is_added] = 0.0;
    VG_TRY(ask(fit, weight, &out->interaction, error));
    find_power(fit, words, out);
    return write_sentence(arena, words, out, error);
}
