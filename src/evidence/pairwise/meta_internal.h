/* What the files of pairwise meta-analysis share: the problem in coordinates where the sampling covariance is
 * diagonal, its moments at a tau², the search for tau², and the estimates there. */
#ifndef VG_EVIDENCE_META_INTERNAL_H
#define VG_EVIDENCE_META_INTERNAL_H

#include <vagus/meta.h>

/* y = X beta + u + e with e of independent variances v. X enters by an orthonormal basis of its columns, which keeps
 * X'WX well conditioned whatever the units of the moderators; basis.data NULL is the column of ones. */
typedef struct VgMetaProblem {
    size_t k, p;
    const double *y, *v;
    VgMatrix basis;
    double centre;   /* ones: subtracted from y before moments are taken */
    double v_least;  /* the least variance: the resolution of tau² */
    double y_moment; /* mean squared deviation of the effects as given (Sidik–Jonkman's start) */
    double *z;       /* k × p: basis L⁻ᵀ, L L' = basis' W basis; NULL for ones */
    double *normal;  /* p × p: L */
    double *gram;    /* p × p */
    double *gamma, *row; /* p each */
} VgMetaProblem;

/* At one tau²: W = (V + tau²)⁻¹, P = W − WX(X'WX)⁻¹X'W. */
typedef struct VgTau2Point {
    double q;                 /* y'Py   = Σ w r²: the generalised Q */
    double ypp, yppp;         /* y'PPy, y'PPPy */
    double trace_p, trace_pp; /* tr P, tr PP */
    double sum_w, sum_w2;
} VgTau2Point;

/* False when X'WX is not positive definite in double precision. O(k p²). */
bool vg_meta_point(const VgMetaProblem *problem, double tau2, VgTau2Point *point);

/* ML, or REML with metafor's constant; profiled over beta. NaN when X'WX fails. */
double vg_meta_log_likelihood(const VgMetaProblem *problem, double tau2, bool reml);

/* The problem of a column of ones and independent effects: no memory, fast moments. */
VgMetaProblem vg_meta_problem_of_ones(const VgEffects *effects);

typedef struct VgTau2Search {
    double tau2, se;
    size_t iterations, modes;
    bool at_boundary;
} VgTau2Search;

/* Estimates tau² by any method but common. VG_NO_CONVERGENCE when no optimum could be certified. */
VG_MUST_CHECK VgStatus vg_meta_tau2(const VgMetaProblem *problem, VgTau2Method method,
                                    VgTau2Search *search, VgError *error);

/* The tau² >= 0 at which Q(tau²) = target, 0 when Q(0) is under it. False when X'WX fails on the way. */
bool vg_meta_q_root(const VgMetaProblem *problem, double target, double *tau2, size_t *iterations);

/* Checks effects and options; fills in level and what k = 1 and the common model change. */
VG_MUST_CHECK VgStatus vg_meta_check(const VgEffects *effects, const VgMetaOptions *options,
                                     VgMetaOptions *used, VgError *error);

/* Estimates at tau² for a problem with basis; r is the triangle that leads from the basis back to X = basis r.
 * beta p, covariance p × p with the Knapp–Hartung scale in it. False when X'WX fails. */
typedef struct VgMetaEstimate {
    double *beta;
    VgMatrix covariance;
    double q_weighted; /* y'Py at tau² */
    double scale;
    bool adhoc_bites;
} VgMetaEstimate;
bool vg_meta_estimate(const VgMetaProblem *problem, VgMatrix r, double tau2, VgMetaTest test,
                      VgMetaEstimate *estimate);

/* Knapp–Hartung's scale by the test; sets *bites when the guard of the ad-hoc form raised it. */
double vg_meta_scale(VgMetaTest test, double q_weighted, double df, bool *bites);

/* How eigenvectors of blocks of the sampling covariance rotate effects; one block for each set of studies that share
 * an arm. n_blocks 0: nothing to rotate. */
typedef struct VgMetaRotation {
    size_t n_blocks;
    size_t *start;    /* n_blocks + 1, into member */
    size_t *member;   /* k indices of effects */
    double **vectors; /* per block: size × size eigenvectors, column-major */
} VgMetaRotation;

/* Finds the blocks of effects->covariance and their eigenvalues (k into `values`).
 * VG_INVALID_INPUT when it is not a covariance with diagonal v. */
VG_MUST_CHECK VgStatus vg_meta_rotation(VgArena *arena, const VgEffects *effects,
                                        VgMetaRotation *rotation, double *values, VgError *error);
/* to := Q' from and to := Q from; from and to have k entries and are distinct. */
void vg_meta_rotate(const VgMetaRotation *rotation, const double *from, double *to);
void vg_meta_rotate_back(const VgMetaRotation *rotation, const double *from, double *to);

/* What a fit keeps for those that look into it. */
struct VgMetaInner {
    VgMetaProblem problem;
    VgMatrix r;
    VgMetaRotation rotation;
    double *values; /* v, or the covariance's eigenvalues */
    double *y;      /* rotated */
};

/* vg_meta_fit without R². */
VG_MUST_CHECK VgStatus vg_meta_fit_plain(VgArena *arena, const VgEffects *effects,
                                         const VgMatrix *x, const VgMetaOptions *options,
                                         VgMetaFit **fit, VgError *error);

/* The effects (and rows of x, may be NULL) named by `index`, copied. */
VG_MUST_CHECK VgStatus vg_meta_subset(VgArena *arena, const VgEffects *effects, const VgMatrix *x,
                                      const size_t *index, size_t n, VgEffects *out,
                                      VgMatrix *x_out, VgError *error);

/* The pooled effect of a subset, with or without a covariance; what it allocates is given back. */
VG_MUST_CHECK VgStatus vg_meta_pool_subset(VgArena *arena, const VgEffects *effects,
                                           const size_t *index, size_t n,
                                           const VgMetaOptions *options, VgMetaPool *pool,
                                           VgError *error);

/* An intercept-only fit in the shape of a pool. */
void vg_meta_pool_from_fit(const VgMetaFit *fit, VgMetaPool *pool);

/* Half-width of prediction intervals per √(SE² + tau²): quantile and df; NaN when there is none. */
double vg_meta_prediction_quantile(const VgMetaOptions *options, size_t k, size_t p, double *df);

#endif
