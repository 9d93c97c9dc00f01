/* Three-level models against metafor::rma.mv, and cluster-robust standard errors against clubSandwich, both with the
 * variance components at the certified optimum: evidence_multilevel.json, made by evidence_multilevel.R (R 4.2.2,
 * metafor 3.8-1, clubSandwich 0.5.8). Data: metadat in the file itself, the rest from the data folder.
 *
 * R's polished optimum has a gradient of 1e-8 or less: components to 1e-8, estimates and standard errors to 1e-9,
 * log-likelihoods to 1e-11; CR2 goes through an eigendecomposition: 1e-8. */
#include "support/witness.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <vagus/meta_multilevel.h>
#include <vagus/small_study.h>
#include <vagus/table.h>

static double *numbers(VgArena *arena, const json_t *object, const char *key, size_t *n)
{
    const json_t *value = json_object_get(object, key);
    if (!value || json_is_null(value))
        return NULL;
    *n = json_is_array(value) ? json_array_size(value) : 1;
    double *out = VG_NEW(arena, double, *n);
    for (size_t i = 0; i < *n; i++) {
        const json_t *one = json_is_array(value) ? json_array_get(value, i) : value;
        out[i] = json_is_number(one) ? json_number_value(one) : (double)NAN;
    }
    return out;
}

/* Decimal commas (outside quotes, between digits) become points. */
static void decimal_points(char *bytes, size_t size)
{
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] == '"')
            quoted = !quoted;
        if (!quoted && bytes[i] == ',' && i > 0 && isdigit((unsigned char)bytes[i - 1]) &&
            isdigit((unsigned char)bytes[i + 1]))
            bytes[i] = '.';
    }
}

static const VgTable *read_table(VgArena *arena, const char *path, bool semicolon)
{
    VgTable *table;
    VgError error = {0};
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    size_t size = (size_t)ftell(file);
    rewind(file);
    char *bytes = vg_arena_alloc(arena, size + 1, 1);
    assert_int_equal(fread(bytes, 1, size, file), size);
    fclose(file);
    if (semicolon)
        decimal_points(bytes, size);
    VgTableOptions options = {.delimiter = semicolon ? ';' : ','};
    WITNESS_OK(vg_table_read_csv_bytes(arena, path, bytes, size, &options, &table, &error), &error);
    return table;
}

/* Columns (effect, variance or standard error, study) of a file, rows without an effect dropped. */
static VgMultilevelData from_file(VgArena *arena, const char *name)
{
    bool metapsy = strncmp(name, "metapsy", 7) == 0;
    const VgTable *table = read_table(arena, witness_data(arena, name), metapsy);
    const VgColumn *effect = vg_table_column(table, metapsy ? ".g" : "yi"),
                   *variance = vg_table_column(table, metapsy ? ".g_se" : "vi"),
                   *label = vg_table_column(table, metapsy ? "study" : "study_id");
    assert_non_null(effect);
    assert_non_null(variance);
    assert_non_null(label);
    assert_int_equal(effect->type, VG_COLUMN_NUMBER);
    assert_int_equal(variance->type, VG_COLUMN_NUMBER);
    size_t n = table->n_rows;
    double *y = VG_NEW(arena, double, n), *v = VG_NEW(arena, double, n);
    size_t *study = VG_NEW(arena, size_t, n);
    const char **seen = VG_NEW(arena, const char *, n);
    VgMultilevelData data = {.y = y, .v = v, .study = study};
    for (size_t i = 0; i < n; i++) {
        if (isnan(effect->number[i]) || isnan(variance->number[i]))
            continue;
        const char *text = vg_column_value_text(arena, label, i);
        size_t s = 0;
        while (s < data.n_studies && strcmp(seen[s], text) != 0)
            s++;
        if (s == data.n_studies)
            seen[data.n_studies++] = text;
        y[data.n] = effect->number[i];
        v[data.n] = metapsy ? variance->number[i] * variance->number[i] : variance->number[i];
        study[data.n++] = s;
    }
    return data;
}

