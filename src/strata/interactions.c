/* Interaction tests of declared moderators, one model each and all in one. METHODS 5.2: continuous, not split at a median. */
#include <vagus/moderators.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/compare.h"
#include "numeric/linear_algebra.h"
#include "numeric/quantile.h"
#include "strata/strata.h"

/* Columns: 1, arms, covariates, then moderators with their products by arm. */
typedef struct Model {
    const VgModeratorData *data;
    const double *centre;           /* m: effects of arms are those at the moderators' means */
    size_t n, contrasts, before, p; /* contrasts: arms − 1; before: columns before the moderators */
    VgLm *fit;
} Model;

static size_t product_column(const Model *m, size_t place, size_t arm)
{
    return m->before + place * (1 + m->contrasts) +
           arm; /* arm 1 … contrasts follow the moderator */
}

static void fill_moderator(const Model *m, VgMatrix x, size_t place, size_t moderator)
{
    for (size_t i = 0; i < m->n; i++) {
        double value = VG_AT(m->data->moderators, i, moderator) - m->centre[moderator];
        int32_t arm = m->data->arm[i];
        VG_AT(x, i, product_column(m, place, 0)) = value;
        if (arm > 0)
            VG_AT(x, i, product_column(m, place, (size_t)arm)) = value;
    }
}

/* The model with moderators first … first + count − 1. */
static VgStatus fit_model(VgArena *arena, Model *m, size_t first, size_t count,
                          VgLmCovariance covariance, VgClusters clusters, VgError *error)
{
    const VgModeratorData *data = m->data;
    size_t q = data->covariates.cols;
    m->before = 1 + m->contrasts + q;
    m->p = m->before + count * (1 + m->contrasts);
    VgMatrix x = vg_matrix_new(arena, m->n, m->p);
    double *y = VG_NEW(arena, double, m->n);
    const char **name = VG_NEW(arena, const char *, m->p);
    if (!x.data || !y || !name)
        return vg_fail_memory(error);
    for (size_t j = 0; j < m->p; j++)
        name[j] = "a column of the interaction model";
    for (size_t i = 0; i < m->n; i++) {
        y[i] = data->outcome[i];
        VG_AT(x, i, 0) = 1;
        if (data->arm[i] > 0)
            VG_AT(x, i, (size_t)data->arm[i]) = 1;
        for (size_t j = 0; j < q; j++)
            VG_AT(x, i, 1 + m->contrasts + j) = VG_AT(data->covariates, i, j);
    }
    for (size_t k = 0; k < count; k++)
        fill_moderator(m, x, k, first + k);
    return vg_strata_regress(arena, x, name, y, "outcome", true, covariance, clusters, &m->fit,
                             error);
}

static VgStatus one_arm(const Model *m, size_t arm, double level, VgArena *arena,
                        VgInteraction *out, VgError *error)
{
    double *contrast = VG_NEW(arena, double, m->p);
    if (!contrast)
        return vg_fail_memory(error);
    VgFittedModel model = vg_lm_model(m->fit);
    size_t product = product_column(m, 0, arm);
    contrast[product] = 1;
    VG_TRY(model.contrast(model.fit, contrast, level, &out->per_unit, error));
    contrast[arm] = 1;
    for (int k = 0; k < 2; k++) {
        contrast[product] = out->at[k] - m->centre[out->moderator];
        VG_TRY(model.contrast(model.fit, contrast, level, &out->effect[k], error));
    }
    return VG_OK;
}

/* The products of the first `count` moderators of a model: `rows` combinations. */
static double *all_products(const Model *m, size_t count, VgArena *arena)
{
    double *contrast = VG_NEW(arena, double, count * m->contrasts * m->p);
    for (size_t k = 0; contrast && k < count; k++)
        for (size_t a = 0; a < m->contrasts; a++)
            contrast[(k * m->contrasts + a) * m->p + product_column(m, k, a + 1)] = 1;
    return contrast;
}

/* All arms of the one moderator of a model. */
static VgStatus test_moderator(const Model *m, VgArena *arena, VgJointTest *test, VgError *error)
{
    double *contrast = all_products(m, 1, arena);
    if (!contrast)
        return vg_fail_memory(error);
    VgFittedModel model = vg_lm_model(m->fit);
    return model.joint(model.fit, contrast, m->contrasts, test, error);
}

/* All moderators in one model: many combinations at once, which HC3 with n − p df errs in. */
static VgStatus test_all(Model *m, size_t count, VgArena *arena, VgJointTest *test, VgError *error)
{
    VgClusters clusters = m->data->clusters;
    VG_TRY(vg_strata_everybody_alone(arena, m->n, &clusters, error));
    VG_TRY(fit_model(arena, m, 0, count, VG_LM_HC2, clusters, error));
    double *contrast = all_products(m, count, arena);
    if (!contrast)
        return vg_fail_memory(error);
    return vg_lm_hotelling_test(m->fit, contrast, count * m->contrasts, test, error);
}

