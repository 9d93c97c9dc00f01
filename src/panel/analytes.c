/* Analytes of the panel. Molar masses are not typed in: they follow from the formulas. Atomic weights: IUPAC 2021,
 * abridged to five figures (Prohaska et al. 2022, Pure Appl Chem 94:573). Formulas: PubChem. */
#include <vagus/units.h>

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

typedef struct Element {
    const char *symbol;
    double weight;
} Element;

static const Element elements[] = {{"Co", 58.933}, {"Na", 22.990}, {"Cl", 35.45},
                                   {"H", 1.0080},  {"C", 12.011},  {"N", 14.007},
                                   {"O", 15.999},  {"P", 30.974},  {"S", 32.06}};

#define SIMPLE(name, aliases, formula)                                                             \
    {                                                                                              \
        name, aliases, formula, 0, NULL                                                            \
    }

static const VgAnalyte analytes[] = {
    /* short-chain fatty acids and relatives, as acids */
    SIMPLE("acetate", "acetic acid", "C2H4O2"),
    SIMPLE("propionate", "propionic acid|propanoic acid|propanoate", "C3H6O2"),
    SIMPLE("butyrate", "butyric acid|butanoic acid|butanoate", "C4H8O2"),
    SIMPLE("isobutyrate", "isobutyric acid|2-methylpropanoic acid", "C4H8O2"),
    SIMPLE("valerate", "valeric acid|pentanoic acid|pentanoate", "C5H10O2"),
    SIMPLE("isovalerate", "isovaleric acid|3-methylbutyric acid|3-methylbutanoic acid", "C5H10O2"),
    SIMPLE("2-methylbutyrate", "2-methylbutyric acid|2-methylbutanoic acid", "C5H10O2"),
    SIMPLE("caproate", "caproic acid|hexanoic acid|hexanoate", "C6H12O2"),
    SIMPLE("formate", "formic acid", "CH2O2"),
    SIMPLE("lactate", "lactic acid", "C3H6O3"),
    SIMPLE("succinate", "succinic acid", "C4H6O4"),
    /* tryptophan and its ways */
    SIMPLE("tryptophan", "trp|l-tryptophan", "C11H12N2O2"),
    SIMPLE("kynurenine", "kyn|l-kynurenine", "C10H12N2O3"),
    SIMPLE("kynurenic acid", "kyna|kynurenate", "C10H7NO3"),
    SIMPLE("quinolinic acid", "quin|quinolinate", "C7H5NO4"),
    SIMPLE("3-hydroxykynurenine", "3-hk", "C10H12N2O4"),
    SIMPLE("serotonin", "5-ht", "C10H12N2O"),
    SIMPLE("5-hydroxyindoleacetic acid", "5-hiaa", "C10H9NO3"),
    SIMPLE("melatonin", "", "C13H16N2O2"),
    SIMPLE("indole", "", "C8H7N"),
    SIMPLE("indole-3-acetic acid", "iaa|indoleacetate", "C10H9NO2"),
    SIMPLE("indole-3-propionic acid", "ipa|indolepropionate", "C11H11NO2"),
    SIMPLE("indole-3-lactic acid", "ila|indolelactate", "C11H11NO3"),
    SIMPLE("indoxyl sulfate", "indoxyl sulphate", "C8H7NO4S"),
    SIMPLE("p-cresol sulfate", "p-cresyl sulfate|p-cresol sulphate", "C7H8O4S"),
    /* amino acids and transmitters */
    SIMPLE("gaba", "gamma-aminobutyric acid|4-aminobutyric acid", "C4H9NO2"),
    SIMPLE("glutamate", "glutamic acid|l-glutamate", "C5H9NO4"),
    SIMPLE("glutamine", "", "C5H10N2O3"),
    SIMPLE("tyrosine", "", "C9H11NO3"),
    SIMPLE("phenylalanine", "", "C9H11NO2"),
    SIMPLE("dopamine", "", "C8H11NO2"),
    SIMPLE("noradrenaline", "norepinephrine", "C8H11NO3"),
    SIMPLE("adrenaline", "epinephrine", "C9H13NO3"),
    SIMPLE("histamine", "", "C5H9N3"),
    /* steroids */
    SIMPLE("cortisol", "hydrocortisone", "C21H30O5"),
    SIMPLE("cortisone", "", "C21H28O5"),
    SIMPLE("dhea", "dehydroepiandrosterone", "C19H28O2"),
    SIMPLE("dhea-s", "dheas|dehydroepiandrosterone sulfate", "C19H28O5S"),
    SIMPLE("testosterone", "", "C19H28O2"),
    SIMPLE("estradiol", "oestradiol|17-beta-estradiol", "C18H24O2"),
    SIMPLE("progesterone", "", "C21H30O2"),
    /* bile acids, trimethylamine, metabolism */
    SIMPLE("cholic acid", "ca", "C24H40O5"),
    SIMPLE("chenodeoxycholic acid", "cdca", "C24H40O4"),
    SIMPLE("deoxycholic acid", "dca", "C24H40O4"),
    SIMPLE("lithocholic acid", "lca", "C24H40O3"),
    SIMPLE("ursodeoxycholic acid", "udca", "C24H40O4"),
    SIMPLE("tmao", "trimethylamine n-oxide|trimethylamine-n-oxide", "C3H9NO"),
    SIMPLE("trimethylamine", "tma", "C3H9N"),
    SIMPLE("betaine", "", "C5H11NO2"),
    SIMPLE("carnitine", "l-carnitine", "C7H15NO3"),
    SIMPLE("glucose", "", "C6H12O6"),
    SIMPLE("creatinine", "", "C4H7N3O"),
    SIMPLE("urea", "", "CH4N2O"),
    SIMPLE("uric acid", "urate", "C5H4N4O3"),
    SIMPLE("cholesterol", "hdl cholesterol|ldl cholesterol|total cholesterol", "C27H46O"),
    SIMPLE("bilirubin", "", "C33H36N4O6"),
    SIMPLE("homocysteine", "", "C4H9NO2S"),
    SIMPLE("25-hydroxyvitamin d3", "25(oh)d|25-oh-d3|calcifediol", "C27H44O2"),
    SIMPLE("folate", "folic acid", "C19H19N7O6"),
    SIMPLE("vitamin b12", "cobalamin|cyanocobalamin|b12", "C63H88CoN14O14P"),
    {"insulin", "human insulin", "C257H383N65O77S6", 6.00e-9,
     "1 IU = 6.00 nmol: Volund 1993, Am J Clin Nutr 58:714; assays that state "
     "6.945 follow an older one"},
};

