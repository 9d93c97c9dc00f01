/* A node's pseudo-outcomes: what a split of the node would have to separate.
 *
 * Where the rows that grow an honest tree are all alike, those that fill it need not be: such a node is divided along a column by what separates
 * the column itself, else a forest of the probability of treatment is flat where nearly all are treated.
 *
 * Means: Y − Ȳ. Classes: indicator − share. Quantiles: classes cut at the node's own quantiles. Effects: the gradient of the
 * estimating equation, A⁻¹(W − W̄)[(Y − Ȳ) − (W − W̄)ᵀτ] with A = Σ(W − W̄)(W − W̄)ᵀ and τ the node's own effects (for one treatment
 * A is left out: a constant). Effects on survival: the same without means, (WΓ − W²τ)/ΣW² with Γ the centred pseudo-outcome and
 * τ = ΣWΓ/ΣW². Sources: Athey, Tibshirani & Wager 2019, section 2.3; Cui and others 2023, section 2.3. */
#include "model/forest_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "numeric/small_symmetric.h"

/* Less spread than this share of the sum of squares is rounding. */
static const double ROUNDING = 1e-26;
/* Treatments that vary less than this in a node have no effect there. */
static const double NO_SPREAD = 1e-10;

size_t vg_forest_item_length(const ForestPlan *plan)
{
    return plan->n_labels + 3 * plan->n_constraints + (plan->weight != NULL) + plan->needs_events;
}

static inline double weight_of(const ForestPlan *plan, uint32_t row)
{
    return plan->weight ? plan->weight[row] : 1.0;
}

static double mean_outcome(const ForestPlan *plan, const uint32_t *rows, size_t n, double *weight)
{
    double sum = 0.0, total = 0.0;
    for (size_t i = 0; i < n; i++) {
        double w = weight_of(plan, rows[i]);
        sum += w * plan->outcome[rows[i]];
        total += w;
    }
    *weight = total;
    return sum / total;
}

static bool label_means(const ForestPlan *plan, const uint32_t *rows, size_t n, size_t length,
                        double *item)
{
    double total, mean = mean_outcome(plan, rows, n, &total), spread = 0.0;
    for (size_t i = 0; i < n; i++) {
        double deviation = plan->outcome[rows[i]] - mean, w = weight_of(plan, rows[i]);
        item[i * length] = w * deviation;
        spread += w * deviation * deviation;
    }
    return total > 0 && spread > ROUNDING * total * mean * mean;
}

/* Indicators of the classes that item[0] holds so far, centred. */
static bool label_classes(const ForestPlan *plan, const uint32_t *rows, size_t n, size_t length,
                          double *item)
{
    size_t classes = plan->n_labels;
    double share[FOREST_MAX_LABELS] = {0}, total = 0.0;
    for (size_t i = 0; i < n; i++) {
        double w = weight_of(plan, rows[i]);
        share[(size_t)item[i * length]] += w;
        total += w;
    }
    if (!(total > 0))
        return false;
    for (size_t c = 0; c < classes; c++) {
        if (share[c] >= total) /* one class alone */
            return false;
        share[c] /= total;
    }
    for (size_t i = 0; i < n; i++) {
        double w = weight_of(plan, rows[i]);
        size_t of = (size_t)item[i * length];
        for (size_t c = 0; c < classes; c++)
            item[i * length + c] = w * ((c == of) - share[c]);
    }
    return true;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static void class_by_quantile(const ForestPlan *plan, const uint32_t *rows, size_t n, size_t length,
                              double *sorted, double *item)
{
    size_t cuts = plan->n_labels - 1;
    for (size_t i = 0; i < n; i++)
        sorted[i] = plan->outcome[rows[i]];
    qsort(sorted, n, sizeof *sorted, by_value);
    double cut[FOREST_MAX_LABELS];
    for (size_t q = 0; q < cuts; q++)
        cut[q] = sorted[(size_t)ceil((double)n * plan->quantile[q]) - 1];
    for (size_t i = 0; i < n; i++) {
        size_t of = 0;
        while (of < cuts && plan->outcome[rows[i]] > cut[of])
            of++;
        item[i * length] = (double)of;
    }
}

/* Times and hazards of the node into `work`: distinct times ascending, then their cumulative hazards; how many. */
static size_t node_hazard(const ForestPlan *plan, const uint32_t *rows, size_t n, double *work)
{
    double *hazard = work + n, sum = 0.0;
    for (size_t i = 0; i < n; i++) /* events before censored rows of the same time */
        work[i] = 2.0 * plan->time_place[rows[i]] + (plan->event[rows[i]] ? 0.0 : 1.0);
    qsort(work, n, sizeof *work, by_value);
    size_t distinct = 0;
    for (size_t i = 0; i < n;) {
        double time = floor(work[i] / 2.0), at_risk = (double)(n - i);
        size_t events = 0;
        for (; i < n && floor(work[i] / 2.0) == time; i++)
            events += work[i] == 2.0 * time;
        sum += (double)events / at_risk;
        work[distinct] = time;
        hazard[distinct++] = sum;
    }
    return distinct;
}

static bool label_survival(const ForestPlan *plan, const uint32_t *rows, size_t n, size_t length,
                           double *work, double *item)
{
    size_t distinct = node_hazard(plan, rows, n, work);
    double squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        double time = plan->time_place[rows[i]];
        size_t low = 0, high = distinct - 1;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (work[middle] < time)
                low = middle + 1;
            else
                high = middle;
        }
        item[i * length] = (plan->event[rows[i]] ? 1.0 : 0.0) - work[n + low];
        squares += item[i * length] * item[i * length];
    }
    return squares > 0;
}

