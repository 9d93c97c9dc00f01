/* Two-by-two tables: one proportion, risk difference, risk ratio, odds ratio, with score intervals.
 * Sources: Wilson 1927; Clopper & Pearson 1934; Miettinen & Nurminen 1985; Newcombe 1998.
 * METHODS 2.4. */
#include <vagus/proportions.h>

#include <math.h>

#include "numeric/distributions.h"
#include "numeric/root.h"
#include "numeric/wilson.h"

static VgStatus check_level(double level, VgError *error)
{
    if (level > 0 && level < 1)
        return VG_OK;
    return vg_fail(error, VG_INVALID_INPUT, "confidence level %g is outside 0 to 1",
                   "use a level such as 0.95", level);
}

static VgStatus check_count(double events, double n, VgError *error)
{
    if (!(n >= 1) || !isfinite(n) || n != floor(n))
        return vg_fail(error, VG_INVALID_INPUT, "%g participants in an arm",
                       "a proportion needs at least one participant, a whole number", n);
    if (!(events >= 0 && events <= n) || events != floor(events))
        return vg_fail(error, VG_INVALID_INPUT, "%g participants with the event among %g",
                       "events are a whole number from 0 to the number of participants", events, n);
    return VG_OK;
}

static VgStatus check_table(const VgTwoByTwo *table, double level, VgError *error)
{
    VG_TRY(check_level(level, error));
    VG_TRY(check_count(table->events_1, table->n_1, error));
    return check_count(table->events_0, table->n_0, error);
}

/* Distance in SE that leaves (1 − level)/2 beyond it. */
static double critical(double level)
{
    return -vg_normal_quantile((1 - level) / 2);
}

static VgInference blank(void)
{
    return (VgInference){NAN, NAN, INFINITY, NAN, NAN, NAN, NAN};
}

static void clopper_pearson(double events, double n, double level, double *lower, double *upper)
{
    double tail = (1 - level) / 2;
    *lower = events == 0 ? 0 : vg_beta_quantile(tail, events, n - events + 1);
    *upper = events == n ? 1 : vg_beta_quantile_upper(tail, events + 1, n - events);
}

VgStatus vg_proportion(double events, double n, double level, VgProportionMethod method,
                       VgInference *out, VgError *error)
{
    VG_TRY(check_level(level, error));
    VG_TRY(check_count(events, n, error));
    *out = blank();
    out->estimate = events / n;
    out->se = sqrt(out->estimate * (1 - out->estimate) / n);
    if (method == VG_PROPORTION_CLOPPER_PEARSON)
        clopper_pearson(events, n, level, &out->lower, &out->upper);
    else
        vg_wilson_interval(events, n, critical(level), &out->lower, &out->upper);
    return VG_OK;
}

double vg_zero_events_upper(double n, double level)
{
    return -expm1(log1p(-level) / n);
}

/* The score interval of one measure: `score` is decreasing in the parameter and is +z at the lower
 * limit. */
typedef struct ScoreProblem {
    const VgTwoByTwo *table;
    double target;
} ScoreProblem;

static double bounded(double p)
{
    return fmin(1, fmax(0, p));
}

/* Risk of the reference arm that maximises the likelihood when p1 − p0 = delta: the root of a cubic
 * that lies in range, in closed form (Miettinen & Nurminen 1985, appendix I). */
static double reference_risk_given_difference(const VgTwoByTwo *t, double delta)
{
    double n = t->n_1 + t->n_0, events = t->events_1 + t->events_0;
    double l3 = n, l2 = (t->n_1 + 2 * t->n_0) * delta - n - events;
    double l1 = (t->n_0 * delta - n - 2 * t->events_0) * delta + events;
    double l0 = t->events_0 * delta * (1 - delta);
    double b = l2 / (3 * l3);
    double q = b * b * b - l1 * l2 / (6 * l3 * l3) + l0 / (2 * l3);
    double p2 = b * b - l1 / (3 * l3);
    double p = copysign(sqrt(fmax(p2, 0)), q);
    double ratio = p == 0 ? 0 : q / (p * p * p);
    double angle = (M_PI + acos(fmin(1, fmax(-1, ratio)))) / 3;
    return 2 * p * cos(angle) - b;
}

