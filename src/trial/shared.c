/* What several files of this room need: values of the study by name of what they are, texts,
 * summaries. */
#include "trial/plan.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"

const char *vg_trial_text(VgTrial *trial, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : vg_arena_alloc_raw(trial->scratch, (size_t)length + 1, 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    else
        trial->short_of_memory = true;
    va_end(again);
    return text ? text : "";
}

const char *vg_trial_list(VgTrial *trial, const char *const *item, size_t n)
{
    const char *text = n ? item[0] : "";
    for (size_t i = 1; i < n; i++)
        text = vg_trial_text(trial, "%s%s%s", text, i + 1 == n ? " and " : ", ", item[i]);
    return text;
}

const char *vg_trial_listed(VgTrial *trial, const char *const *item, size_t n, size_t all)
{
    if (n >= all)
        return vg_trial_list(trial, item, n);
    const char *text = n ? item[0] : "";
    for (size_t i = 1; i < n; i++)
        text = vg_trial_text(trial, "%s, %s", text, item[i]);
    return vg_trial_text(trial, "%s and %zu more", text, all - n);
}

void vg_trial_names(VgTrialNames *names)
{
    *names = (VgTrialNames){0};
}

void vg_trial_name(VgTrial *trial, VgTrialNames *names, const char *name, const char *why)
{
    size_t k = 0;
    while (k < names->n && strcmp(names->why[k], why) != 0)
        k++;
    if (k == VG_TRIAL_REASONS)
        names->why[--k] = "other reasons";
    else if (k == names->n)
        names->why[names->n++] = vg_trial_text(trial, "%s", why);
    if (names->count[k]++ < VG_TRIAL_LISTED)
        names->name[k][names->count[k] - 1] = name;
}

const char *vg_trial_named(VgTrial *trial, const VgTrialNames *names, size_t reason)
{
    size_t n = names->count[reason];
    return vg_trial_listed(trial, names->name[reason], n < VG_TRIAL_LISTED ? n : VG_TRIAL_LISTED,
                           n);
}

double vg_trial_value(const VgStudy *study, const VgOutcome *outcome, size_t participant,
                      size_t visit)
{
    return outcome->value[participant + visit * study->n_participants];
}

double vg_trial_baseline(const VgOutcome *outcome, size_t participant)
{
    return outcome->baseline ? outcome->baseline[participant] : (double)NAN;
}

const char *vg_trial_outcome_label(const VgOutcome *outcome)
{
    return outcome->label ? outcome->label : outcome->name;
}

const char *vg_trial_arm_label(const VgStudy *study, size_t arm)
{
    return study->arm[arm].label ? study->arm[arm].label : study->arm[arm].name;
}

const char *vg_trial_visit_label(const VgStudy *study, size_t visit)
{
    return study->visit[visit].label ? study->visit[visit].label : study->visit[visit].name;
}

static bool visit_has_values(const VgStudy *study, const VgOutcome *outcome, size_t visit)
{
    for (size_t i = 0; i < study->n_participants; i++)
        if (study->arm_of[i] >= 0 && !isnan(vg_trial_value(study, outcome, i, visit)))
            return true;
    return false;
}

size_t vg_trial_visits(const VgStudy *study, const VgOutcome *outcome, size_t *index)
{
    size_t first = outcome->baseline_visit == SIZE_MAX ? 0 : outcome->baseline_visit + 1;
    size_t n = 0;
    for (size_t t = first; t < study->n_visits; t++)
        if (visit_has_values(study, outcome, t))
            index[n++] = t;
    return n;
}

/* A baseline that is a column of its own still belongs to a declared visit when the plan begins
 * with one at which this outcome has no values. */
static const VgVisit *baseline_visit(const VgStudy *study, const VgOutcome *outcome)
{
    if (outcome->baseline_visit != SIZE_MAX)
        return &study->visit[outcome->baseline_visit];
    if (study->n_visits && study->visit[0].day <= 0 && !visit_has_values(study, outcome, 0))
        return &study->visit[0];
    return NULL;
}

size_t vg_trial_n_randomised(const VgStudy *study)
{
    size_t n = 0;
    for (size_t i = 0; i < study->n_participants; i++)
        n += study->arm_of[i] >= 0;
    return n;
}

const char *vg_trial_baseline_name(const VgStudy *study, const VgOutcome *outcome)
{
    const VgVisit *visit = baseline_visit(study, outcome);
    return visit ? visit->name : "baseline";
}

double vg_trial_baseline_day(const VgStudy *study, const VgOutcome *outcome)
{
    const VgVisit *visit = baseline_visit(study, outcome);
    return visit ? visit->day : 0;
}

/* ---- analysis sets ---- */

static bool is_completer(const VgStudy *study, const VgOutcome *outcome, size_t participant,
                         const size_t *visit, size_t n_visits)
{
    for (size_t t = 0; t < n_visits; t++)
        if (isnan(vg_trial_value(study, outcome, participant, visit[t])))
            return false;
    return true;
}

VgStatus vg_trial_set(VgTrial *trial, const VgAnalysis *analysis, bool *in_set, VgError *error)
{
    const VgStudy *study = trial->study;
    const VgOutcome *outcome = &study->outcome[analysis->outcome];
    size_t *visit = VG_NEW(trial->scratch, size_t, study->n_visits);
    if (!visit)
        return vg_fail_memory(error);
    size_t n_visits = vg_trial_visits(study, outcome, visit);
    const VgColumn *flag = NULL;
    if (analysis->set == VG_SET_COLUMN)
        VG_TRY(vg_table_require(study->participants, analysis->set_column, &flag, error));
    size_t n = 0;
    for (size_t i = 0; i < study->n_participants; i++) {
        in_set[i] = study->arm_of[i] >= 0;
        if (analysis->set == VG_SET_COMPLETERS)
            in_set[i] = in_set[i] && is_completer(study, outcome, i, visit, n_visits);
        if (flag)
            in_set[i] = in_set[i] && vg_column_is_yes(flag, i);
        n += in_set[i];
    }
    if (n == 0)
        return vg_fail_at(error, VG_NOT_ESTIMABLE, study->file, analysis->line,
                          "analysis %s: nobody belongs to its analysis set",
                          "check the population of this analysis", analysis->id);
    return VG_OK;
}

/* ---- summaries ---- */

/* R's type 7: linear between order statistics at 1 + (n − 1)p. */
static double quantile(const double *sorted, size_t n, double p)
{
    double place = (double)(n - 1) * p;
    size_t below = (size_t)floor(place);
    double share = place - (double)below;
    return below + 1 < n ? sorted[below] + share * (sorted[below + 1] - sorted[below])
                         : sorted[n - 1];
}

VgStatus vg_trial_summary(VgArena *scratch, const double *value, size_t n, VgSummary *summary,
                          VgError *error)
{
    *summary = (VgSummary){0, 0, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    VgArenaMark mark = vg_arena_mark(scratch);
    double *sorted = VG_NEW(scratch, double, n);
    if (!sorted)
        return vg_fail_memory(error);
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(value[i]))
            sorted[m++] = value[i];
    summary->n = m;
    summary->missing = n - m;
    if (m) {
        /* sorted first, so that sums do not depend on the order of participants */
        qsort(sorted, m, sizeof *sorted, vg_compare_numbers);
        double sum = 0, squares = 0;
        for (size_t i = 0; i < m; i++)
            sum += sorted[i];
        summary->mean = sum / (double)m;
        for (size_t i = 0; i < m; i++)
            squares += (sorted[i] - summary->mean) * (sorted[i] - summary->mean);
        if (m > 1)
            summary->sd = sqrt(squares / (double)(m - 1));
        summary->median = quantile(sorted, m, 0.5);
        summary->q1 = quantile(sorted, m, 0.25);
        summary->q3 = quantile(sorted, m, 0.75);
        summary->minimum = sorted[0];
        summary->maximum = sorted[m - 1];
    }
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}
