/* The only place that calls malloc. Fault tests intercept these. */
#ifndef VG_BASE_MEMORY_H
#define VG_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include <vagus/status.h>

void *vg_malloc(size_t size);
void *vg_realloc(void *pointer, size_t size);
void vg_free(void *pointer);

/* a × b into *product; false on overflow. */
bool vg_size_product(size_t a, size_t b, size_t *product);

/* Makes room for one more element in a malloc'ed array that grows by doubling. */
VG_MUST_CHECK bool vg_grow(void **array, size_t *capacity, size_t needed, size_t element_size);

#endif
