/* What the files that carry out a review share: the run, one pairwise analysis with its effects, rows and texts. */
#ifndef VG_EVIDENCE_REVIEW_H
#define VG_EVIDENCE_REVIEW_H

#include <vagus/evidence.h>
#include <vagus/meta.h>
#include <vagus/meta_multilevel.h>
#include <vagus/network.h>
#include <vagus/small_study.h>
#include <vagus/study_effect.h>

/* Names and number of the columns of a dataset, the last two arguments of vg_result_dataset. */
#define VG_COLUMNS(...)                                                                            \
    (const char *const[]){__VA_ARGS__},                                                            \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)

/* Works that may be cited; a set of them is a bit mask. */
typedef enum VgReviewCitation {
    VG_CITE_BEGG_1994 = 0,
    VG_CITE_CHAIMANI_2012,
    VG_CITE_DERSIMONIAN_1986,
    VG_CITE_DUVAL_2000,
    VG_CITE_EGGER_1997,
    VG_CITE_FURUKAWA_2011,
    VG_CITE_GRADE_2011,
    VG_CITE_HARTUNG_2001,
    VG_CITE_HEDGES_1981,
    VG_CITE_HIGGINS_2002,
    VG_CITE_HIGGINS_2004,
    VG_CITE_HIGGINS_2009,
    VG_CITE_KNAPP_2003,
    VG_CITE_KONIG_2013,
    VG_CITE_KONSTANTOPOULOS_2011,
    VG_CITE_KRAHN_2013,
    VG_CITE_PUSTEJOVSKY_2018,
    VG_CITE_PUSTEJOVSKY_2019,
    VG_CITE_ROB_2019,
    VG_CITE_RUCKER_2012,
    VG_CITE_RUCKER_2015,
    VG_CITE_RUCKER_2020,
    VG_CITE_STANLEY_2014,
    VG_CITE_VEVEA_1995,
    VG_CITE_VIECHTBAUER_2005,
    VG_CITE_VIECHTBAUER_2007,
    VG_CITE_VIECHTBAUER_2010,
    VG_CITE_REVIEW_COUNT
} VgReviewCitation;

typedef struct VgReviewRun {
    const VgExtraction *extraction;
    const VgEvidencePlan *plan;
    VgResult *result;
    VgArena *arena; /* scratch, lives as long as vg_evidence_run */
    uint64_t cited;
    bool *told; /* per row of the table: what is odd about it has been told */
    bool short_of_memory;
    bool assumed_correlation; /* by the analysis that ran last */
} VgReviewRun;

/* One pairwise analysis. Arrays have k entries: the effects that entered it, signs turned so that they stand as shown. */
typedef struct VgPairwise {
    VgReviewRun *run;
    const VgEvidenceAnalysis *analysis;
    const char *id;
    VgEvidencePlan plan;     /* the review's, with this analysis' own assumptions */
    VgExtraction extraction; /* its rows */
    VgStudyEffects *effects;
    size_t k, n_added; /* added trials come last */
    double *y, *v, *n, *n1, *n2, *precision_se;
    const char **label;
    size_t *row;   /* in the table; SIZE_MAX of added trials */
    size_t *study; /* index of the study */
    size_t n_studies;
    double *covariance; /* k × k, or NULL: independent */
    int32_t *group;     /* -1 = the subgroup column is missing; NULL = no subgroups */
    const char **level;
    size_t n_levels;
    VgMetaOptions options;
    VgMetaFit *fit;     /* without moderators, by the analysis' method */
    VgMetaFit *common;  /* common effect, normal */
    VgInference pooled; /* the answer: of the fit, or of the three-level model */
    VgMetaPrediction prediction;
    VgMultilevelFit *multilevel;
    VgClusterRobust *robust;
    /* what the looks found, for sentences and certainty; NaN where not looked */
    double egger_p, egger_slope, trimfill_estimate;
    size_t trimfill_filled;
    VgMetaSubgroups *subgroups;
    VgMetaRegression *regression;
    VgMultilevelFit *regression_fit; /* with the moderators, of a three-level model; or NULL */
    VgInference
        share; /* of the treated with the event, from a control event rate; estimate NaN = none */
    const char *certainty; /* statement of the GRADE table, or NULL */
} VgPairwise;

