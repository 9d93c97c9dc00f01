/* Pairwise meta-analysis of reviews in depression and of BCG vaccine, against the reference.json beside each set
 * (metafor 5.1.12 and meta 8.2.1, R 4.2.2). Set by set, block by block, all estimators that the file holds.
 *
 * Agreement is 1e-6 relative. The reference stopped early in places; there the allowance says by how much:
 * - tau² by PM comes from uniroot with its default tolerance, .Machine$double.eps^0.25 = 1.2e-4 absolute, EB from steps
 *   that end at 1e-5; both solve one equation, and test_meta_metafor.c holds the converged root to 1e-10;
 * - the ends of the Q-profile interval come from the same uniroot;
 * - leave-one-out and the regressions ran with the default threshold: tau² is at most about 1e-5 off, which
 *   moves estimate and SE by up to 1e-4 of the SE. meta.json holds the converged figures of BCG and of St John's wort. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <vagus/meta.h>

#include "support/witness.h"

typedef struct Review {
    VgArena *arena;
    const char *name;
    VgTable *table;
    json_t *root;
    size_t k;
    double *y, *v;
    size_t *row;
} Review;

static char *read_bytes(Review *review, const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    char *bytes = VG_NEW(review->arena, char, *size);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static Review open_table(const char *folder, const char *file, char delimiter)
{
    char path[256];
    Review review = {.arena = vg_arena_create(), .name = folder};
    VgError error;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    size_t size;
    char *bytes = read_bytes(&review, witness_data(review.arena, path), &size);
    for (size_t i = 0; delimiter == ';' && i < size; i++) /* decimal commas, which readers refuse */
        if (bytes[i] == ',')
            bytes[i] = '.';
    VgTableOptions options = {.delimiter = delimiter};
    WITNESS_OK(
        vg_table_read_csv_bytes(review.arena, path, bytes, size, &options, &review.table, &error),
        &error);
    review.y = VG_NEW(review.arena, double, review.table->n_rows);
    review.v = VG_NEW(review.arena, double, review.table->n_rows);
    review.row = VG_NEW(review.arena, size_t, review.table->n_rows);
    return review;
}

static Review open_review(const char *folder, const char *file, char delimiter)
{
    char path[256];
    Review review = open_table(folder, file, delimiter);
    snprintf(path, sizeof path, "%s/reference.json", folder);
    review.root = witness_json(witness_data(review.arena, path));
    return review;
}

static void close_review(Review *review)
{
    json_decref(review->root);
    vg_arena_destroy(review->arena);
}

static double cell(const Review *review, const char *name, size_t row)
{
    const VgColumn *column = vg_table_column(review->table, name);
    assert_non_null(column);
    assert_int_equal(column->type, VG_COLUMN_NUMBER);
    return column->number[row];
}

static void add(Review *review, size_t row, double y, double v)
{
    review->y[review->k] = y;
    review->v[review->k] = v;
    review->row[review->k++] = row;
}

static VgEffects effects_of(const Review *review)
{
    return (VgEffects){.k = review->k, .y = review->y, .v = review->v};
}

static void close_to(const char *name, const char *field, double value, double expected,
                     double relative, double floor_)
{
    char what[160];
    snprintf(what, sizeof what, "%s %s", name, field);
    witness_close(what, value, expected, relative, floor_);
}

static void pair(const char *name, const char *field, double lower, double upper, const json_t *w,
                 double relative, double floor_)
{
    close_to(name, field, lower, json_number_value(json_array_get(w, 0)), relative, floor_);
    close_to(name, field, upper, json_number_value(json_array_get(w, 1)), relative, floor_);
}

/* One estimator of one block: plain test, Knapp–Hartung, prediction, Q-profile. `slack` is how far the reference's tau²
 * may stand from the root, relative to itself. */
