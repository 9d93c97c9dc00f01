/* The table of derived biomarkers; hormone curves, ratios, indices. METHODS 1.2. */
#include <vagus/biomarker.h>

#include <math.h>
#include <string.h>

static const VgBiomarker biomarkers[] = {
    {"car_aucg", "cortisol_awakening_response", VG_FROM_CURVE, "samples after waking",
     "awakening response, area from zero", "[x]·min", "Σ (m_i + m_{i+1})(t_{i+1} − t_i)/2", "ln",
     "Pruessner 2003"},
    {"car_auci", "cortisol_awakening_response", VG_FROM_CURVE, "samples after waking",
     "awakening response, area from the first sample", "[x]·min", "AUCg − m_1 (t_n − t_1)", "as is",
     "Pruessner 2003"},
    {"car_increase", "cortisol_awakening_response", VG_FROM_CURVE, "samples after waking",
     "awakening response, mean increase", "[x]", "mean(m_2 … m_n) − m_1", "as is",
     "Stalder 2016, 2022"},
    {"car_peak", "cortisol_awakening_response", VG_FROM_CURVE, "samples after waking",
     "awakening response, peak", "[x]", "max(m_2 … m_n) − m_1", "as is", "Stalder 2016, 2022"},
    {"day_aucg", "day_curve", VG_FROM_CURVE, "samples over the day", "day curve, area from zero",
     "[x]·min", "Σ (m_i + m_{i+1})(t_{i+1} − t_i)/2", "ln", "Pruessner 2003"},
    {"day_auci", "day_curve", VG_FROM_CURVE, "samples over the day",
     "day curve, area from the first sample", "[x]·min", "AUCg − m_1 (t_n − t_1)", "as is",
     "Pruessner 2003"},
    {"rmssd", "hrv", VG_FROM_INTERVALS, "RR intervals", "heart rate variability, RMSSD", "ms",
     "√ mean (NN_{i+1} − NN_i)²", "ln", "Task Force 1996"},
    {"sdnn", "hrv", VG_FROM_INTERVALS, "RR intervals", "heart rate variability, SDNN", "ms",
     "SD of NN", "ln", "Task Force 1996"},
    {"hf_power", "hrv", VG_FROM_INTERVALS, "RR intervals", "heart rate variability, high frequency",
     "ms²", "power of NN in 0.15–0.40 Hz", "ln", "Task Force 1996; Lomb 1976"},
    {"ln_rmssd", NULL, VG_FROM_INTERVALS, "RR intervals", "ln RMSSD", "ln ms",
     "ln √ mean (NN_{i+1} − NN_i)²", "as is", "Task Force 1996"},
    {"ln_sdnn", NULL, VG_FROM_INTERVALS, "RR intervals", "ln SDNN", "ln ms", "ln SD of NN", "as is",
     "Task Force 1996"},
    {"ln_hf_power", NULL, VG_FROM_INTERVALS, "RR intervals", "ln high-frequency power", "ln ms²",
     "ln power of NN in 0.15–0.40 Hz", "as is", "Task Force 1996; Lomb 1976"},
    {"scfa_total", NULL, VG_FROM_PARTS, "acetate, propionate, butyrate",
     "short-chain fatty acids, total", "[x]", "acetate + propionate + butyrate", "ln",
     "Cummings 1987"},
    {"scfa_branched", NULL, VG_FROM_PARTS, "isobutyrate, isovalerate", "branched-chain fatty acids",
     "[x]", "isobutyrate + isovalerate (+ 2-methylbutyrate where the layer has it)", "ln",
     "Cummings 1987"},
    {"acetate_share", "scfa_ratios", VG_FROM_PARTS, "acetate, propionate, butyrate",
     "acetate, share of the total", "1", "acetate / scfa_total", "as is", "Cummings 1987"},
    {"propionate_share", "scfa_ratios", VG_FROM_PARTS, "acetate, propionate, butyrate",
     "propionate, share of the total", "1", "propionate / scfa_total", "as is", "Cummings 1987"},
    {"butyrate_share", "scfa_ratios", VG_FROM_PARTS, "acetate, propionate, butyrate",
     "butyrate, share of the total", "1", "butyrate / scfa_total", "as is", "Cummings 1987"},
    {"acetate_propionate", "scfa_ratios", VG_FROM_PARTS, "acetate, propionate",
     "acetate/propionate", "1", "acetate / propionate", "ln", "Cummings 1987"},
    {"butyrate_acetate", "scfa_ratios", VG_FROM_PARTS, "butyrate, acetate", "butyrate/acetate", "1",
     "butyrate / acetate", "ln", "Cummings 1987"},
    {"homa_ir", NULL, VG_FROM_PARTS, "glucose, insulin", "insulin resistance, HOMA-IR", "1",
     "glucose [mmol/L] · insulin [µIU/mL] / 22.5", "ln", "Matthews 1985"},
    {"kynurenine_tryptophan", NULL, VG_FROM_PARTS, "kynurenine, tryptophan",
     "kynurenine/tryptophan", "µmol/mmol", "1000 · kynurenine / tryptophan [µmol/L]", "ln",
     "Widner 1997"},
    {"inflammatory_index", NULL, VG_FROM_MEMBERS, "members with their signs", "inflammatory index",
     "SD", "mean of sign · (ln x − mean_ref)/SD_ref", "as is",
     "markers, signs and reference declared with the study"},
};

