/** @file study.h
 *  From a study folder (study.yaml and its tables) to a validated study: arrays that questions can use. */
#ifndef VAGUS_STUDY_H
#define VAGUS_STUDY_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/arena.h>
#include <vagus/design.h>
#include <vagus/mmrm.h>
#include <vagus/result.h>
#include <vagus/table.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- rating scales ---- */

/** A band of severity. Bands ascend; a total belongs to the last band whose `lower` it reaches, so that
 *  prorated totals between two bands have a place. */
typedef struct VgSeverityBand {
    const char *name;    /**< "minimal", "mild", … */
    double lower, upper; /**< inclusive totals */
} VgSeverityBand;

/** How a scale's own manual treats missing items. */
typedef enum VgMissingItems {
    VG_ITEMS_ALL_REQUIRED = 0, /**< a missing item makes the total missing */
    VG_ITEMS_PRORATE           /**< total = mean of answered × items, if enough were answered */
} VgMissingItems;

/** A rating scale: built in (study/scales) or declared in the study file. */
typedef struct VgScale {
    const char *name;                  /**< "HAM-D17" */
    const char *title;                 /**< "Hamilton Depression Rating Scale, 17 items" */
    size_t n_items;                    /**< 0 when it has no items (a lab value) */
    double item_minimum, item_maximum; /**< where items differ: the extremes; see item_range */
    const double (*item_range)[2];     /**< n_items ranges; NULL when all are alike */
    double minimum, maximum;           /**< of the total; ±infinity = unbounded */
    bool lower_is_better;
    const size_t *reversed; /**< 1-based items that are scored in reverse; n_reversed of them */
    size_t n_reversed;
    double multiplier; /**< total = sum × multiplier (DASS-21: 2); 1 otherwise */
    VgMissingItems missing_items;
    size_t items_required; /**< PRORATE: least number answered */
    const VgSeverityBand *band;
    size_t n_bands;
    double
        response_fraction;   /**< response: fall from baseline of at least this share; NaN = none */
    double remission_cutoff; /**< remission: total <= this (lower_is_better) or >=; NaN = none */
    const char *unit;        /**< "points" for scales */
    const char *citation, *bands_citation, *remission_citation, *missing_citation;
    const unsigned char
        *group; /**< NULL, or n_items: 0 = an item of its own, k = one of group k, of which the
                                     largest answered item counts (QIDS sleep, appetite, …) */
} VgScale;

/** The built-in scales. */
const VgScale *vg_scales(size_t *n_scales);
/** By name, ignoring case, blanks and hyphens ("hamd17" finds "HAM-D17"); NULL when unknown. */
const VgScale *vg_scale_find(const char *name);
/** Total of one participant's items (NaN = missing) by the scale's rules; NaN when it cannot be had. */
double vg_scale_total(const VgScale *scale, const double *items);
/** 1 = response: better than at baseline by the scale's fraction of what could be lost (Leucht 2009); 0 = not; NaN: a value is
 *  missing. Remission: a total at the cutoff or better. */
double vg_scale_response(const VgScale *scale, double baseline, double total);
double vg_scale_remission(const VgScale *scale, double total);
/** From where response counts: the least total, 0 where the scale has none. */
double vg_scale_least(const VgScale *scale);

/* ---- the study ---- */

typedef struct VgComponent {
    const char *name, *type,
        *detail; /**< type: antidepressant, psychobiotic, diet, psychotherapy, usual_care, … */
    double dose; /**< NaN = none given */
    const char *unit;
} VgComponent;

typedef struct VgArm {
    const char *name;  /**< key in the study file */
    const char *label; /**< for people; = name when not given */
    const char *code;  /**< the value in the data; = name when not given */
    size_t *component;
    size_t n_components;
} VgArm;

typedef struct VgVisit {
    const char *name, *label;
    const char **code; /**< n_codes: what tables call it */
    size_t n_codes;
    double day;
    double window[2]; /**< NaN, NaN = none */
} VgVisit;

