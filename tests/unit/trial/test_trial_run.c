/* The plan of a trial: what an analysis answers, what a failure means, what the methods text says.
 * The study is simulated; the numbers of the models have their witnesses in tests/reference. */
#include "support/witness.h"

#include <math.h>

#include <vagus/trial.h>

#include "support/fixture_study.h"
#include "support/trial_rows.h"

static VgResult *run(VgArena *arena, const VgStudy *study)
{
    VgResult *result = vg_result_create(arena, "run");
    VgError error = {0};
    WITNESS_OK(vg_trial_run(study, result, &error), &error);
    return result;
}

static void every_visit_and_arm_has_a_mean_and_a_contrast(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    VgResult *result = run(arena, study);
    assert_int_equal(trial_count(result, "primary", "lsmean"), 9);
    assert_int_equal(trial_count(result, "primary", "contrast"), 6);
    assert_int_equal(trial_count(result, "primary", "effect_size"), 6);
    assert_int_equal(trial_count(result, "ancova_sleep", "contrast"), 2);
    assert_int_equal(trial_count(result, "response_hamd", "risk_difference"), 2);
    for (size_t k = 0; k < result->n_estimates; k++) {
        const VgEstimate *row = &result->estimate[k];
        if (row->reference)
            assert_string_equal(row->reference, "placebo");
    }
    vg_arena_destroy(arena);
}

static void contrasts_are_differences_of_the_means(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = run(arena, fixture_study(arena, 120, 1));
    static const char *const id[] = {"primary", "sensitivity_1", "sensitivity_2"};
    for (size_t k = 0; k < 3; k++) {
        double arm = trial_row(result, id[k], "lsmean", NULL, "w8", "active")->estimate;
        double reference = trial_row(result, id[k], "lsmean", NULL, "w8", "placebo")->estimate;
        witness_close("difference",
                      trial_row(result, id[k], "contrast", NULL, "w8", "active")->estimate,
                      arm - reference, 1e-10, 0.1);
    }
    vg_arena_destroy(arena);
}

static void effect_size_is_in_baseline_standard_deviations(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    study->n_analyses = 1;
    VgResult *result = run(arena, study);
    /* pooled within arms over those analysed: everyone but participant 8, who never came back, and
     * any other such */
    const double *baseline = study->outcome[FIXTURE_HAMD].baseline;
    double squares = 0, df = 0;
    for (int32_t a = 0; a < FIXTURE_ARMS; a++) {
        double sum = 0, n = 0;
        for (int pass = 0; pass < 2; pass++)
            for (size_t i = 0; i < 120; i++) {
                bool seen = false;
                for (size_t t = 1; t < FIXTURE_VISITS; t++)
                    seen = seen || !isnan(study->outcome[FIXTURE_HAMD].value[i + t * 120]);
                if (study->arm_of[i] != a || !seen)
                    continue;
                if (pass == 0) {
                    sum += baseline[i];
                    n++;
                } else {
                    squares += (baseline[i] - sum / n) * (baseline[i] - sum / n);
                }
            }
        df += n - 1;
    }
    double sd = sqrt(squares / df);
    const VgEstimate *contrast = trial_row(result, "primary", "contrast", NULL, "w8", "active");
    const VgEstimate *d = trial_row(result, "primary", "effect_size", NULL, "w8", "active");
    witness_close("d", d->estimate, contrast->estimate / sd, 1e-10, 0);
    witness_close(
        "se", d->se,
        sqrt(contrast->se * contrast->se / (sd * sd) + d->estimate * d->estimate / (2 * df)), 1e-10,
        0);
    assert_non_null(strstr(d->note, "baseline SD"));
    vg_arena_destroy(arena);
}

static void who_is_favoured_follows_the_direction_of_the_scale(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    VgResult *result = run(arena, study);
    double hamd = trial_row(result, "primary", "contrast", NULL, "w8", "active")->estimate;
    double sleep = trial_row(result, "ancova_sleep", "contrast", NULL, "w8", "active")->estimate;
    assert_string_equal(trial_fact_text(result, "primary", "favours"),
                        hamd < 0 ? "active" : "placebo");
    assert_string_equal(trial_fact_text(result, "ancova_sleep", "favours"),
                        sleep > 0 ? "active" : "placebo");
    assert_true(hamd < 0 && sleep > 0); /* as simulated */
    vg_arena_destroy(arena);
}

/* ---- response ---- */

