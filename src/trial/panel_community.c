/* Whether communities differ between arms: distances, PERMANOVA by the trial's own randomisation drawn again, spread
 * (PERMDISP). */
#include "trial/panel_community.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/permanova.h>

#include "base/map.h"
#include "numeric/linear_algebra.h"

static VgStatus strata_of(VgTrial *trial, VgCommunity *c, VgError *error)
{
    const VgStudy *study = trial->study;
    VgMap *map = vg_map_create(trial->scratch);
    if (!map)
        return vg_fail_memory(error);
    for (size_t r = 0; r < c->n; r++) {
        const char *name = "";
        for (size_t s = 0; s < study->n_strata; s++) {
            const VgColumn *column;
            VG_TRY(vg_table_require(study->participants, study->stratum[s], &column, error));
            const char *value =
                vg_column_value_text(trial->scratch, column, c->layer->participant[c->sample[r]]);
            name = vg_trial_text(trial, "%s|%s", name, value ? value : "");
        }
        int64_t code = vg_map_add(map, name, strlen(name));
        if (code < 0)
            return vg_fail_memory(error);
        c->stratum[r] = (int32_t)code;
    }
    c->n_strata = vg_map_size(map);
    return VG_OK;
}

static VgStatus gather(VgTrial *trial, const VgLayer *layer, VgCommunity *c, VgError *error)
{
    const VgStudy *study = trial->study;
    size_t n = layer->n_samples, p = layer->n_features;
    *c = (VgCommunity){.layer = layer, .id = layer->name, .least_share = INFINITY};
    c->sample = VG_NEW(trial->scratch, size_t, n);
    c->subject = VG_NEW(trial->scratch, int32_t, n);
    c->stratum = VG_NEW(trial->scratch, int32_t, n);
    if (!c->sample || !c->subject || !c->stratum)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        if (vg_trial_sample_arm(study, layer, i) >= 0)
            c->sample[c->n++] = i;
    if (c->n < 3)
        return vg_fail(error, VG_NOT_ESTIMABLE, "%zu samples of randomised participants",
                       "leave the layer out of response_of_panel", c->n);
    VG_TRY(strata_of(trial, c, error));
    c->shares = vg_matrix_new(trial->scratch, c->n, p);
    if (layer->load)
        c->absolute = vg_matrix_new(trial->scratch, c->n, p);
    if (!c->shares.data || (layer->load && !c->absolute.data))
        return vg_fail_memory(error);
    for (size_t r = 0; r < c->n; r++) {
        size_t i = c->sample[r];
        double sum = 0;
        for (size_t j = 0; j < p; j++)
            sum += VG_AT(layer->value, i, j);
        for (size_t j = 0; j < p; j++) {
            double share = VG_AT(layer->value, i, j) / sum;
            VG_AT(c->shares, r, j) = share;
            if (share > 0)
                c->least_share = fmin(c->least_share, share);
            if (layer->load)
                VG_AT(c->absolute, r, j) = share * layer->load[i];
        }
    }
    return vg_trial_branches(trial, layer, &c->branches, error);
}

/* ---- distances ---- */

/* Profiles: shares, or amounts where loads are known or the layer is absolute; log-ratios of counts as counts. */
static VgStatus measure(VgTrial *trial, VgCommunity *c, VgPanelDistance distance, VgError *error)
{
    static const VgMetric METRIC[] = {VG_METRIC_BRAY_CURTIS,      VG_METRIC_JACCARD,
                                      VG_METRIC_AITCHISON,        VG_METRIC_ROBUST_AITCHISON,
                                      VG_METRIC_JENSEN_SHANNON,   VG_METRIC_UNIFRAC,
                                      VG_METRIC_WEIGHTED_UNIFRAC, VG_METRIC_GENERALISED_UNIFRAC};
    const VgLayer *layer = c->layer;
    VgDistanceOptions options = {.metric = METRIC[distance],
                                 .branches = c->branches.n_nodes ? &c->branches : NULL};
    VgMatrix table = c->shares;
    if (distance == VG_PANEL_BRAY && layer->load)
        table = c->absolute;
    bool as_read = (distance == VG_PANEL_BRAY && layer->kind == VG_LAYER_ABSOLUTE) ||
                   (distance == VG_PANEL_AITCHISON && layer->kind == VG_LAYER_COUNTS);
    if (as_read) {
        table = vg_matrix_new(trial->scratch, c->n, layer->n_features);
        if (!table.data)
            return vg_fail_memory(error);
        for (size_t j = 0; j < layer->n_features; j++)
            for (size_t r = 0; r < c->n; r++)
                VG_AT(table, r, j) = VG_AT(layer->value, c->sample[r], j);
    } else if (distance == VG_PANEL_AITCHISON) {
        options.transform.zeros = VG_ZEROS_MULTIPLICATIVE;
        options.transform.delta = 0.65 * c->least_share;
    }
    c->distance = vg_panel_distance_name(distance);
    return vg_distances(trial->scratch, table, &options, &c->distances, error);
}

