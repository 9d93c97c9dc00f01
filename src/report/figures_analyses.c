/* The analyses of a review beside each other: the one effect that each of them answers with. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/figures.h"
#include "report/forest.h"

bool vg_is_network(const VgViewAnalysis *a)
{
    return vg_same_text(a->kind, "network");
}

const VgViewAnalysis *vg_leading(const VgView *view, const VgViewAnalysis *like)
{
    bool network = vg_is_network(like);
    if (view->primary && vg_is_network(view->primary) == network)
        return view->primary;
    const VgViewAnalysis *first = NULL;
    for (size_t i = 0; i < view->n_analyses; i++) {
        const VgViewAnalysis *a = &view->analysis[i];
        if (vg_is_network(a) != network)
            continue;
        if (!vg_same_text(a->role, "sensitivity"))
            return a;
        first = first ? first : a;
    }
    return first;
}

/* The random-effects row of an analysis where there are both; `like` says which, NULL = the pooled effect. */
static const VgEstimate *same_row(const VgView *view, const VgViewAnalysis *a,
                                  const VgEstimate *like)
{
    const VgEstimate *found = NULL;
    for (size_t i = 0; i < view->result->n_estimates; i++) {
        const VgEstimate *e = &view->result->estimate[i];
        if (!vg_same_text(e->analysis, a->id) ||
            !vg_same_text(e->quantity, like ? like->quantity : "pooled") || e->stratum ||
            !isfinite(e->estimate))
            continue;
        bool component = like && vg_same_text(like->quantity, "component");
        if (like &&
            (!vg_same_text(e->arm, like->arm) || !vg_same_text(e->reference, like->reference) ||
             (component && !vg_same_text(e->term, like->term))))
            continue;
        if (!found || vg_same_text(component ? e->note : e->term, "random"))
            found = e;
    }
    return found;
}

/* What a network is asked: the first interaction of components, else its best treatment against the reference. */
static const VgEstimate *network_question(const VgView *view, const VgViewAnalysis *leading)
{
    const VgResult *r = view->result;
    const VgFact *reference = vg_result_find_fact(r, VG_FACTS_FIT, leading->id, "reference");
    const VgEstimate *best = NULL;
    for (size_t i = 0; i < r->n_estimates; i++) {
        const VgEstimate *e = &r->estimate[i];
        if (!vg_same_text(e->analysis, leading->id))
            continue;
        if (vg_same_text(e->quantity, "component") && e->term && strchr(e->term, '*'))
            return e;
        if (vg_same_text(e->quantity, "ranking") && e->term && isfinite(e->estimate) &&
            !(reference && vg_same_text(e->term, reference->text)) &&
            (!best || e->estimate > best->estimate))
            best = e;
    }
    for (size_t i = 0; best && reference && i < r->n_estimates; i++) {
        const VgEstimate *e = &r->estimate[i];
        if (vg_same_text(e->analysis, leading->id) && vg_same_text(e->quantity, "contrast") &&
            vg_same_text(e->arm, best->term) && vg_same_text(e->reference, reference->text) &&
            e->reference)
            return e;
    }
    return NULL;
}

const VgEstimate *vg_headline(const VgView *view, const VgViewAnalysis *a)
{
    if (!vg_is_network(a))
        return same_row(view, a, NULL);
    const VgEstimate *question = network_question(view, vg_leading(view, a));
    return question ? same_row(view, a, question) : NULL;
}

const char *vg_headline_label(const VgView *view, const VgViewAnalysis *a)
{
    const VgEstimate *question =
        vg_is_network(a) ? network_question(view, vg_leading(view, a)) : NULL;
    if (!question)
        return vg_is_network(a) ? NULL : "Pooled effect";
    return question->term && vg_same_text(question->quantity, "component")
               ? vg_arena_printf(view->arena, "Interaction %s", question->term)
               : vg_arena_printf(view->arena, "%s against %s", question->arm, question->reference);
}

