/* One network analysis of a review as it is carried out. */
#ifndef VG_EVIDENCE_NETWORK_REVIEW_H
#define VG_EVIDENCE_NETWORK_REVIEW_H

#include "evidence/review/review.h"

typedef struct VgNetworkRun {
    VgReviewRun *run;
    const VgEvidenceAnalysis *analysis;
    const char *id;
    bool random;
    VgExtraction extraction;
    VgNetworkContrasts *contrasts;
    VgNetwork *network;
    size_t reference;
    VgNetworkFit *fit; /* NULL when the network is in parts that only components join */
    VgNetworkSplit *split;
    size_t n_splits, n_checked,
        n_differ;                   /* comparisons with direct and indirect evidence; that differ */
    VgNetworkQ between;             /* inconsistency between designs; df 0 = none */
    VgComponentFit *components;     /* NULL without a component model */
    const VgNetworkEffects *answer; /* all contrasts: of the network, else of the components */
} VgNetworkRun;

/* network_components.c: rows and sentences of the component model; sets w->components and, without fit, w->answer. */
VgStatus vg_review_components(VgNetworkRun *w, VgError *error);
/* network_sentences.c */
void vg_network_sentences(VgNetworkRun *w);

#endif
