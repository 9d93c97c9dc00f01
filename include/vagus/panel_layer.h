/** @file panel_layer.h
 *  The layers of a study's panel: tables of samples × features, each sample with its participant and visit. */
#ifndef VAGUS_PANEL_LAYER_H
#define VAGUS_PANEL_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/false_discovery.h>
#include <vagus/matrix.h>
#include <vagus/table.h>
#include <vagus/tree.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What the numbers of a layer are. The first three are abundances: >= 0, none missing. */
typedef enum VgLayerKind {
    VG_LAYER_COUNTS = 0,    /**< whole numbers of reads */
    VG_LAYER_RELATIVE,      /**< shares of a sample */
    VG_LAYER_ABSOLUTE,      /**< amounts in the layer's unit (cells per gram) */
    VG_LAYER_CONCENTRATION, /**< measured, with limits of the assay, in the layer's unit */
    VG_LAYER_NPX,           /**< Olink's normalised expression: log2, relative */
    VG_LAYER_SCORE,         /**< numbers of any sign and scale */
    VG_LAYER_RR_INTERVALS,  /**< times between heart beats, ms; never among a study's `layer`s */
    VG_LAYER_DERIVED        /**< biomarkers computed from another layer; see feature_log */
} VgLayerKind;

/** "counts", "relative", …; NULL after the last. */
const char *vg_layer_kind_name(VgLayerKind kind);

/** Whether the layer holds abundances (diversity and distances between communities apply). */
static inline bool vg_layer_is_abundance(VgLayerKind kind)
{
    return kind <= VG_LAYER_ABSOLUTE;
}

/** How contaminants of a layer are told (Davis 2018; vagus/quality.h). */
typedef enum VgContaminantMethod {
    VG_CONTAMINANTS_AUTO = 0,   /**< what there is to go by: controls, DNA, or both combined */
    VG_CONTAMINANTS_FREQUENCY,  /**< the share falls with the sample's DNA */
    VG_CONTAMINANTS_PREVALENCE, /**< more often in negative controls */
    VG_CONTAMINANTS_COMBINED,   /**< both, by Fisher's method */
    VG_CONTAMINANTS_MINIMUM,    /**< the smaller of both */
    VG_CONTAMINANTS_EITHER,     /**< one of both below the threshold */
    VG_CONTAMINANTS_BOTH        /**< both below the threshold */
} VgContaminantMethod;

/** "auto", "frequency", …; NULL after the last. */
const char *vg_contaminant_method_name(VgContaminantMethod method);

/** One measurement of a sample that was measured more than once. */
typedef struct VgRepeat {
    size_t sample, feature;
    double value; /**< NaN = beyond a limit */
} VgRepeat;

/** What a layer's `derive:` asks for (its names and formulas: vagus/biomarker.h). */
typedef struct VgDerivation {
    const char *name; /**< as written */
    size_t line;
    size_t n_members; /**< of an index: analytes with their signs; 0 = none declared */
    const char **member;
    double *sign; /**< n_members: +1 or −1 */
} VgDerivation;

/** What a layer's `modules:` asks for. */
typedef struct VgModulesKey {
    const char *path;      /**< of the file of modules; NULL = built-in */
    const char *statistic; /**< as written; NULL = median */
    double coverage;       /**< least share of a module's steps; 0 = 0.66 */
    bool strict_complex, allow_unknown;
    size_t line;
} VgModulesKey;

struct VgFeatureTable;
struct VgLayerModules;
/** Recordings of the heart, one per sample of a layer of RR intervals. */
typedef struct VgRecordings {
    size_t *start; /**< n_samples + 1: recording i is ms[start[i]] … ms[start[i + 1] − 1] */
    double *ms;    /**< RR intervals in the order in which they came, > 0 */
    const char *conditions; /**< posture and breathing, as declared; NULL = not told */
    bool ultra_short;       /**< RMSSD of 60 s and more is declared to do */
} VgRecordings;

struct VgLayerContaminants;