const VgBiomarker *vg_biomarkers(size_t *n)
{
    *n = sizeof biomarkers / sizeof *biomarkers;
    return biomarkers;
}

const VgBiomarker *vg_biomarker_find(const char *key)
{
    size_t n;
    const VgBiomarker *all = vg_biomarkers(&n);
    for (size_t k = 0; k < n; k++)
        if (strcmp(all[k].key, key) == 0)
            return &all[k];
    return NULL;
}

const char *vg_biomarker_issue(VgBiomarkerIssue issue)
{
    switch (issue) {
    case VG_ISSUE_FIRST_LATE:
        return "the first sample was taken more than 15 min after waking: no awakening response";
    case VG_ISSUE_UNVERIFIED:
        return "times of waking and sampling were not verified: the awakening response may be "
               "misplaced";
    case VG_ISSUE_FIRST_MISSING:
        return "the first sample is missing: no increase can be computed";
    case VG_ISSUE_ONE_MISSING:
        return "one sample is missing; a straight line bridges it";
    case VG_ISSUE_MANY_MISSING:
        return "the last sample or more than one are missing: no area is computed";
    case VG_ISSUE_CORRECTED:
        return "too many beats are artefacts: the recording is not used";
    case VG_ISSUE_SHORT:
        return "the recording is shorter than 5 min";
    case VG_ISSUE_ULTRA_SHORT:
        return "RMSSD of an ultra-short recording (60 s to 5 min), as declared";
    }
    return "";
}

/* --- hormones --------------------------------------------------------------------------------- */

static VgStatus check_curve(const double *minute, const double *value, size_t n, VgError *error)
{
    if (n < 2)
        return vg_fail(error, VG_INVALID_INPUT, "a curve of %zu sample",
                       "an area needs two or more samples", n);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(minute[i]) || (i > 0 && !(minute[i] > minute[i - 1])))
            return vg_fail(error, VG_INVALID_INPUT, "sample %zu at minute %g",
                           "samples stand in the order of their actual times, no time twice", i + 1,
                           minute[i]);
        if (value[i] < 0 || isinf(value[i]))
            return vg_fail(error, VG_INVALID_INPUT, "sample %zu: concentration %g",
                           "concentrations are finite and not negative", i + 1, value[i]);
    }
    return VG_OK;
}

