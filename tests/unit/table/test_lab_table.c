/* Laboratory exports: entries, long and wide tables, Olink, mwTab, their refusals. */
#include "support/witness.h"

#include <math.h>

#include <vagus/lab_table.h>

#include "support/folder.h"

static VgArena *arena;
static char *folder;
static VgError error;
static VgLabTable *table;

static int set_up(void **state)
{
    (void)state;
    arena = vg_arena_create();
    folder = arena ? folder_new(arena) : NULL;
    error = (VgError){0};
    return folder ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    vg_arena_destroy(arena);
    return 0;
}

static void read_as(const char *text, const VgLabOptions *options)
{
    const char *path = folder_write(arena, folder, "t.csv", text);
    WITNESS_OK(vg_lab_table_read(arena, path, options, &table, &error), &error);
}

static void refused(const char *text, const VgLabOptions *options, const char *what, size_t line)
{
    const char *path = folder_write(arena, folder, "t.csv", text);
    error = (VgError){0};
    assert_int_equal(vg_lab_table_read(arena, path, options, &table, &error), VG_INVALID_INPUT);
    if (!strstr(error.message, what))
        fail_msg("'%s' does not say '%s'", error.message, what);
    assert_int_equal(error.line, line);
    assert_true(*error.hint);
}

static void is_record(size_t i, VgCensor censor, double lower, double upper)
{
    const VgLabRecord *record = &table->record[i];
    assert_int_equal(record->censor, censor);
    assert_true(record->lower == lower && record->upper == upper);
    assert_true(censor == VG_OBSERVED ? record->value == lower : isnan(record->value));
}

static void censored_entries_stay_censored(void **state)
{
    (void)state;
    read_as("sample,analyte,value,unit,LOD,LLOQ,ULOQ,comment\n"
            "a,IL6,3.5,pg/mL,0.1,0.5,100,\n"
            "a,TNF,<0.7,pg/mL,0.1,0.5,100,\n"
            "b,IL6,<LLOQ,pg/mL,0.1,0.5,100,\n"
            "b,TNF,> 90,pg/mL,0.1,0.5,100,\n"
            "c,IL6,>ULOQ,pg/mL,0.1,0.5,100,\n"
            "c,TNF,<LOD,pg/mL,0.1,0.5,100,\n"
            "d,IL6,detected,pg/mL,0.1,0.5,100,\n"
            "d,TNF,,pg/mL,0.1,0.5,100,\"BLOQ, diluted\"\n"
            "e,IL6,NA,pg/mL,0.1,0.5,100,lost\n"
            "e,TNF,0.3,pg/mL,0.1,0.5,100,BLOQ\n"
            "e,TNF,< 0,pg/mL,0.1,0.5,100,\n"
            "f,TNF,\xE2\x89\xA4 2,pg/mL,,0.25,,\n",
            NULL);
    assert_int_equal(table->format, VG_LAB_LONG);
    is_record(0, VG_OBSERVED, 3.5, 3.5);
    is_record(1, VG_CENSORED_BELOW, -INFINITY, 0.7);
    is_record(2, VG_CENSORED_BELOW, -INFINITY, 0.5);
    is_record(3, VG_CENSORED_ABOVE, 90, INFINITY);
    is_record(4, VG_CENSORED_ABOVE, 100, INFINITY);
    is_record(5, VG_CENSORED_BELOW, -INFINITY, 0.1);
    is_record(6, VG_CENSORED_WITHIN, 0.1, 0.5);
    is_record(7, VG_CENSORED_BELOW, -INFINITY, 0.5);
    assert_int_equal(table->record[8].censor, VG_MISSING);
    is_record(9, VG_OBSERVED, 0.3, 0.3); /* as reported, though below its LLOQ */
    is_record(10, VG_CENSORED_BELOW, -INFINITY, 0.5);
    is_record(11, VG_CENSORED_BELOW, -INFINITY, 2);
    assert_true(table->n_below_stated == 1 && table->n_below == 6 && table->n_above == 2);
    assert_true(table->n_missing == 1 && table->n_within == 1);
    assert_string_equal(table->unit[0], "pg/mL");
    assert_string_equal(table->remark_text[table->record[8].remark], "lost");
    assert_true(table->limits[table->record[11].limits].lloq == 0.25);
    assert_true(isnan(table->limits[table->record[11].limits].lod));
    assert_int_equal(table->record[9].line, 11);
}

static void limits_decide_only_on_demand(void **state)
{
    (void)state;
    const char *text =
        "Sample,Analyte,result_ng_ml,lloq_ng_ml,uloq_ng_ml\n1,x,3,5,10\n1,y,12,5,10\n";
    read_as(text, NULL);
    is_record(0, VG_OBSERVED, 3, 3);
    assert_true(table->n_below_stated == 1 && table->n_above_stated == 1);
    assert_string_equal(table->unit[0], "ng/ml");
    read_as(text, &(VgLabOptions){.censor_by_limits = true});
    is_record(0, VG_CENSORED_BELOW, -INFINITY, 5);
    is_record(1, VG_CENSORED_ABOVE, 10, INFINITY);
}

