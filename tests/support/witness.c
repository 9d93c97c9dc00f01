#include "support/witness.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *witness_data(VgArena *arena, const char *name)
{
    const char *root = getenv("VAGUS_DATA");
    char *path = vg_arena_printf(arena, "%s/%s", root ? root : "../shared/data", name);
    if (!path || access(path, R_OK) != 0) {
        printf("skipped: %s is absent (set VAGUS_DATA)\n", name);
        exit(77);
    }
    return path;
}

const char *witness_source(VgArena *arena, const char *name)
{
    const char *root = getenv("VAGUS_SOURCE");
    return vg_arena_printf(arena, "%s/%s", root ? root : ".", name);
}

json_t *witness_json(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error);
    if (!root)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    return root;
}

const json_t *witness_at(const json_t *root, const char *slash_path)
{
    char path[512];
    snprintf(path, sizeof path, "%s", slash_path);
    const json_t *at = root;
    for (char *saved = NULL, *key = strtok_r(path, "/", &saved); key;
         key = strtok_r(NULL, "/", &saved)) {
        at = json_is_array(at) ? json_array_get(at, (size_t)atol(key)) : json_object_get(at, key);
        if (!at)
            fail_msg("no '%s' on the way to '%s'", key, slash_path);
    }
    return at;
}

double witness_number(const json_t *root, const char *slash_path)
{
    const json_t *value = witness_at(root, slash_path);
    if (!json_is_number(value))
        fail_msg("'%s' is no number", slash_path);
    return json_number_value(value);
}

/* Digits in which two numbers agree, as the NIST log relative error; 17 for equal ones. */
static double digits_agreed(double value, double expected, double scale)
{
    double difference = fabs(value - expected) / (scale > 0 ? scale : 1);
    return difference > 0 ? fmin(-log10(difference), 17) : 17;
}

/* One line per comparison for the validation table, when somebody asks for it. */
static void log_comparison(const char *what, double value, double expected, double scale,
                           double allowed)
{
    const char *path = getenv("VAGUS_WITNESS_LOG");
    FILE *log = path ? fopen(path, "a") : NULL;
    if (!log)
        return;
    fprintf(log, "%s\t%s\t%.15g\t%.15g\t%.2f\t%.3g\n", program_invocation_short_name, what, value,
            expected, digits_agreed(value, expected, scale), allowed);
    fclose(log);
}

void witness_close(const char *what, double value, double expected, double relative, double floor)
{
    double scale = fmax(fabs(expected), floor);
    log_comparison(what, value, expected, scale, relative);
    if (!(fabs(value - expected) <= relative * scale))
        fail_msg("%s: got %.15g, expected %.15g: relative difference %.3g, allowed %.3g", what,
                 value, expected, fabs(value - expected) / scale, relative);
}

void witness_ok_(VgStatus status, const VgError *error, const char *expression, const char *file,
                 int line)
{
    if (status == VG_OK)
        return;
    char text[2048] = "";
    if (error)
        vg_error_format(error, text, sizeof text);
    printf("%s:%d: %s is %s: %s\n", file, line, expression, vg_status_name(status), text);
    fail();
}
