/* The three-level model in coordinates where each study's covariance is diagonal plus rank one or two, its
 * likelihood with exact derivatives, and GLS at given variances. */
#ifndef VG_EVIDENCE_MULTILEVEL_LIKELIHOOD_H
#define VG_EVIDENCE_MULTILEVEL_LIKELIHOOD_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/meta_multilevel.h>

#include "numeric/linear_algebra.h"

/* Rows are sorted by study; study s has rows start[s] … start[s + 1] − 1. Where V has off-diagonals other than
 * a constant correlation, the rows of its study are rotated to its eigenvectors. */
typedef struct VgMultilevelModel {
    size_t n, p, n_studies, largest;
    size_t *start, *row; /* row[i]: of the caller's data, before rotation */
    VgMatrix z; /* n × (p + 1): orthonormal basis of X, then y less its least-squares fit */
    double
        *diagonal; /* n: of V (eigenvalues where rotated; (1 − ρ) v under constant correlation) */
    double *one;   /* n: the vector of ones, rotated */
    double *common;    /* n: √(ρ v); NULL without constant correlation */
    VgQr qr;           /* X = QR */
    double *shift;     /* p: least-squares coefficients on Q, to be added */
    bool ml, fixed[2]; /* likelihood; components (study, effect) that are held */
    double *workspace;
} VgMultilevelModel;

/* Sums over studies at given variances, q = p + 1, all q × q or scalars: cross-products Z'Σ⁻¹Z, Z'Σ⁻¹Σ_aΣ⁻¹Z and
 * Z'Σ⁻¹Σ_aΣ⁻¹Σ_bΣ⁻¹Z, traces of Σ⁻¹Σ_a and Σ⁻¹Σ_aΣ⁻¹Σ_b; a, b = 0 study, 1 effect; pairs 00, 01, 11. */
typedef struct VgMultilevelSums {
    double *cross, *first[2], *second[3];
    double log_determinant, trace[2], traces[3];
} VgMultilevelSums;

/* GLS at given variances. */
typedef struct VgMultilevelGls {
    double *coefficient; /* p, on Q, shift not added */
    double *covariance;  /* p × p, on Q */
    double rss, trace_p; /* r'Σ⁻¹r; tr(P) */
    double loglik;
} VgMultilevelGls;

/* Whether the first column of X is constant (or there is no X). */
bool vg_multilevel_has_intercept(const VgMultilevelData *data);

VG_MUST_CHECK VgStatus vg_multilevel_model(VgArena *arena, const VgMultilevelData *data, bool ml,
                                           VgMultilevelModel *model, VgError *error);

/* VgObjective.evaluate: theta = (σ²_study, σ²_effect), minus the (restricted) log-likelihood with metafor's
 * constant. The context is a VgMultilevelModel. */
bool vg_multilevel_evaluate(const void *context, const double *theta, double *value,
                            double *gradient, double *hessian);

/* False when Q'Σ⁻¹Q is not positive definite. The arrays of `gls` are the caller's. */
bool vg_multilevel_gls(const VgMultilevelModel *model, const double *sigma2, VgMultilevelGls *gls);

/* x := Σ_s⁻¹ x for a vector of study s in the model's coordinates. */
void vg_multilevel_solve(const VgMultilevelModel *model, size_t s, const double *sigma2, double *x);

#endif
