/* panel/: units as laboratories write them; mass and amount. */
#include "support/witness.h"

#include <math.h>

#include <vagus/units.h>

static void near(double value, double expected, double relative)
{
    if (!(fabs(value - expected) <= relative * fabs(expected)))
        fail_msg("%.17g is not %.17g", value, expected);
}

static void converts(const char *from, const char *to, const char *analyte, double expected,
                     double relative)
{
    double factor = NAN;
    VgError error = {0};
    const VgAnalyte *known = analyte ? vg_analyte_find(analyte) : NULL;
    if (vg_unit_factor(from, to, known, &factor, &error) != VG_OK)
        fail_msg("%s to %s: %s", from, to, error.message);
    if (!(fabs(factor - expected) <= relative * expected))
        fail_msg("%s to %s: %.17g is not %.17g", from, to, factor, expected);
}

static void refuses(const char *from, const char *to, const char *analyte)
{
    double factor;
    VgError error = {0};
    const VgAnalyte *known = analyte ? vg_analyte_find(analyte) : NULL;
    if (vg_unit_factor(from, to, known, &factor, &error) != VG_INVALID_INPUT || !error.hint[0])
        fail_msg("%s to %s was not refused", from, to);
}

static void units_are_read_as_laboratories_write_them(void **state)
{
    (void)state;
    static const char *const same[] = {
        "\xC2\xB5g/dL",     "\xCE\xBCg/dL", "ug/dl",   "mcg/dL",   "UG/DL",
        "\xC2\xB5g/100 mL", "ug/100mL",     "ug dl-1", "ug dL^-1", "ug dL\xE2\x81\xBB\xC2\xB9",
        " ug / dL "};
    for (size_t k = 0; k < sizeof same / sizeof *same; k++)
        converts(same[k], "ng/mL", NULL, 10, 1e-14);
    converts("NMOL/L", "nM", NULL, 1, 1e-14);
    converts("umol/g", "mmol/kg", NULL, 1, 1e-14);
    converts("pg/mL", "ng/L", NULL, 1, 1e-14);
    converts("10^9/L", "1e6/mL", NULL, 1, 1e-14);
    converts("10^9 cells/g", "cells/g", NULL, 1e9, 1e-14);
    converts("uIU/mL", "mIU/L", NULL, 1, 1e-14);
    converts("mU/L", "mIU/L", NULL, 1, 1e-14);
    converts("ms", "s", NULL, 1e-3, 1e-14);
    converts("ms2", "ms^2", NULL, 1, 1e-14);
    converts("umol/g dry weight", "nmol/mg dw", NULL, 1, 1e-14);
    converts("CFU/g", "cfu/mg", NULL, 1e-3, 1e-14);
    VgUnit unit;
    VgError error = {0};
    static const char *const wrong[] = {
        "",
        "furlongs",
        "ng/furlong",
        "ng/",
        "ng//mL",
        "xg/L",
        "a unit with far more words than any laboratory would use for one"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++)
        if (vg_unit_parse(wrong[k], &unit, &error) != VG_INVALID_INPUT)
            fail_msg("\"%s\" was read", wrong[k]);
}

static void mass_and_amount_convert_for_known_analytes(void **state)
{
    (void)state;
    converts("ug/dL", "nmol/L", "Cortisol", 27.59, 1e-4);
    converts("nmol/L", "ug/dL", "cortisol", 1 / 27.5888, 1e-5);
    converts("mg/dL", "mmol/L", "glucose", 0.0555, 1e-3);
    converts("mg/dL", "umol/L", "creatinine", 88.4, 1e-3);
    converts("ug/g", "umol/g", "Butyric acid", 1 / 88.106, 1e-5);
    converts("uIU/mL", "pmol/L", "insulin", 6.00, 1e-12);
    near(vg_analyte_molar_mass(vg_analyte_find("L-Tryptophan")), 204.229, 1e-5);
    near(vg_analyte_molar_mass(vg_analyte_find("insulin")), 5807.6, 1e-4);
    near(vg_analyte_molar_mass(vg_analyte_find("vitamin B12")), 1355.38, 1e-5);
    size_t n;
    const VgAnalyte *all = vg_analytes(&n);
    for (size_t k = 0; k < n; k++) {
        assert_true(vg_analyte_molar_mass(&all[k]) > 40);
        assert_ptr_equal(vg_analyte_find(all[k].name), &all[k]);
    }
    assert_null(vg_analyte_find("interleukin 6"));
    assert_null(vg_analyte_find(""));
}

static void what_does_not_convert_is_refused(void **state)
{
    (void)state;
    refuses("pg/mL", "pmol/L", "IL-6");      /* no one molar mass */
    refuses("umol/g", "umol/L", "butyrate"); /* needs a density */
    refuses("umol/g dry", "umol/g wet", "butyrate");
    refuses("umol/g dry", "umol/g", "butyrate"); /* not said */
    refuses("NPX", "pg/mL", "cortisol");
    refuses("cells/g", "CFU/g", NULL);
    refuses("IU/L", "nmol/L", "cortisol");
    refuses("ms", "ms2", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_read_as_laboratories_write_them),
        cmocka_unit_test(mass_and_amount_convert_for_known_analytes),
        cmocka_unit_test(what_does_not_convert_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
