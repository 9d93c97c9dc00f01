/* One network analysis: contrasts, ranking, inconsistency, direct against indirect, and the component model. */
#include "evidence/review/review.h"

#include <math.h>
#include <string.h>

#include "base/nearest.h"
#include "evidence/network/network_internal.h"
#include "evidence/review/network_review.h"

/* ---- studies ---- */

/* Contrasts of arms as the network takes them; their signs are turned already. */
static VgStatus network_studies(VgNetworkRun *w, VgNetworkStudy **out, VgError *error)
{
    VgReviewRun *run = w->run;
    const VgNetworkContrasts *contrasts = w->contrasts;
    VgNetworkStudy *study = VG_REVIEW_NEW(run, VgNetworkStudy, contrasts->n_studies);
    if (!study)
        return vg_fail_memory(error);
    for (size_t s = 0; s < contrasts->n_studies; s++) {
        const VgContrastStudy *from = &contrasts->study[s];
        size_t m = from->n_arms - 1;
        const char **treatment = VG_REVIEW_NEW(run, const char *, from->n_arms);
        double *effect = VG_REVIEW_NEW(run, double, m), *v = VG_REVIEW_NEW(run, double, m *m);
        if (!treatment || !effect || !v)
            return vg_fail_memory(error);
        bool known = from->n != NULL;
        for (size_t a = 0; a < from->n_arms; a++) {
            treatment[a] = contrasts->treatment[from->arm[a]];
            known = known && isfinite(from->n[a]);
        }
        for (size_t i = 0; i < m; i++) {
            effect[i] = from->y[i];
            for (size_t j = 0; j < m; j++)
                v[i + j * m] = VG_AT(from->v, i, j);
        }
        study[s] = (VgNetworkStudy){.study = from->study,
                                    .line = from->line,
                                    .n_arms = from->n_arms,
                                    .treatment = treatment,
                                    .effect = effect,
                                    .covariance = v,
                                    .participants = known ? from->n : NULL};
    }
    *out = study;
    return VG_OK;
}

/* ---- datasets of the graph ---- */

static const char *component_type(const VgNetworkRun *w, const char *name)
{
    const VgEvidenceAnalysis *analysis = w->analysis;
    for (size_t i = 0; i < analysis->n_component_types; i++)
        if (strcmp(analysis->component_type[i].component, name) == 0)
            return analysis->component_type[i].type;
    const char *sign = analysis->component_separator;
    return sign && strstr(name, sign) ? "combination" : NULL;
}

static void report_graph(VgNetworkRun *w)
{
    VgResult *result = w->run->result;
    const VgNetwork *network = w->network;
    VgDataset *data = vg_result_dataset(
        result, w->id, "network_nodes",
        VG_COLUMNS("treatment", "type", "#studies", "#participants", "#reference", "#part"));
    for (size_t i = 0; i < network->n_treatments; i++) {
        const VgNetworkNode *node = &network->node[i];
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "treatment", node->name);
        vg_dataset_set_text(result, data, "type", component_type(w, node->name));
        vg_dataset_set_number(result, data, "studies", (double)node->studies);
        vg_dataset_set_number(result, data, "participants", node->participants);
        vg_dataset_set_number(result, data, "reference", i == w->reference);
        vg_dataset_set_number(result, data, "part", (double)(node->part + 1));
    }
    data =
        vg_result_dataset(result, w->id, "network_edges",
                          VG_COLUMNS("treatment_1", "treatment_2", "#studies", "#estimate", "#se"));
    for (size_t e = 0; e < network->n_edges; e++) {
        const VgNetworkEdge *edge = &network->edge[e];
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "treatment_1", network->node[edge->first].name);
        vg_dataset_set_text(result, data, "treatment_2", network->node[edge->second].name);
        vg_dataset_set_number(result, data, "studies", (double)edge->studies);
        for (size_t s = 0; s < w->n_splits; s++)
            if (w->split[s].first == edge->first && w->split[s].second == edge->second) {
                vg_dataset_set_number(result, data, "estimate", w->split[s].direct.estimate);
                vg_dataset_set_number(result, data, "se", w->split[s].direct.se);
            }
    }
    data = vg_result_dataset(result, w->id, "network_multiarm", VG_COLUMNS("study", "treatment"));
    for (size_t i = 0; i < network->n_trials; i++)
        for (size_t k = 0; network->trial[i].n_arms > 2 && k < network->trial[i].n_arms; k++) {
            vg_dataset_row(result, data);
            vg_dataset_set_text(result, data, "study", network->trial[i].study);
            vg_dataset_set_text(result, data, "treatment",
                                network->node[network->trial[i].arm[k]].name);
        }
}

