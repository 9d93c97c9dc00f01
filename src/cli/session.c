/* Where answers, warnings and errors go, and how they get there whole. */
#include "cli/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vagus/report.h>

#include "base/file.h"
#include "cli/evidence.h"

/* Control characters of a user's file must not reach the terminal. */
static void make_plain(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++)
        if (*c < 0x20 || *c == 0x7F)
            *c = ' ';
}

static bool coloured(void)
{
    const char *no_colour = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");
    return isatty(STDERR_FILENO) && !(no_colour && *no_colour) && terminal &&
           strcmp(terminal, "dumb") != 0;
}

void vg_session_print_error(const VgError *error, bool json)
{
    if (json) {
        VgBuffer buffer = {0};
        vg_buffer_text(&buffer, "{\"error\": ");
        vg_error_json(&buffer, error);
        vg_buffer_text(&buffer, "}");
        if (!buffer.failed)
            fprintf(stderr, "%s\n", buffer.text);
        else
            fprintf(stderr, "{\"error\": {\"code\": \"%s\"}}\n", vg_status_name(error->code));
        vg_buffer_free(&buffer);
    }
    char text[1200];
    vg_error_format(error, text, sizeof text);
    make_plain(text);
    bool colour = coloured();
    fprintf(stderr, "%svagus:%s %s\n", colour ? "\033[1;31m" : "", colour ? "\033[0m" : "", text);
}

void vg_session_progress(const VgSession *session, const char *what)
{
    if (!session->quiet && (session->progress || isatty(STDERR_FILENO)))
        fprintf(stderr, "vagus: %s\n", what);
}

void vg_session_warn(const VgSession *session, const char *what)
{
    if (session->quiet)
        return;
    char text[1200];
    snprintf(text, sizeof text, "%s", what);
    make_plain(text);
    fprintf(stderr, "vagus: warning: %s\n", text);
}

/* The words of the call as results keep them: without --threads and the program's folder, so that the same
 * seed gives the same bytes on any number of threads and wherever the program lies. */
static size_t keep_call(const VgSession *session, const char **call)
{
    size_t n = 0;
    bool options = true; /* until "--" */
    for (int i = 0; i < session->argc; i++) {
        const char *word = session->argv[i];
        options = options && strcmp(word, "--") != 0;
        if (options && strcmp(word, "--threads") == 0)
            i++; /* and its value */
        else if (!options || strncmp(word, "--threads=", 10) != 0)
            call[n++] = i == 0 ? "vagus" : word;
    }
    return n;
}

VgResult *vg_session_result(VgSession *session)
{
    VgResult *result = vg_result_create(session->arena, session->command->name);
    if (!result)
        return NULL;
    const char **call = VG_NEW(session->arena, const char *, (size_t)session->argc + 1);
    if (!call)
        return NULL;
    result->call = call;
    result->n_call = keep_call(session, call);
    result->seed = (uint64_t)vg_argument_number(session->arguments, "seed", 1);
    result->level = session->level;
    return result;
}

/* The columns that the command needs as text and those that the user names, together. */
static const char **text_columns(VgSession *session, const char *const *needed, size_t n_needed,
                                 size_t *n)
{
    const char *named = vg_argument(session->arguments, "text");
    size_t n_named = 0;
    const char **list = named ? vg_argument_list(session->arena, named, &n_named) : NULL;
    const char **all = VG_NEW(session->arena, const char *, n_needed + n_named);
    if (!all || (named && !list))
        return NULL;
    for (size_t i = 0; i < n_needed; i++)
        all[i] = needed[i];
    for (size_t i = 0; i < n_named; i++)
        all[n_needed + i] = list[i];
    *n = n_needed + n_named;
    return all;
}

/* A misspelt name in --text would silently do nothing. */
static VgStatus check_text_columns(const VgTable *table, const char *const *name, size_t n,
                                   VgError *error)
{
    for (size_t i = 0; i < n; i++) {
        const VgColumn *column;
        VG_TRY(vg_table_require(table, name[i], &column, error));
    }
    return VG_OK;
}

VgStatus vg_session_table(VgSession *session, VgResult *result, const char *const *as_text,
                          size_t n_as_text, VgTable **table, VgError *error)
{
    VgTableOptions options = {.sheet = vg_argument(session->arguments, "sheet")};
    options.as_text = text_columns(session, as_text, n_as_text, &options.n_as_text);
    const char *codes = vg_argument(session->arguments, "missing");
    if (codes)
        options.missing = vg_argument_list(session->arena, codes, &options.n_missing);
    if (!options.as_text || (codes && !options.missing))
        return vg_fail_memory(error);
    VG_TRY(vg_table_read(session->arena, session->arguments->input[0], &options, table, error));
    VG_TRY(check_text_columns(*table, options.as_text, options.n_as_text, error));
    vg_result_input(result, (*table)->path, (*table)->sha256, (*table)->n_rows);
    return VG_OK;
}

VgStatus vg_session_write_stdout(const char *text, size_t length, VgError *error)
{
    while (length > 0) {
        ssize_t written = write(STDOUT_FILENO, text, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return vg_fail(error, VG_IO, "standard output cannot be written: %s",
                           "check free space, or write to a file with -o", strerror(errno));
        text += written;
        length -= (size_t)written;
    }
    return VG_OK;
}

VgStatus vg_session_write(VgSession *session, const char *text, size_t length, VgError *error)
{
    /* for run, --output is the folder of the results */
    bool has_output = session->arguments && session->command->run != vg_cli_run;
    const char *path = has_output ? vg_argument(session->arguments, "output") : NULL;
    bool to_file = path && strcmp(path, "-") != 0;
    return to_file ? vg_file_write(path, text, length, error)
                   : vg_session_write_stdout(text, length, error);
}

static VgStatus render(const VgSession *session, const VgResult *result, FILE *stream,
                       VgError *error)
{
    switch (session->format) {
    case VG_FORMAT_JSON:
        return session->datasets ? vg_result_print_json_and_datasets(result, stream, error)
                                 : vg_result_print_json(result, stream, error);
    case VG_FORMAT_CSV:
        return vg_result_print_csv(result, stream, error);
    default:
        if (session->command->run == vg_cli_meta || session->command->run == vg_cli_nma)
            VG_TRY(vg_cli_review_text(result, NULL, session->digits, stream, error));
        return vg_result_print_text(result, session->digits, 80, stream, error);
    }
}

/* The text on a terminal ends with the warnings: once is enough. */
static bool shows_warnings(const VgSession *session)
{
    return session->format == VG_FORMAT_TEXT && !vg_argument(session->arguments, "output") &&
           isatty(STDOUT_FILENO);
}

/* The whole answer is made in memory first, so that an error leaves nothing behind. */
VgStatus vg_session_print(VgSession *session, const VgResult *result, VgError *error)
{
    VG_TRY(vg_result_status(result, error));
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream)
        return vg_fail_memory(error);
    VgStatus status = render(session, result, stream, error);
    bool failed = ferror(stream);
    failed |= fclose(stream) != 0;
    if (status == VG_OK && failed)
        status = vg_fail_memory(error);
    if (status == VG_OK && !shows_warnings(session))
        for (size_t i = 0; i < result->n_warnings; i++)
            vg_session_warn(session, result->warning[i]);
    if (status == VG_OK)
        status = vg_session_write(session, text, length, error);
    free(text); /* open_memstream's own memory */
    return status;
}
