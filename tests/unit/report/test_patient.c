/* The plain-language page: what must always stand there, what must never, and how hard it is to
 * read. */
#include "support/witness.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/catalogue.h"
#include "report/html.h"
#include "support/fixture_mechanism.h"
#include "support/fixture_result.h"
#include "support/fixture_review.h"
#include "support/fixture_strata.h"

static char *page_in(VgArena *arena, const VgResult *result, VgLanguage language)
{
    VgView view;
    VgError error = {0};
    VgBuffer out = {0};
    WITNESS_OK(vg_view_create(arena, result, &view, &error), &error);
    view.language = language;
    if (view.review)
        vg_html_review_plain(&out, &view);
    else
        vg_html_patient(&out, &view);
    WITNESS_OK(vg_buffer_status(&out, &error), &error);
    char *page = vg_arena_strdup(arena, out.text);
    vg_buffer_free(&out);
    return page;
}

static char *page_of(VgArena *arena, const VgResult *result)
{
    return page_in(arena, result, VG_LANGUAGE_EN);
}

/* What a reader sees: no tags, no tables; the end of a block is the end of a sentence. */
static char *words_of(VgArena *arena, const char *html)
{
    VgBuffer out = {0};
    for (const char *at = html; *at;) {
        if (*at != '<') {
            vg_buffer_append(&out, at++, 1);
            continue;
        }
        const char *skip = strncmp(at, "<details", 8) == 0 ? "</details>"
                           : strncmp(at, "<svg", 4) == 0   ? "</svg>"
                                                           : ">";
        bool block =
            strncmp(at, "</p", 3) == 0 || strncmp(at, "</li", 4) == 0 || strncmp(at, "</h", 3) == 0;
        if (block && out.length && !strchr(".?!:)", out.text[out.length - 1]))
            vg_buffer_text(&out, ".");
        vg_buffer_text(&out, " ");
        at = strstr(at, skip) + strlen(skip);
    }
    char *text = vg_arena_strdup(arena, out.text);
    vg_buffer_free(&out);
    return text;
}

static int syllables(const char *word, size_t n)
{
    int count = 0;
    bool vowel_before = false;
    for (size_t i = 0; i < n; i++) {
        bool vowel = strchr("aeiouy", tolower((unsigned char)word[i])) != NULL;
        count += vowel && !vowel_before;
        vowel_before = vowel;
    }
    if (n > 2 && tolower((unsigned char)word[n - 1]) == 'e' && count > 1)
        count--;
    return count ? count : 1;
}

typedef struct Reading {
    double words, sentences, syllables;
} Reading;

static Reading read_text(const char *text)
{
    Reading reading = {0};
    bool open = false;
    while (*text) {
        size_t n = 0;
        while (isalnum((unsigned char)text[n]) || text[n] == '\'' || text[n] == '-')
            n++;
        if (n) {
            reading.words++;
            reading.syllables += syllables(text, n);
            open = true;
            text += n;
            continue;
        }
        bool end = strchr(".?!", *text) && !isdigit((unsigned char)text[1]);
        if (end && open) {
            reading.sentences++;
            open = false;
        }
        text++;
    }
    reading.sentences += open;
    return reading;
}

/* Benefit differs, and no rule is recommended. */
static VgResult *without_rule(VgArena *arena)
{
    VgResult *result = fixture_with_strata(arena);
    for (size_t i = 0; result && i < result->n_facts; i++)
        if (strcmp(result->fact[i].key, "policy_recommended") == 0)
            result->fact[i].number = 0;
    return result;
}

static const double SHIFTS[] = {-12, -6, 0, 6};
enum { CASES = 10, A_REVIEW = 4 };

/* Trials that help, do not, and cannot tell; a review; trials that ask how it worked, and for whom. */
static VgResult *case_of(VgArena *arena, size_t i)
{
    return i < 4    ? fixture_result(arena, SHIFTS[i])
           : i == 4 ? fixture_review(arena)
           : i == 5 ? fixture_with_mechanism(arena)
           : i == 6 ? fixture_with_unclear_mechanism(arena)
           : i == 7 ? fixture_with_strata(arena)
           : i == 8 ? fixture_with_unclear_strata(arena)
                    : without_rule(arena);
}

