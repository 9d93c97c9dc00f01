/* A result as the one JSON object of INTERFACE "JSON". Written by hand rather than with jansson:
 * numbers must be the shortest text that reads back as the same double, which jansson does not
 * print.
 *
 * "fit" and "diagnostics" hold facts that belong to no analysis directly, and one object for each
 * analysis. Facts of the study, where there are any, are the object "study". */
#include "report/json.h"

#include <inttypes.h>
#include <math.h>

#include <vagus/report.h>

#include "base/compare.h"
#include "report/text.h"

static void key(VgBuffer *out, const char *name, bool *first)
{
    vg_buffer_text(out, *first ? "" : ", ");
    *first = false;
    vg_json_string(out, name);
    vg_buffer_text(out, ": ");
}

static void text_member(VgBuffer *out, const char *name, const char *value, bool *first)
{
    if (!value)
        return;
    key(out, name, first);
    vg_json_string(out, value);
}

static void number_member(VgBuffer *out, const char *name, double value, bool *first)
{
    if (!isfinite(value))
        return;
    key(out, name, first);
    vg_json_number(out, value);
}

static void row(VgBuffer *out, const VgEstimate *estimate)
{
    bool first = true;
    vg_buffer_text(out, "{");
    text_member(out, "analysis", estimate->analysis, &first);
    text_member(out, "quantity", estimate->quantity, &first);
    text_member(out, "term", estimate->term, &first);
    text_member(out, "outcome", estimate->outcome, &first);
    text_member(out, "visit", estimate->visit, &first);
    text_member(out, "arm", estimate->arm, &first);
    text_member(out, "reference", estimate->reference, &first);
    text_member(out, "stratum", estimate->stratum, &first);
    text_member(out, "channel", estimate->channel, &first);
    text_member(out, "feature", estimate->feature, &first);
    number_member(out, "estimate", estimate->estimate, &first);
    number_member(out, "se", estimate->se, &first);
    number_member(out, "df", estimate->df, &first);
    number_member(out, "statistic", estimate->statistic, &first);
    number_member(out, "p", estimate->p, &first);
    number_member(out, "lower", estimate->lower, &first);
    number_member(out, "upper", estimate->upper, &first);
    number_member(out, "n", estimate->n, &first);
    text_member(out, "unit", estimate->unit, &first);
    number_member(out, "q", estimate->q, &first);
    text_member(out, "note", estimate->note, &first);
    vg_buffer_text(out, "}");
}

static void fact_member(VgBuffer *out, const VgFact *fact, bool *first)
{
    if (fact->kind == VG_FACT_NUMBER) {
        number_member(out, fact->key, fact->number, first);
    } else if (fact->kind == VG_FACT_BOOL) {
        key(out, fact->key, first);
        vg_buffer_text(out, fact->number != 0 ? "true" : "false");
    } else {
        text_member(out, fact->key, fact->text, first);
    }
}

static bool seen_before(const VgResult *result, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (result->fact[j].section == result->fact[i].section &&
            vg_same_text(result->fact[j].analysis, result->fact[i].analysis))
            return true;
    return false;
}

static void facts_of(VgBuffer *out, const VgResult *result, VgFactSection section,
                     const char *analysis, bool *first)
{
    for (size_t i = 0; i < result->n_facts; i++)
        if (result->fact[i].section == section && vg_same_text(result->fact[i].analysis, analysis))
            fact_member(out, &result->fact[i], first);
}

static void facts(VgBuffer *out, const VgResult *result, VgFactSection section)
{
    bool first = true;
    vg_buffer_text(out, "{");
    facts_of(out, result, section, NULL, &first);
    for (size_t i = 0; i < result->n_facts; i++) {
        const char *analysis = result->fact[i].analysis;
        if (result->fact[i].section != section || !analysis || seen_before(result, i))
            continue;
        bool inner = true;
        key(out, analysis, &first);
        vg_buffer_text(out, "{");
        facts_of(out, result, section, analysis, &inner);
        vg_buffer_text(out, "}");
    }
    vg_buffer_text(out, "}");
}

static bool has_section(const VgResult *result, VgFactSection section)
{
    for (size_t i = 0; i < result->n_facts; i++)
        if (result->fact[i].section == section)
            return true;
    return false;
}