static double difference_score(double delta, const void *context)
{
    const ScoreProblem *problem = context;
    const VgTwoByTwo *t = problem->table;
    double n = t->n_1 + t->n_0;
    double p0 = reference_risk_given_difference(t, delta);
    p0 = fmin(fmin(1, 1 - delta), fmax(fmax(0, -delta), p0));
    double p1 = bounded(p0 + delta);
    double variance = (p1 * (1 - p1) / t->n_1 + p0 * (1 - p0) / t->n_0) * n / (n - 1);
    double gap = t->events_1 / t->n_1 - t->events_0 / t->n_0 - delta;
    if (variance <= 0) /* both risks at their bounds: any distance is infinitely many SE */
        return fabs(gap) < 1e-15 ? -problem->target : copysign(INFINITY, gap) - problem->target;
    return gap / sqrt(variance) - problem->target;
}

static VgStatus fail_root(VgError *error)
{
    return vg_fail(error, VG_NO_CONVERGENCE, "no limit of the score interval was found",
                   "please report the four counts: this should not happen");
}

/* Brent does not like infinities: the score is squashed, which keeps its root. */
static double squashed(double score)
{
    return isinf(score) ? copysign(1, score) : score / (1 + fabs(score));
}

static double squashed_difference_score(double delta, const void *context)
{
    return squashed(difference_score(delta, context));
}

static VgStatus miettinen_nurminen_difference(const VgTwoByTwo *table, double z, double estimate,
                                              double *lower, double *upper, VgError *error)
{
    ScoreProblem problem = {table, z};
    *lower = -1;
    *upper = 1;
    if (estimate > -1 && squashed_difference_score(-1, &problem) > 0 &&
        !vg_root(squashed_difference_score, &problem, -1, estimate, lower))
        return fail_root(error);
    problem.target = -z;
    if (estimate < 1 && squashed_difference_score(1, &problem) < 0 &&
        !vg_root(squashed_difference_score, &problem, estimate, 1, upper))
        return fail_root(error);
    return VG_OK;
}

static void newcombe_difference(const VgTwoByTwo *t, double z, double estimate, double *lower,
                                double *upper)
{
    double lower_1, upper_1, lower_0, upper_0;
    double p1 = t->events_1 / t->n_1, p0 = t->events_0 / t->n_0;
    vg_wilson_interval(t->events_1, t->n_1, z, &lower_1, &upper_1);
    vg_wilson_interval(t->events_0, t->n_0, z, &lower_0, &upper_0);
    *lower = estimate - hypot(p1 - lower_1, upper_0 - p0);
    *upper = estimate + hypot(upper_1 - p1, p0 - lower_0);
}

/* Score test of equal risks, times √((N − 1)/N) for Miettinen–Nurminen. */
static void test_equal_risks(const VgTwoByTwo *t, bool small_sample, VgInference *out)
{
    double n = t->n_1 + t->n_0, pooled = (t->events_1 + t->events_0) / n;
    double variance = pooled * (1 - pooled) * (1 / t->n_1 + 1 / t->n_0);
    if (small_sample)
        variance *= n / (n - 1);
    if (variance <= 0)
        return;
    out->statistic = (t->events_1 / t->n_1 - t->events_0 / t->n_0) / sqrt(variance);
    out->p = vg_normal_two_sided(out->statistic);
}

