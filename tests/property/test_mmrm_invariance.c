/* What must not change an MMRM: row order, units and origin of the outcome, the start, labels of subjects,
 * halved weights on doubled subjects; and that its derivatives are those of its objective. */
#include "support/mmrm_model.h"

#include <math.h>
#include <stdio.h>

#include "model/mmrm_internal.h"

enum { SUBJECTS = 60, VISITS = 4, P = 6 };

/* A small trial with dropout, made from a fixed linear congruential sequence. */
typedef struct Trial {
    size_t n;
    double x[SUBJECTS * VISITS * P], y[SUBJECTS * VISITS], weights[SUBJECTS * VISITS];
    int32_t subject[SUBJECTS * VISITS], visit[SUBJECTS * VISITS], group[SUBJECTS * VISITS];
    VgMmrmData data;
} Trial;

static uint64_t sequence;

static double uniform(void)
{
    sequence = sequence * 6364136223846793005ULL + 1442695040888963407ULL;
    return ((double)(sequence >> 11) + 0.5) / 9007199254740992.0;
}

static double normal(void)
{
    double sum = -6.0;
    for (int i = 0; i < 12; i++)
        sum += uniform();
    return sum;
}

static void fill_row(double *x, size_t row, double arm, double baseline, size_t a)
{
    const double values[P] = {
        1.0, arm, baseline, a == 1 ? 1.0 : 0.0, a >= 2 ? 1.0 : 0.0, arm * (double)a};
    for (size_t j = 0; j < P; j++)
        x[row + j * SUBJECTS * VISITS] = values[j];
}

static void make_trial(Trial *trial)
{
    sequence = 20261124;
    *trial = (Trial){0};
    for (size_t s = 0; s < SUBJECTS; s++) {
        double arm = (double)(s % 2), baseline = 20.0 + 4.0 * normal(), own = 3.0 * normal();
        size_t last = uniform() < 0.4 ? 2 + s % 2 : VISITS;
        for (size_t a = 0; a < last; a++) {
            if (a > 0 && uniform() < 0.08)
                continue;
            size_t row = trial->n++;
            fill_row(trial->x, row, arm, baseline, a);
            trial->y[row] =
                baseline - (double)a - arm * (double)a + own + (2.0 + 0.4 * (double)a) * normal();
            trial->weights[row] = 0.5 + uniform();
            trial->subject[row] = (int32_t)s;
            trial->visit[row] = (int32_t)a;
            trial->group[row] = (int32_t)(s % 2);
        }
    }
    trial->data = (VgMmrmData){.n_rows = trial->n,
                               .x = {trial->x, trial->n, P, SUBJECTS * VISITS},
                               .y = trial->y,
                               .subject = trial->subject,
                               .visit = trial->visit,
                               .n_subjects = SUBJECTS,
                               .n_visits = VISITS};
}

static VgArena *arena;
static Trial trial;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    make_trial(&trial);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

static VgMmrmFit fit_of(const VgMmrmData *data, VgMmrmOptions options)
{
    VgMmrmFit fit;
    VgError error = {0};
    WITNESS_OK(vg_mmrm_fit(arena, data, &options, &fit, &error), &error);
    assert_true(fit.converged);
    assert_true(fit.hessian_eigen[0] > 0.0);
    return fit;
}

static VgInference effect(const VgMmrmFit *fit)
{
    const double contrast[P] = {0.0, 1.0, 0.0, 0.0, 0.0, 3.0};
    VgInference out;
    VgError error = {0};
    WITNESS_OK(vg_mmrm_contrast(fit, contrast, 0.95, &out, &error), &error);
    return out;
}

static VgJointTest arm_test(const VgMmrmFit *fit)
{
    const double contrasts[2 * P] = {0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0};
    VgJointTest out;
    VgError error = {0};
    WITNESS_OK(vg_mmrm_joint_test(fit, contrasts, 2, &out, &error), &error);
    return out;
}

/* Same inference when the outcome was multiplied by `scale`. */
static void assert_same(const char *what, const VgMmrmFit *one, const VgMmrmFit *two, double scale,
                        double relative)
{
    VgInference a = effect(one), b = effect(two);
    witness_close(what, b.estimate, scale * a.estimate, relative, scale * a.se);
    witness_close(what, b.se, scale * a.se, relative, 0.0);
    witness_close(what, b.df, a.df, relative, 0.0);
    VgJointTest f = arm_test(one), g = arm_test(two);
    witness_close(what, g.statistic, f.statistic, relative, 0.1);
    witness_close(what, g.df_denominator, f.df_denominator, relative, 0.0);
}