static void inputs(VgBuffer *out, const VgResult *result)
{
    vg_buffer_text(out, "[");
    for (size_t i = 0; i < result->n_inputs; i++) {
        bool first = true;
        vg_buffer_text(out, i ? ", {" : "{");
        text_member(out, "path", result->input[i].path, &first);
        text_member(out, "sha256", result->input[i].sha256, &first);
        key(out, "rows", &first);
        vg_buffer_printf(out, "%zu}", result->input[i].rows);
    }
    vg_buffer_text(out, "]");
}

static void strings(VgBuffer *out, const char **text, size_t n)
{
    vg_buffer_text(out, "[");
    for (size_t i = 0; i < n; i++) {
        vg_buffer_text(out, i ? ", " : "");
        vg_json_string(out, text[i] ? text[i] : "");
    }
    vg_buffer_text(out, "]");
}

static void dataset(VgBuffer *out, const VgDataset *d)
{
    bool first = true;
    vg_buffer_text(out, "{");
    text_member(out, "name", d->name, &first);
    text_member(out, "analysis", d->analysis, &first);
    key(out, "rows", &first);
    vg_buffer_text(out, "[");
    for (size_t i = 0; i < d->n_rows; i++) {
        bool inner = true;
        vg_buffer_text(out, i ? ",\n   {" : "\n   {");
        for (size_t j = 0; j < d->n_columns; j++) {
            const VgDatasetColumn *column = &d->column[j];
            if (column->number)
                number_member(out, column->name, column->number[i], &inner);
            else
                text_member(out, column->name, column->text[i], &inner);
        }
        vg_buffer_text(out, "}");
    }
    vg_buffer_text(out, "]}");
}

static void all_datasets(VgBuffer *out, const VgResult *result)
{
    vg_buffer_text(out, ",\n \"datasets\": [");
    for (size_t i = 0; i < result->n_datasets; i++) {
        vg_buffer_text(out, i ? ",\n  " : "\n  ");
        dataset(out, &result->dataset[i]);
    }
    vg_buffer_text(out, "]");
}

void vg_json_result(VgBuffer *out, const VgResult *result, bool datasets)
{
    vg_buffer_text(out, "{\"vagus\": ");
    vg_json_string(out, VAGUS_VERSION);
    vg_buffer_text(out, ",\n \"command\": ");
    vg_json_string(out, result->command ? result->command : "");
    vg_buffer_text(out, ",\n \"call\": ");
    strings(out, result->call, result->n_call);
    vg_buffer_text(out, ",\n \"inputs\": ");
    inputs(out, result);
    vg_buffer_printf(out, ",\n \"seed\": %" PRIu64, result->seed);
    if (has_section(result, VG_FACTS_STUDY)) {
        vg_buffer_text(out, ",\n \"study\": ");
        facts(out, result, VG_FACTS_STUDY);
    }
    vg_buffer_text(out, ",\n \"estimates\": [");
    for (size_t i = 0; i < result->n_estimates; i++) {
        vg_buffer_text(out, i ? ",\n  " : "\n  ");
        row(out, &result->estimate[i]);
    }
    vg_buffer_text(out, "],\n \"fit\": ");
    facts(out, result, VG_FACTS_FIT);
    vg_buffer_text(out, ",\n \"diagnostics\": ");
    facts(out, result, VG_FACTS_DIAGNOSTICS);
    if (datasets)
        all_datasets(out, result);
    vg_buffer_text(out, ",\n \"warnings\": ");
    strings(out, result->warning, result->n_warnings);
    vg_buffer_text(out, "}\n");
}

static VgStatus print(const VgResult *result, bool datasets, FILE *stream, VgError *error)
{
    VgBuffer out = {0};
    vg_json_result(&out, result, datasets);
    VgStatus status = vg_stream_buffer(&out, stream, error);
    vg_buffer_free(&out);
    return status;
}

VgStatus vg_result_print_json(const VgResult *result, FILE *stream, VgError *error)
{
    return print(result, false, stream, error);
}

VgStatus vg_result_print_json_and_datasets(const VgResult *result, FILE *stream, VgError *error)
{
    return print(result, true, stream, error);
}
