/* What `plan: strata` adds to a result: `vg_strata_run` on simulated arrays, and made-up rows for what only a whole study
 * gives. */
#ifndef VG_TESTS_FIXTURE_STRATA_H
#define VG_TESTS_FIXTURE_STRATA_H

#include <vagus/result.h>

typedef enum FixtureStrata {
    STRATA_DIFFERS =
        0, /* three arms, 480 people; benefit of `both` depends on CRP; a rule is recommended */
    STRATA_CANNOT_TELL /* two arms, 120 people, no moderator at all; no rule */
} FixtureStrata;

/* The analysis "strata" of the arms, visits and outcome of fixture_result. False when it could not be made. */
bool fixture_strata(VgArena *arena, VgResult *result, FixtureStrata kind);
/* fixture_result with it; NULL when it could not be made. */
VgResult *fixture_with_strata(VgArena *arena);
VgResult *fixture_with_unclear_strata(VgArena *arena);

#endif