/** One layer, as far as it belongs to the study: samples of declared participants and visits. */
typedef struct VgLayer {
    const char *name, *label;
    VgLayerKind kind;
    const char *matrix; /**< stool, plasma, saliva, … */
    const char *unit;   /**< as declared; NULL for counts and shares, and when the file has units */
    const char *path;
    /** name of the layer that it was computed from (vg_panel_derive); NULL = read from a file */
    const char *parent;
    VgDerivation *derivation; /**< what is to be computed from it */
    size_t n_derivations;
    const VgModulesKey *modules; /**< NULL = not asked for */
    /** of abundances: the table as read (with its strata), and the row of each sample in it */
    const struct VgFeatureTable *table;
    const size_t *table_row;
    /** of a layer NAME_modules: what its values came from (vagus/modules.h); else NULL */
    const struct VgLayerModules *function;
    size_t n_samples;
    const char **sample; /**< n_samples identifiers */
    size_t
        *participant; /**< n_samples; no participant has two samples at one visit, but in curves */
    size_t *visit;    /**< n_samples */
    int32_t *batch;   /**< n_samples, −1 = not told; NULL without batches */
    const char **batch_name;
    size_t n_batches;
    /** n_samples minutes after waking, NaN = not told; NULL without times */
    double *minute;
    uint32_t *sample_line;    /**< n_samples lines in sample_file; NULL = not known */
    const char *sample_file;  /**< where the samples are declared */
    bool times_verified;      /**< waking and sampling were measured, not only reported */
    VgRecordings *recordings; /**< of a layer of RR intervals; else NULL */
    double *load;             /**< n_samples loads (cells per gram), > 0; NULL = not declared */
    size_t n_features;
    const char **feature;         /**< n_features, distinct */
    const char **feature_label;   /**< as people call it */
    const char **feature_unit;    /**< entries may be NULL; NULL without any */
    const char **feature_formula; /**< how each was computed; NULL when measured */
    bool *feature_log; /**< whether each is analysed as its logarithm; NULL = see vg_layer_is_log */
    VgMatrix value;    /**< n_samples × n_features; NaN = missing or censored */
    /** n_samples × n_features limits of a censored value (lower < upper; the value itself where it was observed,
     *  NaN where missing); no data for abundances. The mean of replicates lies between the means of their limits */
    VgMatrix lower, upper;
    const VgTree *tree; /**< NULL = none; rooted, with lengths, every feature a tip */
    size_t n_declared;  /**< samples that the sample sheet declares for this layer */
    size_t n_below, n_above, n_missing; /**< values below and above limits, missing */
    size_t n_controls; /**< samples left out: blanks, mocks, and those named under leave_out */
    /** negative controls (blanks): n_negative × n_features amounts; no data without any */
    VgMatrix negative;
    const char **negative_name;
    size_t n_negative;
    double
        *dna; /**< n_samples concentrations of DNA, > 0, NaN = not measured; NULL = not declared */
    VgContaminantMethod contaminant_method;
    double contaminant_threshold; /**< a score below it tells a contaminant; 0.1 unless declared */
    bool remove_contaminants;     /**< declared; `removed` says whether it was done */
    VgRepeat *replicate; /**< every measurement of layers with replicates, in the file's order */
    size_t n_replicates;
    bool correct_batch; /**< declared; `corrected` says whether it was done */
    bool cleaned;       /**< vg_panel_clean has seen this layer */
    bool corrected;     /**< values are freed of what batches explain beside arm × visit */
    /** values and limits as measured; no data where nothing was corrected */
    VgMatrix uncorrected, uncorrected_lower, uncorrected_upper;
    struct VgLayerContaminants *contaminants; /**< vagus/panel_clean.h; NULL = not looked for */
    const char **removed;                     /**< features taken out as contaminants */
    size_t n_removed;
    size_t line;                        /**< in study.yaml */
    const char *pipeline;               /**< how it was measured, as declared; NULL = not told */
    struct VgLayerReference *reference; /**< people to compare with; NULL = none */
} VgLayer;

/** Whether a feature of a layer that is no abundance is analysed as its natural logarithm. */
static inline bool vg_layer_is_log(const VgLayer *layer, size_t feature)
{
    return layer->feature_log ? layer->feature_log[feature] : layer->kind == VG_LAYER_CONCENTRATION;
}

/** The people a layer is compared with: other people with a table of their own, or a group of the study's participants that
 *  was not randomised. */
typedef struct VgLayerReference {
    VgLayer *
        layer; /**< their samples: participant = row of `people`, visit 0, features in the order of the file; NULL for a group */
    const VgTable
        *people;       /**< their covariates: a row each; the study's participants for a group */
    bool *in_group;    /**< of a group: n_participants; NULL otherwise */
    const char *label; /**< in words: "reference.csv", "feeding = breast" */
    size_t line;
} VgLayerReference;

