/* Tables of a network as pictures: the league table as a heat map, P-scores, the net heat plot. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"
#include "report/forest.h"

/* ---- the league table ---- */

enum {
    MOST_TREATMENTS = 40,
    MOST_DESIGNS = 70
}; /* what can be drawn and read; else the table stands alone */

/* Widths of the page and of a cell of a large league table, in drawing units. */
static const double PAGE = 930, CELL = 58;

typedef struct League {
    const VgDataset *d;
    const char **name; /* best first where P-scores are known */
    double *score;
    size_t n;
    size_t *at[2]; /* network, direct: row of the dataset + 1 of a pair of treatments; 0 = none */
} League;

static void add_name(League *league, const VgView *view, const VgViewAnalysis *a, const char *name)
{
    for (size_t i = 0; i < league->n; i++)
        if (vg_same_text(league->name[i], name))
            return;
    double score = -1; /* not known: last */
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        if (vg_same_text(e->analysis, a->id) && vg_same_text(e->quantity, "ranking") &&
            vg_same_text(e->term, name) && isfinite(e->estimate))
            score = e->estimate;
    }
    size_t at = league->n++;
    while (at > 0 && score > league->score[at - 1]) {
        league->name[at] = league->name[at - 1];
        league->score[at] = league->score[at - 1];
        at--;
    }
    league->name[at] = name;
    league->score[at] = score;
}

static size_t place(const League *league, const char *name)
{
    size_t i = 0;
    while (i + 1 < league->n && !vg_same_text(league->name[i], name))
        i++;
    return i;
}

static bool read_league(const VgView *view, const VgViewAnalysis *a, League *league)
{
    *league = (League){.d = vg_result_find_dataset(view->result, a->id, "league")};
    if (!league->d || !league->d->n_rows)
        return false;
    league->name = VG_NEW(view->arena, const char *, 2 * league->d->n_rows);
    league->score = VG_NEW(view->arena, double, 2 * league->d->n_rows);
    if (!league->name || !league->score)
        return false;
    for (size_t i = 0; i < league->d->n_rows; i++) {
        add_name(league, view, a, vg_cell_text(league->d, "row", i));
        add_name(league, view, a, vg_cell_text(league->d, "column", i));
    }
    if (league->n < 2 || league->n > MOST_TREATMENTS)
        return false;
    league->at[0] = VG_NEW(view->arena, size_t, league->n * league->n);
    league->at[1] = VG_NEW(view->arena, size_t, league->n * league->n);
    if (!league->at[0] || !league->at[1])
        return false;
    for (size_t i = 0; i < league->d->n_rows; i++) {
        bool direct = vg_same_text(vg_cell_text(league->d, "kind", i), "direct");
        league->at[direct][place(league, vg_cell_text(league->d, "row", i)) * league->n +
                           place(league, vg_cell_text(league->d, "column", i))] = i + 1;
    }
    return true;
}

/* The first treatment less the second, in whichever direction the result holds it. */
static bool league_cell(const League *league, size_t first, size_t second, bool direct,
                        double *estimate, double *lower, double *upper)
{
    const VgDataset *d = league->d;
    size_t i = league->at[direct][first * league->n + second];
    double sign = 1;
    if (!i) {
        i = league->at[direct][second * league->n + first];
        sign = -1;
    }
    if (!i--)
        return false;
    double a = sign * vg_cell_number(d, "lower", i), b = sign * vg_cell_number(d, "upper", i);
    *estimate = sign * vg_cell_number(d, "estimate", i);
    *lower = fmin(a, b);
    *upper = fmax(a, b);
    return isfinite(*estimate);
}

/* In letters; words are not broken. */
static double longest_word(const League *league)
{
    size_t most = 0;
    for (size_t i = 0; i < league->n; i++)
        for (const char *at = league->name[i]; at && *at; at += strspn(at, " ")) {
            size_t length = strcspn(at, " ");
            most = length > most ? length : most;
            at += length;
        }
    return (double)most;
}

/* Columns of a part: as many as fit a page beside the names. */
static size_t columns_of_part(const League *league)
{
    size_t longest = 0;
    for (size_t i = 0; i < league->n; i++)
        longest = strlen(league->name[i]) > longest ? strlen(league->name[i]) : longest;
    if (league->n <= 10)
        return league->n;
    double most = (PAGE - fmin(330, 8 * (double)longest + 30)) / CELL;
    size_t parts = (size_t)ceil((double)league->n / fmax(6, fmin(12, floor(most))));
    return (league->n + parts - 1) / parts;
}

