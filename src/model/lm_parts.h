/* What the files of the linear model share. */
#ifndef VG_MODEL_LM_PARTS_H
#define VG_MODEL_LM_PARTS_H

#include <stdbool.h>

#include <vagus/lm.h>

/* Z = X R⁻¹ (not weighted) with R from the QR of √W X, so that Z'WZ = I and (X'WX)⁻¹ = R⁻¹ R⁻ᵀ. */
typedef struct VgLmParts {
    VgArena *arena;
    const VgLmOptions *options;
    VgMatrix r_inverse; /* rank × rank, upper triangular */
    VgMatrix z;         /* n_rows × rank */
    double *weight;     /* n_rows; all 1 when unweighted */
    /* Cluster-robust only: rows in order of cluster, T_i = A_i' W_i Z_i of each cluster. */
    size_t *row;   /* n_rows: row numbers, cluster by cluster */
    size_t *first; /* n_clusters + 1: where a cluster begins in `row` */
    size_t n_clusters;
    VgMatrix adjusted; /* n_rows × rank: T, in the order of `row` */
    VgMatrix squared;  /* rank × rank: Z'W²Z */
} VgLmParts;

/* core := the middle of V = R⁻¹ core R⁻ᵀ, by fit->covariance. rank × rank, zeroed. */
VG_MUST_CHECK VgStatus vg_lm_heteroscedastic(const VgLm *fit, const VgLmParts *parts, VgMatrix core,
                                             VgError *error);
VG_MUST_CHECK VgStatus vg_lm_clustered(const VgLm *fit, VgLmParts *parts, VgMatrix core,
                                       VgError *error);

static inline bool vg_lm_is_clustered(VgLmCovariance covariance)
{
    return covariance >= VG_LM_CR0;
}

/* lm_small_sample.c, of clustered fits; a combination c is v = R⁻ᵀ c. */
/* Satterthwaite's df. */
VG_MUST_CHECK VgStatus vg_lm_satterthwaite(const VgLmParts *parts, const double *v, double *df,
                                           VgError *error);
/* η of Hotelling's T² for the columns of v, which are overwritten. NaN: they are not independent. */
VG_MUST_CHECK VgStatus vg_lm_hotelling_df(const VgLmParts *parts, VgMatrix v, double *eta,
                                          VgError *error);

/* lm_contrasts.c: df of one combination; `c` over the independent columns. */
VG_MUST_CHECK VgStatus vg_lm_df(const VgLm *fit, const double *c, double *df, VgError *error);

#endif
