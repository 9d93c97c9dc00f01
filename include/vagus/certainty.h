/** @file certainty.h
 *  How certain is the evidence? The five domains of GRADE, each computed from numbers by a stated rule or entered by a
 *  reviewer with a reason; what is neither is "not assessed". Method: docs/methods/certainty.md. */
#ifndef VAGUS_CERTAINTY_H
#define VAGUS_CERTAINTY_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/arena.h>
#include <vagus/evidence_plan.h>
#include <vagus/extraction.h>
#include <vagus/inference.h>
#include <vagus/result.h>
#include <vagus/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum VgGradeDomain {
    VG_GRADE_RISK_OF_BIAS = 0,
    VG_GRADE_INCONSISTENCY,
    VG_GRADE_INDIRECTNESS,
    VG_GRADE_IMPRECISION,
    VG_GRADE_PUBLICATION_BIAS
} VgGradeDomain;
enum { VG_N_GRADE_DOMAINS = VG_GRADE_PUBLICATION_BIAS + 1 };
/** "risk_of_bias", …: as in VgGradeEntry.domain; NULL-terminated. */
extern const char *const vg_grade_domain_names[];

/** From very low to high; names "very low", "low", "moderate", "high". */
typedef enum VgCertaintyLevel {
    VG_CERTAINTY_VERY_LOW = 0,
    VG_CERTAINTY_LOW,
    VG_CERTAINTY_MODERATE,
    VG_CERTAINTY_HIGH
} VgCertaintyLevel;
extern const char *const vg_certainty_level_names[];

/** What the judgement is made from. Numbers that are absent are NaN (`vg_certainty_blank` sets all so), pointers NULL.
 *  All effects on the scale that is pooled (logarithms of ratios). */
typedef struct VgCertaintyData {
    size_t k; /**< effects pooled */
    const double
        *weight; /**< k weights in the pooled effect, any unit; NULL = risk of bias not computed */
    size_t studies;           /**< that the effects come from; 0 = one effect a study */
    const VgRiskOfBias *risk; /**< k overall judgements; NULL = not in the table */
    VgInference pooled;       /**< the random-effects answer */
    VgInference
        without_high; /**< the same without studies at high risk; NaN when none is, or none is left */
    double i2;        /**< per cent */
    double tau2, prediction_lower, prediction_upper;
    double null_value;           /**< of no effect; 0 on every scale that is pooled */
    double important_difference; /**< smallest difference that matters, > 0; NaN = none declared */
    const char *unit;            /**< of the effects, for the reasons; NULL = none */
    bool ratio;        /**< effects are logarithms of ratios: the reasons then show the ratios */
    bool standardised; /**< effects are standardised mean differences */
    bool binary;       /**< effects come from events */
    double participants, events; /**< over all studies */
    double
        information_size; /**< optimal, participants, when the caller has it (vg_information_size_risks); NaN = by rule */
    double egger_p;           /**< NaN = not made */
    double trimfill_estimate; /**< pooled effect with filled studies; NaN = not made */
    size_t trimfill_filled;
    const VgGradeEntry *entry; /**< reviewers' judgements: they stand before what is computed */
    size_t n_entries;
    VgCertaintyLevel start; /**< 0 (very low) means high: randomised trials */
} VgCertaintyData;

VgCertaintyData vg_certainty_blank(void);

typedef struct VgCertaintyRow {
    const char *domain;
    bool assessed;
    int downgrade; /**< 0, 1, 2; 0 when not assessed */
    const char
        *judgement; /**< "not serious", "serious", "very serious", "not assessed", "undetected" */
    const char *reason; /**< in words and numbers */
    const char *rule;   /**< the rule that was applied */
    const char *by;     /**< "computed", "reviewer"; NULL when not assessed */
    const char
        *computed; /**< where a reviewer's entry stands: what the rule would have said; else NULL */
} VgCertaintyRow;

typedef struct VgCertainty {
    VgCertaintyRow row[VG_N_GRADE_DOMAINS];
    VgCertaintyLevel level;
    bool at_most; /**< a domain is not assessed: the level is an upper bound */
    size_t not_assessed;
    const char *statement;   /**< "moderate", "at most moderate: indirectness not assessed" */
    const char *reason;      /**< how the level came about */
    double information_size; /**< optimal, participants; NaN when it cannot be computed */
} VgCertainty;

/** Applies the rules (all are printed in the rows). A pure function: numbers in, rows out.
 *  @return VG_INVALID_INPUT for an entry without a reason, of an unknown domain, twice for a domain or not 0, 1, 2;
 *          for pooled numbers that are absent; VG_NO_MEMORY.
 *  Source: Guyatt 2011 (GRADE guidelines 4–8); Guyatt 2011b (optimal information size). */
VG_MUST_CHECK VgStatus vg_certainty_assess(VgArena *arena, const VgCertaintyData *data,
                                           VgCertainty *out, VgError *error);

/** Participants (both arms together, equal) that one trial would need to find `difference` in SD units with two-sided
 *  alpha .05 and power .80. */
double vg_information_size_smd(double difference);
/** The same for a risk ratio or odds ratio already turned into two risks. */
double vg_information_size_risks(double control, double treatment);

/** Enters the rows as dataset `grade` (docs/internals/result-shape.md). */
void vg_certainty_report(VgResult *result, const char *analysis, const VgCertainty *certainty);

#ifdef __cplusplus
}
#endif
#endif
