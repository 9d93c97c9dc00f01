/* vagus glm: words to options, one fit, answers to rows; with --arm what the model says about
 * everybody. */
#include <vagus/glm.h>

#include <math.h>
#include <string.h>

#include "cli/model.h"
#include "model/estimate.h"

/* ---- options ---- */

static VgStatus read_options(const VgArguments *arguments, VgGlmOptions *options,
                             const char **cluster, VgError *error)
{
    *options =
        (VgGlmOptions){.family = VG_GLM_GAUSSIAN, .firth = vg_argument_given(arguments, "firth")};
    *cluster = NULL;
    const char *family = vg_argument(arguments, "family");
    if (family && !vg_glm_family_from_name(family, &options->family))
        return vg_fail(error, VG_USAGE, "unknown family %s", "see --help", family);
    if (options->firth && options->family != VG_GLM_BINOMIAL)
        return vg_fail(error, VG_USAGE, "--firth is for --family binomial",
                       "leave out --firth, or name that family");
    const char *robust = vg_argument(arguments, "robust");
    const char *colon = robust ? strchr(robust, ':') : NULL;
    if (colon) {
        options->robust = VG_GLM_ROBUST_CR0;
        *cluster = colon + 1;
    } else if (robust && !vg_glm_robust_from_name(robust, &options->robust)) {
        return vg_fail(error, VG_USAGE, "unknown standard errors %s", "see --help", robust);
    }
    return VG_OK;
}

/* ---- the arms ---- */

static void add_row(VgResult *result, const VgDesign *design, const char *quantity, const char *arm,
                    const char *reference, const char *note, double n, const VgInference *answer)
{
    if (isnan(answer->estimate))
        return;
    VgEstimate row = vg_estimate_blank();
    row.quantity = quantity;
    row.outcome = design->formula->response->name;
    row.arm = arm;
    row.reference = reference;
    row.note = note;
    row.n = n;
    vg_estimate_fill(&row, answer);
    vg_result_estimate(result, &row);
}

static void add_marginal(VgResult *result, const VgDesign *design, const VgDesignVariable *arm,
                         const VgMarginal *marginal, bool binomial)
{
    static const char *const STANDARDISED =
        "standardised over all rows (g-computation), standard errors by influence function";
    static const char *const RATIO =
        "standardised over all rows (g-computation); se and statistic are those of the logarithm";
    for (size_t a = 0; a < marginal->n_arms; a++)
        add_row(result, design, binomial ? "risk" : "mean", arm->level[a], NULL, STANDARDISED,
                marginal->n, &marginal->mean[a]);
    const char *reference = arm->level[marginal->reference];
    for (size_t a = 0; a < marginal->n_arms; a++) {
        if (a == marginal->reference)
            continue;
        const VgMarginalContrast *contrast = &marginal->contrast[a];
        add_row(result, design, binomial ? "risk_difference" : "mean_difference", arm->level[a],
                reference, STANDARDISED, marginal->n, &contrast->difference);
        add_row(result, design, binomial ? "risk_ratio" : "mean_ratio", arm->level[a], reference,
                RATIO, marginal->n, &contrast->ratio);
        add_row(result, design, "odds_ratio", arm->level[a], reference, RATIO, marginal->n,
                &contrast->odds_ratio);
    }
}

static VgStatus standardise(VgSession *session, VgResult *result, const VgDesign *design,
                            const VgGlmData *data, const VgGlmFit *fit, VgError *error)
{
    const char *column = vg_argument(session->arguments, "arm");
    if (!column)
        return VG_OK;
    if (!vg_cli_factor(design, column))
        return vg_fail(error, VG_USAGE, "--arm %s does not occur in the formula as a factor",
                       "add it to the formula, or leave out --arm", column);
    VgMatrix *x;
    size_t n_arms, variable;
    VG_TRY(vg_glm_arm_designs(session->arena, design, column, &x, &n_arms, &variable, error));
    VgMarginal marginal;
    VG_TRY(
        vg_glm_marginal(session->arena, data, fit, x, n_arms, 0, session->level, &marginal, error));
    add_marginal(result, design, &design->variable[variable], &marginal,
                 fit->family == VG_GLM_BINOMIAL);
    return VG_OK;
}

