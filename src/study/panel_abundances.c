/* Layers of counts, shares and amounts, with their lineages and trees. */
#include "study/panel.h"

#include <string.h>

#include <vagus/feature_table.h>

#include "base/memory.h"

static const char *const RANKS[] = {"d", "k", "p", "c", "o", "f", "g", "s", "t", NULL};

static VgFeatureTable *read_file(VgLayerReader *layer)
{
    static const VgFeatureKind KIND[] = {VG_FEATURES_COUNTS, VG_FEATURES_RELATIVE,
                                         VG_FEATURES_UNKNOWN};
    static const char *const SIDES[] = {"columns", "rows", NULL};
    VgStudyReader *reader = layer->reader;
    VgFeatureOptions options = {
        .kind = KIND[layer->layer->kind],
        .features_in_columns = vg_study_choice(reader, layer->node, "samples_in", SIDES, 0) == 1,
        .id_column = vg_study_text(reader, layer->node, "id"),
        .numbers_only = vg_study_bool(reader, layer->node, "numbers_only", false)};
    options.skip = vg_study_texts(reader, layer->node, "skip", &options.n_skip);
    const char *separator = vg_study_text(reader, layer->node, "strata_separator");
    if (separator && strlen(separator) != 1)
        vg_study_problem(reader, VG_INVALID_INPUT,
                         vg_yaml_key_line(layer->node, "strata_separator"),
                         "`strata_separator: %s`", "give one character", separator);
    options.strata_separator = separator ? *separator : 0;
    size_t rank = vg_study_choice(reader, layer->node, "rank", RANKS, SIZE_MAX);
    if (rank != SIZE_MAX)
        options.rank = *RANKS[rank];
    VgFeatureTable *table;
    VgError error = {0};
    if (vg_feature_table_read(reader->arena, layer->path, &options, &table, &error) != VG_OK) {
        vg_study_problem_from(reader, &error);
        return NULL;
    }
    vg_study_input(reader, table->path, table->sha256, table->n_samples);
    return table;
}

static void read_taxonomy(VgLayerReader *layer, VgFeatureTable *table)
{
    VgStudyReader *reader = layer->reader;
    const char *path = vg_study_path(reader, vg_yaml_get(layer->node, "taxonomy"));
    VgError error = {0};
    VgTaxonomy *taxonomy;
    size_t without = 0;
    if (!path)
        return;
    if (vg_taxonomy_read(reader->arena, path, &taxonomy, &error) != VG_OK ||
        vg_feature_table_set_taxonomy(reader->arena, table, taxonomy, &without, &error) != VG_OK) {
        vg_study_problem_from(reader, &error);
        return;
    }
    vg_study_input(reader, taxonomy->path, taxonomy->sha256, taxonomy->n);
    if (without)
        vg_study_warn_in(reader, path, 0, "%zu of %zu features of %s have no lineage",
                         "they keep their identifiers", without, table->n_features, layer->what);
}

/* Features taken together by rank, as declared. */
static VgFeatureTable *collapse(VgLayerReader *layer, VgFeatureTable *table)
{
    static const char *const WORDS[] = {"kingdom", "phylum", "class",   "order",
                                        "family",  "genus",  "species", NULL};
    VgStudyReader *reader = layer->reader;
    size_t line = vg_yaml_key_line(layer->node, "collapse");
    size_t rank = vg_study_choice(reader, layer->node, "collapse", WORDS, SIZE_MAX);
    if (rank == SIZE_MAX)
        return table;
    if (vg_yaml_get(layer->node, "tree")) {
        vg_study_problem(reader, VG_INVALID_INPUT, line, "%s has `collapse` and a tree",
                         "a sum of features is no tip: keep one of them, or declare the table "
                         "again as a second layer",
                         layer->what);
        return NULL;
    }
    if (!table->lineage || table->nested) {
        vg_study_problem(
            reader, VG_INVALID_INPUT, line, "the features of %s cannot be taken together by %s: %s",
            "add taxonomy: FILE (feature and lineage), or remove collapse:", layer->what,
            WORDS[rank], table->nested ? "they have several ranks" : "they have no lineages");
        return NULL;
    }
    VgFeatureTable *together;
    VgError error = {0};
    if (vg_feature_table_collapse(reader->arena, table, *WORDS[rank], &together, &error) != VG_OK) {
        vg_study_problem_from(reader, &error);
        return NULL;
    }
    return together;
}

/* Lineages in words; of several features with one lineage each keeps its identifier beside them. */
static void label_features(VgLayerReader *layer, const VgFeatureTable *table, bool collapsed)
{
    VgStudyReader *reader = layer->reader;
    VgLayer *to = layer->layer;
    const char **label =
        table->lineage ? VG_STUDY_NEW(reader, const char *, table->n_features) : NULL;
    if (!label)
        return;
    for (size_t j = 0; j < table->n_features; j++) {
        const char *words =
            table->lineage[j] ? vg_lineage_label(reader->arena, table->lineage[j]) : NULL;
        if (!words)
            label[j] = to->feature[j];
        else
            label[j] =
                collapsed ? words : vg_study_printf(reader, "%s (%s)", words, to->feature[j]);
    }
    to->feature_label = label;
}

