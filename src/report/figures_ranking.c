/* Forests of a network: treatments against the reference, components, direct against indirect evidence. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"
#include "report/forest.h"

static bool of(const VgEstimate *e, const VgViewAnalysis *a, const char *quantity)
{
    return vg_same_text(e->analysis, a->id) && vg_same_text(e->quantity, quantity);
}

static size_t count(const VgView *view, const VgViewAnalysis *a, const char *quantity)
{
    size_t n = 0;
    for (size_t i = 0; i < view->result->n_estimates; i++)
        n += of(&view->result->estimate[i], a, quantity);
    return n;
}

/* Rows of the random-effects model where there are both. */
static bool model_wanted(const VgView *view, const VgViewAnalysis *a, const char *quantity,
                         const char *model)
{
    if (!vg_same_text(model, "common"))
        return true;
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        if (of(e, a, quantity) &&
            (vg_same_text(e->term, "random") || vg_same_text(e->note, "random")))
            return false;
    }
    return true;
}

static double score_of(const VgView *view, const VgViewAnalysis *a, const char *treatment)
{
    for (size_t i = 0; i < view->result->n_estimates; i++)
        if (of(&view->result->estimate[i], a, "ranking") &&
            vg_same_text(view->result->estimate[i].term, treatment))
            return view->result->estimate[i].estimate;
    return NAN;
}

typedef struct Ranked {
    const VgEstimate *row;
    double score;
    size_t order;
} Ranked;

/* Highest score first; without scores in the order of the result. */
static int by_score(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    if (x->score != y->score && isfinite(x->score) && isfinite(y->score))
        return x->score < y->score ? 1 : -1;
    return x->order < y->order ? -1 : 1;
}

VgPlot *vg_figure_ranking(const VgView *view, const VgViewAnalysis *a, size_t part)
{
    const VgFact *fact = vg_result_find_fact(view->result, VG_FACTS_FIT, a->id, "reference");
    const char *reference = fact ? fact->text : NULL;
    size_t most = count(view, a, "contrast"), n = 0;
    Ranked *ranked = VG_NEW(view->arena, Ranked, most + 1);
    VgForest *forest = vg_forest_blank(view->arena, view->result, a->id, 2 * most + 2);
    const char **score = VG_NEW(view->arena, const char *, 2 * most + 2);
    if (!most || !reference || !ranked || !forest || !score)
        return NULL;
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        if (!of(e, a, "contrast") || !vg_same_text(e->reference, reference) ||
            !model_wanted(view, a, "contrast", e->term))
            continue;
        ranked[n] = (Ranked){e, score_of(view, a, e->arm), n};
        n++;
    }
    qsort(ranked, n, sizeof *ranked, by_score);
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        const VgEstimate *e = ranked[i].row;
        vg_forest_add(view->arena, forest, VG_FOREST_STEP, e->arm, e->estimate, e->lower, e->upper);
        if (isfinite(ranked[i].score)) {
            VgBuffer text = {0};
            vg_put_number(&text, ranked[i].score, 2);
            score[forest->n - 1] = vg_view_kept(view, &text);
            any = true;
        }
    }
    double own = score_of(view, a, reference);
    if (isfinite(own)) {
        vg_forest_add(view->arena, forest, VG_FOREST_STEP,
                      vg_arena_printf(view->arena, "%s (reference)", reference), NAN, NAN, NAN);
        VgBuffer text = {0};
        vg_put_number(&text, own, 2);
        score[forest->n - 1] = vg_view_kept(view, &text);
    }
    vg_forest_finish(view->arena, forest);
    return vg_draw_forest(
        view, a, forest, "ranking",
        vg_arena_printf(view->arena, "Each treatment against %s", reference),
        vg_arena_printf(view->arena,
                        "Effects with %.4g%% confidence intervals%s. A rank without its interval "
                        "says little: treatments whose intervals overlap widely may stand in any "
                        "order.",
                        100 * view->result->level,
                        any ? ", highest P-score first (0 = surely the worst, 1 = surely the best)"
                            : ""),
        "Treatment", any ? "P-score" : NULL, any ? score : NULL, part);
}

/* ---- components ---- */

static const char *type_of(const VgView *view, const VgViewAnalysis *a, const char *component)
{
    const VgDataset *d = vg_result_find_dataset(view->result, a->id, "component_types");
    for (size_t i = 0; d && i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "component", i), component))
            return vg_view_words(view, vg_cell_text(d, "type", i));
    return NULL;
}

