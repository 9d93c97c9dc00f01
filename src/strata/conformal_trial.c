/* Conformal intervals of a trial: the outcome of each person under each arm, and the difference between two. Source: Lei & Candès
 * 2021. */
#include <vagus/conformal.h>

#include <math.h>
#include <stdlib.h>

#include "base/compare.h"
#include "numeric/linear_algebra.h"
#include "strata/strata.h"

/* The smallest arm that leaves vg_conformal its fewest people and clusters when one of ten folds is held out. */
enum { OUTER_FOLDS = 10, FEWEST_PEOPLE = 12, FEWEST_CLUSTERS = 5 };

/* Keeps the deal of the outer folds apart from that of the inner ones. */
static const uint64_t OUTER = 0xd1b54a32d192ed03u;

/* One call of vg_conformal_trial. Intervals at level 1 − α stand in the answer, those at 1 − α/2 here. */
typedef struct Task {
    const VgConformalTrial *trial;
    const VgConformalNewPeople *new_people; /* rows 0 when none */
    VgConformalOptions options;             /* with the two levels */
    double level[2];
    size_t outer_folds;
    VgConformalOutcomes *out;
    VgMatrix wide_lower, wide_upper, new_wide_lower, new_wide_upper;
} Task;

static bool has_outcome(const VgConformalTrial *t, size_t i)
{
    return !isnan(t->outcome[i]);
}

/* ---- checks ---- */

static VgStatus check_propensities(VgMatrix e, size_t n, size_t arms, const char *const *arm_name,
                                   VgError *error)
{
    if (e.rows != n || e.cols != arms)
        return vg_fail(error, VG_INVALID_INPUT, "propensities are %zu x %zu, not %zu x %zu",
                       "give the probability of each arm for each person", e.rows, e.cols, n, arms);
    for (size_t a = 0; a < arms; a++)
        for (size_t i = 0; i < n; i++)
            if (!(VG_AT(e, i, a) > 0 && VG_AT(e, i, a) < 1))
                return vg_fail(error, VG_INVALID_INPUT, "the propensity of arm %s in row %zu is %g",
                               "every arm must be possible for everybody: leave out those who "
                               "could not be given it",
                               arm_name[a], i + 1, VG_AT(e, i, a));
    return VG_OK;
}

static VgStatus check(const Task *task, VgError *error)
{
    const VgConformalTrial *t = task->trial;
    const VgConformalNewPeople *new_people = task->new_people;
    if (t->arms < 2)
        return vg_fail(error, VG_INVALID_INPUT, "%zu arm", "give two arms or more", t->arms);
    for (size_t i = 0; i < t->n; i++)
        if (t->arm[i] < 0 || (size_t)t->arm[i] >= t->arms || isinf(t->outcome[i]))
            return vg_fail(error, VG_INVALID_INPUT, "row %zu: arm %d, outcome %g",
                           "number arms from 0; an outcome is a number or missing", i + 1,
                           (int)t->arm[i], t->outcome[i]);
    VG_TRY(vg_strata_check_clusters(t->n, t->clusters, error));
    if (t->propensity.data)
        VG_TRY(check_propensities(t->propensity, t->n, t->arms, t->arm_name, error));
    if (task->out->weighted && new_people->x.rows > 0)
        VG_TRY(check_propensities(new_people->propensity, new_people->x.rows, t->arms, t->arm_name,
                                  error));
    return VG_OK;
}

static bool propensities_differ(VgMatrix e)
{
    for (size_t a = 0; e.data && a < e.cols; a++)
        for (size_t i = 1; i < e.rows; i++)
            if (fabs(VG_AT(e, i, a) - VG_AT(e, 0, a)) > 1e-12)
                return true;
    return false;
}

/* ---- one arm ---- */

/* People of the trial by place, and what vg_conformal is to know of them. */
typedef struct People {
    size_t *row, n;
} People;

static VgStatus new_people_list(VgArena *scratch, size_t n, People *people, VgError *error)
{
    *people = (People){.row = VG_NEW(scratch, size_t, n)};
    return people->row ? VG_OK : vg_fail_memory(error);
}

static VgStatus check_arm(VgArena *scratch, const VgConformalTrial *t, size_t a, const People *own,
                          VgError *error)
{
    VgClusters clusters;
    if (own->n < FEWEST_PEOPLE)
        return vg_fail(error, VG_NOT_ESTIMABLE, "arm %s has %zu people with an outcome",
                       "individual intervals need 12 or more in each arm", t->arm_name[a], own->n);
    VG_TRY(vg_strata_regroup(scratch, t->clusters, own->row, own->n, &clusters, error));
    if (clusters.of && clusters.count < FEWEST_CLUSTERS)
        return vg_fail(error, VG_NOT_ESTIMABLE, "arm %s has %zu clusters with an outcome",
                       "whole clusters calibrate: individual intervals need 5 or more in each arm",
                       t->arm_name[a], clusters.count);
    return VG_OK;
}

