/* From the study's matrices to the rows and the design of one analysis. */
#include "trial/data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/compare.h"

/* Names the table always has, whatever the participants table holds. */
static const char *const OWN[] = {"arm", "visit", "baseline", "value", "change"};
enum { N_OWN = 5 };

static bool is_own(const char *name, const VgOutcome *outcome)
{
    for (size_t k = 0; k < N_OWN; k++)
        if (strcmp(name, OWN[k]) == 0)
            return true;
    return strcmp(name, outcome->name) == 0;
}

/* ---- rows ---- */

static VgStatus find_rows(VgTrial *trial, const VgAnalysis *analysis, const bool *in_set,
                          size_t only_visit, VgTrialData *data, VgError *error)
{
    const VgStudy *study = trial->study;
    const VgOutcome *outcome = &study->outcome[analysis->outcome];
    size_t n_visits = 1;
    data->visit = VG_NEW(trial->scratch, size_t, study->n_visits + 1);
    if (!data->visit)
        return vg_fail_memory(error);
    if (only_visit == SIZE_MAX)
        n_visits = vg_trial_visits(study, outcome, data->visit);
    else
        data->visit[0] = only_visit;
    size_t most = study->n_participants * n_visits; /* no more than the matrix that is in memory */
    data->participant = VG_NEW(trial->scratch, size_t, most);
    data->row_visit = VG_NEW(trial->scratch, size_t, most);
    if (!data->participant || !data->row_visit)
        return vg_fail_memory(error);
    size_t n = 0;
    for (size_t i = 0; i < study->n_participants; i++) {
        if (!in_set[i])
            continue;
        size_t before = n;
        for (size_t t = 0; t < n_visits; t++) {
            double value =
                data->binary ? data->binary[i] : vg_trial_value(study, outcome, i, data->visit[t]);
            if (isnan(value))
                continue;
            data->participant[n] = i;
            data->row_visit[n++] = t;
        }
        data->n_without += n == before;
    }
    data->n_visits = n_visits;
    data->table.n_rows = n;
    if (n == 0)
        return vg_fail_at(error, VG_NOT_ESTIMABLE, study->file, analysis->line,
                          "analysis %s: %s has no values after baseline",
                          "check the outcome's table and its visits", analysis->id, outcome->name);
    return VG_OK;
}

/* Leaves out visits without any row. */
static VgStatus keep_seen_visits(VgTrial *trial, VgTrialData *data, VgError *error)
{
    size_t *place = VG_NEW(trial->scratch, size_t, data->n_visits);
    size_t *rows = VG_NEW(trial->scratch, size_t, data->n_visits);
    data->visit_name = VG_NEW(trial->scratch, const char *, data->n_visits);
    if (!place || !rows || !data->visit_name)
        return vg_fail_memory(error);
    for (size_t r = 0; r < data->table.n_rows; r++)
        rows[data->row_visit[r]]++;
    size_t kept = 0;
    for (size_t t = 0; t < data->n_visits; t++) {
        if (!rows[t])
            continue;
        place[t] = kept;
        data->visit[kept] = data->visit[t];
        data->visit_name[kept++] = trial->study->visit[data->visit[t]].name;
    }
    for (size_t r = 0; r < data->table.n_rows; r++)
        data->row_visit[r] = place[data->row_visit[r]];
    data->n_visits = kept;
    return VG_OK;
}

static size_t rows_of(const VgTrial *trial, const VgTrialData *data, size_t arm, size_t visit)
{
    size_t n = 0;
    for (size_t r = 0; r < data->table.n_rows; r++)
        n += trial->study->arm_of[data->participant[r]] == (int32_t)arm &&
             data->row_visit[r] == visit;
    return n;
}

static VgStatus find_arms(VgTrial *trial, const VgAnalysis *analysis, VgTrialData *data,
                          VgError *error)
{
    const VgStudy *study = trial->study;
    data->arm = VG_NEW(trial->scratch, size_t, study->n_arms);
    data->arm_name = VG_NEW(trial->scratch, const char *, study->n_arms);
    if (!data->arm || !data->arm_name)
        return vg_fail_memory(error);
    for (size_t k = 0; k <= study->n_arms; k++) {
        size_t a = k == 0 ? analysis->reference : k - 1;
        if (k > 0 && a == analysis->reference)
            continue;
        size_t empty = SIZE_MAX, total = 0;
        for (size_t t = 0; t < data->n_visits; t++) {
            size_t n = rows_of(trial, data, a, t);
            total += n;
            if (n == 0)
                empty = t;
        }
        if (total == 0 && a != analysis->arm && a != analysis->reference)
            continue;
        if (empty != SIZE_MAX)
            return vg_fail_at(
                error, VG_NOT_ESTIMABLE, study->file, analysis->line,
                "analysis %s: %s has no value at visit %s in arm %s",
                "a mean that nobody showed cannot be estimated: leave the visit or the arm out",
                analysis->id, study->outcome[analysis->outcome].name, data->visit_name[empty],
                study->arm[a].name);
        data->arm[data->n_arms] = a;
        data->arm_name[data->n_arms++] = study->arm[a].name;
    }
    return VG_OK;
}

