/* Several effects from one study: the three-level model and its cluster-robust errors, in place of tau² alone. */
#include "evidence/review/review.h"

#include <math.h>
#include <string.h>

#include "model/wald.h"

/* The effects of each study in order of rows, with the covariance of those that share a control. index: places in the
 * analysis, NULL = all. */
static VgStatus fill_blocks(VgPairwise *p, const size_t *index, VgMultilevelData *data,
                            VgError *error)
{
    VgReviewRun *run = p->run;
    const double **block = VG_REVIEW_NEW(run, const double *, data->n_studies);
    size_t *member = VG_REVIEW_NEW(run, size_t, data->n);
    if (!block || !member)
        return vg_fail_memory(error);
    for (size_t s = 0; s < data->n_studies; s++) {
        size_t m = 0;
        for (size_t i = 0; i < data->n; i++)
            if (data->study[i] == s)
                member[m++] = index ? index[i] : i;
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

/* Some of the effects, their studies numbered from 0 in order of first appearance. */
static VgStatus choose(VgPairwise *p, const size_t *index, size_t k, VgMultilevelData *data,
                       VgError *error)
{
    VgReviewRun *run = p->run;
    double *y = VG_REVIEW_NEW(run, double, k), *v = VG_REVIEW_NEW(run, double, k);
    size_t *study = VG_REVIEW_NEW(run, size_t, k);
    size_t *place = VG_REVIEW_NEW(run, size_t, p->n_studies);
    if (!y || !v || !study || !place)
        return vg_fail_memory(error);
    for (size_t i = 0; i < k; i++) {
        size_t from = index[i], *own = &place[p->study[from]];
        y[i] = p->y[from];
        v[i] = p->v[from];
        if (*own == 0)
            *own = ++data->n_studies;
        study[i] = *own - 1;
    }
    data->y = y;
    data->v = v;
    data->study = study;
    data->n = k;
    return VG_OK;
}

VgStatus vg_pairwise_clusters(VgPairwise *p, const size_t *index, size_t k, VgMatrix x,
                              VgMultilevelData *data, VgError *error)
{
    *data = (VgMultilevelData){
        .y = p->y, .v = p->v, .study = p->study, .n = p->k, .n_studies = p->n_studies};
    if (p->covariance && p->analysis->sampling_correlation != 0)
        return vg_fail(error, VG_INVALID_INPUT,
                       "a sampling correlation and a modelled shared control",
                       "choose one: both say how effects of a study hang together");
    if (index) {
        *data = (VgMultilevelData){0};
        VG_TRY(choose(p, index, k, data, error));
    }
    data->x = x;
    if (p->analysis->study_level) /* else effects are taken as independent but for shared arms */
        data->sampling_correlation = p->analysis->sampling_correlation;
    return p->covariance ? fill_blocks(p, index, data, error) : VG_OK;
}

VgMultilevelOptions vg_pairwise_multilevel_options(const VgPairwise *p)
{
    return (VgMultilevelOptions){.ml = p->analysis->tau2 == VG_TAU2_ML,
                                 .df = p->analysis->test == VG_META_TEST_Z
                                           ? VG_MULTILEVEL_DF_NORMAL
                                           : VG_MULTILEVEL_DF_CONTAIN,
                                 .level = p->run->result->level};
}

/* ---- cluster-robust errors ---- */

void vg_pairwise_robust_row(VgPairwise *p, const VgClusterRobust *robust, size_t j,
                            const char *term, const char *stratum, size_t k)
{
    VgReviewRun *run = p->run;
    VgEstimate row = vg_review_row(p->id, "robust", term);
    vg_review_inference(&row, &robust->coefficient[j]);
    row.stratum = stratum;
    row.n = (double)k;
    row.note = vg_review_text(run, "CR2, %zu clusters", robust->clusters);
    row.unit = vg_measure_unit(run->plan->measure);
    vg_result_estimate(run->result, &row);
}

void vg_pairwise_robust_test(VgPairwise *p, const VgClusterRobust *robust, const char *term)
{
    VgReviewRun *run = p->run;
    const VgJointTest *test = &robust->moderators;
    if (!isfinite(test->statistic)) {
        vg_result_warn(run->result,
                       "%sthe studies are too few for a robust test of all terms together",
                       vg_review_of(run, p->analysis));
        return;
    }
    VgEstimate row = vg_review_row(p->id, "robust_test", term);
    vg_review_test(run, &row, test);
    row.note = vg_review_text(run, "%s; HTZ, CR2, %zu clusters", row.note, robust->clusters);
    vg_result_estimate(run->result, &row);
}

void vg_pairwise_robust_warning(VgPairwise *p, const VgClusterRobust *robust)
{
    double least = INFINITY;
    for (size_t j = 0; j < robust->p; j++)
        least = fmin(least, robust->coefficient[j].df);
    if (robust->few)
        vg_result_warn(p->run->result,
                       "%s%s robust test has %.1f degrees of freedom: below 4 its p value "
                       "is not to be trusted",
                       vg_review_of(p->run, p->analysis), robust->p > 1 ? "a" : "the", least);
}

VgStatus vg_pairwise_robust(VgPairwise *p, VgError *error)
{
    VgReviewRun *run = p->run;
    VgMultilevelData data;
    VgClusterRobust robust;
    VG_TRY(vg_pairwise_clusters(p, NULL, 0, (VgMatrix){0}, &data, error));
    VgStatus status = vg_cluster_robust(run->arena, &data, p->fit->tau2, VG_CLUSTER_CR2,
                                        run->result->level, &robust, error);
    VG_TRY(vg_review_look(run, p->analysis, "the robust standard error", status, error));
    if (status == VG_OK) {
        vg_pairwise_robust_row(p, &robust, 0, "random", NULL, p->k);
        vg_pairwise_robust_warning(p, &robust);
    }
    return VG_OK;
}

/* ---- the three-level model ---- */

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
        vg_pairwise_robust_row(p, p->robust, 0, "random", NULL, p->k);
        vg_pairwise_robust_warning(p, p->robust);
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

/* The interval in which the next true effect lies: t on studies - 1 (or - 2) degrees of freedom, or normal. */
static void predict(VgPairwise *p)
{
    const VgMultilevelFit *fit = p->multilevel;
    const VgInference *mean = &fit->coefficient[0];
    VgPredictionDf kind = p->analysis->prediction_df;
    double df = kind == VG_PREDICTION_NORMAL
                    ? INFINITY
                    : (double)p->n_studies - (kind == VG_PREDICTION_K_MINUS_2 ? 2.0 : 1.0);
    VgInference next = vg_no_inference();
    if (p->n_studies > 2)
        next = vg_wald(mean->estimate,
                       hypot(mean->se, sqrt(fit->study.estimate + fit->effect.estimate)), df,
                       p->run->result->level);
    p->prediction = (VgMetaPrediction){.estimate = mean->estimate,
                                       .se = mean->se,
                                       .lower = mean->lower,
                                       .upper = mean->upper,
                                       .prediction_lower = next.lower,
                                       .prediction_upper = next.upper,
                                       .prediction_df = next.df};
}

VgStatus vg_pairwise_multilevel(VgPairwise *p, VgError *error)
{
    VgReviewRun *run = p->run;
    VgMultilevelData data;
    if (p->analysis->test == VG_META_TEST_KNHA)
        return vg_fail(error, VG_INVALID_INPUT, "a three-level model has no Knapp-Hartung test",
                       "use t or z, or say nothing: cluster-robust errors are given beside");
    VG_TRY(vg_pairwise_clusters(p, NULL, 0, (VgMatrix){0}, &data, error));
    VgMultilevelOptions options = vg_pairwise_multilevel_options(p);
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
    predict(p);
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
