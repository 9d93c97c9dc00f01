/* The rule: its tree, drawn from left to right so that questions have room, and what it is worth. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures_strata.h"

enum { MOST_NODES = 31, MOST_LEVELS = 5, MOST_ARMS = 12 };

/* Of the drawing, one unit a unit of it. A box holds four lines. */
static const double WIDTH = 860, GAP = 62, LEAF = 96, LINE = 18, EDGE = 6;

/* ---- the tree ---- */

typedef struct Tree {
    const VgView *view;
    const VgStrataView *strata;
    const VgDataset *rows;
    VgPlot *plot;
    VgPlotPanel *panel;
    VgPlotLayer *line, *answer, *text;
    size_t n, leaves, levels;
    size_t row[MOST_NODES], level[MOST_NODES]; /* row of each node; how deep it stands */
    size_t left[MOST_NODES], right[MOST_NODES];
    double y[MOST_NODES], box;
} Tree;

static size_t node_row(const Tree *t, double node)
{
    for (size_t i = 0; i < t->rows->n_rows; i++)
        if (vg_cell_number(t->rows, "node", i) == node)
            return i;
    return t->rows->n_rows;
}

static bool is_leaf(const Tree *t, size_t k)
{
    return vg_cell_text(t->rows, "arm", t->row[k]) != NULL;
}

/* Nodes in the order of a walk; leaves take places from the top. MOST_NODES when the rows are no tree. */
static size_t place(Tree *t, double node, size_t level)
{
    size_t k = t->n, row = node_row(t, node);
    if (k == MOST_NODES || row == t->rows->n_rows || level == MOST_LEVELS)
        return MOST_NODES;
    t->n++;
    t->row[k] = row;
    t->level[k] = level;
    t->levels = level + 1 > t->levels ? level + 1 : t->levels;
    if (is_leaf(t, k)) {
        t->y[k] = LEAF * ((double)t->leaves++ + 0.5);
        return k;
    }
    t->left[k] = place(t, vg_cell_number(t->rows, "left", row), level + 1);
    t->right[k] = t->left[k] == MOST_NODES
                      ? MOST_NODES
                      : place(t, vg_cell_number(t->rows, "right", row), level + 1);
    if (t->right[k] == MOST_NODES)
        return MOST_NODES;
    t->y[k] = (t->y[t->left[k]] + t->y[t->right[k]]) / 2;
    return k;
}

static double left_edge(const Tree *t, size_t k)
{
    return EDGE + (double)t->level[k] * (t->box + GAP);
}

/* The letters are of a wide font: an estimate of what fits on a line of a box. */
static size_t letters(const Tree *t)
{
    return (size_t)((t->box - 12) / 8.2);
}

/* Bytes of `text` that make its next line of at most `most` letters, broken at a space where there is one. */
static size_t line_bytes(const char *text, size_t most)
{
    size_t bytes = 0, seen = 0, space = 0;
    while (text[bytes] && seen <= most) {
        if (text[bytes] == ' ')
            space = bytes;
        do
            bytes++;
        while (((unsigned char)text[bytes] & 0xC0) == 0x80);
        seen++;
    }
    return seen <= most ? bytes : space ? space : bytes;
}

/* Lines about the middle of a box: those of `first` that fit in two, then `second` and `third`. */
static void box_text(Tree *t, size_t k, const char *first, const char *second, const char *third)
{
    const char *line[5] = {NULL};
    size_t n = 0;
    for (const char *at = first; at && *at && n < 2;) {
        size_t bytes = line_bytes(at, letters(t));
        bool last = n == 1 && at[bytes];
        line[n++] = vg_arena_printf(t->view->arena, "%.*s%s", (int)bytes, at, last ? "…" : "");
        at += bytes;
        at += strspn(at, " ");
    }
    if (second)
        line[n++] = second;
    if (third)
        line[n++] = third;
    double x = left_edge(t, k) + t->box / 2, y = t->y[k] - LINE * ((double)n - 1) / 2;
    for (size_t i = 0; i < n; i++)
        vg_plot_add(t->plot, t->text, x, y + LINE * (double)i, NAN, NAN, line[i]);
}

static const char *people_text(const Tree *t, size_t k)
{
    double n = vg_cell_number(t->rows, "n", t->row[k]),
           all = vg_cell_number(t->rows, "n", node_row(t, 0));
    if (!isfinite(n))
        return NULL;
    return all > n ? vg_arena_printf(t->view->arena, "n %.0f, %.0f of 100", n, 100 * n / all)
                   : vg_arena_printf(t->view->arena, "n %.0f", n);
}