/* ---- columns ---- */

static VgStatus number_column(VgTrial *trial, VgTrialData *data, const char *name, double **values,
                              VgError *error)
{
    VgColumn *column = &data->table.column[data->table.n_columns++];
    column->name = name;
    column->type = VG_COLUMN_NUMBER;
    column->number = VG_NEW(trial->scratch, double, data->table.n_rows);
    *values = column->number;
    return column->number ? VG_OK : vg_fail_memory(error);
}

/* A factor of the names of `index[r]`; levels sorted by bytes as tables have them. */
static VgStatus factor_column(VgTrial *trial, VgTrialData *data, const char *column_name,
                              const char *const *name, size_t n, const size_t *index,
                              VgError *error)
{
    VgColumn *column = &data->table.column[data->table.n_columns++];
    column->name = column_name;
    column->type = VG_COLUMN_FACTOR;
    column->n_levels = n;
    column->level = VG_NEW(trial->scratch, const char *, n);
    column->code = VG_NEW(trial->scratch, int32_t, data->table.n_rows);
    int32_t *place = VG_NEW(trial->scratch, int32_t, n);
    if (!column->level || !column->code || !place)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++)
        column->level[k] = name[k];
    qsort(column->level, n, sizeof *column->level, vg_compare_texts);
    for (size_t k = 0; k < n; k++)
        for (size_t l = 0; l < n; l++)
            if (strcmp(name[k], column->level[l]) == 0)
                place[k] = (int32_t)l;
    for (size_t r = 0; r < data->table.n_rows; r++)
        column->code[r] = place[index[r]];
    return VG_OK;
}

/* A participants' column, repeated on each row of the participant. */
static VgStatus spread_column(VgTrial *trial, VgTrialData *data, const VgColumn *source,
                              VgError *error)
{
    VgColumn *column = &data->table.column[data->table.n_columns++];
    size_t n = data->table.n_rows;
    *column = *source;
    column->missing_tag = NULL;
    column->n_missing = 0;
    if (source->number)
        column->number = VG_NEW(trial->scratch, double, n);
    else if (source->code)
        column->code = VG_NEW(trial->scratch, int32_t, n);
    else
        column->text = VG_NEW(trial->scratch, const char *, n);
    if (!column->number && !column->code && !column->text)
        return vg_fail_memory(error);
    for (size_t r = 0; r < n; r++) {
        size_t i = data->participant[r];
        if (source->number)
            column->number[r] = source->number[i];
        else if (source->code)
            column->code[r] = source->code[i];
        else
            column->text[r] = source->text[i];
        column->n_missing += vg_column_is_missing(source, i);
    }
    return VG_OK;
}

static VgStatus fill_columns(VgTrial *trial, const VgAnalysis *analysis, VgTrialData *data,
                             VgError *error)
{
    const VgStudy *study = trial->study;
    const VgOutcome *outcome = &study->outcome[analysis->outcome];
    size_t n = data->table.n_rows;
    data->table.column =
        VG_NEW(trial->scratch, VgColumn, study->participants->n_columns + N_OWN + 1);
    data->table.line = VG_NEW(trial->scratch, uint32_t, n);
    size_t *arm = VG_NEW(trial->scratch, size_t, n);
    if (!data->table.column || !data->table.line || !arm)
        return vg_fail_memory(error);
    data->table.path = study->participants->path;
    for (size_t r = 0; r < n; r++) {
        size_t i = data->participant[r];
        if (study->participants->line)
            data->table.line[r] = study->participants->line[i];
        for (size_t k = 0; k < data->n_arms; k++)
            if (data->arm[k] == (size_t)study->arm_of[i])
                arm[r] = k;
    }
    VG_TRY(factor_column(trial, data, "arm", data->arm_name, data->n_arms, arm, error));
    VG_TRY(factor_column(trial, data, "visit", data->visit_name, data->n_visits, data->row_visit,
                         error));
    double *baseline, *value, *change, *own;
    VG_TRY(number_column(trial, data, "baseline", &baseline, error));
    VG_TRY(number_column(trial, data, "value", &value, error));
    VG_TRY(number_column(trial, data, "change", &change, error));
    VG_TRY(number_column(trial, data, outcome->name, &own, error));
    for (size_t r = 0; r < n; r++) {
        size_t i = data->participant[r];
        baseline[r] = vg_trial_baseline(outcome, i);
        value[r] = own[r] =
            data->binary ? data->binary[i]
                         : vg_trial_value(study, outcome, i, data->visit[data->row_visit[r]]);
        change[r] = value[r] - baseline[r];
    }
    for (size_t j = 0; j < study->participants->n_columns; j++)
        if (!is_own(study->participants->column[j].name, outcome))
            VG_TRY(spread_column(trial, data, &study->participants->column[j], error));
    return VG_OK;
}

