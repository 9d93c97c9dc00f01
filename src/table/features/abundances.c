/* Abundances in other shapes: dense, and feature by feature. */
#include <vagus/feature_table.h>

#include "base/memory.h"

VgStatus vg_abundances_dense(VgArena *arena, const VgAbundances *amount, size_t n_samples,
                             size_t n_features, double **dense, VgError *error)
{
    size_t n;
    *dense = vg_size_product(n_samples, n_features, &n) ? VG_NEW(arena, double, n) : NULL;
    if (!*dense)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n_samples; i++)
        for (size_t k = amount->start[i]; k < amount->start[i + 1]; k++)
            (*dense)[i + amount->feature[k] * n_samples] = amount->value[k];
    return VG_OK;
}

VgStatus vg_abundances_by_feature(VgArena *arena, const VgAbundances *amount, size_t n_samples,
                                  size_t n_features, VgAbundanceColumns *columns, VgError *error)
{
    size_t n = amount->start[n_samples];
    size_t *start = VG_NEW(arena, size_t, n_features + 2);
    *columns = (VgAbundanceColumns){start, vg_arena_alloc_raw(arena, n, sizeof(uint32_t)),
                                    vg_arena_alloc_raw(arena, n, sizeof(double))};
    if (!start || !columns->sample || !columns->value)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++)
        start[amount->feature[k] + 2]++;
    for (size_t j = 2; j < n_features + 2; j++)
        start[j] += start[j - 1];
    for (size_t i = 0; i < n_samples; i++)
        for (size_t k = amount->start[i]; k < amount->start[i + 1]; k++) {
            size_t at = start[amount->feature[k] + 1]++;
            columns->sample[at] = (uint32_t)i;
            columns->value[at] = amount->value[k];
        }
    return VG_OK;
}
