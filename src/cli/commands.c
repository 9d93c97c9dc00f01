/* The one description of the commands: names, options, words for people. See command.h. */
#include "cli/command.h"

#include <string.h>

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define END_OF_OPTIONS                                                                             \
    {                                                                                              \
        .name = NULL                                                                               \
    }

const VgOptionSpec vg_options_everywhere[] = {
    {.name = "threads",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "N",
     .minimum = 1,
     .maximum = 4096,
     .initial = "all",
     .help = "Processor threads to use. The numbers do not depend on it."},
    {.name = "progress", .help = "Tell what is going on even when standard error is no terminal."},
    {.name = "quiet", .letter = 'q', .help = "Print nothing but answers and errors."},
    {.name = "verbose", .letter = 'v', .help = "Print more: the steps of the optimiser and the like."},
    {.name = "help", .letter = 'h', .help = "Print this help."},
    {.name = "version", .help = "Print the version."},
    END_OF_OPTIONS,
};

const VgOptionSpec vg_options_result[] = {
    {.name = "format",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "FORMAT",
     .choice = LIST("text", "json", "csv"),
     .initial = "text",
     .help = "How to print the answer."},
    {.name = "json", .help = "The same as --format json; errors come as JSON too."},
    {.name = "csv", .help = "The same as --format csv."},
    {.name = "output",
     .letter = 'o',
     .kind = VG_ARGUMENT_PATH,
     .argument = "PATH",
     .initial = "standard output",
     .help = "Write the answer to this file, whole or not at all."},
    {.name = "level",
     .kind = VG_ARGUMENT_NUMBER,
     .argument = "LEVEL",
     .minimum = 0,
     .maximum = 1,
     .initial = "0.95",
     .help = "Confidence level of intervals."},
    {.name = "digits",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "N",
     .minimum = 1,
     .maximum = 15,
     .initial = "4",
     .help = "Significant digits in text. JSON and CSV always carry the whole number."},
    {.name = "seed",
     .kind = VG_ARGUMENT_COUNT,
     .argument = "N",
     .minimum = 0,
     .maximum = 9007199254740992.0,
     .initial = "1",
     .help = "Seed of everything random. The same seed gives the same bytes."},
    END_OF_OPTIONS,
};

static const VgOptionSpec init_options[] = {
    {.name = "template",
     .kind = VG_ARGUMENT_CHOICE,
     .argument = "KIND",
     .choice = LIST("trial", "nof1", "fmt", "meta"),
     .initial = "trial",
     .help = "What kind of study to begin. This version writes trial; the others are refused by "
             "name."},
    END_OF_OPTIONS,
};

static const VgExample init_examples[] = {
    {"init my-trial", "A folder with a commented study.yaml and small example tables."},
    {NULL, NULL},
};

static const VgOptionSpec no_options[] = {END_OF_OPTIONS};

static const VgExample check_examples[] = {
    {"check my-trial", "Every problem of the study, each with file and line."},
    {NULL, NULL},
};

const VgCommand vg_commands[] = {
    {.name = "init",
     .synopsis = "DIR [--template KIND]",
     .summary = "begin a study folder",
     .paragraph = LIST("Writes a commented study.yaml and example tables into a new folder. What it "
                       "writes passes vagus check."),
     .method = LIST(NULL),
     .option = init_options,
     .example = init_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_init},
    {.name = "check",
     .synopsis = "STUDY",
     .summary = "every problem of a study at once",
     .paragraph = LIST("STUDY is a folder with study.yaml, or the path of such a file. Each problem is "
                       "one line with file, line and what to do. No problem: exit status 0."),
     .method = LIST(NULL),
     .option = no_options,
     .example = check_examples,
     .least_inputs = 1,
     .most_inputs = 1,
     .prints_result = true,
     .run = vg_cli_check},
};

const size_t vg_n_commands = sizeof vg_commands / sizeof *vg_commands;

const char *const vg_commands_not_built[] = {
    "lmm",       "survival",  "impute",    "meta",         "nma",       "mediate",
    "forest",    "distance",  "permanova", "diversity",    "modules",   "transform",
    "differential", "nof1",   "randomise", "samplesize",   "donor",     "engraft",
    "simulate",  "design",    "mmrm",         "lm",        "glm",
    "run",       "report",    NULL,
};

const VgCommand *vg_command_find(const char *name)
{
    for (size_t i = 0; i < vg_n_commands; i++)
        if (strcmp(vg_commands[i].name, name) == 0)
            return &vg_commands[i];
    return NULL;
}

static bool has_own(const VgCommand *command, const char *name)
{
    for (const VgOptionSpec *own = command->option; own->name; own++)
        if (strcmp(own->name, name) == 0)
            return true;
    return false;
}

/* The i-th of `list` that the command does not describe itself; counts `*i` down. */
static const VgOptionSpec *shared_option(const VgCommand *command, const VgOptionSpec *list,
                                         size_t *i)
{
    for (; list->name; list++)
        if (!has_own(command, list->name) && (*i)-- == 0)
            return list;
    return NULL;
}

const VgOptionSpec *vg_command_option(const VgCommand *command, size_t i)
{
    for (const VgOptionSpec *own = command->option; own->name; own++)
        if (i-- == 0)
            return own;
    const VgOptionSpec *found = NULL;
    if (command->prints_result)
        found = shared_option(command, vg_options_result, &i);
    return found ? found : shared_option(command, vg_options_everywhere, &i);
}
