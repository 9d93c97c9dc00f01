/* Networks of metadat (senn2013, linde2016, dong2013) against netmeta 3.3-1, meta 8.2-1 and metafor; network.R made
 * network.json. Closed forms on both sides: 1e-9 of the value or, for effects, of the standard error. REML and ML: the
 * witness is the root of the score with dense matrices, found to 1e-15; rma.mv's likelihood at its own optimum is flat, so
 * that 1e-8 of its tau² moves it less than 1e-12. P-values in tails lose digits with their exponent.
 */
#include "support/network_data.h"

#include <math.h>

static json_t *root;
static VgArena *arena;

static const json_t *at(const json_t *matrix, size_t i, size_t j)
{
    return json_array_get(json_array_get(matrix, i), j);
}

/* R writes absent numbers as null. */
static void close_or_absent(const char *what, double value, const json_t *expected,
                            double tolerance, double floor)
{
    if (json_is_null(expected) || !expected) {
        if (!isnan(value))
            fail_msg("%s: got %.12g where there is none", what, value);
    } else {
        witness_close(what, value, json_number_value(expected), tolerance, floor);
    }
}

static VgNetwork *network_of(const json_t *set)
{
    size_t n;
    VgNetworkRow *row = network_rows_json(arena, json_object_get(set, "rows"), &n);
    return network_of_rows(arena, row, n);
}

static size_t *order_of(const json_t *names, const VgNetwork *network)
{
    size_t n = json_array_size(names), *order = VG_NEW(arena, size_t, n);
    for (size_t i = 0; i < n; i++) {
        order[i] = vg_network_treatment(network, json_string_value(json_array_get(names, i)));
        assert_true(order[i] < network->n_treatments);
    }
    return order;
}

static void check_effects(const json_t *set, const VgNetworkEffects *effects, const size_t *order,
                          const char *estimate, const char *se, double tolerance)
{
    for (size_t i = 0; i < effects->n_treatments; i++)
        for (size_t j = 0; j < effects->n_treatments; j++) {
            VgInference got = vg_network_contrast(effects, order[i], order[j]);
            witness_close(estimate, got.estimate,
                          json_number_value(at(json_object_get(set, estimate), i, j)), tolerance,
                          got.se);
            witness_close(se, got.se, json_number_value(at(json_object_get(set, se), i, j)), 1e-9,
                          0.0);
        }
}

static void check_q(const json_t *q, const char *what, VgNetworkQ got)
{
    witness_close(what, got.q, json_number_value(json_object_get(q, "q")), 1e-8, 1.0);
    witness_close(what, got.df, json_number_value(json_object_get(q, "df")), 0.0, 0.0);
    close_or_absent(what, got.p, json_object_get(q, "p"), 1e-8, 0.0);
}

static void check_split(const json_t *set, const VgNetworkFit *fit, bool random, double tolerance)
{
    const json_t *pairs = json_object_get(set, "pairs");
    const json_t *rows = json_object_get(set, random ? "split_random" : "split_common");
    VgNetworkSplit *split;
    size_t n;
    VgError error = {0};
    WITNESS_OK(vg_network_split(arena, fit, random, &split, &n, &error), &error);
    assert_int_equal(n, json_array_size(pairs));
    for (size_t i = 0; i < n; i++) {
        const json_t *pair = json_array_get(pairs, i), *row = json_array_get(rows, i);
        size_t a =
            vg_network_treatment(fit->network, json_string_value(json_object_get(pair, "first")));
        size_t b =
            vg_network_treatment(fit->network, json_string_value(json_object_get(pair, "second")));
        double sign = a < b ? 1.0 : -1.0;
        const VgNetworkSplit *got = split;
        while (got->first != (a < b ? a : b) || got->second != (a < b ? b : a))
            got++;
        double floor = 1e-3;
        assert_int_equal(got->studies, (size_t)json_number_value(json_object_get(pair, "k")));
        witness_close("share", got->proportion, json_number_value(json_object_get(row, "share")),
                      1e-9, 1.0);
        close_or_absent("direct", sign * got->direct.estimate, json_object_get(row, "direct"),
                        tolerance, floor);
        close_or_absent("direct se", got->direct.se, json_object_get(row, "direct_se"), 1e-9, 0.0);
        /* 1 − share in the denominator: digits are lost as it nears nought */
        double lost = tolerance / fmax(1e-3, 1.0 - got->proportion);
        close_or_absent("indirect", sign * got->indirect.estimate, json_object_get(row, "indirect"),
                        lost, got->indirect.se);
        close_or_absent("indirect se", got->indirect.se, json_object_get(row, "indirect_se"), lost,
                        0.0);
        close_or_absent("difference", sign * got->difference.estimate,
                        json_object_get(row, "difference"), lost, got->difference.se);
        close_or_absent("difference p", got->difference.p, json_object_get(row, "difference_p"),
                        100.0 * lost, 0.0);
    }
}

