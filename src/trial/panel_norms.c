/* Where each participant stands among comparable people: centiles of what was measured. Distances: panel_neighbours.c. */
#include "trial/panel_norms.h"

#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "base/map.h"
#include "numeric/linear_algebra.h"

enum { LISTED = 3 }; /* warnings of one kind that are listed singly */

size_t vg_norms_reference(VgTrial *trial, const VgLayer *layer, size_t visit, size_t *sample,
                          size_t *person)
{
    (void)trial;
    const VgLayerReference *reference = layer->reference;
    const VgLayer *theirs = reference->layer ? reference->layer : layer;
    size_t n = 0;
    for (size_t i = 0; i < theirs->n_samples; i++) {
        if (reference->in_group &&
            (!reference->in_group[theirs->participant[i]] || theirs->visit[i] != visit))
            continue;
        sample[n] = i;
        person[n++] = theirs->participant[i];
    }
    return n;
}

size_t vg_norms_asked(const VgTrial *trial, const VgLayer *layer, size_t visit, size_t *sample)
{
    const VgNormsPlan *plan = trial->study->norms_plan;
    size_t n = 0;
    for (size_t i = 0; i < layer->n_samples; i++) {
        size_t v = layer->visit[i];
        bool in_group =
            layer->reference->in_group && layer->reference->in_group[layer->participant[i]];
        if (plan->at[v] && (visit == SIZE_MAX || v == visit) && !in_group) {
            if (sample)
                sample[n] = i;
            n++;
        }
    }
    return n;
}

void vg_norms_person(VgTrial *trial, VgDataset *data, const VgLayer *layer, size_t sample)
{
    const VgStudy *study = trial->study;
    int32_t arm = study->arm_of ? study->arm_of[layer->participant[sample]] : -1;
    vg_dataset_row(trial->result, data);
    vg_dataset_set_text(trial->result, data, "participant",
                        vg_trial_text(trial, "%zu", layer->participant[sample] + 1));
    if (arm >= 0)
        vg_dataset_set_text(trial->result, data, "arm", study->arm[arm].name);
    vg_dataset_set_text(trial->result, data, "visit", study->visit[layer->visit[sample]].name);
    vg_dataset_set_number(trial->result, data, "day", study->visit[layer->visit[sample]].day);
}

VgStatus vg_norms_match(VgTrial *trial, const VgLayer *layer, size_t **at, bool **beside,
                        VgError *error)
{
    const VgLayer *theirs = layer->reference->layer ? layer->reference->layer : layer;
    VgMap *map = vg_map_create(trial->scratch);
    *at = VG_NEW(trial->scratch, size_t, layer->n_features + 1);
    *beside = VG_NEW(trial->scratch, bool, theirs->n_features + 1);
    if (!map || !*at || !*beside)
        return vg_fail_memory(error);
    for (size_t j = 0; j < theirs->n_features; j++) {
        (*beside)[j] = true;
        if (vg_map_add(map, theirs->feature[j], strlen(theirs->feature[j])) < 0)
            return vg_fail_memory(error);
    }
    for (size_t j = 0; j < layer->n_removed; j++) {
        int64_t found = vg_map_find(map, layer->removed[j], strlen(layer->removed[j]));
        if (found >= 0)
            (*beside)[found] = false;
    }
    for (size_t j = 0; j < layer->n_features; j++) {
        int64_t found = vg_map_find(map, layer->feature[j], strlen(layer->feature[j]));
        (*at)[j] = found < 0 ? SIZE_MAX : (size_t)found;
        if (found >= 0)
            (*beside)[found] = false;
    }
    return VG_OK;
}

/* ---- one feature ---- */

