/* One row of the extraction as the numbers its measure needs, or why not. */
#ifndef VG_EVIDENCE_STUDY_ROW_H
#define VG_EVIDENCE_STUDY_ROW_H

#include "evidence/effects/effect_parts.h"

typedef enum VgRowKind {
    VG_ROW_UNUSABLE = 0, /* `why`; an error unless `empty` */
    VG_ROW_MEANS,        /* arm[0..1]: mean, sd, unit */
    VG_ROW_COUNTS,       /* arm[0..1]: events, n */
    VG_ROW_ONE_GROUP,    /* arm[0] */
    VG_ROW_DIRECT        /* y and v stand already */
} VgRowKind;

typedef struct VgStudyRow {
    VgRowKind kind;
    const char *why;
    bool empty; /* none of the numbers that the measure uses */
    VgArmSummary arm[2];
    VgEffect direct;
    double design_effect; /* 1 unless a cluster trial */
    bool change;          /* made of changes from baseline */
    bool crossover;       /* both arms are the same people */
    VgNote note;
} VgStudyRow;

/* Numbers as published: cluster trials are not corrected yet (`design_effect`). */
void vg_study_row(const VgExtractionRow *row, const VgEvidencePlan *plan, VgStudyRow *out);

/* The correlation of the row, or the plan's assumed one; NaN. */
double vg_row_correlation(const VgExtractionRow *row, const VgEvidencePlan *plan, bool *assumed);
/* Whether `mean`, `sd`, … hold changes from baseline. */
bool vg_row_means_are_changes(const VgExtractionRow *row);
/* A group whose `mean` is never that of a change: those stand in `change` and `sd_change`. */
VgExtractionGroup vg_row_group(const VgExtractionRow *row, int i);
/* 1 + (m − 1) ICC; NaN when a cluster size stands without an ICC. */
double vg_row_design_effect(const VgExtractionRow *row, const VgEvidencePlan *plan, VgNote *note);

#endif
