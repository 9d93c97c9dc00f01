/** @file multiplicity.h
 *  Adjusted p-values that keep the familywise error rate over several hypotheses. */
#ifndef VAGUS_MULTIPLICITY_H
#define VAGUS_MULTIPLICITY_H

#include <stdbool.h>

#include <vagus/arena.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum VgMultiplicityMethod {
    VG_ADJUST_NONE = 0,
    VG_ADJUST_BONFERRONI,
    VG_ADJUST_HOLM,
    VG_ADJUST_HOCHBERG, /**< needs positive dependence of the tests (say so) */
    VG_ADJUST_HOMMEL,   /**< needs positive dependence of the tests (say so) */
    VG_ADJUST_COUNT
} VgMultiplicityMethod;

/** none, bonferroni, holm, hochberg, hommel; NULL for no method. A static text. */
const char *vg_multiplicity_name(VgMultiplicityMethod method);
/** From that name; false, and *method as it was, when there is none such. */
bool vg_multiplicity_from_name(const char *name, VgMultiplicityMethod *method);

/** True for the procedures that hold only under positive dependence (Simes): the caller warns. */
bool vg_multiplicity_needs_positive_dependence(VgMultiplicityMethod method);

/** Adjusted p-values in the order of `p`, as R's p.adjust; reject where adjusted <= alpha.
 *  @param adjusted n entries; may be `p` itself
 *  @param arena    scratch, given back before return
 *  @return VG_INVALID_INPUT (n = 0, a p outside 0 … 1 or NaN: index named), VG_NO_MEMORY. O(n²) for
 * Hommel. Source: Holm 1979; Hochberg 1988; Hommel 1988; Wright 1992. */
VG_MUST_CHECK VgStatus vg_multiplicity_adjust(VgArena *arena, VgMultiplicityMethod method, size_t n,
                                              const double *p, double *adjusted, VgError *error);

/** A Bonferroni-based graph. Fixed sequence, gatekeeping, fallback and Holm are all graphs. */
typedef struct VgMultiplicityGraph {
    size_t n;
    const double *weight;     /**< n: >= 0, sum <= 1: shares of alpha */
    const double *transition; /**< n × n row-major: share of j's alpha that goes to l once j is
                                   rejected; >= 0, diagonal 0, row sums <= 1 */
    const char *const *label; /**< NULL, or n names for messages */
} VgMultiplicityGraph;

/** Whether weights and transitions are those of a graph (tolerance 1e-8 on sums).
 *  @return VG_INVALID_INPUT naming the hypothesis */
VG_MUST_CHECK VgStatus vg_multiplicity_graph_check(const VgMultiplicityGraph *graph,
                                                   VgError *error);

/** Adjusted p-values of the graph (at most 1), in the order of the hypotheses; `adjusted` may be
 * `p`. Source: Bretz, Maurer, Brannath & Posch 2009, algorithm 2. O(n³).
 *  @param p        n p-values
 *  @param adjusted n entries
 *  @param arena    scratch, given back before return
 *  @return what vg_multiplicity_graph_check returns; VG_INVALID_INPUT (a p outside 0 … 1 or NaN), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_multiplicity_graph_adjust(VgArena *arena,
                                                    const VgMultiplicityGraph *graph,
                                                    const double *p, double *adjusted,
                                                    VgError *error);

#ifdef __cplusplus
}
#endif
#endif
