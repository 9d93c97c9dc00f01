/* The plain-words section of a review, by the same rules as a trial's: the answer first, no p-values and no
 * standardised effects, what is not known, and the sentence about other treatment that is always there. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/catalogue.h"
#include "report/html.h"

static void say(VgBuffer *out, const char *tag, const char *key, const VgSlot *slots, size_t n)
{
    vg_buffer_printf(out, "<%s>", tag);
    vg_put_phrase(out, key, slots, n);
    vg_buffer_printf(out, "</%s>", tag);
}

static const VgFact *fact(const VgView *view, const char *key)
{
    return view->primary ? vg_result_find_fact(view->result, VG_FACTS_FIT, view->primary->id, key)
                         : NULL;
}

static const char *words(const VgView *view, const char *key, const char *otherwise)
{
    const VgFact *f = fact(view, key);
    return f && f->kind == VG_FACT_TEXT && f->text && *f->text ? f->text : otherwise;
}

static double number(const VgView *view, const char *key)
{
    const VgFact *f = fact(view, key);
    return f && f->kind != VG_FACT_TEXT ? f->number : NAN;
}

static const char *verdict_key(const VgView *view)
{
    static const char *const keys[] = {"review.none", "patient.better", "patient.worse",
                                       "patient.little", "patient.unclear"};
    const VgViewOutcome scale = {.important = number(view, "important_difference"),
                                 .lower_is_better = number(view, "lower_is_better") == 1};
    if (!view->answer && isfinite(number(view, "n_treatments")))
        return "review.network";
    if (!fact(view, "lower_is_better") && view->answer)
        return "review.direction_unknown";
    return keys[vg_verdict(view->answer, &scale)];
}

static void key_messages(VgBuffer *out, const VgView *view)
{
    double studies = number(view, "n_studies"), people = number(view, "n_participants");
    const char *certainty = vg_certainty(view, view->primary);
    const char *treatments = vg_arena_printf(view->arena, "%.0f", number(view, "n_treatments"));
    const VgSlot slots[] = {
        {"arm", words(view, "treatment_label", "the treatment")},
        {"reference", words(view, "control_label", "the other treatment")},
        {"k", isfinite(studies) ? vg_arena_printf(view->arena, "%.0f", studies) : ""},
        {"treatments", treatments},
        {"n", isfinite(people) ? vg_arena_printf(view->arena, "%.0f", people) : ""}};
    say(out, "h3", "patient.key", NULL, 0);
    vg_buffer_text(out, "<ul class=\"key\">");
    say(out, "li", verdict_key(view), slots, 5);
    if (isfinite(studies))
        say(out, "li", isfinite(people) ? "review.studies" : "review.studies.only", slots, 5);
    const VgEstimate *next =
        view->primary ? vg_view_estimate(view, view->primary->id, "prediction", NULL, NULL, NULL)
                      : NULL;
    if (next && view->answer && next->lower < 0 && next->upper > 0)
        say(out, "li", "review.next", NULL, 0);
    say(out, "li",
        vg_same_text(certainty, "high")       ? "review.certainty.high"
        : vg_same_text(certainty, "moderate") ? "review.certainty.moderate"
        : vg_same_text(certainty, "low")      ? "review.certainty.low"
        : vg_same_text(certainty, "very low") ? "review.certainty.very_low"
                                              : "review.certainty.none",
        NULL, 0);
    vg_buffer_text(out, "</ul>");
}

/* What on the page names the studies. */
static const char *where_to_read(const VgView *view)
{
    if (vg_result_find_dataset(view->result, NULL, "sources"))
        return "review.more";
    bool pairwise =
        view->primary && vg_result_find_dataset(view->result, view->primary->id, "studies");
    bool whole = pairwise && !vg_figure_pooled(view, view->primary); /* not cut into parts */
    return whole ? "review.more.picture" : "review.more.data";
}

void vg_html_review_plain(VgBuffer *out, const VgView *view)
{
    const char *title = vg_view_fact(view, "title_plain_en"),
               *question = vg_view_fact(view, "question");
    vg_buffer_text(out, "<p class=\"question\">");
    if (title || question)
        vg_put_escaped(out, title ? title : question);
    else
        vg_put_phrase(out, "patient.title.default", NULL, 0);
    vg_buffer_text(out, "</p>");
    if (view->simulated)
        say(out, "p", "banner.simulated", NULL, 0);
    key_messages(out, view);
    say(out, "h3", "patient.harms", NULL, 0);
    say(out, "p", "review.harms.unknown", NULL, 0);
    say(out, "h3", "patient.who", NULL, 0);
    say(out, "p", "review.who.others", NULL, 0);
    say(out, "p", "patient.who.heterogeneity", NULL, 0);
    vg_html_what_now(out, view);
    say(out, "h3", "patient.more", NULL, 0);
    say(out, "p", where_to_read(view), NULL, 0);
}
