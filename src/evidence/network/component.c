/* Component network meta-analysis: effects of what treatments are made of.
 *
 * X = B·C, C the treatments' components. XᵀX has the same row space as XᵀWX whatever the weights, so the rank and what
 * can be estimated follow from counts alone: with its eigenvectors U of non-zero eigenvalues, β = Uγ is the
 * minimum-norm estimate, γ an ordinary GLS, and wᵀβ is determined by the data exactly when w = UUᵀw. Everything else is
 * NaN and named. Q(components) − Q(network) tests the component model against the network; where the network is
 * disconnected, the network model has one origin a part. Source: Rücker, Petropoulou & Schwarzer 2020; METHODS 8.4. */
#include "evidence/network/component_internal.h"

#include <math.h>
#include <string.h>

#include "evidence/network/network_internal.h"
#include "numeric/linear_algebra.h"

/* Share of a weight vector outside the row space that is rounding: entries are whole numbers, so what is really outside
 * is far larger. */
static const double OUTSIDE = 1e-7;

/* Orthonormal basis of the row space of X; out.cols is the rank. */
static VgStatus find_row_space(VgArena *arena, const VgNetwork *network, VgMatrix design,
                               VgMatrix *out, VgError *error)
{
    size_t c = design.cols, rank = 0;
    VgMatrix cross = vg_matrix_new(arena, c, c);
    double *values = VG_NEW(arena, double, c), *x = VG_NEW(arena, double, c);
    if (!cross.data || !values || !x)
        return vg_fail_memory(error);
    for (size_t s = 0; s < network->n_trials; s++)
        for (size_t a = 1; a < network->trial[s].n_arms; a++) {
            const size_t *arm = network->trial[s].arm;
            for (size_t k = 0; k < c; k++)
                x[k] = VG_AT(design, arm[a], k) - VG_AT(design, arm[0], k);
            for (size_t j = 0; j < c; j++)
                for (size_t i = 0; i < c && x[j] != 0.0; i++)
                    VG_AT(cross, i, j) += x[i] * x[j];
        }
    VG_TRY(vg_symmetric_eigen(arena, cross, values, error));
    double floor = VG_NETWORK_RANK_TOLERANCE * fmax(values[c - 1], 1.0);
    for (size_t j = 0; j < c; j++)
        rank += values[j] > floor;
    *out = vg_matrix_new(arena, c, rank);
    if (!out->data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < rank; j++)
        memcpy(&VG_AT(*out, 0, j), &VG_AT(cross, 0, c - rank + j), c * sizeof(double));
    return VG_OK;
}

/* Whether wᵀβ is determined: its projection on the row space is all of it. u (rank) gets Uᵀw. */
static bool determined(VgMatrix row_space, const double *w, double *u)
{
    double whole = 0.0, rest = 0.0;
    for (size_t j = 0; j < row_space.cols; j++) {
        u[j] = 0.0;
        for (size_t i = 0; i < row_space.rows; i++)
            u[j] += VG_AT(row_space, i, j) * w[i];
    }
    for (size_t i = 0; i < row_space.rows; i++) {
        double left = w[i];
        for (size_t j = 0; j < row_space.cols; j++)
            left -= VG_AT(row_space, i, j) * u[j];
        rest += left * left;
        whole += w[i] * w[i];
    }
    return rest <= OUTSIDE * OUTSIDE * whole;
}

/* wᵀβ with test and interval; NaN when not determined. */
static VgStatus combine(const VgComponentFit *fit, const double *weight, bool random,
                        VgInference *out, bool *is_determined, VgError *error)
{
    const VgComponentModel *model = fit->internal_;
    const VgNetworkEffects *effects = random ? &fit->random : &fit->common;
    size_t rank = model->row_space.cols;
    VgArenaMark mark = vg_arena_mark(model->arena);
    double *u = VG_NEW(model->arena, double, rank), estimate = 0.0, variance = 0.0;
    if (!u)
        return vg_fail_memory(error);
    *is_determined = determined(model->row_space, weight, u);
    for (size_t i = 0; i < rank; i++) {
        estimate += u[i] * model->gamma[random][i];
        for (size_t j = 0; j < rank; j++)
            variance += u[i] * VG_AT(model->covariance[random], i, j) * u[j];
    }
    if (!*is_determined)
        estimate = variance = (double)NAN;
    *out = vg_network_inference(estimate, sqrt(variance), effects->df, effects->level);
    vg_arena_rewind(model->arena, mark);
    return VG_OK;
}

VgStatus vg_component_contrast(const VgComponentFit *fit, const double *weight, bool random,
                               VgInference *out, VgError *error)
{
    bool is_determined;
    VG_TRY(combine(fit, weight, random, out, &is_determined, error));
    if (!is_determined)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "the trials do not determine this combination of components",
                       "ask for one that the network compares, directly or through others");
    return VG_OK;
}

VgNetworkInterval vg_component_prediction(const VgComponentFit *fit, size_t a, size_t b)
{
    return vg_network_interval(&fit->random, fit->tau2.tau2, fit->q.df, a, b);
}