VgStatus vg_trial_data(VgTrial *trial, const VgAnalysis *analysis, size_t visit, double *binary,
                       VgTrialData *data, VgError *error)
{
    *data = (VgTrialData){.binary = binary};
    bool *in_set = VG_NEW(trial->scratch, bool, trial->study->n_participants);
    if (!in_set)
        return vg_fail_memory(error);
    VG_TRY(vg_trial_set(trial, analysis, in_set, error));
    VG_TRY(find_rows(trial, analysis, in_set, visit, data, error));
    VG_TRY(keep_seen_visits(trial, data, error));
    VG_TRY(find_arms(trial, analysis, data, error));
    return fill_columns(trial, analysis, data, error);
}

/* ---- the design ---- */

/* A name as it may stand in a formula. */
static void quoted(VgBuffer *text, const char *name)
{
    bool plain = (name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z');
    for (const char *c = name; *c; c++)
        plain = plain && ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                          (*c >= '0' && *c <= '9') || *c == '.' || *c == '_');
    vg_buffer_printf(text, plain ? "%s" : "`%s`", name);
}

/* "visit" and friends would be taken for our own columns. */
static VgStatus check_covariate(VgTrial *trial, const VgAnalysis *analysis, const char *name,
                                VgError *error)
{
    const VgOutcome *outcome = &trial->study->outcome[analysis->outcome];
    if (strcmp(name, "baseline") == 0 && outcome->baseline)
        return VG_OK;
    if (strcmp(name, "baseline") == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, trial->study->file, analysis->line,
                          "analysis %s: %s has no baseline to adjust for",
                          "declare the outcome's baseline, or leave the covariate out",
                          analysis->id, outcome->name);
    if (is_own(name, outcome))
        return vg_fail_at(error, VG_INVALID_INPUT, trial->study->file, analysis->line,
                          "analysis %s: \"%s\" cannot be a covariate",
                          "rename the column: arm, visit, value, change and the outcome's own name "
                          "have a meaning here",
                          analysis->id, name);
    const VgColumn *unused;
    return vg_table_require(trial->study->participants, name, &unused, error);
}

static bool among(const char *const *names, size_t n, const char *name)
{
    for (size_t k = 0; k < n; k++)
        if (strcmp(names[k], name) == 0)
            return true;
    return false;
}

static VgStatus default_formula(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                                bool repeated, const char **formula, VgError *error)
{
    VgBuffer text = {0};
    VgStatus status = VG_OK;
    bool by_visit = repeated && data->n_visits > 1;
    vg_buffer_text(&text, analysis->change && !data->binary ? "change" : "value");
    vg_buffer_text(&text, by_visit ? " ~ arm * visit" : " ~ arm");
    for (size_t k = 0; k < analysis->n_covariates && status == VG_OK; k++) {
        status = check_covariate(trial, analysis, analysis->covariate[k], error);
        vg_buffer_text(&text, " + ");
        quoted(&text, analysis->covariate[k]);
    }
    for (size_t k = 0; k < analysis->n_covariates_by_visit && status == VG_OK; k++) {
        const char *name = analysis->covariate_by_visit[k];
        status = check_covariate(trial, analysis, name, error);
        if (!among(analysis->covariate, analysis->n_covariates, name)) {
            vg_buffer_text(&text, " + ");
            quoted(&text, name);
        }
        if (by_visit) {
            vg_buffer_text(&text, " + ");
            quoted(&text, name);
            vg_buffer_text(&text, ":visit");
        }
    }
    if (status == VG_OK)
        status = vg_buffer_status(&text, error);
    if (status == VG_OK) {
        *formula = vg_arena_strdup(trial->scratch, text.text);
        if (!*formula)
            status = vg_fail_memory(error);
    }
    vg_buffer_free(&text);
    return status;
}

