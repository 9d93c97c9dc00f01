/* The linear pair from one matrix of cross-products: sweep (1, A, C), read the mediator's equation, sweep
 * the mediator (and A·M), read the outcome's. Coefficients stand in the units of the standardised columns (the
 * mediator's cancel in alpha beta), effects in those of the outcome. */
#include <math.h>

#include "mechanism/mediation_internal.h"

bool vg_mediation_linear(const VgMediationProblem *problem, double *s, double *whole,
                         double *effect, double *extra)
{
    const VgEquations *e = &problem->equations;
    size_t w = e->width, m = vg_mediator_column(e, 0), y = vg_outcome_column(e, 0);
    size_t product_column = vg_product_column(e, 0);
    vg_diagonal(e, s, whole);
    double rows = whole[0], treated_share = s[1] / rows, mediator_mean = s[m] / rows;
    if (!vg_sweep(e, 0, e->base, whole, s))
        return false;
    double alpha = s[w + m], mediator_rss = s[m * w + m];
    if (!vg_sweep(e, e->base, y, whole, s))
        return false;
    double unit = e->scale[y], beta = s[m * w + y], direct = s[w + y];
    double product = e->products ? s[product_column * w + y] : 0;
    double control = mediator_mean - alpha * treated_share; /* E M(0) over the resample's C */
    effect[VG_EFFECT_INDIRECT_CONTROL] = unit * alpha * beta;
    effect[VG_EFFECT_INDIRECT_TREATED] = unit * alpha * (beta + product);
    effect[VG_EFFECT_INDIRECT_AVERAGE] = unit * alpha * (beta + product / 2);
    effect[VG_EFFECT_DIRECT_CONTROL] = unit * (direct + product * control);
    effect[VG_EFFECT_DIRECT_TREATED] = unit * (direct + product * (control + alpha));
    effect[VG_EFFECT_DIRECT_AVERAGE] = unit * (direct + product * (control + alpha / 2));
    double total = effect[VG_EFFECT_INDIRECT_TREATED] + effect[VG_EFFECT_DIRECT_CONTROL];
    effect[VG_EFFECT_TOTAL] = total;
    for (int k = 0; k < 3; k++)
        effect[VG_EFFECT_PROPORTION_CONTROL + k] = effect[VG_EFFECT_INDIRECT_CONTROL + k] / total;
    if (extra) {
        double per_unit = unit / e->scale[m];
        extra[VG_EXTRA_ALPHA] = alpha * e->scale[m];
        extra[VG_EXTRA_BETA] = beta * per_unit;
        extra[VG_EXTRA_INTERACTION] = product * per_unit;
        extra[VG_EXTRA_RATIO] = per_unit * sqrt(fmax(s[y * w + y], 0) / mediator_rss);
    }
    return true;
}
