/* Nested prediction: nothing of the people left out leaks into their predictions; blocks, missing layers, arms; what is refused. */
#include <vagus/elastic_net.h>
#include <vagus/prediction.h>

#include "support/witness.h"

#include <math.h>

#include "strata/prediction_internal.h"

enum { N = 240, CLINICAL = 3, STOOL = 8, BLOOD = 5, P = CLINICAL + STOOL + BLOOD };

typedef struct Trial {
    VgArena *arena;
    double x[N * P], event[N];
    size_t block[P];
    int32_t arm[N], person[N];
    VgPredictionData data;
} Trial;

static Trial trial;

/* log odds: 0.5 x0 + `stool` times the first stool column + `cross` times x1 where arm 1. */
static void draw(double stool, double cross)
{
    static const char *const BLOCK[] = {"clinical", "stool", "blood"}, *const ARM[] = {"placebo",
                                                                                       "active"};
    Trial *t = &trial;
    for (size_t j = 0; j < P; j++)
        t->block[j] = j < CLINICAL ? 0 : j < CLINICAL + STOOL ? 1 : 2;
    for (size_t i = 0; i < N; i++) {
        VgRandom random = vg_random_start(7, VG_STREAM_TEST, 0, (uint32_t)i);
        for (size_t j = 0; j < P; j++)
            t->x[i + j * N] = vg_random_normal(&random);
        t->arm[i] = (int32_t)(i % 2);
        t->person[i] = (int32_t)(i / 2);
        double odds =
            0.5 * t->x[i] + stool * t->x[i + CLINICAL * N] + (i % 2 ? cross : -cross) * t->x[i + N];
        t->event[i] = vg_random_uniform(&random) < 1 / (1 + exp(-odds));
    }
    t->data = (VgPredictionData){.n = N,
                                 .x = {t->x, N, P, N},
                                 .block = t->block,
                                 .n_blocks = 3,
                                 .block_name = BLOCK,
                                 .arm = t->arm,
                                 .arms = 2,
                                 .arm_name = ARM,
                                 .event = t->event};
}

static VgPredictionOptions few(void)
{
    return (VgPredictionOptions){
        .folds = 5, .repeats = 2, .inner_folds = 3, .penalties = 15, .trees = 50, .seed = 3};
}

static VgPrediction fit(const VgPredictionOptions *options)
{
    VgPrediction prediction;
    VgError error = {0};
    WITNESS_OK(vg_prediction_fit(trial.arena, &trial.data, options, &prediction, &error), &error);
    return prediction;
}

static int setup(void **state)
{
    (void)state;
    trial.arena = vg_arena_create();
    return trial.arena ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    vg_arena_destroy(trial.arena);
    return 0;
}

/* ---- folds ---- */

static void folds_have_their_share_of_people_with_and_without_the_event(void **state)
{
    (void)state;
    draw(0, 0);
    VgPredictionOptions options = few();
    options.without[VG_PREDICT_FOREST] = true;
    VgPrediction p = fit(&options);
    for (size_t r = 0; r < p.repeats; r++)
        for (int kind = 0; kind < 2; kind++) {
            size_t least = N, most = 0;
            for (size_t f = 0; f < p.folds; f++) {
                size_t count = 0;
                for (size_t i = 0; i < N; i++)
                    count += p.fold[r * N + i] == (int32_t)f && trial.event[i] == kind;
                least = count < least ? count : least;
                most = count > most ? count : most;
            }
            assert_true(most - least <= 1);
        }
    size_t moved = 0;
    for (size_t i = 0; i < N; i++)
        moved += p.fold[i] != p.fold[N + i];
    assert_true(moved > N / 2);
}

static void rows_of_one_person_are_never_in_two_folds(void **state)
{
    (void)state;
    draw(0, 0);
    trial.data.clusters = (VgClusters){.of = trial.person, .count = N / 2};
    VgPredictionOptions options = few();
    VgPrediction p = fit(&options);
    for (size_t r = 0; r < p.repeats; r++)
        for (size_t i = 0; i < N; i++)
            assert_int_equal(p.fold[r * N + i], p.fold[r * N + i / 2 * 2]);
}

