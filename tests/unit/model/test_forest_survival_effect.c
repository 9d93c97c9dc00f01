/* Effects on censored times: what stands for the outcome, forests of it, invariances, refusals. Against grf: tests/reference. */
#include <vagus/survival_effect.h>

#include "support/witness.h"

#include <math.h>
#include <stdio.h>

#include "numeric/random.h"

enum { N = 400, P = 3 };

/* Treatment doubles the mean time to the event where column 0 is positive; column 2 has gaps. */
typedef struct Trial {
    double x[N * P], time[N], whole_time[N], weight[N];
    bool event[N];
    uint32_t arm[N], cluster[N];
    double half[2];
} Trial;

static void make_trial(Trial *t, double censoring_rate)
{
    for (size_t i = 0; i < N; i++) {
        VgRandom random = vg_random_start(71, VG_STREAM_TEST, 0, (uint32_t)i);
        for (size_t j = 0; j < P; j++)
            t->x[i + j * N] = vg_random_normal(&random);
        if (vg_random_uniform(&random) < 0.1)
            t->x[i + 2 * N] = NAN;
        t->arm[i] = vg_random_uniform(&random) < 0.5;
        t->cluster[i] = (uint32_t)(i / 2);
        t->weight[i] = 0.5 + vg_random_uniform(&random);
        double mean = t->arm[i] && t->x[i] > 0 ? 3.0 : 1.0;
        t->whole_time[i] = -mean * log(vg_random_uniform(&random));
        double until = -log(vg_random_uniform(&random)) / censoring_rate;
        t->event[i] = t->whole_time[i] <= until;
        t->time[i] = fmin(t->whole_time[i], until);
    }
    t->half[0] = t->half[1] = 0.5;
}

static VgForestData data_of(const Trial *t)
{
    return (VgForestData){.x = {(double *)t->x, N, P, N}, .outcome = t->time};
}

static VgForestTreatment treatment_of(Trial *t)
{
    static const char *const name[] = {"usual", "new"};
    return (VgForestTreatment){
        .arm = t->arm, .n_arms = 2, .propensity = {t->half, 1, 2, 1}, .arm_name = name};
}

static VgRandomForest *grow(VgArena *arena, Trial *t, const VgForestData *data,
                            const VgSurvivalAim *aim, const VgForestOptions *options)
{
    VgError error = {0};
    VgRandomForest *forest;
    VgForestTreatment treatment = treatment_of(t);
    WITNESS_OK(
        vg_forest_survival_effect(arena, data, t->event, aim, &treatment, options, &forest, &error),
        &error);
    return forest;
}

static void without_censoring_the_outcome_stands_for_itself(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    Trial *t = VG_NEW(arena, Trial, 1);
    make_trial(t, 1e-9);
    VgForestData data = data_of(t);
    VgForestOptions options = {.trees = 50, .threads = 1};
    for (int target = 0; target < 2; target++) {
        VgSurvivalAim aim = {(VgSurvivalTarget)target, 1.5};
        VgForestFacts facts = vg_forest_facts(grow(arena, t, &data, &aim, &options));
        for (size_t i = 0; i < N; i++) {
            double f = target ? t->time[i] > 1.5 : fmin(t->time[i], 1.5);
            witness_close("pseudo-outcome", facts.pseudo_outcome[i], f, 1e-12, 1);
            assert_true(facts.uncensored[i] == 1.0);
        }
    }
    vg_arena_destroy(arena);
}

/* Their mean is near that of the whole outcomes, where the seen ones alone are far off. */
static void pseudo_outcomes_repair_the_mean(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    Trial *t = VG_NEW(arena, Trial, 1);
    make_trial(t, 0.6);
    VgForestData data = data_of(t);
    VgForestOptions options = {.trees = 200, .threads = 1};
    for (int target = 0; target < 2; target++) {
        VgSurvivalAim aim = {(VgSurvivalTarget)target, 1.5};
        VgForestFacts facts = vg_forest_facts(grow(arena, t, &data, &aim, &options));
        double whole = 0.0, pseudo = 0.0, seen = 0.0, events = 0.0, squares = 0.0;
        for (size_t i = 0; i < N; i++) {
            double f = target ? t->whole_time[i] > 1.5 : fmin(t->whole_time[i], 1.5);
            double g = target ? t->time[i] > 1.5 : fmin(t->time[i], 1.5);
            whole += f / N;
            pseudo += facts.pseudo_outcome[i] / N;
            squares += pow(facts.pseudo_outcome[i] - f, 2) / N;
            seen += t->event[i] ? g : 0.0;
            events += t->event[i];
        }
        double se = sqrt(squares / N);
        assert_true(fabs(pseudo - whole) < 4 * se);
        assert_true(fabs(seen / events - whole) > 6 * se);
    }
    vg_arena_destroy(arena);
}

static double mean_over(const double *value, const double *by, bool positive)
{
    double sum = 0.0, n = 0.0;
    for (size_t i = 0; i < N; i++)
        if ((by[i] > 0) == positive) {
            sum += value[i];
            n++;
        }
    return sum / n;
}

