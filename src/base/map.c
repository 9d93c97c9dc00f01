/* Open addressing, FNV-1a with a final mix, growth at 5/8 load. Old tables stay in the arena: together
 * they are no larger than the last one. */
#include "base/map.h"

#include <string.h>

typedef struct Slot {
    uint64_t hash;
    int64_t index; /* -1 = empty */
} Slot;

struct VgMap {
    VgArena *arena;
    Slot *slot;
    size_t n_slots; /* power of two */
    const char **key;
    size_t *length;
    size_t n, capacity;
};

static uint64_t hash_of(const char *key, size_t length)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)key[i]) * 1099511628211u;
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    return h ^ (h >> 32);
}

static Slot *new_slots(VgArena *arena, size_t n)
{
    Slot *slot = vg_arena_alloc_raw(arena, n, sizeof *slot);
    for (size_t i = 0; slot && i < n; i++)
        slot[i].index = -1;
    return slot;
}

VgMap *vg_map_create(VgArena *arena)
{
    VgMap *map = VG_NEW(arena, VgMap, 1);
    if (!map)
        return NULL;
    map->arena = arena;
    map->n_slots = 64;
    map->slot = new_slots(arena, map->n_slots);
    return map->slot ? map : NULL;
}

static size_t locate(const VgMap *map, uint64_t hash, const char *key, size_t length)
{
    size_t i = (size_t)hash & (map->n_slots - 1);
    for (; map->slot[i].index >= 0; i = (i + 1) & (map->n_slots - 1)) {
        size_t k = (size_t)map->slot[i].index;
        if (map->slot[i].hash == hash && map->length[k] == length &&
            (length == 0 || memcmp(map->key[k], key, length) == 0))
            break;
    }
    return i;
}

int64_t vg_map_find(const VgMap *map, const char *key, size_t length)
{
    return map->slot[locate(map, hash_of(key, length), key, length)].index;
}

static int grow_slots(VgMap *map)
{
    size_t n = map->n_slots * 2;
    Slot *slot = new_slots(map->arena, n);
    if (!slot)
        return 0;
    for (size_t i = 0; i < map->n_slots; i++) {
        if (map->slot[i].index < 0)
            continue;
        size_t j = (size_t)map->slot[i].hash & (n - 1);
        while (slot[j].index >= 0)
            j = (j + 1) & (n - 1);
        slot[j] = map->slot[i];
    }
    map->slot = slot;
    map->n_slots = n;
    return 1;
}

static int grow_keys(VgMap *map)
{
    size_t capacity = map->capacity ? map->capacity * 2 : 32;
    const char **key = vg_arena_alloc_raw(map->arena, capacity, sizeof *key);
    size_t *length = vg_arena_alloc_raw(map->arena, capacity, sizeof *length);
    if (!key || !length)
        return 0;
    if (map->n) {
        memcpy(key, map->key, map->n * sizeof *key);
        memcpy(length, map->length, map->n * sizeof *length);
    }
    map->key = key;
    map->length = length;
    map->capacity = capacity;
    return 1;
}

int64_t vg_map_add(VgMap *map, const char *key, size_t length)
{
    uint64_t hash = hash_of(key, length);
    size_t i = locate(map, hash, key, length);
    if (map->slot[i].index >= 0)
        return map->slot[i].index;
    if (map->n * 8 >= map->n_slots * 5) {
        if (!grow_slots(map))
            return -1;
        i = locate(map, hash, key, length);
    }
    if (map->n == map->capacity && !grow_keys(map))
        return -1;
    const char *copy = vg_arena_strndup(map->arena, key, length);
    if (!copy)
        return -1;
    map->key[map->n] = copy;
    map->length[map->n] = length;
    map->slot[i] = (Slot){hash, (int64_t)map->n};
    return (int64_t)map->n++;
}

size_t vg_map_size(const VgMap *map)
{
    return map->n;
}

const char *vg_map_key(const VgMap *map, size_t index)
{
    return map->key[index];
}
