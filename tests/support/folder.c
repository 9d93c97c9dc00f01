#include "support/folder.h"

#include <stdlib.h>

#include "base/file.h"
#include "base/folder.h"
#include "support/witness.h"

char *folder_new(VgArena *arena)
{
    char *path = vg_arena_strdup(arena, "/tmp/vagus-test-XXXXXX");
    assert_non_null(path);
    assert_non_null(mkdtemp(path));
    return path;
}

void folder_remove(const char *path)
{
    assert_true(vg_folder_discard(path));
}

const char *folder_write(VgArena *arena, const char *folder, const char *name, const char *text)
{
    VgError error = {0};
    const char *path = vg_path_join(arena, folder, name);
    WITNESS_OK(vg_file_write(path, text, strlen(text), &error), &error);
    return path;
}
