/* Fits a mixed model for repeated measures from C: twelve simulated patients, two arms, two visits.
 *
 *     cc fit_mmrm.c $(pkg-config --cflags --libs vagus) -o fit_mmrm && ./fit_mmrm
 */
#include <stdio.h>

#include <vagus/vagus.h>

enum { PATIENTS = 12, VISITS = 2, ROWS = PATIENTS * VISITS, COLUMNS = 4 };

/* Simulated symptom scores (points), patient by patient, first and second visit. */
static const double SCORE[ROWS] = {21, 18, 25, 24, 19, 15, 28, 27, 22, 20, 24, 19,
                                   20, 11, 23, 15, 27, 18, 18, 14, 25, 13, 22, 16};

int main(void)
{
    /* columns of X: intercept, active arm, second visit, active arm at the second visit */
    static double x[ROWS * COLUMNS];
    static int32_t patient[ROWS], visit[ROWS];
    for (int row = 0; row < ROWS; row++) {
        patient[row] = row / VISITS;
        visit[row] = row % VISITS;
        int active = patient[row] >= PATIENTS / 2;
        x[row] = 1;
        x[row + ROWS] = active;
        x[row + 2 * ROWS] = visit[row];
        x[row + 3 * ROWS] = active * visit[row];
    }
    VgMmrmData data = {.n_rows = ROWS,
                       .x = {x, ROWS, COLUMNS, ROWS},
                       .y = SCORE,
                       .subject = patient,
                       .visit = visit,
                       .n_subjects = PATIENTS,
                       .n_visits = VISITS};
    VgMmrmOptions options = {.covariance = VG_COVARIANCE_UNSTRUCTURED, .df = VG_DF_KENWARD_ROGER};

    VgArena *arena = vg_arena_create();
    VgMmrmFit fit;
    VgInference difference;
    VgError error;
    const double active_at_second_visit[COLUMNS] = {0, 1, 0, 1};
    VgStatus status = vg_mmrm_fit(arena, &data, &options, &fit, &error);
    if (status == VG_OK)
        status = vg_mmrm_contrast(&fit, active_at_second_visit, 0.95, &difference, &error);
    if (status == VG_OK) {
        printf("active - control at the second visit: %.3f points, 95 %% CI %.3f to %.3f, "
               "p = %.4f (df %.1f)\n",
               difference.estimate, difference.lower, difference.upper, difference.p,
               difference.df);
    } else {
        char text[1024];
        vg_error_format(&error, text, sizeof text);
        fprintf(stderr, "fit_mmrm: %s\n", text);
    }
    vg_arena_destroy(arena);
    return vg_status_exit_code(status);
}
