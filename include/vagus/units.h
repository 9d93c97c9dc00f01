/** @file units.h
 *  Units as laboratories write them, and conversion between mass and amount for known analytes. */
#ifndef VAGUS_UNITS_H
#define VAGUS_UNITS_H

#include <stddef.h>

#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is counted, above or below the stroke. */
typedef enum VgQuantity {
    VG_QUANTITY_NONE = 0, /**< nothing: a plain number, or no denominator */
    VG_QUANTITY_MASS,     /**< g */
    VG_QUANTITY_AMOUNT,   /**< mol */
    VG_QUANTITY_VOLUME,   /**< L */
    VG_QUANTITY_CELLS,    /**< cells */
    VG_QUANTITY_CFU,      /**< colony-forming units */
    VG_QUANTITY_COPIES,   /**< gene copies */
    VG_QUANTITY_ACTIVITY, /**< international units */
    VG_QUANTITY_NPX,      /**< Olink's relative scale */
    VG_QUANTITY_TIME,     /**< s */
    VG_QUANTITY_TIME_SQUARED
} VgQuantity;

/** top per bottom: a value x in this unit is x · factor in base units. */
typedef struct VgUnit {
    VgQuantity top, bottom;
    double factor;
    char
        of[24]; /**< what the denominator is of ("dry", "wet", "creatinine"), empty when not said */
} VgUnit;

/** Reads "µg/dL", "ug/dl", "nmol/L", "mmol l-1", "pg/mL", "µM", "mg/100 mL", "µmol/g dry", "cells/g", "10^9/L", "mIU/L", "%", "ms", "NPX" …
 *  µ may be either Unicode sign, u or mc; a unit all in capitals (NMOL/L, MG/DL) is read as if in small letters.
 *  @return VG_INVALID_INPUT naming the part that is not understood */
VG_MUST_CHECK VgStatus vg_unit_parse(const char *text, VgUnit *unit, VgError *error);

/** A substance whose mass and amount convert. */
typedef struct VgAnalyte {
    const char *name; /**< "cortisol" */
    const char
        *aliases; /**< other names, separated by '|'; compared without case, spaces and hyphens */
    const char
        *formula; /**< of the neutral molecule, acids as acids: its molar mass is the sum of IUPAC's
                              abridged standard atomic weights of 2021 */
    double mol_per_iu; /**< 0 = no international unit in use */
    const char *note;  /**< NULL, or the source of what is not the formula */
} VgAnalyte;

/** All known analytes, `*n` of them. */
const VgAnalyte *vg_analytes(size_t *n);
/** By name or alias; NULL when not known. */
const VgAnalyte *vg_analyte_find(const char *name);
/** g/mol. */
double vg_analyte_molar_mass(const VgAnalyte *analyte);

/** The number that values in `from` are multiplied by to be in `to`.
 *  @param analyte  needed between mass, amount and international units only; may be NULL
 *  @return VG_INVALID_INPUT where no factor exists: volume against mass, dry against wet weight, relative scales,
 *          mass to amount of a substance that is not known (mixtures and glycosylated proteins have no one molar mass) */
VG_MUST_CHECK VgStatus vg_unit_factor(const char *from, const char *to, const VgAnalyte *analyte,
                                      double *factor, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
