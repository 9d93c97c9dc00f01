/* What single studies, groups of them and studies that share an arm do to a pooled effect: influence, leave-one-out,
 * subgroups, permutations and rma.mv against metafor 3.8-1 (R 4.2.2) driven to convergence; meta.R made meta.json. */
#include "reference/meta_bcg.h"

static void same_influence(Bcg *bcg, const char *set, const VgMetaFit *fit, double relative)
{
    VgMetaInfluence *i;
    VgError error;
    WITNESS_OK(vg_meta_influence(bcg->arena, fit, &i, &error), &error);
    const json_t *w = witness_at(bcg->root, set);
    char what[128];
    const char *name = set;
    /* differences of two fits: the fits' 1e-11 is relative to what remains */
    CLOSE_N("rstudent", i->rstudent, K, relative, 0.1);
    CLOSE_N("dffits", i->dffits, K, relative, 0.1);
    CLOSE_N("cook", i->cook, K, 10 * relative, 0.01);
    CLOSE_N("covariance_ratio", i->covariance_ratio, K, relative, 0);
    CLOSE_N("tau2_deleted", i->tau2_deleted, K, relative, 0.01);
    CLOSE_N("q_deleted", i->q_deleted, K, 0.1 * relative, 0);
    CLOSE_N("hat", i->hat, K, relative, 0);
    CLOSE_N("weight", i->weight, K, relative, 0);
    CLOSE_N("baujat_x", i->baujat_x, K, relative, 0.01);
    CLOSE_N("baujat_y", i->baujat_y, K, 10 * relative, 0.01);
    for (size_t j = 0; j < fit->p; j++) {
        char path[32];
        snprintf(path, sizeof path, "dfbeta/%zu", j);
        CLOSE_N(path, i->dfbeta.data + j * i->dfbeta.stride, K, relative, 0.1);
    }
    for (size_t s = 0; s < K; s++)
        assert_int_equal(i->influential[s],
                         json_integer_value(json_array_get(witness_at(w, "influential"), s)));
}

static void influence_agrees_with_and_without_moderators(void **state)
{
    Bcg *bcg = *state;
    const double *const column[] = {bcg->ablat, bcg->year};
    VgMatrix x = design(bcg, column, 1), both = design(bcg, column, 2);
    same_influence(bcg, "influence", fit_of(bcg, NULL, (VgMetaOptions){.test = VG_META_TEST_Z}),
                   1e-9);
    same_influence(bcg, "influence_knha",
                   fit_of(bcg, NULL, (VgMetaOptions){.test = VG_META_TEST_KNHA}), 1e-9);
    same_influence(bcg, "influence_ablat",
                   fit_of(bcg, &x, (VgMetaOptions){.test = VG_META_TEST_KNHA}), 1e-9);
    /* metafor inverts X'WX with the year as it stands: its own answers move by 1e-9 with the tolerance of its search */
    same_influence(bcg, "influence_both",
                   fit_of(bcg, &both, (VgMetaOptions){.test = VG_META_TEST_Z}), 1e-8);
    same_influence(bcg, "influence_dl",
                   fit_of(bcg, NULL, (VgMetaOptions){.test = VG_META_TEST_Z, .tau2 = VG_TAU2_DL}),
                   1e-9);
}

static void leave_one_out_and_cumulative_fits_agree(void **state)
{
    Bcg *bcg = *state;
    VgMetaPool *pool;
    VgError error;
    VgMetaFit *fit = fit_of(bcg, NULL, (VgMetaOptions){.test = VG_META_TEST_KNHA});
    WITNESS_OK(vg_meta_leave_one_out(bcg->arena, fit, &pool, &error), &error);
    double value[6][K];
    for (size_t i = 0; i < K; i++) {
        const double all[] = {pool[i].estimate, pool[i].se,   pool[i].lower,
                              pool[i].q,        pool[i].tau2, pool[i].i2};
        for (size_t f = 0; f < 6; f++)
            value[f][i] = all[f];
    }
    static const char *const name[] = {"estimate", "se", "lower", "q", "tau2", "i2"};
    const json_t *w = witness_at(bcg->root, "leave1out");
    for (size_t f = 0; f < 6; f++)
        close_all(name[f], value[f], witness_at(w, name[f]), K, TIGHT, 0);
    fit = fit_of(bcg, NULL, (VgMetaOptions){.test = VG_META_TEST_Z});
    w = witness_at(bcg->root, "cumulative");
    size_t order[K];
    for (size_t i = 0; i < K; i++)
        order[i] = (size_t)json_number_value(json_array_get(witness_at(w, "order"), i));
    WITNESS_OK(vg_meta_cumulative(bcg->arena, fit, order, &pool, &error), &error);
    for (size_t i = 0; i < K; i++) {
        value[0][i] = pool[i].estimate;
        value[1][i] = pool[i].se;
        value[2][i] = pool[i].tau2;
    }
    close_all("cumulative estimate", value[0], witness_at(w, "estimate"), K, TIGHT, 0);
    close_all("cumulative se", value[1], witness_at(w, "se"), K, TIGHT, 0);
    close_all("cumulative tau2", value[2], witness_at(w, "tau2"), K, TIGHT, 0.001);
}

