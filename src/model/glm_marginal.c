/* g-computation: marginal means by arm, their difference, ratio and odds ratio, with influence
 * functions.
 *
 * For arm a: mu_a = Σ w_i mu_ai / N, N = Σ w_i, g_a = Σ w_i mu'_ai x_ai / N, and
 * psi_ai = (mu_ai − mu_a) + N g_aᵀ (XᵀWX)⁻¹ x_i s_i; cov(mu_a, mu_b) = Σ psi_a psi_b / N².
 * Sources: METHODS 2.4; Freedman 2008; Ye, Bannick, Yi & Shao 2023. */
#include "model/glm_internal.h"

#include <math.h>
#include <string.h>

#include "numeric/distributions.h"
#include "numeric/householder.h"

typedef struct Marginals {
    const VgGlmData *data;
    const VgGlmFit *fit;
    const VgMatrix *x_arm;
    VgGlmKind kind;
    size_t n_arms, n, p;
    double total;       /* N */
    double *mean;       /* n_arms */
    double *each;       /* n × n_arms: mu_ai */
    double *gradient;   /* p × n_arms: g_a */
    double *weight;     /* p × n_arms: N (XᵀWX)⁻¹ g_a */
    double *psi;        /* units × n_arms */
    double *covariance; /* n_arms × n_arms */
} Marginals;

static VgStatus allocate(VgArena *arena, Marginals *m, VgMarginal *out, VgError *error)
{
    size_t k = m->n_arms, units = m->data->cluster ? m->data->n_clusters : 1;
    m->mean = VG_NEW(arena, double, k);
    m->each = vg_arena_alloc(arena, m->n, k * sizeof(double));
    m->gradient = vg_arena_alloc(arena, m->p, k * sizeof(double));
    m->weight = vg_arena_alloc(arena, m->p, k * sizeof(double));
    m->psi = vg_arena_alloc(arena, units, k * sizeof(double));
    m->covariance = vg_arena_alloc(arena, k, k * sizeof(double));
    out->mean = VG_NEW(arena, VgInference, k);
    out->contrast = VG_NEW(arena, VgMarginalContrast, k);
    bool complete = m->mean && m->each && m->gradient && m->weight && m->psi && m->covariance &&
                    out->mean && out->contrast;
    return complete ? VG_OK : vg_fail_memory(error);
}

static void standardise(Marginals *m)
{
    for (size_t i = 0; i < m->n; i++)
        m->total += vg_glm_prior(m->data, i);
    for (size_t a = 0; a < m->n_arms; a++) {
        VgMatrix x = m->x_arm[a];
        double *g = m->gradient + a * m->p;
        for (size_t i = 0; i < m->n; i++) {
            double eta = vg_glm_offset(m->data, i), w = vg_glm_prior(m->data, i) / m->total;
            for (size_t j = 0; j < m->p; j++)
                eta += VG_AT(x, i, j) * m->fit->beta[j];
            VgGlmRow row = vg_glm_row(m->kind, 0, 1, eta);
            if (m->kind.link == VG_LINK_LOG) /* a log-binomial risk may pass 1 in an arm not seen */
                row.slope = row.mu;
            m->each[i + a * m->n] = row.mu;
            m->mean[a] += w * row.mu;
            for (size_t j = 0; j < m->p; j++)
                g[j] += w * row.slope * VG_AT(x, i, j);
        }
        for (size_t j = 0; j < m->p; j++)
            m->weight[j + a * m->p] = m->total * vg_dot(&VG_AT(m->fit->bread, 0, j), g, m->p);
    }
}

/* psi := psi + count (mu_ai − mu_a) + N g_aᵀ(XᵀWX)⁻¹ x_i score, for each arm. */
static void add_influence(const Marginals *m, size_t i, double count, double score, double *psi)
{
    for (size_t a = 0; a < m->n_arms; a++) {
        double along = 0;
        for (size_t j = 0; j < m->p; j++)
            along += VG_AT(m->data->x, i, j) * m->weight[j + a * m->p];
        psi[a] += count * (m->each[i + a * m->n] - m->mean[a]) + along * score;
    }
}

static void add_products(Marginals *m, const double *psi, double copies)
{
    double scale = copies / (m->total * m->total);
    for (size_t a = 0; a < m->n_arms; a++)
        for (size_t b = 0; b < m->n_arms; b++)
            m->covariance[a * m->n_arms + b] += scale * psi[a] * psi[b];
}

/* A binomial row of weight w is w·y participants with the event and w·(1 − y) without. */
static void add_binomial_row(Marginals *m, size_t i)
{
    double w = vg_glm_prior(m->data, i), y = m->data->y[i];
    for (int event = 0; event <= 1; event++) {
        double copies = event ? w * y : w * (1 - y);
        if (copies <= 0)
            continue;
        memset(m->psi, 0, m->n_arms * sizeof(double));
        VgGlmRow row = vg_glm_row(m->kind, event, 1, m->fit->eta[i]);
        add_influence(m, i, 1, row.score, m->psi);
        add_products(m, m->psi, copies);
    }
}

static void find_covariance(Marginals *m)
{
    for (size_t i = 0; i < m->n; i++) {
        double w = vg_glm_prior(m->data, i);
        if (w == 0)
            continue;
        if (m->data->cluster) {
            double *psi = m->psi + (size_t)m->data->cluster[i] * m->n_arms;
            add_influence(m, i, w, m->fit->score_factor[i], psi);
        } else if (m->kind.family == VG_GLM_BINOMIAL) {
            add_binomial_row(m, i);
        } else {
            memset(m->psi, 0, m->n_arms * sizeof(double));
            add_influence(m, i, w, m->fit->score_factor[i], m->psi);
            add_products(m, m->psi, 1);
        }
    }
    for (size_t c = 0; m->data->cluster && c < m->data->n_clusters; c++)
        add_products(m, m->psi + c * m->n_arms, 1);
}

