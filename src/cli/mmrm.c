/* vagus mmrm: words to options, one fit, answers to rows. */
#include <vagus/mmrm.h>

#include <math.h>
#include <string.h>

#include <vagus/effect_size.h>
#include <vagus/mmrm_table.h>

#include "base/file.h"
#include "cli/model.h"
#include "model/estimate.h"
#include "report/text.h"

/* ---- options ---- */

static VgStatus read_fallback(VgSession *session, VgMmrmOptions *options, VgError *error)
{
    const char *text = vg_argument(session->arguments, "fallback");
    if (!text)
        return VG_OK;
    size_t n;
    const char **name = vg_argument_list(session->arena, text, &n);
    VgCovariance *fallback = VG_NEW(session->arena, VgCovariance, n);
    if (!name || !fallback)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        if (!vg_covariance_from_name(name[i], &fallback[i]))
            return vg_fail(error, VG_USAGE, "unknown covariance %s", "see --help", name[i]);
    options->fallback = fallback;
    options->n_fallback = n;
    return VG_OK;
}

static VgStatus read_df(const VgArguments *arguments, VgMmrmOptions *options, VgError *error)
{
    const char *df = vg_argument(arguments, "df"), *like = vg_argument(arguments, "like");
    if (df && like)
        return vg_fail(error, VG_USAGE, "both --df and --like", "--like sets the df: give one");
    if (like)
        df = strcmp(like, "sas") == 0 ? "kenward-roger-linear" : "satterthwaite";
    if (df && !vg_df_method_from_name(df, &options->df))
        return vg_fail(error, VG_USAGE, "unknown df method %s", "see --help", df);
    bool kenward_roger =
        options->df == VG_DF_KENWARD_ROGER || options->df == VG_DF_KENWARD_ROGER_LINEAR;
    if (kenward_roger && vg_argument(arguments, "robust"))
        return vg_fail(error, VG_USAGE, "--robust does not go together with Kenward-Roger",
                       "use --df satterthwaite, or leave out --robust");
    const char *method = vg_argument(arguments, "method");
    if (kenward_roger && method && strcmp(method, "ml") == 0)
        return vg_fail(error, VG_USAGE, "Kenward-Roger needs REML",
                       "leave out --method ml, or use --df satterthwaite");
    return VG_OK;
}

static VgStatus read_options(VgSession *session, VgMmrmOptions *options, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    *options = (VgMmrmOptions){.covariance = VG_COVARIANCE_UNSTRUCTURED};
    const char *covariance = vg_argument(arguments, "covariance");
    if (covariance && !vg_covariance_from_name(covariance, &options->covariance))
        return vg_fail(error, VG_USAGE, "unknown covariance %s", "see --help", covariance);
    const char *method = vg_argument(arguments, "method");
    options->likelihood = method && strcmp(method, "ml") == 0 ? VG_ML : VG_REML;
    const char *robust = vg_argument(arguments, "robust");
    if (robust)
        options->sandwich = strcmp(robust, "cr0") == 0   ? VG_SANDWICH_CR0
                            : strcmp(robust, "cr2") == 0 ? VG_SANDWICH_CR2
                                                         : VG_SANDWICH_CR3;
    VG_TRY(read_df(arguments, options, error));
    if (!vg_argument(arguments, "arm") &&
        (vg_argument_given(arguments, "visit-average") || vg_argument(arguments, "margins") ||
         vg_argument(arguments, "at-mean") || vg_argument(arguments, "standardiser") ||
         vg_argument_given(arguments, "show-contrasts")))
        return vg_fail(error, VG_USAGE, "options about LS means without --arm",
                       "name the column of the arm with --arm");
    return read_fallback(session, options, error);
}

static VgLsMeansOptions means_settings(const VgArguments *arguments, const VgMmrmTable *made)
{
    const char *margins = vg_argument(arguments, "margins");
    const char *at_mean = vg_argument(arguments, "at-mean");
    return (VgLsMeansOptions){
        .margins =
            margins && strcmp(margins, "observed") == 0 ? VG_MARGINS_OBSERVED : VG_MARGINS_EQUAL,
        .at_mean = at_mean && strcmp(at_mean, "subject") == 0 ? VG_AT_MEAN_SUBJECT : VG_AT_MEAN_ROW,
        .subject = made->data.subject,
        .n_subjects = made->data.n_subjects};
}

