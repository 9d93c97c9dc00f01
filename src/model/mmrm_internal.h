/* What the files of the MMRM share. Reading order: mmrm.c (the fit), mmrm_patterns.c (checks, missingness
 * patterns), mmrm_statistics.c (cross-products), mmrm_covariance.c, mmrm_likelihood.c, mmrm_optimise.c,
 * mmrm_inference.c, mmrm_sandwich.c, mmrm_residuals.c.
 *
 * Coordinates. Row i of X at visit a is c_i B_a with few columns in c: at one visit most columns of X are
 * zero or copies of each other. The c are made orthonormal per visit, B is stacked over visits to M × p and
 * factored as B = Q R, so that δ = Rβ has X R⁻¹ orthonormal. All work is in δ and the M coordinates; y is
 * the OLS residual divided by its standard deviation. Nothing then depends on the units of y or X. */
#ifndef VG_MODEL_MMRM_INTERNAL_H
#define VG_MODEL_MMRM_INTERNAL_H

#include <stdint.h>

#include <vagus/mmrm.h>

#include "model/mmrm_covariance.h"

enum { VG_MMRM_MOST_VISITS = 64 };

/* Subjects of one group who were seen at the same visits. */
typedef struct VgPattern {
    uint64_t mask;
    size_t group;
    size_t m;          /* visits seen */
    size_t *visit;     /* m */
    size_t n;          /* subjects */
    size_t first;      /* first of them in VgPatterns.subject */
    size_t *first_row; /* m: where they start in the visit's row list */
} VgPattern;

/* Subjects sorted by group and pattern; rows of each visit in that order. */
typedef struct VgPatterns {
    size_t n;
    VgPattern *pattern;
    size_t *subject;    /* n_subjects */
    size_t **row;       /* n_visits lists of rows of the data */
    size_t *n_row;      /* n_visits */
    size_t *pair_count; /* group × visit × visit: subjects with both */
} VgPatterns;

/* Cross-products of one pattern, in its own coordinates (visits seen only). */
typedef struct VgCrossProducts {
    size_t columns; /* width of its c's together */
    size_t *offset; /* m + 1: where each visit's coordinates start in it */
    size_t *global; /* m: where they start among the M */
    double *xx;     /* columns × columns */
    double *xy;     /* columns × m */
    double *yy;     /* m × m */
} VgCrossProducts;

typedef struct VgStatistics {
    size_t p, m, width;     /* width = M */
    size_t *offset;         /* m + 1: coordinates of each visit */
    double **basis;         /* m: n_row × (its width), orthonormal columns (times √weight) */
    double **y;             /* m: residual of OLS, scaled */
    double *q;              /* M × p, orthonormal columns */
    double *r;              /* p × p, upper triangular */
    double *beta_ols;       /* p */
    double scale;           /* what y was divided by */
    double log_weights;     /* Σ log w */
    VgCrossProducts *cross; /* one per pattern */
} VgStatistics;

/* Values at one θ: what an evaluation of the likelihood leaves behind. */
typedef struct VgPatternState {
    double *w;    /* m × m: inverse of Σ restricted */
    double *rest; /* m × m: R + G (REML) or R (ML) */
    double *g;    /* m × m: G */
    double *t;    /* columns × m: X'(y − Xβ) per visit pair */
} VgPatternState;

typedef struct VgEngine {
    const VgMmrmData *data;
    const VgPatterns *patterns;
    const VgStatistics *stats;
    VgLikelihood likelihood;
    VgCovariance covariance;
    size_t n_groups, m, p, width, k, k_all; /* k per group */
    VgCovarianceState *group;               /* n_groups */
    VgPatternState *state;                  /* per pattern */
    double *theta;                          /* k_all */
    double objective;                       /* −2 log likelihood in internal units */
    double *information;                    /* M × M: Σ W ∘ cross-products */
    double *half;                           /* p × M */
    double *factor;                         /* p × p: lower Cholesky factor of H */
    double *white;                          /* p × M: L_H⁻¹ Qᵀ */
    double *psi;                            /* M × M: Q Φ Qᵀ */
    double *delta;                          /* p */
    double *gamma;                          /* M: Q δ */
    double *score;                          /* M */
    /* derivatives */
    double *gradient;                /* k_all */
    double *hessian;                 /* k_all × k_all */
    double *p_by_entry;              /* M(M+1)/2 × k: [entry * k + h], one group */
    double *p_full;                  /* M × (M k): P_h side by side */
    double *p_half;                  /* p × (M k) */
    double *p_packed;                /* p(p+1)/2 × k_all: L⁻¹P_hL⁻ᵀ, off-diagonal × √2 */
    double *u;                       /* M × k */
    double *u_white;                 /* p × k_all */
    double *e_by_entry;              /* m m × k, one group */
    double *k_group;                 /* m × m */
    double *wi, *zv, *vi, *vv;       /* m × k each: per pattern */
    double *a_by_entry;              /* m m × k: W Σ̇ W */
    double *v;                       /* m × m */
    double *small[6];                /* m × m scratch */
    double *step, *trial, *cholesky; /* k_all, k_all, k_all × k_all */
} VgEngine;

