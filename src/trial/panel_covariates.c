/* Covariates of the panel's models: participants' columns, spread over samples. */
#include "trial/panel.h"

VgStatus vg_trial_panel_covariates(VgTrial *trial, const VgColumn ***column, VgError *error)
{
    const VgPanelPlan *plan = trial->study->panel_plan;
    *column = VG_NEW(trial->scratch, const VgColumn *, plan->n_covariates + 1);
    if (!*column)
        return vg_fail_memory(error);
    for (size_t k = 0; k < plan->n_covariates; k++)
        VG_TRY(
            vg_table_require(trial->study->participants, plan->covariate[k], &(*column)[k], error));
    return VG_OK;
}

bool vg_trial_lacks_covariate(VgTrial *trial, const VgColumn *const *column, size_t participant)
{
    for (size_t k = 0; k < trial->study->panel_plan->n_covariates; k++)
        if (!vg_column_value_text(trial->scratch, column[k], participant))
            return true;
    return false;
}

VgStatus vg_trial_spread_column(VgTrial *trial, const VgColumn *from, const size_t *participant,
                                size_t n, VgColumn *to, VgError *error)
{
    *to = *from;
    to->missing_tag = NULL;
    to->n_missing = 0;
    to->number = from->number ? VG_NEW(trial->scratch, double, n) : NULL;
    to->code = from->code ? VG_NEW(trial->scratch, int32_t, n) : NULL;
    to->text = from->text ? VG_NEW(trial->scratch, const char *, n) : NULL;
    if (vg_arena_failed(trial->scratch))
        return vg_fail_memory(error);
    for (size_t r = 0; r < n; r++) {
        size_t who = participant[r];
        if (from->number)
            to->number[r] = from->number[who];
        if (from->code)
            to->code[r] = from->code[who];
        if (from->text)
            to->text[r] = from->text[who];
    }
    return VG_OK;
}
