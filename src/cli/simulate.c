/* vagus simulate: a design in, a virtual trial as a study folder out. */
#include <vagus/simulate.h>

#include <stdio.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/folder.h"
#include "cli/problems.h"
#include "report/text.h"

VgStatus vg_cli_design_file(VgSession *session, VgDesignFile **design, VgError *error)
{
    VgProblems problems = {0};
    vg_session_progress(session, "reading the design");
    VgStatus status =
        vg_design_file_read(session->arena, session->arguments->input[0], design, &problems, error);
    return vg_cli_tell_problems(session, &problems, "design", status, error);
}

/* Only a folder that simulate has made is replaced: one with a truth.json. */
static VgStatus check_target(VgSession *session, const char *target, VgError *error)
{
    struct stat about;
    if (stat(target, &about) != 0)
        return VG_OK;
    const char *truth = vg_path_join(session->arena, target, "truth.json");
    if (!truth)
        return vg_fail_memory(error);
    if (S_ISDIR(about.st_mode) && stat(truth, &about) == 0)
        return VG_OK;
    return vg_fail_at(error, VG_INVALID_INPUT, target, 0,
                      "this is there already and is no simulated study",
                      "name a new folder; only one with a truth.json is replaced");
}

/* What was written must be a study that check and run take: the design's plan is read here for the first time. */
static VgStatus check_written(VgSession *session, const char *folder, VgError *error)
{
    VgStudy *study = NULL;
    VgProblems problems = {0};
    VgError own = {0};
    VgStatus status = vg_cli_study(session, folder, &study, &problems, &own);
    if (status == VG_OK || (status != VG_INVALID_INPUT && status != VG_NOT_BUILT)) {
        if (status != VG_OK)
            *error = own;
        return status;
    }
    return vg_fail_at(error, status, session->arguments->input[0], 0,
                      "its study has %zu %s, first: %s", own.hint, problems.n_errors,
                      problems.n_errors == 1 ? "problem" : "problems", own.message);
}

static VgStatus write_folder(VgSession *session, const VgStudyFiles *files, const char *target,
                             VgError *error)
{
    const char *folder;
    VG_TRY(vg_folder_begin(session->arena, target, &folder, error));
    VgStatus status = VG_OK;
    for (size_t k = 0; k < files->n && status == VG_OK; k++) {
        const char *path = vg_path_join(session->arena, folder, files->file[k].name);
        status = path ? vg_file_write(path, files->file[k].text, files->file[k].length, error)
                      : vg_fail_memory(error);
    }
    if (status == VG_OK)
        status = check_written(session, folder, error);
    if (status != VG_OK) {
        vg_folder_discard(folder);
        return status;
    }
    return vg_folder_commit(folder, target, error);
}

static VgStatus answer(const VgSession *session, const VgStudyFiles *files, const char *target,
                       uint64_t seed, VgError *error)
{
    VgBuffer out = {0};
    if (session->format == VG_FORMAT_JSON) {
        vg_buffer_text(&out, "{\"vagus\": \"" VAGUS_VERSION
                             "\", \"command\": \"simulate\", \"simulated\": true, \"directory\": ");
        vg_json_string(&out, target);
        vg_buffer_printf(&out, ", \"seed\": %llu, \"files\": [", (unsigned long long)seed);
        for (size_t k = 0; k < files->n; k++) {
            vg_buffer_text(&out, k ? ", " : "");
            vg_json_string(&out, files->file[k].name);
        }
        vg_buffer_text(&out, "]}\n");
    } else if (!session->quiet) {
        vg_buffer_printf(
            &out,
            "Written: %s/study.yaml, its tables and truth.json (SIMULATED, seed %llu).\n"
            "Next: vagus run %s\n",
            target, (unsigned long long)seed, target);
    }
    VgStatus status = vg_buffer_status(&out, error);
    if (status == VG_OK && out.length)
        status = vg_session_write_stdout(out.text, out.length, error);
    vg_buffer_free(&out);
    return status;
}

VgStatus vg_cli_simulate(VgSession *session, VgError *error)
{
    const char *target = vg_argument(session->arguments, "output");
    if (!target)
        return vg_fail(error, VG_USAGE, "vagus simulate needs a folder to write to",
                       "vagus simulate DESIGN -o STUDY");
    VG_TRY(check_target(session, target, error));
    VgDesignFile *design;
    VG_TRY(vg_cli_design_file(session, &design, error));
    const VgSimulateOptions options = {
        .seed = (uint64_t)vg_argument_number(session->arguments, "seed", 1),
        .population = (size_t)vg_argument_number(session->arguments, "population", 0)};
    VgStudyFiles files;
    vg_session_progress(session, "drawing the trial and its truth");
    VG_TRY(vg_simulate_study(session->arena, design, &options, &files, error));
    VG_TRY(write_folder(session, &files, target, error));
    return answer(session, &files, target, options.seed, error);
}
