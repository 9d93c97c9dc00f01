/* What is told of a rule, in the same words by a trial's run and by vagus forest. */
#ifndef VG_STRATA_POLICY_ROWS_H
#define VG_STRATA_POLICY_ROWS_H

#include <vagus/policy.h>

#include "strata/contrast_rows.h"

typedef struct VgPolicyTold {
    VgContrastRows rows;          /* of all arms: no arm, no reference */
    const char *const *arm_name;  /* n_arms */
    const char *const *arm_label; /* n_arms, or NULL: the names */
    size_t n_arms;
    const char *const *feature_name;
    double worthwhile, power; /* worthwhile 0: not declared */
    const char *value, *gain; /* quantities of the rows */
    bool arm_apart;           /* the arm in its own column, not in the term */
} VgPolicyTold;

/* Rows of value, gain and shares, facts policy_recommended …, dataset policy_tree. */
void vg_policy_rows(const VgPolicyTold *told, const VgPolicyValue *value);
/* Whether the rule is recommended, and what would decide. NULL: no memory, which the arena remembers */
const char *vg_policy_sentence(const VgPolicyTold *told, const VgPolicyValue *value);

#endif
