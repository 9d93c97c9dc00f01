/* What a layer's `modules:` asks for: a file, or a mapping with how it is scored. The file itself, the panel reads
 * (vg_panel_derive). */
#include "study/panel.h"

#include <math.h>
#include <string.h>

static const char *const KEYS[] = {"file",           "coverage",      "statistic",
                                   "strict_complex", "allow_unknown", NULL};
static const char *const STATISTICS[] = {"median", "average", "sum", "minimum", NULL};

static void read_coverage(VgStudyReader *reader, const VgYaml *node, VgModulesKey *to)
{
    double coverage = vg_study_number(reader, node, "coverage");
    if (isnan(coverage))
        return;
    if (!(coverage > 0 && coverage <= 1))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "coverage"),
                         "a least coverage of %g",
                         "give the share of a module's steps that must be there, above 0 and at "
                         "most 1; the usual one is 0.66",
                         coverage);
    to->coverage = coverage;
}

void vg_study_read_modules_key(VgLayerReader *layer)
{
    VgStudyReader *reader = layer->reader;
    const VgYaml *node = vg_yaml_get(layer->node, "modules"), *file = node;
    if (!node)
        return;
    VgModulesKey *to = VG_STUDY_NEW(reader, VgModulesKey, 1);
    if (!to)
        return;
    to->line = vg_yaml_key_line(layer->node, "modules");
    if (node->kind == VG_YAML_MAP) {
        const char *what = vg_study_printf(reader, "modules of %s", layer->what);
        vg_study_keys(reader, node, what, KEYS, NULL);
        read_coverage(reader, node, to);
        to->statistic = STATISTICS[vg_study_choice(reader, node, "statistic", STATISTICS, 0)];
        to->strict_complex = vg_study_bool(reader, node, "strict_complex", false);
        to->allow_unknown = vg_study_bool(reader, node, "allow_unknown", false);
        file = vg_yaml_get(node, "file");
        if (!file) {
            vg_study_problem(reader, VG_INVALID_INPUT, to->line, "%s have no `file`",
                             "name a file of modules, or say file: built-in", what);
            return;
        }
    }
    if (file->kind != VG_YAML_SCALAR || strcmp(file->text, "built-in") != 0) {
        to->path = vg_study_path(reader, file);
        if (!to->path)
            return;
    }
    layer->layer->modules = to;
}
