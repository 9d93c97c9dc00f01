/** @file differential.h
 *  Which features of a compositional table change: one model a feature, effects on log2, corrected for what a change
 *  of few does to the shares of all. */
#ifndef VAGUS_DIFFERENTIAL_H
#define VAGUS_DIFFERENTIAL_H

#include <stdbool.h>

#include <vagus/arena.h>
#include <vagus/inference.h>
#include <vagus/lmm.h>
#include <vagus/matrix.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum VgDifferentialMode {
    VG_DIFFERENTIAL_MEDIAN =
        0,                 /**< log2 CLR; effects are compared with their median over the features
                                     that are not seen to move; the median's own error counts */
    VG_DIFFERENTIAL_LINDA, /**< LinDA: zeros by its rule, mode instead of median, its error not counted */
    VG_DIFFERENTIAL_MAASLIN3, /**< log2 share where present, median; and presence, logistic */
    VG_DIFFERENTIAL_NONE,     /**< log2 CLR, not corrected */
    VG_DIFFERENTIAL_ABSOLUTE, /**< log2 of amounts that samples can be compared by (loads, cells/g): no ratio, no
                                   correction */
    VG_DIFFERENTIAL_COUNT
} VgDifferentialMode;
const char *
vg_differential_mode_name(VgDifferentialMode mode); /**< median, linda, maaslin3, none, absolute */
bool vg_differential_mode_from_name(const char *name, VgDifferentialMode *mode);

/** Nothing is copied or owned. */
typedef struct VgDifferentialData {
    VgMatrix table; /**< samples × features, >= 0 */
    bool counts;    /**< whole counts; else shares or other amounts */
    /** one per feature, NULL = none: a zero of such a feature says "not there", not "few". Those samples are left out of
     *  its model, and the feature out of the centre of the log-ratios (modules of genes) */
    const bool *only_present;
    VgMatrix x; /**< samples × p, full column rank */
    const VgLmmTerm *term;
    size_t n_terms;
    const double *contrast; /**< n_contrasts × p, row-major */
    size_t n_contrasts;
} VgDifferentialData;

/** Zero-initialised: median, linear models with Satterthwaite df. */
typedef struct VgDifferentialOptions {
    VgDifferentialMode mode;
    bool
        negative_binomial; /**< counts by vg_glm with log depth as offset instead of log-ratios; MEDIAN or NONE. With
                              random effects: errors clustered by their first grouping (CR0) instead */
    double
        pseudocount; /**< added to every entry before logarithms; 0 = 0.5 for counts, half the smallest
                                 entry above 0 otherwise. MEDIAN: in a sample of middle size, and in
                                 others in proportion */
    double
        winsor; /**< LINDA: shares of a feature above this quantile become that quantile; 0 = as they are */
    double level; /**< 0 = 0.95 */
    int threads;
} VgDifferentialOptions;

typedef struct VgDifferential {
    size_t n_features, n_contrasts;
    VgInference *
        answer; /**< n_features × n_contrasts: corrected log2 fold changes; NaN where there is none */
    double *raw;         /**< n_features × n_contrasts: estimates before correction */
    VgLmmStatus *status; /**< n_features: of that model */
    size_t *present;     /**< n_features: samples where the feature is above 0 */
    double *shift;       /**< n_contrasts: what was subtracted */
    double *shift_se;    /**< n_contrasts: its standard error; 0 where it does not count */
    double *mode;        /**< n_contrasts: kernel mode of the estimates */
    double *moved;  /**< n_contrasts: share of features whose corrected statistic is beyond ±2 */
    bool *doubtful; /**< n_contrasts: more than half moved, or median and mode lie far apart */
    bool depth_related; /**< LINDA: depth goes with the design, zeros became shares of the depth */
    VgInference
        *prevalence; /**< MAASLIN3: log odds of presence, n_features × n_contrasts; else NULL */
    VgLmmStatus *prevalence_status; /**< n_features */
    double *joint_p; /**< n_features × n_contrasts: 1 − (1 − min p)²; p alone without a partner */
} VgDifferential;

/** Fits all features and corrects.
 *
 *  Features that occur in no sample have status constant and take no part. The correction assumes that most
 *  features do not change: `doubtful` says where the data speak against it.
 *  @return VG_INVALID_INPUT (shapes, negative or infinite entries, an empty sample, random effects or
 *          modes that negative binomial models do not have), VG_NOT_ESTIMABLE (fewer than three features with an
 *          estimate to correct by), VG_NO_MEMORY.
 *  Source: Zhou, He, Chen & Zhang 2022 (LinDA); Nickols and others 2024 (MaAsLin 3); METHODS 3.2, 3.3. */
VG_MUST_CHECK VgStatus vg_differential(VgArena *arena, const VgDifferentialData *data,
                                       const VgDifferentialOptions *options, VgDifferential *out,
                                       VgError *error);

/** The mode of a Gaussian kernel density with R's bw.nrd0 as its bandwidth to which mean shift climbs from the mean of the
 *  shortest half, as LinDA takes it; n >= 1. */
double vg_kernel_mode(VgArena *arena, const double *x, size_t n);

#ifdef __cplusplus
}
#endif
#endif
