/* vagus differential: a feature table and metadata to effects on every feature. */
#include <math.h>
#include <string.h>

#include <vagus/differential.h>
#include <vagus/false_discovery.h>
#include <vagus/lmm_table.h>

#include "cli/join.h"
#include "cli/model.h"
#include "cli/panel.h"
#include "model/estimate.h"
#include "numeric/linear_algebra.h"

/* Table and design in the same order, and the coefficients asked for. */
typedef struct Question {
    VgPanelTable table;
    VgLmmTable *made;
    VgDifferentialData data;
    size_t *column; /* data.n_contrasts: of made->coefficient */
} Question;

static VgStatus read_options(const VgArguments *arguments, VgDifferentialOptions *options,
                             double level, VgError *error)
{
    *options =
        (VgDifferentialOptions){.level = level,
                                .pseudocount = vg_argument_number(arguments, "pseudocount", 0),
                                .winsor = vg_argument_number(arguments, "winsor", 0),
                                .threads = (int)vg_argument_number(arguments, "threads", 0)};
    const char *mode = vg_argument(arguments, "mode"), *model = vg_argument(arguments, "model");
    if (mode && !vg_differential_mode_from_name(mode, &options->mode))
        return vg_fail(error, VG_USAGE, "unknown mode %s", "see --help", mode);
    if (options->winsor != 0 && options->mode != VG_DIFFERENTIAL_LINDA)
        return vg_fail(error, VG_USAGE, "--winsor without --mode linda",
                       "winsorising is part of LinDA; add --mode linda");
    options->negative_binomial = model && strcmp(model, "nb") == 0;
    if (options->negative_binomial && options->mode != VG_DIFFERENTIAL_MEDIAN &&
        options->mode != VG_DIFFERENTIAL_NONE)
        return vg_fail(error, VG_USAGE, "--model nb with --mode %s", "use --mode median or none",
                       mode);
    return VG_OK;
}

/* Whole numbers throughout? What the file does not say. */
static bool holds_counts(const VgPanelTable *table)
{
    if (table->file->kind != VG_FEATURES_UNKNOWN)
        return table->file->kind == VG_FEATURES_COUNTS;
    for (size_t f = 0; f < table->x.cols; f++)
        for (size_t i = 0; i < table->x.rows; i++)
            if (VG_AT(table->x, i, f) != floor(VG_AT(table->x, i, f)))
                return false;
    return true;
}

static VgStatus choose_terms(VgSession *session, Question *q, VgError *error)
{
    const VgDesign *design = q->made->design;
    const char *text = vg_argument(session->arguments, "terms");
    size_t n_named = 0, rank = design->rank, n = 0;
    const char **named = text ? vg_argument_list(session->arena, text, &n_named) : NULL;
    q->column = VG_NEW(session->arena, size_t, rank + n_named + 1);
    if (!q->column || (text && !named))
        return vg_fail_memory(error);
    for (size_t j = 0; !text && j < rank; j++)
        if (design->term[design->independent[j]] >= 0)
            q->column[n++] = j;
    for (size_t k = 0; k < n_named; k++) {
        size_t j = 0;
        while (j < rank && strcmp(q->made->coefficient[j], named[k]) != 0)
            j++;
        if (j == rank)
            return vg_fail(error, VG_USAGE, "no coefficient %s in the model",
                           "name coefficients as they are printed: column and level together",
                           named[k]);
        q->column[n++] = j;
    }
    if (n == 0)
        return vg_fail(error, VG_USAGE, "the model has an intercept only",
                       "name what may change the features: '~ arm'");
    double *contrast = VG_NEW(session->arena, double, n *rank);
    if (!contrast)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++)
        contrast[k * rank + q->column[k]] = 1;
    q->data.contrast = contrast;
    q->data.n_contrasts = n;
    return VG_OK;
}