/* ---- contrasts, league, ranking ---- */

static void contrast_rows(VgNetworkRun *w, const VgNetworkEffects *effects, const char *term)
{
    const VgNetwork *network = w->network;
    for (size_t i = 0; i < network->n_treatments; i++) {
        if (i == w->reference)
            continue;
        VgInference answer = vg_network_contrast(effects, i, w->reference);
        if (isnan(answer.estimate))
            continue;
        VgEstimate row = vg_review_row(w->id, "contrast", term);
        row.arm = network->node[i].name;
        row.reference = network->node[w->reference].name;
        row.outcome = w->run->plan->outcome;
        vg_review_inference(&row, &answer);
        row.n = (double)network->node[i].studies;
        row.unit = vg_measure_unit(w->run->plan->measure);
        if (network->node[i].part != network->node[w->reference].part)
            row.note = "across parts of the network: rests on components adding up";
        vg_result_estimate(w->run->result, &row);
    }
}

static void prediction_rows(VgNetworkRun *w)
{
    const VgNetwork *network = w->network;
    for (size_t i = 0; i < network->n_treatments; i++) {
        VgNetworkInterval interval = w->fit
                                         ? vg_network_prediction(w->fit, i, w->reference)
                                         : vg_component_prediction(w->components, i, w->reference);
        if (i == w->reference || isnan(interval.lower))
            continue;
        VgEstimate row = vg_review_row(w->id, "prediction", "random");
        row.arm = network->node[i].name;
        row.reference = network->node[w->reference].name;
        row.estimate = vg_network_contrast(w->answer, i, w->reference).estimate;
        row.lower = interval.lower;
        row.upper = interval.upper;
        row.df = isfinite(interval.df) ? interval.df : (double)NAN;
        row.unit = vg_measure_unit(w->run->plan->measure);
        vg_result_estimate(w->run->result, &row);
    }
}

static void league_cell(VgNetworkRun *w, VgDataset *data, size_t i, size_t j, const char *kind,
                        const VgInference *cell, double studies)
{
    VgResult *result = w->run->result;
    if (isnan(cell->estimate))
        return;
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "row", w->network->node[i].name);
    vg_dataset_set_text(result, data, "column", w->network->node[j].name);
    vg_dataset_set_text(result, data, "kind", kind);
    vg_dataset_set_number(result, data, "estimate", cell->estimate);
    vg_dataset_set_number(result, data, "se", cell->se);
    vg_dataset_set_number(result, data, "lower", cell->lower);
    vg_dataset_set_number(result, data, "upper", cell->upper);
    vg_dataset_set_number(result, data, "p", cell->p);
    vg_dataset_set_number(result, data, "studies", studies);
}

static void report_league(VgNetworkRun *w)
{
    VgDataset *data = vg_result_dataset(w->run->result, w->id, "league",
                                        VG_COLUMNS("row", "column", "kind", "#estimate", "#se",
                                                   "#lower", "#upper", "#p", "#studies"));
    size_t n = w->network->n_treatments;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            VgInference cell = vg_network_contrast(w->answer, i, j);
            if (i != j)
                league_cell(w, data, i, j, "network", &cell, NAN);
        }
    for (size_t s = 0; s < w->n_splits; s++) {
        const VgNetworkSplit *split = &w->split[s];
        if (split->studies)
            league_cell(w, data, split->first, split->second, "direct", &split->direct,
                        (double)split->studies);
    }
}

static VgStatus report_ranking(VgNetworkRun *w, VgError *error)
{
    VgReviewRun *run = w->run;
    const VgEvidencePlan *plan = run->plan;
    if (!plan->direction_known) {
        vg_result_warn(
            run->result,
            "%streatments are not ranked, since it is not said whether lower or higher values are "
            "better",
            vg_review_of(run, w->analysis));
        return VG_OK;
    }
    double *score = VG_REVIEW_NEW(run, double, w->network->n_treatments);
    if (!score)
        return vg_fail_memory(error);
    vg_network_p_scores(w->answer, !vg_review_high_is_better(plan), score);
    size_t n = w->network->n_treatments;
    bool partial = false;
    for (size_t i = 0; i < n; i++) {
        size_t others = 0;
        for (size_t j = 0; j < n; j++)
            others += i != j && !isnan(VG_AT(w->answer->estimate, i, j));
        partial = partial || others + 1 < n;
        if (isnan(score[i]))
            continue;
        VgEstimate row = vg_review_row(w->id, "ranking", w->network->node[i].name);
        row.estimate = score[i];
        row.note = vg_review_high_is_better(plan) ? "P-score, larger values are better"
                                                  : "P-score, smaller values are better";
        if (others + 1 < n)
            row.note =
                vg_review_text(run, "%s; over the %zu it can be compared with", row.note, others);
        vg_result_estimate(run->result, &row);
    }
    if (partial)
        vg_result_warn(run->result,
                       "%sthe trials do not determine every comparison: P-scores are means over "
                       "different sets of treatments and do not rank across them",
                       vg_review_of(run, w->analysis));
    return VG_OK;
}

