/* Root of a function of one variable between two points where its sign differs. */
#ifndef VG_NUMERIC_ROOT_H
#define VG_NUMERIC_ROOT_H

#include <stdbool.h>

typedef double (*VgFunction)(double x, const void *context);

/* Brent's method to machine precision; exact zeros are returned as they are met. False when f(low)
 * and f(high) have the same sign or f is NaN on the way. Source: Brent 1973, chapter 4. */
bool vg_root(VgFunction function, const void *context, double low, double high, double *root);

#endif
