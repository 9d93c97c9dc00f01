/* "Does adding a to b do more or less than a alone?": the answer of a component model with the interaction a*b, and
 * whether the network could have seen it.
 *
 * alone = β_a, on top of b = β_a + β_ab, interaction = β_ab; for a type, β_a is the mean over its components that were
 * combined. Power of the two-sided test of β_ab = δ at level 1 − α: Φ(|δ|/se − z) + Φ(−|δ|/se − z), se the
 * interaction's at the fitted tau². Source: METHODS 8.4; Jackson & Turner 2017 (power). */
#include "evidence/network/component_internal.h"

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

size_t vg_component_combined(const VgComponentFit *fit, size_t column,
                             const VgInteractionSide *side, size_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < side->n; i++) {
        bool combined = false;
        for (size_t t = 0; t < fit->network->n_treatments && !combined; t++)
            combined = VG_AT(fit->design, t, column) != 0.0 &&
                       VG_AT(fit->design, t, side->component[i]) != 0.0;
        if (combined)
            out[n++] = side->component[i];
    }
    return n;
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
    const VgInteractionSide *side[2] = {&effect->side[0], &effect->side[1]};
    if (added && strcmp(added, side[1]->name) == 0) {
        side[0] = &effect->side[1];
        side[1] = &effect->side[0];
    } else if (added && strcmp(added, side[0]->name) != 0) {
        return vg_fail(error, VG_INVALID_INPUT, "\"%s\" is not in the interaction %s",
                       "name one of its two sides", added, effect->name);
    }
    double *weight = VG_NEW(arena, double, fit->n_components);
    size_t *combined = VG_NEW(arena, size_t, side[0]->n);
    if (!weight || !combined)
        return vg_fail_memory(error);
    out->added = side[0]->name;
    out->base = side[1]->name;
    out->of_types = side[0]->is_type || side[1]->is_type;
    out->treatments = effect->treatments;
    out->studies = effect->studies;
    weight[column] = 1.0;
    VG_TRY(ask(fit, weight, &out->interaction, error));
    out->n_averaged = vg_component_combined(fit, column, side[0], combined);
    for (size_t i = 0; i < out->n_averaged; i++)
        weight[combined[i]] = 1.0 / (double)out->n_averaged;
    VG_TRY(ask(fit, weight, &out->on_top, error));
    weight[column] = 0.0;
    VG_TRY(ask(fit, weight, &out->alone, error));
    if (out->treatments > 1)
        VG_TRY(vg_component_agreement(arena, fit, column, &out->agreement, error));
    find_power(fit, words, out);
    return vg_component_words(arena, fit, column, side, words, out, error);
}
