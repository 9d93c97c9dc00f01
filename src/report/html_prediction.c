/* The section on prediction: what layers add, whether it is usable, then the pictures; last, single people. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/html.h"
#include "report/prediction.h"

void vg_prediction_figures(const VgView *view, VgFigures *figures)
{
    for (size_t i = 0; i < view->n_analyses; i++) {
        const VgViewAnalysis *a = &view->analysis[i];
        VgPredictedEvent *event;
        size_t n = vg_predicted_events(view, a, &event);
        for (size_t k = 0; k < n; k++) {
            vg_figures_keep(view, figures, vg_figure_prediction_gain(view, &event[k]));
            vg_figures_keep(view, figures, vg_figure_prediction_calibration(view, &event[k]));
            vg_figures_keep(view, figures, vg_figure_prediction_decision(view, &event[k]));
            vg_figures_keep(view, figures, vg_figure_prediction_roc(view, &event[k]));
            vg_figures_keep(view, figures, vg_figure_prediction_people(view, &event[k]));
        }
        if (!vg_is_prediction(a))
            continue;
        vg_figures_keep(view, figures, vg_figure_individual_outcomes(view, a));
        vg_figures_keep(view, figures, vg_figure_individual_differences(view, a));
    }
}

/* ---- words ---- */

static const char *number(const VgView *view, double value, int decimals)
{
    VgBuffer text = {0};
    vg_put_number(&text, value, decimals);
    return vg_view_kept(view, &text);
}

/* Sentences of one event name it where there are several. */
static bool is_of(const char *text, const VgPredictedEvent *event, size_t n, size_t which)
{
    bool names_any = false;
    for (size_t k = 0; k < n; k++)
        names_any = names_any || strstr(text, event[k].name);
    return n == 0 || (which < n ? strstr(text, event[which].name) != NULL : !names_any);
}

/* Sentences about something, each in its own element: those of event `which`, or (n) those that name none; n = 0: all. */
static void sentences(VgBuffer *out, const VgView *view, const VgViewAnalysis *a, const char *about,
                      const char *tag, const VgPredictedEvent *event, size_t n, size_t which)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "sentences");
    for (size_t i = 0; d && i < d->n_rows; i++) {
        const char *text = vg_cell_text(d, "text", i);
        if (!vg_same_text(vg_cell_text(d, "about", i), about) || !text ||
            !is_of(text, event, n, which))
            continue;
        vg_buffer_printf(out, "<%s>", tag);
        vg_put_escaped(out, text);
        vg_buffer_printf(out, "</%s>", tag);
    }
}

/* A gain whose interval lies above nought, also after adjustment for all layers looked at, where there is one. */
static bool holds_up(const VgView *view, const VgEstimate *row)
{
    return row->lower > 0 && !(row->q > 1 - view->result->level);
}

/* The headline: which layers a model gains by, and from where to where all gains lie. */
static void headline(VgBuffer *out, const VgView *view, const VgPredictedEvent *e,
                     const char *model, const char *class)
{
    const char *helps = "";
    double low = INFINITY, high = -INFINITY;
    size_t n = 0, n_helps = 0;
    for (const VgEstimate *row;
         (row = vg_predicted_gain(view, e, "layer_gain_auc", model, n)) != NULL; n++) {
        low = fmin(low, isfinite(row->lower) ? row->lower : row->estimate);
        high = fmax(high, isfinite(row->upper) ? row->upper : row->estimate);
        if (!holds_up(view, row))
            continue;
        helps =
            vg_arena_printf(view->arena, "%s%s%s by %s", helps, n_helps ? "; " : "",
                            vg_view_words(view, row->stratum), vg_interval_text(view, row, 1, 3));
        n_helps++;
    }
    if (n == 0)
        return;
    const VgSlot slots[] = {{"event", e->name},
                            {"model", model},
                            {"layers", helps},
                            {"low", number(view, low, 2)},
                            {"high", number(view, high, 2)},
                            {"level", number(view, 100 * view->result->level, 0)}};
    const char *key = n_helps == 0  ? "prediction.gain.none"
                      : n_helps < n ? "prediction.gain.some"
                                    : "prediction.gain.all";
    vg_html_say(out, "p", class, key, slots, sizeof slots / sizeof *slots);
}

