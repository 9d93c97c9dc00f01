/* --add TRIAL: the primary answer of a finished vagus trial, read from its results.json, as one more study. */
#include "cli/evidence.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include <jansson.h>

#include "base/digest.h"
#include "base/file.h"

enum { MOST_BYTES = 1 << 28 };

typedef struct TrialFile {
    VgSession *session;
    const char *path;
    const json_t *study, *estimates;
} TrialFile;

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool is(const json_t *object, const char *key, const char *value)
{
    const char *text = text_of(object, key);
    return text && value && strcmp(text, value) == 0;
}

static double number_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

/* The answer of an analysis at the primary visit, for the primary arms; NULL when there is none. */
static const json_t *find_row(const TrialFile *trial, const char *quantity, const char *analysis)
{
    size_t i;
    json_t *row;
    json_array_foreach(trial->estimates, i, row)
    {
        bool visit =
            !text_of(row, "visit") || is(row, "visit", text_of(trial->study, "primary_visit"));
        if (is(row, "quantity", quantity) && is(row, "analysis", analysis) && visit &&
            is(row, "arm", text_of(trial->study, "primary_arm")) &&
            is(row, "reference", text_of(trial->study, "primary_reference")))
            return row;
    }
    return NULL;
}

/* Analyses of the trial that have this quantity, for a hint. */
static const char *analyses_with(const TrialFile *trial, const char *quantity)
{
    const char *list = "";
    size_t i;
    json_t *row;
    json_array_foreach(trial->estimates, i, row)
    {
        const char *analysis = text_of(row, "analysis");
        if (is(row, "quantity", quantity) && analysis && !strstr(list, analysis)) {
            list =
                vg_arena_printf(trial->session->arena, "%s%s%s", list, *list ? ", " : "", analysis);
            if (!list)
                return "";
        }
    }
    return list;
}

static const char *quantity_of(VgMeasure measure)
{
    switch (measure) {
    case VG_MEASURE_SMD:
    case VG_MEASURE_COHEN_D:
        return "effect_size";
    case VG_MEASURE_MD:
        return "contrast";
    case VG_MEASURE_RR:
        return "risk_ratio";
    case VG_MEASURE_OR:
        return "odds_ratio";
    case VG_MEASURE_RD:
        return "risk_difference";
    default:
        return NULL;
    }
}

static VgStatus no_row(const TrialFile *trial, const char *quantity, const char *analysis,
                       VgError *error)
{
    const char *list = analyses_with(trial, quantity);
    const char *hint = *list ? vg_arena_printf(trial->session->arena,
                                               "name an analysis that has one with "
                                               "--add-analysis: %s",
                                               list)
                             : "pool a measure that the trial has";
    if (!hint)
        return vg_fail_memory(error);
    return vg_fail_at(error, VG_INVALID_INPUT, trial->path, 0,
                      "the analysis %s of the trial has no %s", hint, analysis, quantity);
}

/* Whether the trial's sign must be turned to mean what the pool's means. */
static VgStatus find_sign(const TrialFile *trial, const VgEvidencePlan *plan, bool counts,
                          double *sign, VgError *error)
{
    const json_t *lower = json_object_get(trial->study, "primary_lower_is_better");
    *sign = 1;
    if (!json_is_boolean(lower))
        return vg_fail_at(error, VG_INVALID_INPUT, trial->path, 0,
                          "the trial's results do not say whether lower values are better",
                          "run the trial again with this version of vagus");
    bool trial_lower = counts ? false : json_is_true(lower); /* responders: more is better */
    if (trial_lower == plan->lower_is_better)
        return VG_OK;
    *sign = -1;
    if (plan->measure == VG_MEASURE_SMD || plan->measure == VG_MEASURE_COHEN_D)
        return VG_OK;
    return vg_fail_at(
        error, VG_INVALID_INPUT, trial->path, 0,
        "in the trial %s values are better, in the pool %s",
        "a different scale cannot be turned: pool standardised differences (--measure smd)",
        trial_lower ? "lower" : "higher", plan->lower_is_better ? "lower" : "higher");
}

