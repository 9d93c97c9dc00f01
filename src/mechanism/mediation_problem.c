/* What a mediation analysis can be made of: checks of the arrays, design matrices, the units that are
 * resampled and the arms they belong to. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "mechanism/mediation_internal.h"
#include "numeric/linear_algebra.h"

static const char *const MODEL_NAME[VG_MEDIATION_MODEL_COUNT] = {"linear", "logistic", "probit",
                                                                 "ordinal", "mixed"};
static const char *const INTERVAL_NAME[VG_MEDIATION_INTERVAL_COUNT] = {
    "percentile", "bca", "delta", "quasi-bayes", "monte-carlo"};
enum { LEAST_UNITS = 8 };

const char *vg_mediation_model_name(VgMediationModel model)
{
    return model >= 0 && model < VG_MEDIATION_MODEL_COUNT ? MODEL_NAME[model] : NULL;
}

bool vg_mediation_model_from_name(const char *name, VgMediationModel *model)
{
    int i = vg_name_index(MODEL_NAME, VG_MEDIATION_MODEL_COUNT, name);
    if (i >= 0)
        *model = (VgMediationModel)i;
    return i >= 0;
}

const char *vg_mediation_interval_name(VgMediationInterval interval)
{
    return interval >= 0 && interval < VG_MEDIATION_INTERVAL_COUNT ? INTERVAL_NAME[interval] : NULL;
}

bool vg_mediation_interval_from_name(const char *name, VgMediationInterval *interval)
{
    int i = vg_name_index(INTERVAL_NAME, VG_MEDIATION_INTERVAL_COUNT, name);
    if (i >= 0)
        *interval = (VgMediationInterval)i;
    return i >= 0;
}

static bool is_binary(VgMediationModel model)
{
    return model == VG_MEDIATION_LOGISTIC || model == VG_MEDIATION_PROBIT;
}

static bool is_identity(VgMediationModel model)
{
    return model == VG_MEDIATION_LINEAR || model == VG_MEDIATION_MIXED;
}

/* ---- checks ---- */

static VgStatus check_models(const VgMediationData *data, const VgMediationOptions *o,
                             VgError *error)
{
    if (!vg_mediation_model_name(o->mediator_model) || !vg_mediation_model_name(o->outcome_model) ||
        !vg_mediation_interval_name(o->interval))
        return vg_fail(error, VG_INVALID_INPUT, "no such model or interval",
                       "use the values of VgMediationModel and VgMediationInterval");
    if (o->mediator_model == VG_MEDIATION_ORDINAL)
        return vg_fail(error, VG_INVALID_INPUT, "an ordinal model is for outcomes, not mediators",
                       "take the mediator's categories as numbers (linear), or two groups of them");
    bool mixed_mediator = o->mediator_model == VG_MEDIATION_MIXED;
    bool mixed_outcome = o->outcome_model == VG_MEDIATION_MIXED;
    if ((mixed_mediator || mixed_outcome) && !data->cluster)
        return vg_fail(error, VG_INVALID_INPUT, "a mixed model without clusters",
                       "name the groups of the random intercept, or use linear models");
    if (mixed_mediator && !is_identity(o->outcome_model))
        return vg_fail(error, VG_INVALID_INPUT, "a mixed mediator model with a %s outcome model",
                       "use linear or mixed for the outcome; or a linear mediator model with "
                       "clusters resampled",
                       vg_mediation_model_name(o->outcome_model));
    if (o->robust != VG_GLM_ROBUST_NONE &&
        (mixed_mediator || mixed_outcome || o->outcome_model == VG_MEDIATION_ORDINAL))
        return vg_fail(error, VG_INVALID_INPUT, "robust errors with a mixed or ordinal model",
                       "leave robust errors out, or resample (percentile, bca)");
    bool linear = is_identity(o->mediator_model) && is_identity(o->outcome_model);
    if (o->interval == VG_MEDIATION_MONTE_CARLO && !linear)
        return vg_fail(error, VG_INVALID_INPUT,
                       "the Monte Carlo interval of alpha times beta is for linear models",
                       "use quasi-bayes: it draws all coefficients and computes the effects");
    return VG_OK;
}