VgStatus vg_component_combination(const VgComponentFit *fit, const char *first, const char *second,
                                  bool random, VgInference *out, VgError *error)
{
    const VgComponentModel *model = fit->internal_;
    double *row = VG_NEW(model->arena, double, fit->n_components);
    double *minus = VG_NEW(model->arena, double, fit->n_components);
    bool is_determined;
    if (!row || !minus)
        return vg_fail_memory(error);
    VG_TRY(vg_component_row(fit, first, row, error));
    VG_TRY(vg_component_row(fit, second, minus, error));
    for (size_t c = 0; c < fit->n_components; c++)
        row[c] -= minus[c];
    VG_TRY(combine(fit, row, random, out, &is_determined, error));
    if (!is_determined)
        return vg_fail(error, VG_NOT_ESTIMABLE, "the trials do not determine %s against %s",
                       "no path of comparisons joins their components", first ? first : "nothing",
                       second ? second : "nothing");
    return VG_OK;
}

/* Effects between treatments that the components do not determine are blanked. */
static VgStatus blank_undetermined(const VgComponentFit *fit, VgNetworkEffects *effects,
                                   VgError *error)
{
    const VgComponentModel *model = fit->internal_;
    size_t n = effects->n_treatments, c = fit->n_components;
    VgArenaMark mark = vg_arena_mark(model->arena);
    double *w = VG_NEW(model->arena, double, c);
    double *u = VG_NEW(model->arena, double, model->row_space.cols);
    if (!w || !u)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++) {
            for (size_t k = 0; k < c; k++)
                w[k] = VG_AT(fit->design, i, k) - VG_AT(fit->design, j, k);
            if (determined(model->row_space, w, u))
                continue;
            VG_AT(effects->estimate, i, j) = VG_AT(effects->estimate, j, i) = (double)NAN;
            VG_AT(effects->se, i, j) = VG_AT(effects->se, j, i) = (double)NAN;
        }
    vg_arena_rewind(model->arena, mark);
    return VG_OK;
}

static VgStatus warn(VgComponentFit *fit, const char *text, VgError *error)
{
    if (!text)
        return vg_fail_memory(error);
    fit->warning[fit->n_warnings++] = text;
    return VG_OK;
}

/* Names what is not determined; components that always stand together are said to be so. */
static VgStatus name_undetermined(VgArena *arena, const VgNetwork *network, VgComponentFit *fit,
                                  VgError *error)
{
    size_t c = fit->n_components, n = 0;
    const char **name = VG_NEW(arena, const char *, c);
    fit->warning = VG_NEW(arena, const char *, c + 3);
    if (!name || !fit->warning)
        return vg_fail_memory(error);
    for (size_t k = 0; k < c; k++)
        if (!fit->component[k].estimable)
            name[n++] = fit->component[k].name;
    if (n) {
        char *list = vg_network_join(arena, name, n, 12);
        VG_TRY(warn(fit,
                    list ? vg_arena_printf(arena,
                                           "the trials do not determine the effect of %s: only "
                                           "what they compare is reported",
                                           list)
                         : NULL,
                    error));
    }
    for (size_t k = 0; k < c; k++)
        for (size_t l = k + 1; l < c; l++) {
            bool same = true;
            for (size_t t = 0; t < network->n_treatments && same; t++)
                same = VG_AT(fit->design, t, k) == VG_AT(fit->design, t, l);
            if (!same || fit->n_warnings >= c + 2)
                continue;
            VG_TRY(warn(fit,
                        vg_arena_printf(arena,
                                        "%s and %s always stand together: their effects cannot be "
                                        "told apart",
                                        fit->component[k].name, fit->component[l].name),
                        error));
        }
    return VG_OK;
}

/* Q of a model with that basis. */
static VgStatus q_of(VgArena *arena, const VgNetwork *network, VgMatrix basis, VgNetworkQ *q,
                     VgError *error)
{
    VgGls gls = {.network = network, .basis = basis};
    VG_TRY(vg_gls_start(arena, &gls, error));
    VG_TRY(vg_gls_fit(&gls, 0.0, false, error));
    *q = vg_network_q(gls.rss, (double)gls.n_contrasts - (double)gls.basis.cols);
    return VG_OK;
}

static VgNetworkQ q_beyond(VgNetworkQ narrow, VgNetworkQ wide)
{
    return vg_network_q(fmax(0.0, narrow.q - wide.q), narrow.df - wide.df);
}

/* Q of the network model: connected, or with one origin a part. */
static VgStatus standard_q(VgArena *arena, const VgNetwork *network, VgNetworkQ *q, VgError *error)
{
    VgMatrix basis;
    VG_TRY(vg_network_basis(arena, network, 0, &basis, error));
    return q_of(arena, network, basis, q, error);
}

/* Treatments from the row space: design · U. */
static VgStatus treatments_of(VgArena *arena, VgMatrix design, VgMatrix row_space, VgMatrix *out,
                              VgError *error)
{
    *out = vg_matrix_new(arena, design.rows, row_space.cols);
    if (!out->data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < row_space.cols; j++)
        for (size_t c = 0; c < design.cols; c++)
            for (size_t t = 0; t < design.rows; t++)
                VG_AT(*out, t, j) += VG_AT(design, t, c) * VG_AT(row_space, c, j);
    return VG_OK;
}