static VgStatus check_simulated(const TrialFile *trial, VgError *error)
{
    bool simulated = is(trial->study, "data", "simulated");
    if (!simulated || vg_argument_given(trial->session->arguments, "simulated"))
        return VG_OK;
    return vg_fail_at(
        error, VG_INVALID_INPUT, trial->path, 0, "the trial is simulated",
        "it is not pooled with real studies; --simulated says that the answer is simulated");
}

static VgStatus read_trial(const TrialFile *trial, const VgEvidencePlan *plan,
                           VgEvidenceAddition *out, VgError *error)
{
    VgArena *arena = trial->session->arena;
    const char *quantity = quantity_of(plan->measure);
    if (!quantity)
        return vg_fail_at(error, VG_INVALID_INPUT, trial->path, 0, "a vagus trial has no %s",
                          "use one of: smd, md, rr, or, rd", vg_measure_unit(plan->measure));
    VG_TRY(check_simulated(trial, error));
    const char *analysis = vg_argument(trial->session->arguments, "add-analysis");
    if (!analysis)
        analysis = text_of(trial->study, "primary_analysis");
    if (!analysis)
        return vg_fail_at(error, VG_INVALID_INPUT, trial->path, 0,
                          "there is no primary analysis in it",
                          "name the results of a trial that vagus run made");
    const json_t *row = find_row(trial, quantity, analysis);
    if (!row)
        return no_row(trial, quantity, analysis, error);
    bool ratio = vg_measure_is_ratio(plan->measure);
    bool counts = ratio || plan->measure == VG_MEASURE_RD;
    double sign, estimate = number_of(row, "estimate");
    VG_TRY(find_sign(trial, plan, counts, &sign, error));
    const char *title = text_of(trial->study, "title"), *note = text_of(row, "note");
    *out = (VgEvidenceAddition){.label = vg_arena_strdup(arena, title ? title : trial->path),
                                .estimate = sign * (ratio ? log(estimate) : estimate),
                                .se = number_of(row, "se"), /* of ratios that of the logarithm */
                                .n = number_of(row, "n"),
                                .n1 = NAN,
                                .n2 = NAN,
                                .uncorrected = true};
    out->note =
        vg_arena_printf(arena, "vagus trial, %s%s%s", analysis, note ? "; " : "", note ? note : "");
    if (!out->label || !out->note)
        return vg_fail_memory(error);
    if (!isfinite(out->estimate) || !(out->se > 0))
        return vg_fail_at(error, VG_INVALID_INPUT, trial->path, 0,
                          "the %s of the trial has no estimate or standard error",
                          "a trial without an answer cannot be added", quantity);
    return VG_OK;
}

/* results.json of a folder, or the file itself. */
static VgStatus find_file(VgSession *session, const char *given, const char **path, VgError *error)
{
    struct stat about;
    *path = given;
    if (stat(given, &about) != 0)
        return vg_fail_at(error, VG_INVALID_INPUT, given, 0, "there are no such results",
                          "name the results folder of a trial, or its results.json");
    if (S_ISDIR(about.st_mode))
        *path = vg_path_join(session->arena, given, "results.json");
    return *path ? VG_OK : vg_fail_memory(error);
}

static VgStatus add_trial(VgSession *session, VgResult *result, const VgEvidencePlan *plan,
                          const char *given, VgEvidenceAddition *out, const char **registry,
                          VgError *error)
{
    TrialFile trial = {.session = session};
    VG_TRY(find_file(session, given, &trial.path, error));
    char *bytes, hex[65];
    size_t size;
    VG_TRY(vg_file_read(session->arena, trial.path, MOST_BYTES, &bytes, &size, error));
    vg_sha256(bytes, size, hex);
    for (size_t i = 0; i < result->n_inputs; i++)
        if (strcmp(result->input[i].sha256, hex) == 0)
            return vg_fail_at(error, VG_INVALID_INPUT, trial.path, 0, "the trial is added twice",
                              "name each trial once");
    json_error_t wrong;
    json_t *root = json_loadb(bytes, size, 0, &wrong);
    if (!root && json_error_code(&wrong) == json_error_out_of_memory)
        return vg_fail_memory(error);
    if (!root)
        return vg_fail_at(error, VG_INVALID_INPUT, trial.path,
                          (size_t)(wrong.line > 0 ? wrong.line : 0), "it is no JSON: %s",
                          "name the results.json that vagus run made", wrong.text);
    trial.study = json_object_get(root, "study");
    trial.estimates = json_object_get(root, "estimates");
    VgStatus status;
    if (!json_is_object(trial.study) || !json_is_array(trial.estimates) ||
        is(trial.study, "kind", "review"))
        status =
            vg_fail_at(error, VG_INVALID_INPUT, trial.path, 0, "these are no results of a trial",
                       "name the results folder that vagus run made of a trial");
    else
        status = read_trial(&trial, plan, out, error);
    const char *registered = status == VG_OK ? text_of(trial.study, "registry") : NULL;
    if (registered && !(*registry = vg_arena_strdup(session->arena, registered)))
        status = vg_fail_memory(error);
    json_decref(root);
    if (status == VG_OK)
        vg_result_input(result, trial.path, hex, 0);
    return status;
}

