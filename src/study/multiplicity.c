/* Multiplicity: Holm, Hochberg or a graph (Bretz, Maurer, Brannath & Posch 2009) over named
 * analyses. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "study/plan.h"

/* By id; else by method, or by outcome, when just one primary or secondary analysis has it. */
static size_t find_analysis(const VgStudy *study, const char *name)
{
    for (size_t i = 0; i < study->n_analyses; i++)
        if (strcmp(study->analysis[i].id, name) == 0)
            return i;
    size_t found = SIZE_MAX, n = 0;
    for (int by_outcome = 0; by_outcome < 2 && n == 0; by_outcome++) {
        for (size_t i = 0; i < study->n_analyses; i++) {
            const VgAnalysis *analysis = &study->analysis[i];
            if (analysis->role == VG_ROLE_SENSITIVITY || analysis->outcome == SIZE_MAX)
                continue;
            const char *word = by_outcome ? study->outcome[analysis->outcome].name
                                          : vg_study_kind_name(analysis->kind);
            if (strcmp(word, name) == 0) {
                found = i;
                n++;
            }
        }
    }
    return n == 1 ? found : SIZE_MAX;
}

static bool read_hypotheses(VgStudyReader *reader, const VgYaml *map, const char *key,
                            VgMultiplicity *multiplicity)
{
    const VgStudy *study = reader->study;
    size_t n, line = vg_yaml_key_line(map, key);
    const char **names = vg_study_texts(reader, map, key, &n);
    const char **ids = VG_STUDY_NEW(reader, const char *, study->n_analyses);
    multiplicity->analysis = VG_STUDY_NEW(reader, size_t, n);
    if (!names || !ids || !multiplicity->analysis)
        return false;
    for (size_t i = 0; i < study->n_analyses; i++)
        ids[i] = study->analysis[i].id;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        size_t found = find_analysis(study, names[i]);
        bool twice = false;
        for (size_t k = 0; k < multiplicity->n; k++)
            twice = twice || multiplicity->analysis[k] == found;
        if (found == SIZE_MAX)
            vg_study_problem(reader, VG_INVALID_INPUT, line, "there is no single analysis `%s`",
                             vg_study_did_you_mean(reader, names[i], ids, study->n_analyses,
                                                   "use the id of an analysis, such as primary"),
                             names[i]);
        else if (twice)
            vg_study_problem(reader, VG_INVALID_INPUT, line, "the analysis `%s` is listed twice",
                             "list it once", names[i]);
        else if (study->analysis[found].role == VG_ROLE_SENSITIVITY)
            vg_study_problem(reader, VG_INVALID_INPUT, line,
                             "the sensitivity analysis `%s` is no hypothesis",
                             "list primary and secondary analyses", names[i]);
        else
            multiplicity->analysis[multiplicity->n++] = found;
        ok = ok && found != SIZE_MAX && !twice;
    }
    if (ok && n < 2)
        vg_study_problem(reader, VG_INVALID_INPUT, line, "fewer than two hypotheses",
                         "remove multiplicity:, or list what is tested together");
    return ok && n >= 2;
}

/* n numbers in [0, 1] that sum to at most 1. */
static bool read_shares(VgStudyReader *reader, const VgYaml *list, size_t n, const char *what,
                        double *share)
{
    if (list->kind != VG_YAML_LIST || list->n != n) {
        vg_study_problem(reader, VG_INVALID_INPUT, list->line, "%s: not %zu numbers",
                         "write one for each hypothesis", what, n);
        return false;
    }
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        const VgYaml *item = list->item[i];
        if (item->kind != VG_YAML_SCALAR || !vg_study_to_number(item->text, &share[i]) ||
            share[i] < 0 || share[i] > 1) {
            vg_study_problem(reader, VG_INVALID_INPUT, item->line, "%s: not a number from 0 to 1",
                             "write a share of alpha", what);
            return false;
        }
        sum += share[i];
    }
    if (sum > 1 + 1e-9) { /* rounding of written decimals */
        vg_study_problem(reader, VG_INVALID_INPUT, list->line, "%s sum to %g",
                         "they may sum to 1 at most", what, sum);
        return false;
    }
    return true;
}