static void check_designs(const json_t *set, const VgNetworkFit *fit)
{
    VgNetworkDecomposition *d;
    VgError error = {0};
    WITNESS_OK(vg_network_decompose(arena, fit, &d, &error), &error);
    check_q(json_object_get(set, "within"), "within", d->within);
    check_q(json_object_get(set, "between"), "between", d->between);
    check_q(json_object_get(set, "between_random"), "between, random", d->between_random);
    witness_close("tau within", d->tau_within, witness_number(set, "tau_within"), 1e-9, 1e-6);
    const char *lists[2] = {"within_design", "detached"};
    for (int l = 0; l < 2; l++) {
        const json_t *list = json_object_get(set, lists[l]);
        size_t seen = 0, some = 0;
        for (size_t i = 0; i < fit->network->n_designs; i++) {
            const VgNetworkDesign *design = &fit->network->design[i];
            VgNetworkQ got = l ? d->design[i].detached : d->design[i].within;
            if (l ? !isnan(got.df) : got.df > 0.0)
                some++;
            for (size_t r = 0; r < json_array_size(list); r++) {
                const json_t *row = json_array_get(list, r);
                /* R names a design's reference first: the same treatments in another order */
                const char *name = json_string_value(json_object_get(row, "design"));
                size_t arms = 1, found = 0;
                for (const char *c = name; *c; c++)
                    arms += *c == ':' ? 1 : 0;
                for (size_t a = 0; a < design->n_arms; a++) {
                    const char *arm = fit->network->node[design->treatment[a]].name;
                    char *wrapped = vg_arena_printf(arena, ":%s:", arm);
                    found += strstr(vg_arena_printf(arena, ":%s:", name), wrapped) != NULL;
                }
                if (arms != design->n_arms || found != arms)
                    continue;
                seen++;
                witness_close(name, got.q, json_number_value(json_object_get(row, "Q")), 1e-8, 1.0);
                witness_close(name, got.df, json_number_value(json_object_get(row, "df")), 0.0,
                              0.0);
            }
        }
        assert_int_equal(seen, json_array_size(list));
        assert_true(some <= seen);
    }
}

static void check_heat(const json_t *set, const VgNetworkFit *fit, bool random)
{
    const json_t *expected = json_object_get(set, random ? "heat_random" : "heat_common");
    if (json_is_null(expected))
        return;
    VgNetworkHeat *heat;
    VgError error = {0};
    WITNESS_OK(vg_network_heat(arena, fit, random, &heat, &error), &error);
    const json_t *names = json_object_get(expected, "name");
    assert_int_equal(heat->n, json_array_size(names));
    size_t *order = VG_NEW(arena, size_t, heat->n);
    for (size_t i = 0; i < heat->n; i++) {
        /* "placebo:acarbose_placebo:acarbose:metformin": ours has the design in sorted order; either side of a
         * two-arm comparison may come first */
        const char *name = json_string_value(json_array_get(names, i));
        size_t length = strcspn(name, "_"), found = heat->n;
        char *first = vg_arena_strndup(arena, name, strcspn(name, ":"));
        char *second =
            vg_arena_strndup(arena, name + strlen(first) + 1, length - strlen(first) - 1);
        bool several = name[length] == '_';
        for (size_t j = 0; j < heat->n; j++) {
            const char *ours = heat->name[j], *bar = strchr(ours, '_');
            char *own = vg_arena_strndup(arena, ours, bar ? (size_t)(bar - ours) : strlen(ours));
            bool same = !strcmp(own, vg_arena_printf(arena, "%s:%s", first, second)) ||
                        !strcmp(own, vg_arena_printf(arena, "%s:%s", second, first));
            if (!same || several != (bar != NULL))
                continue;
            bool whole = true; /* every arm of the named design is in ours */
            for (const char *c = several ? name + length + 1 : ""; *c && whole;) {
                char *arm =
                    vg_arena_printf(arena, ":%s:", vg_arena_strndup(arena, c, strcspn(c, ":")));
                whole = strstr(vg_arena_printf(arena, ":%s:", bar + 1), arm) != NULL;
                c += strcspn(c, ":");
                c += *c == ':' ? 1 : 0;
            }
            if (whole)
                found = j;
        }
        assert_true(found < heat->n);
        order[i] = found;
    }
    for (size_t i = 0; i < heat->n; i++)
        for (size_t j = 0; j < heat->n; j++) {
            witness_close(heat->name[order[i]], VG_AT(heat->q_change, order[i], order[j]),
                          json_number_value(at(json_object_get(expected, "change"), i, j)), 1e-8,
                          1.0);
            witness_close(heat->name[order[i]], VG_AT(heat->contribution, order[i], order[j]),
                          json_number_value(at(json_object_get(expected, "contribution"), i, j)),
                          1e-9, 1.0);
        }
}

