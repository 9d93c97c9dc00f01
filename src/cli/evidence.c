/* What vagus meta and vagus nma share. */
#include "cli/evidence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/report.h>

#include "base/nearest.h"
#include "cli/problems.h"
#include "report/text.h"
#include "study/review.h"

size_t vg_cli_choice(const VgSession *session, const char *option, const char *const *name)
{
    const char *given = vg_argument(session->arguments, option);
    for (size_t i = 0; given && name[i]; i++)
        if (strcmp(name[i], given) == 0)
            return i;
    return 0;
}

/* ---- the plan ---- */

/* COL=LEVEL */
static VgStatus read_filter(VgSession *session, VgEvidenceAnalysis *analysis, VgError *error)
{
    const char *given = vg_argument(session->arguments, "filter");
    if (!given)
        return VG_OK;
    const char *equals = strchr(given, '=');
    if (!equals || equals == given || !equals[1])
        return vg_fail(error, VG_USAGE, "--filter takes COL=LEVEL, not \"%s\"",
                       "for example --filter role=adjunctive", given);
    analysis->subset_column = vg_arena_strndup(session->arena, given, (size_t)(equals - given));
    analysis->subset_level = equals + 1;
    return analysis->subset_column ? VG_OK : vg_fail_memory(error);
}

static VgStatus read_direction(VgSession *session, VgEvidencePlan *plan, VgError *error)
{
    bool lower = vg_argument_given(session->arguments, "lower-is-better");
    bool higher = vg_argument_given(session->arguments, "higher-is-better");
    if (lower && higher)
        return vg_fail(error, VG_USAGE, "both --lower-is-better and --higher-is-better",
                       "give the one that holds for the outcome");
    plan->direction_known = lower || higher;
    plan->lower_is_better = lower;
    plan->benefit_is_positive = vg_argument_given(session->arguments, "benefit-positive");
    if (plan->benefit_is_positive && !plan->direction_known)
        return vg_fail(error, VG_USAGE, "--benefit-positive without a direction",
                       "say --lower-is-better or --higher-is-better");
    return VG_OK;
}

/* R, or R,R,…: the first is assumed, the others are tried too. */
static VgStatus read_correlation(VgSession *session, VgEvidencePlan *plan, VgError *error)
{
    const char *given = vg_argument(session->arguments, "correlation");
    if (!given)
        return VG_OK;
    size_t n;
    const char **item = vg_argument_list(session->arena, given, &n);
    double *r = item ? VG_NEW(session->arena, double, n) : NULL;
    if (!r)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        char *end;
        r[i] = strtod(item[i], &end);
        if (*end || end == item[i] || !(fabs(r[i]) < 1))
            return vg_fail(
                error, VG_USAGE, "--correlation takes numbers between -1 and 1, not \"%s\"",
                "for example --correlation 0.5,0.3,0.7: assume 0.5, try the others too", given);
    }
    for (size_t i = 0; i < n; i++)
        if (r[i] == 0) /* the plan's sign for "none" */
            return vg_fail(error, VG_USAGE, "--correlation 0",
                           "that is to assume that the same people before and after have nothing "
                           "to do with each other: leave it out, or try 0.3 to 0.7");
    plan->pre_post_correlation = n ? r[0] : (double)NAN;
    plan->correlation_sensitivity = n > 1 ? r + 1 : NULL;
    plan->n_correlation_sensitivity = n > 1 ? n - 1 : 0;
    return VG_OK;
}

static bool of_counts(VgMeasure measure)
{
    return (measure >= VG_MEASURE_OR && measure <= VG_MEASURE_ARCSINE) ||
           (measure >= VG_MEASURE_PROPORTION && measure <= VG_MEASURE_FREEMAN_TUKEY);
}

/* Options that the measure does not know would be passed over in silence. */
static VgStatus check_measure(VgSession *session, VgMeasure measure, VgError *error)
{
    bool factor = measure == VG_MEASURE_SMD || measure == VG_MEASURE_GLASS_DELTA ||
                  measure == VG_MEASURE_SMCR || measure == VG_MEASURE_SMCC;
    bool counts = of_counts(measure) || vg_argument_given(session->arguments, "convert-events");
    const struct {
        const char *option, *of;
        bool known;
    } option[] = {{"zero-cells", "counts", counts},
                  {"zero-add", "counts", counts},
                  {"keep-double-zero", "counts", counts},
                  {"smd-variance", "--measure smd", measure == VG_MEASURE_SMD},
                  {"approximate-j", "standardised differences", factor}};
    for (size_t i = 0; i < sizeof option / sizeof *option; i++)
        if (!option[i].known && vg_argument_given(session->arguments, option[i].option))
            return vg_fail(error, VG_USAGE, "--%s is of %s, not of --measure %s", "leave it out",
                           option[i].option, option[i].of, vg_measure_names[measure]);
    return VG_OK;
}

