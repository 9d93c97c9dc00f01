/* The screen of mediators: what it finds, invariances, refusals; rates by hand. */
#include "support/witness.h"

#include <math.h>

#include <vagus/mediator_screen.h>

#include "numeric/random.h"

enum { N = 120, P = 90 };
static VgArena *arena;
static VgError error;

typedef struct Trial {
    double a[N], y[N], c[2 * N], m[N * P];
} Trial;

static VgMediatorScreenData data(Trial *t)
{
    return (VgMediatorScreenData){.treatment = t->a,
                                  .outcome = t->y,
                                  .covariates = {t->c, N, 2, N},
                                  .features = {t->m, N, P, N}};
}

/* Features 0 … 3 mediate, 4 … 7 are moved by the treatment only, 8 … 11 move the outcome only. */
static Trial *draw(void)
{
    Trial *t = VG_NEW(arena, Trial, 1);
    VgRandom random = vg_random_start(3, VG_STREAM_TEST, 0, 0);
    assert_non_null(t);
    for (size_t i = 0; i < N; i++) {
        t->a[i] = (double)(i % 2);
        t->c[i] = vg_random_normal(&random);
        t->c[i + N] = vg_random_normal(&random);
        t->y[i] = 0.3 * t->a[i] + t->c[i] + vg_random_normal(&random);
        for (size_t j = 0; j < P; j++) {
            double v = (j < 8 ? 1.5 * t->a[i] : 0) + 0.2 * t->c[i + N] + vg_random_normal(&random);
            t->m[i + j * N] = v;
            t->y[i] += j < 4 || (j >= 8 && j < 12) ? v : 0;
        }
    }
    return t;
}

static VgMediatorScreen screen(Trial *t, VgMediatorScreenOptions options)
{
    VgMediatorScreenData d = data(t);
    VgMediatorScreen out;
    WITNESS_OK(vg_mediator_screen(arena, &d, &options, &out, &error), &error);
    return out;
}

static const VgScreenedFeature *feature(const VgMediatorScreen *s, size_t j)
{
    for (size_t k = 0; k < s->n_rows; k++)
        if (s->row[k].feature == j)
            return &s->row[k];
    return NULL;
}

static void mediators_are_found_and_half_arrows_are_not(void **state)
{
    (void)state;
    Trial *t = draw();
    for (int rate = 0; rate < VG_SCREEN_RATE_COUNT; rate++) {
        VgMediatorScreen s = screen(t, (VgMediatorScreenOptions){.rate = (VgScreenRate)rate});
        assert_int_equal(s.n_features, P);
        assert_int_equal(s.n_rows, N / 2);
        for (size_t j = 0; j < 12; j++) {
            const VgScreenedFeature *f = feature(&s, j);
            assert_true(j < 4 ? f && f->q < 0.01 : !f || f->q > 0.05);
        }
    }
}

static void units_and_the_order_of_rows_and_features_do_not_matter(void **state)
{
    (void)state;
    Trial *t = draw(), *other = VG_NEW(arena, Trial, 1);
    assert_non_null(other);
    for (size_t i = 0; i < N; i++) {
        size_t from = N - 1 - i;
        other->a[i] = t->a[from];
        other->y[i] = 10 * t->y[from] - 3;
        other->c[i] = t->c[from];
        other->c[i + N] = 4 * t->c[from + N] + 1;
        for (size_t j = 0; j < P; j++)
            other->m[i + j * N] = 100 * t->m[from + (P - 1 - j) * N] + 7;
    }
    VgMediatorScreen one = screen(t, (VgMediatorScreenOptions){0});
    VgMediatorScreen two = screen(other, (VgMediatorScreenOptions){0});
    assert_int_equal(one.n_rows, two.n_rows);
    assert_int_equal(one.n_adjusted_for, two.n_adjusted_for);
    for (size_t k = 0; k < one.n_rows; k++) {
        const VgScreenedFeature *f = &one.row[k], *g = feature(&two, P - 1 - f->feature);
        assert_non_null(g);
        witness_close("alpha", g->alpha.estimate, 100 * f->alpha.estimate, 1e-8, 1e-3);
        witness_close("beta", g->beta.estimate, f->beta.estimate / 10, 1e-7, 1e-3);
        witness_close("indirect", g->indirect, 10 * f->indirect, 1e-7, 1e-3);
        witness_close("q", g->q, f->q, 1e-6, 1e-6);
    }
}

static void halves_do_not_share_rows(void **state)
{
    (void)state;
    Trial *t = draw();
    VgMediatorScreen s =
        screen(t, (VgMediatorScreenOptions){.selection = VG_SCREEN_SPLIT, .keep = 10, .seed = 4});
    assert_int_equal(s.n_screened_on, N / 2);
    assert_int_equal(s.n_tested_on, N / 2);
    assert_int_equal(s.n_rows, 10);
    witness_close("df of alpha", s.row[0].alpha.df, N / 2 - 4, 0, 0);
    VgMediatorScreen again =
        screen(t, (VgMediatorScreenOptions){.selection = VG_SCREEN_SPLIT, .keep = 10, .seed = 4});
    assert_memory_equal(s.row, again.row, s.n_rows * sizeof *s.row);
    VgMediatorScreen other =
        screen(t, (VgMediatorScreenOptions){.selection = VG_SCREEN_SPLIT, .keep = 10, .seed = 5});
    assert_memory_not_equal(s.row, other.row, s.n_rows * sizeof *s.row);
}

