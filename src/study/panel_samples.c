/* From names of samples to participants and visits. */
#include "study/panel.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* ---- the sample sheet ---- */

typedef struct SheetColumns {
    const VgColumn *sample, *participant, *visit, *matrix;
    bool repeats; /* rows are second samples */
} SheetColumns;

/* A column by its key, or by its usual name. */
static const VgColumn *sheet_column(VgStudyReader *reader, const VgTable *table, const VgYaml *node,
                                    const char *key, const char *usual)
{
    const char *name = vg_study_text(reader, node, key);
    size_t line = name ? vg_yaml_key_line(node, key) : node->line;
    if (!name && !usual) /* the key is there and holds no name: that is told */
        return NULL;
    return vg_study_column(reader, table, name ? name : usual, line);
}

VgSampleSheet *vg_study_new_sheet(VgStudyReader *reader, size_t n)
{
    VgSampleSheet *sheet = VG_STUDY_NEW(reader, VgSampleSheet, 1);
    if (!sheet)
        return NULL;
    sheet->map = vg_map_create(reader->arena);
    if (!sheet->map)
        vg_study_no_memory(reader);
    sheet->participant = VG_STUDY_NEW(reader, size_t, n);
    sheet->visit = VG_STUDY_NEW(reader, size_t, n);
    sheet->line = VG_STUDY_NEW(reader, uint32_t, n);
    sheet->table_row = VG_STUDY_NEW(reader, size_t, n);
    sheet->seen = VG_STUDY_NEW(reader, bool, n);
    sheet->repeat = VG_STUDY_NEW(reader, bool, n);
    return reader->failed == VG_OK ? sheet : NULL;
}

static void read_rows(VgStudyReader *reader, VgSampleSheet *sheet, const VgTable *table,
                      const SheetColumns *columns)
{
    size_t nameless = 0, twice = 0, unknown = 0, undeclared = 0;
    for (size_t row = 0; row < table->n_rows && reader->failed == VG_OK; row++) {
        const char *name = vg_study_value(reader, columns->sample, row), *who;
        if (!name) {
            if (vg_study_listed(&nameless))
                vg_study_problem_in(reader, table->path, table->line[row], "no sample in column %s",
                                    "name it, or remove the row", columns->sample->name);
            continue;
        }
        if (vg_map_find(sheet->map, name, strlen(name)) >= 0) {
            if (vg_study_listed(&twice))
                vg_study_problem_in(reader, table->path, table->line[row],
                                    "sample %s for the second time", "one row per sample", name);
            continue;
        }
        size_t participant = vg_study_participant_of(reader, columns->participant, row, &who);
        bool control = !who;
        size_t visit = vg_study_visit_of_row(reader->study, columns->visit, row);
        if (!control && participant == SIZE_MAX && vg_study_listed(&unknown))
            vg_study_problem_in(reader, table->path, table->line[row],
                                "participant %s of sample %s is not in %s",
                                "add the participant there, or remove the row", who, name,
                                reader->participants_path);
        if (!control && visit == SIZE_MAX && vg_study_listed(&undeclared)) {
            const char *text = vg_study_value(reader, columns->visit, row);
            vg_study_problem_in(
                reader, table->path, table->line[row], "visit `%s` of sample %s is not declared",
                "declare it under visits:, or remove the row", text ? text : "", name);
        }
        if (vg_map_add(sheet->map, name, strlen(name)) < 0)
            vg_study_no_memory(reader);
        size_t at = sheet->n++;
        bool placed = participant != SIZE_MAX && visit != SIZE_MAX;
        sheet->participant[at] = placed ? participant : SIZE_MAX;
        sheet->visit[at] = visit;
        sheet->line[at] = table->line[row];
        sheet->table_row[at] = row;
        sheet->repeat[at] = columns->repeats;
        if (columns->matrix && sheet->matrix)
            sheet->matrix[at] = vg_study_value(reader, columns->matrix, row);
    }
    vg_study_and_more(reader, nameless, table->path, false, "rows without sample");
    vg_study_and_more(reader, twice, table->path, false, "samples named twice");
    vg_study_and_more(reader, unknown, table->path, false, "samples of unknown participants");
    vg_study_and_more(reader, undeclared, table->path, false, "samples of undeclared visits");
}

/* False when one is not there (told). */
static bool find_columns(VgStudyReader *reader, const VgTable *table, const VgYaml *node,
                         SheetColumns *columns)
{
    bool has_matrix = vg_yaml_get(node, "matrix") != NULL;
    *columns = (SheetColumns){
        .sample = sheet_column(reader, table, node, "sample", "sample"),
        .participant = sheet_column(reader, table, node, "participant", reader->id),
        .visit = sheet_column(reader, table, node, "visit", "visit"),
        .matrix = has_matrix ? sheet_column(reader, table, node, "matrix", NULL) : NULL};
    return columns->sample && columns->participant && columns->visit &&
           (columns->matrix || !has_matrix);
}