VgPlot *vg_figure_components(const VgView *view, const VgViewAnalysis *a, size_t part)
{
    size_t most = count(view, a, "component");
    VgForest *forest = vg_forest_blank(view->arena, view->result, a->id, most + 3);
    const char **type = VG_NEW(view->arena, const char *, most + 3);
    if (!most || !forest || !type)
        return NULL;
    bool typed = false;
    for (int interaction = 0; interaction < 2; interaction++) {
        bool headed = false;
        for (size_t i = 0; i < view->result->n_estimates; i++) {
            const VgEstimate *e = &view->result->estimate[i];
            if (!of(e, a, "component") || !model_wanted(view, a, "component", e->note) ||
                (e->term && strchr(e->term, '*')) != (interaction == 1))
                continue;
            if (interaction && !headed)
                vg_forest_add(view->arena, forest, VG_FOREST_HEADING,
                              "Interactions: more or less than the sum", NAN, NAN, NAN);
            headed = true;
            vg_forest_add(view->arena, forest, VG_FOREST_STEP, e->term, e->estimate, e->lower,
                          e->upper);
            type[forest->n - 1] = type_of(view, a, e->term);
            typed |= type[forest->n - 1] != NULL;
        }
    }
    vg_forest_finish(view->arena, forest);
    forest->favours_low = forest->favours_high = NULL; /* a component is no treatment arm */
    forest->important = 0;
    return vg_draw_forest(
        view, a, forest, "components", "What each component adds",
        vg_arena_printf(view->arena,
                        "Effect that a component adds to any treatment it is part of, with "
                        "%.4g%% confidence intervals; an interaction is what two components "
                        "together do beyond the sum of both.",
                        100 * view->result->level),
        "Component", typed ? "Type" : NULL, typed ? type : NULL, part);
}

/* ---- direct and indirect evidence ---- */

static const VgEstimate *split_row(const VgView *view, const VgViewAnalysis *a,
                                   const VgEstimate *like, const char *term)
{
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        if (of(e, a, "split") && vg_same_text(e->term, term) && vg_same_text(e->arm, like->arm) &&
            vg_same_text(e->reference, like->reference))
            return e;
    }
    return NULL;
}

VgPlot *vg_figure_split(const VgView *view, const VgViewAnalysis *a, size_t part)
{
    size_t most = count(view, a, "split");
    VgForest *forest = vg_forest_blank(view->arena, view->result, a->id, 2 * most + 2);
    const char **p = VG_NEW(view->arena, const char *, 2 * most + 2);
    if (!most || !forest || !p)
        return NULL;
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *direct = &view->result->estimate[i];
        if (!of(direct, a, "split") || !vg_same_text(direct->term, "direct"))
            continue;
        const VgEstimate *indirect = split_row(view, a, direct, "indirect"),
                         *difference = split_row(view, a, direct, "difference");
        if (!indirect || !isfinite(indirect->estimate))
            continue;
        vg_forest_add(view->arena, forest, VG_FOREST_HEADING,
                      vg_arena_printf(view->arena, "%s − %s", direct->arm ? direct->arm : "",
                                      direct->reference ? direct->reference : ""),
                      NAN, NAN, NAN);
        if (difference)
            p[forest->n - 1] = vg_p_text(view, difference->p);
        vg_forest_add(view->arena, forest, VG_FOREST_STEP,
                      isfinite(direct->n)
                          ? vg_arena_printf(view->arena, "direct (%.0f %s)", direct->n,
                                            direct->n == 1 ? "study" : "studies")
                          : "direct",
                      direct->estimate, direct->lower, direct->upper);
        vg_forest_add(view->arena, forest, VG_FOREST_STEP, "indirect", indirect->estimate,
                      indirect->lower, indirect->upper);
    }
    vg_forest_finish(view->arena, forest);
    forest->favours_low = forest->favours_high = NULL;
    forest->important = 0;
    return vg_draw_forest(view, a, forest, "split", "Direct and indirect evidence",
                          "What studies of the two treatments say (direct) and what the rest of "
                          "the network says of them (indirect). A small p speaks against taking "
                          "both together. Comparisons without indirect evidence are left out.",
                          "Comparison", "Difference", p, part);
}
