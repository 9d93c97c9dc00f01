/* Which features of a layer change with treatment: a mixed model a feature over all visits, the difference between arms in
 * the change from baseline, corrected for the composition (vagus/differential.h). */
#include "trial/panel.h"

#include <math.h>
#include <string.h>

#include <vagus/differential.h>
#include <vagus/false_discovery.h>
#include <vagus/lmm_table.h>
#include <vagus/modules.h>

#include "numeric/linear_algebra.h"

/* Features rarer than this share of the samples are not modelled. */
static const double LEAST_PREVALENCE = 0.1;

typedef struct Change {
    const VgLayer *layer;
    size_t n, n_arms, n_visits, n_without; /* without: a covariate is missing */
    size_t *sample, *row_arm, *row_visit;  /* n; codes */
    size_t *arm, *visit; /* of each code; the reference and the baseline are code 0 */
    bool from_baseline;
    VgMatrix table;     /* n × features kept; of functions, their genes after them */
    size_t *feature;    /* kept ones, of the layer */
    size_t n_features;  /* of the layer, kept */
    bool *only_present; /* per column of the table; NULL = none */
    bool counts;
    size_t *of_arm, *of_visit; /* codes of each contrast */
    double *contrast;
    size_t n_contrasts;
} Change;

/* What the plan asks for, where the layer can bear it. */
static VgPanelMethod method_of(const VgPanelPlan *plan, const VgLayer *layer, bool counts)
{
    bool amounts = layer->kind == VG_LAYER_ABSOLUTE || (layer->load && !layer->function);
    bool borne = plan->method == VG_PANEL_ABSOLUTE ? amounts
                 : plan->method == VG_PANEL_LINDA || plan->method == VG_PANEL_NEGATIVE_BINOMIAL
                     ? counts
                     : true;
    VgPanelMethod method = borne ? plan->method : VG_PANEL_MEDIAN;
    return method == VG_PANEL_MEDIAN && layer->kind == VG_LAYER_ABSOLUTE ? VG_PANEL_ABSOLUTE
                                                                         : method;
}

static VgStatus gather(VgTrial *trial, const VgLayer *layer, Change *c, VgError *error)
{
    const VgStudy *study = trial->study;
    VgArena *scratch = trial->scratch;
    size_t baseline = vg_trial_panel_baseline(study), arms = study->n_arms,
           visits = study->n_visits;
    *c = (Change){.layer = layer,
                  .sample = VG_NEW(scratch, size_t, layer->n_samples),
                  .row_arm = VG_NEW(scratch, size_t, layer->n_samples),
                  .row_visit = VG_NEW(scratch, size_t, layer->n_samples),
                  .arm = VG_NEW(scratch, size_t, arms),
                  .visit = VG_NEW(scratch, size_t, visits)};
    bool *seen_arm = VG_NEW(scratch, bool, arms), *seen_visit = VG_NEW(scratch, bool, visits);
    size_t *arm_code = VG_NEW(scratch, size_t, arms), *visit_code = VG_NEW(scratch, size_t, visits);
    if (!c->sample || !c->row_arm || !c->row_visit || !c->arm || !c->visit || !seen_arm ||
        !seen_visit || !arm_code || !visit_code)
        return vg_fail_memory(error);
    const VgColumn **covariate;
    VG_TRY(vg_trial_panel_covariates(trial, &covariate, error));
    for (size_t i = 0; i < layer->n_samples; i++) {
        int32_t arm = vg_trial_sample_arm(study, layer, i);
        if (arm < 0 || (baseline != SIZE_MAX && layer->visit[i] < baseline) ||
            !vg_trial_compared_at(study, layer->visit[i]))
            continue;
        if (vg_trial_lacks_covariate(trial, covariate, layer->participant[i])) {
            c->n_without++;
            continue;
        }
        c->sample[c->n++] = i;
        seen_arm[arm] = seen_visit[layer->visit[i]] = true;
    }
    c->from_baseline = baseline != SIZE_MAX && seen_visit[baseline];
    vg_trial_number_codes(seen_arm, arms, vg_study_reference_arm(study), arm_code, c->arm,
                          &c->n_arms);
    vg_trial_number_codes(seen_visit, visits, baseline, visit_code, c->visit, &c->n_visits);
    for (size_t r = 0; r < c->n; r++) {
        c->row_arm[r] = arm_code[vg_trial_sample_arm(study, layer, c->sample[r])];
        c->row_visit[r] = visit_code[layer->visit[c->sample[r]]];
    }
    if (c->n_arms < 2 || (c->from_baseline && c->n_visits < 2))
        return vg_fail(error, VG_NOT_ESTIMABLE, "samples of one arm, or of the baseline only",
                       "leave the layer out of response_of_panel");
    return VG_OK;
}