/* ---- the standard deviations of effect sizes ---- */

/* The SD that effect sizes at one visit are divided by, and how well it is known. */
typedef struct Standardiser {
    const char *note;
    double sd, df;
} Standardiser;

static VgStatus standardiser_at(VgSession *session, const VgMmrmTable *made, const VgMmrmFit *fit,
                                size_t visit, Standardiser *out, VgError *error)
{
    const char *column = vg_argument(session->arguments, "standardiser");
    if (column) {
        VG_TRY(vg_mmrm_table_baseline_sd(made, column, &out->sd, &out->df, error));
        out->note =
            vg_arena_printf(session->arena, "standardiser: pooled SD of %s, %.6g", column, out->sd);
    } else {
        size_t n = 0;
        for (size_t a = 0; a < made->n_arms; a++)
            n += made->count[a * made->data.n_visits + visit];
        out->sd = sqrt(VG_AT(fit->sigma[0], visit, visit));
        out->df = n > made->n_arms ? (double)(n - made->n_arms) : 1;
        out->note =
            vg_arena_printf(session->arena, "standardiser: model SD at this visit, %.6g", out->sd);
    }
    return out->note ? VG_OK : vg_fail_memory(error);
}

static VgStatus add_effect_size(VgSession *session, VgResult *result, const VgMmrmTable *made,
                                const VgMmrmFit *fit, const VgCombination *contrast, size_t visit,
                                const VgInference *difference, VgError *error)
{
    if (fit->n_groups > 1 && !vg_argument(session->arguments, "standardiser"))
        return VG_OK; /* there is no one model SD; --standardiser names another */
    Standardiser standardiser;
    VG_TRY(standardiser_at(session, made, fit, visit, &standardiser, error));
    VgInference effect;
    VG_TRY(vg_standardised_difference(difference, standardiser.sd, standardiser.df, false,
                                      session->level, &effect, error));
    VgEstimate row = vg_estimate_blank();
    row.quantity = "effect_size";
    row.outcome = made->design->formula->response->name;
    row.visit = contrast->visit;
    row.arm = contrast->arm;
    row.reference = contrast->reference;
    row.note = standardiser.note;
    row.n = contrast->n;
    row.unit = "SD";
    vg_estimate_fill(&row, &effect);
    row.statistic = row.p = NAN; /* the test is the contrast's; this interval allows for the SD's error too */
    vg_result_estimate(result, &row);
    return VG_OK;
}

/* The LS means of all arms at all visits, in the order of arms (slow) and visits. */
typedef struct VisitMeans {
    const VgLsMeans *means;
    const VgDesignVariable *arm, *visit;
    size_t n_visits;
} VisitMeans;

static VgStatus add_lsmeans(VgSession *session, VgResult *result, const VgModelAnswers *model,
                            const VisitMeans *all, VgError *error)
{
    const VgLsMeans *means = all->means;
    bool estimable;
    for (size_t v = 0; v < all->n_visits; v++) {
        for (size_t a = 0; a < all->arm->n_levels; a++) {
            size_t i = a * all->n_visits + v;
            VgCombination mean = {.quantity = "lsmean",
                                  .visit = all->visit->level[means->code[2 * i + 1]],
                                  .arm = all->arm->level[means->code[2 * i]],
                                  .contrast = means->contrast + i * model->design->p,
                                  .n = (double)means->count[i],
                                  .shift = means->offset};
            VG_TRY(vg_cli_combination(session, result, model, &mean, NULL, &estimable, error));
        }
    }
    return VG_OK;
}

/* The visit's index in the covariance: levels are matched by name. */
static size_t covariance_visit(const VgMmrmTable *made, const char *name)
{
    for (size_t v = 0; v < made->data.n_visits; v++)
        if (strcmp(made->visit[v], name) == 0)
            return v;
    return SIZE_MAX;
}

