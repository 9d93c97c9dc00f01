/** @file reliability.h
 *  How far repeated measurements of a person agree: intraclass correlations, measurement error, variation. */
#ifndef VAGUS_RELIABILITY_H
#define VAGUS_RELIABILITY_H

#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An intraclass correlation; negative estimates are kept as they are. */
typedef struct VgIcc {
    double estimate, lower, upper;
} VgIcc;

/** Subjects × repeats, every cell filled. */
typedef struct VgReliability {
    size_t subjects, repeats;
    double ms_rows, ms_columns, ms_error; /**< two-way: MSR, MSC, MSE */
    double ms_within;                     /**< one-way: MSW */
    VgIcc one_way;                        /**< ICC(1,1): repeats are interchangeable */
    VgIcc agreement;   /**< ICC(A,1): repeats are raters or days whose shifts count as error */
    VgIcc consistency; /**< ICC(C,1): their shifts do not count */
    double sem;        /**< √MSE, unit of the values */
    double mdc;        /**< 1.96 √2 SEM: least change of one person beyond error (95 %) */
} VgReliability;

/** Intraclass correlations of a full table from its mean squares, intervals of McGraw & Wong 1996 (F forms; for
 *  ICC(A,1) with Satterthwaite's df).
 *  @param x  subjects × repeats, no value missing
 *  @return VG_INVALID_INPUT: missing values (use vg_reliability_reml), fewer than 2 subjects or repeats; VG_NOT_ESTIMABLE:
 *          no variation at all. O(cells). Source: Shrout & Fleiss 1979; McGraw & Wong 1996. */
VG_MUST_CHECK VgStatus vg_reliability(VgMatrix x, double level, VgReliability *reliability,
                                      VgError *error);

/** One-way variance components by REML, repeats as many as each subject has. */
typedef struct VgReliabilityReml {
    size_t subjects, values;
    double mean;
    double between, within; /**< variances; between is 0 at its bound */
    VgIcc icc;              /**< between/(between + within) */
    double sem, mdc;
    double log_likelihood; /**< restricted, with lme4's constant */
} VgReliabilityReml;

/** Fits y_ij = μ + b_i + e_ij. The ICC's interval is a parametric bootstrap's percentiles: `bootstrap` refits of data drawn from the
 *  fit (0 = 2000), stream VG_STREAM_BOOTSTRAP.
 *  @param subject  n indices below n_subjects
 *  @param y        n values; NaN = missing, left out
 *  @return VG_NOT_ESTIMABLE: fewer than 2 subjects, no subject with two values, no variation; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_reliability_reml(VgArena *arena, const size_t *subject, const double *y,
                                           size_t n, size_t n_subjects, double level,
                                           size_t bootstrap, uint64_t seed,
                                           VgReliabilityReml *reliability, VgError *error);

/** Within-subject coefficient of variation of duplicates. */
typedef struct VgWithinCv {
    size_t df;               /**< Σ (repeats − 1) */
    double s;                /**< pooled within-subject SD of natural logarithms */
    double cv, lower, upper; /**< √(exp(s²) − 1); interval by the chi-square distribution of s² */
} VgWithinCv;

/** @param subject, x  n concentrations, > 0; NaN = missing
 *  @return VG_INVALID_INPUT: a value that is not positive; VG_NOT_ESTIMABLE: no subject with two values */
VG_MUST_CHECK VgStatus vg_within_cv(VgArena *arena, const size_t *subject, const double *x,
                                    size_t n, size_t n_subjects, double level, VgWithinCv *cv,
                                    VgError *error);

/* ---- of a layer of the panel ---- */

struct VgLayer;
struct VgStudy;

/** Repeated measurements of one feature: of samples (replicates), or of participants (visits before treatment). Subjects
 *  with one value are left out. Owned by the arena. */
typedef struct VgRepeats {
    size_t n, n_subjects, least,
        most; /**< values; subjects with two or more, and how many these have */
    size_t *subject;
    double *value, *log;  /**< as measured, on the scale of analysis */
    size_t beyond_limits; /**< values that were censored, or have no logarithm */
    double
        analysed; /**< measurements behind a value as it is analysed: harmonic mean over all subjects */
} VgRepeats;

/** The replicates of a layer's samples. @return VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_repeats_of_samples(VgArena *arena, const struct VgLayer *layer,
                                             size_t feature, VgRepeats *repeats, VgError *error);
/** Values of participants at visits of day 0 or before. @return VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_repeats_at_baseline(VgArena *arena, const struct VgStudy *study,
                                              const struct VgLayer *layer, size_t feature,
                                              VgRepeats *repeats, VgError *error);

typedef struct VgRepeatability {
    VgIcc icc;        /**< of one measurement */
    VgIcc analysed;   /**< of the mean of `repeats->analysed` of them (Spearman & Brown) */
    double sem, k;    /**< within subjects; mean repeats of those that have any */
    const char *kind; /**< "ICC(1,1)": all have as many, from mean squares; else "ICC by REML" */
} VgRepeatability;

/** @return VG_NOT_ESTIMABLE: fewer than five subjects with two values, no variation; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_repeatability(VgArena *arena, const VgRepeats *repeats, double level,
                                        VgRepeatability *answer, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