static int arm_style(const Tree *t, const char *arm)
{
    for (size_t a = 0; a < t->view->n_arms; a++)
        if (vg_same_text(t->view->arm[a].name, arm))
            return (int)a;
    return 0;
}

/* Under all texts. A leaf has its arm's colour where the rule is recommended. */
static void draw_boxes(Tree *t)
{
    for (size_t k = 0; k < t->n; k++) {
        bool leaf = is_leaf(t, k), coloured = leaf && t->strata->recommended;
        VgPlotLayer *box = vg_plot_layer(
            t->plot, t->panel, VG_MARK_SPAN_X,
            coloured ? arm_style(t, vg_cell_text(t->rows, "arm", t->row[k])) : VG_STYLE_MUTED,
            NULL);
        if (box)
            box->opacity = coloured ? 0.28 : leaf ? 0.2 : 0.1;
        vg_plot_add(t->plot, box, left_edge(t, k), t->y[k], left_edge(t, k) + t->box, NAN, NULL);
        vg_plot_size(box, LEAF - 12);
    }
}

static void draw_leaf(Tree *t, size_t k)
{
    const char *arm = vg_cell_text(t->rows, "arm", t->row[k]);
    double agree = vg_cell_number(t->rows, "agree", t->row[k]);
    box_text(t, k, vg_view_arm_label(t->view, arm), people_text(t, k),
             isfinite(agree) ? vg_arena_printf(t->view->arena, "holds in %.0f of 100", 100 * agree)
                             : NULL);
}

/* A line to a child, and the answer that leads there. */
static void draw_branch(Tree *t, size_t from, size_t to, const char *answer)
{
    double x1 = left_edge(t, from) + t->box, x2 = left_edge(t, to);
    vg_plot_add(t->plot, t->line, x1, t->y[from], x2, t->y[to], NULL);
    vg_plot_add(t->plot, t->answer, (x1 + 2 * x2) / 3, (t->y[from] + 2 * t->y[to]) / 3, NAN, NAN,
                answer);
}

static void draw_question(Tree *t, size_t k)
{
    const char *feature = vg_cell_text(t->rows, "feature", t->row[k]),
               *unit = vg_strata_unit(t->view, t->strata, feature),
               *label = vg_strata_label(t->view, t->strata, feature);
    bool class = vg_strata_is_class(feature); /* nought goes left: no member of it */
    box_text(t, k, class ? vg_arena_printf(t->view->arena, "not %s?", label) : label,
             class ? NULL
                   : vg_arena_printf(t->view->arena, "%.4g%s%s or less?",
                                     vg_cell_number(t->rows, "cut", t->row[k]), unit ? " " : "",
                                     unit ? unit : ""),
             people_text(t, k));
    draw_branch(t, k, t->left[k], "yes");
    draw_branch(t, k, t->right[k], "no");
}

static const char *describe_tree(const Tree *t)
{
    const VgView *view = t->view;
    double stable = vg_strata_number(view, t->strata, "policy_stability");
    VgBuffer text = {0};
    vg_buffer_text(&text, t->strata->recommended
                              ? "Questions from left to right; the last box is the arm that the "
                                "rule gives, with how many people it concerns."
                              : "The best tree that was found, and no recommendation: in people "
                                "it was not made from it was not shown to beat giving everybody "
                                "the same.");
    if (isfinite(stable))
        vg_buffer_printf(&text,
                         " Trees made from other people give %.0f of 100 people the same "
                         "arm (of each box: \"holds in\"); for the rest it is up to chance.",
                         100 * stable);
    vg_buffer_text(&text, " No box is a reason to stop or change a treatment.");
    return vg_view_kept(view, &text);
}

VgPlot *vg_figure_strata_tree(const VgView *view, const VgStrataView *s)
{
    Tree t = {.view = view, .strata = s, .rows = vg_strata_dataset(view, s, "policy_tree")};
    if (!t.rows || place(&t, 0, 0) == MOST_NODES)
        return NULL;
    t.plot = vg_strata_plot(view, s, NULL, "tree",
                            s->recommended ? "The rule: who gets what"
                                           : "The best rule found (not recommended)",
                            describe_tree(&t));
    t.panel = vg_plot_panel(t.plot, s->recommended ? NULL : "Not recommended");
    if (!t.panel)
        return NULL;
    t.box = fmin(250, (WIDTH - 2 * EDGE - GAP * ((double)t.levels - 1)) / (double)t.levels);
    t.panel->bare = true;
    t.panel->height = LEAF * (double)t.leaves + (s->recommended ? 10 : 33);
    t.panel->x.high = WIDTH;
    t.panel->y.high = LEAF * (double)t.leaves;
    t.panel->y.downward = true;
    t.line = vg_plot_layer(t.plot, t.panel, VG_MARK_SEGMENT, VG_STYLE_INK, NULL);
    draw_boxes(&t);
    t.answer = vg_plot_layer(t.plot, t.panel, VG_MARK_TEXT, VG_STYLE_INK, NULL);
    t.text = vg_plot_layer(t.plot, t.panel, VG_MARK_TEXT, VG_STYLE_INK, NULL);
    if (!t.answer || !t.text)
        return NULL;
    t.text->place = VG_TEXT_CENTRE;
    for (size_t k = 0; k < t.n; k++) {
        if (is_leaf(&t, k))
            draw_leaf(&t, k);
        else
            draw_question(&t, k);
    }
    return t.plot;
}

