/* What the files of one `plan: mechanism` share. */
#ifndef VG_MECHANISM_MECHANISM_INTERNAL_H
#define VG_MECHANISM_MECHANISM_INTERNAL_H

#include <vagus/channels.h>
#include <vagus/mechanism_plan.h>

#include "study/axis_values.h"
#include "mechanism/columns.h"

typedef struct VgMechanism {
    const VgStudy *study;
    const VgMechanismPlan *plan;
    VgArena *arena; /* of this analysis */
    VgResult *result;
    bool *keep;        /* participants of the arms compared */
    double *treatment; /* 0, 1; NaN for the others */
    const char *treated, *control, *treated_label, *control_label;
    const char *outcome, *outcome_label, *unit;
    double important_difference; /* of the outcome; NaN = none */
    int benefit;                 /* −1: lower is better; 1; 0 = not told */
    VgMediationTable rows;
    VgChannelsTable table;
    VgChannelsOptions options;
    VgChannels fit;
    VgMarkerReliability *reliability; /* n_nodes + 1 (the last: of no node); value 0 = not told */
    size_t n_censored;                /* values of markers beyond a limit, among the rows used */
    const char *adjusted_for;
} VgMechanism;

/* mechanism_table.c: arms, rows, markers, covariates and reliabilities, into m->table. */
VG_MUST_CHECK VgStatus vg_mechanism_table(VgMechanism *m, VgError *error);
/* What stands beside the treatment in every model: measured causes that `acts` says act on what is modelled, the plan's
 * covariates, strata. `acts` has axis->n_nodes entries. */
VG_MUST_CHECK VgStatus vg_mechanism_covariates(VgMechanism *m, VgColumns *columns, const bool *acts,
                                               const bool *keep, VgError *error);
/* Marks the confounders with an arrow into the end. */
void vg_mechanism_causes(const VgAxis *axis, VgAxisEnd of, bool *acts);
/* 1 for those whose arm has the component, 0 for other randomised ones, else NaN. NULL when memory is short. */
double *vg_mechanism_given(const VgMechanism *m, size_t component);

/* mechanism_edges.c: the datasets axis_nodes and axis_edges. */
VG_MUST_CHECK VgStatus vg_mechanism_edges(VgMechanism *m, VgError *error);

/* mechanism_words.c: verdicts, answer, assumptions. */
void vg_mechanism_words(VgMechanism *m);

/* mechanism_methods.c: paragraphs and references. */
void vg_mechanism_methods(VgMechanism *m);

#endif
