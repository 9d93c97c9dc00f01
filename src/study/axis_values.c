#include "study/axis_values.h"

#include <math.h>

#include <vagus/panel_layer.h>

/* ---- names, units, visits ---- */

static bool is_log(const VgLayer *layer, size_t feature)
{
    return vg_layer_is_abundance(layer->kind) || vg_layer_is_log(layer, feature);
}

const char *vg_axis_place_unit(VgArena *arena, const VgStudy *study, const VgAxisPlace *place)
{
    if (place->source == VG_AXIS_BY_OUTCOME)
        return study->outcome[place->outcome].scale->unit;
    if (place->source != VG_AXIS_BY_FEATURE)
        return NULL;
    const VgLayer *layer = &study->layer[place->layer];
    const char *unit = layer->feature_unit ? layer->feature_unit[place->feature] : NULL;
    unit = unit ? unit : layer->unit;
    if (vg_layer_is_abundance(layer->kind) && layer->kind != VG_LAYER_ABSOLUTE)
        unit = "share";
    if (!is_log(layer, place->feature))
        return unit ? unit : layer->kind == VG_LAYER_NPX ? "NPX" : NULL;
    return unit ? vg_arena_printf(arena, "ln %s", unit) : "ln";
}

const char *vg_axis_place_label(const VgStudy *study, const VgAxisPlace *place)
{
    if (place->source == VG_AXIS_BY_OUTCOME)
        return study->outcome[place->outcome].label;
    if (place->source == VG_AXIS_BY_FEATURE)
        return study->layer[place->layer].feature_label[place->feature];
    return place->column;
}

size_t vg_axis_baseline_visit(const VgStudy *study, const VgAxisPlace *place)
{
    if (place->source == VG_AXIS_BY_OUTCOME)
        return study->outcome[place->outcome].baseline_visit;
    size_t found = SIZE_MAX;
    for (size_t v = 0; place->at && v < study->n_visits && study->visit[v].day <= 0; v++)
        if (place->at[v])
            found = v;
    return found;
}

bool vg_axis_measured_at(const VgStudy *study, const VgAxisPlace *place, size_t visit)
{
    if (visit == VG_AT_BASELINE && place->source == VG_AXIS_BY_OUTCOME)
        return study->outcome[place->outcome].baseline != NULL;
    if (visit == VG_AT_BASELINE)
        visit = vg_axis_baseline_visit(study, place);
    return visit != SIZE_MAX && place->at && place->at[visit];
}

/* ---- values ---- */

static void of_outcome(const VgStudy *study, size_t outcome, size_t visit, VgAxisSeries *to)
{
    const VgOutcome *from = &study->outcome[outcome];
    for (size_t i = 0; i < study->n_participants; i++)
        to->value[i] = visit != VG_AT_BASELINE ? from->value[visit * study->n_participants + i]
                       : from->baseline        ? from->baseline[i]
                                               : (double)NAN;
}

/* Of abundances: the amount of a sample as a share, unless amounts are absolute. */
static double share_of(const VgLayer *layer, size_t sample, size_t feature)
{
    double total = 0;
    if (layer->kind != VG_LAYER_COUNTS)
        return VG_AT(layer->value, sample, feature);
    for (size_t f = 0; f < layer->n_features; f++)
        total += VG_AT(layer->value, sample, f);
    return VG_AT(layer->value, sample, feature) / total;
}

static double least_share(const VgLayer *layer, size_t feature)
{
    double least = INFINITY;
    for (size_t s = 0; s < layer->n_samples; s++) {
        double share = share_of(layer, s, feature);
        if (share > 0 && share < least)
            least = share;
    }
    return least;
}

/* The logarithm of a limit at or below nought says nothing: −infinity. */
static double on_scale(bool logs, double value)
{
    if (!logs || isnan(value))
        return value;
    return value > 0 ? log(value) : -INFINITY;
}

static void of_feature(const VgStudy *study, const VgAxisPlace *place, size_t visit,
                       VgAxisSeries *to)
{
    const VgLayer *layer = &study->layer[place->layer];
    size_t f = place->feature;
    bool logs = is_log(layer, f), abundance = vg_layer_is_abundance(layer->kind);
    double half_least = abundance ? least_share(layer, f) / 2 : 0;
    for (size_t s = 0; s < layer->n_samples; s++) {
        size_t i = layer->participant[s];
        if (layer->visit[s] != visit)
            continue;
        if (abundance) {
            double share = share_of(layer, s, f);
            to->value[i] = log(share > 0 ? share : half_least);
            continue;
        }
        to->value[i] = on_scale(logs, VG_AT(layer->value, s, f));
        if (!to->lower)
            continue;
        to->lower[i] = on_scale(logs, VG_AT(layer->lower, s, f));
        to->upper[i] = on_scale(logs, VG_AT(layer->upper, s, f));
    }
}

