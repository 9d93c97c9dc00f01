/* Quantiles of a product of two normal variables.
 *
 * X ~ N(a, s²) and, given X = x, Y ~ N(m(x), q²): P(XY ≤ t) = ∫ φ(z) P(xY ≤ t) dz with x = a + s z. Near x = 0 the
 * integrand turns from one value to another, the faster the smaller t is, so that the pieces of Gauss–Legendre grow from there. The quantile is found by
 * Newton's steps kept within a bracket. Source: Meeker, Cornwell & Aroian 1981; MacKinnon et al. 2007. */
#include <vagus/channels.h>

#include <math.h>

#include "numeric/distributions.h"

enum { POINTS = 10, PIECES = 12, STEPS = 60 };
/* In standard errors: 1e-13 lies beyond; pieces. */
static const double WIDEST = 7.5, LONGEST = 2.5;

/* Abramowitz & Stegun, table 25.4, n = 10. */
static const double NODE[POINTS / 2] = {0.148874338981631211, 0.433395394129247191,
                                        0.679409568299024406, 0.865063366688984511,
                                        0.973906528517171720};
static const double WEIGHT[POINTS / 2] = {0.295524224714752870, 0.269266719309996355,
                                          0.219086362515982044, 0.149451349150580593,
                                          0.066671344308688138};

/* Distribution and density at t. */
typedef struct At {
    double below, density;
} At;

static void add_point(const VgChannelsArrows *w, double t, double x, double weight, At *at)
{
    double z = (x - w->alpha) / w->alpha_se;
    double mean = w->beta + w->correlation * w->beta_se * z;
    double sd = w->beta_se * sqrt(1 - w->correlation * w->correlation);
    double y = (t / x - mean) / sd, mass = weight * exp(-z * z / 2) / w->alpha_se;
    at->below += mass * 0.5 * erfc((x > 0 ? -y : y) * M_SQRT1_2);
    at->density += mass * exp(-y * y / 2) / (sqrt(2 * M_PI) * sd * fabs(x));
}

static void add_piece(const VgChannelsArrows *w, double t, double from, double to, At *at)
{
    double middle = (from + to) / 2, half = (to - from) / 2;
    double weight = fabs(half) / sqrt(2 * M_PI);
    for (int i = 0; i < POINTS / 2; i++) {
        add_point(w, t, middle - half * NODE[i], weight * WEIGHT[i], at);
        add_point(w, t, middle + half * NODE[i], weight * WEIGHT[i], at);
    }
}

/* Pieces of at most `longest` between two points that have 0 between them or beyond. */
static void add_pieces(const VgChannelsArrows *w, double t, double from, double to, double longest,
                       At *at)
{
    double n = ceil(fabs(to - from) / longest);
    for (double k = 0; k < n; k++)
        add_piece(w, t, from + (to - from) * k / n, from + (to - from) * (k + 1) / n, at);
}

/* x from 0 outwards to `end`: pieces that double up to `longest`, then of that. */
static void add_side(const VgChannelsArrows *w, double t, double end, double longest, At *at)
{
    double near = copysign(fmin(fabs(end), longest), end), from = 0;
    for (int piece = PIECES - 1; piece >= 0; piece--) {
        double to = near * ldexp(1, -piece);
        add_piece(w, t, from, to, at);
        from = to;
    }
    add_pieces(w, t, near, end, longest, at);
}

static At evaluate(const VgChannelsArrows *w, double t)
{
    At at = {0, 0};
    double low = w->alpha - WIDEST * w->alpha_se, high = w->alpha + WIDEST * w->alpha_se,
           longest = LONGEST * w->alpha_se;
    if (low >= 0 || high <= 0) {
        add_pieces(w, t, low, high, longest, &at);
        return at;
    }
    add_side(w, t, high, longest, &at);
    add_side(w, t, low, longest, &at);
    return at;
}

static double quantile(const VgChannelsArrows *w, double p, double start, double sd)
{
    double low = -INFINITY, high = INFINITY, t = start;
    for (int i = 0; i < STEPS; i++) {
        At at = evaluate(w, t);
        if (at.below < p)
            low = t;
        else
            high = t;
        double next = t + (p - at.below) / at.density;
        bool inside = next > low && next < high;
        if (!inside) /* far out the density says nothing: go on by standard errors, or halve */
            next = isinf(low) ? t - sd : isinf(high) ? t + sd : (low + high) / 2;
        if (fabs(next - t) < 1e-8 * sd)
            return next;
        t = next;
    }
    return t;
}

void vg_channels_product_interval(const VgChannelsArrows *given, double level, double *lower,
                                  double *upper)
{
    VgChannelsArrows w = *given;
    if (fabs(w.alpha) * w.beta_se < fabs(w.beta) * w.alpha_se) /* the surer arrow is x: 0 is far */
        w = (VgChannelsArrows){w.beta, w.beta_se, w.alpha, w.alpha_se, w.correlation};
    double va = w.alpha_se * w.alpha_se, vb = w.beta_se * w.beta_se,
           c = w.correlation * w.alpha_se * w.beta_se, mean = w.alpha * w.beta + c;
    double sd = sqrt(w.alpha * w.alpha * vb + w.beta * w.beta * va + 2 * w.alpha * w.beta * c +
                     va * vb + c * c);
    double z = vg_normal_quantile(0.5 + level / 2);
    *lower = quantile(&w, (1 - level) / 2, mean - z * sd, sd);
    *upper = quantile(&w, (1 + level) / 2, mean + z * sd, sd);
}