static void forests_find_who_gains_time(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    Trial *t = VG_NEW(arena, Trial, 1);
    make_trial(t, 0.3);
    for (int variant = 0; variant < 3; variant++) {
        VgForestData data = data_of(t);
        data.weight = variant == 1 ? t->weight : NULL;
        if (variant == 2) {
            data.cluster = t->cluster;
            data.n_clusters = N / 2;
        }
        VgForestOptions options = {.trees = 300, .threads = 1};
        /* 1 − e^(−2/m): P[T > 2] differs by .378 where column 0 is positive, the restricted mean by .595 */
        for (int target = 0; target < 2; target++) {
            VgSurvivalAim aim = {(VgSurvivalTarget)target, 2.0};
            VgForestPrediction p;
            VgRandomForest *forest = grow(arena, t, &data, &aim, &options);
            WITNESS_OK(vg_forest_predict_oob(arena, forest, true, &p, &error), &error);
            double truth =
                target ? exp(-2.0 / 3) - exp(-2.0) : 3 * (1 - exp(-2.0 / 3)) - (1 - exp(-2.0));
            double gain = mean_over(p.estimate.data, t->x, true);
            double none = mean_over(p.estimate.data, t->x, false);
            assert_true(fabs(gain - truth) < 0.4 * truth && fabs(none) < 0.4 * truth);
            for (size_t i = 0; i < N; i++)
                assert_true(VG_AT(p.variance, i, 0) > 0);
        }
    }
    vg_arena_destroy(arena);
}

static void units_of_time_and_threads_do_not_matter(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    Trial *t = VG_NEW(arena, Trial, 1);
    make_trial(t, 0.3);
    VgForestData data = data_of(t);
    VgForestOptions options = {.trees = 60, .threads = 1};
    VgSurvivalAim aim = {VG_SURVIVAL_RMST, 2.0};
    VgForestPrediction years, days, again;
    WITNESS_OK(
        vg_forest_predict_oob(arena, grow(arena, t, &data, &aim, &options), true, &years, &error),
        &error);
    options.threads = 3;
    WITNESS_OK(
        vg_forest_predict_oob(arena, grow(arena, t, &data, &aim, &options), true, &again, &error),
        &error);
    assert_memory_equal(years.estimate.data, again.estimate.data, N * sizeof(double));
    assert_memory_equal(years.variance.data, again.variance.data, N * sizeof(double));
    for (size_t i = 0; i < N; i++)
        t->time[i] *= 365.0;
    aim.horizon *= 365.0;
    WITNESS_OK(
        vg_forest_predict_oob(arena, grow(arena, t, &data, &aim, &options), true, &days, &error),
        &error);
    for (size_t i = 0; i < N; i++)
        witness_close("days", days.estimate.data[i], 365.0 * years.estimate.data[i], 1e-9, 1);
    vg_arena_destroy(arena);
}

/* Times 1 … 4, events and censorings of a time an instant each, or one for both. */
enum { TIMES = 4 };
typedef struct Discrete {
    bool together;     /* one instant a time */
    bool wrong_events; /* the curve of events is not the truth */
    bool wrong_losses; /* nor that of censoring */
    bool log_steps;
} Discrete;

static const double HAZARD[TIMES] = {0.1, 0.15, 0.1, 0.0}; /* of being lost */

/* E of the pseudo-outcome of min(T, 4) by counting out every pair of times; T is uniform. */
static double expected_pseudo(Discrete d)
{
    double time[2 * TIMES], survival[2 * TIMES], uncensored[2 * TIMES], sum = 0.0, now = 1.0;
    size_t each = d.together ? 1 : 2;
    for (size_t k = 0; k < TIMES; k++) {
        double before = now;
        now *= d.wrong_losses ? 1.0 - sqrt(HAZARD[k]) / 2 : 1.0 - HAZARD[k];
        for (size_t at = each * k; at < each * (k + 1); at++) {
            time[at] = (double)k + 1;
            survival[at] = 1.0 - (double)(k + 1) / TIMES;
            survival[at] = d.wrong_events ? exp(-(double)k) : fmax(survival[at], 1e-9);
            uncensored[at] = at == each * k + each - 1 ? now : before;
        }
    }
    VgSurvivalAim aim = {VG_SURVIVAL_RMST, TIMES};
    VgSurvivalCurves curves = {each * TIMES, time, survival, uncensored, d.log_steps};
    double left = 1.0; /* P[C >= c] */
    for (size_t c = 0; c <= TIMES; c++) {
        double lost_now = left * (c < TIMES ? HAZARD[c] : 1.0);
        left -= lost_now;
        for (size_t e = 0; e < TIMES; e++) {
            bool event = e <= c;
            size_t at = event ? e : c;
            VgFollowUp person = {d.together ? at : 2 * at + !event, event && e + 1 < TIMES,
                                 event && e + 1 == TIMES, 2.0};
            sum += lost_now / TIMES * vg_censored_outcome(&aim, &curves, &person, NULL);
        }
    }
    return sum;
}

