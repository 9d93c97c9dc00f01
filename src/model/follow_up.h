/* Ends of follow-up as an aim sees them, and what they cannot answer: forest_survival_effect.c. */
#ifndef VG_MODEL_FOLLOW_UP_H
#define VG_MODEL_FOLLOW_UP_H

#include <vagus/survival_effect.h>

/* Follow-up as the aim sees it. */
typedef struct FollowUps {
    size_t n;           /* up to the horizon */
    double *time;       /* n */
    double *code;       /* n: of the instant, for the forests of curves */
    double *end;        /* rows: code at which follow-up ended */
    bool *event, *lost; /* rows: what ended it */
    uint8_t *known;     /* rows: f(T) is known */
    VgFollowUp *person; /* rows; mean to come */
    size_t *order;      /* rows by the end of their follow-up */
    double horizon;     /* no later than the last time */
} FollowUps;

/* Two arms, a horizon, times from 0? @return VG_INVALID_INPUT */
VG_MUST_CHECK VgStatus vg_follow_up_aim(const VgForestData *data,
                                        const VgForestTreatment *treatment,
                                        const VgSurvivalAim *aim, VgError *error);
/* What the aim can be answered by, in order; arms are 0 and 1.
 * @return VG_NOT_ESTIMABLE (an arm without events or not followed; fewer than three times), VG_NO_MEMORY */
VG_MUST_CHECK VgStatus vg_follow_up(VgArena *arena, const VgForestData *data, const bool *event,
                                    const VgForestTreatment *treatment, const VgSurvivalAim *aim,
                                    FollowUps *all, VgError *error);

#endif
