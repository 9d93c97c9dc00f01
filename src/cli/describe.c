/* Help, manual pages (scdoc) and bash completion, all from the one description in commands.c. */
#include "cli/session.h"

#include <string.h>

enum { WIDTH = 80, HELP_COLUMN = 8 };

/* The exit statuses of the contract. */
static const struct {
    int status;
    const char *meaning;
} EXIT_STATUS[] = {
    {0, "Done."},
    {1, "The input or the study is wrong. Nothing was written."},
    {2, "The command line is wrong."},
    {3, "The numbers could not be had: no convergence, or not estimable."},
    {4, "The system failed: disk, memory, permission."},
};
enum { N_EXIT_STATUS = sizeof EXIT_STATUS / sizeof *EXIT_STATUS };

static const char *const TABLES =
    "Tables are CSV or TSV (delimiter and byte order mark detected; plain or .gz), or by extension "
    ".xpt, .sas7bdat, .sav, .dta, .xlsx; - is CSV or TSV from standard input. Missing values: "
    "empty, "
    "NA, ., NaN.";

/* Bytes that take a column on the terminal: all but UTF-8 continuation bytes. */
static size_t columns_of(const char *text, size_t length)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        n += ((unsigned char)text[i] & 0xC0u) != 0x80u;
    return n;
}

/* Words of `text` in lines of at most WIDTH columns, indented. */
static void wrap(VgBuffer *buffer, size_t indent, const char *text)
{
    size_t column = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        size_t width = columns_of(text, length);
        if (column > 0 && column + 1 + width > WIDTH) {
            vg_buffer_text(buffer, "\n");
            column = 0;
        }
        if (column == 0) {
            vg_buffer_printf(buffer, "%*s", (int)indent, "");
            column = indent;
        } else {
            vg_buffer_text(buffer, " ");
            column++;
        }
        vg_buffer_append(buffer, text, length);
        column += width;
        text += length;
        text += strspn(text, " ");
    }
    vg_buffer_text(buffer, "\n");
}

static bool shows_choices(const VgOptionSpec *option)
{
    return option->choice && option->kind != VG_ARGUMENT_NONE;
}

/* "us, cs, csh" or "us|cs|csh" */
static void join(VgBuffer *buffer, const char *const *word, const char *between)
{
    for (size_t i = 0; word[i]; i++)
        vg_buffer_printf(buffer, "%s%s", i ? between : "", word[i]);
}

static void help_option(VgBuffer *buffer, const VgOptionSpec *option)
{
    vg_buffer_text(buffer, "  ");
    if (option->letter)
        vg_buffer_printf(buffer, "-%c, ", option->letter);
    vg_buffer_printf(buffer, "--%s", option->name);
    if (option->argument)
        vg_buffer_printf(buffer, " %s", option->argument);
    if (option->required)
        vg_buffer_text(buffer, "   (needed)");
    else if (option->initial)
        vg_buffer_printf(buffer, "   (default: %s)", option->initial);
    vg_buffer_text(buffer, "\n");
    wrap(buffer, HELP_COLUMN, option->help);
    if (shows_choices(option)) {
        VgBuffer list = {0};
        vg_buffer_text(&list, "One of: ");
        join(&list, option->choice, ", ");
        if (!list.failed)
            wrap(buffer, HELP_COLUMN, list.text);
        buffer->failed |= list.failed;
        vg_buffer_free(&list);
    }
}

/* A command to type, broken before options with a backslash where it is too long for a line. */
static void command_line(VgBuffer *buffer, const char *line)
{
    size_t column = 4 + strlen("vagus");
    vg_buffer_text(buffer, "    vagus");
    while (*line) {
        const char *next = strstr(line + 1, " --");
        size_t length = next ? (size_t)(next - line) : strlen(line);
        if (column + length > WIDTH - 4) {
            vg_buffer_text(buffer, " \\\n       ");
            column = 7;
        } else if (column <= 4 + strlen("vagus")) {
            vg_buffer_text(buffer, " ");
            column++;
        }
        vg_buffer_append(buffer, line, length);
        column += length;
        line += length;
    }
    vg_buffer_text(buffer, "\n");
}

static void help_example(VgBuffer *buffer, const VgExample *example)
{
    wrap(buffer, 2, example->what);
    command_line(buffer, example->line);
}

static void help_exit_status(VgBuffer *buffer)
{
    vg_buffer_text(buffer, "\nExit status:\n");
    for (size_t i = 0; i < N_EXIT_STATUS; i++)
        vg_buffer_printf(buffer, "  %d  %s\n", EXIT_STATUS[i].status, EXIT_STATUS[i].meaning);
}

