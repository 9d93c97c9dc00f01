/** @file meta_multilevel.h
 *  Several effects from one study: the three-level model (effects within studies), known sampling covariances,
 *  and cluster-robust standard errors. Method: docs/methods/three-level.md. */
#ifndef VAGUS_META_MULTILEVEL_H
#define VAGUS_META_MULTILEVEL_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>
#include <vagus/evidence_plan.h>
#include <vagus/inference.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Effects of several per study, rows in any order. Borrowed.
 *  y = X β + u_study + w_effect + e,  u ~ N(0, σ²_study),  w ~ N(0, σ²_effect),  e ~ N(0, V), V known. */
typedef struct VgMultilevelData {
    const double *y, *v; /**< n effects and their sampling variances, > 0 */
    const size_t *study; /**< n indices, 0 … n_studies − 1; every study has an effect */
    size_t n, n_studies;
    VgMatrix x; /**< n × p, intercept among the columns, full rank; cols 0 = intercept alone */
    /** correlation of sampling errors within a study, 0 … < 1 (correlated and hierarchical effects; as
     *  metafor::vcalc(cluster, obs, rho)); 0 = independent. Not together with `block`. */
    double sampling_correlation;
    /** known V: one pointer a study, its effects' m × m covariance, column-major, effects in order of rows;
     *  a NULL entry, or `block` NULL, = diagonal. Its diagonal must be `v`. */
    const double *const *block;
} VgMultilevelData;

typedef enum VgMultilevelDf {
    VG_MULTILEVEL_DF_RESIDUAL = 0, /**< t with n − p df (metafor test "t") */
    VG_MULTILEVEL_DF_CONTAIN, /**< t with studies − p for a column constant within studies, else n − p
                                   (metafor dfs "contain") */
    VG_MULTILEVEL_DF_NORMAL /**< normal (metafor's default, test "z") */
} VgMultilevelDf;

typedef struct VgMultilevelOptions {
    bool ml; /**< maximum instead of restricted likelihood */
    VgMultilevelDf df;
    double level; /**< 0 means 0.95 */
    bool
        no_intervals; /**< leave the intervals of the variance components out (they are two root searches each) */
    /** Fix a component: values ≥ 0 with the flag set; for likelihood ratio tests and profiles. */
    bool fix_study, fix_effect;
    double sigma2_study, sigma2_effect;
} VgMultilevelOptions;

/** One variance component. */
typedef struct VgVarianceComponent {
    double estimate, se; /**< se from the observed information; NaN at the boundary or when fixed */
    double lower,
        upper;        /**< profile likelihood; NaN when not asked for; upper +infinity when flat */
    bool at_boundary; /**< the optimum is at 0: the likelihood falls from there */
    double i2; /**< per cent of total variance (Nakagawa & Santos 2012; metafor's multilevel I²) */
    double lrt,
        lrt_p; /**< against 0: half-half mixture of chi-square 0 and 1; NaN when intervals are left out */
} VgVarianceComponent;

typedef struct VgMultilevelFit {
    size_t p, n, n_studies, largest_study;
    VgInference *coefficient;          /**< p */
    double *covariance;                /**< p × p, column-major */
    VgVarianceComponent study, effect; /**< between studies (level 3), within studies (level 2) */
    double i2_sampling;                /**< per cent due to sampling */
    double typical_variance;           /**< (n − p)/tr(P), what sampling amounts to in I² */
    double q, q_df, q_p;               /**< residual heterogeneity against V alone */
    VgJointTest
        moderators; /**< all coefficients but the intercept (first column); NaN when there are none */
    VgInference
        prediction; /**< of a new true effect at the intercept (p = 1 only), √(se² + σ²_study + σ²_effect) */
    double loglik;      /**< with metafor's constant, ½ log|X'X| included for REML */
    double gradient[2]; /**< of the log-likelihood in (study, effect) */
    double
        decrement; /**< Newton decrement over the free components: certified below 1e-12 (1 + |loglik|) */
    size_t iterations, starts, optima;
    VgMultilevelOptions options; /**< as fitted, defaults filled in */
} VgMultilevelFit;

/** Fits the three-level model by Newton's method with exact derivatives from every high point of a grid. An iteration
 *  costs O(n p²) with independent or equally correlated sampling errors; a given V is rotated to its
 *  eigenvectors once, O(m³) a study.
 *  @return VG_NOT_ESTIMABLE (one effect in every study: the two components cannot be told apart; n ≤ p; X not of full
 *          rank), VG_INVALID_INPUT (v ≤ 0, an index out of range, V not positive definite), VG_NO_CONVERGENCE,
 *          VG_NO_MEMORY.
 *  Source: Konstantopoulos 2011; Viechtbauer 2010; witness metafor::rma.mv(random = ~ 1 | study/effect). */
VG_MUST_CHECK VgStatus vg_multilevel_fit(VgArena *arena, const VgMultilevelData *data,
                                         const VgMultilevelOptions *options, VgMultilevelFit *fit,
                                         VgError *error);

/** One study left out. */
typedef struct VgMultilevelLeftOut {
    VgStatus status; /**< VG_OK, or why this one could not be fitted; the rest is NaN then */
    VgInference coefficient; /**< of the first column */
    double sigma2_study, sigma2_effect, q;
    size_t n; /**< effects left */
} VgMultilevelLeftOut;

/** Leave-one-study-out: the model again without each study, all of its effects at once.
 *  @param out  n_studies entries, by study index
 *  @return as vg_multilevel_fit for all studies together; a fit without one that fails is in its entry. */
VG_MUST_CHECK VgStatus vg_multilevel_leave_one_out(VgArena *arena, const VgMultilevelData *data,
                                                   const VgMultilevelOptions *options,
                                                   VgMultilevelLeftOut *out, VgError *error);

typedef enum VgClusterRobustType {
    VG_CLUSTER_CR2 = 0, /**< bias-reduced linearisation (Pustejovsky & Tipton 2018) */
    VG_CLUSTER_CR1,     /**< CR0 times clusters/(clusters − 1) */
    VG_CLUSTER_CR0
} VgClusterRobustType;

typedef struct VgClusterRobust {
    VgInference *coefficient; /**< p; t with Satterthwaite's df */
    double *covariance;       /**< p × p, column-major */
    size_t p, clusters;
    bool few; /**< a df below 4: p values are not to be trusted (Tipton 2015) */
    /** all coefficients but an intercept in front: approximate Hotelling's T² (HTZ); NaN when there are none, or the
     *  clusters are too few to test them together */
    VgJointTest moderators;
} VgClusterRobust;

/** Cluster-robust inference for a fitted three-level model, clusters = studies.
 *  Witness: clubSandwich::coef_test(fit, vcov = "CR2") and Wald_test(test = "HTZ"). O(Σ m³). VG_NOT_ESTIMABLE with fewer than 2 clusters. */
VG_MUST_CHECK VgStatus vg_multilevel_robust(VgArena *arena, const VgMultilevelData *data,
                                            const VgMultilevelFit *fit, VgClusterRobustType type,
                                            VgClusterRobust *out, VgError *error);

/** The same for a two-level model (weights 1/(v + τ²)) whose effects are clustered: metafor::rma.uni.
 *  @param data   as for the three-level model; study = cluster
 *  @param tau2   between-effect variance of that model; 0 for a common effect
 *  @param level  of intervals; 0 means 0.95 */
VG_MUST_CHECK VgStatus vg_cluster_robust(VgArena *arena, const VgMultilevelData *data, double tau2,
                                         VgClusterRobustType type, double level,
                                         VgClusterRobust *out, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
