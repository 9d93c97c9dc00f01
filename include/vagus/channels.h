/** @file channels.h
 *  Several mediators at once: interventional indirect effects by mediator and by channel that add up with the
 *  direct effect to the total, and what measurement error of the markers does to them. */
#ifndef VAGUS_CHANNELS_H
#define VAGUS_CHANNELS_H

#include <vagus/mediation.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How the markers of a channel enter the outcome model. */
typedef enum VgChannelScore {
    VG_CHANNEL_MEAN = 0,  /**< mean of signed z-scores (SD within arms): one score a channel */
    VG_CHANNEL_COMPONENT, /**< first principal component of what treatment and covariates leave */
    VG_CHANNEL_MARKERS,   /**< every marker by itself; a channel is the sum of its markers */
    VG_CHANNEL_FACTOR,    /**< the common factor of what treatment and covariates leave */
    /** learnt for the outcome by ridge regression, cross-fitted: no participant's score uses that participant's outcome */
    VG_CHANNEL_RIDGE,
    VG_CHANNEL_SCORE_COUNT
} VgChannelScore;
const char *
vg_channel_score_name(VgChannelScore score); /**< mean, component, markers, factor, ridge */
bool vg_channel_score_from_name(const char *name, VgChannelScore *score);
/** The interval where none is asked for: percentile; of scores learnt for the outcome monte-carlo. */
VgMediationInterval vg_channel_score_interval(VgChannelScore score);

/** Share of a marker's variance that is not measurement error. All zero: not given. */
typedef struct VgMarkerReliability {
    double value;        /**< in (0, 1] */
    double lower, upper; /**< 95 % interval it is known to; both 0: taken as exact */
} VgMarkerReliability;

/** What is done about mediators and outcomes that are not there. */
typedef enum VgChannelsMissing {
    VG_MISSING_COMPLETE = 0, /**< every value must be there */
    VG_MISSING_IMPUTE        /**< NaN in markers and outcome: multiple imputation */
} VgChannelsMissing;

/** Rows of two arms; complete, or with VG_MISSING_IMPUTE. Nothing is copied or owned. */
typedef struct VgChannelsData {
    size_t n;
    const double *treatment, *outcome; /**< 0 or 1; numbers */
    VgMatrix markers;                  /**< n × m */
    /** n × m bounds of censored values (vagus/censored.h), imputed whatever `missing` says; without data: none.
     *  Where they are equal, or NaN, `markers` holds */
    VgMatrix marker_lower, marker_upper;
    VgMatrix covariates;   /**< n × q without intercept */
    size_t n_channels;     /**< 0: markers without channels */
    const size_t *channel; /**< m: place of each marker's channel; NULL without */
    const double *sign;    /**< m: −1 or 1, the marker's direction; NULL = all 1 */
    const VgMarkerReliability *marker_reliability;    /**< m, or NULL */
    const VgMarkerReliability *covariate_reliability; /**< q, or NULL: a baseline is noisy too */
    const int32_t *cluster;                           /**< NULL, or what is resampled as one */
    size_t n_clusters;
    const char *treatment_name, *outcome_name; /**< for messages */
    const char *const *marker_name, *const *channel_name, *const *covariate_name;
} VgChannelsData;

/** Zero-initialised: mean scores, percentile interval of 5,000 resamples, level 0.95. */
typedef struct VgChannelsOptions {
    VgChannelScore score;         /**< without channels every marker enters by itself */
    VgMediationInterval interval; /**< percentile, delta, monte-carlo */
    size_t draws;                 /**< 0 = 5,000 */
    uint64_t seed;
    int threads; /**< 0 = all; the numbers do not depend on it */
    double level;
    bool small_sample; /**< of the errors' variances Fuller's share is taken off: never refused */
    bool curve;       /**< percentile: effects over a grid of reliabilities common to all markers */
    bool sensitivity; /**< to an unmeasured cause of a term and the outcome, one term at a time */
    VgChannelsMissing missing;
    size_t imputations; /**< 0 = 50 */
    size_t folds,
        repeats; /**< score `ridge`: 0 = 5 folds, 20 repeats; draws of monte-carlo: per repeat */
} VgChannelsOptions;

/** One effect; NaN where there is none. */
typedef struct VgChannelsEstimate {
    double estimate, se, lower, upper;
    double
        p; /**< of one term: joint significance of its two arrows; of sums, direct and total: Wald */
} VgChannelsEstimate;

