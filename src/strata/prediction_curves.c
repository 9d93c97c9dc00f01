/* Curves of nested predictions, each the mean over repeats: calibration, net benefit, ROC; and the probabilities of people. */
#include <math.h>

#include "model/wald.h"
#include "numeric/quantile.h"
#include "strata/prediction_run.h"
#include "strata/strata.h"

enum { POINTS = 41, ROC_POINTS = 51, MOST_THRESHOLDS = 101 };
static const double LOW = 0.1, HIGH = 0.6, THRESHOLD_STEP = 0.01, TRIM = 0.025;

static VgPredicted predicted(const VgPredictionRun *run, size_t model, size_t set, size_t repeat)
{
    return (VgPredicted){run->fit.n, vg_prediction_of(&run->fit, model, set, repeat),
                         run->data->event, run->data->clusters};
}

/* A dataset of curves with a fresh row that says whose. */
static VgDataset *start_row(const VgPredictionRun *run, size_t model, size_t set, const char *name,
                            const char *const *column, size_t columns)
{
    VgDataset *d = vg_result_dataset(run->result, run->plan->analysis, name, column, columns);
    vg_dataset_row(run->result, d);
    vg_dataset_set_text(run->result, d, "event", run->plan->event);
    vg_dataset_set_text(run->result, d, "model", vg_prediction_model_label(run->fit.model[model]));
    vg_dataset_set_text(run->result, d, "layers", run->fit.set_name[set]);
    return d;
}

/* ---- calibration ---- */

/* The middle 95 % of all nested predictions. */
static VgStatus range_of(const VgPredictionRun *run, size_t model, size_t set, double *low,
                         double *high, VgError *error)
{
    size_t all = run->fit.n * run->fit.repeats;
    VgArenaMark mark = vg_arena_mark(run->arena);
    VgRankedPerson *sorted = VG_NEW(run->arena, VgRankedPerson, all);
    double *value = VG_NEW(run->arena, double, all);
    if (!sorted || !value)
        return vg_fail_memory(error);
    vg_strata_sort(vg_prediction_of(&run->fit, model, set, 0), all, sorted);
    for (size_t k = 0; k < all; k++)
        value[k] = sorted[k].value;
    *low = vg_sorted_quantile(value, all, TRIM);
    *high = vg_sorted_quantile(value, all, 1 - TRIM);
    vg_arena_rewind(run->arena, mark);
    return VG_OK;
}

/* Sums logits and errors over the repeats whose curve can be had. */
static VgStatus sum_curves(const VgPredictionRun *run, size_t model, size_t set, const double *at,
                           double *logit, double *se, double *repeats, VgError *error)
{
    double one[POINTS], its_se[POINTS];
    for (size_t r = 0; r < run->fit.repeats; r++) {
        const VgPredicted p = predicted(run, model, set, r);
        VgError why = {0};
        VgStatus status = vg_calibration_curve(run->arena, &p, at, POINTS, one, its_se, &why);
        if (status == VG_NO_MEMORY)
            return vg_fail_memory(error);
        if (status != VG_OK)
            continue; /* a repeat whose predictions are all alike says nothing here */
        (*repeats)++;
        for (size_t k = 0; k < POINTS; k++) {
            logit[k] += one[k];
            se[k] += its_se[k];
        }
    }
    return VG_OK;
}

/* People nearest to each point, in the mean over repeats; those beyond the ends belong to the ends. */
static void count_near(const VgPredictionRun *run, size_t model, size_t set, const double *at,
                       double *count)
{
    const double *value = vg_prediction_of(&run->fit, model, set, 0);
    double step = (at[POINTS - 1] - at[0]) / (POINTS - 1);
    for (size_t k = 0; k < run->fit.n * run->fit.repeats; k++) {
        double place = fmin(fmax(round((value[k] - at[0]) / step), 0), POINTS - 1);
        count[(size_t)place] += 1 / (double)run->fit.repeats;
    }
}

static double share(double logit)
{
    return 1 / (1 + exp(-logit));
}

static VgStatus calibration(const VgPredictionRun *run, size_t model, size_t set, VgError *error)
{
    static const char *const COLUMN[] = {"event",     "model",  "layers", "#predicted",
                                         "#observed", "#lower", "#upper", "#n"};
    double low = 0, high = 0, repeats = 0, at[POINTS], logit[POINTS] = {0}, se[POINTS] = {0};
    double count[POINTS] = {0}, z = vg_normal_quantile(0.5 + run->level / 2);
    VG_TRY(range_of(run, model, set, &low, &high, error));
    if (!(high - low > 1e-6))
        return VG_OK;
    for (size_t k = 0; k < POINTS; k++)
        at[k] = low + (high - low) * (double)k / (POINTS - 1);
    VG_TRY(sum_curves(run, model, set, at, logit, se, &repeats, error));
    count_near(run, model, set, at, count);
    for (size_t k = 0; repeats > 0 && k < POINTS; k++) {
        VgDataset *d = start_row(run, model, set, "calibration_curve", COLUMN, 8);
        double middle = logit[k] / repeats, half = z * se[k] / repeats;
        vg_dataset_set_number(run->result, d, "predicted", at[k]);
        vg_dataset_set_number(run->result, d, "observed", share(middle));
        vg_dataset_set_number(run->result, d, "lower", share(middle - half));
        vg_dataset_set_number(run->result, d, "upper", share(middle + half));
        vg_dataset_set_number(run->result, d, "n", count[k]);
    }
    return VG_OK;
}