static const char *or_else(const char *name, const char *otherwise)
{
    return name ? name : otherwise;
}

static VgStatus check_values(const VgMediationData *d, const VgMediationOptions *o, VgError *error)
{
    for (size_t i = 0; i < d->n; i++) {
        if (d->treatment[i] != 0 && d->treatment[i] != 1)
            return vg_fail(error, VG_INVALID_INPUT, "treatment of row %zu is %g, neither 0 nor 1",
                           "code control as 0 and treated as 1", i + 1, d->treatment[i]);
        if (!isfinite(d->mediator[i]) || !isfinite(d->outcome[i]))
            return vg_fail(error, VG_INVALID_INPUT, "mediator or outcome of row %zu is missing",
                           "leave incomplete rows out", i + 1);
        if (is_binary(o->mediator_model) && d->mediator[i] != 0 && d->mediator[i] != 1)
            return vg_fail(error, VG_INVALID_INPUT, "mediator %s of row %zu is %g, not 0 or 1",
                           "a linear model takes any number; logistic and probit need 0 and 1",
                           or_else(d->mediator_name, "M"), i + 1, d->mediator[i]);
        if (is_binary(o->outcome_model) && d->outcome[i] != 0 && d->outcome[i] != 1)
            return vg_fail(error, VG_INVALID_INPUT, "outcome %s of row %zu is %g, not 0 or 1",
                           "a linear model takes any number; logistic and probit need 0 and 1",
                           or_else(d->outcome_name, "Y"), i + 1, d->outcome[i]);
        if (o->outcome_model == VG_MEDIATION_ORDINAL &&
            !(d->outcome[i] >= 1 && d->outcome[i] <= (double)d->n_categories &&
              d->outcome[i] == floor(d->outcome[i])))
            return vg_fail(error, VG_INVALID_INPUT, "category %g of row %zu is not 1 to %zu",
                           "number the categories from 1", d->outcome[i], i + 1, d->n_categories);
        for (size_t j = 0; j < d->covariates.cols; j++)
            if (!isfinite(VG_AT(d->covariates, i, j)))
                return vg_fail(error, VG_INVALID_INPUT, "covariate %zu of row %zu is missing",
                               "leave incomplete rows out", j + 1, i + 1);
        if (d->cluster && (d->cluster[i] < 0 || (size_t)d->cluster[i] >= d->n_clusters))
            return vg_fail(error, VG_INVALID_INPUT, "cluster of row %zu is outside 0 to %zu",
                           "number the clusters from 0", i + 1, d->n_clusters - 1);
    }
    return VG_OK;
}

/* An arrow from a mediator that does not vary in an arm cannot be told from the treatment's own. */
static VgStatus check_arms(const VgMediationData *d, VgError *error)
{
    static const char *const ARM[] = {"control", "treated"};
    double low[2] = {INFINITY, INFINITY}, high[2] = {-INFINITY, -INFINITY};
    for (size_t i = 0; i < d->n; i++) {
        int a = d->treatment[i] == 1;
        double m = d->mediator[i];
        low[a] = m < low[a] ? m : low[a];
        high[a] = m > high[a] ? m : high[a];
    }
    for (int a = 0; a < 2; a++) {
        if (high[a] < low[a])
            return vg_fail(error, VG_NOT_ESTIMABLE, "no complete row in the %s arm",
                           "check the treatment column and missing values", ARM[a]);
        if (high[a] == low[a])
            return vg_fail(error, VG_NOT_ESTIMABLE, "mediator %s is constant (%g) in the %s arm",
                           "a mediator must vary in both arms: choose another, or another contrast",
                           or_else(d->mediator_name, "M"), low[a], ARM[a]);
    }
    for (size_t i = 1; i < d->n; i++)
        if (d->outcome[i] != d->outcome[0])
            return VG_OK;
    return vg_fail(error, VG_NOT_ESTIMABLE, "outcome %s is the same in all rows",
                   "check the outcome column", or_else(d->outcome_name, "Y"));
}

