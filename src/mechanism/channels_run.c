/* An analysis of several mediators as tidy rows, facts and datasets. */
#include <math.h>
#include <string.h>

#include "mechanism/channels_internal.h"
#include "mechanism/channels_noise_rows.h"
#include "mechanism/channels_words.h"
#include "mechanism/words.h"
#include "model/estimate.h"

typedef struct Rows {
    const VgChannelsTable *table;
    const VgChannelsOptions *options;
    const VgChannels *fit;
    VgResult *result;
    const char *note, *note_corrected;
} Rows;

static const char *const CONCURRENT = "concurrent: mediator perhaps not before outcome";

static VgEstimate blank(const Rows *rows, const char *quantity)
{
    return vg_mediation_row(rows->table->rows, rows->table->analysis, quantity);
}

static const char *outcome_unit(const Rows *rows)
{
    return rows->table->unit ? rows->table->unit
                             : vg_arena_printf(rows->result->arena, "units of %s",
                                               rows->table->data.outcome_name);
}

/* Mediator and channel that an effect belongs to. */
static void name_effect(const Rows *rows, size_t effect, VgEstimate *row)
{
    const VgChannelsData *d = &rows->table->data;
    bool by_marker = !d->n_channels || rows->options->score == VG_CHANNEL_MARKERS;
    if (effect < VG_CHANNELS_FIRST)
        return;
    size_t k = effect - VG_CHANNELS_FIRST;
    if (k >= rows->fit->n_terms) {
        row->channel = d->channel_name[k - rows->fit->n_terms];
    } else if (by_marker) {
        row->term = d->marker_name[k];
        row->channel = d->n_channels ? d->channel_name[d->channel[k]] : NULL;
    } else {
        row->channel = d->channel_name[k];
    }
}

static const char *stratum(const Rows *rows, bool corrected)
{
    if (!rows->fit->corrected)
        return NULL;
    return corrected ? "corrected" : "as measured";
}

static void set_numbers(const VgChannelsEstimate *e, VgEstimate *row)
{
    row->estimate = e->estimate;
    row->se = e->se;
    row->lower = e->lower;
    row->upper = e->upper;
    row->p = e->p;
}

static void add_effects(const Rows *rows, bool corrected)
{
    static const char *const QUANTITY[] = {"total", "direct", "indirect"};
    const VgChannels *fit = rows->fit;
    const VgChannelsEstimate *effect = corrected ? fit->corrected : fit->effect;
    for (size_t k = 0; k < fit->n_effects; k++) {
        VgEstimate row = blank(rows, QUANTITY[k < 2 ? k : 2]);
        name_effect(rows, k, &row);
        row.stratum = stratum(rows, corrected);
        row.unit = outcome_unit(rows);
        row.note = corrected ? rows->note_corrected : rows->note;
        set_numbers(&effect[k], &row);
        vg_result_estimate(rows->result, &row);
    }
}

/* A share of a total that may be nought, or that runs the other way, says nothing. */
static void add_proportions(const Rows *rows, bool corrected)
{
    const VgChannels *fit = rows->fit;
    const VgChannelsEstimate *effect = corrected ? fit->corrected : fit->effect;
    const VgChannelsEstimate *share = corrected ? fit->corrected_share : fit->share;
    const VgChannelsEstimate *total = &effect[VG_CHANNELS_TOTAL];
    bool certain = total->lower > 0 || total->upper < 0;
    for (size_t k = VG_CHANNELS_INDIRECT; k < fit->n_effects; k++) {
        VgEstimate row = blank(rows, "proportion_mediated");
        name_effect(rows, k, &row);
        row.stratum = stratum(rows, corrected);
        row.unit = "share";
        row.note = !certain ? "total effect too uncertain for a proportion"
                            : "indirect and total effect have opposite signs: no proportion";
        if (certain && effect[k].estimate * total->estimate > 0) {
            set_numbers(&share[k - VG_CHANNELS_INDIRECT], &row);
            row.note = corrected ? rows->note_corrected : rows->note;
        } else if (rows->table->rows->concurrent) {
            row.note = vg_arena_printf(rows->result->arena, "%s; %s", row.note, CONCURRENT);
        }
        vg_result_estimate(rows->result, &row);
    }
}

