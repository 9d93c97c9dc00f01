/* report.html: one page, put together from sections. Each section function writes nothing when the
 * result holds nothing for it and says whether it wrote. */
#ifndef VG_REPORT_HTML_H
#define VG_REPORT_HTML_H

#include "report/catalogue.h"
#include "report/figures.h"

/* The drawn figures, made once for both report.html and figures/. */
typedef struct VgDrawn {
    const char *id;
    const char *title;
    const char *caption;
    VgBuffer svg;
    const VgPlot *plot; /* NULL for a figure that is SVG only */
} VgDrawn;

typedef struct VgFigures {
    VgDrawn *drawn; /* the list in the view's arena; each `svg` is freed by vg_figures_free */
    size_t n, capacity_;
} VgFigures;

void vg_figures_draw(const VgView *view, VgFigures *figures);
void vg_figures_free(VgFigures *figures);

/* Draws one more; a NULL plot adds nothing. */
void vg_figures_keep(const VgView *view, VgFigures *figures, const VgPlot *plot);
/* The same of a figure that is SVG only; `draw` says whether it drew. */
void vg_figures_keep_drawing(const VgView *view, VgFigures *figures, const VgViewAnalysis *analysis,
                             const char *id, const char *title, const char *caption,
                             bool (*draw)(VgBuffer *out, const VgView *view,
                                          const VgViewAnalysis *analysis, const char *id,
                                          const char *title, const char *description));
/* All figures of a review. */
void vg_review_figures(const VgView *view, VgFigures *figures);

/* All figures of a panel, and its sections. */
void vg_panel_figures(const VgView *view, VgFigures *figures);
void vg_section_panel(VgBuffer *out, const VgView *view, const VgFigures *figures);
/* The part of one measured layer (html_measured.c). */
void vg_measured_figures(const VgView *view, VgFigures *figures, const char *layer,
                         const char *label);
void vg_section_measured(VgBuffer *out, const VgView *view, const VgFigures *figures,
                         const char *layer);
void vg_panel_quality_figures(const VgView *view, VgFigures *figures);
void vg_section_panel_quality(VgBuffer *out, const VgView *view, const VgFigures *figures);

/* The same of layers of functions (html_function.c). */
bool vg_is_function_layer(const VgView *view, const char *layer);
void vg_function_figures(const VgView *view, VgFigures *figures, const char *layer,
                         const char *label);
void vg_section_function(VgBuffer *out, const VgView *view, const VgFigures *figures);
/* Participants among comparable people. */
void vg_norm_figures(const VgView *view, VgFigures *figures);
void vg_section_norms(VgBuffer *out, const VgView *view, const VgFigures *figures);

/* Through which channel it worked. */
void vg_mechanism_figures(const VgView *view, VgFigures *figures);
void vg_section_mechanism(VgBuffer *out, const VgView *view, const VgFigures *figures);

/* Who benefits from what (html_strata.c). */
void vg_strata_figures(const VgView *view, VgFigures *figures);
void vg_section_strata(VgBuffer *out, const VgView *view, const VgFigures *figures);

/* Who will respond, and how one person may do (html_prediction.c). */
void vg_prediction_figures(const VgView *view, VgFigures *figures);
void vg_section_prediction(VgBuffer *out, const VgView *view, const VgFigures *figures);

/* A section writes nothing when there is nothing to say. */
typedef struct VgHtmlSection {
    const char *id, *heading, *in_nav;
    void (*write)(VgBuffer *out, const VgView *view, const VgFigures *figures);
} VgHtmlSection;

/* The sections of a review's page, in their order. */
const VgHtmlSection *vg_review_sections(size_t *n);

/* Sections of both kinds of page. */
void vg_section_tables(VgBuffer *out, const VgView *view, const VgFigures *figures);
void vg_section_provenance(VgBuffer *out, const VgView *view, const VgFigures *figures);
void vg_section_warnings(VgBuffer *out, const VgView *view, const VgFigures *figures);
void vg_section_methods(VgBuffer *out, const VgView *view, const VgFigures *figures);

