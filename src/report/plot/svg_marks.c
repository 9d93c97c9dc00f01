/* The marks of a layer as SVG. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "report/plot/svg.h"

double vg_svg_at_x(const VgSvgFrame *f, double x)
{
    const VgPlotAxis *axis = &f->panel->x;
    return f->left + (f->right - f->left) * (x - axis->low) / (axis->high - axis->low);
}

double vg_svg_at_y(const VgSvgFrame *f, double y)
{
    const VgPlotAxis *axis = &f->panel->y;
    double part = (y - axis->low) / (axis->high - axis->low);
    return axis->downward ? f->top + (f->bottom - f->top) * part
                          : f->bottom - (f->bottom - f->top) * part;
}

double vg_svg_clamp(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

void vg_svg_marker(VgBuffer *out, int style, double x, double y, double r)
{
    const char *colour = vg_style_colour(style);
    switch (style < 0 ? 1 : style % 4) {
    case 0:
        vg_buffer_printf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"", x, y, r,
                         colour);
        break;
    case 1:
        vg_buffer_printf(out,
                         "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"",
                         x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r, colour);
        break;
    case 2:
        vg_buffer_printf(out, "<path d=\"M%.1f %.1fl%.1f %.1fh%.1fz\" fill=\"%s\"", x, y - 1.2 * r,
                         1.15 * r, 2 * r, -2.3 * r, colour);
        break;
    default:
        vg_buffer_printf(out, "<path d=\"M%.1f %.1fl%.1f %.1fl%.1f %.1fl%.1f %.1fz\" fill=\"%s\"",
                         x, y - 1.3 * r, 1.3 * r, 1.3 * r, -1.3 * r, 1.3 * r, -1.3 * r, -1.3 * r,
                         colour);
    }
}

static void draw_line(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer)
{
    vg_buffer_printf(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"%s",
                     vg_style_colour(layer->style), layer->light ? "0.8" : "2.2",
                     layer->light ? " stroke-opacity=\"0.38\"" : "");
    if (*vg_style_dash(layer->style) && !layer->light)
        vg_buffer_printf(out, " stroke-dasharray=\"%s\"", vg_style_dash(layer->style));
    vg_buffer_text(out, " d=\"");
    bool down = false;
    for (size_t i = 0; i < layer->n; i++) {
        if (isnan(layer->y[i]) || isnan(layer->x[i])) {
            down = false;
            continue;
        }
        vg_buffer_printf(out, "%c%.1f %.1f", down ? 'L' : 'M', vg_svg_at_x(f, layer->x[i]),
                         vg_svg_at_y(f, layer->y[i]));
        down = true;
    }
    vg_buffer_text(out, "\"/>");
}

static void draw_points(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer)
{
    for (size_t i = 0; i < layer->n; i++) {
        if (isnan(layer->x[i]) || isnan(layer->y[i]))
            continue;
        double x = vg_svg_at_x(f, layer->x[i]), y = vg_svg_at_y(f, layer->y[i]);
        if (layer->hollow) {
            vg_buffer_printf(out,
                             "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.6\" fill=\"#fff\" "
                             "stroke=\"%s\" stroke-width=\"1.6\"/>",
                             x, y, vg_style_colour(layer->style));
            continue;
        }
        vg_svg_marker(out, layer->style, x, y, layer->light ? 2.4 : 5);
        vg_buffer_text(out, layer->light ? " fill-opacity=\"0.5\"/>" : " stroke=\"#fff\"/>");
    }
}

/* Beyond the panel's edge an interval ends in an arrow. */
static void lying_end(VgBuffer *out, double x, double y, bool cut, double towards)
{
    if (cut)
        vg_buffer_printf(out, "M%.1f %.1fl%.1f 4M%.1f %.1fl%.1f -4", x, y, -6 * towards, x, y,
                         -6 * towards);
    else
        vg_buffer_printf(out, "M%.1f %.1fv8", x, y - 4);
}