VgSampleSheet *vg_study_sample_sheet(VgStudyReader *reader, const VgYaml *node)
{
    static const char *const KEYS[] = {"table",  "sample", "participant",    "visit",
                                       "matrix", "batch",  "control",        "duplicates",
                                       "time",   "waking", "times_verified", NULL};
    if (!vg_study_is_map(reader, node, "samples"))
        return NULL;
    vg_study_keys(reader, node, "samples", KEYS, NULL);
    const VgYaml *path = vg_yaml_get(node, "table");
    if (!path) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "samples has no `table`",
                         "name the table with a row per sample");
        return NULL;
    }
    const char *id = vg_study_text(reader, node, "sample");
    const VgTable *table = vg_study_table(reader, path, id ? id : "sample");
    if (!table || !reader->participants_ok || !reader->visits_ok)
        return NULL;
    SheetColumns columns, again = {0};
    if (!find_columns(reader, table, node, &columns))
        return NULL;
    const VgYaml *second = vg_yaml_get(node, "duplicates");
    const VgTable *duplicates = second ? vg_study_table(reader, second, id ? id : "sample") : NULL;
    if (second && (!duplicates || !find_columns(reader, duplicates, node, &again)))
        return NULL;
    again.repeats = true;
    const char *batch = vg_study_text(reader, node, "batch");
    if (batch && !vg_study_column(reader, table, batch, vg_yaml_key_line(node, "batch")))
        batch = NULL;
    const char *kind = vg_study_text(reader, node, "control");
    const VgColumn *control =
        kind ? vg_study_column(reader, table, kind, vg_yaml_key_line(node, "control")) : NULL;
    size_t n = table->n_rows + (duplicates ? duplicates->n_rows : 0);
    VgSampleSheet *sheet = vg_study_new_sheet(reader, n);
    if (!sheet)
        return NULL;
    sheet->path = table->path;
    sheet->table = table;
    sheet->batch = batch;
    if (columns.matrix)
        sheet->matrix = VG_STUDY_NEW(reader, const char *, n);
    if (reader->failed == VG_OK)
        read_rows(reader, sheet, table, &columns);
    if (reader->failed == VG_OK)
        vg_study_sheet_times(reader, node, sheet, n);
    if (reader->failed == VG_OK && control)
        vg_study_read_control(reader, sheet, control);
    if (reader->failed == VG_OK && duplicates)
        read_rows(reader, sheet, duplicates, &again);
    return reader->failed == VG_OK ? sheet : NULL;
}

static bool add_sample_name(VgStudyReader *reader, VgSampleSheet *sheet, size_t participant,
                            size_t visit, const char *code)
{
    const char *name =
        vg_study_printf(reader, "%s_%s", reader->study->participant[participant], code);
    int64_t at = name ? vg_map_add(sheet->map, name, strlen(name)) : -1;
    if (at < 0) {
        vg_study_no_memory(reader);
        return false;
    }
    if ((size_t)at < sheet->n) { /* "a_1" at "2" and "a" at "1_2" */
        vg_study_problem(reader, VG_INVALID_INPUT, reader->root->line,
                         "participant and visit cannot be told apart in `%s`",
                         "use a sample sheet (panel: samples:)", name);
        return false;
    }
    sheet->participant[sheet->n] = participant;
    sheet->visit[sheet->n++] = visit;
    return true;
}

VgSampleSheet *vg_study_sample_names(VgStudyReader *reader)
{
    const VgStudy *study = reader->study;
    if (!reader->participants_ok || !reader->visits_ok)
        return NULL;
    size_t n_codes = 0;
    for (size_t v = 0; v < study->n_visits; v++)
        n_codes += study->visit[v].n_codes;
    VgSampleSheet *sheet = vg_study_new_sheet(reader, study->n_participants * n_codes);
    for (size_t i = 0; sheet && i < study->n_participants; i++)
        for (size_t v = 0; v < study->n_visits; v++)
            for (size_t k = 0; k < study->visit[v].n_codes; k++)
                if (!add_sample_name(reader, sheet, i, v, study->visit[v].code[k]))
                    return NULL;
    return sheet;
}

/* ---- the samples of a layer ---- */

