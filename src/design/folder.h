/* What the writers of a virtual study share. */
#ifndef VG_DESIGN_FOLDER_H
#define VG_DESIGN_FOLDER_H

#include <vagus/simulate.h>

#include "base/buffer.h"
#include "design/propagate.h"
#include "numeric/random.h"

/* Purposes that draw beside the trial's own numbers: replicates of the simulation stream that no trial has. */
enum {
    VG_EXTRA_EVENTS = 0x7FFF0001,
    VG_EXTRA_BATCHES = 0x7FFF0002,
    VG_EXTRA_GENOMES = 0x7FFF0003,
    VG_EXTRA_COUNTS = 0x7FFF0010, /* + layer */
    VG_EXTRA_REPEATS = 0x7FFF1000 /* + number of the replicate */
};

typedef struct VgVirtualStudy {
    VgArena *arena;
    const VgDesignFile *design;
    const VgAxisModel *model;
    VgTrialScheme scheme;
    uint64_t seed;
    VgVirtualTrial trial;
    VgStudyFiles *files;
} VgVirtualStudy;

/* Takes over the buffer's text as a file, and frees the buffer. */
VG_MUST_CHECK VgStatus vg_virtual_file(VgVirtualStudy *s, const char *name, VgBuffer *text,
                                       VgError *error);
/* "P007". `text` has 16 bytes. */
const char *vg_virtual_id(size_t participant, char *text);
/* "P007_w4_stool". `text` has 160 bytes. */
const char *vg_virtual_sample(const VgVirtualStudy *s, size_t participant, size_t visit,
                              const char *matrix, char *text);
/* Whether the participant gave a sample of the layer then. */
bool vg_virtual_sampled(const VgVirtualStudy *s, const VgDesignLayer *layer, size_t participant,
                        size_t visit);
/* The batch of a participant's samples in a layer. */
size_t vg_virtual_batch(const VgVirtualStudy *s, const VgDesignLayer *layer, size_t participant);
/* Like vg_buffer_printf("%.6g"), never "inf" or "nan". */
void vg_put_value(VgBuffer *out, double value);

VG_MUST_CHECK VgStatus vg_virtual_tables(VgVirtualStudy *s, VgError *error);   /* tables.c */
VG_MUST_CHECK VgStatus vg_virtual_microbes(VgVirtualStudy *s, VgError *error); /* microbes.c */
VG_MUST_CHECK VgStatus vg_virtual_yaml(VgVirtualStudy *s, VgError *error);     /* study_yaml.c */
VG_MUST_CHECK VgStatus vg_virtual_truth(VgVirtualStudy *s, size_t population,
                                        VgError *error); /* truth_json.c */

#endif
