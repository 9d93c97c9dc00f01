/* Controls of a laboratory and what a study wants done about them: negative controls, contaminants, batches. */
#include "study/panel.h"

#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

static const char *const METHODS[] = {"auto",    "frequency", "prevalence", "combined",
                                      "minimum", "either",    "both",       NULL};

const char *vg_contaminant_method_name(VgContaminantMethod method)
{
    return (size_t)method < sizeof METHODS / sizeof *METHODS ? METHODS[method] : NULL;
}

/* ---- kinds of control ---- */

static int control_of(const char *text)
{
    static const char *const WORD[] = {"negative", "blank", "positive", "mock"};
    static const VgControl IS[] = {VG_CONTROL_NEGATIVE, VG_CONTROL_NEGATIVE, VG_CONTROL_POSITIVE,
                                   VG_CONTROL_POSITIVE};
    for (size_t k = 0; k < sizeof IS / sizeof *IS; k++)
        if (strcasecmp(text, WORD[k]) == 0)
            return (int)IS[k];
    return -1;
}

void vg_study_read_control(VgStudyReader *reader, VgSampleSheet *sheet, const VgColumn *column)
{
    size_t unknown = 0, both = 0;
    sheet->control = VG_STUDY_NEW(reader, unsigned char, sheet->n);
    for (size_t row = 0; sheet->control && row < sheet->n; row++) {
        const char *text = vg_study_value(reader, column, sheet->table_row[row]);
        const char *sample = vg_map_key(sheet->map, row);
        int kind = text ? control_of(text) : VG_CONTROL_UNTOLD;
        if (kind < 0 && vg_study_listed(&unknown))
            vg_study_problem_in(reader, sheet->path, sheet->line[row],
                                "sample %s is a control of kind `%s`",
                                "say negative (or blank) or positive (or mock)", sample, text);
        if (text && sheet->participant[row] != SIZE_MAX && vg_study_listed(&both))
            vg_study_problem_in(reader, sheet->path, sheet->line[row],
                                "sample %s is called a control and has a participant",
                                "leave one of them empty", sample);
        sheet->control[row] = (unsigned char)(kind < 0 ? VG_CONTROL_UNTOLD : kind);
    }
    vg_study_and_more(reader, unknown, sheet->path, false, "controls of unknown kind");
    vg_study_and_more(reader, both, sheet->path, false, "controls with a participant");
}

static bool named(const VgLayerReader *layer, const char *sample)
{
    for (size_t k = 0; k < layer->n_negative; k++)
        if (strcmp(layer->negative[k], sample) == 0)
            return true;
    return false;
}

bool vg_study_is_negative(const VgLayerReader *layer, const char *sample, int64_t row)
{
    const VgSampleSheet *sheet = layer->sheet;
    return named(layer, sample) ||
           (row >= 0 && sheet->control && sheet->control[row] == VG_CONTROL_NEGATIVE);
}

void vg_study_check_negatives(VgLayerReader *layer, const char *const *sample)
{
    VgStudyReader *reader = layer->reader;
    for (size_t k = 0; k < layer->n_negative; k++) {
        bool found = false;
        for (size_t i = 0; i < layer->layer->n_negative && !found; i++)
            found = strcmp(sample[layer->negative_row[i]], layer->negative[k]) == 0;
        if (!found)
            vg_study_problem(
                reader, VG_INVALID_INPUT, vg_yaml_key_line(layer->node, "contaminants"),
                "%s has no negative control %s",
                "it is a sample of its table without participant, as the table writes it",
                layer->what, layer->negative[k]);
    }
}

/* ---- contaminants ---- */

static void contaminant_map(VgLayerReader *layer, const VgYaml *node)
{
    static const char *const KEYS[] = {"negative", "dna", "method", "threshold", "remove", NULL};
    VgStudyReader *reader = layer->reader;
    VgLayer *to = layer->layer;
    const char *what = vg_study_printf(reader, "contaminants of %s", layer->what);
    vg_study_keys(reader, node, what, KEYS, NULL);
    layer->negative = vg_study_texts(reader, node, "negative", &layer->n_negative);
    layer->dna = vg_study_text(reader, node, "dna");
    layer->dna_line = layer->dna ? vg_yaml_key_line(node, "dna") : node->line;
    to->contaminant_method =
        (VgContaminantMethod)vg_study_choice(reader, node, "method", METHODS, VG_CONTAMINANTS_AUTO);
    to->remove_contaminants = vg_study_bool(reader, node, "remove", false);
    double threshold = vg_study_number(reader, node, "threshold");
    if (vg_yaml_get(node, "threshold") && !(threshold > 0 && threshold < 1))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "threshold"),
                         "the threshold of %s is not between 0 and 1",
                         "0.1 is usual, 0.5 calls what is commoner in controls", what);
    else if (!isnan(threshold))
        to->contaminant_threshold = threshold;
}

void vg_study_read_contaminants(VgLayerReader *layer)
{
    VgStudyReader *reader = layer->reader;
    const VgYaml *node = vg_yaml_get(layer->node, "contaminants");
    layer->layer->contaminant_threshold = 0.1;
    if (!node)
        return;
    if (node->kind == VG_YAML_MAP) {
        contaminant_map(layer, node);
        return;
    }
    static const char *const WORDS[] = {"list", "remove", NULL};
    layer->layer->remove_contaminants =
        vg_study_choice(reader, layer->node, "contaminants", WORDS, 0) == 1;
}

/* ---- batches ---- */

const char *vg_study_batch_key(VgLayerReader *layer)
{
    static const char *const KEYS[] = {"column", "correct", NULL};
    VgStudyReader *reader = layer->reader;
    VgLayer *to = layer->layer;
    const VgYaml *node = vg_yaml_get(layer->node, "batch");
    if (!node || node->kind != VG_YAML_MAP)
        return vg_study_text(reader, layer->node, "batch");
    vg_study_keys(reader, node, vg_study_printf(reader, "batch of %s", layer->what), KEYS, NULL);
    to->correct_batch = vg_study_bool(reader, node, "correct", false);
    if (to->correct_batch && vg_layer_is_abundance(to->kind)) {
        vg_study_problem(reader, VG_NOT_BUILT, vg_yaml_key_line(node, "correct"),
                         "%s: %s cannot be corrected for batches in this version",
                         "corrected counts are no counts: leave `correct` out; the quality page "
                         "says what batches explain",
                         layer->what, vg_layer_kind_name(to->kind));
        to->correct_batch = false;
    }
    return vg_study_text(reader, node, "column");
}
