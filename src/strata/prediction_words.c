/* What a prediction is worth, in words: usable or not, what layers add, what it is not. */
#include "strata/prediction_run.h"

#include <math.h>

#include "strata/contrast_rows.h"

static const double FREE_COEFFICIENTS = 10; /* events per predictor */

static void say(const VgPredictionRun *run, const char *about, const char *text)
{
    vg_strata_tell(run->result, run->plan->analysis, about, text);
}

static const char *model_of(const VgPredictionRun *run, size_t model)
{
    return vg_prediction_model_label(run->fit.model[model]);
}

/* "the clinical predictors (age, sex, …)" or "all layers". */
static const char *predictors(const VgPredictionRun *run, size_t set)
{
    const VgPredictionData *data = run->data;
    const char *list = "";
    if (set > 0 || !data->column_name)
        return set > 0 ? run->fit.set_name[set] : "the clinical predictors";
    for (size_t j = 0; j < data->x.cols; j++)
        if (data->block[j] == 0)
            list = vg_arena_printf(run->arena, "%s%s%s", list, *list ? ", " : "",
                                   data->column_name[j]);
    return vg_arena_printf(run->arena, "the clinical predictors (%s)", list);
}

static bool usable(const VgPredictionRun *run, size_t model, size_t set)
{
    return run->quality[vg_prediction_at(run, model, set)].auc.lower > 0.5;
}

static void tell_quality(const VgPredictionRun *run, size_t model, size_t set)
{
    const VgPredictionQuality *q = &run->quality[vg_prediction_at(run, model, set)];
    const char *from = predictors(run, set), *who = model_of(run, model);
    double percent = 100 * run->level;
    if (!usable(run, model, set)) {
        say(run, "prediction",
            vg_arena_printf(
                run->arena,
                "No usable prediction of %s from %s: the %s has an area under the ROC curve of "
                "%.2f (%g %% interval %.2f to %.2f) in people it had not seen; tossing a coin has "
                "0.50. Its probabilities must not be used for single people.",
                run->plan->outcome_name, from, who, q->auc.estimate, percent, q->auc.lower,
                q->auc.upper));
        return;
    }
    say(run, "prediction",
        vg_arena_printf(
            run->arena,
            "From %s the %s tells to some extent who will have %s: of two people, one "
            "with it and one without, it gives the higher probability to the right one "
            "in %.0f %% of pairs (%g %% interval %.0f to %.0f %%), in people it had not "
            "seen; a coin does in 50 %%. Its squared error is %.0f %% smaller (%.0f to "
            "%.0f %%) than that of giving everybody the same share.",
            from, who, run->plan->outcome_name, 100 * q->auc.estimate, percent, 100 * q->auc.lower,
            100 * q->auc.upper, 100 * q->brier_skill.estimate, 100 * q->brier_skill.lower,
            100 * q->brier_skill.upper));
}

static void tell_slope(const VgPredictionRun *run, size_t model, size_t set)
{
    const VgInference *slope = &run->quality[vg_prediction_at(run, model, set)].slope;
    if (isnan(slope->estimate) || (slope->lower <= 1 && slope->upper >= 1))
        return;
    say(run, "prediction",
        vg_arena_printf(run->arena,
                        "The probabilities of %s by the %s from %s are too %s (calibration slope "
                        "%.2f, %.2f to %.2f): true shares lie %s the mean than it says.",
                        run->plan->outcome_name, model_of(run, model), predictors(run, set),
                        slope->estimate < 1 ? "extreme" : "cautious", slope->estimate, slope->lower,
                        slope->upper, slope->estimate < 1 ? "nearer to" : "further from"));
}

/* What became of a layer. */
typedef enum Verdict { HELPS, HARMS, NOT_SHOWN, NOT_USED, VERDICTS } Verdict;

static Verdict verdict_of(const VgPredictionRun *run, size_t model, size_t set)
{
    const VgInference *gain = &run->gain[vg_prediction_at(run, model, set)].auc;
    if (isnan(gain->se))
        return NOT_USED;
    if (!(run->q[vg_prediction_at(run, model, set)] <= 1 - run->level))
        return NOT_SHOWN;
    return gain->estimate > 0 ? HELPS : HARMS;
}

