/* What a page needs to know of a study, looked up once: arms, visits, outcomes, analyses and the
 * primary question. Everything that a result lacks is empty or NULL; a page leaves out what is not
 * there. */
#ifndef VG_REPORT_VIEW_H
#define VG_REPORT_VIEW_H

#include <vagus/result.h>

#include "base/buffer.h"
#include "report/catalogue.h"

typedef struct VgViewArm {
    const char *name, *label;
    bool reference;
} VgViewArm;

typedef struct VgViewVisit {
    const char *name, *label;
    double day;
} VgViewVisit;

typedef struct VgViewOutcome {
    const char *name, *label, *scale, *title, *unit, *important_source, *citation;
    double minimum, maximum, important, response_fraction, remission_cutoff;
    bool lower_is_better;
} VgViewOutcome;

typedef struct VgViewAnalysis {
    const char *id, *role, *kind, *label, *outcome, *visit, *arm, *reference, *measure;
    const char *failed; /* why it could not be had, or NULL */
} VgViewAnalysis;

typedef struct VgView {
    const VgResult *result;
    VgArena *arena;
    VgViewArm *arm;
    size_t n_arms;
    VgViewVisit *visit;
    size_t n_visits;
    VgViewOutcome *outcome;
    size_t n_outcomes;
    VgViewAnalysis *analysis;
    size_t n_analyses;
    const VgViewAnalysis *primary;        /* NULL when none is declared */
    const VgViewOutcome *primary_outcome; /* NULL when not known */
    const VgEstimate *answer;             /* the primary contrast; NULL when it could not be had */
    VgLanguage language; /* of the page for patients; English unless set */
    bool simulated;
    bool of_panel_only; /* the plan has no analysis of an outcome */
    bool review;           /* of trials, not a trial: `answer` is the pooled effect */
    bool *short_of_memory; /* set when a piece of text was lost for lack of memory */
} VgView;

VG_MUST_CHECK VgStatus vg_view_create(VgArena *arena, const VgResult *result, VgView *view,
                                      VgError *error);

/* The label, or the name itself where nothing better is known; never NULL ("" for NULL). */
const char *vg_view_arm_label(const VgView *view, const char *name);
const char *vg_view_visit_label(const VgView *view, const char *name);
/* Index in `view->visit`, or n_visits. */
size_t vg_view_visit_index(const VgView *view, const char *name);
const VgViewOutcome *vg_view_outcome(const VgView *view, const char *name);
const VgViewAnalysis *vg_view_analysis(const VgView *view, const char *id);
/* A study fact's text, or NULL. */
const char *vg_view_fact(const VgView *view, const char *key);
/* First row with these fields; a NULL field asks for nothing. */
const VgEstimate *vg_view_estimate(const VgView *view, const char *analysis, const char *quantity,
                                   const char *visit, const char *arm, const char *reference);
/* The contrast an analysis was run for: at its visit and arms where declared, else its last
 * contrast. */
const VgEstimate *vg_view_contrast(const VgView *view, const VgViewAnalysis *analysis,
                                   const char *quantity);

/* A rate of an arm or a difference of rates: the standardised row where there is one (it is what
 * the difference and its interval belong to), else the first. `reference` NULL for a rate. */
const VgEstimate *vg_view_rate(const VgView *view, const VgViewAnalysis *analysis,
                               const char *quantity, const char *arm, const char *reference);

/* What people call a feature of a layer; the feature itself where nothing better is known. O(features). */
const char *vg_view_feature_label(const VgView *view, const char *layer, const char *feature);

/* A name of a file's as words: "usual_care" is "usual care". NULL stays NULL. */
const char *vg_view_words(const VgView *view, const char *name);

/* The buffer's text in the arena, never NULL; frees the buffer and remembers a lack of memory. */
const char *vg_view_kept(const VgView *view, VgBuffer *buffer);

/* Cells by column name; NaN or NULL where there is none. */
double vg_cell_number(const VgDataset *dataset, const char *column, size_t row);
const char *vg_cell_text(const VgDataset *dataset, const char *column, size_t row);

#endif
