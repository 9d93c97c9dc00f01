/* Text in a drawing, measured by a table of average widths, since the font is the reader's: a little too wide
 * rather than too narrow. */
#include <math.h>
#include <string.h>

#include "report/plot/svg.h"

/* In ems of a wide sans serif (DejaVu, Verdana); Helvetica and Segoe are narrower. */
static double letter_width(char c)
{
    if (c && strchr("ijlI.,:;'|![]()ft ", c))
        return 0.38;
    if (c && strchr("mwMW%@+", c))
        return 0.92;
    if (c >= 'A' && c <= 'Z')
        return 0.74;
    return (unsigned char)c >= 0x80 ? 0.84 : 0.635;
}

double vg_svg_text_width_n(const char *text, size_t n)
{
    double width = 0;
    for (size_t i = 0; i < n && text[i]; i++)
        if (((unsigned char)text[i] & 0xC0) != 0x80)
            width += letter_width(text[i]);
    return width * VG_SVG_FONT;
}

double vg_svg_text_width(const char *text)
{
    return text ? vg_svg_text_width_n(text, strlen(text)) : 0;
}

/* Bytes of `text` that make the next line of at most `room`; breaks at spaces. */
size_t vg_svg_line_length(const char *text, double room)
{
    size_t fits = 0;
    for (size_t i = 0;; i++)
        if (text[i] == ' ' || text[i] == '\0') {
            if (fits && vg_svg_text_width_n(text, i) > room)
                return fits;
            fits = i;
            if (text[i] == '\0')
                return i;
        }
}

size_t vg_svg_count_lines(const char *text, double room, double *widest)
{
    size_t lines = 0;
    *widest = 0;
    while (text && *text) {
        size_t length = vg_svg_line_length(text, room);
        *widest = fmax(*widest, vg_svg_text_width_n(text, length));
        lines++;
        text += length;
        text += strspn(text, " ");
    }
    return lines;
}

void vg_svg_put_text(VgBuffer *out, double x, double y, const char *anchor, const char *extra,
                     const char *text, size_t length)
{
    vg_buffer_printf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>", x, y, anchor, extra);
    VgBuffer piece = {0};
    vg_buffer_append(&piece, text, length);
    vg_put_escaped(out, piece.text);
    out->failed = out->failed || piece.failed;
    vg_buffer_free(&piece);
    vg_buffer_text(out, "</text>");
}

/* Lines downwards from the first baseline. */
void vg_svg_put_wrapped(VgBuffer *out, double x, double y, const char *anchor, const char *text,
                        double room)
{
    while (text && *text) {
        size_t length = vg_svg_line_length(text, room);
        vg_svg_put_text(out, x, y, anchor, "", text, length);
        text += length;
        text += strspn(text, " ");
        y += VG_SVG_LINE;
    }
}

void vg_svg_put_cut(VgBuffer *out, double x, double y, const char *anchor, const char *extra,
                    const char *text, double room)
{
    if (!text || !*text)
        return;
    if (vg_svg_text_width(text) <= room) {
        vg_svg_put_text(out, x, y, anchor, extra, text, strlen(text));
        return;
    }
    size_t n = 0, length = strlen(text);
    for (size_t i = 1; i <= length; i++)
        if (((unsigned char)text[i] & 0xC0) != 0x80 &&
            vg_svg_text_width_n(text, i) + VG_SVG_FONT <= room)
            n = i;
    VgBuffer piece = {0};
    vg_buffer_append(&piece, text, n);
    vg_buffer_text(&piece, "…");
    if (piece.text)
        vg_svg_put_text(out, x, y, anchor, extra, piece.text, piece.length);
    out->failed = out->failed || piece.failed;
    vg_buffer_free(&piece);
}
