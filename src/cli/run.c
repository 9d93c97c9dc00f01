/* vagus run: check, carry out the plan, write the results folder, say the answer in a few lines. */
#include <vagus/evidence.h>
#include <vagus/mechanism.h>
#include <vagus/prediction_study.h>
#include <vagus/report.h>
#include <vagus/review.h>
#include <vagus/strata_study.h>
#include <vagus/study.h>
#include <vagus/trial.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/evidence.h"
#include "cli/problems.h"

/* results/NAME, NAME being the last part of the study's folder. */
static const char *default_directory(VgArena *arena, const VgStudy *study)
{
    char *folder = realpath(study->directory && *study->directory ? study->directory : ".", NULL);
    if (!folder)
        return NULL;
    const char *slash = strrchr(folder, '/');
    const char *name = slash && slash[1] ? slash + 1 : "study";
    const char *directory = vg_arena_printf(arena, "results/%s", name);
    free(folder); /* realpath's own memory */
    return directory;
}

/* Tells all problems; with errors the study is refused. */
VgStatus vg_cli_tell_problems(VgSession *session, const VgProblems *problems, const char *what,
                              VgStatus status, VgError *error)
{
    bool listed = problems->n_errors > 1;
    if (problems->n && (listed || !session->quiet)) {
        VgBuffer buffer = {0};
        VgProblems shown = *problems;
        if (problems->n_errors == 1 && problems->n == 1)
            shown.n = 0; /* the error line says it */
        vg_problems_text(&buffer, &shown);
        if (buffer.length)
            fputs(buffer.text, stderr);
        vg_buffer_free(&buffer);
    }
    if (!listed)
        return status;
    return vg_fail_at(error, status, session->arguments->input[0], 0,
                      "%zu problems in the %s; nothing was written", "mend what is listed above",
                      problems->n_errors, what);
}

static VgStatus read_study(VgSession *session, VgStudy **study, VgError *error)
{
    VgProblems problems = {0};
    vg_session_progress(session, "reading the study");
    VgStatus status = vg_cli_study(session, session->arguments->input[0], study, &problems, error);
    return vg_cli_tell_problems(session, &problems, "study", status, error);
}

static void add_inputs(VgResult *result, const VgStudy *study)
{
    for (size_t i = 0; i < study->n_inputs; i++)
        vg_result_input(result, study->input[i].path, study->input[i].sha256, study->input[i].rows);
}

/* ---- the short answer ---- */