static VgStatus data_of(VgArena *scratch, const VgConformalTrial *t, const People *people,
                        VgConformalData *data, VgError *error)
{
    double *outcome = VG_NEW(scratch, double, people->n);
    *data = (VgConformalData){.x = vg_strata_rows(scratch, t->x, people->row, people->n),
                              .outcome = outcome};
    if (!outcome || !data->x.data)
        return vg_fail_memory(error);
    for (size_t k = 0; k < people->n; k++)
        outcome[k] = t->outcome[people->row[k]];
    return vg_strata_regroup(scratch, t->clusters, people->row, people->n, &data->clusters, error);
}

/* Frequency in the target population against that in arm a: e_b / e_a for people of arm b, 1 / e_a for the whole population (b = arms). */
static double weight_of(VgMatrix e, size_t i, size_t a, size_t b)
{
    return (b < e.cols ? VG_AT(e, i, b) : 1) / VG_AT(e, i, a);
}

/* The same numbers for the people who calibrate and for those to tell about. */
static VgStatus weigh(VgArena *scratch, const Task *task, const People *calibrating, size_t a,
                      size_t b, const People *told, VgConformalTarget *target, VgError *error)
{
    if (!task->out->weighted || a == b)
        return VG_OK;
    VgMatrix e = b < task->trial->arms ? task->trial->propensity : task->new_people->propensity;
    double *data_weight = VG_NEW(scratch, double, calibrating->n);
    double *weight = VG_NEW(scratch, double, target->x.rows);
    if (!data_weight || !weight)
        return vg_fail_memory(error);
    for (size_t k = 0; k < calibrating->n; k++)
        data_weight[k] = weight_of(task->trial->propensity, calibrating->row[k], a, b);
    for (size_t k = 0; k < target->x.rows; k++)
        weight[k] = weight_of(e, told ? told->row[k] : k, a, b);
    target->data_weight = data_weight;
    target->weight = weight;
    return VG_OK;
}

static void put(VgMatrix lower, VgMatrix upper, size_t i, size_t a, const VgConformalIntervals *v,
                size_t k, size_t level)
{
    VG_AT(lower, i, a) = VG_AT(v->lower, k, level);
    VG_AT(upper, i, a) = VG_AT(v->upper, k, level);
}

static void put_participants(const Task *task, size_t a, const People *people,
                             const VgConformalIntervals *v)
{
    VgConformalPeople *p = &task->out->participants;
    for (size_t k = 0; k < people->n; k++) {
        size_t i = people->row[k];
        VG_AT(p->predicted, i, a) = v->predicted[k];
        put(p->lower, p->upper, i, a, v, k, 0);
        put(task->wide_lower, task->wide_upper, i, a, v, k, 1);
    }
}

/* Everybody else's outcome under arm a, from its people: one target per arm, and the new people. */
static VgStatus tell_others(VgArena *scratch, const Task *task, size_t a, const People *own,
                            VgError *error)
{
    const VgConformalTrial *t = task->trial;
    VgConformalData data;
    VgConformalAnswer answer;
    People *people = VG_NEW(scratch, People, t->arms);
    VgConformalTarget *target = VG_NEW(scratch, VgConformalTarget, t->arms + 1);
    if (!people || !target)
        return vg_fail_memory(error);
    VG_TRY(data_of(scratch, t, own, &data, error));
    for (size_t b = 0; b < t->arms; b++) {
        VG_TRY(new_people_list(scratch, t->n, &people[b], error));
        for (size_t i = 0; i < t->n; i++)
            if ((size_t)t->arm[i] == b && (b != a || !has_outcome(t, i)))
                people[b].row[people[b].n++] = i;
        target[b].x = vg_strata_rows(scratch, t->x, people[b].row, people[b].n);
        if (!target[b].x.data)
            return vg_fail_memory(error);
        VG_TRY(weigh(scratch, task, own, a, b, &people[b], &target[b], error));
    }
    target[t->arms].x = task->new_people->x;
    VG_TRY(weigh(scratch, task, own, a, t->arms, NULL, &target[t->arms], error));
    VG_TRY(vg_conformal(scratch, &data, target, t->arms + 1, &task->options, &answer, error));
    for (size_t b = 0; b < t->arms; b++)
        put_participants(task, a, &people[b], &answer.target[b]);
    const VgConformalIntervals *new_answer = &answer.target[t->arms];
    VgConformalPeople *p = &task->out->new_people;
    VgConformalArm *arm = &task->out->arm[a];
    for (size_t k = 0; k < target[t->arms].x.rows; k++) {
        VG_AT(p->predicted, k, a) = new_answer->predicted[k];
        put(p->lower, p->upper, k, a, new_answer, k, 0);
        put(task->new_wide_lower, task->new_wide_upper, k, a, new_answer, k, 1);
    }
    for (size_t b = 0; b <= t->arms; b++) {
        arm->infinite |= answer.target[b].infinite[0];
        arm->difference_infinite |= answer.target[b].infinite[1];
    }
    arm->units = answer.units;
    arm->guarantee = answer.guarantee[0];
    return VG_OK;
}

