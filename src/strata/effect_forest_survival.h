/* What an effect forest of times tells besides: effect_forest.c. */
#ifndef VG_STRATA_EFFECT_FOREST_SURVIVAL_H
#define VG_STRATA_EFFECT_FOREST_SURVIVAL_H

#include <vagus/effect_forest.h>

/* Unit of effects: time, probability; NULL without times. */
const char *vg_effect_forest_unit(const VgEffectForestTable *table);
/* Target, horizon, events and losses before it. */
void vg_effect_forest_survival_facts(const VgEffectForestTable *table, VgResult *result);
/* Follow-up that ends early, or earlier in one arm; people who stand for many. */
void vg_effect_forest_survival_warnings(const VgEffectForestTable *table, const double *uncensored,
                                        VgResult *result);

#endif