static VgInference absent(void)
{
    return (VgInference){NAN, NAN, INFINITY, NAN, NAN, NAN, NAN};
}

/* Estimate, SE, test and interval; `value` and `se` on the scale on which the interval is
 * symmetric. */
static VgInference wald(double value, double se, double z)
{
    return (VgInference){
        value,         se, INFINITY, value / se, vg_normal_two_sided(value / se), value - z * se,
        value + z * se};
}

static VgInference exponentiated(VgInference on_log)
{
    on_log.estimate = exp(on_log.estimate);
    on_log.lower = exp(on_log.lower);
    on_log.upper = exp(on_log.upper);
    return on_log;
}

static VgInference marginal_mean(const Marginals *m, size_t a, double z)
{
    double mean = m->mean[a], se = sqrt(m->covariance[a * m->n_arms + a]);
    VgInference out = {mean, se, INFINITY, NAN, NAN, mean - z * se, mean + z * se};
    if (m->kind.link == VG_LINK_LOGIT || m->kind.link == VG_LINK_PROBIT) {
        double logit = log(mean / (1 - mean)), half = z * se / (mean * (1 - mean));
        out.lower = 1 / (1 + exp(half - logit));
        out.upper = 1 / (1 + exp(-half - logit));
    } else if (m->kind.link == VG_LINK_LOG) {
        out.lower = mean * exp(-z * se / mean);
        out.upper = mean * exp(z * se / mean);
    }
    return out;
}

/* SE of c_a mean_a − c_b mean_b. */
static double se_of_difference(const Marginals *m, size_t a, size_t b, double c_a, double c_b)
{
    const double *v = m->covariance;
    size_t k = m->n_arms;
    return sqrt(c_a * c_a * v[a * k + a] + c_b * c_b * v[b * k + b] - 2 * c_a * c_b * v[a * k + b]);
}

static double se_with_x_fixed(const Marginals *m, size_t a, size_t b)
{
    double sum = 0;
    for (size_t j = 0; j < m->p; j++)
        for (size_t l = 0; l < m->p; l++)
            sum += (m->gradient[j + a * m->p] - m->gradient[j + b * m->p]) *
                   VG_AT(m->fit->vcov, j, l) *
                   (m->gradient[l + a * m->p] - m->gradient[l + b * m->p]);
    return sqrt(sum);
}

static VgMarginalContrast compare(const Marginals *m, size_t a, size_t b, double z)
{
    double mean_a = m->mean[a], mean_b = m->mean[b];
    VgMarginalContrast out = {absent(), NAN, absent(), absent()};
    if (a == b)
        return out;
    out.difference = wald(mean_a - mean_b, se_of_difference(m, a, b, 1, 1), z);
    out.difference_se_fixed = se_with_x_fixed(m, a, b);
    if (mean_a > 0 && mean_b > 0)
        out.ratio = exponentiated(
            wald(log(mean_a / mean_b), se_of_difference(m, a, b, 1 / mean_a, 1 / mean_b), z));
    if (m->kind.family == VG_GLM_BINOMIAL && mean_a < 1 && mean_b < 1) {
        double slope_a = 1 / (mean_a * (1 - mean_a)), slope_b = 1 / (mean_b * (1 - mean_b));
        out.odds_ratio = exponentiated(wald(log(mean_a / (1 - mean_a)) - log(mean_b / (1 - mean_b)),
                                            se_of_difference(m, a, b, slope_a, slope_b), z));
    }
    return out;
}

static VgStatus check_arms(const VgGlmFit *fit, const VgMatrix *x_arm, size_t n_arms,
                           size_t reference, double level, VgError *error)
{
    if (n_arms < 2 || reference >= n_arms)
        return vg_fail(error, VG_INVALID_INPUT, "%zu arms with reference %zu",
                       "marginal contrasts need two arms or more", n_arms, reference + 1);
    for (size_t a = 0; a < n_arms; a++)
        if (x_arm[a].rows != fit->n_rows || x_arm[a].cols != fit->p)
            return vg_fail(error, VG_INVALID_INPUT, "design of arm %zu is %zu × %zu, not %zu × %zu",
                           "give each arm all rows of the fitted design", a + 1, x_arm[a].rows,
                           x_arm[a].cols, fit->n_rows, fit->p);
    if (!(level > 0 && level < 1))
        return vg_fail(error, VG_INVALID_INPUT, "confidence level %g is outside 0 to 1",
                       "use a level such as 0.95", level);
    return VG_OK;
}

VgStatus vg_glm_marginal(VgArena *arena, const VgGlmData *data, const VgGlmFit *fit,
                         const VgMatrix *x_arm, size_t n_arms, size_t reference, double level,
                         VgMarginal *out, VgError *error)
{
    VG_TRY(check_arms(fit, x_arm, n_arms, reference, level, error));
    Marginals m = {.data = data,
                   .fit = fit,
                   .x_arm = x_arm,
                   .kind = {fit->family, fit->link, fit->theta},
                   .n_arms = n_arms,
                   .n = fit->n_rows,
                   .p = fit->p};
    VG_TRY(allocate(arena, &m, out, error));
    standardise(&m);
    find_covariance(&m);
    double z = -vg_normal_quantile((1 - level) / 2);
    out->n_arms = n_arms;
    out->reference = reference;
    out->n = m.total;
    for (size_t a = 0; a < n_arms; a++) {
        out->mean[a] = marginal_mean(&m, a, z);
        out->contrast[a] = compare(&m, a, reference, z);
    }
    return VG_OK;
}