/* The used samples as a dense matrix; samples of zeros only are told. */
static void fill(VgLayerReader *layer, const VgFeatureTable *table)
{
    VgStudyReader *reader = layer->reader;
    VgLayer *to = layer->layer;
    size_t n = to->n_samples, p = table->n_features, empty = 0, cells;
    if (!vg_size_product(n, p, &cells)) {
        vg_study_no_memory(reader);
        return;
    }
    double *value = VG_STUDY_NEW(reader, double, cells);
    if (!value)
        return;
    for (size_t i = 0; i < n; i++) {
        size_t row = layer->row[i];
        const VgAbundances *from = &table->amount;
        if (from->start[row] == from->start[row + 1] && vg_study_listed(&empty))
            vg_study_problem_in(
                reader, layer->path, 0, "sample %s holds zeros only",
                layer->of_people ? "look why nothing was found in it, or take it out of the table"
                                 : "look why nothing was found in it, or name it under leave_out:",
                to->sample[i]);
        for (size_t k = from->start[row]; k < from->start[row + 1]; k++)
            value[i + n * from->feature[k]] = from->value[k];
    }
    vg_study_and_more(reader, empty, layer->path, false, "samples of zeros only");
    to->value = (VgMatrix){value, n, p, n};
    to->n_features = p;
    to->feature = to->feature_label = table->feature_id;
    to->table = table;
    to->table_row = layer->row;
}

/* Amounts in the negative controls. */
static void fill_negatives(VgLayerReader *layer, const VgFeatureTable *table)
{
    VgStudyReader *reader = layer->reader;
    VgLayer *to = layer->layer;
    size_t n = to->n_negative, cells;
    if (!n || !vg_size_product(n, table->n_features, &cells))
        return;
    double *value = VG_STUDY_NEW(reader, double, cells);
    to->negative_name = VG_STUDY_NEW(reader, const char *, n);
    if (reader->failed != VG_OK)
        return;
    for (size_t i = 0; i < n; i++) {
        size_t row = layer->negative_row[i];
        to->negative_name[i] = table->sample_id[row];
        for (size_t k = table->amount.start[row]; k < table->amount.start[row + 1]; k++)
            value[i + n * table->amount.feature[k]] = table->amount.value[k];
    }
    to->negative = (VgMatrix){value, n, table->n_features, n};
}

static void read_tree(VgLayerReader *layer, const VgYaml *node)
{
    VgStudyReader *reader = layer->reader;
    const VgLayer *to = layer->layer;
    const char *path = vg_study_path(reader, node);
    VgError error = {0};
    VgTree *tree;
    if (!path)
        return;
    if (vg_tree_read(reader->arena, path, &tree, &error) != VG_OK) {
        vg_study_problem_from(reader, &error);
        return;
    }
    vg_study_input(reader, tree->path, tree->sha256, tree->n_tips);
    VgMap *tips = vg_map_create(reader->arena);
    if (!tips)
        vg_study_no_memory(reader);
    for (size_t k = 0; tips && k < tree->n_tips; k++)
        if (vg_map_add(tips, tree->name[tree->tip[k]], strlen(tree->name[tree->tip[k]])) < 0)
            vg_study_no_memory(reader);
    size_t lacking = 0;
    for (size_t j = 0; tips && j < to->n_features; j++)
        if (vg_map_find(tips, to->feature[j], strlen(to->feature[j])) < 0 &&
            vg_study_listed(&lacking))
            vg_study_problem_in(reader, path, 0, "the tree has no tip for %s of the layer %s",
                                "place the feature in the tree, or leave it out of the table",
                                to->feature[j], to->name);
    vg_study_and_more(reader, lacking, path, false, "features without a tip");
    if (vg_tree_require_lengths(tree, &error) != VG_OK)
        vg_study_problem_from(reader, &error);
    layer->layer->tree = tree;
}

void vg_study_read_abundances(VgLayerReader *layer)
{
    VgStudyReader *reader = layer->reader;
    VgLayer *to = layer->layer;
    if (to->kind == VG_LAYER_ABSOLUTE && !to->unit)
        vg_study_problem(reader, VG_INVALID_INPUT, layer->node->line, "%s has no `unit`",
                         "absolute amounts have one: unit: cells/g", layer->what);
    if (to->kind != VG_LAYER_ABSOLUTE && to->unit)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(layer->node, "unit"),
                         "%s has a unit, but %s have none", "remove it, or say kind: absolute",
                         layer->what, to->kind == VG_LAYER_COUNTS ? "counts" : "shares");
    if (to->kind == VG_LAYER_ABSOLUTE && vg_yaml_get(layer->node, "load"))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(layer->node, "load"),
                         "%s is absolute and has a `load`", "loads make counts and shares absolute",
                         layer->what);
    VgFeatureTable *table = read_file(layer);
    if (!table || !layer->sheet)
        return;
    if (table->nested)
        vg_study_problem(reader, VG_INVALID_INPUT, layer->node->line, "%s holds several ranks",
                         "choose one: rank: s", layer->what);
    if (vg_yaml_get(layer->node, "taxonomy"))
        read_taxonomy(layer, table);
    const VgFeatureTable *as_read = table;
    table = collapse(layer, table);
    if (!table || !vg_study_place_samples(layer, table->sample_id, table->n_samples, NULL))
        return;
    fill(layer, table);
    label_features(layer, table, table != as_read);
    fill_negatives(layer, table);
    const VgYaml *tree = vg_yaml_get(layer->node, "tree");
    if (tree && to->n_features)
        read_tree(layer, tree);
    vg_study_sample_columns(layer);
}
