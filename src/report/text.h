/* Small text helpers that all renderers share: JSON strings, CSV fields, columns on a screen. */
#ifndef VG_REPORT_TEXT_H
#define VG_REPORT_TEXT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/buffer.h"

/* A quoted JSON string; bytes that are not UTF-8 become U+FFFD. NULL is written as null. */
void vg_json_string(VgBuffer *out, const char *text);
/* A JSON number; the caller leaves out what is not finite. */
void vg_json_number(VgBuffer *out, double value);
/* A CSV field (RFC 4180); NULL is the empty field. */
void vg_csv_put_text(VgBuffer *out, const char *text);
/* NaN is the empty field, infinities are Inf and -Inf. */
void vg_csv_put_number(VgBuffer *out, double value);
/* Columns that a text takes on a terminal. */
size_t vg_text_width(const char *text);
/* Appends `text` cut or padded to exactly `width` columns; cut text ends in "…". */
void vg_text_fit(VgBuffer *out, const char *text, size_t width, bool right);
/* Words of `text` wrapped to the width; the first line starts at column `start`, the others at
 * `indent`. */
void vg_text_wrap(VgBuffer *out, const char *text, size_t width, size_t start, size_t indent);
/* "p < 0.0001" or "p = 0.0123"; nothing when there is none. */
void vg_put_p(VgBuffer *out, double p);
/* Writes the buffer and flushes; VG_IO when the stream fails, VG_NO_MEMORY when the buffer had
 * failed. */
VG_MUST_CHECK VgStatus vg_stream_buffer(const VgBuffer *buffer, FILE *stream, VgError *error);

#endif