/* ---- tests ---- */

/* As the study calls it. */
static const char *term_name(const VgTrial *trial, const char *term)
{
    static const char prefix[] = "covariate_";
    const VgPanelPlan *plan = trial->study->panel_plan;
    if (strncmp(term, prefix, sizeof prefix - 1) != 0)
        return term;
    size_t k = strtoul(term + sizeof prefix - 1, NULL, 10);
    return k >= 1 && k <= plan->n_covariates ? plan->covariate[k - 1] : term;
}

static void test_row(VgTrial *trial, const VgCommunity *c, const VgPermanovaTest *test,
                     size_t visit, size_t n)
{
    VgEstimate row = vg_estimate_blank();
    row.analysis = c->id;
    row.quantity = "permanova";
    row.outcome = c->distance;
    row.term = term_name(trial, test->term);
    row.visit = visit == SIZE_MAX ? NULL : trial->study->visit[visit].name;
    row.estimate = test->r2;
    row.df = test->df;
    row.statistic = test->f;
    row.p = test->p;
    row.n = (double)n;
    row.unit = "R2";
    row.note = test->note;
    vg_result_estimate(trial->result, &row);
}

/* The rows of `visit` (SIZE_MAX: all after baseline) as codes without gaps. */
typedef struct Rows {
    size_t n, n_without; /* without: a covariate is missing */
    size_t *row;         /* of the community */
    size_t *participant; /* n */
    int32_t *arm, *visit, *subject, *stratum;
    size_t *arm_index; /* per arm code: index into study->arm */
    size_t n_arms, n_visits, n_subjects, n_strata;
} Rows;

static int32_t code_of(int32_t *code, size_t key, size_t *n)
{
    if (code[key] == 0)
        code[key] = (int32_t)++ * n;
    return code[key] - 1;
}

/* With `adjusted`, those without the plan's covariates are left out. */
static VgStatus select_rows(VgTrial *trial, const VgCommunity *c, size_t visit, bool adjusted,
                            Rows *rows, VgError *error)
{
    const VgStudy *study = trial->study;
    size_t baseline = vg_trial_panel_baseline(study);
    VgArena *scratch = trial->scratch;
    *rows = (Rows){.row = VG_NEW(scratch, size_t, c->n),
                   .participant = VG_NEW(scratch, size_t, c->n),
                   .arm = VG_NEW(scratch, int32_t, c->n),
                   .visit = VG_NEW(scratch, int32_t, c->n),
                   .subject = VG_NEW(scratch, int32_t, c->n),
                   .stratum = VG_NEW(scratch, int32_t, c->n),
                   .arm_index = VG_NEW(scratch, size_t, study->n_arms)};
    int32_t *arm = VG_NEW(scratch, int32_t, study->n_arms);
    int32_t *seen = VG_NEW(scratch, int32_t, study->n_visits);
    int32_t *subject = VG_NEW(scratch, int32_t, study->n_participants);
    int32_t *stratum = VG_NEW(scratch, int32_t, c->n_strata);
    const VgColumn **covariate;
    VG_TRY(vg_trial_panel_covariates(trial, &covariate, error));
    if (!rows->row || !rows->participant || !rows->arm || !rows->visit || !rows->subject ||
        !rows->stratum || !rows->arm_index || !arm || !seen || !subject || !stratum)
        return vg_fail_memory(error);
    for (size_t r = 0; r < c->n; r++) {
        size_t i = c->sample[r], v = c->layer->visit[i], who = c->layer->participant[i];
        bool wanted = vg_trial_compared_at(study, v) && (visit != SIZE_MAX      ? v == visit
                                                         : baseline == SIZE_MAX ? true
                                                                                : v > baseline);
        if (!wanted)
            continue;
        if (adjusted && vg_trial_lacks_covariate(trial, covariate, who)) {
            rows->n_without++;
            continue;
        }
        size_t k = rows->n++, a = (size_t)study->arm_of[who];
        rows->row[k] = r;
        rows->participant[k] = who;
        rows->arm[k] = code_of(arm, a, &rows->n_arms);
        rows->arm_index[rows->arm[k]] = a;
        rows->visit[k] = code_of(seen, v, &rows->n_visits);
        rows->subject[k] = code_of(subject, who, &rows->n_subjects);
        rows->stratum[k] = code_of(stratum, (size_t)c->stratum[r], &rows->n_strata);
    }
    return VG_OK;
}