int vg_headline_decimals(const VgView *view, const VgViewAnalysis *a)
{
    const VgForest *studies = vg_forest_of_studies(view->arena, view->result, a->id);
    const VgEstimate *e = vg_headline(view, a);
    return studies ? studies->decimals : e ? vg_decimals(e->se) : 2;
}

bool vg_same_studies_again(const VgView *view, const VgViewAnalysis *a)
{
    const VgViewAnalysis *leading = vg_leading(view, a);
    if (vg_is_network(a) || a == leading ||
        !vg_forest_row(view->result, a->id, "moderator", NULL, NULL))
        return false;
    const VgEstimate *own = vg_headline(view, a), *first = vg_headline(view, leading);
    return own && first && fabs(own->estimate - first->estimate) <= 1e-9 * fabs(first->se) &&
           fabs(own->se - first->se) <= 1e-9 * first->se;
}

bool vg_same_network_again(const VgView *view, const VgViewAnalysis *a)
{
    static const char *const keys[] = {"n_studies", "n_treatments", "n_comparisons", "n_designs"};
    const VgViewAnalysis *leading = vg_leading(view, a);
    if (!vg_is_network(a) || a == leading)
        return false;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const VgFact *own = vg_result_find_fact(view->result, VG_FACTS_FIT, a->id, keys[i]),
                     *first = vg_result_find_fact(view->result, VG_FACTS_FIT, leading->id, keys[i]);
        if (!own || !first || own->number != first->number)
            return false;
    }
    return true;
}

bool vg_same_contrasts_again(const VgView *view, const VgViewAnalysis *a)
{
    const VgEstimate *own = vg_forest_row(view->result, a->id, "contrast", "random", NULL),
                     *first = vg_forest_row(view->result, vg_leading(view, a)->id, "contrast",
                                            "random", NULL);
    return vg_same_network_again(view, a) && own && first && vg_same_text(own->arm, first->arm) &&
           vg_same_text(own->reference, first->reference) && own->estimate == first->estimate &&
           own->se == first->se;
}

/* Only the leading analysis is a pooled effect that the broken line goes through. */
VgPlot *vg_figure_analyses(const VgView *view, const VgViewAnalysis *leading)
{
    VgForest *forest =
        vg_forest_blank(view->arena, view->result, leading->id, view->n_analyses + 1);
    if (!forest || !vg_headline(view, leading))
        return NULL;
    for (size_t i = 0; i < view->n_analyses; i++) {
        const VgViewAnalysis *a = &view->analysis[i];
        const VgEstimate *e = vg_leading(view, a) == leading && !vg_same_studies_again(view, a)
                                  ? vg_headline(view, a)
                                  : NULL;
        const VgForest *own = vg_forest_blank(view->arena, view->result, a->id, 0);
        if (!e || !own || own->ratio != forest->ratio ||
            !vg_same_text(own->measure, forest->measure))
            continue;
        vg_forest_add(view->arena, forest, a == leading ? VG_FOREST_POOLED : VG_FOREST_SUBTOTAL,
                      a->label ? a->label : "", e->estimate, e->lower, e->upper);
    }
    if (forest->n < 2)
        return NULL;
    vg_forest_finish(view->arena, forest);
    vg_forest_decimals(view->arena, forest, vg_headline_decimals(view, leading));
    if (vg_same_text(vg_headline(view, leading)->quantity, "component")) {
        forest->important = 0; /* an interaction is no effect of a treatment */
        forest->favours_low = forest->favours_high = NULL;
    }
    const char *what = vg_headline_label(view, leading);
    VgPlot *plot = vg_draw_forest(
        view, leading, forest, "analyses", "The answer in each analysis",
        vg_arena_printf(view->arena,
                        "%s with its %.4g%% confidence interval in each analysis; the broken "
                        "line is that of the main analysis, drawn in black.",
                        what ? what : "", 100 * view->result->level),
        "Analysis", NULL, NULL, 0);
    if (plot)
        plot->title = vg_is_network(leading) && what
                          ? vg_arena_printf(view->arena, "%s in each analysis", what)
                          : "The pooled effect in each analysis";
    return plot;
}