static void draw_interval(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer,
                          bool upright)
{
    vg_buffer_printf(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"1.6\" d=\"",
                     vg_style_colour(layer->style));
    for (size_t i = 0; i < layer->n; i++) {
        double low = upright ? layer->y[i] : layer->x[i],
               high = upright ? layer->y2[i] : layer->x2[i];
        if (isnan(low) || isnan(high))
            continue;
        if (upright) {
            double x = vg_svg_at_x(f, layer->x[i]), a = vg_svg_at_y(f, low),
                   b = vg_svg_at_y(f, high);
            vg_buffer_printf(out, "M%.1f %.1fh8m-4 0V%.1fm-4 0h8", x - 4, a, b);
        } else {
            double y = vg_svg_at_y(f, layer->y[i]), from = vg_svg_at_x(f, low),
                   to = vg_svg_at_x(f, high), a = vg_svg_clamp(from, f->left, f->right),
                   b = vg_svg_clamp(to, f->left, f->right);
            bool left = fmax(from, to)<f->left - 0.1, right = fmin(from, to)> f->right + 0.1;
            if (left || right) { /* all of it lies beyond: an arrow alone */
                vg_buffer_printf(out, "M%.1f %.1fh%d", a, y, left ? 14 : -14);
                lying_end(out, a, y, true, left ? -1 : 1);
                continue;
            }
            vg_buffer_printf(out, "M%.1f %.1fH%.1f", a, y, b);
            lying_end(out, a, y, from < f->left - 0.1 || from > f->right + 0.1, a <= b ? -1 : 1);
            lying_end(out, b, y, to > f->right + 0.1 || to < f->left - 0.1, a <= b ? 1 : -1);
        }
    }
    vg_buffer_text(out, "\"/>");
}

void vg_svg_bar_fill(VgBuffer *out, const VgSvgFrame *f, int style)
{
    if (style < 0)
        vg_buffer_printf(out, " fill=\"%s\"", vg_style_colour(style));
    else
        vg_buffer_printf(out, " fill=\"url(#%s-fill-%d)\" stroke=\"%s\"", f->plot->id, style % 4,
                         vg_style_colour(style));
}

static void draw_bars(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer, bool upright)
{
    for (size_t i = 0; i < layer->n; i++) {
        double half = 0.5 * (isnan(layer->x2[i]) ? 0.6 : layer->x2[i]);
        double x1, x2, y1, y2;
        if (isnan(layer->x[i]) || isnan(layer->y[i]))
            continue;
        if (upright) {
            x1 = vg_svg_at_x(f, layer->x[i] - half);
            x2 = vg_svg_at_x(f, layer->x[i] + half);
            y1 = vg_svg_at_y(f, layer->y[i]);
            y2 = vg_svg_at_y(f, 0);
        } else {
            x1 = vg_svg_at_x(f, 0);
            x2 = vg_svg_at_x(f, layer->x[i]);
            y1 = fmin(vg_svg_at_y(f, layer->y[i] - half), vg_svg_at_y(f, layer->y[i] + half));
            y2 = fmax(vg_svg_at_y(f, layer->y[i] - half), vg_svg_at_y(f, layer->y[i] + half));
        }
        vg_buffer_printf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"",
                         fmin(x1, x2), fmin(y1, y2), fabs(x2 - x1), fabs(y2 - y1));
        vg_svg_bar_fill(out, f, layer->style);
        vg_buffer_text(out, "/>");
    }
}

/* Lines (parted by "\n") about the middle of a tile. */
static void tile_text(VgBuffer *out, const VgPlotLayer *layer, double x, double y, const char *text,
                      bool pale)
{
    double font = layer->font > 0 ? layer->font : VG_SVG_FONT, step = 1.18 * font;
    size_t lines = 1;
    for (const char *c = text; *c; c++)
        lines += *c == '\n';
    y += 0.36 * font - step * (double)(lines - 1) / 2;
    for (size_t i = 0; i < lines; i++, y += step) {
        size_t length = strcspn(text, "\n");
        char extra[80];
        snprintf(extra, sizeof extra, " font-size=\"%.3g\"%s%s", font, pale ? " fill=\"#fff\"" : "",
                 i == 0 && lines > 1 ? " font-weight=\"600\"" : "");
        vg_svg_put_text(out, x, y, "middle", extra, text, length);
        text += length + (text[length] == '\n');
    }
}

