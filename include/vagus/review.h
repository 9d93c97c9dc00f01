/** @file review.h
 *  A review as read from a study file: the section `evidence:` with its table (docs/study-file.md). */
#ifndef VAGUS_REVIEW_H
#define VAGUS_REVIEW_H

#include <vagus/extraction.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where a study's numbers were read. Any text but `study` may be NULL. */
typedef struct VgReviewSource {
    const char *study, *citation;
    const char *certainty; /**< how they were read: "read in the paper", "abstract only", … */
    const char *note;
} VgReviewSource;

/** A validated review; `VgStudy.review` points to it. All analyses are of one kind and read one table. */
typedef struct VgReview {
    const char *question;
    VgEvidenceKind kind;
    VgEvidencePlan plan;
    VgExtractionColumns columns;
    const VgTable *table;
    VgExtraction *extraction;
    VgReviewSource *source;
    size_t n_sources;
} VgReview;

#ifdef __cplusplus
}
#endif
#endif
