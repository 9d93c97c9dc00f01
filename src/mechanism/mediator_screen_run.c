/* A screen of mediators as tidy rows, facts and a dataset. */
#include <math.h>

#include <vagus/mediator_screen.h>

#include "mechanism/words.h"
#include "model/estimate.h"

typedef struct Rows {
    const VgMediatorScreenTable *table;
    const VgMediatorScreen *screen;
    VgResult *result;
    const char *to_feature, *to_outcome, *note;
} Rows;

static VgEstimate blank(const Rows *rows, const char *quantity, const VgScreenedFeature *feature)
{
    VgEstimate row = vg_mediation_row(rows->table->rows, rows->table->analysis, quantity);
    row.feature = rows->table->feature[feature->feature];
    row.n = (double)rows->screen->n_tested_on;
    row.note = rows->note;
    return row;
}

static void add_arrow(const Rows *rows, const VgScreenedFeature *feature, const VgInference *answer,
                      const char *term)
{
    VgEstimate row = blank(rows, "arrow", feature);
    row.term = term;
    row.estimate = answer->estimate;
    row.se = answer->se;
    row.df = answer->df;
    row.statistic = answer->statistic;
    row.p = answer->p;
    row.lower = answer->lower;
    row.upper = answer->upper;
    vg_result_estimate(rows->result, &row);
}

static void add_rows(const Rows *rows)
{
    const VgMediatorScreen *s = rows->screen;
    for (size_t k = 0; k < s->n_rows; k++) {
        VgEstimate row = blank(rows, "indirect", &s->row[k]);
        row.estimate = s->row[k].indirect;
        row.se = s->row[k].se;
        row.p = s->row[k].p;
        row.q = s->row[k].q;
        row.unit = vg_arena_printf(rows->result->arena, "units of %s",
                                   rows->table->rows->data.outcome_name);
        vg_result_estimate(rows->result, &row);
    }
    for (size_t k = 0; k < s->n_rows; k++) {
        add_arrow(rows, &s->row[k], &s->row[k].alpha, rows->to_feature);
        add_arrow(rows, &s->row[k], &s->row[k].beta, rows->to_outcome);
    }
}

static void add_dataset(const Rows *rows)
{
    static const char *const COLUMN[] = {"feature",
                                         "#alpha",
                                         "#alpha_se",
                                         "#p_alpha",
                                         "#p_alpha_selected",
                                         "#beta",
                                         "#beta_se",
                                         "#p_beta",
                                         "#indirect",
                                         "#se",
                                         "#p",
                                         "#q",
                                         "#divide_aggregate_p"};
    VgDataset *dataset = vg_result_dataset(rows->result, rows->table->analysis, "mediator_screen",
                                           COLUMN, sizeof COLUMN / sizeof *COLUMN);
    for (size_t k = 0; k < rows->screen->n_rows; k++) {
        const VgScreenedFeature *f = &rows->screen->row[k];
        const double value[] = {f->alpha.estimate,
                                f->alpha.se,
                                f->alpha.p,
                                f->p_alpha,
                                f->beta.estimate,
                                f->beta.se,
                                f->beta.p,
                                f->indirect,
                                f->se,
                                f->p,
                                f->q,
                                f->divide_aggregate_p};
        vg_dataset_row(rows->result, dataset);
        vg_dataset_set_text(rows->result, dataset, "feature", rows->table->feature[f->feature]);
        for (size_t c = 0; c < sizeof value / sizeof *value; c++)
            vg_dataset_set_number(rows->result, dataset, COLUMN[c + 1] + 1, value[c]);
    }
}

