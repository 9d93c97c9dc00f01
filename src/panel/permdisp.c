/* PERMDISP: distances to group centres in the space of PCoA, compared by ANOVA (Anderson 2006; vegan's betadisper).
 *
 * A squared distance to a centroid is a matter of scalar products alone. A spatial median is found axis by axis in
 * PCoA, positive and negative axes apart as in vegan, by Weiszfeld's iteration, run to its end (vegan's optimiser
 * stops at 1e-8 of the objective, which leaves about 1e-4 of the distances). */
#include <vagus/permanova.h>

#include <math.h>
#include <stdint.h>

#include "numeric/distributions.h"
#include "numeric/blas_threads.h"
#include "numeric/householder.h"
#include "numeric/linear_algebra.h"
#include "numeric/replicate.h"
#include "panel/gower.h"
#include "panel/shuffle.h"

enum { BATCH = 64, MOST_STEPS = 20000 };

/* --- centres ----------------------------------------------------------------------------------- */

/* Points of one group on some axes. */
typedef struct Cloud {
    VgMatrix points; /* samples × all axes */
    const size_t *member;
    size_t n;
    size_t from, to; /* axes */
} Cloud;

static double squared_from(const Cloud *cloud, size_t k, const double *centre)
{
    double sum = 0;
    for (size_t a = cloud->from; a < cloud->to; a++) {
        double d = VG_AT(cloud->points, cloud->member[k], a) - centre[a];
        sum += d * d;
    }
    return sum;
}

static void take_point(const Cloud *cloud, size_t k, double *centre)
{
    for (size_t a = cloud->from; a < cloud->to; a++)
        centre[a] = VG_AT(cloud->points, cloud->member[k], a);
}

/* A point of the cloud is its median when the unit vectors to the others sum to less than 1. */
static bool point_is_median(const Cloud *cloud, size_t k, double *centre, double *pull)
{
    take_point(cloud, k, centre);
    for (size_t a = cloud->from; a < cloud->to; a++)
        pull[a] = 0;
    double alike = 0;
    for (size_t m = 0; m < cloud->n; m++) {
        double d = sqrt(squared_from(cloud, m, centre));
        if (d <= 1e-14)
            alike++;
        for (size_t a = cloud->from; d > 1e-14 && a < cloud->to; a++)
            pull[a] += (VG_AT(cloud->points, cloud->member[m], a) - centre[a]) / d;
    }
    double norm = 0;
    for (size_t a = cloud->from; a < cloud->to; a++)
        norm += pull[a] * pull[a];
    return sqrt(norm) < alike - 1e-12;
}

static void weiszfeld(const Cloud *cloud, double *centre, double *next)
{
    double scale = 0;
    for (size_t a = cloud->from; a < cloud->to; a++) {
        centre[a] = 0;
        for (size_t k = 0; k < cloud->n; k++)
            centre[a] += VG_AT(cloud->points, cloud->member[k], a) / (double)cloud->n;
    }
    for (size_t k = 0; k < cloud->n; k++)
        scale = fmax(scale, squared_from(cloud, k, centre));
    for (int step = 0; step < MOST_STEPS; step++) {
        double weights = 0, moved = 0;
        for (size_t a = cloud->from; a < cloud->to; a++)
            next[a] = 0;
        for (size_t k = 0; k < cloud->n; k++) {
            double d = sqrt(squared_from(cloud, k, centre));
            if (d <= 1e-14 * sqrt(scale))
                return; /* passed through a point that is not the median only by chance: stay */
            weights += 1 / d;
            for (size_t a = cloud->from; a < cloud->to; a++)
                next[a] += VG_AT(cloud->points, cloud->member[k], a) / d;
        }
        for (size_t a = cloud->from; a < cloud->to; a++) {
            double to = next[a] / weights;
            moved += (to - centre[a]) * (to - centre[a]);
            centre[a] = to;
        }
        if (moved <= 1e-30 * scale)
            return;
    }
}

static void spatial_median(const Cloud *cloud, double *centre, double *scratch)
{
    for (size_t k = 0; k < cloud->n; k++)
        if (point_is_median(cloud, k, centre, scratch))
            return;
    weiszfeld(cloud, centre, scratch);
}

/* --- distances to centres ----------------------------------------------------------------------- */

typedef struct Groups {
    const int32_t *code;
    size_t n_rows, n;
    size_t *size, *start, *member; /* rows by group */
} Groups;

