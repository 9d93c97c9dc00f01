/* SIMULATED data: a linear congruential generator and Box–Muller, good enough to have something to
 * analyse. */
#include "support/fixture_study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double uniform(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return ((double)(*state >> 11) + 0.5) * 0x1p-53;
}

static double normal(uint64_t *state)
{
    double radius = sqrt(-2 * log(uniform(state)));
    return radius * cos(2 * 3.14159265358979323846 * uniform(state));
}

static const VgSeverityBand BANDS[] = {{"none", 0, 7}, {"mild", 8, 16}, {"worse", 17, 52}};

static const VgScale HAMD = {.name = "simulated-17",
                             .title = "A simulated depression scale",
                             .n_items = 17,
                             .minimum = 0,
                             .maximum = 52,
                             .lower_is_better = true,
                             .multiplier = 1,
                             .band = BANDS,
                             .n_bands = 3,
                             .response_fraction = 0.5,
                             .remission_cutoff = 7,
                             .unit = "points",
                             .citation = "Simulated for tests."};

static const VgScale SLEEP = {.name = "sleep",
                              .title = "Hours slept",
                              .minimum = -INFINITY,
                              .maximum = INFINITY,
                              .lower_is_better = false,
                              .multiplier = 1,
                              .response_fraction = NAN,
                              .remission_cutoff = NAN,
                              .unit = "hours"};

static VgColumn number_column(VgArena *arena, const char *name, size_t n)
{
    return (VgColumn){.name = name, .type = VG_COLUMN_NUMBER, .number = VG_NEW(arena, double, n)};
}

static VgColumn factor_column(VgArena *arena, const char *name, size_t n, const char **level,
                              size_t n_levels)
{
    return (VgColumn){.name = name,
                      .type = VG_COLUMN_FACTOR,
                      .code = VG_NEW(arena, int32_t, n),
                      .level = level,
                      .n_levels = n_levels};
}

static void arms_and_visits(VgArena *arena, VgStudy *study)
{
    static const char *const arm[] = {"placebo", "active", "double"};
    static const char *visit[] = {"baseline", "w2", "w4", "w8"};
    static const double day[] = {0, 14, 28, 56};
    study->n_arms = FIXTURE_ARMS;
    study->arm = VG_NEW(arena, VgArm, FIXTURE_ARMS);
    study->n_components = 1;
    study->component = VG_NEW(arena, VgComponent, 1);
    study->component[0] = (VgComponent){"strain", "psychobiotic", "simulated", 1e9, "CFU/day"};
    for (size_t a = 0; a < FIXTURE_ARMS; a++) {
        study->arm[a] = (VgArm){arm[a], arm[a], arm[a], VG_NEW(arena, size_t, 1), a > 0};
    }
    study->n_visits = FIXTURE_VISITS;
    study->visit = VG_NEW(arena, VgVisit, FIXTURE_VISITS);
    for (size_t t = 0; t < FIXTURE_VISITS; t++)
        study->visit[t] = (VgVisit){visit[t], visit[t], &visit[t], 1, day[t], {NAN, NAN}};
}

static void plan(VgArena *arena, VgStudy *study)
{
    static const char *covariates[] = {"baseline", "site"};
    static const char *by_visit[] = {"baseline"};
    static const VgAnalysisKind kind[] = {VG_ANALYSIS_MMRM,      VG_ANALYSIS_RESPONSE,
                                          VG_ANALYSIS_REMISSION, VG_ANALYSIS_ANCOVA,
                                          VG_ANALYSIS_MMRM,      VG_ANALYSIS_ANCOVA};
    static const char *const id[] = {"primary",      "response_hamd", "remission_hamd",
                                     "ancova_sleep", "sensitivity_1", "sensitivity_2"};
    study->n_analyses = FIXTURE_ANALYSES;
    study->analysis = VG_NEW(arena, VgAnalysis, FIXTURE_ANALYSES);
    for (size_t k = 0; k < FIXTURE_ANALYSES; k++)
        study->analysis[k] = (VgAnalysis){.id = id[k],
                                          .label = id[k],
                                          .role = k == 0  ? VG_ROLE_PRIMARY
                                                  : k < 4 ? VG_ROLE_SECONDARY
                                                          : VG_ROLE_SENSITIVITY,
                                          .kind = kind[k],
                                          .outcome = FIXTURE_HAMD,
                                          .visit = FIXTURE_W8,
                                          .arm = FIXTURE_ACTIVE,
                                          .reference = FIXTURE_PLACEBO,
                                          .change = true,
                                          .df = VG_DF_KENWARD_ROGER,
                                          .covariate = covariates,
                                          .n_covariates = 2};
    VgAnalysis *primary = &study->analysis[FIXTURE_PRIMARY];
    static VgIntercurrent events[] = {{"stopped treatment", "treatment policy"}};
    primary->has_estimand = true;
    primary->estimand = (VgEstimand){"randomised participants",
                                     "active against placebo",
                                     "change from baseline to w8",
                                     "difference in means",
                                     events,
                                     1};
    primary->covariate_by_visit = by_visit;
    primary->n_covariates_by_visit = 1;
    study->analysis[FIXTURE_SLEEP_W8].outcome = FIXTURE_SLEEP;
    study->analysis[FIXTURE_COMPLETERS].set = VG_SET_COMPLETERS;
    study->analysis[FIXTURE_ROBUST].sandwich = VG_SANDWICH_CR3;
}

