/* Runs of `gnn embed`, on disk. */
#include "embed_run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnn/parallel.h>

#include "data.h"
#include "run_data.h"

/* ---- settings in config.json ---- */

static gnn_status put_options(gnn_config *object, const gnn_option *table,
                              const void *options) {
    gnn_status status = GNN_OK;
    for (; table->name; table++) {
        char buffer[256];
        const char *text = gnn_options_get(table, options, buffer, sizeof buffer);
        bool number = table->type == GNN_OPTION_INT || table->type == GNN_OPTION_REAL;
        if (table->type == GNN_OPTION_BOOL)
            GNN_TRY(gnn_config_set_bool(object, table->name, strcmp(text, "true") == 0));
        else if (number)
            GNN_TRY(gnn_config_set_real(object, table->name, strtod(text, NULL)));
        else
            GNN_TRY(gnn_config_set_string(object, table->name, text));
    }
cleanup:
    return status;
}

gnn_status cli_embed_put_files(const cli_settings *settings, gnn_config *config) {
    static const char *const files[] = {"triples",       "valid",          "test",
                                        "init-entities", "init-relations", "comment"};
    gnn_status status;
    gnn_config *object;
    GNN_TRY(gnn_config_set_object(config, "triples", &object));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *value = cli_settings_get(settings, files[i]);
        char *whole = value && i < 5 ? cli_absolute(value) : NULL;
        if (value)
            status = gnn_config_set_string(object, files[i], whole ? whole : value);
        free(whole);
        if (status != GNN_OK) goto cleanup;
    }
cleanup:
    return status;
}

gnn_status cli_embed_settle(const char *resumed, const emb_model *model,
                            emb_train_options *options) {
    gnn_status status = GNN_OK;
    gnn_config *before = NULL;
    if (resumed) GNN_TRY(cli_config_before(resumed, &before));
    if (before && gnn_config_has(before, "products")) {
        const char *products;
        GNN_TRY(gnn_config_get_string(before, "products", &products));
        GNN_TRY(gnn_options_set(emb_train_option_table(), "training", "precision",
                                products, options));
    }
    GNN_TRY(emb_train_options_settle(model, options));
cleanup:
    gnn_config_free(before);
    return status;
}

const char *cli_embed_products(const emb_train_options *settled) {
    static char text[16];
    const gnn_option *entry = emb_train_option_table();
    while (strcmp(entry->name, "precision") != 0) entry++;
    return gnn_options_get(entry, settled, text, sizeof text);
}

gnn_status cli_embed_config(const cli_settings *settings, const cli_triples *triples,
                            const emb_model *model, const emb_train_options *asked,
                            const emb_train_options *settled, gnn_config **out) {
    gnn_status status = GNN_OK;
    gnn_config *config = NULL, *object;
    char hash[32];
    *out = NULL;
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)triples->hash[0]);
    int threads = settled->n_threads > 0 ? settled->n_threads : gnn_n_processors();
    GNN_TRY(gnn_config_new(&config));
    GNN_TRY(gnn_config_set_string(config, "version", GNN_VERSION));
    GNN_TRY(gnn_config_set_string(config, "command", "embed"));
    GNN_TRY(gnn_config_set_string(config, "name", triples->name));
    GNN_TRY(gnn_config_set_int(config, "seed", (int64_t)settled->seed));
    GNN_TRY(gnn_config_set_int(config, "threads", threads));
    GNN_TRY(gnn_config_set_string(config, "isa", gnn_isa()));
    GNN_TRY(gnn_config_set_string(config, "products", cli_embed_products(settled)));
    GNN_TRY(gnn_config_set_string(config, "hash", hash));
    GNN_TRY(gnn_config_set_int(config, "n_triples", triples->sets.train.n));
    GNN_TRY(cli_embed_put_files(settings, config));
    GNN_TRY(emb_model_configure(model, config));
    GNN_TRY(gnn_config_set_object(config, "train", &object));
    GNN_TRY(put_options(object, emb_train_option_table(), asked));
    *out = config;
    return GNN_OK;
cleanup:
    gnn_config_free(config);
    return status;
}

/* ---- writing ---- */

