/* The panel's sections about results: what changed in each layer. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/html.h"

static const VgDataset *layers(const VgView *view)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "panel_layers");
    return d && d->n_rows ? d : NULL;
}

void vg_panel_figures(const VgView *view, VgFigures *figures)
{
    const VgDataset *d = layers(view);
    for (size_t k = 0; d && k < d->n_rows; k++) {
        const char *layer = vg_cell_text(d, "layer", k), *label = vg_cell_text(d, "label", k);
        if (vg_is_function_layer(view, layer)) {
            vg_function_figures(view, figures, layer, label);
            continue;
        }
        vg_figures_keep(view, figures, vg_figure_panel_diversity(view, layer, label));
        vg_figures_keep(view, figures, vg_figure_ordination(view, layer, label));
        vg_figures_keep(view, figures, vg_figure_volcano(view, layer, label, false));
        vg_figures_keep(view, figures, vg_figure_volcano(view, layer, label, true));
        vg_figures_keep(view, figures, vg_figure_heat(view, layer, label));
        vg_measured_figures(view, figures, layer, label);
        vg_figures_keep(view, figures, vg_figure_panel_means(view, layer, label));
    }
    if (!d)
        return;
    vg_panel_quality_figures(view, figures);
}

static const VgDrawn *figure_of(const VgView *view, const VgFigures *figures, const char *kind,
                                const char *layer)
{
    const char *id = vg_arena_printf(view->arena, "%s-%s", kind, layer);
    for (size_t i = 0; id && i < figures->n; i++)
        if (strcmp(figures->drawn[i].id, id) == 0)
            return &figures->drawn[i];
    return NULL;
}

static void diversity(VgBuffer *out, const VgView *view, const VgFigures *figures,
                      const char *layer)
{
    const VgDrawn *drawn = figure_of(view, figures, "diversity", layer);
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "panel_outcomes");
    if (!drawn || !d)
        return;
    vg_html_figure(out, drawn);
    vg_html_details(out, "The numbers behind this figure");
    for (size_t i = 0; i < d->n_rows; i++) {
        const char *outcome = vg_cell_text(d, "outcome", i);
        if (!vg_same_text(vg_cell_text(d, "layer", i), layer))
            continue;
        vg_html_estimates(out, view,
                          vg_arena_printf(view->arena, "%s: differences between arms by visit",
                                          vg_cell_text(d, "title", i)),
                          outcome, "contrast");
        vg_html_estimates(
            out, view,
            vg_arena_printf(view->arena, "%s: adjusted means", vg_cell_text(d, "title", i)),
            outcome, "lsmean");
    }
    vg_buffer_text(out, "</details>");
    vg_html_figure_end(out);
}

static void communities(VgBuffer *out, const VgView *view, const VgFigures *figures,
                        const char *layer)
{
    const VgDrawn *drawn = figure_of(view, figures, "ordination", layer);
    if (!drawn)
        return;
    vg_html_figure(out, drawn);
    vg_html_details(out, "Do communities differ between arms?");
    vg_html_estimates(out, view, "PERMANOVA: share of the variation (R2), by distance", layer,
                      "permanova");
    vg_html_estimates(out, view, "Is the spread the same? (PERMDISP)", layer, "dispersion");
    vg_html_estimates(out, view, "Mean distance to the arm's centre", layer,
                      "mean_distance_to_centre");
    vg_buffer_text(out, "</details>");
    vg_html_figure_end(out);
}

/* A figure of differential response; all that is behind it is too long for the page. */
static void response_figure(VgBuffer *out, const VgDrawn *drawn)
{
    if (!drawn)
        return;
    vg_html_figure(out, drawn);
    vg_html_details(out, "The numbers behind this figure");
    vg_buffer_text(out, "<p>All features and comparisons are in "
                        "<a href=\"tables/estimates.csv\">tables/estimates.csv</a>, quantity "
                        "<code>differential</code>.</p></details>");
    vg_html_figure_end(out);
}

/* The visit of the question in sight, the others folded. */
static void features(VgBuffer *out, const VgView *view, const VgFigures *figures, const char *layer)
{
    const VgDrawn *others = figure_of(view, figures, "volcano-others", layer);
    response_figure(out, figure_of(view, figures, "heat", layer));
    response_figure(out, figure_of(view, figures, "volcano", layer));
    if (!others)
        return;
    vg_html_details(out, "Which features changed at other visits");
    response_figure(out, others);
    vg_buffer_text(out, "</details>");
}

/* "Computed from …: name = formula; …" under the heading of a computed layer. */
static void derived(VgBuffer *out, const VgView *view, const char *layer)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "panel_derived");
    bool first = true;
    for (size_t k = 0; d && k < d->n_rows; k++) {
        if (!vg_same_text(vg_cell_text(d, "layer", k), layer))
            continue;
        if (first) {
            vg_buffer_text(out, "<p>Computed from the layer ");
            vg_put_escaped(out, vg_cell_text(d, "parent", k));
            vg_buffer_text(out, ":</p><ul>");
        }
        first = false;
        vg_buffer_text(out, "<li>");
        vg_put_escaped(out, vg_cell_text(d, "label", k));
        vg_buffer_text(out, " = ");
        vg_put_escaped(out, vg_cell_text(d, "formula", k));
        const char *unit = vg_cell_text(d, "unit", k), *source = vg_cell_text(d, "source", k);
        if (unit && strcmp(unit, "1") != 0) {
            vg_buffer_text(out, ", in ");
            vg_put_escaped(out, unit);
        }
        if (source) {
            vg_buffer_text(out, " (");
            vg_put_escaped(out, source);
            vg_buffer_text(out, ")");
        }
        vg_buffer_text(out, "</li>");
    }
    if (!first)
        vg_buffer_text(out, "</ul>");
}

void vg_section_panel(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    const VgDataset *d = layers(view);
    for (size_t k = 0; d && k < d->n_rows; k++) {
        const char *layer = vg_cell_text(d, "layer", k), *label = vg_cell_text(d, "label", k);
        const VgDrawn *means = figure_of(view, figures, "means", layer);
        if (vg_is_function_layer(view, layer)) /* a section of its own */
            continue;
        if (!means && !figure_of(view, figures, "diversity", layer) &&
            !figure_of(view, figures, "ordination", layer))
            continue;
        vg_buffer_text(out, "<h3>");
        vg_put_escaped(out, label);
        vg_buffer_text(out, "</h3>");
        derived(out, view, layer);
        diversity(out, view, figures, layer);
        communities(out, view, figures, layer);
        features(out, view, figures, layer);
        vg_section_measured(out, view, figures, layer);
        bool folded = means && figure_of(view, figures, "response", layer);
        if (folded) /* the forest above has said it for the visit of the question */
            vg_html_details(out, "Means by arm at every visit");
        if (means) {
            vg_html_figure(out, means);
            vg_html_details(out, "The numbers behind this figure");
            vg_buffer_text(out, "<p>All means are in <a href=\"tables/panel_means.csv\">"
                                "tables/panel_means.csv</a>.</p></details>");
            vg_html_figure_end(out);
        }
        vg_buffer_text(out, folded ? "</details>" : "");
    }
}