static void draw_tiles(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer)
{
    for (size_t i = 0; i < layer->n; i++) {
        double shade = vg_svg_clamp(isnan(layer->x2[i]) ? 0 : layer->x2[i], -1, 1),
               deep = fabs(shade);
        double x1 = vg_svg_at_x(f, layer->x[i] - 0.5), x2 = vg_svg_at_x(f, layer->x[i] + 0.5);
        double y1 = fmin(vg_svg_at_y(f, layer->y[i] - 0.5), vg_svg_at_y(f, layer->y[i] + 0.5));
        double y2 = fmax(vg_svg_at_y(f, layer->y[i] - 0.5), vg_svg_at_y(f, layer->y[i] + 0.5));
        /* light enough that dark text has a contrast of 4.5 : 1 up to 0.9, white text above */
        int red = (int)(255 - deep * (shade < 0 ? 79 : 191)),
            green = (int)(255 - deep * (shade < 0 ? 148 : 144)),
            blue = (int)(255 - deep * (shade < 0 ? 191 : 115));
        vg_buffer_printf(out,
                         "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" "
                         "fill=\"rgb(%d,%d,%d)\" stroke=\"#fff\"/>",
                         x1, y1, x2 - x1, y2 - y1, red, green, blue);
        if (layer->text[i])
            tile_text(out, layer, (x1 + x2) / 2, (y1 + y2) / 2, layer->text[i],
                      deep > 0.9 && shade > 0);
    }
}

static void draw_rules(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer, bool upright)
{
    for (size_t i = 0; i < layer->n; i++) {
        double x = vg_svg_at_x(f, layer->x[i]), y = vg_svg_at_y(f, layer->y[i]);
        vg_buffer_printf(out,
                         "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"%s\" stroke-width=\"1.2\"%s/>",
                         upright ? x : f->left, upright ? f->top : y, upright ? x : f->right,
                         upright ? f->bottom : y, vg_style_colour(layer->style),
                         layer->light ? " stroke-dasharray=\"5 4\"" : "");
    }
}

enum { MOST_APART = 24 };

typedef struct TextBox {
    double left, right, y;
    bool flipped;
} TextBox;

/* Beside its point, on the other side where it would leave the figure; further up while it lies on a name before. */
static TextBox box_beside(const VgSvgFrame *f, double x, double y, double width, double font,
                          const TextBox *before, size_t n)
{
    bool flipped = x + 7 + width > f->page_right && x - 7 - width > f->page_left;
    TextBox box = {flipped ? x - 7 - width : x + 7, flipped ? x - 7 : x + 7 + width, y, flipped};
    for (size_t k = 0; k < n; k++)
        if (box.left < before[k].right && before[k].left < box.right &&
            fabs(box.y - before[k].y) < font) {
            box.y = before[k].y - font;
            k = SIZE_MAX; /* from the first again */
        }
    return box;
}

static void draw_texts(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer)
{
    static const char *const anchors[] = {"middle", "start", "end", "middle"};
    double font = layer->font > 0 ? layer->font : VG_SVG_FONT;
    double dx = layer->place == VG_TEXT_LEFT ? -7 : 0,
           dy = layer->place == VG_TEXT_ABOVE ? -6 : 0.36 * font;
    TextBox placed[MOST_APART];
    size_t n_placed = 0;
    char extra[160];
    snprintf(extra, sizeof extra, " font-size=\"%.3g\" fill=\"%s\"%s", font,
             vg_style_colour(layer->style),
             layer->place == VG_TEXT_CENTRE /* it stands on a mark, not beside it */
                 ? ""
                 : " paint-order=\"stroke\" stroke=\"#fff\" stroke-width=\"4\"");
    for (size_t i = 0; i < layer->n; i++) {
        if (!layer->text[i])
            continue;
        double x = vg_svg_at_x(f, layer->x[i]) + dx, y = vg_svg_at_y(f, layer->y[i]) + dy;
        double half = vg_svg_text_width(layer->text[i]) * font / VG_SVG_FONT / 2;
        const char *anchor = anchors[layer->place];
        if (layer->place == VG_TEXT_ABOVE && 2 * half < f->right - f->left)
            x = vg_svg_clamp(x, f->left + half, f->right - half); /* a name is not cut */
        if (layer->place == VG_TEXT_RIGHT) {
            TextBox box = box_beside(f, x, y, 2 * half, font, placed, n_placed);
            x = box.flipped ? box.right : box.left;
            y = box.y;
            anchor = box.flipped ? "end" : "start";
            if (n_placed < MOST_APART)
                placed[n_placed++] = box;
        }
        vg_svg_put_text(out, x, y, anchor, extra, layer->text[i], strlen(layer->text[i]));
    }
}

