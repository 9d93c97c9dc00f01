/* What an analysis looks into: subgroups, moderators, influence, the order of studies. */
#include "evidence/review/review.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* ---- subgroups ---- */

static void subgroup_rows(VgPairwise *p, const VgMetaSubgroups *groups)
{
    VgReviewRun *run = p->run;
    for (size_t g = 0; g < groups->n_groups; g++) {
        const VgMetaPool *pool = &groups->group[g];
        VgEstimate row = vg_review_row(p->id, "subgroup", "random");
        row.stratum = p->level[g];
        vg_review_pool_row(&row, pool);
        row.n = (double)groups->n[g];
        row.unit = vg_measure_unit(run->plan->measure);
        if (pool->single_study)
            row.note = "one study";
        vg_result_estimate(run->result, &row);
        if (pool->single_study)
            continue;
        static const char *const NAME[] = {"tau2", "tau", "i2", "h2"};
        const double value[] = {pool->tau2, sqrt(pool->tau2), pool->i2, pool->h2};
        const double se[] = {pool->se_tau2, NAN, NAN, NAN};
        for (size_t c = 0; c < 4; c++) {
            row = vg_review_row(p->id, NAME[c], NULL);
            row.stratum = p->level[g];
            row.estimate = value[c];
            row.se = se[c];
            vg_result_estimate(run->result, &row);
        }
        row = vg_review_row(p->id, "q", NULL);
        row.stratum = p->level[g];
        row.statistic = pool->q;
        row.df = pool->q_df;
        row.p = pool->q_p;
        vg_result_estimate(run->result, &row);
    }
}

VgStatus vg_pairwise_subgroups(VgPairwise *p, VgError *error)
{
    VgReviewRun *run = p->run;
    if (p->multilevel)
        return vg_pairwise_multilevel_subgroups(p, error);
    bool *keep = VG_REVIEW_NEW(run, bool, p->k);
    if (!keep)
        return vg_fail_memory(error);
    for (size_t i = 0; i < p->k; i++)
        keep[i] = p->group[i] >= 0;
    VgEffects some;
    size_t *index;
    VG_TRY(vg_pairwise_some(p, keep, &some, &index, error));
    int32_t *group = VG_REVIEW_NEW(run, int32_t, some.k);
    if (!group)
        return vg_fail_memory(error);
    for (size_t i = 0; i < some.k; i++)
        group[i] = p->group[index[i]];
    VG_TRY(vg_meta_subgroups(run->arena, &some, group, p->n_levels, &p->options,
                             p->analysis->subgroup_common_tau2, &p->subgroups, error));
    subgroup_rows(p, p->subgroups);
    if (p->n_levels > 1) {
        VgEstimate row = vg_review_row(p->id, "subgroup_test", NULL);
        vg_review_test(run, &row, &p->subgroups->between);
        vg_result_estimate(run->result, &row);
    }
    if (p->subgroups->common_tau2) {
        VgEstimate row = vg_review_row(p->id, "tau2", "common to subgroups");
        row.estimate = p->subgroups->tau2;
        vg_result_estimate(run->result, &row);
    }
    if (p->subgroups->has_single && !p->subgroups->common_tau2)
        vg_result_warn(run->result,
                       "%sa subgroup has one study: how studies differ within it is not known and "
                       "was taken as nought",
                       vg_review_of(run, p->analysis));
    vg_result_text(run->result, VG_FACTS_FIT, p->id, "subgroup", p->analysis->subgroup);
    return VG_OK;
}

/* ---- meta-regression ---- */

static VgInference coefficient(const VgMetaFit *fit, size_t j)
{
    return (VgInference){fit->beta[j],    fit->se[j],    fit->df,      fit->statistic[j],
                         fit->p_value[j], fit->lower[j], fit->upper[j]};
}

