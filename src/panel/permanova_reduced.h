/* Permutation of the residuals of reduced models (Freedman & Lane 1983) on the matrix of scalar products. */
#ifndef VG_PANEL_PERMANOVA_REDUCED_H
#define VG_PANEL_PERMANOVA_REDUCED_H

#include <stdbool.h>

#include <vagus/arena.h>
#include <vagus/matrix.h>
#include <vagus/status.h>

/* Per block of columns (a test): the projection W Π W' on what the test is adjusted for. */
typedef struct VgReduced {
    size_t width;
    VgMatrix w, gw; /* n × width: orthonormal columns of the observed design, and G times them */
    double **onto;  /* per block Π, width × width; NULL = adjusted for the intercept only */
    double **half;  /* per block ½ Π W'GW Π */
    double *left_trace; /* per block: trace of the residuals' G */
} VgReduced;

VG_MUST_CHECK VgStatus vg_reduced_create(VgArena *arena, VgMatrix g, VgMatrix w, size_t n_blocks,
                                         VgReduced *reduced, VgError *error);

/* Declares what block b is adjusted for: `onto` is Π (kept). `trace` is that of G, `cross` W'GW. */
VG_MUST_CHECK VgStatus vg_reduced_block(VgArena *arena, VgReduced *reduced, size_t b, double *onto,
                                        double trace, const double *cross, VgError *error);

/* V'W and (GW)'V for one permuted V (n × width), as `with_w` and `with_gw` (width × width each). */
void vg_reduced_permuted(const VgReduced *reduced, VgMatrix v, double *with_w, double *with_gw);

/* V'EV, E = (I − WΠW') G (I − WΠW') the residuals' part of G, from `cross` = V'GV. `scratch`: width². */
void vg_reduced_cross(const VgReduced *reduced, size_t b, const double *cross, const double *with_w,
                      const double *with_gw, double *scratch, double *out);

#endif
