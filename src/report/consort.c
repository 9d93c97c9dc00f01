/* The CONSORT flow diagram: boxes downwards, one column an arm, arrows between. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"

enum {
    WIDTH = 720,
    FONT_SIZE = 14,
    LINE_HEIGHT = 18,
    PAD = 9,
    GAP_Y = 26,
    MOST_LINES = 24,
    HEAD_WIDTH = 270
};

typedef struct Box {
    const char *line[MOST_LINES];
    size_t n, n_bold;
} Box;

static void add_line(const VgView *view, Box *box, const char *text, size_t room)
{
    while (text && *text && box->n < MOST_LINES) { /* wrap at spaces, by letters */
        size_t length = strlen(text), fits = 0;
        if (length > room) {
            for (size_t i = 0; i <= room; i++)
                if (text[i] == ' ')
                    fits = i;
            length = fits ? fits : strcspn(text, " ");
        }
        box->line[box->n++] = vg_arena_strndup(view->arena, text, length);
        text += length;
        text += strspn(text, " ");
    }
}

static double height_of(const Box *box)
{
    return box->n ? 2 * PAD + LINE_HEIGHT * (double)box->n - 4 : 0;
}

static void draw_box(VgBuffer *out, const Box *box, double x, double y, double width, double height)
{
    vg_buffer_printf(
        out,
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"3\" fill=\"#fff\" "
        "stroke=\"#444\"/>",
        x, y, width, height);
    for (size_t i = 0; i < box->n; i++) {
        vg_buffer_printf(out, "<text x=\"%.1f\" y=\"%.1f\"%s>", x + PAD,
                         y + PAD + FONT_SIZE - 2 + LINE_HEIGHT * (double)i,
                         i < box->n_bold ? " font-weight=\"600\"" : "");
        vg_put_escaped(out, box->line[i]);
        vg_buffer_text(out, "</text>");
    }
}

static void arrow(VgBuffer *out, double x1, double y1, double x2, double y2)
{
    vg_buffer_printf(out,
                     "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"#444\" stroke-width=\"1.4\" "
                     "marker-end=\"url(#consort-arrow)\"/>",
                     x1, y1, x2, y2);
}

/* A stage's own count where a row without visit or reason has it; else the sum of its rows. */
static double stage_total(const VgDataset *d, const char *stage, const char *arm)
{
    double total = NAN;
    for (size_t i = 0; i < d->n_rows; i++) {
        if (!vg_same_text(vg_cell_text(d, "stage", i), stage) ||
            (arm && !vg_same_text(vg_cell_text(d, "arm", i), arm)))
            continue;
        double n = vg_cell_number(d, "n", i);
        if (!vg_cell_text(d, "visit", i) && !vg_cell_text(d, "reason", i))
            return n;
        total = (isnan(total) ? 0 : total) + n;
    }
    return total;
}

/* A line for each row of a stage in an arm: its visit or its reason, and n. */
static void stage_lines(const VgView *view, const VgDataset *d, const char *stage, const char *arm,
                        Box *box, size_t room)
{
    for (size_t i = 0; i < d->n_rows; i++) {
        if (!vg_same_text(vg_cell_text(d, "stage", i), stage) ||
            (arm && !vg_same_text(vg_cell_text(d, "arm", i), arm)))
            continue;
        const char *visit = vg_cell_text(d, "visit", i), *reason = vg_cell_text(d, "reason", i);
        if (!visit && !reason)
            continue;
        add_line(view, box,
                 vg_arena_printf(
                     view->arena, "%s%s%s: %.0f", visit ? vg_view_visit_label(view, visit) : "",
                     visit && reason ? ", " : "", reason ? reason : "", vg_cell_number(d, "n", i)),
                 room);
    }
}

static Box headed(const VgView *view, const char *heading, double n, size_t room)
{
    Box box = {0};
    add_line(view, &box,
             isnan(n) ? heading
                      : vg_arena_printf(view->arena, "%s (n\u00a0=\u00a0%.0f)", heading, n),
             room - room / 10);
    box.n_bold = box.n;
    return box;
}

enum { ROWS_OF_ARM = 4 };

static void arm_boxes(const VgView *view, const VgDataset *d, const char *arm, size_t room,
                      Box *box)
{
    box[0] =
        headed(view, vg_arena_printf(view->arena, "Allocated: %s", vg_view_arm_label(view, arm)),
               stage_total(d, "allocated", arm), room);
    double withdrawn = stage_total(d, "withdrawn", arm);
    if (withdrawn > 0) {
        box[1] = headed(view, "Withdrew", withdrawn, room);
        stage_lines(view, d, "withdrawn", arm, &box[1], room);
    }
    if (!isnan(stage_total(d, "observed", arm))) {
        box[2] = headed(view, "Seen at", NAN, room);
        stage_lines(view, d, "observed", arm, &box[2], room);
    }
    for (size_t i = 0; i < d->n_rows; i++) {
        if (!vg_same_text(vg_cell_text(d, "stage", i), "analysed") ||
            !vg_same_text(vg_cell_text(d, "arm", i), arm))
            continue;
        const char *reason = vg_cell_text(d, "reason", i);
        if (!reason) {
            box[3] = headed(view, "In the primary analysis", vg_cell_number(d, "n", i), room);
            continue;
        }
        if (!box[3].n)
            box[3] = headed(view, "Analysed", NAN, room);
        const VgViewAnalysis *analysis = vg_view_analysis(view, reason);
        add_line(view, &box[3],
                 vg_arena_printf(view->arena, "%s: %.0f",
                                 analysis ? analysis->label
                                 : reason ? reason
                                          : "Primary analysis",
                                 vg_cell_number(d, "n", i)),
                 room);
    }
    if (box[3].n && stage_total(d, "not_analysed", arm) > 0) {
        add_line(view, &box[3], "Not analysed", room);
        stage_lines(view, d, "not_analysed", arm, &box[3], room);
    }
}

