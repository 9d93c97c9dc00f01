/* What the files of an analysis of several mediators share. */
#ifndef VG_MECHANISM_CHANNELS_INTERNAL_H
#define VG_MECHANISM_CHANNELS_INTERNAL_H

#include <vagus/channels.h>

#include "mechanism/mediation_internal.h"

typedef struct VgChannelsProblem {
    const VgChannelsData *data;
    const VgChannelsOptions *options;
    VgMediationProblem units; /* what is resampled, and within what */
    VgEquations equations;
    size_t terms, sums, effects;
    size_t values;           /* effects, then each indirect one as a share of the total */
    const size_t *term;      /* of each marker */
    bool by_marker;          /* every marker is a term */
    const double *noise;     /* columns: 1 − reliability; NULL where none is given */
    const VgEquations *sets; /* imputations, resampled in turn; NULL = `equations` */
    size_t n_sets;
    size_t n_lambda; /* the curve */
    const double *lambda;
} VgChannelsProblem;

/* How an analysis of imputed data asks for its parts. */
typedef struct VgChannelsSets {
    bool point;            /* estimates and arrows only, no interval */
    const VgEquations *of; /* n of them, for resamples */
    size_t n;
    const VgChannels *mean; /* estimates to give, in place of those of the data */
} VgChannelsSets;

/* channels.c: vg_channels_fit of complete data; sets may be NULL. */
VgStatus vg_channels_fit_complete(VgArena *arena, const VgChannelsData *data,
                                  const VgChannelsOptions *options, const VgChannelsSets *sets,
                                  VgChannels *fit, VgError *error);

/* channels_impute.c: the same of data with missing or censored values. */
VgStatus vg_channels_fit_imputed(VgArena *arena, const VgChannelsData *data,
                                 const VgChannelsOptions *options, VgChannels *fit, VgError *error);
/* Estimates of `from` into `to`, both of one analysis. Weights stay in their own units. */
void vg_channels_take(const VgChannels *from, size_t n_markers, VgChannels *to);

/* Coefficients from one matrix of cross-products. Scores are in their own units, the outcome in its own. */
typedef struct VgChannelsSolution {
    double *alpha, *beta, *effect; /* terms, terms, values */
    VgMatrix scores;     /* terms × terms: Cholesky factor of the residual cross-products */
    VgMatrix covariance; /* the same before it was factored */
    double *cross;       /* terms: residual cross-products with the outcome */
    double direct, total, treatment_variance; /* (X'X)⁻¹ of the treatment given 1 and C */
    double rows, residual_squares,
        outcome_squares; /* Σ count; of the outcome: after all, after (1, A, C) */
    double separate;
    double taken_off; /* share of the errors' variances: 1, or Fuller's */
    double *noise;    /* scratch: columns */
} VgChannelsSolution;

/* channels_solve.c. s: cross-products, kept; work: width² + columns. */
/* Weight of each marker, as standardised in the equations, in its term. False where one does not vary, or with a status. */
bool vg_channels_weights(VgArena *scratch, const VgChannelsProblem *p, const double *s,
                         double *work, double *weight, VgError *error, VgStatus *status);
/* noise: columns (1 − reliability), or NULL. False where columns depend on each other or what error leaves of them
 * is not positive definite. */
bool vg_channels_solve(const VgChannelsProblem *p, const double *s, const double *noise,
                       const double *weight, double *work, VgChannelsSolution *solution);
VgStatus vg_channels_solution_new(VgArena *arena, const VgChannelsProblem *p,
                                  VgChannelsSolution *solution, VgError *error);
/* Effects and shares from coefficients. */
void vg_channels_effects(const VgChannelsProblem *p, const double *alpha, const double *beta,
                         double direct, double *effect);
/* Every marker's own: share of residual variance that is not error. */
void vg_channels_conditional(const VgChannelsProblem *p, const double *s, double *work,
                             double *conditional, double *explained);

