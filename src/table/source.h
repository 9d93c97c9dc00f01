/* The bytes of a table file: mapped, or read from standard input, or inflated; with their digest. */
#ifndef VG_TABLE_SOURCE_H
#define VG_TABLE_SOURCE_H

#include <stdbool.h>

#include <vagus/status.h>

/* After `size` bytes at least one byte is 0 and may be read. */
typedef struct VgSource {
    const char *bytes;
    size_t size;
    char sha256[65];  /* of the file as stored, thus of the compressed bytes of a .gz */
    bool digested;    /* sha256 is final */
    bool file_backed; /* pages may be dropped and come back */
    void *mapping;
    size_t mapped;
    void *heap;
} VgSource;

/* "-" is standard input; gzip is recognised by its first bytes, whatever the name. */
VG_MUST_CHECK VgStatus vg_source_open(const char *path, VgSource *source, VgError *error);

/* A copy of bytes in memory. */
VG_MUST_CHECK VgStatus vg_source_copy(const char *bytes, size_t size, VgSource *source,
                                      VgError *error);

/* Tells that bytes before `offset` are not needed for now: bounds the memory in use. */
void vg_source_release(const VgSource *source, size_t from, size_t offset);

void vg_source_close(VgSource *source);

#endif
