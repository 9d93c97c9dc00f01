/* A whole VgResult as a study run makes it, without running one: simulated, and labelled so. */
#ifndef VG_TESTS_FIXTURE_RESULT_H
#define VG_TESTS_FIXTURE_RESULT_H

#include <vagus/result.h>

/* Two arms, five visits, 100 participants, dropout, a primary, three sensitivity analyses, two
 * secondary outcomes and adverse events. `shift` moves the active arm at the last visit (points of
 * BDI-II; −6 helps, 0 does not). NULL when memory is short. The same arguments give the same
 * result. */
VgResult *fixture_result(VgArena *arena, double shift);

#endif