static void same_estimator(Review *review, const VgEffects *effects, const char *name,
                           VgTau2Method method, const json_t *w, double slack)
{
    VgMetaOptions options = {
        .tau2 = method, .test = VG_META_TEST_Z, .prediction_df = VG_PREDICTION_NORMAL};
    VgMetaPool pool;
    VgMetaFit *fit;
    VgError error;
    double relative = 1e-6 + slack;
    WITNESS_OK(vg_meta_pool(effects, &options, &pool, &error), &error);
    WITNESS_OK(vg_meta_fit(review->arena, effects, NULL, &options, &fit, &error), &error);
    double se = witness_number(w, "se");
    close_to(name, "est", pool.estimate, witness_number(w, "est"), relative, se);
    close_to(name, "se", pool.se, se, relative, 0);
    pair(name, "ci", pool.lower, pool.upper, witness_at(w, "ci"), relative, se);
    close_to(name, "z", pool.statistic, witness_number(w, "z"), relative, 1);
    /* d log p = z dz in the tail; zero where the reference underflows */
    if (witness_number(w, "p") > 1e-300)
        close_to(name, "p", pool.p, witness_number(w, "p"),
                 relative * fmax(1, pool.statistic * pool.statistic), 0);
    close_to(name, "tau2", pool.tau2, witness_number(w, "tau2"), relative, 1e-4);
    close_to(name, "Q", pool.q, witness_number(w, "Q"), 1e-9, 0);
    if (witness_number(w, "Q_p") > 1e-300)
        close_to(name, "Q_p", pool.q_p, witness_number(w, "Q_p"), 1e-6, 0);
    close_to(name, "I2", pool.i2, witness_number(w, "I2"), relative, 0.01);
    close_to(name, "H2", pool.h2, witness_number(w, "H2"), relative, 0);
    close_to(name, "logLik",
             method == VG_TAU2_REML ? fit->log_likelihood_reml : fit->log_likelihood_ml,
             witness_number(w, "logLik"), relative, 1);
    close_to(name, "fit est", fit->beta[0], pool.estimate, 1e-12, pool.se);
    close_to(name, "fit se", fit->se[0], pool.se, 1e-12, 0);
    if (method == VG_TAU2_COMMON)
        return;
    if (json_is_number(json_object_get(w, "se_tau2")))
        close_to(name, "se_tau2", pool.se_tau2, witness_number(w, "se_tau2"), relative, 0);
    pair(name, "PI_normal", pool.prediction.lower, pool.prediction.upper,
         witness_at(w, "PI_normal"), relative, se);
    options.test = VG_META_TEST_KNHA;
    options.prediction_df = VG_PREDICTION_K_MINUS_1;
    WITNESS_OK(vg_meta_pool(effects, &options, &pool, &error), &error);
    w = witness_at(w, "HKSJ");
    close_to(name, "HKSJ se", pool.se, witness_number(w, "se"), relative, 0);
    close_to(name, "HKSJ p", pool.p, witness_number(w, "p"), 100 * relative, 0);
    close_to(name, "HKSJ df", pool.df, witness_number(w, "df"), 0, 0);
    pair(name, "HKSJ ci", pool.lower, pool.upper, witness_at(w, "ci"), relative, se);
    pair(name, "HKSJ PI", pool.prediction.lower, pool.prediction.upper, witness_at(w, "PI_t"),
         relative, se);
}

static void same_block(Review *review, const VgEffects *effects, const char *name, const json_t *w)
{
    static const struct {
        const char *key;
        VgTau2Method method;
    } estimator[] = {{"FE", VG_TAU2_COMMON}, {"DL", VG_TAU2_DL}, {"HE", VG_TAU2_HE},
                     {"HS", VG_TAU2_HS},     {"SJ", VG_TAU2_SJ}, {"ML", VG_TAU2_ML},
                     {"REML", VG_TAU2_REML}, {"EB", VG_TAU2_EB}, {"PM", VG_TAU2_PM}};
    size_t compared = 0;
    assert_int_equal(effects->k, (size_t)witness_number(w, "k"));
    for (size_t e = 0; e < sizeof estimator / sizeof *estimator; e++) {
        const json_t *block = json_object_get(w, estimator[e].key);
        if (!block)
            continue;
        char what[128];
        snprintf(what, sizeof what, "%s %s %s", review->name, name, estimator[e].key);
        double tau2 = witness_number(block, "tau2"), slack = 0;
        if (estimator[e].method == VG_TAU2_PM || estimator[e].method == VG_TAU2_EB)
            slack = 1.3e-4 / tau2;
        same_estimator(review, effects, what, estimator[e].method, block, slack);
        compared++;
        const json_t *ends = json_object_get(block, "tau2_Qprofile_or_PL_CI");
        if (!json_is_array(ends))
            continue;
        VgMetaFit *fit;
        VgMetaHeterogeneity h;
        VgError error;
        WITNESS_OK(vg_meta_fit(review->arena, effects, NULL, NULL, &fit, &error), &error);
        WITNESS_OK(vg_meta_q_profile(fit, &h, &error), &error);
        pair(what, "Q-profile", h.tau2.lower, h.tau2.upper, ends, 1e-6, 150);
    }
    assert_true(compared >= 2);
}

