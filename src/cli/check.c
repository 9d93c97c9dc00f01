/* vagus check: every problem of a study or a design at once. */
#include <string.h>
#include <sys/stat.h>

#include <vagus/design_file.h>
#include <vagus/review.h>

#include "base/file.h"
#include "cli/problems.h"
#include "report/text.h"

static void plain_line(VgBuffer *buffer, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        vg_buffer_append(buffer, *c < 0x20 || *c == 0x7F ? " " : (const char *)c, 1);
    vg_buffer_text(buffer, "\n");
}

void vg_problems_text(VgBuffer *buffer, const VgProblems *problems)
{
    for (size_t i = 0; i < problems->n; i++) {
        char text[1200];
        VgError copy = problems->item[i].error;
        if (problems->item[i].warning) {
            char message[sizeof copy.message];
            snprintf(message, sizeof message, "warning: %.*s", (int)sizeof message - 16,
                     problems->item[i].error.message);
            memcpy(copy.message, message, sizeof message);
        }
        vg_error_format(&copy, text, sizeof text);
        plain_line(buffer, text);
    }
}

/* [{"severity", "code", "message", "file", "line", "hint"}, …] */
static void problems_json(VgBuffer *buffer, const VgProblems *problems)
{
    vg_buffer_text(buffer, "[");
    for (size_t i = 0; i < problems->n; i++) {
        VgBuffer one = {0};
        vg_error_json(&one, &problems->item[i].error);
        if (!one.failed)
            vg_buffer_printf(buffer, "%s\n  {\"severity\": \"%s\", %s", i ? "," : "",
                             problems->item[i].warning ? "warning" : "error", one.text + 1);
        buffer->failed |= one.failed;
        vg_buffer_free(&one);
    }
    vg_buffer_text(buffer, problems->n ? "\n]" : "]");
}

static void problems_csv(VgBuffer *buffer, const VgProblems *problems)
{
    vg_buffer_text(buffer, "severity,code,file,line,message,hint\n");
    for (size_t i = 0; i < problems->n; i++) {
        const VgError *error = &problems->item[i].error;
        vg_buffer_printf(buffer, "%s,%s,", problems->item[i].warning ? "warning" : "error",
                         vg_status_name(error->code));
        vg_csv_put_text(buffer, error->file);
        if (error->line)
            vg_buffer_printf(buffer, ",%zu,", error->line);
        else
            vg_buffer_text(buffer, ",,");
        vg_csv_put_text(buffer, error->message);
        vg_buffer_text(buffer, ",");
        vg_csv_put_text(buffer, error->hint);
        vg_buffer_text(buffer, "\n");
    }
}

static void review_summary(VgBuffer *buffer, const VgStudy *study)
{
    const VgReview *review = study->review;
    size_t n = review->plan.n_analyses, rows = review->table->n_rows;
    vg_buffer_printf(buffer, "%s: %zu %s in %s, %zu %s in the plan\n", study->title, rows,
                     rows == 1 ? "row" : "rows", review->table->path, n,
                     n == 1 ? "analysis" : "analyses");
}

/* "3 problems, 1 warning" in words. */
static void summary(VgBuffer *buffer, const VgProblems *problems, const VgStudy *study)
{
    size_t errors = problems->n_errors, warnings = problems->n - problems->n_errors;
    size_t n = study ? study->n_analyses + study->n_mechanisms + study->n_strata_plans +
                           study->n_prediction_plans
                     : 0;
    vg_buffer_printf(buffer, "%zu %s, %zu %s\n", errors, errors == 1 ? "problem" : "problems",
                     warnings, warnings == 1 ? "warning" : "warnings");
    if (study && errors == 0 && study->review)
        review_summary(buffer, study);
    else if (study && errors == 0)
        vg_buffer_printf(buffer, "%s: %zu participants, %zu arms, %zu visits, %zu %s in the plan\n",
                         study->title ? study->title : study->file, study->n_participants,
                         study->n_arms, study->n_visits, n, n == 1 ? "analysis" : "analyses");
}

static void print_json(VgBuffer *buffer, const VgSession *session, const VgProblems *problems)
{
    vg_buffer_text(buffer,
                   "{\"vagus\": \"" VAGUS_VERSION "\", \"command\": \"check\", \"study\": ");
    vg_json_string(buffer, session->arguments->input[0]);
    vg_buffer_printf(buffer,
                     ", \"n_errors\": %zu, \"n_warnings\": %zu, \"problems\": ", problems->n_errors,
                     problems->n - problems->n_errors);
    problems_json(buffer, problems);
    vg_buffer_text(buffer, "}\n");
}

/* A file called design.yaml or one that reads like it, or a folder with one and no study.yaml. */
static bool is_design(VgSession *session, const char *path)
{
    static const char NAME[] = "design.yaml";
    struct stat about;
    size_t length = strlen(path), tail = sizeof NAME - 1;
    if (stat(path, &about) != 0)
        return false;
    if (!S_ISDIR(about.st_mode))
        return (length >= tail && strcmp(path + length - tail, NAME) == 0) ||
               vg_design_file_is(session->arena, path);
    const char *study = vg_path_join(session->arena, path, "study.yaml"),
               *design = vg_path_join(session->arena, path, NAME);
    return study && design && stat(study, &about) != 0 && stat(design, &about) == 0;
}

static VgStatus read_either(VgSession *session, VgStudy **study, VgProblems *problems,
                            VgError *error)
{
    const char *path = session->arguments->input[0];
    VgDesignFile *design;
    if (is_design(session, path))
        return vg_design_file_read(session->arena, path, &design, problems, error);
    return vg_cli_study(session, path, study, problems, error);
}

/* The answer is the list; a study with problems also ends with its first error, told once. */
VgStatus vg_cli_check(VgSession *session, VgError *error)
{
    VgStudy *study = NULL;
    VgProblems problems = {0};
    VgStatus status = read_either(session, &study, &problems, error);
    if (problems.n_errors == 0 && status != VG_OK)
        return status;
    VgBuffer buffer = {0};
    if (session->format == VG_FORMAT_JSON) {
        print_json(&buffer, session, &problems);
    } else if (session->format == VG_FORMAT_CSV) {
        problems_csv(&buffer, &problems);
    } else {
        vg_problems_text(&buffer, &problems);
        summary(&buffer, &problems, study);
    }
    VgError writing = {.code = VG_OK};
    VgStatus written = vg_buffer_status(&buffer, &writing);
    if (written == VG_OK)
        written = vg_session_write(session, buffer.text, buffer.length, &writing);
    vg_buffer_free(&buffer);
    if (written != VG_OK) {
        *error = writing;
        return written;
    }
    if (problems.n_errors == 0)
        return VG_OK;
    return vg_fail_at(error, status == VG_NOT_BUILT ? VG_NOT_BUILT : VG_INVALID_INPUT,
                      session->arguments->input[0], 0, "%zu %s in the study",
                      "they are listed on standard output", problems.n_errors,
                      problems.n_errors == 1 ? "problem" : "problems");
}
