/* The operating characteristics of a design as text: one table for each analysis and way of measuring, an effect a line. */
#include "report/operating_text.h"

#include <math.h>

#include "base/compare.h"
#include "report/text.h"

/* Rows of a table share analysis and stratum; rows of one line of it share term and channel too. */
static bool same_table(const VgEstimate *a, const VgEstimate *b)
{
    return vg_same_text(a->analysis, b->analysis) && vg_same_text(a->stratum, b->stratum);
}

static bool same_line(const VgEstimate *a, const VgEstimate *b)
{
    return same_table(a, b) && vg_same_text(a->term, b->term) &&
           vg_same_text(a->channel, b->channel);
}

static const VgEstimate *find(const VgResult *result, const VgEstimate *line, const char *quantity)
{
    for (size_t i = 0; i < result->n_estimates; i++)
        if (vg_same_text(result->estimate[i].quantity, quantity) &&
            same_line(&result->estimate[i], line))
            return &result->estimate[i];
    return NULL;
}

static void put_heading(VgBuffer *out, const VgResult *result, const VgEstimate *row)
{
    VgBuffer line = {0};
    vg_buffer_printf(&line, "%s: %s", row->analysis, row->outcome ? row->outcome : "outcome");
    if (row->visit)
        vg_buffer_printf(&line, " at %s", row->visit);
    if (row->arm && row->reference)
        vg_buffer_printf(&line, ", %s minus %s", row->arm, row->reference);
    if (row->unit)
        vg_buffer_printf(&line, ", %s", row->unit);
    if (row->stratum)
        vg_buffer_printf(&line, "; %s", row->stratum);
    vg_buffer_printf(&line, "; %.0f trials", row->n);
    const VgFact *people = vg_result_find_fact(result, VG_FACTS_FIT, NULL, "n");
    if (people)
        vg_buffer_printf(&line, " of %.0f people", people->number);
    if (line.text)
        vg_text_wrap(out, line.text, 80, 0, 4);
    vg_buffer_free(&line);
    vg_buffer_printf(out, "\n%-17s %8s %17s %7s %8s %8s %8s\n", "effect", "truth", "bias (error)",
                     "SD", "mean SE", "coverage", "power");
}

static void put_number(VgBuffer *out, const VgEstimate *row, int width, int decimals)
{
    if (row && isfinite(row->estimate))
        vg_buffer_printf(out, " %*.*f", width, decimals, row->estimate);
    else
        vg_buffer_printf(out, " %*s", width, "-");
}

static void put_line(VgBuffer *out, const VgResult *result, const VgEstimate *truth)
{
    static const char *const CELL[] = {"sd", "mean_se", "coverage"};
    static const int WIDTH[] = {7, 8, 8};
    const char *name = truth->channel                          ? truth->channel
                       : vg_same_text(truth->term, "indirect") ? "all channels"
                       : vg_same_text(truth->term, "contrast") ? "difference"
                       : truth->term                           ? truth->term
                                                               : "effect";
    vg_text_fit(out, name, 17, false);
    put_number(out, truth, 8, 3);
    const VgEstimate *bias = find(result, truth, "bias");
    put_number(out, bias, 9, 3);
    if (bias && isfinite(bias->se))
        vg_buffer_printf(out, " (%.3f)", bias->se);
    else
        vg_buffer_printf(out, "%8s", "");
    for (size_t k = 0; k < 3; k++)
        put_number(out, find(result, truth, CELL[k]), WIDTH[k], 3);
    const VgEstimate *power = find(result, truth, "power");
    const VgEstimate *level = find(result, truth, "type1_error");
    put_number(out, power ? power : level, 8, 3);
    const VgEstimate *none = find(result, truth, "no_answer");
    vg_buffer_printf(out, "%s\n", level ? "*" : "");
    if (none && none->estimate > 0)
        vg_buffer_printf(out, "    no answer in %.3g %% of the trials\n", 100 * none->estimate);
}

bool vg_is_operating(const VgResult *result)
{
    for (size_t i = 0; i < result->n_estimates; i++)
        if (vg_same_text(result->estimate[i].quantity, "truth"))
            return true;
    return false;
}

void vg_put_operating(VgBuffer *out, const VgResult *result)
{
    const VgEstimate *last = NULL;
    bool level = false;
    for (size_t i = 0; i < result->n_estimates; i++) {
        const VgEstimate *row = &result->estimate[i];
        level |= vg_same_text(row->quantity, "type1_error");
        if (!vg_same_text(row->quantity, "truth"))
            continue;
        if (!last || !same_table(last, row)) {
            vg_buffer_text(out, last ? "\n" : "");
            put_heading(out, result, row);
        }
        put_line(out, result, row);
        last = row;
    }
    vg_buffer_text(out, "\nBias with its Monte Carlo standard error; SD of the estimates beside "
                        "the mean of\ntheir standard errors; coverage of the intervals; power of "
                        "the tests. The errors of\nall of these are in --json and --csv.\n");
    if (level)
        vg_buffer_text(out, "* The truth is nought: share of the trials that find an effect.\n");
    vg_buffer_text(out, "\n");
}
