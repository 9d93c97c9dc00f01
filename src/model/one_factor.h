/* One latent factor behind a correlation matrix. */
#ifndef VG_MODEL_ONE_FACTOR_H
#define VG_MODEL_ONE_FACTOR_H

#include <stdbool.h>

#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

typedef struct VgOneFactor {
    double *loading, *uniqueness; /* m; loadings point where most of them do */
    double omega; /* reliability of the plain sum: (Σl)² / ((Σl)² + Σψ), McDonald's omega */
    double determinacy; /* of the factor score Σ (l/ψ) z: squared correlation with the factor */
    double discrepancy; /* log|Σ| + tr(RΣ⁻¹) − log|R| − m at the minimum */
    bool at_bound;      /* a uniqueness at its bound of 0.005 (Heywood case) */
    bool certified;     /* the minimum was reached */
} VgOneFactor;

/* Maximum likelihood of R = ll' + diag(ψ), ψ >= 0.005 as in R's factanal, by Newton's method on log ψ with l in closed form.
 * Two markers do not tell loadings apart: they get equal ones, √r.
 * @param r  m × m correlations, m >= 2; kept
 * @return VG_NOT_ESTIMABLE: R is not positive definite, two markers with r <= 0; VG_NO_MEMORY. O(m³) a step.
 * Source: Joreskog 1967; Clarke 1970 (second derivatives); McDonald 1999 (omega). */
VG_MUST_CHECK VgStatus vg_one_factor(VgArena *arena, VgMatrix r, VgOneFactor *fit, VgError *error);

#endif
