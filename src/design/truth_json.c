/* truth.json: what is true of the population, and of each participant of this trial. */
#include "design/folder.h"

#include <math.h>
#include <string.h>

static void put_number(VgBuffer *out, const char *key, double value)
{
    if (!isfinite(value))
        return;
    vg_buffer_printf(out, ", \"%s\": ", key);
    vg_buffer_double(out, value);
}

static void put_text(VgBuffer *out, const char *key, const char *value)
{
    vg_buffer_printf(out, ", \"%s\": ", key);
    vg_buffer_json(out, value);
}

static void put_row(VgBuffer *out, const VgVirtualStudy *s, const VgTruthRow *row)
{
    const VgAxis *axis = s->model->axis;
    const VgStudy *study = s->design->study;
    const VgAxisNode *symptom = &axis->node[row->symptom];
    vg_buffer_printf(out, "    {\"quantity\": \"%s\"", vg_truth_kind_name(row->kind));
    put_text(out, "arm", study->arm[row->arm].name);
    put_text(out, "reference", study->arm[row->reference].name);
    put_text(out, "outcome", symptom->name);
    put_text(out, "visit", study->visit[row->visit].name);
    if (row->channel != VG_AXIS_NONE)
        put_text(out, "channel", axis->channel[row->channel].name);
    if (row->function != VG_AXIS_NONE)
        put_text(out, "function", axis->node[row->function].name);
    put_number(out, "estimate", row->estimate);
    put_number(out, "mc_se", row->se);
    put_number(out, "path_product", row->linear);
    if (symptom->unit)
        put_text(out, "unit", symptom->unit);
    vg_buffer_text(out, "}");
}

/* ---- per participant ---- */

static void put_array(VgBuffer *out, const char *key, const double *world, const double *base,
                      double sd, size_t n)
{
    vg_buffer_printf(out, ", \"%s\": [", key);
    for (size_t i = 0; i < n; i++)
        vg_buffer_printf(out, "%s%.5g", i ? ", " : "", sd * (world[i] - base[i]));
    vg_buffer_text(out, "]");
}

static void put_person_effects(VgBuffer *out, const VgVirtualStudy *s, const VgAxisEffects *e,
                               size_t arm, size_t symptom)
{
    const VgAxis *axis = s->model->axis;
    const VgStudy *study = s->design->study;
    size_t n = s->trial.n, at = (s->model->n_visits - 1) * n;
    double sd = axis->node[symptom].distribution.sd;
    vg_buffer_printf(out, "      {\"arm\": ");
    vg_buffer_json(out, study->arm[arm].name);
    put_text(out, "outcome", axis->node[symptom].name);
    put_text(out, "visit", study->visit[s->model->n_visits - 1].name);
    put_array(out, "total", e->active + at, e->reference + at, sd, n);
    put_array(out, "direct", e->direct + at, e->reference + at, sd, n);
    vg_buffer_text(out, ", \"indirect\": {");
    for (size_t c = 0; c < axis->n_channels; c++) {
        vg_buffer_json(out, axis->channel[c].name);
        vg_buffer_text(out, ": [");
        for (size_t i = 0; i < n; i++)
            vg_buffer_printf(out, "%s%.5g", i ? ", " : "",
                             sd * (e->indirect[c][at + i] - e->reference[at + i]));
        vg_buffer_text(out, c + 1 < axis->n_channels ? "], " : "]");
    }
    vg_buffer_text(out, "}}");
}

static VgStatus put_people(VgBuffer *out, VgVirtualStudy *s, VgError *error)
{
    const VgAxisModel *m = s->model;
    VgAxisEffects effects;
    char id[16];
    bool first = true;
    VG_TRY(vg_axis_effects_new(s->arena, m, s->trial.n, &effects, error));
    vg_buffer_text(
        out, "  \"participants\": {\n    \"note\": \"true effects of each participant against "
             "the reference arm, in the outcome's unit before rounding and limits of the "
             "scale, whatever arm they were in\",\n    \"id\": [");
    for (size_t i = 0; i < s->trial.n; i++)
        vg_buffer_printf(out, "%s\"%s\"", i ? ", " : "", vg_virtual_id(i, id));
    vg_buffer_text(out, "],\n    \"effects\": [\n");
    for (size_t a = 0; a < m->axis->n_arms; a++)
        for (size_t k = 0; a != s->design->reference && k < m->axis->n_nodes; k++) {
            if (m->axis->node[k].kind != VG_AXIS_SYMPTOM)
                continue;
            VgArenaMark mark = vg_arena_mark(s->arena);
            VG_TRY(vg_axis_counterfactuals(s->arena, &s->trial, a, s->design->reference, k,
                                           &effects, error));
            vg_buffer_text(out, first ? "" : ",\n");
            first = false;
            put_person_effects(out, s, &effects, a, k);
            vg_arena_rewind(s->arena, mark);
        }
    vg_buffer_text(out, "\n    ]\n  }\n");
    return VG_OK;
}

static void put_head(VgBuffer *out, const VgVirtualStudy *s, const VgTruth *truth)
{
    vg_buffer_printf(
        out,
        "{\n  \"simulated\": true,\n  \"seed\": %llu,\n  \"population\": %zu,\n"
        "  \"definitions\": {\n"
        "    \"total\": \"mean outcome if all had the arm minus if all had the reference, nobody "
        "leaving; values as "
        "recorded\",\n"
        "    \"direct\": \"all had the arm, every marker acting as under the reference\",\n"
        "    \"indirect\": \"all had the reference, the channel's markers acting on what is no "
        "marker as under the arm "
        "(ways whose last marker is the channel's)\",\n"
        "    \"interaction\": \"total minus direct minus all indirect\",\n"
        "    \"through\": \"what is lost when the channel or function acts as under the reference "
        "(all ways that pass it)\",\n"
        "    \"estimate\": \"mean of paired counterfactuals over the population, with its Monte "
        "Carlo standard error\",\n"
        "    \"path_product\": \"the same from the graph alone, before rounding and limits of the "
        "scale; only where no "
        "arrow is moderated\"\n  },\n",
        (unsigned long long)s->seed, truth->population);
}

VgStatus vg_virtual_truth(VgVirtualStudy *s, size_t population, VgError *error)
{
    VgTruth truth;
    VG_TRY(vg_axis_truth(s->arena, s->model, &s->scheme, s->design->reference, population, s->seed,
                         &truth, error));
    VgBuffer out = {0};
    put_head(&out, s, &truth);
    vg_buffer_text(&out, "  \"effects\": [\n");
    for (size_t r = 0; r < truth.n_rows; r++) {
        put_row(&out, s, &truth.row[r]);
        vg_buffer_text(&out, r + 1 < truth.n_rows ? ",\n" : "\n");
    }
    vg_buffer_text(&out, "  ],\n");
    VgStatus status = put_people(&out, s, error);
    vg_buffer_text(&out, "}\n");
    if (status != VG_OK) {
        vg_buffer_free(&out);
        return status;
    }
    return vg_virtual_file(s, "truth.json", &out, error);
}
