/* Several effects from one study: the three-level model and its cluster-robust errors, in place of tau² alone. */
#include "evidence/review.h"

#include <math.h>
#include <string.h>

/* The effects of each study in order of rows, with the covariance of those that share a control. */
static VgStatus fill_blocks(VgPairwise *p, VgMultilevelData *data, VgError *error)
{
    VgReviewRun *run = p->run;
    const double **block = VG_REVIEW_NEW(run, const double *, p->n_studies);
    size_t *member = VG_REVIEW_NEW(run, size_t, p->k);
    if (!block || !member)
        return vg_fail_memory(error);
    for (size_t s = 0; s < p->n_studies; s++) {
        size_t m = 0;
        for (size_t i = 0; i < p->k; i++)
            if (p->study[i] == s)
                member[m++] = i;
        double *v = VG_REVIEW_NEW(run, double, m *m);
        if (!v)
            return vg_fail_memory(error);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < m; j++)
                v[i + j * m] = p->covariance[member[i] + member[j] * p->k];
        block[s] = v;
    }
    data->block = block;
    return VG_OK;
}

static void component_row(VgPairwise *p, const char *term, const VgVarianceComponent *component)
{
    VgEstimate row = vg_review_row(p->id, "variance_component", term);
    row.estimate = component->estimate;
    row.se = component->se;
    row.lower = component->lower;
    row.upper = component->upper;
    row.statistic = component->lrt;
    row.p = component->lrt_p;
    if (component->at_boundary)
        row.note = "at the boundary";
    vg_result_estimate(p->run->result, &row);
    row = vg_review_row(p->id, "i2", term);
    row.estimate = component->i2;
    vg_result_estimate(p->run->result, &row);
}

static void report(VgPairwise *p)
{
    VgReviewRun *run = p->run;
    const VgMultilevelFit *fit = p->multilevel;
    VgEstimate row = vg_review_row(p->id, "tau2", NULL);
    row.estimate = fit->study.estimate + fit->effect.estimate;
    row.note = "sum of both components";
    vg_result_estimate(run->result, &row);
    row = vg_review_row(p->id, "i2", NULL);
    row.estimate = fit->study.i2 + fit->effect.i2;
    row.note = "both levels";
    vg_result_estimate(run->result, &row);
    component_row(p, "study", &fit->study);
    component_row(p, "effect", &fit->effect);
    row = vg_review_row(p->id, "q", NULL);
    row.statistic = fit->q;
    row.df = fit->q_df;
    row.p = fit->q_p;
    vg_result_estimate(run->result, &row);
    if (p->robust) {
        row = vg_review_row(p->id, "robust", "random");
        vg_review_inference(&row, &p->robust->coefficient[0]);
        row.n = (double)p->k;
        row.note = vg_review_text(run, "CR2, %zu clusters", p->robust->clusters);
        row.unit = vg_measure_unit(run->plan->measure);
        vg_result_estimate(run->result, &row);
        if (p->robust->few)
            vg_result_warn(run->result,
                           "%sthe robust test has %.1f degrees of freedom: below 4 its p value "
                           "is not to be trusted",
                           vg_review_of(run, p->analysis), p->robust->coefficient[0].df);
    }
    vg_result_number(run->result, VG_FACTS_FIT, p->id, "loglik", fit->loglik);
    vg_result_number(run->result, VG_FACTS_FIT, p->id, "iterations", (double)fit->iterations);
    vg_result_bool(run->result, VG_FACTS_FIT, p->id, "converged", true);
    vg_result_bool(run->result, VG_FACTS_FIT, p->id, "tau2_at_boundary",
                   fit->study.at_boundary || fit->effect.at_boundary);
    vg_result_number(run->result, VG_FACTS_DIAGNOSTICS, p->id, "decrement", fit->decrement);
    if (fit->optima > 1)
        vg_result_warn(run->result,
                       "%sthe likelihood of the variance components has %zu optima; the highest "
                       "is reported",
                       vg_review_of(run, p->analysis), fit->optima);
}

VgStatus vg_pairwise_multilevel(VgPairwise *p, VgError *error)
{
    VgReviewRun *run = p->run;
    VgMultilevelData data = {.y = p->y,
                             .v = p->v,
                             .study = p->study,
                             .n = p->k,
                             .n_studies = p->n_studies,
                             .sampling_correlation = p->analysis->sampling_correlation};
    if (p->covariance && data.sampling_correlation != 0)
        return vg_fail(error, VG_INVALID_INPUT,
                       "a sampling correlation and a modelled shared control",
                       "choose one: both say how effects of a study hang together");
    if (p->covariance)
        VG_TRY(fill_blocks(p, &data, error));
    VgMultilevelOptions options = {.ml = p->analysis->tau2 == VG_TAU2_ML,
                                   .df = p->analysis->test == VG_META_TEST_Z
                                             ? VG_MULTILEVEL_DF_NORMAL
                                             : VG_MULTILEVEL_DF_CONTAIN,
                                   .level = run->result->level};
    p->multilevel = VG_REVIEW_NEW(run, VgMultilevelFit, 1);
    p->robust = VG_REVIEW_NEW(run, VgClusterRobust, 1);
    if (!p->multilevel || !p->robust)
        return vg_fail_memory(error);
    VG_TRY(vg_multilevel_fit(run->arena, &data, &options, p->multilevel, error));
    VgStatus status =
        vg_multilevel_robust(run->arena, &data, p->multilevel, VG_CLUSTER_CR2, p->robust, error);
    if (status != VG_OK)
        p->robust = NULL;
    VG_TRY(vg_review_look(run, p->analysis, "the robust standard error", status, error));
    p->pooled = p->multilevel->coefficient[0];
    const VgInference *prediction = &p->multilevel->prediction;
    p->prediction = (VgMetaPrediction){.estimate = p->pooled.estimate,
                                       .se = p->pooled.se,
                                       .lower = p->pooled.lower,
                                       .upper = p->pooled.upper,
                                       .prediction_lower = prediction->lower,
                                       .prediction_upper = prediction->upper,
                                       .prediction_df = prediction->df};
    report(p);
    return VG_OK;
}

double vg_pairwise_count(const VgPairwise *p, const double *value)
{
    double sum = 0;
    for (size_t i = 0; i < p->k; i++) {
        bool counts = true;
        for (size_t j = 0; p->multilevel && counts && j < p->k; j++)
            counts = p->study[j] != p->study[i] || value[j] < value[i] ||
                     (value[j] == value[i] && j >= i) || isnan(value[j]);
        if (counts || isnan(value[i]))
            sum += value[i];
    }
    return sum;
}

double vg_pairwise_people(const VgPairwise *p)
{
    double people = vg_pairwise_count(p, p->n);
    bool whole =
        (!p->multilevel || p->covariance) && p->n_added == 0 && p->effects->n_participants > 0;
    return whole && !isnan(people) ? p->effects->n_participants : people;
}