static void same_leave_one_out(Review *review, const json_t *w)
{
    VgEffects effects = effects_of(review);
    VgMetaOptions options = {.test = VG_META_TEST_Z};
    VgMetaFit *fit;
    VgMetaPool *pool;
    VgError error;
    char what[128];
    WITNESS_OK(vg_meta_fit(review->arena, &effects, NULL, &options, &fit, &error), &error);
    WITNESS_OK(vg_meta_leave_one_out(review->arena, fit, &pool, &error), &error);
    assert_int_equal(json_array_size(w), review->k);
    for (size_t i = 0; i < review->k; i++) {
        const json_t *one = json_array_get(w, i);
        snprintf(what, sizeof what, "%s without %zu", review->name, i + 1);
        close_to(what, "est", pool[i].estimate, witness_number(one, "estimate"), 1e-4, pool[i].se);
        close_to(what, "se", pool[i].se, witness_number(one, "se"), 1e-4, 0);
    }
}

/* Effects of the rows whose column has this text (a number as text). */
static void same_group(Review *review, const char *column_name, const char *level, const json_t *w)
{
    const VgColumn *column = vg_table_column(review->table, column_name);
    assert_non_null(column);
    double *y = VG_NEW(review->arena, double, review->k),
           *v = VG_NEW(review->arena, double, review->k);
    VgEffects effects = {.y = y, .v = v};
    for (size_t i = 0; i < review->k; i++) {
        const char *text = vg_column_value_text(review->arena, column, review->row[i]);
        if (!text || strcmp(text, level) != 0)
            continue;
        y[effects.k] = review->y[i];
        v[effects.k++] = review->v[i];
    }
    same_block(review, &effects, level, w);
}

static void same_groups(Review *review, const char *column, const char *block)
{
    const char *level;
    json_t *w, *groups = json_object_get(review->root, block);
    assert_non_null(groups);
    json_object_foreach(groups, level, w) same_group(review, column, level, w);
}

