/* The tables of a virtual study but those of microbes: participants, scores, samples, measured layers, adherence,
 * adverse events. */
#include "design/folder.h"

#include <math.h>
#include <string.h>

#include "numeric/distributions.h"

/* ---- participants ---- */

/* Static nodes that the participants' table has: those with a column. */
static bool has_column(const VgAxisNode *node)
{
    return node->place.source != VG_AXIS_UNMEASURED;
}

static double exposure_days(const VgVirtualStudy *s, size_t i)
{
    const VgStudy *study = s->design->study;
    return study->visit[s->trial.attended[i] - 1].day - study->visit[0].day;
}

static VgStatus write_participants(VgVirtualStudy *s, VgError *error)
{
    const VgAxisModel *m = s->model;
    VgBuffer out = {0};
    char id[16];
    vg_buffer_text(&out, "id,site,arm");
    for (size_t k = 0; k < m->n_static; k++)
        if (has_column(&m->axis->node[m->fixed[k]]))
            vg_buffer_printf(&out, ",%s", m->axis->node[m->fixed[k]].name);
    vg_buffer_text(&out, ",exposure_days\n");
    for (size_t i = 0; i < s->trial.n; i++) {
        vg_buffer_printf(&out, "%s,site_%d,%s", vg_virtual_id(i, id), s->trial.site[i] + 1,
                         s->design->study->arm[s->trial.arm[i]].code);
        for (size_t k = 0; k < m->n_static; k++) {
            const VgAxisNode *node = &m->axis->node[m->fixed[k]];
            if (!has_column(node))
                continue;
            vg_buffer_text(&out, ",");
            double value = vg_axis_natural(node, s->trial.fixed[k * s->trial.n + i]);
            vg_buffer_printf(&out, node->distribution.shape == VG_AXIS_BINARY ? "%.0f" : "%.4g",
                             fabs(value) < 1e-9 ? 0 : value);
        }
        vg_buffer_printf(&out, ",%.0f\n", exposure_days(s, i));
    }
    return vg_virtual_file(s, "participants.csv", &out, error);
}

/* ---- scores ---- */

static VgStatus write_scores(VgVirtualStudy *s, VgError *error)
{
    const VgStudy *study = s->design->study;
    const VgAxisModel *m = s->model;
    VgBuffer out = {0};
    char id[16];
    vg_buffer_text(&out, "id,visit");
    for (size_t k = 0; k < study->n_outcomes; k++)
        vg_buffer_printf(&out, ",%s", study->outcome[k].name);
    vg_buffer_text(&out, "\n");
    for (size_t i = 0; i < s->trial.n; i++)
        for (size_t v = 0; v < s->trial.attended[i]; v++) {
            vg_buffer_printf(&out, "%s,%s", vg_virtual_id(i, id), study->visit[v].code[0]);
            for (size_t k = 0; k < study->n_outcomes; k++) {
                size_t index = vg_axis_find_node(m->axis, study->outcome[k].name);
                const VgAxisNode *node = &m->axis->node[index];
                double value =
                    s->trial.observed[(m->slot[index] * m->n_visits + v) * s->trial.n + i];
                vg_buffer_text(&out, ",");
                if (node->place.at[v] && !isnan(value))
                    vg_put_value(&out, vg_axis_recorded(node, value));
            }
            vg_buffer_text(&out, "\n");
        }
    return vg_virtual_file(s, "scores.csv", &out, error);
}

/* ---- the sample sheet: one sample of a matrix at a visit serves all its layers ---- */

static bool first_of_matrix(const VgDesignFile *design, size_t layer)
{
    for (size_t k = 0; k < layer; k++)
        if (strcmp(design->layer[k].matrix, design->layer[layer].matrix) == 0)
            return false;
    return true;
}

static bool matrix_sampled(const VgVirtualStudy *s, const char *matrix, size_t i, size_t v)
{
    const VgDesignFile *design = s->design;
    for (size_t k = 0; k < design->n_layers; k++)
        if (strcmp(design->layer[k].matrix, matrix) == 0 &&
            vg_virtual_sampled(s, &design->layer[k], i, v))
            return true;
    return false;
}