void vg_describe_help(VgBuffer *buffer, const VgCommand *command)
{
    vg_buffer_printf(buffer, "vagus %s: %s\n\nUsage:\n", command->name, command->summary);
    VgBuffer usage = {0};
    vg_buffer_printf(&usage, "vagus %s %s", command->name, command->synopsis);
    if (!usage.failed)
        wrap(buffer, 2, usage.text);
    buffer->failed |= usage.failed;
    vg_buffer_free(&usage);
    for (size_t i = 0; command->paragraph[i]; i++) {
        vg_buffer_text(buffer, "\n");
        wrap(buffer, 0, command->paragraph[i]);
    }
    vg_buffer_text(buffer, "\nOptions:\n");
    for (size_t i = 0; vg_command_option(command, i); i++)
        help_option(buffer, vg_command_option(command, i));
    vg_buffer_text(buffer, "\nExamples:\n");
    for (const VgExample *example = command->example; example->line; example++)
        help_example(buffer, example);
    help_exit_status(buffer);
}

void vg_describe_overview(VgBuffer *buffer)
{
    vg_buffer_text(buffer,
                   "vagus: trials of gut-brain treatments in depression and anxiety: did it\n"
                   "work, through which channel, for whom\n\n"
                   "Usage:\n  vagus COMMAND [options] INPUT...\n\nCommands:\n");
    for (size_t i = 0; i < vg_n_commands; i++)
        vg_buffer_printf(buffer, "  %-8s %s\n", vg_commands[i].name, vg_commands[i].summary);
    vg_buffer_text(buffer, "  help     the manual page of a command: vagus help COMMAND\n\n"
                           "vagus COMMAND --help lists the options of a command. Begin with\n"
                           "  vagus init my-trial && vagus run my-trial\n");
    help_exit_status(buffer);
}

/* ---- manual pages ---- */

/* scdoc reads \ _ * # and leading characters as markup. */
static void man_text(VgBuffer *buffer, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (strchr("\\_*#~`<>[]|.", *c) && (*c != '.' || c == text))
            vg_buffer_text(buffer, "\\");
        vg_buffer_append(buffer, c, 1);
    }
}

static void man_paragraph(VgBuffer *buffer, const char *text)
{
    man_text(buffer, text);
    vg_buffer_text(buffer, "\n\n");
}

static void man_option(VgBuffer *buffer, const VgOptionSpec *option)
{
    if (option->letter)
        vg_buffer_printf(buffer, "*-%c*, ", option->letter);
    vg_buffer_printf(buffer, "*--%s*", option->name);
    if (option->argument) {
        vg_buffer_text(buffer, " _");
        man_text(buffer, option->argument);
        vg_buffer_text(buffer, "_");
    }
    vg_buffer_text(buffer, "\n\t");
    man_text(buffer, option->help);
    if (shows_choices(option)) {
        vg_buffer_text(buffer, " One of: ");
        join(buffer, option->choice, ", ");
        vg_buffer_text(buffer, ".");
    }
    if (option->required)
        vg_buffer_text(buffer, " Must be given.");
    else if (option->initial) {
        vg_buffer_text(buffer, " Default: ");
        man_text(buffer, option->initial);
        vg_buffer_text(buffer, ".");
    }
    vg_buffer_text(buffer, "\n\n");
}

static void man_tail(VgBuffer *buffer)
{
    vg_buffer_text(buffer, "# EXIT STATUS\n\n");
    for (size_t i = 0; i < N_EXIT_STATUS; i++)
        vg_buffer_printf(buffer, "*%d*\n\t%s\n\n", EXIT_STATUS[i].status, EXIT_STATUS[i].meaning);
    vg_buffer_text(buffer,
                   "An error is one line on standard error: *vagus:* _FILE_:_LINE_: what is wrong "
                   "(what to do). With *--json* it comes as an object as well.\n\n"
                   "# ENVIRONMENT\n\n*NO\\_COLOR*\n\tWhen set, nothing is printed in colour.\n\n");
}

static void man_overview(VgBuffer *buffer)
{
    vg_buffer_text(buffer, "vagus(1)\n\n# NAME\n\nvagus - trials of gut-brain treatments: did it "
                           "work, through which channel, for whom\n\n# SYNOPSIS\n\n"
                           "*vagus* _COMMAND_ [options] _INPUT_...\n\n# COMMANDS\n\n");
    for (size_t i = 0; i < vg_n_commands; i++) {
        vg_buffer_printf(buffer, "*%s*\n\t%s. See *vagus-%s*(1).\n\n", vg_commands[i].name,
                         vg_commands[i].summary, vg_commands[i].name);
    }
    vg_buffer_text(buffer, "*help* _COMMAND_\n\tOpens the manual page of a command.\n\n"
                           "# OPTIONS OF EVERY COMMAND\n\n");
    for (const VgOptionSpec *option = vg_options_result; option->name; option++)
        man_option(buffer, option);
    for (const VgOptionSpec *option = vg_options_everywhere; option->name; option++)
        man_option(buffer, option);
    vg_buffer_text(buffer, "Option names are written out in full. *--* ends the options.\n\n"
                           "# TABLES\n\n");
    man_paragraph(buffer, TABLES);
    man_tail(buffer);
}

