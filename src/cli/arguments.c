/* The words of a command line, checked against the command's description (GNU conventions). */
#include "cli/arguments.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

const char **vg_argument_list(VgArena *arena, const char *text, size_t *n)
{
    size_t count = 1;
    for (const char *c = text; *c; c++)
        count += *c == ',';
    const char **item = VG_NEW(arena, const char *, count);
    if (!item)
        return NULL;
    *n = 0;
    for (const char *start = text;; start++) {
        size_t length = strcspn(start, ",");
        const char *copy = vg_arena_strndup(arena, start, length);
        if (!copy)
            return NULL;
        item[(*n)++] = copy;
        start += length;
        if (*start == '\0')
            return item;
    }
}

static size_t count_names(const char *const *name)
{
    size_t n = 0;
    while (name[n])
        n++;
    return n;
}

/* "--opt=whatever" is shown as "--opt" in messages; `length` is that of the name. */
static VgStatus unknown_option(VgArena *arena, const VgCommand *command, const char *word,
                               size_t length, VgError *error)
{
    size_t n = 0;
    while (vg_command_option(command, n))
        n++;
    const char **name = VG_NEW(arena, const char *, n + 1);
    const char *text = vg_arena_strndup(arena, word, length);
    if (!name || !text)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        name[i] = vg_command_option(command, i)->name;
    bool is_long = strncmp(text, "--", 2) == 0;
    const char *nearest = NULL;
    for (size_t i = 0; is_long && !nearest && i < n; i++) /* one who abbreviates */
        if (text[2] && strncmp(name[i], text + 2, strlen(text + 2)) == 0)
            nearest = name[i];
    if (is_long && !nearest)
        nearest = vg_nearest(text + 2, name, n);
    const char *hint =
        nearest ? vg_arena_printf(arena, "did you mean --%s?", nearest)
                : vg_arena_printf(arena, "vagus %s --help lists the options", command->name);
    if (!hint)
        return vg_fail_memory(error);
    return vg_fail(error, VG_USAGE, "unknown option %s", hint, text);
}

static VgStatus unknown_value(VgArena *arena, const VgOptionSpec *option, const char *value,
                              VgError *error)
{
    const char *nearest = vg_nearest(value, option->choice, count_names(option->choice));
    const char *hint = "";
    if (nearest) {
        hint = vg_arena_printf(arena, "did you mean %s?", nearest);
    } else {
        hint = "one of:";
        for (size_t i = 0; hint && option->choice[i]; i++)
            hint = vg_arena_printf(arena, "%s %s", hint, option->choice[i]);
    }
    if (!hint)
        return vg_fail_memory(error);
    return vg_fail(error, VG_USAGE, "unknown value \"%s\" for --%s", hint, value, option->name);
}

static bool is_choice(const char *value, const char *const *choice)
{
    for (size_t i = 0; choice[i]; i++)
        if (strcmp(value, choice[i]) == 0)
            return true;
    return false;
}

static VgStatus check_choices(VgArena *arena, const VgOptionSpec *option, const char *value,
                              VgError *error)
{
    size_t n = 0;
    const char **item = vg_argument_list(arena, value, &n);
    if (!item)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        if (!is_choice(item[i], option->choice))
            return unknown_value(arena, option, item[i], error);
        for (size_t j = 0; j < i; j++)
            if (strcmp(item[i], item[j]) == 0)
                return vg_fail(error, VG_USAGE, "\"%s\" twice in --%s", "name each once", item[i],
                               option->name);
    }
    return VG_OK;
}

static VgStatus check_robust(VgArena *arena, const VgOptionSpec *option, const char *value,
                             VgError *error)
{
    for (size_t i = 0; option->choice[i]; i++) {
        size_t length = strlen(option->choice[i]);
        bool takes_column = option->choice[i][length - 1] == ':';
        if (takes_column ? strncmp(value, option->choice[i], length) == 0 && value[length]
                         : strcmp(value, option->choice[i]) == 0)
            return VG_OK;
    }
    return unknown_value(arena, option, value, error);
}

/* COL=a,b: a name, '=', and level names that are not empty and not repeated. */
static VgStatus check_levels(VgArena *arena, const VgOptionSpec *option, const char *value,
                             VgError *error)
{
    const char *equals = strchr(value, '=');
    if (!equals || equals == value || equals[1] == '\0')
        return vg_fail(error, VG_USAGE, "--%s takes COL=FIRST,SECOND,…, not \"%s\"",
                       "for example --levels arm=placebo,active", option->name, value);
    size_t n = 0;
    const char **item = vg_argument_list(arena, equals + 1, &n);
    if (!item)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        if (item[i][0] == '\0')
            return vg_fail(error, VG_USAGE, "empty level in --%s %s", "name every level",
                           option->name, value);
        for (size_t j = 0; j < i; j++)
            if (strcmp(item[i], item[j]) == 0)
                return vg_fail(error, VG_USAGE, "level \"%s\" twice in --%s", "name each once",
                               item[i], option->name);
    }
    return VG_OK;
}

