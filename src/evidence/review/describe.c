/* What a review's study file says of itself: facts, and where each study was read. */
#include <vagus/review.h>
#include <vagus/study.h>

#include "evidence/review/review.h"

void vg_evidence_describe(const VgStudy *study, VgResult *result)
{
    const VgReview *review = study->review;
    const char *const text[][2] = {
        {"title", study->title},
        {"title_plain_en", study->title_plain_en},
        {"title_plain_da", study->title_plain_da},
        {"data", study->simulated ? "simulated" : "real"},
        {"source", study->source},
        {"licence", study->licence},
        {"sponsor", study->sponsor},
        {"contact", study->contact},
        {"crisis_line", study->crisis_line},
        {"question", review->question},
        {"file", study->file},
    };
    for (size_t k = 0; k < sizeof text / sizeof *text; k++)
        vg_result_text(result, VG_FACTS_STUDY, NULL, text[k][0], text[k][1]);
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
