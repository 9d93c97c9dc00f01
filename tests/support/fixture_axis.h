/* A small axis graph with effects, built in memory: two components, a function, two channels, a symptom. */
#ifndef VG_TESTS_FIXTURE_AXIS_H
#define VG_TESTS_FIXTURE_AXIS_H

#include <vagus/axis.h>

enum { FIXTURE_AXIS_VISITS = 4, FIXTURE_AXIS_ARMS = 3 }; /* control; pill; pill and diet */

typedef struct FixtureAxis {
    VgAxis *axis;
    size_t pill, diet, function, il6, il10, butyrate, mood, age, bmi;
    size_t immune, metabolites; /* channels */
} FixtureAxis;

/* pill → function (lag 0, 0.8) → metabolites (lag 0, 0.5) → immune (lag 1, −0.6) → mood (lag 1, 0.5); pill → mood (−0.2);
 * diet → metabolites (0.4); metabolites → mood (lag 0, −0.15); age → mood 0.3 and age → il6 0.2 (static); il10 has sign −1. With
 * `moderated`: pill → function by bmi (0.3), immune → mood by diet (0.4). Edges are written. */
FixtureAxis fixture_axis(VgArena *arena, bool moderated);

/* An arrow between two ends by index; NONE for what does not apply. */
size_t fixture_arrow(VgAxis *axis, VgAxisEnd from, VgAxisEnd to, double effect, size_t lag);

#endif
