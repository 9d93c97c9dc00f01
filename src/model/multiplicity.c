/* Adjusted p-values: the step-wise procedures of R's p.adjust and Bonferroni-based graphs.
 * Sources: Holm 1979; Hochberg 1988; Hommel 1988 in the form of Wright 1992; Bretz, Maurer,
 * Brannath & Posch 2009, algorithm 2. METHODS 2.5. */
#include <vagus/multiplicity.h>

#include <math.h>
#include <string.h>

#include "base/compare.h"

static const char *const METHOD_NAME[VG_ADJUST_COUNT] = {"none", "bonferroni", "holm", "hochberg",
                                                         "hommel"};
/* Shares are typed by people with a few digits (1/3 as 0.333333333). */
static const double SUM_TOLERANCE = 1e-8;

const char *vg_multiplicity_name(VgMultiplicityMethod method)
{
    return method >= 0 && method < VG_ADJUST_COUNT ? METHOD_NAME[method] : NULL;
}

bool vg_multiplicity_from_name(const char *name, VgMultiplicityMethod *method)
{
    int i = vg_name_index(METHOD_NAME, VG_ADJUST_COUNT, name);
    if (i >= 0)
        *method = (VgMultiplicityMethod)i;
    return i >= 0;
}

bool vg_multiplicity_needs_positive_dependence(VgMultiplicityMethod method)
{
    return method == VG_ADJUST_HOCHBERG || method == VG_ADJUST_HOMMEL;
}

static VgStatus check_p_values(size_t n, const double *p, VgError *error)
{
    if (n == 0)
        return vg_fail(error, VG_INVALID_INPUT, "no hypothesis to adjust",
                       "give at least one p-value");
    for (size_t i = 0; i < n; i++)
        if (!(p[i] >= 0 && p[i] <= 1))
            return vg_fail(error, VG_INVALID_INPUT, "p-value %zu is %g, outside 0 to 1",
                           "leave out hypotheses that could not be tested", i + 1, p[i]);
    return VG_OK;
}

/* Indices by ascending p; equal values keep their order. n is small: insertion. */
static void sort_ascending(size_t n, const double *p, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = i;
        for (; k > 0 && p[order[k - 1]] > p[i]; k--)
            order[k] = order[k - 1];
        order[k] = i;
    }
}

static void holm(size_t n, const double *p, const size_t *order, double *sorted)
{
    double largest = 0;
    for (size_t k = 0; k < n; k++) {
        largest = fmax(largest, (double)(n - k) * p[order[k]]);
        sorted[k] = fmin(1, largest);
    }
}

static void hochberg(size_t n, const double *p, const size_t *order, double *sorted)
{
    double smallest = 1;
    for (size_t k = n; k-- > 0;) {
        smallest = fmin(smallest, (double)(n - k) * p[order[k]]);
        sorted[k] = smallest;
    }
}

/* Wright's algorithm; q is scratch of n. With m = n … 2: c_m is the smallest m p_(k)/(m − n + k)
 * over the last m − 1 values; the adjusted p is the largest of what the values of m allow. */
static void hommel(size_t n, const double *p, const size_t *order, double *sorted, double *q)
{
    double smallest = 1;
    for (size_t k = 0; k < n; k++)
        smallest = fmin(smallest, (double)n * p[order[k]] / (double)(k + 1));
    for (size_t k = 0; k < n; k++)
        sorted[k] = q[k] = smallest;
    for (size_t m = n; m-- > 2;) {
        size_t first = n - m + 1; /* values from here on are the last m − 1 */
        double c = (double)m * p[order[first]] / 2;
        for (size_t k = first + 1; k < n; k++)
            c = fmin(c, (double)m * p[order[k]] / (double)(k - first + 2));
        for (size_t k = 0; k < first; k++)
            q[k] = fmin((double)m * p[order[k]], c);
        for (size_t k = first; k < n; k++)
            q[k] = q[first - 1];
        for (size_t k = 0; k < n; k++)
            sorted[k] = fmax(sorted[k], q[k]);
    }
    for (size_t k = 0; k < n; k++)
        sorted[k] = fmax(sorted[k], p[order[k]]);
}

VgStatus vg_multiplicity_adjust(VgArena *arena, VgMultiplicityMethod method, size_t n,
                                const double *p, double *adjusted, VgError *error)
{
    VG_TRY(check_p_values(n, p, error));
    VgArenaMark mark = vg_arena_mark(arena);
    size_t *order = VG_NEW(arena, size_t, n);
    double *sorted = VG_NEW(arena, double, n);
    double *scratch = VG_NEW(arena, double, n);
    if (!order || !sorted || !scratch) {
        vg_arena_rewind(arena, mark);
        return vg_fail_memory(error);
    }
    sort_ascending(n, p, order);
    VgStatus status = VG_OK;
    switch (method) {
    case VG_ADJUST_NONE:
        for (size_t k = 0; k < n; k++)
            sorted[k] = p[order[k]];
        break;
    case VG_ADJUST_BONFERRONI:
        for (size_t k = 0; k < n; k++)
            sorted[k] = fmin(1, (double)n * p[order[k]]);
        break;
    case VG_ADJUST_HOLM:
        holm(n, p, order, sorted);
        break;
    case VG_ADJUST_HOCHBERG:
        hochberg(n, p, order, sorted);
        break;
    case VG_ADJUST_HOMMEL:
        hommel(n, p, order, sorted, scratch);
        break;
    default:
        status = vg_fail(error, VG_INVALID_INPUT, "no such multiplicity procedure: %d",
                         "use none, bonferroni, holm, hochberg or hommel", (int)method);
    }
    if (status == VG_OK)
        for (size_t k = 0; k < n; k++)
            adjusted[order[k]] = sorted[k];
    vg_arena_rewind(arena, mark);
    return status;
}