static void add_arrow(const Rows *rows, size_t term, bool to_outcome, const VgInference *answer)
{
    VgEstimate row = blank(rows, "arrow");
    name_effect(rows, VG_CHANNELS_FIRST + term, &row);
    const char *name = row.term ? row.term : row.channel;
    const char *y = rows->table->data.outcome_name, *a = rows->table->data.treatment_name;
    row.term = vg_arena_printf(rows->result->arena, "%s -> %s", to_outcome ? name : a,
                               to_outcome ? y : name);
    row.stratum = to_outcome ? stratum(rows, false) : NULL;
    row.note = rows->table->rows->concurrent ? CONCURRENT : NULL;
    vg_estimate_fill(&row, answer);
    if (rows->table->data.cluster) /* least squares takes rows for independent */
        row.se = row.df = row.statistic = row.p = row.lower = row.upper = NAN;
    vg_result_estimate(rows->result, &row);
    if (!to_outcome || !rows->fit->corrected)
        return;
    row.se = row.df = row.statistic = row.p = row.lower = row.upper = NAN;
    row.stratum = stratum(rows, true);
    row.estimate = rows->fit->corrected_beta[term];
    vg_result_estimate(rows->result, &row);
}

/* ---- datasets ---- */

static void add_markers(const Rows *rows)
{
    static const char *const COLUMN[] = {"mediator",
                                         "channel",
                                         "#sign",
                                         "#weight",
                                         "#reliability",
                                         "#reliability_lower",
                                         "#reliability_upper",
                                         "#conditional_reliability"};
    const VgChannelsData *d = &rows->table->data;
    VgResult *result = rows->result;
    VgDataset *set = vg_result_dataset(result, rows->table->analysis, "mediators", COLUMN, 8);
    for (size_t j = 0; j < d->markers.cols; j++) {
        vg_dataset_row(result, set);
        vg_dataset_set_text(result, set, "mediator", d->marker_name[j]);
        if (d->n_channels) {
            vg_dataset_set_text(result, set, "channel", d->channel_name[d->channel[j]]);
            vg_dataset_set_number(result, set, "sign", d->sign[j]);
        }
        vg_dataset_set_number(result, set, "weight", rows->fit->weight[j]);
        const VgMarkerReliability *r = d->marker_reliability ? &d->marker_reliability[j] : NULL;
        if (!r || r->value == 0)
            continue;
        vg_dataset_set_number(result, set, "reliability", r->value);
        if (r->upper > 0) {
            vg_dataset_set_number(result, set, "reliability_lower", r->lower);
            vg_dataset_set_number(result, set, "reliability_upper", r->upper);
        }
        vg_dataset_set_number(result, set, "conditional_reliability", rows->fit->conditional[j]);
    }
}

/* A few points of the curve as rows: datasets stand in reports only. */
static void add_points(const Rows *rows, size_t effect)
{
    static const size_t POINT[] = {0, 4, 8, 12}; /* 0.3, 0.5, 0.7, 0.9 */
    const VgChannels *fit = rows->fit;
    VgArena *arena = rows->result->arena;
    for (size_t i = 0; i < sizeof POINT / sizeof *POINT; i++) {
        size_t at = POINT[i] * fit->n_effects + effect;
        VgEstimate row = blank(rows, effect == VG_CHANNELS_DIRECT ? "direct_at_reliability"
                                                                  : "indirect_at_reliability");
        name_effect(rows, effect, &row);
        row.stratum = vg_arena_printf(arena, "%.1f", fit->lambda[POINT[i]]);
        row.unit = outcome_unit(rows);
        row.estimate = fit->curve[at];
        row.lower = fit->curve_lower[at];
        row.upper = fit->curve_upper[at];
        row.note = isnan(row.estimate) ? "mediators too unreliable for a correction"
                                       : "if that were the reliability of every mediator";
        vg_result_estimate(rows->result, &row);
    }
}

static void add_conditional(const Rows *rows)
{
    const VgChannelsData *d = &rows->table->data;
    for (size_t j = 0; d->marker_reliability && j < d->markers.cols; j++) {
        if (d->marker_reliability[j].value == 0)
            continue;
        VgEstimate row = blank(rows, "sensitivity");
        row.term = d->marker_name[j];
        row.channel = d->n_channels ? d->channel_name[d->channel[j]] : NULL;
        row.feature = "conditional_reliability";
        row.estimate = rows->fit->conditional[j];
        row.unit = "reliability";
        row.note =
            vg_arena_printf(rows->result->arena, "given treatment and covariates; declared: %g",
                            d->marker_reliability[j].value);
        vg_result_estimate(rows->result, &row);
    }
}

