/** @file biomarker.h
 *  Biomarkers that are computed from several measurements: hormone curves, heart rate variability, ratios, indices.
 *  Every definition stands once, in vg_biomarkers; docs/methods/biomarkers.md shows the same table. */
#ifndef VAGUS_BIOMARKER_H
#define VAGUS_BIOMARKER_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a biomarker is computed from. */
typedef enum VgBiomarkerFrom {
    VG_FROM_CURVE = 0, /**< several samples of a participant at a visit, with their times */
    VG_FROM_INTERVALS, /**< RR intervals */
    VG_FROM_PARTS,     /**< named analytes of one sample */
    VG_FROM_MEMBERS    /**< analytes that the study declares */
} VgBiomarkerFrom;

/** One definition. */
typedef struct VgBiomarker {
    const char *key;   /**< "car_aucg": its name under `derive:` and as a feature */
    const char *group; /**< a name under `derive:` for several at once; NULL = none */
    VgBiomarkerFrom from;
    const char *needs; /**< what it is computed from: "glucose, insulin" */
    const char *name;  /**< "awakening response, area from zero" */
    const char *unit;  /**< of the result; "[x]" = the unit of the measurement */
    const char *formula;
    const char *scale; /**< "ln" or "as is": how it is analysed */
    const char *source;
} VgBiomarker;

/** All definitions, `*n` of them. */
const VgBiomarker *vg_biomarkers(size_t *n);
/** By key; NULL when there is none. */
const VgBiomarker *vg_biomarker_find(const char *key);

/** What was found wrong with a measurement; several may hold. vg_biomarker_issue has the words. */
typedef enum VgBiomarkerIssue {
    VG_ISSUE_FIRST_LATE = 1 << 0, /**< first sample more than 15 min after waking */
    VG_ISSUE_UNVERIFIED =
        1 << 1, /**< times of waking or sampling are the participant's word only */
    VG_ISSUE_FIRST_MISSING = 1 << 2, /**< no AUCi, no increase */
    VG_ISSUE_ONE_MISSING = 1 << 3,   /**< one sample between was bridged by a straight line */
    VG_ISSUE_MANY_MISSING = 1 << 4,  /**< two or more missing, or the last: nothing is computed */
    VG_ISSUE_CORRECTED = 1 << 5, /**< 5 % or more of the beats are artefacts: nothing is computed */
    VG_ISSUE_SHORT =
        1 << 6, /**< recording under 5 min: SDNN and HF are not computed, RMSSD neither unless
                                             declared ultra-short (60 s or more) */
    VG_ISSUE_ULTRA_SHORT = 1 << 7 /**< RMSSD of 60 s to 5 min, as declared */
} VgBiomarkerIssue;

/** One sentence for one issue. */
const char *vg_biomarker_issue(VgBiomarkerIssue issue);

/** A hormone curve: cortisol after waking, or over the day. Quantities that cannot be computed are NaN. */
typedef struct VgHormoneCurve {
    double aucg; /**< Σ (m_i + m_{i+1})(t_{i+1} − t_i)/2, unit · min */
    double
        auci; /**< aucg − m_1 (t_n − t_1); may be negative, the sign is kept. Depends on m_1: adjust for it */
    double increase; /**< mean of the samples after the first − the first (MnInc) */
    double peak;     /**< highest of the samples after the first − the first */
    double first;
    size_t n_missing;
    unsigned issues; /**< VgBiomarkerIssue, or-ed */
} VgHormoneCurve;

/** @param minute  n actual sampling times; for the awakening response minutes since waking
 *  @param value   n values, NaN = missing
 *  @param awakening  the awakening response: the first sample must be within 15 min of waking
 *  @param verified   waking and sampling times were measured (actigraphy, electronic caps)
 *  @return VG_INVALID_INPUT: times not ascending or twice, fewer than two, negative values.
 *          Source: Pruessner 2003; Stalder 2016, 2022. */
VG_MUST_CHECK VgStatus vg_hormone_curve(const double *minute, const double *value, size_t n,
                                        bool awakening, bool verified, VgHormoneCurve *curve,
                                        VgError *error);