/* ---- what it is worth ---- */

typedef struct Worth {
    const VgView *view;
    const VgStrataView *strata;
    VgPlot *plot;
    const char *label[MOST_ARMS], *text[MOST_ARMS];
    size_t n;
    VgPlotRange range;
} Worth;

/* "everybody probiotic", told with the arm's label. */
static const char *worth_label(const Worth *w, const char *term)
{
    const char *everybody = term ? strstr(term, "everybody ") : NULL;
    if (!everybody)
        return "The rule";
    return vg_arena_printf(w->view->arena, "%s for everybody",
                           vg_view_arm_label(w->view, everybody + strlen("everybody ")));
}

static void worth_panel(Worth *w, const char *quantity, const char *title, const char *heading,
                        bool nought)
{
    const VgView *view = w->view;
    VgPlotPanel *panel = vg_plot_panel(w->plot, title);
    VgPlotLayer *rule = nought ? vg_plot_layer(w->plot, panel, VG_MARK_RULE_X, VG_STYLE_INK, NULL)
                               : NULL,
                *interval = vg_plot_layer(w->plot, panel, VG_MARK_INTERVAL_X, VG_STYLE_INK, NULL),
                *point = vg_plot_layer(w->plot, panel, VG_MARK_POINT, 0, NULL);
    if (!panel)
        return;
    w->n = 0;
    w->range = nought ? (VgPlotRange){0, 0} : (VgPlotRange){INFINITY, -INFINITY};
    vg_plot_add(w->plot, rule, 0, NAN, NAN, NAN, NULL);
    for (size_t i = 0; i < view->result->n_estimates && w->n < MOST_ARMS; i++) {
        const VgEstimate *row = &view->result->estimate[i];
        if (!vg_strata_is(row, w->strata, quantity, NULL) || !isfinite(row->estimate))
            continue;
        w->label[w->n] = worth_label(w, row->term);
        w->text[w->n] = vg_interval_text(view, row, 1, vg_decimals(row->se));
        vg_strata_add_row(w->plot, interval, point, row, 1, (double)w->n,
                          vg_arena_printf(view->arena, "%s: %s %s", w->label[w->n], w->text[w->n],
                                          w->strata->unit),
                          &w->range);
        w->n++;
    }
    const char **text = vg_plot_column(
        w->plot, panel,
        vg_arena_printf(view->arena, "%s (%.4g%%)", w->strata->unit, 100 * view->result->level),
        false, w->n);
    for (size_t i = 0; text && i < w->n; i++)
        text[i] = w->text[i];
    vg_strata_row_axis(w->plot, panel, heading, w->label, w->n);
    panel->height += 24; /* its title */
    vg_axis_numbers(w->plot, &panel->x, NULL, w->range.low, w->range.high, 6);
    if (nought) {
        panel->x.towards_low = "← rule is worse";
        panel->x.towards_high = "rule is better →";
    }
}

VgPlot *vg_figure_strata_worth(const VgView *view, const VgStrataView *s)
{
    if (!vg_strata_row_of(view, s, "policy_gain", NULL, NULL))
        return NULL;
    Worth w = {.view = view, .strata = s};
    w.plot = vg_strata_plot(
        view, s, NULL, "worth", "What the rule is worth against giving everybody the same",
        vg_arena_printf(
            view->arena,
            "In people the rule was not made from (median over deals of folds, %.4g%% intervals), "
            "in %s; more is better. Costs, harm and burden are taken off where they were declared. "
            "A rule is recommended only when its gain over every single arm lies above nought with "
            "its whole interval.",
            100 * view->result->level, s->unit));
    if (!w.plot)
        return NULL;
    worth_panel(&w, "policy_gain", "Gain of the rule", "Over", true);
    if (vg_strata_row_of(view, s, "policy_value", NULL, NULL))
        worth_panel(&w, "policy_value",
                    s->lower_is_better
                        ? "Mean outcome with its sign turned (more is better), less declared costs"
                        : "Mean outcome, less declared costs",
                    "With", false);
    return w.plot;
}
