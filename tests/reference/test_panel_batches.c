/* Batches: what they explain with its interval, and corrections, against R (tests/reference/panel_batches.R). */
#include "support/panel_witness.h"

#include <math.h>

#include <vagus/panel_clean.h>
#include <vagus/quality.h>

static VgArena *arena;
static json_t *root;

static size_t *indices(const char *path, size_t *n)
{
    double *x = witness_array(arena, root, path, n);
    size_t *out = VG_NEW(arena, size_t, *n);
    for (size_t i = 0; i < *n; i++)
        out[i] = (size_t)x[i];
    return out;
}

static void shares_and_their_interval_agree(void **state)
{
    (void)state;
    size_t n;
    const size_t *batch = indices("batch", &n), *who = indices("participant", &n);
    VgMatrix y = witness_matrix(arena, root, "y", n), x = witness_matrix(arena, root, "x", n);
    VgBatchShare share, again;
    VgError error = {0};
    WITNESS_OK(vg_batch_share(arena, y, x, batch, 4, who, 24, 0.95, 199, 1, &share, &error),
               &error);
    witness_close("share", share.share, witness_number(root, "share"), 1e-11, 0);
    witness_close("adjusted", share.adjusted, witness_number(root, "adjusted"), 1e-11, 0);
    witness_close("lower", share.lower, witness_number(root, "lower"), 1e-9, 0);
    witness_close("upper", share.upper, witness_number(root, "upper"), 1e-10, 0);
    /* what was put in is found, and chance gives about df/(n − p) */
    assert_true(share.p == 1.0 / 200 && !share.whole_participants);
    assert_true(fabs(share.expected - 3.0 / 63) < 0.01);
    WITNESS_OK(vg_batch_share(arena, y, x, batch, 4, who, 24, 0.95, 199, 1, &again, &error),
               &error);
    assert_memory_equal(&share.expected, &again.expected, sizeof share.expected);
}

/* Three arms × three visits of 24 participants, one layer of two analytes. */
static VgStudy *study_of(VgLayer *layer)
{
    size_t n, m;
    VgStudy *study = VG_NEW(arena, VgStudy, 1);
    double *value = witness_array(arena, root, "value", &n),
           *below = witness_array(arena, root, "below", &m);
    const size_t *arm = indices("arm", &m), *batch = indices("batch", &m);
    double *lower = VG_NEW(arena, double, n), *upper = VG_NEW(arena, double, n);
    memcpy(lower, value, n * sizeof *value);
    memcpy(upper, value, n * sizeof *value);
    *layer = (VgLayer){.name = "il",
                       .label = "il",
                       .kind = VG_LAYER_CONCENTRATION,
                       .n_samples = m,
                       .sample = VG_NEW(arena, const char *, m),
                       .participant = indices("participant", &m),
                       .visit = indices("visit", &m),
                       .batch = VG_NEW(arena, int32_t, m),
                       .n_batches = 4,
                       .n_features = 2,
                       .feature = VG_NEW(arena, const char *, 2),
                       .correct_batch = true,
                       .value = {value, m, 2, m},
                       .lower = {lower, m, 2, m},
                       .upper = {upper, m, 2, m}};
    layer->feature[0] = "a";
    layer->feature[1] = "b";
    layer->feature_label = layer->feature;
    *study = (VgStudy){.file = "study.yaml",
                       .n_participants = 24,
                       .arm_of = VG_NEW(arena, int32_t, 24),
                       .n_visits = 3,
                       .n_arms = 3,
                       .layer = layer,
                       .n_layers = 1};
    for (size_t i = 0; i < m; i++) {
        layer->sample[i] = "s";
        layer->batch[i] = (int32_t)batch[i];
        study->arm_of[layer->participant[i]] = (int32_t)arm[i];
        if (below[i] > 0) {
            value[m + i] = NAN;
            lower[m + i] = -INFINITY;
            upper[m + i] = witness_number(root, "limit");
        }
    }
    return study;
}

static void corrected_values_agree(void **state)
{
    (void)state;
    VgLayer layer;
    VgProblems problems = {0};
    VgError error = {0};
    VgStudy *study = study_of(&layer);
    WITNESS_OK(vg_panel_clean(arena, study, &problems, &error), &error);
    assert_true(layer.corrected && problems.n == 0);
    witness_close_all(root, "corrected_1", layer.value.data, layer.n_samples, 1e-11, 0);
    /* survreg's own convergence allows 1e-8 */
    witness_close_all(root, "corrected_2", &VG_AT(layer.upper, 0, 1), layer.n_samples, 1e-8, 0);
    assert_true(isnan(VG_AT(layer.value, 0, 1)) == (VG_AT(layer.lower, 0, 1) == -INFINITY));
    /* the values as measured are kept, and nothing is corrected twice */
    size_t n;
    double once = VG_AT(layer.value, 0, 0);
    const double *value = witness_array(arena, root, "value", &n);
    assert_true(VG_AT(layer.uncorrected, 0, 0) == value[0]);
    WITNESS_OK(vg_panel_clean(arena, study, &problems, &error), &error);
    assert_true(VG_AT(layer.value, 0, 0) == once);
}