static bool left_out(const VgLayerReader *layer, const char *name)
{
    for (size_t i = 0; i < layer->n_leave_out; i++)
        if (strcmp(layer->leave_out[i], name) == 0)
            return true;
    return false;
}

static bool belongs(const VgLayerReader *layer, size_t row)
{
    const VgSampleSheet *sheet = layer->sheet;
    if (!sheet->matrix || !sheet->matrix[row] || !layer->layer->matrix)
        return true;
    return strcmp(sheet->matrix[row], layer->layer->matrix) == 0;
}

/* What the sheet declares for this matrix and the file does not hold. */
static void tell_absent(VgLayerReader *layer, const bool *found)
{
    VgStudyReader *reader = layer->reader;
    const VgSampleSheet *sheet = layer->sheet;
    size_t absent = 0;
    for (size_t row = 0; row < sheet->n; row++) {
        if (sheet->participant[row] == SIZE_MAX || sheet->repeat[row] || !sheet->matrix ||
            !sheet->matrix[row] || !belongs(layer, row) ||
            left_out(layer, vg_map_key(sheet->map, row)))
            continue;
        layer->layer->n_declared++;
        if (!found[row] && vg_study_listed(&absent))
            vg_study_warn_in(reader, sheet->path, sheet->line[row],
                             "sample %s is not in the layer %s (%s)",
                             "it counts as missing there; look for it under another name",
                             vg_map_key(sheet->map, row), layer->layer->name, layer->path);
    }
    vg_study_and_more(reader, absent, sheet->path, true, "declared samples without data");
}

static void keep_sample(VgLayerReader *layer, const char *name, size_t file_row, size_t sheet_row)
{
    VgLayer *to = layer->layer;
    const VgSampleSheet *sheet = layer->sheet;
    to->sample[to->n_samples] = name;
    to->participant[to->n_samples] = sheet->participant[sheet_row];
    to->visit[to->n_samples] = sheet->visit[sheet_row];
    if (sheet->path)
        to->sample_line[to->n_samples] = sheet->line[sheet_row];
    if (sheet->minute)
        to->minute[to->n_samples] = sheet->minute[sheet_row];
    layer->row[to->n_samples++] = file_row;
}

/* From participant × visit to the sample that each repeat measures again. Repeats of what was not sampled first are
 * told, and so are repeats in a layer that does not average them. */
static void place_repeats(VgLayerReader *layer, const char *const *sample, const uint32_t *line)
{
    VgStudyReader *reader = layer->reader;
    const VgLayer *to = layer->layer;
    size_t n_participants = reader->study->n_participants, kept = 0, alone = 0, unasked = 0;
    bool averaged =
        !vg_layer_is_abundance(to->kind) && vg_study_bool(reader, layer->node, "replicates", false);
    for (size_t k = 0; k < layer->n_repeats; k++) {
        size_t row = layer->repeat_row[k], of = SIZE_MAX, at = line ? line[row] : 0;
        for (size_t i = 0; i < to->n_samples && of == SIZE_MAX; i++)
            if (to->participant[i] + n_participants * to->visit[i] == layer->repeat_of[k])
                of = i;
        if (!averaged && vg_study_listed(&unasked))
            vg_study_problem_in(reader, layer->path, at,
                                "sample %s of the layer %s is a duplicate, and the layer does not "
                                "say replicates: true",
                                "say so to average it, or name it under leave_out:", sample[row],
                                to->name);
        else if (averaged && of == SIZE_MAX && vg_study_listed(&alone))
            vg_study_warn_in(reader, layer->path, at,
                             "sample %s of the layer %s repeats a sample that is not there",
                             "it is not used", sample[row], to->name);
        if (of == SIZE_MAX || !averaged)
            continue;
        layer->repeat_row[kept] = row;
        layer->repeat_of[kept++] = of;
    }
    layer->n_repeats = kept;
    vg_study_and_more(reader, unasked, layer->path, false, "duplicates");
    vg_study_and_more(reader, alone, layer->path, true, "repeats of samples that are not there");
}

/* Several samples of a participant at a visit are a curve where something is computed from the layer and both have
 * their times. */
static bool one_curve(const VgLayerReader *layer, size_t row, const char *other)
{
    const VgSampleSheet *sheet = layer->sheet;
    if (!layer->layer->n_derivations || !sheet->minute || isnan(sheet->minute[row]))
        return false;
    int64_t at = vg_map_find(sheet->map, other, strlen(other));
    return at >= 0 && !isnan(sheet->minute[at]);
}

