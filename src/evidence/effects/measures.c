/* Effects and sampling variances from complete numbers.
 *
 * Standardised differences: Hedges 1981; variances "LS" and "UB" as metafor::escalc (Viechtbauer 2010), "revman" as
 * RevMan 5. Where the numerator is a difference of changes, 1/n1 + 1/n2 is multiplied by s_change²/s² (delta
 * method; Morris 2008). Counts: metafor::escalc; Peto: Yusuf and others 1985. Shared control: Gleser & Olkin
 * 2009. */
#include "evidence/effects/effect_parts.h"

#include <math.h>

#include "numeric/distributions.h"

bool vg_measure_is_binary(VgMeasure measure)
{
    return measure >= VG_MEASURE_OR && measure <= VG_MEASURE_ARCSINE;
}

bool vg_measure_is_standardised(VgMeasure measure)
{
    return measure == VG_MEASURE_SMD || measure == VG_MEASURE_COHEN_D ||
           measure == VG_MEASURE_GLASS_DELTA;
}

bool vg_measure_of_means(VgMeasure measure)
{
    return measure >= VG_MEASURE_SMD && measure <= VG_MEASURE_ROM;
}

double vg_effect_correction(const VgEvidencePlan *plan, double df)
{
    if (plan->measure == VG_MEASURE_COHEN_D)
        return 1.0;
    if (plan->approximate_j ||
        (plan->smd_variance == VG_SMD_REVMAN && plan->measure == VG_MEASURE_SMD))
        return 1.0 - 3.0 / (4.0 * df - 1.0);
    return vg_hedges_correction(df);
}

static double normal_cdf(double z)
{
    return 0.5 * erfc(-z * 0.70710678118654752440);
}

/* `first` is 1/n1 + 1/n2, scaled for change scores; `n_sd` the people behind the SD. */
static VgEffect standardised(const VgEvidencePlan *plan, double d, double first, double df,
                             double n_sd)
{
    double j = vg_effect_correction(plan, df), g = j * d;
    VgSmdVariance kind =
        plan->measure == VG_MEASURE_COHEN_D ? VG_SMD_LARGE_SAMPLE : plan->smd_variance;
    double second = g * g / (2.0 * n_sd);
    if (kind == VG_SMD_UNBIASED)
        second = g * g * (1.0 - (df - 2.0) / (df * j * j));
    else if (kind == VG_SMD_REVMAN && plan->measure == VG_MEASURE_SMD)
        second = g * g / (2.0 * (df - 1.94));
    return (VgEffect){g, first + second, sqrt(first)};
}

VgEffect vg_effect_means(const VgEvidencePlan *plan, const VgArmSummary arm[2])
{
    const VgArmSummary *a = &arm[0], *b = &arm[1];
    double difference = a->mean - b->mean;
    double va = a->sd * a->sd / a->n, vb = b->sd * b->sd / b->n;
    switch (plan->measure) {
    case VG_MEASURE_MD:
        return (VgEffect){difference, va + vb, NAN};
    case VG_MEASURE_ROM:
        return (VgEffect){log(a->mean / b->mean),
                          va / (a->mean * a->mean) + vb / (b->mean * b->mean), NAN};
    case VG_MEASURE_GLASS_DELTA: {
        double scale = b->unit * b->unit;
        double first =
            (a->sd == a->unit && b->sd == b->unit) ? 1.0 / a->n + 1.0 / b->n : (va + vb) / scale;
        return standardised(plan, difference / b->unit, first, b->n - 1.0, b->n);
    }
    default: {
        double df = a->n + b->n - 2.0;
        double square = ((a->n - 1.0) * a->unit * a->unit + (b->n - 1.0) * b->unit * b->unit) / df;
        double of_numerator = ((a->n - 1.0) * a->sd * a->sd + (b->n - 1.0) * b->sd * b->sd) / df;
        double first = (1.0 / a->n + 1.0 / b->n) * (of_numerator / square);
        return standardised(plan, difference / sqrt(square), first, df, a->n + b->n);
    }
    }
}

/* Source: Cochrane Handbook 6, 23.2.7; J on n − 1 df, of which the SD has at least as many. */
VgEffect vg_effect_crossover(const VgEvidencePlan *plan, const VgArmSummary *arm, double r)
{
    const VgArmSummary *a = &arm[0], *b = &arm[1];
    double n = a->n, difference = a->mean - b->mean;
    if (plan->measure == VG_MEASURE_MD)
        return (VgEffect){difference, (a->sd * a->sd + b->sd * b->sd - 2.0 * r * a->sd * b->sd) / n,
                          NAN};
    double sd = sqrt(0.5 * (a->sd * a->sd + b->sd * b->sd)), paired = 2.0 * (1.0 - r);
    double g = vg_effect_correction(plan, n - 1.0) * difference / sd;
    return (VgEffect){g, paired * (1.0 / n + g * g / (2.0 * n)), sqrt(paired / n)};
}

VgEffect vg_effect_from_events(const VgEvidencePlan *plan, const VgArmSummary arm[2], double add)
{
    double scale =
        plan->convert_events == VG_CONVERT_NORMAL ? 1.0 / 1.65 : 0.55132889542179204; /* √3/π */
    VgEffect odds =
        vg_effect_counts(VG_MEASURE_OR, arm[0].events, arm[0].n, arm[1].events, arm[1].n, add);
    bool low = (plan->events_are == VG_EVENTS_BETTER) == plan->lower_is_better;
    return (VgEffect){(low ? -scale : scale) * odds.y, scale * scale * odds.v, NAN};
}

