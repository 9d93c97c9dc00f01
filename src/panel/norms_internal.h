/* What the files about norms share. */
#ifndef VG_PANEL_NORMS_INTERNAL_H
#define VG_PANEL_NORMS_INTERNAL_H

#include <vagus/norms.h>

enum { VG_NORM_M = 0, VG_NORM_S, VG_NORM_L, VG_NORM_MOST_COLUMNS = 64 };

/* B-splines of degree 3 on equal intervals over low … high, widened by a hundredth on either side (pb() of gamlss). Four are not 0 at any
 * place: their values, and the index of the first. */
void vg_bspline(double low, double high, size_t intervals, double x, double value[4],
                size_t *first);

/* The columns of one person's row that are not 0, for M, S and L. */
typedef struct VgNormRow {
    size_t n[3];
    size_t *column[3];
    double *value[3];
} VgNormRow;

/* Room for a row. False when memory is short. */
bool vg_norm_row_new(VgArena *arena, const VgNorm *norm, VgNormRow *row);
/* Fills it; parameters of M, S, L are counted from norm->part. */
void vg_norm_row_fill(const VgNorm *norm, double smooth, const double *linear, VgNormRow *row);
/* The predictors log M, log S, L, from the parameters. */
void vg_norm_predict(const double *theta, const VgNormRow *row, double eta[3]);
/* Most columns of a row that are not 0. */
size_t vg_norm_row_width(const VgNorm *norm);

/* log density of y with derivatives by (log M, log S, L); second ones as 3 × 3. z is the LMS score. */
typedef struct VgNormPoint {
    double value, z, first[3], second[9];
} VgNormPoint;
VgNormPoint vg_norm_point(double log_y, const double eta[3]);

/* f(ν, r) = (exp(νr) − 1)/ν and its first two derivatives by ν. */
void vg_box_cox(double nu, double r, double *f, double *by_nu, double *by_nu_nu);

#endif
