/* Communities on few axes: principal coordinates, nonmetric scaling, and what arm × visit explains (db-RDA). */
#include "trial/panel_community.h"

#include <math.h>
#include <string.h>

#include <vagus/ordination.h>

enum { AXES = 3 };

VgStatus vg_trial_community_factor(VgTrial *trial, const char *name, const int32_t *code, size_t n,
                                   VgColumn *column, VgError *error)
{
    int32_t most = 0;
    for (size_t r = 0; r < n; r++)
        most = code[r] > most ? code[r] : most;
    *column = (VgColumn){.name = name, .type = VG_COLUMN_FACTOR, .n_levels = (size_t)most + 1};
    column->level = VG_NEW(trial->scratch, const char *, column->n_levels);
    column->code = VG_NEW(trial->scratch, int32_t, n);
    if (!column->level || !column->code)
        return vg_fail_memory(error);
    for (size_t l = 0; l < column->n_levels; l++) /* names nobody sees, in the order of the codes */
        column->level[l] = vg_trial_text(trial, "%06zu", l);
    memcpy(column->code, code, n * sizeof *code);
    return VG_OK;
}

/* One sample a row. */
static void add_points(VgTrial *trial, const VgCommunity *c, const char *method, VgMatrix points)
{
    static const char *const AXIS[AXES] = {"axis_1", "axis_2", "axis_3"};
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, c->id, "ordination",
                          VG_COLUMNS("distance", "method", "participant", "arm", "visit", "#day",
                                     "#axis_1", "#axis_2", "#axis_3"));
    for (size_t r = 0; r < c->n; r++) {
        size_t i = c->sample[r];
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "distance", c->distance);
        vg_dataset_set_text(result, data, "method", method);
        vg_dataset_set_text(result, data, "participant",
                            vg_trial_text(trial, "%zu", c->layer->participant[i] + 1));
        vg_dataset_set_text(result, data, "arm",
                            study->arm[vg_trial_sample_arm(study, c->layer, i)].name);
        vg_dataset_set_text(result, data, "visit", study->visit[c->layer->visit[i]].name);
        vg_dataset_set_number(result, data, "day", study->visit[c->layer->visit[i]].day);
        for (size_t k = 0; k < points.cols && k < AXES; k++)
            vg_dataset_set_number(result, data, AXIS[k], VG_AT(points, r, k));
    }
}

static void add_axis(VgTrial *trial, const VgCommunity *c, const char *method, size_t axis,
                     double share, double stress)
{
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, c->id, "ordination_axes",
                          VG_COLUMNS("distance", "method", "#axis", "#share", "#stress"));
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "distance", c->distance);
    vg_dataset_set_text(result, data, "method", method);
    vg_dataset_set_number(result, data, "axis", (double)(axis + 1));
    vg_dataset_set_number(result, data, "share", share);
    vg_dataset_set_number(result, data, "stress", stress);
}

static VgStatus by_pcoa(VgTrial *trial, const VgCommunity *c, const char *method, VgError *error)
{
    VgPcoa *pcoa;
    VG_TRY(vg_pcoa(trial->scratch, c->distances, &(VgPcoaOptions){.axes = AXES}, &pcoa, error));
    add_points(trial, c, method, pcoa->points);
    for (size_t k = 0; k < pcoa->axes && k < AXES; k++)
        add_axis(trial, c, method, k, pcoa->value[k] / pcoa->positive, NAN);
    return VG_OK;
}

static VgStatus by_nmds(VgTrial *trial, const VgCommunity *c, const char *method, VgError *error)
{
    VgNmds *nmds;
    VgNmdsOptions options = {.seed = trial->study->panel_plan->seed};
    VG_TRY(vg_nmds(trial->scratch, c->distances, &options, &nmds, error));
    add_points(trial, c, method, nmds->points);
    for (size_t k = 0; k < nmds->axes && k < AXES; k++)
        add_axis(trial, c, method, k, NAN, nmds->stress);
    if (nmds->stress > 0.2)
        vg_result_warn(trial->result,
                       "%s, %s: NMDS has a stress of %.2f: two axes show these distances badly",
                       c->layer->label, vg_metric_label(c->distance), nmds->stress);
    if (!nmds->converged || nmds->n_same < 2)
        vg_result_warn(trial->result,
                       "%s, %s: %zu of %zu starts of NMDS came to the best stress: there may be a "
                       "better picture",
                       c->layer->label, vg_metric_label(c->distance), nmds->n_same, nmds->n_starts);
    return VG_OK;
}

