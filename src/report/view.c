#include "report/view.h"

#include <math.h>
#include <string.h>

#include "base/compare.h"

double vg_cell_number(const VgDataset *dataset, const char *column, size_t row)
{
    const VgDatasetColumn *c = vg_dataset_column(dataset, column);
    return c && c->number && row < dataset->n_rows ? c->number[row] : NAN;
}

const char *vg_cell_text(const VgDataset *dataset, const char *column, size_t row)
{
    const VgDatasetColumn *c = vg_dataset_column(dataset, column);
    return c && c->text && row < dataset->n_rows ? c->text[row] : NULL;
}

static size_t arm_index(const VgView *view, const char *name)
{
    for (size_t i = 0; i < view->n_arms; i++)
        if (vg_same_text(view->arm[i].name, name))
            return i;
    return view->n_arms;
}

size_t vg_view_visit_index(const VgView *view, const char *name)
{
    for (size_t i = 0; i < view->n_visits; i++)
        if (vg_same_text(view->visit[i].name, name))
            return i;
    return view->n_visits;
}

const char *vg_view_arm_label(const VgView *view, const char *name)
{
    size_t i = arm_index(view, name);
    const char *label = i < view->n_arms ? view->arm[i].label : NULL;
    return label ? label : name ? name : "";
}

const char *vg_view_visit_label(const VgView *view, const char *name)
{
    size_t i = vg_view_visit_index(view, name);
    const char *label = i < view->n_visits ? view->visit[i].label : NULL;
    return label ? label : name ? name : "";
}

const VgViewOutcome *vg_view_outcome(const VgView *view, const char *name)
{
    for (size_t i = 0; i < view->n_outcomes; i++)
        if (vg_same_text(view->outcome[i].name, name))
            return &view->outcome[i];
    return NULL;
}

const VgViewAnalysis *vg_view_analysis(const VgView *view, const char *id)
{
    for (size_t i = 0; id && i < view->n_analyses; i++)
        if (vg_same_text(view->analysis[i].id, id))
            return &view->analysis[i];
    return NULL;
}

const char *vg_view_fact(const VgView *view, const char *key)
{
    const VgFact *fact = vg_result_find_fact(view->result, VG_FACTS_STUDY, NULL, key);
    return fact && fact->kind == VG_FACT_TEXT && fact->text && *fact->text ? fact->text : NULL;
}

static bool asked(const char *wanted, const char *value)
{
    return !wanted || vg_same_text(wanted, value);
}

const VgEstimate *vg_view_estimate(const VgView *view, const char *analysis, const char *quantity,
                                   const char *visit, const char *arm, const char *reference)
{
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        if (asked(analysis, e->analysis) && asked(quantity, e->quantity) &&
            asked(visit, e->visit) && asked(arm, e->arm) && asked(reference, e->reference))
            return e;
    }
    return NULL;
}

const VgEstimate *vg_view_contrast(const VgView *view, const VgViewAnalysis *analysis,
                                   const char *quantity)
{
    if (!analysis)
        return NULL;
    const VgEstimate *row = vg_view_estimate(view, analysis->id, quantity, analysis->visit,
                                             analysis->arm, analysis->reference);
    for (size_t i = view->result->n_estimates; !row && !analysis->visit && i-- > 0;) {
        const VgEstimate *e = &view->result->estimate[i];
        if (vg_same_text(e->analysis, analysis->id) && vg_same_text(e->quantity, quantity))
            row = e;
    }
    return row;
}

const VgEstimate *vg_view_rate(const VgView *view, const VgViewAnalysis *analysis,
                               const char *quantity, const char *arm, const char *reference)
{
    const VgEstimate *first = NULL;
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        if (!vg_same_text(e->analysis, analysis->id) || !vg_same_text(e->quantity, quantity) ||
            !asked(analysis->visit, e->visit) || !asked(arm, e->arm) ||
            !asked(reference, e->reference))
            continue;
        if (e->note && strncmp(e->note, "standardised", 12) == 0)
            return e;
        first = first ? first : e;
    }
    return first;
}

const char *vg_view_feature_label(const VgView *view, const char *layer, const char *feature)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "panel_features");
    for (size_t k = 0; d && k < d->n_rows; k++)
        if (vg_same_text(vg_cell_text(d, "feature", k), feature) &&
            vg_same_text(vg_cell_text(d, "layer", k), layer))
            return vg_cell_text(d, "label", k);
    return feature;
}

const char *vg_view_words(const VgView *view, const char *name)
{
    char *copy = name ? vg_arena_strdup(view->arena, name) : NULL;
    for (char *c = copy; c && *c; c++)
        *c = *c == '_' ? ' ' : *c;
    return copy;
}

const char *vg_view_kept(const VgView *view, VgBuffer *buffer)
{
    const char *text = vg_arena_strdup(view->arena, buffer->text ? buffer->text : "");
    if (buffer->failed || !text)
        *view->short_of_memory = true;
    vg_buffer_free(buffer);
    return text ? text : "";
}

static VgStatus read_arms(VgView *view, VgError *error)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "arms");
    size_t n = d ? d->n_rows : 0;
    view->arm = VG_NEW(view->arena, VgViewArm, n);
    if (!view->arm)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        view->arm[i] = (VgViewArm){vg_cell_text(d, "name", i), vg_cell_text(d, "label", i),
                                   vg_cell_number(d, "reference", i) == 1};
    view->n_arms = n;
    return VG_OK;
}

