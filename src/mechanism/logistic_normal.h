/* E logistic(u + s Z), Z standard normal, for many u at one s. */
#ifndef VG_MECHANISM_LOGISTIC_NORMAL_H
#define VG_MECHANISM_LOGISTIC_NORMAL_H

#include <stdbool.h>
#include <stddef.h>

enum {
    VG_LOGISTIC_NODES = 1025,
    VG_LOGISTIC_GRID = 1024,
    VG_LOGISTIC_VALUES = 4096,
    VG_LOGISTIC_TERMS = 4
};

typedef struct VgLogisticNormal {
    size_t n; /* nodes of the trapezoidal rule, in u */
    size_t
        stride; /* nodes are so many steps of the table apart; 0 = they do not fall on its points */
    double node[VG_LOGISTIC_NODES], weight[VG_LOGISTIC_NODES];
    size_t grid;  /* points of the table; 0 = none */
    size_t terms; /* of the interpolation: fewer where the tolerance is coarse */
    double first;
    double table[VG_LOGISTIC_GRID][VG_LOGISTIC_TERMS]; /* value and even central differences */
    double value
        [VG_LOGISTIC_VALUES]; /* the logistic at the table's steps and beyond, by the nodes' reach */
} VgLogisticNormal;

/* The rule for `s`, right to `tolerance` (absolute). */
void vg_logistic_normal_rule(double s, double tolerance, VgLogisticNormal *self);

/* By the rule: some 15 exponentials at 1e-9, 35 at 1e-14. */
double vg_logistic_normal(const VgLogisticNormal *self, double u);

/* A table for u from `low` to `high` (left out where they are further apart than it has room for); what
 * vg_logistic_normal_read takes from it is right to 1e-11 more, where the tolerance is below 1e-10 to 2e-14. */
void vg_logistic_normal_table(VgLogisticNormal *self, double low, double high);
double vg_logistic_normal_read(const VgLogisticNormal *self, double u);

#endif