static void row_order_does_not_matter(void **state)
{
    (void)state;
    static Trial shuffled;
    shuffled = trial;
    for (size_t i = trial.n - 1; i > 0; i--) {
        size_t j = (size_t)(uniform() * (double)(i + 1));
        for (size_t c = 0; c < P; c++) {
            double *column = shuffled.x + c * SUBJECTS * VISITS, kept = column[i];
            column[i] = column[j];
            column[j] = kept;
        }
        double y = shuffled.y[i];
        shuffled.y[i] = shuffled.y[j];
        shuffled.y[j] = y;
        int32_t subject = shuffled.subject[i], visit = shuffled.visit[i];
        shuffled.subject[i] = shuffled.subject[j];
        shuffled.visit[i] = shuffled.visit[j];
        shuffled.subject[j] = subject;
        shuffled.visit[j] = visit;
    }
    shuffled.data.x.data = shuffled.x;
    shuffled.data.y = shuffled.y;
    shuffled.data.subject = shuffled.subject;
    shuffled.data.visit = shuffled.visit;
    for (int s = 0; s < VG_COVARIANCE_COUNT; s++) {
        VgMmrmOptions options = {.covariance = (VgCovariance)s, .df = VG_DF_KENWARD_ROGER};
        VgMmrmFit a = fit_of(&trial.data, options), b = fit_of(&shuffled.data, options);
        assert_same("rows shuffled", &a, &b, 1.0, 1e-10);
    }
}

static void units_and_origin_do_not_matter(void **state)
{
    (void)state;
    static double y[SUBJECTS * VISITS];
    static const double scales[] = {1e9, 1e3, 1e-9};
    for (int s = 0; s < VG_COVARIANCE_COUNT; s++)
        for (int d = 0; d < 3; d++)
            for (size_t k = 0; k < 3; k++) {
                VgMmrmOptions options = {.covariance = (VgCovariance)s, .df = (VgDfMethod)d};
                VgMmrmData data = trial.data;
                for (size_t i = 0; i < trial.n; i++)
                    y[i] = scales[k] * trial.y[i];
                data.y = y;
                VgMmrmFit a = fit_of(&trial.data, options), b = fit_of(&data, options);
                assert_same("outcome scaled", &a, &b, scales[k], 1e-9);
                for (size_t i = 0; i < trial.n; i++)
                    y[i] = trial.y[i] + 1e6;
                b = fit_of(&data, options);
                assert_same("outcome shifted", &a, &b, 1.0, 1e-7);
            }
}

static void units_of_a_covariate_do_not_matter(void **state)
{
    (void)state;
    static Trial scaled;
    scaled = trial;
    for (size_t i = 0; i < trial.n; i++)
        scaled.x[i + 2 * SUBJECTS * VISITS] = 1e8 * trial.x[i + 2 * SUBJECTS * VISITS] + 3e9;
    scaled.data.x.data = scaled.x;
    VgMmrmOptions options = {.df = VG_DF_KENWARD_ROGER};
    VgMmrmFit a = fit_of(&trial.data, options), b = fit_of(&scaled.data, options);
    assert_same("covariate scaled and shifted", &a, &b, 1.0, 1e-8);
}

static void starts_reach_the_same_optimum(void **state)
{
    (void)state;
    for (int s = 0; s < VG_COVARIANCE_COUNT; s++) {
        VgMmrmOptions options = {.covariance = (VgCovariance)s};
        VgMmrmFit best = fit_of(&trial.data, options);
        for (int trial_start = 0; trial_start < 8; trial_start++) {
            double start[10];
            for (size_t h = 0; h < best.n_theta; h++)
                start[h] = best.theta[h] + 0.8 * normal();
            VgMmrmFit fit;
            VgError error = {0};
            options.start = start;
            VgStatus status = vg_mmrm_fit(arena, &trial.data, &options, &fit, &error);
            if (status != VG_OK) {
                /* only a start that is no covariance matrix may be refused */
                assert_non_null(strstr(error.message, "at the start"));
                continue;
            }
            witness_close(vg_covariance_name(options.covariance), fit.minus2loglik,
                          best.minus2loglik, 1e-12, 0.0);
            for (size_t h = 0; h < best.n_theta; h++)
                witness_close("theta", fit.theta[h], best.theta[h], 1e-6, 1.0);
        }
    }
}

/* Doubled subjects at weight one half: the weighted residual products stay, the count of subjects doubles, so
 * that ML's Σ (of weight one) is halved, β stays to the last digits, and the covariance of β is halved: a
 * copied subject is counted as new information, whatever its weight. (REML's Σ differs: n − p is not 2n − p.) */
static void doubled_subjects_at_half_weight_keep_beta_under_ml(void **state)
{
    (void)state;
    static double x[2 * SUBJECTS * VISITS * P], y[2 * SUBJECTS * VISITS], w[2 * SUBJECTS * VISITS];
    static int32_t subject[2 * SUBJECTS * VISITS], visit[2 * SUBJECTS * VISITS];
    size_t n = trial.n;
    for (size_t i = 0; i < 2 * n; i++) {
        size_t from = i % n;
        for (size_t j = 0; j < P; j++)
            x[i + j * 2 * n] = trial.x[from + j * SUBJECTS * VISITS];
        y[i] = trial.y[from];
        w[i] = 0.5;
        subject[i] = trial.subject[from] + (i < n ? 0 : SUBJECTS);
        visit[i] = trial.visit[from];
    }
    VgMmrmData data = {.n_rows = 2 * n,
                       .x = {x, 2 * n, P, 2 * n},
                       .y = y,
                       .subject = subject,
                       .visit = visit,
                       .weights = w,
                       .n_subjects = 2 * SUBJECTS,
                       .n_visits = VISITS};
    VgMmrmOptions options = {.likelihood = VG_ML};
    VgMmrmFit a = fit_of(&trial.data, options), b = fit_of(&data, options);
    for (size_t j = 0; j < P; j++) {
        witness_close("beta", b.beta[j], a.beta[j], 1e-9, 0.01);
        witness_close("sigma", 2.0 * VG_AT(b.sigma[0], 1, 2), VG_AT(a.sigma[0], 1, 2), 1e-8, 0.0);
        for (size_t i = 0; i < P; i++)
            witness_close("vcov × 2", 2.0 * VG_AT(b.vcov, i, j), VG_AT(a.vcov, i, j), 1e-8,
                          sqrt(VG_AT(a.vcov, i, i) * VG_AT(a.vcov, j, j)));
    }
}

