#include "table/dictionary.h"

#include <string.h>

#include "base/memory.h"

enum { POOL_STEP = 256 * 1024, FIRST_SLOTS = 64, LARGE = 1 << 16 };

const char *vg_text_pool_add(VgTextPool *pool, const char *text, size_t length)
{
    if (length > UINT32_MAX - 1)
        return NULL;
    if (length + 1 > pool->left) {
        size_t step = length + 1 > POOL_STEP / 4 ? length + 1 : POOL_STEP;
        char *block = vg_arena_alloc_raw(pool->arena, step, 1);
        if (!block)
            return NULL;
        if (step != POOL_STEP) { /* a giant gets its own block; the current one stays in use */
            memcpy(block, text, length);
            block[length] = '\0';
            return block;
        }
        pool->next = block;
        pool->left = step;
    }
    char *copy = pool->next;
    if (length)
        memcpy(copy, text, length);
    copy[length] = '\0';
    pool->next += length + 1;
    pool->left -= length + 1;
    return copy;
}

static uint32_t hash_of(const char *text, size_t length)
{
    const uint64_t multiplier = 0x9E3779B97F4A7C15u;
    uint64_t h = length * multiplier, word;
    for (; length >= 8; text += 8, length -= 8) {
        memcpy(&word, text, 8);
        h = (h ^ word) * multiplier;
        h ^= h >> 29;
    }
    word = 0;
    for (size_t i = 0; i < length; i++)
        word = word << 8 | (unsigned char)text[i];
    h = (h ^ word) * multiplier;
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    return (uint32_t)(h >> 32);
}

static bool grow_slots(VgDictionary *dictionary)
{
    /* large tables grow faster: each growth touches all of a table that no cache holds */
    size_t factor = dictionary->n_slots > LARGE ? 4 : 2;
    size_t n_slots = dictionary->n_slots ? dictionary->n_slots * factor : FIRST_SLOTS, bytes;
    if (!vg_size_product(n_slots, sizeof *dictionary->slot, &bytes))
        return false;
    int32_t *slot = vg_malloc(bytes);
    if (!slot)
        return false;
    memset(slot, 0xFF, bytes);
    for (size_t k = 0; k < dictionary->n; k++) {
        size_t i = dictionary->entry[k].hash & (n_slots - 1);
        while (slot[i] >= 0)
            i = (i + 1) & (n_slots - 1);
        slot[i] = (int32_t)k;
    }
    vg_free(dictionary->slot);
    dictionary->slot = slot;
    dictionary->n_slots = n_slots;
    return true;
}

static bool is_entry(const VgDictionaryEntry *entry, const char *text, size_t length)
{
    return entry->length == length && memcmp(entry->text, text, length) == 0;
}

int32_t vg_dictionary_add(VgDictionary *dictionary, VgTextPool *pool, const char *text,
                          size_t length)
{
    if (dictionary->n && is_entry(&dictionary->entry[dictionary->last], text, length))
        return dictionary->last;
    if (dictionary->n >= dictionary->n_slots / 2 && !grow_slots(dictionary))
        return -1;
    uint32_t hash = hash_of(text, length);
    size_t mask = dictionary->n_slots - 1, i = hash & mask;
    for (; dictionary->slot[i] >= 0; i = (i + 1) & mask) {
        const VgDictionaryEntry *entry = &dictionary->entry[dictionary->slot[i]];
        if (entry->hash == hash && is_entry(entry, text, length))
            return dictionary->last = dictionary->slot[i];
    }
    if (dictionary->n >= INT32_MAX)
        return -1;
    void *grown = dictionary->entry;
    if (!vg_grow(&grown, &dictionary->capacity, dictionary->n + 1, sizeof *dictionary->entry))
        return -1;
    dictionary->entry = grown;
    const char *copy = vg_text_pool_add(pool, text, length);
    if (!copy)
        return -1;
    dictionary->entry[dictionary->n] = (VgDictionaryEntry){copy, (uint32_t)length, hash};
    dictionary->slot[i] = (int32_t)dictionary->n;
    return dictionary->last = (int32_t)dictionary->n++;
}

void vg_dictionary_free(VgDictionary *dictionary)
{
    vg_free(dictionary->entry);
    vg_free(dictionary->slot);
    *dictionary = (VgDictionary){0};
}