static VgStatus ask(VgSession *session, VgResult *result, Question *q, VgError *error)
{
    VgFormula *formula;
    VgTable *metadata;
    VgJoined joined;
    VG_TRY(vg_formula_parse(session->arena, vg_argument(session->arguments, "formula"), &formula,
                            error));
    if (formula->response || formula->n_offsets)
        return vg_fail(error, VG_INVALID_INPUT, "the formula %s has an outcome or an offset",
                       "write ~ terms: the features are the outcomes", formula->text);
    VG_TRY(vg_cli_panel_table(session, result, "shares", &q->table, error));
    const char *column;
    VG_TRY(vg_cli_metadata(session, result, "sample", &metadata, &column, error));
    VG_TRY(vg_cli_join(session, result, q->table.sample, q->table.x.rows, q->table.file->path,
                       metadata, column, NULL, &joined, error));
    VgDesignOptions options = {.keep = joined.keep};
    VG_TRY(vg_cli_level_orders(session, metadata, &options, error));
    VG_TRY(vg_lmm_table(session->arena, metadata, formula, &options, &q->made, error));
    const VgDesign *design = q->made->design;
    VG_TRY(vg_cli_check_aliased(session, metadata, design, result, error));
    if (design->n_dropped)
        vg_result_warn(result, "%zu samples have missing metadata and are left out",
                       design->n_dropped);
    VgMatrix x = vg_matrix_new(session->arena, design->n_rows, q->table.x.cols);
    if (!x.data)
        return vg_fail_memory(error);
    for (size_t f = 0; f < x.cols; f++)
        for (size_t i = 0; i < x.rows; i++)
            VG_AT(x, i, f) = VG_AT(q->table.x, joined.at[design->row[i]], f);
    q->data = (VgDifferentialData){.table = x,
                                   .counts = holds_counts(&q->table),
                                   .x = q->made->data.x,
                                   .term = q->made->term,
                                   .n_terms = q->made->data.n_terms};
    return choose_terms(session, q, error);
}

static void add_answer(VgSession *session, VgResult *result, const Question *q,
                       const VgDifferential *out, size_t f, size_t c, const char *quantity,
                       const char *unit, const VgInference *answer, double p_value, double q_value)
{
    if (isnan(answer->estimate) || isnan(answer->se))
        return;
    VgEstimate row = vg_estimate_blank();
    row.quantity = quantity;
    row.feature = q->table.feature[f];
    row.term = q->made->coefficient[q->column[c]];
    row.unit = unit;
    vg_estimate_fill(&row, answer);
    row.p = p_value;
    row.q = q_value;
    row.n = (double)out->present[f];
    row.note = vg_arena_printf(session->arena, "present in %zu of %zu", out->present[f],
                               q->data.table.rows);
    vg_result_estimate(result, &row);
}

static VgStatus add_answers(VgSession *session, VgResult *result, const Question *q,
                            const VgDifferential *out, VgError *error)
{
    size_t contrasts = out->n_contrasts, total = out->n_features * contrasts, tested = 0;
    VgFalseDiscovery method = VG_FDR_BH;
    const char *fdr = vg_argument(session->arguments, "fdr");
    double *p = VG_NEW(session->arena, double, total),
           *adjusted = VG_NEW(session->arena, double, total);
    if (!p || !adjusted)
        return vg_fail_memory(error);
    if (fdr)
        (void)vg_false_discovery_from_name(fdr, &method);
    for (size_t i = 0; i < total; i++) {
        p[i] = out->joint_p ? out->joint_p[i] : out->answer[i].p;
        tested += isnan(p[i]) ? 0 : 1;
    }
    VG_TRY(vg_false_discovery(session->arena, method, total, p, adjusted, NULL, error));
    for (size_t i = 0; i < total; i++) {
        size_t f = i / contrasts, c = i % contrasts;
        if (!out->prevalence) {
            add_answer(session, result, q, out, f, c, "differential", "log2 fold change",
                       &out->answer[i], p[i], adjusted[i]);
            continue;
        }
        add_answer(session, result, q, out, f, c, "differential_abundance",
                   "log2 fold change where present", &out->answer[i], out->answer[i].p,
                   adjusted[i]);
        add_answer(session, result, q, out, f, c, "differential_prevalence", "log odds",
                   &out->prevalence[i], out->prevalence[i].p, adjusted[i]);
    }
    vg_result_text(result, VG_FACTS_FIT, NULL, "fdr", vg_false_discovery_name(method));
    vg_result_number(result, VG_FACTS_FIT, NULL, "n_tests", (double)tested);
    return VG_OK;
}

