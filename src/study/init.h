/* The files of `vagus init`. */
#ifndef VG_STUDY_INIT_H
#define VG_STUDY_INIT_H

#include "base/buffer.h"

/* The commented study.yaml. */
void vg_study_template_trial(VgBuffer *study);
/* The example tables: a simulated trial, always the same. */
void vg_study_template_tables(VgBuffer *participants, VgBuffer *scores, VgBuffer *events);
/* The commented study.yaml of a review and its simulated extraction table. */
void vg_study_template_review(VgBuffer *study, VgBuffer *trials);

#endif
