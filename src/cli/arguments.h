/* The words of a command line, checked against the command's description. */
#ifndef VG_CLI_ARGUMENTS_H
#define VG_CLI_ARGUMENTS_H

#include <vagus/arena.h>

#include "cli/command.h"

typedef struct VgGivenOption {
    const VgOptionSpec *option;
    const char *value; /* NULL for a switch */
} VgGivenOption;

struct VgArguments {
    const VgCommand *command;
    VgGivenOption *given;
    size_t n_given;
    const char **input; /* what is not an option */
    size_t n_inputs;
    bool help, version;
};

/* Parses the words after the command's name. GNU conventions; names are not abbreviated.
 * @return VG_USAGE: unknown option or value (the nearest is named), missing or unasked-for
 * argument, an option twice, too few or too many inputs; VG_NO_MEMORY. Words are not copied. */
VG_MUST_CHECK VgStatus vg_arguments_parse(VgArena *arena, const VgCommand *command, int n_words,
                                          char *const *word, VgArguments **arguments,
                                          VgError *error);

/* The value given for an option, or NULL. `nth` counts repeated ones. The name must be one the
 * command has. */
const char *vg_argument(const VgArguments *arguments, const char *name);
const char *vg_argument_nth(const VgArguments *arguments, const char *name, size_t nth);
bool vg_argument_given(const VgArguments *arguments, const char *name);
/* A number or count, else `otherwise`. */
double vg_argument_number(const VgArguments *arguments, const char *name, double otherwise);

/* Splits "a,b,c" in the arena; NULL when memory is short. */
const char **vg_argument_list(VgArena *arena, const char *text, size_t *n);

#endif
