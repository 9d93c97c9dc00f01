/* OpenBLAS keeps its own number of threads. */
#include "numeric/blas_threads.h"

#include <cblas.h>

int vg_blas_hold(void)
{
    int threads = openblas_get_num_threads();
    openblas_set_num_threads(1);
    return threads;
}

void vg_blas_release(int threads)
{
    openblas_set_num_threads(threads);
}
