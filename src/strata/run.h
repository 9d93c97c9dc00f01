/* What the files of one run share. */
#ifndef VG_STRATA_RUN_H
#define VG_STRATA_RUN_H

#include <vagus/strata.h>

#include "strata/contrast_rows.h"

/* One arm against the reference: the people of both. */
typedef struct VgStrataContrast {
    size_t arm, n;
    size_t *row; /* n: their rows in the trial */
    double *outcome, *outcome_left, *treatment_left, *effect_hat;
    int32_t *treated;                      /* n: 0 or 1 */
    VgMatrix panel, panel_raw, moderators; /* n rows; panel_raw.data NULL: the panel */
    VgClusters clusters;
    const int32_t *stratum;  /* n, or NULL */
    VgEffectSample sample;   /* panel */
    VgEffectLearner learner; /* the plan's, or the linear one where that had too few people */
    const void *context;
    bool forest;         /* grown */
    const double *score; /* n */
    VgInference average;
    VgInteractions interactions;
    VgOmnibus omnibus;
    double p_verdict; /* of the omnibus test, Holm over arms */
    double *seen;     /* n_moderators: what each interaction test could have seen, per unit */
    double *
        seen_sd; /* n_moderators: SD of benefit that the omnibus test would have found, were it along this one */
} VgStrataContrast;

typedef struct VgStrataRun {
    VgArena *arena;
    const VgStrataTrial *trial;
    const VgStrataPlan *plan;
    VgResult *result;
    VgEffectLearner learner;
    double level, power;
    const size_t *moderator; /* columns of the panel */
    const char **moderator_name;
    size_t n_moderators, n_contrasts;
    VgStrataContrast *contrast;
    double *outcome_hat; /* n of the trial */
    VgMatrix effect_hat; /* n × (arms − 1) */
    VgPolicyValue policy;
    const char *rule; /* what is said of it */
} VgStrataRun;

/* run_predictions.c */
VG_MUST_CHECK VgStatus vg_strata_predict_outcome(VgStrataRun *run, VgError *error);
/* The people of an arm and the reference; outcome_hat must be there. VG_NOT_ESTIMABLE: too few */
VG_MUST_CHECK VgStatus vg_strata_contrast(VgStrataRun *run, size_t arm, VgStrataContrast *c,
                                          VgError *error);
VG_MUST_CHECK VgStatus vg_strata_predict_effects(VgStrataRun *run, VgStrataContrast *c,
                                                 VgError *error);
VG_MUST_CHECK VgStatus vg_strata_score_contrast(VgStrataRun *run, VgStrataContrast *c,
                                                VgError *error);
/* Cross-fitted predictions of the contrast's learner, or the linear one. */
VG_MUST_CHECK VgStatus vg_strata_cross_fit(VgStrataRun *run, VgStrataContrast *c, size_t folds,
                                           uint64_t seed, VgPriority *priority, VgError *error);
/* run_tests.c */
VG_MUST_CHECK VgStatus vg_strata_test_interactions(VgStrataRun *run, VgStrataContrast *c,
                                                   VgError *error);
VG_MUST_CHECK VgStatus vg_strata_test_omnibus(VgStrataRun *run, VgStrataContrast *c,
                                              VgError *error);
VG_MUST_CHECK VgStatus vg_strata_adjust_verdicts(VgStrataRun *run, VgError *error);
/* run_ranks.c: what cannot be had is warned of */
VG_MUST_CHECK VgStatus vg_strata_describe(VgStrataRun *run, VgStrataContrast *c, VgError *error);
/* run_forest.c: importance of the panel's columns, effects of people; none with too few people */
VG_MUST_CHECK VgStatus vg_strata_forest(VgStrataRun *run, VgStrataContrast *c, VgError *error);
/* run_rule.c */
VG_MUST_CHECK VgStatus vg_strata_search_rule(VgStrataRun *run, VgError *error);
/* run_rows.c: rows and datasets. `c` NULL = of all arms. */
VgContrastRows vg_strata_rows_of(const VgStrataRun *run, const VgStrataContrast *c);
void vg_strata_row(const VgStrataRun *run, const VgStrataContrast *c, const char *quantity,
                   const char *term, const VgInference *answer, double q, const char *note);
void vg_strata_interaction_rows(const VgStrataRun *run, const VgStrataContrast *c);
void vg_strata_curve_rows(const VgStrataRun *run, const VgStrataContrast *c, const char *name,
                          const VgEffectCurve *curve);
void vg_strata_seen_rows(const VgStrataRun *run, const VgStrataContrast *c);
/* run_words.c: the verdict first, then what it rests on. */
void vg_strata_words(const VgStrataRun *run);

#endif
