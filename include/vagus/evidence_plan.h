/** @file evidence_plan.h
 *  The plan of an evidence synthesis in the field's words: measure, models, tests, what to look into.
 *  Zero-initialised means the documented defaults. Names of all choices come from one table each. */
#ifndef VAGUS_EVIDENCE_PLAN_H
#define VAGUS_EVIDENCE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is pooled. Differences are treatment (1) minus control (2); ratios are pooled as logarithms. */
typedef enum VgMeasure {
    VG_MEASURE_GENERIC = 0,   /**< "generic": effects and standard errors as given            */
    VG_MEASURE_SMD,           /**< "smd": Hedges' g                                           */
    VG_MEASURE_COHEN_D,       /**< "d": Cohen's d, no small-sample correction                 */
    VG_MEASURE_GLASS_DELTA,   /**< "glass": Glass's delta, SD of the control arm              */
    VG_MEASURE_MD,            /**< "md": mean difference                                      */
    VG_MEASURE_ROM,           /**< "rom": log ratio of means                                  */
    VG_MEASURE_SMCR,          /**< "smcr": standardised mean change, raw-score SD             */
    VG_MEASURE_SMCC,          /**< "smcc": standardised mean change, change-score SD          */
    VG_MEASURE_OR,            /**< "or": log odds ratio                                       */
    VG_MEASURE_RR,            /**< "rr": log risk ratio                                       */
    VG_MEASURE_RD,            /**< "rd": risk difference                                      */
    VG_MEASURE_PETO,          /**< "peto": log odds ratio by Peto's method                    */
    VG_MEASURE_ARCSINE,       /**< "as": arcsine-transformed risk difference                  */
    VG_MEASURE_MEAN,          /**< "mean": one group's mean                                   */
    VG_MEASURE_PROPORTION,    /**< "proportion": one group's proportion                       */
    VG_MEASURE_LOGIT,         /**< "logit": one group's proportion on the logit scale         */
    VG_MEASURE_FREEMAN_TUKEY, /**< "freeman-tukey": double-arcsine proportion                 */
    VG_MEASURE_CORRELATION,   /**< "cor": correlation                                         */
    VG_MEASURE_FISHER_Z       /**< "zcor": Fisher's z of a correlation                        */
} VgMeasure;
enum { VG_N_MEASURES = VG_MEASURE_FISHER_Z + 1 };

/** Sampling variance of a standardised mean difference (METHODS 8.1). */
typedef enum VgSmdVariance {
    VG_SMD_LARGE_SAMPLE = 0, /**< metafor "LS": 1/n1 + 1/n2 + g²/(2(n1 + n2)) */
    VG_SMD_UNBIASED,         /**< metafor "UB", R meta's default              */
    VG_SMD_REVMAN            /**< RevMan 5: approximate J, g²/(2(m − 1.94))   */
} VgSmdVariance;

/** Cells of a 2 × 2 table that are zero. */
typedef enum VgZeroCells {
    VG_ZERO_ONLY_STUDY = 0, /**< add to all four cells of a study with a zero (metafor "only0") */
    VG_ZERO_ALL,            /**< add to all studies if any has a zero ("if0all")                */
    VG_ZERO_ALWAYS,         /**< add to all studies ("all")                                     */
    VG_ZERO_NONE            /**< add nothing                                                    */
} VgZeroCells;

/** Estimator of the between-study variance. */
typedef enum VgTau2Method {
    VG_TAU2_REML = 0,
    VG_TAU2_ML,
    VG_TAU2_DL,    /**< DerSimonian–Laird */
    VG_TAU2_PM,    /**< Paule–Mandel      */
    VG_TAU2_SJ,    /**< Sidik–Jonkman     */
    VG_TAU2_HE,    /**< Hedges            */
    VG_TAU2_HS,    /**< Hunter–Schmidt    */
    VG_TAU2_EB,    /**< empirical Bayes   */
    VG_TAU2_COMMON /**< "ee": none, the common-effect model */
} VgTau2Method;
enum { VG_N_TAU2_METHODS = VG_TAU2_COMMON + 1 };

/** Test and interval of pooled effects. */
typedef enum VgMetaTest {
    VG_META_TEST_ADHOC = 0, /**< Knapp–Hartung with scale max(1, q): never narrower than "t" */
    VG_META_TEST_KNHA, /**< Knapp–Hartung (Hartung–Knapp–Sidik–Jonkman)                */
    VG_META_TEST_T,    /**< t with k − p df, no scale                                  */
    VG_META_TEST_Z     /**< normal                                                     */
} VgMetaTest;

