/* What the text of a table is, by its first lines. */
#include "table/features/readers.h"

#include <string.h>

static bool begins(const char *p, const char *end, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(end - p) >= n && memcmp(p, word, n) == 0;
}

/* "  5.00\t200\t3\tS\t562\t    Escherichia coli": 6 fields, or 8 with counts of minimisers. */
static bool is_kreport(const char *p, const char *end)
{
    VgField field[8];
    size_t n = 0;
    for (; n < 8; n++) {
        const char *stop = memchr(p, '\t', (size_t)(end - p));
        field[n] = (VgField){p, (size_t)((stop ? stop : end) - p)};
        if (!stop) {
            n++;
            break;
        }
        p = stop + 1;
    }
    if (n != 6 && n != 8)
        return false;
    double value;
    const VgField *rank = &field[n - 3];
    return vg_field_number(&field[0], &value) && vg_field_number(&field[1], &value) &&
           vg_field_number(&field[2], &value) && vg_field_number(&field[n - 2], &value) &&
           rank->length >= 1 && rank->length <= 3 && strchr("URDKPCOFGS-", rank->text[0]);
}

bool vg_is_clade(const char *p, const char *end)
{
    return begins(p, end, "k__") || begins(p, end, "d__") || begins(p, end, "UNCLASSIFIED") ||
           begins(p, end, "UNKNOWN");
}

/* MetaPhlAn's tables hold clades of several levels, split by '|'; a table of one rank is plain text. */
VgStatus vg_text_format(const VgLines *start, const VgFeatureOptions *options,
                        VgFeatureFormat *format, VgError *error)
{
    enum { LOOK = 2000 };
    (void)error;
    VgLines lines = *start;
    bool clades = true, levels = false, strata = false;
    size_t rows = 0;
    *format = VG_FORMAT_PLAIN;
    while (rows < LOOK && vg_lines_next(&lines)) {
        const char *p = lines.begin, *end = lines.end;
        if (begins(p, end, "#mpa_") || begins(p, end, "#clade_name\t") ||
            begins(p, end, "clade_name\t")) {
            *format = VG_FORMAT_METAPHLAN;
            return VG_OK;
        }
        if (begins(p, end, "# Gene Family") || begins(p, end, "# Pathway") ||
            begins(p, end, "#HEADERS\t")) {
            *format = VG_FORMAT_HUMANN;
            return VG_OK;
        }
        if (rows == 0 && is_kreport(p, end)) {
            *format = VG_FORMAT_KREPORT;
            return VG_OK;
        }
        if (rows == 0 && begins(p, end, "name\ttaxonomy_id\ttaxonomy_lvl\t")) {
            *format = VG_FORMAT_BRACKEN;
            return VG_OK;
        }
        rows++;
        if (*p == '#' || rows == 1)
            continue;
        char delimiter = options->delimiter ? options->delimiter : vg_delimiter_of(p, end);
        const char *stop = memchr(p, delimiter, (size_t)(end - p));
        stop = stop ? stop : end;
        bool bar = memchr(p, '|', (size_t)(stop - p)) != NULL;
        clades = clades && vg_is_clade(p, end);
        levels = levels || (bar && vg_is_clade(p, end));
        strata = strata || (bar && !vg_is_clade(p, end));
    }
    if (options->features_in_columns)
        return VG_OK;
    if (rows > 1 && clades && levels)
        *format = VG_FORMAT_METAPHLAN;
    else if (strata)
        *format = VG_FORMAT_HUMANN;
    return VG_OK;
}
