/* Simulated people: enough for pages and files to be tested on, and no witness of any method. */
#include "support/fixture_strata.h"

#include <math.h>
#include <stdio.h>

#include <Rmath.h>

#include <vagus/strata.h>

#include "support/fixture_result.h"

static const char *const ID = "strata";

enum { MOST = 480, P = 5, MOST_ARMS = 3 };

static const char *const PANEL[P] = {"bdi_baseline", "crp", "butyrate", "age", "sex"},
                         *const LABEL[P] = {"BDI-II at baseline", "C-reactive protein",
                                            "Butyrate <stool>", "Age", "Sex (1 = woman)"},
                         *const UNIT[P] = {"points", "mg/L", "µmol/g", "years", NULL},
                         *const ARM[MOST_ARMS] = {"usual_care", "both", "fmt"};

typedef struct People {
    size_t n, arms;
    double x[MOST * P], y[MOST], e[MOST * MOST_ARMS];
    int32_t arm[MOST];
    uint64_t state;
} People;

static double normal(People *people)
{
    people->state = people->state * 6364136223846793005u + 1442695040888963407u;
    return qnorm5(((double)(people->state >> 33) + 0.5) / 2147483648.0, 0, 1, 1, 0);
}

/* `both` lowers the score of those with much CRP and raises that of those with little. */
static void simulate(People *p, FixtureStrata kind)
{
    bool differs = kind == STRATA_DIFFERS;
    p->n = differs ? MOST : 120;
    p->arms = differs ? 3 : 2;
    p->state = differs ? 7 : 11;
    for (size_t i = 0; i < p->n; i++) {
        double severity = 24 + 6 * normal(p), crp = exp(0.7 + 0.6 * normal(p)),
               butyrate = 14 + 4 * normal(p), age = 42 + 12 * normal(p), woman = normal(p) > -0.4;
        const double value[P] = {round(severity), round(10 * crp) / 10, butyrate, round(age),
                                 woman};
        for (size_t j = 0; j < P; j++)
            p->x[j * p->n + i] = value[j];
        p->arm[i] = (int32_t)(i % p->arms);
        for (size_t a = 0; a < p->arms; a++)
            p->e[a * p->n + i] = 1 / (double)p->arms;
        double effect = !differs         ? 0
                        : p->arm[i] == 1 ? 7 - 9 * (log(crp) - 0.1)
                        : p->arm[i] == 2 ? -1
                                         : 0;
        p->y[i] = 0.6 * severity + 4 + (p->arm[i] ? effect : 0) + 5 * normal(p);
    }
}

static bool run(VgArena *arena, VgResult *result, const People *p)
{
    const VgStrataTrial trial = {.n = p->n,
                                 .arms = p->arms,
                                 .outcome = p->y,
                                 .arm = p->arm,
                                 .propensity = {(double *)p->e, p->n, p->arms, p->n},
                                 .panel = {(double *)p->x, p->n, P, p->n},
                                 .panel_name = PANEL,
                                 .arm_name = ARM,
                                 .outcome_name = "bdi",
                                 .unit = "points",
                                 .lower_is_better = true};
    const VgStrataPlan plan = {.analysis = ID,
                               .policy = true,
                               .tree = {.depth = 2, .min_leaf = 15, .max_cuts = 12},
                               .worthwhile = 3.5,
                               .permutations = 100,
                               .deals = 3,
                               .no_forest = true, /* rows as of one are made up below */
                               .threads = 1,
                               .seed = 1};
    VgError error = {0};
    VgStatus status = vg_strata_run(arena, &trial, &plan, result, &error);
    if (status != VG_OK)
        fprintf(stderr, "%s\n", error.message);
    return status == VG_OK;
}

/* ---- what only a study, or a forest, gives ---- */

