/* What the files of an effect forest share. */
#ifndef VG_STRATA_EFFECT_FOREST_PARTS_H
#define VG_STRATA_EFFECT_FOREST_PARTS_H

#include <vagus/effect_forest.h>

#include "strata/contrast_rows.h"

/* An analysis under way. */
typedef struct VgEffectAnalysis {
    VgArena *arena;
    const VgEffectForestTable *table;
    const VgEffectForestOptions *options;
    VgForestOptions forest_options; /* after tuning */
    VgRandomForest *forest;
    VgForestFacts facts;
    const double *outcome;       /* n; of times what stands for them */
    VgMatrix effect, propensity; /* out of bag; n × arms */
    VgScores scores;
    const int32_t *arm; /* as the table's */
    VgClusters clusters;
    VgResult *result;
} VgEffectAnalysis;

/* What every row of arm against the reference carries, of n rows of the table. */
VgContrastRows vg_effect_rows_of(const VgEffectAnalysis *a, size_t arm, size_t n);

/* effect_forest_contrasts.c: scores and average effects of all rows; calibration and held-out ranking arm by arm, among the rows of the arm
 * and the reference; projection on declared moderators. */
VG_MUST_CHECK VgStatus vg_effect_averages(VgEffectAnalysis *a, VgError *error);
VG_MUST_CHECK VgStatus vg_effect_contrasts(const VgEffectAnalysis *a, VgError *error);
VG_MUST_CHECK VgStatus vg_effect_projection(const VgEffectAnalysis *a, VgError *error);
/* effect_forest_rule.c: a rule over all arms, where one was asked for */
VG_MUST_CHECK VgStatus vg_effect_rule(const VgEffectAnalysis *a, VgError *error);

/* effect_forest_checks.c: what was not known before treatment is refused; features of a rule */
VG_MUST_CHECK VgStatus vg_effect_check_names(const VgTable *table,
                                             const VgEffectForestColumns *columns, VgError *error);
VG_MUST_CHECK VgStatus vg_effect_check_covariates(const VgEffectForestTable *made, VgError *error);
VG_MUST_CHECK VgStatus vg_effect_rule_features(VgArena *arena, const VgTable *table,
                                               const VgEffectForestColumns *columns,
                                               VgEffectForestTable *made, VgError *error);

#endif
