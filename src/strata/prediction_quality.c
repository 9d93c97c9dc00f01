/* How good nested predictions are, and what a set of predictors adds over the clinical one: measures of each fold, their mean and its
 * interval; calibration of each repeat's predictions. */
#include <math.h>

#include "model/wald.h"
#include "strata/prediction_internal.h"

/* One fold's people, gathered. */
typedef struct Fold {
    VgPredicted people;
    double *probability, *event, *reference;
} Fold;

const double *vg_prediction_of(const VgPrediction *p, size_t model, size_t set, size_t repeat)
{
    return p->probability + ((model * p->n_sets + set) * p->repeats + repeat) * p->n;
}

/* Those of fold k (of all repeats), of one arm or (SIZE_MAX) of all. */
static void gather(const VgPredictionData *data, const VgPrediction *p, const double *probability,
                   size_t k, size_t arm, Fold *fold)
{
    size_t r = k / p->folds, n = 0;
    for (size_t i = 0; i < p->n; i++) {
        if (p->fold[r * p->n + i] != (int32_t)(k % p->folds) ||
            (arm != SIZE_MAX && (size_t)data->arm[i] != arm))
            continue;
        fold->probability[n] = probability[i];
        fold->reference[n] = p->reference[r * p->n + i];
        fold->event[n++] = data->event[i];
    }
    fold->people = (VgPredicted){.n = n, .probability = fold->probability, .event = fold->event};
}

static VgStatus new_fold(VgArena *scratch, size_t n, Fold *fold, VgError *error)
{
    fold->probability = VG_NEW(scratch, double, n);
    fold->event = VG_NEW(scratch, double, n);
    fold->reference = VG_NEW(scratch, double, n);
    return vg_arena_failed(scratch) ? vg_fail_memory(error) : VG_OK;
}

/* Mean over folds of people tested over people trained on. */
static double test_over_train(const VgPrediction *p)
{
    double sum = 0;
    for (size_t k = 0; k < p->folds * p->repeats; k++) {
        double held = 0;
        for (size_t i = 0; i < p->n; i++)
            held += p->fold[k / p->folds * p->n + i] == (int32_t)(k % p->folds);
        sum += held / ((double)p->n - held);
    }
    return sum / (double)(p->folds * p->repeats);
}

/* Area and squared error of each fold; also those of the share of events among the people trained on. */
static VgStatus measure_folds(VgArena *scratch, const VgPredictionData *data, const VgPrediction *p,
                              size_t model, size_t set, size_t arm, double *auc, double *brier,
                              double *reference, VgError *error)
{
    Fold fold;
    VG_TRY(new_fold(scratch, p->n, &fold, error));
    for (size_t k = 0; k < p->folds * p->repeats; k++) {
        gather(data, p, vg_prediction_of(p, model, set, k / p->folds), k, arm, &fold);
        auc[k] = vg_auc_estimate(scratch, &fold.people);
        brier[k] = vg_brier(&fold.people);
        fold.people.probability = fold.reference;
        reference[k] = vg_brier(&fold.people);
    }
    return vg_arena_failed(scratch) ? vg_fail_memory(error) : VG_OK;
}

static double mean(const double *value, size_t n)
{
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += value[k];
    return sum / (double)n;
}

/* 1 − Brier/Brier of the share: a ratio of means, its error by linearisation. */
static VgInference skill_of(double *brier, const double *reference, size_t n, double share,
                            double level)
{
    double b = mean(brier, n), r = mean(reference, n);
    for (size_t k = 0; k < n; k++)
        brier[k] = 1 - b / r - (brier[k] - b) / r + b * (reference[k] - r) / (r * r);
    return vg_nadeau_bengio(brier, n, share, level);
}

/* Adds one repeat's answer to the mean of estimates and of their errors. */
static void add_repeat(double sum[2], const VgInference *answer)
{
    sum[0] += answer->estimate;
    sum[1] += answer->se;
}

static VgInference mean_repeat(const double sum[2], double repeats, double level)
{
    return vg_wald(sum[0] / repeats, sum[1] / repeats, INFINITY, level);
}

static VgStatus pool_repeats(VgArena *scratch, const VgPredictionData *data, const VgPrediction *p,
                             size_t model, size_t set, double level, VgPredictionQuality *q,
                             VgError *error)
{
    double large[2] = {0}, slope[2] = {0}, auc[2] = {0}, repeats = (double)p->repeats;
    for (size_t r = 0; r < p->repeats; r++) {
        const VgPredicted all = {p->n, vg_prediction_of(p, model, set, r), data->event,
                                 data->clusters};
        VgCalibrationLine line;
        VgInference area = vg_no_inference();
        VG_TRY(vg_calibration_line(scratch, &all, level, &line, error));
        if (!data->clusters.of)
            VG_TRY(vg_auc(scratch, &all, level, &area, error));
        add_repeat(large, &line.in_the_large);
        add_repeat(slope, &line.slope);
        add_repeat(auc, &area);
    }
    q->in_the_large = mean_repeat(large, repeats, level);
    q->slope = mean_repeat(slope, repeats, level);
    q->slope.statistic = (q->slope.estimate - 1) / q->slope.se;
    q->slope.p = vg_normal_two_sided(q->slope.statistic);
    q->auc_pooled = mean_repeat(auc, repeats, level);
    vg_prediction_against_chance(&q->auc_pooled);
    return VG_OK;
}