/** One outcome as a participants × visits matrix. */
typedef struct VgOutcome {
    const char *name, *label;
    const VgScale *scale; /**< built in, declared, or one made of unit and range */
    double *value;        /**< n_participants × n_visits, column-major; NaN = missing */
    double *baseline;     /**< n_participants; NaN = missing; NULL without a baseline */
    /** index of the baseline visit; SIZE_MAX when baseline is a column of its own */
    size_t baseline_visit;
    double important_difference; /**< NaN = none declared */
    const char *important_difference_source;
} VgOutcome;

typedef struct VgIntercurrent {
    const char *event;
    /** treatment policy, hypothetical, composite, while on treatment, principal stratum */
    const char *strategy;
} VgIntercurrent;

/** ICH E9(R1): the five attributes. */
typedef struct VgEstimand {
    const char *population, *treatment, *variable, *summary;
    VgIntercurrent *intercurrent;
    size_t n_intercurrent;
} VgEstimand;

typedef enum VgAnalysisRole {
    VG_ROLE_PRIMARY = 0,
    VG_ROLE_SECONDARY,
    VG_ROLE_SENSITIVITY
} VgAnalysisRole;

typedef enum VgAnalysisKind {
    VG_ANALYSIS_MMRM = 0,
    VG_ANALYSIS_ANCOVA,   /**< at one visit */
    VG_ANALYSIS_RESPONSE, /**< the scale's response, by g-computation from a logistic model */
    VG_ANALYSIS_REMISSION,
    VG_ANALYSIS_WELCH,   /**< two-sample t test with unequal variances, at one visit */
    VG_ANALYSIS_RANK_SUM /**< Wilcoxon, Mann and Whitney, at one visit */
} VgAnalysisKind;

/** As the plan names it: "mmrm", "ancova", … */
const char *vg_study_kind_name(VgAnalysisKind kind);

typedef enum VgAnalysisSet {
    VG_SET_RANDOMISED = 0, /**< everyone randomised with data */
    VG_SET_COMPLETERS,     /**< those with the outcome at every post-baseline visit */
    VG_SET_COLUMN          /**< those for whom population_column is 1/yes/true */
} VgAnalysisSet;

typedef enum VgBinaryMissing {
    VG_BINARY_MISSING_NONRESPONSE = 0, /**< composite strategy: missing counts as no response */
    VG_BINARY_MISSING_OBSERVED         /**< observed cases only */
} VgBinaryMissing;

typedef enum VgStandardiser {
    VG_STANDARDISER_BASELINE_SD = 0,
    VG_STANDARDISER_MODEL_SD
} VgStandardiser;

/** One analysis of the plan. */
typedef struct VgAnalysis {
    const char *id; /**< "primary", "response_hamd17", "sensitivity_1", … unique */
    const char *label;
    VgAnalysisRole role;
    VgAnalysisKind kind;
    bool has_estimand;
    VgEstimand estimand;
    size_t outcome;        /**< index into study->outcome */
    size_t visit;          /**< visit of the answer */
    size_t arm, reference; /**< indices into study->arm: arm − reference */
    bool change;           /**< model the change from baseline, else the value */
    VgCovariance covariance;
    VgCovariance *fallback;
    size_t n_fallback;
    bool covariance_by_arm;
    VgLikelihood likelihood;
    VgDfMethod df;
    VgSandwich sandwich;
    VgMargins margins;
    VgAtMean at_mean;
    VgStandardiser standardiser;
    /** columns of study->participants, or "baseline" for the outcome's own */
    const char **covariate;
    size_t n_covariates;
    const char **covariate_by_visit; /**< those that also interact with visit */
    size_t n_covariates_by_visit;
    const char *model; /**< an explicit formula instead; NULL = arm * visit + covariates */
    VgAnalysisSet set;
    const char *set_column;
    VgBinaryMissing binary_missing;
    bool firth;
    bool
        approximate; /**< rank_sum: the normal approximation even where the exact distribution is at hand */
    size_t line; /**< in study.yaml */
} VgAnalysis;