static VgStatus add_contrasts(VgSession *session, VgResult *result, const VgModelAnswers *model,
                              const VgMmrmTable *made, const VisitMeans *all, VgError *error)
{
    size_t p = model->design->p;
    const VgLsMeans *means = all->means;
    for (size_t a = 1; a < all->arm->n_levels; a++) {
        for (size_t v = 0; v < all->n_visits; v++) {
            size_t i = a * all->n_visits + v;
            double *difference = VG_NEW(session->arena, double, p);
            if (!difference)
                return vg_fail_memory(error);
            for (size_t j = 0; j < p; j++)
                difference[j] = means->contrast[i * p + j] - means->contrast[v * p + j];
            VgCombination contrast = {.quantity = "contrast",
                                      .visit = all->visit->level[means->code[2 * i + 1]],
                                      .arm = all->arm->level[means->code[2 * i]],
                                      .reference = all->arm->level[means->code[2 * v]],
                                      .contrast = difference,
                                      .n = (double)(means->count[i] + means->count[v])};
            VgInference answer;
            bool estimable;
            VG_TRY(
                vg_cli_combination(session, result, model, &contrast, &answer, &estimable, error));
            size_t visit = covariance_visit(made, contrast.visit);
            if (estimable && visit != SIZE_MAX)
                VG_TRY(add_effect_size(session, result, made, model->fitted.fit, &contrast, visit,
                                       &answer, error));
        }
    }
    return VG_OK;
}

static VgStatus add_means(VgSession *session, VgResult *result, const VgModelAnswers *model,
                          const VgMmrmTable *made, VgError *error)
{
    const char *arm_column = vg_argument(session->arguments, "arm");
    if (!arm_column)
        return VG_OK;
    VgLsMeansOptions options = means_settings(session->arguments, made);
    const VgDesignVariable *visit =
        vg_cli_factor(model->design, vg_argument(session->arguments, "visit"));
    const VgDesignVariable *arm = vg_cli_factor(model->design, arm_column);
    if (!visit || !arm) {
        VG_TRY(vg_cli_arm_means(session, result, model, arm_column, &options, NULL, error));
        vg_result_warn(result,
                       "the formula has no visit effect: LS means are the same at all visits");
        return VG_OK;
    }
    const char *const by[] = {arm->name, visit->name};
    options.by = by;
    options.n_by = 2;
    VgLsMeans *means;
    VG_TRY(vg_lsmeans(session->arena, model->design, &options, &means, error));
    VisitMeans all = {means, arm, visit, visit->n_levels};
    VG_TRY(add_lsmeans(session, result, model, &all, error));
    VG_TRY(add_contrasts(session, result, model, made, &all, error));
    const VgMmrmFit *fit = model->fitted.fit;
    if (fit->n_groups > 1 && !vg_argument(session->arguments, "standardiser"))
        vg_result_warn(result, "no effect sizes: each group has an SD of its own; name a baseline "
                               "column with --standardiser");
    if (vg_argument_given(session->arguments, "visit-average"))
        VG_TRY(vg_cli_arm_means(session, result, model, arm_column, &options, "average", error));
    return VG_OK;
}

/* ---- covariance, facts, diagnostics ---- */

static void add_covariance(VgSession *session, VgResult *result, const VgMmrmTable *made,
                           const VgMmrmFit *fit)
{
    static const char *const COLUMN[] = {"group", "row", "column", "#covariance", "#correlation"};
    VgDataset *dataset =
        vg_result_dataset(result, NULL, "covariance", COLUMN, sizeof COLUMN / sizeof *COLUMN);
    for (size_t g = 0; g < fit->n_groups; g++) {
        for (size_t i = 0; i < fit->n_visits; i++) {
            for (size_t j = 0; j < fit->n_visits; j++) {
                double covariance = VG_AT(fit->sigma[g], i, j);
                const char *group = made->group ? made->group[g] : NULL;
                vg_dataset_row(result, dataset);
                vg_dataset_set_text(result, dataset, "group", group);
                vg_dataset_set_text(result, dataset, "row", made->visit[i]);
                vg_dataset_set_text(result, dataset, "column", made->visit[j]);
                vg_dataset_set_number(result, dataset, "covariance", covariance);
                vg_dataset_set_number(
                    result, dataset, "correlation",
                    covariance / sqrt(VG_AT(fit->sigma[g], i, i) * VG_AT(fit->sigma[g], j, j)));
                if (j < i)
                    continue;
                VgEstimate row = vg_estimate_blank();
                row.quantity = "covariance";
                row.term = vg_arena_printf(session->arena, "%s:%s", made->visit[i], made->visit[j]);
                row.stratum = group;
                row.outcome = made->design->formula->response->name;
                row.estimate = covariance;
                vg_result_estimate(result, &row);
            }
        }
    }
}

