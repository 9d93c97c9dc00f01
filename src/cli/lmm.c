/* vagus lmm: words to options; one fit, or one for every column of another table. */
#include <math.h>
#include <string.h>

#include <vagus/false_discovery.h>
#include <vagus/lmm_table.h>

#include "cli/join.h"
#include "cli/model.h"
#include "model/estimate.h"
#include "model/table_checks.h"
#include "numeric/linear_algebra.h"

static VgStatus read_options(const VgArguments *arguments, VgLmmOptions *options, VgError *error)
{
    *options = (VgLmmOptions){.likelihood = vg_argument_given(arguments, "ml") ? VG_ML : VG_REML};
    const char *df = vg_argument(arguments, "df");
    if (df && !vg_df_method_from_name(df, &options->df))
        return vg_fail(error, VG_USAGE, "unknown degrees of freedom %s", "see --help", df);
    if (options->df == VG_DF_KENWARD_ROGER && options->likelihood == VG_ML)
        return vg_fail(error, VG_USAGE, "--df kenward-roger with --ml",
                       "Kenward-Roger needs REML: leave out --ml, or use satterthwaite");
    static const char *const ONE[] = {"tests", "arm"}, *const MANY[] = {"sample", "terms", "fdr"};
    bool many = vg_argument_given(arguments, "outcomes");
    for (size_t i = 0; i < 2; i++)
        if (many && vg_argument(arguments, ONE[i]))
            return vg_fail(error, VG_USAGE, "--%s with --outcomes",
                           "leave it out: the answers are coefficients (--terms)", ONE[i]);
    for (size_t i = 0; i < 3; i++)
        if (!many && vg_argument(arguments, MANY[i]))
            return vg_fail(error, VG_USAGE, "--%s without --outcomes",
                           "name the table of outcomes with --outcomes", MANY[i]);
    return VG_OK;
}

static VgStatus read_formula(VgSession *session, VgFormula **formula, VgError *error)
{
    VG_TRY(vg_formula_parse(session->arena, vg_argument(session->arguments, "formula"), formula,
                            error));
    bool many = vg_argument_given(session->arguments, "outcomes");
    if (!(*formula)->response && !many)
        return vg_fail(error, VG_INVALID_INPUT, "the formula %s has no outcome",
                       "write outcome ~ terms, or name many outcomes with --outcomes",
                       (*formula)->text);
    if ((*formula)->response && many)
        return vg_fail(error, VG_INVALID_INPUT, "the formula %s has an outcome besides --outcomes",
                       "write ~ terms", (*formula)->text);
    if ((*formula)->n_bars == 0 && !many)
        return vg_fail(error, VG_INVALID_INPUT, "the formula %s has no random effects",
                       "add a term such as (1 | id), or use vagus lm", (*formula)->text);
    if ((*formula)->n_offsets && many)
        return vg_fail(error, VG_INVALID_INPUT, "an offset with --outcomes",
                       "subtract it from the outcomes");
    return VG_OK;
}

static VgStatus read_table(VgSession *session, VgResult *result, const VgFormula *formula,
                           const VgDesignOptions *given, const VgTable *table, VgLmmTable **made,
                           VgError *error)
{
    const char *arm = vg_argument(session->arguments, "arm");
    VgDesignOptions options = *given;
    options.as_factor = &arm;
    options.n_as_factor = arm != NULL;
    if (arm)
        VG_TRY(vg_check_two_arms(session->arena, table, arm, error));
    VG_TRY(vg_cli_level_orders(session, table, &options, error));
    VG_TRY(vg_lmm_table(session->arena, table, formula, &options, made, error));
    return vg_cli_check_aliased(session, table, (*made)->design, result, error);
}

/* ---- one outcome ---- */

