/* The numbers here are made up: enough for pages and files to be tested on, and no witness of any method. */
#include "support/fixture_mechanism.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <Rmath.h>

#include "support/fixture_result.h"

static const char *const ID = "mechanism";

#define DATASET(r, name, ...)                                                                      \
    vg_result_dataset(r, ID, name, (const char *const[]){__VA_ARGS__},                             \
                      sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

typedef struct Channel {
    const char *name, *label, *markers;
    double effect, se;       /* indirect, points of BDI-II */
    double corrected, wider; /* the same without measurement error */
    const char *verdict, *text;
    double rho; /* at which nothing is left */
} Channel;

static const Channel CARRIES[] = {
    {"immune", "Immune", "il6, tnf, crp, il10", -2.1, 0.62, -2.9, 0.95, "carries",
     "Immune carries part of the effect: 2.1 points of the difference (0.9 to 3.3).", -0.38},
    {"metabolites", "Metabolites", "butyrate, propionate, acetate", -0.9, 0.75, -1.1, 0.98,
     "cannot tell",
     "Cannot tell for Metabolites: its interval holds none and most of the total effect.", -0.17},
    {"barrier", "Gut barrier", "zonulin, lbp", 0.55, 0.24, 0.7, 0.33, "opposes",
     "Gut barrier works against the effect: 0.6 points the other way (0.1 to 1.0).", -0.29},
    {"hpa", "HPA axis", "car, evening_cortisol", -0.2, 0.31, -0.25, 0.4, "little",
     "HPA axis carries little or nothing: at most 0.8 points.", -0.05},
    {"neurotrophic", "Neurotrophic", "bdnf", -0.5, 1.2, -0.52, 1.4, "cannot tell",
     "Cannot tell for Neurotrophic: its interval holds none and most of the total effect.", -0.08},
    {"vagal", "Vagal tone", NULL, NAN, NAN, NAN, NAN, NULL, NULL, NAN}}; /* not measured: last */
enum { NODES = sizeof CARRIES / sizeof *CARRIES, CHANNELS = NODES - 1 };

typedef struct World {
    VgResult *result;
    Channel channel[NODES];
    bool corrected;
    double total, total_se;
    double direct, direct_se, direct_corrected;
} World;

static VgEstimate row(const World *w, const char *quantity, double estimate, double se)
{
    VgEstimate e = vg_estimate_blank();
    (void)w;
    e.analysis = ID;
    e.quantity = quantity;
    e.outcome = "bdi";
    e.visit = "m8";
    e.arm = "both";
    e.reference = "usual_care";
    e.unit = "points";
    e.n = 81;
    e.estimate = estimate;
    e.se = se;
    e.lower = estimate - 1.96 * se;
    e.upper = estimate + 1.96 * se;
    e.p = 2 * pnorm5(-fabs(estimate / se), 0, 1, 1, 0);
    e.note = "percentile bootstrap, 5000 resamples of rows within arms";
    return e;
}

static void share(const World *w, VgEstimate e, double lower_by)
{
    bool shown = w->total + 1.96 * w->total_se < 0 && e.estimate < 0;
    e.quantity = "proportion_mediated";
    e.unit = "share";
    e.estimate = shown ? e.estimate / w->total : NAN;
    e.lower = shown ? e.estimate - lower_by : NAN;
    e.upper = shown ? e.estimate + 1.3 * lower_by : NAN;
    e.se = e.p = NAN;
    if (!shown)
        e.note = w->total + 1.96 * w->total_se >= 0
                     ? "total effect too uncertain for a proportion"
                     : "indirect and total effect have opposite signs: no proportion";
    vg_result_estimate(w->result, &e);
}

static void effects(const World *w, bool corrected)
{
    const char *stratum = !w->corrected ? NULL : corrected ? "corrected" : "as measured";
    double sum = 0, squares = 0;
    VgEstimate e = row(w, "total", w->total, w->total_se);
    e.stratum = stratum;
    vg_result_estimate(w->result, &e);
    e = row(w, "direct", corrected ? w->direct_corrected : w->direct, w->direct_se);
    e.stratum = stratum;
    vg_result_estimate(w->result, &e);
    for (int k = 0; k < CHANNELS; k++) {
        const Channel *c = &w->channel[k];
        double se = corrected ? c->wider : c->se;
        e = row(w, "indirect", corrected ? c->corrected : c->effect, se);
        sum += e.estimate;
        squares += se * se;
        e.stratum = stratum;
        e.channel = c->name;
        vg_result_estimate(w->result, &e);
        share(w, e, 0.3);
    }
    e = row(w, "indirect", sum, sqrt(squares));
    e.stratum = stratum;
    vg_result_estimate(w->result, &e);
    share(w, e, 0.35);
}

static void sensitivity(const World *w)
{
    static const char *const FEATURE[] = {"rho_at_zero", "e_value", "e_value_limit", "r2_star"};
    VgDataset *d =
        DATASET(w->result, "sensitivity", "channel", "#rho", "#estimate", "#lower", "#upper");
    for (int k = 0; k < CHANNELS; k++) {
        const Channel *c = &w->channel[k];
        bool excludes = fabs(c->effect) > 1.96 * c->se;
        const double value[] = {c->rho, 1 + fabs(c->effect), excludes ? 1.4 : 1, c->rho * c->rho};
        for (int i = 0; i < 4; i++) {
            VgEstimate e = row(w, "sensitivity", value[i], NAN);
            e.lower = e.upper = e.p = NAN;
            e.channel = c->name;
            e.feature = FEATURE[i];
            e.unit = NULL;
            vg_result_estimate(w->result, &e);
        }
        for (int i = -9; i <= 9; i++) {
            double rho = i / 10.0, bend = 1 / sqrt(1 - rho * rho);
            double estimate = c->effect * (1 - rho / c->rho * bend * sqrt(1 - c->rho * c->rho));
            vg_dataset_row(w->result, d);
            vg_dataset_set_text(w->result, d, "channel", c->name);
            vg_dataset_set_number(w->result, d, "rho", rho);
            vg_dataset_set_number(w->result, d, "estimate", estimate);
            vg_dataset_set_number(w->result, d, "lower", estimate - 1.96 * c->se * bend);
            vg_dataset_set_number(w->result, d, "upper", estimate + 1.96 * c->se * bend);
        }
    }
}

/* The smallest effect that a trial of this size sees. */
static void power(const World *w)
{
    for (int k = 0; k < CHANNELS; k++)
        for (int corrected = 0; corrected <= w->corrected; corrected++) {
            const Channel *c = &w->channel[k];
            VgEstimate e = row(w, "detectable_indirect", 2.8 * (corrected ? c->wider : c->se), NAN);
            e.lower = e.upper = e.p = NAN;
            e.channel = c->name;
            e.stratum = corrected ? "corrected" : w->corrected ? "as measured" : NULL;
            vg_result_estimate(w->result, &e);
        }
}

static void curve(const World *w)
{
    VgDataset *d = DATASET(w->result, "reliability_curve", "effect", "channel", "mediator",
                           "#reliability", "#estimate", "#lower", "#upper");
    for (int k = -1; k < CHANNELS; k++)
        for (int i = 0; i < 15; i++) {
            double lambda = 0.3 + 0.05 * i, grows = 0.75 + 0.25 / lambda,
                   estimate = k < 0 ? w->direct + 1.2 * (grows - 1) : w->channel[k].effect * grows,
                   se = (k < 0 ? w->direct_se : w->channel[k].se) * grows * grows;
            vg_dataset_row(w->result, d);
            vg_dataset_set_text(w->result, d, "effect", k < 0 ? "direct" : "indirect");
            vg_dataset_set_text(w->result, d, "channel", k < 0 ? NULL : w->channel[k].name);
            vg_dataset_set_number(w->result, d, "reliability", lambda);
            vg_dataset_set_number(w->result, d, "estimate", estimate);
            vg_dataset_set_number(w->result, d, "lower", estimate - 1.96 * se);
            vg_dataset_set_number(w->result, d, "upper", estimate + 1.96 * se);
        }
    VgEstimate e = row(w, "sensitivity", 0.45, NAN);
    e.lower = e.upper = e.p = NAN;
    e.channel = "immune";
    e.feature = "reliability_at_change";
    e.stratum = "indirect";
    e.unit = "reliability";
    vg_result_estimate(w->result, &e);
}

/* ---- the graph ---- */

static void nodes(const World *w)
{
    static const struct {
        const char *name, *label, *sort, *unit, *visit, *detail;
        int measured;
    } NODE[] = {{"mediterranean", "Mediterranean diet", "component", "dose", NULL, NULL, 1},
                {"computer_cbt", "Online therapy", "component", "dose", NULL, "8 sessions", 1},
                {"butyrate_synthesis", "Butyrate synthesis", "function", "log2", "m3", "VGM009", 1},
                {"bdi", "Depression (BDI-II)", "symptom", "points", "m8", NULL, 1},
                {"age", "Age", "confounder", "years", NULL, NULL, 1},
                {"strain", "Strain at work", "confounder", NULL, NULL, NULL, 0}};
    VgResult *r = w->result;
    VgDataset *d = DATASET(r, "axis_nodes", "name", "label", "sort", "unit", "visit", "detail",
                           "#measured", "#order");
    int order = 1;
    for (int i = 0; i < 6; i++) {
        for (int k = 0; i == 3 && k < NODES; k++) {
            vg_dataset_row(r, d);
            vg_dataset_set_text(r, d, "name", w->channel[k].name);
            vg_dataset_set_text(r, d, "label", w->channel[k].label);
            vg_dataset_set_text(r, d, "sort", "channel");
            vg_dataset_set_text(r, d, "unit", "SD");
            vg_dataset_set_text(r, d, "visit", "m5");
            vg_dataset_set_text(r, d, "detail", w->channel[k].markers);
            vg_dataset_set_number(r, d, "measured", k < CHANNELS);
            vg_dataset_set_number(r, d, "order", order++);
        }
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "name", NODE[i].name);
        vg_dataset_set_text(r, d, "label", NODE[i].label);
        vg_dataset_set_text(r, d, "sort", NODE[i].sort);
        vg_dataset_set_text(r, d, "unit", NODE[i].unit);
        vg_dataset_set_text(r, d, "visit", NODE[i].visit);
        vg_dataset_set_text(r, d, "detail", NODE[i].detail);
        vg_dataset_set_number(r, d, "measured", NODE[i].measured);
        vg_dataset_set_number(r, d, "order", order++);
    }
}