/* Against meta_reviews.json, made by meta_reviews.R with both sides converged. */
static void same_converged(Review *review, const VgEffects *effects, const char *key)
{
    static const struct {
        const char *key;
        VgTau2Method method;
    } estimator[] = {{"DL", VG_TAU2_DL}, {"HE", VG_TAU2_HE}, {"HS", VG_TAU2_HS},
                     {"SJ", VG_TAU2_SJ}, {"ML", VG_TAU2_ML}, {"REML", VG_TAU2_REML},
                     {"EB", VG_TAU2_EB}, {"PM", VG_TAU2_PM}};
    json_t *root = witness_json(witness_source(review->arena, "tests/reference/meta_reviews.json"));
    const json_t *set = witness_at(root, key), *w;
    VgError error;
    char what[128];
    assert_int_equal(effects->k, (size_t)witness_number(set, "k"));
    VgMetaOptions options = {.test = VG_META_TEST_KNHA};
    VgMetaFit *fit;
    VgMetaHeterogeneity h;
    VgMetaPool *pool, one;
    for (size_t e = 0; e < sizeof estimator / sizeof *estimator; e++) {
        if (!(w = json_object_get(set, estimator[e].key)))
            continue;
        options.tau2 = estimator[e].method;
        snprintf(what, sizeof what, "%s %s converged", key, estimator[e].key);
        WITNESS_OK(vg_meta_pool(effects, &options, &one, &error), &error);
        /* metafor's sums over 900 effects and its steps of 1e-13 leave about 1e-10 */
        close_to(what, "est", one.estimate, witness_number(w, "est"), 1e-9, 0);
        close_to(what, "se", one.se, witness_number(w, "se"), 1e-9, 0);
        close_to(what, "tau2", one.tau2, witness_number(w, "tau2"), 1e-9, 0);
        close_to(what, "se_tau2", one.se_tau2, witness_number(w, "se_tau2"), 1e-9, 0);
        close_to(what, "i2", one.i2, witness_number(w, "i2"), 1e-9, 0);
        pair(what, "pi", one.prediction.lower, one.prediction.upper, witness_at(w, "pi"), 1e-9,
             0.01);
    }
    options.tau2 = VG_TAU2_REML;
    WITNESS_OK(vg_meta_fit(review->arena, effects, NULL, &options, &fit, &error), &error);
    if ((w = json_object_get(set, "q_profile"))) {
        WITNESS_OK(vg_meta_q_profile(fit, &h, &error), &error);
        pair(key, "Q-profile converged", h.tau2.lower, h.tau2.upper, w, 1e-9, 0);
    }
    if ((w = json_object_get(set, "leave1out"))) {
        WITNESS_OK(vg_meta_leave_one_out(review->arena, fit, &pool, &error), &error);
        for (size_t i = 0; i < effects->k; i++) {
            close_to(key, "without one est", pool[i].estimate,
                     json_number_value(json_array_get(witness_at(w, "est"), i)), 1e-9, 0);
            close_to(key, "without one se", pool[i].se,
                     json_number_value(json_array_get(witness_at(w, "se"), i)), 1e-9, 0);
        }
    }
    json_decref(root);
}

static void log_risk_ratio(Review *review, size_t row, double a, double n1, double c, double n2)
{
    double add_half = a == 0 || c == 0 || a == n1 || c == n2 ? 0.5 : 0;
    a += add_half;
    c += add_half;
    n1 += 2 * add_half;
    n2 += 2 * add_half;
    add(review, row, log(a / n1 / (c / n2)), 1 / a - 1 / n1 + 1 / c - 1 / n2);
}

static void regression(Review *review, const char *block, const char *formula, VgMetaTest test,
                       double relative)
{
    VgEffects effects = effects_of(review);
    VgMetaOptions options = {.test = test};
    VgMetaRegression *r;
    VgError error;
    WITNESS_OK(vg_meta_regression(review->arena, &effects, review->row, review->table, formula,
                                  &options, &r, &error),
               &error);
    const json_t *w = witness_at(review->root, block), *coefficient = witness_at(w, "coef");
    assert_int_equal(json_array_size(coefficient), r->fit->p);
    for (size_t j = 0; j < r->fit->p; j++) {
        const json_t *one = json_array_get(coefficient, j);
        close_to(block, "estimate", r->fit->beta[j], witness_number(one, "estimate"), relative, 0);
        close_to(block, "se", r->fit->se[j], witness_number(one, "se"), relative, 0);
        close_to(block, "p", r->fit->p_value[j], witness_number(one, "pval"), 10 * relative, 0);
        close_to(block, "ci.lb", r->fit->lower[j], witness_number(one, "ci.lb"), relative, 0);
    }
    close_to(block, "tau2", r->fit->tau2, witness_number(w, "tau2"), relative, 0);
    if (json_object_get(w, "QM"))
        close_to(block, "QM", r->fit->moderators.statistic * 2, witness_number(w, "QM"), relative,
                 0);
    if (json_object_get(w, "R2"))
        close_to(block, "R2", r->fit->r2, witness_number(w, "R2"), relative, 0);
}

