/* The component model of a review: what each component adds, what two do together, what the network could see of that. */
#include <ctype.h>
#include <math.h>
#include <string.h>

#include "evidence/review/network_review.h"

static void component_rows(VgNetworkRun *w)
{
    VgReviewRun *run = w->run;
    const VgComponentFit *fit = w->components;
    for (size_t model = 0; model < 2; model++)
        for (size_t c = 0; c < fit->n_components; c++) {
            const VgComponentEffect *component = &fit->component[c];
            if (!component->estimable || (model == 1 && !w->random))
                continue;
            VgEstimate row = vg_review_row(w->id, "component", component->name);
            vg_review_inference(&row, model == 0 ? &component->common : &component->random);
            row.n = (double)component->studies;
            row.note = model == 0 ? "common" : "random";
            row.unit = vg_measure_unit(run->plan->measure);
            vg_result_estimate(run->result, &row);
        }
    if (fit->q_difference.df > 0) {
        VgEstimate row = vg_review_row(w->id, "component_test", NULL);
        row.statistic = fit->q_difference.q;
        row.df = fit->q_difference.df;
        row.p = fit->q_difference.p;
        vg_result_estimate(run->result, &row);
    }
    VgEstimate row = vg_review_row(w->id, "component_q", NULL);
    row.statistic = fit->q.q;
    row.df = fit->q.df;
    row.p = fit->q.p;
    if (fit->q.df > 0)
        vg_result_estimate(run->result, &row);
    if (w->random) {
        row = vg_review_row(w->id, "component_tau2", NULL);
        row.estimate = fit->tau2.tau2;
        row.se = fit->tau2.se;
        vg_result_estimate(run->result, &row);
    }
}

/* What components are, for tables and figures. */
static void report_types(VgNetworkRun *w)
{
    VgResult *result = w->run->result;
    const VgEvidenceAnalysis *analysis = w->analysis;
    if (analysis->n_component_types == 0)
        return;
    VgDataset *data = vg_result_dataset(result, w->id, "component_types",
                                        VG_COLUMNS("component", "type", "label"));
    for (size_t i = 0; i < analysis->n_component_types; i++) {
        const VgComponentType *type = &analysis->component_type[i];
        bool known = false;
        for (size_t c = 0; c < w->components->n_components; c++)
            known = known || strcmp(w->components->component[c].name, type->component) == 0;
        if (!known && (!analysis->inactive || strcmp(analysis->inactive, type->component) != 0))
            vg_result_warn(result, "%s%s is typed as %s, but is no component of any treatment",
                           vg_review_of(w->run, analysis), type->component, type->type);
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "component", type->component);
        vg_dataset_set_text(result, data, "type", type->type);
        vg_dataset_set_text(result, data, "label", type->label);
    }
}

static void power_row(VgNetworkRun *w, const char *term, double power, double se, const char *note)
{
    if (isnan(power))
        return;
    VgEstimate row = vg_review_row(w->id, "power", term);
    row.estimate = power;
    row.se = se;
    row.note = note;
    vg_result_estimate(w->run->result, &row);
}

/* "Odds ratio" within a sentence; names of people stay as they are. */
static const char *unit_words(VgReviewRun *run)
{
    const char *label = vg_measure_label(run->plan->measure);
    if (strchr(label, '\''))
        return label;
    return vg_review_text(run, "%c%s", tolower((unsigned char)label[0]), label + 1);
}

/* The answer for one interaction; of a sensitivity analysis only what is held against the main one. */
static VgStatus adjunct(VgNetworkRun *w, size_t i, const char **brief, VgError *error)
{
    VgReviewRun *run = w->run;
    const VgEvidencePlan *plan = run->plan;
    const VgNamedInteraction *named = &w->analysis->interaction[i];
    VgAdjunctWords words = {.type = w->analysis->component_type,
                            .n_types = w->analysis->n_component_types,
                            .unit = unit_words(run),
                            .back_transform = vg_measure_is_ratio(plan->measure),
                            .direction_known = plan->direction_known,
                            .small_is_good = !vg_review_high_is_better(plan),
                            .important_difference = plan->important_difference};
    VgAdjunct out;
    VG_TRY(vg_component_adjunct(run->arena, w->components, i, NULL, &words, &out, error));
    *brief = vg_review_text(run, "%s%s%s", *brief ? *brief : "", *brief ? " " : "", out.brief);
    if (w->analysis->sensitivity)
        return VG_OK;
    for (size_t k = 0; k < out.n_sentences; k++)
        vg_review_sentence(run, w->id, out.sentence[k]);
    const char *term = vg_review_text(run, "%s*%s", named->first, named->second);
    if (out.agreement.df > 0) {
        VgEstimate row = vg_review_row(w->id, "interaction_test", term);
        row.statistic = out.agreement.q;
        row.df = out.agreement.df;
        row.p = out.agreement.p;
        row.note = "whether the treatments that share the interaction differ in it";
        vg_result_estimate(run->result, &row);
    }
    const VgInteractionPower *power = &out.power;
    const char *size = words.back_transform ? "for a ratio of ratios of" : "for an interaction of";
    power_row(w, term, power->power_important, power->se,
              vg_review_text(run, "%s %s, the difference that matters", size,
                             vg_review_effect(run, power->important)));
    power_row(w, term, power->power_component, power->se,
              vg_review_text(run, "%s %s, as large as the %seffect of %s itself", size,
                             vg_review_effect(run, power->component),
                             out.n_averaged > 1 ? "mean " : "", out.added));
    if (isfinite(power->smallest_80))
        power_row(w, term, 0.8, power->se,
                  vg_review_text(run, "%s %s, the smallest that is seen with 80%% power", size,
                                 vg_review_effect(run, power->smallest_80)));
    return VG_OK;
}

VgStatus vg_review_components(VgNetworkRun *w, VgError *error)
{
    VgReviewRun *run = w->run;
    const VgEvidenceAnalysis *analysis = w->analysis;
    VgComponentOptions options = {.separator = analysis->component_separator,
                                  .inactive = analysis->inactive,
                                  .interaction = analysis->interaction,
                                  .n_interactions = analysis->n_interactions,
                                  .type = analysis->component_type,
                                  .n_types = analysis->n_component_types,
                                  .tau2 = analysis->tau2,
                                  .level = run->result->level,
                                  .t_test = analysis->test == VG_META_TEST_T};
    VG_TRY(vg_component_fit(run->arena, w->network, &options, &w->components, error));
    if (!w->fit)
        w->answer = w->random ? &w->components->random : &w->components->common;
    component_rows(w);
    report_types(w);
    const char *interaction = NULL, *brief = NULL;
    for (size_t i = 0; i < analysis->n_interactions; i++) {
        interaction = vg_review_text(run, "%s%s%s*%s", interaction ? interaction : "",
                                     interaction ? ", " : "", analysis->interaction[i].first,
                                     analysis->interaction[i].second);
        VG_TRY(vg_review_look(run, analysis, "the answer for an interaction",
                              adjunct(w, i, &brief, error), error));
    }
    if (brief && analysis->sensitivity)
        vg_review_sentence(run, w->id, brief);
    vg_result_text(run->result, VG_FACTS_FIT, w->id, "interaction", interaction);
    vg_result_text(run->result, VG_FACTS_FIT, w->id, "inactive", analysis->inactive);
    for (size_t i = 0; i < w->components->n_warnings; i++)
        vg_result_warn(run->result, "%s%s", vg_review_of(run, analysis), w->components->warning[i]);
    return VG_OK;
}
