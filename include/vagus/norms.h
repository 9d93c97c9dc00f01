/** @file norms.h
 *  One person among comparable people: centiles of a marker given age and other covariates, and the distance to the nearest of a
 *  reference set. There is no single normal: every answer belongs to its reference set, names its size, and has an interval. */
#ifndef VAGUS_NORMS_H
#define VAGUS_NORMS_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/distance.h>
#include <vagus/matrix.h>
#include <vagus/table.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Fewer comparable people than this bear no norm. */
#define VG_NORM_LEAST 30
/** With fewer than this the intervals of centiles are somewhat too short (docs/validation/norms-simulation.md). */
#define VG_NORM_WELL 100

/* ---- covariates of people ---- */

/** One covariate and what the reference set holds of it. */
typedef struct VgNormCovariate {
    const char *name;
    const char **level; /**< of a factor: n_levels, the first is the reference; NULL for numbers */
    size_t n_levels;
    double low, high; /**< of numbers: the least and the largest of the reference set */
    size_t column;    /**< its first column in a coded row */
} VgNormCovariate;

typedef struct VgNormCovariates {
    VgNormCovariate *item;
    size_t n, n_columns;
} VgNormCovariates;

/** Learns from the table of the reference people which levels and what range each covariate has.
 *  @param keep  rows that count; NULL = all
 *  @return VG_INVALID_INPUT (no such column), VG_NOT_ESTIMABLE (a covariate without any value, or that does not vary) */
VG_MUST_CHECK VgStatus vg_norm_covariates(VgArena *arena, const VgTable *table,
                                          const char *const *name, size_t n, const bool *keep,
                                          VgNormCovariates **covariates, VgError *error);

/** A person's row of covariates, coded: numbers as they are, factors as indicators of all levels but the first.
 *  @param x     n_columns
 *  @return VG_NOT_ESTIMABLE: a value is missing, or lies where the reference set has nobody (message names it) */
VG_MUST_CHECK VgStatus vg_norm_code(const VgNormCovariates *covariates, const VgTable *table,
                                    size_t row, double *x, VgError *error);

/* ---- centiles by a Box–Cox normal distribution (LMS, BCCG) ---- */

typedef enum VgNormSmoothing {
    VG_NORM_LOCAL_ML = 0, /**< penalties by local maximum likelihood (Rigby & Stasinopoulos 2014) */
    VG_NORM_GAIC,         /**< least −2ℓ + k · effective df */
    VG_NORM_FIXED         /**< as given in `penalty` */
} VgNormSmoothing;

/** Zero-initialised: M and S smooth in `smooth` when there is one, L a constant. */
typedef struct VgNormOptions {
    bool linear_m, linear_s; /**< straight lines on the link scale instead of smooth curves */
    bool smooth_l;           /**< L smooth too */
    size_t intervals;        /**< of the B-splines; 0 = 20 */
    VgNormSmoothing smoothing;
    double penalty[3]; /**< FIXED: of M, S, L; the penalty is λ/2 Σ (second differences)² */
    double gaic;       /**< k of GAIC; 0 = log n */
} VgNormOptions;

/** What a norm is made from. */
typedef struct VgNormData {
    size_t n;
    const double *y;      /**< n, > 0 */
    const double *smooth; /**< n values of the covariate with a curve (age); NULL = none */
    VgMatrix linear; /**< n × q further covariates, on the logarithms of M and S; cols 0 = none */
} VgNormData;

/** A fitted norm: z = ((y/M)^L − 1)/(L S), standard normal. log M, log S and L are linear in the parameters. */
typedef struct VgNorm {
    size_t n, p;                 /**< people, parameters */
    double *theta;               /**< p: those of log M, then log S, then L */
    size_t part[4];              /**< where the parameters of M, S, L begin, and p */
    VgMatrix covariance;         /**< p × p: inverse of the penalised information */
    double penalty[3], edf[3];   /**< of M, S, L; edf counts all their parameters */
    double log_likelihood, gaic; /**< gaic = −2ℓ + k · edf */
    size_t refits;               /**< fits that the choice of penalties took */
    bool has_smooth;
    double low, high; /**< of the smooth covariate: the support */
    size_t q;
    double *linear_low, *linear_high; /**< q: the support of the others */
    size_t intervals;
    bool curve[3]; /**< M, S, L have B-splines */
    bool line[3];  /**< M, S, L have a line in the smooth covariate */
} VgNorm;

