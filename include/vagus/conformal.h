/** @file conformal.h
 *  Where one person's outcome will lie under each arm: conformal intervals, whose coverage needs no model to be right.
 *  docs/methods/conformal.md. */
#ifndef VAGUS_CONFORMAL_H
#define VAGUS_CONFORMAL_H

#include <vagus/baseline.h>
#include <vagus/elastic_net.h>
#include <vagus/forest.h>
#include <vagus/heterogeneity.h>
#include <vagus/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How people are shared between learning and calibrating. α = 1 − level. */
typedef enum VgConformalMethod {
    VG_CONFORMAL_CV_PLUS =
        0,              /**< each fold by a model of the others; coverage at least 1 − 2α less a
                                 term that falls with n, in practice about 1 − α */
    VG_CONFORMAL_SPLIT, /**< one fold calibrates, the others teach; coverage at least 1 − α */
    VG_CONFORMAL_JACKKNIFE_PLUS, /**< CV+ with every unit a fold; at least 1 − 2α */
    VG_CONFORMAL_METHOD_COUNT
} VgConformalMethod;
const char *
vg_conformal_method_name(VgConformalMethod method); /**< cv_plus, split, jackknife_plus */

/** What is compared between people. Any score keeps the guarantee; a good one makes intervals short. */
typedef enum VgConformalScore {
    VG_CONFORMAL_ABSOLUTE = 0, /**< |y − μ̂(x)|: one width for all */
    VG_CONFORMAL_NORMALISED,   /**< |y − μ̂(x)| / σ̂(x): wider where outcomes scatter more */
    VG_CONFORMAL_QUANTILE /**< how far y is outside [q̂_α/2(x), q̂_1−α/2(x)] (CQR); forests only */
} VgConformalScore;

/** People to learn and calibrate from: those of one arm whose outcome is known. Nothing is copied or owned. */
typedef struct VgConformalData {
    VgMatrix x;            /**< n × p measured before treatment; NaN = missing */
    const double *outcome; /**< n, finite */
    VgClusters clusters;
} VgConformalData;

/** People to tell something about, all of one population. Nothing is copied or owned. */
typedef struct VgConformalTarget {
    VgMatrix x; /**< m × p */
    /** how much more frequent people like these are in the target population than in the data, up to a factor:
     *  of the data's n people and of the m; both NULL = the same population */
    const double *data_weight, *weight;
} VgConformalTarget;

/** A learner's answer for m people: the score of y is max(low − y, y − high) / scale. */
typedef struct VgOutcomePrediction {
    double *predicted, *low, *high; /**< m each; low = high = predicted unless quantiles */
    double *scale;                  /**< m, > 0 */
} VgOutcomePrediction;

/** Learns from rows `train` of the data and predicts people `x`. Must depend on nothing else, and treat training rows alike.
 *  `seed` is the same for the same call. */
typedef VgStatus (*VgOutcomeLearner)(const VgConformalData *data, const size_t *train,
                                     size_t n_train, VgMatrix x, uint64_t seed, VgArena *scratch,
                                     const void *context, VgOutcomePrediction *prediction,
                                     VgError *error);

/** Context of vg_conformal_elastic_net; NULL = half ridge, half lasso, absolute scores. */
typedef struct VgConformalElasticNet {
    VgElasticNetOptions options; /**< gaussian; the penalty is chosen by cross-validation */
    VgConformalScore score;      /**< absolute or normalised */
    size_t folds;                /**< of that cross-validation; 0 = 5 */
    int threads;
} VgConformalElasticNet;

/** A linear model with elastic net penalty. Missing covariates get the training mean. Where no model can be fitted (constant outcome
 *  or covariates) it predicts the mean. @return VG_INVALID_INPUT (quantile scores), as vg_elastic_net_cross_validate */
VgStatus vg_conformal_elastic_net(const VgConformalData *data, const size_t *train, size_t n_train,
                                  VgMatrix x, uint64_t seed, VgArena *scratch, const void *context,
                                  VgOutcomePrediction *prediction, VgError *error);

/** Context of vg_conformal_forest; NULL = 500 trees, not honest (coverage does not need it), absolute scores. */
typedef struct VgConformalForest {
    VgForestOptions options;
    VgConformalScore score;
    double alpha; /**< of quantile scores: q̂ at alpha/2 and 1 − alpha/2; 0 = 0.05 */
} VgConformalForest;

/** A forest of means, or of quantiles. Missing covariates go either way. Where no forest can be grown (too few people, constant outcome or
 *  covariates) it predicts the mean. @return as vg_forest_regression */
