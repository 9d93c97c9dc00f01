/* What is drawn from a graph: moments as declared, exposure, dropout, censoring; and the truth by three ways that know
 * nothing of each other. Seeds are fixed: nothing here fails by chance. */
#include "support/fixture_axis.h"
#include "support/witness.h"

#include <math.h>
#include <string.h>

#include <vagus/virtual_trial.h>

#include "numeric/random.h"

enum { N = 60000, V = FIXTURE_AXIS_VISITS };

static const size_t BLOCK[] = {0, 1, 2};

typedef struct Drawn {
    VgArena *arena;
    FixtureAxis f;
    VgAxisModel *model;
    VgTrialScheme scheme;
    VgVirtualTrial trial;
} Drawn;

static Drawn draw(size_t n, bool moderated, uint64_t seed)
{
    Drawn d = {.arena = vg_arena_create()};
    d.f = fixture_axis(d.arena, moderated);
    VgAxisIssues issues = {0};
    d.model = vg_axis_compile(d.f.axis, 0, &issues);
    if (!d.model)
        fail_msg("%s", issues.n ? issues.item[0].message : "no model");
    d.scheme = (VgTrialScheme){
        .n = n, .block = BLOCK, .n_block = 3, .n_sites = 1, .dropout_symptom = d.f.mood};
    VgError error;
    assert_int_equal(vg_virtual_trial_new(d.arena, d.model, n, &d.trial, &error), VG_OK);
    VgRandom random = vg_random_start(seed, VG_STREAM_SIMULATION, 0, 0);
    vg_axis_simulate(d.model, &d.scheme, &random, &d.trial);
    return d;
}

static const double *row(const Drawn *d, const double *values, size_t node, size_t visit)
{
    return values + (d->model->slot[node] * V + visit) * d->trial.n;
}

static double mean_of(const double *x, const int32_t *arm, int32_t which, size_t n)
{
    double sum = 0, count = 0;
    for (size_t i = 0; i < n; i++)
        if ((which < 0 || arm[i] == which) && !isnan(x[i])) {
            sum += x[i];
            count++;
        }
    return sum / count;
}

static double covariance(const double *x, const double *y, const int32_t *arm, int32_t which,
                         size_t n)
{
    double mx = mean_of(x, arm, which, n), my = mean_of(y, arm, which, n), sum = 0, count = 0;
    for (size_t i = 0; i < n; i++)
        if ((which < 0 || arm[i] == which) && !isnan(x[i]) && !isnan(y[i])) {
            sum += (x[i] - mx) * (y[i] - my);
            count++;
        }
    return sum / (count - 1);
}

static void near(double value, double expected, double tolerance, const char *what)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%s: %.5f, expected %.5f ± %.5f", what, value, expected, tolerance);
}

/* Untreated people have variance 1 in every node at every visit, whatever acts on it: 4 standard errors of a variance
 * of 20,000 people are 0.04. */
static void untreated_variances_are_one_at_every_visit(void **state)
{
    (void)state;
    Drawn d = draw(N, false, 1);
    size_t nodes[] = {d.f.function, d.f.il6, d.f.il10, d.f.butyrate, d.f.mood};
    for (size_t k = 0; k < 5; k++)
        for (size_t v = 0; v < V; v++) {
            const double *x = row(&d, d.trial.truth, nodes[k], v);
            near(covariance(x, x, d.trial.arm, 0, N), 1, 0.04, "variance");
        }
    vg_arena_destroy(d.arena);
}

/* Correlations between visits (stable + what the noise carries over), between markers of a channel, with a static
 * cause; observed variance from the reliability. */
