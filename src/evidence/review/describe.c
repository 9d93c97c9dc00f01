/* What a review's study file says of itself: facts, and where each study was read. */
#include <vagus/review.h>
#include <vagus/study.h>

#include "evidence/review/review.h"
#include "study/describe.h"

void vg_evidence_describe(const VgStudy *study, VgResult *result)
{
    const VgReview *review = study->review;
    vg_study_describe(study, result);
    vg_result_text(result, VG_FACTS_STUDY, NULL, "question", review->question);
    if (review->n_sources == 0)
        return;
    VgDataset *data = vg_result_dataset(result, NULL, "sources",
                                        VG_COLUMNS("study", "citation", "certainty", "note"));
    for (size_t i = 0; i < review->n_sources; i++) {
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "study", review->source[i].study);
        vg_dataset_set_text(result, data, "citation", review->source[i].citation);
        vg_dataset_set_text(result, data, "certainty", review->source[i].certainty);
        vg_dataset_set_text(result, data, "note", review->source[i].note);
    }
}