static void the_patient_page_reads_at_grade_eight_and_is_short(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        VgArena *arena = vg_arena_create();
        char *text = words_of(arena, page_of(arena, case_of(arena, i)));
        Reading r = read_text(text);
        /* Flesch–Kincaid grade (Kincaid et al. 1975) */
        double grade = 0.39 * r.words / r.sentences + 11.8 * r.syllables / r.words - 15.59;
        if (grade > 8 || r.words > 700)
            fail_msg("grade %.1f, %g words: %s", grade, r.words, text);
        print_message("case %zu: grade %.1f, %g words\n", i, grade, r.words);
        vg_arena_destroy(arena);
    }
}

static void the_patient_page_never_speaks_in_p_values_or_ratios(void **state)
{
    (void)state;
    static const char *const never[] = {
        "p =",      "p <",   "p-value",     "significan", "relative",   "odds",
        "ratio ",   "SMD",   "effect size", "responder",  "confidence", "proportion mediated",
        "[",        "NaN",   " nan",        "importance", "forest",     "permutation",
        "quartile", "AUTOC", "per SD"};
    for (size_t i = 0; i < CASES; i++) {
        VgArena *arena = vg_arena_create();
        char *text = words_of(arena, page_of(arena, case_of(arena, i)));
        for (size_t k = 0; k < sizeof never / sizeof *never; k++)
            if (strstr(text, never[k]))
                fail_msg("\"%s\" in: %s", never[k], text);
        vg_arena_destroy(arena);
    }
}

static void the_sentence_about_other_treatment_is_always_there(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *empty = vg_result_create(arena, "run");
    const char *pages[] = {page_of(arena, fixture_result(arena, -6)), page_of(arena, empty),
                           page_of(arena, fixture_review(arena))};
    for (size_t i = 0; i < 3; i++) {
        assert_non_null(strstr(pages[i], "Do not stop or change your medicine"));
        assert_non_null(strstr(pages[i], "If you think about suicide, get help now."));
    }
    assert_non_null(strstr(pages[0], "In immediate danger call 112."));
    assert_non_null(strstr(pages[0], "Simulated data."));
    assert_non_null(strstr(pages[1], "We do not know. This trial"));
    vg_arena_destroy(arena);
}

static void how_it_worked_is_told_without_numbers_and_without_hope_beyond_the_trial(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    char *some = page_of(arena, fixture_with_mechanism(arena)),
         *unclear = page_of(arena, fixture_with_unclear_mechanism(arena));
    assert_non_null(strstr(some, "There are signs of one way, but they are no proof."));
    assert_non_null(strstr(unclear, "how it may work in the body. This trial cannot say."));
    for (size_t i = 0; i < 2; i++) {
        assert_null(strstr(i ? some : unclear, "mmune"));
        assert_non_null(strstr(i ? some : unclear, "Do not stop or change your medicine"));
    }
    vg_arena_destroy(arena);
}

static void who_benefits_is_told_only_as_far_as_the_trial_goes(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    char *rule = page_of(arena, fixture_with_strata(arena)),
         *unclear = page_of(arena, fixture_with_unclear_strata(arena)),
         *some = page_of(arena, without_rule(arena)),
         *never_asked = page_of(arena, fixture_result(arena, -6));
    static const char *const CANNOT = "We could not tell who benefits more and who benefits less.";
    assert_non_null(strstr(unclear, CANNOT));
    assert_non_null(strstr(never_asked, CANNOT));
    assert_non_null(strstr(some, "we could not tell who should get what."));
    assert_null(strstr(some, "C-reactive"));
    assert_null(strstr(unclear, "C-reactive"));
    assert_null(strstr(some, "rule"));
    assert_non_null(strstr(rule, "No other trial has tried it yet."));
    assert_non_null(strstr(rule, "They must be tried in a new trial first."));
    assert_null(strstr(rule, CANNOT));
    assert_non_null(strstr(rule, "Do not stop or change your medicine"));
    vg_arena_destroy(arena);
}

