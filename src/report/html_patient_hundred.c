/* Of 100 people like those in the trial: rows of icons, the same denominator on both sides, and a table behind them. */
#include <math.h>
#include <stdlib.h>

#include "base/compare.h"
#include "report/html_patient.h"

void vg_patient_icons(VgBuffer *out, const VgView *view, int style, int yes, const char *name)
{
    const VgSlot slots[] = {{"name", name}, {"n", vg_arena_printf(view->arena, "%d", yes)}};
    vg_buffer_text(out, "<svg class=\"icons\" viewBox=\"0 0 408 88\" role=\"img\" aria-label=\"");
    vg_put_phrase_in(out, view->language, "patient.icons", slots, 2);
    vg_buffer_text(out, "\">");
    for (int i = 0; i < 100; i++) {
        int x = 10 + 16 * (i % 25), y = 12 + 20 * (i / 25);
        if (i < yes)
            vg_buffer_printf(out, "<circle cx=\"%d\" cy=\"%d\" r=\"6\" fill=\"%s\"/>", x, y,
                             vg_style_colour(style));
        else
            vg_buffer_printf(
                out, "<circle cx=\"%d\" cy=\"%d\" r=\"5.5\" fill=\"#fff\" stroke=\"#767676\"/>", x,
                y);
    }
    vg_buffer_text(out, "</svg>");
}

void vg_patient_icon_table(VgBuffer *out, const VgView *view, const char *question,
                           const char *const *group, const int *yes, size_t n)
{
    static const char *const HEAD[] = {"patient.table.group", "patient.table.yes",
                                       "patient.table.no"};
    const VgSlot slots[] = {{"question", question}};
    vg_buffer_text(out, "<details><summary>");
    vg_put_phrase_in(out, view->language, "patient.table.show", NULL, 0);
    vg_buffer_text(out, "</summary><table><caption>");
    vg_put_phrase_in(out, view->language, "patient.table.caption", slots, 1);
    vg_buffer_text(out, "</caption><thead><tr>");
    for (size_t i = 0; i < 3; i++) {
        vg_buffer_text(out, "<th scope=\"col\">");
        vg_put_phrase_in(out, view->language, HEAD[i], NULL, 0);
        vg_buffer_text(out, "</th>");
    }
    vg_buffer_text(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < n; i++) {
        vg_buffer_text(out, "<tr><th scope=\"row\">");
        vg_put_escaped(out, group[i]);
        vg_buffer_printf(out, "</th><td class=\"n\">%d</td><td class=\"n\">%d</td></tr>", yes[i],
                         100 - yes[i]);
    }
    vg_buffer_text(out, "</tbody></table></details>");
}

static const char *definition(const VgView *view, const VgViewOutcome *o, bool remission)
{
    bool lower = !o || o->lower_is_better;
    double fraction = o ? o->response_fraction : NAN, cutoff = o ? o->remission_cutoff : NAN;
    const VgSlot slots[] = {{"percent", vg_patient_number(view, round(100 * fraction))},
                            {"cutoff", vg_patient_number(view, cutoff)}};
    const char *key = "patient.definition.response.plain";
    if (remission && isfinite(cutoff))
        key = lower ? "patient.definition.remission" : "patient.definition.remission.higher";
    else if (!remission && isfinite(fraction))
        key = lower ? "patient.definition.response" : "patient.definition.response.higher";
    return vg_patient_text(view, key, slots, 2);
}

/* "3 fewer", "11 more": how a bound of a difference reads. */
static const char *signed_count(const VgView *view, double value)
{
    long whole = lround(100 * value);
    const VgSlot slots[] = {{"n", vg_arena_printf(view->arena, "%ld", labs(whole))}};
    return vg_patient_text(view,
                           whole == 0  ? "patient.count.same"
                           : whole > 0 ? "patient.count.more"
                                       : "patient.count.fewer",
                           slots, 1);
}