static VgStatus write_samples(VgVirtualStudy *s, VgError *error)
{
    const VgDesignFile *design = s->design;
    VgBuffer out = {0};
    char id[16], sample[160];
    vg_buffer_text(&out, "sample,id,visit,matrix");
    for (size_t k = 0; k < design->n_layers; k++)
        if (design->layer[k].batches > 1)
            vg_buffer_printf(&out, ",batch_%s", design->layer[k].name);
    vg_buffer_text(&out, "\n");
    for (size_t k = 0; k < design->n_layers; k++) {
        if (!first_of_matrix(design, k))
            continue;
        const char *matrix = design->layer[k].matrix;
        for (size_t i = 0; i < s->trial.n; i++)
            for (size_t v = 0; v < s->model->n_visits; v++) {
                if (!matrix_sampled(s, matrix, i, v))
                    continue;
                vg_buffer_printf(&out, "%s,%s,%s,%s", vg_virtual_sample(s, i, v, matrix, sample),
                                 vg_virtual_id(i, id), design->study->visit[v].code[0], matrix);
                for (size_t b = 0; b < design->n_layers; b++)
                    if (design->layer[b].batches > 1)
                        vg_buffer_printf(&out, ",%s%zu", design->layer[b].name,
                                         vg_virtual_batch(s, &design->layer[b], i) + 1);
                vg_buffer_text(&out, "\n");
            }
    }
    return vg_virtual_file(s, "samples.csv", &out, error);
}

/* ---- measured layers ---- */

/* The shift of a batch, in SDs of the node. */
static double batch_shift(const VgVirtualStudy *s, size_t node, size_t batch)
{
    double sd = s->model->axis->node[node].measurement.batch_sd;
    VgRandom random = vg_random_start(s->seed, VG_STREAM_SIMULATION, VG_EXTRA_BATCHES,
                                      (uint32_t)(node * 128 + batch));
    return sd > 0 ? sd * vg_random_normal(&random) : 0;
}

/* Measurement number `repeat` of the same sample: its own error around the true value. */
static double measured(const VgVirtualStudy *s, size_t slot, size_t v, size_t i, size_t repeat)
{
    size_t at = (slot * s->model->n_visits + v) * s->trial.n + i;
    double value = s->trial.observed[at];
    if (repeat == 0 || isnan(value))
        return value;
    VgRandom random = vg_random_start(s->seed, VG_STREAM_SIMULATION,
                                      VG_EXTRA_REPEATS + (uint32_t)repeat, (uint32_t)i);
    random.place = slot * s->model->n_visits + v;
    random.place -= random.place % 2; /* a block begins at an even place */
    double even = vg_random_normal(&random), odd = vg_random_normal(&random);
    bool second = (slot * s->model->n_visits + v) % 2;
    return s->trial.truth[at] + s->model->error_sd[slot] * (second ? odd : even);
}

static void put_measured(VgBuffer *out, const VgAxisNode *node, double value, bool limits)
{
    double lloq = node->measurement.lloq;
    if (!isnan(value) && !isnan(lloq) && value < lloq)
        vg_buffer_text(out, "<LLOQ");
    else
        vg_put_value(out, value);
    if (limits) {
        vg_buffer_text(out, ",");
        if (!isnan(lloq))
            vg_put_value(out, lloq);
    }
    vg_buffer_text(out, "\n");
}

static bool has_limits(const VgVirtualStudy *s, const VgDesignLayer *layer)
{
    for (size_t k = 0; k < layer->n_nodes; k++)
        if (!isnan(s->model->axis->node[layer->node[k]].measurement.lloq))
            return true;
    return false;
}