static void edges(const World *w)
{
    static const struct {
        const char *from, *to;
        int lag;
        double estimate, se, sd; /* of the target per SD, or dose, of the source */
        const char *status, *note;
    } EDGE[] = {
        {"mediterranean", "butyrate_synthesis", 0, 0.35, 0.15, 1, "randomised", NULL},
        {"computer_cbt", "butyrate_synthesis", 0, 0.12, 0.14, 1, "randomised",
         "moderated by Mediterranean diet"},
        {"mediterranean", "metabolites", 0, 0.31, 0.18, 1, "randomised", NULL},
        {"butyrate_synthesis", "metabolites", 0, 0.45, 0.09, 1, "assumed", NULL},
        {"metabolites", "barrier", 1, -0.25, 0.11, 1, "assumed", NULL},
        {"metabolites", "immune", 1, -0.22, 0.12, 1, "assumed", NULL},
        {"barrier", "immune", 1, 0.2, 0.1, 1, "assumed", NULL},
        {"computer_cbt", "hpa", 0, -0.2, 0.15, 1, "randomised", NULL},
        {"computer_cbt", "vagal", 0, NAN, NAN, 1, "not estimated", "Vagal tone is not measured"},
        {"metabolites", "neurotrophic", 1, 0.15, 0.12, 1, "assumed", NULL},
        {"immune", "bdi", 1, 2.6, 0.7, 9.5, "assumed", "moderated by body-mass index"},
        {"hpa", "bdi", 1, 1.0, 0.8, 9.5, "assumed", NULL},
        {"vagal", "bdi", 1, NAN, NAN, 9.5, "not estimated", "Vagal tone is not measured"},
        {"neurotrophic", "bdi", 1, -0.5, 0.8, 9.5, "assumed", NULL},
        {"metabolites", "bdi", 1, -0.9, 0.8, 9.5, "assumed", NULL},
        {"mediterranean", "bdi", 0, -0.8, 1.1, 9.5, "assumed", NULL},
        {"computer_cbt", "bdi", 0, -3.4, 1.2, 9.5, "assumed", NULL},
        {"bdi", "hpa", 1, NAN, NAN, 1, "not estimated", "no visit of the outcome before it"}};
    VgResult *r = w->result;
    VgDataset *d = DATASET(r, "axis_edges", "from", "to", "#lag", "from_visit", "to_visit",
                           "#estimate", "#se", "#lower", "#upper", "#p", "unit", "#standardised",
                           "#standardised_lower", "#standardised_upper", "#n", "status", "note");
    for (size_t i = 0; i < sizeof EDGE / sizeof *EDGE; i++) {
        bool to_symptom = strcmp(EDGE[i].to, "bdi") == 0;
        double low = EDGE[i].estimate - 1.96 * EDGE[i].se,
               high = EDGE[i].estimate + 1.96 * EDGE[i].se;
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "from", EDGE[i].from);
        vg_dataset_set_text(r, d, "to", EDGE[i].to);
        vg_dataset_set_number(r, d, "lag", EDGE[i].lag);
        vg_dataset_set_text(r, d, "to_visit", to_symptom ? "m8" : "m5");
        vg_dataset_set_number(r, d, "estimate", EDGE[i].estimate);
        vg_dataset_set_number(r, d, "se", EDGE[i].se);
        vg_dataset_set_number(r, d, "lower", low);
        vg_dataset_set_number(r, d, "upper", high);
        vg_dataset_set_number(r, d, "p",
                              2 * pnorm5(-fabs(EDGE[i].estimate / EDGE[i].se), 0, 1, 1, 0));
        vg_dataset_set_text(r, d, "unit", to_symptom ? "points per SD" : "SD per SD");
        vg_dataset_set_number(r, d, "standardised", EDGE[i].estimate / EDGE[i].sd);
        vg_dataset_set_number(r, d, "standardised_lower", low / EDGE[i].sd);
        vg_dataset_set_number(r, d, "standardised_upper", high / EDGE[i].sd);
        vg_dataset_set_number(r, d, "n", isfinite(EDGE[i].estimate) ? 81 : NAN);
        vg_dataset_set_text(r, d, "status", EDGE[i].status);
        vg_dataset_set_text(r, d, "note", EDGE[i].note);
    }
}

