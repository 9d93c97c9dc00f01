/* What a layer's `derive:` asks for: names, and the signed members of an index. Which names there are, the panel knows
 * (vg_panel_derive). */
#include "study/panel.h"

#include <string.h>

static double read_sign(VgStudyReader *reader, const VgYaml *node, const char *member)
{
    double sign = 0;
    if (node->kind != VG_YAML_SCALAR || !vg_study_to_number(node->text, &sign) ||
        (sign != 1 && sign != -1))
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "the sign of `%s` is neither 1 nor -1",
                         "1: it rises with what the index stands for; -1: it falls", member);
    return sign;
}

/* {il6: 1, il10: -1}, or [il6, tnf], which are all of sign 1. */
static void read_members(VgStudyReader *reader, const VgYaml *node, VgDerivation *to)
{
    if (vg_yaml_is_null(node))
        return;
    if (node->kind == VG_YAML_SCALAR) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "`%s` has no members",
                         "name them with their signs: {il6: 1, tnf: 1, il10: -1}", to->name);
        return;
    }
    to->member = VG_STUDY_NEW(reader, const char *, node->n);
    to->sign = VG_STUDY_NEW(reader, double, node->n);
    for (size_t k = 0; k < node->n && reader->failed == VG_OK; k++) {
        bool listed = node->kind == VG_YAML_LIST;
        const char *member =
            listed ? vg_study_scalar(reader, node->item[k], to->name) : node->key[k];
        if (!member)
            continue;
        to->member[to->n_members] = member;
        to->sign[to->n_members++] = listed ? 1 : read_sign(reader, node->item[k], member);
    }
}

static void add(VgLayerReader *layer, const char *name, size_t line, const VgYaml *members)
{
    VgLayer *to = layer->layer;
    for (size_t k = 0; k < to->n_derivations; k++)
        if (strcmp(to->derivation[k].name, name) == 0) {
            vg_study_problem(layer->reader, VG_INVALID_INPUT, line, "`%s` stands there twice",
                             "name it once", name);
            return;
        }
    VgDerivation *made = &to->derivation[to->n_derivations++];
    *made = (VgDerivation){.name = name, .line = line};
    if (members)
        read_members(layer->reader, members, made);
}

static void add_keys(VgLayerReader *layer, const VgYaml *map)
{
    for (size_t k = 0; k < map->n; k++)
        add(layer, map->key[k], map->key_line[k], map->item[k]);
}

void vg_study_read_derivations(VgLayerReader *layer)
{
    VgStudyReader *reader = layer->reader;
    const VgYaml *node = vg_yaml_get(layer->node, "derive");
    if (!node)
        return;
    size_t n = node->kind == VG_YAML_SCALAR ? 1 : 0;
    for (size_t k = 0; k < node->n; k++)
        n +=
            node->kind == VG_YAML_LIST && node->item[k]->kind == VG_YAML_MAP ? node->item[k]->n : 1;
    layer->layer->derivation = VG_STUDY_NEW(reader, VgDerivation, n);
    if (!layer->layer->derivation)
        return;
    if (node->kind == VG_YAML_MAP) {
        add_keys(layer, node);
        return;
    }
    for (size_t k = 0; k < (node->kind == VG_YAML_LIST ? node->n : 1); k++) {
        const VgYaml *item = node->kind == VG_YAML_LIST ? node->item[k] : node;
        if (item->kind == VG_YAML_MAP) {
            add_keys(layer, item);
            continue;
        }
        const char *name = vg_study_scalar(reader, item, "derive");
        if (name)
            add(layer, name, item->line, NULL);
    }
}
