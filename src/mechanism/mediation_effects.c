/* g-computation: the mean outcome with treatment a and the mediator as it is distributed under b, for
 * the four pairs (a, b), averaged over the rows' covariates; effects are differences of those.
 *
 * The mediator is integrated, not drawn: a binary one is a sum of two; a normal one leaves Phi in closed form, E
 * Phi(u + s Z) = Phi(u / sqrt(1 + s²)), and the logistic a table of its normal mixture (logistic_normal.c). */
#include <math.h>
#include <string.h>

#include "mechanism/logistic_normal.h"
#include "mechanism/mediation_internal.h"
#include "numeric/distributions.h"

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

static double normal(double x)
{
    return vg_normal_upper(-x);
}

/* Everything at one theta. */
typedef struct Point { /* the tables are large: fields are set one by one */
    const VgMediationProblem *problem;
    const double *theta;
    bool identity, binary, probit_mediator, probit_outcome;
    double slope[2], spread[2];  /* of the outcome in the mediator, in control and treated */
    VgLogisticNormal mixture[2]; /* without an interaction the first serves both */
} Point;

/* The parts of rows' linear predictors that both arms share, a block of rows at a time. */
enum { BLOCK = 128 };
typedef struct Shared {
    size_t first, n;
    double mediator[BLOCK], outcome[BLOCK];
} Shared;

static void shared_parts(const Point *p, size_t first, Shared *s)
{
    const VgMediationLayout *l = &p->problem->layout;
    const double *alpha = p->theta + l->alpha, *beta = p->theta + vg_place_treatment(l) + 1;
    size_t left = p->problem->data->n - first;
    s->first = first;
    s->n = left < BLOCK ? left : BLOCK;
    for (size_t i = 0; i < s->n; i++) {
        s->mediator[i] = alpha[0];
        s->outcome[i] = l->intercept ? p->theta[l->beta] : 0;
    }
    for (size_t j = 0; j < l->covariates; j++) {
        const double *c = &VG_AT(p->problem->data->covariates, first, j);
        for (size_t i = 0; i < s->n; i++) {
            s->mediator[i] += c[i] * alpha[2 + j];
            s->outcome[i] += c[i] * beta[j];
        }
    }
}

/* E F(u + slope M) for a normal mediator of mean m. */
static double expected(const Point *p, int a, double u, double m)
{
    double centre = u + p->slope[a] * m;
    if (p->probit_outcome)
        return normal(centre / sqrt(1 + p->spread[a] * p->spread[a]));
    return vg_logistic_normal_read(&p->mixture[p->problem->layout.interaction ? a : 0], centre);
}

/* E F(u + slope M) under arm b; m: the mediator's means, of a binary one its probabilities, under both. */
static void expected_pair(const Point *p, int a, double u, const double m[2], double out[2])
{
    if (!p->binary) {
        out[0] = expected(p, a, u, m[0]);
        out[1] = expected(p, a, u, m[1]);
        return;
    }
    double without = p->probit_outcome ? normal(u) : logistic(u);
    double with = p->probit_outcome ? normal(u + p->slope[a]) : logistic(u + p->slope[a]);
    for (int b = 0; b < 2; b++)
        out[b] = (1 - m[b]) * without + m[b] * with;
}

/* The table over all that the rows will ask for. */
static void make_table(Point *p, int a, const double *count)
{
    const VgMediationLayout *l = &p->problem->layout;
    double low = INFINITY, high = -INFINITY, shift = p->slope[a] * p->theta[l->alpha + 1];
    double least_cut = l->n_cut ? p->theta[l->cut] : 0;
    double most_cut = l->n_cut ? p->theta[l->cut + l->n_cut - 1] : 0;
    Shared s;
    for (size_t first = 0; first < p->problem->data->n; first += BLOCK) {
        shared_parts(p, first, &s);
        for (size_t i = 0; i < s.n; i++) {
            double centre = s.outcome[i] + p->slope[a] * s.mediator[i];
            if (count && count[first + i] == 0)
                continue;
            low = centre < low ? centre : low;
            high = centre > high ? centre : high;
        }
    }
    double direct = p->theta[vg_place_treatment(l)];
    double least = l->interaction ? a * direct : fmin(direct, 0);
    double most = l->interaction ? a * direct : fmax(direct, 0);
    vg_logistic_normal_table(&p->mixture[a], low + least + fmin(shift, 0) - most_cut,
                             high + most + fmax(shift, 0) - least_cut);
}

