/* report.html: one page, put together from sections. Each section function writes nothing when the
 * result holds nothing for it and says whether it wrote. */
#ifndef VG_REPORT_HTML_H
#define VG_REPORT_HTML_H

#include "report/figures.h"

/* The drawn figures, made once for both report.html and figures/. */
typedef struct VgDrawn {
    const char *id;
    const char *title;
    const char *caption;
    VgBuffer svg;
    const VgPlot *plot; /* NULL for a figure that is SVG only */
} VgDrawn;

enum { VG_MOST_FIGURES = 24 };

typedef struct VgFigures {
    VgDrawn drawn[VG_MOST_FIGURES];
    size_t n;
} VgFigures;

void vg_figures_draw(const VgView *view, VgFigures *figures);
void vg_figures_free(VgFigures *figures);

void vg_html_page(VgBuffer *out, const VgView *view, const VgFigures *figures);

/* Sections in files of their own. */
void vg_html_answer(VgBuffer *out, const VgView *view);
void vg_html_patient(VgBuffer *out, const VgView *view);
void vg_html_harms(VgBuffer *out, const VgView *view);
void vg_html_baseline(VgBuffer *out, const VgView *view);

/* A table of the estimates of an analysis (NULL = all) and quantity (NULL = all). */
bool vg_html_estimates(VgBuffer *out, const VgView *view, const char *caption, const char *analysis,
                       const char *quantity);
/* A dataset as a table; a large one only names its file. */
bool vg_html_dataset(VgBuffer *out, const VgView *view, const char *caption, const char *analysis,
                     const char *name);
/* "p < 0.0001" or "p = 0.0123"; "" when there is none. */
const char *vg_p_text(const VgView *view, double p);

/* How the primary answer reads against nought and ±the important difference. */
typedef enum VgVerdict {
    VG_VERDICT_NONE,   /* no contrast, or no interval */
    VG_VERDICT_BETTER, /* interval on the side of benefit */
    VG_VERDICT_WORSE,  /* interval on the side of harm */
    VG_VERDICT_LITTLE, /* interval within ±important difference */
    VG_VERDICT_UNCLEAR /* anything else */
} VgVerdict;

VgVerdict vg_verdict(const VgEstimate *answer, const VgViewOutcome *outcome);

#endif
