/* One pattern of missing outcomes of vg_lmm_fit_many: what its outcomes share, and the fit of each. */
#ifndef VG_MODEL_LMM_MANY_H
#define VG_MODEL_LMM_MANY_H

#include <vagus/lmm.h>

enum { VG_LMM_GRID = 22 };

/* How one outcome of a unit fared; its answers follow in the record. */
typedef struct VgLmmRecord {
    VgLmmStatus status;
    size_t n;
    double sigma, variance;
} VgLmmRecord;

/* X of the rows observed, rotated within groups and reduced. Class 0 holds the rows within groups (all rows without
 * groups), class c > 0 the means of groups of size[c] rows: there V = 1 + size γ, relative to sigma². */
typedef struct VgLmmShared {
    size_t n, p, rank, n_classes;
    size_t *row,
        *group;      /* n: rows observed, sorted by class and group; their groups in that order */
    size_t *column;  /* rank: columns of X that are kept */
    double *r;       /* rank², upper: X = Q R */
    double *q;       /* n × rank */
    size_t *first;   /* n_classes + 1: rows of each class in rotated order */
    double *size;    /* n_classes; 0 for class 0 */
    double *s;       /* rank² × n_classes: Q_c'Q_c */
    bool ml, search; /* search = false: no random intercept */
    double nu;
    /* at the points of the grid of γ */
    double gamma[VG_LMM_GRID], log_det[VG_LMM_GRID], log_det_x[VG_LMM_GRID];
    double *factor; /* rank² × VG_LMM_GRID */
} VgLmmShared;

/* What a single outcome brings, in the same coordinates; its residual of least squares has unit variance. */
typedef struct VgLmmOutcome {
    double *t;      /* rank × n_classes: Q_c'e_c */
    double *ee;     /* n_classes: e_c'e_c */
    double *effect; /* rank: Q'y */
    double scale;
} VgLmmOutcome;

/* Scratch of vg_lmm_one. */
typedef struct VgLmmScratch {
    double *a, *slope, *curve, *factor, *white; /* rank² each */
    double *b, *delta, *half, *contrast;        /* rank each */
} VgLmmScratch;

VG_MUST_CHECK VgStatus vg_lmm_scratch(VgArena *arena, size_t rank, VgLmmScratch *scratch,
                                      VgError *error);
/* The factors at the points of the grid. */
bool vg_lmm_grid(VgLmmShared *shared);
/* Fits one outcome and answers the contrasts (n × p, row-major, over all columns of X). */
void vg_lmm_one(const VgLmmShared *shared, const VgLmmOutcome *outcome, const double *contrast,
                size_t n_contrasts, VgDfMethod df, double level, VgLmmScratch *scratch,
                VgLmmRecord *record, VgInference *answer);

#endif
