/* panel/: derived biomarkers by hand and in closed form. */
#include "support/witness.h"

#include <math.h>

#include <vagus/biomarker.h>

#include "base/file.h"
#include "numeric/random.h"

static VgArena *arena;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

static void near(double value, double expected, double most)
{
    if (!(fabs(value - expected) <= most))
        fail_msg("%.17g is not %.17g", value, expected);
}

static VgHormoneCurve curve_of(const double *t, const double *m, size_t n, bool awakening,
                               bool verified)
{
    VgHormoneCurve curve;
    VgError error = {0};
    WITNESS_OK(vg_hormone_curve(t, m, n, awakening, verified, &curve, &error), &error);
    return curve;
}

static void areas_under_curves(void **state)
{
    (void)state;
    const double t[] = {0, 30, 45, 60}, m[] = {10, 16, 15, 12};
    VgHormoneCurve c = curve_of(t, m, 4, true, true);
    near(c.aucg, 825, 1e-12);
    near(c.auci, 225, 1e-12);
    near(c.increase, 13 / 3.0, 1e-12);
    near(c.peak, 6, 0);
    assert_int_equal(c.issues, 0);
    const double falling[] = {16, 12, 10, 9};
    assert_true(curve_of(t, falling, 4, true, true).auci < 0);
    assert_int_equal(curve_of(t, m, 4, true, false).issues, VG_ISSUE_UNVERIFIED);
    const double late[] = {16, 30, 45, 60};
    c = curve_of(late, m, 4, true, true);
    assert_true(isnan(c.auci) && isnan(c.peak) && isfinite(c.aucg));
    assert_int_equal(curve_of(late, m, 4, false, false).issues, 0); /* a day's curve */
    const double one[] = {10, NAN, 15, 12}, two[] = {10, NAN, NAN, 12}, first[] = {NAN, 16, 15, 12},
                 last[] = {10, 16, 15, NAN};
    c = curve_of(t, one, 4, true, true);
    near(c.aucg, 25.0 * 45 / 2 + 27.0 * 15 / 2, 1e-12);
    assert_int_equal(c.issues, VG_ISSUE_ONE_MISSING);
    assert_true(isnan(curve_of(t, two, 4, true, true).aucg));
    assert_true(isnan(curve_of(t, last, 4, true, true).aucg));
    c = curve_of(t, first, 4, true, true);
    assert_true(isnan(c.auci) && c.issues == VG_ISSUE_FIRST_MISSING);
    VgError error = {0};
    const double twice[] = {0, 30, 30, 60}, negative[] = {10, -1, 15, 12};
    assert_int_equal(vg_hormone_curve(twice, m, 4, true, true, &c, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_hormone_curve(t, negative, 4, true, true, &c, &error), VG_INVALID_INPUT);
    assert_int_equal(vg_hormone_curve(t, m, 1, true, true, &c, &error), VG_INVALID_INPUT);
    for (unsigned k = 0; k < 8; k++)
        assert_true(strlen(vg_biomarker_issue((VgBiomarkerIssue)(1u << k))) > 10);
}

static void variability_of_known_series(void **state)
{
    (void)state;
    enum { N = 400 };
    double rr[N];
    VgHrv hrv;
    VgError error = {0};
    VgHrvOptions options = {0};
    for (size_t i = 0; i < N; i++)
        rr[i] = i % 2 ? 900 : 860;
    WITNESS_OK(vg_hrv(arena, rr, N, &options, &hrv, &error), &error);
    near(hrv.rmssd, 40, 1e-12);
    near(hrv.sdnn, 20 * sqrt(N / (N - 1.0)), 1e-9);
    near(hrv.mean_nn, 880, 1e-9);
    near(hrv.pnn50, 0, 0);
    assert_int_equal(hrv.issues, 0);
    /* a breath of 0.25 Hz of 20 ms: half of its square in HF, little in LF */
    double now = 0;
    for (size_t i = 0; i < N; i++) {
        rr[i] = 850 + 20 * sin(2 * 3.14159265358979 * 0.25 * now);
        now += rr[i] / 1000;
    }
    WITNESS_OK(vg_hrv(arena, rr, N, &options, &hrv, &error), &error);
    near(hrv.hf, 200, 8);
    assert_true(hrv.lf < 4);
    near(hrv.sdnn * hrv.sdnn, 200, 4);
    /* a missed beat is left out, with its two differences */
    double before = hrv.rmssd;
    rr[200] *= 2;
    WITNESS_OK(vg_hrv(arena, rr, N, &options, &hrv, &error), &error);
    assert_int_equal(hrv.n_artefacts, 1);
    near(hrv.rmssd, before, 0.1);
    near(hrv.hf, 200, 10);
    for (size_t i = 0; i < N; i += 12)
        rr[i] = 350;
    WITNESS_OK(vg_hrv(arena, rr, N, &options, &hrv, &error), &error);
    assert_true((hrv.issues & VG_ISSUE_CORRECTED) && isnan(hrv.rmssd));
}

static void recordings_that_are_short_or_wrong(void **state)
{
    (void)state;
    double rr[100];
    VgHrv hrv;
    VgError error = {0};
    for (size_t i = 0; i < 100; i++)
        rr[i] = 800 + (double)(i % 3) * 10;
    VgHrvOptions options = {0};
    WITNESS_OK(vg_hrv(arena, rr, 100, &options, &hrv, &error), &error);
    assert_true(isnan(hrv.rmssd) && hrv.issues == VG_ISSUE_SHORT);
    options.ultra_short = true;
    WITNESS_OK(vg_hrv(arena, rr, 100, &options, &hrv, &error), &error);
    assert_true(hrv.rmssd > 0 && isnan(hrv.sdnn) && isnan(hrv.hf));
    assert_int_equal(hrv.issues, VG_ISSUE_ULTRA_SHORT);
    assert_int_equal(vg_hrv(arena, rr, 5, &options, &hrv, &error), VG_INVALID_INPUT);
    for (size_t i = 0; i < 100; i++)
        rr[i] /= 1000;
    assert_int_equal(vg_hrv(arena, rr, 100, &options, &hrv, &error), VG_INVALID_INPUT);
    rr[3] = -1;
    assert_int_equal(vg_hrv(arena, rr, 100, &options, &hrv, &error), VG_INVALID_INPUT);
}

static void ratios_and_indices(void **state)
{
    (void)state;
    near(vg_homa_ir(5, 9), 2, 1e-15);
    assert_true(isnan(vg_homa_ir(5, NAN)) && isnan(vg_homa_ir(0, 9)));
    near(vg_kynurenine_tryptophan(2, 50), 40, 1e-12);
    VgScfa scfa = {60, 20, 20, 3, 4, NAN, NAN, NAN};
    VgScfaSummary s = vg_scfa_summary(&scfa);
    near(s.total, 100, 0);
    near(s.branched, 7, 0);
    near(s.butyrate_share, 0.2, 1e-15);
    near(s.acetate_to_propionate, 3, 1e-15);
    scfa.propionate = NAN;
    assert_true(isnan(vg_scfa_summary(&scfa).total));
    const VgIndexMarker marker[] = {{0, 1, 1}, {log(2), 0.5, 0}, {1, 2, -1}};
    double value[] = {exp(1), 2, exp(3)}, index;
    size_t used;
    VgError error = {0};
    WITNESS_OK(vg_z_index(value, marker, 3, 0, &index, &used, &error), &error);
    near(index, 0, 1e-15); /* (1 + 0 − 1)/3 */
    value[2] = NAN;
    WITNESS_OK(vg_z_index(value, marker, 3, 0, &index, &used, &error), &error);
    assert_true(isnan(index) && used == 2);
    WITNESS_OK(vg_z_index(value, marker, 3, 1, &index, &used, &error), &error);
    near(index, 0.5, 1e-15);
    value[0] = 0;
    assert_int_equal(vg_z_index(value, marker, 3, 1, &index, &used, &error), VG_INVALID_INPUT);
}

static void the_documented_table_is_the_one_in_the_code(void **state)
{
    (void)state;
    char *page;
    size_t size, n;
    VgError error = {0};
    WITNESS_OK(vg_file_read(arena, witness_source(arena, "docs/methods/biomarkers.md"), 1 << 20,
                            &page, &size, &error),
               &error);
    const VgBiomarker *all = vg_biomarkers(&n);
    for (size_t k = 0; k < n; k++) {
        const char *row =
            vg_arena_printf(arena, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", all[k].key,
                            all[k].group ? all[k].group : "", all[k].needs, all[k].name,
                            all[k].unit, all[k].formula, all[k].scale, all[k].source);
        if (!strstr(page, row))
            fail_msg("not in the page: %s", row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(areas_under_curves),
        cmocka_unit_test(variability_of_known_series),
        cmocka_unit_test(recordings_that_are_short_or_wrong),
        cmocka_unit_test(ratios_and_indices),
        cmocka_unit_test(the_documented_table_is_the_one_in_the_code),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