/* The first figure whose id starts so; NULL when there is none. */
const VgDrawn *vg_html_find_figure(const VgFigures *figures, const char *id);
/* The figure of exactly this name (as it was given to vg_plot_create); NULL when there is none. */
const VgDrawn *vg_html_figure_named(const VgView *view, const VgFigures *figures, const char *name);
/* A phrase in an element, with its class (NULL = none). */
void vg_html_say(VgBuffer *out, const char *tag, const char *class, const char *key,
                 const VgSlot *slots, size_t n);
/* A figure with its caption; the caller opens the table behind it and ends with vg_html_figure_end. */
void vg_html_figure(VgBuffer *out, const VgDrawn *drawn);
void vg_html_figure_end(VgBuffer *out);
/* A fold; the caller ends it with "</details>". */
void vg_html_details(VgBuffer *out, const char *summary);
/* A fold with this in it, none where that is empty; frees the body. */
void vg_html_fold(VgBuffer *out, const char *summary, VgBuffer *body);
/* Why an analysis could not be had, where it could not. */
void vg_html_no_answer(VgBuffer *out, const VgViewAnalysis *analysis);
/* A figure with the dataset behind it; false when there is no such figure. */
bool vg_html_figure_of_dataset(VgBuffer *out, const VgView *view, const VgFigures *figures,
                               const char *id, const char *analysis, const char *dataset);
/* Facts of the fit and its diagnostics as a table. */
void vg_html_facts(VgBuffer *out, const VgView *view, const char *caption, const char *analysis);

void vg_html_page(VgBuffer *out, const VgView *view, const VgFigures *figures);
/* Up to the body, in the view's language. */
void vg_html_head(VgBuffer *out, const VgView *view, const char *title);

/* Sections in files of their own. */
void vg_html_answer(VgBuffer *out, const VgView *view);
/* Without its title, which the caller heads it with. */
void vg_html_patient(VgBuffer *out, const VgView *view);
/* The page for patients by itself, in the view's language: one A4 page where it can be. */
void vg_html_patient_page(VgBuffer *out, const VgView *view);
/* The study's plain title in the view's language, else a question that fits every trial. */
const char *vg_patient_title(const VgView *view);
/* What to do now: the standing sentence and where to get help. */
void vg_html_what_now(VgBuffer *out, const VgView *view);
/* GRADE's judgement of an analysis ("low"), or NULL; its symbol ("⊕⊕◯◯"), "" when it is none of the four. */
const char *vg_certainty(const VgView *view, const VgViewAnalysis *analysis);
const char *vg_certainty_symbol(const char *judgement);
void vg_html_certainty(VgBuffer *out, const VgView *view, const VgViewAnalysis *analysis);
/* The plain-words section of a review. */
void vg_html_review_plain(VgBuffer *out, const VgView *view);
void vg_html_harms(VgBuffer *out, const VgView *view);
void vg_html_baseline(VgBuffer *out, const VgView *view);

/* A table of the estimates of an analysis (NULL = all) and quantity (NULL = all). */
bool vg_html_estimates(VgBuffer *out, const VgView *view, const char *caption, const char *analysis,
                       const char *quantity);
/* A dataset as a table; a large one only names its file. */
bool vg_html_dataset(VgBuffer *out, const VgView *view, const char *caption, const char *analysis,
                     const char *name);
/* The same of one arm's rows, its column left out; `arm` NULL = of all. */
bool vg_html_estimates_of_arm(VgBuffer *out, const VgView *view, const char *caption,
                              const char *analysis, const char *quantity, const char *arm);
bool vg_html_dataset_of_arm(VgBuffer *out, const VgView *view, const char *caption,
                            const char *analysis, const char *name, const char *arm);
/* Rows that say `value` in a column; a value of NULL, and a column that a dataset does not have, ask for nothing. */
typedef struct VgHtmlOnly {
    const char *column, *value;
} VgHtmlOnly;
/* The same of the rows that meet all conditions, their columns left out. */
bool vg_html_dataset_only(VgBuffer *out, const VgView *view, const char *caption,
                          const char *analysis, const char *name, const VgHtmlOnly *only,
                          size_t n_only);

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