static VgStatus sort_groups(VgArena *arena, Groups *groups, VgError *error)
{
    groups->size = VG_NEW(arena, size_t, groups->n);
    groups->start = VG_NEW(arena, size_t, groups->n + 1);
    groups->member = VG_NEW(arena, size_t, groups->n_rows);
    size_t *filled = VG_NEW(arena, size_t, groups->n);
    if (!groups->size || !groups->start || !groups->member || !filled)
        return vg_fail_memory(error);
    for (size_t r = 0; r < groups->n_rows; r++)
        groups->size[groups->code[r]]++;
    for (size_t c = 0; c < groups->n; c++) {
        if (!groups->size[c])
            return vg_fail(error, VG_INVALID_INPUT, "group %zu has no samples", "leave it out",
                           c + 1);
        groups->start[c + 1] = groups->start[c] + groups->size[c];
    }
    for (size_t r = 0; r < groups->n_rows; r++) {
        size_t c = (size_t)groups->code[r];
        groups->member[groups->start[c] + filled[c]++] = r;
    }
    return VG_OK;
}

/* ‖x_r − mean‖² = G_rr − 2 mean_k G_rk + mean_kl G_kl */
static void squares_to_centroids(const Groups *groups, VgMatrix g, double *square)
{
    for (size_t c = 0; c < groups->n; c++) {
        const size_t *member = groups->member + groups->start[c];
        size_t m = groups->size[c];
        double all = 0;
        for (size_t a = 0; a < m; a++) {
            double sum = 0;
            for (size_t b = 0; b < m; b++)
                sum += VG_AT(g, member[b], member[a]);
            all += sum;
            square[member[a]] = VG_AT(g, member[a], member[a]) - 2 * sum / (double)m;
        }
        for (size_t a = 0; a < m; a++)
            square[member[a]] += all / ((double)m * (double)m);
    }
}

static VgStatus squares_to_medians(VgArena *arena, const Groups *groups, VgMatrix g, double *square,
                                   VgError *error)
{
    size_t n = groups->n_rows;
    double *value = VG_NEW(arena, double, n), *centre = VG_NEW(arena, double, n);
    double *scratch = VG_NEW(arena, double, n);
    if (!value || !centre || !scratch)
        return vg_fail_memory(error);
    VG_TRY(vg_symmetric_eigen(arena, g, value, error)); /* g becomes the vectors */
    double least = sqrt(2.220446049250313e-16) * fmax(1, value[n - 1]);
    size_t negative = 0, positive = n;
    while (negative < n && value[negative] < -least)
        negative++;
    while (positive > 0 && value[positive - 1] > least)
        positive--;
    for (size_t a = 0; a < n; a++)
        for (size_t r = 0; r < n; r++)
            VG_AT(g, r, a) *= sqrt(fabs(value[a]));
    for (size_t c = 0; c < groups->n; c++) {
        Cloud cloud = {g, groups->member + groups->start[c], groups->size[c], positive, n};
        spatial_median(&cloud, centre, scratch);
        for (size_t k = 0; k < cloud.n; k++)
            square[cloud.member[k]] = squared_from(&cloud, k, centre);
        cloud.from = 0;
        cloud.to = negative;
        if (negative)
            spatial_median(&cloud, centre, scratch);
        for (size_t k = 0; negative && k < cloud.n; k++)
            square[cloud.member[k]] -= squared_from(&cloud, k, centre);
    }
    return VG_OK;
}

/* --- the test ----------------------------------------------------------------------------------- */

typedef struct Plan {
    const VgShuffler *shuffler;
    const double *residual; /* of distances to centres about their group means */
    const int32_t *group;
    size_t n, n_groups;
    double total; /* Σ residual² */
    double f;     /* observed */
} Plan;

/* F of `value` (mean 0, sum of squares `total`) by the groups of row_from. */
static double f_of(const Plan *plan, const double *value, double total, const size_t *row_from,
                   double *sum, double *size)
{
    double between = 0;
    for (size_t c = 0; c < plan->n_groups; c++)
        sum[c] = size[c] = 0;
    for (size_t r = 0; r < plan->n; r++) {
        int32_t c = plan->group[row_from ? row_from[r] : r];
        sum[c] += value[r];
        size[c] += 1;
    }
    for (size_t c = 0; c < plan->n_groups; c++)
        between += size[c] > 0 ? sum[c] * sum[c] / size[c] : 0;
    double df = (double)plan->n_groups - 1, df_residual = (double)(plan->n - plan->n_groups);
    return between / df / ((total - between) / df_residual);
}

static VgStatus run_batch(size_t i, VgRandom random, VgArena *arena, const void *context,
                          void *record, VgError *error)
{
    (void)random;
    const Plan *plan = context;
    uint32_t *reached = record;
    size_t *source = VG_NEW(arena, size_t, 2 * plan->shuffler->n_units);
    size_t *row_from = VG_NEW(arena, size_t, plan->n);
    double *sum = VG_NEW(arena, double, plan->n_groups),
           *size = VG_NEW(arena, double, plan->n_groups);
    if (!source || !row_from || !sum || !size)
        return vg_fail_memory(error);
    for (size_t k = i * BATCH; k < (i + 1) * BATCH && k < plan->shuffler->count; k++) {
        vg_shuffler_units(plan->shuffler, k, source);
        vg_shuffler_rows(plan->shuffler, source, row_from);
        *reached += vg_shuffle_reaches(f_of(plan, plan->residual, plan->total, row_from, sum, size),
                                       plan->f);
    }
    return VG_OK;
}

