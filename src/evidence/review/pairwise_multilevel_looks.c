/* Moderators, subgroups and leaving studies out where studies have several effects. */
#include "evidence/review/review.h"

#include <math.h>
#include <stdint.h>

static VgStatus fit_without_intervals(VgPairwise *p, const VgMultilevelData *data,
                                      VgMultilevelFit *fit, VgError *error)
{
    VgMultilevelOptions options = vg_pairwise_multilevel_options(p);
    options.no_intervals = true;
    return vg_multilevel_fit(p->run->arena, data, &options, fit, error);
}

static void component_rows(VgPairwise *p, const VgMultilevelFit *fit, const char *which)
{
    const VgVarianceComponent *component[] = {&fit->study, &fit->effect};
    static const char *const LEVEL[] = {"study", "effect"};
    for (size_t a = 0; a < 2; a++) {
        VgEstimate row = vg_review_row(p->id, "variance_component",
                                       vg_review_text(p->run, "%s, %s", LEVEL[a], which));
        row.estimate = component[a]->estimate;
        if (component[a]->at_boundary)
            row.note = "at the boundary";
        vg_result_estimate(p->run->result, &row);
    }
}

/* ---- moderators ---- */

VgStatus vg_pairwise_multilevel_regression(VgPairwise *p, const VgMetaRegression *regression,
                                           VgInference **coefficients, VgError *error)
{
    VgMultilevelData data;
    VgMultilevelFit *fit = VG_REVIEW_NEW(p->run, VgMultilevelFit, 1);
    if (!fit)
        return vg_fail_memory(error);
    VG_TRY(vg_pairwise_clusters(p, regression->used, regression->fit->k, regression->fit->x, &data,
                                error));
    VG_TRY(fit_without_intervals(p, &data, fit, error));
    p->multilevel->moderators = fit->moderators;
    p->regression_fit = fit;
    *coefficients = fit->coefficient;
    component_rows(p, fit, "residual");
    return VG_OK;
}

VgStatus vg_pairwise_regression_robust(VgPairwise *p, const VgMetaRegression *regression,
                                       VgError *error)
{
    VgReviewRun *run = p->run;
    const VgMetaFit *fit = regression->fit;
    VgMultilevelData data;
    VgClusterRobust robust;
    VG_TRY(vg_pairwise_clusters(p, regression->used, fit->k, fit->x, &data, error));
    VgStatus status = p->regression_fit
                          ? vg_multilevel_robust(run->arena, &data, p->regression_fit,
                                                 VG_CLUSTER_CR2, &robust, error)
                          : vg_cluster_robust(run->arena, &data, fit->tau2, VG_CLUSTER_CR2,
                                              run->result->level, &robust, error);
    VG_TRY(vg_review_look(run, p->analysis, "robust standard errors", status, error));
    if (status != VG_OK)
        return VG_OK;
    for (size_t j = 0; j < fit->p; j++)
        vg_pairwise_robust_row(p, &robust, j, regression->name[j], NULL, fit->k);
    vg_pairwise_robust_test(p, &robust, "all");
    vg_pairwise_robust_warning(p, &robust);
    return VG_OK;
}

/* ---- subgroups: a factor in one model, so that the variance components are common to all groups ---- */

/* Columns of 0 and 1: one a group; with an intercept, one in front for all and none for the first group. */
static VgStatus group_columns(VgPairwise *p, const size_t *index, size_t k, bool intercept,
                              VgMatrix *x, VgError *error)
{
    double *data = VG_REVIEW_NEW(p->run, double, k * p->n_levels);
    if (!data)
        return vg_fail_memory(error);
    *x = (VgMatrix){data, k, p->n_levels, k};
    for (size_t i = 0; i < k; i++) {
        if (intercept)
            VG_AT(*x, i, 0) = 1;
        VG_AT(*x, i, (size_t)p->group[index[i]]) = 1;
    }
    return VG_OK;
}

static VgStatus fit_groups(VgPairwise *p, const size_t *index, size_t k, bool intercept,
                           VgMultilevelFit *fit, VgClusterRobust *robust, VgError *error)
{
    VgMatrix x;
    VgMultilevelData data;
    VG_TRY(group_columns(p, index, k, intercept, &x, error));
    VG_TRY(vg_pairwise_clusters(p, index, k, x, &data, error));
    VG_TRY(fit_without_intervals(p, &data, fit, error));
    VgStatus status =
        vg_multilevel_robust(p->run->arena, &data, fit, VG_CLUSTER_CR2, robust, error);
    if (status != VG_OK)
        robust->p = 0;
    return vg_review_look(p->run, p->analysis, "robust standard errors of subgroups", status,
                          error);
}

