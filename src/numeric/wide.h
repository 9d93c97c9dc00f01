/* VG_WIDE before a function: the same code also for processors with wider vectors, chosen when the library is loaded. No
 * operation is contracted; bits depend on it only where a sum is taken in lanes. */
#ifndef VG_NUMERIC_WIDE_H
#define VG_NUMERIC_WIDE_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__)
#define VG_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define VG_WIDE
#endif

#endif
