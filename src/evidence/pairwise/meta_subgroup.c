/* Subgroups: a pooled effect each, and whether they differ. Separate tau² (default): Q_between = Σ w_g (mu_g − mu)² with
 * w_g = Σ_i 1/(v_i + tau_g²), chi² with G − 1 df. Common tau²: the mixed model without intercept, one coefficient a
 * group, and its joint test. Source: Borenstein & Higgins 2013. */
#include <math.h>

#include "evidence/pairwise/meta_internal.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

typedef struct Members {
    size_t *index; /* all effects, group by group */
    size_t *start; /* n_groups + 1 */
} Members;

static VgStatus collect(VgArena *arena, const VgEffects *effects, const int32_t *group,
                        size_t n_groups, Members *members, VgError *error)
{
    members->index = VG_NEW(arena, size_t, effects->k);
    members->start = VG_NEW(arena, size_t, n_groups + 1);
    if (!members->index || !members->start)
        return vg_fail_memory(error);
    size_t filled = 0;
    for (size_t g = 0; g < n_groups; g++) {
        for (size_t i = 0; i < effects->k; i++)
            if (group[i] == (int32_t)g)
                members->index[filled++] = i;
        members->start[g + 1] = filled;
        if (filled == members->start[g])
            return vg_fail(error, VG_INVALID_INPUT, "subgroup %zu has no effect",
                           "leave the empty level out", g + 1);
    }
    if (filled < effects->k)
        return vg_fail(error, VG_INVALID_INPUT, "an effect belongs to no subgroup",
                       "give every study a subgroup or leave it out");
    for (size_t i = 0; effects->covariance && i < effects->k; i++)
        for (size_t j = 0; j < i; j++)
            if (group[i] != group[j] && effects->covariance[i + j * effects->k] != 0)
                return vg_fail(error, VG_INVALID_INPUT,
                               "effects %zu and %zu share an arm but stand in different subgroups",
                               "split the shared arm, or use a moderator", j + 1, i + 1);
    return VG_OK;
}

static void compare(VgMetaSubgroups *out)
{
    double sum = 0, mean = 0, q = 0, df = (double)out->n_groups - 1;
    for (size_t g = 0; g < out->n_groups; g++) {
        double w = out->group[g].scale / (out->group[g].se * out->group[g].se);
        sum += w;
        mean += w * out->group[g].estimate;
    }
    mean /= sum;
    for (size_t g = 0; g < out->n_groups; g++) {
        double d = out->group[g].estimate - mean;
        q += d * d * out->group[g].scale / (out->group[g].se * out->group[g].se);
    }
    out->between = (VgJointTest){q / df, df, INFINITY, vg_chi_square_upper(q, df)};
}

/* Replaces the groups' estimates by the mixed model's; Q stays each group's own. */
static VgStatus mixed_model(VgArena *arena, const VgEffects *effects, const int32_t *group,
                            const VgMetaOptions *options, VgMetaSubgroups *out, VgError *error)
{
    const size_t n = out->n_groups;
    VgMatrix x = vg_matrix_new(arena, effects->k, n), x1 = vg_matrix_new(arena, effects->k, n);
    double *rows = VG_NEW(arena, double, n *n), *at = VG_NEW(arena, double, n);
    if (!x.data || !x1.data || !rows || !at)
        return vg_fail_memory(error);
    for (size_t i = 0; i < effects->k; i++) {
        VG_AT(x, i, (size_t)group[i]) = 1;
        VG_AT(x1, i, (size_t)group[i]) = 1;
        VG_AT(x1, i, 0) = 1;
    }
    VgMetaFit *fit, *with_intercept;
    VG_TRY(vg_meta_fit_plain(arena, effects, &x, options, &fit, error));
    VG_TRY(vg_meta_fit(arena, effects, &x1, options, &with_intercept, error));
    for (size_t g = 0; g < n; g++) {
        VgMetaPrediction p;
        VgMetaPool *pool = out->group + g;
        at[g] = 1;
        VG_TRY(vg_meta_predict(fit, at, &p, error));
        at[g] = 0;
        pool->estimate = p.estimate;
        pool->se = p.se;
        pool->df = fit->df;
        pool->statistic = fit->statistic[g];
        pool->p = fit->p_value[g];
        pool->lower = p.lower;
        pool->upper = p.upper;
        pool->tau2 = fit->tau2;
        pool->se_tau2 = fit->se_tau2;
        pool->i2 =
            pool->typical_variance > 0 ? 100 * fit->tau2 / (fit->tau2 + pool->typical_variance) : 0;
        pool->h2 = pool->typical_variance > 0 ? 1 + fit->tau2 / pool->typical_variance : 1;
        pool->scale = fit->scale;
        pool->adhoc_bites = fit->adhoc_bites;
        pool->at_boundary = fit->at_boundary;
        pool->prediction = (VgMetaInterval){p.prediction_lower, p.prediction_upper};
        pool->prediction_df = p.prediction_df;
        if (g > 0) {
            rows[(g - 1) * n] = -1;
            rows[(g - 1) * n + g] = 1;
        }
    }
    out->tau2 = fit->tau2;
    out->i2 = fit->i2;
    out->r2 = with_intercept->r2;
    if (n < 2)
        return VG_OK;
    VgFittedModel model = vg_meta_model(fit);
    return model.joint(fit, rows, n - 1, &out->between, error);
}

VgStatus vg_meta_subgroups(VgArena *arena, const VgEffects *effects, const int32_t *group,
                           size_t n_groups, const VgMetaOptions *options, bool common_tau2,
                           VgMetaSubgroups **subgroups, VgError *error)
{
    VgMetaOptions used;
    VG_TRY(vg_meta_check(effects, options, &used, error));
    if (n_groups < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "there is only one subgroup",
                       "name a column with two or more levels among the studies");
    VgMetaSubgroups *out = VG_NEW(arena, VgMetaSubgroups, 1);
    Members members;
    if (!out)
        return vg_fail_memory(error);
    *out =
        (VgMetaSubgroups){.n_groups = n_groups, .common_tau2 = common_tau2, .tau2 = NAN, .r2 = NAN};
    out->group = VG_NEW(arena, VgMetaPool, n_groups);
    out->n = VG_NEW(arena, size_t, n_groups);
    if (!out->group || !out->n)
        return vg_fail_memory(error);
    VG_TRY(collect(arena, effects, group, n_groups, &members, error));
    for (size_t g = 0; g < n_groups; g++) {
        out->n[g] = members.start[g + 1] - members.start[g];
        out->has_single |= out->n[g] == 1;
        VG_TRY(vg_meta_pool_subset(arena, effects, members.index + members.start[g], out->n[g],
                                   &used, out->group + g, error));
        out->q_within += out->group[g].q;
        out->q_within_df += out->group[g].q_df;
    }
    out->q_within_p =
        out->q_within_df > 0 ? vg_chi_square_upper(out->q_within, out->q_within_df) : 1;
    if (common_tau2)
        VG_TRY(mixed_model(arena, effects, group, &used, out, error));
    else {
        compare(out);
        out->i2 = out->q_within > out->q_within_df
                      ? 100 * (out->q_within - out->q_within_df) / out->q_within
                      : 0;
    }
    *subgroups = out;
    return VG_OK;
}