static VgStatus check_number(const VgOptionSpec *option, const char *value, VgError *error)
{
    char *end = NULL;
    bool count = option->kind == VG_ARGUMENT_COUNT;
    double number = count ? 0 : strtod(value, &end);
    if (count) {
        errno = 0;
        bool digits = value[strspn(value, "0123456789")] == '\0';
        unsigned long long whole = digits ? strtoull(value, &end, 10) : 0;
        number = (double)whole;
        if (!digits || errno == ERANGE)
            end = NULL;
    }
    bool hexadecimal = strpbrk(value, "xX") != NULL;
    if (!end || *end || end == value || !isfinite(number) || hexadecimal)
        return vg_fail(error, VG_USAGE, "--%s takes a %s, not \"%s\"",
                       "write it with a decimal point", option->name,
                       count ? "whole number" : "number", value);
    bool outside = count ? number < option->minimum || number > option->maximum
                         : number <= option->minimum || number >= option->maximum;
    if (outside)
        return vg_fail(error, VG_USAGE,
                       count ? "--%s must be from %g to %g, not %s"
                             : "--%s must lie between %g and %g, not %s",
                       "see --help", option->name, option->minimum, option->maximum, value);
    return VG_OK;
}

static VgStatus check_value(VgArena *arena, const VgOptionSpec *option, const char *value,
                            VgError *error)
{
    if (value[0] == '\0')
        return vg_fail(error, VG_USAGE, "--%s has an empty value", "give it one, or leave it out",
                       option->name);
    switch (option->kind) {
    case VG_ARGUMENT_CHOICE:
        return is_choice(value, option->choice) ? VG_OK
                                                : unknown_value(arena, option, value, error);
    case VG_ARGUMENT_CHOICES:
        return check_choices(arena, option, value, error);
    case VG_ARGUMENT_ROBUST:
        return check_robust(arena, option, value, error);
    case VG_ARGUMENT_LEVELS:
        return check_levels(arena, option, value, error);
    case VG_ARGUMENT_NUMBER:
    case VG_ARGUMENT_COUNT:
        return check_number(option, value, error);
    default:
        return VG_OK;
    }
}

static const VgOptionSpec *find_long(const VgCommand *command, const char *name, size_t length)
{
    for (size_t i = 0;; i++) {
        const VgOptionSpec *option = vg_command_option(command, i);
        if (!option || (strlen(option->name) == length && memcmp(option->name, name, length) == 0))
            return option;
    }
}

static const VgOptionSpec *find_short(const VgCommand *command, char letter)
{
    for (size_t i = 0;; i++) {
        const VgOptionSpec *option = vg_command_option(command, i);
        if (!option || option->letter == letter)
            return option;
    }
}

static VgStatus keep(VgArena *arena, VgArguments *arguments, const VgOptionSpec *option,
                     const char *value, VgError *error)
{
    if (!option->repeatable)
        for (size_t i = 0; i < arguments->n_given; i++)
            if (arguments->given[i].option == option)
                return vg_fail(error, VG_USAGE, "--%s is given twice", "give it once",
                               option->name);
    if (value)
        VG_TRY(check_value(arena, option, value, error));
    arguments->given[arguments->n_given++] = (VgGivenOption){option, value};
    arguments->help |= strcmp(option->name, "help") == 0;
    arguments->version |= strcmp(option->name, "version") == 0;
    return VG_OK;
}

static VgStatus missing_value(const VgOptionSpec *option, VgError *error)
{
    return vg_fail(error, VG_USAGE, "--%s needs a value: --%s %s", "see --help", option->name,
                   option->name, option->argument);
}

/* One word that starts with "--"; takes the next word as its value where it needs one. */
static VgStatus parse_long(VgArena *arena, VgArguments *arguments, int n_words, char *const *word,
                           int *at, VgError *error)
{
    const char *text = word[*at];
    size_t length = strcspn(text + 2, "=");
    const VgOptionSpec *option = find_long(arguments->command, text + 2, length);
    if (!option)
        return unknown_option(arena, arguments->command, text, length + 2, error);
    const char *value = text[length + 2] == '=' ? text + length + 3 : NULL;
    if (option->kind == VG_ARGUMENT_NONE && value)
        return vg_fail(error, VG_USAGE, "--%s takes no value",
                       "leave out what follows the =", option->name);
    if (option->kind != VG_ARGUMENT_NONE && !value) {
        if (*at + 1 >= n_words)
            return missing_value(option, error);
        value = word[++*at];
    }
    return keep(arena, arguments, option, value, error);
}

