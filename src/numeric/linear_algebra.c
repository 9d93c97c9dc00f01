/* Dense linear algebra on VgMatrix.
 *
 * The QR decomposition follows LINPACK's dqrdc with R's limited column pivoting (dqrdc2): the same
 * columns come out as aliased as in R's lm(). The rest is LAPACK and BLAS. Sources: Dongarra et al.
 * 1979, LINPACK Users' Guide, ch. 9; R, ?qr ("limited column pivoting"); Ogita, Rump & Oishi 2005,
 * SIAM J Sci Comput 26:1955 (accurate dot product). */
#include "numeric/linear_algebra.h"

#include <math.h>
#include <string.h>

#include <cblas.h>
#include <lapacke.h>

#include "base/memory.h"

VgMatrix vg_matrix_new(VgArena *arena, size_t rows, size_t cols)
{
    VgMatrix matrix = {NULL, rows, cols, rows ? rows : 1};
    size_t size;
    if (vg_size_product(matrix.stride, cols, &size))
        matrix.data = vg_arena_alloc(arena, size, sizeof(double));
    return matrix;
}

void vg_matrix_copy(VgMatrix from, VgMatrix to)
{
    for (size_t j = 0; j < from.cols; j++)
        memcpy(&VG_AT(to, 0, j), &VG_AT(from, 0, j), from.rows * sizeof(double));
}

/* --- QR ----------------------------------------------------------------------------------------
 */

typedef struct QrState {
    VgQr *qr;
    double *norm;     /* norm of what is left of each column */
    double *original; /* norm at the start */
} QrState;

static double column_norm(VgMatrix a, size_t from, size_t j)
{
    return from < a.rows ? cblas_dnrm2((int)(a.rows - from), &VG_AT(a, from, j), 1) : 0.0;
}

static void rotate_doubles(double *x, size_t from, size_t n)
{
    double first = x[from];
    memmove(x + from, x + from + 1, (n - from - 1) * sizeof *x);
    x[n - 1] = first;
}

/* Column l goes to the end, those after it move up. */
static void move_to_end(QrState *state, size_t l)
{
    VgMatrix a = state->qr->qr;
    for (size_t j = l; j + 1 < a.cols; j++)
        cblas_dswap((int)a.rows, &VG_AT(a, 0, j), 1, &VG_AT(a, 0, j + 1), 1);
    rotate_doubles(state->norm, l, a.cols);
    rotate_doubles(state->original, l, a.cols);
    size_t pivot = state->qr->pivot[l];
    memmove(state->qr->pivot + l, state->qr->pivot + l + 1, (a.cols - l - 1) * sizeof pivot);
    state->qr->pivot[a.cols - 1] = pivot;
}

/* Applies reflector l to column j and brings the column's norm up to date. */
static void reflect_column(QrState *state, size_t l, size_t j)
{
    VgMatrix a = state->qr->qr;
    int n = (int)(a.rows - l);
    double *reflector = &VG_AT(a, l, l), *column = &VG_AT(a, l, j);
    double t = -cblas_ddot(n, reflector, 1, column, 1) / reflector[0];
    cblas_daxpy(n, t, reflector, 1, column, 1);
    if (state->norm[j] == 0.0)
        return;
    double ratio = fabs(column[0]) / state->norm[j];
    double left = fmax(1.0 - ratio * ratio, 0.0);
    if (left < 1e-6) /* cancellation: take the norm afresh (R's change to LINPACK) */
        state->norm[j] = column_norm(a, l + 1, j);
    else
        state->norm[j] *= sqrt(left);
}

static void eliminate_column(QrState *state, size_t l)
{
    VgMatrix a = state->qr->qr;
    if (l + 1 >= a.rows)
        return;
    double norm = column_norm(a, l, l);
    if (norm == 0.0)
        return;
    double *column = &VG_AT(a, l, l);
    norm = copysign(norm, column[0]);
    cblas_dscal((int)(a.rows - l), 1.0 / norm, column, 1);
    column[0] += 1.0;
    for (size_t j = l + 1; j < a.cols; j++)
        reflect_column(state, l, j);
    state->qr->aux[l] = column[0];
    column[0] = -norm;
}

VgStatus vg_qr_factor(VgArena *arena, VgMatrix a, double tolerance, VgQr *qr, VgError *error)
{
    *qr = (VgQr){.qr = a};
    qr->aux = VG_NEW(arena, double, a.cols);
    qr->pivot = VG_NEW(arena, size_t, a.cols);
    QrState state = {qr, VG_NEW(arena, double, a.cols), VG_NEW(arena, double, a.cols)};
    if (!qr->aux || !qr->pivot || !state.norm || !state.original)
        return vg_fail_memory(error);
    for (size_t j = 0; j < a.cols; j++) {
        qr->pivot[j] = j;
        state.norm[j] = column_norm(a, 0, j);
        state.original[j] = state.norm[j] == 0.0 ? 1.0 : state.norm[j];
    }
    size_t usable = a.cols;
    size_t steps = a.rows < a.cols ? a.rows : a.cols;
    for (size_t l = 0; l < steps; l++) {
        while (l < usable && state.norm[l] < state.original[l] * tolerance) {
            move_to_end(&state, l);
            usable--;
        }
        if (l >= usable)
            break;
        eliminate_column(&state, l);
    }
    qr->rank = usable < a.rows ? usable : a.rows;
    return VG_OK;
}

