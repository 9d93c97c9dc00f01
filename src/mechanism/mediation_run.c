/* A mediation analysis as tidy rows, facts and datasets. */
#include <math.h>
#include <string.h>

#include "mechanism/mediation_internal.h"
#include "mechanism/mediation_run.h"
#include "mechanism/mediation_words.h"
#include "mechanism/words.h"
#include "model/estimate.h"

/* What the rows of one fit share. */
typedef struct Rows {
    const VgMediationTable *table;
    const VgMediationOptions *options;
    const VgMediation *fit;
    VgResult *result;
    const char *beside; /* what tells these rows from those of the main fit; NULL: they are it */
    const char *note;
} Rows;

static const char *const ARM[3] = {"control", "treated", "average"};
static const char *const CONCURRENT = "concurrent: mediator perhaps not before outcome";

/* Direct and indirect effects that are the same in both arms are told once. */
static bool same_in_arms(const Rows *rows)
{
    VgMediationModel y = rows->options->outcome_model;
    return !rows->options->interaction && (y == VG_MEDIATION_LINEAR || y == VG_MEDIATION_MIXED);
}

static VgEstimate blank(const Rows *rows, const char *quantity)
{
    VgEstimate row = vg_mediation_row(rows->table, NULL, quantity);
    row.term = rows->table->data.mediator_name;
    row.note = rows->note;
    return row;
}

static const char *stratum(const Rows *rows, const char *arm)
{
    if (!rows->beside)
        return arm;
    return arm ? vg_arena_printf(rows->result->arena, "%s, %s", arm, rows->beside) : rows->beside;
}

static const char *unit_of(const Rows *rows, size_t output)
{
    switch (rows->options->outcome_model) {
    case VG_MEDIATION_LOGISTIC:
    case VG_MEDIATION_PROBIT:
        return "probability";
    case VG_MEDIATION_ORDINAL:
        return output == 0 ? "categories" : "probability";
    default:
        return vg_arena_printf(rows->result->arena, "units of %s", rows->table->data.outcome_name);
    }
}

static void add_effect(const Rows *rows, const char *quantity, size_t output, int effect,
                       const char *arm, bool proportion)
{
    const VgMediationEstimate *e = &rows->fit->effect[output * VG_EFFECT_COUNT + (size_t)effect];
    const VgMediationEstimate *total = &rows->fit->effect[output * VG_EFFECT_COUNT];
    VgArena *arena = rows->result->arena;
    VgEstimate row = blank(rows, quantity);
    row.stratum = stratum(rows, arm);
    row.unit = proportion ? "share" : unit_of(rows, output);
    if (output > 0)
        row.feature = vg_arena_printf(arena, "category %zu", output);
    if (e->shown) {
        row.estimate = e->estimate;
        row.se = e->se;
        row.lower = e->lower;
        row.upper = e->upper;
        row.p = e->p;
    } else {
        bool uncertain = !(total->lower > 0 || total->upper < 0);
        row.note = vg_arena_printf(
            arena, "%s%s%s",
            uncertain ? "total effect too uncertain for a proportion"
                      : "indirect and total effect have opposite signs: no proportion",
            rows->table->concurrent ? "; " : "", rows->table->concurrent ? CONCURRENT : "");
    }
    vg_result_estimate(rows->result, &row);
}

static void add_effects(const Rows *rows)
{
    static const struct {
        const char *quantity;
        int first;
        bool proportion;
    } KIND[] = {{"indirect", VG_EFFECT_INDIRECT_CONTROL, false},
                {"direct", VG_EFFECT_DIRECT_CONTROL, false},
                {"proportion_mediated", VG_EFFECT_PROPORTION_CONTROL, true}};
    for (size_t r = 0; r < rows->fit->n_outputs; r++) {
        add_effect(rows, "total", r, VG_EFFECT_TOTAL, NULL, false);
        for (size_t k = 0; k < sizeof KIND / sizeof *KIND; k++) {
            if (same_in_arms(rows)) {
                add_effect(rows, KIND[k].quantity, r, KIND[k].first, NULL, KIND[k].proportion);
                continue;
            }
            for (int a = 2; a >= 0; a--) /* the average first */
                add_effect(rows, KIND[k].quantity, r, KIND[k].first + a, ARM[a],
                           KIND[k].proportion);
        }
    }
}

