/* Where the boxes and arrows of a causal graph go: a column for each sort, arrows that pass a column between its boxes, an
 * order with few crossings. Nothing is drawn here. */
#ifndef VG_REPORT_AXIS_LAYOUT_H
#define VG_REPORT_AXIS_LAYOUT_H

#include "report/axis_graph.h"

typedef enum VgGraphWay {
    VG_WAY_ON = 0, /* to a column on the right */
    VG_WAY_WITHIN, /* to a box of the same column, round its right side */
    VG_WAY_BACK,   /* to a column on the left, by a lane under the boxes */
    VG_WAY_UP      /* from the row of other causes */
} VgGraphWay;

typedef struct VgGraphRoute {
    VgGraphWay way;
    double x1, y1, x2, y2;         /* its ends */
    size_t first;                  /* on: first column that it passes */
    size_t n_passes;               /* … and how many */
    double pass[VG_GRAPH_COLUMNS]; /* on: its height there */
    double out;                    /* within: x of its outermost point; back: y of its lane */
} VgGraphRoute;

typedef struct VgGraphPlace {
    double x, y, width, height;
} VgGraphPlace;

/* What the drawing needs of each thing; filled by the caller before it asks for the layout. */
typedef struct VgGraphSizes {
    double box_width, margin, head; /* `head`: room over the boxes */
    const double *box_height;       /* least heights, n_boxes */
    const double *label_width;      /* n_arrows; 0 = none */
    double pitch; /* what an arrow with a label needs of the side that it ends on */
    double lane;  /* distance of two lanes */
} VgGraphSizes;

typedef struct VgGraphLayout {
    VgGraphPlace *place; /* n_boxes */
    VgGraphRoute *route; /* n_arrows */
    double column_x[VG_GRAPH_COLUMNS], column_width;
    bool used[VG_GRAPH_COLUMNS];
    double width, bottom; /* of all that is drawn, without the key */
} VgGraphLayout;

/* False when memory is short. */
bool vg_axis_layout(VgArena *arena, const VgGraph *graph, const VgGraphSizes *sizes,
                    VgGraphLayout *layout);

#endif