VgStatus vg_hormone_curve(const double *minute, const double *value, size_t n, bool awakening,
                          bool verified, VgHormoneCurve *curve, VgError *error)
{
    VG_TRY(check_curve(minute, value, n, error));
    *curve =
        (VgHormoneCurve){.aucg = NAN, .auci = NAN, .increase = NAN, .peak = NAN, .first = value[0]};
    size_t missing_between = 0, after = 0;
    double sum = 0, highest = -INFINITY, area = 0;
    for (size_t i = 0, last = 0; i < n; i++) {
        if (isnan(value[i])) {
            curve->n_missing++;
            missing_between += i > 0 && i + 1 < n;
            continue;
        }
        if (i > 0) {
            sum += value[i];
            highest = fmax(highest, value[i]);
            after++;
        }
        if (i > 0 && !isnan(value[last]))
            area += (value[last] + value[i]) * (minute[i] - minute[last]) / 2;
        last = i;
    }
    bool first = isnan(value[0]), end = isnan(value[n - 1]);
    if (awakening && minute[0] > 15)
        curve->issues |= VG_ISSUE_FIRST_LATE;
    if (awakening && !verified)
        curve->issues |= VG_ISSUE_UNVERIFIED;
    if (first)
        curve->issues |= VG_ISSUE_FIRST_MISSING;
    if (missing_between > 1 || end)
        curve->issues |= VG_ISSUE_MANY_MISSING;
    else if (missing_between == 1)
        curve->issues |= VG_ISSUE_ONE_MISSING;
    if (first || missing_between > 1 || end)
        return VG_OK;
    curve->aucg = area;
    /* what rises from the first sample means nothing when that one came after the rise */
    if (curve->issues & VG_ISSUE_FIRST_LATE)
        return VG_OK;
    curve->auci = area - value[0] * (minute[n - 1] - minute[0]);
    curve->increase = sum / (double)after - value[0];
    curve->peak = highest - value[0];
    return VG_OK;
}

/* --- ratios and indices ----------------------------------------------------------------------- */

static double positive_or_nan(double x)
{
    return x > 0 && isfinite(x) ? x : NAN;
}

double vg_homa_ir(double glucose_mmol_per_l, double insulin_uiu_per_ml)
{
    return positive_or_nan(glucose_mmol_per_l) * positive_or_nan(insulin_uiu_per_ml) / 22.5;
}

double vg_kynurenine_tryptophan(double kynurenine_umol_per_l, double tryptophan_umol_per_l)
{
    return 1000 * positive_or_nan(kynurenine_umol_per_l) / positive_or_nan(tryptophan_umol_per_l);
}

static double ratio(double a, double b)
{
    return b > 0 ? a / b : NAN;
}

VgScfaSummary vg_scfa_summary(const VgScfa *scfa)
{
    double total = scfa->acetate + scfa->propionate + scfa->butyrate;
    double branched = scfa->isobutyrate + scfa->isovalerate;
    return (VgScfaSummary){.total = total,
                           .branched = isnan(scfa->two_methylbutyrate)
                                           ? branched
                                           : branched + scfa->two_methylbutyrate,
                           .acetate_share = ratio(scfa->acetate, total),
                           .propionate_share = ratio(scfa->propionate, total),
                           .butyrate_share = ratio(scfa->butyrate, total),
                           .acetate_to_propionate = ratio(scfa->acetate, scfa->propionate),
                           .butyrate_to_acetate = ratio(scfa->butyrate, scfa->acetate)};
}

VgStatus vg_z_index(const double *value, const VgIndexMarker *marker, size_t n, size_t most_missing,
                    double *index, size_t *n_used, VgError *error)
{
    double sum = 0;
    size_t used = 0;
    for (size_t k = 0; k < n; k++) {
        if (!(marker[k].sd > 0) || !isfinite(marker[k].mean) || isinf(marker[k].sd))
            return vg_fail(error, VG_INVALID_INPUT, "marker %zu has a reference of %g (SD %g)",
                           "state mean and SD of ln concentration in the reference", k + 1,
                           marker[k].mean, marker[k].sd);
        if (isnan(value[k]))
            continue;
        if (!(value[k] > 0) || isinf(value[k]))
            return vg_fail(error, VG_INVALID_INPUT, "marker %zu has a concentration of %g",
                           "what was not detected is below its limit: impute it first", k + 1,
                           value[k]);
        sum += (marker[k].sign < 0 ? -1 : 1) * (log(value[k]) - marker[k].mean) / marker[k].sd;
        used++;
    }
    *index = used > 0 && n - used <= most_missing ? sum / (double)used : NAN;
    if (n_used)
        *n_used = used;
    return VG_OK;
}