static void equal_weights_scale_the_covariance_only(void **state)
{
    (void)state;
    static double w[SUBJECTS * VISITS];
    for (size_t i = 0; i < trial.n; i++)
        w[i] = 7.0;
    VgMmrmData data = trial.data;
    data.weights = w;
    VgMmrmOptions options = {.df = VG_DF_KENWARD_ROGER};
    VgMmrmFit a = fit_of(&trial.data, options), b = fit_of(&data, options);
    assert_same("equal weights", &a, &b, 1.0, 1e-9);
    witness_close("sigma", VG_AT(b.sigma[0], 1, 2), 7.0 * VG_AT(a.sigma[0], 1, 2), 1e-8, 0.0);
    witness_close("-2l", b.minus2loglik, a.minus2loglik, 1e-12, 0.0);
}

static void renamed_subjects_do_not_matter(void **state)
{
    (void)state;
    static int32_t subject[SUBJECTS * VISITS];
    for (size_t i = 0; i < trial.n; i++)
        subject[i] = (trial.subject[i] * 7 + 5) % SUBJECTS;
    VgMmrmData data = trial.data;
    data.subject = subject;
    VgMmrmOptions options = {0};
    VgMmrmFit a = fit_of(&trial.data, options), b = fit_of(&data, options);
    assert_same("subjects renamed", &a, &b, 1.0, 1e-10);
}

/* Derivatives against central differences away from the optimum, weighted, by group, REML and ML. */
static void derivatives_are_those_of_the_objective(void **state)
{
    (void)state;
    VgMmrmData data = trial.data;
    data.weights = trial.weights;
    data.group = trial.group;
    data.n_groups = 2;
    VgPatterns patterns = {0};
    VgStatistics stats;
    VgError error = {0};
    WITNESS_OK(vg_mmrm_patterns(arena, &data, &patterns, &error), &error);
    WITNESS_OK(vg_mmrm_statistics(arena, &data, &patterns, &stats, &error), &error);
    for (int s = 0; s < VG_COVARIANCE_COUNT; s++)
        for (int l = 0; l < 2; l++) {
            VgEngine e;
            WITNESS_OK(vg_engine_create(arena, &data, &patterns, &stats, (VgCovariance)s,
                                        (VgLikelihood)l, &e, &error),
                       &error);
            size_t k = e.k_all;
            double theta[20], moved[20], gradient[20], hessian[400], up[20];
            vg_engine_start(&e, theta);
            for (size_t h = 0; h < k; h++)
                theta[h] += 0.05 * sin((double)(3 * h + 1));
            assert_true(vg_engine_evaluate(&e, theta));
            vg_engine_derivatives(&e, true);
            memcpy(gradient, e.gradient, k * sizeof *gradient);
            memcpy(hessian, e.hessian, k * k * sizeof *hessian);
            for (size_t h = 0; h < k; h++) {
                const double step = 1e-5;
                memcpy(moved, theta, sizeof moved);
                moved[h] = theta[h] + step;
                assert_true(vg_engine_evaluate(&e, moved));
                double f_up = e.objective;
                vg_engine_derivatives(&e, true);
                memcpy(up, e.gradient, k * sizeof *up);
                moved[h] = theta[h] - step;
                assert_true(vg_engine_evaluate(&e, moved));
                witness_close("gradient", gradient[h], (f_up - e.objective) / (2.0 * step), 1e-6,
                              1.0);
                vg_engine_derivatives(&e, true);
                for (size_t j = 0; j < k; j++)
                    witness_close("hessian", hessian[j + h * k],
                                  (up[j] - e.gradient[j]) / (2.0 * step), 1e-6, 10.0);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(row_order_does_not_matter),
        cmocka_unit_test(units_and_origin_do_not_matter),
        cmocka_unit_test(units_of_a_covariate_do_not_matter),
        cmocka_unit_test(starts_reach_the_same_optimum),
        cmocka_unit_test(doubled_subjects_at_half_weight_keep_beta_under_ml),
        cmocka_unit_test(equal_weights_scale_the_covariance_only),
        cmocka_unit_test(renamed_subjects_do_not_matter),
        cmocka_unit_test(derivatives_are_those_of_the_objective),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