/* People of arm a by those of its other folds. */
static VgStatus tell_fold(VgArena *scratch, const Task *task, size_t a, const People *own,
                          const int32_t *fold, int32_t f, VgError *error)
{
    const VgConformalTrial *t = task->trial;
    VgArenaMark mark = vg_arena_mark(scratch);
    People others, held;
    VgConformalData data;
    VgConformalAnswer answer;
    VG_TRY(new_people_list(scratch, own->n, &others, error));
    VG_TRY(new_people_list(scratch, own->n, &held, error));
    for (size_t k = 0; k < own->n; k++) {
        People *side = fold[k] == f ? &held : &others;
        side->row[side->n++] = own->row[k];
    }
    VG_TRY(data_of(scratch, t, &others, &data, error));
    VgConformalTarget target = {.x = vg_strata_rows(scratch, t->x, held.row, held.n)};
    if (!target.x.data)
        return vg_fail_memory(error);
    VG_TRY(vg_conformal(scratch, &data, &target, 1, &task->options, &answer, error));
    put_participants(task, a, &held, &answer.target[0]);
    VgConformalArm *arm = &task->out->arm[a];
    arm->infinite |= answer.target[0].infinite[0];
    arm->difference_infinite |= answer.target[0].infinite[1];
    arm->guarantee = fmin(arm->guarantee, answer.guarantee[0]);
    vg_arena_rewind(scratch, mark);
    return VG_OK;
}

static VgStatus tell_own(VgArena *scratch, const Task *task, size_t a, const People *own,
                         VgError *error)
{
    double *alike = VG_NEW(scratch, double, own->n);
    int32_t *fold = VG_NEW(scratch, int32_t, own->n);
    VgClusters clusters;
    if (!alike || !fold)
        return vg_fail_memory(error);
    VG_TRY(vg_strata_regroup(scratch, task->trial->clusters, own->row, own->n, &clusters, error));
    size_t units = clusters.of ? clusters.count : own->n;
    size_t folds = task->outer_folds < units ? task->outer_folds : units;
    VG_TRY(vg_strata_deal_folds(scratch, own->n, alike, clusters, folds, task->options.seed ^ OUTER,
                                fold, error));
    for (size_t f = 0; f < folds; f++)
        VG_TRY(tell_fold(scratch, task, a, own, fold, (int32_t)f, error));
    return VG_OK;
}

/* ---- differences, and what an arm comes to ---- */

static void differences(const Task *task, VgConformalPeople *p, size_t m, VgMatrix wide_lower,
                        VgMatrix wide_upper, const VgConformalTrial *seen)
{
    for (size_t a = 1; a < task->trial->arms; a++)
        for (size_t i = 0; i < m; i++) {
            double low[2] = {VG_AT(wide_lower, i, 0), VG_AT(wide_lower, i, a)};
            double high[2] = {VG_AT(wide_upper, i, 0), VG_AT(wide_upper, i, a)};
            size_t arm = seen && has_outcome(seen, i) ? (size_t)seen->arm[i] : task->trial->arms;
            bool observed = arm == 0 || arm == a;
            if (observed) {
                size_t other = arm == 0 ? a : 0;
                low[arm != 0] = high[arm != 0] = seen->outcome[i];
                low[arm == 0] = VG_AT(p->lower, i, other);
                high[arm == 0] = VG_AT(p->upper, i, other);
            }
            p->observed[i + (a - 1) * m] = observed;
            VG_AT(p->difference, i, a - 1) = VG_AT(p->predicted, i, a) - VG_AT(p->predicted, i, 0);
            VG_AT(p->difference_lower, i, a - 1) = low[1] - high[0];
            VG_AT(p->difference_upper, i, a - 1) = high[1] - low[0];
        }
}

