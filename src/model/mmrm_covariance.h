/* Covariance structures between visits: Σ(θ), its first and second derivatives.
 *
 * Every structure is Σ_ab = s_a s_b M_ab(η): s on the log scale (one per visit, or one for all), and M a
 * correlation matrix or, for `us`, C Cᵀ with C unit lower triangular. θ = (log s, η), the order and the
 * parameters of the R package mmrm: C row by row; ρ = θ/√(1+θ²); for cs ρ from −1/(m−1) to 1 by a logit. */
#ifndef VG_MODEL_MMRM_COVARIANCE_H
#define VG_MODEL_MMRM_COVARIANCE_H

#include <vagus/arena.h>
#include <vagus/mmrm.h>

/* One group's covariance and derivatives at the current θ. m × m matrices are column-major. */
typedef struct VgCovarianceState {
    VgCovariance covariance;
    size_t m, k;     /* visits, parameters */
    size_t n_scale;  /* 1 or m leading entries of θ are log standard deviations */
    size_t n_shape;  /* the rest, η */
    size_t n_paired; /* the first n_paired derivatives are e_i vᵀ + v e_iᵀ (rank two) */
    double *theta;   /* k */
    double *scale;   /* m: s */
    /* C (m × m) for us, else ρ and its derivatives: value, first, second (3 × n_shape) */
    double *shape;
    double *sigma;      /* m × m */
    double *m_first;    /* n_shape matrices dM/dη */
    size_t *paired_row; /* n_paired: i */
    double *paired;     /* m × n_paired, [a * n_paired + h]: v */
    double *dense;      /* (k − n_paired) matrices Σ̇_h */
} VgCovarianceState;

/* Number of parameters of a structure for m visits. */
size_t vg_covariance_parameters(VgCovariance covariance, size_t m);

VG_MUST_CHECK VgStatus vg_covariance_state_create(VgArena *arena, VgCovariance covariance, size_t m,
                                                  VgCovarianceState *state, VgError *error);

/* Fills `sigma` (and what derivatives need) at θ. Positive definiteness is the caller's check. */
void vg_covariance_set(VgCovarianceState *state, const double *theta);

/* Fills paired, dense and m_first at the θ last set. */
void vg_covariance_first(VgCovarianceState *state);

/* out[h + j k] += tr(K Σ̈_hj), K symmetric; after vg_covariance_first. `scratch` has m m entries. */
void vg_covariance_second_trace(const VgCovarianceState *state, const double *k_matrix, double *out,
                                size_t out_stride, double *scratch);

/* out += Σ_hj ω_hj Σ̈_hj (ω symmetric, k × k with stride). */
void vg_covariance_second_weighted(const VgCovarianceState *state, const double *omega,
                                   size_t omega_stride, double *out);

/* Σ̇_h as a full matrix. */
void vg_covariance_first_matrix(const VgCovarianceState *state, size_t h, double *out);

/* θ from a positive definite covariance matrix: exact for us, a moment estimate for the others. */
void vg_covariance_start(VgCovariance covariance, size_t m, const double *sigma, double *theta,
                         double *scratch);

#endif