static void missing_counts_as_no_response_only_when_the_plan_says_so(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    size_t seen = 0, reached = 0;
    const VgOutcome *hamd = &study->outcome[FIXTURE_HAMD];
    for (size_t i = 0; i < 120; i++) {
        double value = hamd->value[i + FIXTURE_W8 * 120];
        if (study->arm_of[i] != FIXTURE_ACTIVE || isnan(value))
            continue;
        seen++;
        reached += hamd->baseline[i] - value >= 0.5 * hamd->baseline[i];
    }
    VgResult *composite = run(arena, study);
    study->analysis[FIXTURE_RESPONSE].binary_missing = VG_BINARY_MISSING_OBSERVED;
    VgResult *observed = run(arena, study);
    const VgEstimate *c =
        trial_row(composite, "response_hamd", "response_rate", NULL, "w8", "active");
    const VgEstimate *o =
        trial_row(observed, "response_hamd", "response_rate", NULL, "w8", "active");
    assert_true(seen < 40 && reached > 0);
    assert_true(c->n == 40 && o->n == (double)seen);
    witness_close("composite", c->estimate, (double)reached / 40, 1e-12, 0);
    witness_close("observed", o->estimate, (double)reached / (double)seen, 1e-12, 0);
    vg_arena_destroy(arena);
}

static void half_of_a_fraction_is_a_response(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    VgOutcome *hamd = &study->outcome[FIXTURE_HAMD];
    for (size_t i = 0; i < 120; i++) { /* prorated totals: 3 · 5.1 is not 15.3 in binary */
        hamd->baseline[i] = 15.3;
        hamd->value[i + FIXTURE_W8 * 120] = i % 2 ? 15.3 - 0.5 * 15.3 : 7.66;
    }
    study->analysis[FIXTURE_RESPONSE].n_covariates = 0;
    study->analysis[0] = study->analysis[FIXTURE_RESPONSE];
    study->n_analyses = 1;
    VgResult *result = run(arena, study);
    for (size_t k = 0; k < result->n_estimates; k++)
        if (strcmp(result->estimate[k].quantity, "response_rate") == 0)
            witness_close("half", result->estimate[k].estimate, 0.5, 1e-9, 0);
    vg_arena_destroy(arena);
}

static void response_counts_from_the_least_total(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    VgScale scale = *study->outcome[FIXTURE_HAMD].scale;
    scale.minimum = 20;
    scale.maximum = 80;
    VgOutcome *hamd = &study->outcome[FIXTURE_HAMD];
    hamd->scale = &scale;
    for (size_t i = 0; i < 120; i++) {
        hamd->baseline[i] = 40;
        hamd->value[i + FIXTURE_W8 * 120] =
            i % 4 < 2 ? 30 : 31; /* 30: half of the 20 above the least */
    }
    study->analysis[FIXTURE_RESPONSE].n_covariates = 0;
    study->analysis[0] = study->analysis[FIXTURE_RESPONSE];
    study->n_analyses = 1;
    VgResult *result = run(arena, study);
    witness_close(
        "half", trial_row(result, "response_hamd", "response_rate", NULL, "w8", "active")->estimate,
        0.5, 1e-12, 0);
    assert_true(trial_cites(result, "leucht_2009"));
    vg_arena_destroy(arena);
}

static void remission_that_nobody_reached_fails_with_the_observed_rates_kept(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    VgOutcome *hamd = &study->outcome[FIXTURE_HAMD];
    for (size_t i = 0; i < 120; i++)
        hamd->value[i + FIXTURE_W8 * 120] = fmax(hamd->value[i + FIXTURE_W8 * 120], 10);
    VgResult *result = run(arena, study);
    assert_non_null(trial_fact_text(result, "remission_hamd", "failed"));
    assert_int_equal(trial_count(result, "remission_hamd", "remission_rate"), 3);
    assert_int_equal(trial_count(result, "remission_hamd", "risk_difference"), 0);
    const VgEstimate *row =
        trial_row(result, "remission_hamd", "remission_rate", NULL, "w8", "active");
    assert_true(row->estimate == 0 && row->upper > 0.05);
    assert_true(trial_warns(result, "remission_hamd could not be had"));
    /* Firth's penalty gives finite answers */
    study->analysis[FIXTURE_REMISSION].firth = true;
    for (size_t i = 0; i < 30; i++)
        hamd->value[i * 4 + FIXTURE_W8 * 120] = i % 3 == 0 ? 10 : 5; /* none in one arm */
    result = run(arena, study);
    assert_true(trial_count(result, "remission_hamd", "risk_difference") == 2);
    assert_true(trial_cites(result, "firth_1993"));
    vg_arena_destroy(arena);
}