/** Degrees of freedom of the prediction interval. */
typedef enum VgPredictionDf {
    VG_PREDICTION_K_MINUS_1 = 0, /**< k − p: metafor with t tests, meta from 8 on (HTS: k − 1) */
    VG_PREDICTION_K_MINUS_2, /**< k − p − 1: Riley 2011, Higgins 2009                      */
    VG_PREDICTION_NORMAL     /**< normal quantile (metafor's default with z tests)         */
} VgPredictionDf;

/** How a study with several arms against one shared control enters a pairwise analysis. */
typedef enum VgSharedControl {
    VG_SHARED_CONTROL_REFUSE = 0, /**< say so and stop                                   */
    VG_SHARED_CONTROL_SPLIT,      /**< divide the control arm among the comparisons      */
    VG_SHARED_CONTROL_MODEL       /**< model the covariance that the shared arm makes    */
} VgSharedControl;

/** How a standardised difference is had from events, where a row has no means. */
typedef enum VgConvertEvents {
    VG_CONVERT_NONE = 0, /**< the row is left out and named              */
    VG_CONVERT_LOGISTIC, /**< log OR · √3/π (metafor "OR2DL")            */
    VG_CONVERT_NORMAL    /**< log OR / 1.65 (Cox & Snell; metafor "OR2DN") */
} VgConvertEvents;

/** What the events of converted rows mean: an odds ratio alone does not say. */
typedef enum VgEventsAre {
    VG_EVENTS_NOT_SAID = 0,
    VG_EVENTS_BETTER, /**< "better": response, remission */
    VG_EVENTS_WORSE   /**< "worse": relapse, no response */
} VgEventsAre;

typedef enum VgEvidenceKind { VG_EVIDENCE_PAIRWISE = 0, VG_EVIDENCE_NETWORK } VgEvidenceKind;

/** One of several looks at small-study effects; a set. */
typedef enum VgSmallStudy {
    VG_SMALL_STUDY_EGGER = 1 << 0,    /**< regression test, metafor's regtest(model = "rma")  */
    VG_SMALL_STUDY_EGGER_LM = 1 << 1, /**< the classic weighted regression with dispersion    */
    VG_SMALL_STUDY_BEGG = 1 << 2,     /**< rank correlation                                   */
    VG_SMALL_STUDY_TRIMFILL = 1 << 3, /**< trim and fill                                      */
    VG_SMALL_STUDY_PET_PEESE = 1 << 4,
    VG_SMALL_STUDY_STEP = 1 << 5, /**< Vevea–Hedges step weights                          */
    VG_SMALL_STUDY_THREE_PARAMETER = 1 << 6 /**< one step at p = 0.025, one-sided             */
} VgSmallStudy;

typedef enum VgTrimFillEstimator { VG_TRIMFILL_L0 = 0, VG_TRIMFILL_R0 } VgTrimFillEstimator;

/** An interaction of components, "a*b". */
typedef struct VgNamedInteraction {
    const char *first, *second;
} VgNamedInteraction;

/** What a component is: shown in tables and figures; part of the adjunct sentence. */
typedef struct VgComponentType {
    const char *component, *type,
        *label; /**< type: antidepressant, psychobiotic, diet, psychotherapy, … */
} VgComponentType;

/** A judgement of certainty that a reviewer enters (GRADE). */
typedef struct VgGradeEntry {
    const char
        *domain;   /**< risk_of_bias, inconsistency, indirectness, imprecision, publication_bias */
    int downgrade; /**< 0, 1 or 2 levels */
    const char *reason; /**< never NULL: a judgement without a reason is refused */
    size_t line;        /**< in the study file; 0 on the command line */
} VgGradeEntry;

/** One analysis of a review. Strings are borrowed. */
typedef struct VgEvidenceAnalysis {
    const char *id;    /**< NULL for a method command */
    const char *label; /**< for people */
    bool sensitivity;  /**< a sensitivity analysis of the one before it */
    VgEvidenceKind kind;
    const char *subset_column, *subset_level; /**< only rows where the column says so; NULL = all */
    VgTau2Method tau2;
    VgMetaTest test;
    VgPredictionDf prediction_df;
    /* pairwise */
    const char *subgroup; /**< column; NULL = none                                             */
    bool
        subgroup_common_tau2; /**< one tau² for all subgroups; the default is one each             */
    const char *moderators; /**< right side of an R formula over the table's columns; NULL = none */
    size_t permutations;    /**< of the meta-regression's test; 0 = none                         */
    bool influence;
    const char *cumulative; /**< column that orders the studies; NULL = none                     */
    unsigned small_study;   /**< set of VgSmallStudy                                             */
    VgTrimFillEstimator trimfill;
    const double *step; /**< one-sided p cuts of the step model, ascending; NULL = 0.025, 0.5 */
    size_t n_steps;
    const char *study_level,
        *effect_level; /**< three-level model: columns of cluster and effect; NULL = none */
    double
        sampling_correlation; /**< of effects within a cluster, 0 … < 1 (CHE); 0 = independent    */
    bool exclude_high_risk;   /**< leave out studies whose overall risk of bias is high           */
    double
        pre_post_correlation; /**< instead of the plan's, for a sensitivity analysis; 0 = the plan's */
    /* network */
    const char *reference; /**< treatment; NULL = the first in sorted order                     */
    const char
        *component_separator; /**< "+"; NULL = no component model                             */
    const char *inactive; /**< inactive treatment of the component model; NULL = none          */
    const VgNamedInteraction *interaction;
    size_t n_interactions;
    const VgComponentType *component_type;
    size_t n_component_types;
} VgEvidenceAnalysis;

