/* Individual intervals of a study's participants, from its baseline table. */
#include <vagus/conformal.h>

#include <math.h>

#include "strata/contrast_rows.h"

/* A total that is a plain sum of items moves in whole points; prorated ones lie between. */
static VgConformalRange range_of(const VgScale *scale, const VgBaseline *b)
{
    if (!scale || !isfinite(scale->minimum) || !isfinite(scale->maximum))
        return (VgConformalRange){0};
    for (size_t i = 0; i < b->n; i++)
        if (b->outcome[i] < scale->minimum || b->outcome[i] > scale->maximum)
            return (VgConformalRange){
                0}; /* these are not its totals (a mean over visits, a change) */
    bool sums = scale->n_items > 0 && scale->missing_items == VG_ITEMS_ALL_REQUIRED;
    for (size_t i = 0; i < b->n && sums; i++)
        sums = isnan(b->outcome[i]) || b->outcome[i] == floor(b->outcome[i]);
    return (VgConformalRange){true, scale->minimum, scale->maximum, sums ? 1 : 0};
}

VgStatus vg_conformal_baseline(VgArena *arena, const VgStudy *study, const VgBaseline *baseline,
                               const VgScale *scale, const VgConformalPlan *plan, VgResult *result,
                               VgError *error)
{
    const char **arm = VG_NEW(arena, const char *, baseline->n_arms);
    const char **name = VG_NEW(arena, const char *, baseline->n);
    if (!arm || !name)
        return vg_fail_memory(error);
    for (size_t a = 0; a < baseline->n_arms; a++)
        arm[a] = study->arm[baseline->arm_index[a]].name;
    for (size_t i = 0; i < baseline->n; i++) /* as in the other datasets of a study */
        name[i] = vg_arena_printf(arena, "%zu", baseline->participant[i] + 1);
    const VgConformalTrial trial = {
        .n = baseline->n,
        .arms = baseline->n_arms,
        .outcome = baseline->outcome,
        .arm = baseline->arm,
        .propensity = baseline->propensity_declared ? baseline->propensity : (VgMatrix){0},
        .x = baseline->value,
        .clusters = {baseline->cluster, baseline->n_clusters},
        .arm_name = arm};
    VgConformalPlan named = *plan;
    named.outcome_name = baseline->outcome_name;
    named.unit = baseline->outcome_unit;
    named.participant_name = name;
    named.options.range = range_of(scale, baseline);
    VgError why = {0};
    VgStatus status = vg_conformal_run(arena, &trial, &named, result, &why);
    if (status != VG_NOT_ESTIMABLE) {
        if (status != VG_OK && error)
            *error = why;
        return status;
    }
    const char *text = vg_arena_printf(arena, "There are no individual intervals: %s (%s).",
                                       why.message, why.hint);
    vg_strata_tell(result, plan->analysis, "intervals", text);
    vg_result_warn(result, "%s", text);
    return vg_arena_failed(arena) ? vg_fail_memory(error) : vg_result_status(result, error);
}