static void moderator_rows(VgPairwise *p, const VgMetaRegression *regression,
                           const VgInference *coefficients, const VgMetaPermutation *permutation)
{
    VgReviewRun *run = p->run;
    const VgMetaFit *fit = regression->fit;
    for (size_t j = 0; j < fit->p; j++) {
        VgEstimate row = vg_review_row(p->id, "moderator", regression->name[j]);
        VgInference answer = coefficients ? coefficients[j] : coefficient(fit, j);
        vg_review_inference(&row, &answer);
        row.n = (double)fit->k;
        if (permutation)
            row.q = permutation->p[j];
        vg_result_estimate(run->result, &row);
    }
    VgEstimate row = vg_review_row(p->id, "moderator_test", "all");
    vg_review_test(run, &row, coefficients ? &p->multilevel->moderators : &fit->moderators);
    if (permutation)
        row.q = permutation->omnibus_p;
    vg_result_estimate(run->result, &row);
    for (size_t t = 0; !coefficients && regression->n_terms > 1 && t < regression->n_terms; t++) {
        row = vg_review_row(p->id, "moderator_test", regression->term[t].name);
        vg_review_test(run, &row, &regression->term[t].test);
        vg_result_estimate(run->result, &row);
    }
}

static void residual_rows(VgPairwise *p, const VgMetaFit *fit)
{
    VgResult *result = p->run->result;
    static const char *const NAME[] = {"tau2", "i2"};
    const double value[] = {fit->tau2, fit->i2}, se[] = {fit->se_tau2, NAN};
    for (size_t c = 0; c < 2; c++) {
        VgEstimate row = vg_review_row(p->id, NAME[c], "residual");
        row.estimate = value[c];
        row.se = se[c];
        vg_result_estimate(result, &row);
    }
    VgEstimate row = vg_review_row(p->id, "q", "residual");
    row.statistic = fit->q;
    row.df = fit->q_df;
    row.p = fit->q_p;
    vg_result_estimate(result, &row);
    if (isfinite(fit->r2)) {
        row = vg_review_row(p->id, "r2", NULL);
        row.estimate = fit->r2;
        vg_result_estimate(result, &row);
    }
}

/* The line of a moderator, the other columns held at their means. */
static VgStatus bubble_line(VgPairwise *p, const VgMetaRegression *regression, size_t j,
                            VgError *error)
{
    enum { POINTS = 41 };
    VgReviewRun *run = p->run;
    const VgMetaFit *fit = regression->fit;
    double *x = VG_REVIEW_NEW(run, double, fit->p);
    if (!x)
        return vg_fail_memory(error);
    for (size_t c = 0; c < fit->p; c++) {
        for (size_t i = 0; i < fit->k; i++)
            x[c] += VG_AT(fit->x, i, c);
        x[c] /= (double)fit->k;
    }
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < fit->k; i++) {
        low = fmin(low, VG_AT(fit->x, i, j));
        high = fmax(high, VG_AT(fit->x, i, j));
    }
    for (size_t point = 0; point < POINTS; point++) {
        x[j] = low + (high - low) * (double)point / (POINTS - 1);
        VgMetaPrediction at;
        VG_TRY(vg_meta_predict(fit, x, &at, error));
        VgDataset *data =
            vg_result_dataset(run->result, p->id, "bubble_line",
                              VG_COLUMNS("moderator", "#x", "#estimate", "#lower", "#upper"));
        vg_dataset_row(run->result, data);
        vg_dataset_set_text(run->result, data, "moderator", regression->name[j]);
        vg_dataset_set_number(run->result, data, "x", x[j]);
        vg_dataset_set_number(run->result, data, "estimate", at.estimate);
        vg_dataset_set_number(run->result, data, "lower", at.lower);
        vg_dataset_set_number(run->result, data, "upper", at.upper);
    }
    return VG_OK;
}

/* Columns of numbers that are moderators as they are. */
static VgStatus bubbles(VgPairwise *p, const VgMetaRegression *regression, VgError *error)
{
    VgReviewRun *run = p->run;
    const VgMetaFit *fit = regression->fit;
    for (size_t j = 0; j < fit->p; j++) {
        const VgColumn *column = vg_table_column(run->extraction->table, regression->name[j]);
        if (!column || column->type != VG_COLUMN_NUMBER)
            continue;
        for (size_t i = 0; i < fit->k; i++) {
            size_t from = regression->used[i];
            VgDataset *data =
                vg_result_dataset(run->result, p->id, "bubble",
                                  VG_COLUMNS("moderator", "study", "#x", "#y", "#weight"));
            vg_dataset_row(run->result, data);
            vg_dataset_set_text(run->result, data, "moderator", regression->name[j]);
            vg_dataset_set_text(run->result, data, "study", p->label[from]);
            vg_dataset_set_number(run->result, data, "x", VG_AT(fit->x, i, j));
            vg_dataset_set_number(run->result, data, "y", p->y[from]);
            vg_dataset_set_number(run->result, data, "weight", fit->weight[i]);
        }
        VG_TRY(bubble_line(p, regression, j, error));
    }
    return VG_OK;
}