static void add_facts(VgResult *result, const VgMmrmTable *made, const VgMmrmFit *fit)
{
    static const char *const SANDWICH[] = {"none", "cr0", "cr2", "cr3"};
    VgFactSection section = VG_FACTS_FIT;
    vg_result_text(result, section, NULL, "formula", made->design->formula->text);
    vg_result_text(result, section, NULL, "structure", vg_covariance_name(fit->covariance));
    vg_result_text(result, section, NULL, "likelihood", fit->likelihood == VG_ML ? "ml" : "reml");
    vg_result_text(result, section, NULL, "df_method", vg_df_method_name(fit->df));
    if (fit->sandwich != VG_SANDWICH_NONE)
        vg_result_text(result, section, NULL, "robust", SANDWICH[fit->sandwich]);
    vg_result_number(result, section, NULL, "loglik", fit->loglik);
    vg_result_number(result, section, NULL, "minus2loglik", fit->minus2loglik);
    vg_result_number(result, section, NULL, "aic", fit->aic);
    vg_result_number(result, section, NULL, "aicc", fit->aicc);
    vg_result_number(result, section, NULL, "bic", fit->bic);
    vg_result_number(result, section, NULL, "iterations", fit->iterations);
    vg_result_bool(result, section, NULL, "converged", fit->converged);
    vg_result_bool(result, section, NULL, "fell_back", fit->fell_back);
    vg_result_number(result, section, NULL, "n_subjects", (double)fit->n_subjects);
    vg_result_number(result, section, NULL, "n_observations", (double)fit->n_rows);
    vg_result_number(result, section, NULL, "n_dropped", (double)made->design->n_dropped);
    vg_result_number(result, section, NULL, "n_covariance_parameters", (double)fit->n_theta);
}

static void add_diagnostics(VgResult *result, const VgMmrmFit *fit)
{
    double gradient = 0;
    for (size_t k = 0; k < fit->n_theta; k++)
        gradient = fmax(gradient, fabs(fit->gradient[k]));
    VgFactSection section = VG_FACTS_DIAGNOSTICS;
    vg_result_number(result, section, NULL, "gradient_max", gradient);
    vg_result_number(result, section, NULL, "decrement", fit->decrement);
    if (fit->n_theta)
        vg_result_number(result, section, NULL, "hessian_smallest_eigenvalue",
                         fit->hessian_eigen[0]);
    vg_result_number(result, section, NULL, "condition", fit->condition);
    vg_result_number(result, section, NULL, "patterns", (double)fit->n_patterns);
}

/* --verbose: the steps of the optimiser, on standard error. */
static void tell_steps(const VgMmrmFit *fit)
{
    for (size_t i = 0; i < fit->n_trace; i++) {
        const VgMmrmStep *step = &fit->trace[i];
        if (!isfinite(step->objective))
            continue;
        fprintf(stderr,
                "vagus: %s %s %d: -2 log likelihood %.12g, gradient %.3g, decrement %.3g, step "
                "%.3g%s%s\n",
                vg_covariance_name(step->covariance), step->newton ? "newton" : "scoring",
                step->iteration, step->objective, step->gradient_max, step->decrement, step->step,
                step->note ? ": " : "", step->note ? step->note : "");
    }
}

static bool order_was_named(const VgArguments *arguments, const char *column)
{
    size_t length = strlen(column);
    for (size_t n = 0;; n++) {
        const char *text = vg_argument_nth(arguments, "levels", n);
        if (!text)
            return false;
        if (strncmp(text, column, length) == 0 && text[length] == '=')
            return true;
    }
}

/* Structures that know which visits are neighbours must not take them from the alphabet unseen. */
static bool warn_of_alphabet(VgSession *session, VgResult *result, const VgMmrmTable *made,
                             const VgMmrmFit *fit)
{
    const VgColumn *visit = vg_table_column(made->table, made->columns.visit);
    bool neighbours = fit->covariance != VG_COVARIANCE_UNSTRUCTURED &&
                      fit->covariance != VG_COVARIANCE_COMPOUND_SYMMETRY &&
                      fit->covariance != VG_COVARIANCE_COMPOUND_SYMMETRY_HETEROGENEOUS;
    bool numbered =
        true; /* "week 2", "week 4": the names tell the order, and it is looked at below */
    for (size_t v = 0; v < made->data.n_visits; v++)
        numbered = numbered && strpbrk(made->visit[v], "0123456789");
    if (!neighbours || numbered || made->data.n_visits < 3 || !visit ||
        visit->type != VG_COLUMN_FACTOR || order_was_named(session->arguments, made->columns.visit))
        return false;
    const char *order = made->visit[0];
    for (size_t v = 1; order && v < made->data.n_visits; v++)
        order = vg_arena_printf(session->arena, "%s, %s", order, made->visit[v]);
    vg_result_warn(result,
                   "covariance %s takes the visits in alphabetical order: %s; name the order in "
                   "time with --levels %s=…",
                   vg_covariance_name(fit->covariance), order ? order : "", made->columns.visit);
    return true;
}

