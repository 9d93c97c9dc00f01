/* The shared reference.json of each set: netmeta 3.3-1 in R 4.2.2, generalised DerSimonian–Laird. Direct formulas on both
 * sides: 1e-9. therapyformats has multi-arm rows that miss a + b = c by rounding; netmeta fits them as they are, this
 * library the nearest consistent ones: 1e-6 there. netmeta's decomposition uses the contrasts against one arm only, as they
 * are typed: it is compared on exactly those, to 1e-9. */
#include "support/network_data.h"

#include <math.h>

typedef struct Set {
    const char *folder, *key;
    bool small_is_good;
    double tolerance;
} Set;

static void check_network(VgArena *arena, const Set *set, const VgNetwork *network)
{
    json_t *root =
        witness_json(witness_data(arena, vg_arena_printf(arena, "%s/reference.json", set->folder)));
    const json_t *expected = witness_at(root, set->key);
    VgError error = {0};
    VgNetworkFit *fit;
    VgNetworkOptions options = {.tau2 = VG_TAU2_DL};
    double t = set->tolerance;
    size_t n = network->n_treatments;
    WITNESS_OK(vg_network_fit(arena, network, &options, &fit, &error), &error);
    assert_int_equal(n, (size_t)witness_number(expected, "n"));
    assert_int_equal(network->n_trials, (size_t)witness_number(expected, "k"));
    assert_int_equal(network->n_designs, (size_t)witness_number(expected, "d"));
    witness_close("Q", fit->q.q, witness_number(expected, "Q"), t, 0.0);
    witness_close("df", fit->q.df, witness_number(expected, "df_Q"), 0.0, 0.0);
    witness_close("p of Q", fit->q.p, witness_number(expected, "pval_Q"), 1e3 * t, 0.0);
    witness_close("tau2", fit->tau2.tau2, witness_number(expected, "tau2"), t, 0.0);
    witness_close("I2", fit->i2, witness_number(expected, "I2"), t, 0.0);
    const json_t *names = witness_at(expected, "treatments");
    size_t *at = VG_NEW(arena, size_t, n); /* R sorts by locale */
    for (size_t i = 0; i < n; i++) {
        at[i] = vg_network_treatment(network, json_string_value(json_array_get(names, i)));
        assert_true(at[i] < n);
    }
    double *score = VG_NEW(arena, double, n);
    vg_network_p_scores(&fit->random, set->small_is_good, score);
    for (size_t i = 0; i < n; i++) {
        const char *name = network->node[at[i]].name;
        witness_close(
            name, score[at[i]],
            json_number_value(json_object_get(witness_at(expected, "pscore_random"), name)), t,
            0.0);
        for (size_t j = 0; j < n; j++) {
            const json_t *te =
                json_array_get(json_array_get(witness_at(expected, "league_random_TE"), i), j);
            const json_t *se =
                json_array_get(json_array_get(witness_at(expected, "league_random_se"), i), j);
            VgInference got = vg_network_contrast(&fit->random, at[i], at[j]);
            witness_close(name, got.estimate, json_number_value(te), t, got.se + 1e-3);
            witness_close(name, got.se, json_number_value(se), t, 1e-3);
        }
    }
    json_decref(root);
}

static void check_decomposition(VgArena *arena, const Set *set, const VgNetwork *network)
{
    json_t *root =
        witness_json(witness_data(arena, vg_arena_printf(arena, "%s/reference.json", set->folder)));
    const json_t *expected = witness_at(root, set->key), *q = witness_at(expected, "design_Q");
    VgError error = {0};
    VgNetworkFit *fit;
    VgNetworkOptions options = {.tau2 = VG_TAU2_DL};
    WITNESS_OK(vg_network_fit(arena, network, &options, &fit, &error), &error);
    witness_close("Q", fit->q.q, json_number_value(json_object_get(json_array_get(q, 0), "Q")),
                  1e-9, 0.0);
    VgNetworkDecomposition *d;
    WITNESS_OK(vg_network_decompose(arena, fit, &d, &error), &error);
    witness_close("Q within", d->within.q,
                  json_number_value(json_object_get(json_array_get(q, 1), "Q")), 1e-9, 0.0);
    witness_close("df within", d->within.df, witness_number(expected, "df_het"), 0.0, 0.0);
    witness_close("Q between", d->between.q,
                  json_number_value(json_object_get(json_array_get(q, 2), "Q")), 1e-8, 0.0);
    witness_close("df between", d->between.df, witness_number(expected, "df_inc"), 0.0, 0.0);
    const json_t *random = json_array_get(witness_at(expected, "design_inconsistency_random"), 0);
    witness_close("Q between, random", d->between_random.q, witness_number(random, "Q"), 1e-8, 0.0);
    witness_close("tau within", d->tau_within, witness_number(random, "tau.within"), 1e-9, 0.0);
    json_decref(root);
}

