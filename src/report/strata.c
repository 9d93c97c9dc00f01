#include "report/strata.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"
#include "report/plot/plot.h"

bool vg_is_strata(const VgViewAnalysis *analysis)
{
    return vg_same_text(analysis->kind, "strata");
}

const char *vg_strata_sentence(const VgView *view, const VgViewAnalysis *analysis,
                               const char *about)
{
    const VgDataset *d = vg_result_find_dataset(view->result, analysis->id, "sentences");
    for (size_t i = 0; d && about && i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "about", i), about))
            return vg_cell_text(d, "text", i);
    return NULL;
}

const VgDataset *vg_strata_dataset(const VgView *view, const VgStrataView *strata, const char *name)
{
    const VgDataset *d = vg_result_find_dataset(view->result, strata->analysis->id, name);
    return d && d->n_rows ? d : NULL;
}

static const VgFact *fact_of(const VgView *view, const VgStrataView *strata, const char *key)
{
    return vg_result_find_fact(view->result, VG_FACTS_FIT, strata->analysis->id, key);
}

double vg_strata_number(const VgView *view, const VgStrataView *strata, const char *key)
{
    const VgFact *fact = fact_of(view, strata, key);
    return fact && fact->kind != VG_FACT_TEXT ? fact->number : (double)NAN;
}

bool vg_strata_of_arm(const VgDataset *dataset, size_t row, const VgStrataArm *arm)
{
    return vg_same_text(vg_cell_text(dataset, "arm", row), arm->arm);
}

bool vg_strata_is(const VgEstimate *row, const VgStrataView *strata, const char *quantity,
                  const VgStrataArm *arm)
{
    return vg_same_text(row->analysis, strata->analysis->id) &&
           vg_same_text(row->quantity, quantity) &&
           (!arm ||
            (vg_same_text(row->arm, arm->arm) && vg_same_text(row->reference, arm->reference)));
}

const VgEstimate *vg_strata_row_of(const VgView *view, const VgStrataView *strata,
                                   const char *quantity, const VgStrataArm *arm, const char *term)
{
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *row = &view->result->estimate[i];
        if (vg_strata_is(row, strata, quantity, arm) && (!term || vg_same_text(row->term, term)))
            return row;
    }
    return NULL;
}

/* ---- names ---- */

static const char *of_moderator(const VgView *view, const VgStrataView *strata, const char *name,
                                const char *column)
{
    const VgDataset *d = vg_strata_dataset(view, strata, "moderators");
    for (size_t i = 0; d && i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "name", i), name))
            return vg_cell_text(d, column, i);
    return NULL;
}

const char *vg_strata_label(const VgView *view, const VgStrataView *strata, const char *name)
{
    const char *label = of_moderator(view, strata, name, "label");
    const char *words = label ? label : vg_view_words(view, name);
    return words ? words : "";
}

const char *vg_strata_unit(const VgView *view, const VgStrataView *strata, const char *name)
{
    const char *unit = of_moderator(view, strata, name, "unit");
    return unit && *unit ? unit : NULL;
}

const char *vg_strata_figure_id(const VgView *view, const VgStrataView *strata, const char *kind,
                                const VgStrataArm *arm)
{
    const char *id = strata->analysis->id;
    const char *text = arm ? vg_arena_printf(view->arena, "strata-%s-%s-%zu", kind, id,
                                             (size_t)(arm - strata->arm) + 1)
                           : vg_arena_printf(view->arena, "strata-%s-%s", kind, id);
    return text ? text : "";
}

/* ---- the rule ---- */

/* The row that asks before `node`; the number of rows at the root. */
static size_t parent_of(const VgDataset *tree, double node)
{
    for (size_t i = 0; i < tree->n_rows; i++)
        if (vg_cell_number(tree, "left", i) == node || vg_cell_number(tree, "right", i) == node)
            return i;
    return tree->n_rows;
}

static const char *phrase(const VgView *view, const char *key, const VgSlot *slots, size_t n)
{
    VgBuffer text = {0};
    vg_put_phrase_text(&text, view->language, key, slots, n);
    return vg_view_kept(view, &text);
}

bool vg_strata_is_class(const char *name)
{
    return name && strchr(name, '=') != NULL;
}

/* "CRP is over 1.3, up to 1.9 mg/L": what is asked of one feature on the way, put together. */
static const char *bounds_text(const VgView *view, const VgStrataView *strata, const char *feature,
                               double over, double most)
{
    const char *unit = vg_strata_unit(view, strata, feature), *space = unit ? " " : "";
    bool class = vg_strata_is_class(feature);
    unit = unit ? unit : "";
    const VgSlot slots[] = {{"name", vg_strata_label(view, strata, feature)},
                            {"over", vg_arena_printf(view->arena, "%.4g%s%s", over, space, unit)},
                            {"most", vg_arena_printf(view->arena, "%.4g%s%s", most, space, unit)}};
    return phrase(view,
                  class             ? isfinite(over) ? "path.class" : "path.class.not"
                  : !isfinite(over) ? "path.most"
                  : !isfinite(most) ? "path.over"
                                    : "path.between",
                  slots, 3);
}

/* Whether a question nearer to the root is about the feature of `row`. */
static bool asked_above(const VgDataset *tree, size_t row)
{
    size_t at = row;
    for (size_t steps = 0; steps < tree->n_rows; steps++) {
        at = parent_of(tree, vg_cell_number(tree, "node", at));
        if (at == tree->n_rows)
            return false;
        if (vg_same_text(vg_cell_text(tree, "feature", at), vg_cell_text(tree, "feature", row)))
            return true;
    }
    return false;
}

