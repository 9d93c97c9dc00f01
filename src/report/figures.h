/* Each figure of the report from the view of a study. NULL when the result holds nothing for it (or
 * memory is short, which the arena's next allocation tells). */
#ifndef VG_REPORT_FIGURES_H
#define VG_REPORT_FIGURES_H

#include "report/plot/plot.h"
#include "report/view.h"

VgPlot *vg_figure_trajectory(const VgView *view, const VgViewAnalysis *analysis);
VgPlot *vg_figure_individuals(const VgView *view, const char *outcome);
VgPlot *vg_figure_forest(const VgView *view);
VgPlot *vg_figure_rates(const VgView *view);
VgPlot *vg_figure_retention(const VgView *view, const char *outcome);
VgPlot *vg_figure_patterns(const VgView *view, const char *outcome);
VgPlot *vg_figure_residuals(const VgView *view, const VgViewAnalysis *analysis);
VgPlot *vg_figure_covariance(const VgView *view, const VgViewAnalysis *analysis);

/* ---- of a panel: one layer by its name and label ---- */
VgPlot *vg_figure_panel_diversity(const VgView *view, const char *layer, const char *label);
VgPlot *vg_figure_panel_means(const VgView *view, const char *layer, const char *label);
VgPlot *vg_figure_measured_forest(const VgView *view, const char *layer, const char *label);
VgPlot *vg_figure_measured_map(const VgView *view, const char *layer, const char *label);
VgPlot *vg_figure_ordination(const VgView *view, const char *layer, const char *label);
/* Of the visit of the primary question, or of all other visits. */
VgPlot *vg_figure_volcano(const VgView *view, const char *layer, const char *label, bool others);
VgPlot *vg_figure_heat(const VgView *view, const char *layer, const char *label);
/* ---- of a layer of functions ---- */
VgPlot *vg_figure_function_change(const VgView *view, const char *layer, const char *label);
VgPlot *vg_figure_function_carriers(const VgView *view, const char *layer, const char *label);
VgPlot *vg_figure_function_redundancy(const VgView *view, const char *layer, const char *label);

VgPlot *vg_figure_panel_depth(const VgView *view, const char *layer, const char *label);
VgPlot *vg_figure_panel_samples(const VgView *view);
VgPlot *vg_figure_norm_curves(const VgView *view, const char *layer, const char *label);
VgPlot *vg_figure_norm_distances(const VgView *view);
/* The quality page (figures_panel_quality.c). */
VgPlot *vg_figure_panel_map(const VgView *view);
VgPlot *vg_figure_panel_batches(const VgView *view);
VgPlot *vg_figure_panel_identity(const VgView *view);
VgPlot *vg_figure_panel_contaminants(const VgView *view, const char *layer, const char *label);
VgPlot *vg_figure_panel_replicates(const VgView *view, const char *layer, const char *label);

/* ---- of a mechanism (mechanism.h) ---- */
struct VgMechanism;
VgPlot *vg_figure_mechanism_effects(const VgView *view, const struct VgMechanism *mechanism);
VgPlot *vg_figure_mechanism_sensitivity(const VgView *view, const struct VgMechanism *mechanism);
VgPlot *vg_figure_mechanism_reliability(const VgView *view, const struct VgMechanism *mechanism);
/* ---- of who benefits (strata.h): one arm against the reference, or the rule over all arms ---- */
struct VgStrataView;
struct VgStrataArm;
VgPlot *vg_figure_strata_interactions(const VgView *view, const struct VgStrataView *strata,
                                      const struct VgStrataArm *arm);
VgPlot *vg_figure_strata_moderators(const VgView *view, const struct VgStrataView *strata,
                                    const struct VgStrataArm *arm);
VgPlot *vg_figure_strata_toc(const VgView *view, const struct VgStrataView *strata,
                             const struct VgStrataArm *arm);
VgPlot *vg_figure_strata_groups(const VgView *view, const struct VgStrataView *strata,
                                const struct VgStrataArm *arm);
VgPlot *vg_figure_strata_people(const VgView *view, const struct VgStrataView *strata,
                                const struct VgStrataArm *arm);
VgPlot *vg_figure_strata_importance(const VgView *view, const struct VgStrataView *strata,
                                    const struct VgStrataArm *arm);
VgPlot *vg_figure_strata_tree(const VgView *view, const struct VgStrataView *strata);
VgPlot *vg_figure_strata_worth(const VgView *view, const struct VgStrataView *strata);
VgPlot *vg_figure_strata_background(const VgView *view, const struct VgStrataView *strata);
VgPlot *vg_figure_strata_components(const VgView *view, const struct VgStrataView *strata);
VgPlot *vg_figure_strata_gaps(const VgView *view, const struct VgStrataView *strata);

/* Decimals of a standardised arrow: a limit that excludes nought is not written as nought. */
int vg_arrow_decimals(double lower, double upper);
/* The axis graph with the estimates of an analysis: SVG only. False when it has none. */
bool vg_figure_axis(VgBuffer *out, const VgView *view, const VgViewAnalysis *analysis,
                    const char *id, const char *title, const char *description);

/* ---- of a prediction (prediction.h) ---- */
struct VgPredictedEvent;
VgPlot *vg_figure_prediction_gain(const VgView *view, const struct VgPredictedEvent *event);
VgPlot *vg_figure_prediction_calibration(const VgView *view, const struct VgPredictedEvent *event);
VgPlot *vg_figure_prediction_decision(const VgView *view, const struct VgPredictedEvent *event);
VgPlot *vg_figure_prediction_roc(const VgView *view, const struct VgPredictedEvent *event);
VgPlot *vg_figure_prediction_people(const VgView *view, const struct VgPredictedEvent *event);
VgPlot *vg_figure_individual_outcomes(const VgView *view, const VgViewAnalysis *analysis);
VgPlot *vg_figure_individual_differences(const VgView *view, const VgViewAnalysis *analysis);