static void correlations_and_reliability_are_as_declared(void **state)
{
    (void)state;
    Drawn d = draw(N, false, 2);
    const int32_t *arm = d.trial.arm;
    const double *f0 = row(&d, d.trial.truth, d.f.function, 0),
                 *f2 = row(&d, d.trial.truth, d.f.function, 2);
    near(covariance(f0, f2, arm, 0, N), 0.4 + 0.6 * 0.09, 0.04, "two visits apart");
    const double *il6 = row(&d, d.trial.truth, d.f.il6, 0),
                 *il10 = row(&d, d.trial.truth, d.f.il10, 0);
    /* il6: 0.2² of what lasts is age's, so that only the rest is shared; both share half of the noise */
    double lasting = sqrt(0.4 - 0.04) * sqrt(0.4);
    near(covariance(il6, il10, arm, 0, N), -0.5 * (lasting + 0.6), 0.04, "markers of a channel");
    const double *age = d.trial.fixed + d.model->slot[d.f.age] * N,
                 *mood = row(&d, d.trial.truth, d.f.mood, 3);
    near(covariance(age, mood, arm, 0, N), 0.3, 0.03, "static cause");
    const double *seen = row(&d, d.trial.observed, d.f.il6, 0);
    near(covariance(il6, il6, arm, -1, N) / covariance(seen, seen, arm, -1, N), 0.7, 0.015,
         "reliability");
    near(covariance(il6, seen, arm, -1, N), covariance(il6, il6, arm, -1, N), 0.02,
         "error is apart");
    near(mean_of(mood, arm, 0, N), -0.6, 0.03, "course");
    vg_arena_destroy(d.arena);
}

/* Baseline is before treatment; arms are balanced; those without a component have none of it. */
static void randomisation_and_exposure(void **state)
{
    (void)state;
    Drawn d = draw(N, false, 3);
    size_t count[3] = {0};
    for (size_t i = 0; i < N; i++)
        count[d.trial.arm[i]]++;
    assert_int_equal(count[0], N / 3);
    assert_int_equal(count[2], N / 3);
    const double *pill = d.trial.exposure + d.model->slot[d.f.pill] * V * N;
    double sum[V] = {0};
    for (size_t v = 0; v < V; v++)
        for (size_t i = 0; i < N; i++) {
            if (d.trial.arm[i] == 0 || v == 0)
                assert_true(pill[v * N + i] == 0);
            else
                sum[v] += pill[v * N + i] / (2.0 * N / 3);
        }
    /* the mean of a logit-normal around logit 0.8 less 0.2 a visit, SD 1 (numerical integration in R: integrate(function(z)
     * plogis(qlogis(.8) - c(0, .2, .4) + z) * dnorm(z), -Inf, Inf)) times the build-up */
    near(sum[1], 0.5 * 0.7613, 0.004, "adherence at the first visit");
    near(sum[2], 0.7289, 0.006, "adherence at the second");
    near(sum[3], 0.6943, 0.006, "adherence at the third");
    vg_arena_destroy(d.arena);
}

/* ---- the truth ---- */

/* By hand, as sums over paths of products of effects: nothing of the simulator is used. A path's lags say which
 * visit's dose it starts from; a change since baseline is nought at baseline. */
static double dose(size_t v, bool pill)
{
    static const double TAKEN[V] = {0, 0.76125624, 0.72893620, 0.69429092};
    static const double BUILD_UP[V] = {0, 0.5, 1, 1};
    return v == 0 ? 0 : pill ? BUILD_UP[v] * TAKEN[v] : 1;
}

/* pill → function → metabolites → mood at the same visit; → immune one later → mood two later */
static double by_hand(VgTruthKind kind, bool diet, size_t v, bool immune)
{
    double pill = 2 * -0.2 * dose(v, true), metabolites = 0, through = 0, scale = 2;
    metabolites = scale * -0.15 * (0.8 * 0.5 * dose(v, true) + (diet ? 0.4 * dose(v, false) : 0));
    if (v >= 2)
        through = scale * -0.6 * 0.5 *
                  (0.8 * 0.5 * dose(v - 2, true) + (diet && v > 2 ? 0.4 * dose(v - 2, false) : 0));
    if (kind == VG_TRUTH_TOTAL)
        return pill + metabolites + through;
    if (kind == VG_TRUTH_DIRECT)
        return pill;
    return kind == VG_TRUTH_INDIRECT ? (immune ? through : metabolites) : 0;
}

static const VgTruthRow *find(const VgTruth *truth, VgTruthKind kind, size_t arm, size_t visit,
                              size_t channel)
{
    for (size_t r = 0; r < truth->n_rows; r++) {
        const VgTruthRow *t = &truth->row[r];
        if (t->kind == kind && t->arm == arm && t->visit == visit && t->channel == channel &&
            t->function == VG_AXIS_NONE)
            return t;
    }
    fail_msg("no such row");
    return NULL;
}