static void add_curve(const Rows *rows)
{
    static const char *const COLUMN[] = {"effect",    "channel", "mediator", "#reliability",
                                         "#estimate", "#lower",  "#upper"};
    static const char *const EFFECT[] = {"total", "direct", "indirect"};
    const VgChannels *fit = rows->fit;
    VgResult *result = rows->result;
    VgDataset *set =
        vg_result_dataset(result, rows->table->analysis, "reliability_curve", COLUMN, 7);
    for (size_t k = VG_CHANNELS_DIRECT; k < fit->n_effects; k++) {
        VgEstimate name = vg_estimate_blank();
        name_effect(rows, k, &name);
        for (size_t l = 0; l < fit->n_lambda; l++) {
            size_t at = l * fit->n_effects + k;
            vg_dataset_row(result, set);
            vg_dataset_set_text(result, set, "effect", EFFECT[k < 2 ? k : 2]);
            vg_dataset_set_text(result, set, "channel", name.channel);
            vg_dataset_set_text(result, set, "mediator", name.term);
            vg_dataset_set_number(result, set, "reliability", fit->lambda[l]);
            vg_dataset_set_number(result, set, "estimate", fit->curve[at]);
            vg_dataset_set_number(result, set, "lower", fit->curve_lower[at]);
            vg_dataset_set_number(result, set, "upper", fit->curve_upper[at]);
        }
        add_points(rows, k);
        if (!isfinite(fit->change[k]))
            continue;
        VgEstimate row = blank(rows, "sensitivity");
        name_effect(rows, k, &row);
        row.feature = "reliability_at_change";
        row.stratum = k == VG_CHANNELS_DIRECT ? "direct" : "indirect";
        row.estimate = fit->change[k];
        row.unit = "reliability";
        row.note = "of all mediators alike: at lower ones the interval's answer to 'is there an "
                   "effect?' is not that at reliability 1";
        vg_result_estimate(result, &row);
    }
}

/* ---- sensitivity ---- */

static void add_sensitivity_row(const Rows *rows, size_t term, const char *feature,
                                const char *unit, double value)
{
    VgEstimate row = blank(rows, "sensitivity");
    name_effect(rows, VG_CHANNELS_FIRST + term, &row);
    row.feature = feature;
    row.unit = unit;
    row.estimate = value;
    row.note = "the other channels held";
    vg_result_estimate(rows->result, &row);
}

static void add_sensitivity(const Rows *rows)
{
    static const char *const COLUMN[] = {"channel",   "mediator", "#rho",
                                         "#estimate", "#lower",   "#upper"};
    const VgChannels *fit = rows->fit;
    VgResult *result = rows->result;
    VgDataset *set = vg_result_dataset(result, rows->table->analysis, "sensitivity", COLUMN, 6);
    for (size_t k = 0; k < fit->n_terms; k++) {
        const VgChannelsSensitivity *of = &fit->sensitivity[k];
        VgEstimate name = vg_estimate_blank();
        name_effect(rows, VG_CHANNELS_FIRST + k, &name);
        add_sensitivity_row(rows, k, "rho_at_zero", "correlation", of->rho_at_zero);
        add_sensitivity_row(rows, k, "r2_star", "product of shares", of->r2_star);
        add_sensitivity_row(rows, k, "r2_tilde", "product of shares", of->r2_tilde);
        add_sensitivity_row(rows, k, "e_value", "risk ratio", of->e_value);
        add_sensitivity_row(rows, k, "e_value_limit", "risk ratio", of->e_value_limit);
        for (size_t l = 0; l < fit->n_rho; l++) {
            vg_dataset_row(result, set);
            vg_dataset_set_text(result, set, "channel", name.channel);
            vg_dataset_set_text(result, set, "mediator", name.term);
            vg_dataset_set_number(result, set, "rho", fit->rho[l]);
            vg_dataset_set_number(result, set, "estimate", of->estimate[l]);
            vg_dataset_set_number(result, set, "lower", of->lower[l]);
            vg_dataset_set_number(result, set, "upper", of->upper[l]);
        }
    }
}

/* ---- facts ---- */