/* METHODS 2.1, "W" and "D". */
static void add_warnings(VgSession *session, VgResult *result, const VgMmrmTable *made,
                         const VgMmrmFit *fit)
{
    const char *declared = vg_argument(session->arguments, "covariance");
    if (fit->fell_back)
        vg_result_warn(result, "covariance %s has no certified optimum; %s was used as declared",
                       declared ? declared : "us", vg_covariance_name(fit->covariance));
    const char *caution = vg_df_method_caution(fit->df, fit->n_subjects);
    if (caution)
        vg_result_warn(result, "%s", caution);
    if (fit->condition > 1e8)
        vg_result_warn(result, "the covariance is nearly singular (condition number %.2g)",
                       fit->condition);
    for (size_t i = 0; i < result->n_estimates; i++) {
        const VgEstimate *row = &result->estimate[i];
        if (strcmp(row->quantity, "contrast") == 0 && row->df < 5)
            vg_result_warn(result, "the contrast at %s has only %.2g degrees of freedom",
                           row->visit ? row->visit : "all visits", row->df);
    }
    if (warn_of_alphabet(session, result, made, fit))
        return;
    for (size_t v = 1; v < made->data.n_visits; v++) {
        bool ordered_by_bytes = strcmp(made->visit[v - 1], made->visit[v]) < 0;
        if (ordered_by_bytes && strverscmp(made->visit[v - 1], made->visit[v]) > 0) {
            vg_result_warn(result,
                           "visits are in the order of their bytes, %s before %s; name the order "
                           "in time with --levels %s=…",
                           made->visit[v - 1], made->visit[v], made->columns.visit);
            break;
        }
    }
}

/* What was tried, one line a structure, when nothing converged. */
static void tell_what_was_tried(const VgSession *session, const VgMmrmFit *fit)
{
    const VgMmrmStep *step = NULL; /* the last one that has numbers */
    for (size_t i = 0; i < fit->n_trace && !session->quiet; i++) {
        const VgMmrmStep *now = &fit->trace[i];
        if (isfinite(now->objective))
            step = now;
        if (i + 1 < fit->n_trace && fit->trace[i + 1].covariance == now->covariance)
            continue;
        fprintf(stderr, "vagus: tried %s", vg_covariance_name(now->covariance));
        if (step)
            fprintf(
                stderr,
                ": %d iterations, -2 log likelihood %.10g, largest gradient %.3g, decrement %.3g",
                step->iteration, step->objective, step->gradient_max, step->decrement);
        fprintf(stderr, "%s%s\n", now->note ? ": " : "", now->note ? now->note : "");
        step = NULL;
    }
}

/* ---- residuals ---- */

static void residual_row(VgBuffer *buffer, const VgMmrmTable *made, size_t i,
                         const double *const number[], size_t n_numbers)
{
    vg_csv_put_text(buffer, made->subject[made->data.subject[i]]);
    vg_buffer_text(buffer, ",");
    vg_csv_put_text(buffer, made->visit[made->data.visit[i]]);
    vg_buffer_text(buffer, ",");
    if (made->arm_of_row)
        vg_csv_put_text(buffer, made->arm[made->arm_of_row[i]]);
    vg_buffer_printf(buffer, ",%u",
                     made->table->line ? (unsigned)made->table->line[made->design->row[i]] : 0u);
    for (size_t k = 0; k < n_numbers; k++) {
        vg_buffer_text(buffer, ",");
        vg_buffer_double(buffer, number[k][i]);
    }
    vg_buffer_text(buffer, "\n");
}

