/* The course of each outcome as observed: individual trajectories, means, who was still seen, in
 * which patterns people went missing, and whether those who left were doing worse than those who
 * stayed. */
#include "trial/plan.h"

#include <math.h>
#include <string.h>

/* The outcome's visits in order; place 0 is the baseline where there is one. */
typedef struct Course {
    const VgOutcome *outcome;
    size_t n;
    bool has_baseline;
    size_t *visit; /* n; unused at the baseline */
} Course;

static VgStatus course_of(VgTrial *trial, const VgOutcome *outcome, Course *course, VgError *error)
{
    course->outcome = outcome;
    course->has_baseline = outcome->baseline != NULL;
    course->visit = VG_NEW(trial->scratch, size_t, trial->study->n_visits + 1);
    if (!course->visit)
        return vg_fail_memory(error);
    course->n = course->has_baseline +
                vg_trial_visits(trial->study, outcome, course->visit + course->has_baseline);
    return VG_OK;
}

static bool at_baseline(const Course *course, size_t place)
{
    return course->has_baseline && place == 0;
}

static double value_at(const VgStudy *study, const Course *course, size_t participant, size_t place)
{
    return at_baseline(course, place)
               ? course->outcome->baseline[participant]
               : vg_trial_value(study, course->outcome, participant, course->visit[place]);
}

static const char *name_at(const VgStudy *study, const Course *course, size_t place)
{
    return at_baseline(course, place) ? vg_trial_baseline_name(study, course->outcome)
                                      : study->visit[course->visit[place]].name;
}

static double day_at(const VgStudy *study, const Course *course, size_t place)
{
    return at_baseline(course, place) ? vg_trial_baseline_day(study, course->outcome)
                                      : study->visit[course->visit[place]].day;
}

/* The place at which a participant was last seen; SIZE_MAX = never. */
static size_t last_seen(const VgStudy *study, const Course *course, size_t participant)
{
    for (size_t place = course->n; place > 0; place--)
        if (!isnan(value_at(study, course, participant, place - 1)))
            return place - 1;
    return SIZE_MAX;
}

/* A row, with the cells that rows of an arm at a place have in common. */
static void begin_row(VgTrial *trial, const Course *course, VgDataset *data, size_t arm,
                      size_t place)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "outcome", course->outcome->name);
    vg_dataset_set_text(result, data, "arm", study->arm[arm].name);
    vg_dataset_set_text(result, data, "visit", name_at(study, course, place));
    vg_dataset_set_number(result, data, "day", day_at(study, course, place));
}

static void trajectories(VgTrial *trial, const Course *course)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, NULL, "trajectories",
                          VG_COLUMNS("outcome", "participant", "arm", "visit", "#day", "#value"));
    for (size_t i = 0; i < study->n_participants; i++) {
        if (study->arm_of[i] < 0)
            continue;
        const char *number = vg_trial_text(trial, "%zu", i + 1);
        for (size_t place = 0; place < course->n; place++) {
            double value = value_at(study, course, i, place);
            if (isnan(value))
                continue;
            begin_row(trial, course, data, (size_t)study->arm_of[i], place);
            vg_dataset_set_text(result, data, "participant", number);
            vg_dataset_set_number(result, data, "value", value);
        }
    }
}

static VgStatus observed_means(VgTrial *trial, const Course *course, double *chosen, VgError *error)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, NULL, "observed_means",
                          VG_COLUMNS("outcome", "arm", "visit", "#day", "#n", "#mean", "#sd"));
    for (size_t a = 0; a < study->n_arms; a++)
        for (size_t place = 0; place < course->n; place++) {
            size_t n = 0;
            for (size_t i = 0; i < study->n_participants; i++)
                if (study->arm_of[i] == (int32_t)a)
                    chosen[n++] = value_at(study, course, i, place);
            VgSummary summary;
            VG_TRY(vg_trial_summary(trial->scratch, chosen, n, &summary, error));
            begin_row(trial, course, data, a, place);
            vg_dataset_set_number(result, data, "n", (double)summary.n);
            vg_dataset_set_number(result, data, "mean", summary.mean);
            vg_dataset_set_number(result, data, "sd", summary.sd);
        }
    return VG_OK;
}

static void retention(VgTrial *trial, const Course *course)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(
        result, NULL, "retention",
        VG_COLUMNS("outcome", "arm", "visit", "#day", "#observed", "#randomised"));
    for (size_t a = 0; a < study->n_arms; a++)
        for (size_t place = 0; place < course->n; place++) {
            size_t randomised = 0, observed = 0;
            for (size_t i = 0; i < study->n_participants; i++) {
                if (study->arm_of[i] != (int32_t)a)
                    continue;
                randomised++;
                observed += (size_t)!isnan(value_at(study, course, i, place));
            }
            begin_row(trial, course, data, a, place);
            vg_dataset_set_number(result, data, "observed", (double)observed);
            vg_dataset_set_number(result, data, "randomised", (double)randomised);
        }
}

