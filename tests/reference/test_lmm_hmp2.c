/* model/: many outcomes with two random intercepts against the results that come with the HMP2 data: lmerTest on arcsine
 * roots of shares, as MaAsLin 2 ran it (1,595 samples, 87 species; Lloyd-Price 2019). lme4 stopped early there: for
 * Acidaminococcus it warns of a gradient of 0.02, and with rhoend 1e-12 gives our 0.000814198 instead of 0.000811725.
 * So all rows must agree within 0.02 of a standard error, and nine in ten to 1e-3. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/vagus.h>

static VgArena *arena;

static VgTable *read_table(const char *name)
{
    VgTable *table;
    VgError error = {0};
    WITNESS_OK(
        vg_table_read(arena, witness_data(arena, name), &(VgTableOptions){0}, &table, &error),
        &error);
    return table;
}

/* R's make.names for these names. */
static const char *r_name(const char *name)
{
    char *copy = vg_arena_strdup(arena, name);
    for (char *at = copy; *at; at++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.", *at))
            *at = '.';
    return copy;
}

static size_t index_of(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    fail_msg("no %s", name);
    return 0;
}

static void check_run(const char *formula_text, bool renormalise, const char *expected_name)
{
    VgTable *meta = read_table("hmp2_maaslin2/HMP2_metadata.tsv"),
            *taxa = read_table("hmp2_maaslin2/HMP2_taxonomy.tsv"),
            *expected = read_table(expected_name);
    static const char *const DIAGNOSIS[] = {"nonIBD"};
    static const VgLevelOrder ORDER = {"diagnosis", DIAGNOSIS, 1};
    VgFormula *formula;
    VgLmmTable *made;
    VgError error = {0};
    WITNESS_OK(vg_formula_parse(arena, formula_text, &formula, &error), &error);
    WITNESS_OK(vg_lmm_table(arena, meta, formula,
                            &(VgDesignOptions){.order = &ORDER, .n_orders = 1}, &made, &error),
               &error);
    size_t n = made->design->n_rows, features = taxa->n_columns - 1, p = made->data.x.cols;
    double *y = VG_NEW(arena, double, n *features);
    const char **sample = VG_NEW(arena, const char *, taxa->n_rows),
               **name = VG_NEW(arena, const char *, features);
    for (size_t i = 0; i < taxa->n_rows; i++)
        sample[i] = vg_column_value_text(arena, &taxa->column[0], i);
    for (size_t f = 0; f < features; f++)
        name[f] = r_name(taxa->column[f + 1].name);
    for (size_t i = 0; i < n; i++) {
        size_t at = index_of(sample, taxa->n_rows,
                             vg_column_value_text(arena, &meta->column[0], made->design->row[i]));
        double total = 0;
        for (size_t f = 0; f < features; f++)
            total += taxa->column[f + 1].number[at];
        for (size_t f = 0; f < features; f++)
            y[i + f * n] = asin(sqrt(taxa->column[f + 1].number[at] / (renormalise ? total : 1)));
    }
    VgLmmManyData data = {.x = made->data.x,
                          .y = {y, n, features, n},
                          .term = made->term,
                          .n_terms = made->data.n_terms};
    VgLmmMany many;
    WITNESS_OK(vg_lmm_fit_many(arena, &data, &(VgLmmManyOptions){0}, &many, &error), &error);
    assert_int_equal(many.n_failed, 0);
    const VgColumn *feature = vg_table_column(expected, "feature"),
                   *metadata = vg_table_column(expected, "metadata"),
                   *value = vg_table_column(expected, "value"),
                   *coef = vg_table_column(expected, "coef"),
                   *se = vg_table_column(expected, "stderr"),
                   *p_value = vg_table_column(expected, "pval");
    size_t close_ones = 0;
    for (size_t r = 0; r < expected->n_rows; r++) {
        const char *variable = vg_column_value_text(arena, metadata, r),
                   *level = vg_column_value_text(arena, value, r);
        if (strcmp(variable, level) == 0)
            level = "";
        size_t f = index_of(name, features, vg_column_value_text(arena, feature, r));
        size_t j = index_of(made->coefficient, p, vg_arena_printf(arena, "%s%s", variable, level));
        const VgInference *answer = &many.answer[f * p + j];
        char what[200];
        snprintf(what, sizeof what, "%s %s%s", name[f], variable, level);
        witness_close(what, answer->estimate, coef->number[r], 0.02, se->number[r]);
        witness_close(what, answer->se, se->number[r], 0.02, 0);
        close_ones += fabs(answer->estimate - coef->number[r]) < 1e-3 * se->number[r] &&
                      fabs(answer->se / se->number[r] - 1) < 1e-3 &&
                      fabs(log(answer->p / p_value->number[r])) < 5e-3;
    }
    assert_true(close_ones * 10 >= expected->n_rows * 9);
}

static void agrees_with_the_results_that_come_with_the_data(void **state)
{
    (void)state;
    arena = vg_arena_create();
    check_run("~ diagnosis + dysbiosis + antibiotics + age + (1 | site) + (1 | subject)", false,
              "hmp2_maaslin2/expected_results_run2.tsv");
    check_run("~ diagnosis + dysbiosisnonIBD + dysbiosisUC + dysbiosisCD + antibiotics + age + (1 "
              "| site) + (1 | subject)",
              true, "hmp2_maaslin2/expected_results_run1.tsv");
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_results_that_come_with_the_data)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
