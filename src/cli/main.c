/* The program's entry: finds the command and hands over. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts("vagus " VAGUS_VERSION);
        return 0;
    }
    fputs("vagus: no command given (try vagus --version)\n", stderr);
    return 2;
}
