/* Presence (logistic, augmented as MaAsLin 3) and counts (negative binomial) of every feature.
 *
 * Presence: every sample stands three times, as it is and as 1 and as 0 with weight p/(2n), p the number of
 * coefficients besides the intercept: finite estimates where presence separates the arms. log depth is a covariate.
 * Samples of one group share a cluster (CR0 errors), in both models. METHODS 3.3. */
#include <math.h>
#include <string.h>

#include <vagus/glm.h>

#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"
#include "panel/differential_internal.h"

typedef struct Work {
    const VgDifferentialData *data;
    VgDifferential *out;
    VgMatrix x;
    double *weights, *offset;
    int32_t *cluster;
    double level;
    bool presence;
} Work;

/* Does log depth add something to the design? */
static VgStatus depth_column(VgArena *arena, const VgDifferentialData *data, const double *depth,
                             double **column, VgError *error)
{
    size_t n = data->x.rows, p = data->x.cols;
    VgMatrix both = vg_matrix_new(arena, n, p + 1);
    double *logs = VG_NEW(arena, double, n), mean = 0;
    if (!both.data || !logs)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        mean += log(depth[i]) / (double)n;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < p; j++)
            VG_AT(both, i, j) = VG_AT(data->x, i, j);
        VG_AT(both, i, p) = logs[i] = log(depth[i]) - mean;
    }
    VgQr qr;
    VG_TRY(vg_qr_factor(arena, both, VG_RANK_TOLERANCE, &qr, error));
    *column = data->counts && qr.rank == p + 1 ? logs : NULL;
    return VG_OK;
}

static VgStatus prepare(VgArena *arena, const double *depth, Work *work, VgError *error)
{
    const VgDifferentialData *data = work->data;
    size_t n = data->x.rows, p = data->x.cols;
    double *column = NULL;
    if (!work->presence) {
        work->x = data->x;
        work->offset = VG_NEW(arena, double, n);
        if (!work->offset)
            return vg_fail_memory(error);
        work->cluster = VG_NEW(arena, int32_t, n);
        if (!work->cluster)
            return vg_fail_memory(error);
        for (size_t i = 0; i < n; i++) {
            work->offset[i] = log(depth[i]);
            work->cluster[i] = data->n_terms ? data->term[0].group[i] : 0;
        }
        return VG_OK;
    }
    VG_TRY(depth_column(arena, data, depth, &column, error));
    size_t columns = p + (column != NULL);
    work->x = vg_matrix_new(arena, 3 * n, columns);
    work->weights = VG_NEW(arena, double, 3 * n);
    work->cluster = VG_NEW(arena, int32_t, 3 * n);
    if (!work->x.data || !work->weights || !work->cluster)
        return vg_fail_memory(error);
    for (size_t i = 0; i < 3 * n; i++) {
        for (size_t j = 0; j < p; j++)
            VG_AT(work->x, i, j) = VG_AT(data->x, i % n, j);
        if (column)
            VG_AT(work->x, i, p) = column[i % n];
        work->weights[i] = i < n ? 1 : (double)(columns - 1) / (2 * (double)n);
        work->cluster[i] = data->n_terms ? data->term[0].group[i % n] : 0;
    }
    return VG_OK;
}

static VgStatus fit_feature(size_t f, VgRandom random, VgArena *scratch, const void *context,
                            void *record, VgError *error)
{
    (void)random;
    const Work *work = context;
    const VgDifferentialData *data = work->data;
    size_t n = data->x.rows, rows = work->x.rows, contrasts = data->n_contrasts;
    VgLmmStatus *status = record;
    VgInference *answer = (VgInference *)(void *)((char *)record + sizeof(VgInference));
    for (size_t c = 0; c < contrasts; c++)
        answer[c] = (VgInference){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    size_t present = work->out->present[f];
    *status = VG_LMM_CONSTANT;
    if (present == 0 || (work->presence && present == n))
        return VG_OK;
    double *y = VG_NEW(scratch, double, rows), *l = VG_NEW(scratch, double, work->x.cols);
    if (!y || !l)
        return vg_fail_memory(error);
    for (size_t i = 0; i < rows; i++)
        y[i] = !work->presence ? VG_AT(data->table, i, f)
               : i < n         ? (VG_AT(data->table, i, f) > 0 ? 1.0 : 0.0)
                               : (i < 2 * n ? 1.0 : 0.0);
    VgGlmData glm = {.x = work->x, .y = y, .weights = work->weights, .offset = work->offset};
    VgGlmOptions options = {.family = work->presence ? VG_GLM_BINOMIAL : VG_GLM_NEGATIVE_BINOMIAL};
    if (data->n_terms) {
        options.robust = VG_GLM_ROBUST_CR0;
        glm.cluster = work->cluster;
        glm.n_clusters = data->term[0].n_groups;
    }
    VgGlmFit fit;
    VgError why = {0};
    VgStatus done = vg_glm_fit(scratch, &glm, &options, &fit, &why);
    if (done == VG_NOT_ESTIMABLE && !work->presence) { /* no overdispersion: the limit is Poisson */
        options.family = VG_GLM_POISSON;
        done = vg_glm_fit(scratch, &glm, &options, &fit, &why);
    }
    if (done == VG_NO_MEMORY)
        return vg_fail_memory(error);
    *status = done == VG_OK              ? VG_LMM_FITTED
              : done == VG_NOT_ESTIMABLE ? VG_LMM_SEPARATED
                                         : VG_LMM_NO_CONVERGENCE;
    for (size_t c = 0; c < contrasts && done == VG_OK; c++) {
        memcpy(l, data->contrast + c * data->x.cols, data->x.cols * sizeof *l);
        if (vg_glm_contrast(&fit, l, work->level, &answer[c], &why) != VG_OK)
            answer[c] = (VgInference){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        if (!work->presence) { /* to log2 */
            answer[c].estimate /= M_LN2;
            answer[c].se /= M_LN2;
            answer[c].lower /= M_LN2;
            answer[c].upper /= M_LN2;
        }
    }
    return VG_OK;
}

static VgStatus keep_feature(size_t f, const void *record, void *total, VgError *error)
{
    (void)error;
    const Work *work = total;
    size_t contrasts = work->data->n_contrasts;
    const VgLmmStatus *status = record;
    (work->presence ? work->out->prevalence_status : work->out->status)[f] = *status;
    memcpy((work->presence ? work->out->prevalence : work->out->answer) + f * contrasts,
           (const char *)record + sizeof(VgInference), contrasts * sizeof(VgInference));
    return VG_OK;
}

VgStatus vg_differential_glm(VgArena *arena, const VgDifferentialData *data,
                             const VgDifferentialOptions *options, const double *depth,
                             bool presence, VgDifferential *out, VgError *error)
{
    Work work = {.data = data,
                 .out = out,
                 .level = options->level > 0 ? options->level : 0.95,
                 .presence = presence};
    VG_TRY(prepare(arena, depth, &work, error));
    VgReplicate plan = {.count = data->table.cols,
                        .stream = VG_STREAM_TEST,
                        .record_size = (data->n_contrasts + 1) * sizeof(VgInference),
                        .body = fit_feature,
                        .merge = keep_feature,
                        .context = &work,
                        .total = &work,
                        .threads = options->threads};
    return vg_replicate(&plan, error);
}