static void bcg_vaccine(void **state)
{
    (void)state;
    Review review = open_review("meta_bcg", "bcg.csv", ',');
    for (size_t i = 0; i < review.table->n_rows; i++) {
        double a = cell(&review, "tpos", i), c = cell(&review, "cpos", i);
        log_risk_ratio(&review, i, a, a + cell(&review, "tneg", i), c,
                       c + cell(&review, "cneg", i));
    }
    VgEffects effects = effects_of(&review);
    same_block(&review, &effects, "all", witness_at(review.root, "pooled"));
    same_leave_one_out(&review, witness_at(review.root, "pooled/leave1out_REML"));
    regression(&review, "metareg_ablat_year", "ablat + year", VG_META_TEST_Z, 2e-4);
    regression(&review, "metareg_ablat_knha", "~ ablat", VG_META_TEST_KNHA, 2e-4);
    close_review(&review);
}

static void counts_block(const Review *review, const char *block, const VgMetaCounts *m)
{
    const json_t *w = witness_at(review->root, block);
    close_to(block, "est", m->estimate, witness_number(w, "est"), 1e-10, 0);
    close_to(block, "se", m->se, witness_number(w, "se"), 1e-10, 0);
    if (json_object_get(w, "QE"))
        close_to(block, "QE", m->q, witness_number(w, "QE"), 1e-10, 0);
    if (json_object_get(w, "CMH")) {
        close_to(block, "CMH", m->cmh, witness_number(w, "CMH"), 1e-10, 0);
        close_to(block, "CMHp", m->cmh_p, witness_number(w, "CMHp"), 1e-8, 0);
    }
}

static void st_johns_wort(void **state)
{
    (void)state;
    Review review = open_review("meta_linde2005", "linde2005.csv", ',');
    size_t n = review.table->n_rows;
    double *count[4];
    static const char *const name[] = {"ai", "n1i", "ci", "n2i"};
    for (size_t f = 0; f < 4; f++) {
        count[f] = VG_NEW(review.arena, double, n);
        for (size_t i = 0; i < n; i++)
            count[f][i] = cell(&review, name[f], i);
    }
    /* the witness uses the first 24 rows (trials against placebo with counts) */
    const json_t *given = witness_at(review.root, "log_rr");
    size_t at = 0;
    for (size_t i = 0; i < n && at < json_array_size(given); i++) {
        if (isnan(count[0][i]) || isnan(count[2][i]))
            continue;
        log_risk_ratio(&review, i, count[0][i], count[1][i], count[2][i], count[3][i]);
        char path[32];
        snprintf(path, sizeof path, "%zu/yi", at++);
        witness_close("log RR", review.y[review.k - 1], witness_number(given, path), 1e-12, 0.01);
    }
    VgEffects effects = effects_of(&review);
    same_block(&review, &effects, "all", witness_at(review.root, "pooled"));
    same_leave_one_out(&review, witness_at(review.root, "pooled/leave1out_REML"));
    same_groups(&review, "group", "by_group");
    for (size_t i = 0; i < review.k; i++)
        for (size_t f = 0; f < 4; f++)
            count[f][i] = count[f][review.row[i]];
    VgCounts counts = {review.k, count[0], count[1], count[2], count[3], NULL};
    VgMetaCounts m;
    VgError error;
    WITNESS_OK(vg_meta_mantel_haenszel(&counts, VG_MEASURE_RR, 0.95, &m, &error), &error);
    counts_block(&review, "MH_RR", &m);
    WITNESS_OK(vg_meta_mantel_haenszel(&counts, VG_MEASURE_OR, 0.95, &m, &error), &error);
    counts_block(&review, "MH_OR", &m);
    WITNESS_OK(vg_meta_peto(&counts, 0.95, &m, &error), &error);
    counts_block(&review, "Peto", &m);
    close_review(&review);
}

static void low_dose_antidepressants(void **state)
{
    (void)state;
    Review review = open_review("meta_furukawa2003", "furukawa2003.csv", ',');
    const json_t *g = witness_at(review.root, "hedges_g");
    for (size_t i = 0; i < json_array_size(g); i++) {
        const json_t *one = json_array_get(g, i);
        add(&review, i, witness_number(one, "yi"), witness_number(one, "vi"));
    }
    VgEffects effects = effects_of(&review);
    same_block(&review, &effects, "all", witness_at(review.root, "pooled"));
    same_leave_one_out(&review, witness_at(review.root, "pooled/leave1out_REML"));
    same_converged(&review, &effects, "meta_furukawa2003");
    close_review(&review);
}

