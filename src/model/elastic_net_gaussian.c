/* The gaussian objective is the quadratic itself; the binomial's is one Newton step after another. */
#include <math.h>
#include <string.h>

#include <cblas.h>

#include "model/elastic_net_internal.h"

VgStatus vg_net_gaussian(VgNet *net, double lambda, VgError *error)
{
    VG_TRY(vg_net_descend(net, lambda, error));
    if (net->cross) /* all gradients come from cross-products: nothing of length n is needed */
        return VG_OK;
    memset(net->eta, 0, net->n * sizeof *net->eta);
    for (size_t t = 0; t < net->members.count; t++) {
        size_t k = net->members.column[t];
        if (net->a[k] != 0)
            cblas_daxpy((int)net->n, net->a[k], &VG_AT(net->x, 0, k), 1, net->eta, 1);
    }
    for (size_t i = 0; i < net->n; i++)
        net->r[i] = net->y[i] - net->eta[i];
    return VG_OK;
}