static void count_groups(VgPairwise *p, const size_t *index, size_t k, VgMetaSubgroups *groups)
{
    for (size_t g = 0; g < p->n_levels; g++) {
        size_t first = SIZE_MAX;
        bool several = false;
        for (size_t i = 0; i < k; i++) {
            if ((size_t)p->group[index[i]] != g)
                continue;
            groups->n[g]++;
            several = several || (first != SIZE_MAX && p->study[index[i]] != first);
            first = p->study[index[i]];
        }
        groups->group[g].k = groups->n[g];
        groups->group[g].single_study = !several;
    }
}

static void group_rows(VgPairwise *p, const VgMultilevelFit *fit, const VgClusterRobust *robust,
                       VgMetaSubgroups *groups)
{
    VgReviewRun *run = p->run;
    for (size_t g = 0; g < p->n_levels; g++) {
        const VgInference *answer = &fit->coefficient[g];
        VgMetaPool *pool = &groups->group[g];
        pool->estimate = answer->estimate;
        pool->se = answer->se;
        pool->df = answer->df;
        pool->lower = answer->lower;
        pool->upper = answer->upper;
        VgEstimate row = vg_review_row(p->id, "subgroup", "random");
        row.stratum = p->level[g];
        vg_review_inference(&row, answer);
        row.n = (double)groups->n[g];
        row.unit = vg_measure_unit(run->plan->measure);
        row.note = pool->single_study ? "variance components common to all groups; one study"
                                      : "variance components common to all groups";
        vg_result_estimate(run->result, &row);
    }
    for (size_t g = 0; g < robust->p; g++)
        vg_pairwise_robust_row(p, robust, g, "random", p->level[g], groups->n[g]);
    if (robust->p)
        vg_pairwise_robust_warning(p, robust);
}

VgStatus vg_pairwise_multilevel_subgroups(VgPairwise *p, VgError *error)
{
    VgReviewRun *run = p->run;
    size_t *index = VG_REVIEW_NEW(run, size_t, p->k), k = 0;
    VgMetaSubgroups *groups = VG_REVIEW_NEW(run, VgMetaSubgroups, 1);
    VgMetaPool *pool = VG_REVIEW_NEW(run, VgMetaPool, p->n_levels);
    size_t *n = VG_REVIEW_NEW(run, size_t, p->n_levels);
    if (!index || !groups || !pool || !n)
        return vg_fail_memory(error);
    for (size_t i = 0; i < p->k; i++)
        if (p->group[i] >= 0)
            index[k++] = i;
    *groups = (VgMetaSubgroups){
        .n_groups = p->n_levels, .group = pool, .n = n, .common_tau2 = true, .tau2 = NAN};
    count_groups(p, index, k, groups);
    VgMultilevelFit fit;
    VgClusterRobust robust;
    VG_TRY(fit_groups(p, index, k, false, &fit, &robust, error));
    group_rows(p, &fit, &robust, groups);
    component_rows(p, &fit, "common to subgroups");
    if (p->n_levels > 1) {
        VG_TRY(fit_groups(p, index, k, true, &fit, &robust, error));
        groups->between = fit.moderators;
        VgEstimate row = vg_review_row(p->id, "subgroup_test", NULL);
        vg_review_test(run, &row, &fit.moderators);
        row.note = vg_review_text(run, "%s; three-level model", row.note);
        vg_result_estimate(run->result, &row);
        if (robust.p)
            vg_pairwise_robust_test(p, &robust, "subgroups");
    }
    p->subgroups = groups;
    vg_result_text(run->result, VG_FACTS_FIT, p->id, "subgroup", p->analysis->subgroup);
    return VG_OK;
}

/* ---- whole studies left out ---- */

VgStatus vg_pairwise_leave_studies_out(VgPairwise *p, VgError *error)
{
    VgReviewRun *run = p->run;
    VgMultilevelData data;
    VG_TRY(vg_pairwise_clusters(p, NULL, 0, (VgMatrix){0}, &data, error));
    VgMultilevelOptions options = p->multilevel->options;
    options.no_intervals = true;
    VgMultilevelLeftOut *out = VG_REVIEW_NEW(run, VgMultilevelLeftOut, p->n_studies);
    if (!out)
        return vg_fail_memory(error);
    VG_TRY(vg_multilevel_leave_one_out(run->arena, &data, &options, out, error));
    for (size_t s = 0; s < p->n_studies; s++) {
        size_t i = 0;
        while (p->study[i] != s)
            i++;
        if (out[s].status != VG_OK)
            continue;
        VgEstimate row = vg_review_row(p->id, "loo", p->label[i]);
        vg_review_inference(&row, &out[s].coefficient);
        row.n = (double)out[s].n;
        row.note = vg_review_tau2_note(run, out[s].sigma2_study + out[s].sigma2_effect);
        vg_result_estimate(run->result, &row);
    }
    return VG_OK;
}