/* ---- no leak ---- */

typedef VgStatus (*Learner)(const VgPredictionTask *, VgArena *, VgMatrix, VgError *);

/* The last 40 predicted from the others. */
static void predict_last(Learner learner, double *out)
{
    enum { LAST = 40 };
    static const bool USE[3] = {true, true, true};
    size_t row[N];
    VgError error = {0};
    VgPredictionOptions options = few();
    options.lasso_share = 0.5;
    for (size_t i = 0; i < N; i++)
        row[i] = i;
    const VgPredictionTask task = {.data = &trial.data,
                                   .options = &options,
                                   .use = USE,
                                   .train = row,
                                   .n_train = N - LAST,
                                   .test = row + N - LAST,
                                   .n_test = LAST,
                                   .random = vg_random_start(1, VG_STREAM_TEST, 1, 0),
                                   .seed = 1};
    WITNESS_OK(learner(&task, trial.arena, (VgMatrix){out, LAST, 2, LAST}, &error), &error);
}

static void nothing_of_the_people_left_out_reaches_the_model(void **state)
{
    (void)state;
    static const Learner LEARNER[] = {vg_prediction_net, vg_prediction_forest};
    for (int k = 0; k < 2; k++) {
        double before[80], after[80];
        draw(1, 0.5);
        for (size_t i = 0; i < N; i += 9)
            trial.x[i + CLINICAL * N] = NAN;
        predict_last(LEARNER[k], before);
        for (size_t i = N - 40; i < N; i++) {
            trial.event[i] = 1 - trial.event[i];
            trial.arm[i] = 1 - trial.arm[i];
            for (size_t j = 0; j < P && i < N - 1; j++) /* of all but the last */
                trial.x[i + j * N] *= 1000;
        }
        predict_last(LEARNER[k], after);
        assert_true(after[39] == before[39] && after[79] == before[79]);
        size_t differ = 0;
        for (size_t i = 0; i < 39; i++)
            differ += after[i] != before[i];
        assert_true(differ > 20); /* their own values do count */
    }
}

static void answer_does_not_depend_on_threads(void **state)
{
    (void)state;
    draw(0.8, 0.3);
    VgPredictionOptions options = few();
    options.threads = 1;
    VgPrediction one = fit(&options);
    options.threads = 3;
    VgPrediction three = fit(&options);
    size_t all = one.n_models * one.n_sets * one.repeats * N;
    assert_memory_equal(one.probability, three.probability, all * sizeof(double));
    assert_memory_equal(one.apparent, three.apparent,
                        one.n_models * one.n_sets * N * sizeof(double));
    assert_memory_equal(one.under[1].data, three.under[1].data, 2 * N * sizeof(double));
}

static void units_do_not_matter(void **state)
{
    (void)state;
    VgPredictionOptions options = few();
    draw(1, 0.3);
    VgPrediction before = fit(&options);
    for (size_t k = 0; k < N * P; k++)
        trial.x[k] = 1000 * trial.x[k] + 37;
    VgPrediction after = fit(&options);
    size_t half = before.n_sets * before.repeats * N;
    for (size_t k = 0; k < half; k++) /* the descent stops at 1e-7 of the deviance */
        witness_close("net", after.probability[k], before.probability[k], 1e-6, 1);
    /* rounding must not have made two values one, or the ranks would differ */
    assert_memory_equal(after.probability + half, before.probability + half, half * sizeof(double));
}

/* ---- what is learnt ---- */