/* One word of short options: -qv, -o PATH, -oPATH. */
static VgStatus parse_short(VgArena *arena, VgArguments *arguments, int n_words, char *const *word,
                            int *at, VgError *error)
{
    for (const char *c = word[*at] + 1; *c; c++) {
        const VgOptionSpec *option = find_short(arguments->command, *c);
        if (!option)
            return unknown_option(arena, arguments->command, (char[]){'-', *c, '\0'}, 2, error);
        if (option->kind == VG_ARGUMENT_NONE) {
            VG_TRY(keep(arena, arguments, option, NULL, error));
            continue;
        }
        const char *value = c[1] ? c + 1 : NULL;
        if (!value && *at + 1 >= n_words)
            return missing_value(option, error);
        return keep(arena, arguments, option, value ? value : word[++*at], error);
    }
    return VG_OK;
}

static VgStatus check_whole(const VgArguments *arguments, VgError *error)
{
    const VgCommand *command = arguments->command;
    if (arguments->n_inputs < command->least_inputs)
        return vg_fail(error, VG_USAGE, "vagus %s needs: %s", "see --help", command->name,
                       command->synopsis);
    if (arguments->n_inputs > command->most_inputs)
        return vg_fail(error, VG_USAGE, "one argument too many: \"%s\"",
                       "put arguments with blanks in quotes",
                       arguments->input[command->most_inputs]);
    for (size_t i = 0; vg_command_option(command, i); i++) {
        const VgOptionSpec *option = vg_command_option(command, i);
        if (option->required && !vg_argument_given(arguments, option->name))
            return vg_fail(error, VG_USAGE, "vagus %s needs --%s %s", "see --help", command->name,
                           option->name, option->argument);
    }
    int formats = 0;
    if (command->prints_result)
        formats = vg_argument_given(arguments, "format") + vg_argument_given(arguments, "json") +
                  vg_argument_given(arguments, "csv");
    if (formats > 1)
        return vg_fail(error, VG_USAGE, "more than one of --format, --json and --csv",
                       "choose one");
    const char *format = command->prints_result ? vg_argument(arguments, "format") : NULL;
    bool json = command->prints_result &&
                (vg_argument_given(arguments, "json") || (format && strcmp(format, "json") == 0));
    if (command->prints_result && vg_argument_given(arguments, "datasets") && !json)
        return vg_fail(error, VG_USAGE, "--datasets without --json",
                       "text and CSV hold the estimates; add --json");
    return VG_OK;
}

VgStatus vg_arguments_parse(VgArena *arena, const VgCommand *command, int n_words,
                            char *const *word, VgArguments **parsed, VgError *error)
{
    size_t letters = 1; /* one word may hold many short options */
    for (int i = 0; i < n_words; i++)
        letters += strlen(word[i]) + 1;
    VgArguments *arguments = VG_NEW(arena, VgArguments, 1);
    VgGivenOption *given = VG_NEW(arena, VgGivenOption, letters);
    const char **input = VG_NEW(arena, const char *, (size_t)n_words + 1);
    if (!arguments || !given || !input)
        return vg_fail_memory(error);
    *arguments = (VgArguments){.command = command, .given = given, .input = input};
    bool only_inputs = false;
    for (int i = 0; i < n_words; i++) {
        if (only_inputs || word[i][0] != '-' || word[i][1] == '\0')
            arguments->input[arguments->n_inputs++] = word[i];
        else if (strcmp(word[i], "--") == 0)
            only_inputs = true;
        else if (word[i][1] == '-')
            VG_TRY(parse_long(arena, arguments, n_words, word, &i, error));
        else
            VG_TRY(parse_short(arena, arguments, n_words, word, &i, error));
    }
    *parsed = arguments;
    return arguments->help || arguments->version ? VG_OK : check_whole(arguments, error);
}

const char *vg_argument_nth(const VgArguments *arguments, const char *name, size_t nth)
{
    for (size_t i = 0; i < arguments->n_given; i++)
        if (strcmp(arguments->given[i].option->name, name) == 0 && nth-- == 0)
            return arguments->given[i].value;
    return NULL;
}

const char *vg_argument(const VgArguments *arguments, const char *name)
{
    return vg_argument_nth(arguments, name, 0);
}

bool vg_argument_given(const VgArguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->n_given; i++)
        if (strcmp(arguments->given[i].option->name, name) == 0)
            return true;
    return false;
}

double vg_argument_number(const VgArguments *arguments, const char *name, double otherwise)
{
    const char *value = vg_argument(arguments, name);
    return value ? strtod(value, NULL) : otherwise;
}