/* ---- failures ---- */

static void a_failing_secondary_is_a_warning_and_leaves_nothing_behind(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    for (size_t i = 0; i < 120; i++) /* nobody on placebo slept at the laboratory */
        if (study->arm_of[i] == FIXTURE_PLACEBO)
            study->outcome[FIXTURE_SLEEP].value[i + FIXTURE_W8 * 120] = NAN;
    VgResult *result = run(arena, study);
    assert_non_null(strstr(trial_fact_text(result, "ancova_sleep", "failed"), "w8"));
    assert_int_equal(trial_count(result, "ancova_sleep", NULL), 0);
    assert_true(trial_warns(result, "ancova_sleep could not be had"));
    assert_non_null(
        strstr(trial_methods(result, "Secondary analysis: ancova_sleep"), "could not be had"));
    assert_true(trial_count(result, "primary", "contrast") == 6);
    vg_arena_destroy(arena);
}

static void a_failing_primary_is_the_status(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    for (size_t i = 0; i < 120; i++)
        if (study->arm_of[i] == FIXTURE_PLACEBO)
            study->outcome[FIXTURE_HAMD].value[i + FIXTURE_W8 * 120] = NAN;
    VgResult *result = vg_result_create(arena, "run");
    VgError error = {0};
    assert_int_equal(vg_trial_run(study, result, &error), VG_NOT_ESTIMABLE);
    assert_non_null(strstr(error.message, "primary"));
    assert_non_null(strstr(error.message, "w8"));
    assert_non_null(strstr(error.message, "placebo"));
    assert_true(error.hint[0] != 0);
    vg_arena_destroy(arena);
}

static void a_constant_outcome_is_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    study->n_analyses = 1;
    study->analysis[0].change = false;
    for (size_t i = 0; i < 120 * FIXTURE_VISITS; i++)
        if (!isnan(study->outcome[FIXTURE_HAMD].value[i]))
            study->outcome[FIXTURE_HAMD].value[i] = 20;
    VgResult *result = vg_result_create(arena, "run");
    VgError error = {0};
    assert_int_equal(vg_trial_run(study, result, &error), VG_NOT_ESTIMABLE);
    vg_arena_destroy(arena);
}

static void one_arm_is_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 60, 1);
    for (size_t i = 0; i < 60; i++)
        study->arm_of[i] = FIXTURE_PLACEBO;
    VgResult *result = vg_result_create(arena, "run");
    VgError error = {0};
    assert_int_equal(vg_trial_run(study, result, &error), VG_NOT_ESTIMABLE);
    vg_arena_destroy(arena);
}

/* ---- covariates ---- */

static void participants_without_a_covariate_are_dropped_counted_and_told_of(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    static const char *with_age[] = {"baseline", "age"};
    study->analysis[0].covariate = with_age;
    VgResult *result = run(arena, study);
    assert_true(trial_fact_number(result, "primary", "n_dropped") == 2);
    assert_true(trial_warns(result, "2 participants were left out because a covariate is missing"));
    vg_arena_destroy(arena);
}

static void strata_that_are_numbers_are_factors(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = run(arena, fixture_study(arena, 120, 1));
    trial_row(result, "primary", "coefficient", "site2", NULL, NULL);
    trial_row(result, "primary", "coefficient", "site3", NULL, NULL);
    vg_arena_destroy(arena);
}

static void an_explicit_model_gives_what_the_plan_would(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    study->n_analyses = 1;
    VgResult *declared = run(arena, study);
    study->analysis[0].model = "~ arm * visit + baseline * visit + site";
    VgResult *written = run(arena, study);
    const VgEstimate *a = trial_row(declared, "primary", "contrast", NULL, "w8", "active");
    const VgEstimate *b = trial_row(written, "primary", "contrast", NULL, "w8", "active");
    witness_close("contrast", b->estimate, a->estimate, 1e-9, 0.1);
    witness_close("se", b->se, a->se, 1e-9, 0);
    study->analysis[0].model = "change ~ visit + baseline";
    VgResult *result = vg_result_create(arena, "run");
    VgError error = {0};
    assert_int_equal(vg_trial_run(study, result, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "has no arm"));
    vg_arena_destroy(arena);
}