/* Signed correlations of what (1, A, C) leave of the markers `member`, from the swept matrix. */
VgMatrix vg_channels_correlations(VgArena *scratch, const VgChannelsProblem *p, const double *swept,
                                  const size_t *member, size_t n);
/* SD of what is left of a marker, ν its df. */
double vg_channels_residual_sd(const VgChannelsProblem *p, const double *swept, size_t marker,
                               double nu);
/* The markers of a term; member: m. */
size_t vg_channels_members(const VgChannelsProblem *p, size_t term, size_t *member);
/* Share of each term's coefficient on the outcome that measurement error leaves: the diagonal of S⁻¹(S − Σ_u). */
void vg_channels_kept(const VgChannelsSolution *measured, const VgChannelsSolution *corrected,
                      size_t terms, double *kept);

/* channels_factor.c: weights of one channel's factor score; loadings and reliabilities of all of them into `fit`. */
VgStatus vg_channels_factor_weights(VgArena *scratch, const VgChannelsProblem *p,
                                    const double *swept, const size_t *member, size_t n, double nu,
                                    double *weight, VgError *error);
VgStatus vg_channels_factors(VgArena *arena, const VgChannelsProblem *p, const double *s,
                             double *work, VgChannels *fit, VgError *error);

/* channels_normal.c: covariance of (alpha, beta, direct), 2 terms + 1; delta method; Monte Carlo. */
VgStatus vg_channels_covariance(VgArena *arena, const VgChannelsProblem *p,
                                const VgChannelsSolution *solution, VgMatrix *covariance,
                                VgError *error);
VgStatus vg_channels_delta(VgArena *arena, const VgChannelsProblem *p,
                           const VgChannelsSolution *solution, VgMatrix covariance, VgChannels *fit,
                           VgError *error);
VgStatus vg_channels_monte_carlo(VgArena *arena, const VgChannelsProblem *p,
                                 const VgChannelsSolution *solution, VgMatrix covariance,
                                 VgChannels *fit, VgError *error);

/* channels_corrected.c: errors, limits and p of the corrected effects by the delta method. */
VgStatus vg_channels_corrected_delta(VgArena *arena, const VgChannelsProblem *p,
                                     const double *weight, VgChannels *fit, VgError *error);

/* channels_bootstrap.c: resamples of units, with draws of the reliabilities. */
VgStatus vg_channels_bootstrap(VgArena *arena, const VgChannelsProblem *p, VgChannels *fit,
                               VgError *error);

/* channels_sensitivity.c */
/* What each unit of rho/√(1 − rho²) takes off the indirect effect of each term. column: terms. */
void vg_channels_moves(const VgChannelsProblem *p, const VgChannelsSolution *x, double *column,
                       double *move);
/* Points of the lines, in fit->sensitivity. s: cross-products; weight: of the standardised markers. */
VgStatus vg_channels_sensitivity(VgArena *arena, const VgChannelsProblem *p, const double *s,
                                 const double *weight, const VgChannelsSolution *x, VgChannels *fit,
                                 VgError *error);
/* Their limits: by the delta method; from draws (fit->draws rows of `width`) of effects of terms and of their moves. */
void vg_channels_sensitivity_delta(const VgChannelsProblem *p, VgMatrix covariance,
                                   VgChannels *fit);
VgStatus vg_channels_sensitivity_draws(VgArena *arena, const VgChannelsProblem *p,
                                       const double *effect, const double *move, size_t width,
                                       VgChannels *fit, VgError *error);
/* Once the effects have their errors. */
void vg_channels_e_values(const VgChannelsProblem *p, VgChannels *fit);

/* Mean, error and percentiles of a column of draws (NaN left out); failed ones counted. `sorted`: n. */
size_t vg_channels_limits(const double *draw, size_t n, size_t width, double level, double *sorted,
                          VgChannelsEstimate *estimate);

#endif