static VgStatus add_batch(size_t i, const void *record, void *total, VgError *error)
{
    (void)i, (void)error;
    *(size_t *)total += *(const uint32_t *)record;
    return VG_OK;
}

static VgStatus permute(VgArena *arena, const Groups *groups, const VgShuffleOptions *options,
                        VgPermdisp *out, VgError *error)
{
    size_t n = groups->n_rows, reached = 0;
    double *residual = VG_NEW(arena, double, n), *sum = VG_NEW(arena, double, groups->n);
    double *size = VG_NEW(arena, double, groups->n);
    if (!residual || !sum || !size)
        return vg_fail_memory(error);
    VgShuffler shuffler;
    Plan plan = {.shuffler = &shuffler,
                 .residual = residual,
                 .group = groups->code,
                 .n = n,
                 .n_groups = groups->n};
    double mean = vg_sum_accurate(out->distance, n) / (double)n, total = 0;
    for (size_t r = 0; r < n; r++) {
        residual[r] = out->distance[r] - mean;
        total += residual[r] * residual[r];
    }
    out->f = plan.f = f_of(&plan, residual, total, NULL, sum, size);
    out->p_parametric = vg_f_upper(out->f, out->df_groups, out->df_residual);
    for (size_t r = 0; r < n; r++) {
        residual[r] = out->distance[r] - out->group_mean[groups->code[r]];
        plan.total += residual[r] * residual[r];
    }
    if (!(plan.total > 1e-24 * (total + mean * mean))) {
        out->note = "the distances do not vary within groups: no test";
        return VG_OK;
    }
    VG_TRY(vg_shuffler_create(arena, options, n, groups->code, &shuffler, error));
    VgReplicate replicate = {.count = (shuffler.count + BATCH - 1) / BATCH,
                             .seed = shuffler.seed,
                             .stream = VG_STREAM_PERMUTATION,
                             .record_size = sizeof(uint32_t),
                             .body = run_batch,
                             .merge = add_batch,
                             .context = &plan,
                             .total = &reached,
                             .threads = options->threads};
    VG_TRY(vg_replicate(&replicate, error));
    out->account = shuffler.account;
    /* residuals of the observed groups have no between-group part, so the observed arrangement itself is not
     * among those that reach F: it is added, enumerated or not (vegan's permutest) */
    double b = (double)shuffler.account.permutations;
    out->p = (1 + (double)reached) / (1 + b);
    out->p_se = shuffler.account.enumerated ? 0 : sqrt(out->p * (1 - out->p) / b);
    out->account.smallest_p = 1 / (1 + b);
    return VG_OK;
}

VgStatus vg_permdisp(VgArena *arena, const VgDistances *distances, const size_t *row,
                     const int32_t *group, size_t n_rows, size_t n_groups,
                     VgDispersionCentre centre, const VgShuffleOptions *options,
                     VgPermdisp **permdisp, VgError *error)
{
    if (n_groups < 2 || n_rows <= n_groups)
        return vg_fail(error, VG_NOT_ESTIMABLE, "the spread of %zu samples in %zu groups",
                       "give two or more groups of several samples", n_rows, n_groups);
    Groups groups = {.code = group, .n_rows = n_rows, .n = n_groups};
    VG_TRY(sort_groups(arena, &groups, error));
    VgPermdisp *out = VG_NEW(arena, VgPermdisp, 1);
    double *distance = VG_NEW(arena, double, n_rows), *mean = VG_NEW(arena, double, n_groups);
    VgMatrix g;
    if (!out || !distance || !mean)
        return vg_fail_memory(error);
    VG_TRY(vg_gower(arena, distances, row, n_rows, &g, error));
    if (centre == VG_CENTRE_CENTROID)
        squares_to_centroids(&groups, g, distance);
    else {
        int threads = vg_blas_hold();
        VgStatus status = squares_to_medians(arena, &groups, g, distance, error);
        vg_blas_release(threads);
        VG_TRY(status);
    }
    *out = (VgPermdisp){.n = n_rows,
                        .n_groups = n_groups,
                        .distance = distance,
                        .group_mean = mean,
                        .group_size = groups.size,
                        .df_groups = (double)n_groups - 1,
                        .df_residual = (double)(n_rows - n_groups),
                        .p = NAN,
                        .p_se = NAN};
    for (size_t r = 0; r < n_rows; r++) {
        out->n_negative += distance[r] < -1e-12;
        distance[r] = sqrt(fmax(distance[r], 0));
        mean[group[r]] += distance[r] / (double)groups.size[group[r]];
    }
    VG_TRY(permute(arena, &groups, options, out, error));
    *permdisp = out;
    return VG_OK;
}
