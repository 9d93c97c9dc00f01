/* Denominator degrees of freedom of F tests from moments: what mmrm and lmm share. */
#ifndef VG_MODEL_DENOMINATOR_DF_H
#define VG_MODEL_DENOMINATOR_DF_H

#include <stddef.h>

/* From Satterthwaite's df of the single uncorrelated directions (mmrm 0.3.18, lmerTest). */
double vg_pool_df(const double *df, size_t n);

/* Kenward & Roger's λ and ν for `rank` rows from their a1 and a2. */
double vg_kenward_roger_moments(double a1, double a2, size_t rank, double *lambda);

#endif