static void path_products_agree_with_paths_by_hand_and_with_counterfactuals(void **state)
{
    (void)state;
    Drawn d = draw(10, false, 4);
    VgTruth truth;
    VgError error;
    assert_int_equal(vg_axis_truth(d.arena, d.model, &d.scheme, 0, 40000, 7, &truth, &error),
                     VG_OK);
    assert_int_equal(truth.population, 40000);
    for (size_t arm = 1; arm < 3; arm++)
        for (size_t v = 1; v < V; v++) {
            const VgTruthRow *rows[] = {find(&truth, VG_TRUTH_TOTAL, arm, v, VG_AXIS_NONE),
                                        find(&truth, VG_TRUTH_DIRECT, arm, v, VG_AXIS_NONE),
                                        find(&truth, VG_TRUTH_INDIRECT, arm, v, d.f.immune),
                                        find(&truth, VG_TRUTH_INDIRECT, arm, v, d.f.metabolites),
                                        find(&truth, VG_TRUTH_INTERACTION, arm, v, VG_AXIS_NONE)};
            for (size_t k = 0; k < 5; k++) {
                double expected = by_hand(rows[k]->kind, arm == 2, v, k == 2);
                near(rows[k]->linear, expected, 2e-6,
                     "path product"); /* of the hand's six digits */
                near(rows[k]->estimate, rows[k]->linear, 4 * rows[k]->se + 1e-12,
                     "counterfactuals");
            }
            /* all that the immune channel passes on runs through metabolites: what is lost without them */
            const VgTruthRow *through = find(&truth, VG_TRUTH_THROUGH, arm, v, d.f.metabolites);
            near(through->linear, rows[2]->linear + rows[3]->linear, 1e-12, "through metabolites");
        }
    vg_arena_destroy(d.arena);
}

/* Brute force: two trials in which everybody gets one arm, with the same noise; the mean of the differences. */
static void moderated_truth_agrees_with_brute_force(void **state)
{
    (void)state;
    static const size_t ALL[3][1] = {{0}, {1}, {2}};
    Drawn d = draw(40000, true, 5);
    assert_false(vg_axis_is_linear(d.model));
    VgTruth truth;
    VgError error;
    assert_int_equal(vg_axis_truth(d.arena, d.model, &d.scheme, 0, 40000, 7, &truth, &error),
                     VG_OK);
    VgRandom random = vg_random_start(5, VG_STREAM_SIMULATION, 0, 0);
    double *first = VG_NEW(d.arena, double, d.trial.n);
    size_t n = d.trial.n;
    d.scheme.n_block = 1;
    d.scheme.block = ALL[0];
    vg_axis_simulate(d.model, &d.scheme, &random, &d.trial);
    memcpy(first, row(&d, d.trial.truth, d.f.mood, 3), n * sizeof *first);
    for (size_t arm = 1; arm < 3; arm++) {
        d.scheme.block = ALL[arm];
        vg_axis_simulate(d.model, &d.scheme, &random, &d.trial);
        const double *mood = row(&d, d.trial.truth, d.f.mood, 3);
        double sum = 0, square = 0;
        for (size_t i = 0; i < n; i++) {
            double effect = 2 * (mood[i] - first[i]);
            sum += effect / (double)n;
            square += effect * effect / (double)n;
        }
        const VgTruthRow *total = find(&truth, VG_TRUTH_TOTAL, arm, 3, VG_AXIS_NONE);
        double se = sqrt((square - sum * sum) / (double)n);
        near(sum, total->estimate, 4 * hypot(se, total->se), "brute force");
        assert_true(isnan(total->linear));
        const VgTruthRow *rest = find(&truth, VG_TRUTH_INTERACTION, arm, 3, VG_AXIS_NONE);
        if (arm == 1) /* nobody has the diet: nothing interacts with the mediator */
            assert_true(fabs(rest->estimate) < 1e-12);
        else
            assert_true(fabs(rest->estimate) > 10 * rest->se);
    }
    vg_arena_destroy(d.arena);
}

