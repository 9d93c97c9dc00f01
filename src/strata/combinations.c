/* Cell means of combinations: arms by background treatment, and components that were given together. */
#include <vagus/moderators.h>

#include <math.h>

#include "numeric/linear_algebra.h"
#include "strata/strata.h"

/* Y on indicators of the cells that hold people, and centred covariates: coefficients are means at the covariates' means. */
typedef struct Cells {
    size_t n_cells, p;
    size_t *count;  /* people of each cell */
    size_t *column; /* its column, where it has people */
    VgLm *fit;
} Cells;

static VgStatus fit_cells(VgArena *arena, size_t n, const double *outcome, const int32_t *cell,
                          size_t n_cells, VgMatrix covariates, VgClusters clusters, Cells *out,
                          VgError *error)
{
    *out = (Cells){.n_cells = n_cells,
                   .count = VG_NEW(arena, size_t, n_cells),
                   .column = VG_NEW(arena, size_t, n_cells)};
    if (!out->count || !out->column)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        out->count[cell[i]]++;
    size_t held = 0;
    for (size_t c = 0; c < n_cells; c++)
        if (out->count[c] > 0)
            out->column[c] = held++;
    out->p = held + covariates.cols;
    VgMatrix x = vg_matrix_new(arena, n, out->p);
    double *y = VG_NEW(arena, double, n);
    const char **name = VG_NEW(arena, const char *, out->p);
    if (!x.data || !y || !name)
        return vg_fail_memory(error);
    for (size_t j = 0; j < out->p; j++)
        name[j] = j < held ? "a combination" : "a covariate";
    for (size_t i = 0; i < n; i++) {
        y[i] = outcome[i];
        VG_AT(x, i, out->column[cell[i]]) = 1;
    }
    for (size_t j = 0; j < covariates.cols; j++) {
        double mean = vg_sum_accurate(&VG_AT(covariates, 0, j), n) / (double)n;
        for (size_t i = 0; i < n; i++)
            VG_AT(x, i, held + j) = VG_AT(covariates, i, j) - mean;
    }
    return vg_strata_regress(arena, x, name, y, "outcome", false, VG_LM_HC3, clusters, &out->fit,
                             error);
}

/* Σ weight × mean of cell, over `terms` cells that all hold people. */
typedef struct Weight {
    size_t cell;
    double weight;
} Weight;

static VgStatus combine(const Cells *cells, const Weight *weight, size_t terms, double level,
                        VgArena *arena, VgInference *out, VgError *error)
{
    double *contrast = VG_NEW(arena, double, cells->p);
    if (!contrast)
        return vg_fail_memory(error);
    for (size_t k = 0; k < terms; k++)
        contrast[cells->column[weight[k].cell]] += weight[k].weight;
    VgFittedModel model = vg_lm_model(cells->fit);
    return model.contrast(model.fit, contrast, level, out, error);
}

static VgStatus check_rows(size_t n, const double *outcome, VgMatrix covariates,
                           VgClusters clusters, VgError *error)
{
    VG_TRY(vg_strata_check_numbers(n, outcome, "the outcome", error));
    for (size_t j = 0; j < covariates.cols; j++)
        VG_TRY(vg_strata_check_numbers(n, &VG_AT(covariates, 0, j), "a covariate", error));
    return vg_strata_check_clusters(n, clusters, error);
}

/* ---- background ---- */

static const VgInference ABSENT = {NAN, NAN, NAN, NAN, NAN, NAN, NAN};

static VgStatus cells_of_background(VgArena *arena, const VgBackgroundData *data, int32_t **cell,
                                    VgError *error)
{
    *cell = VG_NEW(arena, int32_t, data->n);
    if (!*cell)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n; i++) {
        if (data->arm[i] < 0 || (size_t)data->arm[i] >= data->arms || data->background[i] < 0 ||
            (size_t)data->background[i] >= data->classes)
            return vg_fail(error, VG_INVALID_INPUT, "row %zu has arm %d and background class %d",
                           "number both from 0, the reference first", i + 1, (int)data->arm[i],
                           (int)data->background[i]);
        (*cell)[i] = data->arm[i] * (int32_t)data->classes + data->background[i];
    }
    return VG_OK;
}

