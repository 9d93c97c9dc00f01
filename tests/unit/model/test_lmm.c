/* model/: the linear mixed model, one outcome and many: invariances, boundaries, refusals. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <vagus/vagus.h>

#include "numeric/random.h"

enum { SUBJECTS = 40, VISITS = 4, ROWS = SUBJECTS * VISITS - 7, P = 4 };

typedef struct Trial {
    double x[ROWS * P], z[ROWS * 2], y[ROWS];
    int32_t group[ROWS];
    VgLmmTerm term;
    VgLmmData data;
} Trial;

static VgArena *arena;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    return arena ? 0 : 1;
}

static int teardown(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

/* Rows of subject s: 4 visits, but 3 for the first seven. `between` is the SD between subjects. */
static Trial *trial_new(uint32_t seed, double between, double slope, size_t q)
{
    Trial *t = VG_NEW(arena, Trial, 1);
    VgRandom random = vg_random_start(seed, VG_STREAM_TEST, 0, 0);
    for (size_t s = 0, i = 0; s < SUBJECTS; s++) {
        double level = between * vg_random_normal(&random),
               rise = slope * vg_random_normal(&random);
        for (size_t v = s < 7; v < VISITS; v++, i++) {
            double time = (double)v, arm = (double)(s % 2);
            t->x[i] = 1;
            t->x[i + ROWS] = arm;
            t->x[i + 2 * ROWS] = time;
            t->x[i + 3 * ROWS] = arm * time;
            t->z[i] = 1;
            t->z[i + ROWS] = time;
            t->group[i] = (int32_t)s;
            t->y[i] = 10 + 0.5 * time + 0.3 * arm * time + level + rise * time +
                      vg_random_normal(&random);
        }
    }
    t->term = (VgLmmTerm){
        .z = {t->z, ROWS, q, ROWS}, .group = t->group, .n_groups = SUBJECTS, .name = "id"};
    t->data = (VgLmmData){
        .n_rows = ROWS, .x = {t->x, ROWS, P, ROWS}, .y = t->y, .term = &t->term, .n_terms = 1};
    return t;
}

static VgLmmFit fit_of(const VgLmmData *data, VgLmmOptions options)
{
    VgError error = {0};
    VgLmmFit fit;
    WITNESS_OK(vg_lmm_fit(arena, data, &options, &fit, &error), &error);
    return fit;
}

static VgInference ask(const VgLmmFit *fit, size_t j)
{
    double l[P] = {0};
    VgError error = {0};
    VgInference out;
    l[j] = 1;
    WITNESS_OK(vg_lmm_contrast(fit, l, 0.95, &out, &error), &error);
    return out;
}

/* The answers do not depend on the units of outcome, time or arm, nor on the order of rows. */
static void does_not_depend_on_units_or_order(void **state)
{
    (void)state;
    Trial *t = trial_new(1, 1.0, 0.5, 2), *u = trial_new(1, 1.0, 0.5, 2);
    VgLmmFit one = fit_of(&t->data, (VgLmmOptions){0});
    size_t order[ROWS];
    VgRandom random = vg_random_start(5, VG_STREAM_TEST, 0, 0);
    for (size_t i = 0; i < ROWS; i++)
        order[i] = i;
    vg_random_shuffle(&random, order, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        u->y[i] = 1000 * t->y[order[i]] + 7;
        u->group[i] = SUBJECTS - 1 - t->group[order[i]];
        for (size_t j = 0; j < P; j++)
            u->x[i + j * ROWS] = t->x[order[i] + j * ROWS] * (j >= 2 ? 365.25 : 1);
        u->z[i] = 1;
        u->z[i + ROWS] = 365.25 * t->z[order[i] + ROWS];
    }
    VgLmmFit two = fit_of(&u->data, (VgLmmOptions){0});
    for (size_t j = 1; j < P; j++) {
        VgInference a = ask(&one, j), b = ask(&two, j);
        double factor = j >= 2 ? 1000 / 365.25 : 1000;
        witness_close("estimate", b.estimate, factor * a.estimate, 1e-8, factor * a.se);
        witness_close("se", b.se, factor * a.se, 1e-8, 0);
        witness_close("df", b.df, a.df, 1e-7, 0);
    }
    witness_close("slope variance", two.random[0].covariance.data[3],
                  one.random[0].covariance.data[3] * 1e6 / (365.25 * 365.25), 1e-7, 0);
}

