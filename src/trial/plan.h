/* What the files of this room share: the trial being analysed and what became of each analysis. */
#ifndef VG_TRIAL_PLAN_H
#define VG_TRIAL_PLAN_H

#include <vagus/result.h>
#include <vagus/study.h>
#include <vagus/trial.h>

#define VG_NO_ROW SIZE_MAX

/* Names and number of the columns of a dataset, the last two arguments of vg_result_dataset. */
#define VG_COLUMNS(...)                                                                            \
    (const char *const[]){__VA_ARGS__},                                                            \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)

/* What one analysis of the plan came to; the methods text and the multiplicity procedure read it.
 */
typedef struct VgTrialRun {
    bool done;               /* it has an answer */
    VgError error;           /* why not, otherwise */
    size_t answer;           /* row of result->estimate that answers the plan; VG_NO_ROW = none */
    bool *analysed;          /* n_participants: entered the model */
    size_t n_analysed;       /* participants in the model */
    size_t n_observations;   /* rows in the model */
    size_t n_without;        /* in the analysis set, but without a value to analyse */
    size_t n_dropped;        /* left out because a covariate was missing */
    VgCovariance covariance; /* mmrm: the structure in the end used */
    bool fell_back;
    bool firth;           /* logistic: Firth's penalty was used */
    size_t n_counted_out; /* response: without a value, counted as not reached */
    size_t keep;          /* rows below this one stay even when the analysis fails later */
    const char *formula;
    const char *visits; /* "Month 2, Month 3 and Month 5": those in the model */
    bool has_effect_size;
    bool from_minimum; /* response counted from the scale's least total, which is not 0 */
} VgTrialRun;

typedef struct VgTrial {
    const VgStudy *study;
    VgResult *result;
    VgArena *scratch; /* lives as long as vg_trial_run */
    VgTrialRun *run;  /* study->n_analyses */
    bool short_of_memory;
} VgTrial;

/* ---- small things (shared.c) ---- */

/* A text in the scratch arena; "" when memory is short, which vg_trial_run then tells of. */
const char *vg_trial_text(VgTrial *trial, const char *format, ...) VG_PRINTF(2, 3);

/* "a", "a and b", "a, b and c". */
const char *vg_trial_list(VgTrial *trial, const char *const *item, size_t n);
/* Names by what is said of them, so that each thing is said once. */
enum { VG_TRIAL_REASONS = 8, VG_TRIAL_LISTED = 5 };
typedef struct VgTrialNames {
    size_t n; /* reasons; the last one takes what does not fit: "other reasons" */
    const char *why[VG_TRIAL_REASONS], *name[VG_TRIAL_REASONS][VG_TRIAL_LISTED];
    size_t count[VG_TRIAL_REASONS];
} VgTrialNames;
void vg_trial_names(VgTrialNames *names);
void vg_trial_name(VgTrial *trial, VgTrialNames *names, const char *name, const char *why);
const char *vg_trial_named(VgTrial *trial, const VgTrialNames *names, size_t reason);
/* The first `n` of `all`: "a, b and 4 more". */
const char *vg_trial_listed(VgTrial *trial, const char *const *item, size_t n, size_t all);

/* NaN where there is none. */
double vg_trial_value(const VgStudy *study, const VgOutcome *outcome, size_t participant,
                      size_t visit);
double vg_trial_baseline(const VgOutcome *outcome, size_t participant);

/* The visits after baseline at which any randomised participant has a value; `index` has room for
 * study->n_visits. */
size_t vg_trial_visits(const VgStudy *study, const VgOutcome *outcome, size_t *index);

/* For people: the label where there is one, else the name. */
const char *vg_trial_outcome_label(const VgOutcome *outcome);
const char *vg_trial_arm_label(const VgStudy *study, size_t arm);
const char *vg_trial_visit_label(const VgStudy *study, size_t visit);

/* Participants with an arm. */
size_t vg_trial_n_randomised(const VgStudy *study);

/* What the baseline visit is called and when it was: the declared visit, or "baseline" at day 0. */
const char *vg_trial_baseline_name(const VgStudy *study, const VgOutcome *outcome);
double vg_trial_baseline_day(const VgStudy *study, const VgOutcome *outcome);

/* Whether a participant belongs to the set of an analysis (randomised, and completer or flagged).
 */
VgStatus vg_trial_set(VgTrial *trial, const VgAnalysis *analysis, bool *in_set, VgError *error);

/* Mean, spread and quantiles (R's type 7) of the values that are not NaN. Sorts a copy. */
typedef struct VgSummary {
    size_t n, missing;
    double mean, sd, median, q1, q3, minimum, maximum;
} VgSummary;
VgStatus vg_trial_summary(VgArena *scratch, const double *value, size_t n, VgSummary *summary,
                          VgError *error);

