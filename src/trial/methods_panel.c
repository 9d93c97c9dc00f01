/* The methods of comparing the panel's layers between arms. */
#include "trial/methods.h"
#include "trial/panel.h"

static void cite_discovery(VgMethods *methods, const VgPanelPlan *plan)
{
    static const VgCitation WORK[] = {[VG_FDR_BH] = VG_CITE_BENJAMINI_HOCHBERG_1995,
                                      [VG_FDR_BY] = VG_CITE_BENJAMINI_YEKUTIELI_2001,
                                      [VG_FDR_STOREY] = VG_CITE_STOREY_2002};
    vg_methods_cite(methods, WORK[plan->adjust]);
}

static void measured_sentences(VgMethods *methods, const VgPanelPlan *plan)
{
    static const char *const ADJUST[] = {[VG_FDR_BH] = "Benjamini and Hochberg",
                                         [VG_FDR_BY] = "Benjamini and Yekutieli",
                                         [VG_FDR_STOREY] =
                                             "Storey (Benjamini and Hochberg below 200 tests)"};
    VgBuffer *text = &methods->text;
    vg_buffer_text(
        text, "Differences between arms in the change of each measurement, adjusted for its own "
              "baseline and the strata, come from a mixed model for repeated measures, in layers "
              "of more than 50 analytes from a model with a random intercept in which the arms are "
              "alike at baseline; of concentrations they are ratios of geometric means. ");
    if (plan->censored == VG_CENSORED_IMPUTE)
        vg_methods_cite(methods, VG_CITE_BARNARD_RUBIN_1999);
    if (plan->censored == VG_CENSORED_IMPUTE)
        vg_buffer_printf(
            text,
            "Values beyond the limits of the assay were imputed %zu times (seed %llu) from the "
            "normal distribution given the participant's other visits, arm and strata, and the "
            "answers pooled by Rubin's rules with the degrees of freedom of Barnard and Rubin. ",
            plan->imputations, (unsigned long long)plan->seed);
    else
        vg_buffer_printf(text,
                         "For these comparisons values below the limit were replaced by the limit "
                         "%s, as a sensitivity analysis. ",
                         plan->censored == VG_CENSORED_HALF_LLOQ ? "over 2" : "over the root of 2");
    vg_buffer_printf(
        text,
        "Where more than 70 %% of an arm's values at a visit lay beyond the limits, the odds of "
        "being detected were compared instead (logistic regression with Firth's penalty). q is by "
        "%s over all analytes and comparisons of a layer. ",
        ADJUST[plan->adjust]);
    vg_methods_cite(methods, VG_CITE_FIRTH_1993);
    cite_discovery(methods, plan);
}

/* How single features were compared. */
static void features_sentence(VgMethods *methods, const VgPanelPlan *plan)
{
    VgBuffer *text = &methods->text;
    static const char *const MODEL[] = {
        [VG_PANEL_MEDIAN] = "on the log2 centred log-ratio scale",
        [VG_PANEL_LINDA] = "on the log2 centred log-ratio scale, zeros filled as LinDA does,",
        [VG_PANEL_MAASLIN3] =
            "as MaAsLin 3 does, log2 shares where present and presence by logistic regression,",
        [VG_PANEL_NEGATIVE_BINOMIAL] = "as counts by negative binomial regression with depth as "
                                       "offset and errors clustered by "
                                       "participant,",
        [VG_PANEL_ABSOLUTE] = "as log2 absolute amounts where the layer has them",
        [VG_PANEL_UNCORRECTED] = "on the log2 centred log-ratio scale"};
    static const char *const AGAINST[] = {
        [VG_PANEL_MEDIAN] = " is compared with the median over the features that are not seen to "
                            "move (layers of absolute amounts: as it is)",
        [VG_PANEL_LINDA] = " is compared with the mode over features",
        [VG_PANEL_MAASLIN3] = " is compared with the median over features",
        [VG_PANEL_NEGATIVE_BINOMIAL] =
            " is compared with the median over the features that are not seen to move",
        [VG_PANEL_ABSOLUTE] = " is not corrected for the composition",
        [VG_PANEL_UNCORRECTED] = " is not corrected for the composition"};
    static const char *const ADJUSTED[] = {[VG_FDR_BH] = "Benjamini and Hochberg",
                                           [VG_FDR_BY] = "Benjamini and Yekutieli",
                                           [VG_FDR_STOREY] = "Storey"};
    vg_buffer_printf(text,
                     "Features present in at least a tenth of the samples were each analysed "
                     "%s by a model of arm by visit%s",
                     MODEL[plan->method],
                     plan->method == VG_PANEL_NEGATIVE_BINOMIAL
                         ? ""
                         : " with a random intercept per participant");
    for (size_t k = 0; k < plan->n_covariates; k++)
        vg_buffer_printf(text, "%s%s", k ? ", " : ", adjusted for ", plan->covariate[k]);
    vg_buffer_printf(text,
                     "; the difference between arms in the change from baseline%s, and q is by %s "
                     "over all features and comparisons of the layer (declared rate %.3g). ",
                     AGAINST[plan->method], ADJUSTED[plan->adjust], plan->fdr);
    vg_methods_cite(methods, VG_CITE_AITCHISON_1986);
    if (plan->method == VG_PANEL_LINDA)
        vg_methods_cite(methods, VG_CITE_ZHOU_2022);
    if (plan->method == VG_PANEL_MAASLIN3)
        vg_methods_cite(methods, VG_CITE_NICKOLS_2024);
    if (plan->method == VG_PANEL_ABSOLUTE)
        vg_methods_cite(methods, VG_CITE_VANDEPUTTE_2017);
    cite_discovery(methods, plan);
}

void vg_methods_panel(VgMethods *methods)
{
    const VgStudy *study = methods->trial->study;
    const VgPanelPlan *plan = study->panel_plan;
    VgBuffer *text = &methods->text;
    bool abundances = false, measured = false;
    for (size_t k = 0; plan && k < plan->n_layers; k++) {
        abundances |= vg_layer_is_abundance(study->layer[plan->layer[k]].kind);
        measured |= !vg_layer_is_abundance(study->layer[plan->layer[k]].kind);
    }
    if (abundances) {
        vg_buffer_printf(
            text,
            "Measures of diversity were analysed like outcomes: arm by visit after baseline, "
            "adjusted for baseline where it was sampled. Communities after baseline were compared "
            "by PERMANOVA of %svisit, arm and their interaction, sums of squares in this order, "
            "with p from %zu new draws of the randomisation among participants%s (seed %llu); equality "
            "of spread was tested by PERMDISP the same way. p values were not adjusted across "
            "layers and distances. ",
            plan->n_covariates ? "the covariates, " : "", plan->permutations,
            study->n_strata ? " within strata" : "", (unsigned long long)plan->seed);
        features_sentence(methods, plan);
        vg_methods_cite(methods, VG_CITE_ANDERSON_2001);
        vg_methods_cite(methods, VG_CITE_ANDERSON_2006);
    }
    if (measured) {
        vg_buffer_text(text, "Means of measurements by arm and visit come from the censored normal "
                             "model, of concentrations on the log scale; values beyond limits were "
                             "taken as censored and not replaced. ");
        vg_methods_cite(methods, VG_CITE_TOBIN_1958);
        measured_sentences(methods, plan);
    }
    if (abundances || measured)
        vg_methods_paragraph(methods, "The panel");
}