static void add_variances(VgSession *session, VgResult *result, const VgLmmTable *made,
                          const VgLmmFit *fit)
{
    for (size_t t = 0; t < fit->n_terms; t++) {
        const VgLmmRandom *random = &fit->random[t];
        for (size_t i = 0; i < random->q; i++)
            for (size_t j = i; j < random->q; j++) {
                VgEstimate row = vg_estimate_blank();
                const char *const *effect = made->term[t].effect;
                row.quantity = "random_covariance";
                row.outcome = made->design->formula->response->name;
                row.stratum = made->term[t].name;
                row.term = i == j ? effect[i]
                                  : vg_arena_printf(session->arena, "%s:%s", effect[i], effect[j]);
                row.estimate = VG_AT(random->covariance, i, j);
                row.n = (double)random->n_groups;
                vg_result_estimate(result, &row);
            }
    }
    VgEstimate row = vg_estimate_blank();
    row.quantity = "random_covariance";
    row.outcome = made->design->formula->response->name;
    row.stratum = "residual";
    row.estimate = fit->sigma * fit->sigma;
    row.n = (double)fit->n_rows;
    vg_result_estimate(result, &row);
}

static void add_effects(VgResult *result, const VgLmmTable *made, const VgLmmFit *fit)
{
    static const char *const COLUMN[] = {"grouping", "group", "effect", "#estimate"};
    VgDataset *dataset = vg_result_dataset(result, NULL, "random_effects", COLUMN, 4);
    for (size_t t = 0; t < fit->n_terms; t++)
        for (size_t g = 0; g < fit->random[t].n_groups; g++)
            for (size_t c = 0; c < fit->random[t].q; c++) {
                vg_dataset_row(result, dataset);
                vg_dataset_set_text(result, dataset, "grouping", made->term[t].name);
                vg_dataset_set_text(result, dataset, "group", made->level[t][g]);
                vg_dataset_set_text(result, dataset, "effect", made->term[t].effect[c]);
                vg_dataset_set_number(result, dataset, "estimate",
                                      fit->random[t].effect[g * fit->random[t].q + c]);
            }
}

static void add_facts(VgResult *result, const VgLmmTable *made, const VgLmmFit *fit)
{
    VgFactSection section = VG_FACTS_FIT;
    vg_result_text(result, section, NULL, "formula", made->design->formula->text);
    vg_result_text(result, section, NULL, "likelihood", fit->likelihood == VG_ML ? "ml" : "reml");
    vg_result_text(result, section, NULL, "df_method", vg_df_method_name(fit->df));
    vg_result_number(result, section, NULL, "sigma", fit->sigma);
    vg_result_number(result, section, NULL, "loglik", fit->loglik);
    vg_result_number(result, section, NULL, "minus2loglik", fit->minus2loglik);
    vg_result_number(result, section, NULL, "aic", fit->aic);
    vg_result_number(result, section, NULL, "bic", fit->bic);
    vg_result_number(result, section, NULL, "iterations", fit->iterations);
    vg_result_bool(result, section, NULL, "singular", fit->singular);
    vg_result_number(result, section, NULL, "n_observations", (double)fit->n_rows);
    vg_result_number(result, section, NULL, "n_dropped", (double)made->design->n_dropped);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, NULL, "gradient_max", fit->gradient_max);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, NULL, "decrement", fit->decrement);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, NULL, "hessian_smallest_eigenvalue",
                     fit->smallest_eigenvalue);
}

static VgStatus fit_one(VgSession *session, VgResult *result, const VgFormula *formula,
                        const VgTable *table, const VgLmmOptions *options, VgError *error)
{
    VgLmmTable *made;
    VgLmmFit fit;
    VG_TRY(read_table(session, result, formula, &(VgDesignOptions){0}, table, &made, error));
    VG_TRY(vg_check_outcome_varies(table, made->design, error));
    VG_TRY(vg_lmm_fit(session->arena, &made->data, options, &fit, error));
    VgModelAnswers model = {.design = made->design, .fitted = vg_lmm_model(&fit)};
    VG_TRY(vg_cli_coefficients(session, result, &model, error));
    if (vg_argument(session->arguments, "arm"))
        VG_TRY(vg_cli_arm_means(session, result, &model, vg_argument(session->arguments, "arm"),
                                &(VgLsMeansOptions){0}, NULL, error));
    VG_TRY(vg_cli_tests(session, result, &model, error));
    add_variances(session, result, made, &fit);
    add_effects(result, made, &fit);
    add_facts(result, made, &fit);
    if (fit.singular)
        vg_result_warn(result, "%s", vg_lmm_singular_note(session->arena, &made->data, &fit));
    return VG_OK;
}

/* ---- many outcomes ---- */

typedef struct Outcomes {
    VgSampleTable from;
    VgMatrix y; /* rows of the design × outcomes */
} Outcomes;

