/* What the files that read `evidence:` share, and the names of the roles of columns. */
#ifndef VG_STUDY_REVIEW_H
#define VG_STUDY_REVIEW_H

#include <vagus/review.h>

#include "study/reader.h"

/* A role of a column, as in `columns: {ROLE: COLUMN}` and --columns ROLE=COLUMN: where its name goes
 * in VgExtractionColumns. */
typedef struct VgColumnRole {
    const char *name;
    size_t offset; /* of a const char *, or of two (treatment, control) */
    bool pair;
} VgColumnRole;
extern const VgColumnRole vg_column_roles[]; /* ends with name == NULL */

/* NULL when there is none of that name. */
const VgColumnRole *vg_column_role_find(const char *name);
/* Every name, for suggestions; *n of them; NULL when memory is short. */
const char **vg_column_role_names(VgArena *arena, size_t *n);
/* Enters the name of a column; `arm` is 0 or 1 for pairs, else 0. False when the role has one already. */
bool vg_column_role_set(VgExtractionColumns *columns, const VgColumnRole *role, size_t arm,
                        const char *column);

/* The value of `pre_post_correlation`; NaN = not given. A problem unless it lies between -1 and 1
 * and is not 0. */
double vg_study_correlation(VgStudyReader *reader, const VgYaml *map);

/* "a*b" into two names; false when it is no such thing. */
bool vg_interaction_parse(VgArena *arena, const char *text, VgNamedInteraction *interaction);

/* ---- review_analyses.c ---- */

/* `analyses:` into review->plan; ids, inheritance of sensitivity analyses, columns that exist. */
void vg_study_read_review_analyses(VgStudyReader *reader, const VgYaml *node, VgReview *review);
/* The rows of the table, by what is declared; their problems join the others. */
void vg_study_read_extraction(VgStudyReader *reader, const VgYaml *node, VgReview *review);

#endif
