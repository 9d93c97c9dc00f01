/* How strong an unmeasured cause of one term and the outcome would have to be, one term at a time with the others among
 * the covariates of the outcome's model.
 *
 * Term k has the outcome's slope β_k, and given (1, A, C) and the other terms a residual sum of squares 1/(S⁻¹)_kk; the
 * outcome has RSS. If rho is the correlation of the errors of both, the slope is β_k − r rho/√(1 − rho²) with
 * r = √(RSS (S⁻¹)_kk), and the indirect effect α_k times that: the line of one mediator (mediation_sensitivity.c; Imai,
 * Keele & Yamamoto 2010; with others among the covariates Imai & Yamamoto 2013). It is nought at the partial correlation
 * of term and outcome. Moved by α_k r for each unit of rho/√(1 − rho²), which is what a resample keeps. */
#include <math.h>
#include <string.h>

#include "mechanism/channels_internal.h"
#include "numeric/distributions.h"
#include "numeric/linear_algebra.h"

/* (S⁻¹)_kk. column: terms. */
static double inverse_diagonal(const VgChannelsSolution *x, size_t k, size_t terms, double *column)
{
    memset(column, 0, terms * sizeof *column);
    column[k] = 1;
    vg_cholesky_solve(x->scores, column);
    return column[k];
}

void vg_channels_moves(const VgChannelsProblem *p, const VgChannelsSolution *x, double *column,
                       double *move)
{
    for (size_t k = 0; k < p->terms; k++)
        move[k] =
            x->alpha[k] * sqrt(x->residual_squares * inverse_diagonal(x, k, p->terms, column));
}

/* Sum of squares about the mean of Σ weight × column, from the cross-products. */
static double total_squares(const VgChannelsProblem *p, const double *s, size_t term,
                            const double *weight)
{
    const VgEquations *e = &p->equations;
    double sum = 0;
    for (size_t i = 0; i < p->data->markers.cols; i++)
        for (size_t j = 0; j < p->data->markers.cols; j++) {
            size_t a = vg_mediator_column(e, i), b = vg_mediator_column(e, j);
            if (p->term[i] == term && p->term[j] == term)
                sum += weight[i] * weight[j] * (s[a * e->width + b] - s[a] * s[b] / s[0]);
        }
    return sum;
}

static VgStatus allocate(VgArena *arena, const VgChannelsProblem *p, VgChannels *fit,
                         VgError *error)
{
    fit->n_rho = VG_N_RHO;
    fit->sensitivity = VG_NEW(arena, VgChannelsSensitivity, p->terms);
    double *all = VG_NEW(arena, double, (size_t)VG_N_RHO *(1 + 3 * p->terms));
    if (!fit->sensitivity || !all)
        return vg_fail_memory(error);
    fit->rho = all;
    vg_rho_grid(fit->rho);
    for (size_t k = 0; k < p->terms; k++) {
        fit->sensitivity[k].estimate = all + VG_N_RHO * (1 + 3 * k);
        fit->sensitivity[k].lower = fit->sensitivity[k].estimate + VG_N_RHO;
        fit->sensitivity[k].upper = fit->sensitivity[k].lower + VG_N_RHO;
    }
    return VG_OK;
}

VgStatus vg_channels_sensitivity(VgArena *arena, const VgChannelsProblem *p, const double *s,
                                 const double *weight, const VgChannelsSolution *x, VgChannels *fit,
                                 VgError *error)
{
    const VgEquations *e = &p->equations;
    size_t y = vg_outcome_column(e, 0);
    double *column = VG_NEW(arena, double, 2 * p->terms), *move = column + p->terms;
    double outcome_total = (s[y * e->width + y] - s[y] * s[y] / s[0]) * e->scale[y] * e->scale[y];
    VG_TRY(allocate(arena, p, fit, error));
    if (!column)
        return vg_fail_memory(error);
    vg_channels_moves(p, x, column, move);
    for (size_t k = 0; k < p->terms; k++) {
        VgChannelsSensitivity *to = &fit->sensitivity[k];
        double inverse = inverse_diagonal(x, k, p->terms, column);
        double rho = x->beta[k] / sqrt(x->beta[k] * x->beta[k] + x->residual_squares * inverse);
        to->rho_at_zero = rho;
        to->r2_star = rho * rho;
        to->r2_tilde = rho * rho / inverse / total_squares(p, s, k, weight) * x->residual_squares /
                       outcome_total;
        for (size_t l = 0; l < fit->n_rho; l++)
            to->estimate[l] = x->alpha[k] * x->beta[k] - move[k] * vg_along_rho(fit->rho[l]);
    }
    return VG_OK;
}

/* α, β and the ratio r are uncorrelated; Var log r = 1/(2 df_term) + 1/(2 df_outcome). */
void vg_channels_sensitivity_delta(const VgChannelsProblem *p, VgMatrix covariance, VgChannels *fit)
{
    double z = vg_normal_quantile(0.5 + p->options->level / 2);
    double df = (double)p->data->n - (double)p->equations.base - (double)p->terms;
    double log_ratio = 0.5 / (df + 1) + 0.5 / df;
    for (size_t k = 0; k < p->terms; k++) {
        VgChannelsSensitivity *to = &fit->sensitivity[k];
        double alpha = fit->alpha[k].estimate, v_alpha = VG_AT(covariance, k, k);
        double v_beta = VG_AT(covariance, p->terms + k, p->terms + k);
        for (size_t l = 0; l < fit->n_rho; l++) {
            double slope = to->estimate[l] / alpha, moved = slope - fit->beta[k].estimate;
            double half = z * sqrt(slope * slope * v_alpha +
                                   alpha * alpha * (v_beta + moved * moved * log_ratio));
            to->lower[l] = to->estimate[l] - half;
            to->upper[l] = to->estimate[l] + half;
        }
    }
}

VgStatus vg_channels_sensitivity_draws(VgArena *arena, const VgChannelsProblem *p,
                                       const double *effect, const double *move, size_t width,
                                       VgChannels *fit, VgError *error)
{
    double *value = VG_NEW(arena, double, 2 * fit->draws), *sorted = value + fit->draws;
    if (!value)
        return vg_fail_memory(error);
    for (size_t k = 0; k < p->terms; k++)
        for (size_t l = 0; l < fit->n_rho; l++) {
            VgChannelsEstimate limits;
            double along = vg_along_rho(fit->rho[l]);
            for (size_t i = 0; i < fit->draws; i++)
                value[i] = effect[i * width + k] - move[i * width + k] * along;
            vg_channels_limits(value, fit->draws, 1, p->options->level, sorted, &limits);
            fit->sensitivity[k].lower[l] = limits.lower;
            fit->sensitivity[k].upper[l] = limits.upper;
        }
    return VG_OK;
}

void vg_channels_e_values(const VgChannelsProblem *p, VgChannels *fit)
{
    double sd = vg_outcome_sd_within_arms(p->data->treatment, p->data->outcome, p->data->n);
    for (size_t k = 0; k < p->terms; k++) {
        const VgChannelsEstimate *e = &fit->effect[VG_CHANNELS_FIRST + k];
        vg_e_values_of_means(e->estimate, e->se, sd, p->options->level,
                             &fit->sensitivity[k].e_value, &fit->sensitivity[k].e_value_limit);
    }
}
