/* A result as text tables for a terminal. One table per (analysis, quantity): a column that is
 * empty throughout is left out, one that is the same throughout goes to the heading. Numbers of a
 * column share their decimals, so that they can be compared down the page. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <vagus/report.h>

#include "base/compare.h"
#include "report/operating_text.h"
#include "report/policy_text.h"
#include "report/text.h"

enum { LABELS = 8, FIGURES = 9, GAP = 2, NARROWEST_LABEL = 10 };

static const char *const LABEL_NAMES[LABELS] = {"term",      "outcome", "visit",   "arm",
                                                "reference", "stratum", "channel", "feature"};
static const char *const FIGURE_NAMES[FIGURES] = {"estimate", "se",    "df", "statistic", "p",
                                                  "lower",    "upper", "n",  "q"};

static const char *label(const VgEstimate *row, size_t j)
{
    const char *const all[LABELS] = {row->term,      row->outcome, row->visit,   row->arm,
                                     row->reference, row->stratum, row->channel, row->feature};
    return all[j];
}

static double figure(const VgEstimate *row, size_t j)
{
    const double all[FIGURES] = {row->estimate, row->se,    row->df, row->statistic, row->p,
                                 row->lower,    row->upper, row->n,  row->q};
    return all[j];
}

static bool same_group(const VgEstimate *a, const VgEstimate *b)
{
    return vg_same_text(a->analysis, b->analysis) && vg_same_text(a->quantity, b->quantity);
}

/* The rows of one table and how its columns are laid out. */
typedef struct Table {
    const VgResult *result;
    size_t first; /* row that stands for the group */
    int digits;
    size_t width;
    size_t label_width[LABELS]; /* 0 = not shown as a column */
    size_t figure_width[FIGURES];
    int decimals[FIGURES]; /* −1 = each number in its own %g form */
} Table;

static bool in_table(const Table *table, size_t i)
{
    return same_group(&table->result->estimate[table->first], &table->result->estimate[i]);
}

/* Decimals that show `digits` significant digits of the smallest non-zero number; −1 when the
 * numbers are too far apart to share decimals. */
static int shared_decimals(const Table *table, size_t from, size_t to)
{
    double smallest = INFINITY, largest = 0;
    for (size_t i = table->first; i < table->result->n_estimates; i++) {
        if (!in_table(table, i))
            continue;
        for (size_t j = from; j < to; j++) {
            double value = fabs(figure(&table->result->estimate[i], j));
            if (isfinite(value) && value > 0) {
                smallest = fmin(smallest, value);
                largest = fmax(largest, value);
            }
        }
    }
    if (largest == 0)
        return 0;
    int decimals = table->digits - 1 - (int)floor(log10(smallest));
    if (decimals < 0)
        decimals = 0;
    if (log10(largest) + decimals > 12 || decimals > 8) {
        /* a number near nought need not cost the others their place: judge by the largest */
        decimals = table->digits + 1 - (int)floor(log10(largest));
        if (decimals < 0)
            decimals = 0;
        if (decimals > 9 || log10(largest) > 12)
            return -1;
    }
    return decimals;
}

static void probability(char *text, size_t size, double p)
{
    if (p < 0.0001)
        snprintf(text, size, "<0.0001");
    else
        snprintf(text, size, "%.4f", p);
}

static void figure_text(const Table *table, size_t j, double value, char *text, size_t size)
{
    text[0] = '\0';
    if (isnan(value))
        return;
    if (strcmp(FIGURE_NAMES[j], "p") == 0 || strcmp(FIGURE_NAMES[j], "q") == 0)
        probability(text, size, value);
    else if (isinf(value))
        snprintf(text, size, "%s", value > 0 ? "Inf" : "-Inf");
    else if (strcmp(FIGURE_NAMES[j], "n") == 0)
        snprintf(text, size, "%.10g", value);
    else if (table->decimals[j] < 0)
        snprintf(text, size, "%.*g", table->digits, value);
    else
        snprintf(text, size, "%.*f", table->decimals[j], value);
}