static void set_point(Point *p, const VgMediationProblem *problem, const double *theta,
                      const double *count, double tolerance)
{
    const VgMediationLayout *l = &problem->layout;
    VgMediationModel mediator = problem->options->mediator_model;
    VgMediationModel outcome = problem->options->outcome_model;
    p->problem = problem;
    p->theta = theta;
    p->identity = outcome == VG_MEDIATION_LINEAR || outcome == VG_MEDIATION_MIXED;
    p->binary = mediator == VG_MEDIATION_LOGISTIC || mediator == VG_MEDIATION_PROBIT;
    p->probit_mediator = mediator == VG_MEDIATION_PROBIT;
    p->probit_outcome = outcome == VG_MEDIATION_PROBIT;
    for (int a = 0; a < 2; a++) {
        p->slope[a] = theta[vg_place_mediator(l)] +
                      (a && l->interaction ? theta[vg_place_mediator(l) + 1] : 0);
        p->spread[a] = p->binary ? 0 : fabs(p->slope[a] * theta[l->sigma]);
        if (p->binary || p->probit_outcome || p->identity || (a && !l->interaction))
            continue;
        vg_logistic_normal_rule(p->spread[a], tolerance, &p->mixture[a]);
        make_table(p, a, count);
    }
}

/* The mediator's mean of row i under arm b, from the part that both arms share. */
static double mediator_mean(const Point *p, double shared, int b)
{
    double eta = shared + (b ? p->theta[p->problem->layout.alpha + 1] : 0);
    return !p->binary ? eta : p->probit_mediator ? normal(eta) : logistic(eta);
}

/* Adds a row's weighted outputs to mean[output][2a + b]. */
static void add_row(const Point *p, double mediator, double outcome, double weight, double *mean)
{
    const VgMediationLayout *l = &p->problem->layout;
    const double *theta = p->theta;
    double m[2] = {mediator_mean(p, mediator, 0), mediator_mean(p, mediator, 1)};
    for (int a = 0; a < 2; a++) {
        double u = outcome + (a ? theta[vg_place_treatment(l)] : 0), value[2];
        double *to = mean + 2 * a;
        if (p->identity || l->n_cut == 0) {
            if (!p->identity)
                expected_pair(p, a, u, m, value);
            for (int b = 0; b < 2; b++)
                to[b] += weight * (p->identity ? u + p->slope[a] * m[b] : value[b]);
            continue;
        }
        double above[2] = {1, 1}; /* P(Y > k) */
        for (size_t k = 0; k <= l->n_cut; k++) {
            value[0] = value[1] = 0;
            if (k < l->n_cut)
                expected_pair(p, a, u - theta[l->cut + k], m, value);
            for (int b = 0; b < 2; b++) {
                to[b] += weight * above[b];
                to[4 * (k + 1) + (size_t)b] += weight * (above[b] - value[b]);
                above[b] = value[b];
            }
        }
    }
}

