/* Duplicates of a real trial through the study's own door, against psych and lme4
 * (tests/reference/panel_sauerkraut_reliability.R). */
#include "support/panel_witness.h"

#include <math.h>
#include <stdlib.h>

#include <vagus/panel_layer.h>
#include <vagus/study.h>
#include <vagus/trial.h>

static VgArena *arena;
static json_t *root;
static const VgDataset *data;

static double cell(const char *column, size_t row)
{
    const VgDatasetColumn *c = vg_dataset_column(data, column);
    assert_non_null(c);
    return c->number[row];
}

static void duplicates_agree_with_psych_and_lme4(void **state)
{
    (void)state;
    static const char *const SAME[] = {"n",  "icc",      "lower",    "upper", "sem",
                                       "cv", "cv_lower", "cv_upper", "mdc"};
    size_t compared = 0;
    for (size_t i = 0; i < data->n_rows; i++) {
        const char *layer = vg_dataset_column(data, "layer")->text[i],
                   *feature = vg_dataset_column(data, "feature")->text[i];
        const json_t *witness = witness_at(witness_at(root, layer), feature);
        for (size_t k = 0; k < sizeof SAME / sizeof *SAME; k++)
            witness_close(SAME[k], cell(SAME[k], i), witness_number(witness, SAME[k]), 1e-8, 1e-3);
        /* lme4 stops a little before the maximum */
        witness_close("lme4", cell("icc", i), witness_number(witness, "lme4"), 1e-6, 0);
        /* one sample in twenty was measured twice: what is analysed is hardly better than one value */
        assert_true(cell("k", i) == 2 && cell("k_analysed", i) < 1.1);
        assert_true(cell("icc_analysed", i) >= cell("icc", i));
        compared++;
    }
    assert_int_equal(compared,
                     14); /* 8 of stool; 6 of serum, where two are hardly ever above the limit */
}

int main(void)
{
    arena = vg_arena_create();
    witness_data(arena, "sauerkraut_crossover");
    root = witness_json(witness_source(arena, "tests/reference/panel_sauerkraut_reliability.json"));
    VgStudy *study;
    VgProblems problems;
    VgError error = {0};
    VgResult *result = vg_result_create(arena, "run");
    if (vg_study_read(arena, witness_source(arena, "tests/studies/sauerkraut_crossover"), &study,
                      &problems, &error) != VG_OK ||
        problems.n || vg_trial_run(study, result, &error) != VG_OK) {
        print_error("%s\n", error.message);
        return 1;
    }
    data = vg_result_find_dataset(result, NULL, "panel_reliability");
    const struct CMUnitTest tests[] = {cmocka_unit_test(duplicates_agree_with_psych_and_lme4)};
    int failed = data ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
    json_decref(root);
    vg_arena_destroy(arena);
    return failed;
}
