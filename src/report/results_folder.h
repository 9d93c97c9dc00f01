/* The folder of results: appears whole or not at all, and replaces only what vagus made. */
#ifndef VG_REPORT_RESULTS_FOLDER_H
#define VG_REPORT_RESULTS_FOLDER_H

#include <vagus/arena.h>

typedef struct VgResultsFolder {
    const char *target;    /* where it will be, without symbolic links at its end */
    const char *temporary; /* where it is being made: a hidden sibling of the target */
} VgResultsFolder;

/* Checks that `directory` is free, empty or a results folder, makes missing parents and the
 * temporary sibling with tables/ and figures/. VG_INVALID_INPUT when something else is there: it is
 * never replaced. */
VG_MUST_CHECK VgStatus vg_results_folder_begin(VgArena *arena, const char *directory,
                                               VgResultsFolder *folder, VgError *error);
/* Writes one file of the temporary folder. */
VG_MUST_CHECK VgStatus vg_results_folder_file(VgArena *arena, const VgResultsFolder *folder,
                                              const char *name, const void *bytes, size_t size,
                                              VgError *error);
/* Syncs all files, then swaps the temporary folder with the target and removes the old one. Files
 * of the old folder that a report does not make are carried over. */
VG_MUST_CHECK VgStatus vg_results_folder_commit(VgArena *arena, const VgResultsFolder *folder,
                                                VgError *error);
/* Removes the temporary folder; the target is as it was. */
void vg_results_folder_abandon(const VgResultsFolder *folder);

#endif
