/* What the files of one mediation analysis share. */
#ifndef VG_MECHANISM_MEDIATION_INTERNAL_H
#define VG_MECHANISM_MEDIATION_INTERNAL_H

#include <vagus/mediation.h>

#include "mechanism/cross_products.h"
#include "model/glm_refit.h"
#include "numeric/quantile.h"
#include "numeric/random.h"

/* The parameters of both models in one vector: alpha (1, A, C…), sigma of the mediator, beta (1, A, C…, M[, AM];
 * ordinal: without the 1), cut-points. */
typedef struct VgMediationLayout {
    size_t covariates, alpha, sigma, beta, n_beta, cut, n_cut, size;
    bool intercept, interaction;
} VgMediationLayout;

typedef struct VgMediationProblem {
    const VgMediationData *data;
    const VgMediationOptions *options;
    VgMediationLayout layout;
    size_t n_outputs, n_effects;            /* effects of all outputs */
    bool closed;                            /* both models linear or mixed: effects by formula */
    VgMatrix base, full;                    /* n × [1, A, C], n × [1, A, C, M(, AM)] */
    const char **label;                     /* names of the columns of `full`, for messages */
    int32_t *category;                      /* ordinal: from 0 */
    VgEquations equations;                  /* both models linear */
    size_t n_units, *unit_start, *unit_row; /* rows of each unit that is resampled */
    size_t n_strata, *stratum_start, *stratum_unit; /* units of each stratum (arm) */
} VgMediationProblem;

/* Two fitted models. */
typedef struct VgMediationFitted {
    double *theta; /* layout.size */
    VgMatrix vcov; /* of theta; mediator and outcome blocks, NaN where not asked for */
    double sigma_outcome, df_mediator, df_outcome;
    double r2_mediator, r2_outcome;                         /* NaN where the model has none */
    double df_alpha, df_beta[3], df_direct, df_interaction; /* of the arrows' tests */
} VgMediationFitted;

/* Place of a coefficient in theta. */
static inline size_t vg_place_treatment(const VgMediationLayout *l)
{
    return l->beta + l->intercept;
}
static inline size_t vg_place_mediator(const VgMediationLayout *l)
{
    return l->beta + l->intercept + 1 + l->covariates;
}

/* mediation_problem.c: models that go together, values that they take; the same with designs and units. */
VgStatus vg_mediation_check(const VgMediationData *data, const VgMediationOptions *options,
                            VgError *error);
VgStatus vg_mediation_prepare(VgArena *arena, const VgMediationData *data,
                              const VgMediationOptions *options, VgMediationProblem *problem,
                              VgError *error);
/* The checks that another linear mediator of the same data needs: its values, and that it varies in each arm. */
VgStatus vg_mediation_check_mediator(const VgMediationData *data, VgError *error);

/* mediation_models.c: both models on all rows (count NULL), or on a resample. Without `vcov` only theta.
 * `start` (theta) may be NULL. `count` are whole numbers; mixed models copy rows by `unit_count`. */
VgStatus vg_mediation_models(VgArena *arena, const VgMediationProblem *problem, const double *count,
                             const double *unit_count, const double *start, bool vcov,
                             VgMediationFitted *fitted, VgError *error);

/* mediation_refit.c: both models on many resamples. */
typedef struct VgMediationRefit {
    const VgMediationProblem *problem;
    const double *theta; /* the fit to all rows */
    bool quick;          /* neither model is ordinal or mixed */
    VgGlmRefit mediator, outcome;
} VgMediationRefit;
VgStatus vg_mediation_refit_prepare(VgArena *arena, const VgMediationProblem *problem,
                                    const double *theta, VgMediationRefit *refit, VgError *error);
/* theta (layout.size) of a resample; statuses as vg_mediation_models. */
VgStatus vg_mediation_refit(VgArena *scratch, const VgMediationRefit *refit, const double *count,
                            const double *unit_count, double *theta, VgError *error);

/* mediation_effects.c: VG_EFFECT_COUNT effects of each output at theta, averaged over the rows (weighted
 * by count, NULL = 1). tolerance: of the integration over the mediator. */
void vg_mediation_effects(const VgMediationProblem *problem, const double *theta,
                          const double *count, double tolerance, double *effect);
