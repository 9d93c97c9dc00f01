/* Who benefits, as rows of bars and intervals: declared interactions, importance, groups, what a rule is worth, gaps in
 * the outcome. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures_strata.h"

enum { MOST_ROWS = 40, MOST_IMPORTANT = 15, MOST_GROUPS = 10 };

static const double ROW_HEIGHT = 30, LEAST = 660;

/* ---- rows ---- */

VgPlot *vg_strata_plot(const VgView *view, const VgStrataView *s, const VgStrataArm *arm,
                       const char *kind, const char *title, const char *description)
{
    VgPlot *plot = vg_plot_create(view->arena, vg_strata_figure_id(view, s, kind, arm), title,
                                  description ? description : "");
    if (!plot)
        return NULL;
    plot->about = s->analysis->id;
    plot->width = 860;
    plot->least = LEAST;
    return plot;
}

void vg_strata_row_axis(VgPlot *plot, VgPlotPanel *panel, const char *heading,
                        const char *const *label, size_t n)
{
    vg_axis_categories(plot, &panel->y, heading, label, n);
    panel->y.downward = panel->y.from_edge = true;
    panel->height = 96 + ROW_HEIGHT * (double)n;
}

void vg_strata_add_row(VgPlot *plot, VgPlotLayer *interval, VgPlotLayer *point,
                       const VgEstimate *row, double factor, double y, const char *told,
                       VgPlotRange *range)
{
    vg_plot_add(plot, interval, factor * row->lower, y, factor * row->upper, NAN, NULL);
    vg_plot_add(plot, point, factor * row->estimate, y, NAN, NAN, told);
    vg_plot_widen(range, factor * row->estimate);
    vg_plot_widen(range, factor * row->lower);
    vg_plot_widen(range, factor * row->upper);
}

static void nought_line(VgPlot *plot, VgPlotPanel *panel)
{
    vg_plot_add(plot, vg_plot_layer(plot, panel, VG_MARK_RULE_X, VG_STYLE_INK, NULL), 0, NAN, NAN,
                NAN, NULL);
}

void vg_strata_sides(const VgStrataView *s, VgPlotAxis *axis, const char *benefit_low,
                     const char *benefit_high, const char *harm_low, const char *harm_high)
{
    if (!s->directed)
        return;
    axis->towards_low = s->lower_is_better ? benefit_low : harm_low;
    axis->towards_high = s->lower_is_better ? harm_high : benefit_high;
}

/* ---- declared interactions ---- */

/* The moderator's SD: of the dataset, else as the row's own note tells it. */
static double sd_of(const VgView *view, const VgStrataView *s, const VgStrataArm *arm,
                    const VgEstimate *row, double *detectable)
{
    const VgDataset *d = vg_strata_dataset(view, s, "what_could_be_seen");
    double sd = NAN;
    *detectable = NAN;
    for (size_t i = 0; d && i < d->n_rows; i++)
        if (vg_strata_of_arm(d, i, arm) &&
            vg_same_text(vg_cell_text(d, "moderator", i), row->term)) {
            *detectable = vg_cell_number(d, "detectable_per_sd", i);
            sd = vg_cell_number(d, "sd", i);
        }
    const char *told = row->note ? strstr(row->note, "SD ") : NULL;
    const char *seen = told ? strchr(told, ';') : NULL;
    if (!isfinite(sd) && told)
        sd = atof(told + 3);
    if (!isfinite(*detectable) && seen && strstr(seen, "per SD"))
        *detectable = atof(seen + 1);
    return sd > 0 ? sd : (double)NAN;
}

/* "differs (p = 0.003)", "not shown (p = 0.4)". */
static const char *found_text(const VgView *view, const VgEstimate *row)
{
    double p = isfinite(row->q) ? row->q : row->p;
    if (!isfinite(p))
        return "";
    return vg_arena_printf(view->arena, "%s (%s)",
                           p <= 1 - view->result->level ? "differs" : "not shown",
                           vg_p_text(view, p));
}

typedef struct Interactions {
    VgPlot *plot;
    VgPlotLayer *unseen, *interval, *found, *other;
    const char *label[MOST_ROWS], *effect[MOST_ROWS], *word[MOST_ROWS];
    size_t n, left_out;
    VgPlotRange range;
} Interactions;

