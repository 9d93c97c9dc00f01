/* Rows of the contrasts of measured layers: in the layer's unit, concentrations as ratios and percent. */
#include "trial/panel_measured.h"

#include <math.h>
#include <string.h>

#include "base/buffer.h"

static const char *rule_of(const VgTrialMeasured *m, size_t feature)
{
    return m->of.imputed[feature] ? vg_censored_rule_name(m->options.censored) : NULL;
}

/* Absent where infinite, as everywhere in rows. */
static double df_of(const VgInference *of)
{
    return isfinite(of->df) ? of->df : (double)NAN;
}

static VgEstimate blank(const VgTrialMeasured *m, size_t feature)
{
    VgEstimate row = vg_estimate_blank();
    row.analysis = m->layer->name;
    row.feature = m->layer->feature[feature];
    return row;
}

static const char *note_of(VgTrial *trial, const VgTrialMeasured *m, size_t feature,
                           const VgMeasuredAnswer *answer)
{
    const char *what = answer->detection && answer->above ? "odds of being above the upper limit"
                       : answer->detection                ? "odds of being detected (Firth)"
                       : m->data.baseline                 ? "change from baseline"
                                                          : "no baseline to adjust for";
    const char *rule = answer->detection ? NULL : rule_of(m, feature);
    return rule ? vg_trial_text(trial, "%s; censored values: %s", what, rule) : what;
}

static void contrast_row(VgTrial *trial, const VgTrialMeasured *m, size_t j, size_t v, size_t a,
                         size_t k)
{
    const VgStudy *study = trial->study;
    const VgMeasuredAnswer *answer = &m->of.contrast[k];
    const VgInference *of = &answer->inference;
    bool ratio = answer->detection || vg_layer_is_log(m->layer, j);
    VgEstimate row = blank(m, j);
    row.quantity = answer->detection ? "detection_odds_ratio" : "measured_contrast";
    row.visit = study->visit[m->place[v + (m->data.baseline ? 1 : 0)]].name;
    row.arm = study->arm[m->arm[a]].name;
    row.reference = study->arm[m->arm[0]].name;
    row.estimate = ratio ? exp(of->estimate) : of->estimate;
    row.se = of->se;
    row.df = df_of(of);
    row.statistic = of->statistic;
    row.p = of->p;
    row.lower = ratio ? exp(of->lower) : of->lower;
    row.upper = ratio ? exp(of->upper) : of->upper;
    row.q = m->q[k];
    row.n = (double)answer->n;
    row.unit = answer->detection ? "odds ratio"
               : ratio           ? "ratio of geometric means"
                                 : vg_trial_feature_unit(m->layer, j);
    row.note = note_of(trial, m, j, answer);
    vg_result_estimate(trial->result, &row);
}

static void mean_row(VgTrial *trial, const VgTrialMeasured *m, size_t j, size_t v, size_t a)
{
    const VgStudy *study = trial->study;
    const VgInference *of = &m->of.mean[(j * m->of.n_visits + v) * m->of.n_arms + a];
    if (!isfinite(of->estimate))
        return;
    bool log = vg_layer_is_log(m->layer, j);
    size_t first = m->data.baseline ? 1 : 0;
    VgEstimate row = blank(m, j);
    row.quantity = "measured_mean";
    row.visit = study->visit[m->place[v + first]].name;
    row.arm = study->arm[m->arm[a]].name;
    row.estimate = log ? exp(of->estimate) : of->estimate;
    row.se = of->se;
    row.df = df_of(of);
    row.lower = log ? exp(of->lower) : of->lower;
    row.upper = log ? exp(of->upper) : of->upper;
    row.n = (double)m->of.cell[(j * m->of.places + v + first) * m->of.n_arms + a].n;
    row.unit = vg_trial_feature_unit(m->layer, j);
    row.note = log ? "adjusted geometric mean" : "adjusted mean";
    vg_result_estimate(trial->result, &row);
}

/* The largest share censored among the cells that a contrast rests on. */
static double censored_share(const VgTrialMeasured *m, size_t j, size_t v, size_t a)
{
    size_t first = m->data.baseline ? 1 : 0, arms = m->of.n_arms;
    double most = 0;
    for (size_t t = 0; t < m->of.places; t++)
        for (size_t g = 0; g < arms; g++)
            if ((t < first || t == v + first) && (g == 0 || g == a))
                most = fmax(most, m->of.cell[(j * m->of.places + t) * arms + g].share);
    return most;
}