static void many_agree_with_one(void **state)
{
    (void)state;
    enum { OUTCOMES = 60 };
    Trial *t = trial_new(2, 1.0, 0, 1);
    double *y = VG_NEW(arena, double, ROWS *OUTCOMES);
    VgRandom random = vg_random_start(9, VG_STREAM_TEST, 0, 0);
    for (size_t f = 0; f < OUTCOMES; f++) {
        double between = f % 5 == 0 ? 0 : pow(10, (double)(f % 7) / 2 - 1), level[SUBJECTS];
        for (size_t s = 0; s < SUBJECTS; s++)
            level[s] = between * vg_random_normal(&random);
        for (size_t i = 0; i < ROWS; i++) {
            y[i + f * ROWS] = level[t->group[i]] + vg_random_normal(&random) + 0.2 * t->x[i + ROWS];
            if (f % 3 == 1 && (i + f) % 11 == 0)
                y[i + f * ROWS] = NAN;
        }
    }
    for (int ml = 0; ml < 2; ml++) {
        VgLmmManyData data = {
            .x = t->data.x, .y = {y, ROWS, OUTCOMES, ROWS}, .term = &t->term, .n_terms = 1};
        VgLmmManyOptions options = {.lmm.likelihood = ml ? VG_ML : VG_REML, .threads = 1};
        VgLmmMany many, again;
        VgError error = {0};
        WITNESS_OK(vg_lmm_fit_many(arena, &data, &options, &many, &error), &error);
        options.threads = 3;
        WITNESS_OK(vg_lmm_fit_many(arena, &data, &options, &again, &error), &error);
        assert_memory_equal(many.answer, again.answer, OUTCOMES * P * sizeof(VgInference));
        assert_int_equal(many.n_failed, 0);
        assert_true(many.n_singular > 0 && many.n_singular < OUTCOMES / 2);
        for (size_t f = 0; f < OUTCOMES; f++) {
            double x[ROWS * P], z[ROWS], one_y[ROWS];
            int32_t group[ROWS];
            size_t n = 0;
            for (size_t i = 0; i < ROWS; i++)
                n += isnan(y[i + f * ROWS]) ? 0 : 1;
            for (size_t i = 0, at = 0; i < ROWS; i++) {
                if (isnan(y[i + f * ROWS]))
                    continue;
                for (size_t j = 0; j < P; j++)
                    x[at + j * n] = t->x[i + j * ROWS];
                z[at] = 1;
                group[at] = t->group[i];
                one_y[at++] = y[i + f * ROWS];
            }
            VgLmmTerm term = {.z = {z, n, 1, n}, .group = group, .n_groups = SUBJECTS};
            VgLmmData single = {
                .n_rows = n, .x = {x, n, P, n}, .y = one_y, .term = &term, .n_terms = 1};
            VgLmmFit fit = fit_of(&single, options.lmm);
            assert_int_equal(many.status[f], fit.singular ? VG_LMM_SINGULAR : VG_LMM_FITTED);
            witness_close("variance", many.variance[f], fit.random[0].covariance.data[0], 1e-7,
                          1e-3);
            for (size_t j = 0; j < P; j++) {
                VgInference a = ask(&fit, j), *b = &many.answer[f * P + j];
                witness_close("estimate", b->estimate, a.estimate, 1e-8, a.se);
                witness_close("se", b->se, a.se, 1e-8, 0);
                witness_close("df", b->df, a.df, 1e-6, 0);
                witness_close("p", b->p, a.p, 1e-6, 0);
            }
        }
    }
}

/* Random slopes and no random effects go other ways through vg_lmm_fit_many. */
static void many_with_slopes_and_without_random_effects(void **state)
{
    (void)state;
    Trial *t = trial_new(3, 1.0, 0.6, 2);
    VgLmmManyData data = {
        .x = t->data.x, .y = {t->y, ROWS, 1, ROWS}, .term = &t->term, .n_terms = 1};
    VgLmmMany many;
    VgError error = {0};
    WITNESS_OK(vg_lmm_fit_many(arena, &data, &(VgLmmManyOptions){0}, &many, &error), &error);
    VgLmmFit fit = fit_of(&t->data, (VgLmmOptions){0});
    for (size_t j = 0; j < P; j++) {
        VgInference a = ask(&fit, j);
        assert_float_equal(many.answer[j].estimate, a.estimate, 1e-12);
        assert_float_equal(many.answer[j].df, a.df, 1e-9);
    }
    data.n_terms = 0;
    WITNESS_OK(vg_lmm_fit_many(arena, &data, &(VgLmmManyOptions){0}, &many, &error), &error);
    double rss = 0;
    for (size_t i = 0; i < ROWS; i++) {
        double r = t->y[i];
        for (size_t j = 0; j < P; j++)
            r -= t->x[i + j * ROWS] * many.answer[j].estimate;
        rss += r * r;
    }
    assert_float_equal(many.answer[0].df, ROWS - P, 0);
    witness_close("sigma", many.sigma[0], sqrt(rss / (ROWS - P)), 1e-12, 0);
}