/* Of a prediction that is no better than a coin no threshold is praised. */
static bool told_useless(const VgView *view, const VgPredictedEvent *e)
{
    const char *key = vg_arena_printf(view->arena, "usable_%s", e->name);
    const VgFact *fact =
        key ? vg_result_find_fact(view->result, VG_FACTS_FIT, e->analysis->id, key) : NULL;
    return fact && fact->kind == VG_FACT_BOOL && fact->number == 0;
}

/* Where the model is worth most beside the better of treating everybody and nobody. */
static void best_threshold(VgBuffer *out, const VgView *view, const VgPredictedEvent *e,
                           const char *model)
{
    const VgDataset *d = vg_result_find_dataset(view->result, e->analysis->id, "decision_curve");
    double best = -INFINITY, at = NAN;
    for (size_t i = 0; d && i < d->n_rows; i++) {
        double gain =
            vg_cell_number(d, "net_benefit", i) - fmax(vg_cell_number(d, "treat_all", i), 0);
        if (vg_predicted_row(d, i, e, model, e->all) && gain > best) {
            best = gain;
            at = vg_cell_number(d, "threshold", i);
        }
    }
    if (!isfinite(at))
        return;
    const VgSlot slots[] = {{"model", model},
                            {"event", e->name},
                            {"gain", number(view, 100 * best, 1)},
                            {"at", number(view, 100 * at, 0)}};
    vg_html_say(out, "p", NULL,
                best > 0.0005 ? "prediction.decision.best" : "prediction.decision.never", slots, 4);
}

/* ---- pictures ---- */

typedef struct Behind {
    const char *caption, *name;
    bool estimates;
} Behind;

/* A figure with its tables: estimates of a quantity, or what of a dataset is of this event and set. */
static void picture(VgBuffer *out, const VgView *view, const VgFigures *figures,
                    const VgViewAnalysis *a, const VgPredictedEvent *e, const char *kind,
                    const Behind *table, size_t n)
{
    const VgDrawn *drawn = vg_html_figure_named(view, figures, vg_predicted_id(view, a, e, kind));
    if (!drawn)
        return;
    vg_html_figure(out, drawn);
    vg_html_details(out, "The numbers behind this figure");
    for (size_t i = 0; i < n; i++) {
        const VgHtmlOnly only[] = {{"event", e ? e->name : NULL}, {"layers", e ? e->all : NULL}};
        if (table[i].estimates)
            vg_html_estimates(out, view, table[i].caption, a->id, table[i].name);
        else
            vg_html_dataset_only(out, view, table[i].caption, a->id, table[i].name, only,
                                 e ? 2 : 0);
    }
    vg_buffer_text(out, "</details>");
    vg_html_figure_end(out);
}

#define PICTURE(event, kind, ...)                                                                  \
    picture(out, view, figures, a, event, kind, (const Behind[]){__VA_ARGS__},                     \
            sizeof((const Behind[]){__VA_ARGS__}) / sizeof(Behind))

/* What the words say of one event, in a list that can be unfolded. */
static void layer_sentences(VgBuffer *out, const VgView *view, const VgPredictedEvent *event,
                            size_t n, size_t which)
{
    VgBuffer list = {0};
    sentences(&list, view, event->analysis, "layers", "li", event, n, which);
    if (list.length) {
        vg_html_details(out, "Every layer in a sentence");
        vg_buffer_printf(out, "<ul>%s</ul></details>", list.text);
    }
    out->failed = out->failed || list.failed;
    vg_buffer_free(&list);
}