static VgStatus keep_prevalent(VgTrial *trial, Change *c, VgError *error)
{
    const VgLayer *layer = c->layer;
    VgMatrix all = vg_matrix_new(trial->scratch, c->n, layer->n_features);
    bool *keep = VG_NEW(trial->scratch, bool, layer->n_features);
    c->feature = VG_NEW(trial->scratch, size_t, layer->n_features);
    if (!all.data || !keep || !c->feature)
        return vg_fail_memory(error);
    for (size_t j = 0; j < layer->n_features; j++)
        for (size_t r = 0; r < c->n; r++)
            VG_AT(all, r, j) = VG_AT(layer->value, c->sample[r], j);
    size_t n;
    VG_TRY(vg_prevalence_filter(all, LEAST_PREVALENCE, 0, keep, &n, error));
    c->table = vg_matrix_new(trial->scratch, c->n, n);
    if (!c->table.data)
        return vg_fail_memory(error);
    for (size_t j = 0; j < layer->n_features; j++)
        if (keep[j]) {
            memcpy(&VG_AT(c->table, 0, c->n_features), &VG_AT(all, 0, j), c->n * sizeof(double));
            c->feature[c->n_features++] = j;
        }
    return VG_OK;
}

/* Functions are few and share genes, so that their own middle says little: they are compared with the middle of the genes
 * that they were made of, which stand after them in the table, in the same amounts. Where a function is absent (its
 * coverage is below the least) it has no amount. */
static VgStatus beside_genes(VgTrial *trial, Change *c, VgError *error)
{
    const VgLayerModules *of = c->layer->function;
    const VgFeatureTable *genes = of->table;
    double *dense;
    VG_TRY(vg_abundances_dense(trial->scratch, &genes->amount, genes->n_samples, genes->n_features,
                               &dense, error));
    VgMatrix all = vg_matrix_new(trial->scratch, c->n, genes->n_features);
    bool *keep = VG_NEW(trial->scratch, bool, genes->n_features);
    if (!all.data || !keep)
        return vg_fail_memory(error);
    for (size_t j = 0; j < genes->n_features; j++)
        for (size_t r = 0; r < c->n; r++)
            VG_AT(all, r, j) = dense[c->sample[r] + genes->n_samples * j];
    size_t n, to = c->n_features;
    VG_TRY(vg_prevalence_filter(all, LEAST_PREVALENCE, 0, keep, &n, error));
    c->table = vg_matrix_new(trial->scratch, c->n, c->n_features + n);
    c->only_present = VG_NEW(trial->scratch, bool, c->n_features + n);
    if (!c->table.data || !c->only_present)
        return vg_fail_memory(error);
    for (size_t f = 0; f < c->n_features; f++) {
        c->only_present[f] = true;
        for (size_t r = 0; r < c->n; r++)
            VG_AT(c->table, r, f) = VG_AT(of->scores.abundance, c->sample[r], c->feature[f]);
    }
    for (size_t j = 0; j < genes->n_features; j++)
        if (keep[j])
            memcpy(&VG_AT(c->table, 0, to++), &VG_AT(all, 0, j), c->n * sizeof(double));
    c->counts = genes->kind == VG_FEATURES_COUNTS;
    return VG_OK;
}

static VgStatus factor(VgTrial *trial, const char *name, const size_t *code, size_t n,
                       size_t levels, VgColumn *column, VgError *error)
{
    *column = (VgColumn){.name = name, .type = VG_COLUMN_FACTOR, .n_levels = levels};
    column->level = VG_NEW(trial->scratch, const char *, levels);
    column->code = VG_NEW(trial->scratch, int32_t, n);
    if (!column->level || !column->code)
        return vg_fail_memory(error);
    for (size_t l = 0; l < levels; l++) /* sorted as the codes are */
        column->level[l] = vg_trial_text(trial, "%06zu", l);
    for (size_t r = 0; r < n; r++)
        column->code[r] = (int32_t)code[r];
    return VG_OK;
}