static void reflect_vector(const VgQr *qr, size_t l, double *y)
{
    double leading = qr->aux[l];
    if (leading == 0.0)
        return;
    int tail = (int)(qr->qr.rows - l - 1);
    const double *reflector = &VG_AT(qr->qr, l, l) + 1;
    double t = -(leading * y[l] + cblas_ddot(tail, reflector, 1, y + l + 1, 1)) / leading;
    y[l] += t * leading;
    cblas_daxpy(tail, t, reflector, 1, y + l + 1, 1);
}

void vg_qr_transposed_multiply(const VgQr *qr, double *y)
{
    for (size_t l = 0; l < qr->rank; l++)
        reflect_vector(qr, l, y);
}

void vg_qr_multiply(const VgQr *qr, double *y)
{
    for (size_t l = qr->rank; l-- > 0;)
        reflect_vector(qr, l, y);
}

void vg_qr_solve(const VgQr *qr, double *b)
{
    if (qr->rank)
        cblas_dtrsv(CblasColMajor, CblasUpper, CblasNoTrans, CblasNonUnit, (int)qr->rank,
                    qr->qr.data, (int)qr->qr.stride, b, 1);
}

void vg_qr_solve_transposed(const VgQr *qr, double *b)
{
    if (qr->rank)
        cblas_dtrsv(CblasColMajor, CblasUpper, CblasTrans, CblasNonUnit, (int)qr->rank, qr->qr.data,
                    (int)qr->qr.stride, b, 1);
}

/* --- symmetric matrices
 * --------------------------------------------------------------------------- */

static void mirror_lower(VgMatrix a)
{
    for (size_t j = 0; j < a.cols; j++)
        for (size_t i = 0; i < j; i++)
            VG_AT(a, i, j) = VG_AT(a, j, i);
}

void vg_cross_product(VgMatrix a, VgMatrix out)
{
    if (!a.cols)
        return;
    cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, (int)a.cols, (int)a.rows, 1.0, a.data,
                (int)a.stride, 0.0, out.data, (int)out.stride);
    mirror_lower(out);
}

bool vg_cholesky(VgMatrix a)
{
    return a.cols == 0 ||
           LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'L', (int)a.cols, a.data, (int)a.stride) == 0;
}

void vg_cholesky_forward(VgMatrix factor, double *b)
{
    if (factor.cols)
        cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, (int)factor.cols,
                    factor.data, (int)factor.stride, b, 1);
}

void vg_cholesky_solve(VgMatrix factor, double *b)
{
    if (!factor.cols)
        return;
    vg_cholesky_forward(factor, b);
    cblas_dtrsv(CblasColMajor, CblasLower, CblasTrans, CblasNonUnit, (int)factor.cols, factor.data,
                (int)factor.stride, b, 1);
}

void vg_cholesky_invert(VgMatrix factor)
{
    if (!factor.cols)
        return;
    LAPACKE_dpotri_work(LAPACK_COL_MAJOR, 'L', (int)factor.cols, factor.data, (int)factor.stride);
    mirror_lower(factor);
}

double vg_cholesky_log_determinant(VgMatrix factor)
{
    double sum = 0.0;
    for (size_t j = 0; j < factor.cols; j++)
        sum += log(VG_AT(factor, j, j));
    return 2.0 * sum;
}

VgStatus vg_symmetric_eigen(VgArena *arena, VgMatrix a, double *values, VgError *error)
{
    if (!a.cols)
        return VG_OK;
    size_t room = 34 * a.cols;
    double *work = vg_arena_alloc_raw(arena, room, sizeof *work);
    if (!work)
        return vg_fail_memory(error);
    if (LAPACKE_dsyev_work(LAPACK_COL_MAJOR, 'V', 'L', (int)a.cols, a.data, (int)a.stride, values,
                           work, (int)room) != 0)
        return vg_fail(error, VG_NO_CONVERGENCE, "eigenvalues of a %zu × %zu matrix were not found",
                       "look for extreme values in the data", a.cols, a.cols);
    return VG_OK;
}

/* --- accurate sums
 * ---------------------------------------------------------------------------------- */

double vg_dot_accurate(const double *a, const double *b, size_t n, double start)
{
    double sum = start, lost = 0.0;
    for (size_t i = 0; i < n; i++) {
        double product = a[i] * b[i];
        double product_error = fma(a[i], b[i], -product);
        double next = sum + product;
        double part = next - sum;
        lost += (sum - (next - part)) + (product - part) + product_error;
        sum = next;
    }
    return sum + lost;
}

double vg_sum_accurate(const double *a, size_t n)
{
    double sum = 0.0, lost = 0.0;
    for (size_t i = 0; i < n; i++) {
        double next = sum + a[i];
        lost += fabs(sum) >= fabs(a[i]) ? (sum - next) + a[i] : (a[i] - next) + sum;
        sum = next;
    }
    return sum + lost;
}
