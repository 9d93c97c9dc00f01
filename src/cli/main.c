/* The program's entry. */
#include "cli/session.h"

#include <stdlib.h>

#ifndef __SANITIZE_ADDRESS__
/* Our matrices are small: one BLAS thread is fastest, and the same on every machine. OpenBLAS starts its
 * threads while it is loaded, so this must be said before any library's constructor runs. */
static void one_blas_thread(int argc, char **argv, char **environment)
{
    (void)argc, (void)argv, (void)environment;
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
}

__attribute__((section(".preinit_array"), used)) static void (*const before_libraries)(
    int, char **, char **) = one_blas_thread;
#endif

int main(int argc, char **argv)
{
    return vg_cli_main(argc, argv);
}
