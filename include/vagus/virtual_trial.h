/** @file virtual_trial.h
 *  Virtual trials: data drawn from a graph with effects (vagus/axis.h), on plain arrays, and the truth about them by
 *  paired counterfactuals. Source: METHODS 9.4; docs/methods/virtual-trials.md. */
#ifndef VAGUS_VIRTUAL_TRIAL_H
#define VAGUS_VIRTUAL_TRIAL_H

#include <stdint.h>

#include <vagus/axis.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Most arms of a block, and most sites. */
enum { VG_TRIAL_BLOCK = 64, VG_TRIAL_SITES = 200 };

/** Which values are drawn where not all are looked at: n_varying × n_visits each, visit fastest. */
typedef struct VgAxisNeed {
    const bool *observed; /**< looked at */
    const bool *truth;    /**< those, and all that they rest on */
} VgAxisNeed;

/** What a trial is besides its graph. */
typedef struct VgTrialScheme {
    size_t n; /**< participants */
    const size_t *
        block; /**< arms of one permuted block, n_block (1 … VG_TRIAL_BLOCK) of them: {0, 0, 1} randomises 2 : 1 */
    size_t n_block;
    size_t n_sites; /**< 1 … VG_TRIAL_SITES; blocks are drawn within sites */
    double
        dropout; /**< chance to leave before each visit after baseline, of typical people; 0 = nobody leaves */
    double dropout_mar; /**< on its logit: for one SD of the symptom as last measured */
    double
        dropout_mnar; /**< on its logit: for one SD of the symptom at the visit itself, which is then not seen */
    size_t dropout_symptom; /**< node of the graph; VG_AXIS_NONE without the two above */
    const VgAxisNeed *need; /**< see vg_axis_need; NULL = everything */
} VgTrialScheme;

/** What must be drawn for the values looked at (`observed`, as in VgAxisNeed; it is copied) and for dropout. */
VG_MUST_CHECK VgStatus vg_axis_need(VgArena *arena, const VgAxisModel *model,
                                    const VgTrialScheme *scheme, const bool *observed,
                                    VgAxisNeed *need, VgError *error);

/** One virtual trial. Arrays are in SDs of their node, one row of n participants after another; a row of a varying node
 *  is at (slot · n_visits + visit) · n, of a static one or of a component likewise. */
typedef struct VgVirtualTrial {
    const VgAxisModel *model;
    size_t n;
    int32_t *arm, *site; /**< n */
    double *fixed;       /**< n_static × n: static nodes, standardised */
    double
        *adherence; /**< n_components × n_visits × n: share of the dose taken, whatever the arm */
    double *
        exposure; /**< n_components × n_visits × n: adherence × build-up where the arm has the component */
    double *
        before; /**< n_varying × n_visits × n: what does not depend on treatment or on other varying nodes */
    double *truth; /**< n_varying × n_visits × n: true values */
    double *
        observed; /**< n_varying × n_visits × n: with the error of the assay; NaN after dropout and where lost */
    uint8_t *attended;      /**< n: visits before leaving, 1 … n_visits */
    const VgAxisNeed *need; /**< the scheme's: rows that are not needed hold nothing */
    double *scratch_;
} VgVirtualTrial;

/** A random sequence as replicates have it: see docs/methods/random-numbers.md. */
struct VgRandom;

/** Memory for trials of this size, not filled. */
VG_MUST_CHECK VgStatus vg_virtual_trial_new(VgArena *arena, const VgAxisModel *model, size_t n,
                                            VgVirtualTrial *trial, VgError *error);

/** Draws a trial into `trial`, allocating nothing. Participant i has the numbers of unit i, whatever n, the effects and
 *  what is needed: scenarios that differ in effects share their noise. O(n · visits · (nodes + edges)).
 *  @param random  the replicate's start (any unit) */
void vg_axis_simulate(const VgAxisModel *model, const VgTrialScheme *scheme,
                      const struct VgRandom *random, VgVirtualTrial *trial);

/** Which world an effect takes its source's value from. */
typedef enum VgAxisWorld { VG_WORLD_OWN = 0, VG_WORLD_ACTIVE, VG_WORLD_REFERENCE } VgAxisWorld;

