/* "Did you mean …": the candidate with the least edit distance. */
#ifndef VG_BASE_NEAREST_H
#define VG_BASE_NEAREST_H

#include <stddef.h>

/* The candidate closest to `word` (case ignored), or NULL when none is close enough to be worth saying. */
const char *vg_nearest(const char *word, const char *const *candidate, size_t n);

#endif
