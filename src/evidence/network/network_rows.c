/* A table of contrasts into studies with covariance.
 *
 * A study of k arms gives all k(k − 1)/2 pairs. Their variances determine the covariance of the contrasts against one
 * arm, V_ij = (v_i0 + v_j0 − v_ij) / 2. Their effects must add up; what rounding left over is removed by the projection
 * that minimises Σ w (y_ab − (t_a − t_b))², w the reduced weights of the pairs (off-diagonals of the study's
 * Laplacian), as the graph-theoretical method does. Source: Rücker & Schwarzer 2014; METHODS 8.4. */
#include "evidence/network/network_internal.h"

#include <math.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "numeric/linear_algebra.h"
#include "numeric/small_symmetric.h"

typedef struct Reader {
    VgArena *arena;
    const VgNetworkRow *row;
    const VgNetworkReadOptions *options;
    const char *file;
    VgNetworkRepair *repair;
    size_t n_repairs;
    VgError *error;
} Reader;

static VgStatus check_row(const Reader *r, const VgNetworkRow *row)
{
    if (!row->study || !row->treatment[0] || !row->treatment[1])
        return vg_fail_at(r->error, VG_INVALID_INPUT, r->file, row->line,
                          "a row lacks its study or a treatment",
                          "each row needs study, treatment 1 and treatment 2");
    if (strcmp(row->treatment[0], row->treatment[1]) == 0)
        return vg_fail_at(r->error, VG_INVALID_INPUT, r->file, row->line,
                          "study \"%s\" compares \"%s\" with itself",
                          "a row compares two different treatments", row->study, row->treatment[0]);
    if (!isfinite(row->effect) || !isfinite(row->se) || row->se <= 0.0)
        return vg_fail_at(r->error, VG_INVALID_INPUT, r->file, row->line,
                          "study \"%s\", %s against %s: the effect and a positive standard error "
                          "are needed",
                          "complete the row or leave the study out", row->study, row->treatment[0],
                          row->treatment[1]);
    return VG_OK;
}

/* Weighted least squares of the arms on all pairs of effects; y is k × k, antisymmetric. */
static VgStatus project(const Reader *r, size_t k, const double *y, const double *covariance,
                        double *effect, double *largest)
{
    size_t p = k - 1;
    double *inverse = VG_NEW(r->arena, double, p *p), *factor = VG_NEW(r->arena, double, p *p);
    VgMatrix normal = vg_matrix_new(r->arena, p, p);
    if (!inverse || !factor || !normal.data)
        return vg_fail_memory(r->error);
    double log_det;
    memcpy(factor, covariance, p * p * sizeof *factor);
    *largest = 0.0;
    for (size_t i = 0; i < p; i++)
        effect[i] = 0.0;
    if (!vg_small_cholesky(p, factor, &log_det)) {
        for (size_t i = 0; i < p; i++)
            effect[i] = y[(i + 1)]; /* refused by vg_network_build, with a name */
        return VG_OK;
    }
    vg_small_lower_inverse(p, factor, inverse);
    vg_small_gram_of_inverse(p, inverse, factor); /* V⁻¹ = the Laplacian without arm 0 */
    for (size_t i = 0; i < p; i++) {
        double to_base = 0.0;
        for (size_t j = 0; j < p; j++) {
            VG_AT(normal, i, j) = factor[i + j * p];
            to_base += factor[i + j * p];
            if (i != j)
                effect[i] += -factor[i + j * p] * y[(i + 1) + (j + 1) * k];
        }
        effect[i] += to_base * y[i + 1];
    }
    if (!vg_cholesky(normal))
        return VG_OK;
    vg_cholesky_solve(normal, effect);
    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b < a; b++) {
            double fitted = (a ? effect[a - 1] : 0.0) - (b ? effect[b - 1] : 0.0);
            *largest = fmax(*largest, fabs(fitted - y[a + b * k]));
        }
    return VG_OK;
}

/* The largest |(a − b) + (b − c) − (a − c)|. */
static double largest_gap(size_t k, const double *y)
{
    double gap = 0.0;
    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b < k; b++)
            for (size_t c = 0; c < k; c++)
                if (a != b && b != c && a != c)
                    gap = fmax(gap, fabs(y[a + b * k] + y[b + c * k] - y[a + c * k]));
    return gap;
}

