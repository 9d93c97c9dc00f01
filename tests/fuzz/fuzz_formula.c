/* Any bytes as a formula; what parses must build a design on a small table or say why not, and its
 * terms must be readable back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/design.h>

static const char TABLE[] =
    "a,b,x,y,my col\np,u,1,2,3\nq,u,2,3,1\np,v,3,5,2\nq,v,5,7,9\nr,u,8,1,4\nr,v,2,2,2\n";

static void use(VgArena *arena, const VgFormula *formula)
{
    VgTable *table = NULL;
    VgDesign *design = NULL;
    VgError error = {0};
    size_t width = 1;
    for (size_t t = 0; t < formula->n_terms; t++) /* no more columns than a fuzzer has time for */
        for (size_t m = 0; m < formula->term[t].n_members; m++)
            width += 9 * formula->term[t].n_members * formula->term[t].n_members;
    if (width > 2000 || vg_table_read_csv_bytes(arena, "table.csv", TABLE, sizeof TABLE - 1, NULL,
                                                &table, &error) != VG_OK)
        return;
    if (vg_design_build(arena, table, formula, NULL, &design, &error) != VG_OK)
        return;
    VgLsMeans *means = NULL;
    double *contrasts = NULL;
    size_t rows = 0;
    if (vg_lsmeans(arena, design, NULL, &means, &error) != VG_OK)
        abort();
    if (design->rank + design->null_basis.cols != design->p)
        abort();
    for (size_t t = 0; t < formula->n_terms && t < 3; t++)
        (void)vg_term_hypothesis(arena, design, t, 3, &contrasts, &rows, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    VgArena *arena = vg_arena_create();
    VgFormula *formula = NULL;
    VgError error = {0};
    if (text && arena) {
        memcpy(text, data, size);
        text[size] = '\0';
        if (vg_formula_parse(arena, text, &formula, &error) == VG_OK)
            use(arena, formula);
        else if (!error.message[0] || !error.hint[0])
            abort();
    }
    vg_arena_destroy(arena);
    free(text);
    return 0;
}
