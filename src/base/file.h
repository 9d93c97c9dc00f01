/* Whole files: read, write by rename. */
#ifndef VG_BASE_FILE_H
#define VG_BASE_FILE_H

#include <stddef.h>

#include <vagus/arena.h>

/* All bytes of a file (or of standard input for "-"), NUL-terminated, in the arena.
 * `limit` guards against what is no such file: more bytes than that is an error. */
VG_MUST_CHECK VgStatus vg_file_read(VgArena *arena, const char *path, size_t limit, char **bytes,
                                    size_t *size, VgError *error);

/* Writes to a temporary name beside `path`, syncs, renames. */
VG_MUST_CHECK VgStatus vg_file_write(const char *path, const void *bytes, size_t size,
                                     VgError *error);

/* "directory/name"; NULL when memory is short. An absolute name stays as it is. */
char *vg_path_join(VgArena *arena, const char *directory, const char *name);

#endif
