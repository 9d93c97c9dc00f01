/* An estimate and its standard error as a test and an interval. */
#ifndef VG_MODEL_WALD_H
#define VG_MODEL_WALD_H

#include <math.h>
#include <stdbool.h>

#include <vagus/inference.h>

#include "numeric/distributions.h"

/* df +infinity: normal. */
static inline VgInference vg_wald(double estimate, double se, double df, double level)
{
    double t = estimate / se, half = vg_t_quantile(0.5 + 0.5 * level, df) * se;
    return (VgInference){.estimate = estimate,
                         .se = se,
                         .df = df,
                         .statistic = t,
                         .p = vg_t_two_sided(t, df),
                         .lower = estimate - half,
                         .upper = estimate + half};
}

static inline VgInference vg_no_inference(void)
{
    return (VgInference){NAN, NAN, NAN, NAN, NAN, NAN, NAN};
}

/* 0 means 0.95; false when out of range. */
static inline bool vg_level(double asked, double *level)
{
    *level = asked == 0 ? 0.95 : asked;
    return *level > 0 && *level < 1;
}

#endif