#define DATASET(r, name, ...)                                                                      \
    vg_result_dataset(r, ID, name, (const char *const[]){__VA_ARGS__},                             \
                      sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void declared(VgResult *r, const People *p)
{
    static const char *const CELL[][2] = {
        {"id", "strata"},   {"role", "secondary"}, {"kind", "strata"},
        {"outcome", "bdi"}, {"visit", "m8"},       {"label", "Who benefits? BDI-II at 8 months"}};
    VgDataset *d = vg_result_dataset(r, NULL, "analyses", NULL, 0);
    vg_dataset_row(r, d);
    for (size_t i = 0; i < sizeof CELL / sizeof *CELL; i++)
        vg_dataset_set_text(r, d, CELL[i][0], CELL[i][1]);
    d = p->arms > 2 ? vg_result_dataset(r, NULL, "arms", NULL, 0) : NULL;
    if (d) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "name", "fmt");
        vg_dataset_set_text(r, d, "label", "Usual care + stool transplant");
        vg_dataset_set_number(r, d, "reference", 0);
    }
    d = DATASET(r, "moderators", "name", "label", "unit");
    for (size_t j = 0; j < P; j++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "name", PANEL[j]);
        vg_dataset_set_text(r, d, "label", LABEL[j]);
        vg_dataset_set_text(r, d, "unit", UNIT[j]);
    }
}

static void importance(VgResult *r, size_t arm)
{
    static const double SHARE[P] = {0.12, 0.52, 0.19, 0.13, 0.04}, FIRST[P] = {0.6, 1, 0.9, 0.5, 0};
    static const double RANK[P] = {4, 1, 2, 3, 5};
    VgDataset *d = DATASET(r, "importance", "arm", "variable", "#importance", "#lower", "#upper",
                           "#rank", "#among_first");
    for (size_t j = 0; j < P; j++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "arm", ARM[arm]);
        vg_dataset_set_text(r, d, "variable", PANEL[j]);
        vg_dataset_set_number(r, d, "importance", SHARE[j]);
        vg_dataset_set_number(r, d, "lower", 0.6 * SHARE[j]);
        vg_dataset_set_number(r, d, "upper", fmin(1, 1.7 * SHARE[j]));
        vg_dataset_set_number(r, d, "rank", RANK[j]);
        vg_dataset_set_number(r, d, "among_first", FIRST[j]);
    }
}

static void person_effects(VgResult *r, const People *p, size_t arm)
{
    VgDataset *d =
        DATASET(r, "person_effects", "arm", "participant", "#effect", "#se", "#lower", "#upper");
    for (size_t i = 0; i < p->n; i++) {
        char name[32];
        double crp = p->x[p->n + i],
               effect =
                   arm == 1 && p->arms > 2 ? 5 - 6 * (log(crp) - 0.1) : -1 + 0.3 * sin((double)i),
               se = 1.6 + 0.3 * cos((double)i);
        if (p->arm[i] != 0 && p->arm[i] != (int32_t)arm)
            continue;
        snprintf(name, sizeof name, "P%03zu", i + 1);
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "arm", ARM[arm]);
        vg_dataset_set_text(r, d, "participant", name);
        vg_dataset_set_number(r, d, "effect", effect);
        vg_dataset_set_number(r, d, "se", se);
        vg_dataset_set_number(r, d, "lower", effect - 1.96 * se);
        vg_dataset_set_number(r, d, "upper", effect + 1.96 * se);
    }
}

static void gaps(VgResult *r, const People *p)
{
    VgDataset *d =
        DATASET(r, "outcome_gaps", "arm", "#randomised", "#with_outcome", "#share_missing");
    for (size_t a = 0; a < p->arms; a++) {
        double known = (double)(p->n / p->arms), all = known + (a == 1 ? 24 : 5);
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "arm", ARM[a]);
        vg_dataset_set_number(r, d, "randomised", all);
        vg_dataset_set_number(r, d, "with_outcome", known);
        vg_dataset_set_number(r, d, "share_missing", 1 - known / all);
    }
    d = vg_result_dataset(r, ID, "sentences", NULL, 0);
    vg_dataset_row(r, d);
    vg_dataset_set_text(r, d, "about", "missing");
    vg_dataset_set_text(r, d, "text",
                        "More outcomes are missing with both (13 %) than with usual_care (3 %).");
}