static VgStatus order_outcomes(VgSession *session, const VgDesign *design, const VgJoined *joined,
                               Outcomes *outcomes, VgError *error)
{
    outcomes->y = vg_matrix_new(session->arena, design->n_rows, outcomes->from.n);
    if (!outcomes->y.data)
        return vg_fail_memory(error);
    for (size_t f = 0; f < outcomes->from.n; f++) {
        const double *value = outcomes->from.table->column[f + 1].number;
        for (size_t i = 0; i < design->n_rows; i++)
            VG_AT(outcomes->y, i, f) = value ? value[joined->at[design->row[i]]] : (double)NAN;
    }
    return VG_OK;
}

/* --terms as columns of the full-rank design: all but the intercept without it. */
static VgStatus choose_terms(VgSession *session, const VgLmmTable *made, size_t **column, size_t *n,
                             VgError *error)
{
    const VgDesign *design = made->design;
    const char *text = vg_argument(session->arguments, "terms");
    size_t n_named = 0;
    const char **named = text ? vg_argument_list(session->arena, text, &n_named) : NULL;
    *column = VG_NEW(session->arena, size_t, design->rank + n_named + 1);
    if (!*column || (text && !named))
        return vg_fail_memory(error);
    *n = 0;
    for (size_t j = 0; !text && j < design->rank; j++)
        if (design->term[design->independent[j]] >= 0)
            (*column)[(*n)++] = j;
    for (size_t k = 0; k < n_named; k++) {
        size_t j = 0;
        while (j < design->rank && strcmp(made->coefficient[j], named[k]) != 0)
            j++;
        if (j == design->rank) {
            const char *all = "";
            for (size_t i = 0; all && i < design->rank && i < 12; i++)
                all = vg_arena_printf(session->arena, "%s%s%s", all, *all ? ", " : "",
                                      made->coefficient[i]);
            return vg_fail(error, VG_USAGE, "no coefficient %s in the model; there are: %s",
                           "name coefficients as they are printed", named[k], all ? all : "");
        }
        (*column)[(*n)++] = j;
    }
    return *n ? VG_OK
              : vg_fail(error, VG_USAGE, "the model has an intercept only",
                        "name it: --terms '(Intercept)'");
}

static VgStatus add_many(VgSession *session, VgResult *result, const Outcomes *outcomes,
                         const VgLmmTable *made, const size_t *column, const VgLmmMany *many,
                         VgError *error)
{
    size_t total = many->n_outcomes * many->n_contrasts;
    double *p = VG_NEW(session->arena, double, total), null_share;
    VgFalseDiscovery method = VG_FDR_BH;
    const char *fdr = vg_argument(session->arguments, "fdr");
    if (!p)
        return vg_fail_memory(error);
    if (fdr)
        (void)vg_false_discovery_from_name(fdr, &method);
    for (size_t i = 0; i < total; i++)
        p[i] = many->answer[i].p;
    VG_TRY(vg_false_discovery(session->arena, method, total, p, p, &null_share, error));
    for (size_t i = 0; i < total; i++) {
        if (isnan(many->answer[i].estimate))
            continue;
        VgEstimate row = vg_estimate_blank();
        row.quantity = "coefficient";
        row.feature = outcomes->from.name[i / many->n_contrasts];
        row.term = made->coefficient[column[i % many->n_contrasts]];
        vg_estimate_fill(&row, &many->answer[i]);
        row.n = (double)many->n[i / many->n_contrasts];
        row.q = p[i];
        vg_result_estimate(result, &row);
    }
    static const char *const COLUMN[] = {"outcome", "status", "#n", "#sigma", "#variance"};
    VgDataset *dataset = vg_result_dataset(result, NULL, "outcomes", COLUMN, 5);
    for (size_t f = 0; f < many->n_outcomes; f++) {
        vg_dataset_row(result, dataset);
        vg_dataset_set_text(result, dataset, "outcome", outcomes->from.name[f]);
        vg_dataset_set_text(result, dataset, "status", vg_lmm_status_name(many->status[f]));
        vg_dataset_set_number(result, dataset, "n", (double)many->n[f]);
        vg_dataset_set_number(result, dataset, "sigma", many->sigma[f]);
        vg_dataset_set_number(result, dataset, "variance", many->variance[f]);
    }
    VgFactSection section = VG_FACTS_FIT;
    vg_result_text(result, section, NULL, "formula", made->design->formula->text);
    vg_result_text(result, section, NULL, "fdr", vg_false_discovery_name(method));
    if (method == VG_FDR_STOREY)
        vg_result_number(result, section, NULL, "null_share", null_share);
    vg_result_number(result, section, NULL, "n_outcomes", (double)many->n_outcomes);
    vg_result_number(result, section, NULL, "n_tests", (double)total);
    vg_result_number(result, section, NULL, "n_singular", (double)many->n_singular);
    vg_result_number(result, section, NULL, "n_failed", (double)many->n_failed);
    vg_result_number(result, section, NULL, "n_observations", (double)made->design->n_rows);
    vg_result_number(result, section, NULL, "n_dropped", (double)made->design->n_dropped);
    return VG_OK;
}

