/* Are small studies different? The looks of small_study.h as rows and datasets. */
#include "evidence/review/review.h"

#include <math.h>

static bool standardised(VgMeasure measure)
{
    return measure == VG_MEASURE_SMD || measure == VG_MEASURE_COHEN_D ||
           measure == VG_MEASURE_GLASS_DELTA;
}

static bool arms_known(const VgPairwise *p)
{
    for (size_t i = 0; i < p->k; i++)
        if (!isfinite(p->n1[i]) || !isfinite(p->n2[i]))
            return false;
    return true;
}

/* The standard error of a standardised difference contains the difference itself: sizes of arms are used instead. */
static VgEggerPredictor predictor(const VgPairwise *p)
{
    return standardised(p->run->plan->measure) && arms_known(p) ? VG_EGGER_ARMS : VG_EGGER_SE;
}

static const char *predictor_text(VgEggerPredictor predictor)
{
    return predictor == VG_EGGER_ARMS ? "sqrt(1/n1 + 1/n2)" : "standard error";
}

static VgStatus egger(VgPairwise *p, const VgSmallStudyData *data, bool classic, VgError *error)
{
    VgReviewRun *run = p->run;
    VgEggerOptions options = {.predictor = predictor(p),
                              .classic = classic,
                              .tau2 = p->analysis->tau2,
                              .test = p->analysis->test,
                              .level = run->result->level};
    VgEgger out;
    bool clustered = p->multilevel && !p->covariance && !classic, few_df = false;
    VG_TRY(clustered ? vg_egger_clustered(run->arena, data, p->study, p->n_studies,
                                          p->analysis->sampling_correlation, &options, &out,
                                          &few_df, error)
                     : vg_egger(run->arena, data, &options, &out, error));
    if (few_df)
        vg_result_warn(run->result,
                       "%sEgger's test has %.1f degrees of freedom: below 4 its p value is not to "
                       "be trusted",
                       vg_review_of(run, p->analysis), out.slope.df);
    VgEstimate row =
        vg_review_row(p->id, classic ? "egger_lm" : "egger", predictor_text(options.predictor));
    vg_review_inference(&row, &out.slope);
    row.note = classic     ? "weighted regression with dispersion"
               : clustered ? "three-level model, CR2"
                           : "mixed model";
    vg_result_estimate(run->result, &row);
    if (isnan(p->egger_p) || !classic) {
        p->egger_p = out.slope.p;
        p->egger_slope = out.slope.estimate;
    }
    return VG_OK;
}

static VgStatus begg(VgPairwise *p, const VgSmallStudyData *data, VgError *error)
{
    VgBegg out;
    VG_TRY(vg_begg(p->run->arena, data, &out, error));
    VgEstimate row = vg_review_row(p->id, "begg", "Kendall's tau");
    row.estimate = out.tau;
    row.statistic = out.statistic;
    row.p = out.p;
    row.note = out.exact ? "exact" : "normal";
    vg_result_estimate(p->run->result, &row);
    return VG_OK;
}

static VgStatus trimfill(VgPairwise *p, const VgSmallStudyData *data, VgError *error)
{
    VgReviewRun *run = p->run;
    VgTrimFillOptions options = {.estimator = p->analysis->trimfill,
                                 .tau2 = p->analysis->tau2,
                                 .test = p->analysis->test,
                                 .level = run->result->level};
    VgTrimFill out;
    VG_TRY(vg_trim_and_fill(run->arena, data, &options, &out, error));
    const char *note =
        vg_review_text(run, "%s side, %s", out.side == VG_FILL_LEFT ? "left" : "right",
                       vg_trimfill_names[options.estimator]);
    VgEstimate row = vg_review_row(p->id, "trimfill", "pooled");
    vg_review_inference(&row, &out.pooled);
    row.n = (double)(p->k + out.filled);
    row.note = note;
    vg_result_estimate(run->result, &row);
    row = vg_review_row(p->id, "trimfill", "filled");
    row.estimate = (double)out.filled;
    row.se = out.filled_se;
    row.p = out.filled_p;
    row.note = note;
    vg_result_estimate(run->result, &row);
    for (size_t i = 0; i < out.filled; i++) {
        VgDataset *set = vg_result_dataset(run->result, p->id, "filled_studies",
                                           VG_COLUMNS("study", "#estimate", "#se"));
        vg_dataset_row(run->result, set);
        vg_dataset_set_text(run->result, set, "study",
                            vg_review_text(run, "mirror of %s", p->label[out.mirror_of[i]]));
        vg_dataset_set_number(run->result, set, "estimate", out.y[i]);
        vg_dataset_set_number(run->result, set, "se", sqrt(out.v[i]));
    }
    p->trimfill_filled = out.filled;
    p->trimfill_estimate = out.pooled.estimate;
    return VG_OK;
}

