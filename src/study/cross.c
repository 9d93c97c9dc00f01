/* Checks across sections: constant outcomes, measures that no analysis uses. */
#include "study/reader.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static bool is_constant(const VgStudy *study, const VgOutcome *outcome)
{
    double first = NAN;
    size_t n = 0;
    for (size_t i = 0; i < study->n_participants * study->n_visits; i++) {
        double value = outcome->value[i];
        if (isnan(value))
            continue;
        if (n++ == 0)
            first = value;
        else if (value != first)
            return false;
    }
    return n > 1;
}

static const char *list(VgStudyReader *reader, const char *so_far, bool missing, const char *what)
{
    if (!missing)
        return so_far;
    return vg_study_printf(reader, "%s%s%s", so_far, *so_far ? ", " : "", what);
}

/* A page for patients needs words that only the study's own people can give. */
static void check_patient_page(VgStudyReader *reader)
{
    const VgStudy *study = reader->study;
    bool wanted = false;
    for (size_t i = 0; i < study->n_audiences; i++)
        wanted = wanted || strcmp(study->audience[i], "patient") == 0;
    if (!wanted || study->n_analyses == 0)
        return;
    size_t primary = study->analysis[0].outcome;
    const char *missing = list(reader, "", !study->title_plain_en, "title_plain: {en: …}");
    missing = list(reader, missing, !study->contact, "contact");
    missing = list(reader, missing, !study->crisis_line, "crisis_line");
    missing = list(reader, missing,
                   primary != SIZE_MAX && isnan(study->outcome[primary].important_difference),
                   "important_difference of the primary outcome");
    if (*missing)
        vg_study_warn_in(reader, reader->file,
                         vg_yaml_key_line(vg_yaml_get(reader->root, "report"), "audiences"),
                         "a page for patients is asked for, but these are missing: %s",
                         "the page says less without them", missing);
}

void vg_study_cross_check(VgStudyReader *reader)
{
    const VgStudy *study = reader->study;
    check_patient_page(reader);
    for (size_t i = 0; i < study->n_outcomes; i++) {
        const VgOutcome *outcome = &study->outcome[i];
        const VgOutcomeSource *source = &reader->outcome_source[i];
        if (!source->usable)
            continue;
        if (is_constant(study, outcome))
            vg_study_warn_in(reader, reader->file, source->node->line,
                             "every value of outcome %s is the same",
                             "no analysis can say anything about it", outcome->name);
        bool any = false;
        for (size_t v = 0; v < study->n_visits; v++)
            any = any || source->measured[v];
        if (!any)
            vg_study_problem(reader, VG_INVALID_INPUT, source->node->line,
                             "outcome %s has no value at all",
                             "check its column and the missing codes", outcome->name);
    }
}
