/** @file study_effect.h
 *  From what a trial published to an effect with its sampling variance: one per comparison, or the contrasts
 *  of a network's arms with their covariance. Formulas and sources: docs/methods/effect-sizes.md. */
#ifndef VAGUS_STUDY_EFFECT_H
#define VAGUS_STUDY_EFFECT_H

#include <vagus/evidence_plan.h>
#include <vagus/extraction.h>
#include <vagus/matrix.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One effect. On the scale that is pooled: logarithms of ratios, Fisher's z, logits; signs are turned where the plan
 *  wants benefit positive and lower is better. */
typedef struct VgStudyEffect {
    const char *study;
    size_t
        study_index; /**< effects of one study share it; that of the extraction                 */
    size_t row;      /**< in extraction->row (not in the table: row[…].row is that)             */
    size_t line;     /**< in the file: for messages                                             */
    double y, v;     /**< effect and sampling variance; v > 0 and finite                        */
    double se, lower,
        upper;        /**< √v; y ± z √v at the plan's level                                 */
    double n, n1, n2; /**< people; effective ones in cluster trials; NaN = not known        */
    double
        precision_se; /**< SE that does not depend on the effect, for small-study tests: √(1/n1 + 1/n2)
                                  of standardised differences; se of all other measures            */
    const char *note;    /**< how it was had: "SD from CI; r = 0.5 assumed"; "" when as published */
    bool imputed;        /**< some number was assumed or imputed, not published             */
    VgMeasured measured; /**< means of which the effect is made; NOT_SAID when of none      */
    bool assumed_correlation; /**< imputed by a pre-post correlation that the plan assumes   */
    const char
        *treatment_text;      /**< for the forest: "12/40", "8.2 (5.1), 40"; "" when not known   */
    const char *control_text; /**< the same of group 2; "" for one group and generic effects     */
} VgStudyEffect;

/** A row that gave no effect, and why. */
typedef struct VgStudyDropped {
    const char *study;
    size_t row, line;
    const char *reason; /**< "no events in either arm" */
    bool double_zero;   /**< dropped by convention, not for want of numbers */
} VgStudyDropped;

/** A doubt about a row that does not stop the analysis. */
typedef struct VgStudyQuestion {
    size_t row, line;
    const char *message, *hint;
} VgStudyQuestion;

/** Effects that are correlated since they share a control arm. `covariance` is size × size with their v on the
 *  diagonal, positive definite. Effects of one study without a shared arm are in no block. */
typedef struct VgEffectBlock {
    size_t *member; /**< size indices into effect[], ascending */
    size_t size;    /**< at least 2                            */
    VgMatrix covariance;
} VgEffectBlock;

typedef struct VgStudyEffects {
    VgMeasure measure;
    size_t n;              /**< effects, in the order of the extraction's rows      */
    VgStudyEffect *effect; /**< n                                                   */
    double *y, *v;         /**< n each: the same numbers, for those who pool        */
    size_t n_blocks;       /**< 0 unless the plan models shared controls            */
    VgEffectBlock *block;
    size_t n_dropped;
    VgStudyDropped *dropped;
    size_t n_questions;
    VgStudyQuestion *question;
    size_t n_studies;             /**< distinct studies among the effects                  */
    size_t n_imputed;             /**< effects with an assumed or imputed number           */
    size_t n_assumed_correlation; /**< effects whose pre-post correlation was assumed */
    double n_participants;        /**< Σ n where known; a shared control counts once       */
} VgStudyEffects;

