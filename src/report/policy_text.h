/* A rule as text: the questions of its tree, one under the other. */
#ifndef VG_REPORT_POLICY_TEXT_H
#define VG_REPORT_POLICY_TEXT_H

#include <vagus/result.h>

#include "base/buffer.h"

/* Every tree that the result holds (dataset policy_tree), each under a heading. */
void vg_put_policy_trees(VgBuffer *out, const VgResult *result, int digits);

#endif
