/* model/: negative binomial regressions of the sparse features of MaAsLin 3's spike-in example against a joint Newton
 * over (beta, log theta) in R (glm_nb_spikein.R), 1e-8; and never below the likelihood that MASS::glm.nb reaches. Features
 * that a covariate separates are refused as such. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/glm.h>
#include <vagus/table.h>

enum { P = 6 };

static VgArena *arena;
static json_t *reference;

static VgTable *read_table(const char *name)
{
    VgTable *table;
    VgError error = {0};
    WITNESS_OK(
        vg_table_read(arena, witness_data(arena, name), &(VgTableOptions){0}, &table, &error),
        &error);
    return table;
}

typedef struct Example {
    VgTable *counts;
    size_t n;
    double *x, *log_depth;
} Example;

/* Samples are the columns of the counts and the rows of the metadata, in the same order; the first field of each is the name. */
static Example read_example(void)
{
    static const char *const COVARIATE[P] = {"",           "Metadata_1", "Metadata_2",
                                             "Metadata_3", "Metadata_4", "Metadata_5"};
    Example e = {.counts = read_table("spikein_maaslin3/abundance_spike_in_ex.tsv")};
    VgTable *meta = read_table("spikein_maaslin3/metadata_spike_in_ex.tsv");
    e.n = meta->n_rows;
    e.x = VG_NEW(arena, double, e.n *P);
    e.log_depth = VG_NEW(arena, double, e.n);
    assert_int_equal(e.counts->n_columns, e.n + 1);
    for (size_t i = 0; i < e.n; i++) {
        double depth = 0;
        for (size_t f = 0; f < e.counts->n_rows; f++)
            depth += e.counts->column[i + 1].number[f];
        e.log_depth[i] = log(depth);
        e.x[i] = 1;
    }
    for (size_t j = 1; j < P; j++) {
        const VgColumn *column = vg_table_column(meta, COVARIATE[j]);
        assert_non_null(column);
        memcpy(e.x + j * e.n, column->number, e.n * sizeof(double));
    }
    return e;
}

static size_t row_of(const VgTable *table, const char *name)
{
    for (size_t f = 0; f < table->n_rows; f++)
        if (strcmp(vg_column_value_text(arena, &table->column[0], f), name) == 0)
            return f;
    fail_msg("no %s", name);
    return 0;
}

static void agrees_with_a_joint_newton(void **state)
{
    (void)state;
    Example e = read_example();
    const json_t *features = witness_at(reference, "features"), *feature;
    size_t k, fitted = 0, separated = 0;
    double *y = VG_NEW(arena, double, e.n);
    json_array_foreach(features, k, feature)
    {
        size_t row = row_of(e.counts, json_string_value(json_object_get(feature, "feature")));
        for (size_t i = 0; i < e.n; i++)
            y[i] = e.counts->column[i + 1].number[row];
        VgGlmData data = {.x = {e.x, e.n, P, e.n}, .y = y, .offset = e.log_depth};
        VgGlmFit fit;
        VgError error = {0};
        VgStatus status = vg_glm_fit(
            arena, &data, &(VgGlmOptions){.family = VG_GLM_NEGATIVE_BINOMIAL}, &fit, &error);
        if (json_is_true(json_object_get(feature, "separated"))) {
            assert_int_equal(status, VG_NOT_ESTIMABLE);
            separated++;
            continue;
        }
        WITNESS_OK(status, &error);
        for (size_t j = 0; j < P; j++) {
            double se = json_number_value(json_array_get(witness_at(feature, "se"), j));
            witness_close("beta", fit.beta[j],
                          json_number_value(json_array_get(witness_at(feature, "beta"), j)), 1e-8,
                          se);
            witness_close("se", sqrt(VG_AT(fit.vcov, j, j)), se, 1e-8, 0);
        }
        witness_close("theta", fit.theta, witness_number(feature, "theta"), 1e-8, 0);
        witness_close("loglik", fit.loglik, witness_number(feature, "loglik"), 1e-11, 0);
        fitted++;
    }
    assert_int_equal(fitted, 70);
    assert_int_equal(separated, 8);
}

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    reference = witness_json(witness_source(arena, "tests/reference/glm_nb_spikein.json"));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(reference);
    vg_arena_destroy(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_a_joint_newton)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