static void a_model_without_main_effects_gives_the_same_contrasts(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    study->n_analyses = 1;
    study->analysis[0].model = "change ~ arm * visit + baseline";
    VgResult *crossed = run(arena, study);
    study->analysis[0].model = "change ~ arm:visit + baseline"; /* one column too many: aliased */
    VgResult *cells = run(arena, study);
    static const char *const visit[] = {"w2", "w4", "w8"};
    for (size_t t = 0; t < 3; t++) {
        const VgEstimate *a = trial_row(crossed, "primary", "contrast", NULL, visit[t], "active");
        const VgEstimate *b = trial_row(cells, "primary", "contrast", NULL, visit[t], "active");
        witness_close("contrast", b->estimate, a->estimate, 1e-9, 0.1);
        witness_close("se", b->se, a->se, 1e-9, 0);
    }
    assert_true(trial_warns(cells, "say nothing new"));
    vg_arena_destroy(arena);
}

static void an_offset_moves_the_means_and_not_the_contrasts(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    study->n_analyses = 1;
    study->analysis[0].model = "change ~ arm * visit + baseline";
    VgResult *change = run(arena, study);
    study->analysis[0].model = "value ~ arm * visit + baseline + offset(baseline)";
    VgResult *value = run(arena, study); /* value − baseline is the change */
    const VgEstimate *a = trial_row(change, "primary", "contrast", NULL, "w8", "active");
    const VgEstimate *b = trial_row(value, "primary", "contrast", NULL, "w8", "active");
    witness_close("contrast", b->estimate, a->estimate, 1e-9, 0.1);
    double mean = trial_row(change, "primary", "lsmean", NULL, "w8", "active")->estimate;
    double moved = trial_row(value, "primary", "lsmean", NULL, "w8", "active")->estimate;
    assert_true(moved - mean > 15 && moved - mean < 30); /* the mean baseline of the rows */
    vg_arena_destroy(arena);
}

static void an_mmrm_of_one_visit_is_an_ancova(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    VgResult *ancova = run(arena, study);
    study->analysis[FIXTURE_SLEEP_W8].kind = VG_ANALYSIS_MMRM;
    /* mmrm's own Kenward–Roger keeps the second derivative of log σ and is not the t test here */
    study->analysis[FIXTURE_SLEEP_W8].df = VG_DF_KENWARD_ROGER_LINEAR;
    VgResult *mmrm = run(arena, study);
    static const char *const quantity[] = {"contrast", "lsmean", "effect_size"};
    for (size_t q = 0; q < 3; q++) {
        const VgEstimate *a = trial_row(ancova, "ancova_sleep", quantity[q], NULL, "w8", "double");
        const VgEstimate *b = trial_row(mmrm, "ancova_sleep", quantity[q], NULL, "w8", "double");
        witness_close(quantity[q], b->estimate, a->estimate, 1e-9, 0.1);
        witness_close("se", b->se, a->se, 1e-8, 0);
        if (!isnan(a->df))
            witness_close("df", b->df, a->df, 1e-6, 0);
    }
    vg_arena_destroy(arena);
}

static void an_unknown_covariate_is_refused_by_name(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    static const char *misspelt[] = {"sitee"};
    study->analysis[0].covariate = misspelt;
    study->analysis[0].n_covariates = 1;
    VgResult *result = vg_result_create(arena, "run");
    VgError error = {0};
    assert_int_equal(vg_trial_run(study, result, &error), VG_INVALID_INPUT);
    assert_non_null(strstr(error.message, "sitee"));
    vg_arena_destroy(arena);
}

/* ---- multiplicity, safety ---- */