/* One arm, one block, nothing missing: the net is vg_elastic_net_cross_validate in the same folds. */
static void net_of_one_arm_and_block_is_a_plain_elastic_net(void **state)
{
    (void)state;
    static const bool USE[1] = {true};
    static const size_t BLOCK[P] = {0};
    size_t row[N];
    int32_t inner[N];
    VgError error = {0};
    draw(0.8, 0);
    for (size_t i = 0; i < N; i++) {
        row[i] = i;
        trial.arm[i] = 0;
    }
    trial.data.arms = 1;
    trial.data.n_blocks = 1;
    trial.data.block = BLOCK;
    VgPredictionOptions options = few();
    options.lasso_share = 0.7;
    double said[N], direct[N];
    const VgPredictionTask task = {.data = &trial.data,
                                   .options = &options,
                                   .use = USE,
                                   .train = row,
                                   .n_train = N,
                                   .test = row,
                                   .n_test = N,
                                   .random = vg_random_start(1, VG_STREAM_TEST, 1, 0)};
    WITNESS_OK(vg_prediction_net(&task, trial.arena, (VgMatrix){said, N, 1, N}, &error), &error);
    VgRandom random = task.random;
    WITNESS_OK(vg_prediction_deal(trial.arena, &trial.data, row, N, 3, &random, inner, &error),
               &error);
    const VgElasticNetData data = {.x = trial.data.x, .y = trial.event};
    const VgElasticNetOptions plain = {.family = VG_ELASTIC_NET_BINOMIAL,
                                       .ridge_share = 1 - 0.7,
                                       .n_lambda = 15,
                                       .lambda_min_ratio = 0.01};
    VgElasticNetValidation valid;
    WITNESS_OK(
        vg_elastic_net_cross_validate(trial.arena, &data, &plain, inner, 3, 1, &valid, &error),
        &error);
    vg_elastic_net_predict(&valid.path.point[valid.best], trial.data.x, direct);
    for (size_t i = 0; i < N; i++) /* threshold 1e-7, columns centred there and not here */
        witness_close("probability", said[i], 1 / (1 + exp(-direct[i])), 1e-6, 0);
}

static void a_layer_with_a_signal_gains_and_one_of_noise_does_not(void **state)
{
    (void)state;
    draw(1.5, 0);
    VgPredictionOptions options = few();
    VgPrediction p = fit(&options);
    VgError error = {0};
    assert_int_equal(p.n_sets, 4);
    assert_string_equal(p.set_name[1], "clinical + stool");
    assert_string_equal(p.set_name[3], "all layers");
    for (size_t m = 0; m < 2; m++) {
        VgPredictionGain stool, blood;
        VgPredictionQuality quality;
        WITNESS_OK(vg_prediction_gain(trial.arena, &trial.data, &p, m, 1, 0, &stool, &error),
                   &error);
        WITNESS_OK(vg_prediction_gain(trial.arena, &trial.data, &p, m, 2, 0, &blood, &error),
                   &error);
        assert_true(stool.auc.lower > 0 && stool.brier.lower > 0);
        assert_true(blood.auc.lower < 0);
        WITNESS_OK(vg_prediction_quality(trial.arena, &trial.data, &p, m, 1, 0, &quality, &error),
                   &error);
        assert_true(quality.auc.lower > 0.6 && quality.brier_skill.estimate > 0.1);
        assert_true(quality.apparent_auc > quality.auc.estimate);
        witness_close("pooled area", quality.auc_pooled.estimate, quality.auc.estimate, 0.03, 1);
        assert_true(fabs(quality.in_the_large.estimate) < 0.1);
    }
}

/* Gain of a set over itself is exactly 0; each fold's Brier score gathers everybody once a repeat. */
static void means_over_folds_add_up(void **state)
{
    (void)state;
    draw(1, 0);
    VgPredictionOptions options = few();
    options.without[VG_PREDICT_FOREST] = true;
    VgPrediction p = fit(&options);
    VgError error = {0};
    VgPredictionGain none;
    VgPredictionQuality quality;
    WITNESS_OK(vg_prediction_gain(trial.arena, &trial.data, &p, 0, 0, 0, &none, &error), &error);
    assert_true(none.auc.estimate == 0 && isnan(none.auc.se) && isnan(none.auc.p));
    WITNESS_OK(vg_prediction_quality(trial.arena, &trial.data, &p, 0, 2, 0, &quality, &error),
               &error);
    double sum = 0, share = 0;
    for (size_t r = 0; r < p.repeats; r++) {
        const VgPredicted all = {N, vg_prediction_of(&p, 0, 2, r), trial.event, {0}};
        const VgPredicted guess = {N, p.reference + r * N, trial.event, {0}};
        sum += vg_brier(&all) / 2;
        share += vg_brier(&guess) / 2;
    }
    witness_close("Brier", quality.brier.estimate, sum, 1e-3, 0); /* folds of 47 to 49 */
    witness_close("skill", quality.brier_skill.estimate, 1 - sum / share, 5e-3, 1);
}