/* What a run that is to be resumed may not differ in. */
static gnn_status compare(const gnn_config *before, const gnn_config *now) {
    gnn_status status = GNN_OK;
    cli_settings a = {0}, b = {0};
    const char *hash_a, *hash_b;
    static const char *const free_ones[] = {"epochs",  "patience", "save-every",
                                            "triples", "valid",    "test"};
    GNN_TRY(gnn_config_get_string(before, "hash", &hash_a));
    GNN_TRY(gnn_config_get_string(now, "hash", &hash_b));
    GNN_CHECK(strcmp(hash_a, hash_b) == 0, GNN_ERR_INPUT,
              "cannot resume: the triples are not those that the run was begun with");
    GNN_TRY(cli_config_settings(before, &a));
    GNN_TRY(cli_config_settings(now, &b));
    for (size_t i = 0; i < b.n; i++) {
        bool free_one = false;
        for (size_t k = 0; k < sizeof free_ones / sizeof *free_ones; k++)
            free_one = free_one || strcmp(free_ones[k], b.entry[i].name) == 0;
        const char *was = cli_settings_get(&a, b.entry[i].name);
        GNN_CHECK(free_one || (was && strcmp(was, b.entry[i].value) == 0),
                  GNN_ERR_ARGUMENT,
                  "cannot resume: %s is %s, but the run was begun with %s",
                  b.entry[i].name, b.entry[i].value, was ? was : "none");
    }
cleanup:
    cli_settings_clear(&a);
    cli_settings_clear(&b);
    return status;
}

gnn_status cli_embed_begin(const char *path, bool resume, gnn_config *config,
                           gnn_run **run) {
    gnn_status status = GNN_OK;
    gnn_config *before = NULL;
    *run = NULL;
    if (resume) GNN_TRY(cli_config_before(path, &before));
    if (before) {
        GNN_TRY(compare(before, config));
        GNN_TRY(gnn_run_resume(path, run));
    } else {
        if (resume)
            cli_note("%s: nothing was saved to go on from; training begins anew", path);
        GNN_TRY(gnn_run_create(path, run));
    }
    GNN_TRY(gnn_run_write_config(*run, config));
cleanup:
    gnn_config_free(before);
    if (status != GNN_OK) {
        gnn_run_free(*run);
        *run = NULL;
    }
    return status;
}

gnn_status cli_embed_write_names(gnn_run *run, const cli_triples *triples) {
    gnn_status status;
    const data_triple_sets *sets = &triples->sets;
    char *text = NULL, buffer[24];
    GNN_TRY(gnn_run_write_names(run, "entities.tsv", sets->entities));
    GNN_TRY(gnn_run_write_names(run, "relations.tsv", sets->relations));
    if (!sets->labels) goto cleanup;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    GNN_CHECK(stream, GNN_ERR_MEMORY, "entity_labels.tsv: out of memory");
    for (int64_t i = 0; i < gnn_names_count(sets->entities); i++)
        if (sets->labels[i])
            fprintf(stream, "%s\t%s\n", gnn_names_get(sets->entities, i, buffer),
                    sets->labels[i]);
    fclose(stream);
    GNN_TRY(gnn_run_write_text(run, "entity_labels.tsv", text, size));
cleanup:
    free(text);
    return status;
}

/* ---- reading ---- */

bool cli_is_embed_run(const char *path) {
    gnn_config *config = NULL;
    char *file = cli_text("%s/config.json", path);
    bool is =
        gnn_config_load(file, &config) == GNN_OK && gnn_config_has(config, "embedding");
    gnn_config_free(config);
    free(file);
    return is;
}

gnn_status cli_kind_of_run(const char *path, const cli_option *const *of_nodes,
                           const cli_option *const *of_triples, const cli_settings *given,
                           bool *is_embed) {
    static const char *const commands[] = {"train node", "embed"};
    *is_embed = cli_is_embed_run(path);
    char *file = cli_text("%s/config.json", path);
    bool is_run = access(file, F_OK) == 0; /* else whoever opens it says what is wrong */
    free(file);
    const cli_option *const *others = *is_embed ? of_nodes : of_triples;
    for (; is_run && *others; others++) {
        const cli_option *option = cli_given(*others, given);
        if (option && strcmp(option->name, "comment") != 0)
            return gnn_fail(
                GNN_ERR_ARGUMENT, "--%s goes with runs of gnn %s; %s is one of gnn %s",
                option->name, commands[!*is_embed], path, commands[*is_embed]);
    }
    return GNN_OK;
}

gnn_status cli_embed_open(const char *path, cli_embed_run *run) {
    gnn_status status;
    *run = (cli_embed_run){.path = path};
    GNN_TRY(gnn_run_open(path, &run->run));
    GNN_TRY(gnn_run_read_config(run->run, &run->config));
    GNN_CHECK(gnn_config_has(run->config, "embedding"), GNN_ERR_INPUT,
              "%s: not a run of gnn embed", path);
    GNN_TRY(cli_config_settings(run->config, &run->settings));
    GNN_TRY(gnn_run_read_names(run->run, "entities.tsv", &run->entities));
    GNN_TRY(gnn_run_read_names(run->run, "relations.tsv", &run->relations));
    GNN_TRY(emb_model_load(run->run, &run->model));
    const emb_model_options *o = emb_model_get_options(run->model);
    GNN_CHECK(gnn_names_count(run->entities) == o->n_entities &&
                  gnn_names_count(run->relations) == o->n_relations,
              GNN_ERR_INPUT, "%s: names and vectors are not as many", path);
cleanup:
    if (status != GNN_OK) cli_embed_close(run);
    return status;
}

