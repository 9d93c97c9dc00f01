/* Short-chain fatty acids in serum of a crossover trial (sauerkraut_crossover): values below the LLOQ stay below it, and
 * samples measured twice say how far one can be trusted. Against R: tests/reference/panel_sauerkraut.R. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/censored.h>
#include <vagus/lab_table.h>
#include <vagus/reliability.h>

static VgArena *arena;
static json_t *root;
static VgError error;

static VgLabTable *serum(void)
{
    const VgLabOptions options = {.format = VG_LAB_LONG,
                                  .sample_column = "sample_id",
                                  .analyte_column = "analyte",
                                  .value_column = "result_ng_ml",
                                  .lloq_column = "lloq_ng_ml",
                                  .uloq_column = "uloq_ng_ml",
                                  .censor_by_limits = true,
                                  .unit = "ng/mL"};
    VgLabTable *table;
    WITNESS_OK(vg_lab_table_read(arena, witness_data(arena, "sauerkraut_crossover/blood_scfa.csv"),
                                 &options, &table, &error),
               &error);
    return table;
}

static void means_of_censored_analytes_agree_with_survreg(void **state)
{
    (void)state;
    const VgLabTable *table = serum();
    size_t n = table->n_records, refused = 0;
    for (size_t a = 0; a < table->n_analytes; a++) {
        double *lower = VG_NEW(arena, double, n), *upper = VG_NEW(arena, double, n);
        size_t *group = VG_NEW(arena, size_t, n), rows = 0;
        for (size_t r = 0; r < n; r++)
            if (table->record[r].analyte == a && table->record[r].censor != VG_MISSING) {
                lower[rows] = table->record[r].lower;
                upper[rows++] = table->record[r].upper;
            }
        char path[120];
        snprintf(path, sizeof path, "analytes/%s", table->analyte_id[a]);
        const json_t *expected = witness_at(root, path);
        VgCensoredCell cell;
        double sigma;
        WITNESS_OK(vg_censored_log(lower, upper, rows, &error), &error);
        VgStatus status =
            vg_censored_means(arena, lower, upper, rows, group, 1, 0.95, &cell, &sigma, &error);
        assert_int_equal(cell.n, witness_number(expected, "n"));
        assert_int_equal(cell.n_below, witness_number(expected, "below"));
        if (!json_object_get(expected, "mean")) {
            assert_int_equal(status, VG_NOT_ESTIMABLE);
            assert_int_equal(cell.verdict, VG_CENSORED_TOO_MANY);
            refused++;
            continue;
        }
        WITNESS_OK(status, &error);
        witness_close(path, cell.mean, witness_number(expected, "mean"), 1e-9, 0);
        witness_close("sigma", sigma, witness_number(expected, "sigma"), 1e-9, 0);
        witness_close("se", cell.se, witness_number(expected, "se"), 1e-9, 0);
    }
    assert_int_equal(refused, 1); /* valeric acid: 471 of 480 below */
}

/* The value of a sample's butyric acid, NaN when there is none. */
static double butyrate(const VgLabTable *table, const char *sample)
{
    for (size_t r = 0; r < table->n_records; r++)
        if (strcmp(table->sample_id[table->record[r].sample], sample) == 0 &&
            strcmp(table->analyte_id[table->record[r].analyte], "Butyric acid") == 0)
            return table->record[r].value;
    return NAN;
}

static void duplicates_tell_the_variation_within(void **state)
{
    (void)state;
    const VgLabTable *table = serum();
    FILE *file = fopen(witness_data(arena, "sauerkraut_crossover/samples.csv"), "r");
    assert_non_null(file);
    double x[1000];
    size_t subject[1000], n = 0, pairs = 0;
    char line[400];
    while (fgets(line, sizeof line, file) &&
           n < 998) { /* Sample_ID,…,Dup_Zentrallabor,"Dup_Metabolon",… */
        char *field[8] = {line}, *c = line;
        for (size_t f = 1; f < 8 && (c = strchr(c, ',')); f++) {
            *c++ = '\0';
            field[f] = c;
        }
        if (!field[5] || *field[5] != '"' || *field[0] == '"')
            continue;
        field[5][strcspn(field[5] + 1, "\"") + 1] = '\0';
        for (int k = 0; k < 2; k++) {
            x[n] = butyrate(table, k ? field[5] + 1 : field[0]);
            subject[n++] = pairs;
        }
        pairs++;
    }
    fclose(file);
    VgWithinCv cv;
    WITNESS_OK(vg_within_cv(arena, subject, x, n, pairs, 0.95, &cv, &error), &error);
    assert_int_equal(cv.df, witness_number(root, "duplicates/n"));
    witness_close("within-subject SD of ln", cv.s, witness_number(root, "duplicates/s"), 1e-12, 0);
    assert_true(cv.lower < cv.cv && cv.cv < cv.upper);
}

int main(void)
{
    arena = vg_arena_create();
    (void)witness_data(arena, "sauerkraut_crossover/blood_scfa.csv");
    root = witness_json(witness_source(arena, "tests/reference/panel_sauerkraut.json"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_of_censored_analytes_agree_with_survreg),
        cmocka_unit_test(duplicates_tell_the_variation_within)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(root);
    vg_arena_destroy(arena);
    return failed;
}