static VgShuffleOptions shuffle(const VgTrial *trial, const Rows *rows)
{
    const VgPanelPlan *plan = trial->study->panel_plan;
    return (VgShuffleOptions){.shuffle = VG_SHUFFLE_RANDOMISE,
                              .subject = rows->subject,
                              .n_subjects = rows->n_subjects,
                              .stratum = rows->stratum,
                              .n_strata = rows->n_strata,
                              .arm = "arm",
                              .permutations = plan->permutations,
                              .seed = plan->seed};
}

/* Covariates, visit and arm of the rows; `text` is the formula. The study's names of covariates may be none of a formula:
 * they are covariate_1, covariate_2 … in it. */
static VgStatus design_of(VgTrial *trial, const VgCommunity *c, const Rows *rows, VgTable *table,
                          const char **text, VgError *error)
{
    const VgPanelPlan *plan = trial->study->panel_plan;
    const VgColumn **covariate;
    VG_TRY(vg_trial_panel_covariates(trial, &covariate, error));
    VgColumn *column = VG_NEW(trial->scratch, VgColumn, 2 + plan->n_covariates);
    uint32_t *line = VG_NEW(trial->scratch, uint32_t, rows->n);
    if (!column || !line)
        return vg_fail_memory(error);
    VG_TRY(vg_trial_community_factor(trial, "arm", rows->arm, rows->n, &column[0], error));
    VG_TRY(vg_trial_community_factor(trial, "visit", rows->visit, rows->n, &column[1], error));
    *text = "~ ";
    for (size_t k = 0; k < plan->n_covariates; k++) {
        VG_TRY(vg_trial_spread_column(trial, covariate[k], rows->participant, rows->n,
                                      &column[2 + k], error));
        column[2 + k].name = vg_trial_text(trial, "covariate_%zu", k + 1);
        *text = vg_trial_text(trial, "%s%s + ", *text, column[2 + k].name);
    }
    *text =
        vg_trial_text(trial, "%s%s", *text, rows->n_visits > 1 ? "visit + arm + visit:arm" : "arm");
    *table = (VgTable){.path = c->layer->path,
                       .n_rows = rows->n,
                       .n_columns = 2 + plan->n_covariates,
                       .column = column,
                       .line = line};
    return VG_OK;
}

static VgStatus permanova(VgTrial *trial, const VgCommunity *c, const Rows *rows, size_t visit,
                          VgError *error)
{
    VgTable table;
    const char *text = NULL;
    VG_TRY(design_of(trial, c, rows, &table, &text, error));
    VgFormula *formula;
    VgDesign *built;
    VgPermanova *out;
    VG_TRY(vg_formula_parse(trial->scratch, text, &formula, error));
    VG_TRY(vg_design_build(trial->scratch, &table, formula, &(VgDesignOptions){0}, &built, error));
    VgDesign design = *built; /* all rows are used: design->row is 0, 1, … */
    design.row = rows->row;
    VgShuffleOptions options = shuffle(trial, rows);
    VG_TRY(vg_permanova(trial->scratch, c->distances, &design, &options, &out, error));
    for (size_t k = 0; k < out->n_sequential; k++)
        test_row(trial, c, &out->sequential[k], visit, rows->n);
    if (visit != SIZE_MAX)
        return VG_OK;
    VgResult *result = trial->result;
    if (rows->n_without)
        vg_result_warn(result, "%s, %s: %zu samples lack a covariate and are not in PERMANOVA",
                       c->layer->label, vg_metric_label(c->distance), rows->n_without);
    const char *key = vg_trial_text(trial, "shuffled_%s", c->distance);
    vg_result_text(result, VG_FACTS_FIT, c->id, key, out->account.words);
    if (out->account.smallest_p > 0.05)
        vg_result_warn(result,
                       "%s, %s: p cannot come below %.3g: there are too few ways to randomise",
                       c->layer->label, vg_metric_label(c->distance), out->account.smallest_p);
    return VG_OK;
}