static void add_facts(const Rows *rows, const VgMediatorScreenOptions *options, double fdr,
                      size_t n_found)
{
    const VgMediatorScreen *s = rows->screen;
    const VgMediationTable *t = rows->table->rows;
    const char *analysis = rows->table->analysis;
    VgResult *result = rows->result;
    const struct {
        const char *name;
        double value;
    } FIT[] = {{"n_features", (double)(s->n_features + rows->table->n_missing)},
               {"n_features_missing", (double)rows->table->n_missing},
               {"n_features_constant", (double)s->n_constant},
               {"n_features_dependent", (double)s->n_dependent},
               {"n_tests", (double)s->n_rows},
               {"n_adjusted_for", (double)s->n_adjusted_for},
               {"n_found", (double)n_found},
               {"fdr", fdr},
               {"both_absent", s->null.both_absent},
               {"alpha_absent", s->null.alpha_absent},
               {"beta_absent", s->null.beta_absent},
               {"alpha_null", s->null.alpha_null},
               {"beta_null", s->null.beta_null},
               {"selection_threshold", s->threshold},
               {"n_observations", (double)t->data.n},
               {"n_dropped", (double)(t->n_rows - t->data.n)},
               {"n_screened_on", (double)s->n_screened_on},
               {"n_tested_on", (double)s->n_tested_on}};
    vg_result_text(result, VG_FACTS_FIT, analysis, "selection",
                   vg_screen_selection_name(s->selection));
    vg_result_text(result, VG_FACTS_FIT, analysis, "rate", vg_screen_rate_name(options->rate));
    vg_result_text(result, VG_FACTS_FIT, analysis, "treated", t->treated);
    vg_result_text(result, VG_FACTS_FIT, analysis, "control", t->control);
    for (size_t k = 0; k < sizeof FIT / sizeof *FIT; k++)
        vg_result_number(result, VG_FACTS_FIT, analysis, FIT[k].name, FIT[k].value);
    if (isfinite(s->sigma))
        vg_result_number(result, VG_FACTS_DIAGNOSTICS, analysis, "sigma_outcome", s->sigma);
}

static void add_words(const Rows *rows, const VgMediatorScreenOptions *options, double fdr,
                      size_t n_found)
{
    const VgMediatorScreen *s = rows->screen;
    const char *analysis = rows->table->analysis;
    VgResult *result = rows->result;
    vg_mechanism_assume(
        result, analysis, "treatment → feature", "design",
        "Arms were randomised, so differences of features between them are effects of treatment.");
    vg_mechanism_assume(result, analysis, "feature → outcome", "assumed",
                        s->selection == VG_SCREEN_NONE
                            ? "Nothing but treatment and covariates goes along with both a feature "
                              "and the outcome; "
                              "other features do, wherever features are correlated."
                            : "Nothing but treatment, covariates and the other tested features "
                              "goes along with both "
                              "a feature and the outcome.");
    vg_mechanism_say(result, analysis, "answer",
                     vg_arena_printf(result->arena,
                                     "%zu of %zu features tested (of %zu) lie on a path from %s to "
                                     "%s at a false discovery rate of %g.",
                                     n_found, s->n_rows, s->n_features + rows->table->n_missing,
                                     rows->table->rows->data.treatment_name,
                                     rows->table->rows->data.outcome_name, fdr));
    if (s->selection == VG_SCREEN_PRODUCT)
        vg_result_warn(result, "features were selected by the outcome of the same rows that test "
                               "them: the false discovery rate is not held");
    if (s->selection == VG_SCREEN_NONE)
        vg_result_warn(result, "each feature was tested without the others: features that only go "
                               "along with a mediator count as found");
    if (options->rate != VG_SCREEN_FILTERED && s->n_rows < 50)
        vg_result_warn(result,
                       "%zu tests are few for the shares of null hypotheses that the rate "
                       "rests on",
                       s->n_rows);
    if (s->n_dependent)
        vg_result_warn(
            result,
            "%zu selected features are determined by others (copies of one another, sums "
            "of all parts) and not tested",
            s->n_dependent);
    if (rows->table->n_missing)
        vg_result_warn(result, "%zu features lack a value in some row and are left out",
                       rows->table->n_missing);
}

VgStatus vg_mediator_screen_run(VgArena *arena, const VgMediatorScreenTable *table,
                                const VgMediatorScreenOptions *options, double fdr,
                                VgResult *result, VgError *error)
{
    VgMediatorScreen screen;
    size_t n_found = 0;
    const VgMediationTable *t = table->rows;
    VG_TRY(vg_mediator_screen(arena, &table->data, options, &screen, error));
    Rows rows = {.table = table,
                 .screen = &screen,
                 .result = result,
                 .to_feature = vg_arena_printf(arena, "%s -> M", t->data.treatment_name),
                 .to_outcome = vg_arena_printf(arena, "M -> %s", t->data.outcome_name),
                 .note = t->concurrent ? "concurrent: mediator perhaps not before outcome" : NULL};
    if (!rows.to_feature || !rows.to_outcome)
        return vg_fail_memory(error);
    for (size_t k = 0; k < screen.n_rows; k++)
        n_found += screen.row[k].q <= fdr;
    add_rows(&rows);
    add_dataset(&rows);
    add_facts(&rows, options, fdr, n_found);
    add_words(&rows, options, fdr, n_found);
    return vg_result_status(result, error);
}
