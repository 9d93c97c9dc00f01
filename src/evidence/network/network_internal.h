/* What the network files share: generalised least squares on a network, whatever its treatments are made of. */
#ifndef VG_EVIDENCE_NETWORK_INTERNAL_H
#define VG_EVIDENCE_NETWORK_INTERNAL_H

#include <vagus/network.h>

/* Relative size below which a projection counts as nought (row-space tests, rank). */
#define VG_NETWORK_RANK_TOLERANCE 1e-9

/* The model X = B·basis: B holds the trials' contrasts (rows) of treatments, `basis` (n_treatments × p, X of full
 * rank) what a treatment's effect is made of. Trials with `skip[design]` are left out (NULL: none). */
typedef struct VgGls {
    const VgNetwork *network;
    VgMatrix basis;
    const bool *skip;
    VgArena *arena;
    /* found at the last tau2 */
    double *gamma;       /* p: coefficients of the basis */
    VgMatrix covariance; /* p × p */
    double *theta;       /* n_treatments: basis · gamma */
    size_t n_contrasts;  /* of the trials that take part */
    double rss;          /* (y − Xγ)ᵀ W (y − Xγ) */
    double log_det_v, log_det_information;
    /* for derivatives; H is 1 on the diagonal and ½ off it within a trial, W = (V + tau² H)⁻¹, P = W − WX(XᵀWX)⁻¹XᵀW */
    double trace_wh, trace_ph;     /* tr WH, tr PH */
    double trace_whwh, trace_phph; /* tr WHWH, tr PHPH */
    double yphpy, yphphpy;         /* yᵀPHPy, yᵀPHPHPy */
    /* private */
    VgMatrix laplacian[3]; /* Bᵀ W B, Bᵀ WHW B, Bᵀ WHWHW B */
    VgMatrix product;      /* n_treatments × p */
    VgMatrix reduced[3];   /* basisᵀ laplacian basis */
    VgMatrix solved;       /* (XᵀWX)⁻¹ reduced[1] */
    double *score;         /* Bᵀ W y */
    double *node;          /* n_treatments */
    double *small;         /* 4 × (most arms)² */
    double *vector;        /* 4 × (most arms) */
} VgGls;

/* Prepares; `gls->network`, `basis` and `skip` are set by the caller. */
VG_MUST_CHECK VgStatus vg_gls_start(VgArena *arena, VgGls *gls, VgError *error);

/* Fits at one tau². With `derivatives`, also the traces and forms. VG_NOT_ESTIMABLE when XᵀWX is singular. */
VG_MUST_CHECK VgStatus vg_gls_fit(VgGls *gls, double tau2, bool derivatives, VgError *error);

/* log |XᵀX| of the contrasts, the constant that metafor's REML likelihood has. */
VG_MUST_CHECK VgStatus vg_gls_design_log_determinant(VgGls *gls, double *out, VgError *error);

/* tau² by the method (REML, ML, DL, COMMON) or as fixed, and Q of the common-effect model; the GLS is left fitted
 * at that tau². */
VG_MUST_CHECK VgStatus vg_gls_tau2(VgGls *gls, VgTau2Method method, const double *fixed,
                                   VgNetworkTau2 *tau2, VgNetworkQ *q, VgError *error);

/* Q, df and p of the present fit. */
VgNetworkQ vg_network_q(double q, double df);

/* Identity without one column per connected part: without `reference` in its own, without the first in others.
 * `part` NULL: the network's own parts. */
VG_MUST_CHECK VgStatus vg_network_basis(VgArena *arena, const VgNetwork *network, size_t reference,
                                        VgMatrix *basis, VgError *error);

/* Contrasts of all treatments from theta and the covariance of gamma: se² = dᵀ basis Cov basisᵀ d. */
VG_MUST_CHECK VgStatus vg_gls_effects(const VgGls *gls, VgArena *arena, double df, double level,
                                      VgNetworkEffects *effects, VgError *error);

/* Estimate and se into test and interval; NaN passes through. */
VgInference vg_network_inference(double estimate, double se, double df, double level);

/* Where a − b lies in a new study: estimate ± t_df √(se² + tau²); NaN limits below 2 df, or where there is no contrast. */
VgNetworkInterval vg_network_interval(const VgNetworkEffects *random, double tau2, double df,
                                      size_t a, size_t b);

/* Every pair with its direct evidence only (inverse-variance mean at tau²) and the model's effect; what needs more is NaN.
 */
VG_MUST_CHECK VgStatus vg_network_direct(VgArena *arena, const VgNetwork *network,
                                         const VgNetworkEffects *effects, double tau2,
                                         VgNetworkSplit **split, size_t *n_splits, VgError *error);

/* Variance of the contrast of arms a and b of a trial (arm 0 has none of its own). */
double vg_trial_variance(const VgNetworkTrial *trial, size_t a, size_t b);
/* Effect of arm a minus arm b. */
double vg_trial_effect(const VgNetworkTrial *trial, size_t a, size_t b);

/* Labels the connected parts of the edges; returns how many. `skip[design]` leaves out that design's trials. */
size_t vg_network_parts(const VgNetwork *network, const bool *skip, size_t *part);

/* Every design as one trial with its pooled contrasts at tau²: the same network, one trial a design. */
VG_MUST_CHECK VgStatus vg_network_by_design(VgArena *arena, const VgNetwork *network, double tau2,
                                            VgNetwork **by_design, double *q_within,
                                            VgError *error);

/* Refuses a disconnected network with its parts in the user's names. */
VgStatus vg_network_refuse_disconnected(VgArena *arena, const VgNetwork *network, VgError *error);

/* Names of a treatment list "a, b and c", at most `most` of them. NULL when memory is short. */
char *vg_network_join(VgArena *arena, const char *const *name, size_t n, size_t most);

#endif
