/* What can be wrong between rows of an extraction table: labels, arms, treatments. */
#include "study/extraction.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/compare.h"
#include "base/map.h"

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* Whether two comparisons have one control arm, by its numbers. */
static bool same_control(const VgExtractionRow *a, const VgExtractionRow *b)
{
    const VgExtractionGroup *x = &a->group[1], *y = &b->group[1];
    return !isnan(x->n) && same_number(x->n, y->n) && same_number(x->mean, y->mean) &&
           same_number(x->sd, y->sd) && same_number(x->events, y->events) &&
           same_number(x->median, y->median) && same_number(x->change, y->change) &&
           vg_same_text(a->treatment[1], b->treatment[1]);
}

/* The rows of each study as chains: next[i] is the next row of the study, SIZE_MAX ends. */
typedef struct Chains {
    size_t *first, *next;
} Chains;

static bool chain(VgExtractionReader *reader, Chains *chains)
{
    const VgExtraction *extraction = reader->extraction;
    chains->first = VG_STUDY_NEW(&reader->reader, size_t, extraction->n_studies);
    chains->next = VG_STUDY_NEW(&reader->reader, size_t, extraction->n_rows);
    if (!chains->first || !chains->next)
        return false;
    for (size_t s = 0; s < extraction->n_studies; s++)
        chains->first[s] = SIZE_MAX;
    for (size_t i = extraction->n_rows; i-- > 0;) {
        size_t s = extraction->row[i].study_index;
        chains->next[i] = chains->first[s];
        chains->first[s] = i;
    }
    return true;
}

/* ---- pairwise: one row a study unless the plan says what to do with more ---------------------- */

static bool in_subset(VgExtractionReader *reader, const VgEvidenceAnalysis *analysis, size_t row)
{
    if (!analysis || !analysis->subset_column)
        return true;
    const VgColumn *column = vg_table_column(reader->table, analysis->subset_column);
    return column &&
           vg_study_is_code(column, reader->extraction->row[row].row, analysis->subset_level);
}

/* Reports each label once. `analysis` NULL: all rows. */
static void check_duplicates(VgExtractionReader *reader, const Chains *chains,
                             const VgEvidenceAnalysis *analysis, bool *told)
{
    const VgExtraction *extraction = reader->extraction;
    bool shares = reader->plan->shared_control != VG_SHARED_CONTROL_REFUSE;
    if (analysis && analysis->study_level)
        return; /* several effects a study are what that model is for */
    for (size_t s = 0; s < extraction->n_studies; s++) {
        size_t first = chains->first[s];
        while (first != SIZE_MAX && !in_subset(reader, analysis, first))
            first = chains->next[first];
        for (size_t i = first == SIZE_MAX ? first : chains->next[first]; i != SIZE_MAX && !told[s];
             i = chains->next[i]) {
            const VgExtractionRow *a = &extraction->row[first], *b = &extraction->row[i];
            if (!in_subset(reader, analysis, i) || (shares && same_control(a, b)))
                continue;
            told[s] = true;
            vg_extraction_fault(reader, VG_FAULT_DUPLICATE, b->line, "%s stands on line %zu too%s",
                                "label comparisons apart; for several arms set shared_control; for "
                                "several outcomes use a three-level model or a subset",
                                b->study, a->line, shares ? ", with another control arm" : "");
        }
    }
}

static void check_labels(VgExtractionReader *reader, const Chains *chains)
{
    const VgEvidencePlan *plan = reader->plan;
    bool *told = VG_STUDY_NEW(&reader->reader, bool, reader->extraction->n_studies);
    if (!told)
        return;
    bool any = false;
    for (size_t a = 0; a < plan->n_analyses; a++)
        if (plan->analysis[a].kind == VG_EVIDENCE_PAIRWISE) {
            any = true;
            check_duplicates(reader, chains, &plan->analysis[a], told);
        }
    if (!any)
        check_duplicates(reader, chains, NULL, told);
}

/* The same two treatments the other way round: the sign of one of the rows would be wrong. */
static void check_swapped(VgExtractionReader *reader)
{
    const VgExtraction *extraction = reader->extraction;
    VgMap *map = vg_map_create(reader->reader.arena);
    size_t *line = VG_STUDY_NEW(&reader->reader, size_t, extraction->n_rows);
    if (!map || !line) {
        vg_study_no_memory(&reader->reader);
        return;
    }
    for (size_t i = 0; i < extraction->n_rows; i++) {
        const VgExtractionRow *row = &extraction->row[i];
        const char *a = row->treatment[0], *b = row->treatment[1];
        const char *control = reader->plan->control_label;
        if (a && control && strcasecmp(a, control) == 0 && !(b && strcasecmp(b, control) == 0))
            vg_extraction_fault(
                reader, VG_FAULT_SWAPPED, row->line, "%s: group 1 received `%s`, the control",
                "group 1 is the treatment: swap the arms of this row", row->study, a);
        if (!a || !b)
            continue;
        if (strcmp(a, b) == 0)
            continue; /* doses of one drug, say */
        const char *turned = vg_study_printf(&reader->reader, "%s\n%s", b, a);
        const char *key = vg_study_printf(&reader->reader, "%s\n%s", a, b);
        int64_t other = vg_map_find(map, turned, strlen(turned));
        if (other >= 0)
            vg_extraction_fault(reader, VG_FAULT_SWAPPED, row->line,
                                "%s: `%s` against `%s`, but line %zu has them the other way round",
                                "group 1 is the treatment in every row: swap the arms of one of "
                                "them",
                                row->study, a, b, line[other]);
        int64_t index = vg_map_add(map, key, strlen(key));
        if (index < 0) {
            vg_study_no_memory(&reader->reader);
            return;
        }
        if (line[index] == 0)
            line[index] = row->line;
    }
}