/** Fits the norm by penalised maximum likelihood of the Box–Cox Cole–Green distribution, Newton with the exact Hessian. The density is
 *  the proper one (truncated where (y/M)^L would be negative). O(refits · n (columns per row)²).
 *  @return VG_NOT_ESTIMABLE: fewer than VG_NORM_LEAST people; VG_INVALID_INPUT: values that are 0, negative or not finite;
 *          VG_NO_CONVERGENCE. Source: Cole & Green 1992; Eilers & Marx 1996; Rigby & Stasinopoulos 2004, 2014; METHODS 11. */
VG_MUST_CHECK VgStatus vg_norm_fit(VgArena *arena, const VgNormData *data,
                                   const VgNormOptions *options, VgNorm **norm, VgError *error);

/** Where one person stands. */
typedef struct VgNormScore {
    double m, s, l;     /**< of people like them */
    double z, z_se;     /**< z = Φ⁻¹ of the centile; its error is that of the reference set */
    double centile, se; /**< 0 … 1 */
    double lower, upper;
} VgNormScore;

/** @param smooth  the person's value of the smooth covariate
 *  @param linear  q further covariates
 *  @return VG_NOT_ESTIMABLE: outside the support of the reference set; VG_INVALID_INPUT: y not above 0 */
VG_MUST_CHECK VgStatus vg_norm_score(const VgNorm *norm, double y, double smooth,
                                     const double *linear, double level, VgNormScore *score,
                                     VgError *error);

/** The value below which a share of people like these lies (NaN outside the support), and the standard error of its logarithm (may be NULL). */
double vg_norm_quantile(const VgNorm *norm, double share, double smooth, const double *linear,
                        double *log_se);

/* ---- does the norm hold? ---- */

/** Royston & Wright's Q statistics: of z in groups of one covariate. */
typedef struct VgNormGroup {
    double low, high; /**< of the covariate */
    size_t n;
    double mean, sd, skewness, kurtosis;     /**< of z; kurtosis 3 for a normal */
    double z_mean, z_sd, z_skew, z_kurtosis; /**< standard normal when the norm holds */
} VgNormGroup;

/** Groups of equal number by `by` (which is sorted within). Skewness by D'Agostino 1970, kurtosis by Anscombe & Glynn 1983.
 *  @param group  n_groups, filled
 *  @return VG_NOT_ESTIMABLE: fewer than 20 a group */
VG_MUST_CHECK VgStatus vg_norm_groups(VgArena *arena, const double *z, const double *by, size_t n,
                                      size_t n_groups, VgNormGroup *group, VgError *error);

/** Two-sided p of a standard normal deviate of a group. */
double vg_norm_deviate_p(double deviate);
/** Whether mean or SD of a group lies beyond ±3.3: its centiles are not to be trusted. */
bool vg_norm_group_off(const VgNormGroup *group);

/** z of each person from a norm fitted to the others: `folds` of equal size at random, penalties chosen anew in each. NaN where the others'
 *  support does not reach. Same bits on any number of threads.
 *  @param z  n */
VG_MUST_CHECK VgStatus vg_norm_cross_validate(VgArena *arena, const VgNormData *data,
                                              const VgNormOptions *options, size_t folds,
                                              uint64_t seed, double *z, VgError *error);

/* ---- centiles without a distribution ---- */

/** Zero-initialised: 200 resamples, level 0.95. */
typedef struct VgCentileOptions {
    size_t resamples; /**< of the reference people, for intervals; 0 = 200 */
    double level;     /**< 0 = 0.95 */
    uint64_t seed;
    int threads;
} VgCentileOptions;

/** A person's centile by quantile regression. */
typedef struct VgCentile {
    double centile, lower, upper;
    bool below,
        above; /**< beyond the outermost quantile that is estimated (1 or 99 of 100): the centile is at most, at least, this */
} VgCentile;

/** Quantile regressions at 1, 3, …, 99 of 100 (with the support of a reference of n people: those with at least 3 people beyond);
 *  a person's predicted quantiles are rearranged in order and the centile read between them. Intervals: percentiles over resamples
 *  of the reference people.
 *  @param x       n × p design of the reference people, a column of ones first
 *  @param people  m × p designs of the people, y_people their values
 *  @param centile m, filled
 *  @return VG_NOT_ESTIMABLE: fewer than VG_NORM_LEAST people. Source: Koenker & Bassett 1978; Chernozhukov,
 *          Fernández-Val & Galichon 2010. */
VG_MUST_CHECK VgStatus vg_quantile_centiles(VgArena *arena, VgMatrix x, const double *y,
                                            VgMatrix people, const double *y_people,
                                            const VgCentileOptions *options, VgCentile *centile,
                                            VgError *error);

/* ---- a marker, from tables to centiles ---- */

/** The shares of people that curves are drawn at. */
#define VG_MARKER_SHARES 7
/** Places of the smooth covariate that curves are drawn at. */
#define VG_MARKER_PLACES 41