static VgStatus read_visits(VgView *view, VgError *error)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "visits");
    size_t n = d ? d->n_rows : 0;
    view->visit = VG_NEW(view->arena, VgViewVisit, n);
    if (!view->visit)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        view->visit[i] = (VgViewVisit){vg_cell_text(d, "name", i), vg_cell_text(d, "label", i),
                                       vg_cell_number(d, "day", i)};
    view->n_visits = n;
    return VG_OK;
}

static VgStatus read_outcomes(VgView *view, VgError *error)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "outcomes");
    size_t n = d ? d->n_rows : 0;
    view->outcome = VG_NEW(view->arena, VgViewOutcome, n);
    if (!view->outcome)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        view->outcome[i] =
            (VgViewOutcome){.name = vg_cell_text(d, "name", i),
                            .label = vg_cell_text(d, "label", i),
                            .scale = vg_cell_text(d, "scale", i),
                            .title = vg_cell_text(d, "title", i),
                            .unit = vg_cell_text(d, "unit", i),
                            .important_source = vg_cell_text(d, "important_difference_source", i),
                            .citation = vg_cell_text(d, "citation", i),
                            .minimum = vg_cell_number(d, "minimum", i),
                            .maximum = vg_cell_number(d, "maximum", i),
                            .important = vg_cell_number(d, "important_difference", i),
                            .response_fraction = vg_cell_number(d, "response_fraction", i),
                            .remission_cutoff = vg_cell_number(d, "remission_cutoff", i),
                            .lower_is_better = vg_cell_number(d, "lower_is_better", i) != 0};
    view->n_outcomes = n;
    return VG_OK;
}

static VgStatus read_analyses(VgView *view, VgError *error)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "analyses");
    size_t n = d ? d->n_rows : 0;
    view->analysis = VG_NEW(view->arena, VgViewAnalysis, n);
    if (!view->analysis)
        return vg_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        const char *id = vg_cell_text(d, "id", i);
        const VgFact *failed = vg_result_find_fact(view->result, VG_FACTS_FIT, id, "failed");
        view->analysis[i] = (VgViewAnalysis){.id = id,
                                             .role = vg_cell_text(d, "role", i),
                                             .kind = vg_cell_text(d, "kind", i),
                                             .label = vg_cell_text(d, "label", i),
                                             .outcome = vg_cell_text(d, "outcome", i),
                                             .visit = vg_cell_text(d, "visit", i),
                                             .arm = vg_cell_text(d, "arm", i),
                                             .reference = vg_cell_text(d, "reference", i),
                                             .measure = vg_cell_text(d, "measure", i),
                                             .failed = failed ? failed->text : NULL};
        if (!view->analysis[i].label)
            view->analysis[i].label = id;
    }
    view->n_analyses = n;
    return VG_OK;
}

/* Whether arms are compared on an outcome; a mechanism parts an effect, and may be of the panel. */
static bool compares_outcomes(const VgView *view)
{
    for (size_t i = 0; i < view->n_analyses; i++)
        if (!vg_same_text(view->analysis[i].kind, "mechanism"))
            return true;
    return false;
}

VgStatus vg_view_create(VgArena *arena, const VgResult *result, VgView *view, VgError *error)
{
    *view = (VgView){.result = result, .arena = arena, .short_of_memory = VG_NEW(arena, bool, 1)};
    if (!view->short_of_memory)
        return vg_fail_memory(error);
    VG_TRY(read_arms(view, error));
    VG_TRY(read_visits(view, error));
    VG_TRY(read_outcomes(view, error));
    VG_TRY(read_analyses(view, error));
    view->simulated = vg_same_text(vg_view_fact(view, "data"), "simulated");
    view->of_panel_only =
        !compares_outcomes(view) && vg_result_find_dataset(result, NULL, "panel_layers") != NULL;
    view->primary = vg_view_analysis(view, vg_view_fact(view, "primary_analysis"));
    for (size_t i = 0; !view->primary && i < view->n_analyses; i++)
        if (vg_same_text(view->analysis[i].role, "primary"))
            view->primary = &view->analysis[i];
    view->primary_outcome = vg_view_outcome(view, vg_view_fact(view, "primary_outcome"));
    if (!view->primary_outcome && view->primary)
        view->primary_outcome = vg_view_outcome(view, view->primary->outcome);
    view->review = vg_same_text(vg_view_fact(view, "kind"), "review");
    if (view->review && !view->primary && view->n_analyses) /* a method command has no roles */
        view->primary = &view->analysis[0];
    if (!view->primary)
        return VG_OK;
    if (view->review) {
        view->answer = vg_view_estimate(view, view->primary->id, "pooled", NULL, NULL, NULL);
        for (size_t i = 0; i < result->n_estimates; i++)
            if (vg_same_text(result->estimate[i].analysis, view->primary->id) &&
                vg_same_text(result->estimate[i].quantity, "pooled") &&
                vg_same_text(result->estimate[i].term, "random"))
                view->answer = &result->estimate[i];
        return VG_OK;
    }
    const char *visit = vg_view_fact(view, "primary_visit"),
               *arm = vg_view_fact(view, "primary_arm"),
               *reference = vg_view_fact(view, "primary_reference");
    view->answer = vg_view_estimate(view, view->primary->id, "contrast", visit, arm, reference);
    if (!view->answer && !visit)
        view->answer = vg_view_contrast(view, view->primary, "contrast");
    return VG_OK;
}
