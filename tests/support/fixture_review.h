/* A whole VgResult as a review makes it, without running one: simulated, and labelled so. */
#ifndef VG_TESTS_FIXTURE_REVIEW_H
#define VG_TESTS_FIXTURE_REVIEW_H

#include <vagus/result.h>

/* `primary`: 14 studies (standardised mean differences) in two subgroups with all that pairwise analyses give and
 * risk of bias; `response`: 9 studies of odds ratios; `many`: 60 studies, one far out; `network`: 8 treatments with
 * components; `wide`: 22 treatments with long names. NULL when memory is short. Always the same. */
VgResult *fixture_review(VgArena *arena);

enum { REVIEW_STUDIES = 14, REVIEW_MANY = 60, REVIEW_TREATMENTS = 8, REVIEW_WIDE = 22 };

#endif