static VgStatus design(VgTrial *trial, Change *c, VgLmmTable **made, VgError *error)
{
    const VgPanelPlan *plan = trial->study->panel_plan;
    const VgColumn **covariate;
    VG_TRY(vg_trial_panel_covariates(trial, &covariate, error));
    VgColumn *column = VG_NEW(trial->scratch, VgColumn, 3 + plan->n_covariates);
    VgTable *table = VG_NEW(trial->scratch, VgTable, 1);
    uint32_t *line = VG_NEW(trial->scratch, uint32_t, c->n);
    size_t *who = VG_NEW(trial->scratch, size_t, c->n);
    if (!column || !table || !line || !who)
        return vg_fail_memory(error);
    for (size_t r = 0; r < c->n; r++)
        who[r] = c->layer->participant[c->sample[r]];
    VG_TRY(factor(trial, "arm", c->row_arm, c->n, c->n_arms, &column[0], error));
    VG_TRY(factor(trial, "visit", c->row_visit, c->n, c->n_visits, &column[1], error));
    VG_TRY(
        factor(trial, "participant", who, c->n, trial->study->n_participants, &column[2], error));
    const char *more = "";
    for (size_t k = 0; k < plan->n_covariates; k++) {
        VG_TRY(vg_trial_spread_column(trial, covariate[k], who, c->n, &column[3 + k], error));
        column[3 + k].name = vg_trial_text(trial, "covariate_%zu", k + 1);
        more = vg_trial_text(trial, "%s + %s", more, column[3 + k].name);
    }
    *table = (VgTable){.path = c->layer->path,
                       .n_rows = c->n,
                       .n_columns = 3 + plan->n_covariates,
                       .column = column,
                       .line = line};
    VgFormula *formula;
    VG_TRY(vg_formula_parse(
        trial->scratch,
        vg_trial_text(trial, c->n_visits > 1 ? "~ arm * visit%s + (1 | participant)" : "~ arm%s",
                      more),
        &formula, error));
    return vg_lmm_table(trial->scratch, table, formula, &(VgDesignOptions){0}, made, error);
}

/* Shares times loads: cells per gram, or whatever the load is of. */
static void make_absolute(Change *c)
{
    const VgLayer *layer = c->layer;
    c->counts = false;
    for (size_t r = 0; layer->load && r < c->n; r++) {
        size_t i = c->sample[r];
        double sum = 0;
        for (size_t j = 0; j < layer->n_features; j++)
            sum += VG_AT(layer->value, i, j);
        for (size_t f = 0; f < c->table.cols; f++)
            VG_AT(c->table, r, f) *= layer->load[i] / sum;
    }
}

static size_t coefficient(const VgLmmTable *made, const char *name)
{
    for (size_t j = 0; j < made->data.x.cols; j++)
        if (strcmp(made->coefficient[j], name) == 0)
            return j;
    return SIZE_MAX;
}

/* Of each arm against the reference at each visit: the difference in the change from baseline, arm:visit; without
 * baseline samples the difference itself, arm + arm:visit. */
static VgStatus contrasts(VgTrial *trial, Change *c, const VgLmmTable *made, VgError *error)
{
    size_t p = made->data.x.cols, most = (c->n_arms - 1) * c->n_visits;
    c->contrast = VG_NEW(trial->scratch, double, most *p);
    c->of_arm = VG_NEW(trial->scratch, size_t, most);
    c->of_visit = VG_NEW(trial->scratch, size_t, most);
    if (!c->contrast || !c->of_arm || !c->of_visit)
        return vg_fail_memory(error);
    for (size_t a = 1; a < c->n_arms; a++)
        for (size_t v = c->from_baseline ? 1 : 0; v < c->n_visits; v++) {
            size_t main = coefficient(made, vg_trial_text(trial, "arm%06zu", a));
            size_t both =
                v ? coefficient(made, vg_trial_text(trial, "arm%06zu:visit%06zu", a, v)) : 0;
            if (main == SIZE_MAX || both == SIZE_MAX) /* an arm without samples at the visit */
                continue;
            double *row = &c->contrast[c->n_contrasts * p];
            if (!c->from_baseline)
                row[main] = 1;
            if (v)
                row[both] = 1;
            c->of_arm[c->n_contrasts] = a;
            c->of_visit[c->n_contrasts++] = v;
        }
    if (!c->n_contrasts)
        return vg_fail(error, VG_NOT_ESTIMABLE, "no arm can be compared with the reference",
                       "look which arms have samples at which visits");
    return VG_OK;
}

static void answer_row(VgTrial *trial, const Change *c, const VgDifferential *out, size_t f,
                       size_t k, const VgInference *answer, const char *quantity, const char *unit,
                       double q)
{
    const VgStudy *study = trial->study;
    VgEstimate row = vg_estimate_blank();
    row.analysis = c->layer->name;
    row.quantity = quantity;
    row.feature = c->layer->feature[c->feature[f]];
    row.visit = study->visit[c->visit[c->of_visit[k]]].name;
    row.arm = study->arm[c->arm[c->of_arm[k]]].name;
    row.reference = study->arm[c->arm[0]].name;
    row.estimate = answer->estimate;
    row.se = answer->se;
    row.df = answer->df;
    row.statistic = answer->statistic;
    row.p = answer->p;
    row.lower = answer->lower;
    row.upper = answer->upper;
    row.q = q;
    row.n = (double)out->present[f];
    row.unit = unit;
    row.note = c->from_baseline ? "change from baseline" : NULL;
    vg_result_estimate(trial->result, &row);
}