/* Event `which` of n: what layers add, whether it can be used, then why. */
static void one_event(VgBuffer *out, const VgView *view, const VgFigures *figures,
                      const VgPredictedEvent *event, size_t n, size_t which)
{
    const VgPredictedEvent *e = &event[which];
    const VgViewAnalysis *a = e->analysis;
    const VgSlot slots[] = {{"event", e->name}};
    if (n > 1)
        vg_html_say(out, "h4", NULL, "prediction.event", slots, 1);
    for (size_t m = 1; m < e->n_models; m++)
        headline(out, view, e, e->model[m], NULL);
    PICTURE(e, "gain", {"Gain of each layer", "layer_gain", false});
    layer_sentences(out, view, event, n, which);
    vg_html_say(out, "h4", NULL, "prediction.usable", NULL, 0);
    sentences(out, view, a, "prediction", "p", event, n, which);
    PICTURE(e, "calibration", {"Calibration curve", "calibration_curve", false});
    if (vg_html_figure_named(view, figures, vg_predicted_id(view, a, e, "decision"))) {
        vg_html_say(out, "p", NULL, "prediction.decision.what", slots, 1);
        for (size_t m = 0; m < e->n_models && !told_useless(view, e); m++)
            best_threshold(out, view, e, e->model[m]);
    }
    PICTURE(e, "decision", {"Net benefit per person", "decision_curve", false});
    PICTURE(e, "roc", {"ROC curve", "roc_curve", false});
    PICTURE(e, "people", {"Probabilities under each arm", "predicted_probability", false});
}

static void intervals(VgBuffer *out, const VgView *view, const VgFigures *figures,
                      const VgViewAnalysis *a)
{
    if (!vg_result_find_dataset(view->result, a->id, "individual_interval"))
        return;
    vg_html_say(out, "h4", NULL, "prediction.intervals", NULL, 0);
    sentences(out, view, a, "intervals", "p", NULL, 0, 0);
    PICTURE(NULL, "intervals", {"Width of intervals, by arm", "conformal_width", true},
            {"Share of people inside", "conformal_coverage", true},
            {"Interval of each person", "individual_interval", false});
    PICTURE(NULL, "differences", {"Difference of each person", "individual_difference", false});
}

static void tables(VgBuffer *out, const VgView *view, const VgViewAnalysis *a)
{
    static const char *const QUANTITY[][2] = {
        {"Area under the ROC curve", "prediction_auc"},
        {"The same of pooled predictions", "prediction_auc_pooled"},
        {"Squared error of the probability (Brier score)", "prediction_brier"},
        {"Squared error saved against giving everybody the same probability", "brier_skill"},
        {"Calibration: slope", "calibration_slope"},
        {"Calibration in the large", "calibration_in_the_large"},
        {"Optimism: in the people it was made from, less in others", "optimism"}};
    VgBuffer body = {0};
    for (size_t i = 0; i < sizeof QUANTITY / sizeof *QUANTITY; i++)
        vg_html_estimates(&body, view, QUANTITY[i][0], a->id, QUANTITY[i][1]);
    vg_html_facts(&body, view, "Fit", a->id);
    if (body.length) {
        vg_html_details(out, "How good each model is, in numbers");
        vg_buffer_append(out, body.text, body.length);
        vg_buffer_text(out, "</details>");
    }
    out->failed = out->failed || body.failed;
    vg_buffer_free(&body);
}

static void one_analysis(VgBuffer *out, const VgView *view, const VgFigures *figures,
                         const VgViewAnalysis *a)
{
    VgPredictedEvent *event;
    size_t n = vg_predicted_events(view, a, &event);
    vg_buffer_text(out, "<h3>");
    vg_put_escaped(out, a->label);
    vg_buffer_text(out, "</h3>");
    if (a->failed) {
        vg_buffer_text(out, "<p class=\"warning\"><strong>No answer:</strong> ");
        vg_put_escaped(out, a->failed);
        vg_buffer_text(out, "</p>");
    }
    for (size_t k = 0; k < n; k++)
        headline(out, view, &event[k], event[k].model[0], "lead");
    if (n > 1)
        sentences(out, view, a, "prediction", "p", event, n, n);
    for (size_t k = 0; k < n; k++)
        one_event(out, view, figures, event, n, k);
    intervals(out, view, figures, a);
    tables(out, view, a);
}

void vg_section_prediction(VgBuffer *out, const VgView *view, const VgFigures *figures)
{
    bool any = false;
    for (size_t i = 0; i < view->n_analyses; i++) {
        if (!vg_is_prediction(&view->analysis[i]))
            continue;
        if (!any)
            vg_html_say(out, "p", NULL, "prediction.what", NULL, 0);
        any = true;
        one_analysis(out, view, figures, &view->analysis[i]);
    }
}
