/* Beat the Blues (n = 97 at two months), the trial in which the right answer is "cannot tell": interactions and effects by
 * antidepressant against R (strata_beat_the_blues.R, 1e-9), then the verdicts, with what could have been seen. */
#include "support/witness.h"

#include <math.h>

#include <vagus/moderators.h>
#include <vagus/policy.h>
#include <vagus/table.h>

enum { MOST = 100, MODERATORS = 3 };

typedef struct Trial {
    VgArena *arena;
    json_t *root;
    size_t n;
    double y[MOST],
        x[MODERATORS * MOST]; /* baseline score, longer than half a year, antidepressant */
    int32_t arm[MOST], drug[MOST];
    VgMatrix moderators;
} Trial;

static const char *text_of(const VgTable *table, const char *name, size_t row)
{
    const VgColumn *column = vg_table_column(table, name);
    return column->level[column->code[row]];
}

static void read_trial(Trial *t)
{
    VgError error = {0};
    VgTable *table;
    WITNESS_OK(vg_table_read(t->arena, witness_data(t->arena, "beat_the_blues/btheb_wide.csv"),
                             NULL, &table, &error),
               &error);
    const double *score = vg_table_column(table, "bdi.2m")->number;
    const double *before = vg_table_column(table, "bdi.pre")->number;
    double x[MODERATORS][MOST];
    for (size_t i = 0; i < table->n_rows; i++) {
        if (isnan(score[i]))
            continue;
        t->y[t->n] = score[i];
        t->arm[t->n] = strcmp(text_of(table, "treatment", i), "BtheB") == 0;
        t->drug[t->n] = strcmp(text_of(table, "drug", i), "Yes") == 0;
        x[0][t->n] = before[i];
        x[1][t->n] = strcmp(text_of(table, "length", i), ">6m") == 0;
        x[2][t->n] = t->drug[t->n];
        t->n++;
    }
    for (size_t j = 0; j < MODERATORS; j++)
        memcpy(t->x + j * t->n, x[j], t->n * sizeof(double));
    t->moderators = (VgMatrix){t->x, t->n, MODERATORS, t->n};
}

static int open_trial(void **state)
{
    static Trial t;
    t.arena = vg_arena_create();
    t.root = witness_json(witness_source(t.arena, "tests/reference/strata_beat_the_blues.json"));
    read_trial(&t);
    *state = &t;
    return 0;
}

static int close_trial(void **state)
{
    Trial *t = *state;
    json_decref(t->root);
    vg_arena_destroy(t->arena);
    return 0;
}

static double entry(const Trial *t, const char *name, size_t i)
{
    return json_number_value(json_array_get(witness_at(t->root, name), i));
}

static double cell(const Trial *t, const char *name, size_t i, size_t j)
{
    return json_number_value(json_array_get(json_array_get(witness_at(t->root, name), i), j));
}

static void no_moderator_is_shown_and_what_could_have_been(void **state)
{
    Trial *t = *state;
    static const char *const NAME[] = {"bdi.pre", "length", "drug"};
    VgError error = {0};
    VgInteractions all;
    VgModeratorData data = {.n = t->n,
                            .arms = 2,
                            .outcome = t->y,
                            .arm = t->arm,
                            .covariates = t->moderators,
                            .moderators = t->moderators,
                            .moderator_name = NAME};
    WITNESS_OK(vg_interaction_tests(t->arena, &data, VG_ADJUST_HOLM, 0.95, &all, &error), &error);
    for (size_t k = 0; k < MODERATORS; k++) {
        const VgInference *one = &all.interaction[k].per_unit;
        witness_close("interaction", one->estimate, cell(t, "interaction", k, 0), 1e-9, 0);
        witness_close("SE", one->se, cell(t, "interaction", k, 1), 1e-9, 0);
        witness_close("p", one->p, cell(t, "interaction", k, 2), 1e-9, 0);
        witness_close("Holm", all.interaction[k].p_adjusted, entry(t, "holm", k), 1e-9, 0);
        assert_true(all.interaction[k].p_adjusted > 0.05);
        double seen = vg_detectable(one->se, one->df, 0.05 / MODERATORS, 0.8);
        witness_close("detectable", seen, entry(t, "detectable", k), 1e-8, 0);
        assert_true(seen > fabs(one->estimate));
    }
}