void vg_effects_from_means(const double mean[4], double *effect)
{
    double total = mean[3] - mean[0];
    effect[VG_EFFECT_TOTAL] = total;
    effect[VG_EFFECT_INDIRECT_CONTROL] = mean[1] - mean[0];
    effect[VG_EFFECT_INDIRECT_TREATED] = mean[3] - mean[2];
    effect[VG_EFFECT_DIRECT_CONTROL] = mean[2] - mean[0];
    effect[VG_EFFECT_DIRECT_TREATED] = mean[3] - mean[1];
    effect[VG_EFFECT_INDIRECT_AVERAGE] =
        (effect[VG_EFFECT_INDIRECT_CONTROL] + effect[VG_EFFECT_INDIRECT_TREATED]) / 2;
    effect[VG_EFFECT_DIRECT_AVERAGE] =
        (effect[VG_EFFECT_DIRECT_CONTROL] + effect[VG_EFFECT_DIRECT_TREATED]) / 2;
    for (int k = 0; k < 3; k++)
        effect[VG_EFFECT_PROPORTION_CONTROL + k] = effect[VG_EFFECT_INDIRECT_CONTROL + k] / total;
}

/* alpha (beta + a interaction) and the rest: differences of means would lose digits where effects are small. */
static void closed_effects(const VgMediationProblem *problem, const double *theta,
                           const double *count, double *effect)
{
    const VgMediationLayout *l = &problem->layout;
    double alpha = theta[l->alpha + 1], beta = theta[vg_place_mediator(l)];
    double product = l->interaction ? theta[vg_place_mediator(l) + 1] : 0;
    double mean = theta[l->alpha], weights = 0;
    if (product != 0) {
        double sum = 0;
        for (size_t i = 0; i < problem->data->n; i++) {
            double w = count ? count[i] : 1;
            weights += w;
            for (size_t j = 0; j < l->covariates && w != 0; j++)
                sum += w * VG_AT(problem->data->covariates, i, j) * theta[l->alpha + 2 + j];
        }
        mean += sum / weights;
    }
    double direct = theta[vg_place_treatment(l)];
    effect[VG_EFFECT_INDIRECT_CONTROL] = alpha * beta;
    effect[VG_EFFECT_INDIRECT_TREATED] = alpha * (beta + product);
    effect[VG_EFFECT_INDIRECT_AVERAGE] = alpha * (beta + product / 2);
    effect[VG_EFFECT_DIRECT_CONTROL] = direct + product * mean;
    effect[VG_EFFECT_DIRECT_TREATED] = direct + product * (mean + alpha);
    effect[VG_EFFECT_DIRECT_AVERAGE] = direct + product * (mean + alpha / 2);
    double total = effect[VG_EFFECT_INDIRECT_TREATED] + effect[VG_EFFECT_DIRECT_CONTROL];
    effect[VG_EFFECT_TOTAL] = total;
    for (int k = 0; k < 3; k++)
        effect[VG_EFFECT_PROPORTION_CONTROL + k] = effect[VG_EFFECT_INDIRECT_CONTROL + k] / total;
}

void vg_mediation_means(const VgMediationProblem *problem, const double *theta, const double *count,
                        double tolerance, double *mean)
{
    Point point;
    set_point(&point, problem, theta, count, tolerance);
    double weights = 0;
    memset(mean, 0, 4 * problem->n_outputs * sizeof(double));
    Shared s;
    for (size_t first = 0; first < problem->data->n; first += BLOCK) {
        shared_parts(&point, first, &s);
        for (size_t i = 0; i < s.n; i++) {
            double w = count ? count[first + i] : 1;
            weights += w;
            if (w != 0)
                add_row(&point, s.mediator[i], s.outcome[i], w, mean);
        }
    }
    for (size_t k = 0; k < 4 * problem->n_outputs; k++)
        mean[k] /= weights;
}

void vg_mediation_effects(const VgMediationProblem *problem, const double *theta,
                          const double *count, double tolerance, double *effect)
{
    if (problem->closed) {
        closed_effects(problem, theta, count, effect);
        return;
    }
    double *mean = effect; /* the 4 of each output fit where its 10 effects go: from the end */
    vg_mediation_means(problem, theta, count, tolerance, mean);
    for (size_t r = problem->n_outputs; r-- > 0;) {
        double four[4];
        memcpy(four, mean + 4 * r, sizeof four);
        vg_effects_from_means(four, effect + r * VG_EFFECT_COUNT);
    }
}
