/* strata/: measures of predicted probabilities against pROC, glm and sandwich in R, and their formulas (1e-10; what glm iterates to
 * 1e-9). (prediction.R) */
#include "support/witness.h"

#include <vagus/prediction_measures.h>

static const double CLOSE = 1e-10, ITERATED = 1e-9;

typedef struct Fixed {
    VgArena *arena;
    json_t *root;
    VgPredicted people;
} Fixed;

static double *numbers(const Fixed *f, const char *path, size_t *n)
{
    const json_t *list = witness_at(f->root, path);
    double *value = VG_NEW(f->arena, double, json_array_size(list));
    *n = json_array_size(list);
    for (size_t i = 0; i < *n; i++)
        value[i] = json_number_value(json_array_get(list, i));
    return value;
}

static double number(const Fixed *f, const char *path)
{
    return witness_number(f->root, path);
}

static int open_fixed(void **state)
{
    static Fixed f;
    size_t n;
    f.arena = vg_arena_create();
    f.root = witness_json(witness_source(f.arena, "tests/reference/prediction.json"));
    f.people.probability = numbers(&f, "p", &n);
    f.people.event = numbers(&f, "y", &f.people.n);
    assert_int_equal(n, f.people.n);
    *state = &f;
    return 0;
}

static int close_fixed(void **state)
{
    Fixed *f = *state;
    json_decref(f->root);
    vg_arena_destroy(f->arena);
    return 0;
}

static void area_and_its_interval_agree_with_proc(void **state)
{
    Fixed *f = *state;
    VgError error = {0};
    VgInference auc;
    WITNESS_OK(vg_auc(f->arena, &f->people, 0.95, &auc, &error), &error);
    witness_close("AUC", auc.estimate, number(f, "auc/estimate"), CLOSE, 1);
    witness_close("AUC, estimate alone", vg_auc_estimate(f->arena, &f->people), auc.estimate, CLOSE,
                  1);
    witness_close("DeLong", auc.se, number(f, "auc/se"), CLOSE, 0);
    witness_close("lower", auc.lower, number(f, "auc/lower"), CLOSE, 1);
    witness_close("upper", auc.upper, number(f, "auc/upper"), CLOSE, 1);
}

static void calibration_agrees_with_glm(void **state)
{
    Fixed *f = *state;
    VgError error = {0};
    VgCalibrationLine line;
    WITNESS_OK(vg_calibration_line(f->arena, &f->people, 0.95, &line, &error), &error);
    witness_close("in the large", line.in_the_large.estimate, number(f, "large/0"), ITERATED, 0);
    witness_close("its error", line.in_the_large.se, number(f, "large/1"), ITERATED, 0);
    witness_close("slope", line.slope.estimate, number(f, "slope/0"), ITERATED, 0);
    witness_close("its error", line.slope.se, number(f, "slope/1"), ITERATED, 0);
    VgPredicted clustered = f->people;
    int32_t *cluster = VG_NEW(f->arena, int32_t, f->people.n);
    for (size_t i = 0; i < f->people.n; i++)
        cluster[i] = (int32_t)(i % 50);
    clustered.clusters = (VgClusters){.of = cluster, .count = 50};
    WITNESS_OK(vg_calibration_line(f->arena, &clustered, 0.95, &line, &error), &error);
    witness_close("error by cluster", line.slope.se, number(f, "slope/2"), ITERATED, 0);
}

static void smooth_calibration_agrees_with_glm_on_a_spline(void **state)
{
    Fixed *f = *state;
    VgError error = {0};
    size_t n;
    const double *at = numbers(f, "curve/at", &n), *want = numbers(f, "curve/logit", &n),
                 *want_se = numbers(f, "curve/se", &n);
    double logit[8], se[8];
    assert_true(n > 0 && n <= 8);
    WITNESS_OK(vg_calibration_curve(f->arena, &f->people, at, n, logit, se, &error), &error);
    for (size_t k = 0; k < n; k++) {
        witness_close("curve", logit[k], want[k], ITERATED, 1);
        witness_close("its error", se[k], want_se[k], ITERATED, 0);
    }
}

static void net_benefit_squared_error_and_roc_follow_their_formulas(void **state)
{
    Fixed *f = *state;
    VgError error = {0};
    size_t n;
    witness_close("Brier", vg_brier(&f->people), number(f, "brier"), CLOSE, 0);
    const double *threshold = numbers(f, "decision/threshold", &n);
    const double *model = numbers(f, "decision/model", &n), *all = numbers(f, "decision/all", &n);
    for (size_t k = 0; k < n; k++) {
        VgNetBenefit net = vg_net_benefit(&f->people, threshold[k]);
        witness_close("net benefit", net.model, model[k], CLOSE, 1);
        witness_close("of all", net.all, all[k], CLOSE, 1);
    }
    double true_positive[8];
    const double *at = numbers(f, "roc/at", &n), *want = numbers(f, "roc/true_positive", &n);
    assert_true(n > 0 && n <= 8);
    WITNESS_OK(vg_roc_curve(f->arena, &f->people, at, n, true_positive, &error), &error);
    for (size_t k = 0; k < n; k++)
        witness_close("ROC", true_positive[k], want[k], CLOSE, 1);
}

static void mean_over_folds_has_the_error_of_nadeau_and_bengio(void **state)
{
    Fixed *f = *state;
    size_t n;
    const double *value = numbers(f, "folds/value", &n);
    VgInference mean = vg_nadeau_bengio(value, n, 1.0 / 9, 0.95);
    witness_close("mean", mean.estimate, number(f, "folds/estimate"), CLOSE, 0);
    witness_close("error", mean.se, number(f, "folds/se"), CLOSE, 0);
    witness_close("lower", mean.lower, number(f, "folds/lower"), CLOSE, 0);
    witness_close("upper", mean.upper, number(f, "folds/upper"), CLOSE, 0);
    witness_close("p", mean.p, number(f, "folds/p"), CLOSE, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(area_and_its_interval_agree_with_proc),
        cmocka_unit_test(calibration_agrees_with_glm),
        cmocka_unit_test(smooth_calibration_agrees_with_glm_on_a_spline),
        cmocka_unit_test(net_benefit_squared_error_and_roc_follow_their_formulas),
        cmocka_unit_test(mean_over_folds_has_the_error_of_nadeau_and_bengio),
    };
    return cmocka_run_group_tests(tests, open_fixed, close_fixed);
}
