/* vagus mediate with several mediators: words to channels, signs and reliabilities. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/mediate.h"

bool vg_cli_is_channels(const VgArguments *a, size_t n_mediators)
{
    const char *missing = vg_argument(a, "missing");
    return n_mediators > 1 || vg_argument(a, "channels") ||
           (vg_argument(a, "reliability") && !vg_cli_is_simex(a)) ||
           (missing && strcmp(missing, "impute") == 0);
}

bool vg_cli_is_simex(const VgArguments *a)
{
    const char *how = vg_argument(a, "correction"), *model = vg_argument(a, "outcome-model");
    if (!vg_argument(a, "reliability"))
        return false;
    return how ? strcmp(how, "simex") == 0 : model && strcmp(model, "linear") != 0;
}

/* The pieces of `text` between the separators. */
static const char **pieces(VgArena *arena, const char *text, char separator, size_t *n)
{
    char *copy = vg_arena_strndup(arena, text, strlen(text));
    if (!copy)
        return NULL;
    for (char *c = copy; *c; c++)
        *c = *c == separator ? ',' : *c == ',' ? '\001' : *c;
    const char **piece = vg_argument_list(arena, copy, n);
    for (size_t k = 0; piece && k < *n; k++)
        for (char *c = (char *)(uintptr_t)piece[k]; *c; c++)
            *c = *c == '\001' ? ',' : *c;
    return piece;
}

/* NAME=REST; `form` is what it should look like. */
static VgStatus split_name(VgArena *arena, const char *piece, const char *option, const char *form,
                           const char **name, const char **rest, VgError *error)
{
    const char *equals = strchr(piece, '=');
    if (!equals || equals == piece || !equals[1])
        return vg_fail(error, VG_USAGE, "--%s '%s'", form, option, piece);
    *name = vg_arena_strndup(arena, piece, (size_t)(equals - piece));
    *rest = equals + 1;
    return *name ? VG_OK : vg_fail_memory(error);
}

/* 'immune=il6,tnf,-il10;barrier=zonulin' */
static VgStatus read_channels(VgSession *session, VgChannelsColumns *c, VgError *error)
{
    static const char FORM[] = "write 'immune=il6,tnf,-il10;barrier=zonulin' (a minus turns a "
                               "marker round), or name a table with columns channel, marker, sign";
    const char *text = vg_argument(session->arguments, "channels");
    if (!text)
        return VG_OK;
    size_t n;
    const char **piece = pieces(session->arena, text, ';', &n);
    VgChannelColumns *channel = piece ? VG_NEW(session->arena, VgChannelColumns, n) : NULL;
    if (!channel)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++) {
        const char *rest = NULL;
        VG_TRY(
            split_name(session->arena, piece[k], "channels", FORM, &channel[k].name, &rest, error));
        const char **marker = vg_argument_list(session->arena, rest, &channel[k].n_markers);
        double *sign = VG_NEW(session->arena, double, channel[k].n_markers);
        if (!marker || !sign)
            return vg_fail_memory(error);
        for (size_t j = 0; j < channel[k].n_markers; j++) {
            sign[j] = marker[j][0] == '-' ? -1 : 1;
            marker[j] += marker[j][0] == '-';
            if (!marker[j][0])
                return vg_fail(error, VG_USAGE, "--channels '%s'", FORM, piece[k]);
        }
        channel[k].marker = marker;
        channel[k].sign = sign;
    }
    c->channel = channel;
    c->n_channels = n;
    return VG_OK;
}

static VgStatus read_number(const char *option, const char *text, const char *piece,
                            const char *form, double *value, VgError *error)
{
    char *end;
    *value = strtod(text, &end);
    if (end == text || *end || !isfinite(*value))
        return vg_fail(error, VG_USAGE, "--%s '%s'", form, option, piece);
    return VG_OK;
}

VgStatus vg_cli_reliability(VgSession *session, const VgReliabilityColumn **found, size_t *n_found,
                            VgTable **file, VgError *error)
{
    static const char FORM[] = "write 'il6=0.7,tnf=0.6:0.5:0.7' (value, or value:lower:upper with "
                               "its 95 % interval), or name a table with columns marker, "
                               "reliability, lower, upper";
    const char *text = vg_argument(session->arguments, "reliability");
    *n_found = 0;
    *file = NULL;
    if (!text)
        return VG_OK;
    if (vg_cli_is_a_file(text))
        return vg_cli_reliability_file(session, text, found, n_found, file, error);
    size_t n;
    const char **piece = vg_argument_list(session->arena, text, &n);
    VgReliabilityColumn *r = piece ? VG_NEW(session->arena, VgReliabilityColumn, n) : NULL;
    if (!r)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++) {
        const char *rest = NULL;
        size_t parts = 0;
        VG_TRY(split_name(session->arena, piece[k], "reliability", FORM, &r[k].name, &rest, error));
        const char **part = pieces(session->arena, rest, ':', &parts);
        if (!part)
            return vg_fail_memory(error);
        if (parts != 1 && parts != 3)
            return vg_fail(error, VG_USAGE, "--reliability '%s'", FORM, piece[k]);
        VG_TRY(read_number("reliability", part[0], piece[k], FORM, &r[k].reliability.value, error));
        if (parts == 3) {
            VG_TRY(read_number("reliability", part[1], piece[k], FORM, &r[k].reliability.lower,
                               error));
            VG_TRY(read_number("reliability", part[2], piece[k], FORM, &r[k].reliability.upper,
                               error));
        }
    }
    *found = r;
    *n_found = n;
    return VG_OK;
}