/* Mean outcome under treatment a with the mediator's distribution under b: mean[4 output + 2a + b]. */
void vg_mediation_means(const VgMediationProblem *problem, const double *theta, const double *count,
                        double tolerance, double *mean);
/* Fills the effects from the mean outcome under treatment a and the mediator's distribution under b: mean[2a + b]. */
void vg_effects_from_means(const double mean[4], double *effect);

/* mediation_linear.c: the linear pair from cross-products s, which are used up. False where a column
 * depends on others. `extra` (may be NULL) gets what the sensitivity analysis resamples. */
enum { VG_EXTRA_ALPHA, VG_EXTRA_BETA, VG_EXTRA_INTERACTION, VG_EXTRA_RATIO, VG_EXTRA_COUNT };
bool vg_mediation_linear(const VgMediationProblem *problem, double *s, double *whole,
                         double *effect, double *extra);

/* mediation_bootstrap.c: how often each unit is drawn (as many draws as units, within each stratum); the rows that
 * come with it. */
void vg_draw_units(const VgMediationProblem *problem, VgRandom random, double *unit_count);
void vg_count_rows(const VgMediationProblem *problem, const double *unit_count, double *count);

/* mediation_bootstrap.c, mediation_draws.c: fit->draw (draws × n_effects) and, for the linear pair,
 * `extra` (draws × VG_EXTRA_COUNT). */
VgStatus vg_mediation_bootstrap(VgArena *arena, const VgMediationProblem *problem,
                                const double *theta, VgMediation *fit, double *extra,
                                VgError *error);
VgStatus vg_mediation_draws(VgArena *arena, const VgMediationProblem *problem,
                            const VgMediationFitted *fitted, VgMediation *fit, double *extra,
                            VgError *error);

/* mediation_jackknife.c: acceleration of each effect, from units left out one by one. */
VgStatus vg_mediation_acceleration(VgArena *arena, const VgMediationProblem *problem,
                                   const double *theta, double *acceleration, VgError *error);

/* mediation_interval.c: se, limits and mean of every effect. */
/* Gradient (columns × layout.size, by columns of theta) of a function of theta with `n` values, by central
 * differences carried one step towards nought (Richardson). */
typedef void (*VgThetaFunction)(const VgMediationProblem *problem, const double *theta,
                                const void *context, double *value);
VgStatus vg_theta_gradient(VgArena *arena, const VgMediationProblem *problem,
                           const VgMediationFitted *fitted, VgThetaFunction function,
                           const void *context, size_t n, double *gradient, VgError *error);
/* √(g'Vg) of value k of n. */
double vg_theta_se(const VgMediationProblem *problem, const VgMediationFitted *fitted,
                   const double *gradient, size_t n, size_t k);
VgStatus vg_mediation_delta(VgArena *arena, const VgMediationProblem *problem,
                            const VgMediationFitted *fitted, VgMediation *fit, VgError *error);
VgStatus vg_mediation_limits(VgArena *arena, const VgMediationProblem *problem,
                             const double *acceleration, VgMediation *fit, VgError *error);

/* mediation_rho_mediator.c: the curve and its zeros for a probit mediator with a linear outcome, on the grid of `s`. */
VgStatus vg_mediation_rho_mediator(VgArena *arena, const VgMediationProblem *problem,
                                   const VgMediationFitted *fitted, VgMediationSensitivity *s,
                                   VgError *error);

/* mediation_sensitivity.c */
/* −0.95, −0.90 … 0.95 into `rho`; the outcome's slope in a mediator moves by −(SD ratio) rho/√(1 − rho²). */
enum { VG_N_RHO = 39 };
void vg_rho_grid(double *rho);
double vg_along_rho(double rho);
/* E-values of a log risk ratio and of its limit nearer to nought, `half` an interval's half width. */
void vg_e_values(double log_ratio, double half, double *estimate, double *limit);
/* The same of a difference in means, `sd` within arms: its log risk ratio counts as 0.91 differences in SDs. */
void vg_e_values_of_means(double estimate, double se, double sd, double level, double *value,
                          double *limit);
/* The outcome's SD within arms. */
double vg_outcome_sd_within_arms(const double *treatment, const double *outcome, size_t n);
VgStatus vg_mediation_sensitivity(VgArena *arena, const VgMediationProblem *problem,
                                  const VgMediationFitted *fitted, const double *extra,
                                  VgMediation *fit, VgError *error);

#endif
