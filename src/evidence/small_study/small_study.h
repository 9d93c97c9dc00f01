/* Shared by the looks at small-study effects. */
#ifndef VG_EVIDENCE_SMALL_STUDY_H
#define VG_EVIDENCE_SMALL_STUDY_H

#include <vagus/small_study.h>

/* At least `least` studies, finite effects, positive variances. */
VG_MUST_CHECK VgStatus vg_small_study_check(const VgSmallStudyData *data, size_t least,
                                            VgError *error);

/* x: k values of the predictor. Refuses sizes that are absent. */
VG_MUST_CHECK VgStatus vg_small_study_predictor(const VgSmallStudyData *data,
                                                VgEggerPredictor predictor, double *x,
                                                VgError *error);

/* Egger's test with nothing found yet; `few` is said of this many studies. */
VgEgger vg_egger_blank(VgEggerPredictor predictor, size_t n_studies);

#endif
