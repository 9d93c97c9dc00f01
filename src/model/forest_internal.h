/* What the files of the forest share. In reading order: forest_check.c (options, input), forest_codes.c (columns as ranks),
 * forest_sample.c (which rows a tree sees), forest_label.c (a node's pseudo-outcomes), forest_split.c (the best cut),
 * forest_tree.c (a tree), forest_train.c (all trees), forest_moments.c (leaf averages to estimates), forest_predict.c. */
#ifndef VG_MODEL_FOREST_INTERNAL_H
#define VG_MODEL_FOREST_INTERNAL_H

#include <vagus/forest.h>

#include "numeric/random.h"

enum {
    FOREST_MAX_ARMS = 16,
    FOREST_MAX_LABELS = 64, /* classes of the outcome, or contrasts */
    FOREST_MAX_MOMENTS = 2 + FOREST_MAX_LABELS + FOREST_MAX_ARMS * FOREST_MAX_ARMS
};

/* Codes of a column: 1 … levels in the order of its values; x <= value[c − 1] exactly when code(x) <= c. */
enum { FOREST_NOTHING = 0, FOREST_MISSING = 0xFFFF, FOREST_MAX_LEVELS = 0xFFFE };

typedef struct ForestCodes {
    size_t rows, columns;
    uint16_t
        *by_column;   /* code of row i, column j at i + j · rows; NULL where only rows are asked */
    uint16_t *by_row; /* at j + i · columns */
    uint32_t *levels; /* columns: how many codes */
    double **value;   /* columns: the largest value of each code */
} ForestCodes;

VG_MUST_CHECK VgStatus vg_forest_codes(VgArena *arena, VgMatrix x, ForestCodes *codes,
                                       VgError *error);
/* New rows by the codes of the training rows, into by_row (rows × columns). */
void vg_forest_code_rows(const ForestCodes *training, VgMatrix x, size_t first, size_t rows,
                         uint16_t *by_row);

/* A node of a grown tree: its children are `left` and `left` + 1; left = 0 is a leaf and `place` its number (FOREST_EMPTY:
 * without rows). A row goes right when its code > cut and is not `stays`. */
enum { FOREST_EMPTY = UINT32_MAX };
typedef struct ForestNode {
    uint32_t left;
    uint32_t place; /* the column, or the leaf */
    uint16_t cut;
    uint16_t stays; /* FOREST_MISSING: missing values go left; FOREST_NOTHING: right */
} ForestNode;

typedef struct ForestTree {
    uint32_t n_nodes, n_leaves;
    ForestNode *node;
    double *moments;                 /* n_leaves × n_moments: leaf averages */
    uint64_t *drawn;                 /* bit i: row i was drawn for this tree (its cluster was) */
    uint32_t *member_start, *member; /* leaf k holds member[member_start[k] …]; NULL unless kept */
} ForestTree;

static inline bool vg_forest_drawn(const uint64_t *drawn, size_t row)
{
    return drawn[row / 64] >> (row % 64) & 1;
}

/* The leaf that a row with these codes falls into; FOREST_EMPTY where it has no rows. */
static inline uint32_t vg_forest_leaf(const ForestNode *node, const uint16_t *code)
{
    uint32_t at = 0;
    while (node[at].left) {
        uint16_t c = code[node[at].place];
        at = node[at].left + ((c > node[at].cut) & (c != node[at].stays));
    }
    return node[at].place;
}

struct VgRandomForest {
    VgForestKind kind;
    VgForestOptions options; /* resolved */
    size_t rows, columns, n_moments, n_outputs;
    size_t n_treatments;   /* causal: contrasts; else 0 */
    ForestCodes codes;     /* by_column is gone */
    ForestTree *tree;      /* options.trees */
    size_t n_trees;        /* grown so far */
    double *outcome;       /* quantile, survival: rows; effects: centred; else NULL */
    const double *weight;  /* mean 1, or NULL */
    double *treatment;     /* effects: centred, n_treatments per row */
    double *point;         /* n_outputs quantiles, or times */
    uint8_t *event;        /* survival: rows */
    bool by_hazard;        /* survival: exp(−Nelson–Aalen) instead of Kaplan–Meier */
    size_t *outcome_order; /* quantile, survival: rows by outcome */
    double *outcome_hat, *pseudo_outcome, *uncensored;
    VgMatrix propensity;
};

