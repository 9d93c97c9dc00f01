/* The rule: trapezoidal over Z with step h. Its error is exp(−2π²/h²), from the normal density, as long as the logistic's poles
 * (at Z = ±iπ/s) lie beyond 2π/h; else that of their residues, exp(π²/(2s²) − 2π²/(s h)) (Trefethen & Weideman 2014).
 *
 * The table: the function at steps of 1/32, interpolated by Everett's formula with central differences up to the fourth or the
 * sixth. The logistic's poles lie at ±iπ, so that its k-th derivative (and that of every normal mixture) is below 2 k!/π^(k+1): what
 * is left out is below 14 · 7e-4/32⁶ = 9e-12, or 43 · 7e-5/32⁸ = 3e-15. */
#include "mechanism/logistic_normal.h"

#include <math.h>

static const double STEP = 1.0 / 32, FINE_BELOW = 1e-10;
static const double FACTORS = 2; /* log of what stands before the exponentials */
enum { MARGIN = 3 };             /* points that the sixth difference reaches to either side */

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

/* The longest h with an error of exp(−digits). */
static double longest_step(double s, double digits)
{
    double h = M_PI * sqrt(2 / digits);
    return h >= 2 * s ? h : 4 * M_PI * M_PI * s / (2 * s * s * digits + M_PI * M_PI);
}

void vg_logistic_normal_rule(double s, double tolerance, VgLogisticNormal *self)
{
    double digits = FACTORS - log(tolerance), h = longest_step(s, digits);
    self->terms = tolerance < FINE_BELOW ? VG_LOGISTIC_TERMS : VG_LOGISTIC_TERMS - 1;
    self->stride = (size_t)fmin(floor(s * h / STEP), VG_LOGISTIC_VALUES);
    if (self->stride > 0) /* not above what the tolerance allows */
        h = STEP * (double)self->stride / s;
    double reach = sqrt(2 * digits) + h;
    size_t side = (size_t)fmin(ceil(reach / h), (VG_LOGISTIC_NODES - 1) / 2);
    if ((double)side * h < reach) { /* so steep that the nodes are at their limit: a step nearly */
        h = reach / (double)side;
        self->stride = 0;
    }
    self->n = 2 * side + 1;
    self->grid = 0;
    double sum = 0;
    for (size_t k = 0; k < self->n; k++) {
        double z = h * ((double)k - (double)side);
        self->node[k] = s * z;
        self->weight[k] = exp(-z * z / 2);
        sum += self->weight[k];
    }
    for (size_t k = 0; k < self->n; k++)
        self->weight[k] /= sum;
}

double vg_logistic_normal(const VgLogisticNormal *self, double u)
{
    double sum = 0;
    for (size_t k = 0; k < self->n; k++)
        sum += self->weight[k] * logistic(u + self->node[k]);
    return sum;
}

/* Where nodes fall on the table's steps, each value of the logistic serves many of its points. */
static void fill(VgLogisticNormal *self, size_t n)
{
    size_t beyond = self->stride * (self->n - 1) / 2, values = n + 2 * beyond;
    if (self->stride == 0 || values > VG_LOGISTIC_VALUES) {
        for (size_t k = 0; k < n; k++)
            self->table[k][0] = vg_logistic_normal(self, self->first + STEP * (double)k);
        return;
    }
    for (size_t k = 0; k < values; k++)
        self->value[k] = logistic(self->first + STEP * ((double)k - (double)beyond));
    for (size_t k = 0; k < n; k++) {
        double sum = 0;
        for (size_t j = 0; j < self->n; j++)
            sum += self->weight[j] * self->value[k + j * self->stride];
        self->table[k][0] = sum;
    }
}

void vg_logistic_normal_table(VgLogisticNormal *self, double low, double high)
{
    double points = ceil((high - low) / STEP) + 2 * MARGIN + 2;
    self->grid = 0;
    if (!(points <= VG_LOGISTIC_GRID)) /* or not finite */
        return;
    size_t n = (size_t)points;
    self->first = low - MARGIN * STEP;
    fill(self, n);
    for (size_t t = 1; t < self->terms; t++)
        for (size_t k = t; k + t < n; k++)
            self->table[k][t] = (self->table[k + 1][t - 1] - self->table[k][t - 1]) -
                                (self->table[k][t - 1] - self->table[k - 1][t - 1]);
    self->grid = n;
}

/* One half of Everett's formula. */
static inline double half(const double *term, bool fine, double p)
{
    double q = p * p, last = term[2];
    if (fine)
        last += (q - 9) * (1.0 / 42) * term[3];
    return p * (term[0] + (q - 1) * ((1.0 / 6) * term[1] + (q - 4) * (1.0 / 120) * last));
}

double vg_logistic_normal_read(const VgLogisticNormal *self, double u)
{
    double place = (u - self->first) / STEP;
    if (!(self->grid && place >= MARGIN && place <= (double)(self->grid - MARGIN - 1)))
        return vg_logistic_normal(self, u);
    size_t k = (size_t)place;
    k -= k + MARGIN + 1 >= self->grid; /* the last point itself */
    double p = place - (double)k;
    bool fine = self->terms == VG_LOGISTIC_TERMS;
    return half(self->table[k], fine, 1 - p) + half(self->table[k + 1], fine, p);
}
