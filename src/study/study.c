/* vg_study_read: from a folder or file to a study, every problem collected. */
#include <string.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "study/reader.h"

static const char *directory_of(VgArena *arena, const char *file)
{
    const char *slash = strrchr(file, '/');
    if (!slash)
        return ".";
    return slash == file ? "/" : vg_arena_strndup(arena, file, (size_t)(slash - file));
}

/* study.yaml in a folder, or the file itself. */
static VgStatus find_file(VgArena *arena, const char *path, const char **file, VgError *error)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return vg_fail_at(
            error, VG_INVALID_INPUT, path, 0, "there is no such study",
            "name a folder with study.yaml, or the file; `vagus init DIR` writes one");
    *file = path;
    if (!S_ISDIR(about.st_mode))
        return VG_OK;
    *file = vg_path_join(arena, path, "study.yaml");
    if (!*file)
        return vg_fail_memory(error);
    if (stat(*file, &about) != 0)
        return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "the folder has no study.yaml",
                          "name another folder, or `vagus init DIR` to begin one");
    return VG_OK;
}

static void read_sections(VgStudyReader *reader)
{
    void (*const review[])(VgStudyReader *) = {vg_study_read_about, vg_study_read_review,
                                               vg_study_sort_problems};
    void (*const trial[])(VgStudyReader *) = {
        vg_study_read_about,        vg_study_read_visits,        vg_study_read_arms,
        vg_study_read_participants, vg_study_read_randomisation, vg_study_read_scales,
        vg_study_read_outcomes,     vg_study_read_events,        vg_study_read_panel,
        vg_study_read_axis,         vg_study_read_moderators,    vg_study_read_plan,
        vg_study_cross_check,       vg_study_sort_problems};
    bool is_review = vg_yaml_get(reader->root, "evidence") != NULL;
    void (*const *section)(VgStudyReader *) = is_review ? review : trial;
    size_t n = is_review ? sizeof review / sizeof *review : sizeof trial / sizeof *trial;
    for (size_t i = 0; i < n && reader->failed == VG_OK; i++)
        section[i](reader);
}

VgStatus vg_study_load(VgStudyReader *reader, const char *no_mapping, const char *hint,
                       const char **text, size_t *length, VgError *error)
{
    char *bytes;
    VgYaml *root;
    VG_TRY(vg_file_read(reader->arena, reader->file, VG_YAML_MAX_BYTES, &bytes, length, error));
    VG_TRY(vg_yaml_parse(reader->arena, reader->file, bytes, *length, &root, error));
    if (root->kind != VG_YAML_MAP)
        return vg_fail_at(error, VG_INVALID_INPUT, reader->file, root->line, "%s", hint,
                          no_mapping);
    VgInput *input = VG_NEW(reader->arena, VgInput, 1);
    char hex[65];
    vg_sha256(bytes, *length, hex);
    const char *digest = vg_arena_strdup(reader->arena, hex);
    if (!input || !digest)
        return vg_fail_memory(error);
    *input = (VgInput){reader->file, digest, 0};
    reader->root = root;
    reader->study->input = input;
    reader->study->n_inputs = 1;
    *text = bytes;
    return VG_OK;
}

static VgStatus load(VgStudyReader *reader, VgError *error)
{
    const char *text;
    size_t length;
    VG_TRY(vg_study_load(reader, "a study file is a mapping of sections",
                         "`vagus init DIR` writes a commented study file to start from", &text,
                         &length, error));
    if (vg_study_is_design(reader->root))
        return vg_fail_at(error, VG_INVALID_INPUT, reader->file,
                          vg_yaml_key_line(reader->root, "participants"),
                          "this is a design, not a study",
                          "draw a trial from it first: vagus simulate DESIGN -o STUDY");
    return VG_OK;
}

VgStatus vg_study_read(VgArena *arena, const char *path, VgStudy **study, VgProblems *problems,
                       VgError *error)
{
    VgError own = {0};
    *study = NULL;
    *problems = (VgProblems){0};
    VgStudyReader reader = {.arena = arena, .problems = problems};
    reader.study = VG_NEW(arena, VgStudy, 1);
    if (!reader.study)
        return vg_fail_memory(error);
    VgStatus status = find_file(arena, path, &reader.file, &own);
    if (status == VG_OK) {
        reader.study->file = reader.file;
        reader.study->directory = directory_of(arena, reader.file);
        status = reader.study->directory ? load(&reader, &own) : vg_fail_memory(&own);
    }
    if (status == VG_OK) {
        read_sections(&reader);
        status = reader.failed;
        own = reader.failure;
        if (status != VG_OK) /* what was missed for want of memory is no problem of the study's */
            *problems = (VgProblems){0};
    } else {
        vg_study_problem_from(&reader, &own); /* the one problem, so that `check` can list it */
    }
    if (status == VG_OK)
        status = vg_study_first_problem(problems, &own);
    if (status == VG_OK)
        *study = reader.study;
    else if (error)
        *error = own;
    return status;
}