static void many_say_what_an_outcome_cannot_bear(void **state)
{
    (void)state;
    Trial *t = trial_new(4, 1.0, 0, 1);
    double y[ROWS * 4];
    for (size_t i = 0; i < ROWS; i++) {
        y[i] = 3;                                                  /* constant */
        y[i + ROWS] = i < 3 ? t->y[i] : NAN;                       /* one group */
        y[i + 2 * ROWS] = t->x[i + 2 * ROWS] == 3 ? t->y[i] : NAN; /* one row per group */
        y[i + 3 * ROWS] = t->x[i + ROWS] == 1 ? t->y[i] : NAN;     /* one arm only */
    }
    VgLmmManyData data = {.x = t->data.x, .y = {y, ROWS, 4, ROWS}, .term = &t->term, .n_terms = 1};
    VgLmmMany many;
    VgError error = {0};
    WITNESS_OK(vg_lmm_fit_many(arena, &data, &(VgLmmManyOptions){0}, &many, &error), &error);
    assert_int_equal(many.status[0], VG_LMM_CONSTANT);
    assert_int_equal(many.status[1], VG_LMM_TOO_FEW_ROWS);
    assert_int_equal(many.status[2], VG_LMM_TOO_FEW_ROWS);
    assert_int_equal(many.status[3], VG_LMM_FITTED);
    assert_true(isfinite(many.answer[3 * P].estimate));     /* intercept: of that arm */
    assert_true(isnan(many.answer[3 * P + 1].estimate));    /* the arm cannot be told */
    assert_true(isfinite(many.answer[3 * P + 2].estimate)); /* time */
    assert_string_equal(vg_lmm_status_name(many.status[1]), "too_few_rows");
}

/* No variance between subjects: least squares, told in words. */
static void a_boundary_is_a_result(void **state)
{
    (void)state;
    Trial *t = trial_new(6, 0, 0, 1);
    double mean[SUBJECTS] = {0}, count[SUBJECTS] = {0};
    for (size_t i = 0; i < ROWS; i++) {
        mean[t->group[i]] += t->y[i];
        count[t->group[i]]++;
    }
    for (size_t i = 0; i < ROWS; i++)
        t->y[i] -= mean[t->group[i]] / count[t->group[i]];
    VgLmmFit fit = fit_of(&t->data, (VgLmmOptions){0});
    assert_true(fit.singular);
    assert_float_equal(fit.random[0].covariance.data[0], 0, 0);
    assert_float_equal(ask(&fit, 1).df, ROWS - P, 1e-6);
    assert_non_null(strstr(vg_lmm_singular_note(arena, &t->data, &fit), "id is 0"));
    Trial *slope = trial_new(6, 2.0, 0, 2); /* a slope that does not vary */
    fit = fit_of(&slope->data, (VgLmmOptions){0});
    assert_true(!fit.singular || vg_lmm_singular_note(arena, &slope->data, &fit) != NULL);
}

static void kenward_roger_of_one_row_is_its_contrast(void **state)
{
    (void)state;
    Trial *t = trial_new(7, 1.0, 0.4, 2);
    VgLmmFit fit = fit_of(&t->data, (VgLmmOptions){.df = VG_DF_KENWARD_ROGER});
    VgInference answer = ask(&fit, 3);
    VgJointTest test;
    VgError error = {0};
    double l[2 * P] = {0, 0, 0, 1, 0, 0, 0, 2};
    WITNESS_OK(vg_lmm_joint_test(&fit, l, 2, &test, &error), &error);
    assert_float_equal(test.df_numerator, 1, 0);
    witness_close("F", test.statistic, answer.statistic * answer.statistic, 1e-10, 0);
    witness_close("df", test.df_denominator, answer.df, 1e-10, 0);
    assert_true(answer.se > sqrt(VG_AT(fit.vcov_model, 3, 3)) * (1 - 1e-12));
}

