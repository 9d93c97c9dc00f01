/* Arms and the components that they are made of. */
#include "study/reader.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static void read_component(VgStudyReader *reader, const char *name, const VgYaml *node,
                           VgComponent *component)
{
    static const char *const KEYS[] = {"type", "class", "detail", "strains", "dose", "unit", NULL};
    static const char *const UNBUILT[] = {"verified_at_use", "donor", NULL};
    *component = (VgComponent){.name = name, .dose = NAN};
    if (!vg_study_is_map(reader, node, "a component"))
        return;
    vg_study_keys(reader, node, "a component", KEYS, UNBUILT);
    component->type =
        vg_study_need_text(reader, node, "type", "a component",
                           "say what it is: antidepressant, psychobiotic, diet, psychotherapy, …");
    const char *class = vg_study_text(reader, node, "class");
    component->detail = vg_study_text(reader, node, "detail");
    size_t n;
    const char **strain = vg_study_texts(reader, node, "strains", &n);
    if (class)
        component->detail =
            component->detail ? vg_study_printf(reader, "%s; %s", class, component->detail) : class;
    for (size_t i = 0; i < n; i++)
        component->detail =
            component->detail
                ? vg_study_printf(reader, "%s%s %s", component->detail, i ? "," : ";", strain[i])
                : strain[i];
    component->dose = vg_study_number(reader, node, "dose");
    component->unit = vg_study_text(reader, node, "unit");
    if (isfinite(component->dose) && (component->dose <= 0 || !component->unit))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "dose"),
                         "the dose of %s is not a positive number with a unit",
                         "write dose: 8e9 and unit: CFU/day", name);
}

static void read_components(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    const VgYaml *components = vg_yaml_get(reader->root, "components");
    if (!components || !vg_study_is_map(reader, components, "components"))
        return;
    study->component = VG_STUDY_NEW(reader, VgComponent, components->n);
    if (!study->component)
        return;
    study->n_components = components->n;
    for (size_t i = 0; i < components->n; i++)
        read_component(reader, components->key[i], components->item[i], &study->component[i]);
}

static void read_arm_components(VgStudyReader *reader, const VgYaml *list, VgArm *arm, bool *used)
{
    const VgStudy *study = reader->study;
    if (list->kind != VG_YAML_LIST) {
        vg_study_problem(reader, VG_INVALID_INPUT, list->line,
                         "the components of arm %s are not a list",
                         "write [one, two]; [] for an arm of nothing", arm->name);
        return;
    }
    const char **names = VG_STUDY_NEW(reader, const char *, study->n_components);
    arm->component = VG_STUDY_NEW(reader, size_t, list->n);
    if (!names || !arm->component)
        return;
    for (size_t k = 0; k < study->n_components; k++)
        names[k] = study->component[k].name;
    for (size_t i = 0; i < list->n; i++) {
        const char *word = vg_study_scalar(reader, list->item[i], "components");
        size_t k = 0;
        while (word && k < study->n_components && strcmp(names[k], word) != 0)
            k++;
        if (word && k == study->n_components) {
            const char *hint = vg_study_did_you_mean(reader, word, names, study->n_components,
                                                     "declare it under components:");
            vg_study_problem(reader, VG_INVALID_INPUT, list->item[i]->line,
                             "there is no component `%s`", hint, word);
        } else if (word) {
            arm->component[arm->n_components++] = k;
            used[k] = true;
        }
    }
}

static void read_arm(VgStudyReader *reader, const char *name, const VgYaml *node, VgArm *arm,
                     bool *used)
{
    static const char *const KEYS[] = {"components", "label", "code", NULL};
    *arm = (VgArm){.name = name, .label = name, .code = name};
    const VgYaml *components = node;
    if (node->kind == VG_YAML_MAP) {
        vg_study_keys(reader, node, "an arm", KEYS, NULL);
        const char *label = vg_study_text(reader, node, "label");
        const char *code = vg_study_text(reader, node, "code");
        arm->label = label ? label : name;
        arm->code = code ? code : name;
        components = vg_yaml_get(node, "components");
        if (!components) {
            vg_study_problem(reader, VG_INVALID_INPUT, node->line, "arm %s has no `components`",
                             "say what it is made of; [] for an arm of nothing", name);
            return;
        }
    }
    read_arm_components(reader, components, arm, used);
}

static void read_all_arms(VgStudyReader *reader, const VgYaml *arms, bool *used)
{
    VgStudy *study = reader->study;
    study->n_arms = arms->n;
    reader->arms_ok = true;
    for (size_t i = 0; i < arms->n; i++) {
        read_arm(reader, arms->key[i], arms->item[i], &study->arm[i], used);
        for (size_t k = 0; k < i; k++)
            if (strcmp(study->arm[i].code, study->arm[k].code) == 0)
                vg_study_problem(reader, VG_INVALID_INPUT, arms->key_line[i],
                                 "arms %s and %s have the same code `%s`",
                                 "give each arm the value that it has in the data",
                                 study->arm[k].name, study->arm[i].name, study->arm[i].code);
    }
    if (arms->n < 2)
        vg_study_problem(reader, VG_INVALID_INPUT, arms->line, "there is only one arm",
                         "a trial compares at least two arms");
}

void vg_study_read_arms(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    read_components(reader);
    const VgYaml *arms = vg_yaml_get(reader->root, "arms");
    if (!arms) {
        vg_study_problem(reader, VG_INVALID_INPUT, reader->root->line,
                         "the study file has no `arms`",
                         "add arms: {placebo: [ssri], active: [ssri, probiotic]}");
        return;
    }
    if (!vg_study_is_map(reader, arms, "arms"))
        return;
    study->arm = VG_STUDY_NEW(reader, VgArm, arms->n);
    bool *used = VG_STUDY_NEW(reader, bool, study->n_components);
    if (!study->arm || !used)
        return;
    read_all_arms(reader, arms, used);
    const VgYaml *components = vg_yaml_get(reader->root, "components");
    for (size_t k = 0; k < study->n_components; k++)
        if (!used[k])
            vg_study_warn_in(reader, reader->file, components->key_line[k],
                             "no arm has the component %s", "remove it, or add it to its arms",
                             study->component[k].name);
}