static bool whole(const Cells *cells, size_t classes, size_t arm, size_t class)
{
    return cells->count[arm * classes + class] > 1 && cells->count[class] > 1;
}

static VgStatus joint_difference(const Cells *cells, const VgBackgroundData *data, VgArena *arena,
                                 VgJointTest *all, VgError *error)
{
    size_t rows = 0, k = data->classes;
    double *contrast = VG_NEW(arena, double, (data->arms - 1) * k * cells->p);
    if (!contrast)
        return vg_fail_memory(error);
    for (size_t a = 1; a < data->arms; a++)
        for (size_t c = 1; c < k; c++) {
            if (!whole(cells, k, a, c) || !whole(cells, k, a, 0))
                continue;
            double *row = contrast + rows++ * cells->p;
            row[cells->column[a * k + c]] = row[cells->column[0]] = 1;
            row[cells->column[c]] = row[cells->column[a * k]] = -1;
        }
    if (rows == 0)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "no two background classes have people in both arms",
                       "put classes together, the first being the one others are compared with");
    VgFittedModel model = vg_lm_model(cells->fit);
    return model.joint(model.fit, contrast, rows, all, error);
}

VgStatus vg_background_effects(VgArena *arena, const VgBackgroundData *data, double level,
                               VgBackground *out, VgError *error)
{
    int32_t *cell;
    Cells cells;
    size_t k = data->classes, places = (data->arms - 1) * k;
    if (data->arms < 2 || k < 2)
        return vg_fail(error, VG_INVALID_INPUT, "%zu arms and %zu background classes",
                       "two or more of both", data->arms, k);
    VG_TRY(check_rows(data->n, data->outcome, data->covariates, data->clusters, error));
    VG_TRY(cells_of_background(arena, data, &cell, error));
    VG_TRY(fit_cells(arena, data->n, data->outcome, cell, data->arms * k, data->covariates,
                     data->clusters, &cells, error));
    *out = (VgBackground){.arms = data->arms,
                          .classes = k,
                          .effect = VG_NEW(arena, VgInference, 2 * places),
                          .n = VG_NEW(arena, size_t, 2 * places)};
    if (!out->effect || !out->n)
        return vg_fail_memory(error);
    out->difference = out->effect + places;
    out->n_reference = out->n + places;
    for (size_t a = 1; a < data->arms; a++)
        for (size_t c = 0; c < k; c++) {
            size_t at = (a - 1) * k + c;
            out->n[at] = cells.count[a * k + c];
            out->n_reference[at] = cells.count[c];
            out->effect[at] = out->difference[at] = ABSENT;
            const Weight weight[4] = {{a * k + c, 1}, {c, -1}, {a * k, -1}, {0, 1}};
            if (!whole(&cells, k, a, c))
                continue;
            VG_TRY(combine(&cells, weight, 2, level, arena, &out->effect[at], error));
            if (c > 0 && whole(&cells, k, a, 0))
                VG_TRY(combine(&cells, weight, 4, level, arena, &out->difference[at], error));
        }
    return joint_difference(&cells, data, arena, &out->all, error);
}

/* ---- components ---- */

static const char *const VERDICT_NAME[VG_ADDITIVITY_COUNT] = {
    "open", "additive", "more-than-additive", "less-than-additive"};

const char *vg_additivity_name(VgAdditivityVerdict verdict)
{
    return verdict >= 0 && verdict < VG_ADDITIVITY_COUNT ? VERDICT_NAME[verdict] : NULL;
}

