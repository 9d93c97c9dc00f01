/* A figure as data: panels with two axes and layers of marks. svg.c draws it and vega.c writes the
 * same layers as a Vega-Lite specification, so that the two cannot tell different stories.
 *
 * All memory is the figure's arena. A failed allocation is remembered in `failed` and told by
 * whoever draws. */
#ifndef VG_REPORT_PLOT_PLOT_H
#define VG_REPORT_PLOT_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>

#include "base/buffer.h"

typedef enum VgMark {
    VG_MARK_LINE,       /* x, y in order; a NaN y lifts the pen */
    VG_MARK_POINT,      /* x, y */
    VG_MARK_INTERVAL_Y, /* at x from y to y2, with end strokes */
    VG_MARK_INTERVAL_X, /* at y from x to x2, with end strokes */
    VG_MARK_BAR_Y,      /* upright, at x from 0 to y */
    VG_MARK_BAR_X,      /* lying, at y from 0 to x */
    VG_MARK_TILE,       /* one square around x, y; x2 in −1 … 1 is its shade */
    VG_MARK_RULE_X,     /* a line across the panel at x */
    VG_MARK_RULE_Y,     /* a line across the panel at y */
    VG_MARK_TEXT        /* text, its middle at x, its foot just over y */
} VgMark;

/* Styles 0, 1, … are the series: each has its own colour, dash, marker and hatching. */
enum { VG_STYLE_INK = -1, VG_STYLE_MUTED = -2 };

typedef struct VgPlotLayer {
    VgMark mark;
    int style;
    const char *series; /* name in the legend and in Vega; NULL = not in the legend */
    bool light;         /* thin and pale, for many at once */
    size_t n, capacity_;
    double *x, *y, *x2, *y2;
    const char **text; /* label of a tile or text; a tooltip elsewhere; may hold NULL */
} VgPlotLayer;

typedef struct VgPlotAxis {
    const char *label;
    double low, high;
    size_t n_ticks;
    double *tick;
    const char **tick_label;
    const char **side_label; /* y only: text at the right end of a tick's row; may be NULL */
    const char *towards_low,
        *towards_high; /* x only: words under the axis on either side of nought */
    bool categories;   /* ticks are rows or columns, not points of a scale */
    bool downward;     /* y only: low is at the top */
} VgPlotAxis;

enum { VG_PLOT_LAYERS = 40, VG_PLOT_PANELS = 8 };

typedef struct VgPlotPanel {
    const char *title;
    double height; /* 0 = the figure's panel_height */
    VgPlotAxis x, y;
    VgPlotLayer layer[VG_PLOT_LAYERS];
    size_t n_layers;
} VgPlotPanel;

typedef struct VgPlot {
    VgArena *arena;
    const char *id;    /* file name and HTML id */
    const char *about; /* the analysis it shows, or NULL */
    const char *title;
    const char *description; /* what a reader who cannot see it should know */
    double width, panel_height;
    size_t columns; /* panels side by side */
    VgPlotPanel *panel[VG_PLOT_PANELS];
    size_t n_panels;
    bool failed;
} VgPlot;

/* NULL when memory is short. */
VgPlot *vg_plot_create(VgArena *arena, const char *id, const char *title, const char *description);
/* These return NULL after a failure, and accept NULL: what is added then goes nowhere. */
VgPlotPanel *vg_plot_panel(VgPlot *plot, const char *title);
VgPlotLayer *vg_plot_layer(VgPlot *plot, VgPlotPanel *panel, VgMark mark, int style,
                           const char *series);
void vg_plot_add(VgPlot *plot, VgPlotLayer *layer, double x, double y, double x2, double y2,
                 const char *text);

/* An axis that holds low … high, with about `n` round ticks. */
void vg_axis_numbers(VgPlot *plot, VgPlotAxis *axis, const char *label, double low, double high,
                     size_t n);
/* Ticks at given places (visits by day). */
void vg_axis_places(VgPlot *plot, VgPlotAxis *axis, const char *label, const double *place,
                    const char *const *name, size_t n);
/* Rows or columns 0 … n − 1. */
void vg_axis_categories(VgPlot *plot, VgPlotAxis *axis, const char *label, const char *const *name,
                        size_t n);

/* Writes a number for a reader: `decimals` places, a true minus sign. More than seven places become
 * powers of ten, "2.7e-09": a number is not written as nought because its unit is large. */
void vg_put_number(VgBuffer *out, double value, int decimals);

/* HTML and XML text. */
void vg_put_escaped(VgBuffer *out, const char *text);

void vg_plot_svg(VgBuffer *out, const VgPlot *plot);
void vg_plot_vega(VgBuffer *out, const VgPlot *plot);

/* Colour of series `style` (Okabe & Ito 2008, ordered by lightness contrast). */
const char *vg_style_colour(int style);
/* Dash pattern of series `style`, "" for a whole line. */
const char *vg_style_dash(int style);

#endif
