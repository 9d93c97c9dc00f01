/* Recordings of the heart: a long table of RR intervals, a row a beat, in the order in which they came. */
#include "study/panel.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"

typedef struct Beats {
    const VgTable *table;
    const VgColumn *sample, *participant, *visit, *value;
    double ms; /* of one unit of the file */
} Beats;

static double milliseconds(VgLayerReader *layer)
{
    const char *unit = layer->layer->unit;
    if (!unit || strcmp(unit, "ms") == 0)
        return 1;
    if (strcmp(unit, "s") == 0)
        return 1000;
    vg_study_problem(layer->reader, VG_INVALID_INPUT, vg_yaml_key_line(layer->node, "unit"),
                     "RR intervals in `%s`", "they are in ms or s", unit);
    return 1;
}

static bool find_columns(VgLayerReader *layer, Beats *beats)
{
    VgStudyReader *reader = layer->reader;
    const VgYaml *node = layer->node;
    const char *sample = vg_study_text(reader, node, "sample");
    const char *participant = vg_study_text(reader, node, "participant");
    const char *visit = vg_study_text(reader, node, "visit");
    const char *value = vg_study_text(reader, node, "value");
    const char *id = participant ? participant : sample ? sample : "sample";
    beats->table = vg_study_table(reader, vg_yaml_get(node, "table"), id);
    if (!beats->table)
        return false;
    size_t line = node->line;
    beats->value = vg_study_column(reader, beats->table, value ? value : "rr_ms", line);
    if (participant) {
        beats->participant = vg_study_column(reader, beats->table, participant, line);
        beats->visit = vg_study_column(reader, beats->table, visit ? visit : "visit", line);
    } else {
        beats->sample = vg_study_column(reader, beats->table, id, line);
    }
    if (!beats->value || (participant ? !beats->participant || !beats->visit : !beats->sample))
        return false;
    beats->ms = milliseconds(layer);
    if (beats->value->type == VG_COLUMN_NUMBER)
        return true;
    vg_study_problem_in(reader, beats->table->path, 0, "the column %s does not hold numbers",
                        "name the column of intervals: value: COLUMN", beats->value->name);
    return false;
}

/* Recordings by name, and of each row which; SIZE_MAX: none (told). */
static VgMap *find_recordings(VgLayerReader *layer, const Beats *beats, size_t *recording)
{
    VgStudyReader *reader = layer->reader;
    VgMap *names = vg_map_create(reader->arena);
    size_t wrong = 0;
    if (!names)
        vg_study_no_memory(reader);
    for (size_t row = 0; names && row < beats->table->n_rows && reader->failed == VG_OK; row++) {
        const char *name =
            vg_study_value(reader, beats->sample ? beats->sample : beats->participant, row);
        const char *visit = beats->visit ? vg_study_value(reader, beats->visit, row) : "";
        double ms = beats->value->number[row] * beats->ms;
        recording[row] = SIZE_MAX;
        if (!name || !visit || !(ms > 0) || isinf(ms)) {
            if (vg_study_listed(&wrong))
                vg_study_problem_in(
                    reader, beats->table->path, beats->table->line[row],
                    !name || !visit ? "an interval of nobody knows whom"
                                    : "an interval that is missing or not above 0",
                    !name || !visit ? "say whose it is, or remove the row"
                                    : "leave the recorder's marks out; a missed beat is one long "
                                      "interval");
            continue;
        }
        if (beats->visit)
            name = vg_study_printf(reader, "%s_%s", name, visit);
        int64_t at = vg_map_add(names, name, strlen(name));
        if (at < 0)
            vg_study_no_memory(reader);
        else
            recording[row] = (size_t)at;
    }
    vg_study_and_more(reader, wrong, beats->table->path, false, "rows that hold no interval");
    return names;
}

/* The beats of the recordings that were kept, one after the other. */
static void fill(VgLayerReader *layer, const Beats *beats, const size_t *recording, size_t n_named)
{
    VgStudyReader *reader = layer->reader;
    VgLayer *to = layer->layer;
    size_t n_rows = beats->table->n_rows;
    VgRecordings *made = VG_STUDY_NEW(reader, VgRecordings, 1);
    size_t *place = VG_STUDY_NEW(reader, size_t, n_named);
    size_t *next = VG_STUDY_NEW(reader, size_t, to->n_samples + 1);
    if (!made || !place || !next)
        return;
    made->start = VG_STUDY_NEW(reader, size_t, to->n_samples + 1);
    made->ms = VG_STUDY_NEW(reader, double, n_rows);
    to->sample_line = VG_STUDY_NEW(reader, uint32_t, to->n_samples);
    if (reader->failed != VG_OK)
        return;
    for (size_t k = 0; k < n_named; k++)
        place[k] = SIZE_MAX;
    for (size_t i = 0; i < to->n_samples; i++)
        place[layer->row[i]] = i;
    for (size_t row = 0; row < n_rows; row++)
        if (recording[row] != SIZE_MAX && place[recording[row]] != SIZE_MAX)
            made->start[place[recording[row]] + 1]++;
    for (size_t i = 0; i < to->n_samples; i++)
        next[i + 1] = made->start[i + 1] += made->start[i];
    for (size_t row = 0; row < n_rows; row++) {
        size_t i = recording[row] == SIZE_MAX ? SIZE_MAX : place[recording[row]];
        if (i == SIZE_MAX)
            continue;
        if (next[i] == made->start[i])
            to->sample_line[i] = beats->table->line[row];
        made->ms[next[i]++] = beats->value->number[row] * beats->ms;
    }
    to->recordings = made;
}

void vg_study_read_intervals(VgLayerReader *layer)
{
    VgStudyReader *reader = layer->reader;
    VgLayer *to = layer->layer;
    Beats beats = {0};
    if (!to->n_derivations)
        vg_study_problem(reader, VG_INVALID_INPUT, layer->node->line, "%s has no `derive`",
                         "RR intervals are not analysed themselves: derive: "
                         "[rmssd]",
                         layer->what);
    if (!layer->sheet || !find_columns(layer, &beats))
        return;
    size_t *recording = VG_STUDY_NEW(reader, size_t, beats.table->n_rows);
    VgMap *names = recording ? find_recordings(layer, &beats, recording) : NULL;
    if (!names || reader->failed != VG_OK)
        return;
    size_t n = vg_map_size(names);
    const char **name = VG_STUDY_NEW(reader, const char *, n);
    for (size_t k = 0; name && k < n; k++)
        name[k] = vg_map_key(names, k);
    if (!name || !vg_study_place_samples(layer, name, n, NULL))
        return;
    fill(layer, &beats, recording, n);
    vg_study_sample_columns(layer);
    if (!to->recordings)
        return;
    to->recordings->conditions = vg_study_text(reader, layer->node, "conditions");
    to->recordings->ultra_short = vg_study_bool(reader, layer->node, "ultra_short", false);
    if (!to->recordings->conditions)
        vg_study_warn_in(
            reader, reader->file, layer->node->line,
            "%s does not say in which posture and with which breathing it was recorded",
            "conditions: supine, paced at 12 breaths a minute", layer->what);
}
