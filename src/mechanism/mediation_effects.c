/* g-computation: the mean outcome with treatment a and the mediator as it is distributed under b, for
 * the four pairs (a, b), averaged over the rows' covariates; effects are differences of those.
 *
 * The mediator is integrated, not drawn: a binary one is a sum of two; a normal one leaves Phi in closed form, E
 * Phi(u + s Z) = Phi(u / sqrt(1 + s²)), and the logistic by the trapezoidal rule over Z, whose error falls as exp(−2π²/(s h))
 * and exp(−2π²/h²) (Trefethen & Weideman 2014): exact to the tolerance with some 35 nodes. */
#include <math.h>
#include <string.h>

#include "mechanism/mediation_internal.h"
#include "numeric/distributions.h"

enum { MOST_NODES = 1025 };

/* Nodes and weights of a standard normal. */
typedef struct Rule {
    size_t n;
    double *node, *weight;
} Rule;

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

static double normal(double x)
{
    return vg_normal_upper(-x);
}

/* A rule for the logistic of u + s Z. The buffer has 2 × MOST_NODES. */
static Rule make_rule(double s, double tolerance, double *buffer)
{
    double digits = -log(tolerance), pi2 = 2 * M_PI * M_PI;
    double h = fmin(sqrt(pi2 / digits), pi2 / (digits * fmax(s, 1e-12)));
    double reach = sqrt(2 * digits) + h;
    size_t side = (size_t)fmin(ceil(reach / h), (MOST_NODES - 1) / 2);
    h = reach /
        (double)side; /* a slope so steep that the nodes are at their limit: a step nearly */
    Rule rule = {.n = 2 * side + 1, .node = buffer, .weight = buffer + MOST_NODES};
    double sum = 0;
    for (size_t k = 0; k < rule.n; k++) {
        double z = h * ((double)k - (double)side);
        rule.node[k] = s * z;
        rule.weight[k] = exp(-z * z / 2);
        sum += rule.weight[k];
    }
    for (size_t k = 0; k < rule.n; k++)
        rule.weight[k] /= sum;
    return rule;
}

/* Everything at one theta. */
typedef struct Point { /* the buffers are large: fields are set one by one */
    const VgMediationProblem *problem;
    const double *theta;
    bool binary, probit_mediator, probit_outcome;
    double slope[2], spread[2]; /* of the outcome in the mediator, in control and treated */
    Rule rule[2];
    double buffer[2][2 * MOST_NODES];
} Point;

/* E F(u + slope M) for a row whose mediator has mean m (binary: probability m of 1). */
static double expected(const Point *p, int a, double u, double m)
{
    if (p->binary) {
        double without = p->probit_outcome ? normal(u) : logistic(u);
        double with = p->probit_outcome ? normal(u + p->slope[a]) : logistic(u + p->slope[a]);
        return (1 - m) * without + m * with;
    }
    double centre = u + p->slope[a] * m;
    if (p->probit_outcome)
        return normal(centre / sqrt(1 + p->spread[a] * p->spread[a]));
    double sum = 0;
    for (size_t k = 0; k < p->rule[a].n; k++)
        sum += p->rule[a].weight[k] * logistic(centre + p->rule[a].node[k]);
    return sum;
}

static void set_point(Point *p, const VgMediationProblem *problem, const double *theta,
                      double tolerance)
{
    const VgMediationLayout *l = &problem->layout;
    VgMediationModel mediator = problem->options->mediator_model;
    p->problem = problem;
    p->theta = theta;
    p->binary = mediator == VG_MEDIATION_LOGISTIC || mediator == VG_MEDIATION_PROBIT;
    p->probit_mediator = mediator == VG_MEDIATION_PROBIT;
    p->probit_outcome = problem->options->outcome_model == VG_MEDIATION_PROBIT;
    for (int a = 0; a < 2; a++) {
        p->slope[a] = theta[vg_place_mediator(l)] +
                      (a && l->interaction ? theta[vg_place_mediator(l) + 1] : 0);
        p->spread[a] = p->binary ? 0 : fabs(p->slope[a] * theta[l->sigma]);
        if (!p->binary && !p->probit_outcome && !problem->closed)
            p->rule[a] = make_rule(p->spread[a], tolerance, p->buffer[a]);
    }
}

/* The mediator's mean of row i under arm b, from the part that both arms share. */
static double mediator_mean(const Point *p, double shared, int b)
{
    double eta = shared + (b ? p->theta[p->problem->layout.alpha + 1] : 0);
    return !p->binary ? eta : p->probit_mediator ? normal(eta) : logistic(eta);
}

/* Adds row i's weighted outputs to mean[output][2a + b]. */
static void add_row(const Point *p, size_t i, double weight, double *mean)
{
    const VgMediationProblem *problem = p->problem;
    const VgMediationLayout *l = &problem->layout;
    const double *theta = p->theta;
    double shared = theta[l->alpha], own = l->intercept ? theta[l->beta] : 0;
    for (size_t j = 0; j < l->covariates; j++) {
        double c = VG_AT(problem->data->covariates, i, j);
        shared += c * theta[l->alpha + 2 + j];
        own += c * theta[vg_place_treatment(l) + 1 + j];
    }
    bool identity = problem->options->outcome_model == VG_MEDIATION_LINEAR ||
                    problem->options->outcome_model == VG_MEDIATION_MIXED;
    for (int b = 0; b < 2; b++) {
        double m = mediator_mean(p, shared, b);
        for (int a = 0; a < 2; a++) {
            double u = own + (a ? theta[vg_place_treatment(l)] : 0);
            size_t pair = (size_t)(2 * a + b);
            if (identity) {
                mean[pair] += weight * (u + p->slope[a] * m);
            } else if (l->n_cut == 0) {
                mean[pair] += weight * expected(p, a, u, m);
            } else {
                double above = 1; /* P(Y > k) */
                mean[pair] += weight;
                for (size_t k = 0; k < l->n_cut; k++) {
                    double next = expected(p, a, u - theta[l->cut + k], m);
                    mean[pair] += weight * next;
                    mean[4 * (k + 1) + pair] += weight * (above - next);
                    above = next;
                }
                mean[4 * (l->n_cut + 1) + pair] += weight * above;
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
    set_point(&point, problem, theta, tolerance);
    double weights = 0;
    memset(mean, 0, 4 * problem->n_outputs * sizeof(double));
    for (size_t i = 0; i < problem->data->n; i++) {
        double w = count ? count[i] : 1;
        weights += w;
        if (w != 0)
            add_row(&point, i, w, mean);
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
