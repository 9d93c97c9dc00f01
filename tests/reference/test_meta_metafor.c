/* Pairwise meta-analysis against metafor 3.8-1 (R 4.2.2) driven to convergence: meta.R made meta.json, from data of the
 * metadat package. Both sides are converged, so the figures agree to what their arithmetic allows; where a looser
 * tolerance stands, its reason stands beside it. */
#include "reference/meta_bcg.h"

static void same_fit(const char *name, const VgMetaFit *fit, const json_t *w)
{
    const size_t p = fit->p;
    char what[128];
    /* coefficients that are all but zero are compared on the scale of their standard error */
    CLOSE_N("beta", fit->beta, p, TIGHT, 0.01);
    CLOSE_N("se", fit->se, p, TIGHT, 0);
    CLOSE_N("statistic", fit->statistic, p, TIGHT, 1);
    CLOSE_N("p", fit->p_value, p, 1e-9, 0); /* a relative step in z grows by z² in the tail */
    CLOSE_N("lower", fit->lower, p, TIGHT, 0.01);
    CLOSE_N("upper", fit->upper, p, TIGHT, 0.01);
    CLOSE_N("vb", fit->covariance.data, p * p, 2e-10, 1e-6);
    CLOSE("tau2", fit->tau2, TIGHT, 0);
    if (fit->options.tau2 != VG_TAU2_COMMON)
        CLOSE("se_tau2", fit->se_tau2, TIGHT, 0);
    CLOSE("i2", fit->i2, TIGHT, 0);
    CLOSE("h2", fit->h2, TIGHT, 0);
    CLOSE("q", fit->q, 1e-11, 0);
    CLOSE("q_p", fit->q_p, 1e-9, 0);
    CLOSE("scale", fit->scale, TIGHT, 0);
    double m = fit->moderators.df_numerator;
    CLOSE("qm", fit->moderators.statistic * (isinf(fit->moderators.df_denominator) ? m : 1), 1e-9,
          0);
    CLOSE("qm_p", fit->moderators.p, 1e-8, 0);
    CLOSE("ml", fit->log_likelihood_ml, 1e-11, 0);
    CLOSE("reml", fit->log_likelihood_reml, 1e-11, 0);
    CLOSE("aic", fit->aic, 1e-11, 0);
    CLOSE("bic", fit->bic, 1e-11, 0);
    CLOSE("aicc", fit->aicc, 1e-11, 0);
    CLOSE_N("weight", fit->weight, fit->k, TIGHT, 0);
    if (json_object_get(w, "r2"))
        CLOSE("r2", fit->r2, 1e-9, 0);
    else
        assert_true(isnan(fit->r2));
}

static void same_pool(const char *name, const VgMetaPool *pool, const json_t *w)
{
    char what[128];
    CLOSE("beta", pool->estimate, TIGHT, 0);
    CLOSE("se", pool->se, TIGHT, 0);
    CLOSE("lower", pool->lower, TIGHT, 0.01);
    CLOSE("upper", pool->upper, TIGHT, 0.01);
    CLOSE("p", pool->p, 1e-9, 0);
    CLOSE("tau2", pool->tau2, TIGHT, 0);
    CLOSE("i2", pool->i2, TIGHT, 0);
    CLOSE("h2", pool->h2, TIGHT, 0);
    CLOSE("q", pool->q, 1e-11, 0);
    CLOSE("scale", pool->scale, TIGHT, 0);
    if (json_object_get(w, "pi")) {
        const double interval[] = {pool->prediction.lower, pool->prediction.upper};
        CLOSE_N("pi", interval, 2, TIGHT, 0.01);
    } else {
        assert_true(isnan(pool->prediction.lower));
    }
}

