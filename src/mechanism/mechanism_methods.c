/* Sentences of the methods section, and the works behind them. */
#include "mechanism/mechanism_internal.h"
#include "result/plan_rows.h"

typedef struct Work {
    const char *key, *citation;
} Work;

static const Work INTERVENTIONAL = {
    "vansteelandt_daniel_2017", "Vansteelandt S, Daniel RM. Interventional effects for mediation "
                                "analysis with multiple mediators. Epidemiology 2017;28:258–265."};
static const Work ERROR = {
    "buonaccorsi_2010",
    "Buonaccorsi JP. Measurement error: models, methods, and applications. Boca Raton: Chapman & "
    "Hall/CRC; 2010."};
static const Work SENSITIVITY = {
    "imai_2010", "Imai K, Keele L, Yamamoto T. Identification, inference and sensitivity analysis "
                 "for causal mediation effects. Statistical Science 2010;25:51–71."};
static const Work E_VALUE = {"vanderweele_ding_2017",
                             "VanderWeele TJ, Ding P. Sensitivity analysis in observational "
                             "research: introducing the E-value. Annals of Internal Medicine "
                             "2017;167:268–274."};

static void cite(const VgMechanism *m, Work work)
{
    vg_plan_cite(m->result, work.key, work.citation);
}

static void score_sentence(const VgMechanism *m, VgBuffer *text)
{
    static const char *const SCORE[VG_CHANNEL_SCORE_COUNT] = {
        [VG_CHANNEL_MEAN] = "Each channel is the mean of its markers, signed as declared and each "
                            "over its standard deviation within arms. ",
        [VG_CHANNEL_COMPONENT] = "Each channel is the first principal component of what treatment "
                                 "and covariates leave of its markers. ",
        [VG_CHANNEL_FACTOR] = "Each channel is the common factor of what treatment and covariates "
                              "leave of its markers, by maximum likelihood. ",
        [VG_CHANNEL_RIDGE] =
            "Each channel is a score learnt for the outcome by ridge regression and cross-fitted: "
            "weights from four fifths of the participants of each arm, scores and effects from the "
            "others, medians of 20 such divisions. ",
        [VG_CHANNEL_MARKERS] = "Every marker is in the model by itself; a channel's effect is the "
                               "sum of its markers'. "};
    if (SCORE[m->options.score])
        vg_buffer_text(text, SCORE[m->options.score]);
}

static void interval_sentence(const VgMechanism *m, VgBuffer *text)
{
    if (m->options.interval == VG_MEDIATION_PERCENTILE)
        vg_buffer_printf(text,
                         "Intervals are percentiles of %zu resamples of participants within arms, "
                         "scores made anew in each. ",
                         m->fit.draws);
    else
        vg_buffer_printf(text, "Intervals are by %s. ",
                         m->options.interval == VG_MEDIATION_DELTA ? "the delta method"
                                                                   : "Monte Carlo draws");
}

void vg_mechanism_methods(VgMechanism *m)
{
    VgBuffer text = {0};
    vg_buffer_printf(&text,
                     "Effects of %s against %s on %s at %s were divided among the channels of the "
                     "declared axis at %s by linear models of each channel and of the outcome, in "
                     "the %zu participants with %s: interventional indirect effects, which add up "
                     "with the direct effect to the total. ",
                     m->treated_label, m->control_label, m->outcome_label,
                     m->study->visit[m->plan->outcome_visit].label,
                     m->study->visit[m->plan->mediator_visit].label, m->table.data.n,
                     m->plan->impute ? "all covariates" : "all values");
    if (m->fit.imputations)
        vg_buffer_printf(
            &text,
            "Missing and censored markers (%zu values) and missing outcomes (%zu) were "
            "imputed %zu times, jointly normal given treatment and covariates. ",
            m->fit.n_imputed_markers, m->fit.n_imputed_outcomes, m->fit.imputations);
    cite(m, INTERVENTIONAL);
    score_sentence(m, &text);
    if (m->adjusted_for)
        vg_buffer_printf(&text, "Covariates: %s. ", m->adjusted_for);
    interval_sentence(m, &text);
    if (m->fit.corrected) {
        vg_buffer_text(&text, "Corrected effects take measurement error, of the size of the "
                              "declared reliabilities, off the markers' covariance. ");
        cite(m, ERROR);
    }
    if (m->fit.sensitivity) {
        vg_buffer_text(&text, "Sensitivity to an unmeasured cause of a channel and the outcome is "
                              "told by the correlation of their errors, one channel at a time with "
                              "the others held, and by the E-value. ");
        cite(m, SENSITIVITY);
        cite(m, E_VALUE);
    }
    vg_buffer_text(&text, "Every declared arrow was estimated by least squares with all declared "
                          "parents of its target.");
    vg_plan_method(m->result, m->plan->label, text.text ? text.text : "");
    vg_buffer_free(&text);
}
