/* From a table to the arrays of a mediation analysis: arms, codes of mediator and outcome, covariates by a
 * formula, complete rows; what is missing is counted. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/design.h>

#include "base/compare.h"
#include "mechanism/mediation_internal.h"
#include "mechanism/visits.h"

/* Values of mediator or outcome on all rows of the table; NaN is missing. */
typedef struct Values {
    double *value;
    const char *event; /* the word that 1 stands for */
    size_t n_categories;
} Values;

/* ---- arms ---- */

static VgStatus which_level(VgArena *arena, const VgColumn *column, const char *const *level,
                            size_t n, const char *name, int32_t *code, VgError *error)
{
    const char *all = "";
    for (size_t k = 0; k < n; k++)
        if (strcmp(level[k], name) == 0) {
            *code = (int32_t)k;
            return VG_OK;
        }
    for (size_t k = 0; all && k < n && k < 10; k++)
        all = vg_arena_printf(arena, "%s%s%s", all, k ? ", " : "it has ", level[k]);
    return vg_fail(error, VG_INVALID_INPUT, "treatment column %s has no value '%s'",
                   all ? all : "see the table", column->name, name);
}

static VgStatus find_arms(VgArena *arena, const VgTable *table, const VgMediationColumns *columns,
                          VgMediationTable *made, double *treatment, bool *keep, VgError *error)
{
    const VgColumn *column;
    int32_t *code, control = 0, treated = 1;
    const char **level;
    size_t n;
    VG_TRY(vg_table_require(table, columns->treatment, &column, error));
    VG_TRY(vg_column_as_factor(arena, table, column, NULL, 0, NULL, &code, &level, &n, error));
    if (n < 2)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "treatment column %s has one value only", "a contrast needs two arms",
                          column->name);
    if (n > 2 && (!columns->control || !columns->treated))
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "treatment column %s has %zu values",
                          "name the two to compare: --contrast TREATED,CONTROL", column->name, n);
    if (columns->control)
        VG_TRY(which_level(arena, column, level, n, columns->control, &control, error));
    if (columns->treated)
        VG_TRY(which_level(arena, column, level, n, columns->treated, &treated, error));
    else if (columns->control)
        treated = 1 - control;
    if (control == treated)
        return vg_fail(error, VG_INVALID_INPUT, "'%s' is both treated and control",
                       "name two different values of the treatment column", level[control]);
    made->control = level[control];
    made->treated = level[treated];
    for (size_t i = 0; i < table->n_rows; i++) {
        keep[i] = code[i] == control || code[i] == treated;
        treatment[i] = code[i] == treated;
        made->n_rows += keep[i];
    }
    return VG_OK;
}

/* ---- mediator and outcome ---- */

static VgStatus binary_values(VgArena *arena, const VgTable *table, const VgColumn *column,
                              const bool *keep, const char *what, Values *out, VgError *error)
{
    int32_t *code;
    const char **level;
    size_t n;
    VG_TRY(vg_column_as_factor(arena, table, column, NULL, 0, keep, &code, &level, &n, error));
    if (n != 2)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "%s %s has %zu different values in the two arms, not 2",
                          n < 2 ? "it must vary to be explained"
                                : "use a linear model, or code it as 0 and 1",
                          what, column->name, n);
    bool numbers = strcmp(level[0], "0") == 0 && strcmp(level[1], "1") == 0;
    out->event = numbers ? NULL : level[1];
    for (size_t i = 0; i < table->n_rows; i++)
        out->value[i] = keep[i] && code[i] >= 0 ? (double)code[i] : (double)NAN;
    return VG_OK;
}

static VgStatus ordinal_values(VgArena *arena, const VgTable *table, const VgColumn *column,
                               const bool *keep, Values *out, VgError *error)
{
    int32_t *code;
    const char **level;
    if (column->type != VG_COLUMN_NUMBER)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "ordinal outcome %s holds words, whose order is not known",
                          "code the categories as numbers in their order", column->name);
    VG_TRY(vg_column_as_factor(arena, table, column, NULL, 0, keep, &code, &level,
                               &out->n_categories, error));
    if (out->n_categories > 20)
        return vg_fail_at(
            error, VG_INVALID_INPUT, table->path, 0, "ordinal outcome %s has %zu categories",
            "use a linear model, or merge categories", column->name, out->n_categories);
    for (size_t i = 0; i < table->n_rows; i++)
        out->value[i] = keep[i] && code[i] >= 0 ? (double)code[i] + 1 : (double)NAN;
    return VG_OK;
}

