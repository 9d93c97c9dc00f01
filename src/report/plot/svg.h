/* What the parts of the SVG renderer share. */
#ifndef VG_REPORT_PLOT_SVG_H
#define VG_REPORT_PLOT_SVG_H

#include "report/plot/plot.h"

enum { VG_SVG_FONT = 14, VG_SVG_LINE = 17, VG_SVG_WRAP = 200 };

/* Where a panel's axes lie on the page. */
typedef struct VgSvgFrame {
    const VgPlot *plot;
    const VgPlotPanel *panel;
    size_t index; /* of the panel in its plot */
    double left, top, right, bottom;
    double page_left, page_right; /* of the panel with its labels */
} VgSvgFrame;

/* In drawing units at the usual size of font. */
double vg_svg_text_width_n(const char *text, size_t n);
double vg_svg_text_width(const char *text);
/* Bytes of `text` that make the next line of at most `room`; breaks at spaces. */
size_t vg_svg_line_length(const char *text, double room);
size_t vg_svg_count_lines(const char *text, double room, double *widest);
void vg_svg_put_text(VgBuffer *out, double x, double y, const char *anchor, const char *extra,
                     const char *text, size_t length);
/* Lines downwards from the first baseline. */
void vg_svg_put_wrapped(VgBuffer *out, double x, double y, const char *anchor, const char *text,
                        double room);
/* One line of at most `room`; what is longer ends in "…". */
void vg_svg_put_cut(VgBuffer *out, double x, double y, const char *anchor, const char *extra,
                    const char *text, double room);

double vg_svg_clamp(double value, double low, double high);
double vg_svg_at_x(const VgSvgFrame *f, double x);
double vg_svg_at_y(const VgSvgFrame *f, double y);
void vg_svg_marker(VgBuffer *out, int style, double x, double y, double r);
/* A filled circle with a sign in it: "+", "!", "−" or "?". */
void vg_svg_sign(VgBuffer *out, const char *sign, double x, double y, double r);
void vg_svg_bar_fill(VgBuffer *out, const VgSvgFrame *f, int style);
void vg_svg_draw_layer(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer);

#endif