static bool read_transitions(VgStudyReader *reader, const VgYaml *rows,
                             VgMultiplicity *multiplicity)
{
    size_t n = multiplicity->n;
    multiplicity->transition = VG_STUDY_NEW(reader, double, n *n);
    if (!multiplicity->transition)
        return false;
    if (rows->kind != VG_YAML_LIST || rows->n != n) {
        vg_study_problem(reader, VG_INVALID_INPUT, rows->line, "`transitions` has not %zu rows",
                         "write [[0, 1], [1, 0]]: one row for each hypothesis", n);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        double *row = &multiplicity->transition[i * n];
        if (!read_shares(reader, rows->item[i], n, "a row of transitions", row))
            return false;
        if (row[i] != 0) {
            vg_study_problem(reader, VG_INVALID_INPUT, rows->item[i]->line,
                             "a hypothesis passes alpha to itself", "the diagonal is 0");
            return false;
        }
    }
    return true;
}

static bool read_graph(VgStudyReader *reader, const VgYaml *graph, VgMultiplicity *multiplicity)
{
    static const char *const KEYS[] = {"hypotheses", "weights", "transitions", NULL};
    if (!vg_study_is_map(reader, graph, "graph"))
        return false;
    vg_study_keys(reader, graph, "the graph", KEYS, NULL);
    for (size_t i = 0; KEYS[i]; i++) {
        if (!vg_yaml_get(graph, KEYS[i])) {
            vg_study_problem(reader, VG_INVALID_INPUT, graph->line, "the graph has no `%s`",
                             "write {hypotheses: [a, b], weights: [1, 0], transitions: [[0, 1], "
                             "[1, 0]]}",
                             KEYS[i]);
            return false;
        }
    }
    if (!read_hypotheses(reader, graph, "hypotheses", multiplicity))
        return false;
    multiplicity->weight = VG_STUDY_NEW(reader, double, multiplicity->n);
    return multiplicity->weight &&
           read_shares(reader, vg_yaml_get(graph, "weights"), multiplicity->n, "weights",
                       multiplicity->weight) &&
           read_transitions(reader, vg_yaml_get(graph, "transitions"), multiplicity);
}

void vg_study_read_multiplicity(VgStudyReader *reader, const VgYaml *node)
{
    static const char *const KEYS[] = {"holm", "hochberg", "graph", NULL};
    static const char *const UNBUILT[] = {"hommel", "dunnett", "gatekeeping", NULL};
    if (!vg_study_is_map(reader, node, "multiplicity"))
        return;
    vg_study_keys(reader, node, "multiplicity", KEYS, UNBUILT);
    size_t named = 0, which = 0;
    for (size_t i = 0; KEYS[i]; i++) {
        if (vg_yaml_get(node, KEYS[i])) {
            named++;
            which = i;
        }
    }
    if (named != 1) {
        if (node->n == named)
            vg_study_problem(reader, VG_INVALID_INPUT, node->line,
                             "`multiplicity` does not name one procedure",
                             "write {holm: [primary, …]}, {hochberg: […]} or {graph: {…}}");
        return;
    }
    VgMultiplicity read = {.kind = which == 0   ? VG_MULTIPLICITY_HOLM
                                   : which == 1 ? VG_MULTIPLICITY_HOCHBERG
                                                : VG_MULTIPLICITY_GRAPH};
    bool ok = which == 2 ? read_graph(reader, vg_yaml_get(node, "graph"), &read)
                         : read_hypotheses(reader, node, KEYS[which], &read);
    if (ok)
        reader->study->multiplicity = read;
}