/* The rows index[0 … m − 1] are one study. */
static VgStatus read_study(Reader *r, const size_t *index, size_t m, VgNetworkStudy *study)
{
    const VgNetworkRow *first = &r->row[index[0]];
    VgMap *arms = vg_map_create(r->arena);
    if (!arms)
        return vg_fail_memory(r->error);
    for (size_t i = 0; i < m; i++)
        for (int g = 0; g < 2; g++) {
            const char *name = r->row[index[i]].treatment[g];
            if (vg_map_add(arms, name, strlen(name)) < 0)
                return vg_fail_memory(r->error);
        }
    size_t k = vg_map_size(arms), p = k - 1, square;
    if (!vg_size_product(k, k, &square))
        return vg_fail_memory(r->error);
    const char **name = VG_NEW(r->arena, const char *, k);
    double *y = VG_NEW(r->arena, double, square), *v = VG_NEW(r->arena, double, square);
    double *effect = VG_NEW(r->arena, double, p), *covariance = VG_NEW(r->arena, double, p *p);
    double *participants = VG_NEW(r->arena, double, k);
    if (!name || !y || !v || !effect || !covariance || !participants)
        return vg_fail_memory(r->error);
    for (size_t a = 0; a < k; a++) {
        name[a] = vg_map_key(arms, a);
        participants[a] = (double)NAN;
    }
    double widest = 0.0, narrowest = (double)INFINITY;
    for (size_t i = 0; i < m; i++) {
        const VgNetworkRow *row = &r->row[index[i]];
        size_t a = (size_t)vg_map_find(arms, row->treatment[0], strlen(row->treatment[0]));
        size_t b = (size_t)vg_map_find(arms, row->treatment[1], strlen(row->treatment[1]));
        if (v[a + b * k] > 0.0)
            return vg_fail_at(r->error, VG_INVALID_INPUT, r->file, row->line,
                              "study \"%s\" compares %s and %s twice",
                              "one row for each pair of a study; different studies need different "
                              "labels",
                              row->study, row->treatment[0], row->treatment[1]);
        y[a + b * k] = row->effect;
        y[b + a * k] = -row->effect;
        v[a + b * k] = v[b + a * k] = row->se * row->se;
        widest = fmax(widest, row->se);
        narrowest = fmin(narrowest, row->se);
        if (isfinite(row->n[0]))
            participants[a] = row->n[0];
        if (isfinite(row->n[1]))
            participants[b] = row->n[1];
    }
    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b < a; b++)
            if (v[a + b * k] <= 0.0)
                return vg_fail_at(r->error, VG_INVALID_INPUT, r->file, first->line,
                                  "study \"%s\" has %zu arms but no row for %s against %s",
                                  "a study of several arms needs a row for every pair of them",
                                  first->study, k, name[b], name[a]);
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++)
            covariance[i + j * p] = 0.5 * (v[i + 1] + v[j + 1] - v[(i + 1) + (j + 1) * k]);
    double largest = 0.0;
    if (k == 2)
        effect[0] = y[1];
    else
        VG_TRY(project(r, k, y, covariance, effect, &largest));
    double tolerance = r->options && r->options->repair_tolerance > 0.0
                           ? r->options->repair_tolerance
                           : 1e-3 * (1.0 + widest);
    if (largest > tolerance)
        return vg_fail_at(r->error, VG_INVALID_INPUT, r->file, first->line,
                          "the effects of study \"%s\" do not add up: a − b and b − c miss a − c "
                          "by up to %.3g",
                          "check signs and the order of treatments in the rows of this study",
                          first->study, largest_gap(k, y));
    if (largest > 1e-9 * (1.0 + widest))
        r->repair[r->n_repairs++] = (VgNetworkRepair){first->study, largest, largest / narrowest};
    *study = (VgNetworkStudy){first->study, first->line, k, name, effect, covariance, participants};
    return VG_OK;
}

VgStatus vg_network_studies_from_rows(VgArena *arena, const VgNetworkRow *row, size_t n_rows,
                                      const VgNetworkReadOptions *options, VgNetworkStudy **study,
                                      size_t *n_studies, VgNetworkRepair **repair,
                                      size_t *n_repairs, VgError *error)
{
    Reader r = {.arena = arena,
                .row = row,
                .options = options,
                .file = options ? options->file : NULL,
                .error = error};
    VgMap *labels = vg_map_create(arena);
    size_t *of = VG_NEW(arena, size_t, n_rows);
    if (!labels || !of)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n_rows; i++) {
        VG_TRY(check_row(&r, &row[i]));
        int64_t label = vg_map_add(labels, row[i].study, strlen(row[i].study));
        if (label < 0)
            return vg_fail_memory(error);
        of[i] = (size_t)label;
    }
    size_t n = vg_map_size(labels);
    size_t *start = VG_NEW(arena, size_t, n + 2), *sorted = VG_NEW(arena, size_t, n_rows);
    *study = VG_NEW(arena, VgNetworkStudy, n);
    r.repair = VG_NEW(arena, VgNetworkRepair, n);
    if (!start || !sorted || !*study || !r.repair)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n_rows; i++)
        start[of[i] + 2]++;
    for (size_t s = 2; s < n + 2; s++)
        start[s] += start[s - 1];
    for (size_t i = 0; i < n_rows; i++)
        sorted[start[of[i] + 1]++] = i;
    for (size_t s = 0; s < n; s++)
        VG_TRY(read_study(&r, sorted + start[s], start[s + 1] - start[s], &(*study)[s]));
    *n_studies = n;
    *repair = r.repair;
    *n_repairs = r.n_repairs;
    return VG_OK;
}

VgStatus vg_network_of_contrasts(VgArena *arena, const VgNetworkContrasts *contrasts,
                                 const char *file, VgNetwork **network, VgError *error)
{
    VgNetworkStudy *study = VG_NEW(arena, VgNetworkStudy, contrasts->n_studies);
    if (!study)
        return vg_fail_memory(error);
    for (size_t s = 0; s < contrasts->n_studies; s++) {
        const VgContrastStudy *from = &contrasts->study[s];
        size_t r = from->n_arms > 0 ? from->n_arms - 1 : 0, square;
        if (!vg_size_product(r, r, &square))
            return vg_fail_memory(error);
        const char **name = VG_NEW(arena, const char *, from->n_arms);
        double *covariance = VG_NEW(arena, double, square);
        if (!name || !covariance)
            return vg_fail_memory(error);
        for (size_t a = 0; a < from->n_arms; a++)
            name[a] = contrasts->treatment[from->arm[a]];
        for (size_t j = 0; j < r; j++)
            for (size_t i = 0; i < r; i++)
                covariance[i + j * r] = VG_AT(from->v, i, j);
        study[s] = (VgNetworkStudy){from->study, from->line, from->n_arms, name,
                                    from->y,     covariance, from->n};
    }
    return vg_network_build(arena, study, contrasts->n_studies, file, network, error);
}
