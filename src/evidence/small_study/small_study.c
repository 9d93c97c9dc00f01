/* Asymmetry of the funnel: regression tests and PET-PEESE.
 * Sources: Egger 1997; Sterne & Egger 2005; Moreno 2009; Stanley & Doucouliagos 2014; Pustejovsky & Rodgers 2019. */
#include "evidence/small_study/small_study.h"

#include <math.h>
#include <string.h>

#include <vagus/meta.h>

#include "model/wald.h"

const char *const vg_egger_predictor_names[] = {"sei",    "vi",       "ni",   "ninv",
                                                "sqrtni", "sqrtninv", "arms", NULL};

static const size_t FEW_FOR_A_TEST = 10, FEW_FOR_A_CORRECTION = 20;

VgStatus vg_small_study_check(const VgSmallStudyData *data, size_t least, VgError *error)
{
    if (data->k < least)
        return vg_fail(error, VG_NOT_ESTIMABLE,
                       "%zu studies: too few to look for small-study effects",
                       "at least three are needed, and fewer than ten should not be read", data->k);
    for (size_t i = 0; i < data->k; i++)
        if (!isfinite(data->y[i]) || !(data->v[i] > 0) || !isfinite(data->v[i]))
            return vg_fail(error, VG_INVALID_INPUT, "effect %zu is %g with sampling variance %g",
                           "effects must be finite and variances positive: leave the study out",
                           i + 1, data->y[i], data->v[i]);
    return VG_OK;
}

static VgStatus sizes_needed(const double *n, size_t i, const char *what, VgError *error)
{
    if (n && n[i] > 0 && isfinite(n[i]))
        return VG_OK;
    return vg_fail(error, VG_INVALID_INPUT, "no %s of study %zu for the predictor",
                   "give sample sizes, or use the standard error as predictor", what, i + 1);
}

static VgStatus predictor_value(const VgSmallStudyData *data, VgEggerPredictor predictor, size_t i,
                                double *x, VgError *error)
{
    switch (predictor) {
    case VG_EGGER_SE:
        *x = sqrt(data->v[i]);
        return VG_OK;
    case VG_EGGER_VARIANCE:
        *x = data->v[i];
        return VG_OK;
    case VG_EGGER_ARMS:
        VG_TRY(sizes_needed(data->n1, i, "size of the treatment arm", error));
        VG_TRY(sizes_needed(data->n2, i, "size of the control arm", error));
        *x = sqrt(1 / data->n1[i] + 1 / data->n2[i]);
        return VG_OK;
    case VG_EGGER_N:
    case VG_EGGER_N_INVERSE:
    case VG_EGGER_SQRT_N:
    case VG_EGGER_SQRT_N_INVERSE:
        break;
    }
    VG_TRY(sizes_needed(data->n, i, "sample size", error));
    double n = data->n[i];
    *x = predictor == VG_EGGER_N           ? n
         : predictor == VG_EGGER_N_INVERSE ? 1 / n
         : predictor == VG_EGGER_SQRT_N    ? sqrt(n)
                                           : 1 / sqrt(n);
    return VG_OK;
}

VgStatus vg_small_study_predictor(const VgSmallStudyData *data, VgEggerPredictor predictor,
                                  double *x, VgError *error)
{
    for (size_t i = 0; i < data->k; i++)
        VG_TRY(predictor_value(data, predictor, i, &x[i], error));
    return VG_OK;
}

/* y = a + bx with weights 1/v and a dispersion that multiplies v (what lm does with weights). */
typedef struct Line {
    VgInference intercept, slope;
    double dispersion;
} Line;

static VgStatus weighted_line(const VgSmallStudyData *data, const double *x, double level,
                              Line *line, VgError *error)
{
    size_t k = data->k;
    double sum = 0, mean_x = 0, mean_y = 0, sxx = 0, sxy = 0, rss = 0, square = 0;
    for (size_t i = 0; i < k; i++) {
        double w = 1 / data->v[i];
        sum += w;
        mean_x += (x[i] - mean_x) * w / sum;
        mean_y += (data->y[i] - mean_y) * w / sum;
    }
    for (size_t i = 0; i < k; i++) {
        double w = 1 / data->v[i], dx = x[i] - mean_x;
        sxx += w * dx * dx;
        sxy += w * dx * (data->y[i] - mean_y);
        square += w * x[i] * x[i];
    }
    /* R's tolerance for a column that is a multiple of the one before, 1e-7 of its norm */
    if (!(sxx > 1e-14 * square))
        return vg_fail(error, VG_NOT_ESTIMABLE, "all studies have the same precision",
                       "small-study effects need studies of different sizes");
    double slope = sxy / sxx, df = (double)k - 2;
    for (size_t i = 0; i < k; i++) {
        double r = data->y[i] - mean_y - slope * (x[i] - mean_x);
        rss += r * r / data->v[i];
    }
    line->dispersion = rss / df;
    line->slope = vg_wald(slope, sqrt(line->dispersion / sxx), df, level);
    line->intercept =
        vg_wald(mean_y - slope * mean_x, sqrt(line->dispersion * (1 / sum + mean_x * mean_x / sxx)),
                df, level);
    return VG_OK;
}

