/* Errors as values: one struct, filled where the problem is seen. */
#include <vagus/status.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Cuts at the end of a whole UTF-8 character. */
static void copy_text(char *target, size_t size, const char *text)
{
    size_t length = strlen(text);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0u) == 0x80u)
            length--;
    }
    memcpy(target, text, length);
    target[length] = '\0';
}

static VgStatus fill(VgError *error, VgStatus code, const char *file, size_t line,
                     const char *message, const char *hint, va_list arguments)
{
    if (!error)
        return code;
    /* format first: an argument may point into the struct that is filled */
    char formatted[2 * sizeof error->message];
    vsnprintf(formatted, sizeof formatted, message, arguments);
    char place[sizeof error->file], advice[sizeof error->hint];
    copy_text(place, sizeof place, file ? file : "");
    copy_text(advice, sizeof advice, hint ? hint : "");
    *error = (VgError){.code = code, .line = line};
    copy_text(error->message, sizeof error->message, formatted);
    memcpy(error->file, place, sizeof place);
    memcpy(error->hint, advice, sizeof advice);
    return code;
}

VgStatus vg_fail(VgError *error, VgStatus code, const char *message, const char *hint, ...)
{
    va_list arguments;
    va_start(arguments, hint);
    fill(error, code, NULL, 0, message, hint, arguments);
    va_end(arguments);
    return code;
}

VgStatus vg_fail_at(VgError *error, VgStatus code, const char *file, size_t line,
                    const char *message, const char *hint, ...)
{
    va_list arguments;
    va_start(arguments, hint);
    fill(error, code, file, line, message, hint, arguments);
    va_end(arguments);
    return code;
}

VgStatus vg_fail_memory(VgError *error)
{
    return vg_fail(error, VG_NO_MEMORY, "not enough memory",
                   "close other programs, or use a machine with more memory");
}

static const struct {
    const char *name;
    int exit_code;
} STATUS[] = {
    [VG_OK] = {"ok", 0},
    [VG_INVALID_INPUT] = {"invalid_input", 1},
    [VG_NOT_BUILT] = {"not_available", 1},
    [VG_USAGE] = {"usage", 2},
    [VG_NOT_ESTIMABLE] = {"not_estimable", 3},
    [VG_NO_CONVERGENCE] = {"no_convergence", 3},
    [VG_NO_MEMORY] = {"no_memory", 4},
    [VG_IO] = {"io", 4},
};

const char *vg_status_name(VgStatus status)
{
    return STATUS[status].name;
}

int vg_status_exit_code(VgStatus status)
{
    return STATUS[status].exit_code;
}

void vg_error_format(const VgError *error, char *text, size_t size)
{
    char line[32] = "";
    if (error->line)
        snprintf(line, sizeof line, "%zu:", error->line);
    snprintf(text, size, "%s%s%s%s%s%s%s%s", error->file, *error->file ? ":" : "",
             *error->file ? line : "", *error->file ? " " : "", error->message,
             *error->hint ? " (" : "", error->hint, *error->hint ? ")" : "");
}
