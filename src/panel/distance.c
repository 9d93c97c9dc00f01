/* Distances of abundances: the table is brought onto the metric's scale, sums over features come from the
 * kernels, and each pair's sums become its distance. Conventions: vegan's vegdist; Jensen–Shannon as the root
 * of the divergence (Endres & Schindelin 2003). */
#include <vagus/distance.h>

#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "panel/abundance.h"
#include "panel/distance_kernels.h"
#include "panel/unifrac.h"

static const struct {
    const char *name, *label;
    VgPairSum sum;
    int transform; /* −1: the table as it is */
} metrics[] = {
    [VG_METRIC_BRAY_CURTIS] = {"bray", "Bray–Curtis", VG_SUM_ABSOLUTE, -1},
    [VG_METRIC_JACCARD] = {"jaccard", "Jaccard (who is there)", VG_SUM_PRODUCT,
                           VG_TRANSFORM_PRESENCE},
    [VG_METRIC_JACCARD_QUANTITATIVE] = {"jaccard-quantitative", "Jaccard, by amounts",
                                        VG_SUM_ABSOLUTE, -1},
    [VG_METRIC_EUCLIDEAN] = {"euclidean", "Euclidean", VG_SUM_SQUARED, -1},
    [VG_METRIC_MANHATTAN] = {"manhattan", "Manhattan", VG_SUM_ABSOLUTE, -1},
    [VG_METRIC_CANBERRA] = {"canberra", "Canberra", VG_SUM_CANBERRA, -1},
    [VG_METRIC_HELLINGER] = {"hellinger", "Hellinger", VG_SUM_SQUARED, VG_TRANSFORM_HELLINGER},
    [VG_METRIC_CHORD] = {"chord", "chord", VG_SUM_SQUARED, VG_TRANSFORM_CHORD},
    [VG_METRIC_AITCHISON] = {"aitchison", "Aitchison (log-ratios)", VG_SUM_SQUARED,
                             VG_TRANSFORM_CLR},
    [VG_METRIC_ROBUST_AITCHISON] = {"robust-aitchison", "Aitchison, robust", VG_SUM_SQUARED,
                                    VG_TRANSFORM_RCLR},
    [VG_METRIC_JENSEN_SHANNON] = {"jensen-shannon", "Jensen–Shannon", VG_SUM_JENSEN,
                                  VG_TRANSFORM_TOTAL_SUM},
    [VG_METRIC_UNIFRAC] = {"unifrac", "UniFrac, unweighted", VG_SUM_ABSOLUTE, -1},
    [VG_METRIC_WEIGHTED_UNIFRAC] = {"wunifrac", "UniFrac, weighted", VG_SUM_ABSOLUTE, -1},
    [VG_METRIC_NORMALISED_UNIFRAC] = {"wunifrac-normalised", "UniFrac, weighted, normalised",
                                      VG_SUM_ABSOLUTE, -1},
    [VG_METRIC_GENERALISED_UNIFRAC] = {"gunifrac", "UniFrac, generalised", VG_SUM_GENERALISED, -1},
};

const char *vg_metric_name(VgMetric metric)
{
    size_t n = sizeof metrics / sizeof *metrics;
    return (size_t)metric < n ? metrics[metric].name : NULL;
}

const char *vg_metric_label(const char *name)
{
    for (size_t k = 0; name && k < sizeof metrics / sizeof *metrics; k++)
        if (strcmp(name, metrics[k].name) == 0)
            return metrics[k].label;
    return name;
}

double vg_distance_at(const VgDistances *distances, size_t i, size_t j)
{
    if (i == j)
        return 0;
    return distances
        ->value[i < j ? vg_pair_index(distances->n, i, j) : vg_pair_index(distances->n, j, i)];
}

typedef struct Finish {
    VgMetric metric;
    const double *total; /* of the table on the metric's scale */
    double *value;
} Finish;

static void finish(const void *context, size_t i, size_t j, double first, double second, size_t at)
{
    const Finish *f = context;
    double both = f->total[i] + f->total[j], d = first;
    switch (f->metric) {
    case VG_METRIC_BRAY_CURTIS:
        d = first / both;
        break;
    case VG_METRIC_JACCARD_QUANTITATIVE:
        d = 2 * first / (both + first);
        break;
    case VG_METRIC_JACCARD:
        d = 1 - first / (both - first);
        break;
    case VG_METRIC_CANBERRA:
        d = first / second;
        break;
    case VG_METRIC_MANHATTAN:
        break;
    case VG_METRIC_JENSEN_SHANNON:
        d = sqrt(fmax(first, 0) / 2);
        break;
    default:
        d = sqrt(first);
    }
    f->value[at] = d;
}