static void compare_fits(Bcg *bcg, const char *set, const VgMatrix *x)
{
    static const char *const method[] = {"reml", "ml", "dl", "pm", "sj", "he", "hs", "eb", "ee"};
    static const char *const test[] = {"adhoc", "knha", "t", "z"};
    VgEffects effects = effects_of(bcg);
    VgError error;
    size_t compared = 0;
    for (int m = 0; m < 9; m++)
        for (int t = 0; t < 4; t++) {
            char path[64];
            snprintf(path, sizeof path, "%s_%s", method[m], test[t]);
            const json_t *w = json_object_get(witness_at(bcg->root, set), path);
            if (!w)
                continue;
            VgMetaOptions options = {.tau2 = (VgTau2Method)m,
                                     .test = (VgMetaTest)t,
                                     .prediction_df =
                                         t == VG_META_TEST_Z ? VG_PREDICTION_NORMAL : 0};
            VgMetaFit *fit;
            snprintf(path, sizeof path, "bcg %s %s %s", set, method[m], test[t]);
            WITNESS_OK(vg_meta_fit(bcg->arena, &effects, x, &options, &fit, &error), &error);
            same_fit(path, fit, w);
            compared++;
            if (x)
                continue;
            VgMetaPool pool;
            WITNESS_OK(vg_meta_pool(&effects, &options, &pool, &error), &error);
            same_pool(path, &pool, w);
        }
    assert_true(compared >= 10);
}

static void pooled_effects_agree_by_every_estimator_and_test(void **state)
{
    compare_fits(*state, "pooled", NULL);
}

static void meta_regressions_agree_by_every_estimator_and_test(void **state)
{
    Bcg *bcg = *state;
    const double *const one[] = {bcg->ablat}, *const three[] = {bcg->ablat, bcg->random,
                                                                bcg->systematic};
    VgMatrix x = design(bcg, one, 1), mixed = design(bcg, three, 3);
    compare_fits(bcg, "ablat", &x);
    compare_fits(bcg, "mixed", &mixed);
}

static void same_intervals(const char *what, const VgMetaHeterogeneity *h, const json_t *w,
                           double relative)
{
    const double values[] = {h->tau2.lower, h->tau.lower, h->i2.lower, h->h2.lower,
                             h->tau2.upper, h->tau.upper, h->i2.upper, h->h2.upper};
    close_all(what, values, w, 8, relative, 0);
}

static void intervals_of_heterogeneity_agree(void **state)
{
    Bcg *bcg = *state;
    const double *const one[] = {bcg->ablat};
    VgMatrix x = design(bcg, one, 1);
    VgMetaHeterogeneity h;
    VgError error;
    WITNESS_OK(vg_meta_q_profile(fit_of(bcg, NULL, (VgMetaOptions){0}), &h, &error), &error);
    same_intervals("Q-profile", &h, witness_at(bcg->root, "q_profile"), TIGHT);
    WITNESS_OK(vg_meta_q_profile(fit_of(bcg, &x, (VgMetaOptions){0}), &h, &error), &error);
    same_intervals("Q-profile ablat", &h, witness_at(bcg->root, "q_profile_ablat"), TIGHT);
    WITNESS_OK(vg_meta_profile_likelihood(fit_of(bcg, NULL, (VgMetaOptions){0}), &h, &error),
               &error);
    same_intervals("profile reml", &h, witness_at(bcg->root, "profile_reml"), TIGHT);
    WITNESS_OK(vg_meta_profile_likelihood(fit_of(bcg, NULL, (VgMetaOptions){.tau2 = VG_TAU2_ML}),
                                          &h, &error),
               &error);
    same_intervals("profile ml", &h, witness_at(bcg->root, "profile_ml"), TIGHT);
}

static void regression_on_two_numbers_of_unlike_size_agrees(void **state)
{
    Bcg *bcg = *state;
    const double *const column[] = {bcg->ablat, bcg->year};
    VgMatrix x = design(bcg, column, 2);
    VgMetaFit *fit = fit_of(bcg, &x, (VgMetaOptions){.test = VG_META_TEST_Z});
    const json_t *w = witness_at(bcg->root, "ablat_year/reml_z");
    /* metafor inverts X'WX with the year as it stands */
    close_all("beta", fit->beta, witness_at(w, "beta"), 3, 1e-7, 0);
    close_all("se", fit->se, witness_at(w, "se"), 3, 1e-7, 0);
    witness_close("tau2", fit->tau2, witness_number(w, "tau2"), 1e-8, 0);
    witness_close("R2", fit->r2, witness_number(w, "r2"), 1e-8, 0);
}

