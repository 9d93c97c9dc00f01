/* panel/: modules of functions. Known answers (TRAPS 10), a search over all paths on random modules (TRAPS 11),
 * taxa, redundancy by hand, files that are wrong. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <vagus/modules.h>

#include "numeric/random.h"

static VgArena *arena;

static int setup(void **state)
{
    (void)state;
    arena = vg_arena_create();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    vg_arena_destroy(arena);
    return 0;
}

static void near(double value, double expected, double most)
{
    if (!(fabs(value - expected) <= most))
        fail_msg("%.17g is not %.17g", value, expected);
}

static VgModuleSet *parsed(const char *text)
{
    VgModuleSet *set = NULL;
    VgError error = {0};
    WITNESS_OK(vg_modules_parse(arena, "m.txt", text, strlen(text), &set, &error), &error);
    return set;
}

/* One sample. */
static VgFeatureTable *table_of(size_t n, const char **gene, const double *value)
{
    VgFeatureTable *table = VG_NEW(arena, VgFeatureTable, 1);
    table->path = "ko.tsv";
    table->n_samples = 1;
    table->n_features = n;
    table->feature_id = gene;
    table->amount.start = VG_NEW(arena, size_t, 2);
    table->amount.feature = VG_NEW(arena, uint32_t, n);
    table->amount.value = VG_NEW(arena, double, n);
    size_t k = 0;
    for (size_t f = 0; f < n; f++)
        if (value[f] > 0) {
            table->amount.feature[k] = (uint32_t)f;
            table->amount.value[k++] = value[f];
        }
    table->amount.start[1] = k;
    return table;
}

static void expect_score(const char *modules, size_t n, const char **gene, const double *value,
                         VgModuleOptions options, double coverage, double abundance)
{
    VgModuleScores scores;
    VgError error = {0};
    options.allow_unknown = true;
    WITNESS_OK(vg_modules_score(arena, parsed(modules), table_of(n, gene, value), &options, &scores,
                                &error),
               &error);
    near(VG_AT(scores.coverage, 0, 0), coverage, 1e-15);
    near(VG_AT(scores.abundance, 0, 0), abundance, 1e-15);
}

static const char kynurenine[] =
    "MGB004\tTryptophan degradation\nK00453\tK00463\nK01432\tK07130\n///\n";

/* TRAPS 10: adding alternatives would give 5.5; strict complexes would be absent; .67 would lose 2 of 3. */
static void known_answers(void **state)
{
    (void)state;
    const char *gene[] = {"K00453", "K00463", "K07130"};
    const double value[] = {4, 6, 1};
    VgModuleOptions plain = {0};
    expect_score(kynurenine, 3, gene, value, plain, 1, 3.5);
    expect_score(kynurenine, 3, gene, value, (VgModuleOptions){.statistic = VG_MODULE_SUM}, 1, 7);
    expect_score(kynurenine, 3, gene, value, (VgModuleOptions){.statistic = VG_MODULE_MINIMUM}, 1,
                 1);
    const char *pair[] = {"K18427", "K18428"};
    const double half[] = {8, 0};
    expect_score("M1\tcomplex\nK18427,K18428\n///\n", 2, pair, half, plain, 1, 4);
    expect_score("M1\tcomplex\nK18427,K18428\n///\n", 2, pair, half,
                 (VgModuleOptions){.strict_complex = true}, 0, 0);
    const char *three[] = {"A", "B", "C"};
    const double two[] = {1, 3, 0};
    const char *steps = "M1\tthree\nA\nB\nC\n///\n";
    expect_score(steps, 3, three, two, plain, 2.0 / 3, 2);
    expect_score(steps, 3, three, two, (VgModuleOptions){.cutoff = 0.67}, 2.0 / 3, 0);
    /* absent steps as 0: the median of 0, 1, 3; of 0, 0, 3 the smallest that is present */
    expect_score(steps, 3, three, two, (VgModuleOptions){.length_normalised = true}, 2.0 / 3, 1);
    expect_score(steps, 3, three, (double[]){0, 3, 0},
                 (VgModuleOptions){.length_normalised = true, .no_cutoff = true}, 1.0 / 3, 3);
}

static void identifiers_match_with_and_without_words(void **state)
{
    (void)state;
    const char *gene[] = {"ko:K00453", "K00453: tryptophan 2,3-dioxygenase", "K07130 kynB"};
    const double value[] = {4, 2, 1};
    expect_score(kynurenine, 3, gene, value, (VgModuleOptions){0}, 1, 3.5);
}