static double opacity(const VgPlotLayer *layer, double usual)
{
    return layer->opacity > 0 ? layer->opacity : usual;
}

static void draw_squares(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer)
{
    for (size_t i = 0; i < layer->n; i++) {
        double side = layer->size[i] > 0 ? layer->size[i] : 9, x = vg_svg_at_x(f, layer->x[i]),
               y = vg_svg_at_y(f, layer->y[i]);
        if (!(x >= f->left && x <= f->right)) /* the arrow of its interval stands for it */
            continue;
        vg_buffer_printf(out,
                         "<rect class=\"square\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                         "height=\"%.1f\" fill=\"%s\"/>",
                         x - side / 2, y - side / 2, side, side, vg_style_colour(layer->style));
    }
}

static void draw_diamonds(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer)
{
    for (size_t i = 0; i < layer->n; i++) {
        double y = vg_svg_at_y(f, layer->y[i]), half = 7,
               a = vg_svg_clamp(vg_svg_at_x(f, layer->x[i]), f->left, f->right),
               b = vg_svg_clamp(vg_svg_at_x(f, layer->x2[i]), f->left, f->right),
               middle = vg_svg_clamp(vg_svg_at_x(f, layer->y2[i]), f->left, f->right);
        if (isnan(layer->x[i]) || isnan(layer->x2[i]) || isnan(layer->y2[i]))
            continue;
        vg_buffer_printf(out,
                         "<path d=\"M%.1f %.1fL%.1f %.1fL%.1f %.1fL%.1f %.1fz\" fill=\"%s\" "
                         "stroke=\"%s\"/>",
                         a, y, middle, y - half, b, y, middle, y + half,
                         layer->hollow ? "#fff" : vg_style_colour(layer->style),
                         vg_style_colour(layer->style));
    }
}

static void draw_spans(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer)
{
    for (size_t i = 0; i < layer->n; i++) {
        double y = vg_svg_at_y(f, layer->y[i]), height = layer->size[i] > 0 ? layer->size[i] : 7,
               a = vg_svg_clamp(vg_svg_at_x(f, layer->x[i]), f->left, f->right),
               b = vg_svg_clamp(vg_svg_at_x(f, layer->x2[i]), f->left, f->right);
        if (isnan(layer->x[i]) || isnan(layer->x2[i]))
            continue;
        vg_buffer_printf(out,
                         "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" "
                         "fill-opacity=\"%.3g\" stroke=\"#fff\" stroke-width=\"0.6\"/>",
                         fmin(a, b), y - height / 2, fabs(b - a), height,
                         vg_style_colour(layer->style), opacity(layer, 1));
    }
}

static void draw_area(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer)
{
    char id[32];
    unsigned long number = 0; /* of the layer in its plot: clip paths need names of their own */
    for (size_t i = 0; i < f->panel->n_layers && f->panel->layer[i] != layer; i++)
        number++;
    snprintf(id, sizeof id, "%zu-%lu", f->index, number);
    vg_buffer_printf(out,
                     "<clipPath id=\"%s-clip-%s\"><rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
                     "height=\"%.1f\"/></clipPath><path clip-path=\"url(#%s-clip-%s)\" "
                     "fill=\"%s\" fill-opacity=\"%.3g\" d=\"",
                     f->plot->id, id, f->left, f->top, f->right - f->left, f->bottom - f->top,
                     f->plot->id, id, vg_style_colour(layer->style), opacity(layer, 0.18));
    for (size_t i = 0; i < layer->n; i++)
        vg_buffer_printf(out, "%c%.1f %.1f", i ? 'L' : 'M', vg_svg_at_x(f, layer->x[i]),
                         vg_svg_at_y(f, layer->y[i]));
    vg_buffer_text(out, "z\"/>");
}

