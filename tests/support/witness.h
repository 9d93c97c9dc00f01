/* What every test uses: cmocka in the right order, the data folder, agreement to stated digits. */
#ifndef VG_TESTS_WITNESS_H
#define VG_TESTS_WITNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <vagus/arena.h>
#include <vagus/status.h>

/* "VAGUS_DATA/name", or the test program ends as skipped (exit status 77) when that is absent. */
const char *witness_data(VgArena *arena, const char *name);

/* "source/name" in the project itself. */
const char *witness_source(VgArena *arena, const char *name);

/* A JSON file; fails the test when it cannot be read. Free with json_decref. */
json_t *witness_json(const char *path);

/* The value under a path such as "mmrm_us_kr.coefficients.3.Std. Error" ('.' separates unless it is the only
 * way: use '/' as separator). Fails the test when absent. */
const json_t *witness_at(const json_t *root, const char *slash_path);
double witness_number(const json_t *root, const char *slash_path);

/* Fails the test unless |value − expected| <= relative × max(|expected|, floor); prints both. */
void witness_close(const char *what, double value, double expected, double relative, double floor);

/* Fails the test with the error's text unless the status is VG_OK. */
void witness_ok_(VgStatus status, const VgError *error, const char *expression, const char *file,
                 int line);
#define WITNESS_OK(expression, error)                                                              \
    witness_ok_((expression), (error), #expression, __FILE__, __LINE__)

#endif
