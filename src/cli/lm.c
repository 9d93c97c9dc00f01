/* vagus lm: words to options, one fit, answers to rows. */
#include <vagus/lm.h>

#include <math.h>
#include <string.h>

#include "cli/model.h"
#include "model/wald.h"

/* hc3, or cr2:COL; cluster:COL is cr2:COL. */
static VgStatus read_robust(VgSession *session, VgLmOptions *options, const char **cluster,
                            VgError *error)
{
    *cluster = NULL;
    const char *robust = vg_argument(session->arguments, "robust");
    if (!robust)
        return VG_OK;
    size_t length = strcspn(robust, ":");
    const char *kind = vg_arena_strndup(session->arena, robust, length);
    if (!kind)
        return vg_fail_memory(error);
    if (robust[length] == ':') {
        *cluster = robust + length + 1;
        if (strcmp(kind, "cluster") == 0)
            kind = "cr2";
    }
    for (int c = VG_LM_HC0; c <= VG_LM_CR3; c++) {
        if (strcmp(vg_lm_covariance_name((VgLmCovariance)c), kind) == 0) {
            options->covariance = (VgLmCovariance)c;
            return VG_OK;
        }
    }
    return vg_fail(error, VG_USAGE, "unknown standard errors %s", "see --help", robust);
}

/* With aliased columns left out a coefficient stands for what R prints, estimable by itself or not.
 */
static VgStatus answer_coefficient(const void *model, size_t column, double level, VgInference *out,
                                   VgError *error)
{
    (void)error;
    const VgLm *fit = model;
    *out = vg_wald(fit->coefficient[column], fit->se[column], fit->df[column], level);
    return VG_OK;
}

static void add_facts(VgResult *result, const VgLm *fit, const char *cluster)
{
    VgFactSection section = VG_FACTS_FIT;
    vg_result_text(result, section, NULL, "formula", fit->design->formula->text);
    vg_result_text(result, section, NULL, "standard_errors",
                   vg_lm_covariance_name(fit->covariance));
    vg_result_text(result, section, NULL, "cluster", cluster);
    if (cluster)
        vg_result_number(result, section, NULL, "n_clusters", (double)fit->n_clusters);
    vg_result_number(result, section, NULL, "sigma", fit->sigma);
    vg_result_number(result, section, NULL, "df_residual", fit->df_residual);
    vg_result_number(result, section, NULL, "r_squared", fit->r_squared);
    vg_result_number(result, section, NULL, "adjusted_r_squared", fit->adjusted_r_squared);
    vg_result_number(result, section, NULL, "f", fit->overall.statistic);
    vg_result_number(result, section, NULL, "f_df_numerator", fit->overall.df_numerator);
    vg_result_number(result, section, NULL, "f_df_denominator", fit->overall.df_denominator);
    vg_result_number(result, section, NULL, "f_p", fit->overall.p);
    vg_result_number(result, section, NULL, "loglik", fit->log_likelihood);
    vg_result_number(result, section, NULL, "minus2loglik", -2 * fit->log_likelihood);
    vg_result_number(result, section, NULL, "aic", fit->aic);
    vg_result_number(result, section, NULL, "bic", fit->bic);
    vg_result_number(result, section, NULL, "n_observations", (double)fit->n);
    vg_result_number(result, section, NULL, "n_dropped", (double)fit->design->n_dropped);
    double leverage = 0, cook = 0;
    for (size_t i = 0; i < fit->design->n_rows; i++) {
        leverage = fmax(leverage, fit->leverage[i]);
        cook = fmax(cook, fit->cook[i]);
    }
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, NULL, "largest_leverage", leverage);
    vg_result_number(result, VG_FACTS_DIAGNOSTICS, NULL, "largest_cook_distance", cook);
}

static VgStatus add_means(VgSession *session, VgResult *result, const VgModelAnswers *model,
                          VgError *error)
{
    const char *arm = vg_argument(session->arguments, "arm");
    const char *margins = vg_argument(session->arguments, "margins");
    if (!arm)
        return VG_OK;
    VgLsMeansOptions options = {.margins = margins && strcmp(margins, "observed") == 0
                                               ? VG_MARGINS_OBSERVED
                                               : VG_MARGINS_EQUAL};
    return vg_cli_arm_means(session, result, model, arm, &options, NULL, error);
}

VgStatus vg_cli_lm(VgSession *session, VgError *error)
{
    VgLmOptions options = {.covariance = VG_LM_CLASSICAL};
    const char *cluster;
    VG_TRY(read_robust(session, &options, &cluster, error));
    if (vg_argument(session->arguments, "margins") && !vg_argument(session->arguments, "arm"))
        return vg_fail(error, VG_USAGE, "--margins without --arm",
                       "name the column of the arm with --arm");
    VgResult *result;
    VgTable *table;
    VgDesign *design;
    VgRowParts parts;
    VG_TRY(vg_cli_design(session, cluster, false, &result, &table, &design, &parts, error));
    options.weights = parts.weights;
    options.cluster = parts.cluster;
    options.n_clusters = parts.n_clusters;
    VgLm *fit;
    VG_TRY(vg_lm_fit(session->arena, design, &options, &fit, error));
    VgModelAnswers model = {.design = design,
                            .fitted = vg_lm_model(fit),
                            .coefficient = design->rank < design->p ? answer_coefficient : NULL};
    VG_TRY(vg_cli_coefficients(session, result, &model, error));
    VG_TRY(add_means(session, result, &model, error));
    VG_TRY(vg_cli_tests(session, result, &model, error));
    add_facts(result, fit, cluster);
    return vg_session_print(session, result, error);
}