/* Contrasts of three-arm studies made consistent from those with the base arm, as typed. */
static void keep_base_contrasts(VgNetworkRow *row, size_t n, const char *reference)
{
    for (size_t i = 0; i < n; i++) {
        size_t with[2][2] = {{n, n}, {n, n}}; /* [treatment of row i][…]: row, sign */
        const char *base = NULL;
        for (size_t j = 0; j < n; j++) {
            if (j == i || strcmp(row[i].study, row[j].study))
                continue;
            for (int g = 0; g < 2; g++)
                for (int side = 0; side < 2; side++)
                    if (!strcmp(row[j].treatment[side], row[i].treatment[g])) {
                        with[g][0] = j;
                        with[g][1] = (size_t)side;
                        base = row[j].treatment[1 - side];
                    }
        }
        bool other = base && strcmp(row[i].treatment[0], reference) &&
                     strcmp(row[i].treatment[1], reference) &&
                     (!strcmp(base, reference) || (strcmp(base, row[i].treatment[0]) < 0 &&
                                                   strcmp(base, row[i].treatment[1]) < 0));
        if (other && with[0][0] < n && with[1][0] < n)
            row[i].effect = (with[0][1] ? -1.0 : 1.0) * row[with[0][0]].effect -
                            (with[1][1] ? -1.0 : 1.0) * row[with[1][0]].effect;
    }
}

static void agrees_on_senn2013(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    size_t n;
    VgNetworkStudy *study =
        network_arms_csv(arena, witness_data(arena, "meta_senn2013/senn2013.csv"), "study",
                         "treatment", "mi", "sdi", "ni", &n);
    VgNetwork *network;
    VgError error = {0};
    WITNESS_OK(vg_network_build(arena, study, n, NULL, &network, &error), &error);
    check_network(arena, &(Set){"meta_senn2013", "NMA", true, 1e-9}, network);
    check_decomposition(arena, &(Set){"meta_senn2013", "NMA", true, 1e-9}, network);
    vg_arena_destroy(arena);
}

static void agrees_on_baker2009(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    size_t n;
    VgNetworkStudy *study =
        network_arms_csv(arena, witness_data(arena, "meta_baker2009/baker2009.csv"), "study",
                         "treatment", "exac", NULL, "total", &n);
    VgNetwork *network;
    VgError error = {0};
    WITNESS_OK(vg_network_build(arena, study, n, NULL, &network, &error), &error);
    check_network(arena, &(Set){"meta_baker2009", "NMA", true, 1e-9}, network);
    check_decomposition(arena, &(Set){"meta_baker2009", "NMA", true, 1e-9}, network);
    vg_arena_destroy(arena);
}

static void agrees_on_linde2016(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    size_t n;
    VgNetworkRow *row =
        network_rows_csv(arena, witness_data(arena, "meta_linde2016/linde2016_contrasts.csv"),
                         "studlab", "treat1", "treat2", "TE", "seTE", &n);
    Set set = {"meta_linde2016", "standard_NMA", false, 1e-9};
    check_network(arena, &set, network_of_rows(arena, row, n));
    check_decomposition(arena, &set, network_of_rows(arena, row, n));
    vg_arena_destroy(arena);
}

static void agrees_on_therapyformats(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    size_t n;
    VgNetworkRow *row =
        network_rows_csv(arena, witness_data(arena, "dmetar_therapyformats/therapyformats.csv"),
                         "author", "treat1", "treat2", "TE", "seTE", &n);
    Set set = {"dmetar_therapyformats", "NMA", true, 1e-6};
    check_network(arena, &set, network_of_rows(arena, row, n));
    keep_base_contrasts(row, n, "cau");
    check_decomposition(arena, &set, network_of_rows(arena, row, n));
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_on_senn2013), cmocka_unit_test(agrees_on_baker2009),
        cmocka_unit_test(agrees_on_linde2016), cmocka_unit_test(agrees_on_therapyformats)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
