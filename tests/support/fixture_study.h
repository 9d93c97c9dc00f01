/* A small SIMULATED trial built in memory, for tests of the questions: no file is read. */
#ifndef VG_TESTS_FIXTURE_STUDY_H
#define VG_TESTS_FIXTURE_STUDY_H

#include <vagus/study.h>

/* Arms of the fixture. */
enum { FIXTURE_PLACEBO = 0, FIXTURE_ACTIVE, FIXTURE_DOUBLE, FIXTURE_ARMS };
/* Visits. */
enum { FIXTURE_BASELINE = 0, FIXTURE_W2, FIXTURE_W4, FIXTURE_W8, FIXTURE_VISITS };
/* Outcomes. */
enum { FIXTURE_HAMD = 0, FIXTURE_SLEEP, FIXTURE_OUTCOMES };
/* Analyses. */
enum {
    FIXTURE_PRIMARY = 0,
    FIXTURE_RESPONSE,
    FIXTURE_REMISSION,
    FIXTURE_SLEEP_W8,
    FIXTURE_COMPLETERS,
    FIXTURE_ROBUST,
    FIXTURE_ANALYSES
};

/* `n` participants, arm = number modulo 3, three visits after baseline, dropout that depends on the
 * last value seen, one participant without any visit after baseline, two without age. Same seed,
 * same study. */
VgStudy *fixture_study(VgArena *arena, size_t n, uint64_t seed);

/* The same study with participants in the order `order` (a permutation; entries may repeat to
 * duplicate participants), n_order of them. */
VgStudy *fixture_reordered(VgArena *arena, const VgStudy *study, const size_t *order,
                           size_t n_order);

/* The same study with every value of an outcome (baseline too) multiplied. */
VgStudy *fixture_scaled(VgArena *arena, const VgStudy *study, size_t outcome, double factor);

#endif