static void refuses(void **state)
{
    (void)state;
    VgError error = {0};
    VgLmmFit fit;
    VgLmmOptions reml = {0}, wrong = {.df = VG_DF_KENWARD_ROGER, .likelihood = VG_ML};
    Trial *t = trial_new(8, 1.0, 0, 1);
    assert_int_equal(vg_lmm_fit(arena, &t->data, &wrong, &fit, &error), VG_INVALID_INPUT);
    VgLmmData data = t->data;
    data.n_terms = 0;
    assert_int_equal(vg_lmm_fit(arena, &data, &reml, &fit, &error), VG_INVALID_INPUT);
    for (size_t i = 0; i < ROWS; i++)
        t->group[i] = 0;
    t->term.n_groups = 1;
    assert_int_equal(vg_lmm_fit(arena, &t->data, &reml, &fit, &error), VG_NOT_ESTIMABLE);
    for (size_t i = 0; i < ROWS; i++)
        t->group[i] = (int32_t)i;
    t->term.n_groups = ROWS;
    assert_int_equal(vg_lmm_fit(arena, &t->data, &reml, &fit, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "cannot be told from the residual"));
    t = trial_new(8, 1.0, 0, 1);
    memcpy(t->x + 3 * ROWS, t->x + 2 * ROWS, ROWS * sizeof(double));
    assert_int_equal(vg_lmm_fit(arena, &t->data, &reml, &fit, &error), VG_NOT_ESTIMABLE);
    t = trial_new(8, 1.0, 0, 1);
    for (size_t i = 0; i < ROWS; i++)
        t->y[i] = 5;
    assert_int_equal(vg_lmm_fit(arena, &t->data, &reml, &fit, &error), VG_NOT_ESTIMABLE);
    t->y[4] = NAN;
    assert_int_equal(vg_lmm_fit(arena, &t->data, &reml, &fit, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "row 5"));
}

static VgStatus read_bars(const char *formula_text, VgLmmTable **made, VgError *error)
{
    static const char CSV[] = "y,t,site,id\n1,0,a,1\n2,1,a,1\n3,0,a,2\n4,1,a,2\n5,0,b,1\n6,1,b,1\n"
                              "7,0,b,2\n8,1,b,\n9,1,,2\n10,,b,2\n";
    VgTable *table;
    VgFormula *formula;
    VG_TRY(vg_table_read_csv_bytes(arena, "bars", CSV, sizeof CSV - 1, &(VgTableOptions){0}, &table,
                                   error));
    VG_TRY(vg_formula_parse(arena, formula_text, &formula, error));
    return vg_lmm_table(arena, table, formula, NULL, made, error);
}

static void reads_bars(void **state)
{
    (void)state;
    VgLmmTable *made;
    VgError error = {0};
    WITNESS_OK(read_bars("y ~ 1 + (1 + t | site/id)", &made, &error), &error);
    assert_int_equal(made->design->n_rows, 7); /* rows without t, site or id are dropped */
    assert_int_equal(made->data.n_terms, 2);
    assert_int_equal(made->term[0].n_groups, 2);
    assert_int_equal(made->term[1].n_groups, 4);
    assert_string_equal(made->term[1].name, "site:id");
    assert_string_equal(made->level[1][2], "b:1");
    assert_string_equal(made->term[1].effect[1], "t");
    assert_float_equal(VG_AT(made->term[1].z, 1, 1), 1, 0);
    WITNESS_OK(read_bars("y ~ t + (0 + t | site:id)", &made, &error), &error);
    assert_int_equal(made->data.n_terms, 1);
    assert_int_equal(made->term[0].z.cols, 1);
    assert_int_equal(read_bars("y ~ t + (1 | nobody)", &made, &error), VG_INVALID_INPUT);
    assert_int_equal(read_bars("y ~ t + (1 + t + I(2*t) | site)", &made, &error), VG_INVALID_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(does_not_depend_on_units_or_order),
        cmocka_unit_test(many_agree_with_one),
        cmocka_unit_test(many_with_slopes_and_without_random_effects),
        cmocka_unit_test(many_say_what_an_outcome_cannot_bear),
        cmocka_unit_test(a_boundary_is_a_result),
        cmocka_unit_test(kenward_roger_of_one_row_is_its_contrast),
        cmocka_unit_test(refuses),
        cmocka_unit_test(reads_bars),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
