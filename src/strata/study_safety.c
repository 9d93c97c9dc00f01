/* Who may be given arms that need a safety check before a rule may name them (faecal transplants): people of whom a declared column says yes.
 * What is missing is no yes. */
#include "strata/study_run.h"

VgStatus vg_strata_study_safety(VgStrataStudy *s, VgError *error)
{
    const VgDeclaredPolicy *policy = &s->plan->policy;
    VgStrataTrial *t = &s->trial;
    bool *needs = VG_NEW(s->arena, bool, t->arms), *safe = VG_NEW(s->arena, bool, t->n * t->arms);
    bool any = false;
    if (!needs || !safe)
        return vg_fail_memory(error);
    for (size_t a = 0; policy->needs_safety && a < t->arms; a++) {
        size_t of_study = s->baseline.arm_index[s->arm_of[a]], cleared = 0;
        const VgColumn *column = NULL;
        needs[a] = a > 0 && policy->needs_safety[of_study];
        if (!needs[a])
            continue;
        any = true;
        if (policy->safe_column[of_study])
            VG_TRY(vg_table_require(s->study->participants, policy->safe_column[of_study], &column,
                                    error));
        for (size_t i = 0; column && i < t->n; i++)
            cleared += safe[a * t->n + i] =
                vg_column_is_yes(column, s->baseline.participant[s->row[i]]);
        vg_strata_say(
            s->result, s->plan->id, vg_arena_printf(s->arena, "safety: %s", t->arm_name[a]),
            column
                ? vg_arena_printf(s->arena,
                                  "A rule may give %s only to people whose safety check is known "
                                  "and allows it: %zu of %zu (column %s).",
                                  vg_strata_arm_label(t, a), cleared, t->n, column->name)
                : vg_arena_printf(s->arena,
                                  "No rule may give %s to anybody: nothing says for whom its "
                                  "safety was checked (policy: safety names such a column).",
                                  vg_strata_arm_label(t, a)));
    }
    t->needs_safety = any ? needs : NULL;
    t->safe = any ? safe : NULL;
    return VG_OK;
}
