/* vagus norms: people among comparable people. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/norms.h>

#include "cli/panel.h"

/* What is asked, but for the marker. */
typedef struct Asked {
    VgTable *reference, *people;
    const char *id;
    size_t *reference_row, *people_row;
    VgMarkerQuestion question;
} Asked;

static VgStatus read_table(VgSession *session, VgResult *result, const char *path, const char *id,
                           VgTable **table, VgError *error)
{
    const char *codes = vg_argument(session->arguments, "missing");
    VgTableOptions options = {.as_text = &id, .n_as_text = id ? 1 : 0};
    if (codes && !(options.missing = vg_argument_list(session->arena, codes, &options.n_missing)))
        return vg_fail_memory(error);
    VG_TRY(vg_table_read(session->arena, path, &options, table, error));
    vg_result_input(result, (*table)->path, (*table)->sha256, (*table)->n_rows);
    return VG_OK;
}

static VgStatus read_penalties(const char *text, VgNormOptions *options, VgError *error)
{
    char *end = NULL;
    for (int k = 0; k < 3; k++) {
        options->penalty[k] = strtod(text, &end);
        if (end == text || options->penalty[k] < 0 || *end != (k < 2 ? ',' : '\0'))
            return vg_fail(error, VG_USAGE, "--penalties are three numbers of 0 or more",
                           "write --penalties 30,200,0");
        text = end + 1;
    }
    options->smoothing = VG_NORM_FIXED;
    return VG_OK;
}

static VgStatus read_question(VgSession *session, Asked *asked, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    const char *covariates = vg_argument(arguments, "covariates");
    const char *method = vg_argument(arguments, "method"),
               *smoothing = vg_argument(arguments, "smoothing"),
               *penalties = vg_argument(arguments, "penalties");
    VgMarkerQuestion *question = &asked->question;
    question->smooth = vg_argument(arguments, "smooth");
    if (covariates && !(question->covariate =
                            vg_argument_list(session->arena, covariates, &question->n_covariates)))
        return vg_fail_memory(error);
    question->quantile = method && strcmp(method, "quantile") == 0;
    question->norm.linear_m = question->norm.linear_s = vg_argument_given(arguments, "straight");
    question->norm.smooth_l = vg_argument_given(arguments, "smooth-skewness");
    if (smoothing && strcmp(smoothing, "gaic") == 0)
        question->norm.smoothing = VG_NORM_GAIC;
    question->folds = (size_t)vg_argument_number(arguments, "folds", 10);
    question->centile =
        (VgCentileOptions){.resamples = (size_t)vg_argument_number(arguments, "resamples", 200),
                           .level = session->level,
                           .seed = (uint64_t)vg_argument_number(arguments, "seed", 1),
                           .threads = (int)vg_argument_number(arguments, "threads", 0)};
    if (!question->smooth && (question->norm.linear_m || question->norm.smooth_l || penalties))
        return vg_fail(error, VG_USAGE, "an option about curves without --smooth",
                       "name the covariate: --smooth age");
    if (question->folds == 1)
        return vg_fail(error, VG_USAGE, "--folds 1", "choose 0, or 2 and more");
    return penalties ? read_penalties(penalties, &question->norm, error) : VG_OK;
}

static size_t *all_rows(VgArena *arena, size_t n)
{
    size_t *row = VG_NEW(arena, size_t, n + 1);
    for (size_t i = 0; row && i < n; i++)
        row[i] = i;
    return row;
}

static VgStatus number_column(const VgTable *table, const char *name, const VgColumn **column,
                              VgError *error)
{
    VG_TRY(vg_table_require(table, name, column, error));
    if ((*column)->type != VG_COLUMN_NUMBER)
        return vg_fail_at(
            error, VG_INVALID_INPUT, table->path, 0, "the column %s does not hold numbers only",
            "values beyond a limit belong in a study file, where they stay censored", name);
    return VG_OK;
}

/* ---- answers ---- */

static void add_person(VgSession *session, VgResult *result, const Asked *asked,
                       const VgMarker *marker, const char *value, size_t i)
{
    const VgMarkerPlace *place = &marker->place[i];
    const VgColumn *id = vg_table_column(asked->people, asked->id);
    VgEstimate row = vg_estimate_blank();
    row.quantity = "centile";
    row.outcome = value;
    row.term = vg_column_value_text(session->arena, id, i);
    row.estimate = place->centile;
    row.statistic = place->z;
    row.se = place->z_se;
    row.lower = place->lower;
    row.upper = place->upper;
    row.n = (double)marker->n_reference;
    row.unit = "share of comparable people";
    row.note = place->why           ? place->why
               : isfinite(place->z) ? "statistic = z, se is that of z"
                                    : NULL;
    vg_result_estimate(result, &row);
}