/** How strong an unmeasured cause of one term and the outcome would have to be, the other terms being held among the
 *  covariates of the outcome's model. */
typedef struct VgChannelsSensitivity {
    double rho_at_zero; /**< correlation of both models' errors at which the effect is nought */
    double r2_star,
        r2_tilde; /**< product of the shares of residual, of total variance it explains */
    double e_value, e_value_limit;
    double *estimate, *lower, *upper; /**< n_rho: the indirect effect at that correlation */
} VgChannelsSensitivity;

/** The two arrows of a term as a delta method knows them. */
typedef struct VgChannelsArrows {
    double alpha, alpha_se; /**< treatment → term */
    double beta, beta_se;   /**< term → outcome */
    double correlation;     /**< of the two estimates */
} VgChannelsArrows;

/** Places of the effects; the terms follow, then (markers with channels) the channels. */
enum { VG_CHANNELS_TOTAL = 0, VG_CHANNELS_DIRECT, VG_CHANNELS_INDIRECT, VG_CHANNELS_FIRST };

/** The common factor of a channel's markers, within arms; NaN for one marker. */
typedef struct VgChannelFactor {
    double omega;       /**< reliability of the plain sum of the signed, standardised markers */
    double determinacy; /**< squared correlation of the factor score with the factor */
    double statistic, df, p; /**< likelihood ratio test that one factor is enough (4 markers on) */
    bool at_bound;           /**< Heywood case: a marker with no variance of its own */
} VgChannelFactor;

typedef struct VgChannels {
    size_t n, n_terms;             /**< terms: the scores, or the markers */
    size_t n_sums;                 /**< channels as sums of markers */
    size_t n_effects;              /**< VG_CHANNELS_FIRST + n_terms + n_sums */
    VgChannelsEstimate *effect;    /**< as measured */
    VgChannelsEstimate *corrected; /**< for measurement error; NULL without reliabilities */
    VgChannelsEstimate *share,
        *corrected_share;      /**< of the total: indirect, terms, channels; p NaN */
    VgInference *alpha, *beta; /**< n_terms: treatment → term, term → outcome, as measured */
    double *corrected_beta;    /**< n_terms, or NULL */
    VgChannelsArrows *corrected_arrows; /**< n_terms, by delta with reliabilities; else zeros */
    double taken_off;   /**< share of the errors' variances: 1, less with small_sample */
    const size_t *term; /**< markers: the term each goes into */
    double *weight;     /**< markers: score = Σ weight × marker, in the markers' own units */
    double *
        conditional; /**< markers: reliability given treatment and covariates; NaN where not given */
    double
        *loading; /**< markers, score `factor`: on the factor, of standardised residuals; or NULL */
    VgChannelFactor *factor; /**< n_terms, score `factor`; or NULL */
    size_t folds, repeats;   /**< score `ridge`; else 0 */
    double *split;  /**< n_effects, score `ridge`: SD of the estimates between repeats; or NULL */
    double penalty; /**< score `ridge`: median ridge penalty / df, markers at SD 1 within arms */
    size_t imputations;                           /**< 0: nothing was imputed */
    size_t n_imputed_markers, n_imputed_outcomes; /**< values; markers: also the censored ones */
    double *imputed; /**< n_effects: share of the variance due to what was imputed; or NULL */
    double *kept; /**< n_terms: share of the outcome's coefficient that measurement error leaves */
    double remainder; /**< total − direct − Σ indirect: rounding only, the models being linear */
    double separate; /**< Σ of the indirect effects of one term at a time: they do not add up */
    double sigma_outcome, r2_outcome;
    size_t draws, failed, failed_corrected;
    /* the curve: n_lambda × n_effects, NaN where the markers would be too unreliable */
    size_t n_lambda;
    double *lambda, *curve, *curve_lower, *curve_upper;
    /** n_effects: largest reliability at which "its interval excludes nought" is no longer as it is at 1;
     *  NaN where it stays so */
    double *change;
    size_t n_rho;
    double *rho;
    VgChannelsSensitivity *sensitivity; /**< n_terms; NULL unless asked for */
} VgChannels;