/** plan: norms: where each participant stands among comparable people. */
typedef struct VgNormsPlan {
    size_t n_layers;
    size_t *layer;   /**< indices into study->layer, each with a reference */
    bool all_layers; /**< every layer with a reference, computed ones too */
    /** layers that are named, but only there once they are computed (vg_panel_derive); none afterwards */
    const char **pending;
    size_t n_pending, layers_line;
    const char **covariate;
    size_t n_covariates, covariates_line;
    double *
        window; /**< n_covariates: widths of the neighbourhood; NaN = not limited (numbers), the same (factors) */
    const char *smooth;    /**< the covariate with a curve; NULL = none */
    size_t taxa, function; /**< layers whose distances are told side by side; SIZE_MAX = none */
    const char *taxa_name, *function_name; /**< NULL = not declared */
    size_t taxa_line, function_line;
    bool *at;         /**< n_visits */
    bool quantile;    /**< quantile regression instead of the Box–Cox normal distribution */
    size_t resamples; /**< of the reference people; 200 unless declared */
    uint64_t seed;    /**< 1 unless declared */
    size_t line;
} VgNormsPlan;

/** Distances between communities that a plan may name. */
typedef enum VgPanelDistance {
    VG_PANEL_BRAY = 0,
    VG_PANEL_JACCARD,
    VG_PANEL_AITCHISON,
    VG_PANEL_ROBUST_AITCHISON,
    VG_PANEL_JENSEN_SHANNON,
    VG_PANEL_UNIFRAC,
    VG_PANEL_WEIGHTED_UNIFRAC,
    VG_PANEL_GENERALISED_UNIFRAC
} VgPanelDistance;

/** "bray", "jaccard", …, "gunifrac"; NULL after the last. */
const char *vg_panel_distance_name(VgPanelDistance distance);
/** Whether it needs a tree. */
static inline bool vg_panel_distance_of_tree(VgPanelDistance distance)
{
    return distance >= VG_PANEL_UNIFRAC;
}

/** How communities are drawn on few axes (vagus/ordination.h). */
typedef enum VgPanelOrdination {
    VG_PANEL_PCOA = 0,
    VG_PANEL_NMDS,
    VG_PANEL_DBRDA /**< constrained by arm × visit */
} VgPanelOrdination;

/** "pcoa", "nmds", "dbrda"; NULL after the last. */
const char *vg_panel_ordination_name(VgPanelOrdination ordination);

/** What is done with values beyond the limits of an assay when means are compared. */
typedef enum VgCensoredRule {
    VG_CENSORED_IMPUTE = 0, /**< multiple imputation from the censored normal model */
    VG_CENSORED_HALF_LLOQ,  /**< limit/2, for sensitivity analyses only */
    VG_CENSORED_ROOT_LLOQ   /**< limit/√2, for sensitivity analyses only */
} VgCensoredRule;

/** "imputation", "half_lloq", "sqrt2_lloq"; NULL after the last. */
const char *vg_censored_rule_name(VgCensoredRule rule);

/** How features of compositions are compared (vagus/differential.h). */
typedef enum VgPanelMethod {
    VG_PANEL_MEDIAN = 0, /**< but ABSOLUTE for layers of kind absolute */
    VG_PANEL_LINDA,
    VG_PANEL_MAASLIN3,
    VG_PANEL_NEGATIVE_BINOMIAL,
    VG_PANEL_ABSOLUTE, /**< amounts: layers of kind absolute, and shares times loads */
    VG_PANEL_UNCORRECTED
} VgPanelMethod;

/** "median", "linda", "maaslin3", "negative_binomial", "absolute", "none"; NULL after the last. */
const char *vg_panel_method_name(VgPanelMethod method);

/** plan: response_of_panel: how layers differ between arms. */
typedef struct VgPanelPlan {
    size_t n_layers;
    size_t *layer;   /**< indices into study->layer */
    bool all_layers; /**< those that vg_panel_derive adds too */
    /** names of layers that are yet to be computed; vg_panel_derive looks them up */
    const char **pending;
    size_t n_pending, layers_line;
    VgPanelDistance *distance;
    size_t n_distances;  /**< 0: aitchison and bray, and wunifrac where a layer has a tree */
    size_t permutations; /**< 999 unless declared */
    uint64_t seed;       /**< 1 unless declared */
    /** visits at which arms are compared, by index; NULL = all after baseline */
    bool *at;
    /** arms of a plan without a primary analysis; SIZE_MAX: as the primary says */
    size_t arm, reference;
    double fdr;             /**< false discovery rate of what changed; 0.1 unless declared */
    VgPanelMethod method;   /**< of compositions */
    const char **covariate; /**< columns of the participants, in models of features and PERMANOVA */
    size_t n_covariates;
    VgFalseDiscovery adjust; /**< how q is had from p; bh unless declared */
    VgCensoredRule censored; /**< of measured layers; imputation unless declared */
    size_t imputations;      /**< 20 unless declared */
    size_t line;
    VgPanelOrdination *ordination;
    size_t n_ordinations; /**< 0: pcoa */
} VgPanelPlan;

#ifdef __cplusplus
}
#endif
#endif