static bool is(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static const char *study_text(const VgResult *result, const char *key)
{
    const VgFact *fact = vg_result_find_fact(result, VG_FACTS_STUDY, NULL, key);
    return fact ? fact->text : NULL;
}

/* The row that answers the primary question, or NULL. */
static const VgEstimate *primary_row(const VgResult *result)
{
    const char *analysis = study_text(result, "primary_analysis");
    const char *visit = study_text(result, "primary_visit");
    const char *arm = study_text(result, "primary_arm");
    for (size_t i = 0; i < result->n_estimates; i++) {
        const VgEstimate *row = &result->estimate[i];
        bool answers = is(row->quantity, "contrast") || is(row->quantity, "risk_difference");
        if (answers && is(row->analysis, analysis) && (!visit || is(row->visit, visit)) &&
            (!arm || is(row->arm, arm)))
            return row;
    }
    return NULL;
}

/* One line for each question about mechanism, and one for each arm of the questions for whom. */
static void further_answers(VgBuffer *buffer, const VgResult *result)
{
    const VgDataset *plan = vg_result_find_dataset(result, NULL, "analyses");
    const VgDatasetColumn *id = plan ? vg_dataset_column(plan, "id") : NULL,
                          *kind = plan ? vg_dataset_column(plan, "kind") : NULL;
    for (size_t i = 0; id && kind && i < plan->n_rows; i++) {
        bool mechanism = is(kind->text[i], "mechanism"), strata = is(kind->text[i], "strata");
        for (size_t k = 0; k < result->n_facts; k++) {
            const VgFact *fact = &result->fact[k];
            if (fact->section != VG_FACTS_FIT || !is(fact->analysis, id->text[i]) || !fact->text)
                continue;
            if (mechanism && is(fact->key, "answer"))
                vg_buffer_printf(buffer, "Mechanism: %s\n", fact->text);
            if (strata && (strncmp(fact->key, "verdict: ", 9) == 0 || is(fact->key, "rule")))
                vg_buffer_printf(buffer, "For whom: %s\n", fact->text);
        }
    }
}

static void short_answer(VgBuffer *buffer, const VgSession *session, const VgResult *result,
                         const char *directory)
{
    const char *title = study_text(result, "title");
    if (title)
        vg_buffer_printf(buffer, "%s\n", title);
    const VgEstimate *row = primary_row(result);
    if (row) {
        int digits = session->digits;
        vg_buffer_printf(buffer, "Primary: %s minus %s, %s%s%s: %.*g%s%s",
                         row->arm ? row->arm : "arm", row->reference ? row->reference : "reference",
                         row->outcome ? row->outcome : "outcome", row->visit ? " at " : "",
                         row->visit ? row->visit : "", digits, row->estimate, row->unit ? " " : "",
                         row->unit ? row->unit : "");
        if (isfinite(row->lower) && isfinite(row->upper))
            vg_buffer_printf(buffer, "\n         %g%% interval %.*g to %.*g", 100 * result->level,
                             digits, row->lower, digits, row->upper);
        if (isfinite(row->p))
            vg_buffer_printf(buffer, ", p = %.*g", row->p < 0.1 ? 2 : 3, row->p);
        vg_buffer_text(buffer, "\n");
    }
    further_answers(buffer, result);
    vg_buffer_printf(buffer, "Report:  %s/report.html\n", directory);
}

/* The forest of the first analysis and its answer in words. */
static VgStatus review_answer(VgBuffer *buffer, const VgSession *session, const VgResult *result,
                              const char *directory, VgError *error)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);
    if (!stream)
        return vg_fail_memory(error);
    VgStatus status = vg_cli_review_text(result, study_text(result, "primary_analysis"),
                                         session->digits, stream, error);
    bool failed = ferror(stream);
    failed |= fclose(stream) != 0;
    if (status == VG_OK && failed)
        status = vg_fail_memory(error);
    if (status == VG_OK)
        vg_buffer_printf(buffer, "%s\n%.*sReport:  %s/report.html\n", study_text(result, "title"),
                         (int)length, text, directory);
    free(text); /* open_memstream's own memory */
    return status;
}

static VgStatus print_answer(VgSession *session, const VgResult *result, const char *directory,
                             VgError *error)
{
    if (session->quiet)
        return VG_OK; /* the answer is the folder */
    VgBuffer buffer = {0};
    VgStatus status = VG_OK;
    const char *kind = study_text(result, "kind");
    if (is(kind, "review"))
        status = review_answer(&buffer, session, result, directory, error);
    else
        short_answer(&buffer, session, result, directory);
    if (status == VG_OK)
        status = vg_buffer_status(&buffer, error);
    if (status == VG_OK)
        status = vg_session_write_stdout(buffer.text, buffer.length, error);
    vg_buffer_free(&buffer);
    return status;
}

static VgStatus carry_out(const VgStudy *study, VgResult *result, VgError *error)
{
    const VgReview *review = study->review;
    if (!review) {
        VG_TRY(vg_trial_run(study, result, error));
        VG_TRY(vg_mechanism_run(study, result, error));
        VG_TRY(vg_strata_study_run(study, result, error));
        return vg_prediction_study_run(study, result, error);
    }
    vg_evidence_describe(study, result);
    return vg_evidence_run(review->extraction, &review->plan, result, error);
}

VgStatus vg_cli_run(VgSession *session, VgError *error)
{
    VgStudy *study = NULL;
    VG_TRY(read_study(session, &study, error));
    const char *directory = vg_argument(session->arguments, "output");
    if (!directory)
        directory = default_directory(session->arena, study);
    if (!directory)
        return vg_fail_memory(error);
    VgResult *result = vg_session_result(session);
    if (!result)
        return vg_fail_memory(error);
    add_inputs(result, study);
    vg_session_progress(session, "carrying out the plan");
    VG_TRY(carry_out(study, result, error));
    VG_TRY(vg_result_status(result, error));
    vg_session_progress(session, "writing the report");
    VG_TRY(vg_report_write(result, directory, error));
    if (session->format != VG_FORMAT_TEXT)
        return vg_session_print(session, result, error);
    for (size_t i = 0; i < result->n_warnings; i++)
        vg_session_warn(session, result->warning[i]);
    return print_answer(session, result, directory, error);
}
