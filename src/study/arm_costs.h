/* What giving each arm takes: a small table arm, cost, harm, burden, or the same in the study file. */
#ifndef VG_STUDY_ARM_COSTS_H
#define VG_STUDY_ARM_COSTS_H

#include <vagus/strata_plan.h>

#include "study/reader.h"

/* The prices of all arms in the study's order, of the table that `node` names, or of {ARM: {cost: …}}, where arms that are not
 * named cost nothing; NULL when there is something wrong (every fault told with its line). `path` gets the file's name. */
VgArmPrice *vg_study_arm_costs(VgStudyReader *reader, const VgYaml *node, const char **path);

#endif
