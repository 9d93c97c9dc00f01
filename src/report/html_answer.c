/* The answer for a clinician: sentences chosen by where the interval lies against nought and the
 * declared important difference, and filled from the primary contrast. */
#include <math.h>
#include <string.h>

#include "base/compare.h"
#include "report/html.h"
#include "report/mechanism.h"
#include "report/strata.h"

VgVerdict vg_verdict(const VgEstimate *answer, const VgViewOutcome *outcome)
{
    if (!answer || !isfinite(answer->lower) || !isfinite(answer->upper))
        return VG_VERDICT_NONE;
    bool lower_is_better = !outcome || outcome->lower_is_better;
    if (outcome && outcome->important > 0 && answer->lower > -outcome->important &&
        answer->upper < outcome->important)
        return VG_VERDICT_LITTLE;
    if (answer->upper < 0)
        return lower_is_better ? VG_VERDICT_BETTER : VG_VERDICT_WORSE;
    if (answer->lower > 0)
        return lower_is_better ? VG_VERDICT_WORSE : VG_VERDICT_BETTER;
    return VG_VERDICT_UNCLEAR;
}

static const char *number(const VgView *view, double value, int decimals)
{
    VgBuffer text = {0};
    vg_put_number(&text, value, decimals);
    return vg_view_kept(view, &text);
}

static const char *plain_number(const VgView *view, double value)
{
    const char *text = vg_arena_printf(view->arena, "%s%.10g", value < 0 ? "−" : "", fabs(value));
    return text ? text : "";
}

/* With spaces at which no line breaks. */
static const char *unbroken(const VgView *view, const char *text)
{
    VgBuffer out = {0};
    for (; *text; text++)
        vg_buffer_text(&out, *text == ' ' ? "\u00a0" : (char[]){*text, '\0'});
    return vg_view_kept(view, &out);
}

static void tell_importance(VgBuffer *out, const VgEstimate *row, const VgViewOutcome *o,
                            VgVerdict verdict, const VgSlot *slots, size_t n)
{
    if (!o || !(o->important > 0)) {
        vg_html_say(out, "p", NULL, "answer.important.none", slots, n);
        return;
    }
    if (verdict == VG_VERDICT_LITTLE)
        return; /* said already */
    double near = fmin(fabs(row->lower), fabs(row->upper));
    bool one_side = (row->lower > 0) == (row->upper > 0);
    vg_html_say(out, "p", NULL,
                one_side && near >= o->important      ? "answer.important.clear"
                : fabs(row->estimate) >= o->important ? "answer.important.reached"
                                                      : "answer.important.below",
                slots, n);
}

static void tell(VgBuffer *out, const VgView *view, const VgEstimate *row, const VgViewOutcome *o)
{
    int decimals = vg_decimals(row->se);
    bool change = vg_same_text(view->primary->measure, "change");
    VgVerdict verdict = vg_verdict(row, o);
    const char *size = number(view, fabs(row->estimate), decimals);
    bool nought = strspn(size, "0.") == strlen(size);
    const char *p = unbroken(view, vg_p_text(view, row->p));
    const VgSlot slots[] = {
        {"visit", vg_view_visit_label(view, row->visit)},
        {"outcome", o && o->label  ? o->label
                    : row->outcome ? row->outcome
                                   : "the outcome"},
        {"size", size},
        {"unit", o && o->unit ? o->unit : "units"},
        {"direction", row->estimate < 0 ? "lower" : "higher"},
        {"arm", vg_view_arm_label(view, row->arm)},
        {"reference", vg_view_arm_label(view, row->reference)},
        {"level", plain_number(view, 100 * view->result->level)},
        {"interval", vg_arena_printf(view->arena, "%s to %s", number(view, row->lower, decimals),
                                     number(view, row->upper, decimals))},
        {"p", *p ? p : "no p-value"},
        {"minimum", o && isfinite(o->minimum) ? plain_number(view, o->minimum) : ""},
        {"maximum", o && isfinite(o->maximum) ? plain_number(view, o->maximum) : ""},
        {"better", !o || o->lower_is_better ? "lower" : "higher"},
        {"important", o && o->important > 0 ? plain_number(view, o->important) : ""},
        {"source", o && o->important_source ? o->important_source : "no source given"},
        {"reason", ""}};
    const size_t n = sizeof slots / sizeof *slots;
    vg_html_say(out, "p", "lead",
                nought   ? "answer.same"
                : change ? "answer.change"
                         : "answer.difference",
                slots, n);
    bool has_important = o && o->important > 0;
    static const char *const verdicts[] = {NULL, "answer.better", "answer.worse", "answer.little",
                                           "answer.unclear"};
    if (verdict != VG_VERDICT_NONE)
        vg_html_say(out, "p", "verdict",
                    verdict == VG_VERDICT_UNCLEAR && !has_important ? "answer.unclear.no_important"
                                                                    : verdicts[verdict],
                    slots, n);
    if (o && isfinite(o->minimum) && isfinite(o->maximum))
        vg_html_say(out, "p", NULL, "answer.scale", slots, n);
    tell_importance(out, row, o, verdict, slots, n);
}

/* One sentence for each question about mechanism, with the way to all of it. */
static void tell_mechanism(VgBuffer *out, const VgView *view)
{
    for (size_t i = 0; i < view->n_analyses; i++) {
        const VgViewAnalysis *a = &view->analysis[i];
        const char *answer = vg_is_mechanism(a) ? vg_mechanism_fact(view, a, "answer") : NULL;
        const VgSlot slots[] = {{"answer", answer}};
        if (!answer)
            continue;
        vg_buffer_text(out, "<p>");
        vg_put_phrase(out, "answer.mechanism", slots, 1);
        vg_buffer_text(out, " <a href=\"#mechanism\">More</a></p>");
    }
}

/* The first sentence: what follows stands with the pictures. */
static const char *first_sentence(const VgView *view, const char *text)
{
    const char *end = text ? strstr(text, ". ") : NULL;
    return end ? vg_arena_printf(view->arena, "%.*s", (int)(end - text) + 1, text) : text;
}

/* For whom it works, an arm a sentence, with the way to all of it. */
static void tell_strata(VgBuffer *out, const VgView *view)
{
    for (size_t i = 0; i < view->n_analyses; i++) {
        VgStrataView s;
        if (!vg_strata_read(view, &view->analysis[i], &s))
            continue;
        for (size_t k = 0; k < s.n; k++) {
            const VgSlot slots[] = {{"answer", first_sentence(view, s.arm[k].verdict)}};
            if (!s.arm[k].verdict)
                continue;
            vg_buffer_text(out, "<p>");
            vg_put_phrase(out, "answer.strata", slots, 1);
            vg_buffer_text(out, " <a href=\"#for-whom\">More</a></p>");
        }
    }
}

void vg_html_answer(VgBuffer *out, const VgView *view)
{
    if (view->answer && isfinite(view->answer->estimate)) {
        tell(out, view, view->answer, view->primary_outcome);
    } else {
        const char *failed = view->primary ? view->primary->failed : NULL;
        const VgSlot slots[] = {{"reason", failed ? failed : ""}};
        vg_html_say(out, "p", "lead",
                    failed                ? "answer.failed"
                    : view->of_panel_only ? "answer.panel"
                                          : "answer.none",
                    slots, 1);
    }
    tell_mechanism(out, view);
    tell_strata(out, view);
    vg_html_say(out, "p", "standing", "answer.standing", NULL, 0);
}