static void warns_and_refuses_what_cannot_be_scored(void **state)
{
    (void)state;
    const char *gene[] = {"COG0001", "K07130"};
    VgModuleScores scores;
    VgError error = {0};
    VgModuleOptions options = {0};
    const VgModuleSet *set = parsed(kynurenine);
    VgFeatureTable *table = table_of(2, gene, (double[]){1, 1});
    assert_int_equal(vg_modules_score(arena, set, table, &options, &scores, &error),
                     VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "3 of the 4 identifiers"));
    options = (VgModuleOptions){.allow_unknown = true, .cutoff = 0.69};
    WITNESS_OK(vg_modules_score(arena, set, table, &options, &scores, &error), &error);
    assert_true(scores.never[0] && scores.n_never == 1 && scores.cutoff_loses_two_of_three);
    options.cutoff = 1.5;
    assert_int_equal(vg_modules_score(arena, set, table, &options, &scores, &error),
                     VG_INVALID_INPUT);
}

static void files_that_are_wrong(void **state)
{
    (void)state;
    const struct {
        const char *text, *message;
        size_t line;
    } wrong[] = {
        {"M1\tone\nA\n///\nM2\ttwo\n", "not closed", 4},
        {"M1\tone\nA\n///\nM1\ttwo\nB\n///\n", "a second time", 4},
        {"M1\tone\nA\n\nB\n///\n", "an empty step", 3},
        {"M1\tone\nA\t\tB\n///\n", "identifier is missing", 2},
        {"M1\tone\nA,,B\n///\n", "identifier is missing", 2},
        {"M1\tone\nA B\n///\n", "a space within", 2},
        {"M1\tone\n///\n", "without steps", 2},
        {"M1 one\nA\n///\n", "without an id", 1},
        {"\n///\n", "closes no module", 2},
        {"# nothing\n", "no module", 0},
    };
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        VgModuleSet *set;
        VgError error = {0};
        assert_int_equal(
            vg_modules_parse(arena, "m.txt", wrong[k].text, strlen(wrong[k].text), &set, &error),
            VG_INVALID_INPUT);
        if (!strstr(error.message, wrong[k].message) || error.line != wrong[k].line)
            fail_msg("%zu: line %zu: %s", k, error.line, error.message);
    }
    const VgModuleSet *set =
        parsed("\xEF\xBB\xBF# c\r\nM1\tone\t\r\nA,B\tC \r\n#\r\nD\r\n///\r\n\r\n");
    assert_int_equal(set->n_modules, 1);
    assert_int_equal(set->n_steps, 2);
    assert_int_equal(set->n_genes, 4);
    assert_string_equal(set->module[0].name, "one");
    assert_string_equal(set->gene[2], "C");
    assert_null(set->open_end);
    set = parsed("M1\tone\nA\n///\nM2\ttwo\nB\nC"); /* as the published GBMs end */
    assert_int_equal(set->n_modules, 2);
    assert_int_equal(set->open_end->n_steps, 2);
    assert_int_equal(set->open_end->line, 4);
}

static void our_own_modules_are_well_formed(void **state)
{
    (void)state;
    size_t size;
    const char *text = vg_modules_builtin(&size);
    VgModuleSet *set;
    VgError error = {0};
    WITNESS_OK(vg_modules_parse(arena, "built in", text, size, &set, &error), &error);
    assert_int_equal(set->n_modules, 15);
    for (size_t g = 0; g < set->n_genes; g++)
        assert_true(set->gene[g][0] == 'K' && strlen(set->gene[g]) == 6);
}

/* --- all paths -------------------------------------------------------------------------------- */

enum { GENES = 12, MOST_STEPS = 5, MOST_ALTERNATIVES = 4 };

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double statistic(VgModuleStatistic which, double *v, size_t n)
{
    double sum = 0;
    qsort(v, n, sizeof *v, by_value);
    for (size_t k = 0; k < n; k++)
        sum += v[k];
    if (which == VG_MODULE_SUM || which == VG_MODULE_AVERAGE)
        return which == VG_MODULE_SUM ? sum : sum / (double)n;
    if (which == VG_MODULE_MINIMUM)
        return v[0];
    return (v[(n - 1) / 2] + v[n / 2]) / 2;
}