const VgAnalyte *vg_analytes(size_t *n)
{
    *n = sizeof analytes / sizeof *analytes;
    return analytes;
}

/* The next character that counts, small; `end` stops. */
static int next(const char **text, const char *end)
{
    while (*text < end && (**text == ' ' || **text == '-' || **text == '_'))
        (*text)++;
    return *text < end ? tolower((unsigned char)*(*text)++) : 0;
}

static bool same_name(const char *a, const char *a_end, const char *b)
{
    const char *b_end = b + strlen(b);
    for (;;) {
        int x = next(&a, a_end), y = next(&b, b_end);
        if (x != y)
            return false;
        if (!x)
            return true;
    }
}

const VgAnalyte *vg_analyte_find(const char *name)
{
    if (!name || !*name)
        return NULL;
    for (size_t k = 0; k < sizeof analytes / sizeof *analytes; k++) {
        const VgAnalyte *analyte = &analytes[k];
        if (same_name(analyte->name, analyte->name + strlen(analyte->name), name))
            return analyte;
        for (const char *alias = analyte->aliases; *alias;) {
            const char *end = alias + strcspn(alias, "|");
            if (same_name(alias, end, name))
                return analyte;
            alias = *end ? end + 1 : end;
        }
    }
    return NULL;
}

double vg_analyte_molar_mass(const VgAnalyte *analyte)
{
    double mass = 0;
    for (const char *f = analyte->formula; *f;) {
        size_t e = 0;
        while (strncmp(f, elements[e].symbol, strlen(elements[e].symbol)) != 0)
            e++; /* formulas hold the elements of the table only: the unit test walks through all */
        f += strlen(elements[e].symbol);
        unsigned count = 0;
        for (; isdigit((unsigned char)*f); f++)
            count = 10 * count + (unsigned)(*f - '0');
        mass += elements[e].weight * (count ? count : 1);
    }
    return mass;
}