/* "stool (0.023; -0.002 to 0.048), blood (…)"; NULL when no layer has the verdict. */
static const char *layers_that(const VgPredictionRun *run, size_t model, Verdict verdict)
{
    const char *list = NULL;
    for (size_t set = 1; set < run->fit.n_sets; set++) {
        const VgInference *gain = &run->gain[vg_prediction_at(run, model, set)].auc;
        if (verdict_of(run, model, set) != verdict)
            continue;
        list = vg_arena_printf(run->arena, "%s%s%s", list ? list : "", list ? ", " : "",
                               vg_prediction_layer(run, set));
        if (verdict != NOT_USED)
            list = vg_arena_printf(run->arena, "%s (%.3f; %.3f to %.3f)", list, gain->estimate,
                                   gain->lower, gain->upper);
    }
    return list;
}

static void tell_gains(const VgPredictionRun *run, size_t model)
{
    static const char *const WORDS[VERDICTS] = {
        "these help to predict", "the prediction is worse with these than without",
        "these are not shown to help", "of these no model made use"};
    const char *text = vg_arena_printf(
        run->arena, "What layers add to %s for %s, by the %s (gain in the area under the ROC curve",
        predictors(run, 0), run->plan->outcome_name, model_of(run, model));
    text = vg_arena_printf(run->arena, "%s, %g %% interval%s)", text, 100 * run->level,
                           run->fit.n_sets > 2 ? "; verdicts by Holm's adjustment over them" : "");
    for (int v = 0, told = 0; v < VERDICTS; v++) {
        const char *list = layers_that(run, model, (Verdict)v);
        if (list)
            text = vg_arena_printf(run->arena, "%s%s %s: %s", text, told++ ? ";" : ":", WORDS[v],
                                   list);
    }
    say(run, "layers", vg_arena_printf(run->arena, "%s.", text));
}

static void tell_shrinkage(const VgPredictionRun *run)
{
    size_t last = run->fit.n_sets - 1, others = run->fit.n - run->fit.events;
    double rarer = (double)(run->fit.events < others ? run->fit.events : others);
    double columns = (double)run->fit.set_columns[last];
    if (rarer >= FREE_COEFFICIENTS * columns)
        return;
    say(run, "prediction",
        vg_arena_printf(run->arena,
                        "%.0f people %s %s are few for %.0f predictors (%.2g to each; ten would be "
                        "needed to estimate each freely): coefficients are shrunk throughout, and "
                        "which predictors a model took is not a finding.",
                        rarer, run->fit.events <= others ? "with" : "without",
                        run->plan->outcome_name, columns, rarer / columns));
}

void vg_prediction_words(const VgPredictionRun *run)
{
    size_t last = run->fit.n_sets - 1;
    for (size_t model = 0; model < run->fit.n_models; model++) {
        tell_quality(run, model, last);
        tell_slope(run, model, last);
        if (last > 0)
            tell_quality(run, model, 0);
    }
    vg_result_bool(run->result, VG_FACTS_FIT, run->plan->analysis,
                   vg_arena_printf(run->arena, "usable_%s", run->plan->event),
                   usable(run, 0, last));
    tell_shrinkage(run);
    if (run->plan->without_outcome > 0)
        say(run, "prediction",
            vg_arena_printf(run->arena,
                            "%zu people whose %s is not known are left out: the probabilities are "
                            "for people who stay.",
                            run->plan->without_outcome, run->plan->event));
    say(run, "prediction",
        vg_arena_printf(run->arena,
                        "A probability of %s is a prognosis, not a reason to prefer an arm: who "
                        "does well may do well under every arm. Whether benefit differs between "
                        "people is another question.",
                        run->plan->event));
    for (size_t model = 0; run->fit.n_sets > 1 && model < run->fit.n_models; model++)
        tell_gains(run, model);
}