static void what_cannot_be_told_apart_is_refused(void **state)
{
    (void)state;
    static const char *const WORDS[] = {"aliased with batch", "has no batch", "one batch"};
    for (int k = 0; k < 3; k++) {
        VgLayer layer;
        VgProblems problems = {0};
        VgError error = {0};
        VgStudy *study = study_of(&layer);
        double before = VG_AT(layer.value, 5, 0);
        for (size_t i = 0; i < layer.n_samples; i++)
            layer.batch[i] = k == 0 ? (int32_t)layer.visit[i] : k == 1 ? -(i == 3) : 0;
        if (k == 2)
            layer.n_batches = 1;
        assert_int_not_equal(vg_panel_clean(arena, study, &problems, &error), VG_OK);
        assert_int_equal(problems.n_errors, 1);
        assert_non_null(strstr(error.message, WORDS[k]));
        assert_true(!layer.corrected && VG_AT(layer.value, 5, 0) == before);
    }
}

static void parts_are_counted(void **state)
{
    (void)state;
    const size_t group[] = {0, 0, 1, 1, 2, 2}, apart[] = {0, 1, 2, 2, 3, 3},
                 whole[] = {0, 1, 1, 2, 2, 0}, two[] = {0, 1, 1, 1, 2, 2};
    assert_int_equal(vg_batch_parts(arena, group, 3, apart, 4, 6), 3);
    assert_int_equal(vg_batch_parts(arena, group, 3, whole, 3, 6), 1);
    assert_int_equal(vg_batch_parts(arena, group, 4, two, 3, 6), 2); /* group 3 has no sample */
}

static void contaminants_are_called_and_removed(void **state)
{
    (void)state;
    enum { N = 20, BLANKS = 6 };
    double value[3 * N], blank[3 * BLANKS];
    size_t participant[N], visit[N];
    const char *sample[N], *feature[] = {"gut", "reagent", "other"};
    for (size_t i = 0; i < N; i++) {
        sample[i] = "s";
        participant[i] = i;
        visit[i] = 0;
        value[i] = 100;
        value[N + i] = i == 0;
        value[2 * N + i] = 5;
    }
    for (size_t i = 0; i < BLANKS; i++) {
        blank[i] = 0;
        blank[BLANKS + i] = 10;
        blank[2 * BLANKS + i] = i < 3;
    }
    int32_t arm_of[N] = {0};
    for (int remove = 0; remove < 2; remove++) {
        VgLayer layer = {.name = "stool",
                         .kind = VG_LAYER_COUNTS,
                         .n_samples = N,
                         .sample = sample,
                         .participant = participant,
                         .visit = visit,
                         .n_features = 3,
                         .feature = feature,
                         .feature_label = feature,
                         .value = {value, N, 3, N},
                         .negative = {blank, BLANKS, 3, BLANKS},
                         .n_negative = BLANKS,
                         .contaminant_threshold = 0.1,
                         .remove_contaminants = remove};
        VgStudy study = {.file = "study.yaml",
                         .n_participants = N,
                         .arm_of = arm_of,
                         .n_visits = 1,
                         .n_arms = 1,
                         .layer = &layer,
                         .n_layers = 1};
        VgProblems problems = {0};
        VgError error = {0};
        WITNESS_OK(vg_panel_clean(arena, &study, &problems, &error), &error);
        assert_int_equal(layer.contaminants->method, VG_CONTAMINANTS_PREVALENCE);
        assert_int_equal(layer.contaminants->n_contaminants, 1);
        assert_true(layer.contaminants->contaminant[1]);
        assert_int_equal(layer.n_features, remove ? 2 : 3);
        assert_int_equal(layer.n_removed, remove);
        if (remove) {
            assert_string_equal(layer.removed[0], "reagent");
            assert_string_equal(layer.feature[1], "other");
            assert_true(VG_AT(layer.value, 3, 1) == 5 && VG_AT(layer.negative, 0, 1) == 1);
        }
        /* neither controls nor DNA: removal cannot be had, and is told */
        layer.n_negative = 0;
        layer.cleaned = false;
        layer.remove_contaminants = true;
        assert_int_equal(vg_panel_clean(arena, &study, &problems, &error), VG_INVALID_INPUT);
        assert_non_null(strstr(error.message, "neither negative controls nor"));
    }
}

int main(void)
{
    arena = vg_arena_create();
    root = witness_json(witness_source(arena, "tests/reference/panel_batches.json"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_and_their_interval_agree), cmocka_unit_test(corrected_values_agree),
        cmocka_unit_test(what_cannot_be_told_apart_is_refused), cmocka_unit_test(parts_are_counted),
        cmocka_unit_test(contaminants_are_called_and_removed)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(root);
    vg_arena_destroy(arena);
    return failed;
}
