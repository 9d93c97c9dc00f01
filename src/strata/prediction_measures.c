/* Discrimination, accuracy and use of predicted probabilities; the interval of a mean over folds. Formulas and sources:
 * vagus/prediction_measures.h, docs/methods/prediction.md. */
#include <math.h>

#include <vagus/prediction_measures.h>

#include "model/wald.h"
#include "strata/prediction_internal.h"
#include "strata/strata.h"

VgStatus vg_prediction_check(const VgPredicted *p, VgError *error)
{
    double with = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (!(p->probability[i] >= 0 && p->probability[i] <= 1))
            return vg_fail(error, VG_INVALID_INPUT, "the probability of row %zu is %g",
                           "give probabilities from 0 to 1", i + 1, p->probability[i]);
        if (p->event[i] != 0 && p->event[i] != 1)
            return vg_fail(error, VG_INVALID_INPUT, "the event of row %zu is %g",
                           "write 1 where it came, else 0", i + 1, p->event[i]);
        with += p->event[i];
    }
    if (with == 0 || with == (double)p->n)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%s of %zu people had the event",
                       "people with and without the event are needed", with == 0 ? "none" : "all",
                       p->n);
    return vg_strata_check_clusters(p->n, p->clusters, error);
}

/* ---- area under the ROC curve ---- */

void vg_prediction_against_chance(VgInference *area)
{
    area->statistic = (area->estimate - 0.5) / area->se;
    area->p = vg_t_two_sided(area->statistic, area->df);
    area->lower = fmax(area->lower, 0);
    area->upper = fmin(area->upper, 1);
}

/* For each person the share of people of the other kind whom he beats (with the event) or who beat him (without), ties as a
 * half. `sorted` by probability. */
static void placements(const VgPredicted *p, const VgRankedPerson *sorted, double with,
                       double *placement)
{
    double without = (double)p->n - with, with_below = 0, without_below = 0;
    for (size_t start = 0, end; start < p->n; start = end) {
        double with_here = 0, without_here = 0;
        for (end = start; end < p->n && sorted[end].value == sorted[start].value; end++) {
            with_here += p->event[sorted[end].person];
            without_here += 1 - p->event[sorted[end].person];
        }
        double beats = (without_below + without_here / 2) / without;
        double beaten = (with - with_below - with_here / 2) / with;
        for (size_t k = start; k < end; k++)
            placement[sorted[k].person] = p->event[sorted[k].person] == 1 ? beats : beaten;
        with_below += with_here;
        without_below += without_here;
    }
}

static double count_events(const VgPredicted *p)
{
    double with = 0;
    for (size_t i = 0; i < p->n; i++)
        with += p->event[i];
    return with;
}

/* Mean and variance of the placements of those with (1) or without (0) the event. */
static double placement_mean(const VgPredicted *p, const double *placement, double kind,
                             double *variance)
{
    double n = 0, sum = 0, square = 0;
    for (size_t i = 0; i < p->n; i++)
        if (p->event[i] == kind) {
            n++;
            sum += placement[i];
        }
    for (size_t i = 0; i < p->n; i++)
        if (p->event[i] == kind)
            square += (placement[i] - sum / n) * (placement[i] - sum / n);
    *variance = square / (n - 1) / n;
    return sum / n;
}

VgStatus vg_auc(VgArena *scratch, const VgPredicted *p, double level, VgInference *auc,
                VgError *error)
{
    double with_variance, without_variance;
    VG_TRY(vg_prediction_check(p, error));
    double with = count_events(p), fewer = fmin(with, (double)p->n - with);
    if (fewer < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "one person %s the event",
                       "two with and two without are needed for a standard error",
                       with < 2 ? "has" : "has not");
    VgArenaMark mark = vg_arena_mark(scratch);
    VgRankedPerson *sorted = VG_NEW(scratch, VgRankedPerson, p->n);
    double *placement = VG_NEW(scratch, double, p->n);
    if (!sorted || !placement)
        return vg_fail_memory(error);
    vg_strata_sort(p->probability, p->n, sorted);
    placements(p, sorted, with, placement);
    double area = placement_mean(p, placement, 1, &with_variance);
    placement_mean(p, placement, 0, &without_variance);
    double se = sqrt(with_variance + without_variance);
    *auc = vg_wald(area, se, INFINITY, level);
    vg_prediction_against_chance(auc);
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}

