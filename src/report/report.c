/* The results folder: every file from one result. Nothing here depends on the clock but "written"
 * in manifest.json, so that the same study and seed give the same report.html and results.json to
 * the byte. */
#include <vagus/report.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "base/file.h"
#include "report/csv.h"
#include "report/results_folder.h"
#include "report/html.h"
#include "report/json.h"
#include "report/store.h"
#include "report/text.h"

/* What is being written, and the list of files for the manifest. */
typedef struct Writing {
    const VgResult *result;
    VgArena *arena;
    VgResultsFolder folder;
    VgBuffer files; /* JSON members of "files" */
    VgError *error;
} Writing;

static VgStatus put_file(Writing *w, const char *name, const VgBuffer *bytes)
{
    VG_TRY(vg_buffer_status(bytes, w->error));
    char sha256[65];
    vg_sha256(bytes->text ? bytes->text : "", bytes->length, sha256);
    vg_buffer_text(&w->files, w->files.length ? ",\n  {\"path\": " : "\n  {\"path\": ");
    vg_json_string(&w->files, name);
    vg_buffer_printf(&w->files, ", \"sha256\": \"%s\"}", sha256);
    return vg_results_folder_file(w->arena, &w->folder, name, bytes->text ? bytes->text : "",
                                  bytes->length, w->error);
}

/* A file name from a dataset's or figure's name: letters, digits, '-' and '_' stay. */
static const char *file_name(Writing *w, const char *folder, const char *name, const char *ending)
{
    char *path = vg_arena_printf(w->arena, "%s/%s%s", folder, name, ending);
    for (char *c = path ? path + strlen(folder) + 1 : NULL; c && c[strlen(ending)]; c++)
        if (!(*c >= 'a' && *c <= 'z') && !(*c >= 'A' && *c <= 'Z') && !(*c >= '0' && *c <= '9') &&
            *c != '-' && *c != '_')
            *c = '_';
    return path;
}

static VgStatus put_json(Writing *w)
{
    VgBuffer bytes = {0};
    vg_json_result(&bytes, w->result, false);
    VgStatus status = put_file(w, "results.json", &bytes);
    vg_buffer_free(&bytes);
    return status;
}

static bool named_before(const VgResult *result, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(result->dataset[k].name, result->dataset[i].name) == 0)
            return true;
    return false;
}

static VgStatus put_tables(Writing *w)
{
    VgBuffer bytes = {0};
    vg_csv_estimates(&bytes, w->result);
    VgStatus status = put_file(w, "tables/estimates.csv", &bytes);
    vg_buffer_free(&bytes);
    for (size_t i = 0; i < w->result->n_datasets && status == VG_OK; i++) {
        const char *name = w->result->dataset[i].name;
        if (named_before(w->result, i))
            continue;
        const char *path = file_name(
            w, "tables", strcmp(name, "estimates") == 0 ? "estimates_data" : name, ".csv");
        bytes = (VgBuffer){0};
        vg_csv_dataset(&bytes, w->result, name);
        status = path ? put_file(w, path, &bytes) : vg_fail_memory(w->error);
        vg_buffer_free(&bytes);
    }
    return status;
}

/* English unless the study names its languages. */
static bool wanted(const VgView *view, VgLanguage language)
{
    bool any = false, this = false;
    for (int l = 0; l < VG_LANGUAGES; l++) {
        const char *key = vg_arena_printf(view->arena, "language_%s", vg_language_names[l]);
        bool named = key && vg_result_find_fact(view->result, VG_FACTS_STUDY, NULL, key);
        any = any || named;
        this = this || (named && l == (int)language);
    }
    return any ? this : language == VG_LANGUAGE_EN;
}

/* The page for patients by itself, one in each language. */
static VgStatus put_patient_pages(Writing *w, const VgView *view)
{
    static const char *const NAME[VG_LANGUAGES] = {"patient.html", "patient.da.html"};
    VgStatus status = VG_OK;
    for (int l = 0; l < VG_LANGUAGES && status == VG_OK; l++) {
        VgView in = *view;
        VgBuffer page = {0};
        in.language = (VgLanguage)l;
        if (view->review || !wanted(view, in.language))
            continue;
        vg_html_patient_page(&page, &in);
        status = *view->short_of_memory || vg_arena_failed(w->arena) ? vg_fail_memory(w->error)
                                                                     : put_file(w, NAME[l], &page);
        vg_buffer_free(&page);
    }
    return status;
}

static VgStatus put_pages(Writing *w)
{
    VgView view;
    VG_TRY(vg_view_create(w->arena, w->result, &view, w->error));
    VgFigures figures;
    vg_figures_draw(&view, &figures);
    VgStatus status = VG_OK;
    for (size_t i = 0; i < figures.n && status == VG_OK; i++) {
        const char *path = file_name(w, "figures", figures.drawn[i].id, ".svg");
        status = path ? put_file(w, path, &figures.drawn[i].svg) : vg_fail_memory(w->error);
    }
    VgBuffer page = {0};
    if (status == VG_OK) {
        vg_html_page(&page, &view, &figures);
        if (*view.short_of_memory || vg_arena_failed(w->arena))
            status = vg_fail_memory(w->error); /* a page with gaps is no report */
    }
    if (status == VG_OK) {
        status = put_file(w, "report.html", &page);
    }
    if (status == VG_OK)
        status = put_patient_pages(w, &view);
    vg_buffer_free(&page);
    vg_figures_free(&figures);
    return status;
}

