/* The effects of a pairwise analysis: had from the rows, signs turned, trials added, subgroups named, shown. */
#include "evidence/review/review.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "numeric/distributions.h"

/* ---- what was left out or is doubtful ---- */

/* Each row once, whatever the number of analyses that meet it. */
void vg_review_tell_rows(VgReviewRun *run, const VgEvidenceAnalysis *analysis,
                         const VgExtraction *extraction, const VgStudyDropped *dropped,
                         size_t n_dropped, const VgStudyQuestion *question, size_t n_questions)
{
    const char *of = vg_review_of(run, analysis);
    for (size_t i = 0; i < n_dropped; i++) {
        bool *told = &run->told[extraction->row[dropped[i].row].row];
        if (!*told)
            vg_result_warn(run->result, "%s%s (line %zu) was left out: %s", of, dropped[i].study,
                           dropped[i].line, dropped[i].reason);
        *told = true;
    }
    for (size_t i = 0; i < n_questions; i++) {
        bool *told = &run->told[extraction->row[question[i].row].row];
        if (!*told)
            vg_result_warn(run->result, "%s%s:%zu: %s (%s)", of, extraction->table->path,
                           question[i].line, question[i].message, question[i].hint);
        *told = true;
    }
}

/* Names of the studies whose effects are of a kind, the first few. */
static const char *measured_so(VgPairwise *p, VgMeasured kind, size_t *n)
{
    enum { MOST = 6 };
    const char *list = "";
    *n = 0;
    for (size_t i = 0; i < p->effects->n; i++) {
        const VgStudyEffect *effect = &p->effects->effect[i];
        if (effect->measured != kind)
            continue;
        if ((*n)++ < MOST)
            list = vg_review_text(p->run, "%s%s%s", list, *list ? ", " : "", effect->study);
    }
    return *n > MOST ? vg_review_text(p->run, "%s and %zu more", list, *n - MOST) : list;
}

/* A mean difference may mix them; a standardised one, or a mean, is of another thing then. */
static void tell_mixture(VgPairwise *p)
{
    VgMeasure measure = p->plan.measure;
    bool standardised = measure == VG_MEASURE_SMD || measure == VG_MEASURE_COHEN_D ||
                        measure == VG_MEASURE_GLASS_DELTA;
    size_t changes, endpoints;
    const char *of_changes = measured_so(p, VG_MEASURED_CHANGE, &changes);
    const char *of_endpoints = measured_so(p, VG_MEASURED_ENDPOINT, &endpoints);
    if ((!standardised && measure != VG_MEASURE_MEAN) || changes == 0 || endpoints == 0)
        return;
    vg_result_warn(p->run->result,
                   "%schanges from baseline (%s) and endpoints (%s) stand in one %s: they are "
                   "comparable only where groups began alike%s",
                   vg_review_of(p->run, p->analysis), of_changes, of_endpoints,
                   standardised ? "standardised difference" : "mean",
                   standardised ? " and each is divided by an SD of values, not of changes" : "");
}

static void tell_rows(VgPairwise *p)
{
    VgReviewRun *run = p->run;
    const VgStudyEffects *effects = p->effects;
    vg_result_number(run->result, VG_FACTS_FIT, p->id, "n_dropped", (double)effects->n_dropped);
    vg_review_tell_rows(run, p->analysis, &p->extraction, effects->dropped, effects->n_dropped,
                        effects->question, effects->n_questions);
    if (!p->analysis->sensitivity)
        tell_mixture(p);
    run->assumed_correlation = effects->n_assumed_correlation > 0;
    if (effects->n_imputed && !p->analysis->sensitivity)
        vg_result_warn(
            run->result,
            "%s%zu of %zu effects rest on a number that was assumed or imputed; the notes "
            "of the studies say which",
            vg_review_of(run, p->analysis), effects->n_imputed, effects->n);
}

/* ---- arrays ---- */

static VgStatus allocate(VgPairwise *p, size_t k, VgError *error)
{
    VgReviewRun *run = p->run;
    double *number = VG_REVIEW_NEW(run, double, 6 * k);
    p->label = VG_REVIEW_NEW(run, const char *, k);
    p->row = VG_REVIEW_NEW(run, size_t, k);
    p->study = VG_REVIEW_NEW(run, size_t, k);
    if (!number || !p->label || !p->row || !p->study)
        return vg_fail_memory(error);
    p->y = number;
    p->v = number + k;
    p->n = number + 2 * k;
    p->n1 = number + 3 * k;
    p->n2 = number + 4 * k;
    p->precision_se = number + 5 * k;
    return VG_OK;
}