VgStatus vg_conformal_forest(const VgConformalData *data, const size_t *train, size_t n_train,
                             VgMatrix x, uint64_t seed, VgArena *scratch, const void *context,
                             VgOutcomePrediction *prediction, VgError *error);

/** Values that the outcome can take; zero-initialised: any number. */
typedef struct VgConformalRange {
    bool bounded;
    double low, high;
    double step; /**< low, low + step, … high; 0 = all between */
} VgConformalRange;

/** Zero-initialised: CV+ in 10 folds, elastic net, level 0.95. */
typedef struct VgConformalOptions {
    VgConformalMethod method;
    size_t folds; /**< CV+ [10]; split [2]: one of so many calibrates */
    VgOutcomeLearner learner;
    const void *context;
    const double *level; /**< n_levels in (0, 1); NULL = 0.95 alone */
    size_t n_levels;
    VgConformalRange range; /**< intervals are cut to what can occur; coverage stays */
    uint64_t seed;
} VgConformalOptions;

/** Intervals of one target's m people. */
typedef struct VgConformalIntervals {
    double *predicted;     /**< m: mean over the folds' models */
    VgMatrix lower, upper; /**< m × n_levels; ∓INFINITY (the end of the range) when out of reach */
    bool *infinite;        /**< n_levels: for somebody, too few people calibrate for this level */
    size_t n_empty;        /**< intervals that held no value that can occur, made its nearest one */
} VgConformalIntervals;

typedef struct VgConformalAnswer {
    VgConformalIntervals *target; /**< n_targets */
    size_t n_calibration;         /**< people whose scores count */
    size_t units;                 /**< clusters of them; people without clusters */
    size_t folds;
    double
        *guarantee; /**< n_levels: least coverage proven, on average over people (not for each) */
} VgConformalAnswer;

/** Which of n scores in order is the quantile: ⌈(n + 1)(1 − alpha)⌉; above n it is infinite. */
size_t vg_conformal_rank(size_t n, double alpha);

/** The smallest score with Σ weights of scores up to it ≥ (1 − alpha)(Σ weights + new_weight): the new person's own weight
 *  lies beyond all. INFINITY when out of reach. With weights of 1 the score of vg_conformal_rank. O(n log n).
 *  @param weight  n, >= 0; NULL = 1
 *  Source: Tibshirani, Barber, Candès & Ramdas 2019. */
VG_MUST_CHECK VgStatus vg_conformal_quantile(VgArena *scratch, size_t n, const double *score,
                                             const double *weight, double new_weight, double alpha,
                                             double *quantile, VgError *error);

/** Least coverage proven for n exchangeable units, on average over people: split 1 − α; jackknife+ 1 − 2α; CV+ 1 − 2α −
 *  min(2(1 − 1/K)/(n/K + 1), (1 − K/n)/(K + 1)). Never below 0. Source: Barber, Candès, Ramdas & Tibshirani 2021. */
double vg_conformal_guarantee(VgConformalMethod method, size_t units, size_t folds, double alpha);

/** Intervals for people of other data, from the people of one arm. From each fold that calibrates: R_i = score of its people by the
 *  model of the others; the interval of x ends at the quantiles (vg_conformal_quantile) of low(x) − R_i scale(x) and high(x) + R_i scale(x), where
 *  low, high and scale of x come from the model that had not seen i. Clusters stay in one fold and count as one: each person with 1/size of the cluster,
 *  which guarantees coverage for a person of a new cluster. O(folds) models and O(m n log n).
 *  @return VG_INVALID_INPUT (shapes, infinite values, weights), VG_NOT_ESTIMABLE (fewer than 10 people, fewer than 4 clusters; people and
 *          weights too few for a model), VG_NO_MEMORY, what the learner returns
 *  Source: Vovk 2005; Lei and others 2018; Romano, Patterson & Candès 2019; Barber and others 2021; Lee, Barber & Willett 2023 (clusters);
 *  Prinster, Liu & Saria 2022 (weighted jackknife+). METHODS 5.2, 6. */
VG_MUST_CHECK VgStatus vg_conformal(VgArena *arena, const VgConformalData *data,
                                    const VgConformalTarget *target, size_t n_targets,
                                    const VgConformalOptions *options, VgConformalAnswer *answer,
                                    VgError *error);

/* ---- a trial: the outcome under each arm ---- */