/* Rows of the four arms, packed. */
static VgStatus rows_of_arms(VgArena *arena, const VgFactorialData *data, VgFactorialData *kept,
                             int32_t **cell, VgError *error)
{
    const int32_t arm[4] = {data->none, data->a, data->b, data->both};
    size_t q = data->covariates.cols, n = 0;
    double *y = VG_NEW(arena, double, data->n);
    int32_t *cluster = VG_NEW(arena, int32_t, data->n);
    VgMatrix covariates = vg_matrix_new(arena, data->n, q);
    *cell = VG_NEW(arena, int32_t, data->n);
    if (!y || !cluster || !covariates.data || !*cell)
        return vg_fail_memory(error);
    for (size_t i = 0; i < data->n; i++)
        for (int32_t k = 0; k < 4; k++)
            if (data->arm[i] == arm[k]) {
                y[n] = data->outcome[i];
                cluster[n] = data->clusters.of ? data->clusters.of[i] : 0;
                for (size_t j = 0; j < q; j++)
                    VG_AT(covariates, n, j) = VG_AT(data->covariates, i, j);
                (*cell)[n++] = k;
                break;
            }
    *kept = *data;
    kept->n = n;
    kept->outcome = y;
    covariates.rows = n;
    kept->covariates = covariates;
    kept->clusters.of = data->clusters.of ? cluster : NULL;
    return VG_OK;
}

static VgAdditivityVerdict judge(const VgAdditivity *a, const VgFactorialData *data)
{
    if (a->departure.lower > 0 || a->departure.upper < 0)
        return (a->departure.estimate > 0) != data->lower_is_better ? VG_MORE_THAN_ADDITIVE
                                                                    : VG_LESS_THAN_ADDITIVE;
    if (data->margin > 0 && a->equivalence_lower > -data->margin &&
        a->equivalence_upper < data->margin)
        return VG_ADDITIVE;
    return VG_ADDITIVITY_OPEN;
}

VgStatus vg_additivity(VgArena *arena, const VgFactorialData *data, double level, VgAdditivity *out,
                       VgError *error)
{
    enum { NONE, A, B, BOTH };
    static const char *const ARM[] = {"none", "A", "B", "A + B"};
    static const Weight weight[6][4] = {
        {{A, 1}, {NONE, -1}}, {{B, 1}, {NONE, -1}}, {{BOTH, 1}, {NONE, -1}},
        {{BOTH, 1}, {B, -1}}, {{BOTH, 1}, {A, -1}}, {{BOTH, 1}, {A, -1}, {B, -1}, {NONE, 1}}};
    VgFactorialData kept = *data;
    int32_t *cell;
    Cells cells;
    VgInference *to[6] = {&out->a_alone,    &out->b_alone,    &out->together,
                          &out->a_beside_b, &out->b_beside_a, &out->departure};
    if (!(data->margin >= 0))
        return vg_fail(error, VG_INVALID_INPUT, "the margin of additivity is %g",
                       "give a positive number", data->margin);
    VG_TRY(rows_of_arms(arena, data, &kept, &cell, error));
    VG_TRY(check_rows(kept.n, kept.outcome, kept.covariates, kept.clusters, error));
    VG_TRY(fit_cells(arena, kept.n, kept.outcome, cell, 4, kept.covariates, kept.clusters, &cells,
                     error));
    for (int k = 0; k < 4; k++) {
        out->n[k] = cells.count[k];
        if (cells.count[k] < 2)
            return vg_fail(error, VG_NOT_ESTIMABLE, "arm %s has %zu people",
                           "additivity needs all four arms", ARM[k], cells.count[k]);
    }
    for (int k = 0; k < 6; k++)
        VG_TRY(combine(&cells, weight[k], k < 5 ? 2 : 4, level, arena, to[k], error));
    VgInference equivalence;
    VG_TRY(combine(&cells, weight[5], 4, 2 * level - 1, arena, &equivalence, error));
    out->equivalence_lower = equivalence.lower;
    out->equivalence_upper = equivalence.upper;
    out->verdict = judge(out, data);
    return VG_OK;
}