/* Columns by name of comparison, rows in the order of R's treatments. */
static void check_contribution(const json_t *set, const VgNetworkFit *fit, const size_t *order)
{
    const json_t *expected = json_object_get(set, "contribution");
    if (json_is_null(expected))
        return;
    const json_t *columns = json_object_get(expected, "columns");
    const VgNetwork *network = fit->network;
    VgMatrix got;
    VgError error = {0};
    WITNESS_OK(vg_network_contribution(arena, fit, true, &got, &error), &error);
    assert_int_equal(json_array_size(columns), network->n_edges);
    size_t n = network->n_treatments, row = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, row++) {
            size_t a = order[i] < order[j] ? order[i] : order[j];
            size_t b = order[i] < order[j] ? order[j] : order[i];
            for (size_t e = 0; e < network->n_edges; e++) {
                const char *first = network->node[network->edge[e].first].name;
                const char *second = network->node[network->edge[e].second].name;
                char *name = vg_arena_printf(arena, "%s:%s", first, second);
                char *turned = vg_arena_printf(arena, "%s:%s", second, first);
                size_t c = 0;
                while (strcmp(json_string_value(json_array_get(columns, c)), name) &&
                       strcmp(json_string_value(json_array_get(columns, c)), turned))
                    c++;
                witness_close(name, VG_AT(got, a * n - a * (a + 1) / 2 + b - a - 1, e),
                              json_number_value(at(json_object_get(expected, "random"), row, c)),
                              1e-9, 1.0);
            }
        }
}

static void check_likelihood(const json_t *expected, const VgNetwork *network,
                             const char *reference, VgTau2Method method)
{
    VgNetworkFit *fit;
    VgError error = {0};
    VgNetworkOptions options = {.tau2 = method, .reference = reference};
    WITNESS_OK(vg_network_fit(arena, network, &options, &fit, &error), &error);
    double tau2 = witness_number(expected, "tau2");
    witness_close("tau2", fit->tau2.tau2, tau2, 1e-10, 0.0);
    assert_true(fit->tau2.at_boundary == (tau2 == 0.0));
    witness_close("loglik", fit->tau2.loglik, witness_number(expected, "loglik"), 1e-7, 1.0);
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(expected, "beta"), name, value)
    {
        VgInference got =
            vg_network_contrast(&fit->random, vg_network_treatment(network, name), fit->reference);
        witness_close(name, got.estimate, json_number_value(value), 1e-9, got.se);
    }
    name = json_string_value(json_object_get(expected, "first"));
    VgInference got =
        vg_network_contrast(&fit->random, vg_network_treatment(network, name), fit->reference);
    witness_close(name, got.se, witness_number(expected, "mv_se"), 1e-5, 0.0);
}