static VgStatus sum_up(VgArena *scratch, const Task *task, size_t a, VgError *error)
{
    const VgConformalTrial *t = task->trial;
    VgConformalArm *arm = &task->out->arm[a];
    const VgConformalPeople *p = &task->out->participants;
    double *width = VG_NEW(scratch, double, t->n);
    if (!width)
        return vg_fail_memory(error);
    for (size_t i = 0; i < t->n; i++) {
        double low = VG_AT(p->lower, i, a), high = VG_AT(p->upper, i, a);
        width[i] = high - low;
        if ((size_t)t->arm[i] != a)
            continue;
        arm->n++;
        arm->n_with_outcome += has_outcome(t, i);
        arm->covered += t->outcome[i] >= low && t->outcome[i] <= high;
    }
    qsort(width, t->n, sizeof *width, vg_compare_numbers);
    /* the mean of the two in the middle, not by interpolation: ends may be infinite */
    arm->width = (width[(t->n - 1) / 2] + width[t->n / 2]) / 2;
    return VG_OK;
}

static VgStatus new_answer(VgArena *arena, size_t m, size_t arms, VgConformalPeople *p,
                           VgError *error)
{
    *p = (VgConformalPeople){vg_matrix_new(arena, m, arms),     vg_matrix_new(arena, m, arms),
                             vg_matrix_new(arena, m, arms),     vg_matrix_new(arena, m, arms - 1),
                             vg_matrix_new(arena, m, arms - 1), vg_matrix_new(arena, m, arms - 1),
                             VG_NEW(arena, bool, m *(arms - 1))};
    return p->predicted.data && p->lower.data && p->upper.data && p->difference.data &&
                   p->difference_lower.data && p->difference_upper.data && p->observed
               ? VG_OK
               : vg_fail_memory(error);
}

static VgStatus allocate(VgArena *arena, Task *task, VgError *error)
{
    size_t n = task->trial->n, m = task->new_people->x.rows, arms = task->trial->arms;
    VG_TRY(new_answer(arena, n, arms, &task->out->participants, error));
    VG_TRY(new_answer(arena, m, arms, &task->out->new_people, error));
    task->out->arm = VG_NEW(arena, VgConformalArm, arms);
    task->wide_lower = vg_matrix_new(arena, n, arms);
    task->wide_upper = vg_matrix_new(arena, n, arms);
    task->new_wide_lower = vg_matrix_new(arena, m, arms);
    task->new_wide_upper = vg_matrix_new(arena, m, arms);
    return task->out->arm && task->wide_lower.data && task->wide_upper.data &&
                   task->new_wide_lower.data && task->new_wide_upper.data
               ? VG_OK
               : vg_fail_memory(error);
}

static VgStatus tell_arm(VgArena *arena, const Task *task, size_t a, VgError *error)
{
    const VgConformalTrial *t = task->trial;
    VgArenaMark mark = vg_arena_mark(arena);
    People own;
    VG_TRY(new_people_list(arena, t->n, &own, error));
    for (size_t i = 0; i < t->n; i++)
        if ((size_t)t->arm[i] == a && has_outcome(t, i))
            own.row[own.n++] = i;
    VG_TRY(check_arm(arena, t, a, &own, error));
    VG_TRY(tell_others(arena, task, a, &own, error));
    VG_TRY(tell_own(arena, task, a, &own, error));
    VG_TRY(sum_up(arena, task, a, error));
    vg_arena_rewind(arena, mark);
    return VG_OK;
}

VgStatus vg_conformal_trial(VgArena *arena, const VgConformalTrial *trial,
                            const VgConformalNewPeople *new_people,
                            const VgConformalOptions *options, size_t outer_folds,
                            VgConformalOutcomes *outcomes, VgError *error)
{
    static const VgConformalNewPeople none = {0};
    double level = options->level ? options->level[0] : 0.95;
    *outcomes = (VgConformalOutcomes){.weighted = propensities_differ(trial->propensity)};
    Task task = {.trial = trial,
                 .new_people = new_people ? new_people : &none,
                 .options = *options,
                 .level = {level, (1 + level) / 2},
                 .outer_folds = outer_folds ? outer_folds : OUTER_FOLDS,
                 .out = outcomes};
    task.options.level = task.level;
    task.options.n_levels = 2;
    VG_TRY(check(&task, error));
    VG_TRY(allocate(arena, &task, error));
    for (size_t a = 0; a < trial->arms; a++)
        VG_TRY(tell_arm(arena, &task, a, error));
    differences(&task, &outcomes->participants, trial->n, task.wide_lower, task.wide_upper, trial);
    differences(&task, &outcomes->new_people, task.new_people->x.rows, task.new_wide_lower,
                task.new_wide_upper, NULL);
    return VG_OK;
}
