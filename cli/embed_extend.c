/* gnn embed --extend: training that goes on with more triples, entities and relations. */
#include "embed_run.h"

#include <stdlib.h>
#include <string.h>

#include "data.h"
#include "run_data.h"

/* What a run that is resumed says of the one that it extends; *path stays NULL when it
 * extends none. */
static gnn_status read_origin(const gnn_config *config, cli_extension *extension) {
    gnn_status status = GNN_OK;
    const gnn_config *object;
    const char *path;
    emb_growth *growth = &extension->growth;
    if (!gnn_config_has(config, "extends")) return GNN_OK;
    GNN_TRY(gnn_config_get_object(config, "extends", &object));
    GNN_TRY(gnn_config_get_string(object, "run", &path));
    GNN_TRY(gnn_config_get_int(object, "entities", &growth->n_entities));
    GNN_TRY(gnn_config_get_int(object, "relations", &growth->n_relations));
    GNN_TRY(gnn_config_get_bool(object, "freeze-old", &growth->freeze));
    extension->path = cli_copy(path);
cleanup:
    return status;
}

gnn_status cli_extension_open(const char *path, bool freeze, const char *resumed,
                              cli_extension *extension) {
    gnn_status status = GNN_OK;
    gnn_config *before = NULL;
    emb_growth *growth = &extension->growth;
    GNN_CHECK(path || !freeze, GNN_ERR_ARGUMENT, "--freeze-old goes with --extend RUN");
    if (resumed) GNN_TRY(cli_config_before(resumed, &before));
    if (before) GNN_TRY(read_origin(before, extension));
    GNN_CHECK(!before || !path || (extension->path && freeze == growth->freeze),
              GNN_ERR_ARGUMENT,
              "cannot resume: the run was begun %s --extend and %s --freeze-old",
              extension->path ? "with" : "without", growth->freeze ? "with" : "without");
    if (!before && path) extension->path = cli_absolute(path);
    if (!extension->path) goto cleanup;
    GNN_TRY(cli_embed_open(extension->path, &extension->run));
    if (!before) {
        const emb_model_options *o = emb_model_get_options(extension->run.model);
        *growth = (emb_growth){o->n_entities, o->n_relations, freeze, NULL};
    }
cleanup:
    gnn_config_free(before);
    return status;
}

void cli_extension_close(cli_extension *extension) {
    cli_embed_close(&extension->run);
    free(extension->path);
    *extension = (cli_extension){0};
}

gnn_status cli_extension_settings(const cli_extension *extension,
                                  const cli_settings *given, cli_settings *base) {
    static const char *const fixed[] = {"scorer",     "scorer_options",
                                        "dim",        "reciprocal",
                                        "init-scale", "entity-precision"};
    const cli_settings *run = &extension->run.settings;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
        const char *now = cli_settings_get(given, fixed[i]);
        const char *then = cli_settings_get(run, fixed[i]);
        if (now && then && strcmp(now, then) != 0)
            return gnn_fail(GNN_ERR_ARGUMENT,
                            "cannot extend: %s is %s, but the run has %s", fixed[i], now,
                            then);
    }
    cli_settings_lay(base, run);
    if (cli_settings_get(given, "triples")) {
        cli_settings_unset(base, "valid");
        cli_settings_unset(base, "test");
    }
    cli_settings_unset(base, "init-entities"); /* they were vectors to begin with */
    cli_settings_unset(base, "init-relations");
    const char *epochs = cli_settings_get(run, "epochs");
    long long tenth = epochs ? (atoll(epochs) + 9) / 10 : 1;
    char *text = cli_text("%lld", tenth > 1 ? tenth : 1);
    cli_settings_set(base, "epochs", text);
    free(text);
    return GNN_OK;
}

/* What people call the entities, from the run, where the triples do not say. */
static gnn_status keep_labels(cli_extension *extension, cli_triples *triples) {
    gnn_run *run = extension->run.run;
    const data_options options = {.comment = ""};
    if (triples->sets.labels || !gnn_run_has(run, "entity_labels.tsv")) return GNN_OK;
    return data_entity_labels_read(gnn_run_path(run, "entity_labels.tsv"), &options,
                                   triples->sets.entities, &triples->sets.labels);
}

