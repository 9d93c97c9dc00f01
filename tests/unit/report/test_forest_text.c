/* The forest on a terminal. */
#include "support/witness.h"

#include <stdio.h>
#include <stdlib.h>

#include <vagus/report.h>

#include "report/text.h"
#include "support/fixture_review.h"

static char *printed(const VgResult *result, const char *analysis, int digits, int width)
{
    char *text = NULL;
    size_t size = 0;
    VgError error = {0};
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    WITNESS_OK(vg_result_print_forest(result, analysis, digits, width, stream, &error), &error);
    fclose(stream);
    return text;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = strstr(text, what); at; at = strstr(at + 1, what))
        n++;
    return n;
}

static size_t widest(char *text)
{
    size_t most = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        most = vg_text_width(line) > most ? vg_text_width(line) : most;
    return most;
}

static void every_study_subgroup_and_pooled_effect_has_a_line(void **unused)
{
    (void)unused;
    VgArena *arena = vg_arena_create();
    VgResult *review = fixture_review(arena);
    char *text = printed(review, "primary", 4, 80);
    if (getenv("SHOW"))
        puts(text);
    assert_int_equal(count(text, "■"), REVIEW_STUDIES);
    assert_int_equal(count(text, "◆"), 4); /* two subgroups, common, random */
    assert_int_equal(count(text, "╞"), 1);
    assert_non_null(strstr(text, "added to an antidepressant"));
    assert_non_null(strstr(text, "Heterogeneity: τ² = "));
    assert_non_null(strstr(text, "better: probiotic"));
    free(text);
    vg_arena_destroy(arena);
}

static void no_line_is_wider_than_asked(void **unused)
{
    (void)unused;
    static const int widths[] = {60, 80, 120};
    static const char *const analyses[] = {"primary", "response", "many"};
    VgArena *arena = vg_arena_create();
    VgResult *review = fixture_review(arena);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            char *text = printed(review, analyses[j], 4, widths[i]);
            if (getenv("SHOW"))
                puts(text);
            assert_true(widest(text) <= (size_t)widths[i]);
            free(text);
        }
    vg_arena_destroy(arena);
}

static void ratios_are_shown_as_ratios_and_cut_intervals_end_in_arrows(void **unused)
{
    (void)unused;
    VgArena *arena = vg_arena_create();
    VgResult *review = fixture_review(arena);
    char *text = printed(review, "response", 4, 80);
    assert_null(strstr(text, "−")); /* no ratio is below nought */
    assert_true(count(text, "►") + count(text, "◄") > 2);
    free(text);
    vg_arena_destroy(arena);
}

static void a_network_prints_none(void **unused)
{
    (void)unused;
    VgArena *arena = vg_arena_create();
    char *text = printed(fixture_review(arena), "network", 4, 80);
    assert_string_equal(text, "");
    free(text);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_study_subgroup_and_pooled_effect_has_a_line),
        cmocka_unit_test(no_line_is_wider_than_asked),
        cmocka_unit_test(ratios_are_shown_as_ratios_and_cut_intervals_end_in_arrows),
        cmocka_unit_test(a_network_prints_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