static void adjusted_p_values_stand_on_the_answers_and_a_failure_counts_as_one(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    size_t hypotheses[] = {FIXTURE_PRIMARY, FIXTURE_RESPONSE, FIXTURE_SLEEP_W8};
    study->multiplicity = (VgMultiplicity){VG_MULTIPLICITY_HOLM, hypotheses, 3, NULL, NULL};
    for (size_t i = 0; i < 120; i++)
        if (study->arm_of[i] == FIXTURE_PLACEBO)
            study->outcome[FIXTURE_SLEEP].value[i + FIXTURE_W8 * 120] = NAN;
    VgResult *result = run(arena, study);
    const VgEstimate *primary = trial_row(result, "primary", "contrast", NULL, "w8", "active");
    const VgEstimate *response =
        trial_row(result, "response_hamd", "risk_difference", NULL, "w8", "active");
    double low = fmin(primary->p, response->p), high = fmax(primary->p, response->p);
    const VgEstimate *first = primary->p == low ? primary : response;
    const VgEstimate *second = primary->p == low ? response : primary;
    witness_close("q", first->q, fmin(1, 3 * low), 1e-12, 0);
    witness_close("q", second->q, fmin(1, fmax(3 * low, 2 * high)), 1e-12, 0);
    const VgDataset *data = vg_result_find_dataset(result, NULL, "multiplicity");
    assert_int_equal(data->n_rows, 3);
    assert_true(vg_dataset_column(data, "p")->number[2] == 1);
    assert_true(trial_warns(result, "ancova_sleep gave no p value and counts as 1"));
    vg_arena_destroy(arena);
}

static void a_graph_passes_its_weight_on(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    size_t hypotheses[] = {FIXTURE_PRIMARY, FIXTURE_RESPONSE};
    double weight[] = {1, 0}, transition[] = {0, 1, 0, 0};
    study->multiplicity =
        (VgMultiplicity){VG_MULTIPLICITY_GRAPH, hypotheses, 2, weight, transition};
    VgResult *result = run(arena, study);
    const VgEstimate *primary = trial_row(result, "primary", "contrast", NULL, "w8", "active");
    const VgEstimate *response =
        trial_row(result, "response_hamd", "risk_difference", NULL, "w8", "active");
    witness_close("fixed sequence", primary->q, primary->p, 1e-12, 0);
    witness_close("fixed sequence", response->q, fmax(primary->p, response->p), 1e-12, 0);
    vg_arena_destroy(arena);
}

static void safety_counts_people_once_and_shows_the_serious_first(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    VgResult *result = run(arena, study);
    const VgDataset *data = vg_result_find_dataset(result, NULL, "adverse_events");
    const VgDatasetColumn *term = vg_dataset_column(data, "term"),
                          *arm = vg_dataset_column(data, "arm");
    const VgDatasetColumn *people = vg_dataset_column(data, "participants");
    const VgDatasetColumn *events = vg_dataset_column(data, "events");
    const VgDatasetColumn *serious = vg_dataset_column(data, "serious");
    assert_string_equal(term->text[0], "any adverse event");
    assert_string_equal(term->text[3], "any serious adverse event");
    assert_string_equal(term->text[6], "suicidal ideation");
    assert_true(serious->number[0] == 0 && serious->number[3] == 1 && serious->number[6] == 1);
    double total = 0;
    for (size_t r = 0; r < 3; r++)
        total += events->number[r];
    assert_true(total == (double)study->n_adverse_events);
    for (size_t r = 0; r < data->n_rows; r++) {
        bool seen[120] = {false};
        double n = 0;
        for (size_t k = 0; k < study->n_adverse_events && r >= 6; k++) {
            const VgAdverseEvent *event = &study->adverse_event[k];
            if (serious->number[r] == 1 && !event->serious)
                continue;
            if (strcmp(event->term, term->text[r]) == 0 && !seen[event->participant] &&
                strcmp(study->arm[study->arm_of[event->participant]].name, arm->text[r]) == 0) {
                seen[event->participant] = true;
                n++;
            }
        }
        if (r >= 6)
            assert_true(people->number[r] == n);
    }
    for (size_t k = 0; k < result->n_estimates; k++)
        if (strncmp(result->estimate[k].quantity, "event_", 6) == 0)
            assert_true(isnan(result->estimate[k].p) != 0);
    vg_arena_destroy(arena);
}

/* Exposure of participant i ends at the first event: 5 participants, 100 days each, one event at
 * day 40 → 440 days. Rate and exact limits by R 4.2.2: poisson.test(1, 440 / 36525)$conf.int; upper
 * bound of 0 in 2: binom.test(0, 2)$conf.int */
