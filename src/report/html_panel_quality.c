/* The panel's quality page: first what somebody must look at, then pictures, then what each number means. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/html_cells.h"

static const VgDataset *dataset(const VgView *view, const char *name)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, name);
    return d && d->n_rows ? d : NULL;
}

void vg_panel_quality_figures(const VgView *view, VgFigures *figures)
{
    const VgDataset *d = dataset(view, "panel_layers");
    vg_figures_keep(view, figures, vg_figure_panel_map(view));
    vg_figures_keep(view, figures, vg_figure_panel_samples(view));
    vg_figures_keep(view, figures, vg_figure_panel_batches(view));
    vg_figures_keep(view, figures, vg_figure_panel_identity(view));
    for (size_t k = 0; d && k < d->n_rows; k++) {
        const char *layer = vg_cell_text(d, "layer", k), *label = vg_cell_text(d, "label", k);
        vg_figures_keep(view, figures, vg_figure_panel_depth(view, layer, label));
        vg_figures_keep(view, figures, vg_figure_panel_contaminants(view, layer, label));
        vg_figures_keep(view, figures, vg_figure_panel_replicates(view, layer, label));
    }
}

/* ---- at a glance ---- */

static void findings(VgBuffer *out, const VgDataset *d, const char *severity, const char *heading,
                     bool warning)
{
    size_t n = 0;
    for (size_t i = 0; i < d->n_rows; i++)
        n += vg_same_text(vg_cell_text(d, "severity", i), severity);
    if (!n)
        return;
    vg_buffer_printf(out, "<div%s><p><strong>%s</strong></p><ul>",
                     warning ? " class=\"warning\"" : "", heading);
    for (size_t i = 0; i < d->n_rows; i++) {
        if (!vg_same_text(vg_cell_text(d, "severity", i), severity))
            continue;
        vg_buffer_text(out, "<li><strong>");
        vg_put_escaped(out, vg_cell_text(d, "label", i));
        vg_buffer_text(out, "</strong>: ");
        vg_put_escaped(out, vg_cell_text(d, "text", i));
        vg_buffer_text(out, "</li>");
    }
    vg_buffer_text(out, "</ul></div>");
}

static void at_a_glance(VgBuffer *out, const VgView *view)
{
    const VgDataset *d = dataset(view, "panel_findings");
    if (!d)
        return;
    vg_buffer_text(out, "<h3>At a glance</h3>");
    findings(out, d, "serious", "Must be looked at before results of these layers are believed",
             true);
    findings(out, d, "look", "Worth a look", false);
    vg_html_details(out, "What was looked at and is as it should be");
    findings(out, d, "fine", "As it should be", false);
    vg_buffer_text(out, "</details>");
}

/* ---- tables ---- */

/* Of a figure with its table: the columns of a dataset that a reader needs. */
typedef struct Column {
    const char *name, *heading;
    int decimals; /* −1 = text; −2 = p */
    double factor;
} Column;

static void table(VgBuffer *out, const VgView *view, const VgDataset *d, const char *caption,
                  const char *layer, const char *only, const Column *column, size_t n)
{
    enum { MOST = 60 };
    size_t shown = 0, all = 0;
    for (size_t i = 0; i < d->n_rows; i++)
        all += (!layer || vg_same_text(vg_cell_text(d, "layer", i), layer)) &&
               (!only || vg_cell_number(d, only, i) > 0);
    if (!all)
        return;
    vg_html_table_head(out, caption);
    for (size_t j = 0; j < n; j++)
        vg_html_table_heading(out, column[j].heading, column[j].decimals != -1);
    vg_buffer_text(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < d->n_rows && shown < MOST; i++) {
        if ((layer && !vg_same_text(vg_cell_text(d, "layer", i), layer)) ||
            (only && !(vg_cell_number(d, only, i) > 0)))
            continue;
        shown++;
        vg_buffer_text(out, "<tr>");
        for (size_t j = 0; j < n; j++) {
            const Column *c = &column[j];
            if (c->decimals == -1) {
                const char *text = vg_cell_text(d, c->name, i);
                if (text && strcmp(c->name, "arm") == 0)
                    text = vg_view_arm_label(view, text);
                if (text && strcmp(c->name, "visit") == 0)
                    text = vg_view_visit_label(view, text);
                vg_html_text_cell(out, text, j == 0);
            } else if (c->decimals == -2)
                vg_html_p_cell(out, view, vg_cell_number(d, c->name, i));
            else
                vg_html_number_cell(out, c->factor * vg_cell_number(d, c->name, i), c->decimals);
        }
        vg_buffer_text(out, "</tr>");
    }
    vg_html_table_foot(out);
    if (shown < all)
        vg_buffer_printf(out, "<p>%zu of %zu rows; all are in the folder <code>tables</code>.</p>",
                         shown, all);
}

