#include "report/mechanism.h"

#include <math.h>

#include "base/compare.h"
#include "report/figures.h"

bool vg_is_mechanism(const VgViewAnalysis *analysis)
{
    return vg_same_text(analysis->kind, "mechanism");
}

const char *vg_mechanism_fact(const VgView *view, const VgViewAnalysis *analysis, const char *key)
{
    const VgFact *fact = vg_result_find_fact(view->result, VG_FACTS_FIT, analysis->id, key);
    return fact && fact->kind == VG_FACT_TEXT && fact->text && *fact->text ? fact->text : NULL;
}

/* The name of the way that a row is about; a mediator of a channel is told with its channel. */
static const char *way_of(const VgEstimate *row)
{
    return row->channel ? row->term ? NULL : row->channel : row->term;
}

static bool is_corrected(const VgEstimate *row)
{
    return vg_same_text(row->stratum, "corrected");
}

static void take(VgMechanismWay *way, const VgEstimate *row)
{
    bool share = vg_same_text(row->quantity, "proportion_mediated");
    const VgEstimate **to = share ? is_corrected(row) ? &way->corrected_share : &way->share
                            : is_corrected(row) ? &way->corrected
                                                : &way->measured;
    if (!*to)
        *to = row;
}

static VgMechanismWay *find(VgMechanism *m, const char *name)
{
    for (size_t i = 0; i < m->n; i++)
        if (vg_same_text(m->way[i].name, name))
            return &m->way[i];
    return NULL;
}

static void read_rows(const VgView *view, VgMechanism *m)
{
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *row = &view->result->estimate[i];
        if (!vg_same_text(row->analysis, m->analysis->id))
            continue;
        bool indirect = vg_same_text(row->quantity, "indirect"),
             share = vg_same_text(row->quantity, "proportion_mediated");
        const char *name = way_of(row);
        if (vg_same_text(row->quantity, "total"))
            take(&m->total, row);
        if (vg_same_text(row->quantity, "direct"))
            take(&m->direct, row);
        if ((indirect || share) && !row->channel && !row->term)
            take(&m->all, row);
        if (indirect && name && !find(m, name))
            m->way[m->n++] = (VgMechanismWay){.name = name, .label = vg_view_words(view, name)};
        if ((indirect || share) && name && find(m, name))
            take(find(m, name), row);
        m->corrected = m->corrected || (indirect && is_corrected(row));
    }
}

static void read_verdicts(const VgView *view, VgMechanism *m)
{
    const VgDataset *d = vg_result_find_dataset(view->result, m->analysis->id, "channel_verdicts");
    for (size_t i = 0; d && i < d->n_rows; i++) {
        VgMechanismWay *way = find(m, vg_cell_text(d, "channel", i));
        if (!way)
            continue;
        way->label = vg_cell_text(d, "label", i) ? vg_cell_text(d, "label", i) : way->label;
        way->verdict = vg_cell_text(d, "verdict", i);
        way->text = vg_cell_text(d, "text", i);
    }
}

static void read_words(const VgView *view, VgMechanism *m)
{
    const VgViewOutcome *o = vg_view_outcome(view, m->total.measured->outcome);
    const char *label = vg_mechanism_fact(view, m->analysis, "outcome_label"),
               *visit = m->total.measured->visit;
    const VgFact *lower =
        vg_result_find_fact(view->result, VG_FACTS_FIT, m->analysis->id, "lower_is_better");
    m->outcome = label                        ? label
                 : o && o->label              ? o->label
                 : m->total.measured->outcome ? m->total.measured->outcome
                                              : "the outcome";
    m->visit = visit ? vg_view_visit_label(view, visit) : NULL;
    m->unit = m->total.measured->unit ? m->total.measured->unit
              : o && o->unit          ? o->unit
                                      : "units of the outcome";
    m->decimals = vg_decimals(m->total.measured->se);
    m->directed = lower || o;
    m->lower_is_better = lower ? lower->number != 0 : o && o->lower_is_better;
}

bool vg_mechanism_read(const VgView *view, const VgViewAnalysis *analysis, VgMechanism *mechanism)
{
    *mechanism =
        (VgMechanism){.analysis = analysis,
                      .way = VG_NEW(view->arena, VgMechanismWay, view->result->n_estimates + 1)};
    if (!vg_is_mechanism(analysis) || !mechanism->way)
        return false;
    read_rows(view, mechanism);
    if (!mechanism->total.measured || !mechanism->n)
        return false;
    read_verdicts(view, mechanism);
    read_words(view, mechanism);
    return true;
}

const VgEstimate *vg_mechanism_row(const VgView *view, const VgMechanism *mechanism,
                                   const char *quantity, const char *feature,
                                   const VgMechanismWay *way, bool corrected)
{
    const VgEstimate *found = NULL;
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *row = &view->result->estimate[i];
        if (!vg_same_text(row->analysis, mechanism->analysis->id) ||
            !vg_same_text(row->quantity, quantity) || !vg_same_text(row->feature, feature) ||
            !vg_same_text(way_of(row), way->name))
            continue;
        if (!found || (corrected && is_corrected(row)))
            found = row;
    }
    return found;
}
