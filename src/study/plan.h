/* What the parts of the plan reader share. */
#ifndef VG_STUDY_PLAN_H
#define VG_STUDY_PLAN_H

#include "study/reader.h"

/* ---- estimand.c ---- */

/* Reads the five attributes into analysis->estimand, arm, reference, outcome, visit, change and
 * set; every missing part is a problem. */
void vg_study_read_estimand(VgStudyReader *reader, const VgYaml *node, VgAnalysis *analysis);
/* "ARM against REFERENCE" into indices. */
void vg_study_parse_treatment(VgStudyReader *reader, const char *text, size_t line,
                              VgAnalysis *analysis);
/* "randomised participants", "completers", "column NAME" (1 or yes), "column NAME = VALUE". */
void vg_study_parse_population(VgStudyReader *reader, const char *text, size_t line,
                               VgAnalysis *analysis);

/* ---- method.c ---- */

/* Options of a method, over what `analysis` holds already (inherited). */
void vg_study_read_options(VgStudyReader *reader, const VgYaml *map, const char *const *more_keys,
                           VgAnalysis *analysis);
/* Covariates exist, a baseline is there where it is needed, the visit has data. */
void vg_study_check_analysis(VgStudyReader *reader, const VgAnalysis *analysis);
/* Response and remission, which speak of shares; the others speak of values. */
bool vg_study_kind_is_binary(VgAnalysisKind kind);
/* Welch's t test and the rank-sum test, which have no model. */
bool vg_study_kind_is_two_samples(VgAnalysisKind kind);
/* By that name; false when there is none such. */
bool vg_study_kind_from_name(const char *name, VgAnalysisKind *kind);

/* ---- plan.c ---- */
/* The primary analysis alone (of a design, which has no data): estimand, method and options. */
void vg_study_read_primary(VgStudyReader *reader, const VgYaml *node, VgAnalysis *analysis);

/* ---- panel_plan.c ---- */
void vg_study_read_panel_plan(VgStudyReader *reader, const VgYaml *node);
/* Whether the name may be that of a layer which is computed from a declared one: NAME_…. */
bool vg_study_may_be_derived(const VgStudy *study, const char *name);

/* ---- norms_plan.c ---- */
void vg_study_read_norms_plan(VgStudyReader *reader, const VgYaml *node);
/* Names of layers that were computed after the plan was read: those from `declared` on. */
void vg_study_resolve_norms(VgStudyReader *reader, size_t declared);

/* ---- mechanism_plan.c ---- */
void vg_study_read_mechanism(VgStudyReader *reader, VgMap *ids, const VgYaml *node);

/* ---- strata_plan.c ---- */
void vg_study_read_strata(VgStudyReader *reader, VgMap *ids, const VgYaml *node);

/* ---- prediction_plan.c ---- */
void vg_study_read_prediction(VgStudyReader *reader, VgMap *ids, const VgYaml *node);

/* ---- plan.c ---- */
/* The analysis' `id`, or the wanted one, or that with _2, _3, … when it is taken; entered among the ids. */
const char *vg_study_choose_id(VgStudyReader *reader, VgMap *ids, const VgYaml *node,
                               const char *wanted);

#endif