/* The same 100 people on both sides, as many filled as the sentence says. */
static void groups_of_a_rule_are_shown_of_one_hundred(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_with_strata(arena);
    VgDataset *d = vg_result_dataset(result, "strata", "rule_response", NULL, 0);
    double *share = vg_dataset_column(d, "response")->number;
    assert_true(d->n_rows >= 4);
    share[0] = 0.22; /* of the group of `both`: with usual care */
    char *page = page_of(arena, result);
    const char *group = strstr(page, "People for whom the rule picks Usual care + online therapy");
    assert_non_null(group);
    const char *first = strstr(group, "<svg"), *end = strstr(first, "</svg>");
    assert_non_null(strstr(group, "With Usual care: about 22 of 100 felt much better."));
    size_t filled = 0, empty = 0;
    for (const char *at = strstr(first, "<circle"); at && at < end;
         at = strstr(at + 1, "<circle")) {
        bool hollow = strncmp(strstr(at, "fill=\"") + 6, "#fff", 4) == 0;
        filled += !hollow;
        empty += hollow;
    }
    assert_int_equal(filled, 22);
    assert_int_equal(empty, 78);
    assert_non_null(strstr(page, "If C-reactive protein is"));
    const char *smaller = strstr(page, "People for whom the rule picks Usual care</h4>");
    assert_true(smaller && smaller > group); /* the larger group first */
    for (size_t k = 0; k < 2;
         k++) { /* a third group, the largest, takes the place of the smallest */
        vg_dataset_row(result, d);
        vg_dataset_set_text(result, d, "group", "fmt");
        vg_dataset_set_text(result, d, "arm", k ? "fmt" : "usual_care");
        vg_dataset_set_number(result, d, "n", 200);
        vg_dataset_set_number(result, d, "response", 0.3 + 0.1 * (double)k);
    }
    page = page_of(arena, result);
    assert_non_null(strstr(page, "picks Usual care + stool transplant</h4>"));
    assert_null(strstr(page, "picks Usual care</h4>"));
    d->n_rows = 0; /* not known how they did: how many of 100 would get what */
    page = page_of(arena, result);
    assert_non_null(strstr(page, "Of 100 people, the rule picks Usual care"));
    assert_null(strstr(page, "People for whom the rule picks"));
    vg_arena_destroy(arena);
}

/* ---- Danish ---- */

static const char *danish(const char *key)
{
    for (size_t i = 0; i < vg_catalogue_da_size; i++)
        if (strcmp(vg_catalogue_da[i].key, key) == 0)
            return vg_catalogue_da[i].text;
    return NULL;
}

static bool of_patients(const char *key)
{
    return strncmp(key, "patient.", 8) == 0 || strncmp(key, "banner.", 7) == 0 ||
           strncmp(key, "path.", 5) == 0;
}

static size_t slots_of(const char *text, const char *other)
{
    size_t n = 0;
    for (const char *at = strchr(text, '{'); at; at = strchr(at + 1, '{')) {
        char slot[40] = {0};
        const char *end = strchr(at, '}');
        assert_true(end && (size_t)(end - at) < sizeof slot - 1);
        memcpy(slot, at, (size_t)(end - at) + 1);
        if (!strstr(other, slot))
            fail_msg("%s is in \"%s\" and not in \"%s\"", slot, text, other);
        n++;
    }
    return n;
}

static void danish_has_every_phrase_for_patients_with_its_slots(void **state)
{
    (void)state;
    size_t n = 0;
    for (size_t i = 0; i < vg_catalogue_en_size; i++) {
        const char *key = vg_catalogue_en[i].key, *text = danish(key);
        if (!of_patients(key))
            continue;
        if (!text)
            fail_msg("%s has no Danish", key);
        assert_int_equal(slots_of(vg_catalogue_en[i].text, text),
                         slots_of(text, vg_catalogue_en[i].text));
        n++;
    }
    assert_int_equal(n, vg_catalogue_da_size); /* and no phrase that English lacks */
}

/* LIX (Björnsson 1968): words a sentence and words of more than six letters of 100. */
static double lix_of(const char *text, double *words)
{
    double sentences = 0, longer = 0;
    *words = 0;
    for (bool open = false; *text;) {
        size_t bytes = 0, letters = 0;
        while (isalnum((unsigned char)text[bytes]) || text[bytes] == '-' ||
               (unsigned char)text[bytes] >= 0x80) {
            letters += ((unsigned char)text[bytes] & 0xC0) != 0x80;
            bytes++;
        }
        if (bytes) {
            (*words)++;
            longer += letters > 6;
            open = true;
        } else if (strchr(".?!:", *text) && !isdigit((unsigned char)text[1]) && open) {
            sentences++;
            open = false;
        }
        text += bytes ? bytes : 1;
    }
    return *words / sentences + 100 * longer / *words;
}

