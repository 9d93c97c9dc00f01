/* vg_evidence_run: every analysis of a review's plan into rows, facts and datasets (docs/internals/result-shape.md). */
#include "evidence/review/review.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- rows and texts ---- */

const char *vg_review_text(VgReviewRun *run, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : vg_arena_alloc_raw(run->arena, (size_t)length + 1, 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    else
        run->short_of_memory = true;
    va_end(again);
    return text ? text : "";
}

void *vg_review_new(VgReviewRun *run, size_t count, size_t size)
{
    void *memory = vg_arena_alloc(run->arena, count, size);
    run->short_of_memory |= memory == NULL;
    return memory;
}

void vg_review_cite(VgReviewRun *run, VgReviewCitation work)
{
    run->cited |= UINT64_C(1) << work;
}

VgEstimate vg_review_row(const char *analysis, const char *quantity, const char *term)
{
    VgEstimate row = vg_estimate_blank();
    row.analysis = analysis;
    row.quantity = quantity;
    row.term = term;
    return row;
}

void vg_review_inference(VgEstimate *row, const VgInference *inference)
{
    row->estimate = inference->estimate;
    row->se = inference->se;
    row->df = isfinite(inference->df) ? inference->df : (double)NAN;
    row->statistic = inference->statistic;
    row->p = inference->p;
    row->lower = inference->lower;
    row->upper = inference->upper;
}

void vg_review_pool_row(VgEstimate *row, const VgMetaPool *pool)
{
    VgInference answer = {pool->estimate, pool->se,    pool->df,   pool->statistic,
                          pool->p,        pool->lower, pool->upper};
    vg_review_inference(row, &answer);
}

void vg_review_test(VgReviewRun *run, VgEstimate *row, const VgJointTest *test)
{
    bool f = isfinite(test->df_denominator);
    row->statistic = f ? test->statistic : test->statistic * test->df_numerator;
    row->df = test->df_numerator;
    row->p = test->p;
    row->note =
        f ? vg_review_text(run, "F, denominator df %.6g", test->df_denominator) : "chi-square";
}

void vg_review_sentence(VgReviewRun *run, const char *analysis, const char *text)
{
    VgDataset *data =
        vg_result_dataset(run->result, analysis, "sentences", VG_COLUMNS("text", "#order"));
    size_t row = vg_dataset_row(run->result, data);
    vg_dataset_set_text(run->result, data, "text", text);
    vg_dataset_set_number(run->result, data, "order", (double)(row + 1));
}

void vg_review_paragraph(VgReviewRun *run, const char *heading, const char *text)
{
    VgDataset *data =
        vg_result_dataset(run->result, NULL, "methods", VG_COLUMNS("heading", "text", "#order"));
    size_t row = vg_dataset_row(run->result, data);
    vg_dataset_set_text(run->result, data, "heading", heading);
    vg_dataset_set_text(run->result, data, "text", text);
    vg_dataset_set_number(run->result, data, "order", (double)(row + 1));
}

const char *vg_review_effect(VgReviewRun *run, double value)
{
    double shown = vg_measure_is_ratio(run->plan->measure) ? exp(value) : value;
    double size = fabs(shown);
    const char *minus = shown < 0 && size >= 0.005 ? "−" : "";
    return vg_review_text(run,
                          size >= 99.95   ? "%s%.0f"
                          : size >= 9.995 ? "%s%.1f"
                                          : "%s%.2f",
                          minus, size);
}

const char *vg_review_interval(VgReviewRun *run, double estimate, double lower, double upper)
{
    return vg_review_text(run, "%s [%s, %s]", vg_review_effect(run, estimate),
                          vg_review_effect(run, lower), vg_review_effect(run, upper));
}

const char *vg_review_p(VgReviewRun *run, double p)
{
    if (isnan(p))
        return "p not known";
    return p < 0.001 ? "p < 0.001" : vg_review_text(run, p < 0.1 ? "p = %.3f" : "p = %.2f", p);
}

const char *vg_review_tau2_note(VgReviewRun *run, double tau2)
{
    return vg_review_text(run, "tau² = %.4g", tau2);
}

const char *vg_review_of(VgReviewRun *run, const VgEvidenceAnalysis *analysis)
{
    return analysis->label ? vg_review_text(run, "%s: ", analysis->label) : "";
}

bool vg_review_turns(const VgEvidencePlan *plan)
{
    return plan->benefit_is_positive && plan->lower_is_better;
}

bool vg_review_high_is_better(const VgEvidencePlan *plan)
{
    return plan->direction_known && (plan->benefit_is_positive || !plan->lower_is_better);
}

VgStatus vg_review_look(VgReviewRun *run, const VgEvidenceAnalysis *analysis, const char *what,
                        VgStatus status, VgError *error)
{
    if (status == VG_OK || status == VG_NO_MEMORY || status == VG_IO)
        return status;
    vg_result_warn(run->result, "%s%s could not be had: %s%s%s%s", vg_review_of(run, analysis),
                   what, error->message, error->hint[0] ? " (" : "", error->hint,
                   error->hint[0] ? ")" : "");
    *error = (VgError){.code = VG_OK};
    return VG_OK;
}

/* ---- the rows of an analysis ---- */

static bool has_level(VgReviewRun *run, const VgColumn *column, size_t row, const char *level)
{
    if (vg_column_is_missing(column, row))
        return false;
    const char *text = vg_column_value_text(run->arena, column, row);
    run->short_of_memory |= text == NULL;
    return text && strcmp(text, level) == 0;
}

static VgRiskOfBias overall(const VgExtraction *extraction, size_t row)
{
    if (!extraction->has_overall || !extraction->risk)
        return VG_RISK_ABSENT;
    return extraction->risk[row * extraction->n_domains + extraction->n_domains - 1];
}

VgStatus vg_review_subset(VgReviewRun *run, const VgEvidenceAnalysis *analysis, VgExtraction *out,
                          VgError *error)
{
    const VgExtraction *all = run->extraction;
    *out = *all;
    if (!analysis->subset_column && !analysis->exclude_high_risk)
        return VG_OK;
    if (analysis->exclude_high_risk && !all->has_overall)
        return vg_fail_at(error, VG_INVALID_INPUT, all->table->path, 0,
                          "there is no column of the overall risk of bias",
                          "add a column `overall` with low, some concerns or high");
    const VgColumn *column = NULL;
    if (analysis->subset_column)
        VG_TRY(vg_table_require(all->table, analysis->subset_column, &column, error));
    out->row = VG_REVIEW_NEW(run, VgExtractionRow, all->n_rows);
    out->risk = all->risk ? VG_REVIEW_NEW(run, VgRiskOfBias, all->n_rows * all->n_domains) : NULL;
    if (!out->row || (all->risk && !out->risk))
        return vg_fail_memory(error);
    out->n_rows = 0;
    for (size_t i = 0; i < all->n_rows; i++) {
        if (column && !has_level(run, column, all->row[i].row, analysis->subset_level))
            continue;
        if (analysis->exclude_high_risk && overall(all, i) == VG_RISK_HIGH)
            continue;
        if (all->risk)
            memcpy(&out->risk[out->n_rows * all->n_domains], &all->risk[i * all->n_domains],
                   all->n_domains * sizeof *out->risk);
        out->row[out->n_rows++] = all->row[i];
    }
    if (out->n_rows == 0 && column)
        return vg_fail_at(error, VG_INVALID_INPUT, all->table->path, 0, "no row has %s = %s%s",
                          "write a level as it stands in the table", analysis->subset_column,
                          analysis->subset_level,
                          analysis->exclude_high_risk ? " without a high risk of bias" : "");
    if (out->n_rows == 0)
        return vg_fail_at(error, VG_NOT_ESTIMABLE, all->table->path, 0,
                          "every study is at high risk of bias", "nothing is left to pool");
    return VG_OK;
}

/* ---- facts of every analysis ---- */

void vg_review_measure_facts(VgReviewRun *run, const char *id, const VgEvidenceAnalysis *analysis)
{
    const VgEvidencePlan *plan = run->plan;
    VgResult *result = run->result;
    VgFactSection fit = VG_FACTS_FIT;
    bool ratio = vg_measure_is_ratio(plan->measure);
    vg_result_text(result, fit, id, "measure", vg_measure_names[plan->measure]);
    vg_result_text(result, fit, id, "measure_label", vg_measure_label(plan->measure));
    vg_result_text(result, fit, id, "unit",
                   plan->unit ? plan->unit : vg_measure_unit(plan->measure));
    vg_result_text(result, fit, id, "back_transform", ratio ? "exp" : "none");
    vg_result_number(result, fit, id, "null_value", 0);
    vg_result_text(result, fit, id, "level_text", vg_review_text(run, "%g%%", 100 * result->level));
    if (analysis->kind != VG_EVIDENCE_NETWORK && plan->treatment_label)
        vg_result_text(result, fit, id, "treatment_label", plan->treatment_label);
    if (analysis->kind != VG_EVIDENCE_NETWORK && plan->control_label)
        vg_result_text(result, fit, id, "control_label", plan->control_label);
    if (plan->direction_known) {
        bool high = vg_review_high_is_better(plan);
        const char *treatment = plan->treatment_label ? plan->treatment_label : "treatment";
        const char *control = plan->control_label ? plan->control_label : "control";
        if (analysis->kind == VG_EVIDENCE_NETWORK) {
            vg_result_text(result, fit, id, "favours_low", high ? "worse" : "better");
            vg_result_text(result, fit, id, "favours_high", high ? "better" : "worse");
        } else {
            vg_result_text(result, fit, id, "favours_low",
                           vg_review_text(run, "better with %s", high ? control : treatment));
            vg_result_text(result, fit, id, "favours_high",
                           vg_review_text(run, "better with %s", high ? treatment : control));
        }
        vg_result_bool(result, fit, id, "lower_is_better", !high);
    }
    if (plan->important_difference > 0)
        vg_result_number(result, fit, id, "important_difference", plan->important_difference);
    vg_result_text(result, fit, id, "important_difference_source",
                   plan->important_difference_source);
    vg_result_text(result, fit, id, "tau2_method", vg_tau2_method_names[analysis->tau2]);
    /* the default and t are one in a three-level model */
    bool levels = analysis->study_level && analysis->test == VG_META_TEST_ADHOC;
    vg_result_text(result, fit, id, "test",
                   vg_meta_test_names[levels ? VG_META_TEST_T : analysis->test]);
}

/* ---- risk of bias, the plan ---- */

static void report_risk_of_bias(VgReviewRun *run)
{
    static const char *const JUDGEMENT[] = {NULL, "low", "some concerns", "high", "no information"};
    const VgExtraction *extraction = run->extraction;
    if (!extraction->risk)
        return;
    VgDataset *data = vg_result_dataset(run->result, NULL, "risk_of_bias",
                                        VG_COLUMNS("study", "domain", "judgement", "#order"));
    bool *told = VG_REVIEW_NEW(run, bool, extraction->n_studies);
    for (size_t i = 0; told && i < extraction->n_rows; i++) {
        size_t study = extraction->row[i].study_index;
        if (told[study])
            continue; /* rows of one study have one judgement */
        told[study] = true;
        for (size_t d = 0; d < extraction->n_domains; d++) {
            VgRiskOfBias risk = extraction->risk[i * extraction->n_domains + d];
            if (risk == VG_RISK_ABSENT)
                continue;
            size_t row = vg_dataset_row(run->result, data);
            vg_dataset_set_text(run->result, data, "study", extraction->row[i].study);
            vg_dataset_set_text(run->result, data, "domain", extraction->domain[d]);
            vg_dataset_set_text(run->result, data, "judgement", JUDGEMENT[risk]);
            vg_dataset_set_number(run->result, data, "order", (double)(row + 1));
        }
    }
    vg_review_cite(run, VG_CITE_ROB_2019);
}

/* An analysis is listed whether or not it can be had. */
static void report_analysis(VgReviewRun *run, const VgEvidenceAnalysis *analysis)
{
    VgResult *result = run->result;
    VgDataset *data = vg_result_dataset(
        result, NULL, "analyses", VG_COLUMNS("id", "role", "kind", "label", "outcome", "#order"));
    size_t row = vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "id", analysis->id);
    vg_dataset_set_text(result, data, "role",
                        analysis->sensitivity ? "sensitivity"
                        : row == 0            ? "primary"
                                              : "secondary");
    vg_dataset_set_text(result, data, "kind",
                        analysis->kind == VG_EVIDENCE_NETWORK ? "network" : "meta");
    vg_dataset_set_text(result, data, "label", analysis->label);
    vg_dataset_set_text(result, data, "outcome", run->plan->outcome);
    vg_dataset_set_number(result, data, "order", (double)(row + 1));
}

