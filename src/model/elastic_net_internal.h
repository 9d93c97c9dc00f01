/* What the files of the elastic net share: the standardised problem, and where the descent stands. */
#ifndef VG_MODEL_ELASTIC_NET_INTERNAL_H
#define VG_MODEL_ELASTIC_NET_INTERNAL_H

#include <vagus/elastic_net.h>

/* Up to so many columns (glmnet's number too) all cross-products of a gaussian problem are taken at once. */
enum { VG_NET_WHOLE_GRAM = 500 };

/* Columns that may be non-zero. Their cross-products, and a and g in the members' order, serve covariance updates. */
typedef struct VgNetMembers {
    size_t count;
    size_t *column; /* q: which */
    bool *is;       /* q: by column */
    double *gram;   /* capacity × capacity, symmetric; of the first `gram_count` members */
    size_t gram_count, capacity;
    double *a, *g; /* q: compact */
    size_t *nonzero;
} VgNetMembers;

/* On the standardised scale: minimise ½ Σ v (z − x'a)² + λ Σ f [(1 − α)/2 a² + α|a|]. */
typedef struct VgNet {
    VgArena *scratch;
    VgElasticNetFamily family;
    size_t n, p, q; /* rows, features, columns: features and, binomial, the intercept */
    double alpha, threshold;
    VgMatrix x;               /* n × q, centred and scaled; gaussian: times √weight */
    double *weight;           /* n, sum 1 */
    double *y, *offset;       /* n; gaussian: offset taken off, centred, scaled, times √weight */
    double *centre, *scale;   /* q */
    double y_centre, y_scale; /* gaussian */
    double *factor;           /* q: penalty factors; 0 = unpenalised, INFINITY = left out */
    double *lower, *upper;    /* q */
    double *a;                /* q: coefficients */
    double *eta;              /* n: X a (+ offset) */
    double *r;                /* n: gaussian y − eta; binomial weight × (y − probability) */
    double *g;                /* q: X'r at the last look at each column */
    double *v;                /* n: curvature; NULL = 1 */
    double *h;                /* q: Σ v x², of members */
    double *cross;            /* q: X'y when all cross-products are held, else NULL */
    double deviance, null_deviance; /* share of the null one; binomial: half, per unit of weight */
    VgNetMembers members;
    size_t *strong, n_strong; /* columns that the strong rule let in */
    bool *is_strong;
    double *before, *step; /* q: scratch of Newton's method */
    size_t cycles, max_cycles;
} VgNet;

/* Checks, copies and standardises. Rows: all, or `n_rows` of them by index. */
VG_MUST_CHECK VgStatus vg_net_build(VgArena *scratch, const VgElasticNetData *data,
                                    const VgElasticNetOptions *options, const size_t *rows,
                                    size_t n_rows, VgNet *net, VgError *error);

/* The minimiser over the members of the quadratic that v, h, r stand for, from a on. Leaves a; r and eta are the
 * caller's to renew. */
VG_MUST_CHECK VgStatus vg_net_descend(VgNet *net, double lambda, VgError *error);

/* All columns become members in their own order and `cross` is X'y: from here on a gaussian problem needs nothing of length n. */
VG_MUST_CHECK VgStatus vg_net_hold_all(VgNet *net, VgError *error);

/* The minimiser over the members of the family's own objective; leaves a, eta, r. */
VG_MUST_CHECK VgStatus vg_net_gaussian(VgNet *net, double lambda, VgError *error);
VG_MUST_CHECK VgStatus vg_net_binomial(VgNet *net, double lambda, VgError *error);

/* r and v of the binomial at eta; returns half its deviance per unit of weight. */
double vg_net_binomial_look(VgNet *net);

/* The path on a problem that has been built; points go to `arena`. */
VG_MUST_CHECK VgStatus vg_net_path(VgArena *arena, VgNet *net, const VgElasticNetOptions *options,
                                   VgElasticNetPath *path, VgError *error);

static inline VgStatus vg_net_solve(VgNet *net, double lambda, VgError *error)
{
    return net->family == VG_ELASTIC_NET_BINOMIAL ? vg_net_binomial(net, lambda, error)
                                                  : vg_net_gaussian(net, lambda, error);
}

#endif