/* '1' seen and '0' missing at each visit of the outcome, its baseline first. */
static void pattern_of(const VgStudy *study, const Course *course, size_t participant,
                       char *pattern)
{
    size_t length = 0;
    for (size_t place = 0; place < course->n; place++)
        pattern[length++] = isnan(value_at(study, course, participant, place)) ? '0' : '1';
    pattern[length] = 0;
}

/* Patterns in the order 1111, 1110, …, 0000: each is written once, the next smaller text after the
 * last. */
static VgStatus dropout_patterns(VgTrial *trial, const Course *course, VgError *error)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    size_t width = course->n + 1;
    char *pattern = vg_arena_alloc(trial->scratch, study->n_participants + 2, width);
    if (!pattern)
        return vg_fail_memory(error);
    char *last = pattern + study->n_participants * width, *next = last + width;
    for (size_t i = 0; i < study->n_participants; i++)
        pattern_of(study, course, i, pattern + i * width);
    VgDataset *data = vg_result_dataset(result, NULL, "dropout_patterns",
                                        VG_COLUMNS("outcome", "arm", "pattern", "#n"));
    memset(last, '2', width - 1);
    for (;;) {
        bool found = false;
        for (size_t i = 0; i < study->n_participants; i++) {
            const char *own = pattern + i * width;
            if (study->arm_of[i] >= 0 && strcmp(own, last) < 0 &&
                (!found || strcmp(own, next) > 0)) {
                memcpy(next, own, width);
                found = true;
            }
        }
        if (!found)
            return VG_OK;
        for (size_t a = 0; a < study->n_arms; a++) {
            size_t n = 0;
            for (size_t i = 0; i < study->n_participants; i++)
                n += study->arm_of[i] == (int32_t)a && strcmp(pattern + i * width, next) == 0;
            vg_dataset_row(result, data);
            vg_dataset_set_text(result, data, "outcome", course->outcome->name);
            vg_dataset_set_text(result, data, "arm", study->arm[a].name);
            vg_dataset_set_text(result, data, "pattern", next);
            vg_dataset_set_number(result, data, "n", (double)n);
        }
        memcpy(last, next, width);
    }
}

/* Of those seen at a visit, "left" were never seen again and "stayed" were. */
static VgStatus stayers_and_leavers(VgTrial *trial, const Course *course, double *chosen,
                                    VgError *error)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    size_t *last = VG_NEW(trial->scratch, size_t, study->n_participants);
    if (!last)
        return vg_fail_memory(error);
    for (size_t i = 0; i < study->n_participants; i++)
        last[i] = last_seen(study, course, i);
    VgDataset *data =
        vg_result_dataset(result, NULL, "stayers_leavers",
                          VG_COLUMNS("outcome", "arm", "visit", "group", "#n", "#mean", "#sd"));
    for (size_t a = 0; a < study->n_arms; a++)
        for (size_t place = 0; place + 1 < course->n; place++)
            for (int left = 0; left < 2; left++) {
                size_t n = 0;
                for (size_t i = 0; i < study->n_participants; i++) {
                    if (study->arm_of[i] != (int32_t)a || last[i] == SIZE_MAX)
                        continue;
                    double value = value_at(study, course, i, place);
                    if (!isnan(value) && (last[i] == place) == (left == 1))
                        chosen[n++] = value;
                }
                VgSummary summary;
                VG_TRY(vg_trial_summary(trial->scratch, chosen, n, &summary, error));
                vg_dataset_row(result, data);
                vg_dataset_set_text(result, data, "outcome", course->outcome->name);
                vg_dataset_set_text(result, data, "arm", study->arm[a].name);
                vg_dataset_set_text(result, data, "visit", name_at(study, course, place));
                vg_dataset_set_text(result, data, "group", left ? "left" : "stayed");
                vg_dataset_set_number(result, data, "n", (double)n);
                vg_dataset_set_number(result, data, "mean", summary.mean);
                vg_dataset_set_number(result, data, "sd", summary.sd);
            }
    return VG_OK;
}

VgStatus vg_trial_course(VgTrial *trial, VgError *error)
{
    const VgStudy *study = trial->study;
    double *chosen = VG_NEW(trial->scratch, double, study->n_participants);
    if (!chosen)
        return vg_fail_memory(error);
    for (size_t k = 0; k < study->n_outcomes; k++) {
        Course course = {0};
        VG_TRY(course_of(trial, &study->outcome[k], &course, error));
        trajectories(trial, &course);
        VG_TRY(observed_means(trial, &course, chosen, error));
        retention(trial, &course);
        VG_TRY(dropout_patterns(trial, &course, error));
        VG_TRY(stayers_and_leavers(trial, &course, chosen, error));
    }
    return VG_OK;
}
