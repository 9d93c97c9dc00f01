/* Faults of small studies: a case replaces one text in one file of a sound one, and says which problem that must come to. */
#ifndef SUPPORT_STUDY_CASES_H
#define SUPPORT_STUDY_CASES_H

#include "support/witness.h"

#include <vagus/panel_layer.h>
#include <vagus/study.h>

typedef struct StudyCase {
    const char *name, *file, *from, *to; /* what is replaced, and where */
    const char *in;                      /* the file that the problem names */
    size_t line;
    const char *words;
    size_t errors, warnings;
} StudyCase;

/* The text with its first `from` replaced; `from` must be in it. */
const char *study_replaced(VgArena *arena, const char *text, const char *from, const char *to);
/* Writes the files into the folder, with the case's replacement (NULL: as they are). */
void study_write(VgArena *arena, const char *folder, const char *const *name,
                 const char *const *text, size_t n, const StudyCase *c);
void study_print_problems(const VgProblems *problems);
/* The problem is told at its place, nothing else is, and the status says so. */
void study_case_holds(const StudyCase *c, VgStatus status, const VgProblems *problems);

const VgLayer *study_layer(const VgStudy *study, const char *name);
/* Equal but for rounding, or both NaN. */
void study_near(double value, double expected);
size_t study_feature(const VgLayer *layer, const char *name);
/* Bounds of a feature in a sample, equal where it was observed; NaN: missing. */
void study_bounds_are(const VgLayer *layer, const char *feature, size_t sample, double lower,
                      double upper);

#endif