void cli_embed_close(cli_embed_run *run) {
    emb_model_free(run->model);
    gnn_names_free(run->entities);
    gnn_names_free(run->relations);
    cli_settings_clear(&run->settings);
    gnn_config_free(run->config);
    gnn_run_free(run->run);
    *run = (cli_embed_run){0};
}

gnn_status cli_embed_labels(const cli_embed_run *run, const char *const **labels) {
    const data_options options = {0};
    *labels = NULL;
    if (!gnn_run_has(run->run, "entity_labels.tsv")) return GNN_OK;
    char *path = cli_copy(gnn_run_path(run->run, "entity_labels.tsv"));
    gnn_status status = data_entity_labels_read(path, &options, run->entities, labels);
    free(path);
    return status;
}

/* Rows of one table of names by the other, for triples that come with rows of their own;
 * names that it lacks are an error. */
static gnn_status translate(const gnn_names *from, const gnn_names *to, const char *what,
                            int64_t n, gnn_id *rows) {
    char buffer[24];
    for (int64_t i = 0; i < n; i++) {
        const char *name = gnn_names_get(from, rows[i], buffer);
        int64_t row = gnn_names_find(to, name, strlen(name));
        if (row < 0)
            return gnn_fail(GNN_ERR_INPUT, "%s '%s' has no vector in this run", what,
                            name);
        rows[i] = (gnn_id)row;
    }
    return GNN_OK;
}

/* The triples of the settings, in rows of the run's tables. */
static gnn_status read_in_rows(const cli_embed_run *run, const cli_settings *settings,
                               cli_progress *progress, cli_triples *t) {
    gnn_status status;
    const char *spec = cli_settings_get(settings, "triples");
    const bool named = spec && cli_triples_are_named(spec);
    GNN_TRY(cli_triples_read(settings, named ? NULL : run->entities,
                             named ? NULL : run->relations, named ? NULL : run->path,
                             progress, t));
    gnn_triples *sets[] = {&t->sets.train, &t->sets.valid, &t->sets.test};
    for (int i = 0; named && i < 3; i++) {
        GNN_TRY(translate(t->sets.entities, run->entities, "entity", sets[i]->n,
                          sets[i]->head));
        GNN_TRY(translate(t->sets.entities, run->entities, "entity", sets[i]->n,
                          sets[i]->tail));
        GNN_TRY(translate(t->sets.relations, run->relations, "relation", sets[i]->n,
                          sets[i]->relation));
    }
cleanup:
    if (status != GNN_OK) cli_triples_clear(t);
    return status;
}

/* The same, and behind them what the object "extends" of a configuration (NULL: none)
 * says was known before. */
static gnn_status read_with_known(const cli_embed_run *run, const gnn_config *config,
                                  const cli_settings *settings, cli_progress *progress,
                                  cli_triples *t) {
    gnn_status status;
    const gnn_config *known = NULL;
    cli_settings earlier = {0};
    cli_triples before = {0};
    GNN_TRY(read_in_rows(run, settings, progress, t));
    if (config && gnn_config_has(config, "extends"))
        GNN_TRY(gnn_config_get_object(config, "extends", &known));
    if (!known || !gnn_config_has(known, "triples")) goto cleanup;
    GNN_TRY(cli_config_settings(known, &earlier));
    GNN_TRY(read_with_known(run, known, &earlier, progress, &before));
    GNN_TRY(cli_triples_join(t, &before));
cleanup:
    cli_settings_clear(&earlier);
    cli_triples_clear(&before);
    if (status != GNN_OK) cli_triples_clear(t);
    return status;
}

gnn_status cli_embed_triples(const cli_embed_run *run, const cli_settings *given,
                             cli_progress *progress, cli_triples *t) {
    cli_settings settings = {0};
    const bool others = cli_settings_get(given, "triples") != NULL;
    cli_settings_lay(&settings, &run->settings);
    if (others) {
        cli_settings_unset(&settings, "valid");
        cli_settings_unset(&settings, "test");
    }
    cli_settings_lay(&settings, given);
    const gnn_config *config = others ? NULL : run->config;
    gnn_status status = read_with_known(run, config, &settings, progress, t);
    cli_settings_clear(&settings);
    return status;
}
