/* What mmrm, lm and glm share: level orders, and estimates as tidy rows. */
#include "cli/model.h"

#include <math.h>
#include <string.h>

#include "model/estimate.h"
#include "model/table_checks.h"

VgStatus vg_cli_level_orders(VgSession *session, const VgTable *table, VgDesignOptions *options,
                             VgError *error)
{
    const VgArguments *arguments = session->arguments;
    size_t n = 0;
    while (vg_argument_nth(arguments, "levels", n))
        n++;
    VgLevelOrder *order = VG_NEW(session->arena, VgLevelOrder, n + 1);
    if (!order)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        const char *text = vg_argument_nth(arguments, "levels", i);
        const char *equals = strchr(text, '=');
        order[i].column = vg_arena_strndup(session->arena, text, (size_t)(equals - text));
        order[i].level = vg_argument_list(session->arena, equals + 1, &order[i].n_levels);
        if (!order[i].column || !order[i].level)
            return vg_fail_memory(error);
        for (size_t j = 0; j < i; j++)
            if (strcmp(order[j].column, order[i].column) == 0)
                return vg_fail(error, VG_USAGE, "--levels twice for column %s", "give it once",
                               order[i].column);
        const VgColumn *column;
        VG_TRY(vg_table_require(table, order[i].column, &column, error));
    }
    options->order = order;
    options->n_orders = n;
    return VG_OK;
}

VgStatus vg_cli_check_aliased(VgSession *session, const VgTable *table, const VgDesign *design,
                              VgResult *result, VgError *error)
{
    if (design->rank == design->p)
        return VG_OK;
    const char *names = "";
    for (size_t j = 0; names && j < design->p; j++)
        if (design->aliased[j])
            names = vg_arena_printf(session->arena, "%s%s%s", names, *names ? ", " : "",
                                    design->name[j]);
    if (!names)
        return vg_fail_memory(error);
    if (!vg_argument_given(session->arguments, "drop-aliased"))
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "linear combinations of other columns of the model: %s",
                          "leave out what says the same twice, or give --drop-aliased", names);
    vg_result_warn(result, "left out as linear combinations of other columns: %s", names);
    return VG_OK;
}

const VgDesignVariable *vg_cli_factor(const VgDesign *design, const char *column)
{
    for (size_t i = 0; column && i < design->formula->n_variables; i++) {
        const VgVariable *variable = &design->formula->variable[i];
        if (design->variable[i].is_factor && variable->column &&
            strcmp(variable->column, column) == 0)
            return &design->variable[i];
    }
    return NULL;
}

/* The entries of L that the model takes. */
static const double *model_entries(VgSession *session, const VgModelAnswers *model,
                                   const double *contrast, size_t rows)
{
    const VgDesign *design = model->design;
    if (model->fitted.n_coefficients == design->p)
        return contrast;
    double *entries = VG_NEW(session->arena, double, rows * design->rank);
    for (size_t i = 0; entries && i < rows; i++)
        for (size_t j = 0; j < design->rank; j++)
            entries[i * design->rank + j] = contrast[i * design->p + design->independent[j]];
    return entries;
}

/* L beta, where it is estimable. *estimable is set; nothing else is when it is not. */
static VgStatus answer_one(VgSession *session, const VgModelAnswers *model, const double *contrast,
                           VgInference *answer, bool *estimable, VgError *error)
{
    *estimable = vg_design_estimable(model->design, contrast);
    if (!*estimable)
        return VG_OK;
    const double *entries = model_entries(session, model, contrast, 1);
    if (!entries)
        return vg_fail_memory(error);
    return model->fitted.contrast(model->fitted.fit, entries, session->level, answer, error);
}

/* --show-contrasts: the entries of L that are not zero, as rows. */
static void add_coefficients_of(VgResult *result, const VgModelAnswers *model,
                                const VgCombination *combination)
{
    for (size_t j = 0; j < model->design->p; j++) {
        if (fabs(combination->contrast[j]) < 1e-12)
            continue; /* rounding of a difference, not a weight */
        VgEstimate row = vg_estimate_blank();
        row.quantity = combination->reference ? "contrast_weight" : "lsmean_weight";
        row.term = model->design->name[j];
        row.outcome = model->design->formula->response->name;
        row.visit = combination->visit;
        row.arm = combination->arm;
        row.reference = combination->reference;
        row.estimate = combination->contrast[j];
        vg_result_estimate(result, &row);
    }
}

