#include "result/plan_rows.h"

#include <string.h>

void vg_plan_question(VgResult *result, const VgPlanQuestion *question)
{
    static const char *const COLUMN[] = {"id",    "role", "kind",      "label",   "outcome",
                                         "visit", "arm",  "reference", "measure", "#order"};
    VgDataset *set = vg_result_dataset(result, NULL, "analyses", COLUMN, 10);
    size_t row = vg_dataset_row(result, set);
    vg_dataset_set_text(result, set, "id", question->id);
    vg_dataset_set_text(result, set, "role", question->kind);
    vg_dataset_set_text(result, set, "kind", question->kind);
    vg_dataset_set_text(result, set, "label", question->label);
    vg_dataset_set_text(result, set, "outcome", question->outcome);
    vg_dataset_set_text(result, set, "visit", question->visit);
    vg_dataset_set_text(result, set, "arm", question->arm);
    vg_dataset_set_text(result, set, "reference", question->reference);
    vg_dataset_set_text(result, set, "measure", "value");
    vg_dataset_set_number(result, set, "order", (double)(row + 1));
}

void vg_plan_method(VgResult *result, const char *heading, const char *text)
{
    static const char *const COLUMN[] = {"heading", "text", "#order"};
    VgDataset *set = vg_result_dataset(result, NULL, "methods", COLUMN, 3);
    size_t row = vg_dataset_row(result, set);
    vg_dataset_set_text(result, set, "heading", heading);
    vg_dataset_set_text(result, set, "text", text);
    vg_dataset_set_number(result, set, "order", (double)(row + 1));
}

void vg_plan_cite(VgResult *result, const char *key, const char *citation)
{
    static const char *const COLUMN[] = {"key", "citation", "#order"};
    VgDataset *set = vg_result_dataset(result, NULL, "references", COLUMN, 3);
    const VgDatasetColumn *keys = set ? vg_dataset_column(set, "key") : NULL;
    for (size_t r = 0; keys && r < set->n_rows; r++)
        if (keys->text[r] && strcmp(keys->text[r], key) == 0)
            return;
    size_t row = vg_dataset_row(result, set);
    vg_dataset_set_text(result, set, "key", key);
    vg_dataset_set_text(result, set, "citation", citation);
    vg_dataset_set_number(result, set, "order", (double)(row + 1));
}

VgPlanMark vg_plan_mark(const VgResult *result)
{
    return (VgPlanMark){result->n_estimates, result->n_facts, result->n_datasets};
}

void vg_plan_take_back(VgResult *result, VgPlanMark mark)
{
    result->n_estimates = mark.n_estimates;
    result->n_facts = mark.n_facts;
    result->n_datasets = mark.n_datasets;
}

VgStatus vg_plan_settle(VgResult *result, VgPlanMark mark, const VgPlanQuestion *question,
                        VgStatus status, const VgError *why, VgError *error)
{
    if (status == VG_NO_MEMORY || status == VG_IO) {
        if (error)
            *error = *why;
        return status;
    }
    if (status == VG_OK)
        return VG_OK;
    vg_plan_take_back(result, mark);
    vg_result_text(result, VG_FACTS_FIT, question->id, "failed", why->message);
    if (why->hint[0])
        vg_result_warn(result, "%s could not be had: %s (%s)", question->label, why->message,
                       why->hint);
    else
        vg_result_warn(result, "%s could not be had: %s", question->label, why->message);
    return VG_OK;
}
