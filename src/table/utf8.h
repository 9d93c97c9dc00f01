/* Whether bytes are UTF-8. */
#ifndef VG_TABLE_UTF8_H
#define VG_TABLE_UTF8_H

#include <stddef.h>

/* The first byte that begins no valid character, or `size`. O(size). */
size_t vg_utf8_first_invalid(const char *bytes, size_t size);

#endif
