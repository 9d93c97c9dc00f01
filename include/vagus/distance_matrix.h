/** @file distance_matrix.h
 *  Distances between samples as files hold them. */
#ifndef VAGUS_DISTANCE_MATRIX_H
#define VAGUS_DISTANCE_MATRIX_H

#include <vagus/arena.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A symmetric matrix with zeros on the diagonal, its lower triangle by columns as R's dist: the distance
 *  of i < j is value[i × n − i (i + 1)/2 + j − i − 1]. Memory belongs to the arena. */
typedef struct VgDistanceMatrix {
    const char *path;
    char sha256[65];
    size_t n;
    const char **sample_id; /**< n, distinct */
    double *value;          /**< n (n − 1)/2; finite, >= 0 */
} VgDistanceMatrix;

/** Reads a square matrix: delimited text with the ids in the first line and the first column (in the same order),
 *  .gz too, or a QIIME 2 DistanceMatrix .qza.
 *  @return VG_INVALID_INPUT with file and line for what is not square, not symmetric (beyond 1e-9 of the larger value),
 *          negative, missing, or not 0 on the diagonal, and for samples that occur twice; VG_IO; VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_distance_matrix_read(VgArena *arena, const char *path,
                                               VgDistanceMatrix **matrix, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