/* Studies are numbered from 0 without gaps, in order of first appearance. */
static VgStatus number_studies(VgPairwise *p, VgError *error)
{
    size_t n = p->run->extraction->n_studies;
    size_t *place = VG_REVIEW_NEW(p->run, size_t, n);
    if (!place)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        place[i] = SIZE_MAX;
    for (size_t i = 0; i < p->k; i++) {
        if (i >= p->effects->n) {
            p->study[i] = p->n_studies++;
            continue;
        }
        size_t *own = &place[p->effects->effect[i].study_index];
        if (*own == SIZE_MAX)
            *own = p->n_studies++;
        p->study[i] = *own;
    }
    return VG_OK;
}

static VgStatus fill_covariance(VgPairwise *p, VgError *error)
{
    const VgStudyEffects *effects = p->effects;
    if (effects->n_blocks == 0)
        return VG_OK;
    size_t k = p->k;
    if (k > SIZE_MAX / k / sizeof(double))
        return vg_fail_memory(error);
    p->covariance = VG_REVIEW_NEW(p->run, double, k *k);
    if (!p->covariance)
        return vg_fail_memory(error);
    for (size_t i = 0; i < k; i++)
        p->covariance[i + i * k] = p->v[i];
    for (size_t b = 0; b < effects->n_blocks; b++) {
        const VgEffectBlock *block = &effects->block[b];
        for (size_t i = 0; i < block->size; i++)
            for (size_t j = 0; j < block->size; j++)
                if (i != j)
                    p->covariance[block->member[i] + block->member[j] * k] =
                        VG_AT(block->covariance, i, j);
    }
    return VG_OK;
}

/* The first effect whose study has one before it; k when there is none. */
static size_t second_effect(const VgPairwise *p)
{
    size_t next = 0; /* studies are numbered in order of first appearance */
    for (size_t i = 0; i < p->k; i++) {
        if (p->study[i] != next)
            return i;
        next++;
    }
    return p->k;
}

/* Effects of a study that has several, and no model for it. */
static VgStatus check_dependence(const VgPairwise *p, VgError *error)
{
    size_t i = second_effect(p);
    if (i == p->k || p->analysis->study_level || p->covariance ||
        p->plan.shared_control == VG_SHARED_CONTROL_SPLIT)
        return VG_OK;
    return vg_fail_at(
        error, VG_INVALID_INPUT, p->run->extraction->table->path, p->effects->effect[i].line,
        "%s has several effects, which are not independent",
        "name the column of the studies as study level (three-level model), or say how "
        "a shared control is to be treated",
        p->label[i]);
}

/* Clusters of the three-level model are the levels of the column named. */
static VgStatus read_study_level(VgPairwise *p, VgError *error)
{
    const char *name = p->analysis->study_level;
    const VgTable *table = p->run->extraction->table;
    if (!name)
        return VG_OK;
    const VgColumn *column;
    VG_TRY(vg_table_require(table, name, &column, error));
    int32_t *code;
    const char **level;
    size_t n;
    VG_TRY(
        vg_column_as_factor(p->run->arena, table, column, NULL, 0, NULL, &code, &level, &n, error));
    size_t *place = VG_REVIEW_NEW(p->run, size_t, n);
    if (!place)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        place[i] = SIZE_MAX;
    p->n_studies = 0;
    for (size_t i = 0; i < p->k; i++) {
        if (p->row[i] == SIZE_MAX) {
            p->study[i] = p->n_studies++;
            continue;
        }
        if (code[p->row[i]] < 0)
            return vg_fail_at(error, VG_INVALID_INPUT, table->path, p->effects->effect[i].line,
                              "the study level (column %s) is missing",
                              "name the study of every effect", name);
        size_t *own = &place[code[p->row[i]]];
        if (*own == SIZE_MAX)
            *own = p->n_studies++;
        p->study[i] = *own;
    }
    return VG_OK;
}

