/* What the sections of a review's page share. */
#ifndef VG_REPORT_HTML_REVIEW_H
#define VG_REPORT_HTML_REVIEW_H

#include "report/html.h"

/* What stands behind a figure: quantities of estimates and datasets, each list ended by NULL. */
typedef struct VgBehind {
    const char *quantity[4], *dataset[3];
} VgBehind;

/* All parts of a kind of figure of an analysis, with the tables behind the first; false when there is none. */
bool vg_review_show(VgBuffer *out, const VgView *view, const VgFigures *figures,
                    const VgViewAnalysis *analysis, const char *kind, VgBehind behind);

/* The first part of a kind of figure of an analysis; NULL when there is none. */
const VgDrawn *vg_review_drawn(const VgFigures *figures, const VgViewAnalysis *analysis,
                               const char *kind);

typedef void (*VgReviewWriter)(VgBuffer *out, const VgView *view, const VgFigures *figures,
                               const VgViewAnalysis *analysis);
/* Runs a writer for each analysis; where the plan has several, each has its heading. */
void vg_review_by_analysis(VgBuffer *out, const VgView *view, const VgFigures *figures,
                           VgReviewWriter write);

/* An entry of a <dl>; nothing where the text is empty. */
void vg_review_item(VgBuffer *out, const char *name, const char *text);

void vg_review_answer(VgBuffer *out, const VgView *view, const VgFigures *figures);
void vg_review_others(VgBuffer *out, const VgView *view, const VgFigures *figures);
/* The kind of figure that stands in the answer of a leading analysis; NULL = none does. */
const char *vg_review_answer_figure(const VgView *view, const VgFigures *figures,
                                    const VgViewAnalysis *analysis);
/* Where a figure stands that is not shown again here. */
void vg_review_link(VgBuffer *out, const VgDrawn *drawn);

#endif
