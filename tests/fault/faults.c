/* The program with faults: linked with --wrap, so that the k-th allocation from the system, the k-th request to an
 * arena, or the k-th write (open, make a folder, rename, sync) of our own code fails. VAGUS_FAIL_ALLOCATION, VAGUS_FAIL_ARENA or
 * VAGUS_FAIL_WRITE chooses k; VAGUS_FAULT_COUNT=FILE gets how many of each there were. Used by faults.sh; the
 * product knows nothing of it. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <vagus/arena.h>

typedef struct Fault {
    const char *variable;
    int error;
    atomic_long count;
    long failing;
} Fault;

static Fault allocation = {"VAGUS_FAIL_ALLOCATION", ENOMEM, 0, 0};
static Fault arena = {"VAGUS_FAIL_ARENA", ENOMEM, 0, 0};
static Fault writing = {"VAGUS_FAIL_WRITE", ENOSPC, 0, 0};

FILE *__real_fopen(const char *path, const char *mode);

static void report(void)
{
    const char *path = getenv("VAGUS_FAULT_COUNT");
    FILE *file = path ? __real_fopen(path, "w") : NULL;
    if (!file)
        return;
    fprintf(file, "%ld %ld %ld\n", (long)allocation.count, (long)arena.count, (long)writing.count);
    fclose(file);
}

static void choose(Fault *fault)
{
    const char *value = getenv(fault->variable);
    fault->failing = value ? atol(value) : 0;
}

__attribute__((constructor)) static void begin(void)
{
    choose(&allocation);
    choose(&arena);
    choose(&writing);
    atexit(report);
}

static int fails(Fault *fault)
{
    if (atomic_fetch_add(&fault->count, 1) + 1 != fault->failing)
        return 0;
    errno = fault->error;
    return 1;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *pointer, size_t size);
ssize_t __real_write(int descriptor, const void *bytes, size_t size);
int __real_rename(const char *from, const char *to);
int __real_renameat2(int from_folder, const char *from, int to_folder, const char *to,
                     unsigned how);
int __real_fsync(int descriptor);
int __real_syncfs(int descriptor);
int __real_mkdir(const char *path, mode_t mode);
char *__real_mkdtemp(char *pattern);
size_t __real_fwrite(const void *bytes, size_t size, size_t n, FILE *stream);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *pointer, size_t size);
ssize_t __wrap_write(int descriptor, const void *bytes, size_t size);
int __wrap_rename(const char *from, const char *to);
int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to,
                     unsigned how);
int __wrap_fsync(int descriptor);
int __wrap_syncfs(int descriptor);
int __wrap_mkdir(const char *path, mode_t mode);
char *__wrap_mkdtemp(char *pattern);
FILE *__wrap_fopen(const char *path, const char *mode);
size_t __wrap_fwrite(const void *bytes, size_t size, size_t n, FILE *stream);

void *__wrap_malloc(size_t size)
{
    return fails(&allocation) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails(&allocation) ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *pointer, size_t size)
{
    return fails(&allocation) ? NULL : __real_realloc(pointer, size);
}

ssize_t __wrap_write(int descriptor, const void *bytes, size_t size)
{
    return fails(&writing) ? -1 : __real_write(descriptor, bytes, size);
}

int __wrap_rename(const char *from, const char *to)
{
    return fails(&writing) ? -1 : __real_rename(from, to);
}

int __wrap_fsync(int descriptor)
{
    return fails(&writing) ? -1 : __real_fsync(descriptor);
}

int __wrap_renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned how)
{
    return fails(&writing) ? -1 : __real_renameat2(from_folder, from, to_folder, to, how);
}

int __wrap_syncfs(int descriptor)
{
    return fails(&writing) ? -1 : __real_syncfs(descriptor);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    return fails(&writing) ? -1 : __real_mkdir(path, mode);
}

char *__wrap_mkdtemp(char *pattern)
{
    return fails(&writing) ? NULL : __real_mkdtemp(pattern);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
    return mode[0] == 'w' && fails(&writing) ? NULL : __real_fopen(path, mode);
}

size_t __wrap_fwrite(const void *bytes, size_t size, size_t n, FILE *stream)
{
    return fails(&writing) ? 0 : __real_fwrite(bytes, size, n, stream);
}

void *__real_vg_arena_alloc(VgArena *from, size_t count, size_t size);
void *__real_vg_arena_alloc_raw(VgArena *from, size_t count, size_t size);
char *__real_vg_arena_strdup(VgArena *from, const char *text);
char *__real_vg_arena_strndup(VgArena *from, const char *text, size_t length);

void *__wrap_vg_arena_alloc(VgArena *from, size_t count, size_t size);
void *__wrap_vg_arena_alloc_raw(VgArena *from, size_t count, size_t size);
char *__wrap_vg_arena_strdup(VgArena *from, const char *text);
char *__wrap_vg_arena_strndup(VgArena *from, const char *text, size_t length);

/* As a real failure: the arena itself remembers it. */
static void *no_room(VgArena *from)
{
    return __real_vg_arena_alloc_raw(from, (size_t)-1, 2);
}

void *__wrap_vg_arena_alloc(VgArena *from, size_t count, size_t size)
{
    return fails(&arena) ? no_room(from) : __real_vg_arena_alloc(from, count, size);
}

void *__wrap_vg_arena_alloc_raw(VgArena *from, size_t count, size_t size)
{
    return fails(&arena) ? no_room(from) : __real_vg_arena_alloc_raw(from, count, size);
}

char *__wrap_vg_arena_strdup(VgArena *from, const char *text)
{
    return fails(&arena) ? no_room(from) : __real_vg_arena_strdup(from, text);
}

char *__wrap_vg_arena_strndup(VgArena *from, const char *text, size_t length)
{
    return fails(&arena) ? no_room(from) : __real_vg_arena_strndup(from, text, length);
}