static VgStatus find_values(VgArena *arena, const VgTable *table, const char *name,
                            const char *what, VgMediationModel model, const bool *keep, Values *out,
                            VgError *error)
{
    const VgColumn *column;
    VG_TRY(vg_table_require(table, name, &column, error));
    out->value = VG_NEW(arena, double, table->n_rows);
    if (!out->value)
        return vg_fail_memory(error);
    if (model == VG_MEDIATION_LOGISTIC || model == VG_MEDIATION_PROBIT)
        return binary_values(arena, table, column, keep, what, out, error);
    if (model == VG_MEDIATION_ORDINAL)
        return ordinal_values(arena, table, column, keep, out, error);
    if (column->type != VG_COLUMN_NUMBER)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0, "%s %s does not hold numbers",
                          "a linear model needs numbers; two words go with logistic or probit",
                          what, name);
    for (size_t i = 0; i < table->n_rows; i++)
        out->value[i] = keep[i] ? column->number[i] : NAN;
    return VG_OK;
}

/* ---- covariates ---- */

static VgStatus parse_covariates(VgArena *arena, const VgMediationColumns *columns,
                                 const char *const baseline[2], VgFormula **formula, VgError *error)
{
    const char *text = columns->covariates ? columns->covariates : "1";
    if (baseline[0])
        text = vg_arena_printf(arena, "%s + `%s` + `%s`", text, baseline[0], baseline[1]);
    if (text && columns->lagged)
        text = vg_arena_printf(arena, "%s + factor(`%s`)", text, columns->visit);
    text = text ? vg_arena_printf(arena, "~ %s", text) : NULL;
    if (!text)
        return vg_fail_memory(error);
    VG_TRY(vg_formula_parse(arena, text, formula, error));
    if ((*formula)->response || (*formula)->n_bars || (*formula)->n_offsets ||
        !(*formula)->intercept)
        return vg_fail(error, VG_INVALID_INPUT, "covariates '%s' are more than a sum of terms",
                       "write terms as in 'age + sex'; random intercepts go with --cluster",
                       columns->covariates ? columns->covariates : "");
    const char *const taken[3] = {columns->treatment, columns->mediator, columns->outcome};
    for (size_t v = 0; v < (*formula)->n_variables; v++)
        for (int k = 0; k < 3; k++)
            if (vg_same_text((*formula)->variable[v].column, taken[k]) ||
                vg_same_text((*formula)->variable[v].name, taken[k]))
                return vg_fail(error, VG_INVALID_INPUT, "%s is among the covariates too",
                               "treatment, mediator and outcome have their own places; baselines "
                               "are columns of their own, or come with --baseline-at",
                               taken[k]);
    return VG_OK;
}

/* Columns of the full-rank design but the intercept, which is first; those of [1, A, C] that depend on the others are
 * left out by R's rule and told. */
static VgStatus take_covariates(VgArena *arena, const VgDesign *design, VgMediationTable *made,
                                VgError *error)
{
    size_t q = design->rank - 1;
    const char **name = VG_NEW(arena, const char *, q + 1);
    if (!name)
        return vg_fail_memory(error);
    for (size_t j = 0; j < q; j++)
        name[j] = design->name[design->independent[j + 1]];
    made->data.covariates = design->x_full_rank;
    made->data.covariates.data += design->x_full_rank.stride;
    made->data.covariates.cols = q;
    made->data.covariate_name = name;
    const char *left = NULL;
    for (size_t j = 0; j < design->p; j++)
        if (design->aliased[j]) {
            left = vg_arena_printf(arena, "%s%s%s", left ? left : "", left ? ", " : "",
                                   design->name[j]);
            if (!left)
                return vg_fail_memory(error);
        }
    made->left_out = left;
    return VG_OK;
}

static void count_missing(const VgTable *table, const bool *keep, const Values *mediator,
                          const Values *outcome, size_t used, VgMediationTable *made)
{
    size_t complete = 0;
    for (size_t i = 0; i < table->n_rows; i++) {
        if (!keep[i])
            continue;
        made->n_missing_mediator += isnan(mediator->value[i]) ? 1 : 0;
        made->n_missing_outcome += isnan(outcome->value[i]) ? 1 : 0;
        complete += !isnan(mediator->value[i]) && !isnan(outcome->value[i]);
    }
    made->n_missing_covariate = complete - used;
}