static void report_plan(VgReviewRun *run)
{
    VgResult *result = run->result;
    const VgEvidencePlan *plan = run->plan;
    vg_result_text(result, VG_FACTS_STUDY, NULL, "kind", "review");
    vg_result_text(result, VG_FACTS_STUDY, NULL, "outcome", plan->outcome);
    if (plan->n_analyses && plan->analysis[0].id)
        vg_result_text(result, VG_FACTS_STUDY, NULL, "primary_analysis", plan->analysis[0].id);
}

/* ---- the run ---- */

static VgStatus run_analysis(VgReviewRun *run, const VgEvidenceAnalysis *analysis, VgError *error)
{
    VgResult *result = run->result;
    size_t n_estimates = result->n_estimates, n_facts = result->n_facts;
    size_t n_datasets = result->n_datasets;
    VgError own = {.code = VG_OK};
    run->assumed_correlation = false;
    report_analysis(run, analysis);
    VgStatus status =
        (analysis->kind == VG_EVIDENCE_NETWORK ? vg_review_network
                                               : vg_review_pairwise)(run, analysis, &own);
    if (status == VG_OK)
        return run->short_of_memory ? vg_fail_memory(error) : VG_OK;
    if (analysis == run->plan->analysis || status == VG_NO_MEMORY || status == VG_IO) {
        if (error)
            *error = own;
        return status;
    }
    /* half an analysis is none */
    result->n_estimates = n_estimates;
    result->n_facts = n_facts;
    result->n_datasets = n_datasets > 0 ? n_datasets : 1; /* the first lists analyses */
    run->assumed_correlation = false;
    vg_result_text(result, VG_FACTS_FIT, analysis->id, "failed", own.message);
    vg_result_warn(result, "%s could not be had: %s%s%s%s",
                   analysis->label ? analysis->label : "an analysis", own.message,
                   own.hint[0] ? " (" : "", own.hint, own.hint[0] ? ")" : "");
    return VG_OK;
}

