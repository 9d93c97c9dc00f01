/* What `plan: mechanism` adds to a result, without running one. */
#ifndef VG_TESTS_FIXTURE_MECHANISM_H
#define VG_TESTS_FIXTURE_MECHANISM_H

#include <vagus/result.h>

typedef enum FixtureMechanism {
    MECHANISM_CARRIES =
        0, /* one channel carries, one opposes, one is little, of two nothing can be said */
    MECHANISM_CANNOT_TELL /* of no channel anything can be said; no reliabilities */
} FixtureMechanism;

/* The analysis "mechanism" of the arms, visits and outcome of fixture_result, with the graph of an axis of two components, a
 * function, six channels (one not measured), a symptom and two confounders. */
void fixture_mechanism(VgResult *result, FixtureMechanism kind);
/* fixture_result with it; NULL when memory is short. */
VgResult *fixture_with_mechanism(VgArena *arena);
VgResult *fixture_with_unclear_mechanism(VgArena *arena);

#endif
