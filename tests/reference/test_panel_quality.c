/* Batches, contaminants and depth against R (tests/reference/panel_quality.R). */
#include "support/panel_witness.h"

#include <math.h>

#include <vagus/quality.h>

static VgArena *arena;
static json_t *root;

static size_t *indices(const char *path, size_t *n)
{
    double *x = witness_array(arena, root, path, n);
    size_t *out = VG_NEW(arena, size_t, *n);
    for (size_t i = 0; i < *n; i++)
        out[i] = (size_t)x[i];
    return out;
}

static void batches_agree_with_anova(void **state)
{
    (void)state;
    size_t n;
    size_t *batch = indices("batch", &n);
    VgMatrix y = witness_matrix(arena, root, "y", n), x = witness_matrix(arena, root, "x", n);
    VgBatchEffect effect;
    VgMatrix corrected;
    VgError error = {0};
    WITNESS_OK(vg_batch_effect(arena, y, x, batch, 3, &effect, &error), &error);
    witness_close_all(root, "f", effect.f, y.cols, 1e-11, 1e-3);
    witness_close_all(root, "p", effect.p, y.cols, 1e-10, 0);
    witness_close_all(root, "r2", effect.feature_r2, y.cols, 1e-11, 1e-3);
    witness_close("R2", effect.r2, witness_number(root, "total_r2"), 1e-11, 0);
    witness_close("GVIF", effect.gvif, witness_number(root, "gvif"), 1e-11, 0);
    WITNESS_OK(vg_batch_correct(arena, y, x, batch, 3, &corrected, &error), &error);
    witness_close_all(root, "corrected", corrected.data, n * y.cols, 1e-11, 1);
    /* nothing of the batch is left, and the design is where it was */
    WITNESS_OK(vg_batch_effect(arena, corrected, x, batch, 3, &effect, &error), &error);
    assert_true(effect.r2 < 1e-20);
}

static void contaminants_agree_with_their_formulas(void **state)
{
    (void)state;
    size_t n;
    size_t *is = indices("contaminants/negative", &n);
    bool *negative = VG_NEW(arena, bool, n);
    for (size_t i = 0; i < n; i++)
        negative[i] = is[i] == 1;
    VgMatrix x = witness_matrix(arena, root, "contaminants/x", n);
    VgContaminant c[8];
    VgError error = {0};
    WITNESS_OK(vg_contaminants(arena, x, witness_array(arena, root, "contaminants/dna", NULL),
                               negative, c, &error),
               &error);
    for (size_t j = 0; j < 8; j++) {
        const double got[] = {c[j].frequency, c[j].prevalence, c[j].combined};
        const char *const name[] = {"frequency", "prevalence", "combined"};
        for (size_t k = 0; k < 3; k++) {
            char path[64];
            snprintf(path, sizeof path, "contaminants/%s", name[k]);
            const json_t *expected = json_array_get(witness_at(root, path), j);
            if (json_is_number(expected))
                witness_close(path, got[k], json_number_value(expected), 1e-9, 1e-6);
            else
                assert_true(isnan(got[k]));
        }
    }
}

static void depth_agrees_with_welch(void **state)
{
    (void)state;
    size_t n;
    double *depth = witness_array(arena, root, "depth/depth", &n),
           *a = witness_array(arena, root, "depth/arm", NULL);
    int *arm = VG_NEW(arena, int, n);
    for (size_t i = 0; i < n; i++)
        arm[i] = (int)a[i];
    VgDepthRatio ratio;
    VgError error = {0};
    WITNESS_OK(vg_depth_by_arm(depth, arm, n, 0.95, &ratio, &error), &error);
    witness_close("log2 ratio", ratio.log2_ratio, witness_number(root, "depth/estimate"), 1e-11,
                  0.1);
    witness_close("lower", ratio.lower, witness_number(root, "depth/lower"), 1e-11, 0.1);
    witness_close("upper", ratio.upper, witness_number(root, "depth/upper"), 1e-11, 0.1);
    witness_close("df", ratio.df, witness_number(root, "depth/df"), 1e-11, 0);
    witness_close("p", ratio.p, witness_number(root, "depth/p"), 1e-10, 0);
}

int main(void)
{
    arena = vg_arena_create();
    root = witness_json(witness_source(arena, "tests/reference/panel_quality.json"));
    const struct CMUnitTest tests[] = {cmocka_unit_test(batches_agree_with_anova),
                                       cmocka_unit_test(contaminants_agree_with_their_formulas),
                                       cmocka_unit_test(depth_agrees_with_welch)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(root);
    vg_arena_destroy(arena);
    return failed;
}
