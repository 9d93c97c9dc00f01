/* Scales: tables are consistent in themselves, totals follow each scale's rules, docs/scales.md
 * says what the code says. Expected totals are worked out by hand from the scoring rule in the
 * comment. */
#include "support/witness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <vagus/study.h>

#include "base/buffer.h"
#include "base/file.h"

static void fill(double *items, size_t n, double value)
{
    for (size_t i = 0; i < n; i++)
        items[i] = value;
}

static const VgScale *find(const char *name)
{
    const VgScale *scale = vg_scale_find(name);
    if (!scale)
        fail_msg("no scale %s", name);
    return scale;
}

static double low_of(const VgScale *scale, size_t i)
{
    return scale->item_range ? scale->item_range[i][0] : scale->item_minimum;
}

static double high_of(const VgScale *scale, size_t i)
{
    return scale->item_range ? scale->item_range[i][1] : scale->item_maximum;
}

static bool reversed(const VgScale *scale, size_t i)
{
    for (size_t k = 0; k < scale->n_reversed; k++)
        if (scale->reversed[k] == i + 1)
            return true;
    return false;
}

/* The best and the worst answers give the ends of the total's range: ties items, reversal, groups,
 * multiplier and range to each other. */
static void extreme_answers_reach_the_ends_of_the_range(void **state)
{
    (void)state;
    size_t n;
    const VgScale *scale = vg_scales(&n);
    assert_true(n >= 30);
    for (size_t s = 0; s < n; s++) {
        double least[64], most[64];
        assert_true(scale[s].n_items > 0 && scale[s].n_items <= 64);
        for (size_t i = 0; i < scale[s].n_items; i++) {
            bool turn = reversed(&scale[s], i);
            least[i] = turn ? high_of(&scale[s], i) : low_of(&scale[s], i);
            most[i] = turn ? low_of(&scale[s], i) : high_of(&scale[s], i);
        }
        witness_close(scale[s].name, vg_scale_total(&scale[s], least), scale[s].minimum, 1e-15, 1);
        witness_close(scale[s].name, vg_scale_total(&scale[s], most), scale[s].maximum, 1e-15, 1);
    }
}

static void bands_cover_the_range_in_order(void **state)
{
    (void)state;
    size_t n;
    const VgScale *scale = vg_scales(&n);
    for (size_t s = 0; s < n; s++) {
        const VgScale *one = &scale[s];
        if (one->n_bands == 0)
            continue;
        assert_non_null(one->bands_citation);
        assert_true(one->band[0].lower == one->minimum);
        assert_true(one->band[one->n_bands - 1].upper == one->maximum);
        for (size_t b = 0; b < one->n_bands; b++) {
            assert_true(one->band[b].lower <= one->band[b].upper);
            if (b)
                assert_true(one->band[b].lower == one->band[b - 1].upper + 1);
        }
    }
}

static void every_definition_has_a_citation(void **state)
{
    (void)state;
    size_t n;
    const VgScale *scale = vg_scales(&n);
    for (size_t s = 0; s < n; s++) {
        assert_non_null(scale[s].citation);
        assert_non_null(scale[s].unit);
        if (!isnan(scale[s].response_fraction) || !isnan(scale[s].remission_cutoff))
            assert_non_null(scale[s].remission_citation);
        if (scale[s].missing_items == VG_ITEMS_PRORATE)
            assert_non_null(scale[s].missing_citation);
        for (size_t k = 0; k < s; k++)
            assert_ptr_not_equal(vg_scale_find(scale[s].name), &scale[k]);
    }
}

static void names_are_found_whatever_their_case_blanks_and_hyphens(void **state)
{
    (void)state;
    assert_string_equal(find("hamd17")->name, "HAM-D17");
    assert_string_equal(find("ham d 17")->name, "HAM-D17");
    assert_string_equal(find("Phq9")->name, "PHQ-9");
    assert_string_equal(find("BDI")->name, "BDI");
    assert_string_equal(find("bdi-ii")->name, "BDI-II");
    assert_null(vg_scale_find("HAM-D"));
    assert_null(vg_scale_find(""));
    assert_null(vg_scale_find("--"));
}

static void hamd17_items_have_their_own_ranges(void **state)
{
    (void)state;
    const VgScale *scale = find("HAM-D17");
    double items[17];
    fill(items, 17, 2);
    assert_true(vg_scale_total(scale, items) == 34);
    items[3] = 3; /* early insomnia goes to 2 only */
    assert_true(isnan(vg_scale_total(scale, items)));
    items[3] = 2;
    items[0] = 4;
    assert_true(vg_scale_total(scale, items) == 36);
}

static void a_missing_item_makes_the_total_missing_where_the_scale_says_nothing_else(void **state)
{
    (void)state;
    double items[21];
    fill(items, 21, 1);
    assert_true(vg_scale_total(find("BDI-II"), items) == 21);
    items[7] = NAN;
    assert_true(isnan(vg_scale_total(find("BDI-II"), items)));
}