static void subgroups_agree_with_separate_and_with_common_tau2(void **state)
{
    Bcg *bcg = *state;
    VgEffects effects = effects_of(bcg);
    VgMetaOptions options = {.test = VG_META_TEST_Z};
    VgMetaSubgroups *groups;
    VgError error;
    WITNESS_OK(
        vg_meta_subgroups(bcg->arena, &effects, bcg->alloc, 3, &options, false, &groups, &error),
        &error);
    const json_t *w = witness_at(bcg->root, "subgroups");
    double value[3][3];
    for (size_t g = 0; g < 3; g++) {
        value[0][g] = groups->group[g].estimate;
        value[1][g] = groups->group[g].se;
        value[2][g] = groups->group[g].tau2;
    }
    close_all("subgroup estimate", value[0], witness_at(w, "estimate"), 3, TIGHT, 0);
    close_all("subgroup se", value[1], witness_at(w, "se"), 3, TIGHT, 0);
    close_all("subgroup tau2", value[2], witness_at(w, "tau2"), 3, TIGHT, 0);
    witness_close("Q between", groups->between.statistic * 2, witness_number(w, "q_between"), 1e-9,
                  0);
    witness_close("p between", groups->between.p, witness_number(w, "p"), 1e-9, 0);
    options.test = VG_META_TEST_KNHA;
    WITNESS_OK(
        vg_meta_subgroups(bcg->arena, &effects, bcg->alloc, 3, &options, true, &groups, &error),
        &error);
    w = witness_at(bcg->root, "subgroups_common");
    for (size_t g = 0; g < 3; g++) {
        value[0][g] = groups->group[g].estimate;
        value[1][g] = groups->group[g].se;
    }
    close_all("mixed estimate", value[0], witness_at(w, "estimate"), 3, TIGHT, 0);
    close_all("mixed se", value[1], witness_at(w, "se"), 3, TIGHT, 0);
    witness_close("mixed F", groups->between.statistic, witness_number(w, "f"), 1e-9, 0);
    witness_close("mixed p", groups->between.p, witness_number(w, "p"), 1e-9, 0);
    witness_close("mixed tau2", groups->tau2, witness_number(w, "tau2"), TIGHT, 0);
    witness_close("mixed i2", groups->i2, witness_number(w, "i2"), TIGHT, 0);
    witness_close("mixed r2", groups->r2, witness_number(w, "r2"), 1e-9, 0.01);
}