static void the_danish_page_is_easy_and_short(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        VgArena *arena = vg_arena_create();
        VgResult *result = i == A_REVIEW ? NULL : case_of(arena, i);
        if (result) {
            double words;
            char *text = words_of(arena, page_in(arena, result, VG_LANGUAGE_DA));
            double lix = lix_of(text, &words);
            if (lix > 35 || words > 700)
                fail_msg("LIX %.1f, %g words: %s", lix, words, text);
            print_message("case %zu: LIX %.1f, %g words\n", i, lix, words);
        }
        vg_arena_destroy(arena);
    }
}

static void the_danish_page_is_danish(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_with_strata(arena);
    vg_result_text(result, VG_FACTS_STUDY, NULL, "title_plain_da", "Hjælper <det>?");
    VgView view;
    VgError error = {0};
    VgBuffer out = {0};
    WITNESS_OK(vg_view_create(arena, result, &view, &error), &error);
    view.language = VG_LANGUAGE_DA;
    vg_html_patient_page(&out, &view);
    WITNESS_OK(vg_buffer_status(&out, &error), &error);
    static const char *const there[] = {"<html lang=\"da\">",
                                        "<h1>Hjælper &lt;det&gt;?</h1>",
                                        "Hold ikke op med din medicin",
                                        "Hvis C-reactive protein",
                                        "mg/L eller mindre",
                                        "Cirka 22 af 100",
                                        "ændring på cirka 3,5 point"};
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        if (!strstr(out.text, there[i]))
            fail_msg("no \"%s\"", there[i]);
    static const char *const never[] = {" people", " about ", "of 100", " points",
                                        "The difference"};
    char *text = words_of(arena, strstr(out.text, "<body"));
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strstr(text, never[i]))
            fail_msg("\"%s\" in: %s", never[i], text);
    vg_buffer_free(&out);
    vg_arena_destroy(arena);
}

static VgVerdict verdict_of(double lower, double upper, double important, bool lower_is_better)
{
    VgEstimate row = vg_estimate_blank();
    row.estimate = (lower + upper) / 2;
    row.lower = lower;
    row.upper = upper;
    VgViewOutcome outcome = {.important = important, .lower_is_better = lower_is_better};
    return vg_verdict(&row, &outcome);
}

static void the_verdict_follows_from_the_interval_alone(void **state)
{
    (void)state;
    assert_int_equal(verdict_of(-8, -1, 3.5, true), VG_VERDICT_BETTER);
    assert_int_equal(verdict_of(-8, -1, 3.5, false), VG_VERDICT_WORSE);
    assert_int_equal(verdict_of(1, 8, 3.5, true), VG_VERDICT_WORSE);
    assert_int_equal(verdict_of(1, 8, 3.5, false), VG_VERDICT_BETTER);
    assert_int_equal(verdict_of(-2, 3, 3.5, true), VG_VERDICT_LITTLE);
    assert_int_equal(verdict_of(-3, -1, 3.5, true), VG_VERDICT_LITTLE);
    assert_int_equal(verdict_of(-2, 3.5, 3.5, true), VG_VERDICT_UNCLEAR);
    assert_int_equal(verdict_of(-2, 3, NAN, true), VG_VERDICT_UNCLEAR);
    assert_int_equal(verdict_of(NAN, NAN, 3.5, true), VG_VERDICT_NONE);
    assert_int_equal(vg_verdict(NULL, NULL), VG_VERDICT_NONE);
}

static void an_unclear_trial_says_that_it_could_not_tell(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_result(arena, 0);
    for (size_t i = 0; i < result->n_estimates; i++)
        if (strcmp(result->estimate[i].quantity, "contrast") == 0) {
            result->estimate[i].estimate = -1;
            result->estimate[i].lower = -6;
            result->estimate[i].upper = 4;
        }
    char *page = page_of(arena, result);
    assert_non_null(strstr(page, "We could not tell if Usual care + online therapy helped"));
    assert_non_null(strstr(page, "up to 6 points better or up to 4 points worse"));
    assert_null(strstr(page, "little or no difference"));
    vg_arena_destroy(arena);
}