/* A column of a layer as values of people; a value beyond a limit stands as its limit. */
static VgStatus column_of(VgTrial *trial, const VgLayer *layer, size_t feature,
                          const size_t *sample, size_t n, VgMarkerPeople *people, VgError *error)
{
    double *y = VG_NEW(trial->scratch, double, n + 1);
    bool *censored = VG_NEW(trial->scratch, bool, n + 1),
         logs = layer->kind != VG_LAYER_CONCENTRATION;
    if (!y || !censored)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        double lower = VG_AT(layer->lower, sample[i], feature),
               upper = VG_AT(layer->upper, sample[i], feature);
        y[i] = VG_AT(layer->value, sample[i], feature);
        censored[i] = lower < upper;
        if (censored[i])
            y[i] = isfinite(upper) ? upper : lower;
        if (logs) /* NPX and scores have no ratio scale; their norm is of 2^NPX, or by quantiles */
            y[i] = layer->kind == VG_LAYER_NPX ? exp2(y[i]) : y[i];
    }
    people->n = n;
    people->y = y;
    people->censored = censored;
    return VG_OK;
}

static void write_place(VgTrial *trial, const VgLayer *layer, size_t feature, size_t sample,
                        const VgMarker *marker, const VgMarkerPlace *place)
{
    VgResult *result = trial->result;
    VgDataset *data = vg_result_dataset(
        result, layer->name, "norm_centiles",
        VG_COLUMNS("feature", "label", "unit", "participant", "arm", "visit", "#day", "#at",
                   "#value", "#centile", "#lower", "#upper", "#z", "#z_se", "#n", "note"));
    vg_norms_person(trial, data, layer, sample);
    vg_dataset_set_text(result, data, "feature", layer->feature[feature]);
    vg_dataset_set_text(result, data, "label", layer->feature_label[feature]);
    vg_dataset_set_text(result, data, "unit",
                        layer->feature_unit && layer->feature_unit[feature]
                            ? layer->feature_unit[feature]
                            : layer->unit);
    if (marker->smooth) {
        const VgColumn *column = vg_table_column(trial->study->participants, marker->smooth->name);
        if (column && column->type == VG_COLUMN_NUMBER)
            vg_dataset_set_number(result, data, "at", column->number[layer->participant[sample]]);
    }
    vg_dataset_set_number(result, data, "value", VG_AT(layer->value, sample, feature));
    vg_dataset_set_number(result, data, "centile", place->centile);
    vg_dataset_set_number(result, data, "lower", place->lower);
    vg_dataset_set_number(result, data, "upper", place->upper);
    vg_dataset_set_number(result, data, "z", place->z);
    vg_dataset_set_number(result, data, "z_se", place->z_se);
    vg_dataset_set_number(result, data, "n", (double)marker->n_reference);
    vg_dataset_set_text(result, data, "note", place->why);
}

static void write_curves(VgTrial *trial, const VgLayer *layer, size_t feature, size_t visit,
                         const VgMarker *marker)
{
    VgResult *result = trial->result;
    VgDataset *data =
        vg_result_dataset(result, layer->name, "norm_curves",
                          VG_COLUMNS("feature", "visit", "covariate", "#at", "#share", "#value"));
    for (size_t s = 0; marker->curve && s < VG_MARKER_SHARES; s++)
        for (size_t a = 0; a < VG_MARKER_PLACES; a++) {
            double value = marker->curve[a + s * VG_MARKER_PLACES];
            vg_dataset_row(result, data);
            vg_dataset_set_text(result, data, "feature", layer->feature[feature]);
            if (visit != SIZE_MAX)
                vg_dataset_set_text(result, data, "visit", trial->study->visit[visit].name);
            vg_dataset_set_text(result, data, "covariate", marker->smooth->name);
            vg_dataset_set_number(result, data, "at", marker->curve_at[a]);
            vg_dataset_set_number(result, data, "share", vg_marker_shares[s]);
            vg_dataset_set_number(result, data, "value",
                                  layer->kind == VG_LAYER_NPX ? log2(value) : value);
        }
}

