/* Checks across sections: constant outcomes, measures that no analysis uses. */
#include "study/reader.h"

#include <math.h>
#include <stdint.h>

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

void vg_study_cross_check(VgStudyReader *reader)
{
    const VgStudy *study = reader->study;
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
