#include "support/trial_rows.h"

#include "support/witness.h"

static bool fits(const char *asked, const char *text)
{
    return !asked || (text && strcmp(asked, text) == 0);
}

const VgEstimate *trial_row(const VgResult *result, const char *analysis, const char *quantity,
                            const char *term, const char *visit, const char *arm)
{
    for (size_t k = 0; k < result->n_estimates; k++) {
        const VgEstimate *row = &result->estimate[k];
        if (fits(analysis, row->analysis) && fits(quantity, row->quantity) &&
            fits(term, row->term) && fits(visit, row->visit) && fits(arm, row->arm))
            return row;
    }
    fail_msg("no row %s %s %s %s %s", analysis ? analysis : "-", quantity ? quantity : "-",
             term ? term : "-", visit ? visit : "-", arm ? arm : "-");
    return NULL;
}

size_t trial_count(const VgResult *result, const char *analysis, const char *quantity)
{
    size_t n = 0;
    for (size_t k = 0; k < result->n_estimates; k++)
        n += fits(analysis, result->estimate[k].analysis) &&
             fits(quantity, result->estimate[k].quantity);
    return n;
}

static const VgFact *fact(const VgResult *result, const char *analysis, const char *key)
{
    const VgFact *found = vg_result_find_fact(result, VG_FACTS_FIT, analysis, key);
    if (!found)
        found = vg_result_find_fact(result, VG_FACTS_DIAGNOSTICS, analysis, key);
    if (!found)
        fail_msg("no fact %s of %s", key, analysis);
    return found;
}

const char *trial_fact_text(const VgResult *result, const char *analysis, const char *key)
{
    return fact(result, analysis, key)->text;
}

double trial_fact_number(const VgResult *result, const char *analysis, const char *key)
{
    return fact(result, analysis, key)->number;
}

const char *trial_methods(const VgResult *result, const char *heading)
{
    const VgDataset *data = vg_result_find_dataset(result, NULL, "methods");
    const VgDatasetColumn *headings = vg_dataset_column(data, "heading");
    const VgDatasetColumn *text = vg_dataset_column(data, "text");
    for (size_t r = 0; headings && text && r < data->n_rows; r++)
        if (strncmp(headings->text[r], heading, strlen(heading)) == 0)
            return text->text[r];
    return NULL;
}

bool trial_cites(const VgResult *result, const char *key)
{
    const VgDataset *data = vg_result_find_dataset(result, NULL, "references");
    const VgDatasetColumn *keys = vg_dataset_column(data, "key");
    for (size_t r = 0; keys && r < data->n_rows; r++)
        if (strcmp(keys->text[r], key) == 0)
            return true;
    return false;
}

bool trial_warns(const VgResult *result, const char *text)
{
    for (size_t k = 0; k < result->n_warnings; k++)
        if (strstr(result->warning[k], text))
            return true;
    return false;
}