static VgDataset *models(VgTrial *trial, const VgLayer *layer)
{
    return vg_result_dataset(trial->result, layer->name, "norm_models",
                             VG_COLUMNS("feature", "visit", "method", "#n", "#dropped",
                                        "#beyond_limits", "#edf_m", "#edf_s", "#edf_l", "#groups",
                                        "#largest_z_mean", "#largest_z_sd", "note"));
}

/* The norm of one marker: how it was had and whether it holds. */
static void write_norm(VgTrial *trial, const VgLayer *layer, size_t feature, size_t visit,
                       const VgMarker *marker)
{
    VgResult *result = trial->result;
    VgDataset *data = models(trial, layer);
    double mean = NAN, sd = NAN;
    vg_dataset_row(result, data);
    vg_dataset_set_text(result, data, "feature", layer->feature[feature]);
    if (visit != SIZE_MAX)
        vg_dataset_set_text(result, data, "visit", trial->study->visit[visit].name);
    vg_dataset_set_text(result, data, "method",
                        marker->quantile ? "quantile regression" : "Box–Cox normal (BCCG)");
    vg_dataset_set_number(result, data, "n", (double)marker->n_reference);
    vg_dataset_set_number(result, data, "dropped", (double)marker->n_dropped);
    vg_dataset_set_number(result, data, "beyond_limits", (double)marker->n_censored);
    if (marker->norm) {
        vg_dataset_set_number(result, data, "edf_m", marker->norm->edf[0]);
        vg_dataset_set_number(result, data, "edf_s", marker->norm->edf[1]);
        vg_dataset_set_number(result, data, "edf_l", marker->norm->edf[2]);
    }
    for (size_t g = 0; g < marker->n_groups; g++) {
        const VgNormGroup *group = &marker->group[g];
        mean = fmax(fabs(group->z_mean), isnan(mean) ? 0 : mean);
        sd = fmax(fabs(group->z_sd), isnan(sd) ? 0 : sd);
        if (vg_norm_group_off(group))
            vg_result_warn(
                result,
                "the norm of %s is off for unseen reference people with %s %g to %g "
                "(z has mean %.2f and SD %.2f): its centiles are not to be trusted there",
                layer->feature_label[feature], marker->smooth ? marker->smooth->name : "covariates",
                group->low, group->high, group->mean, group->sd);
    }
    vg_dataset_set_number(result, data, "groups", (double)marker->n_groups);
    vg_dataset_set_number(result, data, "largest_z_mean", mean);
    vg_dataset_set_number(result, data, "largest_z_sd", sd);
    if (marker->n_reference < VG_NORM_WELL)
        vg_dataset_set_text(result, data, "note",
                            "few people: the intervals of centiles are somewhat too short");
}

/* Scores and indices have no ratio scale, and may be 0 or negative. */
static bool by_quantiles(const VgNormsPlan *plan, const VgLayer *layer, size_t feature)
{
    return plan->quantile || layer->kind == VG_LAYER_SCORE ||
           (layer->kind == VG_LAYER_DERIVED && !vg_layer_is_log(layer, feature));
}

