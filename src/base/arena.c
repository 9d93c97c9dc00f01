/* Arena: a list of blocks, each twice the last; allocation is a bump of a pointer. */
#include <vagus/arena.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"

enum { ALIGNMENT = 64, FIRST_BLOCK = 64 * 1024 };
static const size_t LARGEST_STEP = (size_t)64 << 20;

typedef struct Block Block;
struct Block {
    Block *previous;
    size_t capacity; /* bytes after the header */
    size_t used;
    char *start; /* first aligned byte */
};

struct VgArena {
    Block *top;
    Block *spare; /* one rewound block kept for reuse: mark/rewind in a loop allocates nothing */
    bool failed;
};

VgArena *vg_arena_create(void)
{
    VgArena *arena = vg_malloc(sizeof *arena);
    if (arena)
        *arena = (VgArena){0};
    return arena;
}

void vg_arena_destroy(VgArena *arena)
{
    if (!arena)
        return;
    for (Block *block = arena->top; block;) {
        Block *previous = block->previous;
        vg_free(block);
        block = previous;
    }
    vg_free(arena->spare);
    vg_free(arena);
}

static Block *add_block(VgArena *arena, size_t needed)
{
    if (arena->spare && arena->spare->capacity >= needed) {
        Block *block = arena->spare;
        arena->spare = NULL;
        block->previous = arena->top;
        block->used = 0;
        return arena->top = block;
    }
    size_t capacity = arena->top ? arena->top->capacity * 2 : FIRST_BLOCK;
    if (capacity > LARGEST_STEP)
        capacity = LARGEST_STEP;
    if (capacity < needed)
        capacity = needed;
    if (capacity > SIZE_MAX - sizeof(Block) - ALIGNMENT)
        return NULL;
    Block *block = vg_malloc(sizeof(Block) + ALIGNMENT + capacity);
    if (!block)
        return NULL;
    uintptr_t first = (uintptr_t)(block + 1);
    first = (first + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
    *block = (Block){arena->top, capacity, 0, (char *)block + (first - (uintptr_t)block)};
    return arena->top = block;
}

void *vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (!vg_size_product(count, size, &bytes) || bytes > SIZE_MAX - ALIGNMENT) {
        arena->failed = true;
        return NULL;
    }
    bytes = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (bytes == 0)
        bytes = ALIGNMENT;
    Block *block = arena->top;
    if (!block || block->capacity - block->used < bytes) {
        block = add_block(arena, bytes);
        if (!block) {
            arena->failed = true;
            return NULL;
        }
    }
    void *pointer = block->start + block->used;
    block->used += bytes;
    return pointer;
}

void *vg_arena_alloc(VgArena *arena, size_t count, size_t size)
{
    void *pointer = vg_arena_alloc_raw(arena, count, size);
    if (pointer)
        memset(pointer, 0, count * size);
    return pointer;
}

char *vg_arena_strndup(VgArena *arena, const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? vg_arena_alloc_raw(arena, length + 1, 1) : NULL;
    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *vg_arena_strdup(VgArena *arena, const char *text)
{
    return vg_arena_strndup(arena, text, strlen(text));
}

char *vg_arena_printf(VgArena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : vg_arena_alloc_raw(arena, (size_t)length + 1, 1);
    if (!text)
        return NULL;
    va_start(arguments, format);
    vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return text;
}

VgArenaMark vg_arena_mark(const VgArena *arena)
{
    return (VgArenaMark){arena->top, arena->top ? arena->top->used : 0};
}

void vg_arena_rewind(VgArena *arena, VgArenaMark mark)
{
    while (arena->top != mark.block) {
        Block *block = arena->top;
        arena->top = block->previous;
        if (!arena->spare || arena->spare->capacity < block->capacity) {
            vg_free(arena->spare);
            arena->spare = block;
        } else {
            vg_free(block);
        }
    }
    if (arena->top)
        arena->top->used = mark.used;
}

bool vg_arena_failed(const VgArena *arena)
{
    return arena->failed;
}
