/* Layers of measurements with limits: concentrations, Olink's NPX, scores.
 *
 * A censored value stays censored: its limits are kept and its value is absent. Replicates are averaged; the mean of
 * values of which some are censored lies between the mean of their lower and the mean of their upper limits. */
#include "study/panel.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <vagus/lab_table.h>

#include "base/memory.h"

/* A limit of the assay: a number, or the column that holds it. */
static void read_limit(VgLayerReader *layer, const char *key, double *number, const char **column)
{
    const char *text = vg_study_text(layer->reader, layer->node, key);
    if (text && !vg_study_to_number(text, number))
        *column = text;
    else if (text && !(*number > 0))
        vg_study_problem(layer->reader, VG_INVALID_INPUT, vg_yaml_key_line(layer->node, key),
                         "`%s` of %s is not above 0", "name the limit, or its column", key,
                         layer->what);
}

/* The column of samples, or participant and visit joined. */
static const char *sample_column(VgLayerReader *layer)
{
    VgStudyReader *reader = layer->reader;
    const char *sample = vg_study_text(reader, layer->node, "sample");
    const char *participant = vg_study_text(reader, layer->node, "participant");
    const char *visit = vg_study_text(reader, layer->node, "visit");
    if (!participant)
        return sample;
    return vg_study_printf(reader, "%s+%s", participant, visit ? visit : "visit");
}

static VgLabTable *read_file(VgLayerReader *layer)
{
    static const char *const SIDES[] = {"rows", "columns", NULL};
    static const char *const FORMATS[] = {"long", "wide", "olink", "mwtab", NULL};
    static const VgLabFormat FORMAT[] = {VG_LAB_LONG, VG_LAB_WIDE, VG_LAB_OLINK, VG_LAB_MWTAB,
                                         VG_LAB_DETECT};
    VgStudyReader *reader = layer->reader;
    const VgYaml *node = layer->node;
    const char *in_file = vg_study_text(reader, node, "unit_in_file");
    if (in_file && !layer->layer->unit)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "unit_in_file"),
                         "%s has `unit_in_file` and no `unit`",
                         "unit: is what values are converted to; where nothing is, say unit: only",
                         layer->what);
    VgLabOptions options = {
        .format = FORMAT[vg_study_choice(reader, node, "format", FORMATS, 4)],
        .sample_column = sample_column(layer),
        .analyte_column = vg_study_text(reader, node, "analyte"),
        .value_column = vg_study_text(reader, node, "value"),
        .plate_column = vg_study_text(reader, node, "plate"),
        .analytes_in_rows = vg_study_choice(reader, node, "samples_in", SIDES, 0) == 1,
        .numbers_only = vg_study_bool(reader, node, "numbers_only", false),
        .censor_by_limits = vg_study_bool(reader, node, "censor_by_limits", false),
        .unit = in_file ? in_file : layer->layer->unit,
        .missing = reader->missing,
        .n_missing = reader->n_missing};
    options.skip = vg_study_texts(reader, node, "skip", &options.n_skip);
    read_limit(layer, "lod", &options.lod, &options.lod_column);
    read_limit(layer, "lloq", &options.lloq, &options.lloq_column);
    read_limit(layer, "uloq", &options.uloq, &options.uloq_column);
    VgLabTable *table;
    VgError error = {0};
    if (reader->failed != VG_OK)
        return NULL;
    if (vg_lab_table_read(reader->arena, layer->path, &options, &table, &error) != VG_OK) {
        vg_study_problem_from(reader, &error);
        return NULL;
    }
    vg_study_input(reader, table->path, table->sha256, table->n_records);
    return table;
}