static bool uses(const VgFormula *formula, const char *column)
{
    for (size_t v = 0; v < formula->n_variables; v++)
        if (formula->variable[v].column && strcmp(formula->variable[v].column, column) == 0)
            return true;
    return false;
}

/* An explicit model without a response gets one. */
static VgStatus explicit_formula(VgTrial *trial, const VgAnalysis *analysis,
                                 const VgTrialData *data, bool repeated, const char **text,
                                 VgFormula **formula, VgError *error)
{
    *text = analysis->model;
    VG_TRY(vg_formula_parse(trial->scratch, *text, formula, error));
    if (!(*formula)->response) {
        *text = vg_trial_text(trial, "%s %s",
                              analysis->change && !data->binary ? "change" : "value", *text);
        VG_TRY(vg_formula_parse(trial->scratch, *text, formula, error));
    }
    bool by_visit = repeated && data->n_visits > 1;
    if (!uses(*formula, "arm") || (by_visit && !uses(*formula, "visit")))
        return vg_fail_at(error, VG_INVALID_INPUT, trial->study->file, analysis->line,
                          "analysis %s: the model %s has no %s", "add it: arm * visit + baseline",
                          analysis->id, analysis->model, uses(*formula, "arm") ? "visit" : "arm");
    return VG_OK;
}

static VgStatus count_analysed(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                               const VgDesign *design, VgTrialRun *run, VgError *error)
{
    size_t n = trial->study->n_participants;
    bool *has_row = VG_NEW(trial->scratch, bool, n);
    run->analysed = VG_NEW(trial->scratch, bool, n);
    if (!has_row || !run->analysed)
        return vg_fail_memory(error);
    for (size_t r = 0; r < data->table.n_rows; r++)
        has_row[data->participant[r]] = true;
    for (size_t r = 0; r < design->n_rows; r++)
        run->analysed[data->participant[design->row[r]]] = true;
    run->n_analysed = run->n_dropped = 0;
    for (size_t i = 0; i < n; i++) {
        run->n_analysed += run->analysed[i];
        run->n_dropped += has_row[i] && !run->analysed[i];
    }
    run->n_observations = design->n_rows;
    run->n_without = data->n_without;
    if (run->n_dropped)
        vg_result_warn(trial->result,
                       "%s: %zu participant%s left out because a covariate is missing",
                       analysis->label, run->n_dropped, run->n_dropped == 1 ? " was" : "s were");
    return VG_OK;
}

static void warn_aliased(VgTrial *trial, const VgAnalysis *analysis, const VgDesign *design)
{
    const char *names = NULL;
    for (size_t j = 0; j < design->p; j++)
        if (design->aliased[j])
            names =
                names ? vg_trial_text(trial, "%s, %s", names, design->name[j]) : design->name[j];
    if (names)
        vg_result_warn(trial->result, "%s: these columns say nothing new and were left out: %s",
                       analysis->label, names);
}

VgStatus vg_trial_design(VgTrial *trial, const VgAnalysis *analysis, const VgTrialData *data,
                         bool repeated, VgTrialRun *run, VgDesign **design, VgError *error)
{
    const VgStudy *study = trial->study;
    VgFormula *formula = NULL;
    if (analysis->model) {
        VG_TRY(explicit_formula(trial, analysis, data, repeated, &run->formula, &formula, error));
    } else {
        VG_TRY(default_formula(trial, analysis, data, repeated, &run->formula, error));
        VG_TRY(vg_formula_parse(trial->scratch, run->formula, &formula, error));
    }
    const VgLevelOrder order[2] = {{"arm", data->arm_name, data->n_arms},
                                   {"visit", data->visit_name, data->n_visits}};
    const VgDesignOptions options = {
        .order = order,
        .n_orders = 2,
        .as_factor = study->stratum, /* sites by number are still sites */
        .n_as_factor = study->n_strata,
    };
    VG_TRY(vg_design_build(trial->scratch, &data->table, formula, &options, design, error));
    VG_TRY(count_analysed(trial, analysis, data, *design, run, error));
    warn_aliased(trial, analysis, *design);
    if (!(*design)->y)
        return vg_fail_at(error, VG_INVALID_INPUT, study->file, analysis->line,
                          "analysis %s: the model %s has no response",
                          "write change ~ … or value ~ …", analysis->id, run->formula);
    return VG_OK;
}
