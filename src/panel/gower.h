/* From distances to the matrix of scalar products, and orthonormal bases of designs. */
#ifndef VG_PANEL_GOWER_H
#define VG_PANEL_GOWER_H

#include <stdbool.h>

#include <vagus/distance.h>
#include <vagus/ordination.h>

/* G = −½ C D² C of the samples row[0 … n − 1] (NULL = the first n), both triangles. */
VG_MUST_CHECK VgStatus vg_gower(VgArena *arena, const VgDistances *distances, const size_t *row,
                                size_t n, VgMatrix *g, VgError *error);

/* The same of all samples, with the distances as a correction by `constant` makes them. */
VG_MUST_CHECK VgStatus vg_gower_corrected(VgArena *arena, const VgDistances *distances,
                                          VgEuclideanCorrection correction, double constant,
                                          VgMatrix *g, VgError *error);

/* √(d² + 2c) (Lingoes) or d + c (Cailliez) of two different samples. */
double vg_corrected_distance(double distance, VgEuclideanCorrection correction, double constant);

double vg_trace(VgMatrix a);

/* Puts into column `filled` of q the part of `column` that is orthogonal to the columns before it, with length 1.
 * False when that part is under 1e-7 of the whole (R's tolerance). Twice is enough (Giraud 2005). */
bool vg_orthonormal_add(VgMatrix q, size_t filled, const double *column);

#endif
