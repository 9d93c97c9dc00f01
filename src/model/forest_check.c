/* Options and input of forests: what is refused, and what to do instead. */
#include "model/forest_internal.h"

#include <float.h>
#include <math.h>

static VgStatus out_of_range(VgError *error, const char *what, double value, const char *hint)
{
    return vg_fail(error, VG_INVALID_INPUT, "%s is %g", hint, what, value);
}

VgStatus vg_forest_options(const VgForestOptions *given, size_t columns, VgForestOptions *options,
                           VgError *error)
{
    VgForestOptions o = given ? *given : (VgForestOptions){0};
    size_t usual = (size_t)ceil(sqrt((double)columns) + 20.0);
    o.trees = o.trees ? o.trees : 2000;
    o.group_size = o.group_size ? o.group_size : 2;
    o.trees = (o.trees + o.group_size - 1) / o.group_size * o.group_size;
    o.sample_fraction = o.sample_fraction != 0 ? o.sample_fraction : 0.5;
    o.mtry = o.mtry ? o.mtry : usual < columns ? usual : columns;
    o.min_node_size = o.min_node_size ? o.min_node_size : 5;
    /* none: so little that it forbids nothing, and stays itself when options are resolved again */
    o.alpha = o.alpha < 0 ? DBL_MIN : o.alpha != 0 ? o.alpha : 0.05;
    o.honesty_fraction = o.honesty_fraction != 0 ? o.honesty_fraction : 0.5;
    double most = o.group_size > 1 ? 0.5 : 1.0;
    if (!(o.sample_fraction > 0 && o.sample_fraction <= most) ||
        (o.group_size == 1 && o.sample_fraction == 1.0))
        return out_of_range(error, "the sample fraction", o.sample_fraction,
                            "at most 0.5: a group of trees draws half of the rows (groups of one: "
                            "below 1)");
    if (!(o.honesty_fraction > 0 && o.honesty_fraction < 1))
        return out_of_range(error, "the honesty fraction", o.honesty_fraction,
                            "between 0 and 1: the share of a tree's rows that choose its splits");
    if (!(o.alpha < 0.25))
        return out_of_range(error, "alpha", o.alpha, "below 0.25");
    if (!(o.imbalance_penalty >= 0) || isinf(o.imbalance_penalty))
        return out_of_range(error, "the imbalance penalty", o.imbalance_penalty, "0 or more");
    if (o.mtry > columns)
        return out_of_range(error, "mtry", (double)o.mtry, "at most the number of columns");
    if (o.purpose > 1023)
        return out_of_range(error, "the forest's number", o.purpose, "0 to 1023");
    *options = o;
    return VG_OK;
}

static VgStatus check_columns(VgMatrix x, VgError *error)
{
    size_t varying = 0;
    for (size_t j = 0; j < x.cols; j++) {
        double first = NAN;
        bool varies = false;
        for (size_t i = 0; i < x.rows; i++) {
            double value = VG_AT(x, i, j);
            if (isinf(value))
                return vg_fail(error, VG_INVALID_INPUT, "column %zu, row %zu is infinite",
                               "give finite values; leave missing ones empty", j + 1, i + 1);
            /* missing against not missing is a difference too */
            varies = varies || (i > 0 && value != first && !(isnan(value) && isnan(first)));
            if (i == 0)
                first = value;
        }
        varying += varies;
    }
    if (varying == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "all %zu covariates are constant",
                       "give covariates that differ between rows", x.cols);
    return VG_OK;
}

