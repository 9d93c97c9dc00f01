/* What the pooled effect means out of 100 people, from a control event rate. */
#include <math.h>

#include "evidence/review/review.h"
#include "numeric/distributions.h"

bool vg_review_counts_events(VgMeasure measure)
{
    return measure == VG_MEASURE_OR || measure == VG_MEASURE_RR || measure == VG_MEASURE_RD ||
           measure == VG_MEASURE_PETO || measure == VG_MEASURE_ARCSINE;
}

double vg_review_treated_share(const VgEvidencePlan *plan, double effect)
{
    double c = plan->control_event_rate, ratio = exp(effect);
    switch (plan->measure) {
    case VG_MEASURE_OR:
    case VG_MEASURE_PETO:
        return ratio * c / (1 - c + ratio * c);
    case VG_MEASURE_RR:
        return ratio * c;
    case VG_MEASURE_RD:
        return c + effect;
    case VG_MEASURE_SMD:
    case VG_MEASURE_COHEN_D:
        /* event = response: benefit moves people over the threshold (Furukawa & Leucht 2011) */
        return 0.5 * erfc(-(vg_normal_quantile(c) + effect) / sqrt(2));
    default:
        return NAN;
    }
}

static bool is_share(double value)
{
    return value >= 0 && value <= 1;
}

static void nnt_row(VgPairwise *p, double estimate, double lower, double upper, bool benefit_up)
{
    VgReviewRun *run = p->run;
    double c = run->plan->control_event_rate;
    double more = estimate - c, low = lower - c, high = upper - c;
    if (!benefit_up) {
        double turned = -high;
        more = -more;
        high = -low;
        low = turned;
    }
    if (more == 0)
        return;
    VgEstimate row = vg_review_row(p->id, "nnt", NULL);
    row.estimate = 1 / more;
    const char *kind = more > 0 ? "to benefit" : "to harm";
    if (low * high > 0) {
        row.lower = 1 / high;
        row.upper = 1 / low;
        row.note = vg_review_text(run, "%s, from a control event rate of %g", kind, c);
    } else {
        row.note = vg_review_text(
            run,
            "%s, from a control event rate of %g; interval from %.3g to harm through "
            "infinity to %.3g to benefit",
            kind, c, -1 / low, 1 / high);
    }
    vg_result_estimate(run->result, &row);
}

void vg_pairwise_absolute(VgPairwise *p)
{
    VgReviewRun *run = p->run;
    const VgEvidencePlan *plan = run->plan;
    if (!(plan->control_event_rate > 0) || p->analysis->sensitivity || p->analysis->moderators)
        return;
    bool smd = plan->measure == VG_MEASURE_SMD || plan->measure == VG_MEASURE_COHEN_D;
    if ((!smd && !vg_review_counts_events(plan->measure)) ||
        isnan(vg_review_treated_share(plan, 0))) {
        vg_result_warn(run->result, "%sabsolute figures cannot be had from a %s",
                       vg_review_of(run, p->analysis), vg_measure_unit(plan->measure));
        return;
    }
    if (smd && !plan->direction_known) {
        vg_result_warn(run->result,
                       "%sabsolute figures need the direction of the outcome (lower or higher is "
                       "better)",
                       vg_review_of(run, p->analysis));
        return;
    }
    /* of differences the event is response: benefit up; of counts the sign is as published */
    double sign =
        smd ? (vg_review_high_is_better(plan) ? 1 : -1) : (vg_review_turns(plan) ? -1 : 1);
    double estimate = vg_review_treated_share(plan, sign * p->pooled.estimate);
    double low = vg_review_treated_share(plan, sign * p->pooled.lower);
    double high = vg_review_treated_share(plan, sign * p->pooled.upper);
    VgEstimate row = vg_review_row(p->id, "response", NULL);
    row.estimate = estimate;
    row.lower = fmin(low, high);
    row.upper = fmax(low, high);
    row.note =
        vg_review_text(run, "with treatment, from a control event rate of %g%s%s",
                       plan->control_event_rate, plan->control_event_rate_source ? "; " : "",
                       plan->control_event_rate_source ? plan->control_event_rate_source : "");
    if (!is_share(row.estimate) || !is_share(row.lower) || !is_share(row.upper)) {
        vg_result_warn(
            run->result,
            "%swith a control event rate of %g the pooled effect leads to shares below 0 or "
            "above 1: no absolute figures",
            vg_review_of(run, p->analysis), plan->control_event_rate);
        return;
    }
    vg_result_estimate(run->result, &row);
    p->share = (VgInference){.estimate = row.estimate, .lower = row.lower, .upper = row.upper};
    if (smd || plan->direction_known)
        nnt_row(p, row.estimate, row.lower, row.upper, smd || !plan->lower_is_better);
    if (smd)
        vg_review_cite(run, VG_CITE_FURUKAWA_2011);
}
