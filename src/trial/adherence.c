/* What was taken of each component, by arm and visit. */
#include "trial/plan.h"

#include <stdint.h>

static void add(VgTrial *trial, size_t component, size_t arm, size_t visit)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgAdherenceSummary s;
    VgArenaMark mark = vg_arena_mark(trial->scratch);
    bool any = vg_study_adherence(trial->scratch, study, component, arm, visit, &s);
    vg_arena_rewind(trial->scratch, mark);
    if (!any)
        return;
    VgDataset *data = vg_result_dataset(result, NULL, "adherence",
                                        VG_COLUMNS("component", "arm", "visit", "#day", "#n",
                                                   "#mean", "#median", "#least", "#below"));
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "component",
                        component == SIZE_MAX ? NULL : study->component[component].name);
    vg_dataset_set_text(result, data, "arm", study->arm[arm].name);
    vg_dataset_set_text(result, data, "visit", study->visit[visit].name);
    vg_dataset_set_number(result, data, "day", study->visit[visit].day);
    vg_dataset_set_number(result, data, "n", (double)s.n);
    vg_dataset_set_number(result, data, "mean", s.mean);
    vg_dataset_set_number(result, data, "median", s.median);
    vg_dataset_set_number(result, data, "least", s.least);
    vg_dataset_set_number(result, data, "below", s.below);
}

void vg_trial_adherence(VgTrial *trial)
{
    const VgStudy *study = trial->study;
    for (size_t k = 0; study->n_adherence && k <= study->n_components; k++)
        for (size_t a = 0; a < study->n_arms; a++)
            for (size_t v = 0; v < study->n_visits; v++)
                add(trial, k < study->n_components ? k : SIZE_MAX, a, v);
}
