/* What the files of operating characteristics share: a plan made ready, and one trial's answers. */
#ifndef VG_DESIGN_OPERATING_H
#define VG_DESIGN_OPERATING_H

#include <vagus/channels.h>
#include <vagus/mmrm.h>
#include <vagus/operating.h>

#include "design/propagate.h"
#include "numeric/random.h"

/* The primary analysis: outcome ~ arm × visit + covariates, one row per participant and visit after baseline. */
typedef struct VgPrimaryPlan {
    size_t arm, reference, n_arms;
    size_t *visit, n_visits; /* modelled */
    size_t answer;           /* place of the outcome's visit among them */
    bool baseline, by_visit; /* as a covariate, as one with its own slope at each visit */
    bool change, site;
    size_t *fixed, n_fixed; /* static nodes (slots) as covariates */
    VgMmrmOptions options;
} VgPrimaryPlan;

/* The mechanism: markers gathered into channels, baselines of outcome and channels as covariates. */
typedef struct VgOperatingMechanism {
    size_t symptom, slot, at; /* node, its slot, visit of the outcome */
    const VgAxisNode *node;
    int8_t *given; /* n_arms: 1 with the treatment, 0 without, −1 not looked at */
    size_t *component, n_components; /* others that vary among these arms (slots) */
    size_t *marker, n_markers;       /* slots of varying nodes */
    size_t *marker_at;               /* visit of each */
    size_t *channel, n_channels;     /* of each marker: place among the channels below */
    size_t *axis_channel;            /* n_channels: of the graph */
    double *sign;
    size_t *members; /* n_channels: markers of each */
} VgOperatingMechanism;

typedef struct VgOperatingPlan {
    const VgDesignFile *design;
    const VgAxisModel **model; /* 1 + n_reliabilities: as declared, then with other reliabilities */
    double *reliability;       /* the same, NaN first */
    VgMarkerReliability **marker_reliability; /* the same; NULL where none is told */
    size_t n_models;
    VgTrialScheme scheme;
    VgAxisNeed need;
    size_t symptom, slot, outcome_at, mediators_at;
    const VgAxisNode *node; /* of the symptom */
    VgPrimaryPlan primary;
    bool mechanism;
    VgOperatingMechanism mechanism_plan;
    const char *treatment;
    double level;
    bool product;  /* intervals of single channels by the product's distribution, else delta */
    size_t n_rows; /* answers of a trial */
    VgOperatingRow *row;
} VgOperatingPlan;

/* One answer; NaN where there is none. */
typedef struct VgTrialAnswer {
    double estimate, se, lower, upper, p;
} VgTrialAnswer;

/* operating_plan.c: the design's plan and the options, checked. */
VG_MUST_CHECK VgStatus vg_operating_plan(VgArena *arena, const VgDesignFile *design,
                                         const VgOperatingOptions *options, VgOperatingPlan *plan,
                                         VgError *error);

/* operating_trial.c: one trial drawn and analysed; n_rows answers, share of participants who stayed. */
VG_MUST_CHECK VgStatus vg_operating_trial(const VgOperatingPlan *plan, VgRandom random,
                                          VgArena *scratch, VgTrialAnswer *answer,
                                          double *completed, VgError *error);

/* operating_truth.c: the truth of every row. */
VG_MUST_CHECK VgStatus vg_operating_truth(VgArena *arena, const VgOperatingPlan *plan,
                                          size_t population, uint64_t seed, VgOperatingRow *row,
                                          VgError *error);

#endif
