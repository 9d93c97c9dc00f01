#include "mechanism/words.h"

void vg_mechanism_assume(VgResult *result, const char *analysis, const char *name,
                         const char *status, const char *text)
{
    static const char *const COLUMN[] = {"assumption", "status", "text"};
    VgDataset *dataset = vg_result_dataset(result, analysis, "assumptions", COLUMN, 3);
    vg_dataset_row(result, dataset);
    vg_dataset_set_text(result, dataset, "assumption", name);
    vg_dataset_set_text(result, dataset, "status", status);
    vg_dataset_set_text(result, dataset, "text", text);
    if (analysis)
        return; /* a plan's datasets are in its report */
    vg_result_text(result, VG_FACTS_FIT, NULL,
                   vg_arena_printf(result->arena, "%s: %s", status, name), text);
}

void vg_mechanism_say(VgResult *result, const char *analysis, const char *about, const char *text)
{
    static const char *const COLUMN[] = {"about", "text"};
    VgDataset *dataset = vg_result_dataset(result, analysis, "sentences", COLUMN, 2);
    vg_dataset_row(result, dataset);
    vg_dataset_set_text(result, dataset, "about", about);
    vg_dataset_set_text(result, dataset, "text", text);
    if (!analysis)
        vg_result_text(result, VG_FACTS_FIT, NULL, about, text);
}

VgEstimate vg_mediation_row(const VgMediationTable *table, const char *analysis,
                            const char *quantity)
{
    VgEstimate row = vg_estimate_blank();
    row.analysis = analysis;
    row.quantity = quantity;
    row.outcome = table->data.outcome_name;
    row.visit = table->outcome_at;
    row.arm = table->treated;
    row.reference = table->control;
    row.n = (double)table->data.n;
    return row;
}
