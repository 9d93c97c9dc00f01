/* From the words of a command line to an exit status. */
#include "cli/session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <omp.h>

#include "base/nearest.h"

static VgStatus print_buffer(VgSession *session, VgBuffer *buffer, VgError *error)
{
    VgStatus status = vg_buffer_status(buffer, error);
    if (status == VG_OK)
        status = vg_session_write(session, buffer->text, buffer->length, error);
    vg_buffer_free(buffer);
    return status;
}

static VgStatus print_version(VgSession *session, VgError *error)
{
    static const char VERSION[] = "vagus " VAGUS_VERSION "\n";
    return vg_session_write(session, VERSION, sizeof VERSION - 1, error);
}

static VgStatus unknown_command(VgArena *arena, const char *name, VgError *error)
{
    const char *candidate[64];
    size_t n = 0;
    for (size_t i = 0; vg_commands_not_built[i]; i++) {
        if (strcmp(vg_commands_not_built[i], name) == 0)
            return vg_fail(error, VG_NOT_BUILT, "%s: not available in this version",
                           "vagus --help lists what is", name);
    }
    for (size_t i = 0; i < vg_n_commands; i++)
        candidate[n++] = vg_commands[i].name;
    candidate[n++] = "help";
    const char *nearest = vg_nearest(name, candidate, n);
    const char *hint = nearest ? vg_arena_printf(arena, "did you mean %s?", nearest)
                               : "vagus --help lists the commands";
    if (!hint)
        return vg_fail_memory(error);
    return vg_fail(error, VG_USAGE, "unknown command \"%s\"", hint, name);
}

/* ---- vagus help ---- */

/* The manual page beside this program: in the installed prefix, or in the build folder. */
static const char *find_page(VgArena *arena, const char *name)
{
    char program[1024];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return NULL;
    program[length] = '\0';
    char *slash = strrchr(program, '/');
    if (!slash)
        return NULL;
    *slash = '\0';
    const char *path[] = {
        vg_arena_printf(arena, "%s/../share/man/man1/%s.1", program, name),
        vg_arena_printf(arena, "%s/../share/man/man1/%s.1.gz", program, name),
        vg_arena_printf(arena, "%s/man/%s.1", program, name),
    };
    for (size_t i = 0; i < sizeof path / sizeof *path; i++)
        if (path[i] && access(path[i], R_OK) == 0)
            return path[i];
    return NULL;
}

/* Opens the manual page; where there is none, or no man, prints the help. */
static VgStatus help(VgSession *session, const char *name, VgError *error)
{
    const VgCommand *command = name ? vg_command_find(name) : NULL;
    if (name && !command)
        return unknown_command(session->arena, name, error);
    const char *page_name = name ? vg_arena_printf(session->arena, "vagus-%s", name) : "vagus";
    const char *page = page_name ? find_page(session->arena, page_name) : NULL;
    if (page)
        execlp("man", "man", page, (char *)NULL); /* returns only when there is no man */
    VgBuffer buffer = {0};
    if (command)
        vg_describe_help(&buffer, command);
    else
        vg_describe_overview(&buffer);
    return print_buffer(session, &buffer, error);
}

/* vagus --describe man [COMMAND] | completion | commands: for the build, not for people. */
static VgStatus describe(VgSession *session, int n_words, char **word, VgError *error)
{
    VgBuffer buffer = {0};
    const VgCommand *command = n_words > 1 ? vg_command_find(word[1]) : NULL;
    if (n_words > 1 && !command)
        return unknown_command(session->arena, word[1], error);
    if (n_words > 0 && strcmp(word[0], "man") == 0)
        vg_describe_man(&buffer, command);
    else if (n_words > 0 && strcmp(word[0], "completion") == 0)
        vg_describe_completion(&buffer);
    else if (n_words > 0 && strcmp(word[0], "commands") == 0)
        for (size_t i = 0; i < vg_n_commands; i++)
            vg_buffer_printf(&buffer, "%s\n", vg_commands[i].name);
    else
        return vg_fail(error, VG_USAGE, "--describe needs man, completion or commands", "");
    return print_buffer(session, &buffer, error);
}

/* ---- running a command ---- */

