/* gnn export of a run of gnn embed: its vectors as a table for other programs. */
#include "embed_run.h"

#include <string.h>

#include <gnn/tensor.h>

#include "data.h"
#include "export.h"
#include "output.h"

gnn_status cli_embed_export(const char *path, const cli_exporter *exporter,
                            const char *layer, const char *out) {
    gnn_status status;
    cli_embed_run run = {0};
    gnn_tensor *table = NULL;
    const char *const *labels = NULL;
    bool entities = !layer || strcmp(layer, "entity") == 0;
    GNN_CHECK(entities || strcmp(layer, "relation") == 0, GNN_ERR_ARGUMENT,
              "unknown layer '%s'; known: entity, relation", layer);
    GNN_TRY(cli_embed_open(path, &run));
    int64_t n, width;
    const gnn_names *names = entities ? run.entities : run.relations;
    const gnn_real *relations = emb_model_relations(run.model, &n, &width);
    if (entities) emb_model_entities(run.model, &width);
    n = gnn_names_count(names); /* without reciprocal relations */
    const int64_t shape[] = {n, width};
    GNN_TRY(gnn_tensor_new(GNN_REAL, GNN_AXIS_FREE, 2, shape, &table));
    if (entities)
        GNN_TRY(emb_model_read_entities(run.model, 0, n, gnn_tensor_real(table)));
    else
        memcpy(gnn_tensor_real(table), relations,
               (size_t)(n * width) * sizeof *relations);
    GNN_TRY(cli_make_parents(out));
    if (entities) GNN_TRY(cli_embed_labels(&run, &labels));
    const cli_table named = {names, labels, table, entities ? "entity" : "relation"};
    GNN_TRY(exporter->write(out, &named));
    cli_note("%s: %lld %s, %lld value%s each", out, (long long)n,
             entities ? "entities" : "relations", (long long)width, cli_plural(width));
cleanup:
    data_entity_labels_free(labels);
    gnn_tensor_free(table);
    cli_embed_close(&run);
    return status;
}
