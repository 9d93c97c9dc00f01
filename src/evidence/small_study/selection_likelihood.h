/* Log-likelihood of the step-function selection model with exact first and second derivatives. */
#ifndef VG_EVIDENCE_SELECTION_LIKELIHOOD_H
#define VG_EVIDENCE_SELECTION_LIKELIHOOD_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/matrix.h>
#include <vagus/small_study.h>

/* Parameters theta = (beta, tau², log weight of intervals 2 … J). */
typedef struct VgSelectionLikelihood {
    size_t k, p, n_intervals;
    const double *y, *v;    /* y as the selecting tail sees it: negated for "less" */
    VgMatrix x;             /* k × p, likewise negated */
    const size_t *interval; /* k: where the study's p value lies */
    const double *cut;      /* n_intervals − 1 standard normal cuts, descending */
    bool two_sided;
    bool tau2_zero;    /* hold tau² at 0 */
    double *workspace; /* vg_selection_workspace doubles */
} VgSelectionLikelihood;

size_t vg_selection_parameters(const VgSelectionLikelihood *likelihood);
size_t vg_selection_workspace(size_t p, size_t n_intervals);

/* Minus the log-likelihood; VgObjective.evaluate with a VgSelectionLikelihood as context. False where
 * a probability vanishes or a number overflows. */
bool vg_selection_evaluate(const void *context, const double *theta, double *value,
                           double *gradient, double *hessian);

#endif
