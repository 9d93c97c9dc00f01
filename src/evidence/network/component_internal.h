/* What the component files share. */
#ifndef VG_EVIDENCE_COMPONENT_INTERNAL_H
#define VG_EVIDENCE_COMPONENT_INTERNAL_H

#include <vagus/network.h>

/* Behind VgComponentFit.internal_: β = row_space γ, covariances of γ; what lies outside the row space is not
 * determined. */
typedef struct VgComponentModel {
    VgMatrix row_space; /* n_components × rank, orthonormal */
    double *gamma[2];   /* common, random */
    VgMatrix covariance[2];
    const char *separator, *inactive;
    size_t n_single; /* components that are no interaction */
    VgArena *arena;
} VgComponentModel;

/* The components of a treatment's name, trimmed; the names are made in the arena. */
VG_MUST_CHECK VgStatus vg_component_names(VgArena *arena, const char *treatment,
                                          const char *separator, const char ***name, size_t *n,
                                          VgError *error);

/* Components (columns) of the treatments, with interactions; fills component, n_components and design of the fit. */
VG_MUST_CHECK VgStatus vg_component_design(VgArena *arena, const VgNetwork *network,
                                           const VgComponentOptions *options, VgComponentFit *fit,
                                           VgComponentModel *model, VgError *error);

/* Columns of the declared interactions behind the n components; fills component and design of the fit. */
VG_MUST_CHECK VgStatus vg_component_interactions(VgArena *arena, const VgNetwork *network,
                                                 const VgComponentOptions *options,
                                                 VgComponentFit *fit, size_t n, VgError *error);

/* 1 when a row of the design (its elements `stride` apart) holds a component of each side, else 0. */
double vg_interaction_holds(const VgComponentEffect *interaction, const double *row, size_t stride);

/* Row of the design for any combination of known components ("a + b"; the inactive one counts nought). */
VG_MUST_CHECK VgStatus vg_component_row(const VgComponentFit *fit, const char *combination,
                                        double *row, VgError *error);

/* The answer of an interaction as found, in words: fills sentence, n_sentences and brief. `side` is what is added, then
 * the base. */
VG_MUST_CHECK VgStatus vg_component_words(VgArena *arena, const VgComponentFit *fit, size_t column,
                                          const VgInteractionSide *const side[2],
                                          const VgAdjunctWords *words, VgAdjunct *answer,
                                          VgError *error);

/* Whether treatments that share an interaction differ in it: what Q loses when each has its own (common effect). */
VG_MUST_CHECK VgStatus vg_component_agreement(VgArena *arena, const VgComponentFit *fit,
                                              size_t column, VgNetworkQ *out, VgError *error);

/* Components of a side that stand in a treatment with the other side (component indices into `out`, n of the side). */
size_t vg_component_combined(const VgComponentFit *fit, size_t column,
                             const VgInteractionSide *side, size_t *out);

#endif
