/* What the study is and what was planned: facts, arms, visits, outcomes, analyses and estimands. */
#include "trial/plan.h"

#include "study/describe.h"

#include <math.h>
#include <string.h>

static const char *role_name(VgAnalysisRole role)
{
    static const char *const name[] = {"primary", "secondary", "sensitivity"};
    return name[role];
}

static void study_facts(VgTrial *trial)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    vg_study_describe(study, result);
    const char *registry = NULL;
    for (size_t k = 0; k < study->n_registry; k++)
        registry =
            k ? vg_trial_text(trial, "%s, %s", registry, study->registry[k]) : study->registry[k];
    vg_result_text(result, VG_FACTS_STUDY, NULL, "registry", registry);
    vg_result_number(result, VG_FACTS_STUDY, NULL, "n_randomised",
                     (double)vg_trial_n_randomised(study));
    if (study->n_analyses == 0)
        return;
    const VgAnalysis *primary = &study->analysis[0];
    vg_result_text(result, VG_FACTS_STUDY, NULL, "primary_analysis", primary->id);
    vg_result_text(result, VG_FACTS_STUDY, NULL, "primary_outcome",
                   study->outcome[primary->outcome].name);
    vg_result_text(result, VG_FACTS_STUDY, NULL, "primary_visit",
                   study->visit[primary->visit].name);
    vg_result_text(result, VG_FACTS_STUDY, NULL, "primary_arm", study->arm[primary->arm].name);
    vg_result_text(result, VG_FACTS_STUDY, NULL, "primary_reference",
                   study->arm[primary->reference].name);
    vg_result_bool(result, VG_FACTS_STUDY, NULL, "primary_lower_is_better",
                   study->outcome[primary->outcome].scale->lower_is_better);
}

static void arms(VgTrial *trial)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(
        result, NULL, "arms", VG_COLUMNS("name", "label", "components", "#reference", "#order"));
    for (size_t a = 0; a < study->n_arms; a++) {
        const VgArm *arm = &study->arm[a];
        const char *components = "";
        for (size_t k = 0; k < arm->n_components; k++)
            components = vg_trial_text(trial, "%s%s%s", components, k ? " + " : "",
                                       study->component[arm->component[k]].name);
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "name", arm->name);
        vg_dataset_set_text(result, data, "label", arm->label);
        vg_dataset_set_text(result, data, "components", *components ? components : NULL);
        vg_dataset_set_number(result, data, "reference", a == vg_study_reference_arm(study));
        vg_dataset_set_number(result, data, "order", (double)(a + 1));
    }
}

static void components(VgTrial *trial)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(result, NULL, "components",
                                        VG_COLUMNS("name", "type", "detail", "#dose", "unit"));
    for (size_t k = 0; k < study->n_components; k++) {
        const VgComponent *component = &study->component[k];
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "name", component->name);
        vg_dataset_set_text(result, data, "type", component->type);
        vg_dataset_set_text(result, data, "detail", component->detail);
        vg_dataset_set_number(result, data, "dose", component->dose);
        vg_dataset_set_text(result, data, "unit", component->unit);
    }
}

static void visits(VgTrial *trial)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, NULL, "visits", VG_COLUMNS("name", "label", "#day", "#order"));
    for (size_t t = 0; t < study->n_visits; t++) {
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "name", study->visit[t].name);
        vg_dataset_set_text(result, data, "label", study->visit[t].label);
        vg_dataset_set_number(result, data, "day", study->visit[t].day);
        vg_dataset_set_number(result, data, "order", (double)(t + 1));
    }
}

static double finite_or_absent(double value)
{
    return isfinite(value) ? value : (double)NAN;
}