VgStatus vg_cli_evidence_plan(VgSession *session, VgEvidencePlan *plan, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    VgEvidenceAnalysis *analysis = VG_NEW(session->arena, VgEvidenceAnalysis, 1);
    if (!analysis)
        return vg_fail_memory(error);
    *plan = (VgEvidencePlan){
        .measure = (VgMeasure)vg_cli_choice(session, "measure", vg_measure_names),
        .smd_variance =
            (VgSmdVariance)vg_cli_choice(session, "smd-variance", vg_smd_variance_names),
        .approximate_j = vg_argument_given(arguments, "approximate-j"),
        .zero_cells = (VgZeroCells)vg_cli_choice(session, "zero-cells", vg_zero_cells_names),
        .zero_add = vg_argument_number(arguments, "zero-add", 0),
        .keep_double_zero = vg_argument_given(arguments, "keep-double-zero"),
        .pre_post_correlation = NAN,
        .crossover_correlation = vg_argument_number(arguments, "crossover-correlation", NAN),
        .convert_events =
            (VgConvertEvents)vg_cli_choice(session, "convert-events", vg_convert_events_names),
        .events_are = (VgEventsAre)vg_cli_choice(session, "events-are", vg_events_are_names),
        .intracluster_correlation = vg_argument_number(arguments, "icc", NAN),
        .important_difference = vg_argument_number(arguments, "important-difference", NAN),
        .control_event_rate = NAN,
        .outcome = vg_argument(arguments, "outcome"),
        .analysis = analysis,
        .n_analyses = 1};
    analysis->tau2 = (VgTau2Method)vg_cli_choice(session, "method", vg_tau2_method_names);
    analysis->exclude_high_risk = vg_argument_given(arguments, "exclude-high-risk");
    VG_TRY(read_correlation(session, plan, error));
    VG_TRY(check_measure(session, plan->measure, error));
    VG_TRY(read_direction(session, plan, error));
    return read_filter(session, analysis, error);
}

/* ---- columns ---- */

/* A role with the digit of its group: "n1" is n of the treatment. The longest role wins: "q11" is q1 of group 1. */
static const VgColumnRole *find_role(const char *word, size_t length, size_t *arm)
{
    *arm = 0;
    for (const VgColumnRole *role = vg_column_roles; role->name; role++) {
        size_t n = strlen(role->name);
        if (!role->pair && n == length && strncmp(role->name, word, n) == 0)
            return role;
        bool digit = role->pair && n + 1 == length && (word[n] == '1' || word[n] == '2');
        if (digit && strncmp(role->name, word, n) == 0) {
            *arm = word[n] == '2';
            return role;
        }
    }
    return NULL;
}

static VgStatus unknown_role(VgSession *session, const char *word, VgError *error)
{
    size_t n;
    const char **name = vg_column_role_names(session->arena, &n);
    const char **all = name ? VG_NEW(session->arena, const char *, 2 * n) : NULL;
    if (!all)
        return vg_fail_memory(error);
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        const VgColumnRole *role = vg_column_role_find(name[i]);
        for (int g = 1; g <= (role->pair ? 2 : 1); g++) {
            const char *text =
                role->pair ? vg_arena_printf(session->arena, "%s%d", name[i], g) : name[i];
            if (!text)
                return vg_fail_memory(error);
            all[m++] = text;
        }
    }
    const char *nearest = vg_nearest(word, all, m);
    const char *hint = nearest ? vg_arena_printf(session->arena, "did you mean %s?", nearest)
                               : "study, n1, n2, mean1, sd1, events1, effect, effect_se, … "
                                 "(docs/study-file.md)";
    if (!hint)
        return vg_fail_memory(error);
    return vg_fail(error, VG_USAGE, "--columns: there is no role \"%s\"", hint, word);
}

static VgStatus read_columns(VgSession *session, VgExtractionColumns *columns, VgError *error)
{
    const char *given;
    for (size_t nth = 0; (given = vg_argument_nth(session->arguments, "columns", nth)) != NULL;
         nth++) {
        size_t n;
        const char **item = vg_argument_list(session->arena, given, &n);
        if (!item)
            return vg_fail_memory(error);
        for (size_t i = 0; i < n; i++) {
            const char *equals = strchr(item[i], '=');
            if (!equals || equals == item[i] || !equals[1])
                return vg_fail(error, VG_USAGE, "--columns takes ROLE=COL, not \"%s\"",
                               "for example --columns study=trial,n1=n_drug,n2=n_placebo", item[i]);
            size_t length = (size_t)(equals - item[i]), arm;
            const VgColumnRole *role = find_role(item[i], length, &arm);
            const char *word = vg_arena_strndup(session->arena, item[i], length);
            if (!word)
                return vg_fail_memory(error);
            if (!role)
                return unknown_role(session, word, error);
            if (!vg_column_role_set(columns, role, arm, equals + 1))
                return vg_fail(error, VG_USAGE, "--columns names %s twice",
                               "one column holds it: say which", word);
        }
    }
    return VG_OK;
}

