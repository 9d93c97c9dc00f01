/* Ends of follow-up: which are refused, and their order.
 *
 * Where an event and a censoring share a time the event comes first, in the curves and in the pseudo-outcome: ends are told apart by
 * instants, 2k for events at the k-th time and 2k + 1 for censorings. */
#include "model/follow_up.h"

#include <math.h>
#include <stdlib.h>

/* So much of an arm's mean may hang on what nobody was followed to see. */
static const double MOST_UNSEEN = 0.05;

VgStatus vg_follow_up_aim(const VgForestData *data, const VgForestTreatment *treatment,
                          const VgSurvivalAim *aim, VgError *error)
{
    if (treatment->n_arms != 2)
        return vg_fail(error, VG_INVALID_INPUT, "%zu arms",
                       "a causal survival forest compares two arms: leave the others out",
                       treatment->n_arms);
    if (!(aim->horizon > 0) || isinf(aim->horizon))
        return vg_fail(error, VG_INVALID_INPUT, "the horizon is %g",
                       "give a time above 0, in the unit of the outcome", aim->horizon);
    for (size_t i = 0; i < data->x.rows; i++)
        if (data->outcome[i] < 0)
            return vg_fail(error, VG_INVALID_INPUT, "the time of row %zu is %g",
                           "times count from 0", i + 1, data->outcome[i]);
    return VG_OK;
}

/* Was f(T) known to be that of somebody without the event? */
static bool is_beyond(const VgSurvivalAim *aim, double time)
{
    return aim->target == VG_SURVIVAL_RMST ? time >= aim->horizon : time > aim->horizon;
}

static const char *arm_name(const VgForestTreatment *treatment, uint32_t arm)
{
    return treatment->arm_name ? treatment->arm_name[arm] : arm ? "1" : "0";
}

static VgStatus check_events(const VgForestData *data, const bool *event,
                             const VgForestTreatment *treatment, const VgSurvivalAim *aim,
                             VgError *error)
{
    size_t events[2] = {0};
    for (size_t i = 0; i < data->x.rows; i++)
        events[treatment->arm[i]] += event[i] && !is_beyond(aim, data->outcome[i]);
    for (uint32_t arm = 0; arm < 2; arm++)
        if (events[arm] == 0)
            return vg_fail(error, VG_NOT_ESTIMABLE, "arm %s has no event until the horizon of %g",
                           "take a later horizon; without events there is nothing to compare",
                           arm_name(treatment, arm), aim->horizon);
    return VG_OK;
}

/* Where an arm is not followed to the horizon, what is not seen must be little: the share still without the event then, of a restricted
 * mean by the part of the time that it lasts. */
static VgStatus check_followed(const VgForestData *data, const VgForestTreatment *treatment,
                               const VgSurvivalAim *aim, const FollowUps *all, VgError *error)
{
    size_t at_risk[2] = {0};
    double share[2] = {1.0, 1.0}, longest[2] = {0.0, 0.0};
    for (size_t i = 0; i < data->x.rows; i++)
        at_risk[treatment->arm[i]]++;
    for (size_t i = 0; i < data->x.rows; i++) {
        size_t row = all->order[i], arm = treatment->arm[row];
        if (all->person[row].event) /* Kaplan–Meier, a row at a time */
            share[arm] *= 1.0 - 1.0 / (double)at_risk[arm];
        at_risk[arm]--;
        longest[arm] = data->outcome[row];
    }
    for (uint32_t arm = 0; arm < 2; arm++) {
        double part = aim->target == VG_SURVIVAL_RMST ? 1.0 - longest[arm] / aim->horizon : 1.0;
        if (longest[arm] < aim->horizon && share[arm] * part > MOST_UNSEEN)
            return vg_fail(error, VG_NOT_ESTIMABLE,
                           "nobody of arm %s was followed to the horizon of %g: the last was "
                           "censored at %g, when %.0f%% were still without the event",
                           "take a horizon that some people of each arm are followed to",
                           arm_name(treatment, arm), aim->horizon, longest[arm],
                           100.0 * share[arm]);
    }
    return VG_OK;
}

/* ---- order ---- */

static bool follow_ups_new(VgArena *arena, size_t rows, FollowUps *all)
{
    all->time = vg_arena_alloc_raw(arena, rows, sizeof(double));
    all->code = vg_arena_alloc_raw(arena, rows, sizeof(double));
    all->end = vg_arena_alloc_raw(arena, rows, sizeof(double));
    all->event = VG_NEW(arena, bool, rows);
    all->lost = VG_NEW(arena, bool, rows);
    all->known = VG_NEW(arena, uint8_t, rows);
    all->person = VG_NEW(arena, VgFollowUp, rows);
    all->order = vg_arena_alloc_raw(arena, rows, sizeof(size_t));
    return all->time && all->code && all->end && all->event && all->lost && all->known &&
           all->person && all->order;
}

typedef struct Ending {
    double time;
    size_t row;
    bool lost;
} Ending;

static int by_time(const void *a, const void *b)
{
    const Ending *left = a, *right = b;
    if (left->time != right->time)
        return left->time < right->time ? -1 : 1;
    if (left->lost != right->lost)
        return left->lost ? 1 : -1;
    return left->row < right->row ? -1 : left->row > right->row;
}

/* With a restricted mean follow-up ends at the horizon, as an event; a probability uses all of it for the curves. */
static VgStatus order_rows(VgArena *arena, const VgForestData *data, const bool *event,
                           const VgSurvivalAim *aim, FollowUps *all, VgError *error)
{
    size_t n = data->x.rows, distinct = 0;
    Ending *ending = VG_NEW(arena, Ending, n);
    if (!ending || !follow_ups_new(arena, n, all))
        return vg_fail_memory(error);
    bool cut = aim->target == VG_SURVIVAL_RMST;
    for (size_t i = 0; i < n; i++) {
        bool beyond = is_beyond(aim, data->outcome[i]);
        all->person[i].beyond = beyond;
        all->person[i].event = event[i] && !beyond;
        all->known[i] = beyond || event[i];
        all->event[i] = event[i] || (cut && beyond);
        all->lost[i] = !all->event[i];
        ending[i] = (Ending){cut && beyond ? aim->horizon : data->outcome[i], i, all->lost[i]};
    }
    qsort(ending, n, sizeof *ending, by_time);
    for (size_t i = 0; i < n; i++) {
        if (i && ending[i].time > ending[i - 1].time)
            distinct++;
        double code = 2.0 * (double)distinct + (ending[i].lost ? 1.0 : 0.0);
        all->order[i] = ending[i].row;
        all->end[ending[i].row] = code;
        if (ending[i].time <= aim->horizon && (all->n == 0 || code > all->code[all->n - 1])) {
            all->code[all->n] = code;
            all->time[all->n++] = ending[i].time;
        }
        all->person[ending[i].row].place = all->n - 1;
    }
    all->horizon = fmin(aim->horizon, ending[n - 1].time);
    if (distinct < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "follow-up has %zu different times",
                       "curves need three or more", distinct + 1);
    return VG_OK;
}

VgStatus vg_follow_up(VgArena *arena, const VgForestData *data, const bool *event,
                      const VgForestTreatment *treatment, const VgSurvivalAim *aim, FollowUps *all,
                      VgError *error)
{
    *all = (FollowUps){0};
    VG_TRY(check_events(data, event, treatment, aim, error));
    VG_TRY(order_rows(arena, data, event, aim, all, error));
    return check_followed(data, treatment, aim, all, error);
}
