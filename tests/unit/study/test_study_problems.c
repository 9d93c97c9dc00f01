/* Every kind of problem, each with the file and line that it must name, its words, and no other
 * problem in its train.
 *
 * A small sound study is written to a folder; each case replaces one text in one of its files. */
#include "support/folder.h"
#include "support/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <vagus/study.h>

#include "base/file.h"

/* One line of the file a line here. */
/* clang-format off */
static const char STUDY[] = /* line */
    "vagus: 1\n"                                                                     /*  1 */
    "title: A trial\n"                                                               /*  2 */
    "data: simulated\n"                                                              /*  3 */
    "participants: {table: people.csv, id: id}\n"                                    /*  4 */
    "visits:\n"                                                                      /*  5 */
    "  - {name: baseline, day: 0}\n"                                                 /*  6 */
    "  - {name: w4, day: 28, window: [21, 35]}\n"                                    /*  7 */
    "  - {name: w8, day: 56}\n"                                                      /*  8 */
    "arms:\n"                                                                        /*  9 */
    "  control: [usual]\n"                                                           /* 10 */
    "  active: {components: [usual, pill], label: Active}\n"                         /* 11 */
    "components:\n"                                                                  /* 12 */
    "  usual: {type: usual_care}\n"                                                  /* 13 */
    "  pill: {type: antidepressant, dose: 20, unit: mg/day}\n"                       /* 14 */
    "randomisation: {arm: arm, strata: [site], probability: [0.5, 0.5], date: randomised,\n" /* 15 */
    "                treatment_start: started}\n"                                    /* 16 */
    "outcomes:\n"                                                                    /* 17 */
    "  mood:\n"                                                                      /* 18 */
    "    table: scores.csv\n"                                                        /* 19 */
    "    scale: PHQ-9\n"                                                             /* 20 */
    "    visit: visit\n"                                                             /* 21 */
    "    column: phq\n"                                                              /* 22 */
    "    date: date\n"                                                               /* 23 */
    "    important_difference: {value: 2, source: a paper}\n"                        /* 24 */
    "events:\n"                                                                      /* 25 */
    "  adverse: {table: ae.csv, term: term, serious: serious, start: day}\n"         /* 26 */
    "  exposure_days: days\n"                                                        /* 27 */
    "plan:\n"                                                                        /* 28 */
    "  primary:\n"                                                                   /* 29 */
    "    estimand:\n"                                                                /* 30 */
    "      population: randomised participants\n"                                    /* 31 */
    "      treatment: active against control\n"                                      /* 32 */
    "      variable: change in mood from baseline to w8\n"                           /* 33 */
    "      intercurrent: {stopped: treatment policy}\n"                              /* 34 */
    "      summary: difference in means\n"                                           /* 35 */
    "    method:\n"                                                                  /* 36 */
    "      mmrm: {covariance: us, df: kenward-roger, covariates: [baseline, site]}\n" /* 37 */
    "  secondary:\n"                                                                 /* 38 */
    "    - {response: mood, at: w8}\n"                                               /* 39 */
    "  sensitivity:\n"                                                               /* 40 */
    "    - {mmrm: {covariance: toeph}}\n"                                            /* 41 */
    "  multiplicity: {holm: [primary, response_mood]}\n";                            /* 42 */

static const char PEOPLE[] = "id,arm,site,randomised,started,days\n"    /* 1 */
                             "a1,control,n,2026-01-01,2026-01-01,56\n"  /* 2 */
                             "a2,active,n,2026-01-02,2026-01-03,56\n"   /* 3 */
                             "a3,control,s,2026-01-03,2026-01-03,56\n"  /* 4 */
                             "a4,active,s,2026-01-04,2026-01-05,56\n"   /* 5 */
                             "a5,control,n,2026-01-05,2026-01-06,56\n"  /* 6 */
                             "a6,active,s,2026-01-06,2026-01-06,30\n";  /* 7 */

