/* Visits: names, nominal days in order, codes in the data (several, where tables differ), windows. */
#include "study/reader.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static bool read_visit(VgStudyReader *reader, const VgYaml *node, VgVisit *visit)
{
    static const char *const KEYS[] = {"name", "day", "label", "code", "window", NULL};
    *visit = (VgVisit){.day = NAN, .window = {NAN, NAN}};
    if (!vg_study_is_map(reader, node, "a visit"))
        return false;
    vg_study_keys(reader, node, "a visit", KEYS, NULL);
    visit->name = vg_study_need_text(reader, node, "name", "a visit", "write {name: w4, day: 28}");
    if (visit->name && !vg_study_good_name(visit->name)) {
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "name"),
                         "the visit name `%s` holds blanks or signs",
                         "use letters, digits, _ - . and put the words into label:", visit->name);
        return false;
    }
    if (!vg_yaml_get(node, "day"))
        vg_study_problem(reader, VG_INVALID_INPUT, node->line, "visit %s has no `day`",
                         "add its nominal day counted from randomisation",
                         visit->name ? visit->name : "?");
    visit->day = vg_study_number(reader, node, "day");
    visit->label = vg_study_text(reader, node, "label");
    visit->code = vg_study_texts(reader, node, "code", &visit->n_codes);
    if (!visit->label)
        visit->label = visit->name;
    if (!visit->n_codes) {
        visit->code = VG_STUDY_NEW(reader, const char *, 1);
        if (!visit->code)
            return false;
        visit->code[visit->n_codes++] = visit->name;
    }
    if (vg_study_pair(reader, node, "window", visit->window) &&
        (visit->day < visit->window[0] || visit->day > visit->window[1]))
        vg_study_problem(reader, VG_INVALID_INPUT, vg_yaml_key_line(node, "window"),
                         "day %g of visit %s lies outside its window [%g, %g]",
                         "write window: [first day, last day] around the nominal day", visit->day,
                         visit->name ? visit->name : "?", visit->window[0], visit->window[1]);
    return visit->name != NULL;
}

static bool share_a_code(const VgVisit *a, const VgVisit *b)
{
    for (size_t i = 0; i < a->n_codes; i++)
        for (size_t k = 0; k < b->n_codes; k++)
            if (strcmp(a->code[i], b->code[k]) == 0)
                return true;
    return false;
}

static bool check_visit(VgStudyReader *reader, const VgYaml *node, const VgVisit *before, size_t n)
{
    const VgVisit *visit = &before[n];
    for (size_t i = 0; i < n; i++) {
        if (strcmp(before[i].name, visit->name) == 0 || share_a_code(&before[i], visit)) {
            vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                             "visit %s has the name or code of visit %s",
                             "give every visit its own name and code", visit->name, before[i].name);
            return false;
        }
    }
    if (n && visit->day <= before[n - 1].day)
        vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                         "visit %s (day %g) stands after visit %s (day %g)",
                         "list visits in the order of their days", visit->name, visit->day,
                         before[n - 1].name, before[n - 1].day);
    return true;
}

void vg_study_read_visits(VgStudyReader *reader)
{
    VgStudy *study = reader->study;
    const VgYaml *visits = vg_yaml_get(reader->root, "visits");
    if (!visits) {
        vg_study_problem(reader, VG_INVALID_INPUT, reader->root->line,
                         "the study file has no `visits`",
                         "add visits: [{name: baseline, day: 0}, {name: w8, day: 56}]");
        return;
    }
    if (visits->kind != VG_YAML_LIST || visits->n == 0) {
        vg_study_problem(reader, VG_INVALID_INPUT, visits->line, "`visits` is not a list",
                         "write - {name: w4, day: 28} for each visit");
        return;
    }
    study->visit = VG_STUDY_NEW(reader, VgVisit, visits->n);
    if (!study->visit)
        return;
    bool ok = true;
    for (size_t i = 0; i < visits->n; i++) {
        if (read_visit(reader, visits->item[i], &study->visit[study->n_visits]) &&
            check_visit(reader, visits->item[i], study->visit, study->n_visits))
            study->n_visits++;
        else
            ok = false; /* a visit is lost: what names it later is not to blame */
    }
    reader->visits_ok = ok;
}
