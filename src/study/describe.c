#include "study/describe.h"

#include <string.h>

void vg_study_describe(const VgStudy *study, VgResult *result)
{
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
        {"file", study->file},
    };
    for (size_t k = 0; k < sizeof text / sizeof *text; k++)
        vg_result_text(result, VG_FACTS_STUDY, NULL, text[k][0], text[k][1]);
    for (size_t k = 0; k < study->n_languages; k++)
        vg_result_bool(result, VG_FACTS_STUDY, NULL,
                       strcmp(study->language[k], "da") == 0 ? "language_da" : "language_en", true);
}
