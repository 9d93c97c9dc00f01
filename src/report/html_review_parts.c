/* What the sections of a review's page are put together from: figures with what stands behind them, lists. */
#include <string.h>

#include "base/compare.h"
#include "report/html_review.h"

/* Datasets keep the logarithms that were pooled; a reader of ratios is told. */
static void tell_scale(VgBuffer *out, const VgView *view, const VgViewAnalysis *a, const char *name)
{
    const VgFact *back = vg_result_find_fact(view->result, VG_FACTS_FIT, a->id, "back_transform");
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, name);
    if (d && back && vg_same_text(back->text, "exp") && vg_dataset_column(d, "estimate"))
        vg_buffer_text(out, "<p>Estimates in this table are logarithms of the ratios in the "
                            "figure.</p>");
}

static bool is_of(const VgDrawn *drawn, const VgViewAnalysis *a, const char *kind)
{
    size_t length = strlen(kind);
    return strncmp(drawn->id, kind, length) == 0 &&
           (drawn->id[length] == '-' || drawn->id[length] == '\0') &&
           (!a || vg_same_text(drawn->plot->about, a->id));
}

const VgDrawn *vg_review_drawn(const VgFigures *figures, const VgViewAnalysis *a, const char *kind)
{
    for (size_t i = 0; i < figures->n; i++)
        if (is_of(&figures->drawn[i], a, kind))
            return &figures->drawn[i];
    return NULL;
}

bool vg_review_show(VgBuffer *out, const VgView *view, const VgFigures *figures,
                    const VgViewAnalysis *a, const char *kind, VgBehind behind)
{
    size_t part = 0;
    for (size_t i = 0; i < figures->n; i++) {
        const VgDrawn *drawn = &figures->drawn[i];
        if (!is_of(drawn, a, kind))
            continue;
        vg_html_figure(out, drawn);
        vg_html_details(out, "The numbers behind this figure");
        if (part++)
            vg_buffer_text(out, "<p>They stand behind the first part of this figure.</p>");
        for (size_t k = 0; part == 1 && k < 4 && behind.quantity[k]; k++)
            vg_html_estimates(out, view, drawn->title, a ? a->id : NULL, behind.quantity[k]);
        for (size_t k = 0; part == 1 && a && k < 3 && behind.dataset[k]; k++)
            tell_scale(out, view, a, behind.dataset[k]);
        for (size_t k = 0; part == 1 && k < 3 && behind.dataset[k]; k++)
            vg_html_dataset(out, view, drawn->title, a ? a->id : NULL, behind.dataset[k]);
        vg_buffer_text(out, "</details>");
        vg_html_figure_end(out);
    }
    return part > 0;
}

void vg_review_by_analysis(VgBuffer *out, const VgView *view, const VgFigures *figures,
                           VgReviewWriter write)
{
    for (size_t i = 0; i < view->n_analyses; i++) {
        VgBuffer body = {0};
        write(&body, view, figures, &view->analysis[i]);
        if (body.length && view->n_analyses > 1) {
            vg_buffer_text(out, "<h3>");
            vg_put_escaped(out, view->analysis[i].label ? view->analysis[i].label : "");
            vg_buffer_text(out, "</h3>");
        }
        if (body.length)
            vg_buffer_append(out, body.text, body.length);
        out->failed = out->failed || body.failed;
        vg_buffer_free(&body);
    }
}

void vg_review_item(VgBuffer *out, const char *name, const char *text)
{
    if (!text || !*text)
        return;
    vg_buffer_text(out, "<dt>");
    vg_put_escaped(out, name);
    vg_buffer_text(out, "</dt><dd>");
    vg_put_escaped(out, text);
    vg_buffer_text(out, "</dd>");
}

void vg_review_link(VgBuffer *out, const VgDrawn *drawn)
{
    vg_buffer_printf(out, "<p>Shown in the answer: <a href=\"#figure-%s\">", drawn->id);
    vg_put_escaped(out, drawn->title);
    vg_buffer_text(out, "</a>.</p>");
}
