/* vagus mediate: words to columns and options, one analysis, answers to rows. */
#include <math.h>
#include <string.h>

#include <vagus/mediation_censored.h>

#include "cli/mediate.h"

static VgStatus read_options(const VgSession *session, VgMediationOptions *options, VgError *error)
{
    const VgArguments *a = session->arguments;
    *options = (VgMediationOptions){.level = session->level,
                                    .seed = (uint64_t)vg_argument_number(a, "seed", 1),
                                    .draws = (size_t)vg_argument_number(a, "boot", 0),
                                    .threads = (int)vg_argument_number(a, "threads", 0)};
    const char *mediator = vg_argument(a, "mediator-model");
    const char *outcome = vg_argument(a, "outcome-model");
    const char *interval = vg_argument(a, "interval"), *robust = vg_argument(a, "robust");
    if ((mediator && !vg_mediation_model_from_name(mediator, &options->mediator_model)) ||
        (outcome && !vg_mediation_model_from_name(outcome, &options->outcome_model)) ||
        (interval && !vg_mediation_interval_from_name(interval, &options->interval)) ||
        (robust && !vg_glm_robust_from_name(robust, &options->robust)))
        return vg_fail(error, VG_USAGE, "unknown model, interval or standard errors", "see --help");
    if (vg_argument_given(a, "boot") && options->interval == VG_MEDIATION_DELTA)
        return vg_fail(error, VG_USAGE, "--boot with --interval delta",
                       "the delta method draws nothing: leave out --boot");
    if (options->robust == VG_GLM_ROBUST_CR0 && !vg_argument(a, "cluster"))
        return vg_fail(error, VG_USAGE, "--robust cr0 without --cluster",
                       "name the column of the clusters");
    return VG_OK;
}

static VgMediationInteraction read_interaction(const VgArguments *a)
{
    const char *word = vg_argument(a, "interaction");
    return !word || strcmp(word, "both") == 0 ? VG_INTERACTION_BOTH
           : strcmp(word, "yes") == 0         ? VG_INTERACTION_YES
                                              : VG_INTERACTION_NO;
}

/* --contrast TREATED,CONTROL or --control CONTROL */
static VgStatus read_contrast(VgSession *session, VgMediationColumns *columns, VgError *error)
{
    const char *both = vg_argument(session->arguments, "contrast");
    columns->control = vg_argument(session->arguments, "control");
    if (!both)
        return VG_OK;
    if (columns->control)
        return vg_fail(error, VG_USAGE, "--control with --contrast",
                       "--contrast TREATED,CONTROL names both arms");
    size_t n;
    const char **level = vg_argument_list(session->arena, both, &n);
    if (!level)
        return vg_fail_memory(error);
    if (n != 2)
        return vg_fail(error, VG_USAGE, "--contrast %s", "give two arms: TREATED,CONTROL", both);
    columns->treated = level[0];
    columns->control = level[1];
    return VG_OK;
}

static VgStatus check_visits(const VgArguments *a, const VgMediationColumns *c, VgError *error)
{
    static const char *const NEEDS[] = {"mediator-at", "outcome-at", "baseline-at", "visits"};
    if ((c->id == NULL) != (c->visit == NULL))
        return vg_fail(error, VG_USAGE, "--%s without --%s",
                       "a table with a row per visit needs both columns", c->id ? "id" : "visit",
                       c->id ? "visit" : "id");
    for (size_t k = 0; k < 4 && !c->visit; k++)
        if (vg_argument(a, NEEDS[k]))
            return vg_fail(error, VG_USAGE, "--%s without --id and --visit",
                           "name the columns of the participant and the visit", NEEDS[k]);
    if (c->no_baseline && c->baseline_at)
        return vg_fail(error, VG_USAGE, "--no-baseline with --baseline-at", "give one of them");
    if (c->lagged && !c->visit)
        return vg_fail(error, VG_USAGE, "--lagged without --id and --visit",
                       "name the columns of the participant and the visit");
    if (c->lagged && (c->mediator_at || c->outcome_at))
        return vg_fail(error, VG_USAGE, "--lagged with --mediator-at or --outcome-at",
                       "lagged takes each visit's outcome with the mediator of the visit before");
    if (c->visit && !c->lagged && (!c->mediator_at || !c->outcome_at))
        return vg_fail(error, VG_USAGE, "--visit without --mediator-at and --outcome-at",
                       "say at which visit each was measured, or --lagged for all visits");
    return VG_OK;
}

static VgStatus read_columns(VgSession *session, const char *mediator, VgMediationColumns *c,
                             VgError *error)
{
    const VgArguments *a = session->arguments;
    *c = (VgMediationColumns){.treatment = vg_argument(a, "treatment"),
                              .mediator = mediator,
                              .outcome = vg_argument(a, "outcome"),
                              .covariates = vg_argument(a, "covariates"),
                              .cluster = vg_argument(a, "cluster"),
                              .id = vg_argument(a, "id"),
                              .visit = vg_argument(a, "visit"),
                              .mediator_at = vg_argument(a, "mediator-at"),
                              .outcome_at = vg_argument(a, "outcome-at"),
                              .baseline_at = vg_argument(a, "baseline-at"),
                              .no_baseline = vg_argument_given(a, "no-baseline"),
                              .lagged = vg_argument_given(a, "lagged"),
                              .concurrent = vg_argument_given(a, "concurrent")};
    const char *visits = vg_argument(a, "visits");
    if (visits && !(c->visit_order = vg_argument_list(session->arena, visits, &c->n_visit_order)))
        return vg_fail_memory(error);
    VG_TRY(read_contrast(session, c, error));
    return check_visits(a, c, error);
}

