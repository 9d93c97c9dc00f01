/* The results folder is made beside its place and renamed into it. An old results folder is
 * exchanged in one step (renameat2 RENAME_EXCHANGE) where the file system can, else moved aside
 * first. */
#include "report/results_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"

static const char *const OURS[] = {"report.html",    "patient.html", "patient.da.html",
                                   "results.sqlite", "results.json", "manifest.json",
                                   "tables",         "figures"};

static VgStatus failed(const char *path, const char *what, VgError *error)
{
    return vg_fail_at(error, VG_IO, path, 0, "%s: %s",
                      "check free space and permissions; the old results were not touched", what,
                      strerror(errno));
}

static VgStatus make_parents(VgArena *arena, const char *path, VgError *error)
{
    char *part = vg_arena_strdup(arena, path);
    if (!part)
        return vg_fail_memory(error);
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return failed(part, "this folder cannot be made", error);
        *slash = '/';
    }
    return VG_OK;
}

static bool is_manifest(VgArena *arena, const char *directory)
{
    char *path = vg_path_join(arena, directory, "manifest.json");
    FILE *file = path ? fopen(path, "rb") : NULL;
    char start[16] = {0};
    if (!file)
        return false;
    size_t got = fread(start, 1, sizeof start - 1, file);
    fclose(file);
    return got >= 8 && strncmp(start, "{\"vagus\"", 8) == 0;
}

static bool is_empty(const char *directory)
{
    DIR *open = opendir(directory);
    if (!open)
        return false;
    bool empty = true;
    for (struct dirent *entry; (entry = readdir(open));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            empty = false;
    closedir(open);
    return empty;
}

static VgStatus check_target(VgArena *arena, const char *target, VgError *error)
{
    struct stat about;
    if (stat(target, &about) != 0)
        return errno == ENOENT ? VG_OK : failed(target, "cannot be looked at", error);
    if (!S_ISDIR(about.st_mode))
        return vg_fail_at(error, VG_INVALID_INPUT, target, 0, "is a file, not a folder for results",
                          "name another folder with -o");
    if (is_empty(target) || is_manifest(arena, target))
        return VG_OK;
    return vg_fail_at(error, VG_INVALID_INPUT, target, 0,
                      "holds files that are no vagus results, so it is not replaced",
                      "name an empty or a new folder with -o");
}

static VgStatus make_inside(VgArena *arena, const char *folder, const char *name, VgError *error)
{
    char *path = vg_path_join(arena, folder, name);
    if (!path)
        return vg_fail_memory(error);
    return mkdir(path, 0777) == 0 ? VG_OK : failed(path, "this folder cannot be made", error);
}

/* The path without trailing slashes, and with a symbolic link at its end followed. */
static char *settled(VgArena *arena, const char *directory)
{
    char real[PATH_MAX];
    char *path = vg_arena_strdup(arena, realpath(directory, real) ? real : directory);
    for (size_t n = path ? strlen(path) : 0; n > 1 && path[n - 1] == '/'; n--)
        path[n - 1] = '\0';
    return path;
}

VgStatus vg_results_folder_begin(VgArena *arena, const char *directory, VgResultsFolder *folder,
                                 VgError *error)
{
    char *target = settled(arena, directory);
    if (!target)
        return vg_fail_memory(error);
    VG_TRY(check_target(arena, target, error));
    VG_TRY(make_parents(arena, target, error));
    char *slash = strrchr(target, '/');
    char *temporary =
        slash ? vg_arena_printf(arena, "%.*s/.%s.XXXXXX", (int)(slash - target), target, slash + 1)
              : vg_arena_printf(arena, ".%s.XXXXXX", target);
    if (!temporary)
        return vg_fail_memory(error);
    if (!mkdtemp(temporary))
        return failed(target, "no folder can be made beside it", error);
    *folder = (VgResultsFolder){target, temporary};
    VgStatus status = VG_OK;
    if (chmod(temporary, 0755) != 0)
        status = failed(temporary, "its permissions cannot be set", error);
    if (status == VG_OK)
        status = make_inside(arena, temporary, "tables", error);
    if (status == VG_OK)
        status = make_inside(arena, temporary, "figures", error);
    if (status != VG_OK)
        vg_results_folder_abandon(folder);
    return status;
}

VgStatus vg_results_folder_file(VgArena *arena, const VgResultsFolder *folder, const char *name,
                                const void *bytes, size_t size, VgError *error)
{
    char *path = vg_path_join(arena, folder->temporary, name);
    if (!path)
        return vg_fail_memory(error);
    FILE *file = fopen(path, "wb");
    if (!file)
        return failed(folder->target, name, error);
    bool ok = size == 0 || fwrite(bytes, 1, size, file) == size;
    ok = fclose(file) == 0 && ok;
    return ok ? VG_OK : failed(folder->target, name, error);
}

/* One sync of the file system the folder lies on, instead of one for each of some forty files. */
static bool sync_all(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (descriptor < 0)
        return false;
    bool ok = syncfs(descriptor) == 0;
    return close(descriptor) == 0 && ok;
}

static bool ours(const char *name)
{
    for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++)
        if (strcmp(OURS[i], name) == 0)
            return true;
    return false;
}

/* Moves what a report does not make from the old folder into the new one; false when one would not
 * move. */
static bool carry_over(VgArena *arena, const char *old, const char *new)
{
    DIR *open = opendir(old);
    bool ok = open != NULL;
    for (struct dirent *entry; open && (entry = readdir(open));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            ours(entry->d_name))
            continue;
        char *from = vg_path_join(arena, old, entry->d_name);
        char *to = vg_path_join(arena, new, entry->d_name);
        ok = from && to && rename(from, to) == 0 && ok;
    }
    if (open)
        closedir(open);
    return ok;
}

/* Puts the new folder in place; afterwards the old one, if any, is at *old. */
static bool swap(VgArena *arena, const VgResultsFolder *folder, const char **old)
{
    *old = NULL;
    if (access(folder->target, F_OK) != 0)
        return rename(folder->temporary, folder->target) == 0;
    *old = folder->temporary;
    if (renameat2(AT_FDCWD, folder->temporary, AT_FDCWD, folder->target, RENAME_EXCHANGE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
        return false;
    char *aside = vg_arena_printf(arena, "%s.old", folder->temporary);
    if (!aside || rename(folder->target, aside) != 0)
        return false;
    if (rename(folder->temporary, folder->target) == 0) {
        *old = aside;
        return true;
    }
    int saved = errno;
    if (rename(aside, folder->target) != 0)
        saved = errno;
    errno = saved;
    return false;
}

VgStatus vg_results_folder_commit(VgArena *arena, const VgResultsFolder *folder, VgError *error)
{
    const char *old, *trouble = NULL;
    if (!sync_all(folder->temporary))
        trouble = "the results cannot be stored safely";
    else if (!swap(arena, folder, &old))
        trouble = "the new results cannot be put in place";
    if (trouble) {
        VgStatus status = failed(folder->target, trouble, error);
        vg_results_folder_abandon(folder);
        return status;
    }
    /* The new results stand. An old folder whose foreign files would not move is left beside them.
     */
    if (old && carry_over(arena, old, folder->target) && !vg_folder_discard(old))
        return failed(old, "the old results cannot be removed (the new ones are in place)", error);
    return VG_OK;
}

void vg_results_folder_abandon(const VgResultsFolder *folder)
{
    int saved = errno;
    vg_folder_discard(folder->temporary); /* if not: the caller's error tells the cause */
    errno = saved;
}
