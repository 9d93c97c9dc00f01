/* vagus mediate --screen: thousands of features of samples as mediators. */
#include <math.h>
#include <string.h>

#include <vagus/mediator_screen.h>

#include "cli/join.h"
#include "cli/mediate.h"
#include "numeric/linear_algebra.h"

/* What a screen does not know, and what only a screen knows. */
static VgStatus check_options(const VgArguments *a, VgError *error)
{
    static const struct {
        const char *option, *hint;
    } WITHOUT[] = {{"mediators", "name one mediator or several, or screen all features of a table"},
                   {"channels", "a screen tests features one by one"},
                   {"score", "a screen tests features one by one"},
                   {"reliability", "a screen does not correct for measurement error"},
                   {"boot", "a screen draws nothing: its tests are asymptotic"},
                   {"robust", "a screen has the errors of least squares and of the debiased lasso"},
                   {"cluster", "a screen takes a row a participant"},
                   {"lagged", "a screen takes one visit of the features and one of the outcome"},
                   {"baseline-at", "give changes from baseline as features, and the outcome's "
                                   "baseline as a covariate"}};
    static const struct {
        const char *option, *allowed;
    } ONLY[] = {{"mediator-model", "linear"},
                {"outcome-model", "linear"},
                {"interaction", "no"},
                {"interval", ""}};
    for (size_t k = 0; k < sizeof WITHOUT / sizeof *WITHOUT; k++)
        if (vg_argument_given(a, WITHOUT[k].option))
            return vg_fail(error, VG_USAGE, "--%s with --screen", WITHOUT[k].hint,
                           WITHOUT[k].option);
    for (size_t k = 0; k < sizeof ONLY / sizeof *ONLY; k++)
        if (vg_argument_given(a, ONLY[k].option) &&
            strcmp(vg_argument(a, ONLY[k].option), ONLY[k].allowed) != 0)
            return vg_fail(error, VG_USAGE, "--%s %s with --screen",
                           "a screen has linear models without interactions, and no intervals of "
                           "indirect effects",
                           ONLY[k].option, vg_argument(a, ONLY[k].option));
    return VG_OK;
}

VgStatus vg_cli_check_no_screen(const VgArguments *a, VgError *error)
{
    static const char *const ONLY[] = {"sample", "selection", "keep", "rate", "fdr"};
    for (size_t k = 0; k < sizeof ONLY / sizeof *ONLY; k++)
        if (vg_argument_given(a, ONLY[k]))
            return vg_fail(error, VG_USAGE, "--%s without --screen",
                           "name the table of features with --screen", ONLY[k]);
    if (!vg_argument(a, "mediators"))
        return vg_fail(error, VG_USAGE, "no mediators",
                       "name them with --mediators, or a table of features with --screen");
    return VG_OK;
}

static VgStatus read_options(const VgSession *session, VgMediatorScreenOptions *options,
                             VgError *error)
{
    const VgArguments *a = session->arguments;
    const char *selection = vg_argument(a, "selection"), *rate = vg_argument(a, "rate");
    *options = (VgMediatorScreenOptions){.level = session->level,
                                         .seed = (uint64_t)vg_argument_number(a, "seed", 1),
                                         .keep = (size_t)vg_argument_number(a, "keep", 0)};
    if ((selection && !vg_screen_selection_from_name(selection, &options->selection)) ||
        (rate && !vg_screen_rate_from_name(rate, &options->rate)))
        return vg_fail(error, VG_USAGE, "unknown selection or rate", "see --help");
    if (options->selection == VG_SCREEN_NONE && options->keep)
        return vg_fail(error, VG_USAGE, "--keep with --selection none",
                       "without a selection all features are tested");
    return VG_OK;
}

static VgStatus read_features(VgSession *session, VgResult *result, const VgTable *table,
                              VgScreenFeatures *features, VgError *error)
{
    VgSampleTable from;
    VgJoined joined;
    const char *sample = vg_argument(session->arguments, "sample");
    VG_TRY(vg_cli_sample_table(session, result, "screen", &from, error));
    /* of two visits only the mediator's has samples */
    VgJoinWords words = {from.table->path,
                         vg_argument(session->arguments, "visit") ? NULL : table->path,
                         "give every sample a row, or leave the sample out"};
    VG_TRY(vg_cli_join(session, result, from.sample, from.table->n_rows, from.table->path, table,
                       sample ? sample : table->column[0].name, &words, &joined, error));
    double *row = VG_NEW(session->arena, double, table->n_rows + 1);
    features->value = vg_matrix_new(session->arena, from.table->n_rows, from.n);
    if (!row || !features->value.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < table->n_rows; i++)
        row[i] = joined.keep[i] ? (double)joined.at[i] : (double)NAN;
    for (size_t f = 0; f < from.n; f++)
        for (size_t i = 0; i < from.table->n_rows; i++) {
            const double *value = from.table->column[f + 1].number;
            VG_AT(features->value, i, f) = value ? value[i] : (double)NAN;
        }
    features->name = from.name;
    features->sample = row;
    return VG_OK;
}

VgStatus vg_cli_screen(VgSession *session, const VgMediationColumns *columns, VgError *error)
{
    const char *sample = vg_argument(session->arguments, "sample");
    VgMediatorScreenOptions options;
    VgMediatorScreenTable *made;
    VgScreenFeatures features;
    VgTable *table;
    VG_TRY(check_options(session->arguments, error));
    VG_TRY(read_options(session, &options, error));
    VgResult *result = vg_session_result(session);
    if (!result)
        return vg_fail_memory(error);
    VG_TRY(
        vg_session_table(session, result, sample ? &sample : NULL, sample != NULL, &table, error));
    VG_TRY(read_features(session, result, table, &features, error));
    VG_TRY(vg_mediator_screen_table(session->arena, table, columns, &features, &made, error));
    VG_TRY(vg_mediator_screen_run(session->arena, made, &options,
                                  vg_argument_number(session->arguments, "fdr", 0.05), result,
                                  error));
    return vg_session_print(session, result, error);
}