static void probabilities_follow_the_arm_where_arm_and_predictor_interact(void **state)
{
    (void)state;
    draw(0, 1.5);
    VgPredictionOptions options = few();
    options.trees = 200;
    VgPrediction p = fit(&options);
    for (size_t m = 0; m < 2; m++) {
        double product = 0;
        for (size_t i = 0; i < N; i++)
            product += trial.x[i + N] * (VG_AT(p.under[m], i, 1) - VG_AT(p.under[m], i, 0)) / N;
        /* a forest sees an effect of the arm that turns round with a predictor poorly */
        assert_true(product > (m == 0 ? 0.1 : 0));
        /* under the own arm: the mean of what was said in each repeat */
        double own = 0;
        for (size_t r = 0; r < p.repeats; r++)
            own += vg_prediction_of(&p, m, p.n_sets - 1, r)[5] / (double)p.repeats;
        witness_close("own arm", VG_AT(p.under[m], 5, (size_t)trial.arm[5]), own, 1e-14, 0);
    }
}

static void people_without_a_layer_are_predicted_too(void **state)
{
    (void)state;
    draw(1.5, 0);
    for (size_t i = 0; i < N; i++)
        for (size_t j = CLINICAL; j < CLINICAL + STOOL; j++)
            if (i % 3 == 0 || (i + j) % 11 == 0) /* whole blocks and single values */
                trial.x[i + j * N] = NAN;
    for (size_t i = 0; i < N; i++)
        trial.x[i + (P - 1) * N] = NAN; /* nobody has the last column */
    VgPredictionOptions options = few();
    VgPrediction p = fit(&options);
    VgPredictionGain gain;
    VgError error = {0};
    for (size_t k = 0; k < p.n_models * p.n_sets * p.repeats * N; k++)
        assert_true(p.probability[k] >= 0 && p.probability[k] <= 1);
    WITNESS_OK(vg_prediction_gain(trial.arena, &trial.data, &p, 0, 1, 0, &gain, &error), &error);
    assert_true(gain.auc.lower > 0);
}

static void an_arm_without_events_and_constant_predictors_do_no_harm(void **state)
{
    (void)state;
    draw(1, 0);
    for (size_t i = 0; i < N; i++) {
        trial.event[i] = trial.arm[i] ? 0 : trial.event[i];
        for (size_t j = 0; j < CLINICAL; j++)
            trial.x[i + j * N] = 2;
    }
    VgPredictionOptions options = few();
    options.without[VG_PREDICT_FOREST] = true;
    VgPrediction p = fit(&options);
    for (size_t i = 0; i < N; i++) {
        double alone = vg_prediction_of(&p, 0, 0, 0)[i];
        assert_true(trial.arm[i] ? alone < 0.05 : fabs(alone - 0.5) < 0.15);
        assert_true(VG_AT(p.under[0], i, 1) < VG_AT(p.under[0], i, 0));
    }
}

/* ---- refused ---- */

static void refused(VgStatus want, const char *words, const VgPredictionOptions *options)
{
    VgError error = {0};
    VgPrediction prediction;
    assert_int_equal(vg_prediction_fit(trial.arena, &trial.data, options, &prediction, &error),
                     want);
    if (!strstr(error.message, words))
        fail_msg("\"%s\" does not say \"%s\"", error.message, words);
    assert_true(error.hint[0]);
}