typedef enum VgMultiplicityKind {
    VG_MULTIPLICITY_NONE = 0,
    VG_MULTIPLICITY_HOLM,
    VG_MULTIPLICITY_HOCHBERG,
    VG_MULTIPLICITY_GRAPH
} VgMultiplicityKind;

typedef struct VgMultiplicity {
    VgMultiplicityKind kind;
    size_t *analysis; /**< indices into study->analysis */
    size_t n;
    double *weight;     /**< n; GRAPH */
    double *transition; /**< n × n row-major; GRAPH */
} VgMultiplicity;

/** An adverse event as reported. */
typedef struct VgAdverseEvent {
    size_t participant;
    const char *term;
    bool serious;
    double start_day; /**< NaN = unknown */
    const char *severity;
} VgAdverseEvent;

/** A share of a dose that was taken. */
typedef struct VgAdherence {
    size_t participant;
    size_t component; /**< SIZE_MAX: of all that the arm gives */
    size_t visit;     /**< taken until then */
    double taken;     /**< 0 to 1 */
} VgAdherence;

typedef struct VgAdherenceSummary {
    size_t n; /**< rows */
    double mean, median, least;
    double below; /**< share of the rows below 0.8 */
} VgAdherenceSummary;

typedef struct VgFlowCount {
    const char *stage;  /**< assessed, excluded */
    const char *reason; /**< NULL = total */
    size_t n;
} VgFlowCount;

/** A review of published studies (vagus/review.h). */
struct VgReview;
/** What the laboratory delivered, and how it is compared (vagus/panel_layer.h). */
struct VgLayer;
struct VgPanelPlan;
struct VgNormsPlan;
/** Through which channels the treatment acts (vagus/mechanism_plan.h). */
struct VgMechanismPlan;
/** Who benefits from what (vagus/strata_plan.h). */
struct VgDeclaredStrata;
/** How likely a response is (vagus/prediction_plan.h). */
struct VgDeclaredPrediction;
/** The declared causal graph (vagus/axis.h). */
struct VgAxis;
/** What was known before randomisation (vagus/moderator.h). */
struct VgModerator;

