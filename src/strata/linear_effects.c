/* A learner of effects that are linear in x: Ỹ = W̃ (b0 + z'b) + e with a ridge penalty on b, chosen by generalised
 * cross-validation over the eigenvalues. z = x in standard deviations of the training rows. Source: Nie & Wager 2021; Golub, Heath &
 * Wahba 1979. */
#include <math.h>

#include "numeric/linear_algebra.h"
#include "strata/strata.h"

enum { PENALTIES = 25 };

typedef struct Ridge {
    size_t n, p;
    double *centre, *scale; /* p; scale 0: constant, not used */
    VgMatrix gram;          /* p × p; then its eigenvectors */
    double *cross;          /* p: with the outcome, W̃ taken out of both */
    double *value, *along;  /* eigenvalues; V'cross */
    double *mean_z;         /* p: coefficient of W̃ z on W̃ */
    double intercept, outcome_ss;
} Ridge;

static VgStatus new_ridge(VgArena *scratch, size_t n, size_t p, Ridge *r, VgError *error)
{
    *r = (Ridge){.n = n, .p = p, .gram = vg_matrix_new(scratch, p, p)};
    r->centre = VG_NEW(scratch, double, 6 * p);
    if (!r->gram.data || !r->centre)
        return vg_fail_memory(error);
    r->scale = r->centre + p;
    r->cross = r->scale + p;
    r->value = r->cross + p;
    r->along = r->value + p;
    r->mean_z = r->along + p;
    return VG_OK;
}

static void standardise(const VgEffectSample *s, const size_t *row, Ridge *r)
{
    for (size_t j = 0; j < r->p; j++) {
        double sum = 0, squares = 0;
        for (size_t k = 0; k < r->n; k++)
            sum += VG_AT(s->x, row[k], j);
        r->centre[j] = sum / (double)r->n;
        for (size_t k = 0; k < r->n; k++) {
            double from = VG_AT(s->x, row[k], j) - r->centre[j];
            squares += from * from;
        }
        double sd = sqrt(squares / (double)r->n);
        r->scale[j] = sd > 1e-12 * (1 + fabs(r->centre[j])) ? 1 / sd : 0;
    }
}

/* Columns W̃ z_j and the outcome, each less its part along W̃. */
static VgStatus cross_products(const VgEffectSample *s, const size_t *row, Ridge *r,
                               VgArena *scratch, VgError *error)
{
    size_t n = r->n, p = r->p;
    VgMatrix a = vg_matrix_new(scratch, n, p + 1);
    if (!a.data)
        return vg_fail_memory(error);
    double ww = 0, wy = 0;
    for (size_t k = 0; k < n; k++) {
        double w = s->treatment_left[row[k]], y = s->outcome_left[row[k]];
        ww += w * w;
        wy += w * y;
    }
    if (!(ww > 0))
        return vg_fail(error, VG_NOT_ESTIMABLE, "a fold has one treatment only", "use fewer folds");
    r->intercept = wy / ww;
    for (size_t j = 0; j < p; j++) {
        double sum = 0;
        for (size_t k = 0; k < n; k++) {
            double w = s->treatment_left[row[k]];
            VG_AT(a, k, j) = w * (VG_AT(s->x, row[k], j) - r->centre[j]) * r->scale[j];
            sum += w * VG_AT(a, k, j);
        }
        r->mean_z[j] = sum / ww;
        for (size_t k = 0; k < n; k++)
            VG_AT(a, k, j) -= s->treatment_left[row[k]] * r->mean_z[j];
    }
    for (size_t k = 0; k < n; k++) {
        double left = s->outcome_left[row[k]] - s->treatment_left[row[k]] * r->intercept;
        VG_AT(a, k, p) = left;
        r->outcome_ss += left * left;
    }
    for (size_t j = 0; j < p; j++) {
        for (size_t l = 0; l <= j; l++) {
            double sum = 0;
            for (size_t k = 0; k < n; k++)
                sum += VG_AT(a, k, j) * VG_AT(a, k, l);
            VG_AT(r->gram, j, l) = VG_AT(r->gram, l, j) = sum;
        }
        for (size_t k = 0; k < n; k++)
            r->cross[j] += VG_AT(a, k, j) * VG_AT(a, k, p);
    }
    return VG_OK;
}

/* RSS / (1 − df/n)² is smallest over 25 penalties from 1e-3 to 1e3 of the mean eigenvalue. */
static double choose_penalty(const Ridge *r)
{
    double mean = 0, best = INFINITY, chosen = 1;
    for (size_t j = 0; j < r->p; j++)
        mean += r->value[j] / (double)r->p;
    for (int l = 0; l < PENALTIES; l++) {
        double penalty = mean * pow(10, -3 + 6.0 * l / (PENALTIES - 1)), df = 1, fitted = 0;
        for (size_t j = 0; j < r->p; j++) {
            double d = r->value[j], shrunk = d + penalty;
            df += d / shrunk;
            fitted += r->along[j] * r->along[j] * (d + 2 * penalty) / (shrunk * shrunk);
        }
        double left = 1 - df / (double)r->n;
        double criterion = left > 0 ? (r->outcome_ss - fitted) / (left * left) : INFINITY;
        if (criterion < best) {
            best = criterion;
            chosen = penalty;
        }
    }
    return chosen;
}

static VgStatus solve(Ridge *r, VgArena *scratch, double *slope, VgError *error)
{
    VG_TRY(vg_symmetric_eigen(scratch, r->gram, r->value, error));
    for (size_t j = 0; j < r->p; j++) {
        r->value[j] = r->value[j] > 0 ? r->value[j] : 0;
        for (size_t l = 0; l < r->p; l++)
            r->along[j] += VG_AT(r->gram, l, j) * r->cross[l];
    }
    double penalty = choose_penalty(r);
    for (size_t j = 0; j < r->p; j++)
        for (size_t l = 0; l < r->p && r->value[j] + penalty > 0; l++)
            slope[l] += VG_AT(r->gram, l, j) * r->along[j] / (r->value[j] + penalty);
    return VG_OK;
}

VgStatus vg_linear_effects(const VgEffectSample *sample, const size_t *train, size_t n_train,
                           const size_t *predict, size_t n_predict, uint64_t seed, VgArena *scratch,
                           const void *context, double *effect, VgError *error)
{
    (void)seed;
    (void)context;
    size_t p = sample->x.cols;
    VG_TRY(vg_strata_check_clusters(sample->x.rows, sample->clusters, error)); /* no weights */
    Ridge r;
    double *slope = VG_NEW(scratch, double, p);
    VG_TRY(new_ridge(scratch, n_train, p, &r, error));
    if (!slope)
        return vg_fail_memory(error);
    standardise(sample, train, &r);
    VG_TRY(cross_products(sample, train, &r, scratch, error));
    VG_TRY(solve(&r, scratch, slope, error));
    double level = r.intercept;
    for (size_t j = 0; j < p; j++)
        level -= slope[j] * r.mean_z[j];
    for (size_t k = 0; k < n_predict; k++) {
        effect[k] = level;
        for (size_t j = 0; j < p; j++)
            effect[k] += slope[j] * (VG_AT(sample->x, predict[k], j) - r.centre[j]) * r.scale[j];
    }
    return VG_OK;
}
