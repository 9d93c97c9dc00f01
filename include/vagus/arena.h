/** @file arena.h
 *  Memory of one analysis: allocate as you go, free all at once. */
#ifndef VAGUS_ARENA_H
#define VAGUS_ARENA_H

#include <stdbool.h>

#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct VgArena VgArena;

/** A point to rewind to. */
typedef struct VgArenaMark {
    void *block;
    size_t used;
} VgArenaMark;

/** A new, empty arena; NULL when memory is short. Free with `vg_arena_destroy`. Not thread-safe. */
VgArena *vg_arena_create(void);

/** Frees the arena and all that was allocated in it. NULL is allowed. */
void vg_arena_destroy(VgArena *arena);

/** `count` × `size` zeroed bytes, aligned to 64; NULL on overflow or when memory is short.
 *  A zero-sized request returns a valid pointer. O(bytes). */
void *vg_arena_alloc(VgArena *arena, size_t count, size_t size);

/** As `vg_arena_alloc`, contents undefined. */
void *vg_arena_alloc_raw(VgArena *arena, size_t count, size_t size);

/** A copy of a string (or its first `length` bytes); NULL when memory is short. */
char *vg_arena_strdup(VgArena *arena, const char *text);
char *vg_arena_strndup(VgArena *arena, const char *text, size_t length);

/** A formatted string; NULL when memory is short. */
char *vg_arena_printf(VgArena *arena, const char *format, ...) VG_PRINTF(2, 3);

/** Where the arena stands now, and back to it: what was allocated since is given back for reuse. */
VgArenaMark vg_arena_mark(const VgArena *arena);
void vg_arena_rewind(VgArena *arena, VgArenaMark mark);

/** True once any allocation in this arena has failed: for code that makes many small ones and tells of it once. */
bool vg_arena_failed(const VgArena *arena);

/** `n` zeroed objects of `Type`; NULL when memory is short. */
#define VG_NEW(arena, Type, n) ((Type *)vg_arena_alloc((arena), (n), sizeof(Type)))

#ifdef __cplusplus
}
#endif
#endif