/* Every choice of one alternative per step: highest coverage, then highest abundance. */
static void all_paths(const VgModuleSet *set, const double *amount, bool strict,
                      VgModuleStatistic which, double *coverage, double *abundance)
{
    const VgModule *m = &set->module[0];
    size_t paths = 1;
    for (size_t s = 0; s < m->n_steps; s++)
        paths *= set->step[s].n_alternatives;
    *coverage = *abundance = 0;
    for (size_t path = 0; path < paths; path++) {
        double v[MOST_STEPS];
        size_t n = 0, rest = path;
        for (size_t s = 0; s < m->n_steps; s++) {
            const VgModuleAlternative *a = &set->alternative[set->step[s].first_alternative +
                                                             rest % set->step[s].n_alternatives];
            rest /= set->step[s].n_alternatives;
            double sum = 0, least = INFINITY;
            bool all = true;
            for (size_t u = 0; u < a->n_subunits; u++) {
                double y = amount[set->subunit[a->first_subunit + u]];
                sum += y;
                all &= y > 0;
                least = y > 0 && y < least ? y : least;
            }
            if (strict ? all : sum > 0)
                v[n++] = which == VG_MODULE_MINIMUM ? least : sum / (double)a->n_subunits;
        }
        double c = (double)n / (double)m->n_steps, x = n ? statistic(which, v, n) : 0;
        if (c > *coverage || (c == *coverage && x > *abundance)) {
            *coverage = c;
            *abundance = x;
        }
    }
}

static void the_best_of_each_step_is_the_best_of_all_paths(void **state)
{
    (void)state;
    for (uint32_t replicate = 0; replicate < 20000; replicate++) {
        VgArenaMark mark = vg_arena_mark(arena);
        VgRandom random = vg_random_start(11, VG_STREAM_TEST, replicate, 0);
        char text[2000];
        size_t length = (size_t)snprintf(text, sizeof text, "M\tm\n");
        size_t steps = 1 + vg_random_below(&random, MOST_STEPS);
        for (size_t s = 0; s < steps; s++) {
            size_t alternatives = 1 + vg_random_below(&random, MOST_ALTERNATIVES);
            for (size_t a = 0; a < alternatives; a++) {
                size_t subunits = 1 + vg_random_below(&random, 3);
                for (size_t u = 0; u < subunits; u++)
                    length += (size_t)snprintf(text + length, sizeof text - length, "%sg%d",
                                               u   ? ","
                                               : a ? "\t"
                                                   : "",
                                               (int)vg_random_below(&random, GENES));
            }
            length += (size_t)snprintf(text + length, sizeof text - length, "\n");
        }
        snprintf(text + length, sizeof text - length, "///\n");
        const VgModuleSet *set = parsed(text);
        double amount[GENES], coverage, abundance;
        for (size_t g = 0; g < set->n_genes; g++)
            amount[g] = vg_random_below(&random, 2) ? 0 : (double)(1 + vg_random_below(&random, 9));
        VgModuleOptions options = {.no_cutoff = true,
                                   .strict_complex = vg_random_below(&random, 2) == 1,
                                   .statistic = (VgModuleStatistic)vg_random_below(&random, 4)};
        all_paths(set, amount, options.strict_complex, options.statistic, &coverage, &abundance);
        VgModuleScores scores;
        VgError error = {0};
        WITNESS_OK(vg_modules_score(arena, set, table_of(set->n_genes, set->gene, amount), &options,
                                    &scores, &error),
                   &error);
        near(VG_AT(scores.coverage, 0, 0), coverage, 1e-14);
        near(VG_AT(scores.abundance, 0, 0), abundance, 1e-12);
        vg_arena_rewind(arena, mark);
    }
}

/* --- taxa ------------------------------------------------------------------------------------- */

/* A has both steps; B the first, C the second only. */
static VgFeatureTable *stratified(void)
{
    static const char *gene[] = {"K00453", "K07130", "K99999"}, *taxon[] = {"A", "B", "C"};
    static uint32_t feature[] = {0, 0, 1, 1, 2}, of[] = {0, 1, 0, 2, 2}, index[] = {0, 1, 2, 3, 4};
    static double value[] = {2, 10, 4, 6, 4};
    static size_t start[] = {0, 5};
    static VgStrata strata = {.n = 5,
                              .feature = feature,
                              .taxon = of,
                              .n_taxa = 3,
                              .taxon_id = taxon,
                              .amount = {start, index, value}};
    VgFeatureTable *table = table_of(3, gene, (double[]){12, 10, 4});
    table->strata = &strata;
    return table;
}

