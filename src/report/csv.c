/* A result as tidy CSV: one row per estimate, all columns of the result shape, empty where
 * undefined. */
#include "report/csv.h"

#include <string.h>

#include <vagus/report.h>

#include "report/text.h"

static void text_field(VgBuffer *out, const char *text)
{
    vg_csv_put_text(out, text);
    vg_buffer_text(out, ",");
}

static void number_field(VgBuffer *out, double value)
{
    vg_csv_put_number(out, value);
    vg_buffer_text(out, ",");
}

static void row(VgBuffer *out, const VgEstimate *estimate)
{
    const char *texts[] = {estimate->analysis,  estimate->quantity, estimate->term,
                           estimate->outcome,   estimate->visit,    estimate->arm,
                           estimate->reference, estimate->stratum,  estimate->channel,
                           estimate->feature};
    const double numbers[] = {estimate->estimate,  estimate->se, estimate->df,
                              estimate->statistic, estimate->p,  estimate->lower,
                              estimate->upper,     estimate->n};
    for (size_t j = 0; j < sizeof texts / sizeof *texts; j++)
        text_field(out, texts[j]);
    for (size_t j = 0; j < sizeof numbers / sizeof *numbers; j++)
        number_field(out, numbers[j]);
    text_field(out, estimate->unit);
    number_field(out, estimate->q);
    vg_csv_put_text(out, estimate->note);
    vg_buffer_text(out, "\n");
}

void vg_csv_estimates(VgBuffer *out, const VgResult *result)
{
    vg_buffer_text(out,
                   "analysis,quantity,term,outcome,visit,arm,reference,stratum,channel,feature,"
                   "estimate,se,df,statistic,p,lower,upper,n,unit,q,note\n");
    for (size_t i = 0; i < result->n_estimates; i++)
        row(out, &result->estimate[i]);
}

static const VgDataset *first_named(const VgResult *result, const char *name, bool *analysed)
{
    const VgDataset *first = NULL;
    *analysed = false;
    for (size_t i = 0; i < result->n_datasets; i++) {
        if (strcmp(result->dataset[i].name, name) != 0)
            continue;
        if (!first)
            first = &result->dataset[i];
        *analysed = *analysed || result->dataset[i].analysis;
    }
    return first;
}

static void cell(VgBuffer *out, const VgDatasetColumn *column, size_t i)
{
    if (column && column->text)
        vg_csv_put_text(out, column->text[i]);
    else if (column)
        vg_csv_put_number(out, column->number[i]);
}

void vg_csv_dataset(VgBuffer *out, const VgResult *result, const char *name)
{
    bool analysed;
    const VgDataset *first = first_named(result, name, &analysed);
    if (!first)
        return;
    vg_buffer_text(out, analysed ? "analysis," : "");
    for (size_t j = 0; j < first->n_columns; j++) {
        vg_buffer_text(out, j ? "," : "");
        vg_csv_put_text(out, first->column[j].name);
    }
    vg_buffer_text(out, "\n");
    for (size_t k = 0; k < result->n_datasets; k++) {
        const VgDataset *dataset = &result->dataset[k];
        if (strcmp(dataset->name, name) != 0)
            continue;
        for (size_t i = 0; i < dataset->n_rows; i++) {
            if (analysed)
                text_field(out, dataset->analysis);
            for (size_t j = 0; j < first->n_columns; j++) {
                vg_buffer_text(out, j ? "," : "");
                cell(out, vg_dataset_column(dataset, first->column[j].name), i);
            }
            vg_buffer_text(out, "\n");
        }
    }
}

VgStatus vg_result_print_csv(const VgResult *result, FILE *stream, VgError *error)
{
    VgBuffer out = {0};
    vg_csv_estimates(&out, result);
    VgStatus status = vg_stream_buffer(&out, stream, error);
    vg_buffer_free(&out);
    return status;
}
