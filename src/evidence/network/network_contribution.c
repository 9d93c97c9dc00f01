/* How much each direct comparison contributes to each network estimate.
 *
 * The hat matrix of the aggregated network, H = B L⁺ Bᵀ W with one edge a comparison, sends one unit of flow from the
 * first treatment of a pair to the second. The flow is taken apart into streams along shortest paths (fewest edges); a
 * stream of flow f over k edges gives f/k to each of them. Rows add up to 1. Where several paths are shortest, which goes
 * first is a convention: treatments are visited in the order in which the list of edges, each written downstream, first
 * names them, as netmeta does. Source: König 2013; Papakonstantinou 2018, F1000Research 7:610; netmeta's netcontrib(method = "shortestpath"). */
#include "evidence/network/network_internal.h"

#include <math.h>
#include <string.h>

#include "numeric/linear_algebra.h"

/* Flow below this is rounding. */
static const double NO_FLOW = 1e-12;

/* Breadth-first from `source`: parent of every treatment reached, n where none. */
static void shortest_paths(size_t n, VgMatrix flow, size_t source, const size_t *visit,
                           size_t *parent, size_t *queue)
{
    size_t head = 0, tail = 0;
    for (size_t i = 0; i < n; i++)
        parent[i] = n;
    parent[source] = source;
    queue[tail++] = source;
    while (head < tail) {
        size_t at = queue[head++];
        for (size_t v = 0; v < n; v++) {
            size_t next = visit[v];
            if (parent[next] == n && VG_AT(flow, at, next) > NO_FLOW) {
                parent[next] = at;
                queue[tail++] = next;
            }
        }
    }
}

/* Takes the streams from source to sink out of `flow`; share(i, j), i < j, gets each edge's part. */
static void take_streams(size_t n, VgMatrix flow, size_t source, size_t sink, VgMatrix share,
                         const size_t *visit, size_t *parent, size_t *queue)
{
    for (;;) {
        shortest_paths(n, flow, source, visit, parent, queue);
        if (parent[sink] == n)
            return;
        double least = INFINITY, edges = 0.0;
        for (size_t at = sink; at != source; at = parent[at], edges += 1.0)
            least = fmin(least, VG_AT(flow, parent[at], at));
        for (size_t at = sink; at != source; at = parent[at]) {
            size_t from = parent[at];
            VG_AT(flow, from, at) -= least;
            VG_AT(share, from < at ? from : at, from < at ? at : from) += least / edges;
        }
    }
}

VgStatus vg_network_contribution(VgArena *arena, const VgNetworkFit *fit, bool random,
                                 VgMatrix *contribution, VgError *error)
{
    const VgNetwork *network = fit->network;
    size_t n = network->n_treatments, row = 0;
    VgGls gls = {.network = network};
    VG_TRY(vg_network_basis(arena, network, fit->reference, &gls.basis, error));
    VG_TRY(vg_gls_start(arena, &gls, error));
    VG_TRY(vg_gls_fit(&gls, random ? fit->tau2.tau2 : 0.0, false, error));
    VgMatrix inverse = vg_matrix_new(arena, n, n), half = vg_matrix_new(arena, n, gls.basis.cols);
    VgMatrix flow = vg_matrix_new(arena, n, n), share = vg_matrix_new(arena, n, n);
    size_t *visit = VG_NEW(arena, size_t, n), *parent = VG_NEW(arena, size_t, n),
           *queue = VG_NEW(arena, size_t, n);
    *contribution = vg_matrix_new(arena, n * (n - 1) / 2, network->n_edges);
    if (!inverse.data || !half.data || !flow.data || !share.data || !visit || !parent || !queue ||
        !contribution->data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < gls.basis.cols; j++)
        for (size_t k = 0; k < gls.basis.cols; k++)
            for (size_t i = 0; i < n; i++)
                VG_AT(half, i, j) += VG_AT(gls.basis, i, k) * VG_AT(gls.covariance, k, j);
    for (size_t k = 0; k < gls.basis.cols; k++)
        for (size_t j = 0; j < n; j++)
            for (size_t i = 0; i < n; i++)
                VG_AT(inverse, i, j) += VG_AT(half, i, k) * VG_AT(gls.basis, j, k);
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++, row++) {
            memset(flow.data, 0, n * n * sizeof(double));
            memset(share.data, 0, n * n * sizeof(double));
            for (size_t k = 0; k < n; k++)
                parent[k] = n; /* seen? */
            size_t seen = 0;
            for (size_t e = 0; e < network->n_edges; e++) {
                size_t a = network->edge[e].first, b = network->edge[e].second;
                double x =
                    -VG_AT(gls.laplacian[0], a, b) * (VG_AT(inverse, i, a) - VG_AT(inverse, i, b) -
                                                      VG_AT(inverse, j, a) + VG_AT(inverse, j, b));
                size_t end[2] = {x > 0.0 ? a : b, x > 0.0 ? b : a};
                VG_AT(flow, end[0], end[1]) = fabs(x);
                for (int g = 0; g < 2; g++)
                    if (parent[end[g]] == n)
                        visit[parent[end[g]] = seen++] = end[g];
            }
            take_streams(n, flow, i, j, share, visit, parent, queue);
            for (size_t e = 0; e < network->n_edges; e++)
                VG_AT(*contribution, row, e) =
                    VG_AT(share, network->edge[e].first, network->edge[e].second);
        }
    return VG_OK;
}