/* ---- of a review; `analysis` is one of the view's ---- */

struct VgForest;

/* A plot named KIND-ANALYSIS about an analysis. */
VgPlot *vg_review_plot(const VgView *view, const VgViewAnalysis *analysis, const char *kind,
                       const char *title, const char *description);
/* The x axis of effects, on the pooled scale; ratios are labelled as ratios. */
void vg_effect_axis(VgPlot *plot, VgPlotAxis *axis, const struct VgForest *scale, const char *label,
                    double low, double high, size_t n);
/* Part `part` (0, 1, …) of a forest that is cut so that each can be read; NULL after the last. `heading` stands
 * over the labels. `extra`, of the forest's rows, is a column at the right (NULL = none). */
VgPlot *vg_draw_forest(const VgView *view, const VgViewAnalysis *analysis,
                       const struct VgForest *forest, const char *kind, const char *title,
                       const char *description, const char *heading, const char *extra_heading,
                       const char *const *extra, size_t part);

bool vg_is_network(const VgViewAnalysis *analysis);
/* The analysis that answers among those of its kind: the primary one, else the first that is no sensitivity
 * analysis. */
const VgViewAnalysis *vg_leading(const VgView *view, const VgViewAnalysis *like);
/* The effect that an analysis answers with: the pooled one; of a network, what its leading analysis is asked (the
 * first interaction of components, else the best treatment against the reference). NULL when there is none. */
const VgEstimate *vg_headline(const VgView *view, const VgViewAnalysis *analysis);
const char *vg_headline_label(const VgView *view, const VgViewAnalysis *analysis);
/* Decimals that headlines are shown with: those of the studies, as everywhere on the page. */
int vg_headline_decimals(const VgView *view, const VgViewAnalysis *analysis);
/* A meta-regression that pools the studies of the leading analysis just as that does: its forest is known. */
bool vg_same_studies_again(const VgView *view, const VgViewAnalysis *analysis);
/* A network analysis of the very studies and treatments of the leading one: its graph, league table and consistency
 * are known. */
bool vg_same_network_again(const VgView *view, const VgViewAnalysis *analysis);
/* Whether its contrasts are those of the leading analysis too (components do not change them). */
bool vg_same_contrasts_again(const VgView *view, const VgViewAnalysis *analysis);
/* The headlines of all analyses of a kind; NULL for fewer than two. */
VgPlot *vg_figure_analyses(const VgView *view, const VgViewAnalysis *leading);

/* Forests: of studies, leave-one-out (`loo`) and `cumulative`. */
VgPlot *vg_figure_review_forest(const VgView *view, const VgViewAnalysis *analysis, size_t part);
/* The pooled effects alone, where the forest of studies is cut into parts; else NULL. */
VgPlot *vg_figure_pooled(const VgView *view, const VgViewAnalysis *analysis);
VgPlot *vg_figure_steps(const VgView *view, const VgViewAnalysis *analysis, const char *quantity,
                        size_t part);
VgPlot *vg_figure_components(const VgView *view, const VgViewAnalysis *analysis, size_t part);
VgPlot *vg_figure_ranking(const VgView *view, const VgViewAnalysis *analysis, size_t part);
VgPlot *vg_figure_split(const VgView *view, const VgViewAnalysis *analysis, size_t part);

VgPlot *vg_figure_funnel(const VgView *view, const VgViewAnalysis *analysis);
VgPlot *vg_figure_comparison_funnel(const VgView *view, const VgViewAnalysis *analysis);
VgPlot *vg_figure_selection(const VgView *view, const VgViewAnalysis *analysis);
VgPlot *vg_figure_baujat(const VgView *view, const VgViewAnalysis *analysis);
VgPlot *vg_figure_influence(const VgView *view, const VgViewAnalysis *analysis);
VgPlot *vg_figure_bubble(const VgView *view, const VgViewAnalysis *analysis);

VgPlot *vg_figure_network(const VgView *view, const VgViewAnalysis *analysis);
/* In parts of as many columns as fit a page. */
VgPlot *vg_figure_league(const VgView *view, const VgViewAnalysis *analysis, size_t part);
VgPlot *vg_figure_scores(const VgView *view, const VgViewAnalysis *analysis);
VgPlot *vg_figure_net_heat(const VgView *view, const VgViewAnalysis *analysis);

VgPlot *vg_figure_bias(const VgView *view, size_t part);
VgPlot *vg_figure_bias_summary(const VgView *view);
/* "+", "!", "−" or "?" of a judgement in words. */
const char *vg_bias_sign(const char *judgement);

/* The CONSORT flow: boxes and arrows, SVG only. False when there are no counts. */
bool vg_figure_consort(VgBuffer *out, const VgView *view);

/* Decimals that show two digits of an error of this size (0 and more); 2 for what is no number. */
int vg_decimals(double se);
/* People of 100, halves rounded up: "13". Few of many are never told as none: "fewer than 1", nor nearly all
 * as all: "more than 99"; else `about` stands before the number. */
const char *vg_of_hundred(const VgView *view, double people, double all, const char *about);
/* "p < 0.0001" or "p = 0.0123"; "" when there is none. */
const char *vg_p_text(const VgView *view, double p);
/* A phrase in the arena. */
const char *vg_interval_text(const VgView *view, const VgEstimate *row, double factor,
                             int decimals);

#endif