/* unit: {IL6: pg/mL, LBP: ng/mL}: analytes of one file in units of their own. */
static void declare_units(VgLayerReader *layer, VgLabTable *table)
{
    VgStudyReader *reader = layer->reader;
    const VgYaml *units = vg_yaml_get(layer->node, "unit");
    if (!units || units->kind != VG_YAML_MAP)
        return;
    if (!table->unit)
        table->unit = VG_STUDY_NEW(reader, const char *, table->n_analytes);
    for (size_t k = 0; table->unit && k < units->n; k++) {
        size_t j = 0;
        while (j < table->n_analytes && strcmp(table->analyte_id[j], units->key[k]) != 0)
            j++;
        const char *unit = vg_study_text(reader, units, units->key[k]);
        if (j == table->n_analytes)
            vg_study_problem(reader, VG_INVALID_INPUT, units->key_line[k],
                             "`unit` names `%s`, and %s has no such analyte",
                             vg_study_did_you_mean(reader, units->key[k], table->analyte_id,
                                                   table->n_analytes, "look at the file's columns"),
                             units->key[k], layer->what);
        else if (unit && table->unit[j] && strcmp(unit, table->unit[j]) != 0)
            vg_study_problem(reader, VG_INVALID_INPUT, units->key_line[k],
                             "%s is in %s in the file, but study.yaml declares %s for it",
                             "declare the unit of the file", units->key[k], table->unit[j], unit);
        else if (unit)
            table->unit[j] = unit;
    }
}

/* Every concentration has a unit; what is not in the declared one is converted (panel/convert.c). */
static void check_units(VgLayerReader *layer, const VgLabTable *table)
{
    VgStudyReader *reader = layer->reader;
    const VgLayer *to = layer->layer;
    size_t without = 0;
    for (size_t j = 0; to->kind == VG_LAYER_CONCENTRATION && j < table->n_analytes; j++) {
        const char *unit = table->unit ? table->unit[j] : NULL;
        if (!unit && !to->unit && vg_study_listed(&without))
            vg_study_problem(reader, VG_INVALID_INPUT, layer->node->line, "%s of %s has no unit",
                             "declare it: unit: nmol/L, or of each: unit: {NAME: nmol/L}",
                             table->analyte_id[j], layer->what);
    }
    vg_study_and_more(reader, without, reader->file, false, "analytes without unit");
}

/* An amount of 0 was not measured but not found: below the least amount that the file holds of the analyte (of the
 * layer, where it was never found). */
static void censor_zeros(VgLayerReader *layer, VgLabTable *table)
{
    static const char *const WORDS[] = {"not_detected", NULL};
    VgStudyReader *reader = layer->reader;
    bool declared = vg_study_choice(reader, layer->node, "zeros", WORDS, SIZE_MAX) == 0;
    if (layer->layer->kind != VG_LAYER_CONCENTRATION) {
        if (declared)
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(layer->node, "zeros"),
                             "%s has `zeros`, but its 0 is a value like others", "remove it",
                             layer->what);
        return;
    }
    double *least = VG_STUDY_NEW(reader, double, table->n_analytes);
    if (!least)
        return;
    size_t zeros = 0;
    double least_of_all = INFINITY;
    for (size_t j = 0; j < table->n_analytes; j++)
        least[j] = INFINITY;
    for (size_t k = 0; k < table->n_records; k++) {
        const VgLabRecord *record = &table->record[k];
        if (record->censor != VG_OBSERVED)
            continue;
        zeros += record->value == 0;
        if (record->value > 0) {
            least[record->analyte] = fmin(least[record->analyte], record->value);
            least_of_all = fmin(least_of_all, record->value);
        }
    }
    if (zeros && !declared)
        vg_study_warn_in(reader, layer->path, 0,
                         "%zu of %zu values of %s are 0, which has no logarithm",
                         "say zeros: not_detected (each is then below the least amount seen of its "
                         "analyte), or give the limit: lod:",
                         zeros, table->n_records, layer->what);
    for (size_t k = 0; declared && k < table->n_records; k++) {
        VgLabRecord *record = &table->record[k];
        if (record->censor != VG_OBSERVED || record->value != 0)
            continue;
        record->censor = VG_CENSORED_BELOW;
        record->lower = -INFINITY;
        record->upper = isfinite(least[record->analyte]) ? least[record->analyte] : least_of_all;
    }
}

/* Sums over the replicates of each sample and analyte, while the records are read. */
typedef struct Sums {
    size_t *place;  /* of each sample of the file among those kept; SIZE_MAX = not kept */
    unsigned *n;    /* n_samples × n_features: measurements that are not missing */
    unsigned *open; /* … of which censored */
    double *lower, *upper;
} Sums;