static void exact_permutation_tests_agree(void **state)
{
    Bcg *bcg = *state;
    static const size_t few[] = {0, 1, 3, 6, 7, 11}, others[] = {0, 1, 2, 3, 4, 6, 7};
    double y[7], v[7], x[21];
    VgError error;
    for (size_t i = 0; i < 6; i++) {
        y[i] = bcg->y[few[i]];
        v[i] = bcg->v[few[i]];
        x[i] = 1;
        x[6 + i] = bcg->ablat[few[i]];
    }
    VgEffects effects = {.k = 6, .y = y, .v = v};
    VgMatrix matrix = {x, 6, 2, 6};
    VgMetaOptions options = {.test = VG_META_TEST_KNHA};
    VgMetaPermutationOptions b = {.permutations = 1000, .threads = 2};
    VgMetaFit *fit;
    VgMetaPermutation *permutation;
    WITNESS_OK(vg_meta_fit(bcg->arena, &effects, &matrix, &options, &fit, &error), &error);
    WITNESS_OK(vg_meta_permute(bcg->arena, fit, &b, &permutation, &error), &error);
    const json_t *w = witness_at(bcg->root, "permutation");
    assert_true(permutation->exact);
    assert_int_equal(permutation->n, 720);
    close_all("ablat p", permutation->p, witness_at(w, "ablat/p"), 2, 1e-14, 0);
    witness_close("ablat omnibus", permutation->omnibus_p, witness_number(w, "ablat/omnibus"),
                  1e-14, 0);
    options.test = VG_META_TEST_Z;
    WITNESS_OK(vg_meta_fit(bcg->arena, &effects, NULL, &options, &fit, &error), &error);
    WITNESS_OK(vg_meta_permute(bcg->arena, fit, &b, &permutation, &error), &error);
    assert_int_equal(permutation->n, 64);
    close_all("signs p", permutation->p, witness_at(w, "signs/p"), 1, 1e-14, 0);
    for (size_t i = 0; i < 7; i++) {
        y[i] = bcg->y[others[i]];
        v[i] = bcg->v[others[i]];
        x[i] = 1;
        x[7 + i] = bcg->random[others[i]];
        x[14 + i] = bcg->systematic[others[i]];
    }
    bool has_alternate = false, has_systematic = false;
    for (size_t i = 0; i < 7; i++) {
        has_alternate |= x[7 + i] == 0 && x[14 + i] == 0;
        has_systematic |= x[14 + i] == 1;
    }
    assert_true(has_alternate);
    effects.k = 7;
    matrix = (VgMatrix){x, 7, has_systematic ? 3 : 2, 7};
    WITNESS_OK(vg_meta_fit(bcg->arena, &effects, &matrix, &options, &fit, &error), &error);
    WITNESS_OK(vg_meta_permute(bcg->arena, fit, &b, &permutation, &error), &error);
    assert_true(permutation->exact);
    close_all("alloc p", permutation->p, witness_at(w, "alloc/p"), matrix.cols, 1e-14, 0);
    witness_close("alloc omnibus", permutation->omnibus_p, witness_number(w, "alloc/omnibus"),
                  1e-14, 0);
}

/* rma.mv at the tau² that a root of the score, written out in matrices, gives. */
static void effects_that_share_an_arm_agree_with_rma_mv(void **state)
{
    Bcg *bcg = *state;
    double covariance[K * K];
    numbers(witness_at(bcg->root, "shared/covariance"), covariance, K * K);
    const double *const one[] = {bcg->ablat};
    VgMatrix x = design(bcg, one, 1);
    for (int c = 0; c < 4; c++) {
        bool ml = c & 1, moderator = c & 2;
        char name[32];
        snprintf(name, sizeof name, "shared/%s%s", ml ? "ML" : "REML", moderator ? "_ablat" : "");
        const json_t *w = witness_at(bcg->root, name);
        VgEffects effects = effects_of(bcg);
        effects.covariance = covariance;
        VgMetaOptions options = {.test = VG_META_TEST_Z, .tau2 = ml ? VG_TAU2_ML : VG_TAU2_REML};
        VgMetaFit *fit;
        VgMetaInfluence *influence;
        VgError error;
        WITNESS_OK(vg_meta_fit(bcg->arena, &effects, moderator ? &x : NULL, &options, &fit, &error),
                   &error);
        WITNESS_OK(vg_meta_influence(bcg->arena, fit, &influence, &error), &error);
        char what[128];
        CLOSE_N("beta", fit->beta, fit->p, TIGHT, 0);
        CLOSE_N("se", fit->se, fit->p, TIGHT, 0);
        CLOSE("tau2", fit->tau2, TIGHT, 0);
        CLOSE("q", fit->q, 1e-11, 0);
        CLOSE("loglik", ml ? fit->log_likelihood_ml : fit->log_likelihood_reml, 1e-11, 0);
        CLOSE_N("hat", influence->hat, K, TIGHT, 0);
        VgMetaPool *pool;
        if (moderator)
            continue;
        WITNESS_OK(vg_meta_leave_one_out(bcg->arena, fit, &pool, &error), &error);
        assert_true(pool[0].k == K - 1 && pool[0].se > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(influence_agrees_with_and_without_moderators),
        cmocka_unit_test(leave_one_out_and_cumulative_fits_agree),
        cmocka_unit_test(subgroups_agree_with_separate_and_with_common_tau2),
        cmocka_unit_test(exact_permutation_tests_agree),
        cmocka_unit_test(effects_that_share_an_arm_agree_with_rma_mv),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