/* ~ arm * visit of all samples of the randomised. */
static VgStatus arm_by_visit(VgTrial *trial, const VgCommunity *c, VgDesign **design,
                             VgError *error)
{
    VgColumn column[2];
    VgFormula *formula;
    uint32_t *line = VG_NEW(trial->scratch, uint32_t, c->n);
    int32_t *visit = VG_NEW(trial->scratch, int32_t, c->n);
    int32_t *arm = VG_NEW(trial->scratch, int32_t, c->n);
    if (!line || !visit || !arm)
        return vg_fail_memory(error);
    bool several = false;
    for (size_t r = 0; r < c->n; r++) {
        arm[r] = vg_trial_sample_arm(trial->study, c->layer, c->sample[r]);
        visit[r] = (int32_t)c->layer->visit[c->sample[r]];
        several |= visit[r] != visit[0];
    }
    VG_TRY(vg_trial_community_factor(trial, "arm", arm, c->n, &column[0], error));
    VG_TRY(vg_trial_community_factor(trial, "visit", visit, c->n, &column[1], error));
    VgTable table = {
        .path = c->layer->path, .n_rows = c->n, .n_columns = 2, .column = column, .line = line};
    VG_TRY(vg_formula_parse(trial->scratch, several ? "~ arm * visit" : "~ arm", &formula, error));
    return vg_design_build(trial->scratch, &table, formula, &(VgDesignOptions){0}, design, error);
}

static VgStatus by_dbrda(VgTrial *trial, const VgCommunity *c, const char *method, VgError *error)
{
    VgDesign *design = NULL;
    VgDbrda *dbrda;
    VG_TRY(arm_by_visit(trial, c, &design, error));
    VG_TRY(vg_dbrda(trial->scratch, c->distances, design, NULL, false, &dbrda, error));
    if (!dbrda->rank)
        return vg_fail(error, VG_NOT_ESTIMABLE, "arm and visit explain nothing of the distances",
                       "leave dbrda out of ordination");
    add_points(trial, c, method, dbrda->sites);
    for (size_t k = 0; k < dbrda->rank && k < AXES; k++)
        add_axis(trial, c, method, k, dbrda->value[k] / dbrda->total, NAN);
    return VG_OK;
}

VgStatus vg_trial_panel_ordination(VgTrial *trial, const VgCommunity *c, VgError *error)
{
    static VgStatus (*const DRAW[])(VgTrial *, const VgCommunity *, const char *, VgError *) = {
        [VG_PANEL_PCOA] = by_pcoa, [VG_PANEL_NMDS] = by_nmds, [VG_PANEL_DBRDA] = by_dbrda};
    static const VgPanelOrdination USUAL[] = {VG_PANEL_PCOA};
    const VgPanelPlan *plan = trial->study->panel_plan;
    const VgPanelOrdination *ordination = plan->n_ordinations ? plan->ordination : USUAL;
    size_t n = plan->n_ordinations ? plan->n_ordinations : 1;
    for (size_t k = 0; k < n; k++) {
        VgError own = {0};
        const char *method = vg_panel_ordination_name(ordination[k]);
        VgStatus status = DRAW[ordination[k]](trial, c, method, &own);
        if (status == VG_NO_MEMORY) {
            if (error)
                *error = own;
            return status;
        }
        if (status != VG_OK)
            vg_result_warn(trial->result, "%s, %s: no ordination by %s: %s (%s)", c->layer->label,
                           vg_metric_label(c->distance), method, own.message, own.hint);
    }
    return VG_OK;
}
