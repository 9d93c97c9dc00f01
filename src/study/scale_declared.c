/* Scales that the study file declares, and look-up among these and the built-in ones. */
#include "study/reader.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const char *const KEYS[] = {"title",    "range",     "direction", "items",    "bands",
                                   "response", "remission", "unit",      "citation", NULL};

static void read_reversed(VgStudyReader *reader, const VgYaml *items, VgScale *scale)
{
    size_t n;
    const char **texts = vg_study_texts(reader, items, "reversed", &n);
    size_t *reversed = VG_STUDY_NEW(reader, size_t, n);
    for (size_t i = 0; reversed && i < n; i++) {
        double number;
        if (vg_study_to_number(texts[i], &number) && number == floor(number) && number >= 1 &&
            number <= (double)scale->n_items)
            reversed[scale->n_reversed++] = (size_t)number;
        else
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(items, "reversed"),
                             "`%s` is no item of %s", "number the items from 1", texts[i],
                             scale->name);
    }
    scale->reversed = reversed;
}

static void read_missing_rule(VgStudyReader *reader, const VgYaml *items, VgScale *scale)
{
    static const char *const RULES[] = {"prorate", NULL};
    const VgYaml *rule = vg_yaml_get(items, "missing");
    if (!rule || (rule->kind == VG_YAML_SCALAR && strcmp(rule->text, "all required") == 0))
        return;
    if (!vg_study_is_map(reader, rule, "missing"))
        return;
    vg_study_keys(reader, rule, "missing", RULES, NULL);
    double least = vg_study_number(reader, rule, "prorate");
    if (!(least >= 1 && least <= (double)scale->n_items && least == floor(least))) {
        vg_study_problem(reader, VG_INVALID_INPUT, rule->line,
                         "the least number of answered items is not from 1 to %zu",
                         "write missing: {prorate: 14}, or missing: all required", scale->n_items);
        return;
    }
    scale->missing_items = VG_ITEMS_PRORATE;
    scale->items_required = (size_t)least;
}

static void read_items(VgStudyReader *reader, const VgYaml *items, VgScale *scale)
{
    static const char *const ITEM_KEYS[] = {"n",       "range",      "reversed",
                                            "missing", "multiplier", NULL};
    if (!vg_study_is_map(reader, items, "items"))
        return;
    vg_study_keys(reader, items, "items", ITEM_KEYS, NULL);
    double n = vg_study_number(reader, items, "n"), range[2];
    if (!(n >= 1 && n <= 1000 && n == floor(n))) {
        vg_study_problem(reader, VG_INVALID_INPUT, items->line, "`items` has no whole number `n`",
                         "write items: {n: 17, range: [0, 4]}");
        return;
    }
    scale->n_items = (size_t)n;
    if (!vg_study_pair(reader, items, "range", range)) {
        vg_study_problem(reader, VG_INVALID_INPUT, items->line, "`items` has no `range`",
                         "write items: {n: 17, range: [0, 4]}");
        scale->n_items = 0;
        return;
    }
    scale->item_minimum = range[0];
    scale->item_maximum = range[1];
    double multiplier = vg_study_number(reader, items, "multiplier");
    if (multiplier > 0)
        scale->multiplier = multiplier;
    else if (vg_yaml_get(items, "multiplier"))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(items, "multiplier"),
                         "`multiplier` is not positive", "leave it out where the total is the sum");
    read_reversed(reader, items, scale);
    read_missing_rule(reader, items, scale);
    double low = n * range[0] * scale->multiplier, high = n * range[1] * scale->multiplier;
    if (low < scale->minimum || high > scale->maximum)
        vg_study_problem(reader, VG_INVALID_INPUT, items->line,
                         "totals of %s run from %g to %g, beyond its range (%g to %g)",
                         "correct range:, or the items", scale->name, low, high, scale->minimum,
                         scale->maximum);
}

/* bands: {minimal: [0, 7], mild: [8, 16]} in ascending order */
static void read_bands(VgStudyReader *reader, const VgYaml *bands, VgScale *scale)
{
    if (!vg_study_is_map(reader, bands, "bands"))
        return;
    VgSeverityBand *band = VG_STUDY_NEW(reader, VgSeverityBand, bands->n);
    if (!band)
        return;
    scale->band = band;
    for (size_t i = 0; i < bands->n; i++) {
        double range[2];
        if (!vg_study_pair(reader, bands, bands->key[i], range))
            continue;
        if (range[0] < scale->minimum || range[1] > scale->maximum ||
            (scale->n_bands && range[0] < band[scale->n_bands - 1].upper))
            vg_study_problem(reader, VG_INVALID_INPUT, bands->key_line[i],
                             "the band %s leaves the scale or overlaps the one before",
                             "list bands from low to high", bands->key[i]);
        band[scale->n_bands++] = (VgSeverityBand){bands->key[i], range[0], range[1]};
    }
}