static bool label_effect(const ForestPlan *plan, const uint32_t *rows, size_t n, size_t length,
                         double *item)
{
    const double *y = plan->outcome, *t = plan->treatment;
    double total, y_mean = mean_outcome(plan, rows, n, &total), t_mean = 0.0;
    if (!(total > 0))
        return false;
    for (size_t i = 0; i < n; i++)
        t_mean += weight_of(plan, rows[i]) * t[rows[i]];
    t_mean /= total;
    double cross = 0.0, spread = 0.0;
    for (size_t i = 0; i < n; i++) {
        double w = weight_of(plan, rows[i]), d = t[rows[i]] - t_mean;
        cross += w * d * (y[rows[i]] - y_mean);
        spread += w * d * d;
    }
    if (!(spread > NO_SPREAD))
        return false;
    double effect = cross / spread;
    for (size_t i = 0; i < n; i++) {
        double d = t[rows[i]] - t_mean;
        item[i * length] = weight_of(plan, rows[i]) * d * ((y[rows[i]] - y_mean) - effect * d);
    }
    return true;
}

static bool label_survival_effect(const ForestPlan *plan, const uint32_t *rows, size_t n,
                                  size_t length, double *item)
{
    const double *gamma = plan->outcome, *t = plan->treatment;
    double cross = 0.0, spread = 0.0;
    for (size_t i = 0; i < n; i++) {
        double w = weight_of(plan, rows[i]), d = t[rows[i]];
        cross += w * d * gamma[rows[i]];
        spread += w * d * d;
    }
    if (!(spread > NO_SPREAD))
        return false;
    double effect = cross / spread, squares = 0.0;
    for (size_t i = 0; i < n; i++) {
        double d = t[rows[i]], label = d * (gamma[rows[i]] - d * effect) / spread;
        item[i * length] = weight_of(plan, rows[i]) * label;
        squares += label * label;
    }
    return squares > 0;
}

static bool label_effects(const ForestPlan *plan, const uint32_t *rows, size_t n, size_t length,
                          double *item)
{
    size_t k = plan->n_treatments;
    const double *y = plan->outcome, *t = plan->treatment;
    double total, y_mean = mean_outcome(plan, rows, n, &total);
    double mean[FOREST_MAX_ARMS] = {0}, a[FOREST_MAX_ARMS * FOREST_MAX_ARMS] = {0};
    double effect[FOREST_MAX_ARMS] = {0}, d[FOREST_MAX_ARMS], log_det;
    if (!(total > 0) || n <= k)
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < k; j++)
            mean[j] += weight_of(plan, rows[i]) * t[rows[i] * k + j] / total;
    for (size_t i = 0; i < n; i++) {
        double w = weight_of(plan, rows[i]), r = y[rows[i]] - y_mean;
        for (size_t j = 0; j < k; j++)
            d[j] = t[rows[i] * k + j] - mean[j];
        for (size_t j = 0; j < k; j++) {
            effect[j] += w * d[j] * r;
            for (size_t l = 0; l < k; l++)
                a[j + l * k] += w * d[j] * d[l];
        }
    }
    for (size_t j = 0; j < k; j++)
        if (!(a[j + j * k] > NO_SPREAD))
            return false;
    if (!vg_small_cholesky(k, a, &log_det))
        return false;
    vg_small_forward_solve(k, a, effect);
    vg_small_backward_solve(k, a, effect);
    for (size_t i = 0; i < n; i++) {
        double w = weight_of(plan, rows[i]), residual = y[rows[i]] - y_mean;
        double *label = item + i * length;
        for (size_t j = 0; j < k; j++) {
            label[j] = t[rows[i] * k + j] - mean[j];
            residual -= label[j] * effect[j];
        }
        vg_small_forward_solve(k, a, label);
        vg_small_backward_solve(k, a, label);
        for (size_t j = 0; j < k; j++)
            label[j] *= w * residual;
    }
    return true;
}