/* ---- review.c: rows and texts ---- */

/* A text in the scratch arena; "" when memory is short, which vg_evidence_run then tells of. */
const char *vg_review_text(VgReviewRun *run, const char *format, ...) VG_PRINTF(2, 3);
void vg_review_cite(VgReviewRun *run, VgReviewCitation work);
/* Zeroed scratch; NULL and remembered when memory is short. */
void *vg_review_new(VgReviewRun *run, size_t count, size_t size);
#define VG_REVIEW_NEW(run, Type, n) ((Type *)vg_review_new((run), (n), sizeof(Type)))
/* A row with the names filled in. */
VgEstimate vg_review_row(const char *analysis, const char *quantity, const char *term);
/* df of the normal distribution is left out. */
void vg_review_inference(VgEstimate *row, const VgInference *inference);
void vg_review_pool_row(VgEstimate *row, const VgMetaPool *pool);
/* Tests: statistic, df, p; chi-square as Σ, not divided by its df. */
void vg_review_test(VgReviewRun *run, VgEstimate *row, const VgJointTest *test);
/* Appends to `sentences` and `methods` of an analysis (methods are of the study). */
void vg_review_sentence(VgReviewRun *run, const char *analysis, const char *text);
void vg_review_paragraph(VgReviewRun *run, const char *heading, const char *text);
/* An effect as readers see it: back-transformed ratios, two decimals. */
const char *vg_review_effect(VgReviewRun *run, double value);
/* "0.52 [0.31, 0.70]" */
const char *vg_review_interval(VgReviewRun *run, double estimate, double lower, double upper);
/* "p = 0.012", "p < 0.001" */
const char *vg_review_p(VgReviewRun *run, double p);
/* "tau² = 0.123" */
const char *vg_review_tau2_note(VgReviewRun *run, double tau2);
/* "Text of the label: " for warnings; "" for a method command. */
const char *vg_review_of(VgReviewRun *run, const VgEvidenceAnalysis *analysis);
/* Whether more than nought (or than 1) is benefit on the scale shown; false also when it is not known. */
bool vg_review_high_is_better(const VgEvidencePlan *plan);
/* Turns signs so that more than nought is benefit. */
bool vg_review_turns(const VgEvidencePlan *plan);
/* Whether a row belongs to an analysis: filter and risk of bias. */
VgStatus vg_review_subset(VgReviewRun *run, const VgEvidenceAnalysis *analysis, VgExtraction *out,
                          VgError *error);
/* Facts that every analysis has: measure, direction, words under the axis. */
void vg_review_measure_facts(VgReviewRun *run, const char *id, const VgEvidenceAnalysis *analysis);

/* Rows left out and doubts about rows as warnings, each row once. */
void vg_review_tell_rows(VgReviewRun *run, const VgEvidenceAnalysis *analysis,
                         const VgExtraction *extraction, const VgStudyDropped *dropped,
                         size_t n_dropped, const VgStudyQuestion *question, size_t n_questions);

/* ---- analyses ---- */

VgStatus vg_review_pairwise(VgReviewRun *run, const VgEvidenceAnalysis *analysis, VgError *error);
VgStatus vg_review_network(VgReviewRun *run, const VgEvidenceAnalysis *analysis, VgError *error);

/* pairwise_data.c */
VgStatus vg_pairwise_data(VgPairwise *pairwise, VgError *error);
VgEffects vg_pairwise_effects(const VgPairwise *pairwise);
/* Only the effects with keep[i]; arrays in the scratch arena; *index their places. */
VgStatus vg_pairwise_some(VgPairwise *pairwise, const bool *keep, VgEffects *some, size_t **index,
                          VgError *error);