/* The analysis again with each of the correlations that might as well have been assumed. */
static VgStatus run_correlations(VgReviewRun *run, const VgEvidenceAnalysis *from, VgError *error)
{
    const VgEvidencePlan *plan = run->plan;
    if (from->kind == VG_EVIDENCE_NETWORK && plan->n_correlation_sensitivity)
        vg_result_warn(run->result,
                       "%sa network is not repeated with other correlations: list it again with "
                       "its own pre_post_correlation",
                       vg_review_of(run, from));
    if (!run->assumed_correlation || from->sensitivity || from->pre_post_correlation != 0)
        return VG_OK;
    for (size_t i = 0; i < plan->n_correlation_sensitivity; i++) {
        double r = plan->correlation_sensitivity[i];
        if (r == plan->pre_post_correlation)
            continue;
        VgEvidenceAnalysis *again = VG_REVIEW_NEW(run, VgEvidenceAnalysis, 1);
        if (!again)
            return vg_fail_memory(error);
        *again = *from;
        again->sensitivity = true;
        again->pre_post_correlation = r;
        again->id = vg_review_text(run, "%s%scorrelation_%g", from->id ? from->id : "",
                                   from->id ? "_" : "", r);
        again->label = vg_review_text(run, "%s%sorrelation %g before and after",
                                      from->label ? from->label : "", from->label ? ", c" : "C", r);
        again->subgroup = again->moderators = again->cumulative = NULL;
        again->influence = false;
        again->small_study = 0;
        again->permutations = 0;
        VG_TRY(run_analysis(run, again, error));
    }
    return VG_OK;
}

