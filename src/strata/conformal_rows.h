/* Sentences about individual intervals. */
#ifndef VG_STRATA_CONFORMAL_ROWS_H
#define VG_STRATA_CONFORMAL_ROWS_H

#include <vagus/result.h>

/* A row about `intervals` of the dataset `sentences`. */
void vg_conformal_say(VgResult *result, const char *analysis, const char *text);

#endif