static void check_set(const char *key)
{
    const double tolerance = 1e-9;
    const json_t *set = json_object_get(root, key);
    const char *reference = json_string_value(json_object_get(set, "reference"));
    VgNetwork *network = network_of(set);
    VgNetworkFit *fit;
    VgError error = {0};
    VgNetworkOptions options = {.tau2 = VG_TAU2_DL, .reference = reference};
    WITNESS_OK(vg_network_fit(arena, network, &options, &fit, &error), &error);
    size_t *order = order_of(json_object_get(set, "treatments"), network),
           n = network->n_treatments;
    witness_close("Q", fit->q.q, witness_number(set, "q"), 1e-9, 0.0);
    witness_close("tau2", fit->tau2.tau2, witness_number(set, "tau2"), 1e-9, 1e-3);
    const json_t *i2 = json_object_get(set, "i2");
    witness_close("I2", fit->i2, json_number_value(json_array_get(i2, 0)), 1e-9, 1e-3);
    witness_close("I2 lower", fit->i2_lower, json_number_value(json_array_get(i2, 1)), 1e-9, 1e-3);
    witness_close("I2 upper", fit->i2_upper, json_number_value(json_array_get(i2, 2)), 1e-9, 1e-3);
    check_effects(set, &fit->common, order, "TE_common", "se_common", 1e-9);
    check_effects(set, &fit->random, order, "TE_random", "se_random", tolerance);
    double *score = VG_NEW(arena, double, n);
    vg_network_p_scores(&fit->random, true, score);
    for (size_t i = 0; i < n; i++) {
        witness_close("P-score", score[order[i]],
                      json_number_value(json_array_get(json_object_get(set, "p_score_small"), i)),
                      tolerance, 0.0);
        for (size_t j = 0; j < n; j++)
            if (i != j)
                witness_close("prediction", vg_network_prediction(fit, order[i], order[j]).lower,
                              json_number_value(at(json_object_get(set, "lower_predict"), i, j)),
                              tolerance, 1e-1);
    }
    for (int random = 0; random < 2; random++) {
        check_split(set, fit, random, tolerance);
        check_heat(set, fit, random);
    }
    check_designs(set, fit);
    check_contribution(set, fit, order);
    check_likelihood(json_object_get(set, "reml"), network, reference, VG_TAU2_REML);
    check_likelihood(json_object_get(set, "ml"), network, reference, VG_TAU2_ML);
}

static void agrees_on_senn2013(void **state)
{
    (void)state;
    check_set("senn2013");
}

static void agrees_on_linde2016(void **state)
{
    (void)state;
    check_set("linde2016");
}

static void agrees_on_dong2013(void **state)
{
    (void)state;
    check_set("dong2013");
}

/* ---- components ---- */

static size_t component_of(const VgComponentFit *fit, const char *name)
{
    char *tight = vg_arena_strdup(arena, name), *bar = strstr(tight, " * ");
    if (bar)
        memmove(bar, "*", 1), memmove(bar + 1, bar + 3, strlen(bar + 3) + 1);
    for (size_t c = 0; c < fit->n_components; c++)
        if (!strcmp(fit->component[c].name, tight))
            return c;
    fail_msg("no component %s", name);
    return 0;
}

static const VgComponentType LINDE_TYPE[] = {{"Face-to-face CBT", "psychotherapy", NULL},
                                             {"Face-to-face PST", "psychotherapy", NULL},
                                             {"Face-to-face interpsy", "psychotherapy", NULL},
                                             {"Face-to-face psychodyn", "psychotherapy", NULL},
                                             {"Other face-to-face", "psychotherapy", NULL},
                                             {"Remote CBT", "psychotherapy", NULL},
                                             {"Self-help CBT", "psychotherapy", NULL},
                                             {"No contact CBT", "psychotherapy", NULL},
                                             {"SSRI", "antidepressant", NULL},
                                             {"SNRI", "antidepressant", NULL},
                                             {"TCA", "antidepressant", NULL},
                                             {"NRI", "antidepressant", NULL},
                                             {"NaSSa", "antidepressant", NULL},
                                             {"rMAO-A", "antidepressant", NULL},
                                             {"Low-dose SARI", "antidepressant", NULL},
                                             {"Ind drug", "antidepressant", NULL},
                                             {"Hypericum", "herbal", NULL},
                                             {"Placebo", "placebo", NULL}};
enum { N_LINDE_TYPES = sizeof LINDE_TYPE / sizeof LINDE_TYPE[0] };

