/* Operating characteristics as rows of a result: one a characteristic of an effect, its Monte Carlo error in `se`. */
#include <vagus/operating.h>

#include <math.h>
#include <stdio.h>

/* An effect that nobody has is nought to the bit in paired counterfactuals, and to rounding in path products. */
static const double NOUGHT = 1e-12;

typedef struct Writer {
    const VgDesignFile *design;
    const VgOperating *o;
    VgResult *result;
} Writer;

static const char *analysis_of(const VgOperatingRow *row)
{
    return row->effect == VG_OPERATING_PRIMARY ? "primary" : "mechanism";
}

static const char *stratum_of(const Writer *w, const VgOperatingRow *row)
{
    if (row->effect == VG_OPERATING_PRIMARY)
        return NULL;
    const char *how = row->corrected ? "corrected" : "as measured";
    return isnan(row->reliability)
               ? how
               : vg_arena_printf(w->result->arena, "%s, reliability %g", how, row->reliability);
}

static void put(const Writer *w, const VgOperatingRow *row, const char *quantity,
                VgMonteCarlo value, const char *unit)
{
    const VgStudy *study = w->design->study;
    const VgAxis *axis = w->design->axis;
    VgEstimate e = vg_estimate_blank();
    e.analysis = analysis_of(row);
    e.quantity = quantity;
    e.term = vg_operating_effect_name(row->effect);
    bool primary = row->effect == VG_OPERATING_PRIMARY;
    e.outcome = axis->node[primary ? w->o->symptom : w->o->mechanism_symptom].name;
    e.visit = vg_axis_visit_name(axis, primary ? w->o->outcome_at : w->o->mechanism_at);
    e.channel = row->channel == VG_AXIS_NONE ? NULL : axis->channel[row->channel].name;
    e.stratum = stratum_of(w, row);
    if (row->effect == VG_OPERATING_PRIMARY) {
        e.arm = study->arm[w->o->arm].name;
        e.reference = study->arm[w->o->reference].name;
    }
    e.unit = unit;
    e.estimate = value.value;
    e.se = value.se;
    e.n = (double)row->trials;
    vg_result_estimate(w->result, &e);
}

static void put_row(const Writer *w, const VgOperatingRow *row)
{
    bool primary = row->effect == VG_OPERATING_PRIMARY;
    size_t symptom = primary ? w->o->symptom : w->o->mechanism_symptom;
    const char *unit = w->design->axis->node[symptom].unit;
    bool none = fabs(row->truth.value) < NOUGHT;
    double all = (double)(row->trials + row->failed), failed = (double)row->failed / all;
    put(w, row, "truth", row->truth, unit);
    put(w, row, "bias", row->bias, unit);
    put(w, row, "sd", row->sd, unit);
    put(w, row, "mean_se", row->mean_se, unit);
    put(w, row, "coverage", row->coverage, "share of trials");
    put(w, row, none ? "type1_error" : "power", row->reject, "share of trials");
    put(w, row, "no_answer", (VgMonteCarlo){failed, sqrt(failed * (1 - failed) / all)},
        "share of trials");
}

/* Where the mediation's visits are not those the graph's effects come from. */
static void warn_of_visits(const Writer *w)
{
    const VgAxis *axis = w->design->axis;
    for (size_t c = 0; c < axis->n_channels; c++) {
        size_t at = w->o->channel_at[c];
        if (at == VG_AXIS_NONE)
            vg_result_warn(w->result,
                           "the channel %s is not measured at baseline and between it and %s: "
                           "what it carries counts as direct",
                           axis->channel[c].name, vg_axis_visit_name(axis, w->o->mechanism_at));
        else if (at != w->o->mediators_at)
            vg_result_warn(w->result, "the channel %s enters as measured at %s, not at %s",
                           axis->channel[c].name, vg_axis_visit_name(axis, at),
                           vg_axis_visit_name(axis, w->o->mediators_at));
    }
}

static void put_facts(const Writer *w, double replicates)
{
    VgResult *r = w->result;
    const VgAxis *axis = w->design->axis;
    vg_result_bool(r, VG_FACTS_FIT, NULL, "simulated", true);
    vg_result_number(r, VG_FACTS_FIT, NULL, "replicates", replicates);
    vg_result_number(r, VG_FACTS_FIT, NULL, "n", (double)w->o->n);
    vg_result_number(r, VG_FACTS_FIT, NULL, "population", (double)w->o->population);
    vg_result_number(r, VG_FACTS_FIT, NULL, "completed", w->o->completed.value);
    if (!w->o->treatment)
        return;
    vg_result_text(r, VG_FACTS_FIT, "mechanism", "treatment", w->o->treatment);
    vg_result_text(r, VG_FACTS_FIT, "mechanism", "mediators_at",
                   vg_axis_visit_name(axis, w->o->mediators_at));
    vg_result_text(r, VG_FACTS_FIT, "mechanism", "outcome_at",
                   vg_axis_visit_name(axis, w->o->mechanism_at));
}

void vg_operating_result(const VgDesignFile *design, const VgOperating *o, VgResult *result)
{
    Writer w = {design, o, result};
    for (size_t k = 0; k < o->n_rows; k++)
        put_row(&w, &o->row[k]);
    put_facts(&w, (double)o->replicates);
    if (o->treatment)
        warn_of_visits(&w);
}
