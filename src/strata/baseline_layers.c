/* A layer of the panel at baseline as columns: each on the scale on which its layer is analysed; counts and shares as centred
 * log-ratios over all their features, of which those that few samples have are then left out. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <vagus/moderator.h>
#include <vagus/panel_layer.h>
#include <vagus/transform.h>

#include "numeric/linear_algebra.h"
#include "panel/abundance.h"
#include "strata/baseline_table.h"
#include "study/axis_values.h"

static const double PREVALENCE = 0.1;

/* The last visit of day 0 or before with samples; SIZE_MAX when there is none. */
static size_t baseline_visit(const VgStudy *study, const VgLayer *layer)
{
    size_t found = SIZE_MAX;
    for (size_t s = 0; s < layer->n_samples; s++) {
        size_t visit = layer->visit[s];
        if (study->visit[visit].day <= 0 && (found == SIZE_MAX || visit > found))
            found = visit;
    }
    return found;
}

/* The sample of each row of the table at the visit; SIZE_MAX without one. */
static VgStatus find_samples(const VgBaselineMaking *m, const VgLayer *layer, size_t visit,
                             size_t *sample, size_t *n, VgError *error)
{
    size_t *of = VG_NEW(m->scratch, size_t, m->study->n_participants);
    if (!of)
        return vg_fail_memory(error);
    for (size_t i = 0; i < m->study->n_participants; i++)
        of[i] = SIZE_MAX;
    for (size_t s = 0; s < layer->n_samples; s++)
        if (layer->visit[s] == visit)
            of[layer->participant[s]] = s;
    *n = 0;
    for (size_t r = 0; r < m->made->n; r++) {
        sample[r] = of[m->participant[r]];
        *n += sample[r] != SIZE_MAX;
    }
    return VG_OK;
}

static VgBaselineColumn column_of(const VgBaselineMaking *m, size_t layer, size_t feature,
                                  size_t block)
{
    const VgLayer *from = &m->study->layer[layer];
    const VgAxisPlace place = {.source = VG_AXIS_BY_FEATURE, .layer = layer, .feature = feature};
    bool ratios = from->kind == VG_LAYER_COUNTS || from->kind == VG_LAYER_RELATIVE;
    return (VgBaselineColumn){
        .name = vg_arena_printf(m->arena, "%s:%s", from->name, from->feature[feature]),
        .label = from->feature_label[feature],
        .unit = ratios ? "centred log-ratio" : vg_axis_place_unit(m->arena, m->study, &place),
        .block = block,
        .moderator = SIZE_MAX};
}

/* ---- moderators that the layer measures ---- */

static VgStatus add_moderators(VgBaselineMaking *m, size_t layer, size_t block, bool *taken,
                               VgError *error)
{
    for (size_t k = 0; k < vg_baseline_n_moderators(m); k++) {
        size_t index = vg_baseline_moderator(m, k);
        const VgModerator *moderator = &m->study->moderator[index];
        if (moderator->place.source != VG_AXIS_BY_FEATURE || moderator->place.layer != layer)
            continue;
        taken[moderator->place.feature] = true;
        const VgBaselineColumn about = {
            .name = moderator->name,
            .label = vg_arena_printf(m->arena, "%s at baseline",
                                     vg_axis_place_label(m->study, &moderator->place)),
            .unit = vg_axis_place_unit(m->arena, m->study, &moderator->place),
            .block = block,
            .moderator = index};
        if (!about.label)
            return vg_fail_memory(error);
        VG_TRY(vg_baseline_add_place(m, &about, &moderator->place, error));
    }
    return VG_OK;
}

/* The outcome's own value at baseline, where the layer measures the outcome and no moderator is that. */
static VgStatus add_outcome(VgBaselineMaking *m, size_t layer, size_t block, bool *taken,
                            VgError *error)
{
    VgAxisPlace place = m->choice->outcome;
    if (!m->choice->outcome_baseline || place.source != VG_AXIS_BY_FEATURE ||
        place.layer != layer || taken[place.feature] ||
        !vg_axis_measured_at(m->study, &place, VG_AT_BASELINE))
        return VG_OK;
    place.baseline_only = true;
    taken[place.feature] = true;
    const VgBaselineColumn about = {
        .name = vg_arena_printf(m->arena, "%s_baseline", m->made->outcome_name),
        .label = vg_arena_printf(m->arena, "%s at baseline", m->made->outcome_label),
        .unit = m->made->outcome_unit,
        .block = block,
        .moderator = SIZE_MAX};
    if (!about.name || !about.label)
        return vg_fail_memory(error);
    return vg_baseline_add_place(m, &about, &place, error);
}

/* ---- measured values and absolute amounts: feature by feature ---- */

static bool enough_samples(const VgBaselineMaking *m, const VgLayer *layer, const size_t *sample,
                           size_t n, size_t feature)
{
    double least = m->choice->prevalence > 0 ? m->choice->prevalence : PREVALENCE;
    size_t present = 0;
    for (size_t r = 0; r < m->made->n; r++)
        present += sample[r] != SIZE_MAX && VG_AT(layer->value, sample[r], feature) > 0;
    return (double)present >= least * (double)n;
}

