/* How one outcome is declared: where its values stand and how they are scored. */
#ifndef VG_STUDY_OUTCOME_H
#define VG_STUDY_OUTCOME_H

#include "study/reader.h"

/* The columns that give one value: one column, or the items of a scale. */
typedef struct VgCellColumns {
    const VgColumn **column; /* n of them */
    size_t n;
} VgCellColumns;

/* Where the values of an outcome stand. */
typedef struct VgOutcomeCells {
    const VgTable *table;
    const VgColumn *id;
    const VgColumn *visit;  /* LONG: column of visit codes; NULL when wide */
    const VgColumn *date;   /* LONG: date of the visit; NULL = none */
    VgCellColumns *columns; /* LONG: one entry; wide: one a visit, n = 0 where not measured */
    bool items;             /* columns are items to be scored */
    const char **ignored;   /* LONG: codes of visits to leave out */
    size_t n_ignored;
} VgOutcomeCells;

/* Reads the values and baseline of study->outcome[index]. */
void vg_study_read_cells(VgStudyReader *reader, size_t index, const VgOutcomeCells *cells);
void vg_study_read_outcome_baseline(VgStudyReader *reader, size_t index, const VgYaml *node,
                                    const VgOutcomeCells *cells);

/* What an outcome is measured on: a scale, or unit, direction and range. NULL and problems otherwise. */
const VgScale *vg_study_outcome_scale(VgStudyReader *reader, const char *name, const VgYaml *node);
/* `important_difference`, into the outcome. */
void vg_study_important_difference(VgStudyReader *reader, const VgYaml *node, VgOutcome *outcome);

#endif