/* ---- heterogeneity and inconsistency ---- */

static void q_row(VgNetworkRun *w, const char *quantity, const char *term, const VgNetworkQ *q,
                  const char *note)
{
    if (!(q->df > 0))
        return;
    VgEstimate row = vg_review_row(w->id, quantity, term);
    row.statistic = q->q;
    row.df = q->df;
    row.p = q->p;
    row.note = note;
    vg_result_estimate(w->run->result, &row);
}

static void tau2_rows(VgNetworkRun *w, const VgNetworkTau2 *tau2, const VgNetworkQ *q)
{
    VgResult *result = w->run->result;
    if (!(q->df > 0)) { /* every contrast is fitted exactly */
        vg_result_warn(result,
                       "%sno two studies can be compared with one another: how studies differ is "
                       "not known and was taken as nought",
                       vg_review_of(w->run, w->analysis));
        return;
    }
    VgEstimate row = vg_review_row(w->id, "tau2", NULL);
    if (w->analysis->tau2 != VG_TAU2_COMMON) {
        row.estimate = tau2->tau2;
        row.se = tau2->se;
        vg_result_estimate(result, &row);
        row = vg_review_row(w->id, "tau", NULL);
        row.estimate = sqrt(tau2->tau2);
        vg_result_estimate(result, &row);
    }
    row = vg_review_row(w->id, "i2", NULL);
    row.estimate = q->q > 0 ? 100 * fmax(0, (q->q - q->df) / q->q) : 0;
    if (w->fit) {
        row.estimate = 100 * w->fit->i2;
        row.lower = 100 * w->fit->i2_lower;
        row.upper = 100 * w->fit->i2_upper;
    }
    vg_result_estimate(result, &row);
    q_row(w, "q", NULL, q, NULL);
    vg_result_number(result, VG_FACTS_FIT, w->id, "loglik", tau2->loglik);
    vg_result_number(result, VG_FACTS_FIT, w->id, "iterations", (double)tau2->iterations);
    vg_result_bool(result, VG_FACTS_FIT, w->id, "converged", true); /* else it is an error */
    vg_result_bool(result, VG_FACTS_FIT, w->id, "tau2_at_boundary", tau2->at_boundary);
    if (tau2->at_boundary)
        vg_result_warn(
            result,
            "%sthe estimate of tau² is 0: the studies of a comparison differ no more than by "
            "chance",
            vg_review_of(w->run, w->analysis));
}

static VgStatus report_inconsistency(VgNetworkRun *w, VgError *error)
{
    VgReviewRun *run = w->run;
    VgNetworkDecomposition *parts;
    VG_TRY(vg_network_decompose(run->arena, w->fit, &parts, error));
    q_row(w, "q_inconsistency", "total", &parts->total, NULL);
    q_row(w, "q_inconsistency", "within designs", &parts->within, NULL);
    q_row(w, "q_inconsistency", "between designs", &parts->between, NULL);
    q_row(w, "q_inconsistency", "between designs, random effects", &parts->between_random, NULL);
    w->between = parts->between_random.df > 0 ? parts->between_random : parts->between;
    for (size_t d = 0; d < w->network->n_designs; d++) {
        q_row(w, "q_inconsistency", w->network->design[d].name, &parts->design[d].within,
              "within the design");
        if (parts->design[d].detached.df > 0)
            q_row(w, "q_inconsistency", w->network->design[d].name, &parts->design[d].detached,
                  "between designs when this one is detached");
    }
    VgNetworkHeat *heat;
    VG_TRY(vg_network_heat(run->arena, w->fit, w->random, &heat, error));
    if (heat->n == 0)
        return VG_OK;
    VgDataset *data =
        vg_result_dataset(run->result, w->id, "net_heat",
                          VG_COLUMNS("row_design", "column_design", "#contribution", "#q_change"));
    for (size_t a = 0; a < heat->n; a++)
        for (size_t b = 0; b < heat->n; b++) {
            size_t i = heat->order[a], j = heat->order[b];
            vg_dataset_row(run->result, data);
            vg_dataset_set_text(run->result, data, "row_design", heat->name[i]);
            vg_dataset_set_text(run->result, data, "column_design", heat->name[j]);
            vg_dataset_set_number(run->result, data, "contribution",
                                  VG_AT(heat->contribution, i, j));
            vg_dataset_set_number(run->result, data, "q_change", VG_AT(heat->q_change, i, j));
        }
    return VG_OK;
}

