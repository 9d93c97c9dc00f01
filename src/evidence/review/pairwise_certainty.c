/* Certainty of the pooled effect (GRADE): the numbers that its rules look at. */
#include <vagus/certainty.h>

#include <math.h>

#include "evidence/review/review.h"

static bool is_standardised(VgMeasure measure)
{
    return measure == VG_MEASURE_SMD || measure == VG_MEASURE_COHEN_D ||
           measure == VG_MEASURE_GLASS_DELTA;
}

static const VgRiskOfBias *overall_risk(VgPairwise *p)
{
    const VgExtraction *extraction = &p->extraction;
    if (!extraction->risk || !extraction->has_overall)
        return NULL;
    VgRiskOfBias *risk = VG_REVIEW_NEW(p->run, VgRiskOfBias, p->k);
    for (size_t i = 0; risk && i < p->effects->n; i++)
        risk[i] = extraction->risk[p->effects->effect[i].row * extraction->n_domains +
                                   extraction->n_domains - 1];
    return risk;
}

/* The pooled effect without studies at high risk of bias; NaN when none is, or none is left. */
static VgStatus without_high(VgPairwise *p, const VgRiskOfBias *risk, VgInference *out,
                             VgError *error)
{
    *out = (VgInference){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    size_t high = 0;
    bool *keep = VG_REVIEW_NEW(p->run, bool, p->k);
    if (!keep)
        return vg_fail_memory(error);
    for (size_t i = 0; i < p->k; i++) {
        keep[i] = !risk || risk[i] != VG_RISK_HIGH;
        high += !keep[i];
    }
    if (high == 0 || high == p->k)
        return VG_OK;
    VgEffects some;
    size_t *index;
    VgMetaFit *fit;
    VG_TRY(vg_pairwise_some(p, keep, &some, &index, error));
    VG_TRY(vg_meta_fit(p->run->arena, &some, NULL, &p->options, &fit, error));
    *out = (VgInference){fit->beta[0],    fit->se[0],    fit->df,      fit->statistic[0],
                         fit->p_value[0], fit->lower[0], fit->upper[0]};
    return VG_OK;
}

static VgStatus events(VgPairwise *p, double *sum, VgError *error)
{
    double *value = VG_REVIEW_NEW(p->run, double, p->k);
    if (!value)
        return vg_fail_memory(error);
    for (size_t i = 0; i < p->k; i++) {
        value[i] = NAN; /* added trials have no table */
        if (i < p->effects->n) {
            const VgExtractionRow *row = &p->extraction.row[p->effects->effect[i].row];
            value[i] = row->group[0].events + row->group[1].events;
        }
    }
    *sum = vg_pairwise_count(p, value);
    return VG_OK;
}

/* Of a trial that would find the smallest difference that matters between two risks; NaN = by the rules' own. */
static double information_size(const VgEvidencePlan *plan)
{
    if (!vg_review_counts_events(plan->measure) || !(plan->important_difference > 0) ||
        !(plan->control_event_rate > 0))
        return NAN;
    double treated = vg_review_treated_share(plan, plan->important_difference);
    return treated > 0 && treated < 1 ? vg_information_size_risks(plan->control_event_rate, treated)
                                      : (double)NAN;
}

VgStatus vg_pairwise_certainty(VgPairwise *p, VgError *error)
{
    VgReviewRun *run = p->run;
    const VgEvidencePlan *plan = run->plan;
    VgCertaintyData data = vg_certainty_blank();
    data.k = p->k;
    data.studies = p->n_studies;
    data.risk = overall_risk(p);
    data.weight = data.risk ? p->fit->weight : NULL;
    data.pooled = p->pooled;
    VG_TRY(without_high(p, data.risk, &data.without_high, error));
    data.i2 = p->multilevel ? p->multilevel->study.i2 + p->multilevel->effect.i2 : p->fit->i2;
    data.tau2 = p->multilevel ? p->multilevel->study.estimate + p->multilevel->effect.estimate
                              : p->fit->tau2;
    data.prediction_lower = p->prediction.prediction_lower;
    data.prediction_upper = p->prediction.prediction_upper;
    data.null_value = 0;
    data.important_difference =
        plan->important_difference > 0 ? plan->important_difference : (double)NAN;
    data.unit = vg_measure_unit(plan->measure);
    data.ratio = vg_measure_is_ratio(plan->measure);
    data.standardised = is_standardised(plan->measure);
    data.binary = vg_review_counts_events(plan->measure);
    data.participants = vg_pairwise_people(p);
    if (data.binary)
        VG_TRY(events(p, &data.events, error));
    data.information_size = information_size(plan);
    data.egger_p = p->egger_p;
    data.trimfill_estimate = p->trimfill_estimate;
    data.trimfill_filled = p->trimfill_filled;
    data.entry = plan->grade;
    data.n_entries = plan->n_grade;
    VgCertainty out;
    VG_TRY(vg_certainty_assess(run->arena, &data, &out, error));
    vg_certainty_report(run->result, p->id, &out);
    p->certainty = out.statement;
    vg_review_cite(run, VG_CITE_GRADE_2011);
    return VG_OK;
}