/* On a scale that ends, the effect is smaller than the model's. */
static void limits_of_a_scale_shrink_the_truth(void **state)
{
    (void)state;
    Drawn d = draw(10, false, 4);
    VgTruth free, bounded;
    VgError error;
    assert_int_equal(vg_axis_truth(d.arena, d.model, &d.scheme, 0, 20000, 7, &free, &error), VG_OK);
    VgAxisMeasurement *m = &d.f.axis->node[d.f.mood].measurement;
    m->step = 1;
    m->low = 9;
    m->high = 30;
    assert_int_equal(vg_axis_truth(d.arena, d.model, &d.scheme, 0, 20000, 7, &bounded, &error),
                     VG_OK);
    const VgTruthRow *a = find(&free, VG_TRUTH_TOTAL, 2, 3, VG_AXIS_NONE),
                     *b = find(&bounded, VG_TRUTH_TOTAL, 2, 3, VG_AXIS_NONE);
    assert_true(fabs(b->estimate) < 0.8 * fabs(a->estimate));
    assert_true(a->linear == b->linear);
    vg_arena_destroy(d.arena);
}

/* ---- dropout ---- */

static double leaving(Drawn *d, double rate, double mar, double mnar, double *gap)
{
    d->scheme.dropout = rate;
    d->scheme.dropout_mar = mar;
    d->scheme.dropout_mnar = mnar;
    VgRandom random = vg_random_start(9, VG_STREAM_SIMULATION, 0, 0);
    vg_axis_simulate(d->model, &d->scheme, &random, &d->trial);
    double left = 0, last[2] = {0}, now[2] = {0}, count[2] = {0};
    const VgAxisModel *m = d->model;
    size_t k = m->slot[d->f.mood];
    for (size_t i = 0; i < N; i++) { /* at the first visit after baseline */
        bool gone = d->trial.attended[i] == 1;
        left += d->trial.attended[i] < V;
        last[gone] += d->trial.observed[k * V * N + i];
        now[gone] += d->trial.truth[(k * V + 1) * N + i];
        count[gone]++;
    }
    gap[0] = last[1] / count[1] - last[0] / count[0];
    gap[1] = now[1] / count[1] - now[0] / count[0];
    return left / N;
}

static void dropout_is_at_random_or_not_as_declared(void **state)
{
    (void)state;
    Drawn d = draw(N, false, 6);
    double gap[2];
    near(leaving(&d, 0.1, 0, 0, gap), 1 - 0.9 * 0.9 * 0.9, 0.006, "MCAR share");
    near(gap[0], 0, 0.05, "MCAR: the same before");
    leaving(&d, 0.1, 1, 0, gap);
    near(
        gap[0], 1, 0.15,
        "MAR: leavers were worse"); /* logistic selection of 10 %: about one logit's worth of SD² */
    leaving(&d, 0.1, 0, 1, gap);
    assert_true(gap[1] > 0.7);
    assert_true(gap[1] > gap[0] + 0.3); /* MNAR: more so at the visit that is not seen */
    vg_arena_destroy(d.arena);
}

/* ---- determinism ---- */

static void a_participant_has_the_same_numbers_whatever_n(void **state)
{
    (void)state;
    Drawn a = draw(50, true, 8), b = draw(200, true, 8), c = draw(50, true, 9);
    for (size_t k = 0; k < a.model->n_varying; k++)
        for (size_t v = 0; v < V; v++)
            for (size_t i = 0; i < 48; i++) { /* whole blocks */
                assert_int_equal(a.trial.arm[i], b.trial.arm[i]);
                assert_true(a.trial.truth[(k * V + v) * 50 + i] ==
                            b.trial.truth[(k * V + v) * 200 + i]);
                assert_true(a.trial.observed[(k * V + v) * 50 + i] ==
                            b.trial.observed[(k * V + v) * 200 + i]);
                assert_true(a.trial.before[(k * V + v) * 50 + i] !=
                            c.trial.before[(k * V + v) * 50 + i]);
            }
    vg_arena_destroy(a.arena);
    vg_arena_destroy(b.arena);
    vg_arena_destroy(c.arena);
}

/* ---- refusals ---- */