/* Two samples of zeros only have no distance where its denominator is what they hold. */
static VgStatus check_empty(VgMetric metric, const double *total, size_t n, VgError *error)
{
    if (metric == VG_METRIC_EUCLIDEAN || metric == VG_METRIC_MANHATTAN)
        return VG_OK;
    if (metric != VG_METRIC_BRAY_CURTIS && metric != VG_METRIC_JACCARD &&
        metric != VG_METRIC_JACCARD_QUANTITATIVE && metric != VG_METRIC_CANBERRA)
        return vg_abundance_no_empty(total, n, "distance of this kind", error);
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < n; i++) {
        if (total[i] > 0)
            continue;
        if (first != SIZE_MAX)
            return vg_fail(error, VG_INVALID_INPUT,
                           "samples %zu and %zu hold zeros only and have no distance to each other",
                           "leave them out", first + 1, i + 1);
        first = i;
    }
    return VG_OK;
}

static VgStatus sample_rows(VgArena *arena, VgMatrix table, VgSampleRows *rows, VgError *error)
{
    size_t size, width = (table.cols + 3) / 4 * 4;
    double *data = vg_size_product(width, table.rows, &size)
                       ? vg_arena_alloc(arena, size, sizeof *data)
                       : NULL;
    if (!data)
        return vg_fail_memory(error);
    for (size_t from = 0; from < table.rows; from += 16) /* 16 rows at a time stay in the cache */
        for (size_t j = 0; j < table.cols; j++)
            for (size_t i = from; i < from + 16 && i < table.rows; i++)
                data[i * width + j] = VG_AT(table, i, j);
    *rows = (VgSampleRows){.data = data, .n = table.rows, .width = width};
    return VG_OK;
}

static VgStatus abundance_distances(VgArena *arena, VgMatrix table, double *total,
                                    const VgDistanceOptions *options, int threads, double *value,
                                    VgError *error)
{
    VgMetric metric = options->metric;
    VgArenaMark mark = vg_arena_mark(arena);
    if (metrics[metric].transform >= 0) {
        VgTransformOptions transform = options->transform;
        transform.transform = (VgTransform)metrics[metric].transform;
        VG_TRY(vg_transform(arena, table, &transform, &table, error));
        for (size_t i = 0; i < table.rows; i++)
            total[i] = 0;
        for (size_t j = 0; j < table.cols; j++)
            for (size_t i = 0; i < table.rows; i++)
                total[i] += VG_AT(table, i, j);
    }
    VgSampleRows rows;
    VG_TRY(sample_rows(arena, table, &rows, error));
    Finish context = {metric, total, value};
    vg_pair_sums(&rows, metrics[metric].sum, &(VgPairFinish){finish, &context}, threads);
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

VgStatus vg_distances(VgArena *arena, VgMatrix table, const VgDistanceOptions *options,
                      VgDistances **distances, VgError *error)
{
    size_t n = table.rows, pairs = 0;
    int threads = options->threads > 0 ? options->threads : omp_get_max_threads();
    if (n < 2)
        return vg_fail(error, VG_INVALID_INPUT, "distances among %zu samples", "give two or more",
                       n);
    if (!vg_metric_name(options->metric))
        return vg_fail(error, VG_INVALID_INPUT, "an unknown metric", "see VgMetric");
    if (!vg_size_product(n, n - 1, &pairs))
        return vg_fail_memory(error);
    VgDistances *out = VG_NEW(arena, VgDistances, 1);
    double *value = VG_NEW(arena, double, pairs / 2);
    VgArenaMark mark = vg_arena_mark(arena);
    double *total = VG_NEW(arena, double, n);
    if (!out || !value || !total)
        return vg_fail_memory(error);
    VG_TRY(vg_abundance_check(table, total, error));
    VG_TRY(check_empty(options->metric, total, n, error));
    if (options->metric >= VG_METRIC_UNIFRAC)
        VG_TRY(vg_unifrac(arena, table, total, options, threads, value, error));
    else
        VG_TRY(abundance_distances(arena, table, total, options, threads, value, error));
    vg_arena_rewind(arena, mark);
    *out = (VgDistances){n, value};
    *distances = out;
    return VG_OK;
}