static VgStatus read_subgroups(VgPairwise *p, VgError *error)
{
    const char *name = p->analysis->subgroup;
    const VgTable *table = p->run->extraction->table;
    if (!name)
        return VG_OK;
    if (p->n_added)
        return vg_fail(error, VG_INVALID_INPUT, "a trial was added, but not to a subgroup",
                       "enter it as a row of the table, with its subgroup");
    const VgColumn *column;
    VG_TRY(vg_table_require(table, name, &column, error));
    bool *keep = VG_REVIEW_NEW(p->run, bool, table->n_rows);
    p->group = VG_REVIEW_NEW(p->run, int32_t, p->k);
    if (!keep || !p->group)
        return vg_fail_memory(error);
    for (size_t i = 0; i < p->k; i++)
        keep[p->row[i]] = true;
    int32_t *code;
    VG_TRY(vg_column_as_factor(p->run->arena, table, column, NULL, 0, keep, &code, &p->level,
                               &p->n_levels, error));
    size_t missing = 0;
    for (size_t i = 0; i < p->k; i++) {
        p->group[i] = code[p->row[i]];
        missing += p->group[i] < 0;
    }
    if (missing)
        vg_result_warn(p->run->result,
                       "%s%zu of %zu effects have no value in column %s: they are in the "
                       "pooled effect, but in no subgroup",
                       vg_review_of(p->run, p->analysis), missing, p->k, name);
    if (p->n_levels == 0)
        return vg_fail_at(error, VG_INVALID_INPUT, table->path, 0, "column %s is empty",
                          "name a column that holds the subgroups", name);
    return VG_OK;
}

VgStatus vg_pairwise_data(VgPairwise *p, VgError *error)
{
    VgReviewRun *run = p->run;
    VG_TRY(vg_review_subset(run, p->analysis, &p->extraction, error));
    p->plan = *run->plan;
    if (p->analysis->pre_post_correlation != 0)
        p->plan.pre_post_correlation = p->analysis->pre_post_correlation;
    VG_TRY(vg_study_effects(run->arena, &p->extraction, &p->plan, &p->effects, error));
    p->n_added = run->plan->n_added;
    p->k = p->effects->n + p->n_added;
    VG_TRY(allocate(p, p->k, error));
    double sign = vg_review_turns(&p->plan) ? -1 : 1;
    for (size_t i = 0; i < p->k; i++) {
        if (i < p->effects->n) {
            const VgStudyEffect *effect = &p->effects->effect[i];
            p->y[i] = effect->y; /* turned already */
            p->v[i] = effect->v;
            p->n[i] = effect->n;
            p->n1[i] = effect->n1;
            p->n2[i] = effect->n2;
            p->precision_se[i] = effect->precision_se;
            p->label[i] = effect->study;
            p->row[i] = p->extraction.row[effect->row].row;
        } else {
            const VgEvidenceAddition *added = &run->plan->added[i - p->effects->n];
            bool correct = added->uncorrected && p->plan.measure == VG_MEASURE_SMD && added->n > 3;
            double factor = correct ? vg_hedges_correction(added->n - 2) : 1;
            p->y[i] = sign * factor * added->estimate;
            p->v[i] = factor * factor * added->se * added->se;
            p->n[i] = added->n;
            p->n1[i] = added->n1;
            p->n2[i] = added->n2;
            p->precision_se[i] = isfinite(added->n1) && isfinite(added->n2)
                                     ? sqrt(1 / added->n1 + 1 / added->n2)
                                     : added->se;
            p->label[i] = added->label;
            p->row[i] = SIZE_MAX;
        }
    }
    VG_TRY(number_studies(p, error));
    VG_TRY(read_study_level(p, error));
    VG_TRY(fill_covariance(p, error));
    VG_TRY(check_dependence(p, error));
    VG_TRY(read_subgroups(p, error));
    tell_rows(p);
    return VG_OK;
}

VgEffects vg_pairwise_effects(const VgPairwise *p)
{
    return (VgEffects){
        .k = p->k, .y = p->y, .v = p->v, .study = p->label, .n = p->n, .covariance = p->covariance};
}

