/* A repeated-measures model from a data file and a formula, for tests of the MMRM. */
#ifndef VG_TESTS_MMRM_MODEL_H
#define VG_TESTS_MMRM_MODEL_H

#include "support/witness.h"

#include <vagus/vagus.h>

typedef struct MmrmModel {
    VgArena *arena;
    VgTable *table;
    VgDesign *design;
    VgMmrmData data;
} MmrmModel;

typedef struct MmrmSpec {
    const char *path, *formula, *subject, *visit, *group, *weights;
    const char *arm, *reference; /* factor whose first level is `reference` */
} MmrmSpec;

/* Reads, builds the design (visit as a factor, rows with missing values dropped); fails the test on error. */
void mmrm_model(MmrmModel *model, VgArena *arena, const MmrmSpec *spec);

/* Index of a coefficient by name; fails the test when there is none. */
size_t mmrm_coefficient(const MmrmModel *model, const char *name);

#endif