static void predictions_at_moderator_values_agree(void **state)
{
    Bcg *bcg = *state;
    const double *const column[] = {bcg->ablat};
    VgMatrix x = design(bcg, column, 1);
    VgMetaFit *fit = fit_of(bcg, &x, (VgMetaOptions){.test = VG_META_TEST_KNHA});
    static const double at[] = {13, 33.5};
    static const char *const name[] = {"estimate", "se", "lower", "upper", "pi_lower", "pi_upper"};
    double value[6][2];
    for (size_t i = 0; i < 2; i++) {
        const double row[] = {1, at[i]};
        VgMetaPrediction p;
        VgInference contrast;
        VgError error;
        WITNESS_OK(vg_meta_predict(fit, row, &p, &error), &error);
        const double all[] = {p.estimate,        p.se, p.lower, p.upper, p.prediction_lower,
                              p.prediction_upper};
        for (size_t f = 0; f < 6; f++)
            value[f][i] = all[f];
        VgFittedModel model = vg_meta_model(fit);
        WITNESS_OK(model.contrast(fit, row, .95, &contrast, &error), &error);
        assert_true(contrast.estimate == p.estimate && contrast.lower == p.lower);
    }
    for (size_t f = 0; f < 6; f++)
        close_all(name[f], value[f], witness_at(witness_at(bcg->root, "predict_ablat"), name[f]), 2,
                  TIGHT, 0.1);
}

static void st_johns_wort_left_one_out_agrees(void **state)
{
    Bcg *bcg = *state;
    const json_t *w = witness_at(bcg->root, "linde");
    size_t k = json_array_size(witness_at(w, "y"));
    double *y = VG_NEW(bcg->arena, double, 5 * k), *v = y + k;
    numbers(witness_at(w, "y"), y, k);
    numbers(witness_at(w, "v"), v, k);
    VgEffects effects = {.k = k, .y = y, .v = v};
    VgMetaOptions options = {.test = VG_META_TEST_KNHA};
    VgMetaFit *fit;
    VgMetaPool *pool;
    VgError error;
    WITNESS_OK(vg_meta_fit(bcg->arena, &effects, NULL, &options, &fit, &error), &error);
    same_fit("linde", fit, witness_at(w, "pooled"));
    WITNESS_OK(vg_meta_leave_one_out(bcg->arena, fit, &pool, &error), &error);
    for (size_t i = 0; i < k; i++) {
        y[2 * k + i] = pool[i].estimate;
        y[3 * k + i] = pool[i].se;
        y[4 * k + i] = pool[i].tau2;
    }
    close_all("linde estimate", y + 2 * k, witness_at(w, "leave1out/estimate"), k, TIGHT, 0);
    close_all("linde se", y + 3 * k, witness_at(w, "leave1out/se"), k, TIGHT, 0);
    close_all("linde tau2", y + 4 * k, witness_at(w, "leave1out/tau2"), k, TIGHT, 0);
}

/* The terms of a formula over a table. */
static void a_formula_gives_metafors_coefficients_and_term_tests(void **state)
{
    Bcg *bcg = *state;
    char csv[2048];
    int at = snprintf(csv, sizeof csv, "ablat,alloc,twice\n,alternate,\n");
    for (size_t i = 0; i < K; i++)
        at += snprintf(csv + at, sizeof csv - (size_t)at, "%g,%s,%g\n", bcg->ablat[K - 1 - i],
                       bcg->alloc_name[K - 1 - i], 2 * bcg->ablat[K - 1 - i]);
    VgTable *table;
    VgError error;
    WITNESS_OK(vg_table_read_csv_bytes(bcg->arena, "bcg", csv, (size_t)at, NULL, &table, &error),
               &error);
    size_t row[K + 1];
    double y[K + 1], v[K + 1];
    for (size_t i = 0; i < K; i++) { /* the table runs backwards after a row without moderator */
        row[i] = K - i;
        y[i] = bcg->y[i];
        v[i] = bcg->v[i];
    }
    row[K] = 0;
    y[K] = 9;
    v[K] = 1;
    VgEffects effects = {.k = K + 1, .y = y, .v = v};
    VgMetaOptions options = {.test = VG_META_TEST_KNHA};
    VgMetaRegression *r;
    WITNESS_OK(vg_meta_regression(bcg->arena, &effects, row, table, "ablat + twice + alloc",
                                  &options, &r, &error),
               &error);
    assert_int_equal(r->n_dropped, 1);
    assert_int_equal(r->n_aliased, 1);
    assert_string_equal(r->aliased[0], "twice");
    assert_string_equal(r->name[2], "allocrandom");
    const json_t *w = witness_at(bcg->root, "mixed/reml_knha");
    close_all("formula beta", r->fit->beta, witness_at(w, "beta"), 4, TIGHT, 0.01);
    close_all("formula se", r->fit->se, witness_at(w, "se"), 4, TIGHT, 0.01);
    assert_int_equal(r->n_terms, 2);
    w = witness_at(bcg->root, "terms");
    witness_close("ablat F", r->term[0].test.statistic, witness_number(w, "ablat/QM"), 1e-9, 0);
    witness_close("ablat p", r->term[0].test.p, witness_number(w, "ablat/QMp"), 1e-9, 0);
    witness_close("alloc F", r->term[1].test.statistic, witness_number(w, "alloc/QM"), 1e-9, 0);
    witness_close("alloc p", r->term[1].test.p, witness_number(w, "alloc/QMp"), 1e-9, 0);
}

