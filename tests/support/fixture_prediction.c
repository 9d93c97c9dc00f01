/* Simulated people, and numbers made up: enough for pages and files to be tested on, and no witness of any method. */
#include "support/fixture_prediction.h"

#include <math.h>
#include <stdio.h>

#include <Rmath.h>

#include <vagus/conformal.h>

#include "support/fixture_result.h"

static const char *const ID = "prediction";

enum { MOST = 160, P = 3, ARMS = 2, SETS = 5 };

static const char
    *const ARM[ARMS] = {"usual_care", "both"},
           *const MODEL[] = {"elastic net", "forest"}, *const EVENT[] = {"response", "remission"},
           *const SET[SETS] = {"clinical", "clinical + stool", "clinical + metabolites",
                               "clinical + blood", "all layers"};

#define DATASET(r, name, ...)                                                                      \
    vg_result_dataset(r, ID, name, (const char *const[]){__VA_ARGS__},                             \
                      sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static double normal(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return qnorm5(((double)(*state >> 33) + 0.5) / 2147483648.0, 0, 1, 1, 0);
}

/* ---- individual outcomes ---- */

static bool intervals(VgArena *arena, VgResult *result, size_t n)
{
    static double x[MOST * P], y[MOST];
    static int32_t arm[MOST];
    uint64_t state = 5;
    for (size_t i = 0; i < n; i++) {
        double severity = 24 + 6 * normal(&state);
        x[i] = round(severity);
        x[n + i] = 42 + 12 * normal(&state);
        x[2 * n + i] = normal(&state);
        arm[i] = (int32_t)(i % ARMS);
        y[i] = 0.8 * severity - 4 - 3 * arm[i] + 7 * normal(&state);
        y[i] = i % 11 == 3 ? (double)NAN : fmin(fmax(round(y[i]), 0), 63);
    }
    const VgConformalTrial trial = {
        .n = n, .arms = ARMS, .outcome = y, .arm = arm, .x = {x, n, P, n}, .arm_name = ARM};
    const VgConformalElasticNet net = {.options = {.ridge_share = 0.5}, .threads = 1};
    const VgConformalPlan plan = {.analysis = ID,
                                  .outcome_name = "bdi",
                                  .unit = "points",
                                  .options = {.context = &net, .range = {true, 0, 63, 1}}};
    VgError error = {0};
    VgStatus status = vg_conformal_run(arena, &trial, &plan, result, &error);
    if (status != VG_OK)
        fprintf(stderr, "%s\n", error.message);
    return status == VG_OK;
}

/* ---- events ---- */

typedef struct World {
    VgResult *result;
    size_t events, models, sets, n;
    double auc[SETS];
} World;

static VgEstimate row(const World *w, const char *quantity, size_t event, size_t model,
                      const char *stratum, double estimate, double se)
{
    VgEstimate e = vg_estimate_blank();
    e.analysis = ID;
    e.quantity = quantity;
    e.term = MODEL[model];
    e.stratum = stratum;
    e.outcome = event == 0 ? "response of bdi at m8" : "remission of bdi at m8";
    e.n = (double)w->n;
    e.estimate = estimate;
    e.se = se;
    e.lower = estimate - 1.96 * se;
    e.upper = estimate + 1.96 * se;
    e.note = "10 folds 10 times; Nadeau-Bengio interval";
    return e;
}

static VgDataset *curve_row(const World *w, VgDataset *d, size_t event, size_t model, size_t set)
{
    vg_dataset_row(w->result, d);
    vg_dataset_set_text(w->result, d, "event", EVENT[event]);
    vg_dataset_set_text(w->result, d, "model", MODEL[model]);
    vg_dataset_set_text(w->result, d, "layers", SET[set]);
    return d;
}

static void set_numbers(const World *w, VgDataset *d, const char *const *column,
                        const double *value, size_t n)
{
    for (size_t k = 0; k < n; k++)
        vg_dataset_set_number(w->result, d, column[k], value[k]);
}

/* Curves of two normal scores `shift` apart: that of those with the event lies higher. */
static void curves(const World *w, size_t event, size_t model, size_t set)
{
    static const char *const CAL[] = {"predicted", "observed", "lower", "upper", "n"},
                             *const DECISION[] = {"threshold", "net_benefit", "treat_all",
                                                  "treat_none"},
                             *const ROC[] = {"false_positive", "true_positive"};
    double shift = sqrt(2) * qnorm5(w->auc[set] + 0.01 * (double)model, 0, 1, 1, 0), share = 0.4;
    for (int k = 0; k <= 40; k++) {
        double at = 0.15 + 0.5 * k / 40, logit = log(at / (1 - at)),
               seen = (0.8 - 0.3 * (double)model) * logit - 0.1, se = 0.25 + 0.6 * fabs(at - 0.4);
        const double value[] = {at, plogis(seen, 0, 1, 1, 0), plogis(seen - 1.96 * se, 0, 1, 1, 0),
                                plogis(seen + 1.96 * se, 0, 1, 1, 0),
                                0.1 * (double)w->n * exp(-40 * (at - 0.4) * (at - 0.4))};
        VgDataset *d = DATASET(w->result, "calibration_curve", "event", "model", "layers",
                               "#predicted", "#observed", "#lower", "#upper", "#n");
        set_numbers(w, curve_row(w, d, event, model, set), CAL, value, 5);
    }
    for (int k = 0; k <= 50; k++) {
        double t = 0.1 + 0.01 * k, odds = t / (1 - t),
               cut = (log(odds) - log(share / (1 - share))) / shift + shift / 2,
               found = pnorm5(cut, shift, 1, 0, 0), falsely = pnorm5(cut, 0, 1, 0, 0);
        const double value[] = {t, share * found - (1 - share) * falsely * odds,
                                share - (1 - share) * odds, 0};
        VgDataset *d = DATASET(w->result, "decision_curve", "event", "model", "layers",
                               "#threshold", "#net_benefit", "#treat_all", "#treat_none");
        set_numbers(w, curve_row(w, d, event, model, set), DECISION, value, 4);
    }
    for (int k = 0; k <= 50; k++) {
        double x = k / 50.0;
        const double value[] = {x, k == 0    ? 0
                                   : k == 50 ? 1
                                             : pnorm5(qnorm5(x, 0, 1, 1, 0), -shift, 1, 1, 0)};
        VgDataset *d = DATASET(w->result, "roc_curve", "event", "model", "layers",
                               "#false_positive", "#true_positive");
        set_numbers(w, curve_row(w, d, event, model, set), ROC, value, 2);
    }
}

static void gain(const World *w, size_t event, size_t model, size_t set)
{
    static const char *const COLUMN[] = {"gain_auc",   "lower",       "upper",
                                         "gain_brier", "brier_lower", "brier_upper"};
    const char *layer = set + 1 == w->sets ? SET[set] : SET[set] + 11; /* without "clinical + " */
    double by = w->auc[set] - w->auc[0];
    VgEstimate auc = row(w, "layer_gain_auc", event, model, layer, by, 0.028),
               brier = row(w, "layer_gain_brier", event, model, layer, 0.3 * by, 0.01);
    if (event == 1 && set + 1 == w->sets)
        auc.q = 0.08; /* not after adjustment for the layers looked at */
    vg_result_estimate(w->result, &auc);
    vg_result_estimate(w->result, &brier);
    VgDataset *d = DATASET(w->result, "layer_gain", "event", "model", "layer", "#gain_auc",
                           "#lower", "#upper", "#gain_brier", "#brier_lower", "#brier_upper");
    const double value[] = {by, auc.lower, auc.upper, 0.3 * by, brier.lower, brier.upper};
    vg_dataset_row(w->result, d);
    vg_dataset_set_text(w->result, d, "event", EVENT[event]);
    vg_dataset_set_text(w->result, d, "model", MODEL[model]);
    vg_dataset_set_text(w->result, d, "layer", layer);
    set_numbers(w, d, COLUMN, value, 6);
}

static void probabilities(const World *w, size_t event, size_t model)
{
    uint64_t state = 77 + model;
    for (size_t i = 0; i < w->n; i++) {
        double score = normal(&state);
        char name[24];
        snprintf(name, sizeof name, "%zu", i + 1);
        for (size_t a = 0; a < ARMS; a++) {
            VgDataset *d = DATASET(w->result, "predicted_probability", "event", "model",
                                   "participant", "arm", "#probability", "own_arm");
            vg_dataset_row(w->result, d);
            vg_dataset_set_text(w->result, d, "event", EVENT[event]);
            vg_dataset_set_text(w->result, d, "model", MODEL[model]);
            vg_dataset_set_text(w->result, d, "participant", name);
            vg_dataset_set_text(w->result, d, "arm", ARM[a]);
            vg_dataset_set_number(w->result, d, "probability",
                                  plogis(-0.6 + 0.5 * (double)a + 0.7 * score, 0, 1, 1, 0));
            vg_dataset_set_text(w->result, d, "own_arm", i % ARMS == a ? "yes" : "no");
        }
    }
}

static void say(const World *w, const char *about, const char *text)
{
    VgDataset *d = DATASET(w->result, "sentences", "about", "text");
    vg_dataset_row(w->result, d);
    vg_dataset_set_text(w->result, d, "about", about);
    vg_dataset_set_text(w->result, d, "text", text);
}

static void event(const World *w, size_t e)
{
    for (size_t m = 0; m < w->models; m++) {
        for (size_t s = 0; s < w->sets; s++) {
            VgEstimate auc = row(w, "prediction_auc", e, m, SET[s], w->auc[s], 0.045),
                       brier =
                           row(w, "prediction_brier", e, m, SET[s], 0.26 - 0.05 * w->auc[s], 0.012),
                       slope =
                           row(w, "calibration_slope", e, m, SET[s], 0.8 - 0.3 * (double)m, 0.18);
            vg_result_estimate(w->result, &auc);
            vg_result_estimate(w->result, &brier);
            vg_result_estimate(w->result, &slope);
            curves(w, e, m, s);
            if (s > 0)
                gain(w, e, m, s);
        }
        probabilities(w, e, m);
    }
}

static void declare(VgResult *r)
{
    static const char *const CELL[][2] = {
        {"id", "prediction"},   {"role", "secondary"},
        {"kind", "prediction"}, {"outcome", "bdi"},
        {"visit", "m8"},        {"label", "Who will respond? BDI-II at 8 months"}};
    VgDataset *d = vg_result_dataset(r, NULL, "analyses", NULL, 0);
    vg_dataset_row(r, d);
    for (size_t i = 0; i < sizeof CELL / sizeof *CELL; i++)
        vg_dataset_set_text(r, d, CELL[i][0], CELL[i][1]);
}

bool fixture_prediction(VgArena *arena, VgResult *result, FixturePrediction kind)
{
    bool helps = kind == PREDICTION_HELPS;
    const World w = {.result = result,
                     .events = helps ? 2 : 1,
                     .models = helps ? 2 : 1,
                     .sets = helps ? SETS : 1,
                     .n = helps ? MOST : 30,
                     .auc = {helps ? 0.62 : 0.52, 0.63, 0.72, 0.6, 0.71}};
    declare(result);
    for (size_t e = 0; e < w.events; e++)
        event(&w, e);
    if (helps) {
        say(&w, "prediction",
            "From all layers the elastic net tells to some extent who will have response of bdi at "
            "m8: of two people, one with it and one without, it gives the higher probability to "
            "the right one in 71 % of pairs.");
        say(&w, "layers",
            "Over the clinical predictors, metabolites gains 0.100 in the area under the ROC "
            "curve for response of bdi at m8: it helps to predict.");
        say(&w, "layers",
            "Over the clinical predictors, stool gains 0.010 in the area under the ROC curve "
            "for response of bdi at m8: it is not shown to help.");
    } else {
        say(&w, "prediction",
            "No usable prediction of response of bdi at m8 from the clinical predictors: its "
            "probabilities must not be used for single people.");
    }
    vg_result_bool(result, VG_FACTS_FIT, ID, "usable_response", helps);
    return intervals(arena, result, w.n);
}

static VgResult *with(VgArena *arena, FixturePrediction kind)
{
    VgResult *result = fixture_result(arena, -6);
    return result && fixture_prediction(arena, result, kind) ? result : NULL;
}

VgResult *fixture_with_prediction(VgArena *arena)
{
    return with(arena, PREDICTION_HELPS);
}

VgResult *fixture_with_useless_prediction(VgArena *arena)
{
    return with(arena, PREDICTION_USELESS);
}
