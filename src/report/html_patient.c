/* The plain-language page, by the rules of the patient view that need no declared grading: the
 * answer first, people of 100, no p-values and no relative risks, harms in the same units, not for
 * everyone, and the sentence about other treatment that is always there. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "report/catalogue.h"
#include "report/html.h"
#include "report/mechanism.h"

static const char *round_text(const VgView *view, double value, double se)
{
    VgBuffer text = {0};
    int decimals = vg_decimals(se) - 1; /* the same for a difference and both ends of its range */
    vg_put_number(&text, fabs(value), decimals > 0 ? decimals : 0);
    return vg_view_kept(view, &text);
}

static const char *plain(const VgView *view, double value)
{
    const char *text = vg_arena_printf(view->arena, "%s%.6g", value < 0 ? "−" : "", fabs(value));
    return text ? text : "";
}

static void say(VgBuffer *out, const char *tag, const char *key, const VgSlot *slots, size_t n)
{
    vg_buffer_printf(out, "<%s>", tag);
    vg_put_phrase(out, key, slots, n);
    vg_buffer_printf(out, "</%s>", tag);
}

static void tell_size(VgBuffer *out, const VgView *view, VgVerdict verdict)
{
    const VgEstimate *e = view->answer;
    const VgViewOutcome *o = view->primary_outcome;
    bool lower_is_better = !o || o->lower_is_better;
    bool range = o && isfinite(o->minimum) && isfinite(o->maximum); /* else no score: nmol/L, ms */
    const char *better = lower_is_better ? range ? "patient.lower_better" : "patient.lower_value"
                         : range         ? "patient.higher_better"
                                         : "patient.higher_value";
    double good = lower_is_better ? -e->lower : e->upper,
           bad = lower_is_better ? e->upper : -e->lower;
    double near = fmin(fabs(e->lower), fabs(e->upper)), far = fmax(fabs(e->lower), fabs(e->upper));
    const VgSlot slots[] = {
        {"size", round_text(view, e->estimate, e->se)},
        {"minimum", o && isfinite(o->minimum) ? plain(view, o->minimum) : ""},
        {"maximum", o && isfinite(o->maximum) ? plain(view, o->maximum) : ""},
        {"better", vg_phrase(better)},
        {"unit", o && o->unit ? o->unit : "units"},
        {"near", round_text(view, near, e->se)},
        {"far", round_text(view, far, e->se)},
        {"good", round_text(view, fmax(good, 0), e->se)},
        {"bad", round_text(view, fmax(bad, 0), e->se)},
        {"important", o && o->important > 0 ? plain(view, o->important) : ""},
        {"source", o && o->important_source ? o->important_source : "not given"}};
    const size_t n = sizeof slots / sizeof *slots;
    vg_buffer_text(out, "<li>");
    if (verdict != VG_VERDICT_UNCLEAR) {
        vg_put_phrase(out, range ? "patient.size" : "patient.size.no_range", slots, n);
        vg_buffer_text(out, " ");
    }
    vg_put_phrase(out,
                  (e->lower > 0) == (e->upper > 0) ? "patient.range.same_side"
                                                   : "patient.range.both_sides",
                  slots, n);
    vg_buffer_text(out, " ");
    vg_put_phrase(out, o && o->important > 0 ? "patient.important" : "patient.important.unknown",
                  slots, n);
    vg_buffer_text(out, "</li>");
}

/* What the trial can say of the way it worked, and no number of it. */
static void tell_mechanism(VgBuffer *out, const VgView *view)
{
    bool asked = false, some = false;
    for (size_t i = 0; i < view->n_analyses; i++) {
        VgMechanism m;
        if (!vg_mechanism_read(view, &view->analysis[i], &m))
            continue;
        asked = true;
        for (size_t k = 0; k < m.n; k++)
            some = some || vg_same_text(m.way[k].verdict, "carries");
    }
    if (asked)
        say(out, "p", some ? "patient.mechanism.some" : "patient.mechanism.unclear", NULL, 0);
}