static void of_column(const VgStudy *study, const char *name, VgAxisSeries *to)
{
    const VgColumn *column = vg_table_column(study->participants, name);
    for (size_t i = 0; column && column->number && i < study->n_participants; i++)
        to->value[i] = column->number[i];
}

static VgStatus new_series(VgArena *arena, size_t n, bool limits, VgAxisSeries *series,
                           VgError *error)
{
    *series = (VgAxisSeries){.value = VG_NEW(arena, double, n)};
    if (limits) {
        series->lower = VG_NEW(arena, double, n);
        series->upper = VG_NEW(arena, double, n);
    }
    if (!series->value || (limits && (!series->lower || !series->upper)))
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        series->value[i] = NAN;
        if (limits)
            series->lower[i] = series->upper[i] = NAN;
    }
    return VG_OK;
}

static void count(const VgStudy *study, VgAxisSeries *series)
{
    for (size_t i = 0; i < study->n_participants; i++) {
        if (study->arm_of[i] < 0)
            continue;
        series->n += isnan(series->value[i]) ? 0 : 1;
        series->n_censored += isnan(series->value[i]) && series->lower && !isnan(series->lower[i]);
    }
}

VgStatus vg_axis_values(VgArena *arena, const VgStudy *study, const VgAxisPlace *place,
                        size_t visit, VgAxisSeries *series, VgError *error)
{
    const VgLayer *layer = place->source == VG_AXIS_BY_FEATURE ? &study->layer[place->layer] : NULL;
    bool limits = layer && layer->lower.data;
    VG_TRY(new_series(arena, study->n_participants, limits, series, error));
    series->logs = layer && is_log(layer, place->feature);
    if (place->baseline_only)
        visit = VG_AT_BASELINE;
    if (place->source == VG_AXIS_BY_OUTCOME)
        of_outcome(study, place->outcome, visit, series);
    else if (place->source == VG_AXIS_BY_FEATURE)
        of_feature(study, place,
                   visit == VG_AT_BASELINE ? vg_axis_baseline_visit(study, place) : visit, series);
    else if (place->source == VG_AXIS_BY_COLUMN)
        of_column(study, place->column, series);
    count(study, series);
    return VG_OK;
}

void vg_axis_fill_censored(VgAxisSeries *series, size_t n)
{
    for (size_t i = 0; series->lower && i < n; i++) {
        double lower = series->lower[i], upper = series->upper[i];
        if (!isnan(series->value[i]) || isnan(lower))
            continue;
        if (isfinite(lower) && isfinite(upper))
            series->value[i] = (lower + upper) / 2;
        else if (isfinite(upper)) /* the logarithm of an amount below its limit */
            series->value[i] = series->logs ? upper - M_LN2 : upper;
        else
            series->value[i] = lower;
    }
}

/* ---- scores ---- */

double vg_axis_sd_within_arms(const VgStudy *study, const double *value, const bool *keep)
{
    double squares = 0, n = 0, arms = 0;
    for (size_t a = 0; a < study->n_arms; a++) {
        double sum = 0, in_arm = 0, mean;
        for (int pass = 0; pass < 2; pass++) {
            mean = in_arm > 0 ? sum / in_arm : 0;
            for (size_t i = 0; i < study->n_participants; i++) {
                if (study->arm_of[i] != (int32_t)a || isnan(value[i]) || (keep && !keep[i]))
                    continue;
                if (pass == 0) {
                    sum += value[i];
                    in_arm++;
                } else {
                    squares += (value[i] - mean) * (value[i] - mean);
                }
            }
        }
        n += in_arm;
        arms += in_arm > 0;
    }
    return n > arms ? sqrt(squares / (n - arms)) : (double)NAN;
}

VgStatus vg_axis_channel_score(VgArena *arena, const VgStudy *study, size_t channel, size_t visit,
                               bool *marker, VgAxisSeries *series, VgError *error)
{
    const VgAxis *axis = study->axis;
    const VgAxisChannel *c = &axis->channel[channel];
    size_t n = study->n_participants, measured = 0;
    VG_TRY(new_series(arena, n, false, series, error));
    for (size_t k = 0; k < c->n; k++) {
        bool is = vg_axis_measured_at(study, &axis->node[c->node[k]].place, visit);
        measured += is;
        if (marker)
            marker[k] = is;
    }
    bool first = true;
    for (size_t k = 0; k < c->n; k++) {
        const VgAxisNode *node = &axis->node[c->node[k]];
        VgAxisSeries one;
        if (!vg_axis_measured_at(study, &node->place, visit))
            continue;
        VG_TRY(vg_axis_values(arena, study, &node->place, visit, &one, error));
        vg_axis_fill_censored(&one, n);
        double sd = vg_axis_sd_within_arms(study, one.value, NULL);
        double weight = measured == 1 ? 1 : node->sign / sd / (double)measured;
        for (size_t i = 0; i < n; i++)
            series->value[i] = (first ? 0 : series->value[i]) + weight * one.value[i];
        first = false;
    }
    count(study, series);
    return VG_OK;
}