static void taxa_that_share_a_module_do_not_have_it(void **state)
{
    (void)state;
    const VgModuleSet *set = parsed("M1\tk\nK00453\nK07130\n///\nM2\tfirst\nK00453\n///\n");
    VgModuleOptions options = {0};
    VgModuleScores scores;
    VgModuleTaxa taxa;
    VgError error = {0};
    const VgFeatureTable *table = stratified();
    WITNESS_OK(vg_modules_score(arena, set, table, &options, &scores, &error), &error);
    WITNESS_OK(vg_modules_by_taxon(arena, set, table, &options, &scores, &taxa, &error), &error);
    near(VG_AT(scores.abundance, 0, 0), 11, 1e-15);
    assert_int_equal(taxa.n_parts, 3);
    assert_int_equal(taxa.part[0].taxon, 0); /* M1: A only */
    near(taxa.part[0].abundance, 3, 1e-15);
    near(taxa.part[0].share, 1, 1e-15);
    near(VG_AT(taxa.gap, 0, 0), 8, 1e-15);
    near(VG_AT(taxa.effective, 0, 0), 1, 1e-15);
    near(taxa.part[2].share, 10.0 / 12, 1e-15); /* M2: A 2, B 10 */
    near(VG_AT(taxa.gap, 0, 1), 0, 1e-15);
    near(VG_AT(taxa.effective, 0, 1), 144.0 / 104, 1e-15);
    VgFeatureTable plain = *table;
    plain.strata = NULL;
    assert_int_equal(vg_modules_by_taxon(arena, set, &plain, &options, &scores, &taxa, &error),
                     VG_INVALID_INPUT);
}

static void redundancy_by_hand(void **state)
{
    (void)state;
    /* d12 = 1 − 2/4, d13 = 1 − 1/3, d23 = 1 − 1/4 */
    double genes[] = {2, 3, 1, 1, 1, 0};
    const double p[] = {5, 3, 2};
    VgRedundancy r;
    VgError error = {0};
    VgMatrix g = {genes, 3, 2, 3};
    WITNESS_OK(vg_functional_redundancy(p, g, &r, &error), &error);
    double d12 = 1 - 3.0 / 4, d13 = 1 - 1.0 / 3, d23 = 1 - 1.0 / 4;
    double fd = 2 * (d12 * .15 + d13 * .1 + d23 * .06);
    near(r.taxonomic, 1 - .25 - .09 - .04, 1e-15);
    near(r.functional, fd, 1e-15);
    near(r.redundancy, .62 - fd, 1e-15);
    near(r.normalised, 1 - fd / .62, 1e-15);
    /* equal genomes: all diversity is redundant; disjoint ones: none */
    double same[] = {1, 1, 1, 2, 2, 2}, apart[] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    WITNESS_OK(vg_functional_redundancy(p, (VgMatrix){same, 3, 2, 3}, &r, &error), &error);
    near(r.normalised, 1, 1e-15);
    WITNESS_OK(vg_functional_redundancy(p, (VgMatrix){apart, 3, 3, 3}, &r, &error), &error);
    near(r.redundancy, 0, 1e-15);
    assert_int_equal(vg_functional_redundancy((double[]){0, 0, 0}, g, &r, &error),
                     VG_INVALID_INPUT);
    /* of M1: A's genes are 1/3 and 2/3 of its own, B's all the first, C's 0.6 the second */
    const VgModuleSet *set = parsed("M1\tk\nK00453\nK07130\n///\n");
    WITNESS_OK(vg_modules_redundancy(arena, set, stratified(), &r, &error), &error);
    double q[] = {6 / 26.0, 10 / 26.0, 10 / 26.0};
    double ab = 1 - (1.0 / 3) / (1 + 2.0 / 3), ac = 1 - .6 / (1.0 / 3 + 2.0 / 3), bc = 1;
    near(r.functional, 2 * (ab * q[0] * q[1] + ac * q[0] * q[2] + bc * q[1] * q[2]), 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_answers),
        cmocka_unit_test(identifiers_match_with_and_without_words),
        cmocka_unit_test(warns_and_refuses_what_cannot_be_scored),
        cmocka_unit_test(files_that_are_wrong),
        cmocka_unit_test(our_own_modules_are_well_formed),
        cmocka_unit_test(the_best_of_each_step_is_the_best_of_all_paths),
        cmocka_unit_test(taxa_that_share_a_module_do_not_have_it),
        cmocka_unit_test(redundancy_by_hand),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