static VgStatus fill(VgArena *arena, const VgTable *table, const VgMediationColumns *columns,
                     const VgDesign *design, const double *treatment, const Values *mediator,
                     const Values *outcome, VgMediationTable *made, VgError *error)
{
    VgMediationData *d = &made->data;
    size_t n = d->n = design->n_rows;
    double *all = VG_NEW(arena, double, 3 * n);
    if (!all)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        all[i] = treatment[design->row[i]];
        all[n + i] = mediator->value[design->row[i]];
        all[2 * n + i] = outcome->value[design->row[i]];
    }
    d->treatment = all;
    d->mediator = all + n;
    d->outcome = all + 2 * n;
    d->n_categories = outcome->n_categories;
    d->treatment_name = columns->treatment;
    d->mediator_name = columns->mediator;
    d->outcome_name = columns->outcome;
    made->mediator_event = mediator->event;
    made->outcome_event = outcome->event;
    const char *cluster = columns->cluster  ? columns->cluster
                          : columns->lagged ? columns->id
                                            : NULL;
    if (!cluster)
        return VG_OK;
    const VgColumn *column;
    int32_t *code, *used = VG_NEW(arena, int32_t, n);
    const char **level;
    bool *keep = VG_NEW(arena, bool, table->n_rows);
    if (!used || !keep)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        keep[design->row[i]] = true;
    VG_TRY(vg_table_require(table, cluster, &column, error));
    VG_TRY(vg_column_as_factor(arena, table, column, NULL, 0, keep, &code, &level, &d->n_clusters,
                               error));
    for (size_t i = 0; i < n; i++)
        used[i] = code[design->row[i]];
    d->cluster = used;
    made->cluster = cluster;
    return VG_OK;
}

/* ---- all of it ---- */

static VgStatus check_columns(const VgTable *table, const VgMediationColumns *c, VgError *error)
{
    const char *const name[] = {c->treatment, c->mediator, c->outcome};
    for (int k = 0; k < 3; k++) {
        const VgColumn *column;
        VG_TRY(vg_table_require(table, name[k], &column, error));
        for (int j = 0; j < k; j++)
            if (strcmp(name[j], name[k]) == 0)
                return vg_fail(error, VG_INVALID_INPUT, "column %s is named twice",
                               "treatment, mediator and outcome are three columns", name[k]);
    }
    return VG_OK;
}

VgStatus vg_mediation_table(VgArena *arena, const VgTable *given, const VgMediationColumns *columns,
                            const VgMediationOptions *options, VgMediationTable **out,
                            VgError *error)
{
    VgTable *flat = NULL;
    const VgTable *table = given;
    const char *baseline[2] = {NULL, NULL};
    VgMediationTable *made = VG_NEW(arena, VgMediationTable, 1);
    VG_TRY(check_columns(given, columns, error));
    if (columns->id && columns->visit) {
        VG_TRY(vg_visits_flatten(arena, given, columns, &flat, baseline, error));
        table = flat;
    }
    double *treatment = VG_NEW(arena, double, table->n_rows + 1);
    bool *keep = VG_NEW(arena, bool, table->n_rows + 1);
    if (!made || !treatment || !keep)
        return vg_fail_memory(error);
    made->timed = flat != NULL;
    made->concurrent = columns->concurrent;
    made->mediator_at = columns->mediator_at;
    made->outcome_at = columns->outcome_at;
    made->baseline_at = columns->baseline_at;
    made->lagged = columns->lagged;
    VG_TRY(find_arms(arena, table, columns, made, treatment, keep, error));
    Values mediator = {0}, outcome = {0};
    VG_TRY(find_values(arena, table, columns->mediator, "mediator", options->mediator_model, keep,
                       &mediator, error));
    VG_TRY(find_values(arena, table, columns->outcome, "outcome", options->outcome_model, keep,
                       &outcome, error));
    VgFormula *formula;
    VgDesign *design;
    VG_TRY(parse_covariates(arena, columns, baseline, &formula, error));
    const char *required[3] = {columns->mediator, columns->outcome, columns->cluster};
    VgDesignOptions design_options = {
        .keep = keep, .required = required, .n_required = columns->cluster ? 3 : 2};
    VG_TRY(vg_design_build(arena, table, formula, &design_options, &design, error));
    VG_TRY(take_covariates(arena, design, made, error));
    count_missing(table, keep, &mediator, &outcome, design->n_rows, made);
    VG_TRY(fill(arena, table, columns, design, treatment, &mediator, &outcome, made, error));
    *out = made;
    return VG_OK;
}