/* ---- arrows ---- */

static const char *scale_of(VgMediationModel model)
{
    return model == VG_MEDIATION_LOGISTIC || model == VG_MEDIATION_ORDINAL ? "log odds"
           : model == VG_MEDIATION_PROBIT                                  ? "probit"
                                                                           : NULL;
}

static void add_arrow(const Rows *rows, const char *from, const char *to, const char *arm,
                      VgMediationModel model, const VgInference *answer)
{
    if (isnan(answer->estimate))
        return;
    VgEstimate row = blank(rows, "arrow");
    row.term = vg_arena_printf(rows->result->arena, "%s -> %s", from, to);
    row.stratum = stratum(rows, arm);
    row.unit = scale_of(model);
    row.note = rows->table->concurrent ? CONCURRENT : NULL;
    vg_estimate_fill(&row, answer);
    vg_result_estimate(rows->result, &row);
}

static void add_arrows(const Rows *rows)
{
    const VgMediationData *d = &rows->table->data;
    const VgMediationArrows *arrow = &rows->fit->arrow;
    VgMediationModel m = rows->options->mediator_model, y = rows->options->outcome_model;
    const char *product =
        vg_arena_printf(rows->result->arena, "%s:%s", d->treatment_name, d->mediator_name);
    if (!rows->beside)
        add_arrow(rows, d->treatment_name, d->mediator_name, NULL, m, &arrow->treatment_mediator);
    if (rows->options->interaction)
        for (int a = 2; a >= 0; a--)
            add_arrow(rows, d->mediator_name, d->outcome_name, ARM[a], y,
                      &arrow->mediator_outcome[a]);
    else
        add_arrow(rows, d->mediator_name, d->outcome_name, NULL, y, &arrow->mediator_outcome[0]);
    add_arrow(rows, d->treatment_name, d->outcome_name, NULL, y, &arrow->treatment_outcome);
    add_arrow(rows, product, d->outcome_name, NULL, y, &arrow->interaction);
}

/* ---- sensitivity ---- */

static void add_measure(const Rows *rows, const char *measure, const char *arm, double value,
                        const char *unit)
{
    if (!isfinite(value))
        return;
    VgEstimate row = blank(rows, "sensitivity");
    row.feature = measure;
    row.stratum = stratum(rows, arm);
    row.estimate = value;
    row.unit = unit;
    row.note = rows->table->concurrent ? CONCURRENT : NULL;
    vg_result_estimate(rows->result, &row);
}

static void add_curve(const Rows *rows)
{
    static const char *const COLUMN[] = {"mediator",  "stratum", "#rho",
                                         "#estimate", "#lower",  "#upper"};
    const VgMediationSensitivity *s = &rows->fit->sensitivity;
    VgResult *result = rows->result;
    VgDataset *dataset = vg_result_dataset(result, NULL, "sensitivity", COLUMN, 6);
    for (int a = same_in_arms(rows) ? 2 : 0; a < 3; a++)
        for (size_t k = 0; k < s->n_rho; k++) {
            vg_dataset_row(result, dataset);
            vg_dataset_set_text(result, dataset, "mediator", rows->table->data.mediator_name);
            vg_dataset_set_text(result, dataset, "stratum",
                                stratum(rows, same_in_arms(rows) ? NULL : ARM[a]));
            vg_dataset_set_number(result, dataset, "rho", s->rho[k]);
            vg_dataset_set_number(result, dataset, "estimate", s->estimate[3 * k + (size_t)a]);
            vg_dataset_set_number(result, dataset, "lower", s->lower[3 * k + (size_t)a]);
            vg_dataset_set_number(result, dataset, "upper", s->upper[3 * k + (size_t)a]);
        }
}