VgStatus vg_cli_limits(VgSession *session, const VgLimitsColumn **found, size_t *n_found,
                       VgError *error)
{
    static const char FORM[] = "write 'il6=0.5,crp=0.2'";
    static const char *const OPTION[2] = {"lloq", "uloq"};
    VgLimitsColumn *limits = NULL;
    size_t total = 0;
    for (int side = 0; side < 2; side++) {
        const char *text = vg_argument(session->arguments, OPTION[side]);
        size_t n = 0;
        const char **piece = text ? vg_argument_list(session->arena, text, &n) : NULL;
        VgLimitsColumn *both = VG_NEW(session->arena, VgLimitsColumn, total + n + 1);
        if (!both || (text && !piece))
            return vg_fail_memory(error);
        if (total)
            memcpy(both, limits, total * sizeof *both);
        limits = both;
        for (size_t k = 0; k < n; k++) {
            const char *rest = NULL;
            VgLimitsColumn *to = &limits[total++];
            *to = (VgLimitsColumn){NULL, -INFINITY, INFINITY};
            VG_TRY(
                split_name(session->arena, piece[k], OPTION[side], FORM, &to->name, &rest, error));
            VG_TRY(read_number(OPTION[side], rest, piece[k], FORM, side ? &to->upper : &to->lower,
                               error));
        }
    }
    *found = limits;
    *n_found = total;
    return VG_OK;
}

static VgStatus check_options(const VgArguments *a, VgError *error)
{
    const char *how = vg_argument(a, "correction");
    if (how && strcmp(how, "simex") == 0)
        return vg_fail(error, VG_USAGE, "--correction simex with several mediators or channels",
                       "they are corrected by regression calibration, in one step and exactly: "
                       "leave --correction out");

    static const struct {
        const char *option, *allowed;
    } ONLY[] = {{"mediator-model", "linear"},
                {"outcome-model", "linear"},
                {"interaction", "no"},
                {"robust", ""}};
    for (size_t k = 0; k < sizeof ONLY / sizeof *ONLY; k++)
        if (vg_argument_given(a, ONLY[k].option) &&
            strcmp(vg_argument(a, ONLY[k].option), ONLY[k].allowed) != 0)
            return vg_fail(error, VG_USAGE, "--%s %s with several mediators or channels",
                           "several mediators go into linear models without interactions: their "
                           "effects add up; other models take one mediator at a time",
                           ONLY[k].option, vg_argument(a, ONLY[k].option));
    if (vg_argument_given(a, "score") && !vg_argument(a, "channels"))
        return vg_fail(error, VG_USAGE, "--score without --channels",
                       "a score gathers the markers of a channel: --channels "
                       "'immune=il6,tnf;barrier=zonulin'");
    return VG_OK;
}

VgStatus vg_cli_channels(VgSession *session, const VgMediationColumns *shared,
                         const VgMediationOptions *given, const char *const *mediator,
                         size_t n_mediators, VgError *error)
{
    const VgArguments *a = session->arguments;
    VgChannelsColumns columns = {
        .shared = *shared, .mediator = mediator, .n_mediators = n_mediators};
    VgChannelsOptions options = {.interval = given->interval,
                                 .draws = given->draws,
                                 .seed = given->seed,
                                 .threads = given->threads,
                                 .level = given->level,
                                 .small_sample = vg_argument_given(a, "small-sample"),
                                 .curve = true};
    const char *score = vg_argument(a, "score");
    VG_TRY(check_options(a, error));
    if (score && !vg_channel_score_from_name(score, &options.score))
        return vg_fail(error, VG_USAGE, "unknown score %s", "see --help", score);
    if (!vg_argument_given(a, "interval"))
        options.interval = vg_channel_score_interval(options.score);
    VgTable *table, *file[2] = {NULL, NULL};
    const char *channels = vg_argument(a, "channels");
    VG_TRY(vg_cli_is_a_file(channels)
               ? vg_cli_channels_file(session, channels, &columns, &file[0], error)
               : read_channels(session, &columns, error));
    VG_TRY(vg_cli_reliability(session, &columns.reliability, &columns.n_reliabilities, &file[1],
                              error));
    VG_TRY(vg_cli_limits(session, &columns.limits, &columns.n_limits, error));
    const char *missing = vg_argument(a, "missing");
    columns.impute = missing && strcmp(missing, "impute") == 0;
    options.missing = columns.impute ? VG_MISSING_IMPUTE : VG_MISSING_COMPLETE;
    options.imputations = (size_t)vg_argument_number(a, "imputations", 0);
    VgResult *result = vg_session_result(session);
    VgChannelsTable *made;
    if (!result)
        return vg_fail_memory(error);
    VG_TRY(vg_session_table(session, result, NULL, 0, &table, error));
    for (int k = 0; k < 2; k++)
        if (file[k])
            vg_result_input(result, file[k]->path, file[k]->sha256, file[k]->n_rows);
    VG_TRY(vg_channels_table(session->arena, table, &columns, &made, error));
    VG_TRY(vg_channels_run(session->arena, made, &options, result, error));
    return vg_session_print(session, result, error);
}