/* ---- what the trial was (facts.c, flow.c, baseline.c, course.c) ---- */

void vg_trial_facts(VgTrial *trial);
/* CONSORT counts that contradict each other are an error. */
VgStatus vg_trial_flow_check(const VgStudy *study, VgError *error);
void vg_trial_flow(VgTrial *trial);
VgStatus vg_trial_baseline_table(VgTrial *trial, VgError *error);
VgStatus vg_trial_course(VgTrial *trial, VgError *error);

/* ---- what it found ---- */

VgStatus vg_trial_mmrm(VgTrial *trial, size_t analysis, VgError *error);
VgStatus vg_trial_ancova(VgTrial *trial, size_t analysis, VgError *error);
VgStatus vg_trial_two_samples(VgTrial *trial, size_t analysis, VgError *error);
VgStatus vg_trial_responders(VgTrial *trial, size_t analysis, VgError *error);
VgStatus vg_trial_multiplicity(VgTrial *trial, VgError *error);
VgStatus vg_trial_safety(VgTrial *trial, VgError *error);
void vg_trial_adherence(VgTrial *trial);
/* Layers of the panel (panel.c). */
VgStatus vg_trial_panel(VgTrial *trial, VgError *error);
/* One analysis of trial->study; one that is not the primary may fail, and is then told. */
VgStatus vg_trial_run_analysis(VgTrial *trial, size_t analysis, VgError *error);

/* ---- how it was done (methods.c, references.c) ---- */

/* Works that may be cited; a set of them is a bit mask. */
typedef enum VgCitation {
    VG_CITE_AITCHISON_1986 = 0,
    VG_CITE_ALTMAN_1998,
    VG_CITE_ANDERSON_2001,
    VG_CITE_ANDERSON_2006,
    VG_CITE_BARNARD_RUBIN_1999,
    VG_CITE_BELL_MCCAFFREY_2002,
    VG_CITE_BENJAMINI_HOCHBERG_1995,
    VG_CITE_BENJAMINI_YEKUTIELI_2001,
    VG_CITE_BRETZ_2009,
    VG_CITE_COLE_GREEN_1992,
    VG_CITE_CONSORT_2010,
    VG_CITE_CUMMINGS_1987,
    VG_CITE_DARZI_2016,
    VG_CITE_DAVIS_2018,
    VG_CITE_EILERS_MARX_1996,
    VG_CITE_FAI_CORNELIUS_1996,
    VG_CITE_FIRTH_1993,
    VG_CITE_GARWOOD_1936,
    VG_CITE_GE_2011,
    VG_CITE_HOCHBERG_1988,
    VG_CITE_HODGES_LEHMANN_1963,
    VG_CITE_HOLM_1979,
    VG_CITE_ICH_E9R1_2019,
    VG_CITE_KENWARD_ROGER_1997,
    VG_CITE_KOENKER_BASSETT_1978,
    VG_CITE_LEUCHT_2009,
    VG_CITE_LIANG_ZEGER_1986,
    VG_CITE_MACKINNON_WHITE_1985,
    VG_CITE_MALLINCKRODT_2008,
    VG_CITE_MANN_WHITNEY_1947,
    VG_CITE_MATTHEWS_1985,
    VG_CITE_MIETTINEN_NURMINEN_1985,
    VG_CITE_NICKOLS_2024,
    VG_CITE_PRUESSNER_2003,
    VG_CITE_RIGBY_2014,
    VG_CITE_ROYSTON_WRIGHT_2000,
    VG_CITE_RUBIN_1976,
    VG_CITE_SATTERTHWAITE_1946,
    VG_CITE_SHROUT_FLEISS_1979,
    VG_CITE_STALDER_2016,
    VG_CITE_STOREY_2002,
    VG_CITE_TASK_FORCE_1996,
    VG_CITE_TIAN_2020,
    VG_CITE_TOBIN_1958,
    VG_CITE_VANDEPUTTE_2017,
    VG_CITE_VOVK_2005,
    VG_CITE_WELCH_1947,
    VG_CITE_WIDNER_1997,
    VG_CITE_WILSON_1927,
    VG_CITE_ZHOU_2022,
    VG_CITE_COUNT
} VgCitation;

/* Writes dataset "methods" and, from what it cites, "references". */
void vg_trial_methods(VgTrial *trial);
/* Writes those whose bit is set in `cited`, and the sources of the scales in use. */
void vg_trial_references(VgTrial *trial, uint64_t cited);

#endif
