/* The parser of units and their conversion. */
#include <vagus/units.h>

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct Word {
    const char *text;
    VgQuantity quantity;
    double factor;
    bool prefixed; /* may carry m, µ, n, … */
} Word;

/* Longest first where one begins another. L is 1, g is 1. */
static const Word words[] = {
    {"mol", VG_QUANTITY_AMOUNT, 1, true},
    {"g", VG_QUANTITY_MASS, 1, true},
    {"gram", VG_QUANTITY_MASS, 1, true},
    {"grams", VG_QUANTITY_MASS, 1, true},
    {"l", VG_QUANTITY_VOLUME, 1, true},
    {"L", VG_QUANTITY_VOLUME, 1, true},
    {"litre", VG_QUANTITY_VOLUME, 1, true},
    {"liter", VG_QUANTITY_VOLUME, 1, true},
    {"cc", VG_QUANTITY_VOLUME, 1e-3, false},
    {"cells", VG_QUANTITY_CELLS, 1, false},
    {"cell", VG_QUANTITY_CELLS, 1, false},
    {"cfu", VG_QUANTITY_CFU, 1, false},
    {"CFU", VG_QUANTITY_CFU, 1, false},
    {"copies", VG_QUANTITY_COPIES, 1, false},
    {"IU", VG_QUANTITY_ACTIVITY, 1, true},
    {"U", VG_QUANTITY_ACTIVITY, 1, true},
    {"iu", VG_QUANTITY_ACTIVITY, 1, true},
    {"NPX", VG_QUANTITY_NPX, 1, false},
    {"npx", VG_QUANTITY_NPX, 1, false},
    {"s", VG_QUANTITY_TIME, 1, true},
    {"min", VG_QUANTITY_TIME, 60, false},
    {"h", VG_QUANTITY_TIME, 3600, false},
    {"ms2", VG_QUANTITY_TIME_SQUARED, 1e-6, false},
    {"ms^2", VG_QUANTITY_TIME_SQUARED, 1e-6, false},
    {"ms\xC2\xB2", VG_QUANTITY_TIME_SQUARED, 1e-6, false},
};

typedef struct Prefix {
    const char *text;
    double factor;
} Prefix;

static const Prefix prefixes[] = {
    {"", 1},      {"k", 1e3},         {"d", 1e-1},        {"c", 1e-2}, {"m", 1e-3},  {"u", 1e-6},
    {"mc", 1e-6}, {"\xC2\xB5", 1e-6}, {"\xCE\xBC", 1e-6}, {"n", 1e-9}, {"p", 1e-12}, {"f", 1e-15}};

static bool find_word(const char *text, VgQuantity *quantity, double *factor)
{
    for (size_t p = 0; p < sizeof prefixes / sizeof *prefixes; p++) {
        size_t length = strlen(prefixes[p].text);
        if (strncmp(text, prefixes[p].text, length) != 0)
            continue;
        for (size_t w = 0; w < sizeof words / sizeof *words; w++)
            if ((length == 0 || words[w].prefixed) && strcmp(text + length, words[w].text) == 0) {
                *quantity = words[w].quantity;
                *factor *= prefixes[p].factor * words[w].factor;
                return true;
            }
    }
    /* molar: M, mM, µM, nM, pM are per litre and come from parse_top */
    return false;
}

/* The number in front: "100", "10^9", "10*9", "1e9", "x10^9"; 1 when there is none. */
static double leading_number(const char **text)
{
    const char *t = *text;
    if ((*t == 'x' || *t == '*' || *t == 'X') && isdigit((unsigned char)t[1]))
        t++;
    if (!isdigit((unsigned char)*t))
        return 1;
    char *end;
    double value = strtod(t, &end);
    if (value == 10 && (*end == '^' || *end == '*') && isdigit((unsigned char)end[1]))
        value = pow(10, strtod(end + 1, &end));
    while (*end == ' ')
        end++;
    *text = end;
    return value;
}