/* Kinds whose answers are read from the forest's weights of the training rows. */
static inline bool vg_forest_by_weights(VgForestKind kind)
{
    return kind == VG_FOREST_QUANTILE || kind == VG_FOREST_SURVIVAL;
}

/* All that growing a tree may read. */
typedef struct ForestPlan {
    VgForestKind kind;
    VgForestOptions options; /* resolved */
    const ForestCodes *codes;
    size_t rows, columns;
    const double *outcome;      /* effects: centred */
    const double *treatment;    /* n_treatments per row: centred */
    const uint32_t *class_of;   /* probability */
    const double *quantile;     /* quantile */
    const uint32_t *time_place; /* survival: the number of the row's time among the distinct ones */
    const uint8_t *event;       /* survival, and effects on it */
    const double *weight;       /* or NULL */
    size_t n_labels;            /* pseudo-outcomes of a row */
    size_t n_treatments;        /* of the causal moments */
    size_t n_constraints;       /* n_treatments when splits are stabilised, else 0 */
    bool needs_events;          /* of survival, stabilised: a child has α · rows events */
    size_t n_moments;           /* of a leaf */
    const double
        *poisson; /* cumulative probabilities of the number of columns tried, 1 … columns */
    size_t n_poisson;
    /* clusters, or rows as clusters of one */
    size_t n_units;
    const uint32_t *unit_start, *unit_row; /* NULL: unit i is row i */
    size_t rows_per_unit;                  /* at most so many are used of a cluster */
    /* sizes that follow */
    size_t half_units, tree_units,
        grow_units; /* drawn by a group, of them by a tree, of them to choose splits */
    size_t max_grow_rows, max_fill_rows, max_leaves, max_nodes;
} ForestPlan;

/* forest_check.c */
VG_MUST_CHECK VgStatus vg_forest_options(const VgForestOptions *given, size_t columns,
                                         VgForestOptions *options, VgError *error);
VG_MUST_CHECK VgStatus vg_forest_check(const VgForestData *data, VgError *error);
VG_MUST_CHECK VgStatus vg_forest_check_treatment(const VgForestData *data,
                                                 const VgForestTreatment *treatment,
                                                 const VgForestOptions *options, VgError *error);

/* forest_sample.c */
VG_MUST_CHECK VgStatus vg_forest_units(VgArena *arena, const VgForestData *data, ForestPlan *plan,
                                       VgError *error);
typedef struct ForestSample {
    uint8_t *role;         /* rows: what a row is for this tree */
    uint32_t *half;        /* half_units, ascending */
    uint32_t *tree_unit;   /* tree_units, ascending */
    uint32_t *work;        /* n_units + rows of the largest unit */
    uint32_t *grow, *fill; /* rows, ascending */
    size_t n_grow, n_fill;
} ForestSample;
VG_MUST_CHECK bool vg_forest_sample_new(VgArena *arena, const ForestPlan *plan,
                                        ForestSample *sample);
void vg_forest_draw_half(const ForestPlan *plan, VgRandom *random, ForestSample *sample);
/* Fills grow and fill from half; sets the bits of the drawn rows. */
void vg_forest_draw_tree(const ForestPlan *plan, VgRandom *random, ForestSample *sample,
                         uint64_t *drawn);

/* forest_label.c: items of a node, one after the other: n_labels of weight · pseudo-outcome (they sum to 0 over the node), then for each
 * constraint weight · W, weight · W², W < its mean, then the weight (when there are weights), then whether it is an event (when
 * children need events). */
