/* Work that a library does on bytes nobody vouches for, in a process of its own: if it fails, hangs or crashes there, we get
 * an error. Libraries that read old and rich binary formats do crash on damaged files. */
#ifndef VG_TABLE_FEATURES_ISOLATED_H
#define VG_TABLE_FEATURES_ISOLATED_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/status.h>

/* Where the work's answer goes. */
typedef struct VgOutlet {
    int descriptor;
    bool failed;
} VgOutlet;
void vg_outlet_write(VgOutlet *outlet, const void *bytes, size_t size);

/* Runs body(context, outlet) in a child process with at most `seconds` of processor time; *bytes (malloc'ed) is what it
 * wrote. `body` must not touch what outlives it: it works on a copy of our memory.
 * @return VG_INVALID_INPUT without a message when the child crashed or ran out of time; VG_NO_MEMORY; VG_IO */
VG_MUST_CHECK VgStatus vg_isolated(void (*body)(void *context, VgOutlet *outlet), void *context,
                                   unsigned seconds, char **bytes, size_t *size, VgError *error);

#endif