VgStatus vg_cli_combination(VgSession *session, VgResult *result, const VgModelAnswers *model,
                            const VgCombination *combination, VgInference *answer, bool *estimable,
                            VgError *error)
{
    VgInference numbers;
    VG_TRY(answer_one(session, model, combination->contrast, &numbers, estimable, error));
    if (!*estimable) {
        vg_result_warn(result, "not estimable: %s of %s%s%s%s%s", combination->quantity,
                       combination->arm, combination->reference ? " minus " : "",
                       combination->reference ? combination->reference : "",
                       combination->visit ? " at " : "",
                       combination->visit ? combination->visit : "");
        return VG_OK;
    }
    if (combination->shift != 0) { /* the test against 0 was of L beta alone */
        numbers.estimate += combination->shift;
        numbers.lower += combination->shift;
        numbers.upper += combination->shift;
        numbers.statistic = numbers.p = NAN;
    }
    VgEstimate row = vg_estimate_blank();
    row.quantity = combination->quantity;
    row.outcome = model->design->formula->response->name;
    row.visit = combination->visit;
    row.arm = combination->arm;
    row.reference = combination->reference;
    row.note = combination->note;
    row.n = combination->n;
    vg_estimate_fill(&row, &numbers);
    vg_result_estimate(result, &row);
    if (model->show_contrasts)
        add_coefficients_of(result, model, combination);
    if (answer)
        *answer = numbers;
    return VG_OK;
}

VgStatus vg_cli_coefficients(VgSession *session, VgResult *result, const VgModelAnswers *model,
                             VgError *error)
{
    const VgDesign *design = model->design;
    size_t n = model->fitted.n_coefficients;
    double *unit = VG_NEW(session->arena, double, n ? n : 1);
    if (!unit)
        return vg_fail_memory(error);
    for (size_t k = 0; k < design->rank; k++) {
        size_t column = design->independent[k];
        size_t entry = n == design->p ? column : k;
        unit[entry] = 1;
        VgInference answer;
        if (model->coefficient)
            VG_TRY(model->coefficient(model->fitted.fit, column, session->level, &answer, error));
        else
            VG_TRY(model->fitted.contrast(model->fitted.fit, unit, session->level, &answer, error));
        unit[entry] = 0;
        VgEstimate row = vg_estimate_blank();
        row.quantity = "coefficient";
        row.term = design->name[column];
        row.outcome = design->formula->response->name;
        vg_estimate_fill(&row, &answer);
        vg_result_estimate(result, &row);
    }
    return VG_OK;
}

VgStatus vg_cli_tests(VgSession *session, VgResult *result, const VgModelAnswers *model,
                      VgError *error)
{
    const char *asked = vg_argument(session->arguments, "tests");
    const VgDesign *design = model->design;
    for (size_t t = 0; asked && t < design->formula->n_terms; t++) {
        double *contrasts;
        size_t rows;
        VG_TRY(vg_term_hypothesis(session->arena, design, t, asked[0] - '0', &contrasts, &rows,
                                  error));
        if (rows == 0) {
            vg_result_warn(result, "no test of %s: nothing of it is estimable",
                           design->formula->term[t].name);
            continue;
        }
        const double *entries = model_entries(session, model, contrasts, rows);
        if (!entries)
            return vg_fail_memory(error);
        VgJointTest test;
        VG_TRY(model->fitted.joint(model->fitted.fit, entries, rows, &test, error));
        VgEstimate row = vg_estimate_blank();
        row.quantity = "joint_test";
        row.term = design->formula->term[t].name;
        row.outcome = design->formula->response->name;
        row.statistic = test.statistic;
        row.df = test.df_numerator;
        row.p = test.p;
        row.note = isfinite(test.df_denominator)
                       ? vg_arena_printf(session->arena, "type %s F test, denominator df %.10g",
                                         asked, test.df_denominator)
                       : vg_arena_printf(session->arena, "type %s chi-square test / df", asked);
        vg_result_estimate(result, &row);
    }
    return VG_OK;
}

VgStatus vg_cli_arm_means(VgSession *session, VgResult *result, const VgModelAnswers *model,
                          const char *arm_column, const VgLsMeansOptions *settings,
                          const char *visit, VgError *error)
{
    const VgDesignVariable *arm = vg_cli_factor(model->design, arm_column);
    if (!arm)
        return vg_fail(error, VG_USAGE, "--arm %s does not occur in the formula as a factor",
                       "add it to the formula, or leave out --arm", arm_column);
    const char *const by[] = {arm->name};
    VgLsMeansOptions options = *settings;
    options.by = by;
    options.n_by = 1;
    VgLsMeans *means;
    VG_TRY(vg_lsmeans(session->arena, model->design, &options, &means, error));
    size_t p = model->design->p;
    bool estimable;
    for (size_t i = 0; i < means->n; i++) {
        VgCombination mean = {.quantity = "lsmean",
                              .visit = visit,
                              .arm = arm->level[means->code[i]],
                              .note = model->link_note,
                              .contrast = means->contrast + i * p,
                              .n = visit ? NAN : (double)means->count[i],
                              .shift = means->offset};
        VG_TRY(vg_cli_combination(session, result, model, &mean, NULL, &estimable, error));
    }
    for (size_t i = 1; i < means->n; i++) {
        double *difference = VG_NEW(session->arena, double, p);
        if (!difference)
            return vg_fail_memory(error);
        for (size_t j = 0; j < p; j++)
            difference[j] = means->contrast[i * p + j] - means->contrast[j];
        VgCombination contrast = {.quantity = "contrast",
                                  .visit = visit,
                                  .arm = arm->level[means->code[i]],
                                  .reference = arm->level[means->code[0]],
                                  .note = model->link_note,
                                  .contrast = difference,
                                  .n = visit ? NAN : (double)(means->count[i] + means->count[0])};
        VG_TRY(vg_cli_combination(session, result, model, &contrast, NULL, &estimable, error));
    }
    return VG_OK;
}

