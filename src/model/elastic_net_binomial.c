/* The binomial objective − Σ w [y η − log(1 + e^η)] + penalty by Newton's method: each step is the minimiser of the
 * quadratic with curvatures v = w π(1 − π) at the current fit, halved while the objective would rise. */
#include <math.h>
#include <string.h>

#include <cblas.h>

#include "model/elastic_net_internal.h"
#include "numeric/wide.h"

enum { MOST_HALVINGS = 40 };

/* − log-likelihood of the saturated model for shares: the part of the deviance that no fit reaches. */
static double saturated(double y)
{
    return (y > 0 ? y * log(y) : 0) + (y < 1 ? (1 - y) * log1p(-y) : 0);
}

double vg_net_binomial_look(VgNet *net)
{
    double sum = 0;
    for (size_t i = 0; i < net->n; i++) {
        double eta = net->eta[i], y = net->y[i], w = net->weight[i];
        double e = exp(-fabs(eta)), small = e / (1 + e); /* the smaller of π, 1 − π */
        net->r[i] = w * (y - (eta > 0 ? 1 / (1 + e) : small));
        net->v[i] = w * small / (1 + e);
        sum += w * (fmax(eta, 0) + log1p(e) - y * eta + saturated(y));
    }
    net->deviance = sum;
    return sum;
}

VG_WIDE static double curvature(const double *restrict v, const double *restrict x, size_t n)
{
    double h = 0;
#pragma omp simd reduction(+ : h)
    for (size_t i = 0; i < n; i++)
        h += v[i] * x[i] * x[i];
    return h;
}

static double penalty(const VgNet *net, double lambda)
{
    double sum = 0;
    for (size_t t = 0; t < net->members.count; t++) {
        size_t k = net->members.column[t];
        double a = net->a[k];
        sum += net->factor[k] * ((1 - net->alpha) / 2 * a * a + net->alpha * fabs(a));
    }
    return lambda * sum;
}

/* eta += share · X step. */
static void move_eta(VgNet *net, double share)
{
    for (size_t t = 0; t < net->members.count; t++) {
        size_t k = net->members.column[t];
        double by = share * net->step[k];
        if (by != 0)
            cblas_daxpy((int)net->n, by, &VG_AT(net->x, 0, k), 1, net->eta, 1);
    }
}

VgStatus vg_net_binomial(VgNet *net, double lambda, VgError *error)
{
    const VgNetMembers *m = &net->members;
    double objective = vg_net_binomial_look(net) + penalty(net, lambda), most;
    do {
        net->members.gram_count = 0; /* of other curvatures */
        for (size_t t = 0; t < m->count; t++) {
            size_t k = m->column[t];
            net->h[k] = curvature(net->v, &VG_AT(net->x, 0, k), net->n);
            net->before[k] = net->a[k];
        }
        VG_TRY(vg_net_descend(net, lambda, error));
        most = 0;
        for (size_t t = 0; t < m->count; t++) {
            size_t k = m->column[t];
            net->step[k] = net->a[k] - net->before[k];
            most = fmax(most, net->h[k] * net->step[k] * net->step[k]);
        }
        move_eta(net, 1);
        double share = 1, after = vg_net_binomial_look(net) + penalty(net, lambda);
        for (int halvings = 0; after > objective + 1e-12 && halvings < MOST_HALVINGS; halvings++) {
            share /= 2;
            move_eta(net, -share);
            for (size_t t = 0; t < m->count; t++) {
                size_t k = m->column[t];
                net->a[k] = net->before[k] + share * net->step[k];
            }
            after = vg_net_binomial_look(net) + penalty(net, lambda);
        }
        objective = after;
    } while (most >= net->threshold);
    return VG_OK;
}