VgStatus vg_forest_check(const VgForestData *data, VgError *error)
{
    size_t n = data->x.rows;
    if (n == 0 || data->x.cols == 0)
        return vg_fail(error, VG_INVALID_INPUT, "%zu rows and %zu columns", "give some of each", n,
                       data->x.cols);
    if (n > UINT32_MAX / 2 || data->x.cols > UINT32_MAX / 2)
        return vg_fail(error, VG_INVALID_INPUT, "%zu rows, %zu columns: too many for a forest",
                       "at most 2^31 of each", n, data->x.cols);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(data->outcome[i]))
            return vg_fail(error, VG_INVALID_INPUT, "the outcome of row %zu is missing or infinite",
                           "leave such rows out", i + 1);
        if (data->weight && !(data->weight[i] >= 0 && isfinite(data->weight[i])))
            return vg_fail(error, VG_INVALID_INPUT, "the weight of row %zu is %g",
                           "give finite weights of 0 or more", i + 1, data->weight[i]);
        sum += data->weight ? data->weight[i] : 1.0;
        if (data->cluster && data->cluster[i] >= data->n_clusters)
            return vg_fail(error, VG_INVALID_INPUT, "row %zu is in cluster %u of %zu",
                           "number the clusters from 0", i + 1, data->cluster[i], data->n_clusters);
    }
    if (!(sum > 0))
        return vg_fail(error, VG_INVALID_INPUT, "all weights are 0", "give some rows weight");
    return check_columns(data->x, error);
}

static VgStatus check_propensity(VgMatrix e, size_t rows, const VgForestTreatment *treatment,
                                 VgError *error)
{
    if (e.cols != treatment->n_arms || (e.rows != 1 && e.rows != rows))
        return vg_fail(error, VG_INVALID_INPUT,
                       "propensities are %zu × %zu for %zu rows and %zu arms",
                       "one row for all or one each, one column an arm", e.rows, e.cols, rows,
                       treatment->n_arms);
    for (size_t i = 0; i < e.rows; i++) {
        double sum = 0.0;
        for (size_t k = 0; k < e.cols; k++) {
            double p = VG_AT(e, i, k);
            if (!(p > 0 && p < 1))
                return vg_fail(error, VG_INVALID_INPUT,
                               "the propensity of row %zu for arm %zu is %g, outside (0, 1)",
                               "rows that could get one arm only tell nothing of its effect: leave "
                               "them out, or correct the probability",
                               i + 1, k + 1, p);
            sum += p;
        }
        if (fabs(sum - 1.0) > 1e-8)
            return vg_fail(error, VG_INVALID_INPUT, "the propensities of row %zu sum to %g",
                           "they are the probabilities of all arms", i + 1, sum);
    }
    return VG_OK;
}

VgStatus vg_forest_check_treatment(const VgForestData *data, const VgForestTreatment *treatment,
                                   const VgForestOptions *options, VgError *error)
{
    size_t count[FOREST_MAX_ARMS] = {0}, n = data->x.rows;
    if (treatment->n_arms < 2 || treatment->n_arms > FOREST_MAX_ARMS)
        return vg_fail(error, VG_INVALID_INPUT, "%zu arms", "a causal forest compares 2 to 16",
                       treatment->n_arms);
    for (size_t i = 0; i < n; i++) {
        if (treatment->arm[i] >= treatment->n_arms)
            return vg_fail(error, VG_INVALID_INPUT, "row %zu is in arm %u of %zu",
                           "number the arms from 0", i + 1, treatment->arm[i], treatment->n_arms);
        count[treatment->arm[i]]++;
    }
    /* a first split needs min_node_size of an arm in each child, from the rows that choose splits */
    double share =
        options->sample_fraction * (options->dishonest ? 1.0 : options->honesty_fraction);
    double least = options->unstabilised ? 2.0 : 2.0 * (double)options->min_node_size / share;
    for (size_t k = 0; k < treatment->n_arms; k++)
        if ((double)count[k] < least) {
            const char *name = treatment->arm_name ? treatment->arm_name[k] : NULL;
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "arm %zu%s%s%s has %zu rows; a causal forest needs %.0f in each arm to "
                           "make a first split",
                           "test declared moderators one at a time as interactions instead, or "
                           "leave this arm out",
                           k + 1, name ? " (" : "", name ? name : "", name ? ")" : "", count[k],
                           ceil(least));
        }
    if (treatment->propensity.data)
        VG_TRY(check_propensity(treatment->propensity, n, treatment, error));
    for (size_t i = 0; treatment->outcome_hat && i < n; i++)
        if (!isfinite(treatment->outcome_hat[i]))
            return vg_fail(error, VG_INVALID_INPUT,
                           "the predicted outcome of row %zu is not finite",
                           "give one for every row", i + 1);
    return VG_OK;
}
