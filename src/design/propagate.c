/* Treatment and effects carried through the graph, visit by visit, for all participants at once. */
#include "design/propagate.h"

#include <string.h>

/* What a term is computed from: its source in one world, its moderators always in the own one, so that an effect through
 * a mediator is that under the treatment of the world it is carried to (Y(0, M(1)), not Y(1, M(1))). */
typedef struct Values {
    const double *source_exposure, *source, *exposure, *value;
} Values;

/* The source of a term for every participant: exposure, static value, or change since baseline. NULL when it is nought
 * at this visit. `row` has room for n. */
static const double *source_of(const VgVirtualTrial *trial, const VgAxisTerm *term, size_t v,
                               const Values *from_world, double *row)
{
    const VgAxisModel *m = trial->model;
    const VgAxisNode *from = &m->axis->node[term->from];
    size_t slot = m->slot[term->from], n = trial->n;
    if (!from->varies && from->kind != VG_AXIS_COMPONENT)
        return trial->fixed + slot * n;
    if (v <= term->lag) /* before treatment, and no change yet */
        return NULL;
    if (from->kind == VG_AXIS_COMPONENT)
        return from_world->source_exposure + (slot * m->n_visits + v - term->lag) * n;
    const double *then = from_world->source + (slot * m->n_visits + v - term->lag) * n,
                 *first = from_world->source + slot * m->n_visits * n;
    for (size_t i = 0; i < n; i++)
        row[i] = then[i] - first[i];
    return row;
}

/* A moderator's value for every participant at the visit when the effect starts. */
static const double *moderator_of(const VgVirtualTrial *trial, size_t node, size_t v, size_t lag,
                                  const double *exposure, const double *value)
{
    const VgAxisModel *m = trial->model;
    const VgAxisNode *moderator = &m->axis->node[node];
    if (moderator->kind == VG_AXIS_COMPONENT)
        return v <= lag ? NULL : exposure + (m->slot[node] * m->n_visits + v - lag) * trial->n;
    if (moderator->baseline_of != VG_AXIS_NONE) /* before treatment: the same in every world */
        return value + m->slot[moderator->baseline_of] * m->n_visits * trial->n;
    return trial->fixed + m->slot[node] * trial->n;
}

static void add_term(const VgVirtualTrial *trial, const VgAxisTerm *term, size_t v,
                     const Values *values, double *scratch, double *to)
{
    size_t n = trial->n;
    const double *source = source_of(trial, term, v, values, scratch);
    if (!source)
        return;
    if (term->n_moderations == 0) {
        for (size_t i = 0; i < n; i++)
            to[i] += term->effect * source[i];
        return;
    }
    double *effect = scratch + n;
    for (size_t i = 0; i < n; i++)
        effect[i] = term->effect;
    for (size_t k = 0; k < term->n_moderations; k++) {
        const double *by =
            moderator_of(trial, term->moderator[k], v, term->lag, values->exposure, values->value);
        for (size_t i = 0; by && i < n; i++)
            effect[i] += term->change[k] * by[i];
    }
    for (size_t i = 0; i < n; i++)
        to[i] += effect[i] * source[i];
}

void vg_axis_propagate(const VgVirtualTrial *trial, const double *exposure,
                       const VgAxisWorlds *worlds, double *scratch, double *value)
{
    const VgAxisModel *m = trial->model;
    for (size_t v = 0; v < m->n_visits; v++)
        for (size_t k = 0; k < m->n_varying; k++) {
            if (trial->need && !trial->need->truth[k * m->n_visits + v])
                continue;
            size_t at = (k * m->n_visits + v) * trial->n;
            double *to = value + at;
            memcpy(to, trial->before + at, trial->n * sizeof *to);
            for (size_t t = 0; t < m->n_terms[k]; t++) {
                const VgAxisTerm *term = &m->term[k][t];
                unsigned char world =
                    worlds && worlds->of_edge ? worlds->of_edge[term->edge] : VG_WORLD_OWN;
                Values values = {exposure, value, exposure, value};
                if (world == VG_WORLD_ACTIVE) {
                    values.source_exposure = worlds->active_exposure;
                    values.source = worlds->active;
                } else if (world == VG_WORLD_REFERENCE) {
                    values.source_exposure = worlds->reference_exposure;
                    values.source = worlds->reference;
                }
                add_term(trial, term, v, &values, scratch, to);
            }
        }
}

void vg_axis_expose(const VgVirtualTrial *trial, size_t arm, double *exposure)
{
    const VgAxisModel *m = trial->model;
    for (size_t c = 0; c < m->n_components; c++) {
        const VgAxisNode *node = &m->axis->node[m->component[c]];
        size_t at = c * m->n_visits * trial->n, n = m->n_visits * trial->n;
        if (node->in_arm[arm])
            vg_axis_take(trial, c, exposure + at);
        else
            memset(exposure + at, 0, n * sizeof *exposure);
    }
}

void vg_axis_take(const VgVirtualTrial *trial, size_t c, double *exposure)
{
    const VgAxisModel *m = trial->model;
    const VgAxisNode *node = &m->axis->node[m->component[c]];
    const double *adherence = trial->adherence + c * m->n_visits * trial->n;
    for (size_t v = 0; v < m->n_visits; v++) {
        double full = v == 0 ? 0 : node->exposure.build_up ? node->exposure.build_up[v] : 1;
        for (size_t i = 0; i < trial->n; i++)
            exposure[v * trial->n + i] = full * adherence[v * trial->n + i];
    }
}

bool vg_axis_is_linear(const VgAxisModel *model)
{
    for (size_t a = 0; a < model->axis->n_arrows; a++)
        if (model->axis->arrow[a].n_moderations)
            return false;
    return true;
}