static void split_row(VgNetworkRun *w, const VgNetworkSplit *split, const char *term,
                      const VgInference *answer)
{
    if (isnan(answer->estimate))
        return;
    VgEstimate row = vg_review_row(w->id, "split", term);
    row.arm = w->network->node[split->first].name;
    row.reference = w->network->node[split->second].name;
    vg_review_inference(&row, answer);
    row.n = (double)split->studies;
    row.unit = vg_measure_unit(w->run->plan->measure);
    row.note = vg_review_text(w->run, "%.0f%% of the evidence is direct", 100 * split->proportion);
    vg_result_estimate(w->run->result, &row);
}

static void report_splits(VgNetworkRun *w)
{
    for (size_t s = 0; s < w->n_splits; s++) {
        const VgNetworkSplit *split = &w->split[s];
        if (split->studies == 0)
            continue;
        split_row(w, split, "direct", &split->direct);
        split_row(w, split, "indirect", &split->indirect);
        split_row(w, split, "difference", &split->difference);
        w->n_checked += isfinite(split->difference.p);
        w->n_differ += split->difference.p < 0.05;
    }
}

/* The control (reference) is last, so that effects are treatment minus control. */
static VgStatus report_funnel(VgNetworkRun *w, VgError *error)
{
    VgReviewRun *run = w->run;
    size_t n = w->network->n_treatments, at = 0, n_points;
    size_t *order = VG_REVIEW_NEW(run, size_t, n);
    VgNetworkFunnelPoint *point;
    if (!order)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        if (i != w->reference)
            order[at++] = i;
    order[at] = w->reference;
    VG_TRY(vg_network_funnel(run->arena, w->fit, w->random, order, &point, &n_points, error));
    VgDataset *data = vg_result_dataset(run->result, w->id, "comparison_funnel",
                                        VG_COLUMNS("study", "comparison", "#x", "#se"));
    for (size_t i = 0; i < n_points; i++) {
        vg_dataset_row(run->result, data);
        vg_dataset_set_text(run->result, data, "study", point[i].study);
        vg_dataset_set_text(run->result, data, "comparison",
                            vg_review_text(run, "%s : %s", w->network->node[point[i].first].name,
                                           w->network->node[point[i].second].name));
        vg_dataset_set_number(run->result, data, "x", point[i].adjusted);
        vg_dataset_set_number(run->result, data, "se", point[i].se);
    }
    vg_review_cite(run, VG_CITE_CHAIMANI_2012);
    return VG_OK;
}

/* ---- the analysis ---- */

static VgStatus unknown_treatment(VgNetworkRun *w, const char *what, const char *name,
                                  VgError *error)
{
    const VgNetwork *network = w->network;
    const char **names = VG_REVIEW_NEW(w->run, const char *, network->n_treatments);
    if (!names)
        return vg_fail_memory(error);
    for (size_t i = 0; i < network->n_treatments; i++)
        names[i] = network->node[i].name;
    const char *nearest = vg_nearest(name, names, network->n_treatments);
    const char *hint = nearest ? vg_review_text(w->run, "did you mean %s?", nearest)
                               : "write a treatment as it stands in the table";
    return vg_fail_at(error, VG_INVALID_INPUT, w->run->extraction->table->path, 0,
                      "the %s %s is no treatment of the network", hint, what, name);
}

static VgStatus build(VgNetworkRun *w, VgError *error)
{
    VgReviewRun *run = w->run;
    VG_TRY(vg_review_subset(run, w->analysis, &w->extraction, error));
    VgEvidencePlan plan = *run->plan;
    if (w->analysis->pre_post_correlation != 0)
        plan.pre_post_correlation = w->analysis->pre_post_correlation;
    VG_TRY(vg_network_effects(run->arena, &w->extraction, &plan, &w->contrasts, error));
    VgNetworkStudy *study = NULL;
    VG_TRY(network_studies(w, &study, error));
    VG_TRY(vg_network_build(run->arena, study, w->contrasts->n_studies, w->extraction.table->path,
                            &w->network, error));
    w->reference = 0;
    if (w->analysis->reference) {
        w->reference = vg_network_treatment(w->network, w->analysis->reference);
        if (w->reference == w->network->n_treatments)
            return unknown_treatment(w, "reference", w->analysis->reference, error);
    }
    return VG_OK;
}