static void regression_warnings(VgPairwise *p, const VgMetaRegression *regression)
{
    VgReviewRun *run = p->run;
    const char *of = vg_review_of(run, p->analysis);
    if (regression->n_dropped)
        vg_result_warn(run->result,
                       "%s%zu of %zu effects lack a moderator and are not in the meta-regression",
                       of, regression->n_dropped, p->k);
    for (size_t i = 0; i < regression->n_aliased; i++)
        vg_result_warn(run->result, "%s%s is a combination of other moderators and was left out",
                       of, regression->aliased[i]);
    if (regression->fit->few_per_coefficient)
        vg_result_warn(
            run->result,
            "%sfewer than 10 effects for each coefficient: the meta-regression is easily "
            "misled by chance",
            of);
}

VgStatus vg_pairwise_regression(VgPairwise *p, VgError *error)
{
    VgReviewRun *run = p->run;
    VgEffects effects = vg_pairwise_effects(p);
    VgMetaRegression *regression;
    VG_TRY(vg_meta_regression(run->arena, &effects, p->row, run->extraction->table,
                              p->analysis->moderators, &p->options, &regression, error));
    p->regression = regression;
    VgMetaPermutation *permutation = NULL;
    if (p->analysis->permutations && p->multilevel)
        return vg_fail(error, VG_INVALID_INPUT, "a permutation test of a three-level model",
                       "effects of one study are not exchangeable: leave permutations out");
    if (p->analysis->permutations) {
        VgMetaPermutationOptions options = {.permutations = p->analysis->permutations,
                                            .seed = run->result->seed};
        VG_TRY(vg_meta_permute(run->arena, regression->fit, &options, &permutation, error));
        vg_result_number(run->result, VG_FACTS_FIT, p->id, "permutations", (double)permutation->n);
        vg_result_bool(run->result, VG_FACTS_FIT, p->id, "permutations_exact", permutation->exact);
        if (permutation->failed)
            vg_result_warn(run->result, "%s%zu permutations could not be fitted and do not count",
                           vg_review_of(run, p->analysis), permutation->failed);
    }
    VgInference *coefficients = NULL;
    if (p->multilevel)
        VG_TRY(vg_pairwise_multilevel_regression(p, regression, &coefficients, error));
    moderator_rows(p, regression, coefficients, permutation);
    if (vg_pairwise_clustered(p))
        VG_TRY(vg_pairwise_regression_robust(p, regression, error));
    if (!p->multilevel) {
        residual_rows(p, regression->fit);
        VG_TRY(bubbles(p, regression, error));
    }
    vg_result_text(run->result, VG_FACTS_FIT, p->id, "moderator_formula",
                   vg_review_text(run, "~ %s", p->analysis->moderators));
    regression_warnings(p, regression);
    return VG_OK;
}

/* ---- influence ---- */

static void influence_rows(VgPairwise *p, const VgMetaInfluence *influence)
{
    VgResult *result = p->run->result;
    VgDataset *data = vg_result_dataset(
        result, p->id, "influence",
        VG_COLUMNS("study", "#rstudent", "#dffits", "#cook", "#covariance_ratio", "#tau2_deleted",
                   "#q_deleted", "#hat", "#weight", "#dfbeta", "#influential"));
    static const char *const NAME[] = {"rstudent",     "dffits",     "cook", "covariance_ratio",
                                       "tau2_deleted", "q_deleted",  "hat",  "weight",
                                       "dfbeta",       "influential"};
    for (size_t i = 0; i < p->k; i++) {
        const double value[] = {influence->rstudent[i],
                                influence->dffits[i],
                                influence->cook[i],
                                influence->covariance_ratio[i],
                                influence->tau2_deleted[i],
                                influence->q_deleted[i],
                                influence->hat[i],
                                influence->weight[i],
                                VG_AT(influence->dfbeta, i, 0),
                                influence->influential[i] ? 1 : 0};
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "study", p->label[i]);
        for (size_t c = 0; c < sizeof NAME / sizeof *NAME; c++)
            vg_dataset_set_number(result, data, NAME[c], value[c]);
    }
    data = vg_result_dataset(result, p->id, "baujat", VG_COLUMNS("study", "#x", "#y"));
    for (size_t i = 0; i < p->k; i++) {
        vg_dataset_row(result, data);
        vg_dataset_set_text(result, data, "study", p->label[i]);
        vg_dataset_set_number(result, data, "x", influence->baujat_x[i]);
        vg_dataset_set_number(result, data, "y", influence->baujat_y[i]);
    }
}

