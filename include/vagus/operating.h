/** @file operating.h
 *  Operating characteristics of a planned trial: bias, coverage and power of its analyses over many virtual trials, each
 *  figure with its Monte Carlo standard error. docs/methods/operating-characteristics.md. */
#ifndef VAGUS_OPERATING_H
#define VAGUS_OPERATING_H

#include <vagus/design_file.h>
#include <vagus/result.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Zero-initialised: 1,000 trials of the design as it is, its plan's arms, 95 % intervals. */
typedef struct VgOperatingOptions {
    size_t replicates; /**< virtual trials; 0 = 1,000 */
    uint64_t seed;
    int threads;       /**< 0 = all; the numbers do not depend on it */
    double level;      /**< of the intervals; 1 − level is the level of the tests; 0 = 0.95 */
    size_t population; /**< virtual people behind the truth; 0 = 50,000 */
    size_t n;          /**< participants; 0 = the design's */
    /** whose mechanism: a component, or "ARM against ARM"; NULL = the arms of the primary analysis */
    const char *treatment;
    const char *outcome;      /**< its "OUTCOME at VISIT"; NULL = likewise */
    const char *mediators_at; /**< visit; NULL = the last one before the outcome's */
    const double
        *reliability; /**< in (0, 1]: the mechanism once more with every marker that reliable */
    size_t n_reliabilities;
    bool
        delta; /**< intervals of single channels by the delta method, not the product's distribution */
    bool primary_only; /**< no mechanism; nor is there one in a graph without channels */
} VgOperatingOptions;

/** What is estimated. */
typedef enum VgOperatingEffect {
    VG_OPERATING_PRIMARY = 0, /**< difference of arms, primary analysis */
    VG_OPERATING_TOTAL,
    VG_OPERATING_DIRECT,
    VG_OPERATING_INDIRECT, /**< through all channels */
    VG_OPERATING_CHANNEL   /**< through one */
} VgOperatingEffect;

/** "contrast", "total", "direct", "indirect", "indirect". */
const char *vg_operating_effect_name(VgOperatingEffect effect);

/** A share of trials or a mean over them, and its Monte Carlo standard error. */
typedef struct VgMonteCarlo {
    double value, se;
} VgMonteCarlo;

typedef struct VgOperatingRow {
    VgOperatingEffect effect;
    size_t channel;        /**< of the graph; VG_AXIS_NONE */
    bool corrected;        /**< for measurement error */
    double reliability;    /**< of every marker; NaN = as declared */
    VgMonteCarlo truth;    /**< se 0: exact */
    size_t trials, failed; /**< with an answer, without */
    VgMonteCarlo bias;     /**< mean estimate − truth; se holds the truth's too */
    VgMonteCarlo sd;       /**< of the estimates over trials */
    VgMonteCarlo mean_se;  /**< of the standard errors as estimated */
    VgMonteCarlo coverage; /**< share of intervals that hold the truth */
    VgMonteCarlo
        reject; /**< share of trials with p < 1 − level: power, or type I error where the truth is 0 */
} VgOperatingRow;

/** Owns its memory in the arena given. */
typedef struct VgOperating {
    VgOperatingRow *row;
    size_t n_rows, replicates, n, population;
    size_t symptom, outcome_at;             /**< of the primary analysis: node, visit */
    size_t mechanism_symptom, mechanism_at; /**< of the mechanism */
    size_t mediators_at;                    /**< visit */
    size_t arm, reference;                  /**< of the primary analysis */
    const char *treatment;                  /**< of the mechanism, in words; NULL without */
    size_t
        *channel_at; /**< n_channels: visit of the channel's markers; VG_AXIS_NONE = not measured */
    VgMonteCarlo completed; /**< share of participants who stay to the end */
} VgOperating;

/** Draws virtual trials of the design, and takes each through the plan's primary MMRM and the mechanism by channels (linear,
 *  adjusted for baselines; as measured and corrected). Same seed, same bits, whatever the threads.
 *  A trial whose model has no answer counts as failed in that row; nothing stops.
 *  @return VG_INVALID_INPUT (a treatment, visit or reliability that the design does not have), VG_NOT_ESTIMABLE (no model),
 *          VG_NO_MEMORY. Source: METHODS 9.4; Morris, White & Crowther 2019 for the Monte Carlo errors. */
VG_MUST_CHECK VgStatus vg_operating_characteristics(VgArena *arena, const VgDesignFile *design,
                                                    const VgOperatingOptions *options,
                                                    VgOperating *out, VgError *error);

/** Into tidy rows: truth, bias, sd, mean_se, coverage, power (type1_error where the truth is 0), no_answer, each with its Monte
 *  Carlo error as se (docs/internals/result-shape.md). */
void vg_operating_result(const VgDesignFile *design, const VgOperating *operating,
                         VgResult *result);

#ifdef __cplusplus
}
#endif
#endif