static void key_messages(VgBuffer *out, const VgView *view)
{
    static const char *const keys[] = {"patient.none", "patient.better", "patient.worse",
                                       "patient.little", "patient.unclear"};
    VgVerdict verdict = vg_verdict(view->answer, view->primary_outcome);
    const VgEstimate *e = view->answer;
    const VgSlot slots[] = {{"arm", e ? vg_view_arm_label(view, e->arm) : "the treatment"},
                            {"reference", vg_view_arm_label(view, e ? e->reference : NULL)}};
    say(out, "h3", "patient.key", NULL, 0);
    vg_buffer_text(out, "<ul class=\"key\">");
    say(out, "li", view->of_panel_only ? "patient.panel" : keys[verdict], slots, 2);
    if (verdict != VG_VERDICT_NONE)
        tell_size(out, view, verdict);
    say(out, "li", "patient.sure", NULL, 0);
    vg_buffer_text(out, "</ul>");
    if (!view->of_panel_only && vg_result_find_dataset(view->result, NULL, "panel_layers"))
        say(out, "p", "patient.laboratory", NULL, 0);
    tell_mechanism(out, view);
}

/* ---- of 100 people ---- */

static void icon_row(VgBuffer *out, int style, int yes, const char *name)
{
    vg_buffer_printf(out, "<svg class=\"icons\" viewBox=\"0 0 408 88\" role=\"img\" aria-label=\"");
    vg_put_escaped(out, name);
    vg_buffer_printf(out, ": %d of 100\">", yes);
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

static void icon_table(VgBuffer *out, const char *question, const char *const *group,
                       const int *yes)
{
    const VgSlot slots[] = {{"question", question}};
    vg_buffer_text(out, "<details><summary>");
    vg_put_phrase(out, "patient.table.show", NULL, 0);
    vg_buffer_text(out, "</summary><table><caption>");
    vg_put_phrase(out, "patient.table.caption", slots, 1);
    vg_buffer_text(out, "</caption><thead><tr>");
    static const char *const heads[] = {"patient.table.group", "patient.table.yes",
                                        "patient.table.no"};
    for (size_t i = 0; i < 3; i++) {
        vg_buffer_text(out, "<th scope=\"col\">");
        vg_put_phrase(out, heads[i], NULL, 0);
        vg_buffer_text(out, "</th>");
    }
    vg_buffer_text(out, "</tr></thead><tbody>");
    for (size_t i = 0; i < 2; i++) {
        vg_buffer_text(out, "<tr><th scope=\"row\">");
        vg_put_escaped(out, group[i]);
        vg_buffer_printf(out, "</th><td class=\"n\">%d</td><td class=\"n\">%d</td></tr>", yes[i],
                         100 - yes[i]);
    }
    vg_buffer_text(out, "</tbody></table></details>");
}

static const char *definition(const VgView *view, const VgViewOutcome *o, bool remission)
{
    VgBuffer text = {0};
    bool lower = !o || o->lower_is_better;
    double fraction = o ? o->response_fraction : NAN, cutoff = o ? o->remission_cutoff : NAN;
    const VgSlot slots[] = {{"percent", plain(view, round(100 * fraction))},
                            {"cutoff", plain(view, cutoff)}};
    if (remission && isfinite(cutoff))
        vg_put_phrase(
            &text, lower ? "patient.definition.remission" : "patient.definition.remission.higher",
            slots, 2);
    else if (!remission && isfinite(fraction))
        vg_put_phrase(&text,
                      lower ? "patient.definition.response" : "patient.definition.response.higher",
                      slots, 2);
    else
        vg_put_phrase(&text, "patient.definition.response.plain", slots, 2);
    return vg_view_kept(view, &text);
}

/* "3 fewer", "11 more": how a bound of a difference reads. */
static const char *signed_count(const VgView *view, double value)
{
    long whole = lround(100 * value);
    const char *n = vg_arena_printf(view->arena, "%ld", labs(whole));
    const VgSlot slots[] = {{"n", n ? n : ""}};
    VgBuffer text = {0};
    vg_put_phrase(&text,
                  whole == 0  ? "patient.count.same"
                  : whole > 0 ? "patient.count.more"
                              : "patient.count.fewer",
                  slots, 1);
    return vg_view_kept(view, &text);
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
    say(out, "p",
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
    say(out, "h4", question_key, define, 1);
    for (int i = 0; i < 2; i++) {
        const VgSlot slots[] = {{"arm", name[1]},
                                {"reference", name[0]},
                                {"n", vg_arena_printf(view->arena, "%d", yes[i])},
                                {"rest", vg_arena_printf(view->arena, "%d", 100 - yes[i])}};
        vg_buffer_text(out, "<div class=\"hundred\">");
        say(out, "p", i ? "patient.hundred.arm" : "patient.hundred.reference", slots, 4);
        icon_row(out, i ? 0 : VG_STYLE_MUTED, yes[i], name[i]);
        vg_buffer_text(out, "</div>");
    }
    tell_difference(out, view, difference, yes);
    const VgFact *unseen =
        vg_result_find_fact(view->result, VG_FACTS_FIT, a->id, "n_missing_as_nonresponse");
    if (unseen && unseen->number > 0) {
        const VgSlot slots[] = {{"n", plain(view, unseen->number)},
                                {"visit", vg_view_visit_label(view, a->visit)}};
        say(out, "p", "patient.hundred.unseen", slots, 2);
    }
    icon_table(out, remission ? "few or no symptoms left" : "felt much better", name, yes);
    return true;
}

static void of_hundred(VgBuffer *out, const VgView *view)
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
        say(out, "h3", "patient.hundred", NULL, 0);
        say(out, "p", "patient.icon.legend", NULL, 0);
        vg_buffer_append(out, body.text, body.length);
    }
    out->failed = out->failed || body.failed;
    vg_buffer_free(&body);
}