/** A finished trial that joins the studies of the table: treatment minus control on the pooled scale, the outcome's
 *  own direction (signs are turned with the rest). */
typedef struct VgEvidenceAddition {
    const char *label;
    double estimate, se;
    double n, n1, n2; /**< NaN = not known */
    const char *note; /**< how it was had */
    bool
        uncorrected; /**< a standardised difference without the small-sample factor, which "smd" then applies */
} VgEvidenceAddition;

/** A review: one table of studies, how to read an effect from it, and what to do with the effects. */
typedef struct VgEvidencePlan {
    VgMeasure measure;
    VgSmdVariance smd_variance;
    bool approximate_j; /**< J = 1 − 3/(4m − 1) instead of the exact gamma form             */
    VgZeroCells zero_cells;
    double zero_add; /**< 0 means 0.5                                                    */
    bool
        keep_double_zero; /**< keep studies without any event in OR and RR (default: dropped, counted) */
    double
        pre_post_correlation; /**< assumed where none is given; NaN or 0 = none assumed         */
    const double
        *correlation_sensitivity; /**< pairwise analyses that assumed one are repeated with these */
    size_t n_correlation_sensitivity;
    double intracluster_correlation; /**< assumed for cluster trials; NaN or 0 = none assumed     */
    double crossover_correlation;    /**< assumed for crossover trials; NaN or 0 = none assumed   */
    VgConvertEvents convert_events;  /**< of smd and d; needs events_are and direction_known      */
    VgEventsAre events_are;
    double
        response_reduction; /**< share of the baseline mean whose loss is response, where events are imputed from
                                    means and SDs; 0 means 0.5 */
    double level; /**< of intervals of single studies; 0 means 0.95 */
    VgSharedControl shared_control;
    bool lower_is_better;     /**< of the raw outcome (depression scales)                         */
    bool benefit_is_positive; /**< flip signs so that more than nought is benefit                 */
    bool direction_known;     /**< false: figures say "lower" and "higher", not "better"          */
    double important_difference; /**< on the scale of the measure; NaN or 0 = none declared       */
    const char *important_difference_source;
    double control_event_rate; /**< for response, NNT and per-100 figures; NaN or 0 = none        */
    const char *control_event_rate_source;
    const char *outcome, *unit, *treatment_label, *control_label; /**< words for people           */
    const VgGradeEntry *grade;
    size_t n_grade;
    bool certainty; /**< make the GRADE table                                           */
    const VgEvidenceAddition
        *added; /**< joins every pairwise analysis without subgroups or moderators */
    size_t n_added;
    VgEvidenceAnalysis *analysis;
    size_t n_analyses;
} VgEvidencePlan;

/** Names as on the command line, in study files and in JSON; NULL-terminated, in the order of the enums. */
extern const char *const vg_measure_names[];
extern const char *const vg_smd_variance_names[];
extern const char *const vg_zero_cells_names[];
extern const char *const vg_convert_events_names[];
extern const char *const vg_events_are_names[];
extern const char *const vg_tau2_method_names[];
extern const char *const vg_meta_test_names[];
extern const char *const vg_prediction_df_names[];
extern const char *const vg_shared_control_names[];
extern const char *const vg_small_study_names[]; /**< bit 0 first */
extern const char *const vg_trimfill_names[];

/** "Hedges' g", "Risk ratio", …: the measure for people, back-transformed where it is pooled as a logarithm. */
const char *vg_measure_label(VgMeasure measure);
/** "Hedges' g", "log risk ratio", …: what the numbers of the estimates are. */
const char *vg_measure_unit(VgMeasure measure);
/** Whether figures show exp(x): ratios. */
bool vg_measure_is_ratio(VgMeasure measure);

#ifdef __cplusplus
}
#endif
#endif