/* How many triples the run was trained on, at least; 0 where it does not say. */
static gnn_status learned(const cli_extension *extension, int64_t *n) {
    const gnn_config *config = extension->run.config;
    *n = 0;
    if (!gnn_config_has(config, "n_triples")) return GNN_OK;
    return gnn_config_get_int(config, "n_triples", n);
}

gnn_status cli_extension_model(cli_extension *extension, cli_triples *triples,
                               uint64_t seed, emb_model **model) {
    gnn_status status;
    int64_t n;
    GNN_TRY(keep_labels(extension, triples));
    GNN_TRY(learned(extension, &n));
    const emb_growth *growth = &extension->growth;
    cli_embed_run *run = &extension->run;
    int64_t entities = gnn_names_count(triples->sets.entities);
    int64_t relations = gnn_names_count(triples->sets.relations);
    GNN_TRY(emb_model_extend(run->model, entities, relations, seed, model));
    emb_model_free(run->model); /* large, and not needed any more */
    run->model = NULL;
    cli_note("new: %lld entities, %lld relations; of %s: %lld and %lld",
             (long long)(entities - growth->n_entities),
             (long long)(relations - growth->n_relations), extension->path,
             (long long)growth->n_entities, (long long)growth->n_relations);
    if (!growth->freeze && triples->sets.train.n < n)
        cli_note(
            "%lld triples to learn, where %s had %lld: its vectors will forget those "
            "that are not given; give all, old and new, or --freeze-old",
            (long long)triples->sets.train.n, extension->path, (long long)n);
cleanup:
    return status;
}

void cli_extension_optimizer(cli_extension *extension, const char *optimizer) {
    const char *before = cli_settings_get(&extension->run.settings, "optimizer");
    if (before && strcmp(optimizer, before) == 0)
        extension->growth.run = extension->run.run;
    else
        cli_note("the optimiser is another one: it begins anew");
}

/* What a run says of its triples, and of those that it knew before. */
static gnn_status remember(const gnn_config *run, gnn_config *object) {
    gnn_status status;
    cli_settings settings = {0};
    const gnn_config *from;
    gnn_config *to;
    int64_t seed;
    GNN_TRY(gnn_config_get_int(run, "seed", &seed)); /* of a split that is drawn */
    GNN_TRY(gnn_config_set_int(object, "seed", seed));
    GNN_TRY(cli_config_settings(run, &settings));
    GNN_TRY(cli_embed_put_files(&settings, object));
    if (!gnn_config_has(run, "extends")) goto cleanup;
    GNN_TRY(gnn_config_get_object(run, "extends", &from));
    if (!gnn_config_has(from, "triples")) goto cleanup;
    GNN_TRY(gnn_config_set_object(object, "extends", &to));
    GNN_TRY(remember(from, to));
cleanup:
    cli_settings_clear(&settings);
    return status;
}

gnn_status cli_extension_know(const cli_extension *extension, cli_progress *progress,
                              cli_triples *triples) {
    cli_triples before = {0};
    const cli_settings none = {0};
    if (!extension->path || !extension->growth.freeze) return GNN_OK;
    gnn_status status = cli_embed_triples(&extension->run, &none, progress, &before);
    if (status == GNN_OK) {
        status = cli_triples_join(triples, &before);
    } else if (status == GNN_ERR_INPUT) {
        cli_note("the old triples cannot be read, ranks know the new ones alone: %s",
                 gnn_last_error());
        status = GNN_OK;
    }
    cli_triples_clear(&before);
    return status;
}

gnn_status cli_extension_configure(const cli_extension *extension, gnn_config *config) {
    gnn_status status;
    gnn_config *object;
    const emb_growth *growth = &extension->growth;
    int64_t n, n_before;
    GNN_TRY(gnn_config_get_int(config, "n_triples", &n));
    GNN_TRY(learned(extension, &n_before));
    if (growth->freeze && n_before > n) /* what was learned is not forgotten */
        GNN_TRY(gnn_config_set_int(config, "n_triples", n_before));
    GNN_TRY(gnn_config_set_object(config, "extends", &object));
    GNN_TRY(gnn_config_set_string(object, "run", extension->path));
    GNN_TRY(gnn_config_set_int(object, "entities", growth->n_entities));
    GNN_TRY(gnn_config_set_int(object, "relations", growth->n_relations));
    GNN_TRY(gnn_config_set_bool(object, "freeze-old", growth->freeze));
    if (growth->freeze) GNN_TRY(remember(extension->run.config, object));
cleanup:
    return status;
}
