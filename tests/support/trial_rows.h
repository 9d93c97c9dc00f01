/* Finding rows of a trial result in tests. */
#ifndef VG_TESTS_TRIAL_ROWS_H
#define VG_TESTS_TRIAL_ROWS_H

#include <vagus/result.h>

/* The first row with these texts (NULL = whatever); fails the test when there is none. */
const VgEstimate *trial_row(const VgResult *result, const char *analysis, const char *quantity,
                            const char *term, const char *visit, const char *arm);

/* How many rows a quantity has in an analysis (NULL = whatever). */
size_t trial_count(const VgResult *result, const char *analysis, const char *quantity);

/* Text or number of a fact; fails the test when there is none. */
const char *trial_fact_text(const VgResult *result, const char *analysis, const char *key);
double trial_fact_number(const VgResult *result, const char *analysis, const char *key);

/* The text of the methods section under a heading that begins so; NULL when there is none. */
const char *trial_methods(const VgResult *result, const char *heading);

/* Whether a work is among the references. */
bool trial_cites(const VgResult *result, const char *key);

/* Whether any warning holds the text. */
bool trial_warns(const VgResult *result, const char *text);

#endif
