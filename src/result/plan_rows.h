/* What every question of a study's plan adds to the result alike: its row among the analyses, sentences of the methods section, works
 * that are cited; and what is left of one that broke off. */
#ifndef VG_RESULT_PLAN_ROWS_H
#define VG_RESULT_PLAN_ROWS_H

#include <vagus/result.h>

/* NULL: absent. */
typedef struct VgPlanQuestion {
    const char *id, *kind, *label, *outcome, *visit, *arm, *reference;
} VgPlanQuestion;

/* A row of `analyses`, with the kind as its role. */
void vg_plan_question(VgResult *result, const VgPlanQuestion *question);
/* A paragraph of `methods`. */
void vg_plan_method(VgResult *result, const char *heading, const char *text);
/* A row of `references`, once a key. */
void vg_plan_cite(VgResult *result, const char *key, const char *citation);

/* Where a result stands, and back to it. */
typedef struct VgPlanMark {
    size_t n_estimates, n_facts, n_datasets;
} VgPlanMark;
VgPlanMark vg_plan_mark(const VgResult *result);
void vg_plan_take_back(VgResult *result, VgPlanMark mark);
/* A question that broke off leaves no half of its rows, but a fact `failed` and a warning. Memory and disk go up.
 * @return VG_OK, VG_NO_MEMORY or VG_IO */
VgStatus vg_plan_settle(VgResult *result, VgPlanMark mark, const VgPlanQuestion *question,
                        VgStatus status, const VgError *why, VgError *error);

#endif
