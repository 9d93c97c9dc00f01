/* What the files of the generalised linear model share; see glm.c for the method. */
#ifndef VG_MODEL_GLM_INTERNAL_H
#define VG_MODEL_GLM_INTERNAL_H

#include <vagus/glm.h>

/* One row at a linear predictor. */
typedef struct VgGlmRow {
    double mu;
    double slope;  /* d mu / d eta */
    double weight; /* expected information about eta, prior weight included */
    double score;  /* d loglik / d eta, prior weight included */
    double loglik; /* up to a constant in eta; −infinity outside the model */
} VgGlmRow;

/* A model of one row: family, link and, for nb, theta. */
typedef struct VgGlmKind {
    VgGlmFamily family;
    VgGlmLink link;
    double theta;
} VgGlmKind;

VgGlmRow vg_glm_row(VgGlmKind kind, double y, double prior, double eta);
double vg_glm_unit_deviance(VgGlmKind kind, double y, double prior, double mu);
/* Full log likelihood of a row as R's logLik (not gaussian). */
double vg_glm_full_loglik(VgGlmKind kind, double y, double prior, double eta, double mu);

/* The state of a fit. Arrays have n or p entries. */
typedef struct VgGlmWork {
    const VgGlmData *data;
    VgGlmKind kind;
    bool firth;
    bool observed; /* steps by the observed information (nb) */
    size_t n, p, n_used;
    double *beta, *trial, *step, *gradient;
    double *eta, *mu, *score, *weight, *leverage;
    double *adjusted;  /* score with Firth's addition; the score itself without */
    VgMatrix weighted; /* n × p scratch: √W X, overwritten by its factors */
    VgMatrix r, r_inverse;
    double loglik; /* up to a constant */
    /* −loglik (profile over the variance for gaussian), − ½ log|XᵀWX| under Firth */
    double objective;
    double decrement;
    VgGlmStep *trace;
    size_t n_trace, capacity_trace;
    int max_iterations;
} VgGlmWork;

static inline double vg_glm_prior(const VgGlmData *data, size_t i)
{
    return data->weights ? data->weights[i] : 1;
}

static inline double vg_glm_offset(const VgGlmData *data, size_t i)
{
    return data->offset ? data->offset[i] : 0;
}

VgStatus vg_glm_check(const VgGlmData *data, const VgGlmOptions *options, VgGlmKind *kind,
                      size_t *n_used, VgError *error);

/* Newton from work->beta. */
VgStatus vg_glm_maximise(VgGlmWork *work, VgError *error);
/* Information and decrement at work->beta once more, expected: what is reported. */
VgStatus vg_glm_use_expected(VgGlmWork *work, VgError *error);
VgStatus vg_glm_negative_binomial(VgGlmWork *work, double *theta_se, VgError *error);

/* VG_OK, or VG_NOT_ESTIMABLE when the last step shows that a coefficient runs away to infinity. */
VgStatus vg_glm_check_separation(const VgGlmWork *work, VgError *error);

/* Fills fit->vcov from fit->bread and the scores. */
VgStatus vg_glm_robust_vcov(VgArena *arena, const VgGlmData *data, VgGlmFit *fit, VgError *error);

#endif
