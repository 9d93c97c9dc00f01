#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

static VgStatus read_all(VgArena *arena, int descriptor, const char *path, size_t limit,
                         char **bytes, size_t *size, VgError *error)
{
    char *text = NULL;
    size_t length = 0, capacity = 0;
    for (;;) {
        void *grown = text;
        if (!vg_grow(&grown, &capacity, length + 65536, 1)) {
            vg_free(text);
            return vg_fail_memory(error);
        }
        text = grown;
        ssize_t got = read(descriptor, text + length, capacity - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            vg_free(text);
            return vg_fail_at(error, VG_IO, path, 0, "cannot be read: %s",
                              "check the file and its permissions", strerror(errno));
        }
        if (got == 0)
            break;
        length += (size_t)got;
        if (length > limit) {
            vg_free(text);
            return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "larger than %zu bytes",
                              "this is not the kind of file that is expected here", limit);
        }
    }
    *bytes = vg_arena_strndup(arena, text, length);
    *size = length;
    vg_free(text);
    return *bytes ? VG_OK : vg_fail_memory(error);
}

VgStatus vg_file_read(VgArena *arena, const char *path, size_t limit, char **bytes, size_t *size,
                      VgError *error)
{
    if (strcmp(path, "-") == 0)
        return read_all(arena, STDIN_FILENO, path, limit, bytes, size, error);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return vg_fail_at(error, errno == EACCES ? VG_IO : VG_INVALID_INPUT, path, 0,
                          "cannot be opened: %s", "check the name and the folder", strerror(errno));
    struct stat about;
    VgStatus status;
    if (fstat(descriptor, &about) == 0 && S_ISDIR(about.st_mode))
        status = vg_fail_at(error, VG_INVALID_INPUT, path, 0, "is a folder, not a file",
                            "name the file in it");
    else
        status = read_all(arena, descriptor, path, limit, bytes, size, error);
    close(descriptor);
    return status;
}

static VgStatus write_error(const char *path, VgError *error)
{
    return vg_fail_at(error, VG_IO, path, 0, "cannot be written: %s",
                      "check free space and permissions; nothing was changed", strerror(errno));
}

static bool write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* A device or a pipe is written to, not replaced. */
static VgStatus write_special(const char *path, const void *bytes, size_t size, VgError *error)
{
    int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0)
        return write_error(path, error);
    bool ok = write_all(descriptor, bytes, size);
    VgStatus status = ok ? VG_OK : write_error(path, error);
    if (close(descriptor) != 0 && ok)
        status = write_error(path, error);
    return status;
}

VgStatus vg_file_write(const char *path, const void *bytes, size_t size, VgError *error)
{
    struct stat about;
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) {
        if (S_ISDIR(about.st_mode))
            return vg_fail_at(error, VG_IO, path, 0, "is a folder", "name a file");
        return write_special(path, bytes, size, error);
    }
    size_t length = strlen(path);
    char *temporary = vg_malloc(length + 8);
    if (!temporary)
        return vg_fail_memory(error);
    memcpy(temporary, path, length);
    memcpy(temporary + length, ".XXXXXX", 8);
    int descriptor = mkstemp(temporary);
    if (descriptor < 0) {
        vg_free(temporary);
        return write_error(path, error);
    }
    bool ok = fchmod(descriptor, 0644) == 0 && write_all(descriptor, bytes, size) &&
              fsync(descriptor) == 0;
    int saved = errno; /* close may change it */
    if (close(descriptor) != 0 && ok) {
        ok = false;
        saved = errno;
    }
    if (ok && rename(temporary, path) != 0) {
        ok = false;
        saved = errno;
    }
    VgStatus status = VG_OK;
    if (!ok) {
        unlink(temporary);
        errno = saved;
        status = write_error(path, error);
    }
    vg_free(temporary);
    return status;
}

char *vg_path_join(VgArena *arena, const char *directory, const char *name)
{
    if (name[0] == '/' || directory[0] == '\0')
        return vg_arena_strdup(arena, name);
    return vg_arena_printf(arena, "%s/%s", directory, name);
}