typedef struct ForestLabels {
    size_t n_items;                   /* numbers of an item */
    double *item;                     /* max_grow_rows × n_items */
    double *outcome;                  /* quantile: max_grow_rows */
    double total[FOREST_MAX_MOMENTS]; /* of the items over the node */
} ForestLabels;
size_t vg_forest_item_length(const ForestPlan *plan);
/* false: nothing to split by. */
bool vg_forest_label(const ForestPlan *plan, const uint32_t *rows, size_t n, ForestLabels *labels);
/* The ranks of a column in place of an outcome, missing ones at their mean; no constraints. */
void vg_forest_label_by_column(const ForestPlan *plan, const uint32_t *rows, size_t n,
                               uint32_t column, ForestLabels *labels);

/* forest_split.c */
typedef struct ForestSplit {
    double gain;
    uint32_t column;
    uint16_t cut, stays;
} ForestSplit;
typedef struct ForestSearch {
    uint32_t *key, *other; /* max_grow_rows */
    double *share;         /* max_grow_rows + 1: n/(k(n − k)) */
    double *bin;           /* sums by code */
    uint32_t *bin_count;
    size_t shares_of; /* the n that share holds */
} ForestSearch;
VG_MUST_CHECK bool vg_forest_search_new(VgArena *arena, const ForestPlan *plan,
                                        ForestSearch *search);
/* The fewest rows that a child of n rows may have. */
size_t vg_forest_least(const ForestPlan *plan, size_t n);
/* The best cut of rows on a column, if it beats *best. */
void vg_forest_split(const ForestPlan *plan, const uint32_t *rows, size_t n, uint32_t column,
                     const ForestLabels *labels, ForestSearch *search, ForestSplit *best);

/* forest_tree.c: from a drawn sample. `tree` has room for max_nodes, max_leaves and, when members are kept, for them. */
VG_MUST_CHECK VgStatus vg_forest_grow(const ForestPlan *plan, VgArena *scratch, VgRandom *random,
                                      ForestSample *sample, ForestTree *tree, VgError *error);

/* forest_train.c */
/* Grows the trees, once the plan knows its kind, labels and treatments. */
VG_MUST_CHECK VgStatus vg_forest_train(VgArena *arena, ForestPlan *plan, VgRandomForest *forest,
                                       VgError *error);
VG_MUST_CHECK VgStatus vg_forest_plan(VgArena *arena, VgForestKind kind, const VgForestData *data,
                                      const VgForestOptions *options, const ForestCodes *codes,
                                      ForestPlan *plan, VgError *error);

/* forest_moments.c: row averages in a leaf, and what follows from their average over trees. */
size_t vg_forest_n_moments(VgForestKind kind, size_t n_outputs);
void vg_forest_add_moments(const ForestPlan *plan, size_t row, double *sum);
/* Estimates (n_outputs) from averages; rho (n_outputs × n_moments) such that rho_k · leaf averages is the leaf's influence on
 * estimate k. false: not estimable. */
bool vg_forest_estimate(VgForestKind kind, size_t n_outputs, const double *average,
                        double *estimate, double *rho);
/* The debiased variance from its mean squares over n_groups of group_size. */
double vg_forest_debias(double between, double total, size_t n_groups, size_t group_size);

/* forest_predict.c: the leaf of each row and tree, trees × rows (FOREST_EMPTY: the tree has nothing to say); `drawn_out`: rows are
 * training rows first … and trees that drew them say nothing. Averages over trees and how many there were, both zero before. */
void vg_forest_find_leaves(const VgRandomForest *forest, const uint16_t *codes, size_t first,
                           size_t n, bool drawn_out, uint32_t *leaf);
void vg_forest_add_averages(const VgRandomForest *forest, const uint32_t *leaf, size_t n,
                            double *average, uint32_t *trees);

/* forest_weighted.c */
VG_MUST_CHECK VgStatus vg_forest_predict_weighted(VgArena *arena, const VgRandomForest *forest,
                                                  const VgMatrix *x, VgForestPrediction *prediction,
                                                  VgError *error);

#endif
