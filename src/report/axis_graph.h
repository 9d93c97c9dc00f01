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

enum { VG_GRAPH_COLUMNS = VG_GRAPH_OTHER };

typedef struct VgGraphBox {
    VgGraphSort sort;
    const char *name;
    const char *detail; /* smaller, under the name; wrapped; NULL = none */
    bool dashed;        /* not measured */
} VgGraphBox;

/* What an arrow says by the way it is drawn. */
typedef enum VgGraphLine {
    VG_GRAPH_SAME_VISIT = 0, /* as declared, nothing estimated */
    VG_GRAPH_LATER,          /* as declared, acts at a later visit */
    VG_GRAPH_RANDOMISED,     /* estimated, and rests on randomisation */
    VG_GRAPH_ASSUMED,        /* estimated, and rests on an assumption */
    VG_GRAPH_NOT_ESTIMATED,
    VG_GRAPH_LINE_COUNT
} VgGraphLine;

typedef struct VgGraphArrow {
    size_t from, to; /* boxes */
    VgGraphLine line;
    const char *label; /* effect or estimate, over its end; NULL = none */
    const char *below; /* interval or moderators, under it; NULL = none */
    bool strong;       /* an interval that excludes nought */
} VgGraphArrow;

typedef struct VgGraph {
    const char *id; /* makes names unique on a page */
    const char *title, *description;
    const char *heading[VG_GRAPH_COLUMNS]; /* of the columns; NULL = as is usual */
    const char *others;                    /* over the row of other causes; NULL = nothing */
    const VgGraphBox *box;
    const VgGraphArrow *arrow;
    size_t n_boxes, n_arrows;
} VgGraph;

/* Appends an <svg>. Fails visibly in the buffer only. O(boxes · arrows²). */
void vg_put_axis_graph(VgBuffer *out, VgArena *arena, const VgGraph *graph);

#endif