/** Zero-initialised: 20 % from the local median, 300 to 2000 ms, 5 %, 5 min. */
typedef struct VgHrvOptions {
    double
        tolerance; /**< artefact: further than this share from the median of the 11 intervals around; 0 = 0.2 */
    double shortest_ms;    /**< 0 = 300 */
    double longest_ms;     /**< 0 = 2000 */
    double most_artefacts; /**< share of intervals; 0 = 0.05 */
    bool ultra_short;      /**< RMSSD of 60 s and more is declared to do */
} VgHrvOptions;

/** Heart rate variability of one recording at rest. */
typedef struct VgHrv {
    size_t n, n_artefacts;
    double seconds; /**< length of the recording, artefacts included */
    double mean_nn; /**< ms */
    double sdnn;    /**< ms, divisor n − 1 */
    double rmssd;   /**< ms, over pairs of neighbouring normal intervals; analyse its logarithm */
    double pnn50;   /**< share of those pairs that differ by more than 50 ms */
    double hf;      /**< ms², 0.15–0.40 Hz */
    double lf;      /**< ms², 0.04–0.15 Hz; LF/HF is no index of the vagus and not given */
    unsigned issues;
} VgHrv;

/** Artefact rule: an interval outside the limits, or further than `tolerance` from the median of the five before, itself and the
 *  five after, is an artefact. It is left out, never filled in: differences are taken between neighbours that are both
 *  normal, spectra from the times of the normal beats by Lomb's periodogram (linear trend removed, frequencies k/T), so that
 *  nothing is interpolated. Power is scaled so that it sums to the variance of an even series.
 *  @param rr_ms  n intervals in order, ms
 *  @return VG_INVALID_INPUT: intervals not positive or in seconds, fewer than 10; VG_NO_MEMORY. O(n²) for the spectrum.
 *  Source: Task Force 1996; Lomb 1976; Laborde 2017. */
VG_MUST_CHECK VgStatus vg_hrv(VgArena *arena, const double *rr_ms, size_t n,
                              const VgHrvOptions *options, VgHrv *hrv, VgError *error);

/** glucose (mmol/L) × insulin (µIU/mL) / 22.5, both fasting; NaN when one is missing or not positive. Matthews 1985. */
double vg_homa_ir(double glucose_mmol_per_l, double insulin_uiu_per_ml);

/** 1000 × kynurenine / tryptophan, both in µmol/L (µmol/mmol); NaN when one is missing or not positive. */
double vg_kynurenine_tryptophan(double kynurenine_umol_per_l, double tryptophan_umol_per_l);

/** Short-chain fatty acids of a sample in one molar unit; NaN = not measured. */
typedef struct VgScfa {
    double acetate, propionate, butyrate;
    double isobutyrate, isovalerate, two_methylbutyrate, valerate, caproate;
} VgScfa;

/** A total is NaN when one of its parts was not measured. */
typedef struct VgScfaSummary {
    double total;    /**< acetate + propionate + butyrate */
    double branched; /**< isobutyrate + isovalerate (+ 2-methylbutyrate where measured) */
    double acetate_share, propionate_share, butyrate_share; /**< of total */
    double acetate_to_propionate, butyrate_to_acetate;
} VgScfaSummary;
VgScfaSummary vg_scfa_summary(const VgScfa *scfa);

/** The declared reference of one marker of an index. */
typedef struct VgIndexMarker {
    double mean,
        sd; /**< of ln concentration in the reference (controls, or all at baseline), stated with the result */
    int sign; /**< +1: more is more inflammation; −1: less (IL-10, albumin); 0 = +1 */
} VgIndexMarker;

/** Mean of z scores: (1/n) Σ sign (ln x − mean)/sd, over the markers that were measured; censored values belong in an
 *  imputation first.
 *  @param value  n concentrations, NaN = missing
 *  @param most_missing  NaN results when more are missing
 *  @param n_used  may be NULL
 *  @return VG_INVALID_INPUT: a concentration or an sd that is not positive */
VG_MUST_CHECK VgStatus vg_z_index(const double *value, const VgIndexMarker *marker, size_t n,
                                  size_t most_missing, double *index, size_t *n_used,
                                  VgError *error);

#ifdef __cplusplus
}
#endif
#endif
