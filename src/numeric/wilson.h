/* The score interval of a proportion (Wilson 1927). */
#ifndef VG_NUMERIC_WILSON_H
#define VG_NUMERIC_WILSON_H

/* @param n  people; weighted ones count as (Σw)²/Σw². `events` need be no whole number
 * @param z  of the normal distribution */
void vg_wilson_interval(double events, double n, double z, double *lower, double *upper);

#endif
