/* What one run of the program holds: the parsed words, memory, and where answers go. */
#ifndef VG_CLI_SESSION_H
#define VG_CLI_SESSION_H

#include <stdio.h>

#include <vagus/result.h>
#include <vagus/table.h>

#include "base/buffer.h"
#include "cli/arguments.h"

typedef enum VgFormat { VG_FORMAT_TEXT = 0, VG_FORMAT_JSON, VG_FORMAT_CSV } VgFormat;

struct VgSession {
    VgArena *arena;
    const VgCommand *command;
    const VgArguments *arguments;
    int argc;
    char **argv;
    VgFormat format;
    double level;
    int digits;
    bool quiet, verbose, progress;
    bool datasets; /* JSON with the tables behind figures */
};

/* The whole program: returns the exit status. Does not exit. */
int vg_cli_main(int argc, char **argv);

/* A result that carries the command's name, words, seed and level. NULL when memory is short. */
VgResult *vg_session_result(VgSession *session);

/* Reads the table named first on the command line and enters it among the result's inputs.
 * `as_text` are columns that are never numbers (identifiers); may be NULL. */
VG_MUST_CHECK VgStatus vg_session_table(VgSession *session, VgResult *result,
                                        const char *const *as_text, size_t n_as_text,
                                        VgTable **table, VgError *error);

/* Prints warnings to standard error and the result to standard output or -o PATH. */
VG_MUST_CHECK VgStatus vg_session_print(VgSession *session, const VgResult *result, VgError *error);

/* Writes text to -o PATH (through a temporary name) or to standard output. */
VG_MUST_CHECK VgStatus vg_session_write(VgSession *session, const char *text, size_t length,
                                        VgError *error);

/* To standard output whatever -o says. */
VG_MUST_CHECK VgStatus vg_session_write_stdout(const char *text, size_t length, VgError *error);

/* Tells what is going on, on standard error, where progress is wanted. */
void vg_session_progress(const VgSession *session, const char *what);

/* One line on standard error, unless --quiet. */
void vg_session_warn(const VgSession *session, const char *what);

/* The error line; with `json` the error object too. Needs no memory. */
void vg_session_print_error(const VgError *error, bool json);

/* {"code": …, "message": …, "file": …, "line": …, "hint": …} */
void vg_error_json(VgBuffer *buffer, const VgError *error);

/* --help, the manual page's source, the completion. Into a buffer. */
void vg_describe_help(VgBuffer *buffer, const VgCommand *command);
void vg_describe_overview(VgBuffer *buffer);
void vg_describe_man(VgBuffer *buffer, const VgCommand *command); /* NULL: the overview page */
void vg_describe_completion(VgBuffer *buffer);

#endif
