/* panel/: PCoA, its corrections and db-RDA against vegan 2.6-4 (panel_vegan.R), and NMDS against metaMDS. Eigenvalues
 * are unique: 1e-9 of the largest. */
#include "support/panel_witness.h"

#include <math.h>

#include <vagus/ordination.h>

static json_t *reference;
static VgArena *arena;
static VgDistances *bray;
static VgTable *table;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    reference = witness_json(witness_source(arena, "tests/reference/panel_vegan.json"));
    VgMatrix dune = witness_matrix(arena, reference, "dune", 20);
    VgError error = {0};
    WITNESS_OK(vg_distances(arena, dune, &(VgDistanceOptions){0}, &bray, &error), &error);
    const json_t *env = witness_at(reference, "env");
    const char *csv = "A1,Management\n";
    for (size_t i = 0; i < 20; i++)
        csv = vg_arena_printf(
            arena, "%s%.17g,%s\n", csv,
            json_number_value(json_array_get(json_object_get(env, "A1"), i)),
            json_string_value(json_array_get(json_object_get(env, "Management"), i)));
    WITNESS_OK(vg_table_read_csv_bytes(arena, "env", csv, strlen(csv), &(VgTableOptions){0}, &table,
                                       &error),
               &error);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    json_decref(reference);
    vg_arena_destroy(arena);
    return 0;
}

static VgPcoa *pcoa(VgPcoaOptions options)
{
    VgPcoa *out;
    VgError error = {0};
    WITNESS_OK(vg_pcoa(arena, bray, &options, &out, &error), &error);
    return out;
}

static void close_eigenvalues(const char *path, const double *value, size_t n)
{
    double *expected = witness_array(arena, reference, path, &n);
    for (size_t k = 0, at = 0; k < n; k++, at++) {
        while (fabs(value[at]) < 1e-9 && fabs(expected[k]) > 1e-9)
            at++; /* the zero of the centred matrix, which R leaves out */
        witness_close(path, value[at], expected[k], 1e-9, expected[0]);
    }
}

static void pcoa_agrees_with_wcmdscale(void **state)
{
    (void)state;
    VgPcoa *all = pcoa((VgPcoaOptions){0});
    close_eigenvalues("pcoa/eig", all->value, 19);
    assert_int_equal(all->axes, 14);
    VgMatrix expected = witness_matrix(arena, reference, "pcoa/points", 20);
    for (size_t a = 0; a < 14; a++)
        for (size_t i = 0; i < 20; i++)
            witness_close("pcoa/points", fabs(VG_AT(all->points, i, a)), VG_AT(expected, i, a),
                          1e-8, 0.1);
    witness_close("trace", all->positive + all->negative, all->trace, 1e-12, 0);
    /* few axes go another way, and the randomised one a third */
    VgPcoa *few = pcoa((VgPcoaOptions){.axes = 3}),
           *random = pcoa((VgPcoaOptions){.axes = 3, .randomised = true});
    for (size_t a = 0; a < 3; a++)
        for (size_t i = 0; i < 20; i++) {
            witness_close("few axes", VG_AT(few->points, i, a), VG_AT(all->points, i, a), 1e-10,
                          0.1);
            witness_close("randomised", VG_AT(random->points, i, a), VG_AT(all->points, i, a), 1e-4,
                          0.1);
        }
    assert_int_equal(few->n_values, 20);
    witness_close("negative", few->negative, all->negative, 1e-10, 0);
}

static void corrections_agree_with_vegan(void **state)
{
    (void)state;
    VgPcoa *lingoes = pcoa((VgPcoaOptions){.correction = VG_CORRECTION_LINGOES});
    witness_close("lingoes", lingoes->constant, witness_number(reference, "pcoa/lingoes"), 1e-9, 0);
    close_eigenvalues("pcoa/lingoes_eig", lingoes->value, 18);
    assert_true(lingoes->negative > -1e-12);
    VgPcoa *cailliez = pcoa((VgPcoaOptions){.correction = VG_CORRECTION_CAILLIEZ});
    witness_close("cailliez", cailliez->constant, witness_number(reference, "pcoa/cailliez"), 1e-9,
                  0);
    assert_true(cailliez->negative > -1e-9);
}

static VgDesign *design_of(const char *text)
{
    VgFormula *formula;
    VgDesign *design;
    VgError error = {0};
    WITNESS_OK(vg_formula_parse(arena, text, &formula, &error), &error);
    WITNESS_OK(vg_design_build(arena, table, formula, &(VgDesignOptions){0}, &design, &error),
               &error);
    return design;
}

/* Samples on the constrained axes, to their sign. */
static void sites_agree(const char *path, const VgDbrda *out)
{
    double *sites = VG_NEW(arena, double, 20 * out->rank);
    assert_non_null(sites);
    for (size_t a = 0; a < out->rank; a++)
        for (size_t i = 0; i < 20; i++)
            sites[i + a * 20] = fabs(VG_AT(out->sites, i, a));
    witness_close_all(reference, path, sites, 20 * out->rank, 1e-9, 0.1);
}