VgStatus vg_pairwise_influence(VgPairwise *p, VgError *error)
{
    VgReviewRun *run = p->run;
    if (p->multilevel)
        return vg_pairwise_leave_studies_out(p, error);
    VgMetaPool *out;
    VG_TRY(vg_meta_leave_one_out(run->arena, p->fit, &out, error));
    for (size_t i = 0; i < p->k; i++) {
        VgEstimate row = vg_review_row(p->id, "loo", p->label[i]);
        vg_review_pool_row(&row, &out[i]);
        row.n = (double)out[i].k;
        row.note = vg_review_tau2_note(run, out[i].tau2);
        vg_result_estimate(run->result, &row);
    }
    VgMetaInfluence *influence;
    VG_TRY(vg_meta_influence(run->arena, p->fit, &influence, error));
    influence_rows(p, influence);
    return VG_OK;
}

/* ---- cumulative ---- */

typedef struct Place {
    double number;
    const char *text;
    size_t index;
} Place;

static int by_value(const void *a, const void *b)
{
    const Place *one = a, *two = b;
    if (one->text && two->text) {
        int order = strcmp(one->text, two->text);
        if (order)
            return order;
    } else if (one->number != two->number) {
        return one->number < two->number ? -1 : 1;
    }
    return (one->index > two->index) - (one->index < two->index);
}

static bool holds_a_number(const Place *place, size_t k)
{
    for (size_t i = 0; i < k; i++) {
        char *end = NULL;
        if (place[i].text && (strtod(place[i].text, &end), end != place[i].text && !*end))
            return true;
    }
    return false;
}

VgStatus vg_pairwise_cumulative(VgPairwise *p, VgError *error)
{
    VgReviewRun *run = p->run;
    const VgTable *table = run->extraction->table;
    const VgColumn *column;
    VG_TRY(vg_table_require(table, p->analysis->cumulative, &column, error));
    Place *place = VG_REVIEW_NEW(run, Place, p->k);
    size_t *order = VG_REVIEW_NEW(run, size_t, p->k);
    if (!place || !order)
        return vg_fail_memory(error);
    for (size_t i = 0; i < p->k; i++) {
        place[i] = (Place){INFINITY, NULL, i}; /* added trials are the latest */
        if (p->row[i] == SIZE_MAX)
            continue;
        if (vg_column_is_missing(column, p->row[i]))
            return vg_fail_at(error, VG_INVALID_INPUT, table->path, table->line[p->row[i]],
                              "no value of %s, which orders the studies", "fill it in",
                              column->name);
        if (column->number)
            place[i].number = column->number[p->row[i]];
        else
            place[i].text = vg_column_value_text(run->arena, column, p->row[i]);
    }
    if (!column->number && holds_a_number(place, p->k))
        vg_result_warn(run->result,
                       "%sthe column %s, which orders the studies, is read as words (10 comes "
                       "before 9)",
                       vg_review_of(run, p->analysis), column->name);
    qsort(place, p->k, sizeof *place, by_value);
    for (size_t i = 0; i < p->k; i++)
        order[i] = place[i].index;
    VgMetaPool *out;
    VG_TRY(vg_meta_cumulative(run->arena, p->fit, order, &out, error));
    for (size_t i = 0; i < p->k; i++) {
        VgEstimate row = vg_review_row(p->id, "cumulative", p->label[order[i]]);
        vg_review_pool_row(&row, &out[i]);
        row.n = (double)out[i].k;
        row.note = vg_review_tau2_note(run, out[i].tau2);
        vg_result_estimate(run->result, &row);
    }
    return VG_OK;
}