static void add_tables(VgResult *result, const Question *q, const VgDifferential *out)
{
    static const char *const FEATURE[] = {"feature", "status", "prevalence_status", "#present"};
    static const char *const SHIFT[] = {"term",  "#shift", "#shift_se",
                                        "#mode", "#moved", "#doubtful"};
    VgDataset *features = vg_result_dataset(result, NULL, "features", FEATURE, 4);
    for (size_t f = 0; f < out->n_features; f++) {
        vg_dataset_row(result, features);
        vg_dataset_set_text(result, features, "feature", q->table.feature[f]);
        vg_dataset_set_text(result, features, "status", vg_lmm_status_name(out->status[f]));
        if (out->prevalence_status)
            vg_dataset_set_text(result, features, "prevalence_status",
                                vg_lmm_status_name(out->prevalence_status[f]));
        vg_dataset_set_number(result, features, "present", (double)out->present[f]);
    }
    VgDataset *shifts = vg_result_dataset(result, NULL, "shifts", SHIFT, 6);
    for (size_t c = 0; c < out->n_contrasts; c++) {
        vg_dataset_row(result, shifts);
        vg_dataset_set_text(result, shifts, "term", q->made->coefficient[q->column[c]]);
        vg_dataset_set_number(result, shifts, "shift", out->shift[c]);
        vg_dataset_set_number(result, shifts, "shift_se", out->shift_se[c]);
        vg_dataset_set_number(result, shifts, "mode", out->mode[c]);
        vg_dataset_set_number(result, shifts, "moved", out->moved[c]);
        vg_dataset_set_number(result, shifts, "doubtful", out->doubtful[c]);
    }
}

static void warn(VgResult *result, const Question *q, const VgDifferentialOptions *options,
                 const VgDifferential *out)
{
    size_t not_fitted = 0, singular = 0;
    for (size_t f = 0; f < out->n_features; f++) {
        not_fitted += out->status[f] > VG_LMM_SINGULAR;
        singular += out->status[f] == VG_LMM_SINGULAR;
    }
    if (not_fitted)
        vg_result_warn(result, "%zu of %zu features could not be fitted: see the dataset features",
                       not_fitted, out->n_features);
    if (singular)
        vg_result_warn(result,
                       "%zu of %zu features have a random-effects variance at the boundary; their "
                       "estimates and tests stand",
                       singular, out->n_features);
    for (size_t c = 0; c < out->n_contrasts; c++)
        if (out->doubtful[c])
            vg_result_warn(result,
                           "%s: the correction assumes that most features do not change, which "
                           "these do not look like (%.0f %% beyond two standard errors; median "
                           "%.3g, mode %.3g); absolute loads would tell",
                           q->made->coefficient[q->column[c]], 100 * out->moved[c], out->shift[c],
                           out->mode[c]);
    if (options->negative_binomial && q->data.n_terms)
        vg_result_warn(
            result,
            "negative binomial models have no random effects: errors are clustered by %s, "
            "which are too small with few clusters (%zu)",
            q->data.term[0].name, q->data.term[0].n_groups);
    if (options->mode == VG_DIFFERENTIAL_NONE)
        vg_result_warn(result, "not corrected: when one feature blooms, all others seem to fall");
    if (options->mode == VG_DIFFERENTIAL_MAASLIN3)
        vg_result_warn(result, "abundance where present describes a group that treatment itself "
                               "may have selected: descriptive for arms of a trial");
    if (out->depth_related)
        vg_result_warn(result, "depth goes with the design: zeros were filled by LinDA's rule, "
                               "depth over the deepest sample without the feature");
}

VgStatus vg_cli_differential(VgSession *session, VgError *error)
{
    VgDifferentialOptions options;
    Question question = {0};
    VgDifferential out;
    VG_TRY(read_options(session->arguments, &options, session->level, error));
    VgResult *result = vg_session_result(session);
    if (!result)
        return vg_fail_memory(error);
    VG_TRY(ask(session, result, &question, error));
    /* whole numbers may be amounts, where the user says so */
    const char *kind = vg_argument(session->arguments, "kind");
    if (options.mode == VG_DIFFERENTIAL_ABSOLUTE && kind && strcmp(kind, "amounts") == 0)
        question.data.counts = false;
    VG_TRY(vg_differential(session->arena, &question.data, &options, &out, error));
    VG_TRY(add_answers(session, result, &question, &out, error));
    add_tables(result, &question, &out);
    vg_result_text(result, VG_FACTS_FIT, NULL, "formula", question.made->design->formula->text);
    vg_result_text(result, VG_FACTS_FIT, NULL, "mode", vg_differential_mode_name(options.mode));
    vg_result_text(result, VG_FACTS_FIT, NULL, "model",
                   options.negative_binomial ? "nb" : "linear");
    vg_result_text(result, VG_FACTS_FIT, NULL, "values",
                   question.data.counts ? "counts" : "amounts");
    vg_result_number(result, VG_FACTS_FIT, NULL, "n_observations",
                     (double)question.data.table.rows);
    vg_result_number(result, VG_FACTS_FIT, NULL, "n_dropped",
                     (double)question.made->design->n_dropped);
    warn(result, &question, &options, &out);
    return vg_session_print(session, result, error);
}
