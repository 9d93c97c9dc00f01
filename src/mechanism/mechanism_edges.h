/* What the files of declared arrows share: ends, equations, nodes. */
#ifndef VG_MECHANISM_EDGES_H
#define VG_MECHANISM_EDGES_H

#include <vagus/lm.h>
#include <vagus/panel_layer.h>

#include "mechanism/mechanism_internal.h"

/* An arrow into a target, as it stands in the target's equation. */
typedef struct VgMechanismParent {
    const VgAxisArrow *arrow;
    size_t visit; /* of the parent; VG_AT_BASELINE for the first; of components the target's */
    const char *column; /* its term; NULL = not in the equation */
    double sd;          /* within arms, of the rows used */
    const char *note;   /* why not */
} VgMechanismParent;

typedef struct VgMechanismEquation {
    VgAxisEnd target;
    size_t visit;
    VgMechanismParent *parent;
    size_t n_parents;
    bool randomised;     /* treatments only are in it */
    const char *lacking; /* parents that are not in it, in words */
} VgMechanismEquation;

/* mechanism_ends.c */
bool vg_mechanism_same_end(VgAxisEnd a, VgAxisEnd b);
bool vg_mechanism_is_component(const VgAxis *axis, VgAxisEnd end);
const char *vg_mechanism_end_label(const VgAxis *axis, VgAxisEnd end);
bool vg_mechanism_end_measured(const VgStudy *study, VgAxisEnd end, size_t visit);
VG_MUST_CHECK VgStatus vg_mechanism_end_values(VgMechanism *m, VgAxisEnd end, size_t visit,
                                               double **value, VgError *error);
const char *vg_mechanism_end_unit(VgMechanism *m, VgAxisEnd end);

/* mechanism_equations.c: the visit of the target (SIZE_MAX: nowhere measured); the fit, and the target's SD within arms. */
void vg_mechanism_choose_visit(const VgMechanism *m, VgMechanismEquation *e);
VG_MUST_CHECK VgStatus vg_mechanism_fit_equation(VgMechanism *m, VgColumns *columns,
                                                 VgMechanismEquation *e, const bool *keep,
                                                 VgLm **fit, double *target_sd, VgError *error);

/* mechanism_nodes.c */
VG_MUST_CHECK VgStatus vg_mechanism_nodes(VgMechanism *m, VgError *error);

#endif
