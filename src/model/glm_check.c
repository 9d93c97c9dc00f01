/* What a generalised linear model can be fitted to: families and links that exist, y and weights in
 * range. */
#include "model/glm_internal.h"

#include <math.h>

static VgStatus choose_kind(const VgGlmOptions *options, VgGlmKind *kind, VgError *error)
{
    static const VgGlmLink OWN[VG_GLM_FAMILY_COUNT] = {VG_LINK_IDENTITY, VG_LINK_LOGIT, VG_LINK_LOG,
                                                       VG_LINK_LOG};
    if (options->family < 0 || options->family >= VG_GLM_FAMILY_COUNT)
        return vg_fail(error, VG_INVALID_INPUT, "no such family: %d",
                       "use gaussian, binomial, poisson or nb", (int)options->family);
    VgGlmLink link = options->link == VG_LINK_DEFAULT ? OWN[options->family] : options->link;
    bool other_binomial =
        options->family == VG_GLM_BINOMIAL && (link == VG_LINK_LOG || link == VG_LINK_PROBIT);
    if (link != OWN[options->family] && !other_binomial)
        return vg_fail(error, VG_INVALID_INPUT, "family %s has no link %s here",
                       "gaussian has identity; binomial logit, probit or log; poisson and nb log",
                       vg_glm_family_name(options->family), vg_glm_link_name(link));
    if (options->firth && (options->family != VG_GLM_BINOMIAL || link != VG_LINK_LOGIT))
        return vg_fail(error, VG_INVALID_INPUT,
                       "Firth's penalty is for the binomial family with the logit link, not %s",
                       "leave firth out, or use family binomial",
                       vg_glm_family_name(options->family));
    if (options->robust < 0 || options->robust >= VG_GLM_ROBUST_COUNT)
        return vg_fail(error, VG_INVALID_INPUT, "no such robust standard error: %d",
                       "use none, hc0, hc1, hc2, hc3 or cr0", (int)options->robust);
    *kind = (VgGlmKind){options->family, link, NAN};
    return VG_OK;
}

static VgStatus check_outcome(VgGlmFamily family, double y, size_t row, VgError *error)
{
    if (!isfinite(y))
        return vg_fail(error, VG_INVALID_INPUT, "outcome of row %zu is not a number",
                       "drop rows with a missing outcome", row + 1);
    if (family == VG_GLM_BINOMIAL && !(y >= 0 && y <= 1))
        return vg_fail(error, VG_INVALID_INPUT, "outcome of row %zu is %g: not from 0 to 1",
                       "code the event as 1 and no event as 0, or give proportions with weights",
                       row + 1, y);
    if (family == VG_GLM_POISSON || family == VG_GLM_NEGATIVE_BINOMIAL) {
        if (y < 0)
            return vg_fail(error, VG_INVALID_INPUT, "outcome of row %zu is %g: a count below 0",
                           "counts are 0, 1, 2 and so on", row + 1, y);
        if (family == VG_GLM_NEGATIVE_BINOMIAL && y != floor(y))
            return vg_fail(error, VG_INVALID_INPUT, "outcome of row %zu is %g: not a whole count",
                           "counts are 0, 1, 2 and so on", row + 1, y);
    }
    return VG_OK;
}

static VgStatus check_row(const VgGlmData *data, VgGlmFamily family, size_t i, VgError *error)
{
    double prior = vg_glm_prior(data, i);
    if (!(prior >= 0) || !isfinite(prior))
        return vg_fail(error, VG_INVALID_INPUT, "weight of row %zu is %g", "weights are 0 or more",
                       i + 1, prior);
    if (!isfinite(vg_glm_offset(data, i)))
        return vg_fail(error, VG_INVALID_INPUT, "offset of row %zu is not a number",
                       "an offset such as log(exposure) needs a positive exposure", i + 1);
    for (size_t j = 0; j < data->x.cols; j++)
        if (!isfinite(VG_AT(data->x, i, j)))
            return vg_fail(error, VG_INVALID_INPUT, "covariate %zu of row %zu is not a number",
                           "drop rows with missing covariates", j + 1, i + 1);
    if (data->cluster && (data->cluster[i] < 0 || (size_t)data->cluster[i] >= data->n_clusters))
        return vg_fail(error, VG_INVALID_INPUT, "cluster of row %zu is %d, outside 0 to %zu",
                       "number the clusters from 0", i + 1, (int)data->cluster[i],
                       data->n_clusters - 1);
    return check_outcome(family, data->y[i], i, error);
}

VgStatus vg_glm_check(const VgGlmData *data, const VgGlmOptions *options, VgGlmKind *kind,
                      size_t *n_used, VgError *error)
{
    VG_TRY(choose_kind(options, kind, error));
    size_t used = 0;
    for (size_t i = 0; i < data->x.rows; i++) {
        VG_TRY(check_row(data, kind->family, i, error));
        used += vg_glm_prior(data, i) > 0;
    }
    if (options->robust == VG_GLM_ROBUST_CR0 && !data->cluster)
        return vg_fail(error, VG_INVALID_INPUT, "cluster-robust errors without clusters",
                       "name the column of the clusters");
    if (data->x.cols == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "the model has no coefficient",
                       "add an intercept or a covariate");
    if (used < data->x.cols || (used == data->x.cols && kind->family == VG_GLM_GAUSSIAN))
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu coefficients but %zu rows",
                       "use fewer covariates", data->x.cols, used);
    *n_used = used;
    return VG_OK;
}