static void answer(VgResult *r, const char *quantity, const char *term, const char *stratum,
                   const char *arm, const char *reference, double estimate, double se)
{
    VgEstimate e = vg_estimate_blank();
    e.analysis = ID;
    e.quantity = quantity;
    e.outcome = "bdi";
    e.unit = "points";
    e.term = term;
    e.stratum = stratum;
    e.arm = arm;
    e.reference = reference;
    e.estimate = estimate;
    e.se = se;
    e.lower = estimate - 1.96 * se;
    e.upper = estimate + 1.96 * se;
    e.note = isfinite(estimate) ? NULL : "cannot be told";
    e.n = 60;
    vg_result_estimate(r, &e);
}

/* Beside a drug, and parts alone and together. */
static void combinations(VgResult *r)
{
    answer(r, "background_effect", "drug", "none", ARM[1], ARM[0], -2.2, 1.1);
    answer(r, "background_effect", "drug", "SSRI", ARM[1], ARM[0], 0.4, 1.3);
    answer(r, "background_effect", "drug", "other", ARM[1], ARM[0], NAN, NAN);
    answer(r, "background_difference", "drug", "SSRI - none", ARM[1], ARM[0], 2.6, 1.7);
    answer(r, "component_effect", "alone", NULL, ARM[2], ARM[0], -1, 0.9);
    answer(r, "component_effect", "beside the other", NULL, ARM[1], ARM[2], -0.6, 1.2);
    answer(r, "additivity", "both - fmt - drug", NULL, ARM[1], ARM[0], -0.9, 1.4);
    VgDataset *d = vg_result_dataset(r, ID, "sentences", NULL, 0);
    vg_dataset_row(r, d);
    vg_dataset_set_text(r, d, "about", "combination: drug");
    vg_dataset_set_text(r, d, "text", "These data do not show that the drug matters.");
}

/* Of 100 people whom the rule gives an arm: how many responded under each. */
static void rule_response(VgResult *r)
{
    static const struct {
        const char *group, *arm;
        double n, share;
    } ROW[] = {{"both", "usual_care", 90, 0.22},
               {"both", "both", 92, 0.51},
               {"usual_care", "usual_care", 70, 0.37},
               {"usual_care", "both", 68, 0.18}};
    VgDataset *d =
        DATASET(r, "rule_response", "group", "arm", "#n", "#response", "#lower", "#upper");
    for (size_t i = 0; i < sizeof ROW / sizeof *ROW; i++) {
        double half = 1.96 * sqrt(ROW[i].share * (1 - ROW[i].share) / ROW[i].n);
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "group", ROW[i].group);
        vg_dataset_set_text(r, d, "arm", ROW[i].arm);
        vg_dataset_set_number(r, d, "n", ROW[i].n);
        vg_dataset_set_number(r, d, "response", ROW[i].share);
        vg_dataset_set_number(r, d, "lower", ROW[i].share - half);
        vg_dataset_set_number(r, d, "upper", ROW[i].share + half);
    }
}

bool fixture_strata(VgArena *arena, VgResult *result, FixtureStrata kind)
{
    People *people = VG_NEW(arena, People, 1);
    if (!people)
        return false;
    simulate(people, kind);
    declared(result, people);
    if (!run(arena, result, people))
        return false;
    bool grown = vg_result_find_dataset(result, ID, "importance") != NULL;
    for (size_t a = 1; a < people->arms && !grown; a++) {
        importance(result, a);
        person_effects(result, people, a);
    }
    if (!vg_result_find_dataset(result, ID, "outcome_gaps"))
        gaps(result, people);
    if (kind == STRATA_DIFFERS)
        combinations(result);
    if (kind == STRATA_DIFFERS && !vg_result_find_dataset(result, ID, "rule_response"))
        rule_response(result);
    return true;
}

static VgResult *made(VgArena *arena, double shift, FixtureStrata kind)
{
    VgResult *result = fixture_result(arena, shift);
    return result && fixture_strata(arena, result, kind) && vg_result_status(result, NULL) == VG_OK
               ? result
               : NULL;
}

VgResult *fixture_with_strata(VgArena *arena)
{
    return made(arena, -6, STRATA_DIFFERS);
}

VgResult *fixture_with_unclear_strata(VgArena *arena)
{
    return made(arena, 0, STRATA_CANNOT_TELL);
}