/* ---- the table ---- */

/* Whether the analysis has told of the line already. */
static bool told(const VgResult *result, size_t line)
{
    char left_out[64], doubted[64];
    snprintf(left_out, sizeof left_out, "(line %zu) was left out", line);
    snprintf(doubted, sizeof doubted, ":%zu: ", line);
    for (size_t i = 0; i < result->n_warnings; i++)
        if (strstr(result->warning[i], left_out) || strstr(result->warning[i], doubted))
            return true;
    return false;
}

void vg_cli_keep_warnings(VgResult *result, const VgProblems *problems)
{
    for (size_t i = 0; i < problems->n; i++) {
        char text[1200];
        const VgError *error = &problems->item[i].error;
        vg_error_format(error, text, sizeof text);
        if (problems->item[i].warning && !(error->line && told(result, error->line)))
            vg_result_warn(result, "%s", text);
    }
}

VgStatus vg_cli_extraction(VgSession *session, VgResult *result, const VgEvidencePlan *plan,
                           VgExtraction **extraction, VgProblems *problems, VgError *error)
{
    VgExtractionColumns columns = {0};
    VG_TRY(read_columns(session, &columns, error));
    const char *as_text[] = {columns.study ? columns.study : "study"};
    VgTable *table;
    VG_TRY(vg_session_table(session, result, NULL, 0, &table, error));
    if (vg_table_column(table, as_text[0]) &&
        vg_table_column(table, as_text[0])->type == VG_COLUMN_NUMBER &&
        strcmp(session->arguments->input[0], "-") != 0) { /* labels keep their zeros */
        result->n_inputs--;
        VG_TRY(vg_session_table(session, result, as_text, 1, &table, error));
    }
    *problems = (VgProblems){0};
    VgStatus status = vg_extraction_read(session->arena, table, plan, plan->analysis[0].kind,
                                         &columns, extraction, problems, error);
    if (problems->n_errors)
        return vg_cli_tell_problems(session, problems, "table", status, error);
    return status;
}

/* ---- the answer ---- */

void vg_cli_evidence_facts(VgSession *session, VgResult *result, const VgEvidencePlan *plan)
{
    const char *path = session->arguments->input[0];
    const char *slash = strrchr(path, '/');
    const char *what = plan->analysis[0].kind == VG_EVIDENCE_NETWORK ? "Network meta-analysis of"
                                                                     : "Meta-analysis of";
    const char *title = vg_arena_printf(session->arena, "%s %s", what, slash ? slash + 1 : path);
    vg_result_text(result, VG_FACTS_STUDY, NULL, "title", title ? title : what);
    vg_result_text(result, VG_FACTS_STUDY, NULL, "data",
                   vg_argument_given(session->arguments, "simulated") ? "simulated" : "real");
}

VgStatus vg_cli_evidence_print(VgSession *session, VgResult *result, VgError *error)
{
    VG_TRY(vg_result_status(result, error));
    const char *directory = vg_argument(session->arguments, "report");
    if (directory) {
        vg_session_progress(session, "writing the report");
        VG_TRY(vg_report_write(result, directory, error));
    }
    return vg_session_print(session, result, error);
}

VgStatus vg_cli_review_text(const VgResult *result, const char *analysis, int digits, FILE *stream,
                            VgError *error)
{
    VG_TRY(vg_result_print_forest(result, analysis, digits, 80, stream, error));
    const VgDataset *sentences = vg_result_find_dataset(result, analysis, "sentences");
    const VgDatasetColumn *text = sentences ? vg_dataset_column(sentences, "text") : NULL;
    if (!text)
        return VG_OK;
    VgBuffer out = {0};
    for (size_t i = 0; i < sentences->n_rows; i++) {
        vg_buffer_text(&out, i ? "" : "\n");
        vg_text_wrap(&out, text->text[i], 80, 0, 0);
    }
    vg_buffer_text(&out, "\n");
    VgStatus status = vg_buffer_status(&out, error);
    if (status == VG_OK)
        fputs(out.text, stream);
    vg_buffer_free(&out);
    return status;
}