/* ---- words ---- */

static void words(const World *w, FixtureMechanism kind)
{
    static const char *const ASSUMPTION[][3] = {
        {"T to M, T to Y", "design",
         "no common cause: holds if the treatment was randomised (within the covariates)"},
        {"M to Y", "assumed",
         "no unmeasured common cause of any mediator and the outcome: randomisation does not give "
         "it"},
        {"between mediators", "assumed",
         "which mediator acts on which need not be known; effects are interventional and add up"},
        {"M before Y", "checked", "the mediators' visit is before the outcome's"},
        {"models", "assumed", "linear models without interactions, and complete rows"}};
    VgResult *r = w->result;
    VgDataset *d = DATASET(r, "assumptions", "assumption", "status", "text");
    for (size_t i = 0; i < sizeof ASSUMPTION / sizeof *ASSUMPTION; i++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "assumption", ASSUMPTION[i][0]);
        vg_dataset_set_text(r, d, "status", ASSUMPTION[i][1]);
        vg_dataset_set_text(r, d, "text", ASSUMPTION[i][2]);
    }
    d = DATASET(r, "channel_verdicts", "channel", "label", "verdict", "text");
    for (int k = 0; k < CHANNELS; k++) {
        vg_dataset_row(r, d);
        vg_dataset_set_text(r, d, "channel", w->channel[k].name);
        vg_dataset_set_text(r, d, "label", w->channel[k].label);
        vg_dataset_set_text(r, d, "verdict", w->channel[k].verdict);
        vg_dataset_set_text(r, d, "text", w->channel[k].text);
    }
    static const char *const FACT[][2] = {{"treatment", "computer_cbt"},
                                          {"treated_label", "Online therapy"},
                                          {"control_label", "Usual care"},
                                          {"outcome", "bdi"},
                                          {"outcome_label", "Depression (BDI-II)"},
                                          {"outcome_at", "m8"},
                                          {"mediators_at", "m5"},
                                          {"interval", "percentile"},
                                          {"score", "mean"}};
    for (size_t i = 0; i < sizeof FACT / sizeof *FACT; i++)
        vg_result_text(r, VG_FACTS_FIT, ID, FACT[i][0], FACT[i][1]);
    vg_result_text(r, VG_FACTS_FIT, ID, "answer",
                   kind == MECHANISM_CARRIES
                       ? "Of 5 channels, Immune carries part of the effect, Gut barrier works "
                         "against it and HPA axis carries little or nothing; for Metabolites and "
                         "Neurotrophic this trial cannot tell."
                       : "This trial cannot tell through which channel the treatment worked.");
    vg_result_bool(r, VG_FACTS_FIT, ID, "lower_is_better", true);
    vg_result_number(r, VG_FACTS_FIT, ID, "important_difference", 3.5);
    vg_result_number(r, VG_FACTS_FIT, ID, "n_rows", 100);
    vg_result_number(r, VG_FACTS_FIT, ID, "n_observations", 81);
    vg_result_number(r, VG_FACTS_FIT, ID, "n_dropped", 19);
    vg_result_number(r, VG_FACTS_FIT, ID, "draws", 5000);
}

