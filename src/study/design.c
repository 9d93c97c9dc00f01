/* vg_design_file_read: design.yaml to a design, every problem collected. */
#include "study/design.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "study/plan.h"

/* Sections that its study file takes over as they are. */
static const char *const SHARED[] = {"title",   "title_plain", "registry",    "licence",
                                     "sponsor", "contact",     "crisis_line", "report",
                                     "visits",  "arms",        "components",  "scales",
                                     "plan",    "moderators",  NULL};

static void copy_sections(VgDesignReader *d)
{
    VgBuffer text = {0};
    for (size_t i = 0; SHARED[i]; i++) {
        const VgYaml *node = vg_yaml_get(d->reader->root, SHARED[i]);
        if (node)
            vg_yaml_write_entry(&text, SHARED[i], node, 0, 0);
    }
    d->design->sections =
        text.failed ? NULL : vg_arena_strdup(d->reader->arena, text.text ? text.text : "");
    vg_buffer_free(&text);
    if (!d->design->sections)
        vg_study_no_memory(d->reader);
}

static const char *word_of(const VgYaml *map, const char *key)
{
    const VgYaml *node = vg_yaml_get(map, key);
    return node && node->kind == VG_YAML_SCALAR ? node->text : NULL;
}

/* The primary analysis of the plan, and whose mechanism when; what else is planned is read with the study. */
static void read_plan(VgDesignReader *d)
{
    const VgYaml *plan = vg_yaml_get(d->reader->root, "plan");
    const VgYaml *node = plan ? vg_yaml_get(plan, "primary") : NULL;
    const VgYaml *mechanism = plan ? vg_yaml_get(plan, "mechanism") : NULL;
    if (mechanism && mechanism->kind == VG_YAML_LIST && mechanism->n > 0)
        mechanism = mechanism->item[0];
    if (mechanism && mechanism->kind == VG_YAML_MAP) {
        d->design->mechanism_treatment = word_of(mechanism, "treatment");
        d->design->mechanism_outcome = word_of(mechanism, "outcome");
        d->design->mechanism_mediators_at = word_of(mechanism, "mediators_at");
    }
    VgAnalysis *primary = node ? VG_STUDY_NEW(d->reader, VgAnalysis, 1) : NULL;
    if (!primary)
        return;
    vg_study_read_primary(d->reader, node, primary);
    d->design->primary = primary;
    if (primary->reference != SIZE_MAX)
        d->design->reference = primary->reference;
}

/* The graph with effects: the problems of a model are told here, with their lines. */
static void check_model(VgDesignReader *d)
{
    VgAxis *axis = d->axis.axis;
    VgAxisIssues issues = {0};
    if (d->reader->problems->n_errors == 0 && d->reader->failed == VG_OK) {
        (void)vg_axis_compile(axis, d->design->site_sd, &issues);
        vg_axis_check_timing(axis, &issues);
        vg_axis_identify(axis, &issues);
        vg_study_axis_issues(d->reader, &issues);
    }
    if (d->reader->failed == VG_OK && vg_arena_failed(d->reader->arena))
        vg_study_no_memory(d->reader);
}

static void read_graph(VgDesignReader *d)
{
    static const char *const KEYS[] = {"channels",  "confounders", "arrows", "markers",
                                       "functions", "moderators",  NULL};
    VgStudyReader *reader = d->reader;
    const VgYaml *section = vg_yaml_get(reader->root, "axis");
    if (!section) {
        vg_study_problem(reader, VG_INVALID_INPUT, reader->root->line, "the design has no `axis`",
                         "add the graph: channels, markers, arrows with effects");
        return;
    }
    if (!vg_study_is_map(reader, section, "axis"))
        return;
    vg_study_keys(reader, section, "axis", KEYS, NULL);
    d->axis.section = section;
    if (!vg_study_begin_axis(&d->axis))
        return;
    d->design->axis = d->axis.axis;
    vg_design_read_nodes(d);
    vg_design_describe_outcomes(d);
    vg_study_read_arrows(&d->axis);
    vg_design_check_nodes(d);
    vg_design_read_treatment(d);
    vg_design_read_trial(d);
    vg_design_read_panel(d);
    vg_design_convert_effects(d);
    check_model(d);
}

static void read_sections(VgDesignReader *d)
{
    VgStudyReader *reader = d->reader;
    vg_study_read_about(reader);
    vg_study_read_visits(reader);
    vg_study_read_arms(reader);
    vg_study_read_scales(reader);
    vg_design_read_outcomes(d);
    if (reader->failed == VG_OK)
        read_graph(d);
    if (reader->failed == VG_OK)
        read_plan(d);
    copy_sections(d);
    if (reader->failed == VG_OK)
        vg_study_sort_problems(reader);
}

static VgStatus load(VgDesignReader *d, const char *path, VgError *error)
{
    VgStudyReader *reader = d->reader;
    struct stat about;
    if (stat(path, &about) != 0)
        return vg_fail_at(error, VG_INVALID_INPUT, path, 0, "there is no such design",
                          "name a design.yaml, or a folder with one");
    reader->file = S_ISDIR(about.st_mode) ? vg_path_join(reader->arena, path, "design.yaml") : path;
    if (!reader->file)
        return vg_fail_memory(error);
    return vg_study_load(reader, "the design is not a mapping", "docs/design-file.md shows one",
                         &d->design->text, &d->design->length, error);
}

VgStatus vg_design_file_read(VgArena *arena, const char *path, VgDesignFile **design,
                             VgProblems *problems, VgError *error)
{
    VgError own = {0};
    *design = NULL;
    *problems = (VgProblems){0};
    VgStudyReader reader = {.arena = arena, .problems = problems, .design = true, .file = path};
    VgDesignReader d = {.reader = &reader, .axis = {.reader = &reader, .design = true}};
    reader.study = VG_NEW(arena, VgStudy, 1);
    d.design = VG_NEW(arena, VgDesignFile, 1);
    if (!reader.study || !d.design)
        return vg_fail_memory(error);
    reader.study->simulated = true;
    d.design->study = reader.study;
    VgStatus status = load(&d, path, &own);
    if (status == VG_OK) {
        reader.study->file = reader.file;
        read_sections(&d);
        status = reader.failed;
        own = reader.failure;
        if (status != VG_OK)
            *problems = (VgProblems){0};
    } else {
        vg_study_problem_from(&reader, &own);
    }
    if (status == VG_OK)
        status = vg_study_first_problem(problems, &own);
    if (status == VG_OK)
        *design = d.design;
    else if (error)
        *error = own;
    return status;
}

bool vg_study_is_design(const VgYaml *root)
{
    const VgYaml *people = vg_yaml_get(root, "participants");
    return vg_yaml_get(people, "n") && !vg_yaml_get(people, "table");
}

bool vg_design_file_is(VgArena *arena, const char *path)
{
    char *bytes;
    size_t size;
    VgYaml *root;
    VgError ignored = {0}; /* whoever reads it next tells what is wrong */
    return vg_file_read(arena, path, VG_YAML_MAX_BYTES, &bytes, &size, &ignored) == VG_OK &&
           vg_yaml_parse(arena, path, bytes, size, &root, &ignored) == VG_OK &&
           vg_study_is_design(root);
}