static void response_row(VgTrial *trial, const VgTrialMeasured *m, VgDataset *data, size_t j,
                         size_t v, size_t a, size_t k)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    const VgMeasuredAnswer *answer = &m->of.contrast[k];
    const VgInference *of = &answer->inference;
    const VgInference *mean = m->of.mean + (j * m->of.n_visits + v) * m->of.n_arms;
    size_t visit = m->place[v + (m->data.baseline ? 1 : 0)];
    bool percent = vg_layer_is_log(m->layer, j) && !answer->detection, odds = answer->detection;
    double value[3] = {of->estimate, of->lower, of->upper};
    for (size_t i = 0; i < 3; i++)
        value[i] = percent ? 100 * expm1(value[i]) : odds ? exp(value[i]) : value[i];
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "layer", m->layer->name);
    vg_dataset_set_text(result, data, "feature", m->layer->feature[j]);
    vg_dataset_set_text(result, data, "label", m->layer->feature_label[j]);
    vg_dataset_set_text(result, data, "unit", vg_trial_feature_unit(m->layer, j));
    vg_dataset_set_text(result, data, "arm", study->arm[m->arm[a]].name);
    vg_dataset_set_text(result, data, "reference", study->arm[m->arm[0]].name);
    vg_dataset_set_text(result, data, "visit", study->visit[visit].name);
    vg_dataset_set_number(result, data, "day", study->visit[visit].day);
    vg_dataset_set_text(result, data, "scale",
                        odds      ? answer->above ? "odds above limit" : "odds of detection"
                        : percent ? "percent"
                                  : "difference");
    vg_dataset_set_number(result, data, "estimate", value[0]);
    vg_dataset_set_number(result, data, "lower", value[1]);
    vg_dataset_set_number(result, data, "upper", value[2]);
    vg_dataset_set_number(result, data, "p", of->p);
    vg_dataset_set_number(result, data, "q", m->q[k]);
    vg_dataset_set_number(result, data, "q_comparison", m->q_comparison[k]);
    vg_dataset_set_number(result, data, "n", (double)answer->n);
    vg_dataset_set_number(result, data, "censored", censored_share(m, j, v, a));
    vg_dataset_set_number(result, data, "imputed", answer->imputed);
    if (!odds) {
        vg_dataset_set_number(result, data, "mean",
                              percent ? exp(mean[a].estimate) : mean[a].estimate);
        vg_dataset_set_number(result, data, "mean_reference",
                              percent ? exp(mean[0].estimate) : mean[0].estimate);
        vg_dataset_set_text(result, data, "rule", rule_of(m, j));
    }
}

/* "a, b, c and 4 more" of the analytes that `holds` says. */
static const char *names(VgTrial *trial, const VgTrialMeasured *m,
                         bool (*holds)(const VgTrialMeasured *, size_t), size_t *n)
{
    enum { LISTED = 5 };
    const char *text = NULL;
    *n = 0;
    for (size_t j = 0; j < m->of.n_analytes; j++) {
        if (!holds(m, j))
            continue;
        if ((*n)++ < LISTED)
            text = text ? vg_trial_text(trial, "%s, %s", text, m->layer->feature_label[j])
                        : m->layer->feature_label[j];
    }
    return *n > LISTED ? vg_trial_text(trial, "%s and %zu more", text, *n - LISTED) : text;
}

static bool any_verdict(const VgTrialMeasured *m, size_t j, VgCensoredVerdict verdict)
{
    size_t cells = m->of.places * m->of.n_arms;
    for (size_t c = 0; c < cells; c++)
        if (m->of.cell[j * cells + c].verdict == verdict)
            return true;
    return false;
}

static bool has_many(const VgTrialMeasured *m, size_t j)
{
    return m->of.mean_scale[j] && any_verdict(m, j, VG_CENSORED_MANY);
}

static bool has_too_many(const VgTrialMeasured *m, size_t j)
{
    return any_verdict(m, j, VG_CENSORED_TOO_MANY);
}

static bool has_contrast(const VgTrialMeasured *m, size_t j)
{
    size_t each = m->of.n_visits * (m->of.n_arms - 1);
    for (size_t k = 0; k < each; k++)
        if (isfinite(m->of.contrast[j * each + k].inference.estimate))
            return true;
    return false;
}

static const char *why_none(const VgTrialMeasured *m, size_t j)
{
    return m->told[j]           ? m->told[j]
           : m->of.failed[j]    ? m->of.failed[j]
           : has_contrast(m, j) ? NULL
                                : "no values at baseline, or all alike";
}

/* One warning for each reason, with the analytes it holds for. */
static void without_estimate(VgTrial *trial, const VgTrialMeasured *m)
{
    VgTrialNames names;
    vg_trial_names(&names);
    for (size_t j = 0; j < m->of.n_analytes; j++)
        if (why_none(m, j))
            vg_trial_name(trial, &names, m->layer->feature_label[j], why_none(m, j));
    for (size_t k = 0; k < names.n; k++)
        vg_result_warn(trial->result, "%s, %s: no difference between arms could be estimated: %s",
                       m->layer->label, vg_trial_named(trial, &names, k), names.why[k]);
}