/* One mediator with limits of its assay: the likelihood of what is seen. */
static VgStatus run_censored(VgSession *session, const VgMediationTable *table,
                             const VgMediationOptions *options, VgResult *result, VgError *error)
{
    const VgLimitsColumn *limits;
    size_t n;
    double lower = -INFINITY, upper = INFINITY;
    if (vg_argument_given(session->arguments, "interaction") &&
        read_interaction(session->arguments) != VG_INTERACTION_NO)
        return vg_fail(error, VG_USAGE, "--interaction %s with --lloq or --uloq",
                       "a censored mediator takes linear models without interaction",
                       vg_argument(session->arguments, "interaction"));
    VG_TRY(vg_cli_limits(session, &limits, &n, error));
    for (size_t k = 0; k < n; k++) {
        if (strcmp(limits[k].name, table->data.mediator_name) != 0)
            return vg_fail(error, VG_USAGE, "--lloq or --uloq names %s, which is no mediator",
                           "name the column of --mediators", limits[k].name);
        lower = fmax(lower, limits[k].lower);
        upper = fmin(upper, limits[k].upper);
    }
    return vg_mediation_censored_run(session->arena, table, lower, upper, options, result, error);
}

/* One mediator with a reliability. */
static VgStatus run_corrected(VgSession *session, const VgMediationTable *table,
                              VgMediationOptions *options, VgResult *result, VgError *error)
{
    const VgReliabilityColumn *r = NULL;
    size_t n;
    const char *curve = vg_argument(session->arguments, "simex-curve");
    VgTable *file;
    VG_TRY(vg_cli_reliability(session, &r, &n, &file, error));
    if (file)
        vg_result_input(result, file->path, file->sha256, file->n_rows);
    if (vg_argument_given(session->arguments, "small-sample"))
        return vg_fail(error, VG_USAGE, "--small-sample with SIMEX",
                       "it is of the correction of linear models: --correction "
                       "regression-calibration");
    if (n != 1 || strcmp(r->name, table->data.mediator_name) != 0)
        return vg_fail(error, VG_USAGE, "--reliability names other columns than the mediator",
                       "SIMEX corrects the one mediator of --mediators");
    options->reliability = r->reliability.value;
    options->reliability_lower = r->reliability.lower;
    options->reliability_upper = r->reliability.upper;
    options->curve =
        curve && strcmp(curve, "quadratic") == 0 ? VG_SIMEX_QUADRATIC : VG_SIMEX_RATIONAL;
    return vg_mediation_corrected_run(session->arena, table, options,
                                      read_interaction(session->arguments), result, error);
}

VgStatus vg_cli_mediate(VgSession *session, VgError *error)
{
    VgMediationOptions options;
    VgMediationColumns columns;
    if (vg_argument_given(session->arguments, "screen")) {
        VG_TRY(read_columns(session, NULL, &columns, error));
        return vg_cli_screen(session, &columns, error);
    }
    VG_TRY(vg_cli_check_no_screen(session->arguments, error));
    VG_TRY(read_options(session, &options, error));
    size_t n;
    const char **mediator =
        vg_argument_list(session->arena, vg_argument(session->arguments, "mediators"), &n);
    if (!mediator)
        return vg_fail_memory(error);
    VG_TRY(read_columns(session, mediator[0], &columns, error));
    if (vg_cli_is_channels(session->arguments, n))
        return vg_cli_channels(session, &columns, &options, mediator, n, error);
    if (vg_argument_given(session->arguments, "score"))
        return vg_fail(error, VG_USAGE, "--score without --channels",
                       "a score gathers the markers of a channel");
    VgResult *result = vg_session_result(session);
    if (!result)
        return vg_fail_memory(error);
    VgTable *table;
    VgMediationTable *made;
    VG_TRY(vg_session_table(session, result, NULL, 0, &table, error));
    VG_TRY(vg_mediation_table(session->arena, table, &columns, &options, &made, error));
    if (vg_cli_is_simex(session->arguments)) {
        VG_TRY(run_corrected(session, made, &options, result, error));
        return vg_session_print(session, result, error);
    }
    if (vg_argument(session->arguments, "lloq") || vg_argument(session->arguments, "uloq")) {
        VG_TRY(run_censored(session, made, &options, result, error));
        return vg_session_print(session, result, error);
    }
    VG_TRY(vg_mediation_run(session->arena, made, &options, read_interaction(session->arguments),
                            result, error));
    return vg_session_print(session, result, error);
}