static void simulate(VgStudy *study, VgColumn *column, uint64_t state)
{
    size_t n = study->n_participants;
    VgOutcome *hamd = &study->outcome[FIXTURE_HAMD], *sleep = &study->outcome[FIXTURE_SLEEP];
    for (size_t i = 0; i < n; i++) {
        study->arm_of[i] = (int32_t)(i % FIXTURE_ARMS);
        column[0].number[i] = (double)(1 + i / FIXTURE_ARMS % 3); /* site */
        column[1].code[i] = uniform(&state) < 0.6 ? 0 : 1;        /* sex */
        column[2].number[i] = i == 4 || i == 11 ? NAN : floor(20 + 45 * uniform(&state));
        column[3].code[i] = -1;
        double own = normal(&state);
        hamd->baseline[i] = round(22 + 3 * own + 2 * normal(&state));
        sleep->baseline[i] = 6 + normal(&state);
        hamd->value[i] = hamd->baseline[i];
        sleep->value[i] = NAN;
        bool left = i == 7; /* never came back */
        for (size_t t = 1; t < FIXTURE_VISITS; t++) {
            double drift = -2.5 * (double)t - 0.8 * (double)t * (double)(i % FIXTURE_ARMS);
            double value = round(fmax(0, 22 + 3 * own + drift + 4 * normal(&state)));
            hamd->value[i + t * n] = left ? NAN : value;
            double sleeping = 6 + 0.4 * (double)(i % FIXTURE_ARMS) + normal(&state);
            sleep->value[i + t * n] = left || t < FIXTURE_W8 ? NAN : sleeping;
            left = left || uniform(&state) < (value > 18 ? 0.2 : 0.05);
        }
        if (left && isnan(hamd->value[i + FIXTURE_W8 * n]))
            column[3].code[i] = uniform(&state) < 0.5 ? 0 : 1;
    }
}

static void events(VgArena *arena, VgStudy *study)
{
    static const char *const term[] = {"bloating", "headache", "suicidal ideation", "bloating"};
    size_t n = study->n_participants, k = 0;
    study->has_adverse_events = true;
    study->adverse_event = VG_NEW(arena, VgAdverseEvent, n);
    study->exposure_days = VG_NEW(arena, double, n);
    for (size_t i = 0; i < n; i++) {
        study->exposure_days[i] = i == 7 ? 3 : 56;
        if (i % 4 == 1)
            study->adverse_event[k++] =
                (VgAdverseEvent){i, term[i / 4 % 4], i / 4 % 4 == 2, i % 8 == 1 ? 10 : NAN, "mild"};
        if (i % 12 == 1) /* the same person, the same event again */
            study->adverse_event[k++] = (VgAdverseEvent){i, term[i / 4 % 4], false, 20, "mild"};
    }
    study->n_adverse_events = k;
}

VgStudy *fixture_study(VgArena *arena, size_t n, uint64_t seed)
{
    static const char *sexes[] = {"female", "male"};
    static const char *reasons[] = {"adverse event", "lost to follow-up"};
    static const char *strata[] = {"site"};
    VgStudy *study = VG_NEW(arena, VgStudy, 1);
    study->file = "fixture/study.yaml";
    study->title = "A simulated trial";
    study->simulated = true;
    study->n_participants = n;
    study->participant = VG_NEW(arena, const char *, n);
    for (size_t i = 0; i < n; i++)
        study->participant[i] = vg_arena_printf(arena, "P%03zu", i + 1);
    study->arm_of = VG_NEW(arena, int32_t, n);
    study->participants = VG_NEW(arena, VgTable, 1);
    VgTable *table = study->participants;
    table->path = "participants.csv";
    table->n_rows = n;
    table->n_columns = 4;
    table->column = VG_NEW(arena, VgColumn, 4);
    table->line = VG_NEW(arena, uint32_t, n);
    for (size_t i = 0; i < n; i++)
        table->line[i] = (uint32_t)(i + 2);
    table->column[0] = number_column(arena, "site", n);
    table->column[1] = factor_column(arena, "sex", n, sexes, 2);
    table->column[2] = number_column(arena, "age", n);
    table->column[3] = factor_column(arena, "why left", n, reasons, 2);
    study->stratum = strata;
    study->n_strata = 1;
    study->withdrawal_reason_column = "why left";
    arms_and_visits(arena, study);
    study->n_outcomes = FIXTURE_OUTCOMES;
    study->outcome = VG_NEW(arena, VgOutcome, FIXTURE_OUTCOMES);
    for (size_t k = 0; k < FIXTURE_OUTCOMES; k++)
        study->outcome[k] = (VgOutcome){.name = k ? "sleep" : "hamd",
                                        .label = k ? "Sleep" : "HAM-D (simulated)",
                                        .scale = k ? &SLEEP : &HAMD,
                                        .value = VG_NEW(arena, double, n *FIXTURE_VISITS),
                                        .baseline = VG_NEW(arena, double, n),
                                        .baseline_visit = k ? SIZE_MAX : FIXTURE_BASELINE,
                                        .important_difference = NAN};
    simulate(study, table->column, seed);
    plan(arena, study);
    events(arena, study);
    return study;
}