static void add_sensitivity(const Rows *rows)
{
    const VgMediationSensitivity *s = &rows->fit->sensitivity;
    for (int a = 2; a >= (same_in_arms(rows) ? 2 : 0); a--) {
        const char *arm = same_in_arms(rows) ? NULL : ARM[a];
        add_measure(rows, "rho_at_zero", arm, s->rho_at_zero[a], "correlation");
        add_measure(rows, "r2_star", arm, s->r2_star[a], "product of shares");
        add_measure(rows, "r2_tilde", arm, s->r2_tilde[a], "product of shares");
        add_measure(rows, "e_value", arm, s->e_value[a], "risk ratio");
        add_measure(rows, "e_value_limit", arm, s->e_value_limit[a], "risk ratio");
    }
    if (s->has_rho)
        add_curve(rows);
}

/* ---- facts ---- */

static void add_facts(const Rows *rows, VgMediationInteraction interaction)
{
    VgResult *result = rows->result;
    const VgMediationTable *t = rows->table;
    const VgMediation *fit = rows->fit;
    VgFactSection section = VG_FACTS_FIT;
    static const char *const INTERACTION[] = {"both", "yes", "no"};
    vg_result_text(result, section, NULL, "mediator_model",
                   vg_mediation_model_name(rows->options->mediator_model));
    vg_result_text(result, section, NULL, "outcome_model",
                   vg_mediation_model_name(rows->options->outcome_model));
    vg_result_text(result, section, NULL, "interaction", INTERACTION[interaction]);
    vg_result_text(result, section, NULL, "interval",
                   vg_mediation_interval_name(rows->options->interval));
    if (fit->draws)
        vg_result_number(result, section, NULL, "draws", (double)fit->draws);
    if (fit->draws)
        vg_result_number(result, section, NULL, "draws_failed", (double)fit->failed);
    vg_result_text(result, section, NULL, "treated", t->treated);
    vg_result_text(result, section, NULL, "control", t->control);
    vg_result_text(result, section, NULL, "mediator_event", t->mediator_event);
    vg_result_text(result, section, NULL, "outcome_event", t->outcome_event);
    vg_result_text(result, section, NULL, "mediator_at", t->mediator_at);
    vg_result_text(result, section, NULL, "outcome_at", t->outcome_at);
    vg_result_text(result, section, NULL, "baseline_at", t->baseline_at);
    vg_result_text(result, section, NULL, "cluster", t->cluster);
    vg_result_bool(result, section, NULL, "concurrent", t->concurrent);
    vg_result_number(result, section, NULL, "n_rows", (double)t->n_rows);
    vg_result_number(result, section, NULL, "n_observations", (double)t->data.n);
    vg_result_number(result, section, NULL, "n_dropped", (double)(t->n_rows - t->data.n));
    vg_result_number(result, section, NULL, "n_control", fit->check.n_control);
    vg_result_number(result, section, NULL, "n_treated", fit->check.n_treated);
    section = VG_FACTS_DIAGNOSTICS;
    vg_result_number(result, section, NULL, "overlap", fit->check.overlap);
    vg_result_number(result, section, NULL, "outside_range", fit->check.outside_range);
    vg_result_number(result, section, NULL, "sigma_mediator", fit->sigma_mediator);
    vg_result_number(result, section, NULL, "sigma_outcome", fit->sigma_outcome);
    vg_result_number(result, section, NULL, "missing_mediator", (double)t->n_missing_mediator);
    vg_result_number(result, section, NULL, "missing_outcome", (double)t->n_missing_outcome);
}