/* ---- network ---------------------------------------------------------------------------------------- */

static bool same_pair(const VgExtractionRow *a, const VgExtractionRow *b)
{
    const char *const *x = a->treatment, *const *y = b->treatment;
    return (vg_same_text(x[0], y[0]) && vg_same_text(x[1], y[1])) ||
           (vg_same_text(x[0], y[1]) && vg_same_text(x[1], y[0]));
}

static void check_network_study(VgExtractionReader *reader, const Chains *chains, size_t s)
{
    const VgExtraction *extraction = reader->extraction;
    bool arms = extraction->arm_based;
    size_t n = 0, first = chains->first[s];
    for (size_t i = first; i != SIZE_MAX; i = chains->next[i], n++) {
        const VgExtractionRow *row = &extraction->row[i];
        bool named = row->treatment[0] && (arms || row->treatment[1]);
        if (!named) {
            vg_extraction_fault(reader, VG_FAULT_TREATMENT, row->line,
                                "%s: the treatment is not named", "name what each arm received",
                                row->study);
            continue;
        }
        if (!arms && strcmp(row->treatment[0], row->treatment[1]) == 0)
            vg_extraction_fault(reader, VG_FAULT_TREATMENT, row->line,
                                "%s: both arms received `%s`", "name what each arm received",
                                row->study, row->treatment[0]);
        for (size_t j = first; j != i; j = chains->next[j])
            if (same_pair(row, &extraction->row[j])) {
                vg_extraction_fault(
                    reader, VG_FAULT_DUPLICATE, row->line, "%s: `%s`%s%s%s stands on line %zu too",
                    arms ? "one row an arm: merge them, or label the studies apart"
                         : "one row a comparison: keep one of them",
                    row->study, row->treatment[0], arms ? "" : " against `",
                    arms ? "" : row->treatment[1], arms ? "" : "`", extraction->row[j].line);
                break;
            }
    }
    if (arms && n == 1)
        vg_extraction_fault(reader, VG_FAULT_ONE_ARM, extraction->row[first].line, "%s has one arm",
                            "a study needs two arms or more: add them, or leave "
                            "the study out",
                            extraction->row[first].study);
}

/* A name without blanks and capitals (bytes beyond ASCII stay). */
static size_t plain(const char *name, char *out, size_t size)
{
    size_t n = 0;
    for (; *name && n + 1 < size; name++)
        if (*name != ' ' && *name != '\t')
            out[n++] = (char)(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name);
    return n;
}

/* Two spellings of one treatment would be two treatments. */
static void check_spelling(VgExtractionReader *reader)
{
    const VgExtraction *extraction = reader->extraction;
    VgMap *map = vg_map_create(reader->reader.arena);
    const char **spelled = VG_STUDY_NEW(&reader->reader, const char *, 2 * extraction->n_rows);
    size_t *line = VG_STUDY_NEW(&reader->reader, size_t, 2 * extraction->n_rows);
    if (!map)
        vg_study_no_memory(&reader->reader);
    for (size_t i = 0; map && spelled && line && i < 2 * extraction->n_rows; i++) {
        const VgExtractionRow *row = &extraction->row[i / 2];
        const char *name = row->treatment[i % 2];
        char text[256];
        if (!name || strlen(name) >= sizeof text)
            continue;
        int64_t index = vg_map_add(map, text, plain(name, text, sizeof text));
        if (index < 0) {
            vg_study_no_memory(&reader->reader);
            return;
        }
        if (!spelled[index]) {
            spelled[index] = name;
            line[index] = row->line;
        } else if (strcmp(spelled[index], name) != 0) {
            vg_extraction_fault(reader, VG_FAULT_TREATMENT, row->line,
                                "%s: `%s` and `%s` (line %zu) are one name in two spellings",
                                "spell a treatment in one way: capitals and blanks tell treatments "
                                "apart",
                                row->study, name, spelled[index], line[index]);
        }
    }
}

/* A component may be inactive without an arm of its own; a reference is an arm. */
static void check_reference(VgExtractionReader *reader, const char *name)
{
    const VgExtraction *extraction = reader->extraction;
    size_t n = 0;
    if (!name)
        return;
    const char **known = VG_STUDY_NEW(&reader->reader, const char *, 2 * extraction->n_rows);
    if (!known)
        return;
    for (size_t i = 0; i < extraction->n_rows; i++)
        for (int g = 0; g < 2; g++) {
            const char *treatment = extraction->row[i].treatment[g];
            if (!treatment)
                continue;
            if (strcmp(treatment, name) == 0)
                return;
            known[n++] = treatment;
        }
    const char *hint =
        vg_study_did_you_mean(&reader->reader, name, known, n, "name one of the table's");
    vg_extraction_fault(reader, VG_FAULT_TREATMENT, 0, "no arm received `%s`, the reference", hint,
                        name);
}

void vg_extraction_check_studies(VgExtractionReader *reader)
{
    Chains chains;
    if (!chain(reader, &chains))
        return;
    if (reader->kind == VG_EVIDENCE_PAIRWISE) {
        check_labels(reader, &chains);
        if (reader->plan->measure < VG_MEASURE_MEAN)
            check_swapped(reader);
        return;
    }
    for (size_t s = 0; s < reader->extraction->n_studies; s++)
        check_network_study(reader, &chains, s);
    check_spelling(reader);
    for (size_t a = 0; a < reader->plan->n_analyses; a++)
        check_reference(reader, reader->plan->analysis[a].reference);
}
