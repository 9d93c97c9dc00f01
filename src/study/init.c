/* vg_study_init: a new study folder to start from. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include <vagus/study.h>

#include "base/file.h"
#include "base/folder.h"
#include "study/init.h"

static VgStatus check_template(const char *name, VgError *error)
{
    static const char *const PLANNED[] = {"nof1", "fmt"};
    if (!name || strcmp(name, "trial") == 0 || strcmp(name, "meta") == 0)
        return VG_OK;
    for (size_t i = 0; i < sizeof PLANNED / sizeof *PLANNED; i++)
        if (strcmp(name, PLANNED[i]) == 0)
            return vg_fail(error, VG_NOT_BUILT, "template %s: not available in this version",
                           "use the template trial or meta", name);
    return vg_fail(error, VG_INVALID_INPUT, "there is no template `%s`",
                   "use the template trial or meta", name);
}

/* Only a new or an empty folder is taken. */
static VgStatus check_empty(const char *directory, VgError *error)
{
    DIR *open = opendir(directory);
    if (!open && errno == ENOENT)
        return VG_OK;
    if (!open)
        return vg_fail_at(error, errno == ENOTDIR ? VG_INVALID_INPUT : VG_IO, directory, 0,
                          "the folder cannot be read: %s", "name a new folder", strerror(errno));
    bool empty = true;
    for (struct dirent *entry; empty && (entry = readdir(open));)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(open);
    if (!empty)
        return vg_fail_at(error, VG_INVALID_INPUT, directory, 0, "the folder is not empty",
                          "name a new folder; nothing was written");
    return VG_OK;
}

static VgStatus write_in(VgArena *arena, const char *directory, const char *name, const char *text,
                         size_t length, VgError *error)
{
    const char *path = vg_path_join(arena, directory, name);
    if (!path)
        return vg_fail_memory(error);
    return vg_file_write(path, text, length, error);
}

static VgStatus write_files(VgArena *arena, const char *directory, bool review, VgError *error)
{
    enum { MOST_FILES = 4 };
    static const char *const TRIAL[MOST_FILES] = {"participants.csv", "scores.csv",
                                                  "adverse_events.csv", "study.yaml"};
    static const char *const REVIEW[] = {"trials.csv", "study.yaml"};
    VgBuffer file[MOST_FILES] = {0};
    if (review) {
        vg_study_template_review(&file[1], &file[0]);
    } else {
        vg_study_template_tables(&file[0], &file[1], &file[2]);
        vg_study_template_trial(&file[3]);
    }
    const char *const *name = review ? REVIEW : TRIAL;
    size_t n = review ? sizeof REVIEW / sizeof *REVIEW : MOST_FILES;
    VgStatus status = VG_OK;
    for (size_t i = 0; i < n && status == VG_OK; i++)
        status = vg_buffer_status(&file[i], error);
    for (size_t i = 0; i < n && status == VG_OK; i++)
        status = write_in(arena, directory, name[i], file[i].text, file[i].length, error);
    for (size_t i = 0; i < n; i++)
        vg_buffer_free(&file[i]);
    return status;
}

VgStatus vg_study_init(const char *directory, const char *template_name, VgError *error)
{
    VG_TRY(check_template(template_name, error));
    VG_TRY(check_empty(directory, error));
    VgArena *arena = vg_arena_create();
    if (!arena)
        return vg_fail_memory(error);
    const char *path;
    VgStatus status = vg_folder_begin(arena, directory, &path, error);
    if (status == VG_OK) {
        bool review = template_name && strcmp(template_name, "meta") == 0;
        status = write_files(arena, path, review, error);
        if (status == VG_OK)
            status = vg_folder_commit(path, directory, error);
        else
            vg_folder_discard(path);
    }
    vg_arena_destroy(arena);
    return status;
}