/* HADS, half rule: mean of the answered × 7 when at least 4 are answered. */
static void hads_is_prorated_when_half_is_answered(void **state)
{
    (void)state;
    double items[7] = {3, 2, 1, 0, NAN, NAN, NAN};
    witness_close("HADS-D", vg_scale_total(find("HADS-D"), items), 6.0 / 4 * 7, 1e-15, 0);
    items[0] = NAN;
    assert_true(isnan(vg_scale_total(find("HADS-D"), items)));
    fill(items, 7, NAN);
    assert_true(isnan(vg_scale_total(find("HADS-D"), items)));
}

/* CES-D: 4, 8, 12, 16 are 3 − x. */
static void cesd_counts_four_items_in_reverse(void **state)
{
    (void)state;
    double items[20];
    fill(items, 20, 0);
    assert_true(vg_scale_total(find("CES-D"), items) == 12);
    items[3] = items[7] = items[11] = items[15] = 3;
    assert_true(vg_scale_total(find("CES-D"), items) == 0);
    items[0] = 2;
    assert_true(vg_scale_total(find("CES-D"), items) == 2);
}

/* PSS-10: 4, 5, 7, 8 are 4 − x; STAI-S: ten items are 5 − x; GDS-15: yes = 1, five items count no.
 */
static void reversed_items_turn_about_the_middle_of_their_range(void **state)
{
    (void)state;
    double items[20];
    fill(items, 10, 1);
    assert_true(vg_scale_total(find("PSS-10"), items) == 6 + 4 * 3);
    fill(items, 20, 1);
    assert_true(vg_scale_total(find("STAI-S"), items) == 10 + 10 * 4);
    assert_true(vg_scale_total(find("STAI-T"), items) == 11 + 9 * 4);
    fill(items, 15, 0);
    assert_true(vg_scale_total(find("GDS-15"), items) == 5);
}

/* QIDS: largest of 1–4 (3), of 6–9 (2), of 15–16 (1), and six single items (1 each). */
static void qids_counts_the_largest_of_a_domain(void **state)
{
    (void)state;
    double items[16] = {0, 1, 3, 2, 1, 2, 0, NAN, 1, 1, 1, 1, 1, 1, 0, 1};
    assert_true(vg_scale_total(find("QIDS-SR16"), items) == 3 + 2 + 1 + 6);
    items[5] = items[6] = items[8] = NAN; /* nothing answered in a domain */
    assert_true(isnan(vg_scale_total(find("QIDS-SR16"), items)));
}

/* IDS: of 11/12 and of 13/14 only one is answered, as the form asks. */
static void ids_needs_one_of_appetite_and_one_of_weight(void **state)
{
    (void)state;
    double items[30];
    fill(items, 30, 1);
    items[10] = NAN;
    items[13] = NAN;
    items[12] = 3;
    assert_true(vg_scale_total(find("IDS-SR30"), items) == 26 + 1 + 3);
}

/* DASS-21 doubles, WHO-5 times four, GSRS is a mean. */
static void multipliers_make_the_published_total(void **state)
{
    (void)state;
    double items[15];
    fill(items, 7, 2);
    assert_true(vg_scale_total(find("DASS-21-D"), items) == 28);
    fill(items, 5, 3);
    assert_true(vg_scale_total(find("WHO-5"), items) == 60);
    assert_false(find("WHO-5")->lower_is_better);
    fill(items, 15, 3);
    witness_close("GSRS", vg_scale_total(find("GSRS"), items), 3, 1e-15, 0);
}

/* ---- docs/scales.md ---- */

static void write_number(VgBuffer *text, double value)
{
    if (isnan(value))
        vg_buffer_text(text, "–");
    else
        vg_buffer_printf(text, "%g", value);
}

static void write_items(VgBuffer *text, const VgScale *scale)
{
    vg_buffer_printf(text, "%zu", scale->n_items);
    if (!scale->item_range)
        vg_buffer_printf(text, ", %g–%g each", scale->item_minimum, scale->item_maximum);
    for (size_t i = 0; scale->item_range && i < scale->n_items; i++)
        vg_buffer_printf(text, "%s%g–%g", i ? ", " : ": ", scale->item_range[i][0],
                         scale->item_range[i][1]);
    for (size_t i = 0; i < scale->n_reversed; i++)
        vg_buffer_printf(text, "%s%zu", i ? ", " : "; reversed: ", scale->reversed[i]);
    for (unsigned char g = 1; scale->group && g < 4; g++) {
        bool first = true;
        for (size_t i = 0; i < scale->n_items; i++) {
            if (scale->group[i] != g)
                continue;
            vg_buffer_printf(text, "%s%zu", first ? "; the largest of " : ", ", i + 1);
            first = false;
        }
    }
    if (scale->multiplier < 1)
        vg_buffer_printf(text, "; mean of the items");
    else if (scale->multiplier > 1)
        vg_buffer_printf(text, "; sum × %g", scale->multiplier);
}