static void add_interaction(const VgView *view, const VgStrataView *s, const VgStrataArm *arm,
                            const VgEstimate *row, Interactions *rows)
{
    double detectable, sd = sd_of(view, s, arm, row, &detectable);
    if (!isfinite(row->estimate) || !isfinite(sd))
        return;
    if (rows->n == MOST_ROWS) {
        rows->left_out++;
        return;
    }
    size_t i = rows->n++;
    bool found = (isfinite(row->q) ? row->q : row->p) <= 1 - view->result->level;
    rows->label[i] = vg_strata_label(view, s, row->term);
    rows->effect[i] = vg_interval_text(view, row, sd, vg_decimals(row->se * sd));
    rows->word[i] = found_text(view, row);
    const char *told = vg_arena_printf(view->arena, "%s: %s %s per SD, %s", rows->label[i],
                                       rows->effect[i], s->unit, rows->word[i]);
    if (isfinite(detectable)) {
        vg_plot_add(rows->plot, rows->unseen, -detectable, (double)i, detectable, NAN, NULL);
        vg_plot_size(rows->unseen, 18);
    }
    vg_strata_add_row(rows->plot, rows->interval, found ? rows->found : rows->other, row, sd,
                      (double)i, told, &rows->range);
    vg_plot_widen(&rows->range, detectable);
    vg_plot_widen(&rows->range, -detectable);
}

static void interaction_columns(const VgView *view, const VgStrataView *s, const Interactions *rows,
                                VgPlotPanel *panel)
{
    const char **effect = vg_plot_column(
        rows->plot, panel,
        vg_arena_printf(view->arena, "%s per SD (%.4g%%)", s->unit, 100 * view->result->level),
        false, rows->n);
    const char **word = vg_plot_column(rows->plot, panel, "Adjusted for all tests", false, rows->n);
    for (size_t i = 0; effect && word && i < rows->n; i++) {
        effect[i] = rows->effect[i];
        word[i] = rows->word[i];
    }
}

VgPlot *vg_figure_strata_interactions(const VgView *view, const VgStrataView *s,
                                      const VgStrataArm *arm)
{
    bool together = vg_strata_row_of(view, s, "omnibus_heterogeneity", arm, NULL) != NULL;
    VgPlot *plot = vg_strata_plot(
        view, s, arm, "interactions", "Does the benefit differ with what was declared beforehand?",
        vg_arena_printf(
            view->arena,
            "By how much the effect of %s against %s changes for one standard deviation more of "
            "each declared moderator (%s, %.4g%% intervals), and whether it differs after "
            "adjustment for all tests. The pale bar is what this trial could not see: changes "
            "inside it would have been found in fewer than 8 of 10 trials like this. The verdict "
            "rests on %s.",
            arm->label, arm->reference_label, s->unit, 100 * view->result->level,
            together ? "one test of all of them together (permutation)" : "these tests alone"));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    if (!panel)
        return NULL;
    Interactions rows = {.plot = plot, .range = {0, 0}};
    rows.unseen = vg_plot_layer(plot, panel, VG_MARK_SPAN_X, VG_STYLE_MUTED, "Could not be seen");
    if (rows.unseen)
        rows.unseen->opacity = 0.22;
    nought_line(plot, panel);
    rows.interval = vg_plot_layer(plot, panel, VG_MARK_INTERVAL_X, VG_STYLE_INK, NULL);
    rows.found = vg_plot_layer(plot, panel, VG_MARK_POINT, 1, "Differs");
    rows.other = vg_plot_layer(plot, panel, VG_MARK_POINT, 0, "Not shown");
    for (size_t i = 0; i < view->result->n_estimates; i++)
        if (vg_strata_is(&view->result->estimate[i], s, "interaction", arm))
            add_interaction(view, s, arm, &view->result->estimate[i], &rows);
    if (rows.n == 0)
        return NULL;
    if (rows.left_out)
        plot->description = vg_arena_printf(view->arena, "%s %zu more are in the table.",
                                            plot->description, rows.left_out);
    if (rows.found && rows.found->n == 0)
        rows.found->series = NULL; /* nothing of that kind to explain */
    if (rows.unseen && rows.unseen->n == 0)
        rows.unseen->series = NULL;
    interaction_columns(view, s, &rows, panel);
    vg_strata_row_axis(plot, panel, "Moderator", rows.label, rows.n);
    double room = 0.04 * (rows.range.high - rows.range.low);
    vg_axis_numbers(plot, &panel->x, NULL, rows.range.low - room, rows.range.high + room, 5);
    vg_strata_sides(s, &panel->x, "← more of it, more benefit", "more of it, more benefit →",
                    "← more of it, less benefit", "more of it, less benefit →");
    return plot;
}