/** A validated study. Everything belongs to the arena it was read into. */
typedef struct VgStudy {
    const char *file; /**< study.yaml as found */
    const char *directory;
    const char *title, *title_plain_en, *title_plain_da;
    const char *sponsor, *contact, *crisis_line, *source, *licence;
    const char **registry;
    size_t n_registry;
    bool simulated;
    VgTable *participants;    /**< one row per participant, columns constant within participant */
    const char **participant; /**< identifiers, n_participants */
    size_t n_participants;
    int32_t *arm_of; /**< n_participants: index into arm; -1 not randomised */
    VgVisit *visit;
    size_t n_visits;
    VgArm *arm;
    size_t n_arms;
    VgComponent *component;
    size_t n_components;
    const char **stratum; /**< columns of participants used in randomisation */
    size_t n_strata;
    double *probability;                  /**< n_arms; NULL = not declared, or by participant */
    /** n_participants × n_arms, column-major, where it varied (`probability: {by: COLUMN, …}`); NaN = not randomised;
     *  NULL = the same for all, or not declared */
    double *probability_of;
    const char *cluster_column; /**< whose people were randomised together; NULL = people were */
    const char *withdrawal_reason_column; /**< NULL = none */
    const char *withdrawn_column;         /**< marks those who left, reason unknown; NULL = none */
    VgFlowCount *flow;                    /**< declared counts before randomisation */
    size_t n_flow;
    /** columns to describe; participants' columns when not declared */
    const char **baseline_table;
    size_t n_baseline_table;
    VgOutcome *outcome;
    size_t n_outcomes;
    VgAnalysis *analysis; /**< primary first; none when the plan is of the panel only */
    size_t n_analyses;
    VgMultiplicity multiplicity;
    VgAdverseEvent *adverse_event;
    size_t n_adverse_events;
    double *exposure_days; /**< n_participants; NULL = not declared */
    bool has_adverse_events;
    VgAdherence *adherence; /**< in the order of the table */
    size_t n_adherence;
    const char *arm_column;        /**< of the participants */
    struct VgModerator *moderator; /**< as declared; places need vg_study_place_axis */
    size_t n_moderators, moderators_line;
    struct VgLayer *layer; /**< of the panel */
    size_t n_layers;
    /** what is only there to be computed from: curves of several samples of a participant at a visit,
     *  recordings of the heart */
    struct VgLayer *raw_layer;
    size_t n_raw_layers;
    struct VgPanelPlan *panel_plan;    /**< NULL when the plan does not ask for it */
    struct VgNormsPlan *norms_plan;    /**< NULL when the plan does not ask for it */
    struct VgMechanismPlan *mechanism; /**< plan: mechanism */
    size_t n_mechanisms;
    struct VgDeclaredStrata *strata_plan; /**< plan: strata */
    size_t n_strata_plans;
    struct VgDeclaredPrediction *prediction_plan; /**< plan: prediction */
    size_t n_prediction_plans;
    struct VgAxis *axis; /**< NULL when the study declares none; see vg_study_place_axis */
    VgInput *input;      /**< every file read, for the manifest; study.yaml first */
    size_t n_inputs;
    /** report audiences asked for: statistician, clinician, patient; NULL = all */
    const char **audience;
    size_t n_audiences;
    /** of the page for patients: en, da; NULL = en */
    const char **language;
    size_t n_languages;
    struct VgReview *review; /**< of a study file with `evidence:`, which has no trial; else NULL */
} VgStudy;

/** All that is wrong (errors) or odd (warnings) with a study, in the order of the file. */
typedef struct VgProblem {
    VgError error;
    bool warning;
} VgProblem;

typedef struct VgProblems {
    VgProblem *item;
    size_t n, capacity_;
    size_t n_errors;
} VgProblems;

/** Reads and checks a study: a folder with study.yaml, or the path of such a file. Every problem is
 *  collected in `problems`; the status is that of the first error.
 *  @param study  set when there are no errors */
VG_MUST_CHECK VgStatus vg_study_read(VgArena *arena, const char *path, VgStudy **study,
                                     VgProblems *problems, VgError *error);

/** Finds where the nodes of study->axis and the moderators are measured, once the panel's layers are complete, and checks
 *  what needs it: markers that come after their outcome, effects that this trial cannot identify, plans of a mechanism.
 *  @param problems  those of the reader; more are added and all are sorted by file and line
 *  @return VG_OK, the status of the first problem that is no warning, or VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_study_place_axis(VgArena *arena, VgStudy *study, VgProblems *problems,
                                           VgError *error);

/** Adherence to a component (SIZE_MAX: to all of the arm) until a visit, of one arm (SIZE_MAX: of all); false without any
 *  row, or when memory is short. Scratch in `arena`. */
bool vg_study_adherence(VgArena *arena, const VgStudy *study, size_t component, size_t arm,
                        size_t visit, VgAdherenceSummary *summary);

/** Writes a commented study.yaml with example tables into a new folder. `template_name`: "trial" or
 *  "meta" (a review).
 *  @return VG_INVALID_INPUT when the folder exists and is not empty, VG_NOT_BUILT for a known
 *          template that is not available yet, VG_IO */
VG_MUST_CHECK VgStatus vg_study_init(const char *directory, const char *template_name,
                                     VgError *error);

/** The arms that the plan compares: those of the primary analysis; of a plan without one those that
 *  response_of_panel, the first mechanism of two arms or the first strata of two arms names; SIZE_MAX where none is there. */
size_t vg_study_treatment_arm(const VgStudy *study);
size_t vg_study_reference_arm(const VgStudy *study);

#ifdef __cplusplus
}
#endif
#endif
