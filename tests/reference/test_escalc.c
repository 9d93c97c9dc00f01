/* Effect sizes agree with metafor::escalc (tests/reference/escalc.R made escalc.json): every measure, variances,
 * zero-cell conventions, on data of metadat (in the file) and sets of the data folder. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include <vagus/study_effect.h>

#include "study/review.h"

/* Closed formulas in doubles on both sides. In the unbiased variance 1 − (m − 2)/(m J²) cancels two or three digits of
 * log-gammas that differ in their last bits. */
static const double DIGITS = 1e-12, DIGITS_UNBIASED = 1e-10;

static size_t index_of(const char *const *names, const char *name)
{
    for (size_t i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    fail_msg("no choice %s", name);
    return 0;
}

static void set_columns(const json_t *from, VgExtractionColumns *columns)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)from, key, value)
    {
        char role[64];
        size_t arm = 0;
        snprintf(role, sizeof role, "%s", key);
        char *dot = strchr(role, '.');
        if (dot) {
            arm = (size_t)(dot[1] - '1');
            *dot = '\0';
        }
        const VgColumnRole *found = vg_column_role_find(role);
        assert_non_null(found);
        vg_column_role_set(columns, found, arm, json_string_value(value));
    }
}

static VgStudyEffects *effects_of(VgArena *arena, const json_t *one)
{
    VgError error = {0};
    VgTableOptions options = {0};
    VgTable *table;
    const json_t *csv = json_object_get(one, "csv"), *file = json_object_get(one, "file");
    if (csv)
        WITNESS_OK(vg_table_read_csv_bytes(arena, "case.csv", json_string_value(csv),
                                           json_string_length(csv), &options, &table, &error),
                   &error);
    else
        WITNESS_OK(vg_table_read(arena, witness_data(arena, json_string_value(file)), &options,
                                 &table, &error),
                   &error);
    VgEvidenceAnalysis analysis = {.study_level = "study"};
    VgEvidencePlan plan = {0};
    plan.measure =
        (VgMeasure)index_of(vg_measure_names, json_string_value(json_object_get(one, "measure")));
    const json_t *choice = json_object_get(one, "zero_cells");
    if (choice)
        plan.zero_cells = (VgZeroCells)index_of(vg_zero_cells_names, json_string_value(choice));
    if ((choice = json_object_get(one, "smd_variance")) != NULL)
        plan.smd_variance =
            (VgSmdVariance)index_of(vg_smd_variance_names, json_string_value(choice));
    plan.zero_add = json_number_value(json_object_get(one, "zero_add"));
    plan.keep_double_zero = json_is_true(json_object_get(one, "keep_double_zero"));
    if (json_object_get(one, "three_level")) {
        plan.analysis = &analysis;
        plan.n_analyses = 1;
    }
    VgExtractionColumns columns = {0};
    set_columns(json_object_get(one, "columns"), &columns);
    VgExtraction *extraction;
    VgProblems problems = {0};
    WITNESS_OK(vg_extraction_read(arena, table, &plan, VG_EVIDENCE_PAIRWISE, &columns, &extraction,
                                  &problems, &error),
               &error);
    VgStudyEffects *effects;
    WITNESS_OK(vg_study_effects(arena, extraction, &plan, &effects, &error), &error);
    return effects;
}

static void every_measure_agrees_with_escalc(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    json_t *root = witness_json(witness_source(arena, "tests/reference/escalc.json"));
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(root, "case"), i, one)
    {
        const char *name = json_string_value(json_object_get(one, "name"));
        const json_t *yi = json_object_get(one, "yi"), *vi = json_object_get(one, "vi");
        VgStudyEffects *effects = effects_of(arena, one);
        double digits = json_object_get(one, "smd_variance") ? DIGITS_UNBIASED : DIGITS;
        if (effects->n != json_array_size(yi))
            fail_msg("%s: %zu effects, escalc has %zu", name, effects->n, json_array_size(yi));
        for (size_t k = 0; k < effects->n; k++) {
            char what[160];
            snprintf(what, sizeof what, "%s y[%zu]", name, k);
            witness_close(what, effects->y[k], json_number_value(json_array_get(yi, k)), digits,
                          1e-2);
            snprintf(what, sizeof what, "%s v[%zu]", name, k);
            witness_close(what, effects->v[k], json_number_value(json_array_get(vi, k)), digits,
                          1e-6);
        }
    }
    json_decref(root);
    vg_arena_destroy(arena);
}