/** Linear models of every term on (1, A, C) and of the outcome on (1, A, C, all terms): the indirect effect of
 *  term k is α_k β_k, and Σ + direct = total.
 *
 *  Scores learnt for the outcome (ridge) are cross-fitted over folds of whole units within arms and the answers of the repeats
 *  combined by medians; they take the intervals delta and monte-carlo (a resample would take the sample's chance
 *  associations for true), neither reliabilities nor clusters with the curve.
 *
 *  Missing and censored values are imputed jointly, normal given (1, A, C) (vg_censored_impute), for markers and outcome together;
 *  delta: Rubin's rules; percentile: each resample is of the next imputation in turn, estimates are means.
 *
 *  One cross-product of the rows serves all equations: a resample costs O(n (q + m)²) whatever the number of
 *  reliabilities looked at. Scores are made anew in every resample.
 *
 *  @return VG_INVALID_INPUT (shapes, values, reliabilities outside (0, 1], not above what treatment and covariates
 *          explain), VG_NOT_ESTIMABLE (constant mediator; more terms than participants; terms that depend on each
 *          other; markers too unreliable; more than 5 % of resamples without an answer), VG_NO_MEMORY.
 *  Source: Vansteelandt & Daniel 2017; Buonaccorsi 2010; METHODS 4.2, 4.4. */
VG_MUST_CHECK VgStatus vg_channels_fit(VgArena *arena, const VgChannelsData *data,
                                       const VgChannelsOptions *options, VgChannels *fit,
                                       VgError *error);

/** The interval of the product α β of two arrows, whose estimates are taken for normal: the quantiles of their product, by
 *  numerical integration (to about 1e-7 of its standard error). It is not symmetric, and covers where the delta method's does not
 *  because one arrow is near 0. What the interval monte-carlo draws. Source: Meeker, Cornwell & Aroian 1981; MacKinnon et al. 2007.
 *  @param level  as 0.95 */
void vg_channels_product_interval(const VgChannelsArrows *arrows, double level, double *lower,
                                  double *upper);

/** A channel as declared. */
typedef struct VgChannelColumns {
    const char *name;
    const char *const *marker; /**< columns */
    const double *sign;        /**< −1 or 1 */
    size_t n_markers;
} VgChannelColumns;

/** A named reliability, of a mediator or of a covariate. */
typedef struct VgReliabilityColumn {
    const char *name;
    VgMarkerReliability reliability;
} VgReliabilityColumn;

/** Limits of an assay: values below `lower` and above `upper` are only known to lie there, whatever stands in the table. */
typedef struct VgLimitsColumn {
    const char *name;    /**< a mediator */
    double lower, upper; /**< −infinity, +infinity: none; in the unit (logarithm) of the column */
} VgLimitsColumn;

typedef struct VgChannelsColumns {
    VgMediationColumns shared; /**< all but `mediator` */
    const char *const *mediator;
    size_t n_mediators;
    const VgChannelColumns *channel; /**< each mediator is in one of them, where there are any */
    size_t n_channels;
    const VgReliabilityColumn *reliability;
    size_t n_reliabilities;
    const VgLimitsColumn *limits;
    size_t n_limits;
    bool
        impute; /**< rows that lack mediators or outcome stay (a table with a row per participant) */
} VgChannelsColumns;

/** A table made ready. */
typedef struct VgChannelsTable {
    VgChannelsData data;
    const VgMediationTable *rows; /**< arms, visits, what is missing (mediator: any of them) */
    const char *analysis;         /**< plan item of the result's rows; NULL = a method command */
    const char *unit;             /**< of the outcome; NULL = "units of NAME" */
    const char *row_is;           /**< "participants"; NULL = "rows" */
} VgChannelsTable;

/** Rows that lack any of the mediators, the outcome or a covariate are left out and counted; with `impute` those that
 *  lack a covariate. */
VG_MUST_CHECK VgStatus vg_channels_table(VgArena *arena, const VgTable *table,
                                         const VgChannelsColumns *columns, VgChannelsTable **made,
                                         VgError *error);

/** Into tidy rows: total, direct, indirect (overall, by channel, by mediator), proportion_mediated, arrow, with
 *  stratum "corrected" beside "as measured" (docs/internals/result-shape.md). */
VG_MUST_CHECK VgStatus vg_channels_run(VgArena *arena, const VgChannelsTable *table,
                                       const VgChannelsOptions *options, VgResult *result,
                                       VgError *error);

/** The same from a fit that is there. */
VG_MUST_CHECK VgStatus vg_channels_rows(const VgChannelsTable *table,
                                        const VgChannelsOptions *options, const VgChannels *fit,
                                        VgResult *result, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
