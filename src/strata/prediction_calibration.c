/* Whether as many events come as were predicted: calibration line and smooth curve, by logistic regression on the logit of
 * the predicted probability. */
#include <math.h>

#include <vagus/glm.h>
#include <vagus/prediction_measures.h>

#include "model/wald.h"
#include "numeric/linear_algebra.h"
#include "numeric/quantile.h"
#include "strata/prediction_internal.h"
#include "strata/strata.h"

static const double LEAST_PROBABILITY = 1e-5;
enum { KNOTS = 3 };

static double logit(double probability)
{
    double p = fmin(fmax(probability, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY);
    return log(p) - log1p(-p);
}

static VgStatus regress(VgArena *scratch, const VgPredicted *p, VgMatrix x, const double *offset,
                        VgGlmFit *fit, VgError *error)
{
    const VgGlmData data = {.x = x,
                            .y = p->event,
                            .offset = offset,
                            .cluster = p->clusters.of,
                            .n_clusters = p->clusters.of ? p->clusters.count : 0};
    const VgGlmOptions options = {.family = VG_GLM_BINOMIAL,
                                  .robust =
                                      p->clusters.of ? VG_GLM_ROBUST_CR0 : VG_GLM_ROBUST_NONE};
    return vg_glm_fit(scratch, &data, &options, fit, error);
}

/* Ones, then logit(probability). */
static VgMatrix line_design(VgArena *scratch, const VgPredicted *p)
{
    VgMatrix x = vg_matrix_new(scratch, p->n, 2);
    for (size_t i = 0; x.data && i < p->n; i++) {
        VG_AT(x, i, 0) = 1;
        VG_AT(x, i, 1) = logit(p->probability[i]);
    }
    return x;
}

VgStatus vg_calibration_line(VgArena *scratch, const VgPredicted *p, double level,
                             VgCalibrationLine *line, VgError *error)
{
    VG_TRY(vg_prediction_check(p, error));
    VgArenaMark mark = vg_arena_mark(scratch);
    VgMatrix x = line_design(scratch, p);
    if (!x.data)
        return vg_fail_memory(error);
    VgGlmFit large, free_slope;
    VgError why = {0};
    VG_TRY(
        regress(scratch, p, (VgMatrix){x.data, p->n, 1, x.stride}, &VG_AT(x, 0, 1), &large, error));
    *line = (VgCalibrationLine){
        vg_wald(large.beta[0], sqrt(VG_AT(large.vcov, 0, 0)), INFINITY, level), vg_no_inference()};
    VgStatus status = regress(scratch, p, x, NULL, &free_slope, &why);
    if (status == VG_NO_MEMORY)
        return vg_fail_memory(error);
    if (status == VG_OK) {
        line->slope =
            vg_wald(free_slope.beta[1], sqrt(VG_AT(free_slope.vcov, 1, 1)), INFINITY, level);
    }
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}

/* ---- the curve ---- */

static double cube(double x)
{
    return x > 0 ? x * x * x : 0;
}

/* The one bend of a restricted cubic spline with three knots, linear beyond the outer two. */
static double bend(double x, const double *knot)
{
    double wide = knot[2] - knot[0], right = (knot[2] - knot[1]), left = (knot[1] - knot[0]);
    return (cube(x - knot[0]) - cube(x - knot[1]) * wide / right +
            cube(x - knot[2]) * left / right) /
           (wide * wide);
}

/* Knots at the quantiles of the logits; false where they are not distinct. */
static bool place_knots(VgArena *scratch, const double *x, size_t n, double *knot)
{
    static const double AT[KNOTS] = {0.1, 0.5, 0.9};
    VgRankedPerson *sorted = VG_NEW(scratch, VgRankedPerson, n);
    double *ascending = VG_NEW(scratch, double, n);
    if (!sorted || !ascending)
        return false; /* the caller looks at the arena */
    vg_strata_sort(x, n, sorted);
    for (size_t i = 0; i < n; i++)
        ascending[i] = sorted[i].value;
    for (size_t k = 0; k < KNOTS; k++)
        knot[k] = vg_sorted_quantile(ascending, n, AT[k]);
    double least = 1e-3 * (ascending[n - 1] - ascending[0]);
    return knot[1] - knot[0] > least && knot[2] - knot[1] > least;
}

VgStatus vg_calibration_curve(VgArena *scratch, const VgPredicted *p, const double *at, size_t n_at,
                              double *observed, double *se, VgError *error)
{
    VG_TRY(vg_prediction_check(p, error));
    VgArenaMark mark = vg_arena_mark(scratch);
    VgMatrix x = vg_matrix_new(scratch, p->n, 3), line = line_design(scratch, p);
    double knot[KNOTS] = {0};
    bool bent = line.data && place_knots(scratch, &VG_AT(line, 0, 1), p->n, knot);
    if (vg_arena_failed(scratch))
        return vg_fail_memory(error);
    for (size_t i = 0; i < p->n; i++) {
        VG_AT(x, i, 0) = 1;
        VG_AT(x, i, 1) = VG_AT(line, i, 1);
        VG_AT(x, i, 2) = bent ? bend(VG_AT(line, i, 1), knot) : 0;
    }
    x.cols = bent ? 3 : 2;
    VgGlmFit fit;
    VG_TRY(regress(scratch, p, x, NULL, &fit, error));
    for (size_t a = 0; a < n_at; a++) {
        double where = logit(at[a]);
        const double contrast[] = {1, where, bent ? bend(where, knot) : 0};
        VgInference value;
        VG_TRY(vg_glm_contrast(&fit, contrast, 0.95, &value, error));
        observed[a] = value.estimate;
        se[a] = value.se;
    }
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}