static VgComponentFit *check_components(const json_t *expected, const VgNetwork *network,
                                        const char *inactive, const VgNamedInteraction *interaction,
                                        size_t n_interactions)
{
    VgComponentFit *fit;
    VgError error = {0};
    VgComponentOptions options = {.tau2 = VG_TAU2_DL,
                                  .inactive = inactive,
                                  .interaction = interaction,
                                  .n_interactions = n_interactions,
                                  .type = LINDE_TYPE,
                                  .n_types = N_LINDE_TYPES};
    WITNESS_OK(vg_component_fit(arena, network, &options, &fit, &error), &error);
    const json_t *names = json_object_get(expected, "components");
    assert_int_equal(fit->n_components, json_array_size(names));
    witness_close("Q", fit->q.q, witness_number(expected, "q"), 1e-9, 0.0);
    witness_close("df", fit->q.df, witness_number(expected, "df"), 0.0, 0.0);
    witness_close("tau2", fit->tau2.tau2, witness_number(expected, "tau2"), 1e-8, 1e-3);
    if (!json_is_null(json_object_get(expected, "q_difference"))) {
        witness_close("Q difference", fit->q_difference.q, witness_number(expected, "q_difference"),
                      1e-8, 1.0);
        witness_close("df difference", fit->q_difference.df,
                      witness_number(expected, "df_difference"), 0.0, 0.0);
        witness_close("p difference", fit->q_difference.p, witness_number(expected, "p_difference"),
                      1e-8, 0.0);
    }
    for (size_t i = 0; i < json_array_size(names); i++) {
        size_t c = component_of(fit, json_string_value(json_array_get(names, i)));
        const VgComponentEffect *got = &fit->component[c];
        assert_true(got->estimable);
        witness_close(got->name, got->common.estimate,
                      json_number_value(json_array_get(json_object_get(expected, "common"), i)),
                      1e-9, got->common.se);
        witness_close(got->name, got->common.se,
                      json_number_value(json_array_get(json_object_get(expected, "common_se"), i)),
                      1e-9, 0.0);
        witness_close(got->name, got->random.estimate,
                      json_number_value(json_array_get(json_object_get(expected, "random"), i)),
                      1e-8, got->random.se);
        witness_close(got->name, got->random.se,
                      json_number_value(json_array_get(json_object_get(expected, "random_se"), i)),
                      1e-8, 0.0);
    }
    size_t *order = order_of(json_object_get(expected, "treatments"), network);
    for (size_t i = 0; i < network->n_treatments; i++)
        for (size_t j = 0; j < network->n_treatments; j++) {
            VgInference got = vg_network_contrast(&fit->random, order[i], order[j]);
            witness_close("treatments", got.estimate,
                          json_number_value(at(json_object_get(expected, "TE_random"), i, j)), 1e-8,
                          got.se);
            witness_close("treatments, se", got.se,
                          json_number_value(at(json_object_get(expected, "se_random"), i, j)), 1e-8,
                          1e-6);
        }
    return fit;
}

static void components_agree_on_linde2016(void **state)
{
    (void)state;
    const json_t *expected = json_object_get(root, "components");
    VgNetwork *network = network_of(json_object_get(root, "linde2016"));
    VgNamedInteraction ia[2] = {{"Face-to-face PST", "SSRI"}, {"Face-to-face CBT", "SSRI"}};
    check_components(json_object_get(expected, "plain"), network, NULL, NULL, 0);
    check_components(json_object_get(expected, "inactive"), network, "Placebo", NULL, 0);
    check_components(json_object_get(expected, "interaction1"), network, "Placebo", ia, 1);
    check_components(json_object_get(expected, "interaction2"), network, "Placebo", ia, 2);
}

/* netcomb has no REML: the witness is the root of the score with dense matrices. */
static void check_reml(const json_t *expected, const VgNetwork *network,
                       const VgNamedInteraction *interaction, size_t n_interactions)
{
    VgComponentOptions options = {.inactive = "Placebo",
                                  .interaction = interaction,
                                  .n_interactions = n_interactions,
                                  .type = LINDE_TYPE,
                                  .n_types = N_LINDE_TYPES};
    VgComponentFit *fit;
    VgError error = {0};
    WITNESS_OK(vg_component_fit(arena, network, &options, &fit, &error), &error);
    witness_close("tau2", fit->tau2.tau2, witness_number(expected, "tau2"), 1e-10, 0.0);
    const json_t *names = json_object_get(expected, "components");
    assert_int_equal(fit->n_components, json_array_size(names));
    for (size_t i = 0; i < json_array_size(names); i++) {
        const VgComponentEffect *got =
            &fit->component[component_of(fit, json_string_value(json_array_get(names, i)))];
        witness_close(got->name, got->random.estimate,
                      json_number_value(json_array_get(json_object_get(expected, "estimate"), i)),
                      1e-9, got->random.se);
        witness_close(got->name, got->random.se,
                      json_number_value(json_array_get(json_object_get(expected, "se"), i)), 1e-9,
                      0.0);
    }
}