#define TABLE(out, view, d, caption, layer, only, ...)                                             \
    table(out, view, d, caption, layer, only, (const Column[]){__VA_ARGS__},                       \
          sizeof((const Column[]){__VA_ARGS__}) / sizeof(Column))

static bool figure(VgBuffer *out, const VgFigures *figures, const char *id)
{
    const VgDrawn *drawn = NULL;
    for (size_t i = 0; id && i < figures->n && !drawn; i++)
        if (strcmp(figures->drawn[i].id, id) == 0)
            drawn = &figures->drawn[i];
    if (drawn)
        vg_html_figure(out, drawn);
    return drawn != NULL;
}

static void means_what(VgBuffer *out, const char *text)
{
    vg_buffer_text(out, "<p>");
    vg_buffer_text(out, text);
    vg_buffer_text(out, "</p>");
}

/* ---- parts ---- */

static void completeness(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    vg_buffer_text(out, "<h3>What is there, and what is missing</h3>");
    means_what(out, "For the rest of this page: an analyte with many values beyond a limit says "
                    "little about means, more about whether it was found; a layer with gaps in one "
                    "arm says little about that arm.");
    if (figure(out, figures, "panel-map")) {
        vg_html_details(out, "Layers, and limits of each analyte");
        vg_html_dataset(out, view, "Layers of the panel", NULL, "panel_layers");
        vg_html_dataset(out, view, "Shares of values missing and beyond limits", NULL,
                        "panel_features");
        vg_buffer_text(out, "</details>");
        vg_html_figure_end(out);
    } else
        vg_html_dataset(out, view, "Layers of the panel", NULL, "panel_layers");
    vg_html_figure_of_dataset(out, view, figures, "panel-samples", NULL, "panel_samples");
}

static void batches(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    const VgDataset *d = dataset(view, "panel_batches");
    if (!d)
        return;
    vg_buffer_text(out, "<h3>Batches</h3>");
    means_what(out,
               "For the rest of this page: where a batch explains a tenth or more, look whether "
               "arms and visits lie evenly over batches before a difference is believed. Values "
               "are corrected only where the study file says so, and then every result of the "
               "layer rests on corrected values.");
    bool drawn = figure(out, figures, "panel-batches");
    if (drawn)
        vg_html_details(out, "The numbers behind this figure");
    TABLE(out, view, d, "What batches explain, percent of the variation within arm and visit", NULL,
          NULL, {"label", "Layer or value", -1, 1}, {"batches", "Batches", 0, 1},
          {"n", "Samples", 0, 1}, {"explained", "Explained, %", 1, 100}, {"lower", "from", 1, 100},
          {"upper", "to", 1, 100}, {"p", "p", -2, 1}, {"q", "q", -2, 1}, {"gvif", "GVIF", 2, 1},
          {"aliased", "Aliased with", -1, 1}, {"how", "How p was had", -1, 1});
    if (drawn) {
        vg_buffer_text(out, "</details>");
        vg_html_figure_end(out);
    }
}

static void identity(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    const VgDataset *d = dataset(view, "panel_identity");
    if (!d || !figure(out, figures, "panel-identity"))
        return;
    vg_html_details(out, "Samples that look like another's");
    TABLE(out, view, d,
          "Listed, never changed. z: how far the sample stands out (above 3.5 is listed); p: its "
          "rank among all samples",
          NULL, "doubtful", {"sample", "Sample", -1, 1}, {"layer", "Layer", -1, 1},
          {"participant", "Participant", -1, 1}, {"arm", "Arm", -1, 1}, {"visit", "Visit", -1, 1},
          {"looks_like", "Looks like participant", -1, 1},
          {"exchange_with", "Exchange with would fit", -1, 1}, {"own", "Distance to own", 2, 1},
          {"other", "to the other", 2, 1}, {"z", "z", 1, 1}, {"p", "p", -2, 1});
    vg_html_estimates(out, view, "Share of samples nearest to their own participant", NULL,
                      "identity");
    means_what(out, "Participants are numbered in the order of the study's table.");
    vg_buffer_text(out, "</details>");
    vg_html_figure_end(out);
}

