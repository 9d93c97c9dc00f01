#include "base/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static bool reserve(VgBuffer *buffer, size_t more)
{
    if (buffer->failed)
        return false;
    void *text = buffer->text;
    if (more > (size_t)-1 - buffer->length - 1 ||
        !vg_grow(&text, &buffer->capacity_, buffer->length + more + 1, 1)) {
        buffer->failed = true;
        return false;
    }
    buffer->text = text;
    return true;
}

void vg_buffer_append(VgBuffer *buffer, const char *text, size_t length)
{
    if (!reserve(buffer, length))
        return;
    if (length)
        memcpy(buffer->text + buffer->length, text, length);
    buffer->length += length;
    buffer->text[buffer->length] = '\0';
}

void vg_buffer_text(VgBuffer *buffer, const char *text)
{
    vg_buffer_append(buffer, text, strlen(text));
}

void vg_buffer_printf(VgBuffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        buffer->failed = true;
        return;
    }
    if (!reserve(buffer, (size_t)length))
        return;
    va_start(arguments, format);
    vsnprintf(buffer->text + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

void vg_format_double(double value, char *text)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, 32, "%.*g", digits, value);
        double back = strtod(text, NULL);
        if (memcmp(&back, &value, sizeof value) == 0)
            return;
    }
}

void vg_buffer_double(VgBuffer *buffer, double value)
{
    char text[32];
    vg_format_double(value, text);
    vg_buffer_text(buffer, text);
}

void vg_buffer_json(VgBuffer *buffer, const char *text)
{
    vg_buffer_text(buffer, "\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            vg_buffer_printf(buffer, "\\%c", *c);
        else if ((unsigned char)*c < 0x20 || *c == 0x7F)
            vg_buffer_printf(buffer, "\\u%04x", (unsigned)(unsigned char)*c);
        else
            vg_buffer_append(buffer, c, 1);
    }
    vg_buffer_text(buffer, "\"");
}

VgStatus vg_buffer_status(const VgBuffer *buffer, VgError *error)
{
    return buffer->failed ? vg_fail_memory(error) : VG_OK;
}

void vg_buffer_free(VgBuffer *buffer)
{
    vg_free(buffer->text);
    *buffer = (VgBuffer){0};
}