static void write_scale(VgBuffer *text, const VgScale *scale)
{
    vg_buffer_printf(text, "\n## %s\n\n%s.\n\n", scale->name, scale->title);
    vg_buffer_text(text, "- Items: ");
    write_items(text, scale);
    vg_buffer_printf(text, ".\n- Total: %g to %g %s, %s is better.\n", scale->minimum,
                     scale->maximum, scale->unit, scale->lower_is_better ? "lower" : "higher");
    if (scale->missing_items == VG_ITEMS_PRORATE)
        vg_buffer_printf(text, "- Missing items: prorated when at least %zu are answered. %s.\n",
                         scale->items_required, scale->missing_citation);
    else
        vg_buffer_text(text, "- Missing items: a missing item makes the total missing.\n");
    if (scale->n_bands)
        vg_buffer_text(text, "- Bands: ");
    for (size_t b = 0; b < scale->n_bands; b++)
        vg_buffer_printf(text, "%s%s %g–%g", b ? ", " : "", scale->band[b].name,
                         scale->band[b].lower, scale->band[b].upper);
    if (scale->n_bands)
        vg_buffer_printf(text, ". %s.\n", scale->bands_citation);
    else
        vg_buffer_printf(text, "- Bands: %s.\n",
                         scale->bands_citation ? scale->bands_citation : "none");
    vg_buffer_text(text, "- Response (fall from baseline, share): ");
    write_number(text, scale->response_fraction);
    vg_buffer_printf(text, "; remission (%s): ", scale->lower_is_better ? "at most" : "at least");
    write_number(text, scale->remission_cutoff);
    vg_buffer_printf(text, ".%s%s%s\n", scale->remission_citation ? " " : "",
                     scale->remission_citation ? scale->remission_citation : "",
                     scale->remission_citation ? "." : "");
    vg_buffer_printf(text, "- Source: %s.\n", scale->citation);
}

static const char HEAD[] = "# Rating scales\n\n"
                           "The scales that a study file can name (`scale: HAM-D17`; case, blanks "
                           "and hyphens do not matter). This page is made from\n"
                           "the code, and a test holds the two together. What no source settles is "
                           "left out (–); then response or remission need a\n"
                           "definition of your own in the outcome (`remission: {cutoff: 7, source: "
                           "…}`). There is no built-in important difference: published\n"
                           "values differ twofold, so a study gives its own with its source. A "
                           "total between two bands (prorated items) belongs to the\n"
                           "lower one. Scales are protected by their owners' rights; only scoring "
                           "rules are given here, no items.\n";

static void docs_scales_md_says_what_the_code_says(void **state)
{
    (void)state;
    VgArena *arena = vg_arena_create();
    VgBuffer text = {0};
    VgError error = {0};
    size_t n;
    const VgScale *scale = vg_scales(&n);
    vg_buffer_text(&text, HEAD);
    for (size_t s = 0; s < n; s++)
        write_scale(&text, &scale[s]);
    WITNESS_OK(vg_buffer_status(&text, &error), &error);
    const char *path = witness_source(arena, "docs/scales.md");
    /* VAGUS_WRITE_DOCS=1 writes the page anew after a change of the code */
    if (getenv("VAGUS_WRITE_DOCS"))
        WITNESS_OK(vg_file_write(path, text.text, text.length, &error), &error);
    char *bytes;
    size_t size;
    WITNESS_OK(vg_file_read(arena, path, 1 << 20, &bytes, &size, &error), &error);
    assert_string_equal(bytes, text.text);
    vg_buffer_free(&text);
    vg_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extreme_answers_reach_the_ends_of_the_range),
        cmocka_unit_test(bands_cover_the_range_in_order),
        cmocka_unit_test(every_definition_has_a_citation),
        cmocka_unit_test(names_are_found_whatever_their_case_blanks_and_hyphens),
        cmocka_unit_test(hamd17_items_have_their_own_ranges),
        cmocka_unit_test(a_missing_item_makes_the_total_missing_where_the_scale_says_nothing_else),
        cmocka_unit_test(hads_is_prorated_when_half_is_answered),
        cmocka_unit_test(cesd_counts_four_items_in_reverse),
        cmocka_unit_test(reversed_items_turn_about_the_middle_of_their_range),
        cmocka_unit_test(qids_counts_the_largest_of_a_domain),
        cmocka_unit_test(ids_needs_one_of_appetite_and_one_of_weight),
        cmocka_unit_test(multipliers_make_the_published_total),
        cmocka_unit_test(docs_scales_md_says_what_the_code_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