/* Bounds of one feature on the way from the root to `node`. */
static void find_bounds(const VgDataset *tree, double node, const char *feature, double *over,
                        double *most)
{
    *over = -INFINITY;
    *most = INFINITY;
    for (size_t steps = 0; steps < tree->n_rows; steps++) { /* a broken tree may go in a circle */
        size_t parent = parent_of(tree, node);
        if (parent == tree->n_rows)
            return;
        double cut = vg_cell_number(tree, "cut", parent);
        bool left = vg_cell_number(tree, "left", parent) == node;
        if (vg_same_text(vg_cell_text(tree, "feature", parent), feature)) {
            *most = left ? fmin(*most, cut) : *most;
            *over = left ? *over : fmax(*over, cut);
        }
        node = vg_cell_number(tree, "node", parent);
    }
}

const char *vg_strata_path(const VgView *view, const VgStrataView *strata, const VgDataset *tree,
                           double node)
{
    const char *path = NULL;
    double at = node;
    for (size_t steps = 0; steps < tree->n_rows; steps++) {
        size_t parent = parent_of(tree, at);
        if (parent == tree->n_rows)
            break;
        const char *feature = vg_cell_text(tree, "feature", parent);
        double over, most;
        find_bounds(tree, node, feature, &over, &most);
        const char *step = bounds_text(view, strata, feature, over, most);
        const VgSlot both[] = {{"first", step}, {"second", path}};
        if (!asked_above(tree, parent)) /* told once, where it is asked first */
            path = path ? phrase(view, "path.and", both, 2) : step;
        at = vg_cell_number(tree, "node", parent);
    }
    return path;
}

/* ---- reading ---- */

static VgStrataArm *find_arm(VgStrataView *s, const VgEstimate *row)
{
    for (size_t k = 0; k < s->n; k++)
        if (vg_same_text(s->arm[k].arm, row->arm) &&
            vg_same_text(s->arm[k].reference, row->reference))
            return &s->arm[k];
    s->arm[s->n] = (VgStrataArm){.arm = row->arm, .reference = row->reference};
    return &s->arm[s->n++];
}

static void read_arms(const VgView *view, VgStrataView *s)
{
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *row = &view->result->estimate[i];
        bool average = vg_same_text(row->quantity, "ate"),
             omnibus = vg_same_text(row->quantity, "omnibus_heterogeneity");
        if (!vg_same_text(row->analysis, s->analysis->id) || !row->arm || !row->reference ||
            (!average && !omnibus && !vg_same_text(row->quantity, "interaction")))
            continue; /* parts of a treatment are compared in other ways too */
        VgStrataArm *arm = find_arm(s, row);
        if (average && !arm->average)
            arm->average = row;
        if (omnibus)
            arm->differs = (isfinite(row->q) ? row->q : row->p) <= 1 - view->result->level;
    }
    for (size_t k = 0; k < s->n; k++) {
        VgStrataArm *arm = &s->arm[k];
        arm->label = vg_view_arm_label(view, arm->arm);
        arm->reference_label = vg_view_arm_label(view, arm->reference);
        arm->verdict = vg_strata_sentence(view, s->analysis,
                                          vg_arena_printf(view->arena, "verdict: %s", arm->arm));
    }
}

static void read_words(const VgView *view, VgStrataView *s)
{
    const VgEstimate *any = NULL;
    for (size_t i = 0; i < view->result->n_estimates && !any; i++)
        if (vg_same_text(view->result->estimate[i].analysis, s->analysis->id))
            any = &view->result->estimate[i];
    const char *name = s->analysis->outcome ? s->analysis->outcome : any ? any->outcome : NULL;
    const VgViewOutcome *o = vg_view_outcome(view, name);
    const VgFact *label = fact_of(view, s, "outcome_label"),
                 *lower = fact_of(view, s, "lower_is_better");
    const VgEstimate *average = s->n ? s->arm[0].average : NULL;
    const char *visit = s->analysis->visit ? s->analysis->visit : any ? any->visit : NULL;
    s->outcome = label && label->text ? label->text : o && o->label ? o->label : name;
    s->outcome = s->outcome ? s->outcome : "the outcome";
    s->visit = visit ? vg_view_visit_label(view, visit) : NULL;
    s->unit = average && average->unit ? average->unit
              : o && o->unit           ? o->unit
                                       : "units of the outcome";
    s->decimals = vg_decimals(average ? average->se : (double)NAN);
    s->directed = lower || o;
    s->lower_is_better = lower ? lower->number != 0 : o && o->lower_is_better;
    s->rule = vg_strata_sentence(view, s->analysis, "rule");
    s->recommended = vg_strata_number(view, s, "policy_recommended") == 1;
}

bool vg_strata_read(const VgView *view, const VgViewAnalysis *analysis, VgStrataView *strata)
{
    *strata =
        (VgStrataView){.analysis = analysis,
                       .arm = VG_NEW(view->arena, VgStrataArm, view->result->n_estimates + 1)};
    if (!vg_is_strata(analysis) || !strata->arm)
        return false;
    read_arms(view, strata);
    read_words(view, strata);
    return strata->n > 0;
}
