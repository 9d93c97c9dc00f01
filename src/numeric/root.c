/* Brent's root finder: inverse quadratic interpolation or secant, bisection when those do not
 * serve. Source: Brent 1973, Algorithms for Minimization without Derivatives, chapter 4. */
#include "numeric/root.h"

#include <float.h>
#include <math.h>

enum { MAX_STEPS = 500 };

/* Step from b by interpolation through (a, fa), (b, fb), (c, fc) as p/q; q > 0. */
static void interpolate(double a, double b, double c, double fa, double fb, double fc, double *p,
                        double *q)
{
    double s = fb / fa, half = 0.5 * (c - b);
    if (a == c) { /* two points: secant */
        *p = 2 * half * s;
        *q = 1 - s;
    } else {
        double t = fa / fc, r = fb / fc;
        *p = s * (2 * half * t * (t - r) - (b - a) * (r - 1));
        *q = (t - 1) * (r - 1) * (s - 1);
    }
    if (*p > 0)
        *q = -*q;
    else
        *p = -*p;
}

bool vg_root(VgFunction function, const void *context, double low, double high, double *root)
{
    double a = low, b = high, fa = function(a, context), fb = function(b, context);
    if (isnan(fa) || isnan(fb) || (fa > 0 && fb > 0) || (fa < 0 && fb < 0))
        return false;
    double c = a, fc = fa, step = b - a, previous = step;
    for (int i = 0; i < MAX_STEPS; i++) {
        if ((fb > 0) == (fc > 0)) {
            c = a;
            fc = fa;
            step = previous = b - a;
        }
        if (fabs(fc) < fabs(fb)) {
            a = b, b = c, c = a;
            fa = fb, fb = fc, fc = fa;
        }
        double tolerance = 2 * DBL_EPSILON * fabs(b) + DBL_MIN, half = 0.5 * (c - b);
        if (fabs(half) <= tolerance || fb == 0) {
            *root = b;
            return true;
        }
        if (fabs(previous) >= tolerance && fabs(fa) > fabs(fb)) {
            double p, q;
            interpolate(a, b, c, fa, fb, fc, &p, &q);
            if (2 * p < fmin(3 * half * q - fabs(tolerance * q), fabs(previous * q))) {
                previous = step;
                step = p / q;
            } else {
                step = previous = half;
            }
        } else {
            step = previous = half;
        }
        a = b;
        fa = fb;
        b += fabs(step) > tolerance ? step : copysign(tolerance, half);
        fb = function(b, context);
        if (isnan(fb))
            return false;
    }
    *root = b;
    return true;
}