static bool new_sums(VgLayerReader *layer, const VgLabTable *table, Sums *sums)
{
    VgStudyReader *reader = layer->reader;
    size_t cells;
    if (!vg_size_product(layer->layer->n_samples, table->n_analytes, &cells)) {
        vg_study_no_memory(reader);
        return false;
    }
    sums->place = VG_STUDY_NEW(reader, size_t, table->n_samples);
    sums->n = VG_STUDY_NEW(reader, unsigned, cells);
    sums->open = VG_STUDY_NEW(reader, unsigned, cells);
    sums->lower = VG_STUDY_NEW(reader, double, cells);
    sums->upper = VG_STUDY_NEW(reader, double, cells);
    if (reader->failed != VG_OK)
        return false;
    for (size_t i = 0; i < table->n_samples; i++)
        sums->place[i] = SIZE_MAX;
    for (size_t i = 0; i < layer->layer->n_samples; i++)
        if (layer->row[i] != SIZE_MAX)
            sums->place[layer->row[i]] = i;
    for (size_t k = 0; k < layer->n_repeats; k++)
        sums->place[layer->repeat_row[k]] = layer->repeat_of[k];
    return true;
}

static void add_records(VgLayerReader *layer, const VgLabTable *table, Sums *sums)
{
    VgStudyReader *reader = layer->reader;
    VgLayer *to = layer->layer;
    bool replicates = vg_study_bool(reader, layer->node, "replicates", false);
    size_t twice = 0, negative = 0;
    if (replicates)
        to->replicate = VG_STUDY_NEW(reader, VgRepeat, table->n_records);
    for (size_t k = 0; k < table->n_records && reader->failed == VG_OK; k++) {
        const VgLabRecord *record = &table->record[k];
        size_t i = sums->place[record->sample];
        if (i == SIZE_MAX || record->censor == VG_MISSING)
            continue;
        size_t cell = i + to->n_samples * record->analyte;
        if (to->kind == VG_LAYER_CONCENTRATION && record->censor == VG_OBSERVED &&
            record->value < 0 && vg_study_listed(&negative))
            vg_study_problem_in(reader, layer->path, record->line,
                                "%s of sample %s is negative (%g)",
                                "a concentration is 0 or more; is this a logarithm or a score?",
                                table->analyte_id[record->analyte], to->sample[i], record->value);
        if (sums->n[cell] && !replicates && vg_study_listed(&twice))
            vg_study_problem_in(reader, layer->path, record->line,
                                "%s of sample %s for the second time",
                                "say replicates: true to average them, or remove one",
                                table->analyte_id[record->analyte], to->sample[i]);
        if (replicates)
            to->replicate[to->n_replicates++] =
                (VgRepeat){i, record->analyte, record->lower < record->upper ? NAN : record->value};
        sums->n[cell]++;
        sums->open[cell] += record->censor != VG_OBSERVED;
        sums->lower[cell] += record->lower;
        sums->upper[cell] += record->upper;
    }
    vg_study_and_more(reader, negative, layer->path, false, "negative concentrations");
    vg_study_and_more(reader, twice, layer->path, false, "measurements of a sample and analyte");
}

static void count(VgLayer *to, double lower, double upper)
{
    bool is_missing = isnan(lower) != 0, censored = lower < upper;
    to->n_missing += (size_t)is_missing;
    to->n_below += (size_t)(censored && isfinite(upper));
    to->n_above += (size_t)(censored && !isfinite(upper));
}

