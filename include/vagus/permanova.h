/** @file permanova.h
 *  Do communities differ by arm, visit, site? PERMANOVA and PERMDISP with permutations that respect the
 *  design: within strata, of whole subjects, or the trial's own randomisation drawn again. */
#ifndef VAGUS_PERMANOVA_H
#define VAGUS_PERMANOVA_H

#include <stdbool.h>
#include <stdint.h>

#include <vagus/design.h>
#include <vagus/distance.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What is shuffled. */
typedef enum VgShuffle {
    VG_SHUFFLE_ROWS = 0, /**< samples, within `stratum` where it is given */
    VG_SHUFFLE_SUBJECTS, /**< whole subjects, all their samples in order; a subject changes places with
                               subjects of its stratum that have as many samples */
    VG_SHUFFLE_RANDOMISE /**< the randomisation is drawn again: the subjects' arms are dealt out anew among
                               the subjects of each stratum, as many of each arm as there were; subjects
                               may have any number of samples */
} VgShuffle;

/** Zero-initialised: rows, freely, 999 permutations, seed 1. Arrays are over the design's used rows. */
typedef struct VgShuffleOptions {
    VgShuffle shuffle;
    const int32_t
        *subject; /**< SUBJECTS and RANDOMISE: 0 … n_subjects − 1; given with ROWS, it is used to
                                 refuse a free shuffle of repeated samples */
    size_t n_subjects;
    const int32_t *stratum; /**< NULL = one; constant within a subject for SUBJECTS and RANDOMISE */
    size_t n_strata;
    const char *arm; /**< RANDOMISE: the design's factor that was randomised */
    bool
        raw; /**< PERMANOVA by ROWS and SUBJECTS: the whole design moves against the raw distances, as
                   vegan::adonis2; otherwise a term that is adjusted for others permutes the residuals of its
                   reduced model (Freedman & Lane 1983) */
    size_t permutations; /**< 0 = 999 */
    uint64_t seed;
    int threads; /**< 0 = all; the bits do not depend on it */
} VgShuffleOptions;

/** What was done, for the reader of a result. */
typedef struct VgShuffleAccount {
    size_t permutations;   /**< used, the observed one not counted (all of them when enumerated) */
    bool enumerated;       /**< every distinct arrangement was taken: p is exact */
    double log10_distinct; /**< log10 of the number of distinct arrangements */
    double smallest_p;     /**< the smallest p that could have come out */
    const char *words; /**< "arm labels dealt out anew among 40 participants within 3 strata …" */
} VgShuffleAccount;

/** One test. p = (1 + #{F* >= F − 1e-8 max(1, |F|)})/(1 + permutations); enumerated, the share of all
 *  arrangements. NaN p: the shuffle does not move this term, and `note` says so. */
typedef struct VgPermanovaTest {
    const char *term;
    double df, sum_of_squares, r2, f, p;
    double p_se;      /**< Monte Carlo standard error of p; 0 when enumerated */
    const char *note; /**< NULL, or why there is no p */
} VgPermanovaTest;

typedef struct VgPermanova {
    size_t n;
    VgPermanovaTest *sequential; /**< one per term that has columns of its own, first to last */
    size_t n_sequential;
    VgPermanovaTest
        *marginal; /**< terms that are in no higher interaction, each after all others */
    size_t n_marginal;
    VgPermanovaTest overall; /**< all terms together; `term` is "model" */
    double df_residual, residual_sum_of_squares, total_sum_of_squares;
    VgShuffleAccount account;
} VgPermanova;

/** PERMANOVA: F of tr(H G) for every term, all terms in one pass over each permutation.
 *
 *  G = −½ C D² C is formed once; a permutation moves the rows of the terms' orthonormal bases Q (or, for
 *  RANDOMISE, makes them from the new arms), and 64 permutations go through one matrix product.
 *  A sequential term is adjusted for the terms before it, a marginal one for all others: the part of G that those
 *  explain stays in place and (I − H₀)G(I − H₀) is permuted (not when the randomisation is drawn again, whose null
 *  hypothesis is sharp). Statistics as vegan::adonis2(by = "terms"), (by = "margin") and (by = NULL), squared distances.
 *  Memory one n × n. O(permutations · n² · columns).
 *  @param distances  among all samples; design->row says which samples the design uses
 *  @return VG_INVALID_INPUT: a formula without intercept or terms, strata that a subject crosses; an arm
 *          that changes within a subject; a free shuffle of repeated samples; VG_NOT_ESTIMABLE: no residual
 *          degrees of freedom, nothing can be shuffled, no term is moved by the shuffle; VG_NO_MEMORY
 *  Source: Anderson 2001; McArdle & Anderson 2001; METHODS 0 and 3.4. */
VG_MUST_CHECK VgStatus vg_permanova(VgArena *arena, const VgDistances *distances,
                                    const VgDesign *design, const VgShuffleOptions *options,
                                    VgPermanova **permanova, VgError *error);

typedef enum VgDispersionCentre {
    VG_CENTRE_MEDIAN =
        0,             /**< spatial median in the space of PCoA, positive and negative axes apart */
    VG_CENTRE_CENTROID /**< mean */
} VgDispersionCentre;

typedef struct VgPermdisp {
    size_t n, n_groups;
    double *distance;   /**< n: of each sample to its group's centre */
    double *group_mean; /**< n_groups */
    size_t *group_size; /**< n_groups */
    double f, df_groups, df_residual;
    double p_parametric; /**< of the F distribution */
    double p, p_se;      /**< by permutation of the residuals */
    size_t n_negative;   /**< samples whose squared distance came out negative and was set to 0 */
    const char *note;    /**< NULL, or why there is no p */
    VgShuffleAccount account;
} VgPermdisp;

/** Test of equal spread (betadisper): ANOVA of distances to group centres, permuted by the same rules as
 *  PERMANOVA. A difference in spread makes PERMANOVA's p say less about location.
 *  @param row    n_rows indices into the distances (as design->row), group 0 … n_groups − 1 for each; with
 *                RANDOMISE `group` itself is what was randomised (`options->arm` is not read)
 *  @return as vg_permanova. O(n³) for medians, O(n²) for centroids. Source: Anderson 2006. */
VG_MUST_CHECK VgStatus vg_permdisp(VgArena *arena, const VgDistances *distances, const size_t *row,
                                   const int32_t *group, size_t n_rows, size_t n_groups,
                                   VgDispersionCentre centre, const VgShuffleOptions *options,
                                   VgPermdisp **permdisp, VgError *error);

#ifdef __cplusplus
}
#endif
#endif
