/* Strings to indices: the one hash table. */
#ifndef VG_BASE_MAP_H
#define VG_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

#include <vagus/arena.h>

typedef struct VgMap VgMap;

/* An empty map in the arena; NULL when memory is short. */
VgMap *vg_map_create(VgArena *arena);
/* The index of a key, or -1. O(length). */
int64_t vg_map_find(const VgMap *map, const char *key, size_t length);
/* The index of a key, adding it (copied) with the next index 0, 1, … when new; -1 when memory is short. */
int64_t vg_map_add(VgMap *map, const char *key, size_t length);
size_t vg_map_size(const VgMap *map);
/* The key with that index. */
const char *vg_map_key(const VgMap *map, size_t index);

#endif