static void phrases_are_found_filled_and_escaped(void **state)
{
    (void)state;
    VgBuffer out = {0};
    const VgSlot slots[] = {{"arm", "<A>"}, {"reference", "B"}};
    vg_put_phrase(&out, "patient.better", slots, 2);
    assert_string_equal(out.text,
                        "On average, people who got &lt;A&gt; did better than people who got B.");
    vg_buffer_free(&out);
    vg_put_phrase(&out, "no such key", NULL, 0);
    assert_string_equal(out.text, "[no such key]");
    vg_buffer_free(&out);
    for (size_t i = 1; i < vg_catalogue_en_size; i++)
        assert_true(strcmp(vg_catalogue_en[i - 1].key, vg_catalogue_en[i].key) < 0);
}

static void few_people_are_not_told_as_none(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgView view = {.arena = arena};
    assert_string_equal(vg_of_hundred(&view, 0, 40, "about "), "about 0");
    assert_string_equal(vg_of_hundred(&view, 1, 40, "about "), "about 3"); /* 2.5 */
    assert_string_equal(vg_of_hundred(&view, 5, 40, ""), "13");            /* 12.5 */
    assert_string_equal(vg_of_hundred(&view, 1, 400, "about "), "fewer than 1");
    assert_string_equal(vg_of_hundred(&view, 399, 400, "about "), "more than 99");
    assert_string_equal(vg_of_hundred(&view, 400, 400, ""), "100");
    vg_arena_destroy(arena);
}

static void small_units_do_not_make_a_difference_nought(void **state)
{
    (void)state;
    VgBuffer out = {0};
    vg_put_number(&out, -2.741e-9, vg_decimals(7.8e-10));
    vg_buffer_text(&out, " ");
    vg_put_number(&out, 0.000274, vg_decimals(7.8e-5));
    vg_buffer_text(&out, " ");
    vg_put_number(&out, 0, vg_decimals(7.8e-10));
    assert_string_equal(out.text, "−2.74e-09 0.000274 0");
    vg_buffer_free(&out);
}

static void the_patient_page_speaks_in_the_unit_and_of_the_visit_of_the_outcome(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgResult *result = fixture_result(arena, -6);
    VgDataset *d = result->dataset;
    while (strcmp(d->name, "outcomes") != 0)
        d++;
    vg_dataset_set_text(result, d, "unit", "nmol/L");
    vg_dataset_set_number(result, d, "minimum", NAN);
    char *page = page_of(arena, result);
    assert_non_null(strstr(page, " nmol/L. A lower value is better."));
    assert_null(strstr(page, " points.")); /* the heading is "The main points" */
    assert_null(strstr(page, "symptoms. The true"));
    assert_null(strstr(page, "At the last visit"));
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_patient_page_reads_at_grade_eight_and_is_short),
        cmocka_unit_test(the_patient_page_never_speaks_in_p_values_or_ratios),
        cmocka_unit_test(the_sentence_about_other_treatment_is_always_there),
        cmocka_unit_test(how_it_worked_is_told_without_numbers_and_without_hope_beyond_the_trial),
        cmocka_unit_test(who_benefits_is_told_only_as_far_as_the_trial_goes),
        cmocka_unit_test(groups_of_a_rule_are_shown_of_one_hundred),
        cmocka_unit_test(danish_has_every_phrase_for_patients_with_its_slots),
        cmocka_unit_test(the_danish_page_is_easy_and_short),
        cmocka_unit_test(the_danish_page_is_danish),
        cmocka_unit_test(the_verdict_follows_from_the_interval_alone),
        cmocka_unit_test(an_unclear_trial_says_that_it_could_not_tell),
        cmocka_unit_test(phrases_are_found_filled_and_escaped),
        cmocka_unit_test(few_people_are_not_told_as_none),
        cmocka_unit_test(small_units_do_not_make_a_difference_nought),
        cmocka_unit_test(the_patient_page_speaks_in_the_unit_and_of_the_visit_of_the_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