static VgInference coefficient(const VgMetaFit *fit, size_t j)
{
    return (VgInference){fit->beta[j],    fit->se[j],    fit->df,      fit->statistic[j],
                         fit->p_value[j], fit->lower[j], fit->upper[j]};
}

static VgStatus mixed_line(VgArena *arena, const VgSmallStudyData *data, const double *predictor,
                           const VgEggerOptions *options, double level, VgEgger *out,
                           VgError *error)
{
    size_t k = data->k;
    VgMatrix x = {VG_NEW(arena, double, 2 * k), k, 2, k};
    if (!x.data)
        return vg_fail_memory(error);
    for (size_t i = 0; i < k; i++) {
        x.data[i] = 1;
        x.data[k + i] = predictor[i];
    }
    VgEffects effects = {.k = k, .y = data->y, .v = data->v};
    VgMetaOptions meta = {.tau2 = options->tau2, .test = options->test, .level = level};
    VgMetaFit *fit;
    VG_TRY(vg_meta_fit(arena, &effects, &x, &meta, &fit, error));
    out->slope = coefficient(fit, 1);
    out->limit = coefficient(fit, 0);
    out->tau2 = fit->tau2;
    return VG_OK;
}

VgEgger vg_egger_blank(VgEggerPredictor predictor, size_t n_studies)
{
    return (VgEgger){.slope = vg_no_inference(),
                     .limit = vg_no_inference(),
                     .tau2 = NAN,
                     .dispersion = NAN,
                     .predictor = predictor,
                     .few = n_studies < FEW_FOR_A_TEST};
}

VgStatus vg_egger(VgArena *arena, const VgSmallStudyData *data, const VgEggerOptions *options,
                  VgEgger *out, VgError *error)
{
    static const VgEggerOptions defaults = {0};
    double level;
    if (!options)
        options = &defaults;
    *out = vg_egger_blank(options->predictor, data->k);
    VG_TRY(vg_small_study_check(data, 3, error));
    if (!vg_level(options->level, &level))
        return vg_fail(error, VG_INVALID_INPUT, "confidence level %g", "give one between 0 and 1",
                       options->level);
    double *x = VG_NEW(arena, double, data->k);
    Line line;
    if (!x)
        return vg_fail_memory(error);
    VG_TRY(vg_small_study_predictor(data, options->predictor, x, error));
    VG_TRY(weighted_line(data, x, level, &line, error)); /* a constant predictor is told here */
    if (options->classic) {
        out->slope = line.slope;
        out->limit = line.intercept;
        out->dispersion = line.dispersion;
    } else
        VG_TRY(mixed_line(arena, data, x, options, level, out, error));
    if (options->predictor == VG_EGGER_N || options->predictor == VG_EGGER_SQRT_N)
        out->limit = vg_no_inference();
    return VG_OK;
}

VgStatus vg_pet_peese(VgArena *arena, const VgSmallStudyData *data, VgEggerPredictor predictor,
                      double level, VgPetPeese *out, VgError *error)
{
    double used, sum = 0, common = 0;
    memset(out, 0, sizeof *out);
    VG_TRY(vg_small_study_check(data, 3, error));
    if (!vg_level(level, &used))
        return vg_fail(error, VG_INVALID_INPUT, "confidence level %g", "give one between 0 and 1",
                       level);
    if (predictor != VG_EGGER_SE && predictor != VG_EGGER_ARMS)
        return vg_fail(error, VG_INVALID_INPUT, "PET-PEESE by predictor '%s'",
                       "use the standard error, or the arms' sizes for standardised differences",
                       vg_egger_predictor_names[predictor]);
    double *x = VG_NEW(arena, double, data->k);
    Line pet, peese;
    if (!x)
        return vg_fail_memory(error);
    VG_TRY(vg_small_study_predictor(data, predictor, x, error));
    VG_TRY(weighted_line(data, x, used, &pet, error));
    for (size_t i = 0; i < data->k; i++) {
        x[i] *= x[i];
        sum += 1 / data->v[i];
        common += data->y[i] / data->v[i];
    }
    VG_TRY(weighted_line(data, x, used, &peese, error));
    common /= sum;
    out->pet = pet.intercept;
    out->pet_slope = pet.slope;
    out->peese = peese.intercept;
    out->peese_slope = peese.slope;
    bool along = pet.intercept.estimate * common > 0;
    out->pet_one_sided = along ? 0.5 * pet.intercept.p : 1 - 0.5 * pet.intercept.p;
    out->peese_chosen = out->pet_one_sided < 0.05;
    out->few = data->k < FEW_FOR_A_CORRECTION;
    return VG_OK;
}
