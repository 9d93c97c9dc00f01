/* A growing text. Appends never fail visibly; the first failure is remembered and told once. */
#ifndef VG_BASE_BUFFER_H
#define VG_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/status.h>

typedef struct VgBuffer {
    char *text; /* NUL-terminated once something was appended; else NULL */
    size_t length;
    size_t capacity_;
    bool failed;
} VgBuffer;

void vg_buffer_append(VgBuffer *buffer, const char *text, size_t length);
void vg_buffer_text(VgBuffer *buffer, const char *text);
void vg_buffer_printf(VgBuffer *buffer, const char *format, ...) VG_PRINTF(2, 3);
/* The shortest decimal form that reads back as the same double; finite values only. */
void vg_buffer_double(VgBuffer *buffer, double value);
/* A quoted JSON string of text that is UTF-8 (names of a YAML file are). */
void vg_buffer_json(VgBuffer *buffer, const char *text);
/* VG_OK, or VG_NO_MEMORY when any append failed. */
VG_MUST_CHECK VgStatus vg_buffer_status(const VgBuffer *buffer, VgError *error);
void vg_buffer_free(VgBuffer *buffer);

/* Into `text` (at least 32 bytes). Finite values only. */
void vg_format_double(double value, char *text);

#endif
