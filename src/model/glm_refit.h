/* One model fitted to many resamples of the same rows: least squares, logistic, probit. */
#ifndef VG_MODEL_GLM_REFIT_H
#define VG_MODEL_GLM_REFIT_H

#include <stdbool.h>

#include <vagus/glm.h>

typedef struct VgGlmRefit {
    size_t n, p, width;
    bool linear, probit;
    double *row;               /* n × width: standardised columns of x, zeros at the end */
    double *weight, *residual; /* n: information and score of each row at the fit to all rows */
    const double *y;
    double *start;          /* p: that fit, in the standardised columns */
    double *centre, *scale; /* p */
} VgGlmRefit;

/* Makes ready for resamples of `data`, whose fit to all rows is `beta`. The first column of x is all ones; no weights,
 * no offset. Gaussian with the identity, binomial with logit or probit. */
VG_MUST_CHECK VgStatus vg_glm_refit_prepare(VgArena *arena, const VgGlmData *data,
                                            const VgGlmOptions *options, const double *beta,
                                            VgGlmRefit *refit, VgError *error);

/* Maximum likelihood of the rows counted `count` (whole numbers, n): the estimate that vg_glm_fit gives with these weights, by
 * Newton from the fit to all rows. Its last step is below 1e-6 standard errors, so that the next would be below 1e-12.
 * `*squares` (may be NULL) gets the weighted residual sum of squares (linear). False where that is not reached in a few
 * steps (separation, columns that depend on each other): vg_glm_fit then says why. O(n p²) a step, rows of count 0 free. */
bool vg_glm_refit(VgArena *scratch, const VgGlmRefit *refit, const double *count, double *beta,
                  double *squares);

#endif