VgEffect vg_effect_from_t(const VgEvidencePlan *plan, double t, double n1, double n2)
{
    double first = 1.0 / n1 + 1.0 / n2;
    return standardised(plan, t * sqrt(first), first, n1 + n2 - 2.0, n1 + n2);
}

VgEffect vg_effect_change(const VgEvidencePlan *plan, double n, double change, double unit,
                          double r)
{
    double j =
        plan->approximate_j ? 1.0 - 3.0 / (4.0 * (n - 1.0) - 1.0) : vg_hedges_correction(n - 1.0);
    double y = j * change / unit;
    double first = plan->measure == VG_MEASURE_SMCR ? 2.0 * (1.0 - r) / n : 1.0 / n;
    return (VgEffect){y, first + y * y / (2.0 * n), sqrt(first)};
}

double vg_zero_addition(const VgEvidencePlan *plan)
{
    if (plan->zero_cells == VG_ZERO_NONE)
        return 0.0;
    if (plan->zero_add > 0.0)
        return plan->zero_add;
    return plan->measure == VG_MEASURE_ARCSINE || plan->measure == VG_MEASURE_FREEMAN_TUKEY ? 0.0
                                                                                            : 0.5;
}

bool vg_has_zero_cell(double events, double n)
{
    return events == 0.0 || events == n;
}

VgEffect vg_effect_counts(VgMeasure measure, double e1, double n1, double e2, double n2, double add)
{
    double a = e1 + add, b = n1 - e1 + add, c = e2 + add, d = n2 - e2 + add;
    double m1 = a + b, m2 = c + d, n = m1 + m2, p1 = a / m1, p2 = c / m2;
    switch (measure) {
    case VG_MEASURE_OR:
        return (VgEffect){log(a / b) - log(c / d), 1.0 / a + 1.0 / b + 1.0 / c + 1.0 / d, NAN};
    case VG_MEASURE_RR:
        return (VgEffect){log(p1) - log(p2), 1.0 / a - 1.0 / m1 + 1.0 / c - 1.0 / m2, NAN};
    case VG_MEASURE_RD:
        return (VgEffect){p1 - p2, p1 * (1.0 - p1) / m1 + p2 * (1.0 - p2) / m2, NAN};
    case VG_MEASURE_PETO: {
        double expected = (a + c) * m1 / n;
        double v = (a + c) * (b + d) * (m1 / n) * (m2 / n) / (n - 1.0);
        return (VgEffect){(a - expected) / v, 1.0 / v, NAN};
    }
    default:
        return (VgEffect){asin(sqrt(p1)) - asin(sqrt(p2)), 0.25 / m1 + 0.25 / m2, NAN};
    }
}

VgEffect vg_effect_one_group(VgMeasure measure, const VgArmSummary *arm, double add)
{
    double x = arm->events + add, rest = arm->n - arm->events + add, n = x + rest, p = x / n;
    switch (measure) {
    case VG_MEASURE_MEAN:
        return (VgEffect){arm->mean, arm->sd * arm->sd / arm->n, NAN};
    case VG_MEASURE_PROPORTION:
        return (VgEffect){p, p * (1.0 - p) / n, NAN};
    case VG_MEASURE_LOGIT:
        return (VgEffect){log(x / rest), 1.0 / x + 1.0 / rest, NAN};
    default:
        return (VgEffect){0.5 * (asin(sqrt(x / (n + 1.0))) + asin(sqrt((x + 1.0) / (n + 1.0)))),
                          1.0 / (4.0 * n + 2.0), NAN};
    }
}

VgEffect vg_effect_correlation(VgMeasure measure, double r, double n)
{
    double rest = 1.0 - r * r;
    if (measure == VG_MEASURE_FISHER_Z)
        return (VgEffect){atanh(r), 1.0 / (n - 3.0), NAN};
    return (VgEffect){r, rest * rest / (n - 1.0), NAN};
}

double vg_effect_shared_covariance(const VgEvidencePlan *plan, const VgArmSummary *control,
                                   double y1, double y2, double n_total, double ratio, double add)
{
    double n = control->n, v = control->sd * control->sd / n;
    double c = control->events + add, d = n - control->events + add, m = c + d;
    switch (plan->measure) {
    case VG_MEASURE_MD:
        return v;
    case VG_MEASURE_ROM:
        return v / (control->mean * control->mean);
    case VG_MEASURE_SMD:
    case VG_MEASURE_COHEN_D:
        return ratio / n + y1 * y2 / (2.0 * n_total);
    case VG_MEASURE_GLASS_DELTA: /* one SD, the control's, stands in both */
        return ratio / n + y1 * y2 / (2.0 * n);
    case VG_MEASURE_OR:
        return 1.0 / c + 1.0 / d;
    case VG_MEASURE_RR:
        return 1.0 / c - 1.0 / m;
    case VG_MEASURE_RD:
        return c / m * (1.0 - c / m) / m;
    case VG_MEASURE_ARCSINE:
        return 0.25 / m;
    default:
        return NAN; /* Peto: E and V of two tables share more than an arm's variance */
    }
}

double vg_response_from_mean(double mean, double sd, double cutoff, bool at_or_below)
{
    if (!(sd > 0.0))
        return NAN;
    double z = (cutoff - mean) / sd;
    return normal_cdf(at_or_below ? z : -z);
}

double vg_nnt_furukawa(double smd, double rate)
{
    if (!(rate > 0.0 && rate < 1.0))
        return NAN;
    return 1.0 / (normal_cdf(smd + vg_normal_quantile(rate)) - rate);
}

double vg_nnt_kraemer(double smd)
{
    /* 2Φ(x) − 1 = erf(x/√2) without cancellation */
    return 1.0 / erf(0.5 * smd);
}