/* ---- importance ---- */

typedef struct Ranked {
    double rank;
    size_t row;
} Ranked;

static int by_rank(const void *a, const void *b)
{
    const Ranked *p = a, *q = b;
    return p->rank < q->rank ? -1 : p->rank > q->rank ? 1 : p->row < q->row ? -1 : 1;
}

static size_t most_important(const VgView *view, const VgDataset *d, const VgStrataArm *arm,
                             Ranked **ranked)
{
    size_t n = 0;
    *ranked = VG_NEW(view->arena, Ranked, d->n_rows);
    for (size_t i = 0; *ranked && i < d->n_rows; i++)
        if (vg_strata_of_arm(d, i, arm) && isfinite(vg_cell_number(d, "importance", i)))
            (*ranked)[n++] = (Ranked){vg_cell_number(d, "rank", i), i};
    if (n)
        qsort(*ranked, n, sizeof **ranked, by_rank);
    return n;
}

VgPlot *vg_figure_strata_importance(const VgView *view, const VgStrataView *s,
                                    const VgStrataArm *arm)
{
    const VgDataset *d = vg_strata_dataset(view, s, "importance");
    Ranked *ranked = NULL;
    size_t all = d ? most_important(view, d, arm, &ranked) : 0,
           n = all < MOST_IMPORTANT ? all : MOST_IMPORTANT;
    if (n == 0)
        return NULL;
    VgPlot *plot = vg_strata_plot(
        view, s, arm, "importance", "What the learner split on, and how stable that is",
        vg_arena_printf(
            view->arena,
            "Share of the splits that separate people by benefit (%zu of %zu variables), with the "
            "range in which 95 of 100 refits on half of the people fall%s. It says what was used, "
            "not "
            "what causes a difference, and it adds to one even where benefit does not differ.",
            n, all,
            all > 3 ? ", and in how many of 100 refits the variable is among the first three"
                    : ""));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    const char **label = VG_NEW(view->arena, const char *, n);
    if (!panel || !label)
        return NULL;
    VgPlotLayer *bar = vg_plot_layer(plot, panel, VG_MARK_BAR_X, VG_STYLE_MUTED, NULL),
                *range = vg_plot_layer(plot, panel, VG_MARK_INTERVAL_X, VG_STYLE_INK, NULL);
    const char **first = all > 3 /* of fewer, all are always among them */
                             ? vg_plot_column(plot, panel, "Of 100 refits, first three", false, n)
                             : NULL;
    double high = 10;
    for (size_t k = 0; k < n; k++) {
        size_t i = ranked[k].row;
        double share = 100 * vg_cell_number(d, "importance", i),
               upper = 100 * vg_cell_number(d, "upper", i),
               among = vg_cell_number(d, "among_first", i);
        label[k] = vg_strata_label(view, s, vg_cell_text(d, "variable", i));
        if (first)
            first[k] = isfinite(among) ? vg_arena_printf(view->arena, "%.0f", 100 * among) : "–";
        vg_plot_add(plot, bar, share, (double)k, NAN, NAN,
                    vg_arena_printf(view->arena, "%s: %.0f %%", label[k], share));
        vg_plot_add(plot, range, 100 * vg_cell_number(d, "lower", i), (double)k, upper, NAN, NULL);
        high = fmax(high, fmax(share, isfinite(upper) ? upper : 0));
    }
    vg_strata_row_axis(plot, panel, "Variable", label, n);
    vg_axis_numbers(plot, &panel->x, "Share of the splits, per cent", 0, high, 5);
    return plot;
}

/* ---- groups of predicted benefit ---- */

static const char *group_label(const VgView *view, const VgEstimate *row)
{
    static const char *const WORDS[][2] = {{"least", "Least predicted benefit"},
                                           {"second", "Second quarter"},
                                           {"third", "Third quarter"},
                                           {"most", "Most predicted benefit"}};
    const char *label = row->stratum ? row->stratum : "";
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (vg_same_text(row->stratum, WORDS[i][0]))
            label = WORDS[i][1];
    return isfinite(row->n) ? vg_arena_printf(view->arena, "%s (n %.0f)", label, row->n) : label;
}