static void same_counts(const char *name, const VgMetaCounts *m, const json_t *w)
{
    char what[128];
    CLOSE("estimate", m->estimate, 1e-12, 0.01);
    CLOSE("se", m->se, 1e-12, 0);
    CLOSE("p", m->p, 1e-10, 0);
    CLOSE("lower", m->lower, 1e-12, 0.01);
    CLOSE("q", m->q, 1e-10, 0.01);
    CLOSE("q_p", m->q_p, 1e-10, 0);
    CLOSE("i2", m->i2, 1e-9, 0.01);
}

static void pooling_of_counts_agrees(void **state)
{
    Bcg *bcg = *state;
    static const char *const set[] = {"bcg", "catheters", "collins"};
    for (size_t s = 0; s < 3; s++) {
        char path[64];
        snprintf(path, sizeof path, "counts/%s", set[s]);
        const json_t *w = witness_at(bcg->root, path);
        size_t k = json_array_size(witness_at(w, "a"));
        double *cell = VG_NEW(bcg->arena, double, 4 * k);
        static const char *const name[] = {"a", "n1", "c", "n2"};
        for (size_t f = 0; f < 4; f++)
            numbers(witness_at(w, name[f]), cell + f * k, k);
        VgCounts counts = {.k = k,
                           .events_1 = cell,
                           .n_1 = cell + k,
                           .events_2 = cell + 2 * k,
                           .n_2 = cell + 3 * k};
        VgMetaCounts m;
        VgError error;
        WITNESS_OK(vg_meta_mantel_haenszel(&counts, VG_MEASURE_RR, 0.95, &m, &error), &error);
        same_counts("rr", &m, witness_at(w, "rr"));
        WITNESS_OK(vg_meta_mantel_haenszel(&counts, VG_MEASURE_RD, 0.95, &m, &error), &error);
        same_counts("rd", &m, witness_at(w, "rd"));
        WITNESS_OK(vg_meta_peto(&counts, 0.95, &m, &error), &error);
        same_counts("peto", &m, witness_at(w, "peto"));
        WITNESS_OK(vg_meta_mantel_haenszel(&counts, VG_MEASURE_OR, 0.95, &m, &error), &error);
        same_counts("or", &m, witness_at(w, "or"));
        witness_close("cmh", m.cmh, witness_number(w, "cmh"), 1e-11, 0);
        witness_close("cmh p", m.cmh_p, witness_number(w, "cmh_p"), 1e-9, 0);
        /* their root of the quadratic loses digits that ours keeps */
        witness_close("tarone", m.tarone, witness_number(w, "tarone"), 1e-9, 0);
        witness_close("tarone p", m.tarone_p, witness_number(w, "tarone_p"), 1e-8, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pooled_effects_agree_by_every_estimator_and_test),
        cmocka_unit_test(meta_regressions_agree_by_every_estimator_and_test),
        cmocka_unit_test(intervals_of_heterogeneity_agree),
        cmocka_unit_test(regression_on_two_numbers_of_unlike_size_agrees),
        cmocka_unit_test(predictions_at_moderator_values_agree),
        cmocka_unit_test(st_johns_wort_left_one_out_agrees),
        cmocka_unit_test(a_formula_gives_metafors_coefficients_and_term_tests),
        cmocka_unit_test(pooling_of_counts_agrees),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