static void lay_out_figures(Table *table)
{
    for (size_t j = 0; j < FIGURES; j++)
        table->decimals[j] = shared_decimals(table, j, j + 1);
    int estimate = table->decimals[0], se = table->decimals[1];
    if (estimate >= 0 && se >= 0) { /* an estimate, its error and its limits are read together */
        int decimals = se > 0 ? se : estimate;
        table->decimals[0] = table->decimals[1] = table->decimals[5] = table->decimals[6] =
            decimals;
    } else if (estimate >= 0) {
        table->decimals[5] = table->decimals[6] = estimate;
    }
    table->decimals[2] = table->decimals[2] > 2 ? 2 : table->decimals[2];
    table->decimals[3] = table->decimals[3] > 3 ? 3 : table->decimals[3];
    char text[400];
    for (size_t i = table->first; i < table->result->n_estimates; i++) {
        if (!in_table(table, i))
            continue;
        for (size_t j = 0; j < FIGURES; j++) {
            figure_text(table, j, figure(&table->result->estimate[i], j), text, sizeof text);
            size_t wide = strlen(text);
            if (wide && wide < strlen(FIGURE_NAMES[j]))
                wide = strlen(FIGURE_NAMES[j]);
            if (wide > table->figure_width[j])
                table->figure_width[j] = wide;
        }
    }
}

static bool constant_label(const Table *table, size_t j)
{
    const char *value = label(&table->result->estimate[table->first], j);
    for (size_t i = table->first; i < table->result->n_estimates; i++)
        if (in_table(table, i) && !vg_same_text(value, label(&table->result->estimate[i], j)))
            return false;
    return true;
}

static void lay_out_labels(Table *table)
{
    for (size_t j = 0; j < LABELS; j++) {
        if (constant_label(table, j) && j != 0)
            continue;
        for (size_t i = table->first; i < table->result->n_estimates; i++) {
            const char *value = in_table(table, i) ? label(&table->result->estimate[i], j) : NULL;
            size_t wide = vg_text_width(value);
            if (wide && wide < strlen(LABEL_NAMES[j]))
                wide = strlen(LABEL_NAMES[j]);
            if (wide > table->label_width[j])
                table->label_width[j] = wide;
        }
    }
}

static size_t total(const size_t *width, size_t n)
{
    size_t sum = 0;
    for (size_t j = 0; j < n; j++)
        sum += width[j] ? width[j] + GAP : 0;
    return sum;
}

/* Narrows the widest label until the labels leave `room` for figures, or none can give more. */
static void narrow_labels(Table *table, size_t room)
{
    while (total(table->label_width, LABELS) + room > table->width + GAP) {
        size_t widest = 0;
        for (size_t j = 1; j < LABELS; j++)
            if (table->label_width[j] > table->label_width[widest])
                widest = j;
        if (table->label_width[widest] <= NARROWEST_LABEL)
            return;
        table->label_width[widest]--;
    }
}

static void line(VgBuffer *out, const Table *table, const VgEstimate *row, size_t from, size_t to)
{
    size_t start = out->length;
    bool first = true;
    for (size_t j = 0; j < LABELS; j++) {
        if (!table->label_width[j])
            continue;
        vg_buffer_text(out, first ? "" : "  ");
        first = false;
        vg_text_fit(out, row ? label(row, j) : LABEL_NAMES[j], table->label_width[j], false);
    }
    char text[400];
    for (size_t j = from; j < to; j++) {
        if (!table->figure_width[j])
            continue;
        if (row)
            figure_text(table, j, figure(row, j), text, sizeof text);
        vg_buffer_text(out, first ? "" : "  ");
        first = false;
        vg_text_fit(out, row ? text : FIGURE_NAMES[j], table->figure_width[j], true);
    }
    while (out->length > start && out->text[out->length - 1] == ' ')
        out->length--;
    vg_buffer_text(out, "\n");
}

/* The figures from `from` that fit beside the labels; at least one. */
static size_t fitting(const Table *table, size_t from)
{
    size_t used = total(table->label_width, LABELS), to = from;
    while (to < FIGURES) {
        size_t wide = table->figure_width[to] ? table->figure_width[to] + GAP : 0;
        if (to > from && wide && used + wide > table->width + GAP)
            break;
        used += wide;
        to++;
    }
    return to;
}

static void heading(VgBuffer *out, const Table *table)
{
    const VgEstimate *row = &table->result->estimate[table->first];
    VgBuffer text = {0};
    if (row->analysis)
        vg_buffer_printf(&text, "%s: ", row->analysis);
    vg_buffer_text(&text, row->quantity ? row->quantity : "estimate");
    for (size_t j = 1; j < LABELS; j++)
        if (label(row, j) && constant_label(table, j))
            vg_buffer_printf(&text, ", %s %s", LABEL_NAMES[j], label(row, j));
    bool one_unit = row->unit;
    for (size_t i = table->first; i < table->result->n_estimates; i++)
        if (in_table(table, i) && !vg_same_text(row->unit, table->result->estimate[i].unit))
            one_unit = false;
    if (one_unit)
        vg_buffer_printf(&text, " [%s]", row->unit);
    out->failed = out->failed || text.failed;
    if (text.text)
        vg_text_wrap(out, text.text, table->width, 0, 4);
    vg_buffer_free(&text);
}