VgPlot *vg_figure_strata_groups(const VgView *view, const VgStrataView *s, const VgStrataArm *arm)
{
    const VgEstimate *row[MOST_GROUPS],
        *difference = vg_strata_row_of(view, s, "group_difference", arm, NULL);
    size_t n = 0;
    for (size_t i = 0; i < view->result->n_estimates && n < MOST_GROUPS; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        if (vg_strata_is(e, s, "group_effect", arm) && isfinite(e->estimate))
            row[n++] = e;
    }
    if (n < 2)
        return NULL;
    const char *apart =
        difference && isfinite(difference->estimate)
            ? vg_arena_printf(view->arena, " Most less least: %s %s.",
                              vg_interval_text(view, difference, 1, vg_decimals(difference->se)),
                              s->unit)
            : "";
    VgPlot *plot = vg_strata_plot(
        view, s, arm, "groups", "Effects in groups of predicted benefit",
        vg_arena_printf(
            view->arena,
            "People in %zu groups by their predicted benefit, each predicted from other people; "
            "in each the effect of %s against %s as it was observed (%s, %.4g%% intervals).%s If "
            "the predictions were of no use, all groups would show the average effect.",
            n, arm->label, arm->reference_label, s->unit, 100 * view->result->level, apart));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    const char **label = VG_NEW(view->arena, const char *, n);
    const char **text = vg_plot_column(
        plot, panel,
        vg_arena_printf(view->arena, "%s (%.4g%%)", s->unit, 100 * view->result->level), false, n);
    if (!panel || !label || !text)
        return NULL;
    VgPlotRange range = {0, 0};
    nought_line(plot, panel);
    vg_strata_average(view, s, arm, plot, panel, VG_MARK_RULE_X);
    VgPlotLayer *interval = vg_plot_layer(plot, panel, VG_MARK_INTERVAL_X, VG_STYLE_INK, NULL),
                *point = vg_plot_layer(plot, panel, VG_MARK_POINT, 0, NULL);
    for (size_t g = 0; g < n; g++) {
        label[g] = group_label(view, row[g]);
        text[g] = vg_interval_text(view, row[g], 1, vg_decimals(row[g]->se));
        vg_strata_add_row(plot, interval, point, row[g], 1, (double)g,
                          vg_arena_printf(view->arena, "%s: %s %s", label[g], text[g], s->unit),
                          &range);
    }
    vg_strata_row_axis(plot, panel, "Group", label, n);
    vg_axis_numbers(plot, &panel->x, NULL, range.low, range.high, 6);
    vg_strata_sides(s, &panel->x, "← benefit", "benefit →", "← harm", "harm →");
    return plot;
}

/* ---- gaps in the outcome ---- */

VgPlot *vg_figure_strata_gaps(const VgView *view, const VgStrataView *s)
{
    const VgDataset *d = vg_strata_dataset(view, s, "outcome_gaps");
    if (!d)
        return NULL;
    VgPlot *plot = vg_strata_plot(
        view, s, NULL, "gaps", "Whose outcome is missing",
        vg_arena_printf(view->arena,
                        "Of 100 randomised people in each arm, for how many %s%s%s is not known. "
                        "Where arms differ much, those who were seen may not be alike, and no "
                        "answer above can mend that.",
                        s->outcome, s->visit ? " at " : "", s->visit ? s->visit : ""));
    VgPlotPanel *panel = vg_plot_panel(plot, NULL);
    const char **label = VG_NEW(view->arena, const char *, d->n_rows);
    const char **seen = vg_plot_column(plot, panel, "Known of randomised", false, d->n_rows);
    if (!panel || !label || !seen)
        return NULL;
    VgPlotLayer *bar = vg_plot_layer(plot, panel, VG_MARK_BAR_X, VG_STYLE_MUTED, NULL);
    double high = 10;
    for (size_t i = 0; i < d->n_rows; i++) {
        double missing = 100 * vg_cell_number(d, "share_missing", i);
        label[i] = vg_view_arm_label(view, vg_cell_text(d, "arm", i));
        seen[i] = vg_arena_printf(view->arena, "%.0f of %.0f", vg_cell_number(d, "with_outcome", i),
                                  vg_cell_number(d, "randomised", i));
        vg_plot_add(plot, bar, missing, (double)i, NAN, NAN,
                    vg_arena_printf(view->arena, "%s: %.0f of 100", label[i], missing));
        high = fmax(high, isfinite(missing) ? missing : 0);
    }
    vg_strata_row_axis(plot, panel, "Arm", label, d->n_rows);
    vg_axis_numbers(plot, &panel->x, "Of 100 people, outcome missing", 0, high, 5);
    return plot;
}