static VgMultilevelData from_item(VgArena *arena, const json_t *item)
{
    const char *file = json_string_value(json_object_get(item, "file"));
    VgMultilevelData data = {0};
    if (file)
        data = from_file(arena, file);
    else {
        size_t n;
        data.y = numbers(arena, item, "y", &n);
        data.v = numbers(arena, item, "v", &n);
        const double *code = numbers(arena, item, "study", &n);
        size_t *study = VG_NEW(arena, size_t, n);
        for (size_t i = 0; i < n; i++)
            study[i] = (size_t)code[i];
        data.study = study;
        data.n = n;
        data.n_studies = (size_t)witness_number(item, "studies");
        const json_t *x = json_object_get(item, "x");
        if (json_is_array(x)) {
            size_t p = json_array_size(x);
            data.x = (VgMatrix){VG_NEW(arena, double, n *p), n, p, n};
            for (size_t j = 0; j < p; j++)
                for (size_t i = 0; i < n; i++)
                    VG_AT(data.x, i, j) =
                        json_number_value(json_array_get(json_array_get(x, j), i));
        }
    }
    data.sampling_correlation = witness_number(item, "rho");
    return data;
}

static void each(const char *name, const char *what, const json_t *item, const char *key,
                 const VgInference *coefficient, size_t p, size_t offset, double tolerance,
                 const double *floor)
{
    VgArena *arena = vg_arena_create();
    size_t n;
    const double *expected = numbers(arena, item, key, &n);
    char text[200];
    assert_int_equal(n, p);
    for (size_t j = 0; j < p; j++) {
        snprintf(text, sizeof text, "%s: %s %zu", name, what, j);
        double value;
        memcpy(&value, (const char *)&coefficient[j] + offset, sizeof value);
        witness_close(text, value, expected[j], tolerance, floor ? floor[j] : 0);
    }
    vg_arena_destroy(arena);
}