/** A randomised trial. Arm 0 is the reference. Nothing is copied or owned. */
typedef struct VgConformalTrial {
    size_t n, arms;
    const double *outcome; /**< n; NaN = missing: the person learns nothing and gets intervals */
    const int32_t *arm;    /**< n: 0 … arms − 1 */
    VgMatrix
        propensity; /**< n × arms: known probability of each arm; data NULL = the same for all */
    VgMatrix x;     /**< n × p */
    VgClusters clusters;
    const char *const *arm_name; /**< arms */
} VgConformalTrial;

/** People who are not in the trial, of the population it was drawn from. */
typedef struct VgConformalNewPeople {
    VgMatrix x;
    VgMatrix
        propensity; /**< what the trial would have given them; needed where the trial's differ between people */
} VgConformalNewPeople;

/** Intervals of one group of people under each arm, and of the differences to arm 0. */
typedef struct VgConformalPeople {
    VgMatrix predicted, lower, upper; /**< m × arms, in units of the outcome */
    VgMatrix difference, difference_lower, difference_upper; /**< m × (arms − 1): arm − arm 0 */
    bool *
        observed; /**< m × (arms − 1), by column: the difference rests on the outcome that was seen under one of the arms and an interval
                         under the other; else on two intervals of level 1 − α/2 */
} VgConformalPeople;

typedef struct VgConformalArm {
    size_t n, n_with_outcome, units;
    double guarantee;                   /**< least coverage proven of the outcome's interval */
    bool infinite, difference_infinite; /**< too few people for a finite interval at the level */
    size_t covered; /**< of n_with_outcome, by models and calibration without the person's fold */
    double width;   /**< median over participants; INFINITY possible */
} VgConformalArm;

typedef struct VgConformalOutcomes {
    VgConformalPeople participants, new_people;
    VgConformalArm *arm; /**< arms */
    bool weighted;       /**< propensities differ between people */
} VgConformalOutcomes;

/** Intervals of the outcome under each arm for participants and new people, each arm calibrated by its own people (Mondrian).
 *
 *  Under another arm, and new people: all people of the arm teach and calibrate. Under their own arm, participants with an outcome: dealt in
 *  `outer_folds`, each by the people of the other folds, so that `covered` is an honest count. Where propensities differ: people of arm b under arm a
 *  by weights e_b/e_a, new people by 1/e_a. Differences: Bonferroni, 1 − α/2 each; with an outcome seen under one of the two arms, that outcome
 *  less the interval of the other, 1 − α.
 *  @param new_people   NULL = none
 *  @param options      its level: the first only (NULL = 0.95)
 *  @param outer_folds  0 = 10
 *  @return as vg_conformal; VG_INVALID_INPUT: propensities outside (0, 1); VG_NOT_ESTIMABLE: an arm of fewer than 12 people with an
 *          outcome, or of fewer than 5 clusters
 *  Source: Lei & Candès 2021. O(arms · (1 + outer_folds)) calls of vg_conformal. */
VG_MUST_CHECK VgStatus vg_conformal_trial(VgArena *arena, const VgConformalTrial *trial,
                                          const VgConformalNewPeople *new_people,
                                          const VgConformalOptions *options, size_t outer_folds,
                                          VgConformalOutcomes *outcomes, VgError *error);

/** Names, for rows of a result. */
typedef struct VgConformalPlan {
    const char *analysis; /**< may be NULL */
    const char *outcome_name, *unit;
    const char *const *participant_name; /**< n; NULL = numbers from 1 */
    VgConformalOptions options;
    size_t outer_folds;
} VgConformalPlan;

/** vg_conformal_trial of the participants, as rows `conformal_width`, `conformal_coverage`, datasets `individual_interval`,
 *  `individual_difference`, and sentences about `intervals` (docs/internals/result-shape.md). */
VG_MUST_CHECK VgStatus vg_conformal_run(VgArena *arena, const VgConformalTrial *trial,
                                        const VgConformalPlan *plan, VgResult *result,
                                        VgError *error);

/** vg_conformal_run of a study's baseline table: all its columns may be learnt from, arms and participants are called as elsewhere in results,
 *  declared probabilities and clusters of the randomisation count, and intervals are cut to the scale of the outcome (`scale`, NULL = none; to whole points
 *  where its total is a sum of items). What the plan says of names and the range is not used. Too few people in an arm: a warning and a sentence, no rows.
 *  @return as vg_conformal_trial, but for VG_NOT_ESTIMABLE */
VG_MUST_CHECK VgStatus vg_conformal_baseline(VgArena *arena, const VgStudy *study,
                                             const VgBaseline *baseline, const VgScale *scale,
                                             const VgConformalPlan *plan, VgResult *result,
                                             VgError *error);

#ifdef __cplusplus
}
#endif
#endif
