/* What the files of one `plan: strata` share. */
#ifndef VG_STRATA_STUDY_RUN_H
#define VG_STRATA_STUDY_RUN_H

#include <vagus/baseline.h>
#include <vagus/strata.h>
#include <vagus/strata_plan.h>

#include "strata/contrast_rows.h"

/* People of the arms kept who have an outcome, and what was known of them. */
typedef struct VgStrataStudy {
    const VgStudy *study;
    const VgDeclaredStrata *plan;
    VgArena *arena; /* of this analysis */
    VgResult *result;
    VgBaseline baseline;
    size_t *randomised, *with_outcome; /* by arm of the baseline table */
    double worthwhile;                 /* NaN = not declared */
    int benefit;                       /* 1: more of the outcome is better; −1 */
    VgStrataTrial trial;
    size_t *row;                     /* trial.n: row of the baseline table */
    size_t *arm_of;                  /* trial.arms: arm of the baseline table */
    size_t *column;                  /* trial.panel.cols: column of the baseline table */
    size_t *imputed;                 /* trial.panel.cols: people whose value was filled in */
    size_t *moderator, n_moderators; /* columns of the panel */
    double *adjust_for;              /* trial.n: the outcome at baseline, filled in; NULL = none */
} VgStrataStudy;

/* study_table.c: the baseline table, and from it the trial of the arms for which `keep` (baseline.n_arms) is set. */
VG_MUST_CHECK VgStatus vg_strata_study_baseline(VgStrataStudy *s, VgError *error);
VG_MUST_CHECK VgStatus vg_strata_study_trial(VgStrataStudy *s, const bool *keep, VgError *error);
/* study_safety.c: who may be given arms that need a safety check, into s->trial. */
VG_MUST_CHECK VgStatus vg_strata_study_safety(VgStrataStudy *s, VgError *error);
/* study_gaps.c: who has no outcome, arm by arm, and what that may do to the answer. */
VG_MUST_CHECK VgStatus vg_strata_study_gaps(VgStrataStudy *s, VgError *error);
/* Strata of the randomisation in which one arm has nobody with an outcome. */
VG_MUST_CHECK VgStatus vg_strata_study_empty_strata(VgStrataStudy *s, VgError *error);
/* study_few.c: the average effect and moderators one at a time, for each arm against the reference. */
VG_MUST_CHECK VgStatus vg_strata_study_few(VgStrataStudy *s, VgError *error);
/* study_agreement.c: average effects here against those of the trial's analyses. */
VG_MUST_CHECK VgStatus vg_strata_study_agreement(VgStrataStudy *s, VgError *error);
/* study_combinations.c: classes of background treatments; components given together. */
VG_MUST_CHECK VgStatus vg_strata_study_combinations(VgStrataStudy *s, VgError *error);
/* study_methods.c: sentences of the methods section, and the works behind them. */
void vg_strata_study_methods(VgStrataStudy *s, bool forest, bool few);

/* The study's name of an arm of the baseline table. */
const char *vg_strata_study_arm(const VgStrataStudy *s, size_t arm);
const char *vg_strata_study_arm_label(const VgStrataStudy *s, size_t arm);

#endif
