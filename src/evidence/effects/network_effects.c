/* From rows of the extraction to the contrasts of a network's studies: arms with numbers (arm_contrasts.c), or contrasts
 * as published, of which every pair of a study is needed (network_rows.c). */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/network.h>

#include "base/compare.h"
#include "base/map.h"
#include "evidence/effects/arm_contrasts.h"
#include "evidence/effects/study_row.h"
#include "numeric/linear_algebra.h"

/* Repairs of contrasts below this share of the standard error are rounding in the last digit: counted, not asked about. */
static const double WORTH_TELLING = 1e-4;

typedef struct Arm {
    size_t study, row; /* row of the extraction */
    int group;
    const char *treatment;
    VgArmSummary end, change; /* end: also events */
    bool has_end, has_change;
    VgNote end_note, change_note;
} Arm;

typedef struct Network {
    VgArena *arena;
    const VgExtraction *extraction;
    const VgEvidencePlan *plan;
    VgError *error;
    size_t n_studies;
    VgMap *label; /* treatments by first appearance */
    Arm *arm;     /* in the order of studies, then of treatments */
    size_t n_arms;
    bool *published; /* per study: contrasts as published */
    VgNetworkContrasts *out;
    bool any_zero;
} Network;

static const char *file_of(const Network *network)
{
    return network->extraction->table ? network->extraction->table->path : "";
}

static void drop(Network *network, size_t row, const char *reason, bool double_zero)
{
    const VgExtractionRow *from = &network->extraction->row[row];
    network->out->dropped[network->out->n_dropped++] =
        (VgStudyDropped){from->study, row, from->line, reason, double_zero};
}

/* ---- the arms ------------------------------------------------------------------------------------ */

