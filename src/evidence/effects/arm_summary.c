/* One arm as mean, SD and events, from whatever the report gives.
 *
 * SD from SE: SE √n. SD from the 95 % interval of the mean: √n (upper − lower)/(2 t_{n−1}) (Cochrane Handbook
 * 6.5.2.2, which lets z stand for t in large samples). Medians: SD by Wan and others 2014, mean by Luo and
 * others 2018 (range; quartiles; both). Change: Var = b² + f² − 2 r b f (Handbook 6.5.2.8). Response:
 * Furukawa and others 2005. */
#include "evidence/effects/effect_parts.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "numeric/distributions.h"

void vg_note_add(VgNote *note, bool imputed, const char *format, ...)
{
    char phrase[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(phrase, sizeof phrase, format, arguments);
    va_end(arguments);
    note->imputed = note->imputed || imputed;
    if (strstr(note->text, phrase))
        return;
    size_t used = strlen(note->text);
    snprintf(note->text + used, sizeof note->text - used, "%s%s", used ? "; " : "", phrase);
}

/* (high − low)/SD of the range and of the quartiles of a normal sample (Blom's scores). */
static double range_in_sds(double n)
{
    return 2.0 * vg_normal_quantile((n - 0.375) / (n + 0.25));
}

static double quartiles_in_sds(double n)
{
    return 2.0 * vg_normal_quantile((0.75 * n - 0.125) / (n + 0.25));
}

static bool from_median(const VgExtractionGroup *g, VgArmSummary *arm, VgNote *note)
{
    bool quartiles = vg_known(g->q1) && vg_known(g->q3);
    bool range = vg_known(g->minimum) && vg_known(g->maximum);
    double n = g->n, mean, sd;
    double middle = 0.5 * (g->q1 + g->q3), centre = 0.5 * (g->minimum + g->maximum);
    if (!vg_known(g->median) || !(n >= 2.0) || (!quartiles && !range))
        return false;
    if (quartiles && range) {
        double w_range = 2.2 / (2.2 + pow(n, 0.75)), w_quartiles = 0.7 - 0.72 / pow(n, 0.55);
        mean = w_range * centre + w_quartiles * middle + (1.0 - w_range - w_quartiles) * g->median;
        sd = 0.5 * (g->maximum - g->minimum) / range_in_sds(n) +
             0.5 * (g->q3 - g->q1) / quartiles_in_sds(n);
    } else if (quartiles) {
        double w = 0.7 + 0.39 / n;
        mean = w * middle + (1.0 - w) * g->median;
        sd = (g->q3 - g->q1) / quartiles_in_sds(n);
    } else {
        double w = 4.0 / (4.0 + pow(n, 0.75));
        mean = w * centre + (1.0 - w) * g->median;
        sd = (g->maximum - g->minimum) / range_in_sds(n);
    }
    if (!vg_known(arm->mean)) {
        arm->mean = mean;
        vg_note_add(note, true, "mean and SD from median and %s (Luo, Wan)",
                    quartiles && range ? "quartiles and range"
                    : quartiles        ? "quartiles"
                                       : "range");
    } else {
        vg_note_add(note, true, "SD from %s (Wan)", quartiles ? "quartiles" : "range");
    }
    arm->sd = sd;
    return sd > 0.0;
}

static bool endpoint_sd(const VgExtractionGroup *g, VgArmSummary *arm, VgNote *note)
{
    if (vg_known(g->sd)) {
        arm->sd = g->sd;
    } else if (vg_known(g->se)) {
        arm->sd = g->se * sqrt(g->n);
        vg_note_add(note, false, "SD from SE");
    } else if (vg_known(g->lower) && vg_known(g->upper) && g->n >= 2.0) {
        arm->sd = sqrt(g->n) * (g->upper - g->lower) / (2.0 * vg_t_quantile(0.975, g->n - 1.0));
        vg_note_add(note, false, "SD from CI");
    } else {
        return false;
    }
    return arm->sd > 0.0;
}

bool vg_arm_endpoint(const VgExtractionGroup *g, bool standardised, VgArmSummary *arm, VgNote *note)
{
    *arm = (VgArmSummary){g->n, g->mean, NAN, NAN, NAN};
    if (!vg_known(g->n))
        return false;
    if (!vg_known(arm->mean) && vg_known(g->lower) && vg_known(g->upper))
        arm->mean = 0.5 * (g->lower + g->upper);
    bool got = (vg_known(arm->mean) && endpoint_sd(g, arm, note)) || from_median(g, arm, note);
    if (!got && standardised && vg_known(arm->mean) && g->baseline_sd > 0.0) {
        arm->sd = g->baseline_sd;
        vg_note_add(note, true, "baseline SD for the endpoint's");
        got = true;
    }
    arm->unit = arm->sd;
    return got;
}

double vg_change_sd(double b, double f, double r)
{
    return sqrt(b * b + f * f - 2.0 * r * b * f);
}

double vg_change_correlation(const VgExtractionGroup *g)
{
    double r = (g->baseline_sd * g->baseline_sd + g->sd * g->sd - g->sd_change * g->sd_change) /
               (2.0 * g->baseline_sd * g->sd);
    return r > -1.0 && r < 1.0 ? r : (double)NAN;
}

/* Change and its SD, without what standardises it; false: not there. */
static bool change_and_sd(const VgExtractionGroup *g, bool of_mean, double r, VgArmSummary *arm,
                          bool *need_r, VgNote *note, const char **why)
{
    *why = "neither means with SDs nor change scores";
    if (of_mean) {
        bool got = vg_arm_endpoint(g, false, arm, note);
        arm->unit = NAN;
        return got;
    }
    *arm = (VgArmSummary){g->n, g->change, g->sd_change, NAN, NAN};
    if (!vg_known(g->n) || !vg_known(g->change))
        return false;
    if (vg_known(arm->sd))
        return true;
    *why = "a change without its SD: give sd_change, or the SDs of baseline and endpoint with r";
    if (!(g->baseline_sd > 0.0) || !(g->sd > 0.0) || !vg_known(r))
        return false;
    arm->sd = vg_change_sd(g->baseline_sd, g->sd, r);
    *need_r = true;
    vg_note_add(note, false, "SD of change from r");
    return true;
}

bool vg_arm_change(const VgExtractionGroup *g, bool of_mean, double r, bool assumed,
                   bool standardised, VgArmSummary *arm, VgNote *note, const char **why)
{
    bool need_r = false;
    if (!change_and_sd(g, of_mean, r, arm, &need_r, note, why))
        return false;
    vg_note_add(note, false, "change scores");
    if (standardised) {
        /* the SD of change would make r = 0.8 look like an effect 1.58 times as large */
        *why = "only the SD of change: a standardised difference needs the SD of endpoint or "
               "baseline, or r (pre_post_correlation assumes one)";
        arm->unit = !of_mean && g->sd > 0.0 ? g->sd : g->baseline_sd;
        if (!(arm->unit > 0.0)) {
            if (!vg_known(r))
                return false;
            arm->unit = arm->sd / sqrt(2.0 * (1.0 - r));
            need_r = true;
            vg_note_add(note, true, "SD from that of change");
        }
    }
    if (need_r) {
        vg_note_add(note, assumed, "r = %.3g%s", r, assumed ? " assumed" : "");
        note->assumed_correlation = note->assumed_correlation || assumed;
    }
    return arm->sd > 0.0;
}

bool vg_arm_events(const VgExtractionGroup *g, const VgEvidencePlan *plan, VgArmSummary *arm,
                   VgNote *note)
{
    *arm = (VgArmSummary){g->n, NAN, NAN, NAN, g->events};
    if (vg_known(g->n) && vg_known(g->events))
        return true;
    VgNote trial = *note;
    VgArmSummary means;
    if (!plan->lower_is_better || !vg_known(g->baseline_mean) ||
        !vg_arm_endpoint(g, false, &means, &trial))
        return false;
    double reduction = plan->response_reduction > 0.0 ? plan->response_reduction : 0.5;
    double cutoff = g->baseline_mean * (1.0 - reduction);
    arm->events = g->n * vg_response_from_mean(means.mean, means.sd, cutoff, true);
    *note = trial;
    vg_note_add(note, true, "response (%.3g %% less than baseline) imputed from mean and SD",
                100.0 * reduction);
    return true;
}