static void warn_of_statuses(VgResult *result, const Outcomes *outcomes, const VgLmmMany *many)
{
    if (many->n_singular)
        vg_result_warn(result,
                       "%zu of %zu outcomes have a random-effects variance at the boundary; their "
                       "estimates and tests stand",
                       many->n_singular, many->n_outcomes);
    for (size_t f = 0, told = 0; f < many->n_outcomes && told < 5; f++)
        if (many->status[f] > VG_LMM_SINGULAR) {
            vg_result_warn(result, "not fitted: %s (%s)", outcomes->from.name[f],
                           vg_lmm_status_name(many->status[f]));
            told++;
        }
    if (many->n_failed > 5)
        vg_result_warn(result, "%zu outcomes in all were not fitted: see the dataset outcomes",
                       many->n_failed);
}

static VgStatus fit_many(VgSession *session, VgResult *result, const VgFormula *formula,
                         const VgTable *table, const VgLmmOptions *lmm, VgError *error)
{
    Outcomes outcomes = {0};
    VgJoined joined;
    VgLmmTable *made;
    size_t *column = NULL, n = 0;
    const char *sample = vg_argument(session->arguments, "sample");
    VG_TRY(vg_cli_sample_table(session, result, "outcomes", &outcomes.from, error));
    VG_TRY(vg_cli_join(session, result, outcomes.from.sample, outcomes.from.table->n_rows,
                       outcomes.from.table->path, table, sample ? sample : table->column[0].name,
                       NULL, &joined, error));
    VgDesignOptions options = {.keep = joined.keep};
    VG_TRY(read_table(session, result, formula, &options, table, &made, error));
    VG_TRY(order_outcomes(session, made->design, &joined, &outcomes, error));
    VG_TRY(choose_terms(session, made, &column, &n, error));
    size_t p = made->data.x.cols;
    double *contrast = VG_NEW(session->arena, double, n *p);
    if (!contrast)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++)
        contrast[k * p + column[k]] = 1;
    VgLmmManyData data = {.x = made->data.x,
                          .y = outcomes.y,
                          .term = made->term,
                          .n_terms = made->data.n_terms,
                          .contrast = contrast,
                          .n_contrasts = n};
    VgLmmManyOptions many_options = {.lmm = *lmm,
                                     .level = session->level,
                                     .threads =
                                         (int)vg_argument_number(session->arguments, "threads", 0)};
    VgLmmMany many;
    VG_TRY(vg_lmm_fit_many(session->arena, &data, &many_options, &many, error));
    VG_TRY(add_many(session, result, &outcomes, made, column, &many, error));
    warn_of_statuses(result, &outcomes, &many);
    return VG_OK;
}

VgStatus vg_cli_lmm(VgSession *session, VgError *error)
{
    VgLmmOptions options;
    VgFormula *formula;
    VgTable *table;
    VG_TRY(read_options(session->arguments, &options, error));
    VG_TRY(read_formula(session, &formula, error));
    VgResult *result = vg_session_result(session);
    if (!result)
        return vg_fail_memory(error);
    const char *sample = vg_argument(session->arguments, "sample");
    VG_TRY(
        vg_session_table(session, result, sample ? &sample : NULL, sample != NULL, &table, error));
    if (vg_argument_given(session->arguments, "outcomes"))
        VG_TRY(fit_many(session, result, formula, table, &options, error));
    else
        VG_TRY(fit_one(session, result, formula, table, &options, error));
    return vg_session_print(session, result, error);
}