static void plan(VgResult *r)
{
    static const char *const CELL[][2] = {
        {"id", "mechanism"},   {"role", "secondary"},
        {"kind", "mechanism"}, {"label", "Through which channel did online therapy work?"},
        {"outcome", "bdi"},    {"visit", "m8"},
        {"arm", "both"},       {"reference", "usual_care"}};
    VgDataset *d = vg_result_dataset(r, NULL, "analyses", NULL, 0);
    vg_dataset_row(r, d);
    for (size_t i = 0; i < sizeof CELL / sizeof *CELL; i++)
        vg_dataset_set_text(r, d, CELL[i][0], CELL[i][1]);
    vg_dataset_set_number(r, d, "order", 7);
}

void fixture_mechanism(VgResult *result, FixtureMechanism kind)
{
    World w = {.result = result,
               .corrected = kind == MECHANISM_CARRIES,
               .total = -6.1,
               .total_se = 1.9,
               .direct = -2.95,
               .direct_se = 2.1,
               .direct_corrected = -2.07};
    memcpy(w.channel, CARRIES, sizeof w.channel);
    for (int k = 0; kind == MECHANISM_CANNOT_TELL && k < CHANNELS; k++) {
        w.total_se = 4;
        w.channel[k].se = w.channel[k].wider = 2.2;
        w.channel[k].verdict = "cannot tell";
        w.channel[k].text = "Its interval holds none and most of the total effect.";
    }
    plan(result);
    for (int corrected = 0; corrected <= w.corrected; corrected++)
        effects(&w, corrected == 1);
    sensitivity(&w);
    power(&w);
    if (w.corrected)
        curve(&w);
    nodes(&w);
    edges(&w);
    words(&w, kind);
}

VgResult *fixture_with_mechanism(VgArena *arena)
{
    VgResult *result = fixture_result(arena, -6);
    if (result)
        fixture_mechanism(result, MECHANISM_CARRIES);
    return result && vg_result_status(result, NULL) == VG_OK ? result : NULL;
}

VgResult *fixture_with_unclear_mechanism(VgArena *arena)
{
    VgResult *result = fixture_result(arena, 0);
    if (result)
        fixture_mechanism(result, MECHANISM_CANNOT_TELL);
    return result && vg_result_status(result, NULL) == VG_OK ? result : NULL;
}