VgStatus vg_risk_difference(const VgTwoByTwo *table, double level, VgRiskDifferenceMethod method,
                            VgInference *out, VgError *error)
{
    VG_TRY(check_table(table, level, error));
    double p1 = table->events_1 / table->n_1, p0 = table->events_0 / table->n_0;
    double z = critical(level);
    *out = blank();
    out->estimate = p1 - p0;
    out->se = sqrt(p1 * (1 - p1) / table->n_1 + p0 * (1 - p0) / table->n_0);
    switch (method) {
    case VG_RISK_DIFFERENCE_MIETTINEN_NURMINEN:
        test_equal_risks(table, true, out);
        return miettinen_nurminen_difference(table, z, out->estimate, &out->lower, &out->upper,
                                             error);
    case VG_RISK_DIFFERENCE_NEWCOMBE:
        test_equal_risks(table, false, out);
        newcombe_difference(table, z, out->estimate, &out->lower, &out->upper);
        return VG_OK;
    case VG_RISK_DIFFERENCE_WALD:
        out->lower = out->estimate - z * out->se;
        out->upper = out->estimate + z * out->se;
        if (out->se > 0) {
            out->statistic = out->estimate / out->se;
            out->p = vg_normal_two_sided(out->statistic);
        }
        return VG_OK;
    }
    return vg_fail(error, VG_INVALID_INPUT, "no such risk difference method: %d",
                   "use Miettinen-Nurminen, Newcombe or Wald", (int)method);
}

/* Ratios are searched on the scale t = r/(1 + r), which maps 0 … infinity to 0 … 1. */
static double ratio_of(double t)
{
    return t / (1 - t);
}

/* Reference risk given p1 = ratio · p0: the smaller root of a p0² + b p0 + c, free of cancellation.
 */
static double risk_ratio_score(double scaled, const void *context)
{
    const ScoreProblem *problem = context;
    const VgTwoByTwo *t = problem->table;
    double phi = ratio_of(scaled), n = t->n_1 + t->n_0;
    double a = n * phi, b = -(t->n_1 * phi + t->events_1 + t->n_0 + t->events_0 * phi);
    double c = t->events_1 + t->events_0;
    double p0 = 2 * c / (-b + sqrt(fmax(0, b * b - 4 * a * c)));
    p0 = fmin(bounded(p0), 1 / phi);
    double p1 = bounded(phi * p0);
    double variance = (p1 * (1 - p1) / t->n_1 + phi * phi * p0 * (1 - p0) / t->n_0) * n / (n - 1);
    double gap = t->events_1 / t->n_1 - phi * t->events_0 / t->n_0;
    if (variance <= 0)
        return gap == 0 ? squashed(-problem->target) : copysign(1, gap);
    return squashed(gap / sqrt(variance) - problem->target);
}

/* The statistic of Miettinen & Nurminen's (21) at an odds ratio of psi >= 1: the reference risk is
 * the positive root of a p0² + b p0 − events, whose terms then do not cancel. */
static double odds_ratio_statistic(const VgTwoByTwo *t, double psi)
{
    double n = t->n_1 + t->n_0, events = t->events_1 + t->events_0;
    double a = t->n_0 * (psi - 1), b = t->n_1 * psi + t->n_0 - events * (psi - 1);
    double root = sqrt(b * b + 4 * a * events);
    double p0 = bounded(b >= 0 ? 2 * events / (b + root) : (root - b) / (2 * a));
    double scale = 1 + p0 * (psi - 1), p1 = bounded(p0 * psi / scale), q1 = (1 - p0) / scale;
    double gap = t->events_1 * q1 - (t->n_1 - t->events_1) * p1; /* events_1 − n_1 p1 */
    double information_1 = t->n_1 * p1 * q1, information_0 = t->n_0 * p0 * (1 - p0);
    if (information_1 <= 0 || information_0 <= 0)
        return gap == 0 ? 0 : copysign(INFINITY, gap);
    return gap * sqrt((1 / information_1 + 1 / information_0) * (n - 1) / n);
}

/* Odds ratios below 1 are those above 1 with the arms exchanged. */
static double odds_ratio_score(double scaled, const void *context)
{
    const ScoreProblem *problem = context;
    const VgTwoByTwo *t = problem->table;
    VgTwoByTwo exchanged = {t->events_0, t->n_0, t->events_1, t->n_1};
    double psi = ratio_of(scaled);
    double statistic =
        psi >= 1 ? odds_ratio_statistic(t, psi) : -odds_ratio_statistic(&exchanged, 1 / psi);
    return squashed(statistic - problem->target);
}