/* `of` is the feature's place in the reference. */
static VgStatus one_feature(VgTrial *trial, const VgLayer *layer, size_t feature, size_t of,
                            size_t visit, VgError *error)
{
    const VgNormsPlan *plan = trial->study->norms_plan;
    const VgLayerReference *reference = layer->reference;
    const VgLayer *theirs = reference->layer ? reference->layer : layer;
    size_t *sample = VG_NEW(trial->scratch, size_t, theirs->n_samples + 1),
           *person = VG_NEW(trial->scratch, size_t, theirs->n_samples + 1),
           *asked = VG_NEW(trial->scratch, size_t, layer->n_samples + 1),
           *row = VG_NEW(trial->scratch, size_t, layer->n_samples + 1);
    const char **covariate = VG_NEW(trial->scratch, const char *, plan->n_covariates + 1);
    if (!sample || !person || !asked || !row || !covariate)
        return vg_fail_memory(error);
    VgMarkerQuestion question = {.reference = {.table = reference->people, .row = person},
                                 .people = {.table = trial->study->participants, .row = row},
                                 .smooth = plan->smooth,
                                 .covariate = covariate,
                                 .quantile = by_quantiles(plan, layer, feature),
                                 .centile = {plan->resamples, trial->result->level, plan->seed, 0},
                                 .folds = 10};
    for (size_t c = 0; c < plan->n_covariates; c++)
        if (!vg_same_text(plan->covariate[c], plan->smooth))
            covariate[question.n_covariates++] = plan->covariate[c];
    size_t n = vg_norms_reference(trial, layer, visit, sample, person),
           m = vg_norms_asked(trial, layer, visit, asked);
    for (size_t i = 0; i < m; i++)
        row[i] = layer->participant[asked[i]];
    VG_TRY(column_of(trial, theirs, of, sample, n, &question.reference, error));
    VG_TRY(column_of(trial, layer, feature, asked, m, &question.people, error));
    VgMarker *marker;
    VG_TRY(vg_marker(trial->scratch, &question, &marker, error));
    for (size_t i = 0; i < m; i++)
        write_place(trial, layer, feature, asked[i], marker, &marker->place[i]);
    write_curves(trial, layer, feature, visit, marker);
    write_norm(trial, layer, feature, visit, marker);
    return VG_OK;
}

/* Why a marker has no norm: in the table of norms, and the first of them as warnings. */
static void tell_without(VgTrial *trial, const VgLayer *layer, size_t feature, size_t visit,
                         const VgError *why, size_t *without)
{
    VgDataset *data = models(trial, layer);
    vg_dataset_row(trial->result, data);
    vg_dataset_set_text(trial->result, data, "feature", layer->feature[feature]);
    if (visit != SIZE_MAX)
        vg_dataset_set_text(trial->result, data, "visit", trial->study->visit[visit].name);
    vg_dataset_set_text(trial->result, data, "note", why->message);
    if ((*without)++ < LISTED)
        vg_result_warn(trial->result, "%s has no norm%s%s: %s (%s)", layer->feature_label[feature],
                       visit != SIZE_MAX ? " at " : "",
                       visit != SIZE_MAX ? vg_trial_visit_label(trial->study, visit) : "",
                       why->message, why->hint);
}

/* A marker without norm is told and does not stop the others. */
static VgStatus centiles_of(VgTrial *trial, const VgLayer *layer, size_t visit, VgError *error)
{
    size_t *at, without = 0;
    bool *beside;
    VG_TRY(vg_norms_match(trial, layer, &at, &beside, error));
    for (size_t j = 0; j < layer->n_features; j++) {
        if (at[j] == SIZE_MAX)
            continue;
        VgArenaMark mark = vg_arena_mark(trial->scratch);
        VgError own = {0};
        VgStatus status = one_feature(trial, layer, j, at[j], visit, &own);
        vg_arena_rewind(trial->scratch, mark);
        if (status == VG_NO_MEMORY || status == VG_IO) {
            if (error)
                *error = own;
            return status;
        }
        if (status != VG_OK)
            tell_without(trial, layer, j, visit, &own, &without);
    }
    if (without > LISTED)
        vg_result_warn(trial->result, "%zu more of %s have no norm%s%s: see tables/norm_models.csv",
                       without - LISTED, layer->label, visit != SIZE_MAX ? " at " : "",
                       visit != SIZE_MAX ? vg_trial_visit_label(trial->study, visit) : "");
    return VG_OK;
}

/* ---- the plan ---- */