/* A declared sample that the file lacks is a missing point of its curve. */
static void add_absent(VgLayerReader *layer, const bool *found)
{
    const VgSampleSheet *sheet = layer->sheet;
    for (size_t row = 0; row < sheet->n; row++)
        if (!found[row] && sheet->participant[row] != SIZE_MAX && sheet->matrix &&
            sheet->matrix[row] && belongs(layer, row) &&
            !left_out(layer, vg_map_key(sheet->map, row)))
            keep_sample(layer, vg_map_key(sheet->map, row), SIZE_MAX, row);
}

bool vg_study_place_samples(VgLayerReader *layer, const char *const *sample, size_t n,
                            const uint32_t *line)
{
    VgStudyReader *reader = layer->reader;
    const VgStudy *study = reader->study;
    VgSampleSheet *sheet = layer->sheet;
    VgLayer *to = layer->layer;
    size_t most = n + sheet->n;
    to->sample = VG_STUDY_NEW(reader, const char *, most);
    to->participant = VG_STUDY_NEW(reader, size_t, most);
    to->visit = VG_STUDY_NEW(reader, size_t, most);
    to->sample_file = sheet->path;
    to->sample_line = sheet->path ? VG_STUDY_NEW(reader, uint32_t, most) : NULL;
    to->minute = sheet->minute ? VG_STUDY_NEW(reader, double, most) : NULL;
    to->times_verified = sheet->times_verified;
    layer->row = VG_STUDY_NEW(reader, size_t, most);
    layer->repeat_row = VG_STUDY_NEW(reader, size_t, n);
    layer->repeat_of = VG_STUDY_NEW(reader, size_t, n);
    layer->negative_row = VG_STUDY_NEW(reader, size_t, n);
    const char **taken =
        VG_STUDY_NEW(reader, const char *, study->n_participants * study->n_visits);
    bool *found = VG_STUDY_NEW(reader, bool, sheet->n);
    if (reader->failed != VG_OK)
        return false;
    size_t unknown = 0, twice = 0, elsewhere = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at_line = line ? line[i] : 0;
        int64_t row = vg_map_find(sheet->map, sample[i], strlen(sample[i]));
        if (left_out(layer, sample[i]) || (row >= 0 && sheet->participant[row] == SIZE_MAX)) {
            to->n_controls++;
            if (vg_study_is_negative(layer, sample[i], row))
                layer->negative_row[to->n_negative++] = i;
            continue;
        }
        if (row < 0) {
            if (vg_study_listed(&unknown))
                vg_study_problem_in(
                    reader, layer->path, at_line, "sample %s of the layer %s is not in %s",
                    layer->of_people ? "add its row there, or take it out of the table"
                                     : "add its row there, or name it under leave_out:",
                    sample[i], to->name,
                    sheet->path ? sheet->path : "the study's participants and visits");
            continue;
        }
        found[row] = sheet->seen[row] = true;
        if (!belongs(layer, (size_t)row)) {
            if (vg_study_listed(&elsewhere))
                vg_study_problem_in(reader, sheet->path, sheet->line[row],
                                    "sample %s of the layer %s (%s) is of %s here",
                                    "correct the sheet, or the layer's matrix", sample[i], to->name,
                                    to->matrix, sheet->matrix[row]);
            continue;
        }
        size_t cell = sheet->participant[row] + study->n_participants * sheet->visit[row];
        if (sheet->repeat[row]) { /* placed when all first samples are */
            layer->repeat_of[layer->n_repeats] = cell;
            layer->repeat_row[layer->n_repeats++] = i;
            continue;
        }
        bool curve = taken[cell] && one_curve(layer, (size_t)row, taken[cell]);
        layer->curves |= curve;
        if (taken[cell] && !curve) {
            if (vg_study_listed(&twice))
                vg_study_problem_in(
                    reader, sheet->path ? sheet->path : layer->path,
                    sheet->path ? sheet->line[row] : at_line,
                    "samples %s and %s of the layer %s are both of participant %s at %s",
                    layer->of_people ? "keep one sample of each person"
                    : layer->layer->n_derivations
                        ? "leave_out: one of them; points of a curve need their times (samples: "
                          "{time: COLUMN})"
                        : "leave_out: one of them",
                    taken[cell], sample[i], to->name, study->participant[sheet->participant[row]],
                    study->visit[sheet->visit[row]].name);
            continue;
        }
        taken[cell] = sample[i];
        keep_sample(layer, sample[i], i, (size_t)row);
    }
    place_repeats(layer, sample, line);
    vg_study_check_negatives(layer, sample);
    if (layer->curves)
        add_absent(layer, found);
    vg_study_and_more(reader, unknown, layer->path, false, "samples that are not declared");
    vg_study_and_more(reader, elsewhere, sheet->path, false, "samples of another matrix");
    vg_study_and_more(reader, twice, layer->path, false, "samples of one participant and visit");
    tell_absent(layer, found);
    if (to->n_samples == 0 && !unknown && !elsewhere)
        vg_study_problem_in(reader, layer->path, 0, "the layer %s has no sample of the study",
                            "check the names of samples", to->name);
    return to->n_samples > 0;
}