static VgInference area_of(const double *auc, size_t n, double share, double level)
{
    VgInference area = vg_nadeau_bengio(auc, n, share, level);
    if (!isnan(area.estimate))
        vg_prediction_against_chance(&area);
    return area;
}

/* Nothing of the set was used in any fold: there is no spread to make an interval of. */
static VgInference gain_of(const double *gain, size_t n, double share, double level)
{
    VgInference answer = vg_nadeau_bengio(gain, n, share, level);
    if (answer.se == 0) {
        answer = vg_no_inference();
        answer.estimate = gain[0];
    }
    return answer;
}

static VgStatus see_apparent(VgArena *scratch, const VgPredictionData *data, const VgPrediction *p,
                             size_t model, size_t set, VgPredictionQuality *q, VgError *error)
{
    const VgPredicted all = {p->n, p->apparent + (model * p->n_sets + set) * p->n, data->event,
                             data->clusters};
    VgCalibrationLine line;
    VG_TRY(vg_calibration_line(scratch, &all, 0.95, &line, error));
    q->apparent_auc = vg_auc_estimate(scratch, &all);
    q->apparent_brier = vg_brier(&all);
    q->apparent_slope = line.slope.estimate;
    return VG_OK;
}

static VgStatus check_asked(const VgPrediction *p, size_t model, size_t set, double asked,
                            double *level, VgError *error)
{
    if (!vg_level(asked, level))
        return vg_fail(error, VG_INVALID_INPUT, "level %g", "between 0 and 1", asked);
    if (model < p->n_models && set < p->n_sets)
        return VG_OK;
    return vg_fail(error, VG_INVALID_INPUT, "model %zu of %zu, set %zu of %zu", "number from 0",
                   model, p->n_models, set, p->n_sets);
}

VgStatus vg_prediction_quality(VgArena *arena, const VgPredictionData *data, const VgPrediction *p,
                               size_t model, size_t set, double asked, VgPredictionQuality *q,
                               VgError *error)
{
    double level, share = test_over_train(p);
    size_t folds = p->folds * p->repeats;
    VG_TRY(check_asked(p, model, set, asked, &level, error));
    *q = (VgPredictionQuality){.auc_of_arm = VG_NEW(arena, VgInference, p->arms)};
    VgArenaMark mark = vg_arena_mark(arena);
    double *auc = VG_NEW(arena, double, folds), *brier = VG_NEW(arena, double, folds),
           *reference = VG_NEW(arena, double, folds);
    if (!q->auc_of_arm || !auc || !brier || !reference)
        return vg_fail_memory(error);
    for (size_t arm = 0; arm < p->arms; arm++) {
        VG_TRY(measure_folds(arena, data, p, model, set, arm, auc, brier, reference, error));
        q->auc_of_arm[arm] = area_of(auc, folds, share, level);
    }
    VG_TRY(measure_folds(arena, data, p, model, set, SIZE_MAX, auc, brier, reference, error));
    q->auc = area_of(auc, folds, share, level);
    q->brier = vg_nadeau_bengio(brier, folds, share, level);
    q->brier.lower = fmax(q->brier.lower, 0);
    q->brier.statistic = q->brier.p = NAN; /* nobody asks whether it is 0 */
    q->brier_skill = skill_of(brier, reference, folds, share, level);
    VG_TRY(pool_repeats(arena, data, p, model, set, level, q, error));
    VG_TRY(see_apparent(arena, data, p, model, set, q, error));
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

VgStatus vg_prediction_gain(VgArena *scratch, const VgPredictionData *data, const VgPrediction *p,
                            size_t model, size_t set, double asked, VgPredictionGain *gain,
                            VgError *error)
{
    double level, share = test_over_train(p);
    size_t folds = p->folds * p->repeats;
    VG_TRY(check_asked(p, model, set, asked, &level, error));
    VgArenaMark mark = vg_arena_mark(scratch);
    double *auc[2], *brier[2], *unused = VG_NEW(scratch, double, folds);
    for (int k = 0; k < 2; k++) {
        auc[k] = VG_NEW(scratch, double, folds);
        brier[k] = VG_NEW(scratch, double, folds);
        if (!auc[k] || !brier[k] || !unused)
            return vg_fail_memory(error);
        VG_TRY(measure_folds(scratch, data, p, model, k ? set : 0, SIZE_MAX, auc[k], brier[k],
                             unused, error));
    }
    for (size_t f = 0; f < folds; f++) {
        auc[1][f] -= auc[0][f];
        brier[1][f] = brier[0][f] - brier[1][f];
    }
    gain->auc = gain_of(auc[1], folds, share, level);
    gain->brier = gain_of(brier[1], folds, share, level);
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}