static void man_command(VgBuffer *buffer, const VgCommand *command)
{
    vg_buffer_printf(buffer, "vagus-%s(1)\n\n# NAME\n\nvagus-%s - %s\n\n# SYNOPSIS\n\n*vagus %s* ",
                     command->name, command->name, command->summary, command->name);
    man_paragraph(buffer, command->synopsis);
    vg_buffer_text(buffer, "# DESCRIPTION\n\n");
    for (size_t i = 0; command->paragraph[i]; i++)
        man_paragraph(buffer, command->paragraph[i]);
    vg_buffer_text(buffer, "# OPTIONS\n\n");
    for (size_t i = 0; vg_command_option(command, i); i++)
        man_option(buffer, vg_command_option(command, i));
    if (command->method[0])
        vg_buffer_text(buffer, "# METHOD\n\n");
    for (size_t i = 0; command->method[i]; i++)
        man_paragraph(buffer, command->method[i]);
    vg_buffer_text(buffer, "# EXAMPLES\n\n");
    for (const VgExample *example = command->example; example->line; example++) {
        man_paragraph(buffer, example->what);
        vg_buffer_printf(buffer, "```\nvagus %s\n```\n\n", example->line);
    }
    man_tail(buffer);
    vg_buffer_text(buffer, "# SEE ALSO\n\n*vagus*(1)\n");
}

void vg_describe_man(VgBuffer *buffer, const VgCommand *command)
{
    if (command)
        man_command(buffer, command);
    else
        man_overview(buffer);
}

/* ---- completion ---- */

static const char COMPLETION_HEAD[] =
    "# bash completion for vagus; made by the program itself: vagus --describe completion\n"
    "# Columns are offered from the first line of the table that is on the command line.\n"
    "_vagus_columns() {\n"
    "    local word\n"
    "    for word in \"${COMP_WORDS[@]:2}\"; do\n"
    "        if [[ -f $word && $word =~ \\.(csv|tsv|txt)$ ]]; then\n"
    "            head -n 1 -- \"$word\" | tr -d '\"\\r' | tr ',;\\t' '\\n'\n"
    "            return\n"
    "        fi\n"
    "    done\n"
    "}\n\n"
    "_vagus() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
    "    local command=${COMP_WORDS[1]} options=\"\"\n"
    "    COMPREPLY=()\n";

/* What may follow the options of one command: one case a kind of argument. */
static void complete_values(VgBuffer *buffer, const VgCommand *command)
{
    vg_buffer_text(buffer, "        case $before in\n");
    for (size_t i = 0; vg_command_option(command, i); i++) {
        const VgOptionSpec *option = vg_command_option(command, i);
        if (option->kind == VG_ARGUMENT_NONE)
            continue;
        vg_buffer_printf(buffer, "        --%s", option->name);
        if (option->letter)
            vg_buffer_printf(buffer, "|-%c", option->letter);
        if (option->choice) {
            vg_buffer_text(buffer, ") COMPREPLY=($(compgen -W \"");
            join(buffer, option->choice, " ");
            vg_buffer_text(buffer, "\" -- \"$word\")); return ;;\n");
        } else if (option->kind == VG_ARGUMENT_COLUMN) {
            vg_buffer_text(buffer,
                           ") COMPREPLY=($(compgen -W \"$(_vagus_columns)\" -- \"$word\")); "
                           "return ;;\n");
        } else if (option->kind == VG_ARGUMENT_PATH) {
            vg_buffer_text(buffer, ") COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n");
        } else {
            vg_buffer_text(buffer, ") return ;;\n");
        }
    }
    vg_buffer_text(buffer, "        esac\n");
}

void vg_describe_completion(VgBuffer *buffer)
{
    vg_buffer_text(buffer, COMPLETION_HEAD);
    vg_buffer_text(buffer, "    if [ \"$COMP_CWORD\" -eq 1 ] || [ \"$command\" = help ]; then\n"
                           "        COMPREPLY=($(compgen -W \"");
    for (size_t i = 0; i < vg_n_commands; i++)
        vg_buffer_printf(buffer, "%s ", vg_commands[i].name);
    vg_buffer_text(buffer, "help\" -- \"$word\"))\n        return\n    fi\n    case $command in\n");
    for (size_t i = 0; i < vg_n_commands; i++) {
        const VgCommand *command = &vg_commands[i];
        vg_buffer_printf(buffer, "    %s)\n", command->name);
        complete_values(buffer, command);
        vg_buffer_text(buffer, "        options=\"");
        for (size_t j = 0; vg_command_option(command, j); j++)
            vg_buffer_printf(buffer, "%s--%s", j ? " " : "", vg_command_option(command, j)->name);
        vg_buffer_text(buffer, "\" ;;\n");
    }
    vg_buffer_text(buffer, "    esac\n"
                           "    if [[ $word == -* ]]; then\n"
                           "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                           "    else\n"
                           "        COMPREPLY=($(compgen -f -- \"$word\"))\n"
                           "    fi\n"
                           "}\n"
                           "complete -o filenames -F _vagus vagus\n");
}
