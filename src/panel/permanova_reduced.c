/* With T = W'V, U = W'GV, S = W'GW and R = I − WΠW', V'RGRV = V'GV − T'ΠU − U'ΠT + T'ΠSΠT: residuals of any reduced
 * model cost products as small as the model, and no second n × n matrix. */
#include "panel/permanova_reduced.h"

#include <string.h>

#include <cblas.h>

#include "numeric/householder.h"
#include "numeric/linear_algebra.h"

/* out := scale·op(a)·b + onto·out, all width × width. */
static void multiply(size_t width, CBLAS_TRANSPOSE transposed, double scale, const double *a,
                     const double *b, double onto, double *out)
{
    int n = (int)width;
    cblas_dgemm(CblasColMajor, transposed, CblasNoTrans, n, n, n, scale, a, n, b, n, onto, out, n);
}

VgStatus vg_reduced_create(VgArena *arena, VgMatrix g, VgMatrix w, size_t n_blocks,
                           VgReduced *reduced, VgError *error)
{
    *reduced = (VgReduced){.width = w.cols,
                           .w = w,
                           .gw = vg_matrix_new(arena, w.rows, w.cols),
                           .onto = VG_NEW(arena, double *, n_blocks),
                           .half = VG_NEW(arena, double *, n_blocks),
                           .left_trace = VG_NEW(arena, double, n_blocks)};
    if (!reduced->gw.data || !reduced->onto || !reduced->half || !reduced->left_trace)
        return vg_fail_memory(error);
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, (int)w.rows, (int)w.cols, (int)w.rows, 1,
                g.data, (int)g.stride, w.data, (int)w.stride, 0, reduced->gw.data,
                (int)reduced->gw.stride);
    return VG_OK;
}

VgStatus vg_reduced_block(VgArena *arena, VgReduced *reduced, size_t b, double *onto, double trace,
                          const double *cross, VgError *error)
{
    size_t width = reduced->width;
    double *product = VG_NEW(arena, double, width *width);
    double *half = VG_NEW(arena, double, width *width);
    if (!product || !half)
        return vg_fail_memory(error);
    multiply(width, CblasNoTrans, 1, onto, cross, 0, product); /* ΠS */
    multiply(width, CblasNoTrans, 0.5, product, onto, 0, half);
    for (size_t k = 0; k < width; k++)
        trace -= product[k + k * width];
    reduced->onto[b] = onto;
    reduced->half[b] = half;
    reduced->left_trace[b] = trace;
    return VG_OK;
}

void vg_reduced_permuted(const VgReduced *reduced, VgMatrix v, double *with_w, double *with_gw)
{
    for (size_t j = 0; j < reduced->width; j++)
        for (size_t i = 0; i < reduced->width; i++) {
            const double *column = &VG_AT(v, 0, j);
            with_w[i + j * reduced->width] = vg_dot(&VG_AT(reduced->w, 0, i), column, v.rows);
            with_gw[i + j * reduced->width] = vg_dot(&VG_AT(reduced->gw, 0, i), column, v.rows);
        }
}

void vg_reduced_cross(const VgReduced *reduced, size_t b, const double *cross, const double *with_w,
                      const double *with_gw, double *scratch, double *out)
{
    size_t width = reduced->width;
    /* ΠU − ½ΠSΠT; its product with T', both ways, is what the adjustment takes away */
    multiply(width, CblasNoTrans, 1, reduced->onto[b], with_gw, 0, scratch);
    multiply(width, CblasNoTrans, -1, reduced->half[b], with_w, 1, scratch);
    memcpy(out, cross, width * width * sizeof *out);
    multiply(width, CblasTrans, -1, with_w, scratch, 1, out);
    multiply(width, CblasTrans, -1, scratch, with_w, 1, out);
}
