/* The nodes of a design: what values they have, and how they are measured. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "study/design.h"

double vg_design_number(VgStudyReader *reader, const VgYaml *map, const char *key, double low,
                        double high, double otherwise)
{
    if (!vg_yaml_get(map, key))
        return otherwise;
    double value = vg_study_number(reader, map, key);
    if (isnan(value))
        return otherwise;
    if (value >= low && value <= high)
        return value;
    vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, key),
                     "`%s: %g` does not lie between %g and %g", "see docs/design-file.md", key,
                     value, low, high);
    return otherwise;
}

bool *vg_design_visits(VgStudyReader *reader, const VgYaml *map, const char *key)
{
    const VgStudy *study = reader->study;
    bool *at = VG_STUDY_NEW(reader, bool, study->n_visits);
    size_t n;
    const char **names = vg_study_texts(reader, map, key, &n);
    for (size_t v = 0; at && !names && v < study->n_visits; v++)
        at[v] = true;
    for (size_t i = 0; at && i < n; i++) {
        size_t visit = vg_study_need_visit(reader, names[i], vg_yaml_key_line(map, key));
        if (visit != SIZE_MAX)
            at[visit] = true;
    }
    return at;
}

/* course: [0, -2, -4] in the node's unit (of log-normal ones: in SDs), into SDs. */
static const double *read_course(VgDesignReader *d, const VgYaml *map, const VgAxisNode *node)
{
    const VgYaml *list = vg_yaml_get(map, "course");
    size_t n = d->axis.axis->n_visits;
    if (!list)
        return NULL;
    if (list->kind != VG_YAML_LIST || list->n != n) {
        vg_study_problem(d->reader, VG_INVALID_INPUT, list->line,
                         "the course of %s does not have a number for each of the %zu visits",
                         "write the mean changes since baseline: [0, -2, -4]", node->name, n);
        return NULL;
    }
    double *course = VG_STUDY_NEW(d->reader, double, n);
    double scale = node->distribution.shape == VG_AXIS_LOGNORMAL ? 1 : node->distribution.sd;
    for (size_t v = 0; course && v < n; v++) {
        const VgYaml *item = list->item[v];
        if (item->kind != VG_YAML_SCALAR || !vg_study_to_number(item->text, &course[v])) {
            vg_study_problem(d->reader, VG_INVALID_INPUT, item->line,
                             "the course of %s holds what is no number",
                             "write the mean changes since baseline: [0, -2, -4]", node->name);
            return NULL;
        }
        course[v] /= scale;
    }
    if (course && course[0] != 0)
        vg_study_problem(
            d->reader, VG_INVALID_INPUT, list->line, "the course of %s does not begin with 0",
            "it is the change since baseline; the baseline itself is `mean`", node->name);
    return course;
}

static void read_distribution(VgDesignReader *d, const VgYaml *map, VgAxisNode *node)
{
    static const char *const SHAPES[] = {"normal", "lognormal", "binary", NULL};
    VgStudyReader *reader = d->reader;
    VgAxisDistribution *x = &node->distribution;
    x->shape = (VgAxisShape)vg_study_choice(reader, map, "shape", SHAPES, VG_AXIS_NORMAL);
    bool binary = x->shape == VG_AXIS_BINARY, log = x->shape == VG_AXIS_LOGNORMAL;
    if (binary && node->varies)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "shape"),
                         "%s varies over visits and cannot be binary",
                         "binary is for what is known at baseline", node->name);
    x->mean = vg_design_number(reader, map, "mean",
                               log      ? 1e-300
                               : binary ? 1e-6
                                        : -1e300,
                               binary ? 1 - 1e-6 : 1e300, NAN);
    x->sd = binary ? sqrt(x->mean * (1 - x->mean))
                   : vg_design_number(reader, map, "sd", 1e-300, 1e300, NAN);
    x->stable = vg_design_number(reader, map, "stable", 0, 1, 0.5);
    x->autocorrelation = vg_design_number(reader, map, "autocorrelation", -0.99, 0.99, 0);
    x->course = read_course(d, map, node);
}

void vg_design_read_node(VgDesignReader *d, const VgYaml *map, size_t index, const char *what)
{
    VgStudyReader *reader = d->reader;
    VgAxisNode *node = &d->axis.axis->node[index];
    const char *label = vg_study_text(reader, map, "label"),
               *unit = vg_study_text(reader, map, "unit");
    (void)what;
    if (label)
        node->label = label;
    if (unit)
        node->unit = unit;
    read_distribution(d, map, node);
    VgAxisMeasurement *m = &node->measurement;
    if (vg_yaml_get(map, "reliability")) {
        double reliability = vg_study_number(reader, map, "reliability");
        if (!isnan(reliability) && !(reliability > 0 && reliability <= 1))
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(map, "reliability"),
                             "the reliability of %s is %g, outside (0, 1]",
                             "it is the share of the measured variance that is true", node->name,
                             reliability);
        else
            m->reliability = reliability;
        m->reliability_line = vg_yaml_key_line(map, "reliability");
    }
    m->lloq = vg_design_number(reader, map, "lloq", 0, 1e300, NAN);
    m->missing = vg_design_number(reader, map, "missing", 0, 0.99, 0);
    m->batch_sd = vg_design_number(reader, map, "batch_sd", 0, 10, 0);
}

/* ---- markers: {il6: {layer: immune, mean: …}}, functions, moderators, confounders ---- */