/* What contrasts need after the fit; fit->internal. */
typedef struct VgMmrmInternal {
    size_t p, k_all, n_subjects;
    double *r;      /* p × p upper */
    double *factor; /* p × p lower */
    double scale;
    double *p_packed;            /* p(p+1)/2 × k_all */
    double *theta_vcov;          /* k_all × k_all */
    unsigned char *column_class; /* between-within: 0 between, 1 within, 2 intercept */
    double *column_size;         /* p: largest |x| of each column */
    double df_residual, df_between, df_within;
    /* sandwich, in whitened coordinates */
    size_t n_rows;
    size_t *subject_start; /* n_subjects + 1, rows in subject order */
    double *x_white;       /* rows × p, row-major */
    double *ax_white;      /* A x, likewise */
    double *gradient;      /* scratch: k_all */
    double *white;         /* scratch: p × p */
    double *rotated;       /* scratch: p × p */
    double *small[4];      /* scratch: p × p */
    double *packed;        /* scratch: p(p+1)/2 */
} VgMmrmInternal;

VG_MUST_CHECK VgStatus vg_mmrm_patterns(VgArena *arena, const VgMmrmData *data,
                                        VgPatterns *patterns, VgError *error);
/* What the structure asks of the data: pairs of visits under us, enough subjects. */
VG_MUST_CHECK VgStatus vg_mmrm_check_structure(const VgMmrmData *data, const VgPatterns *patterns,
                                               VgCovariance covariance, VgError *error);
VG_MUST_CHECK VgStatus vg_mmrm_statistics(VgArena *arena, const VgMmrmData *data,
                                          const VgPatterns *patterns, VgStatistics *stats,
                                          VgError *error);
VG_MUST_CHECK VgStatus vg_engine_create(VgArena *arena, const VgMmrmData *data,
                                        const VgPatterns *patterns, const VgStatistics *stats,
                                        VgCovariance covariance, VgLikelihood likelihood,
                                        VgEngine *engine, VgError *error);
/* Sets θ and evaluates; false when a covariance is not positive definite. */
bool vg_engine_evaluate(VgEngine *engine, const double *theta);
/* Gradient and Hessian (observed, or expected when `newton` is false) at the θ last evaluated. */
void vg_engine_derivatives(VgEngine *engine, bool newton);
/* −2 log likelihood in the user's units. */
double vg_engine_minus2loglik(const VgEngine *engine);
/* Starting θ in internal units. */
void vg_engine_start(VgEngine *engine, double *theta);
/* a := its lower Cholesky factor (n × n). */
bool vg_engine_cholesky(size_t n, double *a);

VG_MUST_CHECK VgStatus vg_mmrm_optimise(VgEngine *engine, const VgMmrmOptions *options,
                                        VgMmrmFit *fit, VgError *error);
VG_MUST_CHECK VgStatus vg_mmrm_inference_prepare(VgArena *arena, const VgMmrmData *data,
                                                 VgEngine *engine, VgMmrmFit *fit, VgError *error);
VG_MUST_CHECK VgStatus vg_mmrm_sandwich_prepare(VgArena *arena, VgEngine *engine, VgMmrmFit *fit,
                                                VgError *error);
/* Satterthwaite's df under a sandwich for the combination c in whitened coordinates. */
double vg_mmrm_sandwich_df(const VgMmrmInternal *internal, const double *c, double *scratch);

static inline int vg_as_int(size_t n)
{
    return (int)n;
}

#endif