static VgStatus put_store(Writing *w)
{
    char *path = vg_path_join(w->arena, w->folder.temporary, "results.sqlite");
    if (!path)
        return vg_fail_memory(w->error);
    VG_TRY(vg_store_write(w->result, path, w->error));
    char *bytes;
    size_t size;
    VG_TRY(vg_file_read(w->arena, path, SIZE_MAX, &bytes, &size, w->error));
    char sha256[65];
    vg_sha256(bytes, size, sha256);
    vg_buffer_printf(&w->files, "%s{\"path\": \"results.sqlite\", \"sha256\": \"%s\"}",
                     w->files.length ? ",\n  " : "\n  ", sha256);
    return VG_OK;
}

static void plan(VgBuffer *out, const VgResult *result)
{
    const VgDataset *d = vg_result_find_dataset(result, NULL, "analyses");
    vg_buffer_text(out, "[");
    for (size_t i = 0; d && i < d->n_rows; i++) {
        bool first = true;
        vg_buffer_text(out, i ? ",\n  {" : "\n  {");
        for (size_t j = 0; j < d->n_columns; j++)
            if (d->column[j].text && d->column[j].text[i]) {
                vg_buffer_text(out, first ? "" : ", ");
                first = false;
                vg_json_string(out, d->column[j].name);
                vg_buffer_text(out, ": ");
                vg_json_string(out, d->column[j].text[i]);
            }
        vg_buffer_text(out, "}");
    }
    vg_buffer_text(out, "]");
}

/* The first member must stay "vagus": a folder is known by it (results_folder.c). */
static void manifest(VgBuffer *out, const Writing *w)
{
    const VgResult *r = w->result;
    char written[32] = "";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        strftime(written, sizeof written, "%Y-%m-%dT%H:%M:%SZ", &utc);
    vg_buffer_printf(
        out, "{\"vagus\": \"%s\",\n \"written\": \"%s\",\n \"command\": ", VAGUS_VERSION, written);
    vg_json_string(out, r->command ? r->command : "");
    vg_buffer_text(out, ",\n \"call\": [");
    for (size_t i = 0; i < r->n_call; i++) {
        vg_buffer_text(out, i ? ", " : "");
        vg_json_string(out, r->call[i]);
    }
    vg_buffer_printf(out, "],\n \"seed\": %" PRIu64 ",\n \"level\": ", r->seed);
    vg_json_number(out, r->level);
    vg_buffer_text(out, ",\n \"inputs\": [");
    for (size_t i = 0; i < r->n_inputs; i++) {
        vg_buffer_text(out, i ? ",\n  {\"path\": " : "\n  {\"path\": ");
        vg_json_string(out, r->input[i].path);
        vg_buffer_text(out, ", \"sha256\": ");
        vg_json_string(out, r->input[i].sha256);
        vg_buffer_printf(out, ", \"rows\": %zu}", r->input[i].rows);
    }
    vg_buffer_text(out, "],\n \"plan\": ");
    plan(out, r);
    vg_buffer_text(out, ",\n \"files\": [");
    if (w->files.text)
        vg_buffer_text(out, w->files.text);
    vg_buffer_text(out, "]}\n");
}

static VgStatus put_manifest(Writing *w)
{
    VG_TRY(vg_buffer_status(&w->files, w->error));
    VgBuffer bytes = {0};
    manifest(&bytes, w);
    VgStatus status = vg_buffer_status(&bytes, w->error);
    if (status == VG_OK)
        status = vg_results_folder_file(w->arena, &w->folder, "manifest.json", bytes.text,
                                        bytes.length, w->error);
    vg_buffer_free(&bytes);
    return status;
}

static VgStatus put_all(Writing *w)
{
    VG_TRY(put_json(w));
    VG_TRY(put_tables(w));
    VG_TRY(put_pages(w));
    VG_TRY(put_store(w));
    return put_manifest(w);
}

VgStatus vg_report_write(const VgResult *result, const char *directory, VgError *error)
{
    VG_TRY(vg_result_status(result, error));
    Writing w = {.result = result, .error = error, .arena = vg_arena_create()};
    if (!w.arena)
        return vg_fail_memory(error);
    VgStatus status = vg_results_folder_begin(w.arena, directory, &w.folder, error);
    if (status == VG_OK) {
        status = put_all(&w);
        if (status == VG_OK)
            status = vg_results_folder_commit(w.arena, &w.folder, error);
        else
            vg_results_folder_abandon(&w.folder);
    }
    vg_buffer_free(&w.files);
    vg_arena_destroy(w.arena);
    return status;
}

VgStatus vg_report_read(VgArena *arena, const char *directory, VgResult **result, VgError *error)
{
    char *path = vg_path_join(arena, directory, "results.sqlite");
    if (!path)
        return vg_fail_memory(error);
    return vg_store_read(arena, path, result, error);
}
