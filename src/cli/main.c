/* The program's entry. */
#include "cli/session.h"

#include <string.h>
#include <unistd.h>

#ifndef __SANITIZE_ADDRESS__
/* OpenBLAS starts a thread per processor while it is loaded, before main; for our small matrices
 * they are never of use, and on two processors alone they take 2 of the 10 ms of a whole run. It
 * can be told only through the environment, which is too late to change then; so the program
 * answers getenv itself, for all of its libraries: as libc does, but for this one name. One BLAS
 * thread also means the same sums on every machine. */
char *getenv(const char *name)
{
    static char one[] = "1";
    if (strcmp(name, "OPENBLAS_NUM_THREADS") == 0)
        return one;
    size_t length = strlen(name);
    for (char **entry = environ; entry && *entry; entry++)
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            return *entry + length + 1;
    return NULL;
}
#endif

int main(int argc, char **argv)
{
    return vg_cli_main(argc, argv);
}