/** Values of people and the table with their covariates. */
typedef struct VgMarkerPeople {
    const VgTable *table;
    size_t n;
    const size_t *row;    /**< n: row of the table */
    const double *y;      /**< n; NaN = not measured */
    const bool *censored; /**< n: y is a limit that the value lies beyond; NULL = none */
} VgMarkerPeople;

typedef struct VgMarkerQuestion {
    VgMarkerPeople reference, people;
    const char *smooth; /**< covariate with a curve; NULL = none */
    const char *const *covariate;
    size_t n_covariates;
    bool
        quantile; /**< quantile regression instead of a distribution; always so with censored reference values */
    VgNormOptions norm;
    VgCentileOptions centile;
    size_t folds; /**< cross-validation; 0 = none */
} VgMarkerQuestion;

/** One person's place; NaN where there is none, and why. */
typedef struct VgMarkerPlace {
    double centile, lower, upper;
    double z, z_se; /**< not by quantile regression */
    const char *
        why; /**< why there is no norm, or what the centile means beyond a limit; NULL = nothing to say */
} VgMarkerPlace;

typedef struct VgMarker {
    bool quantile;
    size_t n_reference; /**< people with value and covariates */
    size_t n_dropped;   /**< without one of them */
    size_t n_censored;
    VgNormCovariate *smooth; /**< NULL = none */
    VgNorm *norm;            /**< NULL by quantile regression */
    VgMarkerPlace *place;    /**< one per person asked about */
    double *curve_at;        /**< VG_MARKER_PLACES; NULL without smooth covariate */
    double *
        curve; /**< VG_MARKER_PLACES × VG_MARKER_SHARES, others at their means; NaN where there is none */
    VgNormGroup *
        group; /**< of cross-validated z by the smooth covariate (by place in the table without one) */
    size_t n_groups; /**< 0 = not cross-validated */
    double *z;       /**< n_reference cross-validated z; NULL = none */
} VgMarker;

extern const double vg_marker_shares[VG_MARKER_SHARES];

/** Centiles of one marker. A person without norm is told in `place[i].why`, and does not stop the others.
 *  By quantile regression the smooth covariate is a line below 100 reference people, and cubic B-splines on three intervals from there.
 *  @return VG_NOT_ESTIMABLE: no comparable people (fewer than VG_NORM_LEAST); as vg_norm_fit */
VG_MUST_CHECK VgStatus vg_marker(VgArena *arena, const VgMarkerQuestion *question,
                                 VgMarker **marker, VgError *error);

/* ---- neighbourhood ---- */

/** Zero-initialised: k = max(30, √n), 200 resamples, level 0.95. */
typedef struct VgNeighbourOptions {
    size_t k;
    size_t resamples;
    double level;
    uint64_t seed;
    int threads;
} VgNeighbourOptions;

/** How far one sample lies from the reference people it may be compared with. */
typedef struct VgOutlyingness {
    size_t n_comparable, k;
    double score;        /**< mean distance to the k nearest */
    double p;            /**< conformal: (1 + #{reference scores >= score}) / (n + 1) */
    double lower, upper; /**< of p, over resamples of the reference people */
    double nearest;      /**< distance to the nearest */
    double
        n_near; /**< effective neighbours: reference people not farther than the k-th neighbour of a typical one of them */
    size_t *neighbour; /**< k, nearest first: indices into the distances */
} VgOutlyingness;

/** Each reference person ordered by distance, once for all samples that are asked about. */
typedef struct VgNeighbours {
    const VgDistances *distances;
    size_t n_reference; /**< the first n_reference of the distances */
    uint32_t *
        order; /**< n_reference × n_reference: row r lists the others from near to far, r itself last */
} VgNeighbours;

/** O(n² log n). */
VG_MUST_CHECK VgStatus vg_neighbours_prepare(VgArena *arena, const VgDistances *distances,
                                             size_t n_reference, VgNeighbours *neighbours,
                                             VgError *error);

/** The conformal p of a sample among comparable reference people. Every reference person's score is taken as the sample's is: over
 *  the k nearest of all others, the sample among them; so p is exact (uniform on 1/(n + 1) … 1) when the sample and the comparable people
 *  are exchangeable. O(n k) and that again per resample.
 *  @param sample      index into the distances, not a reference person
 *  @param comparable  n_reference
 *  @return VG_NOT_ESTIMABLE "no comparable people": fewer than VG_NORM_LEAST. Source: Vovk 2005; METHODS 11. */
VG_MUST_CHECK VgStatus vg_neighbours_score(VgArena *arena, const VgNeighbours *neighbours,
                                           size_t sample, const bool *comparable,
                                           const VgNeighbourOptions *options,
                                           VgOutlyingness *outlyingness, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
