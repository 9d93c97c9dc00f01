/* Biomarkers from analytes of the same sample: totals, shares, ratios.
 *
 * Every formula here is monotone in each of its parts, so that a value with censored parts lies between what the formula
 * gives with each part at the bound that makes it least, and at the one that makes it greatest. */
#include "panel/derive.h"

#include <math.h>
#include <string.h>

#include <vagus/units.h>

#include "numeric/linear_algebra.h"

enum { MOST_PARTS = 3 };

typedef struct Part {
    const char *analyte; /* NULL ends the list */
    int direction;       /* +1: the formula rises with it; −1: it falls */
    const char *unit;    /* NULL: one molar unit for all parts, that of the first */
    bool optional;       /* 0 where the layer does not have it */
} Part;

typedef struct Formula {
    const char *key;
    Part part[MOST_PARTS];
    double (*value)(const double *x);
} Formula;

static double total(const double *x)
{
    return x[0] + x[1] + x[2];
}

/* x0/(x0 + x1 + x2), such that limits of 0 and infinity give 0 and 1 */
static double share(const double *x)
{
    return 1 / (1 + (x[1] + x[2]) / x[0]);
}

static double ratio(const double *x)
{
    return x[0] / x[1];
}

static double homa_ir(const double *x)
{
    return x[0] * x[1] / 22.5;
}

static double per_mille(const double *x)
{
    return 1000 * x[0] / x[1];
}

static const Formula FORMULA[] = {
    {"scfa_total",
     {{"acetate", 1, NULL, false}, {"propionate", 1, NULL, false}, {"butyrate", 1, NULL, false}},
     total},
    {"scfa_branched",
     {{"isobutyrate", 1, NULL, false},
      {"isovalerate", 1, NULL, false},
      {"2-methylbutyrate", 1, NULL, true}},
     total},
    {"acetate_share",
     {{"acetate", 1, NULL, false}, {"propionate", -1, NULL, false}, {"butyrate", -1, NULL, false}},
     share},
    {"propionate_share",
     {{"propionate", 1, NULL, false}, {"acetate", -1, NULL, false}, {"butyrate", -1, NULL, false}},
     share},
    {"butyrate_share",
     {{"butyrate", 1, NULL, false}, {"acetate", -1, NULL, false}, {"propionate", -1, NULL, false}},
     share},
    {"acetate_propionate", {{"acetate", 1, NULL, false}, {"propionate", -1, NULL, false}}, ratio},
    {"butyrate_acetate", {{"butyrate", 1, NULL, false}, {"acetate", -1, NULL, false}}, ratio},
    {"homa_ir", {{"glucose", 1, "mmol/L", false}, {"insulin", 1, "uIU/mL", false}}, homa_ir},
    {"kynurenine_tryptophan",
     {{"kynurenine", 1, "umol/L", false}, {"tryptophan", -1, "umol/L", false}},
     per_mille},
};

static const Formula *formula_of(const char *key)
{
    for (size_t k = 0; k < sizeof FORMULA / sizeof *FORMULA; k++)
        if (strcmp(FORMULA[k].key, key) == 0)
            return &FORMULA[k];
    return NULL;
}

/* ---- which analyte, in which unit ---- */

static bool is_called(const VgLayer *layer, size_t feature, const char *analyte,
                      const VgAnalyte *known)
{
    const char *name[] = {layer->feature[feature], layer->feature_label[feature]};
    for (size_t k = 0; k < 2; k++)
        if (strcmp(name[k], analyte) == 0 || (known && vg_analyte_find(name[k]) == known))
            return true;
    return false;
}

size_t vg_derive_find(const VgLayer *layer, const char *analyte, size_t *twice)
{
    const VgAnalyte *known = vg_analyte_find(analyte);
    size_t found = SIZE_MAX;
    *twice = SIZE_MAX;
    for (size_t j = 0; j < layer->n_features; j++) {
        if (strcmp(layer->feature[j], analyte) == 0) {
            *twice = SIZE_MAX;
            return j;
        }
        if (!is_called(layer, j, analyte, known))
            continue;
        if (found != SIZE_MAX)
            *twice = j;
        else
            found = j;
    }
    return *twice == SIZE_MAX ? found : SIZE_MAX;
}

const char *vg_derive_unit(const VgLayer *layer, size_t feature)
{
    const char *own = layer->feature_unit ? layer->feature_unit[feature] : NULL;
    return own ? own : layer->unit;
}

/* The parts as found: their columns and what they are multiplied by. */
typedef struct Found {
    size_t n;
    size_t feature[MOST_PARTS]; /* SIZE_MAX: an optional part that the layer lacks */
    double factor[MOST_PARTS];
    int direction[MOST_PARTS];
    const char *unit; /* of the first part, converted */
} Found;

static bool tell_lacking(VgStudyReader *reader, const VgLayer *parent, const VgDeriveAsk *ask,
                         const char *analyte, size_t twice)
{
    const char *has = "it has";
    for (size_t j = 0; j < parent->n_features && strlen(has) < 240; j++)
        has = vg_study_printf(reader, "%s%s %s", has, j ? "," : "", parent->feature[j]);
    if (twice != SIZE_MAX)
        vg_study_problem(reader, VG_INVALID_INPUT, ask->derivation->line,
                         "%s needs %s, and two columns of the layer %s may be that",
                         "say which is meant: analytes: {NAME: column}", ask->biomarker->key,
                         analyte, parent->name);
    else
        vg_study_problem(reader, VG_INVALID_INPUT, ask->derivation->line,
                         "%s needs %s, and the layer %s has none", has, ask->biomarker->key,
                         analyte, parent->name);
    return false;
}