/* ---- from words to a design (lm, glm) ---- */

static VgStatus read_weights(VgSession *session, const VgTable *table, const VgDesign *design,
                             const char *name, VgRowParts *parts, VgError *error)
{
    const VgColumn *column;
    VG_TRY(vg_table_require(table, name, &column, error));
    if (column->type != VG_COLUMN_NUMBER)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0,
                          "the weights in column %s are not numbers",
                          "weights are numbers larger than 0", name);
    double *weights = VG_NEW(session->arena, double, design->n_rows);
    if (!weights)
        return vg_fail_memory(error);
    for (size_t i = 0; i < design->n_rows; i++) {
        weights[i] = column->number[design->row[i]];
        if (!(weights[i] > 0) || !isfinite(weights[i]))
            return vg_fail_at(
                error, VG_INVALID_INPUT, table->path, table->line ? table->line[design->row[i]] : 0,
                "weight %g in column %s", "weights are numbers larger than 0", weights[i], name);
    }
    parts->weights = weights;
    return VG_OK;
}

static VgStatus read_clusters(VgSession *session, const VgTable *table, const VgDesign *design,
                              const char *name, VgRowParts *parts, VgError *error)
{
    const VgColumn *column;
    VG_TRY(vg_table_require(table, name, &column, error));
    bool *used = VG_NEW(session->arena, bool, table->n_rows);
    int32_t *cluster = VG_NEW(session->arena, int32_t, design->n_rows);
    if (!used || !cluster)
        return vg_fail_memory(error);
    for (size_t i = 0; i < design->n_rows; i++)
        used[design->row[i]] = true;
    int32_t *code;
    const char **level;
    VG_TRY(vg_column_as_factor(session->arena, table, column, NULL, 0, used, &code, &level,
                               &parts->n_clusters, error));
    for (size_t i = 0; i < design->n_rows; i++)
        cluster[i] = code[design->row[i]];
    parts->cluster = cluster;
    return VG_OK;
}

VgStatus vg_cli_design(VgSession *session, const char *cluster, bool binary, VgResult **result,
                       VgTable **table, VgDesign **design, VgRowParts *parts, VgError *error)
{
    const VgArguments *arguments = session->arguments;
    const char *arm = vg_argument(arguments, "arm"), *weights = vg_argument(arguments, "weights");
    VgFormula *formula;
    VG_TRY(vg_formula_parse(session->arena, vg_argument(arguments, "formula"), &formula, error));
    if (!formula->response)
        return vg_fail(error, VG_INVALID_INPUT, "the formula %s has no outcome",
                       "write outcome ~ terms", formula->text);
    *result = vg_session_result(session);
    if (!*result)
        return vg_fail_memory(error);
    VG_TRY(vg_session_table(session, *result, cluster ? &cluster : NULL, cluster != NULL, table,
                            error));
    if (arm)
        VG_TRY(vg_check_two_arms(session->arena, *table, arm, error));
    const char *required[3];
    VgDesignOptions options = {.as_factor = &arm,
                               .n_as_factor = arm != NULL,
                               .required = required,
                               .binary_response = binary};
    const char *const named[] = {arm, weights, cluster};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (named[i])
            required[options.n_required++] = named[i];
    VG_TRY(vg_cli_level_orders(session, *table, &options, error));
    VG_TRY(vg_design_build(session->arena, *table, formula, &options, design, error));
    VG_TRY(vg_check_outcome_varies(*table, *design, error));
    VG_TRY(vg_cli_check_aliased(session, *table, *design, *result, error));
    *parts = (VgRowParts){.weights = NULL};
    if (weights)
        VG_TRY(read_weights(session, *table, *design, weights, parts, error));
    if (cluster)
        VG_TRY(read_clusters(session, *table, *design, cluster, parts, error));
    const char **name = VG_NEW(session->arena, const char *, (*design)->rank + 1);
    if (!name)
        return vg_fail_memory(error);
    for (size_t j = 0; j < (*design)->rank; j++)
        name[j] = (*design)->name[(*design)->independent[j]];
    parts->coefficient = name;
    return VG_OK;
}
