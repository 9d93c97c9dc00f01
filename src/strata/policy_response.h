/* Of the people whom a rule gives an arm, how many responded under each: counted in each deal, told as means over deals. */
#ifndef VG_STRATA_POLICY_RESPONSE_H
#define VG_STRATA_POLICY_RESPONSE_H

#include <vagus/policy.h>

/* Numbers that a deal adds to its record; 0 where response is not told. */
size_t vg_policy_response_width(const VgPolicyData *data);
/* Adds the people to whom `given` names an arm. */
void vg_policy_response_count(const VgPolicyData *data, const size_t *given, double *record);
/* From the means of the records. */
VG_MUST_CHECK VgStatus vg_policy_response(VgArena *arena, const VgPolicyData *data,
                                          const double *mean, double level,
                                          VgPolicyResponse **response, VgError *error);

#endif
