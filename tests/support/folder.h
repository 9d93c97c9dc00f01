/* Folders that a test makes and removes. */
#ifndef VG_TESTS_FOLDER_H
#define VG_TESTS_FOLDER_H

#include <vagus/arena.h>

/* A new empty folder; its path is the arena's. Fails the test when it cannot be made. */
char *folder_new(VgArena *arena);

/* Removes it with all it holds; fails the test when something stayed. */
void folder_remove(const char *path);

/* Writes a text file into it and returns its path. */
const char *folder_write(VgArena *arena, const char *folder, const char *name, const char *text);

#endif
