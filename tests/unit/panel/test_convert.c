/* Concentrations in the unit that the study file asks for: values, limits, replicates; and what does not convert. */
#include "support/folder.h"
#include "support/witness.h"

#include <math.h>
#include <string.h>

#include <vagus/panel_clean.h>

#include "numeric/linear_algebra.h"

static VgStudy *study;
static VgProblems problems;

static VgStatus read(VgArena *arena, const char *layer, const char *table)
{
    char *folder = folder_new(arena);
    folder_write(arena, folder, "people.csv", "id,arm\na,control\nb,active\n");
    folder_write(arena, folder, "table.csv", table);
    folder_write(arena, folder, "study.yaml",
                 vg_arena_printf(arena,
                                 "vagus: 1\ntitle: A trial\ndata: simulated\n"
                                 "participants: {table: people.csv, id: id}\n"
                                 "visits: [{name: baseline, day: 0}, {name: w4, day: 28}]\n"
                                 "arms: {control: [], active: [pill]}\n"
                                 "components: {pill: {type: psychobiotic}}\n"
                                 "randomisation: {arm: arm}\n"
                                 "panel:\n  x: {table: table.csv, kind: concentration, matrix: "
                                 "serum, participant: id, visit: visit, %s}\n"
                                 "plan: {response_of_panel: {layers: all, treatment: active "
                                 "against control}}\n",
                                 layer));
    VgError error = {0};
    VgStatus status = vg_study_read(arena, folder, &study, &problems, &error);
    if (status == VG_OK)
        status = vg_panel_clean(arena, study, &problems, &error);
    folder_remove(folder);
    return status;
}

static void mass_becomes_amount(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    assert_int_equal(
        read(arena,
             "unit: nmol/L, unit_in_file: ug/dL, replicates: true, "
             "analytes: {cortisol: F}",
             "id,visit,analyte,value\na,baseline,F,10\na,baseline,F,12\na,w4,F,<2\nb,w4,F,20\n"),
        VG_OK);
    const VgLayer *layer = &study->layer[0];
    const double factor = 1e7 / 362.466; /* nmol/L of a mg/dL */
    assert_string_equal(layer->feature[0], "cortisol");
    assert_string_equal(layer->feature_unit[0], "nmol/L");
    witness_close("mean", VG_AT(layer->value, 0, 0), 11 * factor * 1e-3, 1e-5, 0);
    witness_close("limit", VG_AT(layer->upper, 1, 0), 2 * factor * 1e-3, 1e-5, 0);
    assert_true(VG_AT(layer->lower, 1, 0) == -INFINITY);
    witness_close("replicate", layer->replicate[1].value, 12 * factor * 1e-3, 1e-5, 0);
    vg_arena_destroy(arena);
}

static void the_files_own_unit_converts_too(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    assert_int_equal(read(arena, "unit: mmol/L",
                          "id,visit,analyte,value,unit\na,baseline,glucose,90,mg/dL\n"
                          "b,w4,glucose,99,mg/dL\n"),
                     VG_OK);
    witness_close("glucose", VG_AT(study->layer[0].value, 0, 0), 900 / 180.156, 1e-5, 0);
    vg_arena_destroy(arena);
}

static void refused(const char *layer, const char *table, const char *words)
{
    VgArena *arena = vg_arena_create();
    assert_int_equal(read(arena, layer, table), VG_INVALID_INPUT);
    bool found = false;
    for (size_t i = 0; i < problems.n; i++)
        found = found || strstr(problems.item[i].error.message, words);
    if (!found)
        fail_msg("not told: %s", words);
    vg_arena_destroy(arena);
}

static void what_does_not_convert_is_told(void **state)
{
    (void)state;
    static const char table[] = "id,visit,mystery\na,baseline,3\nb,w4,4\n";
    refused("unit: nmol/L, unit_in_file: pg/mL", table, "mystery of the layer x is in pg/mL and");
    refused("unit: umol/g, unit_in_file: umol/L", table,
            "is in umol/L and cannot be had in umol/g");
    refused("unit: umol/g, unit_in_file: furlong", table, "cannot be had in umol/g");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(mass_becomes_amount),
                                       cmocka_unit_test(the_files_own_unit_converts_too),
                                       cmocka_unit_test(what_does_not_convert_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
