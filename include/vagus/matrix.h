/** @file matrix.h
 *  The one matrix shape: a column-major view that owns nothing. */
#ifndef VAGUS_MATRIX_H
#define VAGUS_MATRIX_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** rows × cols doubles, element (i, j) at data[i + j * stride], stride >= rows. Owns nothing. */
typedef struct VgMatrix {
    double *data;
    size_t rows;
    size_t cols;
    size_t stride;
} VgMatrix;

/** Element (i, j) of a VgMatrix as an lvalue. */
#define VG_AT(matrix, i, j) ((matrix).data[(i) + (j) * (matrix).stride])

#ifdef __cplusplus
}
#endif
#endif