static VgStatus dispersion(VgTrial *trial, const VgCommunity *c, const Rows *rows, VgError *error)
{
    VgPermdisp *out;
    VgShuffleOptions options = shuffle(trial, rows);
    VG_TRY(vg_permdisp(trial->scratch, c->distances, rows->row, rows->arm, rows->n, rows->n_arms,
                       VG_CENTRE_MEDIAN, &options, &out, error));
    VgEstimate row = vg_estimate_blank();
    row.analysis = c->id;
    row.quantity = "dispersion";
    row.outcome = c->distance;
    row.term = "arm";
    row.df = out->df_groups;
    row.statistic = out->f;
    row.p = out->p;
    row.n = (double)out->n;
    row.note = out->note ? out->note : "test of equal spread";
    vg_result_estimate(trial->result, &row);
    for (size_t a = 0; a < out->n_groups; a++) {
        row = vg_estimate_blank();
        row.analysis = c->id;
        row.quantity = "mean_distance_to_centre";
        row.outcome = c->distance;
        row.arm = trial->study->arm[rows->arm_index[a]].name;
        row.estimate = out->group_mean[a];
        row.n = (double)out->group_size[a];
        vg_result_estimate(trial->result, &row);
    }
    if (out->p <= 0.05)
        vg_result_warn(trial->result,
                       "%s, %s: the spread differs between arms (p = %.3g): a small p of PERMANOVA "
                       "may tell of spread rather than of a shift",
                       c->layer->label, vg_metric_label(c->distance), out->p);
    return VG_OK;
}

/* ---- the whole ---- */

static VgStatus visit_by_visit(VgTrial *trial, const VgCommunity *c, VgError *error)
{
    for (size_t v = 0; v < trial->study->n_visits; v++) {
        Rows rows;
        VG_TRY(select_rows(trial, c, v, true, &rows, error));
        if (rows.n_arms > 1)
            VG_TRY(permanova(trial, c, &rows, v, error));
    }
    return VG_OK;
}

static VgStatus one_distance(VgTrial *trial, VgCommunity *c, VgPanelDistance distance,
                             VgError *error)
{
    Rows rows;
    VG_TRY(measure(trial, c, distance, error));
    VG_TRY(vg_trial_panel_ordination(trial, c, error));
    VG_TRY(select_rows(trial, c, SIZE_MAX, true, &rows, error));
    if (rows.n_arms < 2)
        return vg_fail(error, VG_NOT_ESTIMABLE, "samples after baseline are of one arm only",
                       "leave the layer out of response_of_panel");
    VG_TRY(permanova(trial, c, &rows, SIZE_MAX, error));
    VG_TRY(select_rows(trial, c, SIZE_MAX, false, &rows, error));
    VG_TRY(dispersion(trial, c, &rows, error));
    return visit_by_visit(trial, c, error);
}

VgStatus vg_trial_panel_community(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    static const VgPanelDistance USUAL[] = {VG_PANEL_AITCHISON, VG_PANEL_BRAY,
                                            VG_PANEL_WEIGHTED_UNIFRAC};
    const VgPanelPlan *plan = trial->study->panel_plan;
    const VgPanelDistance *distance = plan->n_distances ? plan->distance : USUAL;
    size_t n = plan->n_distances ? plan->n_distances : sizeof USUAL / sizeof *USUAL;
    VgCommunity c;
    VG_TRY(gather(trial, layer, &c, error));
    for (size_t k = 0; k < n; k++) {
        if (vg_panel_distance_of_tree(distance[k]) && !layer->tree)
            continue;
        VgError own = {0};
        VgArenaMark mark = vg_arena_mark(trial->scratch);
        VgStatus status = one_distance(trial, &c, distance[k], &own);
        vg_arena_rewind(trial->scratch, mark);
        if (status == VG_NO_MEMORY || status == VG_IO) {
            if (error)
                *error = own;
            return status;
        }
        if (status != VG_OK)
            vg_result_warn(trial->result, "%s, %s: communities could not be compared: %s (%s)",
                           layer->label, vg_metric_label(vg_panel_distance_name(distance[k])),
                           own.message, own.hint);
    }
    return VG_OK;
}