static void take_settings(VgSession *session)
{
    const VgArguments *arguments = session->arguments;
    const char *format = vg_argument(arguments, "format");
    if (vg_argument_given(arguments, "json") || (format && strcmp(format, "json") == 0))
        session->format = VG_FORMAT_JSON;
    else if (vg_argument_given(arguments, "csv") || (format && strcmp(format, "csv") == 0))
        session->format = VG_FORMAT_CSV;
    session->level = vg_argument_number(arguments, "level", 0.95);
    session->digits = (int)vg_argument_number(arguments, "digits", 4);
    session->datasets = vg_argument_given(arguments, "datasets");
    session->quiet = vg_argument_given(arguments, "quiet");
    session->verbose = vg_argument_given(arguments, "verbose");
    session->progress = vg_argument_given(arguments, "progress");
    int threads = (int)vg_argument_number(arguments, "threads", 0);
    if (threads > 0)
        omp_set_num_threads(threads);
}

/* ---- what is read is not written over ---- */

static bool is_written(const char *option)
{
    static const char *const WRITTEN[] = {"output", "report", "residuals", "as-prior"};
    for (size_t i = 0; i < sizeof WRITTEN / sizeof *WRITTEN; i++)
        if (strcmp(WRITTEN[i], option) == 0)
            return true;
    return false;
}

static bool same_place(const char *a, const char *b)
{
    struct stat first, second;
    if (strcmp(a, "-") == 0 || strcmp(b, "-") == 0)
        return false;
    if (stat(a, &first) != 0 || stat(b, &second) != 0)
        return strcmp(a, b) == 0;
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino &&
           !S_ISCHR(first.st_mode);
}

static VgStatus check_paths(const VgArguments *arguments, VgError *error)
{
    for (size_t i = 0; i < arguments->n_given; i++) {
        const VgGivenOption *one = &arguments->given[i];
        if (one->option->kind != VG_ARGUMENT_PATH || !is_written(one->option->name))
            continue;
        for (size_t k = 0; k < arguments->n_inputs; k++)
            if (same_place(one->value, arguments->input[k]))
                return vg_fail(error, VG_USAGE, "--%s would write over the input %s",
                               "give it another name", one->option->name, arguments->input[k]);
        for (size_t k = 0; k < arguments->n_given; k++) {
            const VgGivenOption *other = &arguments->given[k];
            if (k != i && other->option->kind == VG_ARGUMENT_PATH &&
                same_place(one->value, other->value))
                return vg_fail(error, VG_USAGE, "--%s and --%s name one place: %s",
                               "give one of them another name", one->option->name,
                               other->option->name, one->value);
        }
    }
    return VG_OK;
}

static VgStatus run_command(VgSession *session, int n_words, char **word, VgError *error)
{
    VgArguments *arguments = NULL;
    VG_TRY(vg_arguments_parse(session->arena, session->command, n_words, word, &arguments, error));
    if (arguments->version)
        return print_version(session, error);
    if (arguments->help) {
        VgBuffer buffer = {0};
        vg_describe_help(&buffer, session->command);
        return print_buffer(session, &buffer, error);
    }
    VG_TRY(check_paths(arguments, error));
    session->arguments = arguments;
    take_settings(session);
    return session->command->run(session, error);
}

static VgStatus dispatch(VgSession *session, VgError *error)
{
    int argc = session->argc;
    char **argv = session->argv;
    if (argc < 2)
        return vg_fail(error, VG_USAGE, "no command given", "vagus --help lists the commands");
    const char *name = argv[1];
    if (strcmp(name, "--version") == 0)
        return print_version(session, error);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        VgBuffer buffer = {0};
        vg_describe_overview(&buffer);
        return print_buffer(session, &buffer, error);
    }
    if (strcmp(name, "--describe") == 0)
        return describe(session, argc - 2, argv + 2, error);
    if (strcmp(name, "help") == 0)
        return help(session, argc > 2 ? argv[2] : NULL, error);
    if (name[0] == '-')
        return vg_fail(error, VG_USAGE, "an option before the command: %s",
                       "vagus COMMAND [options] INPUT...", name);
    session->command = vg_command_find(name);
    if (!session->command)
        return unknown_command(session->arena, name, error);
    return run_command(session, argc - 2, argv + 2, error);
}

/* Whether errors are wanted as JSON: asked before the words are understood, since they may be
 * wrong. */
static bool wants_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "--format=json") == 0 ||
            (strcmp(argv[i], "--format") == 0 && i + 1 < argc && strcmp(argv[i + 1], "json") == 0))
            return true;
    return false;
}

int vg_cli_main(int argc, char **argv)
{
    VgError error = {.code = VG_OK};
    VgSession session = {.argc = argc, .argv = argv, .level = 0.95, .digits = 4};
    session.arena = vg_arena_create();
    VgStatus status = session.arena ? dispatch(&session, &error) : vg_fail_memory(&error);
    if (status != VG_OK)
        vg_session_print_error(&error, wants_json(argc, argv));
    vg_arena_destroy(session.arena);
    return vg_status_exit_code(status);
}