static VgStatus write(VgTrial *trial, const Change *c, const VgDifferential *out, VgError *error)
{
    const VgStudy *study = trial->study;
    VgResult *result = trial->result;
    const VgLayer *layer = c->layer;
    size_t n = c->n_features * out->n_contrasts, found = 0;
    double *p = VG_NEW(trial->scratch, double, n), *q = VG_NEW(trial->scratch, double, n);
    if (!p || !q)
        return vg_fail_memory(error);
    for (size_t k = 0; k < n; k++)
        p[k] = out->joint_p ? out->joint_p[k] : out->answer[k].p;
    VG_TRY(vg_false_discovery(trial->scratch, study->panel_plan->adjust, n, p, q, NULL, error));
    for (size_t f = 0; f < c->n_features; f++)
        for (size_t k = 0; k < out->n_contrasts; k++) {
            size_t at = f * out->n_contrasts + k;
            answer_row(trial, c, out, f, k, &out->answer[at], "differential", "log2 fold", q[at]);
            if (out->prevalence)
                answer_row(trial, c, out, f, k, &out->prevalence[at], "differential_prevalence",
                           "log odds", q[at]);
            found += q[at] <= study->panel_plan->fdr;
        }
    vg_result_number(result, VG_FACTS_FIT, layer->name, "n_features", (double)c->n_features);
    vg_result_number(result, VG_FACTS_FIT, layer->name, "n_tests", (double)n);
    vg_result_number(result, VG_FACTS_FIT, layer->name, "n_found", (double)found);
    vg_result_number(result, VG_FACTS_FIT, layer->name, "fdr", study->panel_plan->fdr);
    VgTrialNames doubtful;
    vg_trial_names(&doubtful);
    for (size_t k = 0; k < out->n_contrasts; k++)
        if (out->doubtful[k])
            vg_trial_name(trial, &doubtful,
                          vg_trial_text(trial, "%s at %s",
                                        vg_trial_arm_label(study, c->arm[c->of_arm[k]]),
                                        vg_trial_visit_label(study, c->visit[c->of_visit[k]])),
                          "");
    if (doubtful.n)
        vg_result_warn(
            result,
            "%s: against %s more than half of the features seem to move, or their middle "
            "is unclear (%s); what is said of single ones assumes that most do not",
            layer->label, vg_trial_arm_label(study, c->arm[0]),
            vg_trial_named(trial, &doubtful, 0));
    return VG_OK;
}

VgStatus vg_trial_panel_differential(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    Change c;
    VgLmmTable *made;
    VgDifferential out;
    VG_TRY(gather(trial, layer, &c, error));
    c.counts = layer->kind == VG_LAYER_COUNTS;
    VG_TRY(keep_prevalent(trial, &c, error));
    if (layer->function)
        VG_TRY(beside_genes(trial, &c, error));
    const VgPanelMethod method = method_of(trial->study->panel_plan, layer, c.counts);
    if (method == VG_PANEL_ABSOLUTE)
        make_absolute(&c);
    VG_TRY(design(trial, &c, &made, error));
    VG_TRY(contrasts(trial, &c, made, error));
    const VgDifferentialData data = {.table = c.table,
                                     .counts = c.counts,
                                     .only_present = c.only_present,
                                     .x = made->data.x,
                                     .term = made->term,
                                     .n_terms = made->data.n_terms,
                                     .contrast = c.contrast,
                                     .n_contrasts = c.n_contrasts};
    static const VgDifferentialMode MODE[] = {[VG_PANEL_MEDIAN] = VG_DIFFERENTIAL_MEDIAN,
                                              [VG_PANEL_LINDA] = VG_DIFFERENTIAL_LINDA,
                                              [VG_PANEL_MAASLIN3] = VG_DIFFERENTIAL_MAASLIN3,
                                              [VG_PANEL_NEGATIVE_BINOMIAL] = VG_DIFFERENTIAL_MEDIAN,
                                              [VG_PANEL_ABSOLUTE] = VG_DIFFERENTIAL_ABSOLUTE,
                                              [VG_PANEL_UNCORRECTED] = VG_DIFFERENTIAL_NONE};
    const VgDifferentialOptions options = {.mode = MODE[method],
                                           .negative_binomial =
                                               method == VG_PANEL_NEGATIVE_BINOMIAL,
                                           .level = trial->result->level};
    VG_TRY(vg_differential(trial->scratch, &data, &options, &out, error));
    vg_result_text(trial->result, VG_FACTS_FIT, layer->name, "differential_method",
                   vg_panel_method_name(method));
    if (c.n_without)
        vg_result_warn(trial->result, "%s: %zu samples without a covariate are left out",
                       layer->label, c.n_without);
    return write(trial, &c, &out, error);
}