static void tell_difference(VgBuffer *out, const VgView *view, const VgEstimate *difference,
                            const int *yes)
{
    if (!difference || !isfinite(difference->lower) || !isfinite(difference->upper))
        return;
    int more = yes[1] - yes[0];
    const VgSlot slots[] = {
        {"difference", vg_arena_printf(view->arena, "%d", more < 0 ? -more : more)},
        {"low", signed_count(view, difference->lower)},
        {"high", signed_count(view, difference->upper)}};
    vg_patient_say(out, view, "p",
                   more > 0   ? "patient.hundred.more"
                   : more < 0 ? "patient.hundred.fewer"
                              : "patient.hundred.same",
                   slots, 3);
}

static bool hundred(VgBuffer *out, const VgView *view, const VgViewAnalysis *a, bool remission)
{
    const char *quantity = remission ? "remission_rate" : "response_rate";
    const VgEstimate *difference = vg_view_rate(view, a, "risk_difference", a->arm, a->reference);
    const char *arm = difference ? difference->arm : a->arm,
               *reference = difference ? difference->reference : a->reference;
    if (!arm || !reference)
        return false;
    const VgEstimate *with = vg_view_rate(view, a, quantity, arm, NULL);
    const VgEstimate *without = vg_view_rate(view, a, quantity, reference, NULL);
    if (!with || !without || !isfinite(with->estimate) || !isfinite(without->estimate))
        return false;
    const int yes[] = {(int)lround(100 * without->estimate), (int)lround(100 * with->estimate)};
    const char *name[] = {vg_view_arm_label(view, reference), vg_view_arm_label(view, arm)};
    const VgSlot define[] = {
        {"definition", definition(view, vg_view_outcome(view, a->outcome), remission)}};
    const char *question_key = remission ? "patient.hundred.remission" : "patient.hundred.response";
    vg_patient_say(out, view, "h4", question_key, define, 1);
    vg_buffer_text(out, "<div class=\"pair\">");
    for (int i = 0; i < 2; i++) {
        const VgSlot slots[] = {{"arm", name[1]},
                                {"reference", name[0]},
                                {"n", vg_arena_printf(view->arena, "%d", yes[i])},
                                {"rest", vg_arena_printf(view->arena, "%d", 100 - yes[i])}};
        vg_buffer_text(out, "<div class=\"hundred\">");
        vg_patient_say(out, view, "p", i ? "patient.hundred.arm" : "patient.hundred.reference",
                       slots, 4);
        vg_patient_icons(out, view, i ? 0 : VG_STYLE_MUTED, yes[i], name[i]);
        vg_buffer_text(out, "</div>");
    }
    vg_buffer_text(out, "</div>");
    tell_difference(out, view, difference, yes);
    const VgFact *unseen =
        vg_result_find_fact(view->result, VG_FACTS_FIT, a->id, "n_missing_as_nonresponse");
    if (unseen && unseen->number > 0) {
        const VgSlot slots[] = {{"n", vg_patient_number(view, unseen->number)},
                                {"visit", vg_view_visit_label(view, a->visit)}};
        vg_patient_say(out, view, "p", "patient.hundred.unseen", slots, 2);
    }
    vg_patient_icon_table(out, view,
                          vg_phrase_in(view->language, remission ? "patient.question.remission"
                                                                 : "patient.question.response"),
                          name, yes, 2);
    return true;
}

void vg_patient_hundred(VgBuffer *out, const VgView *view)
{
    VgBuffer body = {0};
    for (size_t i = 0; i < view->n_analyses; i++) {
        const VgViewAnalysis *a = &view->analysis[i];
        if (vg_same_text(a->role, "sensitivity"))
            continue;
        if (vg_same_text(a->kind, "response"))
            hundred(&body, view, a, false);
        else if (vg_same_text(a->kind, "remission"))
            hundred(&body, view, a, true);
    }
    if (body.length) {
        vg_patient_say(out, view, "h3", "patient.hundred", NULL, 0);
        vg_patient_say(out, view, "p", "patient.icon.legend", NULL, 0);
        vg_buffer_append(out, body.text, body.length);
    }
    out->failed = out->failed || body.failed;
    vg_buffer_free(&body);
}