/* ---- decisions ---- */

static void decision(const VgPredictionRun *run, size_t model, size_t set)
{
    static const char *const COLUMN[] = {"event",        "model",      "layers",     "#threshold",
                                         "#net_benefit", "#treat_all", "#treat_none"};
    bool given = run->plan->threshold_high > 0;
    double low = given ? run->plan->threshold_low : LOW;
    double high = given ? run->plan->threshold_high : HIGH;
    size_t points = (size_t)fmin(round((high - low) / THRESHOLD_STEP) + 1, MOST_THRESHOLDS);
    points = points < 2 ? 2 : points;
    for (size_t k = 0; k < points; k++) {
        double threshold = low + (high - low) * (double)k / (double)(points - 1);
        VgNetBenefit sum = {0, 0};
        for (size_t r = 0; r < run->fit.repeats; r++) {
            const VgPredicted p = predicted(run, model, set, r);
            VgNetBenefit one = vg_net_benefit(&p, threshold);
            sum.model += one.model / (double)run->fit.repeats;
            sum.all = one.all;
        }
        VgDataset *d = start_row(run, model, set, "decision_curve", COLUMN, 7);
        vg_dataset_set_number(run->result, d, "threshold", threshold);
        vg_dataset_set_number(run->result, d, "net_benefit", sum.model);
        vg_dataset_set_number(run->result, d, "treat_all", sum.all);
        vg_dataset_set_number(run->result, d, "treat_none", 0);
    }
}

static VgStatus roc(const VgPredictionRun *run, size_t model, size_t set, VgError *error)
{
    static const char *const COLUMN[] = {"event", "model", "layers", "#false_positive",
                                         "#true_positive"};
    double at[ROC_POINTS], one[ROC_POINTS], sum[ROC_POINTS] = {0};
    for (size_t k = 0; k < ROC_POINTS; k++)
        at[k] = (double)k / (ROC_POINTS - 1);
    for (size_t r = 0; r < run->fit.repeats; r++) {
        const VgPredicted p = predicted(run, model, set, r);
        VG_TRY(vg_roc_curve(run->arena, &p, at, ROC_POINTS, one, error));
        for (size_t k = 0; k < ROC_POINTS; k++)
            sum[k] += one[k] / (double)run->fit.repeats;
    }
    for (size_t k = 0; k < ROC_POINTS; k++) {
        VgDataset *d = start_row(run, model, set, "roc_curve", COLUMN, 5);
        vg_dataset_set_number(run->result, d, "false_positive", at[k]);
        vg_dataset_set_number(run->result, d, "true_positive", sum[k]);
    }
    return VG_OK;
}

/* ---- people ---- */

static void probabilities(const VgPredictionRun *run, size_t model)
{
    static const char *const COLUMN[] = {"event", "model",        "participant",
                                         "arm",   "#probability", "own_arm"};
    for (size_t i = 0; run->plan->participant && i < run->fit.n; i++)
        for (size_t arm = 0; arm < run->fit.arms; arm++) {
            VgDataset *d = vg_result_dataset(run->result, run->plan->analysis,
                                             "predicted_probability", COLUMN, 6);
            vg_dataset_row(run->result, d);
            vg_dataset_set_text(run->result, d, "event", run->plan->event);
            vg_dataset_set_text(run->result, d, "model",
                                vg_prediction_model_label(run->fit.model[model]));
            vg_dataset_set_text(run->result, d, "participant", run->plan->participant[i]);
            vg_dataset_set_text(run->result, d, "arm", run->data->arm_name[arm]);
            vg_dataset_set_number(run->result, d, "probability",
                                  VG_AT(run->fit.under[model], i, arm));
            vg_dataset_set_text(run->result, d, "own_arm",
                                (size_t)run->data->arm[i] == arm ? "yes" : "no");
        }
}

VgStatus vg_prediction_curves(const VgPredictionRun *run, VgError *error)
{
    for (size_t model = 0; model < run->fit.n_models; model++) {
        for (size_t set = 0; set < run->fit.n_sets; set++) {
            VG_TRY(calibration(run, model, set, error));
            decision(run, model, set);
            VG_TRY(roc(run, model, set, error));
        }
        probabilities(run, model);
    }
    return VG_OK;
}