/* The metapsy databases carry their own g (approximate J). In the rows with endpoint means and SDs theirs is ours,
 * but for 9 of 810 rows of psyctr, where the database has another number than its means and SDs give. */
static void g_of_the_psychotherapy_databases(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        size_t rows, others;
    } set[] = {{"metapsy_depression_inpatients/data.csv", 107, 0},
               {"metapsy_depression_psyctr/data.csv", 810, 9},
               {"metapsy_depression_psiloctr/data.csv", 71, 0}};
    static const char *const name[] = {"n_arm1",    "mean_arm1", "sd_arm1", "n_arm2",
                                       "mean_arm2", "sd_arm2",   ".g"};
    for (size_t s = 0; s < sizeof set / sizeof *set; s++) {
        VgArena *arena = vg_arena_create();
        VgError error = {0};
        VgTableOptions options = {0};
        VgTable *table;
        WITNESS_OK(vg_table_read(arena, witness_data(arena, set[s].file), &options, &table, &error),
                   &error);
        const VgColumn *column[7], *type = vg_table_column(table, "outcome_type");
        for (int k = 0; k < 7; k++) {
            column[k] = vg_table_column(table, name[k]);
            assert_true(column[k] && column[k]->type == VG_COLUMN_NUMBER);
        }
        VgExtraction extraction = {.table = table,
                                   .row = VG_NEW(arena, VgExtractionRow, table->n_rows)};
        const VgExtractionGroup empty = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN,
                                         NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        for (size_t i = 0; i < table->n_rows; i++) {
            bool complete = strcmp(type->level[type->code[i]], "msd") == 0;
            for (int k = 0; k < 7; k++)
                complete = complete && !isnan(column[k]->number[i]);
            if (!complete)
                continue;
            VgExtractionRow *row = &extraction.row[extraction.n_rows++];
            *row =
                (VgExtractionRow){.study = "", .study_index = i, .row = i, .group = {empty, empty}};
            row->correlation = row->effect = row->effect_se = row->t = row->f = row->p = NAN;
            row->cluster_size = row->total_n = NAN;
            for (int g = 0; g < 2; g++) {
                row->group[g].n = column[3 * g]->number[i];
                row->group[g].mean = column[3 * g + 1]->number[i];
                row->group[g].sd = column[3 * g + 2]->number[i];
            }
        }
        VgEvidencePlan plan = {.measure = VG_MEASURE_SMD, .approximate_j = true};
        VgStudyEffects *effects;
        WITNESS_OK(vg_study_effects(arena, &extraction, &plan, &effects, &error), &error);
        assert_int_equal(effects->n, set[s].rows);
        size_t others = 0;
        for (size_t k = 0; k < effects->n; k++) {
            double theirs = fabs(column[6]->number[extraction.row[effects->effect[k].row].row]);
            if (fabs(theirs - fabs(effects->y[k])) > 1e-5 * fmax(theirs, 0.1))
                others++;
            else /* the file has 15 digits of g; d cancels a few where means are near */
                witness_close(set[s].file, fabs(effects->y[k]), theirs, 1e-12, 1e-2);
        }
        assert_int_equal(others, set[s].others);
        vg_arena_destroy(arena);
    }
}

/* The results that lie beside the data (metafor 5.1.12): g with both variances. */
static void g_agrees_with_metafor_5(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    json_t *root = witness_json(witness_data(arena, "meta_furukawa2003/reference.json"));
    const json_t *known = witness_at(root, "hedges_g");
    for (int kind = 0; kind < 2; kind++) {
        json_t *one = json_pack("{s:s, s:s, s:{}}", "file", "meta_furukawa2003/furukawa2003.csv",
                                "measure", "smd", "columns");
        if (kind == 1)
            json_object_set_new(one, "smd_variance", json_string("unbiased"));
        VgStudyEffects *effects = effects_of(arena, one);
        assert_int_equal(effects->n, json_array_size(known));
        for (size_t k = 0; k < effects->n; k++) {
            const json_t *row = json_array_get(known, k);
            /* the file has 15 digits */
            witness_close("furukawa2003 y", effects->y[k], witness_number(row, "yi"), 1e-12, 1e-2);
            witness_close("furukawa2003 v", effects->v[k],
                          witness_number(row, kind ? "vi_UB" : "vi"), 1e-10, 1e-6);
        }
        json_decref(one);
    }
    json_decref(root);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_measure_agrees_with_escalc),
                                       cmocka_unit_test(g_agrees_with_metafor_5),
                                       cmocka_unit_test(g_of_the_psychotherapy_databases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