VgStatus vg_component_agreement(VgArena *arena, const VgComponentFit *fit, size_t column,
                                VgNetworkQ *out, VgError *error)
{
    VgMatrix from = fit->design, design, row_space, basis;
    design = vg_matrix_new(arena, from.rows, from.cols + fit->component[column].treatments - 1);
    if (!design.data)
        return vg_fail_memory(error);
    size_t next = from.cols, holders = 0;
    for (size_t t = 0; t < from.rows; t++) {
        for (size_t c = 0; c < from.cols; c++)
            VG_AT(design, t, c) = c == column ? 0.0 : VG_AT(from, t, c);
        if (VG_AT(from, t, column) != 0.0)
            VG_AT(design, t, holders++ ? next++ : column) = 1.0;
    }
    VgNetworkQ own;
    VG_TRY(find_row_space(arena, fit->network, design, &row_space, error));
    VG_TRY(treatments_of(arena, design, row_space, &basis, error));
    VG_TRY(q_of(arena, fit->network, basis, &own, error));
    *out = q_beyond(fit->q, own);
    return VG_OK;
}

static VgStatus keep(VgArena *arena, VgComponentModel *model, const VgGls *gls, bool random,
                     VgError *error)
{
    size_t p = gls->basis.cols;
    model->gamma[random] = VG_NEW(arena, double, p);
    model->covariance[random] = vg_matrix_new(arena, p, p);
    if (!model->gamma[random] || !model->covariance[random].data)
        return vg_fail_memory(error);
    memcpy(model->gamma[random], gls->gamma, p * sizeof(double));
    vg_matrix_copy(gls->covariance, model->covariance[random]);
    return VG_OK;
}

static VgStatus component_effects(VgArena *arena, VgComponentFit *fit, VgError *error)
{
    double *unit = VG_NEW(arena, double, fit->n_components);
    if (!unit)
        return vg_fail_memory(error);
    for (size_t c = 0; c < fit->n_components; c++) {
        unit[c] = 1.0;
        VG_TRY(combine(fit, unit, false, &fit->component[c].common, &fit->component[c].estimable,
                       error));
        VG_TRY(combine(fit, unit, true, &fit->component[c].random, &fit->component[c].estimable,
                       error));
        unit[c] = 0.0;
    }
    return VG_OK;
}

VgStatus vg_component_fit(VgArena *arena, const VgNetwork *network,
                          const VgComponentOptions *options, VgComponentFit **out, VgError *error)
{
    VgComponentOptions none = {0};
    options = options ? options : &none;
    VgComponentFit *fit = VG_NEW(arena, VgComponentFit, 1);
    VgComponentModel *model = VG_NEW(arena, VgComponentModel, 1);
    double level = options->level > 0.0 ? options->level : 0.95;
    if (!fit || !model)
        return vg_fail_memory(error);
    if (!(level < 1.0))
        return vg_fail(error, VG_INVALID_INPUT, "the level of confidence is %g",
                       "give a number between 0 and 1, such as 0.95", level);
    fit->network = network;
    fit->internal_ = model;
    model->arena = arena;
    model->separator = options->separator && *options->separator ? options->separator : "+";
    model->inactive = options->inactive;
    VG_TRY(vg_component_design(arena, network, options, fit, model, error));
    VG_TRY(find_row_space(arena, network, fit->design, &model->row_space, error));
    fit->rank = model->row_space.cols;
    if (fit->rank == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no trial compares different components",
                       "check the separator and the inactive treatment");
    VgGls gls = {.network = network};
    VG_TRY(treatments_of(arena, fit->design, model->row_space, &gls.basis, error));
    VG_TRY(vg_gls_start(arena, &gls, error));
    VG_TRY(vg_gls_tau2(&gls, options->tau2, options->tau2_fixed, &fit->tau2, &fit->q, error));
    double df = options->t_test ? fit->q.df : (double)INFINITY;
    if (df < 1.0)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "no degrees of freedom are left for t tests in this network",
                       "take --test z");
    VG_TRY(keep(arena, model, &gls, true, error));
    VG_TRY(vg_gls_effects(&gls, arena, df, level, &fit->random, error));
    VG_TRY(vg_gls_fit(&gls, 0.0, false, error));
    VG_TRY(keep(arena, model, &gls, false, error));
    VG_TRY(vg_gls_effects(&gls, arena, df, level, &fit->common, error));
    VG_TRY(blank_undetermined(fit, &fit->random, error));
    VG_TRY(blank_undetermined(fit, &fit->common, error));
    VG_TRY(component_effects(arena, fit, error));
    VG_TRY(standard_q(arena, network, &fit->q_standard, error));
    fit->q_difference = q_beyond(fit->q, fit->q_standard);
    VG_TRY(name_undetermined(arena, network, fit, error));
    *out = fit;
    return VG_OK;
}