static void dbrda_agrees_with_vegan(void **state)
{
    (void)state;
    VgDesign *both = design_of("~ A1 + Management"), *management = design_of("~ Management"),
             *a1 = design_of("~ A1");
    VgDbrda *out;
    VgError error = {0};
    WITNESS_OK(vg_dbrda(arena, bray, both, NULL, false, &out, &error), &error);
    witness_close("total", out->total, witness_number(reference, "dbrda/total"), 1e-10, 0);
    witness_close("constrained", out->constrained, witness_number(reference, "dbrda/constrained"),
                  1e-10, 0);
    witness_close_all(reference, "dbrda/eig", out->value, out->rank, 1e-9, 0);
    witness_close_all(reference, "dbrda/residual", out->residual_value, out->n_residual, 1e-9, 0.1);
    for (size_t a = 0; a < out->rank; a++) {
        double sum = 0;
        for (size_t i = 0; i < 20; i++)
            sum += VG_AT(out->points, i, a) * VG_AT(out->points, i, a);
        witness_close("score", sum, out->value[a], 1e-10, 0);
    }
    sites_agree("dbrda/sites", out);
    WITNESS_OK(vg_dbrda(arena, bray, management, a1, false, &out, &error), &error);
    witness_close("conditioned", out->conditioned,
                  witness_number(reference, "dbrda/partial_conditioned"), 1e-10, 0);
    witness_close_all(reference, "dbrda/partial_eig", out->value, out->rank, 1e-9, 0);
    WITNESS_OK(vg_dbrda(arena, bray, both, NULL, true, &out, &error), &error);
    witness_close("capscale", out->constrained,
                  witness_number(reference, "dbrda/capscale_constrained"), 1e-9, 0);
    witness_close_all(reference, "dbrda/capscale_eig", out->value, out->rank, 1e-9, 0);
    sites_agree("dbrda/capscale_sites", out);
    double *residual = witness_array(arena, reference, "dbrda/capscale_residual", NULL);
    for (size_t k = 0; k < 14; k++) /* the axes that the negative ones left stay 0 */
        witness_close("capscale residual", out->residual_value[k], residual[k], 1e-9, 0.1);
    WITNESS_OK(vg_dbrda(arena, bray, management, a1, true, &out, &error), &error);
    witness_close_all(reference, "dbrda/partial_capscale_eig", out->value, out->rank, 1e-9, 0);
    witness_close("conditioned", out->conditioned,
                  witness_number(reference, "dbrda/capscale_conditioned"), 1e-9, 0);
    assert_int_equal(vg_dbrda(arena, bray, a1, both, false, &out, &error), VG_NOT_ESTIMABLE);
}

/* A minimum that metaMDS also finds; ours may lie below it by what its looser stopping rule leaves. */
static void nmds_finds_the_stress_of_metamds(void **state)
{
    (void)state;
    VgNmds *one, *many;
    VgError error = {0};
    WITNESS_OK(vg_nmds(arena, bray, &(VgNmdsOptions){.threads = 1}, &one, &error), &error);
    witness_close("stress", one->stress, witness_number(reference, "nmds_stress"), 1e-3, 0);
    assert_true(one->stress <= witness_number(reference, "nmds_stress") * (1 + 1e-5));
    assert_true(one->n_same >= 1);
    WITNESS_OK(vg_nmds(arena, bray, &(VgNmdsOptions){.threads = 4}, &many, &error), &error);
    assert_memory_equal(one->points.data, many->points.data, 40 * sizeof(double));
}

/* Points in a plane are found again from the order of their distances. */
static void nmds_finds_a_plane(void **state)
{
    (void)state;
    VgMatrix x = {VG_NEW(arena, double, 60), 30, 2, 30};
    for (size_t i = 0; i < 30; i++) {
        VG_AT(x, i, 0) = (double)(i * 7 % 30);
        VG_AT(x, i, 1) = (double)(i * 11 % 17);
    }
    VgDistances *d;
    VgNmds *out;
    VgError error = {0};
    WITNESS_OK(
        vg_distances(arena, x, &(VgDistanceOptions){.metric = VG_METRIC_EUCLIDEAN}, &d, &error),
        &error);
    for (size_t k = 0; k < 30 * 29 / 2; k++)
        d->value[k] = pow(d->value[k], 3);
    WITNESS_OK(vg_nmds(arena, d, &(VgNmdsOptions){.starts = 4}, &out, &error), &error);
    assert_true(out->stress < 0.01);
    assert_int_equal(vg_nmds(arena, d, &(VgNmdsOptions){.axes = 29}, &out, &error),
                     VG_INVALID_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pcoa_agrees_with_wcmdscale),
        cmocka_unit_test(corrections_agree_with_vegan),
        cmocka_unit_test(dbrda_agrees_with_vegan),
        cmocka_unit_test(nmds_finds_the_stress_of_metamds),
        cmocka_unit_test(nmds_finds_a_plane),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