static void outcomes(VgTrial *trial)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(
        result, NULL, "outcomes",
        VG_COLUMNS("name", "label", "scale", "title", "unit", "#minimum", "#maximum",
                   "#lower_is_better", "#important_difference", "important_difference_source",
                   "citation", "#response_fraction", "#remission_cutoff"));
    for (size_t k = 0; k < study->n_outcomes; k++) {
        const VgOutcome *outcome = &study->outcome[k];
        const VgScale *scale = outcome->scale;
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "name", outcome->name);
        vg_dataset_set_text(result, data, "label", outcome->label);
        vg_dataset_set_text(result, data, "scale", scale->name);
        vg_dataset_set_text(result, data, "title", scale->title);
        vg_dataset_set_text(result, data, "unit", scale->unit);
        vg_dataset_set_number(result, data, "minimum", finite_or_absent(scale->minimum));
        vg_dataset_set_number(result, data, "maximum", finite_or_absent(scale->maximum));
        vg_dataset_set_number(result, data, "lower_is_better", scale->lower_is_better);
        vg_dataset_set_number(result, data, "important_difference", outcome->important_difference);
        vg_dataset_set_text(result, data, "important_difference_source",
                            outcome->important_difference_source);
        vg_dataset_set_text(result, data, "citation", scale->citation);
        vg_dataset_set_number(result, data, "response_fraction", scale->response_fraction);
        vg_dataset_set_number(result, data, "remission_cutoff", scale->remission_cutoff);
    }
    data = vg_result_dataset(result, NULL, "severity_bands",
                             VG_COLUMNS("outcome", "band", "#lower", "#upper"));
    for (size_t k = 0; k < study->n_outcomes; k++)
        for (size_t b = 0; b < study->outcome[k].scale->n_bands; b++) {
            const VgSeverityBand *band = &study->outcome[k].scale->band[b];
            vg_dataset_row(result, data);
            vg_dataset_set_text(result, data, "outcome", study->outcome[k].name);
            vg_dataset_set_text(result, data, "band", band->name);
            vg_dataset_set_number(result, data, "lower", finite_or_absent(band->lower));
            vg_dataset_set_number(result, data, "upper", finite_or_absent(band->upper));
        }
}

static void analyses(VgTrial *trial)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, NULL, "analyses",
                          VG_COLUMNS("id", "role", "kind", "label", "outcome", "visit", "arm",
                                     "reference", "measure", "#order"));
    for (size_t k = 0; k < study->n_analyses; k++) {
        const VgAnalysis *analysis = &study->analysis[k];
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "id", analysis->id);
        vg_dataset_set_text(result, data, "role", role_name(analysis->role));
        vg_dataset_set_text(result, data, "kind", vg_study_kind_name(analysis->kind));
        vg_dataset_set_text(result, data, "label", analysis->label);
        vg_dataset_set_text(result, data, "outcome", study->outcome[analysis->outcome].name);
        vg_dataset_set_text(result, data, "visit", study->visit[analysis->visit].name);
        vg_dataset_set_text(result, data, "arm", study->arm[analysis->arm].name);
        vg_dataset_set_text(result, data, "reference", study->arm[analysis->reference].name);
        vg_dataset_set_text(result, data, "measure", analysis->change ? "change" : "value");
        vg_dataset_set_number(result, data, "order", (double)(k + 1));
    }
}

static void attribute(VgResult *result, VgDataset *data, const char *name, const char *text)
{
    if (!text)
        return;
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "attribute", name);
    vg_dataset_set_text(result, data, "text", text);
}

static void estimand(VgTrial *trial, const VgAnalysis *analysis)
{
    VgResult *result = trial->result;
    const VgEstimand *estimand = &analysis->estimand;
    VgDataset *data =
        vg_result_dataset(result, analysis->id, "estimand", VG_COLUMNS("attribute", "text"));
    attribute(result, data, "population", estimand->population);
    attribute(result, data, "treatment", estimand->treatment);
    attribute(result, data, "variable", estimand->variable);
    for (size_t k = 0; k < estimand->n_intercurrent; k++)
        attribute(result, data,
                  vg_trial_text(trial, "intercurrent: %s", estimand->intercurrent[k].event),
                  estimand->intercurrent[k].strategy);
    attribute(result, data, "summary", estimand->summary);
}

void vg_trial_facts(VgTrial *trial)
{
    study_facts(trial);
    arms(trial);
    components(trial);
    visits(trial);
    outcomes(trial);
    analyses(trial);
    for (size_t k = 0; k < trial->study->n_analyses; k++)
        if (trial->study->analysis[k].has_estimand)
            estimand(trial, &trial->study->analysis[k]);
}
