/* The plain-language page, by the rules of the patient view that need no declared grading: the
 * answer first, people of 100, no p-values and no relative risks, harms in the same units, not for
 * everyone, and the sentence about other treatment that is always there. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "report/html_patient.h"
#include "report/mechanism.h"

void vg_patient_say(VgBuffer *out, const VgView *view, const char *tag, const char *key,
                    const VgSlot *slots, size_t n)
{
    vg_buffer_printf(out, "<%s>", tag);
    vg_put_phrase_in(out, view->language, key, slots, n);
    vg_buffer_printf(out, "</%s>", tag);
}

const char *vg_patient_text(const VgView *view, const char *key, const VgSlot *slots, size_t n)
{
    VgBuffer text = {0};
    vg_put_phrase_text(&text, view->language, key, slots, n);
    return vg_view_kept(view, &text);
}

/* Danish has a decimal comma. */
static const char *in_language(const VgView *view, const char *text)
{
    char *copy = text ? vg_arena_strdup(view->arena, text) : NULL;
    for (char *c = copy; c && *c && view->language == VG_LANGUAGE_DA; c++)
        *c = *c == '.' ? ',' : *c;
    return copy ? copy : "";
}

const char *vg_patient_number(const VgView *view, double value)
{
    return in_language(view,
                       vg_arena_printf(view->arena, "%s%.6g", value < 0 ? "−" : "", fabs(value)));
}

const char *vg_patient_unit(const VgView *view, const char *unit)
{
    return !unit                          ? vg_phrase_in(view->language, "patient.unit.none")
           : vg_same_text(unit, "points") ? vg_phrase_in(view->language, "patient.unit.points")
                                          : unit;
}

static const char *round_text(const VgView *view, double value, double se)
{
    VgBuffer text = {0};
    int decimals = vg_decimals(se) - 1; /* the same for a difference and both ends of its range */
    vg_put_number(&text, fabs(value), decimals > 0 ? decimals : 0);
    return in_language(view, vg_view_kept(view, &text));
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
        {"minimum", o && isfinite(o->minimum) ? vg_patient_number(view, o->minimum) : ""},
        {"maximum", o && isfinite(o->maximum) ? vg_patient_number(view, o->maximum) : ""},
        {"better", vg_phrase_in(view->language, better)},
        {"unit", vg_patient_unit(view, o ? o->unit : NULL)},
        {"near", round_text(view, near, e->se)},
        {"far", round_text(view, far, e->se)},
        {"good", round_text(view, fmax(good, 0), e->se)},
        {"bad", round_text(view, fmax(bad, 0), e->se)},
        {"important", o && o->important > 0 ? vg_patient_number(view, o->important) : ""},
        {"source", o && o->important_source ? o->important_source
                                            : vg_phrase_in(view->language, "patient.source.none")}};
    const size_t n = sizeof slots / sizeof *slots;
    vg_buffer_text(out, "<li>");
    if (verdict != VG_VERDICT_UNCLEAR) {
        vg_put_phrase_in(out, view->language, range ? "patient.size" : "patient.size.no_range",
                         slots, n);
        vg_buffer_text(out, " ");
    }
    vg_put_phrase_in(out, view->language,
                     (e->lower > 0) == (e->upper > 0) ? "patient.range.same_side"
                                                      : "patient.range.both_sides",
                     slots, n);
    vg_buffer_text(out, " ");
    vg_put_phrase_in(out, view->language,
                     o && o->important > 0 ? "patient.important" : "patient.important.unknown",
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
        vg_patient_say(out, view, "p",
                       some ? "patient.mechanism.some" : "patient.mechanism.unclear", NULL, 0);
}

static void key_messages(VgBuffer *out, const VgView *view)
{
    static const char *const keys[] = {"patient.none", "patient.better", "patient.worse",
                                       "patient.little", "patient.unclear"};
    VgVerdict verdict = vg_verdict(view->answer, view->primary_outcome);
    const VgEstimate *e = view->answer;
    const VgSlot slots[] = {{"arm", e ? vg_view_arm_label(view, e->arm)
                                      : vg_phrase_in(view->language, "patient.the_treatment")},
                            {"reference", vg_view_arm_label(view, e ? e->reference : NULL)}};
    vg_patient_say(out, view, "h3", "patient.key", NULL, 0);
    vg_buffer_text(out, "<ul class=\"key\">");
    vg_patient_say(out, view, "li", view->of_panel_only ? "patient.panel" : keys[verdict], slots,
                   2);
    if (verdict != VG_VERDICT_NONE)
        tell_size(out, view, verdict);
    vg_patient_say(out, view, "li", "patient.sure", NULL, 0);
    vg_buffer_text(out, "</ul>");
    if (!view->of_panel_only && vg_result_find_dataset(view->result, NULL, "panel_layers"))
        vg_patient_say(out, view, "p", "patient.laboratory", NULL, 0);
    tell_mechanism(out, view);
}

/* ---- harms ---- */

