#include "table/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"

enum { SLACK = 64, READ_STEP = 1 << 20 };
/* Text of a table shrinks 3- to 50-fold, tables of zeros perhaps 500-fold; deflate's limit is 1032. */
static const size_t BOMB_SIZE = (size_t)256 << 20, BOMB_RATIO = 600;

static VgStatus cannot(const char *path, const char *what, VgError *error)
{
    return vg_fail_at(error, VG_IO, path, 0, "%s: %s", "check the file and its permissions", what,
                      strerror(errno));
}

/* One page of zeros follows the file: scanning may run one byte past the end and stops there. */
static VgStatus map_file(const char *path, int descriptor, size_t size, VgSource *source,
                         VgError *error)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - 2 * page)
        return vg_fail_memory(error);
    size_t mapped = (size + page - 1) / page * page + page;
    char *memory = mmap(NULL, mapped, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return vg_fail_memory(error);
    source->mapping = memory;
    source->mapped = mapped;
    if (mmap(memory, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, descriptor, 0) == MAP_FAILED)
        return cannot(path, "cannot be mapped", error);
    madvise(memory, size, MADV_SEQUENTIAL);
    source->bytes = memory;
    source->size = size;
    source->file_backed = true;
    return VG_OK;
}

/* Pipes, terminals, standard input. */
static VgStatus read_stream(const char *path, int descriptor, VgSource *source, VgError *error)
{
    size_t capacity = 0, size = 0;
    for (;;) {
        if (!vg_grow(&source->heap, &capacity, size + READ_STEP + SLACK, 1))
            return vg_fail_memory(error);
        ssize_t got = read(descriptor, (char *)source->heap + size, READ_STEP);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cannot(path, "cannot be read", error);
        if (got == 0)
            break;
        size += (size_t)got;
    }
    memset((char *)source->heap + size, 0, SLACK);
    source->bytes = source->heap;
    source->size = size;
    return VG_OK;
}

static VgStatus open_plain(const char *path, VgSource *source, VgError *error)
{
    if (strcmp(path, "-") == 0)
        return read_stream(path, STDIN_FILENO, source, error);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return vg_fail_at(error, errno == EACCES || errno == EMFILE ? VG_IO : VG_INVALID_INPUT,
                          path, 0, "cannot be opened: %s", "check the name and the folder",
                          strerror(errno));
    struct stat about;
    VgStatus status;
    if (fstat(descriptor, &about) != 0)
        status = cannot(path, "cannot be examined", error);
    else if (S_ISDIR(about.st_mode))
        status = vg_fail_at(error, VG_INVALID_INPUT, path, 0, "is a folder, not a table",
                            "name the file in it");
    else if (S_ISREG(about.st_mode) && about.st_size > 0)
        status = map_file(path, descriptor, (size_t)about.st_size, source, error);
    else
        status = read_stream(path, descriptor, source, error);
    close(descriptor);
    return status;
}

typedef struct Inflation {
    z_stream stream;
    char *text;
    size_t capacity, size;
} Inflation;

static VgStatus corrupt(const char *path, const char *what, VgError *error)
{
    return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "the gzip stream is damaged: %s",
                      "copy or download the file again", what ? what : "it ends too early");
}

/* All members of the file, one after the other, as gzip itself does. */
static VgStatus inflate_all(const char *path, const VgSource *packed, Inflation *inflation,
                            VgError *error)
{
    z_stream *stream = &inflation->stream;
    size_t consumed = 0;
    for (int code = Z_OK;;) {
        if (stream->avail_in == 0 && consumed < packed->size) {
            size_t step = packed->size - consumed;
            step = step > UINT_MAX / 2 ? UINT_MAX / 2 : step;
            stream->next_in = (Bytef *)(uintptr_t)(packed->bytes + consumed);
            stream->avail_in = (uInt)step;
            consumed += step;
        }
        void *grown = inflation->text;
        if (!vg_grow(&grown, &inflation->capacity, inflation->size + READ_STEP + SLACK, 1))
            return vg_fail_memory(error);
        inflation->text = grown;
        stream->next_out = (Bytef *)inflation->text + inflation->size;
        stream->avail_out = READ_STEP;
        code = inflate(stream, Z_NO_FLUSH);
        inflation->size += READ_STEP - stream->avail_out;
        if (inflation->size > BOMB_SIZE && inflation->size / BOMB_RATIO > packed->size)
            return vg_fail_at(
                error, VG_INVALID_INPUT, path, 0, "inflates to more than %zu times its size",
                "this looks like a bomb; if it is a table, unpack it first", BOMB_RATIO);
        if (code == Z_STREAM_END) {
            if (stream->avail_in == 0 && consumed == packed->size)
                return VG_OK;
            if (inflateReset(stream) != Z_OK)
                return corrupt(path, stream->msg, error);
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            return code == Z_MEM_ERROR ? vg_fail_memory(error) : corrupt(path, stream->msg, error);
        } else if (stream->avail_in == 0 && consumed == packed->size && stream->avail_out > 0) {
            return corrupt(path, NULL, error);
        }
    }
}

static VgStatus inflate_source(const char *path, VgSource *source, VgError *error)
{
    VgSource packed = *source;
    vg_sha256(packed.bytes, packed.size, packed.sha256);
    Inflation inflation = {0};
    if (inflateInit2(&inflation.stream, 15 + 16) != Z_OK)
        return vg_fail_memory(error);
    VgStatus status = inflate_all(path, &packed, &inflation, error);
    inflateEnd(&inflation.stream);
    if (status != VG_OK) {
        vg_free(inflation.text);
        return status;
    }
    memset(inflation.text + inflation.size, 0, SLACK);
    vg_source_close(source);
    *source = (VgSource){
        .bytes = inflation.text, .size = inflation.size, .digested = true, .heap = inflation.text};
    memcpy(source->sha256, packed.sha256, sizeof packed.sha256);
    return VG_OK;
}

VgStatus vg_source_open(const char *path, VgSource *source, VgError *error)
{
    *source = (VgSource){0};
    VgStatus status = open_plain(path, source, error);
    bool gzip = status == VG_OK && source->size > 2 && memcmp(source->bytes, "\x1f\x8b", 2) == 0;
    if (gzip)
        status = inflate_source(path, source, error);
    if (status != VG_OK)
        vg_source_close(source);
    return status;
}

VgStatus vg_source_copy(const char *bytes, size_t size, VgSource *source, VgError *error)
{
    *source = (VgSource){0};
    char *copy = size < SIZE_MAX - SLACK ? vg_malloc(size + SLACK) : NULL;
    if (!copy)
        return vg_fail_memory(error);
    if (size)
        memcpy(copy, bytes, size);
    memset(copy + size, 0, SLACK);
    source->bytes = copy;
    source->size = size;
    source->heap = copy;
    return VG_OK;
}

void vg_source_release(const VgSource *source, size_t from, size_t offset)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    from = from / page * page;
    offset = offset / page * page;
    if (source->file_backed && offset > from)
        madvise((char *)source->mapping + from, offset - from, MADV_DONTNEED);
}

void vg_source_close(VgSource *source)
{
    if (source->mapping)
        munmap(source->mapping, source->mapped);
    vg_free(source->heap);
    *source = (VgSource){0};
}
