/* How likely is a response? The course of `plan: prediction`: the baseline table, people whose outcome is known, each event; intervals
 * for the outcome itself. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <vagus/baseline.h>
#include <vagus/conformal.h>
#include <vagus/prediction.h>
#include <vagus/prediction_plan.h>
#include <vagus/prediction_study.h>

#include "numeric/linear_algebra.h"
#include "result/plan_rows.h"

typedef struct Study {
    const VgStudy *study;
    const VgDeclaredPrediction *plan;
    VgArena *arena; /* of this analysis */
    VgResult *result;
    VgBaseline baseline;
    VgPredictionData data; /* of the people whose event is known */
    const char **participant;
} Study;

/* ---- facts ---- */

/* The names of the table's columns of one block, in a list. */
static const char *columns_of(const Study *s, size_t block)
{
    const char *list = "";
    for (size_t j = 0; j < s->baseline.value.cols; j++)
        if (s->baseline.block[j] == block)
            list =
                vg_arena_printf(s->arena, "%s%s%s", list, *list ? ", " : "", s->baseline.label[j]);
    return list;
}

static void add_facts(const Study *s)
{
    const VgBaseline *b = &s->baseline;
    const char *id = s->plan->id, *layers = "";
    VgResult *r = s->result;
    vg_result_text(r, VG_FACTS_FIT, id, "outcome", b->outcome_name);
    vg_result_text(r, VG_FACTS_FIT, id, "outcome_label", b->outcome_label);
    vg_result_text(r, VG_FACTS_FIT, id, "outcome_at", b->outcome_at);
    vg_result_number(r, VG_FACTS_FIT, id, "n_randomised", (double)b->n);
    vg_result_number(r, VG_FACTS_FIT, id, "n_columns", (double)b->value.cols);
    vg_result_text(r, VG_FACTS_FIT, id, "clinical", columns_of(s, 0));
    for (size_t k = 1; k < b->n_blocks; k++)
        layers = vg_arena_printf(s->arena, "%s%s%s", layers, k > 1 ? ", " : "", b->block_name[k]);
    vg_result_text(r, VG_FACTS_FIT, id, "layers", layers);
}

/* ---- the table ---- */

static VgStatus make_baseline(Study *s, VgError *error)
{
    const VgDeclaredPrediction *plan = s->plan;
    const VgBaselineChoice choice = {.outcome = plan->place,
                                     .outcome_visit = plan->outcome_visit,
                                     .age_and_sex = true,
                                     .outcome_baseline = true,
                                     .all_moderators = true,
                                     .only_chosen_layers = true,
                                     .layer = plan->layer,
                                     .n_layers = plan->n_layers};
    VG_TRY(vg_baseline(s->arena, s->study, &choice, &s->baseline, error));
    const VgBaseline *b = &s->baseline;
    for (size_t k = 0; k < b->n_left_out; k++)
        vg_result_warn(s->result, "%s: %s is left out: %s", s->plan->label, b->left_out[k],
                       b->why[k] == VG_BASELINE_CONSTANT ? "it is the same for everybody"
                                                         : "nobody has a value at baseline");
    return VG_OK;
}

/* 1, 0, or NaN where it is not known. */
static double event_of(const Study *s, size_t row, bool response)
{
    const VgOutcome *outcome = &s->study->outcome[s->plan->place.outcome];
    double total = s->baseline.outcome[row];
    return response ? vg_scale_response(outcome->scale,
                                        outcome->baseline[s->baseline.participant[row]], total)
                    : vg_scale_remission(outcome->scale, total);
}

static const char **arm_names(const Study *s)
{
    const char **name = VG_NEW(s->arena, const char *, s->baseline.n_arms);
    for (size_t a = 0; name && a < s->baseline.n_arms; a++)
        name[a] = s->study->arm[s->baseline.arm_index[a]].name;
    return name;
}

static VgStatus keep_known(Study *s, bool response, VgError *error)
{
    const VgBaseline *b = &s->baseline;
    size_t p = b->value.cols, n = 0;
    double *event = VG_NEW(s->arena, double, b->n + 1);
    int32_t *arm = VG_NEW(s->arena, int32_t, 2 * b->n + 1), *cluster = arm + b->n;
    VgMatrix x = vg_matrix_new(s->arena, b->n, p);
    s->participant = VG_NEW(s->arena, const char *, b->n + 1);
    const char **name = arm_names(s);
    if (!event || !arm || !x.data || !s->participant || !name)
        return vg_fail_memory(error);
    for (size_t r = 0; r < b->n; r++) {
        double known = event_of(s, r, response);
        if (isnan(known))
            continue;
        event[n] = known;
        arm[n] = b->arm[r];
        cluster[n] = b->cluster ? b->cluster[r] : 0;
        s->participant[n] = vg_arena_printf(s->arena, "%zu", b->participant[r] + 1);
        for (size_t j = 0; j < p; j++)
            VG_AT(x, n, j) = VG_AT(b->value, r, j);
        n++;
    }
    x.rows = n;
    s->data =
        (VgPredictionData){.n = n,
                           .x = x,
                           .column_name = b->label,
                           .block = b->block,
                           .n_blocks = b->n_blocks,
                           .block_name = b->block_name,
                           .arm = arm,
                           .arms = b->n_arms,
                           .arm_name = name,
                           .event = event,
                           .clusters = {.of = b->cluster ? cluster : NULL, .count = b->n_clusters}};
    return VG_OK;
}