static void one_right_curve_is_enough(void **state)
{
    (void)state;
    const double truth = 2.5;
    witness_close("both right", expected_pseudo((Discrete){0}), truth, 1e-12, 1);
    witness_close("events wrong", expected_pseudo((Discrete){.wrong_events = true}), truth, 1e-12,
                  1);
    witness_close("losses wrong", expected_pseudo((Discrete){.wrong_losses = true}), truth, 1e-12,
                  1);
    Discrete wrong = {.wrong_events = true, .wrong_losses = true};
    assert_true(fabs(expected_pseudo(wrong) - truth) > 0.01);
    /* what grf does, on the same times */
    assert_true(fabs(expected_pseudo((Discrete){.log_steps = true}) - truth) > 0.01);
    Discrete grf = {.together = true, .log_steps = true};
    assert_true(fabs(expected_pseudo(grf) - truth) > 0.17);
}

static void refuse(VgArena *arena, Trial *t, const VgSurvivalAim *aim, VgStatus expected,
                   const char *what)
{
    VgError error = {0};
    VgRandomForest *forest;
    VgForestData data = data_of(t);
    VgForestTreatment treatment = treatment_of(t);
    VgForestOptions options = {.trees = 10, .threads = 1};
    VgStatus status = vg_forest_survival_effect(arena, &data, t->event, aim, &treatment, &options,
                                                &forest, &error);
    char text[1024];
    vg_error_format(&error, text, sizeof text);
    if (status != expected || !strstr(text, what))
        fail_msg("status %d, %s; expected %d, %s", (int)status, text, (int)expected, what);
}

static void what_cannot_be_answered_is_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    Trial *t = VG_NEW(arena, Trial, 1);
    VgSurvivalAim two = {VG_SURVIVAL_RMST, 2.0};
    make_trial(t, 0.3);
    refuse(arena, t, &(VgSurvivalAim){VG_SURVIVAL_RMST, 0.0}, VG_INVALID_INPUT, "horizon is 0");
    refuse(arena, t, &(VgSurvivalAim){VG_SURVIVAL_RMST, NAN}, VG_INVALID_INPUT, "horizon is");
    refuse(arena, t, &(VgSurvivalAim){VG_SURVIVAL_RMST, 1e-9}, VG_NOT_ESTIMABLE,
           "arm usual has no event until");
    refuse(arena, t, &(VgSurvivalAim){VG_SURVIVAL_PROBABILITY, 1e-9}, VG_NOT_ESTIMABLE,
           "arm usual has no event until");
    t->time[7] = -1;
    refuse(arena, t, &two, VG_INVALID_INPUT, "the time of row 8 is -1");
    make_trial(t, 0.3);
    for (size_t i = 0; i < N; i++)
        t->event[i] = t->event[i] && t->arm[i] == 0;
    refuse(arena, t, &two, VG_NOT_ESTIMABLE, "arm new has no event until");
    memset(t->event, 0, sizeof t->event);
    refuse(arena, t, &two, VG_NOT_ESTIMABLE, "has no event until");
    /* everybody leaves at 1 at the latest */
    make_trial(t, 0.3);
    for (size_t i = 0; i < N; i++) {
        t->event[i] = t->event[i] && t->time[i] < 1;
        t->time[i] = fmin(t->time[i], 1.0);
    }
    refuse(arena, t, &two, VG_NOT_ESTIMABLE, "was followed to the horizon of 2: the last was");
    /* nearly all leave early: nobody can stand for them */
    make_trial(t, 0.3);
    for (size_t i = 0; i < N; i++)
        if (i < 4) {
            t->time[i] = 3.0;
            t->arm[i] = i % 2;
        } else if (t->time[i] > 0.1) {
            t->time[i] = 0.1 + (double)i / (100 * N);
            t->event[i] = false;
        }
    refuse(arena, t, &two, VG_NOT_ESTIMABLE, "would stand for more than a hundred");
    for (size_t i = 0; i < N; i++)
        t->time[i] = i % 2 ? 2.0 : 1.0;
    refuse(arena, t, &(VgSurvivalAim){VG_SURVIVAL_RMST, 1.5}, VG_NOT_ESTIMABLE,
           "2 different times");
    vg_arena_destroy(arena);
}

static void three_arms_are_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgError error = {0};
    Trial *t = VG_NEW(arena, Trial, 1);
    make_trial(t, 0.3);
    VgForestData data = data_of(t);
    VgForestTreatment treatment = treatment_of(t);
    VgRandomForest *forest;
    VgSurvivalAim aim = {VG_SURVIVAL_RMST, 2.0};
    treatment.n_arms = 3;
    treatment.propensity = (VgMatrix){0};
    assert_int_equal(
        vg_forest_survival_effect(arena, &data, t->event, &aim, &treatment, NULL, &forest, &error),
        VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "3 arms"));
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_censoring_the_outcome_stands_for_itself),
        cmocka_unit_test(pseudo_outcomes_repair_the_mean),
        cmocka_unit_test(forests_find_who_gains_time),
        cmocka_unit_test(units_of_time_and_threads_do_not_matter),
        cmocka_unit_test(one_right_curve_is_enough),
        cmocka_unit_test(what_cannot_be_answered_is_refused),
        cmocka_unit_test(three_arms_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
