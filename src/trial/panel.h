/* What the files about the panel share. */
#ifndef VG_TRIAL_PANEL_H
#define VG_TRIAL_PANEL_H

#include <vagus/panel_layer.h>
#include <vagus/transform.h>

#include "trial/plan.h"

/* The visit before treatment: that of the primary outcome, else the last at day 0 or before; SIZE_MAX = none. */
size_t vg_trial_panel_baseline(const VgStudy *study);

/* Codes of what was seen of n arms or visits, `first` before all others; SIZE_MAX = not seen. `of`: of each code. */
void vg_trial_number_codes(const bool *seen, size_t n, size_t first, size_t *code, size_t *of,
                           size_t *n_codes);

/* The arm of a sample's participant; -1 = not randomised. */
static inline int32_t vg_trial_sample_arm(const VgStudy *study, const VgLayer *layer, size_t sample)
{
    return study->arm_of[layer->participant[sample]];
}

/* The visits that the plan compares arms at, and the baseline; all of them unless it names some. */
static inline bool vg_trial_compared_at(const VgStudy *study, size_t visit)
{
    const VgPanelPlan *plan = study->panel_plan;
    return !plan || !plan->at || plan->at[visit] || visit == vg_trial_panel_baseline(study);
}

/* The layer's branches; n_nodes is 0 without a tree. */
VgStatus vg_trial_branches(VgTrial *trial, const VgLayer *layer, VgBranches *branches,
                           VgError *error);

/* The plan's covariates (panel_covariates.c): columns with one value a participant; whether one lacks any; one value a row. */
VgStatus vg_trial_panel_covariates(VgTrial *trial, const VgColumn ***column, VgError *error);
bool vg_trial_lacks_covariate(VgTrial *trial, const VgColumn *const *column, size_t participant);
VgStatus vg_trial_spread_column(VgTrial *trial, const VgColumn *from, const size_t *participant,
                                size_t n, VgColumn *to, VgError *error);

/* A layer on the scale of analysis: log2 centred log-ratios of the features in at least 10 % of the samples (0.5 added to
 * counts; zeros of shares and amounts as 0.65 of the least), or logarithms or values of what was measured, NaN where
 * missing or beyond a limit. */
typedef struct VgPanelScale {
    VgMatrix y;     /* samples × columns */
    size_t *column; /* feature of each column */
} VgPanelScale;
VgStatus vg_trial_panel_scale(VgTrial *trial, const VgLayer *layer, VgPanelScale *scale,
                              VgError *error);
/* Indicators of cells for some rows; cells that these rows leave empty have no column. */
VgStatus vg_trial_panel_design(VgTrial *trial, const size_t *cell, size_t n_cells,
                               const size_t *row, size_t n, VgMatrix *design, VgError *error);
/* "serious" (an answer may be wrong), "look" (somebody should), "fine". */
void vg_trial_panel_finding(VgTrial *trial, const VgLayer *layer, const char *topic,
                            const char *severity, const char *format, ...) VG_PRINTF(5, 6);
/* Columns that name a sample in datasets: layer, sample, participant, arm, visit. */
void vg_trial_panel_sample(VgTrial *trial, VgDataset *data, const VgLayer *layer, size_t sample);
/* The feature's unit, or the layer's. */
static inline const char *vg_trial_feature_unit(const VgLayer *layer, size_t feature)
{
    return layer->feature_unit           ? layer->feature_unit[feature]
           : layer->kind == VG_LAYER_NPX ? "NPX"
                                         : layer->unit;
}

/* The parts of the quality page, one layer each; a part that has nothing to go by writes nothing. */
VgStatus vg_trial_panel_cells(VgTrial *trial, const VgLayer *layer, VgError *error);
VgStatus vg_trial_panel_depth(VgTrial *trial, const VgLayer *layer, VgError *error);
VgStatus vg_trial_panel_batches(VgTrial *trial, const VgLayer *layer, VgError *error);
VgStatus vg_trial_panel_identity(VgTrial *trial, const VgLayer *layer, VgError *error);
VgStatus vg_trial_panel_contaminants(VgTrial *trial, const VgLayer *layer, VgError *error);
VgStatus vg_trial_panel_reliability(VgTrial *trial, const VgLayer *layer, VgError *error);
VgStatus vg_trial_panel_outliers(VgTrial *trial, const VgLayer *layer, VgError *error);

/* How complete each layer is (panel_quality.c). */
VgStatus vg_trial_panel_quality(VgTrial *trial, VgError *error);
/* What was computed from which layer, and how (panel_derived.c). */
void vg_trial_panel_derived(VgTrial *trial);
/* Means by arm and visit of what was measured (panel_quality.c). */
VgStatus vg_trial_panel_means(VgTrial *trial, const VgLayer *layer, VgError *error);
/* Whether they changed differently between arms (panel_measured.c). */
VgStatus vg_trial_panel_measured(VgTrial *trial, const VgLayer *layer, VgError *error);
/* Alpha diversity by arm and visit (panel_diversity.c). */
VgStatus vg_trial_panel_diversity(VgTrial *trial, const VgLayer *layer, VgError *error);
/* Whether communities differ between arms (panel_community.c). */
VgStatus vg_trial_panel_community(VgTrial *trial, const VgLayer *layer, VgError *error);

/* What functions there are, and who carries them (panel_function.c); with whether they change. */
VgStatus vg_trial_panel_function(VgTrial *trial, const VgLayer *layer, VgError *error);

/* Which features change (panel_differential.c). */
VgStatus vg_trial_panel_differential(VgTrial *trial, const VgLayer *layer, VgError *error);

/* Where participants stand among comparable people (panel_norms.c). */
VgStatus vg_trial_panel_norms(VgTrial *trial, VgError *error);

#endif