static VgStatus write_residuals(VgSession *session, const VgMmrmTable *made, const VgMmrmFit *fit,
                                VgError *error)
{
    const char *path = vg_argument(session->arguments, "residuals");
    if (!path)
        return VG_OK;
    enum { KINDS = 3 };
    size_t n = made->data.n_rows;
    double *number[KINDS + 1];
    for (size_t k = 0; k <= KINDS; k++)
        if (!(number[k] = VG_NEW(session->arena, double, n)))
            return vg_fail_memory(error);
    vg_mmrm_fitted(fit, &made->data, number[0]);
    static const VgResidualKind KIND[KINDS] = {VG_RESIDUAL_RESPONSE, VG_RESIDUAL_PEARSON,
                                               VG_RESIDUAL_NORMALISED};
    for (size_t k = 0; k < KINDS; k++)
        VG_TRY(vg_mmrm_residuals(session->arena, fit, &made->data, KIND[k], number[k + 1], error));
    VgBuffer buffer = {0};
    vg_csv_put_text(&buffer, made->columns.id);
    vg_buffer_text(&buffer, ",");
    vg_csv_put_text(&buffer, made->columns.visit);
    vg_buffer_text(&buffer, ",");
    vg_csv_put_text(&buffer, made->columns.arm ? made->columns.arm : "arm");
    vg_buffer_text(&buffer, ",line,fitted,response,pearson,normalised\n");
    for (size_t i = 0; i < n; i++)
        residual_row(&buffer, made, i, (const double *const *)number, KINDS + 1);
    VgStatus status = vg_buffer_status(&buffer, error);
    if (status == VG_OK)
        status = vg_file_write(path, buffer.text, buffer.length, error);
    vg_buffer_free(&buffer);
    return status;
}

/* ---- the command ---- */

static VgStatus fit_model(VgSession *session, const VgMmrmTable *made, VgMmrmFit *fit,
                          VgError *error)
{
    VgMmrmOptions options;
    VG_TRY(read_options(session, &options, error));
    VG_TRY(vg_mmrm_table_check_size(made, &options, error));
    VgStatus status = vg_mmrm_fit(session->arena, &made->data, &options, fit, error);
    if (status == VG_NO_CONVERGENCE)
        tell_what_was_tried(session, fit);
    return status;
}

static VgStatus answer_all(VgSession *session, VgResult *result, const VgMmrmTable *made,
                           const VgMmrmFit *fit, VgError *error)
{
    VgModelAnswers model = {.design = made->design,
                            .fitted = vg_mmrm_model(fit),
                            .show_contrasts =
                                vg_argument_given(session->arguments, "show-contrasts")};
    VG_TRY(vg_cli_coefficients(session, result, &model, error));
    VG_TRY(add_means(session, result, &model, made, error));
    VG_TRY(vg_cli_tests(session, result, &model, error));
    add_covariance(session, result, made, fit);
    add_facts(result, made, fit);
    add_diagnostics(result, fit);
    if (session->verbose && !session->quiet)
        tell_steps(fit);
    add_warnings(session, result, made, fit);
    return vg_result_status(result, error);
}

VgStatus vg_cli_mmrm(VgSession *session, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    VgMmrmColumns columns = {.id = vg_argument(arguments, "id"),
                             .visit = vg_argument(arguments, "visit"),
                             .arm = vg_argument(arguments, "arm"),
                             .group = vg_argument(arguments, "by-group"),
                             .weights = vg_argument(arguments, "weights")};
    VgMmrmOptions checked; /* what is wrong with the words is told before any file is read */
    VG_TRY(read_options(session, &checked, error));
    VgFormula *formula;
    VG_TRY(vg_formula_parse(session->arena, vg_argument(arguments, "formula"), &formula, error));
    VgResult *result = vg_session_result(session);
    if (!result)
        return vg_fail_memory(error);
    const char *const identifier[] = {columns.id};
    VgTable *table;
    VG_TRY(vg_session_table(session, result, identifier, 1, &table, error));
    VgDesignOptions options = {0};
    VG_TRY(vg_cli_level_orders(session, table, &options, error));
    VgMmrmTable *made;
    VG_TRY(vg_mmrm_table(session->arena, table, formula, &columns, &options, &made, error));
    VG_TRY(vg_cli_check_aliased(session, table, made->design, result, error));
    VgMmrmFit fit = {0};
    VG_TRY(fit_model(session, made, &fit, error));
    VG_TRY(answer_all(session, result, made, &fit, error));
    VG_TRY(write_residuals(session, made, &fit, error));
    return vg_session_print(session, result, error);
}
