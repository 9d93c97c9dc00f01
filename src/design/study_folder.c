/* vg_simulate_study: one trial drawn, written as the files of a study folder. */
#include "design/folder.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "numeric/replicate.h"

VgStatus vg_virtual_file(VgVirtualStudy *s, const char *name, VgBuffer *text, VgError *error)
{
    VgStudyFiles *files = s->files;
    VgStatus status = vg_buffer_status(text, error);
    const char *copy = status == VG_OK
                           ? vg_arena_strndup(s->arena, text->text ? text->text : "", text->length)
                           : NULL;
    size_t length = text->length;
    vg_buffer_free(text);
    if (status != VG_OK)
        return status;
    if (files->n == files->capacity_) {
        size_t larger = files->capacity_ ? 2 * files->capacity_ : 16;
        VgStudyFile *grown = VG_NEW(s->arena, VgStudyFile, larger);
        if (!grown)
            return vg_fail_memory(error);
        if (files->n)
            memcpy(grown, files->file, files->n * sizeof *grown);
        files->file = grown;
        files->capacity_ = larger;
    }
    if (!copy)
        return vg_fail_memory(error);
    files->file[files->n++] = (VgStudyFile){name, copy, length};
    return VG_OK;
}

const char *vg_virtual_id(size_t participant, char *text)
{
    snprintf(text, 16, "P%03zu", participant + 1);
    return text;
}

const char *vg_virtual_sample(const VgVirtualStudy *s, size_t participant, size_t visit,
                              const char *matrix, char *text)
{
    snprintf(text, 160, "P%03zu_%.60s_%.60s", participant + 1, s->design->study->visit[visit].name,
             matrix);
    return text;
}

bool vg_virtual_sampled(const VgVirtualStudy *s, const VgDesignLayer *layer, size_t participant,
                        size_t visit)
{
    return layer->at[visit] && visit < s->trial.attended[participant];
}

size_t vg_virtual_batch(const VgVirtualStudy *s, const VgDesignLayer *layer, size_t participant)
{
    return participant * layer->batches / s->trial.n;
}

void vg_put_value(VgBuffer *out, double value)
{
    if (isfinite(value))
        vg_buffer_printf(out, "%.6g", value);
}

/* What the folder is, and the design that it was made from. */
static VgStatus put_papers(VgVirtualStudy *s, VgError *error)
{
    VgBuffer read_me = {0}, design = {0};
    const char *title = s->design->study->title;
    vg_buffer_printf(
        &read_me,
        "# %s\n\n"
        "**SIMULATED.** Every number here is drawn from `design.yaml` by `vagus simulate` with "
        "seed %llu. No participant is "
        "real and nothing is evidence.\n\n"
        "    vagus simulate design.yaml -o STUDY --seed %llu    # makes this folder again\n"
        "    vagus check STUDY && vagus run STUDY               # analyses it\n\n"
        "| file | holds |\n|---|---|\n"
        "| `design.yaml` | the causal graph with its assumed effects, and what the trial is like "
        "|\n"
        "| `study.yaml` | the study file that check and run take |\n"
        "| `participants.csv`, `scores.csv` | arms, sites, what is known at baseline; outcomes by "
        "visit (rows end where people left) |\n"
        "| `samples.csv` and a table a layer | the panel; `<LLOQ` lies below the limit in the "
        "column beside it |\n"
        "| `adherence.csv` | share of the dose that each took |\n"
        "| `truth.json` | every total, direct and indirect effect: of the population, and of each "
        "participant |\n",
        title ? title : "A virtual trial", (unsigned long long)s->seed,
        (unsigned long long)s->seed);
    vg_buffer_append(&design, s->design->text, s->design->length);
    VgStatus status = vg_virtual_file(s, "README.md", &read_me, error);
    if (status != VG_OK) {
        vg_buffer_free(&design);
        return status;
    }
    return vg_virtual_file(s, "design.yaml", &design, error);
}

VgStatus vg_simulate_study(VgArena *arena, const VgDesignFile *design,
                           const VgSimulateOptions *options, VgStudyFiles *files, VgError *error)
{
    VgAxisIssues issues = {0};
    VgVirtualStudy s = {.arena = arena, .design = design, .seed = options->seed, .files = files};
    *files = (VgStudyFiles){0};
    s.model = vg_axis_compile(design->axis, design->site_sd, &issues);
    if (!s.model && vg_arena_failed(arena))
        return vg_fail_memory(error);
    if (!s.model)
        return vg_fail(error, VG_NOT_ESTIMABLE, "the design has no model: %s", "check the design",
                       issues.n ? issues.item[0].message : "no reason known");
    s.scheme = vg_design_scheme(design);
    VG_TRY(vg_virtual_trial_new(arena, s.model, design->n, &s.trial, error));
    VgRandom random = vg_random_start(options->seed, VG_STREAM_SIMULATION, 0, 0);
    vg_axis_simulate(s.model, &s.scheme, &random, &s.trial);
    VG_TRY(put_papers(&s, error));
    VG_TRY(vg_virtual_yaml(&s, error));
    VG_TRY(vg_virtual_tables(&s, error));
    VG_TRY(vg_virtual_microbes(&s, error));
    return vg_virtual_truth(&s, options->population ? options->population : 50000, error);
}
