/* What figures and pages look up in the rows of `plan: mechanism`: the ways from a treatment to an outcome. */
#ifndef VG_REPORT_MECHANISM_H
#define VG_REPORT_MECHANISM_H

#include "report/view.h"

/* Through a channel, or all of them together, or none (direct), or any (total). */
typedef struct VgMechanismWay {
    const char *name, *label;               /* of a channel, or of a mediator without channels */
    const char *verdict, *text;             /* of a channel; may be NULL */
    const VgEstimate *measured, *corrected; /* corrected for measurement error; may be NULL */
    const VgEstimate *share,
        *corrected_share; /* of the total; without numbers where there is none */
} VgMechanismWay;

typedef struct VgMechanism {
    const VgViewAnalysis *analysis;
    VgMechanismWay *way; /* through one channel each, as declared */
    size_t n;
    VgMechanismWay direct, all, total;
    const char *outcome, *visit, *unit; /* in words */
    int decimals;                       /* that suit the total's error */
    bool corrected;                     /* there are corrected rows */
    bool directed, lower_is_better;     /* `directed`: it is known which side is better */
} VgMechanism;

bool vg_is_mechanism(const VgViewAnalysis *analysis);
/* False when the analysis gave no effects (or memory is short, which the arena tells). */
bool vg_mechanism_read(const VgView *view, const VgViewAnalysis *analysis, VgMechanism *mechanism);
/* A text fact of it, or NULL. */
const char *vg_mechanism_fact(const VgView *view, const VgViewAnalysis *analysis, const char *key);
/* A row of `sensitivity` (`rho_at_zero`, `e_value` …) or of another quantity of one channel; NULL when there is none.
 * `corrected` prefers a row that is corrected for measurement error. */
const VgEstimate *vg_mechanism_row(const VgView *view, const VgMechanism *mechanism,
                                   const char *quantity, const char *feature,
                                   const VgMechanismWay *way, bool corrected);

#endif