/* ---- one event ---- */

static VgStatus predict(Study *s, bool response, VgError *error)
{
    const VgDeclaredPrediction *declared = s->plan;
    const char *event = response ? "response" : "remission";
    VG_TRY(keep_known(s, response, error));
    const char *of = vg_arena_printf(s->arena, "%s of %s at %s", event, s->baseline.outcome_name,
                                     s->baseline.outcome_at);
    const VgPredictionPlan plan = {
        .analysis = declared->id,
        .event = event,
        .outcome_name = of,
        .options = {.without = {[VG_PREDICT_ELASTIC_NET] = !declared->elastic_net,
                                [VG_PREDICT_FOREST] = !declared->forest},
                    .forest_first = declared->forest_first,
                    .folds = declared->folds,
                    .repeats = declared->repeats,
                    .seed = declared->seed},
        .threshold_low = declared->threshold[0],
        .threshold_high = declared->threshold[1],
        .level = s->result->level,
        .without_outcome = s->baseline.n - s->data.n,
        .participant = s->participant};
    return vg_prediction_run(s->arena, &s->data, &plan, s->result, error);
}

/* An event that cannot be had leaves the other; the reason stands in `why`. */
static VgStatus predict_or_tell(Study *s, bool response, size_t *had, VgError *why)
{
    const char *event = response ? "response" : "remission";
    VgError failed = {0};
    VgStatus status = predict(s, response, &failed);
    if (status == VG_OK) {
        (*had)++;
        return VG_OK;
    }
    *why = failed;
    if (status == VG_NO_MEMORY || status == VG_IO)
        return status;
    vg_result_text(s->result, VG_FACTS_FIT, s->plan->id,
                   vg_arena_printf(s->arena, "failed_%s", event), failed.message);
    vg_result_warn(s->result, "%s, %s: %s (%s)", s->plan->label, event, failed.message,
                   failed.hint);
    return VG_OK;
}

/* ---- methods ---- */

static void add_methods(const Study *s)
{
    const VgDeclaredPrediction *plan = s->plan;
    bool both = plan->elastic_net && plan->forest, layers = s->baseline.n_blocks > 1;
    vg_plan_method(
        s->result, plan->label,
        vg_arena_printf(
            s->arena,
            "How likely %s of %s at %s is under each arm was predicted from %s%s by %s%s%s, in "
            "nested "
            "cross-validation (%zu folds, %zu times; fewer folds where events are rarer): filling "
            "in "
            "of missing values, scaling and tuning were done within the people learnt from. Areas "
            "under the ROC curve, Brier scores%s are means over folds with intervals of Nadeau and "
            "Bengio; calibration slopes and curves are by logistic regression on predictions of "
            "people not learnt from. Participants whose outcome is not known are left out.",
            !plan->remission  ? "response"
            : !plan->response ? "remission"
                              : "response and remission",
            s->baseline.outcome_label, s->baseline.outcome_at, columns_of(s, 0),
            layers ? " and layers of the panel" : "",
            plan->elastic_net ? "an elastic net with a penalty for each block of predictors" : "",
            both ? " and " : "", plan->forest ? "a probability forest" : "", plan->folds,
            plan->repeats, layers ? " and what a layer adds over the clinical predictors" : ""));
    vg_plan_cite(s->result, "nadeau_bengio_2003",
                 "Nadeau C, Bengio Y. Inference for the generalization error. Machine Learning "
                 "2003;52:239–281.");
    vg_plan_cite(s->result, "van_calster_2019",
                 "Van Calster B, McLernon DJ, van Smeden M, et al. Calibration: the Achilles heel "
                 "of predictive analytics. BMC Medicine 2019;17:230.");
    vg_plan_cite(s->result, "vickers_elkin_2006",
                 "Vickers AJ, Elkin EB. Decision curve analysis: a novel method for evaluating "
                 "prediction models. Medical Decision Making 2006;26:565–574.");
    if (plan->elastic_net)
        vg_plan_cite(s->result, "boulesteix_2017",
                     "Boulesteix AL, De Bin R, Jiang X, Fuchs M. IPF-LASSO: integrative "
                     "L1-penalized regression with penalty factors for prediction based on "
                     "multi-omics data. Computational and Mathematical Methods in Medicine "
                     "2017;2017:7691937.");
}

