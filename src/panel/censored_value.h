/* One value of the censored normal model in Olsen's parameters: z = h y − η with h = 1/σ, η = x'β/σ. */
#ifndef VG_PANEL_CENSORED_VALUE_H
#define VG_PANEL_CENSORED_VALUE_H

#include <stdbool.h>

/* Log-likelihood (with log h of an observed value) and its derivatives; s is a shift of z, so that ∂/∂η = −∂/∂s. */
typedef struct VgCensoredValue {
    double value, d_s, d_h, d_ss, d_sh, d_hh;
} VgCensoredValue;

/* lower <= upper, not both infinite. */
VgCensoredValue vg_censored_value(double lower, double upper, double h, double eta);

/* Neither bound says anything, or one is NaN. */
bool vg_bounds_missing(double lower, double upper);

/* The number in whose place a bound stands when a start is needed. */
double vg_bounds_middle(double lower, double upper);

/* Standard normal truncated to [a, b] at the uniform u. */
double vg_truncated_normal(double a, double b, double u);

#endif
