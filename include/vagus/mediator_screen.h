/** @file mediator_screen.h
 *  Thousands of features as mediators: which lie on a path from the treatment to the outcome, with the share of false findings held. */
#ifndef VAGUS_MEDIATOR_SCREEN_H
#define VAGUS_MEDIATOR_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/inference.h>
#include <vagus/matrix.h>
#include <vagus/mediation.h>
#include <vagus/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- pairs of p-values: is either arrow absent? ---- */

/** Shares of the features by the arrow they lack (α: treatment → feature, β: feature → outcome). The rest lack none. */
typedef struct VgCompositeNull {
    double both_absent;  /**< π00 */
    double beta_absent;  /**< π10: α present, β absent */
    double alpha_absent; /**< π01: α absent, β present */
    double alpha_null,
        beta_null; /**< features without α, without β, each arrow by itself (1 where its p look uniform) */
    double
        cut; /**< λ of Storey's estimate: the one of .5, .6, .7, .8 with the flattest quantiles above p_max .8 */
} VgCompositeNull;

/** Storey's shares of p above a cut for each arrow and for both at once (Dai, Stanford & LeBlanc 2020). An arrow whose p do not differ from uniform
 *  (one-sided Kolmogorov–Smirnov, p > .05) counts as absent everywhere. O(m log m).
 *  @return VG_INVALID_INPUT (fewer than 2 pairs, p outside 0 … 1), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_composite_null(VgArena *arena, size_t m, const double *p_alpha,
                                         const double *p_beta, VgCompositeNull *null,
                                         VgError *error);

/** False discovery rate at every p_max: m(π10 t + π01 t + π00 t²)/#{p_max <= t}, made monotone, at most 1. `adjusted`: t of the arrow that is
 *  present is replaced by its power at t, from the least concave majorant of the p that are not plainly of both arrows. O(m log m).
 *  @param q  m entries. Source: Dai, Stanford & LeBlanc 2020 (sections 2.3, 2.4). METHODS 4.3. */
VG_MUST_CHECK VgStatus vg_composite_fdr(VgArena *arena, size_t m, const double *p_alpha,
                                        const double *p_beta, const VgCompositeNull *null,
                                        bool adjusted, double *q, VgError *error);

/** The same without any share: t · #{p_min <= t}/#{p_max <= t}, made monotone. A feature that lacks an arrow is below t by chance only where
 *  that arrow is, and then its p_min is below t too: so the numerator counts too many, never too few. O(m log m).
 *  Source: Wang, Gui, Su, Sabatti & Owen 2022 (AdaFilter, both of two). */
VG_MUST_CHECK VgStatus vg_filtered_fdr(VgArena *arena, size_t m, const double *p_alpha,
                                       const double *p_beta, double *q, VgError *error);

/** The divide-aggregate composite p w01 p_α + w10 p_β + w00 p_max², weights of sum 1. A comparator: it is no valid p where the shares are
 *  estimated badly. Source: Liu et al. 2022. */
double vg_divide_aggregate_p(double p_alpha, double p_beta, const VgCompositeNull *null);

/* ---- the screen ---- */

/** Which features are tested. */
typedef enum VgScreenSelection {
    VG_SCREEN_TREATMENT =
        0, /**< those the treatment moves most. No outcome is looked at, so p of β stay valid; p of α are taken
                                  given the selection (divided by the first p that is left out) */
    VG_SCREEN_NONE, /**< all, β one feature at a time: features that only go along with a mediator count as found */
    VG_SCREEN_SPLIT, /**< the largest |αβ| of one half of the rows, tested on the other */
    VG_SCREEN_PRODUCT, /**< the largest |αβ|, tested on the same rows (HIMA): does not hold its rate */
    VG_SCREEN_COUNT
} VgScreenSelection;

const char *
vg_screen_selection_name(VgScreenSelection selection); /**< treatment, none, split, product */
bool vg_screen_selection_from_name(const char *name, VgScreenSelection *selection);

/** How the false discovery rate is estimated. */
typedef enum VgScreenRate {
    VG_SCREEN_FILTERED = 0, /**< vg_filtered_fdr */
    VG_SCREEN_ASYMPTOTIC,   /**< vg_composite_fdr */
    VG_SCREEN_ADJUSTED,     /**< its adjusted form */
    VG_SCREEN_RATE_COUNT
} VgScreenRate;

const char *vg_screen_rate_name(VgScreenRate rate); /**< filtered, asymptotic, adjusted */
bool vg_screen_rate_from_name(const char *name, VgScreenRate *rate);

/** Nothing is copied or owned. No value may be missing. */
typedef struct VgMediatorScreenData {
    const double *treatment; /**< n: 0 or 1 */
    const double *outcome;   /**< n */
    VgMatrix covariates;     /**< n × c, without the intercept; 0 columns = none */
    VgMatrix features;       /**< n × p */
} VgMediatorScreenData;