static double *taken(VgArena *arena, const double *value, const size_t *order, size_t n)
{
    double *copy = VG_NEW(arena, double, n);
    for (size_t i = 0; i < n; i++)
        copy[i] = value[order[i]];
    return copy;
}

static VgTable *reordered_table(VgArena *arena, const VgTable *table, const size_t *order, size_t n)
{
    VgTable *copy = VG_NEW(arena, VgTable, 1);
    *copy = *table;
    copy->n_rows = n;
    copy->column = VG_NEW(arena, VgColumn, table->n_columns);
    copy->line = VG_NEW(arena, uint32_t, n);
    for (size_t i = 0; i < n; i++)
        copy->line[i] = table->line[order[i]];
    for (size_t j = 0; j < table->n_columns; j++) {
        VgColumn *column = &copy->column[j];
        *column = table->column[j];
        if (column->number) {
            column->number = taken(arena, column->number, order, n);
        } else {
            column->code = VG_NEW(arena, int32_t, n);
            for (size_t i = 0; i < n; i++)
                column->code[i] = table->column[j].code[order[i]];
        }
    }
    return copy;
}

static void reorder_events(VgArena *arena, const VgStudy *study, VgStudy *copy, const size_t *order,
                           size_t n)
{
    copy->adverse_event = VG_NEW(arena, VgAdverseEvent, n * (study->n_adverse_events + 1));
    copy->n_adverse_events = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < study->n_adverse_events; k++)
            if (study->adverse_event[k].participant == order[i]) {
                VgAdverseEvent *event = &copy->adverse_event[copy->n_adverse_events++];
                *event = study->adverse_event[k];
                event->participant = i;
            }
}

VgStudy *fixture_reordered(VgArena *arena, const VgStudy *study, const size_t *order, size_t n)
{
    VgStudy *copy = VG_NEW(arena, VgStudy, 1);
    *copy = *study;
    copy->n_participants = n;
    copy->participant = VG_NEW(arena, const char *, n);
    copy->arm_of = VG_NEW(arena, int32_t, n);
    for (size_t i = 0; i < n; i++) {
        copy->participant[i] = vg_arena_printf(arena, "%s-%zu", study->participant[order[i]], i);
        copy->arm_of[i] = study->arm_of[order[i]];
    }
    copy->participants = reordered_table(arena, study->participants, order, n);
    copy->outcome = VG_NEW(arena, VgOutcome, study->n_outcomes);
    for (size_t k = 0; k < study->n_outcomes; k++) {
        const VgOutcome *outcome = &study->outcome[k];
        copy->outcome[k] = *outcome;
        copy->outcome[k].baseline = taken(arena, outcome->baseline, order, n);
        copy->outcome[k].value = VG_NEW(arena, double, n * study->n_visits);
        for (size_t t = 0; t < study->n_visits; t++)
            memcpy(copy->outcome[k].value + t * n,
                   taken(arena, outcome->value + t * study->n_participants, order, n),
                   n * sizeof(double));
    }
    copy->exposure_days = taken(arena, study->exposure_days, order, n);
    reorder_events(arena, study, copy, order, n);
    return copy;
}

VgStudy *fixture_scaled(VgArena *arena, const VgStudy *study, size_t outcome, double factor)
{
    size_t *order = VG_NEW(arena, size_t, study->n_participants);
    for (size_t i = 0; i < study->n_participants; i++)
        order[i] = i;
    VgStudy *copy = fixture_reordered(arena, study, order, study->n_participants);
    for (size_t i = 0; i < copy->n_participants; i++)
        copy->outcome[outcome].baseline[i] *= factor;
    for (size_t i = 0; i < copy->n_participants * copy->n_visits; i++)
        copy->outcome[outcome].value[i] *= factor;
    return copy;
}