static void read_marker(VgDesignReader *d, const char *name, size_t line, const VgYaml *map)
{
    static const char *const KEYS[] = {"layer", VG_DESIGN_NODE_KEYS, NULL};
    VgAxis *axis = d->axis.axis;
    size_t node = vg_axis_find_node(axis, name);
    if (node == VG_AXIS_NONE || axis->node[node].kind != VG_AXIS_MARKER) {
        vg_study_problem(d->reader, VG_INVALID_INPUT, line, "`%s` is a marker of no channel",
                         vg_study_axis_nearest(&d->axis, name, "name it under channels:"), name);
        return;
    }
    if (!vg_study_is_map(d->reader, map, name))
        return;
    vg_study_keys(d->reader, map, "a marker", KEYS, NULL);
    axis->node[node].line = line;
    vg_design_read_node(d, map, node, "a marker");
}

static void read_function(VgDesignReader *d, const char *name, size_t line, const VgYaml *map)
{
    static const char *const KEYS[] = {"module", VG_DESIGN_NODE_KEYS, NULL};
    if (vg_axis_find_node(d->axis.axis, name) != VG_AXIS_NONE ||
        vg_axis_find_channel(d->axis.axis, name) != VG_AXIS_NONE) {
        vg_study_problem(d->reader, VG_INVALID_INPUT, line,
                         "the function `%s` has the name of something else in the graph",
                         "give it a name of its own", name);
        return;
    }
    size_t node = vg_study_axis_node(&d->axis, name, VG_AXIS_FUNCTION, line);
    if (node == VG_AXIS_NONE)
        return;
    VgAxisNode *made = &d->axis.axis->node[node];
    made->distribution = (VgAxisDistribution){.mean = 0, .sd = 1, .stable = 0.5};
    if (vg_yaml_is_null(map) || !vg_study_is_map(d->reader, map, name))
        return;
    vg_study_keys(d->reader, map, "a function", KEYS, NULL);
    vg_design_read_node(d, map, node, "a function");
    made = &d->axis.axis->node[node];
    const char *module = vg_study_text(d->reader, map, "module");
    made->module = module;
    if (isnan(made->distribution.mean))
        made->distribution.mean = 0;
    if (isnan(made->distribution.sd))
        made->distribution.sd = 1;
}

static void read_moderator(VgDesignReader *d, const char *name, size_t line, const VgYaml *map)
{
    static const char *const KEYS[] = {VG_DESIGN_NODE_KEYS, NULL};
    size_t node = vg_study_moderator(&d->axis, name, line);
    if (node == SIZE_MAX || !vg_study_is_map(d->reader, map, name))
        return;
    vg_study_keys(d->reader, map, "a moderator", KEYS, NULL);
    vg_design_read_node(d, map, node, "a moderator");
}

static void each(VgDesignReader *d, const char *key,
                 void (*read)(VgDesignReader *, const char *, size_t, const VgYaml *))
{
    const VgYaml *section = vg_yaml_get(d->axis.section, key);
    if (!section || !vg_study_is_map(d->reader, section, key))
        return;
    for (size_t i = 0; i < section->n && d->reader->failed == VG_OK; i++)
        read(d, section->key[i], section->key_line[i], section->item[i]);
}

/* The graph has them already; what they are like is read here. */
static void read_confounder(VgDesignReader *d, const char *name, size_t line, const VgYaml *map)
{
    (void)line;
    size_t node = vg_axis_find_node(d->axis.axis, name);
    if (node != VG_AXIS_NONE && map->kind == VG_YAML_MAP)
        vg_design_read_node(d, map, node, "a confounder");
}

void vg_design_read_nodes(VgDesignReader *d)
{
    each(d, "markers", read_marker);
    each(d, "functions", read_function);
    each(d, "moderators", read_moderator);
    each(d, "confounders", read_confounder);
}

/* Unmeasured causes need no unit of their own. */
static void fill_unmeasured(VgAxisNode *node)
{
    if (node->kind != VG_AXIS_CONFOUNDER)
        return;
    if (isnan(node->distribution.mean))
        node->distribution.mean = 0;
    if (isnan(node->distribution.sd))
        node->distribution.sd = 1;
    if (isnan(node->distribution.stable))
        node->distribution.stable = 0.5;
}

void vg_design_check_nodes(VgDesignReader *d)
{
    VgAxis *axis = d->axis.axis;
    for (size_t i = 0; i < axis->n_nodes; i++) {
        VgAxisNode *node = &axis->node[i];
        if (node->kind == VG_AXIS_COMPONENT || node->baseline_of != VG_AXIS_NONE)
            continue;
        if (node->place.source == VG_AXIS_UNMEASURED)
            fill_unmeasured(node);
        if (node->kind == VG_AXIS_CONFOUNDER && node->varies &&
            node->place.source != VG_AXIS_UNMEASURED)
            vg_study_problem(d->reader, VG_INVALID_INPUT, node->line,
                             "the confounder %s varies over visits, and no table would hold it",
                             "add measured: false, or make it an outcome", node->name);
        if (isnan(node->distribution.mean) || isnan(node->distribution.sd))
            vg_study_problem(d->reader, VG_INVALID_INPUT, node->line, "the %s %s has no %s",
                             "say what values it has: {mean: 10, sd: 2}",
                             vg_axis_kind_name(node->kind), node->name,
                             isnan(node->distribution.mean) ? "mean" : "sd");
    }
}
