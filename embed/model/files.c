/* Models in run directories. */
#include <string.h>

#include "core/alloc.h"
#include "model/model.h"

enum { MOST_TABLES = 3 };

static int tables_of(emb_model *model, const char *names[MOST_TABLES],
                     emb_i_table *tables[MOST_TABLES]) {
    names[0] = "entity";
    tables[0] = &model->entity;
    names[1] = "relation";
    tables[1] = &model->relation;
    names[2] = "shared";
    tables[2] = &model->shared;
    return model->shared.n > 0 ? 3 : 2;
}

gnn_status emb_model_save(const emb_model *model, gnn_run *run) {
    const char *names[MOST_TABLES];
    emb_i_table *tables[MOST_TABLES];
    gnn_array arrays[MOST_TABLES];
    int n = tables_of((emb_model *)model, names, tables);
    for (int i = 0; i < n; i++)
        arrays[i] = (gnn_array){.name = names[i],
                                .type = emb_i_table_type(tables[i]),
                                .n_axes = 2,
                                .shape = {tables[i]->n, tables[i]->width},
                                .data = emb_i_table_data(tables[i])};
    const gnn_note notes[] = {{"scorer", emb_model_scorer(model)}};
    return gnn_run_write_arrays(run, "model.safetensors", n, arrays, 1, notes);
}

gnn_status emb_model_configure(const emb_model *model, gnn_config *config) {
    gnn_status status;
    gnn_config *object;
    const emb_model_options *o = &model->options;
    GNN_TRY(gnn_config_set_object(config, "embedding", &object));
    GNN_TRY(gnn_config_set_string(object, "scorer", emb_model_scorer(model)));
    GNN_TRY(gnn_config_set_string(object, "scorer_options", model->scorer_options));
    GNN_TRY(gnn_config_set_int(object, "dim", o->dim));
    GNN_TRY(gnn_config_set_bool(object, "reciprocal", o->reciprocal));
    GNN_TRY(gnn_config_set_real(object, "init-scale", o->init_scale));
    GNN_TRY(gnn_config_set_string(object, "entity-precision",
                                  o->entity_precision == EMB_I_BF16 ? "bf16" : "fp32"));
    GNN_TRY(gnn_config_set_int(object, "entities", o->n_entities));
    GNN_TRY(gnn_config_set_int(object, "relations", o->n_relations));
    GNN_TRY(gnn_config_set_int(object, "seed", (int64_t)o->seed));
cleanup:
    return status;
}

static gnn_status read_options(const gnn_config *config, const char **scorer,
                               const char **scorer_options, emb_model_options *o) {
    gnn_status status;
    const gnn_config *object;
    int64_t seed;
    *o = (emb_model_options){0};
    GNN_TRY(gnn_config_get_object(config, "embedding", &object));
    GNN_TRY(gnn_config_get_string(object, "scorer", scorer));
    GNN_TRY(gnn_config_get_string(object, "scorer_options", scorer_options));
    GNN_TRY(gnn_config_get_int(object, "dim", &o->dim));
    GNN_TRY(gnn_config_get_bool(object, "reciprocal", &o->reciprocal));
    GNN_TRY(gnn_config_get_real(object, "init-scale", &o->init_scale));
    if (gnn_config_has(object, "entity-precision")) { /* older runs have none */
        const char *precision;
        GNN_TRY(gnn_config_get_string(object, "entity-precision", &precision));
        GNN_TRY(emb_model_precision(precision, &o->entity_precision));
    }
    GNN_TRY(gnn_config_get_int(object, "entities", &o->n_entities));
    GNN_TRY(gnn_config_get_int(object, "relations", &o->n_relations));
    GNN_TRY(gnn_config_get_int(object, "seed", &seed));
    o->seed = (uint64_t)seed;
cleanup:
    return status;
}

gnn_status emb_model_load(gnn_run *run, emb_model **out) {
    gnn_status status;
    gnn_config *config = NULL;
    gnn_safetensors *file = NULL;
    emb_model *model = NULL;
    emb_model_options options;
    const char *scorer, *scorer_options, *names[MOST_TABLES];
    emb_i_table *tables[MOST_TABLES];
    *out = NULL;
    GNN_TRY(gnn_run_read_config(run, &config));
    GNN_TRY(read_options(config, &scorer, &scorer_options, &options));
    GNN_TRY(gnn_safetensors_open(gnn_run_path(run, "model.safetensors"), &file));
    GNN_TRY(emb_model_new(scorer, scorer_options, &options, &model));
    int n = tables_of(model, names, tables);
    for (int i = 0; i < n; i++) {
        const gnn_array *array;
        const int64_t shape[] = {tables[i]->n, tables[i]->width};
        GNN_TRY(gnn_safetensors_need(file, names[i], emb_i_table_type(tables[i]), 2,
                                     shape, &array));
        memcpy(emb_i_table_data(tables[i]), array->data,
               (size_t)shape[0] * emb_i_table_row_bytes(tables[i]));
    }
    *out = model;
    model = NULL;
cleanup:
    emb_model_free(model);
    gnn_safetensors_free(file);
    gnn_config_free(config);
    return status;
}
