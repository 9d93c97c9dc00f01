/* Where more than 70 % of an arm's values lie beyond a limit there is no mean: whether the analyte was detected, by
 * logistic regression with Firth's penalty, adjusted for detection at baseline. */
#include "panel/measured_internal.h"

#include <math.h>
#include <string.h>

#include <vagus/glm.h>

#include "numeric/linear_algebra.h"
#include "panel/censored_value.h"

/* What the event is: most visits have values below a limit; some only between limits, or above one. */
typedef enum Event { DETECTED, QUANTIFIED, ABOVE } Event;

static Event event_of(const VgCensoredCell *cell, size_t arms)
{
    size_t below = 0, within = 0, above = 0;
    for (size_t a = 0; a < arms; a++) {
        below += cell[a].n_below;
        within += cell[a].n_within;
        above += cell[a].n_above;
    }
    return above > below + within ? ABOVE : below >= within ? DETECTED : QUANTIFIED;
}

static double indicator(Event event, double lower, double upper)
{
    if (vg_bounds_missing(lower, upper))
        return NAN;
    return event == ABOVE      ? upper == INFINITY
           : event == DETECTED ? lower > -INFINITY
                               : lower == upper;
}

typedef struct Rows {
    size_t n, p;
    VgMatrix x;
    double *y;
    size_t *in_arm; /* arms */
    size_t *column; /* arms: of x, SIZE_MAX = nobody */
} Rows;

/* Intercept, arms, detected at baseline (where that varies). */
static VgStatus rows_at(VgArena *arena, const VgMeasuredCase *one, size_t t, Event event,
                        Rows *rows, VgError *error)
{
    const VgMeasuredData *data = one->data;
    size_t n = data->n, arms = data->n_arms;
    double *y = VG_NEW(arena, double, n), *before = VG_NEW(arena, double, n);
    *rows = (Rows){.y = VG_NEW(arena, double, n),
                   .in_arm = VG_NEW(arena, size_t, arms),
                   .column = VG_NEW(arena, size_t, arms),
                   .x = vg_matrix_new(arena, n, arms + 1)};
    if (!y || !before || !rows->y || !rows->in_arm || !rows->column || !rows->x.data)
        return vg_fail_memory(error);
    double least = 1, most = 0;
    for (size_t i = 0; i < n; i++) {
        y[i] = indicator(event, one->lower[i + n * t], one->upper[i + n * t]);
        before[i] = data->baseline ? indicator(event, one->lower[i], one->upper[i]) : 0;
        if (isnan(y[i]) || isnan(before[i]))
            continue;
        rows->in_arm[data->arm[i]]++;
        least = fmin(least, before[i]);
        most = fmax(most, before[i]);
    }
    rows->p = 1;
    for (size_t a = 0; a < arms; a++)
        rows->column[a] = a == 0 ? 0 : rows->in_arm[a] ? rows->p++ : SIZE_MAX;
    bool adjusted = most > least;
    for (size_t i = 0; i < n; i++) {
        if (isnan(y[i]) || isnan(before[i]))
            continue;
        VG_AT(rows->x, rows->n, 0) = 1;
        if (data->arm[i])
            VG_AT(rows->x, rows->n, rows->column[data->arm[i]]) = 1;
        if (adjusted)
            VG_AT(rows->x, rows->n, rows->p) = before[i];
        rows->y[rows->n++] = y[i];
    }
    rows->p += adjusted;
    rows->x.rows = rows->n;
    rows->x.cols = rows->p;
    return VG_OK;
}

static VgStatus at_visit(VgArena *arena, const VgMeasuredCase *one, size_t t,
                         const VgCensoredCell *cell, VgMeasuredAnswer *answer, VgError *error)
{
    size_t arms = one->data->n_arms;
    Rows rows;
    Event event = event_of(cell, arms);
    VG_TRY(rows_at(arena, one, t, event, &rows, error));
    double events = 0, *asked = VG_NEW(arena, double, rows.p);
    if (!asked)
        return vg_fail_memory(error);
    for (size_t r = 0; r < rows.n; r++)
        events += rows.y[r];
    if (!rows.in_arm[0] || events == 0 || events == (double)rows.n || rows.n <= rows.p)
        return VG_OK; /* all alike: nothing to compare */
    VgGlmFit fit;
    const VgGlmData data = {.x = rows.x, .y = rows.y};
    VG_TRY(vg_glm_fit(arena, &data, &(VgGlmOptions){.family = VG_GLM_BINOMIAL, .firth = true}, &fit,
                      error));
    for (size_t a = 1; a < arms; a++) {
        if (rows.column[a] == SIZE_MAX)
            continue;
        VgMeasuredAnswer *to = &answer[a - 1];
        asked[rows.column[a]] = 1;
        VG_TRY(vg_glm_contrast(&fit, asked, one->options->level, &to->inference, error));
        asked[rows.column[a]] = 0;
        to->detection = true;
        to->above = event == ABOVE;
        to->n = rows.in_arm[0] + rows.in_arm[a];
    }
    return VG_OK;
}

VgStatus vg_measured_detect(VgArena *arena, const VgMeasuredCase *one, const VgCensoredCell *cell,
                            VgMeasuredSink *sink, VgError *error)
{
    size_t arms = one->data->n_arms, first = one->data->baseline ? 1 : 0;
    for (size_t t = first; t < one->places; t++)
        if (!one->on_mean_scale[t])
            VG_TRY(at_visit(arena, one, t, &cell[t * arms],
                            &sink->contrast[(t - first) * (arms - 1)], error));
    return VG_OK;
}
