/* Every table under VAGUS_DATA reads, or is refused for the reason known; some agree with R. */
#include "support/witness.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <vagus/table.h>

/* What is wrong with these files, found by looking at them. */
static const struct {
    const char *end, *words;
    size_t line;
} REFUSED[] = {
    {"sauerkraut_crossover/samples.csv", "'Anmerkung: nur 1 Aliq. St. nativ 1.1' is not a number",
     138},
    {"sauerkraut_crossover/blood_scfa.csv", "'< 0' is not a number", 1896},
    {"kang_autism_2017/metadata.tsv", "'AADF' is not a number", 17},
    {"fmt_autism_q2fmt/sample_metadata_donors.tsv", "has 3 fields, header has 12", 7},
    {"grf_core_fixtures/probability_predictions.csv", "only numbers", 1},
    {"grf_core_fixtures/causal_oob_predictions.csv", "only numbers", 1},
    {"grf_core_fixtures/regression_oob_predictions.csv", "only numbers", 1},
    {"grf_core_fixtures/regression_predictions.csv", "only numbers", 1},
    {"grf_core_fixtures/causal_predictions.csv", "only numbers", 1},
};

/* R 4.2.2: d <- read.csv(file, sep = "," or "\t", na.strings = c("NA", "", ".", "NaN"), check.names = FALSE,
 * comment.char = ""); rows, columns, numeric columns, sum of all numbers, number of NAs. */
static const struct {
    const char *end;
    size_t rows, columns, numeric;
    double sum;
    size_t missing;
} WITNESS[] = {
    {"mmrm_fev/fev.csv", 800, 10, 5, 57267.167098620215, 263},
    {"mmrm_bcva/bcva.csv", 8605, 7, 4, 5065799.4340650951, 0},
    {"hte_nhefs_complete/nhefs_complete.csv", 1566, 67, 67, 28805519.043196596, 5937},
    /* colClasses = "character" for Timepoint ("01", …): leading zeros make text here */
    {"fiber_fermented_2021/olink_cytokines.csv", 173, 70, 68, 1454490.2903299995, 0},
    {"mars_ibs_2020/genera.counts.tsv", 444, 2896, 2895, 463392036, 0},
    {"dietswap/counts.tsv", 130, 223, 222, 2949085, 0},
    {"reframed_rodbt/reframed.csv", 2825, 12, 8, 49016491.806331664, 3657},
    {"meta_linde2016/linde2016.csv", 201, 7, 4, 447136, 0},
    {"mediation_jobs/jobs.csv", 899, 17, 10, 48190.338684916496, 0},
    {"saccharomyces_stress_rct/trial.csv", 60, 27, 21, 46321.778274467593, 17},
    /* likewise POOLINV ("006", …) */
    {"antidepressant_hamd17/antidepressant.csv", 608, 11, 8, 1996149, 3},
};

static size_t n_read, n_refused, n_compared, n_wrong;

static bool ends_with(const char *text, const char *tail)
{
    size_t n = strlen(text), m = strlen(tail);
    return n >= m && strcmp(text + n - m, tail) == 0;
}

static void compare(const char *path, const VgTable *table)
{
    for (size_t i = 0; i < sizeof WITNESS / sizeof *WITNESS; i++) {
        if (!ends_with(path, WITNESS[i].end))
            continue;
        size_t numeric = 0, missing = 0;
        long double sum = 0;
        for (size_t c = 0; c < table->n_columns; c++) {
            const VgColumn *column = &table->column[c];
            missing += column->n_missing;
            numeric += column->type == VG_COLUMN_NUMBER;
            for (size_t row = 0; column->type == VG_COLUMN_NUMBER && row < table->n_rows; row++)
                sum += isnan(column->number[row]) ? 0 : column->number[row];
        }
        n_compared++;
        assert_int_equal(table->n_rows, WITNESS[i].rows);
        assert_int_equal(table->n_columns, WITNESS[i].columns);
        assert_int_equal(numeric, WITNESS[i].numeric);
        assert_int_equal(missing, WITNESS[i].missing);
        /* R adds column by column in double: the order of summation differs */
        witness_close(path, (double)sum, WITNESS[i].sum, 1e-12, 1);
    }
}

static int visit(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)where;
    if (kind != FTW_F || (!ends_with(path, ".csv") && !ends_with(path, ".tsv")))
        return 0;
    VgArena *arena = vg_arena_create();
    VgTable *table = NULL;
    VgError error = {0};
    VgStatus status = vg_table_read(arena, path, NULL, &table, &error);
    const char *words = NULL;
    size_t line = 0;
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++)
        if (ends_with(path, REFUSED[i].end)) {
            words = REFUSED[i].words;
            line = REFUSED[i].line;
        }
    bool right = words ? status == VG_INVALID_INPUT && error.line == line &&
                             strstr(error.message, words) && *error.hint
                       : status == VG_OK;
    if (!right) {
        print_error("%s: status %d, line %zu: %s\n", path, (int)status, error.line, error.message);
        n_wrong++;
    }
    n_read += status == VG_OK;
    n_refused += status != VG_OK;
    if (status == VG_OK)
        compare(path, table);
    vg_arena_destroy(arena);
    return 0;
}

static void every_table_reads_or_is_refused_for_the_known_reason(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    char *path = vg_arena_strdup(arena, witness_data(arena, "mmrm_fev/fev.csv"));
    path[strlen(path) - strlen("/mmrm_fev/fev.csv")] = '\0';
    assert_int_equal(nftw(path, visit, 16, FTW_PHYS), 0);
    print_message("%zu read, %zu refused, %zu compared with R\n", n_read, n_refused, n_compared);
    assert_int_equal(n_wrong, 0);
    assert_int_equal(n_compared, sizeof WITNESS / sizeof *WITNESS);
    assert_true(n_read > 100);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_reads_or_is_refused_for_the_known_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
