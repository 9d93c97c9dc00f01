/* What the makers of effects share: notes, one arm as numbers, one effect's formula. */
#ifndef VG_EVIDENCE_EFFECT_PARTS_H
#define VG_EVIDENCE_EFFECT_PARTS_H

#include <vagus/study_effect.h>

/* How an effect was had, in words; each phrase once. */
typedef struct VgNote {
    char text[280];
    bool imputed;
    bool assumed_correlation; /* a pre-post correlation that the row does not give */
} VgNote;
void vg_note_add(VgNote *note, bool imputed, const char *format, ...) VG_PRINTF(3, 4);

static inline bool vg_known(double x)
{
    return x == x; /* NaN = absent */
}

/* ---- one arm (arm_summary.c) ---- */

/* Mean and SD of one arm as they enter an effect. */
typedef struct VgArmSummary {
    double n, mean;
    double sd;   /* of what `mean` is the mean of: gives the variance of the mean */
    double unit; /* the SD that standardises: endpoint or baseline, never of change */
    double events;
} VgArmSummary;

/* Endpoint mean and SD, from SE, CI, median and quartiles or range where the SD is not given. False: not there.
 * `standardised`: a baseline SD serves where the endpoint's is not to be had. */
bool vg_arm_endpoint(const VgExtractionGroup *group, bool standardised, VgArmSummary *arm,
                     VgNote *note);
/* Change from baseline and its SD; `unit` is the endpoint or baseline SD. *why says what is missing. `of_mean`: the
 * group's mean, SD, SE, … are those of the change. */
bool vg_arm_change(const VgExtractionGroup *group, bool of_mean, double correlation, bool assumed,
                   bool standardised, VgArmSummary *arm, VgNote *note, const char **why);
/* Events by number, or response imputed from mean, SD and baseline mean. */
bool vg_arm_events(const VgExtractionGroup *group, const VgEvidencePlan *plan, VgArmSummary *arm,
                   VgNote *note);
/* SD of change from those of baseline and endpoint: √(b² + f² − 2rbf). */
double vg_change_sd(double baseline_sd, double endpoint_sd, double correlation);
/* The correlation that the three SDs imply; NaN unless within (−1, 1). */
double vg_change_correlation(const VgExtractionGroup *group);

/* ---- formulas (measures.c) ---- */

/* y and v; v is NaN when the formula has none. */
typedef struct VgEffect {
    double y, v;
    double precision_se; /* NaN: √v */
} VgEffect;

/* J by the plan: exact, approximate, or 1 (Cohen's d). */
double vg_effect_correction(const VgEvidencePlan *plan, double df);
/* MD, ROM, SMD, d, Glass. */
VgEffect vg_effect_means(const VgEvidencePlan *plan, const VgArmSummary arm[2]);
/* MD, SMD and d of n people who received both: SE² = (s₁² + s₂² − 2r s₁s₂)/n; standardised 2(1 − r)(1/n + g²/2n). */
VgEffect vg_effect_crossover(const VgEvidencePlan *plan, const VgArmSummary *arm, double r);
/* A standardised difference from a log odds ratio, benefit of group 1 positive when events are better. */
VgEffect vg_effect_from_events(const VgEvidencePlan *plan, const VgArmSummary arm[2], double add);
/* A standardised difference from t: d = t √(1/n1 + 1/n2). */
VgEffect vg_effect_from_t(const VgEvidencePlan *plan, double t, double n1, double n2);
/* SMCR, SMCC of one group. */
VgEffect vg_effect_change(const VgEvidencePlan *plan, double n, double change, double unit,
                          double correlation);
/* OR, RR, RD, Peto, arcsine; `add` goes to all four cells. */
VgEffect vg_effect_counts(VgMeasure measure, double e1, double n1, double e2, double n2,
                          double add);
/* mean, proportion, logit, Freeman–Tukey of one group; cor, zcor. */
VgEffect vg_effect_one_group(VgMeasure measure, const VgArmSummary *arm, double add);
VgEffect vg_effect_correlation(VgMeasure measure, double r, double n);
/* Sampling covariance of two contrasts that share arm 2 (the control). `n_total`: people in all arms; `ratio`:
 * variance of the numerator over the SD's square, 1 unless changes are divided by another SD. NaN for Peto. */
double vg_effect_shared_covariance(const VgEvidencePlan *plan, const VgArmSummary *control,
                                   double y1, double y2, double n_total, double ratio, double add);

bool vg_measure_is_binary(VgMeasure measure);       /* OR, RR, RD, Peto, arcsine */
bool vg_measure_is_standardised(VgMeasure measure); /* smd, d, glass */
bool vg_measure_of_means(VgMeasure measure);        /* MD, ROM and the standardised */
/* What zero-cell rules add: the plan's number; nothing for arcsines unless asked for by number (metafor). */
double vg_zero_addition(const VgEvidencePlan *plan);
bool vg_has_zero_cell(double events, double n);

#endif