static void rates_end_at_the_first_event_and_zero_cells_have_upper_bounds(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    VgAdverseEvent events[] = {{0, "infection", true, 40, NULL}, {0, "infection", false, 60, NULL}};
    study->adverse_event = events;
    study->n_adverse_events = 2;
    for (size_t i = 0; i < 120; i++)
        study->exposure_days[i] = study->arm_of[i] == FIXTURE_PLACEBO && i >= 15 ? 0 : 100;
    VgResult *result = run(arena, study);
    const VgEstimate *rate = trial_row(result, NULL, "event_rate", "infection", NULL, "placebo");
    witness_close("rate", rate->estimate, 36525.0 / 440, 1e-12, 0);
    witness_close("lower", rate->lower, 2.10166576505952, 1e-9, 0);
    witness_close("upper", rate->upper, 462.50971557737108, 1e-9, 0);
    const VgEstimate *risk = trial_row(result, NULL, "event_risk", "infection", NULL, "active");
    assert_true(risk->estimate == 0 && risk->lower == 0);
    witness_close("zero of 40", risk->upper, 1 - pow(0.025, 1.0 / 40), 1e-9, 0);
    const VgEstimate *difference =
        trial_row(result, NULL, "event_risk_difference", "infection", NULL, "active");
    witness_close("difference", difference->estimate, -1.0 / 40, 1e-12, 0);
    assert_true(difference->lower < difference->estimate && difference->upper > 0);
    vg_arena_destroy(arena);
}

static void a_term_whose_events_were_all_serious_has_one_line(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    VgAdverseEvent events[] = {{0, "sepsis", true, 40, NULL},
                               {1, "headache", false, 5, NULL},
                               {2, "headache", true, 5, NULL}};
    study->adverse_event = events;
    study->n_adverse_events = 3;
    VgResult *result = run(arena, study);
    const VgDataset *data = vg_result_find_dataset(result, NULL, "adverse_events");
    assert_int_equal(data->n_rows, 3 * 5); /* two totals, sepsis, headache serious and all */
    const VgEstimate *all = trial_row(result, NULL, "event_risk", "headache", NULL, "active");
    const VgEstimate *some =
        trial_row(result, NULL, "event_risk", "headache (serious)", NULL, "active");
    assert_true(all->estimate > 0 && some->estimate == 0);
    trial_row(result, NULL, "event_risk", "sepsis (serious)", NULL, "placebo");
    vg_arena_destroy(arena);
}

static void the_same_study_gives_the_same_result_twice(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study = fixture_study(arena, 120, 1);
    VgResult *a = run(arena, study), *b = run(arena, study);
    assert_int_equal(a->n_estimates, b->n_estimates);
    for (size_t k = 0; k < a->n_estimates; k++)
        assert_memory_equal(&a->estimate[k].estimate, &b->estimate[k].estimate, sizeof(double));
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_visit_and_arm_has_a_mean_and_a_contrast),
        cmocka_unit_test(contrasts_are_differences_of_the_means),
        cmocka_unit_test(effect_size_is_in_baseline_standard_deviations),
        cmocka_unit_test(who_is_favoured_follows_the_direction_of_the_scale),
        cmocka_unit_test(missing_counts_as_no_response_only_when_the_plan_says_so),
        cmocka_unit_test(half_of_a_fraction_is_a_response),
        cmocka_unit_test(response_counts_from_the_least_total),
        cmocka_unit_test(remission_that_nobody_reached_fails_with_the_observed_rates_kept),
        cmocka_unit_test(a_failing_secondary_is_a_warning_and_leaves_nothing_behind),
        cmocka_unit_test(a_failing_primary_is_the_status),
        cmocka_unit_test(a_constant_outcome_is_refused),
        cmocka_unit_test(one_arm_is_refused),
        cmocka_unit_test(participants_without_a_covariate_are_dropped_counted_and_told_of),
        cmocka_unit_test(strata_that_are_numbers_are_factors),
        cmocka_unit_test(an_explicit_model_gives_what_the_plan_would),
        cmocka_unit_test(a_model_without_main_effects_gives_the_same_contrasts),
        cmocka_unit_test(an_offset_moves_the_means_and_not_the_contrasts),
        cmocka_unit_test(an_mmrm_of_one_visit_is_an_ancova),
        cmocka_unit_test(an_unknown_covariate_is_refused_by_name),
        cmocka_unit_test(adjusted_p_values_stand_on_the_answers_and_a_failure_counts_as_one),
        cmocka_unit_test(a_graph_passes_its_weight_on),
        cmocka_unit_test(safety_counts_people_once_and_shows_the_serious_first),
        cmocka_unit_test(rates_end_at_the_first_event_and_zero_cells_have_upper_bounds),
        cmocka_unit_test(a_term_whose_events_were_all_serious_has_one_line),
        cmocka_unit_test(the_same_study_gives_the_same_result_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