/* Of each analyte; those never seen above the limit are told. */
static void fill(VgLayerReader *layer, const VgLabTable *table, const Sums *sums)
{
    VgStudyReader *reader = layer->reader;
    VgLayer *to = layer->layer;
    size_t n = to->n_samples, p = table->n_analytes, unseen = 0, n_values = 0;
    double *value = VG_STUDY_NEW(reader, double, n *p);
    if (!value)
        return;
    for (size_t j = 0; j < p; j++) {
        size_t seen = 0, below = to->n_below;
        for (size_t i = 0; i < n; i++) {
            size_t cell = i + n * j;
            double m = sums->n[cell];
            bool is_missing = sums->n[cell] == 0;
            sums->lower[cell] = is_missing ? NAN : sums->lower[cell] / m;
            sums->upper[cell] = is_missing ? NAN : sums->upper[cell] / m;
            value[cell] = is_missing || sums->open[cell] ? NAN : sums->lower[cell];
            seen += (size_t)(isnan(value[cell]) == 0);
            count(to, sums->lower[cell], sums->upper[cell]);
        }
        n_values += seen;
        below = to->n_below - below;
        if (!seen && below && vg_study_listed(&unseen))
            vg_study_warn_in(reader, layer->path, 0,
                             "%s of the layer %s is below its limit in every sample",
                             "nothing can be said of it", table->analyte_id[j], to->name);
    }
    vg_study_and_more(reader, unseen, layer->path, true,
                      "analytes that were never above the limit");
    if (!n_values)
        vg_study_problem_in(reader, layer->path, 0,
                            to->n_below ? "every value of the layer %s is below the limit (LLOQ)"
                                        : "the layer %s holds no value",
                            "check the unit of the limit, or leave the layer out", to->name);
    to->value = (VgMatrix){value, n, p, n};
    to->lower = (VgMatrix){sums->lower, n, p, n};
    to->upper = (VgMatrix){sums->upper, n, p, n};
    to->n_features = p;
    to->feature = table->analyte_id;
    to->feature_label = table->analyte_name;
    to->feature_unit = table->unit;
}

/* Analytes by their usual names, as declared: {butyrate: column of the file}. */
static void rename_analytes(VgLayerReader *layer, VgLabTable *table)
{
    VgStudyReader *reader = layer->reader;
    const VgYaml *map = vg_yaml_get(layer->node, "analytes");
    if (!map || !vg_study_is_map(reader, map, "analytes"))
        return;
    for (size_t k = 0; k < map->n; k++) {
        const char *column = vg_study_scalar(reader, map->item[k], map->key[k]);
        size_t j = 0;
        for (; column && j < table->n_analytes; j++)
            if (strcmp(table->analyte_id[j], column) == 0)
                break;
        if (!column)
            continue;
        if (j == table->n_analytes) {
            vg_study_problem(reader, VG_INVALID_INPUT, map->key_line[k], "%s holds no analyte `%s`",
                             vg_study_did_you_mean(reader, column, table->analyte_id,
                                                   table->n_analytes, "write it as the file does"),
                             layer->what, column);
            continue;
        }
        for (size_t i = 0; i < table->n_analytes; i++)
            if (i != j && strcmp(table->analyte_id[i], map->key[k]) == 0)
                vg_study_problem(reader, VG_INVALID_INPUT, map->key_line[k],
                                 "%s has an analyte `%s` already", "choose another name",
                                 layer->what, map->key[k]);
        table->analyte_id[j] = table->analyte_name[j] = map->key[k];
    }
}

/* Line of the first record of each sample. */
static const uint32_t *first_lines(VgStudyReader *reader, const VgLabTable *table)
{
    uint32_t *line = VG_STUDY_NEW(reader, uint32_t, table->n_samples);
    for (size_t k = table->n_records; line && k-- > 0;)
        line[table->record[k].sample] = table->record[k].line;
    return line;
}

void vg_study_read_measured(VgLayerReader *layer)
{
    VgStudyReader *reader = layer->reader;
    VgLayer *to = layer->layer;
    if (to->kind != VG_LAYER_CONCENTRATION && to->unit)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(layer->node, "unit"),
                         "%s has a unit, but its values are no amounts",
                         "remove it, or say kind: concentration", layer->what);
    if (vg_yaml_get(layer->node, "visit") && !vg_yaml_get(layer->node, "participant"))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(layer->node, "visit"),
                         "%s names a `visit` column and no `participant`", "name both, or neither",
                         layer->what);
    VgLabTable *table = read_file(layer);
    if (!table)
        return;
    declare_units(layer, table);
    rename_analytes(layer, table);
    check_units(layer, table);
    Sums sums;
    if (!layer->sheet || !vg_study_place_samples(layer, table->sample_id, table->n_samples,
                                                 first_lines(reader, table)))
        return;
    if (!new_sums(layer, table, &sums))
        return;
    censor_zeros(layer, table);
    add_records(layer, table, &sums);
    fill(layer, table, &sums);
    vg_study_sample_columns(layer);
}
