/* BLAS sums in another order on another number of threads: where the bits of an answer may not depend on that, it
 * is held to one. */
#ifndef VG_NUMERIC_BLAS_THREADS_H
#define VG_NUMERIC_BLAS_THREADS_H

/* Holds BLAS to one thread; returns how many it had, for vg_blas_release. */
int vg_blas_hold(void);
void vg_blas_release(int threads);

#endif