/* Both limits of a ratio; 0 and infinity where the score never reaches its target. */
static VgStatus ratio_score_limits(VgFunction score, const VgTwoByTwo *table, double z,
                                   double estimate, double *lower, double *upper, VgError *error)
{
    static const double NEAR_ZERO = 1e-15, NEAR_ONE = 1 - 1e-15;
    double middle = isinf(estimate) ? NEAR_ONE : estimate / (1 + estimate), t;
    ScoreProblem problem = {table, z};
    *lower = 0;
    *upper = INFINITY;
    if (estimate > 0) {
        if (!vg_root(score, &problem, NEAR_ZERO, middle, &t))
            return fail_root(error);
        *lower = ratio_of(t);
    }
    problem.target = -z;
    if (isfinite(estimate)) {
        if (!vg_root(score, &problem, fmax(middle, NEAR_ZERO), NEAR_ONE, &t))
            return fail_root(error);
        *upper = ratio_of(t);
    }
    return VG_OK;
}

/* Interval and test of a ratio from its logarithm's SE. */
static void log_wald(double z, VgInference *out)
{
    double log_estimate = log(out->estimate);
    out->lower = exp(log_estimate - z * out->se);
    out->upper = exp(log_estimate + z * out->se);
    out->statistic = log_estimate / out->se;
    out->p = vg_normal_two_sided(out->statistic);
}

VgStatus vg_risk_ratio(const VgTwoByTwo *table, double level, VgRatioMethod method,
                       VgInference *out, VgError *error)
{
    VG_TRY(check_table(table, level, error));
    const VgTwoByTwo *t = table;
    if (t->events_1 + t->events_0 == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "nobody has the event: no risk ratio",
                       "report the risk difference with its interval");
    *out = blank();
    out->estimate = t->events_0 > 0 ? (t->events_1 / t->n_1) / (t->events_0 / t->n_0) : INFINITY;
    out->se = sqrt(1 / t->events_1 - 1 / t->n_1 + 1 / t->events_0 - 1 / t->n_0);
    if (method == VG_RATIO_LOG_WALD) {
        if (t->events_1 == 0 || t->events_0 == 0)
            return vg_fail(error, VG_NOT_ESTIMABLE, "an arm has no event: log risk ratio undefined",
                           "use the score interval");
        log_wald(critical(level), out);
        if (out->se == 0) /* everybody has the event in both arms */
            out->statistic = out->p = NAN;
        return VG_OK;
    }
    test_equal_risks(table, true, out);
    return ratio_score_limits(risk_ratio_score, table, critical(level), out->estimate, &out->lower,
                              &out->upper, error);
}

VgStatus vg_odds_ratio(const VgTwoByTwo *table, double level, VgRatioMethod method,
                       VgInference *out, VgError *error)
{
    VG_TRY(check_table(table, level, error));
    const VgTwoByTwo *t = table;
    double without_1 = t->n_1 - t->events_1, without_0 = t->n_0 - t->events_0;
    if (t->events_1 + t->events_0 == 0 || without_1 + without_0 == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "nobody or everybody has the event: no odds ratio",
                       "report the risk difference with its interval");
    *out = blank();
    double bottom = without_1 * t->events_0;
    out->estimate = bottom > 0 ? t->events_1 * without_0 / bottom : INFINITY;
    out->se = sqrt(1 / t->events_1 + 1 / without_1 + 1 / t->events_0 + 1 / without_0);
    if (method == VG_RATIO_LOG_WALD) {
        if (isinf(out->se))
            return vg_fail(error, VG_NOT_ESTIMABLE, "an empty cell: log odds ratio undefined",
                           "use the score interval");
        log_wald(critical(level), out);
        return VG_OK;
    }
    test_equal_risks(table, true, out);
    return ratio_score_limits(odds_ratio_score, table, critical(level), out->estimate, &out->lower,
                              &out->upper, error);
}
