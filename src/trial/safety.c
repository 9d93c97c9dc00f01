/* Adverse events by term and arm: participants and events, risk difference, rates per time at risk.
 * Serious events and those this field must not overlook come first; terms nobody had in an arm
 * stay, with an upper bound. No p values: hundreds of tests would find something and prove nothing
 * (METHODS 2.4). */
#include "trial/plan.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/proportions.h>

#include "base/map.h"
#include "model/estimate.h"

static const double DAYS_PER_100_YEARS = 36525;

/* One line of the safety table: all events together, the events of a term, or only its serious
 * ones. */
typedef struct Term {
    const char *name;
    const char *label;   /* as name, but "TERM (serious)" where only those count */
    bool serious;        /* only serious events count here */
    int rank;            /* 0, 1: totals; 2 serious; 3 watched; 4 other */
    size_t participants; /* over all arms, to sort by */
    size_t total;        /* events, over all arms */
    size_t *events;      /* per participant */
    double *first_day;   /* per participant; NaN = none, or unknown */
} Term;

typedef struct Safety {
    VgTrial *trial;
    Term *term;
    size_t n_terms;
    size_t *n_in_arm;
} Safety;

static bool contains(const char *text, const char *part)
{
    size_t length = strlen(part);
    for (; *text; text++) {
        size_t k = 0;
        while (k < length && text[k] && tolower((unsigned char)text[k]) == part[k])
            k++;
        if (k == length)
            return true;
    }
    return false;
}

/* Worsening of the illness, suicidality, infection: what a trial of this field must show first. */
static bool is_watched(const char *term)
{
    static const char *const part[] = {
        "suicid", "self-harm", "self harm", "overdose", "worsen",  "depress", "mania",
        "infect", "sepsis",    "bacteraem", "bacterem", "fungaem", "fungem"};
    for (size_t k = 0; k < sizeof part / sizeof *part; k++)
        if (contains(term, part[k]))
            return true;
    return false;
}

/* ---- counting ---- */

static VgStatus new_term(Safety *safety, const char *name, const char *label, bool serious,
                         VgError *error)
{
    const VgStudy *study = safety->trial->study;
    VgArena *scratch = safety->trial->scratch;
    Term *term = &safety->term[safety->n_terms++];
    *term = (Term){.name = name,
                   .label = label,
                   .serious = serious,
                   .events = VG_NEW(scratch, size_t, study->n_participants),
                   .first_day = VG_NEW(scratch, double, study->n_participants)};
    if (!term->events || !term->first_day)
        return vg_fail_memory(error);
    for (size_t i = 0; i < study->n_participants; i++)
        term->first_day[i] = NAN;
    return VG_OK;
}

static void add_event(Term *term, const VgAdverseEvent *event)
{
    size_t i = event->participant;
    term->total++;
    if (term->events[i]++ == 0) {
        term->participants++;
        term->first_day[i] = event->start_day;
    } else if (!isnan(event->start_day)) {
        term->first_day[i] = fmin(term->first_day[i], event->start_day); /* fmin skips NaN */
    }
}

/* The line of a term, begun when it is new. `place` maps a term's index in `names` to its line. */
static VgStatus line_of(Safety *safety, VgMap *names, size_t *place, const char *name, bool serious,
                        Term **term, VgError *error)
{
    size_t known = vg_map_size(names);
    int64_t index = vg_map_add(names, name, strlen(name));
    if (index < 0)
        return vg_fail_memory(error);
    if ((size_t)index == known) {
        place[index] = safety->n_terms;
        const char *label = serious ? vg_trial_text(safety->trial, "%s (serious)", name) : name;
        VG_TRY(new_term(safety, name, label, serious, error));
    }
    *term = &safety->term[place[index]];
    return VG_OK;
}

/* A term whose events were all serious needs no second line that says the same. */
static void drop_repeated(Safety *safety)
{
    size_t kept = 0;
    for (size_t k = 0; k < safety->n_terms; k++) {
        bool repeated = false;
        for (size_t l = 2; l < safety->n_terms && k >= 2 && !safety->term[k].serious; l++)
            repeated = repeated ||
                       (safety->term[l].serious && safety->term[l].total == safety->term[k].total &&
                        strcmp(safety->term[l].name, safety->term[k].name) == 0);
        if (!repeated)
            safety->term[kept++] = safety->term[k];
    }
    safety->n_terms = kept;
}