/* Few of many are never told as none, nor nearly all as all. */
static const char *of_100(const VgView *view, const VgDataset *d, const char *term, double serious,
                          const char *arm)
{
    for (size_t i = 0; i < d->n_rows; i++) {
        if (!vg_same_text(vg_cell_text(d, "term", i), term) ||
            vg_cell_number(d, "serious", i) != serious ||
            !vg_same_text(vg_cell_text(d, "arm", i), arm))
            continue;
        double share = 100 * vg_cell_number(d, "participants", i) / vg_cell_number(d, "at_risk", i);
        const VgSlot slots[] = {{"n", vg_arena_printf(view->arena, "%.0f", floor(share + 0.5))}};
        return vg_patient_text(view,
                               share > 0 && share < 0.5       ? "patient.count.below_one"
                               : share < 100 && share >= 99.5 ? "patient.count.above_99"
                                                              : "patient.count.about",
                               slots, 1);
    }
    return vg_phrase_in(view->language, "patient.count.unknown");
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
            bool said = term && (strstr(term, "serious") || strstr(term, "alvorlig"));
            vg_patient_say(out, view, "li",
                           serious && !said ? "patient.harms.row.serious" : "patient.harms.row",
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
    vg_patient_say(out, view, "h3", "patient.harms", NULL, 0);
    if (!d || !d->n_rows || !arm || !reference)
        vg_patient_say(out, view, "p", "patient.harms.unknown", NULL, 0);
    else
        events(out, view, d, arm, reference);
    if (has_fmt(view))
        vg_patient_say(out, view, "p", "patient.harms.fmt", NULL, 0);
    if (d && d->n_rows)
        vg_patient_say(out, view, "p", "patient.harms.rare", NULL, 0);
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
    vg_patient_say(out, view, "h3", "patient.who", NULL, 0);
    if (n && n->kind == VG_FACT_NUMBER) {
        const VgSlot slots[] = {{"n", vg_patient_number(view, n->number)},
                                {"population", people ? people : ""}};
        vg_patient_say(out, view, "p", people ? "patient.who.studied" : "patient.who.studied.plain",
                       slots, 2);
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
        const VgSlot slots[] = {{"seen", vg_patient_number(view, seen)},
                                {"all", vg_patient_number(view, all)},
                                {"visit", vg_view_visit_label(view, visit)}};
        vg_patient_say(out, view, "p", "patient.who.stayed", slots, 3);
    }
    vg_patient_say(out, view, "p", "patient.who.others", NULL, 0);
    vg_patient_who_benefits(out, view);
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
    vg_patient_say(out, view, "h3", "patient.what_now", NULL, 0);
    vg_buffer_text(out, "<p class=\"standing\">");
    vg_put_phrase_in(out, view->language, "patient.standing", NULL, 0);
    vg_buffer_text(out, "</p>");
    vg_patient_say(out, view, "p", crisis ? "patient.crisis" : "patient.crisis.default", slots, 1);
}

static void read_more(VgBuffer *out, const VgView *view)
{
    static const char *const keys[][2] = {{"sponsor", "patient.sponsor"},
                                          {"contact", "patient.contact"},
                                          {"registry", "patient.registry"}};
    vg_patient_say(out, view, "h3", "patient.more", NULL, 0);
    vg_buffer_text(out, "<ul>");
    for (size_t i = 0; i < 3; i++) {
        const char *value = vg_view_fact(view, keys[i][0]);
        const VgSlot slots[] = {{keys[i][0], value}};
        if (value)
            vg_patient_say(out, view, "li", keys[i][1], slots, 1);
    }
    vg_patient_say(out, view, "li", "patient.followup", NULL, 0);
    vg_buffer_text(out, "</ul>");
}

const char *vg_patient_title(const VgView *view)
{
    static const char *const FACT[VG_LANGUAGES] = {"title_plain_en", "title_plain_da"};
    const char *title = vg_view_fact(view, FACT[view->language]);
    return title ? title : vg_phrase_in(view->language, "patient.title.default");
}

void vg_html_patient(VgBuffer *out, const VgView *view)
{
    if (view->simulated)
        vg_patient_say(out, view, "p", "banner.simulated", NULL, 0);
    key_messages(out, view);
    vg_patient_hundred(out, view);
    vg_patient_rule(out, view);
    harms(out, view);
    who(out, view);
    vg_html_what_now(out, view);
    read_more(out, view);
}

void vg_html_patient_page(VgBuffer *out, const VgView *view)
{
    const VgSlot slots[] = {{"version", VAGUS_VERSION}};
    vg_html_head(out, view, vg_patient_title(view));
    vg_buffer_text(out, "<body class=\"handout\">");
    if (view->simulated) {
        vg_buffer_text(out, "<p class=\"banner\" role=\"note\">");
        vg_put_phrase_in(out, view->language, "banner.simulated", NULL, 0);
        vg_buffer_text(out, "</p>");
    }
    vg_buffer_text(out, "<main id=\"patient\"><h1>");
    vg_put_escaped(out, vg_patient_title(view));
    vg_buffer_text(out, "</h1>");
    vg_patient_say(out, view, "h2", "patient.heading", NULL, 0);
    vg_html_patient(out, view);
    vg_buffer_text(out, "</main><footer>");
    vg_patient_say(out, view, "p", "patient.page.made", slots, 1);
    vg_buffer_text(out, "</footer></body></html>\n");
}
