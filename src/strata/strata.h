/* What the files of this room share: checks, regressions on columns, folds. */
#ifndef VG_STRATA_STRATA_H
#define VG_STRATA_STRATA_H

#include <vagus/heterogeneity.h>

/* Numbers that must be there; `what` names them in the message. */
VG_MUST_CHECK VgStatus vg_strata_check_numbers(size_t n, const double *value, const char *what,
                                               VgError *error);
/* Clusters in range; refuses sample weights, which the caller would not heed. */
VG_MUST_CHECK VgStatus vg_strata_check_clusters(size_t n, VgClusters clusters, VgError *error);
/* The same of those who heed weights. */
VG_MUST_CHECK VgStatus vg_strata_check_sampling(size_t n, VgClusters clusters, VgError *error);
static inline double vg_strata_weight(VgClusters clusters, size_t i)
{
    return clusters.weight ? clusters.weight[i] : 1.0;
}
/* Refuses what may not rank people: unknown, in sample, out of bag; cross-fitted without folds. */
VG_MUST_CHECK VgStatus vg_strata_check_priority(VgArena *scratch, size_t n,
                                                const VgPriority *priority, VgClusters clusters,
                                                VgError *error);

/* Σwx/Σw, and Σw into `all`. */
VG_MUST_CHECK VgStatus vg_strata_mean(VgArena *scratch, size_t n, const double *x,
                                      VgClusters clusters, double *mean, double *all,
                                      VgError *error);

/* People by ascending value, those of one value by their place. `sorted` has n entries. */
typedef struct VgRankedPerson {
    double value;
    uint32_t person;
} VgRankedPerson;
void vg_strata_sort(const double *value, size_t n, VgRankedPerson *sorted);

/* Without clusters, a cluster for each of n people. */
VG_MUST_CHECK VgStatus vg_strata_everybody_alone(VgArena *arena, size_t n, VgClusters *clusters,
                                                 VgError *error);

/* Least squares of y on columns. With clusters the covariance is the cluster-robust one of the same kind (HC2 → CR2, HC3 → CR3;
 * else CR2). */
VG_MUST_CHECK VgStatus vg_strata_regress(VgArena *arena, VgMatrix x, const char *const *name,
                                         double *y, const char *response, bool intercept,
                                         VgLmCovariance covariance, VgClusters clusters, VgLm **fit,
                                         VgError *error);

/* The normal value as far out as t on df: estimates of a few dozen people over their standard error. */
double vg_strata_as_normal(double t, double df);
/* Clusters that occur among n rows; n without clusters. */
VG_MUST_CHECK VgStatus vg_strata_count_units(VgArena *scratch, size_t n, VgClusters clusters,
                                             double *units, VgError *error);

/* What a learner that takes missing values learns from: what was measured, or x. */
VgMatrix vg_strata_covariates(const VgEffectSample *sample);
/* Rows of a matrix, copied; data NULL when memory is short. */
VgMatrix vg_strata_rows(VgArena *arena, VgMatrix x, const size_t *row, size_t n);
/* The clusters of some rows, numbered anew from 0 in the order of rows: none is empty. Without clusters: none. */
VG_MUST_CHECK VgStatus vg_strata_regroup(VgArena *arena, VgClusters clusters, const size_t *row,
                                         size_t n, VgClusters *of_rows, VgError *error);

/* Folds dealt to units in random order: clusters whole, otherwise people within treatment (sign of treatment_left). `fold` has n
 * entries. False when there are fewer units than folds. */
VG_MUST_CHECK VgStatus vg_strata_deal_folds(VgArena *scratch, size_t n, const double *treatment,
                                            VgClusters clusters, size_t folds, uint64_t seed,
                                            int32_t *fold, VgError *error);

/* Predictions of each fold from the others, into n entries. */
VG_MUST_CHECK VgStatus vg_strata_predict_folds(const VgEffectSample *sample, const int32_t *fold,
                                               size_t folds, VgEffectLearner learner,
                                               const void *context, uint64_t seed, VgArena *scratch,
                                               double *effect, VgError *error);

#endif
