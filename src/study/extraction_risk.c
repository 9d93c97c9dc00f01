/* Risk-of-bias judgements: RoB 2 domains d1 … d7 and the overall one, from words, letters or signs. */
#include "study/extraction.h"

#include <string.h>
#include <strings.h>

typedef struct Word {
    const char *word;
    VgRiskOfBias risk;
} Word;

static const Word WORD[] = {
    {"low", VG_RISK_LOW},
    {"l", VG_RISK_LOW},
    {"+", VG_RISK_LOW},
    {"low risk", VG_RISK_LOW},
    {"low risk of bias", VG_RISK_LOW},
    {"some concerns", VG_RISK_SOME_CONCERNS},
    {"some", VG_RISK_SOME_CONCERNS},
    {"s", VG_RISK_SOME_CONCERNS},
    {"sc", VG_RISK_SOME_CONCERNS},
    {"?", VG_RISK_SOME_CONCERNS},
    {"moderate", VG_RISK_SOME_CONCERNS},
    {"unclear", VG_RISK_SOME_CONCERNS},
    {"high", VG_RISK_HIGH},
    {"h", VG_RISK_HIGH},
    {"-", VG_RISK_HIGH},
    {"−", VG_RISK_HIGH},
    {"high risk", VG_RISK_HIGH},
    {"high risk of bias", VG_RISK_HIGH},
    {"no information", VG_RISK_NO_INFORMATION},
    {"no info", VG_RISK_NO_INFORMATION},
    {"n", VG_RISK_NO_INFORMATION},
    {"ni", VG_RISK_NO_INFORMATION},
};

static bool is_overall(const char *name)
{
    static const char *const names[] = {"overall",     "rob",          "rob_overall",
                                        "overall_rob", "risk_of_bias", "riskofbias"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_domain(const char *name)
{
    if (strncasecmp(name, "rob_", 4) == 0)
        name += 4;
    return (name[0] == 'd' || name[0] == 'D') && name[1] >= '1' && name[1] <= '7' &&
           name[2] == '\0';
}

/* Judgements are words; a column of numbers by such a name is a count or a code of the table's own. */
static bool holds_words(const VgColumn *column)
{
    return column->type == VG_COLUMN_FACTOR || column->type == VG_COLUMN_TEXT;
}

static VgRiskOfBias judgement(VgExtractionReader *reader, const VgColumn *column, size_t row)
{
    const char *text = vg_study_value(&reader->reader, column, row);
    if (!text)
        return VG_RISK_ABSENT;
    for (size_t i = 0; i < sizeof WORD / sizeof *WORD; i++)
        if (strcasecmp(WORD[i].word, text) == 0)
            return WORD[i].risk;
    vg_extraction_fault(reader, VG_FAULT_RISK, reader->table->line[row],
                        "`%.60s` in column %s is no judgement of risk of bias",
                        "write low, some concerns, high or no information (L, S, H, N; +, ?, -)",
                        text, column->name);
    return VG_RISK_ABSENT;
}

void vg_extraction_read_risk(VgExtractionReader *reader)
{
    const VgTable *table = reader->table;
    VgExtraction *extraction = reader->extraction;
    const VgColumn **column = VG_STUDY_NEW(&reader->reader, const VgColumn *, table->n_columns);
    if (!column)
        return;
    size_t n = 0;
    for (size_t i = 0; i < table->n_columns; i++)
        if (is_domain(table->column[i].name) && holds_words(&table->column[i]))
            column[n++] = &table->column[i];
    for (size_t i = 0; i < table->n_columns && !extraction->has_overall; i++)
        if (is_overall(table->column[i].name) && holds_words(&table->column[i])) {
            column[n++] = &table->column[i];
            extraction->has_overall = true;
        }
    if (n == 0)
        return;
    extraction->domain = VG_STUDY_NEW(&reader->reader, const char *, n);
    extraction->risk = VG_STUDY_NEW(&reader->reader, VgRiskOfBias, n * extraction->n_rows);
    if (!extraction->domain || !extraction->risk)
        return;
    extraction->n_domains = n;
    for (size_t k = 0; k < n; k++)
        extraction->domain[k] = extraction->has_overall && k + 1 == n ? "overall" : column[k]->name;
    for (size_t i = 0; i < extraction->n_rows; i++)
        for (size_t k = 0; k < n; k++)
            extraction->risk[i * n + k] = judgement(reader, column[k], i);
}