VgStatus vg_mediation_check_mediator(const VgMediationData *d, VgError *error)
{
    for (size_t i = 0; i < d->n; i++)
        if (!isfinite(d->mediator[i]))
            return vg_fail(error, VG_INVALID_INPUT, "mediator or outcome of row %zu is missing",
                           "leave incomplete rows out", i + 1);
    return check_arms(d, error);
}

/* ---- units ---- */

/* The arm of each unit; 2 where a cluster has rows of both. */
static bool find_unit_arms(const VgMediationData *d, const int32_t *unit, int *arm, size_t n_units)
{
    bool both = false;
    for (size_t u = 0; u < n_units; u++)
        arm[u] = -1;
    for (size_t i = 0; i < d->n; i++) {
        size_t u = unit ? (size_t)unit[i] : i;
        int a = d->treatment[i] == 1;
        arm[u] = arm[u] < 0 || arm[u] == a ? a : 2;
        both = both || arm[u] == 2;
    }
    return both;
}

static void sort_units(VgMediationProblem *p, const int32_t *unit, const int *arm, bool one_stratum)
{
    const VgMediationData *d = p->data;
    for (size_t i = 0; i < d->n; i++)
        p->unit_start[(unit ? (size_t)unit[i] : i) + 1]++;
    for (size_t u = 0; u < p->n_units; u++)
        p->unit_start[u + 1] += p->unit_start[u];
    size_t at = 0;
    if (unit) {
        for (size_t u = 0; u < p->n_units; u++) /* few clusters: a pass each */
            for (size_t i = 0; i < d->n; i++)
                if ((size_t)unit[i] == u)
                    p->unit_row[at++] = i;
    } else {
        for (; at < d->n; at++)
            p->unit_row[at] = at;
    }
    p->n_strata = one_stratum ? 1 : 2;
    size_t filled = 0;
    for (size_t s = 0; s < p->n_strata; s++) {
        for (size_t u = 0; u < p->n_units; u++)
            if (arm[u] >= 0 && (one_stratum || (size_t)arm[u] == s))
                p->stratum_unit[filled++] = u;
        p->stratum_start[s + 1] = filled;
    }
}

static VgStatus find_units(VgArena *arena, VgMediationProblem *p, VgError *error)
{
    const VgMediationData *d = p->data;
    p->n_units = d->cluster ? d->n_clusters : d->n;
    p->unit_start = VG_NEW(arena, size_t, p->n_units + 1);
    p->unit_row = VG_NEW(arena, size_t, d->n);
    p->stratum_start = VG_NEW(arena, size_t, 3);
    p->stratum_unit = VG_NEW(arena, size_t, p->n_units);
    int *arm = VG_NEW(arena, int, p->n_units);
    if (!p->unit_start || !p->unit_row || !p->stratum_start || !p->stratum_unit || !arm)
        return vg_fail_memory(error);
    bool both = find_unit_arms(d, d->cluster, arm, p->n_units);
    sort_units(p, d->cluster, arm, both);
    bool resampled =
        p->options->interval == VG_MEDIATION_PERCENTILE || p->options->interval == VG_MEDIATION_BCA;
    for (size_t s = 0; s < p->n_strata && resampled; s++)
        if (p->stratum_start[s + 1] - p->stratum_start[s] < LEAST_UNITS)
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "%zu %s in %s: too few to resample (at least 8 are needed)",
                           "use the interval delta or monte-carlo, and read it with care",
                           p->stratum_start[s + 1] - p->stratum_start[s],
                           d->cluster ? "clusters" : "participants",
                           both     ? "all"
                           : s == 0 ? "the control arm"
                                    : "the treated arm");
    return VG_OK;
}

/* ---- designs ---- */

