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
    VG_MARK_TEXT,       /* text at x, y, where the layer's `place` says */
    VG_MARK_SQUARE,     /* x, y; `size` = its side; not drawn beyond the panel */
    VG_MARK_DIAMOND,    /* at y from x to x2, widest at y2 (an estimate between its limits) */
    VG_MARK_SPAN_X,     /* a flat bar at y from x to x2; `size` = its height, else 7 */
    VG_MARK_AREA,       /* a filled outline through x, y in order, cut at the panel */
    VG_MARK_BUBBLE,     /* a circle at x, y; `size` = its radius */
    VG_MARK_SEGMENT,    /* a line from x, y to x2, y2; `size` = its width */
    VG_MARK_SIGN        /* a coloured circle at x, y with a sign in it: "+", "!", "−", "?" */
} VgMark;

/* Where the text of a layer stands to its x, y. */
typedef enum VgTextPlace {
    VG_TEXT_ABOVE = 0, /* its middle at x, its foot just over y */
    VG_TEXT_RIGHT,     /* starts right of x */
    VG_TEXT_LEFT,      /* ends left of x */
    VG_TEXT_CENTRE     /* its middle at x, y */
} VgTextPlace;

/* Styles 0, 1, … are the series: each has its own colour, dash, marker and hatching. */
enum { VG_STYLE_INK = -1, VG_STYLE_MUTED = -2, VG_STYLE_PAPER = -3 };

typedef struct VgPlotLayer {
    VgMark mark;
    int style;
    const char *series; /* name in the legend and in Vega; NULL = not in the legend */
    bool light;         /* thin and pale, for many at once */
    bool hollow;        /* points, bubbles, areas: the outline only */
    double opacity;     /* of areas, spans and bubbles; 0 = as is usual */
    double font;        /* of texts and tiles; 0 = as is usual */
    VgTextPlace place;
    size_t n, capacity_;
    double *x, *y, *x2, *y2, *size; /* drawing units where no other is named; NaN = as is usual */
    const char **text; /* label of a tile or text; a tooltip elsewhere; may hold NULL */
} VgPlotLayer;

typedef enum VgRowKind {
    VG_ROW_PLAIN = 0,
    VG_ROW_STRONG,  /* bold */
    VG_ROW_HEADING, /* bold, and may reach into the panel */
    VG_ROW_ACROSS   /* muted, over the whole width of the panel */
} VgRowKind;

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
    bool from_edge;    /* y only: labels start at the panel's left edge and are cut, not wrapped */
    const VgRowKind *row; /* y only: how each tick's label is written; NULL = plainly */
} VgPlotAxis;

/* A column of text beside the axes, one entry for each tick of y. */
typedef struct VgPlotColumn {
    const char *heading;
    const char **text; /* may hold NULL */
    bool left;         /* of the axes; else right of them */
    bool signs;        /* texts are signs, drawn as VG_MARK_SIGN does */
} VgPlotColumn;

enum { VG_PLOT_COLUMNS = 16 };

typedef struct VgPlotPanel {
    const char *title;
    double height; /* 0 = the figure's panel_height */
    VgPlotAxis x, y;
    VgPlotColumn column[VG_PLOT_COLUMNS];
    size_t n_columns;
    bool bare; /* no axes: a drawing of its own */
    VgPlotLayer **layer;
    size_t n_layers, capacity_;
} VgPlotPanel;

typedef struct VgPlot {
    VgArena *arena;
    const char *id;    /* file name and HTML id */
    const char *about; /* the analysis it shows, or NULL */
    const char *title;
    const char *description; /* what a reader who cannot see it should know */
    double width, panel_height;
    double least;   /* CSS pixels below which a page scrolls rather than shrinks it; 0 = as usual */
    size_t columns; /* panels side by side */
    VgPlotPanel **panel;
    size_t n_panels, capacity_;
    bool failed;
} VgPlot;

/* A name as the id of a figure: letters, digits, '-' and '_'. NULL when memory is short. */
char *vg_plot_id(VgArena *arena, const char *name);
/* NULL when memory is short. */
VgPlot *vg_plot_create(VgArena *arena, const char *id, const char *title, const char *description);
/* These return NULL after a failure, and accept NULL: what is added then goes nowhere. */
VgPlotPanel *vg_plot_panel(VgPlot *plot, const char *title);
VgPlotLayer *vg_plot_layer(VgPlot *plot, VgPlotPanel *panel, VgMark mark, int style,
                           const char *series);
void vg_plot_add(VgPlot *plot, VgPlotLayer *layer, double x, double y, double x2, double y2,
                 const char *text);

/* Gives the mark added last a size. */
void vg_plot_size(VgPlotLayer *layer, double size);
/* A column of `n_ticks` texts; NULL when there are VG_PLOT_COLUMNS already, which is a failure. */
const char **vg_plot_column(VgPlot *plot, VgPlotPanel *panel, const char *heading, bool left,
                            size_t n);
/* What labels and columns take of a panel's width. */
double vg_plot_margins(const VgPlotPanel *panel);

/* What an axis must hold; begin with {INFINITY, -INFINITY}. */
typedef struct VgPlotRange {
    double low, high;
} VgPlotRange;

/* Takes the value in; what is not finite is left out. */
void vg_plot_widen(VgPlotRange *range, double value);

/* An axis that holds low … high, with about `n` round ticks. */
void vg_axis_numbers(VgPlot *plot, VgPlotAxis *axis, const char *label, double low, double high,
                     size_t n);
/* The same for logarithms: ticks stand at round ratios and are labelled with them. */
void vg_axis_ratios(VgPlot *plot, VgPlotAxis *axis, const char *label, double low, double high,
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
/* Colours of the signs of a judgement: "+" good, "!" some doubt, "−" bad, anything else not known. */
int vg_sign_style(const char *sign);
/* Dash pattern of series `style`, "" for a whole line. */
const char *vg_style_dash(int style);

#endif