/** The effect of every usable row by the plan's measure. A subset is an extraction with fewer rows: zero-cell
 *  rules and shared controls look at the rows given.
 *  With VG_SHARED_CONTROL_SPLIT the rows of one study that share a control arm (same numbers; same name where
 *  named) divide its people and events; with _MODEL they are left whole and `block` holds their covariance:
 *  the control arm's variance (MD, ROM, OR, RR, RD, AS), 1/n_c + g₁g₂/(2N) (SMD; Gleser & Olkin 2009).
 *  Events of rows without means are converted (convert_events), which needs to know what they and the scale mean.
 *  @return VG_INVALID_INPUT for a row that the measure cannot be had from, with file and line of the first and the
 *          number of others (rows without any number are dropped with a reason); VG_NOT_ESTIMABLE when no row is
 *          usable or a covariance is not positive definite; VG_NO_MEMORY.
 *  Signs are turned already where a row's `flipped` or the plan (benefit_is_positive with lower_is_better; contrasts
 *  only) says so. O(rows). Witness: metafor::escalc. */
VG_MUST_CHECK VgStatus vg_study_effects(VgArena *arena, const VgExtraction *extraction,
                                        const VgEvidencePlan *plan, VgStudyEffects **out,
                                        VgError *error);

/** One study of a network: n_arms − 1 contrasts of arm i + 1 against arm 0. */
typedef struct VgContrastStudy {
    const char *study;
    size_t study_index, line;
    size_t n_arms;
    size_t *arm; /**< n_arms indices into treatment[]; arm[0] is the base                    */
    double *n;   /**< n_arms people; NaN = not known                                         */
    double *y;   /**< n_arms − 1: arm[i + 1] minus arm[0]                                    */
    VgMatrix v;  /**< (n_arms − 1)²: positive definite; METHODS 8.4                          */
    size_t *
        row; /**< n_arms rows of the extraction that the arms came from (the first that names it) */
    const char *note;
    bool imputed;
} VgContrastStudy;

typedef struct VgNetworkContrasts {
    VgMeasure measure;
    const char **treatment; /**< n_treatments names, sorted by bytes */
    size_t n_treatments;
    VgContrastStudy *study; /**< in the order of first appearance     */
    size_t n_studies;
    VgStudyDropped *dropped;
    size_t n_dropped;
    VgStudyQuestion *question;
    size_t n_questions;
    double n_participants;
    size_t n_repaired; /**< studies whose published contrasts did not quite add up */
    double
        largest_repair; /**< of an effect, relative to the study's smallest standard error; above 1e-4 also a
                                question */
} VgNetworkContrasts;

/** Contrasts of a network from rows that are arms, or comparisons with both arms' numbers (an arm named twice must
 *  have the same numbers), or contrasts with a standard error (every pair of a multi-arm study is needed;
 *  inconsistency within rounding, 0.001 as netmeta, is averaged out, more is refused).
 *  Standardised differences divide by the SD pooled over all arms of the study, so that they are consistent, with
 *  covariance (Crippa & Orsini 2016, as netmeta::pairwise); "smd" multiplies by one J per study. Signs are turned
 *  as in vg_study_effects.
 *  @return VG_INVALID_INPUT with file and line (one arm, missing contrast, inconsistent contrasts, variances that no
 *          arms can have), VG_NOT_ESTIMABLE when nothing is usable, VG_NO_MEMORY. */
VG_MUST_CHECK VgStatus vg_network_effects(VgArena *arena, const VgExtraction *extraction,
                                          const VgEvidencePlan *plan, VgNetworkContrasts **out,
                                          VgError *error);

/** Share of a normal distribution at or below (else above) the cutoff: response from mean and SD. NaN unless sd > 0.
 *  Source: Furukawa and others 2005. */
double vg_response_from_mean(double mean, double sd, double cutoff, bool at_or_below);

/** Number needed to treat from a standardised difference in the direction of benefit and the control group's event
 *  rate: 1/(Φ(d + Φ⁻¹(rate)) − rate). Negative = to harm; infinite for d = 0. Source: Furukawa & Leucht 2011. */
double vg_nnt_furukawa(double smd, double control_event_rate);

/** The same without a rate, from the area under the curve: 1/(2Φ(d/√2) − 1). Source: Kraemer & Kupfer 2006. */
double vg_nnt_kraemer(double smd);

#ifdef __cplusplus
}
#endif
#endif
