#include "report/prediction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"

bool vg_is_prediction(const VgViewAnalysis *analysis)
{
    return vg_same_text(analysis->kind, "prediction");
}

/* ---- events ---- */

static VgPredictedEvent *event_of(VgPredictedEvent *event, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (vg_same_text(event[i].name, name))
            return &event[i];
    return NULL;
}

static void add_model(VgPredictedEvent *event, const char *model)
{
    for (size_t i = 0; i < event->n_models; i++)
        if (vg_same_text(event->model[i], model))
            return;
    if (event->n_models < VG_PREDICTED_MODELS)
        event->model[event->n_models++] = model;
}

/* Every event has an ROC curve of every model on every set; the largest set comes last. */
size_t vg_predicted_events(const VgView *view, const VgViewAnalysis *analysis,
                           VgPredictedEvent **event)
{
    const VgDataset *d = vg_is_prediction(analysis)
                             ? vg_result_find_dataset(view->result, analysis->id, "roc_curve")
                             : NULL;
    size_t n = 0;
    *event = d ? VG_NEW(view->arena, VgPredictedEvent, d->n_rows) : NULL;
    for (size_t i = 0; *event && i < d->n_rows; i++) {
        const char *name = vg_cell_text(d, "event", i);
        VgPredictedEvent *one = event_of(*event, n, name);
        if (!one) {
            one = &(*event)[n];
            *one = (VgPredictedEvent){.analysis = analysis, .name = name, .number = n};
            n++;
        }
        add_model(one, vg_cell_text(d, "model", i));
        one->all = vg_cell_text(d, "layers", i);
    }
    return n;
}

bool vg_predicted_row(const VgDataset *dataset, size_t row, const VgPredictedEvent *event,
                      const char *model, const char *layers)
{
    return vg_same_text(vg_cell_text(dataset, "event", row), event->name) &&
           (!model || vg_same_text(vg_cell_text(dataset, "model", row), model)) &&
           (!layers || vg_same_text(vg_cell_text(dataset, "layers", row), layers));
}

/* Outcomes are called "response of hamd17 at w8". */
static bool of_event(const VgEstimate *row, const VgPredictedEvent *event, const char *quantity,
                     const char *model)
{
    size_t length = event->name ? strlen(event->name) : 0;
    return vg_same_text(row->analysis, event->analysis->id) &&
           vg_same_text(row->quantity, quantity) && !row->arm && row->outcome &&
           strncmp(row->outcome, event->name, length) == 0 &&
           (row->outcome[length] == ' ' || row->outcome[length] == '\0') &&
           (!model || vg_same_text(row->term, model));
}

const VgEstimate *vg_predicted_estimate(const VgView *view, const VgPredictedEvent *event,
                                        const char *quantity, const char *model, const char *layers)
{
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *row = &view->result->estimate[i];
        if (of_event(row, event, quantity, model) &&
            (!layers || vg_same_text(row->stratum, layers)))
            return row;
    }
    return NULL;
}

const VgEstimate *vg_predicted_gain(const VgView *view, const VgPredictedEvent *event,
                                    const char *quantity, const char *model, size_t k)
{
    for (size_t i = 0; i < view->result->n_estimates; i++)
        if (of_event(&view->result->estimate[i], event, quantity, model) && k-- == 0)
            return &view->result->estimate[i];
    return NULL;
}

const char *vg_predicted_id(const VgView *view, const VgViewAnalysis *analysis,
                            const VgPredictedEvent *event, const char *kind)
{
    return event ? vg_arena_printf(view->arena, "prediction-%s-%s-%zu", kind, analysis->id,
                                   event->number + 1)
                 : vg_arena_printf(view->arena, "prediction-%s-%s", kind, analysis->id);
}

/* ---- people ---- */

static int by_predicted(const void *a, const void *b)
{
    const VgIntervalPerson *p = a, *q = b;
    return p->predicted < q->predicted ? -1 : p->predicted > q->predicted;
}

size_t vg_interval_people(const VgView *view, const VgViewAnalysis *analysis, const char *arm,
                          bool difference, VgIntervalPerson **person)
{
    const VgDataset *d = vg_result_find_dataset(
        view->result, analysis->id, difference ? "individual_difference" : "individual_interval");
    size_t n = 0;
    *person = d ? VG_NEW(view->arena, VgIntervalPerson, d->n_rows) : NULL;
    for (size_t i = 0; *person && i < d->n_rows; i++) {
        double predicted = vg_cell_number(d, "predicted", i);
        double lower = vg_cell_number(d, "lower", i), upper = vg_cell_number(d, "upper", i);
        if (!vg_same_text(vg_cell_text(d, "arm", i), arm) || !isfinite(predicted))
            continue;
        (*person)[n++] = (VgIntervalPerson){vg_cell_text(d, "participant", i), predicted,
                                            isfinite(lower) ? lower : -(double)INFINITY,
                                            isfinite(upper) ? upper : (double)INFINITY,
                                            vg_cell_number(d, "observed", i)};
    }
    if (n)
        qsort(*person, n, sizeof **person, by_predicted);
    return n;
}

const VgViewOutcome *vg_predicted_outcome(const VgView *view, const VgViewAnalysis *analysis)
{
    return analysis->outcome ? vg_view_outcome(view, analysis->outcome) : NULL;
}