static const char SCORES[] = "id,visit,date,phq\n"        /*  1 */
                             "a1,baseline,2026-01-01,15\n" /*  2 */
                             "a1,w4,2026-01-29,12\n"       /*  3 */
                             "a1,w8,2026-02-26,9\n"        /*  4 */
                             "a2,baseline,2026-01-02,16\n" /*  5 */
                             "a2,w4,2026-01-30,11\n"       /*  6 */
                             "a2,w8,2026-02-27,4\n"        /*  7 */
                             "a3,baseline,2026-01-03,20\n" /*  8 */
                             "a3,w4,2026-01-31,18\n"       /*  9 */
                             "a3,w8,2026-02-28,17\n"       /* 10 */
                             "a4,baseline,2026-01-04,13\n" /* 11 */
                             "a4,w4,2026-02-01,9\n"        /* 12 */
                             "a4,w8,2026-03-01,6\n"        /* 13 */
                             "a5,baseline,2026-01-05,11\n" /* 14 */
                             "a5,w4,2026-02-02,12\n"       /* 15 */
                             "a5,w8,2026-03-02,\n"         /* 16 */
                             "a6,baseline,2026-01-06,19\n" /* 17 */
                             "a6,w4,2026-02-03,14\n";      /* 18 */

static const char EVENTS[] = "id,term,serious,day\n" /* 1 */
                             "a2,nausea,0,3\n"       /* 2 */
                             "a6,fall,1,30\n";       /* 3 */

/* clang-format on */

typedef struct Case {
    const char *name;             /* what holds */
    const char *file, *from, *to; /* the change */
    const char *in;               /* file that the problem names; "" = none */
    size_t line;
    const char *words;       /* part of "message (hint)" */
    size_t errors, warnings; /* in all */
} Case;

static char *changed(VgArena *arena, const char *text, const Case *c, const char *file)
{
    if (!c || strcmp(c->file, file) != 0)
        return vg_arena_strdup(arena, text);
    const char *at = strstr(text, c->from);
    if (!at)
        fail_msg("`%s` does not stand in %s", c->from, file);
    return vg_arena_printf(arena, "%.*s%s%s", (int)(at - text), text, c->to, at + strlen(c->from));
}

static const char *const FILES[] = {"study.yaml", "people.csv", "scores.csv", "ae.csv"};
static const char *const TEXTS[] = {STUDY, PEOPLE, SCORES, EVENTS};

