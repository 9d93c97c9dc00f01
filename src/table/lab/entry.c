#include "table/lab/entry.h"

#include <string.h>

/* What laboratories write; compared without case, blanks, '_', '-' and '.'. */
static const struct {
    const char *word;
    VgEntryClass meaning;
} WORD[] = {{"<LLOQ", VG_ENTRY_BELOW_LLOQ},
            {"<LOQ", VG_ENTRY_BELOW_LLOQ},
            {"<LLQ", VG_ENTRY_BELOW_LLOQ},
            {"BLQ", VG_ENTRY_BELOW_LLOQ},
            {"BLOQ", VG_ENTRY_BELOW_LLOQ},
            {"BLLOQ", VG_ENTRY_BELOW_LLOQ},
            {"BQL", VG_ENTRY_BELOW_LLOQ},
            {"below LLOQ", VG_ENTRY_BELOW_LLOQ},
            {"below LOQ", VG_ENTRY_BELOW_LLOQ},
            {"OOR <", VG_ENTRY_BELOW_LLOQ},
            {"OOR<", VG_ENTRY_BELOW_LLOQ},
            {"<LOD", VG_ENTRY_BELOW_LOD},
            {"BLOD", VG_ENTRY_BELOW_LOD},
            {"BDL", VG_ENTRY_BELOW_LOD},
            {"below LOD", VG_ENTRY_BELOW_LOD},
            {">ULOQ", VG_ENTRY_ABOVE_ULOQ},
            {">LOQ", VG_ENTRY_ABOVE_ULOQ},
            {"ALQ", VG_ENTRY_ABOVE_ULOQ},
            {"AULOQ", VG_ENTRY_ABOVE_ULOQ},
            {"above ULOQ", VG_ENTRY_ABOVE_ULOQ},
            {"OOR >", VG_ENTRY_ABOVE_ULOQ},
            {"DNQ", VG_ENTRY_WITHIN},
            {"detected", VG_ENTRY_WITHIN},
            {"detected, not quantified", VG_ENTRY_WITHIN},
            {"NA", VG_ENTRY_MISSING},
            {"N/A", VG_ENTRY_MISSING},
            {"#N/A", VG_ENTRY_MISSING},
            {"NaN", VG_ENTRY_MISSING},
            {"null", VG_ENTRY_MISSING},
            {"ND", VG_ENTRY_NOT_DETECTED},
            {"not detected", VG_ENTRY_BELOW_LOD}};

static VgEntryClass word_of(const VgField *field)
{
    for (size_t i = 0; i < sizeof WORD / sizeof *WORD; i++)
        if (vg_field_is_like(field, WORD[i].word))
            return WORD[i].meaning;
    return VG_ENTRY_OTHER;
}

/* What follows "<", "<=", "≤" and the like; 0 when the entry does not begin so. */
static size_t relation(const VgField *field, bool *below)
{
    static const struct {
        const char *sign;
        bool below;
    } known[] = {{"<=", true}, {"≤", true}, {"<", true}, {">=", false}, {"≥", false}, {">", false}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t n = strlen(known[i].sign);
        if (field->length > n && memcmp(field->text, known[i].sign, n) == 0) {
            *below = known[i].below;
            return n;
        }
    }
    return 0;
}

VgEntryClass vg_entry_classify(const VgField *field, const VgLabOptions *options, double *value)
{
    if (vg_field_number(field, value))
        return VG_ENTRY_NUMBER;
    for (size_t i = 0; i < options->n_missing; i++)
        if (vg_field_is(field, options->missing[i]))
            return VG_ENTRY_MISSING;
    if (field->length == 0 || (field->length == 1 && strchr(".-", field->text[0])))
        return VG_ENTRY_MISSING;
    bool below;
    size_t sign = relation(field, &below);
    VgField limit = {field->text + sign, field->length - sign};
    if (sign && vg_field_number(&limit, value)) {
        if (*value > 0)
            return below ? VG_ENTRY_BELOW : VG_ENTRY_ABOVE;
        /* "<0" is what a calibration curve gives for less than nothing: all that is known is "below the LLOQ" */
        return below ? VG_ENTRY_BELOW_LLOQ : VG_ENTRY_OTHER;
    }
    return word_of(field);
}

VgEntryClass vg_entry_of_remark(const VgField *remark)
{
    VgField word = *remark;
    for (size_t i = 0; i < word.length; i++)
        if (strchr(",;:", word.text[i])) {
            word.length = i;
            break;
        }
    VgEntryClass class = word_of(&word);
    return class == VG_ENTRY_NOT_DETECTED || class == VG_ENTRY_MISSING ? VG_ENTRY_OTHER : class;
}