/** Two worlds to borrow from. */
typedef struct VgAxisWorlds {
    const unsigned char *of_edge; /**< n_edges of the graph: VgAxisWorld; NULL = all their own */
    const double *active, *reference;                   /**< n_varying × n_visits × n */
    const double *active_exposure, *reference_exposure; /**< n_components × n_visits × n */
} VgAxisWorlds;

/** Carries treatment and effects through the graph: `value` from `trial->before` and `exposure`. Pure. */
void vg_axis_propagate(const VgVirtualTrial *trial, const double *exposure,
                       const VgAxisWorlds *worlds, double *scratch, double *value);

/** Exposure had everybody been in `arm`. */
void vg_axis_expose(const VgVirtualTrial *trial, size_t arm, double *exposure);

/** Effects of one arm against another on one symptom, per participant and visit: n_visits × n each, in SDs of the
 *  symptom. `total` = direct + Σ indirect where nothing interacts. */
typedef struct VgAxisEffects {
    double *active, *reference; /**< true values of the symptom in both worlds */
    double *direct; /**< treated, with every marker's effect as in the reference world */
    double **
        indirect; /**< n_channels: reference, with the channel's effects on what is no marker as treated: paths
                                     whose last marker is the channel's */
    double **
        through; /**< n_nodes; of functions and channels (below): treated minus treated with its effects as in the
                                     reference world: all paths that pass it. NULL for other nodes */
    double **through_channel; /**< n_channels */
} VgAxisEffects;

VG_MUST_CHECK VgStatus vg_axis_effects_new(VgArena *arena, const VgAxisModel *model, size_t n,
                                           VgAxisEffects *effects, VgError *error);

/** Fills them by paired counterfactuals from the trial's own noise. Values other than `active` and `reference` are the
 *  symptom's values in their world, not yet differences. */
VG_MUST_CHECK VgStatus vg_axis_counterfactuals(VgArena *scratch, const VgVirtualTrial *trial,
                                               size_t arm, size_t reference, size_t symptom,
                                               VgAxisEffects *effects, VgError *error);

/** What is true of a symptom's effects in a population, in the symptom's own unit. */
typedef enum VgTruthKind {
    VG_TRUTH_TOTAL = 0,
    VG_TRUTH_DIRECT,
    VG_TRUTH_INDIRECT,    /**< by channel; paths by their last channel, so that they add up */
    VG_TRUTH_INTERACTION, /**< total − direct − Σ indirect */
    VG_TRUTH_THROUGH /**< by channel or function: what is lost when it does not respond; paths may be of several */
} VgTruthKind;

/** "total", "direct", …; NULL after the last. */
const char *vg_truth_kind_name(VgTruthKind kind);

typedef struct VgTruthRow {
    VgTruthKind kind;
    size_t arm, reference, symptom, visit;
    size_t channel, function; /**< VG_AXIS_NONE where they do not apply */
    double estimate,
        se; /**< mean over the population of values as recorded (steps and limits of the scale, error of
                              measurement), and its Monte Carlo standard error */
    double
        linear; /**< of the model itself, before recording, by its path products; NaN with moderation */
} VgTruthRow;

typedef struct VgTruth {
    VgTruthRow *row;
    size_t n_rows, population;
} VgTruth;

/** Every effect of every arm against `reference` on every symptom at every visit after baseline, by `population`
 *  virtual people (of 1,000 a replicate) without dropout, and by path products where the model is linear. */
VG_MUST_CHECK VgStatus vg_axis_truth(VgArena *arena, const VgAxisModel *model,
                                     const VgTrialScheme *scheme, size_t reference,
                                     size_t population, uint64_t seed, VgTruth *truth,
                                     VgError *error);

/** A value of a node in its unit, and as it is recorded: in steps, within limits. */
double vg_axis_natural(const VgAxisNode *node, double standardised);
double vg_axis_recorded(const VgAxisNode *node, double standardised);

/** Whether every effect is the same number for everybody, so that the mean of effects is the effect at the mean. */
bool vg_axis_is_linear(const VgAxisModel *model);

#ifdef __cplusplus
}
#endif
#endif