static VgStatus write_layer(VgVirtualStudy *s, const VgDesignLayer *layer, VgError *error)
{
    const VgAxisModel *m = s->model;
    bool limits = has_limits(s, layer);
    char sample[160];
    VgBuffer out = {0};
    vg_buffer_printf(&out, "sample,analyte,value%s\n", limits ? ",lloq" : "");
    for (size_t i = 0; i < s->trial.n; i++)
        for (size_t v = 0; v < m->n_visits; v++)
            for (size_t k = 0; vg_virtual_sampled(s, layer, i, v) && k < layer->n_nodes; k++) {
                const VgAxisNode *node = &m->axis->node[layer->node[k]];
                double shift = batch_shift(s, layer->node[k], vg_virtual_batch(s, layer, i));
                for (size_t r = 0; r < layer->replicates; r++) {
                    double value = measured(s, m->slot[layer->node[k]], v, i, r);
                    vg_buffer_printf(&out, "%s,%s,",
                                     vg_virtual_sample(s, i, v, layer->matrix, sample), node->name);
                    put_measured(&out, node,
                                 isnan(value) ? NAN : vg_axis_natural(node, value + shift), limits);
                }
            }
    const char *name = vg_arena_printf(s->arena, "%s.csv", layer->name);
    if (!name) {
        vg_buffer_free(&out);
        return vg_fail_memory(error);
    }
    return vg_virtual_file(s, name, &out, error);
}

/* ---- adherence and events ---- */

static VgStatus write_adherence(VgVirtualStudy *s, VgError *error)
{
    const VgAxisModel *m = s->model;
    VgBuffer out = {0};
    char id[16];
    vg_buffer_text(&out, "id,visit,component,share_taken\n");
    for (size_t i = 0; i < s->trial.n; i++)
        for (size_t c = 0; c < m->n_components; c++) {
            const VgAxisNode *node = &m->axis->node[m->component[c]];
            for (size_t v = 1; node->in_arm[s->trial.arm[i]] && v < s->trial.attended[i]; v++)
                vg_buffer_printf(&out, "%s,%s,%s,%.3f\n", vg_virtual_id(i, id),
                                 s->design->study->visit[v].code[0], node->name,
                                 s->trial.adherence[(c * m->n_visits + v) * s->trial.n + i]);
        }
    return vg_virtual_file(s, "adherence.csv", &out, error);
}

static void put_event(VgVirtualStudy *s, VgBuffer *out, const VgDesignEvent *event, size_t i,
                      VgRandom *random)
{
    static const char *const SEVERITY[] = {"mild", "moderate", "severe"};
    char id[16];
    double days = exposure_days(s, i), day = vg_random_uniform(random),
           grade = vg_random_uniform(random), serious = vg_random_uniform(random);
    vg_buffer_printf(out, "%s,%s,%d,%.0f,%s\n", vg_virtual_id(i, id), event->term,
                     serious < event->serious, floor(day * (days + 1)),
                     SEVERITY[grade < 0.6    ? 0
                              : grade < 0.92 ? 1
                                             : 2]);
}

static VgStatus write_events(VgVirtualStudy *s, VgError *error)
{
    const VgDesignFile *design = s->design;
    VgBuffer out = {0};
    double planned = design->study->visit[s->model->n_visits - 1].day - design->study->visit[0].day;
    vg_buffer_text(&out, "id,term,serious,day,severity\n");
    for (size_t i = 0; i < s->trial.n; i++) {
        VgRandom random =
            vg_random_start(s->seed, VG_STREAM_SIMULATION, VG_EXTRA_EVENTS, (uint32_t)i);
        for (size_t e = 0; e < design->n_events; e++) {
            /* fewer for those who leave early */
            double share = planned > 0 ? (exposure_days(s, i) + 1) / (planned + 1) : 1;
            double count = vg_poisson_quantile(vg_random_uniform(&random),
                                               share * design->event[e].rate[s->trial.arm[i]]);
            for (double k = 0; k < count; k++)
                put_event(s, &out, &design->event[e], i, &random);
        }
    }
    return vg_virtual_file(s, "adverse_events.csv", &out, error);
}

VgStatus vg_virtual_tables(VgVirtualStudy *s, VgError *error)
{
    const VgDesignFile *design = s->design;
    VG_TRY(write_participants(s, error));
    VG_TRY(write_scores(s, error));
    if (design->n_layers)
        VG_TRY(write_samples(s, error));
    for (size_t k = 0; k < design->n_layers; k++)
        if (design->layer[k].kind != VG_LAYER_COUNTS)
            VG_TRY(write_layer(s, &design->layer[k], error));
    VG_TRY(write_adherence(s, error));
    return design->n_events ? write_events(s, error) : VG_OK;
}