static bool fill_arm(Network *network, Arm *arm, const VgExtractionRow *row,
                     const VgExtractionGroup *group)
{
    const VgEvidencePlan *plan = network->plan;
    if (vg_measure_is_binary(plan->measure)) {
        VgExtractionGroup own = vg_row_group(row, arm->group);
        arm->has_end = vg_arm_events(&own, plan, &arm->end, &arm->end_note);
        if (arm->has_end && row->flipped)
            arm->end.events = arm->end.n - arm->end.events;
    } else {
        bool assumed, standardised = vg_measure_is_standardised(plan->measure);
        double r = vg_row_correlation(row, plan, &assumed);
        const char *why;
        arm->has_end = row->measured != VG_MEASURED_CHANGE &&
                       vg_arm_endpoint(group, standardised, &arm->end, &arm->end_note);
        arm->has_change = plan->measure != VG_MEASURE_ROM &&
                          row->measured != VG_MEASURED_ENDPOINT &&
                          vg_arm_change(group, vg_row_means_are_changes(row), r, assumed,
                                        standardised, &arm->change, &arm->change_note, &why);
    }
    VgNote note = {0};
    double effect = vg_row_design_effect(row, plan, &note);
    if (!(effect > 0.0))
        return false;
    if (note.text[0]) {
        vg_note_add(&arm->end_note, note.imputed, "%s", note.text);
        vg_note_add(&arm->change_note, note.imputed, "%s", note.text);
    }
    arm->end.n /= effect;
    arm->end.events /= effect;
    arm->change.n /= effect;
    return arm->has_end || arm->has_change;
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool same_numbers(const Arm *a, const Arm *b)
{
    return same(a->end.n, b->end.n) && same(a->end.mean, b->end.mean) &&
           same(a->end.sd, b->end.sd) && same(a->end.events, b->end.events) &&
           same(a->change.mean, b->change.mean) && same(a->change.sd, b->change.sd);
}

static int by_study_and_treatment(const void *left, const void *right)
{
    const Arm *a = left, *b = right;
    if (a->study != b->study)
        return a->study < b->study ? -1 : 1;
    int order = strcmp(a->treatment, b->treatment);
    if (order)
        return order;
    return (a->row > b->row) - (a->row < b->row);
}

static bool has_published(const VgExtractionRow *row)
{
    return vg_known(row->effect) && (vg_known(row->effect_se) ||
                                     (vg_known(row->effect_lower) && vg_known(row->effect_upper)));
}

/* Arms of all rows; a study with a row whose arms have no numbers, but an effect, goes by its contrasts. */
static VgStatus collect(Network *network)
{
    const VgExtraction *extraction = network->extraction;
    int groups = extraction->arm_based ? 1 : 2;
    bool generic = network->plan->measure == VG_MEASURE_GENERIC;
    for (size_t i = 0; i < extraction->n_rows; i++) {
        const VgExtractionRow *row = &extraction->row[i];
        bool named = row->treatment[0] && (groups == 1 || row->treatment[1]);
        size_t before = network->n_arms;
        bool paired = row->design == VG_DESIGN_CROSSOVER; /* its arms are not independent */
        bool complete = named && !generic && !paired;
        for (int g = 0; g < groups && complete; g++) {
            Arm *arm = &network->arm[network->n_arms++];
            *arm = (Arm){
                .study = row->study_index, .row = i, .group = g, .treatment = row->treatment[g]};
            arm->end = (VgArmSummary){NAN, NAN, NAN, NAN, NAN};
            arm->change = arm->end;
            complete = fill_arm(network, arm, row, &row->group[g]);
        }
        if (complete)
            continue;
        network->n_arms = before;
        if (named && groups == 2 && has_published(row))
            network->published[row->study_index] = true;
        else
            drop(network, i,
                 !named   ? "treatment not named"
                 : paired ? "a crossover trial enters by its contrast and paired standard error"
                          : "no numbers for this measure",
                 false);
    }
    if (network->n_arms)
        qsort(network->arm, network->n_arms, sizeof *network->arm, by_study_and_treatment);
    return VG_OK;
}

/* An arm that stands in two comparisons of a study is one arm. */
static VgStatus merge(Network *network)
{
    size_t n = 0;
    for (size_t i = 0; i < network->n_arms; i++) {
        Arm *arm = &network->arm[i], *last = n ? &network->arm[n - 1] : NULL;
        if (!last || last->study != arm->study || strcmp(last->treatment, arm->treatment) != 0) {
            network->arm[n++] = *arm;
            continue;
        }
        const VgExtractionRow *row = &network->extraction->row[arm->row];
        if (network->published[arm->study])
            continue;
        if (network->extraction->arm_based || !same_numbers(last, arm))
            return vg_fail_at(network->error, VG_INVALID_INPUT, file_of(network), row->line,
                              "%s: the arm `%s` stands on line %zu too%s",
                              "an arm has one set of numbers: correct one, or label the studies "
                              "apart",
                              row->study, arm->treatment, network->extraction->row[last->row].line,
                              network->extraction->arm_based ? "" : ", with other numbers");
    }
    network->n_arms = n;
    return VG_OK;
}

/* ---- contrasts of one study's arms ------------------------------------------------------------- */

static bool drops_double_zero(const VgEvidencePlan *plan)
{
    return !plan->keep_double_zero &&
           (plan->measure == VG_MEASURE_OR || plan->measure == VG_MEASURE_RR);
}

/* The arms' numbers of one kind, endpoints or changes, into `summary`; false when not all have them. */
static bool one_kind(const Arm *arm, size_t n, VgArmSummary *summary, VgNote *note)
{
    bool end = true, change = true;
    for (size_t i = 0; i < n; i++) {
        end = end && arm[i].has_end;
        change = change && arm[i].has_change;
    }
    for (size_t i = 0; i < n; i++) {
        const VgNote *from = end ? &arm[i].end_note : &arm[i].change_note;
        summary[i] = end ? arm[i].end : arm[i].change;
        if (from->text[0])
            vg_note_add(note, from->imputed, "%s", from->text);
    }
    return end || change;
}

static bool allocate(Network *network, VgContrastStudy *study, size_t n_arms)
{
    study->n_arms = n_arms;
    study->arm = VG_NEW(network->arena, size_t, n_arms);
    study->n = VG_NEW(network->arena, double, n_arms);
    study->y = VG_NEW(network->arena, double, n_arms);
    study->row = VG_NEW(network->arena, size_t, n_arms);
    study->v = vg_matrix_new(network->arena, n_arms - 1, n_arms - 1);
    return study->arm && study->n && study->y && study->row && study->v.data;
}

static VgStatus enter_treatment(Network *network, const char *name, size_t *index)
{
    int64_t found = vg_map_add(network->label, name, strlen(name));
    if (found < 0)
        return vg_fail_memory(network->error);
    *index = (size_t)found; /* in order of appearance; sorted at the end */
    return VG_OK;
}

static VgStatus ask(Network *network, const VgContrastStudy *study)
{
    for (size_t i = 0; i + 1 < study->n_arms; i++) {
        if (!(fabs(study->y[i]) > 5.0))
            continue;
        const char *message = vg_arena_printf(
            network->arena, "%s: a standardised difference of %.3g", study->study, study->y[i]);
        if (!message)
            return vg_fail_memory(network->error);
        network->out->question[network->out->n_questions++] =
            (VgStudyQuestion){study->row[i + 1], network->extraction->row[study->row[i + 1]].line,
                              message, "was a standard error typed as SD?"};
        return VG_OK;
    }
    return VG_OK;
}

static VgStatus from_arms(Network *network, const Arm *arm, size_t n)
{
    const VgEvidencePlan *plan = network->plan;
    const VgExtractionRow *row = &network->extraction->row[arm[0].row];
    VgNetworkContrasts *out = network->out;
    VgNote note = {0};
    if (n < 2) {
        drop(network, arm[0].row, "one arm only", false);
        return VG_OK;
    }
    VgArmSummary *summary = VG_NEW(network->arena, VgArmSummary, n);
    if (!summary)
        return vg_fail_memory(network->error);
    if (!one_kind(arm, n, summary, &note))
        return vg_fail_at(network->error, VG_INVALID_INPUT, file_of(network), row->line,
                          "%s: some arms have endpoints, others only changes",
                          "all arms of a study need the same kind of numbers", row->study);
    bool counts = vg_measure_is_binary(plan->measure);
    if (counts && drops_double_zero(plan) && vg_every_arm_zero(summary, n)) {
        drop(network, arm[0].row,
             summary[0].events == 0.0 ? "no events in any arm" : "events in everybody of all arms",
             true);
        return VG_OK;
    }
    double add = 0.0;
    if (counts && (plan->zero_cells == VG_ZERO_ALWAYS || vg_some_arm_zero(summary, n) ||
                   (plan->zero_cells == VG_ZERO_ALL && network->any_zero)))
        add = vg_zero_addition(plan);
    VgContrastStudy *study = &out->study[out->n_studies];
    if (!allocate(network, study, n))
        return vg_fail_memory(network->error);
    if (plan->measure == VG_MEASURE_ROM)
        for (size_t i = 1; i < n; i++)
            if (!(summary[i].mean / summary[0].mean > 0.0))
                return vg_fail_at(network->error, VG_INVALID_INPUT, file_of(network), row->line,
                                  "%s: a ratio of means needs means of one sign, neither of them 0",
                                  "choose the mean difference", row->study);
    if (vg_measure_is_standardised(plan->measure))
        vg_arm_standardised(plan, summary, study);
    else
        vg_arm_differences(plan->measure, summary, add, study);
    if (!vg_contrasts_usable(study)) {
        drop(network, arm[0].row,
             counts ? "a cell is zero and nothing is added" : "the effects have no variance",
             false);
        return VG_OK;
    }
    bool turn = row->flipped && !counts;
    if (plan->benefit_is_positive && plan->lower_is_better)
        turn = !turn;
    for (size_t i = 0; turn && i + 1 < n; i++)
        study->y[i] = -study->y[i];
    if (add > 0.0)
        vg_note_add(&note, false, "%.3g added to each cell", add);
    study->study = row->study;
    study->study_index = arm[0].study;
    study->line = row->line;
    study->imputed = note.imputed;
    study->note = vg_arena_strdup(network->arena, note.text);
    if (!study->note)
        return vg_fail_memory(network->error);
    for (size_t i = 0; i < n; i++) {
        study->n[i] = summary[i].n;
        study->row[i] = arm[i].row;
        out->n_participants += summary[i].n;
        VG_TRY(enter_treatment(network, arm[i].treatment, &study->arm[i]));
    }
    out->n_studies++;
    return vg_measure_is_standardised(plan->measure) ? ask(network, study) : VG_OK;
}

/* ---- contrasts as published ------------------------------------------------------------------------ */

static double se_of(const VgExtractionRow *row)
{
    if (vg_known(row->effect_se))
        return row->effect_se;
    return (row->effect_upper - row->effect_lower) / (2.0 * 1.9599639845400542);
}

static VgStatus take_published(Network *network, const VgNetworkStudy *from, size_t first)
{
    VgNetworkContrasts *out = network->out;
    VgContrastStudy *study = &out->study[out->n_studies];
    const VgExtractionRow *row = &network->extraction->row[first];
    if (!allocate(network, study, from->n_arms))
        return vg_fail_memory(network->error);
    size_t r = from->n_arms - 1;
    VgNote note = {0};
    double design = vg_row_design_effect(row, network->plan, &note);
    if (!(design > 0.0))
        return vg_fail_at(network->error, VG_INVALID_INPUT, file_of(network), row->line,
                          "%s: a cluster trial without its intracluster correlation", "give icc",
                          row->study);
    bool turn =
        row->flipped != (network->plan->benefit_is_positive && network->plan->lower_is_better);
    for (size_t i = 0; i < r; i++) {
        study->y[i] = turn ? -from->effect[i] : from->effect[i];
        for (size_t j = 0; j < r; j++)
            VG_AT(study->v, i, j) = design * from->covariance[i + j * r];
    }
    study->study = row->study;
    study->study_index = row->study_index;
    study->line = row->line;
    study->imputed = note.imputed;
    study->note = vg_arena_strdup(network->arena, note.text);
    if (!study->note)
        return vg_fail_memory(network->error);
    for (size_t i = 0; i < from->n_arms; i++) {
        study->n[i] = from->participants ? from->participants[i] : (double)NAN;
        study->row[i] = first;
        out->n_participants += vg_known(study->n[i]) ? study->n[i] : 0.0;
        VG_TRY(enter_treatment(network, from->treatment[i], &study->arm[i]));
    }
    out->n_studies++;
    return VG_OK;
}

/* One study's rows through the reader of contrast tables, which checks and repairs them. */
static VgStatus from_contrasts(Network *network, size_t s)
{
    const VgExtraction *extraction = network->extraction;
    size_t n = 0, first = SIZE_MAX;
    for (size_t i = 0; i < extraction->n_rows; i++)
        n += extraction->row[i].study_index == s;
    VgNetworkRow *row = VG_NEW(network->arena, VgNetworkRow, n);
    if (!row)
        return vg_fail_memory(network->error);
    n = 0;
    for (size_t i = 0; i < extraction->n_rows; i++) {
        const VgExtractionRow *from = &extraction->row[i];
        if (from->study_index != s || !from->treatment[0] || !from->treatment[1])
            continue;
        if (!has_published(from))
            return vg_fail_at(network->error, VG_INVALID_INPUT, file_of(network), from->line,
                              "%s: other comparisons of the study stand as effects, this one does "
                              "not",
                              "give effect and standard error of every comparison", from->study);
        first = first == SIZE_MAX ? i : first;
        row[n++] = (VgNetworkRow){.study = from->study,
                                  .treatment = {from->treatment[0], from->treatment[1]},
                                  .effect = from->effect,
                                  .se = se_of(from),
                                  .n = {from->group[0].n, from->group[1].n},
                                  .line = from->line};
    }
    for (size_t i = 1; i < n; i++)
        row[i].study = row[0].study; /* rows that a column groups are one study */
    VgNetworkReadOptions options = {.file = file_of(network)};
    VgNetworkStudy *study;
    VgNetworkRepair *repair;
    size_t n_studies, n_repairs;
    VG_TRY(vg_network_studies_from_rows(network->arena, row, n, &options, &study, &n_studies,
                                        &repair, &n_repairs, network->error));
    for (size_t i = 0; i < n_repairs; i++) {
        VgNetworkContrasts *out = network->out;
        out->n_repaired++;
        out->largest_repair = fmax(out->largest_repair, repair[i].relative);
        if (repair[i].relative <= WORTH_TELLING)
            continue;
        const char *message = vg_arena_printf(
            network->arena, "%s: its contrasts do not quite add up; changed by at most %.2g",
            repair[i].study, repair[i].largest_change);
        if (!message)
            return vg_fail_memory(network->error);
        out->question[out->n_questions++] = (VgStudyQuestion){
            first, extraction->row[first].line, message, "rounded numbers do that: check them"};
    }
    for (size_t i = 0; i < n_studies; i++)
        VG_TRY(take_published(network, &study[i], first));
    return VG_OK;
}

/* ---- the whole ---------------------------------------------------------------------------------------- */

static VgStatus number_treatments(Network *network)
{
    VgNetworkContrasts *out = network->out;
    size_t n = vg_map_size(network->label);
    out->treatment = VG_NEW(network->arena, const char *, n);
    size_t *rank = VG_NEW(network->arena, size_t, n);
    if (!out->treatment || !rank)
        return vg_fail_memory(network->error);
    for (size_t t = 0; t < n; t++)
        out->treatment[t] = vg_map_key(network->label, t);
    out->n_treatments = n;
    qsort(out->treatment, n, sizeof *out->treatment, vg_compare_texts);
    for (size_t t = 0; t < n; t++)
        rank[(size_t)vg_map_find(network->label, out->treatment[t], strlen(out->treatment[t]))] = t;
    for (size_t s = 0; s < out->n_studies; s++)
        for (size_t i = 0; i < out->study[s].n_arms; i++)
            out->study[s].arm[i] = rank[out->study[s].arm[i]];
    return VG_OK;
}

static VgStatus check_measure(const Network *network)
{
    switch (network->plan->measure) {
    case VG_MEASURE_GENERIC:
        if (!network->extraction->arm_based)
            return VG_OK;
        break;
    case VG_MEASURE_SMD:
    case VG_MEASURE_COHEN_D:
    case VG_MEASURE_MD:
    case VG_MEASURE_ROM:
    case VG_MEASURE_OR:
    case VG_MEASURE_RR:
    case VG_MEASURE_RD:
    case VG_MEASURE_ARCSINE:
        return VG_OK;
    default:
        break;
    }
    return vg_fail_at(network->error, VG_INVALID_INPUT, file_of(network), 0,
                      "the measure %s cannot be had for a network of arms",
                      "a network takes smd, d, md, rom, or, rr, rd, as; generic for contrasts",
                      vg_measure_names[network->plan->measure]);
}

static VgStatus make(Network *network)
{
    VG_TRY(check_measure(network));
    VG_TRY(collect(network));
    VG_TRY(merge(network));
    for (size_t i = 0; i < network->n_arms; i++)
        network->any_zero = network->any_zero ||
                            vg_has_zero_cell(network->arm[i].end.events, network->arm[i].end.n);
    size_t at = 0;
    for (size_t s = 0; s < network->n_studies; s++) {
        size_t from = at;
        while (at < network->n_arms && network->arm[at].study == s)
            at++;
        if (network->published[s])
            VG_TRY(from_contrasts(network, s));
        else if (at > from)
            VG_TRY(from_arms(network, &network->arm[from], at - from));
    }
    if (network->out->n_studies == 0)
        return vg_fail_at(
            network->error, VG_NOT_ESTIMABLE, file_of(network), 0, "no study gives a contrast%s%s",
            "check the measure and the names of the columns", network->out->n_dropped ? ": " : "",
            network->out->n_dropped ? network->out->dropped[0].reason : "");
    return number_treatments(network);
}

VgStatus vg_network_effects(VgArena *arena, const VgExtraction *extraction,
                            const VgEvidencePlan *plan, VgNetworkContrasts **result, VgError *error)
{
    if (plan->convert_events != VG_CONVERT_NONE)
        return vg_fail(error, VG_INVALID_INPUT, "a network does not convert events",
                       "leave convert_events out, or enter the converted contrasts");
    size_t n = extraction->n_rows, n_studies = 0;
    for (size_t i = 0; i < n; i++)
        if (extraction->row[i].study_index >= n_studies)
            n_studies = extraction->row[i].study_index + 1;
    Network network = {.arena = arena,
                       .extraction = extraction,
                       .plan = plan,
                       .error = error,
                       .n_studies = n_studies,
                       .label = vg_map_create(arena),
                       .arm = VG_NEW(arena, Arm, 2 * n),
                       .published = VG_NEW(arena, bool, n_studies),
                       .out = VG_NEW(arena, VgNetworkContrasts, 1)};
    VgNetworkContrasts *out = network.out;
    if (!network.label || !network.arm || !network.published || !out)
        return vg_fail_memory(error);
    out->measure = plan->measure;
    out->study = VG_NEW(arena, VgContrastStudy, n_studies);
    out->dropped = VG_NEW(arena, VgStudyDropped, 2 * n);
    out->question = VG_NEW(arena, VgStudyQuestion, 2 * n);
    if (!out->study || !out->dropped || !out->question)
        return vg_fail_memory(error);
    VG_TRY(make(&network));
    *result = out;
    return VG_OK;
}