static VgStatus add_values(VgBaselineMaking *m, size_t index, size_t block, size_t visit,
                           const size_t *sample, size_t n, const bool *taken, size_t *n_rare,
                           VgError *error)
{
    const VgLayer *layer = &m->study->layer[index];
    bool *at = VG_NEW(m->scratch, bool, m->study->n_visits);
    if (!at)
        return vg_fail_memory(error);
    at[visit] = true;
    for (size_t f = 0; f < layer->n_features; f++) {
        if (taken[f])
            continue;
        if (vg_layer_is_abundance(layer->kind) && !enough_samples(m, layer, sample, n, f)) {
            ++*n_rare;
            continue;
        }
        const VgAxisPlace place = {.source = VG_AXIS_BY_FEATURE,
                                   .layer = index,
                                   .feature = f,
                                   .baseline_only = true,
                                   .at = at};
        const VgBaselineColumn about = column_of(m, index, f, block);
        if (!about.name)
            return vg_fail_memory(error);
        VG_TRY(vg_baseline_add_place(m, &about, &place, error));
    }
    return VG_OK;
}

/* ---- counts and shares: log-ratios ---- */

/* The samples that hold anything, and where in the table they belong. */
static VgStatus gather(VgBaselineMaking *m, const VgLayer *layer, const size_t *sample, size_t n,
                       VgMatrix *table, size_t *participant, VgError *error)
{
    *table = vg_matrix_new(m->scratch, n, layer->n_features);
    if (!table->data)
        return vg_fail_memory(error);
    size_t held = 0;
    for (size_t r = 0; r < m->made->n; r++) {
        double total = 0;
        for (size_t f = 0; sample[r] != SIZE_MAX && f < layer->n_features; f++)
            total += VG_AT(*table, held, f) = VG_AT(layer->value, sample[r], f);
        if (total > 0)
            participant[held++] = m->participant[r];
    }
    table->rows = held;
    return VG_OK;
}

static VgStatus add_ratios(VgBaselineMaking *m, size_t index, size_t block, const size_t *sample,
                           size_t n, const bool *taken, size_t *n_rare, VgError *error)
{
    const VgLayer *layer = &m->study->layer[index];
    VgMatrix table, ratio;
    size_t *participant = VG_NEW(m->scratch, size_t, m->made->n);
    double *value = VG_NEW(m->scratch, double, m->study->n_participants);
    if (!participant || !value)
        return vg_fail_memory(error);
    VG_TRY(gather(m, layer, sample, n, &table, participant, error));
    if (table.rows == 0)
        return vg_baseline_leave_out(m, layer->name, VG_BASELINE_UNMEASURED, error);
    VgTransformOptions options = {.transform = VG_TRANSFORM_CLR};
    if (layer->kind == VG_LAYER_RELATIVE)
        options.pseudocount = vg_abundance_least(table) / 2;
    VG_TRY(vg_transform(m->scratch, table, &options, &ratio, error));
    for (size_t i = 0; i < m->study->n_participants; i++)
        value[i] = NAN;
    for (size_t f = 0; f < layer->n_features; f++) {
        if (taken[f])
            continue;
        if (!enough_samples(m, layer, sample, n, f)) {
            ++*n_rare;
            continue;
        }
        for (size_t r = 0; r < table.rows; r++)
            value[participant[r]] = VG_AT(ratio, r, f);
        const VgBaselineColumn about = column_of(m, index, f, block);
        if (!about.name)
            return vg_fail_memory(error);
        VG_TRY(vg_baseline_add(m, &about, value, error));
    }
    return VG_OK;
}

VgStatus vg_baseline_layer(VgBaselineMaking *m, size_t index, size_t block, bool chosen,
                           size_t *n_rare, VgError *error)
{
    const VgLayer *layer = &m->study->layer[index];
    bool *taken = VG_NEW(m->scratch, bool, layer->n_features + 1);
    size_t *sample = VG_NEW(m->scratch, size_t, m->made->n), n = 0;
    if (!taken || !sample)
        return vg_fail_memory(error);
    VG_TRY(add_moderators(m, index, block, taken, error));
    VG_TRY(add_outcome(m, index, block, taken, error));
    if (!chosen)
        return VG_OK;
    size_t visit = baseline_visit(m->study, layer);
    if (visit != SIZE_MAX)
        VG_TRY(find_samples(m, layer, visit, sample, &n, error));
    if (n == 0)
        return vg_baseline_leave_out(m, layer->name, VG_BASELINE_UNMEASURED, error);
    if (layer->kind == VG_LAYER_COUNTS || layer->kind == VG_LAYER_RELATIVE)
        return add_ratios(m, index, block, sample, n, taken, n_rare, error);
    return add_values(m, index, block, visit, sample, n, taken, n_rare, error);
}