/* ---- facts ---- */

static void add_facts(VgResult *result, const VgDesign *design, const VgGlmFit *fit,
                      const char *cluster)
{
    VgFactSection section = VG_FACTS_FIT;
    vg_result_text(result, section, NULL, "formula", design->formula->text);
    vg_result_text(result, section, NULL, "family", vg_glm_family_name(fit->family));
    vg_result_text(result, section, NULL, "event", design->event);
    vg_result_text(result, section, NULL, "link", vg_glm_link_name(fit->link));
    vg_result_bool(result, section, NULL, "firth", fit->firth);
    vg_result_text(result, section, NULL, "robust", vg_glm_robust_name(fit->robust));
    vg_result_text(result, section, NULL, "cluster", cluster);
    vg_result_number(result, section, NULL, "loglik", fit->loglik);
    vg_result_number(result, section, NULL, "minus2loglik", -2 * fit->loglik);
    vg_result_number(result, section, NULL, "loglik_penalised", fit->loglik_penalised);
    vg_result_number(result, section, NULL, "aic", fit->aic);
    vg_result_number(result, section, NULL, "bic", fit->bic);
    vg_result_number(result, section, NULL, "deviance", fit->deviance);
    vg_result_number(result, section, NULL, "dispersion", fit->dispersion);
    vg_result_number(result, section, NULL, "theta", fit->theta);
    vg_result_number(result, section, NULL, "theta_se", fit->theta_se);
    vg_result_number(result, section, NULL, "iterations", fit->iterations);
    vg_result_bool(result, section, NULL, "converged", fit->converged);
    vg_result_number(result, section, NULL, "n_observations", (double)fit->n_used);
    vg_result_number(result, section, NULL, "n_dropped", (double)design->n_dropped);
    vg_result_number(result, section, NULL, "df_residual", fit->df_residual);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, NULL, "decrement", fit->decrement);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, NULL, "score_max", fit->score_max);
}

static void tell_what_was_tried(const VgSession *session, const VgGlmFit *fit)
{
    if (session->quiet || fit->n_trace == 0)
        return;
    const VgGlmStep *last = &fit->trace[fit->n_trace - 1];
    fprintf(stderr, "vagus: tried: %d iterations, -log likelihood %.10g, decrement %.3g\n",
            last->iteration, last->objective, last->decrement);
}

/* ---- the command ---- */

VgStatus vg_cli_glm(VgSession *session, VgError *error)
{
    VgGlmOptions options;
    const char *cluster;
    VG_TRY(read_options(session->arguments, &options, &cluster, error));
    VgResult *result;
    VgTable *table;
    VgDesign *design;
    VgRowParts parts;
    bool binary = options.family == VG_GLM_BINOMIAL;
    VG_TRY(vg_cli_design(session, cluster, binary, &result, &table, &design, &parts, error));
    VgGlmData data = {.x = design->x_full_rank,
                      .y = design->y,
                      .weights = parts.weights,
                      .offset = design->offset,
                      .cluster = parts.cluster,
                      .n_clusters = parts.n_clusters,
                      .coefficient_label = parts.coefficient};
    VgGlmFit fit = {0};
    VgStatus status = vg_glm_fit(session->arena, &data, &options, &fit, error);
    if (status == VG_NO_CONVERGENCE)
        tell_what_was_tried(session, &fit);
    VG_TRY(status);
    VgModelAnswers model = {.design = design, .fitted = vg_glm_model(&fit)};
    VG_TRY(vg_cli_coefficients(session, result, &model, error));
    VG_TRY(standardise(session, result, design, &data, &fit, error));
    add_facts(result, design, &fit, cluster);
    return vg_session_print(session, result, error);
}