static VgStatus pet_peese(VgPairwise *p, const VgSmallStudyData *data, VgError *error)
{
    VgReviewRun *run = p->run;
    VgPetPeese out;
    VgEggerPredictor by = predictor(p);
    VG_TRY(vg_pet_peese(run->arena, data, by, run->result->level, &out, error));
    static const char *const NAME[] = {"pet", "peese", "pet_peese"};
    const VgInference *answer[] = {&out.pet, &out.peese, out.peese_chosen ? &out.peese : &out.pet};
    for (size_t i = 0; i < 3; i++) {
        VgEstimate row = vg_review_row(p->id, NAME[i], NULL);
        vg_review_inference(&row, answer[i]);
        if (i == 2)
            row.note = out.peese_chosen ? "PEESE" : "PET";
        else if (by == VG_EGGER_ARMS)
            row.note = predictor_text(by);
        vg_result_estimate(run->result, &row);
    }
    return VG_OK;
}

static void selection_rows(VgPairwise *p, const VgSelection *out, const char *model)
{
    VgReviewRun *run = p->run;
    VgEstimate row = vg_review_row(p->id, "selection", "pooled");
    vg_review_inference(&row, &out->coefficient[0]);
    row.note = model;
    vg_result_estimate(run->result, &row);
    row = vg_review_row(p->id, "selection", "tau2");
    row.estimate = out->tau2;
    row.se = out->tau2_se;
    row.note = model;
    vg_result_estimate(run->result, &row);
    for (size_t i = 0; i < out->n_weights; i++) {
        const VgSelectionWeight *weight = &out->weight[i];
        row = vg_review_row(
            p->id, "selection",
            vg_review_text(run, "weight %.6g to %.6g", weight->p_low, weight->p_high));
        row.estimate = weight->weight;
        row.se = weight->se;
        row.lower = weight->lower;
        row.upper = weight->upper;
        row.p = weight->p;
        row.n = (double)weight->studies;
        row.note = model;
        vg_result_estimate(run->result, &row);
        VgDataset *data = vg_result_dataset(
            run->result, p->id, "selection_weights",
            VG_COLUMNS("model", "#p_low", "#p_high", "#weight", "#lower", "#upper"));
        vg_dataset_row(run->result, data);
        vg_dataset_set_text(run->result, data, "model", model);
        vg_dataset_set_number(run->result, data, "p_low", weight->p_low);
        vg_dataset_set_number(run->result, data, "p_high", weight->p_high);
        vg_dataset_set_number(run->result, data, "weight", weight->weight);
        vg_dataset_set_number(run->result, data, "lower", weight->lower);
        vg_dataset_set_number(run->result, data, "upper", weight->upper);
    }
    row = vg_review_row(p->id, "selection_test", NULL);
    row.statistic = out->lrt;
    row.df = out->lrt_df;
    row.p = out->lrt_p;
    row.note = model;
    vg_result_estimate(run->result, &row);
}