static VgStatus fail_hypothesis(const VgMultiplicityGraph *graph, size_t j, double value,
                                const char *what, const char *hint, VgError *error)
{
    if (graph->label && graph->label[j])
        return vg_fail(error, VG_INVALID_INPUT, "hypothesis '%s': %s %.10g", hint, graph->label[j],
                       what, value);
    return vg_fail(error, VG_INVALID_INPUT, "hypothesis %zu: %s %.10g", hint, j + 1, what, value);
}

VgStatus vg_multiplicity_graph_check(const VgMultiplicityGraph *graph, VgError *error)
{
    if (graph->n == 0)
        return vg_fail(error, VG_INVALID_INPUT, "the graph has no hypothesis",
                       "list at least one hypothesis with a weight");
    double total = 0;
    for (size_t j = 0; j < graph->n; j++) {
        if (!(graph->weight[j] >= 0 && graph->weight[j] <= 1 + SUM_TOLERANCE))
            return fail_hypothesis(graph, j, graph->weight[j],
                                   "weight is outside 0 to 1:", "weights are shares of alpha",
                                   error);
        total += graph->weight[j];
        double row = 0;
        for (size_t l = 0; l < graph->n; l++) {
            double g = graph->transition[j * graph->n + l];
            if (!(g >= 0 && g <= 1 + SUM_TOLERANCE))
                return fail_hypothesis(graph, j, g, "a transition is outside 0 to 1:",
                                       "transitions are shares of the hypothesis' alpha", error);
            if (l == j && g > 0)
                return fail_hypothesis(graph, j, g, "passes alpha to itself:",
                                       "set the transition of a hypothesis to itself to 0", error);
            row += g;
        }
        if (row > 1 + SUM_TOLERANCE)
            return fail_hypothesis(graph, j, row, "transitions sum to more than 1:",
                                   "a hypothesis cannot pass on more alpha than it holds", error);
    }
    if (total > 1 + SUM_TOLERANCE)
        return vg_fail(error, VG_INVALID_INPUT, "the weights sum to %.10g, more than 1",
                       "weights are shares of one alpha", total);
    return VG_OK;
}

/* Takes hypothesis j out: its weight and its arrows go to those still open. */
static void reject_from_graph(size_t n, size_t j, const bool *open, double *w, double *g,
                              double *next)
{
    for (size_t l = 0; l < n; l++) {
        if (!open[l] || l == j)
            continue;
        w[l] += w[j] * g[j * n + l];
        double loop = g[l * n + j] * g[j * n + l];
        for (size_t k = 0; k < n; k++) {
            bool keeps = open[k] && k != j && k != l && loop < 1;
            next[l * n + k] = keeps ? (g[l * n + k] + g[l * n + j] * g[j * n + k]) / (1 - loop) : 0;
        }
    }
    memcpy(g, next, n * n * sizeof *g);
}

VgStatus vg_multiplicity_graph_adjust(VgArena *arena, const VgMultiplicityGraph *graph,
                                      const double *p, double *adjusted, VgError *error)
{
    size_t n = graph->n;
    VG_TRY(vg_multiplicity_graph_check(graph, error));
    VG_TRY(check_p_values(n, p, error));
    VgArenaMark mark = vg_arena_mark(arena);
    double *w = VG_NEW(arena, double, n);
    double *result = VG_NEW(arena, double, n);
    bool *open = VG_NEW(arena, bool, n);
    double *g = vg_arena_alloc(arena, n, n * sizeof *g);
    double *next = vg_arena_alloc(arena, n, n * sizeof *next);
    if (!w || !result || !open || !g || !next) {
        vg_arena_rewind(arena, mark);
        return vg_fail_memory(error);
    }
    memcpy(w, graph->weight, n * sizeof *w);
    memcpy(g, graph->transition, n * n * sizeof *g);
    for (size_t j = 0; j < n; j++)
        open[j] = true;
    double largest = 0;
    for (size_t round = 0; round < n; round++) {
        size_t best = n;
        double smallest = INFINITY;
        for (size_t j = 0; j < n; j++) {
            /* no share of alpha: p = 0 is no exception */
            double ratio = w[j] > 0 ? p[j] / w[j] : INFINITY;
            if (open[j] && (best == n || ratio < smallest)) {
                best = j;
                smallest = ratio;
            }
        }
        largest = fmax(largest, fmin(1, smallest));
        result[best] = largest;
        reject_from_graph(n, best, open, w, g, next);
        open[best] = false;
    }
    memcpy(adjusted, result, n * sizeof *result);
    vg_arena_rewind(arena, mark);
    return VG_OK;
}