/* Lines 0 and 1 are the totals, any event and any serious event. */
static VgStatus count_events(Safety *safety, VgError *error)
{
    const VgStudy *study = safety->trial->study;
    VgArena *scratch = safety->trial->scratch;
    VgMap *names = vg_map_create(scratch), *serious_names = vg_map_create(scratch);
    size_t most = study->n_adverse_events;
    safety->term = vg_arena_alloc(scratch, most + 1, 2 * sizeof *safety->term);
    size_t *place = VG_NEW(scratch, size_t, most + 1);
    size_t *serious_place = VG_NEW(scratch, size_t, most + 1);
    if (!names || !serious_names || !safety->term || !place || !serious_place)
        return vg_fail_memory(error);
    VG_TRY(new_term(safety, "any adverse event", "any adverse event", false, error));
    VG_TRY(new_term(safety, "any serious adverse event", "any serious adverse event", true, error));
    size_t without_arm = 0;
    for (size_t k = 0; k < most; k++) {
        const VgAdverseEvent *event = &study->adverse_event[k];
        Term *term;
        if (study->arm_of[event->participant] < 0) {
            without_arm++;
            continue;
        }
        VG_TRY(line_of(safety, names, place, event->term, false, &term, error));
        add_event(term, event);
        add_event(&safety->term[0], event);
        if (!event->serious)
            continue;
        VG_TRY(line_of(safety, serious_names, serious_place, event->term, true, &term, error));
        add_event(term, event);
        add_event(&safety->term[1], event);
    }
    drop_repeated(safety);
    if (without_arm)
        vg_result_warn(safety->trial->result,
                       "%zu adverse event%s of participants without an arm %s left out",
                       without_arm, without_arm == 1 ? "" : "s", without_arm == 1 ? "is" : "are");
    return VG_OK;
}

