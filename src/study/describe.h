/* What a study file says of itself, trial or review, as facts of the result. */
#ifndef VG_STUDY_DESCRIBE_H
#define VG_STUDY_DESCRIBE_H

#include <vagus/study.h>

/* Titles, whether the data are simulated, source, licence, people to ask, the file's name. */
void vg_study_describe(const VgStudy *study, VgResult *result);

#endif
