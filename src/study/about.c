/* The head of a study file: version, title, source, people to ask, counts before randomisation. */
#include "study/reader.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const char *const SECTIONS[] = {
    "vagus",      "title",         "title_plain",    "registry",     "data",   "source",
    "licence",    "sponsor",       "contact",        "crisis_line",  "report", "missing",
    "text",       "flow",          "baseline_table", "participants", "visits", "arms",
    "components", "randomisation", "scales",         "outcomes",     "events", "plan",
    "panel",      "axis",          "evidence",       "moderators",   NULL};
static const char *const DESIGN_SECTIONS[] = {
    "vagus",   "title",          "title_plain", "registry",   "data",     "source", "licence",
    "sponsor", "contact",        "crisis_line", "report",     "visits",   "arms",   "components",
    "scales",  "participants",   "sites",       "treatment",  "outcomes", "panel",  "axis",
    "dropout", "adverse_events", "plan",        "moderators", NULL};

static void read_version(VgStudyReader *reader)
{
    const char *version = vg_study_need_text(reader, reader->root, "vagus", "the study file",
                                             "begin the file with `vagus: 1`");
    if (version && strcmp(version, "1") != 0)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(reader->root, "vagus"),
                         "study files of version %s cannot be read",
                         "this version of vagus reads `vagus: 1`", version);
}

static void read_titles(VgStudyReader *reader)
{
    static const char *const LANGUAGES[] = {"en", "da", NULL};
    VgStudy *study = reader->study;
    study->title = vg_study_need_text(reader, reader->root, "title", "the study file",
                                      "add `title: …`; it heads the report");
    const VgYaml *plain = vg_yaml_get(reader->root, "title_plain");
    if (!plain || !vg_study_is_map(reader, plain, "title_plain"))
        return;
    vg_study_keys(reader, plain, "title_plain", LANGUAGES, NULL);
    study->title_plain_en = vg_study_text(reader, plain, "en");
    study->title_plain_da = vg_study_text(reader, plain, "da");
}

static void read_data_kind(VgStudyReader *reader)
{
    static const char *const KINDS[] = {"real", "simulated", NULL};
    if (reader->design) {
        if (vg_yaml_get(reader->root, "data") &&
            strcmp(vg_yaml_get(reader->root, "data")->kind == VG_YAML_SCALAR
                       ? vg_yaml_get(reader->root, "data")->text
                       : "",
                   "simulated") != 0)
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(reader->root, "data"),
                             "a design has no real data", "write data: simulated, or nothing");
        return;
    }
    if (!vg_yaml_get(reader->root, "data"))
        vg_study_problem(reader, VG_INVALID_INPUT, reader->root->line,
                         "the study file has no `data`",
                         "say `data: real` or `data: simulated`; it is shown on every page");
    reader->study->simulated = vg_study_choice(reader, reader->root, "data", KINDS, 0) == 1;
}

/* One of two places: at the top or under `report`. */
static const char *contact_text(VgStudyReader *reader, const VgYaml *report, const char *key)
{
    const char *top = vg_study_text(reader, reader->root, key);
    const char *below = report ? vg_study_text(reader, report, key) : NULL;
    if (top && below)
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(report, key),
                         "`%s` stands at the top of the file and under `report`", "keep one", key);
    return top ? top : below;
}

static void read_report(VgStudyReader *reader)
{
    static const char *const KEYS[] = {"audiences", "languages", "contact", "crisis_line", NULL};
    static const char *const AUDIENCES[] = {"statistician", "clinician", "patient"};
    VgStudy *study = reader->study;
    const VgYaml *report = vg_yaml_get(reader->root, "report");
    if (report && !vg_study_is_map(reader, report, "report"))
        report = NULL;
    study->contact = contact_text(reader, report, "contact");
    study->crisis_line = contact_text(reader, report, "crisis_line");
    if (!report)
        return;
    vg_study_keys(reader, report, "report", KEYS, NULL);
    size_t line = vg_yaml_key_line(report, "languages");
    study->language = vg_study_texts(reader, report, "languages", &study->n_languages);
    for (size_t i = 0; i < study->n_languages; i++)
        if (strcmp(study->language[i], "en") != 0 && strcmp(study->language[i], "da") != 0)
            vg_study_problem(reader, VG_NOT_BUILT, line,
                             "the language `%s`: not available in this version",
                             "one or both of: en, da", study->language[i]);
    study->audience = vg_study_texts(reader, report, "audiences", &study->n_audiences);
    for (size_t i = 0; i < study->n_audiences; i++) {
        bool known = false;
        for (size_t k = 0; k < 3; k++)
            known = known || strcmp(study->audience[i], AUDIENCES[k]) == 0;
        if (!known)
            vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(report, "audiences"),
                             "there is no audience `%s`",
                             "one or more of: statistician, clinician, patient",
                             study->audience[i]);
    }
}

static void add_flow(VgStudyReader *reader, const char *stage, const char *reason,
                     const VgYaml *node)
{
    VgStudy *study = reader->study;
    double n;
    if (node->kind != VG_YAML_SCALAR || !vg_study_to_number(node->text, &n) || n < 0 ||
        n != floor(n) || n > 1e9) {
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "`%s` is not a count",
                         "write a whole number of people", reason ? reason : stage);
        return;
    }
    study->flow[study->n_flow++] = (VgFlowCount){stage, reason, (size_t)n};
}

/* flow: {assessed: 300, excluded: {not eligible: 100, declined: 30}} */
static void read_flow(VgStudyReader *reader)
{
    static const char *const STAGES[] = {"assessed", "excluded", NULL};
    const VgYaml *flow = vg_yaml_get(reader->root, "flow");
    if (!flow || !vg_study_is_map(reader, flow, "flow"))
        return;
    vg_study_keys(reader, flow, "flow", STAGES, NULL);
    reader->study->flow = VG_STUDY_NEW(reader, VgFlowCount, flow->size + 2);
    if (!reader->study->flow)
        return;
    const VgYaml *assessed = vg_yaml_get(flow, "assessed");
    const VgYaml *excluded = vg_yaml_get(flow, "excluded");
    if (assessed)
        add_flow(reader, "assessed", NULL, assessed);
    if (!excluded)
        return;
    if (excluded->kind != VG_YAML_MAP) {
        add_flow(reader, "excluded", NULL, excluded);
        return;
    }
    VgStudy *study = reader->study;
    size_t total = study->n_flow++;
    study->flow[total] = (VgFlowCount){"excluded", NULL, 0};
    for (size_t i = 0; i < excluded->n; i++)
        add_flow(reader, "excluded", excluded->key[i], excluded->item[i]);
    for (size_t i = total + 1; i < study->n_flow; i++)
        study->flow[total].n += study->flow[i].n;
}

void vg_study_read_about(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    if (reader->design)
        vg_study_keys(reader, reader->root, "the design", DESIGN_SECTIONS, NULL);
    else
        vg_study_keys(reader, reader->root, "the study file", SECTIONS, NULL);
    read_version(reader);
    read_titles(reader);
    read_data_kind(reader);
    study->source = vg_study_text(reader, reader->root, "source");
    study->licence = vg_study_text(reader, reader->root, "licence");
    study->sponsor = vg_study_text(reader, reader->root, "sponsor");
    study->registry = vg_study_texts(reader, reader->root, "registry", &study->n_registry);
    read_report(reader);
    read_flow(reader);
    reader->missing = vg_study_texts(reader, reader->root, "missing", &reader->n_missing);
    reader->text = vg_study_texts(reader, reader->root, "text", &reader->n_text);
}
