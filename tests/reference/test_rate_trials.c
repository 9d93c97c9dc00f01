/* strata/rate.c on two real trials: AUTOC and Qini of a declared order on inverse-propensity scores against grf 2.6.1 (rate_trials.R).
 * Estimates: 1e-9. Standard errors: 2,000 half-samples there, 20,000 here, an error of 1.7 %: 5 %. */
#include "support/witness.h"

#include <math.h>

#include <vagus/heterogeneity.h>
#include <vagus/table.h>

typedef struct Trial {
    VgArena *arena;
    VgTable *table;
    size_t n;
    double *score, *priority;
    int32_t *cluster;
    size_t clusters;
} Trial;

static double cell(const Trial *t, const char *name, size_t row)
{
    const VgColumn *column = vg_table_column(t->table, name);
    assert_non_null(column);
    assert_non_null(column->number);
    return column->number[row];
}

static Trial open_trial(const char *path)
{
    Trial t = {.arena = vg_arena_create()};
    VgError error = {0};
    WITNESS_OK(vg_table_read(t.arena, witness_data(t.arena, path), NULL, &t.table, &error), &error);
    t.score = VG_NEW(t.arena, double, t.table->n_rows);
    t.priority = VG_NEW(t.arena, double, t.table->n_rows);
    t.cluster = VG_NEW(t.arena, int32_t, t.table->n_rows);
    return t;
}

static double weighted_outcome(const Trial *t, const char *outcome, const char *treatment, double e,
                               size_t row)
{
    double y = cell(t, outcome, row), w = cell(t, treatment, row);
    return w * y / e - (1 - w) * y / (1 - e);
}

static void compare(Trial *t, const char *name)
{
    json_t *root = witness_json(witness_source(t->arena, "tests/reference/rate_trials.json"));
    VgError error = {0};
    VgRankEffects rate;
    const VgPriority priority = {.value = t->priority, .source = VG_PREDICTION_DECLARED};
    const VgClusters clusters = {.of = t->clusters ? t->cluster : NULL, .count = t->clusters};
    const VgRankOptions options = {.draws = 20000};
    WITNESS_OK(
        vg_rank_effects(t->arena, t->n, t->score, &priority, clusters, &options, &rate, &error),
        &error);
    const double value[] = {rate.autoc.estimate, rate.autoc.se, rate.qini.estimate, rate.qini.se};
    static const char *const WHAT[] = {"autoc", "autoc_se", "qini", "qini_se"};
    for (int k = 0; k < 4; k++)
        witness_close(WHAT[k], value[k],
                      witness_number(root, vg_arena_printf(t->arena, "%s/%s", name, WHAT[k])),
                      k % 2 ? 0.05 : 1e-9, 0);
    json_decref(root);
    vg_arena_destroy(t->arena);
}

static void job_training_is_grf_s(void **state)
{
    (void)state;
    Trial t = open_trial("hte_nsw_mixtape/nsw_mixtape.csv");
    double e = 0;
    t.n = t.table->n_rows;
    for (size_t i = 0; i < t.n; i++)
        e += cell(&t, "treat", i) / (double)t.n;
    for (size_t i = 0; i < t.n; i++) {
        t.score[i] = weighted_outcome(&t, "re78", "treat", e, i);
        t.priority[i] = cell(&t, "age", i) + cell(&t, "re75", i) / 1e4;
    }
    compare(&t, "nsw_rate");
}

/* Whole villages in half-samples; people without a result, a treatment or a village are left out. */
static void villages_are_grf_s(void **state)
{
    (void)state;
    Trial t = open_trial("hte_thornton_hiv/thornton_hiv.csv");
    double treated = 0, known = 0;
    int32_t *code;
    const char **level;
    VgError error = {0};
    bool *keep = VG_NEW(t.arena, bool, t.table->n_rows);
    for (size_t i = 0; i < t.table->n_rows; i++) {
        keep[i] = !isnan(cell(&t, "got", i)) && !isnan(cell(&t, "any", i)) &&
                  !isnan(cell(&t, "villnum", i));
        known += keep[i];
        treated += keep[i] ? cell(&t, "any", i) : 0;
    }
    WITNESS_OK(vg_column_as_factor(t.arena, t.table, vg_table_column(t.table, "villnum"), NULL, 0,
                                   keep, &code, &level, &t.clusters, &error),
               &error);
    for (size_t i = 0; i < t.table->n_rows; i++) {
        if (!keep[i])
            continue;
        t.score[t.n] = weighted_outcome(&t, "got", "any", treated / known, i);
        t.cluster[t.n] = code[i];
        t.priority[t.n++] = cell(&t, "distvct", i);
    }
    compare(&t, "thornton_rate");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(job_training_is_grf_s),
                                       cmocka_unit_test(villages_are_grf_s)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