static void draw_bubbles(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer)
{
    for (size_t i = 0; i < layer->n; i++) {
        if (isnan(layer->x[i]) || isnan(layer->y[i]))
            continue;
        vg_buffer_printf(out,
                         "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\" "
                         "fill-opacity=\"%.3g\" stroke=\"%s\" stroke-width=\"%s\"/>",
                         vg_svg_at_x(f, layer->x[i]), vg_svg_at_y(f, layer->y[i]),
                         layer->size[i] > 0 ? layer->size[i] : 5,
                         layer->hollow ? "#fff" : vg_style_colour(layer->style),
                         opacity(layer, layer->hollow ? 1 : 0.55), vg_style_colour(layer->style),
                         layer->hollow ? "1.8" : "1");
    }
}

static void draw_segments(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer)
{
    for (size_t i = 0; i < layer->n; i++)
        vg_buffer_printf(out,
                         "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"%s\" stroke-width=\"%.1f\" "
                         "stroke-opacity=\"%.3g\" fill=\"none\"%s/>",
                         vg_svg_at_x(f, layer->x[i]), vg_svg_at_y(f, layer->y[i]),
                         vg_svg_at_x(f, layer->x2[i]), vg_svg_at_y(f, layer->y2[i]),
                         vg_style_colour(layer->style), layer->size[i] > 0 ? layer->size[i] : 1.2,
                         opacity(layer, 1), layer->light ? " stroke-dasharray=\"6 4\"" : "");
}

void vg_svg_sign(VgBuffer *out, const char *sign, double x, double y, double r)
{
    int style = vg_sign_style(sign);
    vg_buffer_printf(out,
                     "<g class=\"sign\"><circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>",
                     x, y, r, vg_style_colour(style));
    vg_svg_put_text(out, x, y + 0.55 * r, "middle",
                    style == 5 ? " font-size=\"14\" font-weight=\"700\""
                               : " font-size=\"14\" font-weight=\"700\" fill=\"#fff\"",
                    sign ? sign : "", sign ? strlen(sign) : 0);
    vg_buffer_text(out, "</g>");
}

static void draw_signs(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer)
{
    for (size_t i = 0; i < layer->n; i++)
        vg_svg_sign(out, layer->text[i], vg_svg_at_x(f, layer->x[i]), vg_svg_at_y(f, layer->y[i]),
                    layer->size[i] > 0 ? layer->size[i] : 9);
}

void vg_svg_draw_layer(VgBuffer *out, const VgSvgFrame *f, const VgPlotLayer *layer)
{
    switch (layer->mark) {
    case VG_MARK_LINE:
        draw_line(out, f, layer);
        break;
    case VG_MARK_POINT:
        draw_points(out, f, layer);
        break;
    case VG_MARK_INTERVAL_Y:
    case VG_MARK_INTERVAL_X:
        draw_interval(out, f, layer, layer->mark == VG_MARK_INTERVAL_Y);
        break;
    case VG_MARK_BAR_Y:
    case VG_MARK_BAR_X:
        draw_bars(out, f, layer, layer->mark == VG_MARK_BAR_Y);
        break;
    case VG_MARK_TILE:
        draw_tiles(out, f, layer);
        break;
    case VG_MARK_RULE_X:
    case VG_MARK_RULE_Y:
        draw_rules(out, f, layer, layer->mark == VG_MARK_RULE_X);
        break;
    case VG_MARK_TEXT:
        draw_texts(out, f, layer);
        break;
    case VG_MARK_SQUARE:
        draw_squares(out, f, layer);
        break;
    case VG_MARK_DIAMOND:
        draw_diamonds(out, f, layer);
        break;
    case VG_MARK_SPAN_X:
        draw_spans(out, f, layer);
        break;
    case VG_MARK_AREA:
        draw_area(out, f, layer);
        break;
    case VG_MARK_BUBBLE:
        draw_bubbles(out, f, layer);
        break;
    case VG_MARK_SEGMENT:
        draw_segments(out, f, layer);
        break;
    case VG_MARK_SIGN:
        draw_signs(out, f, layer);
        break;
    }
}