static void lay_out(VgMediationProblem *p)
{
    VgMediationLayout *l = &p->layout;
    bool ordinal = p->options->outcome_model == VG_MEDIATION_ORDINAL;
    l->covariates = p->data->covariates.cols;
    l->interaction = p->options->interaction;
    l->intercept = !ordinal;
    l->alpha = 0;
    l->sigma = 2 + l->covariates;
    l->beta = l->sigma + 1;
    l->n_beta = l->intercept + 2 + l->covariates + l->interaction;
    l->cut = l->beta + l->n_beta;
    l->n_cut = ordinal ? p->data->n_categories - 1 : 0;
    l->size = l->cut + l->n_cut;
    p->n_outputs = ordinal ? 1 + p->data->n_categories : 1;
    p->n_effects = p->n_outputs * VG_EFFECT_COUNT;
    p->closed = is_identity(p->options->outcome_model) && is_identity(p->options->mediator_model);
}

static VgStatus name_columns(VgArena *arena, VgMediationProblem *p, VgError *error)
{
    const VgMediationData *d = p->data;
    size_t q = d->covariates.cols;
    const char *treatment = or_else(d->treatment_name, "treatment");
    const char *mediator = or_else(d->mediator_name, "mediator");
    p->label = VG_NEW(arena, const char *, q + 4);
    if (!p->label)
        return vg_fail_memory(error);
    p->label[0] = "(Intercept)";
    p->label[1] = treatment;
    for (size_t j = 0; j < q; j++)
        p->label[2 + j] = d->covariate_name ? d->covariate_name[j]
                                            : vg_arena_printf(arena, "covariate %zu", j + 1);
    p->label[2 + q] = mediator;
    p->label[3 + q] = vg_arena_printf(arena, "%s:%s", treatment, mediator);
    return vg_arena_failed(arena) ? vg_fail_memory(error) : VG_OK;
}

static VgStatus fill_designs(VgArena *arena, VgMediationProblem *p, VgError *error)
{
    const VgMediationData *d = p->data;
    size_t q = d->covariates.cols;
    p->full = vg_matrix_new(arena, d->n, 3 + q + p->layout.interaction);
    if (!p->full.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < d->n; i++) {
        VG_AT(p->full, i, 0) = 1;
        VG_AT(p->full, i, 1) = d->treatment[i];
        for (size_t j = 0; j < q; j++)
            VG_AT(p->full, i, 2 + j) = VG_AT(d->covariates, i, j);
        VG_AT(p->full, i, 2 + q) = d->mediator[i];
        if (p->layout.interaction)
            VG_AT(p->full, i, 3 + q) = d->treatment[i] * d->mediator[i];
    }
    VG_TRY(name_columns(arena, p, error));
    p->base = p->full;
    p->base.cols = 2 + q;
    if (p->options->outcome_model == VG_MEDIATION_ORDINAL) {
        p->category = VG_NEW(arena, int32_t, d->n);
        if (!p->category)
            return vg_fail_memory(error);
        for (size_t i = 0; i < d->n; i++)
            p->category[i] = (int32_t)d->outcome[i] - 1;
    }
    bool linear = p->options->mediator_model == VG_MEDIATION_LINEAR &&
                  p->options->outcome_model == VG_MEDIATION_LINEAR;
    if (!linear)
        return VG_OK;
    VgEquationColumns columns = {.n = d->n,
                                 .treatment = d->treatment,
                                 .covariates = d->covariates,
                                 .mediators = {(double *)(uintptr_t)d->mediator, d->n, 1, d->n},
                                 .outcomes = {(double *)(uintptr_t)d->outcome, d->n, 1, d->n},
                                 .products = p->layout.interaction};
    return vg_equations_build(arena, &columns, &p->equations, error);
}

VgStatus vg_mediation_check(const VgMediationData *data, const VgMediationOptions *options,
                            VgError *error)
{
    if (data->n == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no complete row",
                       "check for missing values in treatment, mediator, outcome and covariates");
    VG_TRY(check_models(data, options, error));
    return check_values(data, options, error);
}

VgStatus vg_mediation_prepare(VgArena *arena, const VgMediationData *data,
                              const VgMediationOptions *options, VgMediationProblem *problem,
                              VgError *error)
{
    *problem = (VgMediationProblem){.data = data, .options = options};
    VG_TRY(vg_mediation_check(data, options, error));
    VG_TRY(check_arms(data, error));
    lay_out(problem);
    VG_TRY(fill_designs(arena, problem, error));
    return find_units(arena, problem, error);
}
