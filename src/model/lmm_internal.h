/* What the files of the linear mixed model share. Reading order: lmm.c (checks, coordinates, the fit), lmm_blocks.c
 * (connected groups), lmm_likelihood.c (deviance and derivatives), lmm_optimise.c, lmm_inference.c.
 *
 * V = I + Z S Z', S block diagonal with a q × q block S_k per group of term k, relative to sigma². Coordinates:
 * Q = X R⁻¹, e = the residual of least squares divided by its standard deviation, columns of Z divided by
 * their root mean square: nothing then depends on units. S_k = ΛΛ', Λ lower triangular, θ its elements by
 * columns; θ is free of sign, so that a boundary is an ordinary minimum of a smooth function at Λ_cc = 0.
 * Derivatives are taken in the elements of S (there V is linear) and carried over to θ. */
#ifndef VG_MODEL_LMM_INTERNAL_H
#define VG_MODEL_LMM_INTERNAL_H

#include <vagus/lmm.h>

enum { VG_LMM_LARGEST_BLOCK = 4000, VG_LMM_MOST_EFFECTS = 32 };

/* One group within a block: where its effects stand. */
typedef struct VgLmmMember {
    size_t term, group, offset; /* offset among the block's columns */
} VgLmmMember;

/* Groups that share rows, directly or through others; blocks are independent. */
typedef struct VgLmmBlock {
    size_t m, n_members;
    VgLmmMember *member;
    double *g; /* m × m: Z'Z */
    double *c; /* m × (p + 1): Z'[Q e] */
    double *u; /* m × (p + 1): Z'P[Q e] at θ: whitened Z'V⁻¹Q F⁻ᵀ and Z'V⁻¹(e − Qδ) */
} VgLmmBlock;

typedef struct VgLmmEngine {
    const VgLmmData *data;
    bool ml;
    size_t p, n_rows, n_blocks, largest, k; /* k = elements of θ */
    VgLmmBlock *block;
    double *r;                        /* p × p, upper: X = Q R */
    double *beta_ols;                 /* p */
    double scale;                     /* what y was divided by */
    double log_det_r;                 /* log|R'R| */
    double *z_scale;                  /* per column of Z, term by term: root mean square */
    double *gram;                     /* (p + 1)²: [Q e]'[Q e] */
    size_t *term_theta, *term_column; /* where each term's θ and columns of Z start */
    size_t *row, *col, *of;           /* k: θ_j is Λ_row,col of term `of`; likewise S_j */
    /* at θ */
    double *theta;
    double *a;                           /* (p + 1)²: [Q e]'V⁻¹[Q e] */
    double *factor;                      /* p × p: F, lower Cholesky of a_QQ */
    double *f;                           /* p: F⁻¹ a_Qe */
    double *delta;                       /* p: F⁻ᵀ f */
    double log_det, log_det_x, residual; /* log|V|, log|Q'V⁻¹Q|, e'Pe */
    double deviance;                     /* profiled: −2 log likelihood but for constants */
    /* derivatives in S */
    double *n;                  /* p p × k: F⁻¹Q'V⁻¹G_jV⁻¹Q F⁻ᵀ */
    double *trace;              /* k: tr(PG_j), or tr(V⁻¹G_j) under ML */
    double *pair;               /* k × k: tr(PG_jPG_l), or without P */
    double *reml;               /* k × k: tr(PG_jPG_l) */
    double *r1, *r2;            /* k, k × k: derivatives of the residual */
    double *q;                  /* p p × k k, or NULL: F⁻¹Q'V⁻¹G_jV⁻¹G_lV⁻¹Q F⁻ᵀ */
    double *chain;              /* k × k: dS_i/dθ_j */
    double *gradient, *hessian; /* k, k × k: of the deviance in θ */
    /* scratch */
    double *gb, *l, *h, *w; /* m², m², m (p + 1), m² of the largest block */
    double *eg, *eu, *wu;   /* m² k, m (p + 1) k each */
    double *nf;             /* p × k */
} VgLmmEngine;

/* What contrasts need; fit->internal. */
typedef struct VgLmmInternal {
    size_t p, k;
    double *r, *factor; /* p × p */
    double scale;       /* outcome's scale × relative sigma */
    double *
        slope; /* p p × n_slopes: derivatives of the log covariance of βs in whitened coordinates */
    size_t n_slopes;
    double *omega; /* n_slopes²: covariance of the parameters the slopes are of */
    double df_residual;
    double *white, *rotated, *half, *gram, *vectors, *value; /* scratch: p² each */
    double *spread;                                          /* n_slopes² */
} VgLmmInternal;

VG_MUST_CHECK VgStatus vg_lmm_blocks(VgArena *arena, VgLmmEngine *engine, const double *q,
                                     const double *e, VgError *error);
/* Sets θ and evaluates; false where the deviance cannot be computed. */
bool vg_lmm_evaluate(VgLmmEngine *engine, const double *theta);
/* Gradient and Hessian at the θ last evaluated (`engine->q` is filled where it is not NULL). */
void vg_lmm_derivatives(VgLmmEngine *engine);
/* Conditional means of the random effects, in the user's units. */
void vg_lmm_effects(const VgLmmEngine *engine, VgLmmRandom *random);
VG_MUST_CHECK VgStatus vg_lmm_optimise(VgArena *arena, VgLmmEngine *engine, int max_iterations,
                                       VgLmmFit *fit, VgError *error);
VG_MUST_CHECK VgStatus vg_lmm_prepare(VgArena *arena, VgLmmEngine *engine, VgLmmFit *fit,
                                      VgError *error);
/* As vg_lmm_fit, with BLAS held to one thread by the caller. */
VG_MUST_CHECK VgStatus vg_lmm_fit_held(VgArena *arena, const VgLmmData *data,
                                       const VgLmmOptions *options, VgLmmFit *fit, VgError *error);

#endif