static void read_scale(VgStudyReader *reader, const char *name, const VgYaml *node, VgScale *scale)
{
    static const char *const DIRECTIONS[] = {"lower is better", "higher is better", NULL};
    *scale = (VgScale){.name = name,
                       .title = name,
                       .item_minimum = NAN,
                       .item_maximum = NAN,
                       .minimum = -INFINITY,
                       .maximum = INFINITY,
                       .multiplier = 1,
                       .response_fraction = NAN,
                       .remission_cutoff = NAN,
                       .unit = "points"};
    if (!vg_study_is_map(reader, node, "a scale"))
        return;
    vg_study_keys(reader, node, "a scale", KEYS, NULL);
    const char *title = vg_study_text(reader, node, "title");
    const char *unit = vg_study_text(reader, node, "unit");
    scale->title = title ? title : name;
    scale->unit = unit ? unit : "points";
    scale->citation = scale->bands_citation = scale->remission_citation =
        vg_study_need_text(reader, node, "citation", "a scale", "say where the scale is described");
    double range[2];
    if (vg_study_pair(reader, node, "range", range)) {
        scale->minimum = range[0];
        scale->maximum = range[1];
    } else if (!vg_yaml_get(node, "range")) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "scale %s has no `range`",
                         "write range: [least total, greatest total]", name);
    }
    if (!vg_yaml_get(node, "direction"))
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "scale %s has no `direction`",
                         "write direction: lower is better (or higher is better)", name);
    scale->lower_is_better = vg_study_choice(reader, node, "direction", DIRECTIONS, 0) == 0;
    if (vg_yaml_get(node, "items"))
        read_items(reader, vg_yaml_get(node, "items"), scale);
    if (vg_yaml_get(node, "bands"))
        read_bands(reader, vg_yaml_get(node, "bands"), scale);
    scale->response_fraction = vg_study_number(reader, node, "response");
    scale->remission_cutoff = vg_study_number(reader, node, "remission");
    if (scale->response_fraction <= 0 || scale->response_fraction > 1)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "response"),
                         "a response fraction of %g", "write a share of the baseline, such as 0.5",
                         scale->response_fraction);
}

void vg_study_read_scales(VgStudyReader *reader)
{
    const VgYaml *scales = vg_yaml_get(reader->root, "scales");
    if (!scales || !vg_study_is_map(reader, scales, "scales"))
        return;
    reader->declared_scale = VG_STUDY_NEW(reader, VgScale, scales->n);
    if (!reader->declared_scale)
        return;
    reader->n_declared_scales = scales->n;
    for (size_t i = 0; i < scales->n; i++) {
        if (vg_scale_find(scales->key[i]))
            vg_study_problem(reader, VG_INVALID_INPUT, scales->key_line[i],
                             "%s is a built-in scale", "give yours another name", scales->key[i]);
        read_scale(reader, scales->key[i], scales->item[i], &reader->declared_scale[i]);
    }
}

const VgScale *vg_study_find_scale(VgStudyReader *reader, const char *name, size_t line)
{
    for (size_t i = 0; i < reader->n_declared_scales; i++)
        if (strcmp(reader->declared_scale[i].name, name) == 0)
            return &reader->declared_scale[i];
    const VgScale *scale = vg_scale_find(name);
    if (scale)
        return scale;
    size_t n_built_in, n = 0;
    const VgScale *built_in = vg_scales(&n_built_in);
    const char **names = VG_STUDY_NEW(reader, const char *, n_built_in + reader->n_declared_scales);
    for (size_t i = 0; names && i < n_built_in; i++)
        names[n++] = built_in[i].name;
    for (size_t i = 0; names && i < reader->n_declared_scales; i++)
        names[n++] = reader->declared_scale[i].name;
    vg_study_problem(
        reader, VG_INVALID_INPUT, line, "the scale `%s` is not known",
        vg_study_did_you_mean(reader, name, names, names ? n : 0,
                              "declare it under scales:, or give unit: and direction:"),
        name);
    return NULL;
}