static void compare(const json_t *item)
{
    VgArena *arena = vg_arena_create();
    const char *name = json_string_value(json_object_get(item, "name"));
    VgMultilevelData data = from_item(arena, item);
    VgMultilevelFit fit;
    VgError error = {0};
    const json_t *profile = json_object_get(item, "profile");
    VgMultilevelOptions options = {
        .ml = strcmp(json_string_value(json_object_get(item, "method")), "ML") == 0,
        .no_intervals = json_is_null(profile)};
    WITNESS_OK(vg_multilevel_fit(arena, &data, &options, &fit, &error), &error);
    assert_int_equal(fit.n, (size_t)witness_number(item, "n"));
    assert_int_equal(fit.n_studies, (size_t)witness_number(item, "studies"));
    char what[200];
    size_t p = fit.p, n;
    const double *sigma2 = numbers(arena, item, "sigma2", &n), *se = numbers(arena, item, "se", &n);
    double total = sigma2[0] + sigma2[1], typical = witness_number(item, "typical");
    snprintf(what, sizeof what, "%s: variance between studies", name);
    witness_close(what, fit.study.estimate, sigma2[0], 1e-8, 1e-3 * total);
    snprintf(what, sizeof what, "%s: variance within studies", name);
    witness_close(what, fit.effect.estimate, sigma2[1], 1e-8, 1e-3 * total);
    snprintf(what, sizeof what, "%s: log-likelihood", name);
    witness_close(what, fit.loglik, witness_number(item, "loglik"), 1e-11, 1);
    assert_true(fit.loglik >= witness_number(item, "stopped_at") - 1e-9);
    each(name, "estimate", item, "beta", fit.coefficient, p, offsetof(VgInference, estimate), 1e-9,
         se);
    each(name, "se", item, "se", fit.coefficient, p, offsetof(VgInference, se), 1e-9, NULL);
    each(name, "p", item, "p", fit.coefficient, p, offsetof(VgInference, p), 1e-7, NULL);
    snprintf(what, sizeof what, "%s: Q", name);
    witness_close(what, fit.q, witness_number(item, "QE"), 1e-10, 0);
    witness_close(what, fit.typical_variance, typical, 1e-10, 0);
    witness_close(what, fit.study.i2, 100 * sigma2[0] / (total + typical), 1e-7, 1e-3);
    if (p == 1) {
        snprintf(what, sizeof what, "%s: prediction interval", name);
        witness_close(what, fit.prediction.lower, witness_number(item, "pi/0"), 1e-8, 1e-2);
        witness_close(what, fit.prediction.upper, witness_number(item, "pi/1"), 1e-8, 1e-2);
    } else {
        snprintf(what, sizeof what, "%s: test of moderators", name);
        witness_close(what, fit.moderators.statistic, witness_number(item, "QM"), 1e-8, 0);
        witness_close(what, fit.moderators.p, witness_number(item, "QMp"), 1e-7, 0);
        bool intercept = strstr(name, "no intercept") == NULL;
        assert_true(fit.moderators.df_numerator == (double)(intercept ? p - 1 : p));
    }
    if (!json_is_null(profile))
        for (size_t a = 0; a < 2; a++) {
            const VgVarianceComponent *ours = a ? &fit.effect : &fit.study;
            const json_t *theirs = json_array_get(profile, a);
            snprintf(what, sizeof what, "%s: profile interval %zu", name, a);
            /* metafor's is a root of refits that end at a relative 1e-8 of the likelihood */
            witness_close(what, ours->lower, witness_number(theirs, "lower"), 1e-5, 1e-3);
            witness_close(what, ours->upper, witness_number(theirs, "upper"), 1e-5, 0);
        }
    VgClusterRobust robust;
    static const struct {
        VgClusterRobustType type;
        const char *se, *df;
    } types[] = {{VG_CLUSTER_CR0, "CR0_SE", "CR0_df"},
                 {VG_CLUSTER_CR1, "CR1_SE", NULL},
                 {VG_CLUSTER_CR2, "CR2_SE", "CR2_df"}};
    for (size_t t = 0; t < 3; t++) {
        WITNESS_OK(vg_multilevel_robust(arena, &data, &fit, types[t].type, &robust, &error),
                   &error);
        each(name, types[t].se, item, types[t].se, robust.coefficient, p, offsetof(VgInference, se),
             1e-8, NULL);
        if (types[t].df)
            each(name, types[t].df, item, types[t].df, robust.coefficient, p,
                 offsetof(VgInference, df), 1e-7, NULL);
        const json_t *joint =
            json_array_get(json_object_get(item, "HTZ"), types[t].type == VG_CLUSTER_CR2);
        if (types[t].df && json_is_object(joint)) {
            snprintf(what, sizeof what, "%s: HTZ %s", name, types[t].se);
            witness_close(what, robust.moderators.statistic, witness_number(joint, "F"), 1e-7, 0);
            witness_close(what, robust.moderators.df_denominator, witness_number(joint, "df2"),
                          1e-7, 0);
            witness_close(what, robust.moderators.p, witness_number(joint, "p"), 1e-6, 0);
            assert_true(robust.moderators.df_numerator == witness_number(joint, "df1"));
        }
    }
    each(name, "CR2 p", item, "CR2_p", robust.coefficient, p, offsetof(VgInference, p), 1e-6, NULL);
    if (strstr(name, "standard error as moderator")) {
        VgSmallStudyData effects = {.y = data.y, .v = data.v, .k = data.n};
        VgEgger egger;
        VgInference line[2];
        WITNESS_OK(vg_egger_clustered(arena, &effects, data.study, data.n_studies, 0, NULL, &egger,
                                      NULL, &error),
                   &error);
        line[0] = egger.limit;
        line[1] = egger.slope;
        each(name, "clustered Egger", item, "beta", line, 2, offsetof(VgInference, estimate), 1e-9,
             se);
        each(name, "clustered Egger p", item, "CR2_p", line, 2, offsetof(VgInference, p), 1e-6,
             NULL);
    }
    const json_t *uni = json_object_get(item, "uni");
    if (json_is_object(uni)) { /* metafor's tau² is exact to its threshold, 1e-14 */
        WITNESS_OK(vg_cluster_robust(arena, &data, witness_number(uni, "tau2"), VG_CLUSTER_CR2, 0,
                                     &robust, &error),
                   &error);
        each(name, "two-level CR2 se", uni, "SE", robust.coefficient, p, offsetof(VgInference, se),
             1e-9, NULL);
        each(name, "two-level CR2 df", uni, "df", robust.coefficient, p, offsetof(VgInference, df),
             1e-8, NULL);
    }
    options.df = VG_MULTILEVEL_DF_CONTAIN;
    options.no_intervals = true;
    WITNESS_OK(vg_multilevel_fit(arena, &data, &options, &fit, &error), &error);
    each(name, "containment df", item, "ddf_contain", fit.coefficient, p, offsetof(VgInference, df),
         0, NULL);
    vg_arena_destroy(arena);
}

