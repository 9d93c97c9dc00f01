/* One entry of a laboratory export: a number, a censored value, a missing code. */
#ifndef VG_TABLE_LAB_ENTRY_H
#define VG_TABLE_LAB_ENTRY_H

#include <vagus/lab_table.h>

#include "table/features/text.h"

typedef enum VgEntryClass {
    VG_ENTRY_NUMBER,
    VG_ENTRY_BELOW,     /* "<x" */
    VG_ENTRY_ABOVE,     /* ">x" */
    VG_ENTRY_BELOW_LOD, /* "<LOD": the limit stands elsewhere */
    VG_ENTRY_BELOW_LLOQ,
    VG_ENTRY_ABOVE_ULOQ,
    VG_ENTRY_WITHIN, /* detected, not quantified: from LOD to LLOQ */
    VG_ENTRY_MISSING,
    VG_ENTRY_NOT_DETECTED, /* "ND": not detected, or not done */
    VG_ENTRY_OTHER
} VgEntryClass;

/* *value: the number, or the limit of BELOW and ABOVE. */
VgEntryClass vg_entry_classify(const VgField *field, const VgLabOptions *options, double *value);

/* A remark that begins with a word of censoring ("BLOQ, diluted"); OTHER for all else. */
VgEntryClass vg_entry_of_remark(const VgField *remark);

#endif
