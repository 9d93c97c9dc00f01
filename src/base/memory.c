/* Allocation for everything that is not in an arena. */
#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>

void *vg_malloc(size_t size)
{
    return malloc(size ? size : 1);
}

void *vg_realloc(void *pointer, size_t size)
{
    return realloc(pointer, size ? size : 1);
}

void vg_free(void *pointer)
{
    free(pointer);
}

bool vg_size_product(size_t a, size_t b, size_t *product)
{
    return !__builtin_mul_overflow(a, b, product);
}

bool vg_grow(void **array, size_t *capacity, size_t needed, size_t element_size)
{
    if (needed <= *capacity)
        return true;
    size_t target = *capacity ? *capacity : 16;
    while (target < needed) {
        if (target > SIZE_MAX / 2)
            return false;
        target *= 2;
    }
    size_t bytes;
    if (!vg_size_product(target, element_size, &bytes))
        return false;
    void *grown = vg_realloc(*array, bytes);
    if (!grown)
        return false;
    *array = grown;
    *capacity = target;
    return true;
}
