/* What the files that write the methods section share. */
#ifndef VG_TRIAL_METHODS_H
#define VG_TRIAL_METHODS_H

#include "base/buffer.h"
#include "trial/plan.h"

typedef struct VgMethods {
    VgTrial *trial;
    VgDataset *data;
    VgBuffer text; /* the paragraph being written */
    uint64_t cited;
} VgMethods;

/* Names a work among the references. */
void vg_methods_cite(VgMethods *methods, VgCitation work);
/* Ends the paragraph; one without text is not written. */
void vg_methods_paragraph(VgMethods *methods, const char *heading);
/* Comparisons of layers (methods_panel.c). */
void vg_methods_panel(VgMethods *methods);
/* What was computed from layers, their quality, and norms (methods_layers.c). */
void vg_methods_layers(VgMethods *methods);

#endif