void vg_pairwise_report_studies(VgPairwise *pairwise);
/* pairwise_looks.c: subgroups, moderators, influence, cumulative */
VgStatus vg_pairwise_subgroups(VgPairwise *pairwise, VgError *error);
VgStatus vg_pairwise_regression(VgPairwise *pairwise, VgError *error);
VgStatus vg_pairwise_influence(VgPairwise *pairwise, VgError *error);
VgStatus vg_pairwise_cumulative(VgPairwise *pairwise, VgError *error);
/* pairwise_small_study.c */
VgStatus vg_pairwise_small_study(VgPairwise *pairwise, VgError *error);
/* pairwise_multilevel.c */
VgStatus vg_pairwise_multilevel(VgPairwise *pairwise, VgError *error);
/* Effects as the three-level model takes them, with the covariance of shared controls. index: k places (NULL = all);
 * x: their design, cols 0 = intercept. */
VgStatus vg_pairwise_clusters(VgPairwise *pairwise, const size_t *index, size_t k, VgMatrix x,
                              VgMultilevelData *data, VgError *error);
VgMultilevelOptions vg_pairwise_multilevel_options(const VgPairwise *pairwise);
/* The pooled effect of a two-level model with errors robust to what effects of one study have in common. */
VgStatus vg_pairwise_robust(VgPairwise *pairwise, VgError *error);
/* Coefficient j; the test of all; a warning where df are few. */
void vg_pairwise_robust_row(VgPairwise *pairwise, const VgClusterRobust *robust, size_t j,
                            const char *term, const char *stratum, size_t k);
void vg_pairwise_robust_test(VgPairwise *pairwise, const VgClusterRobust *robust, const char *term);
void vg_pairwise_robust_warning(VgPairwise *pairwise, const VgClusterRobust *robust);
/* Several effects from some study. */
static inline bool vg_pairwise_clustered(const VgPairwise *p)
{
    return p->n_studies < p->k && p->n_studies > 1;
}
/* pairwise_multilevel_looks.c; *coefficients are those of the three-level model */
VgStatus vg_pairwise_multilevel_regression(VgPairwise *pairwise, const VgMetaRegression *regression,
                                           VgInference **coefficients, VgError *error);
VgStatus vg_pairwise_regression_robust(VgPairwise *pairwise, const VgMetaRegression *regression,
                                       VgError *error);
VgStatus vg_pairwise_multilevel_subgroups(VgPairwise *pairwise, VgError *error);
VgStatus vg_pairwise_leave_studies_out(VgPairwise *pairwise, VgError *error);
/* Σ of k values; with a three-level model the largest of each study, since its effects are mostly of the same people. */
double vg_pairwise_count(const VgPairwise *pairwise, const double *value);
/* Participants; a shared control counts once. NaN when a number is not known. */
double vg_pairwise_people(const VgPairwise *pairwise);
/* pairwise_certainty.c: GRADE; pairwise_absolute.c: response and number needed to treat */
VgStatus vg_pairwise_certainty(VgPairwise *pairwise, VgError *error);
void vg_pairwise_absolute(VgPairwise *pairwise);
/* Share of people with the event among the treated, from an effect (signs as published) and the control event rate; NaN
 * for measures that do not say. */
double vg_review_treated_share(const VgEvidencePlan *plan, double effect);
/* Effects made from events of two groups. */
bool vg_review_counts_events(VgMeasure measure);
/* sentences.c, methods.c, references.c */
void vg_pairwise_sentences(VgPairwise *pairwise);
void vg_review_methods(VgReviewRun *run);
void vg_review_references(VgReviewRun *run);

/* A look that could not be had is told and the rest goes on; memory and disk stop everything. */
VgStatus vg_review_look(VgReviewRun *run, const VgEvidenceAnalysis *analysis, const char *what,
                        VgStatus status, VgError *error);

#endif
