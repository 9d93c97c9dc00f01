/** @file extraction.h
 *  A reviewer's extraction table as typed numbers, checked: one row a comparison (pairwise), an arm or a
 *  contrast (network). Every problem is collected with file and line. */
#ifndef VAGUS_EXTRACTION_H
#define VAGUS_EXTRACTION_H

#include <vagus/evidence_plan.h>
#include <vagus/study.h>
#include <vagus/table.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which column of the table holds what; NULL = the field's usual names are tried (docs/methods/effect-sizes.md),
 *  and what is not there is absent. Group 1 is the treatment, 2 the control. */
typedef struct VgExtractionColumns {
    const char *study;                       /**< label; required                              */
    const char *n[2], *mean[2], *sd[2];      /**< arms                                         */
    const char *se[2], *lower[2], *upper[2]; /**< of the mean, instead of sd              */
    const char *median[2], *q1[2], *q3[2], *minimum[2], *maximum[2];
    const char *change[2], *sd_change[2], *baseline_mean[2], *baseline_sd[2];
    const char *n_change[2]; /**< people behind `change` where they are others than those of `n` */
    const char *events[2], *non_events[2];
    const char *
        correlation; /**< pre–post (smcr, smcc, change scores) or the correlation itself (cor, zcor) */
    const char *effect, *effect_se, *effect_variance, *effect_lower, *effect_upper; /**< generic */
    const char *statistic_t, *statistic_f, *p_value; /**< of the comparison, instead of SDs      */
    const char *cluster_size, *intracluster_correlation;
    const char *treatment[2];      /**< names of what the groups received (network contrasts) */
    const char *arm;               /**< network, one row an arm: the treatment                */
    const char *year, *line_group; /**< line_group: rows of one multi-arm study (default: study) */
    const char *subgroup;
    const char *
        direction; /**< "lower" or "higher" is better, per row: rows that differ from the plan are flipped */
    const char *total_n;  /**< people in all, where the groups' numbers are not given */
    const char *measured; /**< "endpoint" or "change": what `mean` and `sd` are of */
    const char *design;   /**< "parallel", "cluster" or "crossover" */
    const char *crossover_correlation; /**< of one person's values under both treatments */
} VgExtractionColumns;

/** Group 1 and 2 of one row; NaN = absent. */
typedef struct VgExtractionGroup {
    double n, mean, sd, se, lower, upper, median, q1, q3, minimum, maximum;
    double change, sd_change, baseline_mean, baseline_sd, events;
} VgExtractionGroup;

/** What a row's means are of. With VG_MEASURED_CHANGE, `change` is used, or `mean` and `sd` where it is empty. */
typedef enum VgMeasured {
    VG_MEASURED_NOT_SAID = 0, /**< endpoints where there are, else changes */
    VG_MEASURED_ENDPOINT,
    VG_MEASURED_CHANGE
} VgMeasured;

/** Who was randomised: people, groups of people, or the order of treatments. */
typedef enum VgTrialDesign {
    VG_DESIGN_PARALLEL = 0,
    VG_DESIGN_CLUSTER,  /**< needs cluster size and intracluster correlation */
    VG_DESIGN_CROSSOVER /**< needs the correlation of one person's values */
} VgTrialDesign;

/** One row of the table as numbers. */
typedef struct VgExtractionRow {
    const char *study;
    size_t study_index; /**< rows of one study share it; in order of first appearance */
    size_t row;         /**< in the table: for moderators */
    size_t line;        /**< in the file: for messages    */
    VgExtractionGroup group[2];
    double correlation, effect, effect_se, effect_lower, effect_upper, t, f, p;
    double cluster_size, intracluster_correlation, crossover_correlation, year, total_n;
    VgMeasured measured;
    VgTrialDesign design;
    const char *treatment[2]; /**< arm-based: [0] is the arm's treatment */
    bool flipped;             /**< direction column says the scale runs the other way */
} VgExtractionRow;

/** RoB 2: one judgement per study and domain. */
typedef enum VgRiskOfBias {
    VG_RISK_ABSENT = 0,
    VG_RISK_LOW,
    VG_RISK_SOME_CONCERNS,
    VG_RISK_HIGH,
    VG_RISK_NO_INFORMATION
} VgRiskOfBias;

typedef struct VgExtraction {
    const VgTable *table; /**< borrowed: moderators and subgroups are its columns */
    VgExtractionRow *row;
    size_t n_rows;
    const char **study; /**< n_studies labels */
    size_t n_studies;
    bool arm_based;      /**< network: one row an arm; else one row a comparison */
    VgRiskOfBias *risk;  /**< n_rows × n_domains, row-major; NULL without risk-of-bias columns */
    const char **domain; /**< n_domains names; the last is "overall" when the table has it */
    size_t n_domains;
    bool has_overall;
} VgExtraction;

/** Reads the table's rows by the plan's measure. Refused: a negative or zero SD, n < 2, events above n, fractional events
 *  (percentages), numbers that contradict each other, duplicate labels (unless a three-level analysis, a subset or
 *  shared_control bears them), arms swapped between rows, a study with one arm, what the measure needs and the row
 *  half has; the whole list is in docs/methods/effect-sizes.md. A row without any number for the measure is a warning
 *  (vg_study_effects drops it by name), as is an n that is not whole. Labels that stand for several years get the year.
 *  @param columns  may be NULL (usual names)
 *  @param problems is added to; receives every problem with file and line
 *  @return VG_INVALID_INPUT when there was an error among them, VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_extraction_read(VgArena *arena, const VgTable *table,
                                          const VgEvidencePlan *plan, VgEvidenceKind kind,
                                          const VgExtractionColumns *columns,
                                          VgExtraction **extraction, VgProblems *problems,
                                          VgError *error);

#ifdef __cplusplus
}
#endif
#endif
