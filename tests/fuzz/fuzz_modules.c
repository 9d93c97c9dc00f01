/* Any bytes as a module file; what parses must be whole: steps, alternatives and subunits in order, every gene known.
 * The same bytes as a unit: read or refused with words. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/modules.h>
#include <vagus/units.h>

static void check(const VgModuleSet *set)
{
    size_t steps = 0, alternatives = 0, subunits = 0;
    for (size_t m = 0; m < set->n_modules; m++) {
        if (set->module[m].first_step != steps || set->module[m].n_steps == 0)
            abort();
        steps += set->module[m].n_steps;
    }
    for (size_t s = 0; s < set->n_steps; s++) {
        if (set->step[s].first_alternative != alternatives || set->step[s].n_alternatives == 0)
            abort();
        alternatives += set->step[s].n_alternatives;
    }
    for (size_t a = 0; a < set->n_alternatives; a++) {
        if (set->alternative[a].first_subunit != subunits || set->alternative[a].n_subunits == 0)
            abort();
        subunits += set->alternative[a].n_subunits;
    }
    if (steps != set->n_steps || alternatives != set->n_alternatives || subunits != set->n_subunits)
        abort();
    for (size_t u = 0; u < set->n_subunits; u++)
        if (set->subunit[u] >= set->n_genes || !set->gene[set->subunit[u]][0])
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    VgArena *arena = vg_arena_create();
    VgModuleSet *set;
    VgUnit unit;
    VgError error = {0};
    if (text && arena) {
        memcpy(text, data, size);
        text[size] = '\0';
        if (vg_modules_parse(arena, "modules.txt", text, size, &set, &error) == VG_OK)
            check(set);
        else if (!error.message[0] || !error.hint[0])
            abort();
        error = (VgError){0};
        if (vg_unit_parse(text, &unit, &error) == VG_OK) {
            if (!(unit.factor > 0) || isinf(unit.factor))
                abort();
        } else if (!error.message[0] || !error.hint[0])
            abort();
    }
    vg_arena_destroy(arena);
    free(text);
    return 0;
}
