/** @file axis.h
 *  The axis graph: treatment components → microbial function → channels → symptoms, with moderators and
 *  confounders. One structure for what a study declares (study.yaml), for what a design assumes (design.yaml, with
 *  effects and distributions), for the simulator, for mediation and for the picture. Source: METHODS 4 and 9.4;
 *  conventions in docs/methods/axis.md. */
#ifndef VAGUS_AXIS_H
#define VAGUS_AXIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vagus/arena.h>

#ifdef __cplusplus
extern "C" {
#endif

/** "No node", "no channel", "no arm". */
#define VG_AXIS_NONE SIZE_MAX

typedef enum VgAxisKind {
    VG_AXIS_COMPONENT = 0, /**< of a treatment: given by arm, caused by nothing */
    VG_AXIS_FUNCTION,      /**< what the community of microbes can do */
    VG_AXIS_MARKER,        /**< a biomarker of a channel */
    VG_AXIS_SYMPTOM,       /**< an outcome */
    VG_AXIS_MODERATOR,     /**< known at baseline: changes effects */
    VG_AXIS_CONFOUNDER     /**< acts on several others; perhaps not measured */
} VgAxisKind;

/** "component", "function", …; NULL after the last. */
const char *vg_axis_kind_name(VgAxisKind kind);

/** Where the study holds a node's values. */
typedef enum VgAxisSource {
    VG_AXIS_UNMEASURED = 0,
    VG_AXIS_BY_ARM,     /**< components */
    VG_AXIS_BY_OUTCOME, /**< outcome `outcome` */
    VG_AXIS_BY_FEATURE, /**< feature `feature` of panel layer `layer` */
    VG_AXIS_BY_COLUMN   /**< column `column` of the participants */
} VgAxisSource;

typedef struct VgAxisPlace {
    VgAxisSource source;
    size_t outcome, layer,
        feature; /**< indices into the study's; VG_AXIS_NONE where they do not apply */
    const char *column;
    bool
        baseline_only; /**< NAME_baseline: the value at the first visit (of an outcome: its baseline) */
    bool *at;          /**< n_visits: some value there; NULL for what has no visits */
} VgAxisPlace;

/** How a node is measured. */
typedef struct VgAxisMeasurement {
    double
        reliability; /**< true variance / observed variance among people at baseline, in (0, 1]; NaN = not told */
    bool from_replicates;           /**< to be had from the replicates of its layer */
    const char *reliability_source; /**< citation; NULL = none */
    size_t reliability_line;
    double lloq;      /**< in the node's unit; NaN = none */
    double batch_sd;  /**< between batches, in SDs of the node; 0 = none */
    double missing;   /**< share of values lost for no reason to do with them */
    double step;      /**< values are recorded in multiples of it; 0 = as they are */
    double low, high; /**< limits of what can be recorded; ∓infinity = none */
} VgAxisMeasurement;

typedef enum VgAxisShape {
    VG_AXIS_NORMAL = 0,
    VG_AXIS_LOGNORMAL, /**< the model is on the natural logarithm */
    VG_AXIS_BINARY     /**< static nodes only: 1 with probability `mean` */
} VgAxisShape;

/** How a component of treatment is taken. */
typedef struct VgAxisExposure {
    double
        adherence; /**< share of the dose that the median person takes, in (0, 1]; 1 = all of it */
    double adherence_sd; /**< between people, of the logit; 0 = all alike */
    double decline; /**< fall of the logit from visit to visit after the first one on treatment */
    const double *
        build_up; /**< n_visits: share of the full effect reached by then; NULL = 1 after baseline */
} VgAxisExposure;

/** What values a node has among untreated people with average moderators. */
typedef struct VgAxisDistribution {
    VgAxisShape shape;
    double mean;   /**< at baseline, in the node's unit; LOGNORMAL: the geometric mean (median) */
    double sd;     /**< among people at one visit; LOGNORMAL: of the natural logarithm */
    double stable; /**< share of the variance that lasts over visits, in [0, 1] */
    double autocorrelation; /**< of the rest, from visit to visit, in (−1, 1) */
    const double
        *course; /**< n_visits: mean change since baseline without treatment, in SDs; NULL = none */
} VgAxisDistribution;

typedef struct VgAxisNode {
    const char *name, *label, *unit;
    VgAxisKind kind;
    size_t channel;     /**< of a marker; else VG_AXIS_NONE */
    size_t baseline_of; /**< of a moderator NAME_baseline: the node NAME; else VG_AXIS_NONE */
    int sign;           /**< −1: falls when its channel rises; else 1 */
    bool
        asked; /**< an analysis asks through which channels treatment changes it, as of a symptom */
    bool varies; /**< has a value at each visit (not: components, moderators, static confounders) */
    const char *
        module; /**< of a function: the module of genes (feature of a layer) that carries it; NULL = its name */
    bool *in_arm;      /**< of a component: n_arms; else NULL */
    double dose;       /**< of a component, in its unit; NaN = none */
    VgAxisPlace place; /**< filled by whoever knows the tables (study room) */
    VgAxisMeasurement measurement;
    VgAxisDistribution distribution; /**< designs only */
    VgAxisExposure exposure;         /**< of components; designs only */
    size_t line;
} VgAxisNode;

typedef struct VgAxisChannel {
    const char *name, *label;
    size_t *node; /**< its markers */
    size_t n;
    double correlation; /**< between its markers, among people at one visit; designs only */
    size_t line;
} VgAxisChannel;

/** One end of an arrow: a node, or a channel that stands for its markers. The other is VG_AXIS_NONE. */
typedef struct VgAxisEnd {
    size_t node, channel;
} VgAxisEnd;

/** What changes an effect: for each SD of a moderator above its mean, or where a component is given. */
typedef struct VgAxisModeration {
    size_t node;
    double effect; /**< added to the arrow's, in the same unit; NaN = to be estimated */
    size_t line;
} VgAxisModeration;

/** An arrow as declared. */
typedef struct VgAxisArrow {
    VgAxisEnd from, to;
    size_t lag; /**< in visits: 0 = acts at once */
    double
        effect; /**< SDs of the target for one SD of the source or one full dose (after `unit`); NaN = not declared.
                        Of a channel: of its score, the mean of its signed standardised markers */
    double declared;  /**< as written */
    const char *unit; /**< as written; NULL in a study */
    VgAxisModeration *moderation;
    size_t n_moderations;
    size_t line;
} VgAxisArrow;

/** An arrow between two nodes: what arrows come to once channels are written out. */
typedef struct VgAxisEdge {
    size_t from, to, arrow;
    double
        weight; /**< of the arrow's effect (and its moderations): sign, and 1/markers when it leaves a channel */
} VgAxisEdge;

typedef struct VgAxis {
    VgArena *arena;
    size_t n_visits, n_arms;
    const char *const *visit_name; /**< n_visits, for messages; NULL = their numbers */
    VgAxisNode *node;
    size_t n_nodes, node_capacity_;
    VgAxisChannel *channel;
    size_t n_channels, channel_capacity_;
    VgAxisArrow *arrow;
    size_t n_arrows, arrow_capacity_;
    VgAxisEdge *edge;
    size_t n_edges, edge_capacity_;
    size_t line; /**< of `axis:` */
} VgAxis;

/** Something wrong (or, as a warning, odd) with a graph; the line is that of the file it was declared in. */
typedef struct VgAxisIssue {
    bool warning;
    size_t line;
    const char *message, *hint;
} VgAxisIssue;

typedef struct VgAxisIssues {
    VgAxisIssue *item;
    size_t n, capacity_;
} VgAxisIssues;

/* ---- making one ---- */

/** An empty graph; NULL when memory is short. What is added is copied; names are not. */
VgAxis *vg_axis_create(VgArena *arena, size_t n_visits, size_t n_arms);
/** A node with the fields that have no zero default filled (sign, NaNs, indices). */
VgAxisNode vg_axis_blank_node(const char *name, VgAxisKind kind, size_t line);
/** These return the new index; VG_AXIS_NONE when memory is short. */
size_t vg_axis_add_node(VgAxis *axis, const VgAxisNode *node);
size_t vg_axis_add_channel(VgAxis *axis, const char *name, size_t line);
/** Adds a marker (a node that exists) to a channel. */
VG_MUST_CHECK bool vg_axis_join(VgAxis *axis, size_t channel, size_t node);
/** Adds an arrow. One that is there already (same ends and lag) takes over the new one's moderations and, when it has
 *  none, its effect. `*twice` (may be NULL): both had an effect. Writes no edges; see vg_axis_expand. */
size_t vg_axis_add_arrow(VgAxis *axis, const VgAxisArrow *arrow, bool *twice);
/** Writes the edges anew from the arrows. O(edges). */
VG_MUST_CHECK bool vg_axis_expand(VgAxis *axis);
/** Adds an issue with a formatted message; nothing happens when memory is short (vg_arena_failed). */
void vg_axis_tell(VgArena *arena, VgAxisIssues *issues, bool warning, size_t line,
                  const char *message, const char *hint, ...) VG_PRINTF(5, 7);

/* ---- asking ---- */

/** By name; VG_AXIS_NONE when there is none. */
size_t vg_axis_find_node(const VgAxis *axis, const char *name);
size_t vg_axis_find_channel(const VgAxis *axis, const char *name);
/** A visit's name, or its number from 1. */
const char *vg_axis_visit_name(const VgAxis *axis, size_t visit);
/** The name of an end, for messages and pictures. */
const char *vg_axis_end_name(const VgAxis *axis, VgAxisEnd end);
/** Whether the end is the node, or the channel the node belongs to. */
bool vg_axis_end_holds(const VgAxis *axis, VgAxisEnd end, size_t node);
/** Edges from any of `from` to any of `to` (node indices), into `edge` (room for axis->n_edges; NULL = count only). */
size_t vg_axis_edges_between(const VgAxis *axis, const size_t *from, size_t n_from,
                             const size_t *to, size_t n_to, size_t *edge);
/** Marks (`reached`, n_nodes) what an effect of `start` can reach, in any number of steps, without passing through a
 *  node for which `stop` is set (may be NULL); `start` itself is not marked unless on a cycle in time. O(edges). */
void vg_axis_reach(const VgAxis *axis, size_t start, const bool *stop, bool *reached);

/* ---- the model that a graph with effects comes to ---- */

/** One effect on a node. */
typedef struct VgAxisTerm {
    size_t from, lag; /**< node; visits */
    double effect;    /**< at average moderators: SDs of the target */
    size_t n_moderations;
    const size_t *moderator; /**< n_moderations nodes */
    const double *
        change; /**< n_moderations: added for one SD above the mean, or where the component is taken */
    size_t edge; /**< of the graph */
} VgAxisTerm;

/** A graph with effects, made ready. Everything is in SDs of its node; `varying` nodes have values at each visit v:
 *
 *      X[k, v] = course + Σ static effects · Z + Σ component effects · D[v − lag]
 *                + Σ varying effects · (X[l, v − lag] − X[l, 0]) + lasting + noise[v]
 *
 *  so that the values before treatment have the declared SD, and the noise is whatever variance is left at v. */
typedef struct VgAxisModel {
    const VgAxis *axis;
    size_t n_visits;
    size_t n_varying, n_static, n_components;
    const size_t *varying, *fixed,
        *component;     /**< nodes; `varying` in an order in which effects run forwards */
    const size_t *slot; /**< n_nodes: place of a node among those of its sort */
    const VgAxisTerm *const *term; /**< n_varying lists */
    const size_t *n_terms;
    const double *lasting_sd;      /**< n_varying: of what lasts, static effects and sites apart */
    const double *noise_sd;        /**< n_varying × n_visits, visit fastest */
    const double *autocorrelation; /**< n_varying, of the noise */
    const size_t *channel;         /**< n_varying, or VG_AXIS_NONE */
    const double *
        shared; /**< n_varying: loading of noise and lasting part on what its channel shares (signed) */
    const double *own; /**< n_varying: √(1 − shared²) */
    const double
        *error_sd; /**< n_varying: of the assay, from the reliability; 0 when that is not told */
    const double *site_sd; /**< n_varying: between sites */
    size_t n_channels;
} VgAxisModel;

/** Makes the model. Every arrow needs an effect, every node its distribution. `site_sd`: between sites, of symptoms, in
 *  SDs. Problems (a circle; a variance left negative, with node and visit) are told; the model is NULL then, and when
 *  memory is short. O(visits² · edges · nodes). Source: METHODS 9.4; docs/methods/axis.md. */
VgAxisModel *vg_axis_compile(const VgAxis *axis, double site_sd, VgAxisIssues *issues);

/* ---- checking ---- */

/** The nodes in an order in which effects without lag run forwards, into `order` (n_nodes).
 *  @return false when there is none: a cycle within one visit, which is told with its names */
VG_MUST_CHECK bool vg_axis_order(const VgAxis *axis, size_t *order, VgAxisIssues *issues);

/** Tells what no data could answer: components that all arms or no arm has, or that always come together; channels
 *  without a way from a treatment or to a symptom; an unmeasured common cause of a channel and a symptom. Warnings.
 *  Needs vg_axis_expand and, for what is measured, the nodes' places. */
void vg_axis_identify(const VgAxis *axis, VgAxisIssues *issues);

/** Tells markers that are measured only after the symptoms they act on. Errors. Needs the nodes' places. */
void vg_axis_check_timing(const VgAxis *axis, VgAxisIssues *issues);

#ifdef __cplusplus
}
#endif
#endif
