/* Measured layers on the page: figures of the differences between arms, the table in the layer's unit, what was censored. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/html.h"
#include "report/html_cells.h"

enum { MOST_ROWS = 150 };

static const VgDataset *response(const VgView *view)
{
    return vg_result_find_dataset(view->result, NULL, "panel_response");
}

void vg_measured_figures(const VgView *view, VgFigures *figures, const char *layer,
                         const char *label)
{
    vg_figures_keep(view, figures, vg_figure_measured_forest(view, layer, label));
    vg_figures_keep(view, figures, vg_figure_measured_map(view, layer, label));
}

static size_t rows_of(const VgDataset *d, const char *layer)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_rows; i++)
        n += vg_same_text(vg_cell_text(d, "layer", i), layer);
    return n;
}

static void headings(VgBuffer *out)
{
    static const struct {
        const char *text;
        bool number;
    } heading[] = {{"Comparison", false}, {"Visit", false},     {"Arm", true},
                   {"Reference", true},   {"Unit", false},      {"Difference", false},
                   {"p", true},           {"q", true},          {"n", true},
                   {"Censored, %", true}, {"Imputed, %", true}, {"Rule", false}};
    vg_html_table_heading(out, "Analyte", false);
    for (size_t k = 0; k < sizeof heading / sizeof *heading; k++)
        vg_html_table_heading(out, heading[k].text, heading[k].number);
    vg_buffer_text(out, "</tr></thead><tbody>");
}

static const char *difference(const VgView *view, const VgDataset *d, size_t i)
{
    const char *scale = vg_cell_text(d, "scale", i);
    bool percent = vg_same_text(scale, "percent"), plain = vg_same_text(scale, "difference");
    double low = vg_cell_number(d, "lower", i), high = vg_cell_number(d, "upper", i);
    int decimals = percent ? 0 : plain ? vg_decimals((high - low) / 4) : 2;
    VgBuffer text = {0};
    vg_put_number(&text, vg_cell_number(d, "estimate", i), decimals);
    vg_buffer_text(&text, percent ? " % (" : plain ? " (" : "-fold odds (");
    vg_put_number(&text, low, decimals);
    vg_buffer_text(&text, " to ");
    vg_put_number(&text, high, decimals);
    vg_buffer_text(&text, vg_same_text(scale, "odds of detection")  ? ") of being detected"
                          : vg_same_text(scale, "odds above limit") ? ") of being above the limit"
                                                                    : ")");
    return vg_view_kept(view, &text);
}

static void table_row(VgBuffer *out, const VgView *view, const VgDataset *d, size_t i)
{
    double own = vg_cell_number(d, "mean", i), other = vg_cell_number(d, "mean_reference", i);
    int decimals = vg_decimals(fmax(fabs(own), fabs(other)) / 20);
    vg_buffer_text(out, "<tr>");
    vg_html_text_cell(out, vg_cell_text(d, "label", i), true);
    vg_html_text_cell(out,
                      vg_arena_printf(view->arena, "%s − %s",
                                      vg_view_arm_label(view, vg_cell_text(d, "arm", i)),
                                      vg_view_arm_label(view, vg_cell_text(d, "reference", i))),
                      false);
    vg_html_text_cell(out, vg_view_visit_label(view, vg_cell_text(d, "visit", i)), false);
    vg_html_number_cell(out, own, decimals);
    vg_html_number_cell(out, other, decimals);
    vg_html_text_cell(out, vg_cell_text(d, "unit", i), false);
    vg_html_text_cell(out, difference(view, d, i), false);
    vg_html_p_cell(out, view, vg_cell_number(d, "p", i));
    vg_html_p_cell(out, view, vg_cell_number(d, "q", i));
    vg_html_number_cell(out, vg_cell_number(d, "n", i), 0);
    vg_html_number_cell(out, 100 * vg_cell_number(d, "censored", i), 0);
    vg_html_number_cell(out, 100 * vg_cell_number(d, "imputed", i), 0);
    vg_html_text_cell(out, vg_cell_text(d, "rule", i), false);
    vg_buffer_text(out, "</tr>");
}

static double number_fact(const VgView *view, const char *layer, const char *key)
{
    const VgFact *fact = vg_result_find_fact(view->result, VG_FACTS_FIT, layer, key);
    return fact ? fact->number : 0;
}

/* What the numbers are, in a sentence or two. */
static void explain(VgBuffer *out, const VgView *view, const char *layer)
{
    vg_buffer_printf(out, "<p>%.0f of %.0f comparisons have q of at most %.3g. ",
                     number_fact(view, layer, "n_found"), number_fact(view, layer, "n_tests"),
                     number_fact(view, layer, "fdr"));
    double censored = number_fact(view, layer, "n_censored"),
           imputations = number_fact(view, layer, "imputations");
    if (censored > 0 && imputations > 0)
        vg_buffer_printf(out,
                         "%.0f values beyond the limits of the assay were imputed %.0f times; "
                         "\"Imputed\" is the share of the uncertainty that comes from it. ",
                         censored, imputations);
    else if (censored > 0)
        vg_buffer_printf(out,
                         "%.0f values below the limit were replaced by a rule: a sensitivity "
                         "analysis, which biases means and spreads. ",
                         censored);
    vg_buffer_text(out,
                   "Arm and reference are adjusted means, of concentrations geometric ones. "
                   "\"Censored\" is the largest share beyond the limits in an arm, at baseline "
                   "or that visit. A changed measurement is not by itself a benefit.</p>");
}

void vg_section_measured(VgBuffer *out, const VgView *view, const VgFigures *figures,
                         const char *layer)
{
    const VgDataset *d = response(view);
    size_t n = d ? rows_of(d, layer) : 0;
    const VgDrawn *forest =
        vg_html_find_figure(figures, vg_arena_printf(view->arena, "response-%s", layer));
    const VgDrawn *map =
        vg_html_find_figure(figures, vg_arena_printf(view->arena, "response-map-%s", layer));
    if (!n || !forest)
        return;
    vg_html_figure(out, forest);
    vg_html_details(out, "The numbers behind this figure");
    explain(out, view, layer);
    if (n <= MOST_ROWS) {
        vg_html_table_head(out, "Differences between arms, all visits");
        headings(out);
        for (size_t i = 0; i < d->n_rows; i++)
            if (vg_same_text(vg_cell_text(d, "layer", i), layer))
                table_row(out, view, d, i);
        vg_html_table_foot(out);
    } else {
        vg_buffer_printf(out,
                         "<p>All %zu are in <a href=\"tables/panel_response.csv\">"
                         "tables/panel_response.csv</a>.</p>",
                         n);
    }
    vg_buffer_text(out, "</details>");
    vg_html_figure_end(out);
    if (map) {
        vg_html_figure(out, map);
        vg_html_figure_end(out);
    }
}