VgStatus vg_pairwise_some(VgPairwise *p, const bool *keep, VgEffects *some, size_t **index,
                          VgError *error)
{
    VgReviewRun *run = p->run;
    size_t k = 0;
    for (size_t i = 0; i < p->k; i++)
        k += keep[i];
    double *number = VG_REVIEW_NEW(run, double, 3 * k);
    const char **label = VG_REVIEW_NEW(run, const char *, k);
    *index = VG_REVIEW_NEW(run, size_t, k);
    double *covariance = p->covariance ? VG_REVIEW_NEW(run, double, k *k) : NULL;
    if (!number || !label || !*index || (p->covariance && !covariance))
        return vg_fail_memory(error);
    size_t at = 0;
    for (size_t i = 0; i < p->k; i++)
        if (keep[i])
            (*index)[at++] = i;
    for (size_t i = 0; i < k; i++) {
        size_t from = (*index)[i];
        number[i] = p->y[from];
        number[k + i] = p->v[from];
        number[2 * k + i] = p->n[from];
        label[i] = p->label[from];
        for (size_t j = 0; covariance && j < k; j++)
            covariance[i + j * k] = p->covariance[from + (*index)[j] * p->k];
    }
    *some = (VgEffects){.k = k,
                        .y = number,
                        .v = number + k,
                        .study = label,
                        .n = number + 2 * k,
                        .covariance = covariance};
    return VG_OK;
}

/* ---- shown ---- */

static void study_row(VgPairwise *p, VgDataset *data, size_t i, double z)
{
    VgReviewRun *run = p->run;
    VgResult *result = run->result;
    const VgStudyEffect *effect = i < p->effects->n ? &p->effects->effect[i] : NULL;
    const char *note = effect ? effect->note : run->plan->added[i - p->effects->n].note;
    if (note && !*note)
        note = NULL;
    const char *stratum = p->group && p->group[i] >= 0 ? p->level[p->group[i]] : NULL;
    double se = sqrt(p->v[i]);
    const char *label = p->label[i];
    if (p->analysis->effect_level && p->row[i] != SIZE_MAX) {
        const VgColumn *column = vg_table_column(run->extraction->table, p->analysis->effect_level);
        const char *text = column ? vg_column_value_text(run->arena, column, p->row[i]) : NULL;
        if (text)
            label = vg_review_text(run, "%s: %s", label, text);
    }
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "study", label);
    vg_dataset_set_text(result, data, "stratum", stratum);
    if (effect) {
        vg_dataset_set_text(result, data, "treatment_text",
                            *effect->treatment_text ? effect->treatment_text : NULL);
        vg_dataset_set_text(result, data, "control_text",
                            *effect->control_text ? effect->control_text : NULL);
        vg_dataset_set_number(result, data, "line", (double)effect->line);
        vg_dataset_set_number(result, data, "year", p->extraction.row[effect->row].year);
    }
    vg_dataset_set_text(result, data, "note", note);
    const double shown[] = {p->y[i],
                            se,
                            p->y[i] - z * se,
                            p->y[i] + z * se,
                            p->multilevel ? (double)NAN : p->fit->weight[i],
                            p->common->weight[i],
                            p->n[i],
                            p->n1[i],
                            p->n2[i],
                            (double)(i + 1)};
    static const char *const NAME[] = {"estimate",      "se", "lower",       "upper",     "weight",
                                       "weight_common", "n",  "n_treatment", "n_control", "order"};
    for (size_t c = 0; c < sizeof NAME / sizeof *NAME; c++)
        vg_dataset_set_number(result, data, NAME[c], shown[c]);
    VgEstimate row = vg_review_row(p->id, "study_effect", label);
    row.stratum = stratum;
    row.estimate = p->y[i];
    row.se = se;
    row.lower = p->y[i] - z * se;
    row.upper = p->y[i] + z * se;
    row.n = p->n[i];
    row.outcome = run->plan->outcome;
    row.unit = vg_measure_unit(run->plan->measure);
    row.note = note;
    vg_result_estimate(result, &row);
}

void vg_pairwise_report_studies(VgPairwise *p)
{
    VgResult *result = p->run->result;
    VgDataset *data = vg_result_dataset(
        result, p->id, "studies",
        VG_COLUMNS("study", "stratum", "treatment_text", "control_text", "note", "measure_note",
                   "#year", "#estimate", "#se", "#lower", "#upper", "#weight", "#weight_common",
                   "#n", "#n_treatment", "#n_control", "#line", "#order"));
    double z = vg_normal_quantile(0.5 + result->level / 2);
    for (size_t i = 0; i < p->k; i++)
        study_row(p, data, i, z);
}