static VgStatus carry_out(VgReviewRun *run, VgError *error)
{
    report_plan(run);
    for (size_t i = 0; i < run->plan->n_analyses; i++) {
        VG_TRY(run_analysis(run, &run->plan->analysis[i], error));
        VG_TRY(run_correlations(run, &run->plan->analysis[i], error));
    }
    report_risk_of_bias(run);
    vg_review_methods(run);
    vg_review_references(run);
    if (run->short_of_memory)
        return vg_fail_memory(error);
    return vg_result_status(run->result, error);
}

VgStatus vg_evidence_run(const VgExtraction *extraction, const VgEvidencePlan *plan,
                         VgResult *result, VgError *error)
{
    if (plan->n_analyses == 0)
        return vg_fail(error, VG_INVALID_INPUT, "the review has no analysis",
                       "list at least one under analyses:");
    VgArena *arena = vg_arena_create();
    if (!arena)
        return vg_fail_memory(error);
    VgReviewRun run = {.extraction = extraction, .plan = plan, .result = result, .arena = arena};
    run.told = VG_REVIEW_NEW(&run, bool, extraction->table->n_rows);
    VgStatus status = run.told ? carry_out(&run, error) : vg_fail_memory(error);
    vg_arena_destroy(arena);
    VG_TRY(vg_result_status(result, error)); /* first: rows that are missing explain the rest */
    return status;
}