static VgStatus selection(VgPairwise *p, const VgSmallStudyData *data, bool three_parameter,
                          VgError *error)
{
    static const double STEP[] = {0.025, 0.5};
    VgReviewRun *run = p->run;
    VgSelectionOptions options = {.level = run->result->level};
    /* results that favour the treatment are the ones selected: the side of the pooled effect */
    options.side = p->pooled.estimate < 0 ? VG_SELECTION_LESS : VG_SELECTION_GREATER;
    if (!three_parameter) {
        options.step = p->analysis->step ? p->analysis->step : STEP;
        options.n_steps = p->analysis->step ? p->analysis->n_steps : 2;
    }
    VgSelection out;
    VG_TRY(vg_selection_model(run->arena, data, &options, &out, error));
    selection_rows(p, &out, three_parameter ? "three-parameter" : "step");
    if (out.smallest_interval < 4)
        vg_result_warn(
            run->result,
            "%s%s selection model: an interval of p values holds %zu %s, too few for its "
            "weight to mean much",
            vg_review_of(run, p->analysis), three_parameter ? "three-parameter" : "step",
            out.smallest_interval, out.smallest_interval == 1 ? "study" : "studies");
    return VG_OK;
}

VgStatus vg_pairwise_small_study(VgPairwise *p, VgError *error)
{
    const VgEvidenceAnalysis *analysis = p->analysis;
    VgReviewRun *run = p->run;
    unsigned looks = analysis->small_study;
    VgSmallStudyData data = {.y = p->y, .v = p->v, .n = p->n, .n1 = p->n1, .n2 = p->n2, .k = p->k};
    bool clustered = p->multilevel && !p->covariance; /* Egger's test knows the studies then */
    size_t count = p->multilevel ? p->n_studies : p->k;
    const char *counted = p->multilevel ? "studies" : "effects";
    unsigned independent = clustered ? looks & ~(unsigned)VG_SMALL_STUDY_EGGER : looks;
    if ((p->multilevel || p->covariance) && independent)
        vg_result_warn(run->result,
                       "%s%s small-study effects take all effects as independent, which "
                       "they are not: their p values are too small",
                       vg_review_of(run, analysis),
                       clustered && independent != looks ? "other looks than Egger's test at"
                                                         : "the looks at");
    if (count < 10)
        vg_result_warn(
            run->result,
            "%stoo few %s (%zu) to look for small-study effects: below 10 nothing should be "
            "read from them",
            vg_review_of(run, analysis), counted, count);
    else if (count < 20)
        vg_result_warn(run->result,
                       "%slooks at small-study effects are weak with %zu %s; finding nothing does "
                       "not mean that nothing is there",
                       vg_review_of(run, analysis), count, counted);
    if (looks & VG_SMALL_STUDY_EGGER)
        VG_TRY(vg_review_look(run, analysis, "Egger's test", egger(p, &data, false, error), error));
    if (looks & VG_SMALL_STUDY_EGGER_LM)
        VG_TRY(vg_review_look(run, analysis, "the classic Egger test", egger(p, &data, true, error),
                              error));
    if (looks & VG_SMALL_STUDY_BEGG)
        VG_TRY(vg_review_look(run, analysis, "the rank correlation test", begg(p, &data, error),
                              error));
    if (looks & VG_SMALL_STUDY_TRIMFILL)
        VG_TRY(vg_review_look(run, analysis, "trim and fill", trimfill(p, &data, error), error));
    if (looks & VG_SMALL_STUDY_PET_PEESE)
        VG_TRY(vg_review_look(run, analysis, "PET-PEESE", pet_peese(p, &data, error), error));
    if (looks & VG_SMALL_STUDY_STEP)
        VG_TRY(vg_review_look(run, analysis, "the step selection model",
                              selection(p, &data, false, error), error));
    if (looks & VG_SMALL_STUDY_THREE_PARAMETER)
        VG_TRY(vg_review_look(run, analysis, "the three-parameter selection model",
                              selection(p, &data, true, error), error));
    return VG_OK;
}