/* Small letters where the whole is in capitals and holds a mass, an amount or a volume: no laboratory means mega. */
static void normalise_case(char *text)
{
    for (const char *c = text; *c; c++)
        if (islower((unsigned char)*c))
            return;
    const char *keep[] = {"IU", "U/", "CFU", "NPX", "M"};
    for (size_t k = 0; k < 4; k++)
        if (strstr(text, keep[k]))
            return;
    if (strcmp(text, "M") == 0)
        return;
    for (char *c = text; *c; c++)
        *c = (char)tolower((unsigned char)*c);
}

static VgStatus not_understood(VgError *error, const char *text, const char *part)
{
    return vg_fail(error, VG_INVALID_INPUT, "unit \"%.40s\": \"%.24s\" is not understood",
                   "write such as ng/mL, nmol/L, µmol/g dry, cells/g, ms", text, part);
}

/* "l-1", "L^-1", "L⁻¹": what was written as a power becomes a stroke. True when `word` was one. */
static bool strip_minus_one(char *word)
{
    static const char *const ends[] = {"^-1", "-1", "\xE2\x81\xBB\xC2\xB9"};
    size_t length = strlen(word);
    for (size_t k = 0; k < 3; k++) {
        size_t n = strlen(ends[k]);
        if (length > n && strcmp(word + length - n, ends[k]) == 0) {
            word[length - n] = '\0';
            return true;
        }
    }
    return false;
}