/* Royston & Wright's statistics of unseen people's z: each a standard normal deviate when the norm holds. */
static void add_groups(VgSession *session, VgResult *result, const VgMarker *marker,
                       const char *value)
{
    for (size_t g = 0; g < marker->n_groups; g++) {
        const VgNormGroup *group = &marker->group[g];
        const struct {
            const char *quantity;
            double estimate, statistic;
        } line[] = {{"z_mean", group->mean, group->z_mean},
                    {"z_sd", group->sd, group->z_sd},
                    {"z_skewness", group->skewness, group->z_skew},
                    {"z_kurtosis", group->kurtosis, group->z_kurtosis}};
        VgEstimate row = vg_estimate_blank();
        row.outcome = value;
        row.n = (double)group->n;
        row.term = marker->smooth ? vg_arena_printf(session->arena, "%s %g to %g",
                                                    marker->smooth->name, group->low, group->high)
                                  : "all";
        row.note = "cross-validated";
        for (size_t k = 0; k < 4; k++) {
            row.quantity = line[k].quantity;
            row.estimate = line[k].estimate;
            row.statistic = line[k].statistic;
            row.p = vg_norm_deviate_p(line[k].statistic);
            vg_result_estimate(result, &row);
        }
        if (vg_norm_group_off(group))
            vg_result_warn(result,
                           "%s: z of unseen reference people is off for %s (mean %.2f, SD "
                           "%.2f): these centiles are not to be trusted there",
                           value, row.term, group->mean, group->sd);
    }
}

static void add_curves(VgSession *session, VgResult *result, const VgMarker *marker,
                       const char *value)
{
    VgEstimate row = vg_estimate_blank();
    row.quantity = "curve";
    row.outcome = value;
    row.note = "further covariates at their means";
    for (size_t s = 0; marker->curve && s < VG_MARKER_SHARES; s++)
        for (size_t a = 0; a < VG_MARKER_PLACES; a++) {
            row.term = vg_arena_printf(session->arena, "%g", vg_marker_shares[s]);
            row.stratum = vg_arena_printf(session->arena, "%s = %.17g", marker->smooth->name,
                                          marker->curve_at[a]);
            row.estimate = marker->curve[a + s * VG_MARKER_PLACES];
            vg_result_estimate(result, &row);
        }
}

static void add_fit(VgSession *session, VgResult *result, const VgMarker *marker, const char *value)
{
    vg_result_text(result, VG_FACTS_FIT, value, "method",
                   marker->quantile ? "quantile regression" : "BCCG");
    vg_result_number(result, VG_FACTS_FIT, value, "n_reference", (double)marker->n_reference);
    vg_result_number(result, VG_FACTS_FIT, value, "n_dropped", (double)marker->n_dropped);
    if (marker->norm) {
        static const char *const edf[] = {"edf_m", "edf_s", "edf_l"}, *const penalty[] = {
                                                                          "penalty_m", "penalty_s",
                                                                          "penalty_l"};
        for (int k = 0; k < 3; k++) {
            vg_result_number(result, VG_FACTS_FIT, value, edf[k], marker->norm->edf[k]);
            vg_result_number(result, VG_FACTS_FIT, value, penalty[k], marker->norm->penalty[k]);
        }
        vg_result_number(result, VG_FACTS_FIT, value, "loglik", marker->norm->log_likelihood);
        vg_result_number(result, VG_FACTS_FIT, value, "gaic", marker->norm->gaic);
    }
    if (marker->n_dropped)
        vg_result_warn(result,
                       "%s: %zu reference people lack the value or a covariate and are "
                       "left out",
                       value, marker->n_dropped);
    add_groups(session, result, marker, value);
    if (vg_argument_given(session->arguments, "curves"))
        add_curves(session, result, marker, value);
}

static VgStatus one_marker(VgSession *session, VgResult *result, const Asked *asked,
                           const char *value, VgError *error)
{
    const VgColumn *reference, *people;
    VgMarker *marker;
    VgMarkerQuestion question = asked->question;
    VG_TRY(number_column(asked->reference, value, &reference, error));
    VG_TRY(number_column(asked->people, value, &people, error));
    question.reference = (VgMarkerPeople){asked->reference, asked->reference->n_rows,
                                          asked->reference_row, reference->number, NULL};
    question.people = (VgMarkerPeople){asked->people, asked->people->n_rows, asked->people_row,
                                       people->number, NULL};
    VgError own = {0};
    VgStatus status = vg_marker(session->arena, &question, &marker, &own);
    if (status != VG_OK) {
        char message[sizeof own.message];
        strcpy(message, own.message);
        return own.file[0] ? vg_fail_at(error, status, own.file, own.line, "%s: %s", own.hint,
                                        value, message)
                           : vg_fail_at(error, status, asked->reference->path, 0, "%s: %s",
                                        own.hint, value, message);
    }
    for (size_t i = 0; i < question.people.n; i++)
        add_person(session, result, asked, marker, value, i);
    add_fit(session, result, marker, value);
    return VG_OK;
}

VgStatus vg_cli_norms(VgSession *session, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    VgResult *result = vg_session_result(session);
    Asked asked = {.id = vg_argument(arguments, "id")};
    size_t n_values;
    const char **value =
        vg_argument_list(session->arena, vg_argument(arguments, "values"), &n_values);
    if (!result || !value)
        return vg_fail_memory(error);
    VG_TRY(read_question(session, &asked, error));
    VG_TRY(read_table(session, result, arguments->input[0], NULL, &asked.reference, error));
    VG_TRY(read_table(session, result, vg_argument(arguments, "people"), asked.id, &asked.people,
                      error));
    const VgColumn *id;
    if (asked.id)
        VG_TRY(vg_table_require(asked.people, asked.id, &id, error));
    else
        asked.id = asked.people->column[0].name;
    asked.reference_row = all_rows(session->arena, asked.reference->n_rows);
    asked.people_row = all_rows(session->arena, asked.people->n_rows);
    if (!asked.reference_row || !asked.people_row)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n_values; k++)
        VG_TRY(one_marker(session, result, &asked, value[k], error));
    return vg_session_print(session, result, error);
}