/* ---- harms ---- */

static const char *of_100(const VgView *view, const VgDataset *d, const char *term, double serious,
                          const char *arm)
{
    for (size_t i = 0; i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "term", i), term) &&
            vg_cell_number(d, "serious", i) == serious &&
            vg_same_text(vg_cell_text(d, "arm", i), arm))
            return vg_of_hundred(view, vg_cell_number(d, "participants", i),
                                 vg_cell_number(d, "at_risk", i), "about ");
    return "an unknown number";
}

enum { MOST_TERMS = 6 };

/* Serious ones first, by name; then the others, as many as a page can hold. */
static void events(VgBuffer *out, const VgView *view, const VgDataset *d, const char *arm,
                   const char *reference)
{
    size_t told = 0;
    vg_buffer_text(out, "<ul>");
    for (int serious = 1; serious >= 0; serious--)
        for (size_t i = 0; i < d->n_rows && (serious || told < MOST_TERMS); i++) {
            const char *term = vg_cell_text(d, "term", i);
            bool seen = (vg_cell_number(d, "serious", i) == 1) != (serious == 1);
            for (size_t k = 0; k < i && !seen; k++)
                seen = vg_same_text(vg_cell_text(d, "term", k), term) &&
                       vg_cell_number(d, "serious", k) == vg_cell_number(d, "serious", i);
            if (seen)
                continue;
            double flag = vg_cell_number(d, "serious", i);
            const VgSlot slots[] = {{"term", term ? term : ""},
                                    {"arm_n", of_100(view, d, term, flag, arm)},
                                    {"reference_n", of_100(view, d, term, flag, reference)},
                                    {"arm", vg_view_arm_label(view, arm)},
                                    {"reference", vg_view_arm_label(view, reference)}};
            bool said = term && strstr(term, "serious");
            say(out, "li", serious && !said ? "patient.harms.row.serious" : "patient.harms.row",
                slots, 5);
            told++;
        }
    vg_buffer_text(out, "</ul>");
}

static bool has_fmt(const VgView *view)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "components");
    for (size_t i = 0; d && i < d->n_rows; i++) {
        const char *type = vg_cell_text(d, "type", i);
        if (type && (strcmp(type, "fmt") == 0 || strstr(type, "transplant")))
            return true;
    }
    return false;
}

static void harms(VgBuffer *out, const VgView *view)
{
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "adverse_events");
    const VgEstimate *e = view->answer;
    const char *arm = e               ? e->arm
                      : view->primary ? view->primary->arm
                                      : NULL,
               *reference = e               ? e->reference
                            : view->primary ? view->primary->reference
                                            : NULL;
    say(out, "h3", "patient.harms", NULL, 0);
    if (!d || !d->n_rows || !arm || !reference)
        say(out, "p", "patient.harms.unknown", NULL, 0);
    else
        events(out, view, d, arm, reference);
    if (has_fmt(view))
        say(out, "p", "patient.harms.fmt", NULL, 0);
    if (d && d->n_rows)
        say(out, "p", "patient.harms.rare", NULL, 0);
}

/* ---- who, what now, where to read more ---- */

