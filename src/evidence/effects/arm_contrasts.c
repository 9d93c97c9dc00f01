/* y_i = u_i − u_0 and V_ij = w_0 + δ_ij w_i, where u is the arm's mean, log mean, log odds, log risk, risk or
 * arcsine and w its variance. Standardised differences divide by the SD pooled over all arms of the study:
 * V_ij = 1/n_0 + δ_ij/n_i + c y_i y_j with c = 1/(2N) (Crippa & Orsini 2016, equations 4 and 5), and with the other
 * conventions of the variance the c that goes with them. So the contrasts of any two arms add up. */
#include "evidence/effects/arm_contrasts.h"

#include <math.h>

static VgEffect arm_level(VgMeasure measure, const VgArmSummary *a, double add)
{
    double e = a->events + add, rest = a->n - a->events + add, n = e + rest, p = e / n;
    double v = a->sd * a->sd / a->n;
    switch (measure) {
    case VG_MEASURE_MD:
        return (VgEffect){a->mean, v, NAN};
    case VG_MEASURE_ROM:
        return (VgEffect){log(fabs(a->mean)), v / (a->mean * a->mean), NAN};
    case VG_MEASURE_OR:
        return (VgEffect){log(e / rest), 1.0 / e + 1.0 / rest, NAN};
    case VG_MEASURE_RR:
        return (VgEffect){log(p), 1.0 / e - 1.0 / n, NAN};
    case VG_MEASURE_RD:
        return (VgEffect){p, p * (1.0 - p) / n, NAN};
    default:
        return (VgEffect){asin(sqrt(p)), 0.25 / n, NAN};
    }
}

void vg_arm_differences(VgMeasure measure, const VgArmSummary *arm, double add,
                        VgContrastStudy *study)
{
    VgEffect base = arm_level(measure, &arm[0], add);
    size_t r = study->n_arms - 1;
    for (size_t i = 0; i < r; i++) {
        VgEffect level = arm_level(measure, &arm[i + 1], add);
        study->y[i] = level.y - base.y;
        for (size_t j = 0; j < r; j++)
            VG_AT(study->v, i, j) = base.v + (i == j ? level.v : 0.0);
    }
}

void vg_arm_standardised(const VgEvidencePlan *plan, const VgArmSummary *arm,
                         VgContrastStudy *study)
{
    double df = 0.0, unit = 0.0, spread = 0.0, n = 0.0;
    for (size_t i = 0; i < study->n_arms; i++) {
        df += arm[i].n - 1.0;
        unit += (arm[i].n - 1.0) * arm[i].unit * arm[i].unit;
        spread += (arm[i].n - 1.0) * arm[i].sd * arm[i].sd;
        n += arm[i].n;
    }
    double j = vg_effect_correction(plan, df), sd = sqrt(unit / df);
    double ratio = spread == unit ? 1.0 : spread / unit, c = 1.0 / (2.0 * n);
    if (plan->measure == VG_MEASURE_SMD && plan->smd_variance == VG_SMD_UNBIASED)
        c = 1.0 - (df - 2.0) / (df * j * j);
    else if (plan->measure == VG_MEASURE_SMD && plan->smd_variance == VG_SMD_REVMAN)
        c = 1.0 / (2.0 * (df - 1.94));
    size_t r = study->n_arms - 1;
    for (size_t i = 0; i < r; i++)
        study->y[i] = j * (arm[i + 1].mean - arm[0].mean) / sd;
    for (size_t a = 0; a < r; a++)
        for (size_t b = 0; b < r; b++)
            VG_AT(study->v, a, b) = ratio * (1.0 / arm[0].n + (a == b ? 1.0 / arm[a + 1].n : 0.0)) +
                                    c * study->y[a] * study->y[b];
}

bool vg_every_arm_zero(const VgArmSummary *arm, size_t n)
{
    bool none = true, all = true;
    for (size_t i = 0; i < n; i++) {
        none = none && arm[i].events == 0.0;
        all = all && arm[i].events == arm[i].n;
    }
    return none || all;
}

bool vg_some_arm_zero(const VgArmSummary *arm, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (vg_has_zero_cell(arm[i].events, arm[i].n))
            return true;
    return false;
}

bool vg_contrasts_usable(const VgContrastStudy *study)
{
    for (size_t i = 0; i + 1 < study->n_arms; i++)
        if (!isfinite(study->y[i]) || !(VG_AT(study->v, i, i) > 0.0) ||
            !isfinite(VG_AT(study->v, i, i)))
            return false;
    return true;
}
