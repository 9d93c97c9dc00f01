#include "base/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static VgStatus failed(const char *target, VgError *error)
{
    return vg_fail_at(error, errno == ENOENT ? VG_INVALID_INPUT : VG_IO, target, 0,
                      "the folder cannot be made: %s",
                      "check the folder above it, free space and permissions; nothing was changed",
                      strerror(errno));
}

VgStatus vg_folder_begin(VgArena *arena, const char *target, const char **path, VgError *error)
{
    size_t length = strlen(target);
    while (length > 1 && target[length - 1] == '/')
        length--;
    char *made = vg_arena_printf(arena, "%.*s.XXXXXX", (int)length, target);
    if (!made)
        return vg_fail_memory(error);
    if (!mkdtemp(made))
        return failed(target, error);
    mode_t mask = umask(0);
    umask(mask);
    if (chmod(made, 0777 & ~mask) != 0) {
        VgStatus status = failed(target, error);
        rmdir(made);
        return status;
    }
    *path = made;
    return VG_OK;
}

/* Goes on after a failure, so that as much as possible is removed; the folder itself then stays. */
static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    remove(path);
    return 0;
}

bool vg_folder_discard(const char *path)
{
    enum { OPEN_FOLDERS = 16 };
    nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
    return access(path, F_OK) != 0;
}

VgStatus vg_folder_commit(const char *path, const char *target, VgError *error)
{
    if (rename(path, target) == 0) /* nothing there, or an empty folder */
        return VG_OK;
    if ((errno == ENOTEMPTY || errno == EEXIST) &&
        renameat2(AT_FDCWD, path, AT_FDCWD, target, RENAME_EXCHANGE) == 0) {
        vg_folder_discard(path);
        return VG_OK;
    }
    VgStatus status = failed(target, error);
    vg_folder_discard(path);
    return status;
}