double vg_auc_estimate(VgArena *scratch, const VgPredicted *p)
{
    double with = count_events(p), variance;
    if (with == 0 || with == (double)p->n)
        return NAN;
    VgArenaMark mark = vg_arena_mark(scratch);
    VgRankedPerson *sorted = VG_NEW(scratch, VgRankedPerson, p->n);
    double *placement = VG_NEW(scratch, double, p->n), area = NAN;
    if (sorted && placement) {
        vg_strata_sort(p->probability, p->n, sorted);
        placements(p, sorted, with, placement);
        area = placement_mean(p, placement, 1, &variance);
    }
    vg_arena_rewind(scratch, mark);
    return area;
}

VgStatus vg_roc_curve(VgArena *scratch, const VgPredicted *p, const double *at, size_t n_at,
                      double *true_positive, VgError *error)
{
    VG_TRY(vg_prediction_check(p, error));
    double with = count_events(p), without = (double)p->n - with;
    VgArenaMark mark = vg_arena_mark(scratch);
    VgRankedPerson *sorted = VG_NEW(scratch, VgRankedPerson, p->n);
    if (!sorted)
        return vg_fail_memory(error);
    vg_strata_sort(p->probability, p->n, sorted);
    size_t next = p->n, a = 0;
    double hits = 0, false_hits = 0, x = 0, y = 0; /* the point of the curve reached */
    while (a < n_at) {
        double from_x = x, from_y = y, value = next > 0 ? sorted[next - 1].value : 0;
        for (; next > 0 && sorted[next - 1].value == value; next--) {
            hits += p->event[sorted[next - 1].person];
            false_hits += 1 - p->event[sorted[next - 1].person];
        }
        x = false_hits / without;
        y = hits / with;
        for (; a < n_at && (at[a] < x || next == 0); a++)
            true_positive[a] =
                x > from_x ? from_y + (y - from_y) * ((at[a] - from_x) / (x - from_x)) : y;
    }
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}

/* ---- accuracy and use ---- */

double vg_brier(const VgPredicted *p)
{
    double sum = 0;
    for (size_t i = 0; i < p->n; i++)
        sum += (p->probability[i] - p->event[i]) * (p->probability[i] - p->event[i]);
    return sum / (double)p->n;
}

VgNetBenefit vg_net_benefit(const VgPredicted *p, double threshold)
{
    double odds = threshold / (1 - threshold), n = (double)p->n, hit = 0, false_hit = 0;
    double with = count_events(p);
    for (size_t i = 0; i < p->n; i++)
        if (p->probability[i] >= threshold) {
            hit += p->event[i];
            false_hit += 1 - p->event[i];
        }
    return (VgNetBenefit){hit / n - false_hit / n * odds, with / n - (n - with) / n * odds};
}

/* ---- the mean over folds ---- */

VgInference vg_nadeau_bengio(const double *value, size_t n, double test_over_train, double level)
{
    double count = 0, sum = 0, square = 0;
    for (size_t k = 0; k < n; k++)
        if (!isnan(value[k])) {
            count++;
            sum += value[k];
        }
    if (count < 2)
        return vg_no_inference();
    for (size_t k = 0; k < n; k++)
        if (!isnan(value[k]))
            square += (value[k] - sum / count) * (value[k] - sum / count);
    double variance = (1 / count + test_over_train) * square / (count - 1);
    return vg_wald(sum / count, sqrt(variance), count - 1, level);
}