/* ---- a trial that is in the pool already ---- */

/* Whether some text cell of the table's row names the registration; words of the registry's name hold no digits. */
static bool names_registration(const VgTable *table, size_t row, const char *id, size_t length)
{
    for (size_t c = 0; c < table->n_columns; c++) {
        const VgColumn *column = &table->column[c];
        const char *cell = column->text ? column->text[row] : NULL;
        if (column->code && column->code[row] >= 0)
            cell = column->level[column->code[row]];
        for (const char *at = cell; at && *at; at++) {
            bool begins = at == cell || !isalnum((unsigned char)at[-1]);
            if (begins && strncasecmp(at, id, length) == 0 && !isalnum((unsigned char)at[length]))
                return true;
        }
    }
    return false;
}

/* The line of the table whose study is the trial, by label or registration; 0 when there is none. */
static size_t line_of_trial(const VgExtraction *extraction, const VgEvidenceAddition *trial,
                            const char *registry)
{
    static const char BETWEEN[] = " ,;:()[]\t";
    for (size_t i = 0; i < extraction->n_rows; i++) {
        const VgExtractionRow *row = &extraction->row[i];
        if (strcasecmp(row->study, trial->label) == 0)
            return row->line;
        for (const char *id = registry; id && *id; id += strspn(id, BETWEEN)) {
            size_t length = strcspn(id, BETWEEN);
            bool digits = strcspn(id, "0123456789") < length;
            if (length > 5 && digits && names_registration(extraction->table, row->row, id, length))
                return row->line;
            id += length;
        }
    }
    return 0;
}

static VgStatus check_new(const VgExtraction *extraction, const VgEvidencePlan *plan, size_t n,
                          const VgEvidenceAddition *trial, const char *path, const char *registry,
                          VgError *error)
{
    size_t line = line_of_trial(extraction, trial, registry);
    if (line)
        return vg_fail_at(error, VG_INVALID_INPUT, extraction->table->path, line,
                          "the trial to be added (%s) is in the table already",
                          "people are pooled once: leave the row or --add out", path);
    for (size_t i = 0; i < n; i++)
        if (strcasecmp(plan->added[i].label, trial->label) == 0)
            return vg_fail_at(error, VG_INVALID_INPUT, path, 0,
                              "a trial called `%s` is added twice", "name each trial once",
                              trial->label);
    return VG_OK;
}

VgStatus vg_cli_add_trials(VgSession *session, VgResult *result, const VgExtraction *extraction,
                           VgEvidencePlan *plan, VgError *error)
{
    size_t n = 0;
    while (vg_argument_nth(session->arguments, "add", n))
        n++;
    if (n == 0)
        return VG_OK;
    if (!plan->direction_known)
        return vg_fail(error, VG_USAGE, "--add without a direction",
                       "say --lower-is-better or --higher-is-better of the pooled outcome, so that "
                       "the trial's "
                       "sign is known");
    VgEvidenceAddition *added = VG_NEW(session->arena, VgEvidenceAddition, n);
    if (!added)
        return vg_fail_memory(error);
    plan->added = added;
    for (size_t i = 0; i < n; i++) {
        const char *path = vg_argument_nth(session->arguments, "add", i), *registry = NULL;
        VG_TRY(add_trial(session, result, plan, path, &added[i], &registry, error));
        VG_TRY(check_new(extraction, plan, i, &added[i], path, registry, error));
    }
    plan->n_added = n;
    return VG_OK;
}
