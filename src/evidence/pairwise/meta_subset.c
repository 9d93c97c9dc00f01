/* Some of the effects: leave-one-out, cumulative, subgroups. */
#include <string.h>

#include "evidence/pairwise/meta_internal.h"
#include "numeric/linear_algebra.h"

VgStatus vg_meta_subset(VgArena *arena, const VgEffects *effects, const VgMatrix *x,
                        const size_t *index, size_t n, VgEffects *out, VgMatrix *x_out,
                        VgError *error)
{
    double *y = VG_NEW(arena, double, n), *v = VG_NEW(arena, double, n);
    double *participants = effects->n ? VG_NEW(arena, double, n) : NULL;
    const char **study = effects->study ? VG_NEW(arena, const char *, n) : NULL;
    double *covariance = effects->covariance ? vg_matrix_new(arena, n, n).data : NULL;
    if (!y || !v || (effects->n && !participants) || (effects->study && !study) ||
        (effects->covariance && !covariance))
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        y[i] = effects->y[index[i]];
        v[i] = effects->v[index[i]];
        if (participants)
            participants[i] = effects->n[index[i]];
        if (study)
            study[i] = effects->study[index[i]];
        for (size_t j = 0; covariance && j < n; j++)
            covariance[i + j * n] = effects->covariance[index[i] + index[j] * effects->k];
    }
    *out = (VgEffects){n, y, v, study, participants, covariance};
    if (x) {
        *x_out = vg_matrix_new(arena, n, x->cols);
        if (!x_out->data)
            return vg_fail_memory(error);
        for (size_t j = 0; j < x->cols; j++)
            for (size_t i = 0; i < n; i++)
                VG_AT(*x_out, i, j) = VG_AT(*x, index[i], j);
    }
    return VG_OK;
}

static VgStatus pool_subset(VgArena *arena, const VgEffects *effects, const size_t *index, size_t n,
                            const VgMetaOptions *options, VgMetaPool *pool, VgError *error)
{
    VgEffects part;
    VG_TRY(vg_meta_subset(arena, effects, NULL, index, n, &part, NULL, error));
    if (!part.covariance)
        return vg_meta_pool(&part, options, pool, error);
    VgMetaFit *fit;
    VG_TRY(vg_meta_fit_plain(arena, &part, NULL, options, &fit, error));
    vg_meta_pool_from_fit(fit, pool);
    return VG_OK;
}

VgStatus vg_meta_pool_subset(VgArena *arena, const VgEffects *effects, const size_t *index,
                             size_t n, const VgMetaOptions *options, VgMetaPool *pool,
                             VgError *error)
{
    VgArenaMark mark = vg_arena_mark(arena);
    VgStatus status = pool_subset(arena, effects, index, n, options, pool, error);
    vg_arena_rewind(arena, mark);
    return status;
}

static VgStatus need_pooled(const VgMetaFit *fit, VgError *error)
{
    if (!fit->intercept_only)
        return vg_fail(error, VG_NOT_ESTIMABLE, "a fit with moderators has no pooled effect",
                       "ask for its influence statistics instead");
    return VG_OK;
}

VgStatus vg_meta_leave_one_out(VgArena *arena, const VgMetaFit *fit, VgMetaPool **out,
                               VgError *error)
{
    VG_TRY(need_pooled(fit, error));
    if (fit->k < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "one study cannot be left out of one",
                       "add studies");
    VgMetaPool *pool = VG_NEW(arena, VgMetaPool, fit->k);
    size_t *index = VG_NEW(arena, size_t, fit->k);
    if (!pool || !index)
        return vg_fail_memory(error);
    for (size_t i = 1; i < fit->k; i++)
        index[i - 1] = i;
    for (size_t i = 0; i < fit->k; i++) {
        VG_TRY(vg_meta_pool_subset(arena, &fit->effects, index, fit->k - 1, &fit->options, pool + i,
                                   error));
        index[i] = i; /* now all but i + 1 */
    }
    *out = pool;
    return VG_OK;
}

VgStatus vg_meta_cumulative(VgArena *arena, const VgMetaFit *fit, const size_t *order,
                            VgMetaPool **out, VgError *error)
{
    VG_TRY(need_pooled(fit, error));
    VgMetaPool *pool = VG_NEW(arena, VgMetaPool, fit->k);
    size_t *index = VG_NEW(arena, size_t, fit->k);
    if (!pool || !index)
        return vg_fail_memory(error);
    for (size_t i = 0; i < fit->k; i++) {
        index[i] = order ? order[i] : i;
        VG_TRY(vg_meta_pool_subset(arena, &fit->effects, index, i + 1, &fit->options, pool + i,
                                   error));
    }
    *out = pool;
    return VG_OK;
}
