/* A causal graph drawn from left to right: treatments, functions, channels, symptoms. What is drawn is given as boxes and
 * arrows, so that a design (effects) and a result (estimates) look alike. */
#ifndef VG_REPORT_AXIS_GRAPH_H
#define VG_REPORT_AXIS_GRAPH_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>

#include "base/buffer.h"

typedef enum VgGraphSort {
    VG_GRAPH_TREATMENT = 0,
    VG_GRAPH_FUNCTION,
    VG_GRAPH_CHANNEL,
    VG_GRAPH_SYMPTOM,
    VG_GRAPH_OTHER /* confounders: below the others */
} VgGraphSort;

typedef struct VgGraphBox {
    VgGraphSort sort;
    const char *name;
    const char *detail; /* smaller, under the name; wrapped; NULL = none */
    bool dashed;        /* not measured */
} VgGraphBox;

typedef struct VgGraphArrow {
    size_t from, to;        /* boxes */
    const char *label;      /* effect or estimate; NULL = none */
    const char *moderators; /* NULL = none */
    bool strong;            /* an estimate that excludes nought, and the like */
    bool dashed;            /* acts at a later visit */
} VgGraphArrow;

/* Appends an <svg>. Fails visibly in the buffer only. Columns follow the arrows within a sort (a channel that another one
 * acts on stands right of it). `id` makes its marker names unique on a page. O(boxes² + arrows²). */
void vg_put_axis_graph(VgBuffer *out, VgArena *arena, const char *id, const char *title,
                       const VgGraphBox *box, size_t n_boxes, const VgGraphArrow *arrow,
                       size_t n_arrows);

#endif