static void run(bool from_folder)
{
    VgArena *arena = vg_arena_create();
    json_t *root = witness_json(witness_source(arena, "tests/reference/evidence_multilevel.json"));
    for (size_t i = 0; i < json_array_size(root); i++) {
        const json_t *item = json_array_get(root, i);
        if ((json_object_get(item, "file") != NULL) == from_folder)
            compare(item);
    }
    json_decref(root);
    vg_arena_destroy(arena);
}

static void three_level_models_agree_with_metafor(void **state)
{
    (void)state;
    run(false);
}

static void three_level_models_of_the_field_agree_with_metafor(void **state)
{
    (void)state;
    run(true);
}

/* metafor 5.1.12 with its default optimiser: how far from the maximum it stopped, by log-likelihood. */
static void the_references_log_likelihood_is_reached(void **state)
{
    (void)state;
    static const char *const sets[] = {"inpatients", "psiloctr", "psyctr"};
    for (size_t i = 0; i < 3; i++) {
        VgArena *arena = vg_arena_create();
        const char *folder = vg_arena_printf(arena, "metapsy_depression_%s", sets[i]);
        json_t *root =
            witness_json(witness_data(arena, vg_arena_printf(arena, "%s/reference.json", folder)));
        const json_t *item = witness_at(root, "three_level_study_es");
        VgMultilevelData data = from_file(arena, vg_arena_printf(arena, "%s/data.csv", folder));
        VgMultilevelFit fit;
        VgError error = {0};
        VgMultilevelOptions options = {.no_intervals = true};
        WITNESS_OK(vg_multilevel_fit(arena, &data, &options, &fit, &error), &error);
        double stopped = witness_number(item, "logLik");
        printf("%s: log-likelihood %.10f, reference stopped %.3g below\n", folder, fit.loglik,
               fit.loglik - stopped);
        assert_true(fit.loglik >= stopped - 1e-9);
        /* the reference ends at a relative 1e-8 of the likelihood, so its estimates carry about 1e-4 */
        witness_close(folder, fit.loglik, stopped, 1e-7, 1);
        witness_close(folder, fit.coefficient[0].estimate, witness_number(item, "est"), 1e-4, 0);
        witness_close(folder, fit.coefficient[0].se, witness_number(item, "se"), 1e-4, 0);
        witness_close(folder, fit.study.estimate, witness_number(item, "sigma2/0"), 1e-3, 0);
        witness_close(folder, fit.effect.estimate, witness_number(item, "sigma2/1"), 1e-3, 1e-2);
        json_decref(root);
        vg_arena_destroy(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_level_models_agree_with_metafor),
        cmocka_unit_test(three_level_models_of_the_field_agree_with_metafor),
        cmocka_unit_test(the_references_log_likelihood_is_reached)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
