/** @file censored.h
 *  Values below, above or between limits of an assay: the censored normal model, group means, multiple imputation.
 *
 *  A value is two bounds: lower = upper where it was observed; lower = −infinity below a limit, upper = +infinity above
 *  one; two finite bounds between limits (as VgLabRecord has them). Concentrations belong on the log scale
 *  (vg_censored_log). Nothing here replaces a censored value by a number unless that is asked for by name. */
#ifndef VAGUS_CENSORED_H
#define VAGUS_CENSORED_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Bounds of concentrations onto the natural log, in place; a lower bound of 0 or less becomes −infinity. Missing (NaN)
 *  bounds stay. @return VG_INVALID_INPUT for an observed value or an upper bound of 0 or less. */
VG_MUST_CHECK VgStatus vg_censored_log(double *lower, double *upper, size_t n, VgError *error);

/** A censored normal regression. */
typedef struct VgCensoredFit {
    size_t n, p;
    size_t n_observed, n_below, n_above, n_within;
    double *beta; /**< p */
    double sigma; /**< maximum likelihood (no correction for p) */
    VgMatrix
        covariance; /**< (p + 1) × (p + 1), of beta and log sigma, from the observed information */
    double log_likelihood;
    double decrement; /**< g'H⁻¹g at the end */
    size_t iterations;
} VgCensoredFit;

/** Fits y ~ N(Xβ, σ²) to bounds by maximum likelihood.
 *
 *  ℓ = Σ_obs [log φ(z) − log σ] + Σ_below log Φ(z_u) + Σ_within log[Φ(z_u) − Φ(z_l)] + Σ_above log Φ(−z_l). In Olsen's
 *  parameters β/σ, 1/σ it is concave: Newton's method with exact derivatives, O(n p²) a step.
 *  @param x      n × p, full rank
 *  @param lower, upper  n bounds
 *  @return VG_INVALID_INPUT: bounds that are NaN, crossed, or both infinite (leave the row out); VG_NOT_ESTIMABLE:
 *          columns that are combinations of others, no maximum (a group with all values censored on one
 *          side; values that fit exactly); VG_NO_CONVERGENCE; VG_NO_MEMORY.
 *  Source: Tobin 1958; Olsen 1978; METHODS 1.1. */
VG_MUST_CHECK VgStatus vg_censored_fit(VgArena *arena, VgMatrix x, const double *lower,
                                       const double *upper, VgCensoredFit *fit, VgError *error);

/** What can be said of the mean of a cell (arm × visit). */
typedef enum VgCensoredVerdict {
    VG_CENSORED_FINE = 0, /**< up to 30 % censored */
    VG_CENSORED_MANY, /**< more than 30 %: means lean on the normal shape; detected or not is safer */
    VG_CENSORED_TOO_MANY, /**< more than 70 %: no mean is given */
    VG_CENSORED_EMPTY     /**< no value */
} VgCensoredVerdict;

typedef struct VgCensoredCell {
    size_t n;         /**< values that are not missing */
    size_t n_missing; /**< NaN, or bounds without any limit */
    size_t n_below, n_above, n_within;
    double share; /**< censored / n */
    VgCensoredVerdict verdict;
    double mean, se, lower, upper; /**< NaN where refused; normal quantiles */
} VgCensoredCell;

/** Counts and verdicts of groups (n_groups cells, overwritten); means are NaN. */
void vg_censored_cells(const double *lower, const double *upper, size_t n, const size_t *group,
                       size_t n_groups, VgCensoredCell *cell);

/** Means of groups with one common σ over the groups that are not refused.
 *  @param group  n, below n_groups
 *  @param level  of the intervals, 0 = 0.95
 *  @param sigma  may be NULL
 *  @return as vg_censored_fit; VG_NOT_ESTIMABLE when every group is refused */
VG_MUST_CHECK VgStatus vg_censored_means(VgArena *arena, const double *lower, const double *upper,
                                         size_t n, const size_t *group, size_t n_groups,
                                         double level, VgCensoredCell *cell, double *sigma,
                                         VgError *error);

/** Zero-initialised: 20 imputations, 200 steps before the first, 20 between them, seed 1. */
typedef struct VgCensoredImputeOptions {
    size_t imputations, burn_in, between;
    uint64_t seed; /**< 0 = 1 */
} VgCensoredImputeOptions;

/** Fills censored and missing values of participants × visits by multiple imputation.
 *
 *  Rows are N(B'x_i, Σ) with Σ unstructured; data augmentation: each value from its normal distribution given the
 *  participant's other visits, truncated to its bounds; then Σ from its inverse Wishart and B from its normal
 *  distribution (flat prior on B, |Σ|^{−(K+1)/2}). Observed values stay as they are.
 *  O(steps · n · K²).
 *  @param x      n × p covariates (arm, baseline, …; a column of 1), full rank
 *  @param lower, upper  n × visits bounds; NaN or unlimited = missing
 *  @param filled  n × (visits · imputations): imputation m in columns m·visits …
 *  @return VG_INVALID_INPUT: bounds crossed; VG_NOT_ESTIMABLE: n − p < visits, a visit with no value observed or with
 *          more than 70 % censored, columns of x that are combinations; VG_NO_MEMORY.
 *  Source: Tanner & Wong 1987; Schafer 1997, ch. 5. */
VG_MUST_CHECK VgStatus vg_censored_impute(VgArena *arena, VgMatrix x, VgMatrix lower,
                                          VgMatrix upper, const VgCensoredImputeOptions *options,
                                          VgMatrix *filled, VgError *error);

/** Substitution, for sensitivity analyses only: it biases means and spreads (half of a standard normal sample below
 *  its limit: LOD/√2 gives a mean of 0.2257 and an SD of 0.7135). */
typedef enum VgSubstitution {
    VG_SUBSTITUTE_NONE = 0,  /**< refuses censored values */
    VG_SUBSTITUTE_HALF,      /**< limit/2 */
    VG_SUBSTITUTE_ROOT_HALF, /**< limit/√2 */
    VG_SUBSTITUTE_LIMIT      /**< the limit itself */
} VgSubstitution;

/** One number per value: below a limit by the rule; between limits the middle (of logs: their middle); above a limit
 *  the limit; missing stays NaN. @param log_scale  bounds are natural logs (limit/2 is then −log 2)
 *  @return VG_INVALID_INPUT when a value is censored and the rule is NONE */
VG_MUST_CHECK VgStatus vg_censored_substitute(const double *lower, const double *upper, size_t n,
                                              VgSubstitution rule, bool log_scale, double *out,
                                              VgError *error);

/** "none", "half", "root-half", "limit"; NULL after the last. */
const char *vg_substitution_name(VgSubstitution rule);

#ifdef __cplusplus
}
#endif
#endif