static void reml_of_components_is_the_root_of_the_score(void **state)
{
    (void)state;
    VgNamedInteraction ia[2] = {{"Face-to-face PST", "SSRI"}, {"Face-to-face CBT", "SSRI"}};
    check_reml(witness_at(root, "components/reml"), network_of(json_object_get(root, "linde2016")),
               ia, 2);
}

/* Prediction limits of a component model: t with the df of its Q on netmeta's estimates, standard errors and tau². */
static void check_prediction(const json_t *expected, const VgComponentFit *fit)
{
    const VgNetwork *network = fit->network;
    size_t *order = order_of(json_object_get(expected, "treatments"), network);
    for (size_t i = 0; i < network->n_treatments; i++)
        for (size_t j = 0; j < network->n_treatments; j++) {
            VgNetworkInterval got = vg_component_prediction(fit, order[i], order[j]);
            double lower = json_number_value(at(json_object_get(expected, "lower_predict"), i, j));
            if (i != j)
                witness_close("prediction", got.lower, lower, 1e-8, 1e-1);
        }
}

static void check_mean(const char *what, const json_t *expected, const VgInference *got)
{
    witness_close(what, got->estimate, witness_number(expected, "estimate"), 1e-8, got->se);
    witness_close(what, got->se, witness_number(expected, "se"), 1e-8, 0.0);
}

/* One interaction for all pairs of two types: netcomb with a design matrix of its own; means over components with
 * dense matrices. */
static void interactions_of_types_agree_on_linde2016(void **state)
{
    (void)state;
    const json_t *expected = witness_at(root, "components/classes");
    VgNetwork *network = network_of(json_object_get(root, "linde2016"));
    VgNamedInteraction types = {"psychotherapy", "antidepressant"};
    VgComponentFit *fit = check_components(expected, network, "Placebo", &types, 1);
    VgAdjunct answer;
    VgError error = {0};
    WITNESS_OK(vg_component_adjunct(arena, fit, 0, NULL, NULL, &answer, &error), &error);
    assert_int_equal(answer.n_averaged, 3);
    assert_int_equal(answer.treatments, 3);
    assert_int_equal(answer.studies, 3);
    check_mean("mean alone", json_object_get(expected, "mean_alone"), &answer.alone);
    check_mean("mean on top", json_object_get(expected, "mean_on_top"), &answer.on_top);
    check_reml(json_object_get(expected, "reml"), network, &types, 1);
    check_prediction(expected, fit);
    /* with an interaction each, the three combinations are as free as in the network */
    witness_close("agreement", answer.agreement.q, witness_number(expected, "q_difference"), 1e-8,
                  1.0);
    witness_close("agreement, df", answer.agreement.df, witness_number(expected, "df_difference"),
                  0.0, 0.0);
}

static void components_join_disconnected_networks_as_discomb(void **state)
{
    (void)state;
    const char *keys[2] = {"apart", "toy"}, *inactive[2] = {NULL, "P"};
    for (int k = 0; k < 2; k++) {
        const json_t *set = json_object_get(json_object_get(root, "components"), keys[k]);
        VgNetwork *network = network_of(set);
        assert_int_equal(network->n_parts, (size_t)witness_number(set, "parts"));
        const json_t *disc = json_object_get(set, "disc");
        VgComponentFit *fit = check_components(disc, network, inactive[k], NULL, 0);
        if (json_object_get(disc, "lower_predict"))
            check_prediction(disc, fit);
    }
}

static int set_up(void **state)
{
    (void)state;
    arena = vg_arena_create();
    root = witness_json(witness_source(arena, "tests/reference/network.json"));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(root);
    vg_arena_destroy(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_on_senn2013),
        cmocka_unit_test(agrees_on_linde2016),
        cmocka_unit_test(agrees_on_dong2013),
        cmocka_unit_test(components_agree_on_linde2016),
        cmocka_unit_test(reml_of_components_is_the_root_of_the_score),
        cmocka_unit_test(interactions_of_types_agree_on_linde2016),
        cmocka_unit_test(components_join_disconnected_networks_as_discomb)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
