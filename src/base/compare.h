/* Texts and numbers compared: equal or not, in order, and the place of a name in a table of them. */
#ifndef VG_BASE_COMPARE_H
#define VG_BASE_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

/* Both NULL, or the same text. */
bool vg_same_text(const char *a, const char *b);

/* For qsort and bsearch over texts (`const char *`): the order of their bytes. */
int vg_compare_texts(const void *a, const void *b);

/* For qsort and bsearch over doubles: ascending. NaN has no place: leave it out first. */
int vg_compare_numbers(const void *a, const void *b);

/* The place of `name` in a table of `n` names; -1 when it is NULL or none of them. */
int vg_name_index(const char *const *names, int n, const char *name);

#endif
