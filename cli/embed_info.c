/* gnn info of a run of gnn embed. */
#include "embed_run.h"

#include <stdlib.h>

#include "ranking.h"
#include "report.h"
#include "run_data.h"

gnn_status cli_embed_info(const char *path, cJSON *json) {
    gnn_status status;
    cli_embed_run run = {0};
    cJSON *report = NULL;
    const char *name;
    GNN_TRY(cli_embed_open(path, &run));
    GNN_TRY(gnn_config_get_string(run.config, "name", &name));
    const emb_model_options *o = emb_model_get_options(run.model);
    int64_t entity, relation, n;
    emb_model_entities(run.model, &entity);
    emb_model_relations(run.model, &n, &relation);
    printf("run        %s on %s, seed %llu\n", emb_model_scorer(run.model), name,
           (unsigned long long)o->seed);
    printf("entities   %lld, %lld floats each\n", (long long)o->n_entities,
           (long long)entity);
    printf("relations  %lld, %lld floats each%s\n", (long long)o->n_relations,
           (long long)relation, o->reciprocal ? ", and as many reciprocal ones" : "");
    printf("settings  ");
    for (size_t i = 0; i < run.settings.n; i++)
        if (run.settings.entry[i].value[0] != '\0')
            printf(" %s=%s", run.settings.entry[i].name, run.settings.entry[i].value);
    printf("\n\n");
    cli_json_text(json, "model", emb_model_scorer(run.model));
    cli_json_text(json, "data", name);
    cli_json_number(json, "seed", (double)o->seed);
    cli_json_number(json, "entities", (double)o->n_entities);
    cli_json_number(json, "relations", (double)o->n_relations);
    cli_json_number(json, "dim", (double)o->dim);
    report = cli_run_report(run.run);
    if (report) {
        cli_print_rankings(report);
        cli_json_add(json, "report", cJSON_Duplicate(report, true));
    }
cleanup:
    cJSON_Delete(report);
    cli_embed_close(&run);
    return status;
}