VgPlot *vg_figure_league(const VgView *view, const VgViewAnalysis *a, size_t part)
{
    League league;
    VgForest *scale = vg_forest_blank(view->arena, view->result, a->id, 1);
    if (!scale || !read_league(view, a, &league))
        return NULL;
    size_t columns = columns_of_part(&league), from = part * columns,
           to = from + columns < league.n ? from + columns : league.n;
    if (from >= league.n)
        return NULL;
    bool whole = columns == league.n;
    const char *which =
        whole ? ""
              : vg_arena_printf(view->arena, " Columns %zu to %zu of %zu.", from + 1, to, league.n);
    const VgFact *lower_is_better =
        vg_result_find_fact(view->result, VG_FACTS_FIT, a->id, "lower_is_better");
    double benefit = lower_is_better && lower_is_better->number == 1 ? -1 : 1, most = 0;
    for (size_t i = 0; i < league.d->n_rows; i++)
        most = fmax(most, vg_same_text(vg_cell_text(league.d, "kind", i), "network")
                              ? fabs(vg_cell_number(league.d, "estimate", i))
                              : 0);
    VgPlot *plot = vg_review_plot(
        view, a, part ? vg_arena_printf(view->arena, "league-part%zu", part + 1) : "league",
        whole ? "League table" : vg_arena_printf(view->arena, "League table, part %zu", part + 1),
        vg_arena_printf(view->arena,
                        "%s with its %.4g%% confidence interval, always of the treatment that "
                        "stands first in the order of the table against the later one: under the "
                        "diagonal (column against row) from the whole network, above it (row "
                        "against column) from direct comparisons alone. %s Pale cells: the "
                        "interval holds no difference.%s",
                        scale->measure, 100 * view->result->level,
                        lower_is_better ? "Blue: the first does better; orange: the later does."
                                        : "Blue: higher with the first; orange: lower.",
                        which));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    VgPlotLayer *tiles = vg_plot_layer(plot, panel, VG_MARK_TILE, 0, NULL);
    if (!panel || !tiles)
        return NULL;
    tiles->font = 11;
    for (size_t r = 0; r < league.n; r++)
        for (size_t c = from; c < to; c++) {
            double estimate, lower, upper;
            if (r == c || !league_cell(&league, r < c ? r : c, r < c ? c : r, r < c, &estimate,
                                       &lower, &upper))
                continue;
            VgBuffer text = {0};
            vg_forest_put(&text, scale, estimate);
            vg_buffer_text(&text, "\n");
            vg_forest_put(&text, scale, lower);
            vg_buffer_text(&text, " to\n");
            vg_forest_put(&text, scale, upper);
            bool clear = lower > 0 || upper < 0;
            double shade = benefit * estimate / most * (clear ? 0.85 : 0.22);
            vg_plot_add(plot, tiles, (double)(c - from), (double)r, shade, NAN,
                        vg_view_kept(view, &text));
        }
    double n = (double)league.n, cell = CELL;
    const char **row = league.name, **column = league.name;
    if (league.n > 10) { /* columns are named by the numbers of their rows */
        row = VG_NEW(view->arena, const char *, league.n);
        column = VG_NEW(view->arena, const char *, league.n);
        for (size_t i = 0; row && column && i < league.n; i++) {
            row[i] = vg_arena_printf(view->arena, "%zu  %s", i + 1, league.name[i]);
            column[i] = vg_arena_printf(view->arena, "%zu", i + 1);
        }
    } else {
        cell = fmin(120, fmax(64, 9 * longest_word(&league) + 12));
    }
    if (!row || !column)
        return NULL;
    vg_axis_categories(plot, &panel->x, NULL, column + from, to - from);
    vg_axis_categories(plot, &panel->y, NULL, row, league.n);
    panel->y.downward = true;
    panel->y.from_edge = true;
    plot->width = fmax(720, vg_plot_margins(panel) + cell * (double)(to - from));
    plot->least = plot->width > 720 ? plot->width * 0.95 : 0;
    panel->height = 44 * n + 90;
    return plot;
}

/* ---- P-scores ---- */

