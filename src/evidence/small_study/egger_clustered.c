/* Egger's regression with several effects from one study: three-level model, cluster-robust test.
 * Source: Rodgers & Pustejovsky 2021. */
#include "evidence/small_study/small_study.h"

#include <math.h>

#include <vagus/meta_multilevel.h>

#include "model/wald.h"

VgStatus vg_egger_clustered(VgArena *arena, const VgSmallStudyData *data, const size_t *study,
                            size_t n_studies, double sampling_correlation,
                            const VgEggerOptions *options, VgEgger *out, bool *robust_df_small,
                            VgError *error)
{
    static const VgEggerOptions defaults = {0};
    size_t k = data->k;
    if (!options)
        options = &defaults;
    *out = vg_egger_blank(options->predictor, n_studies);
    VG_TRY(vg_small_study_check(data, 3, error));
    VgMatrix x = {VG_NEW(arena, double, 2 * k), k, 2, k};
    if (!x.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < k; i++)
        x.data[i] = 1;
    VG_TRY(vg_small_study_predictor(data, options->predictor, x.data + k, error));
    VgMultilevelData model = {.y = data->y,
                              .v = data->v,
                              .study = study,
                              .n = k,
                              .n_studies = n_studies,
                              .x = x,
                              .sampling_correlation = sampling_correlation};
    VgMultilevelOptions fitted = {.level = options->level, .no_intervals = true};
    VgMultilevelFit fit;
    VgClusterRobust robust;
    VG_TRY(vg_multilevel_fit(arena, &model, &fitted, &fit, error));
    VG_TRY(vg_multilevel_robust(arena, &model, &fit, VG_CLUSTER_CR2, &robust, error));
    out->slope = robust.coefficient[1];
    if (options->predictor != VG_EGGER_N && options->predictor != VG_EGGER_SQRT_N)
        out->limit = robust.coefficient[0];
    out->tau2 = fit.study.estimate + fit.effect.estimate;
    if (robust_df_small)
        *robust_df_small = !(robust.coefficient[1].df >= 4);
    return VG_OK;
}
