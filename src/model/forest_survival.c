/* Survival forests: the curve at a point is the Kaplan–Meier estimate of the training rows by the forest's weights, or, where it must stay
 * above nought, exp(−Nelson–Aalen). The splits: forest_label.c. */
#include "model/forest_internal.h"

#include <math.h>

#include "model/forest_begin.h"

enum { USUAL_NODE_SIZE = 15 };

static VgStatus check(const VgForestData *data, const bool *event, const double *times,
                      size_t n_times, VgError *error)
{
    size_t events = 0;
    for (size_t i = 0; i < data->x.rows; i++) {
        if (data->outcome[i] < 0)
            return vg_fail(error, VG_INVALID_INPUT, "the time of row %zu is %g",
                           "times count from 0", i + 1, data->outcome[i]);
        events += event[i] ? 1 : 0;
    }
    if (events == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no event was seen in %zu rows",
                       "survival without events needs no model", data->x.rows);
    if (n_times == 0)
        return vg_fail(error, VG_INVALID_INPUT, "no times to answer at", "give some");
    for (size_t t = 0; t < n_times; t++)
        if (!(times[t] >= 0) || isinf(times[t]) || (t && !(times[t] > times[t - 1])))
            return vg_fail(error, VG_INVALID_INPUT, "time %zu is %g", "give increasing times",
                           t + 1, times[t]);
    return VG_OK;
}

/* Numbers of the distinct times, in order. */
static VgStatus place_times(VgArena *arena, const bool *event, VgRandomForest *forest,
                            ForestPlan *plan, VgError *error)
{
    size_t n = forest->rows;
    uint32_t *place = VG_NEW(arena, uint32_t, n), last = 0;
    forest->event = VG_NEW(arena, uint8_t, n);
    if (!place || !forest->event)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        size_t row = forest->outcome_order[i];
        if (i && forest->outcome[row] > forest->outcome[forest->outcome_order[i - 1]])
            last++;
        place[row] = last;
        forest->event[row] = event[row];
    }
    plan->time_place = place;
    plan->event = forest->event;
    return VG_OK;
}

VgStatus vg_forest_curves(VgArena *arena, const VgForestData *data, const bool *event,
                          const double *times, size_t n_times, const VgForestOptions *given,
                          const ForestCodes *codes, VgRandomForest **forest, VgError *error)
{
    VgForestOptions options = given ? *given : (VgForestOptions){0};
    options.keep_members = true;
    options.group_size = options.group_size ? options.group_size : 1;
    options.min_node_size = options.min_node_size ? options.min_node_size : USUAL_NODE_SIZE;
    ForestPlan plan;
    VG_TRY(vg_forest_check(data, error));
    VG_TRY(check(data, event, times, n_times, error));
    VG_TRY(vg_forest_begin(arena, VG_FOREST_SURVIVAL, data, &options, codes, &plan, forest, error));
    VG_TRY(vg_forest_keep_outcome(arena, data, times, n_times, *forest, error));
    VG_TRY(place_times(arena, event, *forest, &plan, error));
    const double *weight = plan.weight; /* of the answers, not of the splits */
    plan.weight = NULL;
    VG_TRY(vg_forest_complete(arena, &plan, n_times, *forest, error));
    (*forest)->weight = weight;
    return VG_OK;
}

VgStatus vg_forest_survival(VgArena *arena, const VgForestData *data, const bool *event,
                            const double *times, size_t n_times, const VgForestOptions *options,
                            VgRandomForest **forest, VgError *error)
{
    return vg_forest_curves(arena, data, event, times, n_times, options, NULL, forest, error);
}

/* Events of a time come before rows censored then. */
void vg_forest_read_survival(const VgRandomForest *forest, const double *weight, double *out)
{
    double at_risk = 0.0, survival = 1.0;
    size_t n = forest->rows, next = 0;
    for (size_t i = 0; i < n; i++)
        at_risk += weight[i];
    for (; isnan(at_risk) && next < forest->n_outputs; next++)
        out[next] = NAN; /* no tree reaches the point */
    for (size_t i = 0; i < n && next < forest->n_outputs;) {
        double time = forest->outcome[forest->outcome_order[i]], events = 0.0, gone = 0.0;
        for (; next < forest->n_outputs && forest->point[next] < time; next++)
            out[next] = survival;
        for (; i < n && forest->outcome[forest->outcome_order[i]] == time; i++) {
            size_t row = forest->outcome_order[i];
            gone += weight[row];
            events += forest->event[row] ? weight[row] : 0.0;
        }
        if (events > 0 && at_risk > 0)
            survival *=
                forest->by_hazard ? exp(-events / at_risk) : fmax(1.0 - events / at_risk, 0.0);
        at_risk -= gone;
    }
    for (; next < forest->n_outputs; next++)
        out[next] = survival;
}
