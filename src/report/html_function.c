/* The section about functions: what changed, in sentences and pictures; who carries it; how far others could stand in. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/html.h"

bool vg_is_function_layer(const VgView *view, const char *layer)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "panel_function");
    for (size_t i = 0; d && i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "layer", i), layer))
            return true;
    return false;
}

void vg_function_figures(const VgView *view, VgFigures *figures, const char *layer,
                         const char *label)
{
    vg_figures_keep(view, figures, vg_figure_function_change(view, layer, label));
    vg_figures_keep(view, figures, vg_figure_function_carriers(view, layer, label));
    vg_figures_keep(view, figures, vg_figure_function_redundancy(view, layer, label));
    vg_figures_keep(view, figures, vg_figure_ordination(view, layer, label));
    vg_figures_keep(view, figures, vg_figure_heat(view, layer, label));
}

/* ---- what was found ---- */

static double fdr_of(const VgView *view, const char *layer)
{
    const VgFact *fact = vg_result_find_fact(view->result, VG_FACTS_FIT, layer, "fdr");
    return fact ? fact->number : 0.1;
}

static bool is_change(const VgEstimate *row, const char *layer)
{
    return vg_same_text(row->quantity, "differential") && vg_same_text(row->analysis, layer) &&
           isfinite(row->estimate) && isfinite(row->q);
}

static void say_found(VgBuffer *out, const VgView *view, const char *layer, const VgEstimate *row)
{
    vg_buffer_text(out, "<li>");
    vg_put_escaped(out, vg_view_feature_label(view, layer, row->feature));
    vg_buffer_text(out, ": ");
    vg_put_escaped(out, vg_view_arm_label(view, row->arm));
    vg_buffer_text(out, " against ");
    vg_put_escaped(out, vg_view_arm_label(view, row->reference));
    vg_buffer_text(out, ", ");
    vg_put_escaped(out, vg_view_visit_label(view, row->visit));
    vg_buffer_printf(out, ": %.2f times (%.4g%% interval %.2f to %.2f), q = %.2g</li>",
                     exp2(row->estimate), 100 * view->result->level, exp2(row->lower),
                     exp2(row->upper), row->q);
}

static void findings(VgBuffer *out, const VgView *view, const char *layer)
{
    const VgResult *result = view->result;
    double fdr = fdr_of(view, layer);
    size_t tests = 0, found = 0;
    for (size_t k = 0; k < result->n_estimates; k++) {
        tests += is_change(&result->estimate[k], layer);
        found += is_change(&result->estimate[k], layer) && result->estimate[k].q <= fdr;
    }
    if (!tests)
        return;
    vg_buffer_printf(out,
                     "<p>Of %zu comparisons of functions between arms, %zu %s (false discovery "
                     "rate at most %.3g).%s</p>",
                     tests, found, found == 1 ? "differs" : "differ", fdr,
                     found ? "" : " That is no proof that nothing changed: see the intervals.");
    if (!found)
        return;
    vg_buffer_text(out, "<ul>");
    for (size_t k = 0; k < result->n_estimates; k++)
        if (is_change(&result->estimate[k], layer) && result->estimate[k].q <= fdr)
            say_found(out, view, layer, &result->estimate[k]);
    vg_buffer_text(out, "</ul>");
}

/* Functions that in most samples no taxon has whole, though the community has. */
static void across_taxa(VgBuffer *out, const VgView *view, const char *layer)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "panel_function");
    const char *last = NULL;
    bool any = false;
    for (size_t i = 0; d && i < d->n_rows; i++) {
        const char *feature = vg_cell_text(d, "feature", i);
        if (!vg_same_text(vg_cell_text(d, "layer", i), layer) || vg_same_text(feature, last))
            continue;
        last = feature;
        double with = 0, across = 0;
        for (size_t k = i; k < d->n_rows && vg_same_text(vg_cell_text(d, "feature", k), feature);
             k++) {
            double n = vg_cell_number(d, "n", k) * vg_cell_number(d, "present", k),
                   share = vg_cell_number(d, "only_across_taxa", k);
            with += isfinite(share) ? n : 0;
            across += isfinite(share) ? n * share : 0;
        }
        if (!(across > 0.5 * with))
            continue;
        vg_buffer_text(out, any ? "; "
                                : "<p>In most samples no single taxon has these functions whole; "
                                  "they exist across taxa only: ");
        vg_put_escaped(out, vg_cell_text(d, "label", i));
        any = true;
    }
    if (any)
        vg_buffer_text(out, ".</p>");
}

/* ---- the section ---- */

static const VgDrawn *figure_of(const VgView *view, const VgFigures *figures, const char *kind,
                                const char *layer)
{
    const char *id = vg_arena_printf(view->arena, "%s-%s", kind, layer);
    for (size_t i = 0; id && i < figures->n; i++)
        if (strcmp(figures->drawn[i].id, id) == 0)
            return &figures->drawn[i];
    return NULL;
}

/* A figure, and where its numbers are. */
static bool picture(VgBuffer *out, const VgView *view, const VgFigures *figures, const char *kind,
                    const char *layer, const char *table)
{
    const VgDrawn *drawn = figure_of(view, figures, kind, layer);
    if (!drawn)
        return false;
    vg_html_figure(out, drawn);
    vg_html_details(out, "The numbers behind this figure");
    vg_buffer_printf(out, "<p>They are in <a href=\"tables/%s.csv\">tables/%s.csv</a>.</p>", table,
                     table);
    vg_buffer_text(out, "</details>");
    vg_html_figure_end(out);
    return true;
}

void vg_section_function(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "panel_layers");
    for (size_t k = 0; d && k < d->n_rows; k++) {
        const char *layer = vg_cell_text(d, "layer", k);
        if (!vg_is_function_layer(view, layer))
            continue;
        vg_buffer_text(out, "<h3>");
        vg_put_escaped(out, vg_cell_text(d, "label", k));
        vg_buffer_text(out, "</h3>");
        picture(out, view, figures, "function-change", layer, "estimates");
        findings(out, view, layer);
        picture(out, view, figures, "heat", layer, "estimates");
        picture(out, view, figures, "function-carriers", layer, "panel_contributors");
        across_taxa(out, view, layer);
        picture(out, view, figures, "function-redundancy", layer, "panel_function");
        const VgDrawn *ordination = figure_of(view, figures, "ordination", layer);
        if (ordination) {
            vg_html_figure(out, ordination);
            vg_html_details(out, "Do whole profiles of functions differ between arms?");
            vg_html_estimates(out, view, "PERMANOVA: share of the variation (R2), by distance",
                              layer, "permanova");
            vg_buffer_text(out, "</details>");
            vg_html_figure_end(out);
        }
    }
}
