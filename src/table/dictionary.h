/* The distinct texts of one column, in order of appearance. Texts are packed in a pool in the arena; the hash
 * table is scratch that vg_dictionary_free gives back. */
#ifndef VG_TABLE_DICTIONARY_H
#define VG_TABLE_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vagus/arena.h>

/* Texts of any length, NUL-terminated, one after the other. */
typedef struct VgTextPool {
    VgArena *arena;
    char *next;
    size_t left;
} VgTextPool;

/* NULL when memory is short. */
const char *vg_text_pool_add(VgTextPool *pool, const char *text, size_t length);

typedef struct VgDictionaryEntry {
    const char *text;
    uint32_t length;
    uint32_t hash;
} VgDictionaryEntry;

typedef struct VgDictionary {
    VgDictionaryEntry *entry;
    size_t n, capacity;
    int32_t *slot; /* index into entry, or -1 */
    size_t n_slots;
    int32_t last; /* the entry found last: neighbouring rows often repeat */
} VgDictionary;

/* The index of the text, added when new; -1 when memory is short. O(length). */
int32_t vg_dictionary_add(VgDictionary *dictionary, VgTextPool *pool, const char *text,
                          size_t length);
void vg_dictionary_free(VgDictionary *dictionary);

#endif