static const char *note_of(VgArena *arena, const VgMediationTable *table,
                           const VgMediationOptions *o, const VgMediation *fit)
{
    static const char *const HOW[VG_MEDIATION_INTERVAL_COUNT] = {
        "percentile bootstrap", "BCa bootstrap", "delta method", "quasi-Bayesian", "Monte Carlo"};
    const char *units = table->cluster ? table->cluster : "rows";
    if (o->reliability != 0)
        return vg_arena_printf(arena, "corrected for measurement error by SIMEX, delta method%s%s",
                               table->concurrent ? "; " : "", table->concurrent ? CONCURRENT : "");
    bool resampled = o->interval == VG_MEDIATION_PERCENTILE || o->interval == VG_MEDIATION_BCA;
    const char *how = HOW[o->interval];
    if (fit->draws)
        how = vg_arena_printf(arena, "%s, %zu%s%s%s", how, fit->draws,
                              resampled ? " resamples of " : " draws", resampled ? units : "",
                              resampled ? " within arms" : "");
    return how && table->concurrent ? vg_arena_printf(arena, "%s; %s", how, CONCURRENT) : how;
}

VgStatus vg_mediation_rows(const VgMediationTable *table, const VgMediationOptions *options,
                           const VgMediation *fit, const char *beside,
                           VgMediationInteraction interaction, VgResult *result, VgError *error)
{
    Rows rows = {table, options, fit, result, beside, note_of(result->arena, table, options, fit)};
    if (!rows.note)
        return vg_fail_memory(error);
    add_effects(&rows);
    add_arrows(&rows);
    add_sensitivity(&rows);
    if (!beside) {
        add_facts(&rows, interaction);
        vg_mediation_words(table, fit, result);
    }
    return VG_OK;
}

static VgStatus one_model(VgArena *arena, const VgMediationTable *table,
                          const VgMediationOptions *options, const char *beside,
                          VgMediationInteraction interaction, VgResult *result, VgError *error)
{
    VgMediation fit;
    VG_TRY(vg_mediation_fit(arena, &table->data, options, &fit, error));
    return vg_mediation_rows(table, options, &fit, beside, interaction, result, error);
}

VgStatus vg_mediation_run(VgArena *arena, const VgMediationTable *table,
                          const VgMediationOptions *given, VgMediationInteraction interaction,
                          VgResult *result, VgError *error)
{
    VgMediationOptions options = *given;
    options.interaction = interaction != VG_INTERACTION_NO;
    VG_TRY(one_model(arena, table, &options, NULL, interaction, result, error));
    if (interaction == VG_INTERACTION_BOTH) {
        options.interaction = false;
        VG_TRY(one_model(arena, table, &options, "no interaction", interaction, result, error));
    }
    return vg_result_status(result, error);
}

VgStatus vg_mediation_corrected_run(VgArena *arena, const VgMediationTable *table,
                                    const VgMediationOptions *given,
                                    VgMediationInteraction interaction, VgResult *result,
                                    VgError *error)
{
    static const char *const CURVE[] = {"rational", "quadratic", "rational"};
    VgMediationOptions measured = *given, options = *given;
    measured.reliability = measured.reliability_lower = measured.reliability_upper = 0;
    options.interval = VG_MEDIATION_DELTA;
    options.interaction = interaction != VG_INTERACTION_NO;
    VG_TRY(vg_mediation_run(arena, table, &measured, interaction, result, error));
    VG_TRY(one_model(arena, table, &options, "corrected", interaction, result, error));
    if (interaction == VG_INTERACTION_BOTH) {
        options.interaction = false;
        VG_TRY(one_model(arena, table, &options, "corrected, no interaction", interaction, result,
                         error));
    }
    vg_mechanism_assume(result, NULL, "error of M", "assumed",
                        "corrected rows: the mediator's error is independent of everything, of the "
                        "size that the reliability says in this trial's values");
    vg_result_text(result, VG_FACTS_FIT, NULL, "correction", "simex");
    vg_result_text(result, VG_FACTS_FIT, NULL, "simex_curve", CURVE[given->curve]);
    vg_result_number(result, VG_FACTS_FIT, NULL, "reliability", given->reliability);
    return vg_result_status(result, error);
}