/** Zero-initialised: by treatment, default size, filtered rate, 95 % intervals. */
typedef struct VgMediatorScreenOptions {
    VgScreenSelection selection;
    size_t keep; /**< features tested; 0 = as documented for the selection; not for NONE */
    VgScreenRate rate;
    double level;  /**< 0 = 0.95 */
    uint64_t seed; /**< of SPLIT */
} VgMediatorScreenOptions;

/** One tested feature. */
typedef struct VgScreenedFeature {
    size_t feature; /**< column of features */
    VgInference
        alpha; /**< treatment → feature, least squares given the covariates; in the feature's units */
    VgInference
        beta; /**< feature → outcome given treatment, covariates and other features (NONE: not these) */
    double indirect, se; /**< αβ and its standard error by the delta method */
    double p_alpha;      /**< given the selection */
    double p;            /**< the larger of p_alpha and beta.p */
    double q;            /**< false discovery rate */
    double divide_aggregate_p;
} VgScreenedFeature;

typedef struct VgMediatorScreen {
    VgScreenSelection selection;
    VgScreenedFeature *row; /**< n_rows, by p, then by column */
    size_t n_rows, n_features;
    size_t n_constant; /**< features that do not vary beyond treatment and covariates: not tested */
    size_t
        n_dependent; /**< selected features that others determine (copies of one another): not tested */
    size_t n_screened_on; /**< SPLIT: rows of the first half; else n */
    size_t n_tested_on;   /**< rows the tests rest on */
    size_t
        n_adjusted_for; /**< TREATMENT: features not tested that the outcome's lasso keeps and the tests adjust for */
    double threshold;     /**< TREATMENT: p of α that selected features are below; else 1 */
    double sigma;         /**< residual SD of the outcome by the scaled lasso; NaN for NONE */
    VgCompositeNull null; /**< of the tested pairs */
} VgMediatorScreen;

/** Screens, estimates and tests. α by least squares; β by the debiased lasso of the outcome on the kept features, with treatment and covariates
 *  unpenalised. O(n p c + n d² + d² passes).
 *  @return VG_INVALID_INPUT (shapes, values not finite, treatment not 0/1), VG_NOT_ESTIMABLE (too few rows; fewer than 2 features that vary;
 *          treatment and covariates dependent), VG_NO_CONVERGENCE, VG_NO_MEMORY.
 *  Source: Perera et al. 2022; Dai, Stanford & LeBlanc 2020; Zhang & Zhang 2014. METHODS 4.3; docs/methods/mediator-screen.md */
VG_MUST_CHECK VgStatus vg_mediator_screen(VgArena *arena, const VgMediatorScreenData *data,
                                          const VgMediatorScreenOptions *options,
                                          VgMediatorScreen *screen, VgError *error);

/* ---- from tables to rows ---- */

/** Features of samples, and the sample of each row of a table. */
typedef struct VgScreenFeatures {
    VgMatrix value;          /**< samples × features; NaN = missing */
    const char *const *name; /**< features */
    const double *sample;    /**< per row of the table: its row of `value`, NaN = none */
} VgScreenFeatures;

/** A table made ready. */
typedef struct VgMediatorScreenTable {
    VgMediatorScreenData data;
    const char *const *feature;   /**< names of the columns of data.features */
    size_t n_missing;             /**< features left out for missing values in the rows used */
    const VgMediationTable *rows; /**< arms, covariates, what is missing (mediator: the sample) */
    const char *analysis;         /**< plan item of the result's rows; NULL = a method command */
} VgMediatorScreenTable;

/** Arms, visits, covariates and complete rows are those of one mediator (mediation.h; `columns->mediator` is not read); with visits the sample is
 *  that of the mediator's visit. Features that lack a value in any row used are left out and counted.
 *  @return VG_INVALID_INPUT (columns, levels, visits; baseline_at or lagged, which the screen does not know), VG_NOT_ESTIMABLE, VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_mediator_screen_table(VgArena *arena, const VgTable *table,
                                                const VgMediationColumns *columns,
                                                const VgScreenFeatures *features,
                                                VgMediatorScreenTable **made, VgError *error);

/** The screen as tidy rows: `indirect` and two rows `arrow` for every feature tested, facts, and the dataset `mediator_screen`
 *  (docs/internals/result-shape.md). @param fdr  rate at which features count as found */
VG_MUST_CHECK VgStatus vg_mediator_screen_run(VgArena *arena, const VgMediatorScreenTable *table,
                                              const VgMediatorScreenOptions *options, double fdr,
                                              VgResult *result, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
