/* Contrasts of a network's arms agree with netmeta::pairwise: the contrasts that netmeta 3.3.1 made of Linde 2016's
 * counts lie beside them in the data folder. */
#include "support/witness.h"

#include <math.h>
#include <stdlib.h>

#include <vagus/study_effect.h>

static VgNetworkContrasts *contrasts_of(VgArena *arena, const char *file, VgEvidencePlan *plan,
                                        VgExtractionColumns *columns)
{
    VgError error = {0};
    VgTableOptions options = {0};
    VgTable *table;
    WITNESS_OK(vg_table_read(arena, witness_data(arena, file), &options, &table, &error), &error);
    VgExtraction *extraction;
    VgProblems problems = {0};
    WITNESS_OK(vg_extraction_read(arena, table, plan, VG_EVIDENCE_NETWORK, columns, &extraction,
                                  &problems, &error),
               &error);
    VgNetworkContrasts *out;
    WITNESS_OK(vg_network_effects(arena, extraction, plan, &out, &error), &error);
    return out;
}

static const VgContrastStudy *study_called(const VgNetworkContrasts *all, const char *name)
{
    for (size_t s = 0; s < all->n_studies; s++)
        if (strcmp(all->study[s].study, name) == 0)
            return &all->study[s];
    fail_msg("no study %s", name);
    return NULL;
}

static size_t arm_called(const VgNetworkContrasts *all, const VgContrastStudy *study,
                         const char *name)
{
    for (size_t i = 0; i < study->n_arms; i++)
        if (strcmp(all->treatment[study->arm[i]], name) == 0)
            return i;
    fail_msg("study %s has no arm %s", study->study, name);
    return 0;
}

/* Effect and variance of arm a minus arm b from the contrasts against arm 0. */
static void pair_of(const VgContrastStudy *study, size_t a, size_t b, double *y, double *v)
{
    double ya = a ? study->y[a - 1] : 0.0, yb = b ? study->y[b - 1] : 0.0;
    double va = a ? VG_AT(study->v, a - 1, a - 1) : 0.0;
    double vb = b ? VG_AT(study->v, b - 1, b - 1) : 0.0;
    double c = a && b ? VG_AT(study->v, a - 1, b - 1) : 0.0;
    *y = ya - yb;
    *v = va + vb - 2.0 * c;
}

static void odds_ratios_of_counts_agree_with_pairwise_of_netmeta(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgEvidencePlan plan = {.measure = VG_MEASURE_OR};
    VgExtractionColumns columns = {.study = "id", .arm = "int", .events = {"resp", NULL}};
    VgNetworkContrasts *made = contrasts_of(arena, "meta_linde2016/linde2016.csv", &plan, &columns);
    VgError error = {0};
    VgTableOptions options = {0};
    VgTable *table;
    WITNESS_OK(vg_table_read(arena, witness_data(arena, "meta_linde2016/linde2016_contrasts.csv"),
                             &options, &table, &error),
               &error);
    const VgColumn *label = vg_table_column(table, "studlab");
    const VgColumn *treat[2] = {vg_table_column(table, "treat1"), vg_table_column(table, "treat2")};
    const VgColumn *te = vg_table_column(table, "TE"), *se = vg_table_column(table, "seTE");
    for (size_t row = 0; row < table->n_rows; row++) {
        const char *name = vg_column_value_text(arena, label, row);
        char id[16] = "";
        for (size_t k = 0; k < 15 && name[k] && name[k] != ' '; k++)
            id[k] = name[k];
        const VgContrastStudy *study = study_called(made, id);
        size_t a = arm_called(made, study, vg_column_value_text(arena, treat[0], row));
        size_t b = arm_called(made, study, vg_column_value_text(arena, treat[1], row));
        double y, v;
        pair_of(study, a, b, &y, &v);
        /* closed formulas; the file has 15 digits */
        witness_close(name, y, te->number[row], 1e-12, 1e-1);
        witness_close(name, sqrt(v), se->number[row], 1e-12, 1e-3);
    }
    assert_int_equal(made->n_studies, 93);
    assert_int_equal(made->n_treatments, 22);

    /* … and the contrasts as published give the same network */
    plan.measure = VG_MEASURE_GENERIC;
    VgExtractionColumns none = {0};
    VgNetworkContrasts *read =
        contrasts_of(arena, "meta_linde2016/linde2016_contrasts.csv", &plan, &none);
    assert_int_equal(read->n_studies, 93);
    for (size_t s = 0; s < read->n_studies; s++) {
        const VgContrastStudy *study = &read->study[s];
        char id[16] = "";
        for (size_t k = 0; k < 15 && study->study[k] != ' '; k++)
            id[k] = study->study[k];
        const VgContrastStudy *other = study_called(made, id);
        for (size_t i = 1; i < study->n_arms; i++) {
            size_t a = arm_called(made, other, read->treatment[study->arm[i]]);
            size_t b = arm_called(made, other, read->treatment[study->arm[0]]);
            double y, v;
            pair_of(other, a, b, &y, &v);
            witness_close(id, study->y[i - 1], y, 1e-12, 1e-1);
            witness_close(id, VG_AT(study->v, i - 1, i - 1), v, 1e-11, 1e-3);
        }
    }
    vg_arena_destroy(arena);
}

/* Senn 2013, De Fronzo: metformin −1.7 (1.459, 213), placebo 0.2 (1.446, 209). */
static void mean_differences_have_the_base_arms_variance_off_the_diagonal(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgEvidencePlan plan = {.measure = VG_MEASURE_MD};
    VgExtractionColumns none = {0};
    VgNetworkContrasts *made = contrasts_of(arena, "meta_senn2013/senn2013.csv", &plan, &none);
    assert_int_equal(made->n_studies, 26);
    assert_int_equal(made->n_treatments, 10);
    const VgContrastStudy *study = &made->study[0];
    witness_close("De Fronzo MD", study->y[0], 1.9, 1e-12, 0);
    witness_close("De Fronzo variance", VG_AT(study->v, 0, 0),
                  1.459 * 1.459 / 213 + 1.446 * 1.446 / 209, 1e-13, 0);
    size_t three = 0;
    for (size_t s = 0; s < made->n_studies; s++)
        three += made->study[s].n_arms == 3;
    assert_int_equal(three, 1);
    vg_arena_destroy(arena);
}

/* Baker 2009 has zeros and a study without any event: netmeta counts 38 studies and 74 comparisons. */
static void studies_and_comparisons_are_counted_as_netmeta_does(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgEvidencePlan plan = {.measure = VG_MEASURE_OR};
    VgExtractionColumns columns = {.events = {"exac", NULL}};
    VgNetworkContrasts *made = contrasts_of(arena, "meta_baker2009/baker2009.csv", &plan, &columns);
    size_t pairs = 0;
    for (size_t s = 0; s < made->n_studies; s++)
        pairs += made->study[s].n_arms * (made->study[s].n_arms - 1) / 2;
    assert_int_equal(made->n_studies, 38);
    assert_int_equal(made->n_treatments, 8);
    assert_int_equal(pairs, 74);
    assert_int_equal(made->n_dropped, 1);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odds_ratios_of_counts_agree_with_pairwise_of_netmeta),
        cmocka_unit_test(studies_and_comparisons_are_counted_as_netmeta_does),
        cmocka_unit_test(mean_differences_have_the_base_arms_variance_off_the_diagonal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
