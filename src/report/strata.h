/* What figures and pages look up in the rows of `plan: strata`: who benefits, one arm against the reference at a time,
 * and the rule. */
#ifndef VG_REPORT_STRATA_H
#define VG_REPORT_STRATA_H

#include "report/view.h"

/* One arm against the reference. */
typedef struct VgStrataArm {
    const char *arm, *reference;         /* as in rows */
    const char *label, *reference_label; /* for readers */
    const char *verdict;                 /* the sentence; may be NULL */
    const VgEstimate *average;           /* may be NULL */
    bool differs; /* the omnibus test, adjusted over arms, says that benefit differs */
} VgStrataArm;

typedef struct VgStrataView {
    const VgViewAnalysis *analysis;
    VgStrataArm *arm;
    size_t n;
    const char *outcome, *visit, *unit; /* in words; visit may be NULL */
    int decimals;                       /* that suit the error of an average effect */
    bool directed, lower_is_better;     /* `directed`: it is known which side is better */
    const char *rule;                   /* the sentence; NULL when none was searched */
    bool recommended;
} VgStrataView;

bool vg_is_strata(const VgViewAnalysis *analysis);
/* False when the analysis gave nothing (or memory is short, which the arena tells). */
bool vg_strata_read(const VgView *view, const VgViewAnalysis *analysis, VgStrataView *strata);
/* The sentence about something, or NULL. */
const char *vg_strata_sentence(const VgView *view, const VgViewAnalysis *analysis,
                               const char *about);
/* A dataset of the analysis that has rows, else NULL. */
const VgDataset *vg_strata_dataset(const VgView *view, const VgStrataView *strata,
                                   const char *name);
/* A number fact of it, NaN when there is none. */
double vg_strata_number(const VgView *view, const VgStrataView *strata, const char *key);
/* Whether a row of a dataset, or of the estimates, is of this arm. */
bool vg_strata_of_arm(const VgDataset *dataset, size_t row, const VgStrataArm *arm);
bool vg_strata_is(const VgEstimate *row, const VgStrataView *strata, const char *quantity,
                  const VgStrataArm *arm);
/* The row of a quantity about a term (NULL = any); `arm` NULL for what is of no arm. NULL when there is none. */
const VgEstimate *vg_strata_row_of(const VgView *view, const VgStrataView *strata,
                                   const char *quantity, const VgStrataArm *arm, const char *term);
/* What people call a moderator, and its unit (NULL when not known). */
const char *vg_strata_label(const VgView *view, const VgStrataView *strata, const char *name);
const char *vg_strata_unit(const VgView *view, const VgStrataView *strata, const char *name);
/* Whether it is nought or one, for a class of a column of words ("drug=Yes"). */
bool vg_strata_is_class(const char *name);
/* "strata-KIND-ANALYSIS", of one arm with its number after it; the id of a figure is this, cleaned. */
const char *vg_strata_figure_id(const VgView *view, const VgStrataView *strata, const char *kind,
                                const VgStrataArm *arm);
/* A leaf of the policy tree in words, "CRP is 3.2 mg/L or less and age is over 50": what the questions from
 * the root to `node` ask of each feature. In the language of the view. NULL at the root. */
const char *vg_strata_path(const VgView *view, const VgStrataView *strata, const VgDataset *tree,
                           double node);

#endif
