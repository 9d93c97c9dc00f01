/* Quantile forests: the outcome's distribution at a point is that of the training outcomes by the forest's weights. Source: Meinshausen
 * 2006; the splits: forest_label.c. */
#include "model/forest_internal.h"

#include <math.h>

#include "model/forest_begin.h"

VgStatus vg_forest_quantile(VgArena *arena, const VgForestData *data, const double *quantiles,
                            size_t n_quantiles, const VgForestOptions *given,
                            VgRandomForest **forest, VgError *error)
{
    VgForestOptions options = given ? *given : (VgForestOptions){0};
    options.keep_members = true;
    options.group_size = options.group_size ? options.group_size : 1;
    if (n_quantiles < 1 || n_quantiles >= FOREST_MAX_LABELS)
        return vg_fail(error, VG_INVALID_INPUT, "%zu quantiles", "1 to 63", n_quantiles);
    for (size_t q = 0; q < n_quantiles; q++)
        if (!(quantiles[q] > (q ? quantiles[q - 1] : 0.0) && quantiles[q] < 1))
            return vg_fail(error, VG_INVALID_INPUT, "quantile %zu is %g",
                           "give increasing numbers between 0 and 1", q + 1, quantiles[q]);
    if (data->weight)
        return vg_fail(error, VG_INVALID_INPUT, "a quantile forest takes no weights",
                       "leave the weights out");
    ForestPlan plan;
    VG_TRY(vg_forest_begin(arena, VG_FOREST_QUANTILE, data, &options, NULL, &plan, forest, error));
    VG_TRY(vg_forest_keep_outcome(arena, data, quantiles, n_quantiles, *forest, error));
    plan.quantile = (*forest)->point;
    plan.n_labels = n_quantiles + 1;
    return vg_forest_complete(arena, &plan, n_quantiles, *forest, error);
}

/* The smallest outcomes whose cumulative weight reaches each quantile; `slack` forgives rounding of the sum. */
void vg_forest_read_quantiles(const VgRandomForest *forest, const double *weight, double *out)
{
    const double slack = 1e-12;
    double sum = 0.0, value = NAN;
    size_t q = 0;
    for (size_t i = 0; i < forest->rows && q < forest->n_outputs; i++) {
        size_t row = forest->outcome_order[i];
        if (!(weight[row] > 0))
            continue;
        value = forest->outcome[row];
        sum += weight[row];
        while (q < forest->n_outputs && sum >= forest->point[q] - slack)
            out[q++] = value;
    }
    for (; q < forest->n_outputs; q++)
        out[q] = value;
}
