/* Reliability against R (tests/reference/panel_reliability.R): Shrout & Fleiss' ratings, lme4 on unequal repeats. */
#include "support/panel_witness.h"

#include <math.h>

#include <vagus/reliability.h>

static VgArena *arena;
static json_t *root;

static void icc(const char *path, VgIcc value)
{
    const double x[] = {value.estimate, value.lower, value.upper};
    witness_close_all(root, path, x, 3, 1e-10, 0.01);
}

static void shrout_and_fleiss(void **state)
{
    (void)state;
    double x[] = {9, 6, 8, 7, 10, 6, 2, 1, 4, 1, 5, 2, 5, 3, 6, 2, 6, 4, 8, 2, 8, 6, 9, 7};
    VgReliability r;
    VgError error = {0};
    WITNESS_OK(vg_reliability((VgMatrix){x, 6, 4, 6}, 0.95, &r, &error), &error);
    icc("shrout_fleiss/one_way", r.one_way);
    icc("shrout_fleiss/agreement", r.agreement);
    icc("shrout_fleiss/consistency", r.consistency);
    witness_close("SEM", r.sem, witness_number(root, "shrout_fleiss/sem"), 1e-12, 0);
    /* published, to six digits */
    witness_close("ICC(1,1)", r.one_way.estimate, 0.165742, 5e-7, 1);
    witness_close("ICC(A,1)", r.agreement.estimate, 0.289764, 5e-7, 1);
    witness_close("ICC(C,1)", r.consistency.estimate, 0.714841, 5e-7, 1);
}

static void unequal_repeats_agree_with_lme4(void **state)
{
    (void)state;
    size_t n;
    double *y = witness_array(arena, root, "reml/y", &n),
           *s = witness_array(arena, root, "reml/subject", NULL);
    size_t *subject = VG_NEW(arena, size_t, n);
    for (size_t i = 0; i < n; i++)
        subject[i] = (size_t)s[i];
    VgReliabilityReml r;
    VgError error = {0};
    WITNESS_OK(vg_reliability_reml(arena, subject, y, n, 30, 0.95, 500, 1, &r, &error), &error);
    /* lme4 stops its search at about the root of machine precision */
    witness_close("between", r.between, witness_number(root, "reml/between"), 1e-6, 0);
    witness_close("within", r.within, witness_number(root, "reml/within"), 1e-6, 0);
    witness_close("mean", r.mean, witness_number(root, "reml/mean"), 1e-8, 0);
    witness_close("REML log likelihood", r.log_likelihood, witness_number(root, "reml/loglik"),
                  1e-11, 0);
    assert_true(r.icc.lower > 0 && r.icc.lower < r.icc.estimate && r.icc.estimate < r.icc.upper &&
                r.icc.upper < 1);
}

int main(void)
{
    arena = vg_arena_create();
    root = witness_json(witness_source(arena, "tests/reference/panel_reliability.json"));
    const struct CMUnitTest tests[] = {cmocka_unit_test(shrout_and_fleiss),
                                       cmocka_unit_test(unequal_repeats_agree_with_lme4)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(root);
    vg_arena_destroy(arena);
    return failed;
}
