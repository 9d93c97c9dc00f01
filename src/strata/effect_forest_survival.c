/* Effects on times: units, facts, and warnings about follow-up. */
#include "strata/effect_forest_survival.h"

#include <math.h>

/* Below these probabilities of being followed as long, what rests on so few is told (grf's bounds). */
static const double FRAIL = 0.05, THIN = 0.2;

const char *vg_effect_forest_unit(const VgEffectForestTable *table)
{
    if (!table->event)
        return NULL;
    return table->aim.target == VG_SURVIVAL_RMST ? "time" : "probability";
}

/* Follow-up of an arm to the horizon. */
typedef struct Arm {
    double n, events, lost, longest;
} Arm;

static Arm arm_of(const VgEffectForestTable *t, uint32_t arm)
{
    Arm a = {0};
    for (size_t i = 0; i < t->x.rows; i++) {
        if (t->arm[i] != arm)
            continue;
        bool before = t->outcome[i] < t->aim.horizon;
        bool at = t->outcome[i] == t->aim.horizon && t->aim.target == VG_SURVIVAL_PROBABILITY;
        a.n++;
        a.events += (before || at) && t->event[i];
        a.lost += before && !t->event[i];
        a.longest = fmax(a.longest, t->outcome[i]);
    }
    return a;
}

void vg_effect_forest_survival_facts(const VgEffectForestTable *t, VgResult *result)
{
    double events = 0, lost = 0;
    for (uint32_t k = 0; k < t->n_arms; k++) {
        Arm arm = arm_of(t, k);
        events += arm.events;
        lost += arm.lost;
    }
    vg_result_text(result, VG_FACTS_FIT, NULL, "target",
                   t->aim.target == VG_SURVIVAL_RMST ? "time without the event until the horizon"
                                                     : "probability of no event by the horizon");
    vg_result_number(result, VG_FACTS_FIT, NULL, "horizon", t->aim.horizon);
    vg_result_number(result, VG_FACTS_FIT, NULL, "n_events", events);
    vg_result_number(result, VG_FACTS_FIT, NULL, "n_censored", lost);
}

static void warn_unequal(const VgEffectForestTable *t, Arm reference, Arm arm, size_t k,
                         VgResult *result)
{
    double p0 = reference.lost / reference.n, p1 = arm.lost / arm.n;
    double pooled = (reference.lost + arm.lost) / (reference.n + arm.n);
    double se = sqrt(pooled * (1 - pooled) * (1 / reference.n + 1 / arm.n));
    if (fabs(p1 - p0) > 0.05 && fabs(p1 - p0) > 1.96 * se)
        vg_result_warn(result,
                       "%.0f%% of arm %s and %.0f%% of arm %s were censored before the horizon: "
                       "right only if those lost are like those of their arm and covariates who "
                       "stayed",
                       100 * p1, t->arm_name[k], 100 * p0, t->arm_name[0]);
}

void vg_effect_forest_survival_warnings(const VgEffectForestTable *t, const double *uncensored,
                                        VgResult *result)
{
    Arm reference = arm_of(t, 0);
    for (uint32_t k = 0; k < t->n_arms; k++) {
        Arm arm = arm_of(t, k);
        if (arm.longest < t->aim.horizon)
            vg_result_warn(result,
                           "nobody of arm %s was followed to the horizon of %g, the longest was "
                           "%g: what lies between is guessed",
                           t->arm_name[k], t->aim.horizon, arm.longest);
        if (k > 0)
            warn_unequal(t, reference, arm, k, result);
    }
    double least = 1.0;
    for (size_t i = 0; i < t->x.rows; i++)
        least = fmin(least, uncensored[i]);
    if (least < FRAIL)
        vg_result_warn(result,
                       "only %.2g%% of those alike are followed as long as some were: these stand "
                       "for many, and effects are frail; take an earlier horizon",
                       100 * least);
    else if (least < THIN && t->aim.target == VG_SURVIVAL_RMST)
        vg_result_warn(result,
                       "only %.2g%% of those alike are followed as long as some were: follow-up is "
                       "thin near the horizon",
                       100 * least);
}