/* The boxes before the arms; returns the y below them. */
static double draw_head(VgBuffer *out, const VgView *view, const VgDataset *d, double y)
{
    double assessed = stage_total(d, "assessed", NULL), excluded = stage_total(d, "excluded", NULL);
    double x = WIDTH / 2.0 - HEAD_WIDTH / 2.0;
    if (!isnan(assessed)) {
        Box box = headed(view, "Assessed for eligibility", assessed, 38);
        double height = height_of(&box);
        draw_box(out, &box, x, y, HEAD_WIDTH, height);
        Box out_box = {0};
        double out_height = 0;
        if (excluded > 0) {
            out_box = headed(view, "Excluded", excluded, 30);
            stage_lines(view, d, "excluded", NULL, &out_box, 30);
            out_height = height_of(&out_box);
        }
        double below = y + height, next = below + fmax(GAP_Y, out_height + 24);
        if (out_height > 0) {
            draw_box(out, &out_box, WIDTH / 2.0 + 70, below + 12, 240, out_height);
            arrow(out, WIDTH / 2.0, below + 12 + out_height / 2, WIDTH / 2.0 + 70,
                  below + 12 + out_height / 2);
        }
        arrow(out, WIDTH / 2.0, below, WIDTH / 2.0, next);
        y = next;
    }
    Box box = headed(view, "Randomised", stage_total(d, "randomised", NULL), 38);
    draw_box(out, &box, x, y, HEAD_WIDTH, height_of(&box));
    return y + height_of(&box);
}

static double draw_arms(VgBuffer *out, const VgView *view, const VgDataset *d, double y)
{
    size_t n = view->n_arms < 6 ? view->n_arms : 6;
    double column = (double)WIDTH / (double)n, width = fmin(column - 20, 300);
    Box box[6][ROWS_OF_ARM];
    memset(box, 0, sizeof box);
    for (size_t a = 0; a < n; a++)
        arm_boxes(view, d, view->arm[a].name, (size_t)((width - 2 * PAD) / 8.2), box[a]);
    double split = y + GAP_Y / 2.0, bottom = y;
    vg_buffer_printf(
        out, "<path d=\"M%.1f %.1fV%.1fM%.1f %.1fH%.1f\" stroke=\"#444\" stroke-width=\"1.4\"/>",
        WIDTH / 2.0, y, split, column / 2, split, WIDTH - column / 2);
    double top[ROWS_OF_ARM], height[ROWS_OF_ARM], at = split + GAP_Y;
    for (size_t r = 0; r < ROWS_OF_ARM; r++) {
        height[r] = 0;
        for (size_t a = 0; a < n; a++)
            height[r] = fmax(height[r], height_of(&box[a][r]));
        top[r] = at;
        at += height[r] > 0 ? height[r] + GAP_Y : 0;
    }
    for (size_t a = 0; a < n; a++) {
        double middle = column * ((double)a + 0.5), from = split;
        for (size_t r = 0; r < ROWS_OF_ARM; r++) {
            if (!box[a][r].n)
                continue;
            arrow(out, middle, from, middle, top[r]);
            draw_box(out, &box[a][r], middle - width / 2, top[r], width, height[r]);
            from = top[r] + height[r];
            bottom = fmax(bottom, from);
        }
    }
    return bottom;
}

bool vg_figure_consort(VgBuffer *out, const VgView *view)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "consort");
    if (!d || !d->n_rows || !view->n_arms)
        return false;
    VgBuffer body = {0};
    double bottom = draw_arms(&body, view, d, draw_head(&body, view, d, 6));
    vg_buffer_printf(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" role=\"img\" "
        "aria-labelledby=\"consort-title consort-desc\" font-family=\"system-ui, 'Segoe UI', "
        "'Helvetica Neue', Arial, sans-serif\" font-size=\"%d\" fill=\"#1b1b1b\">"
        "<title id=\"consort-title\">Flow of participants (CONSORT)</title>"
        "<desc id=\"consort-desc\">From randomisation through the visits to the analysis, by arm. "
        "The same counts are in the table below the figure.</desc>"
        "<defs><marker id=\"consort-arrow\" markerWidth=\"9\" markerHeight=\"9\" refX=\"8\" "
        "refY=\"4\" orient=\"auto\"><path d=\"M0 0L9 4L0 8z\" fill=\"#444\"/></marker></defs>"
        "<rect width=\"%d\" height=\"%.0f\" fill=\"#fff\"/>",
        WIDTH, bottom + 8, FONT_SIZE, WIDTH, bottom + 8);
    if (body.text)
        vg_buffer_text(out, body.text);
    out->failed = out->failed || body.failed;
    vg_buffer_free(&body);
    vg_buffer_text(out, "</svg>\n");
    return true;
}