static void effects_beside_antidepressants(void **state)
{
    Trial *t = *state;
    VgError error = {0};
    VgBackground out;
    VgBackgroundData data = {.n = t->n,
                             .arms = 2,
                             .classes = 2,
                             .outcome = t->y,
                             .arm = t->arm,
                             .background = t->drug,
                             .covariates = {t->x, t->n, 2, t->n}};
    WITNESS_OK(vg_background_effects(t->arena, &data, 0.95, &out, &error), &error);
    for (size_t c = 0; c < 2; c++) {
        witness_close("effect", out.effect[c].estimate, entry(t, "drug_effect", c), 1e-9, 0);
        witness_close("SE", out.effect[c].se, entry(t, "drug_se", c), 1e-9, 0);
    }
    assert_true(out.difference[1].lower < 0 && out.difference[1].upper > 0);
}

/* Ŷ and τ̂ by cross-fitted ridge regression, as for any trial this small. */
static VgScores scores_of(Trial *t, VgPriority *priority, VgEffectSample *sample)
{
    VgError error = {0};
    VgPriority outcome;
    VgScores scores;
    double *ones = VG_NEW(t->arena, double, t->n), *left = VG_NEW(t->arena, double, t->n);
    double *w = VG_NEW(t->arena, double, t->n), *e = VG_NEW(t->arena, double, 2 * t->n);
    for (size_t i = 0; i < t->n; i++)
        ones[i] = 1;
    *sample = (VgEffectSample){.x = t->moderators, .outcome_left = t->y, .treatment_left = ones};
    WITNESS_OK(vg_cross_fit(t->arena, sample, vg_linear_effects, NULL, 0, 1, &outcome, &error),
               &error);
    for (size_t i = 0; i < t->n; i++) {
        left[i] = t->y[i] - outcome.value[i];
        w[i] = t->arm[i] - 0.5;
        e[i] = e[t->n + i] = 0.5;
    }
    sample->outcome_left = left;
    sample->treatment_left = w;
    WITNESS_OK(vg_cross_fit(t->arena, sample, vg_linear_effects, NULL, 0, 2, priority, &error),
               &error);
    double *tau = VG_NEW(t->arena, double, t->n);
    memcpy(tau, priority->value, t->n * sizeof *tau);
    const VgScoreData data = {t->n,
                              2,
                              t->y,
                              t->arm,
                              {e, t->n, 2, t->n},
                              outcome.value,
                              {tau, t->n, 1, t->n},
                              VG_PREDICTION_CROSS_FITTED};
    WITNESS_OK(vg_scores(t->arena, &data, &scores, &error), &error);
    return scores;
}

static void no_rule_beats_treating_all_alike(void **state)
{
    Trial *t = *state;
    VgError error = {0};
    VgPriority priority;
    VgEffectSample sample;
    VgScores scores = scores_of(t, &priority, &sample);
    VgInference average;
    WITNESS_OK(vg_average_effect(t->arena, t->n, scores.contrast.data, (VgClusters){0}, 0.95,
                                 &average, &error),
               &error);
    assert_true(average.estimate < -1 && average.estimate > -6); /* fewer points: -3.0 by ANCOVA */
    VgSequential sequential;
    WITNESS_OK(vg_sequential_validation(t->arena, &sample, scores.contrast.data, vg_linear_effects,
                                        NULL, 0, 0, &sequential, &error),
               &error);
    VgOmnibus omnibus;
    VgOmnibusOptions permutations = {.permutations = 200};
    WITNESS_OK(vg_omnibus_test(t->arena, &sample, &permutations, &omnibus, &error), &error);
    assert_true(sequential.p > 0.05 && omnibus.p > 0.05);
    VgMatrix rewards;
    WITNESS_OK(vg_policy_rewards(t->arena, scores.reward, true, NULL, &rewards, &error), &error);
    VgPolicyData data = {.features = t->moderators, .rewards = rewards};
    VgPolicyValueOptions options = {.tree.min_leaf = 10, .worthwhile = 3};
    VgPolicyValue value;
    WITNESS_OK(vg_policy_value(t->arena, &data, &options, &value, &error), &error);
    assert_int_equal(value.verdict, VG_POLICY_TREAT_ALL_ALIKE);
    assert_int_equal(value.best_single, 1);
    assert_true(value.people_needed > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_moderator_is_shown_and_what_could_have_been),
        cmocka_unit_test(effects_beside_antidepressants),
        cmocka_unit_test(no_rule_beats_treating_all_alike),
    };
    return cmocka_run_group_tests(tests, open_trial, close_trial);
}