static void tell(VgNetworkRun *w)
{
    VgReviewRun *run = w->run;
    const char *of = vg_review_of(run, w->analysis);
    const VgNetworkContrasts *contrasts = w->contrasts;
    vg_review_tell_rows(run, w->analysis, &w->extraction, contrasts->dropped, contrasts->n_dropped,
                        contrasts->question, contrasts->n_questions);
    for (size_t i = 0; !w->analysis->sensitivity && i < w->network->n_warnings; i++)
        vg_result_warn(run->result, "%s%s", of, w->network->warning[i]);
}

static void facts(VgNetworkRun *w)
{
    VgResult *result = w->run->result;
    const VgNetwork *network = w->network;
    VgFactSection fit = VG_FACTS_FIT;
    vg_review_measure_facts(w->run, w->id, w->analysis);
    vg_result_text(result, fit, w->id, "reference", network->node[w->reference].name);
    vg_result_number(result, fit, w->id, "k", (double)network->n_contrasts);
    vg_result_number(result, fit, w->id, "n_studies", (double)network->n_trials);
    vg_result_number(result, fit, w->id, "n_treatments", (double)network->n_treatments);
    vg_result_number(result, fit, w->id, "n_comparisons", (double)network->n_edges);
    vg_result_number(result, fit, w->id, "n_designs", (double)network->n_designs);
    vg_result_number(result, fit, w->id, "n_components_connected", (double)network->n_parts);
    vg_result_number(result, fit, w->id, "n_dropped", (double)w->contrasts->n_dropped);
    if (w->contrasts->n_repaired) {
        vg_result_number(result, VG_FACTS_DIAGNOSTICS, w->id, "n_repaired",
                         (double)w->contrasts->n_repaired);
        vg_result_number(result, VG_FACTS_DIAGNOSTICS, w->id, "largest_repair",
                         w->contrasts->largest_repair);
    }
    if (w->contrasts->n_participants > 0)
        vg_result_number(result, fit, w->id, "n_participants", w->contrasts->n_participants);
}

VgStatus vg_review_network(VgReviewRun *run, const VgEvidenceAnalysis *analysis, VgError *error)
{
    VgNetworkRun own = {.run = run,
                        .analysis = analysis,
                        .id = analysis->id,
                        .random = analysis->tau2 != VG_TAU2_COMMON};
    VgNetworkRun *w = &own;
    bool t_test = analysis->test == VG_META_TEST_T;
    VG_TRY(build(w, error));
    facts(w);
    /* a network in parts can be answered only by components that the parts share */
    bool connected = w->network->n_parts == 1;
    if (connected || !analysis->component_separator) {
        VgNetworkOptions options = {.tau2 = analysis->tau2,
                                    .reference = w->network->node[w->reference].name,
                                    .level = run->result->level,
                                    .t_test = t_test};
        VG_TRY(vg_network_fit(run->arena, w->network, &options, &w->fit, error));
        w->answer = w->random ? &w->fit->random : &w->fit->common;
        VG_TRY(vg_network_split(run->arena, w->fit, w->random, &w->split, &w->n_splits, error));
    }
    tell(w);
    if (analysis->component_separator)
        VG_TRY(vg_review_components(w, error));
    if (w->fit) {
        contrast_rows(w, &w->fit->common, "common");
        if (w->random)
            contrast_rows(w, &w->fit->random, "random");
        tau2_rows(w, &w->fit->tau2, &w->fit->q);
    } else {
        VG_TRY(vg_network_direct(run->arena, w->network, w->answer,
                                 w->random ? w->components->tau2.tau2 : 0.0, &w->split,
                                 &w->n_splits, error));
        contrast_rows(w, &w->components->common, "common");
        if (w->random)
            contrast_rows(w, &w->components->random, "random");
        tau2_rows(w, &w->components->tau2, &w->components->q);
    }
    if (w->random)
        prediction_rows(w);
    report_graph(w);
    report_league(w);
    VG_TRY(report_ranking(w, error));
    if (w->fit) {
        VG_TRY(
            vg_review_look(run, analysis, "inconsistency", report_inconsistency(w, error), error));
        report_splits(w);
        VG_TRY(vg_review_look(run, analysis, "the comparison-adjusted funnel",
                              report_funnel(w, error), error));
    }
    vg_network_sentences(w);
    return VG_OK;
}