static void what_cannot_be_is_refused_in_words(void **state)
{
    (void)state;
    VgPredictionOptions options = few();
    draw(0, 0);
    for (size_t i = 0; i < N; i++)
        trial.event[i] = i < 9;
    refused(VG_NOT_ESTIMABLE, "9 people with the event, fewer than 10", &options);
    for (size_t i = 0; i < N; i++)
        trial.event[i] = i >= 9;
    refused(VG_NOT_ESTIMABLE, "9 people without the event, fewer than 10", &options);
    draw(0, 0);
    trial.event[4] = NAN;
    refused(VG_INVALID_INPUT, "the event of row 5", &options);
    draw(0, 0);
    trial.arm[1] = 2;
    refused(VG_INVALID_INPUT, "row 2 is in arm 2", &options);
    draw(0, 0);
    trial.x[N + 1] = INFINITY;
    refused(VG_INVALID_INPUT, "column 2, row 2 is infinite", &options);
    draw(0, 0);
    for (size_t j = 0; j < P; j++)
        trial.block[j] = 1;
    refused(VG_NOT_ESTIMABLE, "no clinical predictor", &options);
    draw(0, 0);
    trial.block[3] = 3;
    refused(VG_INVALID_INPUT, "column 4 is of block 3 of 3", &options);
    draw(0, 0);
    options.folds = 2;
    refused(VG_INVALID_INPUT, "2 folds", &options);
    options = few();
    options.lasso_share = 1.5;
    refused(VG_INVALID_INPUT, "lasso share 1.5", &options);
    options = few();
    options.without[0] = options.without[1] = true;
    refused(VG_INVALID_INPUT, "0 models", &options);
}

static void twenty_people_are_enough_to_be_told_nothing(void **state)
{
    (void)state;
    draw(0, 0);
    for (size_t i = 0; i < N; i++)
        trial.event[i] = i % 4 < 2;
    trial.data.n = trial.data.x.rows = 20; /* ten with the event, ten without */
    VgPredictionOptions options = few();
    VgPrediction p = fit(&options);
    VgPredictionQuality quality;
    VgError error = {0};
    for (size_t m = 0; m < 2; m++) {
        WITNESS_OK(vg_prediction_quality(trial.arena, &trial.data, &p, m, 0, 0, &quality, &error),
                   &error);
        assert_true(quality.auc.lower < 0.5);
    }
}

static void no_more_folds_than_events(void **state)
{
    (void)state;
    draw(0, 0);
    for (size_t i = 0; i < N; i++)
        trial.event[i] = i % 20 == 0;
    VgPredictionOptions options = few();
    options.folds = 15;
    options.repeats = 1;
    options.without[VG_PREDICT_FOREST] = true;
    assert_int_equal(fit(&options).folds, 12);
}

/* ---- rows and words ---- */

static const VgEstimate *row_of(const VgResult *result, const char *quantity, const char *term,
                                const char *stratum)
{
    for (size_t k = 0; k < result->n_estimates; k++) {
        const VgEstimate *row = &result->estimate[k];
        if (strcmp(row->quantity, quantity) == 0 && strcmp(row->term, term) == 0 &&
            strcmp(row->stratum, stratum) == 0 && !row->arm)
            return row;
    }
    fail_msg("no row %s of %s, %s", quantity, term, stratum);
    return NULL;
}

static bool says(const VgResult *result, const char *about, const char *words)
{
    const VgDataset *d = vg_result_find_dataset(result, "prediction", "sentences");
    for (size_t k = 0; d && k < d->n_rows; k++)
        if (strcmp(vg_dataset_column(d, "about")->text[k], about) == 0 &&
            strstr(vg_dataset_column(d, "text")->text[k], words))
            return true;
    return false;
}

static VgResult *run(void)
{
    static const char *names[N];
    for (size_t i = 0; i < N; i++)
        names[i] = vg_arena_printf(trial.arena, "p%zu", i);
    const VgPredictionPlan plan = {.analysis = "prediction",
                                   .event = "response",
                                   .outcome_name = "response of hamd17 at w8",
                                   .options = few(),
                                   .without_outcome = 4,
                                   .participant = names};
    VgResult *result = vg_result_create(trial.arena, "run");
    VgError error = {0};
    WITNESS_OK(vg_prediction_run(trial.arena, &trial.data, &plan, result, &error), &error);
    return result;
}

