/* The section of norms: participants among comparable people. */
#include "base/compare.h"
#include "report/html.h"

static const VgDataset *layers(const VgView *view)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "panel_layers");
    return d && d->n_rows ? d : NULL;
}

void vg_norm_figures(const VgView *view, VgFigures *figures)
{
    const VgDataset *d = layers(view);
    for (size_t k = 0; d && k < d->n_rows; k++)
        vg_figures_keep(
            view, figures,
            vg_figure_norm_curves(view, vg_cell_text(d, "layer", k), vg_cell_text(d, "label", k)));
    if (d)
        vg_figures_keep(view, figures, vg_figure_norm_distances(view));
}

static void one_layer(VgBuffer *out, const VgView *view, const VgFigures *figures,
                      const char *layer, const char *label)
{
    const VgFact *reference =
        vg_result_find_fact(view->result, VG_FACTS_FIT, layer, "norm_reference");
    if (!reference)
        return;
    vg_buffer_text(out, "<h3>");
    vg_put_escaped(out, label);
    vg_buffer_text(out, "</h3><p>Compared with the people of <code>");
    vg_put_escaped(out, reference->text);
    vg_buffer_text(out, "</code>.</p>");
    const char *id = vg_arena_printf(view->arena, "norms-%s", layer);
    const VgDrawn *drawn = id ? vg_html_find_figure(figures, id) : NULL;
    if (drawn) {
        vg_html_figure(out, drawn);
        vg_html_figure_end(out);
    }
    vg_html_details(out, "The numbers behind it");
    vg_html_dataset(out, view, "How the norms were had, and whether they hold for unseen people",
                    layer, "norm_models");
    vg_html_dataset(out, view, "Centiles (share of comparable people with a lower value)", layer,
                    "norm_centiles");
    vg_html_dataset(out, view, "Distance to the nearest comparable people", layer,
                    "norm_neighbours");
    vg_html_dataset(out, view, "Features by which a sample differs most from its neighbours", layer,
                    "norm_contributors");
    vg_html_dataset(
        out, view,
        "Change against measurement error: beyond 1.96 of its standard error it is more "
        "than error",
        layer, "norm_changes");
    vg_buffer_text(out, "</details>");
}

void vg_section_norms(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    const VgDataset *d = layers(view);
    bool any = false;
    for (size_t k = 0; d && k < d->n_rows; k++)
        any |= vg_result_find_fact(view->result, VG_FACTS_FIT, vg_cell_text(d, "layer", k),
                                   "norm_reference") != NULL;
    if (!any)
        return;
    vg_buffer_text(out,
                   "<p>There is no one normal. These are comparisons with one reference set, "
                   "measured alike, among people of the same covariates; where fewer than 30 are "
                   "comparable there is no answer. An unusual value is not a diagnosis, and none "
                   "of this is a reason to stop a treatment.</p>");
    const VgDrawn *distances = vg_html_find_figure(figures, "norms-distances");
    if (distances) {
        vg_html_figure(out, distances);
        vg_html_figure_end(out);
    }
    for (size_t k = 0; k < d->n_rows; k++)
        one_layer(out, view, figures, vg_cell_text(d, "layer", k), vg_cell_text(d, "label", k));
}