static void contaminants(VgBuffer *out, const VgView *view, const VgFigures *figures,
                         const char *layer)
{
    const VgDataset *d = dataset(view, "panel_contaminants");
    if (!d)
        return;
    bool drawn = figure(out, figures, vg_arena_printf(view->arena, "contaminants-%s", layer));
    if (drawn)
        vg_html_details(out, "Features that are called contaminants");
    TABLE(out, view, d, "Scores: small is a contaminant", layer, "contaminant",
          {"label", "Feature", -1, 1}, {"method", "Method", -1, 1}, {"score", "Score", 4, 1},
          {"frequency", "by DNA", 4, 1}, {"prevalence", "by controls", 4, 1},
          {"in_samples", "% of samples", 0, 100}, {"in_controls", "% of controls", 0, 100},
          {"share", "% of amounts", 2, 100}, {"removed", "Removed", 0, 1});
    if (drawn) {
        vg_buffer_text(out, "</details>");
        vg_html_figure_end(out);
    }
}

/* `heading`: under the first layer that has any; then false. */
static void replicates(VgBuffer *out, const VgView *view, const VgFigures *figures,
                       const char *layer, bool *heading)
{
    const VgDataset *d = dataset(view, "panel_reliability");
    if (d && *heading &&
        vg_html_find_figure(figures, vg_arena_printf(view->arena, "replicates-%s", layer))) {
        vg_buffer_text(out, "<h3>Do repeats agree?</h3>");
        *heading = false;
    }
    if (!d || !figure(out, figures, vg_arena_printf(view->arena, "replicates-%s", layer)))
        return;
    vg_html_details(out, "The numbers behind this figure");
    TABLE(out, view, d,
          "Reliability. ICC as analysed: of the mean of as many replicates as the samples have. "
          "Least change: the smallest ratio (of "
          "values on the logarithm) or difference of one person that is more than error, 95 %",
          layer, NULL, {"label", "Value", -1, 1}, {"source", "From", -1, 1}, {"n", "n", 0, 1},
          {"k", "Repeats", 1, 1}, {"icc", "ICC", 3, 1}, {"lower", "from", 3, 1},
          {"upper", "to", 3, 1}, {"icc_analysed", "ICC as analysed", 3, 1},
          {"cv", "CV within, %", 1, 100}, {"cv_lower", "from", 1, 100}, {"cv_upper", "to", 1, 100},
          {"mdc_ratio", "Least change, ratio", 2, 1}, {"mdc", "on the scale of analysis", 3, 1},
          {"beyond_limits", "Beyond limits", 0, 1});
    vg_buffer_text(out, "</details>");
    vg_html_figure_end(out);
    means_what(out,
               "For the rest of this page: a value with a low ICC hides real differences, and a "
               "path through it looks weaker than it is. Limits of the interval count, not the "
               "ICC alone.");
}

static void outliers(VgBuffer *out, const VgView *view)
{
    const VgDataset *d = dataset(view, "panel_outliers");
    if (!d)
        return;
    vg_html_details(out, "Values that stand apart (listed, never dropped)");
    TABLE(out, view, d, "More than 3.5 robust standard deviations from their arm and visit", NULL,
          NULL, {"label", "Value", -1, 1}, {"sample", "Sample", -1, 1}, {"arm", "Arm", -1, 1},
          {"visit", "Visit", -1, 1}, {"value", "Measured", 3, 1}, {"unit", "Unit", -1, 1},
          {"z", "z", 1, 1});
    vg_buffer_text(out, "</details>");
}

void vg_section_panel_quality(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    const VgDataset *d = dataset(view, "panel_layers");
    if (!d)
        return;
    at_a_glance(out, view);
    completeness(out, view, figures);
    batches(out, view, figures);
    if (dataset(view, "panel_identity"))
        vg_buffer_text(out, "<h3>Exchanged samples</h3>");
    identity(out, view, figures);
    for (size_t k = 0; k < d->n_rows; k++) {
        const char *layer = vg_cell_text(d, "layer", k);
        if (figure(out, figures, vg_arena_printf(view->arena, "depth-%s", layer))) {
            vg_html_details(out, "Ratios of depth between arms");
            vg_html_estimates(out, view, "Depth, ratio of geometric means", layer, "depth_ratio");
            vg_buffer_text(out, "</details>");
            vg_html_figure_end(out);
        }
        contaminants(out, view, figures, layer);
    }
    bool heading = true;
    for (size_t k = 0; k < d->n_rows; k++)
        replicates(out, view, figures, vg_cell_text(d, "layer", k), &heading);
    outliers(out, view);
}
