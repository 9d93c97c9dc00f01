/* What the files that read an extraction table share. */
#ifndef VG_STUDY_EXTRACTION_H
#define VG_STUDY_EXTRACTION_H

#include <vagus/extraction.h>

#include "study/reader.h"

/* Numbers of a row by role, beside those of a group: found columns, NULL = absent. Means (mean … n_change) and counts
 * (events, non_events) stand together: extraction_columns.c asks which of them a measure can use. */
typedef struct VgExtractionFound {
    const VgColumn *study, *arm, *treatment[2], *year, *line_group, *direction;
    const VgColumn *n[2], *mean[2], *sd[2], *se[2], *lower[2], *upper[2];
    const VgColumn *median[2], *q1[2], *q3[2], *minimum[2], *maximum[2];
    const VgColumn *change[2], *sd_change[2], *baseline_mean[2], *baseline_sd[2];
    const VgColumn *n_change[2], *events[2], *non_events[2];
    const VgColumn *correlation, *effect, *effect_se, *effect_variance, *effect_lower,
        *effect_upper;
    const VgColumn *statistic_t, *statistic_f, *p_value;
    const VgColumn *cluster_size, *intracluster_correlation, *crossover_correlation, *total_n;
    const VgColumn *measured, *design;
} VgExtractionFound;

/* Kinds of problems: of each kind a few are listed singly. */
typedef enum VgExtractionFault {
    VG_FAULT_NOT_A_NUMBER = 0,
    VG_FAULT_LABEL,
    VG_FAULT_N,
    VG_FAULT_SD,
    VG_FAULT_SE,
    VG_FAULT_ORDER,
    VG_FAULT_COUNT,
    VG_FAULT_PERCENT,
    VG_FAULT_ABOVE_N,
    VG_FAULT_CONTRADICTION,
    VG_FAULT_RANGE,
    VG_FAULT_INCOMPLETE,
    VG_FAULT_EMPTY,    /* a warning */
    VG_FAULT_FRACTION, /* a warning */
    VG_FAULT_DUPLICATE,
    VG_FAULT_SWAPPED,
    VG_FAULT_ONE_ARM,
    VG_FAULT_TREATMENT,
    VG_FAULT_DIRECTION,
    VG_FAULT_MEASURED,
    VG_FAULT_DESIGN,
    VG_FAULT_RISK
} VgExtractionFault;
enum { VG_N_EXTRACTION_FAULTS = VG_FAULT_RISK + 1 };

typedef struct VgExtractionReader {
    VgStudyReader reader; /* arena, file, problems, failed */
    const VgTable *table;
    const VgEvidencePlan *plan;
    VgEvidenceKind kind;
    VgExtractionFound found;
    VgExtraction *extraction;
    double *non_events[2]; /* n_rows; NaN = absent */
    bool design_named;     /* else other words than ours mean nothing */
    size_t count[VG_N_EXTRACTION_FAULTS];
} VgExtractionReader;

/* An error (or warning) at the line of a row; beyond a few of a kind only counted. */
void vg_extraction_fault(VgExtractionReader *reader, VgExtractionFault fault, size_t line,
                         const char *message, const char *hint, ...) VG_PRINTF(4, 6);
/* "and n more" for every kind. */
void vg_extraction_and_more(VgExtractionReader *reader);

/* ---- extraction_columns.c: explicit names, else usual ones ---- */
void vg_extraction_find_columns(VgExtractionReader *reader, const VgExtractionColumns *columns);

/* ---- extraction_checks.c, extraction_studies.c ---- */
void vg_extraction_check_row(VgExtractionReader *reader, size_t row);
void vg_extraction_check_studies(VgExtractionReader *reader);

/* ---- extraction_words.c: what a row's words say ---- */
/* +1 lower is better, -1 higher is better, 0 nothing said. */
int vg_extraction_direction(VgExtractionReader *reader, size_t row);
VgMeasured vg_extraction_measured(VgExtractionReader *reader, size_t row);
VgTrialDesign vg_extraction_design(VgExtractionReader *reader, size_t row);
/* Whether every word of the column is one that `measured` takes. */
bool vg_extraction_says_measured(VgExtractionReader *reader, const VgColumn *column);

/* ---- extraction_risk.c ---- */
void vg_extraction_read_risk(VgExtractionReader *reader);

#endif