static void prevalence_of_depression(void **state)
{
    (void)state;
    for (int scale = 0; scale < 3; scale++) {
        static const char *const name[] = {"logit", "freeman_tukey", "arcsine"};
        Review review = open_review("meta_feng2019", "feng2019.csv", ',');
        for (size_t i = 0; i < review.table->n_rows; i++) {
            double x = cell(&review, "depr", i), n = cell(&review, "n", i);
            if (scale == 0)
                add(&review, i, log(x / (n - x)), 1 / x + 1 / (n - x));
            else if (scale == 1)
                add(&review, i, 0.5 * (asin(sqrt(x / (n + 1))) + asin(sqrt((x + 1) / (n + 1)))),
                    1 / (4 * n + 2));
            else
                add(&review, i, asin(sqrt(x / n)), 1 / (4 * n));
        }
        VgEffects effects = effects_of(&review);
        same_block(&review, &effects, name[scale], witness_at(review.root, name[scale]));
        if (scale == 0) {
            same_leave_one_out(&review, witness_at(review.root, "logit/leave1out_REML"));
            same_converged(&review, &effects, "logit");
        }
        close_review(&review);
    }
}

static void third_wave_therapies(void **state)
{
    (void)state;
    Review review = open_review("dmetar_thirdwave", "thirdwave.csv", ',');
    for (size_t i = 0; i < review.table->n_rows; i++) {
        double se = cell(&review, "seTE", i);
        add(&review, i, cell(&review, "TE", i), se * se);
    }
    VgEffects effects = effects_of(&review);
    same_block(&review, &effects, "all", witness_at(review.root, "pooled"));
    same_leave_one_out(&review, witness_at(review.root, "pooled/leave1out_REML"));
    same_converged(&review, &effects, "dmetar_thirdwave");
    same_groups(&review, "RiskOfBias", "by_risk_of_bias");
    close_review(&review);
}

static void large_databases_of_depression_trials(void **state)
{
    (void)state;
    static const char *const folder[] = {"metapsy_depression_inpatients",
                                         "metapsy_depression_psiloctr",
                                         "metapsy_depression_psyctr"};
    for (size_t f = 0; f < 3; f++) {
        Review review = open_review(folder[f], "data.csv", ';');
        for (size_t i = 0; i < review.table->n_rows; i++) {
            double g = cell(&review, ".g", i), se = cell(&review, ".g_se", i);
            if (!isnan(g) && !isnan(se))
                add(&review, i, g, se * se);
        }
        VgEffects effects = effects_of(&review);
        same_block(&review, &effects, "all rows",
                   witness_at(review.root, "all_rows_univariate_REML"));
        same_converged(&review, &effects, folder[f]);
        close_review(&review);
    }
}

static void reviews_of_memory_and_of_delinquency(void **state)
{
    (void)state;
    static const char *const name[] = {"gamble2019", "stramaccia2021", "wibbelink2017"};
    for (size_t f = 0; f < 3; f++) {
        char folder[64], file[64];
        snprintf(folder, sizeof folder, "psymeta_%s", name[f]);
        snprintf(file, sizeof file, "%s.csv", name[f]);
        Review review = open_table(folder, file, ',');
        for (size_t i = 0; i < review.table->n_rows; i++) {
            double y = cell(&review, "yi", i), v = cell(&review, "vi", i);
            if (!isnan(y) && !isnan(v))
                add(&review, i, y, v);
        }
        VgEffects effects = effects_of(&review);
        same_converged(&review, &effects, folder);
        close_review(&review);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bcg_vaccine),
        cmocka_unit_test(st_johns_wort),
        cmocka_unit_test(low_dose_antidepressants),
        cmocka_unit_test(prevalence_of_depression),
        cmocka_unit_test(third_wave_therapies),
        cmocka_unit_test(large_databases_of_depression_trials),
        cmocka_unit_test(reviews_of_memory_and_of_delinquency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
