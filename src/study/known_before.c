#include "study/known_before.h"

#include <math.h>
#include <string.h>

#include "base/compare.h"

/* The same numbers, missing where the other is; some are there. */
static bool same_values(const double *a, const double *b, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i] && !(isnan(a[i]) && isnan(b[i])))
            return false;
        any = any || !isnan(a[i]);
    }
    return any;
}

bool vg_study_holds_outcome(const VgStudy *study, const VgColumn *column, size_t *outcome,
                            size_t *visit)
{
    size_t n = study->n_participants;
    if (column->type != VG_COLUMN_NUMBER)
        return false;
    *visit = SIZE_MAX;
    for (*outcome = 0; *outcome < study->n_outcomes; ++*outcome) {
        const VgOutcome *one = &study->outcome[*outcome];
        if (one->baseline && same_values(column->number, one->baseline, n))
            return true;
    }
    for (*outcome = 0; *outcome < study->n_outcomes; ++*outcome)
        for (*visit = 0; *visit < study->n_visits; ++*visit)
            if (same_values(column->number, study->outcome[*outcome].value + *visit * n, n))
                return true;
    return false;
}

const char *vg_study_known_afterwards(VgArena *arena, const VgStudy *study, const char *name)
{
    const VgColumn *column = vg_table_column(study->participants, name);
    size_t outcome, visit;
    if (vg_same_text(name, study->arm_column))
        return "is the arm";
    if (study->withdrawal_reason_column && strcmp(name, study->withdrawal_reason_column) == 0)
        return "is the reason of withdrawal";
    if (study->withdrawn_column && strcmp(name, study->withdrawn_column) == 0)
        return "says who left";
    if (!column || !column->number)
        return NULL;
    if (column->number == study->exposure_days)
        return "is the days of exposure";
    if (!vg_study_holds_outcome(study, column, &outcome, &visit) || visit == SIZE_MAX ||
        study->visit[visit].day <= 0)
        return NULL;
    const char *why = vg_arena_printf(arena, "is %s at %s, measured after randomisation",
                                      study->outcome[outcome].name, study->visit[visit].name);
    return why ? why : "";
}