static void notes(VgBuffer *out, const Table *table)
{
    const VgEstimate *all = table->result->estimate;
    for (size_t i = table->first; i < table->result->n_estimates; i++) {
        if (!in_table(table, i) || !all[i].note)
            continue;
        bool told = false;
        for (size_t k = table->first; k < i && !told; k++)
            told = in_table(table, k) && vg_same_text(all[k].note, all[i].note);
        if (told)
            continue;
        vg_buffer_text(out, "  note: ");
        vg_text_wrap(out, all[i].note, table->width, 8, 8);
    }
}

static void print_table(VgBuffer *out, Table *table)
{
    lay_out_labels(table);
    lay_out_figures(table);
    narrow_labels(table, total(table->figure_width, FIGURES));
    heading(out, table);
    for (size_t from = 0; from < FIGURES;) {
        size_t to = fitting(table, from);
        line(out, table, NULL, from, to);
        for (size_t i = table->first; i < table->result->n_estimates; i++)
            if (in_table(table, i))
                line(out, table, &table->result->estimate[i], from, to);
        from = to;
        bool more = false;
        for (size_t j = from; j < FIGURES; j++)
            more = more || table->figure_width[j];
        if (!more)
            break;
    }
    notes(out, table);
    vg_buffer_text(out, "\n");
}

static void facts(VgBuffer *out, const VgResult *result, VgFactSection section, const char *title,
                  int digits, size_t width)
{
    const char *analysis = NULL;
    bool any = false, headed = false;
    for (size_t i = 0; i < result->n_facts; i++) {
        const VgFact *fact = &result->fact[i];
        if (fact->section != section || (fact->kind == VG_FACT_NUMBER && isnan(fact->number)))
            continue;
        if (!headed || !vg_same_text(fact->analysis, analysis)) {
            vg_buffer_printf(out, "%s%s%s%s\n", any ? "\n" : "",
                             fact->analysis ? fact->analysis : "", fact->analysis ? ": " : "",
                             title);
            analysis = fact->analysis;
            headed = true;
        }
        any = true;
        vg_buffer_text(out, "  ");
        vg_text_fit(out, fact->key, 28, false);
        vg_buffer_text(out, "  ");
        if (fact->kind == VG_FACT_BOOL)
            vg_buffer_printf(out, "%s\n", fact->number != 0 ? "yes" : "no");
        else if (fact->kind == VG_FACT_NUMBER)
            vg_buffer_printf(
                out, "%.*g\n",
                fabs(fact->number) < 1e15 && fact->number == floor(fact->number) ? 15 : digits + 3,
                fact->number);
        else
            vg_text_wrap(out, fact->text ? fact->text : "", width, 32, 32);
    }
    if (any)
        vg_buffer_text(out, "\n");
}

static bool group_seen(const VgResult *result, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (same_group(&result->estimate[k], &result->estimate[i]))
            return true;
    return false;
}

static void print_tables(VgBuffer *out, const VgResult *result, int digits, size_t width)
{
    for (size_t i = 0; i < result->n_estimates; i++) {
        if (group_seen(result, i))
            continue;
        Table table = {.result = result, .first = i, .digits = digits, .width = width};
        print_table(out, &table);
    }
}

VgStatus vg_result_print_text(const VgResult *result, int digits, int width, FILE *stream,
                              VgError *error)
{
    if (digits < 1 || digits > 15)
        digits = 4;
    if (width < 40)
        width = width > 0 ? 40 : 80;
    VgBuffer out = {0};
    if (vg_is_operating(result))
        vg_put_operating(&out, result);
    else
        print_tables(&out, result, digits, (size_t)width);
    vg_put_policy_trees(&out, result, digits);
    facts(&out, result, VG_FACTS_FIT, "fit", digits, (size_t)width);
    for (size_t i = 0; i < result->n_warnings; i++) {
        vg_buffer_text(&out, "warning: ");
        vg_text_wrap(&out, result->warning[i], (size_t)width, 9, 9);
    }
    VgStatus status = vg_stream_buffer(&out, stream, error);
    vg_buffer_free(&out);
    return status;
}