static void wide_tables_may_hold_rows_of_limits(void **state)
{
    (void)state;
    read_as("Sample\tIL6\tTNF\nS1\t<LLOQ\t5\nS2\t3\t>ULOQ\nLLOQ\t0.5\t1\nULOQ\t100\t200\n", NULL);
    assert_int_equal(table->format, VG_LAB_WIDE);
    assert_int_equal(table->n_samples, 2);
    is_record(0, VG_CENSORED_BELOW, -INFINITY, 0.5);
    is_record(3, VG_CENSORED_ABOVE, 200, INFINITY);
    read_as("id,visit,arm,x\n1,a,P,<LLOQ\n1,b,P,4\n",
            &(VgLabOptions){.sample_column = "id+visit",
                            .skip = (const char *const[]){"arm"},
                            .n_skip = 1,
                            .lloq = 0.2,
                            .unit = "mmol/L"});
    assert_string_equal(table->sample_id[1], "1_b");
    assert_string_equal(table->unit[0], "mmol/L");
    is_record(0, VG_CENSORED_BELOW, -INFINITY, 0.2);
    read_as("metabolite,S1,S2\nacetate,1,2\nbutyrate,3,NA\n",
            &(VgLabOptions){.analytes_in_rows = true});
    assert_true(table->n_analytes == 2 && table->n_samples == 2);
    assert_string_equal(table->sample_id[table->record[1].sample], "S2");
    assert_string_equal(table->analyte_id[table->record[2].analyte], "butyrate");
    read_as("id,note,x\n1,high,<2\n2,low,4\n", &(VgLabOptions){.numbers_only = true});
    assert_int_equal(table->n_analytes, 1);
}

static void olink_keeps_plate_warning_and_lod(void **state)
{
    (void)state;
    read_as("SampleID;Index;OlinkID;UniProt;Assay;Panel;PlateID;QC_Warning;LOD;NPX\n"
            "A1;1;OID1;P1;IL6;Infl;P1;PASS;0.5;0.3\nA1;1;OID2;P2;IL8;Infl;P1;WARN;0.5;-1.3\n"
            "A2;2;OID1;P1;IL6;Infl;P2;PASS;0.6;NA\n",
            NULL);
    assert_int_equal(table->format, VG_LAB_OLINK);
    assert_string_equal(table->analyte_id[1], "OID2");
    assert_string_equal(table->analyte_name[1], "IL8");
    is_record(1, VG_OBSERVED, -1.3, -1.3);
    assert_string_equal(table->remark_text[table->record[1].remark], "WARN");
    assert_string_equal(table->plate_id[table->record[2].plate], "P2");
    assert_true(table->limits[table->record[2].limits].lod == 0.6);
    assert_true(table->n_missing == 1 && table->n_below_stated == 2);
}

static void mwtab_gives_its_block_of_data(void **state)
{
    (void)state;
    const char *head = "#METABOLOMICS WORKBENCH x STUDY_ID:ST1\nVERSION\t1\n#MS_METABOLITE_DATA\n"
                       "MS_METABOLITE_DATA:UNITS           \tpeak area\nMS_METABOLITE_DATA_START\n"
                       "Samples\tS1\tS2\t\nFactors\tarm:a\tarm:b\nacetate\t1.5\t\n";
    read_as(vg_arena_printf(arena,
                            "%sbutyrate\t0\t7\nMS_METABOLITE_DATA_END\n#METABOLITES\n"
                            "METABOLITES_START\nmetabolite_name\tx\na\tb\nMETABOLITES_END\n",
                            head),
            NULL);
    assert_int_equal(table->format, VG_LAB_MWTAB);
    assert_true(table->n_records == 4 && table->n_missing == 1 && table->n_samples == 2);
    assert_string_equal(table->unit[1], "peak area");
    is_record(3, VG_OBSERVED, 7, 7);
    refused(head, NULL, "ends inside its block of data", 8);
    refused("#METABOLOMICS WORKBENCH\n", NULL, "holds no metabolite data", 0);
    refused(vg_arena_printf(arena, "%sx\t1\n", head), NULL, "2 fields where the samples have 3", 9);
    refused(vg_arena_printf(arena, "%sacetate\t1\t2\n", head), NULL, "occurs twice", 9);
}

static void bad_exports_are_refused(void **state)
{
    (void)state;
    refused("sample,analyte,value\na,x,ND\n", NULL, "may mean not detected or not done", 2);
    refused("sample,analyte,value\na,x,high\n", NULL, "neither a number, a limit nor missing", 2);
    refused("sample,analyte,value\na,x,<LLOQ\n", NULL, "nowhere stated: LLOQ", 2);
    refused("sample,analyte,value\na,x,>ULOQ\n", NULL, "nowhere stated: ULOQ", 2);
    refused("sample,analyte,value,unit\na,x,1,mg\nb,x,2,g\n", NULL, "in 'g' here, in 'mg'", 3);
    refused("sample,analyte,value\na,x\n", NULL, "2 fields, but the header (line 1) has 3", 2);
    refused("sample,analyte,value\n,x,1\n", NULL, "row without a sample", 2);
    refused("sample,analyte,value\na,,1\n", NULL, "row without an analyte", 2);
    refused("sample,analyte,value,LLOQ\na,x,1,low\n", NULL, "'low' is no limit", 2);
    refused("who,analyte,value\na,x,1\n", NULL, "which column holds the samples", 1);
    refused("sample,analyte,value\n", NULL, "no rows", 1);
    refused("sample,x\na,1\na,2\n", NULL, "'a' occurs twice", 3);
    refused("sample,x,x\na,1,2\n", NULL, "column 'x' occurs twice", 1);
    refused("sample,x\na,1\n", &(VgLabOptions){.sample_column = "id"}, "no column 'id'", 1);
    refused("sample,x\na,1\xff\n", NULL, "UTF-8", 2);
    read_as("sample,analyte,value\na,x,ND\n",
            &(VgLabOptions){.missing = (const char *const[]){"ND"}, .n_missing = 1});
    assert_int_equal(table->n_missing, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(censored_entries_stay_censored),      TEST(limits_decide_only_on_demand),
        TEST(wide_tables_may_hold_rows_of_limits), TEST(olink_keeps_plate_warning_and_lod),
        TEST(mwtab_gives_its_block_of_data),       TEST(bad_exports_are_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