/* How many reference people there are (at a visit, of a group), and what that means. False: too few for any norm. */
static bool enough(VgTrial *trial, const VgLayer *layer, size_t visit)
{
    const VgLayer *theirs = layer->reference->layer ? layer->reference->layer : layer;
    size_t *sample = VG_NEW(trial->scratch, size_t, theirs->n_samples + 1),
           *person = VG_NEW(trial->scratch, size_t, theirs->n_samples + 1);
    if (!sample || !person) {
        trial->short_of_memory = true;
        return false;
    }
    size_t n = vg_norms_reference(trial, layer, visit, sample, person);
    const char *at = visit == SIZE_MAX ? ""
                                       : vg_trial_text(trial, " at %s",
                                                       vg_trial_visit_label(trial->study, visit)),
               *note = n < VG_NORM_LEAST  ? "too few: a norm needs at least 30 people"
                       : n < VG_NORM_WELL ? "few: the intervals of centiles are somewhat too short"
                                          : NULL;
    VgDataset *data = vg_result_dataset(trial->result, layer->name, "norm_people",
                                        VG_COLUMNS("visit", "#n", "note"));
    vg_dataset_row(trial->result, data);
    if (visit != SIZE_MAX)
        vg_dataset_set_text(trial->result, data, "visit", trial->study->visit[visit].name);
    vg_dataset_set_number(trial->result, data, "n", (double)n);
    vg_dataset_set_text(trial->result, data, "note", note);
    if (n < VG_NORM_LEAST)
        vg_result_warn(
            trial->result,
            "%s has no norms%s: its reference has %zu people, and a norm needs at least 30",
            layer->label, at, n);
    else if (n < VG_NORM_WELL && !vg_layer_is_abundance(layer->kind))
        vg_result_warn(
            trial->result,
            "the norms of %s%s rest on %zu reference people: with fewer than 100 the intervals of "
            "centiles are somewhat too short (with 60, intervals of 95 %% held 83 to 88 of 100 "
            "true "
            "centiles in simulation)",
            layer->label, at, n);
    return n >= VG_NORM_LEAST;
}

static VgStatus one_layer(VgTrial *trial, const VgLayer *layer, VgError *error)
{
    const VgNormsPlan *plan = trial->study->norms_plan;
    bool group = layer->reference->in_group != NULL;
    vg_result_text(trial->result, VG_FACTS_FIT, layer->name, "norm_reference",
                   layer->reference->label);
    for (size_t v = 0; v < trial->study->n_visits; v++) {
        size_t visit = group ? v : SIZE_MAX; /* a group is compared visit by visit */
        if (group ? !plan->at[v] || !vg_norms_asked(trial, layer, v, NULL) : v > 0)
            continue;
        if (!enough(trial, layer, visit))
            continue;
        VG_TRY(vg_layer_is_abundance(layer->kind)
                   ? vg_trial_panel_neighbours(trial, layer, visit, error)
                   : centiles_of(trial, layer, visit, error));
    }
    if (!vg_layer_is_abundance(layer->kind))
        vg_trial_panel_norm_changes(trial, layer);
    return VG_OK;
}

VgStatus vg_trial_panel_norms(VgTrial *trial, VgError *error)
{
    const VgNormsPlan *plan = trial->study->norms_plan;
    for (size_t k = 0; plan && k < plan->n_layers; k++) {
        const VgLayer *layer = &trial->study->layer[plan->layer[k]];
        VgError own = {0};
        VgStatus status = one_layer(trial, layer, &own);
        if (status == VG_NO_MEMORY || status == VG_IO) {
            if (error)
                *error = own;
            return status;
        }
        if (status != VG_OK)
            vg_result_warn(trial->result, "the layer %s has no norms: %s (%s)", layer->label,
                           own.message, own.hint);
    }
    if (plan && plan->taxa != SIZE_MAX && plan->function != SIZE_MAX) {
        vg_result_text(trial->result, VG_FACTS_FIT, NULL, "norm_taxa",
                       trial->study->layer[plan->taxa].name);
        vg_result_text(trial->result, VG_FACTS_FIT, NULL, "norm_function",
                       trial->study->layer[plan->function].name);
    }
    return vg_result_status(trial->result, error);
}