/* What is not looked at is not drawn, and what is has the same bits: markers at two visits, the outcome at all. */
static void what_is_needed_is_the_same_when_the_rest_is_not_drawn(void **state)
{
    (void)state;
    enum { SMALL = 301 };
    for (int moderated = 0; moderated < 2; moderated++) {
        Drawn all = draw(SMALL, moderated, 5), some = draw(SMALL, moderated, 5);
        bool observed[8 * V] = {false};
        const VgAxisModel *m = some.model;
        observed[m->slot[some.f.il10] * V] = observed[m->slot[some.f.il10] * V + 2] = true;
        observed[m->slot[some.f.butyrate] * V + 1] = true;
        observed[m->slot[some.f.mood] * V + 2] = true;
        all.scheme.dropout = some.scheme.dropout = 0.1;
        all.scheme.dropout_mar = some.scheme.dropout_mar = 0.5;
        VgAxisNeed need;
        VgError error;
        assert_int_equal(vg_axis_need(some.arena, m, &some.scheme, observed, &need, &error), VG_OK);
        some.scheme.need = &need;
        /* dropout looks at mood everywhere; nothing rests on markers at the last visit */
        assert_true(need.observed[m->slot[some.f.mood] * V + 3]);
        assert_false(need.truth[m->slot[some.f.il6] * V + 3]);
        assert_false(need.observed[m->slot[some.f.il6] * V + 2]);
        assert_true(need.truth[m->slot[some.f.function] * V]);
        VgRandom random = vg_random_start(5, VG_STREAM_SIMULATION, 3, 0);
        vg_axis_simulate(all.model, &all.scheme, &random, &all.trial);
        vg_axis_simulate(some.model, &some.scheme, &random, &some.trial);
        assert_memory_equal(all.trial.attended, some.trial.attended, SMALL);
        for (size_t k = 0; k < m->n_varying * V; k++) {
            const size_t at = k * SMALL, bytes = SMALL * sizeof(double);
            if (need.observed[k])
                assert_memory_equal(all.trial.observed + at, some.trial.observed + at, bytes);
            if (need.truth[k])
                assert_memory_equal(all.trial.truth + at, some.trial.truth + at, bytes);
        }
        vg_arena_destroy(all.arena);
        vg_arena_destroy(some.arena);
    }
}

static void a_negative_variance_names_its_node(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    FixtureAxis f = fixture_axis(arena, false);
    fixture_arrow(f.axis, (VgAxisEnd){f.butyrate, VG_AXIS_NONE}, (VgAxisEnd){f.mood, VG_AXIS_NONE},
                  1.2, 0);
    assert_true(vg_axis_expand(f.axis));
    VgAxisIssues issues = {0};
    assert_null(vg_axis_compile(f.axis, 0, &issues));
    assert_int_equal(issues.n, 1);
    assert_int_equal(issues.item[0].line, f.axis->node[f.mood].line);
    assert_non_null(strstr(issues.item[0].message, "what acts on mood at w2"));
    f = fixture_axis(arena, false);
    issues.n = 0;
    assert_null(vg_axis_compile(f.axis, 0.8, &issues)); /* sites: 0.64 of what lasts, 0.4 */
    assert_non_null(strstr(issues.item[0].message, "what acts on mood from baseline on"));
    f = fixture_axis(arena, false);
    fixture_arrow(f.axis, (VgAxisEnd){f.mood, VG_AXIS_NONE},
                  (VgAxisEnd){VG_AXIS_NONE, f.metabolites}, 0.1, 0);
    assert_true(vg_axis_expand(f.axis));
    issues.n = 0;
    assert_null(vg_axis_compile(f.axis, 0, &issues));
    assert_non_null(strstr(issues.item[0].message, "in a circle within one visit"));
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(untreated_variances_are_one_at_every_visit),
        cmocka_unit_test(correlations_and_reliability_are_as_declared),
        cmocka_unit_test(randomisation_and_exposure),
        cmocka_unit_test(path_products_agree_with_paths_by_hand_and_with_counterfactuals),
        cmocka_unit_test(moderated_truth_agrees_with_brute_force),
        cmocka_unit_test(limits_of_a_scale_shrink_the_truth),
        cmocka_unit_test(dropout_is_at_random_or_not_as_declared),
        cmocka_unit_test(a_participant_has_the_same_numbers_whatever_n),
        cmocka_unit_test(what_is_needed_is_the_same_when_the_rest_is_not_drawn),
        cmocka_unit_test(a_negative_variance_names_its_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