static void a_signal_is_told_with_rows_curves_and_people(void **state)
{
    (void)state;
    draw(1.5, 0);
    VgResult *result = run();
    const VgEstimate *gain = row_of(result, "layer_gain_auc", "elastic net", "stool");
    assert_true(gain->lower > 0 && gain->q >= gain->p && gain->q < 0.05);
    row_of(result, "prediction_auc", "forest", "all layers");
    row_of(result, "prediction_auc_pooled", "forest", "clinical");
    row_of(result, "calibration_slope", "elastic net", "clinical + blood");
    row_of(result, "optimism", "elastic net", "all layers");
    assert_true(says(result, "prediction", "the elastic net tells to some extent"));
    assert_true(says(result, "prediction", "is a prognosis, not a reason to prefer an arm"));
    assert_true(says(result, "prediction", "4 people whose response is not known"));
    assert_true(says(result, "layers", "these help to predict: stool ("));
    const VgFact *fact = vg_result_find_fact(result, VG_FACTS_FIT, "prediction", "usable_response");
    assert_true(fact && fact->number == 1);
    const VgDataset *people = vg_result_find_dataset(result, "prediction", "predicted_probability");
    assert_int_equal(people->n_rows, 2 * 2 * N);
    const VgDataset *curve = vg_result_find_dataset(result, "prediction", "calibration_curve");
    double count = 0;
    for (size_t k = 0; k < 41; k++)
        count += vg_dataset_column(curve, "n")->number[k];
    witness_close("people along the curve", count, N, 1e-12, 0);
    const VgDataset *decision = vg_result_find_dataset(result, "prediction", "decision_curve");
    assert_int_equal(decision->n_rows, 2 * 4 * 51);
    assert_int_equal(vg_result_find_dataset(result, "prediction", "layer_gain")->n_rows, 6);
}

static void without_a_signal_no_usable_prediction_is_told(void **state)
{
    (void)state;
    draw(0, 0);
    for (size_t i = 0; i < N; i++)
        trial.event[i] = i % 4 < 2;
    VgResult *result = run();
    assert_true(says(result, "prediction", "No usable prediction of response of hamd17 at w8"));
    assert_true(says(result, "layers", "not shown to help: "));
    const VgFact *fact = vg_result_find_fact(result, VG_FACTS_FIT, "prediction", "usable_response");
    assert_true(fact && fact->number == 0);
}

static void few_events_to_each_predictor_are_told(void **state)
{
    (void)state;
    draw(1, 0);
    for (size_t i = 0; i < N; i++)
        trial.event[i] = i % 6 == 0;
    VgResult *result = run();
    assert_true(says(result, "prediction",
                     "40 people with response of hamd17 at w8 are few for 16 "
                     "predictors"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_have_their_share_of_people_with_and_without_the_event),
        cmocka_unit_test(rows_of_one_person_are_never_in_two_folds),
        cmocka_unit_test(nothing_of_the_people_left_out_reaches_the_model),
        cmocka_unit_test(answer_does_not_depend_on_threads),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(net_of_one_arm_and_block_is_a_plain_elastic_net),
        cmocka_unit_test(a_layer_with_a_signal_gains_and_one_of_noise_does_not),
        cmocka_unit_test(means_over_folds_add_up),
        cmocka_unit_test(probabilities_follow_the_arm_where_arm_and_predictor_interact),
        cmocka_unit_test(people_without_a_layer_are_predicted_too),
        cmocka_unit_test(an_arm_without_events_and_constant_predictors_do_no_harm),
        cmocka_unit_test(what_cannot_be_is_refused_in_words),
        cmocka_unit_test(twenty_people_are_enough_to_be_told_nothing),
        cmocka_unit_test(no_more_folds_than_events),
        cmocka_unit_test(a_signal_is_told_with_rows_curves_and_people),
        cmocka_unit_test(without_a_signal_no_usable_prediction_is_told),
        cmocka_unit_test(few_events_to_each_predictor_are_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
