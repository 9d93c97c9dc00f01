/* Fuzzes the parsing of command lines: the bytes are words with NUL between them, the first being
 * the command. What is accepted must hold what the description promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/arguments.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

enum { MOST_WORDS = 64 };

/* An accepted line has every needed option, and no single option twice. */
static void check_accepted(const VgArguments *arguments)
{
    const VgCommand *command = arguments->command;
    if (arguments->help || arguments->version)
        return;
    if (arguments->n_inputs < command->least_inputs || arguments->n_inputs > command->most_inputs)
        abort();
    for (size_t i = 0; vg_command_option(command, i); i++) {
        const VgOptionSpec *option = vg_command_option(command, i);
        size_t times = 0;
        for (size_t k = 0; k < arguments->n_given; k++)
            times += arguments->given[k].option == option;
        if ((option->required && times == 0) || (!option->repeatable && times > 1))
            abort();
    }
    for (size_t k = 0; k < arguments->n_given; k++)
        if ((arguments->given[k].value == NULL) !=
            (arguments->given[k].option->kind == VG_ARGUMENT_NONE))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    VgArena *arena = vg_arena_create();
    if (!text || !arena)
        abort();
    if (size)
        memcpy(text, bytes, size);
    text[size] = '\0';
    char *word[MOST_WORDS];
    int n = 0;
    for (size_t at = 0; at < size && n < MOST_WORDS; at += strlen(text + at) + 1)
        word[n++] = text + at;
    const VgCommand *command = n ? vg_command_find(word[0]) : NULL;
    if (!command)
        command = &vg_commands[size % vg_n_commands];
    VgArguments *arguments = NULL;
    VgError error = {.code = VG_OK};
    VgStatus status =
        vg_arguments_parse(arena, command, n ? n - 1 : 0, n ? word + 1 : NULL, &arguments, &error);
    if (status == VG_OK)
        check_accepted(arguments);
    else if (status != VG_USAGE || error.message[0] == '\0')
        abort(); /* a refusal is a usage error that says something */
    vg_arena_destroy(arena);
    free(text);
    return 0;
}