static void trim(char *text)
{
    size_t length = strlen(text), first = strspn(text, " \t");
    memmove(text, text + first, length - first + 1);
    length -= first;
    while (length && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
}

static VgStatus parse_top(const char *text, const char *top, VgUnit *unit, VgError *error)
{
    static const Prefix molar[] = {{"M", 1},           {"mM", 1e-3},  {"uM", 1e-6},
                                   {"nM", 1e-9},       {"pM", 1e-12}, {"\xC2\xB5M", 1e-6},
                                   {"\xCE\xBCM", 1e-6}};
    unit->factor *= leading_number(&top);
    if (*top == '\0')
        return VG_OK;
    for (size_t k = 0; unit->bottom == VG_QUANTITY_NONE && k < sizeof molar / sizeof *molar; k++)
        if (strcmp(top, molar[k].text) == 0) {
            unit->top = VG_QUANTITY_AMOUNT;
            unit->bottom = VG_QUANTITY_VOLUME;
            unit->factor *= molar[k].factor;
            return VG_OK;
        }
    char word[24];
    size_t length = strcspn(top, " ");
    if (length >= sizeof word)
        return not_understood(error, text, top);
    memcpy(word, top, length);
    word[length] = '\0';
    return find_word(word, &unit->top, &unit->factor) ? VG_OK : not_understood(error, text, word);
}

static VgStatus parse_bottom(const char *text, const char *bottom, VgUnit *unit, VgError *error)
{
    double factor = leading_number(&bottom);
    char word[24];
    size_t length = strcspn(bottom, " ");
    if (length == 0 || length >= sizeof word)
        return not_understood(error, text, bottom);
    memcpy(word, bottom, length);
    word[length] = '\0';
    if (!find_word(word, &unit->bottom, &factor))
        return not_understood(error, text, word);
    unit->factor /= factor;
    bottom += length;
    bottom += strspn(bottom, " ");
    if (strlen(bottom) >= sizeof unit->of)
        return not_understood(error, text, bottom);
    /* "dry weight", "of dry stool", "dw" are dry */
    if (strstr(bottom, "dry") || strcmp(bottom, "dw") == 0)
        bottom = "dry";
    else if (strstr(bottom, "wet") || strcmp(bottom, "ww") == 0)
        bottom = "wet";
    strcpy(unit->of, bottom);
    return VG_OK;
}

VgStatus vg_unit_parse(const char *text, VgUnit *unit, VgError *error)
{
    char copy[64];
    *unit = (VgUnit){.factor = 1};
    if (!text || strlen(text) >= sizeof copy)
        return vg_fail(error, VG_INVALID_INPUT, "unit \"%.40s…\" is too long",
                       "write such as ng/mL, nmol/L, µmol/g dry, cells/g", text ? text : "");
    strcpy(copy, text);
    trim(copy);
    if (strcmp(copy, "G/L") == 0)
        return vg_fail(error, VG_INVALID_INPUT, "unit \"G/L\" is grams or giga (10^9) per litre",
                       "write g/L or 10^9/L");
    normalise_case(copy);
    if (*copy == '\0')
        return vg_fail(error, VG_INVALID_INPUT, "no unit is stated",
                       "name the unit of every measurement");
    if (strcmp(copy, "%") == 0) {
        unit->factor = 0.01;
        return VG_OK;
    }
    char *stroke = strchr(copy, '/'), *bottom = NULL;
    if (stroke) {
        *stroke = '\0';
        bottom = stroke + 1;
    } else {
        char *last = strrchr(copy, ' ');
        char *dot = strrchr(copy, '.');
        char *cut = last ? last : dot;
        if (cut && strip_minus_one(cut + 1)) {
            *cut = '\0';
            bottom = cut + 1;
        }
    }
    trim(copy);
    if (bottom) {
        trim(bottom);
        VG_TRY(parse_bottom(text, bottom, unit, error));
    }
    VG_TRY(parse_top(text, copy, unit, error));
    if (!(unit->factor > 0) || isinf(unit->factor))
        return vg_fail(error, VG_INVALID_INPUT, "unit \"%.40s\" holds no usable number",
                       "numbers in units are powers of ten or volumes such as 100 mL", text);
    return VG_OK;
}

/* --- conversion ------------------------------------------------------------------------------- */

static bool has_mass(VgQuantity q)
{
    return q == VG_QUANTITY_MASS || q == VG_QUANTITY_AMOUNT || q == VG_QUANTITY_ACTIVITY;
}

/* mol in one base unit of the numerator. */
static double to_mol(VgQuantity q, const VgAnalyte *analyte)
{
    if (q == VG_QUANTITY_AMOUNT)
        return 1;
    return q == VG_QUANTITY_MASS ? 1 / vg_analyte_molar_mass(analyte) : analyte->mol_per_iu;
}

VgStatus vg_unit_factor(const char *from, const char *to, const VgAnalyte *analyte, double *factor,
                        VgError *error)
{
    VgUnit a, b;
    VG_TRY(vg_unit_parse(from, &a, error));
    VG_TRY(vg_unit_parse(to, &b, error));
    *factor = a.factor / b.factor;
    if (a.bottom != b.bottom || strcmp(a.of, b.of) != 0)
        return vg_fail(error, VG_INVALID_INPUT, "%.40s does not convert to %.40s",
                       "what they are per differs (volume, mass, dry or wet): that takes a "
                       "measured density or water content",
                       from, to);
    if (a.top == b.top)
        return VG_OK;
    if (!has_mass(a.top) || !has_mass(b.top))
        return vg_fail(error, VG_INVALID_INPUT, "%.40s does not convert to %.40s",
                       "they count different things", from, to);
    if (!analyte)
        return vg_fail(error, VG_INVALID_INPUT,
                       "%.40s to %.40s needs a molar mass, and this analyte is not known",
                       "proteins that vary and mixtures have none: keep the unit, or name a known "
                       "analyte",
                       from, to);
    if ((a.top == VG_QUANTITY_ACTIVITY || b.top == VG_QUANTITY_ACTIVITY) && !analyte->mol_per_iu)
        return vg_fail(
            error, VG_INVALID_INPUT, "%.40s to %.40s: %s has no international unit that converts",
            "an activity depends on the standard; keep the unit", from, to, analyte->name);
    *factor *= to_mol(a.top, analyte) / to_mol(b.top, analyte);
    return VG_OK;
}
