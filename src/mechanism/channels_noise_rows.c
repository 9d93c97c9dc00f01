#include "mechanism/channels_noise_rows.h"

#include <math.h>

#include <vagus/indirect_power.h>

#include "mechanism/words.h"
#include "model/estimate.h"

static const double POWER = 0.8, FIT_DOUBTFUL = 0.05;

typedef struct Rows {
    const VgChannelsTable *table;
    const char *analysis, *unit;
    const VgChannels *fit;
    VgResult *result;
    bool by_marker;
} Rows;

static VgEstimate blank(const Rows *rows, const char *quantity, size_t term)
{
    const VgChannelsData *d = &rows->table->data;
    VgEstimate row = vg_mediation_row(rows->table->rows, rows->analysis, quantity);
    if (!rows->by_marker) {
        row.channel = d->channel_name[term];
    } else {
        row.term = d->marker_name[term];
        row.channel = d->n_channels ? d->channel_name[d->channel[term]] : NULL;
    }
    return row;
}

static void add_detectable(const Rows *rows)
{
    const VgChannels *fit = rows->fit;
    for (size_t k = 0; k < fit->n_terms; k++)
        for (int corrected = 0; corrected <= (fit->corrected != NULL); corrected++) {
            VgEstimate row = blank(rows, "detectable_indirect", k);
            row.stratum = !fit->corrected ? NULL : corrected ? "corrected" : "as measured";
            row.unit = rows->unit;
            row.estimate =
                rows->table->data.cluster
                    ? (double)NAN
                    : vg_channels_detectable(fit, k, corrected, rows->result->level, POWER);
            row.note =
                rows->table->data.cluster
                    ? "the arrows' errors take the rows of a cluster for independent"
                : corrected
                    ? "smallest effect of error-free mediators that joint significance finds "
                      "with 80 % power, both arrows alike"
                    : "smallest effect that joint significance finds with 80 % power, both "
                      "arrows alike";
            vg_result_estimate(rows->result, &row);
        }
}

static void add_score(const Rows *rows, size_t term, const char *feature, double value,
                      const char *note)
{
    VgEstimate row = blank(rows, "score", term);
    row.feature = feature;
    row.estimate = value;
    row.note = note;
    vg_result_estimate(rows->result, &row);
}

static void add_loadings(const Rows *rows, size_t term)
{
    const VgChannelsData *d = &rows->table->data;
    for (size_t j = 0; j < d->markers.cols; j++) {
        if (d->channel[j] != term)
            continue;
        VgEstimate row = blank(rows, "score", term);
        row.term = d->marker_name[j];
        row.feature = "loading";
        row.estimate = rows->fit->loading[j];
        row.note = "of the standardised residual, in the declared direction";
        vg_result_estimate(rows->result, &row);
    }
}

static void add_factor(const Rows *rows, size_t term)
{
    const VgChannelFactor *f = &rows->fit->factor[term];
    const char *name = rows->table->data.channel_name[term];
    if (isnan(f->omega))
        return;
    add_score(rows, term, "omega", f->omega, "reliability of the plain mean of the markers");
    add_score(rows, term, "determinacy", f->determinacy,
              "squared correlation of the factor score with the factor, within arms");
    add_loadings(rows, term);
    if (isfinite(f->p)) {
        VgEstimate row = blank(rows, "score", term);
        row.feature = "one_factor";
        row.statistic = f->statistic;
        row.df = f->df;
        row.p = f->p;
        row.note = "likelihood ratio test that one factor is enough";
        vg_result_estimate(rows->result, &row);
        if (f->p <= FIT_DOUBTFUL)
            vg_result_warn(rows->result,
                           "the markers of %s vary in more than one way (p = %.2g that one factor "
                           "is enough): the factor score holds a part of them only",
                           name, f->p);
    }
    if (f->at_bound)
        vg_result_warn(rows->result,
                       "%s: one marker has nearly no variance of its own (Heywood case); the "
                       "factor score is nearly that marker",
                       name);
}

static void add_cross_fitting(const Rows *rows)
{
    const VgChannels *fit = rows->fit;
    VgResult *result = rows->result;
    for (size_t k = 0; k < fit->n_terms; k++)
        add_score(rows, k, "split_sd", fit->split[VG_CHANNELS_FIRST + k],
                  "SD of the indirect effect between repeats of the cross-fitting");
    vg_result_number(result, VG_FACTS_FIT, rows->analysis, "folds", (double)fit->folds);
    vg_result_number(result, VG_FACTS_FIT, rows->analysis, "repeats", (double)fit->repeats);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, rows->analysis, "ridge_penalty", fit->penalty);
    vg_result_warn(result,
                   "scores learnt for the outcome hold a part of their channel: indirect effects "
                   "are probably too near nought, and what is missing stands in the direct effect");
}

static void add_imputed(const Rows *rows)
{
    const VgChannels *fit = rows->fit;
    VgResult *result = rows->result;
    vg_result_number(result, VG_FACTS_FIT, rows->analysis, "imputations", (double)fit->imputations);
    vg_result_number(result, VG_FACTS_FIT, rows->analysis, "n_imputed_mediators",
                     (double)fit->n_imputed_markers);
    vg_result_number(result, VG_FACTS_FIT, rows->analysis, "n_imputed_outcomes",
                     (double)fit->n_imputed_outcomes);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, rows->analysis, "imputed_share_total",
                     fit->imputed[VG_CHANNELS_TOTAL]);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, rows->analysis, "imputed_share_indirect",
                     fit->imputed[VG_CHANNELS_INDIRECT]);
    for (size_t k = 0; k < fit->n_terms; k++)
        add_score(rows, k, "imputed_share", fit->imputed[VG_CHANNELS_FIRST + k],
                  "share of the indirect effect's variance due to what was imputed");
}

void vg_channels_noise_rows(const VgChannelsTable *table, const VgChannelsOptions *options,
                            const VgChannels *fit, VgResult *result)
{
    const char *unit =
        table->unit ? table->unit
                    : vg_arena_printf(result->arena, "units of %s", table->data.outcome_name);
    Rows rows = {table,  table->analysis,
                 unit,   fit,
                 result, !table->data.n_channels || options->score == VG_CHANNEL_MARKERS};
    add_detectable(&rows);
    for (size_t k = 0; fit->factor && k < fit->n_terms; k++)
        add_factor(&rows, k);
    if (fit->repeats)
        add_cross_fitting(&rows);
    if (fit->imputations)
        add_imputed(&rows);
}