static int by_weight(const void *a, const void *b)
{
    const Term *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank - y->rank;
    if (x->participants != y->participants)
        return x->participants < y->participants ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void sort_terms(Safety *safety)
{
    for (size_t k = 0; k < safety->n_terms; k++) {
        Term *term = &safety->term[k];
        term->rank = k < 2 ? (int)k : term->serious ? 2 : is_watched(term->name) ? 3 : 4;
    }
    qsort(safety->term, safety->n_terms, sizeof *safety->term, by_weight);
}

/* ---- per arm ---- */

typedef struct Count {
    double participants, events,
        days;             /* days at risk, up to the first event; NaN without exposure */
    double with_exposure; /* participants with the event whose exposure is known */
} Count;

static Count count_arm(const VgStudy *study, const Term *term, size_t arm)
{
    Count count = {0, 0, study->exposure_days ? 0 : (double)NAN, 0};
    for (size_t i = 0; i < study->n_participants; i++) {
        if (study->arm_of[i] != (int32_t)arm)
            continue;
        count.participants += term->events[i] > 0;
        count.events += (double)term->events[i];
        if (!study->exposure_days || isnan(study->exposure_days[i]))
            continue;
        double days = study->exposure_days[i];
        if (term->events[i]) /* fmin skips an unknown day: time then runs to the end of exposure */
            days = fmin(days, term->first_day[i]);
        count.days += fmax(days, 0);
        count.with_exposure += term->events[i] > 0;
    }
    return count;
}

static VgEstimate blank(const Term *term, const char *quantity, const char *arm)
{
    VgEstimate row = vg_estimate_blank();
    row.quantity = quantity;
    row.term = term->label;
    row.arm = arm;
    return row;
}

/* Everything of an inference but its test. */
static void put(VgEstimate *row, const VgInference *answer)
{
    VgInference untested = *answer;
    untested.df = untested.statistic = untested.p = NAN;
    vg_estimate_fill(row, &untested);
}

static VgStatus arm_rows(const Safety *safety, const Term *term, size_t arm, VgError *error)
{
    VgTrial *trial = safety->trial;
    VgResult *result = trial->result;
    const char *name = trial->study->arm[arm].name;
    double n = (double)safety->n_in_arm[arm];
    Count count = count_arm(trial->study, term, arm);
    VgInference answer;
    VG_TRY(vg_proportion(count.participants, n, result->level, VG_PROPORTION_CLOPPER_PEARSON,
                         &answer, error));
    VgEstimate row = blank(term, "event_risk", name);
    put(&row, &answer);
    row.n = n;
    row.note = "exact (Clopper–Pearson)";
    vg_result_estimate(result, &row);
    if (!(count.days > 0))
        return VG_OK;
    VG_TRY(vg_rate(count.with_exposure, count.days / DAYS_PER_100_YEARS, result->level, &answer,
                   error));
    row = blank(term, "event_rate", name);
    put(&row, &answer);
    row.n = n;
    row.unit = "per 100 participant-years";
    row.note = "time at risk ends at the first event; exact Poisson interval";
    vg_result_estimate(result, &row);
    return VG_OK;
}

static VgStatus comparison_rows(const Safety *safety, const Term *term, size_t arm,
                                size_t reference, VgError *error)
{
    const VgStudy *study = safety->trial->study;
    VgResult *result = safety->trial->result;
    Count own = count_arm(study, term, arm), other = count_arm(study, term, reference);
    const VgTwoByTwo table = {own.participants, (double)safety->n_in_arm[arm], other.participants,
                              (double)safety->n_in_arm[reference]};
    VgInference answer;
    VG_TRY(vg_risk_difference(&table, result->level, VG_RISK_DIFFERENCE_MIETTINEN_NURMINEN, &answer,
                              error));
    VgEstimate row = blank(term, "event_risk_difference", study->arm[arm].name);
    row.reference = study->arm[reference].name;
    put(&row, &answer);
    row.n = table.n_0 + table.n_1;
    row.note = "Miettinen–Nurminen";
    vg_result_estimate(result, &row);
    if (!(own.days > 0) || !(other.days > 0) || own.with_exposure + other.with_exposure == 0)
        return VG_OK;
    VG_TRY(vg_rate_ratio(own.with_exposure, own.days, other.with_exposure, other.days,
                         result->level, &answer, error));
    row = blank(term, "event_rate_ratio", study->arm[arm].name);
    row.reference = study->arm[reference].name;
    put(&row, &answer);
    row.estimate = isfinite(answer.estimate) ? answer.estimate : (double)NAN;
    row.n = table.n_0 + table.n_1;
    row.note = isfinite(answer.estimate) ? "exact conditional interval; se of the logarithm"
                                         : "infinite: none in the reference arm; exact conditional "
                                           "interval";
    vg_result_estimate(result, &row);
    return VG_OK;
}

static void counts_dataset(const Safety *safety)
{
    static const char *const columns[] = {"term",    "arm",      "#serious",      "#participants",
                                          "#events", "#at_risk", "#exposure_days"};
    const VgStudy *study = safety->trial->study;
    VgResult *result = safety->trial->result;
    VgDataset *data = vg_result_dataset(result, NULL, "adverse_events", columns, 7);
    for (size_t k = 0; k < safety->n_terms; k++)
        for (size_t a = 0; a < study->n_arms; a++) {
            Count count = count_arm(study, &safety->term[k], a);
            vg_dataset_row(result, data);
            vg_dataset_set_text(result, data, "term", safety->term[k].name);
            vg_dataset_set_text(result, data, "arm", study->arm[a].name);
            vg_dataset_set_number(result, data, "serious", safety->term[k].serious);
            vg_dataset_set_number(result, data, "participants", count.participants);
            vg_dataset_set_number(result, data, "events", count.events);
            vg_dataset_set_number(result, data, "at_risk", (double)safety->n_in_arm[a]);
            vg_dataset_set_number(result, data, "exposure_days", count.days);
        }
}

/* What the rates (and an event before randomisation: the risks) hold that a reader would not expect. */
static void warn_about_days(const Safety *safety)
{
    const VgStudy *study = safety->trial->study;
    size_t undated = 0, early = 0, late = 0, unexposed = 0;
    for (size_t i = 0; i < study->n_adverse_events; i++) {
        const VgAdverseEvent *event = &study->adverse_event[i];
        if (study->arm_of[event->participant] < 0)
            continue;
        early += event->start_day < 0;
        if (!study->exposure_days || isnan(study->exposure_days[event->participant]))
            continue;
        undated += (size_t) !!isnan(event->start_day);
        late += event->start_day > study->exposure_days[event->participant];
    }
    for (size_t i = 0; i < study->n_participants && study->exposure_days; i++)
        unexposed += study->arm_of[i] >= 0 && isnan(study->exposure_days[i]);
    VgResult *result = safety->trial->result;
    if (early)
        vg_result_warn(result,
                       "safety: %zu event%s began before randomisation and count%s as harm in the "
                       "arm; leave out of the table what is history",
                       early, early == 1 ? "" : "s", early == 1 ? "s" : "");
    if (late)
        vg_result_warn(result,
                       "safety: %zu event%s began after the end of exposure and count%s in the "
                       "rates, which are a little high for it",
                       late, late == 1 ? "" : "s", late == 1 ? "s" : "");
    if (undated)
        vg_result_warn(result,
                       "safety: %zu event%s without a day: time at risk runs to the participant's "
                       "next such event with a day or the end of exposure, so that rates are a "
                       "little low",
                       undated, undated == 1 ? "" : "s");
    if (unexposed)
        vg_result_warn(result,
                       "safety: %zu participant%s without exposure %s left out of the rates",
                       unexposed, unexposed == 1 ? "" : "s", unexposed == 1 ? "is" : "are");
}

VgStatus vg_trial_safety(VgTrial *trial, VgError *error)
{
    const VgStudy *study = trial->study;
    if (!study->has_adverse_events)
        return VG_OK;
    Safety safety = {.trial = trial, .n_in_arm = VG_NEW(trial->scratch, size_t, study->n_arms)};
    if (!safety.n_in_arm)
        return vg_fail_memory(error);
    for (size_t i = 0; i < study->n_participants; i++)
        if (study->arm_of[i] >= 0)
            safety.n_in_arm[study->arm_of[i]]++;
    VG_TRY(count_events(&safety, error));
    sort_terms(&safety);
    warn_about_days(&safety);
    counts_dataset(&safety);
    size_t reference = vg_study_reference_arm(study);
    for (size_t k = 0; k < safety.n_terms; k++) {
        for (size_t a = 0; a < study->n_arms; a++)
            if (safety.n_in_arm[a])
                VG_TRY(arm_rows(&safety, &safety.term[k], a, error));
        for (size_t a = 0; a < study->n_arms; a++)
            if (a != reference && safety.n_in_arm[a] && safety.n_in_arm[reference])
                VG_TRY(comparison_rows(&safety, &safety.term[k], a, reference, error));
    }
    return VG_OK;
}
