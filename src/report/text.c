#include "report/text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include <utf8proc.h>

/* The next code point and its length in bytes; a byte that is not UTF-8 counts as U+FFFD. */
static utf8proc_int32_t next_point(const char *text, size_t *length)
{
    utf8proc_int32_t point = 0;
    utf8proc_ssize_t used =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)strlen(text), &point);
    if (used < 1) {
        *length = 1;
        return 0xFFFD;
    }
    *length = (size_t)used;
    return point;
}

static void append_point(VgBuffer *out, utf8proc_int32_t point)
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t length = utf8proc_encode_char(point, bytes);
    vg_buffer_append(out, (const char *)bytes, (size_t)length);
}

void vg_json_string(VgBuffer *out, const char *text)
{
    if (!text) {
        vg_buffer_text(out, "null");
        return;
    }
    vg_buffer_text(out, "\"");
    for (size_t length; *text; text += length) {
        utf8proc_int32_t point = next_point(text, &length);
        if (point == '"' || point == '\\')
            vg_buffer_printf(out, "\\%c", (char)point);
        else if (point == '\n')
            vg_buffer_text(out, "\\n");
        else if (point == '\t')
            vg_buffer_text(out, "\\t");
        else if (point < 0x20 || point == 0x7F)
            vg_buffer_printf(out, "\\u%04x", (unsigned)point);
        else
            append_point(out, point);
    }
    vg_buffer_text(out, "\"");
}

void vg_json_number(VgBuffer *out, double value)
{
    vg_buffer_double(out, value);
}

void vg_csv_put_text(VgBuffer *out, const char *text)
{
    if (!text)
        return;
    if (!strpbrk(text, ",\"\r\n") && *text != ' ' && *text != '\0') {
        vg_buffer_text(out, text);
        return;
    }
    vg_buffer_text(out, "\"");
    for (; *text; text++) {
        if (*text == '"')
            vg_buffer_text(out, "\"");
        vg_buffer_append(out, text, 1);
    }
    vg_buffer_text(out, "\"");
}

void vg_csv_put_number(VgBuffer *out, double value)
{
    if (isfinite(value))
        vg_buffer_double(out, value);
    else if (isinf(value))
        vg_buffer_text(out, value > 0 ? "Inf" : "-Inf");
}

static size_t point_width(utf8proc_int32_t point)
{
    int width = utf8proc_charwidth(point);
    return width > 0 ? (size_t)width : 0;
}

size_t vg_text_width(const char *text)
{
    size_t width = 0;
    for (size_t length; text && *text; text += length)
        width += point_width(next_point(text, &length));
    return width;
}

void vg_text_fit(VgBuffer *out, const char *text, size_t width, bool right)
{
    if (!text)
        text = "";
    size_t full = vg_text_width(text), used = 0;
    if (full <= width && right)
        vg_buffer_printf(out, "%*s", (int)(width - full), "");
    size_t room = full <= width ? width : width - (width > 0);
    for (size_t length; *text; text += length) {
        utf8proc_int32_t point = next_point(text, &length);
        if (point == '\n' || point == '\t')
            point = ' ';
        if (used + point_width(point) > room)
            break;
        append_point(out, point);
        used += point_width(point);
    }
    if (full > width && width > 0) {
        vg_buffer_text(out, "…");
        used++;
    }
    if (used < width && !(full <= width && right))
        vg_buffer_printf(out, "%*s", (int)(width - used), "");
}

void vg_text_wrap(VgBuffer *out, const char *text, size_t width, size_t start, size_t indent)
{
    size_t used = start;
    bool first = true;
    while (*text) {
        size_t length = strcspn(text, " \n");
        char *word = NULL;
        VgBuffer piece = {0};
        vg_buffer_append(&piece, text, length);
        word = piece.text;
        size_t wide = vg_text_width(word);
        if (!first && used + 1 + wide > width) {
            vg_buffer_printf(out, "\n%*s", (int)indent, "");
            used = indent;
        } else if (!first && length) {
            vg_buffer_text(out, " ");
            used++;
        }
        vg_buffer_append(out, text, length);
        used += wide;
        first = false;
        out->failed = out->failed || piece.failed;
        vg_buffer_free(&piece);
        text += length;
        text += strspn(text, " \n");
    }
    vg_buffer_text(out, "\n");
}

void vg_put_p(VgBuffer *out, double p)
{
    if (p < 0.0001)
        vg_buffer_text(out, "p < 0.0001");
    else if (isfinite(p))
        vg_buffer_printf(out, p < 0.1 ? "p = %.4f" : "p = %.2f", p);
}

VgStatus vg_stream_buffer(const VgBuffer *buffer, FILE *stream, VgError *error)
{
    VG_TRY(vg_buffer_status(buffer, error));
    if ((buffer->length == 0 ||
         fwrite(buffer->text, 1, buffer->length, stream) == buffer->length) &&
        fflush(stream) == 0)
        return VG_OK;
    return vg_fail(error, VG_IO, "the output could not be written: %s",
                   "check free space, or who reads the pipe", strerror(errno));
}
