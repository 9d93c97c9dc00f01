/** @file status.h
 *  How functions report failure: a status to branch on and a message to act on. */
#ifndef VAGUS_STATUS_H
#define VAGUS_STATUS_H

#include <stddef.h>

#if defined(__GNUC__) || defined(__clang__)
#define VG_MUST_CHECK __attribute__((warn_unused_result))
#define VG_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#else
#define VG_MUST_CHECK
#define VG_PRINTF(format_index, first)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** What went wrong, coarse enough to branch on. `vg_status_exit_code` maps it to the command's exit. */
typedef enum VgStatus {
    VG_OK = 0,
    VG_INVALID_INPUT,  /**< a file, study or argument array is wrong                    (exit 1) */
    VG_NOT_BUILT,      /**< asked for by name, known, not available in this version     (exit 1) */
    VG_USAGE,          /**< the command line is wrong                                   (exit 2) */
    VG_NOT_ESTIMABLE,  /**< the data cannot bear what was asked                         (exit 3) */
    VG_NO_CONVERGENCE, /**< no certified optimum was found                              (exit 3) */
    VG_NO_MEMORY,      /**< an allocation failed                                        (exit 4) */
    VG_IO              /**< reading or writing failed: disk, permission                 (exit 4) */
} VgStatus;

/** One problem, in words a person can act on. All strings are NUL-terminated and owned by the struct. */
typedef struct VgError {
    VgStatus code;
    char message[480]; /**< what is wrong; one line, no final full stop */
    char hint[320];    /**< what to do about it; may be empty */
    char file[256];    /**< the user's file; empty when no file is to blame */
    size_t line;       /**< 1-based line in `file`; 0 = not known */
    size_t column;     /**< 1-based byte column; 0 = not known */
} VgError;

/** Passes a failing status to the caller. */
#define VG_TRY(expression)                                                                         \
    do {                                                                                           \
        VgStatus vg_try_status_ = (expression);                                                    \
        if (vg_try_status_ != VG_OK)                                                               \
            return vg_try_status_;                                                                 \
    } while (0)

/** Fills `error` (may be NULL) and returns `code`. `hint` is copied as it is; the message is formatted. */
VgStatus vg_fail(VgError *error, VgStatus code, const char *message, const char *hint, ...)
    VG_PRINTF(3, 5);

/** As `vg_fail`, with the place in the user's file. `line` 0 = not known. */
VgStatus vg_fail_at(VgError *error, VgStatus code, const char *file, size_t line,
                    const char *message, const char *hint, ...) VG_PRINTF(5, 7);

/** The error for a failed allocation; needs no memory itself. */
VgStatus vg_fail_memory(VgError *error);

/** The name used in JSON: "invalid_input", "no_convergence", … */
const char *vg_status_name(VgStatus status);

/** The command's exit status (INTERFACE: 0 done, 1 input, 2 usage, 3 numbers, 4 system). */
int vg_status_exit_code(VgStatus status);

/** Writes "FILE:LINE: message (hint)" into `text`, as much as fits, always terminated. */
void vg_error_format(const VgError *error, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