VgPlot *vg_figure_scores(const VgView *view, const VgViewAnalysis *a)
{
    size_t most = view->result->n_estimates, n = 0;
    const char **name = VG_NEW(view->arena, const char *, most + 1);
    double *score = VG_NEW(view->arena, double, most + 1);
    if (!name || !score)
        return NULL;
    for (size_t i = 0; i < most; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        if (!vg_same_text(e->analysis, a->id) || !vg_same_text(e->quantity, "ranking") ||
            !isfinite(e->estimate))
            continue;
        size_t at = n++;
        for (; at > 0 && score[at - 1] < e->estimate; at--) {
            score[at] = score[at - 1];
            name[at] = name[at - 1];
        }
        score[at] = e->estimate;
        name[at] = e->term;
    }
    VgPlot *plot =
        n ? vg_review_plot(view, a, "scores", "P-scores",
                           "How surely a treatment beats the others, on average over all of them "
                           "(0 to 1). Read it with the effects and intervals: a high score may "
                           "rest on a small or uncertain difference.")
          : NULL;
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    VgPlotLayer *bars = vg_plot_layer(plot, panel, VG_MARK_BAR_X, 0, NULL);
    if (!panel)
        return NULL;
    vg_axis_categories(plot, &panel->y, NULL, name, n);
    panel->y.downward = true;
    panel->y.from_edge = true;
    const char **text = vg_plot_column(plot, panel, "P-score", false, n);
    for (size_t i = 0; i < n && text; i++) {
        vg_plot_add(plot, bars, score[i], (double)i, NAN, NAN, name[i]);
        text[i] = vg_arena_printf(view->arena, "%.2f", score[i]);
    }
    panel->y.label = "Treatment";
    vg_axis_numbers(plot, &panel->x, "P-score", 0, 1, 5);
    panel->height = 92 + 24 * (double)n;
    return plot;
}

/* ---- net heat ---- */

static size_t design_index(const char **design, size_t *n, const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (vg_same_text(design[i], name))
            return i;
    design[*n] = name;
    return (*n)++;
}

VgPlot *vg_figure_net_heat(const VgView *view, const VgViewAnalysis *a)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "net_heat");
    const char **design = d && d->n_rows ? VG_NEW(view->arena, const char *, 2 * d->n_rows) : NULL;
    VgPlot *plot =
        design ? vg_review_plot(
                     view, a, "net-heat", "Net heat plot",
                     "Where the network disagrees with itself. Grey squares: how much the design "
                     "of the column feeds the estimate of the row's design. Colour: what happens "
                     "to the inconsistency of the row when the column's design is given its own "
                     "effect: blue, the two agree; orange, the column pulls the row away.")
               : NULL;
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    VgPlotLayer *tiles = vg_plot_layer(plot, panel, VG_MARK_TILE, 0, NULL),
                *squares = vg_plot_layer(plot, panel, VG_MARK_SQUARE, VG_STYLE_MUTED, NULL);
    if (!panel || !tiles)
        return NULL;
    size_t n = 0;
    double most = 0;
    for (size_t i = 0; i < d->n_rows; i++) {
        design_index(design, &n, vg_cell_text(d, "row_design", i));
        design_index(design, &n, vg_cell_text(d, "column_design", i));
        double change = vg_cell_number(d, "q_change", i);
        most = isfinite(change) ? fmax(most, fabs(change)) : most;
    }
    if (n > MOST_DESIGNS)
        return NULL;
    const char **row = VG_NEW(view->arena, const char *, n),
               **column = VG_NEW(view->arena, const char *, n);
    for (size_t i = 0; row && column && i < n; i++) { /* a column's name is its number */
        row[i] = vg_arena_printf(view->arena, "%zu  %s", i + 1, design[i]);
        column[i] = vg_arena_printf(view->arena, "%zu", i + 1);
    }
    if (!row || !column)
        return NULL;
    vg_axis_categories(plot, &panel->x, "Design of the column", column, n);
    vg_axis_categories(plot, &panel->y, NULL, row, n);
    panel->y.downward = true;
    panel->y.from_edge = true;
    double cell = n > 12 ? 26 : 40;
    for (size_t i = 0; i < d->n_rows; i++) {
        double c = (double)design_index(design, &n, vg_cell_text(d, "column_design", i)),
               r = (double)design_index(design, &n, vg_cell_text(d, "row_design", i)),
               change = vg_cell_number(d, "q_change", i),
               share = fmin(1, fabs(vg_cell_number(d, "contribution", i)));
        vg_plot_add(plot, tiles, c, r, isfinite(change) && most > 0 ? -0.85 * change / most : 0,
                    NAN, NULL);
        if (share > 0.005) {
            vg_plot_add(plot, squares, c, r, NAN, NAN, NULL);
            vg_plot_size(squares, 0.72 * cell * sqrt(share));
        }
    }
    plot->width = fmax(720, vg_plot_margins(panel) + cell * (double)n);
    plot->least = plot->width > 720 ? 0.8 * plot->width : 0;
    panel->height = 80 + cell * (double)n;
    return plot;
}