static void what_does_not_vary_is_not_tested(void **state)
{
    (void)state;
    Trial *t = draw();
    for (size_t i = 0; i < N; i++) {
        t->m[i + 20 * N] = 3;
        t->m[i + 21 * N] = 2 * t->a[i] - t->c[i];
    }
    VgMediatorScreen s = screen(t, (VgMediatorScreenOptions){.keep = P});
    assert_int_equal(s.n_constant, 2);
    assert_int_equal(s.n_rows, P - 2);
    assert_null(feature(&s, 20));
    assert_null(feature(&s, 21));
}

static void copies_are_not_tested(void **state)
{
    (void)state;
    Trial *t = draw();
    memcpy(t->m, t->m + 5 * N, N * sizeof *t->m);
    VgMediatorScreen s = screen(t, (VgMediatorScreenOptions){0});
    assert_int_equal(s.n_dependent, 2);
    assert_int_equal(s.n_rows, N / 2 - 2);
    assert_null(feature(&s, 0));
    assert_null(feature(&s, 5));
    assert_non_null(feature(&s, 1));
}

static void rates_are_as_by_hand(void **state)
{
    (void)state;
    /* p_max .02 .03 .5 .9; p_min .001 .01 .02 .04 */
    static const double A[] = {0.001, 0.03, 0.5, 0.04}, B[] = {0.02, 0.01, 0.02, 0.9};
    double q[4];
    WITNESS_OK(vg_filtered_fdr(arena, 4, A, B, q, &error), &error);
    /* at .02: three p_min, one p_max; at .03: three and two; at .5: four and three; at .9: four and four */
    witness_close("q", q[0], 0.03 * 3 / 2, 1e-12, 0);
    witness_close("q", q[1], 0.03 * 3 / 2, 1e-12, 0);
    witness_close("q", q[2], 0.5 * 4 / 3, 1e-12, 0);
    witness_close("q", q[3], 0.9, 1e-12, 0);
    VgCompositeNull null = {.both_absent = 0.5, .alpha_absent = 0.2, .beta_absent = 0.1};
    WITNESS_OK(vg_composite_fdr(arena, 4, A, B, &null, false, q, &error), &error);
    witness_close("q", q[0], (0.3 * 0.03 + 0.5 * 0.0009) * 4 / 2, 1e-12, 0);
    witness_close("q", q[2], (0.3 * 0.5 + 0.5 * 0.25) * 4 / 3, 1e-12, 0);
    witness_close("divide-aggregate p", vg_divide_aggregate_p(0.1, 0.3, &null),
                  (0.2 * 0.1 + 0.1 * 0.3 + 0.5 * 0.09) / 0.8, 1e-12, 0);
    static const double BAD[] = {0.5, 2}, FINE[] = {0.1, 0.2};
    assert_int_equal(vg_filtered_fdr(arena, 2, FINE, BAD, q, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_composite_null(arena, 1, FINE, FINE, &null, &error), VG_INVALID_INPUT);
}

static void refuse(Trial *t, VgMediatorScreenData d, VgStatus status, const char *word)
{
    (void)t;
    VgMediatorScreenOptions options = {0};
    VgMediatorScreen out;
    error = (VgError){0};
    assert_int_equal(vg_mediator_screen(arena, &d, &options, &out, &error), status);
    if (!strstr(error.message, word))
        fail_msg("'%s' does not say '%s'", error.message, word);
    assert_true(error.hint[0]);
}

static void what_cannot_be_screened_is_refused(void **state)
{
    (void)state;
    Trial *t = draw();
    double kept = t->a[7];
    t->a[7] = 0.5;
    refuse(t, data(t), VG_INVALID_INPUT, "treatment of row 8");
    t->a[7] = kept;
    kept = t->y[2];
    t->y[2] = NAN;
    refuse(t, data(t), VG_INVALID_INPUT, "outcome of row 3");
    t->y[2] = kept;
    kept = t->m[5 + 3 * N];
    t->m[5 + 3 * N] = NAN;
    refuse(t, data(t), VG_INVALID_INPUT, "feature 4 of row 6");
    t->m[5 + 3 * N] = kept;
    VgMediatorScreenData d = data(t);
    d.features.cols = 1;
    refuse(t, d, VG_NOT_ESTIMABLE, "1 features vary");
    for (size_t i = 0; i < N; i++)
        t->c[i] = 1 + t->a[i];
    refuse(t, data(t), VG_NOT_ESTIMABLE, "depend on each other");
    for (size_t i = 0; i < N; i++)
        t->a[i] = i == 0;
    refuse(t, data(t), VG_NOT_ESTIMABLE, "1 treated");
}

static void names_go_both_ways(void **state)
{
    (void)state;
    for (int k = 0; k < VG_SCREEN_COUNT; k++) {
        VgScreenSelection back;
        assert_true(
            vg_screen_selection_from_name(vg_screen_selection_name((VgScreenSelection)k), &back));
        assert_int_equal(back, k);
    }
    for (int k = 0; k < VG_SCREEN_RATE_COUNT; k++) {
        VgScreenRate back;
        assert_true(vg_screen_rate_from_name(vg_screen_rate_name((VgScreenRate)k), &back));
        assert_int_equal(back, k);
    }
}

static int prepare(void **state)
{
    (void)state;
    arena = vg_arena_create();
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mediators_are_found_and_half_arrows_are_not),
        cmocka_unit_test(units_and_the_order_of_rows_and_features_do_not_matter),
        cmocka_unit_test(halves_do_not_share_rows),
        cmocka_unit_test(what_does_not_vary_is_not_tested),
        cmocka_unit_test(copies_are_not_tested),
        cmocka_unit_test(rates_are_as_by_hand),
        cmocka_unit_test(what_cannot_be_screened_is_refused),
        cmocka_unit_test(names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, prepare, tear_down);
}
