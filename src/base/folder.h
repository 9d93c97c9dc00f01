/* A folder that appears whole or not at all: made under a temporary name beside its place, then renamed. */
#ifndef VG_BASE_FOLDER_H
#define VG_BASE_FOLDER_H

#include <stdbool.h>

#include <vagus/arena.h>

/* Makes an empty folder beside `target` to be filled. `*path` is in the arena. */
VG_MUST_CHECK VgStatus vg_folder_begin(VgArena *arena, const char *target, const char **path,
                                       VgError *error);

/* Puts the filled folder in the place of `target`, which may be absent or an older folder; the older one is
 * removed once the new one is there. On failure the temporary folder is gone and `target` as it was. */
VG_MUST_CHECK VgStatus vg_folder_commit(const char *path, const char *target, VgError *error);

/* Removes a folder and all in it (links, not what they lead to); false when something stayed. */
bool vg_folder_discard(const char *path);

#endif
