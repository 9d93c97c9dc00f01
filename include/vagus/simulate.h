/** @file simulate.h
 *  A virtual trial as a complete study folder: what `vagus simulate` writes. */
#ifndef VAGUS_SIMULATE_H
#define VAGUS_SIMULATE_H

#include <vagus/design_file.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A file of the folder, in memory. */
typedef struct VgStudyFile {
    const char *name;
    const char *text;
    size_t length;
} VgStudyFile;

typedef struct VgStudyFiles {
    VgStudyFile *file;
    size_t n, capacity_;
} VgStudyFiles;

typedef struct VgSimulateOptions {
    uint64_t seed;
    size_t population; /**< virtual people behind the truth; 0 = 50,000 */
} VgSimulateOptions;

/** Draws one trial of the design and writes its study file, tables and truth.json as texts, all labelled simulated. The
 *  same seed gives the same bytes on any number of threads.
 *  @return VG_NOT_ESTIMABLE when the design has no model (vg_axis_compile), VG_NO_MEMORY. */
VG_MUST_CHECK VgStatus vg_simulate_study(VgArena *arena, const VgDesignFile *design,
                                         const VgSimulateOptions *options, VgStudyFiles *files,
                                         VgError *error);

#ifdef __cplusplus
}
#endif
#endif
