/* An extraction table in a few lines of text, for tests. */
#ifndef VG_TESTS_SMALL_EXTRACTION_H
#define VG_TESTS_SMALL_EXTRACTION_H

#include "support/witness.h"

#include <stdio.h>

#include <vagus/extraction.h>

/* Reads the rows; problems are collected. */
static inline VgStatus small_extraction(VgArena *arena, const char *csv, const VgEvidencePlan *plan,
                                        VgEvidenceKind kind, VgExtraction **extraction,
                                        VgProblems *problems)
{
    VgError error = {0};
    VgTable *table;
    VgTableOptions options = {0};
    WITNESS_OK(
        vg_table_read_csv_bytes(arena, "trials.csv", csv, strlen(csv), &options, &table, &error),
        &error);
    *problems = (VgProblems){0};
    return vg_extraction_read(arena, table, plan, kind, NULL, extraction, problems, &error);
}

#endif
