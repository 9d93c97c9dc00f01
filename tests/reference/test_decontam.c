/* Contaminants against decontam itself (tests/reference/decontam.R). */
#include "support/panel_witness.h"

#include <math.h>

#include <vagus/quality.h>

static VgArena *arena;
static json_t *root;

static void scores_agree(const char *name)
{
    char path[80];
    snprintf(path, sizeof path, "%s/negative", name);
    size_t n;
    double *is = witness_array(arena, root, path, &n);
    bool *negative = VG_NEW(arena, bool, n);
    for (size_t i = 0; i < n; i++)
        negative[i] = is[i] == 1;
    snprintf(path, sizeof path, "%s/x", name);
    VgMatrix x = witness_matrix(arena, root, path, n);
    snprintf(path, sizeof path, "%s/dna", name);
    const double *dna = witness_array(arena, root, path, NULL);
    VgContaminant *c = VG_NEW(arena, VgContaminant, x.cols);
    VgError error = {0};
    WITNESS_OK(vg_contaminants(arena, x, dna, negative, c, &error), &error);
    for (size_t j = 0; j < x.cols; j++) {
        const double got[] = {c[j].frequency, c[j].prevalence, c[j].combined};
        const char *const score[] = {"frequency", "prevalence", "combined"};
        for (size_t k = 0; k < 3; k++) {
            snprintf(path, sizeof path, "%s/%s", name, score[k]);
            const json_t *expected = json_array_get(witness_at(root, path), j);
            if (json_is_number(expected))
                /* decontam has the mid-P as a difference from 1: its error is 1e-16 however small p is */
                witness_close(path, got[k], json_number_value(expected), 1e-8, 1e-7);
            else
                assert_true(isnan(got[k]));
        }
    }
}

static void many_controls(void **state)
{
    (void)state;
    scores_agree("large");
}

static void few_controls(void **state)
{
    (void)state;
    scores_agree("few");
}

int main(void)
{
    arena = vg_arena_create();
    root = witness_json(witness_source(arena, "tests/reference/decontam.json"));
    const struct CMUnitTest tests[] = {cmocka_unit_test(many_controls),
                                       cmocka_unit_test(few_controls)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(root);
    vg_arena_destroy(arena);
    return failed;
}
