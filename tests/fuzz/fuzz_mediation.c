/* Any bytes as a table of a mediation analysis: first byte chooses models, interval and way in, the rest is CSV with the
 * columns t, m, y, c, id, v. It must be analysed or refused with a message and a hint. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <vagus/mediation.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static VgStatus analyse(VgArena *arena, const char *text, size_t size, uint8_t choice,
                        VgError *error)
{
    VgTable *table = NULL;
    VgMediationTable *made = NULL;
    VgMediationOptions options = {
        .mediator_model = choice & 1 ? VG_MEDIATION_LOGISTIC : VG_MEDIATION_LINEAR,
        .outcome_model = (VgMediationModel)((choice >> 1) % VG_MEDIATION_MODEL_COUNT),
        .interval = (VgMediationInterval)((choice >> 3) % VG_MEDIATION_INTERVAL_COUNT),
        .draws = 20,
        .threads = 1,
        .level = 0.95};
    VgMediationColumns columns = {
        .treatment = "t", .mediator = "m", .outcome = "y", .covariates = "c"};
    if (choice & 64) {
        columns.id = "id";
        columns.visit = "v";
        columns.lagged = choice & 128;
        columns.mediator_at = columns.lagged ? NULL : "1";
        columns.outcome_at = columns.lagged ? NULL : "2";
        columns.baseline_at = choice & 32 ? "0" : NULL;
    }
    VG_TRY(vg_table_read_csv_bytes(arena, "table.csv", text, size, NULL, &table, error));
    if (table->n_rows > 200)
        return VG_OK;
    VG_TRY(vg_mediation_table(arena, table, &columns, &options, &made, error));
    VgResult *result = vg_result_create(arena, "mediate");
    if (!result)
        return vg_fail_memory(error);
    return vg_mediation_run(arena, made, &options, VG_INTERACTION_BOTH, result, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    VgArena *arena = vg_arena_create();
    VgError error = {.code = VG_OK};
    if (!arena)
        abort();
    if (analyse(arena, (const char *)data + 1, size - 1, data[0], &error) != VG_OK &&
        (!error.message[0] || error.code == VG_NO_MEMORY))
        abort();
    vg_arena_destroy(arena);
    return 0;
}
