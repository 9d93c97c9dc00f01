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

/* How many people there are to compare with where they are few; visits of one reason together. */
static void people(VgBuffer *out, const VgView *view, const char *layer)
{
    const VgDataset *d = vg_result_find_dataset(view->result, layer, "norm_people");
    for (size_t i = 0, next; d && i < d->n_rows; i = next) {
        const char *note = vg_cell_text(d, "note", i);
        vg_buffer_text(out, note ? "<p>" : "");
        for (next = i; next < d->n_rows && vg_same_text(vg_cell_text(d, "note", next), note);
             next++) {
            const char *visit = vg_cell_text(d, "visit", next);
            if (!note)
                continue;
            vg_buffer_printf(out, "%s%.0f", next > i ? ", " : "", vg_cell_number(d, "n", next));
            vg_buffer_text(out, next > i ? "" : " reference people");
            vg_buffer_text(out, visit ? " at " : "");
            vg_put_escaped(out, visit ? vg_view_visit_label(view, visit) : "");
        }
        if (note) {
            vg_buffer_text(out, ": ");
            vg_put_escaped(out, note);
            vg_buffer_text(out, ".</p>");
        }
    }
}

static bool has_numbers(const VgView *view, const char *layer)
{
    return vg_result_find_dataset(view->result, layer, "norm_models") ||
           vg_result_find_dataset(view->result, layer, "norm_neighbours");
}

/* What parts the samples that are far from everybody from their neighbours. */
static void far_by_what(VgBuffer *out, const VgView *view, const char *layer)
{
    const VgDataset *d = vg_result_find_dataset(view->result, layer, "norm_far");
    const char *last = NULL;
    for (size_t i = 0; d && i < d->n_rows; i++) {
        const char *visit = vg_cell_text(d, "visit", i);
        if (i == 0 || !vg_same_text(visit, last)) {
            vg_buffer_text(out, i ? ".</p><p>" : "<p>");
            vg_buffer_printf(out, "%.0f of %.0f samples%s", vg_cell_number(d, "far", i),
                             vg_cell_number(d, "samples", i), visit ? " at " : "");
            vg_put_escaped(out, visit ? vg_view_visit_label(view, visit) : "");
            vg_buffer_text(out,
                           " lie farther from their neighbours than 95 of 100 comparable people "
                           "do (about 1 of 20 does so by chance). What parts them most, as a "
                           "share of the squared distance: ");
        } else
            vg_buffer_text(out, "; ");
        last = visit;
        vg_put_escaped(out, vg_cell_text(d, "feature", i));
        vg_buffer_printf(out, " %.0f %% (more in %.0f, less in %.0f)",
                         100 * vg_cell_number(d, "mean_share", i), vg_cell_number(d, "more", i),
                         vg_cell_number(d, "less", i));
    }
    if (last || (d && d->n_rows))
        vg_buffer_text(out, ".</p>");
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
    people(out, view, layer);
    far_by_what(out, view, layer);
    const char *id = vg_arena_printf(view->arena, "norms-%s", layer);
    const VgDrawn *drawn = id ? vg_html_find_figure(figures, id) : NULL;
    if (drawn) {
        vg_html_figure(out, drawn);
        vg_html_figure_end(out);
    }
    if (!has_numbers(view, layer))
        return;
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