static const char *population(const VgView *view)
{
    const VgDataset *d =
        view->primary ? vg_result_find_dataset(view->result, view->primary->id, "estimand") : NULL;
    for (size_t i = 0; d && i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "attribute", i), "population")) {
            const char *text = vg_cell_text(d, "text", i);
            /* "randomised participants" names the analysis set and tells a reader nothing about
             * people */
            return text && strncmp(text, "randomised", 10) != 0 ? text : NULL;
        }
    return NULL;
}

static void who(VgBuffer *out, const VgView *view)
{
    const VgFact *n = vg_result_find_fact(view->result, VG_FACTS_STUDY, NULL, "n_randomised");
    const char *people = population(view);
    say(out, "h3", "patient.who", NULL, 0);
    if (n && n->kind == VG_FACT_NUMBER) {
        const VgSlot slots[] = {{"n", plain(view, n->number)},
                                {"population", people ? people : ""}};
        say(out, "p", people ? "patient.who.studied" : "patient.who.studied.plain", slots, 2);
    }
    const VgDataset *d = vg_result_find_dataset(view->result, NULL, "retention");
    double seen = 0, all = 0;
    const char *outcome = view->primary ? view->primary->outcome : NULL,
               *visit = view->answer ? view->answer->visit : NULL;
    for (size_t i = 0; d && visit && i < d->n_rows; i++)
        if (vg_same_text(vg_cell_text(d, "visit", i), visit) &&
            vg_same_text(vg_cell_text(d, "outcome", i), outcome)) {
            seen += vg_cell_number(d, "observed", i);
            all += vg_cell_number(d, "randomised", i);
        }
    if (all > seen) {
        const VgSlot slots[] = {{"seen", plain(view, seen)},
                                {"all", plain(view, all)},
                                {"visit", vg_view_visit_label(view, visit)}};
        say(out, "p", "patient.who.stayed", slots, 3);
    }
    say(out, "p", "patient.who.others", NULL, 0);
    say(out, "p", "patient.who.heterogeneity", NULL, 0);
}

/* The study's own words as a sentence: a capital first, a full stop last. */
static const char *sentence(const VgView *view, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    if (!n)
        return NULL;
    char *copy = vg_arena_printf(view->arena, "%s%s", text, strchr(".!?", text[n - 1]) ? "" : ".");
    if (copy && copy[0] >= 'a' && copy[0] <= 'z')
        copy[0] = (char)(copy[0] - 'a' + 'A');
    return copy;
}

void vg_html_what_now(VgBuffer *out, const VgView *view)
{
    const char *crisis = sentence(view, vg_view_fact(view, "crisis_line"));
    const VgSlot slots[] = {{"crisis", crisis ? crisis : ""}};
    say(out, "h3", "patient.what_now", NULL, 0);
    vg_buffer_text(out, "<p class=\"standing\">");
    vg_put_phrase(out, "patient.standing", NULL, 0);
    vg_buffer_text(out, "</p>");
    say(out, "p", crisis ? "patient.crisis" : "patient.crisis.default", slots, 1);
}

static void read_more(VgBuffer *out, const VgView *view)
{
    static const char *const keys[][2] = {{"sponsor", "patient.sponsor"},
                                          {"contact", "patient.contact"},
                                          {"registry", "patient.registry"}};
    say(out, "h3", "patient.more", NULL, 0);
    vg_buffer_text(out, "<ul>");
    for (size_t i = 0; i < 3; i++) {
        const char *value = vg_view_fact(view, keys[i][0]);
        const VgSlot slots[] = {{keys[i][0], value}};
        if (value)
            say(out, "li", keys[i][1], slots, 1);
    }
    say(out, "li", "patient.followup", NULL, 0);
    vg_buffer_text(out, "</ul>");
}

void vg_html_patient(VgBuffer *out, const VgView *view)
{
    const char *title = vg_view_fact(view, "title_plain_en");
    vg_buffer_text(out, "<p class=\"question\">");
    if (title)
        vg_put_escaped(out, title);
    else
        vg_put_phrase(out, "patient.title.default", NULL, 0);
    vg_buffer_text(out, "</p>");
    if (view->simulated)
        say(out, "p", "banner.simulated", NULL, 0);
    key_messages(out, view);
    of_hundred(out, view);
    harms(out, view);
    who(out, view);
    vg_html_what_now(out, view);
    read_more(out, view);
}