static void warnings(VgTrial *trial, const VgTrialMeasured *m)
{
    VgResult *result = trial->result;
    const char *label = m->layer->label;
    size_t n;
    const char *many = names(trial, m, has_many, &n);
    if (many)
        vg_result_warn(result,
                       "%s: more than 30 %% of the values of an arm at a visit lie beyond the "
                       "limits of the assay for %s; what is said of their means leans on the "
                       "normal shape",
                       label, many);
    many = names(trial, m, has_too_many, &n);
    if (many)
        vg_result_warn(result,
                       "%s: more than 70 %% of the values of an arm at a visit lie beyond the "
                       "limits for %s; there the arms are compared in how often it was detected, "
                       "not in means",
                       label, many);
    if (m->options.censored != VG_CENSORED_IMPUTE)
        vg_result_warn(result,
                       "%s: values below the limit were replaced (%s), which biases means and "
                       "spreads: a sensitivity analysis, not the answer",
                       label, vg_censored_rule_name(m->options.censored));
    without_estimate(trial, m);
}

static void facts(VgTrial *trial, const VgTrialMeasured *m)
{
    VgResult *result = trial->result;
    const VgPanelPlan *plan = trial->study->panel_plan;
    const char *id = m->layer->name;
    size_t found = 0, censored = 0, n = m->of.n_analytes * m->of.n_visits * (m->of.n_arms - 1);
    for (size_t k = 0; k < n; k++)
        found += m->q[k] <= plan->fdr;
    for (size_t j = 0; j < m->of.n_analytes; j++)
        censored += m->of.imputed[j];
    vg_result_number(result, VG_FACTS_FIT, id, "n_features", (double)m->of.n_analytes);
    vg_result_number(result, VG_FACTS_FIT, id, "n_tests", (double)m->n_tests);
    vg_result_number(result, VG_FACTS_FIT, id, "n_found", (double)found);
    vg_result_number(result, VG_FACTS_FIT, id, "fdr", plan->fdr);
    vg_result_text(result, VG_FACTS_FIT, id, "adjust", vg_false_discovery_name(plan->adjust));
    vg_result_text(result, VG_FACTS_FIT, id, "model",
                   m->options.model == VG_MEASURED_MMRM ? "mmrm" : "random intercept");
    vg_result_text(result, VG_FACTS_FIT, id, "adjusted_for", m->adjusted_for);
    vg_result_number(result, VG_FACTS_FIT, id, "n_censored", (double)censored);
    if (!censored)
        return;
    vg_result_text(result, VG_FACTS_FIT, id, "censored_values",
                   vg_censored_rule_name(m->options.censored));
    if (m->options.censored == VG_CENSORED_IMPUTE) {
        vg_result_number(result, VG_FACTS_FIT, id, "imputations", (double)m->options.imputations);
        vg_result_number(result, VG_FACTS_FIT, id, "seed", (double)m->options.seed);
    }
}

VgStatus vg_trial_measured_rows(VgTrial *trial, const VgTrialMeasured *m, VgError *error)
{
    size_t arms = m->of.n_arms, visits = m->of.n_visits;
    for (size_t j = 0; j < m->of.n_analytes; j++)
        for (size_t v = 0; v < visits; v++)
            for (size_t a = 0; a < arms; a++) {
                size_t k = (j * visits + v) * (arms - 1) + a - 1;
                mean_row(trial, m, j, v, a);
                if (a && isfinite(m->of.contrast[k].inference.estimate))
                    contrast_row(trial, m, j, v, a, k);
            }
    VgDataset *data = vg_result_dataset(
        trial->result, NULL, "panel_response",
        VG_COLUMNS("layer", "feature", "label", "unit", "arm", "reference", "visit", "#day",
                   "scale", "#estimate", "#lower", "#upper", "#p", "#q", "#q_comparison", "#n",
                   "#censored", "#imputed", "#mean", "#mean_reference", "rule"));
    for (size_t j = 0; j < m->of.n_analytes; j++)
        for (size_t v = 0; v < visits; v++)
            for (size_t a = 1; a < arms; a++) {
                size_t k = (j * visits + v) * (arms - 1) + a - 1;
                if (isfinite(m->of.contrast[k].inference.estimate))
                    response_row(trial, m, data, j, v, a, k);
            }
    facts(trial, m);
    warnings(trial, m);
    return vg_result_status(trial->result, error);
}
