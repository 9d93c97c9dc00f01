/* Names of the choices of an evidence plan: one table each (vagus/evidence_plan.h). */
#include <vagus/evidence_plan.h>

typedef struct Measure {
    const char *label, *unit;
    bool ratio;
} Measure;

const char *const vg_measure_names[] = {
    "generic", "smd",  "d",  "glass", "md",         "rom",   "smcr",          "smcc", "or",   "rr",
    "rd",      "peto", "as", "mean",  "proportion", "logit", "freeman-tukey", "cor",  "zcor", 0};

static const Measure MEASURE[VG_N_MEASURES] = {
    [VG_MEASURE_GENERIC] = {"Effect", "effect", false},
    [VG_MEASURE_SMD] = {"Hedges' g", "Hedges' g", false},
    [VG_MEASURE_COHEN_D] = {"Cohen's d", "Cohen's d", false},
    [VG_MEASURE_GLASS_DELTA] = {"Glass's delta", "Glass's delta", false},
    [VG_MEASURE_MD] = {"Mean difference", "mean difference", false},
    [VG_MEASURE_ROM] = {"Ratio of means", "log ratio of means", true},
    [VG_MEASURE_SMCR] = {"Standardised mean change", "standardised mean change (raw score)", false},
    [VG_MEASURE_SMCC] = {"Standardised mean change", "standardised mean change (change score)",
                         false},
    [VG_MEASURE_OR] = {"Odds ratio", "log odds ratio", true},
    [VG_MEASURE_RR] = {"Risk ratio", "log risk ratio", true},
    [VG_MEASURE_RD] = {"Risk difference", "risk difference", false},
    [VG_MEASURE_PETO] = {"Peto odds ratio", "log odds ratio (Peto)", true},
    [VG_MEASURE_ARCSINE] = {"Arcsine difference", "arcsine difference", false},
    [VG_MEASURE_MEAN] = {"Mean", "mean", false},
    [VG_MEASURE_PROPORTION] = {"Proportion", "proportion", false},
    [VG_MEASURE_LOGIT] = {"Proportion (logit)", "logit of the proportion", false},
    [VG_MEASURE_FREEMAN_TUKEY] = {"Proportion (double arcsine)", "double-arcsine proportion",
                                  false},
    [VG_MEASURE_CORRELATION] = {"Correlation", "correlation", false},
    [VG_MEASURE_FISHER_Z] = {"Correlation (Fisher's z)", "Fisher's z", false},
};

const char *const vg_smd_variance_names[] = {"large-sample", "unbiased", "revman", 0};
const char *const vg_zero_cells_names[] = {"only-zero", "if-any-zero", "always", "none", 0};
const char *const vg_convert_events_names[] = {"no", "logistic", "normal", 0};
const char *const vg_events_are_names[] = {"not-said", "better", "worse", 0};
const char *const vg_tau2_method_names[] = {"reml", "ml", "dl", "pm", "sj",
                                            "he",   "hs", "eb", "ee", 0};
const char *const vg_meta_test_names[] = {"adhoc", "knha", "t", "z", 0};
const char *const vg_prediction_df_names[] = {"k-1", "k-2", "normal", 0};
const char *const vg_shared_control_names[] = {"refuse", "split", "model", 0};
const char *const vg_small_study_names[] = {
    "egger", "egger-lm", "begg", "trimfill", "pet-peese", "step", "three-parameter", 0};
const char *const vg_trimfill_names[] = {"l0", "r0", 0};

const char *vg_measure_label(VgMeasure measure)
{
    return MEASURE[measure].label;
}

const char *vg_measure_unit(VgMeasure measure)
{
    return MEASURE[measure].unit;
}

bool vg_measure_is_ratio(VgMeasure measure)
{
    return MEASURE[measure].ratio;
}