static VgStatus read_case(VgArena *arena, const Case *c, VgStudy **study, VgProblems *problems,
                          VgError *error)
{
    const char *folder = folder_new(arena);
    for (size_t i = 0; i < 4; i++)
        folder_write(arena, folder, FILES[i], changed(arena, TEXTS[i], c, FILES[i]));
    VgStatus status = vg_study_read(arena, folder, study, problems, error);
    folder_remove(folder);
    return status;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void print_problems(const VgProblems *problems)
{
    for (size_t i = 0; i < problems->n; i++) {
        char text[1200];
        vg_error_format(&problems->item[i].error, text, sizeof text);
        print_error("  %s%s\n", problems->item[i].warning ? "warning: " : "", text);
    }
}

static void the_case_holds(void **state)
{
    const Case *c = *state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    VgError error = {0};
    VgStatus status = read_case(arena, c, &study, &problems, &error);
    bool found = c->errors + c->warnings == 0;
    for (size_t i = 0; i < problems.n; i++) {
        const VgError *problem = &problems.item[i].error;
        char text[1200];
        snprintf(text, sizeof text, "%s (%s)", problem->message, problem->hint);
        found = found || (strcmp(name_of(problem->file), c->in) == 0 && problem->line == c->line &&
                          strstr(text, c->words));
    }
    size_t warnings = problems.n - problems.n_errors;
    if (!found || problems.n_errors != c->errors || warnings != c->warnings) {
        print_error("expected %s:%zu: %s; %zu errors, %zu warnings; got\n", c->in, c->line,
                    c->words, c->errors, c->warnings);
        print_problems(&problems);
        fail();
    }
    assert_int_equal(status == VG_OK, c->errors == 0);
    assert_int_equal(study != NULL, c->errors == 0);
    if (c->errors) {
        /* the status is that of the first error */
        size_t first = 0;
        while (problems.item[first].warning)
            first++;
        assert_int_equal(status, problems.item[first].error.code);
        assert_string_equal(error.message, problems.item[first].error.message);
    }
    vg_arena_destroy(arena);
}

#define Y "study.yaml"
#define P "people.csv"
#define S "scores.csv"
#define E "ae.csv"

/* One case a line. */
/* clang-format off */
static const Case CASES[] = {
    /* ---- the file ---- */
    {"unknown section has nearest", Y, "visits:", "visit:", Y, 5, "unknown key `visit` in the study file (did you mean `visits`?)", 2, 0},
    {"syntax has a line", Y, "arms:", "arms: [", Y, 11, "not valid YAML", 1, 0},
    {"key twice", Y, "title: A trial", "title: A trial\ntitle: B", Y, 3, "the key `title` stands here a second time", 1, 0},
    {"version", Y, "vagus: 1", "vagus: 2", Y, 1, "study files of version 2 cannot be read", 1, 0},
    {"no version", Y, "vagus: 1\n", "", Y, 1, "the study file has no `vagus`", 1, 0},
    {"no title", Y, "title: A trial", "sponsor: x", Y, 1, "the study file has no `title`", 1, 0},
    {"data real or simulated", Y, "simulated", "invented", Y, 3, "`data: invented` is not known (one of: real, simulated)", 1, 0},
    {"mechanism without an axis", Y, "  multiplicity: {", "  mechanism: {}\n  multiplicity: {", Y, 42, "mechanism without an axis", 1, 0},
    {"a person's analysis refused by name", Y, "  multiplicity: {", "  person: {}\n  multiplicity: {", Y, 42, "person: not available in this version", 1, 0},
    {"moderators that are no list", Y, "events:", "moderators: {x: 1}\nevents:", Y, 25, "`moderators` is not a list", 1, 0},
    {"a moderator without a name", Y, "events:", "moderators: [{label: Age}]\nevents:", Y, 25, "a moderator has no `name`", 1, 0},
    {"panel without layers", Y, "events:", "panel: {}\nevents:", Y, 25, "the panel has no layer", 1, 0},
    {"concomitant refused by name", Y, "  exposure_days: days", "  concomitant: x.csv", Y, 27, "concomitant: not available in this version", 1, 0},
    {"tipping point refused by name", Y, "    - {mmrm: {covariance: toeph}}", "    - {tipping_point: [0, 6]}", Y, 41, "tipping_point: not available in this version", 1, 0},
    {"reference based refused by name", Y, "    - {mmrm: {covariance: toeph}}", "    - {reference_based: j2r}", Y, 41, "reference_based: not available in this version", 1, 0},
    {"unknown language refused by name", Y, "events:", "report: {languages: [en, fr]}\nevents:", Y, 25, "the language `fr`: not available in this version", 1, 0},
    {"Danish may be asked for", Y, "events:", "report: {languages: [en, da]}\nevents:", Y, 0, NULL, 0, 0},
    {"audience known", Y, "events:", "report: {audiences: [public]}\nevents:", Y, 25, "there is no audience `public`", 1, 0},
    {"patient page lacks words", Y, "events:", "report: {audiences: [patient], contact: x}\nevents:", Y, 25, "these are missing: title_plain: {en: …}, crisis_line", 0, 1},
    {"flow counts people", Y, "events:", "flow: {assessed: many}\nevents:", Y, 25, "`assessed` is not a count", 1, 0},
    /* ---- visits ---- */
    {"visits out of order", Y, "w8, day: 56", "w8, day: 20", Y, 8, "visit w8 (day 20) stands after visit w4 (day 28)", 1, 0},
    {"visit without day", Y, "{name: w8, day: 56}", "{name: w8}", Y, 8, "visit w8 has no `day`", 1, 0},
    {"visit twice", Y, "{name: w8, day: 56}", "{name: w8, day: 56}\n  - {name: w4, day: 60}", Y, 9, "visit w4 has the name or code of visit w4", 1, 0},
    {"window around the day", Y, "[21, 35]", "[30, 35]", Y, 7, "day 28 of visit w4 lies outside its window", 1, 6},
    {"day a number", Y, "day: 56", "day: week 8", Y, 8, "`day` is not a number: week 8", 1, 0},
    {"visit name plain", Y, "name: w8", "name: week 8", Y, 8, "the visit name `week 8` holds blanks", 1, 0},
    /* ---- arms ---- */
    {"unknown component has nearest", Y, "[usual, pill]", "[usual, pil]", Y, 11, "there is no component `pil` (did you mean `pill`?)", 1, 1},
    {"dose needs unit", Y, "dose: 20, unit: mg/day", "dose: 20", Y, 14, "the dose of pill is not a positive number with a unit", 1, 0},
    {"component needs type", Y, "{type: usual_care}", "{detail: x}", Y, 13, "a component has no `type`", 1, 0},
    {"arm never used", Y, "  active: {", "  third: [usual]\n  active: {", Y, 11, "no participant is in arm third", 2, 0},
    {"one arm", Y, "  control: [usual]\n", "", Y, 9, "there is only one arm", 6, 0},
    {"arm not declared", P, "a3,control", "a3,contrl", P, 4, "the arm `contrl` of participant a3 is not declared (did you mean `control`?)", 1, 0},
    {"missing arm", P, "a3,control", "a3,", P, 4, "participant a3 has no arm (column arm)", 1, 0},
    {"not randomised without date", P, "a3,control,s,2026-01-03,2026-01-03", "a3,,s,,", P, 0, "1 participant(s) with neither arm nor date of randomisation", 0, 1},
    {"two arms with one code", Y, "  control: [usual]", "  control: {components: [usual], code: active}", Y, 11, "arms control and active have the same code", 5, 0},
    {"probabilities sum to 1", Y, "[0.5, 0.5]", "[0.5, 0.6]", Y, 15, "the probabilities of randomisation sum to 1.1", 1, 0},
    {"probability for each arm", Y, "[0.5, 0.5]", "[1]", Y, 15, "`probability` is not a list of one number for each of 2 arms", 1, 0},
    /* ---- participants ---- */
    {"unknown id column has nearest", Y, "id: id}", "id: idd}", Y, 4, "people.csv has no column `idd` (did you mean `id`?)", 1, 0},
    {"participant twice", P, "a3,control", "a2,control", P, 4, "participant a2 stands here again (first on line 3)", 4, 0},
    {"missing identifier", P, "a6,active", ",active", P, 7, "the identifier (column id) is missing", 4, 0},
    {"unknown stratum has nearest", Y, "strata: [site]", "strata: [sit]", Y, 15, "has no column `sit` (did you mean `site`?)", 1, 0},
    {"table not there", Y, "people.csv", "peeple.csv", Y, 4, "peeple.csv cannot be opened", 1, 0},
    {"environment variable not set", Y, "people.csv, ", "\"${VAGUS_NEVER_SET}/people.csv\", ", Y, 4, "the environment variable VAGUS_NEVER_SET is not set", 1, 0},
    {"treatment before randomisation", P, "2026-01-04,2026-01-05", "2026-01-04,2026-01-02", P, 5, "participant a4 started treatment 2 day(s) before randomisation", 1, 0},
    {"impossible date", P, "2026-01-05,2026-01-06", "2026-02-30,2026-03-01", P, 6, "2026-02-30", 1, 0},
    {"baseline table column", Y, "events:", "baseline_table: [sit]\nevents:", Y, 25, "has no column `sit` (did you mean `site`?)", 1, 0},
    /* ---- outcomes ---- */
    {"unknown scale has nearest", Y, "PHQ-9", "PHQ-7", Y, 20, "the scale `PHQ-7` is not known (did you mean `PHQ-9`?)", 1, 0},
    {"unknown column has nearest", Y, "column: phq", "column: phq9", Y, 22, "scores.csv has no column `phq9` (did you mean `phq`?)", 1, 0},
    {"unknown scale hides no column", Y, "PHQ-9\n    visit: visit\n    column: phq", "PHQ-7\n    visit: visit\n    column: phw", Y, 22, "has no column `phw` (did you mean `phq`?)", 2, 0},
    {"unknown key in outcome", Y, "    visit: visit", "    visits: visit", Y, 21, "unknown key `visits` in outcome mood (did you mean `visit`?)", 2, 0},
    {"value outside the scale", S, "2026-01-31,18", "2026-01-31,28", S, 9, "phq = 28 lies outside PHQ-9 (0 to 27)", 1, 0},
    {"negative value", S, "2026-01-31,18", "2026-01-31,-9", S, 9, "phq = -9 lies outside PHQ-9 (0 to 27)", 1, 0},
    {"text in numbers", S, "2026-01-31,18", "2026-01-31,high", S, 9, "'high' is not a number", 1, 0},
    {"duplicate visit", S, "a3,w4", "a3,baseline", S, 9, "participant a3 has visit baseline again (first on line 8)", 1, 0},
    {"unknown participant", S, "a6,w4", "a7,w4", S, 18, "participant a7 is not in", 1, 0},
    {"undeclared visit", S, "a6,w4", "a6,w6", S, 18, "the visit `w6` (column visit) is not declared", 1, 0},
    {"participant without row warns", S, "a6,baseline,2026-01-06,19\na6,w4,2026-02-03,14\n", "", S, 0, "1 participant(s) of", 0, 2},
    {"missing baseline warns", S, "2026-01-05,11", "2026-01-05,", Y, 18, "1 of 6 participants have no baseline of mood", 0, 1},
    {"dates out of order", S, "a1,w4,2026-01-29", "a1,w4,2026-03-29", S, 4, "participant a1 has visit w8 not after visit w4", 1, 1},
    {"visit outside window warns", S, "a1,w4,2026-01-29", "a1,w4,2026-02-15", S, 3, "participant a1 has visit w4 on day 45, outside its window", 0, 1},
    {"important difference needs source", Y, "{value: 2, source: a paper}", "{value: 2}", Y, 24, "important_difference has no `source`", 1, 0},
    {"where values stand is clear", Y, "    column: phq\n", "", Y, 18, "where the values of outcome mood stand is not clear", 1, 0},
    {"scale fixes direction", Y, "    scale: PHQ-9", "    scale: PHQ-9\n    direction: lower is better", Y, 21, "`direction` of outcome mood is fixed by its scale", 1, 0},
    {"measure needs unit", Y, "scale: PHQ-9", "direction: lower is better", Y, 18, "outcome mood has no `unit`", 2, 0},
    {"items as many as the scale", Y, "column: phq", "items: [phq]", Y, 22, "1 item columns, but PHQ-9 has 9 items", 1, 0},
    {"own missing rule within the items", Y, "scale: PHQ-9", "scale: PHQ-9\n    missing_items: {prorate: 10, source: x}", Y, 21, "PHQ-9 has 9 items: at least 10 answered is not possible", 1, 0},
    {"own remission within the scale", Y, "scale: PHQ-9", "scale: PHQ-9\n    remission: {cutoff: 40, source: x}", Y, 21, "the remission cutoff 40 lies outside the scale (0 to 27)", 1, 0},
    {"own response needs source", Y, "scale: PHQ-9", "scale: PHQ-9\n    response: {fraction: 0.4}", Y, 21, "response has no `source`", 1, 0},
    {"item range has one stem", Y, "column: phq", "items: a_1..b_9", Y, 22, "`a_1..b_9` is not a range of columns", 1, 0},
    {"baseline visit known", Y, "    date: date", "    baseline: w0", Y, 23, "there is no visit `w0`", 1, 0},
    /* ---- events ---- */
    {"event column has nearest", Y, "term: term", "term: terms", Y, 26, "ae.csv has no column `terms` (did you mean `term`?)", 1, 0},
    {"event of unknown participant", E, "a2,nausea", "b2,nausea", E, 2, "participant b2 is not in", 1, 0},
    {"serious is yes or no", E, "fall,1", "fall,perhaps", E, 3, "`perhaps` in column serious is neither yes nor no", 1, 0},
    {"event without term", E, "a6,fall", "a6,", E, 3, "an adverse event without term", 1, 0},
    {"exposure not negative", P, "2026-01-06,30", "2026-01-06,-30", P, 7, "-30 days of exposure of participant a6", 1, 0},
    /* ---- estimand ---- */
    {"population missing", Y, "      population: randomised participants\n", "", Y, 30, "the estimand has no `population`", 1, 0},
    {"treatment missing", Y, "      treatment: active against control\n", "", Y, 30, "the estimand has no `treatment`", 1, 0},
    {"variable missing", Y, "      variable: change in mood from baseline to w8\n", "", Y, 30, "the estimand has no `variable`", 1, 0},
    {"intercurrent missing", Y, "      intercurrent: {stopped: treatment policy}\n", "", Y, 30, "the estimand has no `intercurrent`", 1, 0},
    {"summary missing", Y, "      summary: difference in means\n", "", Y, 30, "the estimand has no `summary`", 1, 0},
    {"population known", Y, "randomised participants", "everybody", Y, 31, "the population `everybody` is not known", 1, 0},
    {"treatment names two arms", Y, "active against control", "active", Y, 32, "`active` does not say which arms are compared", 1, 0},
    {"treatment arm has nearest", Y, "active against control", "activ against control", Y, 32, "there is no arm `activ` (did you mean `active`?)", 1, 0},
    {"arm against itself", Y, "active against control", "active against active", Y, 32, "compares an arm with itself", 1, 0},
    {"variable strict", Y, "change in mood from baseline to w8", "mood after w8", Y, 33, "the variable `mood after w8` cannot be read", 1, 0},
    {"variable outcome has nearest", Y, "change in mood", "change in moood", Y, 33, "there is no outcome `moood` (did you mean `mood`?)", 1, 0},
    {"variable visit known", Y, "baseline to w8", "baseline to w9", Y, 33, "there is no visit `w9`", 1, 0},
    {"variable after baseline", Y, "change in mood from baseline to w8", "mood at baseline", Y, 29, "visit baseline is not after the baseline", 1, 0},
    {"strategy is one of five", Y, "treatment policy", "ignore", Y, 34, "`ignore` is no strategy for an intercurrent event", 1, 0},
    {"hypothetical refused by name", Y, "treatment policy", "hypothetical", Y, 34, "hypothetical (for stopped): not available in this version", 1, 0},
    {"composite refused for means", Y, "treatment policy", "composite", Y, 34, "composite (for stopped): not available in this version", 1, 0},
    {"summary fits", Y, "difference in means", "hazard ratio", Y, 35, "the summary `hazard ratio` does not fit the method mmrm", 1, 0},
    /* ---- method ---- */
    {"covariance known", Y, "covariance: us", "covariance: unst", Y, 37, "the covariance `unst` is not known (one of: us, cs", 1, 0},
    {"df method known", Y, "kenward-roger", "kr", Y, 37, "the df method `kr` is not known", 1, 0},
    {"covariate has nearest", Y, "[baseline, site]", "[baseline, sit]", Y, 37, "has no column `sit` (did you mean `site`?)", 1, 0},
    {"covariate listed once", Y, "[baseline, site]", "[site, site]", Y, 37, "the covariate `site` is listed twice", 1, 0},
    {"model is a formula", Y, "covariates: [baseline, site]", "model: arm * * visit", Y, 37, "model:", 1, 0},
    {"model holds known variables", Y, "covariates: [baseline, site]", "model: arm * visit + age", Y, 37, "the model has an unknown variable `age`", 1, 0},
    {"model holds arm", Y, "covariates: [baseline, site]", "model: visit + baseline", Y, 37, "the model does not contain arm", 1, 0},
    {"model has no left-hand side", Y, "covariates: [baseline, site]", "model: mood ~ arm", Y, 37, "the model has a left-hand side", 1, 0},
    {"method option has nearest", Y, "covariance: us,", "covarience: us,", Y, 37, "unknown key `covarience` in mmrm (did you mean `covariance`?)", 1, 0},
    {"imputation refused by name", Y, "covariance: us,", "impute: mar,", Y, 37, "impute: not available in this version", 1, 0},
    {"robust with Kenward-Roger", Y, "covariance: us,", "robust: cr2,", Y, 29, "robust standard errors with Kenward-Roger", 1, 0},
    {"empty file", Y, STUDY, "", Y, 0, "the file is empty", 1, 0},
    /* ---- secondary, sensitivity ---- */
    {"secondary outcome has nearest", Y, "{response: mood,", "{response: moood,", Y, 39, "there is no outcome `moood` (did you mean `mood`?)", 2, 0},
    {"secondary names a method", Y, "{response: mood, at: w8}", "{at: w8}", Y, 39, "a secondary analysis without a method", 2, 0},
    {"missing is nonresponse or observed", Y, "{response: mood, at: w8}", "{response: mood, at: w8, missing: zero}", Y, 39, "`missing: zero` is not known (one of: nonresponse, observed)", 1, 0},
    {"id taken", Y, "{response: mood, at: w8}", "{response: mood, at: w8, id: primary}", Y, 39, "the id `primary` is taken", 2, 0},
    {"sensitivity changes something", Y, "{mmrm: {covariance: toeph}}", "{label: same}", Y, 41, "a sensitivity analysis that changes nothing", 1, 0},
    {"nobody has data in an arm", S,
     "a2,w8,2026-02-27,4\na3,baseline,2026-01-03,20\na3,w4,2026-01-31,18\na3,w8,2026-02-28,17\n"
     "a4,baseline,2026-01-04,13\na4,w4,2026-02-01,9\na4,w8,2026-03-01,6\n",
     "a3,baseline,2026-01-03,20\na3,w4,2026-01-31,18\na3,w8,2026-02-28,17\n"
     "a4,baseline,2026-01-04,13\na4,w4,2026-02-01,9\n",
     Y, 29, "primary: nobody in arm active has mood at visit w8", 2, 0},
    /* ---- multiplicity ---- */
    {"hypothesis known", Y, "[primary, response_mood]", "[primary, respons_mood]", Y, 42, "there is no single analysis `respons_mood` (did you mean `response_mood`?)", 1, 0},
    {"hypothesis once", Y, "[primary, response_mood]", "[primary, primary]", Y, 42, "the analysis `primary` is listed twice", 1, 0},
    {"sensitivity is no hypothesis", Y, "[primary, response_mood]", "[primary, sensitivity_1]", Y, 42, "`sensitivity_1` is no hypothesis", 1, 0},
    {"weights at most 1", Y, "{holm: [primary, response_mood]}", "{graph: {hypotheses: [primary, response], weights: [0.6, 0.6], transitions: [[0, 1], [1, 0]]}}", Y, 42, "weights sum to 1.2", 1, 0},
    {"transitions at most 1", Y, "{holm: [primary, response_mood]}", "{graph: {hypotheses: [primary, response], weights: [0.5, 0.5], transitions: [[0, 1], [1.5, 0]]}}", Y, 42, "a row of transitions: not a number from 0 to 1", 1, 0},
    {"no negative weight", Y, "{holm: [primary, response_mood]}", "{graph: {hypotheses: [primary, response], weights: [-0.5, 0.5], transitions: [[0, 1], [1, 0]]}}", Y, 42, "weights: not a number from 0 to 1", 1, 0},
    {"no transition to itself", Y, "{holm: [primary, response_mood]}", "{graph: {hypotheses: [primary, response], weights: [0.5, 0.5], transitions: [[0.5, 0.5], [1, 0]]}}", Y, 42, "a hypothesis passes alpha to itself", 1, 0},
    {"transition matrix square", Y, "{holm: [primary, response_mood]}", "{graph: {hypotheses: [primary, response], weights: [0.5, 0.5], transitions: [[0, 1]]}}", Y, 42, "`transitions` has not 2 rows", 1, 0},
    {"one procedure", Y, "{holm: [primary, response_mood]}", "{holm: [primary, response], hochberg: [primary, response]}", Y, 42, "`multiplicity` does not name one procedure", 1, 0},
};
/* clang-format on */
enum { N_CASES = sizeof CASES / sizeof *CASES };

static void the_sound_study_has_no_problem(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    VgError error = {0};
    VgStatus status = read_case(arena, NULL, &study, &problems, &error);
    print_problems(&problems);
    WITNESS_OK(status, &error);
    assert_int_equal(problems.n, 0);
    assert_int_equal(study->n_adverse_events, 2);
    assert_true(study->adverse_event[1].serious);
    vg_arena_destroy(arena);
}

static void errors_of_all_sections_are_told_in_the_order_of_the_file(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    VgError error = {0};
    const Case c = {
        .file = Y,
        .from = STUDY,
        .to = "vagus: 1\ntitle: t\ndata: real\n"
              "participants: {table: people.csv, id: id, sex: sex}\n"
              "visits: [{name: baseline, day: 0}, {name: w4, day: x}, {name: w8, day: 56}]\n"
              "arms: {control: [], active: [pil]}\n"
              "randomisation: {arm: arms}\n"
              "outcomes: {mood: {table: scores.csv, scale: XYZ, visit: visit, column: phq}}\n"
              "plan: {primary: {method: {mmrm: {covariance: vs}}}}\n"};
    assert_int_equal(read_case(arena, &c, &study, &problems, &error), VG_INVALID_INPUT);
    size_t seen[10] = {0};
    for (size_t i = 0; i < problems.n; i++) {
        seen[problems.item[i].error.line]++;
        if (i && problems.item[i - 1].error.line > problems.item[i].error.line)
            fail_msg("line %zu stands before line %zu", problems.item[i - 1].error.line,
                     problems.item[i].error.line);
    }
    if (problems.n_errors != 7)
        print_problems(&problems);
    assert_int_equal(problems.n_errors, 7);
    for (size_t line = 4; line <= 8; line++)
        assert_int_equal(seen[line], 1);
    assert_int_equal(seen[9], 2);
    vg_arena_destroy(arena);
}

static void many_of_a_kind_are_listed_five_times_and_then_counted(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    VgError error = {0};
    const Case c = {
        .file = S,
        .from = SCORES,
        .to = "id,visit,date,phq\na1,baseline,,99\na1,w4,,99\na1,w8,,99\na2,baseline,,99\n"
              "a2,w4,,99\na2,w8,,99\na3,baseline,,99\na4,w8,,3\na3,w8,,4\na5,w4,,1\na6,w4,,2\n"};
    assert_int_equal(read_case(arena, &c, &study, &problems, &error), VG_INVALID_INPUT);
    assert_int_equal(problems.n_errors, 6);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(problems.item[i + 1].error.line, i + 2); /* 0 is a warning of study.yaml */
    assert_string_equal(problems.item[6].error.message, "and 2 more: values outside the scale");
    vg_arena_destroy(arena);
}

static void a_folder_without_study_is_refused(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgStudy *study;
    VgProblems problems;
    VgError error = {0};
    assert_int_equal(vg_study_read(arena, "/nonexistent", &study, &problems, &error),
                     VG_INVALID_INPUT);
    assert_string_equal(error.message, "there is no such study");
    assert_int_equal(problems.n_errors, 1);
    assert_int_equal(vg_study_read(arena, "/tmp", &study, &problems, &error), VG_INVALID_INPUT);
    assert_string_equal(error.message, "the folder has no study.yaml");
    vg_arena_destroy(arena);
}

int main(void)
{
    static struct CMUnitTest tests[N_CASES + 4] = {
        cmocka_unit_test(the_sound_study_has_no_problem),
        cmocka_unit_test(errors_of_all_sections_are_told_in_the_order_of_the_file),
        cmocka_unit_test(many_of_a_kind_are_listed_five_times_and_then_counted),
        cmocka_unit_test(a_folder_without_study_is_refused),
    };
    for (size_t i = 0; i < N_CASES; i++)
        tests[4 + i] = (struct CMUnitTest){CASES[i].name, the_case_holds, NULL, NULL,
                                           (void *)(uintptr_t)&CASES[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
