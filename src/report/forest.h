/* The rows of a forest, top to bottom, looked up once in a result: the drawn forest and the one on a
 * terminal show the same. Numbers stand on the pooled scale (logarithms of ratios); texts are
 * back-transformed. */
#ifndef VG_REPORT_FOREST_H
#define VG_REPORT_FOREST_H

#include <vagus/result.h>

#include "base/buffer.h"

typedef enum VgForestKind {
    VG_FOREST_HEADING, /* of a subgroup */
    VG_FOREST_STUDY,
    VG_FOREST_STEP, /* a pooled effect of a leave-one-out or cumulative forest */
    VG_FOREST_SUBTOTAL,
    VG_FOREST_POOLED,
    VG_FOREST_PREDICTION,
    VG_FOREST_NOTE /* a line of text: heterogeneity */
} VgForestKind;

typedef struct VgForestRow {
    VgForestKind kind;
    const char *label;
    const char *treatment, *control; /* what the arms gave, or NULL */
    const char *effect;              /* "−0.52 [−0.95, −0.10]", or "" */
    const char *study;               /* NULL for what is no study */
    double estimate, lower, upper, se;
    double weight; /* percent; NaN = none */
} VgForestRow;

typedef struct VgForest {
    VgForestRow *row;
    size_t n, n_studies;
    const char *measure;                    /* "Hedges' g", "Odds ratio" */
    const char *favours_low, *favours_high; /* words under the axis, or NULL */
    bool ratio;                             /* texts are exp(x) */
    double null_value;                      /* of no effect, on the pooled scale */
    int decimals, more;                     /* `more` digits than are usual */
    bool has_weights, has_arms;
    double low, high; /* what the axis must hold; intervals beyond it are cut with an arrow */
    double important; /* smallest difference that matters, on the pooled scale; 0 = not known */
    const char *important_source; /* or NULL */
} VgForest;

/* Studies by subgroup, subtotals, pooled effects, prediction interval, heterogeneity; NULL when the analysis
 * pools no studies or memory is short. `analysis` NULL = the result has only one. */
VgForest *vg_forest_of_studies(VgArena *arena, const VgResult *result, const char *analysis);
/* The rows of `quantity` (`loo`, `cumulative`) with the pooled effect under them. */
VgForest *vg_forest_of_steps(VgArena *arena, const VgResult *result, const char *analysis,
                             const char *quantity);
/* An empty forest of the analysis with room for `capacity` rows. */
VgForest *vg_forest_blank(VgArena *arena, const VgResult *result, const char *analysis,
                          size_t capacity);
/* Appends a row; the caller had asked for its room. */
void vg_forest_add(VgArena *arena, VgForest *forest, VgForestKind kind, const char *label,
                   double estimate, double lower, double upper);
/* Finds the axis and the decimals of all rows added so far and writes their texts. */
void vg_forest_finish(VgArena *arena, VgForest *forest);

/* Writes the texts anew with this many digits; 4 is usual, 0 asks for nothing. */
void vg_forest_digits(VgArena *arena, VgForest *forest, int digits);

/* Writes the texts anew with these decimals. */
void vg_forest_decimals(VgArena *arena, VgForest *forest, int decimals);

/* A number of the pooled scale for a reader: back-transformed, with the forest's decimals. */
void vg_forest_put(VgBuffer *out, const VgForest *forest, double value);

/* The first row of an analysis with these fields; a NULL field asks for nothing, but `stratum` NULL asks
 * for a row without one. */
const VgEstimate *vg_forest_row(const VgResult *result, const char *analysis, const char *quantity,
                                const char *term, const char *stratum);

/* "τ² = 0.05, I² = 43% (12% to 67%), Q = 23.1, df = 12, p = 0.03" of all studies or of a subgroup; "" when
 * nothing is known. */
const char *vg_heterogeneity_text(VgArena *arena, const VgResult *result, const char *analysis,
                                  const char *stratum);

/* Whether a row is an effect of treatment on the pooled scale: what a ratio's exp(x) may be taken of. */
bool vg_is_effect(const VgEstimate *row);

#endif