/* What the constraints on children and the weighted gain count. */
static void count_treatments(const ForestPlan *plan, const uint32_t *rows, size_t n, size_t length,
                             double *item)
{
    size_t k = plan->n_constraints;
    double mean[FOREST_MAX_ARMS] = {0}, total = 0.0;
    for (size_t i = 0; i < n; i++) {
        double w = weight_of(plan, rows[i]);
        total += w;
        for (size_t j = 0; j < k; j++)
            mean[j] += w * plan->treatment[rows[i] * k + j];
    }
    for (size_t j = 0; j < k; j++)
        mean[j] /= total;
    for (size_t i = 0; i < n; i++) {
        double w = weight_of(plan, rows[i]), *at = item + i * length + plan->n_labels;
        for (size_t j = 0; j < k; j++) {
            double t = plan->treatment[rows[i] * k + j];
            *at++ = w * t;
            *at++ = w * t * t;
            *at++ = t < mean[j];
        }
        if (plan->weight)
            *at++ = w;
        if (plan->needs_events)
            *at = plan->event[rows[i]];
    }
}

bool vg_forest_label(const ForestPlan *plan, const uint32_t *rows, size_t n, ForestLabels *labels)
{
    size_t length = labels->n_items;
    double *item = labels->item;
    bool varies = false;
    switch (plan->kind) {
    case VG_FOREST_REGRESSION:
        varies = label_means(plan, rows, n, length, item);
        break;
    case VG_FOREST_PROBABILITY:
        for (size_t i = 0; i < n; i++)
            item[i * length] = plan->class_of[rows[i]];
        varies = label_classes(plan, rows, n, length, item);
        break;
    case VG_FOREST_QUANTILE:
        class_by_quantile(plan, rows, n, length, labels->outcome, item);
        varies = label_classes(plan, rows, n, length, item);
        break;
    case VG_FOREST_SURVIVAL:
        varies = label_survival(plan, rows, n, length, labels->outcome, item);
        break;
    case VG_FOREST_CAUSAL:
        varies = plan->n_treatments == 1 ? label_effect(plan, rows, n, length, item)
                                         : label_effects(plan, rows, n, length, item);
        break;
    case VG_FOREST_SURVIVAL_EFFECT:
        varies = label_survival_effect(plan, rows, n, length, item);
        break;
    }
    if (!varies)
        return false;
    count_treatments(plan, rows, n, length, item);
    memset(labels->total, 0, length * sizeof *labels->total);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < length; j++)
            labels->total[j] += item[i * length + j];
    return true;
}

void vg_forest_label_by_column(const ForestPlan *plan, const uint32_t *rows, size_t n,
                               uint32_t column, ForestLabels *labels)
{
    const uint16_t *code = plan->codes->by_column + (size_t)column * plan->rows;
    size_t length = labels->n_items;
    double sum = 0.0, total = 0.0;
    for (size_t i = 0; i < n; i++) {
        if (code[rows[i]] == FOREST_MISSING)
            continue;
        sum += weight_of(plan, rows[i]) * code[rows[i]];
        total += weight_of(plan, rows[i]);
    }
    double mean = total > 0 ? sum / total : 0.0;
    memset(labels->item, 0, n * length * sizeof *labels->item);
    memset(labels->total, 0, length * sizeof *labels->total);
    for (size_t i = 0; i < n; i++) {
        double w = weight_of(plan, rows[i]), *item = labels->item + i * length;
        if (code[rows[i]] != FOREST_MISSING)
            item[0] = w * (code[rows[i]] - mean);
        if (plan->weight)
            item[length - 1] = w;
        labels->total[0] += item[0];
        if (plan->weight)
            labels->total[length - 1] += w;
    }
}