/* ---- columns of the sample sheet ---- */

static void read_batch(VgLayerReader *layer, const VgColumn *column)
{
    VgStudyReader *reader = layer->reader;
    VgLayer *to = layer->layer;
    VgMap *names = vg_map_create(reader->arena);
    to->batch = VG_STUDY_NEW(reader, int32_t, to->n_samples);
    if (!names)
        vg_study_no_memory(reader);
    if (reader->failed != VG_OK)
        return;
    for (size_t i = 0; i < to->n_samples; i++) {
        int64_t row = vg_map_find(layer->sheet->map, to->sample[i], strlen(to->sample[i]));
        const char *text = vg_study_value(reader, column, layer->sheet->table_row[row]);
        to->batch[i] = text ? (int32_t)vg_map_add(names, text, strlen(text)) : -1;
    }
    to->n_batches = vg_map_size(names);
    to->batch_name = VG_STUDY_NEW(reader, const char *, to->n_batches);
    for (size_t k = 0; to->batch_name && k < to->n_batches; k++)
        to->batch_name[k] = vg_map_key(names, k);
}

double *vg_study_sample_numbers(VgLayerReader *layer, const VgColumn *column, size_t line,
                                const char *words, const char *example, bool needed)
{
    VgStudyReader *reader = layer->reader;
    const VgSampleSheet *sheet = layer->sheet;
    VgLayer *to = layer->layer;
    size_t wrong = 0;
    if (column->type != VG_COLUMN_NUMBER) {
        vg_study_problem(reader, VG_INVALID_INPUT, line, "the column %s does not hold numbers",
                         vg_study_printf(reader, "name a column of %s", example), column->name);
        return NULL;
    }
    double *number = VG_STUDY_NEW(reader, double, to->n_samples);
    for (size_t i = 0; number && i < to->n_samples; i++) {
        size_t row = (size_t)vg_map_find(sheet->map, to->sample[i], strlen(to->sample[i]));
        number[i] = column->number[sheet->table_row[row]];
        bool sound = number[i] > 0 && isfinite(number[i]);
        if (!sound && (needed || !isnan(number[i])) && vg_study_listed(&wrong))
            vg_study_problem_in(
                reader, sheet->path, sheet->line[row], "the %s of sample %s is not above 0",
                "correct it, or name the sample under leave_out:", words, to->sample[i]);
    }
    vg_study_and_more(reader, wrong, sheet->path, false,
                      vg_study_printf(reader, "values of %s that are not above 0", words));
    return number;
}

void vg_study_sample_columns(VgLayerReader *layer)
{
    VgStudyReader *reader = layer->reader;
    const char *batch = vg_study_batch_key(layer);
    const char *load = vg_study_text(reader, layer->node, "load");
    if (!layer->sheet->table) {
        bool correct = layer->layer->correct_batch;
        if (batch || load || correct)
            vg_study_problem(reader, VG_INVALID_INPUT,
                             vg_yaml_key_line(layer->node, batch || correct ? "batch" : "load"),
                             "`%s` names a column of the sample sheet, and there is none",
                             "declare panel: samples:", batch || correct ? "batch" : "load");
        return;
    }
    if (layer->layer->correct_batch && !batch && !layer->sheet->batch)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(layer->node, "batch"),
                         "%s is to be corrected for batches, and none are named",
                         "add the column: batch: {column: plate, correct: true}", layer->what);
    size_t line = batch ? vg_yaml_key_line(layer->node, "batch") : layer->node->line;
    if (!batch)
        batch = layer->sheet->batch;
    const VgTable *table = layer->sheet->table;
    const VgColumn *column = batch ? vg_study_column(reader, table, batch, line) : NULL;
    if (column)
        read_batch(layer, column);
    column =
        load ? vg_study_column(reader, table, load, vg_yaml_key_line(layer->node, "load")) : NULL;
    if (column)
        layer->layer->load = vg_study_sample_numbers(
            layer, column, vg_yaml_key_line(layer->node, "load"), "load", "cells per gram", false);
    column = layer->dna ? vg_study_column(reader, table, layer->dna, layer->dna_line) : NULL;
    if (column)
        layer->layer->dna = vg_study_sample_numbers(layer, column, layer->dna_line, "DNA",
                                                    "concentrations of DNA", false);
}