static void add_facts(const Rows *rows)
{
    VgResult *result = rows->result;
    const VgMediationTable *t = rows->table->rows;
    const VgChannels *fit = rows->fit;
    const char *analysis = rows->table->analysis;
    bool scored = rows->table->data.n_channels > 0;
    VgFactSection section = VG_FACTS_FIT;
    vg_result_text(result, section, analysis, "score",
                   scored ? vg_channel_score_name(rows->options->score) : "markers");
    vg_result_text(result, section, analysis, "interval",
                   vg_mediation_interval_name(rows->options->interval));
    if (fit->draws) {
        vg_result_number(result, section, analysis, "draws", (double)fit->draws);
        vg_result_number(result, section, analysis, "draws_failed", (double)fit->failed);
    }
    if (fit->corrected)
        vg_result_number(result, section, analysis, "draws_failed_corrected",
                         (double)fit->failed_corrected);
    vg_result_text(result, section, analysis, "treated", t->treated);
    vg_result_text(result, section, analysis, "control", t->control);
    vg_result_text(result, section, analysis, "mediator_at", t->mediator_at);
    vg_result_text(result, section, analysis, "outcome_at", t->outcome_at);
    vg_result_text(result, section, analysis, "baseline_at", t->baseline_at);
    vg_result_text(result, section, analysis, "cluster", t->cluster);
    vg_result_bool(result, section, analysis, "concurrent", t->concurrent);
    vg_result_number(result, section, analysis, "n_rows", (double)t->n_rows);
    vg_result_number(result, section, analysis, "n_observations", (double)t->data.n);
    vg_result_number(result, section, analysis, "n_dropped", (double)(t->n_rows - t->data.n));
    section = VG_FACTS_DIAGNOSTICS;
    vg_result_number(result, section, analysis, "mutual_dependence_remainder", fit->remainder);
    vg_result_number(result, section, analysis, "indirect_one_at_a_time", fit->separate);
    vg_result_number(result, section, analysis, "sigma_outcome", fit->sigma_outcome);
    vg_result_number(result, section, analysis, "r2_outcome", fit->r2_outcome);
    if (fit->corrected)
        vg_result_number(result, section, analysis, "errors_taken_off", fit->taken_off);
    vg_result_number(result, section, analysis, "missing_mediator", (double)t->n_missing_mediator);
    vg_result_number(result, section, analysis, "missing_outcome", (double)t->n_missing_outcome);
}

static bool make_notes(Rows *rows)
{
    VgArena *arena = rows->result->arena;
    const VgMediationTable *t = rows->table->rows;
    const char *units = t->cluster ? t->cluster : rows->table->row_is, *how = "delta method";
    units = units ? units : "rows";
    if (rows->options->interval == VG_MEDIATION_MONTE_CARLO)
        how = vg_arena_printf(arena, "Monte Carlo, %zu draws", rows->fit->draws);
    if (rows->options->interval == VG_MEDIATION_PERCENTILE)
        how = vg_arena_printf(arena, "percentile bootstrap, %zu resamples of %s within arms",
                              rows->fit->draws, units);
    if (how && rows->fit->imputations)
        how = vg_arena_printf(arena, "%s; %zu imputations of missing and censored values", how,
                              rows->fit->imputations);
    if (how && rows->fit->repeats)
        how = vg_arena_printf(arena, "%s; scores cross-fitted in %zu folds, medians of %zu repeats",
                              how, rows->fit->folds, rows->fit->repeats);
    if (how && t->concurrent)
        how = vg_arena_printf(arena, "%s; %s", how, CONCURRENT);
    rows->note = how;
    rows->note_corrected =
        how ? vg_arena_printf(arena,
                              "corrected for measurement error, reliabilities drawn from "
                              "their intervals; %s",
                              how)
            : NULL;
    return rows->note && rows->note_corrected;
}

VgStatus vg_channels_rows(const VgChannelsTable *table, const VgChannelsOptions *options,
                          const VgChannels *fit, VgResult *result, VgError *error)
{
    Rows rows = {.table = table, .options = options, .fit = fit, .result = result};
    if (!make_notes(&rows))
        return vg_fail_memory(error);
    for (int corrected = 0; corrected <= (fit->corrected != NULL); corrected++) {
        add_effects(&rows, corrected == 1);
        add_proportions(&rows, corrected == 1);
    }
    for (size_t k = 0; k < fit->n_terms; k++) {
        add_arrow(&rows, k, false, &fit->alpha[k]);
        add_arrow(&rows, k, true, &fit->beta[k]);
    }
    add_markers(&rows);
    add_conditional(&rows);
    if (fit->n_lambda)
        add_curve(&rows);
    if (fit->sensitivity)
        add_sensitivity(&rows);
    add_facts(&rows);
    vg_channels_noise_rows(table, options, fit, result);
    vg_channels_words(table, options, fit, result);
    return vg_result_status(result, error);
}

VgStatus vg_channels_run(VgArena *arena, const VgChannelsTable *table,
                         const VgChannelsOptions *options, VgResult *result, VgError *error)
{
    VgChannels fit;
    VG_TRY(vg_channels_fit(arena, &table->data, options, &fit, error));
    return vg_channels_rows(table, options, &fit, result, error);
}
