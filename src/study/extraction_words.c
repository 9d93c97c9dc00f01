/* What the words of a row say: which end of the scale is better, what its means are of, who was randomised. */
#include <string.h>
#include <strings.h>

#include "study/extraction.h"

static const char *word(VgExtractionReader *reader, const VgColumn *column, size_t row)
{
    return column ? vg_study_value(&reader->reader, column, row) : NULL;
}

static bool among(const char *text, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

int vg_extraction_direction(VgExtractionReader *reader, size_t row)
{
    static const char *const lower[] = {"lower", "low", "lower is better", "-1", "down", NULL};
    static const char *const higher[] = {"higher", "high", "higher is better", "1", "up", NULL};
    const char *text = word(reader, reader->found.direction, row);
    if (!text)
        return 0;
    if (among(text, lower))
        return 1;
    if (among(text, higher))
        return -1;
    vg_extraction_fault(reader, VG_FAULT_DIRECTION, reader->table->line[row], "direction `%.40s`",
                        "write lower or higher: which end is better", text);
    return 0;
}

static const char *const ENDPOINT[] = {"endpoint", "final",     "post",           "value",
                                       "score",    "end point", "post-treatment", NULL};
static const char *const CHANGE[] = {"change", "change score", "change from baseline", NULL};

VgMeasured vg_extraction_measured(VgExtractionReader *reader, size_t row)
{
    const char *text = word(reader, reader->found.measured, row);
    if (!text)
        return VG_MEASURED_NOT_SAID;
    if (among(text, ENDPOINT))
        return VG_MEASURED_ENDPOINT;
    if (among(text, CHANGE))
        return VG_MEASURED_CHANGE;
    vg_extraction_fault(reader, VG_FAULT_MEASURED, reader->table->line[row], "measured `%.40s`",
                        "write endpoint or change: what mean and SD are of", text);
    return VG_MEASURED_NOT_SAID;
}

bool vg_extraction_says_measured(VgExtractionReader *reader, const VgColumn *column)
{
    for (size_t row = 0; row < reader->table->n_rows; row++) {
        const char *text = word(reader, column, row);
        if (text && !among(text, ENDPOINT) && !among(text, CHANGE))
            return false;
    }
    return true;
}

/* Tables say it in many ways ("RCT, cross-over"); only a column that was named may hold nothing else. */
VgTrialDesign vg_extraction_design(VgExtractionReader *reader, size_t row)
{
    static const char *const cluster[] = {"cluster", "group-randomi", "group randomi", NULL};
    static const char *const crossover[] = {"crossover", "cross-over", "cross over", NULL};
    const char *text = word(reader, reader->found.design, row);
    for (size_t i = 0; text && cluster[i]; i++)
        if (strcasestr(text, cluster[i]))
            return VG_DESIGN_CLUSTER;
    for (size_t i = 0; text && crossover[i]; i++)
        if (strcasestr(text, crossover[i]))
            return VG_DESIGN_CROSSOVER;
    if (text && reader->design_named && !strcasestr(text, "parallel"))
        vg_extraction_fault(reader, VG_FAULT_DESIGN, reader->table->line[row], "design `%.40s`",
                            "write parallel, cluster or crossover", text);
    return VG_DESIGN_PARALLEL;
}