/* ---- people ---- */

static void cite_intervals(const Study *s, const char *learner)
{
    vg_plan_method(
        s->result, s->plan->label,
        vg_arena_printf(
            s->arena,
            "Where one participant's %s at %s may lie under each arm was told by conformal "
            "intervals (CV+, ten folds, %.4g%%) about %s of the people of that arm: under their "
            "own arm people were held out in five further folds. The interval of the difference of "
            "one participant is the outcome seen less the other arm's interval, or two intervals "
            "of half the error each. Coverage is on average over people.",
            s->baseline.outcome_label, s->baseline.outcome_at, 100 * s->plan->level, learner));
    vg_plan_cite(s->result, "barber_2021",
                 "Barber RF, Candès EJ, Ramdas A, Tibshirani RJ. Predictive inference with the "
                 "jackknife+. Annals of Statistics 2021;49:486–507.");
    vg_plan_cite(
        s->result, "lei_candes_2021",
        "Lei L, Candès EJ. Conformal inference of counterfactuals and individual treatment "
        "effects. Journal of the Royal Statistical Society B 2021;83:911–938.");
}

/* Individual outcomes, learnt as the first model of the plan learns. */
static VgStatus tell_people(const Study *s, VgError *error)
{
    enum { TREES = 300, PENALTIES = 40, OUTER_FOLDS = 5 };
    const VgDeclaredPrediction *declared = s->plan;
    bool by_forest = declared->forest && (declared->forest_first || !declared->elastic_net);
    const VgConformalElasticNet net = {.options = {.ridge_share = 0.5, .n_lambda = PENALTIES}};
    const VgConformalForest forest = {
        .options = {.trees = TREES, .dishonest = true, .group_size = 1}};
    const VgConformalPlan plan = {
        .analysis = declared->id,
        .options = {.learner = by_forest ? vg_conformal_forest : vg_conformal_elastic_net,
                    .context = by_forest ? (const void *)&forest : (const void *)&net,
                    .level = &declared->level,
                    .n_levels = 1,
                    .seed = declared->seed},
        .outer_folds = OUTER_FOLDS};
    const VgScale *scale = s->study->outcome[declared->place.outcome].scale;
    VgStatus status =
        vg_conformal_baseline(s->arena, s->study, &s->baseline, scale, &plan, s->result, error);
    if (status == VG_NO_MEMORY || status == VG_IO)
        return status;
    if (status != VG_OK)
        vg_result_warn(s->result, "%s: no individual intervals: %s (%s)", declared->label,
                       error->message, error->hint);
    if (vg_result_find_dataset(s->result, declared->id, "individual_interval"))
        cite_intervals(s, by_forest ? "a regression forest" : "an elastic net");
    return VG_OK;
}

/* ---- the course ---- */

static VgStatus analyse(Study *s, VgError *error)
{
    size_t had = 0;
    VG_TRY(make_baseline(s, error));
    add_facts(s);
    if (s->plan->response)
        VG_TRY(predict_or_tell(s, true, &had, error));
    if (s->plan->remission)
        VG_TRY(predict_or_tell(s, false, &had, error));
    if (had > 0)
        add_methods(s);
    else
        vg_result_text(s->result, VG_FACTS_FIT, s->plan->id, "failed", error->message);
    VG_TRY(tell_people(s, error));
    return vg_arena_failed(s->arena) ? vg_fail_memory(error) : vg_result_status(s->result, error);
}

static VgStatus run(const VgStudy *study, const VgDeclaredPrediction *plan, VgResult *result,
                    VgError *error)
{
    VgError why = {0};
    Study s = {.study = study, .plan = plan, .result = result, .arena = vg_arena_create()};
    const VgPlanQuestion question = {.id = plan->id,
                                     .kind = "prediction",
                                     .label = plan->label,
                                     .outcome = plan->outcome,
                                     .visit = study->visit[plan->outcome_visit].name};
    if (!s.arena)
        return vg_fail_memory(error);
    vg_plan_question(result, &question);
    VgPlanMark mark = vg_plan_mark(result);
    VgStatus status = analyse(&s, &why);
    vg_arena_destroy(s.arena);
    return vg_plan_settle(result, mark, &question, status, &why, error);
}

VgStatus vg_prediction_study_run(const VgStudy *study, VgResult *result, VgError *error)
{
    for (size_t k = 0; k < study->n_prediction_plans; k++)
        VG_TRY(run(study, &study->prediction_plan[k], result, error));
    return vg_result_status(result, error);
}
