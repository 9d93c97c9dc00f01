/* Which values of a trial have to be drawn for those that are looked at: a way back through the graph. */
#include <string.h>

#include <vagus/virtual_trial.h>

/* What one value rests on: its sources then and at baseline, and baselines that moderate. */
static void mark_sources(const VgAxisModel *m, size_t k, size_t v, bool *truth)
{
    const VgAxis *axis = m->axis;
    for (size_t t = 0; t < m->n_terms[k]; t++) {
        const VgAxisTerm *term = &m->term[k][t];
        if (axis->node[term->from].varies && v > term->lag) {
            truth[m->slot[term->from] * m->n_visits + v - term->lag] = true;
            truth[m->slot[term->from] * m->n_visits] = true;
        }
        for (size_t i = 0; i < term->n_moderations; i++) {
            size_t own = axis->node[term->moderator[i]].baseline_of;
            if (own != VG_AXIS_NONE)
                truth[m->slot[own] * m->n_visits] = true;
        }
    }
}

VgStatus vg_axis_need(VgArena *arena, const VgAxisModel *model, const VgTrialScheme *scheme,
                      const bool *observed, VgAxisNeed *need, VgError *error)
{
    size_t visits = model->n_visits, values = model->n_varying * visits;
    bool *seen = VG_NEW(arena, bool, values), *truth = VG_NEW(arena, bool, values);
    if (!seen || !truth)
        return vg_fail_memory(error);
    memcpy(seen, observed, values * sizeof *seen);
    if (scheme->dropout > 0 && scheme->dropout_symptom != VG_AXIS_NONE)
        for (size_t v = 0; v < visits; v++)
            seen[model->slot[scheme->dropout_symptom] * visits + v] = true;
    memcpy(truth, seen, values * sizeof *truth);
    /* sources come earlier, in time or in the order of the nodes */
    for (size_t v = visits; v-- > 0;)
        for (size_t k = model->n_varying; k-- > 0;)
            if (truth[k * visits + v])
                mark_sources(model, k, v, truth);
    *need = (VgAxisNeed){seen, truth};
    return VG_OK;
}