/* ---- the moderators themselves ---- */

static VgStatus describe(const VgModeratorData *data, size_t j, VgArena *scratch, double *centre,
                         double *sd, double at[2], VgError *error)
{
    const double *x = &VG_AT(data->moderators, 0, j);
    double sum = 0, squares = 0;
    VG_TRY(vg_strata_check_numbers(data->n, x, data->moderator_name[j], error));
    double *sorted = VG_NEW(scratch, double, data->n);
    if (!sorted)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n; i++)
        sum += sorted[i] = x[i];
    *centre = sum / (double)data->n;
    for (size_t i = 0; i < data->n; i++)
        squares += (x[i] - *centre) * (x[i] - *centre);
    *sd = sqrt(squares / ((double)data->n - 1));
    if (!(*sd > 1e-12 * (1 + fabs(*centre))))
        return vg_fail(error, VG_NOT_ESTIMABLE, "moderator %s is the same for everybody",
                       "leave it out", data->moderator_name[j]);
    qsort(sorted, data->n, sizeof *sorted, vg_compare_numbers);
    at[0] = vg_sorted_quantile(sorted, data->n, 0.25);
    at[1] = vg_sorted_quantile(sorted, data->n, 0.75);
    return VG_OK;
}

static VgStatus check(const VgModeratorData *data, VgError *error)
{
    if (data->arms < 2 || data->moderators.cols == 0 || data->moderators.rows != data->n)
        return vg_fail(error, VG_INVALID_INPUT,
                       "%zu arms and %zu moderators of %zu rows for %zu people",
                       "two arms or more, one row a person", data->arms, data->moderators.cols,
                       data->moderators.rows, data->n);
    VG_TRY(vg_strata_check_numbers(data->n, data->outcome, "the outcome", error));
    VG_TRY(vg_strata_check_clusters(data->n, data->clusters, error));
    for (size_t j = 0; j < data->covariates.cols; j++)
        VG_TRY(
            vg_strata_check_numbers(data->n, &VG_AT(data->covariates, 0, j), "a covariate", error));
    for (size_t i = 0; i < data->n; i++)
        if (data->arm[i] < 0 || (size_t)data->arm[i] >= data->arms)
            return vg_fail(error, VG_INVALID_INPUT, "arm %d of row %zu is outside 0 to %zu",
                           "number arms from 0, the reference first", (int)data->arm[i], i + 1,
                           data->arms - 1);
    return VG_OK;
}

static VgStatus adjust(VgArena *arena, VgMultiplicityMethod method, VgInteractions *out,
                       VgError *error)
{
    double *p = VG_NEW(arena, double, out->n_interactions);
    if (!p)
        return vg_fail_memory(error);
    for (size_t k = 0; k < out->n_interactions; k++)
        p[k] = out->interaction[k].per_unit.p;
    VG_TRY(vg_multiplicity_adjust(arena, method, out->n_interactions, p, p, error));
    for (size_t k = 0; k < out->n_interactions; k++)
        out->interaction[k].p_adjusted = p[k];
    return VG_OK;
}

VgStatus vg_interaction_tests(VgArena *arena, const VgModeratorData *data,
                              VgMultiplicityMethod method, double level, VgInteractions *out,
                              VgError *error)
{
    VG_TRY(check(data, error));
    size_t m = data->moderators.cols, contrasts = data->arms - 1;
    out->n_interactions = m * contrasts;
    out->interaction = VG_NEW(arena, VgInteraction, out->n_interactions);
    out->moderator = VG_NEW(arena, VgJointTest, m);
    double *centre = VG_NEW(arena, double, m);
    if (!out->interaction || !out->moderator || !centre)
        return vg_fail_memory(error);
    Model model = {.data = data, .centre = centre, .n = data->n, .contrasts = contrasts};
    for (size_t j = 0; j < m; j++) {
        VgArenaMark mark = vg_arena_mark(arena);
        double sd = 0, at[2] = {0, 0};
        VG_TRY(describe(data, j, arena, &centre[j], &sd, at, error));
        VG_TRY(fit_model(arena, &model, j, 1, VG_LM_HC3, data->clusters, error));
        for (size_t a = 0; a < contrasts; a++) {
            VgInteraction *one = &out->interaction[j * contrasts + a];
            *one = (VgInteraction){.moderator = j, .arm = a + 1, .sd = sd, .at = {at[0], at[1]}};
            VG_TRY(one_arm(&model, a + 1, level, arena, one, error));
        }
        VG_TRY(test_moderator(&model, arena, &out->moderator[j], error));
        vg_arena_rewind(arena, mark);
    }
    VG_TRY(test_all(&model, m, arena, &out->all, error));
    return adjust(arena, method, out, error);
}