/* Molar amounts add up and make shares; masses do not: a mass per something becomes micromoles per the same. */
static bool common_unit(VgStudyReader *reader, const VgLayer *parent, const VgDeriveAsk *ask,
                        Found *found)
{
    VgUnit unit;
    VgError own = {0};
    bool known = found->unit && vg_unit_parse(found->unit, &unit, &own) == VG_OK;
    if (known && unit.top == VG_QUANTITY_AMOUNT)
        return true;
    const char *stroke = known && unit.top == VG_QUANTITY_MASS ? strchr(found->unit, '/') : NULL;
    if (stroke) {
        found->unit = vg_study_printf(reader, "umol%s", stroke);
        return true;
    }
    vg_study_problem(reader, VG_INVALID_INPUT, ask->derivation->line,
                     "%s needs amounts in moles or masses per something, and %s of the layer %s is "
                     "in `%s`",
                     "declare the unit of the file: unit: umol/g, or unit: ug/g",
                     ask->biomarker->key, parent->feature[found->feature[0]], parent->name,
                     found->unit ? found->unit : "");
    return false;
}

static bool find_parts(VgStudyReader *reader, const VgLayer *parent, const VgDeriveAsk *ask,
                       const Formula *formula, Found *found)
{
    *found = (Found){0};
    for (size_t k = 0; k < MOST_PARTS && formula->part[k].analyte; k++) {
        const Part *part = &formula->part[k];
        size_t twice, feature = vg_derive_find(parent, part->analyte, &twice);
        if (feature == SIZE_MAX && !(part->optional && twice == SIZE_MAX))
            return tell_lacking(reader, parent, ask, part->analyte, twice);
        found->feature[found->n] = feature;
        found->direction[found->n] = part->direction;
        found->factor[found->n] = 1;
        if (k == 0) {
            found->unit = part->unit ? part->unit : vg_derive_unit(parent, feature);
            if (!part->unit && !common_unit(reader, parent, ask, found))
                return false;
        }
        const char *from = feature == SIZE_MAX ? NULL : vg_derive_unit(parent, feature);
        VgError own = {0};
        if (feature != SIZE_MAX &&
            vg_unit_factor(from ? from : "", part->unit ? part->unit : found->unit,
                           vg_analyte_find(part->analyte), &found->factor[found->n],
                           &own) != VG_OK) {
            vg_study_problem(reader, VG_INVALID_INPUT, ask->derivation->line,
                             "%s needs %s in %s, and the layer %s has it in `%s`",
                             vg_study_printf(reader, "declare its unit: %s", own.message),
                             ask->biomarker->key, part->analyte,
                             part->unit ? part->unit : found->unit, parent->name, from ? from : "");
            return false;
        }
        found->n++;
    }
    return true;
}

/* ---- values ---- */

/* The parts of one sample at their bounds; false when one is missing. */
static bool corners(const VgLayer *parent, const Found *found, size_t sample, double *least,
                    double *most)
{
    for (size_t k = 0; k < found->n; k++) {
        if (found->feature[k] == SIZE_MAX) {
            least[k] = most[k] = 0;
            continue;
        }
        /* a concentration is not below 0, whatever its limit leaves open */
        double lower = fmax(0, VG_AT(parent->lower, sample, found->feature[k])) * found->factor[k];
        double upper = VG_AT(parent->upper, sample, found->feature[k]) * found->factor[k];
        if (isnan(upper))
            return false;
        least[k] = found->direction[k] > 0 ? lower : upper;
        most[k] = found->direction[k] > 0 ? upper : lower;
    }
    return true;
}

void vg_derive_parts(VgStudyReader *reader, const VgLayer *parent, const VgDeriveAsk *ask,
                     VgLayer *to, size_t feature)
{
    const Formula *formula = formula_of(ask->biomarker->key);
    Found found;
    if (parent->kind != VG_LAYER_CONCENTRATION) {
        vg_study_problem(reader, VG_INVALID_INPUT, ask->derivation->line,
                         "%s needs concentrations, and the layer %s is of kind %s",
                         "derive it from a layer of kind: concentration", ask->biomarker->key,
                         parent->name, vg_layer_kind_name(parent->kind));
        return;
    }
    if (!formula || !find_parts(reader, parent, ask, formula, &found))
        return;
    bool given = strncmp(ask->biomarker->unit, "[x]", 3) != 0;
    to->feature_unit[feature] = given ? ask->biomarker->unit : found.unit;
    size_t zero = 0;
    for (size_t i = 0; i < parent->n_samples; i++) {
        double least[MOST_PARTS] = {0}, most[MOST_PARTS] = {0};
        if (!corners(parent, &found, i, least, most))
            continue;
        double lower = formula->value(least), upper = formula->value(most);
        if (to->feature_log[feature] && !(upper > 0)) {
            if (vg_study_listed(&zero))
                vg_study_warn_in(reader, parent->path, 0, "%s of sample %s is %g: taken as missing",
                                 "a part was found to be 0; say <LLOQ for what was not detected",
                                 ask->biomarker->key, parent->sample[i], upper);
            continue;
        }
        if (lower > 0 || isfinite(upper)) /* else anything may be true: missing */
            vg_derive_set(to, i, feature, lower, upper);
    }
    vg_study_and_more(reader, zero, parent->path, true, "values of 0");
}
